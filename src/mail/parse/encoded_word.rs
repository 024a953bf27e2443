//! Raw header values → text: eight-bit and ISO-2022 octets sniffed, encoded-words (RFC 2047, RFC 2231 §5) decoded.
//!
//! Adjacent encoded-words of one charset and encoding are joined as octets before decoding, because senders split
//! them inside a character. Words are decoded wherever they stand, in quotes too: phones do not read §5.

use super::transfer::{base64_word, hex};
use super::{charset, labels};

/// A piece of text and what had to be guessed for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// The decoded text; it may hold control characters, see `clean`.
    pub text: String,
    /// A charset was guessed.
    pub guessed: bool,
    /// Something could not be decoded.
    pub damaged: bool,
}

impl Words {
    fn push(&mut self, decoded: &charset::Decoded) {
        self.text.push_str(&decoded.text);
        self.guessed |= decoded.guessed;
        self.damaged |= decoded.damaged;
    }
}

/// The octets of a header value as text, encoded-words left alone.
pub fn raw_text(value: &[u8]) -> Words {
    let mut words = Words::default();
    words.push(&charset::decode(value, None));
    words
}

/// A whole unstructured value: raw octets and encoded-words.
pub fn unstructured(value: &[u8]) -> Words {
    let raw = raw_text(value);
    let mut words = decode(&raw.text);
    words.guessed |= raw.guessed;
    words.damaged |= raw.damaged;
    words
}

/// Octets of encoded-words that wait for a neighbour of the same charset.
struct Pending {
    charset: String,
    words: Vec<Vec<u8>>,
}

/// Decodes the encoded-words in `text`. What turns out to be one encoded-word again was encoded twice by a gateway
/// and is decoded once more; that is a guess.
pub fn decode(text: &str) -> Words {
    let words = once(text);
    let inner = words.text.trim();
    let again = inner.starts_with("=?") && inner.ends_with("?=") && inner.len() < text.len();
    match again.then(|| once(inner)) {
        Some(twice) if twice.text != inner && !twice.damaged => Words { guessed: true, ..twice },
        _ => words,
    }
}

fn once(text: &str) -> Words {
    let mut words = Words::default();
    let mut pending: Option<Pending> = None;
    let (mut at, mut plain_from) = (0, 0);
    let mut ends = Ends { text, next: 0, none: false };
    while let Some(start) = text.get(at..).and_then(|t| t.find("=?")).map(|p| p + at) {
        let Some(Word { charset, octets, end, closed }) = word(text, start, &mut ends) else {
            at = start + 2;
            continue;
        };
        words.guessed |= !closed;
        let between = text.get(plain_from..start).unwrap_or_default();
        let joined = pending.is_some() && between.chars().all(char::is_whitespace);
        match &mut pending {
            Some(open) if joined && same_charset(&open.charset, &charset) => open.words.push(octets),
            _ => {
                flush(&mut words, pending.take());
                if !joined {
                    words.text.push_str(between);
                }
                pending = Some(Pending { charset, words: vec![octets] });
            }
        }
        (at, plain_from) = (end, end);
    }
    flush(&mut words, pending);
    words.text.push_str(text.get(plain_from..).unwrap_or_default());
    words
}

fn same_charset(one: &str, other: &str) -> bool {
    one == other || labels::read(one) == labels::read(other)
}

/// Together first, as senders cut inside a character; one by one when that fails, as others leave a shift open.
fn flush(words: &mut Words, pending: Option<Pending>) {
    let Some(Pending { charset, words: octets }) = pending else { return };
    let together = charset::decode(&octets.concat(), Some(&charset));
    if together.damaged && octets.len() > 1 {
        let each: Vec<_> = octets.iter().map(|one| charset::decode(one, Some(&charset))).collect();
        if each.iter().all(|one| !one.damaged) {
            return each.iter().for_each(|one| words.push(one));
        }
    }
    words.push(&together);
}

/// Finds `?=` from ever later positions in linear time altogether.
struct Ends<'a> {
    text: &'a str,
    next: usize,
    none: bool,
}

impl Ends<'_> {
    fn after(&mut self, from: usize) -> Option<usize> {
        if self.none || self.next >= from && self.next > 0 {
            return (!self.none).then_some(self.next);
        }
        match self.text.get(from..).and_then(|t| t.find("?=")) {
            Some(p) => self.next = from + p,
            None => self.none = true,
        }
        (!self.none).then_some(self.next)
    }
}

struct Word {
    /// Without its language (RFC 2231 §5).
    charset: String,
    octets: Vec<u8>,
    /// Where it ends in the text.
    end: usize,
    /// It had its `?=`.
    closed: bool,
}

