//! What listings show. Addresses and words appear here because a person asked for them at a terminal.

use rusqlite::{Row, params};
use serde::Serialize;

use super::{EndView, Result, Tx};
use crate::clock::Timestamp;
use crate::domain::people::{ClientId, SupporterId};

fn time(millis: i64) -> String {
    Timestamp::from_millis(millis).to_string()
}

fn maybe_time(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<String>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(time))
}

/// One client in a listing.
#[derive(Clone, Debug, Serialize)]
pub struct ClientView {
    /// Row.
    pub id: i64,
    /// Name.
    pub name: String,
    /// "active" or "paused".
    pub state: String,
    /// "ja" or "en".
    pub locale: String,
    /// May be empty.
    pub goal: String,
    /// The supporter's name.
    pub supporter: Option<String>,
    /// The second one's.
    pub second: Option<String>,
    /// Tags.
    pub topics: Vec<String>,
    /// Somebody else than these may answer one letter.
    pub pool: bool,
    /// Registered addresses, the first is where mail goes.
    pub addresses: Vec<String>,
    /// Of these, those to which nothing goes.
    pub suspended: Vec<String>,
    /// Reports so far.
    pub reports: i64,
    /// Reports that wait for an answer.
    pub waiting: i64,
}

/// One supporter in a listing.
#[derive(Clone, Debug, Serialize)]
pub struct SupporterView {
    /// Row.
    pub id: i64,
    /// Name.
    pub name: String,
    /// "ja" or "en".
    pub locale: String,
    /// Registered addresses, the first is where mail goes.
    pub addresses: Vec<String>,
    /// Of these, those to which nothing goes.
    pub suspended: Vec<String>,
    /// Tags.
    pub aptitudes: Vec<String>,
    /// "ja" or "en", each that she answers in.
    pub languages: Vec<String>,
    /// Spans in which she usually answers.
    pub answers: Vec<String>,
    /// How many reports she takes on a day.
    pub cap_day: Option<u32>,
    /// And in a month.
    pub cap_month: Option<u32>,
    /// The weekdays on which she is off, every week: "sat", "sun".
    pub off: Vec<String>,
    /// She reads what newcomers write.
    pub reader: bool,
    /// Clients that she answers.
    pub clients: i64,
    /// Reports that wait for her.
    pub waiting: i64,
    /// She left for good.
    pub left: bool,
}

/// One outgoing mail in a listing.
#[derive(Clone, Debug, Serialize)]
pub struct OutboxView {
    /// Row.
    pub id: i64,
    /// What it is.
    pub kind: String,
    /// Where it stands.
    pub state: String,
    /// Where in the last submission it stood.
    pub stage: String,
    /// Submissions begun.
    pub attempts: i64,
    /// Submissions whose end is not known.
    pub unknowns: i64,
    /// Its Message-ID without brackets.
    pub message_id: String,
    /// The recipient's name.
    pub person: String,
    /// What led to it.
    pub cause: String,
    /// Why.
    pub reason: String,
    /// The last SMTP code.
    pub last_code: i64,
    /// What delivery reports said.
    pub delivery: String,
    /// When it was written.
    pub created_at: String,
    /// When it is tried next.
    pub next_at: Option<String>,
    /// When it ended.
    pub ended_at: Option<String>,
    /// It is held because it may have been sent before the database was put back.
    pub may_repeat: bool,
    /// It does not go before then: its writer may take it back.
    pub grace_until: Option<String>,
}

/// One letter of a thread.
#[derive(Clone, Debug, Serialize)]
pub struct LetterView {
    /// report, addition, follow_up or answer.
    pub kind: String,
    /// Who wrote it.
    pub by: String,
    /// When it came.
    pub at: String,
    /// Why it was filed so.
    pub reason: String,
    /// How sure we are of the writer.
    pub proof: String,
    /// Its subject.
    pub subject: String,
    /// Its words.
    pub text: String,
    /// What came with it.
    pub enclosures: i64,
    /// Whether it lay in the junk folder.
    pub junk: bool,
    /// How it ended, of a client's.
    pub end: Option<EndView>,
    /// Mails of ours that carry it.
    pub mails: Vec<OutboxView>,
}

/// One day of a thread.
#[derive(Clone, Debug, Serialize)]
pub struct ReportView {
    /// The report day.
    pub day: String,
    /// waiting or answered.
    pub state: String,
    /// Who answers it.
    pub holder: Option<String>,
    /// By when.
    pub due_at: String,
    /// When it was answered last.
    pub answered_at: Option<String>,
    /// What was written.
    pub letters: Vec<LetterView>,
}

