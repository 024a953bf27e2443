//! The keys of kept mails' signatures: which mails still want theirs, and what DNS said.

use rusqlite::params;

use super::{Result, Tx};
use crate::clock::Timestamp;
use crate::mail::dkim::KeyRecord;

/// Longer header sections name no keys.
const HEADER: i64 = 128 * 1024;

impl Tx<'_> {
    /// Kept mails whose keys nobody has looked for, in the order in which they are applied: number, and the octets that
    /// the header stands in.
    ///
    /// # Errors
    /// The store's.
    pub fn keyless(&self, limit: usize) -> Result<Vec<(i64, Vec<u8>)>> {
        let sql = "SELECT id, substr(raw, 1, ?2) FROM kept_mails INDEXED BY kept_mails_waiting \
             CROSS JOIN raw_mails ON mail_id = id WHERE state = 'kept' AND keys_sought_at IS NULL \
             ORDER BY attempt_open DESC, id LIMIT ?1";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.list(sql, params![limit, HEADER], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// Whether anybody of ours has an address of exactly this domain (A-labels, lower case).
    ///
    /// # Errors
    /// The store's.
    pub fn is_domain_of_ours(&self, domain: &str) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM (SELECT address_key FROM client_addresses UNION ALL \
             SELECT address_key FROM supporter_addresses) WHERE substr(address_key, -length(?1)) = ?1)";
        Ok(self.connection.prepare_cached(sql)?.query_row([format!("@{domain}")], |row| row.get(0))?)
    }

    /// Notes what a look-up found for a mail, once: what was noted before stays.
    ///
    /// # Errors
    /// The store's.
    pub fn note_keys(&self, mail: i64, keys: &[KeyRecord], now: Timestamp) -> Result<()> {
        let sql = "UPDATE kept_mails SET keys_sought_at = ?2 WHERE id = ?1 AND keys_sought_at IS NULL";
        if self.connection.prepare_cached(sql)?.execute(params![mail, now.millis()])? == 0 {
            return Ok(());
        }
        let sql = "INSERT INTO dkim_keys (mail_id, name, record) VALUES (?1, ?2, ?3)";
        for key in keys {
            self.connection.prepare_cached(sql)?.execute(params![mail, key.name, key.record])?;
        }
        Ok(())
    }

    /// What was found for a mail.
    pub(super) fn keys_of(&self, mail: i64) -> Result<Vec<KeyRecord>> {
        let sql = "SELECT name, record FROM dkim_keys WHERE mail_id = ?1 ORDER BY rowid";
        self.list(sql, [mail], |row| Ok(KeyRecord { name: row.get(0)?, record: row.get(1)? }))
    }
}
