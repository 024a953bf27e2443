//! What an older database might send again, and what holds it back.
//!
//! At the daemon's start the journal of accepted mails is compared with a database that was put back. Where the journal
//! reaches, it says of each mail whether it went out. Where it does not, everything that waits, and everything that
//! follows from mails that came before, is held, and the office is asked once; `yorisoi repeats` lets it go or drops it.

use std::time::Duration;

use serde::Serialize;

use super::keep::EXPUNGED;
use super::lock::{Lock, Use};
use super::post::{Cause, Poster};
use super::{Context, Engine, EngineError, Result};
use crate::clock::Timestamp;
use crate::domain::command::{Ordered, RepeatMending};
use crate::domain::decision::Reason;
use crate::domain::keys::Keys;
use crate::domain::letter::office;
use crate::domain::notice::OfficeMatter;
use crate::domain::outgoing::State;
use crate::domain::people::{ClientId, Side};
use crate::mail::address::Address;
use crate::settings::Service;
use crate::store::{Journal, Restore, Store, Tx};

/// What the journal is worth for a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Nothing was sent yet, and there is no journal yet.
    New,
    /// It knows every mail that went out.
    Whole,
    /// It is whole from an instant on that is later than the backup.
    Younger,
    /// It is missing, was lost, or is older than the database.
    Missing,
    /// It belongs to another installation.
    Foreign,
}

/// The office is asked about what may repeat no more often than this.
const ASKED_AGAIN: Duration = Duration::from_secs(3600);

/// Compares a database with the journal.
pub(super) fn standing(
    tx: &Tx<'_>,
    journal: &Journal,
    keys: &Keys,
    restore: Option<&Restore>,
) -> Result<Standing> {
    let facts = journal.facts()?;
    if facts.owner.as_deref().is_some_and(|owner| owner != keys.journal_owner()) {
        return Ok(Standing::Foreign);
    }
    let since = facts.since.unwrap_or(Timestamp::from_millis(0));
    let accepted = tx.accepted_since(since)?;
    // Refs of people may stand there before any mail went out, also in a journal that begins after one was lost.
    let begun = facts.owner.is_some() || facts.accepted > 0;
    let mut unknown = 0;
    for (message_id, _) in &accepted {
        unknown += usize::from(!journal.knows(message_id)?);
    }
    Ok(match restore {
        _ if !begun && accepted.is_empty() && restore.is_none() => Standing::New,
        _ if !begun => Standing::Missing,
        // A database that was never put back is right, and the journal is mended.
        None => Standing::Whole,
        Some(restore) if restore.journal_lost || unknown > 0 => Standing::Missing,
        Some(restore) if since > restore.made_at => Standing::Younger,
        Some(_) => Standing::Whole,
    })
}

impl Engine {
    /// Compares the journal with the database, and holds what may repeat. The journal is begun where there is none, and
    /// learns what it does not know.
    pub(super) fn judge_repeats(&mut self, now: Timestamp) -> Result<()> {
        let (context, journal) = (&self.context, &self.journal);
        let path = self.store.path().display().to_string();
        let standing = self.store.write(|tx| -> Result<Standing> {
            if tx.backup_facts()?.is_some() {
                return Err(EngineError::BackupInPlace(path));
            }
            end_accepted(&Poster { tx, context, journal, now })?;
            if tx.unjudged_restore()?.is_none() && was_put_back(tx, journal, now)? {
                tracing::warn!("the database is older than the journal: somebody put it back");
                tx.restored(tx.newest_instant()?.unwrap_or(now), false, now)?;
            }
            let standing = standing(tx, journal, &context.keys, tx.unjudged_restore()?.as_ref())?;
            let since = journal.facts()?.since.unwrap_or(now);
            let restore = match (standing, tx.unjudged_restore()?) {
                (Standing::Foreign, _) => {
                    let place = context.settings.service.journal_dir.display().to_string();
                    return Err(EngineError::ForeignJournal(place));
                }
                (Standing::Missing, None) => {
                    tracing::error!("the journal of accepted mails is gone; what may have been sent is held");
                    tx.restored(now, true, now)?;
                    tx.unjudged_restore()?
                }
                (_, restore) => restore,
            };
            let Some(restore) = restore else { return Ok(standing) };
            let doubt = match standing {
                Standing::Missing => {
                    Some(restore.restored_at.max(tx.doubt_before()?.unwrap_or(restore.restored_at)))
                }
                Standing::Younger => Some(since),
                Standing::New | Standing::Whole | Standing::Foreign => None,
            };
            tx.judge(doubt, now)?;
            Ok(standing)
        })?;
        self.mend_journal(standing, now)
    }

    fn mend_journal(&mut self, standing: Standing, now: Timestamp) -> Result<()> {
        let facts = self.journal.facts()?;
        let (zero, keys) = (Timestamp::from_millis(0), &self.context.keys);
        match standing {
            Standing::New => self.journal.begin(&keys.journal_owner(), zero, now)?,
            Standing::Missing => self.journal.begin(&keys.journal_owner(), now, now)?,
            // written by a program that did not say whose it is, and never shortened
            _ if facts.owner.is_none() => self.journal.begin(&keys.journal_owner(), zero, now)?,
            _ => {}
        }
        // A new journal is told what the database saw; what fell away from an old one with its sixty days is not told again.
        let from = if standing == Standing::Missing { zero } else { facts.since.unwrap_or(zero) };
        let mut unknown = Vec::new();
        for (message_id, path) in self.store.read(|tx| tx.accepted_since(from))? {
            if !self.journal.knows(&message_id)? {
                unknown.push((message_id, keys.journal_pseudonym(&path)));
            }
        }
        if !unknown.is_empty() {
            self.journal.record(&unknown, now)?;
        }
        Ok(self.journal.shorten(now)?)
    }
}

