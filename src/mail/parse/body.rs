//! The parts of a message → its body text, its attachments, and what was wrong.
//!
//! Every inline text counts; of alternatives the plain one, unless it is empty or a stub for the HTML. Nothing
//! that a part holds disappears: what is not text is listed, what cannot be read is said.

use super::super::message::{Attachment, Defect};
use super::structure::{MAX_DEPTH, Part, Structure};
use super::transfer::{self, Transfer};
use super::{carrier_emoji, charset, clean, flowed, html};

/// Longest body text kept, in octets of UTF-8.
pub const TEXT: usize = 256 * 1024;

/// Most octets of all text parts together that are read, so that a mail of many parts costs no more than one of few:
/// two forms of the longest text that is read of one part.
const READ: usize = 2 * html::LIMIT;

/// What a body amounts to.
#[derive(Debug, Default)]
pub struct Body {
    /// As in `Message::text`.
    pub text: String,
    /// As in `Message::attachments`.
    pub attachments: Vec<Attachment>,
    /// In no order, with repetitions.
    pub defects: Vec<Defect>,
}

/// Assembles the body of a mail with this subject.
pub fn assemble(structure: &Structure<'_>, subject: &str) -> Body {
    let forwarded = forwards(subject);
    let mut reader =
        Reader { parts: &structure.parts, forwarded, left: READ, body: Body::default(), read: false };
    if structure.broken {
        reader.body.defects.push(Defect::Structure);
    }
    let found = reader.part(0, 0);
    let picked = found.pick();
    let text = clean::body(&picked);
    if carrier_emoji::has_unknown(&picked) {
        reader.body.defects.push(Defect::Undecodable);
    }
    let inline_pgp = text.lines().any(|l| l.trim_end() == "-----BEGIN PGP MESSAGE-----");
    if inline_pgp {
        reader.body.defects.push(Defect::Encrypted);
    }
    reader.body.text = match clean::cut(&text, TEXT) {
        Some(head) => {
            reader.body.defects.push(Defect::TextCut);
            clean::body(head)
        }
        None => text,
    };
    reader.body
}

/// The text of a part in its two forms; a part of a kind that has only one leaves the other empty.
#[derive(Debug, Default)]
struct Found {
    plain: String,
    html: String,
}

impl Found {
    /// The plain text, unless it is empty or a stub that only points to the HTML.
    fn pick(self) -> String {
        if self.html.is_empty() {
            return self.plain;
        }
        let words = |t: &str| t.chars().filter(|c| !c.is_whitespace()).count();
        let (plain, html) = (words(&self.plain), words(&self.html));
        let stub = plain < 80 && html > plain * 4 && !same_words(&self.plain, &self.html);
        if plain == 0 || stub { self.html } else { self.plain }
    }

    /// In one form only: what `pick` would show.
    fn one(self) -> Self {
        let shows_html = self.plain.trim().is_empty();
        let text = self.pick();
        if shows_html {
            Self { plain: String::new(), html: text }
        } else {
            Self { plain: text, html: String::new() }
        }
    }

    /// Adds what stands behind it in the mail, in one form. Beside HTML alone it stays HTML, so that an enclosing
    /// alternative still sees two forms of one text and not two texts.
    fn follow(&mut self, next: Self) {
        let both = !self.plain.trim().is_empty() && !self.html.is_empty();
        let plain = !next.plain.trim().is_empty();
        let text = if plain { next.plain } else { next.html };
        if text.is_empty() {
            return;
        }
        if both {
            append(&mut self.plain, &text);
            append(&mut self.html, &text);
        } else if !plain && self.plain.trim().is_empty() {
            append(&mut self.html, &text);
        } else {
            if self.plain.trim().is_empty() {
                self.plain = std::mem::take(&mut self.html);
            }
            append(&mut self.plain, &text);
        }
    }
}

/// Joins two texts on a line boundary.
fn append(text: &mut String, next: &str) {
    if !text.is_empty() && !text.ends_with('\n') && !next.is_empty() {
        text.push('\n');
    }
    text.push_str(next);
}

/// The HTML holds the first line of the plain text: it is the same mail, not a stub's.
fn same_words(plain: &str, html: &str) -> bool {
    plain.lines().map(str::trim).find(|l| !l.is_empty()).is_some_and(|line| html.contains(line))
}

