//! What follows from a reply; when the pool is asked, by everybody's clock.

use super::*;
use crate::clock::Zone;
use crate::domain::calendar::Calendar;
use crate::domain::hours::OwnHours;
use crate::domain::hours::{Hours, Span};
use crate::domain::walk::{Part, Points, Stage, Step, Walk};

fn hours(quiet: &str) -> Hours {
    let calendar = Calendar { zone: Zone::named("Asia/Tokyo").expect("a zone"), day_starts_at: 240 };
    Hours { calendar, due: 20 * 60, arrive: None, quiet: Span::parse(quiet) }
}

fn points() -> Points {
    let part = |text: &str| Some(Part::parse(text).expect("a part"));
    Points { remind: part("1/4"), second: part("1/2"), pool: part("2/3"), tell: part("5/6") }
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(&format!("2026-12-{text}:00+09:00")).expect("an instant")
}

/// One report, of which nobody takes notice but whoever takes it from the pool.
#[derive(Clone, Default)]
struct Told<'a> {
    came: &'a str,
    /// Nobody holds it when it comes.
    unheld: bool,
    away: Option<&'a str>,
    second: bool,
    writing: Option<&'a str>,
    /// Quiet hours of each of the pool; one is asked at a time.
    pool: &'a [&'a str],
    /// The number of the question after which one takes it, for four hours, and says no more.
    taken: Option<usize>,
}

fn walk(told: &Told<'_>) -> Vec<String> {
    let (client, holder, second) = (hours("22:00-07:00"), hours("22:00-07:00"), hours("22:00-07:00"));
    let from = at(told.came);
    let mut left: Vec<Hours> = told.pool.iter().map(|quiet| hours(quiet)).collect();
    let (mut stage, mut said, mut asked_at, mut until) = (Stage::Alerted, None, None, None);
    let (mut asked, mut held, mut steps, mut now) = (0, !told.unheld, Vec::new(), from);
    loop {
        let own = held && stage < Stage::Second && until.is_none();
        let walk = Walk {
            stage,
            told_at: said,
            overdue_at: None,
            from,
            due_at: client.due_at(from),
            writing_until: told.writing.map(at).filter(|_| own),
            holder: (held || until.is_some()).then_some(&holder),
            away_from: told.away.map(at).filter(|_| own),
            second: (told.second && stage < Stage::Second).then_some(&second),
            pool: &left,
            pool_asked_at: asked_at,
            pool_until: until,
            client: &client,
        };
        let Some((step, at)) = walk.next(&points()).filter(|(step, _)| *step != Step::Overdue) else {
            return steps;
        };
        now = now.max(at);
        let at = now;
        let zoned = at.to_jiff().to_zoned(client.calendar.zone.jiff().clone());
        steps.push(format!("{step:?} {}", zoned.strftime("%-d %H:%M")));
        match step {
            Step::Remind => stage = Stage::Reminded,
            Step::Second => (stage, held) = (Stage::Second, true),
            Step::Pool => {
                let awake = left.iter().position(|hours| hours.waking(at) <= at).expect("one is awake");
                left.remove(awake);
                (asked, asked_at) = (asked + 1, Some(at));
                held &= told.away.is_none() || stage == Stage::Second;
                let four_hours = std::time::Duration::from_secs(4 * 3600);
                until = (told.taken == Some(asked)).then(|| at.after(four_hours));
            }
            Step::Lapse => until = None,
            Step::Tell => said = Some(at),
            Step::Overdue => panic!("it ends before"),
        }
    }
}

