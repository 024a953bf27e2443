//! An installation, its mailbox and what its submission server accepted; and the same once more, put back from a backup.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use yorisoi::clock::Timestamp;
use yorisoi::domain::command::Command;
use yorisoi::engine::{self, BackupPlan, Engine, Role, Settlement};
use yorisoi::mail::address::Address;
use yorisoi::mail::fetched::{FetchPlan, FetchStep, Fetched};
use yorisoi::mail::message::Message;
use yorisoi::mail::parse::parse;
use yorisoi::mail::submission::SubmitOutcome;
use yorisoi::rng::Rng;
use yorisoi::settings::{Receipts, Settings, UnprovenAnswers};
use yorisoi::store::{EntryView, OutboxView};

use crate::plain;

pub const SERVICE: &str = "care@example.jp";
pub const OFFICE: &str = "office@example.com";

/// A mail in the service's mailbox.
#[derive(Clone)]
pub struct Stored {
    pub at: Timestamp,
    pub raw: Vec<u8>,
}

/// A mail that the submission server took.
#[derive(Clone)]
pub struct Taken {
    pub to: String,
    pub message: Message,
}

impl Taken {
    pub fn id(&self) -> String {
        self.message.message_id.as_ref().unwrap().as_str().to_owned()
    }
}

pub struct World {
    dir: tempfile::TempDir,
    pub settings: Settings,
    engine: Option<Engine>,
    pub now: Timestamp,
    pub mailbox: Vec<Stored>,
    pub ledger: Vec<Taken>,
    /// The server tells when its mails came.
    pub dated: bool,
    /// UIDVALIDITY of its folder.
    pub validity: u32,
    life: u64,
}

fn settings(dir: &Path) -> Settings {
    let mut settings = plain::settings(dir);
    settings.service.address = address(SERVICE);
    settings.service.operators = vec![address(OFFICE)];
    settings.service.receipts = Receipts::Always;
    settings.auth.unproven_answers = UnprovenAnswers::Confirm;
    settings
}

pub fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// What is left of the journal when a backup is put back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Left {
    Journal,
    Nothing,
}

impl World {
    /// The first of December 2026, noon in Tokyo.
    pub fn new() -> Self {
        let dir = folder();
        let settings = settings(dir.path());
        let now = Timestamp::parse("2026-12-01T03:00:00Z").unwrap();
        let mut world = Self {
            dir,
            settings,
            engine: None,
            now,
            mailbox: Vec::new(),
            ledger: Vec::new(),
            dated: true,
            validity: 1,
            life: 0,
        };
        world.opens();
        world
    }

    pub fn opens(&mut self) {
        self.engine = None;
        self.life += 1;
        let rng = Rng::from_seed(self.life);
        self.engine = Some(Engine::open(&self.settings, Role::Daemon, rng, self.now).unwrap());
    }

