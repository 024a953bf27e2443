//! HTML → tags and texts, and where every element ends. Linear in the length of the document.

/// A tag or the text between two.
pub enum Token<'a> {
    /// Text as it stands, with its character references.
    Text(&'a str),
    /// A start tag.
    Open {
        /// Lower case, without a namespace prefix.
        name: String,
        /// Everything behind the name.
        attributes: &'a str,
    },
    /// An end tag.
    Close(String),
}

/// Cuts the document. Comments, declarations, scripts and styles are dropped here.
pub fn cut(html: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut rest = html;
    let mut comments_end = true;
    while !rest.is_empty() {
        let next = rest.find('<').unwrap_or(rest.len());
        let (text, tail) = rest.split_at(next);
        if !text.is_empty() {
            found.push(Token::Text(text));
        }
        rest = match tail.strip_prefix("<!--") {
            Some(inner) => comment(inner, &mut comments_end, &mut found),
            None => markup(tail, &mut found),
        };
    }
    found
}

/// Behind the comment; one that is never closed hides nothing. `ends`: some comment may still be closed.
fn comment<'a>(inner: &'a str, ends: &mut bool, found: &mut Vec<Token<'a>>) -> &'a str {
    if let Some(rest) = inner.strip_prefix('>').or_else(|| inner.strip_prefix("->")) {
        return rest;
    }
    let closes =
        |p: &usize| inner.get(..*p).is_some_and(|body| body.ends_with("--") || body.ends_with("--!"));
    let end = if *ends { inner.match_indices('>').map(|(p, _)| p).find(closes) } else { None };
    *ends = end.is_some();
    let Some(end) = end else { return inner };
    if inner.get(..end).is_some_and(|body| body.trim().trim_end_matches("--").trim_end() == "originalMessage")
    {
        found.push(Token::Open { name: "originalmessage".to_owned(), attributes: "" });
    }
    inner.get(end + 1..).unwrap_or_default()
}

/// Takes what begins with `<`; answers the rest.
fn markup<'a>(tail: &'a str, found: &mut Vec<Token<'a>>) -> &'a str {
    let Some(inner) = tail.strip_prefix('<') else { return tail };
    let (closing, inner) = inner.strip_prefix('/').map_or((false, inner), |i| (true, i));
    match inner.chars().next() {
        Some('!' | '?') => return inner.find('>').and_then(|p| inner.get(p + 1..)).unwrap_or_default(),
        Some(c) if c.is_ascii_alphabetic() => {}
        _ => {
            // of several, the last may begin a tag
            let run = tail.bytes().take_while(|&b| b == b'<').count();
            let (text, rest) = tail.split_at(run.saturating_sub(1).max(1));
            found.push(Token::Text(text));
            return rest;
        }
    }
    let end = tag_end(inner);
    let tag = inner.get(..end).unwrap_or_default();
    let rest = inner.get(end + 1..).unwrap_or_default();
    let length = tag.find(|c: char| c.is_whitespace() || c == '/').unwrap_or(tag.len());
    let (name, attributes) = tag.split_at(length);
    let name = name.rsplit(':').next().unwrap_or_default().to_ascii_lowercase();
    if matches!(name.as_str(), "script" | "style" | "title" | "textarea" | "iframe" | "template") && !closing
    {
        return after_raw(rest, &name);
    }
    found.push(if closing { Token::Close(name) } else { Token::Open { name, attributes } });
    rest
}

/// Where the tag ends: at `>` outside quotes; a quote that is never closed protects nothing.
fn tag_end(inner: &str) -> usize {
    let mut quote = None;
    for (at, b) in inner.bytes().enumerate().take(8192) {
        match (quote, b) {
            (None, b'>') => return at,
            (None, b'"' | b'\'') => quote = Some(b),
            (Some(open), b) if open == b => quote = None,
            _ => {}
        }
    }
    inner.find('>').unwrap_or(inner.len())
}

/// Behind the end tag of an element whose content is no markup; at the end of all when there is none.
fn after_raw<'a>(rest: &'a str, name: &str) -> &'a str {
    let mut at = 0;
    while let Some(p) = rest.get(at..).and_then(|r| r.find("</")) {
        let from = at + p + 2;
        let tail = rest.get(from..).unwrap_or_default();
        if tail.get(..name.len()).is_some_and(|t| t.eq_ignore_ascii_case(name)) {
            return tail.find('>').and_then(|p| tail.get(p + 1..)).unwrap_or_default();
        }
        at = from;
    }
    ""
}

