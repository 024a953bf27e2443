//! A folder whose UIDs mean something else from one day to the next.

use super::lab::{SERVICE, until};
use super::world::{SOON, World};

#[test]
fn another_uidvalidity_alerts_nobody_twice_and_hides_nothing() {
    let world = World::start();
    let (haru, ai) = world.pair();
    for words in ["一通目", "二通目"] {
        world.passes(&haru.writes("日報", words));
    }
    world.inbox(&ai, 2);
    world.lab.change_uidvalidity(SERVICE);
    world.once();
    world.lab.change_uidvalidity(SERVICE);
    world.passes(&haru.writes("日報", "三通目"));
    world.last(&ai, 3).must_say("三通目");
    let status = world.status_json();
    let count = |state: &str| -> i64 {
        let rows = status["mails"].as_array().unwrap().iter().filter(|m| m["state"] == state);
        rows.map(|m| m["count"].as_i64().unwrap()).sum()
    };
    assert_eq!((count("applied"), count("duplicate")), (3, 4), "{status}");
    assert_eq!(world.inbox(&haru, 1).len(), 1); // one receipt
}

#[test]
fn another_uidvalidity_under_a_running_daemon_does_the_same() {
    let mut world = World::start();
    let (haru, ai) = world.pair();
    let daemon = world.run();
    let deliver = |world: &World, words: &str| {
        world.lab.deliver(&haru.writes("日報", words).mail().raw, SERVICE);
    };
    deliver(&world, "一通目");
    world.last(&ai, 1);
    world.lab.stop_imap();
    world.lab.start_imap();
    world.lab.change_uidvalidity(SERVICE);
    deliver(&world, "二通目");
    world.lab.wait_for_mails(&ai.address, 2, SOON);
    deliver(&world, "三通目");
    world.lab.wait_for_mails(&ai.address, 3, SOON);
    until("the duplicate in status", SOON, || {
        let status = world.status_json();
        let mails = status["mails"].as_array().unwrap().clone();
        mails.iter().any(|m| m["state"] == "duplicate").then_some(())
    });
    assert_eq!(daemon.sigterm().status.code(), Some(0));
    assert_eq!(world.inbox(&ai, 3).len(), 3);
}
