//! The whole table: how an answer finds its report, what follows from it, and what a reply does.

use super::*;
use crate::domain::hours::OwnHours;
use crate::domain::locale::Locale;
use crate::domain::people::SupporterId;

fn supporter(id: i64, name: &str) -> Supporter {
    Supporter {
        id: SupporterId(id),
        name: name.to_owned(),
        locale: Locale::Ja,
        principal_ref: 7,
        epoch: 0,
        hours: OwnHours::default(),
        pool: false,
        addresses: Vec::new(),
    }
}

fn ways(may_write: bool, paused: bool, next: bool) -> Ways {
    let next = next.then(|| Next { supporter: supporter(2, "ゆう"), second: false });
    Ways { may_write, paused, next }
}

#[test]
fn whatever_waits_is_answered_by_whoever_is_first() {
    // w: the report waits; r: she answers this client; b: she wrote before; a: another did; p: the client rests
    let check = |state: &str, expected: Option<Why>| {
        let is = |letter: char| state.contains(letter);
        let standing = Standing {
            waits: is('w'),
            answers_her: is('r'),
            wrote_before: is('b'),
            another_wrote: is('a'),
            paused: is('p'),
        };
        assert_eq!(standing.why(), expected, "{state}");
    };
    for passes in ["wr", "wrp", "wra", "wrb", "wrap", "wrbap", "r", "rb", "rba"] {
        check(passes, None);
    }
    check("ra", Some(Why::Answered));
    for paused in ["rp", "rap", "rbp", "rbap"] {
        check(paused, Some(Why::Paused));
    }
    for moved in ["", "w", "wa", "wb", "wp", "a", "b", "ba", "p", "ap", "wap"] {
        check(moved, Some(Why::Moved));
    }
}

#[test]
fn the_default_is_the_kindest_that_is_possible() {
    use Choice::{Keep, Pass, Send};
    // may she write, does the client rest, is there somebody else
    let check = |why: Why, state: (bool, bool, bool), expected: Choice| {
        let ways = ways(state.0, state.1, state.2);
        assert_eq!(ways.default(why), expected, "{why:?} {state:?}");
        assert!(ways.allow(expected), "{why:?} {state:?}");
    };
    for why in [Why::Answered, Why::Moved] {
        check(why, (true, false, true), Send);
        check(why, (true, false, false), Send);
        check(why, (false, false, true), Pass);
        check(why, (false, false, false), Keep);
        check(why, (true, true, true), Pass);
        check(why, (true, true, false), Keep);
    }
    check(Why::Paused, (true, true, true), Keep);
    check(Why::Paused, (false, true, false), Keep);
    // what was told may not be possible any more
    assert_eq!(ways(false, false, true).or_next_best(Send), Pass);
    assert_eq!(ways(false, false, false).or_next_best(Send), Keep);
    assert_eq!(ways(true, false, false).or_next_best(Pass), Keep);
    assert_eq!(ways(true, false, true).or_next_best(Send), Send);
    assert_eq!(ways(true, false, true).or_next_best(Keep), Keep);
}

#[test]
fn one_word_is_a_choice_and_everything_else_is_none() {
    let check = |text: &str, expected: Option<Choice>| assert_eq!(said(text, "あい"), expected, "{text}");
    for text in [
        "届ける",
        "「届ける」",
        "届けて",
        "届けてください。",
        "Send",
        "ＳＥＮＤ",
        "Please send it!",
        "\n届ける\n\nあい",
    ] {
        check(text, Some(Choice::Send));
    }
    for text in [
        "渡す",
        "担当に渡してください",
        "渡して下さい！",
        "Pass it on.",
        "pass\nThanks\nあい",
        "渡す\nよろしくお願いします",
    ] {
        check(text, Some(Choice::Pass));
    }
    for text in
        ["しまう", "しまっておいてください", "『しまう』", "Keep it", "届けないでください", "Don’t send it"]
    {
        check(text, Some(Choice::Keep));
    }
    for text in [
        "",
        "はい",
        "いいえ",
        "yes",
        "届ける？それとも渡す？",
        "届けるか、しまうか、迷っています",
        "届ける\n\nはるさん、また書いてくださいね。",
        "はるさん、寒いですね。",
        "keep walking, Haru",
        "send me the letter again",
    ] {
        check(text, None);
    }
}

