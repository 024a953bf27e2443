//! The second corridor: claim what is due, take the ends of submissions, recover what a crash left.

use std::collections::HashMap;
use std::time::Duration;

use super::post::{Cause, Poster};
use super::{
    Context, Engine, EngineError, Result, Settlement, handover, limits, reading, repeats, set_aside, stops,
    walk,
};
use crate::clock::Timestamp;
use crate::domain::command::RowMending;
use crate::domain::decision::{Post, Reason};
use crate::domain::delivery;
use crate::domain::hours::OwnHours;
use crate::domain::outgoing::{Kind, State};
use crate::domain::recall::{self, Made};
use crate::domain::refusal::About;
use crate::domain::returned::{self, Ending, words_back};
use crate::domain::settled::{self, Doubts, RowFacts, Settled};
use crate::kill::{self, Point};
use crate::mail::submission::{EnhancedStatus, Stage, Submission, SubmitOutcome};
use crate::rng::Rng;
use crate::settings::Smtp;
use crate::store::{ClaimLimits, Loop, RowEnd, StoreError};

/// What stops sending, and what to do about it.
const JOURNAL_FAILS: &str = "the journal of accepted mails cannot be written\nnothing is sent until it can: look at the \
     disk that holds journal_dir, and at the owner of its files";
/// A row whose time is up is given this long for its last attempt.
const LAST_ATTEMPT: Duration = Duration::from_secs(3600);

impl Engine {
    /// Claims up to `limit` mails that are due now. Each must be settled; until then it is nobody else's.
    ///
    /// # Errors
    /// The store's; then nothing was claimed.
    pub fn due(&mut self, now: Timestamp, limit: usize) -> Result<Vec<Submission>> {
        // An acceptance that cannot be recorded could be repeated after a restore.
        if !self.journal.works(now) {
            self.store.write(|tx| tx.failed(Loop::Submit, JOURNAL_FAILS, None, now, now))?;
            return Ok(Vec::new());
        }
        let (context, journal, lively) = (&self.context, &self.journal, &self.lively);
        kill::before(Point::ClaimCommit);
        let claimed = self.store.write(|tx| claim(&Poster { tx, context, journal, now }, limit, lively));
        kill::after(Point::ClaimCommit);
        claimed
    }

    /// Takes how submissions go on. Returns, for each, whether it counted: a `BeforeDot` that did not count must
    /// not be followed by the dot. When this returns, everything that it was told is durable.
    ///
    /// # Errors
    /// The store's or the journal's; then nothing was taken, and the same may be told again.
    pub fn settle(&mut self, settlements: &[Settlement], now: Timestamp) -> Result<Vec<bool>> {
        Ok(self.settle_and_due(settlements, now, 0)?.0)
    }

    /// [`Engine::settle`] and [`Engine::due`] in one transaction: workers that end mails want others, and one sync
    /// pays for both.
    ///
    /// # Errors
    /// As those; then nothing was taken and nothing claimed.
    pub fn settle_and_due(
        &mut self,
        settlements: &[Settlement],
        now: Timestamp,
        limit: usize,
    ) -> Result<(Vec<bool>, Vec<Submission>)> {
        self.record_accepted(settlements, now)?;
        let may_expire = self.watch.may_expire(now);
        let works = self.journal.works(now);
        let (context, journal, rng) = (&self.context, &self.journal, &mut self.rng);
        let lively = &mut self.lively;
        self.store.write(|tx| {
            let poster = Poster { tx, context, journal, now };
            let mut settle = |settlement: &Settlement| match settlement {
                Settlement::BeforeDot { .. } if !works => Ok(false),
                _ => settle_one(&poster, settlement, may_expire, lively, rng),
            };
            let counted = settlements.iter().map(&mut settle).collect::<Result<_>>()?;
            Ok((counted, if works { claim(&poster, limit, lively)? } else { Vec::new() }))
        })
    }

    /// The journal knows of an acceptance before the database does.
    fn record_accepted(&mut self, settlements: &[Settlement], now: Timestamp) -> Result<()> {
        let accepted: Vec<i64> = settlements
            .iter()
            .filter_map(|s| match s {
                Settlement::Ended { outbox_id, outcome: SubmitOutcome::Accepted { .. }, .. } => {
                    Some(*outbox_id)
                }
                _ => None,
            })
            .collect();
        if accepted.is_empty() {
            return Ok(());
        }
        self.record(&accepted, now)
    }

