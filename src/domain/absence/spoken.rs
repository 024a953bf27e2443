//! Days as people say them, and which days of the calendar they may mean.
//!
//! What a word means may depend on who says it: whether a week begins on Sunday or on Monday, whether 1/2 is in January
//! or in February, whether a bare Monday is the next one. Each such question is one field of a [`Sense`]; what is said is
//! counted out in every sense, and it is certain when all of them agree.

use super::{Days, Doubt, Reading};
use crate::domain::calendar::Day;

/// Which week a weekday is in, as it was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Week {
    /// Nothing was said: 「月曜」, *Monday*.
    Unsaid,
    /// *this Monday*.
    Coming,
    /// *next Monday*: the coming one, or that of next week.
    Next,
    /// 今週の, 来週の, 再来週の: so many weeks ahead.
    Ahead(i32),
}

/// A day, as it was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// 明日: so many days from today.
    Ahead(i32),
    /// A day of the calendar.
    Date { year: Option<i16>, month: i8, day: i8 },
    /// Two numbers with a stroke, in a language in which either may be the month.
    Stroke { year: Option<i16>, one: i8, other: i8 },
    /// 5日: of this month or the next, or of the month that was said just before.
    OfMonth(i8),
    /// 月曜; Monday is 0.
    Weekday(Week, i32),
}

/// The same with the weekday that stood behind it, which may be another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spoken {
    pub(super) named: Named,
    pub(super) weekday: Option<i32>,
}

/// Some days, as they were said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stretch {
    One(Spoken),
    /// From the one until the other.
    Until(Spoken, Spoken),
    /// The one and the other.
    Both(Spoken, Spoken),
    /// So many days.
    Lasting(Spoken, i32),
    /// No end was said.
    Open(Spoken),
    /// A whole week, so many ahead.
    Week(i32),
    /// Saturday and Sunday of this week.
    Weekend,
}

/// One way to understand what is said.
#[derive(Clone, Copy)]
struct Sense {
    today: Day,
    from_sunday: bool,
    /// Of two weeks, the later one.
    later: bool,
    day_first: bool,
}

/// Of what lies further back, the next one is meant.
const OVER: i32 = 91;
/// A range that would be longer ends before it begins.
const LONGEST: i32 = 183;
/// Possibilities that are named to her.
const MOST: usize = 3;

/// What a stretch means, to somebody for whom it is one of these days: between midnight and the hour at which a day
/// begins, people may mean either.
pub(super) fn meant(stretch: Stretch, todays: &[Day]) -> Reading {
    let (mut certain, mut doubtful, mut doubt): (Vec<Days>, Vec<Days>, _) = (Vec::new(), Vec::new(), None);
    let add = |days: Days, to: &mut Vec<Days>| {
        if !to.contains(&days) && to.len() < MOST {
            to.push(days);
        }
    };
    for today in todays {
        for ways in 0..8_u8 {
            let [from_sunday, later, day_first] = [1, 2, 4].map(|bit| ways & bit != 0);
            let sense = Sense { today: *today, from_sunday, later, day_first };
            match sense.days(stretch) {
                Ok(days) => add(days, &mut certain),
                Err((why, instead)) => {
                    doubt = doubt.or(Some(why));
                    instead.into_iter().for_each(|days| add(days, &mut doubtful));
                }
            }
        }
    }
    match (certain.as_slice(), doubt) {
        ([days], _) => Reading::Certain(*days),
        ([], doubt) => Reading::Doubtful(doubt.unwrap_or(Doubt::NoDay), doubtful),
        _ => {
            certain.sort_unstable_by_key(|days| (days.from, days.until));
            Reading::Doubtful(Doubt::Several, certain)
        }
    }
}

/// Days, or why there are none, and what may have been meant.
type Counted = Result<Days, (Doubt, Vec<Days>)>;

impl Sense {
    fn days(&self, stretch: Stretch) -> Counted {
        match stretch {
            Stretch::One(spoken) => {
                let day = self.first(spoken)?;
                self.not_over(Days { from: day, until: day })
            }
            Stretch::Until(first, last) => {
                let from = self.first(first)?;
                let until = self.last(last, from)?;
                self.not_over(Days { from, until })
            }
            Stretch::Both(first, second) => {
                let (from, until) = (self.first(first)?, self.first(second)?);
                let alone = |day| Days { from: day, until: day };
                if until == from.plus(1) {
                    self.not_over(Days { from, until })
                } else {
                    Err((Doubt::Several, vec![alone(from), alone(until)]))
                }
            }
            Stretch::Lasting(first, days) => {
                let from = self.first(first)?;
                self.not_over(Days { from, until: from.plus(days - 1) })
            }
            Stretch::Open(first) => self.first(first).and(Err((Doubt::NoEnd, Vec::new()))),
            // Whole weeks are the same for nearly everybody: from Monday on; on a Sunday it is asked which one is next.
            Stretch::Week(ahead) => {
                let sunday = i32::from(self.from_sunday && self.today.weekday() == 6);
                let monday = self.today.plus(7 * (ahead + sunday) - self.today.weekday());
                Ok(Days { from: monday.max(self.today), until: monday.plus(6) })
            }
            Stretch::Weekend => {
                let sunday = self.today.plus(6 - self.today.weekday());
                Ok(Days { from: sunday.plus(-1).max(self.today), until: sunday })
            }
        }
    }

