//! Quotes of mails that we do not know, by the shapes that programs write: an attribution, a header block or a
//! separator, and below it lines with marks or, where the shape is complete, everything to the end.
//!
//! Letters begin with `>`, hold rows of dashes and quote other letters. So marks alone are no quote unless the header
//! says that the mail answers one and the marks are such as only programs set; and never is everything cut: what has
//! nothing above or below it stays as a whole. Each line is looked at a bounded number of times.

use super::attribution::{self, Strength};
use super::header_block::{self, Separator, separator};
use super::stream::unmarked;
use super::words::REPLY_ABOVE;
use super::{Evidence, Fate, HeaderEvidence, Known, Rule, signature};

/// Marked lines that must stand together before marks alone say anything.
const MIN_MARKED: usize = 3;
/// Most kinds of marks in one mail, each of which is looked for once.
const MAX_MARKS: usize = 8;
/// Lines below the words that announce a forwarded mail in which its header fields stand.
const MAX_FIELDS: usize = 8;
/// Longest help desk's line, in octets.
const MAX_LINE: usize = 300;

/// Lines by which a program says that a quote follows.
#[derive(Clone, Copy, Debug)]
struct Opener {
    start: usize,
    /// Behind its last line.
    end: usize,
    rule: Rule,
    evidence: Evidence,
    strength: Strength,
    forwarded: bool,
}

/// What becomes of each line.
pub(super) fn fates(lines: &[&str], known: Option<&Known>, header: &HeaderEvidence) -> Vec<Fate> {
    let mut reader = Reader::new(lines, header);
    let mut openers = joined(lines, openers(lines, known, header));
    if header.answers {
        reader.promote(&mut openers);
    }
    let mut cut_to = 0;
    for opener in &openers {
        if opener.start < cut_to {
            continue;
        }
        match reader.take(opener) {
            Taken::Nothing => {}
            Taken::Marked => cut_to = opener.end,
            Taken::Rest => break,
            Taken::Whole => return reader.nothing_cut(),
        }
    }
    if reader.marks.is_empty() && header.answers {
        reader.take_bare_marks();
    }
    reader.finish()
}

/// What an opener led to.
enum Taken {
    /// It is a person's.
    Nothing,
    /// It went, with the marked lines below.
    Marked,
    /// It went, with everything below.
    Rest,
    /// Nothing would be left of the mail.
    Whole,
}

/// What stands before quoted lines.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Mark {
    /// `>` and `＞`.
    Angle,
    /// `|`, `│`, `》`, `»`.
    Sign(char),
    /// `ai>`: Supercite.
    Initials(String),
}

struct Reader<'a> {
    lines: &'a [&'a str],
    header: &'a HeaderEvidence,
    fates: Vec<Fate>,
    /// The first line at or below that is not blank.
    next: Vec<usize>,
    /// For a marked line, the first of the marked lines around it.
    block: Vec<usize>,
    /// How lines are marked that were found to be quotes.
    marks: Vec<Mark>,
    /// Whether words stand above a line, and words that are no slogan: what was found above the line of the third.
    above: (bool, bool, usize),
}

