//! Short texts that say of themselves that a machine sent them, or that say nothing but what the label in the subject
//! says. One sentence alone proves nothing: people copy it, ask about it and joke with it. So it stands together with
//! an absence, or at the head of a few lines, or below a label; a question anywhere makes the mail a person's.

use super::super::fold::fold;
use super::super::message::Message;
use super::notices::{announces, own_lines, told};
use super::subjects::{asks, hands_on, is_label};

/// Most characters, and most lines.
const LONGEST: usize = 400;
const LINES: usize = 6;

/// Nobody is there, in the words of notices.
const ABSENT: [&str; 15] = [
    "不在です",
    "不在にして",
    "不在として",
    "不在にいた",
    "不在とな",
    "休暇中",
    "休業中",
    "休業です",
    "休業いた",
    "休業とさせて",
    "休診",
    "席を外して",
    "電話に出られません",
    "i am away",
    "out of the office",
];

/// See the head of this file.
pub(super) fn is_announced(m: &Message) -> bool {
    let subject = fold(&m.subject);
    if hands_on(&subject) || m.text.len() > 4 * LONGEST {
        return false;
    }
    let sentences: Vec<String> = own_lines(&m.text).take(LINES + 1).flat_map(|l| sentences(&l)).collect();
    let lines = own_lines(&m.text).take(LINES + 1).count();
    let quotes = m.text.lines().any(|l| l.trim_start().starts_with('>'));
    let a_person = |s: &String| asks(s) && !s.contains("ください") || s.contains('!') || told(s);
    if lines > LINES || quotes || sentences.iter().any(a_person) {
        return false;
    }
    let absent = sentences.iter().any(|s| ABSENT.iter().any(|a| s.contains(a)));
    let label = is_label(&subject);
    let announces_first = sentences.first().is_some_and(|s| announces(s) && answers(s));
    // behind a polite word, perhaps
    let says_only = sentences.len() <= 2 && sentences.last().is_some_and(|s| only_absent(s))
        || sentences.first().is_some_and(|s| only_absent(s));
    // "不在通知: …" is the postman's, too
    let parcel = subject.starts_with("不在通知");
    announces_first && lines <= 4
        || sentences.iter().any(|s| announces(s)) && (absent || label)
        || label && !parcel && says_only
}

/// "Is sent automatically" is what a person's timer does, too; "answers automatically" is not.
fn answers(sentence: &str) -> bool {
    ["返信", "応答", "reply", "response"].iter().any(|w| sentence.contains(w))
}

/// "10日まで不在です。", "I am away until Monday." and not a word about anybody else.
fn only_absent(sentence: &str) -> bool {
    const OTHERS: [&str; 9] = ["先生", "さん", "母", "父", "夫", "妻", "さび", "彼", "友"];
    const BEGINS: [&str; 5] =
        ["away", "i am away", "i am currently away", "i am out of the", "i am currently out of"];
    let bare = sentence.trim_end_matches(['。', '.']).trim();
    let english = BEGINS.iter().any(|b| {
        let rest = bare.strip_prefix(b);
        rest.is_some_and(|r| r.is_empty() || r.starts_with(' ')) && !bare.contains(" and ")
    });
    let japanese = !bare.is_ascii() && !bare.ends_with("した") && ABSENT.iter().any(|a| bare.contains(a));
    bare.chars().count() <= 80 && (english || japanese && !OTHERS.iter().any(|o| bare.contains(o)))
}

/// Sentences of one folded line, each with its full stop.
fn sentences(line: &str) -> Vec<String> {
    let pieces = line.split_inclusive(['。', '?', '!']).flat_map(|p| p.split_inclusive(". "));
    pieces.map(|p| p.trim().to_owned()).filter(|p| !p.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sentence_is_proof_only_in_company() {
        let check = |subject: &str, text: &str, expected: bool| {
            let m = Message { subject: subject.to_owned(), text: text.to_owned(), ..Message::default() };
            assert_eq!(is_announced(&m), expected, "{subject} / {text}");
        };
        check("Re: 日報", "このメールは自動返信です。\n", true);
        check("Re: 日報", "本メールは自動返信メールです。返信いただいてもお答えできません。\n", true);
        check("Re: 日報", "このメールは自動返信です。\nどうして来るのですか。\n", false);
        check("Re: 日報", "このメールは自動返信です、と書いてありました。\n", false);
        check("Re: 日報", "「このメールは自動返信です」と来ました。\n", false);
        check("Re: 日報", "> このメールは自動返信です。\n怖いです。\n", false);
        check("日報", "散歩しました。\nこのメールは自動返信ではありません。\n", false);
        check("日報", "このメールは予約送信で自動送信されています。散歩しました。\n", false);
        check("休診のお知らせ", "本メールは自動送信されています。\n16日まで休診いたします。\n", true);
        check("自動返信", "10日まで不在です。\n", true);
        check("自動返信", "先生が不在です。\n", false);
        check("自動返信", "怖いです。\n", false);
        check("Re: 日報", "このメールは自動返信みたいですね。\n", false);
        check("自動返信", "昨日は不在にしていました。\n", false);
        check("不在通知: 荷物のこと", "いつも不在です。\n", false);
        check("Automatic reply", "I do not like it.\n", false);
        check("Auto reply", "This is an automatic reply. I am away.\n", true);
        check("hello", "This is an automatic reply? No, it is me.\n", false);
        check("hello", "This is an automatic reply machine that I built.\n", false);
        check("Fwd: letter", "This is an automatic reply.\n", false);
    }
}
