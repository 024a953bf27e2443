//! The mailbox server, and the line to it: two folders as IMAP shows them, that fail between any two answers.
//!
//! [`Round`] is what a session of ours would do with the answers: it turns them into the values that `keep` takes.

use std::collections::{BTreeMap, BTreeSet};

use yorisoi::clock::Timestamp;
use yorisoi::mail::fetched::{FetchPlan, FetchStep, Fetched};

use crate::chance::Chance;
use crate::script::Faults;

/// The folders that are looked at.
pub const FOLDERS: [&str; 2] = ["INBOX", "Junk"];
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
    /// RFC822.SIZE says this, when it lies.
    pub announced: Option<u64>,
}

/// One folder.
#[derive(Clone, Default)]
pub struct Folder {
    pub validity: u32,
    next: u32,
    mails: BTreeMap<u32, Stored>,
    /// Arrives only at the next SEARCH: what arrives before anybody looks would hide that the UIDs began anew. RFC 3501
    /// leaves no way to see that.
    waiting: Vec<Stored>,
    waits: bool,
    /// What the administrator saved.
    backup: Option<(u32, u32, BTreeMap<u32, Stored>)>,
    /// How often the UIDs came to mean other mails.
    pub upheavals: usize,
}

impl Folder {
    fn deliver(&mut self, mail: Stored) {
        if self.waits { self.waiting.push(mail) } else { self.append(mail) }
    }

    fn append(&mut self, mail: Stored) {
        self.mails.insert(self.next, mail);
        self.next += 1;
    }

    fn search(&mut self, low: u32) -> Vec<u32> {
        self.waits = false;
        std::mem::take(&mut self.waiting).into_iter().for_each(|mail| self.append(mail));
        self.mails.range(low + 1..).map(|(uid, _)| *uid).collect()
    }

    fn number_anew(&mut self, mails: impl IntoIterator<Item = Stored>) {
        let mails: Vec<Stored> = mails.into_iter().collect();
        self.mails.clear();
        self.next = 1;
        self.upheavals += 1;
        mails.into_iter().for_each(|mail| self.append(mail));
    }

    /// The server was rebuilt: another UIDVALIDITY, other UIDs.
    pub fn renumber(&mut self) {
        self.validity += 1;
        let mails = std::mem::take(&mut self.mails);
        self.number_anew(mails.into_values());
    }

    /// Somebody deletes the folder and makes it anew.
    pub fn recreate(&mut self) {
        self.validity += 1;
        self.number_anew([]);
    }

    /// The mails move to another server: other UIDs in another order, and other trace fields.
    pub fn migrate(&mut self, chance: &mut Chance) {
        self.validity = 1000 + u32::try_from(chance.below(1 << 20)).unwrap_or(0);
        let mut mails: Vec<Stored> = std::mem::take(&mut self.mails).into_values().collect();
        chance.shuffle(&mut mails);
        for mail in &mut mails {
            let by = chance.below(1000);
            let trace = format!(
                "Return-Path: <moved{by}@example.net>\r\nReceived: from old{by} by new.example.net; Tue, 1 Dec 2026\r\n\
                 \t00:00:{:02} +0900\r\nX-Spam-Status: No, score={by}\r\n",
                by % 60
            );
            mail.raw = [trace.as_bytes(), &mail.raw, b"\r\n"].concat();
        }
        self.number_anew(mails);
    }

    /// A broken server forgets its UIDs and not its UIDVALIDITY. False when UIDNEXT would not go back far enough to
    /// be noticed.
    pub fn roll_back(&mut self, low_water: u32) -> bool {
        let noticed = self.mails.len() < low_water as usize && !self.mails.is_empty();
        if noticed && !self.waits {
            let mails = std::mem::take(&mut self.mails);
            self.number_anew(mails.into_values());
            self.waits = true;
        }
        noticed
    }

    /// The administrator saves the folder.
    pub fn back_up(&mut self) {
        self.backup = Some((self.validity, self.next, self.mails.clone()));
    }

