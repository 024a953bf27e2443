//! What is said when somebody stands in for a supporter who is away, and when she is back.

use super::{Day, Days, Exchange, Timestamp};

/// See [`super::Notice::Handover`].
#[derive(Clone, Debug, PartialEq)]
pub struct Handover {
    /// Who is away.
    pub own: String,
    /// When.
    pub days: Days,
    /// What she says to whoever stands in.
    pub lines: Vec<String>,
    /// Whom she gives away.
    pub clients: Vec<Portrait>,
}

/// A client, as whoever stands in gets to know her.
#[derive(Clone, Debug, PartialEq)]
pub struct Portrait {
    /// Her name.
    pub client: String,
    /// Her goal; empty when she has none.
    pub goal: String,
    /// What she wrote about herself; may be empty.
    pub about: String,
    /// The office's notes; may be empty.
    pub note: String,
    /// The last exchanges, newest first.
    pub exchanges: Vec<Exchange>,
}

/// See [`super::Notice::StandIn`].
#[derive(Clone, Debug, PartialEq)]
pub struct StandIn {
    /// Who is away.
    pub own: String,
    /// Who reads meanwhile.
    pub second: String,
    /// When.
    pub days: Days,
    /// She is back before the last of these days.
    pub over: bool,
}

/// See [`super::Notice::Line`].
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Who is away, for the one who stands in; `None`: it is said to the one who is away.
    pub own: Option<String>,
    /// To whom it goes.
    pub seconds: Vec<String>,
    /// What she says.
    pub words: String,
    /// Whether it goes at once.
    pub begun: bool,
}

/// See [`super::Notice::Back`].
#[derive(Clone, Debug, PartialEq)]
pub struct Back {
    /// Who is back.
    pub own: String,
    /// She came back before the day that she had said.
    pub early: bool,
    /// Each client whom somebody else had.
    pub clients: Vec<Meanwhile>,
}

/// What happened with a client meanwhile.
#[derive(Clone, Debug, PartialEq)]
pub struct Meanwhile {
    /// Her name.
    pub client: String,
    /// Who stood in.
    pub second: String,
    /// What came and what went, oldest first: the day, the writer's name, the beginning of the words.
    pub events: Vec<(Day, String, String)>,
    /// What waits: the report's day, by when an answer is promised, and who has it; `None`: she who is back.
    pub waiting: Vec<(Day, Timestamp, Option<String>)>,
}

/// See [`super::Notice::GivenBack`].
#[derive(Clone, Debug, PartialEq)]
pub struct GivenBack {
    /// Who is back.
    pub own: String,
    /// Before the day that she had said.
    pub early: bool,
    /// What the one who stood in need not answer: client and day.
    pub gone: Vec<(String, Day)>,
    /// What stays with her.
    pub kept: Vec<(String, Day)>,
}
