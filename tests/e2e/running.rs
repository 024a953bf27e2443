//! `yorisoi run`: with IDLE, and beside servers that go away.

use std::time::Duration;

use super::lab::{Daemon, SERVICE, until};
use super::reading::Received;
use super::world::{SOON, World};
use super::writing::Person;

/// With IDLE; Dovecot itself takes half a second to tell.
const AT_ONCE: Duration = Duration::from_secs(6);

/// Waits until the daemon has looked at the mailbox once.
pub fn settled(world: &World) -> Daemon {
    let daemon = world.run();
    until("the first look at the mailbox", SOON, || health(world, "fetch").is_some().then_some(()));
    daemon
}

/// The failure of a loop that has tried: empty when it works.
fn health(world: &World, name: &str) -> Option<String> {
    let status = world.status_json();
    let health = status["health"].as_array().unwrap().iter().find(|h| h["name"] == name).unwrap().clone();
    if health["condition"] == "never" {
        return None;
    }
    health["failure"].as_str().map(str::to_owned)
}

pub fn deliver(world: &World, person: &Person, text: &str) {
    world.lab.deliver(&person.writes("日報", text).mail().raw, SERVICE);
}

pub fn ends_well(daemon: Daemon) {
    let ended = daemon.sigterm(); // panics after ten seconds
    assert_eq!(ended.status.code(), Some(0), "{:?} after {:?}", ended.status, ended.took);
}

#[test]
fn with_idle_an_alert_and_an_answer_arrive_within_seconds() {
    let world = World::start();
    let (haru, ai) = world.pair();
    let daemon = settled(&world);
    deliver(&world, &haru, "一通目");
    world.lab.wait_for_mails(&ai.address, 1, AT_ONCE);
    deliver(&world, &haru, "二通目");
    let alert = Received::read(&world.lab.wait_for_mails(&ai.address, 2, AT_ONCE)[1]);
    alert.must_say("二通目");
    let answer = ai.replies(&alert, "読みました。").mail();
    world.lab.send(&answer.from, &answer.to, &answer.raw).unwrap();
    world.lab.wait_for_mails(&haru.address, 2, AT_ONCE);
    // an order of another process is noticed too
    let mio = world.supporter("みお", "mio@example.net");
    world.must(&["client", "add", "--name", "なつ", "--address", "natsu@example.jp"]);
    let natsu = world.met(Person::new("なつ", "natsu@example.jp", super::writing::Side::Client));
    deliver(&world, &natsu, "はじめまして");
    world.inbox_of("office@lab.test", 1)[0].must_say("yorisoi assign なつ");
    world.must(&["assign", "なつ", "みお"]);
    Received::read(&world.lab.wait_for_mails(&mio.address, 1, AT_ONCE)[0]).must_say("はじめまして");
    ends_well(daemon);
}

#[test]
fn an_imap_server_that_goes_away_and_returns_costs_nothing() {
    let mut world = World::start();
    let (haru, ai) = world.pair();
    let daemon = settled(&world);
    deliver(&world, &haru, "前");
    world.lab.wait_for_mails(&ai.address, 1, AT_ONCE);
    world.lab.stop_imap();
    let mail = haru.writes("日報", "そのあいだ").mail();
    world.lab.send(&mail.from, &mail.to, &mail.raw).unwrap(); // Postfix keeps it meanwhile
    until("the failure in status", SOON, || health(&world, "fetch").filter(|f| !f.is_empty()));
    world.lab.start_imap();
    Received::read(&world.lab.wait_for_mails(&ai.address, 2, SOON)[1]).must_say("そのあいだ");
    deliver(&world, &haru, "後");
    Received::read(&world.lab.wait_for_mails(&ai.address, 3, SOON)[2]).must_say("後");
    until("health again", SOON, || health(&world, "fetch").filter(String::is_empty));
    ends_well(daemon);
    world.once();
    assert_eq!((world.inbox(&ai, 3).len(), world.outbox("alert").len()), (3, 3));
}

#[test]
fn an_smtp_server_that_goes_away_and_returns_costs_nothing() {
    let mut world = World::start();
    let (haru, ai) = world.pair();
    let daemon = settled(&world);
    world.lab.stop_smtp();
    deliver(&world, &haru, "一通目");
    deliver(&world, &haru, "二通目");
    until("the failure in status", SOON, || health(&world, "submit").filter(|f| !f.is_empty()));
    let waiting = world.outbox("alert");
    assert!(waiting.iter().all(|row| row["state"] != "accepted" && row["state"] != "failed"), "{waiting:?}");
    world.lab.start_smtp();
    world.lab.wait_for_mails(&ai.address, 2, SOON);
    deliver(&world, &haru, "三通目");
    let alerts = world.lab.wait_for_mails(&ai.address, 3, SOON);
    let texts: Vec<String> = alerts.iter().map(|raw| Received::read(raw).text).collect();
    for words in ["一通目", "二通目", "三通目"] {
        let is_news = |text: &&String| text.split("■ これまで").next().unwrap().contains(words);
        assert_eq!(texts.iter().filter(is_news).count(), 1, "{texts:#?}");
    }
    ends_well(daemon);
    assert_eq!(health(&world, "submit").as_deref(), Some(""));
    assert_eq!(world.inbox(&haru, 1).len(), 1); // the receipt
}
