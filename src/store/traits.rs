//! What fits whom, as the office and they themselves said.

use rusqlite::{Row, params};

use super::{Result, StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::choosing::{Caps, ClientSet, SupporterSet, SupporterTraits};
use crate::domain::hours::Span;
use crate::domain::locale::Locale;
use crate::domain::people::{ClientId, SupporterId};

fn listed<T>(row: &Row<'_>, column: usize, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>> {
    let text: Option<String> = row.get(column)?;
    let text = text.unwrap_or_default();
    let words = text.split(',').filter(|word| !word.is_empty());
    words.map(|word| read(word).ok_or(StoreError::Impossible("trait"))).collect()
}

fn joined<T: ToString>(values: &[T]) -> String {
    values.iter().map(T::to_string).collect::<Vec<_>>().join(",")
}

impl Tx<'_> {
    /// A client's topics.
    ///
    /// # Errors
    /// The store's.
    pub fn topics(&self, client: ClientId) -> Result<Vec<String>> {
        let sql = "SELECT topics FROM clients WHERE id = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        statement.query_row([client.0], |row| Ok(listed(row, 0, |tag| Some(tag.to_owned()))))?
    }

    /// Whether a client agreed that somebody else than her supporters may answer one letter.
    ///
    /// # Errors
    /// The store's.
    pub fn is_in_pool(&self, client: ClientId) -> Result<bool> {
        let sql = "SELECT pool FROM clients WHERE id = ?1";
        Ok(self.connection.prepare_cached(sql)?.query_row([client.0], |row| row.get(0))?)
    }

    /// What a supporter can do, and how much.
    ///
    /// # Errors
    /// The store's.
    pub fn supporter_traits(&self, supporter: SupporterId) -> Result<SupporterTraits> {
        let sql = "SELECT aptitudes, coalesce(languages, locale), answers_at, cap_day, cap_month FROM supporters WHERE id = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let read = |row: &Row<'_>| -> Result<SupporterTraits> {
            Ok(SupporterTraits {
                aptitudes: listed(row, 0, |tag| Some(tag.to_owned()))?,
                languages: listed(row, 1, Locale::from_word)?,
                answers: listed(row, 2, Span::parse)?,
                caps: Caps { day: row.get(3)?, month: row.get(4)? },
            })
        };
        statement.query_row([supporter.0], |row| Ok(read(row)))?
    }

    /// Sets what `set` names; the rest stays. Whether she is in the pool is set where that takes effect.
    ///
    /// # Errors
    /// The store's.
    pub fn set_client_traits(&self, client: ClientId, set: &ClientSet) -> Result<()> {
        if let Some(topics) = &set.topics {
            let sql = "UPDATE clients SET topics = ?2 WHERE id = ?1";
            self.connection.execute(sql, params![client.0, topics.join(",")])?;
        }
        Ok(())
    }

    /// Sets what `set` names; the rest stays.
    ///
    /// # Errors
    /// The store's.
    pub fn set_supporter_traits(&self, supporter: SupporterId, set: &SupporterSet) -> Result<()> {
        let words = |locales: &Vec<Locale>| locales.iter().map(|l| l.word()).collect::<Vec<_>>().join(",");
        let texts = [
            ("aptitudes", set.aptitudes.as_ref().map(|tags| tags.join(","))),
            ("languages", set.languages.as_ref().map(words)),
            ("answers_at", set.answers.as_ref().map(|spans| joined(spans))),
        ];
        for (column, value) in texts.into_iter().filter_map(|(column, value)| Some((column, value?))) {
            let sql = format!("UPDATE supporters SET {column} = ?2 WHERE id = ?1");
            self.connection.execute(&sql, params![supporter.0, value])?;
        }
        if let Some(reader) = set.reader {
            let sql = "UPDATE supporters SET reader = ?2 WHERE id = ?1";
            self.connection.execute(sql, params![supporter.0, reader])?;
        }
        let caps = [("cap_day", set.cap_day), ("cap_month", set.cap_month)];
        for (column, cap) in caps.into_iter().filter_map(|(column, cap)| Some((column, cap?))) {
            let sql = format!("UPDATE supporters SET {column} = ?2 WHERE id = ?1");
            self.connection.execute(&sql, params![supporter.0, cap])?;
        }
        Ok(())
    }

    /// When a client's last reports came, up to `limit`.
    ///
    /// # Errors
    /// The store's.
    pub fn last_reports_came(&self, client: ClientId, limit: usize) -> Result<Vec<Timestamp>> {
        let sql = "SELECT coalesce(m.internal_date_at, m.ingested_at) FROM letters l JOIN kept_mails m ON m.id = l.mail_id \
             WHERE l.client_id = ?1 AND l.kind = 'report' ORDER BY l.id DESC LIMIT ?2";
        let values = params![client.0, i64::try_from(limit).unwrap_or(i64::MAX)];
        self.list(sql, values, |row| Ok(Timestamp::from_millis(row.get(0)?)))
    }

    /// How many letters of each client each supporter answered since then.
    ///
    /// # Errors
    /// The store's.
    pub fn answered_since(&self, since: Timestamp) -> Result<Vec<(ClientId, SupporterId, u32)>> {
        let sql = "SELECT client_id, author_id, count(*) FROM letters WHERE author_id IS NOT NULL AND written_at >= ?1 \
             GROUP BY client_id, author_id";
        self.list(sql, [since.millis()], |row| {
            Ok((ClientId(row.get(0)?), SupporterId(row.get(1)?), row.get(2)?))
        })
    }

    /// Every client who is not paused, and every supporter who has not left, by number.
    ///
    /// # Errors
    /// The store's.
    pub fn everybody(&self) -> Result<(Vec<ClientId>, Vec<SupporterId>)> {
        let clients = self.list("SELECT id FROM clients WHERE state = 'active' ORDER BY id", [], |row| {
            row.get(0).map(ClientId)
        });
        let sql = "SELECT id FROM supporters s WHERE NOT EXISTS (SELECT 1 FROM absences a \
             WHERE a.supporter_id = s.id AND a.for_good = 1 AND a.withdrawn_at IS NULL) ORDER BY id";
        let supporters = self.list(sql, [], |row| row.get(0).map(SupporterId));
        Ok((clients?, supporters?))
    }
}
