//! UTF-7 (RFC 2152) → text; only for parts that are labelled so.

use super::transfer::base64_word;

/// The text, and whether something in it was no UTF-7.
pub fn decode(bytes: &[u8]) -> (String, bool) {
    let mut out = String::with_capacity(bytes.len());
    let mut damaged = false;
    let mut rest = bytes;
    while let Some((&b, tail)) = rest.split_first() {
        rest = tail;
        if b != b'+' {
            damaged |= b >= 0x80;
            out.push(if b < 0x80 { char::from(b) } else { '\u{FFFD}' });
            continue;
        }
        let base64 = |b: &u8| b.is_ascii_alphanumeric() || *b == b'+' || *b == b'/';
        let length = tail.iter().position(|b| !base64(b)).unwrap_or(tail.len());
        let (word, after) = tail.split_at_checked(length).unwrap_or((tail, &[]));
        rest = after.strip_prefix(b"-").unwrap_or(after);
        if word.is_empty() {
            out.push('+');
            continue;
        }
        let units: Vec<u16> =
            base64_word(word).chunks_exact(2).map(|p| u16::from_be_bytes([p[0], p[1]])).collect();
        for c in char::decode_utf16(units) {
            damaged |= c.is_err();
            out.push(c.unwrap_or('\u{FFFD}'));
        }
    }
    (out, damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_7_is_read() {
        let check = |input: &str, expected: &str| {
            assert_eq!(decode(input.as_bytes()), (expected.to_owned(), false), "{input}");
        };
        check("Hi +MEIwRA-!", "Hi あい!");
        check("1 +- 1", "1 + 1");
        check("+MEI", "あ");
    }
}
