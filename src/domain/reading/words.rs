//! What a reader says about a newcomer's answer.
//!
//! Her words are taken apart into phrases. The answer is good when at least one phrase says so and all others are courtesies or
//! names. She declines in the same way. A bare no, a question in return, or courtesies alone say nothing that could be done.
//! Everything else is for its writer, unless it stands beside a no to reading, reads as a word for the office, or is praise: a
//! yes, or praise, beside words that turn to nothing else sends no answer back.

mod lists;

use lists::{APPROVES, BARE, DECLINES, ENDS, POLITE, PRAISE, PRAISES, SIGNS, TURNS, WHEN, WHY};

use crate::domain::absence::{asks_to_cover, is_polite};
use crate::domain::meaning::doubt;
use crate::domain::words::{bare, has_words, is_name, is_thanks, listed};
use crate::mail::fold::fold;

/// What she says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// It is good as it is.
    Approves,
    /// She replied without a word.
    Nothing,
    /// She has something to say to its writer.
    Returns,
    /// She cannot read it.
    Declines,
    /// Neither, for certain.
    Unclear,
}

/// Who may be named in a reply.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// What the reader goes by, and the service.
    pub own: &'a [&'a str],
    /// The answer's writer.
    pub writer: &'a str,
    /// For whom it is.
    pub client: &'a str,
}

/// What stands in a reply.
#[derive(Default)]
struct Heard {
    approves: bool,
    declines: bool,
    /// Why she would decline.
    why: bool,
    bare: bool,
    praises: bool,
    turns: bool,
    others: bool,
}

/// Reads a reply.
pub fn said(text: &str, names: &Names<'_>) -> Said {
    if text.trim().is_empty() {
        return Said::Nothing;
    }
    let all: Vec<&str> = names.own.iter().copied().chain([names.writer, names.client]).collect();
    if asks_to_cover(text, &all) {
        return Said::Declines;
    }
    let folded = fold(text);
    let mut heard = Heard::default();
    for phrase in folded.split(ENDS) {
        heard.take(phrase, &all);
    }
    heard.approves |= SIGNS.iter().any(|sign| text.contains(sign));
    match heard {
        Heard { others: true, .. } if is_for(first_line(text), names.writer) => Said::Returns,
        Heard { others: true, declines: true, .. } => Said::Unclear,
        Heard { others: true, turns: false, approves, praises, .. } if approves || praises => Said::Unclear,
        Heard { others: true, .. } if for_others(text, names) => Said::Unclear,
        Heard { others: true, .. } => Said::Returns,
        Heard { bare: false, approves: true, declines: false, why: false, .. } => Said::Approves,
        Heard { bare: false, approves: false, declines: true, .. } => Said::Declines,
        _ => Said::Unclear,
    }
}

impl Heard {
    fn take(&mut self, phrase: &str, names: &[&str]) {
        let asks = phrase.contains('?');
        let words = bare(phrase);
        if words.is_empty() || is_any(phrase, names) {
            return;
        }
        let unnamed = names.iter().map(|name| without(&words, name)).find(|rest| *rest != words);
        let any = |list| listed(list, &words) || unnamed.is_some_and(|rest| listed(list, rest));
        if any(POLITE) || names.iter().chain([&""]).any(|name| is_thanks(phrase, name)) {
            return;
        }
        match () {
            () if any(APPROVES) && !asks => self.approves = true,
            () if any(PRAISE) && !asks => self.praises = true,
            () if any(BARE) || any(APPROVES) => self.bare = true,
            () if declines(&words) => self.declines = true,
            () if listed(WHY, &words) => self.why = true,
            () => {
                self.others = true;
                self.praises |= PRAISES.iter().any(|part| words.contains(part));
                self.turns |= turns(&words);
            }
        }
    }
}

/// Whether a newcomer who heard who reads with her says no more than thanks; `names`: hers, and her readers'.
pub fn is_courtesy(text: &str, names: &[&str]) -> bool {
    let is_one = |phrase: &str| {
        is_any(phrase, names)
            || is_polite(phrase, names)
            || listed(POLITE, &bare(phrase))
            || names.iter().any(|name| is_thanks(phrase, name) || is_thanks(without(&bare(phrase), name), ""))
    };
    !bare(text).is_empty() && fold(text).split(ENDS).all(|phrase| bare(phrase).is_empty() || is_one(phrase))
}

/// What is left of a phrase without the name of whom it speaks to, or to whom the answer is to go.
fn without<'a>(words: &'a str, name: &str) -> &'a str {
    let name = bare(name);
    if name.is_empty() {
        return words;
    }
    if name.is_ascii() {
        let ends = [format!(" to {name}"), format!(" {name}")];
        return ends.iter().find_map(|end| words.strip_suffix(end.as_str())).unwrap_or(words);
    }
    let rest = words.strip_prefix("はい").unwrap_or(words);
    let Some(rest) = rest.strip_prefix(name.as_str()) else { return words };
    let rest = ["さん", "様", "さま"].iter().find_map(|title| rest.strip_prefix(title)).unwrap_or(rest);
    ["に", "へ"].iter().find_map(|to| rest.strip_prefix(to)).unwrap_or(rest)
}

fn turns(words: &str) -> bool {
    let [begin, end, within] = TURNS;
    let spaced = format!(" {words} ");
    begin.iter().any(|turn| words.starts_with(turn))
        || end.iter().any(|turn| words.ends_with(turn))
        || within.iter().any(|turn| spaced.contains(turn))
}

/// Whether a phrase is one of these names.
fn is_any(phrase: &str, names: &[&str]) -> bool {
    let ends = ["", "さん", "様", "さま", "です", "へ", "さんへ", "様へ"];
    names
        .iter()
        .any(|name| ends.iter().any(|end| is_name(phrase, &format!("{name}{end}"))) || is_for(phrase, name))
}

/// Whether a phrase says that she cannot.
fn declines(words: &str) -> bool {
    let mut rest = words.trim();
    for when in WHEN {
        rest = rest.strip_prefix(when).or_else(|| rest.strip_suffix(when)).unwrap_or(rest).trim();
    }
    listed(DECLINES, rest) && (rest.len() < words.len() || rest != "not")
}

fn first_line(text: &str) -> &str {
    text.lines().find(|line| has_words(line)).unwrap_or_default()
}

/// Whether words read as said to somebody else than the writer of the answer.
fn for_others(text: &str, names: &Names<'_>) -> bool {
    // Beside her own name, which she does not say of others: of the client and the writer she may say what she likes.
    let own = names.own.last().copied().unwrap_or_default();
    doubt(text, own, &[]).is_some()
}

/// Whether a line says for whom all that follows is, and nothing else.
fn is_for(line: &str, name: &str) -> bool {
    ["さんへ", "様へ", "さまへ", "へ"].iter().any(|end| is_name(line, &format!("{name}{end}")))
        || ["to", "for", "dear"].iter().any(|begin| is_name(line, &format!("{begin} {name}")))
}
