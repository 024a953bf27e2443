//! Answers that do not pass on by themselves: facts for the decision, replies to the question, and what becomes of them.
//!
//! An answer that is set aside is a letter and a row of `set_aside`; the mail that takes it to its client is made when it
//! goes, under the name that it would have had at once: whatever was put back meanwhile, it goes once.

use std::time::Duration;

use super::acting::acting;
use super::gather;
use super::letters::{Thread, enclosed, masked};
use super::post::{Cause, Poster};
use super::{Context, EngineError, Result, gate, reading, recall};
use crate::clock::Timestamp;
use crate::domain::answer;
use crate::domain::calendar::Day;
use crate::domain::decision::{Change, Decision, Post, Proof, Reason};
use crate::domain::people::{Client, Supporter, SupporterId};
use crate::domain::reading::{First, to_office};
use crate::domain::set_aside::{
    Aside, Choice, Facts, Late, Next, Standing, WAITS, Ways, Why, answered_meanwhile, change, handed_on,
    question, replied,
};
use crate::mail::address::Address;
use crate::mail::parse::parse;
use crate::mail::picture::pictures;
use crate::store::{AsideWords, SetAsideRow, Tx};

/// So many defaults happen in one transaction.
const AT_ONCE: i64 = 16;
/// When defaults are looked at again that wait for the mailbox to be read.
const AGAIN: Duration = Duration::from_secs(60);

/// What can be done with words for a client.
fn ways(
    tx: &Tx<'_>,
    context: &Context,
    (client, supporter): (&Client, &Supporter),
    day: Day,
    at: Timestamp,
) -> Result<Ways> {
    let answers = acting(tx, context, client, at, day)?.holder();
    let holder = tx.waiting_holder(client.id, day)?;
    let others = [holder, answers, client.supporter, client.second].into_iter().flatten();
    let mut next = None;
    for id in others.filter(|id| *id != supporter.id) {
        let other = tx.supporter_by_id(id)?;
        let Some(other) = other.filter(|_| next.is_none()) else { continue };
        if gate::may_write_to(tx, client, &other)? {
            next = Some(Next { second: client.second == Some(id), supporter: other });
        }
    }
    let may_write = gate::may_write_to(tx, client, supporter)?;
    Ok(Ways { may_write, paused: client.paused, next })
}

/// Why an answer does not pass on by itself, and what can be done; `None`: it passes.
fn late(
    tx: &Tx<'_>,
    context: &Context,
    (client, supporter): (&Client, &Supporter),
    day: Day,
    came_at: Timestamp,
) -> Result<Option<Late>> {
    let waiting = tx.waiting_report(client.id, day)?;
    let holder = waiting.as_ref().and_then(|report| report.holder);
    let wrote = tx.who_answered(client.id, day)?;
    let another = wrote.iter().find(|id| **id != supporter.id).copied();
    let standing = Standing {
        waits: waiting.is_some(),
        answers_her: [client.supporter, client.second, holder].contains(&Some(supporter.id))
            || tx.took_from_pool(supporter.id, client.id, day)?,
        wrote_before: wrote.contains(&supporter.id),
        another_wrote: another.is_some(),
        paused: client.paused,
    };
    let Some(why) = standing.why() else { return Ok(None) };
    let ways = ways(tx, context, (client, supporter), day, came_at)?;
    let default = ways.default(why);
    let default_at = came_at.after(WAITS);
    let default_at = match &ways.next {
        Some(next) if default == Choice::Pass => next.supporter.hours.over(&context.hours).waking(default_at),
        _ => default_at,
    };
    let by = another.filter(|_| why == Why::Answered).map(|id| tx.supporter_by_id(id)).transpose()?.flatten();
    Ok(Some(Late { why, by: by.map(|by| by.name), ways, default, came_at, default_at }))
}

/// Why an answer does not pass on by itself, and whoever else holds the report that it is for.
pub(super) fn around(
    thread: &Thread<'_>,
    (client, supporter): (&Client, &Supporter),
    day: Option<Day>,
) -> Result<(Option<Late>, Option<Supporter>)> {
    let Thread { tx, context, mail, .. } = thread;
    let Some(day) = day else { return Ok((None, None)) };
    let came_at = mail.internal_date.unwrap_or(mail.ingested_at);
    let late = late(tx, context, (client, supporter), day, came_at)?;
    Ok((late, other_holder(tx, client, day, supporter.id)?))
}

