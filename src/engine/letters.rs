//! Facts for the two letters of the corridor: a client's, and a supporter's answer.

use std::cell::OnceCell;

use super::acting::{Acting, acting};
use super::gather::{self, Past, Prepared};
use super::meaning::{self, Meant, memos};
use super::{Context, Result, exclusions, gate, pool, reading, reminder, set_aside, telling};
use crate::clock::Timestamp;
use crate::domain::answer;
use crate::domain::calendar::{Calendar, Day};
use crate::domain::decision::{Decision, Proof, Reason};
use crate::domain::letter;
use crate::domain::limits::{DAY, OPEN_QUESTIONS, QUESTIONS_A_DAY, TELLING_A_DAY};
use crate::domain::locale::Locale;
use crate::domain::notice::{Enclosures, Exchange};
use crate::domain::people::{Client, Supporter, SupporterId};
use crate::domain::returned;
use crate::domain::understand::SentMail;
use crate::domain::walk::writing_until;
use crate::domain::{words, writing};
use crate::mail::address::Address;
use crate::mail::message::Message;
use crate::mail::parse::{each_attachment, parse};
use crate::mail::particulars::mask;
use crate::mail::picture::Picture;
use crate::settings::UnprovenAnswers;
use crate::store::{KeptMail, SentRow, Tx};

/// How many earlier letters an alert shows.
const EXCHANGES: usize = 4;
/// And how much of them: an alert stays small enough for a phone. A letter is shown whole or not at all.
const EXCHANGED_OCTETS: usize = 8 << 10;
/// For how long a yes stands.
pub(super) const CONFIRMED_DAYS: u32 = 30;

/// One mail and everything around it.
pub(super) struct Thread<'a> {
    pub(super) tx: &'a Tx<'a>,
    pub(super) context: &'a Context,
    pub(super) mail: &'a KeptMail,
    pub(super) prepared: &'a Prepared,
    pub(super) past: &'a Past,
    pub(super) now: Timestamp,
    /// What was newly written, once somebody asked.
    pub(super) words: OnceCell<String>,
}

/// A mail of ours with the text that we sent, for quotes of it to be known.
pub(super) fn sent_mail(tx: &Tx<'_>, context: &Context, row: SentRow) -> Result<SentMail> {
    let client = row.client.map(|id| tx.client_by_id(id)).transpose()?.flatten();
    let supporter = client.as_ref().and_then(|c| c.supporter);
    let supporter = supporter.map(|id| tx.supporter_by_id(id)).transpose()?.flatten();
    let Message { subject, text, .. } = parse(&row.bytes);
    let whole = reminder::whole_report(tx, context, &row, &text)?;
    let letter = whole.unwrap_or_else(|| masked(context, &row.letter, client.as_ref(), supporter.as_ref()));
    Ok(SentMail {
        outbox_id: row.id,
        kind: row.kind,
        principal: row.principal,
        client,
        day: row.day,
        subject,
        body: text,
        letter,
        letter_id: row.letter_id,
        author: row.author.map(|id| tx.supporter_by_id(id)).transpose()?.flatten(),
        confirmation: row.confirmation,
        absence: row.absence,
        set_aside: row.set_aside,
        ask: row.ask,
        reading: row.reading,
        current: true,
    })
}

/// A text without any registered address of either side.
pub(super) fn masked(
    context: &Context,
    text: &str,
    client: Option<&Client>,
    supporter: Option<&Supporter>,
) -> String {
    let clients = client.map_or(&[][..], |c| c.addresses.as_slice());
    let supporters = supporter.map_or(&[][..], |s| s.addresses.as_slice());
    without(context, text, &clients.iter().chain(supporters).collect::<Vec<_>>())
}

/// A text without these addresses.
pub(super) fn without(context: &Context, text: &str, addresses: &[&Address]) -> String {
    let mark = match context.settings.service.locale {
        Locale::Ja => "（アドレス）",
        Locale::En => "(address)",
    };
    mask(text, addresses, mark).0
}

