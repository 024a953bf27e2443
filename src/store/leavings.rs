//! Supporters who leave for good.

use rusqlite::params;

use super::{Result, Tx, from_sql_int, optional, to_sql_int};
use crate::clock::Timestamp;
use crate::domain::people::{Client, ClientId, SupporterId};

/// Her leaving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaving {
    /// What mails about it carry.
    pub number: u64,
    /// When it was ordered.
    pub at: Timestamp,
    /// Nothing more is awaited of her.
    pub over: bool,
}

/// A client of hers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Farewell {
    /// Whom.
    pub client: ClientId,
    /// She knows who reads her letters now.
    pub told: bool,
    /// She got the last words.
    pub passed: bool,
}

impl Tx<'_> {
    /// That a supporter leaves for good, unless it was taken back.
    ///
    /// # Errors
    /// The store's.
    pub fn leaving_of(&self, supporter: SupporterId) -> Result<Option<Leaving>> {
        let sql = "SELECT number, announced_at, back_at IS NOT NULL FROM absences \
             WHERE supporter_id = ?1 AND for_good = 1 AND withdrawn_at IS NULL ORDER BY id DESC LIMIT 1";
        let mut statement = self.connection.prepare_cached(sql)?;
        optional(statement.query_row([supporter.0], |row| {
            let at = Timestamp::from_millis(row.get(1)?);
            Ok(Leaving { number: from_sql_int(row.get(0)?), at, over: row.get(2)? })
        }))
    }

    /// An absence is for good, and these clients were hers.
    ///
    /// # Errors
    /// The store's.
    pub fn leave_for_good(&self, number: u64, clients: &[Client]) -> Result<()> {
        let sql = "UPDATE absences SET for_good = 1 WHERE number = ?1";
        self.connection.prepare_cached(sql)?.execute([to_sql_int(number)])?;
        let sql = "INSERT INTO farewells (number, client_id) VALUES (?1, ?2)";
        for client in clients {
            self.connection.prepare_cached(sql)?.execute(params![to_sql_int(number), client.id.0])?;
        }
        Ok(())
    }

    /// Her last words, and when they came.
    ///
    /// # Errors
    /// The store's.
    pub fn last_line(&self, number: u64) -> Result<Option<(Timestamp, String)>> {
        let sql = "SELECT coalesce(m.internal_date_at, m.ingested_at), l.shown FROM absence_lines l \
             JOIN kept_mails m ON m.id = l.mail_id WHERE l.number = ?1 ORDER BY l.mail_id LIMIT 1";
        let mut statement = self.connection.prepare_cached(sql)?;
        optional(
            statement.query_row([to_sql_int(number)], |row| {
                Ok((Timestamp::from_millis(row.get(0)?), row.get(1)?))
            }),
        )
    }

    /// Her last words are as good as never written.
    ///
    /// # Errors
    /// The store's.
    pub(super) fn drop_last_line(&self, number: u64) -> Result<()> {
        let sql = "DELETE FROM absence_lines WHERE number = ?1 \
             AND number IN (SELECT number FROM absences WHERE for_good = 1)";
        self.connection.execute(sql, [to_sql_int(number)])?;
        Ok(())
    }

    /// Nobody has a client from now on, nor what waits of her.
    ///
    /// # Errors
    /// The store's.
    pub fn unassign(&self, client: ClientId) -> Result<()> {
        self.connection.execute("UPDATE clients SET supporter_id = NULL WHERE id = ?1", [client.0])?;
        let sql = "UPDATE daily_reports SET holder_id = NULL WHERE client_id = ?1 AND state = 'waiting'";
        self.connection.execute(sql, [client.0])?;
        Ok(())
    }

    /// The clients for whom a supporter stands in.
    ///
    /// # Errors
    /// The store's.
    pub fn seconded_by(&self, supporter: SupporterId) -> Result<Vec<Client>> {
        let sql = "SELECT id FROM clients WHERE second_id = ?1 ORDER BY id";
        let ids = self.list(sql, [supporter.0], |row| row.get(0))?;
        let clients = ids.into_iter().map(|id| self.client_by_id(ClientId(id)));
        Ok(clients.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
    }

    /// The clients whom a supporter left.
    ///
    /// # Errors
    /// The store's.
    pub fn farewells(&self, number: u64) -> Result<Vec<Farewell>> {
        let sql = "SELECT client_id, told_at IS NOT NULL, passed_at IS NOT NULL FROM farewells \
             WHERE number = ?1 ORDER BY client_id";
        self.list(sql, [to_sql_int(number)], |row| {
            Ok(Farewell { client: ClientId(row.get(0)?), told: row.get(1)?, passed: row.get(2)? })
        })
    }

    /// A client knows who reads her letters now.
    ///
    /// # Errors
    /// The store's.
    pub fn told_of_leaving(&self, number: u64, client: ClientId, now: Timestamp) -> Result<()> {
        let sql = "UPDATE farewells SET told_at = ?3 WHERE number = ?1 AND client_id = ?2";
        self.connection.execute(sql, params![to_sql_int(number), client.0, now.millis()])?;
        Ok(())
    }

    /// A client got the last words.
    ///
    /// # Errors
    /// The store's.
    pub fn said_farewell(&self, number: u64, client: ClientId, now: Timestamp) -> Result<()> {
        let sql = "UPDATE farewells SET passed_at = ?3 WHERE number = ?1 AND client_id = ?2";
        self.connection.execute(sql, params![to_sql_int(number), client.0, now.millis()])?;
        Ok(())
    }

    /// Nothing more is awaited of somebody who left.
    ///
    /// # Errors
    /// The store's.
    pub fn has_left(&self, number: u64, now: Timestamp) -> Result<()> {
        let sql = "UPDATE absences SET back_at = ?2 WHERE number = ?1 AND for_good = 1";
        self.connection.execute(sql, params![to_sql_int(number), now.millis()])?;
        Ok(())
    }
}
