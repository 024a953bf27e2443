//! What a supporter's words mean, whatever mail they answer: an answer to her client, a word for the office, or words
//! for another of her clients. And the marks that anybody may set: a first line to the office, a memo of one's own.
//!
//! In doubt her words wait, and one word of hers settles it. Words that speak to the office must never reach a client; few
//! true answers may wait. The tables are in `japanese` and `english`; `fixtures/meaning/` has the mails that they are
//! held against.
mod decide;
mod english;
mod japanese;
mod marks;
mod settle;

use regex::RegexSet;

use super::people::ClientId;
use super::words::{bare, is_name};
use crate::mail::fold::fold;

pub use decide::{Memo, Said, memo_alone, to_office};
pub use marks::{Parted, addressed_to_office, part};
pub use settle::{Facts, Word, decide, word};

/// Whom the words may be for, beside the client whose mail they answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The office.
    Office,
    /// Another client of hers.
    Client(ClientId),
    /// Herself: a memo stands where it cannot be told from the answer.
    Memo,
}

impl Doubt {
    /// The word in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Office => "office",
            Self::Client(_) => "client",
            Self::Memo => "memo",
        }
    }
}

/// Whom words may be for, if they do not read as an answer to the client of this name. `others`: the supporter's other
/// clients.
pub fn doubt(words: &str, client: &str, others: &[(ClientId, String)]) -> Option<Doubt> {
    let folded = fold(words);
    let other = others.iter().find(|(_, name)| *name != client && speaks_to(&folded, &fold(name)));
    if let Some((id, _)) = other {
        return Some(Doubt::Client(*id));
    }
    let client = fold(client);
    let for_office = japanese::for_office(&folded, &client) || english::for_office(&folded, &client);
    // The lists do not know every word. Who speaks to nobody, and arranges something, hardly writes to her client.
    let arranges = || japanese::arranges(&folded, &client) || english::arranges(&folded, &client);
    (for_office || arranges()).then_some(Doubt::Office)
}

/// What may stand behind a name where somebody is spoken to.
const TITLES: [&str; 5] = ["さん", "様", "さま", "ちゃん", "くん"];

/// Whether a text speaks to somebody: her name begins a sentence as a salutation, or is a line of its own.
fn speaks_to(folded: &str, name: &str) -> bool {
    folded.lines().any(|line| {
        let line = line.trim();
        is_name(line, name)
            || line.split_inclusive(['。', '!', '?', '.']).any(|part| salutes(part.trim(), name))
    })
}

fn salutes(sentence: &str, name: &str) -> bool {
    const GREETINGS: [&str; 7] = ["", "dear ", "hi ", "hello ", "hey ", "good morning ", "good evening "];
    let ends =
        |rest: &str| rest.is_empty() || rest.starts_with(['、', ',', '。', '!', '?', ':', ' ', '\u{3000}']);
    let titled = |rest: &str| {
        let of = |title: &&str| rest.strip_prefix(*title);
        TITLES.iter().find_map(of).is_some_and(|rest| ends(rest) || rest.starts_with('へ'))
            || rest.starts_with('へ') && ends(&rest['へ'.len_utf8()..])
    };
    GREETINGS.iter().any(|greeting| {
        let rest = sentence.strip_prefix(greeting).and_then(|rest| rest.strip_prefix(name));
        // A name may be a common word: alone it is one only where a greeting stands before it, or Latin letters and a comma.
        let plain = |rest: &str| {
            let latin = name.is_ascii() && rest.starts_with(',');
            latin || !greeting.is_empty() && ends(rest)
        };
        rest.is_some_and(|rest| titled(rest) || plain(rest))
    })
}

/// Rows of wordings. Alternatives are parted by `|`, parts that follow one another within some characters by `…`; `{n}`
/// stands for a name; a sentence begins with `^` and ends with `$`.
struct Table {
    rows: &'static [&'static str],
    /// Which rows may hold because an alternative of their first part is there: few do, and each look costs.
    begins: RegexSet,
    /// Rows whose first part has a name in it.
    named: Vec<usize>,
}

