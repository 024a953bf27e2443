//! A house in which honest people have written, so that there is something to steal; and what a forger may not have
//! moved in it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use yorisoi::clock::Timestamp;
use yorisoi::domain::command::Command;
use yorisoi::engine::{Engine, Role, Settlement};
use yorisoi::mail::address::Address;
use yorisoi::mail::dkim::KeyRecord;
use yorisoi::mail::fetched::{FetchStep, Fetched};
use yorisoi::mail::message::Message;
use yorisoi::mail::parse::parse;
use yorisoi::mail::submission::SubmitOutcome;
use yorisoi::rng::Rng;

use crate::script;
#[cfg(feature = "dkim")]
use crate::sign::{self, Signing, USUAL};

/// Stands in everything that a forger writes.
pub const CANARY: &str = "kanariya7Q2X";
pub const SERVICE: &str = "care@example.jp";
pub const HARU: &str = "haru@example.jp";
pub const AI: &str = "ai@example.org";
pub const YUKI: &str = "yuki@example.com";
pub const KEI: &str = "kei@example.net";
const OFFICE: &str = "office@example.com";

/// How the house judges who wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// The receiving server is believed; what it does not prove is held.
    Strict,
    /// No server is believed; yorisoi checks signatures itself.
    Signed,
    /// As `Strict`, and あい said yes to a question lately: what nothing refutes passes for thirty days.
    Trusting,
    /// The receiving server says nothing; every answer is held until a yes.
    Asking,
}

/// A mail of ours that somebody received, and may have lost to a thief.
pub struct Stolen {
    /// Its reply address, with the token.
    pub reply_to: String,
    /// Its Message-ID, without brackets.
    pub message_id: String,
    pub subject: String,
    pub text: String,
}

impl Policy {
    /// Whether honest people's mail is proven.
    fn proves(self) -> bool {
        matches!(self, Self::Strict | Self::Signed)
    }
}

/// See the module's head.
pub struct House {
    policy: Policy,
    engine: Engine,
    beside: Connection,
    now: Timestamp,
    uid: u32,
    /// The alert that あい received about はる, and the one that けい received about ゆき.
    pub alert: Stolen,
    pub alert_of_kei: Stolen,
    /// What はる received of あい.
    pub passed_on: Stolen,
    /// A question that あい was asked and has not answered; unless the policy is `Trusting`.
    pub question: Option<Stolen>,
    /// あい's answer, as it came.
    pub answer: Vec<u8>,
    /// What stands in the outbox of honest people's making.
    base: i64,
    before: Vec<String>,
    _dir: tempfile::TempDir,
}

/// What a receiving server puts above a mail: its results, then its own trace. A mail of which it says that a domain
/// vouches for it bears that domain's signature.
pub fn stamped(results: &str, mail: &[u8]) -> Vec<u8> {
    let stamp = format!(
        "Return-Path: <out@sender.example>\r\nAuthentication-Results: mx.example.jp; {results}\r\n\
         Received: from out.sender.example ([192.0.2.66]) by mx.example.jp; Thu, 3 Dec 2026 21:00:00 +0900\r\n"
    );
    [stamp.as_bytes(), &signature(results, mail), mail].concat()
}

#[cfg(feature = "dkim")]
fn signature(results: &str, mail: &[u8]) -> Vec<u8> {
    let said = |domain: &&str| {
        let vouches = [format!("dmarc=pass header.from={domain}"), format!("dkim=pass header.d={domain}")];
        // what stands in a comment or a quote, nobody says
        !results.contains(['(', '"'])
            && results.split(';').any(|result| vouches.iter().any(|v| result.trim() == v))
    };
    let how = DOMAINS.into_iter().find(said).map(|domain| Signing { domain, ed25519: true, ..USUAL });
    how.and_then(|how| sign::field(mail, &how)).unwrap_or_default().into_bytes()
}

#[cfg(not(feature = "dkim"))]
fn signature(_: &str, _: &[u8]) -> Vec<u8> {
    Vec::new()
}

/// The domains that people and forgers write from, each with its key in DNS.
#[cfg(feature = "dkim")]
const DOMAINS: [&str; 5] = ["example.jp", "example.org", "example.com", "example.net", "sender.example"];

/// What DNS says.
#[cfg(feature = "dkim")]
fn keys() -> Vec<KeyRecord> {
    DOMAINS.map(|domain| sign::key(&format!("ed._domainkey.{domain}"), &sign::ed25519_record())).into()
}

