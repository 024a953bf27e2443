//! What is said of an answer that may be late: to the client, once, and to the office, again with each further deadline.

use super::post::{Cause, Poster};
use super::walk::{Around, cause, walk};
use super::{Result, pool};
use crate::clock::Timestamp;
use crate::domain::decision::{Conversation, Post, Reason, Reply};
use crate::domain::letter::office;
use crate::domain::notice::{self, Notice, OfficeMatter};
use crate::domain::outgoing::Kind;
use crate::domain::people::{Recipient, SupporterId};
use crate::domain::token::Purpose;
use crate::store::WaitingReport;

/// So many reports that wait are listed for the office.
const LISTED: usize = 20;

/// The client hears it before the deadline passes, and the office what it has to do.
pub(super) fn tell(poster: &Poster<'_>, around: &Around, report: &mut WaitingReport) -> Result<()> {
    report.told_at = Some(poster.now);
    let client = &around.client;
    let holder = around.holder.as_ref().map(|standing| standing.supporter.name.clone());
    let own = client.supporter.map(|id| poster.tx.supporter_by_id(id)).transpose()?.flatten();
    let own = own.map(|own| own.name).filter(|own| Some(own) != holder.as_ref());
    let truth = Notice::Truth(notice::Truth {
        client: client.name.clone(),
        own,
        holder,
        from_pool: report.pool_until.is_some(),
        day: report.day,
        due_at: report.due_at,
        late: poster.now >= report.due_at,
        then: around.hours.due_at(report.due_at.max(poster.now)),
    });
    // Whoever forges a report does not reach her through us, nor chooses the conversation.
    let forged = pool::forged(poster, client, report)?;
    let to_client = Post {
        kind: Kind::Truth,
        to: Recipient::Client(client.clone()),
        notice: truth,
        client: Some(client.id),
        day: Some(report.day),
        letter: None,
        reply: Some(Reply { purpose: Purpose::ToNotice, thread: client.thread_ref }),
        conversation: Conversation::Month,
        held_for: None,
    };
    let to_office = unanswered(poster, around, report, None)?;
    let posts = if forged { vec![to_office] } else { vec![to_client, to_office] };
    poster.enqueue(&posts, &cause(client, report, "tell"), Reason::Told)?;
    Ok(())
}

/// A further deadline has passed: the office hears it, once for all that waits of a client by then, whatever was put back
/// meanwhile.
pub(super) fn overdue(poster: &Poster<'_>, around: &Around, report: &mut WaitingReport) -> Result<()> {
    let Some(passed) = walk(around, report).passed(poster.now) else { return Ok(()) };
    report.overdue_at = Some(passed);
    let client = &around.client;
    let post = unanswered(poster, around, report, Some(passed))?;
    let cause = Cause::Event(format!("overdue|{:012x}|{}", client.thread_ref, passed.millis()));
    poster.enqueue(&[post], &cause, Reason::Told)?;
    Ok(())
}

/// What has no answer, what to do, and what else waits.
fn unanswered(
    poster: &Poster<'_>,
    around: &Around,
    report: &WaitingReport,
    passed: Option<Timestamp>,
) -> Result<Post> {
    let client = &around.client;
    let waiting = poster.tx.all_waiting()?;
    let mut listed = Vec::new();
    for one in waiting.iter().take(LISTED) {
        let name = |id: Option<SupporterId>| -> Result<Option<String>> {
            let supporter = id.map(|id| poster.tx.supporter_by_id(id)).transpose()?.flatten();
            Ok(supporter.map(|supporter| supporter.name))
        };
        let of = poster.tx.client_by_id(one.client)?.map_or_else(String::new, |client| client.name);
        let (holder, due_at) = (name(one.holder)?, one.due_at);
        listed.push(notice::Waiting { client: of, day: one.day, follow_up: one.follow_up, holder, due_at });
    }
    let unanswered = Notice::Unanswered(notice::Unanswered {
        client: client.name.clone(),
        day: report.day,
        follow_up: report.follow_up,
        holder: around.holder.as_ref().map(|standing| standing.supporter.name.clone()),
        read: around.read && passed.is_some(),
        asked: poster.tx.asked_for(report)?,
        due_at: report.due_at,
        passed,
        now: poster.now,
        more: waiting.len() - listed.len(),
        waiting: listed,
    });
    Ok(Post { notice: unanswered, ..office(OfficeMatter::NoHolder, &client.name, report.id) })
}
