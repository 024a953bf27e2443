//! Several addresses of one person, changed on the command line beside a service that has mails on their way.
#![allow(clippy::unwrap_used)] // an order that cannot be given has failed

mod arrival;
mod plain;

use tempfile::TempDir;
use yorisoi::clock::{self, Timestamp};
use yorisoi::domain::command::{AddressChange, AddressesChanged, Command, Ordered, Refusal, RowMending};
use yorisoi::domain::people::Side;
use yorisoi::engine::{Engine, EngineError, Role, Settlement};
use yorisoi::mail::address::Address;
use yorisoi::mail::parse::parse;
use yorisoi::mail::submission::{Stage, Submission, SubmitOutcome};
use yorisoi::rng::Rng;
use yorisoi::settings::{Receipts, Settings, UnprovenAnswers};

const ADD: AddressChange = AddressChange::Add { first: false };
const ADD_FIRST: AddressChange = AddressChange::Add { first: true };

struct House {
    dir: TempDir,
    settings: Settings,
    engine: Engine,
    now: Timestamp,
    uid: u32,
}

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

impl House {
    /// はる and なつ, whom あい answers; みお answers nobody.
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut settings = plain::settings(dir.path());
        settings.service.receipts = Receipts::First;
        settings.auth.unproven_answers = UnprovenAnswers::Confirm;
        let now = clock::now();
        let engine = Engine::open(&settings, Role::Daemon, Rng::from_seed(1), now).unwrap();
        let mut house = Self { dir, settings, engine, now, uid: 0 };
        for (name, address) in [("あい", "ai@example.org"), ("みお", "mio@example.net")] {
            house.supporter(name, &[address]);
        }
        for (name, address) in [("はる", "haru@example.jp"), ("なつ", "natsu@example.jp")] {
            house.client(name, &[address]);
        }
        house
    }

    fn supporter(&mut self, name: &str, addresses: &[&str]) {
        let addresses = addresses.iter().map(|a| address(a)).collect();
        let order = Command::AddSupporter { name: name.to_owned(), addresses, locale: None };
        self.engine.order(&order, self.now).unwrap();
    }

    fn client(&mut self, name: &str, addresses: &[&str]) {
        let addresses = addresses.iter().map(|a| address(a)).collect();
        let (name, supporter) = (name.to_owned(), Some("あい".to_owned()));
        let order = Command::AddClient {
            name,
            addresses,
            goal: String::new(),
            locale: None,
            supporter,
            second: None,
            pool: false,
        };
        self.engine.order(&order, self.now).unwrap();
    }

    fn try_change(
        &mut self,
        side: Side,
        person: &str,
        text: &str,
        change: AddressChange,
    ) -> Result<AddressesChanged, Refusal> {
        let order = Command::Addresses { side, person: person.to_owned(), address: address(text), change };
        match self.engine.order(&order, self.now) {
            Ok(Ordered::Addresses(done)) => Ok(done),
            Err(EngineError::Refused(refusal)) => Err(refusal),
            other => panic!("{other:?}"),
        }
    }

    fn change(&mut self, side: Side, person: &str, text: &str, change: AddressChange) -> AddressesChanged {
        self.try_change(side, person, text, change).unwrap()
    }

    fn comes(&mut self, from: &str, text: &str) {
        self.uid += 1;
        let uid = self.uid;
        let raw = format!(
            "From: {from}\r\nTo: care@example.jp\r\nSubject: s\r\nMessage-ID: <{uid}@example.test>\r\n\
             MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
        );
        let step = arrival::arrival(uid, raw, self.now);
        self.engine.keep(&step, self.now).unwrap();
        while self.engine.apply(self.now).unwrap().mails > 0 {}
    }

    fn due(&mut self) -> Vec<Submission> {
        self.engine.due(self.now, 8).unwrap()
    }

    fn ends(&mut self, submission: &Submission, outcome: SubmitOutcome) {
        let (outbox_id, attempt) = (submission.outbox_id, submission.attempt);
        let ended = Settlement::Ended { outbox_id, attempt, outcome };
        assert_eq!(self.engine.settle(&[ended], self.now).unwrap(), [true]);
    }

    fn put_off(&mut self, submission: &Submission) {
        self.ends(submission, SubmitOutcome::Transient { stage: Stage::Rcpt, code: 452, status: None });
    }

    /// `(address, whether mail goes there)` of everybody on a side.
    fn listed(&self, side: Side, person: &str) -> Vec<(String, bool)> {
        let views = self.engine.view(|tx| tx.address_views(side, person)).unwrap().unwrap();
        views.into_iter().map(|view| (view.address, view.gets_mail)).collect()
    }

    fn sound(&self) {
        assert_eq!(self.engine.view(|tx| tx.check()).unwrap(), Vec::<String>::new());
    }
}

