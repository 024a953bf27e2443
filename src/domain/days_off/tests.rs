//! What supporters write of their weeks, and what it comes to.

use super::*;
use crate::clock::Timestamp;
use crate::domain::absence::Place;
use crate::domain::decision::{Change, Decision, End, Reason};
use crate::domain::notice::{self, Notice};
use crate::domain::people::Supporter;

/// `+sat,sun` adds, `-sat` ends.
fn told(word: Word) -> String {
    let part = |sign: &str, days: Weekdays| match days.is_empty() {
        true => String::new(),
        false => format!("{sign}{}", days.words().join(",")),
    };
    part("+", word.adds) + &part("-", word.ends)
}

fn check(subject: &str, body: &str, place: Place, expected: &str) {
    let said = said(subject, body, &["あい", "Ai"], place);
    let found = said.as_ref().map_or_else(String::new, |said| told(said.word));
    assert_eq!(found, expected, "{subject} / {body}");
}

#[test]
fn what_she_says_in_a_new_mail_is_understood() {
    let check = |body: &str, expected: &str| check("", body, Place::NewMail, expected);
    check("土日はお休みします", "+sat,sun");
    check("土日はお休みです。", "+sat,sun");
    check(
        "いつもお世話になっております。\n土日はお休みをいただきます。\nよろしくお願いします。\nあい",
        "+sat,sun",
    );
    check("土・日はお休みします", ""); // 「土・日」 may be these two
    check("毎週土・日はお休みします", "+sat,sun");
    check("毎週水曜はお休み", "+wed");
    check("毎週水曜日はお休みします", "+wed");
    check("毎週の水曜日は休みます", "+wed");
    check("毎週月、水、金はお休みです", "+mon,wed,fri");
    check("毎週月水金お休みします", "+mon,wed,fri");
    check("毎週土曜と日曜はお休みします", "+sat,sun");
    check("毎週土曜日曜はお休みします", "+sat,sun");
    check("毎週末はお休みします", "+sat,sun");
    check("水曜は毎週お休みします", "+wed");
    check("これからは、土日はお休みします", "+sat,sun");
    check("お休み：毎週水曜", "+wed");
    check("Off on Saturdays and Sundays", "+sat,sun");
    check("I'm off on Saturdays and Sundays.", "+sat,sun");
    check("I am off every Wednesday", "+wed");
    check("off every Saturday and Sunday", "+sat,sun");
    check("off Mondays, Wednesdays and Fridays", "+mon,wed,fri");
    check("I won't be available on Sundays", "+sun");
    check("I'm off at weekends", "+sat,sun");
    check("Wednesdays off", "+wed");
    check("Hello,\nI take Wednesdays off.\nBest regards\nAi", "+wed");
}

#[test]
fn the_days_of_the_week_are_understood_beside_holidays_that_nobody_here_knows() {
    let check = |body: &str, expected: &str| {
        check("", body, Place::NewMail, expected);
        let said = said("", body, &["あい", "Ai"], Place::NewMail);
        assert_eq!(said.map(|said| said.holidays), Some(true), "{body}");
        // announced days come first: they are none of them
        let today = [Day::parse("2026-12-02").expect("a day")];
        let announced = crate::domain::absence::said("", body, &["あい", "Ai"], &today, Place::NewMail);
        assert_eq!(announced, None, "{body}");
    };
    check("土日祝はお休みします", "+sat,sun");
    check("土日祝日はお休みします。", "+sat,sun");
    check("土日・祝日はお休みをいただきます。\nよろしくお願いします。", "+sat,sun");
    check("土日と祝日は、お休みします", "+sat,sun");
    check("土日および祝祭日はお休みです", "+sat,sun");
    check("土・日・祝日はお休みします", "+sat,sun"); // of one week nobody says so
    check("土曜・日曜・祝日はお休みします", "+sat,sun");
    check("土曜日、日曜日、祝日はお休みします", "+sat,sun");
    check("日祝はお休みします", "+sun");
    check("日曜祝日はお休みします", "+sun");
    check("毎週土日と祝日はお休みします", "+sat,sun");
    check("毎週末と祝日はお休みします", "+sat,sun");
    check("祝日と土日はお休みします", "+sat,sun");
    check("毎週水曜と祝日はお休みします", "+wed");
    check("お休み：毎週土日祝", "+sat,sun");
    check("I'm off on weekends and holidays", "+sat,sun");
    check("off at weekends and on public holidays", "+sat,sun");
    check("I am off on Saturdays, Sundays and bank holidays.", "+sat,sun");
    check("off on public holidays and weekends", "+sat,sun");
    check("I take weekends and holidays off", "+sat,sun");
    let plain = |body: &str| said("", body, &[], Place::NewMail).map(|said| said.holidays);
    assert_eq!(plain("土日はお休みします"), Some(false));
    assert_eq!(plain("off at weekends"), Some(false));
    // letters may come then too: of holidays nothing is to be said
    assert_eq!(plain("土日祝も受け取ります"), Some(false));
}

