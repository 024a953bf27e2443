//! Steps and their times, by everybody's clock.

mod days;

use super::*;
use crate::clock::Zone;
use crate::domain::calendar::Calendar;
use crate::domain::hours::Span;

fn hours(zone: &str, quiet: &str) -> Hours {
    let calendar = Calendar { zone: Zone::named(zone).expect("a zone"), day_starts_at: 240 };
    Hours { calendar, due: 20 * 60, arrive: None, quiet: Span::parse(quiet) }
}

fn points() -> Points {
    let part = |text: &str| Some(Part::parse(text).expect("a part"));
    Points { remind: part("1/4"), second: part("1/2"), pool: part("2/3"), tell: part("5/6") }
}

/// The whole walk of a report of which nobody takes notice.
fn walk(came: &str, client: &Hours, second: Option<&Hours>, writing: Option<&str>) -> Vec<String> {
    walk_of(came, client, second, writing, None)
}

fn walk_of(
    came: &str,
    client: &Hours,
    second: Option<&Hours>,
    writing: Option<&str>,
    away: Option<&str>,
) -> Vec<String> {
    let from = Timestamp::parse(came).expect("an instant");
    let writing_until = writing.map(|at| Timestamp::parse(at).expect("an instant"));
    let away_from = away.map(|at| Timestamp::parse(at).expect("an instant"));
    let holder = hours("Asia/Tokyo", "22:00-07:00");
    let (mut stage, mut told_at, mut steps) = (Stage::Alerted, None, Vec::new());
    loop {
        let due_at = client.due_at(from);
        let second = second.filter(|_| stage < Stage::Second);
        let (holder, away_from) = (Some(&holder), away_from.filter(|_| stage < Stage::Second));
        let (pool, pool_asked_at, pool_until) = (&[][..], None, None);
        let walk = Walk {
            stage,
            told_at,
            overdue_at: None,
            from,
            due_at,
            writing_until,
            holder,
            away_from,
            second,
            pool,
            pool_asked_at,
            pool_until,
            client,
        };
        // What follows the truth has its own table.
        let Some((step, at)) = walk.next(&points()).filter(|(step, _)| *step != Step::Overdue) else {
            return steps;
        };
        let shown = at.to_jiff().to_zoned(client.calendar.zone.jiff().clone());
        steps.push(format!("{step:?} {}", shown.strftime("%-d %H:%M")));
        match step {
            Step::Remind => stage = Stage::Reminded,
            Step::Second => stage = Stage::Second,
            Step::Tell => told_at = Some(at),
            Step::Pool | Step::Lapse | Step::Overdue => panic!("nobody is in the pool"),
        }
    }
}

#[test]
fn each_step_has_its_time_by_the_clock() {
    let tokyo = hours("Asia/Tokyo", "22:00-07:00");
    let check = |came: &str, expected: &[&str]| {
        let came = format!("2026-12-{came}:00+09:00");
        assert_eq!(walk(&came, &tokyo, Some(&tokyo), None), expected, "{came}");
    };
    check("03T12:00", &["Remind 3 20:00", "Second 4 07:00", "Tell 4 14:40"]); // half is at four
    check("03T08:00", &["Remind 3 17:00", "Second 4 07:00", "Tell 4 14:00"]); // half is at two
    check("03T21:00", &["Remind 4 07:00", "Second 4 08:30", "Tell 4 16:10"]);
    check("03T18:00", &["Second 4 07:00", "Tell 4 15:40"]); // both were in the night: the reminder is left out
    check("04T01:00", &["Remind 4 07:00", "Second 4 10:30", "Tell 4 16:50"]); // still the third
    check("04T03:59", &["Remind 4 07:59", "Second 4 11:59", "Tell 4 17:19"]);
    check("04T04:00", &["Remind 4 14:00", "Second 5 07:00", "Tell 5 13:20"]); // the fourth begins
}

