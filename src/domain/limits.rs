//! How much the machine says by itself, and how much one person sets in motion (RFC 3834 §4): the numbers, and what
//! they hold for. What a person wrote is never dropped by a limit: it waits, or it is kept and the office is told.

use std::time::Duration;

use super::decision::{Decision, End, Post, Reason};
use super::letter::office;
use super::notice::{Notice, OfficeMatter, ReadingNotice};
use super::outgoing::Kind;
use super::people::Recipient;

/// Answers of the machine to one person within a day: robots that hide what they are would be answered for ever.
pub const ANSWERS_A_DAY: i64 = 3;
/// Mails of one thread that go out within an hour; the next one waits.
pub const THREAD_AN_HOUR: i64 = 20;
/// Mails of one writer within a day that have effects.
pub const MAILS_A_DAY: i64 = 200;
/// Answers of one supporter to one client within a day that pass on: two robots, each the other's reader, write on for
/// ever, and slower than any flood.
pub const PASSED_ON_A_DAY: i64 = 50;
/// Mails of one writer within an hour to reply addresses that are not his, until the office hears of it.
pub const BAD_TOKENS_AN_HOUR: i64 = 5;
/// Questions within a day about words from one address: each but the first follows on her no, or on one that got lost.
pub const QUESTIONS_A_DAY: i64 = 3;
/// Questions a day whether words that tell who wrote them may go as they are, to one supporter.
pub const TELLING_A_DAY: i64 = 20;
/// Questions about words that the receiving server refuted, to one supporter, that may stand unanswered.
pub const OPEN_QUESTIONS: i64 = 3;
/// Absences of one supporter, and reports that she gives to others, that one day may bring.
pub const ABSENCES_A_DAY: i64 = 10;
/// Mails to the office within a day, for one reason that a stranger can bring about.
pub const OFFICE_A_DAY: i64 = 10;

/// What octets may take of the disk that nobody needs.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// Of one writer's mails together; those without a single author have none, and count as one writer's.
    pub of_one: i64,
    /// Of all mails together.
    pub in_all: i64,
    /// More does not go in one transaction: a page is read to be freed, and others wait for the database meanwhile.
    pub at_once: i64,
}
/// Mails that had no effect (of strangers, lists, robots): a stranger's letter with a picture or two can still be looked
/// at, and all of them take about as much as is to be free on the disk anyway. The mailbox has them as well.
pub const ROOM_FOR_DISCARDED: Room = Room { of_one: 8 << 20, in_all: 256 << 20, at_once: 64 << 20 };

/// For how long what the machine said, or a person sent, counts.
pub const DAY: Duration = Duration::from_secs(86_400);
/// See [`DAY`].
pub const HOUR: Duration = Duration::from_secs(3600);

/// Reasons for which a mail only goes back, or leads to a notice and nothing else.
const SENT_BACK: [Reason; 13] = [
    Reason::NoThread,
    Reason::AbsenceUnclear,
    Reason::NotYours,
    Reason::NoWords,
    Reason::Gone,
    Reason::Unclear,
    Reason::OtherAddress,
    Reason::Revoked,
    Reason::RecallTooLate,
    Reason::NothingToRecall,
    Reason::RecallUnproven,
    Reason::MemoUnproven,
    Reason::ReadingLate,
];
/// Words that come back because of what became of them, and not because of the mail that brought it to light: there are
/// no more of these than words. And what is said of absences, which have a limit of their own; what the clock or the office
/// causes; and who of the pool has a letter, once for each question.
pub const NO_ANSWERS: [Reason; 24] = [
    Reason::Disowned,
    Reason::DeliveryReport,
    Reason::Withheld,
    Reason::Recalled,
    Reason::Absence,
    Reason::AbsenceWithdrawn,
    Reason::Cover,
    Reason::SetAside,
    Reason::AnsweredMeanwhile,
    Reason::AbsenceLine,
    Reason::LinePassed,
    Reason::Memo,
    Reason::AnotherClient,
    Reason::Assigned,
    Reason::HandedOver,
    Reason::Back,
    Reason::Leaving,
    Reason::PoolAsked,
    Reason::PoolLapsed,
    Reason::PoolOver,
    Reason::ReadFirst,
    Reason::ReadingAsked,
    Reason::ReadingReturned,
    Reason::ReadingOver,
];
/// Reasons that a stranger can bring about again and again, and of which the office hears.
pub const BY_STRANGERS: [Reason; 3] = [Reason::NoSingleAuthor, Reason::OtherAddress, Reason::ToOfficeRefuted];

/// Whether the machine answers the writer of a mail by itself. A question has limits of its own: words wait for it.
pub fn is_answer(kind: Kind, reason: Reason) -> bool {
    matches!(kind, Kind::Receipt | Kind::Returned | Kind::Notice) && !NO_ANSWERS.contains(&reason)
}

/// The person whom a mail would only be sent back to, or told of; such a mail does nothing else.
pub fn only_answers(decision: &Decision) -> Option<&Recipient> {
    let back = decision.posts.first().filter(|post| post.to != Recipient::Office);
    back.filter(|_| SENT_BACK.contains(&decision.reason)).map(|post| &post.to)
}

/// A mail stays in quarantine because a limit is reached; the office hears of it once a day for each person.
pub fn kept_back(reason: Reason, person: &str, number: i64) -> Decision {
    let posts = vec![told(OfficeMatter::Limit, reason, person, number)];
    Decision { reason, end: End::Quarantined, changes: Vec::new(), posts }
}

/// What the office hears of a limit that is reached.
pub fn told(matter: OfficeMatter, reason: Reason, person: &str, number: i64) -> Post {
    let mut post = office(matter, person, number);
    if let Notice::Office(office) = &mut post.notice {
        office.reason = reason.word().to_owned();
    }
    post
}

/// Within what something is said once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Once {
    /// A day of reports.
    Day,
    /// A month of such days.
    Month,
}

/// What makes a mail the same as another one to that person, and within what; `None` for one that is sent each time.
pub fn once(notice: &Notice) -> Option<(String, Once)> {
    match notice {
        Notice::Office(n) if n.matter == OfficeMatter::Limit => {
            Some((format!("limit|{}|{}", n.reason, n.person), Once::Day))
        }
        Notice::Copied(_) => Some(("copied".to_owned(), Once::Month)),
        Notice::Reading(ReadingNotice::Office(n)) if n.nobody() => Some(("no reader".to_owned(), Once::Day)),
        _ => None,
    }
}
