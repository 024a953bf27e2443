//! The cursor of a folder: which UIDs are wanted, where the low-water mark stands, when an epoch ends; and that the
//! database's own rules see a mark that has run ahead.
#![allow(clippy::unwrap_used)] // a test without its house has failed

mod pair;
mod plain;

use std::time::Duration;

use rusqlite::Connection;
use yorisoi::clock::{self, Timestamp};
use yorisoi::engine::{Engine, Look};
use yorisoi::mail::fetched::{FetchPlan, FetchStep, Fetched, FolderRole};
use yorisoi::settings::Settings;

const INBOX: &str = "INBOX";
const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const DAY: i64 = 86_400_000;

/// An installation with one client and her supporter.
struct House {
    engine: Engine,
    settings: Settings,
    now: Timestamp,
    _place: tempfile::TempDir,
}

impl House {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let (engine, settings) = pair::installed(place.path(), NOW);
        Self { engine, settings, now: NOW, _place: place }
    }

    /// What SELECT tells.
    fn selects(&mut self, folder: &str, validity: u32, uid_next: Option<u32>) -> FetchPlan {
        self.step(folder, validity, uid_next, None, Vec::new())
    }

    fn lists(&mut self, folder: &str, validity: u32, listed: &[u32]) -> FetchPlan {
        self.step(folder, validity, None, Some(listed.to_vec()), Vec::new())
    }

    fn fetches(&mut self, folder: &str, validity: u32, fetched: Vec<Fetched>) -> FetchPlan {
        self.step(folder, validity, None, None, fetched)
    }

    fn step(
        &mut self,
        folder: &str,
        uid_validity: u32,
        uid_next: Option<u32>,
        listed: Option<Vec<u32>>,
        fetched: Vec<Fetched>,
    ) -> FetchPlan {
        let step = FetchStep { folder: folder.to_owned(), uid_validity, uid_next, listed, fetched };
        let plan = self.engine.keep(&step, self.now).unwrap();
        while self.engine.apply(self.now).unwrap().mails > 0 {}
        plan
    }

    fn broken(&self) -> Vec<String> {
        self.engine.view(|tx| tx.check()).unwrap()
    }

    /// How many mails the supporter was to get.
    fn alerts(&self) -> usize {
        self.posted("alert")
    }

    fn posted(&self, kind: &str) -> usize {
        let rows = self.engine.view(|tx| tx.outbox_views()).unwrap();
        rows.iter().filter(|row| row.kind == kind).count()
    }

    /// State and reason of the newest kept mail.
    fn newest(&self) -> (String, String) {
        let mail = self.engine.view(|tx| tx.mail_views()).unwrap().pop().unwrap();
        (mail.state, mail.reason)
    }

    fn number(&self, sql: &str) -> i64 {
        let path = self.settings.service.data_dir.join("yorisoi.db");
        Connection::open(path).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// A second hand on the database.
    fn meddle(&self, sql: &str) {
        let path = self.settings.service.data_dir.join("yorisoi.db");
        let connection = Connection::open(path).unwrap();
        connection.pragma_update(None, "foreign_keys", false).unwrap();
        assert_eq!(connection.execute(sql, []).unwrap(), 1, "{sql}");
    }
}

/// A report that came so many days ago.
fn report(uid: u32, words: &str, days_ago: i64) -> Fetched {
    let raw = format!("From: haru@a.example\r\nMessage-ID: <{words}@a.example>\r\n\r\n{words}\r\n");
    let internal_date = Some(Timestamp::from_millis(NOW.millis() - days_ago * DAY));
    Fetched::Mail { uid, internal_date, raw: raw.into_bytes() }
}

const MINUTE: Duration = Duration::from_secs(60);

fn gone(uid: u32) -> Fetched {
    Fetched::Expunged { uid }
}

