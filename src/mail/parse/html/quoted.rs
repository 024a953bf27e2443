//! Which stretches of an HTML document are somebody else's mail, where a program says so without a blockquote.
//!
//! Programs mark the mail that is answered in two ways: with a container of a name of their own around it, or with
//! the block of header fields above it, below which all is quoted. The attribution line stays above the quote. A
//! forwarded mail is no quote: the person sends it because of what it says.

use std::collections::HashSet;

use super::style;
use super::tokens::{Token, attribute, is_block};

/// Most tokens and octets in which the first line of an element is looked for.
const LEAD: (usize, usize) = (60, 600);

/// How programs name the element around the mail that is answered; the beginning of one of the names in its id,
/// class, name or data-marker. (Gmail, Thunderbird, Apple Mail, Spark and Roundcube put a blockquote there.)
const CONTAINERS: [&str; 4] = ["yahoo_quoted", "protonmail_quote", "zmail_extra", "__quoted_text__"];

/// The line that is written above a forwarded mail, dashes taken off.
const FORWARDED: [&str; 9] = [
    "forwarded message",
    "begin forwarded message",
    "転送されたメッセージ",
    "転送メール",
    "転送元メッセージ",
    "weitergeleitete nachricht",
    "message transféré",
    "mensaje reenviado",
    "messaggio inoltrato",
];

/// What the programs tell by their names and lines.
#[derive(Debug, Default)]
pub struct Plan {
    /// From which token up to which one all is quoted, by beginning.
    pub quoted: Vec<(usize, usize)>,
    /// Blockquotes that quote nothing: an indented paragraph, or a mail that is forwarded.
    pub plain: HashSet<usize>,
}

/// Reads the names; `forwarded`: the mail says that it forwards another one.
pub fn plan(tokens: &[Token<'_>], ends: &[Option<usize>], forwarded: bool) -> Plan {
    let mut plan = Plan::default();
    let mut below = false;
    let mut open_until = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let Token::Open { name, attributes } = token else { continue };
        open_until.retain(|&end| end > at);
        let end = ends.get(at).copied().flatten();
        if name == "blockquote" {
            if style::indents(attributes) || forwards(&lead(tokens, at + 1).0) {
                plan.plain.insert(at);
            }
        } else if let Some(end) = end.filter(|_| is_container(attributes)) {
            plan.quoted.extend(container(tokens, at, end));
        } else if name == "originalmessage" {
            // Samsung's comment stands in the element that holds the header fields
            begin_below(&mut plan, &mut below, open_until.last().copied(), forwarded, tokens.len());
        } else if is_header_block(tokens, at, attributes) {
            begin_below(&mut plan, &mut below, end, forwarded, tokens.len());
        }
        if let Some(end) = end.filter(|_| open_until.len() < 100) {
            open_until.push(end);
        }
    }
    plan.quoted.sort_unstable();
    plan
}

/// All that follows the element ending at `end` is quoted; the first such block decides.
fn begin_below(plan: &mut Plan, below: &mut bool, end: Option<usize>, forwarded: bool, all: usize) {
    let Some(end) = end.filter(|_| !*below) else { return };
    *below = true;
    let inside = plan.quoted.iter().any(|&(from, to)| from < end && end < to);
    if !forwarded && !inside {
        plan.quoted.push((end, all));
    }
}

/// What of a container is quoted: all behind its attribution line, unless a blockquote stands there.
fn container(tokens: &[Token<'_>], at: usize, end: usize) -> Option<(usize, usize)> {
    let (first, behind_first) = lead(tokens, at + 1);
    if forwards(&first) {
        return None;
    }
    // `---- Original Message ----` has the attribution on the next line
    let rule = first.starts_with("--") && first.ends_with("--") && !first.contains('@');
    let (line, behind) = if rule { lead(tokens, behind_first) } else { (first, behind_first) };
    let attributed = line.ends_with([':', '：']) || line.ends_with("---");
    let from = if attributed { behind } else { at + 1 };
    let blank = |t: &&Token<'_>| match t {
        Token::Text(text) => text.trim().is_empty(),
        Token::Open { name, .. } => name != "blockquote",
        Token::Close(_) => true,
    };
    let next = tokens.get(from..end)?.iter().take(LEAD.0).find(|t| !blank(t));
    let marked = matches!(next, Some(Token::Open { .. }));
    (!marked && from < end).then_some((from, end))
}

fn is_container(attributes: &str) -> bool {
    let named = |key: &str| {
        attribute(attributes, key).is_some_and(|value| {
            let value = value.to_ascii_lowercase();
            // Yahoo! puts a prefix in front of its names: ydp1a2b3cyahoo_quoted
            let yahoo = |word: &str| word.starts_with("ydp") && word.ends_with("yahoo_quoted");
            let ours =
                |word: &str| CONTAINERS.iter().any(|c| word.starts_with(c)) && word != "zmail_extra_hr";
            value.split_ascii_whitespace().any(|word| ours(word) || yahoo(word))
        })
    };
    ["id", "class", "data-marker"].into_iter().any(named)
        || attribute(attributes, "name").is_some_and(|name| name == "quote")
}

/// Outlook's block of header fields, by its name or by the line that it draws above it.
fn is_header_block(tokens: &[Token<'_>], at: usize, attributes: &str) -> bool {
    if attribute(attributes, "id").is_some_and(|id| id.ends_with("divRplyFwdMsg")) {
        return true;
    }
    let first = || lead(tokens, at + 1).0;
    let field = |line: String| line.find([':', '：']).is_some_and(|p| p > 0 && p < 30);
    style::draws_outlooks_line(attributes) && field(first())
}

fn forwards(line: &str) -> bool {
    let line =
        line.trim_start_matches(|c: char| matches!(c, '-' | '_' | '=') || c.is_whitespace()).to_lowercase();
    FORWARDED.iter().any(|f| line.starts_with(f))
}

/// The first line of text from token `from` on, and the token behind it.
fn lead(tokens: &[Token<'_>], from: usize) -> (String, usize) {
    let mut line = String::new();
    let mut at = from;
    for token in tokens.iter().skip(from).take(LEAD.0) {
        match token {
            Token::Text(text) => line.extend(text.chars().take(LEAD.1)),
            Token::Open { name, .. } if name == "br" && !line.trim().is_empty() => {
                at += 1;
                break;
            }
            Token::Open { name, .. } | Token::Close(name) if is_block(name) && !line.trim().is_empty() => {
                break;
            }
            _ => {}
        }
        at += 1;
        if line.len() > LEAD.1 {
            break;
        }
    }
    (line.replace("&nbsp;", " ").trim().to_owned(), at)
}
