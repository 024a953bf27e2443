//! What a signature changes: a supporter's answer passes on without a question, where its author's domain signed it.

use std::path::Path;

use rusqlite::Connection;
use yorisoi::clock;
use yorisoi::daemon::{self, OnceReport};
use yorisoi::demo::{Faults, Servers};
use yorisoi::domain::command::Command;
use yorisoi::engine::{Engine, Role};
use yorisoi::mail::address::Address;
use yorisoi::mail::dkim::KeyRecord;
use yorisoi::mail::fetched::{FetchStep, Fetched};
use yorisoi::mail::parse::parse;
use yorisoi::rng::Rng;
use yorisoi::secret::Secret;
use yorisoi::settings::{self, AuthMode, Settings, UnprovenAnswers};
use yorisoi::store::{Store, StoreError};

use crate::dns::{NameServer, Says, txt};
use crate::sign::{RSA, Signing, USUAL, key, mail, rsa_record, signed};

const CARE: &str = "care@example.jp";
const HARU: &str = "haru@example.jp";
const AI: &str = "ai@example.org";

fn people(engine: &mut Engine) {
    let address = |text: &str| vec![Address::parse(text).unwrap()];
    let (name, addresses) = ("Ai".to_owned(), address(AI));
    engine.order(&Command::AddSupporter { name, addresses, locale: None }, clock::now()).unwrap();
    let (name, addresses, supporter) = ("Haru".to_owned(), address(HARU), Some("Ai".to_owned()));
    let client = Command::AddClient {
        name,
        addresses,
        goal: String::new(),
        locale: None,
        supporter,
        second: None,
        pool: false,
    };
    engine.order(&client, clock::now()).unwrap();
}

/// A mail of あい's to a reply address.
fn answer_to(reply_to: &str, words: &str) -> String {
    mail("", words).replace("To: care@example.jp", &format!("To: {reply_to}"))
}

fn report(words: &str) -> String {
    mail("", words).replace("From: Ai <ai@example.org>", "From: haru@example.jp")
}

/// An engine without loops: mails are handed in, and so is what DNS said.
struct Home {
    engine: Engine,
    settings: Settings,
    uid: u32,
    reply_to: String,
    dir: tempfile::TempDir,
}

impl Home {
    fn new(mode: AuthMode) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut settings = crate::plain::settings(dir.path());
        settings.auth.mode = mode;
        settings.auth.trusted_authserv_ids = vec!["mx.example.jp".to_owned()];
        settings.auth.unproven_answers = UnprovenAnswers::Confirm;
        let mut engine = opened(&settings);
        people(&mut engine);
        let mut home = Self { engine, settings, uid: 0, reply_to: String::new(), dir };
        home.takes(&report("今日は歩きました。"), &[]);
        let bytes: Vec<u8> =
            home.one("SELECT bytes FROM outbox JOIN outbox_octets ON outbox_id = id WHERE kind = 'alert'");
        home.reply_to = parse(&bytes).reply_to[0].wire();
        home
    }

    fn one<T: rusqlite::types::FromSql>(&self, sql: &str) -> T {
        let beside = Connection::open(self.dir.path().join("data/yorisoi.db")).unwrap();
        beside.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    fn keeps(&mut self, raw: &str) {
        self.uid += 1;
        let (uid, internal_date) = (self.uid, Some(clock::now()));
        let fetched = vec![Fetched::Mail { uid, internal_date, raw: raw.as_bytes().to_vec() }];
        let (folder, listed) = ("INBOX".to_owned(), Some((1..=uid).collect()));
        let step = FetchStep { folder, uid_validity: 1, uid_next: Some(uid + 1), listed, fetched };
        self.engine.keep(&step, clock::now()).unwrap();
    }

    /// Why the newest mail ended as it did.
    fn applies(&mut self) -> String {
        self.engine.apply(clock::now()).unwrap();
        self.one("SELECT reason FROM kept_mails ORDER BY id DESC LIMIT 1")
    }

    fn takes(&mut self, raw: &str, keys: &[KeyRecord]) -> String {
        self.keeps(raw);
        let wanted = self.engine.keys_wanted().unwrap();
        self.engine.note_keys(&wanted, keys, clock::now()).unwrap();
        self.applies()
    }

    /// The names that the kept mails want.
    fn wants(&self) -> Vec<Vec<String>> {
        let wanted = self.engine.keys_wanted().unwrap();
        wanted.into_iter().map(|w| w.names.iter().map(ToString::to_string).collect()).collect()
    }
}

