//! The junk folder: looked at, and never in the way of the main one.

use std::time::Duration;

use super::lab::{Options, SERVICE, Setup, until};
use super::reading::Received;
use super::running::{deliver, ends_well};
use super::world::{SOON, World};
use super::writing::{Person, Side};

/// As Dovecot has it in the field: the folder's name says nothing, its special use does.
const MARKED: &str = "namespace inbox {\n inbox = yes\n separator = .\n \
    mailbox Verdacht {\n  auto = create\n  special_use = \\Junk\n }\n}\n";

const HINT: &str = "（このお便りは、迷惑メールのフォルダーに入っていました）";

fn with_junk() -> World {
    World::with(&Setup::default(), Options { dovecot: MARKED.to_owned(), ..Options::default() })
}

fn folder<'a>(status: &'a serde_json::Value, role: &str) -> &'a serde_json::Value {
    let folders = status["folders"].as_array().unwrap();
    folders.iter().find(|f| f["role"] == role).unwrap_or_else(|| panic!("no {role} in {status}"))
}

#[test]
fn a_letter_in_the_junk_folder_is_read_and_a_strangers_is_not_kept() {
    let world = with_junk();
    let (haru, ai) = world.pair();
    let natsu = Person::new("なつ", "natsu@example.jp", Side::Client);
    world.lab.save(SERVICE, "Verdacht", &haru.writes("日報", "歩きました。").mail().raw);
    world.lab.save(SERVICE, "Verdacht", &natsu.writes("はじめまして", "広告ではありません。").mail().raw);
    world.once();
    let alert = world.last(&ai, 1);
    alert.must_say("歩きました。");
    alert.must_say(HINT);
    assert!(world.must(&["thread", "はる"]).contains("(it lay in the junk folder)"));
    assert_eq!((world.ended("junk"), world.ended("stranger")), (1, 0));
    let status = world.status_json();
    assert_eq!(folder(&status, "junk")["folder"], "Verdacht");
    for role in ["main", "junk"] {
        let seen = folder(&status, role);
        assert!(seen["last_sweep_at"].is_string() && seen["failure"] == "" && seen["healed"] == 0, "{seen}");
    }
    let connection = rusqlite::Connection::open(world.data.join("yorisoi.db")).unwrap();
    let raws: i64 = connection.query_row("SELECT count(*) FROM raw_mails", [], |row| row.get(0)).unwrap();
    assert_eq!(raws, 1, "a stranger's octets were kept");
    // somebody learns who she is, and moves what lies there: hers is new, はる's is not
    world.client("なつ", &natsu.address, &ai);
    world.lab.move_all(SERVICE, "Verdacht", "INBOX");
    world.once();
    let alert = world.last(&ai, 2);
    alert.must_say("広告ではありません。");
    assert!(!alert.says(HINT));
    assert_eq!(world.ended("duplicate"), 1);
}

#[test]
fn beside_idle_the_junk_folder_is_looked_at_and_the_main_folder_stays_awake() {
    let world = with_junk();
    let (haru, ai) = world.pair();
    world.lab.save(SERVICE, "Verdacht", &haru.writes("日報", "一通目").mail().raw);
    let daemon = world.run();
    Received::read(&world.lab.wait_for_mails(&ai.address, 1, SOON)[0]).must_say(HINT);
    until("the sweep of both", SOON, || {
        let status = world.status_json();
        (status["folders"].as_array()?.len() == 2).then_some(())
    });
    for (n, words) in [(2, "二通目"), (3, "三通目")] {
        deliver(&world, &haru, words);
        let alerts = world.lab.wait_for_mails(&ai.address, n, Duration::from_secs(6));
        Received::read(&alerts[n - 1]).must_say(words);
    }
    ends_well(daemon);
}

#[test]
fn a_junk_folder_that_cannot_be_opened_stops_nothing_and_is_said_once() {
    let setup = Setup { imap: "junk_folder = \"Nirgends\"".to_owned(), ..Setup::default() };
    let world = World::with(&setup, Options::default());
    let (haru, ai) = world.pair();
    for (n, words) in [(1, "一通目"), (2, "二通目")] {
        world.passes(&haru.writes("日報", words));
        world.last(&ai, n).must_say(words);
    }
    let junk = folder(&world.status_json(), "junk").clone();
    assert_eq!((&junk["folder"], junk["failure"] == ""), (&"Nirgends".into(), false), "{junk}");
    assert!(world.status(&[]).contains("the junk folder is not looked at"), "{}", world.status(&[]));
    let logged = |text: &str| -> usize {
        let entries = std::fs::read_dir(world.lab.dir()).unwrap().flatten();
        let logs = entries.filter(|e| e.file_name().to_string_lossy().ends_with(".err.log"));
        logs.map(|e| std::fs::read_to_string(e.path()).unwrap().matches(text).count()).sum()
    };
    assert_eq!(logged("the folder is not looked at"), 1);
    // the folder appears
    world.lab.create_folder(SERVICE, "Nirgends");
    world.lab.save(SERVICE, "Nirgends", &haru.writes("日報", "三通目").mail().raw);
    world.once();
    world.last(&ai, 3).must_say(HINT);
    assert_eq!(folder(&world.status_json(), "junk")["failure"], "");
}
