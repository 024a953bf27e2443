//! Whose octets go, and whose do not; in a small room, so that a test need not fill a large one.

use super::*;
use crate::clock::Timestamp;
use crate::mail::address::Address;
use crate::store::{NewMail, Store, StoreError};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const PAGE: usize = 16_384;
/// Six pages of one author, eighteen in all.
const ROOM: Room = Room { of_one: 6 * 16_384, in_all: 18 * 16_384, at_once: 1 << 30 };

struct World {
    store: Store,
    epoch: i64,
    uid: u32,
    _dir: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(dir.path()).unwrap();
        let epoch = store.write(|tx| tx.begin_epoch("INBOX", 1, NOW)).unwrap();
        Self { store, epoch, uid: 0, _dir: dir }
    }

    /// A mail comes and ends, in a batch of its own.
    fn ends(&mut self, author: &str, octets: usize, state: &str) -> i64 {
        let mail = self.comes(author, octets, state);
        self.makes_room([mail], &ROOM);
        mail
    }

    fn comes(&mut self, author: &str, octets: usize, state: &str) -> i64 {
        self.uid += 1;
        let (epoch, uid, raw) = (self.epoch, self.uid, vec![b'x'; octets]);
        let mail = self.store.write(|tx| -> Result<i64> {
            let raw = Some(raw.as_slice());
            let (size, internal_date, skipped) = (0, None, None);
            let new =
                NewMail { epoch, uid, internal_date, size, raw, too_large: false, skipped, junk: false };
            tx.keep(&new, NOW)?;
            let id = tx.connection.last_insert_rowid();
            let mut digest = [0; 32];
            digest[..4].copy_from_slice(&uid.to_be_bytes());
            if state != "kept" {
                tx.end_mail(id, &digest, state, "test", None, NOW)?;
            }
            if let Ok(author) = Address::parse(author) {
                tx.note_author(id, &author, false)?;
            }
            Ok(id)
        });
        mail.unwrap()
    }

    fn makes_room<const N: usize>(&mut self, mails: [i64; N], room: &Room) {
        self.store.write::<_, StoreError>(|tx| tx.make_room(mails, room)).unwrap();
        assert_eq!(self.broken(), Vec::<String>::new());
    }

    fn broken(&self) -> Vec<String> {
        self.store.read(|tx| tx.check()).unwrap()
    }

    /// Those of which the octets are here.
    fn here(&self, mails: &[i64]) -> Vec<i64> {
        let has = |mail: &i64| self.store.read(|tx| tx.raw_mail(*mail)).unwrap().is_some();
        mails.iter().copied().filter(has).collect()
    }

    fn number(&self, sql: &str) -> i64 {
        self.store.connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

#[test]
fn a_flood_of_one_author_displaces_what_is_hers_the_oldest_first() {
    let mut world = World::new();
    let other = world.ends("other@example.com", 3 * PAGE, "discarded");
    let hers: Vec<i64> = (0..10).map(|_| world.ends("x@example.com", 2 * PAGE, "discarded")).collect();
    assert_eq!(world.here(&hers), hers[7..]);
    assert_eq!(world.here(&[other]), [other]);
    // no larger room for one mail
    let huge = world.ends("x@example.com", 7 * PAGE, "discarded");
    assert_eq!(world.here(&hers), [0; 0]);
    assert_eq!(world.here(&[huge, other]), [other]);
    assert_eq!(world.number("SELECT count(*) FROM kept_mails WHERE state = 'discarded'"), 12);
}

#[test]
fn mails_without_a_single_author_share_one_room() {
    let mut world = World::new();
    let other = world.ends("other@example.com", 3 * PAGE, "discarded");
    let nobodys: Vec<i64> = (0..8).map(|_| world.ends("", 2 * PAGE, "discarded")).collect();
    assert_eq!(world.here(&nobodys), nobodys[5..]);
    assert_eq!(world.here(&[other]), [other]);
}

#[test]
fn of_many_authors_the_oldest_go_and_nothing_that_had_effects_or_waits() {
    let mut world = World::new();
    let others: Vec<i64> =
        ["applied", "quarantined", "kept"].map(|state| world.ends("x0@example.com", 9 * PAGE, state)).into();
    let strangers: Vec<i64> =
        (0..30).map(|n| world.ends(&format!("x{n}@example.com"), 3 * PAGE, "discarded")).collect();
    assert_eq!(world.here(&strangers), strangers[24..]);
    assert_eq!(world.here(&others), others);
    assert_eq!(world.number("SELECT count(*) FROM kept_mails"), 33);
}

#[test]
fn a_small_mail_counts_as_a_page_so_that_no_walk_is_long() {
    let mut world = World::new();
    let small: Vec<i64> = (0..20).map(|_| world.ends("x@example.com", 1, "discarded")).collect();
    assert_eq!(world.here(&small), small[14..]);
}

#[test]
fn the_file_no_longer_grows_once_the_room_is_full() {
    let mut world = World::new();
    let flood = |world: &mut World, mails: u32| {
        for n in 0..mails {
            world.ends(&format!("x{n}@example.com"), 4 * PAGE, "discarded");
        }
        world.store.pages()
    };
    let full = flood(&mut world, 20);
    // eight hundred pages of mails; their rows may take one or two
    assert!(flood(&mut world, 200) <= full + 3, "{} of {full}", world.store.pages());
}

#[test]
fn what_was_there_before_the_bounds_goes_in_pieces() {
    let mut world = World::new();
    let room = Room { at_once: 5 * 16_384, ..ROOM };
    let before: Vec<i64> =
        (0..40).map(|n| world.comes(&format!("x{n}@example.com"), PAGE, "discarded")).collect();
    let mut left = Vec::new();
    for _ in 0..6 {
        let newest = world.comes("x@example.com", PAGE, "discarded");
        world.makes_room([newest], &room);
        left.push(world.here(&before).len());
    }
    // at last there is room for eighteen, six of which have come since
    assert_eq!(left, [35, 30, 25, 20, 15, 12]);
}

#[test]
fn no_walk_sorts_or_reads_anything_but_its_index() {
    let world = World::new();
    for sql in [OF_ALL, OF_ONE].into_iter().flat_map(walks) {
        let mut statement = world.store.connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let values = vec![1_i64; statement.parameter_count()];
        let plan = statement.query_map(rusqlite::params_from_iter(values), |row| row.get::<_, String>(3));
        let plan: Vec<String> = plan.unwrap().map(|step| step.unwrap()).collect();
        let of_index = |step: &String| step.contains("USING COVERING INDEX kept_mails_octets");
        assert!(plan.len() == 1 && plan.iter().all(of_index), "{sql}: {plan:?}");
    }
}

#[test]
fn octets_that_nobody_counts_or_that_are_missing_are_seen() {
    let check = |state: &str, tampering: &str, seen_as: &str| {
        let mut world = World::new();
        world.ends("x@example.com", PAGE, state);
        assert_eq!(world.broken(), Vec::<String>::new());
        world.store.connection.execute(tampering, []).unwrap();
        assert_eq!(world.broken(), [format!("{seen_as}: 1")], "{state}: {tampering}");
    };
    let uncounted = "octets of mails without effect take room that is not counted, or none that is";
    check("discarded", "UPDATE kept_mails SET octets = NULL", uncounted);
    check("discarded", "DELETE FROM raw_mails", uncounted);
    check("applied", "UPDATE kept_mails SET octets = 1", uncounted);
    for state in ["kept", "applied", "quarantined"] {
        check(state, "DELETE FROM raw_mails", "mails that wait or had effects have no octets");
    }
}

#[test]
fn what_is_asked_for_again_is_asked_for_until_it_can_be_had() {
    let mut world = World::new();
    let mail = world.ends("mio@example.net", PAGE, "discarded");
    world.store.write::<_, StoreError>(|tx| tx.ask_again(mail, "expunged")).unwrap();
    let later = Timestamp::from_millis(NOW.millis() + 20 * 86_400_000);
    let (epoch, uid) = (world.epoch, world.uid);
    let keep = |world: &mut World, raw: Option<&[u8]>| {
        let skipped = raw.is_none().then_some("unfetchable");
        let (internal_date, size) = (None, 0);
        let new = NewMail { epoch, uid, internal_date, size, raw, too_large: false, skipped, junk: false };
        world.store.write::<_, StoreError>(|tx| tx.keep(&new, later)).unwrap();
    };
    // the line broke: the first and the last time are one, so it is due whenever it is listed
    for _ in 0..2 {
        keep(&mut world, None);
        let asked = world.store.read(|tx| tx.unfetched(epoch, "expunged")).unwrap();
        assert_eq!(asked, [(uid, NOW, NOW)]);
    }
    keep(&mut world, Some(b"x"));
    let came = world.store.read(|tx| tx.arrived_at(mail)).unwrap();
    assert_eq!((came.0, world.here(&[mail])), (NOW, vec![mail]));
    assert_eq!(world.broken(), Vec::<String>::new());
}
