//! Leaves that begin and end: whoever stands in gets to know the clients, they hear her name, and who comes back hears what
//! happened meanwhile and gets what waits.

use super::drawn::Drawn;
use super::gate::{self, Readiness};
use super::letters::{last_exchanges, masked, without};
use super::order::alert;
use super::post::{Cause, Poster};
use super::walk::{AGAIN, BEHIND};
use super::{Context, EngineError, Result, leaving};
use crate::clock::Timestamp;
use crate::domain::absence::{Absence, Days};
use crate::domain::calendar::Day;
use crate::domain::days_off::Weekdays;
use crate::domain::decision::Reason;
use crate::domain::handover::{
    self, Look, Waiting, comes_back, in_short, introduction, is_for, is_worth_telling, to_own, to_second,
};
use crate::domain::limits::HOUR;
use crate::domain::notice::{self, Notice, Occasion};
use crate::domain::people::{Client, Supporter, SupporterId};
use crate::store::{Handover, Store, Tx, WaitingReport, Whose};

/// So many absences are looked at in one transaction.
const AT_ONCE: usize = 32;
/// So many letters of a client are shown to whoever stands in, and to whoever comes back.
const EXCHANGES: usize = 6;
const EVENTS: usize = 30;

/// Pictures of reports that may come back.
pub(super) fn draw_ahead(store: &Store, context: &Context, now: Timestamp) -> Result<Drawn> {
    if !context.settings.privacy.pictures {
        return Ok(Drawn::default());
    }
    let whose = store.read(|tx| -> Result<Vec<Whose>> {
        let mut whose = Vec::new();
        for leave in tx.leaves_to_look_at(now, AT_ONCE)? {
            let Some(own) = tx.supporter_by_id(leave.supporter)? else { continue };
            let today = gate::calendar_of(context, &own).day_of(now);
            let over = leave.withdrawn || leave.days.until < today;
            let handovers = if over { tx.handovers(leave.number)? } else { Vec::new() };
            whose.extend(handovers.iter().map(|it| Whose::Client(it.client)));
        }
        Ok(whose)
    })?;
    Drawn::ahead(whose, store, context)
}

/// When an absence is looked at next.
pub(super) fn next_look(poster: &Poster<'_>) -> Result<Option<Timestamp>> {
    let (tx, now) = (poster.tx, poster.now);
    let behind = tx.fetch_is_behind(now.before(BEHIND))?;
    Ok(tx.next_leave()?.map(|at| if behind { at.max(now.after(AGAIN)) } else { at }))
}

/// Does what is due of every absence. She may have taken it back in a mail that was not read so far.
pub(super) fn steps(poster: &Poster<'_>, drawn: &Drawn) -> Result<()> {
    let (tx, now) = (poster.tx, poster.now);
    if tx.fetch_is_behind(now.before(BEHIND))? {
        return Ok(());
    }
    for absence in tx.leaves_to_look_at(now, AT_ONCE)? {
        let next = match poster.guarded(|| look(poster, drawn, &absence)) {
            Err(EngineError::NotComposed(what)) => {
                tracing::error!(absence = absence.id, %what, "our code failed on an absence");
                Some(now.after(HOUR))
            }
            looked => looked?,
        };
        tx.leave_looked_at(absence.number, next)?;
    }
    Ok(())
}

