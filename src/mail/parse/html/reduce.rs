//! HTML of any kind → a small, balanced, harmless subset of it with the same text.
//!
//! The tokens are cut, the end of every element is found, and then this file writes, each in linear time.

use super::quoted;
use super::style::{self, Space};
use super::tokens::{Token, attribute, cut, ends, ends_its_kin};

/// Deepest nesting of blocks that is kept; deeper blocks are flattened into their parent.
const DEPTH: usize = 40;

/// Most quoting levels that are kept.
const QUOTES: usize = 10;

/// What Outlook writes for a rule, in text.
const RULE: &str = "<div>________________________________</div>";

/// The reduced document. `forwarded`: what looks like the mail that is answered is a mail that is forwarded.
pub fn reduce(html: &str, forwarded: bool) -> String {
    let tokens = cut(html);
    let ends = ends(&tokens);
    let plan = quoted::plan(&tokens, &ends, forwarded);
    let mut regions = plan.quoted.iter().peekable();
    let mut quoted_until: Vec<usize> = Vec::new();
    let mut writer = Writer::default();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        quoted_until.retain(|&end| end > at);
        while let Some((_, end)) = regions.next_if(|(from, _)| *from <= at) {
            if *end > at && quoted_until.len() < QUOTES {
                quoted_until.push(*end);
            }
        }
        writer.quoted = quoted_until.len();
        writer.space = writer.space.filter(|(end, _)| *end > at);
        at += 1;
        match token {
            Token::Text(text) => {
                writer.signs |= text.trim() == "--" && signature_follows(&tokens, at);
                writer.text(text);
            }
            Token::Close(name) => writer.close(name),
            Token::Open { name, attributes } => {
                let end = ends.get(at - 1).copied().flatten();
                match end {
                    Some(end) if unseen(name, attributes) => at = end,
                    _ if plan.plain.contains(&(at - 1)) => writer.open(name, attributes, end, "div"),
                    _ => writer.open(name, attributes, end, name),
                }
            }
        }
    }
    while writer.pop() {}
    writer.out
}

