//! The salts of the reply addresses' key. With a backup they come back, as the master key does.

use rusqlite::params;

use super::{Result, StoreError, Tx};
use crate::clock::Timestamp;

impl Tx<'_> {
    /// The salts that reply addresses were signed with since the first renewal, newest first.
    ///
    /// # Errors
    /// The store's.
    pub fn key_salts(&self) -> Result<Vec<[u8; 32]>> {
        let salts: Vec<Vec<u8>> =
            self.list("SELECT salt FROM key_salts ORDER BY id DESC", [], |row| row.get(0))?;
        let whole = |salt: Vec<u8>| salt.try_into().map_err(|_| StoreError::Impossible("salt"));
        salts.into_iter().map(whole).collect()
    }

    /// From now on reply addresses are signed with another key.
    ///
    /// # Errors
    /// The store's.
    pub fn add_key_salt(&self, salt: &[u8; 32], now: Timestamp) -> Result<()> {
        let sql = "INSERT INTO key_salts (salt, made_at) VALUES (?1, ?2)";
        self.connection.execute(sql, params![salt.as_slice(), now.millis()])?;
        Ok(())
    }
}