    /// The operator says that a mail arrived whose end nobody knew: a restored older database must not send it again.
    pub(super) fn record_arrived(&mut self, row: i64, now: Timestamp) -> Result<()> {
        let state = self.store.read(|tx| tx.row_state(row))?.map(|(_, state)| state);
        if state.is_some_and(|state| RowMending::Accept.from_states().contains(&state)) {
            self.record(&[row], now)?;
        }
        Ok(())
    }

    fn record(&mut self, accepted: &[i64], now: Timestamp) -> Result<()> {
        let keys = &self.context.keys;
        let records = self.store.read(|tx| -> std::result::Result<Vec<_>, StoreError> {
            let names = accepted.iter().map(|row| tx.row_name(*row));
            names.map(|name| name.map(|(id, path)| (id, keys.journal_pseudonym(&path)))).collect()
        })?;
        self.journal.record(&records, now)?;
        kill::before(Point::SentCommit);
        Ok(())
    }

    /// Does what time alone causes, and tells when something is due next.
    ///
    /// # Errors
    /// The store's.
    pub fn tick(&mut self, now: Timestamp) -> Result<Option<Timestamp>> {
        self.mind_machine(now)?;
        let may_expire = self.watch.may_expire(now);
        let (context, journal, lively) = (&self.context, &self.journal, &self.lively);
        let back = handover::draw_ahead(&self.store, context, now)?;
        let drawn = walk::draw_ahead(&self.store, context, now)?;
        self.store.write(|tx| {
            let poster = Poster { tx, context, journal, now };
            tx.pull_in(now)?;
            repeats::ask(&poster)?;
            if may_expire {
                handover::steps(&poster, &back)?;
                walk::steps(&poster, &drawn)?;
                set_aside::defaults(&poster)?;
                reading::go_on(&poster)?;
            }
            let pause = tx.paused_until(Loop::Submit)?;
            let paused = pause.is_some_and(|until| until > now);
            let overdue =
                if may_expire { tx.overdue(now, now.before(LAST_ATTEMPT), paused)? } else { Vec::new() };
            for (row, held, unknowns) in overdue {
                let state = settled::expired(unknowns);
                tx.end_row(row, state, now)?;
                if !held {
                    poster.enter(row)?;
                }
                let ending = match state {
                    State::Unresolved => Ending::Unresolved,
                    _ if held => Ending::Unconfirmed,
                    _ => Ending::Expired,
                };
                tell_ended(&poster, row, ending)?;
            }
            stops::tell(&poster)?;
            let waits = |kind, own: &OwnHours, made| waits(context, kind, own, made, now);
            let next = tx.next_due(now, &limits(context, &|lane| lively.knows(lane, now), &waits))?;
            let next = next.map(|at| pause.map_or(at, |until| at.max(until)));
            let looks = [walk::next_look(&poster)?, handover::next_look(&poster)?];
            let looks =
                looks.into_iter().chain([set_aside::next_default(&poster)?, reading::next_look(&poster)?]);
            let looks = looks.flatten().filter(|_| may_expire);
            Ok(next.into_iter().chain(tx.next_stop_to_tell()?).chain(looks).min())
        })
    }

    /// Whether anything is claimed or could be claimed now, a pause of sending left aside.
    ///
    /// # Errors
    /// The store's.
    pub fn has_due(&self, now: Timestamp) -> Result<bool> {
        Ok(self.store.read(|tx| tx.has_due(now))?)
    }

    /// What an earlier process left: claims whose dot certainly was not written are free again, the others ended
    /// unknown unless the journal knows better; mails with an open attempt are taken one at a time. A pause of
    /// submitting ends: whoever starts anew may have mended what caused it.
    pub(super) fn recover(&mut self, now: Timestamp) -> Result<()> {
        let (context, journal) = (&self.context, &self.journal);
        self.suspects = self.store.write(|tx| -> Result<_> {
            let poster = Poster { tx, context, journal, now };
            for (row, attempt, dot) in tx.left_claimed()? {
                if dot {
                    let found = tx.claimed(row, attempt)?;
                    let unknown = SubmitOutcome::Unknown;
                    found.map_or(Ok(()), |(facts, lane)| end(&poster, row, &facts, &lane, &unknown, 0))?;
                } else {
                    tx.release(row, now)?;
                }
            }
            tx.end_pause(now)?;
            Ok(tx.open_attempts()?.into_iter().collect())
        })?;
        Ok(())
    }
}

/// Lanes in which a mail was accepted within the last minute: their recipients' servers are neither slow nor dead.
#[derive(Debug, Default)]
pub(super) struct Lively(HashMap<String, Timestamp>);

impl Lively {
    const FOR: Duration = Duration::from_secs(60);
    /// So many are remembered before the old ones are forgotten.
    const MANY: usize = 1000;

