//! Answers that pass on are entered in the ledger, each once, at the rates of the moment.
//!
//! Called where a supporter's words go out for the first time, and where they end without that although nobody took them
//! back: found no recipient, ran out of time, were withdrawn by the operator. Until then their writer may take them back,
//! and the ledger forgets nothing. What is entered does not depend on what becomes of the mail after that.

use super::Result;
use super::post::Poster;
use crate::clock::Timestamp;
use crate::domain::ledger::{Rates, entry};
use crate::store::Tx;

/// Enters the answer that a row carries; nothing for any other row, or one that waits or has not gone yet.
pub(super) fn enter(tx: &Tx<'_>, row: i64, rates: &Rates, now: Timestamp) -> Result<()> {
    match tx.passed_on(row)? {
        Some(answer) => Ok(tx.enter(&entry(answer, rates, now))?),
        None => Ok(()),
    }
}

impl Poster<'_> {
    /// Enters the answer that a row carries.
    pub(super) fn enter(&self, row: i64) -> Result<()> {
        enter(self.tx, row, &self.context.settings.rates, self.now)
    }

    /// Words that were held, or had failed, pass on: their report is answered, and their act counts if they have gone.
    pub(super) fn passes_on(&self, row: i64) -> Result<()> {
        self.tx.report_of_row_answered(row, self.now)?;
        self.enter(row)
    }
}
