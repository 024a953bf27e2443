//! A backup beside a running daemon, more mail, the machine lost, the backup put back: with the journal, then without.

use std::collections::BTreeMap;
use std::time::Duration;

use super::lab::{SERVICE, Setup, within};
use super::running::{deliver, ends_well, settled};
use super::world::{World, said};
use super::writing::Person;

#[test]
fn a_backup_put_back_after_more_mail_repeats_nothing_loses_nothing_and_without_the_journal_asks() {
    let setup = Setup { service: "backup_dir = \"daily\"".to_owned(), ..Setup::default() };
    let world = World::with(&setup, super::lab::Options::default());
    let (haru, ai) = world.pair();
    let file = world.lab.dir().join("now.backup");
    let file = file.to_str().unwrap();
    let run = |args: &[&str]| world.lab.yorisoi(&world.config, args);

    let daemon = settled(&world);
    deliver(&world, &haru, "一通目の便り");
    let alert = world.last(&ai, 1);
    let answer = ai.replies(&alert, "一つ目の返事").mail();
    world.lab.send(&answer.from, &answer.to, &answer.raw).unwrap();
    world.inbox(&haru, 2);
    world.wait_until_all_is_sent(2); // what lies in a mailbox is settled a moment later
    let made = world.must(&["backup", file, "--json"]);
    assert!(made.contains("made_at"), "{made}");
    let again = run(&["backup", file]);
    assert_eq!(again.status.code(), Some(1), "{}", said(&again));
    assert!(said(&again).contains("add --replace"), "{}", said(&again));

    deliver(&world, &haru, "二通目の便り");
    let alert = world.last(&ai, 2);
    let answer = ai.replies(&alert, "二つ目の返事").mail();
    world.lab.send(&answer.from, &answer.to, &answer.raw).unwrap();
    world.inbox(&haru, 3);
    world.wait_until_all_is_sent(4);
    let refused = run(&["restore", file, "--yes"]);
    assert!(said(&refused).contains("another yorisoi runs"), "{}", said(&refused));
    daemon.sigkill();
    deliver(&world, &haru, "三通目の便り"); // nobody looks

    for whole in [&["verify", file][..], &["verify"]] {
        let verified = run(whole);
        assert_eq!(verified.status.code(), Some(0), "{}", said(&verified));
    }
    let unasked = run(&["restore", file]);
    assert!(said(&unasked).contains("add --yes"), "{}", said(&unasked));
    let restored = world.must(&["restore", file, "--yes"]);
    assert!(restored.contains("nothing is sent twice"), "{restored}");
    let daemon = world.run();
    world.inbox(&ai, 3)[2].must_say("三通目の便り");
    world.wait_until_all_is_sent(5);
    let people = [&haru, &ai].map(|person| (person.name.clone(), person.address.clone()));
    world.assert_each_arrived_once(&BTreeMap::from(people));
    assert_eq!(world.inbox(&haru, 3).len(), 3);
    let daily = std::fs::read_dir(world.lab.dir().join("daily")).unwrap().flatten().next().unwrap().path();
    assert_eq!(run(&["verify", daily.to_str().unwrap()]).status.code(), Some(0));
    daemon.sigkill();

    without_the_journal(&world, &haru, &ai, file);
}

/// The same once more, and the journal is lost.
fn without_the_journal(world: &World, haru: &Person, ai: &Person, file: &str) {
    let run = |args: &[&str]| world.lab.yorisoi(&world.config, args);
    std::fs::remove_dir_all(world.data.join("journal")).unwrap();
    assert_eq!(run(&["verify"]).status.code(), Some(1), "the journal is missing");
    let restored = world.must(&["restore", file, "--yes"]);
    assert!(restored.contains("is missing or not complete"), "{restored}");
    let daemon = world.run();
    world.inbox_of("office@lab.test", 1)[0].must_say("yorisoi repeats send");
    assert_eq!(run(&["status", "--check"]).status.code(), Some(1));
    let held = world.json(&["repeats", "list", "--json"]).as_array().unwrap().len();
    assert_eq!(held, 4 - 1, "two alerts and the second answer: {}", world.must(&["repeats", "list"]));
    world.must(&["repeats", "drop", "--yes"]);
    // The server's date has no more than seconds: what comes in the second of the restore is in doubt as well.
    let _ = within(Duration::from_millis(1100), || None::<()>);
    deliver(world, haru, "四通目の便り");
    world.inbox(ai, 4)[3].must_say("四通目の便り");
    assert_eq!((world.lab.mails(&haru.address).len(), world.lab.mails(SERVICE).len()), (3, 6));
    ends_well(daemon);
}
