//! When the two loops last worked, and what stopped them.

use rusqlite::params;

use super::{Result, StoreError, Tx, optional};
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
             paused_until_at = NULL, stopped_at = NULL, tell_at = NULL, told = 0";
        self.connection.prepare_cached(sql)?.execute(params![which.word(), now.millis()])?;
        Ok(())
    }

    /// A loop failed; `failure` is a named kind, never a server's text, and in a second line what to do about it. Until
    /// it works again it is stopped, and somebody is told once `tell_at` has come.
    ///
    /// # Errors
    /// The store's.
    pub fn failed(
        &self,
        which: Loop,
        failure: &str,
        until: Option<Timestamp>,
        tell_at: Timestamp,
        now: Timestamp,
    ) -> Result<()> {
        let sql = "INSERT INTO health (name, last_failure_at, failure, paused_until_at, stopped_at, tell_at) \
             VALUES (?1, ?2, ?3, ?4, ?2, ?5) \
             ON CONFLICT (name) DO UPDATE SET last_failure_at = max(?2, coalesce(last_success_at + 1, ?2)), \
             failure = ?3, paused_until_at = max(coalesce(paused_until_at, ?4), ?4), stopped_at = coalesce(stopped_at, ?2), \
             tell_at = min(coalesce(tell_at, ?5), ?5)";
        let until = until.map(Timestamp::millis);
        let values = params![which.word(), now.millis(), failure, until, tell_at.millis()];
        self.connection.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    /// Loops that have been stopped for so long that the office has to know and has not been told, each with the time
    /// since when. From now on it has been.
    ///
    /// # Errors
    /// The store's.
    pub fn tell_of_stops(&self, now: Timestamp) -> Result<Vec<(Loop, Timestamp)>> {
        let sql = "UPDATE health SET told = 1 WHERE stopped_at IS NOT NULL AND told = 0 AND tell_at <= ?1 \
             RETURNING name, stopped_at";
        let mut statement = self.connection.prepare_cached(sql)?;
        let stops = statement.query_map([now.millis()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let stops = stops.collect::<rusqlite::Result<Vec<(String, i64)>>>()?;
        stops.into_iter().map(|(name, at)| Ok((loop_of(&name)?, Timestamp::from_millis(at)))).collect()
    }

    /// When the office is to be told of a stop next.
    ///
    /// # Errors
    /// The store's.
    pub fn next_stop_to_tell(&self) -> Result<Option<Timestamp>> {
        let sql = "SELECT min(tell_at) FROM health WHERE stopped_at IS NOT NULL AND told = 0";
        let at: Option<i64> = self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        Ok(at.map(Timestamp::from_millis))
    }

    /// The office hears of this stop in a mail of its own.
    ///
    /// # Errors
    /// The store's.
    pub fn office_knows(&self, which: Loop) -> Result<()> {
        let sql = "UPDATE health SET told = 1 WHERE name = ?1";
        self.connection.prepare_cached(sql)?.execute([which.word()])?;
        Ok(())
    }

    /// An alarm that is to be given: a loop, and since when it has been stopped; `None` means that it works again after
    /// such an alarm.
    ///
    /// # Errors
    /// The store's.
    pub fn alarm(&self, now: Timestamp) -> Result<Option<(Loop, Option<Timestamp>)>> {
        let sql = "SELECT name, stopped_at FROM health WHERE (stopped_at IS NOT NULL AND alarmed = 0 AND tell_at <= ?1) \
             OR (stopped_at IS NULL AND alarmed = 1) ORDER BY name LIMIT 1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let found = optional(statement.query_row([now.millis()], |row| Ok((row.get(0)?, row.get(1)?))))?;
        let found: Option<(String, Option<i64>)> = found;
        found.map(|(name, at)| Ok((loop_of(&name)?, at.map(Timestamp::from_millis)))).transpose()
    }

    /// An alarm was given: that the loop is `stopped`, or that it works again.
    ///
    /// # Errors
    /// The store's.
    pub fn alarmed(&self, which: Loop, stopped: bool) -> Result<()> {
        let sql = "UPDATE health SET alarmed = ?2 WHERE name = ?1";
        self.connection.prepare_cached(sql)?.execute(params![which.word(), stopped])?;
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
             AND (stage IN ('connect', 'auth', 'mail') OR last_code IN (530, 534, 535, 538, 454))";
        self.connection.prepare_cached(sql)?.execute([now.millis()])?;
        let sql = "UPDATE health SET paused_until_at = NULL WHERE name = ?1";
        self.connection.prepare_cached(sql)?.execute([Loop::Submit.word()])?;
        Ok(())
    }
}

fn loop_of(name: &str) -> Result<Loop> {
    let loops = [Loop::Fetch, Loop::Submit];
    loops.into_iter().find(|which| which.word() == name).ok_or(StoreError::Impossible("health.name"))
}