#[test]
fn what_is_said_of_one_week_or_of_other_things_is_no_such_word() {
    let check = |body: &str| check("", body, Place::NewMail, "");
    check("土曜はお休みします"); // a day of the calendar, and she is asked which
    check("今度の土日はお休みします");
    check("今週の土日はお休みします");
    check("来週の水曜はお休みします");
    check("祝日はお休みします"); // nobody here knows the holidays
    check("土曜と祝日はお休みします"); // a day of the calendar, perhaps
    check("土日祝はどうしましょうか");
    check("土日はどうしましょうか？");
    check("土日はゆっくりできましたか");
    check("毎週水曜から金曜はお休みします");
    check("隔週水曜はお休みします");
    check("土日はお休みします。でも急ぎなら読みます。");
    check("off on Saturday");
    check("off on Saturday and Sunday");
    check("off every other Wednesday");
    check("off every Monday to Wednesday");
    check("I love Wednesdays off");
    check("Are you off on Saturdays?");
    check("no days");
    check("毎日歩いていますね");
}

#[test]
fn days_off_are_ended_in_words_too() {
    let check = |body: &str, expected: &str| check("", body, Place::NewMail, expected);
    check("土日も受け取ります", "-sat,sun");
    check("土日も受けとります。よろしくお願いします。", "-sat,sun");
    check("これからは土日も届けてください", "-sat,sun");
    check("水曜日も大丈夫です", "-wed");
    check("毎週水曜のお休みをやめます", "-wed");
    check("土日のお休みは終わりにします", "-sat,sun");
    check("お休みの曜日なし", "-mon,tue,wed,thu,fri,sat,sun");
    check("お休みの曜日はありません", "-mon,tue,wed,thu,fri,sat,sun");
    check("毎週のお休みをやめます", "-mon,tue,wed,thu,fri,sat,sun");
    check("no days off", "-mon,tue,wed,thu,fri,sat,sun");
    check("No more days off, please.", "-mon,tue,wed,thu,fri,sat,sun");
    check("I'm no longer off on Wednesdays", "-wed");
    check("I'm available on Saturdays and Sundays again", "-sat,sun");
    check("back on Fridays", "-fri");
}

#[test]
fn a_subject_says_it_and_what_else_is_there_goes_back() {
    check("土日はお休みします", "", Place::NewMail, "+sat,sun");
    check("お休み", "毎週水曜", Place::NewMail, "+wed");
    check("days off", "", Place::NewMail, "");
    check("time off", "every Wednesday", Place::NewMail, "+wed");
    check("土日はお休みします", "毎週水曜はお休みします", Place::NewMail, "");
    let both = said("土日はお休みします", "はるさんによろしくお伝えください。", &[], Place::NewMail);
    assert_eq!(both.map(|said| said.besides).as_deref(), Some("はるさんによろしくお伝えください。"));
    // in place of an answer the subject is ours
    check("土日はお休みします", "歩けましたね", Place::Answer, "");
}

#[test]
fn in_place_of_an_answer_only_what_announces_counts() {
    let check = |body: &str, expected: &str| check("", body, Place::Answer, expected);
    check("土日はお休みします", "+sat,sun");
    check("土日はお休みです", ""); // of a shop, perhaps
    check("毎週水曜はお休み", "");
    check("土日も受け取ります", "-sat,sun");
    check("土日も大丈夫です", "");
    check("off on Saturdays and Sundays", "+sat,sun");
    check("Wednesdays off", "");
    check("I'm available on Saturdays", "");
}

