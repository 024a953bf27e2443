//! Days and deadlines by the clock on the wall, in a person's zone; never "plus 24 hours".

use std::fmt;
use std::time::Duration;

use jiff::Span;
use jiff::civil::{Date, Time};

use super::locale::Locale;
use crate::clock::{Timestamp, Zone};

/// A civil day to which a report belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(Date);

/// 2020-01-01, day 0 of the two octets in a token; they last until 2199.
const EPOCH: Date = jiff::civil::date(2020, 1, 1);

impl Day {
    /// From "2026-12-03".
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }

    /// A day of the calendar, if there is such a one.
    pub fn of(year: i16, month: i8, day: i8) -> Option<Self> {
        Date::new(year, month, day).ok().map(Self)
    }

    /// Year, month and day.
    pub fn numbers(self) -> (i16, i8, i8) {
        (self.0.year(), self.0.month(), self.0.day())
    }

    /// Monday is 0.
    pub fn weekday(self) -> i32 {
        self.0.weekday().to_monday_zero_offset().into()
    }

    /// How many days later another day is; negative when it is earlier.
    pub fn days_until(self, other: Self) -> i32 {
        self.0.until(other.0).map_or(0, |span| span.get_days())
    }

    /// Days since 2020-01-01, at least 0.
    pub fn number(self) -> u16 {
        let days = EPOCH.until(self.0).map_or(0, |span| span.get_days());
        u16::try_from(days).unwrap_or(0)
    }

    /// The reverse of [`Day::number`].
    pub fn from_number(number: u16) -> Option<Self> {
        EPOCH.checked_add(Span::new().days(number)).ok().map(Self)
    }

    /// "2026-12": conversations in a mail program last a month.
    pub fn month(self) -> String {
        self.0.strftime("%Y-%m").to_string()
    }

    /// In brackets in a subject: `12/3 水`, `3 Dec Thu`.
    pub fn short(self, locale: Locale) -> String {
        match locale {
            Locale::Ja => format!("{}/{} {}", self.0.month(), self.0.day(), self.weekday_name(locale)),
            Locale::En => format!("{} {}", self.0.strftime("%-d %b"), self.weekday_name(locale)),
        }
    }

    /// In a sentence: `12月3日（水）`, `Thursday 3 December`.
    pub fn long(self, locale: Locale) -> String {
        match locale {
            Locale::Ja => format!("{}月{}日（{}）", self.0.month(), self.0.day(), self.weekday_name(locale)),
            Locale::En => self.0.strftime("%A %-d %B").to_string(),
        }
    }

    /// As somebody may type it, with its year: `2026/12/3`, `3 Dec 2026`.
    pub fn figures(self, locale: Locale) -> String {
        match locale {
            Locale::Ja => self.0.strftime("%Y/%-m/%-d").to_string(),
            Locale::En => self.0.strftime("%-d %b %Y").to_string(),
        }
    }

    fn weekday_name(self, locale: Locale) -> String {
        match locale {
            Locale::Ja => ["月", "火", "水", "木", "金", "土", "日"]
                .get(usize::try_from(self.weekday()).unwrap_or(0))
                .map_or_else(String::new, |s| (*s).to_owned()),
            Locale::En => self.0.strftime("%a").to_string(),
        }
    }

    /// `days` later (or earlier, when negative); the same day at the end of the calendar.
    pub fn plus(self, days: i32) -> Self {
        Self(self.0.checked_add(Span::new().days(days)).unwrap_or(self.0))
    }
}

/// A month of the calendar, which no day's beginning moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Month(Date);

impl Month {
    /// From "2026-12".
    pub fn parse(text: &str) -> Option<Self> {
        let month = Self(format!("{text}-01").parse().ok()?);
        (month.to_string() == text).then_some(month)
    }

    /// The month that an instant lies in.
    pub fn of(at: Timestamp, zone: &Zone) -> Self {
        Self(at.to_jiff().to_zoned(zone.jiff().clone()).date().first_of_month())
    }

    /// Its first instant, and the first of the next.
    pub fn span(self, zone: &Zone) -> (Timestamp, Timestamp) {
        let first = |day: Date| {
            let at = day.to_zoned(zone.jiff().clone()).map(|at| at.timestamp().as_millisecond());
            Timestamp::from_millis(at.unwrap_or(i64::MAX))
        };
        (first(self.0), first(self.0.checked_add(Span::new().months(1)).unwrap_or(Date::MAX)))
    }
}

/// ISO 8601.
impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.strftime("%Y-%m"))
    }
}

/// ISO 8601, as in the database.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How a service counts days.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// The zone of the people.
    pub zone: Zone,
    /// Minutes after midnight at which a day begins: what is written before belongs to the day before.
    pub day_starts_at: u16,
}

