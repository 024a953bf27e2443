use super::*;

fn spell(text: &str) -> Spell {
    let Span { from, until } = Span::parse(text).expect("a span");
    Spell { from, lasts: (until + DAY - from) % DAY }
}

fn wanted() -> Wanted {
    Wanted { locale: Locale::Ja, topics: Vec::new(), written: vec![21 * 60], arrives: None }
}

fn candidate() -> Candidate {
    Candidate {
        name: "あい".to_owned(),
        languages: vec![Locale::Ja],
        aptitudes: Vec::new(),
        answers: Vec::new(),
        clients: 0,
        takes: None,
        many: 4,
        away: Vec::new(),
    }
}

fn told(fit: &Fit) -> Vec<String> {
    fit.reasons.iter().map(|reason| format!("{} {}", reason.points, reason.words)).collect()
}

#[test]
fn what_keeps_her_out_is_no_matter_of_points() {
    let check = |who: Candidate, bond: Bond, expected: Option<&str>| {
        let found = keeps_out(&wanted(), &who, &bond).map(LeftOut::words);
        assert_eq!(found.as_deref(), expected, "{who:?} {bond:?}");
    };
    let (some, nothing) = (candidate, Bond::default);
    check(some(), nothing(), None);
    check(some(), Bond { herself: true, ..nothing() }, Some("is the same person"));
    check(some(), Bond { excluded: true, ..nothing() }, Some("an exclusion stands"));
    // her own supporter is no exception
    check(some(), Bond { excluded: true, own: true, answered: 28, ..nothing() }, Some("an exclusion stands"));
    check(Candidate { languages: vec![Locale::En], ..some() }, nothing(), Some("does not answer in ja"));
    check(Candidate { languages: vec![Locale::En, Locale::Ja], ..some() }, nothing(), None);
    let full = || Candidate { clients: 3, takes: Some(3), ..some() };
    check(full(), nothing(), Some("has 3 clients and takes 3"));
    check(full(), Bond { own: true, ..nothing() }, None); // this one is among them
    check(
        Candidate { clients: 4, ..full() },
        Bond { own: true, ..nothing() },
        Some("has 4 clients and takes 3"),
    );
    check(Candidate { takes: Some(0), ..some() }, nothing(), Some("has 0 clients and takes 0"));
    check(Candidate { clients: 100, ..some() }, nothing(), None);
}

#[test]
fn each_thing_that_speaks_for_her_has_its_points_and_its_words() {
    let check = |wanted: Wanted, who: Candidate, bond: Bond, expected: &[&str]| {
        let fit = fit(&wanted, &who, &bond);
        assert_eq!(told(&fit), expected);
        assert_eq!(fit.points, fit.reasons.iter().map(|reason| reason.points).sum::<i32>());
    };
    let (some, nothing) = (candidate, Bond::default);
    check(wanted(), some(), nothing(), &["20 has 0 other clients", "10 hours: not known", "10 not away"]);
    // tags are the same however they are typed
    let topics =
        |topics: &[&str]| Wanted { topics: topics.iter().map(|t| (*t).to_owned()).collect(), ..wanted() };
    let knows = Candidate { aptitudes: vec!["sleep".to_owned(), "仕事".to_owned()], ..some() };
    check(
        topics(&["Ｓleep", "仕事", "お金"]),
        knows,
        nothing(),
        &["20 topics: Ｓleep, 仕事", "20 has 0 other clients", "10 hours: not known", "10 not away"],
    );
    // letters come at nine in the evening
    let answers = |spans: &[&str]| Candidate { answers: spans.iter().map(|s| spell(s)).collect(), ..some() };
    let hours = |who: Candidate, wanted: Wanted, expected: &str| {
        let fit = fit(&wanted, &who, &nothing());
        assert!(told(&fit).iter().any(|words| words == expected), "{expected}: {:?}", told(&fit));
    };
    hours(answers(&["20:00-22:00"]), wanted(), "20 hours: an answer in about 0 h");
    hours(answers(&["23:00-01:00"]), wanted(), "19 hours: an answer in about 2 h");
    hours(answers(&["20:00-21:00"]), wanted(), "1 hours: an answer in about 23 h");
    hours(answers(&["06:00-08:00", "12:00-13:00"]), wanted(), "13 hours: an answer in about 9 h");
    // who answers in the evening does not miss her breakfast, who answers at noon does
    let breakfast = || Wanted { arrives: Some(spell("07:00-08:00")), ..wanted() };
    hours(answers(&["21:00-22:00"]), breakfast(), "12 hours: an answer in about 10 h");
    hours(answers(&["12:00-13:00"]), breakfast(), "0 hours: an answer in about 34 h");
    // load, against caps where there are any
    let load = |who: Candidate, expected: &str| {
        let fit = fit(&wanted(), &who, &nothing());
        assert!(told(&fit).iter().any(|words| words == expected), "{expected}: {:?}", told(&fit));
    };
    load(Candidate { clients: 2, ..some() }, "10 has 2 other clients");
    load(Candidate { clients: 9, ..some() }, "0 has 9 other clients");
    load(Candidate { clients: 2, takes: Some(8), ..some() }, "15 has 2 other clients, takes 8");
    let away = |days: &[&str]| days.iter().map(|day| Day::parse(day).expect("a day")).collect::<Vec<_>>();
    load(
        Candidate { away: away(&["2026-12-03", "2026-12-04", "2026-12-05"]), ..some() },
        "9 away on 3 of 28 days, from 2026-12-03",
    );
}

