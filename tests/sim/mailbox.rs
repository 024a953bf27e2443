//! The mailbox server, and the line to it: a folder as IMAP shows it, that fails between any two answers.
//!
//! [`Round`] is what a session of ours would do with the answers: it turns them into the values that `keep` takes.

use std::collections::{BTreeMap, BTreeSet};

use yorisoi::clock::Timestamp;
use yorisoi::mail::fetched::{FetchPlan, FetchStep, Fetched};

use crate::chance::Chance;

/// The folder's name.
pub const FOLDER: &str = "INBOX";
/// Larger mails are not fetched whole.
pub const MAX_BYTES: usize = 24_000;

/// One mail on the server.
#[derive(Clone)]
pub struct Stored {
    /// What was typed.
    pub typed: usize,
    /// As the server has it.
    pub raw: Vec<u8>,
    /// When it came.
    pub at: i64,
    /// So many FETCHes do not hand it out.
    pub sick: u32,
}

/// The server.
#[derive(Default)]
pub struct Mailbox {
    pub validity: u32,
    next: u32,
    mails: BTreeMap<u32, Stored>,
    /// Arrives only at the next SEARCH (see [`Mailbox::roll_back`]).
    waiting: Vec<Stored>,
    /// How often the UIDs came to mean other mails.
    pub upheavals: usize,
    /// Typed things that were handed out whole at least once.
    pub handed: BTreeSet<usize>,
}

impl Mailbox {
    pub fn new() -> Self {
        Self { validity: 7, next: 1, ..Self::default() }
    }

    /// A mail arrives.
    pub fn deliver(&mut self, mail: Stored) {
        if self.waiting.is_empty() { self.append(mail) } else { self.waiting.push(mail) }
    }

    fn append(&mut self, mail: Stored) {
        self.mails.insert(self.next, mail);
        self.next += 1;
    }

    fn search(&mut self, low: u32) -> Vec<u32> {
        for mail in std::mem::take(&mut self.waiting) {
            self.append(mail);
        }
        self.mails.range(low + 1..).map(|(uid, _)| *uid).collect()
    }

    /// What a FETCH of one UID gives: nothing when it is gone or not handed out.
    fn fetch(&mut self, uid: u32) -> Option<Fetched> {
        let mail = self.mails.get_mut(&uid)?;
        if mail.sick > 0 {
            mail.sick = mail.sick.saturating_sub(u32::from(mail.sick < u32::MAX));
            return None;
        }
        self.handed.insert(mail.typed);
        let internal_date = Some(Timestamp::from_millis(mail.at));
        if mail.raw.len() <= MAX_BYTES {
            return Some(Fetched::Mail { uid, internal_date, raw: mail.raw.clone() });
        }
        let end = mail.raw.windows(4).position(|w| w == b"\r\n\r\n").map_or(mail.raw.len(), |at| at + 4);
        let size = mail.raw.len() as u64;
        Some(Fetched::TooLarge { uid, internal_date, size, header: mail.raw[..end].to_vec() })
    }

    /// The server was rebuilt: another UIDVALIDITY, other UIDs.
    pub fn renumber(&mut self) {
        self.validity += 1;
        self.number_anew();
    }

    fn number_anew(&mut self) {
        let mails = std::mem::take(&mut self.mails);
        self.next = 1;
        self.upheavals += 1;
        mails.into_values().for_each(|mail| self.append(mail));
    }

    /// A broken server forgets its UIDs and not its UIDVALIDITY. False when UIDNEXT would not go back far enough to
    /// be noticed.
    pub fn roll_back(&mut self, low_water: u32) -> bool {
        let noticed = self.mails.len() < low_water as usize && !self.mails.is_empty();
        if noticed && self.waiting.is_empty() {
            self.number_anew();
            // What arrives before anybody looks would hide it: RFC 3501 leaves no way to see that.
            let last = self.mails.pop_last();
            self.waiting.extend(last.map(|(uid, mail)| {
                self.next = uid;
                mail
            }));
        }
        noticed
    }

    /// Somebody deletes a mail. Mostly one that was read.
    pub fn expunge(&mut self, chance: &mut Chance) -> Option<usize> {
        let read: Vec<u32> =
            self.mails.iter().filter(|(_, m)| self.handed.contains(&m.typed)).map(|(u, _)| *u).collect();
        let any: Vec<u32> = self.mails.keys().copied().collect();
        let from = if chance.percent(85) { read } else { any };
        if from.is_empty() {
            return None;
        }
        self.mails.remove(chance.pick(&from)).map(|mail| mail.typed)
    }

