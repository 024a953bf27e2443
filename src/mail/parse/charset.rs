//! Octets and a charset label → text, and whether it had to be guessed or could not be read.
//!
//! The label is a claim. Labels that the web does not know are mapped here (RFC 1468 and its kin, the vendors'
//! names of Shift_JIS); octets that contradict their label, or have none, are sniffed. Guessing is said, never hidden.

use encoding_rs::{EUC_JP, Encoding, GB18030, SHIFT_JIS, UTF_8, WINDOWS_1252};

use super::{iso2022, utf7};

/// Decoded text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// The text; U+FFFD where octets mean nothing.
    pub text: String,
    /// The label was absent, unknown or wrong, and the octets are not plain ASCII.
    pub guessed: bool,
    /// Some octets could not be decoded.
    pub damaged: bool,
}

/// What a label stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Label {
    /// Absent, "none", "us-ascii" and other words that say nothing about octets above 127.
    Nothing,
    Iso2022,
    Utf7,
    Known(&'static Encoding),
    /// A word that nobody knows.
    Unknown,
}

/// Decodes `bytes` under `label` (the charset parameter, or the charset of an encoded-word).
pub fn decode(bytes: &[u8], label: Option<&str>) -> Decoded {
    let label = read_label(label.unwrap_or_default());
    match label {
        Label::Nothing if plain_ascii(bytes) => taken(String::from_utf8_lossy(bytes).into_owned(), false),
        Label::Nothing | Label::Unknown => sniff(bytes),
        Label::Utf7 => {
            let (text, damaged) = utf7::decode(bytes);
            taken(text, damaged)
        }
        Label::Iso2022 if !contradicts_iso2022(bytes) => {
            let (text, damaged) = iso2022::decode(bytes);
            taken(text, damaged)
        }
        Label::Iso2022 => sniff(bytes),
        Label::Known(encoding) => decode_known(bytes, encoding),
    }
}

fn taken(text: String, damaged: bool) -> Decoded {
    Decoded { text, guessed: false, damaged }
}

fn guess(text: String) -> Decoded {
    Decoded { text, guessed: true, damaged: false }
}

fn plain_ascii(bytes: &[u8]) -> bool {
    bytes.is_ascii() && !bytes.contains(&0x0E) && !iso2022::has_escapes(bytes)
}

/// Under an ISO-2022 label: octets above 127 that are no half-width kana, or that are valid UTF-8.
fn contradicts_iso2022(bytes: &[u8]) -> bool {
    let high = || bytes.iter().filter(|b| **b >= 0x80);
    high().any(|b| !(0xA1..=0xDF).contains(b)) || (high().count() > 0 && is_utf8_beyond_doubt(bytes))
}

fn decode_known(bytes: &[u8], encoding: &'static Encoding) -> Decoded {
    if encoding != UTF_8 && !encoding.name().starts_with("UTF-16") && is_utf8_beyond_doubt(bytes) {
        return guess(String::from_utf8_lossy(bytes).into_owned());
    }
    if bytes.is_ascii() && encoding.is_ascii_compatible() && iso2022::has_escapes(bytes) {
        return sniff(bytes);
    }
    let (text, _, damaged) = encoding.decode(bytes);
    if damaged && mostly_wrong(&text) {
        let other = sniff(bytes);
        if !other.damaged {
            return other;
        }
    }
    taken(text.into_owned(), damaged)
}

/// More than a fifth of what is not ASCII failed to decode: the label lies, rather than an octet being lost.
fn mostly_wrong(text: &str) -> bool {
    let (mut foreign, mut wrong) = (0usize, 0usize);
    for c in text.chars().filter(|c| !c.is_ascii()) {
        foreign += 1;
        wrong += usize::from(c == '\u{FFFD}');
    }
    wrong * 5 > foreign
}

/// Valid UTF-8 with at least one character of three or more octets: no Japanese legacy encoding looks like that.
fn is_utf8_beyond_doubt(bytes: &[u8]) -> bool {
    bytes.iter().any(|&b| b >= 0xE0) && std::str::from_utf8(bytes).is_ok()
}

