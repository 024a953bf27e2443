//! Octets and a charset label → text, and whether it had to be guessed or could not be read.
//!
//! The label is a claim. It is believed as long as the octets read under it as somebody's prose; when they do not,
//! or when there is none, the reading that is the most probable prose is taken, and said to be a guess. What no
//! reading explains is replaced and said, never hidden.

use std::borrow::Cow;

use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GB18030, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252,
};

use super::labels::{self, Label};
use super::plausible::{Prose, has_kana, strangeness};
use super::wide::{self, Order};
use super::{carrier_emoji, iso2022, lost_escapes, utf7};

/// Decoded text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// The text; U+FFFD where octets mean nothing, a geta mark for a picture that nobody knows.
    pub text: String,
    /// The label was absent, unknown or wrong, and the octets are not plain ASCII.
    pub guessed: bool,
    /// Some octets could not be decoded.
    pub damaged: bool,
}

/// A reading under a label is believed up to this strangeness, in tenths.
const BELIEVED: usize = 25;

/// A reading against a label must be prose of at most this strangeness, and less strange by MARGIN.
const PROSE: usize = 22;

/// See PROSE.
const MARGIN: usize = 18;

/// Against a label under which all octets can be decoded, the difference of all characters together must be at least
/// this: a rare kanji or two prove nothing. The second figure is for labels that refuse some octets.
const EVIDENCE: (usize, usize) = (60, 75);

/// The readings that a guess chooses from; the last figure is what makes up for their being rarer here.
const CANDIDATES: [(&Encoding, Prose, usize); 6] = [
    (SHIFT_JIS, Prose::Japanese, 0),
    (EUC_JP, Prose::Japanese, 0),
    (GB18030, Prose::Chinese, 10),
    (BIG5, Prose::Chinese, 10),
    (EUC_KR, Prose::Korean, 10),
    (WINDOWS_1252, Prose::European, 5),
];

/// Encodings of the Latin alphabet, by the names of encoding_rs; ISO-8859-1 is windows-1252 there.
const LATIN: [&str; 7] =
    ["ISO-8859-2", "ISO-8859-3", "ISO-8859-4", "ISO-8859-15", "windows-1250", "windows-1254", "macintosh"];

/// Decodes `bytes` under `label` (the charset parameter, or the charset of an encoded-word).
pub fn decode(bytes: &[u8], label: Option<&str>) -> Decoded {
    let decoded = decode_under(bytes, labels::read(label.unwrap_or_default()));
    let (text, unknown) = carrier_emoji::of_web_codes(decoded.text);
    let damaged = decoded.damaged || unknown || carrier_emoji::has_unknown(&text);
    Decoded { text, damaged, ..decoded }
}

fn decode_under(bytes: &[u8], label: Label) -> Decoded {
    match label {
        Label::Nothing | Label::Unknown => sniff(bytes),
        Label::Utf7 => believed(utf7::decode(bytes)),
        Label::Hz => believed(wide::hz(bytes)),
        Label::Iso2022 => decode_iso2022(bytes),
        Label::Utf16(order) => decode_wide(bytes, wide::utf16, order),
        Label::Utf32(order) => decode_wide(bytes, wide::utf32, order),
        Label::Known(e) if e == UTF_16LE => decode_wide(bytes, wide::utf16, Some(Order::Little)),
        Label::Known(e) if e == UTF_16BE => decode_wide(bytes, wide::utf16, Some(Order::Big)),
        Label::Dos(upper) => decode_dos(bytes, upper),
        Label::Known(encoding) => decode_known(bytes, encoding),
    }
}

fn believed((text, damaged): (String, bool)) -> Decoded {
    Decoded { text, guessed: false, damaged }
}

fn guess(text: String) -> Decoded {
    Decoded { text, guessed: true, damaged: false }
}

fn plain_ascii(bytes: &[u8]) -> bool {
    bytes.is_ascii() && !bytes.iter().any(|b| matches!(b, 0 | 0x0E)) && !iso2022::has_escapes(bytes)
}