/// Decides a client's letter, unless all that it says is who should answer her.
pub(super) fn client_letter(thread: &Thread<'_>, client: Client, to_words: Option<Day>) -> Result<Decision> {
    match exclusions::wish(thread, &client)? {
        Some(decision) => Ok(decision),
        None => letter_of(thread, client, to_words),
    }
}

fn letter_of(thread: &Thread<'_>, client: Client, to_words: Option<Day>) -> Result<Decision> {
    let Thread { tx, context, mail, prepared, .. } = thread;
    let message = &prepared.message;
    let hours = client.hours.over(&context.hours);
    let text = gather::words_of(thread, thread.past.sent.as_ref());
    let own_subject = own_subject(thread);
    let day = report_day(thread, &hours.calendar, &own_subject, &text);
    let arrived = mail.internal_date.unwrap_or(mail.ingested_at);
    let Reader { supporter, away, pooled } = reader(thread, &client, arrived, day)?;
    let mask = |text: &str| masked(context, text, Some(&client), supporter.as_ref());
    let known = telling::known(thread, &client, supporter.as_ref());
    let (masked_text, mut hidden) = known.hide(&mask(&text));
    let (shown_subject, in_subject) = known.hide(&mask(&own_subject));
    hidden.extend(in_subject);
    let to_words = match to_words {
        Some(day) if tx.has_report(client.id, day)? => Some(day),
        _ => None,
    };
    let answered = thread.past.sent.as_ref().map(|sent| sent.outbox_id);
    let (pictures, enclosures) =
        enclosed(tx, context, (&mail.raw, message, &prepared.drawn), prepared.proof, answered)?;
    let facts = letter::Facts {
        leaves_at: gate::leaves_soon(tx, context, supporter.as_ref(), arrived)?,
        digest: prepared.digest,
        number: mail.id,
        address: message.from.first().map(|m| m.address.clone()),
        masked_text,
        hidden,
        new_question: context.keys.question(&prepared.digest),
        text,
        own_subject: shown_subject,
        subject: message.subject.clone(),
        message_id: message.message_id.clone(),
        pictures,
        enclosures,
        day,
        to_words,
        thanked: thanked(thread, &client)?,
        day_has_report: tx.has_report(client.id, day)?,
        reported_before: tx.has_any_report(client.id)?,
        memos: memos(tx, context, &client, supporter.as_ref(), day)?,
        exchanges: exchanges(tx, context, &client, supporter.as_ref(), None)?,
        last: tx.last_answer(client.id, supporter.as_ref())?,
        about: about(tx, context, &client, supporter.as_ref())?,
        proof: prepared.proof,
        proof_expected: context.settings.auth.mode.proves(),
        receipts: context.settings.service.receipts,
        arrived_at: mail.internal_date,
        junk: mail.junk,
        too_large: mail.too_large.then_some((mail.size >> 20).max(1)),
        supporter,
        client,
        hours,
        points: context.settings.promise.points,
        pooled,
        away,
    };
    Ok(letter::decide(&facts, thread.now))
}

/// Who gets a client's letter.
#[derive(Default)]
struct Reader {
    /// Whoever holds the report that waits, else whoever answers it now.
    supporter: Option<Supporter>,
    /// The name of the one whom she stands in for, empty where that is not told.
    away: Option<String>,
    /// Nobody so far: the pool is asked at once.
    pooled: bool,
}

fn reader(thread: &Thread<'_>, client: &Client, arrived: Timestamp, day: Day) -> Result<Reader> {
    let Thread { tx, context, .. } = thread;
    let named = |id: Option<SupporterId>| id.map(|id| tx.supporter_by_id(id)).transpose();
    if let Some(holder) = named(tx.waiting_holder(client.id, day)?)?.flatten() {
        return Ok(Reader { supporter: Some(holder), ..Reader::default() });
    }
    let acting = acting(tx, context, client, arrived, day)?;
    let neither = matches!(acting, Acting::Neither { .. });
    // Of what is refuted the pool is not asked: her own supporter sees it, and the doubt.
    let may_be_hers = thread.prepared.proof != Proof::Refuted;
    if neither
        && may_be_hers
        && !pool::candidates(tx, context, client, (None, day), thread.now, 1)?.is_empty()
    {
        return Ok(Reader { pooled: true, ..Reader::default() });
    }
    let away = match acting {
        Acting::Second { away: true, .. } => named(client.supporter)?.flatten().map(|own| own.name),
        Acting::Second { away: false, .. } => Some(String::new()),
        _ => None,
    };
    Ok(Reader { supporter: named(acting.holder())?.flatten(), away, pooled: false })
}

