//! The octets of mails that had no effect. Anybody can send as many of them as he likes, so they have a room of fixed
//! size, and what is beyond it goes, the oldest first. Rows stay: content that comes again is still a duplicate.
//!
//! SQLite writes what comes next into pages that became free: the file does not shrink, and no longer grows.

use std::collections::BTreeSet;

use rusqlite::params;

use super::{Result, Tx, optional};
use crate::domain::limits::Room;

/// How much of the room the octets of mail `id` take: whole pages, so that a walk over all of them has few steps.
pub(super) const TAKEN: &str = "(SELECT max(length(raw), 16384) FROM raw_mails WHERE mail_id = id)";
/// All that are in the room, and those of author `?1`.
const OF_ALL: &str = "kept_mails INDEXED BY kept_mails_octets WHERE octets IS NOT NULL AND ?1 IS NOT NULL";
const OF_ONE: &str =
    "kept_mails INDEXED BY kept_mails_octets_by_author WHERE octets IS NOT NULL AND author_key = ?1";

/// From the newest to where the room ends, and from the oldest to there.
fn walks(whose: &str) -> [String; 2] {
    let select = format!("SELECT id, octets FROM {whose}");
    [format!("{select} ORDER BY id DESC"), format!("{select} AND id <= ?2 ORDER BY id")]
}

impl Tx<'_> {
    /// Keeps the octets of mails without effect within their room, when `mails` came into it. Their authors make room
    /// first, each of what is hers.
    ///
    /// # Errors
    /// The store's.
    pub fn make_room(&self, mails: impl IntoIterator<Item = i64>, room: &Room) -> Result<()> {
        let sql = "SELECT author_key FROM kept_mails WHERE id = ?1 AND octets IS NOT NULL";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut authors: BTreeSet<String> = BTreeSet::new();
        for mail in mails {
            authors.extend(optional(statement.query_row([mail], |row| row.get(0)))?);
        }
        let mut left = room.at_once;
        for author in &authors {
            self.displace(OF_ONE, author, room.of_one, &mut left)?;
        }
        if authors.is_empty() { Ok(()) } else { self.displace(OF_ALL, "", room.in_all, &mut left) }
    }

    /// Drops what is beyond the room; `left`: how much more may go in this transaction.
    fn displace(&self, whose: &str, author: &str, room: i64, left: &mut i64) -> Result<()> {
        let [newest_first, oldest_first] = walks(whose);
        let Some(beyond) = self.first_beyond(&newest_first, author, room)? else { return Ok(()) };
        let mut gone = Vec::new();
        let mut statement = self.connection.prepare_cached(&oldest_first)?;
        let mut rows = statement.query(params![author, beyond])?;
        while *left > 0
            && let Some(row) = rows.next()?
        {
            *left -= row.get::<_, i64>(1)?;
            gone.push(row.get(0)?);
        }
        drop(rows);
        gone.into_iter().try_for_each(|mail| self.drop_octets(mail))
    }

    /// The newest mail for which, beside all that are newer, there is no room.
    fn first_beyond(&self, newest_first: &str, author: &str, room: i64) -> Result<Option<i64>> {
        let mut statement = self.connection.prepare_cached(newest_first)?;
        let (mut rows, mut taken) = (statement.query([author])?, 0);
        while let Some(row) = rows.next()? {
            taken += row.get::<_, i64>(1)?;
            if taken > room {
                return Ok(Some(row.get(0)?));
            }
        }
        Ok(None)
    }

    /// The octets of a mail go, and the keys that they were judged by.
    pub(super) fn drop_octets(&self, mail: i64) -> Result<()> {
        for sql in [
            "DELETE FROM raw_mails WHERE mail_id = ?1",
            "DELETE FROM dkim_keys WHERE mail_id = ?1",
            "UPDATE kept_mails SET octets = NULL WHERE id = ?1 AND octets IS NOT NULL",
        ] {
            self.connection.prepare_cached(sql)?.execute([mail])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
