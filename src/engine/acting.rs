//! Who of a client's two supporters answers what comes now.

use super::gate::{self, Readiness};
use super::{Context, Result};
use crate::clock::Timestamp;
use crate::domain::calendar::Day;
use crate::domain::people::{Client, SupporterId};
use crate::store::Tx;

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
