//! Answers that do not pass on by themselves: what is known of them, and what becomes of them.

use rusqlite::{Row, params};
use serde::Serialize;

use super::facts::{SENT, day, sent_row};
use super::{Result, SentRow, StoreError, Tx, from_sql_int, optional, to_sql_int};
use crate::clock::Timestamp;
use crate::domain::calendar::Day;
use crate::domain::decision::Proof;
use crate::domain::people::{ClientId, SupporterId};
use crate::domain::set_aside::{Choice, SetAside, Why};
use crate::mail::address::Address;

/// An answer as its writer wrote it.
#[derive(Clone, Debug)]
pub struct AsideWords {
    /// Its mail.
    pub mail: i64,
    /// The digest of that.
    pub digest: [u8; 32],
    /// Who wrote it.
    pub writer: SupporterId,
    /// For whom.
    pub client: ClientId,
    /// The report that it answers.
    pub day: Day,
    /// Her words, without anybody's address.
    pub words: String,
    /// The same as anybody else but the client may read them.
    pub shown: String,
    /// How many pictures came with them.
    pub pictures: usize,
    /// How sure we are of its writer.
    pub proof: Proof,
    /// The address that it came from.
    pub address: Option<Address>,
    /// Whether a process ended while it was understood.
    pub tried: bool,
}

/// An answer that is, or was, set aside.
#[derive(Clone, Debug)]
pub struct SetAsideRow {
    /// Its number.
    pub number: u64,
    /// Why.
    pub why: Why,
    /// When it came.
    pub came_at: Timestamp,
    /// What happens when nothing is said.
    pub default: Choice,
    /// And when.
    pub default_at: Timestamp,
    /// What was chosen.
    pub choice: Option<Choice>,
    /// It is done, and cannot be undone.
    pub done: bool,
    /// The answer.
    pub answer: AsideWords,
}

/// An answer that waits for its writer's word, in a listing.
#[derive(Clone, Debug, Serialize)]
pub struct SetAsideView {
    /// The number of its mail.
    pub mail: i64,
    /// Who wrote it.
    pub supporter: String,
    /// For whom.
    pub client: String,
    /// The report day.
    pub day: String,
    /// "answered", "moved" or "paused".
    pub why: String,
    /// When it came.
    pub since: String,
    /// What happens when nothing is said, or was said and waits for the client's return: "send", "pass" or "keep".
    pub then: String,
    /// When that happens; `None`: when the client is back.
    pub at: Option<String>,
}

pub(super) const WORDS: &str = "m.id, m.digest, l.author_id, l.client_id, r.day, CASE WHEN l.whole_for = l.author_id THEN l.whole ELSE l.shown END, \
     l.shown, l.images, l.proof, m.attempts > 0, l.address_key";
pub(super) const OF_LETTER: &str =
    "JOIN daily_reports r ON r.id = l.daily_report_id JOIN kept_mails m ON m.id = l.mail_id";

pub(super) fn words(row: &Row<'_>) -> Result<AsideWords> {
    let digest: Vec<u8> = row.get(1)?;
    let proof: String = row.get(8)?;
    Ok(AsideWords {
        mail: row.get(0)?,
        digest: digest.try_into().map_err(|_| StoreError::Impossible("digest"))?,
        writer: SupporterId(row.get(2)?),
        client: ClientId(row.get(3)?),
        day: day(row, 4)?,
        words: row.get(5)?,
        shown: row.get(6)?,
        pictures: row.get(7)?,
        proof: Proof::from_word(&proof).ok_or(StoreError::Impossible("proof"))?,
        tried: row.get(9)?,
        address: Address::parse(&row.get::<_, String>(10)?).ok(),
    })
}

fn aside(row: &Row<'_>) -> Result<SetAsideRow> {
    let choice = |column| -> Result<Option<Choice>> {
        let word: Option<String> = row.get(column)?;
        let known = |word: String| Choice::from_word(&word).ok_or(StoreError::Impossible("choice"));
        word.map(known).transpose()
    };
    let why: String = row.get(12)?;
    Ok(SetAsideRow {
        number: from_sql_int(row.get(11)?),
        why: Why::from_word(&why).ok_or(StoreError::Impossible("why"))?,
        came_at: Timestamp::from_millis(row.get(13)?),
        default: choice(14)?.ok_or(StoreError::Impossible("choice"))?,
        default_at: Timestamp::from_millis(row.get(15)?),
        choice: choice(16)?,
        done: row.get(17)?,
        answer: words(row)?,
    })
}