#[test]
fn a_uid_that_appears_below_the_mark_is_healed_and_counted_once() {
    let mut house = House::new();
    house.lists(INBOX, 1, &[1, 2, 4]);
    let plan = house.fetches(INBOX, 1, vec![report(1, "one", 0), report(2, "two", 0), report(4, "four", 0)]);
    assert_eq!(plan.low_water, 4);
    let healed = |house: &House| {
        let seen = house.engine.view(|tx| tx.folder_views()).unwrap();
        seen.first().map_or((0, None), |main| (main.healed, main.healed_at))
    };
    assert_eq!(healed(&house), (0, None));
    // the server delivers late; a search above the mark would never list it
    let plan = house.lists(INBOX, 1, &[1, 2, 3, 4, 6]);
    assert_eq!((plan.wanted, plan.low_water), (vec![3, 6], 4));
    let plan = house.fetches(INBOX, 1, vec![report(3, "three", 0), report(6, "six", 0)]);
    assert_eq!((plan.low_water, house.alerts(), healed(&house)), (6, 5, (1, Some(NOW))));
    let plan = house.lists(INBOX, 1, &[1, 2, 3, 4, 6]);
    assert_eq!((plan.wanted, plan.low_water), (vec![], 6));
    assert_eq!(house.broken(), Vec::<String>::new());
}

#[test]
fn a_sweep_wants_nothing_that_has_a_row_whatever_the_row_says() {
    let mut house = House::new();
    let header = b"From: haru@a.example\r\nMessage-ID: <l@a.example>\r\n\r\n".to_vec();
    let all = vec![
        report(1, "applied", 0),
        report(2, "applied", 0),
        report(3, "too old", 40),
        gone(4),
        Fetched::Unfetchable { uid: 5 },
        Fetched::TooLarge { uid: 6, internal_date: None, size: 1 << 30, header },
        Fetched::Mail { uid: 7, internal_date: None, raw: Vec::new() },
        Fetched::Mail { uid: 8, internal_date: None, raw: b"From: x@b.example\r\n\r\nspam\r\n".to_vec() },
    ];
    let listed: Vec<u32> = (1..=8).collect();
    for folder in [INBOX, "Junk"] {
        assert_eq!(house.lists(folder, 1, &listed).wanted, listed);
        house.fetches(folder, 1, all.clone());
        let plan = house.lists(folder, 1, &listed);
        assert_eq!((plan.wanted, plan.low_water), (vec![], 8), "{folder}");
    }
    assert_eq!(house.alerts(), 2, "a report and a mail that is too large");
    assert_eq!(house.broken(), Vec::<String>::new());
}

#[test]
fn what_was_gone_and_is_listed_again_is_fetched_after_all() {
    let mut house = House::new();
    house.lists(INBOX, 1, &[1, 2, 3]);
    house.fetches(INBOX, 1, vec![report(1, "one", 0), gone(2), gone(3)]);
    // expunged for good is not asked for; what a lagging server left out once is back, at once and below the mark
    house.now = NOW.after(MINUTE);
    let plan = house.lists(INBOX, 1, &[1, 2]);
    assert_eq!((plan.wanted, plan.low_water), (vec![2], 3));
    // a server that lists what it does not hand out is asked again later, and not at each look
    house.fetches(INBOX, 1, vec![gone(2)]);
    house.now = NOW.after(MINUTE * 2);
    assert_eq!(house.lists(INBOX, 1, &[1, 2]).wanted, [0_u32; 0]);
    house.now = NOW.after(MINUTE * 63);
    assert_eq!(house.lists(INBOX, 1, &[1, 2]).wanted, [2]);
    house.fetches(INBOX, 1, vec![report(2, "two", 0)]);
    assert_eq!(house.lists(INBOX, 1, &[1, 2]).wanted, [0_u32; 0]);
    assert_eq!(house.alerts(), 2);
    assert_eq!(house.broken(), Vec::<String>::new());
}

