//! The engine on a thread of its own, and the bounded channel to it.
//!
//! Settlements that wait together are settled together: one sync pays for all of them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::Instant;

use super::{DaemonError, Progress};
use crate::clock::{self, Timestamp};
use crate::engine::{Alarm, Applied, Engine, EngineError, KeysWanted, Look, Settlement, Topic};
use crate::kill::{self, Point};
use crate::mail::fetched::{FetchPlan, FetchStep};
use crate::mail::submission::Submission;
use crate::net::dns::{Dns, Found};

type Answer<T> = oneshot::Sender<Result<T, EngineError>>;

enum Request {
    Room(Answer<()>),
    NoteGuard(bool, Answer<()>),
    TakesOver(Answer<bool>),
    Keep(Box<FetchStep>, Answer<FetchPlan>),
    KeysWanted(Answer<Vec<KeysWanted>>),
    NoteKeys(Vec<KeysWanted>, Found, Answer<()>),
    Apply(Answer<Applied>),
    Due(usize, Answer<Vec<Submission>>),
    Settle(Settling),
    Tick(Answer<Option<Timestamp>>),
    NoteFetch(Option<String>, Answer<()>),
    Alarm(Answer<Option<(Alarm, String)>>),
    Alarmed(Alarm, Answer<()>),
    NoteLook(Box<Look>, Answer<()>),
    HasDue(Answer<bool>),
    DataVersion(Answer<i64>),
}

/// A settlement, and whether who settles wants another mail.
struct Settling {
    settlement: Settlement,
    wants: bool,
    answer: Answer<(bool, Option<Submission>)>,
}

/// A way to the engine; cheap to clone.
#[derive(Clone)]
pub(super) struct EngineHandle {
    requests: mpsc::Sender<Request>,
    /// Rung when there may be something to submit.
    posted: Arc<Notify>,
    applied: Arc<AtomicUsize>,
    quarantined: Arc<AtomicUsize>,
    wanted: Arc<AtomicUsize>,
    ended: Arc<AtomicUsize>,
    /// The last error of the engine that the log has, and since when.
    said: Arc<Mutex<Option<(String, Instant)>>>,
    instance: Arc<str>,
    dns: Option<Dns>,
}

/// Requests that may wait.
const QUEUE: usize = 64;
/// Settlements that are about to come are waited for so often and so long: a fraction of what a sync costs.
const WAITS: usize = 2;
const WAIT: Duration = Duration::from_micros(50);
/// Mails wait at most so long for the keys of their signatures, then they are understood without.
const KEYS: Duration = Duration::from_secs(30);
/// How long an error that stays is not repeated in the log.
const SAID_AGAIN: Duration = Duration::from_secs(3600);

impl EngineHandle {
    /// Starts the engine's thread. `dns`: where the keys of signatures are looked up, if they are checked.
    pub(super) fn start(engine: Engine, dns: Option<Dns>) -> Result<(Self, JoinHandle<()>), DaemonError> {
        let (requests, received) = mpsc::channel(QUEUE);
        let instance = engine.instance().into();
        let thread = std::thread::Builder::new().name("engine".to_owned());
        let thread = thread.spawn(move || serve(engine, received))?;
        let zero = || Arc::new(AtomicUsize::new(0));
        let posted = Arc::new(Notify::new());
        let (applied, quarantined, wanted, ended) = (zero(), zero(), zero(), zero());
        let said = Arc::default();
        let handle = Self { requests, posted, applied, quarantined, wanted, ended, said, instance, dns };
        Ok((handle, thread))
    }

    async fn ask<T>(&self, request: impl FnOnce(Answer<T>) -> Request) -> Result<T, DaemonError> {
        let (answer, answered) = oneshot::channel();
        self.requests.send(request(answer)).await.map_err(|_| DaemonError::Gone)?;
        let answered = answered.await.map_err(|_| DaemonError::Gone)?;
        if let Err(error) = &answered {
            self.say_once(error);
        }
        Ok(answered?)
    }