impl<'a> Reader<'a> {
    fn new(lines: &'a [&'a str], header: &'a HeaderEvidence) -> Self {
        let mut next = vec![lines.len(); lines.len() + 1];
        for n in (0..lines.len()).rev() {
            next[n] = if is_blank(lines[n]) { next[n + 1] } else { n };
        }
        let mut block: Vec<usize> = (0..lines.len()).collect();
        for n in 1..lines.len() {
            if depth(lines[n]) > 0 && depth(lines[n - 1]) > 0 {
                block[n] = block[n - 1];
            }
        }
        let fates = vec![Fate::New; lines.len()];
        Self { lines, header, fates, next, block, marks: Vec::new(), above: (false, false, 0) }
    }

    fn take(&mut self, opener: &Opener) -> Taken {
        if depth(self.lines[opener.start]) > 0 {
            return self.take_marked_block(opener);
        }
        let below = self.next[opener.end];
        let mark = self.lines.get(below).and_then(|l| mark_of(l)).filter(|mark| match mark {
            Mark::Angle => opener.strength >= Strength::Strong || self.bears_out(opener, below),
            _ => opener.strength >= Strength::Strong,
        });
        let words_above = self.words_above(opener.start, opener.forwarded);
        if let Some(mark) = mark {
            if opener.forwarded && !words_above {
                return Taken::Whole;
            }
            self.gone(opener.start, opener.end, opener.rule, opener.evidence.and(Evidence::MARKS));
            self.take_marks(opener.end, mark, Evidence::QUOTED_ABOVE);
            return Taken::Marked;
        }
        if !self.is_credible_alone(opener) {
            return Taken::Nothing;
        }
        if !words_above {
            return Taken::Whole;
        }
        self.gone(opener.start, opener.end, opener.rule, opener.evidence);
        let end = self.lines.iter().rposition(|l| !is_blank(l)).map_or(below, |last| last + 1);
        self.gone(below, end.max(below), Rule::Tail, Evidence::QUOTED_ABOVE);
        Taken::Rest
    }

    /// Whether everything below an opener is a quote although it bears no marks.
    fn is_credible_alone(&self, opener: &Opener) -> bool {
        let dated = Evidence::DATE.and(Evidence::TIME).and(Evidence::OPENING).and(Evidence::WROTE);
        let dated = dated.and(Evidence::COMMA);
        let told = opener.strength == Strength::Complete
            || opener.evidence.has(dated)
            || (opener.rule == Rule::Separator && self.stands_apart(opener));
        // A person copies such lines, too; so the mail must answer one that was not found above.
        let awaited = opener.forwarded || (self.header.answers && self.marks.is_empty());
        told && awaited
    }

    /// A header block about something else counts in an answer that holds no better sign of a quote, and where no words
    /// lead to it: the subject was changed.
    fn promote(&self, openers: &mut [Opener]) {
        if openers.iter().any(|o| o.strength >= Strength::Strong) {
            return;
        }
        for opener in openers.iter_mut().filter(|o| o.rule == Rule::HeaderBlock) {
            let above = self.lines[..opener.start].iter().rev().find(|l| !is_blank(l));
            if above.is_none_or(|l| !l.trim_end().ends_with([':', '：'])) {
                opener.strength = Strength::Complete;
            }
        }
    }

    /// Old telephones write their separator alone, below a blank line. Who copies one writes it among words.
    fn stands_apart(&self, opener: &Opener) -> bool {
        opener.start > 0 && is_blank(self.lines[opener.start - 1])
    }

    /// A weak opener counts where the mail is an answer, begins or ends with the quote, and the marks below it are
    /// such as programs set.
    fn bears_out(&self, opener: &Opener, below: usize) -> bool {
        let block = self.lines[below..].iter().take_while(|l| depth(l) > 0).count();
        let edge = self.next[0] == opener.start || self.next[below + block] == self.lines.len();
        let alone =
            || opener.end == opener.start + 1 && attribution::is_author_alone(self.lines[opener.start]);
        self.header.answers && edge && (self.bare_evidence(below, below + block).is_some() || alone())
    }

    /// An opener that is itself marked: the block of marked lines around it is a quote.
    fn take_marked_block(&mut self, opener: &Opener) -> Taken {
        let start = self.block[opener.start];
        if opener.strength < Strength::Strong || (opener.forwarded && !self.words_above(start, true)) {
            return Taken::Nothing;
        }
        self.take_marks(start, Mark::Angle, Evidence::QUOTED_ABOVE);
        self.gone(opener.start, opener.end, opener.rule, opener.evidence.and(Evidence::MARKS));
        Taken::Marked
    }

    /// Marked lines in answers, without anything above them: where marks stand within marks or on blank lines.
    fn take_bare_marks(&mut self) {
        let (mut at, mut found) = (0, None);
        while at < self.lines.len() {
            let end = at + self.lines[at..].iter().take_while(|l| depth(l) > 0).count();
            found = found.or_else(|| self.bare_evidence(at, end).map(|evidence| (at, evidence)));
            at = end.max(at + 1);
        }
        if let Some((start, evidence)) = found {
            self.take_marks(start, Mark::Angle, evidence.and(Evidence::ANSWERS));
        }
    }

    /// What in the marked lines `start..end` shows that a program set the marks.
    fn bare_evidence(&self, start: usize, end: usize) -> Option<Evidence> {
        let block = &self.lines[start..end];
        let words: Vec<&&str> = block.iter().filter(|l| !unmarked(l).is_empty()).collect();
        let depths = |deep: fn(usize) -> bool| words.iter().filter(|l| deep(depth(l))).count();
        let nested = words.len() > MIN_MARKED && depths(|d| d == 1) > 0 && depths(|d| d == 2) > 0;
        let inner = block.iter().skip_while(|l| unmarked(l).is_empty());
        let blank =
            inner.clone().zip(inner.skip(1)).any(|(a, b)| unmarked(a).is_empty() && !unmarked(b).is_empty());
        let seen = Evidence::MARKS.and_if(nested, Evidence::NESTED).and_if(blank, Evidence::MARKED_BLANKS);
        (words.len() >= MIN_MARKED && seen != Evidence::MARKS).then_some(seen)
    }

    /// All lines from `start` on that bear the mark are quotes.
    fn take_marks(&mut self, start: usize, mark: Mark, evidence: Evidence) {
        if self.marks.contains(&mark) || self.marks.len() >= MAX_MARKS {
            return;
        }
        for n in start..self.lines.len() {
            if self.fates[n] == Fate::New && mark.is_on(self.lines[n]) {
                self.fates[n] = Fate::Gone(Rule::Marked, evidence.and(Evidence::MARKS));
            }
        }
        self.marks.push(mark);
    }

    fn gone(&mut self, start: usize, end: usize, rule: Rule, evidence: Evidence) {
        self.fates[start..end].fill(Fate::Gone(rule, evidence));
    }

    /// Whether somebody wrote something above line `start`; a phone's slogan does not count above a forwarded mail.
    /// Openers come in order, so each line is looked at once.
    fn words_above(&mut self, start: usize, but_slogans: bool) -> bool {
        for n in self.above.2..start {
            if self.fates[n] == Fate::New && !is_blank(self.lines[n]) {
                self.above.0 = true;
                self.above.1 |= !signature::is_slogan(self.lines[n]);
            }
        }
        self.above.2 = self.above.2.max(start);
        if but_slogans { self.above.1 } else { self.above.0 }
    }

    fn nothing_cut(&self) -> Vec<Fate> {
        vec![Fate::New; self.lines.len()]
    }

    /// Blank lines between cut lines of one kind go with them; when nothing is left, everything stays.
    fn finish(mut self) -> Vec<Fate> {
        let mut n = 0;
        while n < self.lines.len() {
            let end = self.next[n].max(n);
            if end > n && n > 0 && end < self.lines.len() && self.fates[n - 1] == self.fates[end] {
                let fate = self.fates[end];
                self.fates[n..end].fill(fate);
            }
            n = end + 1;
        }
        let left = |(line, fate): (&&str, &Fate)| *fate == Fate::New && !is_blank(line);
        if self.lines.iter().zip(&self.fates).any(left) { self.fates } else { self.nothing_cut() }
    }
}

