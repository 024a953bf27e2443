//! Newcomers' answers are read first: who reads, her reply, and how a reading goes on when she is silent.
//!
//! The words wait in the outbox, for a question of the reading's number, under the name that they would have had at once: whatever
//! was put back meanwhile, they go once.

use std::slice;
use std::time::Duration;

use data_encoding::HEXLOWER;

use super::absences::{in_an_answer, names};
use super::letters::{CONFIRMED_DAYS, Thread, masked};
use super::post::{Cause, Poster};
use super::{Context, EngineError, Result, forgotten, gate, gather, set_aside, telling};
use crate::clock::Timestamp;
use crate::domain::calendar::Day;
use crate::domain::decision::{Decision, End, Proof, Reason};
use crate::domain::ledger::{Act, Entry};
use crate::domain::limits::DAY;
use crate::domain::notice::{Read, ReadingAsk, Why};
use crate::domain::people::{Client, ClientId, Supporter, SupporterId};
use crate::domain::reading::{self, Company, First, Names, Said, ToRead, said, steps};
use crate::domain::walk;
use crate::mail::address::Address;
use crate::settings::UnprovenAnswers;
use crate::store::{ReadingRow, Tx};

/// So many readings go on in one transaction.
const AT_ONCE: i64 = 16;
/// When readings are looked at again that wait for the mailbox to be read.
const AGAIN: Duration = Duration::from_secs(60);

/// An answer that would go.
pub(super) struct Words<'a> {
    pub(super) digest: &'a [u8; 32],
    pub(super) mail: i64,
    pub(super) day: Day,
    /// As others than the client may read them.
    pub(super) text: &'a str,
    pub(super) pictures: usize,
    /// The address that it came from.
    pub(super) address: &'a Address,
    /// When it came, or was confirmed.
    pub(super) came_at: Timestamp,
}

/// Who reads an answer before it goes; `None`: its writer is no newcomer, or it was read.
pub(super) fn first(
    tx: &Tx<'_>,
    context: &Context,
    (client, writer): (&Client, &Supporter),
    words: &Words<'_>,
) -> Result<Option<First>> {
    let of = context.settings.promise.read_first;
    if of == 0 || !tx.is_newcomer(writer.id, of)? || tx.is_reader(writer.id)? {
        return Ok(None);
    }
    let (day, came_at) = (words.day, words.came_at);
    let number = context.keys.numbered(&format!("reading|{}", HEXLOWER.encode(words.digest)));
    // It was read, and set aside then.
    if tx.reading(number)?.is_some() {
        return Ok(None);
    }
    let readers = readers(tx, context, (client, writer.id), number, came_at)?;
    let Some(reader) = readers.into_iter().next() else { return Ok(Some(First::Nobody)) };
    let waiting = tx.waiting_report(client.id, day)?.filter(|report| report.due_at > came_at);
    let usual = (came_at, client.hours.over(&context.hours).due_at(came_at));
    let (from, due_at) = waiting.map_or(usual, |report| (report.from, report.due_at));
    let ready = came_at.after(context.settings.promise.grace);
    // Her mail waits until then.
    let up = Some(reader.hours.over(&context.hours).waking(ready)).filter(|up| *up > ready);
    let steps = steps((came_at, up.unwrap_or(came_at)), from, due_at, context.settings.promise.points.tell);
    let to_read = ToRead {
        number,
        mail: words.mail,
        writer: writer.id,
        address: words.address.clone(),
        reader: reader.id,
        came_at,
        steps,
    };
    let read = read(tx, context, (client, &reader, writer), (day, words.text, words.pictures))?;
    Ok(Some(First::With(Box::new(Company {
        to_read,
        reader,
        writer: writer.clone(),
        client: client.clone(),
        read,
        until: Some(steps.next_at).filter(|at| up.is_none_or(|up| up < *at)),
        empty_is_yes: context.settings.auth.mode.proves(),
        first: !tx.was_read_before(writer.id)?,
        of,
    }))))
}

/// Who reads the answer that a mail brings, where it would go; `day`: the report that it would go to.
pub(super) fn of_answer(
    thread: &Thread<'_>,
    people: (&Client, &Supporter),
    day: Option<Day>,
    (text, pictures): (&str, usize),
) -> Result<Option<First>> {
    let Thread { tx, context, mail, prepared, .. } = thread;
    let (Some(day), Some(author)) = (day, prepared.message.from.first()) else { return Ok(None) };
    let came_at = mail.internal_date.unwrap_or(mail.ingested_at);
    let (digest, mail, address) = (&prepared.digest, mail.id, &author.address);
    first(tx, context, people, &Words { digest, mail, day, text, pictures, address, came_at })
}

