//! The fetch loop: connect, look, take in, wait; and after a failure wait longer. Now and then a look at the junk folder,
//! over the same session; whatever happens there, the main folder goes on.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::DaemonError;
use super::folder::{Every, FetchError, Folder};
use super::guard::MailboxGuard;
use super::handle::EngineHandle;
use crate::engine::EngineError;
use crate::mail::fetched::FolderRole;
use crate::net::imap::{ImapError, Session, Woken};
use crate::rng::Rng;
use crate::settings::{JunkFolder, Settings};

/// Without IDLE the folder is looked at this often.
const POLL: Duration = Duration::from_secs(60);
/// With IDLE it is looked at least this often, whatever IDLE says.
const SLICE: Duration = Duration::from_secs(300);
/// The junk folder is looked at this often.
const JUNK: Duration = Duration::from_secs(600);
/// So long the main folder waits for a look at a junk folder that is full.
const JUNK_SLICE: Duration = Duration::from_secs(10);
/// So many sessions in a row may break at mails of the junk folder; then it waits for its next turn.
const JUNK_BREAKS: usize = 8;
/// A session that lasted so long after its first round was a good one: the failures before it are forgotten. A server
/// that serves a round and then drops whoever waits is not to be logged in to each second.
const STEADY: Duration = Duration::from_secs(60);
/// News behind which there is no mail are looked after at most this often.
const NO_NEWS: Duration = Duration::from_secs(1);
/// Waits after the first, second, … failure in a row, in seconds.
const BACKOFF: [u64; 7] = [1, 2, 5, 15, 30, 60, 300];
/// The same when there is no room on our own disk: looking at it costs nobody anything.
const DISK_BACKOFF: [u64; 4] = [1, 2, 5, 10];
/// The same when our database cannot be written, which a session at the server finds out.
const STORE_BACKOFF: [u64; 6] = [1, 2, 5, 10, 30, 60];
/// The same when the server refuses user name and password: locked accounts come from hammering.
const CREDENTIALS_BACKOFF: [u64; 4] = [60, 300, 900, 3600];

/// See the module's head.
pub(super) struct Fetcher {
    engine: EngineHandle,
    settings: Settings,
    main: Folder,
    junk: Folder,
    junk_looks: Every,
    junk_breaks: usize,
    failures: usize,
    /// When the session that is open had its first round.
    served: Option<Instant>,
    rng: Rng,
    guard: MailboxGuard,
}

impl Fetcher {
    pub(super) fn new(engine: EngineHandle, settings: Settings, rng: Rng) -> Self {
        let folder = |role, name| Folder::new(engine.clone(), role, name, settings.service.max_message_bytes);
        let main = folder(FolderRole::Main, settings.imap.folder.clone());
        let junk = folder(FolderRole::Junk, String::new());
        let junk_looks = Every::new(JUNK);
        let guard = MailboxGuard::new(settings.service.address.clone());
        Self {
            engine,
            settings,
            main,
            junk,
            junk_looks,
            junk_breaks: 0,
            failures: 0,
            served: None,
            rng,
            guard,
        }
    }

    /// Fetches until another installation is found on the mailbox. `cleared` hears when there is none, as far as can
    /// be known.
    pub(super) async fn run(
        mut self,
        stopping: watch::Receiver<bool>,
        cleared: watch::Sender<bool>,
    ) -> Result<(), DaemonError> {
        // Kept mails of an earlier process need no server.
        let _ = self.engine.apply_all().await;
        while !*stopping.borrow() {
            let Err(error) = self.session(&cleared).await;
            if self.served.take().is_some_and(|served| served.elapsed() >= STEADY) {
                self.failures = 0;
            }
            self.note(&error).await;
            if matches!(error, FetchError::Foreign) {
                return Err(DaemonError::Foreign);
            }
            cleared.send_replace(true);
            let wait = backoff(&error, self.failures, self.rng.jitter());
            self.failures += 1;
            sleep(wait).await;
        }
        Ok(())
    }

