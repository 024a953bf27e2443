//! The clock on the wall of everybody in this year: minutes since the midnight before its first day, in a zone whose
//! clocks never change.

use yorisoi::clock::{Timestamp, Zone};
use yorisoi::domain::calendar::Day;

use super::model::DAY;

/// Minutes since the midnight before the first day.
pub type Minute = i64;

/// What turns minutes into instants and dates.
#[derive(Clone, Debug)]
pub struct Calendar {
    first: Day,
    midnight: i64,
    zone: Zone,
}

impl Calendar {
    /// The year begins with 2027, a Friday.
    ///
    /// # Errors
    /// A machine that does not know its zones.
    pub fn new() -> anyhow::Result<Self> {
        let midnight = Timestamp::parse("2027-01-01T00:00:00+09:00");
        let (Some(first), Some(midnight), Some(zone)) =
            (Day::of(2027, 1, 1), midnight, Zone::named("Asia/Tokyo"))
        else {
            anyhow::bail!("no calendar for Asia/Tokyo");
        };
        Ok(Self { first, midnight: midnight.millis(), zone })
    }

    /// The instant.
    pub fn at(&self, minute: Minute) -> Timestamp {
        Timestamp::from_millis(self.midnight + minute * 60_000)
    }

    /// The reverse, rounded up.
    pub fn minute(&self, at: Timestamp) -> Minute {
        (at.millis() - self.midnight + 59_999).div_euclid(60_000)
    }

    /// The date of a day, counted from the first.
    pub fn day(&self, day: i64) -> Day {
        self.first.plus(i32::try_from(day).unwrap_or(0))
    }

    /// `12/3`, as people write it.
    pub fn short(&self, day: i64) -> String {
        let (_, month, day) = self.day(day).numbers();
        format!("{month}/{day}")
    }

    /// Which day of this year a date without a year is: the nearest to `minute`.
    pub fn day_named(&self, short: &str, minute: Minute) -> Option<i64> {
        let today = minute.div_euclid(DAY);
        (-40..=40).map(|away| today + away).find(|day| self.short(*day) == short)
    }

    /// Whether the operator comes.
    pub fn is_weekday(&self, day: i64) -> bool {
        self.day(day).weekday() < 5
    }

    /// The Date field of a mail (RFC 5322 §3.3).
    pub fn date(&self, minute: Minute) -> String {
        let at = self.at(minute).to_jiff().to_zoned(self.zone.jiff().clone());
        at.strftime("%a, %d %b %Y %H:%M:%S %z").to_string()
    }
}
