//! Steps of reports that wait, taken when their time has come.

use std::time::Duration;

use super::acting::{self, Acting};
use super::drawn::Drawn;
use super::gate::{self, Readiness};
use super::letters::{exchanges, masked};
use super::meaning::memos;
use super::order::alert;
use super::pool::{self, Candidate};
use super::post::{Cause, Poster};
use super::{Context, EngineError, Result, truth};
use crate::clock::Timestamp;
use crate::domain::decision::{Post, Proof, Reason};
use crate::domain::hours::Hours;
use crate::domain::letter::to_supporter;
use crate::domain::limits::HOUR;
use crate::domain::notice::{self, Enclosures, Notice, Occasion};
use crate::domain::outgoing::Kind;
use crate::domain::people::{Client, Supporter, SupporterId};
use crate::domain::walk::{Stage, Step, Walk};
use crate::store::{Store, WaitingReport, Whose};

/// The mailbox is looked at every five minutes; who has not for so long does not know what lies in it.
pub(super) const BEHIND: Duration = Duration::from_secs(600);
/// When steps that nothing can be said about are looked at again.
pub(super) const AGAIN: Duration = Duration::from_secs(60);
/// Whoever could not read the mailbox within that time is trying and failing; before that she may have been away.
const FAILING: Duration = Duration::from_secs(3600);
/// So many reports are looked at in one transaction: others wait for the database meanwhile.
const AT_ONCE: usize = 64;

/// Pictures of reports of which a step may be due: with another holder they go out again.
pub(super) fn draw_ahead(store: &Store, context: &Context, now: Timestamp) -> Result<Drawn> {
    if !context.settings.privacy.pictures {
        return Ok(Drawn::default());
    }
    let reports = store.read(|tx| tx.reports_to_look_at(now, AT_ONCE))?;
    Drawn::ahead(reports.into_iter().map(|report| Whose::Client(report.client)), store, context)
}

/// When a report is looked at next.
pub(super) fn next_look(poster: &Poster<'_>) -> Result<Option<Timestamp>> {
    let (tx, now) = (poster.tx, poster.now);
    let next = tx.next_look()?;
    let behind = tx.fetch_is_behind(now.before(BEHIND))?;
    let told = pool::next_to_tell(poster)?;
    let next = next.into_iter().chain(told).min();
    Ok(next.map(|at| if behind { at.max(now.after(AGAIN)) } else { at }))
}

/// Takes every step that is due.
pub(super) fn steps(poster: &Poster<'_>, drawn: &Drawn) -> Result<()> {
    let (tx, now) = (poster.tx, poster.now);
    let taken = if !tx.fetch_is_behind(now.before(BEHIND))? {
        Taken::All
    } else if tx.fetch_fails(now.before(FAILING))? {
        Taken::Truth
    } else {
        return Ok(());
    };
    let limit = if taken == Taken::All { AT_ONCE } else { usize::MAX };
    for report in tx.reports_to_look_at(now, limit)? {
        match poster.guarded(|| look(poster, drawn, &report, taken)) {
            Err(EngineError::NotComposed(what)) => {
                tracing::error!(report = report.id, %what, "our code failed on a report that waits");
                poster.tx.walked(&report, Some(poster.now.after(HOUR)), poster.now)?;
            }
            looked => looked?,
        }
    }
    pool::tell_others(poster)
}

/// Which steps are taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Taken {
    /// All.
    All,
    /// An answer may lie in the mailbox, which cannot be read: the client hears that it may be late, and nobody else is asked.
    Truth,
}

/// Everybody around one report.
pub(super) struct Around {
    pub(super) client: Client,
    pub(super) hours: Hours,
    pub(super) holder: Option<Standing>,
    /// From when on she is away.
    away_from: Option<Timestamp>,
    /// Somebody who may take one more report, and is not.
    second: Option<Standing>,
    /// Those of the pool who can be asked.
    pool: Vec<Candidate>,
    /// Their hours.
    pool_hours: Vec<Hours>,
    /// Who is there in place of a holder who is away since then, where no step of the walk gives it to her.
    in_place: Option<(Acting, Timestamp)>,
    /// When it may be otherwise, where either of them is away or will be, or the second one has as many as she takes.
    back_at: Option<Timestamp>,
    /// An answer waits to be read: nobody else is asked.
    pub(super) read: bool,
}

/// A supporter and her hours.
pub(super) struct Standing {
    pub(super) supporter: Supporter,
    hours: Hours,
}

