//! What people type, and what it means to somebody who reads it on Thursday 3 December 2026.
//! `=` certain; `?` asked about, and why; `-` no word to us.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

fn short(days: Days) -> String {
    let (_, month, first) = days.from.numbers();
    let (_, other, last) = days.until.numbers();
    match days.from == days.until {
        true => format!("{month}/{first}"),
        false => format!("{month}/{first}..{other}/{last}"),
    }
}

fn told(said: Option<Said>) -> String {
    match said.map(|said| said.reading) {
        None => "-".to_owned(),
        Some(Reading::Certain(days)) => format!("= {}", short(days)),
        Some(Reading::Doubtful(doubt, days)) => {
            let days: Vec<String> = days.into_iter().map(short).collect();
            format!("? {doubt:?} {}", days.join(" ")).trim_end().to_owned()
        }
    }
}

const NAMES: [&str; 2] = ["あい", "Real Name"];

fn new_mail(today: &str, text: &str) -> String {
    told(said("", text, &NAMES, &[day(today)], Place::NewMail))
}

fn answer(text: &str) -> String {
    told(said("", text, &NAMES, &[day("2026-12-03")], Place::Answer))
}

/// In a new mail on 3 December 2026, a Thursday.
fn check(text: &str, expected: &str) {
    assert_eq!(new_mail("2026-12-03", text), expected, "{text}");
}

#[test]
fn days_in_japanese() {
    for (text, expected) in [
        ("お休み 12/11-12/15", "= 12/11..12/15"),
        ("休み　１２／１１～１２／１５", "= 12/11..12/15"),
        ("12月11日から15日までお休みします", "= 12/11..12/15"),
        ("12月11日(金)から12月15日(火)までお休みします。", "= 12/11..12/15"),
        ("12/11〜15 休みます", "= 12/11..12/15"),
        ("明日お休みします", "= 12/4"),
        ("明日、お休みします。", "= 12/4"),
        ("今日はお休みです", "= 12/3"),
        ("本日お休みをいただきます", "= 12/3"),
        ("明後日は休みます", "= 12/5"),
        ("あさって休みます！", "= 12/5"),
        ("来週の月曜から水曜まで", "= 12/7..12/9"),
        ("来週の月曜から水曜までお休みします", "= 12/7..12/9"),
        ("来週月曜日〜水曜日 お休み", "= 12/7..12/9"),
        ("来週の月〜水お休みします", "= 12/7..12/9"),
        ("来週いっぱい", "= 12/7..12/13"),
        ("来週いっぱいお休みします", "= 12/7..12/13"),
        ("来週お休みします", "= 12/7..12/13"),
        ("再来週の火曜日はお休みをいただきます", "= 12/15"),
        ("今週いっぱいお休みします", "= 12/3..12/6"),
        ("今週末お休みします", "= 12/5..12/6"),
        ("12/24 お休み", "= 12/24"),
        ("お休み：12/24", "= 12/24"),
        ("お休みは12/24です", "= 12/24"),
        ("【お休み】12/24", "= 12/24"),
        ("12月24日（木）はお休みさせていただきます", "= 12/24"),
        ("12/29-1/3 お休みします", "= 12/29..1/3"),
        ("12月29日から1月3日まで休みます", "= 12/29..1/3"),
        ("1/3 休みます", "= 1/3"),
        ("今日から5日までお休みします", "= 12/3..12/5"),
        ("明日から3日間お休みします", "= 12/4..12/6"),
        ("12/11から一週間休みます", "= 12/11..12/17"),
        ("今日と明日休みます", "= 12/3..12/4"),
        ("12/11、12/12お休みします", "= 12/11..12/12"),
        ("2026/12/11〜2026/12/15 お休み", "= 12/11..12/15"),
        ("2026-12-11-2026-12-15 お休み", "= 12/11..12/15"),
        ("5日はお休みします", "= 12/5"),
        ("5日から7日までお休みします", "= 12/5..12/7"),
        ("おやすみ 12/11", "= 12/11"),
        ("12/11、不在にします", "= 12/11"),
    ] {
        check(text, expected);
    }
}

