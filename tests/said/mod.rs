//! What orders say: what to write instead where they are refused, and nobody's address where they are done.

use super::{House, addresses};

#[test]
fn what_cannot_be_read_of_people_is_refused_with_what_to_write() {
    let house = House::new();
    for (args, why) in [
        (["client", "set", "はる", "--pool", "maybe"], "write yes or no"),
        (["supporter", "set", "あい", "--answers", "morning"], "06:00-08:00,20:00-22:00"),
        (["supporter", "set", "あい", "--cap-day", "few"], "write a number, or none"),
        (["supporter", "set", "あい", "--off", "weekend"], "sat,sun or 土,日, or none"),
    ] {
        let refused = house.run(&args);
        assert_eq!(refused.status.code(), Some(2), "{args:?}");
        assert!(String::from_utf8(refused.stderr).unwrap().contains(why), "{args:?}");
    }
    // nothing to do, nobody of that name, or not to be done: each says what to write instead
    for (words, status, why) in [
        ("supporter set あい", 1, "say what to set: --aptitudes TAGS, --languages"),
        ("supporter hours あい", 1, "say what to set: --zone ZONE, --quiet HOURS"),
        ("client hours はる", 1, "say what to set: --zone ZONE, --due TIME"),
        ("client set はる", 1, "say what to set: --about TEXT"),
        ("assign はる --propose 0", 2, "0 is not in 1.."),
        ("thread だれか", 1, "id だれか; `yorisoi client list` shows everybody"),
        ("ledger --supporter だれか", 1, "id だれか; `yorisoi supporter list` shows everybody"),
        ("supporter return あい", 1, "has not left, so there is nothing to take back; `yorisoi assign"),
    ] {
        let refused = house.run(&words.split(' ').collect::<Vec<_>>());
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(status), "{words}: {said}");
        assert!(said.contains(why) && refused.stdout.is_empty(), "{words}: {said}");
    }
}

#[test]
fn what_was_done_is_said_without_the_address_that_was_typed() {
    let house = House::new();
    for words in [
        "supporter hours ai@example.org --quiet 21:00-08:00",
        "supporter set ai@example.org --cap-day 5",
        "client hours haru@example.jp --due 18:00",
        "client set haru@example.jp --pool yes",
        "client set haru@example.jp --about Walks.",
        "assign haru@example.jp ai@example.org",
        "pool join supporter ai@example.org",
        "absence add ai@example.org 2031-12-01 2031-12-05",
        "client address add haru@example.jp haru2@example.jp",
        "supporter leave ai@example.org --yes",
        "supporter return ai@example.org",
    ] {
        let said = house.said(&words.split(' ').collect::<Vec<_>>());
        assert!(addresses(&said).is_empty() && said.contains("…@example."), "{words}: {said}");
    }
}