fn opened(settings: &Settings) -> Engine {
    Engine::open(settings, Role::Daemon, Rng::from_seed(1), clock::now()).unwrap()
}

#[test]
fn either_proof_is_enough_and_a_broken_signature_refutes_nothing() {
    let pass = "dmarc=pass header.from=example.org";
    let fail = "dmarc=fail header.from=example.org";
    let none = "dmarc=none header.from=example.org";
    let expected = |mode, results: &str, signature: &str| match (mode, results, signature) {
        (AuthMode::Dkim | AuthMode::Both, _, "good") => ("answer", 0),
        (AuthMode::Ar | AuthMode::Both, "pass", _) => ("answer", 0),
        (AuthMode::Ar | AuthMode::Both, "fail", _) => ("answer_held", 1),
        _ => ("answer_held", 0),
    };
    for mode in [AuthMode::None, AuthMode::Ar, AuthMode::Dkim, AuthMode::Both] {
        for (word, results) in [("pass", pass), ("fail", fail), ("none", none)] {
            for signature in ["good", "broken", "absent"] {
                let mut home = Home::new(mode);
                let plain = answer_to(&home.reply_to, "読みました。");
                let raw = match signature {
                    "good" => signed(&plain, &USUAL),
                    "broken" => signed(&plain, &USUAL).replace("読みました", "よみました"),
                    _ => plain,
                };
                let raw = format!("Authentication-Results: mx.example.jp; {results}\r\n{raw}");
                let reason = home.takes(&raw, &[key(RSA, &rsa_record(""))]);
                let refuted: i64 = home.one("SELECT count(*) FROM confirmations WHERE refuted = 1");
                let told = (reason.as_str(), refuted);
                assert_eq!(told, expected(mode, word, signature), "{mode:?}, {word}, {signature}");
            }
        }
    }
}

#[test]
fn an_author_who_can_be_read_in_two_ways_is_refuted_whoever_signed() {
    let mut home = Home::new(AuthMode::Dkim);
    let two = answer_to(&home.reply_to, "読みました。").replace("From: Ai <", "From: kei@example.net, Ai <");
    home.takes(&signed(&two, &USUAL), &[key(RSA, &rsa_record(""))]);
    let passed: i64 = home.one("SELECT count(*) FROM outbox WHERE kind = 'pass_on'");
    assert_eq!(passed, 0);
    let doubtful =
        answer_to(&home.reply_to, "読みました。").replace("From: Ai <", "From: Ai (kei@example.net) <<");
    home.takes(&signed(&doubtful, &USUAL), &[key(RSA, &rsa_record(""))]);
    let passed: i64 = home.one("SELECT count(*) FROM outbox WHERE kind = 'pass_on' AND state <> 'held'");
    assert_eq!(passed, 0);
}

#[test]
fn what_dns_said_is_kept_with_the_mail_and_counts_after_a_crash() {
    let mut home = Home::new(AuthMode::Dkim);
    home.keeps(&signed(&answer_to(&home.reply_to, "読みました。"), &USUAL));
    let wanted = home.engine.keys_wanted().unwrap();
    home.engine.note_keys(&wanted, &[key(RSA, &rsa_record(""))], clock::now()).unwrap();
    // nothing more is wanted, and a second word changes nothing
    assert_eq!(home.wants(), Vec::<Vec<String>>::new());
    home.engine.note_keys(&wanted, &[key(RSA, "v=DKIM1; p=")], clock::now()).unwrap();
    let Home { engine, settings, .. } = &mut home;
    let other = tempfile::tempdir().unwrap();
    *engine = opened(&crate::plain::settings(other.path()));
    *engine = opened(settings);
    assert_eq!(home.applies(), "answer");
    assert_eq!(home.one::<i64>("SELECT count(*) FROM dkim_keys"), 1);
}