/// Does what is due of one; says when it is looked at next.
fn look(poster: &Poster<'_>, drawn: &Drawn, absence: &Absence) -> Result<Option<Timestamp>> {
    let tx = poster.tx;
    let Some(own) = tx.supporter_by_id(absence.supporter)? else { return Ok(None) };
    let calendar = gate::calendar_of(poster.context, &own);
    if let Some(leaving) = tx.leaving_of(own.id)?.filter(|leaving| leaving.number == absence.number) {
        return leaving::look(poster, &own, leaving);
    }
    let today = calendar.day_of(poster.now);
    let begun = tx.open_leaves(own.id)?.iter().any(|open| open.number == absence.number);
    let away = gate::is_away(tx, own.id, today)?;
    let begins = |day: Day| {
        let at = calendar.at_clock(day, calendar.day_starts_at);
        // Where clocks go back over the hour at which a day begins, it begins twice.
        if at > poster.now { at } else { poster.now.after(AGAIN) }
    };
    match handover::look(absence, begun, today, away) {
        Look::Nothing => match tx.back_at(absence.number)? {
            Some(_) if away => tell_clients(poster, &own, absence.number, (begins(today.plus(1)), today)),
            Some(back) => tell_clients(poster, &own, absence.number, (back.after(HOUR), today)),
            None => Ok(None),
        },
        Look::Wait(day) => Ok(Some(begins(day))),
        Look::Away => {
            tx.leave_began(absence.number, poster.now)?;
            let due = tx.announced_at(absence.number)?;
            let due = calendar.at_clock(absence.days.from, calendar.day_starts_at).max(due);
            let waits = hand_over(poster, (absence, due), &own, today)?;
            Ok(waits.into_iter().chain([begins(today.plus(1))]).min())
        }
        Look::Back => come_back(poster, drawn, &own, today),
    }
}

/// The last day on which she is away without a day between; for who is off on every day there is none but her leave's.
fn last_day(tx: &Tx<'_>, own: SupporterId, today: Day) -> Result<Day> {
    let off = tx.time_off(own, today)?;
    let is_off = |day| off.weekly != Weekdays::ALL && off.weekly.has(day);
    let mut last = today;
    loop {
        let next = last.plus(1);
        last = match off.away_until(next) {
            Some(until) => until,
            None if is_off(next) => next,
            None => return Ok(last),
        };
    }
}

/// Whoever stands in gets the letter, and the clients hear of it, each when she is up. Says when the next one is.
fn hand_over(
    poster: &Poster<'_>,
    (absence, due): (&Absence, Timestamp),
    own: &Supporter,
    today: Day,
) -> Result<Option<Timestamp>> {
    let (tx, now, hours) = (poster.tx, poster.now, &poster.context.hours);
    let until = last_day(tx, own.id, today)?;
    let mut seconds: Vec<Supporter> = Vec::new();
    for client in tx.clients_of(own.id)? {
        let Some(second) = client.second.map(|id| tx.supporter_by_id(id)).transpose()?.flatten() else {
            continue;
        };
        // Caps are about letters, and not about days.
        let ready = gate::readiness(tx, poster.context, &client, &second, None, now)?;
        if matches!(ready, Readiness::Ready | Readiness::Full) {
            tx.hand_over(absence.number, client.id, second.id, until)?;
            if seconds.iter().all(|known| known.id != second.id) {
                seconds.push(second);
            }
        }
    }
    let (mut next, rows) = (Vec::new(), tx.handovers(absence.number)?);
    for second in &seconds {
        let hers = rows.iter().filter(|row| row.second == second.id);
        let untold: Vec<&Handover> = hers.clone().filter(|row| !row.told).collect();
        match second.hours.over(hours).waking(now) {
            _ if untold.is_empty() => {}
            at if at > now => next.push(at),
            _ => letter(poster, (absence.number, today, due), own, second, &untold)?,
        }
        for row in hers {
            next.extend(introduce(poster, (today, due), own, second, row)?);
        }
    }
    Ok(next.into_iter().min())
}

/// The client of a row, while she is whose client she was.
fn client_of(tx: &Tx<'_>, own: &Supporter, row: &Handover) -> Result<Option<Client>> {
    Ok(tx.client_by_id(row.client)?.filter(|client| client.supporter == Some(own.id)))
}

