//! What an operator mends by hand: one outgoing mail, or one mail in quarantine.

use super::post::{Cause, Poster};
use super::{EngineError, Result, addresses, gate};
use crate::domain::command::{MailMending, Ordered, Refusal, RowMending};
use crate::domain::decision::Reason;
use crate::domain::outgoing::State;
use crate::domain::returned::{Ending, words_back};
use crate::store::Tx;

/// Mends an outgoing mail.
pub(super) fn row(poster: &Poster<'_>, row: i64, mending: RowMending) -> Result<Ordered> {
    let (tx, now) = (poster.tx, poster.now);
    let (kind, state) = tx.row_state(row)?.ok_or(EngineError::Refused(Refusal::NoRow(row)))?;
    if !mending.from_states().contains(&state) {
        let possible: Vec<&str> = mending.from_states().iter().map(|s| s.word()).collect();
        return Err(Refusal::WrongState(row, state.word(), possible.join(", ")).into());
    }
    match mending {
        RowMending::Retry | RowMending::Release => {
            gate::check_row(tx, row)?;
            addresses::follow(poster, row)?;
            tx.queue_again(row, kind, now)?;
            poster.passes_on(row)?;
        }
        RowMending::Accept => tx.end_row(row, State::Accepted, now)?,
        RowMending::Cancel => {
            tx.end_row(row, State::Cancelled, now)?;
            if state != State::Held {
                poster.enter(row)?;
            }
            tx.report_waits_again(row)?;
        }
        RowMending::Return => {
            tx.end_row(row, State::Cancelled, now)?;
            let back: Vec<_> = words_back(&tx.ended_row(row)?, Ending::Unconfirmed).into_iter().collect();
            poster.enqueue(&back, &Cause::end_of(tx, row)?, Reason::Mended)?;
        }
    }
    Ok(Ordered::Mended)
}

/// Mends a mail in quarantine; a released one is understood at the daemon's next look, or by `once`.
pub(super) fn quarantined(tx: &Tx<'_>, mail: i64, mending: MailMending) -> Result<Ordered> {
    let there = match mending {
        MailMending::Release => tx.release_mail(mail)?,
        MailMending::Discard => tx.discard_mail(mail)?,
    };
    if there { Ok(Ordered::Mended) } else { Err(Refusal::NotQuarantined(mail).into()) }
}