#[test]
fn what_could_not_be_fetched_is_asked_for_soon_then_daily_and_not_for_ever() {
    const HOUR: i64 = 60;
    const DAYS: i64 = 24 * HOUR;
    let mut house = House::new();
    house.lists(INBOX, 1, &[5]);
    house.fetches(INBOX, 1, vec![Fetched::Unfetchable { uid: 5 }]);
    // minutes after the first failure, and whether it is asked for; each time it fails again
    for (minutes, asked) in [
        (1, false),
        (HOUR - 1, false),
        (HOUR + 1, true),
        (HOUR + 2, false),
        (5 * HOUR, false),
        (5 * HOUR + 2, true),
        (DAYS, false),
        (DAYS + 5 * HOUR, false),
        (DAYS + 5 * HOUR + 3, true),
        (2 * DAYS + 5 * HOUR + 2, false),
        (2 * DAYS + 5 * HOUR + 4, true),
        (13 * DAYS, true),
        (14 * DAYS - 1, false),
        (14 * DAYS + 1, false),
        (40 * DAYS, false),
    ] {
        house.now = NOW.after(Duration::from_secs(u64::try_from(minutes * 60).unwrap()));
        let wanted: &[u32] = if asked { &[5] } else { &[] };
        assert_eq!(house.lists(INBOX, 1, &[5]).wanted, wanted, "after {minutes} minutes");
        if asked {
            house.fetches(INBOX, 1, vec![Fetched::Unfetchable { uid: 5 }]);
        }
        assert_eq!(house.newest(), ("skipped".to_owned(), "unfetchable".to_owned()));
    }
    assert_eq!(house.posted("office"), 1);
    // when it can be had after all, this is when it came
    house.fetches(INBOX, 1, vec![report(5, "five", -40)]);
    let came = house.number("SELECT ingested_at FROM kept_mails WHERE uid = 5");
    assert_eq!((came, house.newest().0.as_str()), (house.now.millis(), "applied"));
    assert_eq!(house.broken(), Vec::<String>::new());
}

#[test]
fn in_any_order_the_mark_never_passes_a_listed_uid_that_has_no_row() {
    const LISTED: [u32; 5] = [2, 3, 5, 8, 9];
    let mut house = House::new();
    let mut orders = 0;
    for order in permutations(&LISTED) {
        orders += 1;
        let folder = format!("folder {orders}");
        let mut low = house.lists(&folder, 1, &LISTED).low_water;
        let mut rows: Vec<u32> = Vec::new();
        for uid in &order {
            rows.push(*uid);
            let plan = house.fetches(&folder, 1, vec![gone(*uid)]);
            // counted by hand: the largest listed UID at or below which nothing is missing
            let whole = LISTED.iter().take_while(|uid| rows.contains(uid)).last().copied().unwrap_or(0);
            assert!(plan.low_water >= low, "the mark fell, {order:?}");
            assert_eq!(plan.low_water, whole, "{order:?} after {uid}");
            low = plan.low_water;
        }
        // another list finds nothing missing, and one that lists less moves nothing
        assert_eq!(house.lists(&folder, 1, &LISTED).wanted, Vec::<u32>::new());
        assert_eq!(house.lists(&folder, 1, &[]).low_water, 9);
    }
    assert_eq!((orders, house.broken()), (120, Vec::new()));
}

#[test]
fn mails_of_one_answer_are_understood_in_the_order_of_their_uids() {
    let mut house = House::new();
    house.lists(INBOX, 1, &[5, 6, 7]);
    house.fetches(INBOX, 1, vec![report(7, "seven", 0), report(5, "five", 0), report(6, "six", 0)]);
    let before = |uid: u32, next: u32| {
        let letter = |uid| {
            format!("(SELECT id FROM letters WHERE mail_id = (SELECT id FROM kept_mails WHERE uid = {uid}))")
        };
        house.number(&format!("SELECT {} < {}", letter(uid), letter(next)))
    };
    assert_eq!((before(5, 6), before(6, 7)), (1, 1));
}

fn permutations(items: &[u32]) -> Vec<Vec<u32>> {
    if items.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for at in 0..items.len() {
        let mut rest = items.to_vec();
        let first = rest.remove(at);
        all.extend(permutations(&rest).into_iter().map(|tail| [vec![first], tail].concat()));
    }
    all
}

#[test]
fn a_uidnext_that_went_back_begins_another_epoch() {
    // rows at 1 and 2 (and perhaps beyond a gap), the UIDNEXT told before, the one told now: does the epoch go on?
    let check = |beyond: Option<u32>, before: Option<u32>, now: Option<u32>, goes_on: bool| {
        let mut house = House::new();
        house.selects(INBOX, 1, before);
        house.lists(INBOX, 1, &[1, 2, 3]);
        house.fetches(INBOX, 1, vec![gone(1), gone(2)]);
        beyond.map(|uid| house.fetches(INBOX, 1, vec![gone(uid)]));
        let plan = house.selects(INBOX, 1, now);
        assert_eq!(plan.low_water, if goes_on { 2 } else { 0 }, "{beyond:?} {before:?} {now:?}");
    };
    check(None, Some(4), Some(4), true);
    check(None, Some(4), Some(90), true);
    check(None, Some(4), None, true);
    check(None, None, Some(3), true);
    // at or below the mark
    check(None, None, Some(2), false);
    check(None, None, Some(1), false);
    // above the mark, and lower than it was: the mails that made it 50 are other mails now
    check(None, Some(50), Some(49), false);
    check(None, Some(50), Some(3), false);
    // above the mark, and not above what has a row beyond a gap
    check(Some(9), None, Some(10), true);
    check(Some(9), None, Some(9), false);
}

