//! A supporter says by mail which weekdays are off, or replies to what we said about it; and what an operator orders.

use super::Result;
use super::absences::{self, today};
use super::gate::calendar_of;
use super::letters::Thread;
use super::post::{Cause, Poster};
use crate::domain::absence::{Place, takes_back};
use crate::domain::days_off::{self, Known, Spoken, Weekdays, Word, announced, replied, said, standing};
use crate::domain::decision::{Decision, Proof, Reason};
use crate::domain::limits::{ABSENCES_A_DAY, QUESTIONS_A_DAY};
use crate::domain::people::Supporter;

/// `None`: these words, below that subject, say nothing of weekdays that are off.
pub(super) fn in_a_mail(
    thread: &Thread<'_>,
    supporter: &Supporter,
    (subject, words): (&str, &str),
    place: Place,
) -> Result<Option<Decision>> {
    let Thread { tx, context, mail, prepared, .. } = thread;
    let Some(said) = said(subject, words, &absences::names(thread, supporter), place) else {
        return Ok(None);
    };
    let refuted = prepared.proof == Proof::Refuted;
    let arrived = mail.internal_date.unwrap_or(mail.ingested_at);
    let (lately, unanswered) = tx.announced_before(supporter.id, arrived)?;
    let most = if refuted { 1 } else { QUESTIONS_A_DAY };
    Ok(announced(&days_off::Facts {
        known: known(thread, supporter)?,
        said,
        in_an_answer: place == Place::Answer,
        new_number: context.keys.question(&prepared.digest),
        number: mail.id,
        arrived,
        trusted: absences::is_trusted(thread)?,
        refuted,
        asked_enough: !mail.let_go && unanswered >= most,
        too_many: !mail.let_go && lately >= ABSENCES_A_DAY,
    }))
}

/// A reply to a mail about such a word. `None`: it has nothing to do with it.
pub(super) fn in_a_reply(
    thread: &Thread<'_>,
    supporter: &Supporter,
    spoken: Spoken,
    (words, polite): (&str, bool),
) -> Result<Option<Decision>> {
    let names = absences::names(thread, supporter);
    Ok(replied(&days_off::Asked {
        known: known(thread, supporter)?,
        spoken,
        takes_back: takes_back(words, &names),
        polite,
        says_when: said("", words, &names, Place::NewMail).is_some()
            || absences::says_when(thread, supporter, words, &names),
        words: words.to_owned(),
        number: thread.mail.id,
    }))
}

fn known(thread: &Thread<'_>, supporter: &Supporter) -> Result<Known> {
    let words = thread.tx.weekly_words(supporter.id)?;
    Ok(Known { supporter: supporter.clone(), words, today: today(thread, supporter) })
}

/// The operator says which weekdays a supporter is off; she hears of it, if it was otherwise before.
pub(super) fn set(poster: &Poster<'_>, supporter: &Supporter, off: Weekdays) -> Result<()> {
    let Poster { tx, context, now, .. } = *poster;
    let words = tx.weekly_words(supporter.id)?;
    let before = standing(&words);
    if before == off {
        return Ok(());
    }
    let word = Word { adds: off, ends: before };
    let event = format!("days-off|{:08x}|{}|{}", supporter.principal_ref, now.millis(), off.bits());
    let number = context.keys.numbered(&event);
    let today = calendar_of(context, supporter).day_of(now);
    let spoken = Spoken { number, supporter: supporter.id, word, at: now, confirmed: true, withdrawn: false };
    tx.add_days_off(&spoken, today, None, now)?;
    let known = Known { supporter: supporter.clone(), words, today };
    poster.enqueue(&[days_off::ordered(&known, number, word)], &Cause::Event(event), Reason::Absence)?;
    Ok(())
}
