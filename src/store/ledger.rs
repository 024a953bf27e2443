//! The ledger: entries are added, and neither changed nor removed; the schema refuses both.

use rusqlite::{Row, params};
use serde::Serialize;

use super::{Result, StoreError, Tx, optional};
use crate::clock::Timestamp;
use crate::domain::calendar::Day;
use crate::domain::ledger::{Entry, PassedOn};
use crate::domain::people::{ClientId, SupporterId};

/// One entry in a listing.
#[derive(Clone, Debug, Serialize)]
pub struct EntryView {
    /// Row.
    pub id: i64,
    /// When it was made.
    pub made_at: String,
    /// What was done: "answer", "stand_in", "reading" or "reaching_out".
    pub act: String,
    /// The supporter's name.
    pub supporter: String,
    /// The client's name.
    pub client: String,
    /// The client's day that it is about.
    pub day: Option<String>,
    /// The outgoing mail that it stands for.
    pub outbox_id: Option<i64>,
    /// Its Message-ID.
    pub message_id: String,
    /// What it was worth, in the smallest unit of the currency.
    pub unit_price: i64,
    /// ISO 4217.
    pub currency: String,
}

fn view(row: &Row<'_>) -> rusqlite::Result<EntryView> {
    Ok(EntryView {
        id: row.get(0)?,
        made_at: Timestamp::from_millis(row.get(1)?).to_string(),
        act: row.get(2)?,
        supporter: row.get(3)?,
        client: row.get(4)?,
        day: row.get(5)?,
        outbox_id: row.get(6)?,
        message_id: row.get(7)?,
        unit_price: row.get(8)?,
        currency: row.get(9)?,
    })
}

