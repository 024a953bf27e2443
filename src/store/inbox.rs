//! Kept mails: the raw octets and the place they came from, before anybody understands them.

use rusqlite::params;

use super::discarded::TAKEN;
use super::{Result, Tx, optional};
use crate::clock::Timestamp;
use crate::domain::people::ClientId;
use crate::mail::address::Address;
use crate::mail::dkim::KeyRecord;

/// A mail (or the reason why there is none) to keep.
#[derive(Clone, Debug)]
pub struct NewMail<'a> {
    /// The epoch of its folder.
    pub epoch: i64,
    /// Its UID there.
    pub uid: u32,
    /// The server's date.
    pub internal_date: Option<Timestamp>,
    /// Octets on the server.
    pub size: u64,
    /// The raw octets; only the header of a mail that is too large; `None` when there are none.
    pub raw: Option<&'a [u8]>,
    /// Whether `raw` is the header alone.
    pub too_large: bool,
    /// Why it is skipped; `None` for a mail to understand.
    pub skipped: Option<&'static str>,
    /// Whether it lies in the junk folder.
    pub junk: bool,
}

/// A kept mail that waits to be understood.
#[derive(Clone, Debug)]
pub struct KeptMail {
    /// Its number.
    pub id: i64,
    /// The server's date.
    pub internal_date: Option<Timestamp>,
    /// When we took it in.
    pub ingested_at: Timestamp,
    /// Octets on the server.
    pub size: u64,
    /// Whether `raw` is the header alone.
    pub too_large: bool,
    /// The raw octets.
    pub raw: Vec<u8>,
    /// Attempts made alone.
    pub attempts: i64,
    /// Whether an attempt at it was begun and not ended.
    pub attempt_open: bool,
    /// Whether it lay in the junk folder.
    pub junk: bool,
    /// An operator released it from quarantine: no limit holds for it.
    pub let_go: bool,
    /// The keys that its signatures name, as far as DNS had them.
    pub keys: Vec<KeyRecord>,
}

