//! Facts for who fits whom; what an operator sets of it; a plan of few moves, and the plan carried out.

use std::collections::HashMap;

use serde::Serialize;

use super::drawn::Drawn;
use super::gate;
use super::order::{assign, client_of, supporter_of};
use super::pool;
use super::post::Poster;
use super::{Context, Engine, Result, days_off};
use crate::clock::Timestamp;
use crate::domain::balance::{self, Board};
use crate::domain::calendar::{Calendar, Day};
use crate::domain::choosing::{
    self, Bond, Candidate, ClientSet, DAYS, Fit, LeftOut, NotHer, Proposal, Spell, SupporterSet, Wanted,
};
use crate::domain::command::{Command, Ordered};
use crate::domain::hours::{Hours, Span};
use crate::domain::limits;
use crate::domain::people::{Client, ClientId, Side, Supporter, SupporterId};
use crate::store::Tx;

/// So many of a client's last reports say when she writes.
const LAST_REPORTS: usize = 28;
/// How far back it counts who answered whom, in days.
const LATELY: u32 = 28;

/// A client who would get another supporter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Planned {
    /// The client's name.
    pub client: String,
    /// Who answers her now; `None` for nobody.
    pub from: Option<String>,
    /// Who would.
    pub to: String,
    /// Who would be her second one.
    pub second: Option<String>,
    /// Why she moves, in words.
    pub why: String,
    /// What speaks for the new one.
    pub reasons: Vec<choosing::Speaks>,
    /// For carrying it out.
    #[serde(skip)]
    pub order: (ClientId, SupporterId, Option<SupporterId>),
}

/// A plan of few moves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// So many clients there are who are not paused.
    pub clients: usize,
    /// So many supporters.
    pub supporters: usize,
    /// Who would move.
    pub moves: Vec<Planned>,
}

/// Everybody, and what is known of them.
struct Known {
    supporters: Vec<(Supporter, Candidate)>,
    answered: HashMap<(ClientId, SupporterId), u32>,
}

impl Engine {
    /// Who could answer a client, the best first; changes nothing.
    ///
    /// # Errors
    /// Nobody has that name; the store's.
    pub fn propose(&self, client: &str, now: Timestamp) -> Result<Proposal> {
        self.store.read(|tx| propose(tx, &self.context, client, now))
    }

    /// A plan of few moves; changes nothing.
    ///
    /// # Errors
    /// The store's.
    pub fn balance(&self, now: Timestamp) -> Result<Plan> {
        self.store.read(|tx| plan(tx, &self.context, now))
    }
}

fn propose(tx: &Tx<'_>, context: &Context, client: &str, now: Timestamp) -> Result<Proposal> {
    let client = client_of(tx, client)?;
    let known = known(tx, context, now)?;
    let wanted = wanted(tx, context, &client, now)?;
    let (mut supporter, mut left_out) = (Vec::new(), Vec::new());
    for (person, who) in &known.supporters {
        let bond = bond(tx, &known, &client, person)?;
        match choosing::keeps_out(&wanted, who, &bond) {
            Some(why) => left_out.push(NotHer { supporter: who.name.clone(), why: why.words() }),
            None => supporter.push((person.id, who, choosing::fit(&wanted, who, &bond))),
        }
    }
    supporter.sort_by_key(|(id, _, fit)| (-fit.points, *id));
    let named = |id: Option<SupporterId>| supporter.iter().find(|(own, ..)| Some(*own) == id);
    // Beside whoever answers her; else beside the best.
    let own = named(client.supporter).or(supporter.first());
    let beside = supporter.iter().filter(|(id, ..)| own.is_none_or(|(own, ..)| own != id));
    let as_second = |(_, who, fit): &(SupporterId, &Candidate, Fit)| match own {
        Some((_, own, _)) => choosing::fit_as_second(fit.clone(), who, own),
        None => fit.clone(),
    };
    let mut second: Vec<Fit> = beside.map(as_second).collect();
    second.sort_by_key(|fit| -fit.points);
    let supporter = supporter.into_iter().map(|(.., fit)| fit).collect();
    Ok(Proposal { client: client.name, supporter, second, left_out })
}

