//! Effects of a decision, written.

use rusqlite::{Row, params};

use super::{Result, StoreError, Tx, optional, to_sql_int};
use crate::clock::Timestamp;
use crate::domain::absence::Absence;
use crate::domain::calendar::Day;
use crate::domain::decision::{Change, Letter, Whole};
use crate::domain::meaning::Doubt;
use crate::domain::outgoing::Kind;
use crate::domain::people::{ClientId, SupporterId};
use crate::mail::address::Address;

impl Tx<'_> {
    /// Performs one change that the mail `mail` led to.
    ///
    /// # Errors
    /// The store's.
    pub fn perform(&self, change: &Change, mail: i64, now: Timestamp) -> Result<()> {
        match change {
            Change::ReportWaits { client, day, holder, from, due_at, step_at } => {
                let waits = [Some(*from), Some(*due_at), *step_at].map(|at| at.map(Timestamp::millis));
                self.report_waits(*client, *day, *holder, waits, now)
            }
            Change::Writing { client, day, until } => self.writing(*client, *day, *until, now),
            Change::File(letter) => self.file(letter, mail, now),
            Change::ReportAnswered { client, day } => self.report_answered(*client, *day, now),
            Change::AskConfirmation { number, supporter, address, refuted, telling, doubt } => {
                self.ask((*number, *supporter), address, (*refuted, *telling), *doubt, now)
            }
            Change::Show { letter, whole } => self.show_whole(*letter, whole),
            Change::SettleConfirmation { number, yes } => self.settle_confirmation(*number, *yes, now),
            Change::Recall { outbox_id } => self.recall(*outbox_id, now),
            Change::ReportWaitsAgain { outbox_id } => self.report_waits_again(*outbox_id),
            Change::AskAgain { number } => self.asked_anew(*number, now),
            Change::Remember { supporter, client, day, text, question } => {
                self.remember((*supporter, *client, *day), text, *question, mail, now)
            }
            Change::Absent { number, supporter, days, client, confirmed } => {
                let absence = Absence {
                    id: 0,
                    number: *number,
                    supporter: *supporter,
                    days: *days,
                    client: *client,
                    confirmed: *confirmed,
                    withdrawn: false,
                };
                self.add_absence(&absence, Some(mail), now).map(drop)
            }
            Change::DaysOff { spoken, day } => self.add_days_off(spoken, *day, Some(mail), now),
            Change::ConfirmAbsence { number } => self.confirm_absence(*number, now),
            Change::WithdrawAbsence { number } => self.withdraw_absence(*number, now),
            // The engine gives what waits to others, and asks for this then; it enters what counts.
            Change::Exclude { .. } | Change::ReadingCounts { .. } => Ok(()),
            Change::EndExclusion { client, supporter, said_by } => {
                self.remove_exclusion(*client, *supporter, Some(*said_by)).map(drop)
            }
            Change::SetAside(aside) => self.set_aside(aside, now),
            Change::Choose { number, choice } => self.choose(*number, *choice, now),
            Change::AbsenceLine { number, shown } => self.add_line(*number, mail, shown),
            Change::LastLineBack { number } => self.drop_last_line(*number),
            Change::Suspend { address, outbox_id, status } => self.suspend(address, *outbox_id, status, now),
            Change::ReadFirst(to_read) => self.read_first(to_read, now),
            Change::ReadingSaid { number: n, reader, approved: a } => self.reading_said(*n, *reader, *a, now),
            Change::ReadingDeclined { number, reader } => self.reading_declined(*number, *reader, now),
            Change::ReadingHeard { number, reader } => self.end_reading_ask(*number, *reader, now),
            Change::ReadingAskedBefore { number, reader, at } => {
                self.was_asked_to_read(*number, *reader, *at)
            }
            Change::Pool { number, said } => self.pool_said(*number, said, mail, now),
            Change::Lift { address } => self.lift(address, now).map(drop),
            Change::NoteDeliveryReport { outbox_id, action, status } => {
                self.note_delivery(*outbox_id, action, status)
            }
        }
    }

    fn show_whole(&self, letter: i64, whole: &Whole) -> Result<()> {
        let sql = "UPDATE letters SET whole = ?2, whole_subject = ?3, whole_for = ?4 WHERE id = ?1";
        let reader = whole.reader.map(|r| r.0);
        self.connection.execute(sql, params![letter, whole.text, whole.own_subject, reader])?;
        Ok(())
    }

    fn note_delivery(&self, row: i64, action: &str, status: &str) -> Result<()> {
        let sql = "UPDATE outbox SET delivery = ?2 WHERE id = ?1";
        let text = format!("{action} {status}");
        self.connection.prepare_cached(sql)?.execute(params![row, text.trim()])?;
        Ok(())
    }

    fn asked_anew(&self, number: u64, now: Timestamp) -> Result<()> {
        let sql = "UPDATE confirmations SET asked_at = ?2 WHERE number = ?1";
        self.connection.execute(sql, params![to_sql_int(number), now.millis()])?;
        Ok(())
    }

    fn ask(
        &self,
        (number, supporter): (u64, SupporterId),
        address: &Address,
        (refuted, telling): (bool, bool),
        doubt: Option<Doubt>,
        now: Timestamp,
    ) -> Result<()> {
        let sql = "INSERT INTO confirmations (number, supporter_id, address_key, asked_at, refuted, telling, doubt, \
             doubt_client_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let other = if let Some(Doubt::Client(other)) = doubt { Some(other.0) } else { None };
        let (number, key, doubt) = (to_sql_int(number), address.key(), doubt.map(Doubt::word));
        let values = params![number, supporter.0, key, now.millis(), refuted, telling, doubt, other];
        self.connection.execute(sql, values)?;
        Ok(())
    }

    fn report_waits(
        &self,
        client: ClientId,
        day: Day,
        holder: Option<SupporterId>,
        [from, due_at, step_at]: [Option<i64>; 3],
        now: Timestamp,
    ) -> Result<()> {
        // A report that waits keeps its deadline and how far it has come: an addition never moves it.
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO daily_reports (client_id, day, state, holder_id, opened_at, walk_from_at, due_at, step_at) \
             VALUES (?1, ?2, 'waiting', ?3, ?4, ?5, ?6, ?7) ON CONFLICT (client_id, day) DO UPDATE SET \
             due_at = CASE state WHEN 'waiting' THEN due_at ELSE excluded.due_at END, \
             walk_from_at = CASE state WHEN 'waiting' THEN walk_from_at ELSE excluded.walk_from_at END, \
             step_at = CASE state WHEN 'waiting' THEN step_at ELSE excluded.step_at END, \
             stage = CASE state WHEN 'waiting' THEN stage ELSE 'alerted' END, \
             writing_until_at = CASE state WHEN 'waiting' THEN writing_until_at END, \
             told_at = CASE state WHEN 'waiting' THEN told_at END, \
             pool_asked_at = CASE state WHEN 'waiting' THEN pool_asked_at END, \
             pool_until_at = CASE state WHEN 'waiting' THEN pool_until_at END, \
             holder_id = excluded.holder_id, state = 'waiting'",
        )?;
        let (text, holder) = (day.to_string(), holder.map(|h| h.0));
        statement.execute(params![client.0, text, holder, now.millis(), from, due_at, step_at])?;
        self.note_holder(client, day, from.map_or(now, Timestamp::from_millis))
    }

    fn file(&self, letter: &Letter, mail: i64, now: Timestamp) -> Result<()> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO letters (mail_id, daily_report_id, client_id, kind, author_id, address_key, text, shown, subject, own_subject, \
             message_id, images, others, proof, written_at, whole, whole_subject, whole_for) \
             SELECT ?1, id, client_id, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18 FROM daily_reports \
             WHERE client_id = ?2 AND day = ?3",
        )?;
        let added = statement.execute(params![
            mail,
            letter.client.0,
            letter.day.to_string(),
            letter.kind.word(),
            letter.author.map(|a| a.0),
            letter.address.as_ref().map_or_else(String::new, Address::key),
            letter.text,
            letter.shown,
            letter.subject,
            letter.own_subject,
            letter.message_id.as_ref().map(crate::mail::message_id::MessageId::as_str),
            i64::try_from(letter.enclosures.images).unwrap_or(i64::MAX),
            i64::try_from(letter.enclosures.others).unwrap_or(i64::MAX),
            letter.proof.word(),
            now.millis(),
            letter.whole.as_ref().map(|w| &w.text),
            letter.whole.as_ref().map(|w| &w.own_subject),
            letter.whole.as_ref().and_then(|w| w.reader).map(|r| r.0),
        ])?;
        if added == 1 { Ok(()) } else { Err(StoreError::Impossible("report of a letter")) }
    }

    fn report_answered(&self, client: ClientId, day: Day, now: Timestamp) -> Result<()> {
        let sql =
            "UPDATE daily_reports SET state = 'answered', answered_at = ?3 WHERE client_id = ?1 AND day = ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        statement.execute(params![client.0, day.to_string(), now.millis()])?;
        self.note_holder(client, day, now)
    }

    /// Words that were passed on did not arrive: their report waits again, unless others were passed on. It does not walk:
    /// nobody is late, and the office knows.
    ///
    /// # Errors
    /// The store's.
    pub fn report_waits_again(&self, row: i64) -> Result<()> {
        let sql = "UPDATE daily_reports SET state = 'waiting', answered_at = NULL, step_at = NULL WHERE state = 'answered' AND (client_id, day) = \
             (SELECT client_id, day FROM outbox WHERE id = ?1 AND kind = 'pass_on') AND NOT EXISTS \
             (SELECT 1 FROM outbox o WHERE o.client_id = daily_reports.client_id AND o.day = daily_reports.day \
              AND o.kind = 'pass_on' AND o.id <> ?1 AND o.state NOT IN ('failed', 'expired', 'held', 'cancelled') \
              AND o.delivery NOT LIKE 'failed%') RETURNING id";
        let reports: Vec<i64> = self.list(sql, [row], |row| row.get(0))?;
        reports.into_iter().try_for_each(|report| self.held_all_the_time(report))
    }

    /// A yes releases what waits for the question, answers its reports and remembers the address (unless the question was
    /// another than whether she wrote); a no cancels.
    fn settle_confirmation(&self, number: u64, yes: bool, now: Timestamp) -> Result<()> {
        let number = to_sql_int(number);
        let settled = self.connection.execute(
            "UPDATE confirmations SET answer = ?2, settled_at = ?3 WHERE number = ?1 AND settled_at IS NULL",
            params![number, if yes { "yes" } else { "no" }, now.millis()],
        )?;
        if settled == 0 {
            return Ok(());
        }
        if yes {
            self.connection.execute(
                "UPDATE supporter_addresses SET confirmed_at = ?2 \
                 WHERE address_key = (SELECT address_key FROM confirmations WHERE number = ?1 AND telling = 0 AND doubt IS NULL)",
                params![number, now.millis()],
            )?;
            self.answered_by("confirmation = ?1 AND state = 'held'", number, now)?;
            self.connection.execute(
                "UPDATE outbox SET state = 'queued', next_at = max(?2, coalesce(grace_until_at, 0)), expires_at = ?3 \
                 WHERE confirmation = ?1 AND state = 'held' AND may_repeat = 0",
                params![number, now.millis(), now.after(Kind::PassOn.lifetime()).millis()],
            )?;
        } else {
            self.connection.execute(
                "UPDATE outbox SET state = 'cancelled', ended_at = ?2, may_repeat = 0 \
                 WHERE confirmation = ?1 AND state = 'held'",
                params![number, now.millis()],
            )?;
        }
        Ok(())
    }

    /// Words that were held or had failed pass on: their report is answered.
    ///
    /// # Errors
    /// The store's.
    pub fn report_of_row_answered(&self, row: i64, now: Timestamp) -> Result<()> {
        self.answered_by("id = ?1 AND kind = 'pass_on'", row, now)
    }

    /// The reports of some rows of the outbox are answered.
    fn answered_by(&self, rows: &str, value: i64, now: Timestamp) -> Result<()> {
        let sql = format!(
            "UPDATE daily_reports SET state = 'answered', answered_at = ?2 WHERE (client_id, day) IN \
             (SELECT client_id, day FROM outbox WHERE {rows}) RETURNING client_id, day"
        );
        let answered = |row: &Row<'_>| Ok((ClientId(row.get(0)?), row.get::<_, String>(1)?));
        for (client, day) in self.list(&sql, params![value, now.millis()], answered)? {
            let day = Day::parse(&day).ok_or(StoreError::Impossible("day"))?;
            self.note_holder(client, day, now)?;
        }
        Ok(())
    }

    /// The letter that a mail with this digest became.
    ///
    /// # Errors
    /// The store's.
    pub fn letter_of(&self, digest: &[u8; 32]) -> Result<Option<i64>> {
        // The index holds for its own condition alone, so that stands here word for word.
        let sql = "SELECT l.id FROM kept_mails m INDEXED BY kept_mails_once JOIN letters l ON l.mail_id = m.id \
             WHERE m.digest = ?1 AND m.state IN ('applied', 'quarantined', 'discarded') AND m.state = 'applied'";
        let mut statement = self.connection.prepare_cached(sql)?;
        optional(statement.query_row([digest.as_slice()], |row| row.get(0)))
    }

    /// The letter that a mail became.
    ///
    /// # Errors
    /// The store's.
    pub fn letter_of_mail(&self, mail: i64) -> Result<Option<i64>> {
        let mut statement = self.connection.prepare_cached("SELECT id FROM letters WHERE mail_id = ?1")?;
        optional(statement.query_row([mail], |row| row.get(0)))
    }
}
