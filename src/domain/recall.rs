//! An answer waits a little before it goes, and as long as it waits its writer takes it back with one word: her words come
//! home, and the report waits as it did. What has been handed to a server is gone, and she hears when.
//!
//! It counts only when nothing else was newly written; in doubt it is an answer. What the receiving server refutes counts
//! for nothing; what nothing proves counts as an answer from there would.

use std::time::Duration;

use super::absence::uncommon;
use super::calendar::Day;
use super::decision::{Change, Conversation, Decision, End, Post, Reason, Reply};
use super::notice::{self, Notice, Recalled};
use super::outgoing::{Kind, State};
use super::people::{Client, Recipient, Supporter};
use super::set_aside::Choice;
use super::token::Purpose;
use super::words::{bare, listed};
use crate::clock::Timestamp;

/// No answer is made to wait for longer.
pub const LONGEST_GRACE: Duration = Duration::from_secs(3600);

/// Words that take an answer back.
const BACK: [&str; 57] = [
    "待って",
    "待ってー",
    "待って待って",
    "まって",
    "待ってください",
    "待って下さい",
    "まってください",
    "ちょっと待って",
    "ちょっと待ってください",
    "ちょっと待って下さい",
    "少し待って",
    "少し待ってください",
    "やっぱり待って",
    "やっぱり待ってください",
    "お待ちください",
    "少々お待ちください",
    "取消",
    "取り消し",
    "取消し",
    "とりけし",
    "取り消して",
    "取消して",
    "取り消してください",
    "取り消して下さい",
    "取消してください",
    "取り消します",
    "取り消したいです",
    "取り消しで",
    "取り消しお願いします",
    "取り消しをお願いします",
    "取消お願いします",
    "やっぱり取り消して",
    "やっぱり取り消してください",
    "やっぱり取り消します",
    "送信取消",
    "送信を取り消して",
    "送信を取り消してください",
    "送らないで",
    "送らないでください",
    "まだ送らないで",
    "まだ送らないでください",
    "キャンセル",
    "キャンセルして",
    "キャンセルしてください",
    "キャンセルします",
    "キャンセルお願いします",
    "キャンセルをお願いします",
    "wait",
    "wait a moment",
    "undo",
    "undo it",
    "undo this",
    "recall",
    "recall it",
    "recall this",
    "cancel",
    "cancel it",
];
const MORE_BACK: [&str; 4] = ["take it back", "don't send it", "do not send it", "unsend"];
/// The same as a question; anything else that ends in a question mark is meant for somebody.
const ASKS: [&str; 9] = [
    "待ってもらえますか",
    "待っていただけますか",
    "取り消せますか",
    "取り消しできますか",
    "取り消してもらえますか",
    "取り消していただけますか",
    "can you undo it",
    "can you undo this",
    "can you take it back",
];
/// Said beside them.
const BESIDE: [&str; 36] = [
    "間違えた",
    "間違えました",
    "まちがえました",
    "間違えて送りました",
    "間違えて送ってしまいました",
    "書き間違えました",
    "送り間違えました",
    "宛先を間違えました",
    "途中でした",
    "まだ途中です",
    "まだ途中でした",
    "途中で送りました",
    "途中で送ってしまいました",
    "書き直します",
    "もう一度書きます",
    "さっきの",
    "さっきの返事",
    "さっきの返事です",
    "いまの返事",
    "今の返事",
    "ごめんなさい",
    "すみません",
    "申し訳ありません",
    "お願いします",
    "please",
    "sorry",
    "thanks",
    "oops",
    "my mistake",
    "i made a mistake",
    "that was a mistake",
    "sent by mistake",
    "i sent it by mistake",
    "it was not finished",
    "i will write again",
    "i'll write again",
];

/// Whether an answer is taken back. `names`: those that the writer goes by.
pub fn takes_back(text: &str, names: &[&str]) -> bool {
    let mut asked = false;
    for sentence in uncommon(text, names) {
        for piece in sentence.split(['、', ',']).map(str::trim) {
            let words = bare(piece);
            let words = words.strip_prefix("please ").or(words.strip_suffix(" please")).unwrap_or(&words);
            let question = piece.ends_with('?');
            if (listed(&BACK, words) || listed(&MORE_BACK, words)) && !question || listed(&ASKS, words) {
                asked = true;
            } else if !words.is_empty() && !listed(&BESIDE, words) {
                return false;
            }
        }
    }
    asked
}

