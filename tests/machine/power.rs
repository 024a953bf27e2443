//! Power cuts: a life of the engine, cut at each frame of the database's log and at each octet of the journal. What is
//! left opens, is whole, and goes on to the same end.
//!
//! A power cut leaves what was synced, and any beginning of what was not. The journal is synced before the database
//! hears of an acceptance, so at each place of the log it is known what of the journal there must be, and what there
//! may be.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use yorisoi::clock::{Timestamp, Zone};
use yorisoi::domain::command::Command;
use yorisoi::domain::locale::Locale;
use yorisoi::engine::{Engine, Role, Settlement};
use yorisoi::mail::address::Address;
use yorisoi::mail::fetched::{FetchStep, Fetched};
use yorisoi::mail::parse::parse;
use yorisoi::mail::submission::{Submission, SubmitOutcome};
use yorisoi::rng::Rng;
use yorisoi::settings::{Receipts, Settings};

use super::counted::counted;
use super::plain;

/// The header of a log, and of a frame with its page (sqlite.org/fileformat.html §4).
const LOG_HEADER: usize = 32;
const FRAME: usize = 24 + 16_384;

pub(super) fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

pub(super) fn settings(path: &Path) -> Settings {
    let mut settings = plain::settings(path);
    settings.service.name = "Care".to_owned();
    settings.service.locale = Locale::En;
    settings.service.timezone = Zone::UTC;
    settings.service.receipts = Receipts::Always;
    settings.smtp.connections = 9;
    settings
}

pub(super) fn now() -> Timestamp {
    Timestamp::parse("2026-12-03T12:00:00Z").unwrap()
}

/// What lies in the service's mailbox, and which mails the submission server has taken.
#[derive(Clone, Default)]
struct Outside {
    mailbox: Vec<String>,
    taken: Vec<(String, Vec<u8>)>,
}

impl Outside {
    fn comes(&mut self, from: &str, to: &str, words: &str) {
        let number = self.mailbox.len();
        self.mailbox.push(format!(
            "From: {from}\r\nTo: {to}\r\nMessage-ID: <{number}@example.test>\r\n\r\n{words}\r\n"
        ));
    }

    /// Where a reply to the last alert goes.
    fn reply_to(&self) -> String {
        let replies = self.taken.iter().rev().filter_map(|(_, raw)| parse(raw).reply_to.first().cloned());
        replies.map(|address| address.wire()).find(|to| to.contains('+')).unwrap()
    }
}

/// What was durable after a verb, and what had happened outside.
#[derive(Clone)]
struct Moment {
    log: usize,
    journal: usize,
    outside: Outside,
    /// Mails whose dot may be out, and whose end the journal does not know.
    open: BTreeSet<String>,
}

/// The engine, and what is noted of it.
struct House<'a> {
    engine: Engine,
    path: &'a Path,
    now: Timestamp,
    outside: Outside,
    moments: Vec<Moment>,
    open: BTreeSet<String>,
}

fn length(path: &Path) -> usize {
    std::fs::metadata(path).map_or(0, |seen| seen.len() as usize)
}

impl<'a> House<'a> {
    fn open(path: &'a Path, now: Timestamp, outside: Outside) -> Self {
        let engine = Engine::open(&settings(path), Role::Daemon, Rng::from_seed(1), now).unwrap();
        Self { engine, path, now, outside, moments: Vec::new(), open: BTreeSet::new() }
    }

    fn note(&mut self) {
        self.moments.push(Moment {
            log: length(&self.path.join("data/yorisoi.db-wal")),
            journal: length(&self.path.join("journal/accepted-2026-12.journal")),
            outside: self.outside.clone(),
            open: self.open.clone(),
        });
    }

