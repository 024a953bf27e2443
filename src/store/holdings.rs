//! Who held which report, from when until when.

use rusqlite::params;

use super::{Result, Tx, optional};
use crate::clock::Timestamp;
use crate::domain::calendar::Day;
use crate::domain::choosing::Caps;
use crate::domain::people::{ClientId, SupporterId};

/// Reports of client ?1 of which the holder is not the one who is written down.
const OVER: &str = "UPDATE holdings SET until_at = ?2 WHERE until_at IS NULL AND report_id IN \
     (SELECT r.id FROM daily_reports r WHERE r.client_id = ?1) AND EXISTS \
     (SELECT 1 FROM daily_reports r WHERE r.id = holdings.report_id \
      AND (r.state <> 'waiting' OR r.holder_id IS NOT holdings.supporter_id))";
const BEGUN: &str = "INSERT INTO holdings (report_id, supporter_id, from_at) SELECT r.id, r.holder_id, ?2 FROM daily_reports r \
     WHERE r.client_id = ?1 AND r.state = 'waiting' AND r.holder_id IS NOT NULL \
     AND NOT EXISTS (SELECT 1 FROM holdings h WHERE h.report_id = r.id AND h.until_at IS NULL)";

impl Tx<'_> {
    /// Writes down who holds a report from `at` on, where that is somebody else than before: whoever held it is not reminded
    /// of it any more.
    ///
    /// # Errors
    /// The store's.
    pub fn note_holder(&self, client: ClientId, day: Day, at: Timestamp) -> Result<()> {
        let sql = "SELECT r.id, iif(r.state = 'waiting', r.holder_id, NULL), \
             (SELECT h.supporter_id FROM holdings h WHERE h.report_id = r.id AND h.until_at IS NULL) \
             FROM daily_reports r WHERE r.client_id = ?1 AND r.day = ?2";
        let day = day.to_string();
        let mut statement = self.connection.prepare_cached(sql)?;
        let found =
            statement.query_row(params![client.0, day], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        let Some((report, holder, before)): Option<(i64, Option<i64>, Option<i64>)> = optional(found)? else {
            return Ok(());
        };
        if holder == before {
            return Ok(());
        }
        if before.is_some() {
            let sql = "UPDATE holdings SET until_at = ?2 WHERE report_id = ?1 AND until_at IS NULL";
            self.connection.prepare_cached(sql)?.execute([report, at.millis()])?;
            self.cancel_reminders(client, [&day, &day], at)?;
        }
        if let Some(holder) = holder {
            let sql = "INSERT INTO holdings (report_id, supporter_id, from_at) VALUES (?1, ?2, ?3)";
            self.connection.prepare_cached(sql)?.execute([report, holder, at.millis()])?;
        }
        Ok(())
    }

    /// The same for all of a client's reports.
    ///
    /// # Errors
    /// The store's.
    pub fn note_holders(&self, client: ClientId, at: Timestamp) -> Result<()> {
        for sql in [OVER, BEGUN] {
            self.connection.prepare_cached(sql)?.execute([client.0, at.millis()])?;
        }
        self.cancel_reminders(client, ["", "~"], at)
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

    /// How many reports a supporter takes, and how many came to be held by her within that day and that month, each once; these
    /// are counted where they matter. `but`: that report is left aside.
    ///
    /// # Errors
    /// The store's.
    pub fn caps_and_held(
        &self,
        supporter: SupporterId,
        [day, month]: [(Timestamp, Timestamp); 2],
        but: Option<(ClientId, Day)>,
    ) -> Result<(Caps, Caps)> {
        let held = |cap: &str, from: &str, until: &str| {
            format!(
                "iif({cap} IS NULL, NULL, (SELECT count(DISTINCT report_id) FROM holdings WHERE supporter_id = ?1 \
                 AND from_at >= {from} AND from_at < {until} AND (?6 IS NULL OR report_id NOT IN \
                  (SELECT id FROM daily_reports WHERE client_id = ?6 AND day = ?7))))"
            )
        };
        let (in_day, in_month) = (held("cap_day", "?2", "?3"), held("cap_month", "?4", "?5"));
        let sql = format!("SELECT cap_day, cap_month, {in_day}, {in_month} FROM supporters WHERE id = ?1");
        let [from, until, first, last] = [day.0, day.1, month.0, month.1].map(Timestamp::millis);
        let (client, of) = (but.map(|(client, _)| client.0), but.map(|(_, day)| day.to_string()));
        let caps = |row: &rusqlite::Row<'_>| {
            let held = Caps { day: row.get(2)?, month: row.get(3)? };
            Ok((Caps { day: row.get(0)?, month: row.get(1)? }, held))
        };
        let values = params![supporter.0, from, until, first, last, client, of];
        Ok(self.connection.prepare_cached(&sql)?.query_row(values, caps)?)
    }
}
