//! The text of an answer into what its writer newly wrote.
//!
//! We know what we sent. So a quote is recognised by knowing, however it was re-wrapped, marked or converted, and not
//! by guessing; guessing (`reading`) is left for mails that answer nothing of ours, and guesses little. A line that
//! a person wrote is never cut; in doubt a line stays. Where new lines stand directly under quoted lines of another
//! person's letter, those lines stay with them, because `はい` means nothing without its question.

mod align;
mod attribution;
mod copies;
mod reading;
mod signature;
mod stream;

pub use signature::without_signature;

use std::collections::BTreeSet;

use stream::Stream;

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

/// What is newly written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The new lines as they are, and above those that answer a quoted line that line, after `> `. Without blank
    /// lines at its ends; LF line ends.
    pub text: String,
    /// What was removed, one reason per block, in order.
    pub cut: Vec<Cut>,
}

/// Why a block was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// A copy of the mail that we sent.
    Copy,
    /// A program's line above a quote: `On … wrote:`.
    Attribution,
    /// A program's copy of header fields above a quote, or its separator.
    HeaderBlock,
    /// Marked lines to the end under an attribution, of a mail that we do not know.
    MarkedTail,
    /// Everything below a header block, of a mail that we do not know.
    HeadedTail,
}

/// What becomes of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// A person's.
    New,
    /// Removed.
    Gone(Cut),
}

/// What of `text` was newly written. `known`: the mail of ours that it answers, when there is one.
pub fn newly_written(text: &str, known: Option<&Known>) -> Reply {
    let theirs = Stream::new(text, true);
    let lines: Vec<&str> = (0..theirs.lines.len()).map(|n| theirs.line(n)).collect();
    if let Some(known) = known {
        let ours = Stream::new(known.text, false);
        let origin = align::align(&ours, &theirs);
        let letter = copies::letter_signs(&ours, known.letter);
        let fates = copies::fates(&ours, &theirs, &lines, &origin, &letter, known);
        if fates.contains(&Fate::Gone(Cut::Copy)) {
            return assemble(&lines, &fates, |n| {
                copies::answered(&ours, &theirs, &fates, &origin, &letter, n)
            });
        }
    }
    assemble(&lines, &reading::fates(&lines, known), |_| Vec::new())
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

/// Puts the new lines together; `answered` gives the quoted lines that the block of new lines from line `n` on answers.
fn assemble(lines: &[&str], fates: &[Fate], answered: impl Fn(usize) -> Vec<String>) -> Reply {
    let mut cut: Vec<Cut> = Vec::new();
    let mut out: Vec<String> = Vec::new();
    let mut removed = None;
    let mut joint = false;
    for (n, line) in lines.iter().enumerate() {
        match fates[n] {
            Fate::Gone(reason) => {
                if removed != Some(reason) {
                    cut.push(reason);
                }
                removed = Some(reason);
                joint = true;
            }
            Fate::New => {
                removed = None;
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