/// For every open tag the index behind its end; `None` for void elements and those that are never closed.
pub fn ends(tokens: &[Token<'_>]) -> Vec<Option<usize>> {
    let mut ends = vec![None; tokens.len()];
    let mut stack: Vec<(usize, &str)> = Vec::new();
    let mut open = std::collections::HashMap::<&str, usize>::new();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Text(_) => {}
            Token::Open { name, .. } => {
                let ended = stack.last().is_some_and(|(_, top)| *top == name && ends_its_kin(name));
                if ended && let Some((start, top)) = stack.pop() {
                    set(&mut ends, start, at);
                    *open.entry(top).or_default() -= 1;
                }
                if !is_void(name) {
                    stack.push((at, name));
                    *open.entry(name).or_default() += 1;
                }
            }
            Token::Close(name) => {
                while open.get(name.as_str()).is_some_and(|n| *n > 0) {
                    let Some((start, top)) = stack.pop() else { break };
                    *open.entry(top).or_default() -= 1;
                    let own = top == name;
                    set(&mut ends, start, if own { at + 1 } else { at });
                    if own {
                        break;
                    }
                }
            }
        }
    }
    ends
}

fn set(ends: &mut [Option<usize>], start: usize, end: usize) {
    if let Some(slot) = ends.get_mut(start) {
        *slot = Some(end);
    }
}

pub fn ends_its_kin(name: &str) -> bool {
    matches!(name, "p" | "li" | "td" | "th" | "tr" | "dt" | "dd" | "option")
}

fn is_void(name: &str) -> bool {
    matches!(
        name,
        "br" | "img"
            | "hr"
            | "meta"
            | "link"
            | "input"
            | "wbr"
            | "area"
            | "base"
            | "col"
            | "embed"
            | "source"
            | "originalmessage"
    )
}

/// Elements that stand on lines of their own.
pub fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "ul"
            | "ol"
            | "li"
            | "pre"
            | "div"
            | "tr"
            | "table"
            | "blockquote"
            | "hr"
            | "section"
            | "article"
            | "header"
            | "footer"
            | "center"
            | "address"
    )
}

/// The value of an attribute; empty when it has none.
pub fn attribute<'a>(attributes: &'a str, wanted: &str) -> Option<&'a str> {
    let mut rest = attributes;
    while !rest.is_empty() {
        let (name, value, tail) = next_attribute(rest);
        if name.eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = tail;
    }
    None
}

/// Name, value and what follows; every call takes at least one octet.
fn next_attribute(rest: &str) -> (&str, &str, &str) {
    let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/' || c == '=');
    let length = rest.find(|c: char| c.is_whitespace() || c == '=' || c == '/').unwrap_or(rest.len());
    let (name, tail) = rest.split_at(length);
    let Some(after) = tail.trim_start().strip_prefix('=').map(str::trim_start) else {
        return (name, "", tail);
    };
    match after.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        Some(quote) => {
            let body = after.get(1..).unwrap_or_default();
            let (value, tail) = body.split_once(quote).unwrap_or((body, ""));
            (name, value, tail)
        }
        None => {
            let (value, tail) = after.split_at(after.find(char::is_whitespace).unwrap_or(after.len()));
            (name, value, tail)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_found_however_they_are_quoted() {
        let check = |attributes: &str, expected: Option<&str>| {
            assert_eq!(attribute(attributes, "href"), expected, "{attributes}");
        };
        check(" href=a", Some("a"));
        check(" class='x y' HREF = \"a b\" ", Some("a b"));
        check(" href='a\"b'/", Some("a\"b"));
        check(" href", Some(""));
        check(" href=\"never closed", Some("never closed"));
        check(" data-href=a", None);
        check(" = / =", None);
        check("", None);
    }

    #[test]
    fn elements_end_where_a_browser_would_end_them() {
        let check = |html: &str, expected: &[Option<usize>]| assert_eq!(ends(&cut(html)), expected, "{html}");
        check("<a>x</a>", &[Some(3), None, None]);
        check("<p><p></div>", &[Some(1), None, None]);
        check("<div><b></div>", &[Some(3), Some(2), None]);
        check("<br><div>", &[None, None]);
    }
}
