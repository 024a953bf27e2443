//! Encodings with units of two or four octets (RFC 2781, UTF-32), and HZ (RFC 1843) → text.

use encoding_rs::GBK;

use super::plausible::{Prose, strangeness};

/// Which octet of a unit comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The most significant.
    Big,
    /// The least significant.
    Little,
}

/// UTF-16: a byte order mark decides, then `order`, then what the text looks like. Whether something was no UTF-16.
pub fn utf16(bytes: &[u8], order: Option<Order>) -> (String, bool) {
    let (order, bytes) = match bytes {
        [0xFE, 0xFF, rest @ ..] => (Order::Big, rest),
        [0xFF, 0xFE, rest @ ..] => (Order::Little, rest),
        _ => (order.unwrap_or_else(|| likely_order(bytes)), bytes),
    };
    let unit = |pair: &[u8; 2]| match order {
        Order::Big => u16::from_be_bytes(*pair),
        Order::Little => u16::from_le_bytes(*pair),
    };
    let (pairs, odd) = bytes.as_chunks::<2>();
    let mut damaged = !odd.is_empty();
    let text = char::decode_utf16(pairs.iter().map(unit)).map(|c| {
        damaged |= c.is_err();
        c.unwrap_or('\u{FFFD}')
    });
    let text = text.collect();
    (text, damaged)
}

/// UTF-32, as `utf16`.
pub fn utf32(bytes: &[u8], order: Option<Order>) -> (String, bool) {
    let (units, odd) = bytes.as_chunks::<4>();
    let big = match (units.first(), order) {
        (Some([0, 0, 0xFE, 0xFF]), _) => true,
        (Some([0xFF, 0xFE, 0, 0]), _) => false,
        (_, Some(order)) => order == Order::Big,
        (first, None) => first.is_some_and(|unit| unit[0] == 0),
    };
    let mut damaged = !odd.is_empty();
    let text = units.iter().map(|unit| {
        let value = if big { u32::from_be_bytes(*unit) } else { u32::from_le_bytes(*unit) };
        damaged |= char::from_u32(value).is_none();
        char::from_u32(value).unwrap_or('\u{FFFD}')
    });
    let text = text.collect();
    (text, damaged)
}

/// In Japanese and European text the upper octet is mostly one of three.
fn likely_order(bytes: &[u8]) -> Order {
    let (first, second) = usual_upper(bytes);
    if second > first { Order::Little } else { Order::Big }
}

/// How many first and second octets of the pairs are upper octets of kana, ASCII or full-width forms.
fn usual_upper(bytes: &[u8]) -> (usize, usize) {
    let usual = |b: u8| usize::from(matches!(b, 0 | 0x30 | 0xFF));
    bytes.as_chunks::<2>().0.iter().fold((0, 0), |(a, b), [x, y]| (a + usual(*x), b + usual(*y)))
}

/// Unlabelled octets that can hardly be anything else: a byte order mark, or NUL in the upper octets and hardly
/// anywhere else.
pub fn sniff(bytes: &[u8]) -> Option<String> {
    let marked = bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]);
    let (pairs, odd) = bytes.as_chunks::<2>();
    if !odd.is_empty() || !(marked || bytes.contains(&0)) {
        return None;
    }
    if bytes.len().is_multiple_of(4) {
        let (text, damaged) = utf32(bytes, None);
        if !damaged && bytes.contains(&0) {
            return Some(text);
        }
    }
    let (first, second) = usual_upper(bytes);
    let nul = |place: usize| pairs.iter().filter(|pair| pair.get(place) == Some(&0)).count();
    let (upper, lower_nul) = if second > first { (second, nul(0)) } else { (first, nul(1)) };
    let (text, damaged) = utf16(bytes, None);
    let prose = strangeness(&text, Prose::Japanese) <= 25;
    (!damaged && prose && (marked || lower_nul * 4 <= upper && upper * 4 >= pairs.len())).then_some(text)
}

