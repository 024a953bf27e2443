//! What the operator can get wrong, and what the listings show.

use std::fs;

use super::lab::{Lab, Setup};
use super::world::{World, said};

#[test]
fn a_mistake_in_the_file_is_refused_and_names_file_key_and_remedy() {
    let lab = Lab::start();
    let path = lab.config(&Setup { locale: "en", ..Setup::default() });
    let good = fs::read_to_string(&path).unwrap();
    let check = |old: &str, new: &str, expected: &[&str]| {
        assert!(good.contains(old), "{old} is not in:\n{good}");
        fs::write(&path, good.replacen(old, new, 1)).unwrap();
        for order in [&["once"][..], &["status"], &["client", "list"], &["run"]] {
            let output = lab.yorisoi(&path, order);
            let said = said(&output);
            assert_eq!(output.status.code(), Some(2), "{new}: {said}");
            for word in expected.iter().chain(&["yorisoi.toml"]) {
                assert!(said.contains(word), "{word} is missing for {new}: {said}");
            }
        }
        assert!(!lab.dir().join("yorisoi-data").exists(), "{new}: something was begun");
    };
    check("address = \"care@lab.test\"", "address = \"care\"", &["service.address"]);
    check("address = \"care@lab.test\"", "", &["service.address"]);
    check("addressing = \"plus\"", "addresing = \"plus\"", &["addresing", "addressing"]);
    check("addressing = \"plus\"", "addressing = \"minus\"", &["service.addressing", "message-id"]);
    let server = format!("host = \"localhost\"\nport = {}\ntls = \"implicit\"", lab.ports().imaps);
    check(&server, "host = \"mail.example.jp\"\ntls = \"none\"", &["imap.tls"]);
    check("port = ", "port = 7", &["imap.port"]);
    check("[smtp]", "[smpt]", &["smpt", "smtp"]);
    check("password_file = \"password\"", "password_file = \"nowhere\"", &["imap.password_file"]);
    check("receipts = \"first\"", "receipts = 3", &["service.receipts"]);
    check("ca_file = \"tls/ca.pem\"", "ca_file = \"tls/none.pem\"", &["imap.ca_file"]);
    check("[service]", "[service", &["yorisoi.toml"]);
    let output = lab.yorisoi(&lab.dir().join("nowhere.toml"), &["once"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("nowhere.toml"));
    // arguments are a mistake of the same kind
    fs::write(&path, &good).unwrap();
    for order in [&["supporter", "add", "--name", "x"][..], &["clint", "list"], &["once", "--now"]] {
        assert_eq!(lab.yorisoi(&path, order).status.code(), Some(2), "{order:?}");
    }
    // an override from the environment is read, and its mistakes are named
    let output = lab.yorisoi_with(&path, &["status"], &[("YORISOI__IMAP__PORT", "none")]);
    assert!(
        output.status.code() == Some(2) && said(&output).contains("YORISOI__IMAP__PORT"),
        "{}",
        said(&output)
    );
}

#[test]
fn people_are_unique_and_adding_them_mails_nobody() {
    let world = World::start();
    let (haru, ai) = world.pair();
    let refused = |order: &[&str], reason: &str| {
        let output = world.lab.yorisoi(&world.config, order);
        assert_eq!(output.status.code(), Some(1), "{order:?}");
        assert!(said(&output).contains(reason), "{reason:?} is missing: {}", said(&output));
    };
    refused(&["client", "add", "--name", "はる", "--address", "other@example.jp"], "はる");
    refused(&["client", "add", "--name", "べつ", "--address", "Haru@EXAMPLE.jp"], "はる");
    refused(&["client", "add", "--name", "べつ", "--address", "care@lab.test"], "care@lab.test");
    refused(&["supporter", "add", "--name", "あい", "--address", "other@example.org"], "あい");
    refused(&["supporter", "add", "--name", "べつ", "--address", "ai@example.org"], "あい");
    refused(&["client", "add", "--name", "べつ", "--address", "b@example.jp", "--supporter", "だれ"], "だれ");
    refused(&["assign", "だれ", "あい"], "だれ");
    refused(&["thread", "だれ"], "だれ");
    refused(&["client", "pause", "だれ"], "だれ");
    let clients = world.json(&["client", "list", "--json"]);
    assert_eq!(clients.as_array().unwrap().len(), 1, "{clients}");
    let supporters = world.json(&["supporter", "list", "--json"]);
    assert_eq!(supporters[0]["addresses"], serde_json::json!(["ai@example.org"]));
    world.once();
    assert_eq!(world.must(&["outbox", "list", "--json"]).trim(), "[]");
    assert_eq!((world.inbox(&haru, 0).len(), world.inbox(&ai, 0).len()), (0, 0));
}

#[test]
fn a_paused_client_is_left_in_peace_and_still_heard() {
    let world = World::start();
    let (haru, ai) = world.pair();
    let state = || world.json(&["client", "list", "--json"])[0]["state"].clone();
    assert_eq!(state(), "active");
    world.must(&["client", "pause", "はる"]);
    assert_eq!(state(), "paused");
    assert!(world.must(&["client", "pause", "haru@example.jp"]).contains("already"));
    world.passes(&haru.writes("日報", "休みの日にも。"));
    world.last(&ai, 1).must_say("休みの日にも。");
    world.must(&["client", "resume", "1"]);
    assert_eq!(state(), "active");
}

#[test]
fn a_supporter_may_write_from_her_other_address_too() {
    let world = World::start();
    let order = ["supporter", "add", "--name", "あい", "--address", "ai@example.org"];
    world.must(&[&order[..], &["--also", "ai.home@example.net"]].concat());
    let ai =
        world.met(super::writing::Person::new("あい", "ai@example.org", super::writing::Side::Supporter));
    let haru = world.client("はる", "haru@example.jp", &ai);
    world.passes(&haru.writes("日報", "歩きました。"));
    let alert = world.last(&ai, 1);
    let home = world.met(ai.at("ai.home@example.net"));
    world.passes(&home.replies(&alert, "家から書いています。ai.home@example.net"));
    let question = world.last(&ai, 2);
    world.passes(&home.replies(&question, "そのまま送る"));
    assert!(world.last(&haru, 2).text.starts_with("家から書いています。"));
}
