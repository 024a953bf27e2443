//! The first answers of a newcomer are read by somebody experienced before they go: she says that they are good, or has a word
//! for their writer. Company, not inspection: what she says goes to the newcomer and never to the client.
//!
//! In doubt nothing goes: a reply that is neither a yes nor words for somebody is asked about.

mod late;
#[cfg(test)]
mod tests;
mod words;

use super::calendar::Day;
use super::decision::{Change, Conversation, Decision, End, Post, Reason, Reply};
use super::notice::{self, Notice, Read, ReadingNotice};
use super::outgoing::Kind;
use super::people::{Client, Recipient, Supporter, SupporterId};
use super::returned;
use super::token::Purpose;
use super::walk::Part;
use crate::clock::Timestamp;
use crate::mail::address::Address;

pub use late::Late;
pub use words::{Names, Said, is_courtesy, said};

/// How many answers are read first where the configuration says nothing.
pub const USUAL: u32 = 5;

/// An answer that waits until it is read.
#[derive(Clone, Debug, PartialEq)]
pub struct ToRead {
    /// What mails about it carry.
    pub number: u64,
    /// The mail that brought it.
    pub mail: i64,
    /// Its writer.
    pub writer: SupporterId,
    /// The address that it came from.
    pub address: Address,
    /// Who is asked first.
    pub reader: SupporterId,
    /// When it came.
    pub came_at: Timestamp,
    /// When it goes on.
    pub steps: Steps,
}

/// When a reading goes on by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steps {
    /// Another reader is asked.
    pub next_at: Timestamp,
    /// The office hears of it.
    pub office_at: Timestamp,
}

/// When an answer goes on that nobody reads. It came at `came_at`, its reader is up at `up`, to a report that came at `from` and
/// is due at `due_at`, and of which the client is told the truth at `tell`. Another reader is asked when a third of the time is
/// left, or in the middle of the time until the truth, where that is earlier; the office hears of it with the client. The time
/// of a reader who sleeps begins when she is up, unless the office hears before that.
pub fn steps(
    (came_at, up): (Timestamp, Timestamp),
    from: Timestamp,
    due_at: Timestamp,
    tell: Option<Part>,
) -> Steps {
    const TELL: Part = Part { of: 6, parts: 5 };
    const THIRD_LEFT: Part = Part { of: 3, parts: 2 };
    const MIDDLE: Part = Part { of: 2, parts: 1 };
    let told_at = tell.unwrap_or(TELL).between(from, due_at);
    let office_at = if told_at > came_at { told_at } else { TELL.between(came_at, due_at) };
    let begins = if up < office_at { up.max(came_at) } else { came_at };
    let next_at = THIRD_LEFT.between(begins, due_at);
    let next_at = if next_at < office_at { next_at } else { MIDDLE.between(begins, office_at) };
    Steps { next_at, office_at }
}

/// What becomes of a newcomer's answer that would go.
#[derive(Clone, Debug)]
pub enum First {
    /// Somebody reads it.
    With(Box<Company>),
    /// Nobody can: it goes, and the office hears of that.
    Nobody,
}

/// Who reads an answer, and all that is said of it.
#[derive(Clone, Debug)]
pub struct Company {
    /// The reading.
    pub to_read: ToRead,
    /// Who reads it.
    pub reader: Supporter,
    /// Its writer.
    pub writer: Supporter,
    /// For whom it is.
    pub client: Client,
    /// What there is to read.
    pub read: Read,
    /// When somebody else is asked, unless that is before she is up.
    pub until: Option<Timestamp>,
    /// Her mails are proven here: a reply without a word counts.
    pub empty_is_yes: bool,
    /// It is the newcomer's first one.
    pub first: bool,
    /// So many are read.
    pub of: u32,
}

impl Company {
    /// It waits.
    pub fn change(&self) -> Change {
        Change::ReadFirst(Box::new(self.to_read.clone()))
    }

    /// To the newcomer, and to the reader.
    pub fn posts(&self) -> [Post; 2] {
        let ask = notice::ReadingAsk {
            read: self.read.clone(),
            until: self.until,
            empty_is_yes: self.empty_is_yes,
            unclear: None,
        };
        let company = notice::ReadingCompany {
            client: self.client.name.clone(),
            reader: self.reader.name.clone(),
            first: self.first,
            of: self.of,
        };
        let company = ReadingNotice::Company(company);
        [
            to_writer(&self.writer, &self.client, self.read.day, Kind::Notice, company),
            asks(&self.reader, &self.client, self.to_read.number, ask),
        ]
    }
}

/// To a reader: would she read it?
pub fn asks(reader: &Supporter, client: &Client, number: u64, ask: notice::ReadingAsk) -> Post {
    let day = Some(ask.read.day);
    let reply = Some(Reply { purpose: Purpose::ToReading, thread: number });
    let post = returned::plain(reader, Kind::Notice, Notice::Reading(ReadingNotice::Ask(ask)));
    Post { client: Some(client.id), day, reply, ..post }
}

