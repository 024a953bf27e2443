//! What decisions need to know of the past, one query each.

use rusqlite::{Row, params};

use super::{Result, StoreError, Tx, from_sql_int, optional, to_sql_int};
use crate::clock::Timestamp;
use crate::domain::calendar::Day;
use crate::domain::decision::Proof;
use crate::domain::meaning::Doubt;
use crate::domain::notice::Exchange;
use crate::domain::outgoing::Kind;
use crate::domain::people::{ClientId, SupporterId};
use crate::mail::address::Address;
use crate::mail::message_id::MessageId;

/// A mail of ours, found by its Message-ID or by what it was about.
#[derive(Clone, Debug)]
pub struct SentRow {
    /// Its row.
    pub id: i64,
    /// What it was.
    pub kind: Kind,
    /// Its recipient's principal ref.
    pub principal: u32,
    /// The recipient's epoch when it was written.
    pub epoch: u8,
    /// Whose thread.
    pub client: Option<ClientId>,
    /// Which day.
    pub day: Option<Day>,
    /// The bytes that were sent.
    pub bytes: Vec<u8>,
    /// The text of the letter that it carries.
    pub letter: String,
    /// Who wrote that letter, when a supporter did.
    pub author: Option<SupporterId>,
    /// The question that it asked.
    pub confirmation: Option<u64>,
    /// The letter that it carries or asks about.
    pub letter_id: Option<i64>,
    /// When it was made.
    pub created_at: Timestamp,
    /// The absence that it is about.
    pub absence: Option<u64>,
    /// The answer that was set aside, when it is about one.
    pub set_aside: Option<u64>,
    /// What it asked somebody of the pool.
    pub ask: Option<u64>,
    /// The answer of a newcomer that it asks to read.
    pub reading: Option<u64>,
}

/// A client's report of one day, as an answer needs it.
#[derive(Clone, Debug, Default)]
pub struct ReportFacts {
    /// The client's letters, oldest first.
    pub texts: Vec<String>,
    /// The newest one's own subject.
    pub own_subject: String,
    /// The newest one's Message-ID.
    pub message_id: Option<MessageId>,
}

/// A question, and the words that wait or waited for it (the first, where they are several).
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// Whether it is still open.
    pub open: bool,
    /// Whether it asks about what tells who its writer is.
    pub telling: bool,
    /// It asks whom they are for.
    pub doubt: Option<Doubt>,
    /// The row of the words.
    pub row: Option<i64>,
    /// Whom they are for.
    pub client: Option<ClientId>,
    /// The report that they answer.
    pub day: Option<Day>,
    /// Whether they still wait.
    pub waits: bool,
    /// Whether they are on their way, or went out.
    pub went: bool,
    /// Whether the receiving server refuted them.
    pub refuted: bool,
}

/// A client's letter as she wrote it, and as it is shown.
#[derive(Clone, Debug)]
pub struct Written {
    /// Whose.
    pub client: ClientId,
    /// The digest of its mail.
    pub digest: [u8; 32],
    /// Of which report.
    pub day: Day,
    /// Her words.
    pub text: String,
    /// The subject as it came.
    pub subject: String,
    /// What her supporter is shown.
    pub shown: String,
    /// The subject that her supporter is shown; empty when it is none of hers.
    pub own_subject: String,
}

/// A letter of a waiting report, as an alert needs it.
#[derive(Clone, Debug)]
pub struct WaitingLetter {
    /// The digest of its mail.
    pub digest: [u8; 32],
    /// Which report.
    pub day: Day,
    /// Whether something of that day came before.
    pub addition: bool,
    /// The client's own subject.
    pub own_subject: String,
    /// The client's words.
    pub text: String,
    /// Its mail.
    pub mail: i64,
    /// How sure we are of the writer.
    pub proof: Proof,
    /// Whether it lay in the junk folder.
    pub junk: bool,
    /// Octets, when it was too large to be read.
    pub too_large: Option<u64>,
    /// By when an answer is promised.
    pub due_at: Timestamp,
    /// Whether a process ended while it was understood.
    pub tried: bool,
}

pub(super) fn day(row: &Row<'_>, column: usize) -> Result<Day> {
    let text: String = row.get(column)?;
    Day::parse(&text).ok_or(StoreError::Impossible("day"))
}

/// A letter `l` and its own subject as the supporter ?1 may see them.
pub(super) const SEEN: &str = "CASE WHEN l.whole_for = ?1 THEN l.whole ELSE l.shown END";
const SEEN_SUBJECT: &str = "CASE WHEN l.whole_for = ?1 THEN l.whole_subject ELSE l.own_subject END";

