//! A mail that Dovecot announces and cannot hand out: the others pass, the office hears of it once, and it is taken when
//! it is mended. In the main folder and in the junk folder.

use std::path::{Path, PathBuf};

use super::lab::{Options, SERVICE, Setup, spoil, until, within};
use super::reading::Received;
use super::world::{SOON, World};
use super::writing::Person;

const OFFICE: &str = "office@lab.test";
const JUNK: &str = "namespace inbox {\n inbox = yes\n separator = .\n \
    mailbox Junk {\n  auto = create\n  special_use = \\Junk\n }\n}\n";

fn world() -> World {
    World::with(&Setup::default(), Options { dovecot: JUNK.to_owned(), ..Options::default() })
}

/// A mail so long that half of it is no whole mail.
fn letter(person: &Person, words: &str) -> Vec<u8> {
    person.writes("日報", &format!("{words}\n{}", "雨の中を歩きました。\n".repeat(40))).mail().raw
}

/// Puts three letters into a folder and spoils the second; Dovecot has told their sizes before.
fn spoiled(world: &World, person: &Person, folder: &str, dir: &str) -> (PathBuf, Vec<u8>) {
    for n in ["一", "二", "三"] {
        world.lab.save(SERVICE, folder, &letter(person, &format!("{folder}の{n}通目")));
    }
    world.lab.know_sizes(SERVICE, folder);
    let path = world.lab.files(SERVICE, dir)[1].clone();
    let raw = spoil(&path);
    (path, raw)
}

/// A day passes for what could not be fetched: no real clock can be moved.
fn let_a_day_pass(world: &World) {
    let connection = rusqlite::Connection::open(world.data.join("yorisoi.db")).unwrap();
    let sql = "UPDATE kept_mails SET ended_at = ended_at - 90000000 WHERE reason = 'unfetchable'";
    assert_eq!(connection.execute(sql, []).unwrap(), 2);
}

fn mend(path: &Path, raw: &[u8]) {
    std::fs::write(path, raw).unwrap();
}

fn alerts_say(world: &World, ai: &Person, words: &str) -> usize {
    let alerts = world.lab.mails(&ai.address);
    alerts
        .iter()
        .map(|raw| Received::read(raw))
        .filter(|a| a.text.split("■ これまで").next().unwrap().contains(words))
        .count()
}

#[test]
fn once_takes_what_lies_around_two_corrupt_mails_and_the_office_hears_of_each_once() {
    let world = world();
    let (haru, ai) = world.pair();
    let main = spoiled(&world, &haru, "INBOX", "");
    let junk = spoiled(&world, &haru, "Junk", ".Junk");
    let output = world.try_once();
    assert_ne!(output.status.code(), Some(0), "a mail that cannot be fetched needs a look");
    world.inbox(&ai, 4); // accepted is not yet delivered
    for words in ["INBOXの一", "INBOXの三", "Junkの一", "Junkの三"] {
        assert_eq!(alerts_say(&world, &ai, words), 1, "{words}");
    }
    let told = world.inbox_of(OFFICE, 2);
    assert!(told.iter().any(|mail| mail.says("受信箱に、")), "{told:#?}");
    assert!(told.iter().any(|mail| mail.says("迷惑メールのフォルダーに、")), "{told:#?}");
    // nothing more is said, the next day neither, and the mails are not asked for before
    world.once();
    let_a_day_pass(&world);
    world.try_once();
    assert_eq!((world.inbox_of(OFFICE, 2).len(), world.inbox(&ai, 4).len()), (2, 4));
    // mended: taken at the next try
    for (path, raw) in [main, junk] {
        mend(&path, &raw);
    }
    let_a_day_pass(&world);
    world.once();
    for words in ["INBOXの二", "Junkの二"] {
        assert_eq!(alerts_say(&world, &ai, words), 1, "{words}");
    }
    assert_eq!((world.inbox_of(OFFICE, 2).len(), world.inbox(&ai, 6).len()), (2, 6));
}

#[test]
fn a_running_daemon_takes_what_lies_around_two_corrupt_mails_within_seconds() {
    let world = world();
    let (haru, ai) = world.pair();
    spoiled(&world, &haru, "INBOX", "");
    spoiled(&world, &haru, "Junk", ".Junk");
    let daemon = world.run();
    let all = ["INBOXの一", "INBOXの三", "Junkの一", "Junkの三"];
    let came = || all.iter().all(|words| alerts_say(&world, &ai, words) == 1).then_some(());
    within(SOON, came).unwrap_or_else(|| panic!("{}", daemon.log()));
    until("the office's two mails", SOON, || (world.lab.mails(OFFICE).len() == 2).then_some(()));
    // the next one comes as ever
    world.lab.save(SERVICE, "INBOX", &letter(&haru, "四通目"));
    until("the fourth", SOON, || (alerts_say(&world, &ai, "四通目") == 1).then_some(()));
    assert_eq!(daemon.sigterm().status.code(), Some(0));
    assert_eq!((world.inbox_of(OFFICE, 2).len(), world.inbox(&ai, 5).len()), (2, 5));
}
