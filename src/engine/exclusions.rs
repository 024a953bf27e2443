//! Somebody has nothing to do with a client any more: others answer her from that moment on, and nobody learns why.

use super::drawn::Drawn;
use super::gate;
use super::letters::Thread;
use super::order::{alert, client_of, introduce, supporter_of};
use super::post::{Cause, Poster};
use super::{Context, Result, gather};
use crate::clock::Timestamp;
use crate::domain::absence::takes_back;
use crate::domain::calendar::Day;
use crate::domain::command::{Excluded, Ordered, Refusal};
use crate::domain::decision::{Decision, Post, Proof, Reason};
use crate::domain::exclusion::{self, Answering, SaidBy, words};
use crate::domain::letter::office;
use crate::domain::limits::DAY;
use crate::domain::notice::{self, HowChanged, Occasion, OfficeMatter, Why};
use crate::domain::outgoing::{Kind, State};
use crate::domain::people::{Client, ClientId, Recipient, Supporter, SupporterId};
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

/// A client's mail that is about who answers her, and about nothing else. It goes to the office alone. `None`: it is a letter.
pub(super) fn wish(thread: &Thread<'_>, client: &Client) -> Result<Option<Decision>> {
    let Thread { tx, context, mail, prepared, past, .. } = thread;
    if mail.too_large || !prepared.message.attachments.is_empty() {
        return Ok(None);
    }
    let text = gather::words_of(thread, past.sent.as_ref());
    let words = if text.trim().is_empty() { &prepared.message.subject } else { &text };
    let wants = words::wants_another(words, &client.name);
    let answers_us = past.sent.as_ref().is_some_and(|sent| sent.kind == Kind::Notice);
    let mut about = tx.excluded_by(client.id, SaidBy::Client)?;
    let said = if answers_us { about.clone() } else { Vec::new() };
    let back = !said.is_empty() && takes_back(words, &[&client.name]);
    if !wants && !back {
        return Ok(None);
    }
    if prepared.proof == Proof::Refuted {
        // Neither done, as she did not write it, nor shown to whom it is about, should she have.
        return Ok(Some(returned::quarantined(Reason::Wish, mail.id)));
    }
    let mut decision = if back {
        exclusion::wish_taken_back(client, &said)
    } else {
        let author = past.sent.as_ref().and_then(|sent| Some(sent.author.as_ref()?.id));
        about.extend([client.supporter, client.second, author].into_iter().flatten());
        exclusion::wish(client, wished_away(thread, client)?.as_ref())
    };
    for post in decision.posts.iter_mut().filter(|post| post.to == Recipient::Office) {
        *post = to_the_others(tx, context, &about, post.clone())?;
    }
    Ok(Some(decision))
}

/// A word for the operators, but for those whom it is about: nobody tells them. Where no other is left, the office is asked to
/// look, and hears neither of whom nor why.
fn to_the_others(tx: &Tx<'_>, context: &Context, about: &[SupporterId], post: Post) -> Result<Post> {
    let mut addresses = Vec::new();
    for supporter in about {
        addresses.extend(named(tx, Some(*supporter))?.into_iter().flat_map(|supporter| supporter.addresses));
    }
    if context.settings.service.operators.iter().all(|operator| addresses.contains(operator)) {
        return Ok(office(OfficeMatter::Look, "", 0));
    }
    Ok(if addresses.is_empty() { post } else { Post { to: Recipient::OfficeBut(addresses), ..post } })
}

/// Of whom a client speaks who wants another supporter: whose words she answers, or else her own. `None`: that is for the office
/// to say, because she said so a day ago at most, or somebody else has answered her since.
fn wished_away(thread: &Thread<'_>, client: &Client) -> Result<Option<Supporter>> {
    let Thread { tx, mail, past, .. } = thread;
    let arrived = mail.internal_date.unwrap_or(mail.ingested_at);
    if tx.excluded_since(client.id, SaidBy::Client, arrived.before(DAY))? {
        return Ok(None);
    }
    let whose = past.sent.as_ref().filter(|sent| sent.kind == Kind::PassOn);
    Ok(match whose.and_then(|sent| sent.author.clone()) {
        Some(author) if [client.supporter, client.second].contains(&Some(author.id)) => Some(author),
        Some(_) => None,
        None if tx.introduced_since(client.id, arrived)? => None,
        None => named(tx, client.supporter)?,
    })
}

