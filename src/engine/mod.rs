//! The engine: synchronous, on one thread, the only writer of its process. Six verbs change state, and nothing
//! else does:
//!
//! * [`Engine::keep`] stores raw mails and moves the cursor, in one transaction; nothing is understood yet.
//! * [`Engine::apply`] understands kept mails: decide, write every effect and every outgoing mail.
//! * [`Engine::order`] carries out an operator's command.
//! * [`Engine::due`] claims what is to be submitted now.
//! * [`Engine::settle`] takes the ends of submissions, and "before the dot".
//! * [`Engine::tick`] does what time alone causes, and says when to wake next.
//!
//! Between `keep` and `apply` the daemon asks DNS what [`Engine::keys_wanted`] names, and notes what it heard.
//!
//! An `Err` of a verb means that the store was sick and nothing moved: call it again later. A mail on which our
//! own code fails ends in quarantine and never as an `Err`.

mod absences;
mod acting;
mod addresses;
mod apply;
mod backup;
mod choosing;
mod copies;
mod days_off;
pub mod disk;
mod drawn;
mod exclusions;
mod forgotten;
mod gate;
mod gather;
mod handover;
mod keep;
mod key_file;
mod keys;
mod leaving;
mod ledger;
mod letters;
mod limits;
mod lock;
mod meaning;
mod mend;
mod order;
mod pool;
mod post;
mod proof;
mod reading;
mod recall;
mod reminder;
mod repeats;
mod reports;
mod restore;
mod revoke;
mod set_aside;
mod stops;
mod submit;
mod telling;
mod truth;
mod verify;
mod walk;
mod watch;

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use data_encoding::HEXLOWER;

use crate::clock::Timestamp;
use crate::domain::calendar::Calendar;
use crate::domain::command::Refusal;
use crate::domain::hours::Hours;
use crate::domain::keys::Keys;
use crate::mail::submission::SubmitOutcome;
use crate::render::Renderer;
use crate::rng::Rng;
use crate::settings::{Promise, Settings};
use crate::store::{Journal, Store, StoreError, Tx};

pub use crate::domain::alarm::Alarm;
pub use crate::store::Topic;
pub use apply::Applied;
pub use backup::{Backup, BackupPlan, daily_backup, daily_backups, day_of_backup};
pub use choosing::{Plan, Planned};
pub use keep::Look;
pub use keys::KeysWanted;
pub use lock::{Lock, Use};
pub use repeats::{Standing, hold_repeats};
pub use restore::{Restored, finish_restore, restore};
pub use revoke::Withdrawn;
pub use verify::{Findings, JournalFindings, verify_backup, verify_data};

/// Why a verb did nothing.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The store was sick; nothing moved.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An order that cannot be carried out; nothing moved.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Another process runs on the same data folder.
    #[error("another yorisoi runs on this data folder already (lock {0}); stop it first")]
    Locked(String),
    /// Others have the database open for longer than it takes to run a command.
    #[error("another yorisoi uses the database (lock {0}); wait until it is done, and try again")]
    InUse(String),
    /// Something would be overwritten.
    #[error("{0} is there already")]
    Exists(String),
    /// A data folder without a database or key.
    #[error("there is no database and key in {0}")]
    NothingThere(String),
    /// A file that is no backup.
    #[error("{0} is no backup of yorisoi")]
    NoBackup(String),
    /// A backup was copied to where the database should be.
    #[error(
        "{0} is a backup that was put in place by hand; move it elsewhere, and then put it back with: yorisoi restore FILE"
    )]
    BackupInPlace(String),
    /// The journal was written with another key.
    #[error(
        "{0} holds the journal of accepted mails of another installation; set journal_dir to a folder of its own, or move that journal away"
    )]
    ForeignJournal(String),
    /// A file of the data folder.
    #[error("{path}: {kind}")]
    File {
        /// Which.
        path: String,
        /// What the system said.
        kind: std::io::ErrorKind,
    },
    /// See [`disk`].
    #[error("the disk that holds data_dir has no room: nothing is fetched")]
    NoRoom,
    /// Others could put files of theirs into the data folder.
    #[error("others may write to {0}; run: chmod 700 {0}")]
    Exposed(String),
    /// The data folder lies where SQLite's locks do not hold.
    #[error("data_dir lies on a network file system, where a database gets damaged; set it to a local disk")]
    Remote,
    /// Our own templates or composer failed; never a mail's fault.
    #[error("composing a mail failed: {0}")]
    NotComposed(String),
}

