//! The reply token: what an answer is allowed to do, signed (MAIL design: purpose + thread + person).
//!
//! A token names its holder; from any other address it is worth nothing.

use super::calendar::Day;

/// What a reply to the mail that carries the token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A supporter's words for the client of this thread.
    Answer,
    /// A client's reply to words that were passed on to her.
    ToWords,
    /// A client's reply to a notice of the machine.
    ToNotice,
    /// A supporter's yes to a confirmation; `thread` is the confirmation's number.
    Confirmation,
    /// A client's reply to the question whether what was hidden in her letter may be shown; `thread` is its number.
    ToHidden,
    /// A supporter's reply to a mail about her absence; `thread` is the absence's number.
    ToAbsence,
    /// A supporter's reply to a mail about an answer of hers that was set aside; `thread` is its number.
    ToSetAside,
    /// A supporter's reply to the question whether she takes a letter; `thread` is the ask's number.
    ToAsk,
    /// A person's reply to what says that the office reads her words; `thread` is 0.
    ToOffice,
    /// A reader's reply to a mail with a newcomer's answer; `thread` is the reading's number.
    ToReading,
}

/// The claim inside a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is for.
    pub purpose: Purpose,
    /// The client's thread ref, or the number of the question or the absence; 48 bits.
    pub thread: u64,
    /// The holder's principal ref.
    pub principal: u32,
    /// The holder's epoch when it was minted.
    pub epoch: u8,
    /// The report day that the mail was about.
    pub day: Day,
}

/// Octets of a signed token: forty characters of base32.
pub(super) const TOKEN_OCTETS: usize = 25;
const VERSION: u8 = 1;

impl Token {
    /// Octets of the claim; the rest of the token is the MAC (80 bits).
    pub const OCTETS: usize = 15;

    /// version 1 ‖ purpose 1 ‖ thread 6 ‖ principal 4 ‖ epoch 1 ‖ day 2, big-endian.
    pub(super) fn to_octets(self) -> [u8; Self::OCTETS] {
        let mut out = [0; Self::OCTETS];
        out[0] = VERSION;
        out[1] = match self.purpose {
            Purpose::Answer => 1,
            Purpose::ToWords => 2,
            Purpose::ToNotice => 3,
            Purpose::Confirmation => 4,
            Purpose::ToHidden => 5,
            Purpose::ToAbsence => 6,
            Purpose::ToSetAside => 7,
            Purpose::ToAsk => 8,
            Purpose::ToOffice => 9,
            Purpose::ToReading => 10,
        };
        out[2..8].copy_from_slice(&self.thread.to_be_bytes()[2..]);
        out[8..12].copy_from_slice(&self.principal.to_be_bytes());
        out[12] = self.epoch;
        out[13..15].copy_from_slice(&self.day.number().to_be_bytes());
        out
    }

    pub(super) fn from_octets(octets: [u8; Self::OCTETS]) -> Option<Self> {
        let purpose = match (octets[0], octets[1]) {
            (VERSION, 1) => Purpose::Answer,
            (VERSION, 2) => Purpose::ToWords,
            (VERSION, 3) => Purpose::ToNotice,
            (VERSION, 4) => Purpose::Confirmation,
            (VERSION, 5) => Purpose::ToHidden,
            (VERSION, 6) => Purpose::ToAbsence,
            (VERSION, 7) => Purpose::ToSetAside,
            (VERSION, 8) => Purpose::ToAsk,
            (VERSION, 9) => Purpose::ToOffice,
            (VERSION, 10) => Purpose::ToReading,
            _ => return None,
        };
        let big_endian = |part: &[u8]| part.iter().fold(0_u64, |n, o| n << 8 | u64::from(*o));
        Some(Self {
            purpose,
            thread: big_endian(&octets[2..8]),
            principal: u32::try_from(big_endian(&octets[8..12])).ok()?,
            epoch: octets[12],
            day: Day::from_number(u16::try_from(big_endian(&octets[13..15])).ok()?)?,
        })
    }
}
