//! The second corridor: claim what is due, take the ends of submissions, recover what a crash left.

use std::time::Duration;

use super::post::{Cause, Poster};
use super::{Engine, Result, Settlement};
use crate::clock::Timestamp;
use crate::domain::decision::Reason;
use crate::domain::outgoing::State;
use crate::domain::returned::{self, Ending, words_back};
use crate::domain::settled::{self, RowFacts};
use crate::kill::{self, Point};
use crate::mail::submission::{Stage, Submission, SubmitOutcome};
use crate::rng::Rng;
use crate::store::{Loop, RowEnd, StoreError, Tx};

/// Domains that take one connection at a time: carriers refuse or drop the second.
const SINGLE: [&str; 12] = [
    "docomo.ne.jp",
    "ezweb.ne.jp",
    "au.com",
    "softbank.ne.jp",
    "i.softbank.jp",
    "disney.ne.jp",
    "vodafone.ne.jp",
    "ymobile.ne.jp",
    "yahoo.ne.jp",
    "uqmobile.jp",
    "rakumail.jp",
    "willcom.com",
];
/// A row whose time is up is given this long for its last attempt.
const LAST_ATTEMPT: Duration = Duration::from_secs(3600);

impl Engine {
    /// Claims up to `limit` mails that are due now. Each must be settled; until then it is nobody else's.
    ///
    /// # Errors
    /// The store's; then nothing was claimed.
    pub fn due(&mut self, now: Timestamp, limit: usize) -> Result<Vec<Submission>> {
        let (context, journal) = (&self.context, &self.journal);
        kill::before(Point::ClaimCommit);
        let claimed = self.store.write(|tx| {
            if tx.paused_until(Loop::Submit)?.is_some_and(|until| until > now) {
                return Ok(Vec::new());
            }
            let poster = Poster { tx, context, journal, now };
            for row in tx.end_suspended(now)? {
                return_words(&poster, row)?;
            }
            Ok(claim(tx, now, limit)?)
        });
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
        let (context, journal, rng) = (&self.context, &self.journal, &mut self.rng);
        self.store.write(|tx| {
            let poster = Poster { tx, context, journal, now };
            let one = |s| settle_one(&poster, s, may_expire, rng);
            let counted = settlements.iter().map(one).collect::<Result<_>>()?;
            Ok((counted, claim(tx, now, limit)?))
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
        let (context, journal) = (&self.context, &self.journal);
        self.store.write(|tx| {
            let paused = tx.paused_until(Loop::Submit)?.is_some_and(|until| until > now);
            tx.pull_in(now)?;
            let overdue =
                if may_expire { tx.overdue(now, now.before(LAST_ATTEMPT), paused)? } else { Vec::new() };
            for (row, held) in overdue {
                tx.end_row(row, State::Expired, now)?;
                let ending = if held { Ending::Unconfirmed } else { Ending::Expired };
                tell_ended(&Poster { tx, context, journal, now }, row, ending)?;
            }
            let pause = tx.paused_until(Loop::Submit)?;
            let next = tx.next_due()?;
            Ok(next.map(|at| pause.map_or(at, |until| at.max(until))))
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
            for (row, message_id) in tx.unsent()? {
                if journal.knows(&message_id) {
                    tx.end_row(row, State::Accepted, now)?;
                }
            }
            for (row, attempt, dot) in tx.left_claimed()? {
                if dot {
                    let facts = tx.claimed(row, attempt)?;
                    facts.map_or(Ok(()), |facts| end(&poster, row, &facts, &SubmitOutcome::Unknown, 0))?;
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

fn claim(tx: &Tx<'_>, now: Timestamp, limit: usize) -> std::result::Result<Vec<Submission>, StoreError> {
    if limit == 0 || tx.paused_until(Loop::Submit)?.is_some_and(|until| until > now) {
        return Ok(Vec::new());
    }
    tx.claim(now, limit, &SINGLE)
}

fn settle_one(poster: &Poster<'_>, settlement: &Settlement, may_expire: bool, rng: &mut Rng) -> Result<bool> {
    match settlement {
        Settlement::BeforeDot { outbox_id, attempt } => Ok(poster.tx.before_dot(*outbox_id, *attempt)?),
        Settlement::Ended { outbox_id, attempt, outcome } => {
            let Some(mut facts) = poster.tx.claimed(*outbox_id, *attempt)? else { return Ok(false) };
            if !may_expire {
                facts.expires_at = Timestamp::from_millis(i64::MAX);
            }
            let jitter = i64::try_from(rng.below(201)).unwrap_or(100) - 100;
            end(poster, *outbox_id, &facts, outcome, jitter)?;
            Ok(true)
        }
    }
}

/// Ends an attempt, and tells those who have to know.
fn end(poster: &Poster<'_>, row: i64, facts: &RowFacts, outcome: &SubmitOutcome, jitter: i64) -> Result<()> {
    let (tx, now) = (poster.tx, poster.now);
    let settled = settled::decide(facts, outcome, now, jitter);
    let (code, reply, stage) = match outcome {
        SubmitOutcome::Accepted { reply } => (250, reply.clone(), "dot"),
        SubmitOutcome::Transient { stage, code } | SubmitOutcome::Permanent { stage, code } => {
            (*code, String::new(), stage.word())
        }
        SubmitOutcome::Unknown => (0, String::new(), "dot"),
    };
    let unknown = *outcome == SubmitOutcome::Unknown;
    note_health(tx, outcome, settled.pause, now)?;
    let (state, pause) = (settled.state, settled.pause);
    let refused = matches!(outcome, SubmitOutcome::Transient { stage, .. } if *stage >= Stage::Mail);
    tx.end_attempt(row, &RowEnd { settled, unknown, refused, code, reply, stage }, now)?;
    tracing::info!(row, state = state.word(), stage, code, paused = pause.is_some(), "settled");
    match state {
        State::Failed => tell_ended(poster, row, Ending::Refused),
        State::Expired => tell_ended(poster, row, Ending::Expired),
        State::Unresolved => tell_ended(poster, row, Ending::Unresolved),
        _ => Ok(()),
    }
}

fn note_health(tx: &Tx<'_>, outcome: &SubmitOutcome, pause: Option<Duration>, now: Timestamp) -> Result<()> {
    match (outcome, pause) {
        (
            SubmitOutcome::Transient { stage, code } | SubmitOutcome::Permanent { stage, code },
            Some(pause),
        ) => {
            let failure = format!("{} {code}\n{}", stage.word(), settled::remedy(*stage, *code));
            Ok(tx.failed(Loop::Submit, &failure, Some(now.after(pause)), now)?)
        }
        // A reply at RCPT or later, whatever it says, shows that the way is open.
        (SubmitOutcome::Accepted { .. }, _) => Ok(tx.worked(Loop::Submit, now)?),
        (SubmitOutcome::Transient { stage, code } | SubmitOutcome::Permanent { stage, code }, None)
            if *stage >= Stage::Rcpt && *code > 0 =>
        {
            Ok(tx.worked(Loop::Submit, now)?)
        }
        _ => Ok(()),
    }
}

/// A mail was not sent because its address is suspended. The office knows that since the address is; the words go
/// back to their writer, and a report that they answered waits again.
fn return_words(poster: &Poster<'_>, row: i64) -> Result<()> {
    poster.tx.report_waits_again(row)?;
    let back: Vec<_> = words_back(&poster.tx.ended_row(row)?, Ending::Suspended).into_iter().collect();
    let (message_id, _) = poster.tx.row_name(row)?;
    poster.enqueue(&back, &Cause::Row(row, message_id), Reason::NotAccepted)?;
    Ok(())
}

fn tell_ended(poster: &Poster<'_>, row: i64, ending: Ending) -> Result<()> {
    if ending != Ending::Unresolved {
        poster.tx.report_waits_again(row)?;
    }
    let posts = returned::ended(&poster.tx.ended_row(row)?, ending);
    let (message_id, _) = poster.tx.row_name(row)?;
    poster.enqueue(&posts, &Cause::Row(row, message_id), Reason::NotAccepted)?;
    Ok(())
}
