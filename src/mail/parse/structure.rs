//! The MIME structure of a message (RFC 2046 §5.1) → a flat list of parts, in one pass over the lines.
//!
//! We cut parts ourselves: mail-parser answers nested messages with nested values, whose release recurses as deep
//! as a hostile mail likes, and it gives no words for a multipart without boundary. Here a part is a slice, an
//! enclosed message is a leaf, depth and count are bounded; a multipart too deep stays the text that it is, parts
//! beyond the count are left out, and both are said.

use super::header::{self, Header};
use super::media::Media;

/// Deepest nesting of multiparts that is followed.
pub const MAX_DEPTH: usize = 64;

/// Most parts that are cut.
pub const MAX_PARTS: usize = 500;

/// One part, a multipart or a leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// Index of the multipart that it stands in; `None` for the root.
    pub parent: Option<usize>,
    /// Its type and parameters.
    pub media: Media,
    /// It is a multipart that was really cut; its parts name it as their parent.
    pub divided: bool,
    /// The octets as they stand, still encoded for transfer; for a divided multipart, its preamble.
    pub raw: &'a [u8],
}

/// The parts of a message in order, the root first, and whether the structure was broken or beyond the limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Structure<'a> {
    /// At least one.
    pub parts: Vec<Part<'a>>,
    /// A boundary was missing, or the limits were reached.
    pub broken: bool,
}

/// An open multipart.
struct Open {
    part: usize,
    boundary: Vec<u8>,
}

/// Cuts `body`, whose line ends are LF, into the parts that `header` announces.
pub fn cut<'a>(header: &Header, body: &'a [u8]) -> Structure<'a> {
    let mut cutter = Cutter { body, parts: Vec::new(), open: Vec::new(), text_from: 0, broken: false };
    let mut at = 0;
    cutter.begin(Media::of(header, ("text", "plain")), None, 0);
    while at < body.len() {
        let rest = body.get(at..).unwrap_or_default();
        let length = rest.iter().position(|&b| b == b'\n').map_or(rest.len(), |p| p + 1);
        let line = rest.get(..length).unwrap_or_default();
        at = match line.starts_with(b"--").then(|| cutter.delimiter(line)).flatten() {
            Some((level, closing)) => cutter.take(level, closing, at, at + length),
            None => at + length,
        };
    }
    cutter.finish(body.len());
    for index in 0..cutter.parts.len() {
        let divided = cutter.parts.iter().any(|p| p.parent == Some(index));
        if let Some(part) = cutter.parts.get_mut(index) {
            cutter.broken |= part.media.kind == "multipart" && !divided;
            part.divided = divided;
        }
    }
    Structure { broken: cutter.broken, parts: cutter.parts }
}

struct Cutter<'a> {
    body: &'a [u8],
    parts: Vec<Part<'a>>,
    open: Vec<Open>,
    /// Where the text of the last part begins.
    text_from: usize,
    broken: bool,
}

impl<'a> Cutter<'a> {
    /// Which open multipart the line delimits, innermost first, and whether it closes it.
    fn delimiter(&self, line: &[u8]) -> Option<(usize, bool)> {
        let text = line.trim_ascii_end();
        let text = text.get(2..)?;
        self.open.iter().enumerate().rev().find_map(|(level, open)| {
            let after = text.strip_prefix(open.boundary.as_slice())?;
            match after {
                b"" => Some((level, false)),
                b"--" => Some((level, true)),
                _ => None,
            }
        })
    }

    /// Ends the part before a delimiter line and begins the next one; answers where reading goes on.
    fn take(&mut self, level: usize, closing: bool, line_at: usize, after: usize) -> usize {
        self.finish(line_at);
        self.open.truncate(level + 1);
        let Some(parent) = self.open.last().map(|o| o.part) else { return after };
        if closing {
            self.open.truncate(level);
            self.text_from = self.body.len();
            return after;
        }
        if self.parts.len() >= MAX_PARTS {
            self.broken = true;
            self.text_from = self.body.len();
            return self.body.len();
        }
        let header = header::split(header_region(self.body.get(after..).unwrap_or_default(), &self.open));
        let digest = self.parts.get(parent).is_some_and(|p| p.media.subtype == "digest");
        let default = if digest { ("message", "rfc822") } else { ("text", "plain") };
        let from = after + header.body_at;
        self.begin(Media::of(&header, default), Some(parent), from);
        from
    }

    fn begin(&mut self, media: Media, parent: Option<usize>, from: usize) {
        if media.kind == "multipart" {
            match media.boundary.clone() {
                Some(boundary) if self.open.len() < MAX_DEPTH => {
                    self.open
                        .push(Open { part: self.parts.len(), boundary: boundary.trim_ascii_end().to_vec() });
                }
                _ => self.broken = true,
            }
        }
        self.parts.push(Part { parent, media, divided: false, raw: &[] });
        self.text_from = from;
    }

