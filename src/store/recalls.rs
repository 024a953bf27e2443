//! Answers that can be taken back, and what became of the last one.

use std::cmp::Reverse;

use rusqlite::{Row, params};

use super::{Result, StoreError, Tx, facts, from_sql_int, optional};
use crate::clock::Timestamp;
use crate::domain::calendar::Day;
use crate::domain::notice::LastAnswer;
use crate::domain::outgoing::State;
use crate::domain::people::{Client, ClientId, Supporter, SupporterId};
use crate::domain::recall::{Answer, Lies, Standing};
use crate::mail::address::Address;
use crate::mail::message_id::MessageId;

/// Words that were passed on, `o`, and did not fail.
pub(super) const PASSED_ON: &str = "o.kind = 'pass_on' AND o.state NOT IN ('failed', 'expired', 'held', 'cancelled') \
     AND o.delivery NOT LIKE 'failed%'";

fn at(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_millis))
}

impl Tx<'_> {
    /// A supporter's answers to a client's report (without a day: to all of them) that went or are to go, the newest
    /// first. `from`: the address that asks. Words that the receiving server refuted and that wait are nobody's yet.
    ///
    /// # Errors
    /// The store's.
    pub fn answers_of(
        &self,
        client: ClientId,
        author: SupporterId,
        day: Option<Day>,
        from: &Address,
    ) -> Result<Vec<Answer>> {
        let sql = "SELECT o.id, o.state, o.attempts > 0 OR EXISTS (SELECT 1 FROM ledger g WHERE g.message_id = o.message_id), \
             o.claimed_at, l.text, l.address_key = ?4, o.day, l.written_at, l.id FROM letters l JOIN outbox o ON o.letter_id = l.id AND o.kind = 'pass_on' \
             WHERE l.client_id = ?1 AND l.author_id = ?2 AND (?3 IS NULL OR o.day = ?3) AND o.delivery NOT LIKE 'failed%' \
             AND NOT (l.proof = 'refuted' AND o.state = 'held') ORDER BY l.written_at DESC, l.id DESC LIMIT 20";
        let mut statement = self.connection.prepare_cached(sql)?;
        let day = day.map(|day| day.to_string());
        let mut rows = statement.query(params![client.0, author.0, day, from.key()])?;
        let mut answers = Vec::new();
        while let Some(row) = rows.next()? {
            let state: String = row.get(1)?;
            let state = State::from_word(&state).ok_or(StoreError::Impossible("state"))?;
            let Some(standing) = Standing::of(state, row.get(2)?, at(row, 3)?) else { continue };
            let held_from_there = state == State::Held && row.get(5)?;
            let (words, day, lies) = (row.get(4)?, facts::day(row, 6)?, Lies::Row(row.get(0)?));
            let written: (i64, i64) = (row.get(7)?, row.get(8)?);
            answers.push((written, Answer { lies, day, words, standing, held_from_there }));
        }
        answers.extend(self.asides_of(client, author, day.as_deref(), from)?);
        answers.sort_by_key(|(written, _)| Reverse(*written));
        Ok(answers.into_iter().map(|(_, answer)| answer).collect())
    }

    /// Those of them that are set aside and may still go, and when they were written.
    fn asides_of(
        &self,
        client: ClientId,
        author: SupporterId,
        day: Option<&str>,
        from: &Address,
    ) -> Result<Vec<((i64, i64), Answer)>> {
        let sql = "SELECT a.number, r.day, l.text, l.address_key = ?4, l.written_at, l.id FROM set_aside a \
             JOIN letters l ON l.id = a.letter_id JOIN daily_reports r ON r.id = l.daily_report_id \
             WHERE l.client_id = ?1 AND l.author_id = ?2 AND (?3 IS NULL OR r.day = ?3) AND a.done_at IS NULL \
             AND coalesce(a.choice, '') <> 'keep' ORDER BY l.written_at DESC, l.id DESC LIMIT 20";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![client.0, author.0, day, from.key()])?;
        let mut answers = Vec::new();
        while let Some(row) = rows.next()? {
            let answer = Answer {
                lies: Lies::Aside(from_sql_int(row.get(0)?)),
                day: facts::day(row, 1)?,
                words: row.get(2)?,
                standing: Standing::Waits,
                held_from_there: row.get(3)?,
            };
            answers.push(((row.get(4)?, row.get(5)?), answer));
        }
        Ok(answers)
    }

    /// The client and the day of an answer, by the Message-ID that its writer's program gave it.
    ///
    /// # Errors
    /// The store's.
    pub fn answer_named(&self, id: &MessageId, author: SupporterId) -> Result<Option<(ClientId, Day)>> {
        let sql = "SELECT l.client_id, r.day FROM clients c JOIN letters l ON l.client_id = c.id AND l.author_id = ?2 \
             JOIN daily_reports r ON r.id = l.daily_report_id WHERE l.message_id = ?1 ORDER BY l.id DESC LIMIT 1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let found = statement.query_row(params![id.as_str(), author.0], |row| {
            Ok(facts::day(row, 1).map(|day| (row.get(0).map(ClientId), day)))
        });
        match optional(found)?.transpose()? {
            Some((client, day)) => Ok(Some((client?, day))),
            None => Ok(None),
        }
    }

    /// Words that have not been handed to anybody do not go, nor does what tells others of them. Their report stands as it did before them: it waits, by the
    /// same deadline and with the same holder, unless other words have answered all its letters.
    ///
    /// # Errors
    /// The store's.
    pub fn recall(&self, row: i64, now: Timestamp) -> Result<()> {
        let sql = "UPDATE outbox SET state = 'cancelled', reason = 'recalled', next_at = NULL, place = NULL, ended_at = ?2, \
             may_repeat = 0 WHERE id = ?1 AND kind = 'pass_on' AND state IN ('queued', 'held') AND attempts = 0";
        self.connection.prepare_cached(sql)?.execute([row, now.millis()])?;
        let sql = "UPDATE outbox SET state = 'cancelled', next_at = NULL, place = NULL, ended_at = ?2, \
             may_repeat = 0 WHERE reason = 'answered_meanwhile' AND state IN ('queued', 'held') AND attempts = 0 \
             AND letter_id = (SELECT letter_id FROM outbox WHERE id = ?1)";
        self.connection.prepare_cached(sql)?.execute([row, now.millis()])?;
        let sql = format!(
            "SELECT max(coalesce(q.settled_at, o.created_at)) FROM outbox own JOIN outbox o \
             ON o.client_id = own.client_id AND o.day = own.day AND o.id <> own.id \
             LEFT JOIN confirmations q ON q.number = o.confirmation WHERE own.id = ?1 AND {PASSED_ON}"
        );
        let before: Option<i64> = self.connection.prepare_cached(&sql)?.query_row([row], |r| r.get(0))?;
        let sql = "UPDATE daily_reports SET answered_at = ?2 WHERE (client_id, day) = \
             (SELECT client_id, day FROM outbox WHERE id = ?1)";
        self.connection.prepare_cached(sql)?.execute(params![row, before])?;
        // Whoever held it may have nothing to do with the client any more.
        let sql = "UPDATE daily_reports SET state = 'waiting', holder_id = CASE WHEN EXISTS (SELECT 1 FROM exclusions e \
             WHERE e.client_id = daily_reports.client_id AND e.supporter_id = holder_id) \
             THEN (SELECT supporter_id FROM clients c WHERE c.id = client_id) ELSE holder_id END \
             WHERE state = 'answered' AND (client_id, day) = (SELECT client_id, day FROM outbox WHERE id = ?1) \
             AND EXISTS (SELECT 1 FROM letters l WHERE l.daily_report_id = daily_reports.id \
             AND l.kind IN ('report', 'addition') AND l.written_at >= coalesce(?2, 0)) RETURNING id";
        let waiting: Vec<i64> = self.list(sql, params![row, before], |found| found.get(0))?;
        waiting.into_iter().try_for_each(|report| self.held_all_the_time(report))
    }

    /// Whom an answer was for, of which day, and who wrote it.
    ///
    /// # Errors
    /// The store's.
    pub fn answer_of_row(&self, row: i64) -> Result<Option<(ClientId, Day, SupporterId)>> {
        let sql = "SELECT o.client_id, o.day, l.author_id FROM outbox o JOIN letters l ON l.id = o.letter_id \
             WHERE o.id = ?1 AND o.kind = 'pass_on' AND o.client_id IS NOT NULL AND l.author_id IS NOT NULL";
        let mut statement = self.connection.prepare_cached(sql)?;
        let found = statement.query_row([row], |row| {
            Ok(facts::day(row, 1).map(|day| (row.get(0).map(ClientId), day, row.get(2).map(SupporterId))))
        });
        match optional(found)?.transpose()? {
            Some((client, day, author)) => Ok(Some((client?, day, author?))),
            None => Ok(None),
        }
    }

    /// To whom a supporter wrote, by the digest of her mail.
    ///
    /// # Errors
    /// The store's.
    pub fn client_answered_by(&self, answer: &[u8; 32]) -> Result<Option<Client>> {
        let sql = "SELECT l.client_id FROM letters l JOIN kept_mails m ON m.id = l.mail_id \
             WHERE m.digest = ?1 AND m.state IN ('applied', 'quarantined', 'discarded')";
        let mut statement = self.connection.prepare_cached(sql)?;
        let id: Option<i64> = optional(statement.query_row([answer.as_slice()], |row| row.get(0)))?;
        id.map_or(Ok(None), |id| self.client_by_id(ClientId(id)))
    }

    /// Whether a letter went to a supporter, or is to go.
    ///
    /// # Errors
    /// The store's.
    pub fn was_shown(&self, letter: i64, principal: u32) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM outbox WHERE principal_ref = ?2 AND letter_id = ?1 \
             AND (client_id, day) = (SELECT l.client_id, r.day FROM letters l JOIN daily_reports r ON r.id = l.daily_report_id \
               WHERE l.id = ?1) AND kind IN ('alert', 'follow_up') AND state <> 'cancelled')";
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.query_row(params![letter, principal], |row| row.get(0))?)
    }

    /// Another holds a report that waits, and it walks anew from `at` on.
    ///
    /// # Errors
    /// The store's.
    pub fn holds_from(
        &self,
        (client, day): (ClientId, Day),
        holder: Option<SupporterId>,
        at: Timestamp,
    ) -> Result<()> {
        let sql = "UPDATE daily_reports SET holder_id = ?3, stage = 'alerted', walk_from_at = ?4, step_at = ?4, \
             writing_until_at = NULL, pool_asked_at = NULL, pool_until_at = NULL, \
             told_at = CASE WHEN due_at <= ?4 THEN coalesce(told_at, ?4) ELSE told_at END \
             WHERE client_id = ?1 AND day = ?2 AND state = 'waiting'";
        let values = params![client.0, day.to_string(), holder.map(|s| s.0), at.millis()];
        self.connection.prepare_cached(sql)?.execute(values)?;
        self.note_holder(client, day, at)
    }

    /// What became of a supporter's last answer to a client, unless an alert told her already. `None` too where it has not
    /// gone, or nobody knows when it did.
    ///
    /// # Errors
    /// The store's.
    pub fn last_answer(&self, client: ClientId, author: Option<&Supporter>) -> Result<Option<LastAnswer>> {
        let Some(author) = author else { return Ok(None) };
        let sql = "SELECT o.state = 'accepted' AND o.delivery NOT LIKE 'failed%', o.claimed_at, o.delivery LIKE 'delivered%' \
             FROM letters l JOIN outbox o ON o.letter_id = l.id AND o.kind = 'pass_on' \
             WHERE l.client_id = ?1 AND l.author_id = ?2 AND o.state NOT IN ('held', 'cancelled') \
             ORDER BY l.written_at DESC, l.id DESC LIMIT 1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let found = statement.query_row([client.0, author.id.0], |row| {
            Ok((row.get::<_, bool>(0)?, at(row, 1)?, row.get::<_, bool>(2)?))
        });
        let Some((true, Some(at), arrived)) = optional(found)? else { return Ok(None) };
        let sql = "SELECT EXISTS (SELECT 1 FROM outbox INDEXED BY outbox_alerts WHERE principal_ref = ?1 AND created_at > ?2 AND client_id = ?3 \
             AND kind = 'alert' AND state <> 'cancelled')";
        let mut statement = self.connection.prepare_cached(sql)?;
        let values = params![author.principal_ref, at.millis(), client.0];
        let told: bool = statement.query_row(values, |row| row.get(0))?;
        Ok((!told).then_some(LastAnswer { at, arrived }))
    }
}
