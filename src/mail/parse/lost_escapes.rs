//! ISO-2022-JP from which a gateway took the octet ESC: `$B:#F|$O(B` → the same with its escapes.
//!
//! The shape is strong: after `$B` or `$@` pairs that are kana or everyday kanji, up to `(B` or `(J`. Anything
//! else stays what it is. And ISO-2022-JP whose lines a gateway broke within such a run.

use super::iso2022;
use super::plausible::{Prose, strangeness};

const ESC: u8 = 0x1B;

/// Longest run of one set that is looked at, in octets, so that the time stays linear.
const LONGEST: usize = 1000;

/// The octets with their escapes put back; `None` when there is no such text in them.
pub fn restore(bytes: &[u8]) -> Option<Vec<u8>> {
    if !bytes.is_ascii() || bytes.contains(&ESC) || !bytes.windows(2).any(opens) {
        return None;
    }
    let mut out = Vec::with_capacity(bytes.len() + 64);
    let (mut found, mut at) = (false, 0);
    while let Some(&b) = bytes.get(at) {
        let rest = bytes.get(at..).unwrap_or_default();
        let length = kanji(rest).or_else(|| kana(rest));
        let Some(length) = length else {
            out.push(b);
            at += 1;
            continue;
        };
        found |= b == b'$';
        out.push(ESC);
        out.extend_from_slice(rest.get(..length)?);
        at += length;
        // What closes one run may open the next; only a return to ASCII is taken with it.
        if let [b'(', b'B' | b'J' | b'H', ..] = rest.get(length..)? {
            out.push(ESC);
            out.extend_from_slice(rest.get(length..length + 2)?);
            at += 2;
        }
    }
    (found && strangeness(&iso2022::decode(&out).0, Prose::Japanese) <= 25).then_some(out)
}

/// ISO-2022-JP whose lines were broken within kanji, so that `ESC $ B` is missing where the next line begins, with its
/// escapes; `None` when there is no such line. A pair that the line end stands in is made whole before it.
pub fn reopen(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len() + 64);
    let mut found = false;
    let mut pieces = bytes.split(|b| *b == ESC).peekable();
    out.extend_from_slice(pieces.next()?);
    while let Some(piece) = pieces.next() {
        let closes = matches!(pieces.peek(), Some([b'(', b'B' | b'J' | b'H', ..]));
        let kanji = piece.strip_prefix(b"$B").or(piece.strip_prefix(b"$@")).filter(|_| closes);
        let lines = kanji.and_then(kanji_in_lines);
        found |= lines.is_some();
        out.push(ESC);
        match lines {
            Some(lines) => out.extend([b"$B", lines.as_slice()].concat()),
            None => out.extend_from_slice(piece),
        }
    }
    found.then_some(out)
}

/// The octets of one run with `ESC $ B` at the beginning of its second line and of each below, when all of them are
/// pairs of Japanese prose.
fn kanji_in_lines(run: &[u8]) -> Option<Vec<u8>> {
    let (_, below) = run.split_at(run.iter().position(|b| *b == b'\n')? + 1);
    let octets: Vec<u8> = run.iter().copied().filter(|b| !matches!(b, b'\r' | b'\n')).collect();
    let number_or_word = below.iter().all(|b| b.is_ascii_alphanumeric() || b.is_ascii_whitespace());
    if number_or_word || octets.iter().any(|b| !b.is_ascii_graphic()) {
        return None;
    }
    let (text, damaged) = iso2022::decode(&[b"\x1B$B", octets.as_slice()].concat());
    let behind: String = text.chars().skip((run.len() - below.len()) / 2).collect();
    if damaged || strangeness(&text, Prose::Japanese).max(strangeness(&behind, Prose::Japanese)) > 25 {
        return None;
    }
    let mut out = Vec::with_capacity(run.len() + 64);
    let (mut half, mut line_end) = (false, Vec::new());
    for b in run {
        if matches!(b, b'\r' | b'\n') {
            line_end.push(*b);
            continue;
        }
        if !half && !line_end.is_empty() {
            out.append(&mut line_end);
            out.extend(b"\x1B$B");
        }
        out.push(*b);
        half = !half;
    }
    out.append(&mut line_end);
    Some(out)
}