/// One letter about all clients whom she does not know so far.
fn letter(
    poster: &Poster<'_>,
    (number, today, due): (u64, Day, Timestamp),
    own: &Supporter,
    second: &Supporter,
    rows: &[&Handover],
) -> Result<()> {
    let (tx, context) = (poster.tx, poster.context);
    let (mut clients, mut threads, mut until) = (Vec::new(), Vec::new(), today);
    for row in rows {
        tx.handed_over(row, poster.now)?;
        let Some(client) = client_of(tx, own, row)? else { continue };
        let about = tx.description(client.id)?;
        let mask = |text: &str| {
            let text = masked(context, text, Some(&client), Some(second));
            without(context, &text, &own.addresses.iter().collect::<Vec<_>>()).trim().to_owned()
        };
        until = until.max(row.until);
        threads.push(client.thread_ref);
        clients.push(notice::Portrait {
            client: client.name.clone(),
            goal: mask(&client.goal),
            about: mask(&about.about),
            note: mask(&about.note),
            exchanges: last_exchanges(tx, context, &client, Some(second), EXCHANGES)?,
        });
    }
    if clients.is_empty() {
        return Ok(());
    }
    let (mut lines, hers) = (Vec::new(), tx.clients_of(own.id)?);
    for absence in tx.absences_of(own.id, today)?.iter().filter(|absence| absence.days.from <= until) {
        let said = tx.lines_of(absence.number)?.into_iter();
        lines.extend(said.filter(|line| is_for(line, &hers, second.id)));
    }
    let days = Days { from: today, until };
    let notice = Notice::Handover(notice::Handover { own: own.name.clone(), days, lines, clients });
    threads.sort_unstable();
    let cause = Cause::Due(format!("handover|{number:012x}|{threads:x?}"), due);
    poster.enqueue(&[to_second(second, number, notice)], &cause, Reason::HandedOver)?;
    Ok(())
}

/// The last day on which she is away where days off of every week follow a day that was named as the last, and were said
/// after that; `None`: none do. What another leave adds is told when that begins.
fn goes_on(tx: &Tx<'_>, own: SupporterId, named: Day) -> Result<Option<Day>> {
    let next = named.plus(1);
    let off = tx.time_off(own, next)?;
    if off.weekly == Weekdays::ALL || !off.weekly.has(next) || off.away_until(next).is_some() {
        return Ok(None);
    }
    Ok(Some(last_day(tx, own, next)?))
}

/// The client hears who reads her letters, and once more where she was told a last day that is none any more; says when she is
/// up, if she sleeps.
fn introduce(
    poster: &Poster<'_>,
    (today, due): (Day, Timestamp),
    own: &Supporter,
    second: &Supporter,
    row: &Handover,
) -> Result<Option<Timestamp>> {
    let (tx, now) = (poster.tx, poster.now);
    let later = goes_on(tx, own.id, row.until)?;
    if row.introduced && later.is_none() {
        return Ok(None);
    }
    let days = Days { from: today, until: later.unwrap_or(row.until) };
    let client = client_of(tx, own, row)?.filter(|client| !client.paused && is_worth_telling(days));
    let Some(client) = client else { return Ok(None) };
    let at = client.hours.over(&poster.context.hours).waking(now);
    if at > now {
        return Ok(Some(at));
    }
    tx.introduced(row, days.until, now)?;
    let (name, second_name) = (own.name.clone(), second.name.clone());
    let notice = notice::StandIn { own: name, second: second_name, days, over: false };
    let (thread, whom) = (client.thread_ref, second.principal_ref);
    let once_more = later.filter(|_| row.introduced).map_or_else(String::new, |until| format!("|{until}"));
    let cause = format!("stand-in|{:012x}|{thread:012x}|{whom:08x}{once_more}", row.number);
    let cause = Cause::Due(cause, due);
    poster.enqueue(&[introduction(&client, notice)], &cause, Reason::HandedOver)?;
    Ok(None)
}

