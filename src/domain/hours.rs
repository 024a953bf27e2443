//! Hours by the clock on the wall: until when an answer is promised, when mail may arrive, when nobody is woken.

use super::calendar::{Calendar, Day};
use crate::clock::{Timestamp, Zone};

/// Minutes after midnight.
pub type Clock = u16;

/// A span of every day; it may reach over midnight. From its first minute to the one before its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// When it begins.
    pub from: Clock,
    /// When it ends; another minute than `from`.
    pub until: Clock,
}

impl Span {
    /// From `22:00-07:00`. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (from, until) = text.split_once('-')?;
        let (from, until) = (clock(from.trim())?, clock(until.trim())?);
        (from != until).then_some(Self { from, until })
    }

    /// Begin and end of the span that holds at `at`, in the zone of `calendar`.
    fn around(self, at: Timestamp, calendar: &Calendar) -> Option<(Timestamp, Timestamp)> {
        let today = calendar.civil_day(at);
        let on = |day: Day| {
            let last = if self.from < self.until { day } else { day.plus(1) };
            (calendar.at_clock(day, self.from), calendar.at_clock(last, self.until))
        };
        [today.plus(-1), today].map(on).into_iter().find(|(from, until)| (*from..*until).contains(&at))
    }

    /// `at` when it lies in such a span, else when the next one begins.
    fn within(self, at: Timestamp, calendar: &Calendar) -> Timestamp {
        if self.around(at, calendar).is_some() {
            return at;
        }
        let today = calendar.civil_day(at);
        let begins = [today, today.plus(1), today.plus(2)].map(|day| calendar.at_clock(day, self.from));
        begins.into_iter().find(|from| *from >= at).unwrap_or(at)
    }
}

/// As in the configuration.
impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { from, until } = self;
        write!(f, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, until / 60, until % 60)
    }
}

/// From `HH:MM`, two digits each.
pub fn clock(text: &str) -> Option<Clock> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |digits: &str| {
        let plain = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| digits.parse::<u16>().ok()).flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

/// What one person's clock says.
#[derive(Clone, Debug)]
pub struct Hours {
    /// Her zone.
    pub calendar: Calendar,
    /// An answer is promised by this time of the day after.
    pub due: Clock,
    /// When answers arrive; `None` for any time outside of quiet hours.
    pub arrive: Option<Span>,
    /// When she is left in peace; `None` for never.
    pub quiet: Option<Span>,
}

/// What of somebody's hours is not the service's; each `None` says that it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnHours {
    /// Her zone.
    pub zone: Option<Zone>,
    /// Her deadline.
    pub due: Option<Clock>,
    /// When answers arrive; `Some(None)` is any time.
    pub arrive: Option<Option<Span>>,
    /// When she is left in peace; `Some(None)` is never.
    pub quiet: Option<Option<Span>>,
}

impl OwnHours {
    /// Hers, and the service's where she has none.
    pub fn over(&self, service: &Hours) -> Hours {
        let zone = self.zone.clone().unwrap_or_else(|| service.calendar.zone.clone());
        Hours {
            calendar: Calendar { zone, ..service.calendar.clone() },
            due: self.due.unwrap_or(service.due),
            arrive: self.arrive.unwrap_or(service.arrive),
            quiet: self.quiet.unwrap_or(service.quiet),
        }
    }
}

impl Hours {
    /// The deadline of something that arrived at `at`.
    pub fn due_at(&self, at: Timestamp) -> Timestamp {
        let day = self.calendar.day_of(at).plus(1);
        // Before a day of reports begins, it is still the day before.
        let due_at = self.calendar.at_clock(day, self.due);
        if due_at > at { due_at } else { self.calendar.at_clock(day.plus(1), self.due) }
    }

    /// When something that can wait reaches her that is ready at `at`: not before quiet hours are over.
    pub fn waking(&self, at: Timestamp) -> Timestamp {
        let quiet = self.quiet.and_then(|quiet| quiet.around(at, &self.calendar));
        quiet.map_or(at, |(_, until)| until)
    }

    /// When an answer reaches her that is ready at `at`: the hours that she chose come before quiet hours.
    pub fn arrival(&self, at: Timestamp) -> Timestamp {
        self.arrive.map_or_else(|| self.waking(at), |arrive| arrive.within(at, &self.calendar))
    }

    /// When something is said to her that must not wait: before quiet hours begin, if it would fall into them.
    pub fn before_quiet(&self, at: Timestamp) -> Timestamp {
        let quiet = self.quiet.and_then(|quiet| quiet.around(at, &self.calendar));
        quiet.map_or(at, |(from, _)| from.before(super::limits::HOUR))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("an instant")
    }

