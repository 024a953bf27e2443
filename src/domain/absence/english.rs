//! The English forms: `off Dec 1-5`, `I'll be away next Monday to Wednesday`, `12/24 off`.

use super::line::{Line, number};
use super::spoken::{Named, Spoken, Stretch, Week};

/// She will be away, in so many words.
const AWAY: [&[&str]; 28] = [
    &["off"],
    &["off", "work"],
    &["away"],
    &["out"],
    &["out", "of", "office"],
    &["out", "of", "the", "office"],
    &["on", "holiday"],
    &["on", "holidays"],
    &["on", "vacation"],
    &["on", "leave"],
    &["on", "annual", "leave"],
    &["unavailable"],
    &["not", "available"],
    &["not", "in"],
    &["not", "around"],
    &["holiday"],
    &["vacation"],
    &["leave"],
    &["day", "off"],
    &["days", "off"],
    &["time", "off"],
    &["taking", "leave"],
    &["taking", "time", "off"],
    &["taking", "a", "holiday"],
    &["taking", "a", "day", "off"],
    &["taking", "off"],
    &["having", "a", "day", "off"],
    &["absent"],
];
/// Of these, what is also a word for other things, unless she says that it is she.
const MANIFOLD: [&str; 8] = ["out", "not", "holiday", "vacation", "leave", "day", "days", "time"];
const WHO: [&[&str]; 10] = [
    &["i", "am"],
    &["i'm"],
    &["im"],
    &["i", "will", "be"],
    &["i'll", "be"],
    &["i", "shall", "be"],
    &["i", "am", "going", "to", "be"],
    &["i'm", "going", "to", "be"],
    &["i", "need", "a"],
    &["i'd", "like", "a"],
];
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const LONG_MONTHS: [&str; 13] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "sept",
];
pub(in crate::domain) const WEEKDAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const TO: [&str; 7] = ["to", "until", "till", "through", "thru", "-", "til"];

/// The words of a folded line.
pub(in crate::domain) fn english_words(folded: &str) -> Option<Vec<String>> {
    words(&folded.replace('’', "'").replace("won't be ", "am not ").replace("will not be ", "am not "))
}

/// Whether it says that it is she, and the words behind that.
pub(in crate::domain) fn who<'a, 'w>(words: &'a [&'w str]) -> (bool, &'a [&'w str]) {
    let behind = WHO.iter().filter_map(|who| words.strip_prefix(*who)).min_by_key(|rest| rest.len());
    (behind.is_some(), behind.unwrap_or(words))
}

/// What stands behind a word for being away, and whether that announces it; `she`: it was said that it is she.
pub(in crate::domain) fn split_off_away<'a, 'w>(
    said: &'a [&'w str],
    she: bool,
) -> Option<(&'a [&'w str], bool)> {
    // the longest word first: `off work` before `off`
    let rest = AWAY.iter().filter_map(|away| said.strip_prefix(*away)).min_by_key(|rest| rest.len())?;
    Some((rest, she || !said.first().is_some_and(|word| MANIFOLD.contains(word))))
}

/// Reads a folded line.
pub(super) fn line(folded: &str) -> Option<Line> {
    let words = english_words(folded)?;
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let words = words.strip_suffix(&["please"]).unwrap_or(&words);
    let (she, said) = who(words);
    if let ["taking" | "having", days @ .., "off"] = said
        && let Some(stretch) = whole(days, false)
    {
        return Some(Line { stretch, announces: she });
    }
    if let Some((rest, announces)) = split_off_away(said, she) {
        let rest = ["on", "from", "for"].iter().find_map(|w| rest.strip_prefix(&[*w])).unwrap_or(rest);
        let from = said.contains(&"from");
        return whole(rest, from).map(|stretch| Line { stretch, announces });
    }
    let behind = |away: &&[&str]| said.strip_suffix(*away).and_then(|rest| whole(rest, false));
    let stretch = AWAY.iter().find_map(behind)?;
    // 「tomorrow off」 may be half a sentence to anybody.
    Some(Line { stretch, announces: false })
}