/// By how much the Date field may differ from the server's clock and still be believed.
const BELIEVED: Duration = Duration::from_secs(48 * 3600);
/// How far back somebody may date a report.
const BACK_DATED_DAYS: i32 = 31;

impl Calendar {
    /// The day that an instant belongs to: by the clock on the wall, also in the nights in which it changes.
    pub fn day_of(&self, at: Timestamp) -> Day {
        let civil = at.to_jiff().to_zoned(self.zone.jiff().clone()).datetime();
        let shifted = civil.checked_sub(Span::new().minutes(i64::from(self.day_starts_at)));
        Day(shifted.unwrap_or(civil).date())
    }

    /// The days that somebody may mean by "today" at an instant: before the hour at which a day begins, people up late
    /// and people up early mean two.
    pub fn todays(&self, at: Timestamp) -> Vec<Day> {
        let (day, civil) = (self.day_of(at), Day(at.to_jiff().to_zoned(self.zone.jiff().clone()).date()));
        if day == civil { vec![day] } else { vec![day, civil] }
    }

    /// The day that a report belongs to: the day that its writer names, else the Date field when it lies within
    /// 48 hours of the server's date, else the server's date, else the moment that we took it in.
    pub fn report_day(
        &self,
        named: Option<Day>,
        originated_at: Option<Timestamp>,
        internal_date: Option<Timestamp>,
        ingested_at: Timestamp,
    ) -> Day {
        let claimed = Self::written_at(originated_at, internal_date, ingested_at);
        let today = self.day_of(ingested_at);
        let named = named.filter(|day| *day <= today && *day >= today.plus(-BACK_DATED_DAYS));
        named.unwrap_or_else(|| self.day_of(claimed).min(today))
    }

    /// When a day begins, and the next one.
    pub fn span_of_day(&self, day: Day) -> (Timestamp, Timestamp) {
        (self.at_clock(day, self.day_starts_at), self.at_clock(day.plus(1), self.day_starts_at))
    }

    /// When the first day of a day's month begins, and that of the next month.
    pub fn span_of_month(&self, day: Day) -> (Timestamp, Timestamp) {
        let first = Day(day.0.first_of_month());
        let next = Day(first.plus(31).0.first_of_month());
        (self.at_clock(first, self.day_starts_at), self.at_clock(next, self.day_starts_at))
    }

    /// The day on the wall at that instant, which begins at midnight.
    pub fn civil_day(&self, at: Timestamp) -> Day {
        Day(at.to_jiff().to_zoned(self.zone.jiff().clone()).date())
    }

    /// When clocks show `clock` (minutes after midnight) on a day. A time that is left out when clocks go forward is as
    /// much later, one that comes twice the earlier.
    pub fn at_clock(&self, day: Day, clock: u16) -> Timestamp {
        let (hour, minute) =
            (i8::try_from(clock / 60 % 24).unwrap_or(0), i8::try_from(clock % 60).unwrap_or(0));
        let civil = day.0.to_datetime(Time::constant(0, 0, 0, 0)).with().hour(hour).minute(minute).build();
        let zoned = civil.and_then(|civil| self.zone.jiff().to_ambiguous_timestamp(civil).compatible());
        zoned.map_or(Timestamp::from_millis(0), |t| Timestamp::from_millis(t.as_millisecond()))
    }

    /// When a mail was written: the Date field when it lies within 48 hours of the server's date, else the server's date,
    /// else the moment that we took it in.
    pub fn written_at(
        originated_at: Option<Timestamp>,
        internal_date: Option<Timestamp>,
        ingested_at: Timestamp,
    ) -> Timestamp {
        let internal = internal_date.filter(|i| *i <= ingested_at.after(BELIEVED)).unwrap_or(ingested_at);
        let believed = |o: &Timestamp| o.since(internal).max(internal.since(*o)) <= BELIEVED;
        originated_at.filter(believed).unwrap_or(internal)
    }

    /// A moment in a sentence: `12月4日（木）20時`, `8 pm on Friday 4 December`.
    pub fn moment(&self, at: Timestamp, locale: Locale) -> String {
        let zoned = at.to_jiff().to_zoned(self.zone.jiff().clone());
        let day = Day(zoned.date()).long(locale);
        match (locale, zoned.minute()) {
            (Locale::Ja, 0) => format!("{day}{}時", zoned.hour()),
            (Locale::Ja, minute) => format!("{day}{}時{minute}分", zoned.hour()),
            (Locale::En, 0) if zoned.hour() == 12 => format!("noon on {day}"),
            (Locale::En, 0) => format!("{} on {day}", zoned.strftime("%-I %P")),
            (Locale::En, _) => format!("{} on {day}", zoned.strftime("%-I:%M %P")),
        }
    }

