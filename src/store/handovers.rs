//! Leaves that begin and end: when each is looked at, which clients it gives to whom, what is said to the one who stands in.

use rusqlite::params;

use super::absences::{ABSENCE, absence_row};
use super::facts::{CERTAIN, SEEN, day};
use super::{Result, Tx, from_sql_int, optional, to_sql_int};
use crate::clock::Timestamp;
use crate::domain::absence::Absence;
use crate::domain::calendar::Day;
use crate::domain::limits::DAY;
use crate::domain::people::{Client, ClientId, SupporterId};

/// A client whom somebody else has during a leave.
#[derive(Clone, Debug, PartialEq)]
pub struct Handover {
    /// The leave's number.
    pub number: u64,
    /// Whom.
    pub client: ClientId,
    /// Who stands in.
    pub second: SupporterId,
    /// Until when, as was said when it began.
    pub until: Day,
    /// She got the letter about it.
    pub told: bool,
    /// The client heard of it.
    pub introduced: bool,
}

/// A letter or an answer of the time in which somebody was away.
#[derive(Clone, Debug, PartialEq)]
pub struct Happened {
    /// When it came.
    pub at: Timestamp,
    /// The supporter who wrote it; `None`: the client.
    pub author: Option<String>,
    /// The words, as its reader may see them.
    pub text: String,
}

/// What whoever answers a client may know of her.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// What she wrote about herself.
    pub about: String,
    /// The office's notes; never for her.
    pub note: String,
}

