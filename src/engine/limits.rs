//! The limits of `domain::limits`, held against what is stored, in the transaction of the decision.

use super::Result;
use super::gather::Prepared;
use super::post::{Cause, Poster};
use crate::domain::decision::{Change, Decision, End, Post, Proof, Reason};
use crate::domain::limits::{self, ANSWERS_A_DAY, BY_STRANGERS, OFFICE_A_DAY, Once};
use crate::domain::notice::OfficeMatter;
use crate::domain::outgoing::Kind;
use crate::domain::people::ClientId;
use crate::domain::understand::Understood;
use crate::store::{KeptMail, Tx};

/// A decision as the limits leave it. No limit holds for what an operator released from quarantine.
pub(super) fn limited(
    tx: &Tx<'_>,
    mail: &KeptMail,
    prepared: &Prepared,
    understood: &Understood,
    mut decision: Decision,
) -> Result<Decision> {
    let [author] = prepared.message.from.as_slice() else { return Ok(decision) };
    if mail.let_go || decision.end == End::Skipped {
        return Ok(decision);
    }
    let at = mail.internal_date.unwrap_or(mail.ingested_at);
    let name = match understood {
        Understood::OtherAddress(holder) => holder.name(),
        _ => understood.writer().unwrap_or_default(),
    };
    // A flood in her name must not keep her from saying that it is not hers.
    let answer = decision.changes.iter().find_map(|change| match change {
        Change::File(letter) => letter.author.map(|supporter| (supporter, letter.client)),
        _ => None,
    });
    let settles = match understood {
        Understood::ConfirmationReply { .. } => answer.is_none(),
        // One that changes nothing may be a machine's.
        Understood::AbsenceReply { .. }
        | Understood::SetAsideReply { .. }
        | Understood::AskReply { .. }
        | Understood::ReadingReply { .. } => !decision.changes.is_empty(),
        _ => false,
    };
    let may_flood = !name.is_empty() && !settles;
    let proven = prepared.proof == Proof::Proven;
    let to_one = match answer {
        Some((supporter, client)) => tx.answers_too_often(supporter, client, proven, at)?,
        None => false,
    };
    if to_one || (may_flood && tx.floods(&author.address, proven, at)?) {
        return Ok(limits::kept_back(Reason::Flood, name, mail.id));
    }
    if let Some(to) = limits::only_answers(&decision)
        && tx.answers_before(to.principal_ref(), at)? >= ANSWERS_A_DAY
    {
        decision = limits::kept_back(Reason::TooOften, name, mail.id);
    }
    let tries = matches!(decision.reason, Reason::BadToken | Reason::NotYours | Reason::OtherAddress);
    if tries && tx.tries_tokens(&author.address, at)? {
        decision.posts.push(limits::told(OfficeMatter::Limit, Reason::BadToken, name, mail.id));
    }
    Ok(decision)
}

/// Whether a post is more than the machine says by itself within a day.
pub(super) fn is_too_much(tx: &Tx<'_>, post: &Post, cause: &Cause, reason: Reason) -> Result<bool> {
    let Cause::Mail(mail, _) = cause else { return Ok(false) };
    let answers = limits::is_answer(post.kind, reason);
    let tells = post.kind == Kind::Office && BY_STRANGERS.contains(&reason);
    if !answers && !tells {
        return Ok(false);
    }
    let (at, let_go) = tx.arrived_at(*mail)?;
    Ok(!let_go
        && if answers {
            tx.answers_before(post.to.principal_ref(), at)? >= ANSWERS_A_DAY
        } else {
            tx.told_before(reason.word(), at)? >= OFFICE_A_DAY
        })
}

/// What a mail follows from that is sent once a day, or once a month; `None` for every other.
pub(super) fn once(poster: &Poster<'_>, post: &Post, cause: &Cause) -> Result<Option<Cause>> {
    let Some((what, within)) = limits::once(&post.notice) else { return Ok(None) };
    let at = match cause {
        Cause::Mail(mail, _) => poster.tx.arrived_at(*mail)?.0,
        _ => poster.now,
    };
    let day = poster.context.hours.calendar.day_of(at);
    let span = match within {
        Once::Day => day.to_string(),
        Once::Month => day.month(),
    };
    Ok(Some(Cause::Event(format!("{what}|{span}"))))
}

/// So many mails of a thread went out within an hour that the next ones wait.
pub(super) fn tell_busy(poster: &Poster<'_>, client: ClientId) -> Result<()> {
    let Some(client) = poster.tx.client_by_id(client)? else { return Ok(()) };
    let told = limits::told(OfficeMatter::Limit, Reason::Busy, &client.name, 0);
    // The same all day: the office hears once.
    poster.enqueue(&[told], &Cause::Event(String::new()), Reason::Busy)?;
    Ok(())
}