fn decode_iso2022(bytes: &[u8]) -> Decoded {
    if !bytes.is_ascii() && is_utf8_beyond_doubt(bytes) {
        return sniff(bytes);
    }
    if let Some(restored) = lost_escapes::restore(bytes).or_else(|| lost_escapes::reopen(bytes)) {
        return Decoded { guessed: true, ..believed(iso2022::decode(&restored)) };
    }
    let under_label = believed(iso2022::decode(bytes));
    // Eight-bit octets without any escape may be kana, as under JIS8, or another encoding.
    let odd = || strangeness(&under_label.text, Prose::Japanese) > 15;
    if !bytes.is_ascii() && (under_label.damaged || !iso2022::has_escapes(bytes) && odd()) {
        let other = sniff(bytes);
        if !other.damaged || under_label.damaged {
            return other;
        }
    }
    under_label
}

type Wide = fn(&[u8], Option<Order>) -> (String, bool);

fn decode_wide(bytes: &[u8], read: Wide, order: Option<Order>) -> Decoded {
    let (text, damaged) = read(bytes, order);
    if !bytes.contains(&0) && (damaged || strangeness(&text, Prose::Japanese) > PROSE) {
        let other = sniff(bytes);
        if !other.damaged {
            return other;
        }
    }
    believed((text, damaged))
}

fn decode_dos(bytes: &[u8], upper: &str) -> Decoded {
    if is_utf8_beyond_doubt(bytes) {
        return sniff(bytes);
    }
    let upper: Vec<char> = upper.chars().collect();
    let one = |b: &u8| match b.checked_sub(0x80) {
        None => char::from(*b),
        Some(high) => upper.get(usize::from(high)).copied().unwrap_or('\u{FFFD}'),
    };
    believed((bytes.iter().map(one).collect(), false))
}

fn decode_known(bytes: &[u8], encoding: &'static Encoding) -> Decoded {
    if plain_ascii(bytes) && lost_escapes::restore(bytes).is_none() {
        return believed((ascii(bytes), false));
    }
    if let Some(text) = wide::sniff(bytes).or_else(|| euc_kana(bytes).filter(|_| encoding != EUC_JP)) {
        return guess(text);
    }
    if bytes.is_ascii() || encoding != UTF_8 && is_utf8_against(bytes, encoding) {
        return sniff(bytes);
    }
    let (text, damaged) = read(bytes, encoding);
    if let Some(mixed) = utf8_lines(bytes, encoding) {
        return mixed;
    }
    let strange = match prose_of(encoding) {
        Some(prose) => strangeness_under(&text, prose),
        None if damaged && mostly_wrong(&text) => 300,
        None => 0,
    };
    if strange <= BELIEVED && !damaged {
        return believed((text, damaged));
    }
    let evidence = if encoding.is_single_byte() { EVIDENCE.0 } else { EVIDENCE.1 };
    let enough = |other: &Candidate| {
        let less = strange.saturating_sub(other.strange);
        other.strange <= PROSE && less >= MARGIN && (damaged || less * foreign(&text) >= evidence)
    };
    match best(bytes, encoding) {
        Some(other) if enough(&other) => other.decoded,
        Some(other) if damaged && mostly_wrong(&text) && !other.decoded.damaged => other.decoded,
        _ if damaged => by_lines(bytes, encoding, text),
        _ => believed((text, damaged)),
    }
}

/// People write Japanese under Chinese and Korean labels, too; but EUC-JP has its kana where those sets have theirs.
fn strangeness_under(text: &str, prose: Prose) -> usize {
    let strange = strangeness(text, prose);
    if !matches!(prose, Prose::Chinese | Prose::Korean) || !has_kana(text) {
        return strange;
    }
    let japanese = strangeness(text, Prose::Japanese);
    strange.min(if japanese <= 3 { japanese } else { japanese + BELIEVED })
}

