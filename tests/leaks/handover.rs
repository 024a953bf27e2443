//! Whoever stands in gets to know a client: what was hidden from her supporter stays hidden, and nobody's address is told.

use yorisoi::domain::absence::Days;
use yorisoi::domain::calendar::Day;
use yorisoi::domain::command::Command;
use yorisoi::mail::address::Address;

use crate::house::{Direction, House};

const SERVICE: &str = "care@example.jp";

/// A house in which ゆう stands in for あい, who is away from the fifth to the eighth.
fn stood_in(letter: &str, line: &str, described: &str) -> House {
    let mut house = House::new(Direction::Letter, false);
    house.order(&Command::AddSupporter {
        name: "ゆう".to_owned(),
        addresses: vec![Address::parse("yu@example.net").expect("an address")],
        locale: None,
    });
    let (client, supporter) = ("はる".to_owned(), "あい".to_owned());
    let second = Some("ゆう".to_owned());
    house.order(&Command::Assign { client: client.clone(), supporter: supporter.clone(), second });
    let (about, note) = (Some(described.to_owned()), Some(described.to_owned()));
    house.order(&Command::Describe { client, about, note });
    house.receive(
        format!("From: haru@example.jp\r\nTo: {SERVICE}\r\nMessage-ID: <l@p.example>\r\n\r\n{letter}\r\n")
            .as_bytes(),
    );
    let day = |text| Day::parse(text).expect("a day");
    let days = Days { from: day("2026-12-05"), until: day("2026-12-08") };
    house.order(&Command::AddAbsence { supporter, days });
    house.at("2026-12-04T12:00:00+09:00");
    let asked = house.outgoing("ai@example.org").pop().expect("a confirmation");
    let id = yorisoi::mail::parse::parse(&asked).message_id.expect("an id");
    let reply = format!(
        "From: ai@example.org\r\nTo: {SERVICE}\r\nMessage-ID: <w@p.example>\r\nIn-Reply-To: <{}>\r\n\r\n{line}\r\n",
        id.as_str().trim_matches(['<', '>'])
    );
    house.receive(reply.as_bytes());
    house.at("2026-12-05T09:00:00+09:00");
    house
}

#[test]
fn a_hand_over_letter_tells_no_address_and_nothing_hidden() {
    let letter = "歩きました。わたしの番号は 090-1111-2222、haru@example.jp です。";
    let line = "はるさんをよろしく。わたしは 090-3333-4444 か ai@example.org にいます。";
    let house = stood_in(letter, line, "猫がいます。haru@example.jp と ai@example.org");
    let letters = house.read_by("yu@example.net");
    let letter =
        letters.iter().find(|said| said.iter().any(|it| it.contains("猫がいます。"))).expect("a letter");
    for there in ["歩きました。", "はるさんをよろしく。", "お休み"] {
        assert!(letter.iter().any(|said| said.contains(there)), "{there} is not in {letter:#?}");
    }
    for hidden in ["1111-2222", "3333-4444", "haru@example.jp", "ai@example.org"] {
        let told = letters.iter().flatten().find(|said| said.contains(hidden));
        assert!(told.is_none(), "{hidden} is in {told:?}");
    }
    // The client hears a name, and nothing of what was said about her.
    let hers = house.read_by("haru@example.jp");
    let heard =
        hers.iter().flatten().any(|said| said.contains("もう一人の担当のゆうさんが、お便りを読んで、"));
    assert!(heard, "{hers:#?}");
    for hidden in ["猫がいます", "よろしく", "yu@example.net", "ai@example.org", "3333-4444"] {
        let told = hers.iter().flatten().find(|said| said.contains(hidden));
        assert!(told.is_none(), "{hidden} is in {told:?}");
    }
}

#[test]
fn who_comes_back_reads_nothing_hidden_of_the_one_who_stood_in() {
    let mut house = stood_in("歩きました。", "よろしく。", "猫がいます。");
    let report = format!(
        "From: haru@example.jp\r\nTo: {SERVICE}\r\nMessage-ID: <m@p.example>\r\n\r\n番号は 090-1111-2222 です。\r\n"
    );
    house.receive(report.as_bytes());
    house.at("2026-12-09T09:00:00+09:00");
    let all = house.read_by("ai@example.org");
    assert!(all.iter().flatten().any(|said| said.contains("おかえりなさい")), "{all:#?}");
    for hidden in ["1111-2222", "haru@example.jp", "yu@example.net"] {
        let told = all.iter().flatten().find(|said| said.contains(hidden));
        assert!(told.is_none(), "{hidden} is in {told:?}");
    }
}
