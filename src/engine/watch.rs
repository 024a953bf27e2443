//! What the engine knows of its machine: the disk, the clock, and what the office has to hear of them.

use std::time::Duration;

use super::disk::{Found, Reserve};
use super::post::{Cause, Poster};
use super::{Engine, EngineError, Result};
use crate::clock::Timestamp;
use crate::domain::clock_jump::{self, Beat, Jump, REST};
use crate::domain::decision::Reason;
use crate::domain::letter::office;
use crate::domain::notice::OfficeMatter;
use crate::store::{Loop, StoreError, Topic};

/// See the module's head.
pub(super) struct Watch {
    pub(super) reserve: Reserve,
    beat: Option<Beat>,
    /// Until then nothing expires.
    rests_until: Option<Timestamp>,
    /// Whether the next process knows.
    rest_is_noted: bool,
    /// What the office has not been told yet.
    untold: Vec<OfficeMatter>,
    /// How far the clock was set back, until the waits are moved with it.
    moved_back: Option<Duration>,
}

impl Watch {
    pub(super) fn new(reserve: Reserve) -> Self {
        Self {
            reserve,
            beat: None,
            rests_until: None,
            rest_is_noted: true,
            untold: Vec::new(),
            moved_back: None,
        }
    }

    /// Whether a mail may expire now.
    pub(super) fn may_expire(&self, now: Timestamp) -> bool {
        self.rests_until.is_none_or(|until| until <= now)
    }

    fn jumped(&mut self, jump: Jump, now: Timestamp) {
        (self.rests_until, self.rest_is_noted) = (Some(now.after(REST)), false);
        match jump {
            Jump::Back(by) => {
                tracing::error!(
                    seconds = by.as_secs(),
                    "the clock was set back; nothing expires for an hour"
                );
                self.moved_back = Some(self.moved_back.unwrap_or_default().saturating_add(by));
                self.tell(OfficeMatter::ClockSetBack);
            }
            Jump::Ahead(by) => {
                tracing::warn!(seconds = by.as_secs(), "the clock jumped ahead; nothing expires for an hour");
            }
        }
    }

    fn tell(&mut self, matter: OfficeMatter) {
        if !self.untold.contains(&matter) {
            self.untold.push(matter);
        }
    }
}

impl Engine {
    /// Notes what the wall clock says, and one that nobody sets; to be called before every verb.
    pub fn note_time(&mut self, now: Timestamp, steady: Duration) {
        let beat = Beat { now, steady };
        if let Some(jump) = self.watch.beat.replace(beat).and_then(|last| clock_jump::between(last, beat)) {
            self.watch.jumped(jump, beat.now);
        }
    }

    /// Looks at the disk; to be called before mail is kept, and every second.
    ///
    /// # Errors
    /// [`EngineError::NoRoom`]: nothing may be fetched. Or the disk cannot be looked at.
    pub fn look_at_disk(&mut self) -> Result<()> {
        let found = self.watch.reserve.look(&mut self.rng).map_err(|error| EngineError::File {
            path: self.context.settings.service.data_dir.display().to_string(),
            kind: error.kind(),
        })?;
        match found {
            Found::BecameShort => {
                tracing::error!(remedy = EngineError::NoRoom.remedy(), "{}", EngineError::NoRoom);
                self.watch.tell(OfficeMatter::DiskShort);
            }
            Found::HasRoomAgain => tracing::info!("the disk has room again; fetching goes on"),
            Found::AsBefore => {}
        }
        if self.watch.reserve.is_short() { Err(EngineError::NoRoom) } else { Ok(()) }
    }

    /// Tells the office something about the machine, with the next tick, at most once a day.
    pub fn tell_office(&mut self, matter: OfficeMatter) {
        self.watch.tell(matter);
    }

