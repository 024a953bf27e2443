//! What takes a minute on the real clock; these tests begin first, so that the others run meanwhile.

use std::time::Duration;

use super::lab::{Options, Setup};
use super::reading::Received;
use super::running::{deliver, ends_well, settled};
use super::world::{SOON, World, said};

/// Without IDLE the folder is looked at every sixty seconds.
const POLLED: Duration = Duration::from_secs(75);
/// What a server puts off is tried again after a minute, more or less.
const TRIED_AGAIN: Duration = Duration::from_secs(90);
/// In this time a second daemon must have given up.
const REFUSED: Duration = Duration::from_secs(2);

#[test]
fn without_idle_the_mailbox_is_polled_and_a_restart_goes_on_where_it_was() {
    let world = World::with(&Setup::default(), Options { idle: false, ..Options::default() });
    let (haru, ai) = world.pair();
    let daemon = settled(&world);
    deliver(&world, &haru, "一通目");
    Received::read(&world.lab.wait_for_mails(&ai.address, 1, POLLED)[0]).must_say("一通目");

    let second = world.run();
    let status = second.wait(REFUSED);
    assert!(status.code().is_some_and(|code| code != 0), "{status}");
    let output = world.try_once();
    assert!(!output.status.success() && said(&output).contains("another yorisoi runs"));

    ends_well(daemon);
    deliver(&world, &haru, "二通目");
    let daemon = world.run();
    Received::read(&world.lab.wait_for_mails(&ai.address, 2, SOON)[1]).must_say("二通目");
    ends_well(daemon);
    world.once();
    assert_eq!(world.inbox(&ai, 2).len(), 2);
}

#[test]
fn words_that_a_server_puts_off_are_tried_again_and_others_do_not_wait_for_them() {
    let world = World::start();
    let (haru, ai) = world.pair();
    let mio = world.supporter("みお", "mio@example.net");
    let natsu = world.client("なつ", "natsu@example.jp", &mio);
    world.passes(&haru.writes("日報", "歩きました。"));
    let alert = world.last(&ai, 1);
    world.lab.refuse(&haru.address, "450 4.7.1 greylisted", 1);
    world.send(&ai.replies(&alert, "いいですね。"));
    let daemon = settled(&world);
    deliver(&world, &natsu, "わたしも。");
    world.last(&mio, 1).must_say("わたしも。");
    assert_eq!(world.inbox(&haru, 1).len(), 1);
    let mails = world.lab.wait_for_mails(&haru.address, 2, TRIED_AGAIN);
    assert!(Received::read(&mails[1]).text.starts_with("いいですね。\n"));
    ends_well(daemon);
    let row = world.outbox("pass_on").pop().unwrap();
    assert_eq!((row["state"].as_str(), row["attempts"].as_i64()), (Some("accepted"), Some(2)));
}
