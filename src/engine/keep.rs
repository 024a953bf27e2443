//! Keep first, understand later: the raw mail and the cursor in one transaction, and nothing else.

use std::time::Duration;

use super::post::{Cause, Poster};
use super::{Engine, Result};
use crate::clock::Timestamp;
use crate::domain::decision::Reason;
use crate::domain::letter::office;
use crate::domain::notice::OfficeMatter;
use crate::kill::{self, Point};
use crate::mail::fetched::{FetchPlan, FetchStep, Fetched};
use crate::store::{NewMail, StoreError, Tx};

/// Why a UID has a row without a mail.
const UNFETCHABLE: &str = "unfetchable";
/// What could not be fetched is asked for again after this long.
const RETRY: Duration = Duration::from_secs(86_400);
const EXPUNGED: &str = "expunged";

impl Engine {
    /// Stores what a fetch round brought and moves the cursor; tells what to fetch next.
    ///
    /// Another UIDVALIDITY, or right after SELECT a UIDNEXT at or below the low-water mark, begins another epoch:
    /// every UID is then listed anew, and content that had its effects has none again.
    ///
    /// # Errors
    /// The store's; then nothing was kept and the same step may be repeated.
    pub fn keep(&mut self, step: &FetchStep, now: Timestamp) -> Result<FetchPlan> {
        let new_list = step.listed.clone().map(|mut listed| {
            listed.sort_unstable();
            listed.dedup();
            listed
        });
        let retried = new_list.is_some().then(|| now.before(RETRY));
        let known = &self.listed;
        kill::before(Point::Tx1Begin);
        let (epoch, mut plan) = self.store.write(|tx| -> std::result::Result<_, StoreError> {
            kill::after(Point::Tx1Begin);
            let (epoch, low_water) = keep_rows(tx, step, now)?;
            kill::before(Point::Tx1BeforeCommit);
            let listed = new_list.as_ref().or_else(|| known.get(&epoch)).map_or(&[][..], Vec::as_slice);
            let plan = plan(tx, epoch, low_water, listed, retried)?;
            kill::after(Point::Tx1BeforeCommit);
            Ok((epoch, plan))
        })?;
        kill::before(Point::Tx1AfterCommit);
        if let Some(listed) = new_list {
            self.listed.insert(epoch, listed);
        }
        kill::after(Point::Tx1AfterCommit);
        if step.fetched.iter().any(is_unfetchable) {
            self.skip_unfetchable(step, epoch, now)?;
            let listed = self.listed.get(&epoch).map_or(&[][..], Vec::as_slice);
            plan = self.store.write(|tx| self::plan(tx, epoch, plan.low_water, listed, retried))?;
        }
        Ok(plan)
    }

    /// A UID that is skipped and the notice about it stand in one transaction: nothing is skipped in silence.
    fn skip_unfetchable(&mut self, step: &FetchStep, epoch: i64, now: Timestamp) -> Result<()> {
        for fetched in step.fetched.iter().filter(|fetched| is_unfetchable(fetched)) {
            let uid = fetched.uid();
            let post = office(OfficeMatter::Unfetchable, "", i64::from(uid));
            let cause = Cause::Event(format!("uid:{epoch}:{uid}"));
            let (context, journal) = (&self.context, &self.journal);
            self.store.write(|tx| {
                tx.keep(&new_mail(epoch, fetched), now)?;
                // Said once, however often the mail is asked for again.
                Poster { tx, context, journal, now }.enqueue(&[post], &cause, Reason::Unfetchable)
            })?;
        }
        Ok(())
    }
}

fn is_unfetchable(fetched: &Fetched) -> bool {
    matches!(fetched, Fetched::Unfetchable { .. })
}

/// The current epoch of the step's folder (begun, if need be) and its low-water mark, with the step's mails kept.
fn keep_rows(tx: &Tx<'_>, step: &FetchStep, now: Timestamp) -> std::result::Result<(i64, u32), StoreError> {
    // UIDNEXT is of the moment of SELECT: once its session has listed and fetched what came since, it is old.
    let uid_next = step.uid_next.filter(|_| step.listed.is_none() && step.fetched.is_empty());
    let (epoch, low_water) = match tx.epoch(&step.folder)? {
        Some((epoch, validity, low))
            if validity == step.uid_validity && uid_next.is_none_or(|next| next > low) =>
        {
            (epoch, low)
        }
        _ => (tx.begin_epoch(&step.folder, step.uid_validity, now)?, 0),
    };
    for fetched in step.fetched.iter().filter(|f| !is_unfetchable(f)) {
        tx.keep(&new_mail(epoch, fetched), now)?;
    }
    Ok((epoch, low_water))
}

fn new_mail(epoch: i64, fetched: &Fetched) -> NewMail<'_> {
    let skip = |uid, reason| NewMail {
        epoch,
        uid,
        internal_date: None,
        size: 0,
        raw: None,
        too_large: false,
        skipped: Some(reason),
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

/// Moves the low-water mark over every listed UID that has a row, up to the first that has none. With `retried` also
/// says what to fetch: listed UIDs that have no row, and those that could not be fetched and were last asked for before.
fn plan(
    tx: &Tx<'_>,
    epoch: i64,
    low_water: u32,
    listed: &[u32],
    retried: Option<Timestamp>,
) -> std::result::Result<FetchPlan, StoreError> {
    let mut plan = FetchPlan { low_water, wanted: Vec::new() };
    for uid in &listed[listed.partition_point(|uid| *uid <= low_water)..] {
        if !tx.has_uid(epoch, *uid)? {
            plan.wanted.push(*uid);
        } else if plan.wanted.is_empty() {
            plan.low_water = *uid;
        }
        // A folder's whole list is walked once, not once for each batch of it.
        if retried.is_none() && !plan.wanted.is_empty() {
            plan.wanted.clear();
            break;
        }
    }
    if plan.low_water > low_water {
        tx.set_low_water(epoch, plan.low_water)?;
    }
    if let Some(before) = retried {
        plan.wanted.extend(tx.unfetched(epoch, UNFETCHABLE, before)?);
    }
    Ok(plan)
}
