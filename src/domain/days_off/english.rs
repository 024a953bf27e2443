//! The English forms: `off on Saturdays and Sundays`, `off every Wednesday`, `no days off`.

use super::spoken::Line;
use super::{Weekdays, Word};
use crate::domain::absence::{WEEKDAYS, english_words, split_off_away, who};

/// No day of the week is off.
const NEVER: [&[&str]; 8] = [
    &["no", "days", "off"],
    &["no", "more", "days", "off"],
    &["no", "regular", "days", "off"],
    &["no", "weekly", "days", "off"],
    &["no", "fixed", "days", "off"],
    &["no", "days", "off", "any", "more"],
    &["no", "days", "off", "anymore"],
    &["no", "days", "off", "please"],
];
/// Letters may come on these days.
const THERE: [&[&str]; 7] = [
    &["no", "longer", "off"],
    &["not", "off"],
    &["available"],
    &["back"],
    &["here"],
    &["not", "away"],
    &["no", "longer", "away"],
];
/// Behind them.
const AGAIN: [&[&str]; 7] =
    [&["again"], &["too"], &["as", "well"], &["any", "more"], &["anymore"], &["any", "longer"], &["now"]];

/// Reads a folded line.
pub(super) fn line(folded: &str) -> Option<Line> {
    let words = english_words(folded)?;
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let words = words.strip_suffix(&["please"]).unwrap_or(&words);
    if NEVER.contains(&words) {
        let word = Word { adds: Weekdays::NONE, ends: Weekdays::ALL };
        return Some(Line { word, holidays: false, announces: true });
    }
    let (she, said) = who(words);
    let off = |(days, holidays), announces| {
        let word = Word { adds: days, ends: Weekdays::NONE };
        Line { word, holidays, announces }
    };
    let there = THERE.iter().filter_map(|there| said.strip_prefix(*there)).min_by_key(|rest| rest.len());
    if let Some(rest) = there {
        let rest = AGAIN.iter().find_map(|again| rest.strip_suffix(*again)).unwrap_or(rest);
        let word = Word { adds: Weekdays::NONE, ends: weekly(rest)?.0 };
        return Some(Line { word, holidays: false, announces: said.contains(&"off") });
    }
    if let Some(days) = taken(words) {
        return Some(off(days, true));
    }
    if let Some((rest, announces)) = split_off_away(said, she) {
        return weekly(rest).map(|days| off(days, announces));
    }
    // `Wednesdays off` may be half a sentence to anybody.
    said.strip_suffix(&["off"]).and_then(weekly).map(|days| off(days, false))
}

/// `I take Wednesdays off`.
fn taken(words: &[&str]) -> Option<(Weekdays, bool)> {
    let will = [&["i"][..], &["i'll"], &["i", "will"], &["i'd", "like", "to"], &["i", "would", "like", "to"]];
    let rest = will.iter().filter_map(|will| words.strip_prefix(*will)).min_by_key(|rest| rest.len())?;
    let rest = rest.strip_prefix(&["always"]).unwrap_or(rest);
    match rest {
        ["take" | "have", days @ .., "off"] => weekly(days),
        _ => None,
    }
}

/// Days of every week, and nothing else: `on Saturdays and Sundays`, `every Wednesday`, `at weekends`; and whether holidays
/// stand beside them: `weekends and public holidays`.
fn weekly(words: &[&str]) -> Option<(Weekdays, bool)> {
    const WHICH: [&str; 5] = ["public", "bank", "national", "all", "the"];
    let plain = |words| weekdays(words).map(|days| (days, false));
    let adjective = |words: &[&str]| words.last().is_some_and(|word| WHICH.contains(word));
    let beside = |days: &[&str]| weekdays(days).map(|days| (days, true));
    if let [first @ .., "holidays"] = words {
        let first = if adjective(first) { &first[..first.len() - 1] } else { first };
        let first = first.strip_suffix(&["on"]).unwrap_or(first);
        return first.strip_suffix(&["and"]).and_then(beside);
    }
    let rest = words.strip_prefix(&["on"]).unwrap_or(words);
    let rest = if adjective(&rest[..rest.len().min(1)]) { &rest[1..] } else { rest };
    match rest.strip_prefix(&["holidays", "and"]) {
        Some(days) => beside(days),
        None => plain(words),
    }
}

fn weekdays(words: &[&str]) -> Option<Weekdays> {
    let words = match words {
        ["on" | "at" | "for" | "over" | "always", rest @ ..] => rest,
        _ => words,
    };
    match words {
        ["weekends" | "week-ends"] | ["every" | "each" | "the", "weekend" | "weekends"] => {
            return Some(Weekdays::WEEKEND);
        }
        _ => {}
    }
    let (mut days, mut every) = (Weekdays::NONE, false);
    for word in words {
        match *word {
            "every" | "each" => every = true,
            "and" | "on" if !days.is_empty() => {}
            name => {
                let plural = name.strip_suffix('s').filter(|one| WEEKDAYS.contains(one));
                let one = plural.or(Some(name).filter(|_| every))?;
                let at = WEEKDAYS.iter().position(|full| one.len() >= 3 && full.starts_with(one))?;
                days = days.and(Weekdays::one(at));
            }
        }
    }
    let whole = !matches!(words.last(), Some(&"and" | &"on" | &"every" | &"each"));
    (!days.is_empty() && whole).then_some(days)
}
