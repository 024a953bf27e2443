//! The Date field (RFC 5322 §3.3, obsolete forms of §4.3) → an instant.
//!
//! Nonsense is no date: a day that the month does not have, an hour 25, a missing zone. `JST` is +09:00, which
//! RFC 5322 would have us read as unknown, nine hours and often a whole day off.

use crate::clock::Timestamp;

/// Reads the raw value of a Date field.
pub fn parse(value: &[u8]) -> Option<Timestamp> {
    let text = String::from_utf8_lossy(value.get(..value.len().min(200))?).into_owned();
    let (plain, comment) = without_comments(&text);
    let plain = match plain.split_once(',') {
        Some((_, after)) => after.to_owned(),
        None => plain,
    };
    let mut words: Vec<&str> = plain.split_whitespace().collect();
    if words.first().is_some_and(|w| !w.starts_with(|c: char| c.is_ascii_digit())) {
        words.remove(0);
    }
    let [day, month, year, time, zone @ ..] = words.as_slice() else { return None };
    let zone = match zone {
        [] => comment.as_deref().map_or(Some(""), Some)?,
        [zone, ..] => zone,
    };
    let days = days_from_civil(read_year(year)?, read_month(month)?, number(day, 2)?)?;
    let seconds = days * 86_400 + read_time(time)? - read_zone(zone)? * 60;
    Some(Timestamp::from_millis(seconds * 1000))
}

/// The text outside parentheses, and the first comment.
fn without_comments(text: &str) -> (String, Option<String>) {
    let (mut plain, mut comment, mut depth) = (String::new(), String::new(), 0usize);
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            c if depth == 0 => plain.push(c),
            c => comment.push(c),
        }
        if c == '(' {
            plain.push(' ');
        }
    }
    (plain, (!comment.is_empty()).then_some(comment))
}

fn number(text: &str, digits: usize) -> Option<i64> {
    let good = (1..=digits).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    good.then(|| text.parse().ok()).flatten()
}

/// Two and three digits as RFC 5322 §4.3 reads them.
fn read_year(text: &str) -> Option<i64> {
    let year = number(text, 4)?;
    match (text.len(), year) {
        (2, 0..=49) => Some(year + 2000),
        (2 | 3, _) => Some(year + 1900),
        (4, 1900..) => Some(year),
        _ => None,
    }
}

fn read_month(text: &str) -> Option<i64> {
    const NAMES: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let name = text.get(..3)?.to_ascii_lowercase();
    NAMES.iter().position(|n| *n == name).and_then(|p| i64::try_from(p + 1).ok())
}

/// Seconds since midnight; the leap second counts as the one before it.
fn read_time(text: &str) -> Option<i64> {
    let mut parts = text.split([':', '.']);
    let (hour, minute) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let second = parts.next().map_or(Some(0), |s| number(s, 2))?;
    let good = hour < 24 && minute < 60 && second <= 60;
    good.then(|| hour * 3600 + minute * 60 + second.min(59))
}

/// Minutes east of UTC.
fn read_zone(text: &str) -> Option<i64> {
    let upper = text.to_ascii_uppercase().replace(':', "");
    if let Some(digits) = upper.strip_prefix(['+', '-']) {
        let value = number(digits, 4).filter(|_| digits.len() == 4)?;
        let (hours, minutes) = (value / 100, value % 100);
        let offset = hours * 60 + minutes;
        return (hours <= 14 && minutes < 60).then_some(if upper.starts_with('-') {
            -offset
        } else {
            offset
        });
    }
    match upper.as_str() {
        "UT" | "UTC" | "GMT" | "Z" => Some(0),
        "JST" | "KST" => Some(9 * 60),
        "EDT" => Some(-4 * 60),
        "EST" | "CDT" => Some(-5 * 60),
        "CST" | "MDT" => Some(-6 * 60),
        "MST" | "PDT" => Some(-7 * 60),
        "PST" => Some(-8 * 60),
        _ => None,
    }
}

/// Days since 1970-01-01 of a day of the Gregorian calendar; `None` when the month has no such day.
fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        _ => 31,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    // Years begin in March, so that the leap day is their last.
    let shifted = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (shifted.div_euclid(400), shifted.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_and_nonsense_is_none() {
        let check = |input: &str, expected: Option<&str>| {
            let got = parse(input.as_bytes()).map(|t| t.to_string());
            assert_eq!(got.as_deref(), expected, "{input}");
        };
        check("Sun, 22 Nov 2026 10:00:00 +0900", Some("2026-11-22T01:00:00Z"));
        check("Sun, 22 Nov 2026 10:00:00 JST", Some("2026-11-22T01:00:00Z"));
        check("Sun, 22 Nov 2026 10:00:00 (JST)", Some("2026-11-22T01:00:00Z"));
        check("Sun, 22 Nov 2026 10:00:00 +0900 (JST)", Some("2026-11-22T01:00:00Z"));
        check("22 Nov 2026 10:00 +0900", Some("2026-11-22T01:00:00Z"));
        check("Sun 22 Nov 2026 10:00 GMT", Some("2026-11-22T10:00:00Z"));
        check("(comment) Sun, 22 Nov 26 01:02:03 -0330", Some("2026-11-22T04:32:03Z"));
        check("Thu, 1 Jan 1970 00:00:00 +0000", Some("1970-01-01T00:00:00Z"));
        check("Mon, 29 Feb 2024 23:59:60 -0000", Some("2024-02-29T23:59:59Z"));
        check("Sun, 31 Dec 2106 00:00:00 +09:00", Some("2106-12-30T15:00:00Z"));
        check("日, 22 Nov 2026 10:00:00 +0900", Some("2026-11-22T01:00:00Z"));
        check("Sun, 22 November 2026 10:00:00 UTC", Some("2026-11-22T10:00:00Z"));
        for nonsense in [
            "",
            "32 Jan 2026 25:61:61 +0900",
            "29 Feb 2026 10:00:00 +0900",
            "22 Nov 2026 24:00:00 +0900",
            "22 Nov 2026 10:00:00",
            "22 Nov 2026 10:00:00 XYZ",
            "22 Nov 2026 10:00:00 +9900",
            "yesterday",
            "0 Jan 2026 00:00:00 +0000",
            "22 Nov 1000 10:00:00 +0000",
            "１月１日",
        ] {
            check(nonsense, None);
        }
    }
}
