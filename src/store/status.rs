//! The state of the service, as `status` needs it: facts, no verdicts.

use rusqlite::Row;
use serde::Serialize;

use super::health::Loop;
use super::machine::Topic;
use super::suspended::SuspendedView;
use super::{FolderView, Result, Tx};
use crate::clock::Timestamp;

/// Everything that `status` looks at, of one moment.
#[derive(Clone, Debug, Default)]
pub struct StatusView {
    /// Reports that wait for an answer, the one that is due first before all others.
    pub waiting: Vec<WaitingView>,
    /// Clients whom nobody answers where her supporter cannot, but those who rest.
    pub without_second: Vec<String>,
    /// The loops that have run so far.
    pub health: Vec<HealthView>,
    /// The folders that were looked at so far.
    pub folders: Vec<FolderView>,
    /// Outgoing mails that have not gone out, by state: how many, and the oldest.
    pub open: Vec<OldestView>,
    /// Answers that wait for their writer to say what becomes of them, or for a client's return.
    pub set_aside: usize,
    /// Mails in quarantine, if there are any.
    pub quarantined: Option<OldestView>,
    /// Addresses to which nothing goes.
    pub suspended: Vec<SuspendedView>,
    /// A second installation on the mailbox would not be noticed.
    pub unguarded: bool,
    /// Mails are kept and not understood.
    pub safe_mode: bool,
    /// Nobody answered the last questions for keys of signatures.
    pub no_dns: bool,
    /// Kept mails by state and reason.
    pub mails: Vec<CountView>,
    /// Outgoing mails by state and kind.
    pub outbox: Vec<CountView>,
}

/// A report that waits.
#[derive(Clone, Debug)]
pub struct WaitingView {
    /// The client's name.
    pub client: String,
    /// The report day.
    pub day: String,
    /// The report was answered before: what waits is what she wrote after that.
    pub follow_up: bool,
    /// When it came.
    pub since: Timestamp,
    /// By when an answer is due.
    pub due_at: Timestamp,
    /// Who holds it.
    pub holder: Option<String>,
    /// How far it has come, as a word of [`crate::domain::walk::Stage`], or `pool`: the pool was asked.
    pub stage: String,
    /// When the client was told that her answer may be late.
    pub told_at: Option<Timestamp>,
}

/// One loop's health.
#[derive(Clone, Debug)]
pub struct HealthView {
    /// Which.
    pub which: Loop,
    /// When it last worked.
    pub last_success_at: Option<Timestamp>,
    /// When it last failed.
    pub last_failure_at: Option<Timestamp>,
    /// What stopped it then; stays when it works again.
    pub failure: String,
    /// What to do about that.
    pub remedy: String,
}

/// Mails of one state, and the oldest of them.
#[derive(Clone, Debug)]
pub struct OldestView {
    /// The state; `may_repeat` for mails that are held because they may have been sent already.
    pub state: String,
    /// How many.
    pub count: i64,
    /// The number of the oldest.
    pub id: i64,
    /// Since when it is so.
    pub since: Timestamp,
    /// What it is (an outgoing mail), or why it lies there (a mail in quarantine).
    pub what: String,
    /// The recipient's name; empty for a mail in quarantine.
    pub person: String,
}

/// How many of something.
#[derive(Clone, Debug, Serialize)]
pub struct CountView {
    /// State.
    pub state: String,
    /// Reason or kind.
    pub what: String,
    /// How many.
    pub count: i64,
}

fn at(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    Ok(Timestamp::from_millis(row.get(column)?))
}

fn maybe_at(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_millis))
}

fn count_row(row: &Row<'_>) -> rusqlite::Result<CountView> {
    Ok(CountView { state: row.get(0)?, what: row.get(1)?, count: row.get(2)? })
}

/// `min()` makes SQLite take the other columns from the row that has the smallest.
fn oldest_row(row: &Row<'_>) -> rusqlite::Result<OldestView> {
    Ok(OldestView {
        state: row.get(0)?,
        count: row.get(1)?,
        id: row.get(2)?,
        since: at(row, 3)?,
        what: row.get(4)?,
        person: row.get(5)?,
    })
}