/// Whether Gmail's box for a signature is next, beside breaks and the ends of elements (as it was before the line above it
/// had a name of its own).
fn signature_follows(tokens: &[Token<'_>], at: usize) -> bool {
    let next = tokens.iter().skip(at).take(6).find_map(|token| match token {
        Token::Open { name, attributes } if name != "br" => Some(*attributes),
        Token::Text(text) if !text.trim().is_empty() => Some(""),
        _ => None,
    });
    next.and_then(|attributes| attribute(attributes, "class")) == Some("gmail_signature")
}

/// Elements whose content is not text of the mail.
fn unseen(name: &str, attributes: &str) -> bool {
    matches!(name, "select" | "svg" | "video" | "audio" | "xml") || style::hidden(name, attributes)
}

/// An element that has been written and waits for its end.
struct Element {
    /// Its name in the mail.
    name: String,
    /// What ends it in the reduced document.
    close: &'static str,
    /// The target of a link, and where in the output its text begins.
    link: Option<(String, usize)>,
}

#[derive(Default)]
struct Writer {
    out: String,
    stack: Vec<Element>,
    /// The last character of text written, for joining lines.
    last: Option<char>,
    /// Blocks and breaks since the last text: empty structure beyond a measure is not written.
    empty: usize,
    /// How deep the text is quoted by what is no blockquote.
    quoted: usize,
    /// Up to which token white space is shown in an unusual way.
    space: Option<(usize, Space)>,
    /// The next text is a program's signature.
    signs: bool,
}

/// The name of the elements that the writer puts around what is quoted without a blockquote.
const QUOTED: &str = "#quoted";

impl Writer {
    /// Begins an element that the mail calls `name`, as if it were called `shown`.
    fn open(&mut self, name: &str, attributes: &str, end: Option<usize>, shown: &str) {
        if let (Some(end), Some(space), None) = (end, style::space(attributes), self.space) {
            self.space = Some((end, space));
        }
        let class = attribute(attributes, "class").unwrap_or_default();
        self.signs |= matches!(class, "moz-signature" | "gmail_signature_prefix");
        let (tag, close) = match shown {
            "br" => return self.line_break(),
            "img" => return self.picture(attributes),
            "hr" => return self.rule(),
            "a" => {
                self.close("a");
                let href = attribute(attributes, "href").unwrap_or_default().trim().to_owned();
                let link = Some((href, self.out.len()));
                return self.push(Element { name: name.to_owned(), close: "", link });
            }
            "td" | "th" => {
                self.close_kin(name);
                return self.out.push(' ');
            }
            "blockquote" if self.depth_of("blockquote") < QUOTES => ("<blockquote>", "</blockquote>"),
            "p" if style::stands_close(attributes) => ("<div>", "</div>"),
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => ("<p>", "</p>"),
            "ul" | "menu" | "dir" => ("<ul>", "</ul>"),
            "ol" => ("<ol", "</ol>"),
            "li" if self.depth_of("ul") + self.depth_of("ol") > 0 => ("<li>", "</li>"),
            "pre" | "listing" | "xmp" => ("<pre>", "</pre>"),
            "div" | "tr" | "table" | "section" | "article" | "header" | "footer" | "center" | "address"
            | "form" | "dl" | "dt" | "dd" | "fieldset" | "main" | "aside" | "nav" | "figure" | "caption"
            | "body" | "li" | "blockquote" => ("<div>", "</div>"),
            _ => return,
        };
        self.close_kin("p");
        self.close_kin(name);
        self.settle();
        self.last = None;
        self.empty += 1;
        if self.stack.len() >= DEPTH || self.empty > 50 {
            return self.line_break();
        }
        self.out.push_str(tag);
        if shown == "ol" {
            let start =
                attribute(attributes, "start").and_then(|n| n.trim().parse::<u16>().ok()).unwrap_or(1);
            self.out.push_str(&format!(" start={start}>"));
        }
        self.push(Element { name: name.to_owned(), close, link: None });
    }

    /// A rule, on a line of its own.
    fn rule(&mut self) {
        self.close_kin("p");
        self.settle();
        self.last = None;
        self.out.push_str(RULE);
    }

    /// A picture that stands for a character is that character. What other pictures are called is a program's word
    /// more often than a person's (a file name, an advertisement), and the pictures are listed as attachments.
    fn picture(&mut self, attributes: &str) {
        let alt = attribute(attributes, "alt").unwrap_or_default();
        let symbol = |c: char| !c.is_ascii() && !c.is_alphanumeric();
        if !alt.is_empty() && alt.len() <= 32 && alt.chars().all(symbol) {
            self.text(alt);
        }
    }

    /// Opens and closes what stands around quoted text, up to the depth of the next piece.
    fn settle(&mut self) {
        while self.depth_of(QUOTED) > self.quoted {
            self.close(QUOTED);
        }
        while self.depth_of(QUOTED) < self.quoted && self.stack.len() < DEPTH {
            self.last = None;
            self.out.push_str("<blockquote>");
            self.push(Element { name: QUOTED.to_owned(), close: "</blockquote>", link: None });
        }
    }

    fn push(&mut self, element: Element) {
        if self.stack.len() < DEPTH + 10 {
            self.stack.push(element);
        }
    }

    fn depth_of(&self, name: &str) -> usize {
        self.stack.iter().filter(|e| e.name == name).count()
    }

    fn line_break(&mut self) {
        self.last = None;
        self.empty += 1;
        if self.empty <= 50 {
            self.out.push_str("<br>");
        }
    }

    /// Ends an element whose end tag may be left out, when another of its kind follows.
    fn close_kin(&mut self, name: &str) {
        if ends_its_kin(name) && self.stack.last().is_some_and(|e| e.name == name) {
            self.pop();
        }
    }

    fn close(&mut self, name: &str) {
        if self.depth_of(name) == 0 {
            return;
        }
        while self.stack.last().is_some_and(|e| e.name != name) && self.pop() {}
        self.pop();
    }

    fn pop(&mut self) -> bool {
        let Some(element) = self.stack.pop() else { return false };
        if let Some((href, from)) = element.link {
            self.link(&href, from);
        } else {
            self.last = None;
        }
        self.out.push_str(element.close);
        true
    }

    /// The target of a link behind its text, unless the text already says it.
    fn link(&mut self, href: &str, from: usize) {
        let shown = self.out.get(from..).unwrap_or_default();
        let web = href.starts_with("http://") || href.starts_with("https://");
        let bare = |t: &str| t.trim_end_matches('/').replace("&amp;", "&");
        if web && href.len() < 2000 && !shown.trim().is_empty() && !bare(shown).contains(&bare(href)) {
            let target = href.replace('<', "%3C").replace('>', "%3E");
            self.out.push_str(&format!(" &lt;{target}&gt;"));
        }
    }

    fn text(&mut self, text: &str) {
        let blank = text.trim_matches(is_space).is_empty();
        if !blank {
            self.settle();
        }
        let mut text = text;
        if self.signs && !blank {
            self.signs = false;
            self.out.push_str("--\u{a0}");
            match text.trim_start_matches(is_space).strip_prefix("--") {
                Some(rest) => text = rest.strip_prefix(' ').unwrap_or(rest),
                None => self.line_break(),
            }
        }
        if self.stack.iter().any(|e| e.close == "</pre>") {
            self.empty = 0;
            self.escaped(text);
            return;
        }
        match self.space {
            None => self.words(text),
            Some((_, Space::Tight)) => self.words(&text.replace("&nbsp;", " ").replace('\u{a0}', " ")),
            Some((_, space)) => {
                for (n, line) in text.split('\n').enumerate() {
                    if n > 0 {
                        self.line_break();
                    }
                    match space {
                        Space::Kept => self.words(&line.replace([' ', '\t'], "\u{a0}")),
                        _ => self.words(line),
                    }
                }
            }
        }
    }

    /// Text in which no `<` begins a tag, whatever is written behind it. (Not each one is escaped: a row of a million
    /// is read in no time, a million character references are not.)
    fn escaped(&mut self, text: &str) {
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let harmless =
                chars.peek().is_some_and(|n| !n.is_ascii_alphabetic() && !matches!(n, '/' | '!' | '?'));
            if c == '<' && !harmless {
                self.out.push_str("&lt;");
            } else {
                self.out.push(c);
            }
        }
    }

    /// Text whose white space counts as one space, or as nothing where a source line ends inside Japanese.
    fn words(&mut self, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            let length = rest.find(|c: char| !is_space(c)).unwrap_or(rest.len());
            let (space, tail) = rest.split_at(length);
            let (word, tail) = tail.split_at(tail.find(is_space).unwrap_or(tail.len()));
            let joins = space.contains('\n')
                && self.last.is_some_and(is_wide)
                && word.chars().next().is_some_and(is_wide);
            if !space.is_empty() && !joins {
                self.out.push(' ');
            }
            self.escaped(word);
            if let Some(c) = word.chars().last() {
                (self.last, self.empty) = (Some(c), 0);
            }
            rest = tail;
        }
    }
}

/// White space of HTML; an ideographic space is a character.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}

/// Between two such characters a line break in the source is no space (CSS Text 3 §4.1.2).
fn is_wide(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff01}'..='\u{ffe6}' | '\u{20000}'..)
}