/// She is back, and up: everybody hears what concerns her. Else says when.
fn come_back(poster: &Poster<'_>, drawn: &Drawn, own: &Supporter, today: Day) -> Result<Option<Timestamp>> {
    let (tx, now, hours) = (poster.tx, poster.now, &poster.context.hours);
    let leaves = tx.open_leaves(own.id)?;
    let mut rows: Vec<Handover> = Vec::new();
    for leave in &leaves {
        rows.extend(tx.handovers(leave.number)?);
    }
    rows.retain(|row| row.told);
    rows.sort_by_key(|row| (row.client.0, row.second.0, row.until));
    // Of an absence that another one went on after, the last.
    rows.reverse();
    rows.dedup_by_key(|row| (row.client, row.second));
    rows.reverse();
    let mut seconds = Vec::new();
    for row in &rows {
        if !seconds.iter().any(|known: &Supporter| known.id == row.second) {
            seconds.extend(tx.supporter_by_id(row.second)?);
        }
    }
    // Who stood in is up as well, unless the two are never up together: then her mail waits for her.
    let up = own.hours.over(hours).waking(now);
    let all_up = seconds.iter().fold(up, |at, second| second.hours.over(hours).waking(at));
    let at = if own.hours.over(hours).waking(all_up) == all_up { all_up } else { up };
    if at > now {
        return Ok(Some(at));
    }
    tx.leaves_ended(own.id, now)?;
    let Some(first) = leaves.first() else { return Ok(None) };
    let numbers = leaves.iter().map(|leave| leave.number).collect();
    let back = Return { own, first, numbers, today };
    back.tell(poster, drawn, &rows, &seconds)?;
    tell_clients(poster, own, first.number, (now.after(HOUR), today))
}

/// A client who was told that she is away for longer hears that she is not, an hour after she came back: whoever takes a leave
/// back in order to say it anew has done so by then. While she is away
/// again, it waits. Says when, until then.
fn tell_clients(
    poster: &Poster<'_>,
    own: &Supporter,
    number: u64,
    (at, today): (Timestamp, Day),
) -> Result<Option<Timestamp>> {
    let tx = poster.tx;
    let mut told = tx.last_days_told(number)?;
    let mut numbers: Vec<u64> = told.iter().map(|row| row.number).collect();
    numbers.dedup();
    told.retain(|row| row.until >= today);
    if at > poster.now {
        return Ok(Some(at).filter(|_| !told.is_empty()));
    }
    for row in told {
        let client = client_of(tx, own, &row)?.filter(|client| !client.paused);
        let second = tx.supporter_by_id(row.second)?;
        let (Some(client), Some(second)) = (client, second) else { continue };
        let days = Days { from: today, until: row.until };
        let notice = notice::StandIn { own: own.name.clone(), second: second.name, days, over: true };
        let cause = format!("back-early|{numbers:x?}|{:012x}", client.thread_ref);
        poster.enqueue(&[introduction(&client, notice)], &Cause::Due(cause, at), Reason::Back)?;
    }
    Ok(None)
}

/// One return.
struct Return<'a> {
    own: &'a Supporter,
    /// The absence with which it began.
    first: &'a Absence,
    /// All of it.
    numbers: Vec<u64>,
    today: Day,
}

