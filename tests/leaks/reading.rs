//! Whoever reads a newcomer's answer tells the newcomer what she thinks, and the client nothing; nobody's address is told.

use yorisoi::domain::choosing::SupporterSet;
use yorisoi::domain::command::Command;
use yorisoi::mail::address::Address;
use yorisoi::mail::parse::parse;

use crate::house::{Direction, House};

const READER: &str = "kei@example.net";
const WRITER: &str = "ai@example.org";
const CLIENT: &str = "haru@example.jp";

/// A reply to the newest mail that somebody got.
fn replies(house: &mut House, from: &str, number: u32, words: &str) {
    let mail = parse(&house.outgoing(from).pop().expect("a mail to her"));
    let to = mail.reply_to.first().expect("a reply address").wire();
    let id = mail.message_id.expect("an id");
    let id = id.as_str().trim_matches(['<', '>']);
    let raw = format!(
        "From: {from}\r\nTo: {to}\r\nMessage-ID: <{number}@p.example>\r\nIn-Reply-To: <{id}>\r\n\r\n{words}\r\n"
    );
    house.receive(raw.as_bytes());
}

/// A house in which けい reads あい's first answers to はる, who told a number that is not hers to tell.
fn house() -> House {
    let mut house = House::reading(Direction::Letter, false, 2);
    let addresses = vec![Address::parse(READER).expect("an address")];
    house.order(&Command::AddSupporter { name: "けい".to_owned(), addresses, locale: None });
    let set = SupporterSet { reader: Some(true), ..SupporterSet::default() };
    house.order(&Command::SetSupporter { supporter: "けい".to_owned(), set });
    house.receive(
        format!("From: {CLIENT}\r\nTo: care@example.jp\r\nMessage-ID: <1@p.example>\r\n\r\n歩きました。番号は 090-1111-2222、{CLIENT} です。\r\n")
            .as_bytes(),
    );
    house
}

fn none_is_in(house: &House, reader: &str, hidden: &[&str]) {
    let all = house.read_by(reader);
    for hidden in hidden {
        let told = all.iter().flatten().find(|said| said.contains(hidden));
        assert!(told.is_none(), "{hidden} is in {told:?}");
    }
}

fn is_in(house: &House, reader: &str, words: &str) {
    let all = house.read_by(reader);
    assert!(all.iter().flatten().any(|said| said.contains(words)), "{words} is not in {all:#?}");
}

#[test]
fn what_a_reader_says_reaches_the_newcomer_alone() {
    let mut house = house();
    replies(&mut house, WRITER, 2, "毎日歩かないとだめですよ。");
    is_in(&house, READER, "毎日歩かないとだめですよ。");
    is_in(&house, READER, "歩きました。");
    let words =
        format!("kanariya は重いかも。わたしは {READER} と 090-3333-4444 にいます。{CLIENT} {WRITER}");
    replies(&mut house, READER, 3, &words);
    assert_eq!(house.reason(), "reading_returned");
    is_in(&house, WRITER, "kanariya は重いかも。");
    replies(&mut house, WRITER, 4, "雨の日は、ゆっくりしてくださいね。");
    replies(&mut house, READER, 5, "はい");
    assert_eq!(house.reason(), "reading_approved");
    is_in(&house, CLIENT, "雨の日は、ゆっくりしてくださいね。");
    none_is_in(&house, CLIENT, &["kanariya", "毎日", READER, WRITER, "3333-4444", "けい"]);
    none_is_in(&house, WRITER, &[READER, "3333-4444", "1111-2222", CLIENT]);
    none_is_in(&house, READER, &[WRITER, "1111-2222", CLIENT]);
}

#[test]
fn what_a_newcomer_tells_the_client_of_herself_is_not_for_her_reader() {
    let mut house = house();
    replies(&mut house, WRITER, 2, "よく歩きましたね。わたしの番号は 090-5555-6666 です。");
    assert_eq!(house.reason(), "answer_telling");
    replies(&mut house, WRITER, 3, "はい");
    is_in(&house, READER, "よく歩きましたね。");
    replies(&mut house, READER, 4, "はい");
    assert_eq!(house.reason(), "reading_approved");
    is_in(&house, CLIENT, "090-5555-6666");
    none_is_in(&house, READER, &["5555-6666", WRITER, "1111-2222", CLIENT]);
}
