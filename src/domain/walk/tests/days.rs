//! The walk by days, as a table: weekends off, where a day begins, zones, clocks that change, a leave in the middle.

use super::super::*;
use crate::clock::Zone;
use crate::domain::days_off::Weekdays;
use crate::domain::hours::Span;

fn hours(zone: &str) -> Hours {
    let calendar = Calendar { zone: Zone::named(zone).expect("a zone"), day_starts_at: 240 };
    Hours { calendar, due: 20 * 60, arrive: None, quiet: Span::parse("22:00-07:00") }
}

/// A report of which nobody takes notice.
#[derive(Clone, Copy)]
struct Told<'a> {
    /// Where the client and the second one live.
    zone: &'a str,
    /// Where its holder lives.
    holder: &'a str,
    came: &'a str,
    /// The weekdays that its holder is off.
    off: &'a str,
    /// When she is on leave.
    leave: Option<(&'a str, &'a str)>,
    second: bool,
}

const TOKYO: Told<'_> =
    Told { zone: "Asia/Tokyo", holder: "Asia/Tokyo", came: "", off: "none", leave: None, second: true };
const LONDON: Told<'_> = Told { zone: "Europe/London", holder: "Europe/London", ..TOKYO };

/// Its whole walk, looked at after each step and whenever a day of its holder begins.
fn walk(told: Told<'_>) -> Vec<String> {
    let part = |text: &str| Some(Part::parse(text).expect("a part"));
    let points = Points { remind: part("1/4"), second: part("1/2"), pool: None, tell: part("5/6") };
    let (client, holder) = (hours(told.zone), hours(told.holder));
    let off = Weekdays::parse(told.off).expect("weekdays");
    let leave = told.leave.map(|(from, until)| (Day::parse(from), Day::parse(until)));
    let on_leave = |day: Day| leave.is_some_and(|(from, until)| (from..=until).contains(&Some(day)));
    let is_away = |day: Day| Ok::<_, ()>(off.has(day) || on_leave(day));
    let from = Timestamp::parse(told.came).expect("an instant");
    let due_at = client.due_at(from);
    let (mut stage, mut said, mut steps, mut now) = (Stage::Alerted, None, Vec::new(), from);
    loop {
        let hers = stage < Stage::Second;
        let away = leaves_within(&holder.calendar, (from, due_at), now, is_away).expect("days");
        let walk = Walk {
            stage,
            told_at: said,
            overdue_at: None,
            from,
            due_at,
            writing_until: None,
            holder: Some(&holder),
            away_from: away.filter(|_| hers).map(|at| at.max(from)),
            second: Some(&client).filter(|_| hers && told.second),
            pool: &[],
            pool_asked_at: None,
            pool_until: None,
            client: &client,
        };
        let Some((step, at)) = walk.next(&points).filter(|(step, _)| *step != Step::Overdue) else {
            return steps;
        };
        let reader = if step == Step::Remind { &holder } else { &client };
        let at = if at < now && step != Step::Tell { reader.waking(now) } else { at.max(now) };
        let (_, tomorrow) = holder.calendar.span_of_day(holder.calendar.day_of(now));
        assert!(tomorrow > now, "a day ends before it is over");
        if tomorrow < at {
            now = tomorrow;
            continue;
        }
        now = at;
        let shown = at.to_jiff().to_zoned(client.calendar.zone.jiff().clone());
        steps.push(format!("{step:?} {}", shown.strftime("%a %-d %H:%M")));
        match step {
            Step::Remind => stage = Stage::Reminded,
            Step::Second => stage = Stage::Second,
            Step::Tell => said = Some(at),
            Step::Pool | Step::Lapse | Step::Overdue => panic!("nobody is in the pool"),
        }
    }
}

/// 4 December 2026 is a Friday.
fn in_tokyo(told: Told<'_>, came: &str, expected: &[&str]) {
    let came = format!("2026-12-{came}:00+09:00");
    assert_eq!(walk(Told { came: &came, ..told }), expected, "{came}");
}

