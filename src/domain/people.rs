//! The people of the service. Ids are rows; refs are random numbers that may leave the database inside tokens,
//! and stay the same after a restore.

use super::hours::{Hours, OwnHours};
use super::locale::Locale;
use crate::mail::address::Address;

/// The row of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientId(pub i64);

/// The row of a supporter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SupporterId(pub i64);

/// Somebody who writes daily reports.
#[derive(Clone, Debug, PartialEq)]
pub struct Client {
    /// Row.
    pub id: ClientId,
    /// Unique; how supporters know her.
    pub name: String,
    /// Her goal in her words; empty when she has set none.
    pub goal: String,
    /// The language that she is written to in.
    pub locale: Locale,
    /// Paused clients are left in peace; what they write is a report all the same.
    pub paused: bool,
    /// 48 random bits that stand for her thread in tokens.
    pub thread_ref: u64,
    /// 32 random bits that stand for her in tokens and keys of effects.
    pub principal_ref: u32,
    /// Tokens of earlier epochs are void.
    pub epoch: u8,
    /// Who answers her; `None` until one is assigned.
    pub supporter: Option<SupporterId>,
    /// Who answers her where the first cannot; `None` when there is none.
    pub second: Option<SupporterId>,
    /// What of her hours is not the service's.
    pub hours: OwnHours,
    /// She agreed that somebody of the pool answers, where neither of them can.
    pub pool: bool,
    /// Her registered addresses; mail goes to the first.
    pub addresses: Vec<Address>,
}

/// Somebody who answers reports.
#[derive(Clone, Debug, PartialEq)]
pub struct Supporter {
    /// Row.
    pub id: SupporterId,
    /// Unique; how clients know her.
    pub name: String,
    /// The language that she is written to in.
    pub locale: Locale,
    /// As for a client.
    pub principal_ref: u32,
    /// As for a client.
    pub epoch: u8,
    /// As for a client.
    pub hours: OwnHours,
    /// She may be asked whether she takes a letter of somebody else's client.
    pub pool: bool,
    /// Her registered addresses; mail goes to the first.
    pub addresses: Vec<Address>,
}

/// On which side of the service somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// She writes reports.
    Client,
    /// She answers them.
    Supporter,
}

impl Side {
    /// The word in the journal's pseudonyms.
    pub fn word(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Supporter => "supporter",
        }
    }
}

/// Whom a mail of ours is for.
#[derive(Clone, Debug, PartialEq)]
pub enum Recipient {
    /// A client, at her first address.
    Client(Client),
    /// A supporter, at her first address.
    Supporter(Supporter),
    /// The office: one mail per configured operator address.
    Office,
    /// The office but for these addresses, whose owner it is about: she is not told as an operator what nobody tells her.
    OfficeBut(Vec<Address>),
}

impl Recipient {
    /// The person's name; empty for the office.
    pub fn name(&self) -> &str {
        match self {
            Self::Client(c) => &c.name,
            Self::Supporter(s) => &s.name,
            Self::Office | Self::OfficeBut(_) => "",
        }
    }

    /// Tokens of earlier epochs are void; the office has none.
    pub fn epoch(&self) -> u8 {
        match self {
            Self::Client(c) => c.epoch,
            Self::Supporter(s) => s.epoch,
            Self::Office | Self::OfficeBut(_) => 0,
        }
    }

    /// Her hours, where `service` has those of everybody.
    pub fn hours(&self, service: &Hours) -> Hours {
        match self {
            Self::Client(c) => c.hours.over(service),
            Self::Supporter(s) => s.hours.over(service),
            Self::Office | Self::OfficeBut(_) => service.clone(),
        }
    }

    /// The number that stands for the person in keys and tokens; 0 for the office.
    pub fn principal_ref(&self) -> u32 {
        match self {
            Self::Client(c) => c.principal_ref,
            Self::Supporter(s) => s.principal_ref,
            Self::Office | Self::OfficeBut(_) => 0,
        }
    }
}
