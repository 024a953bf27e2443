//! A supporter's days off in every week: what she says is understood, written down, confirmed with the weekdays, and can be
//! taken back.
//!
//! Each word stands beside the others, as it was said: some add weekdays, some end them, and what they come to is worked out
//! in their order. Taking one back leaves the others. On such a day she is away as on an announced one; but nobody's clients
//! are handed over for it, as they keep their supporter.

mod decide;
mod english;
mod japanese;
mod spoken;
#[cfg(test)]
mod tests;

use super::calendar::Day;
use super::locale::Locale;
use super::people::SupporterId;
use crate::clock::Timestamp;

pub use decide::{Asked, Facts, Known, announced, ordered, replied};
pub use spoken::{Said, said};

/// Some days of every week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weekdays(u8);

/// As in the configuration and in listings, from Monday on.
const WORDS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const SIGNS: [&str; 7] = ["月", "火", "水", "木", "金", "土", "日"];
const NAMES: [&str; 7] =
    ["Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"];

impl Weekdays {
    /// None of them.
    pub const NONE: Self = Self(0);
    /// Every day.
    pub const ALL: Self = Self(0x7f);
    /// Saturday and Sunday.
    pub const WEEKEND: Self = Self(0x60);

    /// One; Monday is 0.
    pub fn one(weekday: usize) -> Self {
        Self(1_u8.checked_shl(u32::try_from(weekday).unwrap_or(u32::MAX)).unwrap_or(0) & Self::ALL.0)
    }

    /// From `sat,sun`, `土,日`, or `none`.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "none" {
            return Some(Self::NONE);
        }
        let one = |word: &str| {
            let word = word.trim().to_lowercase();
            let is_it = |known: &[&str; 7]| known.iter().position(|known| *known == word);
            is_it(&WORDS).or_else(|| is_it(&SIGNS)).map(Self::one)
        };
        let mut all = text.split([',', '、', '，']).map(one);
        all.try_fold(Self::NONE, |all, one| Some(all.and(one?)))
    }

    /// As the database has them: the lowest bit is Monday.
    pub fn from_bits(bits: i64) -> Option<Self> {
        u8::try_from(bits).ok().filter(|bits| *bits <= Self::ALL.0).map(Self)
    }

    /// The reverse of [`Weekdays::from_bits`].
    pub fn bits(self) -> i64 {
        self.0.into()
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self == Self::NONE
    }

    /// These and those.
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// These, without those.
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether a day is one of them.
    pub fn has(self, day: Day) -> bool {
        usize::try_from(day.weekday()).is_ok_and(|weekday| self.0 & Self::one(weekday).0 != 0)
    }

    fn among<'a>(self, names: &[&'a str; 7]) -> Vec<&'a str> {
        let each = names.iter().enumerate().filter(|(at, _)| self.0 & Self::one(*at).0 != 0);
        each.map(|(_, name)| *name).collect()
    }

    /// For listings: `sat`, `sun`.
    pub fn words(self) -> Vec<String> {
        self.among(&WORDS).into_iter().map(str::to_owned).collect()
    }

    /// In a sentence: `土曜日と日曜日`, `Saturdays and Sundays`.
    pub fn long(self, locale: Locale) -> String {
        match (locale, self.among(&SIGNS).as_slice(), self.among(&NAMES).as_slice()) {
            (Locale::Ja, [one, other], _) => format!("{one}曜日と{other}曜日"),
            (Locale::Ja, all, _) => all.iter().map(|one| format!("{one}曜日")).collect::<Vec<_>>().join("、"),
            (Locale::En, _, [first @ .., last]) if !first.is_empty() => {
                format!("{} and {last}", first.join(", "))
            }
            (Locale::En, _, all) => all.concat(),
        }
    }

    /// In a subject: `土・日`, `Sat, Sun`.
    pub fn short(self, locale: Locale) -> String {
        match locale {
            Locale::Ja => self.among(&SIGNS).join("・"),
            Locale::En => self.among(&NAMES).iter().map(|name| &name[..3]).collect::<Vec<_>>().join(", "),
        }
    }
}

/// What one word changes: first it ends some days off, then it adds some.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// These are days off from now on.
    pub adds: Weekdays,
    /// These are none any more.
    pub ends: Weekdays,
}

impl Word {
    /// What holds behind it.
    pub fn after(self, before: Weekdays) -> Weekdays {
        before.without(self.ends).and(self.adds)
    }
}

/// A word of, or about, a supporter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// What mails about it carry.
    pub number: u64,
    /// Whose days off.
    pub supporter: SupporterId,
    /// What it changes.
    pub word: Word,
    /// When it was said.
    pub at: Timestamp,
    /// Nobody waits for her yes: until then it counts for nothing.
    pub confirmed: bool,
    /// It was taken back.
    pub withdrawn: bool,
}

/// What some words come to, in their order. What waits for a yes or was taken back counts for nothing.
pub fn standing(words: &[Spoken]) -> Weekdays {
    let counting = words.iter().filter(|spoken| spoken.confirmed && !spoken.withdrawn);
    counting.fold(Weekdays::NONE, |before, spoken| spoken.word.after(before))
}
