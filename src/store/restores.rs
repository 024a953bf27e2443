//! What a database that was put back from a backup knows about that, and the mails that it might repeat.

use rusqlite::{Row, params};

use super::{Result, StoreError, Tx, optional};
use crate::clock::Timestamp;
use crate::domain::outgoing::Kind;
use crate::domain::people::ClientId;
use crate::mail::address::Address;

/// One restore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restore {
    /// Its number.
    pub id: i64,
    /// When the backup was made.
    pub made_at: Timestamp,
    /// When it was put in place.
    pub restored_at: Timestamp,
    /// The operator says that the journal is lost, or not to be trusted.
    pub journal_lost: bool,
}

/// A mail that may have been sent already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// Its row.
    pub row: i64,
    /// What it is.
    pub kind: Kind,
    /// It waits for a question as well, which is still open.
    pub waits: bool,
}

fn restore(row: &Row<'_>) -> rusqlite::Result<Restore> {
    let at = |column| row.get(column).map(Timestamp::from_millis);
    Ok(Restore { id: row.get(0)?, made_at: at(1)?, restored_at: at(2)?, journal_lost: row.get(3)? })
}

const RESTORE: &str = "SELECT id, made_at, restored_at, journal_lost FROM restores";

impl Tx<'_> {
    /// Notes that the database was put back. What the UIDs of the mailbox mean by now it does not know: every folder's
    /// epoch ends, and content that had its effects has none again.
    ///
    /// # Errors
    /// The store's.
    pub fn restored(&self, made_at: Timestamp, journal_lost: bool, now: Timestamp) -> Result<()> {
        let sql = "INSERT INTO restores (made_at, restored_at, journal_lost) VALUES (?1, ?2, ?3)";
        self.connection.execute(sql, params![made_at.millis(), now.millis(), journal_lost])?;
        let sql = "UPDATE epochs SET ended_at = ?1 WHERE ended_at IS NULL";
        self.connection.execute(sql, [now.millis()])?;
        Ok(())
    }

    /// Whether a mail has a row in the outbox.
    ///
    /// # Errors
    /// The store's.
    pub fn has_outgoing(&self, message_id: &str) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM outbox WHERE message_id = ?1)";
        Ok(self.connection.prepare_cached(sql)?.query_row([message_id], |row| row.get(0))?)
    }

    /// The restore that has not been compared with the journal yet.
    ///
    /// # Errors
    /// The store's.
    pub fn unjudged_restore(&self) -> Result<Option<Restore>> {
        let sql = format!("{RESTORE} WHERE judged_at IS NULL ORDER BY id DESC LIMIT 1");
        optional(self.connection.query_row(&sql, [], restore))
    }

    /// The restore about whose repeats the office has not been asked.
    ///
    /// # Errors
    /// The store's.
    pub fn unasked_restore(&self) -> Result<Option<Restore>> {
        let sql = format!(
            "{RESTORE} WHERE doubt_before_at IS NOT NULL AND asked_at IS NULL ORDER BY id DESC LIMIT 1"
        );
        optional(self.connection.prepare_cached(&sql)?.query_row([], restore))
    }

    /// The newest restore.
    ///
    /// # Errors
    /// The store's.
    pub fn last_restore(&self) -> Result<Option<Restore>> {
        let sql = format!("{RESTORE} ORDER BY id DESC LIMIT 1");
        optional(self.connection.prepare_cached(&sql)?.query_row([], restore))
    }

    /// Notes what the comparison said, of this restore and every earlier one. With a `doubt` everything that waits to be
    /// sent is held.
    ///
    /// # Errors
    /// The store's.
    pub fn judge(&self, doubt: Option<Timestamp>, now: Timestamp) -> Result<()> {
        let sql = "UPDATE restores SET judged_at = ?1, doubt_before_at = ?2 WHERE judged_at IS NULL";
        self.connection.execute(sql, params![now.millis(), doubt.map(Timestamp::millis)])?;
        if doubt.is_some() {
            let sql = "UPDATE outbox SET state = 'held', stage = '', next_at = NULL, may_repeat = 1 \
                 WHERE state IN ('queued', 'claimed', 'unknown', 'held')";
            self.connection.execute(sql, [])?;
        }
        Ok(())
    }

    /// What follows from mails that came before this instant may have been sent already.
    ///
    /// # Errors
    /// The store's.
    pub fn doubt_before(&self) -> Result<Option<Timestamp>> {
        let mut statement = self.connection.prepare_cached("SELECT max(doubt_before_at) FROM restores")?;
        let at: Option<i64> = statement.query_row([], |row| row.get(0))?;
        Ok(at.map(Timestamp::from_millis))
    }

    /// The office has been asked about this restore and every earlier one.
    ///
    /// # Errors
    /// The store's.
    pub fn asked(&self, now: Timestamp) -> Result<()> {
        self.connection.execute(
            "UPDATE restores SET asked_at = ?1 WHERE asked_at IS NULL OR id = (SELECT max(id) FROM restores)",
            [now.millis()],
        )?;
        Ok(())
    }

    /// Whether something may repeat that came to light when the office had been asked, if that was before this instant.
    ///
    /// # Errors
    /// The store's.
    pub fn held_since_asked(&self, before: Timestamp) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM outbox INDEXED BY outbox_repeats, \
             (SELECT max(asked_at) AS at FROM restores) AS asked \
             WHERE state = 'held' AND may_repeat = 1 AND created_at > asked.at AND asked.at < ?1)";
        Ok(self.connection.prepare_cached(sql)?.query_row([before.millis()], |row| row.get(0))?)
    }

    /// Whether everything that came before `since` has been looked for: the folder was, and nothing waits to be
    /// understood.
    ///
    /// # Errors
    /// The store's.
    pub fn caught_up_since(&self, since: Timestamp) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM health WHERE name = 'fetch' AND last_success_at >= ?1) \
             AND NOT EXISTS (SELECT 1 FROM kept_mails WHERE state = 'kept')";
        Ok(self.connection.prepare_cached(sql)?.query_row([since.millis()], |row| row.get(0))?)
    }

    /// Mails that may repeat, oldest first; of one client's thread when there is one.
    ///
    /// # Errors
    /// The store's.
    pub fn repeats(&self, client: Option<ClientId>) -> Result<Vec<Repeat>> {
        let sql = "SELECT id, kind, kind = 'pass_on' AND confirmation IN \
             (SELECT number FROM confirmations WHERE settled_at IS NULL) FROM outbox \
             WHERE state = 'held' AND may_repeat = 1 AND (?1 IS NULL OR client_id = ?1) ORDER BY id";
        let found = self.list(sql, [client.map(|c| c.0)], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, Option<bool>>(2)?))
        })?;
        let repeat = |(row, kind, waits): (i64, String, Option<bool>)| {
            let kind = Kind::from_word(&kind).ok_or(StoreError::Impossible("kind"))?;
            Ok(Repeat { row, kind, waits: waits.unwrap_or(false) })
        };
        found.into_iter().map(repeat).collect()
    }

    /// It no longer counts as a repeat, and waits for its question alone.
    ///
    /// # Errors
    /// The store's.
    pub fn waits_for_its_question(&self, repeat: &Repeat, now: Timestamp) -> Result<()> {
        let sql = "UPDATE outbox SET may_repeat = 0, expires_at = ?2 WHERE id = ?1";
        let expires_at = now.after(repeat.kind.lifetime());
        self.connection.execute(sql, params![repeat.row, expires_at.millis()])?;
        Ok(())
    }

    /// When a mail came: the server's date. Where it gave none, when the mail was taken in, if that was after the office
    /// was asked about what a restore may repeat; before that, nobody knows.
    ///
    /// # Errors
    /// The store's.
    pub fn came_at(&self, mail: i64) -> Result<Option<Timestamp>> {
        let sql = "SELECT coalesce(internal_date_at, CASE WHEN \
             ingested_at > (SELECT max(asked_at) FROM restores) AND NOT EXISTS \
             (SELECT 1 FROM restores WHERE doubt_before_at IS NOT NULL AND asked_at IS NULL) \
             THEN ingested_at END) FROM kept_mails WHERE id = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let at: Option<Option<i64>> = optional(statement.query_row([mail], |row| row.get(0)))?;
        Ok(at.flatten().map(Timestamp::from_millis))
    }

    /// Mails from an address that was nobody's then, in the gap that a restore left.
    ///
    /// # Errors
    /// The store's.
    pub fn stranger_in_the_gap(&self, restore: &Restore, author: &Address) -> Result<Vec<i64>> {
        let sql = "SELECT id FROM kept_mails WHERE author_key = ?3 AND author_key <> '' AND state = 'discarded' \
             AND reason = 'stranger' AND coalesce(internal_date_at, ?1) BETWEEN ?1 AND ?2 ORDER BY id";
        let values = params![restore.made_at.millis(), restore.restored_at.millis(), author.key()];
        self.list(sql, values, |row| row.get(0))
    }

    /// A mail that was discarded is understood again. False when its octets have gone.
    ///
    /// # Errors
    /// The store's.
    pub fn understand_again(&self, mail: i64) -> Result<bool> {
        let sql = "UPDATE kept_mails SET state = 'kept', reason = '', ended_at = NULL, attempts = 0, attempt_open = 0, \
             octets = NULL WHERE id = ?1 AND state = 'discarded' AND octets IS NOT NULL";
        Ok(self.connection.prepare_cached(sql)?.execute([mail])? == 1)
    }

    /// A mail whose octets have gone, and every other of its content, count as not there (`reason`) and never asked for
    /// again since: whichever the server still lists is fetched, and is understood as if never seen.
    ///
    /// # Errors
    /// The store's.
    pub fn ask_again(&self, mail: i64, reason: &str) -> Result<()> {
        let those = "SELECT id FROM kept_mails WHERE id = ?1 OR duplicate_of = ?1";
        let sql = "UPDATE kept_mails SET state = 'skipped', reason = ?2, ended_at = ingested_at, attempts = 0, \
             keys_sought_at = NULL, duplicate_of = NULL WHERE id = ?1";
        for mail in self.list(those, [mail], |row| row.get::<_, i64>(0))? {
            self.drop_octets(mail)?;
            self.connection.prepare_cached(sql)?.execute(params![mail, reason])?;
        }
        Ok(())
    }

    /// Mails that this database saw being accepted since an instant, the newest thousand: Message-ID and forward-path.
    ///
    /// # Errors
    /// The store's.
    pub fn accepted_since(&self, since: Timestamp) -> Result<Vec<(String, String)>> {
        let sql = "SELECT message_id, forward_path FROM outbox WHERE id > (SELECT max(id) FROM outbox) - 1000 \
             AND state = 'accepted' AND attempts > 0 AND ended_at > ?1 ORDER BY id";
        self.list(sql, [since.millis()], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// When yorisoi first looked into a mailbox, or could have: a backup may be older than the first look.
    ///
    /// # Errors
    /// The store's.
    pub fn first_look(&self) -> Result<Option<Timestamp>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT min(at) FROM (SELECT started_at AS at FROM epochs UNION ALL SELECT made_at FROM restores)",
        )?;
        let at: Option<i64> = statement.query_row([], |row| row.get(0))?;
        Ok(at.map(Timestamp::from_millis))
    }
}