fn foreign(text: &str) -> usize {
    text.chars().filter(|c| !c.is_ascii()).count()
}

/// Whose prose an encoding writes; for the others only what cannot be decoded speaks against a label.
fn prose_of(encoding: &'static Encoding) -> Option<Prose> {
    let candidate = CANDIDATES.iter().find(|(candidate, ..)| *candidate == encoding);
    let latin = LATIN.contains(&encoding.name());
    candidate.map(|(_, prose, _)| *prose).or(latin.then_some(Prose::European))
}

/// UTF-8 in some lines and `encoding`, or what else they can be, in others; `None` when it is not such a mixture.
fn utf8_lines(bytes: &[u8], encoding: &'static Encoding) -> Option<Decoded> {
    let foreign = || bytes.split(|b| *b == b'\n').filter(|line| !line.is_ascii());
    let prose = |line: &[u8]| {
        let text = std::str::from_utf8(line).unwrap_or_default();
        let strange = strangeness(text, Prose::Japanese);
        let under_label = || strangeness(&read(line, encoding).0, Prose::Japanese);
        is_utf8_beyond_doubt(line)
            && strange <= PROSE
            && (encoding == UTF_8 || under_label() >= strange + MARGIN)
    };
    if std::str::from_utf8(bytes).is_ok() || !foreign().any(is_utf8_beyond_doubt) || !foreign().any(prose) {
        return None;
    }
    let mut all = guess(String::with_capacity(bytes.len()));
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        let one = match std::str::from_utf8(line) {
            Ok(text) => guess(text.to_owned()),
            Err(_) if encoding != UTF_8 => believed(read(line, encoding)),
            Err(_) => best(line, encoding).filter(|other| other.strange <= PROSE)?.decoded,
        };
        if one.damaged {
            return None;
        }
        all.text.push_str(&one.text);
    }
    Some(all)
}

/// Lines that the encoding cannot read and another can: a quote or footer that somebody pasted as it was.
fn by_lines(bytes: &[u8], encoding: &'static Encoding, whole: String) -> Decoded {
    let mut all = Decoded { text: String::with_capacity(whole.len()), guessed: false, damaged: false };
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        let (text, damaged) = read(line, encoding);
        let other = damaged.then(|| best(line, encoding)).flatten();
        match other.filter(|other| other.strange <= PROSE && !other.decoded.damaged) {
            Some(other) => {
                all.guessed = true;
                all.text.push_str(&other.decoded.text);
            }
            None => {
                all.damaged |= damaged;
                all.text.push_str(&text);
            }
        }
    }
    if all.guessed { all } else { Decoded { text: whole, guessed: false, damaged: true } }
}

