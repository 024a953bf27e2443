//! Text fit to be shown and to be written into a header again: no control characters, no direction overrides, no
//! private-use characters.

use super::carrier_emoji;

/// One line: control characters and line breaks become spaces, runs of white space one space; trimmed; at most
/// `limit` characters. An ideographic space stays what it is.
pub fn line(text: &str, limit: usize) -> String {
    let mut out = String::new();
    let mut count = 0;
    let mut gap = false;
    for c in text.chars().filter(|c| !is_direction(*c)) {
        if c.is_control() || c == ' ' || c == '\u{a0}' || c == '\u{2028}' || c == '\u{2029}' {
            gap = !out.is_empty();
            continue;
        }
        if count + 1 + usize::from(gap) > limit {
            break;
        }
        if gap {
            out.push(' ');
            count += 1;
        }
        push_shown(&mut out, c);
        count += 1;
        gap = false;
    }
    out.trim().to_owned()
}

/// Body text: line ends LF, no control characters but TAB and LF, no byte order mark, blank lines at both ends
/// removed, and a LF at the end unless nothing is left.
pub fn body(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 1);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                if chars.peek() != Some(&'\n') {
                    out.push('\n');
                }
            }
            '\n' | '\t' => out.push(c),
            '\u{2028}' | '\u{2029}' => out.push('\n'),
            '\u{feff}' => {}
            c if c.is_control() => {}
            c => push_shown(&mut out, c),
        }
    }
    let blank = |c: char| matches!(c, '\n' | ' ' | '\t');
    let end = out.trim_end_matches(blank).len();
    out.truncate(end);
    let lead = out.find(|c| !blank(c)).unwrap_or(out.len());
    let line_start = out.get(..lead).and_then(|t| t.rfind('\n')).map_or(0, |p| p + 1);
    out.drain(..line_start);
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

/// A private-use character becomes the picture that it stands for, or a geta mark.
fn push_shown(out: &mut String, c: char) {
    if carrier_emoji::is_private(c) {
        out.push_str(carrier_emoji::known(c).unwrap_or(carrier_emoji::GETA));
    } else {
        out.push(c);
    }
}

/// A file name for display: the last component of a path, one line, at most 120 characters, never "." or "..".
pub fn file_name(text: &str) -> String {
    let last = text.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = line(last, 120);
    if name.chars().all(|c| c == '.') { String::new() } else { name }
}

/// The first `limit` octets of `text`, cut at a line end where one is near; `None` when it is not longer.
pub fn cut(text: &str, limit: usize) -> Option<&str> {
    if text.len() <= limit {
        return None;
    }
    let end = (0..=limit).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    let head = text.get(..end).unwrap_or_default();
    match head.rfind('\n') {
        Some(at) if at + 2000 > end => head.get(..=at),
        _ => Some(head),
    }
}

/// Characters that turn the direction of what follows (Unicode Bidirectional Algorithm, explicit formatting).
fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_holds_no_control_character() {
        let check = |input: &str, expected: &str| assert_eq!(line(input, 10), expected, "{input:?}");
        check(" a \t b ", "a b");
        check("n\r\nBcc: e", "n Bcc: e");
        check("a\0b\u{1b}c", "a b c");
        check("今日\u{3000}は", "今日\u{3000}は");
        check("gpj\u{202e}.exe", "gpj.exe");
        check("0123456789abc", "0123456789");
        check("012345678 9", "012345678");
        check("\u{7}", "");
        check("\u{e63e}", "☀");
    }

    #[test]
    fn a_body_ends_in_one_line_feed() {
        let check = |input: &str, expected: &str| assert_eq!(body(input), expected, "{input:?}");
        check("a\r\nb\rc\n\n\n", "a\nb\nc\n");
        check("\n \n  a", "  a\n");
        check("a\u{0}\u{1b}b\tc", "ab\tc\n");
        check("-- \nx", "-- \nx\n");
        check(" \n\n", "");
        check("", "");
    }

    #[test]
    fn file_names_lead_nowhere() {
        let check = |input: &str, expected: &str| assert_eq!(file_name(input), expected, "{input:?}");
        check("../../etc/passwd", "passwd");
        check("C:\\写真.jpg", "写真.jpg");
        check("..", "");
        check("a\0\r\n.txt", "a .txt");
    }

    #[test]
    fn a_cut_falls_on_a_line_or_at_least_between_characters() {
        assert_eq!(cut("abc", 3), None);
        assert_eq!(cut("ab\ncd", 4), Some("ab\n"));
        assert_eq!(cut("あい", 4), Some("あ"));
    }
}
