//! Content-Transfer-Encoding (RFC 2045 §6) → octets. Damage ends nothing: what can be decoded is decoded.

/// How a body is encoded for transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transfer {
    /// 7bit, 8bit, binary, or no field.
    Identity,
    /// RFC 2045 §6.7.
    QuotedPrintable,
    /// RFC 2045 §6.8.
    Base64,
    /// Anything else (x-uuencode and the like): shown as it stands.
    Unknown,
}

impl Transfer {
    /// From the raw value of the field.
    pub fn from_field(value: Option<&[u8]>) -> Self {
        let word = value.unwrap_or_default().to_ascii_lowercase();
        let word = word.split(|b| matches!(b, b';' | b'(' | b' ' | b',')).next().unwrap_or_default();
        match word.trim_ascii().trim_ascii_end() {
            b"" | b"7bit" | b"8bit" | b"binary" | b"7-bit" | b"8-bit" | b"none" | b"7" | b"8" => {
                Self::Identity
            }
            b"quoted-printable" | b"quotedprintable" | b"\"quoted-printable\"" => Self::QuotedPrintable,
            b"base64" | b"base-64" | b"\"base64\"" => Self::Base64,
            _ => Self::Unknown,
        }
    }
}

/// The decoded octets, and whether something was damaged.
pub fn decode(bytes: &[u8], transfer: Transfer) -> (Vec<u8>, bool) {
    match transfer {
        Transfer::Identity => {
            undeclared(bytes).map_or_else(|| (bytes.to_vec(), false), |octets| (octets, true))
        }
        Transfer::Unknown => (bytes.to_vec(), true),
        Transfer::QuotedPrintable => {
            undeclared_base64(bytes).map_or_else(|| quoted_printable(bytes), |octets| (octets, true))
        }
        Transfer::Base64 => base64(bytes),
    }
}

/// What is decoded although no field says so: text that can hardly be anything but base64 or quoted-printable.
fn undeclared(bytes: &[u8]) -> Option<Vec<u8>> {
    undeclared_base64(bytes).or_else(|| undeclared_quoted_printable(bytes))
}

/// Nothing but lines of base64, all of them full but the last, that hold text beyond ASCII.
fn undeclared_base64(bytes: &[u8]) -> Option<Vec<u8>> {
    let text = bytes.trim_ascii();
    let mut lines = text.split(|b| *b == b'\n').map(<[u8]>::trim_ascii);
    let first = lines.clone().next()?.len();
    let full = lines.all(|line| line.len() <= first && line.len() % 4 == 0 && !line.is_empty());
    let digits = text.iter().all(|b| sextet(*b).is_some() || matches!(b, b'=' | b'\n'));
    if text.len() < 24 || !full || !digits {
        return None;
    }
    let (octets, damaged) = base64(text);
    (!damaged && is_text(&octets)).then_some(octets)
}

/// Three escapes in a row at least, none that is not one, and text beyond ASCII behind them.
fn undeclared_quoted_printable(bytes: &[u8]) -> Option<Vec<u8>> {
    let escape = |w: &[u8]| matches!(w, [b'=', high, low] if hex(high).is_some() && hex(low).is_some());
    let three = |w: &[u8]| w.chunks(3).all(escape) || w.starts_with(b"=1B$B") || w.starts_with(b"=1B$@");
    if !bytes.is_ascii() || !bytes.windows(9).any(three) {
        return None;
    }
    let (octets, damaged) = quoted_printable(bytes);
    (!damaged && is_text(&octets)).then_some(octets)
}

/// UTF-8 beyond ASCII, or ISO-2022-JP, and no control characters.
fn is_text(octets: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(octets) else { return false };
    let escapes = octets.windows(3).any(|w| matches!(w, [0x1B, b'$', b'B' | b'@']));
    let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{1b}');
    (escapes || !text.is_ascii()) && !text.contains(control)
}

/// Base64 up to its padding or to the first line that is not base64 (a footer that a list appended, which is
/// then kept as it stands); white space is skipped.
fn base64(bytes: &[u8]) -> (Vec<u8>, bool) {
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3);
    let (mut bits, mut count) = (0u32, 0u32);
    let mut damaged = false;
    let mut rest: &[u8] = &[];
    let mut at = 0;
    for line in bytes.split_inclusive(|&b| b == b'\n') {
        let text = line.trim_ascii();
        let digits = text.iter().filter(|b| sextet(**b).is_some()).count();
        // A long line with a little dirt in it is still base64; a line of words is not.
        let dirty =
            text.len() >= 40 && digits < text.len() && digits * 10 >= text.len() * 9 && !text.contains(&b' ');
        damaged |= dirty && !text.ends_with(b"=");
        if !dirty && !text.iter().all(|&b| sextet(b).is_some() || b == b'=') {
            damaged = true;
            rest = bytes.get(at..).unwrap_or_default();
            break;
        }
        for &b in text {
            let Some(value) = sextet(b) else {
                // Padding ends a group, also in the middle, where two encodings were put together.
                if b == b'=' {
                    count = flush(&mut out, bits, count);
                    bits = 0;
                }
                continue;
            };
            bits = bits << 6 | value;
            count += 1;
            if count == 4 {
                out.extend_from_slice(bits.to_be_bytes().get(1..).unwrap_or_default());
                (bits, count) = (0, 0);
            }
        }
        at += line.len();
    }
    damaged |= count == 1;
    flush(&mut out, bits, count);
    if !rest.is_empty() {
        out.push(b'\n');
        out.extend_from_slice(rest);
    }
    (out, damaged)
}