/// Unanswered letters `l` of waiting reports `r`: those that came after the last answer of their day.
const WAITING: &str = "letters l JOIN daily_reports r ON r.id = l.daily_report_id \
     JOIN kept_mails m ON m.id = l.mail_id WHERE r.state = 'waiting' AND l.kind IN ('report', 'addition') \
     AND l.written_at >= coalesce(r.answered_at, 0)";

/// Whose letters wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// A client's.
    Client(ClientId),
    /// Those of a supporter's clients.
    Supporter(SupporterId),
    /// All.
    Everybody,
}

pub(super) const SENT: &str = "SELECT o.id, o.kind, o.principal_ref, o.client_id, o.day, \
     coalesce((SELECT bytes FROM outbox_octets WHERE outbox_id = o.id), x''), \
     coalesce(CASE o.kind WHEN 'pass_on' THEN l.whole END, l.shown, ''), \
     c.number, l.author_id, o.epoch, o.letter_id, o.created_at, o.absence, o.set_aside, o.ask, o.reading FROM outbox o LEFT JOIN letters l ON l.id = o.letter_id \
     LEFT JOIN confirmations c ON o.kind = 'confirmation' AND o.confirmation = c.number";

pub(super) fn sent_row(row: &Row<'_>) -> Result<SentRow> {
    let kind: String = row.get(1)?;
    let day: Option<String> = row.get(4)?;
    Ok(SentRow {
        id: row.get(0)?,
        kind: Kind::from_word(&kind).ok_or(StoreError::Impossible("kind"))?,
        principal: row.get(2)?,
        client: row.get::<_, Option<i64>>(3)?.map(ClientId),
        day: day.as_deref().and_then(Day::parse),
        bytes: row.get(5)?,
        letter: row.get(6)?,
        confirmation: row.get::<_, Option<i64>>(7)?.map(from_sql_int),
        author: row.get::<_, Option<i64>>(8)?.map(SupporterId),
        epoch: row.get(9)?,
        letter_id: row.get(10)?,
        created_at: Timestamp::from_millis(row.get(11)?),
        absence: row.get::<_, Option<i64>>(12)?.map(from_sql_int),
        set_aside: row.get::<_, Option<i64>>(13)?.map(from_sql_int),
        ask: row.get::<_, Option<i64>>(14)?.map(from_sql_int),
        reading: row.get::<_, Option<i64>>(15)?.map(from_sql_int),
    })
}

/// Whom words may be for, beside the client whose mail they answer.
fn doubt(row: &Row<'_>) -> rusqlite::Result<Option<Doubt>> {
    let (word, client): (Option<String>, Option<i64>) = (row.get(8)?, row.get(9)?);
    Ok(match (word.as_deref(), client) {
        (Some("memo"), _) => Some(Doubt::Memo),
        (Some("client"), Some(client)) => Some(Doubt::Client(ClientId(client))),
        (Some(_), _) => Some(Doubt::Office),
        (None, _) => None,
    })
}

/// An answer that its writer can still take back is shown to nobody else.
pub(super) const CERTAIN: &str =
    "(o.state <> 'queued' OR o.attempts > 0 OR o.grace_until_at IS NULL OR l.author_id = ?1)";