#[test]
fn a_server_whose_uidnext_is_always_too_low_has_no_mail_read_twice() {
    // how far below the truth
    for short in [1, 2, 100] {
        let mut house = House::new();
        let mut listed: Vec<u32> = vec![1, 2];
        let looks = |house: &mut House, listed: &[u32]| {
            let next = listed.iter().max().unwrap() + 1;
            let low = house.selects(INBOX, 1, Some(next.saturating_sub(short).max(1))).low_water;
            let above: Vec<u32> = listed.iter().copied().filter(|uid| *uid > low).collect();
            let wanted = house.lists(INBOX, 1, &above).wanted;
            let mails = wanted.iter().map(|uid| report(*uid, &format!("number {uid}"), 0)).collect();
            house.fetches(INBOX, 1, mails);
            wanted
        };
        assert_eq!(looks(&mut house, &listed), [1, 2]);
        for uid in [3, 4, 9] {
            assert_eq!(looks(&mut house, &listed), [0; 0]);
            listed.push(uid);
            assert_eq!(looks(&mut house, &listed), [uid]);
        }
        // Even this number can go back.
        if short < 100 {
            assert_eq!(looks(&mut house, &[1, 2]), [1, 2]);
        }
        assert_eq!((house.alerts(), house.broken()), (5, Vec::new()), "{short}");
    }
}

#[test]
fn a_uidvalidity_that_comes_back_hides_no_mail_and_alerts_nobody_twice() {
    let mut house = House::new();
    for (validity, words) in
        [(7, ["one", "two"]), (8, ["one", "two"]), (7, ["two", "new"]), (8, ["new", "one"])]
    {
        let plan = house.selects(INBOX, validity, None);
        assert_eq!(plan.low_water, 0, "what its UIDs meant is not what they mean");
        assert_eq!(house.lists(INBOX, validity, &[1, 2]).wanted, [1, 2]);
        house.fetches(INBOX, validity, vec![report(1, words[0], 0), report(2, words[1], 0)]);
    }
    assert_eq!((house.alerts(), house.broken()), (3, Vec::new()));
}

#[test]
fn at_another_epoch_what_was_old_stays_quiet_and_what_was_answered_is_no_news() {
    let mut house = House::new();
    house.lists(INBOX, 7, &[1, 2]);
    house.fetches(INBOX, 7, vec![report(1, "ancient", 40), report(2, "lately", 10)]);
    assert_eq!(house.alerts(), 1);
    // a migration lost the dates of arrival: everything seems to come today
    house.lists(INBOX, 8, &[1, 2, 3, 4]);
    house.fetches(INBOX, 8, vec![report(1, "ancient", 0), report(2, "lately", 0)]);
    assert_eq!((house.alerts(), house.newest().0), (1, "duplicate".to_owned()));
    // what nobody had ever seen is judged by its age
    house.fetches(INBOX, 8, vec![report(3, "never seen, old", 31)]);
    assert_eq!(house.newest(), ("discarded".to_owned(), "too_old".to_owned()));
    house.fetches(INBOX, 8, vec![report(4, "never seen", 29)]);
    assert_eq!((house.alerts(), house.broken()), (2, Vec::new()));
}

#[test]
fn the_same_mail_in_both_folders_has_its_effects_once_whichever_is_looked_at_first() {
    for order in [[INBOX, "Junk"], ["Junk", INBOX]] {
        let mut house = House::new();
        for folder in order {
            house.lists(folder, 1, &[1]);
            house.fetches(folder, 1, vec![report(1, "words", 0)]);
        }
        assert_eq!((house.alerts(), house.newest().0), (1, "duplicate".to_owned()), "{order:?}");
        assert_eq!(house.broken(), Vec::<String>::new());
    }
}

