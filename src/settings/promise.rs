//! `[promise]`: hours and parts of the time between a letter and its deadline.

use std::time::Duration;

use super::Promise;
use super::code::Code;
use super::resolve::Resolver;
use super::written::WrittenPromise;
use crate::domain::hours::{Clock, Span, clock};
use crate::domain::pool::Terms;
use crate::domain::reading;
use crate::domain::recall::LONGEST_GRACE;
use crate::domain::walk::{Part, Points};

impl Resolver<'_> {
    /// The whole section.
    pub(super) fn promise(&mut self, written: WrittenPromise) -> Option<Promise> {
        let due = self.time_of_day("promise.due", written.due, "20:00");
        let arrive = self.span("promise.arrive", written.arrive, ["any", "any"], "07:00-08:00");
        let quiet = self.span("promise.quiet", written.quiet, ["22:00-07:00", ""], "22:00-07:00");
        let mut before = None;
        let grace = self.grace(written.grace);
        let usual = i64::from(reading::USUAL);
        let read = written.read_first.unwrap_or(usual);
        let read = self.count("promise.read_first", read, [0, 100, usual]);
        let read_first = read.and_then(|read| u32::try_from(read).ok());
        let terms = self.pool(written.pool_hold, written.pool_ask);
        let own_pool = written.pool_at.is_some();
        let mut part = |key, written, usual| self.part(key, written, usual, &mut before);
        let remind = part("promise.remind_at", written.remind_at, "1/4");
        let second = part("promise.second_at", written.second_at, "1/2");
        let pool = if own_pool { part("promise.pool_at", written.pool_at, "never") } else { Some(None) };
        let tell = part("promise.tell_at", written.tell_at, "5/6");
        let (second, tell) = (second?, tell?);
        let pool = if own_pool { pool? } else { Part::usual_for_pool(second, tell) };
        let points = Points { remind: remind?, second, pool, tell };
        let (due, arrive, quiet, grace, pool) = (due?, arrive?, quiet?, grace?, terms?);
        Some(Promise { due, arrive, quiet, points, grace, pool, read_first: read_first? })
    }

    /// How the pool is asked.
    fn pool(&mut self, hold: Option<String>, ask: Option<i64>) -> Option<Terms> {
        let usual = i64::try_from(Terms::USUAL.ask).unwrap_or(5);
        let ask = self.count("promise.pool_ask", ask.unwrap_or(usual), [1, 100, usual]);
        let hold = match hold {
            None => Some(Terms::USUAL.hold),
            Some(text) => {
                let parsed = length(&text).filter(|hold| Terms::HOLDS.contains(hold));
                if parsed.is_none() {
                    self.wrong(
                        "promise.pool_hold",
                        Code::BadLength,
                        [&text, "4h", "30m", "24h"].map(|one| one.into()).into(),
                    );
                }
                parsed
            }
        };
        Some(Terms { hold: hold?, ask: usize::try_from(ask?).ok()? })
    }

    /// For how long an answer waits before it goes.
    fn grace(&mut self, written: Option<String>) -> Option<Duration> {
        let text = written.unwrap_or_else(|| "2m".to_owned());
        let grace = length(&text).filter(|grace| *grace <= LONGEST_GRACE);
        if grace.is_none() {
            self.wrong(
                "promise.grace",
                Code::BadLength,
                [&text, "2m", "0s", "1h"].map(|one| one.into()).into(),
            );
        }
        grace
    }

    /// A time of day.
    pub(super) fn time_of_day(&mut self, key: &str, written: Option<String>, usual: &str) -> Option<Clock> {
        let text = written.unwrap_or_else(|| usual.to_owned());
        let minutes = clock(&text);
        if minutes.is_none() {
            self.wrong(key, Code::BadTimeOfDay, vec![text.into()]);
        }
        minutes
    }

    /// A span of hours; `none` is the word for no span at all.
    fn span(
        &mut self,
        key: &str,
        written: Option<String>,
        [usual, none]: [&str; 2],
        example: &str,
    ) -> Option<Option<Span>> {
        let text = written.unwrap_or_else(|| usual.to_owned());
        if text == none {
            return Some(None);
        }
        let span = Span::parse(&text);
        if span.is_none() {
            self.wrong(key, Code::BadSpan, vec![text.into(), example.into()]);
        }
        span.map(Some)
    }

    /// A part of the time, behind the one before it.
    fn part(
        &mut self,
        key: &'static str,
        written: Option<String>,
        usual: &str,
        before: &mut Option<(&'static str, Part)>,
    ) -> Option<Option<Part>> {
        let text = written.unwrap_or_else(|| usual.to_owned());
        if text == "never" {
            return Some(None);
        }
        let Some(part) = Part::parse(&text) else {
            self.wrong(key, Code::BadPart, vec![text.into()]);
            return None;
        };
        if let Some((name, _)) = before.filter(|(_, earlier)| !earlier.is_before(part)) {
            let name = name.rsplit('.').next().unwrap_or(name);
            self.wrong(key, Code::PartsOutOfOrder, vec![name.into()]);
            return None;
        }
        *before = Some((key, part));
        Some(Some(part))
    }
}

/// `90s`, `2m`, `1h`.
fn length(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return None,
    };
    let number = Some(number).filter(|n| n.len() <= 6 && n.bytes().all(|b| b.is_ascii_digit()))?;
    Some(Duration::from_secs(number.parse::<u64>().ok()? * seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_a_number_and_its_unit() {
        let check = |text: &str, expected: Option<u64>| {
            assert_eq!(length(text), expected.map(Duration::from_secs), "{text}");
        };
        check("0s", Some(0));
        check("90s", Some(90));
        check("2m", Some(120));
        check("1h", Some(3600));
        check("2", None);
        check("m", None);
        check("", None);
        check("2 m", None);
        check("-2m", None);
        check("2分", None);
        check("2m30s", None);
    }
}
