//! When the two loops last worked, and what stopped them.

use rusqlite::params;

use super::{Result, Tx, optional};
use crate::clock::Timestamp;

/// One of the daemon's loops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loop {
    /// IMAP.
    Fetch,
    /// SMTP.
    Submit,
}

impl Loop {
    /// The word in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::Submit => "submit",
        }
    }
}

impl Tx<'_> {
    /// A loop did its work. What stopped it before stays to be read, and whichever came later has the later time, even
    /// where the clock was set back in between.
    ///
    /// # Errors
    /// The store's.
    pub fn worked(&self, which: Loop, now: Timestamp) -> Result<()> {
        let sql = "INSERT INTO health (name, last_success_at) VALUES (?1, ?2) \
             ON CONFLICT (name) DO UPDATE SET last_success_at = max(?2, coalesce(last_failure_at, ?2)), \
             paused_until_at = NULL";
        self.connection.prepare_cached(sql)?.execute(params![which.word(), now.millis()])?;
        Ok(())
    }

    /// A loop failed; `failure` is a named kind, never a server's text, and in a second line what to do about it.
    ///
    /// # Errors
    /// The store's.
    pub fn failed(&self, which: Loop, failure: &str, until: Option<Timestamp>, now: Timestamp) -> Result<()> {
        let sql = "INSERT INTO health (name, last_failure_at, failure, paused_until_at) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (name) DO UPDATE SET last_failure_at = max(?2, coalesce(last_success_at + 1, ?2)), \
             failure = ?3, paused_until_at = ?4";
        let until = until.map(Timestamp::millis);
        self.connection.prepare_cached(sql)?.execute(params![which.word(), now.millis(), failure, until])?;
        Ok(())
    }

    /// Until when a loop pauses.
    ///
    /// # Errors
    /// The store's.
    pub fn paused_until(&self, which: Loop) -> Result<Option<Timestamp>> {
        let mut statement =
            self.connection.prepare_cached("SELECT paused_until_at FROM health WHERE name = ?1")?;
        let found: Option<Option<i64>> = optional(statement.query_row([which.word()], |row| row.get(0)))?;
        Ok(found.flatten().map(Timestamp::from_millis))
    }

    /// Ends the pause of submitting: what waits only because the server could not be reached, or refused our account
    /// and not a mail, is due now.
    ///
    /// # Errors
    /// The store's.
    pub fn end_pause(&self, now: Timestamp) -> Result<()> {
        let sql = "UPDATE outbox SET next_at = ?1 WHERE state = 'queued' AND next_at > ?1 \
             AND (stage IN ('connect', 'auth') OR (stage = 'mail' AND last_code >= 500))";
        self.connection.prepare_cached(sql)?.execute([now.millis()])?;
        let sql = "UPDATE health SET paused_until_at = NULL WHERE name = ?1";
        self.connection.prepare_cached(sql)?.execute([Loop::Submit.word()])?;
        Ok(())
    }
}