#[test]
fn a_mail_is_not_understood_before_its_keys_were_looked_for() {
    let mut home = Home::new(AuthMode::Dkim);
    home.keeps(&signed(&answer_to(&home.reply_to, "読みました。"), &USUAL));
    let wanted = home.engine.keys_wanted().unwrap();
    home.keeps(&signed(&answer_to(&home.reply_to, "また明日。"), &USUAL));
    // the second came while somebody else looked for the keys of the first
    home.engine.note_keys(&wanted, &[key(RSA, &rsa_record(""))], clock::now()).unwrap();
    assert_eq!(home.engine.apply(clock::now()).unwrap().mails, 1);
    assert_eq!(home.engine.apply(clock::now()).unwrap().mails, 0);
    let states = "SELECT group_concat(state) FROM (SELECT state FROM kept_mails ORDER BY id DESC LIMIT 2)";
    assert_eq!(home.one::<String>(states), "kept,applied");
    let wanted = home.engine.keys_wanted().unwrap();
    home.engine.note_keys(&wanted, &[key(RSA, &rsa_record(""))], clock::now()).unwrap();
    assert_eq!(home.applies(), "answer");
}

#[test]
fn silence_counts_as_none_and_stays_so() {
    let mut home = Home::new(AuthMode::Dkim);
    let raw = signed(&answer_to(&home.reply_to, "読みました。"), &USUAL);
    assert_eq!(home.takes(&raw, &[]), "answer_held");
    // the process died before the look-up, and its keys are looked for by the next one
    home.keeps(&signed(&answer_to(&home.reply_to, "また明日。"), &USUAL));
    home.engine = {
        let other = tempfile::tempdir().unwrap();
        let engine = opened(&crate::plain::settings(other.path()));
        drop(std::mem::replace(&mut home.engine, engine));
        opened(&home.settings)
    };
    assert_eq!(home.wants(), [[RSA]]);
}

#[test]
fn the_same_mail_again_is_a_duplicate_and_an_old_one_is_asked_about() {
    let mut home = Home::new(AuthMode::Dkim);
    let keys = [key(RSA, &rsa_record(""))];
    let raw = signed(&answer_to(&home.reply_to, "読みました。"), &USUAL);
    assert_eq!(home.takes(&raw, &keys), "answer");
    assert_eq!(home.takes(&format!("Received: from a.example by b.example\r\n{raw}"), &keys), "duplicate");
    let passed: i64 = home.one("SELECT count(*) FROM outbox WHERE kind = 'pass_on'");
    assert_eq!(passed, 1);
    // one that she wrote to somebody else last week, sent to a stolen reply address
    let week = std::time::Duration::from_secs(7 * 86_400);
    let elsewhere = crate::sign::mail_at(clock::now().before(week), "", "はい、わかりました。");
    let stolen = format!("Delivered-To: {}\r\n{}", home.reply_to, signed(&elsewhere, &USUAL));
    assert_eq!(home.takes(&stolen, &keys), "answer_held");
}

#[test]
fn strangers_make_nobody_ask() {
    let mut home = Home::new(AuthMode::Both);
    let mei = |domain: &'static str| {
        let raw = mail("", "x").replace("ai@example.org", &format!("mei@{domain}"));
        signed(&raw, &Signing { domain, ..USUAL })
    };
    home.keeps(&mei("sender.example"));
    home.keeps(&mei("mail.example.org"));
    home.keeps(&mei("example.or"));
    home.keeps(&mei("xample.org"));
    let named = |domain: &str| vec![format!("rsa._domainkey.{domain}")];
    let nothing = Vec::<String>::new;
    assert_eq!(home.wants(), [nothing(), nothing(), nothing(), nothing()]);
    // of our people's domains it does, whoever wrote
    home.keeps(&mei("example.jp"));
    assert_eq!(home.wants()[4], named("example.jp"));
    for mode in [AuthMode::None, AuthMode::Ar] {
        let mut home = Home::new(mode);
        home.keeps(&mei("example.jp"));
        assert_eq!(home.wants(), Vec::<Vec<String>>::new());
    }
}

/// The daemon at servers in this process.
struct Running {
    servers: Servers,
    settings: Settings,
    _place: tempfile::TempDir,
}

impl Running {
    async fn new(dns: &NameServer) -> Self {
        let addresses = [CARE, HARU, AI].map(str::to_owned);
        let servers = Servers::start_with(&addresses, Secret::new("open"), Faults::default()).await.unwrap();
        let place = tempfile::tempdir().unwrap();
        let settings = configured(place.path(), &servers, dns);
        people(&mut opened(&settings));
        let running = Self { servers, settings, _place: place };
        // what lies in a mailbox before the first look is none of its business
        running.once().await;
        running
    }