/// Takes what is due of one report. A reminder is left out when a later step is due as well.
fn look(poster: &Poster<'_>, drawn: &Drawn, report: &WaitingReport, taken: Taken) -> Result<()> {
    let (tx, now) = (poster.tx, poster.now);
    let Some(client) = tx.client_by_id(report.client)? else { return Ok(()) };
    let mut report = report.clone();
    if taken == Taken::All {
        pool::give(poster, drawn, &client, &mut report)?;
    }
    loop {
        let (around, due) = next(poster, &client, &report, taken)?;
        let mut soon = acting::takes_over(poster, drawn, (&client, &mut report), around.in_place)?;
        let step = match due {
            _ if soon == Some(now) => continue,
            Due::Now(step) => step,
            // What else is due is looked at as soon as the mailbox was read.
            Due::Later(_) if taken == Taken::Truth => return Ok(tx.walked(&report, Some(now), now)?),
            Due::Later(at) => {
                if soon.is_none() {
                    soon = pool::comes_home(poster, drawn, &client, &mut report)?;
                }
                let at = at.into_iter().chain(around.back_at).chain(soon).min();
                return Ok(tx.walked(&report, at, now)?);
            }
        };
        let away = around.away_from.is_some_and(|from| from <= now);
        match (step, &around.holder, &around.second) {
            (Step::Remind, holder, _) => {
                report.stage = Stage::Reminded;
                let then = walk(&around, &report).next(&poster.context.settings.promise.points);
                if let Some(holder) = holder.as_ref().filter(|_| then.is_none_or(|(_, at)| at > now)) {
                    let then = then.filter(|(step, _)| *step == Step::Second).zip(around.second.as_ref());
                    let then = then.map(|((_, at), second)| (second.supporter.name.clone(), at));
                    remind(poster, &around.client, &holder.supporter, &report, then)?;
                }
            }
            (Step::Second, holder, second) => {
                report.stage = Stage::Second;
                report.writing_until = None;
                if let Some(second) = second {
                    let own = holder.as_ref().map_or_else(String::new, |h| h.supporter.name.clone());
                    let occasion = (&Occasion::StandIn { own, away }, "second");
                    hand_over(poster, drawn, &around.client, &second.supporter, &report, occasion)?;
                    report.holder = Some(second.supporter.id);
                }
            }
            (Step::Pool, ..) => {
                pool::ask(poster, &around.client, &mut report, &around.pool)?;
                // Whoever is away does not hold it.
                report.holder = report.holder.filter(|_| !away);
            }
            (Step::Lapse, holder, _) => {
                let holder = holder.as_ref().filter(|_| !away).map(|holder| &holder.supporter);
                pool::lapse(poster, &around.client, holder, &mut report)?;
            }
            (Step::Tell, ..) => truth::tell(poster, &around, &mut report)?,
            (Step::Overdue, ..) => truth::overdue(poster, &around, &mut report)?,
        }
    }
}

fn around(poster: &Poster<'_>, client: &Client, report: &WaitingReport) -> Result<Around> {
    let holder = report.holder;
    let standing = |id: Option<SupporterId>| -> Result<Option<Standing>> {
        let supporter = id.map(|id| poster.tx.supporter_by_id(id)).transpose()?.flatten();
        let with_hours =
            |supporter: Supporter| Standing { hours: supporter.hours.over(&poster.context.hours), supporter };
        Ok(supporter.map(with_hours))
    };
    let second = standing(client.second.filter(|second| Some(*second) != holder))?;
    let ready = match &second {
        Some(Standing { supporter, .. }) => {
            gate::readiness(poster.tx, poster.context, client, supporter, Some(report.day), poster.now)?
        }
        None => Readiness::Never,
    };
    let holder = standing(holder)?;
    let away_from = match &holder {
        Some(holder) => gate::away_from(poster, &holder.supporter, report)?,
        None => None,
    };
    let read = poster.tx.is_being_read(client.id, report.day)?;
    let since = away_since(poster, holder.as_ref(), away_from)?;
    // Else the walk gives it to the second one.
    let in_place = since.filter(|_| ready != Readiness::Ready || report.stage == Stage::Second);
    let in_place = match in_place.filter(|_| report.pool_until.is_none() && !read) {
        Some(since) => acting::in_place(poster, client, report)?.map(|acting| (acting, since)),
        None => None,
    };
    let asks = client.pool && report.pool_until.is_none() && in_place.is_none();
    let asks = asks && !pool::is_past(poster, client, report)?;
    let own = standing(client.supporter)?;
    let all = own.iter().chain(&second).chain(&holder).map(|standing| &standing.supporter);
    let next_day = gate::next_day(poster.context, all, poster.now);
    let away = (since.and(holder.as_ref()), since.and(own.as_ref()));
    let may_change = may_change(poster, (client, report), ready, away)?;
    let back_at = match &holder {
        _ if may_change => Some(next_day),
        // Nothing else brings a look behind the day of the promise.
        Some(holder) if report.told_at.is_some() && since.is_none() => {
            gate::next_off(poster, &holder.supporter)?
        }
        _ => None,
    };
    let back_at = back_at.or(away_from.filter(|from| *from > poster.now));
    Ok(Around {
        pool_hours: pool::awake(poster.context, asks),
        pool: Vec::new(),
        hours: client.hours.over(&poster.context.hours),
        holder,
        away_from,
        second: second.filter(|_| ready == Readiness::Ready),
        in_place,
        back_at: if read { Some(poster.now.after(HOUR)) } else { back_at },
        read,
        client: client.clone(),
    })
}

