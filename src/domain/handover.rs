//! A leave begins, and somebody else has the supporter's clients; it ends, and they come back to her.
//!
//! Whoever stands in gets one letter that makes her known with each client; the client hears her name, unless it is about a
//! single day; who was away hears what happened. What waits comes back to her, unless the client was told another name, or
//! somebody is writing.

use super::absence::{Absence, Days};
use super::calendar::Day;
use super::decision::{Change, Conversation, Decision, End, Post, Reason, Reply};
use super::limits;
use super::notice::{self, Notice};
use super::outgoing::Kind;
use super::people::{Client, Recipient, Supporter, SupporterId};
use super::returned;
use super::token::Purpose;
use crate::clock::Timestamp;
use crate::mail::fold::fold;

/// What is to be done about an absence on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Nothing, any more.
    Nothing,
    /// Nothing before that day begins.
    Wait(Day),
    /// She is away: others have her clients.
    Away,
    /// She is back.
    Back,
}

/// What an absence asks for on a day; `begun` says that others have her clients because of it, `away` that she is away
/// that day for whatever reason.
pub fn look(absence: &Absence, begun: bool, today: Day, away: bool) -> Look {
    let counts = absence.client.is_none() && absence.confirmed && !absence.withdrawn;
    match absence.days {
        Days { from, .. } if counts && today < from => Look::Wait(from),
        Days { until, .. } if counts && today <= until => Look::Away,
        _ if !begun => Look::Nothing,
        // Another announcement goes on where this one ends.
        _ if away => Look::Wait(today.plus(1)),
        _ => Look::Back,
    }
}

/// Whether a client hears who stands in: for a single day it is said where she looks anyway, in the answer.
pub fn is_worth_telling(days: Days) -> bool {
    days.from < days.until
}

/// A report that waits when its client's supporter comes back.
#[derive(Clone, Copy, Debug)]
pub struct Waiting {
    /// Until when whoever has it is left in peace to write.
    pub writing_until: Option<Timestamp>,
    /// The client was told who has it.
    pub told: bool,
    /// An answer to it waits for a yes.
    pub held: bool,
}

/// Whether it comes back to her, or stays with the one who stood in.
pub fn comes_back(report: &Waiting, now: Timestamp) -> bool {
    !report.told && !report.held && report.writing_until.is_none_or(|until| until <= now)
}

/// So many characters of each letter are shown to the one who is back.
const SHORT: usize = 100;

/// The beginning of a letter.
pub fn in_short(text: &str) -> String {
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = one_line.chars().take(SHORT).collect();
    if short.len() < one_line.len() {
        short.push('…');
    }
    short
}

/// To whoever stands in; what she replies is about that absence.
pub fn to_second(second: &Supporter, number: u64, notice: Notice) -> Post {
    about(number, returned::plain(second, Kind::Notice, notice))
}

/// To the one who is, or was, away.
pub fn to_own(own: &Supporter, number: u64, notice: Notice) -> Post {
    about(number, returned::plain(own, Kind::Notice, notice))
}

fn about(number: u64, post: Post) -> Post {
    Post { reply: Some(Reply { purpose: Purpose::ToAbsence, thread: number }), ..post }
}

/// What the decision about a word to whoever stands in needs to know.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its writer.
    pub own: Supporter,
    /// The absence's number.
    pub number: u64,
    /// Her words, with what tells who somebody is hidden.
    pub shown: String,
    /// Who stands in for her.
    pub seconds: Vec<String>,
    /// Those of them who got their letter.
    pub told: Vec<Supporter>,
    /// So many words of hers are kept already.
    pub before: usize,
    /// The mail's number.
    pub mail: i64,
}

/// Whether words of hers may go to whoever stands in for some of her clients: not where they name another one of these.
pub fn is_for(words: &str, clients: &[Client], second: SupporterId) -> bool {
    let plain = |text: &str| fold(text).to_lowercase();
    let named = |client: &Client| (plain(client.name.trim()), client.second == Some(second));
    let mut names: Vec<(String, bool)> = clients.iter().map(named).collect();
    // はるか is not はる.
    names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    let text = plain(words);
    let letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let (mut rest, mut before) = (text.as_str(), None);
    while let Some(c) = rest.chars().next() {
        let stands = |name: &str| {
            let inside = letter(before) && letter(Some(c));
            let goes_on = letter(name.chars().last()) && letter(rest[name.len()..].chars().next());
            !inside && !goes_on
        };
        let found = names
            .iter()
            .find(|(name, _)| !name.is_empty() && rest.starts_with(name.as_str()) && stands(name));
        let length = match found {
            Some((_, false)) => return false,
            Some((name, true)) => name.len(),
            None => c.len_utf8(),
        };
        before = rest[..length].chars().last();
        rest = &rest[length..];
    }
    true
}

/// More than these are no word for somebody any more.
const LINES: usize = 8;

