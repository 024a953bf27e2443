//! The pool, asked and heard: who can be asked for a report, the question, the letters for whoever takes them, and what the
//! others are told.

use data_encoding::HEXLOWER;

use super::acting::{Acting, acting};
use super::drawn::Drawn;
use super::gate;
use super::gather;
use super::letters::Thread;
use super::order;
use super::post::{Cause, Poster};
use super::walk;
use super::{Context, Result};
use crate::clock::Timestamp;
use crate::domain::calendar::Day;
use crate::domain::command::Ordered;
use crate::domain::decision::{Change, Decision, End, Proof, Reason};
use crate::domain::hours::Hours;
use crate::domain::limits::{DAY, HOUR};
use crate::domain::notice::{self, Occasion, Why};
use crate::domain::people::{Client, ClientId, Side, Supporter, SupporterId};
use crate::domain::pool::{self, Length, PoolSaid, Stand, Willing, willing};
use crate::domain::understand::Understood;
use crate::domain::walk::Stage;
use crate::store::{AskFacts, TakenAsk, Tx, WaitingReport};

/// One of the pool and her hours.
pub(super) struct Candidate {
    supporter: Supporter,
    pub(super) hours: Hours,
}

/// So often one is asked for the same report, at most: once more after it came back from another.
const TIMES: i64 = 2;

/// Who can be asked for a client's report (or for one that comes now), those who are asked first before all others. When
/// so many are found who are awake, nobody else is looked for.
pub(super) fn candidates(
    tx: &Tx<'_>,
    context: &Context,
    client: &Client,
    (report, day): (Option<&WaitingReport>, Day),
    now: Timestamp,
    mut enough: usize,
) -> Result<Vec<Candidate>> {
    if !client.pool || context.settings.promise.points.pool.is_none() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for (id, often) in tx.pool_for(report.map(|report| (report.id, report.from)), client.locale, now)? {
        let holds = report.and_then(|report| report.holder) == Some(id);
        if holds || often >= TIMES {
            continue;
        }
        let Some(supporter) = tx.supporter_by_id(id)? else { continue };
        if may_take(tx, context, client, &supporter, day, now)? {
            let hours = supporter.hours.over(&context.hours);
            enough = enough.saturating_sub(usize::from(hours.waking(now) <= now));
            found.push(Candidate { hours, supporter });
        }
        if enough == 0 {
            break;
        }
    }
    Ok(found)
}

/// Who is asked for a report that waits, or can be when they wake; and their hours.
pub(super) fn found(
    poster: &Poster<'_>,
    client: &Client,
    report: &WaitingReport,
) -> Result<(Vec<Candidate>, Vec<Hours>)> {
    let Poster { tx, context, now, .. } = *poster;
    let enough = context.settings.promise.pool.ask;
    let found = candidates(tx, context, client, (Some(report), report.day), now, enough)?;
    let hours = found.iter().map(|one| one.hours.clone()).collect();
    Ok((found, hours))
}

/// Who stands for all of them until they are looked for: somebody who is always awake.
pub(super) fn awake(context: &Context, may_be_asked: bool) -> Vec<Hours> {
    let awake = Hours { quiet: None, ..context.hours.clone() };
    Some(awake).filter(|_| may_be_asked).into_iter().collect()
}

/// Whether one of the pool may take a client's report: both agreed to it, she is neither of the two who have had it, and may
/// hold it.
fn may_take(
    tx: &Tx<'_>,
    context: &Context,
    client: &Client,
    supporter: &Supporter,
    day: Day,
    now: Timestamp,
) -> Result<bool> {
    let of_hers = [client.supporter, client.second].contains(&Some(supporter.id));
    Ok(client.pool
        && supporter.pool
        && !of_hers
        && gate::may_hold(tx, context, client, supporter, Some(day), now)?)
}