impl Table {
    fn new(rows: &'static [&'static str]) -> Self {
        let firsts = rows.iter().map(|row| row.split('…').next().unwrap_or_default());
        let is_named = |alternative: &&str| alternative.contains("{n}");
        let begins = firsts.clone().map(|first| {
            let plain: Vec<String> = first.split('|').filter(|it| !is_named(it)).map(regex::escape).collect();
            // Of names alone nothing begins it.
            if plain.is_empty() { r"[^\s\S]".to_owned() } else { plain.join("|") }
        });
        Self {
            rows,
            begins: RegexSet::new(begins).unwrap_or_default(),
            named: (0..).zip(firsts).filter(|(_, first)| first.contains("{n}")).map(|(at, _)| at).collect(),
        }
    }

    /// Whether a sentence holds one of the rows, whose parts stand within `reach` characters.
    fn holds(&self, sentence: &str, names: &[String], reach: usize) -> bool {
        let named = names.iter().any(|name| sentence.contains(name.as_str()));
        let named = self.named.iter().copied().filter(|_| named);
        self.begins.matches(sentence).iter().chain(named).any(|row| {
            let parts: Vec<&str> = self.rows[row].split('…').collect();
            row_holds(sentence, &parts, names, reach)
        })
    }
}

fn row_holds(sentence: &str, parts: &[&str], names: &[String], reach: usize) -> bool {
    let Some((first, rest)) = parts.split_first() else { return true };
    first.split('|').any(|alternative| {
        let spelt: Vec<String> = if alternative.contains("{n}") {
            names.iter().map(|name| alternative.replace("{n}", name)).collect()
        } else {
            vec![alternative.to_owned()]
        };
        spelt.iter().any(|piece| {
            sentence.match_indices(piece.as_str()).any(|(at, _)| {
                // The space between two words belongs to both.
                let end = at + piece.len() - usize::from(piece.ends_with(' '));
                let behind = &sentence[end..];
                let near = behind.char_indices().nth(reach).map_or(behind.len(), |(end, _)| end);
                rest.is_empty() || follows(behind, near, rest, names, reach)
            })
        })
    })
}

/// Whether the rest of a row begins within `near` octets.
fn follows(behind: &str, near: usize, rest: &[&str], names: &[String], reach: usize) -> bool {
    let longest = rest.first().into_iter().flat_map(|part| part.split('|')).map(str::len).max().unwrap_or(0);
    let mut end = (near + longest).min(behind.len());
    while !behind.is_char_boundary(end) {
        end -= 1;
    }
    match rest {
        [_] => row_holds(&behind[..end], rest, names, reach),
        _ => row_holds(behind, rest, names, reach),
    }
}

/// The sentences of a text, each line for itself and each paragraph with its lines joined: people break lines where they
/// like. What they quote of the other's words is left out.
fn sentences(text: &str, joint: &str, ends: &[char]) -> Vec<String> {
    let text = without_quoted(text);
    let lines = text.lines().map(str::to_owned);
    let paragraphs =
        text.split("\n\n").map(|part| part.lines().map(str::trim).collect::<Vec<_>>().join(joint));
    let mut all: Vec<String> = Vec::new();
    for stretch in lines.chain(paragraphs.collect::<Vec<_>>()) {
        for part in stretch.split_inclusive(|c| ends.contains(&c)) {
            let part = part.trim().to_owned();
            if !part.is_empty() && !all.contains(&part) {
                all.push(part);
            }
        }
    }
    all
}

/// 「…」 and "…" hold the other's words.
fn without_quoted(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['「', '『', '"', '“']) {
        let open = rest[at..].chars().next().unwrap_or('"');
        let close = match open {
            '「' => '」',
            '『' => '』',
            '“' => '”',
            _ => '"',
        };
        let inner = &rest[at + open.len_utf8()..];
        let Some(end) = inner.find(close) else { break };
        out.push_str(&rest[..at]);
        // Who puts a whole mail in brackets says it herself.
        if bare(&rest[..at]).is_empty() && bare(&inner[end..]).is_empty() && out.trim().is_empty() {
            out.push_str(&inner[..end]);
        }
        rest = &inner[end + close.len_utf8()..];
    }
    out.push_str(rest);
    out
}