/// Whoever holds a report that waits, where it is another than the writer.
fn other_holder(tx: &Tx<'_>, client: &Client, day: Day, writer: SupporterId) -> Result<Option<Supporter>> {
    let holder = tx.waiting_holder(client.id, day)?.filter(|holder| *holder != writer);
    Ok(holder.map(|id| tx.supporter_by_id(id)).transpose()?.flatten())
}

/// What waited for a yes that comes now passes on, unless it comes too late for that; whoever holds the report hears of it.
pub(super) fn after_a_yes(thread: &Thread<'_>, mut decision: Decision) -> Result<Decision> {
    let Thread { tx, context, mail, .. } = thread;
    let yes = decision.changes.iter().find_map(|change| match change {
        Change::SettleConfirmation { number, yes: true } => Some(*number),
        _ => None,
    });
    let Some(number) = yes else { return Ok(decision) };
    let is_reading = tx.reading(number)?.is_some();
    let came_at = mail.internal_date.unwrap_or(mail.ingested_at);
    for row in tx.rows_that_wait(number)? {
        let Some(words) = tx.words_that_wait(row)? else { continue };
        let number = context.keys.question(&words.digest);
        let (mail, digest, day) = (words.mail, words.digest, words.day);
        let read = (words.digest, mail, words.address.clone(), words.shown.clone(), came_at);
        let Some((client, aside)) = aside(tx, number, words)? else { continue };
        // It was set aside before, and is to go.
        let is_chosen = tx.aside(number)?.is_some_and(|row| row.choice == Some(Choice::Send));
        let late = match is_chosen && !client.paused {
            true => None,
            false => late(tx, context, (&client, &aside.supporter), day, came_at)?,
        };
        match late {
            Some(late) => {
                decision.changes.insert(0, change(&aside, &late, mail));
                decision.posts.push(question(&aside, &late, None));
            }
            None if !is_reading && wait_for_reader(thread, &mut decision, (&client, &aside), &read)? => {}
            None => {
                let holder = other_holder(tx, &client, day, aside.supporter.id)?;
                let told =
                    holder.map(|holder| answered_meanwhile(&holder, &client, day, &aside.supporter, digest));
                // One yes may be to several answers: she hears once.
                let again = |told: &Post| decision.posts.iter().any(|post| says_the_same(post, told));
                let told = told.filter(|told| !again(told));
                decision.posts.extend(told);
            }
        }
    }
    Ok(decision)
}

fn says_the_same(one: &Post, other: &Post) -> bool {
    (&one.to, &one.notice) == (&other.to, &other.notice)
}

/// The words of a newcomer wait for a reader now, where there is one.
fn wait_for_reader(
    thread: &Thread<'_>,
    decision: &mut Decision,
    (client, aside): (&Client, &Aside),
    (digest, mail, address, text, came_at): &([u8; 32], i64, Option<Address>, String, Timestamp),
) -> Result<bool> {
    let Thread { tx, context, .. } = thread;
    let Some(address) = address else { return Ok(false) };
    let pictures = aside.pictures;
    let (mail, day, came_at) = (*mail, aside.day, *came_at);
    let words = reading::Words { digest, mail, day, text, pictures, address, came_at };
    match reading::first(tx, context, (client, &aside.supporter), &words)? {
        Some(First::With(company)) => {
            decision.changes.insert(0, company.change());
            decision.posts.extend(company.posts());
            Ok(true)
        }
        Some(First::Nobody) => {
            decision.posts.push(to_office(&aside.supporter.name, &client.name, day, None));
            Ok(false)
        }
        None => Ok(false),
    }
}

/// The client, and the words as a mail to their writer shows them.
fn aside(tx: &Tx<'_>, number: u64, words: AsideWords) -> Result<Option<(Client, Aside)>> {
    let (client, supporter) = (tx.client_by_id(words.client)?, tx.supporter_by_id(words.writer)?);
    Ok(client.zip(supporter).map(|(client, supporter)| {
        let AsideWords { day, words, pictures, .. } = words;
        let name = client.name.clone();
        (client, Aside { number, supporter, client: name, day, words, pictures })
    }))
}