/// UTF-8 whose characters beyond U+FFFF are written as two surrogates of three octets each (CESU-8), which some
/// databases and phones do; `None` when it is not that.
pub fn surrogates_joined(bytes: &[u8]) -> Option<String> {
    let half = |at: usize, low: u8| match bytes.get(at..at + 3) {
        Some(&[0xED, b, c]) if (low..low + 0x10).contains(&b) && c & 0xC0 == 0x80 => {
            Some(u32::from(b & 0x0F) << 6 | u32::from(c & 0x3F))
        }
        _ => None,
    };
    let mut out = Vec::with_capacity(bytes.len());
    let (mut at, mut found) = (0, false);
    while let Some(&b) = bytes.get(at) {
        if let (0xED, Some(high), Some(low)) = (b, half(at, 0xA0), half(at + 3, 0xB0)) {
            let c = char::from_u32(0x10000 + (high << 10 | low))?;
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            (at, found) = (at + 6, true);
        } else {
            out.push(b);
            at += 1;
        }
    }
    String::from_utf8(out).ok().filter(|_| found)
}

/// HZ: ASCII, and GB 2312 in seven bits between `~{` and `~}`.
pub fn hz(bytes: &[u8]) -> (String, bool) {
    let mut octets = Vec::with_capacity(bytes.len());
    let (mut inside, mut at) = (false, 0);
    while let Some(&b) = bytes.get(at) {
        at += 1;
        match (b, bytes.get(at)) {
            (b'~', Some(b'{')) if !inside => (inside, at) = (true, at + 1),
            (b'~', Some(b'}')) if inside => (inside, at) = (false, at + 1),
            (b'~', Some(b'\n')) if !inside => at += 1,
            (b'~', Some(b'~')) if !inside => {
                octets.push(b'~');
                at += 1;
            }
            (b'\n', _) => {
                inside = false;
                octets.push(b);
            }
            (0x21..=0x7E, Some(&low)) if inside => {
                octets.extend([b | 0x80, low | 0x80]);
                at += 1;
            }
            _ => octets.push(b),
        }
    }
    let (text, damaged) = GBK.decode_without_bom_handling(&octets);
    (text.into_owned(), damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_units_are_read_in_either_order() {
        let check = |bytes: &[u8], expected: &str| {
            assert_eq!(utf16(bytes, None), (expected.to_owned(), false), "{bytes:?}");
        };
        check(b"\xFE\xFF\x30\x42", "あ");
        check(b"\xFF\xFE\x42\x30", "あ");
        check(b"\x30\x42\x00\n", "あ\n");
        check(b"\x42\x30\n\x00", "あ\n");
        assert_eq!(utf16(b"\x30\x42\xD8", Some(Order::Big)), ("あ".to_owned(), true));
        assert_eq!(utf32(b"\0\0\x30\x42", None), ("あ".to_owned(), false));
        assert_eq!(utf32(b"\x42\x30\0\0", None), ("あ".to_owned(), false));
        assert_eq!(utf32(b"\xFF\xFF\xFF\xFF", None), ("\u{FFFD}".to_owned(), true));
    }

    #[test]
    fn text_with_a_stray_nul_is_not_wide() {
        assert_eq!(sniff(b"a\0bcdefghijk"), None);
        assert_eq!(sniff(b"0123456789\0\n"), None);
        assert_eq!(sniff(b"hello!"), None);
        assert_eq!(sniff(b"h\0i\0"), Some("hi".to_owned()));
    }

    #[test]
    fn surrogates_in_utf_8_are_joined() {
        assert_eq!(surrogates_joined(b"a\xED\xA0\xBD\xED\xB8\x80"), Some("a😀".to_owned()));
        assert_eq!(surrogates_joined(b"a\xED\xA0\xBD"), None);
        assert_eq!(surrogates_joined("한".as_bytes()), None);
    }

    #[test]
    fn hz_is_read() {
        let check =
            |input: &str, expected: &str| assert_eq!(hz(input.as_bytes()), (expected.to_owned(), false));
        check("a ~{=qLl~} b~~", "a 今天 b~");
        check("~{=qLl\nx", "今天\nx");
    }
}
