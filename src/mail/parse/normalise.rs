//! Raw octets → octets with LF as the only line end, with what stands before the first header field taken off.
//!
//! RFC 5322 §2.1 knows CRLF only; stores hand out LF, and old Macintosh mailers wrote CR. Everything behind this
//! file may rely on LF and on the first octet belonging to the message.

use std::borrow::Cow;

/// LF line ends; a byte order mark, leading blank lines and an mbox separator (`From …`, RFC 4155) removed.
pub fn normalise(raw: &[u8]) -> Cow<'_, [u8]> {
    match strip_lead(raw) {
        rest if rest.contains(&b'\r') => Cow::Owned(to_lf(rest)),
        rest => Cow::Borrowed(rest),
    }
}

/// CRLF and lone CR become LF.
pub fn to_lf(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut iter = bytes.iter().copied().peekable();
    while let Some(b) = iter.next() {
        if b == b'\r' {
            out.push(b'\n');
            if iter.peek() == Some(&b'\n') {
                iter.next();
            }
        } else {
            out.push(b);
        }
    }
    out
}

/// What readers see for whom a lone CR, or a lone LF among CRLFs too, ends no line: at most two other readings.
pub fn stricter(raw: &[u8]) -> Vec<Vec<u8>> {
    let (mut crlf, mut cr, mut lf, mut before) = (false, false, false, 0);
    for &b in raw {
        crlf |= before == b'\r' && b == b'\n';
        cr |= before == b'\r' && b != b'\n';
        lf |= before != b'\r' && b == b'\n';
        before = b;
    }
    let reading = |lone_lf: u8| {
        let mut out = Vec::with_capacity(raw.len());
        let mut iter = strip_lead(raw).iter().copied().peekable();
        while let Some(b) = iter.next() {
            let ends = b == b'\r' && iter.next_if_eq(&b'\n').is_some();
            out.push(match b {
                _ if ends => b'\n',
                b'\r' => b' ',
                b'\n' => lone_lf,
                other => other,
            });
        }
        out
    };
    let some_end = crlf || lf;
    let mut all = Vec::new();
    all.extend((cr && some_end).then(|| reading(b'\n')));
    all.extend((lf && crlf).then(|| reading(b' ')));
    all
}

fn strip_lead(raw: &[u8]) -> &[u8] {
    let mut rest = strip_blank_lines(raw.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(raw));
    for prefix in [&b"From "[..], b">From "] {
        let field = rest.get(prefix.len()..).is_some_and(|r| r.trim_ascii_start().starts_with(b":"));
        if rest.starts_with(prefix) && !field {
            let end = rest.iter().position(|&b| b == b'\r' || b == b'\n').unwrap_or(rest.len());
            rest = strip_blank_lines(rest.get(end..).unwrap_or_default());
        }
    }
    rest
}

/// Drops lines that hold nothing but spaces and tabs from the top.
fn strip_blank_lines(bytes: &[u8]) -> &[u8] {
    let blank = |b: &u8| matches!(b, b' ' | b'\t' | b'\r' | b'\n');
    let first = bytes.iter().position(|b| !blank(b)).unwrap_or(bytes.len());
    bytes.get(first..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_begins_at_its_first_field_and_ends_lines_with_lf() {
        let check = |input: &str, expected: &str| {
            assert_eq!(String::from_utf8_lossy(&normalise(input.as_bytes())), expected, "{input:?}");
        };
        check("A: b\r\n\r\nc\r\n", "A: b\n\nc\n");
        check("A: b\r\rc\r", "A: b\n\nc\n");
        check("A: b\n\nc", "A: b\n\nc");
        check("\r\n \r\nA: b\r\n\r\nc", "A: b\n\nc");
        check("From haru@example.jp Sun Nov 22 10:00:00 2026\nA: b\n\nc", "A: b\n\nc");
        check("From : haru@example.jp\n\nc", "From : haru@example.jp\n\nc");
        check("\u{feff}A: b\n", "A: b\n");
        check("", "");
        check("\r\n", "");
    }

    #[test]
    fn who_takes_fewer_octets_for_line_ends_reads_this() {
        let check = |input: &str, expected: &[&str]| {
            let all = stricter(input.as_bytes());
            let got: Vec<_> = all.iter().map(|octets| String::from_utf8_lossy(octets)).collect();
            assert_eq!(got, expected, "{input:?}");
        };
        check("A: b\r\n\r\nc\r\n", &[]);
        check("A: b\n\nc\n", &[]);
        check("A: b\r\rc\r", &[]);
        check("A: b\rC: d\r\n\r\n", &["A: b C: d\n\n"]);
        check("A: b\rC: d\n\n", &["A: b C: d\n\n"]);
        check("A: b\nC: d\r\n\r\n", &["A: b C: d\n\n"]);
        check("A\r\rB\nC\r\n", &["A  B\nC\n", "A  B C\n"]);
    }
}