impl EngineError {
    /// What the operator can do about it.
    pub fn remedy(&self) -> &'static str {
        watch::remedy(self)
    }
}

/// The result of a verb.
pub type Result<T> = std::result::Result<T, EngineError>;

/// Whether this process is the daemon of its data folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Takes the lock, and recovers what an earlier process left behind.
    Daemon,
    /// A command beside a running daemon.
    Command,
}

/// How a submission that `due` handed out goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// The final dot is about to be written. It may be, only when `settle` has returned true for it.
    BeforeDot {
        /// The row.
        outbox_id: i64,
        /// The attempt.
        attempt: i64,
    },
    /// The attempt ended before its dot because that did not count: whoever was at the other end had no part in it.
    HeldBack {
        /// The row.
        outbox_id: i64,
        /// The attempt.
        attempt: i64,
    },
    /// The attempt ended.
    Ended {
        /// The row.
        outbox_id: i64,
        /// The attempt.
        attempt: i64,
        /// How.
        outcome: SubmitOutcome,
    },
}

/// See the module's head.
pub struct Engine {
    store: Store,
    journal: Journal,
    context: Context,
    rng: Rng,
    /// Mails on which an earlier process may have died.
    suspects: HashSet<i64>,
    /// Of these, those whose attempt in this process is on record: a store that refuses is no further one.
    counted: HashSet<i64>,
    lively: submit::Lively,
    listed: keep::Listed,
    watch: watch::Watch,
    unwritable: stops::Unwritable,
    instance: String,
    _lock: Option<Lock>,
    _use: Use,
}

/// So many panics within so long are a fault that a start does not mend.
const PANICS: usize = 5;
const PANICS_WITHIN: Duration = Duration::from_secs(600);

/// What composing and deciding need and never change.
pub(crate) struct Context {
    pub(crate) settings: Settings,
    /// For people without hours of their own.
    pub(crate) hours: Hours,
    pub(crate) keys: Keys,
    pub(crate) renderer: Renderer,
}

impl Engine {
    /// Opens the data folder of `settings`, creating what is missing.
    ///
    /// # Errors
    /// The folder cannot be used, or (as the daemon) another process has it.
    pub fn open(settings: &Settings, role: Role, rng: Rng, now: Timestamp) -> Result<Self> {
        let dir = &settings.service.data_dir;
        key_file::private_dir(dir)?;
        key_file::closed_to_others(dir)?;
        if disk::is_remote(dir) {
            return Err(EngineError::Remote);
        }
        let lock = (role == Role::Daemon).then(|| Lock::take(dir)).transpose()?;
        let reserve = disk::Reserve::new(dir);
        if role == Role::Daemon {
            reserve.yield_if_short();
        }
        let shared = shared(dir, lock.is_some())?;
        let keys = Keys::derive(&key_file::read_or_create(dir, "key")?);
        let renderer =
            Renderer::new(&settings.service.name).map_err(|e| EngineError::NotComposed(e.to_string()))?;
        let calendar = Calendar {
            zone: settings.service.timezone.clone(),
            day_starts_at: settings.service.day_starts_at,
        };
        let Promise { due, arrive, quiet, .. } = settings.promise;
        let hours = Hours { calendar, due, arrive, quiet };
        let context = Context { settings: settings.clone(), hours, keys, renderer };
        let mut engine = Self {
            store: Store::open(dir)?,
            journal: Journal::open(&settings.service.journal_dir)?,
            context,
            rng,
            suspects: HashSet::new(),
            counted: HashSet::new(),
            lively: submit::Lively::default(),
            listed: keep::Listed::new(),
            watch: watch::Watch::new(reserve),
            unwritable: stops::Unwritable::default(),
            instance: String::new(),
            _lock: lock,
            _use: shared,
        };
        engine.read_salts()?;
        if role == Role::Daemon {
            // Beside the database, not in it: a copy of the database is another installation.
            engine.instance = HEXLOWER.encode(&key_file::read_or_create(dir, "instance")?[..16]);
            engine.leave_or_enter_safe_mode(now)?;
            engine.note_start(now)?;
            engine.judge_repeats(now)?;
            engine.recover(now)?;
        }
        Ok(engine)
    }

