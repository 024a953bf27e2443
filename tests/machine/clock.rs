//! A wall clock that jumps, under the engine and between two of its lives.

use std::path::Path;
use std::time::Duration;

use yorisoi::clock::Timestamp;
use yorisoi::domain::command::Command;
use yorisoi::engine::{Engine, Role, Settlement};
use yorisoi::mail::fetched::{FetchStep, Fetched};
use yorisoi::mail::submission::{Stage, SubmitOutcome};
use yorisoi::rng::Rng;

use super::power::{address, folder, furnish, now, settings};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);
const OFF: SubmitOutcome = SubmitOutcome::Transient { stage: Stage::Rcpt, code: 450, status: None };
const UNREACHED: SubmitOutcome = SubmitOutcome::Transient { stage: Stage::Connect, code: 0, status: None };

/// An engine with an alert that waits, a wall clock, and a clock that nobody sets.
struct House {
    engine: Engine,
    wall: Timestamp,
    steady: Duration,
}

impl House {
    fn open(path: &Path, wall: Timestamp) -> Self {
        let engine = Engine::open(&settings(path), Role::Daemon, Rng::from_seed(1), wall).unwrap();
        let mut house = Self { engine, wall, steady: HOUR };
        house.passes(Duration::ZERO);
        house
    }

    fn furnished(path: &Path) -> Self {
        furnish(path);
        let mut house = Self::open(path, now());
        let addresses = |text| vec![address(text)];
        let (name, locale) = ("Ai".to_owned(), None);
        let ai = Command::AddSupporter { name, addresses: addresses("ai@example.org"), locale };
        house.engine.order(&ai, now()).unwrap();
        let (name, supporter) = ("Haru".to_owned(), Some("Ai".to_owned()));
        let (addresses, goal) = (addresses("haru@example.jp"), String::new());
        let haru = Command::AddClient { name, addresses, goal, locale, supporter, second: None, pool: false };
        house.engine.order(&haru, now()).unwrap();
        let raw = b"From: haru@example.jp\r\nMessage-ID: <1@example.test>\r\n\r\nI walked.\r\n".to_vec();
        let step = FetchStep {
            folder: "INBOX".to_owned(),
            uid_validity: 1,
            uid_next: None,
            listed: Some(vec![1]),
            fetched: vec![Fetched::Mail { uid: 1, internal_date: Some(now()), raw }],
        };
        house.engine.keep(&step, now()).unwrap();
        house.engine.apply(now()).unwrap();
        house
    }

    /// Time passes, and the wall clock says so.
    fn passes(&mut self, time: Duration) {
        self.steady += time;
        self.wall = self.wall.after(time);
        self.engine.note_time(self.wall, self.steady);
        self.engine.tick(self.wall).unwrap();
    }

    /// Somebody sets the wall clock.
    fn set(&mut self, wall: Timestamp) {
        self.wall = wall;
        self.passes(Duration::from_secs(1));
    }

    /// What is due ends like this; returns of how many mails.
    fn sends(&mut self, outcome: &SubmitOutcome) -> usize {
        let due = self.engine.due(self.wall, 9).unwrap();
        for submission in &due {
            let (outbox_id, attempt) = (submission.outbox_id, submission.attempt);
            let ended = Settlement::Ended { outbox_id, attempt, outcome: outcome.clone() };
            assert_eq!(self.engine.settle(&[ended], self.wall).unwrap(), [true]);
        }
        due.len()
    }

    /// Where mails of this kind stand.
    fn states(&self, kind: &str) -> Vec<String> {
        let rows = self.engine.view(|tx| tx.outbox_views()).unwrap();
        rows.into_iter().filter(|row| row.kind == kind).map(|row| row.state).collect()
    }
}

#[test]
fn a_clock_that_jumps_ahead_expires_nothing_for_an_hour_and_each_mail_gets_its_attempt() {
    for ahead in [3 * DAY, 365 * DAY] {
        let dir = folder();
        let mut house = House::furnished(dir.path());
        assert_eq!(house.sends(&OFF), 2, "the alert and the receipt");
        house.set(now().after(ahead));
        assert_eq!((house.states("alert"), house.states("office")), (vec!["queued".to_owned()], vec![]));
        assert_eq!(house.sends(&OFF), 2, "an attempt after the jump");
        house.passes(59 * MINUTE);
        assert_eq!(house.states("alert"), ["queued"]);
        // the clock stays: what has had no luck by then is given up
        house.passes(2 * MINUTE);
        assert_eq!(
            (house.states("alert"), house.states("receipt")),
            (vec!["expired".to_owned()], vec!["expired".to_owned()])
        );
    }
}