    /// The day that somebody names at the start of `line`: `12/3`, `12月3日`, `2026-12-03`, `2026/12/3（木）`,
    /// followed by nothing, or by 日報, 報告, の分 and the like, or a colon or space and text when `line` is a
    /// subject. A bare `1/2` inside a sentence is never a date.
    pub fn named_day(&self, line: &str, today: Day) -> Option<Day> {
        let line = crate::mail::fold::fold(line);
        let (numbers, rest) = leading_date(&line)?;
        let rest = strip_weekday(rest.trim_start());
        let tail = ["の日報", "日報", "の報告", "報告", "のレポート", "レポート", "の分", "分", "report"];
        let rest = tail.iter().find_map(|t| rest.strip_prefix(t)).unwrap_or(rest);
        if !rest.trim_matches([' ', ':', '。', '.']).is_empty() {
            return None;
        }
        let date = match numbers {
            (Some(year), month, day) => Date::new(year, month, day).ok()?,
            (None, month, day) => {
                let year = today.0.year();
                let this = Date::new(year, month, day).ok()?;
                if Day(this) > today { Date::new(year - 1, month, day).ok()? } else { this }
            }
        };
        Some(Day(date))
    }
}

type Numbers = (Option<i16>, i8, i8);

/// Reads `[year sep] month sep day` from the start of a folded line.
fn leading_date(line: &str) -> Option<(Numbers, &str)> {
    let mut rest = line.trim_start_matches(['[', '(', '【', ' ']);
    let mut numbers: Vec<i16> = Vec::new();
    while numbers.len() < 3 {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits == 0 || digits > 4 {
            break;
        }
        let (number, after) = rest.split_at(digits);
        numbers.push(number.parse().ok()?);
        let after_separator = after.strip_prefix(['/', '-', '.', '年', '月']);
        let more = after_separator.is_some_and(|a| a.starts_with(|c: char| c.is_ascii_digit()));
        rest = if more { after_separator? } else { after.strip_prefix('日').unwrap_or(after) };
        if !more {
            break;
        }
    }
    let rest = rest.trim_start_matches([']', ')', '】']);
    match numbers.as_slice() {
        [year, month, day] if *year >= 2000 => {
            Some(((Some(*year), i8::try_from(*month).ok()?, i8::try_from(*day).ok()?), rest))
        }
        [month, day] => Some(((None, i8::try_from(*month).ok()?, i8::try_from(*day).ok()?), rest)),
        _ => None,
    }
}