/// A client's whole story.
#[derive(Clone, Debug, Serialize)]
pub struct ThreadView {
    /// Her name.
    pub client: String,
    /// Her goal.
    pub goal: String,
    /// Oldest day first.
    pub reports: Vec<ReportView>,
}

/// One kept mail in a listing.
#[derive(Clone, Debug, Serialize)]
pub struct MailView {
    /// Its number.
    pub id: i64,
    /// Where it ended.
    pub state: String,
    /// Why.
    pub reason: String,
    /// Octets.
    pub size: i64,
    /// When it came.
    pub ingested_at: String,
}

const OUTBOX: &str = "SELECT id, kind, state, stage, attempts, unknowns, message_id, person, cause, reason, \
     last_code, delivery, created_at, next_at, ended_at, may_repeat, grace_until_at FROM outbox";

fn outbox_row(row: &Row<'_>) -> rusqlite::Result<OutboxView> {
    Ok(OutboxView {
        id: row.get(0)?,
        kind: row.get(1)?,
        state: row.get(2)?,
        stage: row.get(3)?,
        attempts: row.get(4)?,
        unknowns: row.get(5)?,
        message_id: row.get(6)?,
        person: row.get(7)?,
        cause: row.get(8)?,
        reason: row.get(9)?,
        last_code: row.get(10)?,
        delivery: row.get(11)?,
        created_at: time(row.get(12)?),
        next_at: maybe_time(row, 13)?,
        ended_at: maybe_time(row, 14)?,
        may_repeat: row.get(15)?,
        grace_until: maybe_time(row, 16)?,
    })
}

impl OutboxView {
    /// Until when its writer may take it back, while it waits for that and nothing else.
    pub fn in_grace(&self) -> Option<&str> {
        let waits = |until: &&String| match self.state.as_str() {
            "queued" => self.next_at.as_ref() == Some(until),
            "held" => true,
            _ => false,
        };
        self.grace_until.as_ref().filter(waits).map(String::as_str)
    }
}

