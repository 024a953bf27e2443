//! Every command that there is, found by its `--help`: what it may show, and what it may do without being asked twice.
//! A new command that this file does not know fails it.
#![allow(clippy::unwrap_used)] // a command that cannot be run has failed

mod arrival;
mod said;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use yorisoi::clock::{self, Timestamp, Zone};
use yorisoi::domain::calendar::Month;
use yorisoi::domain::command::{Command as Order, RowMending};
use yorisoi::engine::{Engine, Role, Settlement};
use yorisoi::mail::address::Address;
use yorisoi::mail::parse::parse;
use yorisoi::mail::submission::{Submission, SubmitOutcome};
use yorisoi::rng::Rng;
use yorisoi::settings;

/// What a command is to this test.
enum Known {
    /// It shows something, and with the flag these addresses in full; without it none.
    Listing(&'static [&'static str]),
    /// It cannot be undone, and asks.
    Asks,
    /// It does something, and the reason why it need not ask.
    Deed(&'static str),
}
use Known::{Asks, Deed, Listing};

fn known(command: &str) -> Option<Known> {
    Some(match command {
        "client list" => Listing(&["haru@example.jp", "mio@example.net"]),
        "supporter list" | "supporter address list" => Listing(&["ai@example.org"]),
        "client address list" => Listing(&["haru@example.jp"]),
        "thread" => Listing(&["mio@example.net", "haru@example.jp"]),
        "absence list" | "outbox list" | "held list" | "held aside" | "quarantine list" | "repeats list"
        | "status" => Listing(&[]),
        "ledger" => Listing(&[]),
        "outbox show" => Listing(&["ai@example.org", "care@example.jp"]),
        "held show" => Listing(&["haru@example.jp"]),
        "quarantine show" => Listing(&["mal@example.com", "care+", "mio@example.net"]),
        "outbox cancel" | "quarantine discard" | "held release" | "held return" => Asks,
        "repeats send" | "repeats drop" | "restore" | "supporter revoke" | "supporter leave"
        | "key withdraw" => Asks,
        "client add" => {
            Deed("nobody gets a mail by it but she, where two are to answer her; `assign` mends that")
        }
        "supporter add" => Deed("nobody gets a mail by it"),
        "client address add" | "supporter address add" => {
            Deed("nobody gets a mail by it; `remove` takes it back")
        }
        "client address first" | "supporter address first" => Deed("the same for the old one takes it back"),
        "client address remove" | "supporter address remove" => {
            Deed("`add` takes it back, and words that waited are with their writer")
        }
        "client hours" | "supporter hours" => Deed("the hours before, said again, take it back"),
        "supporter return" => Deed("`supporter leave` asks, and takes it back"),
        "client set" => Deed("what was written before, said again, takes it back"),
        "client pause" | "client resume" => Deed("each takes the other back"),
        "pool list" => Listing(&[]),
        "pool join" | "pool leave" => Deed("each takes the other back"),
        "absence add" => Deed("`absence cancel` takes it back, and so does she"),
        "absence cancel" => Deed("`absence add` takes it back"),
        "exclusion list" => Listing(&[]),
        "exclusion add" => Deed("`exclusion remove` and `assign` take it back"),
        "exclusion remove" => Deed("nobody is assigned by it; `exclusion add` takes it back"),
        "supporter set" => Deed("what was, said again, takes it back"),
        "balance" => Asks,
        "assign" => Deed("the operator names both, and a second order takes it back"),
        "lift" => Deed("the next report of that kind suspends the address again"),
        "outbox accept" => Deed("its reader has it already; nothing goes anywhere"),
        "outbox retry" => Deed("the same octets, which their reader may have already"),
        "quarantine release" => Deed("what it leads to is decided as for any mail"),
        "backup" => Deed("it makes a new file, and refuses one that is there"),
        "verify" => Deed("it shows numbers, and no person"),
        "repeats hold" => Deed("`repeats send` takes it back"),
        "key renew" => Deed("the key before stays valid"),
        "run" | "once" => Deed("the service itself"),
        "go-on" => Deed("it only ends a stop"),
        "demo" => Deed("its people are made up"),
        "inspect" => Deed("it shows files that the operator has"),
        _ => return None,
    })
}