    /// Ends the text of the last part at `end`; the line break before a delimiter belongs to the delimiter.
    fn finish(&mut self, end: usize) {
        if self.text_from >= self.body.len() && !self.body.is_empty() {
            return;
        }
        let text = self.body.get(self.text_from..end.max(self.text_from)).unwrap_or_default();
        let text = if end < self.body.len() { text.strip_suffix(b"\n").unwrap_or(text) } else { text };
        if let Some(part) = self.parts.last_mut() {
            part.raw = text;
        }
        self.text_from = self.body.len();
    }
}

/// The octets in which the header of a part may stand: up to the next delimiter line, so that a part without an
/// empty line does not swallow its neighbour.
fn header_region<'a>(rest: &'a [u8], open: &[Open]) -> &'a [u8] {
    let mut at = 0;
    for line in rest.split_inclusive(|&b| b == b'\n') {
        let text = line.trim_ascii_end();
        let delimits = |o: &Open| text.get(2..).is_some_and(|t| t.starts_with(&o.boundary));
        if text.starts_with(b"--") && open.iter().any(delimits) {
            break;
        }
        at += line.len();
        if line == b"\n" {
            break;
        }
    }
    rest.get(..at).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One line a part: depth as dots, media type, text.
    fn outline(input: &str) -> (Vec<String>, bool) {
        let header = header::split(input.as_bytes());
        let structure = cut(&header, &input.as_bytes()[header.body_at..]);
        let depth = |part: &Part<'_>| {
            let up = |parent: &usize| structure.parts[*parent].parent;
            std::iter::successors(part.parent, up).count()
        };
        let lines = structure.parts.iter().map(|p| {
            let mark = if p.divided { "/" } else { "" };
            format!("{}{}{mark} {}", ".".repeat(depth(p)), p.media.full(), String::from_utf8_lossy(p.raw))
        });
        (lines.collect(), structure.broken)
    }

    #[test]
    fn parts_are_cut_at_their_delimiters() {
        let check = |input: &str, expected: &[&str], broken: bool| {
            let (lines, was_broken) = outline(input);
            assert_eq!(
                (lines.iter().map(String::as_str).collect::<Vec<_>>(), was_broken),
                (expected.to_vec(), broken)
            );
        };
        let mixed = "Content-Type: multipart/mixed; boundary=\"b b\"\n\n";
        check("Subject: x\n\nhello\n", &["text/plain hello\n"], false);
        check("Subject: x\n\n", &["text/plain "], false);
        check(
            &format!("{mixed}pre\n--b b\n\none\n--b b  \nContent-Type: text/html\n\n<p>\n--b b--\npost\n"),
            &["multipart/mixed/ pre", ".text/plain one", ".text/html <p>"],
            false,
        );
        check(
            &format!("{mixed}--b b\n\nno end\n--other\n"),
            &["multipart/mixed/ ", ".text/plain no end\n--other\n"],
            false,
        );
        check(&format!("{mixed}just text\n"), &["multipart/mixed just text\n"], true);
        check("Content-Type: multipart/mixed\n\n--x\n\ntext\n", &["multipart/mixed --x\n\ntext\n"], true);
        check(
            &format!("{mixed}--b b\nContent-Type: image/png\n--b b\n\ntwo\n--b b--\n"),
            &["multipart/mixed/ ", ".image/png ", ".text/plain two"],
            false,
        );
        check(
            &format!(
                "{mixed}--b b\nContent-Type: multipart/alternative; boundary=i\n\n--i\n\nin\n--b b\n\nout\n--b b--\n"
            ),
            &["multipart/mixed/ ", ".multipart/alternative/ ", "..text/plain in", ".text/plain out"],
            false,
        );
        check(
            "Content-Type: multipart/digest; boundary=d\n\n--d\n\nSubject: y\n\ntext\n--d--\n",
            &["multipart/digest/ ", ".message/rfc822 Subject: y\n\ntext"],
            false,
        );
    }

    #[test]
    fn depth_and_number_of_parts_are_bounded() {
        let nested: String =
            (0..1000).map(|n| format!("Content-Type: multipart/mixed; boundary={n}\n\n--{n}\n")).collect();
        let (lines, broken) = outline(&nested);
        assert_eq!((lines.len(), broken), (MAX_DEPTH + 1, true));
        let many = format!("Content-Type: multipart/mixed; boundary=b\n\n{}", "--b\n\nx\n".repeat(10_000));
        let (lines, broken) = outline(&many);
        assert_eq!((lines.len(), broken), (MAX_PARTS, true));
    }
}