/// The most probable reading of octets whose label is missing or false.
fn sniff(bytes: &[u8]) -> Decoded {
    if plain_ascii(bytes) {
        return taken(String::from_utf8_lossy(bytes).into_owned(), false);
    }
    if iso2022::has_escapes(bytes) || bytes.is_ascii() {
        let (text, damaged) = iso2022::decode(bytes);
        if !damaged || bytes.is_ascii() {
            return Decoded { text, guessed: true, damaged };
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return guess(text.to_owned());
    }
    let candidates = [SHIFT_JIS, EUC_JP].into_iter().filter_map(|encoding| {
        let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?.into_owned();
        Some((oddity(&text), text))
    });
    if let Some((odd, text)) = candidates.min_by_key(|(odd, _)| *odd)
        && odd <= 50
    {
        return guess(text);
    }
    let lossy = String::from_utf8_lossy(bytes).into_owned();
    if mostly_wrong(&lossy) {
        let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
        let controls = text.chars().any(|c| ('\u{80}'..='\u{9f}').contains(&c));
        return Decoded { text: text.into_owned(), guessed: true, damaged: controls };
    }
    Decoded { text: lossy, guessed: true, damaged: true }
}

/// How unlike Japanese prose a text is: of the characters beyond ASCII, the percentage that are half-width kana,
/// private use or rare blocks.
fn oddity(text: &str) -> usize {
    let (mut foreign, mut odd) = (0usize, 0usize);
    for c in text.chars().filter(|c| !c.is_ascii()) {
        foreign += 1;
        let usual = matches!(c, '\u{3000}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ff01}'..='\u{ff5e}'
            | '\u{2010}'..='\u{266f}' | '\u{e000}'..='\u{f8ff}');
        odd += usize::from(!usual);
    }
    (odd * 100).checked_div(foreign).unwrap_or(0)
}

/// From the word in the mail. Case, quotes, a leading "x-" and a trailing "$esc" of old gateways do not matter.
fn read_label(word: &str) -> Label {
    let word = word.trim().trim_matches(['"', '\'']).to_ascii_lowercase().replace('_', "-");
    let bare = word.strip_prefix("x-").unwrap_or(&word);
    match bare {
        "" | "none" | "us-ascii" | "ascii" | "ansi-x3.4-1968" | "unknown" | "unknown-8bit" | "8bit"
        | "7bit" | "default" | "iso-646" | "user-defined" => Label::Nothing,
        "jis" | "jis7" | "jis8" | "jis-encoding" | "cp50220" | "cp50221" | "cp50222" | "csiso2022jp"
        | "csiso2022jp2" | "csjisencoding" => Label::Iso2022,
        _ if bare.starts_with("iso-2022-") || bare.starts_with("iso2022") => Label::Iso2022,
        "cp932" | "ms932" | "mskanji" | "ms-kanji" | "windows-31j" | "windows-932" | "cswindows31j"
        | "sjis" | "shift-jis" | "shiftjis" | "shift-jis-2004" | "shift-jisx0213" | "csshiftjis"
        | "sjis-win" => Label::Known(SHIFT_JIS),
        "cp51932" | "eucjp" | "euc-jp" | "eucjp-ms" | "eucjp-win" | "euc-jis-2004" | "ujis" => {
            Label::Known(EUC_JP)
        }
        "gb2312" | "gbk" | "gb18030" | "cp936" | "euc-cn" => Label::Known(GB18030),
        "utf-7" | "unicode-1-1-utf-7" | "csunicode11utf7" => Label::Utf7,
        "utf8" | "utf-8" | "cp65001" | "utf8mb4" => Label::Known(UTF_8),
        _ => Encoding::for_label_no_replacement(word.replace('-', "_").as_bytes())
            .or_else(|| Encoding::for_label_no_replacement(word.as_bytes()))
            .or_else(|| Encoding::for_label_no_replacement(bare.as_bytes()))
            .map_or(Label::Unknown, Label::Known),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JIS: &[u8] = b"\x1B$B:#F|$O\x1B(B";
    const SJIS: &[u8] = b"\x8d\xa1\x93\xfa\x82\xcd";
    const EUC: &[u8] = b"\xba\xa3\xc6\xfc\xa4\xcf";

    #[test]
    fn labels_of_the_field_are_understood() {
        let check = |label: &str, bytes: &[u8]| {
            let expected = Decoded { text: "今日は".to_owned(), guessed: false, damaged: false };
            assert_eq!(decode(bytes, Some(label)), expected, "{label}");
        };
        for label in ["iso-2022-jp", "ISO-2022-JP-1", "iso-2022-jp-2", "iso-2022-jp-3", "iso-2022-jp-2004"] {
            check(label, JIS);
        }
        for label in
            ["iso-2022-jp-ms", "cp50220", "CP50221", "cp50222", "JIS", "csISO2022JP", "\"x-iso-2022-jp\""]
        {
            check(label, JIS);
        }
        for label in
            ["cp932", "csWindows31J", "windows-31j", "x-sjis", "Shift_JIS", "shift-jis", "MS_Kanji", "sjis"]
        {
            check(label, SJIS);
        }
        for label in ["euc-jp", "EUCJP", "x-euc-jp", "cp51932", "eucJP-ms"] {
            check(label, EUC);
        }
        for label in ["utf-8", "UTF8", "cp65001"] {
            check(label, "今日は".as_bytes());
        }
    }

    #[test]
    fn a_missing_or_false_label_is_guessed_and_said() {
        let check = |label: Option<&str>, bytes: &[u8]| {
            let expected = Decoded { text: "今日は".to_owned(), guessed: true, damaged: false };
            assert_eq!(decode(bytes, label), expected, "{label:?} {bytes:?}");
        };
        for label in [None, Some("us-ascii"), Some("none"), Some("x-nobody-knows"), Some("utf-8")] {
            check(label, JIS);
        }
        for label in [None, Some("us-ascii"), Some("iso-2022-jp"), Some("utf-8")] {
            check(label, SJIS);
        }
        for label in [None, Some("us-ascii"), Some("x-nobody-knows")] {
            check(label, EUC);
        }
        for label in [None, Some("us-ascii"), Some("iso-2022-jp"), Some("shift_jis"), Some("iso-8859-1")] {
            check(label, "今日は".as_bytes());
        }
    }

    #[test]
    fn plain_ascii_is_never_a_guess_and_a_lost_octet_is_damage() {
        assert_eq!(decode(b"hello", None), taken("hello".to_owned(), false));
        assert_eq!(decode(b"hello", Some("us-ascii")), taken("hello".to_owned(), false));
        let mut cut = "今日はいい天気でした。".as_bytes().to_vec();
        cut.pop();
        assert_eq!(decode(&cut, Some("utf-8")), taken("今日はいい天気でした\u{FFFD}".to_owned(), true));
        assert_eq!(decode(b"caf\xe9", Some("iso-8859-1")), taken("café".to_owned(), false));
        assert_eq!(decode(b"caf\xe9 noir", None), guess("café noir".to_owned()));
        assert_eq!(decode(b"hello", Some("x-nobody-knows")), taken("hello".to_owned(), false));
    }
}
