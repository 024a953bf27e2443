//! Newcomers' answers that are read first: which wait, who was asked, and what she said.

use rusqlite::{Row, params};

use super::facts::{SENT, sent_row};
use super::set_aside::{AsideWords, OF_LETTER, WORDS, words};
use super::{Result, SentRow, StoreError, Tx, from_sql_int, optional, to_sql_int};
use crate::clock::Timestamp;
use crate::domain::calendar::Day;
use crate::domain::limits::DAY;
use crate::domain::notice::Outcome;
use crate::domain::people::{Client, ClientId, SupporterId};
use crate::domain::reading::ToRead;

/// Its words have not gone, and wait.
const WAITS: &str = "EXISTS (SELECT 1 FROM outbox w WHERE w.letter_id = g.letter_id AND w.kind = 'pass_on' AND w.state = 'held')";
/// They went in an earlier life of the database.
const WENT_BEFORE: &str = "EXISTS (SELECT 1 FROM outbox w WHERE w.letter_id = g.letter_id AND w.kind = 'pass_on' AND w.state = 'accepted' AND w.attempts = 0)";
/// Readers' days that count when the next one is chosen.
const LATELY: u32 = 30;

/// An answer that waits, or waited, to be read.
#[derive(Clone, Debug)]
pub struct ReadingRow {
    /// Its number.
    pub number: u64,
    /// When somebody else is asked, or the office told; `None`: it was.
    pub next_at: Option<Timestamp>,
    /// When the office is told.
    pub office_at: Timestamp,
    /// It waits.
    pub open: bool,
    /// It went in an earlier life of the database, and a yes to it may come again.
    pub went_before: bool,
    /// What became of it, where it does not wait.
    pub outcome: Outcome,
    /// The mail that takes it to its client.
    pub row: Option<i64>,
    /// The answer.
    pub answer: AsideWords,
}

/// A reader who need not read an answer any more, and has not heard so.
#[derive(Clone, Debug)]
pub struct ClosedReading {
    /// The reading's number.
    pub number: u64,
    /// She.
    pub reader: SupporterId,
    /// She hears nothing: the mail that asked her has not gone out, or all this was in an earlier life of the database.
    pub unsent: bool,
    /// Who wrote the answer.
    pub writer: String,
    /// For whom.
    pub client: String,
    /// The same.
    pub client_id: ClientId,
}

/// What became of an answer.
const OUTCOME: &str = "CASE WHEN EXISTS (SELECT 1 FROM outbox w WHERE w.letter_id = g.letter_id AND w.kind = 'pass_on' \
     AND w.state IN ('queued', 'claimed', 'accepted', 'unknown', 'unresolved')) THEN 'goes' \
     WHEN EXISTS (SELECT 1 FROM outbox w WHERE w.letter_id = g.letter_id AND w.kind = 'pass_on' \
     AND w.state = 'cancelled' AND w.reason = 'recalled') THEN 'taken_back' \
     WHEN g.said = 'returned' THEN 'returned' ELSE 'settled' END";

fn outcome(word: &str) -> Outcome {
    match word {
        "goes" => Outcome::Goes,
        "taken_back" => Outcome::TakenBack,
        "returned" => Outcome::Returned,
        _ => Outcome::Settled,
    }
}

fn reading(row: &Row<'_>) -> Result<ReadingRow> {
    Ok(ReadingRow {
        number: from_sql_int(row.get(11)?),
        next_at: row.get::<_, Option<i64>>(12)?.map(Timestamp::from_millis),
        office_at: Timestamp::from_millis(row.get(13)?),
        open: row.get(14)?,
        went_before: row.get(15)?,
        outcome: outcome(&row.get::<_, String>(17)?),
        row: row.get(16)?,
        answer: words(row)?,
    })
}