#[test]
fn the_pool_is_asked_at_its_point_one_hour_after_the_other() {
    let check = |told: &Told<'_>, expected: &[&str]| assert_eq!(walk(told), expected, "{}", told.came);
    let night = "22:00-07:00";
    let usual = Told { came: "03T12:00", second: true, pool: &[night, night], ..Told::default() };
    check(&usual, &["Remind 3 20:00", "Second 4 07:00", "Pool 4 09:20", "Pool 4 10:20", "Tell 4 14:40"]);
    // Without a second one the same.
    let alone = Told { second: false, ..usual.clone() };
    check(&alone, &["Remind 3 20:00", "Pool 4 09:20", "Pool 4 10:20", "Tell 4 14:40"]);
    // Nobody agreed, or nobody is there.
    check(&Told { pool: &[], ..usual.clone() }, &["Remind 3 20:00", "Second 4 07:00", "Tell 4 14:40"]);
    // Two thirds are at twenty to seven: nobody is woken. The second one has an hour before them.
    let early = Told { came: "03T04:00", pool: &[night], ..usual.clone() };
    check(&early, &["Remind 3 14:00", "Second 4 07:00", "Pool 4 08:00", "Tell 4 13:20"]);
    let early = Told { second: false, ..early };
    check(&early, &["Remind 3 14:00", "Pool 4 07:00", "Tell 4 13:20"]);
    // Who is awake is asked first.
    let late = Told { pool: &["08:00-13:00", night], ..usual.clone() };
    check(&late, &["Remind 3 20:00", "Second 4 07:00", "Pool 4 09:20", "Pool 4 13:00", "Tell 4 14:40"]);
    // The truth is told whoever is to be asked yet; the rest goes on.
    let many = Told { pool: &["09:00-14:30", "09:00-14:30"], ..usual.clone() };
    check(&many, &["Remind 3 20:00", "Second 4 07:00", "Pool 4 14:30", "Tell 4 14:40", "Pool 4 15:30"]);
}

#[test]
fn whoever_takes_it_has_her_hours_and_nobody_else_is_asked_meanwhile() {
    let check = |told: &Told<'_>, expected: &[&str]| assert_eq!(walk(told), expected, "{}", told.came);
    let night = "22:00-07:00";
    let usual = Told { came: "03T12:00", second: true, pool: &[night; 3], taken: Some(1), ..Told::default() };
    let begin = ["Remind 3 20:00", "Second 4 07:00", "Pool 4 09:20"];
    check(&usual, &[&begin[..], &["Lapse 4 13:20", "Pool 4 13:20", "Pool 4 14:20", "Tell 4 14:40"]].concat());
    let second = Told { taken: Some(2), ..usual.clone() };
    check(
        &second,
        &[&begin[..], &["Pool 4 10:20", "Lapse 4 14:20", "Pool 4 14:20", "Tell 4 14:40"]].concat(),
    );
    // The truth comes at its time while one has it; the end of her hours wakes nobody.
    let third = Told { taken: Some(3), ..usual.clone() };
    check(&third, &[&begin[..], &["Pool 4 10:20", "Pool 4 11:20", "Tell 4 14:40", "Lapse 4 15:20"]].concat());
    let evening = Told { came: "04T03:00", pool: &["02:00-19:30"], ..usual };
    check(&evening, &["Remind 4 07:15", "Second 4 11:30", "Tell 4 17:10", "Pool 4 19:30", "Lapse 5 07:00"]);
}

#[test]
fn where_nobody_else_can_hold_it_the_pool_is_asked_at_once() {
    let check = |told: &Told<'_>, expected: &[&str]| assert_eq!(walk(told), expected, "{}", told.came);
    let night = "22:00-07:00";
    let unheld = Told { came: "03T12:00", unheld: true, pool: &[night; 2], ..Told::default() };
    check(&unheld, &["Pool 3 12:00", "Pool 3 13:00", "Tell 4 14:40"]);
    check(&Told { came: "03T23:00", ..unheld.clone() }, &["Pool 4 07:00", "Pool 4 08:00", "Tell 4 16:30"]);
    // A leave that begins on the way; the second one comes before the pool, where there is one.
    let leaves = Told { unheld: false, away: Some("04T04:00"), ..unheld.clone() };
    check(&leaves, &["Remind 3 20:00", "Pool 4 07:00", "Pool 4 08:00", "Tell 4 14:40"]);
    let with_second = Told { second: true, ..leaves.clone() };
    check(
        &with_second,
        &["Remind 3 20:00", "Second 4 07:00", "Pool 4 09:20", "Pool 4 10:20", "Tell 4 14:40"],
    );
    // Who takes it at once has her hours; then the next.
    let taken = Told { taken: Some(1), ..unheld };
    check(&taken, &["Pool 3 12:00", "Lapse 3 16:00", "Pool 3 16:00", "Tell 4 14:40"]);
}

#[test]
fn nobody_is_asked_while_she_writes() {
    let writing =
        Told { came: "03T12:00", writing: Some("04T11:00"), pool: &["22:00-07:00"; 2], ..Told::default() };
    assert_eq!(walk(&writing), ["Pool 4 11:00", "Pool 4 12:00", "Tell 4 14:40"]);
}

