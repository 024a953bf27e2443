//! A disk that fills up under each verb at each page: nothing moves, and when there is room again everything does.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::{Engine, EngineError, Result, Role, Settlement};
use crate::clock::{Timestamp, Zone, steady};
use crate::domain::command::Command;
use crate::domain::decision::Change;
use crate::domain::locale::Locale;
use crate::domain::pool::Terms;
use crate::domain::walk::Points;
use crate::mail::address::Address;
use crate::mail::fetched::{FetchStep, Fetched};
use crate::mail::parse::parse;
use crate::mail::submission::{Stage, Submission, SubmitOutcome};
use crate::rng::Rng;
use crate::settings::{
    Addressing, Auth, AuthMode, Imap, JunkFolder, Privacy, Promise, Rates, Receipts, Server, Service,
    Settings, Smtp, Tls, UnprovenAnswers,
};
use crate::store::{Sick, StoreError};

fn address(text: &str) -> Address {
    Address::parse(text).expect("an address")
}

fn settings(path: &Path) -> Settings {
    let server =
        || Server { host: "localhost".to_owned(), port: 1, tls: Tls::None, login: None, ca_file: None };
    Settings {
        service: Service {
            name: "Care".to_owned(),
            address: address("care@example.jp"),
            locale: Locale::En,
            timezone: Zone::UTC,
            day_starts_at: 240,
            data_dir: path.join("data"),
            journal_dir: path.join("journal"),
            operators: vec![address("office@example.jp")],
            alarm_command: Vec::new(),
            backup_dir: None,
            addressing: Addressing::Plus,
            receipts: Receipts::Always,
            max_message_bytes: 1 << 20,
        },
        imap: Imap { server: server(), folder: "INBOX".to_owned(), junk: JunkFolder::Unwatched },
        smtp: Smtp { server: server(), connections: 1, per_hour: 0 },
        auth: Auth {
            mode: AuthMode::None,
            trusted_authserv_ids: Vec::new(),
            dns_servers: Vec::new(),
            unproven_answers: UnprovenAnswers::Pass,
        },
        privacy: Privacy { scan: true, pictures: false },
        promise: Promise {
            due: 20 * 60,
            arrive: None,
            quiet: None,
            points: Points::default(),
            grace: Duration::ZERO,
            pool: Terms::USUAL,
            read_first: 0,
        },
        rates: Rates::free(),
        warnings: Vec::new(),
    }
}

fn with_readers(path: &Path, read_first: u32) -> Settings {
    let settings = settings(path);
    Settings { promise: Promise { read_first, ..settings.promise }, ..settings }
}

mod costs;
mod covers;
mod plan;

/// An engine whose disk fills up under every verb, and how often each verb met that.
struct House {
    engine: Engine,
    now: Timestamp,
    uid: u32,
    fills_up: bool,
    met: BTreeMap<&'static str, usize>,
    /// The ledger of the submission server.
    accepted: Vec<Vec<u8>>,
    read_first: u32,
}

impl House {
    fn new(path: &Path, fills_up: bool) -> Self {
        Self::reading(path, fills_up, 0)
    }

    /// So many answers of a newcomer are read first.
    fn reading(path: &Path, fills_up: bool, read_first: u32) -> Self {
        std::fs::create_dir_all(path.join("data")).expect("data");
        std::fs::write(path.join("data/key"), [7; 32]).expect("key");
        let now = Timestamp::parse("2026-12-03T12:00:00Z").expect("now");
        let settings = with_readers(path, read_first);
        let mut engine = Engine::open(&settings, Role::Daemon, Rng::from_seed(1), now).expect("an engine");
        let add = |name: &str, at| (name.to_owned(), vec![address(at)]);
        let (name, addresses) = add("Ai", "ai@example.org");
        engine.order(&Command::AddSupporter { name, addresses, locale: None }, now).expect("a supporter");
        let (name, addresses) = add("Haru", "haru@example.jp");
        let (goal, supporter) = (String::new(), Some("Ai".to_owned()));
        let client =
            Command::AddClient { name, addresses, goal, locale: None, supporter, second: None, pool: false };
        engine.order(&client, now).expect("a client");
        Self { engine, now, uid: 0, fills_up, met: BTreeMap::new(), accepted: Vec::new(), read_first }
    }