    /// The administrator brings back what was saved, UIDVALIDITY and UIDNEXT with it. What came since is gone. False when
    /// nothing is saved, or UIDNEXT would not go back far enough to be noticed.
    pub fn restore(&mut self, low_water: u32) -> bool {
        let Some((validity, next, mails)) = self.backup.clone() else { return false };
        let noticed = validity != self.validity || next <= low_water;
        if noticed && !self.waits {
            (self.validity, self.next, self.mails) = (validity, next, mails);
            self.waits = true;
            self.upheavals += 1;
        }
        noticed
    }
}

/// The server.
pub struct Mailbox {
    pub folders: [Folder; 2],
    /// Typed things that were handed out and kept at least once.
    pub handed: BTreeSet<usize>,
}

impl Mailbox {
    pub fn new() -> Self {
        let folder = |validity| Folder { validity, next: 1, ..Folder::default() };
        Self { folders: [folder(7), folder(70)], handed: BTreeSet::new() }
    }

    /// A mail arrives.
    pub fn deliver(&mut self, folder: usize, mail: Stored) {
        self.folders[folder].deliver(mail);
    }

    /// What a FETCH of one UID gives: nothing when it is gone or not handed out.
    fn fetch(&mut self, folder: usize, uid: u32) -> Option<Fetched> {
        let mail = self.folders[folder].mails.get_mut(&uid)?;
        if mail.sick > 0 {
            mail.sick = mail.sick.saturating_sub(u32::from(mail.sick < u32::MAX));
            return None;
        }
        let internal_date = Some(Timestamp::from_millis(mail.at));
        let size = mail.announced.unwrap_or(mail.raw.len() as u64);
        // Whoever announces too little is found out by the octets that come.
        if size <= MAX_BYTES as u64 && mail.raw.len() <= MAX_BYTES {
            return Some(Fetched::Mail { uid, internal_date, raw: mail.raw.clone() });
        }
        let end = mail.raw.windows(4).position(|w| w == b"\r\n\r\n").map_or(mail.raw.len(), |at| at + 4);
        Some(Fetched::TooLarge { uid, internal_date, size, header: mail.raw[..end].to_vec() })
    }

    /// Mails were handed out, and kept.
    pub fn kept(&mut self, folder: usize, fetched: &[Fetched]) {
        let whole = |f: &&Fetched| matches!(f, Fetched::Mail { .. } | Fetched::TooLarge { .. });
        let mails = &self.folders[folder].mails;
        self.handed.extend(fetched.iter().filter(whole).filter_map(|f| mails.get(&f.uid())).map(|m| m.typed));
    }

    /// Somebody deletes a mail. Mostly one that was read.
    pub fn expunge(&mut self, chance: &mut Chance) -> Option<usize> {
        let folder = usize::from(chance.percent(20));
        let mails = &mut self.folders[folder].mails;
        let read: Vec<u32> =
            mails.iter().filter(|(_, m)| self.handed.contains(&m.typed)).map(|(u, _)| *u).collect();
        let any: Vec<u32> = mails.keys().copied().collect();
        let from = if chance.percent(85) { read } else { any };
        if from.is_empty() {
            return None;
        }
        mails.remove(chance.pick(&from)).map(|mail| mail.typed)
    }

    fn all(&self) -> impl Iterator<Item = &Stored> {
        self.folders.iter().flat_map(|folder| folder.mails.values().chain(&folder.waiting))
    }

    /// Whether nothing of what was typed came out or can come out: its copies are gone, or never handed out.
    pub fn never_arrived(&self, typed: usize) -> bool {
        !self.handed.contains(&typed) && !self.all().any(|m| m.typed == typed && m.sick < u32::MAX)
    }

    /// UIDs that the server lists now.
    pub fn listed(&self, folder: usize) -> Vec<u32> {
        self.folders[folder].mails.keys().copied().collect()
    }
}

