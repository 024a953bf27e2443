//! Reports that wait, and how far each has come.

use rusqlite::params;

use super::{Result, StoreError, Tx, facts};
use crate::clock::Timestamp;
use crate::domain::calendar::Day;
use crate::domain::people::{ClientId, SupporterId};
use crate::domain::walk::Stage;

/// A report that waits for its answer.
#[derive(Clone, Debug)]
pub struct WaitingReport {
    /// Row.
    pub id: i64,
    /// Whose.
    pub client: ClientId,
    /// Which.
    pub day: Day,
    /// Who holds it.
    pub holder: Option<SupporterId>,
    /// How far it has come.
    pub stage: Stage,
    /// From when the parts of its time are counted.
    pub from: Timestamp,
    /// By when an answer is promised.
    pub due_at: Timestamp,
    /// Until when whoever writes is left in peace.
    pub writing_until: Option<Timestamp>,
    /// When the client was told that her answer may be late.
    pub told_at: Option<Timestamp>,
    /// The last deadline after that of which the office heard.
    pub overdue_at: Option<Timestamp>,
    /// When the pool was asked last, in this round.
    pub pool_asked_at: Option<Timestamp>,
    /// Until when whoever of the pool took it holds it.
    pub pool_until: Option<Timestamp>,
    /// It was answered before, and what waits came after that.
    pub follow_up: bool,
}

const COLUMNS: &str = "id, client_id, day, holder_id, stage, walk_from_at, due_at, writing_until_at, told_at, \
     pool_asked_at, pool_until_at, answered_at IS NOT NULL, overdue_at";

/// Reports that walk, or have walked to their end, where only another day or another person brings more. What waits in another
/// way is left to whoever has it.
pub(super) const WALKS: &str = "state = 'waiting' AND (step_at IS NOT NULL OR told_at IS NOT NULL)";