/// Who wrote the words that a letter answers, if she may still have to do with its writer.
fn thanked(thread: &Thread<'_>, client: &Client) -> Result<Option<Supporter>> {
    let author = thread.past.sent.as_ref().and_then(|sent| sent.author.clone());
    let may = author.as_ref().map(|author| gate::may_write_to(thread.tx, client, author)).transpose()?;
    Ok(author.filter(|_| may == Some(true)))
}

/// What a client wrote about herself, for a supporter who had no letter of hers so far.
pub(super) fn about(
    tx: &Tx<'_>,
    context: &Context,
    client: &Client,
    supporter: Option<&Supporter>,
) -> Result<String> {
    let about = tx.description(client.id)?.about;
    match supporter {
        Some(supporter) if !about.is_empty() && !tx.knows(supporter.principal_ref, client.id)? => {
            Ok(masked(context, &about, Some(client), Some(supporter)).trim().to_owned())
        }
        _ => Ok(String::new()),
    }
}

/// The day that a letter belongs to; its writer may name it in her subject or first line.
fn report_day(thread: &Thread<'_>, calendar: &Calendar, own_subject: &str, text: &str) -> Day {
    let mail = thread.mail;
    let today = calendar.day_of(mail.ingested_at);
    let first_line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let named = [own_subject, first_line].iter().find_map(|line| calendar.named_day(line, today));
    let originated_at = thread.prepared.message.originated_at;
    calendar.report_day(named, originated_at, mail.internal_date, mail.ingested_at)
}

/// Decides an answer, if its writer may have to do with the client.
pub(super) fn answer(
    thread: &Thread<'_>,
    supporter: Supporter,
    client: Client,
    day: Option<Day>,
) -> Result<Decision> {
    if thread.mail.too_large {
        return Ok(gather::too_large(thread, &supporter));
    }
    let words = gather::words_of(thread, thread.past.sent.as_ref());
    if !gate::may_write_to(thread.tx, &client, &supporter)? {
        return Ok(returned::elsewhere(&supporter, &client, &words, thread.mail.id));
    }
    if words::is_writing(&words, &supporter.name) && thread.prepared.proof != Proof::Refuted {
        let day = report_meant(thread.tx, &client, day)?;
        return writing(thread, supporter, client, day);
    }
    let meant = meaning::meant(thread, &supporter, &client, &words)?;
    answer_meant(thread, supporter, client, day, meant)
}

