//! Mails to whoever may take a letter of somebody else's client.

use crate::clock::Timestamp;
use crate::domain::calendar::Day;
use crate::domain::locale::Locale;
use crate::domain::pool::Length;

/// What one of the pool is told.
#[derive(Clone, Debug, PartialEq)]
pub enum PoolNotice {
    /// Does she take a letter?
    Ask(PoolAsk),
    /// The same to somebody whose reply was neither a yes nor a no.
    Unclear,
    /// Another took it, or it is answered.
    Over(PoolOver),
    /// To one who had taken a letter: others are asked as well.
    Lapsed(PoolLapsed),
}

/// See [`PoolNotice::Ask`].
#[derive(Clone, Debug, PartialEq)]
pub struct PoolAsk {
    /// The client's language.
    pub language: Locale,
    /// How long her letters are.
    pub length: Length,
    /// How many pictures came with them.
    pub pictures: usize,
    /// By when an answer is promised.
    pub due_at: Timestamp,
    /// For how many minutes a letter is hers who takes it.
    pub minutes: u64,
}

/// See [`PoolNotice::Over`].
#[derive(Clone, Debug, PartialEq)]
pub struct PoolOver {
    /// An answer is there, or somebody else sees to it; else another took the letter.
    pub answered: bool,
    /// Whose letter it was, for whoever knows because she held it.
    pub client: Option<String>,
    /// She had just said yes.
    pub willing: bool,
}

/// See [`PoolNotice::Lapsed`].
#[derive(Clone, Debug, PartialEq)]
pub struct PoolLapsed {
    /// Whose letter.
    pub client: String,
    /// Of which day.
    pub day: Day,
}