/// Whether she took a client's report, and is neither of the two whom the client knows.
pub(super) fn took(tx: &Tx<'_>, client: &Client, supporter: &Supporter, day: Option<Day>) -> Result<bool> {
    let known = [client.supporter, client.second].contains(&Some(supporter.id));
    match day.filter(|_| !known) {
        Some(day) => Ok(tx.took_from_pool(supporter.id, client.id, day)?),
        None => Ok(false),
    }
}

/// Somebody agreed to the pool, or does no longer.
pub(super) fn join(poster: &Poster<'_>, side: Side, person: &str, agreed: bool) -> Result<Ordered> {
    let (id, before) = match side {
        Side::Client => order::client_of(poster.tx, person).map(|client| (client.id.0, client.pool))?,
        Side::Supporter => order::supporter_of(poster.tx, person).map(|one| (one.id.0, one.pool))?,
    };
    agree(poster, side, id, agreed)?;
    Ok(Ordered::Pool { changed: before != agreed })
}

/// The same of whoever has that row. A question that nobody needs to answer any more, and that has not gone out, does not.
pub(super) fn agree(poster: &Poster<'_>, side: Side, id: i64, agreed: bool) -> Result<()> {
    let Poster { tx, now, .. } = *poster;
    tx.set_pool(side, id, agreed, now)?;
    for ask in tx.closed_asks()?.into_iter().filter(|ask| ask.unsent) {
        tx.cancel_ask(ask.number, now)?;
        tx.end_ask(ask.number, now)?;
    }
    Ok(())
}

/// The number of the `n`-th question to a supporter about a report: the same in every life of the database.
fn number_of(
    context: &Context,
    client: &Client,
    report: &WaitingReport,
    supporter: &Supporter,
    n: i64,
) -> u64 {
    let (day, from, due) = (report.day, report.from.millis(), report.due_at.millis());
    let (thread, principal) = (client.thread_ref, supporter.principal_ref);
    context.keys.numbered(&format!("ask|{thread:012x}|{day}|{from}|{due}|{principal:08x}|{n}"))
}

/// Whether the receiving server refutes every letter of a report.
pub(super) fn forged(poster: &Poster<'_>, client: &Client, report: &WaitingReport) -> Result<bool> {
    Ok(poster.tx.are_all_refuted(client.id, report.day)?)
}

/// Whether the pool is not asked for a report: it is late by more than a day, and the office has it, or all of it is refuted.
pub(super) fn is_past(poster: &Poster<'_>, client: &Client, report: &WaitingReport) -> Result<bool> {
    Ok(poster.now > report.due_at.after(DAY) || forged(poster, client, report)?)
}

/// The next ones who are awake are asked.
pub(super) fn ask(
    poster: &Poster<'_>,
    client: &Client,
    report: &mut WaitingReport,
    candidates: &[Candidate],
) -> Result<()> {
    let Poster { tx, context, now, .. } = *poster;
    let terms = context.settings.promise.pool;
    let letters = tx.waiting_letters(client.id, SupporterId(0))?;
    let letters: Vec<_> = letters.into_iter().filter(|letter| letter.day == report.day).collect();
    let hours = client.hours.over(&context.hours);
    let pictures = if context.settings.privacy.pictures { tx.pictures_of(report.id)? } else { 0 };
    let notice = notice::PoolAsk {
        language: client.locale,
        length: Length::of(letters.iter().map(|letter| letter.text.as_str())),
        pictures,
        due_at: if report.due_at > now { report.due_at } else { hours.due_at(now) },
        minutes: terms.hold.as_secs() / 60,
    };
    for Candidate { supporter, .. } in
        candidates.iter().filter(|one| one.hours.waking(now) <= now).take(terms.ask)
    {
        let n = tx.asked_before_for(report, supporter.id)?;
        let number = number_of(context, client, report, supporter, n);
        tx.add_ask(number, report, supporter.id, now)?;
        let post = pool::ask(supporter, client, report.day, number, notice.clone());
        poster.enqueue(&[post], &Cause::Event(format!("ask|{number:012x}")), Reason::PoolAsked)?;
    }
    report.pool_asked_at = Some(now);
    Ok(())
}