/// Drops `(水)` or `(水曜日)` or `(Wed)`.
fn strip_weekday(rest: &str) -> &str {
    let inside = rest.strip_prefix('(').and_then(|r| r.split_once(')'));
    match inside {
        Some((day, after)) if day.chars().count() <= 9 => after.trim_start(),
        _ => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokyo() -> Calendar {
        Calendar { zone: Zone::named("Asia/Tokyo").expect("zone"), day_starts_at: 240 }
    }

    fn at(text: &str) -> Timestamp {
        let t: jiff::Timestamp = text.parse().expect("an instant");
        Timestamp::from_millis(t.as_millisecond())
    }

    #[test]
    fn what_is_written_before_four_belongs_to_the_day_before() {
        let check = |instant: &str, day: &str| {
            assert_eq!(tokyo().day_of(at(instant)).to_string(), day, "{instant}");
        };
        check("2026-12-03T03:59:59+09:00", "2026-12-02");
        check("2026-12-03T04:00:00+09:00", "2026-12-03");
        check("2026-12-02T23:30:00Z", "2026-12-03");
        check("2027-01-01T00:10:00+09:00", "2026-12-31");
        // In the nights in which clocks change a day begins when its span does, and not four hours after midnight.
        let london = Calendar { zone: Zone::named("Europe/London").expect("zone"), day_starts_at: 240 };
        for day in ["2027-03-27", "2027-03-28", "2027-03-29", "2027-10-30", "2027-10-31", "2027-11-01"] {
            let day = Day::parse(day).expect("a day");
            let (from, until) = london.span_of_day(day);
            assert_eq!((london.day_of(from), london.day_of(until)), (day, day.plus(1)));
            assert_eq!(london.day_of(from.before(Duration::from_secs(1))), day.plus(-1));
        }
    }

    #[test]
    fn a_month_is_the_calendars_whenever_a_day_of_reports_begins() {
        let check = |month: &str, zone: &str, from: &str, to: &str| {
            let zone = Zone::named(zone).expect("a zone");
            let month = Month::parse(month).expect("a month");
            assert_eq!(month.span(&zone), (at(from), at(to)), "{month}");
            assert_eq!(Month::of(at(from), &zone), month);
            assert_ne!(Month::of(at(to), &zone), month);
        };
        check("2026-12", "Asia/Tokyo", "2026-12-01T00:00:00+09:00", "2027-01-01T00:00:00+09:00");
        // clocks go back in between
        check("2026-10", "Europe/Berlin", "2026-10-01T00:00:00+02:00", "2026-11-01T00:00:00+01:00");
        for wrong in ["2026-13", "2026-1", "2026", "2026-12-01", "202612", "12-2026", "", "2026-12-05T00:00"]
        {
            assert_eq!(Month::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn before_the_day_begins_today_is_two_days() {
        let check = |zone: &str, instant: &str, expected: &[&str]| {
            let calendar = Calendar { zone: Zone::named(zone).expect("zone"), day_starts_at: 240 };
            let days: Vec<String> = calendar.todays(at(instant)).iter().map(Day::to_string).collect();
            assert_eq!(days, expected, "{zone} {instant}");
        };
        check("Asia/Tokyo", "2026-12-03T01:00:00+09:00", &["2026-12-02", "2026-12-03"]);
        check("Asia/Tokyo", "2026-12-03T04:00:00+09:00", &["2026-12-03"]);
        check("Asia/Tokyo", "2026-12-03T23:59:59+09:00", &["2026-12-03"]);
        // the night that is an hour shorter: five in the morning by the clock, four hours after midnight
        check("Europe/London", "2027-03-28T05:00:00+01:00", &["2027-03-28"]);
        check("Europe/London", "2027-03-28T02:30:00+01:00", &["2027-03-27", "2027-03-28"]);
    }

    #[test]
    fn the_report_day_believes_people_before_servers_before_us() {
        let check = |named: Option<&str>, date: Option<&str>, internal: Option<&str>, expected: &str| {
            let ingested = at("2026-12-03T12:00:00+09:00");
            let named = named.and_then(Day::parse);
            let got = tokyo().report_day(named, date.map(at), internal.map(at), ingested);
            assert_eq!(got.to_string(), expected);
        };
        let noon = Some("2026-12-03T11:59:00+09:00");
        check(None, noon, noon, "2026-12-03");
        check(Some("2026-12-01"), noon, noon, "2026-12-01");
        check(Some("2026-12-04"), noon, noon, "2026-12-03"); // nobody reports from tomorrow
        check(Some("2025-12-01"), noon, noon, "2026-12-03");
        check(None, Some("2026-12-02T20:00:00+09:00"), noon, "2026-12-02"); // written last night, sent today
        check(None, Some("1970-01-01T00:00:00Z"), noon, "2026-12-03");
        check(None, None, None, "2026-12-03");
        check(None, noon, Some("2031-01-01T00:00:00Z"), "2026-12-03");
    }

    #[test]
    fn a_named_day_stands_alone_on_its_line() {
        let check = |line: &str, expected: Option<&str>| {
            let today = Day::parse("2026-12-03").expect("a day");
            let got = tokyo().named_day(line, today).map(|d| d.to_string());
            assert_eq!(got.as_deref(), expected, "{line}");
        };
        check("12/1", Some("2026-12-01"));
        check("１２／１", Some("2026-12-01"));
        check("12月1日", Some("2026-12-01"));
        check("12月1日（火）の日報", Some("2026-12-01"));
        check("【12/1】日報", Some("2026-12-01"));
        check("2026-12-01", Some("2026-12-01"));
        check("2026年12月1日", Some("2026-12-01"));
        check("12/31", Some("2025-12-31")); // then rejected as too long ago
        check("1/2 終わりました", None);
        check("12/1は雨でした", None);
        check("3つできました", None);
        check("日報", None);
        check("13/45", None);
        check("", None);
    }

    #[test]
    fn days_are_written_as_people_write_them() {
        let day = Day::parse("2026-12-03").expect("a day");
        assert_eq!(day.short(Locale::Ja), "12/3 木");
        assert_eq!(day.short(Locale::En), "3 Dec Thu");
        assert_eq!(day.long(Locale::Ja), "12月3日（木）");
        assert_eq!(day.long(Locale::En), "Thursday 3 December");
        assert_eq!(tokyo().moment(at("2026-12-04T20:00:00+09:00"), Locale::Ja), "12月4日（金）20時");
        assert_eq!(tokyo().moment(at("2026-12-04T20:00:00+09:00"), Locale::En), "8 pm on Friday 4 December");
        assert_eq!(tokyo().moment(at("2026-12-04T12:00:00+09:00"), Locale::En), "noon on Friday 4 December");
        assert_eq!(Day::from_number(day.number()), Some(day));
    }
}