#[test]
fn days_among_courtesies_and_reasons() {
    for (text, expected) in [
        ("体調不良のため、本日お休みします", "= 12/3"),
        ("本日、体調不良のためお休みします。", "= 12/3"),
        ("明日は私用のため休みます", "= 12/4"),
        ("12/11(金)～12/15(火)お休みさせていただきます", "= 12/11..12/15"),
        ("12月11日から15日までの間、お休みをいただきます", "= 12/11..12/15"),
        ("明日から12/10までお休みします", "= 12/4..12/10"),
        ("明日と明後日お休みします", "= 12/4..12/5"),
        ("今週の金曜日お休みします", "= 12/4"),
        ("あい様\n明日お休みします\nReal Nameより", "= 12/4"),
        ("すみません、明日お休みします。よろしくお願いします。", "= 12/4"),
        (
            "お世話になっております。\nあいです。\n12月11日から15日まで\nお休みします。\nよろしくお願いいたします。\nあい",
            "= 12/11..12/15",
        ),
        ("お疲れさまです。明日お休みをいただきます。ご迷惑をおかけします。", "= 12/4"),
    ] {
        check(text, expected);
    }
}

#[test]
fn days_in_english() {
    for (text, expected) in [
        ("off Dec 11-15", "= 12/11..12/15"),
        ("Off Dec. 11–15.", "= 12/11..12/15"),
        ("off 11-15 December", "= 12/11..12/15"),
        ("off 11 to 15 Dec", "= 12/11..12/15"),
        ("off from December 11th to December 15th", "= 12/11..12/15"),
        ("I'm off from Friday 11 December until Tuesday 15 December.", "= 12/11..12/15"),
        ("away tomorrow", "= 12/4"),
        ("I will be away tomorrow. Thanks!", "= 12/4"),
        ("I'll be out of office today", "= 12/3"),
        ("I won’t be available Dec 11-15", "= 12/11..12/15"),
        ("I'm taking tomorrow off", "= 12/4"),
        ("Dear あい, I am off today.", "= 12/3"),
        ("off the day after tomorrow", "= 12/5"),
        ("off next Monday to Wednesday", "= 12/7..12/9"),
        ("off this Friday", "= 12/4"),
        ("on holiday 12/24", "= 12/24"),
        ("holiday 12/24", "= 12/24"),
        ("Leave: 11 Dec", "= 12/11"),
        ("on holiday from 12/24 to 12/26", "= 12/24..12/26"),
        ("12/24 off", "= 12/24"),
        ("on leave next week", "= 12/7..12/13"),
        ("away this weekend", "= 12/5..12/6"),
        ("off Dec 29 - Jan 3", "= 12/29..1/3"),
        ("off 2026-12-11 to 2026-12-15", "= 12/11..12/15"),
        ("off 2026-12-11", "= 12/11"),
        ("off from tomorrow for 3 days", "= 12/4..12/6"),
        ("off today and tomorrow", "= 12/3..12/4"),
        ("Hi all,\nI am on vacation 11 Dec to 15 Dec.\nBest regards,\nReal Name", "= 12/11..12/15"),
        ("off 1st of January", "= 1/1"),
        ("tomorrow off please", "= 12/4"),
    ] {
        check(text, expected);
    }
}

#[test]
fn what_may_be_read_in_two_ways_is_asked_about() {
    for (text, expected) in [
        ("来週の日曜お休みします", "? Several 12/6 12/13"),
        ("月曜お休みします", "? Several 12/7 12/14"),
        ("月曜から水曜までお休みします", "? Several 12/7..12/9 12/14..12/16"),
        ("次の金曜日お休みします", "? Several 12/4 12/11"),
        ("off 1/2", "? Several 1/2 2/1"),
        ("off 4/12", "? Several 12/4 4/12"),
        ("off Friday", "? Several 12/4 12/11"),
        ("off next Friday", "? Several 12/4 12/11"),
        ("off next Sunday", "? Several 12/6 12/13"),
        ("12/15-12/11 お休みします", "? Backwards 12/11..12/15"),
        ("off Dec 15-11", "? Backwards 12/15..1/11"),
        ("12/1お休みします", "? Over"),
        ("昨日お休みします", "? Over"),
        ("off yesterday", "? Over"),
        ("12/1-12/5 お休み", "? Over 12/3..12/5"),
        ("12/11(木) お休み", "? OtherWeekday 12/11"),
        ("off Monday 11 December", "? OtherWeekday 12/11"),
        ("明日からお休みします", "? NoEnd"),
        ("off from tomorrow", "? NoEnd"),
        ("2/30 お休みします", "? NoDay"),
        ("13/45 お休み", "? NoDay"),
        ("12/11と12/24お休みします", "? Several 12/11 12/24"),
    ] {
        check(text, expected);
    }
    // on a Sunday the week that comes may be the one that has begun
    let sunday = |text: &str, expected: &str| assert_eq!(new_mail("2026-12-06", text), expected, "{text}");
    sunday("来週の日曜お休みします", "= 12/13");
    sunday("来週の月曜お休みします", "? Several 12/7 12/14");
    sunday("来週いっぱい", "? Several 12/7..12/13 12/14..12/20");
    // what is said at one in the night
    let at_night =
        |text: &str| told(said("", text, &NAMES, &[day("2026-12-03"), day("2026-12-04")], Place::NewMail));
    assert_eq!(at_night("今日お休みします"), "? Several 12/3 12/4");
    assert_eq!(at_night("12/11 お休みします"), "= 12/11");
}