/// The times of an outgoing mail that say when it may go.
#[derive(Clone, Copy, Debug)]
pub struct Made {
    /// When it was made.
    pub at: Timestamp,
    /// Until when its writer may take it back, if she may.
    pub grace_until: Option<Timestamp>,
}

/// Until when an answer still waits to be taken back. What lies further ahead than any answer waits was written under a
/// clock that was ahead.
pub fn waits(until: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    until.filter(|until| *until > now && *until <= now.after(LONGEST_GRACE))
}

/// Where one of her answers stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It has not been handed to anybody.
    Waits,
    /// It is being handed over, or was, and nobody knows how that ended.
    OnItsWay,
    /// It went, at that time where that is known.
    Went(Option<Timestamp>),
}

impl Standing {
    /// Of an outgoing mail. `begun`: it was on its way before. `None`: it did not arrive, or was withdrawn.
    pub fn of(state: State, begun: bool, at: Option<Timestamp>) -> Option<Self> {
        match state {
            State::Queued if begun => Some(Self::OnItsWay),
            State::Queued | State::Held => Some(Self::Waits),
            State::Claimed | State::Unknown | State::Unresolved => Some(Self::OnItsWay),
            State::Accepted => Some(Self::Went(at)),
            State::Failed | State::Expired | State::Cancelled => None,
        }
    }
}

/// Where an answer lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lies {
    /// In the row of the mail that carries it.
    Row(i64),
    /// Set aside, under that number: it waits for her word, for its time, or for the client's return.
    Aside(u64),
}

/// An answer of hers that went or is to go.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Where it is.
    pub lies: Lies,
    /// The report that it answers.
    pub day: Day,
    /// Her words.
    pub words: String,
    /// Where it stands.
    pub standing: Standing,
    /// It waits for a word of hers, and came from the address that now takes it back.
    pub held_from_there: bool,
}

/// What the decision needs to know.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The writer.
    pub supporter: Supporter,
    /// To whom the answer goes.
    pub client: Client,
    /// The report that she replied about, where that is known.
    pub day: Option<Day>,
    /// Her answers to it, the newest first.
    pub answers: Vec<Answer>,
    /// Nothing more is needed to believe that she wrote it.
    pub trusted: bool,
    /// The mail's number.
    pub number: i64,
}

/// Decides: the newest answer that waits is taken back.
pub fn decide(facts: &Facts) -> Decision {
    let waiting = facts.answers.iter().find(|answer| answer.standing == Standing::Waits);
    let answer = waiting.or(facts.answers.first());
    let day = answer.map(|answer| answer.day).or(facts.day);
    let told = |reason, outcome| {
        let posts = vec![tell(facts, day, outcome)];
        Decision { reason, end: End::Applied, changes: Vec::new(), posts }
    };
    let Some(answer) = answer else { return told(Reason::NothingToRecall, Recalled::Nothing) };
    match answer.standing {
        Standing::Waits if facts.trusted || answer.held_from_there => Decision {
            changes: vec![match answer.lies {
                Lies::Row(outbox_id) => Change::Recall { outbox_id },
                Lies::Aside(number) => Change::Choose { number, choice: Choice::Keep },
            }],
            ..told(Reason::Recalled, Recalled::Back(answer.words.clone()))
        },
        Standing::Waits => told(Reason::RecallUnproven, Recalled::Unproven),
        Standing::OnItsWay => told(Reason::RecallTooLate, Recalled::TooLate(None)),
        Standing::Went(at) => told(Reason::RecallTooLate, Recalled::TooLate(at)),
    }
}