#[test]
fn weekdays_are_read_and_written() {
    let check = |text: &str, ja: &str, en: &str| {
        let days = Weekdays::parse(text).expect("weekdays");
        assert_eq!((days.long(Locale::Ja).as_str(), days.long(Locale::En).as_str()), (ja, en));
        assert_eq!(Weekdays::from_bits(days.bits()), Some(days));
    };
    check("none", "", "");
    check("wed", "水曜日", "Wednesdays");
    check("sun,sat", "土曜日と日曜日", "Saturdays and Sundays");
    check("月、水、金", "月曜日、水曜日、金曜日", "Mondays, Wednesdays and Fridays");
    for wrong in ["", "sat,", "saturday", "土日", "8"] {
        assert_eq!(Weekdays::parse(wrong), None, "{wrong}");
    }
    let weekend = Weekdays::parse("土,日").expect("weekdays");
    assert_eq!((weekend.short(Locale::Ja), weekend.short(Locale::En)), ("土・日".into(), "Sat, Sun".into()));
    let has = |day: &str| weekend.has(Day::parse(day).expect("a day"));
    assert_eq!(["2026-12-04", "2026-12-05", "2026-12-06", "2026-12-07"].map(has), [false, true, true, false]);
    assert_eq!(Weekdays::from_bits(128), None);
}

fn word(adds: &str, ends: &str) -> Word {
    let days = |text: &str| Weekdays::parse(text).expect("weekdays");
    Word { adds: days(adds), ends: days(ends) }
}

fn spoken(number: u64, word: Word) -> Spoken {
    let at = Timestamp::from_millis(0);
    Spoken { number, supporter: SupporterId(1), word, at, confirmed: true, withdrawn: false }
}

#[test]
fn words_count_in_their_order_and_each_can_be_taken_back() {
    let weekend = spoken(1, word("sat,sun", "none"));
    let wednesday = spoken(2, word("wed", "none"));
    let sunday_again = spoken(3, word("none", "sun"));
    let check = |words: &[Spoken], expected: &str| {
        assert_eq!(standing(words).words().join(","), expected);
    };
    check(&[], "");
    check(&[weekend, wednesday], "wed,sat,sun");
    check(&[weekend, wednesday, sunday_again], "wed,sat");
    check(&[sunday_again, weekend], "sat,sun");
    check(&[weekend, wednesday, Spoken { withdrawn: true, ..sunday_again }], "wed,sat,sun");
    check(&[weekend, Spoken { confirmed: false, ..wednesday }], "sat,sun");
    check(&[weekend, spoken(4, word("mon", "sat,sun"))], "mon"); // as the office says it
}

fn known(words: &[Spoken]) -> Known {
    let supporter = Supporter {
        id: SupporterId(1),
        name: "あい".to_owned(),
        locale: Locale::Ja,
        principal_ref: 7,
        epoch: 0,
        hours: crate::domain::hours::OwnHours::default(),
        pool: false,
        addresses: Vec::new(),
    };
    Known { supporter, words: words.to_vec(), today: Day::parse("2026-12-03").expect("a day") }
}

fn facts(words: &[Spoken], word: Word, trusted: bool) -> Facts {
    Facts {
        known: known(words),
        said: Said { word, holidays: false, besides: String::new() },
        in_an_answer: false,
        new_number: 9,
        number: 5,
        arrived: Timestamp::from_millis(0),
        trusted,
        refuted: false,
        asked_enough: false,
        too_many: false,
    }
}