/// A supporter replied to the question. `None`: nobody knows of it any more.
pub(super) fn reply(thread: &Thread<'_>, supporter: &Supporter, number: u64) -> Result<Option<Decision>> {
    let Thread { tx, context, mail, prepared, .. } = thread;
    let row = tx.aside(number)?.filter(|row| row.answer.writer == supporter.id);
    let Some(row) = row else { return Ok(None) };
    if mail.too_large {
        return Ok(Some(gather::too_large(thread, supporter)));
    }
    let now = mail.internal_date.unwrap_or(mail.ingested_at);
    let Some((client, aside)) = aside(tx, number, row.answer.clone())? else { return Ok(None) };
    // What was sent at her word, or at its time, may still wait here.
    if row.done
        && row.choice == Some(Choice::Send)
        && let Some(taken_back) = recall::in_an_answer(thread, supporter, &client, Some(aside.day))?
    {
        return Ok(Some(taken_back));
    }
    let wrote = tx.who_answered(client.id, aside.day)?.into_iter().find(|id| *id != supporter.id);
    let by =
        wrote.filter(|_| row.why == Why::Answered).map(|id| tx.supporter_by_id(id)).transpose()?.flatten();
    let late = Late {
        why: row.why,
        by: by.map(|by| by.name),
        ways: ways(tx, context, (&client, supporter), aside.day, now)?,
        default: row.default,
        came_at: row.came_at,
        default_at: row.default_at,
    };
    Ok(Some(replied(&Facts {
        aside,
        late,
        chosen: row.choice,
        done: row.done,
        now,
        refuted: prepared.proof == Proof::Refuted,
        words: gather::words_of(thread, thread.past.sent.as_ref()),
        number: mail.id,
    })))
}

/// What she chose happens, as soon as it can.
pub(super) fn chosen(poster: &Poster<'_>, number: u64) -> Result<()> {
    match poster.tx.aside(number)? {
        Some(row) => carry_out(poster, &row),
        None => Ok(()),
    }
}

/// A client is back: what was to reach her then goes now.
pub(super) fn is_back(poster: &Poster<'_>, client: &Client) -> Result<()> {
    poster.tx.asides_for(client.id)?.iter().try_for_each(|row| carry_out(poster, row))
}

/// The defaults whose time has come, once the mailbox was read after it and everything in it is understood: her word may
/// lie in it.
pub(super) fn defaults(poster: &Poster<'_>) -> Result<()> {
    let tx = poster.tx;
    let due = tx.asides_due(poster.now, AT_ONCE)?;
    if due.is_empty() || tx.has_kept()? {
        return Ok(());
    }
    for row in due {
        if tx.fetch_is_behind(row.default_at)? {
            continue;
        }
        let by_itself = || -> Result<()> {
            let Some(writer) = tx.supporter_by_id(row.answer.writer)? else { return Ok(()) };
            let Some(client) = tx.client_by_id(row.answer.client)? else { return Ok(()) };
            let ways = ways(tx, poster.context, (&client, &writer), row.answer.day, poster.now)?;
            tx.choose(row.number, ways.or_next_best(row.default), poster.now)?;
            chosen(poster, row.number)
        };
        match poster.guarded(by_itself) {
            Err(EngineError::NotComposed(what)) => {
                tracing::error!(mail = row.answer.mail, %what, "our code failed on an answer that was set aside");
                tx.choose(row.number, Choice::Keep, poster.now)?;
            }
            done => done?,
        }
    }
    Ok(())
}

/// When the next default happens.
pub(super) fn next_default(poster: &Poster<'_>) -> Result<Option<Timestamp>> {
    Ok(poster.tx.next_aside()?.map(|at| if at <= poster.now { poster.now.after(AGAIN) } else { at }))
}