#[test]
fn the_truth_is_told_before_quiet_hours_and_before_a_deadline_in_the_morning() {
    let early = Hours { due: 8 * 60, ..hours("Asia/Tokyo", "22:00-07:00") };
    // Twenty hours: five sixths are at twenty to five in the morning.
    let steps = walk("2026-12-03T12:00:00+09:00", &early, Some(&early), None);
    assert_eq!(steps, ["Remind 3 17:00", "Tell 3 21:00", "Second 4 07:00"]);
    // It came when the hour before the night was over: at once.
    let steps = walk("2026-12-03T23:00:00+09:00", &early, None, None);
    assert_eq!(steps, ["Tell 3 23:00", "Remind 4 07:00"]);
    // Nobody sleeps.
    let steps = walk("2026-12-03T12:00:00+09:00", &Hours { quiet: None, ..early }, None, None);
    assert_eq!(steps, ["Remind 3 17:00", "Tell 4 04:40"]);
}

#[test]
fn whoever_writes_is_left_in_peace_and_the_truth_is_told_all_the_same() {
    let tokyo = hours("Asia/Tokyo", "22:00-07:00");
    let writing = Some("2026-12-04T20:00:00+09:00");
    let steps = walk("2026-12-03T21:00:00+09:00", &tokyo, Some(&tokyo), writing);
    assert_eq!(steps, ["Tell 4 16:10", "Second 4 20:00"]);
}

#[test]
fn the_second_one_is_asked_by_her_own_clock_and_the_deadline_is_the_clients() {
    let london = hours("Europe/London", "22:00-07:00");
    // The night in which the clocks go forward: twenty-four hours by the clock are twenty-three.
    let steps = walk("2027-03-27T20:00:00Z", &london, Some(&london), None);
    assert_eq!(steps, ["Remind 28 02:45", "Second 28 08:30", "Tell 28 16:10"]); // her holder lives in Tokyo
    let steps = walk("2027-10-30T19:00:00Z", &london, Some(&london), None);
    assert_eq!(steps, ["Remind 31 01:15", "Second 31 07:30", "Tell 31 15:50"]);
}

#[test]
fn a_leave_that_begins_on_the_way_gives_it_to_the_second_one_at_once() {
    let tokyo = hours("Asia/Tokyo", "22:00-07:00");
    let check = |second: Option<&Hours>, away: &str, expected: &[&str]| {
        let away = format!("2026-12-{away}:00+09:00");
        let steps = walk_of("2026-12-03T12:00:00+09:00", &tokyo, second, None, Some(&away));
        assert_eq!(steps, expected, "{away}");
    };
    check(Some(&tokyo), "03T12:00", &["Second 3 12:00", "Tell 4 14:40"]);
    check(Some(&tokyo), "03T15:00", &["Second 3 15:00", "Tell 4 14:40"]); // announced in the afternoon
    check(Some(&tokyo), "04T04:00", &["Remind 3 20:00", "Second 4 07:00", "Tell 4 14:40"]); // from the next day on
    check(Some(&tokyo), "05T04:00", &["Remind 3 20:00", "Second 4 07:00", "Tell 4 14:40"]); // it is over by then
    check(None, "03T12:00", &["Tell 4 14:40"]); // nobody is reminded of work on her day off
}

#[test]
fn who_gets_it_after_its_deadline_has_time_of_her_own() {
    let tokyo = hours("Asia/Tokyo", "");
    let at = |text: &str| Timestamp::parse(text).expect("an instant");
    let (from, due_at) = (at("2026-12-04T21:00:00+09:00"), at("2026-12-04T20:00:00+09:00"));
    let (holder, second) = (Some(&tokyo), Some(&tokyo));
    let walk = Walk {
        stage: Stage::Alerted,
        told_at: Some(due_at),
        overdue_at: None,
        from,
        due_at,
        writing_until: None,
        holder,
        away_from: None,
        second,
        pool: &[],
        pool_asked_at: None,
        pool_until: None,
        client: &tokyo,
    };
    assert_eq!(walk.next(&points()), Some((Step::Remind, at("2026-12-05T02:45:00+09:00"))));
}

