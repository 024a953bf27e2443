//! A supporter leaves for good: her clients go to their second ones at once, each hears of it when she is up, and gets the
//! last words of hers, if there are any within a week.

use super::drawn::Drawn;
use super::gather;
use super::letters::Thread;
use super::order::{assign, assign_unsaid, supporter_of};
use super::post::{Cause, Poster};
use super::{EngineError, Result, absences, gate, telling};
use crate::clock::Timestamp;
use crate::domain::absence::{self, Absence, Days};
use crate::domain::command::{Ordered, Refusal};
use crate::domain::decision::{Decision, End, Proof, Reason};
use crate::domain::exclusion;
use crate::domain::leaving::{self, DAYS, HELD, about_last_line, to_client};
use crate::domain::notice::{self, HowChanged, LastLineStage, Notice};
use crate::domain::outgoing::Kind;
use crate::domain::people::{Client, Supporter};
use crate::domain::returned;
use crate::rng::Rng;
use crate::store::{Leaving, Tx};

/// Nobody is expected back within a hundred years.
const FOR_EVER: i32 = 36_525;

/// The operator says that she leaves.
pub(super) fn leave(poster: &Poster<'_>, drawn: &Drawn, rng: &mut Rng, who: &str) -> Result<Ordered> {
    let Poster { tx, context, now, .. } = *poster;
    let own = supporter_of(tx, who)?;
    if tx.leaving_of(own.id)?.is_some() {
        return Err(Refusal::LeftAlready(own.name).into());
    }
    let today = gate::calendar_of(context, &own).day_of(now);
    let number = absences::new_number(tx, rng, &own)?;
    let days = Days { from: today, until: today.plus(FOR_EVER) };
    let (supporter, client) = (own.id, None);
    let absence = Absence { id: 0, number, supporter, days, client, confirmed: true, withdrawn: false };
    let clients = tx.clients_of(own.id)?;
    tx.leaves_ended(own.id, now)?;
    tx.add_absence(&absence, None, now)?;
    tx.leave_for_good(number, &clients)?;
    let mut left =
        notice::Left { supporter: own.name.clone(), alone: Vec::new(), without_second: Vec::new() };
    for client in &clients {
        match second_of(tx, client)? {
            Some(second) => {
                // The client hears of it when she is up.
                assign_unsaid(poster, drawn, client, &second, None)?;
                tell(poster, client, &second, HowChanged::Yours, number)?;
                left.without_second.push(client.name.clone());
            }
            None => {
                unassign(poster, client)?;
                left.alone.push(client.name.clone());
            }
        }
    }
    for client in tx.seconded_by(own.id)? {
        tx.set_second(client.id, None)?;
        left.without_second.push(client.name.clone());
    }
    // What she held for others goes back to whose it is.
    for client in tx.clients_held_by(own.id)? {
        let first = client.supporter.map(|id| tx.supporter_by_id(id)).transpose()?.flatten();
        match first {
            Some(first) => drop(assign(poster, drawn, &client, &first, None)?),
            None => unassign(poster, &client)?,
        }
    }
    let alone = left.alone.len();
    let until = today.plus(DAYS);
    let names: Vec<String> = clients.iter().map(|client| client.name.clone()).collect();
    let mut posts = vec![returned::to_office(Notice::Left(left))];
    if !names.is_empty() {
        let (stage, words) = (LastLineStage::Asked, String::new());
        let asked = notice::LastLine { stage, clients: names, words, until };
        posts.push(about_last_line(&own, number, Kind::Confirmation, asked));
    }
    poster.enqueue(&posts, &Cause::Event(format!("leaving|{number:012x}")), Reason::Leaving)?;
    Ok(Ordered::Left { given: clients.len() - alone, alone })
}

/// A supporter hears that a client is hers from now on, or is not after all.
fn tell(poster: &Poster<'_>, client: &Client, whom: &Supporter, how: HowChanged, number: u64) -> Result<()> {
    let what = if how == HowChanged::Yours { "yours" } else { "elsewhere" };
    let cause = format!("leaving|{number:012x}|{what}|{:012x}|{:08x}", client.thread_ref, whom.principal_ref);
    poster.enqueue(&[exclusion::changed(client, whom, how)], &Cause::Event(cause), Reason::Leaving)?;
    Ok(())
}

/// Nobody has a client, nor what waits of her.
fn unassign(poster: &Poster<'_>, client: &Client) -> Result<()> {
    poster.tx.unassign(client.id)?;
    Ok(poster.tx.note_holders(client.id, poster.now)?)
}

/// Who has a client after her supporter: not somebody who left, too.
fn second_of(tx: &Tx<'_>, client: &Client) -> Result<Option<Supporter>> {
    let second = client.second.map(|id| tx.supporter_by_id(id)).transpose()?.flatten();
    match second {
        Some(second) if tx.leaving_of(second.id)?.is_none() && gate::may_write_to(tx, client, &second)? => {
            Ok(Some(second))
        }
        _ => Ok(None),
    }
}

