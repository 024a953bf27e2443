//! Floods of large mails that have no effect: their octets have a room of fixed size, and what people write has its own.
#![allow(clippy::unwrap_used)] // a test without its house has failed

mod pair;
mod plain;

use rusqlite::Connection;
use yorisoi::clock::Timestamp;
use yorisoi::engine::Engine;
use yorisoi::mail::fetched::{FetchStep, Fetched};
use yorisoi::settings::Settings;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const MIB: usize = 1 << 20;

/// An installation with one client and her supporter.
struct House {
    engine: Engine,
    settings: Settings,
    uid: u32,
    _place: tempfile::TempDir,
}

impl House {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let (engine, settings) = pair::installed(place.path(), NOW);
        Self { engine, settings, uid: 0, _place: place }
    }

    /// Mails come together, and are understood.
    fn comes(&mut self, mails: &[Vec<u8>]) {
        let fetched = mails.iter().map(|raw| {
            self.uid += 1;
            Fetched::Mail { uid: self.uid, internal_date: Some(NOW), raw: raw.clone() }
        });
        let fetched = fetched.collect();
        let (folder, listed) = ("INBOX".to_owned(), None);
        let step = FetchStep { folder, uid_validity: 1, uid_next: None, listed, fetched };
        self.engine.keep(&step, NOW).unwrap();
        while self.engine.apply(NOW).unwrap().mails > 0 {}
        assert_eq!(self.engine.view(|tx| tx.check()).unwrap(), Vec::<String>::new());
    }

    /// Of each mail that came: state, reason, and its octets, where they are here.
    fn rows(&self) -> Vec<(String, Option<Vec<u8>>)> {
        let connection = Connection::open(self.settings.service.data_dir.join("yorisoi.db")).unwrap();
        let sql = "SELECT state || ' ' || reason, raw FROM kept_mails LEFT JOIN raw_mails ON mail_id = id ORDER BY uid";
        let mut rows = connection.prepare(sql).unwrap();
        let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    }

    fn alerts(&self) -> usize {
        let rows = self.engine.view(|tx| tx.outbox_views()).unwrap();
        rows.iter().filter(|row| row.kind == "alert").count()
    }
}

/// A mail of about so many octets.
fn mail(from: &str, words: &str, octets: usize) -> Vec<u8> {
    let head = format!(
        "From: {from}@a.example\r\nMessage-ID: <{words}@a.example>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
         --b\r\n\r\n{words}\r\n--b\r\nContent-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    );
    let line = [&[b'x'; 98][..], b"\r\n"].concat();
    [head.as_bytes(), &line.repeat(octets / line.len())].concat()
}

#[test]
fn a_strangers_flood_takes_her_own_room_and_neither_anybody_elses_nor_a_row() {
    let mut house = House::new();
    let other = mail("other", "hello", 3 * MIB);
    let report = mail("haru", "walked", MIB);
    let flood: Vec<Vec<u8>> = (0..20).map(|n| mail("x", &format!("flood{n}"), 2 * MIB)).collect();
    house.comes(std::slice::from_ref(&other));
    house.comes(&flood[..7]);
    house.comes(std::slice::from_ref(&report));
    house.comes(&flood[7..]);
    let rows = house.rows();
    let [first, rest @ ..] = &rows[..] else { panic!("{} rows", rows.len()) };
    assert_eq!(first, &("discarded stranger".to_owned(), Some(other)));
    assert_eq!(rest[7], ("applied report".to_owned(), Some(report)));
    assert_eq!(house.alerts(), 1);
    let floods: Vec<_> = rest.iter().filter(|(end, _)| end == "discarded stranger").collect();
    assert_eq!(floods.len(), 20);
    // a little more than two megabytes each: there is room for three in eight
    let here: Vec<bool> = floods.iter().map(|(_, raw)| raw.is_some()).collect();
    assert_eq!(here, [vec![false; 17], vec![true; 3]].concat());
}

#[test]
fn what_comes_again_is_a_duplicate_and_has_no_octets_of_its_own_whatever_became_of_the_first() {
    let mut house = House::new();
    let strange: Vec<Vec<u8>> = (0..5).map(|n| mail("x", &format!("ad{n}"), 3 * MIB)).collect();
    let report = mail("haru", "walked", 1000);
    house.comes(&strange);
    house.comes(std::slice::from_ref(&report));
    let before = house.rows();
    assert!(before[0].1.is_none() && before[4].1.is_some(), "the first has gone, the last has not");
    house.comes(&strange);
    house.comes(&[report]);
    let after = house.rows();
    assert_eq!(after[..6], before);
    assert_eq!(after[6..], vec![("duplicate duplicate".to_owned(), None); 6]);
    assert_eq!(house.alerts(), 1);
}
