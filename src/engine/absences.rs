//! A supporter says by mail that she will be away, asks for cover, or replies to what we said about it; and what an
//! operator orders about absences.

use super::gate::{self, calendar_of};
use super::gather;
use super::letters::{CONFIRMED_DAYS, Thread};
use super::order::supporter_of;
use super::post::{Cause, Poster};
use super::{EngineError, Result, days_off, leaving, telling};
use crate::domain::absence::{
    self, Absence, Days, Known, Place, Reading, Request, announced, asks_to_cover, others, replied, said,
};
use crate::domain::calendar::{Calendar, Day};
use crate::domain::command::{Ordered, Refusal};
use crate::domain::decision::{Decision, End, Proof, Reason};
use crate::domain::handover;
use crate::domain::limits::{ABSENCES_A_DAY, DAY, QUESTIONS_A_DAY};
use crate::domain::outgoing::Kind;
use crate::domain::people::{Client, ClientId, Supporter, SupporterId};
use crate::rng::Rng;
use crate::settings::UnprovenAnswers;
use crate::store::{Handover, Tx};

/// A mail that answers nothing. `None`: it says nothing about an absence.
pub(super) fn in_a_new_mail(thread: &Thread<'_>, supporter: &Supporter) -> Result<Option<Decision>> {
    if thread.mail.too_large {
        return Ok(None);
    }
    let message = &thread.prepared.message;
    let words = gather::words_of(thread, thread.past.sent.as_ref());
    let names = names(thread, supporter);
    let subject = match &thread.past.sent {
        // Who was asked when she is away need not say again that she is.
        Some(sent) if sent.kind == Kind::Notice && !absence::is_polite(&words, &names) => "お休み",
        None if message.in_reply_to.is_empty() => &message.subject,
        _ => "",
    };
    match said(subject, &words, &names, &todays(thread, supporter), Place::NewMail) {
        Some(said) => announce(thread, supporter, Request::Away(said)),
        None => days_off::in_a_mail(thread, supporter, (subject, &words), Place::NewMail),
    }
}

/// A reply to a mail about a client's report. `None`: it is an answer.
pub(super) fn in_an_answer(
    thread: &Thread<'_>,
    supporter: &Supporter,
    client: &Client,
    day: Option<Day>,
) -> Result<Option<Decision>> {
    // What comes with pictures was meant for somebody to see.
    if thread.mail.too_large || !thread.prepared.message.attachments.is_empty() {
        return Ok(None);
    }
    let words = gather::words_of(thread, thread.past.sent.as_ref());
    let names = names(thread, supporter);
    let request = match day {
        Some(day) if asks_to_cover(&words, &names) && thread.tx.has_report(client.id, day)? => {
            Some(Request::Cover(client.clone(), day))
        }
        _ => said("", &words, &names, &todays(thread, supporter), Place::Answer).map(Request::Away),
    };
    match request {
        Some(request) => announce(thread, supporter, request),
        None => days_off::in_a_mail(thread, supporter, ("", &words), Place::Answer),
    }
}

/// A reply to a mail about an absence. `None`: it has nothing to do with it.
pub(super) fn in_a_reply(
    thread: &Thread<'_>,
    supporter: &Supporter,
    number: u64,
) -> Result<Option<Decision>> {
    let words = gather::words_of(thread, thread.past.sent.as_ref());
    let names = names(thread, supporter);
    let polite = absence::is_polite(&words, &names) && !words.is_empty();
    let weekly = thread.tx.weekly_words(supporter.id)?;
    if let Some(spoken) = weekly.into_iter().find(|spoken| spoken.number == number) {
        let decision = days_off::in_a_reply(thread, supporter, spoken, (&words, polite))?;
        return decision.map_or_else(|| in_a_new_mail(thread, supporter), |decision| Ok(Some(decision)));
    }
    let Some(absence) = thread.tx.absence_of_number(number, supporter.id)? else {
        // She stands in for whoever is away, and says that she will.
        let settled = || Decision::only(End::Discarded, Reason::AlreadySettled);
        return if polite { Ok(Some(settled())) } else { in_a_new_mail(thread, supporter) };
    };
    if let Some(leaving) = thread.tx.leaving_of(supporter.id)?.filter(|leaving| leaving.number == number) {
        return leaving::in_a_reply(thread, supporter, leaving);
    }
    let decision = replied(&absence::Asked {
        absence: known(thread.tx, supporter, &absence, today(thread, supporter))?,
        confirmed: absence.confirmed,
        withdrawn: absence.withdrawn,
        takes_back: absence::takes_back(&words, &names),
        polite,
        says_when: says_when(thread, supporter, &words, &names),
        words: words.clone(),
        number: thread.mail.id,
    });
    match decision {
        None => match in_a_new_mail(thread, supporter)? {
            None => a_line(thread, supporter, &absence, &words),
            decision => Ok(decision),
        },
        decision => Ok(decision),
    }
}

