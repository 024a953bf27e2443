//! A folder whose UIDs mean something else from one day to the next.

use std::collections::BTreeSet;

use super::lab::{SERVICE, Setup, until};
use super::reading::Received;
use super::world::{SOON, World};
use super::writing::Mail;

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
    // Postfix hands a mail over again when Dovecot was stopped before it had said that it took it
    let alerts = world.lab.mails(&ai.address).into_iter().map(|raw| Received::read(&raw).message_id);
    assert_eq!(alerts.collect::<BTreeSet<String>>().len(), 3);
}

#[test]
fn a_server_that_forgets_its_uids_alerts_nobody_twice_and_hides_nothing() {
    let world = World::start();
    let (haru, ai) = world.pair();
    for words in ["一通目", "二通目", "三通目"] {
        world.passes(&haru.writes("日報", words));
    }
    std::fs::remove_file(&world.lab.files(SERVICE, "")[0]).unwrap();
    world.lab.forget_uids(SERVICE, "");
    world.lab.deliver(&haru.writes("日報", "四通目").mail().raw, SERVICE);
    world.once();
    world.last(&ai, 4).must_say("四通目");
    assert_eq!((world.ended("duplicate"), world.inbox(&haru, 1).len()), (2, 1));
}

/// What servers and copying programs change on the way from one provider to the next.
fn migrated(raw: &[u8], way: usize) -> Vec<u8> {
    let text = String::from_utf8(raw.to_vec()).unwrap().replace("\r\n", "\n");
    let (head, body) = text.split_once("\n\n").unwrap();
    let trace = |field: &str| {
        let name = field.split(':').next().unwrap().to_ascii_lowercase();
        ["return-path", "received", "delivered-to"].contains(&name.as_str()) || field.starts_with(['\t', ' '])
    };
    // the trace stands on top; a folded line below it belongs to it
    let top = head.lines().take_while(|line| trace(line)).count();
    let (old, own): (Vec<&str>, Vec<&str>) =
        (head.lines().take(top).collect(), head.lines().skip(top).collect());
    let (old, own) = (old.join("\n"), own.join("\n"));
    let new = "Received: from old.example (old.example [192.0.2.1])\n\tby new.example with ESMTPS;\n\t\
        Sun, 22 Nov 2026 12:00:00 +0000\nX-Spam-Status: No\nDelivered-To: care@new.example";
    let results = "Authentication-Results: new.example; none";
    let moved = match way {
        0 => format!("{new}\n{old}\n{results}\n{own}\n\n{body}\n\n \n"),
        1 => format!("{own}\nX-UID: 17\nStatus: RO\n\n{}", body.trim_end()),
        _ => format!("Return-Path: <>\n{results}\n{own}\n{new}\n\n{body}").replace('\n', "\r\n"),
    };
    moved.into_bytes()
}

#[test]
fn a_mailbox_that_moved_with_other_trace_fields_alerts_nobody_twice() {
    let world = World::start();
    let (haru, ai) = world.pair();
    for words in ["一通目", "二通目", "三通目"] {
        world.passes(&haru.writes("日報", words));
    }
    let alert = world.last(&ai, 3);
    world.passes(&ai.replies(&alert, "読みました。"));
    let (before, passed) = (world.rows().len(), world.inbox(&haru, 2).len());
    for (n, raw) in world.lab.mails(SERVICE).iter().enumerate() {
        for way in 0..3 {
            // the order of arrival is lost too
            let name = format!("{}.M{way}P1Q{n}.new", 1_800_000_000 - n);
            world.lab.place(SERVICE, ".Neu", &name, &migrated(raw, way));
        }
    }
    let config = world.lab.config(&Setup { imap: "folder = \"Neu\"".to_owned(), ..Setup::default() });
    assert_eq!(config, world.config);
    world.once();
    assert_eq!((world.rows().len(), world.inbox(&haru, 2).len()), (before, passed));
    assert_eq!(world.ended("duplicate"), 12);
    // a new one at the new place is new
    let Mail { raw, .. } = haru.writes("日報", "四通目").mail();
    world.lab.save(SERVICE, "Neu", &raw);
    world.once();
    world.last(&ai, 4).must_say("四通目");
}

#[test]
fn a_folder_that_is_deleted_and_made_again_hides_no_mail() {
    let setup = Setup { imap: "folder = \"Berichte\"".to_owned(), ..Setup::default() };
    let world = World::with(&setup, super::lab::Options::default());
    let (haru, ai) = world.pair();
    world.lab.create_folder(SERVICE, "Berichte");
    let first = haru.writes("日報", "一通目").mail().raw;
    world.lab.save(SERVICE, "Berichte", &first);
    world.once();
    world.last(&ai, 1).must_say("一通目");
    world.lab.delete_folder(SERVICE, "Berichte");
    assert_ne!(world.try_once().status.code(), Some(0), "the folder is gone");
    world.lab.create_folder(SERVICE, "Berichte");
    // the first mail has the old one's UID, and the old one comes back behind it
    world.lab.save(SERVICE, "Berichte", &haru.writes("日報", "二通目").mail().raw);
    world.lab.save(SERVICE, "Berichte", &first);
    world.once();
    world.last(&ai, 2).must_say("二通目");
    assert_eq!(world.ended("duplicate"), 1);
}