    /// What an earlier process knew of the time: after a clock that was set back meanwhile nothing expires for an hour,
    /// and what ran out of time while nothing ran gets one more attempt.
    pub(super) fn note_start(&mut self, now: Timestamp) -> Result<()> {
        let (newest, rest) = self.store.read(|tx| -> std::result::Result<_, StoreError> {
            Ok((tx.newest_instant()?, tx.machine_note(Topic::Rest)?))
        })?;
        let rest = rest.and_then(|until| until.parse().ok()).map(Timestamp::from_millis);
        // An hour that begins later is one of a clock that was set right since.
        self.watch.rests_until = rest.filter(|until| *until > now && until.since(now) <= REST);
        match newest.and_then(|newest| clock_jump::from_to(newest, now).map(|jump| (newest, jump))) {
            Some((_, jump @ Jump::Back(_))) => self.watch.jumped(jump, now),
            Some((newest, Jump::Ahead(_))) => self.store.write(|tx| tx.give_last_chance(newest, now))?,
            None => {}
        }
        Ok(())
    }

    /// Another version than the one that panicked is given its chance.
    pub(super) fn leave_or_enter_safe_mode(&mut self, now: Timestamp) -> Result<()> {
        match self.store.read(|tx| tx.machine_note(Topic::SafeMode))? {
            Some(version) if version == env!("CARGO_PKG_VERSION") => {
                tracing::error!(
                    "safe mode: mails are kept, and nobody is alerted; when it is mended: yorisoi go-on"
                );
                self.watch.tell(OfficeMatter::SafeMode);
                Ok(())
            }
            Some(_) => self.go_on(now).map(drop),
            None => Ok(()),
        }
    }

    /// Leaves safe mode; false when it was not in it.
    ///
    /// # Errors
    /// The store's.
    pub fn go_on(&mut self, now: Timestamp) -> Result<bool> {
        Ok(self.store.write(|tx| -> std::result::Result<_, StoreError> {
            let was = tx.machine_note(Topic::SafeMode)?.is_some();
            tx.note_machine(Topic::SafeMode, None, now)?;
            tx.note_machine(Topic::Panics, None, now)?;
            Ok(was)
        })?)
    }

    /// What a tick does about the machine, before anything else.
    pub(super) fn mind_machine(&mut self, now: Timestamp) -> Result<()> {
        let (watch, context, journal) = (&mut self.watch, &self.context, &self.journal);
        if watch.untold.is_empty() && watch.moved_back.is_none() && watch.rest_is_noted {
            return Ok(());
        }
        self.store.write(|tx| -> Result<()> {
            let until =
                watch.rests_until.filter(|until| *until > now).map(|until| until.millis().to_string());
            tx.note_machine(Topic::Rest, until.as_deref(), now)?;
            if let Some(by) = watch.moved_back {
                tx.move_waits_back(by, now)?;
            }
            for matter in &watch.untold {
                if *matter == OfficeMatter::DiskShort {
                    let failure = format!("{}\n{}", EngineError::NoRoom, EngineError::NoRoom.remedy());
                    tx.failed(Loop::Fetch, &failure, None, now, now)?;
                    tx.office_knows(Loop::Fetch)?;
                }
                let cause = Cause::Event(format!("{matter:?}:{}", context.hours.calendar.day_of(now)));
                let poster = Poster { tx, context, journal, now };
                poster.enqueue(&[office(*matter, "", 0)], &cause, Reason::Machine)?;
            }
            Ok(())
        })?;
        (watch.untold, watch.moved_back, watch.rest_is_noted) = (Vec::new(), None, true);
        Ok(())
    }
}

/// What the operator can do about an error of the engine.
pub(super) fn remedy(error: &EngineError) -> &'static str {
    match error {
        EngineError::Store(error) => StoreError::remedy(error),
        EngineError::NoRoom => {
            "free some space there, or widen the quota or the limit (ulimit -f); it goes on by itself when 232 MiB are free"
        }
        EngineError::Locked(_) => "stop the other one first",
        EngineError::Remote => "set service.data_dir to a folder on a disk of this machine",
        _ => "look at the disk that holds data_dir, and at the log",
    }
}
