//! Facts for whom words are for: a first line to the office, a memo, a supporter's words that may not be an answer, and
//! the one word that settles it.

use super::gather;
use super::letters::{self, CONFIRMED_DAYS, Thread, masked, report_meant};
use super::{Context, Result, absences, gate, reading, recall, set_aside, telling};
use crate::domain::calendar::Day;
use crate::domain::confirmation;
use crate::domain::decision::{Decision, End, Proof, Reason};
use crate::domain::limits::DAY;
use crate::domain::meaning::{
    self, Doubt, Memo, Parted, Said, Word, addressed_to_office, doubt, memo_alone, part, to_office, word,
};
use crate::domain::outgoing::Kind;
use crate::domain::people::{Client, ClientId, Recipient, Supporter};
use crate::domain::token::Purpose;
use crate::domain::understand::Understood;
use crate::domain::words::is_thanks;
use crate::mail::parse::parse;
use crate::settings::UnprovenAnswers;
use crate::store::{Asked, Tx};

/// How much of a supporter's memos an alert shows.
const MEMO_OCTETS: usize = 4 << 10;

/// What goes before everything else that a mail may be: a word for the office, and a memo. `None`: it is neither.
pub(super) fn first(
    thread: &Thread<'_>,
    understood: &Understood,
) -> Result<Option<(Decision, Option<ClientId>)>> {
    if thread.mail.too_large {
        return Ok(None);
    }
    let decision = match understood {
        Understood::ClientLetter { client, .. } | Understood::HiddenReply { client, .. } => {
            for_office(thread, &Recipient::Client((**client).clone()), None)?
        }
        Understood::Answer { supporter, client, day } => {
            let about = day.map(|day| (client.name.clone(), day));
            let to_office = for_office(thread, &Recipient::Supporter((**supporter).clone()), about)?;
            match to_office {
                // An absence or a cover may be asked of the office by its name.
                Some(decision) => {
                    Some(absences::in_an_answer(thread, supporter, client, *day)?.unwrap_or(decision))
                }
                None if reading::thanks(thread, supporter)? => {
                    Some(Decision::only(End::Discarded, Reason::Thanks))
                }
                None => memo(thread, supporter, client, *day)?,
            }
        }
        Understood::Unaddressed(supporter) => {
            let to_office = for_office(thread, &Recipient::Supporter(supporter.clone()), None)?;
            match to_office {
                Some(decision) => Some(absences::in_a_new_mail(thread, supporter)?.unwrap_or(decision)),
                None => None,
            }
        }
        Understood::NotYours(supporter) | Understood::Revoked(supporter) => {
            for_office(thread, &Recipient::Supporter(supporter.clone()), None)?
        }
        Understood::AbsenceReply { supporter, .. }
        | Understood::SetAsideReply { supporter, .. }
        | Understood::AskReply { supporter, .. } => {
            for_office(thread, &Recipient::Supporter((**supporter).clone()), None)?
        }
        Understood::ReadingReply { supporter, number } if !reading::is_plain(thread, supporter, *number)? => {
            for_office(thread, &Recipient::Supporter((**supporter).clone()), None)?
        }
        Understood::ConfirmationReply { supporter, number } if !thread.tx.asks_whom(*number)? => {
            for_office(thread, &Recipient::Supporter((**supporter).clone()), None)?
        }
        _ => None,
    };
    Ok(decision.map(|decision| (decision, None)))
}

/// A mail whose first line speaks to the office, or that answers what said that the office reads.
fn for_office(
    thread: &Thread<'_>,
    writer: &Recipient,
    about: Option<(String, Day)>,
) -> Result<Option<Decision>> {
    let words = gather::words_of(thread, thread.past.sent.as_ref());
    let author = thread.prepared.message.from.first().and_then(|author| author.name.as_deref());
    let names: Vec<&str> = author.into_iter().chain([writer.name()]).collect();
    let subject = letters::own_subject(thread);
    let addressed = addressed_to_office(&subject, &words, &names);
    if !addressed && !answers_office(thread, writer)? {
        return Ok(None);
    }
    if !addressed && (words.is_empty() || is_thanks(&words, "")) {
        return Ok(Some(Decision::only(End::Discarded, Reason::Thanks)));
    }
    let said = said(thread, writer.clone(), about, (&subject, &words));
    Ok(Some(to_office(&said, thread.prepared.proof == Proof::Refuted && !thread.mail.let_go)))
}

