//! One watched folder: look, take in what has no row, and now and then compare the whole list (a sweep).
//!
//! What a lost session left to fetch stays here for the next one.

use std::time::Duration;

use tokio::time::Instant;

use super::DaemonError;
use super::handle::EngineHandle;
use crate::engine::Look;
use crate::kill::{self, Point};
use crate::mail::fetched::{FetchStep, Fetched, FolderRole};
use crate::net::imap::{ImapError, Round, Selected, Session};

/// A folder's whole list is compared with what has a row at the start and then this often.
const SWEEP: Duration = Duration::from_secs(3600);

const FOREIGN_REMEDY: &str = "stop that one, or give this one a mailbox of its own; to go on here instead of there: yorisoi run --take-over";

/// Why a round ended early.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    /// The server or the way to it.
    #[error(transparent)]
    Imap(#[from] ImapError),
    /// Another installation works on the mailbox.
    #[error("another yorisoi works on this mailbox")]
    Foreign,
    /// Our own side.
    #[error(transparent)]
    Daemon(#[from] DaemonError),
}

impl FetchError {
    /// What the operator can do about it.
    pub(super) fn remedy(&self) -> &'static str {
        match self {
            Self::Imap(error) => error.remedy(),
            Self::Foreign => FOREIGN_REMEDY,
            Self::Daemon(DaemonError::Engine(error)) => error.remedy(),
            Self::Daemon(_) => "look at the log",
        }
    }
}

/// Something that is done at the start, and again after each period. The clock of the wall may jump, this one does not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Every {
    period: Duration,
    last: Option<Instant>,
}

impl Every {
    pub(super) fn new(period: Duration) -> Self {
        Self { period, last: None }
    }

    /// How long until it is due; nothing when it is.
    pub(super) fn left(&self, now: Instant) -> Duration {
        self.last.map_or(Duration::ZERO, |last| self.period.saturating_sub(now.duration_since(last)))
    }

    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.left(now).is_zero()
    }

    pub(super) fn done(&mut self, now: Instant) {
        self.last = Some(now);
    }

    /// It is due again at once.
    pub(super) fn hasten(&mut self) {
        self.last = None;
    }
}

/// See the module's head.
pub(super) struct Folder {
    engine: EngineHandle,
    role: FolderRole,
    name: String,
    max_bytes: u64,
    /// What is left to fetch, and under which UIDVALIDITY.
    pending: Option<(u32, Round)>,
    sweep: Every,
    /// The last look at it failed, and that was noted.
    failed: bool,
    unfetchable: usize,
}

impl Folder {
    pub(super) fn new(engine: EngineHandle, role: FolderRole, name: String, max_bytes: u64) -> Self {
        let (pending, sweep) = (None, Every::new(SWEEP));
        Self { engine, role, name, max_bytes, pending, sweep, failed: false, unfetchable: 0 }
    }

    /// Whether something is left to fetch.
    pub(super) fn is_pending(&self) -> bool {
        self.pending.is_some()
    }

    /// Forgets what is left: it has no row and will be listed again.
    pub(super) fn drop_pending(&mut self) {
        self.pending = None;
    }

    /// Mails that the server listed and did not hand out.
    pub(super) fn unfetchable(&self) -> usize {
        self.unfetchable
    }

    /// From now on the folder has this name.
    pub(super) fn rename(&mut self, name: String) {
        if self.name != name {
            let unfetchable = self.unfetchable;
            *self = Self { unfetchable, ..Self::new(self.engine.clone(), self.role, name, self.max_bytes) };
            self.failed = true; // whatever was noted was about another folder
        }
    }