impl Tx<'_> {
    /// Keeps a mail. One that has its row already is left as it is, unless that row says that the mail could not be
    /// had, and now it can. One that was here before (it has a digest) came when it came, and is asked for at each sweep
    /// until it can be had.
    ///
    /// # Errors
    /// The store's.
    pub fn keep(&self, mail: &NewMail<'_>, now: Timestamp) -> Result<()> {
        let state = if mail.skipped.is_some() { "skipped" } else { "kept" };
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO kept_mails (epoch_id, uid, internal_date_at, ingested_at, size, too_large, state, reason, \
             ended_at, junk) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (epoch_id, uid) DO UPDATE SET \
             internal_date_at = excluded.internal_date_at, size = excluded.size, ingested_at = \
             iif(excluded.state = 'skipped' OR kept_mails.digest IS NOT NULL, kept_mails.ingested_at, excluded.ingested_at), \
             too_large = excluded.too_large, state = excluded.state, reason = excluded.reason, \
             ended_at = excluded.ended_at WHERE kept_mails.state = 'skipped' \
             AND NOT (excluded.state = 'skipped' AND kept_mails.digest IS NOT NULL) RETURNING id",
        )?;
        let values = params![
            mail.epoch,
            mail.uid,
            mail.internal_date.map(Timestamp::millis),
            now.millis(),
            i64::try_from(mail.size).unwrap_or(i64::MAX),
            mail.too_large,
            state,
            mail.skipped.unwrap_or(""),
            mail.skipped.map(|_| now.millis()),
            mail.junk,
        ];
        let Some(id) = optional(statement.query_row(values, |row| row.get::<_, i64>(0)))? else {
            return Ok(());
        };
        if let Some(raw) = mail.raw {
            let sql = "INSERT INTO raw_mails (mail_id, raw) VALUES (?1, ?2)";
            self.connection.prepare_cached(sql)?.execute(params![id, raw])?;
        }
        Ok(())
    }

    /// The mails of an epoch that were skipped for a reason: UID, when that was first so, and when last.
    ///
    /// # Errors
    /// The store's.
    pub fn unfetched(&self, epoch: i64, reason: &str) -> Result<Vec<(u32, Timestamp, Timestamp)>> {
        let sql = "SELECT uid, ingested_at, ended_at FROM kept_mails \
             WHERE epoch_id = ?1 AND state = 'skipped' AND reason = ?2 AND ended_at IS NOT NULL ORDER BY uid";
        let mut statement = self.connection.prepare_cached(sql)?;
        let at = |row: &rusqlite::Row<'_>, i| row.get(i).map(Timestamp::from_millis);
        let rows =
            statement.query_map(params![epoch, reason], |row| Ok((row.get(0)?, at(row, 1)?, at(row, 2)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The next mails to understand, oldest first, at most `limit` and about 16 MiB. A mail that an earlier
    /// process may have died on comes first, and alone. With `await_keys` none beyond the first whose keys nobody has
    /// looked for yet.
    ///
    /// # Errors
    /// The store's.
    pub fn next_kept(&self, limit: usize, await_keys: bool) -> Result<Vec<KeptMail>> {
        const OCTETS: usize = 16 << 20;
        let mut statement = self.connection.prepare_cached(
            // Walked in the order of the index: to sort would be to read all that waits, with its octets.
            "SELECT id, internal_date_at, ingested_at, size, too_large, raw, attempts, attempt_open, junk, let_go, \
             keys_sought_at IS NOT NULL FROM kept_mails INDEXED BY kept_mails_waiting CROSS JOIN raw_mails ON mail_id = id \
             WHERE state = 'kept' ORDER BY attempt_open DESC, id",
        )?;
        let mut rows = statement.query([])?;
        let mut mails: Vec<KeptMail> = Vec::new();
        let mut octets = 0;
        while let Some(row) = rows.next()? {
            let id = row.get(0)?;
            let keys_sought: bool = row.get(10)?;
            if await_keys && !keys_sought {
                break;
            }
            let mail = KeptMail {
                id,
                internal_date: row.get::<_, Option<i64>>(1)?.map(Timestamp::from_millis),
                ingested_at: Timestamp::from_millis(row.get(2)?),
                size: row.get(3)?,
                too_large: row.get(4)?,
                raw: row.get(5)?,
                attempts: row.get(6)?,
                attempt_open: row.get(7)?,
                junk: row.get(8)?,
                let_go: row.get(9)?,
                keys: if keys_sought { self.keys_of(id)? } else { Vec::new() },
            };
            octets += mail.raw.len();
            let alone = mail.attempt_open;
            mails.push(mail);
            if alone || mails.len() >= limit || octets > OCTETS {
                break;
            }
        }
        Ok(mails)
    }

    /// A mail in quarantine waits to be understood again. False when it is not there.
    ///
    /// # Errors
    /// The store's.
    pub fn release_mail(&self, mail: i64) -> Result<bool> {
        let sql = "UPDATE kept_mails SET state = 'kept', reason = '', ended_at = NULL, attempts = 0, attempt_open = 0, let_go = 1 \
             WHERE id = ?1 AND state = 'quarantined'";
        Ok(self.connection.prepare_cached(sql)?.execute([mail])? == 1)
    }

    /// A mail in quarantine is put aside. False when it is not there.
    ///
    /// # Errors
    /// The store's.
    pub fn discard_mail(&self, mail: i64) -> Result<bool> {
        let sql = format!(
            "UPDATE kept_mails SET state = 'discarded', octets = {TAKEN} WHERE id = ?1 AND state = 'quarantined'"
        );
        Ok(self.connection.prepare_cached(&sql)?.execute([mail])? == 1)
    }

    /// The octets of a kept mail.
    ///
    /// # Errors
    /// The store's.
    pub fn raw_mail(&self, mail: i64) -> Result<Option<Vec<u8>>> {
        let mut statement = self.connection.prepare_cached("SELECT raw FROM raw_mails WHERE mail_id = ?1")?;
        optional(statement.query_row([mail], |row| row.get(0)))
    }

    /// Marks an attempt as open; one made alone counts.
    ///
    /// # Errors
    /// The store's.
    pub fn open_attempt(&self, mail: i64, alone: bool) -> Result<()> {
        let sql = "UPDATE kept_mails SET attempt_open = 1, attempts = attempts + ?2 WHERE id = ?1";
        self.connection.prepare_cached(sql)?.execute(params![mail, alone])?;
        Ok(())
    }

    /// Mails whose attempt is open.
    ///
    /// # Errors
    /// The store's.
    pub fn open_attempts(&self) -> Result<Vec<i64>> {
        let sql = "SELECT id FROM kept_mails WHERE attempt_open = 1 AND state = 'kept'";
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
    }

    /// The mail with this content that has ended before.
    ///
    /// # Errors
    /// The store's.
    pub fn ended_with_digest(&self, digest: &[u8; 32]) -> Result<Option<i64>> {
        let sql = "SELECT id FROM kept_mails WHERE digest = ?1 \
             AND state IN ('applied', 'quarantined', 'discarded')";
        let mut statement = self.connection.prepare_cached(sql)?;
        optional(statement.query_row([digest.as_slice()], |row| row.get(0)))
    }

    /// Ends a mail.
    ///
    /// # Errors
    /// The store's.
    pub fn end_mail(
        &self,
        mail: i64,
        digest: &[u8; 32],
        state: &str,
        reason: &str,
        client: Option<ClientId>,
        now: Timestamp,
    ) -> Result<()> {
        let sql = format!(
            "UPDATE kept_mails SET state = ?2, reason = ?3, digest = ?4, ended_at = ?5, attempt_open = 0, \
             client_id = ?6, octets = iif(?2 = 'discarded', {TAKEN}, NULL) WHERE id = ?1"
        );
        self.connection.prepare_cached(&sql)?.execute(params![
            mail,
            state,
            reason,
            digest.as_slice(),
            now.millis(),
            client.map(|c| c.0)
        ])?;
        Ok(())
    }

    /// Who wrote a mail, for what she sends to be counted.
    ///
    /// # Errors
    /// The store's.
    pub fn note_author(&self, mail: i64, author: &Address, proven: bool) -> Result<()> {
        let sql = "UPDATE kept_mails SET author_key = ?2, proven = ?3 WHERE id = ?1";
        self.connection.prepare_cached(sql)?.execute(params![mail, author.key(), proven])?;
        Ok(())
    }

    /// Ends a mail that is not ours to read: its octets go, and its content counts as never seen.
    ///
    /// # Errors
    /// The store's.
    pub fn skip_mail(&self, mail: i64, reason: &str, now: Timestamp) -> Result<()> {
        let sql = "UPDATE kept_mails SET state = 'skipped', reason = ?2, digest = NULL, ended_at = ?3, \
             attempt_open = 0 WHERE id = ?1";
        self.connection.prepare_cached(sql)?.execute(params![mail, reason, now.millis()])?;
        self.drop_octets(mail)
    }

    /// Ends a mail whose content has had its effects. Its octets go: those of the first one, or what followed from them,
    /// say all that they say.
    ///
    /// # Errors
    /// The store's.
    pub fn end_duplicate(&self, mail: i64, of: i64, digest: &[u8; 32], now: Timestamp) -> Result<()> {
        let sql = "UPDATE kept_mails SET state = 'duplicate', reason = 'duplicate', digest = ?2, ended_at = ?3, \
             attempt_open = 0, duplicate_of = ?4 WHERE id = ?1";
        self.connection.prepare_cached(sql)?.execute(params![mail, digest.as_slice(), now.millis(), of])?;
        self.drop_octets(mail)
    }
}
