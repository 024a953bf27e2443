//! The text of an answer into what its writer newly wrote.
//!
//! We know what we sent. So a quote is recognised by knowing, however it was re-wrapped, marked or converted, and not
//! by guessing. `reading` is left for mails that answer nothing of ours: it knows the shapes that programs write. Every
//! line that is removed has its rule and its evidence. A line that a person wrote is never cut; in doubt a line stays.
//! Where new lines stand directly under quoted lines of another person's letter, those lines stay with them, because
//! `はい` means nothing without its question.

mod align;
mod attribution;
mod copies;
mod cut;
mod details;
mod header_block;
mod reading;
mod signature;
mod slogan;
mod stream;
mod words;

use std::collections::{BTreeMap, BTreeSet};

pub use cut::{Cut, Evidence, Rule};
use stream::Stream;

use super::message::Message;

/// The mail of ours that an answer answers.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Its whole body, as sent.
    pub text: &'a str,
    /// The part of the body that another person wrote, word for word, or "".
    pub letter: &'a str,
    /// The address that it came from, as it stands in attribution lines.
    pub own_address: &'a str,
    /// The display name that it came from.
    pub own_name: &'a str,
}

/// What the header of a mail says about its text.
#[derive(Clone, Debug, Default)]
pub struct HeaderEvidence {
    /// It answers a mail: In-Reply-To, References or a subject with `Re:`.
    pub answers: bool,
    /// Its subject without `Re:` and its kin, folded, or "".
    pub subject: String,
    /// Its author's address, lower case, or "".
    pub author: String,
    /// Its author's display name, or "".
    pub name: String,
}

impl HeaderEvidence {
    /// What the header of `message` says.
    pub fn of(message: &Message) -> Self {
        let (subject, prefixed) = header_block::bare_subject(&message.subject);
        let answers = !message.in_reply_to.is_empty() || !message.references.is_empty() || prefixed;
        let author = message.from.first();
        Self {
            answers,
            subject,
            author: author.map_or_else(String::new, |b| b.address.to_string().to_lowercase()),
            name: author.and_then(|b| b.name.clone()).unwrap_or_default(),
        }
    }
}

/// What is newly written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The new lines as they are, and above those that answer a quoted line that line, after `> `. Without blank
    /// lines at its ends; LF line ends.
    pub text: String,
    /// What was removed, block by block, in order.
    pub cut: Vec<Cut>,
}

/// What becomes of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// A person's.
    New,
    /// Removed.
    Gone(Rule, Evidence),
}

impl Fate {
    /// A copy of the mail that we sent.
    const COPY: Self = Self::Gone(Rule::Copy, Evidence::OUR_MAIL);
}

/// What of `text`, an answer, was newly written. `known`: the mail of ours that it answers, when we have it.
pub fn newly_written(text: &str, known: Option<&Known>) -> Reply {
    read(text, known, None)
}

/// What the person wrote: neither quotes nor what stands under a letter. `header` says what its mail's header tells.
pub fn authored(text: &str, known: Option<&Known>, header: &HeaderEvidence) -> Reply {
    read(text, known, Some(header))
}

/// What the person wrote beside a quote of a mail of ours that is not known any more: where she wrote nothing above it, what is
/// marked goes all the same. What has no marks stays as in [`authored`], for her words may stand below it.
pub fn beside_quotes(text: &str, header: &HeaderEvidence) -> String {
    const ABOVE: &str = "A line above.";
    let below = authored(&format!("{ABOVE}\n\n{text}"), None, header);
    match below.text.strip_prefix(ABOVE) {
        Some(rest) if below.cut.iter().all(|cut| cut.rule != Rule::Tail) => {
            rest.trim_start_matches('\n').to_owned()
        }
        _ => authored(text, None, header).text,
    }
}

/// With a header, signatures go as well.
fn read(text: &str, known: Option<&Known>, header: Option<&HeaderEvidence>) -> Reply {
    let theirs = Stream::new(text, true);
    let lines: Vec<&str> = (0..theirs.lines.len()).map(|n| theirs.line(n)).collect();
    if let Some(known) = known {
        let ours = Stream::new(known.text, false);
        let origin = align::align(&ours, &theirs);
        let letter = copies::letter_signs(&ours, known.letter);
        let mut fates = copies::fates(&ours, &theirs, &lines, &origin, &letter, known);
        if fates.contains(&Fate::COPY) {
            if let Some(header) = header {
                signature::sign_off(&lines, &mut fates, header);
            }
            return assemble(&lines, &fates, |n| {
                copies::answered(&ours, &theirs, &fates, &origin, &letter, n)
            });
        }
    }
    let answer = HeaderEvidence { answers: true, ..HeaderEvidence::default() };
    let mut fates = reading::fates(&lines, known, header.unwrap_or(&answer));
    if let Some(header) = header {
        signature::sign_off(&lines, &mut fates, header);
    }
    assemble(&lines, &fates, |_| Vec::new())
}

