//! SQL, all of it, and nothing else: no decisions, no mail bytes understood.
//!
//! One write connection. Every change happens inside [`Store::write`], which is `BEGIN IMMEDIATE` … `COMMIT`
//! with `synchronous=FULL`: when it returns `Ok`, the change survives a power cut; when it returns `Err`, nothing
//! happened. A busy database is waited for up to five seconds and then is an error of the store, never of a mail.

mod absences;
mod addresses;
mod check;
mod copy;
mod days_off;
mod discarded;
mod effects;
mod ends;
mod exclusions;
mod facts;
mod folders;
mod handovers;
mod health;
mod holdings;
mod inbox;
mod journal;
mod keys;
mod leavings;
mod ledger;
mod limits;
mod line;
mod machine;
mod memos;
mod migrate;
mod outbox;
mod people;
mod pool;
mod readings;
mod recalls;
mod restores;
mod salts;
mod set_aside;
mod status;
mod suspended;
mod traits;
mod view;
mod walks;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::kill::{self, Point};

pub use absences::AbsenceView;
pub use addresses::{AddressView, WaitingMail};
pub use copy::{BackupFacts, Counts};
pub use ends::EndView;
pub use exclusions::ExclusionView;
pub use facts::{Asked, ReportFacts, SentRow, WaitingLetter, Whose, Written};
pub use folders::FolderView;
pub use handovers::{Description, Handover, Happened};
pub use health::Loop;
pub use inbox::{KeptMail, NewMail};
pub use journal::{Journal, JournalFacts};
pub use leavings::{Farewell, Leaving};
pub use ledger::EntryView;
pub use line::{ClaimLimits, Claimed};
pub use machine::Topic;
pub use outbox::{NewRow, RowEnd};
pub use people::NewPerson;
pub use pool::{AskFacts, OpenAsk, PoolView, TakenAsk};
pub use readings::{ClosedReading, ReadingRow};
pub use restores::{Repeat, Restore};
pub use set_aside::{AsideWords, SetAsideRow, SetAsideView};
pub use status::{CountView, HealthView, OldestView, StatusView, WaitingView};
pub use suspended::{ReportedRow, SuspendedView};
pub use view::{ClientView, LetterView, MailView, OutboxView, ReportView, SupporterView, ThreadView};
pub use walks::WaitingReport;

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite said no; the message holds its code, never a value.
    #[error("the database {0}")]
    Sqlite(String),
    /// The disk under the database is sick, or what lies on it.
    #[error("the database cannot be used: {0}")]
    Sick(Sick),
    /// A file beside the database.
    #[error("{path}: {kind}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        kind: std::io::ErrorKind,
    },
    /// The database was written by a newer program.
    #[error(
        "the database has format {found}, and this program knows formats up to {known}; use the newer program"
    )]
    Newer {
        /// Of the file.
        found: i64,
        /// Of the program.
        known: i64,
    },
    /// The database was written by an older program, and was not opened to be written.
    #[error("the database has an older format")]
    Older,
    /// A value that no program of ours writes.
    #[error("the database holds an impossible value in {0}")]
    Impossible(&'static str),
}

/// What is wrong with the disk, as SQLite notices it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Sick {
    /// SQLITE_FULL.
    #[error("its disk is full")]
    Full,
    /// SQLITE_READONLY.
    #[error("its disk or its file cannot be written")]
    ReadOnly,
    /// SQLITE_IOERR: a quota, a limit, a broken disk.
    #[error("reading or writing its file fails")]
    Failing,
    /// SQLITE_CORRUPT, SQLITE_NOTADB.
    #[error("its file is damaged; it is left as it is")]
    Damaged,
}

impl Sick {
    fn of(code: rusqlite::ErrorCode) -> Option<Self> {
        use rusqlite::ErrorCode::{DatabaseCorrupt, DiskFull, NotADatabase, ReadOnly, SystemIoFailure};
        match code {
            DiskFull => Some(Self::Full),
            ReadOnly => Some(Self::ReadOnly),
            SystemIoFailure => Some(Self::Failing),
            DatabaseCorrupt | NotADatabase => Some(Self::Damaged),
            _ => None,
        }
    }

