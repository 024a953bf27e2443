//! Who held which report, from when until when.

use rusqlite::params;

use super::{Result, Tx};
use crate::clock::Timestamp;
use crate::domain::calendar::Day;
use crate::domain::choosing::Caps;
use crate::domain::people::{ClientId, SupporterId};

/// Reports of which the holder is not the one who is written down, as ?1 the client, from day ?2 to ?3.
const OVER: &str = "UPDATE holdings SET until_at = ?4 WHERE until_at IS NULL AND report_id IN \
     (SELECT r.id FROM daily_reports r WHERE r.client_id = ?1 AND r.day BETWEEN ?2 AND ?3) AND EXISTS \
     (SELECT 1 FROM daily_reports r WHERE r.id = holdings.report_id \
      AND (r.state <> 'waiting' OR r.holder_id IS NOT holdings.supporter_id))";
const BEGUN: &str = "INSERT INTO holdings (report_id, supporter_id, from_at) SELECT r.id, r.holder_id, ?4 FROM daily_reports r \
     WHERE r.client_id = ?1 AND r.day BETWEEN ?2 AND ?3 AND r.state = 'waiting' AND r.holder_id IS NOT NULL \
     AND NOT EXISTS (SELECT 1 FROM holdings h WHERE h.report_id = r.id AND h.until_at IS NULL)";

impl Tx<'_> {
    /// Writes down who holds a report from `at` on, where that is somebody else than before: whoever held it is not reminded
    /// of it any more.
    ///
    /// # Errors
    /// The store's.
    pub fn note_holder(&self, client: ClientId, day: Day, at: Timestamp) -> Result<()> {
        let day = day.to_string();
        self.note_holders_between(client, [&day, &day], at)
    }

    /// The same for all of a client's reports.
    ///
    /// # Errors
    /// The store's.
    pub fn note_holders(&self, client: ClientId, at: Timestamp) -> Result<()> {
        self.note_holders_between(client, ["", "~"], at)
    }

    fn note_holders_between(&self, client: ClientId, days: [&str; 2], at: Timestamp) -> Result<()> {
        for sql in [OVER, BEGUN] {
            let values = params![client.0, days[0], days[1], at.millis()];
            self.connection.prepare_cached(sql)?.execute(values)?;
        }
        self.cancel_reminders(client, days, at)
    }

    /// A report waits again because its answer did not arrive: whoever held it has held it all the time.
    pub(super) fn held_all_the_time(&self, report: i64) -> Result<()> {
        let sql = "UPDATE holdings SET until_at = NULL WHERE id = (SELECT max(h.id) FROM holdings h JOIN daily_reports r \
             ON r.id = h.report_id AND r.holder_id = h.supporter_id WHERE h.report_id = ?1)";
        if self.connection.prepare_cached(sql)?.execute([report])? == 0 {
            let sql = "INSERT INTO holdings (report_id, supporter_id, from_at) SELECT id, holder_id, walk_from_at \
                 FROM daily_reports WHERE id = ?1 AND holder_id IS NOT NULL";
            self.connection.prepare_cached(sql)?.execute([report])?;
        }
        Ok(())
    }

    /// One of the pool has had a report for her time: for her caps, whoever has it again has held it all the time.
    ///
    /// # Errors
    /// The store's.
    pub fn held_again(&self, report: i64, holder: SupporterId, now: Timestamp) -> Result<()> {
        let sql = "UPDATE holdings SET until_at = ?2 WHERE report_id = ?1 AND until_at IS NULL";
        self.connection.prepare_cached(sql)?.execute([report, now.millis()])?;
        let sql = "UPDATE holdings SET until_at = NULL \
             WHERE id = (SELECT max(id) FROM holdings WHERE report_id = ?1 AND supporter_id = ?2)";
        self.connection.prepare_cached(sql)?.execute([report, holder.0])?;
        Ok(())
    }

    /// How many reports came to be held by a supporter within a time, each once; `but`: that one is left aside.
    ///
    /// # Errors
    /// The store's.
    pub fn held_within(
        &self,
        supporter: SupporterId,
        (from, until): (Timestamp, Timestamp),
        but: Option<(ClientId, Day)>,
    ) -> Result<u32> {
        let sql = "SELECT count(DISTINCT report_id) FROM holdings WHERE supporter_id = ?1 AND from_at >= ?2 AND from_at < ?3 \
             AND (?4 IS NULL OR report_id NOT IN (SELECT id FROM daily_reports WHERE client_id = ?4 AND day = ?5))";
        let (client, day) = (but.map(|(client, _)| client.0), but.map(|(_, day)| day.to_string()));
        let values = params![supporter.0, from.millis(), until.millis(), client, day];
        Ok(self.connection.prepare_cached(sql)?.query_row(values, |row| row.get(0))?)
    }

    /// How many reports a supporter takes.
    ///
    /// # Errors
    /// The store's.
    pub fn caps(&self, supporter: SupporterId) -> Result<Caps> {
        let sql = "SELECT cap_day, cap_month FROM supporters WHERE id = ?1";
        let caps = |row: &rusqlite::Row<'_>| Ok(Caps { day: row.get(0)?, month: row.get(1)? });
        Ok(self.connection.prepare_cached(sql)?.query_row([supporter.0], caps)?)
    }
}