/// The text without what stands under it and was not written for it: see `signature`. Tells whether anything was taken.
pub fn without_signature(text: &str, header: &HeaderEvidence) -> (String, bool) {
    let lines: Vec<&str> = text.split('\n').collect();
    let mut fates = vec![Fate::New; lines.len()];
    signature::sign_off(&lines, &mut fates, header);
    match fates.iter().position(|fate| *fate != Fate::New) {
        Some(first) => (lines[..first].join("\n").trim_end().to_owned(), true),
        None => (text.to_owned(), false),
    }
}

/// How many signs of `ours` stand in `text` in whole lines, however they were re-wrapped and marked, and how many do
/// not: which of several mails an answer quotes. A line that stands in `ours` twice counts once.
pub fn copied(ours: &str, text: &str) -> (usize, usize) {
    let row = |s: &str| Stream::new(s, true).chars().into_iter().collect::<String>();
    let whole = row(text);
    let lines: BTreeSet<String> = ours.lines().map(row).collect();
    let (there, missing): (Vec<&String>, Vec<&String>) =
        lines.iter().partition(|line| whole.contains(line.as_str()));
    let signs = |lines: Vec<&String>| lines.iter().map(|line| line.chars().count()).sum();
    (signs(there), signs(missing))
}

/// How many signs of `ours` stand in `text` more often or less often than in `ours`: which of several mails that say the
/// same an answer quotes.
pub fn unevenly_copied(ours: &str, text: &str) -> usize {
    let row = |s: &str| Stream::new(s, true).chars().into_iter().collect::<String>();
    let whole = row(text);
    let mut lines: BTreeMap<String, usize> = BTreeMap::new();
    for line in ours.lines().map(row).filter(|line| !line.is_empty()) {
        *lines.entry(line).or_default() += 1;
    }
    let uneven = |(line, times): (&String, &usize)| {
        whole.matches(line.as_str()).count().abs_diff(*times) * line.chars().count()
    };
    lines.iter().map(uneven).sum()
}

/// Puts the new lines together; `answered` gives the quoted lines that the block of new lines from line `n` on answers.
fn assemble(lines: &[&str], fates: &[Fate], answered: impl Fn(usize) -> Vec<String>) -> Reply {
    let mut cut: Vec<Cut> = Vec::new();
    let mut out: Vec<String> = Vec::new();
    let mut joint = false;
    for (n, line) in lines.iter().enumerate() {
        match fates[n] {
            Fate::Gone(rule, evidence) => {
                match cut.last_mut() {
                    Some(c) if c.lines.1 == n && c.rule == rule && c.evidence == evidence => {
                        c.lines.1 = n + 1
                    }
                    _ => cut.push(Cut { lines: (n + 1, n + 1), rule, evidence }),
                }
                joint = true;
            }
            Fate::New => {
                let blank = line.trim().is_empty();
                if blank && (joint || out.is_empty()) {
                    continue;
                }
                if joint {
                    if out.last().is_some_and(|l| !l.is_empty()) {
                        out.push(String::new());
                    }
                    out.extend(answered(n).into_iter().map(|l| format!("> {l}")));
                    joint = false;
                }
                out.push(if blank { String::new() } else { (*line).to_owned() });
            }
        }
    }
    while out.last().is_some_and(String::is_empty) {
        out.pop();
    }
    Reply { text: out.join("\n"), cut }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beside_a_quote_that_nobody_knows_any_more_only_words_stay() {
        let header = HeaderEvidence { answers: true, ..HeaderEvidence::default() };
        let check = |text: &str, words: &str| assert_eq!(beside_quotes(text, &header), words, "{text}");
        let above = "2026年12月3日(木) 22:00 よりそい便り <care@example.jp>:\n\n";
        let marked = "> お返事を待っています。\n>\n> よりそい便り\n";
        check(&format!("\n{above}{marked}"), "");
        check(&format!("よく歩きましたね。\n\n{above}{marked}"), "よく歩きましたね。");
        check(&format!("{above}{marked}\nよく歩きましたね。"), "よく歩きましたね。");
        let bare = format!("{above}お返事を待っています。\n\nよく歩きましたね。");
        assert!(beside_quotes(&bare, &header).contains("よく歩きましたね。"), "her words may stand below");
        check("よく歩きましたね。\nまた明日。", "よく歩きましたね。\nまた明日。");
    }

    #[test]
    fn of_two_mails_that_say_the_same_the_one_is_quoted_that_says_it_as_often() {
        let once = "はるさんから\n歩きました。\n帰りました。\n";
        let twice = format!("{once}歩きました。\n帰りました。\n");
        let answer = |ours: &str| format!("よく歩きましたね。\n-----元のメッセージ-----\n{ours}");
        for (quoted, other) in [(once, twice.as_str()), (twice.as_str(), once)] {
            assert_eq!(
                copied(quoted, &answer(quoted)),
                copied(other, &answer(quoted)),
                "all of either is there"
            );
            assert!(unevenly_copied(quoted, &answer(quoted)) < unevenly_copied(other, &answer(quoted)));
        }
    }
}