/// A supporter's reply that says only that she may know the client, or takes that back. `None`: neither.
pub(super) fn may_know(
    thread: &Thread<'_>,
    supporter: &Supporter,
    client: &Client,
) -> Result<Option<Decision>> {
    let Thread { tx, mail, prepared, past, .. } = thread;
    if mail.too_large || !prepared.message.attachments.is_empty() || prepared.proof == Proof::Refuted {
        return Ok(None);
    }
    let words = gather::words_of(thread, past.sent.as_ref());
    if words::may_know(&words, &supporter.name) {
        return Ok(Some(exclusion::may_know(client, supporter)));
    }
    let back = takes_back(&words, &[&supporter.name])
        && tx.excluded_by(client.id, SaidBy::Supporter)?.contains(&supporter.id);
    Ok(back.then(|| exclusion::may_again(client, supporter)))
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
    let at = at.min(now);
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
    tx.answers_instead(client.id, gone.id, after, at)?;
    let (own, second) = (named(tx, after.own)?, named(tx, after.second)?);
    let mut alerts = 0;
    if let Some(own) = &own {
        if after.own != before.own {
            introduce(poster, client, own, second.as_ref(), at)?;
            tell(poster, client, own, HowChanged::Yours, at)?;
        }
        for letter in tx.waiting_letters(client.id, own.id)? {
            if held.contains(&letter.day) {
                let post = alert(poster, drawn, client, own, &letter, Occasion::News)?;
                alerts += poster.enqueue(&[post], &Cause::Order(letter.digest), Reason::Assigned)?;
            }
        }
    }
    if said_by != SaidBy::Supporter {
        tell(poster, client, gone, HowChanged::Elsewhere, at)?;
    }
    if after != before || own.is_none() {
        let matter = match (&own, said_by) {
            (_, SaidBy::Client) => OfficeMatter::Wish,
            (Some(_), _) => OfficeMatter::NeedsSecond,
            (None, _) => OfficeMatter::NeedsSupporter,
        };
        // Who said it herself knows.
        let about = if said_by == SaidBy::Supporter { &[][..] } else { &[gone.id] };
        tell_office(poster, client, gone, (matter, about), at)?;
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

/// Her words that nobody has been handed do not pass any more, whatever they wait for; what they would have answered waits.
fn give_back(poster: &Poster<'_>, client: &Client, gone: &Supporter) -> Result<()> {
    let tx = poster.tx;
    for (row, held) in tx.words_that_lie_here(client.id, gone.id)? {
        if held {
            tx.end_row(row, State::Cancelled, poster.now)?;
        } else {
            tx.recall(row, poster.now)?;
        }
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

/// Once for the two and that day.
fn tell(
    poster: &Poster<'_>,
    client: &Client,
    supporter: &Supporter,
    how: HowChanged,
    at: Timestamp,
) -> Result<()> {
    let post = exclusion::changed(client, supporter, how);
    poster.enqueue(&[post], &cause(poster, client, supporter, at, how.word()), Reason::Assigned)?;
    Ok(())
}

fn cause(poster: &Poster<'_>, client: &Client, supporter: &Supporter, at: Timestamp, what: &str) -> Cause {
    let day = poster.context.hours.calendar.day_of(at);
    let (thread, principal) = (client.thread_ref, supporter.principal_ref);
    Cause::Event(format!("exclusion|{thread:012x}|{principal:08x}|{day}|{what}"))
}

fn tell_office(
    poster: &Poster<'_>,
    client: &Client,
    gone: &Supporter,
    (matter, about): (OfficeMatter, &[SupporterId]),
    at: Timestamp,
) -> Result<()> {
    let cause = cause(poster, client, gone, at, "office");
    let post = to_the_others(poster.tx, poster.context, about, office(matter, &client.name, 0))?;
    poster.enqueue(&[post], &cause, Reason::Assigned)?;
    Ok(())
}
