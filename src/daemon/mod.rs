//! The loops: fetch, submit, and the end.
//!
//! One thread runs the engine and nothing else; the loops are tasks that send it requests over a bounded channel.
//! When the process is told to stop, fetching ends at once, nothing more is claimed, and what is being submitted
//! gets eight seconds; what is still open then is recovered at the next start.

mod alarm;
mod backup;
mod fetch;
mod folder;
mod guard;
mod handle;
mod submit;

use std::time::Duration;

use tokio::signal::unix::SignalKind;
use tokio::sync::watch;

use crate::clock;
use crate::engine::{Engine, EngineError, Role};
use crate::net::dns::Dns;
use crate::rng::Rng;
use crate::settings::Settings;

use fetch::Fetcher;
use folder::FetchError;
use handle::EngineHandle;
use submit::Submissions;

/// Why the daemon cannot run.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// The engine cannot be opened, or its store stays sick.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The system gives no randomness, thread, signal or socket driver.
    #[error("the system refuses what a daemon needs: {0}")]
    System(std::io::ErrorKind),
    /// Another installation works on the mailbox.
    #[error(
        "another yorisoi works on this mailbox: its mark in the folder `yorisoi` is fresh. Stop that one, or give this \
         one a mailbox of its own; to go on here instead of there, add --take-over"
    )]
    Foreign,
    /// A loop or the engine's thread ended by itself.
    #[error("a part of the daemon stopped by itself; the log says where")]
    Gone,
}

impl From<std::io::Error> for DaemonError {
    fn from(error: std::io::Error) -> Self {
        Self::System(error.kind())
    }
}

/// Time for what is being submitted when the process is told to stop.
const GRACE: Duration = Duration::from_secs(8);

/// What one run of [`once`] met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OnceReport {
    /// Mails that were understood.
    pub applied: usize,
    /// Of these, quarantined ones.
    pub quarantined: usize,
    /// Mails that were accepted by the submission server.
    pub accepted: usize,
    /// Submissions that ended otherwise.
    pub not_accepted: usize,
    /// Whether fetching failed, or a mail could not be fetched.
    pub fetch_failed: bool,
    /// Whether something is left that is due.
    pub left_due: bool,
}

impl OnceReport {
    /// Whether nothing needs a second look.
    pub fn is_clean(&self) -> bool {
        let Self { quarantined, not_accepted, fetch_failed, left_due, .. } = self;
        *quarantined == 0 && *not_accepted == 0 && !fetch_failed && !left_due
    }
}

/// How far a run is, counted from its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Mails kept and understood.
    pub taken_in: usize,
    /// Of how many that the folder listed.
    pub of: usize,
    /// Submissions that have ended.
    pub sent: usize,
}

/// On every Linux but MIPS and SPARC; POSIX names it and gives it no number.
const SIGXFSZ: i32 = 25;
/// How often progress is told.
const TOLD: Duration = Duration::from_millis(500);
/// How often the log says how far fetching is while it lasts.
const LOGGED: Duration = Duration::from_secs(10);

/// Runs until SIGTERM or SIGINT.
///
/// # Errors
/// The data folder cannot be used, another daemon has it, or the system refuses something.
pub fn run(settings: &Settings) -> Result<(), DaemonError> {
    with_runtime(settings, async |engine| {
        let mut terminate = tokio::signal::unix::signal(SignalKind::terminate())?;
        let mut interrupt = tokio::signal::unix::signal(SignalKind::interrupt())?;
        let signal = async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        serve(engine, settings, signal).await
    })
}

/// Runs until `stop` resolves; signals are left to the caller. Blocks its thread, which must not be a runtime's.
///
/// # Errors
/// As [`run`].
pub fn run_until(settings: &Settings, stop: impl Future<Output = ()>) -> Result<(), DaemonError> {
    with_runtime(settings, async |engine| serve(engine, settings, stop).await)
}

