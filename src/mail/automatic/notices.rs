//! Texts that responders send without any field that says so.
//!
//! Two ways. A notice that says of itself that it was sent automatically, and begins like one. And an absence notice
//! that says nothing of the kind: only a short answer of which *every* sentence is one that such notices are made of,
//! with one that says that nobody is there and one that says what becomes of the mail. One sentence of any other
//! kind, a question, an exclamation, a name with さん, a quoted line, and it is a person's.

use super::super::fold::fold;
use super::super::message::Message;
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
fn own_lines(text: &str) -> impl Iterator<Item = String> {
    let lines = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('>')).map(fold);
    lines.take_while(|l| !another_begins(l))
}

/// The line above a mail that is quoted or handed on whole.
fn another_begins(folded: &str) -> bool {
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

/// Both signs together: it begins like a notice, and a line of its own says "this mail was sent automatically".
fn says_so(text: &str) -> bool {
    const OPENINGS: [&str; 24] = [
        "ただいま不在",
        "只今不在",
        "現在不在",
        "ただいま電話に出",
        "不在にしております",
        "休暇をいただいて",
        "休暇を頂いて",
        "休暇中",
        "お休みをいただいて",
        "お休みを頂いて",
        "休業",
        "お問い合わせ",
        "お申し込み",
        "お申込み",
        "ご登録",
        "ご注文",
        "ご予約",
        "メールを受け付け",
        "メールを受信",
        "out of the office",
        "out of office",
        "thank you for your",
        "thank you for contacting",
        "we have received your",
    ];
    // a person tells of such a line
    const TOLD: [&str; 8] = ["と書", "と言", "と来", "という", "って", "とのこと", "」", "\""];
    let is_opening = |line: &String| OPENINGS.iter().any(|o| line.contains(o));
    let opens = own_lines(text).take(4).find(|l| is_opening(l) || !leads_in(l));
    // robots ask nothing
    if !opens.as_ref().is_some_and(is_opening) || own_lines(text).any(|l| l.ends_with('?')) {
        return false;
    }
    let says = |line: String| {
        let line = line.trim_start_matches(|c: char| c.is_whitespace() || "※*・-=([【■●".contains(c));
        let says = says_so_in_english(line) || says_so_in_japanese(line);
        says && !TOLD.iter().any(|t| line.contains(t))
    };
    own_lines(text).any(says)
}

/// What may stand above the opening of a notice: whom it is for, whom it is from, a greeting.
fn leads_in(line: &str) -> bool {
    let name = line.chars().count() <= 20 && !line.contains(['。', '、', '.', '!', '?']);
    name || ["様", "さま", "御中", "殿"].iter().any(|t| line.ends_with(t))
        || OTHER.iter().any(|o| line.contains(o))
}

/// "This is an automated message" and its kin.
fn says_so_in_english(line: &str) -> bool {
    const THIS: [&str; 6] = [
        "this is an auto",
        "this message was sent auto",
        "this message was auto",
        "this message is auto",
        "this email was sent auto",
        "this email was auto",
    ];
    const WHAT: [&str; 6] = ["reply", "response", "message", "notification", "email", "e-mail"];
    THIS.iter().any(|t| line.starts_with(t)) && WHAT.iter().any(|w| line.contains(w))
}

/// "このメールは、システムより自動的に送信しています" and its kin.
fn says_so_in_japanese(line: &str) -> bool {
    const THIS: [&str; 4] = ["このメール", "本メール", "このメッセージ", "本メッセージ"];
    const HOW: [&str; 7] = ["自動返信", "自動応答", "自動送信", "自動配信", "自動的に", "自動で", "送信専用"];
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
    "i am currently out of",
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
const OTHER: [&str; 53] = [
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
const PERSONAL: [&str; 10] = ["?", "!", "さん", "ちゃん", "♪", "笑", "(^", "・・・", "…", "「"];

/// See the head of this file.
fn is_absence(m: &Message, subject: &str) -> bool {
    let answers = !m.in_reply_to.is_empty() || !m.references.is_empty() || subject.starts_with("re:");
    let folded = fold(&m.text);
    if !(answers || subjects::names_an_absence(subject))
        || folded.chars().count() > 700
        || PERSONAL.iter().any(|p| folded.contains(p))
        || folded.lines().map(str::trim).any(|l| l.starts_with('>') || another_begins(l))
    {
        return false;
    }
    let sentences = sentences(&folded);
    let any = |kinds: &[&str], sentence: &str| kinds.iter().any(|k| sentence.contains(k));
    let of = |kinds: &[&str]| sentences.iter().any(|s| any(kinds, s));
    let known = |s: &str| any(&AWAY, s) || any(&MAIL, s) || any(&OTHER, s) || WHOLE.contains(&bare(s));
    let mut unknown = sentences.iter().enumerate().filter(|(_, s)| !known(s));
    let belongs = |at: usize, s: &str| introduces(&sentences, at, s) || at + 1 == sentences.len() && signs(s);
    // two bare sentences are a person's who has little time
    let more = sentences.iter().any(|s| any(&OTHER, s) && !any(&AWAY, s) && !any(&MAIL, s));
    let answers_a_mail =
        more || ["メール", "お問い合わせ", "mail", "message"].iter().any(|w| folded.contains(w));
    of(&AWAY) && of(&MAIL) && answers_a_mail && unknown.all(|(at, s)| belongs(at, s))
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
