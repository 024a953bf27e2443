//! What was in the gap between backup and restore: people added, orders given, a journal that is wrong.

use std::collections::BTreeSet;
use std::time::Duration;

use yorisoi::domain::command::{Command, RepeatMending, RowMending};
use yorisoi::engine::{self, Engine, EngineError, Role};
use yorisoi::rng::Rng;
use yorisoi::store::Loop;

use super::world::{Left, OFFICE, SERVICE, Stored, World};

const HARU: &str = "haru@example.jp";
const AI: &str = "ai@example.org";
const MIO: &str = "mio@example.net";
const DAY: Duration = Duration::from_secs(86_400);

/// はる, and あい who answers her.
fn pair() -> World {
    let mut world = World::new();
    world.supporter("あい", AI);
    world.client("はる", HARU, "あい");
    world
}

impl World {
    fn later(&mut self, by: Duration) {
        self.now = self.now.after(by);
    }

    fn answers(&mut self, from: &str, holds: &str, words: &str) {
        let mail = self.newest_to(from, holds).unwrap();
        let (to, id) = (mail.message.reply_to[0].wire(), mail.id());
        self.arrives(from, &to, Some(&id), words);
    }

    fn states(&mut self, kind: &str) -> Vec<String> {
        self.rows().into_iter().filter(|row| row.kind == kind).map(|row| row.state).collect()
    }

    fn refuses_to_open(&mut self) -> EngineError {
        let opened = Engine::open(&self.settings, Role::Daemon, Rng::from_seed(9), self.now);
        opened.err().unwrap_or_else(|| panic!("it must not start"))
    }

    fn nothing_twice(&self) {
        let twice: Vec<_> = self.accepted().into_iter().filter(|(_, times)| *times > 1).collect();
        assert!(twice.is_empty(), "{twice:?}");
    }
}

#[test]
fn who_was_added_after_the_backup_is_understood_once_she_is_added_again_and_nothing_is_sent_twice() {
    let mut world = pair();
    let backup = world.backup("one.backup");
    world.supporter("ゆう", "yu@example.org");
    world.client("みお", MIO, "ゆう");
    world.arrives(MIO, SERVICE, None, "はじめまして。");
    world.rests();
    world.answers("yu@example.org", "はじめまして", "ようこそ。");
    world.rests();
    world.answers("yu@example.org", "はい", "はい");
    world.rests();
    assert!(world.newest_to(MIO, "ようこそ。").is_some());
    let accepted = world.accepted();

    let mut world = world.put_back(&backup, Left::Journal);
    world.opens();
    world.rests();
    assert!(world.engine().view(|tx| tx.find_client("みお")).unwrap().is_none());
    world.supporter("ゆう", "yu@example.org");
    world.client("みお", MIO, "ゆう");
    world.rests();
    assert_eq!(world.accepted(), accepted, "the same mails, and none again");
    assert_eq!(world.states("pass_on"), ["accepted"]);
    assert_eq!(world.repeats().len(), 0);
    // An answer to a mail from before the restore still finds its way.
    world.later(DAY);
    world.answers("yu@example.org", "はじめまして", "またどうぞ。");
    world.rests();
    assert!(world.newest_to(MIO, "またどうぞ。").is_some());
}

#[test]
fn words_that_the_operator_released_in_the_gap_count_as_passed_on() {
    let mut world = pair();
    world.arrives(HARU, SERVICE, None, "歩きました。");
    world.rests();
    world.answers(AI, "歩きました", "よかったですね。");
    let early = world.backup("early.backup");
    world.rests();
    let late = world.backup("late.backup");
    let held = world.rows().into_iter().find(|row| row.state == "held").unwrap();
    world.order(&Command::Row { row: held.id, mending: RowMending::Release });
    world.rests();
    for backup in [early, late] {
        let mut world = world.put_back(&backup, Left::Journal);
        world.opens();
        world.rests();
        world.nothing_twice();
        assert_eq!(world.states("pass_on"), ["accepted"]);
        assert!(
            world.story().iter().any(|line| line.starts_with("はる 2026") && line.ends_with(" answered"))
        );
    }
}