impl Return<'_> {
    fn tell(
        &self,
        poster: &Poster<'_>,
        drawn: &Drawn,
        rows: &[Handover],
        seconds: &[Supporter],
    ) -> Result<()> {
        let last = rows.iter().map(|row| row.until).max().unwrap_or(self.today);
        let (early, own) = (self.today <= last, self.own.name.clone());
        let long = early || is_worth_telling(Days { from: self.first.days.from, until: last });
        let calendar = gate::calendar_of(poster.context, self.own);
        let due = calendar.at_clock(last.plus(1), calendar.day_starts_at).min(poster.now);
        let cause = Cause::Due(format!("back|{:x?}", self.numbers), due);
        let mut clients: Vec<notice::Meanwhile> = Vec::new();
        for second in seconds {
            let mut back = notice::GivenBack { own: own.clone(), early, gone: Vec::new(), kept: Vec::new() };
            for row in rows.iter().filter(|row| row.second == second.id) {
                let Some(client) = client_of(poster.tx, self.own, row)? else { continue };
                let told = self.meanwhile(poster, (drawn, due), &client, second, &mut back)?;
                // Where two stood in, one after the other, what waits is said once, as it is now.
                match clients.iter_mut().find(|known| known.client == told.client) {
                    Some(known) => *known = told,
                    None => clients.push(told),
                }
            }
            if long || !back.gone.is_empty() || !back.kept.is_empty() {
                let post = to_second(second, self.first.number, Notice::GivenBack(back));
                poster.enqueue(&[post], &cause, Reason::Back)?;
            }
        }
        let quiet = |client: &notice::Meanwhile| client.events.is_empty() && client.waiting.is_empty();
        if !clients.is_empty() && (long || !clients.iter().all(quiet)) {
            let notice = Notice::Back(notice::Back { own, early, clients });
            poster.enqueue(&[to_own(self.own, self.first.number, notice)], &cause, Reason::Back)?;
        }
        Ok(())
    }

    /// What happened with one client; what waits of her comes back, or stays.
    fn meanwhile(
        &self,
        poster: &Poster<'_>,
        (drawn, due): (&Drawn, Timestamp),
        client: &Client,
        second: &Supporter,
        back: &mut notice::GivenBack,
    ) -> Result<notice::Meanwhile> {
        let (tx, context) = (poster.tx, poster.context);
        let calendar = gate::calendar_of(context, self.own);
        let since = calendar.at_clock(self.first.days.from, calendar.day_starts_at);
        let happened = tx.happened(client.id, self.own.id, since, EVENTS)?;
        let events = happened.into_iter().map(|it| {
            let text = masked(context, &it.text, Some(client), Some(self.own));
            (calendar.day_of(it.at), it.author.unwrap_or_else(|| client.name.clone()), in_short(&text))
        });
        let mut waiting = Vec::new();
        for report in tx.all_waiting()?.iter().filter(|report| report.client == client.id) {
            let named = (client.name.clone(), report.day);
            let (mut holder, hers) = (report.holder, report.holder == Some(second.id));
            if hers || holder.is_none() {
                match self.give_back(poster, (drawn, due), client, second, report)? {
                    true => holder = Some(self.own.id),
                    // Nobody has it, and she does not either: the office knows of it.
                    false if !hers => continue,
                    false => {}
                }
                if hers {
                    let comes = holder == Some(self.own.id);
                    if comes { &mut back.gone } else { &mut back.kept }.push(named);
                }
            }
            let other = holder.filter(|id| *id != self.own.id);
            let other = other.map(|id| tx.supporter_by_id(id)).transpose()?.flatten();
            waiting.push((report.day, report.due_at, other.map(|other| other.name)));
        }
        let (name, second) = (client.name.clone(), second.name.clone());
        Ok(notice::Meanwhile { client: name, second, events: events.collect(), waiting })
    }

    /// What waits comes back with an alert, unless somebody is at it. True when it did.
    fn give_back(
        &self,
        poster: &Poster<'_>,
        (drawn, due): (&Drawn, Timestamp),
        client: &Client,
        second: &Supporter,
        report: &WaitingReport,
    ) -> Result<bool> {
        let (tx, now) = (poster.tx, poster.now);
        let held = tx.answer_is_held(client.id, report.day)?;
        // Where nobody has it, the client was told no name that she may wait for.
        let told = report.told_at.is_some() && report.holder.is_some();
        let waiting = Waiting { writing_until: report.writing_until, told, held };
        let may = gate::may_hold(tx, poster.context, client, self.own, Some(report.day), now)?;
        if !may || !comes_back(&waiting, now) {
            return Ok(false);
        }
        tx.give_back(report.id, self.own.id, now)?;
        tx.note_holder(client.id, report.day, now)?;
        let mut posts = Vec::new();
        for letter in tx.waiting_letters(client.id, self.own.id)? {
            if letter.day == report.day {
                let occasion = Occasion::Back { second: second.name.clone() };
                posts.push(alert(poster, drawn, client, self.own, &letter, occasion)?);
            }
        }
        let (number, thread) = (self.first.number, client.thread_ref);
        let cause = Cause::Due(format!("back|{number:012x}|{thread:012x}|{}", report.day), due);
        poster.enqueue(&posts, &cause, Reason::Back)?;
        Ok(true)
    }
}
