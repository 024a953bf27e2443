//! Kept mails take their effects: in batches, so that a burst pays for few syncs. One poisonous mail harms nobody else:
//! where our code fails on one, the batch is taken back and done again with a savepoint for each mail. Savepoints for
//! all would cost a seventh of applying.

use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

use super::exclusions;
use super::gather::{self, Prepared};
use super::post::{Cause, PANIC, Poster, caught};
use super::{Engine, EngineError, Result, reading, recall, set_aside};
use crate::clock::Timestamp;
use crate::domain::decision::{Change, Decision, End, Proof, Reason};
use crate::domain::limits::ROOM_FOR_DISCARDED;
use crate::domain::people::ClientId;
use crate::domain::returned;
use crate::kill::{self, Point};
use crate::mail::digest::content_digest;
use crate::mail::picture::pictures;
use crate::store::{KeptMail, Store, StoreError, Topic};

/// What one call of `apply` did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Mails that reached their end.
    pub mails: usize,
    /// Of these, quarantined ones.
    pub quarantined: usize,
}

const BATCH: usize = 128;
/// Where pictures are drawn: those of so many mails are in memory.
const BATCH_WITH_PICTURES: usize = 8;
/// Fewer are not worth a thread.
const MAILS_A_THREAD: usize = 8;
/// Attempts made alone after which a mail is poison.
const ATTEMPTS: i64 = 3;

impl Engine {
    /// Understands the next kept mails and writes their effects and every mail that follows from them. When it
    /// says that no mail reached its end, none waits but for its keys, or the engine is in safe mode.
    ///
    /// # Errors
    /// The store's; then nothing moved, and the same mails are taken again.
    pub fn apply(&mut self, now: Timestamp) -> Result<Applied> {
        let salts = self.read_salts()?;
        // Who keeps a mail looks for its keys; another who applies at that moment leaves it to him.
        let await_keys = self.context.settings.auth.mode.checks_signatures();
        let draws = self.context.settings.privacy.pictures;
        let batch = if draws { BATCH_WITH_PICTURES } else { BATCH };
        let mails = self.store.read(|tx| -> std::result::Result<_, StoreError> {
            let safe = tx.machine_note(Topic::SafeMode)?.is_some();
            if safe { Ok(Vec::new()) } else { tx.next_kept(batch, await_keys) }
        })?;
        if mails.is_empty() {
            return Ok(Applied { mails: 0, quarantined: 0 });
        }
        self.open_attempts(&mails)?;
        let (context, journal, suspects) = (&self.context, &self.journal, &self.suspects);
        // A mail that may kill the process is not even parsed again.
        let poison = |mail: &KeptMail| suspects.contains(&mail.id) && mail.attempts >= ATTEMPTS;
        let prepare = |mail: &KeptMail| {
            let understood = || catch_unwind(AssertUnwindSafe(|| gather::prepare(context, mail))).ok();
            if poison(mail) { None } else { understood() }
        };
        let mut prepared: Vec<Option<Prepared>> = on_every_core(&mails, prepare);
        if draws {
            // A picture that ended the process twice does not take the words with it.
            let tried = |mail: &KeptMail| suspects.contains(&mail.id) && mail.attempts > 0;
            draw(&self.store, &mails, &mut prepared, tried)?;
        }
        let mut effects = |apart| {
            kill::before(Point::Tx2Begin);
            self.store.write(|tx| -> Result<Option<Vec<Ended>>> {
                kill::after(Point::Tx2Begin);
                if tx.key_salts()? != salts {
                    // What was signed with the key of a moment ago may be void.
                    return Ok(None);
                }
                let poster = Poster { tx, context, journal, now };
                let ended = apply_each(&poster, mails.iter().zip(&prepared), poison, apart)?;
                let discarded = ended.iter().filter(|ended| ended.end == End::Discarded);
                tx.make_room(discarded.map(|ended| ended.mail), &ROOM_FOR_DISCARDED)?;
                kill::after(Point::Tx2BeforeCommit);
                Ok(Some(ended))
            })
        };
        let ended = match effects(Apart::No) {
            Err(EngineError::NotComposed(_)) => effects(Apart::Savepoints),
            done => done,
        }?;
        let Some(ended) = ended else { return self.apply(now) };
        kill::before(Point::Tx2AfterCommit);
        for mail in &mails {
            self.suspects.remove(&mail.id);
        }
        kill::after(Point::Tx2AfterCommit);
        ended.iter().for_each(Ended::log);
        let quarantined = ended.iter().filter(|ended| ended.end == End::Quarantined).count();
        Ok(Applied { mails: mails.len(), quarantined })
    }