/// What one step of a round gives.
pub enum Heard {
    /// To tell the engine.
    Tell(FetchStep),
    /// Nothing came.
    Nothing,
    /// The line is lost, in this way and after so long.
    Lost(&'static str, i64),
    /// Everything came.
    Done,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Select,
    Search,
    Fetch,
    Lost,
}

/// One look at a folder.
pub struct Round {
    pub folder: usize,
    /// The junk folder's turn is next in this session: it comes after a whole look at the main one only.
    pub then_junk: bool,
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
    /// A session that is for this folder begins.
    pub fn towards(folder: usize) -> Self {
        Self { then_junk: folder != 0, ..Self::new(0) }
    }

    /// The folder that the session is for.
    pub fn aim(&self) -> usize {
        if self.then_junk { 1 } else { self.folder }
    }

    /// The next look of this session.
    pub fn next(&self) -> Option<Self> {
        self.then_junk.then(|| Self::new(1))
    }

    fn new(folder: usize) -> Self {
        Self {
            folder,
            then_junk: false,
            phase: Phase::Select,
            validity: 0,
            uid_next: 0,
            wanted: None,
            alone: BTreeMap::new(),
            singly: false,
        }
    }

    fn tell(&self, listed: Option<Vec<u32>>, fetched: Vec<Fetched>) -> Heard {
        let (folder, uid_validity, uid_next) =
            (FOLDERS[self.folder].to_owned(), self.validity, Some(self.uid_next));
        Heard::Tell(FetchStep { folder, uid_validity, uid_next, listed, fetched })
    }

    /// Asks the server the next thing. `plan`: what the engine answered to the last step.
    pub fn step(&mut self, server: &mut Mailbox, plan: Option<&FetchPlan>, faults: &mut Faults<'_>) -> Heard {
        const WAYS: [(&str, i64); 5] =
            [("NO", 0), ("BAD", 0), ("BYE", 0), ("the end of the stream", 0), ("silence", 60_000)];
        let other = self.validity != server.folders[self.folder].validity && self.phase != Phase::Select;
        let way = faults.strike("line", 4).map(|mut chance| *chance.pick(&WAYS));
        if way.is_some() || other || self.phase == Phase::Lost {
            let (way, after) = way.unwrap_or(WAYS[3]);
            return Heard::Lost(way, after);
        }
        let folder = &mut server.folders[self.folder];
        match self.phase {
            Phase::Select => {
                (self.validity, self.uid_next) = (folder.validity, folder.next);
                self.phase = Phase::Search;
                self.tell(None, Vec::new())
            }
            Phase::Search => {
                let low = plan.map_or(0, |plan| plan.low_water);
                self.phase = Phase::Fetch;
                self.tell(Some(folder.search(low)), Vec::new())
            }
            Phase::Fetch | Phase::Lost => {
                let told = || plan.map_or_else(Vec::new, |plan| plan.wanted.clone());
                let wanted = self.wanted.take().unwrap_or_else(told);
                if wanted.is_empty() { Heard::Done } else { self.fetch(server, wanted, faults) }
            }
        }
    }

    fn fetch(&mut self, server: &mut Mailbox, mut wanted: Vec<u32>, faults: &mut Faults<'_>) -> Heard {
        let most = 1 + faults.script.draw("batch").below(4);
        let size = if self.singly { 1 } else { most.min(wanted.len()) };
        let cut = faults.strike("cut", 8).map_or(size, |mut chance| chance.below(size));
        if faults.strikes("gone", 2) {
            server.folders[self.folder].mails.remove(&wanted[0]);
        }
        let mut fetched = Vec::new();
        for uid in &wanted[..cut] {
            match server.fetch(self.folder, *uid) {
                Some(mail) => fetched.push(mail),
                None if !server.folders[self.folder].mails.contains_key(uid) => {
                    fetched.push(Fetched::Expunged { uid: *uid });
                }
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
        if let Some(mut chance) = faults.strike("order", 15) {
            chance.shuffle(&mut fetched);
        }
        if fetched.is_empty() { Heard::Nothing } else { self.tell(None, fetched) }
    }
}
