//! An operator's orders. Adding people mails nobody but a client of two; assigning delivers the letters that wait.

use super::absences;
use super::addresses::{self, check_addresses};
use super::choosing;
use super::drawn::Drawn;
use super::exclusions;
use super::gate;
use super::gather;
use super::leaving;
use super::letters::{about, enclosed, exchanges, masked};
use super::meaning::memos;
use super::mend;
use super::pool;
use super::post::{Cause, Poster};
use super::repeats;
use super::revoke;
use super::{Context, Engine, EngineError, Result, set_aside};
use crate::clock::Timestamp;
use crate::domain::command::{Command, Ordered, Refusal, RowMending, about_is_short, name_is_usable};
use crate::domain::decision::{Conversation, Post, Proof, Reason, Reply};
use crate::domain::hours::OwnHours;
use crate::domain::letter::to_supporter;
use crate::domain::locale::Locale;
use crate::domain::notice::{self, Notice, Occasion};
use crate::domain::outgoing::Kind;
use crate::domain::people::{Client, Recipient, Side, Supporter};
use crate::domain::token::Purpose;
use crate::mail::address::Address;
use crate::mail::parse::parse;
use crate::rng::Rng;
use crate::store::{Journal, NewPerson, Tx, WaitingLetter};

impl Engine {
    /// Carries out an order, whole or not at all.
    ///
    /// # Errors
    /// [`EngineError::Refused`] with what to do instead; the store's.
    pub fn order(&mut self, command: &Command, now: Timestamp) -> Result<Ordered> {
        if let Command::Row { row, mending: RowMending::Accept } = command {
            self.record_arrived(*row, now)?;
        }
        let drawn = &Drawn::ahead_of(command, &self.store, &self.context)?;
        let (context, journal, rng) = (&self.context, &self.journal, &mut self.rng);
        let ordered = self.store.write(|tx| {
            let poster = Poster { tx, context, journal, now };
            carry_out(&poster, drawn, rng, command)
        })?;
        if let Err(error) = self.remember_person(command, &ordered, now) {
            tracing::warn!(%error, "a person's refs are not in the journal; a restore would have to make new ones");
        }
        Ok(ordered)
    }

    /// The refs of a person go to the journal, under each of her addresses: should she have to be added again after a
    /// restore, mails to her have the same names, and what she answers is understood.
    fn remember_person(&mut self, command: &Command, ordered: &Ordered, now: Timestamp) -> Result<()> {
        let (side, addresses) = match (command, ordered) {
            (Command::AddClient { addresses, .. }, Ordered::ClientAdded(_)) => {
                (Side::Client, addresses.as_slice())
            }
            (Command::AddSupporter { addresses, .. }, Ordered::SupporterAdded(_)) => {
                (Side::Supporter, addresses.as_slice())
            }
            (Command::Addresses { side, address, .. }, Ordered::Addresses(_)) => {
                (*side, std::slice::from_ref(address))
            }
            _ => return Ok(()),
        };
        for address in addresses {
            let refs = self.store.read(|tx| -> Result<_> {
                Ok(match side {
                    Side::Client => tx.client_by_address(address)?.map(|c| (c.principal_ref, c.thread_ref)),
                    Side::Supporter => tx.supporter_by_address(address)?.map(|s| (s.principal_ref, 0)),
                })
            })?;
            let pseudonym = repeats::pseudonym(&self.context, side, address);
            if self.journal.person(&pseudonym)? != refs {
                self.journal.record_person(&pseudonym, refs.unwrap_or(Journal::NOBODY), now)?;
            }
        }
        Ok(())
    }
}

