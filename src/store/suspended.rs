//! Addresses to which nothing goes, because a delivery report says that nobody has them.

use rusqlite::params;
use serde::Serialize;

use super::{Result, StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::outgoing::State;
use crate::mail::address::Address;

/// What the `delivery` of a row says that was not sent because its address is suspended.
const SUSPENDED: &str = "suspended";

/// What a supporter should still know and did not get, because her address was suspended, is sent.
const SEND_STOPPED: &str = "UPDATE outbox SET state = 'queued', next_at = ?1, ended_at = NULL, delivery = '' \
     WHERE state = 'failed' AND delivery = ?2 AND expires_at > ?1 AND kind IN ('alert', 'follow_up') \
     AND principal_ref = (SELECT s.principal_ref FROM clients c \
     JOIN supporters s ON s.id = c.supporter_id WHERE c.id = outbox.client_id)";

/// What a delivery report is held against.
#[derive(Clone, Debug)]
pub struct ReportedRow {
    /// Where it stands.
    pub state: State,
    /// Where it went.
    pub address: Address,
    /// What reports said of it before.
    pub before: String,
    /// When it was handed over, or last tried.
    pub left_at: Timestamp,
}

/// A suspended address in a listing.
#[derive(Clone, Debug, Serialize)]
pub struct SuspendedView {
    /// The name of whom the returned mail was for.
    pub person: String,
    /// The address.
    pub address: String,
    /// What the report said.
    pub status: String,
    /// Since when.
    pub since: String,
}

impl Tx<'_> {
    /// Nothing goes to this address any more.
    ///
    /// # Errors
    /// The store's.
    pub fn suspend(&self, address: &Address, row: i64, status: &str, now: Timestamp) -> Result<()> {
        let sql = "INSERT INTO suspended_addresses (address_key, outbox_id, status, suspended_at) \
             VALUES (?1, ?2, ?3, ?4) ON CONFLICT (address_key) DO NOTHING";
        let values = params![address.key(), row, status, now.millis()];
        self.connection.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    /// A row as a delivery report finds it.
    ///
    /// # Errors
    /// The store's.
    pub fn reported_row(&self, row: i64) -> Result<ReportedRow> {
        let sql = "SELECT state, forward_path, delivery, coalesce(ended_at, claimed_at, created_at) \
             FROM outbox WHERE id = ?1";
        let (state, path, before, left_at): (String, String, String, i64) = self
            .connection
            .prepare_cached(sql)?
            .query_row([row], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))?;
        let state = State::from_word(&state).ok_or(StoreError::Impossible("state"))?;
        let address = Address::parse(&path).map_err(|_| StoreError::Impossible("path"))?;
        Ok(ReportedRow { state, address, before, left_at: Timestamp::from_millis(left_at) })
    }

    /// Whether nothing goes to this address.
    ///
    /// # Errors
    /// The store's.
    pub fn is_suspended(&self, address: &Address) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM suspended_addresses WHERE address_key = ?1)";
        Ok(self.connection.prepare_cached(sql)?.query_row([address.key()], |row| row.get(0))?)
    }

    /// Mail goes there again. What a supporter should still know and did not get is sent now; words that went back to
    /// their writer stay with her. False when the address was not suspended.
    ///
    /// # Errors
    /// The store's.
    pub fn lift(&self, address: &Address, now: Timestamp) -> Result<bool> {
        let sql = "DELETE FROM suspended_addresses WHERE address_key = ?1";
        if self.connection.prepare_cached(sql)?.execute([address.key()])? == 0 {
            return Ok(false);
        }
        let sql = format!("{SEND_STOPPED} AND forward_path = ?3");
        self.connection.prepare_cached(&sql)?.execute(params![now.millis(), SUSPENDED, address.wire()])?;
        Ok(true)
    }

    /// As [`Tx::lift`] for mails of one person, who gets them at another address from now on.
    ///
    /// # Errors
    /// The store's.
    pub fn send_stopped(&self, principal: u32, now: Timestamp) -> Result<()> {
        let sql = format!("{SEND_STOPPED} AND principal_ref = ?3");
        self.connection.prepare_cached(&sql)?.execute(params![now.millis(), SUSPENDED, principal])?;
        Ok(())
    }

    /// A mail is not sent because its address is suspended.
    ///
    /// # Errors
    /// The store's.
    pub(super) fn end_suspended(&self, row: i64, now: Timestamp) -> Result<()> {
        self.end_row(row, State::Failed, now)?;
        let sql = "UPDATE outbox SET delivery = ?2 WHERE id = ?1";
        self.connection.prepare_cached(sql)?.execute(params![row, SUSPENDED])?;
        Ok(())
    }

    /// Every suspended address.
    ///
    /// # Errors
    /// The store's.
    pub fn suspended_views(&self) -> Result<Vec<SuspendedView>> {
        let sql = "SELECT o.person, o.forward_path, s.status, s.suspended_at FROM suspended_addresses s \
             JOIN outbox o ON o.id = s.outbox_id ORDER BY s.suspended_at, s.address_key";
        let mut statement = self.connection.prepare_cached(sql)?;
        let views = statement.query_map([], |row| {
            let since = Timestamp::from_millis(row.get(3)?).to_string();
            Ok(SuspendedView { person: row.get(0)?, address: row.get(1)?, status: row.get(2)?, since })
        })?;
        Ok(views.collect::<rusqlite::Result<_>>()?)
    }
}