#[test]
fn an_address_is_refused_with_what_to_do_and_nothing_moves() {
    let mut house = House::new();
    let check = |house: &mut House, side, person: &str, text: &str, change, expected: &str| {
        let before = (house.listed(Side::Client, "はる"), house.listed(Side::Supporter, "あい"));
        let refused = house.try_change(side, person, text, change).unwrap_err().to_string();
        assert!(refused.contains(expected), "{text}: {refused}");
        assert_eq!((house.listed(Side::Client, "はる"), house.listed(Side::Supporter, "あい")), before);
    };
    let (client, supporter) = (Side::Client, Side::Supporter);
    check(&mut house, client, "はる", "Natsu@example.jp", ADD, "belongs to なつ already");
    check(&mut house, supporter, "あい", "mio@example.net", ADD, "belongs to みお already");
    for ours in ["care@example.jp", "CARE@example.jp", "care+x@example.jp", "Care+@example.jp"] {
        check(&mut house, client, "はる", ours, ADD, "is an address of the service itself");
    }
    check(&mut house, client, "はる", "ai@example.org", ADD, "nobody is assigned to herself: はる and あい");
    check(
        &mut house,
        supporter,
        "あい",
        "haru@example.jp",
        ADD,
        "nobody is assigned to herself: はる and あい",
    );
    check(&mut house, client, "はる", "haru@example.jp", AddressChange::Remove, "add the new one first");
    check(&mut house, client, "はる", "natsu@example.jp", AddressChange::Remove, "はる has no address");
    check(&mut house, client, "はる", "new@example.jp", AddressChange::PutFirst, "はる has no address");
    check(&mut house, client, "ふゆ", "new@example.jp", ADD, "`yorisoi client list`");
    check(&mut house, supporter, "ふゆ", "new@example.jp", ADD, "`yorisoi supporter list`");
    // what only looks like ours or hers is neither, and somebody may have both roles
    for free in ["careful@example.jp", "care+x@example.org", "haru+x@example.jp", "mio@example.net"] {
        assert!(house.change(client, "はる", free, ADD).changed, "{free}");
    }
    // nobody is added with an address of the service either
    let addresses = vec![address("care+me@example.jp")];
    let order = Command::AddSupporter { name: "ゆう".to_owned(), addresses, locale: None };
    let refused = house.engine.order(&order, house.now).unwrap_err().to_string();
    assert!(refused.contains("is an address of the service itself"), "{refused}");
    house.sound();
}

#[test]
fn mail_goes_to_the_first_address_and_the_operator_says_which_that_is() {
    let mut house = House::new();
    let old = ("haru@example.jp".to_owned(), true);
    let done = house.change(Side::Client, "はる", "haru@example.net", ADD);
    assert_eq!((done.changed, done.first), (true, address("haru@example.jp")));
    assert_eq!(house.listed(Side::Client, "はる"), [old.clone(), ("haru@example.net".to_owned(), false)]);
    assert!(!house.change(Side::Client, "はる", "HARU@example.net", ADD).changed, "it is hers already");
    let done = house.change(Side::Client, "haru@example.net", "haru@example.net", AddressChange::PutFirst);
    assert_eq!((done.changed, done.first), (true, address("haru@example.net")));
    assert!(!house.change(Side::Client, "はる", "haru@example.net", AddressChange::PutFirst).changed);
    let done = house.change(Side::Client, "はる", "haru@example.com", ADD_FIRST);
    assert_eq!(done.first, address("haru@example.com"));
    let order: Vec<String> = house.listed(Side::Client, "はる").into_iter().map(|(a, _)| a).collect();
    assert_eq!(order, ["haru@example.com", "haru@example.net", "haru@example.jp"]);
    // the one behind it takes its place, and the address is free for anybody
    let done = house.change(Side::Client, "はる", "haru@example.com", AddressChange::Remove);
    assert_eq!(done.first, address("haru@example.net"));
    assert!(house.change(Side::Client, "なつ", "haru@example.com", ADD).changed);
    house.sound();
}