fn plan(tx: &Tx<'_>, context: &Context, now: Timestamp) -> Result<Plan> {
    let known = known(tx, context, now)?;
    let mut clients = Vec::new();
    for id in tx.everybody()?.0 {
        clients.extend(tx.client_by_id(id)?);
    }
    let place = |id: Option<SupporterId>| known.supporters.iter().position(|(s, _)| Some(s.id) == id);
    let mut board = Board {
        own: clients.iter().map(|client| place(client.supporter)).collect(),
        takes: known.supporters.iter().map(|(_, who)| who.takes.unwrap_or(who.many)).collect(),
        fits: Vec::new(),
    };
    let mut fits = Vec::new();
    for client in &clients {
        let wanted = wanted(tx, context, client, now)?;
        let mut row = Vec::new();
        for (person, who) in &known.supporters {
            let bond = bond(tx, &known, client, person)?;
            // How many she takes is what the plan is about.
            let keeps_out = choosing::keeps_out(&wanted, who, &bond);
            let fits = matches!(keeps_out, None | Some(LeftOut::Full { .. }));
            row.push((fits.then(|| choosing::fit(&wanted, who, &bond)), keeps_out));
        }
        board.fits.push(row.iter().map(|(fit, _)| fit.as_ref().map(|fit| fit.points)).collect());
        fits.push(row);
    }
    let mut moves = Vec::new();
    for one in balance::plan(&board) {
        let (Some(client), Some((to, _))) = (clients.get(one.client), known.supporters.get(one.to)) else {
            continue;
        };
        let own = place(client.supporter).and_then(|own| known.supporters.get(own));
        let row = fits.get(one.client).map_or(&[][..], Vec::as_slice);
        let kept_out = place(client.supporter).and_then(|own| row.get(own)?.1);
        let why = why(own, kept_out);
        let second = second(tx, client, to, own.map(|(own, _)| own), kept_out)?;
        moves.push(Planned {
            client: client.name.clone(),
            from: own.map(|(own, _)| own.name.clone()),
            to: to.name.clone(),
            second: second.as_ref().map(|s| s.name.clone()),
            why,
            reasons: row
                .get(one.to)
                .and_then(|(fit, _)| fit.clone())
                .map_or_else(Vec::new, |fit| fit.reasons),
            order: (client.id, to.id, second.map(|s| s.id)),
        });
    }
    Ok(Plan { clients: clients.len(), supporters: known.supporters.len(), moves })
}

/// Why somebody else is to answer a client whom that supporter answers now.
fn why(own: Option<&(Supporter, Candidate)>, kept_out: Option<LeftOut>) -> String {
    match (own, kept_out) {
        (None, _) => "nobody answers her".to_owned(),
        (Some((s, who)), None) => {
            let (clients, many) = (choosing::counted(who.clients, "client"), who.takes.unwrap_or(who.many));
            format!("{} has {clients}; {many} are many", s.name)
        }
        (Some((s, _)), Some(why)) => format!("{} {}", s.name, why.words()),
    }
}

/// Her second one stays; where there is none, whoever answered her so far is one whom she knows.
fn second(
    tx: &Tx<'_>,
    client: &Client,
    to: &Supporter,
    own: Option<&Supporter>,
    kept_out: Option<LeftOut>,
) -> Result<Option<Supporter>> {
    let second = client.second.filter(|second| *second != to.id);
    let second = second.map(|id| tx.supporter_by_id(id)).transpose()?.flatten();
    let knows_her = own.filter(|_| matches!(kept_out, None | Some(LeftOut::Full { .. })));
    let candidate = second.or_else(|| knows_her.cloned());
    let may = candidate.as_ref().map(|candidate| gate::may_write_to(tx, client, candidate)).transpose()?;
    Ok(candidate.filter(|_| may == Some(true)))
}

fn known(tx: &Tx<'_>, context: &Context, now: Timestamp) -> Result<Known> {
    let (clients, ids) = tx.everybody()?;
    let mut supporters = Vec::new();
    let (mut has, mut all) = (HashMap::<SupporterId, u32>::new(), 0_u32);
    for id in &clients {
        if let Some(own) = tx.client_by_id(*id)?.and_then(|client| client.supporter) {
            *has.entry(own).or_default() += 1;
        }
        all += 1;
    }
    // Half as many again as each would have.
    let each = all.div_ceil(u32::try_from(ids.len()).unwrap_or(u32::MAX).max(1));
    let many = (each + each.div_ceil(2)).max(1);
    for id in ids {
        let Some(person) = tx.supporter_by_id(id)? else { continue };
        let traits = tx.supporter_traits(id)?;
        let hours = person.hours.over(&context.hours);
        let who = Candidate {
            name: person.name.clone(),
            languages: traits.languages,
            aptitudes: traits.aptitudes,
            answers: traits.answers.iter().map(|span| spell(*span, &hours.calendar, now)).collect(),
            clients: has.get(&id).copied().unwrap_or(0),
            takes: traits.caps.clients(),
            many,
            away: days_away(tx, &hours, id, now)?,
        };
        supporters.push((person, who));
    }
    let since = now.before(limits::DAY * LATELY);
    let answered = tx.answered_since(since)?.into_iter().map(|(client, who, n)| ((client, who), n)).collect();
    Ok(Known { supporters, answered })
}