#[test]
fn a_journal_that_is_older_than_the_backup_is_no_journal() {
    let mut world = pair();
    world.arrives(HARU, SERVICE, None, "一通目");
    world.rests();
    let old = world.path("old-journal");
    std::fs::create_dir(&old).unwrap();
    for file in std::fs::read_dir(&world.settings.service.journal_dir).unwrap().flatten() {
        std::fs::copy(file.path(), old.join(file.file_name())).unwrap();
    }
    world.arrives(HARU, SERVICE, None, "二通目");
    world.rests();
    let backup = world.backup("one.backup");
    world.arrives(HARU, SERVICE, None, "三通目");
    world.rests();
    let accepted = world.accepted();
    let mut world = world.put_back(&backup, Left::Nothing);
    std::fs::rename(&old, &world.settings.service.journal_dir).unwrap();
    world.opens();
    world.rests();
    world.nothing_twice();
    assert_eq!(world.ledger.len(), accepted.len() + 1, "the office is asked, and nobody else gets anything");
    assert_eq!(
        world.repeats().len(),
        1,
        "the alert of the third mail, which is an addition and has no receipt"
    );
}

#[test]
fn people_that_are_added_before_the_start_do_not_make_a_new_journal_look_whole() {
    let mut world = pair();
    let backup = world.backup("one.backup");
    world.arrives(HARU, SERVICE, None, "歩きました。");
    world.rests();
    let accepted = world.accepted();
    let mut world = world.put_back(&backup, Left::Nothing);
    let mut command = Engine::open(&world.settings, Role::Command, Rng::from_seed(5), world.now).unwrap();
    let addresses = vec![super::world::address(MIO)];
    let add = Command::AddSupporter { name: "みお".to_owned(), addresses, locale: None };
    command.order(&add, world.now).unwrap();
    drop(command);
    world.opens();
    world.rests();
    world.nothing_twice();
    assert_eq!((world.repeats().len(), world.ledger.len()), (2, accepted.len() + 1));
}

#[test]
fn another_installations_journal_is_refused_and_left_alone() {
    let mut other = pair();
    other.arrives(HARU, SERVICE, None, "よその便り");
    other.rests();
    let mut world = pair();
    world.arrives(HARU, SERVICE, None, "歩きました。");
    world.takes_in();
    let backup = world.backup("one.backup");
    let mut world = world.put_back(&backup, Left::Nothing);
    let journal = world.settings.service.journal_dir.clone();
    std::fs::create_dir(&journal).unwrap();
    for file in std::fs::read_dir(&other.settings.service.journal_dir).unwrap().flatten() {
        std::fs::copy(file.path(), journal.join(file.file_name())).unwrap();
    }
    let before = std::fs::read(std::fs::read_dir(&journal).unwrap().next().unwrap().unwrap().path()).unwrap();
    assert!(matches!(world.refuses_to_open(), EngineError::ForeignJournal(_)));
    let after = std::fs::read(std::fs::read_dir(&journal).unwrap().next().unwrap().unwrap().path()).unwrap();
    assert_eq!(before, after);
}

#[test]
fn a_journal_that_was_lost_is_begun_anew_with_what_the_database_saw_accepted() {
    let mut world = pair();
    let backup = world.backup("one.backup");
    world.arrives(HARU, SERVICE, None, "一通目");
    world.rests();
    std::fs::remove_dir_all(&world.settings.service.journal_dir).unwrap();
    world.later(DAY);
    world.opens();
    world.rests();
    world.later(DAY);
    world.arrives(HARU, SERVICE, None, "三日目");
    world.rests();
    let before = world.ledger.len();
    let mut world = world.put_back(&backup, Left::Journal);
    world.opens();
    world.rests();
    world.nothing_twice();
    assert_eq!((world.repeats().len(), world.ledger.len() - before), (0, 0));
}

#[test]
fn a_journal_that_vanished_holds_what_is_unsent_and_the_office_is_asked() {
    let mut world = pair();
    world.arrives(HARU, SERVICE, None, "一通目");
    world.rests();
    world.arrives(HARU, SERVICE, None, "二通目");
    world.takes_in();
    std::fs::remove_dir_all(&world.settings.service.journal_dir).unwrap();
    let before = world.ledger.len();
    world.later(Duration::from_secs(60));
    world.opens();
    world.rests();
    assert_eq!(world.repeats().len(), 1);
    assert_eq!(world.ledger[before..].iter().map(|taken| taken.to.as_str()).collect::<Vec<_>>(), [OFFICE]);
}

#[test]
fn after_a_snapshot_was_rolled_back_the_operator_can_have_everything_held() {
    let mut world = pair();
    world.arrives(HARU, SERVICE, None, "歩きました。");
    world.takes_in();
    let backup = world.backup("one.backup");
    // A backup together with its own journal is what a snapshot is.
    let mut rolled_back = world.put_back(&backup, Left::Journal);
    world.rests();
    rolled_back.ledger = world.ledger.clone();
    engine::hold_repeats(&rolled_back.settings.service, rolled_back.now).unwrap();
    rolled_back.opens();
    rolled_back.rests();
    rolled_back.nothing_twice();
    assert_eq!(rolled_back.repeats().len(), 2);
}

