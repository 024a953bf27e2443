//! Whether a supporter may have to do with a client, and take one more report: the one place that says so.
//!
//! Whatever shows a client's words to a supporter, or gives her a report, asks here first.

use super::post::Poster;
use super::walk::AGAIN;
use super::{Context, Result};
use crate::clock::Timestamp;
use crate::domain::absence::TimeOff;
use crate::domain::calendar::{Calendar, Day};
use crate::domain::command::Refusal;
use crate::domain::limits::DAY;
use crate::domain::people::{Client, Supporter, SupporterId};
use crate::domain::walk;
use crate::store::{Tx, WaitingReport};

/// What keeps a supporter from taking a report, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readiness {
    /// She may have nothing to do with this client.
    Never,
    /// She has given this report away, until she takes that back.
    GaveAway,
    /// She is away that day.
    Away,
    /// She has as many as she takes, on that day or in that month.
    Full,
    /// Nothing.
    Ready,
}

/// Whether she may have to do with a client at all. Nobody answers herself.
pub(super) fn may_write_to(tx: &Tx<'_>, client: &Client, supporter: &Supporter) -> Result<bool> {
    Ok(!is_same_person(client, supporter) && !tx.is_excluded(client.id, supporter.id)?)
}

/// One person in both roles.
pub(super) fn is_same_person(client: &Client, supporter: &Supporter) -> bool {
    client.addresses.iter().any(|address| supporter.addresses.contains(address))
}

/// How a supporter counts days: by her own clock.
pub(super) fn calendar_of(context: &Context, supporter: &Supporter) -> Calendar {
    supporter.hours.over(&context.hours).calendar
}

/// When the next day begins for somebody: the service, whose days the caps count, or one of these.
pub(super) fn next_day<'a>(
    context: &Context,
    supporters: impl Iterator<Item = &'a Supporter>,
    now: Timestamp,
) -> Timestamp {
    let begins = |calendar: &Calendar| calendar.span_of_day(calendar.day_of(now)).1;
    let hers = supporters.map(|supporter| begins(&calendar_of(context, supporter)));
    // Where clocks go back over the hour at which a day begins, it begins twice.
    let next = hers.fold(begins(&context.hours.calendar), Timestamp::min);
    if next > now { next } else { now.after(AGAIN) }
}

/// Whether she is away on a day, as she announced or as in every week: who is gets nothing new on it.
pub(super) fn is_away(tx: &Tx<'_>, supporter: SupporterId, on: Day) -> Result<bool> {
    Ok(tx.time_off(supporter, on)?.is_away(on))
}

/// Whether she is away on the day that it is, by her own clock.
pub(super) fn is_away_now(poster: &Poster<'_>, supporter: &Supporter) -> Result<bool> {
    is_away(poster.tx, supporter.id, calendar_of(poster.context, supporter).day_of(poster.now))
}

/// Whether she may take one more report of a client that comes to her at `at`; `day`: which one it is, where that is known.
pub(super) fn may_hold(
    tx: &Tx<'_>,
    context: &Context,
    client: &Client,
    supporter: &Supporter,
    day: Option<Day>,
    at: Timestamp,
) -> Result<bool> {
    Ok(readiness(tx, context, client, supporter, day, at)? == Readiness::Ready)
}

/// The same, with what stands in the way.
pub(super) fn readiness(
    tx: &Tx<'_>,
    context: &Context,
    client: &Client,
    supporter: &Supporter,
    day: Option<Day>,
    at: Timestamp,
) -> Result<Readiness> {
    if !may_write_to(tx, client, supporter)? {
        return Ok(Readiness::Never);
    }
    let today = calendar_of(context, supporter).day_of(at);
    let off = tx.time_off(supporter.id, day.map_or(today, |day| day.min(today)))?;
    if day.is_some_and(|day| off.gave_away(client.id, day)) {
        return Ok(Readiness::GaveAway);
    }
    if off.is_away(today) {
        return Ok(Readiness::Away);
    }
    let has_room = has_room(tx, &context.hours.calendar, supporter, day.map(|day| (client, day)), at)?;
    Ok(if has_room { Readiness::Ready } else { Readiness::Full })
}

