//! One word of hers settles whom her words are for.

use super::super::absence::{asks_to_cover, is_polite};
use super::super::calendar::Day;
use super::super::decision::{Change, Decision, End, Post, Reason, Reply};
use super::super::letter::office;
use super::super::notice::{self, OfficeMatter, Why};
use super::super::people::{ClientId, Supporter};
use super::super::returned::{self, EndedRow, Ending, words_back};
use super::super::token::Purpose;
use super::super::words::{bare, is_courtesy, listed};
use super::decide::{Said, kept};
use super::{TITLES, addressed_to_office};

/// What she says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// They are for the client whose mail she answered.
    Client,
    /// For the office.
    Office,
    /// For the other client whom they name.
    Other,
    /// A memo of her own.
    Memo,
    /// For the office, and somebody else is to answer this report.
    Cover,
    /// Somebody else wrote them.
    NotMine,
    /// None of these for certain.
    Unclear,
}

const AN_ANSWER: [&str; 16] = [
    "お返事",
    "返事",
    "お返事です",
    "返事です",
    "そのまま送る",
    "そのまま送ってください",
    "そのまま届けてください",
    "送ってください",
    "届けてください",
    "answer",
    "an answer",
    "it is an answer",
    "it's an answer",
    "my answer",
    "send it",
    "reply",
];
const FOR_OFFICE: [&str; 26] = [
    "事務局",
    "事務局へ",
    "事務局です",
    "事務局へです",
    "事務局への連絡",
    "事務局への連絡です",
    "事務局へのご連絡",
    "事務局へのご連絡です",
    "事務局への言葉",
    "事務局への言葉です",
    "事務局へお願いします",
    "事務局にお願いします",
    "事務局宛",
    "事務局宛です",
    "ご連絡",
    "連絡",
    "連絡です",
    "ご連絡です",
    "office",
    "the office",
    "to the office",
    "for the office",
    "it is for the office",
    "it's for the office",
    "it was for the office",
    "a word for the office",
];
const A_MEMO: [&str; 12] = [
    "メモ",
    "メモです",
    "自分のメモ",
    "自分のメモです",
    "私のメモです",
    "memo",
    "note",
    "a note",
    "my note",
    "it is a note",
    "it's a note",
    "it is my note",
];
const NOT_MINE: [&str; 10] = [
    "私ではありません",
    "いいえ私ではありません",
    "私ではないです",
    "書いていません",
    "身に覚えがありません",
    "not me",
    "it was not me",
    "it wasn't me",
    "no it was not me",
    "no it wasn't me",
];

/// Reads her reply: its first line that is not empty decides, and nothing but courtesies may stand below it, unless it is
/// for the office. `names`: those that she goes by.
pub fn word(text: &str, client: &str, other: Option<&str>, names: &[&str]) -> Word {
    let text = text.trim();
    if asks_to_cover(text, names) {
        return Word::Cover;
    }
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let first = bare(first);
    if listed(&FOR_OFFICE, &first) || addressed_to_office("", text, names) {
        return Word::Office;
    }
    let polite = names.iter().any(|name| is_courtesy(rest, name)) || is_polite(rest, names);
    if !polite {
        return Word::Unclear;
    }
    match () {
        () if is_for(&first, client) || listed(&AN_ANSWER, &first) => Word::Client,
        () if other.is_some_and(|other| is_for(&first, other)) => Word::Other,
        () if listed(&A_MEMO, &first) => Word::Memo,
        () if listed(&NOT_MINE, &first) => Word::NotMine,
        () => Word::Unclear,
    }
}

/// Whether a line says nothing but whom they are for.
fn is_for(line: &str, name: &str) -> bool {
    const BEHIND: [&str; 14] = [
        "",
        "へ",
        "です",
        "へです",
        "への言葉",
        "への言葉です",
        "へのお返事",
        "へのお返事です",
        "への返事",
        "への返事です",
        "宛",
        "宛です",
        "にお願いします",
        "へお願いします",
    ];
    const BEFORE: [&str; 7] = ["", "to ", "for ", "it is for ", "it's for ", "it was for ", "an answer to "];
    let name = bare(name);
    let rest = BEFORE.iter().find_map(|before| line.strip_prefix(before)?.strip_prefix(&name));
    let titles = || TITLES.iter().copied().chain([""]);
    rest.is_some_and(|rest| {
        titles().any(|title| rest.strip_prefix(title).is_some_and(|end| BEHIND.contains(&end)))
    })
}

/// What the decision needs to know.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The writer.
    pub supporter: Supporter,
    /// The question's number.
    pub question: u64,
    /// Whether it is still open.
    pub open: bool,
    /// Whether the words still wait.
    pub waits: bool,
    /// Whether they are on their way or went out: in an earlier life of the database, or released by an operator.
    pub went: bool,
    /// The words that she was asked about.
    pub row: EndedRow,
    /// Whose mail she answered.
    pub client: ClientId,
    /// Of which day.
    pub day: Day,
    /// A memo that came with them and waits.
    pub memo: Option<String>,
    /// What she says.
    pub word: Word,
    /// What goes to the office, if it is for the office.
    pub said: Said,
    /// What follows if she asks for somebody else.
    pub cover: Option<Decision>,
    /// What follows if they are for the other client, and a letter of hers waits.
    pub elsewhere: Option<Decision>,
    /// The name of that client.
    pub other: Option<String>,
    /// What was newly written.
    pub words: String,
    /// The mail's number.
    pub number: i64,
}