#[test]
fn a_backup_that_is_older_than_the_journal_remembers_is_in_doubt_only_before_that() {
    let mut world = pair();
    let backup = world.backup("one.backup");
    for month in 0..8 {
        world.arrives(HARU, SERVICE, None, &format!("{month}月目の便り"));
        world.rests();
        world.later(30 * DAY);
        world.opens();
    }
    let files = std::fs::read_dir(&world.settings.service.journal_dir).unwrap().count();
    assert!(files <= 4, "the journal is not shortened: {files} files");
    let before = world.ledger.len();
    let mut world = world.put_back(&backup, Left::Journal);
    world.opens();
    world.rests();
    world.nothing_twice();
    let asked: Vec<&str> = world.ledger[before..].iter().map(|taken| taken.to.as_str()).collect();
    assert_eq!(asked, [OFFICE]);
    let held = world.repeats().len();
    assert_eq!(held, 2 * 5, "the first five months are in doubt, the last three are not");
    // However old the mails are: the letters are all there again.
    let letters = world.story().iter().filter(|line| line.contains("月目の便り")).count();
    assert_eq!(letters, 8);
}

#[test]
fn repeats_can_be_let_go_for_one_client_and_dropped_for_another() {
    let mut world = pair();
    world.client("みお", MIO, "あい");
    let backup = world.backup("one.backup");
    world.arrives(HARU, SERVICE, None, "はるです。");
    world.arrives(MIO, SERVICE, None, "みおです。");
    world.takes_in();
    let mut world = world.put_back(&backup, Left::Nothing);
    world.opens();
    world.rests();
    assert_eq!(world.repeats().len(), 4);
    let order = |client: &str, mending| Command::Repeats { client: Some(client.to_owned()), mending };
    world.order(&order("はる", RepeatMending::Send));
    world.order(&order("みお", RepeatMending::Drop));
    world.rests();
    assert_eq!(world.repeats().len(), 0);
    assert!(world.newest_to(AI, "はるです。").is_some() && world.newest_to(AI, "みおです。").is_none());
    assert_eq!(world.states("alert"), ["accepted", "cancelled"]);
}

#[test]
fn held_repeats_wait_for_the_operator_however_long_it_takes() {
    let mut world = pair();
    let backup = world.backup("one.backup");
    world.arrives(HARU, SERVICE, None, "歩きました。");
    world.takes_in();
    let mut world = world.put_back(&backup, Left::Nothing);
    world.opens();
    world.rests();
    world.later(10 * DAY);
    world.rests();
    assert_eq!(world.repeats().len(), 2);
    world.order(&Command::Repeats { client: None, mending: RepeatMending::Send });
    world.rests();
    assert!(world.newest_to(AI, "歩きました。").is_some());
}

#[test]
fn a_backup_that_was_put_in_place_by_hand_does_not_start() {
    let mut world = pair();
    let backup = world.backup("one.backup");
    let data = world.settings.service.data_dir.clone();
    let mut by_hand = world.put_back(&backup, Left::Nothing);
    std::fs::copy(&backup, by_hand.settings.service.data_dir.join("yorisoi.db")).unwrap();
    assert!(matches!(by_hand.refuses_to_open(), EngineError::BackupInPlace(_)));
    assert!(data.exists() && world.rows().is_empty());
}