impl Tx<'_> {
    /// Whether fewer than so many answers of a supporter went, or are on their way, to clients.
    ///
    /// # Errors
    /// The store's.
    pub fn is_newcomer(&self, supporter: SupporterId, fewer_than: u32) -> Result<bool> {
        let sql = "SELECT count(*) < ?2 FROM (SELECT 1 FROM letters l CROSS JOIN outbox o ON o.letter_id = l.id \
             AND o.kind = 'pass_on' WHERE l.author_id = ?1 \
             AND o.state IN ('queued', 'claimed', 'accepted', 'unknown', 'unresolved') LIMIT ?2)";
        let values = params![supporter.0, fewer_than];
        Ok(self.connection.prepare_cached(sql)?.query_row(values, |row| row.get(0))?)
    }

    /// Whether a supporter reads what newcomers write.
    ///
    /// # Errors
    /// The store's.
    pub fn is_reader(&self, supporter: SupporterId) -> Result<bool> {
        let sql = "SELECT reader FROM supporters WHERE id = ?1";
        Ok(self.connection.prepare_cached(sql)?.query_row([supporter.0], |row| row.get(0))?)
    }

    /// Whether an answer of hers was read first before.
    ///
    /// # Errors
    /// The store's.
    pub fn was_read_before(&self, writer: SupporterId) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM letters l CROSS JOIN readings g ON g.letter_id = l.id WHERE l.author_id = ?1)";
        Ok(self.connection.prepare_cached(sql)?.query_row([writer.0], |row| row.get(0))?)
    }

    /// Everybody who reads what newcomers write and was not asked to read this, in the order in which they are to be: the
    /// client's own two, those who read her language, who was asked least of late before `at`.
    ///
    /// # Errors
    /// The store's.
    pub fn readers_for(
        &self,
        client: &Client,
        writer: SupporterId,
        number: u64,
        at: Timestamp,
    ) -> Result<Vec<SupporterId>> {
        let sql = "SELECT s.id FROM supporters s WHERE s.reader = 1 AND s.id <> ?1 AND NOT EXISTS \
             (SELECT 1 FROM reading_asks k WHERE k.number = ?2 AND k.supporter_id = s.id) ORDER BY \
             s.id IS ?3 OR s.id IS ?4 DESC, instr(coalesce(s.languages, s.locale), ?5) = 0, \
             (SELECT count(*) FROM reading_asks k WHERE k.supporter_id = s.id AND k.asked_at > ?6), s.id";
        let two = [client.supporter, client.second].map(|id| id.map(|id| id.0));
        let since = at.before(DAY * LATELY).millis();
        let values = params![writer.0, to_sql_int(number), two[0], two[1], client.locale.word(), since];
        self.list(sql, values, |row| row.get(0).map(SupporterId))
    }

    /// Who was asked to read answers of hers, where this mail of ours told her that somebody reads with her.
    ///
    /// # Errors
    /// The store's.
    pub fn company_of(&self, row: i64, writer: SupporterId) -> Result<Vec<String>> {
        let sql = "SELECT DISTINCT s.name FROM letters l JOIN readings g ON g.letter_id = l.id \
             JOIN reading_asks k ON k.number = g.number JOIN supporters s ON s.id = k.supporter_id WHERE l.author_id = ?2 \
             AND EXISTS (SELECT 1 FROM outbox o WHERE o.id = ?1 AND o.kind = 'notice' AND o.reason = 'read_first')";
        self.list(sql, [row, writer.0], |row| row.get(0))
    }

    /// An answer waits until it is read. Where it waited for a yes, it waits no more for that.
    ///
    /// # Errors
    /// The store's.
    pub(super) fn read_first(&self, to_read: &ToRead, now: Timestamp) -> Result<()> {
        let letter =
            self.letter_of_mail(to_read.mail)?.ok_or(StoreError::Impossible("letter of an answer"))?;
        let number = to_sql_int(to_read.number);
        let sql = "INSERT INTO confirmations (number, supporter_id, address_key, asked_at, refuted, telling) \
             VALUES (?1, ?2, ?3, ?4, 0, 1)";
        let values = params![number, to_read.writer.0, to_read.address.key(), now.millis()];
        self.connection.prepare_cached(sql)?.execute(values)?;
        let sql = "INSERT INTO readings (number, letter_id, came_at, next_at, office_at) VALUES (?1, ?2, ?3, ?4, ?5)";
        let times = [to_read.came_at, to_read.steps.next_at, to_read.steps.office_at].map(Timestamp::millis);
        self.connection
            .prepare_cached(sql)?
            .execute(params![number, letter, times[0], times[1], times[2]])?;
        let sql = "UPDATE outbox SET confirmation = ?1 WHERE letter_id = ?2 AND kind = 'pass_on' AND state = 'held'";
        self.connection.prepare_cached(sql)?.execute(params![number, letter])?;
        self.asked_to_read(to_read.number, to_read.reader, to_read.came_at)
    }

    /// Somebody is asked to read it.
    ///
    /// # Errors
    /// The store's.
    pub fn asked_to_read(&self, number: u64, reader: SupporterId, at: Timestamp) -> Result<()> {
        let sql = "INSERT INTO reading_asks (number, supporter_id, asked_at) VALUES (?1, ?2, ?3)";
        self.connection.prepare_cached(sql)?.execute(params![to_sql_int(number), reader.0, at.millis()])?;
        Ok(())
    }

    /// Somebody was asked in an earlier life of the database, and has replied now: nobody else is asked before the office hears.
    ///
    /// # Errors
    /// The store's.
    pub(super) fn was_asked_to_read(&self, number: u64, reader: SupporterId, at: Timestamp) -> Result<()> {
        self.asked_to_read(number, reader, at)?;
        let sql = "UPDATE readings SET next_at = max(next_at, office_at) WHERE number = ?1";
        self.connection.prepare_cached(sql)?.execute([to_sql_int(number)])?;
        Ok(())
    }

    /// Whether a reader has heard that an answer is settled, will by herself, or settled it with her yes.
    ///
    /// # Errors
    /// The store's.
    pub fn knows_it_is_settled(&self, number: u64, reader: SupporterId) -> Result<bool> {
        let sql = "SELECT NOT EXISTS (SELECT 1 FROM reading_asks k JOIN readings g ON g.number = k.number \
             JOIN supporters s ON s.id = k.supporter_id WHERE k.number = ?1 AND k.supporter_id = ?2 \
             AND k.told_at IS NOT NULL AND (g.said IS NOT 'approved' OR g.said_by IS NOT s.id) AND NOT EXISTS \
             (SELECT 1 FROM outbox o WHERE o.reading = k.number AND o.principal_ref = s.principal_ref \
             AND o.reason IN ('reading_over', 'reading_late') AND o.state <> 'cancelled'))";
        let values = params![to_sql_int(number), reader.0];
        Ok(self.connection.prepare_cached(sql)?.query_row(values, |row| row.get(0))?)
    }

    /// When it goes on by itself; `None`: not any more. Then it waits for the office, however long that takes.
    ///
    /// # Errors
    /// The store's.
    pub fn reading_goes_on(&self, number: u64, next_at: Option<Timestamp>, now: Timestamp) -> Result<()> {
        let sql = "UPDATE readings SET next_at = ?2 WHERE number = ?1";
        let number = to_sql_int(number);
        self.connection.prepare_cached(sql)?.execute(params![number, next_at.map(Timestamp::millis)])?;
        if next_at.is_none() {
            let sql = "UPDATE outbox SET expires_at = max(expires_at, ?2) WHERE confirmation = ?1 AND state = 'held'";
            self.connection.prepare_cached(sql)?.execute([number, now.after(DAY * 365).millis()])?;
        }
        Ok(())
    }

    /// A reader said what she thinks; the next step of the report is worked out anew.
    ///
    /// # Errors
    /// The store's.
    pub(super) fn reading_said(
        &self,
        number: u64,
        reader: SupporterId,
        approved: bool,
        now: Timestamp,
    ) -> Result<()> {
        let said = if approved { "approved" } else { "returned" };
        let number = to_sql_int(number);
        let sql = "UPDATE readings SET said = ?2, said_by = ?3 WHERE number = ?1 AND coalesce(said, 'over') = 'over'";
        self.connection.prepare_cached(sql)?.execute(params![number, said, reader.0])?;
        let sql = "UPDATE reading_asks SET told_at = ?3 WHERE number = ?1 AND supporter_id = ?2";
        self.connection.prepare_cached(sql)?.execute([number, reader.0, now.millis()])?;
        self.look_after_reading("g.number = ?1", number, now)
    }

    /// A reader cannot read it: where nobody was asked after her, somebody else is asked now.
    ///
    /// # Errors
    /// The store's.
    pub(super) fn reading_declined(&self, number: u64, reader: SupporterId, now: Timestamp) -> Result<()> {
        self.end_reading_ask(number, reader, now)?;
        let sql = "UPDATE readings SET next_at = min(next_at, ?3) WHERE number = ?1 AND said IS NULL AND ?2 = \
             (SELECT supporter_id FROM reading_asks WHERE number = ?1 ORDER BY asked_at DESC, supporter_id DESC LIMIT 1)";
        self.connection.prepare_cached(sql)?.execute(params![to_sql_int(number), reader.0, now.millis()])?;
        Ok(())
    }

    fn look_after_reading(&self, condition: &str, value: i64, now: Timestamp) -> Result<()> {
        let sql = format!(
            "UPDATE daily_reports SET step_at = ?2 WHERE state = 'waiting' AND step_at IS NOT NULL AND id IN \
             (SELECT l.daily_report_id FROM readings g JOIN letters l ON l.id = g.letter_id WHERE {condition})"
        );
        self.connection.prepare_cached(&sql)?.execute([value, now.millis()])?;
        Ok(())
    }

    /// The answers that go or do not go without having been read: taken back, let go by the office, nobody's any more.
    ///
    /// # Errors
    /// The store's.
    pub fn end_readings(&self, now: Timestamp) -> Result<()> {
        let sql = format!("SELECT g.number FROM readings g WHERE g.said IS NULL AND NOT {WAITS}");
        let gone: Vec<i64> = self.list(&sql, [], |row| row.get(0))?;
        for number in gone {
            self.look_after_reading("g.number = ?1", number, now)?;
            let sql = "UPDATE readings SET said = 'over' WHERE number = ?1";
            self.connection.prepare_cached(sql)?.execute([number])?;
            let sql = "UPDATE confirmations SET settled_at = ?2 WHERE number = ?1 AND settled_at IS NULL";
            self.connection.prepare_cached(sql)?.execute([number, now.millis()])?;
        }
        Ok(())
    }

    /// An answer that waits, or waited, to be read, by its number.
    ///
    /// # Errors
    /// The store's.
    pub fn reading(&self, number: u64) -> Result<Option<ReadingRow>> {
        Ok(self.readings("g.number = ?1", [to_sql_int(number)])?.pop())
    }

    /// Up to `limit` answers that go on to somebody else: their time has come, or all who were asked may have nothing to do with
    /// the client any more.
    ///
    /// # Errors
    /// The store's.
    pub fn readings_due(&self, now: Timestamp, limit: i64) -> Result<Vec<ReadingRow>> {
        let condition = "g.said IS NULL AND g.next_at IS NOT NULL AND (g.next_at <= ?1 OR NOT EXISTS \
             (SELECT 1 FROM reading_asks k WHERE k.number = g.number AND NOT EXISTS (SELECT 1 FROM exclusions e \
             WHERE e.client_id = l.client_id AND e.supporter_id = k.supporter_id))) ORDER BY g.next_at, g.number LIMIT ?2";
        self.readings(condition, [now.millis(), limit])
    }

    /// The newest of all.
    ///
    /// # Errors
    /// The store's.
    pub fn newest_readings(&self, limit: i64) -> Result<Vec<ReadingRow>> {
        self.readings("g.letter_id > 0 ORDER BY g.letter_id DESC LIMIT ?1", [limit])
    }

    fn readings(&self, condition: &str, values: impl rusqlite::Params) -> Result<Vec<ReadingRow>> {
        let sql = format!(
            "SELECT {WORDS}, g.number, g.next_at, g.office_at, g.said IS NULL AND {WAITS}, \
             coalesce(g.said, 'over') = 'over' AND {WENT_BEFORE}, (SELECT o.id FROM outbox o WHERE o.letter_id = l.id AND o.kind = 'pass_on' ORDER BY o.id DESC LIMIT 1), {OUTCOME} \
             FROM readings g JOIN letters l ON l.id = g.letter_id {OF_LETTER} WHERE {condition}"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(values)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(reading(row)?);
        }
        Ok(found)
    }

    /// When the next answer goes on to somebody else.
    ///
    /// # Errors
    /// The store's.
    pub fn next_reading(&self) -> Result<Option<Timestamp>> {
        let sql = "SELECT min(next_at) FROM readings WHERE said IS NULL";
        let at: Option<i64> = self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        Ok(at.map(Timestamp::from_millis))
    }

    /// Who was asked to read an answer, the first before all others.
    ///
    /// # Errors
    /// The store's.
    pub fn readers_asked(&self, number: u64) -> Result<Vec<SupporterId>> {
        let sql = "SELECT supporter_id FROM reading_asks WHERE number = ?1 ORDER BY asked_at, supporter_id";
        self.list(sql, [to_sql_int(number)], |row| row.get(0).map(SupporterId))
    }

    /// Readers who need not read an answer any more, and have not heard so.
    ///
    /// # Errors
    /// The store's.
    pub fn closed_readings(&self) -> Result<Vec<ClosedReading>> {
        let sql = format!(
            "SELECT k.number, k.supporter_id, {WENT_BEFORE} OR NOT EXISTS (SELECT 1 FROM outbox o JOIN supporters s ON s.principal_ref = o.principal_ref \
             WHERE o.reading = k.number AND s.id = k.supporter_id AND (o.attempts > 0 OR o.state = 'accepted')), w.name, c.name, c.id \
             FROM reading_asks k JOIN readings g ON g.number = k.number JOIN letters l ON l.id = g.letter_id \
             JOIN supporters w ON w.id = l.author_id JOIN clients c ON c.id = l.client_id \
             WHERE k.told_at IS NULL AND g.said IS NOT NULL ORDER BY k.asked_at, k.number"
        );
        self.list(&sql, [], |row| {
            Ok(ClosedReading {
                number: from_sql_int(row.get(0)?),
                reader: SupporterId(row.get(1)?),
                unsent: row.get(2)?,
                writer: row.get(3)?,
                client: row.get(4)?,
                client_id: ClientId(row.get(5)?),
            })
        })
    }

    /// A reader heard that she need not read it, or has not heard of it at all: a mail that asks her and has not gone does not go.
    ///
    /// # Errors
    /// The store's.
    pub fn end_reading_ask(&self, number: u64, reader: SupporterId, now: Timestamp) -> Result<()> {
        let sql = "UPDATE reading_asks SET told_at = ?3 WHERE number = ?1 AND supporter_id = ?2";
        let values = params![to_sql_int(number), reader.0, now.millis()];
        self.connection.prepare_cached(sql)?.execute(values)?;
        let sql = "UPDATE outbox SET state = 'cancelled', next_at = NULL, place = NULL, may_repeat = 0, ended_at = ?3 \
             WHERE reading = ?1 AND attempts = 0 AND state IN ('queued', 'held') \
             AND principal_ref = (SELECT principal_ref FROM supporters WHERE id = ?2)";
        self.connection.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    /// Whether an answer to a client's report waits to be read.
    ///
    /// # Errors
    /// The store's.
    pub fn is_being_read(&self, client: ClientId, day: Day) -> Result<bool> {
        let sql = format!(
            "SELECT EXISTS (SELECT 1 FROM readings g JOIN letters l ON l.id = g.letter_id \
             JOIN daily_reports r ON r.id = l.daily_report_id \
             WHERE r.client_id = ?1 AND r.day = ?2 AND g.said IS NULL AND {WAITS})"
        );
        let values = params![client.0, day.to_string()];
        Ok(self.connection.prepare_cached(&sql)?.query_row(values, |row| row.get(0))?)
    }

    /// The mail that asked a reader first: its row and its Message-ID.
    ///
    /// # Errors
    /// The store's.
    pub fn mail_to_reader(&self, number: u64, principal: u32) -> Result<Option<(i64, String)>> {
        let sql =
            "SELECT id, message_id FROM outbox WHERE reading = ?1 AND principal_ref = ?2 ORDER BY id LIMIT 1";
        let mut statement = self.connection.prepare_cached(sql)?;
        optional(
            statement.query_row(params![to_sql_int(number), principal], |row| Ok((row.get(0)?, row.get(1)?))),
        )
    }

    /// The newest mail that asked a reader.
    ///
    /// # Errors
    /// The store's.
    pub fn sent_about_reading(&self, number: u64, principal: u32) -> Result<Option<SentRow>> {
        let sql = format!("{SENT} WHERE o.reading = ?1 AND o.principal_ref = ?2 ORDER BY o.id DESC LIMIT 1");
        let mut statement = self.connection.prepare_cached(&sql)?;
        optional(statement.query_row(params![to_sql_int(number), principal], |row| Ok(sent_row(row))))?
            .transpose()
    }
}
