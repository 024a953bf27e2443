//! Two installations on one mailbox, as when a trial is pointed at the mailbox that people write to.

use super::lab::Setup;
use super::running::{deliver, ends_well, settled};
use super::world::{SOON, World, said};

#[test]
fn of_two_installations_on_one_mailbox_the_second_refuses_until_it_is_told_to_take_over() {
    let world = World::start();
    let (haru, ai) = world.pair();
    let daemon = settled(&world);
    deliver(&world, &haru, "一通目");
    world.lab.wait_for_mails(&ai.address, 1, SOON);

    let trial = world.lab.config(&Setup { name: "trial", ..Setup::default() });
    let refused = |config, words: &[&str]| {
        let output = world.lab.yorisoi(config, words);
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        assert!(said(&output).contains("another yorisoi works on this mailbox"), "{}", said(&output));
    };
    refused(&trial, &["once"]);
    refused(&trial, &["run"]);
    let status = world.lab.must(&trial, &["status"]);
    assert!(status.contains("another yorisoi works on this mailbox"), "{status}");
    assert!(status.contains("--take-over"), "{status}");
    // nothing was fetched, and the first one goes on
    assert!(!status.contains("Mails that came"), "{status}");
    deliver(&world, &haru, "二通目");
    world.lab.wait_for_mails(&ai.address, 2, SOON);
    ends_well(daemon);
    world.once();
    refused(&trial, &["once"]);

    let taken = world.lab.yorisoi(&trial, &["once", "--take-over"]);
    assert_eq!(taken.status.code(), Some(0), "{}", said(&taken));
    refused(&world.config, &["once"]);
    assert_eq!(world.lab.yorisoi(&trial, &["once"]).status.code(), Some(0));
    let back = world.lab.yorisoi(&world.config, &["once", "--take-over"]);
    assert_eq!(back.status.code(), Some(0), "{}", said(&back));
    refused(&trial, &["once"]);
    assert_eq!(world.inbox(&ai, 2).len(), 2);
}