#[test]
fn while_the_journal_cannot_be_written_nothing_is_sent_and_status_says_so() {
    let mut world = pair();
    world.arrives(HARU, SERVICE, None, "一通目");
    world.rests();
    let sent = world.ledger.len();
    // The next month's file cannot be made: a folder has its name.
    let in_the_way = world.settings.service.journal_dir.join("accepted-2027-01.journal");
    std::fs::create_dir(&in_the_way).unwrap();
    world.later(35 * DAY);
    world.arrives(HARU, SERVICE, None, "二通目");
    world.takes_in();
    let now = world.now;
    let due = world.engine().due(now, 8).unwrap();
    let ended = yorisoi::engine::Settlement::Ended {
        outbox_id: due[0].outbox_id,
        attempt: due[0].attempt,
        outcome: yorisoi::mail::submission::SubmitOutcome::Accepted { reply: String::new() },
    };
    assert!(world.engine().settle(std::slice::from_ref(&ended), now).is_err(), "it is not recorded");
    // The other mail may not write its dot, and nothing more is claimed.
    let (outbox_id, attempt) = (due[1].outbox_id, due[1].attempt);
    let dot = yorisoi::engine::Settlement::BeforeDot { outbox_id, attempt };
    assert_eq!(world.engine().settle(&[dot], now).unwrap(), [false]);
    assert!(world.engine().due(now, 8).unwrap().is_empty());
    let health = world.engine().view(|tx| tx.status_view()).unwrap().health;
    let submit = health.iter().find(|seen| seen.which == Loop::Submit).unwrap();
    assert!(submit.failure.starts_with("the journal of accepted mails cannot be written"), "{submit:?}");
    // Mended, the same end is told again, and life goes on.
    std::fs::remove_dir(&in_the_way).unwrap();
    assert_eq!(world.engine().settle(&[ended], now).unwrap(), [true]);
    world.opens();
    world.rests();
    assert_eq!(world.ledger.len() - sent, 1, "the other mail");
    assert!(world.rows().iter().all(|row| row.state == "accepted"));
}

#[test]
fn what_comes_to_light_after_the_question_is_asked_about_too() {
    let mut world = pair();
    world.arrives(HARU, SERVICE, None, "歩きました。");
    world.rests();
    let backup = world.backup("one.backup");
    let before = world.now;
    world.later(DAY);
    let mut world = world.put_back(&backup, Left::Nothing);
    world.opens();
    world.rests();
    let asked = |world: &World| world.ledger.iter().filter(|taken| taken.to == OFFICE).count();
    let (first, sent) = (asked(&world), world.ledger.len());
    // a mail from before the restore turns up: dragged out of another folder, say
    world.later(DAY);
    world.arrives(HARU, SERVICE, None, "迷っていたお便りです。");
    world.mailbox.last_mut().unwrap().at = before;
    world.rests();
    assert!(!world.repeats().is_empty());
    assert_eq!((asked(&world), world.ledger.len()), (first + 1, sent + 1), "the office, and nobody else");
    world.later(DAY);
    world.rests();
    assert_eq!(world.ledger.len(), sent + 1, "once");
}

#[test]
fn uids_that_a_server_gave_again_before_the_restore_hide_no_mail() {
    let mut world = pair();
    world.arrives(HARU, SERVICE, None, "一通目");
    world.arrives(HARU, SERVICE, None, "二通目");
    world.rests();
    let backup = world.backup("one.backup");
    // The server counts its UIDs anew under the same UIDVALIDITY; whoever was there saw UIDNEXT go back.
    world.mailbox.remove(0);
    world.rests();
    world.arrives(HARU, SERVICE, None, "三通目");
    let mut world = world.put_back(&backup, Left::Journal);
    world.opens();
    world.rests();
    assert!(world.newest_to(AI, "三通目").is_some());
    world.nothing_twice();
}

#[test]
fn an_older_database_that_was_put_in_place_without_a_word_is_noticed_once() {
    let mut world = pair();
    world.arrives(HARU, SERVICE, None, "一通目");
    world.arrives(HARU, SERVICE, None, "二通目");
    world.rests();
    let older = world.path("older.db");
    let database = world.settings.service.data_dir.join("yorisoi.db");
    let beside = rusqlite::Connection::open(&database).unwrap();
    beside.execute("VACUUM INTO ?1", [older.to_str().unwrap()]).unwrap();
    let restores = || -> i64 {
        let beside = rusqlite::Connection::open(&database).unwrap();
        beside.query_row("SELECT count(*) FROM restores", [], |row| row.get(0)).unwrap()
    };
    world.arrives(HARU, SERVICE, None, "三通目");
    world.rests();
    world.closes();
    drop(beside);
    for file in ["yorisoi.db-wal", "yorisoi.db-shm"] {
        let _ = std::fs::remove_file(world.settings.service.data_dir.join(file));
    }
    std::fs::rename(&older, &database).unwrap();
    // The server counts its UIDs anew under the same UIDVALIDITY, which nobody saw who is still there.
    world.mailbox.remove(0);
    world.arrives(HARU, SERVICE, None, "四通目");
    world.opens();
    world.rests();
    assert_eq!(restores(), 1);
    assert!(world.newest_to(AI, "三通目").is_some() && world.newest_to(AI, "四通目").is_some());
    world.opens();
    world.rests();
    assert_eq!(restores(), 1, "once");
    world.nothing_twice();
}

