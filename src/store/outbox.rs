//! The outbox: one row is one mail to one envelope recipient, its bytes final from its first commit on (but for `To`, when
//! its reader gets it at another address).
//!
//! A row is claimed before the network is touched, and its stage says `dot` before the final dot is written; so
//! after a crash it is known which rows certainly did not go out.

use rusqlite::{Row, params};

use super::line::lane_of;
use super::{Result, StoreError, Tx, optional, to_sql_int};
use crate::clock::Timestamp;
use crate::domain::calendar::Day;
use crate::domain::decision::Reason;
use crate::domain::outgoing::{Kind, State};
use crate::domain::people::{ClientId, SupporterId};
use crate::domain::returned::{Author, EndedRow};
use crate::domain::settled::{Doubts, RowFacts, Settled};
use crate::mail::address::Address;
use crate::mail::message_id::MessageId;
use crate::mail::submission::{Envelope, Stage};

/// A mail to put into the outbox.
#[derive(Clone, Debug)]
pub struct NewRow<'a> {
    /// Key K3: the same effect is never enqueued twice.
    pub effect_key: &'a str,
    /// Derived from the effect key.
    pub message_id: &'a MessageId,
    /// What it is.
    pub kind: Kind,
    /// Who it goes to.
    pub envelope: &'a Envelope,
    /// The whole message.
    pub bytes: &'a [u8],
    /// The recipient's name.
    pub person: &'a str,
    /// The recipient's principal ref.
    pub principal: u32,
    /// The recipient's epoch.
    pub epoch: u8,
    /// Whose thread.
    pub client: Option<ClientId>,
    /// Which day.
    pub day: Option<Day>,
    /// The letter that it carries.
    pub letter: Option<i64>,
    /// What led to it, for listings: "mail 12", "row 3", "assign".
    pub cause: &'a str,
    /// The named reason.
    pub reason: &'a str,
    /// The question that it asks or waits for.
    pub confirmation: Option<u64>,
    /// The absence that it is about.
    pub absence: Option<u64>,
    /// The answer that was set aside, when it is about one.
    pub set_aside: Option<u64>,
    /// What it asks somebody of the pool.
    pub ask: Option<u64>,
    /// The answer of a newcomer that it asks to read.
    pub reading: Option<u64>,
    /// Where it begins: queued, held, or accepted (the journal knows it already).
    pub state: State,
    /// It may have been sent in an earlier life of the database.
    pub may_repeat: bool,
    /// When its time runs out.
    pub expires_at: Timestamp,
    /// It does not go before then.
    pub grace_until: Option<Timestamp>,
}

/// How a claimed row ends.
#[derive(Clone, Debug)]
pub struct RowEnd {
    /// The next state.
    pub settled: Settled,
    /// Whether the end was unknown.
    pub unknown: bool,
    /// Whether this very mail was put off.
    pub refused: bool,
    /// SMTP reply code, 0 for none.
    pub code: u16,
    /// The server's reply, cleaned.
    pub reply: String,
    /// Where it happened.
    pub stage: &'static str,
}

fn facts_row(row: &Row<'_>) -> Result<RowFacts> {
    let kind: String = row.get(0)?;
    Ok(RowFacts {
        kind: Kind::from_word(&kind).ok_or(StoreError::Impossible("kind"))?,
        attempts: row.get(1)?,
        refusals: row.get(2)?,
        unknowns: row.get(3)?,
        expires_at: Timestamp::from_millis(row.get(4)?),
    })
}

