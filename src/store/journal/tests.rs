use std::os::unix::fs::PermissionsExt as _;

use super::*;

const DAY: i64 = 86_400_000;

fn day(number: i64) -> Timestamp {
    // the first of January 2026
    Timestamp::from_millis(1_767_225_600_000 + number * DAY)
}

fn accept(journal: &mut Journal, id: &str, now: Timestamp) {
    journal.record(&[(id.to_owned(), "someone".to_owned())], now).expect("record");
}

fn names(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).expect("dir").flatten();
    let mut names: Vec<String> = entries.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_torn_record_is_forgotten_and_harms_no_other() {
    let dir = tempfile::tempdir().expect("dir");
    let path = dir.path().join("accepted-2026-01.journal");
    let record = |id: &str| accept(&mut Journal::open(dir.path()).expect("journal"), id, day(1));
    record("one@example.jp");
    record("two@example.jp");
    let whole = std::fs::read(&path).expect("file");
    for cut in 0..whole.len() {
        std::fs::write(&path, &whole[..cut]).expect("write");
        record("three@example.jp");
        let journal = Journal::open(dir.path()).expect("journal");
        let knows = |id| journal.knows(id).expect("read");
        assert!(knows("three@example.jp"), "cut at {cut}");
        let first = whole.iter().position(|b| *b == b'\n').expect("a line");
        assert_eq!(knows("one@example.jp"), cut >= first, "cut at {cut}");
        assert!(!knows("two@example.jp") || cut >= whole.len() - 1, "cut at {cut}");
        let torn = cut > 0 && cut != first && cut != first + 1 && cut != whole.len() - 1;
        assert_eq!(journal.facts().expect("facts").torn, usize::from(torn), "cut at {cut}");
    }
}

#[test]
fn each_month_has_a_file_for_its_owner_alone_and_old_ones_fall_away() {
    let dir = tempfile::tempdir().expect("dir");
    let mut journal = Journal::open(dir.path()).expect("journal");
    journal.begin("us", Timestamp::from_millis(0), day(0)).expect("begin");
    for number in 0..200 {
        accept(&mut journal, &format!("{number}@example.jp"), day(number));
        let kept = |age: i64| journal.knows(&format!("{}@example.jp", number - age)).expect("read");
        assert!((0..=60.min(number)).all(kept), "day {number}");
    }
    // day 199 is the nineteenth of July
    assert_eq!(names(dir.path()).len(), 4, "{:?}", names(dir.path()));
    assert!(!journal.knows("80@example.jp").expect("read"));
    let facts = Journal::open(dir.path()).expect("journal").facts().expect("facts");
    assert_eq!((facts.owner.as_deref(), facts.since), (Some("us"), Some(day(90))));
    assert_eq!(journal.facts().expect("facts"), facts, "what is in memory is what is on disk");
    for name in names(dir.path()) {
        let mode = std::fs::metadata(dir.path().join(name)).expect("file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_clock_that_jumps_by_years_does_not_empty_the_journal() {
    let dir = tempfile::tempdir().expect("dir");
    let mut journal = Journal::open(dir.path()).expect("journal");
    for number in 0..60 {
        accept(&mut journal, &format!("{number}@example.jp"), day(number));
    }
    accept(&mut journal, "late@example.jp", day(4000));
    journal.shorten(day(4000)).expect("shorten");
    assert!((0..60).all(|number| journal.knows(&format!("{number}@example.jp")).expect("read")));
}

#[test]
fn what_cannot_be_written_is_said_and_is_tried_again() {
    let dir = tempfile::tempdir().expect("dir");
    let mut journal = Journal::open(dir.path()).expect("journal");
    accept(&mut journal, "one@example.jp", day(0));
    // a folder stands where the next file should be
    let path = dir.path().join("accepted-2026-02.journal");
    std::fs::create_dir(&path).expect("a folder in the way");
    let entry = ("two@example.jp".to_owned(), "someone".to_owned());
    assert!(journal.record(std::slice::from_ref(&entry), day(40)).is_err());
    assert!(!journal.works(day(40)), "it still cannot");
    std::fs::remove_dir(&path).expect("away");
    assert!(journal.works(day(40)));
    journal.record(&[entry], day(40)).expect("record");
    let again = Journal::open(dir.path()).expect("journal");
    assert!(again.knows("one@example.jp").expect("read") && again.knows("two@example.jp").expect("read"));
}

#[test]
fn a_file_that_was_taken_away_is_begun_anew_and_says_since_when() {
    let dir = tempfile::tempdir().expect("dir");
    let mut journal = Journal::open(dir.path()).expect("journal");
    journal.begin("us", Timestamp::from_millis(0), day(0)).expect("begin");
    accept(&mut journal, "one@example.jp", day(0));
    std::fs::remove_file(dir.path().join("accepted-2026-01.journal")).expect("away");
    accept(&mut journal, "two@example.jp", day(3));
    let again = Journal::open(dir.path()).expect("journal");
    assert!(again.knows("two@example.jp").expect("read") && !again.knows("one@example.jp").expect("read"));
    assert_eq!(again.facts().expect("facts").since, Some(day(3)));
}

#[test]
fn the_refs_of_a_person_are_remembered_the_newest_first() {
    let dir = tempfile::tempdir().expect("dir");
    let mut journal = Journal::open(dir.path()).expect("journal");
    journal.record_person("haru", (1, 2), day(0)).expect("record");
    journal.record_person("haru", (3, 4), day(40)).expect("record");
    journal.record_person("ai", (5, 6), day(40)).expect("record");
    let again = Journal::open(dir.path()).expect("journal");
    assert_eq!(again.person("haru").expect("read"), Some((3, 4)));
    assert_eq!(again.person("mio").expect("read"), None);
}
