//! When supporters are away: written down, asked for, listed.

use rusqlite::{Row, params};
use serde::Serialize;

use super::days_off::spoken;
use super::facts::day;
use super::{Result, Tx, from_sql_int, optional, to_sql_int};
use crate::clock::Timestamp;
use crate::domain::absence::{Absence, Days, TimeOff};
use crate::domain::calendar::Day;
use crate::domain::days_off::standing;
use crate::domain::limits::DAY;
use crate::domain::people::{ClientId, SupporterId};

/// One absence in a listing.
#[derive(Clone, Debug, Serialize)]
pub struct AbsenceView {
    /// Row.
    pub id: i64,
    /// The supporter's name.
    pub supporter: String,
    /// The first day.
    pub from: String,
    /// The last day.
    pub until: String,
    /// Only for this client's report of that day.
    pub client: Option<String>,
    /// When it was said.
    pub announced_at: String,
    /// The mail that said it; `None`: the operator did.
    pub mail: Option<i64>,
    /// "counts", "asked" (her yes is awaited) or "withdrawn".
    pub state: String,
    /// Her zone, by whose clock the days are; `None`: the service's.
    pub zone: Option<String>,
}

pub(super) const ABSENCE: &str = "SELECT id, number, supporter_id, from_day, until_day, client_id, confirmed_at IS NOT NULL, \
     withdrawn_at IS NOT NULL FROM absences";

pub(super) fn absence_row(row: &Row<'_>) -> Result<Absence> {
    Ok(Absence {
        id: row.get(0)?,
        number: from_sql_int(row.get(1)?),
        supporter: SupporterId(row.get(2)?),
        days: Days { from: day(row, 3)?, until: day(row, 4)? },
        client: row.get::<_, Option<i64>>(5)?.map(ClientId),
        confirmed: row.get(6)?,
        withdrawn: row.get(7)?,
    })
}

