//! Who of the pool was asked for which report, and what became of it.

use rusqlite::{Row, params};
use serde::Serialize;

use super::{Result, Tx, facts, from_sql_int, optional, to_sql_int};
use crate::clock::Timestamp;
use crate::domain::calendar::Day;
use crate::domain::limits::DAY;
use crate::domain::locale::Locale;
use crate::domain::people::{ClientId, Side, SupporterId};
use crate::domain::pool::PoolSaid;

use super::walks::{WALKS, WaitingReport};

/// An ask, as a reply to it needs it.
#[derive(Clone, Debug)]
pub struct AskFacts {
    /// Who was asked.
    pub supporter: SupporterId,
    /// Whose report.
    pub client: ClientId,
    /// Which.
    pub day: Day,
    /// The report waits, in the round in which she was asked.
    pub waits: bool,
    /// Somebody of the pool holds it.
    pub taken: bool,
    /// She took it, and got its letters: she holds it, or has answered it.
    pub reads: bool,
    /// Who holds it.
    pub holder: Option<SupporterId>,
    /// Until when whoever holds it writes.
    pub writing_until: Option<Timestamp>,
}

/// An ask of which nobody has heard.
#[derive(Clone, Copy, Debug)]
pub struct OpenAsk {
    /// Its number.
    pub number: u64,
    /// Who was asked.
    pub supporter: SupporterId,
    /// Her mail has not been handed to anybody so far.
    pub unsent: bool,
    /// The report is answered, walks anew with somebody else, or is not to be asked for; `false`: another took it.
    pub answered: bool,
}

/// A report that somebody of the pool takes.
#[derive(Clone, Debug)]
pub struct TakenAsk {
    /// The ask's number.
    pub number: u64,
    /// The digest of the mail in which she said so.
    pub digest: Vec<u8>,
    /// Who held the report before.
    pub before: Option<SupporterId>,
    /// Whether she has got the letters.
    pub given: bool,
}

/// Somebody of the pool in a listing.
#[derive(Clone, Debug, Serialize)]
pub struct PoolView {
    /// "client" or "supporter".
    pub side: String,
    /// Row.
    pub id: i64,
    /// Her name.
    pub name: String,
    /// How often she was asked in thirty days; of a client: how often others were, for her.
    pub asked: i64,
    /// How often she took a letter; of a client: how often others did.
    pub taken: i64,
    /// How often she said no.
    pub declined: i64,
}

/// Of a report that is answered, walks anew, or whose client is in the pool no more.
const OVER: &str = "(r.state <> 'waiting' OR r.walk_from_at <> a.round_at \
     OR (SELECT pool FROM clients WHERE id = r.client_id) = 0)";

/// The columns of an ask that was taken.
const TAKEN: &str = "number, before_id, given_at IS NOT NULL, \
     coalesce((SELECT digest FROM kept_mails WHERE id = mail_id), x'')";

fn taken_ask(row: &Row<'_>) -> rusqlite::Result<TakenAsk> {
    let (number, before) = (from_sql_int(row.get(0)?), row.get::<_, Option<i64>>(1)?.map(SupporterId));
    Ok(TakenAsk { number, before, given: row.get(2)?, digest: row.get(3)? })
}

fn open_ask(row: &Row<'_>) -> rusqlite::Result<OpenAsk> {
    Ok(OpenAsk {
        number: from_sql_int(row.get(0)?),
        supporter: SupporterId(row.get(1)?),
        answered: row.get(2)?,
        unsent: row.get(3)?,
    })
}

