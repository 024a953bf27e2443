//! How much was said and sent lately, one query each. When a mail came counts, not when it was understood: after a
//! restore that is once more, and all at once.

use rusqlite::params;

use super::{Result, Tx, optional};
use crate::clock::Timestamp;
use crate::domain::limits::{
    BAD_TOKENS_AN_HOUR, BY_STRANGERS, DAY, HOUR, MAILS_A_DAY, NO_ANSWERS, PASSED_ON_A_DAY, THREAD_AN_HOUR,
};
use crate::domain::people::{ClientId, Supporter, SupporterId};
use crate::mail::address::Address;

/// When the mail came that a row `o` follows from.
const CAUSE_CAME: &str = "(SELECT coalesce(m.internal_date_at, m.ingested_at) FROM kept_mails m \
     WHERE o.cause LIKE 'mail %' AND m.id = CAST(substr(o.cause, 6) AS INTEGER))";

impl Tx<'_> {
    /// When a mail came (the server's date, or when we took it in), and whether an operator let it go.
    ///
    /// # Errors
    /// The store's.
    pub fn arrived_at(&self, mail: i64) -> Result<(Timestamp, bool)> {
        let sql = "SELECT coalesce(internal_date_at, ingested_at), let_go FROM kept_mails WHERE id = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.query_row([mail], |row| Ok((Timestamp::from_millis(row.get(0)?), row.get(1)?)))?)
    }

    /// How often the machine answered a person in the day before `at`. What a limit kept back is not counted.
    ///
    /// # Errors
    /// The store's.
    pub fn answers_before(&self, principal: u32, at: Timestamp) -> Result<i64> {
        let none = NO_ANSWERS.map(|reason| format!("'{}'", reason.word())).join(", ");
        let sql = format!(
            "SELECT count(*) FROM outbox o WHERE o.principal_ref = ?1 AND o.created_at > ?2 \
             AND o.kind IN ('receipt', 'returned', 'notice') AND o.reason NOT IN ({none}) \
             AND NOT (o.state = 'cancelled' AND o.attempts = 0) AND {CAUSE_CAME} > ?2 AND {CAUSE_CAME} <= ?3"
        );
        let values = params![principal, at.before(DAY).millis(), at.millis()];
        Ok(self.connection.prepare_cached(&sql)?.query_row(values, |row| row.get(0))?)
    }

    /// How many mails led to one to the office in the day before `at`, for a reason that strangers bring about.
    ///
    /// # Errors
    /// The store's.
    pub fn told_before(&self, reason: &str, at: Timestamp) -> Result<i64> {
        debug_assert!(BY_STRANGERS.iter().any(|known| known.word() == reason));
        let sql = format!(
            "SELECT count(DISTINCT o.cause) FROM outbox o WHERE o.principal_ref = 0 AND o.created_at > ?2 \
             AND o.kind = 'office' AND o.reason = ?1 AND o.state <> 'cancelled' \
             AND {CAUSE_CAME} > ?2 AND {CAUSE_CAME} <= ?3"
        );
        let values = params![reason, at.before(DAY).millis(), at.millis()];
        Ok(self.connection.prepare_cached(&sql)?.query_row(values, |row| row.get(0))?)
    }

    /// Whether the mails from an address had so many effects in the day before `at` that no more may have any. What is
    /// proven is counted apart: a forger does not use up what is hers.
    ///
    /// # Errors
    /// The store's.
    pub fn floods(&self, author: &Address, proven: bool, at: Timestamp) -> Result<bool> {
        let sql = "SELECT count(*) FROM (SELECT 1 FROM kept_mails INDEXED BY kept_mails_by_author \
             WHERE author_key = ?1 AND author_key <> '' AND ingested_at > ?3 \
             AND proven = ?2 AND state IN ('applied', 'quarantined') AND reason <> 'flood' \
             AND coalesce(internal_date_at, ingested_at) BETWEEN ?3 + 1 AND ?4 LIMIT ?5)";
        let values = params![author.key(), proven, at.before(DAY).millis(), at.millis(), MAILS_A_DAY];
        let found: i64 = self.connection.prepare_cached(sql)?.query_row(values, |row| row.get(0))?;
        Ok(found >= MAILS_A_DAY)
    }

    /// Whether a supporter answered a client so often in the day before `at` that no more may pass; as [`Tx::floods`].
    ///
    /// # Errors
    /// The store's.
    pub fn answers_too_often(
        &self,
        supporter: SupporterId,
        client: ClientId,
        proven: bool,
        at: Timestamp,
    ) -> Result<bool> {
        let sql = "SELECT count(*) FROM (SELECT 1 FROM letters l JOIN kept_mails m ON m.id = l.mail_id \
             WHERE l.client_id = ?2 AND l.author_id = ?1 AND (l.proof = 'proven') = ?3 AND l.written_at > ?4 \
             AND coalesce(m.internal_date_at, m.ingested_at) BETWEEN ?4 + 1 AND ?5 LIMIT ?6)";
        let values =
            params![supporter.0, client.0, proven, at.before(DAY).millis(), at.millis(), PASSED_ON_A_DAY];
        let found: i64 = self.connection.prepare_cached(sql)?.query_row(values, |row| row.get(0))?;
        Ok(found >= PASSED_ON_A_DAY)
    }

    /// Whether one more mail from an address to a reply address that is not its writer's is too many for an hour.
    ///
    /// # Errors
    /// The store's.
    pub fn tries_tokens(&self, author: &Address, at: Timestamp) -> Result<bool> {
        let sql = "SELECT count(*) FROM kept_mails INDEXED BY kept_mails_by_author \
             WHERE author_key = ?1 AND author_key <> '' AND ingested_at > ?2 \
             AND reason IN ('bad_token', 'not_yours', 'other_address') \
             AND coalesce(internal_date_at, ingested_at) BETWEEN ?2 + 1 AND ?3";
        let values = params![author.key(), at.before(HOUR).millis(), at.millis()];
        let found: i64 = self.connection.prepare_cached(sql)?.query_row(values, |row| row.get(0))?;
        Ok(found + 1 >= BAD_TOKENS_AN_HOUR)
    }

    /// Questions to a supporter about words that were refuted: how many were asked in the day before `at` and not
    /// answered with yes, and how many of the `days` before it stand unanswered.
    ///
    /// # Errors
    /// The store's.
    pub fn refuted_questions(&self, supporter: &Supporter, at: Timestamp, days: u32) -> Result<(i64, i64)> {
        let sql = format!(
            "SELECT coalesce(sum(came > ?2 AND answer IS NOT 'yes'), 0), coalesce(sum(settled_at IS NULL), 0) FROM \
             (SELECT c.answer, c.settled_at, {CAUSE_CAME} AS came FROM confirmations c \
              JOIN outbox o ON o.kind = 'confirmation' AND o.confirmation = c.number \
              WHERE o.principal_ref = ?1 AND o.created_at > ?3 AND c.refuted = 1) WHERE came > ?3 AND came <= ?4"
        );
        let values = params![
            supporter.principal_ref,
            at.before(DAY).millis(),
            at.before(DAY * days).millis(),
            at.millis()
        ];
        let mut statement = self.connection.prepare_cached(&sql)?;
        Ok(statement.query_row(values, |row| Ok((row.get(0)?, row.get(1)?)))?)
    }

    /// Questions to a supporter in the day before `at` about words from an address that nothing refuted: whether she
    /// wrote them, or (`telling`) whether they may go although they tell who she is, and whom they are for.
    ///
    /// # Errors
    /// The store's.
    pub fn asked_before(
        &self,
        supporter: &Supporter,
        address: &Address,
        telling: bool,
        at: Timestamp,
    ) -> Result<i64> {
        let sql = format!(
            "SELECT count(*) FROM confirmations c JOIN outbox o ON o.kind = 'confirmation' \
             AND o.confirmation = c.number WHERE o.principal_ref = ?4 AND o.created_at > ?2 AND c.address_key = ?1 AND c.refuted = 0 AND (c.telling OR c.doubt IS NOT NULL) = ?5 \
             AND {CAUSE_CAME} > ?2 AND {CAUSE_CAME} <= ?3"
        );
        let day_ago = at.before(DAY).millis();
        let values = params![address.key(), day_ago, at.millis(), supporter.principal_ref, telling];
        Ok(self.connection.prepare_cached(&sql)?.query_row(values, |row| row.get(0))?)
    }

    /// When a thread of which so many mails went out within an hour that the next one waits takes it.
    ///
    /// # Errors
    /// The store's.
    pub(super) fn thread_waits_until(&self, client: ClientId, now: Timestamp) -> Result<Option<Timestamp>> {
        let sql = "SELECT claimed_at FROM outbox INDEXED BY outbox_by_thread WHERE client_id = ?1 \
             AND claimed_at > ?2 AND claimed_at <= ?3 ORDER BY claimed_at DESC LIMIT 1 OFFSET ?4";
        let values = params![client.0, now.before(HOUR).millis(), now.millis(), THREAD_AN_HOUR - 1];
        let mut statement = self.connection.prepare_cached(sql)?;
        let at = optional(statement.query_row(values, |row| row.get(0)))?;
        Ok(at.map(|at: i64| Timestamp::from_millis(at).after(HOUR)))
    }
}