/// A mail that is to go out once more carries a client's words to nobody who may have nothing to do with her.
pub(super) fn check_row(tx: &Tx<'_>, row: i64) -> Result<()> {
    let (principal, _) = tx.reader_of(row)?;
    let client = tx.client_of_row(row)?.map(|id| tx.client_by_id(id)).transpose()?.flatten();
    match (client, tx.supporter_by_principal(principal)?) {
        (Some(client), Some(supporter)) if !may_write_to(tx, &client, &supporter)? => {
            Err(Refusal::Excluded(client.name, supporter.name).into())
        }
        _ => Ok(()),
    }
}

/// Whether one more report fits under her caps; one that she held before on that day or in that month counts once.
fn has_room(
    tx: &Tx<'_>,
    calendar: &Calendar,
    supporter: &Supporter,
    report: Option<(&Client, Day)>,
    at: Timestamp,
) -> Result<bool> {
    let today = calendar.day_of(at);
    let spans = [calendar.span_of_day(today), calendar.span_of_month(today)];
    let report = report.map(|(client, day)| (client.id, day));
    let (takes, held) = tx.caps_and_held(supporter.id, spans, report)?;
    let fits =
        |(takes, held): (Option<u32>, Option<u32>)| takes.is_none_or(|takes| held.unwrap_or(0) < takes);
    Ok(fits((takes.day, held.day)) && fits((takes.month, held.month)))
}

/// From when on a supporter is away while a report waits, or has asked that somebody else answers it.
pub(super) fn away_from(
    poster: &Poster<'_>,
    supporter: &Supporter,
    report: &WaitingReport,
) -> Result<Option<Timestamp>> {
    let calendar = calendar_of(poster.context, supporter);
    let off = poster.tx.time_off(supporter.id, calendar.day_of(report.from).min(report.day))?;
    if off.gave_away(report.client, report.day) {
        return Ok(Some(report.from));
    }
    let begins = leaves_within(&calendar, &off, (report.from, report.due_at), poster.now)?;
    Ok(begins.map(|begins| begins.max(report.from)))
}

/// When the first day begins, from tomorrow on, on which a supporter is off; `None`: she has said nothing of one.
pub(super) fn next_off(poster: &Poster<'_>, supporter: &Supporter) -> Result<Option<Timestamp>> {
    let Poster { tx, context, now, .. } = *poster;
    let calendar = calendar_of(context, supporter);
    let tomorrow = calendar.day_of(now).plus(1);
    let off = tx.time_off(supporter.id, tomorrow)?;
    let announced = off.leaves().map(|days| days.from.max(tomorrow));
    let weekly = (0..7).map(|days| tomorrow.plus(days)).find(|day| off.weekly.has(*day));
    let days = weekly.into_iter().chain(announced);
    Ok(days.min().map(|day| calendar.span_of_day(day).0).filter(|at| *at > now))
}

/// When whoever gets a letter that came at `arrived` is away next, before a second day is over: by then it is due.
pub(super) fn leaves_soon(
    tx: &Tx<'_>,
    context: &Context,
    reader: Option<&Supporter>,
    arrived: Timestamp,
) -> Result<Option<Timestamp>> {
    let Some(reader) = reader else { return Ok(None) };
    let calendar = calendar_of(context, reader);
    let off = tx.time_off(reader.id, calendar.day_of(arrived))?;
    leaves_within(&calendar, &off, (arrived, arrived.after(DAY * 2)), arrived)
}

/// When the next of somebody's days off in a time begins, seen from `now`.
fn leaves_within(
    calendar: &Calendar,
    off: &TimeOff,
    time: (Timestamp, Timestamp),
    now: Timestamp,
) -> Result<Option<Timestamp>> {
    walk::leaves_within(calendar, time, now, |day| Ok(off.is_away(day)))
}
