//! Marks: mails in a folder of our own that say which program works on this mailbox. INBOX is never touched.
//!
//! Reading them opens that folder, so whoever goes on with another one selects it again.

use async_imap::imap_proto::{AttributeValue, Response};
use tokio::time::timeout;

use super::names::{internal_date, quoted, uid_set};
use super::{ImapError, Refusal, Session};
use crate::clock::Timestamp;
use crate::mail::address::Address;

/// What the folder may be called: at the top, or below INBOX, where a server allows nothing beside it.
const FOLDERS: [&str; 2] = ["yorisoi", "INBOX.yorisoi"];
const FIELD: &str = "x-yorisoi-instance:";
/// More marks than this were never ours.
const MOST: usize = 50;

/// Who says that it works on this mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its UID in the folder.
    pub uid: u32,
    /// The installation that left it.
    pub instance: String,
    /// The server's date.
    pub left_at: Option<Timestamp>,
}

impl Session {
    /// Opens the folder of marks (making it, if need be) and reads them, ascending by UID. `None`: the server allows no
    /// such folder.
    pub async fn marks(&mut self) -> Result<Option<Vec<Mark>>, ImapError> {
        if self.open_marks().await?.is_none() {
            return Ok(None);
        }
        let uids = self.uid_search("ALL").await?;
        let uids = &uids[uids.len().saturating_sub(MOST)..];
        let mut marks = Vec::new();
        if uids.is_empty() {
            return Ok(Some(marks));
        }
        let (set, _) = uid_set(uids, MOST);
        self.run("UID FETCH", &format!("{set} (UID INTERNALDATE BODY.PEEK[HEADER])"), |response| {
            let Response::Fetch(_, attributes) = response else { return };
            let (mut uid, mut left_at, mut instance) = (None, None, None);
            for attribute in attributes {
                match attribute {
                    AttributeValue::Uid(seen) => uid = Some(*seen),
                    AttributeValue::InternalDate(date) => left_at = internal_date(date),
                    AttributeValue::BodySection { data: Some(header), .. } => instance = instance_in(header),
                    _ => {}
                }
            }
            if let (Some(uid), Some(instance)) = (uid, instance) {
                marks.push(Mark { uid, instance, left_at });
            }
        })
        .await?;
        marks.sort_by_key(|mark| mark.uid);
        Ok(Some(marks))
    }

    /// Leaves a mark. False: the server does not take it.
    pub async fn leave_mark(&mut self, instance: &str, address: &Address) -> Result<bool, ImapError> {
        let Some(folder) = self.open_marks().await? else { return Ok(false) };
        let mail = format!(
            "From: <{}>\r\nSubject: yorisoi works on this mailbox\r\nX-Yorisoi-Instance: {instance}\r\n\r\n\
             While this mail is fresh, no other installation of yorisoi begins to work on this mailbox.\r\n\
             It is renewed every day. Please leave it here.\r\n",
            address.wire()
        );
        let steps = [format!("{folder} (\\Seen) {{{}}}", mail.len()), mail];
        let limit = self.limits.command;
        let ended = timeout(limit, self.converse("APPEND", &steps)).await.unwrap_or(Err(ImapError::Timeout));
        taken(self.settle(ended))
    }

    /// Removes marks from the folder that [`Session::marks`] has opened.
    pub async fn remove_marks(&mut self, uids: &[u32]) -> Result<(), ImapError> {
        if uids.is_empty() {
            return Ok(());
        }
        let (set, _) = uid_set(uids, MOST);
        let marked = self.run("UID STORE", &format!("{set} +FLAGS.SILENT (\\Deleted)"), |_| {}).await;
        if taken(marked)? {
            // The folder is ours alone, so that nothing else is deleted in it.
            taken(self.run("EXPUNGE", "", |_| {}).await)?;
        }
        Ok(())
    }

    /// The folder's name as it is sent; `None` when there is none and none can be made.
    async fn open_marks(&mut self) -> Result<Option<String>, ImapError> {
        for folder in FOLDERS {
            let Some(name) = quoted(folder) else { continue };
            self.selected = false;
            for makes in [false, true] {
                if makes && !taken(self.run("CREATE", &name, |_| {}).await)? {
                    break;
                }
                if taken(self.run("SELECT", &name, |_| {}).await)? {
                    return Ok(Some(name));
                }
            }
        }
        Ok(None)
    }
}

/// Whether the server did it; a server that is only unwell is an error.
fn taken(ended: Result<(), ImapError>) -> Result<bool, ImapError> {
    match ended {
        Ok(()) => Ok(true),
        Err(ImapError::Refused { code, .. }) if code != Refusal::Unavailable => Ok(false),
        Err(error) => Err(error),
    }
}

fn instance_in(header: &[u8]) -> Option<String> {
    let header = String::from_utf8_lossy(header);
    let line = header
        .lines()
        .find(|line| line.get(..FIELD.len()).is_some_and(|name| name.eq_ignore_ascii_case(FIELD)))?;
    Some(line[FIELD.len()..].trim().to_owned())
}
