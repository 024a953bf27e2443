//! A mail on which the process dies is not tried for ever: attempts are on record before it is even parsed.
#![allow(clippy::unwrap_used)] // a test without its house has failed

mod drawn;
mod plain;

use std::path::Path;

use rusqlite::Connection;
use yorisoi::clock::Timestamp;
use yorisoi::domain::command::Command;
use yorisoi::engine::{Engine, Role};
use yorisoi::mail::address::Address;
use yorisoi::mail::fetched::{FetchStep, Fetched};
use yorisoi::mail::parse::parse;
use yorisoi::rng::Rng;
use yorisoi::settings::{Settings, UnprovenAnswers};

/// The process dies after the attempt was noted and before anything came of it: nothing more can be written.
const DEATH: &str =
    "CREATE TRIGGER death BEFORE UPDATE OF state ON kept_mails BEGIN SELECT RAISE(FAIL, 'dead'); END";

fn settings(path: &Path) -> Settings {
    let mut settings = plain::settings(path);
    settings.auth.unproven_answers = UnprovenAnswers::Confirm;
    settings
}

fn step(uid: u32, subject: &str) -> FetchStep {
    let raw = format!("From: haru@example.jp\nMessage-ID: <{uid}@example.jp>\nSubject: {subject}\n\nwords\n");
    FetchStep {
        folder: "INBOX".to_owned(),
        uid_validity: 1,
        uid_next: None,
        listed: Some(vec![uid]),
        fetched: vec![Fetched::Mail { uid, internal_date: None, raw: raw.into_bytes() }],
    }
}

/// State and reason of both mails after the process died so many times on the first one, and then applied in peace.
fn after(deaths: usize) -> Vec<(String, String)> {
    let dir = tempfile::tempdir().unwrap();
    let settings = settings(dir.path());
    let open = |life: usize| {
        Engine::open(&settings, Role::Daemon, Rng::from_seed(life as u64), Timestamp::from_millis(0)).unwrap()
    };
    open(0).keep(&step(1, "deadly"), Timestamp::from_millis(0)).unwrap();
    let beside = Connection::open(settings.service.data_dir.join("yorisoi.db")).unwrap();
    for life in 1..=deaths {
        let mut engine = open(life);
        beside.execute(DEATH, []).unwrap();
        assert!(engine.apply(Timestamp::from_millis(0)).is_err(), "life {life} went on");
        drop(engine);
        beside.execute("DROP TRIGGER death", []).unwrap();
    }
    let mut engine = open(deaths + 1);
    engine.keep(&step(2, "another"), Timestamp::from_millis(0)).unwrap();
    for _ in 0..2 {
        engine.apply(Timestamp::from_millis(0)).unwrap();
    }
    let mut rows = beside.prepare("SELECT state, reason FROM kept_mails ORDER BY id").unwrap();
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn a_mail_that_kills_the_process_is_set_aside_after_three_attempts_of_its_own() {
    let another = |rows: &[(String, String)]| assert_eq!(rows[1].1, "stranger", "the other mail: {rows:?}");
    // the first death may be any mail's of the batch, so it does not count
    for deaths in 0..=3 {
        let rows = after(deaths);
        assert_eq!(rows[0].1, "stranger", "after {deaths} deaths");
        another(&rows);
    }
    let rows = after(4);
    assert_eq!(rows[0], ("quarantined".to_owned(), "poisonous".to_owned()));
    another(&rows);
}

#[test]
fn a_store_that_refuses_is_no_death_of_the_mail_that_waits() {
    let dir = tempfile::tempdir().unwrap();
    let settings = settings(dir.path());
    let now = Timestamp::from_millis(0);
    let open = |life: u64| Engine::open(&settings, Role::Daemon, Rng::from_seed(life), now).unwrap();
    open(0).keep(&step(1, "waits"), now).unwrap();
    let beside = Connection::open(settings.service.data_dir.join("yorisoi.db")).unwrap();
    beside.execute("UPDATE kept_mails SET attempt_open = 1", []).unwrap();
    let mut engine = open(1);
    beside.execute(DEATH, []).unwrap();
    for attempt in 1..=5 {
        assert!(engine.apply(now).is_err(), "attempt {attempt} went through");
    }
    beside.execute("DROP TRIGGER death", []).unwrap();
    engine.apply(now).unwrap();
    let sql = "SELECT state || ' ' || reason FROM kept_mails";
    let row: String = beside.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(row, "discarded stranger");
}

/// How many pictures come with the alert of a letter on which the process died so many times already, and its text.
fn alerted_after(deaths: usize) -> (usize, String) {
    let dir = tempfile::tempdir().unwrap();
    let mut settings = settings(dir.path());
    settings.privacy.pictures = true;
    let now = Timestamp::from_millis(0);
    let open = |life: usize| Engine::open(&settings, Role::Daemon, Rng::from_seed(life as u64), now).unwrap();
    let addresses = |text: &str| vec![Address::parse(text).unwrap()];
    let mut engine = open(0);
    let ai =
        Command::AddSupporter {
            name: "あい".to_owned(), addresses: addresses("ai@a.example"), locale: None
        };
    engine.order(&ai, now).unwrap();
    let haru = Command::AddClient {
        name: "はる".to_owned(),
        addresses: addresses("haru@example.jp"),
        goal: String::new(),
        locale: None,
        supporter: Some("あい".to_owned()),
        second: None,
        pool: false,
    };
    engine.order(&haru, now).unwrap();
    let photo = drawn::file(&drawn::halves(16, 16), image::ImageFormat::Png);
    let photo = data_encoding::BASE64_MIME.encode(&photo);
    let raw = format!(
        "From: haru@example.jp\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nI walked.\r\n--b\r\n\
         Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n{photo}\r\n--b--\r\n"
    );
    let fetched = vec![Fetched::Mail { uid: 1, internal_date: None, raw: raw.into_bytes() }];
    engine.keep(&FetchStep { fetched, ..step(1, "") }, now).unwrap();
    drop(engine);
    let beside = Connection::open(settings.service.data_dir.join("yorisoi.db")).unwrap();
    for life in 1..=deaths {
        let mut engine = open(life);
        beside.execute(DEATH, []).unwrap();
        assert!(engine.apply(now).is_err(), "life {life} went on");
        drop(engine);
        beside.execute("DROP TRIGGER death", []).unwrap();
    }
    open(deaths + 1).apply(now).unwrap();
    let sql = "SELECT bytes FROM outbox JOIN outbox_octets ON outbox_id = id WHERE kind = 'alert'";
    let alert = parse(&beside.query_row(sql, [], |row| row.get::<_, Vec<u8>>(0)).unwrap());
    (alert.attachments.len(), alert.text)
}

#[test]
fn a_picture_that_may_have_ended_the_process_twice_does_not_take_the_words_with_it() {
    for (deaths, pictures) in [(0, 1), (1, 1), (2, 0), (3, 0)] {
        let (count, text) = alerted_after(deaths);
        assert_eq!(count, pictures, "after {deaths} deaths");
        assert!(text.contains("I walked."), "after {deaths} deaths: {text}");
    }
}