/// What else she replies is a word to whoever stands in for her. `None`: nobody does, or it may be none.
fn a_line(
    thread: &Thread<'_>,
    supporter: &Supporter,
    absence: &Absence,
    words: &str,
) -> Result<Option<Decision>> {
    let Thread { tx, mail, .. } = thread;
    let counts = absence.confirmed && !absence.withdrawn && absence.client.is_none();
    let too_late = absence.days.until < today(thread, supporter);
    let no_word = words.is_empty() || mail.too_large || absence::may_take_back(words);
    if !counts || too_late || no_word || !is_trusted(thread)? {
        return Ok(None);
    }
    let (clients, mut seconds) = (tx.clients_of(supporter.id)?, stand_ins(tx, supporter)?);
    // Nobody learns who else is hers.
    seconds.retain(|second| handover::is_for(words, &clients, second.id));
    if seconds.is_empty() {
        return Ok(None);
    }
    // Who gets a letter about these days still finds it there.
    let mut told: Vec<SupporterId> = Vec::new();
    for open in tx.open_leaves(supporter.id)? {
        let reaches = |row: &Handover| row.told && row.until >= absence.days.until;
        told.extend(tx.handovers(open.number)?.into_iter().filter(reaches).map(|row| row.second));
    }
    let names = seconds.iter().map(|second| second.name.clone()).collect();
    Ok(Some(handover::line(&handover::Line {
        own: supporter.clone(),
        number: absence.number,
        shown: telling::stand_ins(thread, supporter, &clients, &seconds).hide_all(words),
        seconds: names,
        told: seconds.into_iter().filter(|second| told.contains(&second.id)).collect(),
        before: tx.lines_of(absence.number)?.len(),
        mail: mail.id,
    })))
}

/// The second ones of her clients.
fn stand_ins(tx: &Tx<'_>, own: &Supporter) -> Result<Vec<Supporter>> {
    let mut seconds: Vec<Supporter> = Vec::new();
    for id in tx.clients_of(own.id)?.iter().filter_map(|client| client.second) {
        if seconds.iter().all(|second| second.id != id) {
            seconds.extend(tx.supporter_by_id(id)?);
        }
    }
    Ok(seconds)
}

/// Whether nobody stands in for her with one of her clients.
fn is_one_alone(tx: &Tx<'_>, own: &Supporter) -> Result<bool> {
    for client in tx.clients_of(own.id)?.iter().filter(|client| !client.paused) {
        let second = client.second.map(|id| tx.supporter_by_id(id)).transpose()?.flatten();
        let may = second.map(|second| gate::may_write_to(tx, client, &second)).transpose()?;
        if may != Some(true) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether nothing more is needed to believe that she wrote it.
pub(super) fn is_trusted(thread: &Thread<'_>) -> Result<bool> {
    let Thread { tx, context, prepared, .. } = thread;
    let lately = |at| thread.now.since(at) < DAY * CONFIRMED_DAYS;
    let confirmed = match prepared.message.from.first() {
        Some(author) => tx.confirmed_at(&author.address)?.is_some_and(lately),
        None => false,
    };
    Ok(match prepared.proof {
        Proof::Proven => true,
        // A yes to earlier words stands for an answer, which came to an address that only she has; a new mail did not.
        Proof::Unproven => {
            (confirmed && thread.past.is_answer())
                || context.settings.auth.unproven_answers == UnprovenAnswers::Pass
        }
        Proof::Refuted => false,
    })
}

/// Somebody else is asked to answer a client's report of a day.
pub(super) fn cover(
    thread: &Thread<'_>,
    supporter: &Supporter,
    client: &Client,
    day: Day,
) -> Result<Option<Decision>> {
    announce(thread, supporter, Request::Cover(client.clone(), day))
}

/// `None`: it is as good as unsaid, because nobody can tell when and the receiving server says that she did not write it.
fn announce(thread: &Thread<'_>, supporter: &Supporter, request: Request) -> Result<Option<Decision>> {
    let Thread { tx, context, mail, prepared, .. } = thread;
    let refuted = prepared.proof == Proof::Refuted;
    let unclear = matches!(&request, Request::Away(said) if matches!(said.reading, Reading::Doubtful(..)));
    if refuted && unclear {
        return Ok(None);
    }
    let trusted = is_trusted(thread)?;
    let arrived = mail.internal_date.unwrap_or(mail.ingested_at);
    let (today, unanswered) = tx.announced_before(supporter.id, arrived)?;
    let most = if refuted { 1 } else { QUESTIONS_A_DAY };
    Ok(Some(announced(&absence::Facts {
        request,
        new_number: context.keys.question(&prepared.digest),
        number: mail.id,
        today: self::today(thread, supporter),
        known: tx.absences_of(supporter.id, self::today(thread, supporter))?,
        seconds: stand_ins(tx, supporter)?.into_iter().map(|second| second.name).collect(),
        alone: is_one_alone(tx, supporter)?,
        trusted,
        refuted,
        asked_enough: !mail.let_go && unanswered >= most,
        too_many: !mail.let_go && today >= ABSENCES_A_DAY,
        supporter: supporter.clone(),
    })))
}

/// What its writer goes by: these may stand below anything.
pub(super) fn names<'a>(thread: &'a Thread<'_>, supporter: &'a Supporter) -> Vec<&'a str> {
    let author = thread.prepared.message.from.first().and_then(|author| author.name.as_deref());
    author.into_iter().chain([supporter.name.as_str(), &thread.context.settings.service.name]).collect()
}