#[test]
fn the_same_person_for_weeks_is_worth_more_than_everything_else_but_topics_and_hours_together() {
    let own = Bond { own: true, answered: 20, ..Bond::default() };
    let busy = Candidate { clients: 4, ..candidate() };
    let idle = Candidate { answers: vec![spell("20:00-22:00")], ..candidate() };
    let (hers, other) = (fit(&wanted(), &busy, &own), fit(&wanted(), &idle, &Bond::default()));
    assert!(hers.points > other.points, "{hers:?} {other:?}");
    let second = fit(&wanted(), &candidate(), &Bond { second: true, ..Bond::default() });
    assert!(second.points > fit(&wanted(), &candidate(), &Bond::default()).points);
}

#[test]
fn a_second_one_who_is_away_with_the_first_is_of_less_use() {
    let away = |days: &[&str]| days.iter().map(|day| Day::parse(day).expect("a day")).collect::<Vec<_>>();
    let own =
        Candidate { name: "ゆう".to_owned(), away: away(&["2026-12-03", "2026-12-04"]), ..candidate() };
    let who = Candidate { away: away(&["2026-12-04", "2026-12-09"]), ..candidate() };
    let before = fit(&wanted(), &who, &Bond::default());
    let after = fit_as_second(before.clone(), &who, &own);
    assert_eq!(after.points, before.points - 2);
    assert!(told(&after).contains(&"-2 away with ゆう on 1 days".to_owned()), "{after:?}");
    assert_eq!(fit_as_second(before.clone(), &candidate(), &own), before);
}

#[test]
fn tags_stand_between_commas() {
    let check = |text: &str, expected: Option<&[&str]>| {
        let expected = expected.map(|tags| tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>());
        assert_eq!(tags(text), expected, "{text}");
    };
    check("睡眠,仕事", Some(&["睡眠", "仕事"]));
    check("睡眠、仕事 , sleep", Some(&["睡眠", "仕事", "sleep"]));
    check("Sleep,sleep", Some(&["Sleep"]));
    check("", Some(&[]));
    check(&"あ".repeat(31), None);
    check("a\tb", None);
}

#[test]
fn a_month_is_so_many_reports_of_a_client() {
    let check =
        |day, month, expected| assert_eq!(Caps { day, month }.clients(), expected, "{day:?} {month:?}");
    check(None, None, None);
    check(Some(3), None, Some(3));
    check(Some(3), Some(42), Some(2));
    check(None, Some(5), Some(1));
    check(None, Some(0), Some(0));
}