#[test]
fn a_server_that_dates_no_mail_has_them_doubted_until_the_office_was_asked_and_not_for_ever() {
    let mut world = pair();
    world.dated = false;
    world.arrives(HARU, SERVICE, None, "一通目");
    let backup = world.backup("one.backup");
    world.rests();
    let mut world = world.put_back(&backup, Left::Nothing);
    world.opens();
    world.rests();
    assert_eq!(world.repeats().len(), 2, "alert and receipt, which may have gone out");
    assert!(world.newest_to(OFFICE, "").is_some(), "the office was asked");
    world.later(DAY);
    world.arrives(HARU, SERVICE, None, "二通目");
    world.rests();
    assert_eq!(world.repeats().len(), 2);
    assert!(world.newest_to(AI, "二通目").is_some());
    world.nothing_twice();
}

#[test]
fn what_she_wrote_in_the_gap_is_fetched_again_where_its_octets_have_gone() {
    let photo = format!("{}\r\n", "x".repeat(76)).repeat(45_000);
    for (left, dated) in [(Left::Journal, true), (Left::Nothing, false)] {
        let mut world = pair();
        world.dated = dated;
        let backup = world.backup("one.backup");
        world.supporter("ゆう", "yu@example.org");
        world.client("みお", MIO, "ゆう");
        for words in ["一通目", "二通目", "三通目", "四通目"] {
            let raw = format!(
                "From: {MIO}\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; \
                 charset=utf-8\r\n\r\n{words}\r\n--b\r\nContent-Type: image/jpeg\r\n\
                 Content-Transfer-Encoding: base64\r\n\r\n{photo}--b--\r\n"
            );
            world.mailbox.push(Stored { at: world.now, raw: raw.into_bytes() });
        }
        world.rests();
        let (accepted, letters) = (world.accepted(), letters(&mut world));
        assert_eq!(letters.len(), 4);

        let mut world = world.put_back(&backup, left);
        world.opens();
        world.rests();
        let here = |id| move |tx: &yorisoi::store::Tx<'_>| Ok(tx.raw_mail(id)?.is_some());
        let here = [1, 2, 3, 4].map(|id| world.engine().view(here(id)).unwrap());
        assert_eq!(here, [false, false, true, true], "there is no room for more of a stranger's");
        if left == Left::Journal {
            // in another life of the folder what the server lists has other rows, which are duplicates
            world.validity += 1;
            world.rests();
        }
        world.later(DAY);
        world.supporter("ゆう", "yu@example.org");
        world.client("みお", MIO, "ゆう");
        world.sweeps();
        world.rests();
        world.nothing_twice();
        assert_eq!(self::letters(&mut world), letters);
        let to_people = world.ledger.iter().filter(|taken| taken.to != OFFICE).count();
        if left == Left::Journal {
            // what was here is understood first, so another letter is the first of its day: that alone has a receipt
            assert!(accepted.keys().all(|id| world.accepted().contains_key(id)));
            assert_eq!(to_people, accepted.len() + 1);
        } else {
            assert_eq!(to_people, accepted.len(), "what may have been sent is held");
        }
    }
}

/// How each letter of みお begins.
fn letters(world: &mut World) -> BTreeSet<String> {
    let story = world.story();
    let hers = story.iter().filter(|line| line.starts_with("みお") && line.contains("通目"));
    hers.filter_map(|line| line.rsplit(' ').next().map(str::to_owned)).collect()
}

#[test]
fn an_answer_that_is_understood_again_is_entered_for_the_time_when_it_came() {
    let mut world = pair();
    let backup = world.backup("one.backup");
    world.arrives(HARU, SERVICE, None, "歩きました。");
    world.rests();
    world.answers(AI, "歩きました", "よかったですね。");
    world.rests();
    assert!(world.entries().is_empty(), "it waits for her yes");
    let came = world.now;
    world.later(Duration::from_secs(600));
    world.answers(AI, "はい", "はい");
    world.rests();
    let first = world.entries();
    assert_eq!(first.len(), 1);
    assert_eq!((&first[0].made_at, first[0].unit_price), (&world.now.to_string(), 0));
    // The statement of the month is out long since.
    world.later(30 * DAY);
    let mut world = world.put_back(&backup, Left::Journal);
    world.settings.rates.answer = 600;
    world.opens();
    world.rests();
    let again = world.entries();
    assert_eq!(again.len(), 1);
    assert_eq!((&again[0].message_id, &again[0].act), (&first[0].message_id, &first[0].act));
    assert_eq!((&again[0].made_at, again[0].unit_price), (&came.to_string(), 600));
}