impl Tx<'_> {
    /// All that counts of when a supporter is away, from a day on. What waits for her yes or was taken back does not.
    ///
    /// # Errors
    /// The store's.
    pub fn time_off(&self, supporter: SupporterId, from: Day) -> Result<TimeOff> {
        let sql = "SELECT id, number, supporter_id, from_day, until_day, client_id, confirmed_at IS NOT NULL, \
             withdrawn_at IS NOT NULL, weekly_off, coalesce(weekly_on, 0), announced_at FROM absences \
             WHERE supporter_id = ?1 AND until_day >= ?2 AND withdrawn_at IS NULL AND confirmed_at IS NOT NULL \
             ORDER BY announced_at, id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![supporter.0, from.to_string()])?;
        let (mut absences, mut words) = (Vec::new(), Vec::new());
        while let Some(row) = rows.next()? {
            match row.get::<_, Option<i64>>(8)? {
                None => absences.push(absence_row(row)?),
                Some(_) => words.push(spoken(row, [1, 2, 8, 9, 6, 7, 10])?),
            }
        }
        Ok(TimeOff { absences, weekly: standing(&words) })
    }

    /// What counts of a supporter and is not over on a day, by its first day.
    ///
    /// # Errors
    /// The store's.
    pub fn absences_of(&self, supporter: SupporterId, from: Day) -> Result<Vec<Absence>> {
        let sql = format!(
            "{ABSENCE} WHERE supporter_id = ?1 AND until_day >= ?2 AND withdrawn_at IS NULL \
             AND weekly_off IS NULL AND confirmed_at IS NOT NULL ORDER BY from_day, id"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params![supporter.0, from.to_string()])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(absence_row(row)?);
        }
        Ok(found)
    }

    /// The absence of a number, if it is this supporter's.
    ///
    /// # Errors
    /// The store's.
    pub fn absence_of_number(&self, number: u64, supporter: SupporterId) -> Result<Option<Absence>> {
        let sql = format!("{ABSENCE} WHERE number = ?1 AND supporter_id = ?2 AND weekly_off IS NULL");
        self.one_absence(&sql, params![to_sql_int(number), supporter.0])
    }

    /// The absence of a row.
    ///
    /// # Errors
    /// The store's.
    pub fn absence_by_id(&self, id: i64) -> Result<Option<Absence>> {
        self.one_absence(&format!("{ABSENCE} WHERE id = ?1 AND weekly_off IS NULL"), params![id])
    }

    fn one_absence(&self, sql: &str, values: impl rusqlite::Params) -> Result<Option<Absence>> {
        let mut statement = self.connection.prepare_cached(sql)?;
        optional(statement.query_row(values, |row| Ok(absence_row(row))))?.transpose()
    }

    /// How many absences of a supporter the mails of the day before `at` announced: all, and those that nobody confirmed.
    ///
    /// # Errors
    /// The store's.
    pub fn announced_before(&self, supporter: SupporterId, at: Timestamp) -> Result<(i64, i64)> {
        let sql = "SELECT count(*), coalesce(sum(a.confirmed_at IS NULL), 0) FROM absences a \
             JOIN kept_mails m ON m.id = a.mail_id WHERE a.supporter_id = ?1 \
             AND coalesce(m.internal_date_at, m.ingested_at) BETWEEN ?2 + 1 AND ?3";
        let values = params![supporter.0, at.before(DAY).millis(), at.millis()];
        Ok(self.connection.prepare_cached(sql)?.query_row(values, |row| Ok((row.get(0)?, row.get(1)?)))?)
    }

    /// Writes one down; what `mail` said, or the operator. Returns its row.
    ///
    /// # Errors
    /// The store's.
    pub fn add_absence(&self, absence: &Absence, mail: Option<i64>, now: Timestamp) -> Result<i64> {
        let sql = "INSERT INTO absences (number, supporter_id, from_day, until_day, client_id, announced_at, mail_id, \
             confirmed_at, look_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        self.connection.prepare_cached(sql)?.execute(params![
            to_sql_int(absence.number),
            absence.supporter.0,
            absence.days.from.to_string(),
            absence.days.until.to_string(),
            absence.client.map(|c| c.0),
            now.millis(),
            mail,
            absence.confirmed.then_some(now.millis()),
            (absence.confirmed && absence.client.is_none()).then_some(now.millis()),
        ])?;
        let id = self.connection.last_insert_rowid();
        self.look_again(absence.supporter, now)?;
        Ok(id)
    }

    /// It counts from now on.
    ///
    /// # Errors
    /// The store's.
    pub fn confirm_absence(&self, number: u64, now: Timestamp) -> Result<()> {
        let sql = "UPDATE absences SET confirmed_at = ?2, look_at = iif(client_id IS NULL AND weekly_off IS NULL, ?2, NULL) \
             WHERE number = ?1 AND confirmed_at IS NULL";
        self.connection.prepare_cached(sql)?.execute(params![to_sql_int(number), now.millis()])?;
        self.look_again_because_of(number, now)
    }

    /// What its supporter holds is looked at again, and so are her leaves: one may end with it, or go on.
    fn look_again_because_of(&self, number: u64, now: Timestamp) -> Result<()> {
        let sql = "SELECT supporter_id FROM absences WHERE number = ?1";
        let holder = self.connection.prepare_cached(sql)?.query_row([to_sql_int(number)], |row| row.get(0));
        optional(holder)?.map_or(Ok(()), |holder| self.look_again_at_leaves(SupporterId(holder), now))
    }

    /// It counts no more.
    ///
    /// # Errors
    /// The store's.
    pub fn withdraw_absence(&self, number: u64, now: Timestamp) -> Result<()> {
        let sql = "UPDATE absences SET withdrawn_at = ?2, look_at = iif(client_id IS NULL AND weekly_off IS NULL, ?2, NULL) \
             WHERE number = ?1 AND withdrawn_at IS NULL";
        self.connection.prepare_cached(sql)?.execute(params![to_sql_int(number), now.millis()])?;
        self.look_again_because_of(number, now)
    }

    /// Every leave of a supporter of which something is still to come is looked at again, and so is what she holds.
    ///
    /// # Errors
    /// The store's.
    pub fn look_again_at_leaves(&self, supporter: SupporterId, now: Timestamp) -> Result<()> {
        let sql = "UPDATE absences SET look_at = ?2 WHERE supporter_id = ?1 AND look_at IS NOT NULL";
        self.connection.prepare_cached(sql)?.execute(params![supporter.0, now.millis()])?;
        self.look_again(supporter, now)
    }

    /// Absences for a listing, by their first days: those that are not over on a day and were not taken back, or all.
    ///
    /// # Errors
    /// The store's.
    pub fn absences(&self, to_come: Option<Day>) -> Result<Vec<AbsenceView>> {
        let sql = "SELECT a.id, s.name, a.from_day, a.until_day, c.name, a.announced_at, a.mail_id, \
             CASE WHEN a.withdrawn_at IS NOT NULL THEN 'withdrawn' WHEN a.confirmed_at IS NULL THEN 'asked' ELSE 'counts' END, \
             s.zone FROM absences a JOIN supporters s ON s.id = a.supporter_id LEFT JOIN clients c ON c.id = a.client_id \
             WHERE a.weekly_off IS NULL AND (?1 IS NULL OR (a.until_day >= ?1 AND a.withdrawn_at IS NULL)) \
             ORDER BY a.from_day, a.id";
        self.list(sql, [to_come.map(|day| day.to_string())], |row| {
            Ok(AbsenceView {
                id: row.get(0)?,
                supporter: row.get(1)?,
                from: row.get(2)?,
                until: row.get(3)?,
                client: row.get(4)?,
                announced_at: Timestamp::from_millis(row.get(5)?).to_string(),
                mail: row.get(6)?,
                state: row.get(7)?,
                zone: row.get(8)?,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Store;
    use super::*;

    fn on(text: &str) -> Day {
        Day::parse(text).expect("a day")
    }

    fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().expect("dir");
        let store = Store::open(dir.path()).expect("store");
        for (id, name) in [(1, "あい"), (2, "けい")] {
            let sql = "INSERT INTO supporters (id, principal_ref, name, locale, created_at) VALUES (?1, ?1, ?2, 'ja', 0)";
            store.connection.execute(sql, params![id, name]).expect("a supporter");
        }
        let sql = "INSERT INTO clients (id, thread_ref, principal_ref, name, goal, locale, state, created_at) \
             VALUES (1, 9, 9, 'はる', '', 'ja', 'active', 0)";
        store.connection.execute(sql, []).expect("a client");
        (dir, store)
    }

    #[test]
    fn she_is_away_from_the_first_day_to_the_last_while_any_announcement_stands() {
        let (_dir, mut store) = store();
        let now = Timestamp::from_millis(5);
        let write = |store: &mut Store, number, (from, until), client: Option<i64>, confirmed| {
            let absence = Absence {
                id: 0,
                number,
                supporter: SupporterId(1),
                days: Days { from: on(from), until: on(until) },
                client: client.map(ClientId),
                confirmed,
                withdrawn: false,
            };
            store.write(|tx| tx.add_absence(&absence, None, now)).expect("written")
        };
        write(&mut store, 1, ("2026-12-01", "2026-12-05"), None, true);
        write(&mut store, 2, ("2026-12-04", "2026-12-07"), None, true);
        write(&mut store, 3, ("2026-12-10", "2026-12-10"), None, false);
        write(&mut store, 4, ("2026-12-12", "2026-12-12"), Some(1), true);
        let check = |store: &Store, day: &str, until: Option<&str>| {
            let of = |id| store.read(|tx| tx.time_off(SupporterId(id), on(day))).expect("read");
            assert_eq!(of(1).away_until(on(day)), until.map(on), "{day}");
            assert_eq!(of(2), TimeOff::default(), "{day}");
        };
        check(&store, "2026-11-30", None);
        check(&store, "2026-12-01", Some("2026-12-05"));
        check(&store, "2026-12-05", Some("2026-12-07"));
        check(&store, "2026-12-07", Some("2026-12-07"));
        check(&store, "2026-12-08", None);
        check(&store, "2026-12-10", None); // her yes is awaited
        check(&store, "2026-12-12", None); // one report alone
        let off = store.read(|tx| tx.time_off(SupporterId(1), on("2026-12-05"))).expect("read");
        let days = ["2026-12-05", "2026-12-07", "2026-12-08", "2026-12-10", "2026-12-12"].map(on);
        assert_eq!(days.map(|day| off.is_away(day)), [true, true, false, false, false]);
        assert_eq!(days.map(|day| off.gave_away(ClientId(1), day)), [false, false, false, false, true]);
        assert!(!off.gave_away(ClientId(2), on("2026-12-12")));
        store.write(|tx| tx.withdraw_absence(2, now)).expect("withdrawn");
        store.write(|tx| tx.confirm_absence(3, now)).expect("confirmed");
        check(&store, "2026-12-05", Some("2026-12-05"));
        check(&store, "2026-12-07", None);
        check(&store, "2026-12-10", Some("2026-12-10"));
        let listed = |to_come| store.read(|tx| tx.absences(to_come)).expect("a list");
        let ids = |rows: Vec<AbsenceView>| rows.iter().map(|row| row.id).collect::<Vec<_>>();
        assert_eq!(ids(listed(Some(on("2026-12-05")))), [1, 3, 4]);
        assert_eq!(ids(listed(None)), [1, 2, 3, 4]);
    }

    #[test]
    fn an_absence_from_a_mail_that_was_not_applied_is_seen() {
        let (_dir, store) = store();
        let sql = "INSERT INTO epochs (id, folder, uid_validity, started_at) VALUES (1, 'INBOX', 1, 0);
             INSERT INTO kept_mails (id, epoch_id, uid, ingested_at, size, state, reason, ended_at) \
             VALUES (1, 1, 1, 0, 0, 'discarded', 'stranger', 0);
             INSERT INTO absences (number, supporter_id, from_day, until_day, announced_at, mail_id) \
             VALUES (1, 1, '2026-12-01', '2026-12-01', 0, 1)";
        store.connection.execute_batch(sql).expect("rows");
        let broken = store.read(|tx| tx.check()).expect("a check");
        assert_eq!(broken, ["absences came from mails that were not applied: 1"]);
    }
}
