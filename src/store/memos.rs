//! What supporters keep for themselves, and what is known of whom their words may be for.

use rusqlite::params;

use super::{Result, Tx, optional, to_sql_int};
use crate::clock::Timestamp;
use crate::domain::calendar::Day;
use crate::domain::people::{ClientId, Supporter, SupporterId};

impl Tx<'_> {
    /// Keeps what the mail `mail` said as a supporter's memo about a client, written to the report of a day. With a
    /// question it counts once that is answered with yes.
    ///
    /// # Errors
    /// The store's.
    pub fn remember(
        &self,
        (supporter, client, day): (SupporterId, ClientId, Day),
        text: &str,
        question: Option<u64>,
        mail: i64,
        now: Timestamp,
    ) -> Result<()> {
        let sql = "INSERT INTO memos (mail_id, supporter_id, client_id, day, text, written_at, confirmation) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let question = question.map(to_sql_int);
        let values = params![mail, supporter.0, client.0, day.to_string(), text, now.millis(), question];
        self.connection.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    /// A supporter's memos for her alert to a client's report of a day, oldest first: those that she wrote since the
    /// report before, of which she was alerted.
    ///
    /// # Errors
    /// The store's.
    pub fn memos(&self, supporter: &Supporter, client: ClientId, day: Day) -> Result<Vec<String>> {
        // Most have none: with the plus the alert before is looked for only where there is one.
        let sql = "SELECT m.text FROM memos m LEFT JOIN confirmations c ON c.number = m.confirmation \
             WHERE m.client_id = ?1 AND m.supporter_id = ?2 AND (m.confirmation IS NULL OR c.answer = 'yes') \
             AND m.day <= ?3 AND +m.day >= coalesce((SELECT o.day FROM outbox o WHERE o.client_id = ?1 AND o.day < ?3 \
               AND o.kind = 'alert' AND o.principal_ref = ?4 ORDER BY o.day DESC LIMIT 1), '') ORDER BY m.id";
        let values = params![client.0, supporter.id.0, day.to_string(), supporter.principal_ref];
        self.list(sql, values, |row| row.get(0))
    }

    /// The memo that waits for a question, where one does.
    ///
    /// # Errors
    /// The store's.
    pub fn memo_of(&self, question: u64) -> Result<Option<String>> {
        let sql = "SELECT text FROM memos WHERE confirmation = ?1 ORDER BY id LIMIT 1";
        optional(self.connection.prepare_cached(sql)?.query_row([to_sql_int(question)], |row| row.get(0)))
    }

    /// The clients whom a supporter answers, as the first or the second one, or whose report she holds.
    ///
    /// # Errors
    /// The store's.
    pub fn names_of_clients(&self, supporter: SupporterId) -> Result<Vec<(ClientId, String)>> {
        let sql = "SELECT id, name FROM clients WHERE supporter_id = ?1 OR second_id = ?1 OR id IN \
             (SELECT client_id FROM daily_reports WHERE state = 'waiting' AND holder_id = ?1) ORDER BY id";
        self.list(sql, [supporter.0], |row| Ok((ClientId(row.get(0)?), row.get(1)?)))
    }

    /// Whether a question is whom words are for.
    ///
    /// # Errors
    /// The store's.
    pub fn asks_whom(&self, question: u64) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM confirmations WHERE number = ?1 AND doubt IS NOT NULL)";
        Ok(self.connection.prepare_cached(sql)?.query_row([to_sql_int(question)], |row| row.get(0))?)
    }

    /// Whether a mail of ours told a person that the office reads her words.
    ///
    /// # Errors
    /// The store's.
    pub fn told_of_office(&self, row: i64) -> Result<bool> {
        let sql = "SELECT kind = 'notice' AND reason = 'to_office' FROM outbox WHERE id = ?1";
        let found = optional(self.connection.prepare_cached(sql)?.query_row([row], |row| row.get(0)))?;
        Ok(found.unwrap_or(false))
    }
}
