//! What a mail costs does not grow with the mails that came before it: counted in steps of SQLite's machine, statement
//! by statement.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::{House, Settlement, address};
use crate::domain::choosing::SupporterSet;
use crate::domain::command::Command;
use crate::mail::address::Address;
use crate::mail::parse::parse;
use crate::mail::submission::SubmitOutcome;

/// Walks that `ROOM_FOR_DISCARDED` bounds, at 16,384 mails.
const BOUNDED: &str = "INDEXED BY kept_mails_octets";
const DAY: Duration = Duration::from_secs(86_400);

pub(super) fn comes(house: &mut House, from: &str, to: &str, text: &str) {
    let step = house.mail(from, to, text);
    house.engine.keep(&step, house.now).expect("kept");
    while house.engine.apply(house.now).expect("applied").mails > 0 {}
}

/// Everything that is due goes out; to whom, and the addresses that it may be answered to.
pub(super) fn submit(house: &mut House) -> Vec<(Address, String)> {
    let mut answerable = Vec::new();
    loop {
        let due = house.engine.due(house.now, 8).expect("due");
        if due.is_empty() {
            return answerable;
        }
        for submission in due {
            let (outbox_id, attempt) = (submission.outbox_id, submission.attempt);
            let reader = submission.envelope.forward_path.clone();
            answerable.extend(parse(&submission.bytes).reply_to.first().map(|to| (reader, to.wire())));
            let outcome = SubmitOutcome::Accepted { reply: "ok".to_owned() };
            let ended = Settlement::Ended { outbox_id, attempt, outcome };
            let all = [Settlement::BeforeDot { outbox_id, attempt }, ended];
            house.engine.settle(&all, house.now).expect("settled");
        }
    }
}

/// A day: a report and its answer, a stranger's mail, an answer that is asked about, and everything that follows.
fn day(house: &mut House, n: u32) {
    comes(house, "haru@example.jp", "care@example.jp", &format!("I walked {n} times."));
    comes(house, &format!("stranger{n}@example.net"), "care@example.jp", &format!("Buy {n} things."));
    let (_, to) = submit(house).swap_remove(0);
    comes(house, "ai@example.org", &to, &format!("Well done, number {n}."));
    comes(house, "ai@example.org", &to, &format!("Call me: 090-1234-{n:04}."));
    submit(house);
    house.now = house.now.after(DAY);
    house.engine.tick(house.now).expect("a tick");
}

/// Everything that is due goes out; where somebody answers the mail that she gets then.
fn reply_of(house: &mut House, reader: &str) -> String {
    let mut sent = submit(house).into_iter().filter(|(to, _)| *to == address(reader));
    sent.next_back().expect("a mail to her").1
}

fn newcomer(n: u32) -> (String, String) {
    (format!("new{n}@example.org"), format!("client{n}@example.jp"))
}

/// Newcomers for so many days, each with her client, and who reads what they write.
fn house_of_newcomers(path: &Path, days: u32) -> House {
    let mut house = House::reading(path, false, 5);
    let set = SupporterSet { reader: Some(true), ..SupporterSet::default() };
    let mut orders = vec![Command::SetSupporter { supporter: "Ai".to_owned(), set }];
    for n in 0..days {
        let (name, (supporter, client)) = (format!("Newcomer {n}"), newcomer(n));
        let (addresses, goal) = (vec![address(&supporter)], String::new());
        orders.push(Command::AddSupporter { name: name.clone(), addresses, locale: None });
        let (addresses, supporter) = (vec![address(&client)], Some(name));
        let name = format!("Client {n}");
        orders.push(Command::AddClient {
            name,
            addresses,
            goal,
            locale: None,
            supporter,
            second: None,
            pool: false,
        });
    }
    for order in &orders {
        house.engine.order(order, house.now).expect("done");
    }
    house
}

/// The day of one of them: an experienced reader reads what she writes, and says yes.
fn day_of_a_newcomer(house: &mut House, n: u32) {
    let (supporter, client) = newcomer(n);
    comes(house, &client, "care@example.jp", &format!("I walked {n} times."));
    let to = reply_of(house, &supporter);
    comes(house, &supporter, &to, &format!("Well done, number {n}."));
    let to = reply_of(house, "ai@example.org");
    comes(house, "ai@example.org", &to, "yes");
    reply_of(house, &client);
    house.now = house.now.after(DAY);
    house.engine.tick(house.now).expect("a tick");
}

/// The steps of each statement on the last of so many days.
fn steps_after(days: u32, mut house: House, path: &Path, day: fn(&mut House, u32)) -> BTreeMap<String, i32> {
    for n in 0..days {
        day(&mut house, n);
    }
    house.reopens(path);
    let steps = house.engine.store.steps();
    day(&mut house, days);
    steps.lock().expect("steps").clone()
}

#[test]
fn no_statement_costs_more_the_more_has_come_before() {
    let steps_after = |days| {
        let dir = tempfile::tempdir().expect("dir");
        steps_after(days, House::new(dir.path(), false), dir.path(), day)
    };
    none_grew(&steps_after(20), &steps_after(120));
}

#[test]
fn no_statement_costs_more_the_more_newcomers_were_read() {
    let steps_after = |days| {
        let dir = tempfile::tempdir().expect("dir");
        let house = house_of_newcomers(dir.path(), 121);
        steps_after(days, house, dir.path(), day_of_a_newcomer)
    };
    none_grew(&steps_after(35), &steps_after(120));
}

fn none_grew(before: &BTreeMap<String, i32>, after: &BTreeMap<String, i32>) {
    assert!(after.len() > 60, "{after:?}");
    let grown = after.iter().filter(|(sql, steps)| {
        let before = before.get(*sql).copied().unwrap_or(0);
        **steps > before + before / 2 + 200 && !sql.contains(BOUNDED)
    });
    let grown: Vec<String> =
        grown.map(|(sql, steps)| format!("{:?} → {steps}: {sql}", before.get(sql))).collect();
    assert!(grown.is_empty(), "{}", grown.join("\n"));
}