fn read(bytes: &[u8], encoding: &'static Encoding) -> (String, bool) {
    if encoding == UTF_8
        && let Some(mended) = wide::surrogates_joined(bytes)
    {
        return (mended, true);
    }
    let (text, damaged) = encoding.decode_with_bom_removal(bytes);
    if encoding != SHIFT_JIS {
        let unused = encoding == WINDOWS_1252 && text.contains(|c| ('\u{80}'..='\u{9f}').contains(&c));
        return (text.into_owned(), damaged || unused);
    }
    let (text, unknown) = carrier_emoji::of_shift_jis(text.into_owned());
    (text, damaged || unknown)
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

/// Valid UTF-8 under another label. Characters of two octets are pairs in the encodings of East Asia, too.
fn is_utf8_against(bytes: &[u8], encoding: &'static Encoding) -> bool {
    let single = encoding.is_single_byte();
    is_utf8_beyond_doubt(bytes) || single && !bytes.is_ascii() && std::str::from_utf8(bytes).is_ok()
}

fn ascii(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The most probable reading of octets whose label is missing or false.
fn sniff(bytes: &[u8]) -> Decoded {
    if let Some(restored) = lost_escapes::restore(bytes).or_else(|| lost_escapes::reopen(bytes)) {
        return Decoded { guessed: true, ..believed(iso2022::decode(&restored)) };
    }
    if plain_ascii(bytes) {
        return believed((ascii(bytes), false));
    }
    if let Some(text) = wide::sniff(bytes) {
        return guess(text);
    }
    if iso2022::has_escapes(bytes) || bytes.contains(&0x0E) {
        return escapes_by_lines(bytes);
    }
    sniff_eight_bit(bytes)
}

fn sniff_eight_bit(bytes: &[u8]) -> Decoded {
    if let Some(text) = euc_kana(bytes) {
        return guess(text);
    }
    if bytes.is_ascii() {
        return believed((ascii(bytes), false));
    }
    if is_utf8_beyond_doubt(bytes) {
        return guess(
            String::from_utf8_lossy(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)).into_owned(),
        );
    }
    let other = best(bytes, UTF_8);
    if let Ok(text) = std::str::from_utf8(bytes)
        && other.as_ref().is_none_or(|other| strangeness(text, Prose::European) <= other.strange + MARGIN)
    {
        return guess(text.to_owned());
    }
    let lossy = String::from_utf8_lossy(bytes).into_owned();
    match other {
        Some(other) if mostly_wrong(&lossy) || other.strange <= PROSE => other.decoded,
        _ => Decoded { guessed: true, ..by_lines(bytes, UTF_8, lossy) },
    }
}

/// ISO-2022 with lines of another encoding among its own.
fn escapes_by_lines(bytes: &[u8]) -> Decoded {
    let (text, damaged) = iso2022::decode(bytes);
    if !damaged || bytes.is_ascii() {
        return Decoded { text, guessed: true, damaged };
    }
    let mut all = guess(String::with_capacity(text.len()));
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        let one = match iso2022::decode(line) {
            (_, true) if !iso2022::has_escapes(line) => sniff_eight_bit(line),
            read => believed(read),
        };
        all.text.push_str(&one.text);
        all.damaged |= one.damaged;
    }
    all
}

/// Half-width kana of EUC-JP have 0x8E before each; in Shift_JIS that is a row of kanji, but never three in a row.
fn euc_kana(bytes: &[u8]) -> Option<String> {
    let three = |w: &[u8]| w.chunks(2).all(|pair| matches!(pair, [0x8E, 0xA1..=0xDF]));
    let text = || EUC_JP.decode_without_bom_handling_and_without_replacement(bytes);
    bytes.windows(6).any(three).then(text).flatten().map(Cow::into_owned)
}

struct Candidate {
    decoded: Decoded,
    strange: usize,
}

/// The least strange reading, `not` aside; the first of equals.
fn best(bytes: &[u8], not: &'static Encoding) -> Option<Candidate> {
    let others = CANDIDATES.into_iter().filter(|(encoding, ..)| *encoding != not);
    let candidates = others.map(|(encoding, prose, rarer)| {
        let (text, damaged) = read(bytes, encoding);
        let strange = strangeness(&text, prose) + rarer;
        Candidate { strange, decoded: Decoded { text, guessed: true, damaged } }
    });
    candidates.min_by_key(|candidate| candidate.strange)
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
        assert_eq!(decode(b"hello", None), believed(("hello".to_owned(), false)));
        assert_eq!(decode(b"hello", Some("us-ascii")), believed(("hello".to_owned(), false)));
        let mut cut = "今日はいい天気でした。".as_bytes().to_vec();
        cut.pop();
        assert_eq!(decode(&cut, Some("utf-8")), believed(("今日はいい天気でした\u{FFFD}".to_owned(), true)));
        assert_eq!(decode(b"caf\xe9", Some("iso-8859-1")), believed(("café".to_owned(), false)));
        assert_eq!(decode(b"caf\xe9 noir", None), guess("café noir".to_owned()));
        assert_eq!(decode(b"hello", Some("x-nobody-knows")), believed(("hello".to_owned(), false)));
    }
}