impl Tx<'_> {
    /// An answer is set aside. Where its words waited for a yes, they wait no more for that.
    ///
    /// # Errors
    /// The store's.
    pub fn set_aside(&self, aside: &SetAside, now: Timestamp) -> Result<()> {
        let letter = self.letter_of_mail(aside.mail)?.ok_or(StoreError::Impossible("letter of an answer"))?;
        let sql = "INSERT INTO set_aside (number, letter_id, why, came_at, default_choice, default_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let (came_at, default_at) = (aside.came_at.millis(), aside.default_at.millis());
        let default = aside.default.word();
        let values =
            params![to_sql_int(aside.number), letter, aside.why.word(), came_at, default, default_at];
        self.connection.prepare_cached(sql)?.execute(values)?;
        let sql = "UPDATE outbox SET state = 'cancelled', ended_at = ?2 \
             WHERE letter_id = ?1 AND kind = 'pass_on' AND state = 'held' AND may_repeat = 0";
        self.connection.prepare_cached(sql)?.execute([letter, now.millis()])?;
        Ok(())
    }

    /// What becomes of it.
    ///
    /// # Errors
    /// The store's.
    pub fn choose(&self, number: u64, choice: Choice, now: Timestamp) -> Result<()> {
        let sql = "UPDATE set_aside SET choice = ?2, chosen_at = ?3 WHERE number = ?1 AND done_at IS NULL";
        self.connection.prepare_cached(sql)?.execute(params![
            to_sql_int(number),
            choice.word(),
            now.millis()
        ])?;
        Ok(())
    }

    /// That is done.
    ///
    /// # Errors
    /// The store's.
    pub fn choice_is_done(&self, number: u64, now: Timestamp) -> Result<()> {
        let sql = "UPDATE set_aside SET done_at = ?2 WHERE number = ?1";
        self.connection.prepare_cached(sql)?.execute([to_sql_int(number), now.millis()])?;
        Ok(())
    }

    /// An answer that was set aside, by its number.
    ///
    /// # Errors
    /// The store's.
    pub fn aside(&self, number: u64) -> Result<Option<SetAsideRow>> {
        Ok(self.asides("a.number = ?1", [to_sql_int(number)])?.pop())
    }

    /// Up to `limit` answers whose time has come and of which nothing was said.
    ///
    /// # Errors
    /// The store's.
    pub fn asides_due(&self, now: Timestamp, limit: i64) -> Result<Vec<SetAsideRow>> {
        self.asides(
            "a.choice IS NULL AND a.default_at <= ?1 ORDER BY a.default_at, a.number LIMIT ?2",
            [now.millis(), limit],
        )
    }

    /// Answers to a report of which nothing was said yet, and that are set aside because another's was first; the oldest first.
    ///
    /// # Errors
    /// The store's.
    pub fn asides_behind(&self, client: ClientId, day: Day) -> Result<Vec<SetAsideRow>> {
        self.asides(
            "a.choice IS NULL AND a.done_at IS NULL AND a.why = 'answered' AND l.client_id = ?1 AND r.day = ?2 \
             ORDER BY a.came_at, a.number",
            params![client.0, day.to_string()],
        )
    }

    /// Answers that wait for a client's return.
    ///
    /// # Errors
    /// The store's.
    pub fn asides_for(&self, client: ClientId) -> Result<Vec<SetAsideRow>> {
        self.asides("a.choice = 'send' AND a.done_at IS NULL AND l.client_id = ?1 ORDER BY l.id", [client.0])
    }

    fn asides(&self, condition: &str, values: impl rusqlite::Params) -> Result<Vec<SetAsideRow>> {
        let sql = format!(
            "SELECT {WORDS}, a.number, a.why, a.came_at, a.default_choice, a.default_at, a.choice, a.done_at IS NOT NULL \
             FROM set_aside a JOIN letters l ON l.id = a.letter_id {OF_LETTER} WHERE {condition}"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(values)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(aside(row)?);
        }
        Ok(found)
    }

    /// The rows that wait for a question.
    ///
    /// # Errors
    /// The store's.
    pub fn rows_that_wait(&self, question: u64) -> Result<Vec<i64>> {
        let sql = "SELECT id FROM outbox WHERE confirmation = ?1 AND state = 'held' ORDER BY id";
        self.list(sql, [to_sql_int(question)], |row| row.get(0))
    }

    /// The words of a supporter that a row carries to a client, while they wait for a yes.
    ///
    /// # Errors
    /// The store's.
    pub fn words_that_wait(&self, row: i64) -> Result<Option<AsideWords>> {
        let sql = format!(
            "SELECT {WORDS} FROM outbox o JOIN letters l ON l.id = o.letter_id {OF_LETTER} WHERE o.id = ?1 \
             AND o.kind = 'pass_on' AND o.state = 'held' AND o.may_repeat = 0 AND l.author_id IS NOT NULL"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        optional(statement.query_row([row], |row| Ok(words(row))))?.transpose()
    }

    /// When the next default happens.
    ///
    /// # Errors
    /// The store's.
    pub fn next_aside(&self) -> Result<Option<Timestamp>> {
        let sql = "SELECT min(default_at) FROM set_aside WHERE choice IS NULL";
        let at: Option<i64> = self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        Ok(at.map(Timestamp::from_millis))
    }

    /// Whether mails wait to be understood.
    ///
    /// # Errors
    /// The store's.
    pub fn has_kept(&self) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM kept_mails WHERE state = 'kept')";
        Ok(self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    }

    /// Whose words went, or are on their way, to a client about a report: the latest first.
    ///
    /// # Errors
    /// The store's.
    pub fn who_answered(&self, client: ClientId, day: Day) -> Result<Vec<SupporterId>> {
        let sql = "SELECT l.author_id FROM outbox o JOIN letters l ON l.id = o.letter_id \
             WHERE o.client_id = ?1 AND o.day = ?2 AND o.kind = 'pass_on' AND l.author_id IS NOT NULL \
             AND (o.state IN ('queued', 'claimed', 'accepted', 'unknown', 'unresolved') OR (o.may_repeat = 1 AND o.confirmation IS NULL)) \
             AND o.delivery NOT LIKE 'failed%' ORDER BY l.id DESC";
        self.list(sql, params![client.0, day.to_string()], |row| row.get(0).map(SupporterId))
    }

    /// The newest mail about an answer that was set aside.
    ///
    /// # Errors
    /// The store's.
    pub fn sent_about_aside(&self, number: u64) -> Result<Option<SentRow>> {
        let sql = format!("{SENT} WHERE o.set_aside = ?1 ORDER BY o.id DESC LIMIT 1");
        let mut statement = self.connection.prepare_cached(&sql)?;
        optional(statement.query_row([to_sql_int(number)], |row| Ok(sent_row(row))))?.transpose()
    }

    /// The answers that wait for their writer's word or for a client's return, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub fn set_aside_views(&self) -> Result<Vec<SetAsideView>> {
        let sql = format!(
            "SELECT m.id, s.name, c.name, r.day, a.why, a.came_at, coalesce(a.choice, a.default_choice), \
             CASE WHEN a.choice IS NULL THEN a.default_at END FROM set_aside a JOIN letters l ON l.id = a.letter_id {OF_LETTER} \
             JOIN supporters s ON s.id = l.author_id JOIN clients c ON c.id = l.client_id \
             WHERE a.choice IS NULL OR (a.choice = 'send' AND a.done_at IS NULL) ORDER BY a.came_at, m.id"
        );
        self.list(&sql, [], |row| {
            Ok(SetAsideView {
                mail: row.get(0)?,
                supporter: row.get(1)?,
                client: row.get(2)?,
                day: row.get(3)?,
                why: row.get(4)?,
                since: Timestamp::from_millis(row.get(5)?).to_string(),
                then: row.get(6)?,
                at: row.get::<_, Option<i64>>(7)?.map(|at| Timestamp::from_millis(at).to_string()),
            })
        })
    }
}
