//! The submit loop: claim what is due, hand each mail to a worker, settle its end.
//!
//! A worker owns its connection; after a clean end it goes on with the next mail that is due, claimed in the
//! transaction of that end; after any doubt the connection is dropped.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, sleep, timeout};

use super::DaemonError;
use super::handle::EngineHandle;
use crate::clock;
use crate::engine::Settlement;
use crate::kill::{self, Point};
use crate::mail::submission::{Stage, Submission, SubmitOutcome};
use crate::net::smtp::Submitter;
use crate::settings::Settings;

type Ended = Result<(Id, Worked), JoinError>;

/// What a worker gives back.
struct Worked {
    /// A connection that can be used again.
    connection: Option<Submitter>,
    accepted: usize,
    not_accepted: usize,
}

/// The row and the attempt that a worker has in hand, in case it breaks.
type Claim = Arc<Mutex<(i64, i64)>>;

/// A connection that nobody needs for this long is closed.
const IDLE: Duration = Duration::from_secs(5);
/// Sending waits so long to hear whether the mailbox is ours alone; a mailbox that cannot be reached says nothing.
const UNCLEARED: Duration = Duration::from_secs(30);
/// How often the loop looks for what other processes have ordered.
const GLANCE: Duration = Duration::from_secs(1);

/// What is due within this time is waited for by `once`.
const SPACED: Duration = Duration::from_secs(2);

/// See the module's head.
pub(super) struct Submissions {
    engine: EngineHandle,
    settings: Settings,
    workers: JoinSet<Worked>,
    claims: HashMap<Id, Claim>,
    /// Workers stop taking further mails.
    stopping: watch::Sender<bool>,
    /// Rows and attempts of workers that broke, whose end the store has not taken yet.
    broken: Vec<(i64, i64)>,
    idle: Vec<(Submitter, Instant)>,
    accepted: usize,
    not_accepted: usize,
}

impl Submissions {
    pub(super) fn new(engine: EngineHandle, settings: Settings) -> Self {
        Self {
            engine,
            settings,
            workers: JoinSet::new(),
            claims: HashMap::new(),
            stopping: watch::Sender::new(false),
            broken: Vec::new(),
            idle: Vec::new(),
            accepted: 0,
            not_accepted: 0,
        }
    }

    /// Submits for ever; when told to stop, until the open submissions have ended.
    pub(super) async fn run(
        mut self,
        mut stopping: watch::Receiver<bool>,
        mut cleared: watch::Receiver<bool>,
    ) {
        // What waits here may be what another installation sends already.
        tokio::select! {
            _ = timeout(UNCLEARED, cleared.wait_for(|cleared| *cleared)) => {}
            _ = stopping.wait_for(|stopping| *stopping) => {}
        }
        let mut version = 0;
        let mut failures = 0;
        while !*stopping.borrow() {
            if self.turn(&mut version).await.is_err() {
                tokio::select! {
                    () = sleep(longer(&mut failures)) => {}
                    _ = stopping.changed() => {}
                }
                continue;
            }
            failures = 0;
            tokio::select! {
                () = self.engine.posted() => {}
                Some(ended) = self.workers.join_next_with_id() => self.ended(ended).await,
                () = sleep(GLANCE) => {}
                _ = stopping.changed() => {}
            }
        }
        let _ = self.stopping.send(true);
        while let Some(ended) = self.workers.join_next_with_id().await {
            self.ended(ended).await;
        }
        self.close(Duration::ZERO).await;
    }

    /// Submits until nothing is due; returns how many were accepted and how many were not.
    pub(super) async fn once(mut self) -> Result<(usize, usize), DaemonError> {
        loop {
            let next = self.engine.tick().await?;
            self.dispatch().await?;
            let wait = next.map(|at| at.since(clock::now()));
            let worked = tokio::select! {
                worked = self.workers.join_next_with_id() => worked,
                () = self.engine.posted() => continue,
            };
            match (worked, wait) {
                (Some(ended), _) => self.ended(ended).await,
                // Only a carrier's next mail comes that soon.
                (None, Some(wait)) if !wait.is_zero() && wait <= SPACED => sleep(wait).await,
                (None, _) => break,
            }
        }
        self.close(Duration::ZERO).await;
        Ok((self.accepted, self.not_accepted))
    }