/// Whether another day may change who can have a report. `holder`, `own`: its holder and the client's own supporter, where the
/// holder is away. What she has given away she has given away for ever.
fn may_change(
    poster: &Poster<'_>,
    (client, report): (&Client, &WaitingReport),
    second: Readiness,
    (holder, own): (Option<&Standing>, Option<&Standing>),
) -> Result<bool> {
    let Poster { tx, context, now, .. } = *poster;
    let off = holder.map(|it| gate::is_away(tx, it.supporter.id, it.hours.calendar.day_of(now)));
    let own = own.filter(|own| Some(own.supporter.id) != report.holder);
    let own = own.map(|own| gate::readiness(tx, context, client, &own.supporter, Some(report.day), now));
    let waits = |it: Readiness| matches!(it, Readiness::Away | Readiness::Full);
    Ok(off.transpose()? == Some(true) || waits(second) || own.transpose()?.is_some_and(waits))
}

/// Since when a report's holder is away; `None`: she is there.
fn away_since(
    poster: &Poster<'_>,
    holder: Option<&Standing>,
    away_from: Option<Timestamp>,
) -> Result<Option<Timestamp>> {
    let Some(Standing { supporter, hours }) = holder else { return Ok(None) };
    let today = hours.calendar.day_of(poster.now);
    let off = gate::is_away(poster.tx, supporter.id, today)?;
    let today = Some(hours.calendar.span_of_day(today).0).filter(|_| off);
    Ok(away_from.filter(|from| *from <= poster.now).or(today))
}

pub(super) fn walk<'a>(around: &'a Around, report: &WaitingReport) -> Walk<'a> {
    Walk {
        stage: report.stage,
        told_at: report.told_at,
        overdue_at: report.overdue_at,
        from: report.from,
        due_at: report.due_at,
        writing_until: report.writing_until,
        holder: around.holder.as_ref().map(|standing| &standing.hours),
        away_from: around.away_from,
        second: around.second.as_ref().map(|standing| &standing.hours),
        pool: &around.pool_hours,
        pool_asked_at: report.pool_asked_at,
        pool_until: report.pool_until,
        client: &around.hours,
    }
}

/// What is to be done of a report.
enum Due {
    /// This step, now.
    Now(Step),
    /// Nothing before that time; `None`: nothing any more.
    Later(Option<Timestamp>),
}

/// A step whose time came while the machine stood still, or that a leave brought forward, does not wake anybody either:
/// it waits until she is up, and the others do not wait with it.
fn due(context: &Context, around: &Around, report: &WaitingReport, now: Timestamp, taken: Taken) -> Due {
    let mut walk = walk(around, report);
    if taken == Taken::Truth || around.read {
        (walk.holder, walk.second, walk.pool) = (None, None, &[]);
    }
    if around.read {
        // Whoever of the pool has answered has had no more time than she needed.
        walk.pool_until = None;
    }
    let mut later = None::<Timestamp>;
    let sooner = |later: Option<Timestamp>, at| Some(later.map_or(at, |later: Timestamp| later.min(at)));
    loop {
        let Some((step, at)) = walk.next(&context.settings.promise.points) else { return Due::Later(later) };
        if at > now {
            return Due::Later(sooner(later, at));
        }
        let wakes = match step {
            Step::Remind | Step::Lapse => walk.holder.map(|hours| hours.waking(now)),
            Step::Second => walk.second.map(|hours| hours.waking(now)),
            Step::Pool => walk.pool.iter().map(|hours| hours.waking(now)).min(),
            Step::Tell | Step::Overdue => None,
        };
        let Some(at) = wakes.filter(|at| *at > now) else { return Due::Now(step) };
        later = sooner(later, at);
        match step {
            Step::Remind => walk.stage = walk.stage.max(Stage::Reminded),
            // Nobody is asked in place of the second one because she sleeps.
            Step::Second => (walk.second, walk.pool) = (None, &[]),
            Step::Lapse => walk.holder = None,
            Step::Pool | Step::Tell | Step::Overdue => walk.pool = &[],
        }
    }
}