    /// What is over is not to come; what is partly over may be meant from today on.
    fn not_over(&self, days: Days) -> Counted {
        let rest = Days { from: self.today, ..days };
        match (days.from >= self.today, days.until >= self.today) {
            (true, _) => Ok(days),
            (_, true) => Err((Doubt::Over, vec![rest])),
            _ => Err((Doubt::Over, Vec::new())),
        }
    }

    fn first(&self, spoken: Spoken) -> Result<Day, (Doubt, Vec<Days>)> {
        let none = || (Doubt::NoDay, Vec::new());
        let day = match self.written(spoken.named) {
            Named::Ahead(days) => self.today.plus(days),
            Named::Date { year: Some(year), month, day } => Day::of(year, month, day).ok_or_else(none)?,
            Named::Date { year: None, month, day } => {
                next(self.today.plus(-OVER), |year| Day::of(year, month, day)).ok_or_else(none)?
            }
            Named::OfMonth(day) => self.day_of_month(self.today, day).ok_or_else(none)?,
            Named::Weekday(week, weekday) => self.weekday(week, weekday),
            Named::Stroke { .. } => return Err(none()),
        };
        Self::as_named(day, spoken)
    }

    /// The last day of a range: what is not said of it is as in its first.
    fn last(&self, spoken: Spoken, from: Day) -> Result<Day, (Doubt, Vec<Days>)> {
        let none = || (Doubt::NoDay, Vec::new());
        let day = match self.written(spoken.named) {
            Named::Date { year: None, month, day } => {
                let until = next(from, |year| Day::of(year, month, day)).ok_or_else(none)?;
                let (year, ..) = from.numbers();
                let before = Day::of(year, month, day).filter(|day| *day < from && *day >= self.today);
                let turned = before.map(|before| Days { from: before, until: from });
                if from.days_until(until) > LONGEST {
                    return Err((Doubt::Backwards, turned.into_iter().collect()));
                }
                until
            }
            Named::OfMonth(day) => {
                let (_, _, first) = from.numbers();
                let until = self.day_of_month(from, day).ok_or_else(none)?;
                if day < first {
                    return Err((Doubt::Backwards, vec![Days { from, until }]));
                }
                until
            }
            Named::Weekday(Week::Unsaid, weekday) => {
                from.plus(1 + (weekday - from.plus(1).weekday()).rem_euclid(7))
            }
            _ => self.first(spoken)?,
        };
        if day < from {
            let turned = Days { from: day, until: from };
            let turned = (day >= self.today).then_some(turned);
            return Err((Doubt::Backwards, turned.into_iter().collect()));
        }
        Self::as_named(day, spoken)
    }

    /// Two numbers with a stroke, in the order of this sense.
    fn written(&self, named: Named) -> Named {
        match named {
            Named::Stroke { year, one, other } if self.day_first => {
                Named::Date { year, month: other, day: one }
            }
            Named::Stroke { year, one, other } => Named::Date { year, month: one, day: other },
            named => named,
        }
    }

    /// The next day of this number, from a day on.
    fn day_of_month(&self, from: Day, day: i8) -> Option<Day> {
        let (year, month, _) = from.numbers();
        let (next_year, next_month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        let this = Day::of(year, month, day).filter(|day| *day >= from);
        this.or_else(|| Day::of(next_year, next_month, day))
    }

    fn weekday(&self, week: Week, weekday: i32) -> Day {
        let today = self.today;
        let coming = |from: Day| from.plus((weekday - from.weekday()).rem_euclid(7));
        let shift = i32::from(self.from_sunday);
        let place = |weekday: i32| (weekday + shift).rem_euclid(7);
        let in_week = |ahead: i32| today.plus(7 * ahead + place(weekday) - place(today.weekday()));
        match week {
            Week::Unsaid if self.later => coming(today).plus(7),
            Week::Unsaid | Week::Coming => coming(today),
            Week::Next if self.later => in_week(1),
            Week::Next => coming(today.plus(1)),
            Week::Ahead(weeks) => in_week(weeks),
        }
    }

    /// A day whose weekday was said must be that weekday.
    fn as_named(day: Day, spoken: Spoken) -> Result<Day, (Doubt, Vec<Days>)> {
        match spoken.weekday {
            Some(weekday) if weekday != day.weekday() => {
                Err((Doubt::OtherWeekday, vec![Days { from: day, until: day }]))
            }
            _ => Ok(day),
        }
    }
}

/// The first day from `from` on that `of` makes of a year; 29 February may be years away.
fn next(from: Day, of: impl Fn(i16) -> Option<Day>) -> Option<Day> {
    let (year, ..) = from.numbers();
    (year..=year + 4).filter_map(of).find(|day| *day >= from)
}