    fn knows(&self, lane: &str, now: Timestamp) -> bool {
        self.0.get(lane).is_some_and(|at| now.since(*at) < Self::FOR)
    }

    fn note(&mut self, lane: String, now: Timestamp) {
        if self.0.len() >= Self::MANY {
            self.0.retain(|_, at| now.since(*at) < Self::FOR);
        }
        self.0.insert(lane, now);
    }
}

fn limits<'a>(
    context: &Context,
    is_lively: &'a dyn Fn(&str) -> bool,
    waits: &'a dyn Fn(Kind, &OwnHours, Made) -> Option<Timestamp>,
) -> ClaimLimits<'a> {
    let Smtp { connections, per_hour, .. } = context.settings.smtp;
    ClaimLimits { connections, per_hour, is_lively, waits }
}

/// Until when a mail of this kind, `made` then, to a client of such hours waits from `now` on. One that its writer may take
/// back waits for that first. What missed the hours
/// that she chose, because so much was in line or a server was away, does not wait for the next day.
fn waits(context: &Context, kind: Kind, own: &OwnHours, made: Made, now: Timestamp) -> Option<Timestamp> {
    if let Some(until) = recall::waits(made.grace_until, now) {
        return Some(until);
    }
    let hours = own.over(&context.hours);
    let at = match kind {
        Kind::PassOn if hours.arrival(now) <= now => now,
        Kind::PassOn if hours.arrival(made.at) >= now => hours.arrival(made.at),
        _ => hours.waking(now),
    };
    Some(at).filter(|at| *at > now)
}

/// When an answer that is `made` now goes to a client of such hours; until then it can be taken back.
pub(super) fn lets_go(context: &Context, own: &OwnHours, made: Made) -> Timestamp {
    let graced = made.grace_until.unwrap_or(made.at);
    waits(context, Kind::PassOn, own, made, graced).unwrap_or(graced)
}

fn claim(poster: &Poster<'_>, limit: usize, lively: &Lively) -> Result<Vec<Submission>> {
    let (tx, now) = (poster.tx, poster.now);
    if limit == 0 || tx.paused_until(Loop::Submit)?.is_some_and(|until| until > now) {
        return Ok(Vec::new());
    }
    let is_lively = |lane: &str| lively.knows(lane, now);
    let waits = |kind, own: &OwnHours, made| waits(poster.context, kind, own, made, now);
    let limits = limits(poster.context, &is_lively, &waits);
    let mut submissions = Vec::new();
    loop {
        let claimed = tx.claim(now, limit - submissions.len(), &limits)?;
        let rows = claimed.submissions.iter().map(|submission| submission.outbox_id);
        rows.chain(claimed.suspended.iter().copied()).try_for_each(|row| poster.enter(row))?;
        submissions.extend(claimed.submissions);
        for row in &claimed.suspended {
            return_words(poster, *row)?;
        }
        for client in &claimed.busy {
            limits::tell_busy(poster, *client)?;
        }
        // What took the place of a suspended mail, and what the office is told, stands in line now.
        let nothing_new = claimed.suspended.is_empty() && claimed.busy.is_empty();
        if nothing_new || submissions.len() >= limit {
            return Ok(submissions);
        }
    }
}

fn settle_one(
    poster: &Poster<'_>,
    settlement: &Settlement,
    may_expire: bool,
    lively: &mut Lively,
    rng: &mut Rng,
) -> Result<bool> {
    match settlement {
        Settlement::BeforeDot { outbox_id, attempt } => Ok(poster.tx.before_dot(*outbox_id, *attempt)?),
        Settlement::HeldBack { outbox_id, attempt } => {
            let claimed = poster.tx.claimed(*outbox_id, *attempt)?.is_some();
            if claimed && !poster.tx.release(*outbox_id, poster.now)? {
                // Its leave was written although nobody heard of it; the dot was not.
                let outcome = SubmitOutcome::Transient { stage: Stage::Data, code: 0, status: None };
                let ended = Settlement::Ended { outbox_id: *outbox_id, attempt: *attempt, outcome };
                return settle_one(poster, &ended, may_expire, lively, rng);
            }
            Ok(claimed)
        }
        Settlement::Ended { outbox_id, attempt, outcome } => {
            let Some((mut facts, lane)) = poster.tx.claimed(*outbox_id, *attempt)? else { return Ok(false) };
            if !may_expire {
                facts.expires_at = Timestamp::from_millis(i64::MAX);
            }
            let jitter = rng.jitter();
            end(poster, *outbox_id, &facts, &lane, outcome, jitter)?;
            if matches!(outcome, SubmitOutcome::Accepted { .. }) {
                lively.note(lane, poster.now);
            }
            Ok(true)
        }
    }
}

