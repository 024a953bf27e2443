//! A house in which はる reports and あい answers, and everything that one side could read of what the other side mails,
//! with whatever can be decoded in it decoded.

use std::path::Path;

use mail_parser::{MessageParser, MimeHeaders, PartType};
use rusqlite::Connection;
use yorisoi::clock::Timestamp;
use yorisoi::domain::command::Command;
use yorisoi::engine::{Engine, Role, Settlement};
use yorisoi::mail::address::Address;
use yorisoi::mail::fetched::{FetchStep, Fetched};
use yorisoi::mail::parse::{each_attachment, parse};
use yorisoi::mail::submission::SubmitOutcome;
use yorisoi::rng::Rng;

use crate::script;

const SERVICE: &str = "care@example.jp";

/// Whose mail goes to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// A client's letter, to her supporter.
    Letter,
    /// A supporter's answer, to her client.
    Answer,
}

impl Direction {
    pub const BOTH: [Self; 2] = [Self::Letter, Self::Answer];

    /// Who writes.
    pub fn writer(self) -> &'static str {
        match self {
            Self::Letter => "haru@example.jp",
            Self::Answer => "ai@example.org",
        }
    }

    fn reader(self) -> &'static str {
        match self {
            Self::Letter => Self::Answer.writer(),
            Self::Answer => Self::Letter.writer(),
        }
    }

    /// What she writes; nothing else of hers may arrive.
    pub fn words(self) -> &'static str {
        match self {
            Self::Letter => "今日は10分だけ歩きました。",
            Self::Answer => "10分も歩けたのですね。おつかれさまでした。",
        }
    }
}

/// See the module's head.
pub struct House {
    engine: Engine,
    beside: Connection,
    now: Timestamp,
    uid: u32,
    /// Where the writer's mail goes, and the mail of ours that it answers.
    pub to: String,
    pub answers: String,
    base: i64,
    direction: Direction,
    _dir: tempfile::TempDir,
}

impl House {
    /// In which pictures pass, or do not.
    pub fn new(direction: Direction, pictures: bool) -> Self {
        Self::reading(direction, pictures, 0)
    }

    /// The same, in which so many answers of a newcomer are read first.
    pub fn reading(direction: Direction, pictures: bool, read_first: u32) -> Self {
        let memory = Path::new("/dev/shm");
        let root = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let dir = tempfile::Builder::new().prefix("yorisoi-leaks-").tempdir_in(root).expect("a folder");
        let mut settings = script::settings(dir.path());
        settings.privacy.pictures = pictures;
        settings.promise.read_first = read_first;
        let now = script::instant("2026-12-03T21:00:00+09:00").expect("an instant");
        let engine = Engine::open(&settings, Role::Daemon, Rng::from_seed(1), now).expect("an engine");
        let beside = Connection::open(dir.path().join("yorisoi.db")).expect("the database");
        let (to, answers) = (SERVICE.to_owned(), String::new());
        let mut house = Self { engine, beside, now, uid: 0, to, answers, base: 0, direction, _dir: dir };
        let addresses = |text| vec![Address::parse(text).expect("an address")];
        for command in [
            Command::AddSupporter {
                name: "あい".to_owned(),
                addresses: addresses(Direction::Answer.writer()),
                locale: None,
            },
            Command::AddClient {
                name: "はる".to_owned(),
                addresses: addresses(Direction::Letter.writer()),
                goal: String::new(),
                locale: None,
                supporter: Some("あい".to_owned()),
                second: None,
                pool: false,
            },
        ] {
            house.engine.order(&command, now).expect("an order");
        }
        if direction == Direction::Answer {
            let report =
                format!("From: {}\r\nTo: {SERVICE}\r\n\r\n歩きました。\r\n", Direction::Letter.writer());
            house.receive(report.as_bytes());
            let alert = house.outgoing(Direction::Answer.writer()).pop().expect("an alert");
            let alert = parse(&alert);
            house.to = alert.reply_to.first().expect("a reply address").wire();
            house.answers = alert.message_id.expect("an id").as_str().to_owned();
        }
        house.base = house
            .beside
            .query_row("SELECT coalesce(max(id), 0) FROM outbox", [], |r| r.get(0))
            .expect("a number");
        house
    }