/// Writes the octets of an incomplete group of four; answers the new count, zero.
fn flush(out: &mut Vec<u8>, bits: u32, count: u32) -> u32 {
    let octets = (bits << (6 * (4 - count.min(4)))).to_be_bytes();
    out.extend_from_slice(octets.get(1..count.max(1) as usize).unwrap_or_default());
    0
}

fn sextet(b: u8) -> Option<u32> {
    let value = match b {
        b'A'..=b'Z' => b - b'A',
        b'a'..=b'z' => b - b'a' + 26,
        b'0'..=b'9' => b - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

/// Base64 in one run, as in an encoded-word; foreign octets are skipped.
pub fn base64_word(bytes: &[u8]) -> Vec<u8> {
    let kept: Vec<u8> = bytes.iter().copied().filter(|&b| sextet(b).is_some() || b == b'=').collect();
    base64(&kept).0
}

/// Quoted-printable; an `=` that begins no valid pair stays as it stands and counts as damage.
fn quoted_printable(bytes: &[u8]) -> (Vec<u8>, bool) {
    let mut out = Vec::with_capacity(bytes.len());
    let mut damaged = false;
    let mut at = 0;
    while let Some(&b) = bytes.get(at) {
        at += 1;
        if b != b'=' {
            out.push(b);
            continue;
        }
        let rest = bytes.get(at..).unwrap_or_default();
        let blank = rest.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        match (rest.get(blank), rest.first().and_then(hex), rest.get(1).and_then(hex)) {
            (Some(b'\n'), _, _) => at += blank + 1,
            (None, _, _) => at += blank,
            (_, Some(high), Some(low)) => {
                out.push(high << 4 | low);
                at += 2;
            }
            _ => {
                damaged = true;
                out.push(b'=');
            }
        }
    }
    (out, damaged)
}

/// The value of a hexadecimal digit, either case.
pub fn hex(b: &u8) -> Option<u8> {
    char::from(*b).to_digit(16).and_then(|d| u8::try_from(d).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_decoded_is_decoded() {
        let check = |input: &str, encoding: &str, expected: &str, damaged: bool| {
            let transfer = Transfer::from_field(Some(encoding.as_bytes()));
            let (octets, harm) = decode(input.as_bytes(), transfer);
            assert_eq!((String::from_utf8_lossy(&octets).as_ref(), harm), (expected, damaged), "{input:?}");
        };
        check("a=E3=81=82b", "Quoted-Printable", "aあb", false);
        check("soft=\nbreak= \nend=", "quoted-printable", "softbreakend", false);
        check("1+1=2 and =zz", "quoted-printable", "1+1=2 and =zz", true);
        check("44GC\n44GE\n", "BASE64", "あい", false);
        check("44GC", "base64 ; x", "あ", false);
        check("QQ==\n", "base64", "A", false);
        check("QUI=\nQ0Q=\n", "base64", "ABCD", false);
        check("QUI", "base64", "AB", false);
        check("44GC\n-- \nlist footer\n", "base64", "あ\n-- \nlist footer\n", true);
        check("44GCQ", "base64", "あ", true);
        check("as it is", "x-uuencode", "as it is", true);
        check("as it is", "8bit", "as it is", false);
        check("QQ==QUI=", "base64", "AAB", false);
        check("5LuK5pel44Gv6Zuo44Gn44GX44Gf\n", "7bit", "今日は雨でした", true);
        check("5LuK5pel44Gv6Zuo44Gn44GX44Gf\n", "quoted-printable", "今日は雨でした", true);
        check("=E4=BB=8A=E6=97=\n=A5", "7bit", "今日", true);
        check("=1B$B:#F|=1B(B", "7bit", "\u{1b}$B:#F|\u{1b}(B", true);
        check("a=E4=BB=8Ab and 1+1=2", "7bit", "a=E4=BB=8Ab and 1+1=2", false);
        check("abcdefghijklmnopqrstuvwxyzab", "7bit", "abcdefghijklmnopqrstuvwxyzab", false);
    }
}