/// Whether it answers our word that the office reads what she wrote.
fn answers_office(thread: &Thread<'_>, writer: &Recipient) -> Result<bool> {
    let principal = writer.principal_ref();
    let token = thread.past.token.as_ref().filter(|t| t.current && t.token.principal == principal);
    if let Some(token) = token {
        return Ok(token.token.purpose == Purpose::ToOffice);
    }
    let sent = thread.past.sent.as_ref();
    let sent = sent.filter(|s| s.current && s.principal == principal && s.kind == Kind::Notice);
    Ok(sent.map(|sent| thread.tx.told_of_office(sent.outbox_id)).transpose()?.unwrap_or(false))
}

fn said(
    thread: &Thread<'_>,
    writer: Recipient,
    about: Option<(String, Day)>,
    (subject, words): (&str, &str),
) -> Said {
    let Thread { context, mail, prepared, .. } = thread;
    let mask = |text: &str| match &writer {
        Recipient::Client(client) => masked(context, text, Some(client), None),
        Recipient::Supporter(supporter) => masked(context, text, None, Some(supporter)),
        Recipient::Office | Recipient::OfficeBut(_) => text.to_owned(),
    };
    Said {
        about,
        subject: mask(subject),
        words: mask(words),
        enclosed: prepared.message.attachments.len(),
        unproven: context.settings.auth.mode.proves() && prepared.proof != Proof::Proven,
        number: mail.id,
        writer,
    }
}

/// A supporter's mail that is nothing but a memo about the client whose letter she answers.
fn memo(
    thread: &Thread<'_>,
    supporter: &Supporter,
    client: &Client,
    day: Option<Day>,
) -> Result<Option<Decision>> {
    let Thread { tx, context, mail, prepared, .. } = thread;
    let words = gather::words_of(thread, thread.past.sent.as_ref());
    let (parted, day) = (part(&words, &absences::names(thread, supporter)), report_meant(tx, client, day)?);
    let (Parted::Memo { answer, memo }, Some(day), []) =
        (parted, day, prepared.message.attachments.as_slice())
    else {
        return Ok(None);
    };
    if !answer.is_empty() {
        return Ok(None);
    }
    let lately = |at| thread.now.since(at) < DAY * CONFIRMED_DAYS;
    let confirmed = match prepared.message.from.first() {
        Some(author) => tx.confirmed_at(&author.address)?.is_some_and(lately),
        None => false,
    };
    let passes = context.settings.auth.unproven_answers == UnprovenAnswers::Pass;
    let trusted = match prepared.proof {
        Proof::Proven => true,
        Proof::Unproven => confirmed || passes,
        Proof::Refuted => false,
    };
    Ok(Some(memo_alone(&Memo {
        supporter: supporter.clone(),
        client: client.clone(),
        day,
        text: memo,
        words,
        trusted: trusted || mail.let_go,
        refuted: prepared.proof == Proof::Refuted,
        number: mail.id,
    })))
}

/// A supporter's words, and whom they may be for beside her client.
pub(super) struct Meant {
    /// What would pass on.
    pub(super) words: String,
    /// Her memo, taken out of them.
    pub(super) memo: Option<String>,
    pub(super) doubt: Option<Doubt>,
    /// The name of the other client whom they may be for.
    pub(super) other: Option<String>,
}

impl Meant {
    /// Words of which she said whom they are for.
    fn settled(words: String) -> Self {
        Self { words, memo: None, doubt: None, other: None }
    }
}

/// What a supporter's words may be, beside an answer.
pub(super) fn meant(
    thread: &Thread<'_>,
    supporter: &Supporter,
    client: &Client,
    words: &str,
) -> Result<Meant> {
    let (answer, memo, unsure) = match part(words, &absences::names(thread, supporter)) {
        Parted::Memo { answer, memo } if !answer.is_empty() => (answer, Some(memo), false),
        Parted::Plain => (words.to_owned(), None, false),
        _ => (words.to_owned(), None, true),
    };
    let mut others = thread.tx.names_of_clients(supporter.id)?;
    others.retain(|(id, _)| *id != client.id);
    let doubt = doubt(&answer, &client.name, &others).or(unsure.then_some(Doubt::Memo));
    let other = match doubt {
        Some(Doubt::Client(id)) => others.into_iter().find(|(other, _)| *other == id).map(|(_, name)| name),
        _ => None,
    };
    Ok(Meant { words: answer, memo, doubt, other })
}

