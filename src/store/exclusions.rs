//! Who may have nothing to do with whom.

use rusqlite::params;
use serde::Serialize;

use super::{Result, Tx};
use crate::clock::Timestamp;
use crate::domain::exclusion::{Answering, SaidBy};
use crate::domain::people::{ClientId, SupporterId};

/// One exclusion in a listing.
#[derive(Clone, Debug, Serialize)]
pub struct ExclusionView {
    /// The client's name.
    pub client: String,
    /// The supporter's name.
    pub supporter: String,
    /// "client", "supporter" or "operator".
    pub said_by: String,
    /// Since when.
    pub since_at: String,
}

impl Tx<'_> {
    /// Whether a supporter may have nothing to do with a client, whoever said so.
    ///
    /// # Errors
    /// The store's.
    pub fn is_excluded(&self, client: ClientId, supporter: SupporterId) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM exclusions WHERE client_id = ?1 AND supporter_id = ?2)";
        Ok(self.connection.prepare_cached(sql)?.query_row([client.0, supporter.0], |row| row.get(0))?)
    }

    /// Whether anybody may have nothing to do with a client.
    ///
    /// # Errors
    /// The store's.
    pub fn has_exclusions(&self, client: ClientId) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM exclusions WHERE client_id = ?1)";
        Ok(self.connection.prepare_cached(sql)?.query_row([client.0], |row| row.get(0))?)
    }

    /// Whom somebody's word keeps from a client.
    ///
    /// # Errors
    /// The store's.
    pub fn excluded_by(&self, client: ClientId, said_by: SaidBy) -> Result<Vec<SupporterId>> {
        let sql =
            "SELECT supporter_id FROM exclusions WHERE client_id = ?1 AND said_by = ?2 ORDER BY supporter_id";
        self.list(sql, params![client.0, said_by.word()], |row| row.get(0).map(SupporterId))
    }

    /// Whether somebody's word kept anybody from a client within a time.
    ///
    /// # Errors
    /// The store's.
    pub fn excluded_since(&self, client: ClientId, said_by: SaidBy, since: Timestamp) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM exclusions WHERE client_id = ?1 AND said_by = ?2 AND since_at >= ?3)";
        Ok(self
            .connection
            .query_row(sql, params![client.0, said_by.word(), since.millis()], |row| row.get(0))?)
    }

    /// Whether another supporter was made hers after `since`: she has letters that came before.
    ///
    /// # Errors
    /// The store's.
    pub fn introduced_since(&self, client: ClientId, since: Timestamp) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM outbox WHERE client_id = ?1 AND kind = 'notice' AND reason = 'assigned' \
             AND created_at > ?2)";
        Ok(self.connection.query_row(sql, params![client.0, since.millis()], |row| row.get(0))?)
    }

    /// Writes it down; false when the same was said before.
    ///
    /// # Errors
    /// The store's.
    pub fn add_exclusion(
        &self,
        client: ClientId,
        supporter: SupporterId,
        said_by: SaidBy,
        since: Timestamp,
    ) -> Result<bool> {
        let sql = "INSERT OR IGNORE INTO exclusions (client_id, supporter_id, said_by, since_at) VALUES (?1, ?2, ?3, ?4)";
        let values = params![client.0, supporter.0, said_by.word(), since.millis()];
        Ok(self.connection.prepare_cached(sql)?.execute(values)? > 0)
    }

    /// Takes back what one of them said, or everything; returns how many words went.
    ///
    /// # Errors
    /// The store's.
    pub fn remove_exclusion(
        &self,
        client: ClientId,
        supporter: SupporterId,
        said_by: Option<SaidBy>,
    ) -> Result<usize> {
        let sql = "DELETE FROM exclusions WHERE client_id = ?1 AND supporter_id = ?2 AND (?3 IS NULL OR said_by = ?3)";
        Ok(self.connection.execute(sql, params![client.0, supporter.0, said_by.map(SaidBy::word)])?)
    }

    /// Every exclusion, by client.
    ///
    /// # Errors
    /// The store's.
    pub fn exclusions(&self) -> Result<Vec<ExclusionView>> {
        let sql = "SELECT c.name, s.name, e.said_by, e.since_at FROM exclusions e JOIN clients c ON c.id = e.client_id \
             JOIN supporters s ON s.id = e.supporter_id ORDER BY c.id, s.id, e.said_by";
        self.list(sql, [], |row| {
            Ok(ExclusionView {
                client: row.get(0)?,
                supporter: row.get(1)?,
                said_by: row.get(2)?,
                since_at: Timestamp::from_millis(row.get(3)?).to_string(),
            })
        })
    }

    /// Who answers a client from now on, and who holds what somebody held of hers: the new one is to be told of what of it
    /// waits. Its time begins anew.
    ///
    /// # Errors
    /// The store's.
    pub fn answers_instead(
        &self,
        client: ClientId,
        gone: SupporterId,
        now_answering: Answering,
        at: Timestamp,
    ) -> Result<()> {
        let (own, second) = (now_answering.own.map(|s| s.0), now_answering.second.map(|s| s.0));
        let sql = "UPDATE clients SET supporter_id = ?2, second_id = ?3 WHERE id = ?1";
        self.connection.execute(sql, params![client.0, own, second])?;
        let sql = "UPDATE daily_reports SET stage = 'alerted', walk_from_at = ?3, step_at = ?3, writing_until_at = NULL, \
             pool_asked_at = NULL, pool_until_at = NULL, \
             told_at = CASE WHEN due_at <= ?3 THEN coalesce(told_at, ?3) ELSE told_at END \
             WHERE client_id = ?1 AND holder_id = ?2 AND state = 'waiting'";
        self.connection.execute(sql, params![client.0, gone.0, at.millis()])?;
        // Also of those that are answered: one whose answer does not arrive waits again.
        let sql = "UPDATE daily_reports SET holder_id = ?3 WHERE client_id = ?1 AND holder_id = ?2";
        self.connection.execute(sql, params![client.0, gone.0, own])?;
        self.note_holders(client, at)
    }

    /// Withdraws whatever carries a client's words to somebody and has not gone out; letters that tell of several clients,
    /// too.
    ///
    /// # Errors
    /// The store's.
    pub fn cancel_mails_about(&self, client: ClientId, principal: u32, now: Timestamp) -> Result<()> {
        let sql = "UPDATE outbox SET state = 'cancelled', next_at = NULL, ended_at = ?3, may_repeat = 0 \
             WHERE principal_ref = ?2 AND (kind IN ('alert', 'follow_up', 'notice') AND \
             (client_id = ?1 OR letter_id IN (SELECT id FROM letters WHERE client_id = ?1)) \
             OR kind = 'notice' AND client_id IS NULL AND reason IN ('handed_over', 'back')) AND state IN ('queued', 'unknown', 'held', 'failed', 'expired')";
        self.connection.execute(sql, params![client.0, principal, now.millis()])?;
        Ok(())
    }

    /// A supporter's words to a client that have not been handed to anybody: each with whether they wait for a yes.
    ///
    /// # Errors
    /// The store's.
    pub fn words_that_lie_here(&self, client: ClientId, supporter: SupporterId) -> Result<Vec<(i64, bool)>> {
        let sql = "SELECT o.id, o.state = 'held' FROM outbox o JOIN letters l ON l.id = o.letter_id \
             WHERE o.kind = 'pass_on' AND (o.state = 'held' AND o.may_repeat = 0 OR o.state = 'queued' AND o.attempts = 0) \
             AND o.client_id = ?1 AND l.author_id = ?2 ORDER BY o.id";
        self.list(sql, [client.0, supporter.0], |row| Ok((row.get(0)?, row.get(1)?)))
    }
}