async fn serve(
    engine: EngineHandle,
    settings: &Settings,
    stop: impl Future<Output = ()>,
) -> Result<(), DaemonError> {
    let (tell, stopping) = watch::channel(false);
    let fetcher = Fetcher::new(engine.clone(), settings.clone(), Rng::from_system()?);
    let submissions = Submissions::new(engine.clone(), settings.clone());
    let (clear, cleared) = watch::channel(false);
    let mut fetching = tokio::spawn(fetcher.run(stopping.clone(), clear));
    let mut submitting = tokio::spawn(submissions.run(stopping, cleared));
    let command = settings.service.alarm_command.clone();
    let alarming = (!command.is_empty()).then(|| tokio::spawn(alarm::run(engine.clone(), command)));
    let backing_up = tokio::spawn(backup::run(settings.service.clone()));
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
    tracing::info!("running");
    let log = |Progress { taken_in, of, .. }| {
        if taken_in < of {
            tracing::info!(taken_in, of, "taking in");
        }
    };
    let ended = tokio::select! {
        () = telling(&engine, LOGGED, log, stop) => Ok(()),
        // Without one of its parts a daemon would look alive and do half its work.
        () = engine.gone() => return Err(DaemonError::Gone),
        ended = &mut fetching => match ended {
            Ok(Err(foreign)) => Err(foreign),
            _ => return Err(DaemonError::Gone),
        },
        _ = &mut submitting => return Err(DaemonError::Gone),
    };
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
    tracing::info!("stopping");
    let _ = tell.send(true);
    fetching.abort();
    if let Some(alarming) = alarming {
        alarming.abort();
    }
    backing_up.abort();
    if tokio::time::timeout(GRACE, &mut submitting).await.is_err() {
        tracing::warn!("a submission is still open; its end is found out at the next start");
        submitting.abort();
    }
    ended
}

/// Waits for `work`, and tells every now and then how far things are.
async fn telling<T>(
    engine: &EngineHandle,
    every: Duration,
    tell: impl Fn(Progress),
    work: impl Future<Output = T>,
) -> T {
    let mut work = std::pin::pin!(work);
    loop {
        match tokio::time::timeout(every, &mut work).await {
            Ok(done) => return done,
            Err(_) => tell(engine.progress()),
        }
    }
}

/// Takes in everything that waits, sends everything that is due, and returns. `tell` hears how far it is, twice a
/// second.
///
/// # Errors
/// As [`run`].
pub fn once(settings: &Settings, tell: impl Fn(Progress)) -> Result<OnceReport, DaemonError> {
    with_runtime(settings, async |engine| {
        telling(&engine, TOLD, &tell, take_in_and_send(&engine, settings)).await
    })
}

async fn take_in_and_send(engine: &EngineHandle, settings: &Settings) -> Result<OnceReport, DaemonError> {
    let mut report = OnceReport::default();
    let mut fetcher = Fetcher::new(engine.clone(), settings.clone(), Rng::from_system()?);
    let fetched = fetcher.once().await;
    if matches!(fetched, Err(FetchError::Foreign)) {
        return Err(DaemonError::Foreign);
    }
    report.fetch_failed = fetched.is_err() || fetcher.unfetchable() > 0;
    let applied = engine.applied();
    (report.applied, report.quarantined) = (applied.mails, applied.quarantined);
    let (accepted, not_accepted) = Submissions::new(engine.clone(), settings.clone()).once().await?;
    (report.accepted, report.not_accepted) = (accepted, not_accepted);
    report.left_due = engine.has_due().await?;
    Ok(report)
}

fn with_runtime<T>(
    settings: &Settings,
    work: impl AsyncFnOnce(EngineHandle) -> Result<T, DaemonError>,
) -> Result<T, DaemonError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let _limited = {
        let _inside = runtime.enter();
        // A file that reaches the limit of the process (ulimit -f) is an error to handle, not a death.
        tokio::signal::unix::signal(SignalKind::from_raw(SIGXFSZ))?
    };
    Engine::look_over(settings)?;
    let engine = Engine::open(settings, Role::Daemon, Rng::from_system()?, clock::now())?;
    let (handle, thread) = EngineHandle::start(engine, Dns::new(&settings.auth))?;
    let result = runtime.block_on(work(handle));
    // Tasks that are still open are dropped here, and with them the last handles: the engine's thread then ends.
    // A name look-up that hangs in the system is not waited for.
    runtime.shutdown_timeout(Duration::from_millis(500));
    let _ = thread.join();
    if matches!(result, Err(DaemonError::Gone)) {
        Engine::note_panic(settings, clock::now())?;
    }
    result
}
