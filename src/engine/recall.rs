//! A supporter takes an answer back: facts for `domain::recall`.

use super::Result;
use super::absences::names;
use super::gather;
use super::letters::{CONFIRMED_DAYS, Thread};
use crate::domain::calendar::Day;
use crate::domain::decision::{Decision, End, Proof, Reason};
use crate::domain::limits::DAY;
use crate::domain::people::{Client, ClientId, Supporter};
use crate::domain::recall::{Facts, decide, takes_back};
use crate::settings::UnprovenAnswers;

/// Whether a mail says that and nothing else. What comes with something to look at was meant for somebody.
fn is_asked(thread: &Thread<'_>, supporter: &Supporter, words: &str) -> bool {
    let signature =
        |media_type: &str| media_type.ends_with("-signature") || media_type == "application/pgp-keys";
    let attachments = &thread.prepared.message.attachments;
    attachments.iter().all(|attachment| signature(&attachment.media_type))
        && takes_back(words, &names(thread, supporter))
}

/// In reply to any mail about a client. `None`: it is an answer.
pub(super) fn in_an_answer(
    thread: &Thread<'_>,
    supporter: &Supporter,
    client: &Client,
    day: Option<Day>,
) -> Result<Option<Decision>> {
    let words = gather::words_of(thread, thread.past.sent.as_ref());
    if thread.mail.too_large || !is_asked(thread, supporter, &words) {
        return Ok(None);
    }
    recall(thread, supporter.clone(), client.clone(), day).map(Some)
}

fn recall(thread: &Thread<'_>, supporter: Supporter, client: Client, day: Option<Day>) -> Result<Decision> {
    let Thread { tx, context, mail, prepared, .. } = thread;
    let Some(author) = prepared.message.from.first() else {
        return Ok(Decision::only(End::Discarded, Reason::NoSingleAuthor));
    };
    if prepared.proof == Proof::Refuted {
        return Ok(Decision::only(End::Discarded, Reason::RecallUnproven));
    }
    let lately = |at| thread.now.since(at) < DAY * CONFIRMED_DAYS;
    let trusted = prepared.proof == Proof::Proven
        || context.settings.auth.unproven_answers == UnprovenAnswers::Pass
        || tx.confirmed_at(&author.address)?.is_some_and(lately);
    let answers = tx.answers_of(client.id, supporter.id, day, &author.address)?;
    Ok(decide(&Facts { supporter, client, day, answers, trusted, number: mail.id }))
}

/// In reply to the answer itself, as it lies among the mails that she sent. `None`: it says something else, or answers
/// nothing of hers that we know.
pub(super) fn in_reply_to_herself(
    thread: &Thread<'_>,
    supporter: &Supporter,
) -> Result<Option<(Decision, ClientId)>> {
    let Thread { tx, mail, prepared, .. } = thread;
    let message = &prepared.message;
    let words = gather::words_of(thread, None);
    if mail.too_large || !is_asked(thread, supporter, &words) {
        return Ok(None);
    }
    for id in message.in_reply_to.iter().chain(message.references.iter().rev()) {
        let Some((client, day)) = tx.answer_named(id, supporter.id)? else { continue };
        let Some(client) = tx.client_by_id(client)? else { continue };
        let id = client.id;
        return Ok(Some((recall(thread, supporter.clone(), client, Some(day))?, id)));
    }
    Ok(None)
}