impl Tx<'_> {
    pub(super) fn list<T>(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
        row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.query_map(values, row)?.collect::<rusqlite::Result<_>>()?)
    }

    /// Every client.
    ///
    /// # Errors
    /// The store's.
    pub fn client_views(&self) -> Result<Vec<ClientView>> {
        let sql = "SELECT c.id, c.name, c.state, c.locale, c.goal, s.name, \
             (SELECT count(*) FROM daily_reports r WHERE r.client_id = c.id), \
             (SELECT count(*) FROM daily_reports r WHERE r.client_id = c.id AND r.state = 'waiting'), \
             (SELECT group_concat(address, char(10)) FROM (SELECT address FROM client_addresses a \
              WHERE a.client_id = c.id ORDER BY position)), \
             (SELECT group_concat(a.address, char(10)) FROM client_addresses a \
              JOIN suspended_addresses USING (address_key) WHERE a.client_id = c.id), \
             (SELECT name FROM supporters WHERE id = c.second_id), replace(c.topics, ',', char(10)), c.pool \
             FROM clients c LEFT JOIN supporters s ON s.id = c.supporter_id ORDER BY c.id";
        self.list(sql, [], |row| {
            Ok(ClientView {
                id: row.get(0)?,
                name: row.get(1)?,
                state: row.get(2)?,
                locale: row.get(3)?,
                goal: row.get(4)?,
                supporter: row.get(5)?,
                reports: row.get(6)?,
                waiting: row.get(7)?,
                addresses: lines(row, 8)?,
                suspended: lines(row, 9)?,
                second: row.get(10)?,
                topics: lines(row, 11)?,
                pool: row.get(12)?,
            })
        })
    }

    /// Every supporter.
    ///
    /// # Errors
    /// The store's.
    pub fn supporter_views(&self) -> Result<Vec<SupporterView>> {
        let sql = "SELECT s.id, s.name, s.locale, \
             (SELECT count(*) FROM clients c WHERE c.supporter_id = s.id), \
             (SELECT count(*) FROM daily_reports r WHERE r.holder_id = s.id AND r.state = 'waiting'), \
             (SELECT group_concat(address, char(10)) FROM (SELECT address FROM supporter_addresses a \
              WHERE a.supporter_id = s.id ORDER BY position)), \
             (SELECT group_concat(a.address, char(10)) FROM supporter_addresses a \
              JOIN suspended_addresses USING (address_key) WHERE a.supporter_id = s.id), \
             EXISTS (SELECT 1 FROM absences l WHERE l.supporter_id = s.id AND l.for_good = 1 AND l.withdrawn_at IS NULL), \
             replace(s.aptitudes, ',', char(10)), replace(coalesce(s.languages, s.locale), ',', char(10)), \
             replace(s.answers_at, ',', char(10)), s.cap_day, s.cap_month, s.reader FROM supporters s ORDER BY s.id";
        let mut views = self.list(sql, [], |row| {
            Ok(SupporterView {
                id: row.get(0)?,
                name: row.get(1)?,
                locale: row.get(2)?,
                clients: row.get(3)?,
                waiting: row.get(4)?,
                addresses: lines(row, 5)?,
                suspended: lines(row, 6)?,
                left: row.get(7)?,
                aptitudes: lines(row, 8)?,
                languages: lines(row, 9)?,
                answers: lines(row, 10)?,
                cap_day: row.get(11)?,
                cap_month: row.get(12)?,
                off: Vec::new(),
                reader: row.get(13)?,
            })
        })?;
        for view in &mut views {
            view.off = self.days_off(SupporterId(view.id))?.words();
        }
        Ok(views)
    }

    /// Every outgoing mail, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub fn outbox_views(&self) -> Result<Vec<OutboxView>> {
        self.list(&format!("{OUTBOX} ORDER BY id"), [], outbox_row)
    }

    /// Every mail in quarantine, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub fn quarantine_views(&self) -> Result<Vec<MailView>> {
        self.mails_where("state = 'quarantined'")
    }

    /// Every kept mail, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub fn mail_views(&self) -> Result<Vec<MailView>> {
        self.mails_where("1")
    }

    fn mails_where(&self, condition: &str) -> Result<Vec<MailView>> {
        let sql = format!(
            "SELECT id, state, reason, size, ingested_at FROM kept_mails WHERE {condition} ORDER BY id"
        );
        self.list(&sql, [], |row| {
            Ok(MailView {
                id: row.get(0)?,
                state: row.get(1)?,
                reason: row.get(2)?,
                size: row.get(3)?,
                ingested_at: time(row.get(4)?),
            })
        })
    }

    /// A client's story.
    ///
    /// # Errors
    /// The store's.
    pub fn thread_view(&self, client: ClientId) -> Result<ThreadView> {
        let sql = "SELECT name, goal FROM clients WHERE id = ?1";
        let (name, goal): (String, String) =
            self.connection.query_row(sql, [client.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let sql = "SELECT r.day, r.state, s.name, r.due_at, r.answered_at, r.id FROM daily_reports r \
             LEFT JOIN supporters s ON s.id = r.holder_id WHERE r.client_id = ?1 ORDER BY r.day";
        let mut reports = self.list(sql, [client.0], |row| {
            let report = ReportView {
                day: row.get(0)?,
                state: row.get(1)?,
                holder: row.get(2)?,
                due_at: time(row.get(3)?),
                answered_at: maybe_time(row, 4)?,
                letters: Vec::new(),
            };
            Ok((report, row.get::<_, i64>(5)?))
        })?;
        for (report, id) in &mut reports {
            report.letters = self.letter_views(*id, &name)?;
        }
        Ok(ThreadView {
            client: name,
            goal,
            reports: reports.into_iter().map(|(report, _)| report).collect(),
        })
    }

    fn letter_views(&self, report: i64, client: &str) -> Result<Vec<LetterView>> {
        let sql = "SELECT l.kind, coalesce(s.name, ?2), l.written_at, m.reason, l.proof, l.subject, l.text, \
             l.images + l.others, m.junk, l.id FROM letters l JOIN kept_mails m ON m.id = l.mail_id \
             LEFT JOIN supporters s ON s.id = l.author_id WHERE l.daily_report_id = ?1 ORDER BY l.id";
        let mut letters = self.list(sql, params![report, client], |row| {
            let letter = LetterView {
                kind: row.get(0)?,
                by: row.get(1)?,
                at: time(row.get(2)?),
                reason: row.get(3)?,
                proof: row.get(4)?,
                subject: row.get(5)?,
                text: row.get(6)?,
                enclosures: row.get(7)?,
                junk: row.get(8)?,
                end: None,
                mails: Vec::new(),
            };
            Ok((letter, row.get::<_, i64>(9)?))
        })?;
        for (letter, id) in &mut letters {
            letter.end = self.end_of(*id)?;
            letter.mails =
                self.list(&format!("{OUTBOX} WHERE letter_id = ?1 ORDER BY id"), [*id], outbox_row)?;
        }
        Ok(letters.into_iter().map(|(letter, _)| letter).collect())
    }
}

fn lines(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<String>> {
    let text: Option<String> = row.get(column)?;
    Ok(text.unwrap_or_default().lines().map(str::to_owned).collect())
}