    /// A sick disk fails every request; the log has it once an hour.
    fn say_once(&self, error: &EngineError) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let text = error.to_string();
        let known = said.as_ref().is_some_and(|(said, at)| *said == text && at.elapsed() < SAID_AGAIN);
        if !known && !matches!(error, EngineError::NoRoom) {
            tracing::error!(%error, remedy = error.remedy(), "nothing moves until this is mended");
            *said = Some((text, Instant::now()));
        }
    }

    /// Something was written: whatever was wrong is mended.
    fn works(&self) {
        if self.said.lock().unwrap_or_else(PoisonError::into_inner).take().is_some() {
            tracing::info!("the database can be written again");
        }
    }

    /// The name of this installation.
    pub(super) fn instance(&self) -> &str {
        &self.instance
    }

    /// Notes whether a second installation on the mailbox would be noticed.
    pub(super) async fn note_guard(&self, works: bool) -> Result<(), DaemonError> {
        self.ask(|answer| Request::NoteGuard(works, answer)).await
    }

    /// Whether the mailbox is to be taken over from another installation; says so once.
    pub(super) async fn takes_over(&self) -> Result<bool, DaemonError> {
        self.ask(Request::TakesOver).await
    }

    /// Whether there is room on the disk for further mail.
    pub(super) async fn room(&self) -> Result<(), DaemonError> {
        self.ask(Request::Room).await
    }

    pub(super) async fn keep(&self, step: FetchStep) -> Result<FetchPlan, DaemonError> {
        self.ask(|answer| Request::Keep(Box::new(step), answer)).await
    }

    /// Applies until nothing waits, and rings for the submissions.
    pub(super) async fn apply_all(&self) -> Result<(), DaemonError> {
        loop {
            kill::before(Point::DkimDns);
            self.seek_keys().await?;
            kill::after(Point::DkimDns);
            let applied = self.ask(Request::Apply).await?;
            if applied.mails == 0 {
                return Ok(());
            }
            self.works();
            self.applied.fetch_add(applied.mails, Ordering::Relaxed);
            self.quarantined.fetch_add(applied.quarantined, Ordering::Relaxed);
            self.ring();
        }
    }

    /// Looks up the keys of what waits, for them to be there when it is applied.
    async fn seek_keys(&self) -> Result<(), DaemonError> {
        let Some(dns) = &self.dns else { return Ok(()) };
        let wanted = self.ask(Request::KeysWanted).await?;
        if wanted.is_empty() {
            return Ok(());
        }
        let names = wanted.iter().flat_map(|w| w.names.iter().map(ToString::to_string)).collect();
        let found = dns.look_up(names, KEYS).await;
        self.ask(|answer| Request::NoteKeys(wanted, found, answer)).await
    }

    /// What was applied since the start.
    pub(super) fn applied(&self) -> Applied {
        let (mails, quarantined) =
            (self.applied.load(Ordering::Relaxed), self.quarantined.load(Ordering::Relaxed));
        Applied { mails, quarantined }
    }

    /// Notes that mails are about to be fetched.
    pub(super) fn note_wanted(&self, mails: usize) {
        self.wanted.fetch_add(mails, Ordering::Relaxed);
    }

    /// Notes that a submission ended.
    pub(super) fn note_ended(&self) {
        self.ended.fetch_add(1, Ordering::Relaxed);
    }

    /// How far things are since the start.
    pub(super) fn progress(&self) -> Progress {
        let taken_in = self.applied.load(Ordering::Relaxed);
        // what an earlier process kept was never wanted by this one
        let of = self.wanted.load(Ordering::Relaxed).max(taken_in);
        Progress { taken_in, of, sent: self.ended.load(Ordering::Relaxed) }
    }

    pub(super) async fn due(&self, limit: usize) -> Result<Vec<Submission>, DaemonError> {
        self.ask(|answer| Request::Due(limit, answer)).await
    }

    pub(super) async fn settle(&self, settlement: Settlement) -> Result<bool, DaemonError> {
        let settling = |answer| Request::Settle(Settling { settlement, wants: false, answer });
        let (counted, _) = self.ask(settling).await?;
        self.works();
        Ok(counted)
    }

    /// Settles, and claims another mail if one is due.
    pub(super) async fn settle_and_next(
        &self,
        settlement: Settlement,
    ) -> Result<Option<Submission>, DaemonError> {
        let settling = |answer| Request::Settle(Settling { settlement, wants: true, answer });
        let (_, next) = self.ask(settling).await?;
        self.works();
        Ok(next)
    }

    pub(super) async fn tick(&self) -> Result<Option<Timestamp>, DaemonError> {
        self.ask(Request::Tick).await
    }

    pub(super) async fn note_fetch(&self, failure: Option<String>) -> Result<(), DaemonError> {
        self.ask(|answer| Request::NoteFetch(failure, answer)).await
    }

    /// What the alarm is to say now.
    pub(super) async fn alarm(&self) -> Result<Option<(Alarm, String)>, DaemonError> {
        self.ask(Request::Alarm).await
    }

    pub(super) async fn alarmed(&self, alarm: Alarm) -> Result<(), DaemonError> {
        self.ask(|answer| Request::Alarmed(alarm, answer)).await
    }

    pub(super) async fn note_look(&self, look: Look) -> Result<(), DaemonError> {
        self.ask(|answer| Request::NoteLook(Box::new(look), answer)).await
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

    /// Tells the submissions that more may go out than a moment ago.
    pub(super) fn ring(&self) {
        self.posted.notify_one();
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
    let mut together = 1;
    while let Some(request) = next.take() {
        if let Request::Settle(settling) = request {
            (together, next) = settle_together(&mut engine, &mut received, settling, together);
        } else {
            serve_one(&mut engine, request);
        }
        if next.is_none() {
            next = received.blocking_recv();
        }
    }
}

/// The time, which the engine compares with a clock that nobody sets.
fn now(engine: &mut Engine) -> Timestamp {
    let now = clock::now();
    engine.note_time(now, clock::steady());
    now
}

/// Whether the operator ordered to take the mailbox over; the order holds once.
fn takes_over(engine: &mut Engine, now: Timestamp) -> Result<bool, EngineError> {
    let ordered = engine.view(|tx| tx.machine_note(Topic::TakesOver))?.is_some();
    if ordered {
        engine.note_machine(Topic::TakesOver, None, now)?;
    }
    Ok(ordered)
}

/// Notes what DNS said, and whether it said anything.
fn note_keys(
    engine: &mut Engine,
    wanted: &[KeysWanted],
    found: &Found,
    now: Timestamp,
) -> Result<(), EngineError> {
    engine.note_keys(wanted, &found.keys, now)?;
    match found {
        Found { answered: 0, unanswered: 0, .. } => Ok(()),
        Found { answered: 0, .. } => engine.note_machine(Topic::NoDns, Some("no name server answers"), now),
        Found { .. } => engine.note_machine(Topic::NoDns, None, now),
    }
}

fn serve_one(engine: &mut Engine, request: Request) {
    let now = now(engine);
    match request {
        Request::Room(answer) => drop(answer.send(engine.look_at_disk())),
        Request::NoteGuard(works, answer) => {
            let note = (!works).then_some("the server allows no folder");
            drop(answer.send(engine.note_machine(Topic::Unguarded, note, now)));
        }
        Request::TakesOver(answer) => drop(answer.send(takes_over(engine, now))),
        Request::Keep(step, answer) => {
            drop(answer.send(engine.look_at_disk().and_then(|()| engine.keep(&step, now))));
        }
        Request::KeysWanted(answer) => drop(answer.send(engine.keys_wanted())),
        Request::NoteKeys(wanted, found, answer) => {
            drop(answer.send(note_keys(engine, &wanted, &found, now)));
        }
        Request::Apply(answer) => drop(answer.send(engine.apply(now))),
        Request::Due(limit, answer) => drop(answer.send(engine.due(now, limit))),
        Request::Tick(answer) => {
            // Too little room is said once, and stops fetching; it stops no tick.
            let _ = engine.look_at_disk();
            let next = engine.tick(now);
            engine.note_writable(!matches!(next, Err(EngineError::Store(_))), now);
            drop(answer.send(next));
        }
        Request::NoteFetch(failure, answer) => drop(answer.send(engine.note_fetch(failure.as_deref(), now))),
        Request::Alarm(answer) => drop(answer.send(engine.alarm(now))),
        Request::Alarmed(alarm, answer) => drop(answer.send(engine.alarmed(alarm))),
        Request::NoteLook(look, answer) => drop(answer.send(engine.note_look(&look, now))),
        Request::HasDue(answer) => drop(answer.send(engine.has_due(now))),
        Request::DataVersion(answer) => drop(answer.send(engine.data_version())),
        Request::Settle(Settling { settlement, wants, answer }) => {
            let settled = engine.settle_and_due(&[settlement], now, usize::from(wants));
            drop(answer.send(settled.map(|(counted, mut due)| (counted == [true], due.pop()))));
        }
    }
}

/// Settles this one and those that wait behind it; returns how many it were, and the first request of another kind.
/// Where fewer wait than the `last` time, the others are about to come: they are waited for a moment.
fn settle_together(
    engine: &mut Engine,
    received: &mut mpsc::Receiver<Request>,
    first: Settling,
    last: usize,
) -> (usize, Option<Request>) {
    let mut together = vec![first];
    let mut other = None;
    let mut waits = WAITS;
    while other.is_none() && together.len() < QUEUE {
        match received.try_recv() {
            Ok(Request::Settle(settling)) => together.push(settling),
            Ok(request) => other = Some(request),
            Err(_) if together.len() < last && waits > 0 => {
                waits -= 1;
                std::thread::park_timeout(WAIT);
            }
            Err(_) => break,
        }
    }
    let size = together.len();
    let settlements: Vec<Settlement> = together.iter().map(|s| s.settlement.clone()).collect();
    let wanted = together.iter().filter(|s| s.wants).count();
    let now = now(engine);
    match engine.settle_and_due(&settlements, now, wanted) {
        Ok((counted, due)) => {
            let mut due = due.into_iter();
            for (Settling { wants, answer, .. }, counted) in together.into_iter().zip(counted) {
                let _ = answer.send(Ok((counted, if wants { due.next() } else { None })));
            }
        }
        // One at a time: whoever is to blame gets the error, and nobody else.
        Err(_) => together.into_iter().for_each(|settling| serve_one(engine, Request::Settle(settling))),
    }
    (size, other)
}
