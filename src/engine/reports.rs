//! What servers report about mails of ours: facts for `domain::delivery`.

use super::Result;
use super::gather::{MOST, Past, Prepared};
use super::letters::Thread;
use crate::domain::decision::{Decision, End, Reason};
use crate::domain::delivery;
use crate::mail::message::DeliveryReport;
use crate::store::{ReportedRow, Tx};

/// What a server reports about a mail of ours.
pub(super) fn delivery_report(thread: &Thread<'_>) -> Result<Decision> {
    let Thread { tx, mail, prepared: Prepared { message, .. }, past, .. } = thread;
    let nothing = Decision::only(End::Discarded, Reason::DeliveryReport);
    let Some(report) = &message.delivery_report else { return Ok(nothing) };
    let named =
        report.original_message_id.as_ref().map(|id| tx.sent_by_message_id(id)).transpose()?.flatten();
    let row = named.map_or_else(|| reported_by_token(tx, report, past), |sent| Ok(Some(sent.id)))?;
    let Some(row) = row else { return Ok(nothing) };
    let ReportedRow { state, address, before, left_at } = tx.reported_row(row)?;
    let (registered, suspended) = (tx.is_registered(&address)?, tx.is_suspended(&address)?);
    Ok(delivery::decide(&delivery::Facts {
        report,
        row: tx.ended_row(row)?,
        state,
        address,
        before,
        registered,
        suspended,
        after: mail.internal_date.unwrap_or(mail.ingested_at).since(left_at),
    }))
}

/// The mail that a report is about when it came to a return address with a token: the newest of its person and day
/// that went to the address that the report names.
fn reported_by_token(tx: &Tx<'_>, report: &DeliveryReport, past: &Past) -> Result<Option<i64>> {
    let Some((recipient, facts)) = report.recipient.as_ref().zip(past.token.as_ref()) else {
        return Ok(None);
    };
    let Some(client) = &facts.client else { return Ok(None) };
    for sent in tx.sent_about(facts.token.principal, client.id, facts.token.day, MOST)? {
        if tx.reported_row(sent.id)?.address == *recipient {
            return Ok(Some(sent.id));
        }
    }
    Ok(None)
}
