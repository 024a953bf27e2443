//! Keep first, understand later: the raw mail and the cursor in one transaction, and nothing else.

use std::collections::HashMap;
use std::time::Duration;

use super::post::{Cause, Poster};
use super::{Engine, Result};
use crate::clock::Timestamp;
use crate::domain::decision::Reason;
use crate::domain::letter::office;
use crate::domain::notice::OfficeMatter;
use crate::kill::{self, Point};
use crate::mail::fetched::{FetchPlan, FetchStep, Fetched, FolderRole};
use crate::store::{NewMail, StoreError, Tx};

/// Why a UID has a row without a mail.
const UNFETCHABLE: &str = "unfetchable";
/// How long what could not be fetched is asked for again.
const RETRIED: Duration = Duration::from_secs(14 * 86_400);
/// The same, for one that the server does not have, or of which nothing is left here.
pub(super) const EXPUNGED: &str = "expunged";

impl Engine {
    /// Stores what a fetch round brought and moves the cursor; tells what to fetch next.
    ///
    /// Another UIDVALIDITY, or right after SELECT a UIDNEXT that went back, begins another epoch: every UID is then
    /// listed anew, and content that had its effects has none again. Listed UIDs without a row are wanted wherever
    /// they stand: a list that begins below the low-water mark is a sweep, and what it finds there is healed.
    ///
    /// # Errors
    /// The store's; then nothing was kept and the same step may be repeated.
    pub fn keep(&mut self, step: &FetchStep, now: Timestamp) -> Result<FetchPlan> {
        let new_list = step.listed.clone().map(|mut listed| {
            listed.sort_unstable();
            listed.dedup();
            listed
        });
        let retried = new_list.is_some().then_some(now);
        let role = self.role_of(&step.folder);
        let known = &self.listed;
        kill::before(Point::Tx1Begin);
        let (kept, mut plan) = self.store.write(|tx| -> std::result::Result<_, StoreError> {
            kill::after(Point::Tx1Begin);
            let kept = keep_rows(tx, step, role, now)?;
            kill::before(Point::Tx1BeforeCommit);
            let listed =
                new_list.as_deref().or_else(|| listed_in(known, role, kept.epoch)).unwrap_or_default();
            let plan = plan(tx, kept.epoch, kept.low_water, listed, retried)?;
            kill::after(Point::Tx1BeforeCommit);
            Ok((kept, plan))
        })?;
        kill::before(Point::Tx1AfterCommit);
        let Kept { epoch, healed, .. } = kept;
        if healed > 0 {
            tracing::warn!(folder = role.word(), healed, "mails that the cursor had passed are taken in");
        }
        if let Some(listed) = new_list {
            self.listed.insert(role, (epoch, listed));
        }
        kill::after(Point::Tx1AfterCommit);
        if step.fetched.iter().any(is_unfetchable) {
            self.skip_unfetchable(step, epoch, now)?;
            let listed = listed_in(&self.listed, role, epoch).unwrap_or_default();
            plan = self.store.write(|tx| self::plan(tx, epoch, plan.low_water, listed, retried))?;
        }
        Ok(plan)
    }

    /// Notes how a look at a folder went; `swept` when its whole list was compared with what has a row. What stands in
    /// the way is logged once, not at each look.
    ///
    /// # Errors
    /// The store's.
    pub fn note_look(&mut self, look: &Look, now: Timestamp) -> Result<()> {
        let Look { role, folder, failure, swept } = look;
        let news = self.store.write(|tx| tx.note_look(*role, folder, failure, swept.then_some(now)))?;
        let role = role.word();
        match failure.lines().next() {
            _ if !news => {}
            None => tracing::info!(folder = role, "the folder is looked at again"),
            Some(failure) if folder.is_empty() => {
                tracing::info!(folder = role, failure, "there is no such folder")
            }
            Some(failure) => tracing::warn!(folder = role, failure, "the folder is not looked at"),
        }
        Ok(())
    }