#[test]
fn a_mark_that_has_run_ahead_breaks_a_rule_of_the_database() {
    let check = |sql: &str, sentence: &str| {
        let mut house = House::new();
        house.lists(INBOX, 1, &[1, 2, 3, 4]);
        house.fetches(INBOX, 1, vec![gone(1), report(2, "two", 0), gone(3)]);
        assert_eq!(house.broken(), Vec::<String>::new());
        house.meddle(sql);
        let broken = house.broken();
        assert!(broken.iter().any(|said| said.starts_with(sentence)), "{sql}: {broken:?}");
    };
    check("UPDATE epochs SET low_water = 4", "low-water marks stand at UIDs that have no row");
    check("DELETE FROM kept_mails WHERE uid = 3", "low-water marks stand at UIDs that have no row");
    check("DELETE FROM kept_mails WHERE uid = 1", "low-water marks have passed listed UIDs that have no row");
    check("UPDATE kept_mails SET state = 'skipped' WHERE uid = 2", "mails that were skipped have octets");
}

#[test]
fn a_sweep_of_a_hundred_thousand_uids_takes_no_time_to_speak_of() {
    const MANY: u32 = 100_000;
    let mut house = House::new();
    let all: Vec<u32> = (1..=MANY).collect();
    house.lists(INBOX, 1, &all);
    // all but one have a row
    let missing = MANY / 3;
    for some in all.chunks(10_000) {
        let rows = some.iter().filter(|uid| **uid != missing).map(|uid| gone(*uid)).collect();
        house.fetches(INBOX, 1, rows);
    }
    let begun = clock::now();
    let plan = house.lists(INBOX, 1, &all);
    let took = clock::now().since(begun);
    assert_eq!((plan.wanted, plan.low_water), (vec![missing], missing - 1));
    let begun = clock::now();
    let plan = house.fetches(INBOX, 1, vec![gone(missing)]);
    let moved = clock::now().since(begun);
    assert_eq!((plan.low_water, house.lists(INBOX, 1, &all).wanted), (MANY, vec![]));
    println!("compared in {took:?}, the mark moved over the rest in {moved:?}");
    assert!(took.as_secs() < 5, "{took:?}");
}

#[test]
fn a_first_uidnext_below_what_came_begins_another_epoch() {
    let mut house = House::new();
    house.selects(INBOX, 1, None);
    house.lists(INBOX, 1, &[1, 2]);
    house.fetches(INBOX, 1, vec![report(1, "歩きました", 2), report(2, "休みました", 1)]);
    house.selects(INBOX, 1, Some(2));
    assert_eq!(house.lists(INBOX, 1, &[1]).wanted, [1]);
    assert_eq!(house.number("SELECT count(*) FROM epochs"), 2);
}

#[test]
fn what_the_server_told_of_a_mail_is_kept_with_it() {
    let mut house = House::new();
    house.lists(INBOX, 1, &[1, 2]);
    let large = Fetched::TooLarge {
        uid: 2,
        internal_date: Some(Timestamp::from_millis(NOW.millis() - DAY)),
        size: 30 << 20,
        header: b"From: haru@a.example\r\n\r\n".to_vec(),
    };
    let small = report(1, "歩きました", 2);
    let Fetched::Mail { raw, .. } = &small else { panic!("a mail") };
    let octets = i64::try_from(raw.len()).unwrap();
    house.fetches(INBOX, 1, vec![small, large]);
    let of =
        |column: &str, uid: u32| house.number(&format!("SELECT {column} FROM kept_mails WHERE uid = {uid}"));
    assert_eq!((of("size", 1), of("too_large", 1)), (octets, 0));
    assert_eq!((of("size", 2), of("too_large", 2)), (30 << 20, 1));
    assert_eq!(of("internal_date_at", 1), NOW.millis() - 2 * DAY);
    assert_eq!(of("internal_date_at", 2), NOW.millis() - DAY);
}

#[test]
fn how_a_look_went_is_noted() {
    let mut house = House::new();
    let mut looked = |failure: &str, swept, now| {
        let (folder, failure) = ("Junk".to_owned(), failure.to_owned());
        let look = Look { role: FolderRole::Junk, folder, failure, swept };
        house.engine.note_look(&look, now).unwrap();
        let seen = house.engine.view(|tx| tx.folder_views()).unwrap().remove(0);
        (seen.failure, seen.swept_at)
    };
    assert_eq!(looked("it cannot be opened", false, NOW), ("it cannot be opened".to_owned(), None));
    let later = NOW.after(Duration::from_secs(3600));
    assert_eq!(looked("", true, later), (String::new(), Some(later)));
}
