//! SQL, all of it, and nothing else: no decisions, no mail bytes understood.
//!
//! One write connection. Every change happens inside [`Store::write`], which is `BEGIN IMMEDIATE` … `COMMIT`
//! with `synchronous=FULL`: when it returns `Ok`, the change survives a power cut; when it returns `Err`, nothing
//! happened. A busy database is waited for up to five seconds and then is an error of the store, never of a mail.

mod check;
mod effects;
mod facts;
mod health;
mod inbox;
mod journal;
mod migrate;
mod outbox;
mod people;
mod status;
mod suspended;
mod view;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::kill::{self, Point};

pub use facts::{ReportFacts, SentRow, WaitingLetter};
pub use health::Loop;
pub use inbox::{KeptMail, NewMail};
pub use journal::Journal;
pub use outbox::{NewRow, RowEnd};
pub use people::NewPerson;
pub use status::{CountView, HealthView, OldestView, StatusView, WaitingView};
pub use suspended::{ReportedRow, SuspendedView};
pub use view::{ClientView, LetterView, MailView, OutboxView, ReportView, SupporterView, ThreadView};

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite said no; the message holds its code, never a value.
    #[error("the database {0}")]
    Sqlite(String),
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
    /// A value that no program of ours writes.
    #[error("the database holds an impossible value in {0}")]
    Impossible(&'static str),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
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
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "wal_autocheckpoint", 4000)?;
        // A batch changes more pages than SQLite's two megabytes hold, and each savepoint keeps the old ones.
        connection.pragma_update(None, "cache_size", -16_000)?;
        connection.pragma_update(None, "temp_store", "memory")?;
        connection.set_prepared_statement_cache_capacity(128);
        // Plans do not depend on bound values; else SQLite prepares statements anew at every execution.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        migrate::migrate(&mut connection, &path)?;
        checkpoint(&connection);
        Ok(Self { connection, path })
    }

    /// Opens an existing database for reading only; what the daemon commits meanwhile becomes visible.
    ///
    /// # Errors
    /// There is no database, or it cannot be read.
    pub fn open_to_read(dir: &Path) -> Result<Self> {
        let path = dir.join("yorisoi.db");
        let connection = Connection::open_with_flags(
            &path,
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        connection.busy_timeout(PATIENCE)?;
        Ok(Self { connection, path })
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
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_process_left_in_the_log_goes_into_the_database_at_the_next_start() {
        let (dir, after) = (tempfile::tempdir().expect("dir"), tempfile::tempdir().expect("dir"));
        let mut killed = Store::open(dir.path()).expect("store");
        killed
            .write(|tx| tx.begin_epoch("INBOX", 1, crate::clock::Timestamp::from_millis(0)))
            .expect("epoch");
        for name in ["yorisoi.db", "yorisoi.db-wal"] {
            std::fs::copy(dir.path().join(name), after.path().join(name)).expect("copy");
        }
        let started = Store::open(after.path()).expect("store");
        let alone = dir.path().join("alone.db");
        std::fs::copy(after.path().join("yorisoi.db"), &alone).expect("copy");
        let alone = Connection::open(alone).expect("alone");
        let epochs: i64 =
            alone.query_row("SELECT count(*) FROM epochs", [], |row| row.get(0)).expect("count");
        assert_eq!(epochs, 1);
        drop(started);
    }
}
