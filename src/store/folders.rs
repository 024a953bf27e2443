//! Watched folders: the epochs of their UIDs, the low-water mark, and how the last look at them went.

use rusqlite::params;

use super::{Result, Tx, optional};
use crate::clock::Timestamp;
use crate::mail::fetched::FolderRole;

/// What is known of a watched folder.
#[derive(Clone, Debug)]
pub struct FolderView {
    /// What it is to us.
    pub role: FolderRole,
    /// Its name; empty when there is none.
    pub folder: String,
    /// When its whole list was last compared with what has a row.
    pub swept_at: Option<Timestamp>,
    /// Mails that the low-water mark had passed and that were taken in later, ever.
    pub healed: i64,
    /// When that last happened.
    pub healed_at: Option<Timestamp>,
    /// Why it cannot be looked at; empty when it can.
    pub failure: String,
}

impl Tx<'_> {
    /// The current epoch of a folder: its number, UIDVALIDITY and low-water mark.
    ///
    /// # Errors
    /// The store's.
    pub fn epoch(&self, folder: &str) -> Result<Option<(i64, u32, u32)>> {
        let sql = "SELECT id, uid_validity, low_water FROM epochs WHERE folder = ?1 AND ended_at IS NULL";
        let mut statement = self.connection.prepare_cached(sql)?;
        optional(statement.query_row([folder], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))))
    }

    /// Ends the current epoch of a folder, if there is one, and begins another. An ended epoch never goes on, not even
    /// when its UIDVALIDITY comes back: what its UIDs mean now nobody knows.
    ///
    /// # Errors
    /// The store's.
    pub fn begin_epoch(&self, folder: &str, uid_validity: u32, now: Timestamp) -> Result<i64> {
        self.connection.execute(
            "UPDATE epochs SET ended_at = ?2 WHERE folder = ?1 AND ended_at IS NULL",
            params![folder, now.millis()],
        )?;
        self.connection.execute(
            "INSERT INTO epochs (folder, uid_validity, started_at) VALUES (?1, ?2, ?3)",
            params![folder, uid_validity, now.millis()],
        )?;
        Ok(self.connection.last_insert_rowid())
    }

    /// The highest UIDNEXT that was told in an epoch, zero when none was; and the lowest number above every UID of it that
    /// has a row.
    ///
    /// # Errors
    /// The store's.
    pub fn uid_next(&self, epoch: i64) -> Result<(u32, u32)> {
        let sql = "SELECT uid_next, max(low_water + 1, \
             coalesce((SELECT max(uid) + 1 FROM kept_mails WHERE epoch_id = ?1), 0)) FROM epochs WHERE id = ?1";
        let number = |row: &rusqlite::Row<'_>, column| -> rusqlite::Result<u32> {
            Ok(u32::try_from(row.get::<_, i64>(column)?).unwrap_or(u32::MAX))
        };
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.query_row([epoch], |row| Ok((number(row, 0)?, number(row, 1)?)))?)
    }

    /// When an epoch began.
    ///
    /// # Errors
    /// The store's.
    pub fn epoch_started_at(&self, epoch: i64) -> Result<Timestamp> {
        let sql = "SELECT started_at FROM epochs WHERE id = ?1";
        Ok(Timestamp::from_millis(self.connection.prepare_cached(sql)?.query_row([epoch], |row| row.get(0))?))
    }

    /// Notes a UIDNEXT.
    ///
    /// # Errors
    /// The store's.
    pub fn note_uid_next(&self, epoch: i64, uid_next: u32) -> Result<()> {
        let sql = "UPDATE epochs SET uid_next = ?2 WHERE id = ?1 AND uid_next < ?2";
        self.connection.prepare_cached(sql)?.execute(params![epoch, uid_next])?;
        Ok(())
    }

    /// Moves the low-water mark of an epoch up, over so many listed UIDs.
    ///
    /// # Errors
    /// The store's.
    pub fn set_low_water(&self, epoch: i64, low_water: u32, passed: usize) -> Result<()> {
        let sql = "UPDATE epochs SET low_water = ?2, passed = passed + ?3 WHERE id = ?1 AND low_water < ?2";
        let passed = i64::try_from(passed).unwrap_or(i64::MAX);
        self.connection.prepare_cached(sql)?.execute(params![epoch, low_water, passed])?;
        Ok(())
    }

    /// Whether a UID of an epoch has a row.
    ///
    /// # Errors
    /// The store's.
    pub fn has_uid(&self, epoch: i64, uid: u32) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM kept_mails WHERE epoch_id = ?1 AND uid = ?2)";
        Ok(self.connection.prepare_cached(sql)?.query_row(params![epoch, uid], |row| row.get(0))?)
    }

    /// UIDs of an epoch that have a row, from one to another, ascending.
    ///
    /// # Errors
    /// The store's.
    pub fn uids_between(&self, epoch: i64, first: u32, last: u32) -> Result<Vec<u32>> {
        let sql = "SELECT uid FROM kept_mails WHERE epoch_id = ?1 AND uid BETWEEN ?2 AND ?3 ORDER BY uid";
        self.list(sql, params![epoch, first, last], |row| row.get(0))
    }

    /// Notes mails that the low-water mark of a folder had passed and that were taken in now.
    ///
    /// # Errors
    /// The store's.
    pub fn note_healed(&self, role: FolderRole, folder: &str, healed: usize, now: Timestamp) -> Result<()> {
        let sql = "INSERT INTO folders (role, folder, healed, healed_at) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (role) DO UPDATE SET folder = ?2, healed = healed + ?3, healed_at = ?4";
        let healed = i64::try_from(healed).unwrap_or(i64::MAX);
        self.connection.prepare_cached(sql)?.execute(params![role.word(), folder, healed, now.millis()])?;
        Ok(())
    }

    /// Notes a look at a folder: why it failed (empty when it did not), and whether its whole list was compared. Says
    /// whether the failure is another one than before.
    ///
    /// # Errors
    /// The store's.
    pub fn note_look(
        &self,
        role: FolderRole,
        folder: &str,
        failure: &str,
        swept_at: Option<Timestamp>,
    ) -> Result<bool> {
        let known = self.folder_views()?.into_iter().find(|seen| seen.role == role);
        let news = known.as_ref().map_or("", |seen| seen.failure.as_str()) != failure;
        if known.is_none_or(|seen| news || swept_at.is_some() || seen.folder != folder) {
            let sql = "INSERT INTO folders (role, folder, failure, swept_at) VALUES (?1, ?2, ?3, ?4) \
                 ON CONFLICT (role) DO UPDATE SET folder = ?2, failure = ?3, swept_at = coalesce(?4, swept_at)";
            let swept_at = swept_at.map(Timestamp::millis);
            self.connection.prepare_cached(sql)?.execute(params![role.word(), folder, failure, swept_at])?;
        }
        Ok(news)
    }

    /// The folders that were looked at so far, the main one first.
    ///
    /// # Errors
    /// The store's.
    pub fn folder_views(&self) -> Result<Vec<FolderView>> {
        let sql = "SELECT role, folder, swept_at, healed, healed_at, failure FROM folders ORDER BY role DESC";
        self.list(sql, [], |row| {
            let role: String = row.get(0)?;
            let instant = |millis: Option<i64>| millis.map(Timestamp::from_millis);
            Ok(FolderView {
                role: if role == FolderRole::Junk.word() { FolderRole::Junk } else { FolderRole::Main },
                folder: row.get(1)?,
                swept_at: instant(row.get(2)?),
                healed: row.get(3)?,
                healed_at: instant(row.get(4)?),
                failure: row.get(5)?,
            })
        })
    }
}
