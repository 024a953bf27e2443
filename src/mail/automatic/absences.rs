//! An absence notice that no field and no word of its own gives away.
//!
//! Only a short answer of which *every* sentence is one that such notices are made of, with one that says that nobody
//! is there, one that says what becomes of the mail, and one more. One sentence of any other kind, a clause of its own
//! behind a known one, a question, an exclamation, a name with さん, a quoted line, and it is a person's.

use super::super::fold::fold;
use super::super::message::Message;
use super::notices::another_begins;
use super::subjects;

/// What a sentence of a notice is for. `Away` and `Mail` are what makes it one.
const AWAY: [&str; 32] = [
    "i am on parental leave",
    "i am on maternity leave",
    "現在不在にしており",
    "のため不在に",
    "お盆休みをいただいております",
    "休診日です",
    "不在にしております",
    "不在としております",
    "不在とさせていただ",
    "不在にさせていただ",
    "留守にしております",
    "休暇をいただいております",
    "休暇を頂いております",
    "休暇を取得しております",
    "お休みをいただいております",
    "お休みを頂いております",
    "休暇中のため",
    "休業中のため",
    "休業とさせていただ",
    "休業をいただいております",
    "休業いたします",
    "休業しております",
    "休業日です",
    "休診とさせていただ",
    "i am currently out of the office",
    "i am out of the office",
    "i am currently on",
    "i am on annual leave",
    "i am on leave",
    "i am on vacation",
    "i will be out of the office",
    "our office is closed",
];
const MAIL: [&str; 32] = [
    "will not be reading",
    "will not be checking",
    "際にご返信いたします",
    "確認が難しい",
    "翌診療日に",
    "以降とさせていただ",
    "will not have access to",
    "will respond when i return",
    "以降になります",
    "以降となります",
    "以降に順次",
    "以降にご",
    "以降ご",
    "以降、ご",
    "以降にお返事",
    "以降お返事",
    "後日ご",
    "戻り次第",
    "営業日に",
    "営業日以降",
    "確認することができません",
    "確認ができません",
    "確認できません",
    "ご返信できません",
    "お時間をいただ",
    "i will reply",
    "will respond to your",
    "will reply to your",
    "get back to you",
    "will answer your",
    "will not return until",
    "limited access to",
];
pub(super) const OTHER: [&str; 53] = [
    "をありがとうございます",
    "ご連絡ありがとうございます",
    "出社予定",
    "出社いたします",
    "immediate assistance",
    "お世話になっております",
    "お世話になります",
    "平素より",
    "平素は",
    "いつもありがとうございます",
    "いただきありがとうございます",
    "いただき、ありがとうございます",
    "いただき、誠にありがとうございます",
    "いただきまして",
    "誠にありがとうございます",
    "メールありがとうございます",
    "誠に勝手ながら",
    "大変申し訳",
    "誠に申し訳",
    "申し訳ございません",
    "申し訳ありませんが",
    "ご迷惑をおかけ",
    "ご不便をおかけ",
    "ご了承",
    "ご容赦",
    "ご理解",
    "よろしくお願い",
    "宜しくお願い",
    "お急ぎの",
    "緊急の",
    "下記まで",
    "までお願いいたします",
    "までご連絡",
    "電話:",
    "tel:",
    "メール:",
    "thank you for your message",
    "thank you for your email",
    "thank you for your e-mail",
    "thank you for your mail",
    "thanks for your email",
    "thank you for your patience",
    "thank you for your understanding",
    "for urgent",
    "for immediate",
    "in urgent cases",
    "if your message is urgent",
    "if this is urgent",
    "please contact",
    "i will return on",
    "when i return",
    "only notification you will receive",
    "on my return",
];
/// Lines that are a salutation or a farewell and nothing else.
const WHOLE: [&str; 10] = [
    "hello",
    "hi",
    "dear sender",
    "dear all",
    "kind regards",
    "best regards",
    "regards",
    "sincerely",
    "yours sincerely",
    "敬具",
];
/// Signs of somebody who writes to somebody. Companies and titles are allowed: 様 is not here.
const PERSONAL: [&str; 25] = [
    "?",
    "!",
    "さん",
    "ちゃん",
    "♪",
    "笑",
    "(^",
    "・・・",
    "…",
    "「",
    "母",
    "父",
    "子ども",
    "子供",
    "娘",
    "息子",
    "家族",
    "看病",
    "疲れ",
    "体調",
    "すみません",
    "ごめん",
    "正直",
    " sorry",
    " miss ",
];

/// Most characters of a notice.
const LONGEST: usize = 700;

/// See the head of this file; `subject` is folded.
pub(super) fn is_absence(m: &Message, subject: &str) -> bool {
    let answers = !m.in_reply_to.is_empty() || !m.references.is_empty() || subject.starts_with("re:");
    // folding makes one character of two at most
    let long = |text: &str, most: usize| text.chars().nth(most).is_some();
    if !(answers || subjects::names_an_absence(subject)) || long(&m.text, 2 * LONGEST) {
        return false;
    }
    let folded = fold(&m.text);
    if long(&folded, LONGEST)
        || PERSONAL.iter().any(|p| folded.contains(p))
        || folded.lines().map(str::trim).any(|l| l.starts_with('>') || another_begins(l))
    {
        return false;
    }
    let sentences = sentences(&folded);
    let any = |kinds: &[&str], sentence: &str| kinds.iter().any(|k| sentence.contains(k));
    let of = |kinds: &[&str]| sentences.iter().any(|s| says(kinds, s));
    let known = |s: &str| says(&AWAY, s) || says(&MAIL, s) || any(&OTHER, s) || WHOLE.contains(&bare(s));
    let mut unknown = sentences.iter().enumerate().filter(|(_, s)| !known(s));
    let belongs = |at: usize, s: &str| introduces(&sentences, at, s) || at + 1 == sentences.len() && signs(s);
    // two bare sentences are a person's who has little time
    let more = sentences.iter().any(|s| any(&OTHER, s) && !any(&AWAY, s) && !any(&MAIL, s));
    let answers_a_mail =
        more || ["メール", "お問い合わせ", "mail", "message"].iter().any(|w| folded.contains(w));
    of(&AWAY) && of(&MAIL) && answers_a_mail && unknown.all(|(at, s)| belongs(at, s))
}

