//! Pictures of letters that go out again, drawn before an order holds the database: each may take a second, and the daemon
//! waits for a few.

use std::collections::HashMap;

use super::{Context, Result};
use crate::domain::command::Command;
use crate::domain::decision::Proof;
use crate::mail::message::Message;
use crate::mail::parse::parse;
use crate::mail::picture::{Picture, pictures};
use crate::store::{Store, StoreError, WaitingLetter, Whose};

/// By mail, for each attachment its picture.
#[derive(Default)]
pub(super) struct Drawn(HashMap<i64, Vec<Option<Picture>>>);

/// So many octets are in memory at most; what comes after is drawn in its turn.
const MOST: usize = 64 << 20;

impl Drawn {
    /// Of the letters that an order sends again.
    pub(super) fn ahead_of(command: &Command, store: &Store, context: &Context) -> Result<Self> {
        let whose = store.read(|tx| -> std::result::Result<Option<Whose>, StoreError> {
            Ok(match command {
                Command::Assign { client, .. } | Command::Exclude { client, .. } => {
                    tx.find_client(client)?.map(Whose::Client)
                }
                Command::Revoke { supporter } | Command::Leave { supporter } => {
                    tx.find_supporter(supporter)?.map(Whose::Supporter)
                }
                _ => None,
            })
        })?;
        Self::ahead(whose, store, context)
    }

    /// Of all letters of some that wait.
    pub(super) fn ahead(
        whose: impl IntoIterator<Item = Whose>,
        store: &Store,
        context: &Context,
    ) -> Result<Self> {
        let (mut drawn, mut octets) = (Self::default(), 0);
        if !context.settings.privacy.pictures {
            return Ok(drawn);
        }
        let mut mails = Vec::new();
        for whose in whose {
            mails.extend(store.read(|tx| tx.mails_of_waiting_letters(whose))?);
        }
        for mail in mails {
            let raw = store.read(|tx| tx.raw_mail(mail))?.unwrap_or_default();
            let found = pictures(&raw, &parse(&raw));
            octets += found.iter().flatten().map(|picture| picture.octets().len()).sum::<usize>();
            if octets > MOST {
                break;
            }
            drawn.0.insert(mail, found);
        }
        Ok(drawn)
    }

    /// For each attachment of a letter its picture, where pictures pass. One that ended a process is not tried again.
    pub(super) fn of(
        &self,
        letter: &WaitingLetter,
        raw: &[u8],
        message: &Message,
        context: &Context,
    ) -> Vec<Option<Picture>> {
        let passes = context.settings.privacy.pictures && !letter.tried && letter.proof != Proof::Refuted;
        match self.0.get(&letter.mail) {
            Some(drawn) => drawn.clone(),
            None if passes => pictures(raw, message),
            None => vec![None; message.attachments.len()],
        }
    }
}