fn days_away(tx: &Tx<'_>, hers: &Hours, id: SupporterId, now: Timestamp) -> Result<Vec<Day>> {
    let today = hers.calendar.day_of(now);
    let off = tx.time_off(id, today)?;
    Ok((0..DAYS).map(|days| today.plus(days)).filter(|day| off.is_away(*day)).collect())
}

fn wanted(tx: &Tx<'_>, context: &Context, client: &Client, now: Timestamp) -> Result<Wanted> {
    let hours = client.hours.over(&context.hours);
    let written = tx.last_reports_came(client.id, LAST_REPORTS)?.into_iter().map(minute).collect();
    Ok(Wanted {
        locale: client.locale,
        topics: tx.topics(client.id)?,
        written,
        arrives: hours.arrive.map(|span| spell(span, &hours.calendar, now)),
    })
}

fn bond(tx: &Tx<'_>, known: &Known, client: &Client, who: &Supporter) -> Result<Bond> {
    let herself = gate::is_same_person(client, who);
    Ok(Bond {
        herself,
        excluded: !herself && !gate::may_write_to(tx, client, who)?,
        own: client.supporter == Some(who.id),
        second: client.second == Some(who.id),
        answered: known.answered.get(&(client.id, who.id)).copied().unwrap_or(0),
    })
}

fn minute(at: Timestamp) -> choosing::Minute {
    u16::try_from((at.millis() / 60_000).rem_euclid(24 * 60)).unwrap_or(0)
}

/// As clocks stand now: an hour more or less in half a year changes little.
fn spell(span: Span, calendar: &Calendar, now: Timestamp) -> Spell {
    const DAY: u16 = 24 * 60;
    let from = minute(calendar.at_clock(calendar.civil_day(now), span.from));
    Spell { from, lasts: (span.until + DAY - span.from) % DAY }
}

/// What is ordered about who fits whom.
pub(super) fn order(poster: &Poster<'_>, drawn: &Drawn, command: &Command) -> Result<Ordered> {
    match command {
        Command::SetClient { client, set } => set_client(poster, client, set),
        Command::SetSupporter { supporter, set } => set_supporter(poster, supporter, set),
        Command::Move { moves } => carry_out(poster, drawn, moves),
        _ => Ok(Ordered::Mended),
    }
}

fn set_client(poster: &Poster<'_>, client: &str, set: &ClientSet) -> Result<Ordered> {
    let client = client_of(poster.tx, client)?;
    poster.tx.set_client_traits(client.id, set)?;
    if let Some(agreed) = set.pool {
        pool::agree(poster, Side::Client, client.id.0, agreed)?;
    }
    Ok(Ordered::Mended)
}

/// A cap that is higher now may let her take what waits elsewhere.
fn set_supporter(poster: &Poster<'_>, supporter: &str, set: &SupporterSet) -> Result<Ordered> {
    let supporter = supporter_of(poster.tx, supporter)?;
    poster.tx.set_supporter_traits(supporter.id, set)?;
    if let Some(off) = set.off {
        days_off::set(poster, &supporter, off)?;
    }
    poster.tx.look_again(supporter.id, poster.now)?;
    Ok(Ordered::Mended)
}

/// Each as if it were ordered alone; one that cannot be ends all.
fn carry_out(
    poster: &Poster<'_>,
    drawn: &Drawn,
    moves: &[(ClientId, SupporterId, Option<SupporterId>)],
) -> Result<Ordered> {
    let (tx, mut alerts) = (poster.tx, 0);
    for (client, to, second) in moves {
        let client = client_of(tx, &client.0.to_string())?;
        let to = supporter_of(tx, &to.0.to_string())?;
        let second = second.map(|id| supporter_of(tx, &id.0.to_string())).transpose()?;
        alerts += assign(poster, drawn, &client, &to, second.as_ref())?;
    }
    Ok(Ordered::Assigned { alerts })
}