/// The subject begins as that of a forwarded mail.
fn forwards(subject: &str) -> bool {
    let subject = subject.trim_start().to_lowercase();
    ["fw:", "fwd:", "tr:", "wg:", "転送:", "fw：", "転送："].iter().any(|mark| subject.starts_with(mark))
}

struct Reader<'a, 'b> {
    parts: &'b [Part<'a>],
    /// The mail forwards another one.
    forwarded: bool,
    /// Octets of text that may still be read.
    left: usize,
    body: Body,
    /// A part has been taken as body text.
    read: bool,
}

impl Reader<'_, '_> {
    fn part(&mut self, index: usize, depth: usize) -> Found {
        let Some(part) = self.parts.get(index) else { return Found::default() };
        if !part.divided || depth > MAX_DEPTH {
            return self.leaf(index, part);
        }
        let children: Vec<usize> = (0..self.parts.len())
            .filter(|&i| self.parts.get(i).is_some_and(|p| p.parent == Some(index)))
            .collect();
        match part.media.subtype.as_str() {
            "alternative" => return self.alternatives(children, depth),
            "encrypted" => self.body.defects.push(Defect::Encrypted),
            _ => {}
        }
        let mut children = children.into_iter();
        let mut found = match children.next() {
            Some(root) if part.media.subtype == "related" => self.part(root, depth + 1),
            Some(first) => self.part(first, depth + 1).one(),
            None => Found::default(),
        };
        for child in children {
            let next = self.part(child, depth + 1).one();
            found.follow(next);
        }
        found
    }

    fn alternatives(&mut self, children: Vec<usize>, depth: usize) -> Found {
        let mut found = Found::default();
        for child in children {
            // one text in another markup is no second text
            let markup = ["enriched", "richtext", "markdown", "x-markdown"];
            let marked_up = self.parts.get(child).is_some_and(|p| markup.contains(&&*p.media.subtype));
            let next = self.part(child, depth + 1);
            if marked_up && !found.plain.trim().is_empty() {
                continue;
            }
            append(&mut found.plain, &next.plain);
            append(&mut found.html, &next.html);
        }
        found
    }

    fn leaf(&mut self, index: usize, part: &Part<'_>) -> Found {
        let media = &part.media;
        let body_text = match (media.kind.as_str(), media.subtype.as_str()) {
            ("multipart", _) => true,
            // A named text before any other words is the body of a gateway or phone; behind them it is a file.
            ("text", "plain" | "html" | "enriched" | "richtext" | "markdown" | "x-markdown") => {
                index == 0 || !media.attached && (media.name.is_empty() || !self.read)
            }
            _ => false,
        };
        if !body_text {
            self.attach(index, part);
            return Found::default();
        }
        self.read = true;
        let (octets, harmed) = transfer::decode(part.raw, media.transfer);
        if harmed {
            self.body.defects.push(Defect::Structure);
        }
        let cut = cut_lines(&octets, html::LIMIT.min(self.left));
        self.left -= cut.len();
        if cut.len() < octets.len() {
            self.body.defects.push(Defect::TextCut);
        }
        let decoded = charset::decode(cut, media.charset.as_deref());
        self.doubt(decoded.guessed, decoded.damaged);
        match media.subtype.as_str() {
            "html" => Found { plain: String::new(), html: html::to_text(&decoded.text, self.forwarded) },
            _ if media.flowed => {
                Found { plain: flowed::unwrap(&decoded.text, media.del_sp), html: String::new() }
            }
            _ => Found { plain: decoded.text, html: String::new() },
        }
    }

    fn doubt(&mut self, guessed: bool, damaged: bool) {
        self.body.defects.extend(guessed.then_some(Defect::CharsetGuessed));
        self.body.defects.extend(damaged.then_some(Defect::Undecodable));
    }

    fn attach(&mut self, index: usize, part: &Part<'_>) {
        let media = &part.media;
        let bytes = match media.transfer {
            Transfer::Base64 => base64_size(part.raw),
            transfer => transfer::decode(part.raw, transfer).0.len(),
        };
        if matches!(media.subtype.as_str(), "pkcs7-mime" | "x-pkcs7-mime") && media.kind == "application" {
            self.body.defects.push(Defect::Encrypted);
        }
        self.doubt(media.name_guessed, media.name_damaged);
        let (name, media_type) = (media.name.clone(), media.full());
        self.body.attachments.push(Attachment { name, media_type, bytes, part: index });
    }
}

