//! Whole texts: what is left of a mail beside greetings, courtesies and names. Only when nothing else was written is it
//! a word to us; in doubt it is an answer, or goes back to its writer.

use super::line::{Line, line};
use super::spoken::meant;
use super::{Place, Reading};
use crate::domain::calendar::Day;
use crate::domain::words::{bare, bare_folded, is_bare_thanks, listed};
use crate::mail::fold::fold;

/// What she says about being away.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// When.
    pub reading: Reading,
    /// What else she wrote, where the subject says when; empty for nothing.
    pub besides: String,
}

/// Said around it, by people who are polite.
const COURTESIES: [&str; 62] = [
    "お世話になっています",
    "お世話になっております",
    "お世話になります",
    "いつもお世話になっています",
    "いつもお世話になっております",
    "お疲れさまです",
    "お疲れ様です",
    "おつかれさまです",
    "お疲れさまでございます",
    "こんにちは",
    "こんばんは",
    "おはようございます",
    "事務局御中",
    "事務局の皆様",
    "事務局さま",
    "事務局様",
    "担当者様",
    "ご担当者様",
    "ご連絡です",
    "連絡です",
    "お休みの連絡です",
    "お休みのご連絡です",
    "急なご連絡ですみません",
    "急ですみません",
    "急ですが",
    "急で申し訳ありません",
    "急で申し訳ありませんが",
    "すみません",
    "すみませんが",
    "申し訳ありません",
    "申し訳ありませんが",
    "申し訳ございません",
    "恐れ入りますが",
    "勝手ながら",
    "誠に勝手ながら",
    "ご迷惑をおかけします",
    "ご迷惑をおかけしますが",
    "ご迷惑をおかけいたします",
    "ご不便をおかけします",
    "どうぞよろしくお願いします",
    "どうぞよろしくお願いいたします",
    "よろしくお願いします",
    "よろしくお願いいたします",
    "宜しくお願いします",
    "宜しくお願いいたします",
    "よろしくお願い致します",
    "宜しくお願い致します",
    "よろしくです",
    "お願いします",
    "お願いいたします",
    "以上です",
    "以上",
    "hi",
    "hello",
    "hi all",
    "hello all",
    "dear all",
    "best regards",
    "kind regards",
    "regards",
    "best wishes",
    "best",
];
const MORE_COURTESIES: [&str; 15] = [
    "thanks in advance",
    "sorry for the short notice",
    "sorry for the trouble",
    "sorry",
    "just to let you know",
    "for your information",
    "fyi",
    "please",
    "please note",
    "sincerely",
    "yours sincerely",
    "cheers",
    "many thanks",
    "good morning",
    "good evening",
];
/// Why, in a word before it or behind the day.
const REASONS: [&str; 22] = [
    "体調不良のため",
    "体調不良で",
    "体調を崩したため",
    "体調が悪いので",
    "風邪のため",
    "風邪で",
    "熱があるので",
    "通院のため",
    "入院のため",
    "家の都合で",
    "家の都合により",
    "都合により",
    "家族の都合で",
    "私用のため",
    "私用で",
    "所用のため",
    "所用で",
    "用事のため",
    "用事があるので",
    "旅行のため",
    "旅行で",
    "出張のため",
];
/// The word without days, as a subject has it.
const TITLES: [&str; 18] = [
    "お休み",
    "休み",
    "休暇",
    "お休みの連絡",
    "お休みのご連絡",
    "お休みのお知らせ",
    "お休みについて",
    "お休みします",
    "お休みのお願い",
    "休みます",
    "off",
    "away",
    "time off",
    "leave",
    "holiday",
    "on leave",
    "on holiday",
    "day off",
];
/// Somebody else is asked to answer this report.
const COVER: [&str; 48] = [
    "代わって",
    "代わってください",
    "代わって下さい",
    "代わってほしいです",
    "代わってもらえますか",
    "代わっていただけますか",
    "代わっていただきたいです",
    "代わりをお願いします",
    "代わりお願いします",
    "かわって",
    "かわってください",
    "替わって",
    "替わってください",
    "交代",
    "交代して",
    "交代してください",
    "交代お願いします",
    "交代をお願いします",
    "交替をお願いします",
    "今日は代わって",
    "今日は代わってください",
    "今日は代わってもらえますか",
    "今日は代わっていただけますか",
    "今日だけ代わって",
    "今日だけ代わってください",
    "今日だけ代わってもらえますか",
    "今回は代わってください",
    "今回だけ代わってください",
    "どなたか代わってください",
    "どなたか代わっていただけますか",
    "誰か代わって",
    "誰か代わってください",
    "誰か代わりにお願いします",
    "代わりに返事をお願いします",
    "please cover",
    "please cover for me",
    "please cover this",
    "please cover this one",
    "please cover today",
    "please cover me today",
    "please cover for me today",
    "cover please",
    "can someone cover",
    "can somebody cover",
    "can someone cover for me",
    "can somebody cover for me",
    "could someone cover for me",
    "could somebody cover this one",
];
/// What was said before is taken back.
const UNDO: [&str; 27] = [
    "取り消し",
    "取消",
    "取消し",
    "とりけし",
    "取り消します",
    "取り消して",
    "取り消してください",
    "取り消して下さい",
    "取り消しをお願いします",
    "取り消しお願いします",
    "取り消しでお願いします",
    "取消お願いします",
    "お休みを取り消します",
    "お休みは取り消します",
    "お休みを取り消してください",
    "やっぱり取り消します",
    "やはり取り消します",
    "キャンセル",
    "キャンセルします",
    "キャンセルしてください",
    "キャンセルお願いします",
    "キャンセルをお願いします",
    "undo",
    "undo it",
    "undo this",
    "cancel",
    "cancel it",
];

