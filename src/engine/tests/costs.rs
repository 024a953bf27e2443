//! What a mail costs does not grow with the mails that came before it: counted in steps of SQLite's machine, statement
//! by statement.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{House, Settlement};
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

/// Everything that is due goes out; the addresses that it may be answered to.
pub(super) fn submit(house: &mut House) -> Vec<String> {
    let mut answerable = Vec::new();
    loop {
        let due = house.engine.due(house.now, 8).expect("due");
        if due.is_empty() {
            return answerable;
        }
        for submission in due {
            let (outbox_id, attempt) = (submission.outbox_id, submission.attempt);
            answerable.extend(parse(&submission.bytes).reply_to.first().map(|to| to.wire()));
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
    let to = submit(house).swap_remove(0);
    comes(house, "ai@example.org", &to, &format!("Well done, number {n}."));
    comes(house, "ai@example.org", &to, &format!("Call me: 090-1234-{n:04}."));
    submit(house);
    house.now = house.now.after(DAY);
    house.engine.tick(house.now).expect("a tick");
}

/// The steps of each statement on the last of so many days.
fn steps_after(days: u32) -> BTreeMap<String, i32> {
    let dir = tempfile::tempdir().expect("dir");
    let mut house = House::new(dir.path(), false);
    for n in 0..days {
        day(&mut house, n);
    }
    house.reopens(dir.path());
    let steps = house.engine.store.steps();
    day(&mut house, days);
    steps.lock().expect("steps").clone()
}

#[test]
fn no_statement_costs_more_the_more_has_come_before() {
    let (before, after) = (steps_after(20), steps_after(120));
    assert!(after.len() > 60, "{after:?}");
    let grown = after.iter().filter(|(sql, steps)| {
        let before = before.get(*sql).copied().unwrap_or(0);
        **steps > before + before / 2 + 200 && !sql.contains(BOUNDED)
    });
    let grown: Vec<String> =
        grown.map(|(sql, steps)| format!("{:?} → {steps}: {sql}", before.get(sql))).collect();
    assert!(grown.is_empty(), "{}", grown.join("\n"));
}
