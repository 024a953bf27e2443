//! HTML of any kind → a small, balanced, harmless subset of it with the same text.
//!
//! The tokens are cut, the end of every element is found, and then this file writes, each in linear time.

use super::tokens::{Token, attribute, cut, ends, ends_its_kin};

/// Deepest nesting of blocks that is kept; deeper blocks are flattened into their parent.
const DEPTH: usize = 40;

/// Most quoting levels that are kept.
const QUOTES: usize = 10;

/// The reduced document.
pub fn reduce(html: &str) -> String {
    let tokens = cut(html);
    let ends = ends(&tokens);
    let mut writer = Writer::default();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token {
            Token::Text(text) => writer.text(text),
            Token::Close(name) => writer.close(name),
            Token::Open { name, attributes } => {
                let end = ends.get(at - 1).copied().flatten();
                match end {
                    Some(end) if unseen(name, attributes) => at = end,
                    _ => writer.open(name, attributes),
                }
            }
        }
    }
    while writer.pop() {}
    writer.out
}

/// Elements whose content is not text of the mail.
fn unseen(name: &str, attributes: &str) -> bool {
    matches!(name, "select" | "svg" | "video" | "audio") || hidden(name, attributes)
}

/// Hidden by attribute or inline style. A font size of zero hides only on inline elements: mail builders set it on
/// the table around everything and give the size back inside.
fn hidden(name: &str, attributes: &str) -> bool {
    if attribute(attributes, "hidden").is_some() {
        return true;
    }
    let Some(style) = attribute(attributes, "style") else { return false };
    let style: String =
        style.chars().take(4096).filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
    style.split(';').filter_map(|d| d.split_once(':')).any(|(property, value)| {
        let value = value.trim_end_matches("!important");
        let nothing = value.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%');
        match property {
            "display" => value == "none",
            "visibility" => value == "hidden",
            "mso-hide" => value == "all",
            "font-size" if matches!(name, "span" | "font") => nothing == "0",
            "max-height" | "opacity" => nothing == "0" || nothing == "0.0",
            _ => false,
        }
    })
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
}

impl Writer {
    fn open(&mut self, name: &str, attributes: &str) {
        let (tag, close) = match name {
            "br" => return self.line_break(),
            "a" => {
                let href = attribute(attributes, "href").unwrap_or_default().trim().to_owned();
                let link = Some((href, self.out.len()));
                return self.push(Element { name: name.to_owned(), close: "", link });
            }
            "td" | "th" => {
                self.close_kin(name);
                return self.out.push(' ');
            }
            "blockquote" if self.depth_of("blockquote") < QUOTES => ("<blockquote>", "</blockquote>"),
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => ("<p>", "</p>"),
            "ul" | "menu" | "dir" => ("<ul>", "</ul>"),
            "ol" => ("<ol>", "</ol>"),
            "li" if self.depth_of("ul") + self.depth_of("ol") > 0 => ("<li>", "</li>"),
            "pre" | "listing" | "xmp" => ("<pre>", "</pre>"),
            "div" | "tr" | "table" | "section" | "article" | "header" | "footer" | "center" | "address"
            | "form" | "dl" | "dt" | "dd" | "fieldset" | "main" | "aside" | "nav" | "figure" | "caption"
            | "body" | "hr" | "li" | "blockquote" => ("<div>", "</div>"),
            _ => return,
        };
        self.close_kin("p");
        self.close_kin(name);
        self.last = None;
        self.empty += 1;
        if name == "hr" || self.stack.len() >= DEPTH || self.empty > 50 {
            return self.line_break();
        }
        self.out.push_str(tag);
        self.push(Element { name: name.to_owned(), close, link: None });
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
        if self.stack.iter().any(|e| e.close == "</pre>") {
            self.empty = 0;
            self.out.push_str(&text.replace('<', "&lt;"));
            return;
        }
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
            self.out.push_str(&word.replace('<', "&lt;"));
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
