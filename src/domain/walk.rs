//! The walk of a report that waits: its holder is reminded, the second one takes it over, the client is told the truth
//! before its deadline passes. Pure: when each step is due, by everybody's clock.

use std::time::Duration;

use super::calendar::{Calendar, Day};
use super::hours::Hours;
use super::limits::HOUR;
use crate::clock::Timestamp;

/// A part of the time between a letter and its deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Of so many parts …
    pub of: u32,
    /// … so many: at least 1, and fewer than `of`.
    pub parts: u32,
}

impl Part {
    /// From `5/6`. `None` for anything that is not between nothing and all.
    pub fn parse(text: &str) -> Option<Self> {
        let (parts, of) = text.split_once('/')?;
        let number = |digits: &str| digits.trim().parse::<u32>().ok().filter(|n| (1..=1000).contains(n));
        let (parts, of) = (number(parts)?, number(of)?);
        (parts < of).then_some(Self { of, parts })
    }

    /// When the pool is asked, where the configuration says nothing: at two thirds, or in the middle between its neighbours,
    /// where these leave no room for that.
    pub fn usual_for_pool(second: Option<Self>, tell: Option<Self>) -> Option<Self> {
        let usual = Self { of: 3, parts: 2 };
        let low = second.unwrap_or(Self { of: 1, parts: 0 });
        let high = tell.unwrap_or(Self { of: 1, parts: 1 });
        if low.is_before(usual) && usual.is_before(high) {
            return Some(usual);
        }
        let of = low.of.checked_mul(high.of)?.checked_mul(2)?;
        Some(Self { of, parts: low.parts * high.of + high.parts * low.of })
    }

    /// The instant that far between `from` and `to`.
    pub(super) fn between(self, from: Timestamp, to: Timestamp) -> Timestamp {
        from.after(to.since(from) / self.of * self.parts)
    }

    /// Whether it comes before `other`.
    pub fn is_before(self, other: Self) -> bool {
        u64::from(self.parts) * u64::from(other.of) < u64::from(other.parts) * u64::from(self.of)
    }
}

/// Less time than this is too little for a walk.
const LITTLE: Duration = Duration::from_secs(4 * 3600);

/// When each step is taken, unless somebody sleeps then; `None`: it is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Points {
    /// The holder is reminded.
    pub remind: Option<Part>,
    /// The second one holds it.
    pub second: Option<Part>,
    /// The pool is asked, where the client agreed to that.
    pub pool: Option<Part>,
    /// The client and the office are told.
    pub tell: Option<Part>,
}

impl Points {
    /// When a report that came at `from` is looked at first: nobody's hours bring a step forward but the client's.
    pub fn first_look(&self, from: Timestamp, due_at: Timestamp, client: &Hours) -> Option<Timestamp> {
        let at = |part: Option<Part>| part.map(|part| part.between(from, due_at));
        let tell = at(self.tell).map(|at| client.before_quiet(at).max(from));
        [at(self.remind), at(self.second), at(self.pool), tell].into_iter().flatten().min()
    }
}

/// How far a report has come with whoever holds it. In order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Its holder has it.
    Alerted,
    /// She was reminded.
    Reminded,
    /// The second one holds it.
    Second,
}

impl Stage {
    /// Every stage.
    pub const ALL: [Self; 3] = [Self::Alerted, Self::Reminded, Self::Second];

    /// The word in the database and in listings.
    pub fn word(self) -> &'static str {
        match self {
            Self::Alerted => "alerted",
            Self::Reminded => "reminded",
            Self::Second => "second",
        }
    }

    /// From the word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.word() == word)
    }
}

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Whoever holds it is reminded.
    Remind,
    /// The second one holds it.
    Second,
    /// The next ones of the pool are asked.
    Pool,
    /// Whoever of the pool holds it has had her time: it goes on.
    Lapse,
    /// The client hears the truth, and the office what it has to do.
    Tell,
    /// A further deadline has passed: the office hears of it, and the client nothing more.
    Overdue,
}

/// One report on its way.
#[derive(Clone, Debug)]
pub struct Walk<'a> {
    /// How far it has come.
    pub stage: Stage,
    /// When the client heard that her answer may be late.
    pub told_at: Option<Timestamp>,
    /// The last deadline after that of which the office heard.
    pub overdue_at: Option<Timestamp>,
    /// From when its parts are counted: when it came, or was given to another supporter.
    pub from: Timestamp,
    /// By when an answer is promised. No quiet hour moves it.
    pub due_at: Timestamp,
    /// Until when whoever writes is left in peace.
    pub writing_until: Option<Timestamp>,
    /// Of whoever holds it; `None` when nobody does.
    pub holder: Option<&'a Hours>,
    /// From when on she is away, as she announced.
    pub away_from: Option<Timestamp>,
    /// Of the second one, when there is one who does not hold it already.
    pub second: Option<&'a Hours>,
    /// Those of the pool who can be asked; nobody where the client did not agree to it.
    pub pool: &'a [Hours],
    /// When the pool was asked last.
    pub pool_asked_at: Option<Timestamp>,
    /// Until when whoever of the pool took it holds it.
    pub pool_until: Option<Timestamp>,
    /// The client's.
    pub client: &'a Hours,
}