/// Everybody around a report, and what is to be done of it. Who of the pool can be asked is looked for when the time to ask
/// has come, which of most reports it never does: until then somebody who is always awake stands for them.
fn next(poster: &Poster<'_>, client: &Client, report: &WaitingReport, how: Taken) -> Result<(Around, Due)> {
    let mut around = around(poster, client, report)?;
    // The answer may lie in the mailbox.
    around.in_place = around.in_place.filter(|_| how == Taken::All);
    let mut next = due(poster.context, &around, report, poster.now, how);
    if matches!(next, Due::Now(Step::Pool)) {
        (around.pool, around.pool_hours) = pool::found(poster, client, report)?;
        next = due(poster.context, &around, report, poster.now, how);
    }
    Ok((around, next))
}

/// The same step of the same round of a report is one cause, whatever was put back meanwhile.
pub(super) fn cause(client: &Client, report: &WaitingReport, step: &str) -> Cause {
    let (day, from, due) = (report.day, report.from.millis(), report.due_at.millis());
    Cause::Event(format!("walk|{:012x}|{day}|{from}|{due}|{step}", client.thread_ref))
}

/// The whole report in one mail, so that answering the reminder is answering it.
fn remind(
    poster: &Poster<'_>,
    client: &Client,
    holder: &Supporter,
    report: &WaitingReport,
    next: Option<(String, Timestamp)>,
) -> Result<()> {
    let Poster { tx, context, .. } = poster;
    let letters = tx.waiting_letters(client.id, holder.id)?;
    let letters: Vec<_> = letters.into_iter().filter(|letter| letter.day == report.day).collect();
    let Some(first) = letters.first() else { return Ok(()) };
    let mask = |text: &str| masked(context, text, Some(client), Some(holder));
    let texts: Vec<String> = letters.iter().map(|letter| mask(&letter.text)).collect();
    let texts = texts.iter().map(|text| text.trim_matches('\n')).filter(|text| !text.is_empty());
    let notice = Notice::Alert(notice::Alert {
        client: client.name.clone(),
        supporter: holder.name.clone(),
        day: report.day,
        addition: false,
        subject: mask(&first.own_subject),
        text: texts.collect::<Vec<_>>().join("\n\n"),
        pictures: Vec::new(),
        enclosures: Enclosures::default(),
        unproven: context.settings.auth.mode.proves() && letters.iter().any(|l| l.proof != Proof::Proven),
        junk: false,
        too_large: letters.iter().filter_map(|l| l.too_large).max().map(|octets| (octets >> 20).max(1)),
        goal: client.goal.clone(),
        about: String::new(),
        due_at: report.due_at,
        memos: memos(tx, context, client, Some(holder), report.day)?,
        exchanges: exchanges(tx, context, client, Some(holder), Some(&first.digest))?,
        last: None,
        occasion: Occasion::Reminder { next },
    });
    let post = to_supporter(client, holder.clone(), Kind::Alert, notice, first.digest);
    poster.enqueue(
        &[Post { day: Some(report.day), ..post }],
        &cause(client, report, "remind"),
        Reason::Reminded,
    )?;
    Ok(())
}

/// Who holds a report from now on gets what waits of it.
pub(super) fn hand_over(
    poster: &Poster<'_>,
    drawn: &Drawn,
    client: &Client,
    to: &Supporter,
    report: &WaitingReport,
    (occasion, step): (&Occasion, &str),
) -> Result<()> {
    let mut posts = Vec::new();
    for letter in poster.tx.waiting_letters(client.id, to.id)? {
        if letter.day == report.day {
            posts.push(alert(poster, drawn, client, to, &letter, occasion.clone())?);
        }
    }
    // Whoever has just said that she takes it is up.
    let taken = matches!(occasion, Occasion::Pool { .. });
    let reason = if taken { Reason::PoolTaken } else { Reason::HandedOver };
    poster.enqueue(&posts, &cause(client, report, step), reason)?;
    Ok(())
}
