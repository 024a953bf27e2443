//! A report that was given away: its steps come to an end.

use std::time::Duration;

use super::costs::{comes, submit};
use super::{House, address};
use crate::domain::absence::Days;
use crate::domain::command::Command;

#[test]
fn whoever_gave_a_report_away_is_not_looked_for_each_day_anew() {
    let dir = tempfile::tempdir().expect("dir");
    let mut house = House::new(dir.path(), false);
    let (name, addresses) = ("Beth".to_owned(), vec![address("beth@example.org")]);
    let assigned = || {
        let (client, supporter) = ("Haru".to_owned(), "Ai".to_owned());
        Command::Assign { client, supporter, second: Some("Beth".to_owned()) }
    };
    let today = house.engine.context.hours.calendar.day_of(house.now);
    let days = Days { from: today, until: today };
    for command in [
        Command::AddSupporter { name, addresses, locale: None },
        assigned(),
        Command::AddAbsence { supporter: "Ai".to_owned(), days },
    ] {
        house.engine.order(&command, house.now).expect("an order");
    }
    submit(&mut house);
    comes(&mut house, "haru@example.jp", "care@example.jp", "I walked.");
    let to = submit(&mut house).swap_remove(0);
    comes(&mut house, "beth@example.org", &to.1, "please cover");
    let covers = house.engine.view(|tx| tx.absences(Some(today))).expect("absences");
    assert!(covers.iter().any(|absence| absence.client.is_some()), "{covers:?}");
    house.engine.order(&assigned(), house.now).expect("an order");
    let mut next = None;
    for _ in 0..5 {
        house.now = house.now.after(Duration::from_secs(86_400));
        house.engine.note_fetch(None, house.now).expect("a note");
        submit(&mut house);
        next = house.engine.tick(house.now).expect("a tick");
    }
    let waiting = house.engine.view(|tx| tx.all_waiting()).expect("reports");
    assert_eq!((waiting.len(), next), (1, None));
}