impl Mark {
    fn is_on(&self, line: &str) -> bool {
        match self {
            Self::Angle => depth(line) > 0,
            Self::Sign(sign) => line.trim_start().starts_with(*sign),
            Self::Initials(initials) => line.trim_start().starts_with(initials.as_str()),
        }
    }
}

/// How the line is marked, under an attribution.
fn mark_of(line: &str) -> Option<Mark> {
    let line = line.trim_start();
    match line.chars().next()? {
        '>' | '＞' => Some(Mark::Angle),
        sign @ ('|' | '｜' | '│' | '》' | '»') => Some(Mark::Sign(sign)),
        _ => {
            let (initials, _) = line.split_once('>')?;
            let short =
                (1..=10).contains(&initials.len()) && initials.chars().all(|c| c.is_ascii_alphanumeric());
            short.then(|| Mark::Initials(format!("{initials}>")))
        }
    }
}

/// How many `>` stand before the line. Supercite's `>>>>> "X" == …` is an attribution and no mark.
fn depth(line: &str) -> usize {
    let line = line.trim_start();
    if line.strip_prefix(">>>>> ").is_some_and(|rest| rest.starts_with('"') || rest.starts_with("On ")) {
        return 0;
    }
    line.chars()
        .take_while(|c| matches!(c, '>' | '＞') || c.is_whitespace())
        .filter(|c| !c.is_whitespace())
        .count()
}

/// Nothing but white space, or a byte order mark that a phone puts above its quotes.
fn is_blank(line: &str) -> bool {
    line.chars().all(|c| c.is_whitespace() || matches!(c, '\u{FEFF}' | '\u{200B}'))
}

/// Every opener, in order; none overlaps another.
fn openers(lines: &[&str], known: Option<&Known>, header: &HeaderEvidence) -> Vec<Opener> {
    let mut found: Vec<Opener> = Vec::new();
    for at in 0..lines.len() {
        let Some(opener) = opener_ending(lines, at, known, header) else { continue };
        let deep = depth(lines[opener.start]) > 0;
        if (opener.start..opener.end).any(|n| !is_blank(lines[n]) && (depth(lines[n]) > 0) != deep) {
            continue;
        }
        while found.last().is_some_and(|last| last.start >= opener.start) {
            found.pop();
        }
        if found.last().is_none_or(|last| last.end <= opener.start) {
            found.push(opener);
        }
    }
    found
}