    fn people(&mut self) {
        let supporter = Command::AddSupporter {
            name: "Ai".to_owned(),
            addresses: vec![address("ai@example.org")],
            locale: None,
        };
        self.engine.order(&supporter, self.now).unwrap();
        let client = Command::AddClient {
            name: "Haru".to_owned(),
            addresses: vec![address("haru@example.jp")],
            goal: "Walk".to_owned(),
            locale: None,
            supporter: Some("Ai".to_owned()),
            second: None,
            pool: false,
        };
        self.engine.order(&client, self.now).unwrap();
        self.note();
    }

    fn step(&mut self, listed: Option<Vec<u32>>, fetched: Vec<Fetched>) -> Vec<u32> {
        let step = FetchStep { folder: "INBOX".to_owned(), uid_validity: 1, uid_next: None, listed, fetched };
        let plan = self.engine.keep(&step, self.now).unwrap();
        self.note();
        plan.wanted
    }

    /// Takes in and sends until nothing is left to do now.
    fn work(&mut self) {
        let listed = (1..=u32::try_from(self.outside.mailbox.len()).unwrap()).collect();
        let wanted = self.step(Some(listed), Vec::new());
        let mail = |uid: u32| Fetched::Mail {
            uid,
            internal_date: Some(now()),
            raw: self.outside.mailbox[uid as usize - 1].clone().into_bytes(),
        };
        let fetched: Vec<Fetched> = wanted.into_iter().map(mail).collect();
        if !fetched.is_empty() {
            self.step(None, fetched);
        }
        loop {
            let applied = self.engine.apply(self.now).unwrap();
            self.note();
            self.engine.tick(self.now).unwrap();
            let due = self.engine.due(self.now, 3).unwrap();
            self.note();
            if applied.mails == 0 && due.is_empty() {
                return;
            }
            self.submit(due);
        }
    }

    /// All dots first, then all ends: several mails are under way at any moment.
    fn submit(&mut self, due: Vec<Submission>) {
        for Submission { outbox_id, attempt, bytes, .. } in &due {
            let before = Settlement::BeforeDot { outbox_id: *outbox_id, attempt: *attempt };
            assert_eq!(self.engine.settle(&[before], self.now).unwrap(), [true]);
            let id = parse(bytes).message_id.unwrap().to_string();
            self.open.insert(id.clone());
            self.note();
            self.outside.taken.push((id, bytes.clone()));
        }
        for Submission { outbox_id, attempt, bytes, .. } in due {
            let outcome = SubmitOutcome::Accepted { reply: "ok".to_owned() };
            let ended = Settlement::Ended { outbox_id, attempt, outcome };
            assert_eq!(self.engine.settle(&[ended], self.now).unwrap(), [true]);
            self.open.remove(&parse(&bytes).message_id.unwrap().to_string());
            self.note();
        }
    }

    /// The days in which everybody writes what is left to write, and every repeat is over.
    fn rest(&mut self, mailbox: &[String]) {
        self.work();
        self.outside.mailbox = mailbox.to_vec();
        for _ in 0..4 {
            self.work();
            self.now = self.now.after(Duration::from_secs(1200));
        }
    }
}

/// A day: two reports, a stranger, an answer, thanks.
fn day(house: &mut House<'_>) {
    house.outside.comes("haru@example.jp", "care@example.jp", "I walked.");
    house.outside.comes("mal@example.com", "care@example.jp", "Buy this.");
    house.work();
    let to = house.outside.reply_to();
    house.outside.comes("ai@example.org", &to, "Well done.");
    house.outside.comes("haru@example.jp", "care@example.jp", "I walked again.");
    house.work();
}

/// How everything ended: mails by UID, outgoing mails by Message-ID.
fn ends(path: &Path) -> (Vec<String>, BTreeMap<String, String>) {
    let store = Connection::open(path.join("data/yorisoi.db")).unwrap();
    let sql = "SELECT uid || ' ' || state || ' ' || reason FROM kept_mails ORDER BY uid";
    let mut mails = store.prepare(sql).unwrap();
    let mails = mails.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut rows = store.prepare("SELECT message_id, kind || ' ' || state FROM outbox").unwrap();
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    (mails, rows.map(Result::unwrap).collect())
}