/// At most `limit` octets, ending with a whole line where there is one.
fn cut_lines(octets: &[u8], limit: usize) -> &[u8] {
    let head = octets.get(..limit.min(octets.len())).unwrap_or_default();
    if head.len() == octets.len() {
        return head;
    }
    let end = head.iter().rposition(|&b| b == b'\n').map_or(head.len(), |p| p + 1);
    head.get(..end).unwrap_or_default()
}

/// Decoded size, without decoding.
fn base64_size(raw: &[u8]) -> usize {
    let digits = raw.iter().filter(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/')).count();
    digits * 3 / 4
}

#[cfg(test)]
mod tests {
    use super::super::{header, structure};
    use super::*;

    fn body(mail: &str) -> Body {
        let header = header::split(mail.as_bytes());
        assemble(&structure::cut(&header, &mail.as_bytes()[header.body_at..]), "")
    }

    #[test]
    fn a_long_text_is_cut_at_a_line_and_said() {
        let line = "今日は雨でした。\n";
        let check = |lines: usize, cut: bool| {
            let got = body(&format!("Content-Type: text/plain; charset=utf-8\n\n{}", line.repeat(lines)));
            assert_eq!(got.defects.contains(&Defect::TextCut), cut, "{lines}");
            assert!(got.text.len() <= TEXT && got.text.ends_with(line), "{lines}");
            assert!(!got.defects.contains(&Defect::Undecodable), "{lines}");
        };
        check(1, false);
        check(TEXT / line.len(), false);
        check(TEXT / line.len() + 1, true);
        check(3 * TEXT / line.len(), true);
        check(5 * TEXT / line.len(), true);
    }

    #[test]
    fn many_long_parts_are_cut_as_one_would_be() {
        let part = format!("--b\nContent-Type: text/html\n\n{}<p>last</p>\n", "<i>\n".repeat(200_000));
        let check = |parts: usize, last: bool, cut: bool| {
            let got = body(&format!(
                "Content-Type: multipart/mixed; boundary=b\n\n{}--b\n\nend\n--b--\n",
                part.repeat(parts)
            ));
            assert_eq!(got.text.ends_with("end\n"), last, "{parts}");
            assert_eq!(got.defects.contains(&Defect::TextCut), cut, "{parts}");
        };
        check(2, true, false);
        check(3, false, true);
        check(12, false, true);
    }

    #[test]
    fn of_two_forms_the_plain_one_is_read_unless_it_says_nothing() {
        let check = |plain: &str, html: &str, expected: &str| {
            let got = body(&format!(
                "Content-Type: multipart/alternative; boundary=b\n\n--b\n\n{plain}\n--b\n\
                 Content-Type: text/html\n\n{html}\n--b--\n"
            ));
            assert_eq!(got.text, expected, "{plain} / {html}");
        };
        check("hello", "<p>hello</p>", "hello\n");
        check("", "<p>hello</p>", "hello\n");
        check("hello", "", "hello\n");
        check("", "", "");
        check(
            "read the HTML",
            "<p>a long text that stands only here and has very many more words in it</p>",
            "a long text that stands only here and has very many more words in it\n",
        );
        check(
            "hello",
            "<p>hello</p><p>and a signature of the company that is longer than all words</p>",
            "hello\n",
        );
    }

    #[test]
    fn what_is_no_text_is_listed_with_its_decoded_size() {
        let check = |fields: &str, content: &str, expected: (&str, &str, usize)| {
            let got = body(&format!("Content-Type: {fields}\n\n{content}")).attachments;
            let got: Vec<_> = got.iter().map(|a| (a.name.as_str(), a.media_type.as_str(), a.bytes)).collect();
            assert_eq!(got, [expected], "{fields}");
        };
        check("image/png\nContent-Transfer-Encoding: base64", "QUJD\nREU=\n", ("", "image/png", 5));
        check("IMAGE/PNG; name=a.png", "abc", ("a.png", "image/png", 3));
        check("text/calendar", "BEGIN:VCALENDAR\n", ("", "text/calendar", 16));
        check("message/rfc822", "From: a@example.jp\n\nx", ("", "message/rfc822", 21));
    }
}
