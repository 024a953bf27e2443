//! What mails to supporters are made of, beside the letter itself.

use crate::domain::calendar::Day;

/// One earlier letter in a thread, for the supporter to look back on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The report day.
    pub day: Day,
    /// The client's words (true) or a supporter's (false).
    pub from_client: bool,
    /// The words.
    pub text: String,
}

/// What came with a letter and is not passed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Enclosures {
    /// Pictures.
    pub images: usize,
    /// Anything else.
    pub others: usize,
    /// Whether pictures do pass here: then these could not.
    pub pictures_pass: bool,
}

impl Enclosures {
    /// How many in all.
    pub fn count(self) -> usize {
        self.images + self.others
    }

    /// With so many pictures that are passed on: all that came.
    pub fn with(self, pictures: usize) -> Self {
        Self { images: self.images + pictures, ..self }
    }
}