/// `from`: a beginning was said, and an end is missing where none follows.
fn whole(words: &[&str], from: bool) -> Option<Stretch> {
    let words = words.strip_suffix(&["inclusive"]).unwrap_or(words);
    let words = words.strip_suffix(&["only"]).unwrap_or(words);
    match words {
        ["next", "week"] | ["all", "next", "week"] | ["all", "of", "next", "week"] => {
            return Some(Stretch::Week(1));
        }
        ["the", "whole", "of", "next", "week"] => return Some(Stretch::Week(1)),
        ["this", "week"] | ["all", "this", "week"] | ["the", "rest", "of", "this", "week"] => {
            return Some(Stretch::Week(0));
        }
        ["this", "weekend"] => return Some(Stretch::Weekend),
        _ => {}
    }
    // `1-5 December`: the month stands behind both days
    if let [one, to, rest @ ..] = words
        && TO.contains(to)
        && let Some(first) = bare_number(one)
        && let Some((last, [])) = day(rest)
        && let Named::Date { year, month, .. } = last.named
    {
        let first = Spoken { named: Named::Date { year, month, day: first }, weekday: None };
        return Some(Stretch::Until(first, last));
    }
    let (first, rest) = day(words)?;
    match rest {
        [] if from => Some(Stretch::Open(first)),
        [] => Some(Stretch::One(first)),
        ["onwards" | "on"] => Some(Stretch::Open(first)),
        ["for", days, "days" | "day"] => {
            let days = bare_number(days).filter(|days| *days > 0)?;
            Some(Stretch::Lasting(first, days.into()))
        }
        ["for", "a", "week"] | ["for", "one", "week"] => Some(Stretch::Lasting(first, 7)),
        ["and", rest @ ..] => match day(rest)? {
            (second, []) => Some(Stretch::Both(first, second)),
            _ => None,
        },
        [to, rest @ ..] if TO.contains(to) => match (day(rest), rest) {
            (Some((last, [])), _) => Some(Stretch::Until(first, last)),
            // `Dec 1-5`
            (None, [day]) => {
                let last = Spoken { named: Named::OfMonth(bare_number(day)?), weekday: None };
                matches!(first.named, Named::Date { .. } | Named::Stroke { .. })
                    .then_some(Stretch::Until(first, last))
            }
            // `1 to 5 December` was read above; `Dec 1 to 5 2026`
            (None, [day, year]) => {
                let year = year.parse().ok().filter(|year| (2000..2200).contains(year));
                let Named::Date { month, day: one, .. } = first.named else { return None };
                let at = |day| Spoken { named: Named::Date { year, month, day }, weekday: None };
                year.and_then(|_: i16| Some(Stretch::Until(at(one), at(bare_number(day)?))))
            }
            _ => None,
        },
        _ => None,
    }
}

/// A day at the start of some words.
fn day<'a, 'w>(words: &'a [&'w str]) -> Option<(Spoken, &'a [&'w str])> {
    let plain = |named| Spoken { named, weekday: None };
    match words {
        ["today", rest @ ..] => return Some((plain(Named::Ahead(0)), rest)),
        ["tomorrow", rest @ ..] => return Some((plain(Named::Ahead(1)), rest)),
        ["yesterday", rest @ ..] => return Some((plain(Named::Ahead(-1)), rest)),
        ["the", "day", "after", "tomorrow", rest @ ..] => return Some((plain(Named::Ahead(2)), rest)),
        ["on" | "the", rest @ ..] => return day(rest),
        _ => {}
    }
    let (week, behind) = match words {
        ["next", rest @ ..] => (Week::Next, rest),
        ["this" | "coming", rest @ ..] => (Week::Coming, rest),
        _ => (Week::Unsaid, words),
    };
    let (name, behind) = behind.split_first()?;
    if let Some(weekday) = weekday(name) {
        // `Tuesday 1 December`, `next Monday`
        return match date(behind) {
            Some((named, rest)) if week == Week::Unsaid => {
                Some((Spoken { named, weekday: Some(weekday) }, rest))
            }
            _ => Some((plain(Named::Weekday(week, weekday)), behind)),
        };
    }
    let (named, rest) = date(words)?;
    match rest {
        ["(", name, ")", rest @ ..] => Some((Spoken { named, weekday: Some(weekday(name)?) }, rest)),
        _ => Some((plain(named), rest)),
    }
}