/// Whether a newcomer only thanks for what told her that somebody reads with her.
pub(super) fn thanks(thread: &Thread<'_>, writer: &Supporter) -> Result<bool> {
    let Some(sent) = &thread.past.sent else { return Ok(false) };
    let company = thread.tx.company_of(sent.outbox_id, writer.id)?;
    let mut all = names(thread, writer);
    all.extend(company.iter().map(String::as_str));
    let alone = thread.prepared.message.attachments.is_empty();
    Ok(alone && !company.is_empty() && reading::is_courtesy(&gather::words_of(thread, Some(sent)), &all))
}

/// Who can be asked, in the order in which they are: she may have to do with the client, and is not away.
fn readers(
    tx: &Tx<'_>,
    context: &Context,
    (client, writer): (&Client, SupporterId),
    number: u64,
    at: Timestamp,
) -> Result<Vec<Supporter>> {
    let mut found = Vec::new();
    for id in tx.readers_for(client, writer, number, at)? {
        let Some(reader) = tx.supporter_by_id(id)? else { continue };
        let today = gate::calendar_of(context, &reader).day_of(at);
        if gate::may_write_to(tx, client, &reader)? && !gate::is_away(tx, id, today)? {
            found.push(reader);
        }
    }
    Ok(found)
}

/// What a reader sees: the client's letters as she may see them, and the newcomer's words.
fn read(
    tx: &Tx<'_>,
    context: &Context,
    (client, reader, writer): (&Client, &Supporter, &Supporter),
    (day, text, pictures): (Day, &str, usize),
) -> Result<Read> {
    let mask = |text: &str| {
        let text = masked(context, text, Some(client), Some(reader));
        masked(context, &text, Some(client), Some(writer))
    };
    let letters = tx.report(client.id, day, reader.id)?.texts.iter().map(|text| mask(text)).collect();
    let (client, writer) = (client.name.clone(), writer.name.clone());
    Ok(Read { client, day, writer, letters, words: mask(text), pictures })
}

/// A reader replied.
pub(super) fn replied(
    thread: &Thread<'_>,
    reader: &Supporter,
    number: u64,
) -> Result<(Decision, Option<ClientId>)> {
    let known = said_of(thread, reader, number)?;
    Ok((known.unwrap_or_else(|| gather::unaddressed(thread, reader, Why::NoThread)), None))
}

/// What follows from her reply. `None`: nobody asked her, or she may not know of it any more.
fn said_of(thread: &Thread<'_>, reader: &Supporter, number: u64) -> Result<Option<Decision>> {
    let Thread { tx, context, mail, prepared, .. } = thread;
    if prepared.proof == Proof::Refuted {
        return Ok(Some(Decision::only(End::Discarded, Reason::ReadingRefuted)));
    }
    let Some(row) = tx.reading(number)? else { return Ok(None) };
    let (client, writer) = (tx.client_by_id(row.answer.client)?, tx.supporter_by_id(row.answer.writer)?);
    let (Some(client), Some(writer)) = (client, writer) else { return Ok(None) };
    let was_asked = tx.readers_asked(number)?.contains(&reader.id);
    let asked_before = forgotten::asked_to_read(thread, reader, number).filter(|_| !was_asked);
    if !was_asked && asked_before.is_none() || !gate::may_write_to(tx, &client, reader)? {
        return Ok(None);
    }
    if mail.too_large {
        return Ok(Some(gather::too_large(thread, reader)));
    }
    let words = gather::words_of(thread, thread.past.sent.as_ref());
    let answer = (row.answer.day, row.answer.shown.as_str(), row.answer.pictures);
    if let Some(decision) = in_an_answer(thread, reader, &client, None)? {
        return Ok(Some(decision));
    }
    let all = telling::stand_ins(thread, reader, slice::from_ref(&client), slice::from_ref(&writer));
    let said = what_is_said(thread, reader, (&client, &writer), &words);
    let facts = reading::Facts {
        number,
        late: reading::Late {
            outcome: row.outcome,
            heard: tx.knows_it_is_settled(number, reader.id)?,
            courtesy: is_courtesy(thread, reader, (&client, &writer), &words),
        },
        asked_before,
        read: read(tx, context, (&client, reader, &writer), answer)?,
        open: row.open || row.went_before && said != Said::Returns,
        empty_is_yes: context.settings.auth.mode.proves(),
        until: row.next_at,
        trusted: is_trusted(thread, &words)?,
        said,
        words: masked(context, &words, Some(&client), Some(reader)),
        shown: all.hide_all(&words),
        own: row.answer.words,
        mail: mail.id,
        writing_until: writes_until(thread, (&client, &writer), row.answer.day)?,
        reader: reader.clone(),
        writer,
        client,
    };
    Ok(Some(set_aside::after_a_yes(thread, reading::replied(&facts))?))
}