#[test]
fn the_hour_after_a_jump_outlasts_the_process() {
    let dir = folder();
    let mut house = House::furnished(dir.path());
    assert_eq!(house.sends(&OFF), 2);
    house.set(now().after(3 * DAY));
    let wall = house.wall.after(20 * MINUTE);
    drop(house);
    let mut house = House::open(dir.path(), wall);
    assert_eq!(house.sends(&OFF), 2, "an attempt after the crash");
    assert_eq!((house.states("alert"), house.states("office")), (vec!["queued".to_owned()], vec![]));
    house.passes(39 * MINUTE);
    assert_eq!(house.sends(&OFF), 2, "within the hour");
    assert_eq!(house.states("alert"), ["queued"]);
    house.passes(HOUR);
    assert_eq!(house.states("alert"), ["expired"]);
    // an hour of another time is none
    let dir = folder();
    let mut house = House::furnished(dir.path());
    house.set(now().after(30 * DAY));
    drop(house);
    let mut house = House::open(dir.path(), now().after(DAY));
    house.passes(HOUR);
    house.sends(&OFF);
    assert_eq!(house.states("receipt"), ["expired"]);
}

#[test]
fn a_clock_that_jumped_ahead_and_is_set_right_within_the_hour_has_done_no_harm() {
    let dir = folder();
    let mut house = House::furnished(dir.path());
    house.sends(&OFF);
    house.set(now().after(365 * DAY));
    house.sends(&OFF);
    house.passes(30 * MINUTE);
    house.set(now().after(31 * MINUTE));
    assert_eq!((house.states("alert"), house.states("office").len()), (vec!["queued".to_owned()], 1));
    house.passes(6 * MINUTE);
    let accepted = SubmitOutcome::Accepted { reply: "ok".to_owned() };
    assert_eq!(house.sends(&accepted), 3, "alert, receipt, and the mail to the office");
    assert_eq!(house.states("alert"), ["accepted"]);
}

#[test]
fn after_a_clock_that_is_set_back_waits_and_pauses_last_as_long_as_before() {
    for back in [2 * HOUR, DAY, 365 * DAY] {
        for outcome in [OFF, UNREACHED] {
            let dir = folder();
            let mut house = House::furnished(dir.path());
            assert_eq!(house.sends(&outcome), 2);
            house.set(now().before(back));
            assert_eq!(house.states("office"), ["queued"], "it is told once");
            house.passes(2 * MINUTE);
            assert_eq!(house.sends(&outcome), 3, "{back:?} {outcome:?}");
        }
    }
    // less than an hour is a clock that is kept right
    let dir = folder();
    let mut house = House::furnished(dir.path());
    house.set(now().before(59 * MINUTE));
    assert_eq!(house.states("office"), Vec::<String>::new());
}

#[test]
fn a_start_under_a_clock_before_the_newest_instant_of_the_database_moves_what_waits() {
    let dir = folder();
    let mut house = House::furnished(dir.path());
    house.sends(&OFF);
    drop(house);
    let mut house = House::open(dir.path(), now().before(DAY));
    assert_eq!(house.states("office"), ["queued"]);
    house.passes(2 * MINUTE);
    assert_eq!(house.sends(&OFF), 3);
    assert_eq!(house.states("alert"), ["queued"]);
}

#[test]
fn a_mail_whose_time_ran_out_while_nothing_ran_gets_one_more_attempt() {
    let accepted = SubmitOutcome::Accepted { reply: "ok".to_owned() };
    for (outcome, expected) in [(accepted, "accepted"), (OFF, "expired")] {
        let dir = folder();
        let mut house = House::furnished(dir.path());
        house.sends(&OFF);
        drop(house);
        let mut house = House::open(dir.path(), now().after(4 * DAY));
        assert_eq!(house.states("alert"), ["queued"]);
        assert_eq!(house.sends(&outcome), 2);
        assert_eq!(house.states("alert"), [expected]);
    }
}

#[test]
fn a_mail_whose_end_nobody_learned_is_sent_again_however_long_nothing_ran() {
    let accepted = SubmitOutcome::Accepted { reply: "ok".to_owned() };
    let dir = folder();
    let mut house = House::furnished(dir.path());
    for submission in house.engine.due(house.wall, 9).unwrap() {
        let (outbox_id, attempt) = (submission.outbox_id, submission.attempt);
        house.engine.settle(&[Settlement::BeforeDot { outbox_id, attempt }], house.wall).unwrap();
    }
    drop(house);
    let mut house = House::open(dir.path(), now().after(4 * DAY));
    house.passes(3 * MINUTE);
    assert_eq!(house.states("alert"), ["unknown"]);
    house.sends(&accepted);
    assert_eq!(house.states("alert"), ["accepted"]);
}

#[test]
fn a_wait_that_no_schedule_has_is_pulled_in() {
    let dir = folder();
    let mut house = House::furnished(dir.path());
    house.sends(&OFF);
    let beside = rusqlite::Connection::open(dir.path().join("data/yorisoi.db")).unwrap();
    let far = now().after(30 * DAY).millis();
    beside.execute("UPDATE outbox SET next_at = ?1", [far]).unwrap();
    let pause = "INSERT INTO health (name, paused_until_at) VALUES ('submit', ?1) \
         ON CONFLICT (name) DO UPDATE SET paused_until_at = ?1";
    beside.execute(pause, [far]).unwrap();
    house.passes(Duration::from_secs(1));
    assert_eq!(house.sends(&OFF), 2);
}
