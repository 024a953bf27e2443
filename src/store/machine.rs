//! What the clock of the machine does to instants that are stored.

use std::time::Duration;

use rusqlite::params;

use super::{Result, Tx, optional};
use crate::clock::Timestamp;
use crate::domain::limits::DAY;
use crate::domain::outgoing::Kind;
use crate::domain::settled::LONGEST_WAIT;

/// What a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// The mailbox has no room for marks: a second installation on it would not be noticed.
    Unguarded,
    /// The next start takes the mailbox over from another installation.
    TakesOver,
    /// Ends by our own panic, as instants, and the version that panicked.
    Panics,
    /// Mails are kept and not understood; the version that panicked.
    SafeMode,
    /// Until then nothing expires: the clock jumped.
    Rest,
    /// No name server answered the last questions for keys of signatures.
    NoDns,
}

impl Topic {
    fn word(self) -> &'static str {
        match self {
            Self::Unguarded => "unguarded",
            Self::TakesOver => "takes_over",
            Self::Panics => "panics",
            Self::SafeMode => "safe_mode",
            Self::Rest => "rest",
            Self::NoDns => "no_dns",
        }
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl Tx<'_> {
    /// What is noted.
    ///
    /// # Errors
    /// The store's.
    pub fn machine_note(&self, topic: Topic) -> Result<Option<String>> {
        let mut statement =
            self.connection.prepare_cached("SELECT note FROM machine_notes WHERE topic = ?1")?;
        optional(statement.query_row([topic.word()], |row| row.get(0)))
    }

    /// Notes something, or that there is nothing to note; what is so already is not written again.
    ///
    /// # Errors
    /// The store's.
    pub fn note_machine(&self, topic: Topic, note: Option<&str>, now: Timestamp) -> Result<()> {
        match note {
            Some(note) => {
                let sql = "INSERT INTO machine_notes (topic, note, noted_at) VALUES (?1, ?2, ?3) \
                     ON CONFLICT (topic) DO UPDATE SET note = ?2, noted_at = ?3 WHERE note <> ?2";
                self.connection.prepare_cached(sql)?.execute(params![topic.word(), note, now.millis()])?;
            }
            None => {
                let sql = "DELETE FROM machine_notes WHERE topic = ?1";
                self.connection.prepare_cached(sql)?.execute([topic.word()])?;
            }
        }
        Ok(())
    }

    /// The latest instant at which the database was told something.
    ///
    /// # Errors
    /// The store's.
    pub fn newest_instant(&self) -> Result<Option<Timestamp>> {
        let sql = "SELECT max(at) FROM (SELECT max(max(coalesce(last_success_at, 0), coalesce(last_failure_at, 0))) AS at \
             FROM health UNION ALL SELECT ingested_at FROM (SELECT ingested_at FROM kept_mails ORDER BY id DESC LIMIT 1) \
             UNION ALL SELECT created_at FROM (SELECT created_at FROM outbox ORDER BY id DESC LIMIT 1))";
        let at: Option<i64> = self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        Ok(at.map(Timestamp::from_millis))
    }

    /// Mails whose time ran out since `newest`, when nothing ran, have until now: their last attempt is still to come.
    ///
    /// # Errors
    /// The store's.
    pub fn give_last_chance(&self, newest: Timestamp, now: Timestamp) -> Result<()> {
        let sql = "UPDATE outbox SET expires_at = ?2 WHERE state IN ('queued', 'claimed', 'unknown') AND expires_at >= ?1 AND expires_at < ?2";
        self.connection.prepare_cached(sql)?.execute([newest.millis(), now.millis()])?;
        Ok(())
    }

    /// The clock was set back: what waits, and what pauses, waits no longer for it. What was written while the clock
    /// was ahead lives as long as if it were written now.
    ///
    /// # Errors
    /// The store's.
    pub fn move_waits_back(&self, by: Duration, now: Timestamp) -> Result<()> {
        let sql = "UPDATE outbox SET next_at = max(?1, next_at - ?2) WHERE state IN ('queued', 'unknown') AND next_at > ?1";
        self.connection.execute(sql, params![now.millis(), millis(by)])?;
        let sql =
            "UPDATE health SET paused_until_at = max(?1, paused_until_at - ?2) WHERE paused_until_at > ?1";
        self.connection.execute(sql, params![now.millis(), millis(by)])?;
        for kind in Kind::ALL {
            let sql = "UPDATE outbox SET expires_at = ?3 WHERE kind = ?1 AND state IN ('queued', 'unknown', 'held') \
                 AND created_at > ?2 AND expires_at > ?3";
            let values = params![kind.word(), now.millis(), now.after(kind.lifetime()).millis()];
            self.connection.execute(sql, values)?;
        }
        Ok(())
    }

    /// No wait is longer than the schedule has them: what lies further ahead was written under a wrong clock.
    ///
    /// # Errors
    /// The store's.
    pub fn pull_in(&self, now: Timestamp) -> Result<()> {
        let furthest = now.after(LONGEST_WAIT).millis();
        // What waits for its reader's hours may wait for those of the next day, and clocks may go back in between.
        let hours = now.after(2 * DAY).millis();
        let sql = "UPDATE outbox INDEXED BY outbox_due SET next_at = ?1 WHERE place IS NULL AND state IN ('queued', 'unknown') \
             AND next_at > CASE WHEN kind IN ('pass_on', 'receipt') THEN ?3 ELSE ?2 END AND next_at > ?2";
        self.connection.prepare_cached(sql)?.execute([now.millis(), furthest, hours])?;
        let sql = "UPDATE health SET paused_until_at = NULL WHERE paused_until_at > ?1";
        self.connection.prepare_cached(sql)?.execute([furthest])?;
        Ok(())
    }
}