impl Tx<'_> {
    /// The state of the service.
    ///
    /// # Errors
    /// The store's.
    pub fn status_view(&self) -> Result<StatusView> {
        let sql = "SELECT c.name, r.day, CASE WHEN r.answered_at IS NULL THEN r.opened_at ELSE coalesce((SELECT \
             min(l.written_at) FROM letters l WHERE l.daily_report_id = r.id AND l.kind IN ('report', 'addition') \
             AND l.written_at >= r.answered_at), r.opened_at) END AS since, r.due_at, s.name, \
             CASE WHEN r.pool_asked_at IS NULL THEN r.stage ELSE 'pool' END, r.told_at, r.answered_at IS NOT NULL \
             FROM daily_reports r JOIN clients c ON c.id = r.client_id LEFT JOIN supporters s ON s.id = r.holder_id \
             WHERE r.state = 'waiting' ORDER BY r.due_at, r.id";
        let waiting = self.list(sql, [], |row| {
            let (client, day, holder) = (row.get(0)?, row.get(1)?, row.get(4)?);
            let (since, due_at, stage) = (at(row, 2)?, at(row, 3)?, row.get(5)?);
            let (told_at, follow_up) = (maybe_at(row, 6)?, row.get(7)?);
            Ok(WaitingView { client, day, follow_up, since, due_at, holder, stage, told_at })
        })?;
        let sql = "SELECT name FROM clients WHERE second_id IS NULL AND state = 'active' ORDER BY id";
        let without_second = self.list(sql, [], |row| row.get(0))?;
        let sql = "SELECT CASE may_repeat WHEN 1 THEN 'may_repeat' ELSE state END AS how, count(*), id, \
             min(coalesce(ended_at, created_at)), kind, person FROM outbox \
             WHERE state NOT IN ('accepted', 'cancelled') GROUP BY how ORDER BY how";
        let open = self.list(sql, [], oldest_row)?;
        let sql = "SELECT state, count(*), id, min(ingested_at), reason, '' FROM kept_mails \
             WHERE state = 'quarantined' GROUP BY state";
        let quarantined = self.list(sql, [], oldest_row)?.pop();
        let sql =
            "SELECT state, reason, count(*) FROM kept_mails GROUP BY state, reason ORDER BY state, reason";
        let mails = self.list(sql, [], count_row)?;
        let sql = "SELECT state, kind, count(*) FROM outbox GROUP BY state, kind ORDER BY state, kind";
        let outbox = self.list(sql, [], count_row)?;
        let (health, suspended) = (self.health()?, self.suspended_views()?);
        let folders = self.folder_views()?;
        let unguarded = self.machine_note(Topic::Unguarded)?.is_some();
        let safe_mode = self.machine_note(Topic::SafeMode)?.is_some();
        let set_aside = self.set_aside_views()?.len();
        let no_dns = self.machine_note(Topic::NoDns)?.is_some();
        Ok(StatusView {
            waiting,
            without_second,
            health,
            folders,
            open,
            set_aside,
            quarantined,
            suspended,
            unguarded,
            safe_mode,
            no_dns,
            mails,
            outbox,
        })
    }

    fn health(&self) -> Result<Vec<HealthView>> {
        let mut health = Vec::new();
        for which in [Loop::Fetch, Loop::Submit] {
            let sql = "SELECT last_success_at, last_failure_at, failure FROM health WHERE name = ?1";
            health.extend(self.list(sql, [which.word()], |row| {
                let text: String = row.get(2)?;
                let (failure, remedy) = text.split_once('\n').unwrap_or((&text, ""));
                Ok(HealthView {
                    which,
                    last_success_at: maybe_at(row, 0)?,
                    last_failure_at: maybe_at(row, 1)?,
                    failure: failure.to_owned(),
                    remedy: remedy.to_owned(),
                })
            })?);
        }
        Ok(health)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Store, StoreError};

    #[test]
    fn what_came_later_is_later_and_a_failure_stays_to_be_read() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(dir.path()).unwrap();
        let time = Timestamp::from_millis;
        let mut check = |event: &dyn Fn(&Tx<'_>) -> Result<()>, works: bool| {
            store.write::<_, StoreError>(|tx| event(tx)).unwrap();
            let health = store.read::<_, StoreError>(|tx| tx.status_view()).unwrap().health;
            assert_eq!(health.len(), 1);
            assert_eq!(health[0].last_success_at >= health[0].last_failure_at, works, "{health:?}");
            health.into_iter().next().unwrap()
        };
        let failed = |at| move |tx: &Tx<'_>| tx.failed(Loop::Fetch, "lost\nwait", None, time(at), time(at));
        let worked = |at| move |tx: &Tx<'_>| tx.worked(Loop::Fetch, time(at));
        check(&failed(1000), false);
        // the clock is set back
        let seen = check(&worked(500), true);
        assert_eq!((seen.failure.as_str(), seen.remedy.as_str()), ("lost", "wait"));
        check(&failed(400), false);
        check(&worked(2000), true);
        check(&failed(2000), false);
    }
}