/// Said in reply by whoever heard of something.
const HEARD: [&str; 14] = [
    "承知しました",
    "承知いたしました",
    "了解しました",
    "了解いたしました",
    "了解です",
    "わかりました",
    "分かりました",
    "かしこまりました",
    "ok",
    "got it",
    "understood",
    "will do",
    "noted",
    "all right",
];

/// Octets of a text that may be such a word, with all its courtesies.
const LONGEST: usize = 2048;

/// What a mail says. `names`: those that its writer goes by. Its subject counts in a new mail alone.
pub fn said(subject: &str, body: &str, names: &[&str], todays: &[Day], place: Place) -> Option<Said> {
    let counts = |line: &Line| place == Place::NewMail || line.announces;
    let read = |text: &str| line(text).filter(counts).map(|line| meant(line.stretch, todays));
    let rest = uncommon(body, names);
    let of_body = match rest.as_slice() {
        [] => None,
        [one] => read(one),
        few if few.len() <= 3 => read(&few.join(" ")),
        _ => None,
    };
    let subject = fold(subject);
    let subject = subject.trim();
    let of_subject = Some(subject).filter(|s| !s.is_empty() && place == Place::NewMail).and_then(read);
    let plain = |reading| Some(Said { reading, besides: String::new() });
    match (of_subject, of_body) {
        (Some(one), Some(other)) if one == other => plain(one),
        (Some(one), Some(other)) => plain(one.or(other)),
        (Some(one), None) if rest.is_empty() => plain(one),
        (Some(one), None) => Some(Said { reading: one, besides: body.trim().to_owned() }),
        (None, Some(other)) => plain(other),
        // 「お休み」 above the days alone
        (None, None) if place == Place::NewMail && is_title(subject) => {
            let days = rest.join(" ");
            let read = read(&format!("お休み {days}")).or_else(|| read(&format!("off {days}")));
            match read {
                Some(reading) => plain(reading),
                None if rest.is_empty() => plain(Reading::unsaid()),
                None => None,
            }
        }
        _ => None,
    }
}

