//! The journal of accepted mails: append-only files outside the database, so that a restored older database sends
//! nothing twice.
//!
//! One file a month, `accepted-2026-11.journal`; a record is synced before the database learns of the acceptance. Files
//! whose newest record is older than sixty days are removed. Each file begins with whose it is and since when nothing is
//! missing from it: a journal that is lost, another installation's, or younger than a restored backup is known as such.
//! In memory a Message-ID is sixteen octets.

mod record;

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashSet};
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Result, StoreError};
use crate::clock::Timestamp;
use crate::kill::{self, Point};
use crate::mail::digest::short_digest;
use record::{Record, line};

/// Older records are no longer needed: a mail is tried for three days, and folders are looked back on for thirty.
const KEPT: Duration = Duration::from_secs(60 * 86_400);
/// So many files are kept beside the current one whatever the clock says, which is sixty days at least: one that jumps must
/// not empty the journal.
const KEPT_FILES: usize = 3;

/// The journal and what it knows.
pub struct Journal {
    dir: PathBuf,
    /// What is there, by file name; read when it is first needed.
    files: OnceCell<BTreeMap<String, Page>>,
    /// The file that records go to.
    current: Option<Current>,
    /// A record could not be written; nothing may be sent until one can.
    sick: bool,
}

/// One file, read.
#[derive(Default)]
struct Page {
    owner: Option<String>,
    /// The last time that the journal was begun here: nothing is missing since then.
    begun: Option<Timestamp>,
    goes_on: Option<Timestamp>,
    newest: Option<Timestamp>,
    /// The acceptance that was written last.
    last: Option<(Timestamp, String)>,
    known: HashSet<u128>,
    people: Vec<(String, u32, u64)>,
    torn: usize,
}

struct Current {
    file: File,
    name: String,
    /// The last record may be torn: the next one begins on a line of its own.
    torn: bool,
}

/// What a journal is, for who has to judge it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JournalFacts {
    /// Whose it is; `None` when it never was begun.
    pub owner: Option<String>,
    /// Since when no acceptance is missing.
    pub since: Option<Timestamp>,
    /// The newest record.
    pub newest: Option<Timestamp>,
    /// Mails that it knows.
    pub accepted: usize,
    /// Records torn by a power cut, or damaged.
    pub torn: usize,
    /// Files.
    pub files: usize,
}

impl Journal {
    /// Opens the journal in `dir`, which is created when it is missing.
    ///
    /// # Errors
    /// The folder cannot be used.
    pub fn open(dir: &Path) -> Result<Self> {
        std::fs::create_dir_all(dir).map_err(failed(dir))?;
        Ok(Self::seen(dir))
    }