#[test]
fn what_waits_for_an_address_that_is_taken_away_goes_to_the_first_under_its_own_name() {
    let mut house = House::new();
    house.change(Side::Supporter, "あい", "ai@example.com", ADD);
    house.comes("haru@example.jp", "歩きました。");
    let first = house.due();
    assert_eq!(first[0].envelope.forward_path, address("ai@example.org"));
    // a submission cannot be taken back
    let under_way = house.try_change(Side::Supporter, "あい", "ai@example.org", AddressChange::Remove);
    assert_eq!(under_way, Err(Refusal::UnderWay("ai@example.org".to_owned())));
    house.put_off(&first[0]);
    assert!(house.due().is_empty(), "it waits for a better hour");

    let done = house.change(Side::Supporter, "あい", "ai@example.org", AddressChange::Remove);
    assert_eq!((done.moved, done.first), (1, address("ai@example.com")));
    let second = house.due();
    let [sent] = second.as_slice() else { panic!("{second:?}") };
    assert_eq!(sent.outbox_id, first[0].outbox_id);
    assert_eq!(sent.envelope.forward_path, address("ai@example.com"));
    let (before, after) = (parse(&first[0].bytes), parse(&sent.bytes));
    assert_eq!((&after.message_id, &after.text), (&before.message_id, &before.text));
    assert_eq!(after.reply_to, before.reply_to);
    assert!(
        !String::from_utf8_lossy(&sent.bytes).contains("ai@example.org"),
        "nobody replies to the old one"
    );
    assert!(String::from_utf8_lossy(&sent.bytes).contains("\r\nTo: ai@example.com\r\n"));
    house.sound();
}

#[test]
fn a_mail_that_failed_is_tried_again_at_an_address_that_is_hers() {
    let mut house = House::new();
    house.comes("haru@example.jp", "歩きました。");
    let due = house.due();
    house.ends(&due[0], SubmitOutcome::Permanent { stage: Stage::Data, code: 554, status: None });
    house.engine.tick(house.now).unwrap();
    let state = |house: &House| {
        let rows = house.engine.view(|tx| tx.outbox_views()).unwrap();
        rows.iter().find(|row| row.id == due[0].outbox_id).unwrap().state.clone()
    };
    assert_eq!(state(&house), "failed");
    house.change(Side::Supporter, "あい", "ai@example.com", ADD);
    house.change(Side::Supporter, "あい", "ai@example.org", AddressChange::Remove);
    let retry = Command::Row { row: due[0].outbox_id, mending: RowMending::Retry };
    house.engine.order(&retry, house.now).unwrap();
    let again: Vec<_> = house.due().into_iter().filter(|s| s.outbox_id == due[0].outbox_id).collect();
    assert_eq!(again[0].envelope.forward_path, address("ai@example.com"));
}

#[test]
fn who_has_to_be_added_again_is_the_same_person_under_each_of_her_addresses() {
    let refs = |house: &House, text: &str| {
        let client = house.engine.view(|tx| tx.client_by_address(&address(text))).unwrap().unwrap();
        (client.principal_ref, client.thread_ref)
    };
    let mut house = House::new();
    house.change(Side::Client, "はる", "haru@example.net", ADD);
    house.change(Side::Client, "はる", "haru@example.com", ADD);
    house.change(Side::Client, "はる", "haru@example.com", AddressChange::Remove);
    let (haru, natsu) = (refs(&house, "haru@example.jp"), refs(&house, "natsu@example.jp"));
    // the database is lost, the key and the journal are not
    let House { dir, settings, engine, now, .. } = house;
    drop(engine);
    for file in ["yorisoi.db", "yorisoi.db-wal", "yorisoi.db-shm"] {
        let _ = std::fs::remove_file(settings.service.data_dir.join(file));
    }
    let engine = Engine::open(&settings, Role::Daemon, Rng::from_seed(7), now).unwrap();
    let mut house = House { dir, settings, engine, now, uid: 0 };
    house.supporter("あい", &["ai@example.org"]);
    // the address that was taken away from はる is somebody's who has nothing to do with her
    house.client("ふゆ", &["haru@example.com"]);
    house.client("はる", &["haru.newest@example.jp", "haru@example.net"]);
    assert_eq!(refs(&house, "haru@example.net"), haru);
    assert!(![haru, natsu].contains(&refs(&house, "haru@example.com")));
    assert!(house.dir.path().join("data").exists());
}