    /// Another process takes over.
    fn reopens(&mut self, path: &Path) {
        let elsewhere = path.join("elsewhere");
        std::fs::create_dir_all(elsewhere.join("data")).expect("data");
        std::fs::write(elsewhere.join("data/key"), [7; 32]).expect("key");
        let settings = |path: &Path| with_readers(path, self.read_first);
        // A process that another test starts at that moment holds the lock too, until it has become the other program.
        let begun = steady();
        let open = |path: &Path, now| loop {
            match Engine::open(&settings(path), Role::Daemon, Rng::from_seed(2), now) {
                Err(EngineError::Locked(_)) if steady().saturating_sub(begun) < Duration::from_secs(5) => {
                    std::thread::yield_now();
                }
                opened => return opened,
            }
        };
        // the lock is let go first
        self.engine = open(&elsewhere, self.now).expect("an engine");
        self.engine = open(path, self.now).expect("an engine");
    }

    /// One verb, with room for no further page, for one, for two, until that is enough. Until then nothing moves.
    fn verb<T>(&mut self, name: &'static str, verb: impl Fn(&mut Engine, Timestamp) -> Result<T>) -> T {
        // `apply` opens its attempts in a transaction of its own
        let still = |lines: Vec<String>| -> Vec<String> {
            lines.into_iter().filter(|line| name != "apply" || !line.starts_with("kept_mails")).collect()
        };
        for room in 0.. {
            if self.fills_up {
                self.engine.store.limit_pages(self.engine.store.pages() + room);
            }
            let before = still(self.engine.store.dump());
            let error = match verb(&mut self.engine, self.now) {
                Ok(value) => return value,
                Err(error) => error,
            };
            let full = matches!(error, EngineError::Store(StoreError::Sick(Sick::Full)));
            assert!(full && error.remedy().contains("free some space"), "{name}: {error}");
            assert!(still(self.engine.store.dump()) == before, "{name} moved something");
            let broken = self.engine.view(|tx| tx.check()).expect("a check");
            assert_eq!(broken, Vec::<String>::new(), "{name}");
            *self.met.entry(name).or_default() += 1;
        }
        unreachable!("there is room at last")
    }

    fn comes(&mut self, from: &str, to: &str, words: &str) {
        self.keep(from, to, words);
        while self.verb("apply", Engine::apply).mails > 0 {}
    }

    fn keep(&mut self, from: &str, to: &str, words: &str) {
        let long = format!("{}\r\n", "a long way ".repeat(80)).repeat(80);
        let step = self.mail(from, to, &format!("{words}\r\n{long}"));
        self.verb("keep", |engine, now| engine.keep(&step, now));
    }

    /// A mail that is listed and fetched.
    fn mail(&mut self, from: &str, to: &str, text: &str) -> FetchStep {
        self.uid += 1;
        let uid = self.uid;
        let raw = format!("From: {from}\r\nTo: {to}\r\nMessage-ID: <{uid}@example.test>\r\n\r\n{text}");
        FetchStep {
            folder: "INBOX".to_owned(),
            uid_validity: 1,
            uid_next: None,
            listed: Some(vec![uid]),
            fetched: vec![Fetched::Mail { uid, internal_date: Some(self.now), raw: raw.into_bytes() }],
        }
    }

    fn due(&mut self) -> Vec<Submission> {
        self.verb("tick", Engine::tick);
        self.verb("due", |engine, now| engine.due(now, 8))
    }

    fn submit(&mut self, outcome: impl Fn(&Submission) -> SubmitOutcome) {
        for submission in self.due() {
            // What claiming a mail set free is taken by another.
            self.keep("mal@example.com", "care@example.jp", "Hello.");
            let (outbox_id, attempt) = (submission.outbox_id, submission.attempt);
            let before = [Settlement::BeforeDot { outbox_id, attempt }];
            assert_eq!(self.verb("settle", |engine, now| engine.settle(&before, now)), [true]);
            let outcome = outcome(&submission);
            if matches!(outcome, SubmitOutcome::Accepted { .. }) {
                self.accepted.push(submission.bytes);
            }
            let ended = [Settlement::Ended { outbox_id, attempt, outcome }];
            assert_eq!(self.verb("settle", |engine, now| engine.settle(&ended, now)), [true]);
        }
    }