/// An installation in which there is something of everything.
struct House {
    dir: tempfile::TempDir,
    /// Nobody while a restore is tried.
    engine: Option<Engine>,
    now: Timestamp,
    uid: u32,
}

impl House {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("yorisoi.toml"), CONFIG).unwrap();
        let settings =
            settings::load(&dir.path().join("yorisoi.toml"), std::iter::empty::<(String, String)>()).unwrap();
        let now = clock::now();
        let engine = Engine::open(&settings, Role::Daemon, Rng::from_seed(1), now).unwrap();
        let mut house = Self { dir, engine: Some(engine), now, uid: 0 };
        assert!(house.run(&["backup", "before"]).status.success());
        house.fill();
        house
    }

    /// As `new`, and what the command is about is there.
    fn for_command(command: &str) -> Self {
        let mut house = Self::new();
        if command == "restore" || command.starts_with("repeats") {
            house.engine = None;
        }
        if command == "balance" {
            assert!(
                house
                    .run(&["supporter", "add", "--name", "みお", "--address", "m@example.org"])
                    .status
                    .success()
            );
            assert!(house.run(&["supporter", "set", "あい", "--cap-day", "0"]).status.success());
        }
        if command.starts_with("repeats") {
            assert!(house.run(&["backup", "now"]).status.success());
            assert!(house.run(&["restore", "now", "--journal-lost", "--yes"]).status.success());
            let path = house.dir.path().join("yorisoi.toml");
            let settings = settings::load(&path, std::iter::empty::<(String, String)>()).unwrap();
            drop(Engine::open(&settings, Role::Daemon, Rng::from_seed(2), house.now).unwrap());
        }
        house
    }

    fn engine(&mut self) -> &mut Engine {
        self.engine.as_mut().unwrap()
    }

    fn fill(&mut self) {
        let addresses = |address| vec![Address::parse(address).unwrap()];
        self.order(Order::AddSupporter {
            name: "あい".to_owned(),
            addresses: addresses("ai@example.org"),
            locale: None,
        });
        self.order(Order::AddClient {
            name: "はる".to_owned(),
            addresses: addresses("haru@example.jp"),
            goal: "mio@example.net に書く".to_owned(),
            locale: None,
            supporter: Some("あい".to_owned()),
            second: None,
            pool: false,
        });
        self.comes("haru@example.jp", "care@example.jp", "mio@example.net を訪ねました。haru@example.jp");
        let sent = self.all_is_sent();
        let alert = sent.iter().find(|s| s.envelope.forward_path.wire() == "ai@example.org").unwrap();
        let reply_to = parse(&alert.bytes).reply_to[0].wire();
        self.comes("ai@example.org", &reply_to, "よかったですね。mio@example.net によろしく。");
        self.comes("mal@example.com", &reply_to, "mio@example.net です。");
        self.comes("ai@example.org", &reply_to, "またお話を聞かせてください。");
        let rows = self.engine().view(|tx| tx.outbox_views()).unwrap();
        let row = rows.iter().rev().find(|row| row.state == "held").unwrap().id;
        self.order(Order::Row { row, mending: RowMending::Release });
    }

    fn order(&mut self, order: Order) {
        let now = self.now;
        self.engine().order(&order, now).unwrap();
    }

    fn comes(&mut self, from: &str, to: &str, text: &str) {
        self.uid += 1;
        let uid = self.uid;
        let raw = format!(
            "From: {from}\r\nTo: {to}\r\nSubject: mio@example.net\r\nMessage-ID: <{uid}@example.test>\r\n\
             MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
        );
        let step = arrival::arrival(uid, raw, self.now);
        let now = self.now;
        self.engine().keep(&step, now).unwrap();
        while self.engine().apply(now).unwrap().mails > 0 {}
    }

    fn all_is_sent(&mut self) -> Vec<Submission> {
        let now = self.now;
        let due = self.engine().due(now, 8).unwrap();
        for Submission { outbox_id, attempt, .. } in &due {
            let (outbox_id, attempt) = (*outbox_id, *attempt);
            let outcome = SubmitOutcome::Accepted { reply: "ok".to_owned() };
            let before = Settlement::BeforeDot { outbox_id, attempt };
            let ended = Settlement::Ended { outbox_id, attempt, outcome };
            assert_eq!(self.engine().settle(&[before, ended], now).unwrap(), [true, true]);
        }
        due
    }

    fn run(&self, args: &[&str]) -> Output {
        let config: PathBuf = self.dir.path().join("yorisoi.toml");
        let mut command = program(&[&["--config", config.to_str().unwrap()], args].concat());
        command.current_dir(self.dir.path()).output().unwrap()
    }

    /// What a listing says.
    fn said(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && !said.is_empty(), "{args:?}: {:?}", output.stderr);
        said
    }

    fn rows(&self, listing: &str) -> Vec<Value> {
        let rows = self.said(&[listing, "list", "--json"]);
        serde_json::from_str(&rows).unwrap()
    }

    /// What the command needs behind its name.
    fn argument(&self, command: &str) -> Option<String> {
        let number = |rows: &[Value]| rows.first().map(|row| row["id"].to_string());
        match command {
            "thread" | "client address list" => Some("はる".to_owned()),
            "supporter address list" | "supporter revoke" | "supporter leave" => Some("あい".to_owned()),
            "held show" | "held release" | "held return" | "outbox cancel" => number(&self.rows("held")),
            "quarantine show" | "quarantine discard" => number(&self.rows("quarantine")),
            "outbox show" => {
                let rows = self.rows("outbox");
                rows.iter().find(|row| row["kind"] == "alert").map(|row| row["id"].to_string())
            }
            "restore" => Some("before".to_owned()),
            "balance" => Some("--apply".to_owned()),
            _ => None,
        }
    }

    fn words(&self, command: &str, flags: &[&str]) -> Vec<String> {
        let words = command.split(' ').map(str::to_owned).chain(self.argument(command));
        words.chain(flags.iter().map(|flag| (*flag).to_owned())).collect()
    }
}

