//! Which lines of an answer are copies of ours, decided line by line from the alignment.
//!
//! A marked line is a copy when every sign of it is ours. An unmarked line needs more, because people write the same
//! short lines every day: it goes on in the middle of a line of ours where a copy broke off, or it belongs to a group
//! of such lines that stands under an attribution or copies our first or last lines or most of our mail.

use super::stream::Stream;
use super::{Fate, Known, attribution, signature};

/// Signs that an unmarked group without attribution must have.
const GROUP_SIGNS: usize = 16;
/// Signs of our own words that such a group must hold.
const OWN_SIGNS: usize = 10;
/// Signs that an unmarked group must have that goes on where the copy above it ended.
const LATER_SIGNS: usize = 4;
/// Signs on a single line that make an unmarked group a copy where a copy stands above it.
const LATER_LINE: usize = 30;
/// Most signs of ours that may be missing between two lines of one group.
const GAP: usize = 8;

/// The signs of ours that a line copies as a whole: the first, and the one behind the last.
type Span = Option<(usize, usize)>;

/// What becomes of each line of `theirs`.
pub(super) fn fates(
    ours: &Stream,
    theirs: &Stream,
    lines: &[&str],
    origin: &[Option<usize>],
    letter: &[bool],
    known: &Known,
) -> Vec<Fate> {
    let spans: Vec<Span> = (0..lines.len()).map(|n| span(theirs, origin, n)).collect();
    let mut copied: Vec<bool> =
        (0..lines.len()).map(|n| theirs.lines[n].marked && spans[n].is_some()).collect();
    mark_broken_off(ours, &spans, &mut copied);
    let mut open = None;
    let mut at = 0;
    while at < lines.len() {
        let group = group_at(theirs, &spans, &copied, at);
        let Some((first, end)) = span_of(&spans, &group) else {
            // A line of ours that itself begins with a mark belongs to the copy around it.
            open = open.map(|open| spans[at].filter(|s| s.0 >= open).map_or(open, |s| s.1));
            at += 1;
            continue;
        };
        let attributed = || attribution::above(lines, group.start, Some(known)).is_some();
        let later = open.is_some_and(|open| goes_on(ours, open, first, end));
        if later || is_our_frame(ours, letter, first, end) || attributed() {
            for n in group.clone() {
                copied[n] = spans[n].is_some();
            }
            open = Some(end);
        }
        at = group.end;
    }
    settle(theirs, lines, &copied, known)
}

/// The whole line `n` as a copy of one stretch of ours, or nothing when any sign of it is new. A sentence that is put
/// together from words of ours, some from here and some from there, is a person's.
fn span(theirs: &Stream, origin: &[Option<usize>], n: usize) -> Span {
    let line = theirs.lines[n];
    let signs = origin.get(line.from..line.to).filter(|s| !s.is_empty())?;
    let whole = signs.iter().all(Option::is_some);
    let goes_on = |pair: &[Option<usize>]| pair[0] <= pair[1] && pair[1] <= pair[0].map(|at| at + GAP);
    let (first, last) = (signs.first().copied().flatten()?, signs.last().copied().flatten()?);
    (whole && signs.windows(2).all(goes_on)).then_some((first, last + 1))
}

/// Unmarked lines that go on in the middle of a line of ours where the copy above broke off: bad re-wrapping.
fn mark_broken_off(ours: &Stream, spans: &[Span], copied: &mut [bool]) {
    for n in 1..spans.len() {
        if let (Some((_, above)), Some((first, end)), true) = (spans[n - 1], spans[n], copied[n - 1]) {
            let line = ours.lines[ours.line_of(first)];
            if first == above && first > line.from && end <= line.to {
                copied[n] = true;
            }
        }
    }
}

/// The lines from `at` on that copy ours one after the other without a mark; blank lines between them count in.
fn group_at(theirs: &Stream, spans: &[Span], copied: &[bool], at: usize) -> std::ops::Range<usize> {
    let mut end = at;
    let mut last: Option<usize> = None;
    for n in at..spans.len() {
        match spans[n] {
            Some((first, to)) if !copied[n] => {
                if last.is_some_and(|last| first < last || first > last + GAP) {
                    break;
                }
                last = Some(to);
                end = n + 1;
            }
            None if last.is_some() && theirs.lines[n].is_blank() => {}
            _ => break,
        }
    }
    at..end
}

/// The signs of ours that a group copies.
fn span_of(spans: &[Span], group: &std::ops::Range<usize>) -> Span {
    let mut within = spans[group.clone()].iter().flatten();
    let first = within.next()?;
    Some((first.0, within.last().unwrap_or(first).1))
}

/// Whether a stretch of ours goes on with a copy that ended at `open`: directly, or further down with more to show.
fn goes_on(ours: &Stream, open: usize, first: usize, end: usize) -> bool {
    let signs = end - first;
    let directly = first <= open + GAP && signs >= LATER_SIGNS;
    first >= open && (directly || signs >= LATER_LINE || two_lines(ours, first, end))
}