/// The days that she may call today. What she wrote says so, and not when it is read: an older database that was put back
/// reads the same.
fn todays(thread: &Thread<'_>, supporter: &Supporter) -> Vec<Day> {
    let (mail, message) = (thread.mail, &thread.prepared.message);
    let written = Calendar::written_at(message.originated_at, mail.internal_date, mail.ingested_at);
    calendar_of(thread.context, supporter).todays(written)
}

/// Whether words say when somebody is away.
pub(super) fn says_when(thread: &Thread<'_>, supporter: &Supporter, words: &str, names: &[&str]) -> bool {
    said("", words, names, &todays(thread, supporter), Place::NewMail).is_some()
}

/// Her day.
pub(super) fn today(thread: &Thread<'_>, supporter: &Supporter) -> Day {
    let arrived = thread.mail.internal_date.unwrap_or(thread.mail.ingested_at);
    calendar_of(thread.context, supporter).day_of(arrived)
}

/// An absence with the people whom it concerns.
fn known(tx: &Tx<'_>, supporter: &Supporter, absence: &Absence, today: Day) -> Result<Known> {
    let client = absence.client.map(|id: ClientId| tx.client_by_id(id)).transpose()?.flatten();
    let to_come = tx.absences_of(supporter.id, today)?;
    Ok(Known {
        supporter: supporter.clone(),
        number: absence.number,
        days: absence.days,
        others: others(&to_come, absence.days, client.as_ref()),
        client,
        seconds: stand_ins(tx, supporter)?.into_iter().map(|second| second.name).collect(),
        alone: is_one_alone(tx, supporter)?,
    })
}

/// The operator writes an absence down, as if she had said so; she hears of it.
pub(super) fn add(poster: &Poster<'_>, rng: &mut Rng, who: &str, days: Days) -> Result<Ordered> {
    let Poster { tx, context, now, .. } = *poster;
    let supporter = supporter_of(tx, who)?;
    let today = calendar_of(context, &supporter).day_of(now);
    if days.until < days.from {
        return Err(Refusal::Backwards(days.from.to_string(), days.until.to_string()).into());
    }
    if days.until < today {
        return Err(Refusal::Over(days.until.to_string()).into());
    }
    if tx.absences_of(supporter.id, today)?.iter().any(|known| known.days == days && known.client.is_none()) {
        return Err(Refusal::AwayAlready(supporter.name).into());
    }
    let number = new_number(tx, rng, &supporter)?;
    let absence = Absence {
        id: 0,
        number,
        supporter: supporter.id,
        days,
        client: None,
        confirmed: true,
        withdrawn: false,
    };
    let id = tx.add_absence(&absence, None, now)?;
    let posts = absence::ordered(&known(tx, &supporter, &absence, today)?);
    poster.enqueue(&posts, &Cause::Event(format!("absence|{number:012x}")), Reason::Absence)?;
    Ok(Ordered::AbsenceAdded(id))
}

/// A number that no absence has.
pub(super) fn new_number(tx: &Tx<'_>, rng: &mut Rng, supporter: &Supporter) -> Result<u64> {
    loop {
        let number = rng.below(1 << 48);
        if tx.absence_of_number(number, supporter.id)?.is_none() {
            return Ok(number);
        }
    }
}

/// The operator takes one back; she hears of it, if it counted.
pub(super) fn cancel(poster: &Poster<'_>, id: i64) -> Result<Ordered> {
    let Poster { tx, context, now, .. } = *poster;
    let absence = tx.absence_by_id(id)?.ok_or_else(|| EngineError::from(Refusal::NoAbsence(id)))?;
    let supporter = tx.supporter_by_id(absence.supporter)?;
    let supporter = supporter.ok_or_else(|| EngineError::from(Refusal::NoAbsence(id)))?;
    if absence.withdrawn {
        return Err(Refusal::AbsenceGone(id).into());
    }
    tx.withdraw_absence(absence.number, now)?;
    let posts = absence::taken_back(
        &known(tx, &supporter, &absence, calendar_of(context, &supporter).day_of(now))?,
        absence.confirmed,
    );
    let cause = Cause::Event(format!("absence-withdrawn|{:012x}", absence.number));
    poster.enqueue(&posts, &cause, Reason::AbsenceWithdrawn)?;
    Ok(Ordered::Mended)
}
