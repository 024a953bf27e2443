//! The simulated year, once and small: a few days of a few people come out even, its people are those that it says, and
//! its judge sees what is wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // whatever breaks here fails the test
#[allow(dead_code)] // the example's own command line
#[path = "../examples/year/world/mod.rs"]
mod world;

use world::World;
use world::figures::Figures;
use world::judge::{Judge, Report};
use world::letters::{Handed, Heard, Letter, Office};
use world::model::{DAY, Model};
use world::office::Pair;
use world::people::{self, Presence, Supporter};
use yorisoi::rng::Rng;

#[test]
fn a_few_days_come_out_even() {
    let model = Model { clients: 20, supporters: 8, days: 5, ..Model::new(7) };
    let mut world = World::begin(model).unwrap();
    world.run(|_, _| {}).unwrap();
    let figures = world.figures().unwrap();
    let Figures { reports, answered_in_time, told_before, neither, .. } = figures;
    assert!((50..=90).contains(&reports), "{reports} of 100 days on which seven in ten write");
    assert_eq!((answered_in_time + told_before, neither), (reports, 0), "{figures:?}");
    assert!(answered_in_time * 4 >= reports * 3, "{figures:?}");
    assert_eq!(
        (figures.misdirected, figures.unexpected, figures.leaves_not_understood),
        (0, 0, 0),
        "{figures:?}"
    );
    assert!(figures.mails > 2 * reports, "{figures:?}");
    assert!(figures.own_supporter_share > 0.5 && figures.second_share > 0.0, "{figures:?}");
    assert!((4..=8).contains(&figures.newcomers_read), "{figures:?}");
    assert_eq!(figures.waited.iter().sum::<usize>(), reports);
    assert!(figures.histogram().contains('█') && figures.svg().ends_with("</svg>\n"));
    let json: serde_json::Value = serde_json::to_value(&figures).unwrap();
    for key in [
        "reports",
        "answered_in_time",
        "told_before",
        "p50_hours",
        "p95_hours",
        "over_cap",
        "own_supporter_share",
        "pool_answers",
        "recalled",
        "held_for_meaning",
        "newcomers_read",
        "uncounted_work",
    ] {
        assert!(json.get(key).is_some(), "no {key} in {json}");
    }
}

#[test]
fn the_same_seed_gives_the_same_year_and_another_one_another() {
    let run = |seed| {
        let mut world =
            World::begin(Model { clients: 4, supporters: 4, days: 2, ..Model::new(seed) }).unwrap();
        world.run(|_, _| {}).unwrap();
        let figures = world.figures().unwrap();
        (figures.reports, figures.mails, figures.waited)
    };
    assert_eq!(run(3), run(3));
    assert_ne!(run(3), run(4));
}

#[test]
fn supporters_are_away_as_often_as_the_model_says() {
    for seed in 1..=20 {
        let model = Model::new(seed);
        let mut chance = Rng::from_seed(seed);
        let gone = people::gone(&model, &mut chance);
        let all: Vec<Supporter> = (0..model.supporters)
            .map(|n| Supporter::new(n, &model, gone.get(&n).copied(), n as u64, &mut chance))
            .collect();
        let share = |presence| {
            let days = all.iter().flat_map(|s| (0..365).map(|day| s.presence(day * DAY)));
            days.filter(|found| *found == presence).count() as f64 / (365.0 * 60.0)
        };
        let [leave, ill, gone] = [Presence::OnLeave, Presence::Ill, Presence::Gone].map(share);
        assert!((leave + ill + gone - 0.30).abs() < 0.015, "seed {seed}: {leave} {ill} {gone}");
        assert!((leave / (leave + ill + gone) - 2.0 / 3.0).abs() < 0.04, "seed {seed}: {leave} {ill} {gone}");
        assert!((gone - 0.04).abs() < 0.003, "seed {seed}: {gone}");
        for supporter in &all {
            for leave in &supporter.leaves {
                let there = supporter.presence(leave.announced) == Presence::There;
                let before = there && leave.announced < leave.days.0 * DAY;
                assert!(before || leave.announced == 1, "a leave that nobody announced: {leave:?}");
            }
        }
    }
}

#[test]
fn an_answer_is_written_in_a_window_and_in_its_time() {
    let model = Model::new(1);
    let mut supporter = Supporter::new(0, &model, None, 1, &mut Rng::from_seed(1));
    let mut before = 0;
    for got in (0..60 * DAY).step_by(577) {
        let Some(at) = supporter.answers_at(got, &model) else { continue };
        let inside =
            supporter.windows.iter().any(|(begin, end)| (*begin..=*end).contains(&at.rem_euclid(DAY)));
        assert!(inside && supporter.presence(at) == Presence::There, "{at}");
        assert!(at >= got + 5 && at >= before + model.pace, "{got} → {at}");
        before = at;
    }
    assert!(before > 50 * DAY, "hardly anything was answered");
}