/// Whether a sentence says one of these and nothing of its own behind it: an end, a time, or another such clause.
fn says(kinds: &[&str], sentence: &str) -> bool {
    const GOES_ON: [&str; 26] = [
        "message",
        "email",
        "e-mail",
        "mail",
        "until",
        "from",
        "starting",
        "through",
        "with limited",
        "with no access",
        "without access",
        "and will be returning",
        "and will return",
        "and will not return",
        "and i will return",
        "today attending",
        "to your message",
        "to your email",
        "to your e-mail",
        "to your mail",
        "your email",
        "your message",
        "you as soon",
        "as soon as",
        "when i return",
        "on my return",
    ];
    // what a person adds of her own
    const BUT: [&str; 6] = ["が、", "が ", "けど", "ので", "から", "because"];
    let rest = kinds.iter().filter_map(|k| sentence.find(k).and_then(|at| sentence.get(at + k.len()..)));
    let rest = rest.map(|rest| (BUT.iter().any(|b| rest.contains(b)), rest));
    rest.map(|(but, rest)| (but, bare(rest).trim_start_matches(['が', '、', ',', ' ']))).any(|(but, rest)| {
        let clause = [&AWAY[..], &MAIL[..], &OTHER[..]].into_iter().flatten().any(|k| rest.contains(k));
        let japanese_end = !but && !rest.is_ascii() && rest.chars().count() <= 14;
        let time =
            rest.starts_with(|c: char| c.is_ascii_digit()) || matches!(rest, "today" | "this week" | "then");
        let goes_on = !but && GOES_ON.iter().any(|g| rest.starts_with(g));
        rest.is_empty() || clause || japanese_end || time || goes_on
    })
}

/// A sentence without its full stop.
fn bare(sentence: &str) -> &str {
    sentence.trim_end_matches(['。', '.', ',', '、'])
}

/// "株式会社みどりの佐藤です", directly behind a greeting.
fn introduces(sentences: &[String], at: usize, sentence: &str) -> bool {
    let greets = |s: &String| s.contains("お世話になっております");
    let behind_greeting = at.checked_sub(1).and_then(|i| sentences.get(i)).is_some_and(greets);
    behind_greeting && bare(sentence).ends_with("です") && sentence.chars().count() <= 30
}

/// The name and address at the end: short, no sentence, nobody spoken to.
fn signs(last: &str) -> bool {
    const SPOKEN: [&str; 14] = [
        "です",
        "ます",
        "ました",
        "した",
        "ません",
        "を",
        "よ",
        "ね",
        "て",
        " i ",
        " you",
        "my ",
        "we ",
        " me",
    ];
    let padded = format!(" {last} ");
    !last.ends_with(['。', '.'])
        && last.chars().count() <= 60
        && (!last.is_ascii() || last.split(' ').count() <= 4)
        && !SPOKEN.iter().any(|s| padded.contains(s))
}

/// Lines of a paragraph are joined, and cut where a sentence ends.
fn sentences(folded: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut open = false;
    for line in folded.lines().map(str::trim) {
        open = open && !line.is_empty();
        let pieces = line.split_inclusive('。').flat_map(|p| p.split_inclusive(". "));
        for piece in pieces.map(str::trim).filter(|p| !p.is_empty()) {
            match out.last_mut() {
                Some(last) if open => {
                    last.push_str(if piece.is_ascii() { " " } else { "" });
                    last.push_str(piece);
                }
                _ => out.push(piece.to_owned()),
            }
            open = !piece.ends_with(['。', '.', ',']);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absence_is_a_notice_only_when_every_sentence_is_one_of_a_notice() {
        let check = |text: &str, notice: bool| {
            let m = Message { subject: "Re: x".to_owned(), text: text.to_owned(), ..Message::default() };
            assert_eq!(is_absence(&m, "re: x"), notice, "{text}");
        };
        let away = "ただいま休暇をいただいております。\n";
        let mail = "お返事は26日以降になります。\n";
        check(&format!("{away}{mail}"), false);
        check(&format!("{away}{mail}ご了承ください。\n"), true);
        check(&format!("お世話になっております。佐藤です。\n{away}{mail}\n佐藤 はる\n"), true);
        check(away, false);
        check(mail, false);
        check(&format!("{away}{mail}ご了承ください。今日は雨でした。\n"), false);
        check(&format!("はるさん、\n{away}{mail}"), false);
        check(&format!("{away}{mail}よろしいですか？\n"), false);
        check(&format!("> 昨日の日報\n{away}{mail}"), false);
        check(&format!("{away}{mail}ご了承ください。ほっとしています\n"), false);
        check("I am on leave. I will reply when I return.\n", false);
        check("Thank you for your message. I am on leave. I will reply when I return.\n", true);
        check("I am on leave. I will reply when I return. I miss you.\n", false);
        check("I am on leave. I will reply when I return.\n\nI miss you\n", false);
        check(&format!("{away}{mail}\n待っててね\n"), false);
    }
}