const CONFIG: &str = r#"
[service]
name = "よりそい便り"
address = "care@example.jp"
data_dir = "data"
operators = ["office@example.jp"]
[auth]
unproven_answers = "confirm"
[promise]
quiet = ""
grace = "0s"
read_first = 0
[rates]
answer = 500
[imap]
host = "127.0.0.1"
tls = "none"
username = "care"
password = "x"
[smtp]
host = "127.0.0.1"
tls = "none"
username = "care"
password = "x"
"#;

fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_yorisoi"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("YORISOI")) {
        command.env_remove(name); // the tester's own variables are not part of the test
    }
    command.args(args).stdin(Stdio::null()).current_dir(Path::new(env!("CARGO_TARGET_TMPDIR")));
    command
}

fn help(command: &[&str]) -> String {
    String::from_utf8(program(&[command, &["--help"]].concat()).output().unwrap().stdout).unwrap()
}

/// Every command below `above` that has none below itself, with its help.
fn commands(above: &[&str]) -> Vec<(String, String)> {
    let help = help(above);
    let Some((_, listed)) = help.split_once("Commands:\n") else { return vec![(above.join(" "), help)] };
    let lines = listed.lines().take_while(|line| !line.is_empty());
    let names = lines.filter_map(|line| line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')));
    let names = names.filter_map(|line| line.split(' ').next()).filter(|name| *name != "help");
    names.flat_map(|name| commands(&[above, &[name]].concat())).collect()
}

/// Words with an `@` whose local part is more than a first character.
fn addresses(text: &str) -> Vec<&str> {
    text.split(|c: char| c.is_whitespace() || "<>\",()".contains(c))
        .filter(|word| word.find('@').is_some_and(|at| !word[..at].ends_with('…')))
        .collect()
}

#[test]
fn every_command_is_known_here_and_has_the_flags_of_its_kind() {
    let commands = commands(&[]);
    assert!(commands.len() >= 22, "{commands:?}");
    for (command, help) in commands {
        let kind = known(&command);
        assert!(kind.is_some(), "`{command}` is new: say in this file what it shows or does");
        let (listing, asks) = (matches!(kind, Some(Listing(_))), matches!(kind, Some(Asks)));
        assert_eq!(help.contains("--show-addresses"), listing, "{command}: {help}");
        assert_eq!(help.contains("--yes"), asks, "{command}: {help}");
        if listing {
            assert!(help.contains("--json") && help.contains("h…@example.jp"), "{command}: {help}");
        }
        if let Some(Deed(why)) = kind {
            assert!(!why.is_empty());
        }
    }
}

#[test]
fn no_listing_shows_an_address_in_full_unless_it_is_told_to() {
    let house = House::new();
    let mut listings = 0;
    for (command, _) in commands(&[]) {
        let Some(Listing(expected)) = known(&command) else { continue };
        listings += 1;
        for json in [&[][..], &["--json"]] {
            let flags = [json, &["--show-addresses"]].concat();
            let (plain, full) = (house.words(&command, json), house.words(&command, &flags));
            let text = |words: &[String]| house.said(&words.iter().map(String::as_str).collect::<Vec<_>>());
            let (plain, full) = (text(&plain), text(&full));
            assert!(
                addresses(&plain).is_empty(),
                "{command} {json:?} shows {:?}:\n{plain}",
                addresses(&plain)
            );
            for address in expected {
                assert!(full.contains(address), "{command} {flags:?} hides {address}:\n{full}");
                let domain = address.split_once('@').map_or("example.jp", |(_, domain)| domain);
                assert!(plain.contains(&format!("…@{domain}")), "{command} {json:?}: no {domain}:\n{plain}");
            }
        }
    }
    assert!(listings >= 10, "{listings}");
}

#[test]
fn what_cannot_be_undone_is_not_done_without_yes_where_nobody_can_be_asked() {
    let mut asking = 0;
    for (command, _) in commands(&[]) {
        let Some(Asks) = known(&command) else { continue };
        asking += 1;
        let house = House::for_command(&command);
        let state = || (house.rows("outbox"), house.rows("quarantine"));
        let run = |flags: &[&str]| {
            let words = house.words(&command, flags);
            house.run(&words.iter().map(String::as_str).collect::<Vec<_>>())
        };
        let before = state();
        let refused = run(&[]);
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(1), "{command}: {said}");
        assert!(said.contains("cannot be undone; add --yes"), "{command}: {said}");
        assert_eq!(state(), before, "{command} was done all the same");
        assert_eq!(run(&["--yes"]).status.code(), Some(0), "{command}");
        assert_ne!(state(), before, "{command} did nothing");
    }
    assert_eq!(asking, 11);
}

