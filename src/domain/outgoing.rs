//! The kinds of mail that we send, and what each is worth: how long it is tried, how often it may repeat, how
//! soon it goes out.

use std::time::Duration;

use super::decision::Reason;

/// What an outgoing mail is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A client's report, to a supporter.
    Alert,
    /// A client's thanks, to a supporter.
    FollowUp,
    /// A supporter's words, to a client.
    PassOn,
    /// "It arrived", to a client.
    Receipt,
    /// A question: "was it you?" or "shall it go as it is?", to a supporter; "shall it be shown?", to a client.
    Confirmation,
    /// Somebody's own words back, with what to do.
    Returned,
    /// That an answer may come after its deadline, to a client.
    Truth,
    /// Something to know, to a person.
    Notice,
    /// Something to do, to the office.
    Office,
}

/// What is done after a final dot without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Sent again, identical, after 2 and after 15 minutes.
    UpToThree,
    /// Sent again, identical, once, after 15 minutes.
    Once,
    /// Not sent again.
    Never,
}

const HOUR: u64 = 3600;

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Alert,
        Self::FollowUp,
        Self::PassOn,
        Self::Receipt,
        Self::Confirmation,
        Self::Returned,
        Self::Truth,
        Self::Notice,
        Self::Office,
    ];

    /// The word in the database and in listings.
    pub fn word(self) -> &'static str {
        match self {
            Self::Alert => "alert",
            Self::FollowUp => "follow_up",
            Self::PassOn => "pass_on",
            Self::Receipt => "receipt",
            Self::Confirmation => "confirmation",
            Self::Returned => "returned",
            Self::Truth => "truth",
            Self::Notice => "notice",
            Self::Office => "office",
        }
    }

    /// From the word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// How long it is tried before it expires.
    pub fn lifetime(self) -> Duration {
        Duration::from_secs(match self {
            Self::Alert | Self::Office => 48 * HOUR,
            Self::PassOn | Self::FollowUp | Self::Returned | Self::Confirmation => 72 * HOUR,
            Self::Receipt | Self::Truth => 12 * HOUR,
            Self::Notice => 24 * HOUR,
        })
    }

    /// How an unknown end is treated.
    pub fn repeat(self) -> Repeat {
        match self {
            Self::Alert | Self::Office => Repeat::UpToThree,
            Self::PassOn | Self::FollowUp | Self::Returned | Self::Confirmation | Self::Truth => Repeat::Once,
            Self::Receipt | Self::Notice => Repeat::Never,
        }
    }

    /// Whether it reaches a client only at hours that are right for her.
    pub fn waits_for_hours(self) -> bool {
        matches!(self, Self::PassOn | Self::Receipt)
    }

    /// Smaller goes out first.
    pub fn priority(self) -> i64 {
        match self {
            Self::Alert => 0,
            Self::PassOn | Self::FollowUp | Self::Truth => 1,
            Self::Confirmation | Self::Returned => 2,
            Self::Receipt | Self::Notice | Self::Office => 3,
        }
    }
}

/// Whether a mail that goes out for this reason (its word) wakes nobody: whenever it is tried, its reader's quiet hours are
/// asked. `by_itself`: nobody's mail or order led to it. What answers somebody who has just written is not held back.
pub fn wakes_nobody(reason: &str, by_itself: bool) -> bool {
    const ALWAYS: [Reason; 7] = [
        Reason::Reminded,
        Reason::AnsweredMeanwhile,
        Reason::HandedOn,
        Reason::LinePassed,
        Reason::ReadingAsked,
        Reason::ReadingOver,
        Reason::ReadingReturned,
    ];
    const BY_ITSELF: [Reason; 6] = [
        Reason::HandedOver,
        Reason::Back,
        Reason::PoolAsked,
        Reason::PoolLapsed,
        Reason::PoolOver,
        Reason::LastLine,
    ];
    let any = |reasons: &[Reason]| reasons.iter().any(|it| it.word() == reason);
    any(&ALWAYS) || by_itself && any(&BY_ITSELF)
}

/// Where an outgoing mail stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Waits for `next_at`.
    Queued,
    /// Handed to a worker.
    Claimed,
    /// The submission server answered 250 after the dot.
    Accepted,
    /// The end is not known; to be sent again at `next_at`.
    Unknown,
    /// The end is not known and it is not sent again by itself: the operator is asked.
    Unresolved,
    /// Refused for good.
    Failed,
    /// Its time ran out.
    Expired,
    /// Waits for a yes.
    Held,
    /// Withdrawn.
    Cancelled,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 9] = [
        Self::Queued,
        Self::Claimed,
        Self::Accepted,
        Self::Unknown,
        Self::Unresolved,
        Self::Failed,
        Self::Expired,
        Self::Held,
        Self::Cancelled,
    ];

    /// The word in the database and in listings.
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Claimed => "claimed",
            Self::Accepted => "accepted",
            Self::Unknown => "unknown",
            Self::Unresolved => "unresolved",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Held => "held",
            Self::Cancelled => "cancelled",
        }
    }

    /// From the word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}