    fn of_file(kind: std::io::ErrorKind) -> Option<Self> {
        use std::io::ErrorKind::{
            FileTooLarge, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull,
        };
        match kind {
            StorageFull => Some(Self::Full),
            ReadOnlyFilesystem | PermissionDenied => Some(Self::ReadOnly),
            QuotaExceeded | FileTooLarge => Some(Self::Failing),
            _ => None,
        }
    }

    fn remedy(self) -> &'static str {
        match self {
            Self::Full => "free some space on the disk that holds data_dir; it goes on by itself",
            Self::ReadOnly => {
                "make data_dir writable for the user that yorisoi runs as (is its disk mounted read-only?); it goes on \
                 by itself"
            }
            Self::Failing => {
                "look at the disk that holds data_dir, its quota, and the limits of the process (ulimit -f); it goes on \
                 by itself"
            }
            Self::Damaged => {
                "stop yorisoi, keep a copy of data_dir, and put the newest good backup in its place; what came since is \
                 fetched again"
            }
        }
    }
}

impl StoreError {
    /// What the operator can do about it.
    pub fn remedy(&self) -> &'static str {
        let sick = match self {
            Self::Sick(sick) => Some(*sick),
            Self::File { kind, .. } => Sick::of_file(*kind),
            Self::Newer { .. } => return "use the newer program, or put back the backup from before it",
            Self::Sqlite(_) | Self::Impossible(_) | Self::Older => None,
        };
        sick.map_or("look at the disk that holds data_dir, and at the log", Sick::remedy)
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        if let Some(sick) = error.sqlite_error_code().and_then(Sick::of) {
            return Self::Sick(sick);
        }
        Self::Sqlite(match error {
            rusqlite::Error::SqliteFailure(code, _) => format!("refused: {code}"),
            rusqlite::Error::QueryReturnedNoRows => "has no such row".to_owned(),
            other => format!("gave an unexpected answer: {}", kind_of(&other)),
        })
    }
}

/// The kind of an error without any value in it.
fn kind_of(error: &rusqlite::Error) -> &'static str {
    match error {
        rusqlite::Error::InvalidColumnType(..) => "a column of another type",
        rusqlite::Error::FromSqlConversionFailure(..) | rusqlite::Error::IntegralValueOutOfRange(..) => {
            "a value out of range"
        }
        rusqlite::Error::SqlInputError { .. } => "SQL that it does not understand",
        _ => "an error of use",
    }
}

/// The result of a store call.
pub type Result<T> = std::result::Result<T, StoreError>;

/// The database file and its one write connection.
pub struct Store {
    connection: Connection,
    path: PathBuf,
}

/// An open transaction; every query of the project is a method of it.
pub struct Tx<'a> {
    connection: &'a Connection,
}

const PATIENCE: Duration = Duration::from_secs(5);

