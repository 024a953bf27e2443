//! Somebody has nothing to do with a client any more: others answer her from that moment on, and nobody learns why.

use super::drawn::Drawn;
use super::gate;
use super::order::{alert, client_of, introduce, supporter_of};
use super::post::{Cause, Poster};
use super::{Context, Result};
use crate::clock::Timestamp;
use crate::domain::calendar::Day;
use crate::domain::command::{Excluded, Ordered, Refusal};
use crate::domain::decision::Reason;
use crate::domain::exclusion::{Answering, SaidBy};
use crate::domain::letter::office;
use crate::domain::notice::{self, Occasion, OfficeMatter, Why};
use crate::domain::outgoing::State;
use crate::domain::people::{Client, ClientId, Supporter, SupporterId};
use crate::domain::returned::{self, Author, EndedRow};
use crate::store::Tx;

/// The operator orders it.
pub(super) fn add(poster: &Poster<'_>, drawn: &Drawn, client: &str, gone: &str) -> Result<Ordered> {
    let (client, gone) = (client_of(poster.tx, client)?, supporter_of(poster.tx, gone)?);
    let excluded = exclude(poster, drawn, &client, &gone, SaidBy::Operator, poster.now)?;
    Ok(Ordered::Excluded(excluded))
}

/// The operator takes back whatever stands between them.
pub(super) fn end(tx: &Tx<'_>, client: &str, supporter: &str) -> Result<Ordered> {
    let (client, supporter) = (client_of(tx, client)?, supporter_of(tx, supporter)?);
    if tx.remove_exclusion(client.id, supporter.id, None)? == 0 {
        return Err(Refusal::NotExcluded(client.name, supporter.name).into());
    }
    Ok(Ordered::Mended)
}

/// Writes down that they have nothing to do with each other, and gives what waits to whoever answers then. `at`: since when.
pub(super) fn exclude(
    poster: &Poster<'_>,
    drawn: &Drawn,
    client: &Client,
    gone: &Supporter,
    said_by: SaidBy,
    at: Timestamp,
) -> Result<Excluded> {
    let (tx, now) = (poster.tx, poster.now);
    let changed = tx.add_exclusion(client.id, gone.id, said_by, at)?;
    tx.cancel_mails_about(client.id, gone.principal_ref, now)?;
    give_back(poster, client, gone)?;
    let before = Answering { own: client.supporter, second: client.second };
    let held = days_held(tx, client, gone.id)?;
    let mut after = before.without(gone.id);
    if let Some(own) = named(tx, after.own)?
        && !gate::may_write_to(tx, client, &own)?
    {
        after.own = None;
    }
    if after == before && held.is_empty() {
        return Ok(Excluded { changed, ..Excluded::default() });
    }
    tx.answers_instead(client.id, gone.id, after, now)?;
    let (own, second) = (named(tx, after.own)?, named(tx, after.second)?);
    let mut alerts = 0;
    if let Some(own) = &own {
        if after.own != before.own {
            introduce(poster, client, own, second.as_ref())?;
        }
        for letter in tx.waiting_letters(client.id, own.id)? {
            if held.contains(&letter.day) {
                let post = alert(poster, drawn, client, own, &letter, Occasion::News)?;
                alerts += poster.enqueue(&[post], &Cause::Order(letter.digest), Reason::Assigned)?;
            }
        }
    }
    if after != before || own.is_none() {
        let matter = if own.is_some() { OfficeMatter::NeedsSecond } else { OfficeMatter::NeedsSupporter };
        tell_office(poster, client, gone, matter, at)?;
    }
    let name = |supporter: Option<Supporter>| supporter.map(|supporter| supporter.name);
    Ok(Excluded { changed, moved: after != before, own: name(own), second: name(second), alerts })
}

/// The same, as a mail says.
pub(super) fn by_mail(
    poster: &Poster<'_>,
    (client, gone): (ClientId, SupporterId),
    said_by: SaidBy,
    mail: i64,
) -> Result<()> {
    let (arrived, _) = poster.tx.arrived_at(mail)?;
    if let (Some(client), Some(gone)) = (poster.tx.client_by_id(client)?, named(poster.tx, Some(gone))?) {
        exclude(poster, &Drawn::default(), &client, &gone, said_by, arrived)?;
    }
    Ok(())
}

fn named(tx: &Tx<'_>, id: Option<SupporterId>) -> Result<Option<Supporter>> {
    Ok(id.map(|id| tx.supporter_by_id(id)).transpose()?.flatten())
}

fn days_held(tx: &Tx<'_>, client: &Client, holder: SupporterId) -> Result<Vec<Day>> {
    let waiting = tx.waiting_of(client.id)?.into_iter().filter(|report| report.holder == Some(holder));
    Ok(waiting.map(|report| report.day).collect())
}

/// Her words that wait for a yes do not pass any more.
fn give_back(poster: &Poster<'_>, client: &Client, gone: &Supporter) -> Result<()> {
    let tx = poster.tx;
    for row in tx.words_held(client.id, gone.id)? {
        tx.end_row(row, State::Cancelled, poster.now)?;
        let EndedRow { author, words, .. } = tx.ended_row(row)?;
        let Some(Author::Supporter(author)) = author else { continue };
        let other = client.name.clone();
        let post = returned::to_supporter(
            &author,
            notice::Returned { why: Why::Elsewhere, other, words, number: row },
        );
        poster.enqueue(&[post], &Cause::end_of(tx, row)?, Reason::Elsewhere)?;
    }
    Ok(())
}

fn tell_office(
    poster: &Poster<'_>,
    client: &Client,
    gone: &Supporter,
    matter: OfficeMatter,
    at: Timestamp,
) -> Result<()> {
    let Context { hours, .. } = poster.context;
    let (thread, principal, day) = (client.thread_ref, gone.principal_ref, hours.calendar.day_of(at));
    let cause = Cause::Event(format!("exclusion|{thread:012x}|{principal:08x}|{day}"));
    poster.enqueue(&[office(matter, &client.name, 0)], &cause, Reason::Assigned)?;
    Ok(())
}