/// The encoded-word at `start`.
fn word(text: &str, start: usize, ends: &mut Ends<'_>) -> Option<Word> {
    let rest = text.get(start + 2..)?;
    let token = |c: char| c.is_ascii_alphanumeric() || "-_.:+*()'$".contains(c);
    let length = rest.char_indices().take(64).find(|(_, c)| !token(*c)).map(|(p, _)| p)?;
    let charset = rest.get(..length)?.split('*').next().unwrap_or_default().to_owned();
    let encoding = match rest.get(length..)?.as_bytes() {
        [b'?', encoding, b'?', ..] if length > 0 => encoding.to_ascii_lowercase(),
        _ => return None,
    };
    let from = start + 2 + length + 3;
    let closed = ends.after(from).and_then(|end| Some((text.get(from..end)?, end)));
    let closed = closed.filter(|(content, _)| !content.contains("=?"));
    let (content, end) = match closed {
        Some((content, end)) => (content, end + 2),
        None => unclosed(text, from, encoding)?,
    };
    let octets = match encoding {
        b'b' => base64_word(content.as_bytes()),
        b'q' => q(content.as_bytes()),
        _ => return None,
    };
    Some(Word { charset, octets, end, closed: closed.is_some() })
}

/// A word of base64 whose `?=` was cut off: it must go on to the next white space or to the end, and be long enough.
fn unclosed(text: &str, from: usize, encoding: u8) -> Option<(&str, usize)> {
    let rest = text.get(from..)?;
    // Longer than any line: looking no further keeps the time linear.
    let length = rest.bytes().take(500).position(|b| b.is_ascii_whitespace()).unwrap_or(rest.len().min(500));
    let content = rest.get(..length)?.trim_end_matches(['?', '=']);
    let whole = content.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/');
    (encoding == b'b' && whole && content.len() >= 4).then_some((content, from + length))
}

/// The "Q" encoding (RFC 2047 §4.2).
fn q(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len());
    let mut at = 0;
    while let Some(&b) = content.get(at) {
        let pair = (content.get(at + 1).and_then(hex), content.get(at + 2).and_then(hex));
        match (b, pair) {
            (b'=', (Some(high), Some(low))) => {
                out.push(high << 4 | low);
                at += 2;
            }
            (b'_', _) => out.push(b' '),
            // A soft line break, which has no place here.
            (b'=', _) if at + 1 == content.len() => {}
            _ => out.push(b),
        }
        at += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_words_are_decoded_as_they_come() {
        let check = |input: &str, expected: &str| {
            let words = decode(input);
            assert_eq!((words.text.as_str(), words.damaged), (expected, false), "{input}");
        };
        check("plain", "plain");
        check("=?utf-8?B?5LuK5pel?= =?utf-8?B?44Gv?=", "今日は");
        check("=?utf-8?B?5LuK5pel?= a =?utf-8?B?44Gv?=", "今日 a は");
        check("=?UTF-8?B?5LuK5g==?=\t=?utf-8?B?l6Xjga8=?=", "今日は");
        check("=?utf-8?Q?=E4=BB=8A=E6?= =?utf-8?Q?=97=A5_x?=", "今日 x");
        check("=?ISO-2022-JP?B?GyRCOiNGfBsoQg==?= =?ISO-2022-JP?B?GyRCJE8bKEI=?=", "今日は");
        check("=?iso-2022-jp?B?GyRCOiNGfA==?= =?iso-2022-jp?B?GyRCJE8=?=", "今日は");
        check("=?utf-8*ja?B?5LuK5pel?=", "今日");
        check("Re:=?cp932?B?jaGT+g==?=!", "Re:今日!");
        check("\"=?utf-8?B?5LuK5pel?=\"", "\"今日\"");
        check("=?utf-8?X?abc?= =?utf-8?B?no end", "=?utf-8?X?abc?= =?utf-8?B?no end");
        check("a =? b ?= c", "a =? b ?= c");
        check("=?utf-8?Q?Really??=", "Really?");
        check("=?utf-8?Q?=E4=BB=8A=?=", "今");
        check("=?utf-8?B?5LuK5pel", "今日");
        check("=?utf-8?B?5LuK5pel =?utf-8?B?44Gv?=", "今日は");
        check("=?utf-8?B?5LuK5pel?", "今日");
        check("=?utf-8?Q?=3D=3Futf-8=3FB=3F5LuK5pel=3F=3D?=", "今日");
        check("=?iso-2022-jp?B?GyRCOiNGfA==?= =?iso-2022-jp?B?YWJj?=", "今日abc");
    }

    #[test]
    fn raw_octets_in_a_header_are_sniffed() {
        let check = |input: &[u8], expected: &str| {
            let words = unstructured(input);
            assert_eq!(
                (words.text.as_str(), words.guessed, words.damaged),
                (expected, true, false),
                "{input:?}"
            );
        };
        check(b"\x1B$B:#F|\x1B(B =?utf-8?B?44Gv?=", "今日 は");
        check(b"\x8d\xa1\x93\xfa\x82\xcd", "今日は");
        check("今日は".as_bytes(), "今日は");
    }
}
