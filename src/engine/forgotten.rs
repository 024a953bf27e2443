//! Mails of ours that the database does not know, because an older one was put back after they had gone: whoever got them
//! replies all the same.
//!
//! What a letter leads to comes about again when the mailbox is read again. What time alone led to does not, until its time is
//! looked at: a reminder, a hand-over, a later reader's question. Where addresses carry tokens, the token says what a reply is to.
//! Else the Message-ID does: the same cause gives the same one, and nobody can make one up.

use super::letters::Thread;
use super::post::Cause;
use super::{Context, Result, reading, walk};
use crate::clock::Timestamp;
use crate::domain::calendar::Day;
use crate::domain::decision::Proof;
use crate::domain::keys::Keys;
use crate::domain::outgoing::Kind;
use crate::domain::people::Supporter;
use crate::domain::token::{Purpose, Token};
use crate::mail::message::Message;
use crate::mail::message_id::MessageId;
use crate::store::{Journal, ReadingRow, Tx};

/// So many reports, and so many readings, are looked at, the newest first.
const MOST: i64 = 500;
/// So many letters of one day may have been handed over, each in a mail.
const LETTERS: u32 = 8;
/// Steps of a report that send its letters to a supporter.
const STEPS: [&str; 2] = ["remind", "second"];

/// The Message-ID that the `n`-th mail of a kind to a supporter has, or would have.
fn minted(context: &Context, kind: Kind, cause: &Cause, to: &Supporter, n: u32) -> Option<MessageId> {
    let domain = context.settings.service.address.domain();
    let effect_key = format!("{}|{}|{:08x}|{n}", kind.word(), cause.key(), to.principal_ref);
    context.keys.message_id(&effect_key, domain)
}

/// The Message-ID of what asked a reader, first or later.
fn asks(context: &Context, number: u64, digest: &[u8; 32], reader: &Supporter) -> [Option<MessageId>; 2] {
    let causes = [Cause::Event(reading::event(number, "next")), Cause::Mail(0, *digest)];
    causes.map(|cause| minted(context, Kind::Notice, &cause, reader, 0))
}

/// The mail that asked a reader, where an earlier life of the database sent one: the journal knows which. Where that is lost as
/// well, it was the one that a later reader gets.
pub(super) fn ask(
    context: &Context,
    number: u64,
    digest: &[u8; 32],
    reader: &Supporter,
    journal: &Journal,
) -> Result<Option<String>> {
    let [next, first] = asks(context, number, digest, reader);
    let is_known = |id: &MessageId| journal.knows(id.as_str());
    let first_is_known = first.as_ref().map(is_known).transpose()?.unwrap_or(false);
    let id = if first_is_known { first } else { next };
    Ok(id.map(|id| id.as_str().to_owned()))
}

/// When a reader replied whom the database has not asked, if her reply says that she was: it came to an address that was made
/// for her and this answer.
pub(super) fn asked_to_read(thread: &Thread<'_>, reader: &Supporter, number: u64) -> Option<Timestamp> {
    let token = thread.past.token.as_ref().filter(|token| token.current)?.token;
    let hers =
        (token.purpose, token.thread, token.principal) == (Purpose::ToReading, number, reader.principal_ref);
    let arrived = thread.mail.internal_date.unwrap_or(thread.mail.ingested_at);
    (hers && thread.prepared.proof != Proof::Refuted).then_some(arrived)
}

/// What a mail to nobody in particular answers, where that is a mail of ours to one of these people that the database does not
/// know: as the token says that the mail would have had. Whoever had her addresses withdrawn is not known so.
pub(super) fn token(
    tx: &Tx<'_>,
    context: &Context,
    message: &Message,
    principals: &[u32],
) -> Result<Option<Token>> {
    let domain = context.settings.service.address.domain();
    let all = message.in_reply_to.iter().chain(message.references.iter().rev());
    let ours: Vec<&MessageId> = all.filter(|id| Keys::has_our_form(id, domain)).collect();
    if ours.is_empty() {
        return Ok(None);
    }
    for principal in principals {
        let supporter = tx.supporter_by_principal(*principal)?.filter(|supporter| supporter.epoch == 0);
        if let Some(supporter) = supporter
            && let Some((purpose, thread, day)) = answered(tx, context, &ours, &supporter)?
        {
            return Ok(Some(Token { purpose, thread, principal: *principal, epoch: supporter.epoch, day }));
        }
    }
    Ok(None)
}

fn answered(
    tx: &Tx<'_>,
    context: &Context,
    ours: &[&MessageId],
    supporter: &Supporter,
) -> Result<Option<(Purpose, u64, Day)>> {
    let is_named = |id: Option<MessageId>| id.is_some_and(|id| ours.contains(&&id));
    for ReadingRow { number, answer, .. } in tx.newest_readings(MOST)? {
        if asks(context, number, &answer.digest, supporter).into_iter().any(is_named) {
            return Ok(Some((Purpose::ToReading, number, answer.day)));
        }
    }
    for report in tx.newest_reports(MOST)? {
        let Some(client) = tx.client_by_id(report.client)? else { continue };
        for step in STEPS {
            let cause = walk::cause(&client, &report, step);
            if (0..LETTERS).any(|n| is_named(minted(context, Kind::Alert, &cause, supporter, n))) {
                return Ok(Some((Purpose::Answer, client.thread_ref, report.day)));
            }
        }
    }
    Ok(None)
}