    /// Whether nothing of what was typed came out or can come out: its copies are gone, or never handed out.
    pub fn never_arrived(&self, typed: usize) -> bool {
        let left = self.mails.values().chain(&self.waiting);
        !self.handed.contains(&typed) && !left.into_iter().any(|m| m.typed == typed && m.sick < u32::MAX)
    }

    /// UIDs that the server lists now.
    pub fn listed(&self) -> Vec<u32> {
        self.mails.keys().copied().collect()
    }
}

/// What one step of a round gives.
pub enum Heard {
    /// To tell the engine.
    Tell(FetchStep),
    /// Nothing came.
    Nothing,
    /// The line is lost.
    Lost,
    /// Everything came.
    Done,
}

enum Phase {
    Select,
    Search,
    Fetch,
    Lost,
}

/// One session.
pub struct Round {
    phase: Phase,
    /// What SELECT told. It is told with every step, as a session does that selects once: UIDNEXT grows old.
    validity: u32,
    uid_next: u32,
    /// What is left to fetch of what the engine wanted when it heard the list; `None` before.
    wanted: Option<Vec<u32>>,
    /// Attempts on UIDs alone.
    alone: BTreeMap<u32, u32>,
    /// A batch broke.
    singly: bool,
}

impl Round {
    pub fn new() -> Self {
        Self {
            phase: Phase::Select,
            validity: 0,
            uid_next: 0,
            wanted: None,
            alone: BTreeMap::new(),
            singly: false,
        }
    }

    fn tell(&self, listed: Option<Vec<u32>>, fetched: Vec<Fetched>) -> Heard {
        let (folder, uid_validity, uid_next) = (FOLDER.to_owned(), self.validity, Some(self.uid_next));
        Heard::Tell(FetchStep { folder, uid_validity, uid_next, listed, fetched })
    }

    /// Asks the server the next thing. `plan`: what the engine answered to the last step.
    pub fn step(&mut self, server: &mut Mailbox, plan: Option<&FetchPlan>, faults: &mut Faults<'_>) -> Heard {
        let other_mailbox = self.validity != server.validity && !matches!(self.phase, Phase::Select);
        if faults.strikes(4) || other_mailbox {
            self.phase = Phase::Lost;
        }
        match self.phase {
            Phase::Lost => Heard::Lost,
            Phase::Select => {
                (self.validity, self.uid_next) = (server.validity, server.next);
                self.phase = Phase::Search;
                self.tell(None, Vec::new())
            }
            Phase::Search => {
                let low = plan.map_or(0, |plan| plan.low_water);
                self.phase = Phase::Fetch;
                self.tell(Some(server.search(low)), Vec::new())
            }
            Phase::Fetch => {
                let told = || plan.map_or_else(Vec::new, |plan| plan.wanted.clone());
                let wanted = self.wanted.take().unwrap_or_else(told);
                if wanted.is_empty() { Heard::Done } else { self.fetch(server, wanted, faults) }
            }
        }
    }

    fn fetch(&mut self, server: &mut Mailbox, mut wanted: Vec<u32>, faults: &mut Faults<'_>) -> Heard {
        let size = if self.singly { 1 } else { (1 + faults.chance.below(4)).min(wanted.len()) };
        let cut = if faults.strikes(8) { faults.chance.below(size) } else { size };
        let mut fetched = Vec::new();
        for uid in &wanted[..cut] {
            match server.fetch(*uid) {
                Some(mail) => fetched.push(mail),
                None if !server.mails.contains_key(uid) => fetched.push(Fetched::Expunged { uid: *uid }),
                None if self.singly => {
                    let attempts = self.alone.entry(*uid).or_default();
                    *attempts += 1;
                    if *attempts >= 3 {
                        fetched.push(Fetched::Unfetchable { uid: *uid });
                    }
                }
                None => {
                    // One mail that cannot be read breaks the batch, what came before it stays.
                    self.singly = true;
                    break;
                }
            }
        }
        if cut < size {
            self.phase = Phase::Lost;
        }
        wanted.retain(|uid| !fetched.iter().any(|f| f.uid() == *uid));
        self.wanted = Some(wanted);
        if fetched.is_empty() { Heard::Nothing } else { self.tell(None, fetched) }
    }
}

/// Whether something fails now.
pub struct Faults<'a> {
    pub chance: &'a mut Chance,
    pub on: bool,
}

impl Faults<'_> {
    /// True in `percent` of a hundred cases while faults are on.
    pub fn strikes(&mut self, percent: usize) -> bool {
        self.on && self.chance.percent(percent)
    }
}