#[test]
fn the_judge_sees_what_is_wrong() {
    let due = DAY + 20 * 60;
    let report = |client| {
        let pair = Pair { own: 0, second: 1 };
        Report { client, day: 0, written: 21 * 60, pair, answered: None, told: None }
    };
    let mut judge = Judge { reports: (0..5).map(report).collect(), ..Judge::default() };
    judge.answered(0, 0, Some(0), due); // in time, to the minute
    judge.answered(1, 1, Some(1), due + 1); // late, and told in time
    judge.told(1, Some(0), due);
    judge.answered(2, 2, Some(2), due + 1); // late, and told too late
    judge.told(2, Some(0), due + 1);
    judge.answered(3, 4, Some(0), due); // to the wrong client
    judge.answered(0, 0, Some(1), due); // again
    judge.told(4, Some(1), due); // of a day on which she wrote nothing
    (0..9).for_each(|number| judge.given(1, number, 10)); // more than she takes on a day
    (0..8).for_each(|number| judge.given(2, number, 10));
    let model = Model { days: 1, supporters: 3, ..Model::new(1) };
    let figures = Figures::new(&model, &judge, [0; 3], &[0], &[8; 3]);
    assert_eq!((figures.reports, figures.answered_in_time, figures.told_before), (5, 1, 1));
    assert_eq!((figures.neither, figures.never_answered, figures.misdirected), (3, 2, 2));
    assert_eq!((figures.further_answers, figures.pool_answers, figures.over_cap), (1, 1, 1));
    assert_eq!((figures.own_supporter_share, figures.second_share), (0.3333, 0.3333));
    assert_eq!(figures.p95_hours, None, "what is never answered waits longest");
    assert!(!figures.holds());
}

#[test]
fn people_tell_from_the_words_what_a_mail_is() {
    let letter = |subject: &str, text: &str| Letter {
        from: "あい".to_owned(),
        subject: subject.to_owned(),
        reply_to: String::new(),
        message_id: String::new(),
        below: String::new(),
        text: text.to_owned(),
    };
    let alert = "はるさんから。\n\n■ はるさんのお便り\n記録12。\n\n■ これまで\n返事9です。\n記録8。\n";
    assert_eq!(letter("[12/3 木] はるさんから", alert).for_supporter(), Handed::Report(12));
    let reminder = format!("お返事を待っています。\n{alert}");
    assert_eq!(letter("[12/3 木] はるさんから", &reminder).for_supporter(), Handed::Reminder(12));
    assert_eq!(letter("お知らせ", "").for_supporter(), Handed::Odd);
    let answered = Handed::Released(vec![("はる".to_owned(), "12/3".to_owned())]);
    let text = "はるさんの12月3日（木）のお便りには、\nゆうさんがお返事を書いてくださいました。\n";
    assert_eq!(letter("はるさんのお便りには、お返事がありました", text).for_supporter(), answered);
    assert_eq!(letter("どなたか1通お願いできますか", "").for_supporter(), Handed::Ask);
    assert_eq!(letter("はるさんへのお返事、お預かりしています", "").for_supporter(), Handed::SetAside);
    let asks = letter("あいさんのお返事を、読んでいただけますか", "はるさんへの\nお返事を書きました。");
    assert_eq!(asks.for_supporter(), Handed::Read);
    let over = letter(
        "あいさんのお返事について",
        "はるさんへのあいさんのお返事は、\nもう読んでいただかなくて大丈夫です。",
    );
    assert_eq!(over.for_supporter(), Handed::ReadEnough);
    assert!(over.ends(&asks));
    assert!(
        !over.ends(&letter("ゆうさんのお返事を、読んでいただけますか", "はるさんへの\nお返事を書きました。"))
    );
    let back = letter("はるさんへのお返事に、けいさんからひと言", "■ あなたの言葉\n返事12です。\n");
    assert_eq!(back.for_supporter(), Handed::Back(12));
    let company = letter("はるさんへのお返事、けいさんも読みます", "");
    assert_eq!(company.for_supporter(), Handed::News);
    let unread =
        letter("お返事がまだ読まれていません：あいさん", "yorisoi held show 7\nyorisoi held release 7\n");
    assert_eq!(unread.for_office(), Office::Unread(7));
    let unclear = letter("お便りのお願いについて", "わたしたちには読みとれませんでした。");
    assert_eq!(unclear.for_supporter(), Handed::Odd);
    let answer = "返事12です。\n\n■ 12月3日のはるさんのお便り\n記録12。\n";
    assert_eq!(letter("Re: 今日の日報", answer).for_client(), Heard::Answer(12));
    assert_eq!(letter("[12/3 木] お返事について", "").for_client(), Heard::Truth("12/3".to_owned()));
    assert_eq!(letter("お知らせ", "").for_client(), Heard::Odd);
}

#[test]
fn in_plain_nobody_is_asked_for_a_letter_and_nobody_is_read_first() {
    let model = Model { clients: 20, supporters: 8, days: 5, ..Model::new(7) }.in_plain();
    let mut world = World::begin(model).unwrap();
    world.run(|_, _| {}).unwrap();
    let figures = world.figures().unwrap();
    let Figures { reports, answered_in_time, told_before, neither, .. } = figures;
    assert_eq!((answered_in_time + told_before, neither), (reports, 0), "{figures:?}");
    assert_eq!((figures.pool_asks, figures.recalled, figures.newcomers_read), (0, 0, 0), "{figures:?}");
    assert_eq!(figures.unexpected, 0, "{figures:?}");
}
