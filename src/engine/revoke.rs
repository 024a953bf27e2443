//! A supporter's reply addresses are withdrawn: what she got so far can no longer be answered. What waits for her
//! answer is alerted to her again, and words that wait for her yes go back to her. And the key that signs them is renewed.

use data_encoding::HEXLOWER;

use super::addresses;
use super::drawn::Drawn;
use super::gate;
use super::order::{alert, supporter_of};
use super::post::{Cause, Poster};
use super::{Engine, EngineError, Result};
use crate::clock::Timestamp;
use crate::domain::command::{Ordered, Refusal};
use crate::domain::decision::Reason;
use crate::domain::notice::Occasion;
use crate::domain::notice::Why;
use crate::store::Whose;

/// Withdraws a supporter's.
pub(super) fn revoke(poster: &Poster<'_>, drawn: &Drawn, who: &str) -> Result<Ordered> {
    let Withdrawn { alerts, returned } = withdraw(poster, drawn, who)?;
    Ok(Ordered::Revoked { alerts, returned })
}

fn withdraw(poster: &Poster<'_>, drawn: &Drawn, who: &str) -> Result<Withdrawn> {
    let tx = poster.tx;
    let before = supporter_of(tx, who)?;
    tx.raise_epoch(before.id)?;
    let gone = || EngineError::Refused(Refusal::NoSupporter(who.to_owned()));
    let supporter = tx.supporter_by_id(before.id)?.ok_or_else(gone)?;
    let questions = tx.open_questions(supporter.id)?;
    let returned = addresses::withdraw(poster, &questions, Why::Revoked)?;
    let mut alerts = 0;
    for client in tx.clients_held_by(supporter.id)? {
        if !gate::may_write_to(tx, &client, &supporter)? {
            continue;
        }
        // Those in line have reply addresses that are void now.
        tx.cancel_alerts_to(client.id, supporter.principal_ref, poster.now)?;
        for letter in tx.waiting_letters(client.id, supporter.id)? {
            if tx.waiting_holder(client.id, letter.day)? != Some(supporter.id) {
                continue;
            }
            let post = alert(poster, drawn, &client, &supporter, &letter, Occasion::News)?;
            let cause = format!("revoked|{}|{}", supporter.epoch, HEXLOWER.encode(&letter.digest));
            alerts += poster.enqueue(&[post], &Cause::Event(cause), Reason::Revoked)?;
        }
    }
    Ok(Withdrawn { alerts, returned })
}

/// What a renewal of the key with everything before it withdrawn led to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Withdrawn {
    /// Letters that went to their supporters again.
    pub alerts: usize,
    /// Answers that waited for a yes and went back to their writers.
    pub returned: usize,
}

impl Engine {
    /// Reply addresses are signed with another key from now on. Those that were given out stay valid until the next
    /// time; with `at_once` they are void, and what waits goes out again, as if every supporter's had been revoked.
    ///
    /// # Errors
    /// The store's; then the key is the one before.
    pub fn renew_key(&mut self, at_once: bool, now: Timestamp) -> Result<Withdrawn> {
        let mut salts = self.store.read(|tx| tx.key_salts())?;
        // Two at once leave no older key valid; nothing was signed with the first of them.
        let further = 1 + usize::from(at_once);
        for _ in 0..further {
            let mut salt = [0; 32];
            self.rng.fill(&mut salt);
            salts.insert(0, salt);
        }
        let drawn = match at_once {
            true => Drawn::ahead([Whose::Everybody], &self.store, &self.context)?,
            false => Drawn::default(),
        };
        // What goes out again is signed with the new one.
        self.context.keys.renewed(&salts);
        let (context, journal) = (&self.context, &self.journal);
        let renewed = self.store.write(|tx| {
            for salt in salts.iter().take(further).rev() {
                tx.add_key_salt(salt, now)?;
            }
            let poster = Poster { tx, context, journal, now };
            let mut withdrawn = Withdrawn::default();
            let supporters = if at_once { tx.supporter_views()? } else { Vec::new() };
            for supporter in supporters {
                let Withdrawn { alerts, returned } = withdraw(&poster, &drawn, &supporter.id.to_string())?;
                withdrawn.alerts += alerts;
                withdrawn.returned += returned;
            }
            Ok(withdrawn)
        });
        self.read_salts()?;
        renewed
    }

    /// Another process may have renewed the key: the salts as they are now.
    pub(super) fn read_salts(&mut self) -> Result<Vec<[u8; 32]>> {
        let salts = self.store.read(|tx| tx.key_salts())?;
        self.context.keys.renewed(&salts);
        Ok(salts)
    }
}