fn carry_out(poster: &Poster<'_>, row: &SetAsideRow) -> Result<()> {
    let Poster { tx, context, now, .. } = *poster;
    let Some((client, aside)) = aside(tx, row.number, row.answer.clone())? else { return Ok(()) };
    let at = ways(tx, context, (&client, &aside.supporter), aside.day, now)?;
    // What she chose may not be possible any more.
    let choice = row.choice.map(|choice| at.or_next_best(choice));
    if let Some(choice) = choice.filter(|_| choice != row.choice && !row.done) {
        tx.choose(row.number, choice, now)?;
    }
    match choice {
        Some(Choice::Send) if !row.done && !client.paused => deliver(poster, row, &client, &aside)?,
        Some(Choice::Pass) if !row.done => {
            let Some(next) = at.next else { return Ok(()) };
            let aside = Aside { words: row.answer.shown.clone(), ..aside };
            let cause = Cause::Mail(row.answer.mail, row.answer.digest);
            poster.enqueue(
                &[handed_on(&aside, &next.supporter, row.answer.digest)],
                &cause,
                Reason::Chosen,
            )?;
        }
        _ => return Ok(()),
    }
    Ok(tx.choice_is_done(row.number, now)?)
}

/// The words go to the client, as they would have gone at once.
fn deliver(poster: &Poster<'_>, row: &SetAsideRow, client: &Client, aside: &Aside) -> Result<()> {
    let Poster { tx, context, now, .. } = *poster;
    let (answer, supporter) = (&row.answer, &aside.supporter);
    let raw = tx.raw_mail(answer.mail)?.unwrap_or_default();
    let message = parse(&raw);
    // They were drawn when they came; those that ended a process then are not tried again.
    let may_draw = context.settings.privacy.pictures && !answer.tried && answer.proof != Proof::Refuted;
    let drawn = if may_draw { pictures(&raw, &message) } else { vec![None; message.attachments.len()] };
    let (came_at, _) = tx.arrived_at(answer.mail)?;
    let past = gather::past(tx, context, &message, came_at, &[supporter.principal_ref])?;
    let answered = past.sent.map(|sent| sent.outbox_id);
    let (pictures, enclosures) = enclosed(tx, context, (&raw, &message, &drawn), answer.proof, answered)?;
    let report = tx.report(client.id, aside.day, supporter.id)?;
    let mask = |text: &str| masked(context, text, Some(client), Some(supporter));
    let words = answer::Words {
        client,
        supporter,
        day: aside.day,
        digest: answer.digest,
        words: &answer.words,
        pictures: &pictures,
        enclosures,
        report: &report.texts.iter().map(|text| mask(text)).collect::<Vec<_>>(),
        subject: &mask(&report.own_subject),
        message_id: report.message_id.as_ref(),
        from_pool: tx.took_from_pool(supporter.id, client.id, aside.day)?,
    };
    let first = match &answer.address {
        Some(address) => {
            let (digest, mail, day) = (&answer.digest, answer.mail, aside.day);
            let (text, pictures) = (answer.shown.as_str(), pictures.len());
            let read = reading::Words { digest, mail, day, text, pictures, address, came_at: now };
            reading::first(tx, context, (client, supporter), &read)?
        }
        None => None,
    };
    if let Some(First::With(company)) = &first {
        tx.perform(&company.change(), answer.mail, now)?;
        let waits = words.pass_on(Some(company.to_read.number));
        let posts: Vec<_> = [waits].into_iter().chain(company.posts()).collect();
        poster.enqueue(&posts, &Cause::Order(answer.digest), Reason::Chosen)?;
        return Ok(());
    }
    let mut posts = vec![words.pass_on(None)];
    posts.extend(first.map(|_| to_office(&supporter.name, &client.name, aside.day, None)));
    let holder = other_holder(tx, client, aside.day, supporter.id)?;
    posts.extend(
        holder.map(|holder| answered_meanwhile(&holder, client, aside.day, supporter, answer.digest)),
    );
    poster.enqueue(&posts, &Cause::Order(answer.digest), Reason::Chosen)?;
    if tx.waiting_report(client.id, aside.day)?.is_some() {
        tx.perform(&Change::ReportAnswered { client: client.id, day: aside.day }, answer.mail, now)?;
    }
    Ok(())
}