#[cfg(not(feature = "dkim"))]
fn keys() -> Vec<KeyRecord> {
    Vec::new()
}

/// What the server says of a mail that its author's domain vouches for.
pub fn vouched(from: &str) -> String {
    format!("dmarc=pass header.from={}", from.rsplit('@').next().unwrap_or_default())
}

/// A plain mail.
pub fn plain(from: &str, to: &str, more: &str, words: &str, n: u32) -> Vec<u8> {
    format!(
        "From: {from}\r\nTo: {to}\r\n{more}Date: Thu, 3 Dec 2026 20:59:00 +0900\r\n\
         Message-ID: <honest-{n}@example.test>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n"
    )
    .into_bytes()
}

impl House {
    pub fn new(policy: Policy) -> Self {
        let memory = Path::new("/dev/shm");
        let root = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let dir = tempfile::Builder::new().prefix("yorisoi-attacks-").tempdir_in(root).expect("a folder");
        fs::write(dir.path().join("key"), [7; 32]).expect("a key");
        let mut settings = script::settings(dir.path());
        script::set(&mut settings, "unproven", "confirm").expect("a setting");
        let mode = match policy {
            Policy::Strict | Policy::Trusting => "ar",
            Policy::Signed => "dkim",
            Policy::Asking => "none",
        };
        script::set(&mut settings, "auth", mode).expect("a setting");
        let now = script::instant("2026-12-03T21:00:00+09:00").expect("an instant");
        let engine = Engine::open(&settings, Role::Daemon, Rng::from_seed(1), now).expect("an engine");
        let beside = Connection::open(dir.path().join("yorisoi.db")).expect("the database");
        let nothing = || Stolen {
            reply_to: String::new(),
            message_id: String::new(),
            subject: String::new(),
            text: String::new(),
        };
        let mut house = Self {
            policy,
            engine,
            beside,
            now,
            uid: 0,
            alert: nothing(),
            alert_of_kei: nothing(),
            passed_on: nothing(),
            question: None,
            answer: Vec::new(),
            base: 0,
            before: Vec::new(),
            _dir: dir,
        };
        house.furnish();
        house.base = house.newest();
        house.before = house.state(true);
        house
    }

    /// People, a report of each client, an answer, and a question.
    fn furnish(&mut self) {
        for (supporter, hers, client, client_hers) in
            [("あい", AI, "はる", HARU), ("けい", KEI, "ゆき", YUKI)]
        {
            let addresses = |text| vec![Address::parse(text).expect("an address")];
            let (name, locale) = (supporter.to_owned(), None);
            self.order(Command::AddSupporter { name, addresses: addresses(hers), locale });
            let (name, goal, supporter) = (client.to_owned(), String::new(), Some(supporter.to_owned()));
            let addresses = addresses(client_hers);
            self.order(Command::AddClient {
                name,
                addresses,
                goal,
                locale,
                supporter,
                second: None,
                pool: false,
            });
            self.receive(vec![stamped(
                &vouched(client_hers),
                &plain(client_hers, SERVICE, "", "今日は歩きました。", self.uid),
            )]);
        }
        self.alert = self.stolen("alert", AI);
        self.alert_of_kei = self.stolen("alert", KEI);
        self.question = Some(self.ask());
        if self.policy.proves() {
            let honest = plain(AI, &self.alert.reply_to.clone(), "", "読みました。", self.uid);
            self.answer = stamped(&vouched(AI), &honest);
            self.receive(vec![self.answer.clone()]);
        } else {
            self.say_yes();
        }
        self.passed_on = self.stolen("pass_on", HARU);
        match self.policy {
            Policy::Trusting => self.question = None,
            // The yes is older than it stands.
            Policy::Asking => {
                self.beside
                    .execute("UPDATE supporter_addresses SET confirmed_at = 0 WHERE confirmed_at > 0", [])
                    .expect("a date");
                self.question = Some(self.ask());
            }
            Policy::Strict | Policy::Signed => {}
        }
    }

    /// An honest answer that nothing proves, and the question that it leads to.
    fn ask(&mut self) -> Stolen {
        let (to, words) = (self.alert.reply_to.clone(), format!("よく書けましたね。{}", self.uid));
        self.answer = stamped("dmarc=none header.from=example.org", &plain(AI, &to, "", &words, self.uid));
        self.receive(vec![self.answer.clone()]);
        self.stolen("confirmation", AI)
    }

