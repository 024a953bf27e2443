//! A person's addresses change: what is on its way to her follows, in the same transaction.
//!
//! Nothing goes to an address that was taken away, and nothing that she should get is lost with it: mails that wait go
//! to her first address, words that waited for a yes from there go back to her. What was submitted stays as it was.

use super::post::{Cause, Poster};
use super::{Context, EngineError, Result, repeats};
use crate::domain::command::{AddressChange, AddressesChanged, Ordered, Refusal};
use crate::domain::decision::{Post, Reason, Reply};
use crate::domain::notice::{self, Why};
use crate::domain::people::{ClientId, Side, SupporterId};
use crate::domain::returned::{self, Author, EndedRow};
use crate::domain::token::Purpose;
use crate::mail::address::Address;
use crate::mail::compose::readdressed;
use crate::mail::message_id::MessageId;
use crate::store::Tx;

/// Whose addresses they are.
struct Person {
    side: Side,
    row: i64,
    principal: u32,
    name: String,
    addresses: Vec<Address>,
}

/// Changes the addresses of a person.
pub(super) fn change(
    poster: &Poster<'_>,
    side: Side,
    who: &str,
    address: &Address,
    change: AddressChange,
) -> Result<Ordered> {
    let tx = poster.tx;
    let person = person(tx, side, who)?;
    let hers = person.addresses.contains(address);
    let (mut changed, mut returned) = (!hers, 0);
    let first = match change {
        AddressChange::Add { first } => {
            if !hers {
                check_addresses(tx, poster.context, side, std::slice::from_ref(address))?;
                nobody_answers_herself(tx, &person, address)?;
                tx.add_address(side, person.row, address)?;
                repeats::welcome_back(tx, std::slice::from_ref(address))?;
            }
            first
        }
        AddressChange::PutFirst if hers => true,
        AddressChange::Remove if hers => {
            changed = true;
            returned = remove(poster, &person, address)?;
            false
        }
        AddressChange::PutFirst | AddressChange::Remove => {
            return Err(Refusal::NotHers(person.name, address.wire()).into());
        }
    };
    if change != AddressChange::Remove {
        tx.lift(address, poster.now)?;
    }
    if first && person.addresses.first() != Some(address) {
        changed = true;
        tx.put_address_first(side, person.row, address)?;
    }
    let moved = if changed { bring(poster, person.principal)? } else { 0 };
    let first = first_of(tx, person.principal)?;
    Ok(Ordered::Addresses(AddressesChanged { changed, first, moved, returned }))
}

/// Nobody has the addresses on this side, and none is the service's own.
pub(super) fn check_addresses(tx: &Tx<'_>, context: &Context, side: Side, all: &[Address]) -> Result<()> {
    for address in all {
        if context.settings.service.receives_at(address) {
            return Err(Refusal::OwnAddress(address.wire()).into());
        }
        let owner = match side {
            Side::Client => tx.client_by_address(address)?.map(|c| c.name),
            Side::Supporter => tx.supporter_by_address(address)?.map(|s| s.name),
        };
        if let Some(owner) = owner {
            return Err(Refusal::AddressTaken(address.wire(), owner).into());
        }
    }
    Ok(())
}

/// A mail is tried again: to her first address, where the one that it was for is no longer hers.
pub(super) fn follow(poster: &Poster<'_>, row: i64) -> Result<()> {
    let (principal, address) = poster.tx.reader_of(row)?;
    let addresses = poster.tx.addresses_of(principal)?;
    match addresses.first() {
        Some(first) if !addresses.contains(&address) => send_to(poster, row, first),
        _ => Ok(()),
    }
}

fn person(tx: &Tx<'_>, side: Side, who: &str) -> Result<Person> {
    let found = match side {
        Side::Client => {
            let found = tx.find_client(who)?.map(|id| tx.client_by_id(id)).transpose()?.flatten();
            found.map(|c| (c.id.0, c.principal_ref, c.name, c.addresses))
        }
        Side::Supporter => {
            let found = tx.find_supporter(who)?.map(|id| tx.supporter_by_id(id)).transpose()?.flatten();
            found.map(|s| (s.id.0, s.principal_ref, s.name, s.addresses))
        }
    };
    let (row, principal, name, addresses) = found.ok_or_else(|| {
        EngineError::Refused(match side {
            Side::Client => Refusal::NoClient(who.to_owned()),
            Side::Supporter => Refusal::NoSupporter(who.to_owned()),
        })
    })?;
    Ok(Person { side, row, principal, name, addresses })
}

