//! `[promise]`: hours and parts of the time between a letter and its deadline.

use super::Promise;
use super::code::Code;
use super::resolve::Resolver;
use super::written::WrittenPromise;
use crate::domain::hours::{Clock, Span, clock};
use crate::domain::walk::{Part, Points};

impl Resolver<'_> {
    /// The whole section.
    pub(super) fn promise(&mut self, written: WrittenPromise) -> Option<Promise> {
        let due = self.time_of_day("promise.due", written.due, "20:00");
        let arrive = self.span("promise.arrive", written.arrive, ["any", "any"], "07:00-08:00");
        let quiet = self.span("promise.quiet", written.quiet, ["22:00-07:00", ""], "22:00-07:00");
        let mut before = None;
        let mut part = |key, written, usual| self.part(key, written, usual, &mut before);
        let remind = part("promise.remind_at", written.remind_at, "1/4");
        let second = part("promise.second_at", written.second_at, "1/2");
        let tell = part("promise.tell_at", written.tell_at, "5/6");
        let points = Points { remind: remind?, second: second?, tell: tell? };
        Some(Promise { due: due?, arrive: arrive?, quiet: quiet?, points })
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