#[test]
fn what_people_write_to_clients_is_no_word_to_us() {
    for text in [
        "昨日はお休みでした",
        "昨日はお休みでしたね",
        "お休みの日は何をしますか",
        "お疲れさま、ゆっくり休んで",
        "お疲れさまでした。ゆっくり休んでください。",
        "休み",
        "休む",
        "お休みなさい",
        "おやすみなさい",
        "おやすみ",
        "疲れた",
        "疲れました",
        "もうだめ",
        "今日は休みたい",
        "少し休みます",
        "休みます",
        "休んでもいいですよ",
        "明日はお休みですか？",
        "明日はお休みですか",
        "明日はゆっくりお休みください",
        "12/24はクリスマスイブですね",
        "12/11",
        "明日",
        "来週の月曜に病院へ行きます",
        "来週いっぱい頑張りましょう",
        "12/11-12/15 お休みの予定を立てましょう",
        "明日お休みします。はるさん、よく歩きましたね。",
        "はるさん、明日お休みします",
        "off we go",
        "I had a day off yesterday, too",
        "take tomorrow off",
        "Taking Friday off",
        "I am in tomorrow",
        "体調不良のためお休みします",
        "Have a rest tomorrow",
        "Are you off tomorrow?",
        "Enjoy your holiday",
        "I am tired",
        "off",
        "You could take Friday off.",
        "5日休みます",
        "90/1-5",
    ] {
        assert_eq!(answer(text), "-", "{text}");
    }
}

#[test]
fn in_place_of_an_answer_only_what_announces_counts() {
    for (text, expected) in [
        ("明日お休みします", "= 12/4"),
        ("お休み 12/11-12/15", "= 12/11..12/15"),
        ("12/24 お休み", "= 12/24"),
        ("away tomorrow", "= 12/4"),
        ("I'm off Dec 11-15. Thanks!", "= 12/11..12/15"),
        ("月曜お休みします", "? Several 12/7 12/14"),
        // a client may have asked
        ("今日はお休みです", "-"),
        ("日曜はお休みです", "-"),
        ("来週の月曜から水曜まで", "-"),
        ("来週いっぱい", "-"),
        ("tomorrow off", "-"),
        ("お休みは12/24です", "-"),
        ("Leave tomorrow", "-"),
        ("Out today", "-"),
        ("I'm out today", "= 12/3"),
        ("お休みしたいです", "-"),
    ] {
        assert_eq!(answer(text), expected, "{text}");
    }
}

#[test]
fn a_subject_counts_in_a_new_mail() {
    let check = |subject: &str, body: &str, expected: &str, besides: &str| {
        let today = [day("2026-12-03")];
        let found = said(subject, body, &NAMES, &today, Place::NewMail);
        assert_eq!(found.as_ref().map_or("", |said| &said.besides), besides, "{subject} / {body}");
        assert_eq!(told(found), expected, "{subject} / {body}");
        assert_eq!(said(subject, "", &NAMES, &today, Place::Answer), None, "{subject}");
    };
    check("お休み 12/11-12/15", "", "= 12/11..12/15", "");
    check("お休み 12/11-12/15", "よろしくお願いします。\nあい", "= 12/11..12/15", "");
    check("お休み", "12/11-12/15", "= 12/11..12/15", "");
    check("お休みのご連絡", "12月11日から15日まで", "= 12/11..12/15", "");
    check("Time off", "Dec 11-15", "= 12/11..12/15", "");
    check("お休み", "", "? NoDay", "");
    check("明日お休みします", "明日お休みします。", "= 12/4", "");
    check("お休み 12/11", "12/12お休みします", "? Several 12/11 12/12", "");
    check("明日お休みします", "はるさんに伝えてください", "= 12/4", "はるさんに伝えてください");
    check("はるさんへ", "ゆっくり休んでください", "-", "");
    check("お休み", "楽しかったです", "-", "");
}