    /// Looks at the folder and takes in what has no row yet, until `deadline`; then the rest is pending. Tells whether
    /// there was anything to fetch.
    pub(super) async fn round(
        &mut self,
        session: &mut Session,
        deadline: Option<Instant>,
    ) -> Result<bool, FetchError> {
        let mut selected = session.select(&self.name).await?;
        let plan = self.engine.keep(self.step(selected, None, Vec::new())).await?;
        // UIDNEXT is only true at this moment: mail that comes from now on moves it.
        selected.uid_next = None;
        let left = self.pending.take().filter(|(validity, _)| *validity == selected.uid_validity);
        let mut brought = left.is_some();
        if let Some((_, round)) = left {
            self.fetch(session, selected, round, deadline).await?;
            if self.is_pending() {
                return Ok(brought);
            }
        }
        let begun = Instant::now();
        let swept = self.sweep.is_due(begun);
        let low = if swept { 0 } else { plan.low_water };
        let listed = session.search_above(low).await?;
        let plan = self.engine.keep(self.step(selected, Some(listed), Vec::new())).await?;
        if !plan.wanted.is_empty() {
            brought = true;
            self.engine.note_wanted(plan.wanted.len());
            let round = Round::new(plan.wanted, self.max_bytes);
            self.fetch(session, selected, round, deadline).await?;
        }
        // A sweep of which something is left is none yet.
        let swept = swept && !self.is_pending();
        if swept {
            self.sweep.done(begun);
        }
        if swept || self.failed {
            self.note(String::new(), swept).await?;
        }
        Ok(brought)
    }

    /// Notes how a look went.
    pub(super) async fn note(&mut self, failure: String, swept: bool) -> Result<(), DaemonError> {
        self.failed = !failure.is_empty();
        let (role, folder) = (self.role, self.name.clone());
        self.engine.note_look(Look { role, folder, failure, swept }).await
    }

    /// Keeps and applies what a round brings; what it could not bring waits for the next session.
    async fn fetch(
        &mut self,
        session: &mut Session,
        selected: Selected,
        mut round: Round,
        deadline: Option<Instant>,
    ) -> Result<(), FetchError> {
        let mut fetched = Vec::new();
        while !round.is_done() {
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                self.pending = Some((selected.uid_validity, round));
                break;
            }
            // While one batch is kept and applied the next one is on its way. When keeping fails the round is
            // dropped: what has no row will be listed again.
            let taken_in = take_in(&self.engine, self.step(selected, None, fetched));
            let (stepped, taken_in) = tokio::join!(round.step(session), taken_in);
            taken_in?;
            match stepped {
                Ok(next) => {
                    kill::after(Point::AfterTagged);
                    fetched = next;
                }
                Err(error) => {
                    self.pending = Some((selected.uid_validity, round));
                    return Err(error.into());
                }
            }
            let lost = fetched.iter().filter(|f| matches!(f, Fetched::Unfetchable { .. }));
            self.unfetchable += lost.count();
        }
        Ok(take_in(&self.engine, self.step(selected, None, fetched)).await?)
    }

    fn step(&self, selected: Selected, listed: Option<Vec<u32>>, fetched: Vec<Fetched>) -> FetchStep {
        let Selected { uid_validity, uid_next, .. } = selected;
        FetchStep { folder: self.name.clone(), uid_validity, uid_next, listed, fetched }
    }
}

/// Keeps and applies one batch.
async fn take_in(engine: &EngineHandle, step: FetchStep) -> Result<(), DaemonError> {
    if step.fetched.is_empty() {
        return Ok(());
    }
    engine.keep(step).await?;
    engine.apply_all().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_again_and_again_is_due_at_the_start_and_after_each_period() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut every = Every::new(Duration::from_secs(600));
        assert!(every.is_due(start));
        every.done(start);
        for (seconds, left) in [(0, 600), (1, 599), (599, 1), (600, 0), (10_000, 0)] {
            let now = after(seconds);
            assert_eq!((every.left(now).as_secs(), every.is_due(now)), (left, left == 0), "{seconds}");
        }
        every.done(after(700));
        assert!(!every.is_due(after(1_200)) && every.is_due(after(1_300)));
        every.hasten();
        assert!(every.is_due(after(701)));
    }
}
