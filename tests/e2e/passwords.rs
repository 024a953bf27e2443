//! A wrong password stops one of the two loops, says so, costs no mail, and is in no log (which every test checks).

use std::process::Output;

use super::lab::{Login, Options, SERVICE, Setup, until};
use super::world::{SOON, World, said};

/// `once` with the wrong password for one server.
fn once_with_wrong(world: &World, section: &str) -> Output {
    let name = format!("YORISOI__{section}__PASSWORD_FILE");
    let path = world.lab.dir().join("wrong-password");
    world.lab.yorisoi_with(&world.config, &["once"], &[(&name, path.to_str().unwrap())])
}

fn failure(world: &World, name: &str) -> String {
    let status = world.status_json();
    let found = status["health"].as_array().unwrap().iter().find(|h| h["name"] == name).cloned();
    found.map(|h| h["failure"].as_str().unwrap().to_owned()).unwrap_or_default()
}

#[test]
fn a_wrong_imap_password_is_said_and_costs_nothing() {
    for tls in ["implicit", "starttls"] {
        let world = World::with(&Setup { tls, ..Setup::default() }, Options::default());
        let (haru, ai) = world.pair();
        world.send(&haru.writes("日報", "歩きました。"));
        let output = once_with_wrong(&world, "IMAP");
        assert_eq!(output.status.code(), Some(1));
        assert!(said(&output).contains("fetching failed"), "{}", said(&output));
        assert!(failure(&world, "fetch").contains("user name and password"));
        assert!(world.status(&[]).contains("user name and password"));
        world.once();
        assert_eq!(failure(&world, "fetch"), "");
        world.last(&ai, 1).must_say("歩きました。");
    }
}

#[test]
fn a_wrong_smtp_password_is_said_and_costs_nothing() {
    for tls in ["implicit", "starttls"] {
        let world = World::with(&Setup { tls, ..Setup::default() }, Options::default());
        let (haru, ai) = world.pair();
        world.send(&haru.writes("日報", "歩きました。"));
        for _ in 0..2 {
            let output = once_with_wrong(&world, "SMTP");
            assert_eq!(output.status.code(), Some(1), "{}", said(&output));
            assert!(said(&output).contains("mails were not accepted"), "{}", said(&output));
            assert_eq!(failure(&world, "submit"), "auth 535");
        }
        let states: Vec<_> = ["alert", "receipt"].map(|kind| world.outbox(kind)[0]["state"].clone()).into();
        assert_eq!(states, ["queued", "queued"]);
        // right again: no waiting for a pause that has lost its cause
        world.once();
        assert_eq!(failure(&world, "submit"), "");
        world.last(&ai, 1).must_say("歩きました。");
        assert_eq!(world.inbox(&haru, 1).len(), 1);
    }
}

#[test]
fn run_lives_with_a_wrong_password_until_it_is_told_to_stop() {
    let wrong = Setup { login: Login::Wrong, ..Setup::default() };
    let world = World::with(&wrong, Options::default());
    let (haru, ai) = world.pair();
    world.lab.deliver(&haru.writes("日報", "歩きました。").mail().raw, SERVICE);
    let mut daemon = world.run();
    until("the failure", SOON, || failure(&world, "fetch").contains("password").then_some(()));
    assert!(daemon.is_running());
    assert_eq!(daemon.sigterm().status.code(), Some(0));
    world.lab.config(&Setup::default());
    let daemon = world.run();
    world.last(&ai, 1).must_say("歩きました。");
    assert_eq!(daemon.sigterm().status.code(), Some(0));
}