#[test]
fn a_client_has_two_names_from_the_first_day_or_status_says_who_has_not() {
    let house = House::new();
    house.said(&["supporter", "add", "--name", "ゆう", "--address", "yu@example.org"]);
    let added = |name: &str, more: &[&str]| {
        let address = format!("{name}@example.net");
        house.run(&[&["client", "add", "--name", name, "--address", &address], more].concat())
    };
    // nothing is written of what is refused
    for (more, status, why) in [
        (
            &["--supporter", "あい", "--second", "だれか"][..],
            1,
            "no supporter has the name, address or id だれか;",
        ),
        (
            &["--supporter", "あい", "--second", "あい"],
            1,
            "あい answers already; choose somebody else as the second",
        ),
        (&["--second", "ゆう"], 2, "--supporter <SUPPORTER>"),
        (&["--supporter", "あい", "--pool", "maybe"], 2, "write yes or no"),
    ] {
        let (refused, before) = (added("natsu", more), house.rows("outbox"));
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(status), "{more:?}: {said}");
        assert!(said.contains(why), "{more:?}: {said}");
        assert_eq!((house.rows("client").len(), house.rows("outbox")), (1, before), "{more:?}");
    }
    let mails = || house.rows("outbox").len();
    let before = mails();
    assert!(added("natsu", &["--supporter", "あい", "--second", "ゆう", "--pool", "yes"]).status.success());
    let row = &house.rows("client")[1];
    assert_eq!((&row["supporter"], &row["second"]), (&"あい".into(), &"ゆう".into()));
    assert_eq!((&row["pool"], &house.rows("client")[0]["pool"]), (&true.into(), &false.into()));
    assert_eq!(mails(), before + 1, "she is told both names");
    let told = house.rows("outbox").into_iter().find(|row| row["person"] == "natsu").unwrap();
    assert_eq!(told["kind"], "notice");
    assert!(added("fuyu", &["--supporter", "あい", "--pool", "no"]).status.success());
    assert_eq!(mails(), before + 1, "of one name nobody is told");
    let status: Value = serde_json::from_str(&house.said(&["status", "--json"])).unwrap();
    assert_eq!(status["without_second"], serde_json::json!(["はる", "fuyu"]));
    let line = "without a second one: はる, fuyu; yorisoi assign CLIENT --propose\n";
    assert!(house.said(&["status"]).contains(line), "{}", house.said(&["status"]));
    // who rests needs nobody just now
    house.said(&["client", "pause", "fuyu"]);
    house.said(&["assign", "はる", "あい", "--second", "ゆう"]);
    assert!(!house.said(&["status"]).contains("without a second one"));
}