/// Ends an attempt, and tells those who have to know.
fn end(
    poster: &Poster<'_>,
    row: i64,
    facts: &RowFacts,
    lane: &str,
    outcome: &SubmitOutcome,
    jitter: i64,
) -> Result<()> {
    let (tx, now) = (poster.tx, poster.now);
    let (code, reply, stage, status) = match outcome {
        SubmitOutcome::Accepted { reply } => (250, reply.clone(), Stage::Dot, None),
        SubmitOutcome::Transient { stage, code, status }
        | SubmitOutcome::Permanent { stage, code, status } => (*code, String::new(), *stage, *status),
        SubmitOutcome::Unknown => (0, String::new(), Stage::Dot, None),
    };
    let accepted = matches!(outcome, SubmitOutcome::Accepted { .. });
    let doubts = if accepted { Doubts::default() } else { tx.doubts(lane)? };
    let settled = settled::decide(facts, outcome, doubts, now, jitter);
    let Settled { state, pause, about, .. } = settled;
    match about {
        None if accepted => tx.end_doubts()?,
        Some(About::Unclear | About::Desync) => tx.doubt(lane)?,
        _ => {}
    }
    match (about, pause) {
        (Some(_), Some(pause)) => stops::note(tx, (stage, code, status), pause, now)?,
        // A clear answer about one mail, whatever it says, shows that the way is open.
        (Some(About::Mail | About::NoSuchRecipient), _) => tx.worked(Loop::Submit, now)?,
        _ if accepted => tx.worked(Loop::Submit, now)?,
        _ => {}
    }
    let unknown = *outcome == SubmitOutcome::Unknown;
    let refused = !matches!(about, None | Some(About::Account));
    let stage = stage.word();
    tx.end_attempt(row, &RowEnd { settled, unknown, refused, code, reply, stage }, now)?;
    tracing::info!(row, state = state.word(), stage, code, paused = pause.is_some(), "settled");
    match state {
        State::Failed if about == Some(About::NoSuchRecipient) && facts.kind != Kind::Office => {
            nobody_has_it(poster, row, &reply_code(code, status))
        }
        State::Failed => tell_ended(poster, row, Ending::Refused),
        State::Expired => tell_ended(poster, row, Ending::Expired),
        State::Unresolved => tell_ended(poster, row, Ending::Unresolved),
        _ => Ok(()),
    }
}

/// A reply as listings show it: "550 5.1.1".
fn reply_code(code: u16, status: Option<EnhancedStatus>) -> String {
    status.map_or_else(|| code.to_string(), |status| format!("{code} {}.{status}", code / 100))
}

/// The server says at once what a delivery report says later: nothing goes to this address any more.
fn nobody_has_it(poster: &Poster<'_>, row: i64, status: &str) -> Result<()> {
    let (tx, now) = (poster.tx, poster.now);
    let address = tx.reported_row(row)?.address;
    let before = tx.is_suspended(&address)?;
    tx.suspend(&address, row, status, now)?;
    tx.report_waits_again(row)?;
    tell(poster, row, &delivery::nobody_has_it(&tx.ended_row(row)?, before))
}

/// A mail was not sent because its address is suspended. The office knows that since the address is; the words go
/// back to their writer, and a report that they answered waits again.
fn return_words(poster: &Poster<'_>, row: i64) -> Result<()> {
    poster.tx.report_waits_again(row)?;
    let back: Vec<_> = words_back(&poster.tx.ended_row(row)?, Ending::Suspended).into_iter().collect();
    tell(poster, row, &back)
}

fn tell_ended(poster: &Poster<'_>, row: i64, ending: Ending) -> Result<()> {
    if ending != Ending::Unresolved {
        poster.tx.report_waits_again(row)?;
    }
    tell(poster, row, &returned::ended(&poster.tx.ended_row(row)?, ending))
}

/// Tells that a mail ended. Where our own code fails on the words, the end stands and the status shows it: the mails of
/// everybody else go on.
fn tell(poster: &Poster<'_>, row: i64, posts: &[Post]) -> Result<()> {
    let cause = Cause::end_of(poster.tx, row)?;
    match poster.guarded(|| poster.enqueue(posts, &cause, Reason::NotAccepted)) {
        Err(EngineError::NotComposed(_)) => {
            tracing::error!(row, "our code failed on the words that tell of its end");
            Ok(())
        }
        told => told.map(drop),
    }
}