/// Does what an order says, in the transaction of `poster`.
fn carry_out(poster: &Poster<'_>, drawn: &Drawn, rng: &mut Rng, command: &Command) -> Result<Ordered> {
    let Poster { tx, context, .. } = poster;
    match command {
        Command::AddClient { name, addresses, goal, locale, supporter, second, pool } => {
            check_person(tx, context, name, addresses, Side::Client)?;
            let (person, thread) = new_person(poster, rng, Side::Client, name, addresses, *locale)?;
            let id = tx.add_client(&person, goal.trim(), thread)?;
            repeats::welcome_back(tx, addresses)?;
            if *pool {
                tx.set_pool(Side::Client, id.0, true, poster.now)?;
            }
            begin(poster, drawn, &id.0.to_string(), supporter.as_deref(), second.as_deref())?;
            Ok(Ordered::ClientAdded(id))
        }
        Command::AddSupporter { name, addresses, locale } => {
            check_person(tx, context, name, addresses, Side::Supporter)?;
            let (person, _) = new_person(poster, rng, Side::Supporter, name, addresses, *locale)?;
            let id = tx.add_supporter(&person)?;
            repeats::welcome_back(tx, addresses)?;
            Ok(Ordered::SupporterAdded(id))
        }
        Command::Assign { client, supporter, second } => {
            let (client, supporter) = (client_of(tx, client)?, supporter_of(tx, supporter)?);
            let second = second.as_ref().map(|who| supporter_of(tx, who)).transpose()?;
            let alerts = assign(poster, drawn, &client, &supporter, second.as_ref())?;
            Ok(Ordered::Assigned { alerts })
        }
        Command::SetClient { .. } | Command::SetSupporter { .. } | Command::Move { .. } => {
            choosing::order(poster, drawn, command)
        }
        Command::Exclude { client, supporter } => exclusions::add(poster, drawn, client, supporter),
        Command::EndExclusion { client, supporter } => exclusions::end(tx, client, supporter),
        Command::Hours { side, person, own } => hours(poster, *side, person, own),
        Command::Pool { side, person, agreed } => pool::join(poster, *side, person, *agreed),
        Command::Addresses { side, person, address, change } => {
            addresses::change(poster, *side, person, address, *change)
        }
        Command::AddAbsence { supporter, days } => absences::add(poster, rng, supporter, *days),
        Command::CancelAbsence { id } => absences::cancel(poster, *id),
        Command::Leave { supporter } => leaving::leave(poster, drawn, rng, supporter),
        Command::Return { supporter } => leaving::come_back(poster, drawn, supporter),
        Command::Revoke { supporter } => revoke::revoke(poster, drawn, supporter),
        Command::Lift { person } => lift(poster, person),
        Command::Repeats { client, mending } => {
            let client = client.as_ref().map(|who| client_of(tx, who)).transpose()?;
            repeats::mend(poster, client.map(|client| client.id), *mending)
        }
        Command::Row { row, mending } => mend::row(poster, *row, *mending),
        Command::Quarantined { mail, mending } => mend::quarantined(tx, *mail, *mending),
        Command::Pause { client } => pause(poster, client, true),
        Command::Resume { client } => pause(poster, client, false),
        Command::Describe { client, about, note } => describe(tx, client, about.as_deref(), note.as_deref()),
    }
}

/// Who answers a new client, and who where she cannot.
fn begin(
    poster: &Poster<'_>,
    drawn: &Drawn,
    client: &str,
    supporter: Option<&str>,
    second: Option<&str>,
) -> Result<()> {
    let named = |who: Option<&str>| who.map(|who| supporter_of(poster.tx, who)).transpose();
    match (named(supporter)?, named(second)?) {
        (Some(supporter), second) => {
            let client = client_of(poster.tx, client)?;
            assign(poster, drawn, &client, &supporter, second.as_ref())?;
        }
        (None, Some(_)) => return Err(Refusal::SecondAlone.into()),
        (None, None) => {}
    }
    Ok(())
}

/// A person's own hours. In another zone a supporter's days off begin and end at other times.
fn hours(poster: &Poster<'_>, side: Side, person: &str, own: &OwnHours) -> Result<Ordered> {
    let tx = poster.tx;
    match side {
        Side::Client => tx.set_hours(side, client_of(tx, person)?.id.0, own)?,
        Side::Supporter => {
            let supporter = supporter_of(tx, person)?.id;
            tx.set_hours(side, supporter.0, own)?;
            if own.zone.is_some() {
                tx.look_again_at_leaves(supporter, poster.now)?;
            }
        }
    }
    Ok(Ordered::Mended)
}

/// What whoever answers a client may know of her.
fn describe(tx: &Tx<'_>, client: &str, about: Option<&str>, note: Option<&str>) -> Result<Ordered> {
    let (client, about) = (client_of(tx, client)?, about.map(str::trim));
    if about.is_some_and(|about| !about_is_short(about)) {
        return Err(Refusal::TooMuchAbout.into());
    }
    tx.describe(client.id, about, note.map(str::trim))?;
    Ok(Ordered::Mended)
}

/// Names and addresses are unique in their role; the service's own address is nobody's.
fn check_person(tx: &Tx<'_>, context: &Context, name: &str, addresses: &[Address], side: Side) -> Result<()> {
    if !name_is_usable(name) {
        return Err(Refusal::BadName.into());
    }
    let name_taken = match side {
        Side::Client => tx.client_by_name(name)?.is_some(),
        Side::Supporter => tx.supporter_by_name(name)?.is_some(),
    };
    if name_taken {
        return Err(Refusal::NameTaken(name.to_owned()).into());
    }
    check_addresses(tx, context, side, addresses)
}