impl Tx<'_> {
    /// Whether somebody agreed to the pool, from now on. What waits and may be asked for is looked at again.
    ///
    /// # Errors
    /// The store's.
    pub fn set_pool(&self, side: Side, id: i64, agreed: bool, now: Timestamp) -> Result<()> {
        let sql = match side {
            Side::Client => "UPDATE clients SET pool = ?2 WHERE id = ?1",
            Side::Supporter => "UPDATE supporters SET pool = ?2 WHERE id = ?1",
        };
        self.connection.execute(sql, params![id, agreed])?;
        let sql = format!(
            "UPDATE daily_reports SET step_at = ?1 WHERE {WALKS} \
             AND client_id IN (SELECT id FROM clients WHERE pool = 1 OR id = ?2)"
        );
        let client = if side == Side::Client { id } else { 0 };
        self.connection.execute(&sql, params![now.millis(), client])?;
        Ok(())
    }

    /// Everybody in the pool, for a listing; what was asked counts within thirty days before `now`.
    ///
    /// # Errors
    /// The store's.
    pub fn pool_views(&self, now: Timestamp) -> Result<Vec<PoolView>> {
        let sums = "count(a.number), coalesce(sum(a.answer = 'yes'), 0), coalesce(sum(a.answer = 'no'), 0)";
        let sql = format!(
            "SELECT 'client' AS side, p.id, p.name, {sums} FROM clients p LEFT JOIN daily_reports r ON r.client_id = p.id \
             LEFT JOIN asks a ON a.daily_report_id = r.id AND a.asked_at > ?1 WHERE p.pool = 1 GROUP BY p.id \
             UNION ALL SELECT 'supporter', p.id, p.name, {sums} FROM supporters p \
             LEFT JOIN asks a ON a.supporter_id = p.id AND a.asked_at > ?1 WHERE p.pool = 1 GROUP BY p.id ORDER BY 1, 2"
        );
        self.list(&sql, [now.before(DAY * 30).millis()], |row| {
            Ok(PoolView {
                side: row.get(0)?,
                id: row.get(1)?,
                name: row.get(2)?,
                asked: row.get(3)?,
                taken: row.get(4)?,
                declined: row.get(5)?,
            })
        })
    }

    /// Everybody in the pool who answers in that language, and how often she was asked for a report in its round, in the order in
    /// which they are to be asked: first those who were not asked for it, then those who heard that another took it; among
    /// these, who holds least and was asked least in a week before `now`. Whoever was asked and has not replied, said no, or had
    /// it is left out.
    ///
    /// # Errors
    /// The store's.
    pub fn pool_for(
        &self,
        report: Option<(i64, Timestamp)>,
        language: Locale,
        now: Timestamp,
    ) -> Result<Vec<(SupporterId, i64)>> {
        // What waits, and who was asked for this report, is counted once, and not once for each of them.
        let sql = "SELECT s.id, coalesce(q.many, 0) FROM supporters s LEFT JOIN (SELECT holder_id, count(*) AS many \
             FROM daily_reports WHERE state = 'waiting' GROUP BY holder_id) w ON w.holder_id = s.id \
             LEFT JOIN (SELECT supporter_id, count(*) AS many, sum(ended_at IS NULL OR answer IS NOT NULL) AS open \
              FROM asks INDEXED BY asks_of_report WHERE daily_report_id = ?1 AND round_at = ?2 GROUP BY supporter_id) q \
             ON q.supporter_id = s.id WHERE s.pool = 1 AND instr(coalesce(s.languages, s.locale), ?4) > 0 \
             AND coalesce(q.open, 0) = 0 ORDER BY coalesce(q.many, 0), coalesce(w.many, 0) \
             + (SELECT count(*) FROM asks a WHERE a.supporter_id = s.id AND a.asked_at > ?3), s.id";
        let (report, round) = report.map_or((0, 0), |(id, round)| (id, round.millis()));
        let values = params![report, round, now.before(DAY * 7).millis(), language.word()];
        self.list(sql, values, |row| Ok((SupporterId(row.get(0)?), row.get(1)?)))
    }

    /// How often a supporter was asked for a report in its round.
    ///
    /// # Errors
    /// The store's.
    pub fn asked_before_for(&self, report: &WaitingReport, supporter: SupporterId) -> Result<i64> {
        let sql = "SELECT count(*) FROM asks INDEXED BY asks_of_report WHERE daily_report_id = ?1 AND round_at = ?2 AND supporter_id = ?3";
        let values = params![report.id, report.from.millis(), supporter.0];
        Ok(self.connection.prepare_cached(sql)?.query_row(values, |row| row.get(0))?)
    }

    /// How many were asked for a report in its round.
    ///
    /// # Errors
    /// The store's.
    pub fn asked_for(&self, report: &WaitingReport) -> Result<usize> {
        let sql =
            "SELECT count(DISTINCT supporter_id) FROM asks WHERE daily_report_id = ?1 AND round_at = ?2";
        let values = params![report.id, report.from.millis()];
        let count: i64 = self.connection.prepare_cached(sql)?.query_row(values, |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or(0))
    }

    /// How many pictures came with the letters of a report.
    ///
    /// # Errors
    /// The store's.
    pub fn pictures_of(&self, report: i64) -> Result<usize> {
        let sql =
            "SELECT coalesce(sum(images), 0) FROM letters WHERE daily_report_id = ?1 AND author_id IS NULL";
        let count: i64 = self.connection.prepare_cached(sql)?.query_row([report], |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or(0))
    }

    /// Writes an ask down.
    ///
    /// # Errors
    /// The store's.
    pub fn add_ask(
        &self,
        number: u64,
        report: &WaitingReport,
        to: SupporterId,
        now: Timestamp,
    ) -> Result<()> {
        let sql = "INSERT INTO asks (number, daily_report_id, supporter_id, round_at, asked_at) \
             VALUES (?1, ?2, ?3, ?4, ?5)";
        let values = params![to_sql_int(number), report.id, to.0, report.from.millis(), now.millis()];
        self.connection.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    /// The ask of a number, if it was this supporter's.
    ///
    /// # Errors
    /// The store's.
    pub fn ask_of_number(&self, number: u64, supporter: SupporterId) -> Result<Option<AskFacts>> {
        let sql = "SELECT a.supporter_id, r.client_id, r.day, r.state = 'waiting' AND r.walk_from_at = a.round_at, \
             r.pool_until_at IS NOT NULL, a.answer IS 'yes' AND a.given_at IS NOT NULL AND (r.holder_id IS a.supporter_id \
             OR EXISTS (SELECT 1 FROM letters l WHERE l.daily_report_id = r.id AND l.author_id = a.supporter_id)), \
             r.holder_id, r.writing_until_at FROM asks a JOIN daily_reports r ON r.id = a.daily_report_id WHERE a.number = ?1 AND a.supporter_id = ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let found = |row: &Row<'_>| -> rusqlite::Result<Result<AskFacts>> {
            let (supporter, client) = (SupporterId(row.get(0)?), ClientId(row.get(1)?));
            let (waits, taken, reads) = (row.get(3)?, row.get(4)?, row.get(5)?);
            let holder = row.get::<_, Option<i64>>(6)?.map(SupporterId);
            let writing_until = row.get::<_, Option<i64>>(7)?.map(Timestamp::from_millis);
            let facts = |day| AskFacts { supporter, client, day, waits, taken, reads, holder, writing_until };
            Ok(facts::day(row, 2).map(facts))
        };
        optional(statement.query_row(params![to_sql_int(number), supporter.0], found))?.transpose()
    }

    /// Writes down what somebody of the pool said.
    ///
    /// # Errors
    /// The store's.
    pub(super) fn pool_said(&self, number: u64, said: &PoolSaid, mail: i64, now: Timestamp) -> Result<()> {
        let number = to_sql_int(number);
        let report = "(SELECT daily_report_id FROM asks WHERE number = ?1)";
        match said {
            PoolSaid::Asked { report, supporter } => {
                let sql = "INSERT INTO asks (number, daily_report_id, supporter_id, round_at, asked_at) \
                     SELECT ?1, id, ?3, walk_from_at, ?4 FROM daily_reports WHERE id = ?2";
                self.connection.execute(sql, params![number, report, supporter.0, now.millis()])?;
            }
            PoolSaid::Taken(until) => {
                let sql = format!(
                    "UPDATE asks SET answer = 'yes', until_at = ?2, mail_id = ?3, given_at = NULL, ended_at = NULL, \
                     before_id = (SELECT holder_id FROM daily_reports WHERE id = {report}) WHERE number = ?1"
                );
                self.connection.execute(&sql, params![number, until.millis(), mail])?;
                let sql = format!(
                    "UPDATE daily_reports SET holder_id = (SELECT supporter_id FROM asks WHERE number = ?1), \
                     pool_until_at = ?2, writing_until_at = NULL, step_at = ?3 WHERE id = {report}"
                );
                self.connection.execute(&sql, params![number, until.millis(), now.millis()])?;
                let sql = format!("SELECT client_id, day FROM daily_reports WHERE id = {report}");
                let found = |row: &Row<'_>| Ok((ClientId(row.get(0)?), facts::day(row, 1)));
                let (client, day) = self.connection.query_row(&sql, [number], found)?;
                self.note_holder(client, day?, now)?;
            }
            PoolSaid::GivenBack(at) => {
                let sql = format!(
                    "UPDATE daily_reports SET pool_until_at = ?2, writing_until_at = NULL, step_at = ?3 WHERE id = {report}"
                );
                self.connection.execute(&sql, params![number, at.millis(), now.millis()])?;
            }
            PoolSaid::Declined => {
                let sql = "UPDATE asks SET answer = 'no', until_at = NULL, given_at = NULL, ended_at = ?2 WHERE number = ?1";
                self.connection.execute(sql, params![number, now.millis()])?;
            }
            PoolSaid::Late => {
                let sql = "UPDATE asks SET ended_at = coalesce(ended_at, ?2) WHERE number = ?1 AND answer IS NOT 'yes'";
                self.connection.execute(sql, params![number, now.millis()])?;
            }
        }
        Ok(())
    }

    /// Whether somebody heard that a letter is not hers to take as often as one person asks: with all others, and once more.
    ///
    /// # Errors
    /// The store's.
    pub fn told_over(&self, number: u64) -> Result<bool> {
        let sql = "SELECT count(*) > 1 FROM outbox WHERE ask = ?1 AND reason = 'pool_over'";
        Ok(self.connection.query_row(sql, [to_sql_int(number)], |row| row.get(0))?)
    }

    /// Nothing more comes of an ask by itself.
    ///
    /// # Errors
    /// The store's.
    pub fn end_ask(&self, number: u64, now: Timestamp) -> Result<()> {
        let sql = "UPDATE asks SET ended_at = coalesce(ended_at, ?2) WHERE number = ?1";
        self.connection.prepare_cached(sql)?.execute(params![to_sql_int(number), now.millis()])?;
        Ok(())
    }

    /// The ask by which whoever holds a report took it.
    ///
    /// # Errors
    /// The store's.
    pub fn taken_ask(&self, report: &WaitingReport) -> Result<Option<TakenAsk>> {
        let sql = format!(
            "SELECT {TAKEN} FROM asks INDEXED BY asks_of_report WHERE daily_report_id = ?1 AND round_at = ?2 \
             AND supporter_id = ?3 AND answer = 'yes' AND ended_at IS NULL ORDER BY asked_at DESC LIMIT 1"
        );
        let values = params![report.id, report.from.millis(), report.holder.map(|h| h.0)];
        let mut statement = self.connection.prepare_cached(&sql)?;
        optional(statement.query_row(values, taken_ask))
    }

    /// The last ask by which somebody got the letters of a report that its holder had before, and has again.
    ///
    /// # Errors
    /// The store's.
    pub fn returned_ask(&self, report: &WaitingReport) -> Result<Option<TakenAsk>> {
        let sql = format!(
            "SELECT {TAKEN} FROM asks WHERE daily_report_id = ?1 AND before_id = ?2 AND supporter_id <> ?2 \
             AND answer = 'yes' AND given_at IS NOT NULL ORDER BY given_at DESC, number LIMIT 1"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        optional(statement.query_row(params![report.id, report.holder.map(|h| h.0)], taken_ask))
    }

    /// She got the letters.
    ///
    /// # Errors
    /// The store's.
    pub fn ask_given(&self, number: u64, now: Timestamp) -> Result<()> {
        let sql = "UPDATE asks SET given_at = ?2 WHERE number = ?1";
        self.connection.prepare_cached(sql)?.execute(params![to_sql_int(number), now.millis()])?;
        Ok(())
    }

    /// Asks of which nothing can come any more, and whose supporters have not heard so.
    ///
    /// # Errors
    /// The store's.
    pub fn closed_asks(&self) -> Result<Vec<OpenAsk>> {
        let sql = format!(
            "SELECT a.number, a.supporter_id, {OVER}, \
             NOT EXISTS (SELECT 1 FROM outbox o WHERE o.ask = a.number AND (o.attempts > 0 OR o.state = 'accepted')) \
             FROM asks a JOIN daily_reports r ON r.id = a.daily_report_id \
             WHERE a.ended_at IS NULL AND a.answer IS NULL AND ({OVER} OR r.pool_until_at IS NOT NULL) \
             ORDER BY a.asked_at, a.number"
        );
        self.list(&sql, [], open_ask)
    }

    /// A mail that asks is not sent any more, if it was not.
    ///
    /// # Errors
    /// The store's.
    pub fn cancel_ask(&self, number: u64, now: Timestamp) -> Result<()> {
        let sql = "UPDATE outbox SET state = 'cancelled', next_at = NULL, place = NULL, may_repeat = 0, ended_at = ?2 \
             WHERE ask = ?1 AND attempts = 0 AND state IN ('queued', 'held')";
        self.connection.prepare_cached(sql)?.execute(params![to_sql_int(number), now.millis()])?;
        Ok(())
    }

    /// Whether a supporter took a client's report of a day from the pool.
    ///
    /// # Errors
    /// The store's.
    pub fn took_from_pool(&self, supporter: SupporterId, client: ClientId, day: Day) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM asks a JOIN daily_reports r ON r.id = a.daily_report_id \
             WHERE a.supporter_id = ?1 AND a.answer = 'yes' AND r.client_id = ?2 AND r.day = ?3)";
        let values = params![supporter.0, client.0, day.to_string()];
        Ok(self.connection.prepare_cached(sql)?.query_row(values, |row| row.get(0))?)
    }

    /// The mail that asked, the newest about it.
    ///
    /// # Errors
    /// The store's.
    pub fn sent_about_ask(&self, number: u64) -> Result<Option<super::SentRow>> {
        self.sent_where("o.ask = ?1", number)
    }
}