impl Tx<'_> {
    /// The answer that a row of the outbox carries, to its client or to whoever answers her now, unless it waits or may still
    /// be taken back; `None` for every other mail.
    ///
    /// # Errors
    /// The store's.
    pub fn passed_on(&self, row: i64) -> Result<Option<PassedOn>> {
        let sql = "SELECT l.author_id, c.id, c.supporter_id, o.day, l.id, o.message_id, m.internal_date_at, \
             o.state IN ('accepted', 'cancelled'), (SELECT coalesce(n.internal_date_at, n.ingested_at) FROM letters h \
             JOIN kept_mails n ON n.id = h.mail_id WHERE h.client_id = c.id AND h.author_id IS NULL AND h.id < l.id \
             AND EXISTS (SELECT 1 FROM letters e WHERE e.daily_report_id = h.daily_report_id AND e.author_id IS NOT NULL \
              AND e.id > h.id AND e.id < l.id) AND h.id = (SELECT id FROM letters WHERE client_id = c.id \
              AND author_id IS NULL AND id < l.id ORDER BY id DESC LIMIT 1)) FROM outbox o JOIN letters l ON l.id = o.letter_id \
             JOIN clients c ON c.id = coalesce(o.client_id, l.client_id) JOIN kept_mails m ON m.id = l.mail_id \
             WHERE o.id = ?1 AND o.kind IN ('pass_on', 'follow_up') AND l.author_id IS NOT NULL AND o.state NOT IN ('held', 'queued')";
        let mut statement = self.connection.prepare_cached(sql)?;
        let found = optional(statement.query_row([row], |found| {
            let answer = |day| -> rusqlite::Result<PassedOn> {
                Ok(PassedOn {
                    writer: SupporterId(found.get(0)?),
                    client: ClientId(found.get(1)?),
                    supporter: found.get::<_, Option<i64>>(2)?.map(SupporterId),
                    day,
                    letter: found.get(4)?,
                    outbox_id: row,
                    message_id: found.get(5)?,
                    came_at: found.get::<_, Option<i64>>(6)?.map(Timestamp::from_millis),
                    went_before: found.get(7)?,
                    nothing_since: found.get::<_, Option<i64>>(8)?.map(Timestamp::from_millis),
                })
            };
            Day::parse(&found.get::<_, String>(3)?).map(answer).transpose()
        }))?;
        found.map(|answer| answer.ok_or(StoreError::Impossible("day"))).transpose()
    }

    /// Adds an entry. One with its Message-ID that is there already stays as it is.
    ///
    /// # Errors
    /// The store's.
    pub fn enter(&self, entry: &Entry) -> Result<()> {
        let sql = "INSERT INTO ledger (act, supporter_id, client_id, day, letter_id, outbox_id, message_id, made_at, \
             unit_price, currency) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (message_id) DO NOTHING";
        self.connection.prepare_cached(sql)?.execute(params![
            entry.act.word(),
            entry.supporter.0,
            entry.client.0,
            entry.day.map(|day| day.to_string()),
            entry.letter,
            entry.outbox_id,
            entry.message_id,
            entry.made_at.millis(),
            entry.unit_price,
            entry.currency,
        ])?;
        Ok(())
    }

    /// The entries from `from` until before `to`, of one supporter or all, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub fn entry_views(
        &self,
        from: Timestamp,
        to: Timestamp,
        supporter: Option<SupporterId>,
    ) -> Result<Vec<EntryView>> {
        let sql = "SELECT g.id, g.made_at, g.act, s.name, c.name, g.day, g.outbox_id, g.message_id, g.unit_price, \
             g.currency FROM ledger g JOIN supporters s ON s.id = g.supporter_id JOIN clients c ON c.id = g.client_id \
             WHERE g.made_at >= ?1 AND g.made_at < ?2 AND (?3 IS NULL OR g.supporter_id = ?3) ORDER BY g.made_at, g.id";
        self.list(sql, params![from.millis(), to.millis(), supporter.map(|s| s.0)], view)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Store;
    use super::*;
    use crate::domain::ledger::Act;

    fn entry(act: Act, message_id: &str, made_at: i64) -> Entry {
        Entry {
            act,
            supporter: SupporterId(1),
            client: ClientId(1),
            day: None,
            letter: None,
            outbox_id: None,
            message_id: message_id.to_owned(),
            made_at: Timestamp::from_millis(made_at),
            unit_price: 300,
            currency: "JPY".to_owned(),
        }
    }

    #[test]
    fn every_act_has_its_row_once_and_no_row_is_touched_again() {
        let dir = tempfile::tempdir().expect("dir");
        let mut store = Store::open(dir.path()).expect("store");
        let people = "INSERT INTO supporters (id, principal_ref, name, locale, created_at) VALUES (1, 1, 'あい', 'ja', 0); \
             INSERT INTO clients (id, thread_ref, principal_ref, name, goal, locale, state, created_at) \
             VALUES (1, 1, 2, 'はる', '', 'ja', 'active', 0)";
        store.connection.execute_batch(people).expect("people");
        let added = store.write(|tx| -> Result<()> {
            tx.enter(&entry(Act::Reading, "one@example.jp", 10))?;
            tx.enter(&entry(Act::ReachingOut, "two@example.jp", 20))?;
            tx.enter(&Entry { unit_price: 999, ..entry(Act::Reading, "one@example.jp", 30) })
        });
        added.expect("entries");
        // what stands for no answer is none
        for act in [Act::Answer, Act::StandIn] {
            assert!(store.write(|tx| tx.enter(&entry(act, "three@example.jp", 10))).is_err(), "{act:?}");
        }
        let whole = |from, to, who| {
            let views = store
                .read(|tx| tx.entry_views(Timestamp::from_millis(from), Timestamp::from_millis(to), who));
            let views = views.expect("entries").into_iter();
            views.map(|view| (view.act, view.message_id, view.unit_price)).collect::<Vec<_>>()
        };
        let reading = ("reading".to_owned(), "one@example.jp".to_owned(), 300);
        let reaching_out = ("reaching_out".to_owned(), "two@example.jp".to_owned(), 300);
        assert_eq!(whole(10, 21, None), [reading.clone(), reaching_out]);
        // the last instant belongs to what follows
        assert_eq!(whole(10, 20, Some(SupporterId(1))), [reading]);
        assert_eq!(whole(0, 10, None), []);
        assert_eq!(whole(0, 99, Some(SupporterId(2))), []);
        for sql in ["UPDATE ledger SET unit_price = 1", "DELETE FROM ledger"] {
            assert!(store.connection.execute(sql, []).is_err(), "{sql}");
        }
        assert_eq!(whole(0, 99, None).len(), 2);
    }
}
