//! Who of a client's two supporters answers what comes now.

use super::drawn::Drawn;
use super::gate::{self, Readiness};
use super::post::Poster;
use super::{Context, Result, walk};
use crate::clock::Timestamp;
use crate::domain::calendar::Day;
use crate::domain::notice::Occasion;
use crate::domain::people::{Client, SupporterId};
use crate::domain::walk::Stage;
use crate::store::{Tx, WaitingReport};

/// Who answers a letter that comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Acting {
    /// Her own supporter.
    Own(SupporterId),
    /// The second one.
    Second {
        /// She.
        second: SupporterId,
        /// Because the first is away, or has given that day's report away, and not because she has as many as she takes.
        away: bool,
    },
    /// Neither of them takes one more, or there is nobody. It stays with her own supporter all the same, where there is one
    /// who may have to do with her.
    Neither {
        /// She.
        keeps: Option<SupporterId>,
    },
}

impl Acting {
    /// Who holds it.
    pub(super) fn holder(self) -> Option<SupporterId> {
        match self {
            Self::Own(id) | Self::Second { second: id, .. } => Some(id),
            Self::Neither { keeps } => keeps,
        }
    }
}

/// Who is there of a client's two in place of a report's holder, who is not; `None`: neither.
pub(super) fn in_place(
    poster: &Poster<'_>,
    client: &Client,
    report: &WaitingReport,
) -> Result<Option<Acting>> {
    let acting = acting(poster.tx, poster.context, client, poster.now, report.day)?;
    let is_there = matches!(acting, Acting::Own(_) | Acting::Second { .. });
    Ok(Some(acting).filter(|acting| is_there && acting.holder() != report.holder))
}

/// Whoever is there in place of a holder who is away since then holds the report from now on, or from when she is up. When to
/// look again: now, where she holds it.
pub(super) fn takes_over(
    poster: &Poster<'_>,
    drawn: &Drawn,
    (client, report): (&Client, &mut WaitingReport),
    in_place: Option<(Acting, Timestamp)>,
) -> Result<Option<Timestamp>> {
    let Some((in_place, from)) = in_place else { return Ok(None) };
    let named = |id: Option<SupporterId>| id.map(|id| poster.tx.supporter_by_id(id)).transpose();
    let Some(to) = named(in_place.holder())?.flatten() else { return Ok(None) };
    let up = to.hours.over(&poster.context.hours).waking(poster.now);
    if up > poster.now {
        return Ok(Some(up));
    }
    // What she gets is a reminder.
    let mut occasion = (Occasion::Reminder { next: None }, report.stage.max(Stage::Reminded));
    if let Acting::Second { away, .. } = in_place {
        let own = named(client.supporter.filter(|_| away))?.flatten().map(|own| own.name);
        occasion = (Occasion::StandIn { own: own.unwrap_or_default(), away }, Stage::Second);
    }
    let step = format!("in-place|{:08x}|{}", to.principal_ref, from.millis());
    walk::hand_over(poster, drawn, client, &to, report, (&occasion.0, &step))?;
    (report.holder, report.stage, report.writing_until) = (Some(to.id), occasion.1, None);
    Ok(Some(poster.now))
}

/// Who answers a client's letter for a day that came at `arrived`.
pub(super) fn acting(
    tx: &Tx<'_>,
    context: &Context,
    client: &Client,
    arrived: Timestamp,
    day: Day,
) -> Result<Acting> {
    let named = |id: Option<SupporterId>| id.map(|id| tx.supporter_by_id(id)).transpose();
    let Some(own) = named(client.supporter)?.flatten() else { return Ok(Acting::Neither { keeps: None }) };
    let readiness = gate::readiness(tx, context, client, &own, Some(day), arrived)?;
    if readiness == Readiness::Ready {
        return Ok(Acting::Own(own.id));
    }
    if let Some(second) = named(client.second)?.flatten()
        && gate::may_hold(tx, context, client, &second, Some(day), arrived)?
    {
        return Ok(Acting::Second {
            second: second.id,
            away: matches!(readiness, Readiness::Away | Readiness::GaveAway),
        });
    }
    let keeps = readiness != Readiness::Never && tx.leaving_of(own.id)?.is_none();
    Ok(Acting::Neither { keeps: keeps.then_some(own.id) })
}