    fn say_yes(&mut self) {
        let to = self.question.as_ref().map_or_else(String::new, |q| q.reply_to.clone());
        self.receive(vec![stamped("dmarc=none", &plain(AI, &to, "", "はい", self.uid))]);
    }

    fn order(&mut self, command: Command) {
        self.engine.order(&command, self.now).expect("an order");
    }

    /// Mails arrive, are kept and understood, and what follows from them goes out.
    pub fn receive(&mut self, mails: Vec<Vec<u8>>) {
        self.take(mails);
        self.deliver();
    }

    /// Mails arrive, are kept and understood; what follows from them waits. Each came a second before the last one, so
    /// that no limit on what comes within a day holds a forgery back: the defence alone must.
    pub fn take(&mut self, mails: Vec<Vec<u8>>) {
        for some in mails.chunks(128) {
            let first = self.uid + 1;
            self.uid += u32::try_from(some.len()).expect("a number");
            let fetched = (first..).zip(some).map(|(uid, raw)| Fetched::Mail {
                uid,
                internal_date: Some(self.now.before(Duration::from_secs(uid.into()))),
                raw: raw.clone(),
            });
            let step = FetchStep {
                folder: "INBOX".to_owned(),
                uid_validity: 1,
                uid_next: Some(self.uid + 1),
                listed: Some((first..=self.uid).collect()),
                fetched: fetched.collect(),
            };
            self.engine.keep(&step, self.now).expect("keep");
            let wanted = self.engine.keys_wanted().expect("names");
            self.engine.note_keys(&wanted, &keys(), self.now).expect("keys");
            while self.engine.apply(self.now).expect("apply").mails > 0 {}
        }
    }

    /// Everything that may go out now goes out, as far as a line moves at one instant.
    fn deliver(&mut self) {
        loop {
            self.engine.tick(self.now).expect("tick");
            let due = self.engine.due(self.now, 64).expect("due");
            if due.is_empty() {
                return;
            }
            for submission in due {
                let (outbox_id, attempt) = (submission.outbox_id, submission.attempt);
                let outcome = SubmitOutcome::Accepted { reply: "2.0.0 ok".to_owned() };
                let ends = [
                    Settlement::BeforeDot { outbox_id, attempt },
                    Settlement::Ended { outbox_id, attempt, outcome },
                ];
                self.engine.settle(&ends, self.now).expect("settle");
            }
        }
    }

    fn newest(&self) -> i64 {
        let sql = "SELECT coalesce(max(id), 0) FROM outbox";
        self.beside.query_row(sql, [], |row| row.get(0)).expect("a number")
    }

    /// The newest mail of a kind to an address.
    fn stolen(&self, kind: &str, to: &str) -> Stolen {
        let sql = "SELECT bytes FROM outbox JOIN outbox_octets ON outbox_id = id WHERE kind = ? AND lower(forward_path) = ? ORDER BY id DESC LIMIT 1";
        let bytes: Vec<u8> = self.beside.query_row(sql, [kind, to], |row| row.get(0)).expect("a mail");
        let Message { subject, text, message_id, reply_to, .. } = parse(&bytes);
        let reply_to = reply_to.first().expect("a reply address").wire();
        Stolen { reply_to, message_id: message_id.expect("an id").to_string(), subject, text }
    }

    /// What no forger may move. `reports`: whether that is true of the days, too.
    fn state(&self, reports: bool) -> Vec<String> {
        let days = "SELECT 'day', client_id || day, state, coalesce(holder_id, 0) FROM daily_reports";
        let sql = [
            "SELECT 'supporter', id, name, epoch FROM supporters",
            "SELECT 'client', id, name || coalesce(supporter_id, ''), epoch || state FROM clients",
            "SELECT 'hers', address_key, supporter_id, coalesce(confirmed_at, 0) FROM supporter_addresses",
            "SELECT 'hers', address_key, client_id, position FROM client_addresses",
            "SELECT 'settled', number, coalesce(answer, ''), settled_at FROM confirmations WHERE settled_at > 0",
            "SELECT 'away', supporter_id, from_day, until_day FROM absences WHERE confirmed_at > 0",
            "SELECT 'memo', supporter_id, client_id, text FROM memos WHERE confirmation IS NULL",
            "SELECT 'suspended', address_key, status, suspended_at FROM suspended_addresses",
            if reports { days } else { "SELECT 1, 2, 3, 4" },
        ];
        let mut all = Vec::new();
        for sql in sql {
            let mut statement = self.beside.prepare(sql).expect("a statement");
            let said = statement
                .query_map([], |row| {
                    let words = (0..4).map(|n| Ok(format!("{:?}", row.get_ref(n)?)));
                    Ok(words.collect::<rusqlite::Result<Vec<_>>>()?.join(" "))
                })
                .expect("rows");
            all.extend(said.map(|row| row.expect("a row")));
        }
        all
    }

