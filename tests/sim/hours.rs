//! What a house promises, and hours by the clock on the wall, said naively: of zones whose clocks stand still this
//! winter. The model reckons with it, and the house is told the same; only the standard library is used here.

use crate::chance::Chance;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Milliseconds after midnight, from and until; it may reach over midnight.
pub type Span = (i64, i64);

/// A part of the time until a deadline: so many of so many.
pub type Part = (i64, i64);

/// When a report that waits takes its steps; `None`: it does not.
#[derive(Clone, Copy, Debug, Default)]
pub struct Points {
    pub remind: Option<Part>,
    pub second: Option<Part>,
    pub tell: Option<Part>,
}

/// One person's clock.
#[derive(Clone, Copy, Debug)]
pub struct Hours {
    pub zone: &'static str,
    offset: i64,
    /// Milliseconds after midnight.
    pub due: i64,
    pub arrive: Option<Span>,
    pub quiet: Option<Span>,
}

/// Nobody sleeps.
pub const TOKYO: Hours =
    Hours { zone: "Asia/Tokyo", offset: 9 * HOUR, due: 20 * HOUR, arrive: None, quiet: None };

const ZONES: [(&str, i64); 3] =
    [("Asia/Tokyo", 9 * HOUR), ("Europe/London", 0), ("America/New_York", -5 * HOUR)];
const DUES: [i64; 6] = [20 * HOUR, 20 * HOUR, 20 * HOUR, 18 * HOUR + 30 * MINUTE, 8 * HOUR, 12 * HOUR];
const NIGHT: Option<Span> = Some((22 * HOUR, 7 * HOUR));

impl Points {
    /// Those of a house.
    pub fn draw(chance: &mut Chance) -> Self {
        let points = |remind, second, tell| Self { remind, second, tell };
        let usual = points(Some((1, 4)), Some((1, 2)), Some((5, 6)));
        let others = [
            points(Some((1, 8)), Some((1, 4)), Some((1, 2))),
            points(None, Some((1, 3)), Some((3, 4))),
            points(Some((1, 3)), None, Some((5, 6))),
            points(Some((1, 2)), Some((3, 4)), Some((9, 10))),
        ];
        if chance.percent(65) { usual } else { *chance.pick(&others) }
    }
}

/// Where the time of a part ends.
pub fn point(part: Part, from: i64, due: i64) -> i64 {
    from + (due - from) * part.0 / part.1
}

impl Hours {
    /// When a day begins.
    pub const MORNING: i64 = 4 * HOUR;

    /// Those of a house.
    pub fn draw(chance: &mut Chance) -> Self {
        let siesta = Some((13 * HOUR, 15 * HOUR));
        let quiet = *chance.pick(&[NIGHT, NIGHT, NIGHT, siesta, None]);
        let arrive = chance.percent(10).then_some((6 * HOUR, 9 * HOUR));
        Self { due: *chance.pick(&DUES), arrive, quiet, ..TOKYO }
    }

    /// Somebody's own; a supporter has no deadline of her own.
    pub fn own(self, is_client: bool, chance: &mut Chance) -> Self {
        let (zone, offset) = *chance.pick(&ZONES);
        let quiet = *chance.pick(&[NIGHT, None, Some((21 * HOUR, 6 * HOUR)), Some((30 * MINUTE, 5 * HOUR))]);
        let windows = [None, None, Some((6 * HOUR, 8 * HOUR)), Some((18 * HOUR, HOUR))];
        let (due, arrive) = (*chance.pick(&DUES), *chance.pick(&windows));
        if is_client {
            Self { zone, offset, due, arrive, quiet }
        } else {
            Self { zone, offset, quiet, ..self }
        }
    }

    /// Whether her clock shows such a time.
    pub fn is_within(&self, span: Span, at: i64) -> bool {
        let time = (at + self.offset).rem_euclid(DAY);
        if span.0 < span.1 { (span.0..span.1).contains(&time) } else { time >= span.0 || time < span.1 }
    }

    /// Whether she is left in peace then.
    pub fn is_quiet(&self, at: i64) -> bool {
        self.quiet.is_some_and(|quiet| self.is_within(quiet, at))
    }

    /// Whether words that were ready at `made` may reach her at `at`: within the hours that she chose, or, when these
    /// are over, whenever she is not left in peace.
    pub fn takes_words(&self, made: i64, at: i64) -> bool {
        let Some(arrive) = self.arrive else { return !self.is_quiet(at) };
        let begins = made + (arrive.0 - (made + self.offset)).rem_euclid(DAY);
        let over = self.is_within(arrive, made) || begins < at;
        self.is_within(arrive, at) || (over && !self.is_quiet(at))
    }

    /// The number of the day, which begins at four in the morning.
    pub fn day(&self, at: i64) -> i64 {
        (at + self.offset - Self::MORNING).div_euclid(DAY)
    }

    /// By when an answer is promised to what came at `at`.
    pub fn due_after(&self, at: i64) -> i64 {
        let on = |day: i64| day * DAY + self.due - self.offset;
        let first = on(self.day(at) + 1);
        if first > at { first } else { on(self.day(at) + 2) }
    }

    /// A moment as mails to her say it.
    pub fn moment(&self, at: i64, japanese: bool) -> String {
        let local = at + self.offset;
        let (number, minutes) = (local.div_euclid(DAY), local.rem_euclid(DAY) / MINUTE);
        let ((month, day), (hour, minute)) = (month_and_day(number), (minutes / 60, minutes % 60));
        let weekday = usize::try_from((number + 3).rem_euclid(7)).unwrap_or(0);
        if japanese {
            let short = ["月", "火", "水", "木", "金", "土", "日"][weekday];
            let minutes = if minute == 0 { String::new() } else { format!("{minute}分") };
            return format!("{month}月{day}日（{short}）{hour}時{minutes}");
        }
        let long = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"][weekday];
        let month = if month == 12 { "December" } else { "January" };
        if (hour, minute) == (12, 0) {
            return format!("noon on {long} {day} {month}");
        }
        let minutes = if minute == 0 { String::new() } else { format!(":{minute:02}") };
        let (half, hour) = (if hour < 12 { "am" } else { "pm" }, (hour + 11) % 12 + 1);
        format!("{hour}{minutes} {half} on {long} {day} {month}")
    }
}

/// Of a day by its number, in the winter in which every run takes place.
pub fn month_and_day(number: i64) -> (i64, i64) {
    // 2026-12-01 is the day 20788.
    match number - 20_788 {
        since @ 0..31 => (12, since + 1),
        since @ 31..62 => (1, since - 30),
        _ => (0, 0),
    }
}