/// Until when a newcomer to whom words come back is left in peace: whoever holds the report writes from then on.
fn writes_until(
    thread: &Thread<'_>,
    (client, writer): (&Client, &Supporter),
    day: Day,
) -> Result<Option<Timestamp>> {
    let Thread { tx, context, now, .. } = thread;
    let holds = tx.waiting_holder(client.id, day)? == Some(writer.id);
    let hers = writer.hours.over(&context.hours);
    // The words reach her when she is up.
    Ok(holds.then(|| walk::writing_until(hers.waking(*now), &hers)))
}

/// What a reply says. One without a word that brings something to look at was meant otherwise.
fn what_is_said(
    thread: &Thread<'_>,
    reader: &Supporter,
    (client, writer): (&Client, &Supporter),
    words: &str,
) -> Said {
    let own = names(thread, reader);
    match said(words, &Names { own: &own, writer: &writer.name, client: &client.name }) {
        Said::Nothing if !thread.prepared.message.attachments.is_empty() => Said::Unclear,
        said => said,
    }
}

/// Whether she only thanks, for the word that she need not read it.
fn is_courtesy(
    thread: &Thread<'_>,
    reader: &Supporter,
    (client, writer): (&Client, &Supporter),
    words: &str,
) -> bool {
    let mut names = names(thread, reader);
    names.extend([writer.name.as_str(), client.name.as_str()]);
    reading::is_courtesy(words, &names)
}

/// Whether a reader's reply says something that needs nobody of the office, though it may begin with its name.
pub(super) fn is_plain(thread: &Thread<'_>, reader: &Supporter, number: u64) -> Result<bool> {
    let tx = thread.tx;
    let Some(row) = tx.reading(number)? else { return Ok(false) };
    let (client, writer) = (tx.client_by_id(row.answer.client)?, tx.supporter_by_id(row.answer.writer)?);
    let (Some(client), Some(writer)) = (client, writer) else { return Ok(false) };
    let words = gather::words_of(thread, thread.past.sent.as_ref());
    let said = what_is_said(thread, reader, (&client, &writer), &words);
    Ok(matches!(said, Said::Approves | Said::Declines)
        || in_an_answer(thread, reader, &client, None)?.is_some())
}

/// Whether nothing more is needed to believe that she wrote it. Silence is believed of a proven mail alone. Where nothing
/// proves anything, words to the mail that asked her are hers, as her yes to a question is: nobody else has that mail.
fn is_trusted(thread: &Thread<'_>, words: &str) -> Result<bool> {
    let Thread { tx, context, prepared, past, now, .. } = thread;
    let author = prepared.message.from.first();
    let lately = |at| now.since(at) < DAY * CONFIRMED_DAYS;
    let confirmed = author.map(|author| tx.confirmed_at(&author.address)).transpose()?.flatten();
    Ok(match prepared.proof {
        Proof::Proven => true,
        _ if words.trim().is_empty() => false,
        Proof::Refuted => false,
        Proof::Unproven if !context.settings.auth.mode.proves() => past.is_answer(),
        Proof::Unproven => {
            context.settings.auth.unproven_answers == UnprovenAnswers::Pass || confirmed.is_some_and(lately)
        }
    })
}

/// Reading counts, once for each answer that she was asked to read.
pub(super) fn enter(poster: &Poster<'_>, number: u64, reader: SupporterId, mail: i64) -> Result<()> {
    let Poster { tx, context, now, .. } = *poster;
    let (Some(row), Some(reader)) = (tx.reading(number)?, tx.supporter_by_id(reader)?) else { return Ok(()) };
    // An older database does not know the mail that asked a later reader.
    let (outbox_id, message_id) = match tx.mail_to_reader(number, reader.principal_ref)? {
        Some((row, message_id)) => (Some(row), message_id),
        None => match forgotten::ask(context, number, &row.answer.digest, &reader, poster.journal)? {
            Some(message_id) => (None, message_id),
            None => return Ok(()),
        },
    };
    let rates = &context.settings.rates;
    let (came_at, _) = tx.arrived_at(mail)?;
    Ok(tx.enter(&Entry {
        act: Act::Reading,
        supporter: reader.id,
        client: row.answer.client,
        day: Some(row.answer.day),
        letter: tx.letter_of_mail(row.answer.mail)?,
        outbox_id,
        message_id,
        made_at: came_at.min(now),
        unit_price: rates.of(Act::Reading),
        currency: rates.currency.clone(),
    })?)
}

