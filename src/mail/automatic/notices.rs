//! Texts that responders send without any field that says so: an absence notice (see `absences`), a notice that says
//! of itself that it was sent automatically and begins like one, or a challenge.

use super::super::fold::fold;
use super::super::message::Message;
use super::absences::{OTHER, is_absence};
use super::subjects;

/// Longer texts are no notices.
const LONGEST: usize = 8000;

/// Whether the text is a responder's.
pub(super) fn is_notice(m: &Message) -> bool {
    let subject = fold(&m.subject);
    if m.text.len() > LONGEST || subjects::hands_on(&subject) {
        return false;
    }
    says_so(&m.text) || challenges(&m.text) || is_absence(m, &subject)
}

/// The lines of a text that quote nothing, up to where another mail begins.
pub(super) fn own_lines(text: &str) -> impl Iterator<Item = String> {
    let lines = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('>')).map(fold);
    lines.take_while(|l| !another_begins(l))
}

/// The line above a mail that is quoted or handed on whole.
pub(super) fn another_begins(folded: &str) -> bool {
    const MARKS: [&str; 7] = [
        "-----original message",
        "---------- forwarded message",
        "begin forwarded message",
        "-----元のメッセージ",
        "差出人:",
        "from:",
        "転送された",
    ];
    MARKS.iter().any(|m| folded.starts_with(m))
}

/// How a notice begins, beside a polite word.
const OPENINGS: [&str; 17] = [
    "ただいま不在",
    "只今不在",
    "現在不在",
    "ただいま電話に出",
    "不在に",
    "休暇を",
    "休暇中",
    "お休みを",
    "休業",
    "お問い合わせ",
    "お申し込み",
    "お申込み",
    "ご登録",
    "ご注文",
    "ご予約",
    "メールを受け付け",
    "メールを受信",
];
/// Polite words of notices.
const POLITE: [&str; 9] =
    ["ありがとう", "いただ", "頂", "おります", "承り", "受け付け", "いたし", "出られません", "受信しました"];
/// How a notice begins in English.
const IN_ENGLISH: [&str; 12] = [
    "i am out of the office",
    "i am currently out of",
    "out of office",
    "thank you for your message",
    "thank you for your email",
    "thank you for your e-mail",
    "thank you for your inquiry",
    "thank you for your enquiry",
    "thank you for your request",
    "thank you for your order",
    "thank you for contacting",
    "we have received your",
];
/// Signs that a person tells of such a line.
const TOLD: [&str; 13] = [
    "と書",
    "と言",
    "と来",
    "という",
    "って",
    "とのこと",
    "」",
    "\"",
    " said",
    " says",
    " wrote",
    " i ",
    " my ",
];

/// Both signs together: it begins like a notice, and a line of its own says "this mail was sent automatically".
fn says_so(text: &str) -> bool {
    let is_opening = |line: &String| {
        let polite = || POLITE.iter().any(|p| line.contains(p));
        IN_ENGLISH.iter().any(|o| line.starts_with(o))
            || OPENINGS.iter().any(|o| line.contains(o)) && polite()
    };
    let opens = own_lines(text).take(4).find(|l| is_opening(l) || !leads_in(l));
    // robots ask nothing
    if !opens.as_ref().is_some_and(is_opening) || own_lines(text).any(|l| l.ends_with('?')) {
        return false;
    }
    own_lines(text).any(|line| {
        let line = without_mark(&line);
        (says_so_in_english(line) || says_so_in_japanese(line)) && !told(line)
    })
}

fn without_mark(line: &str) -> &str {
    line.trim_start_matches(|c: char| c.is_whitespace() || "※*・-=([【■●".contains(c))
}

/// Whether a person tells of a machine's sentence.
pub(super) fn told(folded: &str) -> bool {
    // a machine's own "I" stands at the beginning
    let folded = folded.trim_start_matches("i ");
    TOLD.iter().any(|t| folded.contains(t))
}

