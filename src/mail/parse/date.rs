//! The Date field (RFC 5322 §3.3, obsolete forms of §4.3) → an instant.
//!
//! mail-parser reads the date; what it lets through is judged here. Nonsense is no date: a day that the month does not
//! have, an hour 25, a missing zone. `JST` is +09:00, which RFC 5322 would have us read as unknown, nine hours and
//! often a whole day off.

use mail_parser::DateTime;

use crate::clock::Timestamp;

/// Reads the raw value of a Date field.
pub fn parse(value: &[u8]) -> Option<Timestamp> {
    let text = String::from_utf8_lossy(value.get(..value.len().min(200))?).into_owned();
    let (plain, comment) = without_comments(&text);
    let words = plain.split([',', ' ', '\t', '\r', '\n']).filter(|w| !w.is_empty());
    let words: Vec<&str> = words.flat_map(dashed).collect();
    let [day, month, year, time, zone @ ..] = &day_first(&words)?[..] else { return None };
    let zone = zone_offset(zone.first().copied().or(comment.as_deref())?)?;
    let (year, time) = (read_year(year)?, read_time(time)?);
    let at = DateTime::parse_rfc822(&format!("{day} {} {year} {time} {zone}", month.get(..3)?))?;
    // a day that its month does not have would be one of the next month
    let real = DateTime::from_timestamp(at.to_timestamp_local());
    let same = (real.year, real.month, real.day) == (at.year, at.month, at.day);
    (at.is_valid() && same).then(|| Timestamp::from_millis(at.to_timestamp() * 1000))
}

/// `10-Nov-2026` as three words.
fn dashed(word: &str) -> Vec<&str> {
    match word.split('-').collect::<Vec<_>>().as_slice() {
        [day, month, year] if is_number(day) && is_month(month) && is_number(year) => {
            vec![day, month, year]
        }
        _ => vec![word],
    }
}

/// The words in the order day, month, year, time, zone, without the weekday. Month before day is how some write it
/// (`November 10, 2026 9:12`), the year behind the time is ctime's (`Nov 10 09:12:00 2026`).
fn day_first<'a>(words: &[&'a str]) -> Option<Vec<&'a str>> {
    let weekday = words.first().is_some_and(|w| !is_number(w) && !is_month(w));
    let words = words.get(usize::from(weekday)..)?;
    let ordered = match *words {
        [month, day, time, year, ref zone @ ..] if !is_number(month) && time.contains(':') => {
            [&[day, month, year, time], zone].concat()
        }
        [month, day, ref rest @ ..] if !is_number(month) => [&[day, month], rest].concat(),
        _ => words.to_vec(),
    };
    Some(ordered)
}

fn is_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
}

/// Whether it is an English month, whole or its first three letters.
fn is_month(word: &str) -> bool {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    word.get(..3).is_some_and(|first| MONTHS.contains(&first.to_ascii_lowercase().as_str()))
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

/// A time of day with its seconds, `:` between them; the leap second counts as the one before it.
fn read_time(text: &str) -> Option<String> {
    let mut parts = text.split([':', '.']);
    let (hour, minute) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let second = parts.next().map_or(Some(0), |s| number(s, 2))?;
    let good = hour < 24 && minute < 60 && second <= 60;
    good.then(|| format!("{hour:02}:{minute:02}:{:02}", second.min(59)))
}

/// A zone as `+0900`, whether it is written in digits or as a name.
fn zone_offset(text: &str) -> Option<String> {
    let upper = text.to_ascii_uppercase().replace(':', "");
    let upper = match upper.strip_prefix("GMT").or(upper.strip_prefix("UTC")) {
        Some(digits) if digits.starts_with(['+', '-']) => digits.to_owned(),
        _ => upper,
    };
    if let Some(digits) = upper.strip_prefix(['+', '-']) {
        let value = number(digits, 4).filter(|_| digits.len() == 4)?;
        return (value / 100 <= 14 && value % 100 < 60).then_some(upper);
    }
    let offset = match upper.as_str() {
        "UT" | "UTC" | "GMT" | "Z" => "+0000",
        "JST" | "KST" => "+0900",
        "EDT" => "-0400",
        "EST" | "CDT" => "-0500",
        "CST" | "MDT" => "-0600",
        "MST" | "PDT" => "-0700",
        "PST" => "-0800",
        _ => return None,
    };
    Some(offset.to_owned())
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
        check("Sun, 22 Nov 2026 10:00:00 GMT+0900", Some("2026-11-22T01:00:00Z"));
        check("Sun, 22 Nov 2026 10:00:00 UTC+09:00", Some("2026-11-22T01:00:00Z"));
        check("Sun, 22-Nov-2026 10:00:00 +0900", Some("2026-11-22T01:00:00Z"));
        check("22-Nov-26 10:00 JST", Some("2026-11-22T01:00:00Z"));
        check("Sun Nov 22 10:00:00 2026 +0900", Some("2026-11-22T01:00:00Z"));
        check("Sunday, November 22, 2026 10:00 +0900", Some("2026-11-22T01:00:00Z"));
        check("November 22, 2026 10:00:00 +0900", Some("2026-11-22T01:00:00Z"));
        check("Sunday, 22 November, 2026 10:00 +0900", Some("2026-11-22T01:00:00Z"));
        for nonsense in [
            "",
            "Sun Nov 22 10:00:00 2026",
            "Sunday, November 22, 2026 10:00",
            "Sun, 11-22-2026 10:00:00 +0900",
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
