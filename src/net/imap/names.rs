//! Words as IMAP wants them: folder names in modified UTF-7 (RFC 3501 §5.1.3), quoted strings, sets of UIDs, and
//! the date-time of INTERNALDATE (RFC 3501 §9).

use data_encoding::BASE64_NOPAD;

use crate::clock::Timestamp;

/// Longest set of UIDs in one command, in characters: servers read lines of 8 KiB, some of 1,000.
const LONGEST_SET: usize = 900;

/// A folder name as the server spells it: printable ASCII as it is, `&` as `&-`, the rest as UTF-16BE in base64
/// with `,` for `/`, between `&` and `-`.
pub(super) fn modified_utf7(name: &str) -> String {
    let mut out = String::new();
    let mut shifted: Vec<u8> = Vec::new();
    for c in name.chars() {
        if matches!(c, ' '..='~') {
            unshift(&mut shifted, &mut out);
            out.push(c);
            if c == '&' {
                out.push('-');
            }
        } else {
            let mut units = [0; 2];
            shifted.extend(c.encode_utf16(&mut units).iter().flat_map(|unit| unit.to_be_bytes()));
        }
    }
    unshift(&mut shifted, &mut out);
    out
}

/// The same backwards; `None` for what is no modified UTF-7.
pub(super) fn decoded(wire: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = wire;
    while let Some((plain, shifted)) = rest.split_once('&') {
        let (base64, after) = shifted.split_once('-')?;
        out.push_str(plain);
        if base64.is_empty() {
            out.push('&');
        } else {
            let octets = BASE64_NOPAD.decode(base64.replace(',', "/").as_bytes()).ok()?;
            let units: Vec<u16> =
                octets.chunks(2).map(|two| two.iter().fold(0, |n, o| n << 8 | u16::from(*o))).collect();
            out.push_str(&String::from_utf16(&units).ok()?);
        }
        rest = after;
    }
    out.push_str(rest);
    // Only what comes back as it was can be selected under this name.
    (modified_utf7(&out) == wire).then_some(out)
}

fn unshift(shifted: &mut Vec<u8>, out: &mut String) {
    if !shifted.is_empty() {
        out.push('&');
        out.push_str(&BASE64_NOPAD.encode(shifted).replace('/', ","));
        out.push('-');
        shifted.clear();
    }
}