    async fn once(&self) -> OnceReport {
        let settings = self.settings.clone();
        let run = tokio::task::spawn_blocking(move || daemon::once(&settings, |_| {}).unwrap());
        tokio::time::timeout(std::time::Duration::from_secs(60), run)
            .await
            .expect("a run without end")
            .unwrap()
    }

    async fn takes(&self, raw: &str) {
        assert!(self.servers.deliver(CARE, raw.as_bytes()));
        assert!(self.once().await.is_clean());
    }

    fn texts(&self, of: &str) -> Vec<String> {
        self.servers.mails(of).iter().map(|raw| parse(raw).text).collect()
    }

    fn no_dns(&self) -> bool {
        let store = Store::open_to_read(&self.settings.service.data_dir).unwrap();
        store.read::<_, StoreError>(|tx| Ok(tx.status_view()?.no_dns)).unwrap()
    }
}

fn configured(place: &Path, servers: &Servers, dns: &NameServer) -> Settings {
    let (imap, smtp) = (servers.imap_port, servers.smtp_port);
    let login = format!("tls = \"none\"\nusername = \"{CARE}\"\npassword = \"open\"\n");
    let text = format!(
        "[service]\nname = \"Care\"\naddress = \"{CARE}\"\nlocale = \"en\"\ntimezone = \"Europe/London\"\n\
         data_dir = \"data\"\n[imap]\nhost = \"127.0.0.1\"\nport = {imap}\n{login}\
         [smtp]\nhost = \"127.0.0.1\"\nport = {smtp}\n{login}\
         [auth]\nmode = \"dkim\"\ndns_servers = [\"{}\"]\n[promise]\nquiet = \"\"\ngrace = \"0s\"\nread_first = 0\n",
        dns.address
    );
    let config = place.join("yorisoi.toml");
    std::fs::write(&config, text).unwrap();
    settings::load(&config, std::iter::empty()).map_err(|errors| errors.to_string()).unwrap()
}

#[tokio::test]
async fn a_signed_answer_passes_on_and_an_unsigned_one_is_asked_about() {
    let dns = NameServer::start();
    dns.says(RSA, txt(&rsa_record("")));
    let home = Running::new(&dns).await;
    home.takes(&report("I walked.")).await;
    let alerts = home.servers.mails(AI);
    let reply_to = parse(&alerts[0]).reply_to[0].wire();
    assert!(home.texts(AI)[0].contains("I walked."));

    home.takes(&signed(&answer_to(&reply_to, "Well done."), &USUAL)).await;
    let passed = home.texts(HARU);
    assert!(passed.last().is_some_and(|text| text.contains("Well done.")), "{passed:?}");
    assert_eq!((home.texts(AI).len(), dns.asked()), (1, vec![RSA.to_owned()]));
    assert!(!home.no_dns());

    let before = home.texts(HARU).len();
    home.takes(&answer_to(&reply_to, "Unsigned words.")).await;
    home.takes(&signed(&answer_to(&reply_to, "Changed words."), &USUAL).replace("Changed", "Forged")).await;
    let asked = home.texts(AI);
    assert!(asked.len() == 2 && asked[1].contains("Unsigned words."), "{asked:?}");
    assert_eq!(home.texts(HARU).len(), before);
}

#[tokio::test]
async fn where_no_name_server_works_answers_wait_for_a_yes_and_status_knows() {
    let dns = NameServer::start();
    dns.says(RSA, Says::Code(2));
    let home = Running::new(&dns).await;
    home.takes(&report("I walked.")).await;
    let reply_to = parse(&home.servers.mails(AI)[0]).reply_to[0].wire();
    home.takes(&signed(&answer_to(&reply_to, "Well done."), &USUAL)).await;
    let asked = home.texts(AI);
    assert!(asked.len() == 2 && asked[1].contains("Well done."), "{asked:?}");
    assert!(home.texts(HARU).iter().all(|text| !text.contains("Well done.")));
    assert!(home.no_dns());
    dns.says(RSA, txt(&rsa_record("")));
    home.takes(&signed(&answer_to(&reply_to, "Well done again."), &USUAL)).await;
    assert!(home.texts(HARU).iter().any(|text| text.contains("Well done again.")));
    assert!(!home.no_dns());
}