fn facts(words: &str, chosen: Option<Choice>, done: bool) -> Facts {
    let came_at = Timestamp::from_millis(0);
    let aside = Aside {
        number: 5,
        supporter: supporter(1, "あい"),
        client: "はる".to_owned(),
        day: Day::parse("2026-12-03").expect("a day"),
        words: "よく歩きましたね。".to_owned(),
        pictures: 0,
    };
    let late = Late {
        why: Why::Answered,
        by: Some("ゆう".to_owned()),
        ways: ways(true, false, true),
        default: Choice::Send,
        came_at,
        default_at: came_at.after(WAITS),
    };
    let words = words.to_owned();
    Facts { aside, late, chosen, done, now: came_at.after(DAY), refuted: false, words, number: 9 }
}

#[test]
fn a_reply_chooses_once_and_what_is_done_stays_done() {
    use Choice::{Keep, Pass, Send};
    let check =
        |words: &str, state: (Option<Choice>, bool), reason: Reason, change: Option<Choice>, post: bool| {
            let decision = replied(&facts(words, state.0, state.1));
            let chosen = decision.changes.iter().map(|change| match change {
                Change::Choose { number: 5, choice } => *choice,
                other => panic!("{other:?}"),
            });
            assert_eq!(
                (decision.reason, chosen.collect::<Vec<_>>()),
                (reason, change.into_iter().collect()),
                "{words} {state:?}"
            );
            assert_eq!(decision.posts.len(), usize::from(post), "{words} {state:?}");
        };
    for (words, choice) in [("届ける", Send), ("渡す", Pass), ("しまう", Keep)] {
        check(words, (None, false), Reason::Chosen, Some(choice), false);
        check(words, (Some(choice), choice != Keep), Reason::AlreadySettled, None, false);
    }
    // what is kept, or waits for a client's return, may still be chosen otherwise
    check("届ける", (Some(Keep), false), Reason::Chosen, Some(Send), false);
    check("渡す", (Some(Keep), false), Reason::Chosen, Some(Pass), false);
    check("しまう", (Some(Send), false), Reason::Chosen, Some(Keep), false);
    // what went cannot
    check("しまう", (Some(Send), true), Reason::AlreadySettled, None, true);
    check("届ける", (Some(Pass), true), Reason::AlreadySettled, None, true);
    // words are asked about while there is something to ask, and back with her afterwards
    check("どうしましょう", (None, false), Reason::Unclear, None, true);
    check("どうしましょう", (Some(Send), true), Reason::NoThread, None, true);
    check("よろしくお願いします", (None, false), Reason::AlreadySettled, None, false);
}

#[test]
fn nothing_that_is_not_possible_is_chosen_and_a_forger_chooses_nothing() {
    let back = |facts: &Facts| {
        let decision = replied(facts);
        assert_eq!(decision.reason, Reason::Unclear);
        assert!(decision.changes.is_empty());
        let Some(Notice::SetAside(notice)) = decision.posts.into_iter().next().map(|post| post.notice) else {
            panic!("another mail")
        };
        notice
    };
    let mut alone = facts("渡す", None, false);
    alone.late.ways.next = None;
    let notice = back(&alone);
    assert_eq!((notice.may_send, notice.may_pass), (true, false));
    let mut apart = facts("届ける", None, false);
    apart.late.ways.may_write = false;
    let notice = back(&apart);
    assert_eq!(
        (notice.may_send, notice.may_pass, notice.words.as_str()),
        (false, true, "よく歩きましたね。")
    );
    for words in ["届ける", "渡す", "しまう", "よろしくお願いします"] {
        back(&Facts { refuted: true, ..facts(words, None, false) });
    }
    let kept = facts("届ける", Some(Choice::Keep), false);
    let days = |days: u32| Facts { now: kept.late.came_at.after(DAY * days), ..kept.clone() };
    assert_eq!(replied(&days(30)).reason, Reason::Chosen);
    assert_eq!(replied(&days(31)).reason, Reason::AlreadySettled);
    // who it is that answers her client now is not told to who does no more
    let mut moved = facts("?", None, false);
    moved.late.why = Why::Moved;
    assert_eq!(back(&moved).next, None);
}
