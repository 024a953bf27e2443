//! A supporter is away for some days, or asks somebody else to answer one report: what she says is understood, written
//! down, confirmed with its weekdays, and can be taken back.
//!
//! It counts only when it is all that she newly wrote; in doubt it is an answer. Days are hers, by her
//! own clock, and begin at the service's `day_starts_at`. Days that overlap stand beside each other, as they were said: taking one announcement back
//! leaves the others. Words that nobody vouches for wait for her yes, as an answer does.

mod decide;
mod english;
mod line;
mod spoken;
#[cfg(test)]
mod tests;
mod whole;

use super::calendar::Day;
use super::days_off::Weekdays;
use super::locale::Locale;
use super::people::{ClientId, SupporterId};

pub use decide::{Asked, Facts, Known, Request, announced, ordered, others, replied, taken_back};
pub(in crate::domain) use english::{WEEKDAYS, english_words, split_off_away, who};
pub(in crate::domain) use line::{NOUNS, PARTICLES, after_particle, squeezed};
pub use whole::{Said, asks_to_cover, is_polite, may_take_back, said, takes_back};
pub(in crate::domain) use whole::{is_title, uncommon};

/// From a day until another one, both among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    /// The first.
    pub from: Day,
    /// The last.
    pub until: Day,
}

impl Days {
    /// Whether a day is one of them.
    pub fn holds(self, day: Day) -> bool {
        (self.from..=self.until).contains(&day)
    }

    /// One line that says them and can be read in one way alone: what a person is shown to send.
    pub fn line(self, locale: Locale) -> String {
        let Self { from, until } = self;
        match locale {
            Locale::Ja if from == until => format!("お休み {}", from.figures(locale)),
            Locale::Ja => format!("お休み {}〜{}", from.figures(locale), until.figures(locale)),
            Locale::En if from == until => format!("off {}", from.figures(locale)),
            Locale::En => format!("off {} to {}", from.figures(locale), until.figures(locale)),
        }
    }
}

/// What was understood of the days that she said.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// These.
    Certain(Days),
    /// She is asked: why, and what she may have meant.
    Doubtful(Doubt, Vec<Days>),
}

impl Reading {
    /// No day was said.
    fn unsaid() -> Self {
        Self::Doubtful(Doubt::NoDay, Vec::new())
    }

    /// Two that differ.
    fn or(self, other: Self) -> Self {
        let days = |reading| match reading {
            Self::Certain(days) => vec![days],
            Self::Doubtful(_, days) => days,
        };
        Self::Doubtful(Doubt::Several, [days(self), days(other)].concat())
    }
}

/// Why she is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// It may be read in several ways.
    Several,
    /// It ends before it begins.
    Backwards,
    /// It is over.
    Over,
    /// That day is another weekday.
    OtherWeekday,
    /// No last day was said.
    NoEnd,
    /// No day was said, or none that there is.
    NoDay,
}

/// Where she wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a mail that answers nothing: nobody else could be meant.
    NewMail,
    /// In place of an answer to a client.
    Answer,
}

/// A supporter is not there.
#[derive(Clone, Debug, PartialEq)]
pub struct Absence {
    /// Row.
    pub id: i64,
    /// What mails about it carry.
    pub number: u64,
    /// Who.
    pub supporter: SupporterId,
    /// When.
    pub days: Days,
    /// Only for this client's report of that one day; `None`: for everybody.
    pub client: Option<ClientId>,
    /// Nobody waits for her yes: until then it counts for nothing.
    pub confirmed: bool,
    /// It was taken back.
    pub withdrawn: bool,
}

/// All that counts of when a supporter is away, from some day on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TimeOff {
    /// What she announced, and single reports that she gave away.
    pub absences: Vec<Absence>,
    /// Her days off in every week.
    pub weekly: Weekdays,
}

impl TimeOff {
    /// Whether she is away on a day, as she announced or as in every week.
    pub fn is_away(&self, on: Day) -> bool {
        self.weekly.has(on) || self.away_until(on).is_some()
    }

    /// The last day of the announced leave that holds a day; of the longest, where several do.
    pub fn away_until(&self, on: Day) -> Option<Day> {
        self.leaves().filter(|days| days.holds(on)).map(|days| days.until).max()
    }

    /// The days that she announced.
    pub fn leaves(&self) -> impl Iterator<Item = Days> {
        self.absences.iter().filter(|absence| absence.client.is_none()).map(|absence| absence.days)
    }

    /// Whether she asked that somebody else answers a client's report of a day.
    pub fn gave_away(&self, client: ClientId, day: Day) -> bool {
        self.absences.iter().any(|absence| absence.client == Some(client) && absence.days.holds(day))
    }
}