fn opens(two: &[u8]) -> bool {
    matches!(two, [b'$', b'B' | b'@'])
}

/// Octets of `$B` and the pairs behind it, when a change of set or a line end follows and they are Japanese.
fn kanji(rest: &[u8]) -> Option<usize> {
    let pairs = rest.get(..2).filter(|two| opens(two)).and(rest.get(2..))?;
    let usual = |pair: &&[u8]| matches!(pair, [0x21..=0x27 | 0x2D | 0x30..=0x74 | 0x79..=0x7C, 0x21..=0x7E]);
    let closes = |at: usize| matches!(pairs.get(at..), Some([b'(', b'B' | b'J' | b'I' | b'H', ..]));
    let mut at = 0;
    while at < LONGEST && !closes(at) && pairs.get(at..at + 2).as_ref().is_some_and(usual) {
        at += 2;
    }
    let line_end = matches!(pairs.get(at), None | Some(b'\n' | b' '));
    if at == 0 || !(closes(at) || line_end && at >= 6) {
        return None;
    }
    let octets = [b"\x1B$B", pairs.get(..at)?].concat();
    let (text, damaged) = iso2022::decode(&octets);
    (!damaged && strangeness(&text, Prose::Japanese) <= 30).then_some(at + 2)
}

/// Octets of `(I` and the half-width kana behind it, up to the next change of set.
fn kana(rest: &[u8]) -> Option<usize> {
    let kana = rest.strip_prefix(b"(I")?;
    let inside = |at: &usize| match kana.get(*at..) {
        Some([b'(', ..] | [b'$', b'B' | b'@', ..]) | None => false,
        Some(rest) => matches!(rest, [0x21..=0x5F, ..]),
    };
    let length = (0..kana.len()).take_while(inside).count();
    let closed = matches!(kana.get(length..), Some([b'(', b'B' | b'J', ..] | [b'$', b'B', ..]));
    (length > 0 && closed).then_some(length + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_put_back_where_the_shape_is_strong() {
        let check = |input: &str, expected: Option<&str>| {
            let got = restore(input.as_bytes()).map(|octets| iso2022::decode(&octets).0);
            assert_eq!(got.as_deref(), expected, "{input}");
        };
        check("a $B:#F|$O(B10$BJ,(B!\nx", Some("a 今日は10分!\nx"));
        check("$B:#F|(J", Some("今日"));
        check("$B&A&B7W2h(B", Some("αβ計画"));
        check("(IJ_?:]$B65<<(B", Some("ﾊﾟｿｺﾝ教室"));
        check("$B:#F|$O$$$$\nnext", Some("今日はいい\nnext"));
        check("it costs $Bob (B) much", None);
        check("echo $BAR $(BAZ)", None);
        check("$BASH_VERSION (B", None);
        check("$B and $B(B", None);
        check("hello", None);
    }
    #[test]
    fn lines_broken_within_kanji_are_kanji() {
        let check = |input: &str, expected: Option<&str>| {
            let got = reopen(input.as_bytes()).map(|octets| iso2022::decode(&octets).0);
            assert_eq!(got.as_deref(), expected, "{input:?}");
        };
        check("\x1B$B:#F|$ONI$$\r\nE75$$G$9\x1B(B", Some("今日は良い\r\n天気です"));
        check("\x1B$B:#F|$ONI$$E\n75$$G$9\x1B(B a", Some("今日は良い天\n気です a"));
        check("\x1B$B:#F|\n$O\nNI$$\x1B(B", Some("今日\nは\n良い"));
        check("\x1B$B:#F|$O\x1B(B\nE75$\n\x1B$B:#\x1B(B", None);
        check("\x1B$B:#F|$O\n\x1B(B", None);
        check("\x1B$B:#F|$O\n2026\x1B(B", None);
        check("\x1B$B:#F|$O\nSee you!\n\x1B$B:#F|\x1B(B", None);
        check("\x1B$B:#F|$O\n<mori@example.jp>\x1B(B", None);
    }
}