    /// What a forger reached that he should not have; `reports` as in `state`.
    pub fn harm(&self, reports: bool) -> Vec<String> {
        let mut harm = Vec::new();
        let (before, after) = (&self.before, self.state(reports));
        harm.extend(
            after.iter().filter(|row| reports && !before.contains(row)).map(|r| format!("moved: {r}")),
        );
        harm.extend(
            before.iter().filter(|row| reports && !after.contains(row)).map(|r| format!("gone: {r}")),
        );
        let sql = "SELECT kind, state, forward_path, bytes, reason FROM outbox JOIN outbox_octets ON outbox_id = id WHERE id > ?";
        let mut statement = self.beside.prepare(sql).expect("a statement");
        let rows = statement
            .query_map([self.base], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
            })
            .expect("rows");
        for row in rows {
            let (kind, state, to, bytes, reason): (String, String, String, Vec<u8>, String) =
                row.expect("a row");
            if let Some(why) = self.wrong(&kind, &state, &to, &bytes) {
                harm.push(format!("{why}: {kind} to {to}, {state}, because {reason}"));
            }
        }
        harm
    }

    /// What is wrong with a mail that followed from a forged one.
    fn wrong(&self, kind: &str, state: &str, to: &str, bytes: &[u8]) -> Option<&'static str> {
        let marked =
            || self.policy == Policy::Asking || parse(bytes).text.contains("まだ確かめられていません");
        let heard = || {
            let Message { text, subject, .. } = parse(bytes);
            [&text, &subject, &*String::from_utf8_lossy(bytes)].iter().any(|said| said.contains(CANARY))
        };
        match kind {
            "pass_on" if state == "held" => None,
            "pass_on" => Some("words passed on"),
            // A client's letter is always shown, and marked where it can be.
            "alert" | "follow_up" if marked() => None,
            "alert" | "follow_up" => Some("not marked"),
            "office" if to == OFFICE => None,
            "confirmation" if to == AI || to == KEI => None,
            // Where no proof is looked for, a question says what it is about.
            "confirmation" if to == HARU && self.policy == Policy::Asking => None,
            "returned" if [AI, KEI, HARU, YUKI].contains(&to) => None,
            _ if heard() => Some("forged words"),
            _ => None,
        }
    }

    /// The same paths still carry honest people's words; says what does not.
    pub fn honest_words_arrive(&mut self) -> Vec<String> {
        let base = self.newest();
        let report = plain(HARU, SERVICE, "", "正直なお便りです。", 1_000_001);
        let answer = plain(AI, &self.alert.reply_to.clone(), "", "正直なお返事です。", 1_000_002);
        self.receive(vec![stamped(&vouched(HARU), &report), stamped(&vouched(AI), &answer)]);
        let mut missing = Vec::new();
        let expected = if self.policy == Policy::Asking { "held" } else { "accepted queued" };
        let wanted = [("alert", "お便り", "accepted queued"), ("pass_on", "お返事", expected)];
        for (kind, words, states) in wanted {
            let sql = "SELECT state, bytes FROM outbox JOIN outbox_octets ON outbox_id = id WHERE id > ? AND kind = ?";
            let mut statement = self.beside.prepare(sql).expect("a statement");
            let rows = statement.query_map((base, kind), |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
            let arrived = rows.map(|row| row.expect("a row")).any(|(state, bytes): (String, Vec<u8>)| {
                states.contains(&state) && parse(&bytes).text.contains(&format!("正直な{words}です。"))
            });
            missing.extend((!arrived).then(|| format!("the honest {kind} did not arrive")));
        }
        missing
    }

    /// An address was written off, as after a report that nobody has it.
    pub fn suspend(&mut self, address: &str) {
        let sql = "INSERT INTO suspended_addresses SELECT ?, max(id), '5.1.1', 1 FROM outbox";
        self.beside.execute(sql, [address]).expect("a row");
        self.before = self.state(true);
    }
}