    /// What is durable before a mail is looked at: that it is. One that an earlier process left so is counted.
    fn open_attempts(&mut self, mails: &[KeptMail]) -> Result<()> {
        let (suspects, counted) = (&self.suspects, &mut self.counted);
        kill::before(Point::AttemptsCommit);
        self.store.write(|tx| -> std::result::Result<(), StoreError> {
            mails.iter().try_for_each(|mail| {
                tx.open_attempt(mail.id, suspects.contains(&mail.id) && !counted.contains(&mail.id))
            })
        })?;
        kill::after(Point::AttemptsCommit);
        counted.extend(mails.iter().map(|mail| mail.id).filter(|id| suspects.contains(id)));
        Ok(())
    }
}

/// What keeps the mails of a batch from each other's failures.
#[derive(Clone, Copy)]
enum Apart {
    /// Nothing: a failure ends the transaction.
    No,
    /// A failure undoes what the mail itself did.
    Savepoints,
}

/// How a mail ended; said when it is certain.
struct Ended {
    mail: i64,
    end: End,
    reason: Reason,
}

impl Ended {
    fn log(&self) {
        let Self { mail, end, reason } = self;
        if matches!(reason, Reason::Poisonous | Reason::Panicked | Reason::NotComposed) {
            tracing::error!(mail, reason = reason.word(), "our code failed on a mail");
        }
        tracing::info!(mail, end = end.word(), reason = reason.word(), "applied");
    }
}

/// Gives each mail its effects; returns how those ended that are no duplicates. One on which our code fails is
/// quarantined if the mails are kept apart.
fn apply_each<'a>(
    poster: &Poster<'_>,
    mails: impl Iterator<Item = (&'a KeptMail, &'a Option<Prepared>)>,
    poison: impl Fn(&KeptMail) -> bool,
    apart: Apart,
) -> Result<Vec<Ended>> {
    let mut all = Vec::new();
    for (mail, prepared) in mails {
        let ended = match prepared {
            Some(prepared) => apply_one(poster, mail, prepared, apart)?,
            None if poison(mail) => quarantine(poster, mail, Reason::Poisonous)?,
            None => quarantine(poster, mail, Reason::Panicked)?,
        };
        all.extend(ended.map(|(end, reason)| Ended { mail: mail.id, end, reason }));
    }
    Ok(all)
}

/// Draws the pictures of those whom we know, one after the other; nobody else's are even decoded, and none that would
/// not pass. A picture may take a second, so this is done before others have to wait for the database.
fn draw(
    store: &Store,
    mails: &[KeptMail],
    prepared: &mut [Option<Prepared>],
    tried: impl Fn(&KeptMail) -> bool,
) -> Result<()> {
    for (mail, slot) in mails.iter().zip(prepared) {
        let may_pass = |it: &Prepared| !it.drawn.is_empty() && it.proof != Proof::Refuted && !tried(mail);
        let Some(it) = slot.as_mut().filter(|it| may_pass(it)) else { continue };
        let [author] = it.message.from.as_slice() else { continue };
        let known = store.read(|tx| tx.is_registered(&author.address))?;
        if known && catch_unwind(AssertUnwindSafe(|| it.drawn = pictures(&mail.raw, &it.message))).is_err() {
            *slot = None;
        }
    }
    Ok(())
}