#[test]
fn the_line_that_she_is_shown_is_read_in_one_way() {
    for today in ["2026-12-03", "2026-12-06", "2027-02-28"] {
        for (first, last) in [(0, 0), (1, 4), (25, 40), (200, 210)] {
            let from = day(today).plus(first);
            let days = Days { from, until: day(today).plus(last) };
            for locale in [Locale::Ja, Locale::En] {
                let line = days.line(locale);
                let read = said("", &line, &NAMES, &[day(today)], Place::Answer);
                assert_eq!(read.map(|s| s.reading), Some(Reading::Certain(days)), "{line}");
            }
        }
    }
}

proptest! {
    /// Whatever is made of the pieces of such lines ends in an answer, and never in a panic or in days without an order.
    #[test]
    fn any_pieces_are_read(pieces in vec(select(PIECES.to_vec()), 0..9), other in ".{0,12}", at in 0..9_usize) {
        let mut text: Vec<&str> = pieces;
        text.insert(at.min(text.len()), &other);
        for joint in ["", " "] {
            let todays = [day("2026-12-03"), day("2026-12-04")];
            let read = said(&text.join(joint), &text.join(joint), &NAMES, &todays, Place::NewMail);
            if let Some(Said { reading: Reading::Certain(days), .. }) = read {
                prop_assert!(days.from <= days.until && days.until >= todays[0], "{days:?}");
            }
        }
    }
}

const PIECES: [&str; 44] = [
    "お休み",
    "休みます",
    "から",
    "まで",
    "-",
    "〜",
    "12/1",
    "12月",
    "5日",
    "日",
    "月",
    "曜",
    "曜日",
    "来週",
    "の",
    "再来週",
    "(",
    ")",
    "明日",
    "と",
    "、",
    "2026",
    "/",
    "9999",
    "0",
    "いっぱい",
    "日間",
    "off",
    "on",
    "from",
    "to",
    "next",
    "monday",
    "dec",
    "1-5",
    "31",
    "february",
    "for",
    "days",
    "week",
    "2026-12-31",
    "12/24",
    "5th",
    "。",
];

#[test]
fn long_texts_are_no_word_to_us() {
    let text = "お疲れさまです。".repeat(200) + "明日お休みします。";
    assert_eq!(new_mail("2026-12-03", &text), "-");
    assert!(!is_polite(&text, &NAMES));
}

#[test]
fn covering_and_undoing_are_whole_texts() {
    for (text, cover, undo) in [
        ("代わって", true, false),
        ("代わってください。", true, false),
        ("すみません、今日は代わってもらえますか。\nあい", true, false),
        ("Please cover.", true, false),
        ("Sorry, can someone cover for me", true, false),
        ("はるさんに代わってお礼を言います", false, false),
        ("代わりに歩いてくれた人がいたのですね", false, false),
        ("交代で歩くのもいいですね", false, false),
        ("please cover your ears", false, false),
        ("疲れた", false, false),
        ("つらい", false, false),
        ("", false, false),
        ("取り消し", false, true),
        ("「取り消し」", false, true),
        ("取り消してください。よろしくお願いします。", false, true),
        ("Undo.", false, true),
        ("キャンセルします", false, true),
        ("取り消さないでください", false, false),
        ("ありがとうございます", false, false),
    ] {
        assert_eq!(asks_to_cover(text, &NAMES), cover, "{text}");
        assert_eq!(takes_back(text, &NAMES), undo, "{text}");
    }
    assert!(is_polite("ありがとうございます。あい", &NAMES) && !is_polite("ありがとう、はるさん", &NAMES));
}