/// Whether an older database was put in place without a word, with a snapshot of the disk say: every mail had its row
/// before the journal heard of it. What was written down under a clock that was ahead says nothing.
fn was_put_back(tx: &Tx<'_>, journal: &Journal, now: Timestamp) -> Result<bool> {
    let Some((at, message_id)) = journal.last_accepted()? else { return Ok(false) };
    let is_known = tx.last_restore()?.is_some_and(|restore| *at <= restore.restored_at);
    Ok(!is_known && *at <= now && !tx.has_outgoing(message_id)?)
}

/// Rows that wait and that the journal knows went out.
fn end_accepted(poster: &Poster<'_>) -> Result<()> {
    let (tx, now) = (poster.tx, poster.now);
    for (row, message_id) in tx.unsent()? {
        if poster.journal.knows(&message_id)? {
            let held = tx.row_state(row)?.is_some_and(|(_, state)| state == State::Held);
            tx.end_row(row, State::Accepted, now)?;
            if held {
                poster.passes_on(row)?;
            } else {
                poster.enter(row)?;
            }
        }
    }
    Ok(())
}

/// Whether what follows from this cause may have been sent in an earlier life of the database.
pub(super) fn may_repeat(tx: &Tx<'_>, cause: &Cause) -> Result<bool> {
    let Some(doubt) = tx.doubt_before()? else { return Ok(false) };
    let came_before = |at: Option<Timestamp>| at.is_none_or(|at| at < doubt);
    Ok(match cause {
        Cause::Mail(mail, _) => came_before(tx.came_at(*mail)?),
        Cause::Order(digest) => match tx.ended_with_digest(digest)? {
            Some(mail) => came_before(tx.came_at(mail)?),
            None => true,
        },
        Cause::Event(_) => tx.unasked_restore()?.is_some(),
        Cause::Due(_, at) => came_before(Some(*at)),
        Cause::Row(..) | Cause::Restored(_) => false,
    })
}

/// Asks the office about everything that is held, once, when everything from before has been looked at again. What comes
/// to light later (in the junk folder, for somebody who had to be added again) is asked about an hour after that.
pub(super) fn ask(poster: &Poster<'_>) -> Result<()> {
    let (tx, now) = (poster.tx, poster.now);
    let asks_at = match tx.unasked_restore()? {
        Some(restore) if tx.caught_up_since(restore.restored_at)? => restore.restored_at,
        None if tx.held_since_asked(now.before(ASKED_AGAIN))? => now,
        _ => return Ok(()),
    };
    let count = i64::try_from(tx.repeats(None)?.len()).unwrap_or(i64::MAX);
    if count > 0 {
        let post = office(OfficeMatter::MayRepeat, "", count);
        poster.enqueue(&[post], &Cause::Restored(asks_at), Reason::Restored)?;
    }
    Ok(tx.asked(now)?)
}

/// Lets everything go that may repeat, or drops it; of one client's thread, or all.
pub(super) fn mend(poster: &Poster<'_>, client: Option<ClientId>, mending: RepeatMending) -> Result<Ordered> {
    let (tx, now) = (poster.tx, poster.now);
    let repeats = tx.repeats(client)?;
    for repeat in &repeats {
        match mending {
            RepeatMending::Send if repeat.waits => tx.waits_for_its_question(repeat, now)?,
            RepeatMending::Send => {
                tx.queue_again(repeat.row, repeat.kind, now)?;
                poster.enter(repeat.row)?;
            }
            RepeatMending::Drop => {
                tx.end_row(repeat.row, State::Cancelled, now)?;
                // They went out, says the office: what they answer is answered.
                if repeat.waits {
                    poster.passes_on(repeat.row)?;
                } else {
                    poster.enter(repeat.row)?;
                }
            }
        }
    }
    Ok(Ordered::Repeats(repeats.len()))
}

/// Mails in the gap of a restore whose writer was unknown, because she was added after the backup: now that she is known
/// again they are understood again; what has no octets any more is fetched once more, at the next sweep.
pub(super) fn welcome_back(tx: &Tx<'_>, addresses: &[Address]) -> Result<()> {
    let Some(restore) = tx.last_restore()? else { return Ok(()) };
    for address in addresses {
        for mail in tx.stranger_in_the_gap(&restore, address)? {
            if !tx.understand_again(mail)? {
                tx.ask_again(mail, EXPUNGED)?;
            }
        }
    }
    Ok(())
}

/// From the next start on everything is held that may have been sent already.
///
/// # Errors
/// A daemon runs, or there is no database.
pub fn hold_repeats(service: &Service, now: Timestamp) -> Result<()> {
    let dir = &service.data_dir;
    let _lock = Lock::take(dir)?;
    if !dir.join("yorisoi.db").exists() {
        return Err(EngineError::NothingThere(dir.display().to_string()));
    }
    let _use = Use::share(dir)?;
    Ok(Store::open(dir)?.write(|tx| tx.restored(now, true, now))?)
}

/// What stands in the journal for a person with this address, to find the refs that she had.
pub(super) fn pseudonym(context: &Context, side: Side, address: &Address) -> String {
    context.keys.journal_pseudonym(&format!("{} {}", side.word(), address.key()))
}