/// A supporter replied to a question about words of hers.
pub(super) fn confirmation_reply(
    thread: &Thread<'_>,
    supporter: &Supporter,
    number: u64,
) -> Result<(Decision, Option<ClientId>)> {
    let asked = thread.tx.asked_about(number, supporter.id)?;
    if let Some(asked) = asked.filter(|asked| asked.telling) {
        let (decision, client) = telling::supporter_reply(thread, supporter, number, &asked)?;
        return Ok((set_aside::after_a_yes(thread, decision)?, client));
    }
    if let Some((asked, doubt)) = asked.and_then(|asked| Some((asked, asked.doubt?))) {
        let (decision, client) = reply(thread, supporter, number, (&asked, doubt))?;
        return Ok((set_aside::after_a_yes(thread, decision)?, client));
    }
    let unseen = thread.tx.held_unseen(number)?.into_iter().map(|row| thread.tx.ended_row(row));
    let facts = confirmation::Facts {
        supporter: supporter.clone(),
        question: number,
        open: asked.is_some_and(|asked| asked.open),
        unseen: unseen.collect::<std::result::Result<_, _>>()?,
        words: gather::words_of(thread, thread.past.sent.as_ref()),
        number: thread.mail.id,
    };
    Ok((set_aside::after_a_yes(thread, confirmation::decide(&facts))?, None))
}

/// A supporter replied to the question whom her words are for.
fn reply(
    thread: &Thread<'_>,
    supporter: &Supporter,
    number: u64,
    (asked, doubt): (&Asked, Doubt),
) -> Result<(Decision, Option<ClientId>)> {
    let tx = thread.tx;
    let client = asked.client.map(|id| tx.client_by_id(id)).transpose()?.flatten();
    let (Some(row), Some(client), Some(day)) = (asked.row, client, asked.day) else {
        return Ok((Decision::only(End::Discarded, Reason::AlreadySettled), None));
    };
    let other = match doubt {
        Doubt::Client(id) => tx.client_by_id(id)?,
        _ => None,
    };
    let words = gather::words_of(thread, thread.past.sent.as_ref());
    let names = absences::names(thread, supporter);
    let word = word(&words, &client.name, other.as_ref().map(|other| other.name.as_str()), &names);
    if let (Word::Unclear, Some(taken_back)) =
        (word, recall::in_an_answer(thread, supporter, &client, Some(day))?)
    {
        return Ok((taken_back, Some(client.id)));
    }
    let held = tx.ended_row(row)?;
    // What else she writes below her word is for the office as well.
    let more =
        if words.trim().contains('\n') { format!("{}\n\n{words}", held.words) } else { held.words.clone() };
    let about = Some((client.name.clone(), day));
    let mut said = said(thread, Recipient::Supporter(supporter.clone()), about, ("", &more));
    said.words = masked(thread.context, &said.words, Some(&client), None);
    let cover = match word {
        Word::Cover => absences::cover(thread, supporter, &client, day)?,
        _ => None,
    };
    let elsewhere = match (&other, word) {
        (Some(other), Word::Other) if asked.open => elsewhere(thread, supporter, other, (row, &held.words))?,
        _ => None,
    };
    let facts = meaning::Facts {
        supporter: supporter.clone(),
        question: number,
        open: asked.open,
        waits: asked.waits,
        went: asked.went,
        row: held,
        client: client.id,
        day,
        memo: tx.memo_of(number)?,
        word,
        said,
        cover,
        elsewhere,
        other: other.map(|other| other.name),
        words,
        number: thread.mail.id,
    };
    Ok((meaning::decide(&facts), Some(client.id)))
}

/// Her words as an answer to the other client's letter that waits. `None`: none waits, or pictures came with them, which
/// she sends herself.
fn elsewhere(
    thread: &Thread<'_>,
    supporter: &Supporter,
    other: &Client,
    (row, words): (i64, &str),
) -> Result<Option<Decision>> {
    let tx = thread.tx;
    let day = tx.likely_report(other.id)?;
    let waits = day.map(|day| tx.waiting_report(other.id, day)).transpose()?.flatten().is_some();
    let pictures = tx.row_bytes(row)?.is_some_and(|bytes| !parse(&bytes).attachments.is_empty());
    if !waits || pictures || !gate::may_write_to(tx, other, supporter)? {
        return Ok(None);
    }
    let meant = Meant::settled(words.to_owned());
    let decision = letters::answer_meant(thread, supporter.clone(), other.clone(), day, meant)?;
    Ok(Some(decision).filter(|decision| decision.end == End::Applied))
}

/// A supporter's memos for her alert about a client's report, without registered addresses; the oldest are left out where
/// they are too many.
pub(super) fn memos(
    tx: &Tx<'_>,
    context: &Context,
    client: &Client,
    supporter: Option<&Supporter>,
    day: Day,
) -> Result<Vec<String>> {
    let Some(supporter) = supporter else { return Ok(Vec::new()) };
    let mut room = MEMO_OCTETS;
    let mut kept: Vec<String> = Vec::new();
    for memo in tx.memos(supporter, client.id, day)?.into_iter().rev() {
        let Some(left) = room.checked_sub(memo.len()).or(kept.is_empty().then_some(0)) else { break };
        room = left;
        kept.push(masked(context, &memo, Some(client), Some(supporter)));
    }
    kept.reverse();
    Ok(kept)
}