fn notice_of(decision: &Decision) -> notice::DaysOff {
    match &decision.posts[0].notice {
        Notice::DaysOff(told) => told.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_word_is_written_down_once_and_asked_about_where_nobody_vouches_for_it() {
    let weekend = word("sat,sun", "none");
    let decision = announced(&facts(&[], weekend, true)).expect("a decision");
    assert!(matches!(
        decision.changes[..],
        [Change::DaysOff { spoken: Spoken { number: 9, confirmed: true, .. }, .. }]
    ));
    let told = notice_of(&decision);
    assert_eq!((told.standing, told.undo), (weekend.adds, true));
    let next = told.next.map(|days| (days.from.to_string(), days.until.to_string()));
    assert_eq!(next, Some(("2026-12-05".to_owned(), "2026-12-06".to_owned())));
    // the same again changes nothing, and its confirmation takes back what stands
    let again = announced(&facts(&[spoken(1, weekend)], weekend, true)).expect("a decision");
    assert_eq!((again.changes.len(), again.posts.len()), (0, 1));
    assert_eq!(again.posts[0].reply.map(|reply| reply.thread), Some(1));
    // also where another word came after it
    let (first, later) = (spoken(1, weekend), spoken(2, word("wed", "none")));
    let again = announced(&facts(&[first, later], weekend, true)).expect("a decision");
    assert_eq!(again.posts[0].reply.map(|reply| reply.thread), Some(1));
    assert!(notice_of(&again).undo);
    // of several words that come to it together, none is offered
    let both = announced(&facts(&[first, later], word("wed,sat", "none"), true)).expect("a decision");
    assert_eq!((both.posts[0].reply, notice_of(&both).undo), (None, false));
    let asked = announced(&facts(&[], weekend, false)).expect("a decision");
    assert!(matches!(asked.changes[..], [Change::DaysOff { spoken: Spoken { confirmed: false, .. }, .. }]));
    assert_eq!(asked.reason, Reason::AbsenceAsked);
    let flood = announced(&Facts { too_many: true, ..facts(&[], weekend, true) }).expect("a decision");
    assert_eq!((flood.reason, flood.end), (Reason::Flood, End::Quarantined));
}

#[test]
fn what_is_no_day_off_cannot_be_ended() {
    let ends = word("none", "sat,sun");
    let nothing = announced(&facts(&[], ends, true)).expect("a decision");
    assert_eq!(nothing.posts.len(), 1); // the office need not hear of it
    assert!(!notice_of(&nothing).undo);
    // in place of an answer it was meant for somebody else
    assert_eq!(announced(&Facts { in_an_answer: true, ..facts(&[], ends, true) }), None);
    let some = facts(&[spoken(1, word("sun,mon", "none"))], ends, true);
    let decision = announced(&Facts { in_an_answer: true, ..some }).expect("a decision");
    assert_eq!(notice_of(&decision).standing.words(), ["mon"]);
}

#[test]
fn a_reply_takes_a_word_back_or_says_whether_it_was_hers() {
    let (weekend, wednesday) = (spoken(1, word("sat,sun", "none")), spoken(2, word("wed", "none")));
    let asked = |words: &[Spoken], about: Spoken, takes_back: bool, words_said: &str| {
        replied(&Asked {
            known: known(words),
            spoken: about,
            takes_back,
            polite: words_said == "どうも",
            says_when: false,
            words: words_said.to_owned(),
            number: 5,
        })
    };
    let back = asked(&[weekend, wednesday], weekend, true, "取り消し").expect("a decision");
    assert_eq!(back.changes, [Change::WithdrawAbsence { number: 1 }]);
    assert_eq!((notice_of(&back).standing.words(), notice_of(&back).undo), (vec!["wed".to_owned()], false));
    let open = Spoken { confirmed: false, ..wednesday };
    let yes = asked(&[weekend, open], open, false, "はい").expect("a decision");
    assert_eq!(yes.changes, [Change::ConfirmAbsence { number: 2 }]);
    assert_eq!(notice_of(&yes).standing.words(), ["wed", "sat", "sun"]);
    let no = asked(&[weekend, open], open, false, "いいえ").expect("a decision");
    assert_eq!((no.reason, no.changes.len()), (Reason::Disowned, 1));
    let reason = |decision: Option<Decision>| decision.map(|decision| decision.reason);
    assert_eq!(reason(asked(&[weekend], weekend, false, "どうも")), Some(Reason::AlreadySettled));
    assert_eq!(reason(asked(&[weekend], weekend, false, "歩けましたね")), None);
    assert_eq!(reason(asked(&[open], open, false, "歩けましたね")), Some(Reason::Unclear));
}