/// Whoever said that she takes a report gets its letters; whoever held it hears so, unless she sleeps. Where the client has
/// left the pool meanwhile, she gets nothing.
pub(super) fn give(
    poster: &Poster<'_>,
    drawn: &Drawn,
    client: &Client,
    report: &mut WaitingReport,
) -> Result<()> {
    let Poster { tx, context, now, .. } = *poster;
    let (Some(until), Some(taken)) = (report.pool_until, tx.taken_ask(report)?) else { return Ok(()) };
    let named = |id: Option<SupporterId>| id.map(|id| tx.supporter_by_id(id)).transpose();
    let (Some(holder), false) = (named(report.holder)?.flatten(), taken.given) else { return Ok(()) };
    let step = step("pool", &taken);
    if !client.pool {
        lapse(poster, client, None, report)?;
        let post = pool::over(&holder, true, None, Some(taken.number));
        poster.enqueue(&[post], &Cause::Event(step), Reason::PoolOver)?;
        return Ok(());
    }
    walk::hand_over(poster, drawn, client, &holder, report, (&Occasion::Pool { until }, &step))?;
    tx.ask_given(taken.number, now)?;
    if let Some(before) = named(taken.before)?.flatten() {
        let awake = before.hours.over(&context.hours).waking(now) <= now;
        let there = !gate::is_away_now(poster, &before)?;
        if awake && there && before.id != holder.id {
            let post = pool::over(&before, false, Some(client), None);
            poster.enqueue(&[post], &Cause::Event(format!("{step}|before")), Reason::PoolOver)?;
        }
    }
    Ok(())
}

/// What follows from the mail in which she took it: the same, whatever was put back meanwhile.
fn step(what: &str, taken: &TakenAsk) -> String {
    format!("{what}|{:012x}|{}", taken.number, HEXLOWER.encode(&taken.digest))
}

/// Whoever took a report has had her time: it is as it was before her.
pub(super) fn lapse(
    poster: &Poster<'_>,
    client: &Client,
    holder: Option<&Supporter>,
    report: &mut WaitingReport,
) -> Result<()> {
    let Poster { tx, now, .. } = *poster;
    let taken = tx.taken_ask(report)?;
    report.pool_until = None;
    report.writing_until = None;
    report.holder = None;
    if let Some(taken) = taken {
        let before = taken.before.filter(|id| [client.supporter, client.second].contains(&Some(*id)));
        report.holder = match before.map(|id| tx.supporter_by_id(id)).transpose()?.flatten() {
            Some(before) if gate::may_write_to(tx, client, &before)? => {
                tx.held_again(report.id, before.id, now)?;
                Some(before.id)
            }
            _ => None,
        };
        tx.end_ask(taken.number, now)?;
        if let Some(holder) = holder {
            let post = pool::lapsed(holder, client, report.day);
            poster.enqueue(&[post], &Cause::Event(step("pool-lapsed", &taken)), Reason::PoolLapsed)?;
        }
    }
    Ok(())
}