impl Tx<'_> {
    /// Who holds a report that waits.
    ///
    /// # Errors
    /// The store's.
    pub fn waiting_holder(&self, client: ClientId, day: Day) -> Result<Option<SupporterId>> {
        Ok(self.waiting_report(client, day)?.and_then(|report| report.holder))
    }

    /// A report, if it waits.
    ///
    /// # Errors
    /// The store's.
    pub fn waiting_report(&self, client: ClientId, day: Day) -> Result<Option<WaitingReport>> {
        let condition = "client_id = ?1 AND day = ?2 AND state = 'waiting'";
        Ok(self.waiting(condition, params![client.0, day.to_string()])?.pop())
    }

    /// A client's reports that wait, by day.
    ///
    /// # Errors
    /// The store's.
    pub fn waiting_of(&self, client: ClientId) -> Result<Vec<WaitingReport>> {
        self.waiting("client_id = ?1 AND state = 'waiting' ORDER BY day", [client.0])
    }

    /// Up to `limit` reports of which a step may be due.
    ///
    /// # Errors
    /// The store's.
    pub fn reports_to_look_at(&self, now: Timestamp, limit: usize) -> Result<Vec<WaitingReport>> {
        let condition = "state = 'waiting' AND step_at <= ?1 ORDER BY step_at, id LIMIT ?2";
        self.waiting(condition, params![now.millis(), i64::try_from(limit).unwrap_or(i64::MAX)])
    }

    /// Every report that waits, the one that is due first before all others.
    ///
    /// # Errors
    /// The store's.
    pub fn all_waiting(&self) -> Result<Vec<WaitingReport>> {
        self.waiting("state = 'waiting' ORDER BY due_at, id", [])
    }

    /// The newest reports, whether they wait or not.
    ///
    /// # Errors
    /// The store's.
    pub fn newest_reports(&self, limit: i64) -> Result<Vec<WaitingReport>> {
        self.waiting("id > 0 ORDER BY id DESC LIMIT ?1", [limit])
    }

    fn waiting(&self, condition: &str, values: impl rusqlite::Params) -> Result<Vec<WaitingReport>> {
        let sql = format!("SELECT {COLUMNS} FROM daily_reports WHERE {condition}");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(values)?;
        let mut reports = Vec::new();
        while let Some(row) = rows.next()? {
            let stage: String = row.get(4)?;
            reports.push(WaitingReport {
                id: row.get(0)?,
                client: ClientId(row.get(1)?),
                day: facts::day(row, 2)?,
                holder: row.get::<_, Option<i64>>(3)?.map(SupporterId),
                stage: Stage::from_word(&stage).ok_or(StoreError::Impossible("stage"))?,
                from: Timestamp::from_millis(row.get(5)?),
                due_at: Timestamp::from_millis(row.get(6)?),
                writing_until: row.get::<_, Option<i64>>(7)?.map(Timestamp::from_millis),
                told_at: row.get::<_, Option<i64>>(8)?.map(Timestamp::from_millis),
                pool_asked_at: row.get::<_, Option<i64>>(9)?.map(Timestamp::from_millis),
                pool_until: row.get::<_, Option<i64>>(10)?.map(Timestamp::from_millis),
                follow_up: row.get(11)?,
                overdue_at: row.get::<_, Option<i64>>(12)?.map(Timestamp::from_millis),
            });
        }
        Ok(reports)
    }

    /// Whether the mailbox was last read before `since`. A mailbox that was never read is not behind.
    ///
    /// # Errors
    /// The store's.
    pub fn fetch_is_behind(&self, since: Timestamp) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM health WHERE name = 'fetch' AND last_success_at < ?1)";
        Ok(self.connection.prepare_cached(sql)?.query_row([since.millis()], |row| row.get(0))?)
    }

    /// Whether reading the mailbox was tried after `since`, and has failed again and again until now.
    ///
    /// # Errors
    /// The store's.
    pub fn fetch_fails(&self, since: Timestamp) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM health WHERE name = 'fetch' AND stopped_at IS NOT NULL AND last_failure_at >= ?1)";
        Ok(self.connection.prepare_cached(sql)?.query_row([since.millis()], |row| row.get(0))?)
    }

    /// When a report is looked at next.
    ///
    /// # Errors
    /// The store's.
    pub fn next_look(&self) -> Result<Option<Timestamp>> {
        let sql = "SELECT min(step_at) FROM daily_reports WHERE state = 'waiting' AND step_at IS NOT NULL";
        let at: Option<i64> = self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        Ok(at.map(Timestamp::from_millis))
    }

    /// Notes how far a report has come, and when it is looked at next.
    ///
    /// # Errors
    /// The store's.
    pub fn walked(&self, report: &WaitingReport, step_at: Option<Timestamp>, now: Timestamp) -> Result<()> {
        let sql = "UPDATE daily_reports SET stage = ?2, holder_id = ?3, writing_until_at = ?4, told_at = ?5, step_at = ?6, \
             pool_asked_at = ?7, pool_until_at = ?8, overdue_at = ?9 WHERE id = ?1";
        let millis = |at: Option<Timestamp>| at.map(Timestamp::millis);
        let WaitingReport { id, stage, holder, writing_until, told_at, pool_asked_at, pool_until, .. } =
            report;
        let (holder, times) = (holder.map(|h| h.0), [*writing_until, *told_at, step_at].map(millis));
        let [asked, until, overdue] = [*pool_asked_at, *pool_until, report.overdue_at].map(millis);
        let values = params![id, stage.word(), holder, times[0], times[1], times[2], asked, until, overdue];
        self.connection.prepare_cached(sql)?.execute(values)?;
        self.note_holder(report.client, report.day, now)
    }

    /// Whoever holds a report is left in peace until then; the next step is worked out anew.
    ///
    /// # Errors
    /// The store's.
    pub fn writing(&self, client: ClientId, day: Day, until: Timestamp, now: Timestamp) -> Result<()> {
        let sql = "UPDATE daily_reports SET writing_until_at = ?3, step_at = ?4 \
             WHERE client_id = ?1 AND day = ?2 AND state = 'waiting'";
        let values = params![client.0, day.to_string(), until.millis(), now.millis()];
        self.connection.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    /// The next step of every report that a supporter holds, or is one of the two for, is worked out anew.
    ///
    /// # Errors
    /// The store's.
    pub fn look_again(&self, holder: SupporterId, now: Timestamp) -> Result<()> {
        let sql = format!(
            "UPDATE daily_reports SET step_at = ?2 WHERE {WALKS} AND (holder_id = ?1 \
             OR client_id IN (SELECT id FROM clients WHERE ?1 IN (supporter_id, second_id)))"
        );
        self.connection.prepare_cached(&sql)?.execute(params![holder.0, now.millis()])?;
        Ok(())
    }

    /// What of a client's reports waits walks anew from `now` on: somebody else answers them. Of what is late by then the
    /// office knows, and nobody is told once more.
    ///
    /// # Errors
    /// The store's.
    pub fn walk_anew(&self, client: ClientId, now: Timestamp) -> Result<()> {
        let sql = "UPDATE daily_reports SET stage = 'alerted', walk_from_at = ?2, step_at = ?2, writing_until_at = NULL, \
             pool_asked_at = NULL, pool_until_at = NULL, \
             told_at = CASE WHEN due_at <= ?2 THEN coalesce(told_at, ?2) ELSE told_at END \
             WHERE client_id = ?1 AND state = 'waiting'";
        self.connection.prepare_cached(sql)?.execute([client.0, now.millis()])?;
        Ok(())
    }

    /// Who answers a client where the first cannot. True when it was somebody else before.
    ///
    /// # Errors
    /// The store's.
    pub fn set_second(&self, client: ClientId, second: Option<SupporterId>) -> Result<bool> {
        let sql = "UPDATE clients SET second_id = ?2 WHERE id = ?1 AND second_id IS NOT ?2";
        Ok(self.connection.execute(sql, params![client.0, second.map(|s| s.0)])? > 0)
    }
}
