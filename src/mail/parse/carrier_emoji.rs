//! The pictures of Japanese feature phones, which arrive as private-use characters → Unicode, or a geta mark `〓`.
//!
//! `pictures.txt` has what the carriers and Unicode agreed on (made of EmojiSources.txt of the Unicode Character Database, LICENSE-UNICODE),
//! in runs: carrier, where the run begins among the private-use characters that Shift_JIS F040–F9FC decodes to,
//! where it begins in the carrier's own Unicode assignment, the pictures. au and SoftBank gave U+E501–U+E537 to
//! different pictures; SoftBank wins there, whose phones wrote UTF-8. A private-use character is never shown.

use std::collections::HashMap;
use std::sync::LazyLock;

const PICTURES: &str = include_str!("carrier_emoji/pictures.txt");

/// Shown for a picture that nobody knows.
pub const GETA: &str = "〓";

#[derive(Default)]
struct Tables {
    shift_jis: HashMap<u32, &'static str>,
    unicode: HashMap<u32, &'static str>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut tables = Tables::default();
    for line in PICTURES.lines() {
        let mut words = line.split(' ').skip(1);
        let mut start = || u32::from_str_radix(words.next().unwrap_or_default(), 16).ok();
        let starts = (start(), start());
        for (at, picture) in (0..).zip(words).filter(|(_, picture)| *picture != GETA) {
            starts.0.and_then(|start| tables.shift_jis.insert(start + at, picture));
            starts.1.and_then(|start| tables.unicode.insert(start + at, picture));
        }
    }
    tables
});

/// For private use, so that it must not be shown.
pub fn is_private(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..)
}

/// The picture that a carrier meant by a private-use character of Unicode.
pub fn known(c: char) -> Option<&'static str> {
    TABLES.unicode.get(&u32::from(c)).copied()
}

/// A private-use character stands there that no table knows.
pub fn has_unknown(text: &str) -> bool {
    text.chars().any(|c| is_private(c) && known(c).is_none())
}

/// Text decoded from Shift_JIS, whose private-use characters are docomo's and au's, and whether one is unknown.
pub fn of_shift_jis(text: String) -> (String, bool) {
    if !text.contains(is_private) {
        return (text, false);
    }
    let mut unknown = false;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match TABLES.shift_jis.get(&u32::from(c)) {
            Some(picture) => out.push_str(picture),
            None if is_private(c) => {
                unknown = true;
                out.push_str(GETA);
            }
            None => out.push(c),
        }
    }
    (out, unknown)
}

/// Text with SoftBank's web codes, ESC `$`, a page, pictures and SI (`\x1b$Gj\x0f`), as pictures, and whether one is
/// unknown. The phones wrote them among Shift_JIS and UTF-8; other escape sequences stay.
pub fn of_web_codes(text: String) -> (String, bool) {
    if !text.contains("\x1b$") {
        return (text, false);
    }
    let mut unknown = false;
    let mut pieces = text.split("\x1b$");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let Some((codes, rest)) = web_codes(piece) else {
            out.push_str("\x1b$");
            out.push_str(piece);
            continue;
        };
        for c in codes {
            let picture = c.and_then(known);
            unknown |= picture.is_none();
            out.push_str(picture.unwrap_or(GETA));
        }
        out.push_str(rest);
    }
    (out, unknown)
}

/// What a web code says behind its escape, as SoftBank's private-use characters, and the text that follows. SI may
/// have been lost at the end of a line.
fn web_codes(piece: &str) -> Option<(Vec<Option<char>>, &str)> {
    let page = match piece.as_bytes().first()? {
        b'G' => 0xE000,
        b'E' => 0xE100,
        b'F' => 0xE200,
        b'O' => 0xE300,
        b'P' => 0xE400,
        b'Q' => 0xE500,
        _ => return None,
    };
    let behind = piece.get(1..)?;
    let end = behind.find(|c: char| !('!'..='~').contains(&c)).unwrap_or(behind.len());
    let (codes, rest) = behind.split_at(end);
    let closed = rest.strip_prefix('\x0f');
    if codes.is_empty() || closed.is_none() && !(rest.is_empty() || rest.starts_with(['\r', '\n'])) {
        return None;
    }
    let codes = codes.bytes().map(|code| char::from_u32(page + u32::from(code) - 0x20)).collect();
    Some((codes, closed.unwrap_or(rest)))
}

/// au's pictures in rows 0x75–0x78 of ISO-2022-JP, which are Shift_JIS F640–F7FC.
pub fn of_au_rows(row: u8, cell: u8) -> Option<&'static str> {
    let (row, cell) = (u32::from(row.checked_sub(0x75)?), u32::from(cell.checked_sub(0x21)?));
    TABLES.shift_jis.get(&(0xE468 + row * 94 + cell)).copied().filter(|_| row < 4 && cell < 94)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_of_all_carriers_are_known() {
        let check = |c: char, expected: Option<&str>| assert_eq!(known(c), expected, "{c:?}");
        check('\u{e63e}', Some("☀"));
        check('\u{e6a6}', None);
        check('\u{e488}', Some("☀"));
        check('\u{e04a}', Some("☀"));
        check('\u{e415}', Some("😄"));
        check('\u{f8ff}', None);
        check('あ', None);
        assert_eq!(of_au_rows(0x75, 0x41), Some("☀"));
        assert_eq!(of_au_rows(0x79, 0x21), None);
        assert_eq!(of_shift_jis("晴\u{e63e}\u{e757}".to_owned()), ("晴☀😱".to_owned(), false));
        assert_eq!(of_shift_jis("\u{e000}".to_owned()), (GETA.to_owned(), true));
        let web = |text: &str| of_web_codes(text.to_owned());
        assert_eq!(web("晴\x1b$Gj\x0fです"), ("晴☀です".to_owned(), false));
        assert_eq!(web("\x1b$Gjj\x0f\x1b$E!\x0f\x1b$P~"), ("☀☀📫〓".to_owned(), true));
        assert_eq!(web("\x1b$Gj and"), ("\x1b$Gj and".to_owned(), false));
        assert_eq!(web("$Gj\x0f"), ("$Gj\x0f".to_owned(), false));
        assert!(has_unknown("a\u{fe331}") && !has_unknown("a\u{e63e}〓"));
    }
}