    /// A report, an answer that is refused, an answer to an address that nobody has, a mail whose time runs out.
    fn day(&mut self) {
        let taken = |_: &Submission| SubmitOutcome::Accepted { reply: "ok".to_owned() };
        let refused =
            |_: &Submission| SubmitOutcome::Permanent { stage: Stage::Rcpt, code: 550, status: None };
        self.comes("haru@example.jp", "care@example.jp", "I walked.");
        self.submit(taken);
        let reply_to = |mail: &Vec<u8>| parse(mail).reply_to.first().map(Address::wire);
        let to = self.accepted.iter().find_map(reply_to).expect("an alert");
        self.comes("ai@example.org", &to, "Well done.");
        self.submit(refused);
        self.comes("ai@example.org", &to, "Very well done.");
        let (mail, now, status) = (i64::from(self.uid), self.now, "5.1.1".to_owned());
        let gone = Change::Suspend { address: address("haru@example.jp"), outbox_id: 1, status };
        self.verb("suspend", |engine, _| Ok(engine.store.write(|tx| tx.perform(&gone, mail, now))?));
        self.submit(taken);
        self.comes("haru@example.jp", "care@example.jp", "One more thing.");
        self.submit(|_| SubmitOutcome::Transient { stage: Stage::Rcpt, code: 450, status: None });
        self.now = self.now.after(Duration::from_secs(96 * 3600));
        self.submit(taken);
        self.submit(taken);
    }
}

#[test]
fn a_disk_that_fills_up_under_any_verb_at_any_page_loses_and_doubles_nothing() {
    let memory = Path::new("/dev/shm");
    let root = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let day = |fills_up| {
        let dir = tempfile::tempdir_in(&root).expect("dir");
        let mut house = House::new(dir.path(), fills_up);
        house.day();
        house
    };
    let (calm, full) = (day(false), day(true));
    assert!(calm.accepted.len() > 5 && full.accepted == calm.accepted, "other mails were sent");
    assert_eq!(full.engine.store.dump(), calm.engine.store.dump());
    println!("pages at which the disk was full: {:?}", full.met);
    for verb in ["keep", "apply", "due", "settle", "tick"] {
        assert!(full.met.contains_key(verb), "{verb} never met a full disk: {:?}", full.met);
    }
    assert!(full.met.values().sum::<usize>() > 100, "{:?}", full.met);
}

#[test]
fn a_refusal_of_a_dot_counts_although_the_journal_is_sick() {
    let dir = tempfile::tempdir().expect("dir");
    let mut house = House::new(dir.path(), false);
    house.comes("haru@example.jp", "care@example.jp", "I walked.");
    let rows: Vec<(i64, i64)> = house.due().iter().map(|s| (s.outbox_id, s.attempt)).collect();
    let [(first, attempt), (second, other)] = rows[..] else { panic!("an alert and a receipt: {rows:?}") };
    for (outbox_id, attempt) in [(first, attempt), (second, other)] {
        let before = [Settlement::BeforeDot { outbox_id, attempt }];
        assert_eq!(house.engine.settle(&before, house.now).expect("settled"), [true]);
    }
    let journal = dir.path().join("journal");
    std::fs::rename(&journal, dir.path().join("away")).expect("away");
    std::fs::write(&journal, "no folder").expect("a file");
    let outcome = SubmitOutcome::Accepted { reply: "ok".to_owned() };
    let accepted = [Settlement::Ended { outbox_id: first, attempt, outcome }];
    house.engine.settle(&accepted, house.now).expect_err("what cannot be recorded did not happen");
    let outcome = SubmitOutcome::Transient { stage: Stage::Dot, code: 451, status: None };
    let refused = [Settlement::Ended { outbox_id: second, attempt: other, outcome }];
    assert_eq!(house.engine.settle(&refused, house.now).expect("settled"), [true]);
    let rows = house.engine.view(|tx| tx.outbox_views()).expect("rows");
    let states: Vec<&str> = rows.iter().map(|row| row.state.as_str()).collect();
    assert_eq!(states, ["claimed", "queued"]);
}

#[test]
fn a_mail_that_we_kept_from_its_dot_is_no_refusal_of_anybodys() {
    let dir = tempfile::tempdir().expect("dir");
    let mut house = House::new(dir.path(), false);
    house.comes("haru@example.jp", "care@example.jp", "I walked.");
    for round in 0..4 {
        let due = house.due();
        assert_eq!(due.len(), 2, "at once, each time: {round}");
        for Submission { outbox_id, attempt, .. } in due {
            let held_back = [Settlement::HeldBack { outbox_id, attempt }];
            assert_eq!(house.engine.settle(&held_back, house.now).expect("settled"), [true]);
            assert_eq!(house.engine.settle(&held_back, house.now).expect("settled"), [false], "once");
        }
    }
    let doubts = house.engine.view(|tx| tx.doubts("example.org")).expect("doubts");
    assert_eq!((doubts.own, doubts.others, doubts.stopped_at), (false, 0, None));
    // where leave was written and not heard of, the mail is tried again as after a line that died
    for Submission { outbox_id, attempt, .. } in house.due() {
        let before = [Settlement::BeforeDot { outbox_id, attempt }];
        assert_eq!(house.engine.settle(&before, house.now).expect("settled"), [true]);
        let held_back = [Settlement::HeldBack { outbox_id, attempt }];
        assert_eq!(house.engine.settle(&held_back, house.now).expect("settled"), [true]);
    }
    let rows = house.engine.view(|tx| tx.outbox_views()).expect("rows");
    assert!(rows.iter().all(|row| row.state == "queued"), "{rows:?}");
}