impl Tx<'_> {
    /// Puts a mail into the outbox. `None` when its effect is there already.
    ///
    /// # Errors
    /// The store's.
    pub fn enqueue(&self, new: &NewRow<'_>, now: Timestamp) -> Result<Option<i64>> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO outbox (effect_key, message_id, kind, state, forward_path, reverse_path, person, \
             principal_ref, client_id, day, letter_id, cause, reason, confirmation, next_at, expires_at, \
             created_at, ended_at, lane, rank, place, may_repeat, epoch, absence, grace_until_at, set_aside, ask, reading) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, \
             ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28) ON CONFLICT (effect_key) DO NOTHING",
        )?;
        let queued = new.state == State::Queued;
        let in_line = queued && new.grace_until.is_none();
        let next_at = new.grace_until.unwrap_or(now);
        let (rank, place) = self.place(new.kind, new.client, new.principal, now)?;
        let added = statement.execute(params![
            new.effect_key,
            new.message_id.as_str(),
            new.kind.word(),
            new.state.word(),
            new.envelope.forward_path.wire(),
            new.envelope.reverse_path.as_ref().map(Address::wire),
            new.person,
            new.principal,
            new.client.map(|c| c.0),
            new.day.map(|d| d.to_string()),
            new.letter,
            new.cause,
            new.reason,
            new.confirmation.map(to_sql_int),
            queued.then_some(next_at.millis()),
            new.expires_at.millis(),
            now.millis(),
            matches!(new.state, State::Accepted | State::Cancelled).then_some(now.millis()),
            lane_of(&new.envelope.forward_path.wire()),
            rank,
            in_line.then_some(place),
            new.may_repeat,
            new.epoch,
            new.absence.map(to_sql_int),
            new.grace_until.map(Timestamp::millis),
            new.set_aside.map(to_sql_int),
            new.ask.map(to_sql_int),
            new.reading.map(to_sql_int),
        ])?;
        if added == 0 {
            return Ok(None);
        }
        let row = self.connection.last_insert_rowid();
        let sql = "INSERT INTO outbox_octets (outbox_id, bytes) VALUES (?1, ?2)";
        self.connection.prepare_cached(sql)?.execute(params![row, new.bytes])?;
        if in_line {
            self.note_turn(row, new.kind, new.client, new.principal)?;
        }
        Ok(Some(row))
    }

    /// The claimed row of this attempt, and its lane. `None` when the claim is void.
    ///
    /// # Errors
    /// The store's.
    pub fn claimed(&self, row: i64, attempt: i64) -> Result<Option<(RowFacts, String)>> {
        let sql = "SELECT kind, attempts, refusals, unknowns, expires_at, lane FROM outbox \
             WHERE id = ?1 AND attempts = ?2 AND state = 'claimed'";
        let mut statement = self.connection.prepare_cached(sql)?;
        optional(statement.query_row([row, attempt], |row| Ok((facts_row(row), row.get(5)?))))?
            .map(|(facts, lane)| Ok((facts?, lane)))
            .transpose()
    }

    /// What is in doubt for a mail of this lane: see [`Doubts`].
    ///
    /// # Errors
    /// The store's.
    pub fn doubts(&self, lane: &str) -> Result<Doubts> {
        let sql = "SELECT coalesce(sum(lane = ?1), 0), coalesce(sum(lane <> ?1), 0), \
             (SELECT stopped_at FROM health WHERE name = 'submit') FROM doubted_lanes";
        let doubts = self.connection.prepare_cached(sql)?.query_row([lane], |row| {
            let stopped_at = row.get::<_, Option<i64>>(2)?.map(Timestamp::from_millis);
            Ok(Doubts { own: row.get::<_, i64>(0)? > 0, others: row.get(1)?, stopped_at })
        });
        Ok(doubts?)
    }

    /// A mail of this lane was refused, and nobody can tell whether because of itself.
    ///
    /// # Errors
    /// The store's.
    pub fn doubt(&self, lane: &str) -> Result<()> {
        let sql = "INSERT INTO doubted_lanes (lane) VALUES (?1) ON CONFLICT (lane) DO NOTHING";
        self.connection.prepare_cached(sql)?.execute([lane])?;
        Ok(())
    }

    /// A mail was accepted: whatever was refused before was not refused because of us.
    ///
    /// # Errors
    /// The store's.
    pub fn end_doubts(&self) -> Result<()> {
        let sql = "SELECT EXISTS (SELECT 1 FROM doubted_lanes)";
        if self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))? {
            self.connection.prepare_cached("DELETE FROM doubted_lanes")?.execute([])?;
        }
        Ok(())
    }

    /// Notes that the final dot may be written from now on. False when the claim is void: it must not be.
    ///
    /// # Errors
    /// The store's.
    pub fn before_dot(&self, row: i64, attempt: i64) -> Result<bool> {
        let sql = "UPDATE outbox SET stage = ?3 WHERE id = ?1 AND attempts = ?2 AND state = 'claimed'";
        let changed =
            self.connection.prepare_cached(sql)?.execute(params![row, attempt, Stage::Dot.word()])?;
        Ok(changed == 1)
    }

    /// Ends an attempt.
    ///
    /// # Errors
    /// The store's.
    pub fn end_attempt(&self, row: i64, end: &RowEnd, now: Timestamp) -> Result<()> {
        let Settled { state, next_at, .. } = end.settled;
        let sql = "UPDATE outbox SET state = ?2, next_at = ?3, last_code = ?4, last_reply = ?5, stage = ?6, \
             unknowns = unknowns + ?7, refusals = refusals + ?9, ended_at = ?8 WHERE id = ?1";
        self.connection.prepare_cached(sql)?.execute(params![
            row,
            state.word(),
            next_at.map(Timestamp::millis),
            end.code,
            end.reply,
            end.stage,
            end.unknown,
            next_at.is_none().then_some(now.millis()),
            end.refused,
        ])?;
        Ok(())
    }

    /// The Message-ID and forward-path of a row, for the journal.
    ///
    /// # Errors
    /// The store's.
    pub fn row_name(&self, row: i64) -> Result<(String, String)> {
        let sql = "SELECT message_id, forward_path FROM outbox WHERE id = ?1";
        Ok(self.connection.prepare_cached(sql)?.query_row([row], |row| Ok((row.get(0)?, row.get(1)?)))?)
    }

    /// The Message-ID of a row, and when its time runs out: each time that it is queued again, another one.
    ///
    /// # Errors
    /// The store's.
    pub fn row_life(&self, row: i64) -> Result<(String, Timestamp)> {
        let sql = "SELECT message_id, expires_at FROM outbox WHERE id = ?1";
        let life = |row: &Row<'_>| Ok((row.get(0)?, Timestamp::from_millis(row.get(1)?)));
        Ok(self.connection.prepare_cached(sql)?.query_row([row], life)?)
    }

    /// Rows that another process had claimed when it ended: number, attempt, and whether the dot may be out.
    ///
    /// # Errors
    /// The store's.
    pub fn left_claimed(&self) -> Result<Vec<(i64, i64, bool)>> {
        let sql = "SELECT id, attempts, stage = 'dot' FROM outbox WHERE state = 'claimed' ORDER BY id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Rows that were never accepted and whose time is up: held ones at `now`, others when their last attempt
    /// should have been before `last_attempt` (when `paused`, also those that never had one). For each whether it is
    /// held, and how many unknown ends it had.
    ///
    /// # Errors
    /// The store's.
    pub fn overdue(
        &self,
        now: Timestamp,
        last_attempt: Timestamp,
        paused: bool,
    ) -> Result<Vec<(i64, bool, i64)>> {
        let sql = "SELECT id, state = 'held', unknowns FROM outbox INDEXED BY outbox_expiring \
             WHERE state IN ('queued', 'held', 'unknown') AND expires_at < ?1 AND may_repeat = 0 \
             AND (state = 'held' OR (expires_at < ?2 AND (attempts > 0 OR ?3))) ORDER BY id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let values = params![now.millis(), last_attempt.millis(), paused];
        let rows = statement.query_map(values, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Frees a claim whose final dot was certainly not written. False when it may have been.
    ///
    /// # Errors
    /// The store's.
    pub fn release(&self, row: i64, now: Timestamp) -> Result<bool> {
        let sql = "UPDATE outbox SET state = 'queued', next_at = ?2 WHERE id = ?1 AND state = 'claimed' AND stage <> 'dot'";
        Ok(self.connection.prepare_cached(sql)?.execute(params![row, now.millis()])? > 0)
    }

    /// What a row is and where it stands.
    ///
    /// # Errors
    /// The store's.
    pub fn row_state(&self, row: i64) -> Result<Option<(Kind, State)>> {
        let mut statement = self.connection.prepare_cached("SELECT kind, state FROM outbox WHERE id = ?1")?;
        let words =
            optional(statement.query_row([row], |r| Ok((r.get::<_, String>(0)?, r.get::<_, String>(1)?))))?;
        let Some((kind, state)) = words else { return Ok(None) };
        let kind = Kind::from_word(&kind).ok_or(StoreError::Impossible("kind"))?;
        Ok(Some((kind, State::from_word(&state).ok_or(StoreError::Impossible("state"))?)))
    }

    /// Puts a row back into the queue, due now, as if it were new.
    ///
    /// # Errors
    /// The store's.
    pub fn queue_again(&self, row: i64, kind: Kind, now: Timestamp) -> Result<()> {
        let sql = "UPDATE outbox SET state = 'queued', next_at = ?2, expires_at = ?3, ended_at = NULL, refusals = 0, \
             unknowns = 0, may_repeat = 0, grace_until_at = NULL WHERE id = ?1";
        let expires_at = now.after(kind.lifetime()).millis();
        self.connection.prepare_cached(sql)?.execute(params![row, now.millis(), expires_at])?;
        Ok(())
    }

    /// The octets of a row.
    ///
    /// # Errors
    /// The store's.
    pub fn row_bytes(&self, row: i64) -> Result<Option<Vec<u8>>> {
        let sql = "SELECT bytes FROM outbox_octets WHERE outbox_id = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        optional(statement.query_row([row], |r| r.get(0)))
    }

    /// Rows that wait to be sent, with their Message-IDs.
    ///
    /// # Errors
    /// The store's.
    pub fn unsent(&self) -> Result<Vec<(i64, String)>> {
        let sql = "SELECT id, message_id FROM outbox WHERE state IN ('queued', 'claimed', 'unknown', 'held')";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Sets a row to a final state outside of an attempt.
    ///
    /// # Errors
    /// The store's.
    pub fn end_row(&self, row: i64, state: State, now: Timestamp) -> Result<()> {
        let sql = "UPDATE outbox SET state = ?2, next_at = NULL, ended_at = ?3, may_repeat = 0 WHERE id = ?1";
        self.connection.prepare_cached(sql)?.execute(params![row, state.word(), now.millis()])?;
        Ok(())
    }

    /// Mails to a person that follow from mails that came since an instant, for one of these reasons. When they came
    /// counts, not when they were understood: after a restore that is once more, and all at once.
    ///
    /// # Errors
    /// The store's.
    pub fn sent_since(&self, principal: u32, reasons: &[&str], since: Timestamp) -> Result<i64> {
        let sql = "SELECT o.reason FROM outbox o JOIN kept_mails m ON m.id = CAST(substr(o.cause, 6) AS INTEGER) \
             WHERE o.principal_ref = ?1 AND o.created_at > ?2 AND o.cause LIKE 'mail %' AND coalesce(m.internal_date_at, m.ingested_at) > ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let found = statement.query_map(params![principal, since.millis()], |row| row.get(0))?;
        let found = found.collect::<rusqlite::Result<Vec<String>>>()?;
        let counted = found.iter().filter(|reason| reasons.contains(&reason.as_str())).count();
        Ok(i64::try_from(counted).unwrap_or(i64::MAX))
    }

    /// Where the mail of an effect key stands; `None` when there is none.
    ///
    /// # Errors
    /// The store's.
    pub fn effect_state(&self, effect_key: &str) -> Result<Option<State>> {
        let mut statement =
            self.connection.prepare_cached("SELECT state FROM outbox WHERE effect_key = ?1")?;
        let word: Option<String> = optional(statement.query_row([effect_key], |row| row.get(0)))?;
        word.map(|w| State::from_word(&w).ok_or(StoreError::Impossible("state"))).transpose()
    }

    /// The client whose thread a row belongs to, or for whom the words in it were.
    ///
    /// # Errors
    /// The store's.
    pub fn client_of_row(&self, row: i64) -> Result<Option<ClientId>> {
        let sql = "SELECT coalesce(o.client_id, l.client_id) FROM outbox o LEFT JOIN letters l ON l.id = o.letter_id WHERE o.id = ?1";
        let client: Option<i64> = self.connection.prepare_cached(sql)?.query_row([row], |row| row.get(0))?;
        Ok(client.map(ClientId))
    }

    /// Withdraws alerts about a client that have not gone out yet and are for somebody else than `principal`.
    ///
    /// # Errors
    /// The store's.
    pub fn cancel_alerts(&self, client: ClientId, principal: u32, now: Timestamp) -> Result<()> {
        self.cancel_those_alerts(client, "principal_ref <> ?2", principal, now)
    }

    /// Withdraws alerts about a client that have not gone out yet and are for `principal`.
    ///
    /// # Errors
    /// The store's.
    pub fn cancel_alerts_to(&self, client: ClientId, principal: u32, now: Timestamp) -> Result<()> {
        self.cancel_those_alerts(client, "principal_ref = ?2", principal, now)
    }

    /// Nobody is reminded of a report that is answered, or that somebody else holds; of a client's, from one day to another.
    pub(super) fn cancel_reminders(&self, client: ClientId, days: [&str; 2], now: Timestamp) -> Result<()> {
        let sql = "UPDATE outbox SET state = 'cancelled', next_at = NULL, ended_at = ?4, may_repeat = 0 WHERE kind = 'alert' \
             AND (state = 'queued' OR (state = 'held' AND may_repeat = 1)) AND client_id = ?1 AND day BETWEEN ?2 AND ?3 \
             AND reason = ?5 AND NOT EXISTS (SELECT 1 FROM daily_reports r JOIN supporters s ON s.id = r.holder_id \
             WHERE r.client_id = outbox.client_id AND r.day = outbox.day AND r.state = 'waiting' \
             AND s.principal_ref = outbox.principal_ref)";
        let values = params![client.0, days[0], days[1], now.millis(), Reason::Reminded.word()];
        self.connection.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    fn cancel_those_alerts(
        &self,
        client: ClientId,
        whose: &str,
        principal: u32,
        now: Timestamp,
    ) -> Result<()> {
        let sql = format!(
            "UPDATE outbox SET state = 'cancelled', next_at = NULL, ended_at = ?3, may_repeat = 0 \
             WHERE kind = 'alert' AND (state = 'queued' OR (state = 'held' AND may_repeat = 1)) AND client_id = ?1 AND {whose}"
        );
        self.connection.prepare_cached(&sql)?.execute(params![client.0, principal, now.millis()])?;
        Ok(())
    }

    /// Words that wait for a question without having been shown in it.
    ///
    /// # Errors
    /// The store's.
    pub fn held_unseen(&self, question: u64) -> Result<Vec<i64>> {
        let sql = "SELECT id FROM outbox WHERE confirmation = ?1 AND state = 'held' AND cause NOT IN \
             (SELECT cause FROM outbox WHERE confirmation = ?1 AND kind = 'confirmation') ORDER BY id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([to_sql_int(question)], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// An ended row as those need it who are told of its end.
    ///
    /// # Errors
    /// The store's.
    pub fn ended_row(&self, row: i64) -> Result<EndedRow> {
        let sql = "SELECT o.kind, o.person, l.author_id, o.client_id, coalesce(l.text, ''), \
             coalesce(c.telling, 0), c.doubt IS NOT NULL, \
             EXISTS (SELECT 1 FROM readings g WHERE g.number = o.confirmation) FROM outbox o LEFT JOIN letters l ON l.id = o.letter_id \
             LEFT JOIN confirmations c ON c.number = o.confirmation WHERE o.id = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let (kind, person, author, client, words, (telling, doubted, read_first)) =
            statement.query_row([row], |row| {
                let kind: String = row.get(0)?;
                let (author, client): (Option<i64>, Option<i64>) = (row.get(2)?, row.get(3)?);
                Ok((kind, row.get(1)?, author, client, row.get(4)?, (row.get(5)?, row.get(6)?, row.get(7)?)))
            })?;
        let author = match (author, client) {
            (Some(id), _) => self.supporter_by_id(SupporterId(id))?.map(Author::Supporter),
            (None, Some(id)) => self.client_by_id(ClientId(id))?.map(Author::Client),
            (None, None) => None,
        };
        Ok(EndedRow {
            id: row,
            kind: Kind::from_word(&kind).ok_or(StoreError::Impossible("kind"))?,
            person,
            author,
            words,
            telling,
            doubted,
            read_first,
        })
    }
}

pub(super) fn envelope(forward_path: String, reverse_path: Option<String>) -> Result<Envelope> {
    let parse = |text: &str| Address::parse(text).map_err(|_| StoreError::Impossible("path"));
    Ok(Envelope {
        forward_path: parse(&forward_path)?,
        reverse_path: reverse_path.as_deref().map(parse).transpose()?,
    })
}