/// Whether line `at` ends what opens a quote, credible or not.
pub(super) fn opens(lines: &[&str], at: usize, header: &HeaderEvidence) -> bool {
    opener_ending(lines, at, None, header).is_some()
}

/// The opener whose last line is `at`.
fn opener_ending(
    lines: &[&str],
    at: usize,
    known: Option<&Known>,
    header: &HeaderEvidence,
) -> Option<Opener> {
    let line = lines[at];
    let opener = |start, rule, evidence, strength| Opener {
        start,
        end: at + 1,
        rule,
        evidence,
        strength,
        forwarded: false,
    };
    if unmarked(line).is_empty() {
        return None;
    }
    if header_block::ends_block(lines, at)
        && let Some(block) = header_block::header_above(lines, at + 1, known)
        && block.is_complete()
    {
        let forwarded = block.forwarded;
        let other = !forwarded && block.is_about_other_than(&header.subject);
        let strength = if other { Strength::Weak } else { Strength::Complete };
        let block = opener(block.start, Rule::HeaderBlock, block.evidence, strength);
        return Some(Opener { forwarded, ..block });
    }
    match separator(line, known) {
        Some(Separator::Original) => {
            return Some(opener(at, Rule::Separator, Evidence::SEPARATOR, words_alone(lines, at)));
        }
        // Without dashes the words may be a person's, who then writes no header field.
        Some(Separator::Forwarded)
            if !line.trim_end().ends_with([':', '：']) || above_a_header(lines, at) =>
        {
            let line = opener(at, Rule::Forwarded, Evidence::SEPARATOR, words_alone(lines, at));
            return Some(Opener { forwarded: true, ..line });
        }
        _ => {}
    }
    if is_reply_above(line) {
        return Some(opener(at, Rule::ReplyAbove, Evidence::CLOSED_LIST, Strength::Complete));
    }
    let (start, evidence) = attribution::attribution_above(lines, at + 1, known)?;
    Some(opener(start, Rule::Attribution, evidence, attribution::strength(evidence)))
}

/// What a separator proves: without a header field below it is a line that anybody can copy.
fn words_alone(lines: &[&str], at: usize) -> Strength {
    let below = (at + 1..lines.len()).find(|n| !unmarked(lines[*n]).is_empty());
    let headed = below.is_some_and(|n| header_block::has_key(lines, n));
    if headed { Strength::Complete } else { Strength::Strong }
}

/// Whether a complete header block stands below line `at`.
fn above_a_header(lines: &[&str], at: usize) -> bool {
    let below = at + 1..lines.len().min(at + 1 + MAX_FIELDS);
    below
        .filter(|n| header_block::ends_block(lines, *n))
        .any(|n| header_block::header_above(lines, n + 1, None).is_some_and(|block| block.is_complete()))
}

/// Openers that follow each other directly are one: a separator above an attribution, an attribution above a header.
fn joined(lines: &[&str], openers: Vec<Opener>) -> Vec<Opener> {
    let mut out: Vec<Opener> = Vec::with_capacity(openers.len());
    for opener in openers {
        let one = |last: &&mut Opener| {
            lines[last.end..opener.start].iter().all(|l| unmarked(l).is_empty())
                && (depth(lines[last.start]) > 0) == (depth(lines[opener.start]) > 0)
                && last.strength >= Strength::Strong
        };
        if let Some(last) = out.last_mut().filter(one) {
            last.end = opener.end;
            // A program's line above a header block vouches for it, whatever its subject.
            let headed = opener.rule == Rule::HeaderBlock;
            last.strength = if headed { Strength::Complete } else { last.strength.max(opener.strength) };
            last.evidence = last.evidence.and(opener.evidence);
            last.forwarded |= opener.forwarded;
        } else {
            out.push(opener);
        }
    }
    out
}

/// A help desk's line: known words and nothing else, between decorations.
fn is_reply_above(line: &str) -> bool {
    let line = unmarked(line).trim();
    if line.len() > MAX_LINE || line.len() < 15 {
        return false;
    }
    let folded = attribution::tight(&attribution::fold(line));
    let words = folded.trim_matches(|c: char| !c.is_alphanumeric());
    REPLY_ABOVE.contains(&words)
}