/// What nobody of the pool has: whoever holds it again is told that it waits for her; what nobody holds goes to whoever may
/// answer it by now, or to her own supporter, once the last who were asked have had their hour. When to look again.
pub(super) fn comes_home(
    poster: &Poster<'_>,
    drawn: &Drawn,
    client: &Client,
    report: &mut WaitingReport,
) -> Result<Option<Timestamp>> {
    let Poster { tx, context, now, .. } = *poster;
    if report.pool_until.is_some() {
        return Ok(None);
    }
    let waiting = Occasion::Reminder { next: None };
    let (to, occasion, stage, what) = if let Some(holder) = report.holder {
        let Some(taken) = tx.returned_ask(report)? else { return Ok(None) };
        (holder, waiting, report.stage, Some(step("pool-back", &taken)))
    } else {
        let mut hers = Vec::new();
        for id in [client.supporter, client.second].into_iter().flatten() {
            hers.extend(tx.supporter_by_id(id)?);
        }
        let tomorrow = gate::next_day(context, hers.iter(), now);
        let (to, occasion, stage) = match acting(tx, context, client, now, report.day)? {
            Acting::Own(own) => (own, waiting, report.stage),
            Acting::Second { second, .. } => {
                (second, Occasion::StandIn { own: String::new(), away: false }, Stage::Second)
            }
            Acting::Neither { .. } if client.supporter.is_none() => return Ok(None),
            Acting::Neither { keeps } => {
                // The last who were asked have their hour, whether there are others or not.
                let asked = report.pool_asked_at.map(|at| at.after(HOUR)).filter(|at| *at > now);
                if let Some(at) = asked {
                    return Ok(Some(at.min(tomorrow)));
                }
                let all_asked = || -> Result<bool> {
                    Ok(is_past(poster, client, report)? || found(poster, client, report)?.0.is_empty())
                };
                match keeps {
                    Some(own) if all_asked()? => {
                        // It can wait until she is there: as if nobody had been asked, she is reminded then.
                        let off = hers.iter().find(|her| her.id == own);
                        let off = off.map(|her| gate::is_away_now(poster, her)).transpose()?;
                        report.pool_asked_at = report.pool_asked_at.filter(|_| off != Some(true));
                        (own, waiting, report.stage)
                    }
                    _ => return Ok(Some(tomorrow)),
                }
            }
        };
        (to, occasion, stage, None)
    };
    let Some(supporter) = tx.supporter_by_id(to)? else { return Ok(None) };
    let up = supporter.hours.over(&context.hours).waking(now);
    if up > now {
        return Ok(Some(up));
    }
    let what = what.unwrap_or_else(|| format!("home|{:08x}", supporter.principal_ref));
    walk::hand_over(poster, drawn, client, &supporter, report, (&occasion, &what))?;
    let held = report.holder.replace(to);
    report.stage = stage;
    Ok(held.is_none().then_some(now))
}

/// Whoever was asked and has not replied hears, once, that she need not: unless her mail has not gone out, which it then does
/// not.
pub(super) fn tell_others(poster: &Poster<'_>) -> Result<()> {
    let Poster { tx, context, now, .. } = *poster;
    for ask in tx.closed_asks()? {
        let Some(supporter) = tx.supporter_by_id(ask.supporter)? else { continue };
        if ask.unsent {
            tx.cancel_ask(ask.number, now)?;
        } else if supporter.hours.over(&context.hours).waking(now) > now {
            continue;
        } else {
            let post = pool::over(&supporter, ask.answered, None, Some(ask.number));
            poster.enqueue(
                &[post],
                &Cause::Event(format!("ask-over|{:012x}", ask.number)),
                Reason::PoolOver,
            )?;
        }
        tx.end_ask(ask.number, now)?;
    }
    Ok(())
}

/// When the next one is told so.
pub(super) fn next_to_tell(poster: &Poster<'_>) -> Result<Option<Timestamp>> {
    let Poster { tx, context, now, .. } = *poster;
    let mut next = None::<Timestamp>;
    for ask in tx.closed_asks()? {
        if let Some(supporter) = tx.supporter_by_id(ask.supporter)? {
            let at = supporter.hours.over(&context.hours).waking(now);
            next = Some(next.map_or(at, |next| next.min(at)));
        }
    }
    Ok(next)
}

/// What a reply to the question whether she takes a letter comes to.
pub(super) enum Replied {
    /// It is about the question.
    Decided(Decision, Option<ClientId>),
    /// She has the letter, and these are words to its writer: what follows from an answer follows.
    Answer(Understood),
}