impl Tx<'_> {
    /// Up to `limit` absences at which something may be due.
    ///
    /// # Errors
    /// The store's.
    pub fn leaves_to_look_at(&self, now: Timestamp, limit: usize) -> Result<Vec<Absence>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.leaves("look_at <= ?1 ORDER BY look_at, id LIMIT ?2", params![now.millis(), limit])
    }

    /// When an absence was announced: when the mail arrived that said it, and not when it was read.
    ///
    /// # Errors
    /// The store's.
    pub fn announced_at(&self, number: u64) -> Result<Timestamp> {
        let sql = "SELECT coalesce(m.internal_date_at, m.ingested_at, a.announced_at) FROM absences a \
             LEFT JOIN kept_mails m ON m.id = a.mail_id WHERE a.number = ?1";
        let at = self.connection.prepare_cached(sql)?.query_row([to_sql_int(number)], |row| row.get(0))?;
        Ok(Timestamp::from_millis(at))
    }

    /// The absences of a supporter that began and of whose end she has not heard, the first one before all others.
    ///
    /// # Errors
    /// The store's.
    pub fn open_leaves(&self, supporter: SupporterId) -> Result<Vec<Absence>> {
        let condition = "supporter_id = ?1 AND for_good = 0 AND begun_at IS NOT NULL AND back_at IS NULL ORDER BY from_day, id";
        self.leaves(condition, params![supporter.0])
    }

    fn leaves(&self, condition: &str, values: impl rusqlite::Params) -> Result<Vec<Absence>> {
        let mut statement = self.connection.prepare_cached(&format!("{ABSENCE} WHERE {condition}"))?;
        let mut rows = statement.query(values)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(absence_row(row)?);
        }
        Ok(found)
    }

    /// When an absence is looked at next.
    ///
    /// # Errors
    /// The store's.
    pub fn next_leave(&self) -> Result<Option<Timestamp>> {
        let sql = "SELECT min(look_at) FROM absences WHERE look_at IS NOT NULL";
        let at: Option<i64> = self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        Ok(at.map(Timestamp::from_millis))
    }

    /// Notes when an absence is looked at next; `None`: nothing comes of it by itself.
    ///
    /// # Errors
    /// The store's.
    pub fn leave_looked_at(&self, number: u64, next: Option<Timestamp>) -> Result<()> {
        let sql = "UPDATE absences SET look_at = ?2 WHERE number = ?1";
        let values = params![to_sql_int(number), next.map(Timestamp::millis)];
        self.connection.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    /// Her clients are with others from now on.
    ///
    /// # Errors
    /// The store's.
    pub fn leave_began(&self, number: u64, now: Timestamp) -> Result<()> {
        let sql = "UPDATE absences SET begun_at = ?2 WHERE number = ?1 AND begun_at IS NULL";
        self.connection.prepare_cached(sql)?.execute(params![to_sql_int(number), now.millis()])?;
        Ok(())
    }

    /// She is back, and heard what happened.
    ///
    /// # Errors
    /// The store's.
    pub fn leaves_ended(&self, supporter: SupporterId, now: Timestamp) -> Result<()> {
        let sql = "UPDATE absences SET back_at = ?2, look_at = NULL \
             WHERE supporter_id = ?1 AND for_good = 0 AND begun_at IS NOT NULL AND back_at IS NULL";
        self.connection.prepare_cached(sql)?.execute(params![supporter.0, now.millis()])?;
        Ok(())
    }

    /// Somebody else has a client until a day, unless she has her until then already: because of another leave of the same
    /// supporter that stands, if she was told of it, or will be.
    ///
    /// # Errors
    /// The store's.
    pub fn hand_over(&self, number: u64, client: ClientId, second: SupporterId, until: Day) -> Result<()> {
        let sql = "INSERT OR IGNORE INTO handovers (number, client_id, second_id, until_day) SELECT ?1, ?2, ?3, ?4 \
             WHERE NOT EXISTS (SELECT 1 FROM handovers h JOIN absences a ON a.number = h.number \
             JOIN absences b ON b.number = ?1 AND b.supporter_id = a.supporter_id \
             WHERE h.client_id = ?2 AND h.second_id = ?3 AND h.until_day >= ?4 AND a.back_at IS NULL \
             AND a.withdrawn_at IS NULL AND (h.letter_at IS NOT NULL OR a.until_day >= b.until_day))";
        let values = params![to_sql_int(number), client.0, second.0, until.to_string()];
        self.connection.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    /// Who has whom during an absence.
    ///
    /// # Errors
    /// The store's.
    pub fn handovers(&self, number: u64) -> Result<Vec<Handover>> {
        self.handovers_where("h.number = ?1", number)
    }

    /// Which clients heard of a last day because of the absences that ended together with this one, and of none of a later
    /// absence.
    ///
    /// # Errors
    /// The store's.
    pub fn last_days_told(&self, number: u64) -> Result<Vec<Handover>> {
        let condition = "h.number IN (SELECT a.number FROM absences e JOIN absences a ON a.supporter_id = e.supporter_id \
               AND a.back_at = e.back_at WHERE e.number = ?1) AND h.introduced_at IS NOT NULL \
             AND NOT EXISTS (SELECT 1 FROM absences e CROSS JOIN absences b ON b.supporter_id = e.supporter_id \
               AND (b.back_at IS NULL OR b.back_at > e.back_at) CROSS JOIN handovers o ON o.number = b.number \
               WHERE e.number = ?1 AND o.client_id = h.client_id AND o.introduced_at IS NOT NULL)";
        self.handovers_where(condition, number)
    }

    /// When she was back after an absence; `None`: it did not begin, or is not over.
    ///
    /// # Errors
    /// The store's.
    pub fn back_at(&self, number: u64) -> Result<Option<Timestamp>> {
        let sql = "SELECT back_at FROM absences WHERE number = ?1";
        let at = self.connection.prepare_cached(sql)?.query_row([to_sql_int(number)], |row| row.get(0));
        Ok(optional(at)?.flatten().map(Timestamp::from_millis))
    }

    fn handovers_where(&self, condition: &str, number: u64) -> Result<Vec<Handover>> {
        let sql = format!(
            "SELECT number, client_id, second_id, until_day, letter_at IS NOT NULL, introduced_at IS NOT NULL \
             FROM handovers h WHERE {condition} ORDER BY number, client_id, second_id"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([to_sql_int(number)])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(Handover {
                number: from_sql_int(row.get(0)?),
                client: ClientId(row.get(1)?),
                second: SupporterId(row.get(2)?),
                until: day(row, 3)?,
                told: row.get(4)?,
                introduced: row.get(5)?,
            });
        }
        Ok(found)
    }

    /// The second one got the letter about a client.
    ///
    /// # Errors
    /// The store's.
    pub fn handed_over(&self, it: &Handover, now: Timestamp) -> Result<()> {
        let sql =
            "UPDATE handovers SET letter_at = ?4 WHERE number = ?1 AND client_id = ?2 AND second_id = ?3";
        let values = params![to_sql_int(it.number), it.client.0, it.second.0, now.millis()];
        self.connection.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    /// The client heard who stands in, until that day.
    ///
    /// # Errors
    /// The store's.
    pub fn introduced(&self, it: &Handover, until: Day, now: Timestamp) -> Result<()> {
        let sql = "UPDATE handovers SET introduced_at = ?4, until_day = ?5 \
             WHERE number = ?1 AND client_id = ?2 AND second_id = ?3";
        let day = until.to_string();
        let values = params![to_sql_int(it.number), it.client.0, it.second.0, now.millis(), day];
        self.connection.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    /// Keeps what a mail of hers says to whoever stands in.
    ///
    /// # Errors
    /// The store's.
    pub fn add_line(&self, number: u64, mail: i64, shown: &str) -> Result<()> {
        let sql = "INSERT INTO absence_lines (mail_id, number, shown) VALUES (?1, ?2, ?3)";
        self.connection.prepare_cached(sql)?.execute(params![mail, to_sql_int(number), shown])?;
        // Last words go on as soon as whoever they are for is up.
        let sql = "UPDATE absences SET look_at = 0 WHERE number = ?1 AND for_good = 1";
        self.connection.prepare_cached(sql)?.execute([to_sql_int(number)])?;
        Ok(())
    }

    /// What she said to whoever stands in, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub fn lines_of(&self, number: u64) -> Result<Vec<String>> {
        let sql = "SELECT shown FROM absence_lines WHERE number = ?1 ORDER BY mail_id";
        self.list(sql, [to_sql_int(number)], |row| row.get(0))
    }

    /// The clients whose supporter she is.
    ///
    /// # Errors
    /// The store's.
    pub fn clients_of(&self, supporter: SupporterId) -> Result<Vec<Client>> {
        let sql = "SELECT id FROM clients WHERE supporter_id = ?1 ORDER BY id";
        let ids = self.list(sql, [supporter.0], |row| row.get(0))?;
        let clients = ids.into_iter().map(|id| self.client_by_id(ClientId(id)));
        Ok(clients.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
    }

    /// What came of a client and passed on to her since `since`, as `reader` may see it: the last `limit`, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub fn happened(
        &self,
        client: ClientId,
        reader: SupporterId,
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<Happened>> {
        let sql = format!(
            "SELECT coalesce(m.internal_date_at, m.ingested_at), s.name, {SEEN}, l.written_at FROM letters l \
             JOIN kept_mails m ON m.id = l.mail_id LEFT JOIN supporters s ON s.id = l.author_id \
             WHERE l.client_id = ?2 AND l.shown <> '' \
             AND (l.author_id IS NULL OR EXISTS (SELECT 1 FROM outbox o WHERE o.letter_id = l.id \
               AND o.kind = 'pass_on' AND o.state NOT IN ('held', 'cancelled', 'failed', 'expired') AND {CERTAIN})) \
             ORDER BY l.id DESC"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params![reader.0, client.0])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()?.filter(|_| all.len() < limit) {
            let at = Timestamp::from_millis(row.get(0)?);
            if at >= since {
                all.push(Happened { at, author: row.get(1)?, text: row.get(2)? });
            } else if row.get::<_, i64>(3)? < since.before(DAY).millis() {
                // What was filed before came before.
                break;
            }
        }
        all.reverse();
        Ok(all)
    }

    /// Whether an answer to a report waits for a yes.
    ///
    /// # Errors
    /// The store's.
    pub fn answer_is_held(&self, client: ClientId, on: Day) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM outbox WHERE client_id = ?1 AND day = ?2 AND kind = 'pass_on' \
             AND state = 'held')";
        Ok(self.connection.prepare_cached(sql)?.query_row(params![client.0, on.to_string()], |r| r.get(0))?)
    }

    /// A report that waits comes back to a supporter, and walks anew with her.
    ///
    /// # Errors
    /// The store's.
    pub fn give_back(&self, report: i64, holder: SupporterId, now: Timestamp) -> Result<()> {
        let sql = "UPDATE daily_reports SET holder_id = ?2, stage = 'alerted', walk_from_at = ?3, step_at = ?3, \
             writing_until_at = NULL, pool_asked_at = NULL WHERE id = ?1 AND state = 'waiting'";
        self.connection.prepare_cached(sql)?.execute(params![report, holder.0, now.millis()])?;
        Ok(())
    }

    /// Whether a supporter had a letter of a client, or one about her.
    ///
    /// # Errors
    /// The store's.
    pub fn knows(&self, principal: u32, client: ClientId) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM outbox WHERE client_id = ?2 AND principal_ref = ?1 AND kind = 'alert') \
             OR EXISTS (SELECT 1 FROM handovers h JOIN supporters s ON s.id = h.second_id \
             WHERE h.client_id = ?2 AND s.principal_ref = ?1 AND h.letter_at IS NOT NULL)";
        Ok(self.connection.prepare_cached(sql)?.query_row(params![principal, client.0], |row| row.get(0))?)
    }

    /// What is known of a client.
    ///
    /// # Errors
    /// The store's.
    pub fn description(&self, client: ClientId) -> Result<Description> {
        let sql = "SELECT about, note FROM clients WHERE id = ?1";
        let read = |row: &rusqlite::Row<'_>| Ok(Description { about: row.get(0)?, note: row.get(1)? });
        Ok(self.connection.prepare_cached(sql)?.query_row([client.0], read)?)
    }

    /// Sets what is given of a client's description.
    ///
    /// # Errors
    /// The store's.
    pub fn describe(&self, client: ClientId, about: Option<&str>, note: Option<&str>) -> Result<()> {
        let sql = "UPDATE clients SET about = coalesce(?2, about), note = coalesce(?3, note) WHERE id = ?1";
        self.connection.prepare_cached(sql)?.execute(params![client.0, about, note])?;
        Ok(())
    }
}
