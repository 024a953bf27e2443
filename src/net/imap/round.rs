//! Fetching a list of UIDs so that one bad mail harms nobody else.
//!
//! Batches first (at most 100 mails and 8 MiB, or a single mail). A batch that breaks is fetched again one UID per
//! command. A UID that, asked for alone, breaks the connection or is refused three times is [`Fetched::Unfetchable`].
//! What the server refuses for its own sake (UNAVAILABLE, OVERQUOTA, …) counts against no mail.
//!
//! A round outlives its session: after an error the caller connects, selects, sees that UIDVALIDITY is the same, and
//! goes on with the new session. Every UID given to [`Round::new`] comes out exactly once, unless the round is dropped;
//! a step that was dropped midway ends the round.

use std::collections::{BTreeMap, VecDeque};

use super::fetch::{HEADER_LIMIT, Listed, SIZES_AT_ONCE};
use super::names::uid_set;
use super::{ImapError, Refusal, Session};
use crate::mail::fetched::Fetched;

/// Mails in one batch.
const BATCH_MAILS: usize = 100;
/// Announced octets in one batch, unless it is a single mail.
const BATCH_OCTETS: u64 = 8 * 1024 * 1024;
/// Attempts on a UID alone.
const ATTEMPTS: u8 = 3;

/// What is left to fetch.
#[derive(Debug)]
pub struct Round {
    max_bytes: u64,
    /// Not asked for yet, ascending.
    wanted: VecDeque<u32>,
    /// Sizes known, bodies not.
    sized: VecDeque<Listed>,
    /// To be asked for one by one, with the attempts made alone.
    alone: VecDeque<(u32, u8)>,
    /// Mails whose octets went over the limit whatever RFC822.SIZE had said.
    oversize: BTreeMap<u32, u64>,
}

impl Round {
    /// A round over `uids`; of a mail larger than `max_bytes` only the header is read.
    pub fn new(mut uids: Vec<u32>, max_bytes: u64) -> Self {
        uids.sort_unstable();
        uids.dedup();
        Self {
            max_bytes,
            wanted: uids.into(),
            sized: VecDeque::new(),
            alone: VecDeque::new(),
            oversize: BTreeMap::new(),
        }
    }

    /// Whether every UID has come out.
    pub fn is_done(&self) -> bool {
        self.wanted.is_empty() && self.sized.is_empty() && self.alone.is_empty()
    }

    /// One step: at most one batch. An empty answer is no end; [`Round::is_done`] is.
    ///
    /// After an error with a spent session the caller reconnects and calls again; after
    /// [`ImapError::Refused`] the server wants to be left alone for a while.
    pub async fn step(&mut self, session: &mut Session) -> Result<Vec<Fetched>, ImapError> {
        if session.is_spent() {
            return Err(ImapError::Lost);
        }
        if !session.selected {
            // A server would say BAD to each UID in turn, and each would look like a bad mail.
            return Err(ImapError::Refused { command: "UID FETCH", code: Refusal::Folder });
        }
        if let Some((uid, attempts)) = self.alone.pop_front() {
            return self.one(session, uid, attempts).await;
        }
        let mut out = Vec::new();
        if self.sized.is_empty() && !self.wanted.is_empty() {
            out = self.sizes(session).await?;
        }
        out.extend(self.batch(session).await?);
        Ok(out)
    }

    /// Learns the sizes of the next UIDs; those that are gone come out.
    async fn sizes(&mut self, session: &mut Session) -> Result<Vec<Fetched>, ImapError> {
        let wanted: Vec<u32> = self.wanted.iter().copied().take(SIZES_AT_ONCE).collect();
        let (taken, listed) = match session.fetch_sizes(&wanted).await {
            Ok(found) => found,
            Err(error) => {
                if blames_a_mail(error) {
                    let asked = uid_set(&wanted, SIZES_AT_ONCE).1;
                    self.alone.extend(self.wanted.drain(..asked).map(|uid| (uid, 0)));
                }
                return if session.is_spent() || !blames_a_mail(error) { Err(error) } else { Ok(Vec::new()) };
            }
        };
        let missing: Vec<u32> = wanted[..taken].iter().copied().filter(|u| !listed.contains_key(u)).collect();
        let gone = self.confirm(session, &missing).await?;
        self.wanted.drain(..taken);
        self.sized.extend(listed.into_values());
        Ok(gone)
    }

    /// Sorts UIDs that a FETCH left out: expunged ones come out, the others are asked for alone.
    async fn confirm(&mut self, session: &mut Session, missing: &[u32]) -> Result<Vec<Fetched>, ImapError> {
        if missing.is_empty() {
            return Ok(Vec::new());
        }
        let listed = session.still_listed(missing).await?;
        let (there, gone): (Vec<u32>, Vec<u32>) = missing.iter().partition(|uid| listed.contains(uid));
        self.alone.extend(there.into_iter().map(|uid| (uid, 0)));
        Ok(gone.into_iter().map(|uid| Fetched::Expunged { uid }).collect())
    }

    /// Fetches the next mails whose sizes are known, as many as fit.
    async fn batch(&mut self, session: &mut Session) -> Result<Vec<Fetched>, ImapError> {
        let mut batch: Vec<Listed> = Vec::new();
        let mut octets = 0;
        while let Some(next) = self.sized.front() {
            let Some(size) = next.size.filter(|size| *size <= self.max_bytes) else {
                self.alone.extend(self.sized.pop_front().map(|listed| (listed.uid, 0)));
                continue;
            };
            if !batch.is_empty() && (batch.len() >= BATCH_MAILS || octets + size > BATCH_OCTETS) {
                break;
            }
            octets += size;
            batch.extend(self.sized.pop_front());
        }
        let uids: Vec<u32> = batch.iter().map(|listed| listed.uid).collect();
        // The set must fit into a line; what does not waits for the next batch.
        let (_, taken) = uid_set(&uids, BATCH_MAILS);
        for listed in batch.drain(taken..).rev() {
            self.sized.push_front(listed);
        }
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        self.bodies(session, batch, octets).await
    }