/// A reply to it is an answer, as to the letter itself.
fn tell(facts: &Facts, day: Option<Day>, outcome: Recalled) -> Post {
    let Facts { client, supporter, number, .. } = facts;
    let notice = notice::Recall { client: client.name.clone(), outcome, number: *number };
    Post {
        kind: Kind::Returned,
        to: Recipient::Supporter(supporter.clone()),
        notice: Notice::Recall(notice),
        client: Some(client.id),
        day,
        letter: None,
        reply: Some(Reply { purpose: Purpose::Answer, thread: client.thread_ref }),
        conversation: Conversation::Month,
        held_for: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAKE_BACK: &[&str] = &[
        "待って",
        "待って！",
        "待って！！",
        "待って〜",
        "待って…",
        "待ってー！",
        "待って待って",
        "待って、待って",
        "まって💦",
        "待ってください",
        "待ってください。",
        "ちょっと待ってください！",
        "すみません、待ってください。",
        "すみません。\n待ってください。\n\nあい",
        "事務局様\n\nお世話になっております。\n取り消しをお願いします。\n\nよろしくお願いします。\nあい",
        "取消",
        "取り消し",
        "取消し",
        "「取り消し」",
        "取り消して",
        "取り消して下さい",
        "取り消しお願いします",
        "取り消せますか？",
        "待ってもらえますか？",
        "やっぱり取り消します",
        "間違えました。取り消してください。",
        "待って、間違えた！",
        "待ってください、お願いします。",
        "待ってください。途中で送ってしまいました。書き直します。",
        "まだ送らないで！",
        "キャンセル",
        "ｷｬﾝｾﾙ",
        "undo",
        "Undo",
        "ＵＮＤＯ",
        "UNDO!",
        "Undo please",
        "please undo.",
        "wait",
        "Wait!",
        "Wait, please.",
        "Sorry, wait!",
        "Wait! I made a mistake.",
        "recall",
        "Recall this, please",
        "Please don’t send it.",
        "Can you undo it?",
        "Wait\n\nReal Name",
    ];
    const ANSWERS: &[&str] = &[
        "待ってました！",
        "待っています",
        "待っていますね。",
        "待ってるね",
        "明日も待っています。",
        "待っててください",
        "待って、まさか10キロも歩いたんですか？",
        "待って？",
        "ちょっと待って、それはすごい！",
        "はるさん、待って。",
        "取り消しは、いつでもできますよ。",
        "約束を取り消してもいいんですよ。",
        "取り消し線がきれいでした",
        "間違えました",
        "間違えても大丈夫。取り消しましょう。",
        "キャンセル料は、かかりましたか。",
        "待ってください。あなたは十分がんばっています。",
        "Wait, really?",
        "Wait?",
        "Wait until you see the sea.",
        "Wait for it…",
        "I can hardly wait!",
        "Undo the top button and breathe.",
        "I recall that day.",
        "Can you recall it?",
        "No need to cancel.",
        "My mistake.",
        "ありがとう",
        "あい",
        "",
    ];

    #[test]
    fn one_word_takes_an_answer_back_and_whatever_says_more_is_an_answer() {
        let taken = |text: &str| takes_back(text, &["あい", "Real Name"]);
        for text in TAKE_BACK {
            assert!(taken(text), "{text}");
        }
        for text in ANSWERS {
            assert!(!taken(text), "{text}");
        }
    }

    #[test]
    fn only_what_certainly_lies_here_can_be_taken_back() {
        let at = Some(Timestamp::from_millis(5));
        let check = |state, begun, expected| {
            assert_eq!(Standing::of(state, begun, at), expected, "{state:?} {begun}");
        };
        check(State::Queued, false, Some(Standing::Waits));
        check(State::Held, false, Some(Standing::Waits));
        check(State::Queued, true, Some(Standing::OnItsWay));
        check(State::Claimed, true, Some(Standing::OnItsWay));
        check(State::Unknown, true, Some(Standing::OnItsWay));
        check(State::Unresolved, true, Some(Standing::OnItsWay));
        check(State::Accepted, true, Some(Standing::Went(at)));
        check(State::Failed, true, None);
        check(State::Expired, true, None);
        check(State::Cancelled, false, None);
    }

    #[test]
    fn nothing_waits_longer_than_an_answer_may() {
        let at = Timestamp::from_millis;
        let hour = i64::try_from(LONGEST_GRACE.as_millis()).expect("an hour");
        assert_eq!(waits(None, at(0)), None);
        assert_eq!(waits(Some(at(10)), at(9)), Some(at(10)));
        assert_eq!(waits(Some(at(10)), at(10)), None);
        assert_eq!(waits(Some(at(hour)), at(0)), Some(at(hour)));
        assert_eq!(waits(Some(at(hour + 1)), at(0)), None);
    }
}
