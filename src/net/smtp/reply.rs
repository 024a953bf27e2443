//! SMTP replies (RFC 5321 §4.2), read as the field writes them.
//!
//! The code counts, the text is decoration: a reply may have no text, bare LF, or text in Shift_JIS. Lines of one
//! reply must agree on the code. The text that is kept holds no address and no control character.

use std::borrow::Cow;

use crate::mail::submission::EnhancedStatus;

/// Longest reply text that is kept, in characters.
const LONGEST_TEXT: usize = 200;
/// Longest line handed on; RFC 5321 §4.5.3.1.5 has 512 octets.
const LONGEST_LINE: usize = 500;

/// One reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    /// 200–599.
    pub(super) code: u16,
    /// The text of each line.
    pub(super) lines: Vec<String>,
}

impl Reply {
    /// Reads a whole reply, with its line ends. `None` when it is none.
    pub(super) fn parse(octets: &[u8]) -> Option<Self> {
        let mut reply: Option<Self> = None;
        for line in octets.strip_suffix(b"\n")?.split(|&b| b == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let digits = line.get(..3).filter(|d| d.iter().all(u8::is_ascii_digit))?;
            let code = digits.iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
            if !(200..600).contains(&code) || !matches!(line.get(3), None | Some(b' ' | b'-')) {
                return None;
            }
            let text = String::from_utf8_lossy(line.get(4..).unwrap_or_default()).into_owned();
            let reply = reply.get_or_insert(Self { code, lines: Vec::new() });
            if reply.code != code {
                return None;
            }
            reply.lines.push(text);
        }
        reply
    }

    /// The enhanced status code (RFC 2034 §4): the first line that begins with one.
    pub(super) fn status(&self) -> Option<EnhancedStatus> {
        self.lines.iter().find_map(|line| EnhancedStatus::at_start_of(line))
    }

    /// The same reply in the one form that every parser takes.
    pub(super) fn canonical(&self) -> Vec<u8> {
        let last = self.lines.len().saturating_sub(1);
        let mut out = String::new();
        for (n, line) in self.lines.iter().enumerate() {
            let separator = if n == last { ' ' } else { '-' };
            let text: String = line.chars().filter(|c| !c.is_control()).take(LONGEST_LINE / 4).collect();
            out.push_str(&format!("{}{separator}{text}\r\n", self.code));
        }
        out.into_bytes()
    }
}

/// Where the first reply in `octets` ends; `None` when it is not complete.
pub(super) fn reply_end(octets: &[u8]) -> Option<usize> {
    let mut start = 0;
    while let Some(length) = octets[start..].iter().position(|&b| b == b'\n') {
        let end = start + length + 1;
        if octets[start..end].get(3) != Some(&b'-') {
            return Some(end);
        }
        start = end;
    }
    None
}

/// Reply text fit for the database and the log: one line, at most 200 characters, control characters replaced, and
/// every word with an `@` in it gone, because servers like to repeat the recipient.
pub(super) fn clean_text<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let words = lines
        .flat_map(str::split_whitespace)
        .map(|word| if word.contains(['@', '＠']) { Cow::Borrowed("…") } else { Cow::Borrowed(word) });
    let mut text = String::new();
    for word in words {
        if !text.is_empty() {
            text.push(' ');
        }
        text.extend(word.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }));
    }
    text.chars().take(LONGEST_TEXT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_read_as_the_field_writes_them() {
        let check = |octets: &[u8], expected: Option<(u16, &[&str])>| {
            let got = Reply::parse(octets).map(|reply| (reply.code, reply.lines));
            let expected = expected.map(|(code, l)| (code, l.iter().map(|s| (*s).to_owned()).collect()));
            assert_eq!(got, expected, "{octets:?}");
        };
        check(b"250 ok\r\n", Some((250, &["ok"])));
        check(b"250\r\n", Some((250, &[""])));
        check(b"250 ok\n", Some((250, &["ok"])));
        check(b"250-a\r\n250 b\r\n", Some((250, &["a", "b"])));
        check(b"250 \x93\xfa\x96\x7b\r\n", Some((250, &["\u{fffd}\u{fffd}\u{fffd}{"])));
        check(b"250-a\r\n251 b\r\n", None);
        check(b"150 what\r\n", None);
        check(b"2500\r\n", None);
        check(b"hello\r\n", None);
        check(b"\r\n", None);
        check(b"250 ok", None);
    }

    #[test]
    fn a_reply_ends_at_its_last_line() {
        assert_eq!(reply_end(b"250-a\r\n250 b\r\n250 c\r\n"), Some(14));
        assert_eq!(reply_end(b"250\r\nx"), Some(5));
        assert_eq!(reply_end(b"250-a\r\n"), None);
        assert_eq!(reply_end(b"250 a"), None);
    }

    #[test]
    fn kept_text_holds_no_address() {
        let check = |lines: &[&str], expected: &str| assert_eq!(clean_text(lines.iter().copied()), expected);
        check(&["2.1.5 <haru@example.jp> ok", "queued\u{1} as  1"], "2.1.5 … ok queued\u{fffd} as 1");
        check(&[""], "");
        assert_eq!(clean_text([&*"あ".repeat(300)].into_iter()).chars().count(), 200);
    }
}
