//! What is said when a supporter leaves for good.

use super::Day;

/// See [`super::Notice::LastLine`].
#[derive(Clone, Debug, PartialEq)]
pub struct LastLine {
    /// What it says.
    pub stage: LastLineStage,
    /// The clients' names.
    pub clients: Vec<String>,
    /// Her words; empty while she is asked.
    pub words: String,
    /// Until when she may write.
    pub until: Day,
}

/// How far her last line has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LastLineStage {
    /// She is asked for it.
    Asked,
    /// It goes to her clients.
    Kept,
    /// She took it back.
    TakenBack,
    /// It tells who she is, by these places: it comes back to be written anew.
    Telling(Vec<String>),
}

/// See [`super::Notice::Successor`].
#[derive(Clone, Debug, PartialEq)]
pub struct Successor {
    /// Who left.
    pub own: String,
    /// Who reads from now on; `None`: the office keeps letters until somebody does.
    pub next: Option<String>,
}

/// See [`super::Notice::Farewell`].
#[derive(Clone, Debug, PartialEq)]
pub struct Farewell {
    /// Who left.
    pub supporter: String,
    /// Her words.
    pub words: String,
    /// Who reads what is replied.
    pub next: Option<String>,
}

/// See [`super::Notice::Left`].
#[derive(Clone, Debug, PartialEq)]
pub struct Left {
    /// Who left.
    pub supporter: String,
    /// The clients whom nobody has now.
    pub alone: Vec<String>,
    /// The clients who have no second one now.
    pub without_second: Vec<String>,
}