/// What was on the disk when the life was over, and its moments.
struct Life {
    database: Vec<u8>,
    log: Vec<u8>,
    journal: Vec<u8>,
    moments: Vec<Moment>,
    ends: (Vec<String>, BTreeMap<String, String>),
}

pub(super) fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let root = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    tempfile::tempdir_in(root).unwrap()
}

pub(super) fn furnish(path: &Path) {
    std::fs::create_dir_all(path.join("data")).unwrap();
    std::fs::create_dir_all(path.join("journal")).unwrap();
    std::fs::write(path.join("data/key"), [7; 32]).unwrap();
}

impl Life {
    fn live() -> Self {
        let dir = folder();
        let path = dir.path();
        furnish(path);
        // Somebody reads from the beginning: so all stays in the log, and nothing of it goes into the database.
        let reader = Connection::open(path.join("data/yorisoi.db")).unwrap();
        reader.pragma_update(None, "page_size", 16384).unwrap();
        reader.pragma_update(None, "journal_mode", "wal").unwrap();
        reader.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema").unwrap();
        let mut house = House::open(path, now(), Outside::default());
        house.people();
        day(&mut house);
        let read = |name: &str| std::fs::read(path.join(name)).unwrap();
        let (database, log) = (read("data/yorisoi.db"), read("data/yorisoi.db-wal"));
        let (journal, moments) = (read("journal/accepted-2026-12.journal"), house.moments.clone());
        assert_eq!((log.len() - LOG_HEADER) % FRAME, 0, "the log is one that was never begun anew");
        let mailbox = house.outside.mailbox.clone();
        house.rest(&mailbox);
        Self { database, log, journal, moments, ends: ends(path) }
    }

    /// What a power cut leaves, in a folder of its own.
    fn cut(&self, log: &[u8], journal: usize) -> tempfile::TempDir {
        let dir = folder();
        furnish(dir.path());
        std::fs::write(dir.path().join("data/yorisoi.db"), &self.database).unwrap();
        std::fs::write(dir.path().join("data/yorisoi.db-wal"), log).unwrap();
        std::fs::write(dir.path().join("journal/accepted-2026-12.journal"), &self.journal[..journal])
            .unwrap();
        dir
    }

    /// Goes on after a cut. `open`: mails that may be out although nothing durable says so.
    fn goes_on(&self, what: &str, log: &[u8], journal: usize, outside: &Outside, open: &BTreeSet<String>) {
        let dir = self.cut(log, journal);
        let later = now().after(Duration::from_secs(60));
        let mut house = House::open(dir.path(), later, outside.clone());
        let check = |house: &House<'_>| {
            let broken = house.engine.view(|tx| tx.check()).unwrap();
            assert_eq!(broken, Vec::<String>::new(), "{what}");
        };
        check(&house);
        let last = self.moments.last().unwrap();
        house.rest(&last.outside.mailbox);
        check(&house);
        let (mails, rows) = ends(dir.path());
        assert_eq!(mails, self.ends.0, "{what}");
        for (id, end) in &self.ends.1 {
            let taken = house.outside.taken.iter().filter(|(taken, _)| taken.contains(id.as_str())).count();
            let is_open = open.iter().any(|open| open.contains(id.as_str()));
            // a mail whose dot may be out: alerts and words come again, a receipt does not
            let (fewest, most) = match (is_open, end.starts_with("receipt")) {
                (false, _) => (1, 1),
                (true, false) => (1, 2),
                (true, true) => (0, 1),
            };
            assert!((fewest..=most).contains(&taken), "{what}: {end} was taken {taken} times: {rows:?}");
            if !is_open {
                assert_eq!(rows.get(id), Some(end), "{what}");
            }
        }
        let strange = rows.iter().filter(|(id, end)| {
            !self.ends.1.contains_key(*id) && (open.is_empty() || !end.starts_with("office"))
        });
        assert_eq!(strange.count(), 0, "{what}: {rows:?}");
    }
}