impl Tx<'_> {
    /// The mail of ours that has this Message-ID.
    ///
    /// # Errors
    /// The store's.
    pub fn sent_by_message_id(&self, id: &MessageId) -> Result<Option<SentRow>> {
        let mut statement = self.connection.prepare_cached(&format!("{SENT} WHERE o.message_id = ?1"))?;
        optional(statement.query_row([id.as_str()], |row| Ok(sent_row(row))))?.transpose()
    }

    /// The mails to this person about this client's day, newest first, at most `limit`.
    ///
    /// # Errors
    /// The store's.
    pub fn sent_about(
        &self,
        principal: u32,
        client: ClientId,
        day: Day,
        limit: usize,
    ) -> Result<Vec<SentRow>> {
        let sql = format!(
            "{SENT} WHERE o.client_id = ?1 AND o.day = ?2 AND o.principal_ref = ?3 ORDER BY o.id DESC LIMIT ?4"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut rows = statement.query(params![client.0, day.to_string(), principal, limit])?;
        let mut sent = Vec::new();
        while let Some(row) = rows.next()? {
            sent.push(sent_row(row)?);
        }
        Ok(sent)
    }

    /// Whether a client has a report of a day.
    ///
    /// # Errors
    /// The store's.
    pub fn has_report(&self, client: ClientId, day: Day) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM daily_reports WHERE client_id = ?1 AND day = ?2)";
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.query_row(params![client.0, day.to_string()], |row| row.get(0))?)
    }

    /// Whether a client has ever reported.
    ///
    /// # Errors
    /// The store's.
    pub fn has_any_report(&self, client: ClientId) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM daily_reports WHERE client_id = ?1)";
        Ok(self.connection.prepare_cached(sql)?.query_row([client.0], |row| row.get(0))?)
    }

    /// The report that an answer without a day means: the one that has waited longest, else the newest.
    ///
    /// # Errors
    /// The store's.
    pub fn likely_report(&self, client: ClientId) -> Result<Option<Day>> {
        let sql = "SELECT day FROM daily_reports WHERE client_id = ?1 \
             ORDER BY state = 'waiting' DESC, CASE state WHEN 'waiting' THEN due_at ELSE -due_at END, id DESC LIMIT 1";
        let mut statement = self.connection.prepare_cached(sql)?;
        optional(statement.query_row([client.0], |row| Ok(day(row, 0))))?.transpose()
    }

    /// The client's letters of a day, as a supporter may see them.
    ///
    /// # Errors
    /// The store's.
    pub fn report(&self, client: ClientId, day: Day, reader: SupporterId) -> Result<ReportFacts> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {SEEN}, {SEEN_SUBJECT}, l.message_id FROM letters l JOIN daily_reports r ON r.id = l.daily_report_id \
             WHERE r.client_id = ?2 AND r.day = ?3 AND l.kind IN ('report', 'addition') ORDER BY l.id",
        ))?;
        let mut rows = statement.query(params![reader.0, client.0, day.to_string()])?;
        let mut report = ReportFacts::default();
        while let Some(row) = rows.next()? {
            report.texts.push(row.get(0)?);
            report.own_subject = row.get(1)?;
            report.message_id = row.get::<_, Option<String>>(2)?.and_then(|id| MessageId::parse(&id));
        }
        Ok(report)
    }

    /// The last letters in a client's thread (before the one with this digest) as a supporter may see them, newest
    /// first: reports and answers that passed on.
    ///
    /// # Errors
    /// The store's.
    pub fn exchanges(
        &self,
        client: ClientId,
        reader: Option<SupporterId>,
        before: Option<&[u8; 32]>,
        limit: usize,
    ) -> Result<Vec<Exchange>> {
        let before = before.map(|digest| self.letter_of(digest)).transpose()?.flatten();
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT r.day, l.author_id IS NULL, {SEEN} FROM letters l JOIN daily_reports r ON r.id = l.daily_report_id \
             WHERE l.client_id = ?2 AND l.shown <> '' AND l.id < coalesce(?4, 9223372036854775807) AND (l.author_id IS NULL \
               OR EXISTS (SELECT 1 FROM outbox o WHERE o.letter_id = l.id AND o.kind = 'pass_on' \
                          AND o.state NOT IN ('held', 'cancelled', 'failed', 'expired') AND {CERTAIN})) \
             ORDER BY l.id DESC LIMIT ?3",
        ))?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut rows = statement.query(params![reader.map(|r| r.0), client.0, limit, before])?;
        let mut exchanges = Vec::new();
        while let Some(row) = rows.next()? {
            exchanges.push(Exchange { day: day(row, 0)?, from_client: row.get(1)?, text: row.get(2)? });
        }
        Ok(exchanges)
    }

    /// The unanswered letters of a client's waiting reports as a supporter may see them, oldest first: those that came
    /// after the last answer of their day.
    ///
    /// # Errors
    /// The store's.
    pub fn waiting_letters(&self, client: ClientId, reader: SupporterId) -> Result<Vec<WaitingLetter>> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT m.digest, r.day, l.kind = 'addition', {SEEN_SUBJECT}, CASE l.text WHEN '' THEN '' ELSE {SEEN} END, l.mail_id, l.proof, \
             m.too_large, m.size, r.due_at, m.junk, m.attempts > 0 FROM {WAITING} AND r.client_id = ?2 ORDER BY l.id",
        ))?;
        let mut rows = statement.query(params![reader.0, client.0])?;
        let mut letters = Vec::new();
        while let Some(row) = rows.next()? {
            let digest: Vec<u8> = row.get(0)?;
            let proof: String = row.get(6)?;
            let size: u64 = row.get(8)?;
            letters.push(WaitingLetter {
                digest: digest.try_into().map_err(|_| StoreError::Impossible("digest"))?,
                day: day(row, 1)?,
                addition: row.get(2)?,
                own_subject: row.get(3)?,
                text: row.get(4)?,
                mail: row.get(5)?,
                proof: Proof::from_word(&proof).ok_or(StoreError::Impossible("proof"))?,
                junk: row.get(10)?,
                too_large: row.get::<_, bool>(7)?.then_some(size),
                due_at: Timestamp::from_millis(row.get(9)?),
                tried: row.get(11)?,
            });
        }
        Ok(letters)
    }

    /// Whether letters of a report wait, and the receiving server refuted each of them.
    ///
    /// # Errors
    /// The store's.
    pub fn are_all_refuted(&self, client: ClientId, day: Day) -> Result<bool> {
        let sql = format!(
            "SELECT count(*) > 0 AND count(*) = total(l.proof = 'refuted') FROM {WAITING} AND r.client_id = ?1 AND r.day = ?2"
        );
        let values = params![client.0, day.to_string()];
        Ok(self.connection.prepare_cached(&sql)?.query_row(values, |row| row.get(0))?)
    }

    /// The supporter who was alerted to a letter before all others.
    ///
    /// # Errors
    /// The store's.
    pub fn first_alerted(&self, letter: i64) -> Result<Option<SupporterId>> {
        let sql = "SELECT s.id FROM letters l JOIN daily_reports r ON r.id = l.daily_report_id JOIN outbox o \
             ON o.client_id = l.client_id AND o.day = r.day AND o.letter_id = l.id AND o.kind = 'alert' \
             JOIN supporters s ON s.principal_ref = o.principal_ref WHERE l.id = ?1 ORDER BY o.id LIMIT 1";
        let mut statement = self.connection.prepare_cached(sql)?;
        optional(statement.query_row([letter], |row| row.get(0).map(SupporterId)))
    }

    /// The mails of the letters that wait, of which pictures may be drawn.
    ///
    /// # Errors
    /// The store's.
    pub fn mails_of_waiting_letters(&self, whose: Whose) -> Result<Vec<i64>> {
        let (client, supporter) = match whose {
            Whose::Client(client) => (Some(client.0), None),
            Whose::Supporter(supporter) => (None, Some(supporter.0)),
            Whose::Everybody => (None, None),
        };
        let sql = format!(
            "SELECT l.mail_id FROM {WAITING} AND m.attempts = 0 AND l.proof <> 'refuted' AND (?1 IS NULL OR r.client_id = ?1) \
             AND (?2 IS NULL OR r.holder_id = ?2) ORDER BY l.id"
        );
        self.list(&sql, params![client, supporter], |row| row.get(0))
    }

    /// The mail that asked a client whether what was hidden in a letter of a day may be shown; which of them, the digest
    /// of the letter tells.
    ///
    /// # Errors
    /// The store's.
    pub fn question_about_letter(
        &self,
        client: ClientId,
        day: Day,
        is_it: impl Fn(&[u8; 32]) -> bool,
    ) -> Result<Option<SentRow>> {
        let sql = format!(
            "{SENT} WHERE o.client_id = ?1 AND o.day = ?2 AND o.kind = 'confirmation' AND l.author_id IS NULL"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params![client.0, day.to_string()])?;
        while let Some(row) = rows.next()? {
            let sent = sent_row(row)?;
            if sent.letter_id.map(|letter| self.digest_of(letter)).transpose()?.is_some_and(|d| is_it(&d)) {
                return Ok(Some(sent));
            }
        }
        Ok(None)
    }

    fn digest_of(&self, letter: i64) -> Result<[u8; 32]> {
        let sql = "SELECT m.digest FROM letters l JOIN kept_mails m ON m.id = l.mail_id WHERE l.id = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let digest: Vec<u8> = statement.query_row([letter], |row| row.get(0))?;
        digest.try_into().map_err(|_| StoreError::Impossible("digest"))
    }

    /// The newest mail about an absence.
    ///
    /// # Errors
    /// The store's.
    pub fn sent_about_absence(&self, number: u64, principal: u32) -> Result<Option<SentRow>> {
        let sql = format!("{SENT} WHERE o.absence = ?1 AND o.principal_ref = ?2 ORDER BY o.id DESC LIMIT 1");
        let mut statement = self.connection.prepare_cached(&sql)?;
        optional(statement.query_row(params![to_sql_int(number), principal], |row| Ok(sent_row(row))))?
            .transpose()
    }

    /// The newest mail of a condition on one number.
    pub(super) fn sent_where(&self, condition: &str, number: u64) -> Result<Option<SentRow>> {
        let sql = format!("{SENT} WHERE {condition} ORDER BY o.id DESC LIMIT 1");
        let mut statement = self.connection.prepare_cached(&sql)?;
        optional(statement.query_row([to_sql_int(number)], |row| Ok(sent_row(row))))?.transpose()
    }

    /// The mail that asked a question.
    ///
    /// # Errors
    /// The store's.
    pub fn question(&self, number: u64) -> Result<Option<SentRow>> {
        let sql = format!(
            "{SENT} WHERE o.kind = 'confirmation' AND o.confirmation = ?1 ORDER BY o.id DESC LIMIT 1"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        optional(statement.query_row([to_sql_int(number)], |row| Ok(sent_row(row))))?.transpose()
    }

    /// When this supporter's address last said yes.
    ///
    /// # Errors
    /// The store's.
    pub fn confirmed_at(&self, address: &Address) -> Result<Option<Timestamp>> {
        let sql = "SELECT confirmed_at FROM supporter_addresses WHERE address_key = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let found: Option<Option<i64>> = optional(statement.query_row([address.key()], |row| row.get(0)))?;
        Ok(found.flatten().map(Timestamp::from_millis))
    }

    /// The open question to this address that further words may wait for, when it was asked, and whether its last mail certainly or possibly got
    /// lost.
    ///
    /// # Errors
    /// The store's.
    pub fn open_question(&self, address: &Address) -> Result<Option<(u64, Timestamp, bool)>> {
        let sql = "SELECT number, asked_at, coalesce((SELECT state IN ('failed', 'expired', 'unresolved', 'cancelled') \
             OR delivery LIKE 'failed%' FROM outbox WHERE kind = 'confirmation' AND confirmation = number \
             ORDER BY id DESC LIMIT 1), 1) FROM confirmations WHERE address_key = ?1 AND settled_at IS NULL AND refuted = 0 AND telling = 0 AND doubt IS NULL";
        let mut statement = self.connection.prepare_cached(sql)?;
        let found = statement.query_row([address.key()], |row| {
            let number = from_sql_int(row.get(0)?);
            Ok((number, Timestamp::from_millis(row.get(1)?), row.get(2)?))
        });
        optional(found)
    }

    /// The question of this number, if it was asked of this supporter.
    ///
    /// # Errors
    /// The store's.
    pub fn asked_about(&self, number: u64, supporter: SupporterId) -> Result<Option<Asked>> {
        let sql = "SELECT c.settled_at IS NULL, c.telling, o.id, o.client_id, o.day, o.state = 'held', \
             o.state IN ('queued', 'claimed', 'unknown', 'unresolved', 'accepted'), c.refuted, c.doubt, c.doubt_client_id FROM confirmations c \
             LEFT JOIN outbox o ON o.confirmation = c.number AND o.kind = 'pass_on' \
             WHERE c.number = ?1 AND c.supporter_id = ?2 ORDER BY o.id LIMIT 1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let found = statement.query_row(params![to_sql_int(number), supporter.0], |row| {
            let day: Option<String> = row.get(4)?;
            Ok(Asked {
                open: row.get(0)?,
                telling: row.get(1)?,
                doubt: doubt(row)?,
                row: row.get(2)?,
                client: row.get::<_, Option<i64>>(3)?.map(ClientId),
                day: day.as_deref().and_then(Day::parse),
                waits: row.get::<_, Option<bool>>(5)?.unwrap_or(false),
                went: row.get::<_, Option<bool>>(6)?.unwrap_or(false),
                refuted: row.get(7)?,
            })
        });
        optional(found)
    }

    /// A client's letter as she wrote it, and as a supporter may see it.
    ///
    /// # Errors
    /// The store's.
    pub fn written(&self, letter: i64, reader: Option<SupporterId>) -> Result<Option<Written>> {
        let sql = format!(
            "SELECT l.client_id, m.digest, r.day, l.text, l.subject, {SEEN}, {SEEN_SUBJECT} FROM letters l \
             JOIN daily_reports r ON r.id = l.daily_report_id JOIN kept_mails m ON m.id = l.mail_id \
             WHERE l.id = ?2 AND l.author_id IS NULL"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params![reader.map(|r| r.0), letter])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let digest: Vec<u8> = row.get(1)?;
        Ok(Some(Written {
            client: ClientId(row.get(0)?),
            digest: digest.try_into().map_err(|_| StoreError::Impossible("digest"))?,
            day: day(row, 2)?,
            text: row.get(3)?,
            subject: row.get(4)?,
            shown: row.get(5)?,
            own_subject: row.get(6)?,
        }))
    }
}