fn new_person<'a>(
    poster: &Poster<'_>,
    rng: &mut Rng,
    side: Side,
    name: &'a str,
    addresses: &'a [Address],
    locale: Option<Locale>,
) -> Result<(NewPerson<'a>, u64)> {
    let locale = locale.unwrap_or(poster.context.settings.service.locale);
    let mut known = None;
    for address in addresses {
        let pseudonym = repeats::pseudonym(poster.context, side, address);
        known = known.map_or_else(|| poster.journal.person(&pseudonym), |refs| Ok(Some(refs)))?;
    }
    let (principal_ref, thread) = match known {
        Some((principal, thread)) if !poster.tx.ref_is_taken(principal, thread)? => (principal, thread),
        _ if side == Side::Supporter => (free_refs(poster.tx, rng)?.0, 0),
        _ => (free_refs(poster.tx, rng)?.0, free_refs(poster.tx, rng)?.1),
    };
    Ok((NewPerson { name, addresses, locale, principal_ref, created_at: poster.now }, thread))
}

/// A client rests, or is back.
fn pause(poster: &Poster<'_>, who: &str, rests: bool) -> Result<Ordered> {
    let client = client_of(poster.tx, who)?;
    let changed = poster.tx.pause(client.id, rests)?;
    if !rests {
        set_aside::is_back(poster, &client)?;
    }
    Ok(Ordered::Paused { changed })
}

/// Mail goes again to every suspended address of a person.
fn lift(poster: &Poster<'_>, who: &str) -> Result<Ordered> {
    let tx = poster.tx;
    let client = tx.find_client(who)?.map(|id| tx.client_by_id(id)).transpose()?.flatten();
    let supporter = tx.find_supporter(who)?.map(|id| tx.supporter_by_id(id)).transpose()?.flatten();
    if client.is_none() && supporter.is_none() {
        return Err(Refusal::Nobody(who.to_owned()).into());
    }
    let addresses =
        client.into_iter().flat_map(|c| c.addresses).chain(supporter.into_iter().flat_map(|s| s.addresses));
    let mut lifted = 0;
    for address in addresses {
        lifted += usize::from(tx.lift(&address, poster.now)?);
    }
    Ok(Ordered::Lifted(lifted))
}

/// A principal ref and a thread ref that nobody has; zero stands for the office.
fn free_refs(tx: &Tx<'_>, rng: &mut Rng) -> Result<(u32, u64)> {
    loop {
        let principal = u32::try_from(rng.below(1 << 32)).unwrap_or(0);
        let thread = rng.below(1 << 48);
        if principal != 0 && thread != 0 && !tx.ref_is_taken(principal, thread)? {
            return Ok((principal, thread));
        }
    }
}

pub(super) fn client_of(tx: &Tx<'_>, who: &str) -> Result<Client> {
    let found = tx.find_client(who)?.map(|id| tx.client_by_id(id)).transpose()?.flatten();
    found.ok_or_else(|| EngineError::Refused(Refusal::NoClient(who.to_owned())))
}

pub(super) fn supporter_of(tx: &Tx<'_>, who: &str) -> Result<Supporter> {
    let found = tx.find_supporter(who)?.map(|id| tx.supporter_by_id(id)).transpose()?.flatten();
    found.ok_or_else(|| EngineError::Refused(Refusal::NoSupporter(who.to_owned())))
}

/// Assigns, and alerts the letters that wait; returns how many alerts are new.
pub(super) fn assign(
    poster: &Poster<'_>,
    drawn: &Drawn,
    client: &Client,
    supporter: &Supporter,
    second: Option<&Supporter>,
) -> Result<usize> {
    let tx = poster.tx;
    let alerts = assign_unsaid(poster, drawn, client, supporter, second)?;
    // Where somebody had to go, she waits for a name.
    if second.is_some() || (client.supporter != Some(supporter.id) && tx.has_exclusions(client.id)?) {
        let second = tx.client_by_id(client.id)?.and_then(|client| client.second);
        let second = second.map(|id| tx.supporter_by_id(id)).transpose()?.flatten();
        introduce(poster, client, supporter, second.as_ref(), poster.now)?;
    }
    Ok(alerts)
}