    /// One round, with as many sessions as broken mails cost.
    pub(super) async fn once(&mut self) -> Result<(), FetchError> {
        const SESSIONS: usize = 16;
        self.engine.apply_all().await?;
        if let Err(error) = self.engine.room().await {
            let error = FetchError::Daemon(error);
            self.note(&error).await;
            return Err(error);
        }
        for attempt in 1..=SESSIONS {
            let last = attempt == SESSIONS;
            match self.visit().await {
                Ok(()) if !self.junk.is_pending() || last => return Ok(()),
                // A session that a mail broke leaves something behind; anything else is not mended by haste.
                Err(error) if !self.main.is_pending() || last => {
                    self.note(&error).await;
                    return Err(error);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Mails that the server listed and did not hand out.
    pub(super) fn unfetchable(&self) -> usize {
        self.main.unfetchable() + self.junk.unfetchable()
    }

    /// One session, one look at each folder.
    async fn visit(&mut self) -> Result<(), FetchError> {
        let mut session = Session::connect(&self.settings.imap).await?;
        let mut result = self.guard.look(&mut session, &self.engine).await;
        if result.is_ok() {
            result = self.round(&mut session).await.map(drop);
        }
        if result.is_ok() && self.junk_left().is_zero() {
            result = self.look_at_junk(&mut session, None).await;
        }
        session.logout().await;
        result
    }

    /// One session, until it fails.
    async fn session(
        &mut self,
        cleared: &watch::Sender<bool>,
    ) -> Result<std::convert::Infallible, FetchError> {
        self.engine.room().await?;
        let mut session = Session::connect(&self.settings.imap).await?;
        loop {
            self.guard.look(&mut session, &self.engine).await?;
            cleared.send_replace(true);
            let brought = self.round(&mut session).await?;
            self.served.get_or_insert_with(Instant::now);
            let junk_left = self.junk_left();
            if junk_left.is_zero() {
                self.look_at_junk(&mut session, Some(Instant::now() + JUNK_SLICE)).await?;
                if session.is_spent() {
                    sleep(Duration::from_secs(BACKOFF[0])).await;
                    session = Session::connect(&self.settings.imap).await?;
                }
                // Another folder is open, and nobody has told what came to the main one meanwhile.
                continue;
            }
            match session.wait(SLICE.min(junk_left)).await? {
                Woken::News if !brought => sleep(NO_NEWS).await,
                Woken::News | Woken::Elapsed => {}
                Woken::NoIdle => sleep(POLL).await,
            }
        }
    }

    /// Looks at the main folder. Tells whether there was anything to fetch.
    async fn round(&mut self, session: &mut Session) -> Result<bool, FetchError> {
        // What an earlier failure of the store left waiting comes first.
        self.engine.apply_all().await?;
        let brought = self.main.round(session, None).await?;
        self.engine.note_fetch(None).await?;
        Ok(brought)
    }

    /// How long until the junk folder is looked at.
    fn junk_left(&self) -> Duration {
        match self.settings.imap.junk {
            JunkFolder::Unwatched => Duration::MAX,
            _ => self.junk_looks.left(Instant::now()),
        }
    }

    /// Looks at the junk folder. Fails for our own side's sake only.
    async fn look_at_junk(
        &mut self,
        session: &mut Session,
        deadline: Option<Instant>,
    ) -> Result<(), FetchError> {
        self.junk_looks.done(Instant::now());
        match self.junk_round(session, deadline).await {
            Ok(()) => {
                self.junk_breaks = 0;
                if self.junk.is_pending() {
                    self.junk_looks.hasten();
                }
                Ok(())
            }
            Err(FetchError::Imap(_))
                if session.is_spent() && self.junk.is_pending() && self.junk_breaks < JUNK_BREAKS =>
            {
                // A mail broke it, perhaps; the next session finds out which.
                self.junk_breaks += 1;
                self.junk_looks.hasten();
                Ok(())
            }
            Err(FetchError::Imap(error)) => {
                self.junk_breaks = 0;
                self.junk.drop_pending();
                let remedy = match error {
                    ImapError::Refused { .. } => {
                        "set imap.junk_folder to a folder that the account can read, or to \"\""
                    }
                    _ => error.remedy(),
                };
                Ok(self.junk.note(format!("{error}\n{remedy}"), false).await?)
            }
            Err(error) => Err(error),
        }
    }

    async fn junk_round(
        &mut self,
        session: &mut Session,
        deadline: Option<Instant>,
    ) -> Result<(), FetchError> {
        let name = match &self.settings.imap.junk {
            JunkFolder::Unwatched => return Ok(()),
            JunkFolder::Named(name) => Some(name.clone()),
            JunkFolder::Auto => {
                session.junk_folder().await?.filter(|name| *name != self.settings.imap.folder)
            }
        };
        let found = name.is_some();
        self.junk.rename(name.unwrap_or_default());
        if found {
            return self.junk.round(session, deadline).await.map(drop);
        }
        let failure = "the server has no folder for junk\nif it has one, write its name in imap.junk_folder";
        Ok(self.junk.note(failure.to_owned(), false).await?)
    }

    async fn note(&self, error: &FetchError) {
        // What is wrong on our own side is in the log already.
        if !matches!(error, FetchError::Daemon(_)) {
            tracing::warn!(%error, failures = self.failures + 1, "fetching failed");
        }
        let _ = self.engine.note_fetch(Some(format!("{error}\n{}", error.remedy()))).await;
    }
}

/// The wait after a session that failed when `failures` had failed in a row before it; `jitter` in −100…100 moves it by
/// up to ten per cent, for not all of a provider's customers to come back at one moment.
fn backoff(error: &FetchError, failures: usize, jitter: i64) -> Duration {
    let steps: &[u64] = match error {
        FetchError::Imap(ImapError::Credentials) => &CREDENTIALS_BACKOFF,
        FetchError::Daemon(DaemonError::Engine(EngineError::NoRoom)) => &DISK_BACKOFF,
        FetchError::Daemon(_) => &STORE_BACKOFF,
        _ => &BACKOFF,
    };
    let seconds = steps.get(failures).or(steps.last()).copied().unwrap_or(60);
    Duration::from_millis(seconds * 1000u64.saturating_add_signed(jitter.clamp(-100, 100)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waits_grow_and_move_by_ten_per_cent_at_most() {
        let lost = FetchError::Imap(ImapError::Lost);
        let refused = FetchError::Imap(ImapError::Credentials);
        for (error, failures, jitter, millis) in [
            (&lost, 0, 0, 1_000),
            (&lost, 0, -100, 900),
            (&lost, 3, 37, 15_555),
            (&lost, 6, 100, 330_000),
            (&lost, 1_000, -100, 270_000),
            (&refused, 0, 0, 60_000),
            (&refused, 0, 100, 66_000),
            (&refused, 3, -50, 3_420_000),
            (&refused, 9, 5_000, 3_960_000),
        ] {
            let wait = backoff(error, failures, jitter);
            assert_eq!(wait, Duration::from_millis(millis), "{error} {failures} {jitter}");
        }
    }
}
