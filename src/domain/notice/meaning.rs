//! Content of the mails about whom words are for.

use super::super::calendar::Day;

/// See [`super::Notice::Meaning`].
#[derive(Clone, Debug, PartialEq)]
pub struct Meaning {
    /// Whose mail she answered.
    pub client: String,
    /// The other client whom the words name.
    pub other: Option<String>,
    /// They may be a memo.
    pub memo: bool,
    /// The report day.
    pub day: Day,
    /// The words that are held, as they would go.
    pub words: String,
    /// How many pictures would go with them.
    pub pictures: usize,
    /// What in them tells who she is.
    pub found: Vec<String>,
    /// Whether the receiving server refuted them.
    pub refuted: bool,
}

/// See [`super::Notice::ToOffice`].
#[derive(Clone, Debug, PartialEq)]
pub struct ToOffice {
    /// Who wrote it.
    pub person: String,
    /// A client did, and not a supporter.
    pub by_client: bool,
    /// Whose mail a supporter answered with it, and of which day.
    pub about: Option<(String, Day)>,
    /// Her subject; empty when there is none.
    pub subject: String,
    /// Her words.
    pub words: String,
    /// How many enclosures came with them; they stay in the mailbox.
    pub enclosed: usize,
    /// Nothing proves that she wrote them, although proof is looked for.
    pub unproven: bool,
    /// The mail's number.
    pub number: i64,
}

/// See [`super::Notice::OfficeReads`].
#[derive(Clone, Debug, PartialEq)]
pub struct OfficeReads {
    /// The client who does not get it, where a supporter wrote.
    pub client: Option<String>,
    /// A client wrote, and not a supporter.
    pub by_client: bool,
}

/// See [`super::Notice::MemoKept`].
#[derive(Clone, Debug, PartialEq)]
pub struct MemoKept {
    /// About whom.
    pub client: String,
    /// Her words.
    pub memo: String,
}