#[test]
fn parts_lie_between_nothing_and_all() {
    let check = |text: &str, expected: bool| assert_eq!(Part::parse(text).is_some(), expected, "{text}");
    check("1/4", true);
    check("5 / 6", true);
    check("0/4", false);
    check("4/4", false);
    check("5/4", false);
    check("0.5", false);
    check("1/0", false);
    assert!(Part::parse("1/4").zip(Part::parse("1/2")).is_some_and(|(a, b)| a.is_before(b)));
    assert!(Part::parse("2/4").zip(Part::parse("1/2")).is_some_and(|(a, b)| !a.is_before(b)));
}

/// The deadlines of which the office hears, looked at a minute after each.
fn overdue(client: &Hours, due: &str, told: &str, looks: usize) -> Vec<String> {
    let at = |text: &str| Timestamp::parse(&format!("{text}:00+09:00")).expect("an instant");
    let (due_at, told_at, mut overdue_at, mut said) = (at(due), Some(at(told)), None, Vec::new());
    for _ in 0..looks {
        let (from, stage) = (due_at.before(30 * HOUR), Stage::Second);
        let walk = Walk {
            stage,
            told_at,
            overdue_at,
            from,
            due_at,
            writing_until: None,
            holder: None,
            away_from: None,
            second: None,
            pool: &[],
            pool_asked_at: None,
            pool_until: None,
            client,
        };
        let (step, next) = walk.next(&points()).expect("a step");
        assert_eq!((step, walk.next(&Points::default())), (Step::Overdue, None), "{due}");
        assert_eq!(walk.passed(next.before(Duration::from_secs(1))), None, "{due}");
        overdue_at = walk.passed(next.after(Duration::from_secs(60)));
        let shown = overdue_at.expect("it passed").to_jiff().to_zoned(client.calendar.zone.jiff().clone());
        said.push(shown.strftime("%-d %H:%M").to_string());
    }
    said
}

#[test]
fn each_deadline_after_the_truth_is_a_step_and_quiet_hours_move_none() {
    let tokyo = hours("Asia/Tokyo", "22:00-07:00");
    let check = |client: &Hours, due: &str, told: &str, expected: &[&str]| {
        assert_eq!(overdue(client, due, told, expected.len()), expected, "{due} {told}");
    };
    check(&tokyo, "2026-12-04T20:00", "2026-12-04T14:40", &["5 20:00", "6 20:00", "7 20:00"]);
    // told late, after a night without the machine: the day that the truth named
    check(&tokyo, "2026-12-04T20:00", "2026-12-05T03:00", &["5 20:00", "6 20:00"]);
    check(&tokyo, "2026-12-04T20:00", "2026-12-05T09:00", &["6 20:00"]);
    let night = Hours { due: 90, ..hours("Asia/Tokyo", "22:00-07:00") };
    check(&night, "2026-12-05T01:30", "2026-12-04T21:00", &["6 01:30", "7 01:30"]);
}

#[test]
fn of_many_deadlines_that_passed_while_the_machine_stood_still_the_last_is_said() {
    let tokyo = hours("Asia/Tokyo", "");
    let at = |text: &str| Timestamp::parse(text).expect("an instant");
    let due_at = at("2026-12-04T20:00:00+09:00");
    let walk = Walk {
        stage: Stage::Second,
        told_at: Some(due_at),
        overdue_at: Some(at("2026-12-05T20:00:00+09:00")),
        from: due_at,
        due_at,
        writing_until: None,
        holder: None,
        away_from: None,
        second: None,
        pool: &[],
        pool_asked_at: None,
        pool_until: None,
        client: &tokyo,
    };
    assert_eq!(walk.passed(at("2026-12-06T19:59:00+09:00")), None);
    assert_eq!(walk.passed(at("2026-12-08T09:00:00+09:00")), Some(at("2026-12-07T20:00:00+09:00")));
}