#[test]
fn a_power_cut_at_any_frame_of_the_log_loses_nothing_and_repeats_only_what_nobody_confirmed() {
    let life = Life::live();
    let begun = life.moments[0].log;
    let (mut cuts, mut windows) = (0, 0);
    let garbage: Vec<u8> = (0..FRAME + 100).map(|at| (at * 31 % 251) as u8).collect();
    for pair in life.moments.windows(2) {
        let [before, after] = pair else { unreachable!() };
        assert!(before.log >= begun && before.log <= after.log && before.journal <= after.journal);
        for end in (before.log..=after.log).step_by(FRAME) {
            if end == after.log && end != before.log {
                continue;
            }
            // what the submission server took in between, it has taken
            let outside = &after.outside;
            let either: BTreeSet<String> = after.open.union(&before.open).cloned().collect();
            let begun = end > before.log || after.log == before.log;
            let whole = life.log[..end].to_vec();
            let torn = life.log[..(end + FRAME / 2).min(life.log.len())].to_vec();
            let dirty = [&life.log[..end], &garbage].concat();
            for (kind, log, begun) in
                [("whole", whole, begun), ("torn", torn, true), ("garbage behind", dirty, begun)]
            {
                // Something of the verb is in the log: then all is in the journal that it wrote there.
                let (journal, open) =
                    if begun { (after.journal, &after.open) } else { (before.journal, &either) };
                windows += usize::from(!open.is_empty());
                life.goes_on(&format!("cut at {end}, {kind}"), &log, journal, outside, open);
                cuts += 1;
            }
        }
    }
    println!("a log of {} octets, {windows} places with a mail under way", life.log.len());
    let name = "a_power_cut_at_any_frame_of_the_log_loses_nothing_and_repeats_only_what_nobody_confirmed";
    counted(name, cuts);
    assert!(cuts > 200 && windows >= 10, "{cuts} cuts, {windows} windows");
}

#[test]
fn a_power_cut_at_any_octet_of_the_journal_repeats_only_what_is_not_whole_in_it() {
    let life = Life::live();
    let mut cuts = 0;
    for pair in life.moments.windows(2) {
        let [before, after] = pair else { unreachable!() };
        // The record was being written, the database had not heard of it.
        for journal in before.journal..after.journal {
            let open = &before.open;
            life.goes_on(
                &format!("journal cut at {journal}"),
                &life.log[..before.log],
                journal,
                &after.outside,
                open,
            );
            cuts += 1;
        }
        if before.journal < after.journal {
            let (log, journal) = (&life.log[..before.log], after.journal);
            life.goes_on(&format!("journal whole at {journal}"), log, journal, &after.outside, &after.open);
            cuts += 1;
        }
    }
    counted("a_power_cut_at_any_octet_of_the_journal_repeats_only_what_is_not_whole_in_it", cuts);
    // Before the first moment the people were noted there.
    assert!(cuts > life.journal.len() - life.moments[0].journal);
}

#[test]
fn a_power_cut_while_the_database_is_made_leaves_one_that_is_made_at_the_next_start() {
    let life = Life::live();
    let mut cuts = 0;
    for end in (LOG_HEADER..life.moments[0].log).step_by(FRAME) {
        for log in [&life.log[..end], &life.log[..end + FRAME / 2]] {
            let dir = life.cut(log, 0);
            let mut house = House::open(dir.path(), now(), Outside::default());
            assert_eq!(house.engine.view(|tx| tx.check()).unwrap(), Vec::<String>::new(), "cut at {end}");
            house.work();
            cuts += 1;
        }
    }
    counted("a_power_cut_while_the_database_is_made_leaves_one_that_is_made_at_the_next_start", cuts);
    assert!(cuts > 20, "{cuts}");
}
