//! A supporter's reply addresses are withdrawn: what she got so far can no longer be answered. What waits for her
//! answer is alerted to her again, and words that wait for her yes go back to her.

use data_encoding::HEXLOWER;

use super::addresses;
use super::order::{alert, supporter_of};
use super::post::{Cause, Poster};
use super::{EngineError, Result};
use crate::domain::command::{Ordered, Refusal};
use crate::domain::decision::Reason;
use crate::domain::notice::Why;

/// Withdraws them.
pub(super) fn revoke(poster: &Poster<'_>, who: &str) -> Result<Ordered> {
    let tx = poster.tx;
    let before = supporter_of(tx, who)?;
    tx.raise_epoch(before.id)?;
    let gone = || EngineError::Refused(Refusal::NoSupporter(who.to_owned()));
    let supporter = tx.supporter_by_id(before.id)?.ok_or_else(gone)?;
    let questions = tx.open_questions(supporter.id)?;
    let returned = addresses::withdraw(poster, &questions, Why::Revoked)?;
    let mut alerts = 0;
    for client in tx.clients_of(supporter.id)? {
        // Those in line have reply addresses that are void now.
        tx.cancel_alerts(client.id, 0, poster.now)?;
        for letter in tx.waiting_letters(client.id, supporter.id)? {
            let post = alert(poster, &client, &supporter, &letter)?;
            let cause = format!("revoked|{}|{}", supporter.epoch, HEXLOWER.encode(&letter.digest));
            alerts += poster.enqueue(&[post], &Cause::Event(cause), Reason::Revoked)?;
        }
    }
    Ok(Ordered::Revoked { alerts, returned })
}