    /// A mail arrives, and everything that follows from it goes out.
    pub fn receive(&mut self, raw: &[u8]) {
        self.uid += 1;
        let (uid, now) = (self.uid, self.now);
        let fetched = vec![Fetched::Mail { uid, internal_date: Some(now), raw: raw.to_vec() }];
        let step = FetchStep {
            folder: "INBOX".to_owned(),
            uid_validity: 1,
            uid_next: Some(uid + 1),
            listed: Some((1..=uid).collect()),
            fetched,
        };
        self.engine.keep(&step, now).expect("keep");
        while self.engine.apply(now).expect("apply").mails > 0 {}
        self.submit();
    }

    /// The operator orders something.
    pub fn order(&mut self, command: &Command) {
        self.engine.order(command, self.now).expect("an order");
    }

    /// Time passes, and what is due then goes out.
    pub fn at(&mut self, instant: &str) {
        self.now = script::instant(instant).expect("an instant");
        self.engine.tick(self.now).expect("tick");
        self.submit();
    }

    /// Everything that can be read in the mails to an address.
    pub fn read_by(&self, address: &str) -> Vec<Vec<String>> {
        self.outgoing(address).iter().map(|raw| decoded(raw)).collect()
    }

    fn submit(&mut self) {
        let now = self.now;
        loop {
            let due = self.engine.due(now, 64).expect("due");
            if due.is_empty() {
                return;
            }
            for submission in due {
                let (outbox_id, attempt) = (submission.outbox_id, submission.attempt);
                let outcome = SubmitOutcome::Accepted { reply: "2.0.0 ok".to_owned() };
                let ended = Settlement::Ended { outbox_id, attempt, outcome };
                self.engine
                    .settle(&[Settlement::BeforeDot { outbox_id, attempt }, ended], now)
                    .expect("settle");
            }
        }
    }

    /// A supporter's reply addresses are withdrawn: what waits for her goes to her again.
    pub fn revoke(&mut self, supporter: &str) {
        let revoke = Command::Revoke { supporter: supporter.to_owned() };
        self.engine.order(&revoke, self.now).expect("an order");
    }

    /// What went out, or is about to, to an address since the house was furnished.
    pub fn outgoing(&self, to: &str) -> Vec<Vec<u8>> {
        let sql = "SELECT bytes FROM outbox JOIN outbox_octets ON outbox_id = id WHERE id > ? AND forward_path = ? AND state NOT IN ('held', 'cancelled') ORDER BY id";
        let mut statement = self.beside.prepare(sql).expect("a statement");
        let rows = statement.query_map((self.base, to), |row| row.get(0)).expect("rows");
        rows.map(|row| row.expect("a mail")).collect()
    }

    /// Every mail to the other side, each as everything that can be read in it.
    pub fn readings(&self) -> Vec<Vec<String>> {
        self.outgoing(self.direction.reader()).iter().map(|raw| decoded(raw)).collect()
    }

    /// Every picture in a mail to the other side.
    pub fn pictures(&self) -> Vec<Vec<u8>> {
        self.pictures_to(self.direction.reader())
    }

    /// Every picture in a mail to an address.
    pub fn pictures_to(&self, to: &str) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        for raw in self.outgoing(to) {
            each_attachment(&raw, &parse(&raw), |octets| all.push(octets.to_vec()));
        }
        all
    }

    /// Whether words wait for their writer's leave.
    pub fn holds(&self) -> bool {
        let sql = "SELECT count(*) FROM outbox WHERE id > ? AND state = 'held' AND reason = 'answer_telling'";
        self.beside.query_row(sql, [self.base], |row| row.get(0)).is_ok_and(|held: i64| held > 0)
    }

    /// How the last mail ended.
    pub fn reason(&self) -> String {
        let sql = "SELECT reason FROM kept_mails ORDER BY id DESC LIMIT 1";
        self.beside.query_row(sql, [], |row| row.get(0)).expect("a reason")
    }
}

/// A mail as it is, its header fields decoded, and every part of it decoded.
fn decoded(raw: &[u8]) -> Vec<String> {
    let mut all = vec![String::from_utf8_lossy(raw).into_owned()];
    let ours = parse(raw);
    all.extend([ours.subject, ours.text]);
    let message = MessageParser::default().parse(raw).expect("a mail");
    for part in &message.parts {
        all.extend(part.headers.iter().map(|field| format!("{}: {:?}", field.name.as_str(), field.value)));
        all.push(String::from_utf8_lossy(part.contents()).into_owned());
        assert!(!matches!(part.body, PartType::Html(_) | PartType::Message(_)), "only text goes out");
        let picture = part.attachment_name().is_some_and(|name| name.starts_with("photo-"));
        assert!(part.attachment_name().is_none() || picture, "nothing else with a name goes out");
    }
    all
}