#[test]
fn words_that_cannot_be_written_keep_nobody_elses_mail() {
    let dir = tempfile::tempdir().expect("dir");
    let mut house = House::new(dir.path(), false);
    house.comes("haru@example.jp", "care@example.jp", "I walked.");
    house.submit(|_| SubmitOutcome::Accepted { reply: "ok".to_owned() });
    house.comes("haru@example.jp", "care@example.jp", "One more thing.");
    let due: Vec<(i64, i64)> = house.due().iter().map(|s| (s.outbox_id, s.attempt)).collect();
    assert!(!due.is_empty());
    let refused = |(outbox_id, attempt): &(i64, i64)| {
        let outcome = SubmitOutcome::Permanent { stage: Stage::Rcpt, code: 550, status: None };
        Settlement::Ended { outbox_id: *outbox_id, attempt: *attempt, outcome }
    };
    let all: Vec<Settlement> = due.iter().map(refused).collect();
    // a clock before the years that a Date may name (RFC 5322 §3.3)
    house.now = Timestamp::from_millis(-3_000_000_000_000);
    assert_eq!(house.engine.settle(&all, house.now).expect("settled"), vec![true; due.len()]);
    let rows = house.engine.view(|tx| tx.outbox_views()).expect("rows");
    let failed = |id: &i64| rows.iter().any(|row| row.id == *id && row.state == "failed");
    assert!(due.iter().all(|(id, _)| failed(id)), "{rows:?}");
}

#[test]
fn a_mail_on_which_our_code_fails_leaves_nothing_and_its_neighbours_have_their_effects_once() {
    let dir = tempfile::tempdir().expect("dir");
    let mut house = House::new(dir.path(), false);
    // the alert alone asks for a reply address
    house.engine.context.settings.service.addressing = Addressing::CatchAll("no domain".to_owned());
    house.keep("ai@example.org", "care@example.jp", "To whom do I write?");
    house.keep("haru@example.jp", "care@example.jp", "I walked.");
    house.keep("ai@example.org", "care@example.jp", "Is anybody there?");
    let applied = house.engine.apply(house.now).expect("applied");
    assert_eq!((applied.mails, applied.quarantined), (3, 1));
    let rows = house.engine.view(|tx| tx.outbox_views()).expect("rows");
    let kinds: Vec<(&str, &str)> = rows.iter().map(|row| (&*row.kind, &*row.person)).collect();
    assert_eq!(kinds, [("returned", "Ai"), ("office", "office"), ("returned", "Ai")]);
    assert_eq!(house.engine.view(|tx| tx.check()).expect("a check"), Vec::<String>::new());
    let letters = house.engine.store.dump();
    assert!(!letters.iter().any(|line| line.starts_with("letters")), "{letters:?}");
}

#[test]
fn an_alarm_is_given_for_a_database_that_cannot_note_its_own_stop() {
    let dir = tempfile::tempdir().expect("dir");
    let mut house = House::new(dir.path(), false);
    let begun = house.now;
    let mut said = |minutes: u64, writable: bool| {
        let now = begun.after(Duration::from_secs(minutes * 60));
        house.engine.note_writable(writable, now);
        let (alarm, sentence) = house.engine.alarm(now).expect("readable")?;
        house.engine.alarmed(alarm).expect("heard");
        Some(sentence)
    };
    // a hiccup is nobody's business
    assert_eq!([said(0, false), said(14, false), said(15, true), said(40, true)], [None, None, None, None]);
    assert_eq!(said(60, false), None);
    let stopped = said(75, false).expect("an alarm");
    assert!(stopped.contains("has not been read since") && stopped.contains("13:00"), "{stopped}");
    assert_eq!([said(76, false), said(300, false)], [None, None]);
    assert_eq!(said(301, true).as_deref(), Some("yorisoi: the mailbox is read again."));
    assert_eq!([said(302, true), said(400, true)], [None, None]);
}
