//! A supporter takes an answer back: facts for `domain::recall`.

use super::absences::names;
use super::acting::acting;
use super::drawn::Drawn;
use super::letters::{CONFIRMED_DAYS, Thread};
use super::order::alert;
use super::post::{Cause, Poster};
use super::{Result, gate, gather, set_aside};
use crate::domain::calendar::Day;
use crate::domain::decision::{Decision, End, Proof, Reason};
use crate::domain::limits::DAY;
use crate::domain::notice::Occasion;
use crate::domain::people::{Client, ClientId, Supporter, SupporterId};
use crate::domain::recall::{Facts, decide, takes_back};
use crate::domain::set_aside::Choice;
use crate::settings::UnprovenAnswers;
use crate::store::WaitingReport;

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

/// An answer was taken back: where its report waits now, whoever wrote as well answers it, or somebody holds it who may, and
/// has its letters. `by`: the mail that took it back.
pub(super) fn after(poster: &Poster<'_>, row: i64, by: (i64, [u8; 32])) -> Result<()> {
    let tx = poster.tx;
    let Some((client, day, author)) = tx.answer_of_row(row)? else { return Ok(()) };
    let (Some(client), Some(report)) = (tx.client_by_id(client)?, tx.waiting_report(client, day)?) else {
        return Ok(());
    };
    another_answers(poster, &client, &report, author)?;
    match tx.waiting_report(client.id, day)? {
        Some(report) => somebody_holds(poster, &client, &report, by),
        None => Ok(()),
    }
}

/// Answers that were set aside because the one that is taken back now was first.
fn another_answers(
    poster: &Poster<'_>,
    client: &Client,
    report: &WaitingReport,
    author: SupporterId,
) -> Result<()> {
    let tx = poster.tx;
    let mut first = None;
    for aside in tx.asides_behind(client.id, report.day)? {
        let writer = aside.answer.writer;
        let is_next = writer != author && first.is_none_or(|first| first == writer);
        if is_next && !client.paused && answers_her(poster, client, report, writer)? {
            tx.choose(aside.number, Choice::Send, poster.now)?;
            set_aside::chosen(poster, aside.number)?;
            first = Some(writer);
        }
    }
    Ok(())
}

/// Whoever holds a report has something to do with its client still, and was shown what waits of it.
fn somebody_holds(
    poster: &Poster<'_>,
    client: &Client,
    report: &WaitingReport,
    (mail, digest): (i64, [u8; 32]),
) -> Result<()> {
    let (tx, day) = (poster.tx, report.day);
    let mut holder = report.holder;
    let stays = match holder {
        Some(holder) => answers_her(poster, client, report, holder)?,
        // The pool is asked: nobody holds it until one of them takes it.
        None => report.pool_asked_at.is_some(),
    };
    if !stays {
        let at = tx.arrived_at(mail)?.0.min(poster.now);
        holder = acting(tx, poster.context, client, at, day)?.holder();
        tx.holds_from((client.id, day), holder, at)?;
    }
    let Some(holder) = holder.map(|id| tx.supporter_by_id(id)).transpose()?.flatten() else { return Ok(()) };
    let mut posts = Vec::new();
    for letter in tx.waiting_letters(client.id, holder.id)?.into_iter().filter(|letter| letter.day == day) {
        let shown = match tx.letter_of(&letter.digest)? {
            Some(id) => tx.was_shown(id, holder.principal_ref)?,
            None => true,
        };
        if !shown {
            posts.push(alert(poster, &Drawn::default(), client, &holder, &letter, Occasion::News)?);
        }
    }
    poster.enqueue(&posts, &Cause::Mail(mail, digest), Reason::Assigned)?;
    Ok(())
}

/// Whether she is the client's own supporter, her second one, or holds her report as one of the pool, and may write to her.
fn answers_her(
    poster: &Poster<'_>,
    client: &Client,
    report: &WaitingReport,
    who: SupporterId,
) -> Result<bool> {
    let tx = poster.tx;
    let Some(supporter) = tx.supporter_by_id(who)? else { return Ok(false) };
    let hers = [client.supporter, client.second].contains(&Some(who))
        || tx.took_from_pool(who, client.id, report.day)? && tx.leaving_of(who)?.is_none();
    Ok(hers && gate::may_write_to(tx, client, &supporter)?)
}