    /// A name that this installation has and no other: 32 hexadecimal digits.
    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// Notes something about the machine, or that there is nothing to note.
    ///
    /// # Errors
    /// The store's.
    pub fn note_machine(&mut self, topic: Topic, note: Option<&str>, now: Timestamp) -> Result<()> {
        Ok(self.store.write(|tx| tx.note_machine(topic, note, now))?)
    }

    /// Reads the whole database of `settings` before anything is written to it.
    ///
    /// # Errors
    /// Another process has it, or it is damaged, or newer than this program.
    pub fn look_over(settings: &Settings) -> Result<()> {
        let dir = &settings.service.data_dir;
        if !dir.join("yorisoi.db").exists() {
            return Ok(());
        }
        let _lock = Lock::take(dir)?;
        match Store::open_to_read(dir) {
            Err(StoreError::Older) => Ok(()),
            Err(error) => Err(error.into()),
            Ok(store) => Ok(store.read(|tx| tx.sound())?),
        }
    }

    /// Notes that a process ended by a panic of ours. After five within ten minutes mails are kept and not understood,
    /// until the operator or another version goes on.
    ///
    /// # Errors
    /// The store's.
    pub fn note_panic(settings: &Settings, now: Timestamp) -> Result<()> {
        Ok(Store::open(&settings.service.data_dir)?.write(|tx| -> std::result::Result<_, StoreError> {
            let before = tx.machine_note(Topic::Panics)?.unwrap_or_default();
            let recent = |at: &i64| now.since(Timestamp::from_millis(*at)) < PANICS_WITHIN;
            let mut panics: Vec<i64> =
                before.split(' ').filter_map(|at| at.parse().ok()).filter(recent).collect();
            panics.push(now.millis());
            let words: Vec<String> = panics.iter().map(i64::to_string).collect();
            tx.note_machine(Topic::Panics, Some(&words.join(" ")), now)?;
            if panics.len() >= PANICS {
                tx.note_machine(Topic::SafeMode, Some(env!("CARGO_PKG_VERSION")), now)?;
            }
            Ok(())
        })?)
    }

    /// Whether another process has committed since `seen` (see `PRAGMA data_version`); returns the new number.
    ///
    /// # Errors
    /// The store's.
    pub fn data_version(&self) -> Result<i64> {
        Ok(self.store.data_version()?)
    }

    /// Reads in one transaction.
    ///
    /// # Errors
    /// Those of `work`.
    pub fn view<T>(&self, work: impl FnOnce(&Tx<'_>) -> std::result::Result<T, StoreError>) -> Result<T> {
        Ok(self.store.read(work)?)
    }
}

/// Shares the data folder, once no restore is left half done in it.
fn shared(dir: &Path, locked: bool) -> Result<Use> {
    loop {
        if locked {
            restore::finish(dir)?
        } else {
            finish_restore(dir)?
        }
        let shared = Use::share(dir)?;
        // One may have been decided in between.
        if !restore::is_decided(dir) {
            return Ok(shared);
        }
    }
}

#[cfg(test)]
mod tests;