fn weekday(word: &str) -> Option<i32> {
    let short = |full: &&str| word.len() >= 3 && full.starts_with(word);
    WEEKDAYS.iter().position(short).and_then(|index| i32::try_from(index).ok())
}

/// `Dec 1`, `1 December 2026`, `1st of December`, `12/24`, `2026-12-01`.
fn date<'a, 'w>(words: &'a [&'w str]) -> Option<(Named, &'a [&'w str])> {
    let with_year = |month, day, rest: &'a [&'w str]| {
        let year = rest.split_first().and_then(|(year, rest)| {
            let year = year.parse().ok().filter(|year| (2000..2200).contains(year))?;
            Some((Some(year), rest))
        });
        let (year, rest) = year.unwrap_or((None, rest));
        Some((Named::Date { year, month, day }, rest))
    };
    match words {
        [one, "of", other, rest @ ..] if month(other).is_some() => {
            with_year(month(other)?, bare_number(one)?, rest)
        }
        [one, other, rest @ ..] if month(one).is_some() => with_year(month(one)?, bare_number(other)?, rest),
        [one, other, rest @ ..] if month(other).is_some() => {
            with_year(month(other)?, bare_number(one)?, rest)
        }
        [one, rest @ ..] => in_figures(one).map(|named| (named, rest)),
        [] => None,
    }
}

fn month(word: &str) -> Option<i8> {
    let at = |list: &[&str]| list.iter().position(|month| *month == word);
    let index = at(&MONTHS).or_else(|| at(&LONG_MONTHS).map(|long| if long == 12 { 8 } else { long }))?;
    i8::try_from(index + 1).ok()
}

/// `5`, `5th`.
fn bare_number(word: &str) -> Option<i8> {
    let (number, rest) = number(word)?;
    let ordinal = ["", "st", "nd", "rd", "th"].contains(&rest);
    i8::try_from(number).ok().filter(|number| ordinal && (1..=31).contains(number))
}

/// `12/24`, `24/12/2026`, `2026-12-24`, `2026/12/24`.
fn in_figures(word: &str) -> Option<Named> {
    let parts: Vec<i16> = word.split(['/', '-']).map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let small = |n: i16| i8::try_from(n).ok();
    match parts.as_slice() {
        [one, other] if word.contains('/') => {
            Some(Named::Stroke { year: None, one: small(*one)?, other: small(*other)? })
        }
        [year, month, day] if *year >= 2000 => {
            Some(Named::Date { year: Some(*year), month: small(*month)?, day: small(*day)? })
        }
        [one, other, year] if *year >= 2000 && word.contains('/') => {
            Some(Named::Stroke { year: Some(*year), one: small(*one)?, other: small(*other)? })
        }
        _ => None,
    }
}

/// Words, numbers and dates in figures; strokes between days stand alone. `None` for any sign that is not of such lines.
fn words(folded: &str) -> Option<Vec<String>> {
    let mut spaced = String::new();
    for c in folded.trim_end_matches(['.', '!']).chars() {
        match c {
            '’' => spaced.push('\''),
            '–' | '—' | '−' | '~' | '‐' => spaced.push_str(" - "),
            '(' | ')' => spaced.extend([' ', c, ' ']),
            ':' | ',' | '.' => spaced.push(' '),
            _ if c.is_ascii_alphanumeric() || "'/- ".contains(c) => spaced.push(c),
            _ => return None,
        }
    }
    Some(spaced.split_whitespace().flat_map(parted).collect())
}

/// `1-5` and `12/1-12/5` are two days with a stroke between them, `2026-12-01` is one.
fn parted(word: &str) -> Vec<String> {
    let iso = |word: &str| word.len() == 10 && in_figures(word).is_some();
    let mut out: Vec<String> = Vec::new();
    let mut rest = word;
    while !rest.is_empty() {
        let (head, tail) = match rest.get(..10) {
            Some(head) if iso(head) => (head, &rest[10..]),
            _ => rest.find('-').map_or((rest, ""), |at| rest.split_at(at)),
        };
        out.extend((!head.is_empty()).then(|| head.to_owned()));
        rest = match tail.strip_prefix('-') {
            Some(tail) => {
                out.push("-".to_owned());
                tail
            }
            None if tail.is_empty() => "",
            None => {
                out.push(tail.to_owned());
                ""
            }
        };
    }
    out
}
