//! The keys of signatures: what the daemon is to ask DNS for, and what came of it. Noted with the mail before it is
//! applied, so that applying needs no network and always says the same.

use std::collections::BTreeSet;
use std::panic::catch_unwind;

use super::{Engine, Result};
use crate::clock::Timestamp;
use crate::mail::dkim::{KeyName, KeyRecord, key_names};
use crate::store::StoreError;

/// Mails looked at together; no fewer than are applied together.
const BATCH: usize = 128;

/// Which keys a kept mail's signatures name, for domains of people whom we know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeysWanted {
    /// The mail.
    pub mail: i64,
    /// Its keys; often none.
    pub names: Vec<KeyName>,
}

impl Engine {
    /// The next kept mails whose keys nobody has looked for; none where signatures are not checked.
    ///
    /// Strangers' mails want nothing: nobody learns from our questions to DNS that we read a mail, and nobody can make
    /// us ask many.
    ///
    /// # Errors
    /// The store's.
    pub fn keys_wanted(&self) -> Result<Vec<KeysWanted>> {
        if !self.context.settings.auth.mode.checks_signatures() {
            return Ok(Vec::new());
        }
        self.view(|tx| {
            let mut domains = BTreeSet::new();
            let mut wanted = Vec::new();
            for (mail, header) in tx.keyless(BATCH)? {
                // A mail on which our code fails finds its end where it is applied.
                let mut names = catch_unwind(|| key_names(&header)).unwrap_or_default();
                for name in &names {
                    if !domains.contains(&name.domain) && tx.is_domain_of_ours(&name.domain)? {
                        domains.insert(name.domain.clone());
                    }
                }
                names.retain(|name| domains.contains(&name.domain));
                wanted.push(KeysWanted { mail, names });
            }
            Ok(wanted)
        })
    }

    /// Notes what DNS said by the time that there was: what is not among `found` proves nothing, now and later.
    ///
    /// # Errors
    /// The store's.
    pub fn note_keys(&mut self, wanted: &[KeysWanted], found: &[KeyRecord], now: Timestamp) -> Result<()> {
        self.store.write(|tx| -> std::result::Result<(), StoreError> {
            for KeysWanted { mail, names } in wanted {
                let names: BTreeSet<String> = names.iter().map(ToString::to_string).collect();
                let keys: Vec<KeyRecord> =
                    found.iter().filter(|k| names.contains(&k.name)).cloned().collect();
                tx.note_keys(*mail, &keys, now)?;
            }
            Ok(())
        })?;
        Ok(())
    }
}
