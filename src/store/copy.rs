//! Copies of the database, and what is in one: the form of a backup.
//!
//! A backup is one SQLite file: the database, and beside its tables one more, `backup`, with the master key and the time.
//! It is made by `VACUUM INTO`, in one read transaction of its own connection: the daemon goes on writing meanwhile, rows
//! that were deleted do not come along, and every row is read, so that a damaged page is found when the copy is made
//! and not when it is needed.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, params};
use serde::Serialize;

use super::{Result, Store, StoreError, Tx, migrate, optional};
use crate::clock::Timestamp;

/// What a backup holds beside the tables of the database.
pub struct BackupFacts {
    /// When it was made.
    pub made_at: Timestamp,
    /// The master key. No `Debug`: it must never be printed.
    pub key: [u8; 32],
}

/// How many rows of what matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Clients.
    pub clients: i64,
    /// Supporters.
    pub supporters: i64,
    /// Mails that came.
    pub mails: i64,
    /// Letters of clients and supporters.
    pub letters: i64,
    /// Mails that went out or are to go out.
    pub outgoing: i64,
    /// Of these, those that have not gone out yet.
    pub unsent: i64,
}

impl Store {
    /// Copies this database, as it is at this moment, into the empty file `target`, and puts the key into it.
    ///
    /// # Errors
    /// The database is damaged, or the file cannot be written; what is in it then is worth nothing.
    pub fn copy_into(&self, target: &Path, key: &[u8; 32], now: Timestamp) -> Result<()> {
        let name = target.to_str().ok_or(StoreError::Impossible("the name of the file"))?;
        self.connection.execute("VACUUM INTO ?1", [name])?;
        let copy = Connection::open(target)?;
        copy.pragma_update(None, "journal_mode", "memory")?;
        copy.execute_batch("CREATE TABLE backup (made_at INTEGER NOT NULL, key BLOB NOT NULL) STRICT")?;
        let values = params![now.millis(), key.as_slice()];
        copy.execute("INSERT INTO backup (made_at, key) VALUES (?1, ?2)", values)?;
        Ok(())
    }

    /// How large a copy will be about, in octets.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn octets(&self) -> Result<u64> {
        let sql = "SELECT (page_count - freelist_count) * page_size \
             FROM pragma_page_count, pragma_freelist_count, pragma_page_size";
        Ok(self.connection.query_row(sql, [], |row| row.get(0))?)
    }

    /// Opens any database file for reading only.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn open_file_to_read(path: &Path) -> Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(super::PATIENCE)?;
        Ok(Self { connection, path: path.to_owned() })
    }
}

impl Tx<'_> {
    /// What makes this database a backup; `None` for one that is in use.
    ///
    /// # Errors
    /// The store's.
    pub fn backup_facts(&self) -> Result<Option<BackupFacts>> {
        let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'backup')";
        if !self.connection.query_row(sql, [], |row| row.get(0))? {
            return Ok(None);
        }
        let found = optional(self.connection.query_row("SELECT made_at, key FROM backup", [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?))
        }))?;
        let (made_at, key) = found.ok_or(StoreError::Impossible("backup"))?;
        let key = key.try_into().map_err(|_| StoreError::Impossible("the key of a backup"))?;
        Ok(Some(BackupFacts { made_at: Timestamp::from_millis(made_at), key }))
    }

    /// A backup becomes a database that is used.
    ///
    /// # Errors
    /// The store's.
    pub fn no_backup_any_more(&self) -> Result<()> {
        Ok(self.connection.execute_batch("DROP TABLE backup")?)
    }

    /// Everything that SQLite finds wrong with the file and the rows' references; nothing when all is well.
    ///
    /// # Errors
    /// The store's.
    pub fn damage(&self) -> Result<Vec<String>> {
        let mut found: Vec<String> = self.list("PRAGMA integrity_check(20)", [], |row| row.get(0))?;
        found.retain(|line| line != "ok");
        // SQLite's lines name tables, indexes and pages, never a value.
        let mut found: Vec<String> =
            found.into_iter().map(|line| format!("the file is damaged: {line}")).collect();
        let mut statement = self.connection.prepare("PRAGMA foreign_key_check")?;
        if statement.query([])?.next()?.is_some() {
            found.push("rows point at rows that do not exist".to_owned());
        }
        Ok(found)
    }

    /// The format of the database, and the newest that this program knows.
    ///
    /// # Errors
    /// The store's.
    pub fn format(&self) -> Result<(i64, i64)> {
        Ok((migrate::version(self.connection)?, migrate::FORMAT))
    }

    /// How much there is.
    ///
    /// # Errors
    /// The store's.
    pub fn counts(&self) -> Result<Counts> {
        let sql = "SELECT (SELECT count(*) FROM clients), (SELECT count(*) FROM supporters), \
             (SELECT count(*) FROM kept_mails), (SELECT count(*) FROM letters), (SELECT count(*) FROM outbox), \
             (SELECT count(*) FROM outbox WHERE state IN ('queued', 'claimed', 'unknown', 'held'))";
        Ok(self.connection.query_row(sql, [], |row| {
            Ok(Counts {
                clients: row.get(0)?,
                supporters: row.get(1)?,
                mails: row.get(2)?,
                letters: row.get(3)?,
                outgoing: row.get(4)?,
                unsent: row.get(5)?,
            })
        })?)
    }

    /// The newest outgoing mails: effect key and Message-ID.
    ///
    /// # Errors
    /// The store's.
    pub fn newest_ids(&self, limit: i64) -> Result<Vec<(String, String)>> {
        let sql = "SELECT effect_key, message_id FROM outbox ORDER BY id DESC LIMIT ?1";
        self.list(sql, [limit], |row| Ok((row.get(0)?, row.get(1)?)))
    }
}
