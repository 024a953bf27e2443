//! What happened in a run, in order, for the one who has to understand a failing seed.

use std::fmt;

/// One second, minute, hour and day in the milliseconds of virtual time.
pub const SECOND: i64 = 1_000;
pub const MINUTE: i64 = 60 * SECOND;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;
/// 2026-12-01 00:00 in Tokyo: where every run begins.
pub const START: i64 = 1_796_050_800_000;

/// The events of a run.
#[derive(Default)]
pub struct Story {
    lines: Vec<(i64, String)>,
}

impl Story {
    /// Adds an event.
    pub fn tell(&mut self, at: i64, what: impl Into<String>) {
        self.lines.push((at, what.into()));
    }
}

/// A moment as "day 2 14:03:07" by the clock in Tokyo.
pub fn moment(at: i64) -> String {
    let since = at - START;
    let (day, rest) = (since.div_euclid(DAY), since.rem_euclid(DAY));
    let (hours, minutes, seconds) = (rest / HOUR, rest % HOUR / MINUTE, rest % MINUTE / SECOND);
    format!("day {} {hours:02}:{minutes:02}:{seconds:02}", day + 1)
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|(at, what)| writeln!(f, "{}  {what}", moment(*at)))
    }
}
