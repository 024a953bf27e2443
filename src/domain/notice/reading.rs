//! Mails about a newcomer's answer that somebody reads first.

use crate::clock::Timestamp;
use crate::domain::calendar::Day;
use crate::domain::decision::Reason;

/// See [`super::Notice::Reading`].
#[derive(Clone, Debug, PartialEq)]
pub enum ReadingNotice {
    /// To a reader: a newcomer's answer, and what she can say.
    Ask(ReadingAsk),
    /// To a newcomer: somebody reads with her.
    Company(ReadingCompany),
    /// A reader's words, for the newcomer, with her own.
    Back(ReadingBack),
    /// To a reader: she need not read it any more.
    Over(ReadingOver),
    /// To a reader whose word came when it was settled: what became of it, and her words.
    Late(ReadingLate),
    /// To the office: nobody has read it.
    Office(ReadingOffice),
}

impl ReadingNotice {
    /// Why it is sent, where that is not why the mail was decided about.
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Ask(ReadingAsk { unclear: None, .. }) => Some(Reason::ReadingAsked),
            Self::Ask(_) => None,
            Self::Company(_) | Self::Office(_) => Some(Reason::ReadFirst),
            Self::Back(_) => Some(Reason::ReadingReturned),
            Self::Over(_) => Some(Reason::ReadingOver),
            Self::Late(_) => Some(Reason::ReadingLate),
        }
    }

    /// Whether it waits while its reader sleeps.
    pub fn wakes_nobody(&self) -> bool {
        matches!(self, Self::Ask(ReadingAsk { unclear: None, .. }) | Self::Back(_) | Self::Over(_))
    }
}

/// A newcomer's answer, as a reader sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// For whom it is.
    pub client: String,
    /// The report day.
    pub day: Day,
    /// Its writer.
    pub writer: String,
    /// The client's letters of that day, oldest first.
    pub letters: Vec<String>,
    /// The newcomer's words.
    pub words: String,
    /// How many pictures came with them.
    pub pictures: usize,
}

/// See [`ReadingNotice::Ask`].
#[derive(Clone, Debug, PartialEq)]
pub struct ReadingAsk {
    /// What there is to read.
    pub read: Read,
    /// After that somebody else is asked; `None`: that is over, and the office knows.
    pub until: Option<Timestamp>,
    /// A reply without a word is a yes, as far as her mails are proven.
    pub empty_is_yes: bool,
    /// What she wrote, where it was not clear.
    pub unclear: Option<String>,
}

/// See [`ReadingNotice::Company`].
#[derive(Clone, Debug, PartialEq)]
pub struct ReadingCompany {
    /// For whom the answer is.
    pub client: String,
    /// Who reads it.
    pub reader: String,
    /// It is the first one.
    pub first: bool,
    /// So many are read.
    pub of: u32,
}

/// See [`ReadingNotice::Back`].
#[derive(Clone, Debug, PartialEq)]
pub struct ReadingBack {
    /// For whom the answer is.
    pub client: String,
    /// The report day.
    pub day: Day,
    /// Who read it.
    pub reader: String,
    /// What she says.
    pub said: String,
    /// The newcomer's own words.
    pub words: String,
}

/// See [`ReadingNotice::Over`].
#[derive(Clone, Debug, PartialEq)]
pub struct ReadingOver {
    /// Who wrote it.
    pub writer: String,
    /// For whom.
    pub client: String,
}

/// What became of an answer that was settled before a reader replied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is on its way to its client.
    Goes,
    /// Its writer has it again, with a reader's word.
    Returned,
    /// Its writer took it back.
    TakenBack,
    /// Something else: it is done with.
    Settled,
}

/// See [`ReadingNotice::Late`].
#[derive(Clone, Debug, PartialEq)]
pub struct ReadingLate {
    /// Who wrote the answer.
    pub writer: String,
    /// For whom.
    pub client: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The reader's words, which went to nobody; empty where she had none.
    pub words: String,
}

/// See [`ReadingNotice::Office`].
#[derive(Clone, Debug, PartialEq)]
pub struct ReadingOffice {
    /// Who wrote it.
    pub writer: String,
    /// For whom.
    pub client: String,
    /// The report day.
    pub day: Day,
    /// The outgoing mail that waits, and who was asked; `None`: there is nobody to ask, and it went.
    pub waits: Option<(i64, Vec<String>)>,
}

impl ReadingOffice {
    /// Nobody can be asked.
    pub fn nobody(&self) -> bool {
        self.waits.is_none()
    }
}