    /// Does what is due, and what another process ordered.
    async fn turn(&mut self, version: &mut i64) -> Result<(), DaemonError> {
        self.settle_broken().await;
        let seen = self.engine.data_version().await?;
        let changed = std::mem::replace(version, seen) != seen;
        if changed {
            // Another process may have released a mail from quarantine.
            self.engine.apply_all().await?;
        }
        let next = self.engine.tick().await?;
        if changed || next.is_some_and(|at| at <= clock::now()) {
            self.dispatch().await?;
        }
        self.close(IDLE).await;
        Ok(())
    }

    /// Claims as many mails as there are free workers.
    async fn dispatch(&mut self) -> Result<(), DaemonError> {
        let free = self.settings.smtp.connections.saturating_sub(self.workers.len());
        if free == 0 {
            return Ok(());
        }
        for submission in self.engine.due(free).await? {
            let connection = self.idle.pop().map(|(connection, _)| connection);
            let claim = Claim::default();
            let worker = Worker {
                engine: self.engine.clone(),
                settings: self.settings.clone(),
                claim: claim.clone(),
                stopping: self.stopping.subscribe(),
            };
            self.claims.insert(self.workers.spawn(worker.work(connection, submission)).id(), claim);
        }
        Ok(())
    }

    async fn ended(&mut self, ended: Ended) {
        match ended {
            Ok((id, Worked { connection, accepted, not_accepted })) => {
                self.claims.remove(&id);
                self.idle.extend(connection.map(|c| (c, Instant::now())));
                self.accepted += accepted;
                self.not_accepted += not_accepted;
            }
            Err(error) => {
                tracing::error!("a worker broke; how far its mail got is not known");
                self.not_accepted += 1;
                if let Some(claim) = self.claims.remove(&error.id()) {
                    self.broken.push(*claim.lock().unwrap_or_else(PoisonError::into_inner));
                }
                self.settle_broken().await;
            }
        }
    }

    /// Settles what broken workers had in hand; what the store refuses waits for the next turn.
    async fn settle_broken(&mut self) {
        for (outbox_id, attempt) in std::mem::take(&mut self.broken) {
            let ended = ended_as(outbox_id, attempt, &SubmitOutcome::Unknown);
            if let Err(error) = self.engine.settle(ended).await {
                tracing::error!(%error, row = outbox_id, "the end of a broken worker's mail waits for the store");
                self.broken.push((outbox_id, attempt));
            }
        }
    }

    /// Says goodbye on connections that have been idle for `longer`.
    async fn close(&mut self, longer: Duration) {
        let (old, young) =
            std::mem::take(&mut self.idle).into_iter().partition(|(_, since)| since.elapsed() >= longer);
        self.idle = young;
        let old: Vec<(Submitter, Instant)> = old;
        for (connection, _) in old {
            // A silent server costs a moment, not the loop.
            let _ = timeout(Duration::from_millis(200), connection.quit()).await;
        }
    }
}

/// Takes mails from claim to settled end, one after the other, over one connection.
struct Worker {
    engine: EngineHandle,
    settings: Settings,
    claim: Claim,
    stopping: watch::Receiver<bool>,
}

impl Worker {
    /// Works until no mail is due, the connection is in doubt, or the daemon stops.
    async fn work(self, mut connection: Option<Submitter>, first: Submission) -> Worked {
        let (mut accepted, mut not_accepted) = (0, 0);
        let mut next = Some(first);
        while let Some(submission) = next.take() {
            *self.claim.lock().unwrap_or_else(PoisonError::into_inner) =
                (submission.outbox_id, submission.attempt);
            let (outcome, kept) = self.submit(connection.take(), &submission).await;
            connection = kept;
            match outcome {
                Some(SubmitOutcome::Accepted { .. }) => accepted += 1,
                _ => not_accepted += 1,
            }
            self.engine.note_ended();
            next = self.settle(&submission, outcome.as_ref(), connection.is_some()).await;
            if accepted == 1 && not_accepted == 0 {
                // Its lane is known to be a quick one from now on, and may have the last connection too.
                self.engine.ring();
            }
        }
        Worked { connection, accepted, not_accepted }
    }