    async fn bodies(
        &mut self,
        session: &mut Session,
        batch: Vec<Listed>,
        octets: u64,
    ) -> Result<Vec<Fetched>, ImapError> {
        let uids: Vec<u32> = batch.iter().map(|listed| listed.uid).collect();
        let mut bodies = BTreeMap::new();
        let ended = session.fetch_bodies(&uids, octets, &mut bodies).await;
        let (mut out, mut left) = (Vec::new(), Vec::new());
        for listed in batch {
            match bodies.remove(&listed.uid).and_then(|raw| accept(listed, raw, self.max_bytes)) {
                Some(fetched) => out.push(fetched),
                None => left.push(listed),
            }
        }
        let ended = match ended {
            Ok(()) => {
                let missing: Vec<u32> = left.iter().map(|listed| listed.uid).collect();
                self.confirm(session, &missing).await.map(|gone| {
                    left.clear();
                    out.extend(gone);
                })
            }
            Err(error) => Err(error),
        };
        let Err(error) = ended else { return Ok(out) };
        if blames_a_mail(error) {
            self.alone.extend(left.into_iter().map(|listed| (listed.uid, 0)));
        } else {
            left.into_iter().rev().for_each(|listed| self.sized.push_front(listed));
        }
        // What came whole is handed out now; a spent session says so at the next step.
        let go_on = !out.is_empty() || (blames_a_mail(error) && !session.is_spent());
        if go_on { Ok(out) } else { Err(error) }
    }

    /// One attempt on one UID.
    async fn one(
        &mut self,
        session: &mut Session,
        uid: u32,
        attempts: u8,
    ) -> Result<Vec<Fetched>, ImapError> {
        if attempts >= ATTEMPTS {
            return Ok(vec![Fetched::Unfetchable { uid }]);
        }
        match self.attempt(session, uid).await {
            Ok(Some(fetched)) => Ok(vec![fetched]),
            // Listed, and left out of the answer.
            Ok(None) => {
                self.alone.push_front((uid, attempts + 1));
                Ok(Vec::new())
            }
            Err(error) => {
                let blamed = blames_a_mail(error);
                self.alone.push_front((uid, attempts + u8::from(blamed)));
                if blamed && !session.is_spent() { Ok(Vec::new()) } else { Err(error) }
            }
        }
    }

    async fn attempt(&mut self, session: &mut Session, uid: u32) -> Result<Option<Fetched>, ImapError> {
        let (_, listed) = session.fetch_sizes(&[uid]).await?;
        let Some(listed) = listed.get(&uid).copied() else { return gone(session, uid).await };
        let announced = listed.size.filter(|size| *size > self.max_bytes);
        if let Some(size) = self.oversize.get(&uid).copied().or(announced) {
            let internal_date = listed.internal_date;
            let header = session.fetch_header(uid).await?;
            return match header {
                Some(header) => Ok(Some(Fetched::TooLarge { uid, internal_date, size, header })),
                None => gone(session, uid).await,
            };
        }
        let mut bodies = BTreeMap::new();
        let ended = session.fetch_bodies(&[uid], self.max_bytes, &mut bodies).await;
        if ended == Err(ImapError::TooMuch) {
            let size = session.refused_literal().unwrap_or(self.max_bytes.saturating_add(1));
            self.oversize.insert(uid, size);
        }
        match bodies.remove(&uid).and_then(|raw| accept(listed, raw, self.max_bytes)) {
            Some(fetched) => Ok(Some(fetched)),
            None => {
                ended?;
                gone(session, uid).await
            }
        }
    }
}

/// Whether a UID that was left out is expunged. `None` when the folder still lists it.
async fn gone(session: &mut Session, uid: u32) -> Result<Option<Fetched>, ImapError> {
    let listed = session.still_listed(&[uid]).await?;
    Ok((!listed.contains(&uid)).then_some(Fetched::Expunged { uid }))
}

/// What a body is worth: nothing when it is empty although the message has a size, its header when it is too large.
fn accept(listed: Listed, mut raw: Vec<u8>, max_bytes: u64) -> Option<Fetched> {
    let Listed { uid, internal_date, size } = listed;
    if raw.is_empty() && size != Some(0) {
        return None;
    }
    let size = raw.len() as u64;
    if size <= max_bytes {
        return Some(Fetched::Mail { uid, internal_date, raw });
    }
    let end = raw.windows(4).position(|four| four == b"\r\n\r\n").map_or(HEADER_LIMIT, |at| at + 4);
    raw.truncate(end.min(HEADER_LIMIT));
    Some(Fetched::TooLarge { uid, internal_date, size, header: raw })
}

/// Whether an error may be the fault of a mail that was asked for, rather than the server's state.
fn blames_a_mail(error: ImapError) -> bool {
    match error {
        ImapError::Refused { code, .. } | ImapError::Bye(code) => {
            matches!(code, Refusal::Bad | Refusal::Other)
        }
        ImapError::Protocol(_) | ImapError::TooMuch | ImapError::Lost | ImapError::Timeout => true,
        _ => false,
    }
}