#[test]
fn who_agreed_to_the_pool_is_listed() {
    let house = House::new();
    assert_eq!(house.said(&["pool", "list"]), "nobody is in the pool\n");
    assert_eq!(house.said(&["pool", "join", "supporter", "あい"]), "あい: in the pool\n");
    assert_eq!(house.said(&["pool", "join", "client", "はる"]), "はる: in the pool\n");
    assert_eq!(house.said(&["pool", "join", "client", "はる"]), "nothing to do: in the pool already\n");
    let rows = house.rows("pool");
    let of = |row: &serde_json::Value| format!("{} {} {}", row["side"], row["name"], row["asked"]);
    let listed: Vec<String> = rows.iter().map(of).collect();
    assert_eq!(listed, ["\"client\" \"はる\" 0", "\"supporter\" \"あい\" 0"]);
    assert_eq!(house.said(&["pool", "leave", "client", "はる"]), "はる: not in the pool any more\n");
    assert_eq!(house.said(&["pool", "leave", "client", "はる"]), "nothing to do: not in the pool\n");
    assert_eq!(house.rows("pool").len(), 1);
    let nobody = house.run(&["pool", "join", "supporter", "だれか"]);
    assert_eq!(nobody.status.code(), Some(1));
}

#[test]
fn who_could_answer_is_proposed_with_what_speaks_for_her_and_nobody_moves_for_it() {
    let house = House::new();
    for (name, address) in
        [("みお", "mio@example.org"), ("けい", "kei@example.org"), ("ゆう", "haru@example.jp")]
    {
        assert!(house.run(&["supporter", "add", "--name", name, "--address", address]).status.success());
    }
    assert_eq!(
        house.said(&["client", "set", "はる", "--topics", "睡眠,仕事", "--pool", "yes"]),
        "はる: done\n"
    );
    house.said(&[
        "supporter",
        "set",
        "みお",
        "--aptitudes",
        "睡眠",
        "--answers",
        "06:00-08:00",
        "--cap-day",
        "3",
    ]);
    house.said(&["supporter", "set", "けい", "--languages", "en"]);
    let rows = house.rows("client");
    assert_eq!((&rows[0]["topics"][0], &rows[0]["pool"]), (&"睡眠".into(), &true.into()));
    let rows = house.rows("supporter");
    assert_eq!((&rows[1]["cap_day"], &rows[1]["answers"][0]), (&3.into(), &"06:00-08:00".into()));
    let proposal = || -> Value {
        serde_json::from_str(&house.said(&["assign", "はる", "--propose", "--json"])).unwrap()
    };
    let before = proposal();
    let names = |list: &Value| {
        list.as_array().unwrap().iter().map(|fit| fit["supporter"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&before["supporter"]), ["あい", "みお"]);
    assert_eq!(names(&before["second"]), ["みお"]);
    let left_out: Vec<_> =
        before["left_out"].as_array().unwrap().iter().map(|one| one["why"].clone()).collect();
    assert_eq!(left_out, ["does not answer in ja", "is the same person"]);
    let text = house.said(&["assign", "はる", "--propose", "1"]);
    assert!(text.contains("answers her now") && text.contains("topics: 睡眠 (+10)"), "{text}");
    // an exclusion says nothing of whose word it was
    assert_eq!(house.said(&["exclusion", "list"]), "nobody is kept from anybody\n");
    let said = house.said(&["exclusion", "add", "はる", "みお"]);
    assert_eq!(said, "done\n");
    assert_eq!(house.said(&["exclusion", "add", "はる", "みお"]), "nothing to do: it was so before\n");
    assert_eq!(names(&proposal()["supporter"]), ["あい"]);
    assert!(house.said(&["assign", "はる", "--propose"]).contains("an exclusion stands"));
    let refused = house.run(&["assign", "はる", "みお"]);
    assert!(String::from_utf8(refused.stderr).unwrap().contains("see `yorisoi exclusion list`"));
    assert_eq!(
        house.said(&["exclusion", "remove", "はる", "みお"]),
        "taken back; nobody is assigned by it\n"
    );
    assert_eq!(proposal(), before);
    assert_eq!(house.rows("client")[0]["supporter"], "あい");
}

#[test]
fn what_comes_after_an_answer_is_listed_with_its_holder_and_its_deadline() {
    let mut house = House::new();
    let json = |house: &House, args: &[&str]| -> Value { serde_json::from_str(&house.said(args)).unwrap() };
    house.comes("haru@example.jp", "care@example.jp", "もう一つ、聞いてください。");
    let waiting = &json(&house, &["status", "--json"])["waiting"][0];
    assert_eq!((&waiting["follow_up"], &waiting["holder"]), (&true.into(), &"あい".into()));
    assert!(house.said(&["status"]).contains("left, again"));
    let report = &json(&house, &["thread", "はる", "--json"])["reports"][0];
    let letters = report["letters"].as_array().unwrap();
    let end = &letters.last().unwrap()["end"];
    assert_eq!((&end["end"], &end["by"]), (&"waits".into(), &"あい".into()));
    assert!(end["due_at"].as_str().unwrap().starts_with("20"), "{end}");
    // a supporter's words end nowhere
    assert!(letters.iter().any(|letter| letter["kind"] == "answer" && letter["end"].is_null()));
    let text = house.said(&["thread", "はる"]);
    assert!(text.contains("= waits: あい has it, due 20"), "{text}");
}

#[test]
fn who_is_off_on_which_weekdays_is_set_and_listed() {
    let house = House::new();
    let off = || house.rows("supporter")[0]["off"].clone();
    assert_eq!(off(), serde_json::json!([]));
    house.said(&["supporter", "set", "あい", "--off", "土,wed"]);
    assert_eq!(off(), serde_json::json!(["wed", "sat"]));
    assert!(house.said(&["supporter", "list"]).contains("off wed/sat"));
    // it is no announced absence
    assert_eq!(house.said(&["absence", "list", "--all"]), "nobody is away\n");
    house.said(&["supporter", "set", "あい", "--off", "none"]);
    assert_eq!(off(), serde_json::json!([]));
}

#[test]
fn a_plan_of_few_moves_is_shown_and_nothing_is_done() {
    let house = House::new();
    assert_eq!(house.said(&["balance"]), "1 client, 1 supporter; would move: 0\n");
    house.said(&["supporter", "add", "--name", "みお", "--address", "mio@example.org"]);
    house.said(&["supporter", "set", "あい", "--cap-day", "0"]);
    let plan: Value = serde_json::from_str(&house.said(&["balance", "--json"])).unwrap();
    let one = &plan["moves"][0];
    assert_eq!((&one["client"], &one["from"], &one["to"]), (&"はる".into(), &"あい".into(), &"みお".into()));
    assert_eq!((&one["second"], &one["why"]), (&"あい".into(), &"あい has 1 client and takes 0".into()));
    assert_eq!(house.rows("client")[0]["supporter"], "あい");
    // carried out, the plan alone is printed for programs
    let done = house.said(&["balance", "--apply", "--yes", "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&done).unwrap(), plan);
    let row = &house.rows("client")[0];
    assert_eq!((&row["supporter"], &row["second"]), (&"みお".into(), &"あい".into()));
    assert_eq!(house.said(&["balance", "--apply", "--yes"]), "nothing to do: nobody has to move\n");
    let none: Value = serde_json::from_str(&house.said(&["balance", "--apply", "--yes", "--json"])).unwrap();
    assert_eq!((&none["moves"], &none["clients"]), (&serde_json::json!([]), &1.into()));
    // for people it says what it did
    house.said(&["supporter", "set", "みお", "--cap-day", "0"]);
    house.said(&["supporter", "set", "あい", "--cap-day", "none"]);
    let done = house.said(&["balance", "--apply", "--yes"]);
    assert!(done.starts_with("1 client, 2 supporters; would move: 1\n"), "{done}");
    assert!(done.ends_with("done; letters that waited and go out now: 0\n"), "{done}");
    assert_eq!(house.rows("client")[0]["supporter"], "あい");
}

#[test]
fn an_absence_that_cannot_be_is_refused_with_what_to_write() {
    let house = House::new();
    let refused = |args: &[&str], status: i32, why: &str| {
        let output = house.run(&[&["absence"], args].concat());
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(status), "{args:?}: {said}");
        assert!(said.contains(why), "{args:?}: {said}");
    };
    refused(&["add", "あい", "12/1", "12/5"], 2, "write a day of the calendar like 2026-12-01");
    refused(&["add", "あい", "2031-12-05", "2031-12-01"], 1, "2031-12-01 is before 2031-12-05");
    refused(
        &["add", "あい", "2020-12-01", "2020-12-05"],
        1,
        "2020-12-05 is over; give days that are to come",
    );
    refused(&["add", "だれ", "2031-12-01", "2031-12-05"], 1, "no supporter has the name");
    refused(&["cancel", "1"], 1, "no absence has the number 1; `yorisoi absence list` shows them");
    assert_eq!(house.said(&["absence", "list"]), "nobody is away\n");
    let said = house.said(&["absence", "add", "あい", "2031-12-01", "2031-12-05"]);
    assert_eq!(said, "absence 1 written down: あい, 2031-12-01 to 2031-12-05\n");
    refused(&["add", "ai@example.org", "2031-12-01", "2031-12-05"], 1, "あい is away on these days already");
    let row = &house.rows("absence")[0];
    assert_eq!((&row["supporter"], &row["until"]), (&"あい".into(), &"2031-12-05".into()));
    assert_eq!((&row["state"], &row["mail"]), (&"counts".into(), &Value::Null));
    assert_eq!(house.said(&["absence", "cancel", "1"]), "taken back\n");
    refused(&["cancel", "1"], 1, "was taken back already; `yorisoi absence add` writes it down anew");
    assert_eq!(house.said(&["absence", "list"]), "nobody is away\n");
    assert!(house.said(&["absence", "list", "--all"]).contains("withdrawn"));
}

#[test]
fn a_checking_status_is_0_on_a_good_day_and_1_when_something_needs_a_look() {
    let house = House::new();
    let output = house.run(&["status", "--check"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.starts_with("This needs a look:\n  quarantined: 1 (wait for a human)\n"), "{said}");
    assert_eq!(house.run(&["status"]).status.code(), Some(0), "only a check says it in its exit status");
    let number = house.argument("quarantine discard").unwrap();
    assert!(said.contains(&format!("yorisoi quarantine discard {number}\n")), "{said}");
    house.run(&["quarantine", "discard", &number, "--yes"]);
    let output = house.run(&["status", "--check"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.starts_with("All is well.\n"), "{said}");
}

#[test]
fn the_ledger_of_a_month_is_told_to_people_programs_and_spreadsheets() {
    let mut house = House::new();
    house.all_is_sent();
    let tokyo = Zone::named("Asia/Tokyo").unwrap();
    let month = Month::of(house.now, &tokyo).to_string();
    let asked = |flags: &[&str]| house.said(&[&["ledger", "--month", &month], flags].concat());
    let people = asked(&[]);
    assert!(
        people.lines().any(|line| line.split_whitespace().eq(["あい", "answer", "1", "500", "JPY"])),
        "{people}"
    );
    assert!(people.ends_with("\nあい: 500 JPY\ntotal: 500 JPY\n"), "{people}");
    let programs: Vec<Value> = serde_json::from_str(&asked(&["--json", "--supporter", "あい"])).unwrap();
    let [entry] = programs.as_slice() else { panic!("{programs:?}") };
    assert_eq!(
        (&entry["act"], &entry["supporter"], &entry["client"]),
        (&"answer".into(), &"あい".into(), &"はる".into())
    );
    assert_eq!((&entry["unit_price"], &entry["currency"]), (&500.into(), &"JPY".into()));
    let passed_on = house.rows("outbox").into_iter().find(|row| row["id"] == entry["outbox_id"]).unwrap();
    assert_eq!((&passed_on["kind"], &passed_on["message_id"]), (&"pass_on".into(), &entry["message_id"]));
    let lines = |flags: &[&str]| asked(&[&["--csv"], flags].concat());
    let (masked, whole) = (lines(&[]), lines(&["--show-addresses"]));
    let begins = "\u{feff}id,time,act,supporter,client,day,unit_price,currency,message_id\r\n1,";
    for (text, shows) in [(&masked, false), (&whole, true)] {
        assert!(text.starts_with(begins) && text.contains(",answer,あい,はる,"), "{text}");
        assert!(text.contains(",500,JPY,") && text.ends_with("@example.jp\r\n"), "{text}");
        assert_eq!((text.lines().count(), text.contains("…@example.jp")), (2, !shows), "{text}");
    }
    // what is wrong is said, with what to write
    let refused = |flags: &[&str], status: i32, expected: &str| {
        let output = house.run(&[&["ledger"], flags].concat());
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(status), "{said}");
        assert!(said.contains(expected), "{said}");
    };
    refused(&["--month", "12/2026"], 2, "write the year and the month like 2026-12");
    refused(&["--supporter", "はる"], 1, "no supporter has the name, address or id はる");
    refused(&["--csv", "--json"], 2, "cannot be used with");
    assert!(house.said(&["ledger", "--month", "2020-01"]).contains("nothing was entered"));
}