    async fn submit(
        &self,
        connection: Option<Submitter>,
        submission: &Submission,
    ) -> (Option<SubmitOutcome>, Option<Submitter>) {
        let reused = connection.is_some();
        let (outcome, kept) = attempt(&self.engine, &self.settings, connection, submission).await;
        let stale =
            matches!(outcome, Some(SubmitOutcome::Transient { stage: Stage::Mail, code: 0 | 421, .. }));
        if reused && stale {
            // The server had enough of this connection: nothing was sent, and a new one may work.
            return attempt(&self.engine, &self.settings, None, submission).await;
        }
        (outcome, kept)
    }

    /// Settles the end of a mail, however long the store takes; returns the next mail, where one is wanted and due.
    async fn settle(
        &self,
        ended: &Submission,
        outcome: Option<&SubmitOutcome>,
        clean: bool,
    ) -> Option<Submission> {
        let mut failures = 0;
        loop {
            let Submission { outbox_id, attempt, .. } = *ended;
            let settlement = match outcome {
                Some(outcome) => ended_as(outbox_id, attempt, outcome),
                None => Settlement::HeldBack { outbox_id, attempt },
            };
            let settled = if clean && !*self.stopping.borrow() {
                self.engine.settle_and_next(settlement).await
            } else {
                self.engine.settle(settlement).await.map(|_| None)
            };
            let error = match settled {
                Ok(next) => {
                    kill::after(Point::SentCommit);
                    return next;
                }
                Err(error) => error,
            };
            if matches!(error, DaemonError::Gone) {
                return None;
            }
            tracing::debug!(row = ended.outbox_id, "an end waits for the store");
            sleep(longer(&mut failures)).await;
        }
    }
}

/// How long a store that failed so often is left alone.
fn longer(failures: &mut usize) -> Duration {
    const SECONDS: [u64; 5] = [1, 2, 5, 10, 30];
    let seconds = SECONDS.get(*failures).or(SECONDS.last()).copied().unwrap_or(1);
    *failures += 1;
    Duration::from_secs(seconds)
}

fn ended_as(outbox_id: i64, attempt: i64, outcome: &SubmitOutcome) -> Settlement {
    Settlement::Ended { outbox_id, attempt, outcome: outcome.clone() }
}

/// One attempt; no outcome when we ourselves kept it from its dot.
async fn attempt(
    engine: &EngineHandle,
    settings: &Settings,
    connection: Option<Submitter>,
    submission: &Submission,
) -> (Option<SubmitOutcome>, Option<Submitter>) {
    let submitter = match connection {
        Some(submitter) => submitter,
        None => match Submitter::connect(&settings.smtp.server, settings.service.address.domain()).await {
            Ok(submitter) => submitter,
            Err(error) => {
                // The engine says once that sending has stopped; this is for who looks closer.
                tracing::info!(%error, row = submission.outbox_id, "no connection takes mail");
                return (Some(error.outcome()), None);
            }
        },
    };
    let Submission { outbox_id, attempt, envelope, bytes } = submission;
    let mut held_back = false;
    let before_dot = async {
        let settlement = Settlement::BeforeDot { outbox_id: *outbox_id, attempt: *attempt };
        kill::before(Point::StageDotCommit);
        let settled = engine.settle(settlement).await;
        kill::after(Point::StageDotCommit);
        held_back = !matches!(settled, Ok(true));
        if held_back { Err(()) } else { Ok(()) }
    };
    let (outcome, kept) = submitter.submit(envelope, bytes, before_dot).await;
    (Some(outcome).filter(|_| !held_back), kept)
}
