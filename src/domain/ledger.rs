//! What counts, and what it is worth: one entry for each act of a supporter, as it was when it was made.
//!
//! Money is a whole number of the smallest unit of its currency: yen, cents. An entry is never changed: neither a rate that
//! changes later nor what becomes of the mail touches it.

use super::calendar::Day;
use super::limits::DAY;
use super::people::{ClientId, SupporterId};
use crate::clock::Timestamp;

/// Of whom nothing came for so many days is silent.
const SILENT_DAYS: u32 = 3;

/// What a supporter did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// Her words passed on to a client of hers.
    Answer,
    /// Her words passed on to somebody else's client.
    StandIn,
    /// She read what a newcomer wrote.
    Reading,
    /// She wrote to a client who was silent.
    ReachingOut,
}

impl Act {
    /// The word in the database, in listings and in the configuration.
    pub fn word(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::StandIn => "stand_in",
            Self::Reading => "reading",
            Self::ReachingOut => "reaching_out",
        }
    }
}

/// `[rates]`: what each act is worth from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rates {
    /// An answer.
    pub answer: i64,
    /// An answer to somebody else's client.
    pub stand_in: i64,
    /// Reading a newcomer.
    pub reading: i64,
    /// Writing to somebody silent.
    pub reaching_out: i64,
    /// ISO 4217: "JPY".
    pub currency: String,
}

impl Rates {
    /// Nothing is paid.
    pub fn free() -> Self {
        Self { answer: 0, stand_in: 0, reading: 0, reaching_out: 0, currency: "JPY".to_owned() }
    }

    /// What one act is worth.
    pub fn of(&self, act: Act) -> i64 {
        match act {
            Act::Answer => self.answer,
            Act::StandIn => self.stand_in,
            Act::Reading => self.reading,
            Act::ReachingOut => self.reaching_out,
        }
    }
}

/// A supporter's answer that is free to go, or went out.
#[derive(Clone, Debug)]
pub struct PassedOn {
    /// Who wrote it.
    pub writer: SupporterId,
    /// Whose supporter she should be.
    pub client: ClientId,
    /// The client's supporter at this moment.
    pub supporter: Option<SupporterId>,
    /// The report that it answers.
    pub day: Day,
    /// Her letter.
    pub letter: i64,
    /// The mail that carries it.
    pub outbox_id: i64,
    /// That mail's Message-ID.
    pub message_id: String,
    /// When her mail came, as the server says.
    pub came_at: Option<Timestamp>,
    /// When the client's last letter before it came, where that had its answer already.
    pub nothing_since: Option<Timestamp>,
    /// It went out in an earlier life of the database, and does not go again.
    pub went_before: bool,
}

impl PassedOn {
    fn act(&self) -> Act {
        let silent = |since| self.came_at.is_some_and(|at| at.since(since) >= DAY * SILENT_DAYS);
        if self.nothing_since.is_some_and(silent) {
            Act::ReachingOut
        } else if self.supporter == Some(self.writer) {
            Act::Answer
        } else {
            Act::StandIn
        }
    }
}

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What was done.
    pub act: Act,
    /// By whom.
    pub supporter: SupporterId,
    /// For whom.
    pub client: ClientId,
    /// The client's day that it is about.
    pub day: Option<Day>,
    /// The letter that it stands for.
    pub letter: Option<i64>,
    /// The mail of ours that it stands for.
    pub outbox_id: Option<i64>,
    /// What makes it one: no Message-ID has two entries.
    pub message_id: String,
    /// When.
    pub made_at: Timestamp,
    /// What it was worth then.
    pub unit_price: i64,
    /// See [`Rates::currency`].
    pub currency: String,
}

/// The entry for an answer. One that went out in an earlier life of the database belongs to the time when it came, as far
/// as that is known: a month that is paid does not come again.
pub fn entry(answer: PassedOn, rates: &Rates, now: Timestamp) -> Entry {
    let act = answer.act();
    let before = answer.came_at.filter(|at| answer.went_before && *at < now);
    Entry {
        act,
        supporter: answer.writer,
        client: answer.client,
        day: Some(answer.day),
        letter: Some(answer.letter),
        outbox_id: Some(answer.outbox_id),
        message_id: answer.message_id,
        made_at: before.unwrap_or(now),
        unit_price: rates.of(act),
        currency: rates.currency.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_client_it_is_and_whether_it_went_before_decide_what_is_entered() {
        let rates = Rates { answer: 500, stand_in: 700, ..Rates::free() };
        let at = Timestamp::from_millis;
        let check = |supporter: Option<i64>, came: Option<i64>, went_before, expected| {
            let answer = PassedOn {
                writer: SupporterId(1),
                client: ClientId(2),
                supporter: supporter.map(SupporterId),
                day: Day::from_number(3).expect("a day"),
                letter: 4,
                outbox_id: 5,
                message_id: "6@example.jp".to_owned(),
                came_at: came.map(at),
                nothing_since: None,
                went_before,
            };
            let entry = entry(answer, &rates, at(1000));
            assert_eq!((entry.act, entry.unit_price, entry.made_at.millis()), expected);
        };
        check(Some(1), Some(10), false, (Act::Answer, 500, 1000));
        check(Some(9), Some(10), false, (Act::StandIn, 700, 1000));
        check(None, Some(10), false, (Act::StandIn, 700, 1000));
        check(Some(1), Some(10), true, (Act::Answer, 500, 10));
        check(Some(1), None, true, (Act::Answer, 500, 1000));
        // a server whose clock is ahead
        check(Some(1), Some(2000), true, (Act::Answer, 500, 1000));
    }
    #[test]
    fn words_to_somebody_who_has_been_silent_for_three_days_reach_out_to_her() {
        let day = i64::try_from(DAY.as_millis()).expect("a day");
        let check = |supporter: i64, came: i64, nothing_since: Option<i64>, expected: Act| {
            let answer = PassedOn {
                writer: SupporterId(1),
                client: ClientId(2),
                supporter: Some(SupporterId(supporter)),
                day: Day::from_number(3).expect("a day"),
                letter: 4,
                outbox_id: 5,
                message_id: "6@example.jp".to_owned(),
                came_at: Some(Timestamp::from_millis(came)),
                nothing_since: nothing_since.map(Timestamp::from_millis),
                went_before: false,
            };
            assert_eq!(answer.act(), expected);
        };
        check(1, 3 * day, Some(0), Act::ReachingOut);
        // who reaches out is no stand-in, whoever she is
        check(9, 9 * day, Some(day), Act::ReachingOut);
        check(1, 3 * day - 1, Some(0), Act::Answer);
        check(9, 3 * day - 1, Some(0), Act::StandIn);
        // the first answer to her last letter, however late
        check(1, 30 * day, None, Act::Answer);
    }
}