/// As when somebody is assigned: a supporter and her client have no address in common.
fn nobody_answers_herself(tx: &Tx<'_>, person: &Person, address: &Address) -> Result<()> {
    let both = match person.side {
        Side::Client => {
            let client = tx.client_by_id(ClientId(person.row))?;
            let reads = |id| client.as_ref().is_some_and(|c| c.supporter == Some(id) || c.second == Some(id));
            let other = tx.supporter_by_address(address)?.filter(|s| reads(s.id));
            other.map(|s| (person.name.clone(), s.name))
        }
        Side::Supporter => {
            let hers = Some(SupporterId(person.row));
            let other = tx.client_by_address(address)?.filter(|c| c.supporter == hers || c.second == hers);
            other.map(|c| (c.name, person.name.clone()))
        }
    };
    both.map_or(Ok(()), |(client, supporter)| Err(Refusal::SamePerson(client, supporter).into()))
}

/// Takes an address away; returns how many answers went back to her. A question about words from there, or that was
/// asked there, can no longer be answered by its reader: it is withdrawn.
fn remove(poster: &Poster<'_>, person: &Person, address: &Address) -> Result<usize> {
    let tx = poster.tx;
    if person.addresses.len() == 1 {
        return Err(Refusal::LastAddress(person.name.clone(), address.wire()).into());
    }
    if tx.waiting_mails(person.principal)?.iter().any(|mail| mail.under_way && mail.address == *address) {
        return Err(Refusal::UnderWay(address.wire()).into());
    }
    tx.remove_address(person.side, address)?;
    if person.side == Side::Client {
        return Ok(0);
    }
    withdraw(poster, &tx.questions_at(person.row, address)?, Why::AddressRemoved)
}

/// Questions are withdrawn, and the words that wait for them go back to their writer; returns how many.
pub(super) fn withdraw(poster: &Poster<'_>, questions: &[u64], why: Why) -> Result<usize> {
    let tx = poster.tx;
    let mut returned = 0;
    for question in questions {
        for row in tx.withdraw_question(*question, poster.now)? {
            tx.report_waits_again(row)?;
            let EndedRow { author, words, person: other, .. } = tx.ended_row(row)?;
            let Some(Author::Supporter(author)) = author else { continue };
            let notice = notice::Returned { why, other, words, number: row };
            let (message_id, _) = tx.row_name(row)?;
            let post = answerable(tx, returned::to_supporter(&author, notice), &message_id)?;
            returned += poster.enqueue(&[post], &Cause::end_of(tx, row)?, Reason::Mended)?;
        }
    }
    Ok(returned)
}

/// The letter that she answered may lie in a mailbox that she has no longer: a reply to what comes back answers it too.
fn answerable(tx: &Tx<'_>, post: Post, answer: &str) -> Result<Post> {
    let answer = MessageId::parse(answer).map(|id| tx.sent_by_message_id(&id)).transpose()?.flatten();
    let day = answer.as_ref().and_then(|sent| sent.day);
    let client = answer.and_then(|sent| sent.client).map(|id| tx.client_by_id(id)).transpose()?.flatten();
    let reply = client.as_ref().map(|c| Reply { purpose: Purpose::Answer, thread: c.thread_ref });
    Ok(Post { client: client.map(|c| c.id), day, reply, ..post })
}

/// Whatever waits for a person goes to her first address, and what was stopped because another one was suspended.
fn bring(poster: &Poster<'_>, principal: u32) -> Result<usize> {
    let tx = poster.tx;
    let first = first_of(tx, principal)?;
    if !tx.is_suspended(&first)? {
        tx.send_stopped(principal, poster.now)?;
    }
    let mails = tx.waiting_mails(principal)?.into_iter();
    let elsewhere: Vec<_> = mails.filter(|mail| !mail.under_way && mail.address != first).collect();
    for mail in &elsewhere {
        send_to(poster, mail.row, &first)?;
    }
    Ok(elsewhere.len())
}

fn send_to(poster: &Poster<'_>, row: i64, address: &Address) -> Result<()> {
    let bytes = poster.tx.row_bytes(row)?.unwrap_or_default();
    Ok(poster.tx.readdress(row, address, &readdressed(&bytes, address), poster.now)?)
}

fn first_of(tx: &Tx<'_>, principal: u32) -> Result<Address> {
    let first = tx.addresses_of(principal)?.into_iter().next();
    Ok(first.ok_or(crate::store::StoreError::Impossible("address"))?)
}
