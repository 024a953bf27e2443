//! Whole texts that say which weekdays are off, or are none any more. Closed forms, as with announced days: what they do not
//! hold is no such word, and a weekday alone is a day of the calendar.

use super::{Word, english, japanese};
use crate::domain::absence::{Place, is_title, uncommon};
use crate::mail::fold::fold;

/// What she says of her weeks.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// What it changes.
    pub word: Word,
    /// She is off on holidays too, of which nobody here knows when they are.
    pub holidays: bool,
    /// What else she wrote, where the subject says it; empty for nothing.
    pub besides: String,
}

/// A line that says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) word: Word,
    /// Holidays are named beside the weekdays.
    pub(super) holidays: bool,
    /// It says what shall be, and does not only state it: nobody says so to a client by the way.
    pub(super) announces: bool,
}

fn line(folded: &str) -> Option<Line> {
    if folded.contains('?') || folded.chars().count() > 80 {
        return None;
    }
    japanese::line(folded).or_else(|| english::line(folded))
}

/// What a mail says. `names`: those that its writer goes by. Its subject counts in a new mail alone.
pub fn said(subject: &str, body: &str, names: &[&str], place: Place) -> Option<Said> {
    let counts = |line: &Line| place == Place::NewMail || line.announces;
    let read = |text: &str| line(text).filter(counts).map(|line| (line.word, line.holidays));
    let rest = uncommon(body, names);
    let of_body = match rest.as_slice() {
        [] => None,
        few if few.len() <= 3 => read(&few.join(" ")),
        _ => None,
    };
    let subject = fold(subject);
    let subject = Some(subject.trim()).filter(|s| !s.is_empty() && place == Place::NewMail);
    let plain = |(word, holidays)| Some(Said { word, holidays, besides: String::new() });
    match (subject.and_then(read), of_body) {
        (Some(one), Some(other)) if one != other => None,
        (Some((word, holidays)), None) if !rest.is_empty() => {
            Some(Said { word, holidays, besides: body.trim().to_owned() })
        }
        (Some(one), _) => plain(one),
        (None, Some(other)) => plain(other),
        // 「お休み」 above the weekdays alone
        (None, None) if subject.is_some_and(is_title) => {
            let days = rest.join(" ");
            read(&format!("お休み {days}")).or_else(|| read(&format!("off {days}"))).and_then(plain)
        }
        _ => None,
    }
}