/// What `work` makes of each, in order. Understanding a mail needs no database, so a burst has every core.
fn on_every_core<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let share = items.len().div_ceil(cores).max(MAILS_A_THREAD);
    thread::scope(|scope| {
        let mut shares = items.chunks(share);
        let own = shares.next().unwrap_or_default();
        let others: Vec<_> =
            shares.map(|share| scope.spawn(|| share.iter().map(&work).collect::<Vec<R>>())).collect();
        let mut done: Vec<R> = own.iter().map(&work).collect();
        for other in others {
            match other.join() {
                Ok(share) => done.extend(share),
                Err(panic) => resume_unwind(panic),
            }
        }
        done
    })
}

/// Applies one mail. `None` for a duplicate.
fn apply_one(
    poster: &Poster<'_>,
    mail: &KeptMail,
    prepared: &Prepared,
    apart: Apart,
) -> Result<Option<(End, Reason)>> {
    let digest = &prepared.digest;
    if let Some(before) = poster.tx.ended_with_digest(digest)? {
        poster.tx.end_duplicate(mail.id, before, digest, poster.now)?;
        return Ok(None);
    }
    let attempt = || -> Result<(End, Reason)> {
        let (decision, client) = gather::decide(poster.tx, poster.context, mail, prepared, poster.now)?;
        carry_out(poster, mail.id, digest, &decision, client)?;
        if let ([author], true) = (prepared.message.from.as_slice(), decision.end != End::Skipped) {
            poster.tx.note_author(mail.id, &author.address, prepared.proof == Proof::Proven)?;
        }
        Ok((decision.end, decision.reason))
    };
    let result = match apart {
        Apart::No => return caught(attempt).map(Some),
        Apart::Savepoints => poster.guarded(attempt),
    };
    match result {
        Ok(end) => Ok(Some(end)),
        Err(EngineError::NotComposed(what)) => {
            let reason = if what == PANIC { Reason::Panicked } else { Reason::NotComposed };
            quarantine(poster, mail, reason)
        }
        Err(other) => Err(other),
    }
}

fn quarantine(poster: &Poster<'_>, mail: &KeptMail, reason: Reason) -> Result<Option<(End, Reason)>> {
    let digest = content_digest(&mail.raw);
    if let Some(before) = poster.tx.ended_with_digest(&digest)? {
        poster.tx.end_duplicate(mail.id, before, &digest, poster.now)?;
        return Ok(None);
    }
    carry_out(poster, mail.id, &digest, &returned::quarantined(reason, mail.id), None)?;
    Ok(Some((End::Quarantined, reason)))
}

/// Ends the mail, performs the changes, enqueues the posts.
fn carry_out(
    poster: &Poster<'_>,
    mail: i64,
    digest: &[u8; 32],
    decision: &Decision,
    client: Option<ClientId>,
) -> Result<()> {
    let (tx, now) = (poster.tx, poster.now);
    if decision.end == End::Skipped {
        return Ok(tx.skip_mail(mail, decision.reason.word(), now)?);
    }
    tx.end_mail(mail, digest, decision.end.word(), decision.reason.word(), client, now)?;
    kill::before(Point::Tx2AfterEffects);
    for change in &decision.changes {
        tx.perform(change, mail, now)?;
        if let Change::Exclude { client, supporter, said_by } = change {
            exclusions::by_mail(poster, (*client, *supporter), *said_by, mail)?;
        }
        if let Change::ReadingSaid { number, reader, .. } | Change::ReadingCounts { number, reader } = change
        {
            reading::enter(poster, *number, *reader, mail)?;
        }
        if let Change::Choose { number, .. } = change {
            set_aside::chosen(poster, *number)?;
        }
        if let Change::Recall { outbox_id } = change {
            recall::after(poster, *outbox_id, (mail, *digest))?;
        }
    }
    kill::after(Point::Tx2AfterEffects);
    kill::before(Point::Tx2BeforeCommit);
    poster.enqueue(&decision.posts, &Cause::Mail(mail, *digest), decision.reason)?;
    Ok(())
}