    fn hours(zone: &str, arrive: Option<&str>, quiet: Option<&str>) -> Hours {
        let span = |text: &str| Span::parse(text).expect("a span");
        let calendar = Calendar { zone: Zone::named(zone).expect("a zone"), day_starts_at: 240 };
        Hours { calendar, due: 20 * 60, arrive: arrive.map(span), quiet: quiet.map(span) }
    }

    #[test]
    fn a_span_is_two_times_of_day() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(Span::parse(text).map(|span| span.to_string()).as_deref(), expected, "{text}");
        };
        check("22:00-07:00", Some("22:00-07:00"));
        check("07:00 - 08:30", Some("07:00-08:30"));
        check("22:00", None);
        check("22-7", None);
        check("22:00-24:00", None);
        check("07:00-07:00", None); // all day, or never?
    }

    #[test]
    fn quiet_hours_hold_back_until_they_end_and_what_must_not_wait_comes_before() {
        let check = |zone: &str, quiet: &str, ready: &str, waking: &str, before: &str| {
            let hours = hours(zone, None, Some(quiet));
            assert_eq!(hours.waking(at(ready)), at(waking), "{ready}");
            assert_eq!(hours.before_quiet(at(ready)), at(before), "{ready}");
        };
        let tokyo = |ready: &str, waking: &str, before: &str| {
            let on = |day_and_time: &str| format!("2026-12-{day_and_time}:00+09:00");
            check("Asia/Tokyo", "22:00-07:00", &on(ready), &on(waking), &on(before));
        };
        tokyo("03T21:59", "03T21:59", "03T21:59");
        tokyo("03T22:00", "04T07:00", "03T21:00");
        tokyo("04T00:00", "04T07:00", "03T21:00");
        tokyo("04T06:59", "04T07:00", "03T21:00");
        tokyo("04T07:00", "04T07:00", "04T07:00");
        // a siesta does not reach over midnight
        let noon = |ready: &str, waking: &str, before: &str| {
            check("Asia/Tokyo", "13:00-15:00", ready, waking, before);
        };
        noon("2026-12-03T14:00:00+09:00", "2026-12-03T15:00:00+09:00", "2026-12-03T12:00:00+09:00");
        noon("2026-12-03T15:00:00+09:00", "2026-12-03T15:00:00+09:00", "2026-12-03T15:00:00+09:00");
        // the night in which the clocks of London go forward, and the one in which they go back
        let london = |ready: &str, waking: &str, before: &str| {
            check("Europe/London", "22:00-07:00", ready, waking, before);
        };
        london("2027-03-27T23:00:00Z", "2027-03-28T06:00:00Z", "2027-03-27T21:00:00Z");
        london("2027-10-30T22:30:00Z", "2027-10-31T07:00:00Z", "2027-10-30T20:00:00Z");
    }

    #[test]
    fn answers_arrive_in_the_hours_that_she_chose_even_if_they_are_quiet() {
        let check = |arrive: &str, ready: &str, arrival: &str| {
            let hours = hours("Asia/Tokyo", Some(arrive), Some("22:00-07:00"));
            assert_eq!(hours.arrival(at(ready)), at(arrival), "{arrive} {ready}");
        };
        check("06:00-08:00", "2026-12-03T21:00:00+09:00", "2026-12-04T06:00:00+09:00");
        check("06:00-08:00", "2026-12-04T06:30:00+09:00", "2026-12-04T06:30:00+09:00");
        check("06:00-08:00", "2026-12-04T08:00:00+09:00", "2026-12-05T06:00:00+09:00");
        check("23:00-01:00", "2026-12-04T00:30:00+09:00", "2026-12-04T00:30:00+09:00");
        check("23:00-01:00", "2026-12-04T02:00:00+09:00", "2026-12-04T23:00:00+09:00");
    }

    #[test]
    fn the_deadline_is_the_evening_of_the_next_day_by_her_clock() {
        let check = |zone: &str, due: Clock, arrived: &str, expected: &str| {
            let hours = Hours { due, ..hours(zone, None, None) };
            assert_eq!(hours.due_at(at(arrived)), at(expected), "{zone} {arrived}");
        };
        check("Asia/Tokyo", 1200, "2026-12-03T12:00:00+09:00", "2026-12-04T20:00:00+09:00");
        check("Asia/Tokyo", 1200, "2026-12-04T01:00:00+09:00", "2026-12-04T20:00:00+09:00");
        check("Asia/Tokyo", 90, "2026-12-04T02:00:00+09:00", "2026-12-05T01:30:00+09:00");
        check("Asia/Tokyo", 450, "2026-12-03T12:00:00+09:00", "2026-12-04T07:30:00+09:00");
        check("Europe/London", 1200, "2027-03-27T22:00:00Z", "2027-03-28T19:00:00Z"); // the night the clocks change
        check("Europe/London", 90, "2027-03-27T12:00:00Z", "2027-03-28T01:30:00Z"); // 1:30 does not exist: an hour later
    }
}
