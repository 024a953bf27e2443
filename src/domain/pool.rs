//! The pool: whoever has a free minute is asked, without the text, whether she takes a letter; who says yes first gets it,
//! and has it for some hours. What is asked, what follows from a reply, and what is said when it is over.
//!
//! In doubt no letter is given away: a reply that is neither a yes nor a no is asked about.

mod phrases;
#[cfg(test)]
mod tests;
mod words;

use std::ops::RangeInclusive;
use std::time::Duration;

use super::calendar::Day;
use super::decision::{Change, Conversation, Decision, End, Post, Reason, Reply};
use super::locale::Locale;
use super::notice::{self, Notice, PoolNotice};
use super::outgoing::Kind;
use super::people::{Client, ClientId, Recipient, Supporter, SupporterId};
use super::returned;
use super::token::Purpose;
use crate::clock::Timestamp;

pub use words::{Willing, willing};

/// How the pool is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// For how long a report is hers who took it.
    pub hold: Duration,
    /// How many are asked at a time; the next ones an hour later.
    pub ask: usize,
}

impl Terms {
    /// What holds where the configuration says nothing.
    pub const USUAL: Self = Self { hold: Duration::from_secs(4 * 3600), ask: 5 };

    /// How long a hold may be.
    pub const HOLDS: RangeInclusive<Duration> = Duration::from_secs(30 * 60)..=Duration::from_secs(24 * 3600);
}

/// What somebody of the pool said, written down.
#[derive(Clone, Debug, PartialEq)]
pub enum PoolSaid {
    /// She was asked, in an earlier life of the database.
    Asked {
        /// For this report.
        report: i64,
        /// She.
        supporter: SupporterId,
    },
    /// She takes it, and holds it until then.
    Taken(Timestamp),
    /// She does not.
    Declined,
    /// She took it, and cannot after all.
    GivenBack(Timestamp),
    /// She would have; it was over, and she heard so.
    Late,
}

/// How long the letters are, roughly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// No words: a picture, perhaps.
    Wordless,
    /// Read in a moment.
    Short,
    /// Neither.
    Middle,
    /// One takes one's time.
    Long,
}

impl Length {
    /// Of texts. A Japanese character says as much as two or three others.
    pub fn of<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let width = |c: char| if c.is_ascii() { 1 } else { 2 };
        let width: usize = texts.flat_map(str::chars).filter(|c| !c.is_whitespace()).map(width).sum();
        match width {
            0 => Self::Wordless,
            1..=300 => Self::Short,
            301..=1200 => Self::Middle,
            _ => Self::Long,
        }
    }
}

/// The question, to one of the pool. It says neither who wrote nor what.
pub fn ask(to: &Supporter, client: &Client, day: Day, number: u64, ask: notice::PoolAsk) -> Post {
    let post = returned::plain(to, Kind::Notice, Notice::Pool(PoolNotice::Ask(ask)));
    let reply = Some(Reply { purpose: Purpose::ToAsk, thread: number });
    Post { client: Some(client.id), day: Some(day), reply, ..post }
}

/// Where an ask stands when its reply comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stand {
    /// The report waits, and nobody of the pool has it.
    Free,
    /// She has it.
    Hers,
    /// Another has it, or writes just now.
    Anothers,
    /// It is answered, or is hers no longer to take.
    Over,
}

/// What the decision about a reply needs to know.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The ask's number.
    pub number: u64,
    /// Who replied.
    pub supporter: Supporter,
    /// Whose report.
    pub client: ClientId,
    /// Which.
    pub day: Day,
    /// Where it stands.
    pub stand: Stand,
    /// What she says.
    pub willing: Willing,
    /// When her mail came.
    pub arrived: Timestamp,
    /// Until when it is hers, if she takes it.
    pub until: Timestamp,
}

/// Decides what follows from a reply.
pub fn replied(asked: &Asked) -> Decision {
    let said = |said| vec![Change::Pool { number: asked.number, said }];
    let (reason, changes, posts) = match (asked.willing, asked.stand) {
        (Willing::Yes, Stand::Free) => (Reason::PoolTaken, said(PoolSaid::Taken(asked.until)), Vec::new()),
        // She has it: the letter is on its way to her, or came.
        (Willing::Yes, Stand::Hers) => (Reason::PoolTaken, Vec::new(), Vec::new()),
        (Willing::Yes, stand) => {
            let notice = notice::PoolOver { answered: stand == Stand::Over, client: None, willing: true };
            let post = reply_to(asked, Notice::Pool(PoolNotice::Over(notice)));
            (Reason::PoolOver, said(PoolSaid::Late), vec![post])
        }
        (Willing::No, Stand::Hers) => {
            (Reason::PoolDeclined, said(PoolSaid::GivenBack(asked.arrived)), Vec::new())
        }
        (Willing::No, _) => (Reason::PoolDeclined, said(PoolSaid::Declined), Vec::new()),
        // Who says thank you needs no mail.
        (Willing::Polite, stand) if stand != Stand::Free => (Reason::PoolDeclined, Vec::new(), Vec::new()),
        (Willing::Unclear, Stand::Free | Stand::Hers) | (Willing::Polite, Stand::Free) => {
            (Reason::PoolUnclear, Vec::new(), vec![reply_to(asked, Notice::Pool(PoolNotice::Unclear))])
        }
        (Willing::Unclear | Willing::Polite, stand) => {
            let notice = notice::PoolOver { answered: stand == Stand::Over, client: None, willing: false };
            (
                Reason::PoolOver,
                said(PoolSaid::Late),
                vec![reply_to(asked, Notice::Pool(PoolNotice::Over(notice)))],
            )
        }
    };
    Decision { reason, end: End::Applied, changes, posts }
}

/// A mail about the ask, a reply to which is one to the ask.
fn reply_to(asked: &Asked, notice: Notice) -> Post {
    Post {
        kind: Kind::Notice,
        to: Recipient::Supporter(asked.supporter.clone()),
        notice,
        client: Some(asked.client),
        day: Some(asked.day),
        letter: None,
        reply: Some(Reply { purpose: Purpose::ToAsk, thread: asked.number }),
        conversation: Conversation::None,
        held_for: None,
    }
}

/// To whoever was asked, or held the report before: another took it, or it is answered.
pub fn over(to: &Supporter, answered: bool, client: Option<&Client>, number: Option<u64>) -> Post {
    let client = client.map(|client| client.name.clone());
    let notice = notice::PoolOver { answered, client, willing: false };
    let post = returned::plain(to, Kind::Notice, Notice::Pool(PoolNotice::Over(notice)));
    Post { reply: number.map(|number| Reply { purpose: Purpose::ToAsk, thread: number }), ..post }
}

/// To whoever had it for her hours: others are asked as well.
pub fn lapsed(to: &Supporter, client: &Client, day: Day) -> Post {
    let notice = notice::PoolLapsed { client: client.name.clone(), day };
    returned::plain(to, Kind::Notice, Notice::Pool(PoolNotice::Lapsed(notice)))
}

/// The language of a letter, in words for its reader.
pub fn language(of: Locale, reader: Locale) -> &'static str {
    match (of, reader) {
        (Locale::Ja, Locale::Ja) => "日本語",
        (Locale::En, Locale::Ja) => "英語",
        (Locale::Ja, Locale::En) => "Japanese",
        (Locale::En, Locale::En) => "English",
    }
}