impl Walk<'_> {
    /// The next step and its time. A reminder that quiet hours push behind a later step is left out; the truth is told at
    /// its time, whatever holds back the rest.
    pub fn next(&self, points: &Points) -> Option<(Step, Timestamp)> {
        let at = |part: Option<Part>| part.map(|part| part.between(self.from, self.due_at));
        // Whoever gets it shortly before its deadline, or later, has time of her own.
        let little = self.due_at.since(self.from) < LITTLE;
        let hers = if little { self.client.due_at(self.from) } else { self.due_at };
        let for_her = |part: Option<Part>| part.map(|part| part.between(self.from, hers));
        let not_writing = |at: Timestamp| self.writing_until.map_or(at, |until| at.max(until));
        let tell = at(points.tell).filter(|_| self.told_at.is_none());
        let tell = tell.map(|at| self.client.before_quiet(at).max(self.from));
        let away = self.away_from.unwrap_or(Timestamp::from_millis(i64::MAX));
        // While one of the pool holds it, nobody else is asked.
        let free = |stage: Stage| self.pool_until.is_none() && self.stage < stage;
        let second = self.second.filter(|_| free(Stage::Second)).zip(for_her(points.second));
        let second = second.map(|(hours, at)| hours.waking(not_writing(at).min(away)));
        let remind = self.holder.filter(|_| free(Stage::Reminded)).zip(for_her(points.remind));
        let remind = remind.map(|(hours, at)| hours.waking(not_writing(at)));
        let pool =
            for_her(points.pool).and_then(|at| self.pool(not_writing(at), for_her(points.second), second));
        let later = |at: &Timestamp| [second, pool, tell].into_iter().flatten().all(|later| *at < later);
        let remind = remind.filter(|at| *at < away && later(at) && self.pool_asked_at.is_none());
        let lapse = self.pool_until.zip(self.holder);
        let lapse = lapse.map(|(until, hours)| hours.waking(not_writing(until).min(away)));
        let overdue = points.tell.and_then(|_| self.further().next());
        let steps = [
            (Step::Remind, remind),
            (Step::Second, second),
            (Step::Lapse, lapse),
            (Step::Pool, pool),
            (Step::Tell, tell),
            (Step::Overdue, overdue),
        ];
        // Of two at once the earlier one of the list.
        let steps = steps.into_iter().filter_map(|(step, at)| Some((step, at?)));
        steps.min_by_key(|(_, at)| *at)
    }

    /// The deadlines that follow once the client was told, each day's, of which the office has not heard.
    fn further(&self) -> impl Iterator<Item = Timestamp> {
        let after = |at: Timestamp| self.client.due_at(at);
        let known = self.told_at.map(|at| self.due_at.max(at).max(self.overdue_at.unwrap_or(at)));
        std::iter::successors(known.map(after), move |at| Some(after(*at)))
    }

    /// The last of them that has passed: whoever hears of it has heard of those before.
    pub fn passed(&self, now: Timestamp) -> Option<Timestamp> {
        const MOST: usize = 1000;
        self.further().take(MOST).take_while(|at| *at <= now).last()
    }

    /// When the pool is asked next: at its point, an hour behind the second one at least; at once where nobody else can
    /// hold the report; then each hour, until one took it or all were asked.
    fn pool(
        &self,
        planned: Timestamp,
        second_at: Option<Timestamp>,
        second: Option<Timestamp>,
    ) -> Option<Timestamp> {
        if self.pool_until.is_some() {
            return None;
        }
        let had_it = self.holder.filter(|_| self.stage >= Stage::Second).zip(second_at);
        let second = second.or(had_it.map(|(hours, at)| hours.waking(at)));
        let planned = second.map_or(planned, |at| planned.max(at.after(HOUR)));
        let nobody_from = match self.holder {
            _ if self.second.is_some() && self.stage < Stage::Second => None,
            None => Some(self.from),
            Some(_) => self.away_from,
        };
        let first = nobody_from.map_or(planned, |from| planned.min(from));
        let writing = |at: Timestamp| self.writing_until.map_or(at, |until| at.max(until));
        let at = self.pool_asked_at.map_or(first, |last| writing(last.after(HOUR)));
        self.pool.iter().map(|hours| hours.waking(at)).min()
    }
}

/// When the next of somebody's days off in a time begins, by her own clock, seen from `now`. One that is over keeps her from
/// nothing; of days that follow one another and are not over, the first counts. It may begin before that time.
///
/// # Errors
/// Those of `is_away`.
pub fn leaves_within<E>(
    calendar: &Calendar,
    (from, until): (Timestamp, Timestamp),
    now: Timestamp,
    is_away: impl Fn(Day) -> Result<bool, E>,
) -> Result<Option<Timestamp>, E> {
    let (first, last) = (calendar.day_of(from), calendar.day_of(until));
    let mut day = first.max(calendar.day_of(now));
    while day > first && is_away(day)? && is_away(day.plus(-1))? {
        day = day.plus(-1);
    }
    while day <= last {
        if is_away(day)? {
            return Ok(Some(calendar.span_of_day(day).0));
        }
        day = day.plus(1);
    }
    Ok(None)
}

/// Until when somebody who says that she is writing is left in peace: the evening, and two hours at least.
pub fn writing_until(now: Timestamp, hers: &Hours) -> Timestamp {
    const EVENING: u16 = 20 * 60;
    let evening = hers.calendar.at_clock(hers.calendar.civil_day(now), EVENING);
    evening.max(now.after(Duration::from_secs(2 * 3600)))
}

#[cfg(test)]
mod tests;