    /// Every watched folder but the main one is the junk folder.
    fn role_of(&self, folder: &str) -> FolderRole {
        if folder == self.context.settings.imap.folder { FolderRole::Main } else { FolderRole::Junk }
    }

    /// A UID that is skipped and the notice about it stand in one transaction: nothing is skipped in silence.
    fn skip_unfetchable(&mut self, step: &FetchStep, epoch: i64, now: Timestamp) -> Result<()> {
        let role = self.role_of(&step.folder);
        let matter = match role {
            FolderRole::Main => OfficeMatter::Unfetchable,
            FolderRole::Junk => OfficeMatter::UnfetchableJunk,
        };
        for fetched in step.fetched.iter().filter(|fetched| is_unfetchable(fetched)) {
            let uid = fetched.uid();
            let post = office(matter, "", i64::from(uid));
            let (context, journal) = (&self.context, &self.journal);
            self.store.write(|tx| {
                // In a database that was put back the epoch's number may stand for another.
                let begun = tx.epoch_started_at(epoch)?.millis();
                let cause = Cause::Event(format!("uid:{}:{begun}:{uid}", role.word()));
                tx.keep(&new_mail(epoch, role, fetched), now)?;
                // Said once, however often the mail is asked for again.
                Poster { tx, context, journal, now }.enqueue(&[post], &cause, Reason::Unfetchable)
            })?;
        }
        Ok(())
    }
}

/// A look at a watched folder, and how it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// What the folder is to us.
    pub role: FolderRole,
    /// Its name; empty when there is none.
    pub folder: String,
    /// Why it could not be looked at, and in a second line what to do about that; empty when it could.
    pub failure: String,
    /// Whether its whole list was compared with what has a row.
    pub swept: bool,
}

/// What the last SEARCH of each folder listed, and in which epoch.
pub(super) type Listed = HashMap<FolderRole, (i64, Vec<u32>)>;

fn listed_in(known: &Listed, role: FolderRole, epoch: i64) -> Option<&[u32]> {
    known.get(&role).filter(|(of, _)| *of == epoch).map(|(_, listed)| listed.as_slice())
}

fn is_unfetchable(fetched: &Fetched) -> bool {
    matches!(fetched, Fetched::Unfetchable { .. })
}

/// What became of a step's mails.
struct Kept {
    epoch: i64,
    low_water: u32,
    /// Mails that the mark had passed before they had a row.
    healed: usize,
}

/// Keeps the step's mails in the current epoch of its folder, which begins now if need be.
fn keep_rows(
    tx: &Tx<'_>,
    step: &FetchStep,
    role: FolderRole,
    now: Timestamp,
) -> std::result::Result<Kept, StoreError> {
    // UIDNEXT is of the moment of SELECT: once its session has listed and fetched what came since, it is old.
    let uid_next = step.uid_next.filter(|_| step.listed.is_none() && step.fetched.is_empty());
    let goes_on = |epoch| -> std::result::Result<bool, StoreError> {
        let Some(next) = uid_next else { return Ok(true) };
        let (told, above) = tx.uid_next(epoch)?;
        // Of a server that tells too low a number each time, and has mails above it, nothing is read anew at each look.
        let is_wrong = 0 < told && told < above;
        Ok(next >= told.max(above) || (is_wrong && next >= told))
    };
    let (epoch, low_water) = match tx.epoch(&step.folder)? {
        Some((epoch, validity, low)) if validity == step.uid_validity && goes_on(epoch)? => (epoch, low),
        _ => (tx.begin_epoch(&step.folder, step.uid_validity, now)?, 0),
    };
    if let Some(next) = uid_next {
        tx.note_uid_next(epoch, next)?;
    }
    // A server may answer in any order; a report is understood before the answer to it.
    let mut fetched: Vec<&Fetched> = step.fetched.iter().filter(|f| !is_unfetchable(f)).collect();
    fetched.sort_by_key(|fetched| fetched.uid());
    let mut healed = 0;
    for fetched in fetched {
        let uid = fetched.uid();
        healed += usize::from(uid <= low_water && !tx.has_uid(epoch, uid)?);
        tx.keep(&new_mail(epoch, role, fetched), now)?;
    }
    if healed > 0 {
        tx.note_healed(role, &step.folder, healed, now)?;
    }
    Ok(Kept { epoch, low_water, healed })
}