/// A sentence that says of its mail that it was sent automatically, and nothing else.
pub(super) fn announces(sentence: &str) -> bool {
    const NOT: [&str; 5] = ["ではありません", "ではない", "じゃ", "予約", " not "];
    let sentence = without_mark(sentence);
    let english = says_so_in_english(sentence) && {
        let bare = sentence.trim_end_matches(['.', ')', ']', '*']).trim_end();
        ["reply", "response", "message", "notification", "email", "e-mail", "automatically"]
            .iter()
            .any(|w| bare.ends_with(w))
    };
    let bare = sentence.trim_end_matches(['。', '※', '*', ')', ']', '】']).trim_end();
    let ends = ["です", "ます", "ません", "送信されました"].iter().any(|e| bare.ends_with(e));
    (english || ends && says_so_in_japanese(sentence))
        && !NOT.iter().any(|n| sentence.contains(n))
        && !told(sentence)
}

/// What may stand above the opening of a notice: whom it is for, whom it is from, a greeting.
fn leads_in(line: &str) -> bool {
    let name = line.chars().count() <= 20 && !line.contains(['。', '、', '.', '!', '?']);
    name || ["様", "さま", "御中", "殿"].iter().any(|t| line.ends_with(t))
        || OTHER.iter().any(|o| line.contains(o))
}

/// "This is an automated message" and its kin.
fn says_so_in_english(line: &str) -> bool {
    const WHAT: [&str; 6] = ["reply", "response", "message", "notification", "email", "e-mail"];
    const DONE: [&str; 5] = [
        "sent automatically",
        "automatically sent",
        "automatically generated",
        "automatically created",
        "auto-generated",
    ];
    let this_is = line.starts_with("this is an auto") && WHAT.iter().any(|w| line.contains(w));
    let this_was =
        ["this message ", "this email ", "this e-mail ", "this mail "].iter().any(|t| line.starts_with(t));
    this_is || this_was && DONE.iter().any(|d| line.contains(d))
}

/// "このメールは、システムより自動的に送信しています" and its kin.
fn says_so_in_japanese(line: &str) -> bool {
    const THIS: [&str; 4] = ["このメール", "本メール", "このメッセージ", "本メッセージ"];
    const HOW: [&str; 12] = [
        "自動返信",
        "自動応答",
        "自動送信",
        "自動配信",
        "自動的に送",
        "自動的に配信",
        "自動的に返信",
        "自動的に生成",
        "自動的にお送り",
        "自動で送信",
        "自動で返信",
        "送信専用",
    ];
    THIS.iter().any(|t| line.starts_with(t)) && HOW.iter().any(|h| line.contains(h))
}

/// A challenge: "click, so that I can receive your mails".
fn challenges(text: &str) -> bool {
    const CLAIMS: [&str; 2] =
        ["i'm protecting myself from receiving junk mail", "to complete this verification, simply reply"];
    let lines: Vec<String> = own_lines(text).take(30).collect();
    let claims = lines.iter().any(|line| CLAIMS.iter().any(|c| line.starts_with(c)));
    claims && lines.iter().any(|line| line.contains("link below") || line.contains("simply reply"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_counts_only_when_it_opens_and_says_so() {
        let check = |text: &str, template: bool| assert_eq!(says_so(text), template, "{text}");
        check("ただいま不在にしております。\n24日に戻ります。\n\n※このメールは自動返信です。\n", true);
        check("お問い合わせありがとうございます。\n\nこのメールは自動送信されています。\n", true);
        check("I am out of the office.\nThis is an automatic reply.\n", true);
        check("ただいま不在にしております。\n", false);
        check("母はただいま不在です。\n先生から「このメールは自動返信です」と来ました。\n", false);
        check("> ただいま不在\n> このメールは自動返信です\nこんな返事が来ました\n", false);
        check("お問い合わせのメールに\nこのメールは自動返信です、と書いてありました。\n", false);
        check("今日は休業日でした。\n", false);
    }
}
