//! Mails about days off in every week.

use crate::domain::absence::Days;
use crate::domain::days_off::Weekdays;

/// See [`super::Notice::DaysOff`].
#[derive(Clone, Debug, PartialEq)]
pub struct DaysOff {
    /// These were said to be off.
    pub adds: Weekdays,
    /// These were said not to be.
    pub ends: Weekdays,
    /// All that are off now.
    pub standing: Weekdays,
    /// The first days to come of those that were said, as an example.
    pub next: Option<Days>,
    /// She said it of holidays too, of which nobody here knows when they are.
    pub holidays: bool,
    /// What else was in her mail, and went to nobody.
    pub besides: String,
    /// The office wrote it down.
    pub by_office: bool,
    /// It was taken back.
    pub taken_back: bool,
    /// A reply can take it back.
    pub undo: bool,
}

/// See [`super::Notice::DaysOffAsked`].
#[derive(Clone, Debug, PartialEq)]
pub struct DaysOffAsked {
    /// As in [`DaysOff`].
    pub adds: Weekdays,
    /// As in [`DaysOff`].
    pub ends: Weekdays,
    /// As in [`DaysOff`].
    pub holidays: bool,
    /// The receiving server says that she did not write it.
    pub refuted: bool,
}
