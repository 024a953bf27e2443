//! The submit loop: claim what is due, hand each mail to a worker, settle its end.
//!
//! A worker owns its connection; after a clean end the next mail may use it, after any doubt it is dropped.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, sleep, timeout};

use super::DaemonError;
use super::handle::EngineHandle;
use crate::clock;
use crate::engine::Settlement;
use crate::mail::submission::{Stage, Submission, SubmitOutcome};
use crate::net::smtp::Submitter;
use crate::settings::Settings;

/// What a worker gives back: a connection that can be used again, and whether its mail was accepted.
type Ended = Result<(Id, (Option<Submitter>, bool)), JoinError>;

/// Mails under way at one time.
const WORKERS: usize = 4;
/// A connection that nobody needs for this long is closed.
const IDLE: Duration = Duration::from_secs(5);
/// How often the loop looks for what other processes have ordered.
const GLANCE: Duration = Duration::from_secs(1);

/// See the module's head.
pub(super) struct Submissions {
    engine: EngineHandle,
    settings: Settings,
    workers: JoinSet<(Option<Submitter>, bool)>,
    /// Which mail a worker has, in case it breaks.
    claims: HashMap<Id, (i64, i64)>,
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
            idle: Vec::new(),
            accepted: 0,
            not_accepted: 0,
        }
    }

    /// Submits for ever; when told to stop, until the open submissions have ended.
    pub(super) async fn run(mut self, mut stopping: watch::Receiver<bool>) {
        let mut version = 0;
        while !*stopping.borrow() {
            if let Err(error) = self.turn(&mut version).await {
                tracing::error!(%error, "submitting waits for the store");
                sleep(IDLE).await;
                continue;
            }
            tokio::select! {
                () = self.engine.posted() => {}
                Some(ended) = self.workers.join_next_with_id() => self.ended(ended).await,
                () = sleep(GLANCE) => {}
                _ = stopping.changed() => {}
            }
        }
        while let Some(ended) = self.workers.join_next_with_id().await {
            self.ended(ended).await;
        }
        self.close(Duration::ZERO).await;
    }

    /// Submits until nothing is due; returns how many were accepted and how many were not.
    pub(super) async fn once(mut self) -> Result<(usize, usize), DaemonError> {
        loop {
            self.engine.tick().await?;
            self.dispatch().await?;
            match self.workers.join_next_with_id().await {
                Some(ended) => self.ended(ended).await,
                None => break,
            }
        }
        self.close(Duration::ZERO).await;
        Ok((self.accepted, self.not_accepted))
    }

    /// Does what is due, and what another process ordered.
    async fn turn(&mut self, version: &mut i64) -> Result<(), DaemonError> {
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
        let free = WORKERS.saturating_sub(self.workers.len());
        if free == 0 {
            return Ok(());
        }
        for submission in self.engine.due(free).await? {
            let connection = self.idle.pop().map(|(connection, _)| connection);
            let (engine, settings) = (self.engine.clone(), self.settings.clone());
            let claim = (submission.outbox_id, submission.attempt);
            let worker = async move { submit(&engine, &settings, connection, &submission).await };
            self.claims.insert(self.workers.spawn(worker).id(), claim);
        }
        Ok(())
    }

    async fn ended(&mut self, ended: Ended) {
        match ended {
            Ok((id, (connection, accepted))) => {
                self.claims.remove(&id);
                self.idle.extend(connection.map(|c| (c, Instant::now())));
                self.accepted += usize::from(accepted);
                self.not_accepted += usize::from(!accepted);
            }
            Err(error) => {
                tracing::error!("a worker broke; how far its mail got is not known");
                self.not_accepted += 1;
                if let Some((outbox_id, attempt)) = self.claims.remove(&error.id()) {
                    let settled =
                        self.engine.settle(ended_as(outbox_id, attempt, &SubmitOutcome::Unknown)).await;
                    if let Err(error) = settled {
                        tracing::error!(%error, row = outbox_id, "its end is found out at the next start");
                    }
                }
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

/// One submission from claim to settled end. Returns a connection that can be used again, and whether the mail
/// was accepted.
async fn submit(
    engine: &EngineHandle,
    settings: &Settings,
    connection: Option<Submitter>,
    submission: &Submission,
) -> (Option<Submitter>, bool) {
    let reused = connection.is_some();
    let (mut outcome, mut kept) = attempt(engine, settings, connection, submission).await;
    let stale = SubmitOutcome::Transient { stage: Stage::Mail, code: 0 };
    if reused && outcome == stale {
        // The server had closed the idle connection: nothing was sent, and a new one may work.
        (outcome, kept) = attempt(engine, settings, None, submission).await;
    }
    let accepted = matches!(outcome, SubmitOutcome::Accepted { .. });
    let Submission { outbox_id, attempt, .. } = *submission;
    while let Err(error) = engine.settle(ended_as(outbox_id, attempt, &outcome)).await {
        tracing::error!(%error, row = outbox_id, "an end waits for the store");
        if matches!(error, DaemonError::Gone) {
            break;
        }
        sleep(GLANCE).await;
    }
    (kept, accepted)
}

fn ended_as(outbox_id: i64, attempt: i64, outcome: &SubmitOutcome) -> Settlement {
    Settlement::Ended { outbox_id, attempt, outcome: outcome.clone() }
}

async fn attempt(
    engine: &EngineHandle,
    settings: &Settings,
    connection: Option<Submitter>,
    submission: &Submission,
) -> (SubmitOutcome, Option<Submitter>) {
    let submitter = match connection {
        Some(submitter) => submitter,
        None => match Submitter::connect(&settings.smtp, settings.service.address.domain()).await {
            Ok(submitter) => submitter,
            Err(error) => {
                tracing::warn!(%error, row = submission.outbox_id, "no connection takes mail");
                return (error.outcome(), None);
            }
        },
    };
    let Submission { outbox_id, attempt, envelope, bytes } = submission;
    let before_dot = async {
        let settlement = Settlement::BeforeDot { outbox_id: *outbox_id, attempt: *attempt };
        match engine.settle(settlement).await {
            Ok(true) => Ok(()),
            _ => Err(()),
        }
    };
    submitter.submit(envelope, bytes, before_dot).await
}
