//! The fetch loop: connect, look, take in, wait; and after a failure wait longer.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use super::DaemonError;
use super::handle::EngineHandle;
use crate::kill::{self, Point};
use crate::mail::fetched::{FetchStep, Fetched};
use crate::net::imap::{ImapError, Round, Selected, Session, Woken};
use crate::settings::Settings;

/// Without IDLE the folder is looked at this often.
const POLL: Duration = Duration::from_secs(60);
/// With IDLE it is looked at least this often, whatever IDLE says.
const SLICE: Duration = Duration::from_secs(300);
/// Waits after the first, second, … failure in a row, in seconds.
const BACKOFF: [u64; 7] = [1, 2, 5, 15, 30, 60, 300];
/// The same when our own disk is to blame: looking at it costs nobody anything.
const DISK_BACKOFF: [u64; 4] = [1, 2, 5, 10];
/// The same when the server refuses user name and password: locked accounts come from hammering.
const CREDENTIALS_BACKOFF: [u64; 4] = [60, 300, 900, 3600];

/// Why a round ended early.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    /// The server or the way to it.
    #[error(transparent)]
    Imap(#[from] ImapError),
    /// Our own side.
    #[error(transparent)]
    Daemon(#[from] DaemonError),
}

impl FetchError {
    /// What the operator can do about it.
    fn remedy(&self) -> &'static str {
        match self {
            Self::Imap(error) => error.remedy(),
            Self::Daemon(DaemonError::Engine(error)) => error.remedy(),
            Self::Daemon(_) => "look at the log",
        }
    }
}

/// See the module's head.
pub(super) struct Fetcher {
    engine: EngineHandle,
    settings: Settings,
    /// What a lost session left to fetch, and under which UIDVALIDITY.
    pending: Option<(u32, Round)>,
    failures: usize,
    unfetchable: usize,
}

impl Fetcher {
    pub(super) fn new(engine: EngineHandle, settings: Settings) -> Self {
        Self { engine, settings, pending: None, failures: 0, unfetchable: 0 }
    }

    /// Fetches for ever.
    pub(super) async fn run(mut self, stopping: watch::Receiver<bool>) {
        // Kept mails of an earlier process need no server.
        let _ = self.engine.apply_all().await;
        while !*stopping.borrow() {
            let Err(error) = self.session().await;
            self.note(&error).await;
            let wait = self.backoff(&error);
            self.failures += 1;
            sleep(wait).await;
        }
    }

    /// One round, with as many sessions as a broken mail costs.
    pub(super) async fn once(&mut self) -> Result<(), FetchError> {
        const SESSIONS: usize = 8;
        self.engine.apply_all().await?;
        if let Err(error) = self.engine.room().await {
            let error = FetchError::Daemon(error);
            self.note(&error).await;
            return Err(error);
        }
        for attempt in 1..=SESSIONS {
            let result = match Session::connect(&self.settings.imap).await {
                Ok(mut session) => {
                    let result = self.round(&mut session).await;
                    session.logout().await;
                    result
                }
                Err(error) => Err(error.into()),
            };
            match result {
                Ok(()) => return Ok(self.engine.note_fetch(None).await?),
                // A session that a mail broke leaves something behind; anything else is not mended by haste.
                Err(error) if self.pending.is_none() || attempt == SESSIONS => {
                    self.note(&error).await;
                    return Err(error);
                }
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// Mails that the server listed and did not hand out.
    pub(super) fn unfetchable(&self) -> usize {
        self.unfetchable
    }

    /// One session, until it fails.
    async fn session(&mut self) -> Result<std::convert::Infallible, FetchError> {
        self.engine.room().await?;
        let mut session = Session::connect(&self.settings.imap).await?;
        loop {
            self.round(&mut session).await?;
            self.engine.note_fetch(None).await?;
            self.failures = 0;
            match session.wait(SLICE).await? {
                Woken::News | Woken::Elapsed => {}
                Woken::NoIdle => sleep(POLL).await,
            }
        }
    }

    /// Looks at the folder and takes in what has no row yet.
    async fn round(&mut self, session: &mut Session) -> Result<(), FetchError> {
        // What an earlier failure of the store left waiting comes first.
        self.engine.apply_all().await?;
        let folder = self.settings.imap.folder.clone();
        let mut selected = session.select(&folder).await?;
        let plan = self.engine.keep(step(&folder, selected, None, Vec::new())).await?;
        // UIDNEXT is only true at this moment: mail that comes from now on moves it.
        selected.uid_next = None;
        let left = self.pending.take().filter(|(validity, _)| *validity == selected.uid_validity);
        if let Some((_, round)) = left {
            self.fetch(session, &folder, selected, round).await?;
        }
        let listed = session.search_above(plan.low_water).await?;
        let plan = self.engine.keep(step(&folder, selected, Some(listed), Vec::new())).await?;
        if plan.wanted.is_empty() {
            return Ok(());
        }
        self.engine.note_wanted(plan.wanted.len());
        let round = Round::new(plan.wanted, self.settings.service.max_message_bytes);
        self.fetch(session, &folder, selected, round).await
    }

    /// Keeps and applies what a round brings; what it could not bring waits for the next session.
    async fn fetch(
        &mut self,
        session: &mut Session,
        folder: &str,
        selected: Selected,
        mut round: Round,
    ) -> Result<(), FetchError> {
        let mut fetched = Vec::new();
        while !round.is_done() {
            // While one batch is kept and applied the next one is on its way. When keeping fails the round is
            // dropped: what has no row will be listed again.
            let taken_in = take_in(&self.engine, step(folder, selected, None, fetched));
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
        Ok(take_in(&self.engine, step(folder, selected, None, fetched)).await?)
    }

    async fn note(&self, error: &FetchError) {
        // What is wrong on our own side is in the log already.
        if let FetchError::Imap(error) = error {
            tracing::warn!(%error, failures = self.failures + 1, "fetching failed");
        }
        let _ = self.engine.note_fetch(Some(format!("{error}\n{}", error.remedy()))).await;
    }

    fn backoff(&self, error: &FetchError) -> Duration {
        let steps: &[u64] = match error {
            FetchError::Imap(ImapError::Credentials) => &CREDENTIALS_BACKOFF,
            FetchError::Daemon(_) => &DISK_BACKOFF,
            _ => &BACKOFF,
        };
        let last = steps.last().copied().unwrap_or(60);
        Duration::from_secs(steps.get(self.failures).copied().unwrap_or(last))
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

fn step(folder: &str, selected: Selected, listed: Option<Vec<u32>>, fetched: Vec<Fetched>) -> FetchStep {
    let Selected { uid_validity, uid_next, .. } = selected;
    FetchStep { folder: folder.to_owned(), uid_validity, uid_next, listed, fetched }
}