/// A quoted string; `None` when the text holds what RFC 3501 does not allow in one.
pub(super) fn quoted(text: &str) -> Option<String> {
    let allowed = text.chars().all(|c| matches!(c, ' '..='~'));
    allowed.then(|| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}

/// Takes UIDs off the front of `uids` (ascending) for one command: at most `most` of them, and a set of at most
/// [`LONGEST_SET`] characters. Neighbours become ranges, so that no other UID is ever asked for.
pub(super) fn uid_set(uids: &[u32], most: usize) -> (String, usize) {
    let uids = &uids[..uids.len().min(most)];
    let mut set = String::new();
    let mut taken = 0;
    while taken < uids.len() && set.len() <= LONGEST_SET - 22 {
        let first = uids[taken];
        let mut last = first;
        taken += 1;
        while taken < uids.len() && last.checked_add(1) == Some(uids[taken]) {
            last = uids[taken];
            taken += 1;
        }
        if !set.is_empty() {
            set.push(',');
        }
        set.push_str(&first.to_string());
        if last > first {
            set.push_str(&format!(":{last}"));
        }
    }
    (set, taken)
}

/// Reads `dd-Mon-yyyy hh:mm:ss ±hhmm`, the day with or without its leading blank or zero.
pub(super) fn internal_date(text: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let mut words = text.split_ascii_whitespace();
    let (date, time, zone) = (words.next()?, words.next()?, words.next()?);
    let number = |digits: &str| digits.parse::<u16>().ok().map(i64::from);
    let mut date = date.split('-');
    let (day, name, year) = (number(date.next()?)?, date.next()?.to_ascii_lowercase(), number(date.next()?)?);
    let month = 1 + i64::try_from(MONTHS.iter().position(|m| *m == name)?).ok()?;
    let mut time = time.split(':');
    let (hour, minute, second) = (number(time.next()?)?, number(time.next()?)?, number(time.next()?)?);
    let sign = match zone.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let offset = number(zone.get(1..3)?)? * 60 + number(zone.get(3..5)?)?;
    if !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 || zone.len() != 5 {
        return None;
    }
    let seconds = days_from_civil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some(Timestamp::from_millis((seconds - sign * offset * 60) * 1_000))
}

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar (Hinnant's algorithm, years from 0).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_names_become_modified_utf7() {
        let check = |name: &str, wire: &str| assert_eq!(modified_utf7(name), wire, "{name}");
        check("INBOX", "INBOX");
        check("Tom & Jerry", "Tom &- Jerry");
        check("台北", "&U,BTFw-");
        check("日本語", "&ZeVnLIqe-");
        check("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-");
        check("よりそい便り", "&MIgwijBdMERPvzCK-");
        check("😀", "&2D3eAA-");
        check("a\u{7f}b", "a&AH8-b");
        check("", "");
    }

    #[test]
    fn folder_names_come_back_as_people_write_them() {
        let check = |wire: &str, name: Option<&str>| assert_eq!(decoded(wire).as_deref(), name, "{wire}");
        check("INBOX.Junk", Some("INBOX.Junk"));
        check("Tom &- Jerry", Some("Tom & Jerry"));
        check("&j,dg0TDhMPww6w-", Some("迷惑メール"));
        check("~peter/mail/&U,BTFw-/&ZeVnLIqe-", Some("~peter/mail/台北/日本語"));
        check("&2D3eAA-", Some("😀"));
        check("a&b", None);
        check("&2D0-", None);
        check("&U,BTF-", None);
        check("&AGE-", None);
        check("", Some(""));
    }

    #[test]
    fn strings_are_quoted_or_refused() {
        let check = |text: &str, wire: Option<&str>| assert_eq!(quoted(text).as_deref(), wire, "{text}");
        check("a\"b\\c", Some("\"a\\\"b\\\\c\""));
        check("", Some("\"\""));
        check("p\r\nA1 LOGOUT", None);
        check("ぱす", None);
    }

    #[test]
    fn sets_hold_exactly_the_uids_asked_for() {
        let check = |uids: &[u32], most: usize, expected: (&str, usize)| {
            assert_eq!(uid_set(uids, most), (expected.0.to_owned(), expected.1));
        };
        check(&[1, 2, 3, 5, 9, 10], 100, ("1:3,5,9:10", 6));
        check(&[1, 2, 3, 5], 2, ("1:2", 2));
        check(&[u32::MAX - 1, u32::MAX], 9, ("4294967294:4294967295", 2));
        check(&[], 9, ("", 0));
        let scattered: Vec<u32> = (0..5_000).map(|n| 1_000_000_000 + 2 * n).collect();
        let (set, taken) = uid_set(&scattered, 5_000);
        assert!(set.len() <= LONGEST_SET && taken > 70, "{} {taken}", set.len());
        assert_eq!(set.split(',').count(), taken);
    }

    #[test]
    fn internal_dates_are_read_or_left() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(internal_date(text).map(|t| t.to_string()).as_deref(), expected, "{text}");
        };
        check("17-Jul-1996 02:44:25 -0700", Some("1996-07-17T09:44:25Z"));
        check(" 7-jul-2026 23:00:00 +0900", Some("2026-07-07T14:00:00Z"));
        check("29-Feb-2024 00:00:00 +0000", Some("2024-02-29T00:00:00Z"));
        check("01-Jan-1970 00:00:00 +0000", Some("1970-01-01T00:00:00Z"));
        check("31-Dec-1969 23:59:59 +0000", Some("1969-12-31T23:59:59Z"));
        check("17-Foo-1996 02:44:25 -0700", None);
        check("17-Jul-1996 02:44:25", None);
        check("17-Jul-1996 02:44:25 +9", None);
        check("17-Jul-1996 02:44:25 あいう", None);
        check("", None);
    }
}