/// Readings whose time has come go on, and whoever need not read any more hears so.
pub(super) fn go_on(poster: &Poster<'_>) -> Result<()> {
    let Poster { tx, now, .. } = *poster;
    tx.end_readings(now)?;
    let due = tx.readings_due(now, AT_ONCE)?;
    if !due.is_empty() && !tx.has_kept()? {
        for row in due {
            let looks_back = row.next_at.filter(|at| *at <= now);
            if looks_back.is_some_and(|at| tx.fetch_is_behind(at).unwrap_or(true)) {
                continue;
            }
            match poster.guarded(|| next(poster, &row)) {
                Err(EngineError::NotComposed(what)) => {
                    tracing::error!(mail = row.answer.mail, %what, "our code failed on an answer that is read first");
                    tx.reading_goes_on(row.number, None, now)?;
                }
                done => done?,
            }
        }
    }
    tell_others(poster)
}

/// When the next reading goes on.
pub(super) fn next_look(poster: &Poster<'_>) -> Result<Option<Timestamp>> {
    Ok(poster.tx.next_reading()?.map(|at| if at <= poster.now { poster.now.after(AGAIN) } else { at }))
}

/// A step of a reading: the same, whatever was put back meanwhile.
pub(super) fn event(number: u64, step: &str) -> String {
    format!("reading|{number:012x}|{step}")
}

/// The next reader is asked; where there is none, or little time, the office hears of it.
fn next(poster: &Poster<'_>, row: &ReadingRow) -> Result<()> {
    let Poster { tx, context, now, .. } = *poster;
    let ReadingRow { number, office_at, answer, .. } = row;
    let (client, writer) = (tx.client_by_id(answer.client)?, tx.supporter_by_id(answer.writer)?);
    let (Some(client), Some(writer)) = (client, writer) else { return Ok(()) };
    let cause = |step: &str| Cause::Event(event(*number, step));
    // Nobody who was asked may have to do with the client any more.
    let early = row.next_at.is_some_and(|at| at > now);
    let readers = match now < *office_at {
        true => readers(tx, context, (&client, writer.id), *number, now)?,
        false => Vec::new(),
    };
    // Little time is left: whoever is up goes before those who sleep.
    let up = |reader: &Supporter| reader.hours.over(&context.hours).waking(now);
    if let Some(reader) = readers.into_iter().min_by_key(up) {
        let up = up(&reader);
        if up > now && !early {
            return Ok(tx.reading_goes_on(*number, Some(up.min(*office_at)), now)?);
        }
        let words = (answer.day, answer.shown.as_str(), answer.pictures);
        let ask = ReadingAsk {
            read: read(tx, context, (&client, &reader, &writer), words)?,
            until: Some(*office_at),
            empty_is_yes: context.settings.auth.mode.proves(),
            unclear: None,
        };
        tx.asked_to_read(*number, reader.id, now)?;
        let post = reading::asks(&reader, &client, *number, ask);
        poster.enqueue(&[post], &cause("next"), Reason::ReadingAsked)?;
        return Ok(tx.reading_goes_on(*number, Some(*office_at), now)?);
    }
    if now < *office_at && !early {
        return Ok(tx.reading_goes_on(*number, Some(*office_at), now)?);
    }
    let asked = tx.readers_asked(*number)?.into_iter().map(|id| tx.supporter_by_id(id));
    let asked = asked.collect::<std::result::Result<Vec<_>, _>>()?;
    let asked = asked.into_iter().flatten().map(|reader| reader.name).collect();
    let waits = Some((row.row.unwrap_or_default(), asked));
    let post = reading::to_office(&writer.name, &client.name, answer.day, waits);
    poster.enqueue(&[post], &cause("office"), Reason::ReadFirst)?;
    Ok(tx.reading_goes_on(*number, None, now)?)
}

/// Whoever was asked and has not replied hears that she need not, unless her mail has not gone out, which it then does not.
fn tell_others(poster: &Poster<'_>) -> Result<()> {
    let Poster { tx, now, .. } = *poster;
    for closed in tx.closed_readings()? {
        tx.end_reading_ask(closed.number, closed.reader, now)?;
        let reader = tx.supporter_by_id(closed.reader)?.filter(|_| !closed.unsent);
        if let (Some(reader), Some(client)) = (reader, tx.client_by_id(closed.client_id)?) {
            // She may not know of it any more.
            if !gate::may_write_to(tx, &client, &reader)? {
                continue;
            }
            let cause = Cause::Event(format!("reading-over|{:012x}", closed.number));
            let post = reading::over(&reader, closed.number, &closed.writer, &closed.client);
            poster.enqueue(&[post], &cause, Reason::ReadingOver)?;
        }
    }
    Ok(())
}
