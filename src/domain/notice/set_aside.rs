//! Mails about answers that do not pass on by themselves.

use crate::clock::Timestamp;
use crate::domain::calendar::Day;
use crate::domain::set_aside;

/// See [`super::Notice::SetAside`].
#[derive(Clone, Debug, PartialEq)]
pub struct SetAside {
    /// For whom the words were.
    pub client: String,
    /// The report day.
    pub day: Day,
    /// What happened.
    pub why: set_aside::Why,
    /// Who answered before.
    pub by: Option<String>,
    /// They may go to the client.
    pub may_send: bool,
    /// They may go to whoever answers the client now.
    pub may_pass: bool,
    /// Who that is, where she may know it.
    pub next: Option<String>,
    /// That is the client's second one.
    pub second: bool,
    /// The client rests.
    pub paused: bool,
    /// What happens when she says nothing.
    pub default: set_aside::Choice,
    /// And when.
    pub default_at: Timestamp,
    /// Her words.
    pub words: String,
    /// How many pictures came with them.
    pub pictures: usize,
    /// What she wrote when she was asked, where it was not clear.
    pub unclear: Option<String>,
}

/// See [`super::Notice::SetAsideOver`].
#[derive(Clone, Debug, PartialEq)]
pub struct SetAsideOver {
    /// For whom the words were.
    pub client: String,
    /// What became of them.
    pub made: set_aside::Choice,
}

/// See [`super::Notice::HandedOn`].
#[derive(Clone, Debug, PartialEq)]
pub struct HandedOn {
    /// For whom the words were.
    pub client: String,
    /// The report day.
    pub day: Day,
    /// Who wrote them.
    pub writer: String,
    /// They.
    pub words: String,
    /// How many pictures came with them, which stay behind.
    pub pictures: usize,
}

/// See [`super::Notice::Answered`].
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// Whose report.
    pub client: String,
    /// Its day.
    pub day: Day,
    /// Who answered it.
    pub writer: String,
}