/// Decides an answer of which it is known what it may be, beside one.
pub(super) fn answer_meant(
    thread: &Thread<'_>,
    supporter: Supporter,
    client: Client,
    day: Option<Day>,
    Meant { words, memo, doubt, other }: Meant,
) -> Result<Decision> {
    let Thread { tx, context, mail, prepared, .. } = thread;
    let message = &prepared.message;
    let Some(author) = message.from.first() else {
        return Ok(returned::quarantined(Reason::NoSingleAuthor, mail.id));
    };
    let day = report_meant(tx, &client, day)?;
    let report = day.map(|day| tx.report(client.id, day, supporter.id)).transpose()?.unwrap_or_default();
    let mask = |text: &str| masked(context, text, Some(&client), Some(&supporter));
    let masked_words = mask(&words);
    let (shown_words, found) =
        telling::known(thread, &client, Some(&supporter)).hide_from_next(&words, &masked_words);
    let lately = |at| thread.now.since(at) < DAY * CONFIRMED_DAYS;
    let open = tx.open_question(&author.address)?;
    let answered = thread.past.sent.as_ref().map(|sent| sent.outbox_id);
    let (pictures, enclosures) =
        enclosed(tx, context, (&mail.raw, message, &prepared.drawn), prepared.proof, answered)?;
    let (late, holder) = set_aside::around(thread, (&client, &supporter), day)?;
    let for_itself = !found.is_empty() || doubt.is_some();
    let first = reading::of_answer(thread, (&client, &supporter), day, (&shown_words, pictures.len()))?;
    Ok(answer::decide(&answer::Facts {
        late,
        holder,
        first,
        asked_enough: !mail.let_go && asked_enough(thread, &supporter, &author.address, for_itself)?,
        day,
        digest: prepared.digest,
        number: mail.id,
        address: author.address.clone(),
        masked_words,
        shown_words,
        found,
        doubt,
        other,
        memo,
        words,
        subject: message.subject.clone(),
        message_id: message.message_id.clone(),
        pictures,
        enclosures,
        report: report.texts.iter().map(|text| mask(text)).collect(),
        report_subject: mask(&report.own_subject),
        report_message_id: report.message_id,
        from_pool: pool::took(tx, &client, &supporter, day)?,
        proof: prepared.proof,
        unproven_passes: context.settings.auth.unproven_answers == UnprovenAnswers::Pass,
        confirmed_lately: tx.confirmed_at(&author.address)?.is_some_and(lately),
        open_question: open.map(|(number, ..)| number),
        ask_again: open.is_some_and(|(_, asked_at, lost)| lost || !lately(asked_at)),
        new_question: context.keys.question(&prepared.digest),
        supporter,
        client,
    }))
}

/// The report that an answer is to: the one that it names, if there is one, else the likely one.
pub(super) fn report_meant(tx: &Tx<'_>, client: &Client, day: Option<Day>) -> Result<Option<Day>> {
    match day {
        Some(day) if tx.has_report(client.id, day)? => Ok(Some(day)),
        _ => Ok(tx.likely_report(client.id)?),
    }
}

/// Decides what follows when a supporter says that she is writing.
fn writing(thread: &Thread<'_>, supporter: Supporter, client: Client, day: Option<Day>) -> Result<Decision> {
    let Thread { tx, context, now, .. } = thread;
    let report = day.map(|day| tx.waiting_report(client.id, day)).transpose()?.flatten();
    let holder = report.and_then(|report| report.holder);
    let hers = holder == Some(supporter.id);
    let other = holder.filter(|_| !hers).map(|id| tx.supporter_by_id(id)).transpose()?.flatten();
    let until = writing_until(*now, &supporter.hours.over(&context.hours));
    Ok(writing::decide(&writing::Facts { supporter, client, day, hers, holder: other, until }))
}

/// Whether a supporter has been asked as often as she may be in a day.
fn asked_enough(
    thread: &Thread<'_>,
    supporter: &Supporter,
    address: &Address,
    telling: bool,
) -> Result<bool> {
    let Thread { tx, mail, prepared, .. } = thread;
    let arrived_at = mail.internal_date.unwrap_or(mail.ingested_at);
    if prepared.proof == Proof::Refuted {
        let (today, open) = tx.refuted_questions(supporter, arrived_at, CONFIRMED_DAYS)?;
        return Ok(today > 0 || open >= OPEN_QUESTIONS);
    }
    let most = if telling { TELLING_A_DAY } else { QUESTIONS_A_DAY };
    Ok(tx.asked_before(supporter, address, telling, arrived_at)? >= most)
}

/// The subject, when it is the writer's own and not "Re:" to something.
pub(super) fn own_subject(thread: &Thread<'_>) -> String {
    let message = &thread.prepared.message;
    let subject = message.subject.trim();
    let answers = thread.past.sent.is_some()
        || thread.past.token.is_some()
        || !message.in_reply_to.is_empty()
        || subject.to_lowercase().starts_with("re:");
    if answers { String::new() } else { subject.to_owned() }
}