/// A reply to the question whether she takes a letter. What a forger says in her name is as good as unsaid.
pub(super) fn replied(thread: &Thread<'_>, supporter: &Supporter, number: u64) -> Result<Replied> {
    let Thread { tx, context, mail, prepared, now, .. } = thread;
    if prepared.proof == Proof::Refuted {
        return Ok(Replied::Decided(Decision::only(End::Discarded, Reason::PoolRefuted), None));
    }
    if mail.too_large {
        return Ok(Replied::Decided(gather::too_large(thread, supporter), None));
    }
    let gone = || Replied::Decided(gather::unaddressed(thread, supporter, Why::Gone), None);
    let known = tx.ask_of_number(number, supporter.id)?;
    let (ask, anew) = match known {
        Some(ask) => (ask, None),
        None => match asked_in_another_life(thread, supporter, number)? {
            Some((ask, report)) => (ask, Some(report)),
            None => return Ok(gone()),
        },
    };
    let Some(client) = tx.client_by_id(ask.client)? else {
        return Ok(gone());
    };
    let words = gather::words_of(thread, thread.past.sent.as_ref());
    let author = prepared.message.from.first().and_then(|author| author.name.as_deref());
    let names = [supporter.name.as_str(), context.settings.service.name.as_str()];
    let willing = willing(&words, &names.into_iter().chain(author).collect::<Vec<_>>());
    let id = client.id;
    if ask.reads && willing == Willing::Unclear && !words.trim().is_empty() {
        // She has read the letter, and pressed reply on the mail that had asked her.
        let (supporter, day) = (Box::new(supporter.clone()), Some(ask.day));
        return Ok(Replied::Answer(Understood::Answer { supporter, client: Box::new(client), day }));
    }
    let arrived = mail.internal_date.unwrap_or(mail.ingested_at);
    let hold = context.settings.promise.pool.hold;
    let until = Some(arrived.after(hold)).filter(|until| until > now).unwrap_or(now.after(hold));
    let may_take = may_take(tx, context, &client, supporter, ask.day, *now)?;
    let stand = stand(&ask, supporter, may_take, arrived);
    let day = ask.day;
    let mut decision = pool::replied(&pool::Asked {
        number,
        supporter: supporter.clone(),
        client: id,
        day,
        stand,
        willing,
        arrived,
        until,
    });
    if decision.reason == Reason::PoolOver && tx.told_over(number)? {
        // She heard it twice: whoever goes on is a machine.
        decision.posts.clear();
    }
    if let Some(report) = anew.filter(|_| !decision.changes.is_empty()) {
        let said = PoolSaid::Asked { report, supporter: supporter.id };
        decision.changes.insert(0, Change::Pool { number, said });
    }
    Ok(Replied::Decided(decision, Some(id)))
}

fn stand(ask: &AskFacts, supporter: &Supporter, may_take: bool, arrived: Timestamp) -> Stand {
    let hers = ask.holder == Some(supporter.id);
    match ask.waits {
        false => Stand::Over,
        true if hers => Stand::Hers,
        true if ask.taken || ask.writing_until.is_some_and(|until| until > arrived) => Stand::Anothers,
        true if may_take => Stand::Free,
        true => Stand::Over,
    }
}

/// The report that a question was about which an older database that was put back does not know of: the number says it.
fn asked_in_another_life(
    thread: &Thread<'_>,
    supporter: &Supporter,
    number: u64,
) -> Result<Option<(AskFacts, i64)>> {
    let Thread { tx, context, .. } = thread;
    for report in tx.all_waiting()? {
        let Some(client) = tx.client_by_id(report.client)?.filter(|client| client.pool) else { continue };
        if (0..TIMES).any(|n| number_of(context, &client, &report, supporter, n) == number) {
            let ask = AskFacts {
                supporter: supporter.id,
                client: client.id,
                day: report.day,
                waits: true,
                taken: report.pool_until.is_some(),
                reads: false,
                holder: report.holder,
                writing_until: report.writing_until,
            };
            return Ok(Some((ask, report.id)));
        }
    }
    Ok(None)
}
