//! "I am writing": whoever holds a report is left in peace for a while.

use super::calendar::Day;
use super::decision::{Change, Decision, End, Reason};
use super::notice::{self, Notice};
use super::outgoing::Kind;
use super::people::{Client, Supporter};
use super::returned;
use crate::clock::Timestamp;

/// What the decision needs to know.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The writer.
    pub supporter: Supporter,
    /// To whom she writes.
    pub client: Client,
    /// The report that she means.
    pub day: Option<Day>,
    /// Whether it waits, and she holds it.
    pub hers: bool,
    /// Who holds it, where it waits and another does.
    pub holder: Option<Supporter>,
    /// Until when she is left in peace.
    pub until: Timestamp,
}

/// Decides. Where another was asked already, she hears it, and that her words are welcome.
pub fn decide(facts: &Facts) -> Decision {
    let Facts { supporter, client, day, hers, holder, until } = facts;
    let until = hers.then_some(*until);
    let notice = notice::Writing {
        client: client.name.clone(),
        until,
        holder: holder.as_ref().map(|holder| holder.name.clone()),
    };
    let change = day.zip(until).map(|(day, until)| Change::Writing { client: client.id, day, until });
    Decision {
        reason: Reason::Writing,
        end: End::Applied,
        changes: change.into_iter().collect(),
        posts: vec![returned::plain(supporter, Kind::Notice, Notice::Writing(notice))],
    }
}