/// To the newcomer: a reply is an answer, as to the letter itself.
fn to_writer(writer: &Supporter, client: &Client, day: Day, kind: Kind, notice: ReadingNotice) -> Post {
    Post {
        kind,
        to: Recipient::Supporter(writer.clone()),
        notice: Notice::Reading(notice),
        client: Some(client.id),
        day: Some(day),
        letter: None,
        reply: Some(Reply { purpose: Purpose::Answer, thread: client.thread_ref }),
        conversation: Conversation::Month,
        held_for: None,
    }
}

/// To a reader who was asked: she need not any more.
pub fn over(reader: &Supporter, number: u64, writer: &str, client: &str) -> Post {
    let notice = notice::ReadingOver { writer: writer.to_owned(), client: client.to_owned() };
    let post = returned::plain(reader, Kind::Notice, Notice::Reading(ReadingNotice::Over(notice)));
    Post { reply: Some(Reply { purpose: Purpose::ToReading, thread: number }), ..post }
}

/// To the office: nobody has read it, or nobody can (`waits` is `None`).
pub fn to_office(writer: &str, client: &str, day: Day, waits: Option<(i64, Vec<String>)>) -> Post {
    let (writer, client) = (writer.to_owned(), client.to_owned());
    let notice = notice::ReadingOffice { writer, client, day, waits };
    returned::to_office(Notice::Reading(ReadingNotice::Office(notice)))
}

/// What is known when a reader replies.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The reading's number.
    pub number: u64,
    /// Who replied.
    pub reader: Supporter,
    /// Who wrote the answer.
    pub writer: Supporter,
    /// For whom it is.
    pub client: Client,
    /// What there is to read.
    pub read: Read,
    /// It waits to be read.
    pub open: bool,
    /// Her mails are proven here: a reply without a word counts.
    pub empty_is_yes: bool,
    /// When somebody else is asked next.
    pub until: Option<Timestamp>,
    /// Nothing more is needed to believe that she wrote it.
    pub trusted: bool,
    /// What she says.
    pub said: Said,
    /// Her words, without anybody's address.
    pub words: String,
    /// The same as their writer reads them.
    pub shown: String,
    /// The answer as its writer wrote it.
    pub own: String,
    /// The mail's number.
    pub mail: i64,
    /// Until when the writer is left in peace, where words come back to her; `None`: somebody else holds the report.
    pub writing_until: Option<Timestamp>,
    /// What became of it, where it does not wait.
    pub late: Late,
    /// She was asked in an earlier life of the database, which knows nothing of that: when her reply came.
    pub asked_before: Option<Timestamp>,
}

/// Decides about her reply.
pub fn replied(facts: &Facts) -> Decision {
    let mut decision = if facts.open { replied_in_time(facts) } else { late::replied(facts) };
    if let Some(at) = facts.asked_before {
        let asked = Change::ReadingAskedBefore { number: facts.number, reader: facts.reader.id, at };
        decision.changes.insert(0, asked);
    }
    decision
}

fn replied_in_time(facts: &Facts) -> Decision {
    let Facts { number, reader, writer, client, read, .. } = facts;
    let applied = |reason, changes, posts| Decision { reason, end: End::Applied, changes, posts };
    let settled = |approved| {
        let said = Change::ReadingSaid { number: *number, reader: reader.id, approved };
        vec![said, Change::SettleConfirmation { number: *number, yes: approved }]
    };
    match facts.said {
        Said::Declines => {
            let declined = Change::ReadingDeclined { number: *number, reader: reader.id };
            applied(Reason::ReadingDeclined, vec![declined], Vec::new())
        }
        Said::Nothing if !facts.trusted => Decision::only(End::Discarded, Reason::NoWords),
        Said::Approves | Said::Nothing if facts.trusted => {
            applied(Reason::ReadingApproved, settled(true), Vec::new())
        }
        Said::Returns if facts.trusted => {
            let notice = notice::ReadingBack {
                client: client.name.clone(),
                day: read.day,
                reader: reader.name.clone(),
                said: facts.shown.clone(),
                words: facts.own.clone(),
            };
            let back = to_writer(writer, client, read.day, Kind::Returned, ReadingNotice::Back(notice));
            let mut changes = settled(false);
            // She writes anew.
            let (client, day) = (client.id, read.day);
            changes.extend(facts.writing_until.map(|until| Change::Writing { client, day, until }));
            applied(Reason::ReadingReturned, changes, vec![back])
        }
        _ => {
            let ask = notice::ReadingAsk {
                read: read.clone(),
                until: facts.until,
                empty_is_yes: facts.empty_is_yes,
                unclear: Some(facts.words.trim().to_owned()),
            };
            applied(Reason::ReadingUnclear, Vec::new(), vec![asks(reader, client, *number, ask)])
        }
    }
}
