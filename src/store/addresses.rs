//! The addresses of a person, and what is on its way to them.

use rusqlite::params;
use serde::Serialize;

use super::line::lane_of;
use super::{Result, StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::people::{Side, SupporterId};
use crate::mail::address::Address;

/// The table of a side, and its column for the person.
fn table(side: Side) -> (&'static str, &'static str) {
    match side {
        Side::Client => ("client_addresses", "client_id"),
        Side::Supporter => ("supporter_addresses", "supporter_id"),
    }
}

/// An address in a listing.
#[derive(Clone, Debug, Serialize)]
pub struct AddressView {
    /// The address.
    pub address: String,
    /// Whether mail to her goes there; to the others it does not.
    pub gets_mail: bool,
    /// Whether nothing goes there, because it was reported as nobody's.
    pub suspended: bool,
}

/// A mail that has not arrived yet.
pub struct WaitingMail {
    /// Its row.
    pub row: i64,
    /// Where it goes.
    pub address: Address,
    /// Whether it is being handed over just now.
    pub under_way: bool,
}

impl Tx<'_> {
    /// The addresses of whoever has this principal ref; mail goes to the first.
    ///
    /// # Errors
    /// The store's.
    pub fn addresses_of(&self, principal: u32) -> Result<Vec<Address>> {
        let sql = "SELECT address FROM (SELECT address, position FROM client_addresses \
               JOIN clients ON clients.id = client_id WHERE principal_ref = ?1 \
             UNION ALL SELECT address, position FROM supporter_addresses \
               JOIN supporters ON supporters.id = supporter_id WHERE principal_ref = ?1) ORDER BY position";
        let texts: Vec<String> = self.list(sql, [principal], |row| row.get(0))?;
        texts.iter().map(|t| Address::parse(t).map_err(|_| StoreError::Impossible("address"))).collect()
    }

    /// The addresses of a person whom the operator names, the one that mail goes to first; `None` when there is nobody.
    ///
    /// # Errors
    /// The store's.
    pub fn address_views(&self, side: Side, who: &str) -> Result<Option<Vec<AddressView>>> {
        let person = match side {
            Side::Client => self.find_client(who)?.map(|id| id.0),
            Side::Supporter => self.find_supporter(who)?.map(|id| id.0),
        };
        let Some(person) = person else { return Ok(None) };
        let (table, column) = table(side);
        let sql = format!(
            "SELECT address, position = (SELECT min(position) FROM {table} WHERE {column} = ?1), \
             EXISTS (SELECT 1 FROM suspended_addresses s WHERE s.address_key = {table}.address_key) \
             FROM {table} WHERE {column} = ?1 ORDER BY position"
        );
        let views = self.list(&sql, [person], |row| {
            Ok(AddressView { address: row.get(0)?, gets_mail: row.get(1)?, suspended: row.get(2)? })
        })?;
        Ok(Some(views))
    }

    /// Whether anybody has this address, on either side.
    ///
    /// # Errors
    /// The store's.
    pub fn is_registered(&self, address: &Address) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM client_addresses WHERE address_key = ?1) \
             OR EXISTS (SELECT 1 FROM supporter_addresses WHERE address_key = ?1)";
        Ok(self.connection.prepare_cached(sql)?.query_row([address.key()], |row| row.get(0))?)
    }

    /// A further address, the last of hers; that nobody has it must have been checked.
    ///
    /// # Errors
    /// The store's.
    pub fn add_address(&self, side: Side, person: i64, address: &Address) -> Result<()> {
        let (table, column) = table(side);
        let sql = format!(
            "INSERT INTO {table} (address_key, address, {column}, position) \
             SELECT ?1, ?2, ?3, coalesce(max(position), -1) + 1 FROM {table} WHERE {column} = ?3"
        );
        self.connection.execute(&sql, params![address.key(), address.wire(), person])?;
        Ok(())
    }

    /// Mail to her goes there from now on.
    ///
    /// # Errors
    /// The store's.
    pub fn put_address_first(&self, side: Side, person: i64, address: &Address) -> Result<()> {
        let (table, column) = table(side);
        let sql = format!(
            "UPDATE {table} SET position = (SELECT min(position) FROM {table} WHERE {column} = ?2) - 1 \
             WHERE address_key = ?1"
        );
        self.connection.execute(&sql, params![address.key(), person])?;
        Ok(())
    }

    /// It is nobody's on this side; when nobody has it, it is no longer suspended either.
    ///
    /// # Errors
    /// The store's.
    pub fn remove_address(&self, side: Side, address: &Address) -> Result<()> {
        let (table, _) = table(side);
        let key = address.key();
        self.connection.execute(&format!("DELETE FROM {table} WHERE address_key = ?1"), [&key])?;
        if !self.is_registered(address)? {
            self.connection.execute("DELETE FROM suspended_addresses WHERE address_key = ?1", [&key])?;
        }
        Ok(())
    }

    /// Mails to a person that wait: in line, for a yes, or being handed over.
    ///
    /// # Errors
    /// The store's.
    pub fn waiting_mails(&self, principal: u32) -> Result<Vec<WaitingMail>> {
        let sql = "SELECT id, forward_path, state = 'claimed' FROM outbox WHERE principal_ref = ?1 \
             AND state IN ('queued', 'unknown', 'held', 'claimed') ORDER BY id";
        let found: Vec<(i64, String, bool)> =
            self.list(sql, [principal], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let read = |(row, path, under_way): (i64, String, bool)| {
            let address = Address::parse(&path).map_err(|_| StoreError::Impossible("path"))?;
            Ok(WaitingMail { row, address, under_way })
        };
        found.into_iter().map(read).collect()
    }

    /// To whom a row goes: principal ref and address.
    ///
    /// # Errors
    /// The store's.
    pub fn reader_of(&self, row: i64) -> Result<(u32, Address)> {
        let sql = "SELECT principal_ref, forward_path FROM outbox WHERE id = ?1";
        let (principal, path): (u32, String) =
            self.connection.query_row(sql, [row], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok((principal, Address::parse(&path).map_err(|_| StoreError::Impossible("path"))?))
    }

    /// A row goes to another address of its reader; what waited for a better hour of the old one's server goes now.
    ///
    /// # Errors
    /// The store's.
    pub fn readdress(&self, row: i64, to: &Address, bytes: &[u8], now: Timestamp) -> Result<()> {
        let sql = "UPDATE outbox SET forward_path = ?2, lane = ?3, place = NULL, \
             next_at = CASE WHEN next_at IS NULL THEN NULL ELSE ?4 END WHERE id = ?1";
        let values = params![row, to.wire(), lane_of(&to.wire()), now.millis()];
        self.connection.prepare_cached(sql)?.execute(values)?;
        let sql = "UPDATE outbox_octets SET bytes = ?2 WHERE outbox_id = ?1";
        self.connection.prepare_cached(sql)?.execute(params![row, bytes])?;
        Ok(())
    }

    /// The open questions to a supporter that were about words from this address, or that were asked there. What waits to be read
    /// asks her nothing.
    ///
    /// # Errors
    /// The store's.
    pub fn questions_at(&self, supporter: i64, address: &Address) -> Result<Vec<u64>> {
        let sql = "SELECT c.number, c.address_key, o.forward_path FROM confirmations c LEFT JOIN outbox o \
             ON o.kind = 'confirmation' AND o.confirmation = c.number \
             WHERE c.supporter_id = ?1 AND c.settled_at IS NULL \
             AND c.number NOT IN (SELECT number FROM readings) ORDER BY c.asked_at, c.number";
        let found: Vec<(i64, String, Option<String>)> =
            self.list(sql, [supporter], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let there = |path: &Option<String>| {
            path.as_deref().and_then(|p| Address::parse(p).ok()).is_some_and(|p| p == *address)
        };
        let concerned = found.iter().filter(|(_, key, path)| *key == address.key() || there(path));
        let mut numbers: Vec<u64> = concerned.map(|(number, ..)| super::from_sql_int(*number)).collect();
        numbers.dedup();
        Ok(numbers)
    }

    /// Every open question to a supporter; none of them is what waits to be read.
    ///
    /// # Errors
    /// The store's.
    pub fn open_questions(&self, supporter: SupporterId) -> Result<Vec<u64>> {
        let sql = "SELECT number FROM confirmations WHERE supporter_id = ?1 AND settled_at IS NULL \
             AND number NOT IN (SELECT number FROM readings) ORDER BY asked_at, number";
        self.list(sql, [supporter.0], |row| Ok(super::from_sql_int(row.get(0)?)))
    }

    /// An open question is withdrawn with its mails; returns the rows of the words that waited for it.
    ///
    /// # Errors
    /// The store's.
    pub fn withdraw_question(&self, number: u64, now: Timestamp) -> Result<Vec<i64>> {
        let number = super::to_sql_int(number);
        let sql = "UPDATE confirmations SET settled_at = ?2 WHERE number = ?1 AND settled_at IS NULL";
        self.connection.execute(sql, params![number, now.millis()])?;
        let sql = "UPDATE outbox SET state = 'cancelled', next_at = NULL, ended_at = ?2, may_repeat = 0 \
             WHERE confirmation = ?1 AND state IN ('queued', 'unknown', 'held') RETURNING id, kind";
        let ended: Vec<(i64, String)> =
            self.list(sql, params![number, now.millis()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let words = ended.into_iter().filter(|(_, kind)| kind == "pass_on");
        Ok(words.map(|(row, _)| row).collect())
    }
}