#[test]
fn without_its_point_there_is_no_pool() {
    let client = hours("22:00-07:00");
    let pool = [client.clone()];
    let walk = Walk {
        stage: Stage::Alerted,
        told_at: None,
        overdue_at: None,
        from: at("03T12:00"),
        due_at: at("04T20:00"),
        writing_until: None,
        holder: None,
        away_from: None,
        second: None,
        pool: &pool,
        pool_asked_at: None,
        pool_until: None,
        client: &client,
    };
    assert_eq!(walk.next(&points()), Some((Step::Pool, at("03T12:00"))));
    let never = Points { pool: None, ..points() };
    assert_eq!(walk.next(&never), Some((Step::Tell, at("04T14:40"))));
}

#[test]
fn where_nothing_is_said_its_point_lies_between_its_neighbours() {
    let part = |text: &str| Part::parse(text);
    let check = |second: &str, tell: &str, expected: Option<(u32, u32)>| {
        let found = Part::usual_for_pool(part(second), part(tell)).map(|part| (part.parts, part.of));
        assert_eq!(found, expected, "{second} {tell}");
    };
    check("1/2", "5/6", Some((2, 3)));
    check("never", "never", Some((2, 3)));
    check("3/4", "5/6", Some((38, 48)));
    check("1/4", "1/2", Some((6, 16)));
    check("never", "1/2", Some((1, 4)));
    check("2/3", "never", Some((5, 6)));
}

#[test]
fn a_yes_takes_what_is_free_and_nothing_else() {
    let supporter = Supporter {
        id: SupporterId(1),
        name: "けい".to_owned(),
        locale: Locale::Ja,
        principal_ref: 1,
        epoch: 0,
        hours: OwnHours::default(),
        pool: true,
        addresses: Vec::new(),
    };
    let day = Day::parse("2026-12-03").expect("a day");
    let check = |willing, stand, reason: Reason, said: Option<PoolSaid>, posts: usize| {
        let asked = Asked {
            number: 7,
            supporter: supporter.clone(),
            client: ClientId(1),
            day,
            stand,
            willing,
            arrived: Timestamp::from_millis(1),
            until: Timestamp::from_millis(5),
        };
        let decision = replied(&asked);
        let expected: Vec<Change> = said.into_iter().map(|said| Change::Pool { number: 7, said }).collect();
        assert_eq!(decision.reason, reason, "{willing:?} {stand:?}");
        assert_eq!(decision.changes, expected, "{willing:?} {stand:?}");
        assert_eq!(decision.posts.len(), posts, "{willing:?} {stand:?}");
    };
    use {PoolSaid as P, Reason as R, Stand as S, Willing as W};
    check(W::Yes, S::Free, R::PoolTaken, Some(P::Taken(Timestamp::from_millis(5))), 0);
    check(W::Yes, S::Hers, R::PoolTaken, None, 0);
    check(W::Yes, S::Anothers, R::PoolOver, Some(P::Late), 1);
    check(W::Yes, S::Over, R::PoolOver, Some(P::Late), 1);
    check(W::No, S::Free, R::PoolDeclined, Some(P::Declined), 0);
    check(W::No, S::Hers, R::PoolDeclined, Some(P::GivenBack(Timestamp::from_millis(1))), 0);
    check(W::No, S::Anothers, R::PoolDeclined, Some(P::Declined), 0);
    check(W::No, S::Over, R::PoolDeclined, Some(P::Declined), 0);
    check(W::Polite, S::Free, R::PoolUnclear, None, 1);
    check(W::Polite, S::Anothers, R::PoolDeclined, None, 0);
    check(W::Polite, S::Over, R::PoolDeclined, None, 0);
    check(W::Unclear, S::Free, R::PoolUnclear, None, 1);
    check(W::Unclear, S::Anothers, R::PoolOver, Some(P::Late), 1);
    check(W::Unclear, S::Over, R::PoolOver, Some(P::Late), 1);
}

#[test]
fn the_length_of_a_letter_is_said_roughly() {
    let check = |text: &str, expected| assert_eq!(Length::of([text].into_iter()), expected);
    check("", Length::Wordless);
    check(" \n", Length::Wordless);
    check("今日は10分歩きました。", Length::Short);
    check(&"あ".repeat(150), Length::Short);
    check(&"あ".repeat(151), Length::Middle);
    check(&"word ".repeat(300), Length::Middle);
    check(&"あ".repeat(601), Length::Long);
}