/// Whether a stretch of ours is one that only a program copies: from our first line or up to our last, two lines of
/// it at least, or most of the mail, and our own words within it.
fn is_our_frame(ours: &Stream, letter: &[bool], first: usize, end: usize) -> bool {
    let signs = end - first;
    let own = letter[first..end].iter().filter(|l| !**l).count();
    let edge = (first == 0 || end == ours.signs.len()) && two_lines(ours, first, end);
    signs >= GROUP_SIGNS && own >= OWN_SIGNS && (edge || signs * 10 >= ours.signs.len() * 6)
}

fn two_lines(ours: &Stream, first: usize, end: usize) -> bool {
    ours.line_of(first) != ours.line_of(end - 1)
}

/// Fates from copies: blank lines go with the copies around them, attributions with the copy below.
fn settle(theirs: &Stream, lines: &[&str], copied: &[bool], known: &Known) -> Vec<Fate> {
    let mut fates: Vec<Fate> = copied.iter().map(|c| if *c { Fate::COPY } else { Fate::New }).collect();
    let gone = |fates: &[Fate], n: Option<usize>| n.is_some_and(|n| fates[n] == Fate::COPY);
    for n in 0..lines.len() {
        let begins = gone(&fates, Some(n)) && !gone(&fates, n.checked_sub(1));
        if begins
            && let Some((start, rule, evidence)) = attribution::above(lines, n, Some(known))
            && fates[start..n].iter().all(|f| *f == Fate::New)
        {
            fates[start..n].fill(Fate::Gone(rule, evidence));
        }
    }
    let mut n = 0;
    while n < lines.len() {
        let end = n + theirs.lines[n..].iter().take_while(|l| l.is_blank()).count();
        let above = n.checked_sub(1).is_some_and(|m| fates[m] != Fate::New);
        let below = fates.get(end).is_some_and(|f| *f != Fate::New);
        for (fate, line) in fates[n..end].iter_mut().zip(&theirs.lines[n..end]) {
            if *fate == Fate::New && ((above && below) || (line.marked && (above || below))) {
                *fate = Fate::COPY;
            }
        }
        n = end + 1;
    }
    fates
}

/// For each sign of ours whether it is another person's.
pub(super) fn letter_signs(ours: &Stream, letter: &str) -> Vec<bool> {
    let mut signs = vec![false; ours.signs.len()];
    let letter = Stream::new(letter, false);
    let row = |s: &Stream| s.signs.iter().map(|s| s.c).collect::<String>();
    let (whole, part) = (row(ours), row(&letter));
    if part.is_empty() {
        return signs;
    }
    if let Some(at) = whole.find(&part) {
        let from = whole[..at].chars().count();
        signs[from..from + letter.signs.len()].fill(true);
        return signs;
    }
    // The letter stands in the mail with something in between: line by line then.
    let chars =
        |s: &Stream, l: &super::stream::Line| s.signs[l.from..l.to].iter().map(|s| s.c).collect::<String>();
    let lines: std::collections::HashSet<String> = letter.lines.iter().map(|l| chars(&letter, l)).collect();
    for line in &ours.lines {
        if lines.contains(&chars(ours, line)) {
            signs[line.from..line.to].fill(true);
        }
    }
    signs
}

/// The lines of another person that stand quoted directly above the new line `n`, as that person wrote them.
pub(super) fn answered(
    ours: &Stream,
    theirs: &Stream,
    fates: &[Fate],
    origin: &[Option<usize>],
    letter: &[bool],
    n: usize,
) -> Vec<String> {
    if signature::begins_signature(theirs.line(n)) {
        return Vec::new();
    }
    let mut at = n;
    while at > 0 && theirs.lines[at - 1].is_blank() {
        at -= 1;
    }
    let mut spans: Vec<(usize, usize)> = Vec::new();
    while at > 0 && fates[at - 1] == Fate::COPY {
        at -= 1;
        let Some((first, end)) = span(theirs, origin, at) else { break };
        if !letter[first..end].iter().all(|l| *l) {
            break;
        }
        match spans.last_mut() {
            Some(below) if below.0 == end && !is_paragraph_end(ours, end) => below.0 = first,
            Some(below) if below.0 == end => break,
            _ => spans.push((first, end)),
        }
    }
    spans.iter().rev().flat_map(|&(first, end)| slices(ours, first, end)).collect()
}

/// Whether a blank line of ours stands between sign `end - 1` and sign `end`.
fn is_paragraph_end(ours: &Stream, end: usize) -> bool {
    end > 0 && end < ours.signs.len() && {
        let (above, below) = (ours.line_of(end - 1), ours.line_of(end));
        (above + 1..below).any(|l| ours.lines[l].is_blank())
    }
}

/// The stretch `first..end` of ours in its original characters, line by line.
fn slices(ours: &Stream, first: usize, end: usize) -> Vec<String> {
    let mut out = Vec::new();
    let mut at = first;
    while at < end {
        let line = ours.lines[ours.line_of(at)];
        let to = end.min(line.to);
        let start = if at == line.from { line.start } else { ours.signs[at].from };
        let stop = if to == line.to { line.end } else { ours.signs[to - 1].to };
        out.push(ours.text[start..stop].trim().to_owned());
        at = to;
    }
    out
}