impl Store {
    /// Opens or creates `dir/yorisoi.db` and brings it to the newest format.
    ///
    /// # Errors
    /// The folder or file cannot be used, or a newer program wrote it.
    pub fn open(dir: &Path) -> Result<Self> {
        let path = dir.join("yorisoi.db");
        let mut connection = Connection::open(&path)?;
        connection.busy_timeout(PATIENCE)?;
        private(&path)?;
        connection.pragma_update(None, "page_size", 16384)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "wal_autocheckpoint", 4000)?;
        // A batch changes more pages than SQLite's two megabytes hold.
        connection.pragma_update(None, "cache_size", -16_000)?;
        connection.pragma_update(None, "temp_store", "memory")?;
        connection.set_prepared_statement_cache_capacity(256);
        // Plans do not depend on bound values; else SQLite prepares statements anew at every execution.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.pragma_update(None, "foreign_keys", false)?;
        migrate::migrate(&mut connection, &path)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        checkpoint(&connection);
        Ok(Self { connection, path })
    }

    /// Opens an existing database for reading only; what the daemon commits meanwhile becomes visible.
    ///
    /// # Errors
    /// There is no database, or it cannot be read.
    pub fn open_to_read(dir: &Path) -> Result<Self> {
        let path = dir.join("yorisoi.db");
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let plain = Connection::open_with_flags(&path, flags)?;
        let connection = match migrate::version(&plain) {
            Ok(_) => plain,
            // Beside a database that nobody has open SQLite makes two files. Where the disk has no room for them,
            // or may not be written, nobody else can write either.
            Err(error) if is_absent_or_empty(&dir.join("yorisoi.db-wal")) => {
                let uri = immutable(&path).ok_or(error)?;
                Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)?
            }
            Err(error) => return Err(error),
        };
        connection.busy_timeout(PATIENCE)?;
        let store = Self { connection, path };
        let (found, known) = migrate::not_newer(&store.connection)?;
        if found < known { Err(StoreError::Older) } else { Ok(store) }
    }

    /// Where the database is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs `work` in one write transaction.
    ///
    /// # Errors
    /// Those of `work`, and those of beginning and committing; then nothing was written.
    pub fn write<T, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&Tx<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(StoreError::from)?;
        let value = work(&Tx { connection: &transaction })?;
        transaction.commit().map_err(StoreError::from)?;
        Ok(value)
    }

    /// Runs `work` in one read transaction: everything that it sees is of one moment.
    ///
    /// # Errors
    /// Those of `work`.
    pub fn read<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&Tx<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let transaction = self.connection.unchecked_transaction().map_err(StoreError::from)?;
        work(&Tx { connection: &transaction })
    }

    /// A number that changes when another process commits (`PRAGMA data_version`).
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn data_version(&self) -> Result<i64> {
        Ok(self.connection.query_row("PRAGMA data_version", [], |row| row.get(0))?)
    }
}

impl Tx<'_> {
    /// Runs `work` in a savepoint: when it fails, its effects alone are undone.
    ///
    /// # Errors
    /// Those of `work`.
    pub fn savepoint<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&Self) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let run = |sql: &str| -> Result<()> {
            self.connection.prepare_cached(sql)?.execute([])?;
            Ok(())
        };
        run("SAVEPOINT one")?;
        let result = work(self);
        if result.is_err() {
            // A full disk may have ended the whole transaction, and every savepoint with it (sqlite.org/lang_transaction.html).
            if self.connection.is_autocommit() {
                return result;
            }
            run("ROLLBACK TO one")?;
        }
        run("RELEASE one")?;
        result
    }
}

/// Brings into the database file what a process that was killed left in the log beside it. Never waits for readers;
/// a disk that has no room for it now has it later, and the log is as good until then.
fn checkpoint(connection: &Connection) {
    kill::before(Point::WalCheckpoint);
    let _ = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
    kill::after(Point::WalCheckpoint);
}

fn is_absent_or_empty(path: &Path) -> bool {
    std::fs::metadata(path).map_or(true, |seen| seen.len() == 0)
}

/// The file as one that nobody changes (sqlite.org/uri.html).
fn immutable(path: &Path) -> Option<String> {
    let path = std::path::absolute(path).ok()?;
    let escaped = path.to_str()?.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    Some(format!("file:{escaped}?immutable=1"))
}

/// Gives the file to its owner alone.
fn private(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let file = |error: std::io::Error| StoreError::File { path: path.to_owned(), kind: error.kind() };
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(file)
}

/// The first row, or `None`.
fn optional<T>(result: rusqlite::Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(rusqlite::Error::QueryReturnedNoRows) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A 64-bit pattern as SQLite keeps it.
fn to_sql_int(number: u64) -> i64 {
    i64::from_ne_bytes(number.to_ne_bytes())
}

/// The reverse of [`to_sql_int`].
fn from_sql_int(number: i64) -> u64 {
    u64::from_ne_bytes(number.to_ne_bytes())
}

#[cfg(test)]
mod tests;