fn new_mail(epoch: i64, role: FolderRole, fetched: &Fetched) -> NewMail<'_> {
    let skip = |uid, reason| NewMail {
        epoch,
        uid,
        internal_date: None,
        size: 0,
        raw: None,
        too_large: false,
        skipped: Some(reason),
        junk: role == FolderRole::Junk,
    };
    match fetched {
        Fetched::Mail { uid, internal_date, raw } => NewMail {
            internal_date: *internal_date,
            size: u64::try_from(raw.len()).unwrap_or(u64::MAX),
            raw: Some(raw),
            skipped: None,
            ..skip(*uid, "")
        },
        Fetched::TooLarge { uid, internal_date, size, header } => NewMail {
            internal_date: *internal_date,
            size: *size,
            raw: Some(header),
            too_large: true,
            skipped: None,
            ..skip(*uid, "")
        },
        Fetched::Unfetchable { uid } => skip(*uid, UNFETCHABLE),
        Fetched::Expunged { uid } => skip(*uid, EXPUNGED),
    }
}

/// Whether what could not be fetched is asked for again. A lost line counts against a mail as well, so the first times
/// come soon; what stays broken is no business of each hour.
fn is_due(first: Timestamp, last: Timestamp, now: Timestamp) -> bool {
    const HOUR: Duration = Duration::from_secs(3600);
    let wait = match last.since(first) {
        age if age < HOUR => HOUR,
        age if age < 5 * HOUR => 4 * HOUR,
        _ => 24 * HOUR,
    };
    now.since(last) > wait && now.since(first) < RETRIED
}

/// Moves the low-water mark over every listed UID that has a row, up to the first that has none. With `retried` also
/// says what to fetch: listed UIDs that have no row, and those that could not be fetched, or were gone and are listed
/// again, and are due at that instant.
fn plan(
    tx: &Tx<'_>,
    epoch: i64,
    low_water: u32,
    listed: &[u32],
    retried: Option<Timestamp>,
) -> std::result::Result<FetchPlan, StoreError> {
    let above = &listed[listed.partition_point(|uid| *uid <= low_water)..];
    let mut passed = 0;
    let wanted = match (retried, listed.first().zip(listed.last())) {
        // A folder's whole list is compared once, not once for each batch of it.
        (None, _) => {
            while let Some(uid) = above.get(passed) {
                if !tx.has_uid(epoch, *uid)? {
                    break;
                }
                passed += 1;
            }
            Vec::new()
        }
        (Some(now), range) => {
            let (first, last) = range.unwrap_or((&1, &0));
            let known = tx.uids_between(epoch, *first, *last)?;
            let mut wanted = listed.to_vec();
            wanted.retain(|uid| known.binary_search(uid).is_err());
            let first_wanted = wanted.get(wanted.partition_point(|uid| *uid <= low_water));
            passed = first_wanted.map_or(above.len(), |first| above.partition_point(|uid| uid < first));
            let lost = tx.unfetched(epoch, UNFETCHABLE)?;
            let due = lost.iter().filter(|(_, first, last)| is_due(*first, *last, now));
            wanted.extend(due.map(|(uid, ..)| uid));
            // A server that once left a mail out may still have it: what is listed again is not gone.
            let gone = tx.unfetched(epoch, EXPUNGED)?;
            let back = gone.iter().filter(|(uid, ..)| listed.binary_search(uid).is_ok());
            let again =
                back.filter(|(_, first, last)| (first == last && *last < now) || is_due(*first, *last, now));
            wanted.extend(again.map(|(uid, ..)| uid));
            wanted
        }
    };
    let Some(mark) = passed.checked_sub(1).and_then(|last| above.get(last)) else {
        return Ok(FetchPlan { low_water, wanted });
    };
    tx.set_low_water(epoch, *mark, passed)?;
    Ok(FetchPlan { low_water: *mark, wanted })
}