#[test]
fn a_weekend_off_gives_what_waits_to_the_second_one_when_it_begins() {
    let told = Told { off: "sat,sun", ..TOKYO };
    in_tokyo(told, "03T12:00", &["Remind Thu 3 20:00", "Second Fri 4 07:00", "Tell Fri 4 14:40"]);
    in_tokyo(told, "04T12:00", &["Remind Fri 4 20:00", "Second Sat 5 07:00", "Tell Sat 5 14:40"]);
    in_tokyo(told, "04T21:00", &["Second Sat 5 07:00", "Tell Sat 5 16:10"]); // nobody is reminded on her day off
    in_tokyo(told, "05T03:59", &["Second Sat 5 07:00", "Tell Sat 5 17:19"]); // still Friday
    in_tokyo(told, "05T04:00", &["Second Sat 5 07:00", "Tell Sun 6 13:20"]); // and Saturday
    in_tokyo(told, "06T12:00", &["Second Sun 6 12:00", "Tell Mon 7 14:40"]);
    // Still Sunday; but it is over before the second one is up, and what she has then is hers.
    in_tokyo(told, "07T03:59", &["Remind Mon 7 07:59", "Second Mon 7 11:59", "Tell Mon 7 17:19"]);
    in_tokyo(told, "07T04:00", &["Remind Mon 7 14:00", "Second Tue 8 07:00", "Tell Tue 8 13:20"]);
}

#[test]
fn without_a_second_one_she_is_reminded_when_she_is_there_again() {
    let alone = Told { second: false, ..TOKYO };
    let saturday = Told { off: "sat", ..alone };
    in_tokyo(saturday, "05T12:00", &["Remind Sun 6 07:00", "Tell Sun 6 14:40"]);
    in_tokyo(Told { off: "sat,sun", ..alone }, "05T12:00", &["Tell Sun 6 14:40"]);
    in_tokyo(alone, "05T12:00", &["Remind Sat 5 20:00", "Tell Sun 6 14:40"]);
}

#[test]
fn a_leave_in_the_middle_is_the_same_as_days_off_and_goes_on_in_them() {
    let leave = Told { leave: Some(("2026-12-05", "2026-12-06")), ..TOKYO };
    in_tokyo(leave, "04T12:00", &["Remind Fri 4 20:00", "Second Sat 5 07:00", "Tell Sat 5 14:40"]);
    in_tokyo(leave, "04T21:00", &["Second Sat 5 07:00", "Tell Sat 5 16:10"]);
    let friday = Told { leave: Some(("2026-12-04", "2026-12-04")), off: "sat,sun", ..TOKYO };
    in_tokyo(friday, "03T21:00", &["Second Fri 4 07:00", "Tell Fri 4 16:10"]);
    let alone = Told { second: false, ..friday };
    in_tokyo(alone, "04T12:00", &["Tell Sat 5 14:40"]);
}

#[test]
fn her_days_off_begin_by_her_own_clock() {
    let told = Told { holder: "Europe/London", off: "sat", ..TOKYO };
    in_tokyo(told, "05T12:00", &["Second Sat 5 13:00", "Tell Sun 6 14:40"]); // four in the morning where she lives
    in_tokyo(told, "06T12:59", &["Second Sun 6 12:59", "Tell Mon 7 14:49"]);
    in_tokyo(told, "06T13:00", &["Remind Sun 6 20:45", "Second Mon 7 07:00", "Tell Mon 7 14:50"]);
}

#[test]
fn a_day_off_begins_by_the_clock_in_the_nights_in_which_it_changes() {
    let check = |off: &str, came: &str, expected: &[&str]| {
        assert_eq!(walk(Told { came, off, ..LONDON }), expected, "{came}");
    };
    // forward: four o'clock comes an hour sooner
    check("sun", "2027-03-27T20:00:00Z", &["Second Sun 28 07:00", "Tell Sun 28 16:10"]);
    check("sun", "2027-03-28T03:59:00+01:00", &["Second Sun 28 07:00", "Tell Sun 28 17:19"]);
    check(
        "sun",
        "2027-03-27T12:00:00Z",
        &["Remind Sat 27 19:45", "Second Sun 28 07:00", "Tell Sun 28 14:50"],
    );
    check(
        "mon",
        "2027-03-28T05:00:00+01:00",
        &["Remind Sun 28 14:45", "Second Mon 29 07:00", "Tell Mon 29 13:30"],
    );
    // back: an hour later
    check("sun", "2027-10-30T19:00:00Z", &["Second Sun 31 07:00", "Tell Sun 31 15:50"]);
    check("sun", "2027-10-31T03:59:00Z", &["Second Sun 31 07:00", "Tell Sun 31 17:19"]);
    check("sun", "2027-10-31T04:00:00Z", &["Second Sun 31 07:00", "Tell Mon 1 13:20"]);
    check("sat", "2027-10-30T12:00:00+01:00", &["Second Sat 30 12:00", "Tell Sun 31 14:30"]);
}