/// Whether a folded subject is the word for being away, without any day.
pub(in crate::domain) fn is_title(subject: &str) -> bool {
    listed(&TITLES, &bare(subject))
}

/// Whether somebody else is asked to answer.
pub fn asks_to_cover(text: &str, names: &[&str]) -> bool {
    is_one(&COVER, text, names)
}

/// Whether what was confirmed is taken back.
pub fn takes_back(text: &str, names: &[&str]) -> bool {
    is_one(&UNDO, text, names)
}

/// Whether some of the words may take something back, whatever stands around them.
pub fn may_take_back(text: &str) -> bool {
    let text = fold(text).to_lowercase();
    ["取り消", "取消", "とりけ", "キャンセル", "undo", "cancel"].iter().any(|word| text.contains(word))
}

/// Whether nothing but courtesies is there, and that something was heard.
pub fn is_polite(text: &str, names: &[&str]) -> bool {
    uncommon(text, names).iter().all(|sentence| listed(&HEARD, &bare(sentence)))
}

fn is_one(list: &[&str], text: &str, names: &[&str]) -> bool {
    let rest = uncommon(text, names);
    !rest.is_empty() && rest.iter().all(|sentence| listed(list, &bare(sentence)))
}

/// The folded sentences of a text that are no courtesy and no name, without courtesies at their beginnings.
pub(in crate::domain) fn uncommon(text: &str, names: &[&str]) -> Vec<String> {
    // Whoever writes at length writes to somebody.
    if text.len() > LONGEST {
        return vec![text.to_owned()];
    }
    let names: Vec<String> = names.iter().map(|name| bare(name)).filter(|name| !name.is_empty()).collect();
    let mut rest = Vec::new();
    for line in fold(text).lines() {
        let mut sentence = String::new();
        let mut before = ' ';
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            let full_stop =
                c == '.' && chars.peek().is_none_or(|c| c.is_whitespace()) && !shortened(&sentence);
            if matches!(c, '。' | '!' | '♪') || full_stop {
                rest.extend(beside(&sentence, &names));
                sentence.clear();
            } else if !(c.is_whitespace() && before.is_whitespace()) {
                sentence.push(c);
            }
            before = c;
        }
        rest.extend(beside(&sentence, &names));
    }
    rest
}

/// `Dec.` and its like end no sentence.
fn shortened(sentence: &str) -> bool {
    let last = sentence.split_whitespace().next_back().unwrap_or_default();
    last.len() == 3 && last.chars().all(|c| c.is_ascii_alphabetic()) && !matches!(last, "off" | "out")
}

/// What is left of a folded sentence; `names` are bare.
fn beside(sentence: &str, names: &[String]) -> Option<String> {
    let common = |part: &str| {
        let plain = bare_folded(part);
        let named = |name: &String| {
            let after = ["", "です", "より", "様", "さま", "御中", "の皆様", "事務局御中"];
            let before = ["dear ", "hi ", "hello ", "from "];
            plain.strip_prefix(name).is_some_and(|end| after.contains(&end))
                || before.iter().any(|start| plain.strip_prefix(start) == Some(name))
        };
        let polite = listed(&COURTESIES, &plain) || listed(&MORE_COURTESIES, &plain);
        plain.is_empty() || polite || is_bare_thanks(&plain) || names.iter().any(named)
    };
    let mut rest = sentence.trim().to_owned();
    loop {
        if common(&rest) {
            return None;
        }
        let cut = REASONS.iter().find_map(|reason| rest.split_once(reason));
        let cut = cut.map(|(day, rest)| format!("{day}{}", rest.trim_start_matches(['、', ',', ' '])));
        let piece = rest.split_once(['、', ',']).filter(|(piece, _)| common(piece));
        match cut.or(piece.map(|(_, rest)| rest.trim_start().to_owned())) {
            Some(shorter) => rest = shorter,
            None => return Some(rest),
        }
    }
}
