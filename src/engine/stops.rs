//! When sending or fetching has stopped: the office is told, once for each stop, and the alarm is given and taken back.
//!
//! A stop is a row of the store: it begins with the first failure, and the first success ends it. The office is told
//! after a quarter of an hour, or at once where only a person can help. A store that cannot be written keeps no such
//! row: that stop is remembered here, for the alarm alone.

use std::time::Duration;

use super::post::{Cause, Poster};
use super::{Engine, Result};
use crate::clock::Timestamp;
use crate::domain::alarm::{self, Alarm};
use crate::domain::decision::Reason;
use crate::domain::notice::{Notice, Stopped, Work};
use crate::domain::returned;
use crate::domain::settled;
use crate::mail::submission::{EnhancedStatus, Stage};
use crate::store::{Loop, Tx};

/// A stop that ends by itself before this is nobody's business.
const TELL_AFTER: Duration = Duration::from_secs(15 * 60);

/// Whether the store can be written, and what the alarm has said of that.
#[derive(Debug, Default)]
pub(super) enum Unwritable {
    #[default]
    No,
    Since(Timestamp),
    Told,
    /// It can be written again, and that is still to be said.
    Over,
}

/// Notes that sending has stopped, by this reply.
pub(super) fn note(
    tx: &Tx<'_>,
    (stage, code, status): (Stage, u16, Option<EnhancedStatus>),
    pause: Duration,
    now: Timestamp,
) -> Result<()> {
    let failure = format!("{} {code}\n{}", stage.word(), settled::remedy(stage, code, status));
    // No waiting mends a password.
    let tell_at = if settled::needs_a_person(code) { now } else { now.after(TELL_AFTER) };
    Ok(tx.failed(Loop::Submit, &failure, Some(now.after(pause)), tell_at, now)?)
}

/// Tells the office of what has been stopped for long. The mail about sending waits like every other: when it arrives,
/// sending works.
pub(super) fn tell(poster: &Poster<'_>) -> Result<()> {
    for (which, since) in poster.tx.tell_of_stops(poster.now)? {
        tracing::error!(which = which.word(), since = %since, "stopped; `yorisoi status` says why and what to do");
        let notice = Notice::Stopped(Stopped { work: work(which), since });
        let cause = Cause::Event(format!("stopped|{}|{}", which.word(), since.millis()));
        poster.enqueue(&[returned::to_office(notice)], &cause, Reason::Stopped)?;
    }
    Ok(())
}

fn work(which: Loop) -> Work {
    match which {
        Loop::Fetch => Work::Fetching,
        Loop::Submit => Work::Sending,
    }
}

impl Engine {
    /// Notes that a fetch round worked, or what stopped it and, in a second line, what to do about that.
    ///
    /// # Errors
    /// The store's.
    pub fn note_fetch(&mut self, failure: Option<&str>, now: Timestamp) -> Result<()> {
        Ok(self.store.write(|tx| match failure {
            None => tx.worked(Loop::Fetch, now),
            Some(failure) => tx.failed(Loop::Fetch, failure, None, now.after(TELL_AFTER), now),
        })?)
    }

    /// What the alarm is to say now, if anything, as one sentence.
    ///
    /// # Errors
    /// The store's.
    pub fn alarm(&self, now: Timestamp) -> Result<Option<(Alarm, String)>> {
        let service = &self.context.settings.service;
        let fetching = |since| Some(Alarm { work: Work::Fetching, since });
        let found = match self.unwritable {
            Unwritable::Since(at) if now >= at.after(TELL_AFTER) => fetching(Some(at)),
            Unwritable::Told => None,
            Unwritable::Over => fetching(None),
            _ => {
                let found = self.store.read(|tx| tx.alarm(now))?;
                found.map(|(which, since)| Alarm { work: work(which), since })
            }
        };
        let zone = &self.context.hours.calendar.zone;
        Ok(found.map(|alarm| (alarm, alarm::sentence(alarm, service.locale, zone))))
    }

    /// Notes whether the store could be written just now; to be called every second.
    pub fn note_writable(&mut self, writable: bool, now: Timestamp) {
        self.unwritable = match (writable, &self.unwritable) {
            (false, Unwritable::No | Unwritable::Over) => Unwritable::Since(now),
            (true, Unwritable::Since(_)) => Unwritable::No,
            (true, Unwritable::Told) => Unwritable::Over,
            _ => return,
        };
    }

    /// The alarm said this.
    ///
    /// # Errors
    /// The store's.
    pub fn alarmed(&mut self, alarm: Alarm) -> Result<()> {
        match (&self.unwritable, alarm.since) {
            (Unwritable::Since(at), Some(since)) if *at == since => {
                self.unwritable = Unwritable::Told;
                return Ok(());
            }
            (Unwritable::Over, None) => {
                self.unwritable = Unwritable::No;
                return Ok(());
            }
            _ => {}
        }
        let which = match alarm.work {
            Work::Fetching => Loop::Fetch,
            Work::Sending => Loop::Submit,
        };
        Ok(self.store.write(|tx| tx.alarmed(which, alarm.since.is_some()))?)
    }
}