/// The last letters of a thread (before the one with this digest), as a supporter may see them.
pub(super) fn exchanges(
    tx: &Tx<'_>,
    context: &Context,
    client: &Client,
    supporter: Option<&Supporter>,
    before: Option<&[u8; 32]>,
) -> Result<Vec<Exchange>> {
    exchanged(tx, context, client, supporter, (before, EXCHANGES))
}

/// The last `most` letters of a thread, as a supporter may see them.
pub(super) fn last_exchanges(
    tx: &Tx<'_>,
    context: &Context,
    client: &Client,
    supporter: Option<&Supporter>,
    most: usize,
) -> Result<Vec<Exchange>> {
    exchanged(tx, context, client, supporter, (None, most))
}

fn exchanged(
    tx: &Tx<'_>,
    context: &Context,
    client: &Client,
    supporter: Option<&Supporter>,
    (before, most): (Option<&[u8; 32]>, usize),
) -> Result<Vec<Exchange>> {
    let mut room = EXCHANGED_OCTETS;
    let fits = |exchange: &Exchange| {
        let left = room.checked_sub(exchange.text.len());
        room = left.unwrap_or(0);
        left.is_some()
    };
    let reader = supporter.map(|s| s.id);
    let exchanges = tx.exchanges(client.id, reader, before, most)?.into_iter().take_while(fits);
    let seen = |e: Exchange| Exchange { text: masked(context, &e.text, Some(client), supporter), ..e };
    Ok(exchanges.map(seen).collect())
}

/// The pictures of a letter that may pass, and what else came with it; signatures of mail programs are no enclosures, and
/// a picture of ours that comes back below a quote is nobody's anew.
/// Of a mail that the receiving server refutes none pass: its reader is told of a doubt, and cannot unsee a picture.
/// `answered`: the row of the mail of ours that it answers, where that is known.
pub(super) fn enclosed(
    tx: &Tx<'_>,
    context: &Context,
    (raw, message, drawn): (&[u8], &Message, &[Option<Picture>]),
    proof: Proof,
    answered: Option<i64>,
) -> Result<(Vec<Picture>, Enclosures)> {
    let pictures_pass = context.settings.privacy.pictures && proof != Proof::Refuted;
    let quoted = quoted_pictures(tx, raw, message, answered)?;
    let (mut passing, mut stay) = (Vec::new(), Enclosures { pictures_pass, ..Enclosures::default() });
    for (at, (attachment, drawn)) in message.attachments.iter().zip(drawn).enumerate() {
        let media_type = attachment.media_type.as_str();
        match drawn {
            _ if quoted.contains(&at) => {}
            Some(picture) if pictures_pass => passing.push(picture.clone()),
            _ if media_type.ends_with("-signature") || media_type == "application/pgp-keys" => {}
            _ if media_type.starts_with("image/") => stay.images += 1,
            _ => stay.others += 1,
        }
    }
    Ok((passing, stay))
}

/// Which attachments of a mail are the very pictures of the mail of ours that it answers.
fn quoted_pictures(tx: &Tx<'_>, raw: &[u8], message: &Message, answered: Option<i64>) -> Result<Vec<usize>> {
    let (mut ours, mut quoted, mut at) = (Vec::new(), Vec::new(), 0);
    if message.attachments.is_empty() {
        return Ok(quoted);
    }
    let mut sent = answered.map(|row| tx.row_bytes(row)).transpose()?.flatten();
    for id in message.in_reply_to.iter().chain(message.references.iter().rev()) {
        if sent.is_some() {
            break;
        }
        sent = tx.sent_by_message_id(id)?.map(|sent| sent.bytes);
    }
    if let Some(sent) = sent {
        each_attachment(&sent, &parse(&sent), |octets| ours.push(octets.to_vec()));
    }
    if !ours.is_empty() {
        each_attachment(raw, message, |octets| {
            quoted.extend(ours.iter().any(|ours| ours == octets).then_some(at));
            at += 1;
        });
    }
    Ok(quoted)
}