/// Decides.
pub fn decide(facts: &Facts) -> Decision {
    let Facts { supporter, row, .. } = facts;
    let applied = |reason, changes, posts| Decision { reason, end: End::Applied, changes, posts };
    let settle = |yes| vec![Change::SettleConfirmation { number: facts.question, yes }];
    match facts.word {
        Word::Unclear => applied(Reason::Unclear, Vec::new(), vec![asked_again(facts)]),
        _ if !facts.open => Decision::only(End::Discarded, Reason::AlreadySettled),
        Word::Client if facts.waits => applied(Reason::Confirmed, settle(true), Vec::new()),
        Word::Client if facts.went => applied(Reason::AlreadySettled, settle(true), Vec::new()),
        // their time ran out before
        Word::Client => applied(
            Reason::Withheld,
            kept_back(facts),
            words_back(row, Ending::Unconfirmed).into_iter().collect(),
        ),
        Word::Office => {
            applied(Reason::ToOffice, kept_back(facts), vec![facts.said.post(), facts.said.receipt()])
        }
        Word::Cover => {
            with(applied(Reason::Cover, kept_back(facts), vec![facts.said.post()]), facts.cover.as_ref())
        }
        Word::Other => match &facts.elsewhere {
            Some(elsewhere) => {
                with(applied(Reason::AnotherClient, kept_back(facts), Vec::new()), Some(elsewhere))
            }
            None => applied(Reason::AnotherClient, kept_back(facts), vec![back(facts, Why::AnotherClient)]),
        },
        Word::Memo => {
            let mut changes = kept_back(facts);
            changes.push(remember(facts, row.words.clone()));
            applied(Reason::Memo, changes, vec![kept(supporter, &row.person, &row.words)])
        }
        Word::NotMine => {
            let about = office(OfficeMatter::Disowned, &supporter.name, facts.number);
            applied(Reason::Disowned, settle(false), vec![about])
        }
    }
}

/// They do not go to her client; the memo that came with them is hers all the same.
fn kept_back(facts: &Facts) -> Vec<Change> {
    let settled = Change::SettleConfirmation { number: facts.question, yes: false };
    let memo = facts.memo.clone().map(|text| remember(facts, text));
    [settled].into_iter().chain(memo).collect()
}

fn remember(facts: &Facts, text: String) -> Change {
    let (supporter, client, day) = (facts.supporter.id, facts.client, facts.day);
    Change::Remember { supporter, client, day, text, question: None }
}

fn with(decision: Decision, other: Option<&Decision>) -> Decision {
    let Some(other) = other else { return decision };
    let changes = [decision.changes, other.changes.clone()].concat();
    let posts = [decision.posts, other.posts.clone()].concat();
    Decision { changes, posts, ..decision }
}

/// The words that waited, back to her.
fn back(facts: &Facts, why: Why) -> Post {
    let other = facts.other.clone().unwrap_or_default();
    let returned = notice::Returned { why, other, words: facts.row.words.clone(), number: facts.number };
    returned::to_supporter(&facts.supporter, returned)
}

/// Her reply was none of the words; a reply to this mail settles it as well.
fn asked_again(facts: &Facts) -> Post {
    let (why, other) = if facts.waits && facts.open {
        (Why::UnclearMeaning, facts.row.person.clone())
    } else {
        (Why::NoThread, String::new())
    };
    let returned = notice::Returned { why, other, words: facts.words.clone(), number: facts.number };
    let reply = Some(Reply { purpose: Purpose::Confirmation, thread: facts.question });
    Post { reply, ..returned::to_supporter(&facts.supporter, returned) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_settles_whom_they_are_for() {
        let check = |text: &str, expected: Word| {
            assert_eq!(word(text, "はる", Some("ゆき"), &["あい"]), expected, "{text}");
        };
        check("はるさん", Word::Client);
        check("「はるさん」", Word::Client);
        check("はる", Word::Client);
        check("はるさんへの言葉です。\nよろしくお願いします\nあい", Word::Client);
        check("はるさんへのお返事です", Word::Client);
        check("お返事", Word::Client);
        check("事務局", Word::Office);
        check("事務局へのご連絡です。", Word::Office);
        check("事務局です\nインフルエンザでした", Word::Office);
        check("事務局へ\n来週も無理です", Word::Office);
        check("ゆきさん", Word::Other);
        check("ゆきさんへ", Word::Other);
        check("メモ", Word::Memo);
        check("代わって", Word::Cover);
        check("すみません、代わってください。", Word::Cover);
        check("私ではありません", Word::NotMine);
        check("はい", Word::Unclear);
        check("いいえ", Word::Unclear);
        check("はるさん、こんばんは。", Word::Unclear);
        check("はるさん\n今日はよく歩けましたね。", Word::Unclear);
        check("", Word::Unclear);
        let check = |text: &str, expected: Word| {
            assert_eq!(word(text, "Ken", Some("Yuki"), &["Mary"]), expected, "{text}");
        };
        check("Answer", Word::Client);
        check("Ken", Word::Client);
        check("It's for Ken.\nThanks\nMary", Word::Client);
        check("office", Word::Office);
        check("For the office.", Word::Office);
        check("Yuki", Word::Other);
        check("note", Word::Memo);
        check("Please cover", Word::Cover);
        check("Not me", Word::NotMine);
        check("Kenneth", Word::Unclear);
        check("What do you mean?", Word::Unclear);
    }
}
