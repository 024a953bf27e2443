//! The demo's post office: mailboxes in memory, that the SMTP server delivers into and the IMAP server reads.
//!
//! One mailbox for each account, named by its address; mail to a sub-address (RFC 5233) goes to its base. Every
//! change rings [`PostOffice::changes`], which is how IDLE and the story wake.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use imap_types::flag::Flag;
use tokio::sync::watch;

use crate::clock::{self, Timestamp};
use crate::secret::Secret;

/// A mail that was delivered.
#[derive(Clone, Debug)]
pub(super) struct Delivered {
    /// Its UID in its mailbox.
    pub(super) uid: u32,
    /// When it came.
    pub(super) arrived: Timestamp,
    /// Its octets, with the trace fields on top.
    pub(super) raw: Arc<[u8]>,
    /// What mail programs noted about it.
    pub(super) flags: Vec<Flag<'static>>,
}

/// What one mailbox holds.
#[derive(Debug, Default)]
struct Held {
    mails: Vec<Delivered>,
    last_uid: u32,
}

#[derive(Debug, Default)]
struct Inner {
    held: BTreeMap<String, Held>,
    sessions: Sessions,
    /// Accounts on which somebody has waited for news.
    watched: BTreeSet<String>,
    minted: u64,
}

/// How many sessions the servers have served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sessions {
    /// Logins at the IMAP server.
    pub imap: usize,
    /// Logins at the SMTP server.
    pub smtp: usize,
}

/// See the module's head.
#[derive(Debug)]
pub(super) struct PostOffice {
    password: Secret,
    inner: Mutex<Inner>,
    changed: watch::Sender<u64>,
}

impl PostOffice {
    /// A post office with an empty mailbox for each address, and one password for all of them.
    pub(super) fn new(addresses: &[String], password: Secret) -> Self {
        let held = addresses.iter().map(|address| (base_of(address), Held::default())).collect();
        let inner = Mutex::new(Inner { held, ..Inner::default() });
        Self { password, inner, changed: watch::Sender::new(0) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // a poisoned lock guards plain values that are whole between any two statements
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Rings at every change of any mailbox.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn ring(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    /// The account that a user name and a password open.
    pub(super) fn account(&self, name: &str, password: &str) -> Option<String> {
        let account = base_of(name);
        let known = self.inner().held.contains_key(&account);
        (known && password == self.password.expose()).then_some(account)
    }

    /// Whether mail to this address has a mailbox.
    pub(super) fn delivers(&self, address: &str) -> bool {
        self.inner().held.contains_key(&base_of(address))
    }

    /// Puts a mail into the mailbox of `address`; false when there is none.
    pub(super) fn deliver(&self, address: &str, raw: Vec<u8>) -> bool {
        let arrived = clock::now();
        {
            let mut inner = self.inner();
            let Some(held) = inner.held.get_mut(&base_of(address)) else { return false };
            held.last_uid += 1;
            let uid = held.last_uid;
            held.mails.push(Delivered { uid, arrived, raw: raw.into(), flags: Vec::new() });
        }
        self.ring();
        true
    }

    /// Everything in an account's mailbox, oldest first.
    pub(super) fn mails(&self, account: &str) -> Vec<Delivered> {
        self.inner().held.get(&base_of(account)).map(|held| held.mails.clone()).unwrap_or_default()
    }

    /// The UIDs of an account's mailbox, ascending, and the next one.
    pub(super) fn uids(&self, account: &str) -> (Vec<u32>, u32) {
        let inner = self.inner();
        let Some(held) = inner.held.get(account) else { return (Vec::new(), 1) };
        (held.mails.iter().map(|mail| mail.uid).collect(), held.last_uid + 1)
    }

    /// One mail.
    pub(super) fn mail(&self, account: &str, uid: u32) -> Option<Delivered> {
        let inner = self.inner();
        inner.held.get(account)?.mails.iter().find(|mail| mail.uid == uid).cloned()
    }

    /// Changes the flags of one mail.
    pub(super) fn mark(&self, account: &str, uid: u32, change: impl FnOnce(&mut Vec<Flag<'static>>)) {
        let mut inner = self.inner();
        let held = inner.held.get_mut(account);
        if let Some(mail) = held.and_then(|held| held.mails.iter_mut().find(|mail| mail.uid == uid)) {
            change(&mut mail.flags);
        }
    }

    /// Removes what is marked as deleted.
    pub(super) fn expunge(&self, account: &str) {
        if let Some(held) = self.inner().held.get_mut(account) {
            held.mails.retain(|mail| !mail.flags.contains(&Flag::Deleted));
        }
        self.ring();
    }

    /// Notes that somebody waits for news of this account.
    pub(super) fn note_watch(&self, account: &str) {
        self.inner().watched.insert(account.to_owned());
        self.ring();
    }

    /// Whether somebody has ever waited for news of this account.
    pub(super) fn is_watched(&self, account: &str) -> bool {
        self.inner().watched.contains(account)
    }

    /// Counts a session.
    pub(super) fn count(&self, one: impl FnOnce(&mut Sessions)) {
        one(&mut self.inner().sessions);
    }

    /// The sessions so far.
    pub(super) fn sessions(&self) -> Sessions {
        self.inner().sessions
    }

    /// A number that no other mail of this post office has.
    pub(super) fn mint(&self) -> u64 {
        let mut inner = self.inner();
        inner.minted += 1;
        inner.minted
    }
}

/// The mailbox of an address: lower case, without `+…` in the local part.
fn base_of(address: &str) -> String {
    let address = address.trim().to_ascii_lowercase();
    match address.rsplit_once('@') {
        Some((local, domain)) => {
            let base = local.split_once('+').map_or(local, |(base, _)| base);
            format!("{base}@{domain}")
        }
        None => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_to_a_sub_address_lies_in_the_mailbox_of_its_base() {
        let office = PostOffice::new(&["care@a.example".to_owned()], Secret::new("word"));
        assert!(office.deliver("Care+token@A.example", b"x".to_vec()));
        assert!(!office.deliver("nobody@a.example", b"x".to_vec()));
        assert_eq!(office.uids("care@a.example"), (vec![1], 2));
        assert_eq!(office.account("care@a.example", "word").as_deref(), Some("care@a.example"));
        assert_eq!(office.account("care@a.example", "wrong"), None);
    }
}