    pub fn closes(&mut self) {
        self.engine = None;
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn engine(&mut self) -> &mut Engine {
        self.engine.as_mut().unwrap()
    }

    pub fn backup(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        BackupPlan::new(&self.settings.service.data_dir, &path, false).unwrap().make(self.now).unwrap();
        path
    }

    /// The machine is lost; a new one begins with a backup, and with the journal if that is left. The mailbox and the
    /// submission server are what they were.
    pub fn put_back(&self, backup: &Path, left: Left) -> Self {
        let dir = folder();
        let settings = settings(dir.path());
        if left == Left::Journal {
            copy_folder(&self.settings.service.journal_dir, &settings.service.journal_dir);
        }
        let now = self.now.after(Duration::from_secs(600));
        engine::restore(&settings.service, backup, false, false, now).unwrap();
        let (mailbox, ledger, life) = (self.mailbox.clone(), self.ledger.clone(), self.life + 1000);
        let (dated, validity) = (self.dated, self.validity);
        Self { dir, settings, engine: None, now, mailbox, ledger, dated, validity, life }
    }

    pub fn order(&mut self, command: &Command) {
        let now = self.now;
        self.engine().order(command, now).unwrap();
    }

    pub fn supporter(&mut self, name: &str, at: &str) {
        let addresses = vec![address(at)];
        self.order(&Command::AddSupporter { name: name.to_owned(), addresses, locale: None });
    }

    pub fn client(&mut self, name: &str, at: &str, supporter: &str) {
        let (name, addresses, goal) = (name.to_owned(), vec![address(at)], String::new());
        let supporter = Some(supporter.to_owned());
        self.order(&Command::AddClient {
            name,
            addresses,
            goal,
            locale: None,
            supporter,
            second: None,
            pool: false,
        });
    }

    /// A mail arrives in the mailbox; nobody has looked yet.
    pub fn arrives(&mut self, from: &str, to: &str, answers: Option<&str>, words: &str) {
        let number = self.mailbox.len() + 1;
        let answers = answers.map_or_else(String::new, |id| format!("In-Reply-To: <{id}>\r\n"));
        let raw = format!(
            "From: {from}\r\nTo: {to}\r\nMessage-ID: <{number}@example.test>\r\nSubject: {number}\r\n{answers}\
             MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n"
        );
        self.mailbox.push(Stored { at: self.now, raw: raw.into_bytes() });
    }

    /// One look into the mailbox.
    pub fn takes_in(&mut self) {
        let next = u32::try_from(self.mailbox.len()).unwrap() + 1;
        let plan = self.keeps(Some(next), None, vec![]);
        self.takes(plan.low_water + 1..next);
    }

    /// The whole list of the mailbox is compared.
    pub fn sweeps(&mut self) {
        let next = u32::try_from(self.mailbox.len()).unwrap() + 1;
        self.keeps(Some(next), None, vec![]);
        self.takes(1..next);
    }

    fn takes(&mut self, listed: Range<u32>) {
        let now = self.now;
        let plan = self.keeps(None, Some(listed.collect()), vec![]);
        let mail = |uid: &u32| {
            let Stored { at, raw } = self.mailbox[*uid as usize - 1].clone();
            Fetched::Mail { uid: *uid, internal_date: self.dated.then_some(at), raw }
        };
        let fetched = plan.wanted.iter().map(mail).collect();
        self.keeps(None, None, fetched);
        while self.engine().apply(now).unwrap().mails > 0 {}
        self.engine().note_fetch(None, now).unwrap();
    }

    fn keeps(&mut self, uid_next: Option<u32>, listed: Option<Vec<u32>>, fetched: Vec<Fetched>) -> FetchPlan {
        let (folder, uid_validity, now) = ("INBOX".to_owned(), self.validity, self.now);
        let step = FetchStep { folder, uid_validity, uid_next, listed, fetched };
        self.engine().keep(&step, now).unwrap()
    }

    /// Submits what is due, at most so many mails; returns how many it were.
    pub fn sends(&mut self, most: usize) -> usize {
        let now = self.now;
        self.engine().tick(now).unwrap();
        let due = self.engine().due(now, most).unwrap();
        for submission in &due {
            let (outbox_id, attempt) = (submission.outbox_id, submission.attempt);
            let before = Settlement::BeforeDot { outbox_id, attempt };
            assert_eq!(self.engine().settle(&[before], now).unwrap(), [true]);
            let to = submission.envelope.forward_path.wire();
            self.ledger.push(Taken { to, message: parse(&submission.bytes) });
            let outcome = SubmitOutcome::Accepted { reply: "ok".to_owned() };
            let ended = Settlement::Ended { outbox_id, attempt, outcome };
            assert_eq!(self.engine().settle(&[ended], now).unwrap(), [true]);
        }
        due.len()
    }

    /// Everything is taken in and sent.
    pub fn rests(&mut self) {
        self.takes_in();
        while self.sends(8) > 0 {}
        let broken = self.engine().view(|tx| tx.check()).unwrap();
        assert!(broken.is_empty(), "{broken:?}");
    }

    pub fn rows(&mut self) -> Vec<OutboxView> {
        self.engine().view(|tx| tx.outbox_views()).unwrap()
    }

    /// The whole ledger.
    pub fn entries(&mut self) -> Vec<EntryView> {
        let (from, to) = (Timestamp::from_millis(0), Timestamp::from_millis(i64::MAX));
        self.engine().view(|tx| tx.entry_views(from, to, None)).unwrap()
    }

    pub fn repeats(&mut self) -> Vec<OutboxView> {
        let mut rows = self.rows();
        rows.retain(|row| row.may_repeat);
        rows
    }

    /// How often each Message-ID was accepted.
    pub fn accepted(&self) -> BTreeMap<String, usize> {
        let mut times = BTreeMap::new();
        self.ledger.iter().for_each(|taken| *times.entry(taken.id()).or_default() += 1);
        times
    }

    /// What the database says, without numbers and times: each outgoing mail and its state, each entry of the ledger, each
    /// day, each letter.
    pub fn story(&mut self) -> BTreeSet<String> {
        let rows = self.rows();
        let mut story: BTreeSet<String> =
            rows.iter().map(|row| format!("{} {} {}", row.kind, row.message_id, row.state)).collect();
        story.extend(self.entries().into_iter().map(|entry| {
            let EntryView { act, supporter, client, day, message_id, .. } = entry;
            format!("{act} {supporter} {client} {day:?} {message_id}")
        }));
        let clients = self.engine().view(|tx| tx.client_views()).unwrap();
        for client in clients {
            let id = yorisoi::domain::people::ClientId(client.id);
            let thread = self.engine().view(|tx| tx.thread_view(id)).unwrap();
            for report in thread.reports {
                story.insert(format!("{} {} {}", client.name, report.day, report.state));
                let letters = report.letters.into_iter();
                story
                    .extend(letters.map(|l| format!("{} {} {} {}", client.name, report.day, l.kind, l.text)));
            }
        }
        story
    }

    /// The newest mail to somebody whose subject or text holds this.
    pub fn newest_to(&self, to: &str, holds: &str) -> Option<&Taken> {
        let fits = |taken: &&Taken| taken.to == to && taken.message.text.contains(holds);
        self.ledger.iter().rev().find(fits)
    }
}

/// In memory where the system has such a place: what a power cut does to a disk is not the question here.
fn folder() -> tempfile::TempDir {
    let memory = PathBuf::from("/dev/shm");
    let root = if memory.is_dir() { memory } else { std::env::temp_dir() };
    tempfile::Builder::new().prefix("yorisoi-restore-").tempdir_in(root).unwrap()
}