    /// The same for somebody who only looks: nothing is created.
    pub fn seen(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), files: OnceCell::new(), current: None, sick: false }
    }

    /// Whether a mail was accepted.
    ///
    /// # Errors
    /// The files cannot be read: that is no "no".
    pub fn knows(&self, message_id: &str) -> Result<bool> {
        let wanted = short_digest(message_id);
        Ok(self.files()?.values().any(|page| page.known.contains(&wanted)))
    }

    /// The acceptance that was written last: when, and the mail's Message-ID.
    ///
    /// # Errors
    /// The files cannot be read.
    pub fn last_accepted(&self) -> Result<Option<&(Timestamp, String)>> {
        Ok(self.files()?.values().rev().find_map(|page| page.last.as_ref()))
    }

    /// The refs of an address that is nobody's any more; no person ever has them.
    pub const NOBODY: (u32, u64) = (0, 0);

    /// The refs that a person had, by her pseudonym: the newest.
    ///
    /// # Errors
    /// The files cannot be read.
    pub fn person(&self, pseudonym: &str) -> Result<Option<(u32, u64)>> {
        let mut people = self.files()?.values().rev().flat_map(|page| page.people.iter().rev());
        let newest = people.find(|(name, ..)| name == pseudonym);
        Ok(newest.map(|(_, principal, thread)| (*principal, *thread)).filter(|refs| *refs != Self::NOBODY))
    }

    /// What the journal is.
    ///
    /// # Errors
    /// The files cannot be read.
    pub fn facts(&self) -> Result<JournalFacts> {
        let files = self.files()?;
        let pages = || files.values();
        let first = pages().next();
        Ok(JournalFacts {
            owner: pages().rev().find_map(|page| page.owner.clone()),
            since: pages().rev().find_map(|page| page.begun).or(first.and_then(|page| page.goes_on)),
            newest: pages().filter_map(|page| page.newest).max(),
            accepted: pages().map(|page| page.known.len()).sum(),
            torn: pages().map(|page| page.torn).sum(),
            files: files.len(),
        })
    }

    /// Writes down whose the journal is, and that from `since` on nothing is missing from it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn begin(&mut self, owner: &str, since: Timestamp, now: Timestamp) -> Result<()> {
        self.append(&begun(owner, since, now), now)
    }

    /// Appends records and syncs once.
    ///
    /// # Errors
    /// The file cannot be written; then nothing may be taken for recorded.
    pub fn record(&mut self, accepted: &[(String, String)], now: Timestamp) -> Result<()> {
        let line_of =
            |(id, pseudonym): &(String, String)| line(&format!("{} {id} {pseudonym}", now.millis()));
        self.append(&accepted.iter().map(line_of).collect::<String>(), now)
    }

    /// Remembers which refs a person got: should she have to be added again, her mails keep their names.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn record_person(&mut self, pseudonym: &str, refs: (u32, u64), now: Timestamp) -> Result<()> {
        let (principal, thread) = refs;
        let body = format!("{} =person {pseudonym} {principal:08x} {thread:012x}", now.millis());
        self.append(&line(&body), now)
    }

    /// Whether records can be written. After a failure this tries one.
    pub fn works(&mut self, now: Timestamp) -> bool {
        !self.sick || self.append("\n", now).is_ok()
    }

    /// Removes files that are no longer needed, and forgets them.
    ///
    /// # Errors
    /// A file cannot be removed, or the journal cannot be read.
    pub fn shorten(&mut self, now: Timestamp) -> Result<()> {
        let current = file_name(now);
        let others = self.files()?.iter().filter(|(name, _)| **name != current);
        let old = others.rev().skip(KEPT_FILES).filter(|(_, page)| page.newest < Some(now.before(KEPT)));
        let old: Vec<String> = old.map(|(name, _)| name.clone()).collect();
        for name in old {
            let path = self.dir.join(&name);
            std::fs::remove_file(&path).map_err(failed(&path))?;
            if let Some(files) = self.files.get_mut() {
                files.remove(&name);
            }
        }
        Ok(())
    }

    fn files(&self) -> Result<&BTreeMap<String, Page>> {
        if let Some(files) = self.files.get() {
            return Ok(files);
        }
        let read = read_all(&self.dir)?;
        Ok(self.files.get_or_init(|| read))
    }

    fn append(&mut self, lines: &str, now: Timestamp) -> Result<()> {
        self.sick = true;
        let name = file_name(now);
        let path = self.dir.join(&name);
        // A file that somebody took away must not swallow records.
        let mut current = match self.current.take().filter(|c| c.name == name && path.exists()) {
            Some(current) => current,
            None => {
                let current = self.turn_to(name, now)?;
                // What cannot be removed is only too much.
                let _ = self.shorten(now);
                current
            }
        };
        let text = format!("{}{lines}", if current.torn { "\n" } else { "" });
        current.torn = true;
        let written = write_durably(&mut current.file, text.as_bytes());
        current.torn = written.is_err();
        if written.is_ok()
            && let Some(files) = self.files.get_mut()
        {
            files.entry(current.name.clone()).or_default().read(lines);
        }
        self.current = Some(current);
        written.map_err(failed(&path))?;
        self.sick = false;
        Ok(())
    }

    /// Opens the file of this month; a new one says first whose it is.
    fn turn_to(&mut self, name: String, now: Timestamp) -> Result<Current> {
        use std::os::unix::fs::OpenOptionsExt as _;
        let path = self.dir.join(&name);
        let owner = self.facts()?.owner;
        std::fs::create_dir_all(&self.dir).map_err(failed(&self.dir))?;
        let open = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(&path);
        let mut file = open.map_err(failed(&path))?;
        let octets = std::fs::read(&path).map_err(failed(&path))?;
        if let (true, Some(owner)) = (octets.is_empty(), owner) {
            // A file that was there and is no longer has left a gap.
            let text = match self.files()?.contains_key(&name) {
                true => begun(&owner, now, now),
                false => line(&format!("{} =goes-on {owner}", now.millis())),
            };
            file.write_all(text.as_bytes()).map_err(failed(&path))?;
            if let Some(files) = self.files.get_mut() {
                files.entry(name.clone()).or_default().read(&text);
            }
        }
        let synced = File::open(&self.dir).and_then(|dir| dir.sync_all());
        synced.map_err(failed(&self.dir))?;
        Ok(Current { file, name, torn: octets.last().is_some_and(|last| *last != b'\n') })
    }
}

impl Page {
    fn read(&mut self, text: &str) {
        for told in text.lines().filter(|told| !told.is_empty()) {
            let at = match Record::read(told) {
                Some(Record::Accepted { at, message_id }) => {
                    self.known.insert(short_digest(&message_id));
                    self.last = Some((at, message_id));
                    at
                }
                Some(Record::Begun { owner, since }) => {
                    (self.owner, self.begun) = (Some(owner), Some(since));
                    since
                }
                Some(Record::GoesOn { at, owner }) => {
                    (self.owner, self.goes_on) = (Some(owner), Some(at));
                    at
                }
                Some(Record::Person { at, pseudonym, principal, thread }) => {
                    self.people.push((pseudonym, principal, thread));
                    at
                }
                None => {
                    self.torn += 1;
                    continue;
                }
            };
            self.newest = self.newest.max(Some(at));
        }
    }
}

fn write_durably(file: &mut File, octets: &[u8]) -> std::io::Result<()> {
    kill::before(Point::JournalWrite);
    file.write_all(octets)?;
    kill::after(Point::JournalWrite);
    kill::before(Point::JournalFsync);
    file.sync_data()?;
    kill::after(Point::JournalFsync);
    Ok(())
}

fn begun(owner: &str, since: Timestamp, now: Timestamp) -> String {
    line(&format!("{} =begun {owner} {}", now.millis(), since.millis()))
}

fn file_name(now: Timestamp) -> String {
    format!("accepted-{}.journal", now.to_string().get(..7).unwrap_or("undated"))
}

fn read_all(dir: &Path) -> Result<BTreeMap<String, Page>> {
    let mut files = BTreeMap::new();
    let entries = match std::fs::read_dir(dir) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(files),
        entries => entries.map_err(failed(dir))?,
    };
    for entry in entries {
        let entry = entry.map_err(failed(dir))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !(name.starts_with("accepted") && name.ends_with(".journal")) {
            continue;
        }
        let octets = std::fs::read(entry.path()).map_err(failed(&entry.path()))?;
        files.entry(name).or_insert_with(Page::default).read(&String::from_utf8_lossy(&octets));
    }
    Ok(files)
}

fn failed(path: &Path) -> impl Fn(std::io::Error) -> StoreError {
    move |error| StoreError::File { path: path.to_owned(), kind: error.kind() }
}

#[cfg(test)]
mod tests;