/// The operator says that she is back, or did not leave. A client who has not heard of it is hers as before.
pub(super) fn come_back(poster: &Poster<'_>, drawn: &Drawn, who: &str) -> Result<Ordered> {
    let tx = poster.tx;
    let own = supporter_of(tx, who)?;
    let leaving = tx.leaving_of(own.id)?;
    let leaving = leaving.ok_or_else(|| EngineError::Refused(Refusal::NotLeft(own.name.clone())))?;
    tx.withdraw_absence(leaving.number, poster.now)?;
    let (mut back, mut stay) = (0, 0);
    for farewell in tx.farewells(leaving.number)? {
        let Some(client) = tx.client_by_id(farewell.client)? else { continue };
        // With a second one, the operator has chosen anew meanwhile.
        if farewell.told || client.second.is_some() || !gate::may_write_to(tx, &client, &own)? {
            stay += 1;
            continue;
        }
        let meanwhile = client.supporter.map(|id| tx.supporter_by_id(id)).transpose()?.flatten();
        let second = meanwhile.as_ref().map(|second| tx.leaving_of(second.id)).transpose()?.flatten();
        let second = meanwhile.as_ref().filter(|_| second.is_none());
        assign_unsaid(poster, drawn, &client, &own, second)?;
        if let Some(meanwhile) = &meanwhile {
            tell(poster, &client, meanwhile, HowChanged::Elsewhere, leaving.number)?;
        }
        back += 1;
    }
    Ok(Ordered::Returned { back, stay })
}

/// She replied to the question for a last line. `None`: it is none.
pub(super) fn in_a_reply(thread: &Thread<'_>, own: &Supporter, leaving: Leaving) -> Result<Option<Decision>> {
    let Thread { tx, mail, prepared, .. } = thread;
    let words = gather::words_of(thread, thread.past.sent.as_ref());
    let names = absences::names(thread, own);
    let nothing = absence::is_polite(&words, &names) || leaving::says_nothing(&words, &names);
    if nothing && !words.is_empty() {
        return Ok(Some(Decision::only(End::Discarded, Reason::AlreadySettled)));
    }
    let calendar = gate::calendar_of(thread.context, own);
    let until = calendar.day_of(leaving.at).plus(DAYS);
    let arrived = mail.internal_date.unwrap_or(mail.ingested_at);
    let in_time = !leaving.over && calendar.day_of(arrived) <= until;
    let line = tx.last_line(leaving.number)?;
    if leaving::takes_back(&words, &names) || absence::may_take_back(&words) {
        let back = line.filter(|(at, _)| arrived < at.after(HELD) && leaving::takes_back(&words, &names));
        let passed = tx.farewells(leaving.number)?.iter().any(|farewell| farewell.passed);
        let back = back.filter(|_| !passed && prepared.proof != Proof::Refuted);
        return Ok(back.map(|(_, line)| leaving::taken_back(own, leaving.number, line, until)));
    }
    if !in_time || line.is_some() || words.is_empty() || mail.too_large || !absences::is_trusted(thread)? {
        return Ok(None);
    }
    let mut clients = Vec::new();
    for farewell in tx.farewells(leaving.number)? {
        clients.extend(tx.client_by_id(farewell.client)?);
    }
    let (words, mut found) = telling::stand_ins(thread, own, &clients, &[]).look_through(&words);
    if clients.len() > 1 {
        // Nobody learns who else was hers.
        found.extend(clients.iter().map(|client| client.name.clone()).filter(|name| words.contains(name)));
    }
    let names = clients.into_iter().map(|client| client.name).collect();
    let (supporter, number) = (own.clone(), leaving.number);
    Ok(Some(leaving::reply(&leaving::Facts { supporter, number, clients: names, words, found, until })))
}

/// Does what is due of somebody who leaves; says when it is looked at next.
pub(super) fn look(poster: &Poster<'_>, own: &Supporter, leaving: Leaving) -> Result<Option<Timestamp>> {
    let (tx, now, hours) = (poster.tx, poster.now, &poster.context.hours);
    if leaving.over {
        return Ok(None);
    }
    let calendar = gate::calendar_of(poster.context, own);
    let number = leaving.number;
    let last = calendar.at_clock(calendar.day_of(leaving.at).plus(DAYS + 1), calendar.day_starts_at);
    let line = tx.last_line(number)?;
    // She may take it back so long.
    let held = line.as_ref().map(|(at, _)| at.after(HELD)).filter(|at| *at > now);
    let words = line.filter(|_| held.is_none()).map(|(_, words)| words);
    let (mut next, mut open) = (Vec::from_iter(held), false);
    for farewell in tx.farewells(number)? {
        let Some(client) = tx.client_by_id(farewell.client)? else { continue };
        let says = words.as_ref().filter(|_| !farewell.passed);
        let at = client.hours.over(hours).waking(now);
        if farewell.told && says.is_none() {
            open |= !farewell.passed;
            continue;
        }
        if at > now {
            open = true;
            next.push(at);
            continue;
        }
        let reader = client.supporter.map(|id| tx.supporter_by_id(id)).transpose()?.flatten();
        let reader = reader.map(|reader| reader.name);
        let cause =
            |what: &str| Cause::Due(format!("{what}|{number:012x}|{:012x}", client.thread_ref), leaving.at);
        if !farewell.told {
            let notice = notice::Successor { own: own.name.clone(), next: reader.clone() };
            let post = to_client(&client, Kind::Notice, Notice::Successor(notice));
            poster.enqueue(&[post], &cause("successor"), Reason::HandedOver)?;
            tx.told_of_leaving(number, client.id, now)?;
        }
        match says {
            Some(words) => {
                let (supporter, words) = (own.name.clone(), words.clone());
                let notice = notice::Farewell { supporter, words, next: reader };
                let post = to_client(&client, Kind::FollowUp, Notice::Farewell(notice));
                poster.enqueue(&[post], &cause("farewell"), Reason::LastLine)?;
                tx.said_farewell(number, client.id, now)?;
            }
            None => open |= !farewell.passed,
        }
    }
    if (now >= last && next.is_empty()) || !open {
        tx.has_left(number, now)?;
        return Ok(None);
    }
    Ok(next.into_iter().chain([last].into_iter().filter(|last| *last > now)).min())
}
