//! The engine on a thread of its own, and the bounded channel to it.
//!
//! Settlements that wait together are settled together: one sync pays for all of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

use tokio::sync::{Notify, mpsc, oneshot};

use super::DaemonError;
use crate::clock::{self, Timestamp};
use crate::engine::{Applied, Engine, EngineError, Settlement};
use crate::mail::fetched::{FetchPlan, FetchStep};
use crate::mail::submission::Submission;

type Answer<T> = oneshot::Sender<Result<T, EngineError>>;

enum Request {
    Keep(Box<FetchStep>, Answer<FetchPlan>),
    Apply(Answer<Applied>),
    Due(usize, Answer<Vec<Submission>>),
    Settle(Settlement, Answer<bool>),
    Tick(Answer<Option<Timestamp>>),
    NoteFetch(Option<String>, Answer<()>),
    HasDue(Answer<bool>),
    DataVersion(Answer<i64>),
}

/// A way to the engine; cheap to clone.
#[derive(Clone)]
pub(super) struct EngineHandle {
    requests: mpsc::Sender<Request>,
    /// Rung when there may be something to submit.
    posted: Arc<Notify>,
    applied: Arc<AtomicUsize>,
    quarantined: Arc<AtomicUsize>,
}

/// Requests that may wait.
const QUEUE: usize = 64;

impl EngineHandle {
    /// Starts the engine's thread.
    pub(super) fn start(engine: Engine) -> Result<(Self, JoinHandle<()>), DaemonError> {
        let (requests, received) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new().name("engine".to_owned());
        let thread = thread.spawn(move || serve(engine, received))?;
        let zero = || Arc::new(AtomicUsize::new(0));
        let handle = Self { requests, posted: Arc::new(Notify::new()), applied: zero(), quarantined: zero() };
        Ok((handle, thread))
    }

    async fn ask<T>(&self, request: impl FnOnce(Answer<T>) -> Request) -> Result<T, DaemonError> {
        let (answer, answered) = oneshot::channel();
        self.requests.send(request(answer)).await.map_err(|_| DaemonError::Gone)?;
        Ok(answered.await.map_err(|_| DaemonError::Gone)??)
    }

    pub(super) async fn keep(&self, step: FetchStep) -> Result<FetchPlan, DaemonError> {
        self.ask(|answer| Request::Keep(Box::new(step), answer)).await
    }

    /// Applies until nothing waits, and rings for the submissions.
    pub(super) async fn apply_all(&self) -> Result<(), DaemonError> {
        loop {
            let applied = self.ask(Request::Apply).await?;
            if applied.mails == 0 {
                return Ok(());
            }
            self.applied.fetch_add(applied.mails, Ordering::Relaxed);
            self.quarantined.fetch_add(applied.quarantined, Ordering::Relaxed);
            self.posted.notify_one();
        }
    }

    /// What was applied since the start.
    pub(super) fn applied(&self) -> Applied {
        let (mails, quarantined) =
            (self.applied.load(Ordering::Relaxed), self.quarantined.load(Ordering::Relaxed));
        Applied { mails, quarantined }
    }

    pub(super) async fn due(&self, limit: usize) -> Result<Vec<Submission>, DaemonError> {
        self.ask(|answer| Request::Due(limit, answer)).await
    }

    pub(super) async fn settle(&self, settlement: Settlement) -> Result<bool, DaemonError> {
        self.ask(|answer| Request::Settle(settlement, answer)).await
    }

    pub(super) async fn tick(&self) -> Result<Option<Timestamp>, DaemonError> {
        self.ask(Request::Tick).await
    }

    pub(super) async fn note_fetch(&self, failure: Option<String>) -> Result<(), DaemonError> {
        self.ask(|answer| Request::NoteFetch(failure, answer)).await
    }

    pub(super) async fn has_due(&self) -> Result<bool, DaemonError> {
        self.ask(Request::HasDue).await
    }

    pub(super) async fn data_version(&self) -> Result<i64, DaemonError> {
        self.ask(Request::DataVersion).await
    }

    /// Waits until the engine's thread is gone, which it should not be.
    pub(super) async fn gone(&self) {
        self.requests.closed().await;
    }

    /// Waits until something may have been posted.
    pub(super) async fn posted(&self) {
        self.posted.notified().await;
    }
}

/// Serves requests in order until every handle is gone. An answer that nobody waits for any more is dropped:
/// what it reports is durable all the same.
fn serve(mut engine: Engine, mut received: mpsc::Receiver<Request>) {
    let mut next = received.blocking_recv();
    while let Some(request) = next.take() {
        if let Request::Settle(settlement, answer) = request {
            next = settle_together(&mut engine, &mut received, settlement, answer);
        } else {
            serve_one(&mut engine, request);
        }
        if next.is_none() {
            next = received.blocking_recv();
        }
    }
}

fn serve_one(engine: &mut Engine, request: Request) {
    let now = clock::now();
    match request {
        Request::Keep(step, answer) => drop(answer.send(engine.keep(&step, now))),
        Request::Apply(answer) => drop(answer.send(engine.apply(now))),
        Request::Due(limit, answer) => drop(answer.send(engine.due(now, limit))),
        Request::Tick(answer) => drop(answer.send(engine.tick(now))),
        Request::NoteFetch(failure, answer) => drop(answer.send(engine.note_fetch(failure.as_deref(), now))),
        Request::HasDue(answer) => drop(answer.send(engine.has_due(now))),
        Request::DataVersion(answer) => drop(answer.send(engine.data_version())),
        Request::Settle(settlement, answer) => {
            let settled = engine.settle(&[settlement], now);
            drop(answer.send(settled.map(|counted| counted.first() == Some(&true))));
        }
    }
}

/// Settles this one and those that wait behind it; returns the first request of another kind.
fn settle_together(
    engine: &mut Engine,
    received: &mut mpsc::Receiver<Request>,
    settlement: Settlement,
    answer: Answer<bool>,
) -> Option<Request> {
    let mut settlements = vec![settlement];
    let mut answers = vec![answer];
    let mut other = None;
    while other.is_none() && settlements.len() < QUEUE {
        match received.try_recv() {
            Ok(Request::Settle(settlement, answer)) => {
                settlements.push(settlement);
                answers.push(answer);
            }
            Ok(request) => other = Some(request),
            Err(_) => break,
        }
    }
    match engine.settle(&settlements, clock::now()) {
        Ok(counted) => {
            for (answer, counted) in answers.into_iter().zip(counted) {
                let _ = answer.send(Ok(counted));
            }
        }
        // One at a time: whoever is to blame gets the error, and nobody else.
        Err(_) => {
            for (settlement, answer) in settlements.into_iter().zip(answers) {
                serve_one(engine, Request::Settle(settlement, answer));
            }
        }
    }
    other
}