/// A word is kept for the letter, or goes on to those who have theirs; its writer hears what became of it.
pub fn line(facts: &Line) -> Decision {
    let Line { own, number, shown, .. } = facts;
    if facts.before >= LINES {
        return limits::kept_back(Reason::Flood, &own.name, facts.mail);
    }
    let (seconds, words, begun) = (facts.seconds.clone(), shown.clone(), !facts.told.is_empty());
    let said = notice::Line { own: None, seconds, words, begun };
    let on = Notice::Line(notice::Line { own: Some(own.name.clone()), ..said.clone() });
    let mut posts = vec![to_own(own, *number, Notice::Line(said))];
    posts.extend(facts.told.iter().map(|second| to_second(second, *number, on.clone())));
    let changes = vec![Change::AbsenceLine { number: *number, shown: shown.clone() }];
    Decision { reason: Reason::AbsenceLine, end: End::Applied, changes, posts }
}

/// The client hears by name who reads her letters.
pub fn introduction(client: &Client, notice: notice::StandIn) -> Post {
    Post {
        kind: Kind::Notice,
        to: Recipient::Client(client.clone()),
        notice: Notice::StandIn(notice),
        client: Some(client.id),
        day: None,
        letter: None,
        reply: Some(Reply { purpose: Purpose::ToNotice, thread: client.thread_ref }),
        conversation: Conversation::None,
        held_for: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::people::{ClientId, SupporterId};

    fn day(n: i32) -> Day {
        Day::parse("2026-12-01").expect("a day").plus(n - 1)
    }

    #[test]
    fn a_leave_is_looked_at_when_it_begins_and_when_it_is_over() {
        let check =
            |(confirmed, withdrawn): (bool, bool), begun: bool, today: i32, away: bool, expected: Look| {
                let days = Days { from: day(3), until: day(5) };
                let (supporter, client) = (SupporterId(1), None);
                let absence = Absence { id: 1, number: 1, supporter, days, client, confirmed, withdrawn };
                assert_eq!(
                    look(&absence, begun, day(today), away),
                    expected,
                    "{confirmed} {withdrawn} {begun} {today}"
                );
                let cover = Absence { client: Some(ClientId(1)), ..absence };
                assert_eq!(look(&cover, false, day(today), away), Look::Nothing);
            };
        let (stands, asked, gone) = ((true, false), (false, false), (true, true));
        check(stands, false, 1, false, Look::Wait(day(3)));
        check(stands, false, 3, true, Look::Away);
        check(stands, true, 4, true, Look::Away); // somebody who was away herself may have come back meanwhile
        check(stands, true, 5, true, Look::Away);
        check(stands, true, 6, false, Look::Back);
        check(stands, true, 6, true, Look::Wait(day(7))); // she stays away, as she said in another mail
        check(stands, false, 6, false, Look::Nothing); // the machine stood still all the time
        check(asked, false, 3, false, Look::Nothing);
        check(gone, false, 1, false, Look::Nothing); // taken back before it began
        check(gone, true, 4, false, Look::Back); // and after
        check(gone, true, 4, true, Look::Wait(day(5)));
    }

    #[test]
    fn what_waits_comes_back_unless_somebody_is_at_it() {
        let at = Timestamp::from_millis;
        let report = Waiting { writing_until: None, told: false, held: false };
        let check =
            |report: Waiting, expected| assert_eq!(comes_back(&report, at(5)), expected, "{report:?}");
        check(report, true);
        check(Waiting { writing_until: Some(at(5)), ..report }, true);
        check(Waiting { writing_until: Some(at(6)), ..report }, false);
        check(Waiting { told: true, ..report }, false); // she was told who has it
        check(Waiting { held: true, ..report }, false); // an answer is there
    }

    #[test]
    fn a_letter_in_short_is_its_beginning_in_one_line() {
        let check = |text: &str, expected: &str| assert_eq!(in_short(text), expected);
        check("歩きました。\n\n疲れました。", "歩きました。 疲れました。");
        check(&"あ".repeat(100), &"あ".repeat(100));
        check(&"あ".repeat(101), &format!("{}…", "あ".repeat(100)));
        assert!(is_worth_telling(Days { from: day(1), until: day(2) }));
        assert!(!is_worth_telling(Days { from: day(1), until: day(1) }));
    }

    #[test]
    fn a_word_about_one_client_is_not_for_whoever_has_another() {
        let check = |words: &str, expected: (bool, bool)| {
            let client = |name: &str, second| Client {
                id: ClientId(1),
                name: name.to_owned(),
                goal: String::new(),
                locale: crate::domain::locale::Locale::Ja,
                paused: false,
                thread_ref: 1,
                principal_ref: 1,
                epoch: 0,
                supporter: Some(SupporterId(9)),
                second: Some(SupporterId(second)),
                hours: crate::domain::hours::OwnHours::default(),
                pool: false,
                addresses: Vec::new(),
            };
            let clients = [client("はる", 1), client("はるか", 2), client("Al", 2)];
            let found = (is_for(words, &clients, SupporterId(1)), is_for(words, &clients, SupporterId(2)));
            assert_eq!(found, expected, "{words}");
        };
        check("よろしくお願いします。", (true, true));
        check("はるさんは、朝に書かれます。", (true, false));
        check("はるかさんは、朝に書かれます。", (false, true));
        check("はるさんも、はるかさんも、お元気です。", (false, false));
        check("AL writes at night.", (false, true));
        check("They also write at night.", (true, true));
        check("", (true, true));
    }
}