/// The same, where the client hears of it in another mail, or not at all.
pub(super) fn assign_unsaid(
    poster: &Poster<'_>,
    drawn: &Drawn,
    client: &Client,
    supporter: &Supporter,
    second: Option<&Supporter>,
) -> Result<usize> {
    let tx = poster.tx;
    for supporter in [Some(supporter), second].into_iter().flatten() {
        let names = (client.name.clone(), supporter.name.clone());
        if gate::is_same_person(client, supporter) {
            return Err(Refusal::SamePerson(names.0, names.1).into());
        }
        if tx.leaving_of(supporter.id)?.is_some() {
            return Err(Refusal::HasLeft(supporter.name.clone()).into());
        }
        if !gate::may_write_to(tx, client, supporter)? {
            return Err(Refusal::Excluded(names.0, names.1).into());
        }
    }
    if second.is_some_and(|second| second.id == supporter.id) {
        return Err(Refusal::SecondIsFirst(supporter.name.clone()).into());
    }
    tx.assign(client.id, supporter.id, poster.now)?;
    // Whoever stood in for her until now is no stand-in for herself.
    let second_id = second.map(|s| s.id).or(client.second).filter(|id| *id != supporter.id);
    tx.set_second(client.id, second_id)?;
    tx.walk_anew(client.id, poster.now)?;
    tx.cancel_alerts(client.id, supporter.principal_ref, poster.now)?;
    let mut alerts = 0;
    for letter in tx.waiting_letters(client.id, supporter.id)? {
        let post = alert(poster, drawn, client, supporter, &letter, Occasion::News)?;
        alerts += poster.enqueue(&[post], &Cause::Order(letter.digest), Reason::Assigned)?;
    }
    Ok(alerts)
}

/// Both are named to her before either writes.
pub(super) fn introduce(
    poster: &Poster<'_>,
    client: &Client,
    supporter: &Supporter,
    second: Option<&Supporter>,
    at: Timestamp,
) -> Result<()> {
    let notice = Notice::Introduction(notice::Introduction {
        client: client.name.clone(),
        supporter: supporter.name.clone(),
        second: second.map(|second| second.name.clone()),
    });
    let post = Post {
        kind: Kind::Notice,
        to: Recipient::Client(client.clone()),
        notice,
        client: Some(client.id),
        day: None,
        letter: None,
        reply: Some(Reply { purpose: Purpose::ToNotice, thread: client.thread_ref }),
        conversation: Conversation::None,
        held_for: None,
    };
    let (first, second) = (supporter.principal_ref, second.map_or(0, |second| second.principal_ref));
    let cause = format!("introduction|{:012x}|{first:08x}|{second:08x}|{}", client.thread_ref, at.millis());
    poster.enqueue(&[post], &Cause::Event(cause), Reason::Assigned)?;
    Ok(())
}

pub(super) fn alert(
    poster: &Poster<'_>,
    drawn: &Drawn,
    client: &Client,
    supporter: &Supporter,
    letter: &WaitingLetter,
    occasion: Occasion,
) -> Result<Post> {
    let context = poster.context;
    let mask = |text: &str| masked(context, text, Some(client), Some(supporter));
    // What came with it is in the mail, and what of it passes is the operator's word of today.
    let raw = poster.tx.raw_mail(letter.mail)?.unwrap_or_default();
    let message = parse(&raw);
    let drawn = drawn.of(letter, &raw, &message, context);
    let (arrived, _) = poster.tx.arrived_at(letter.mail)?;
    let past = gather::past(poster.tx, context, &message, arrived, &[client.principal_ref])?;
    let answered = past.sent.map(|sent| sent.outbox_id);
    let (pictures, enclosures) =
        enclosed(poster.tx, context, (&raw, &message, &drawn), letter.proof, answered)?;
    let notice = Notice::Alert(notice::Alert {
        client: client.name.clone(),
        supporter: supporter.name.clone(),
        day: letter.day,
        addition: letter.addition,
        subject: mask(&letter.own_subject),
        text: mask(&letter.text),
        pictures,
        enclosures,
        unproven: context.settings.auth.mode.proves() && letter.proof != Proof::Proven,
        junk: letter.junk,
        too_large: letter.too_large.map(|octets| (octets >> 20).max(1)),
        goal: client.goal.clone(),
        about: about(poster.tx, context, client, Some(supporter))?,
        due_at: letter.due_at,
        memos: memos(poster.tx, context, client, Some(supporter), letter.day)?,
        exchanges: exchanges(poster.tx, context, client, Some(supporter), Some(&letter.digest))?,
        last: poster.tx.last_answer(client.id, Some(supporter))?,
        occasion,
    });
    let post = to_supporter(client, supporter.clone(), Kind::Alert, notice, letter.digest);
    Ok(Post { day: Some(letter.day), ..post })
}
