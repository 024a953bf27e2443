//! What a reader says about a newcomer's answer.
//!
//! Her words are taken apart into phrases. The answer is good when at least one phrase says so and all others are courtesies or
//! names. A bare no, a question in return, or courtesies alone say nothing that could be done. Everything else is for its writer.

use crate::domain::words::{bare, is_name, is_thanks, listed};
use crate::mail::fold::fold;

/// What she says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// It is good as it is.
    Approves,
    /// She replied without a word.
    Nothing,
    /// She has something to say to its writer.
    Returns,
    /// Neither, for certain.
    Unclear,
}

const APPROVES: &[&str] = &[
    "はい",
    "はい大丈夫です",
    "はいいいと思います",
    "はいお願いします",
    "いいと思います",
    "いいとおもいます",
    "良いと思います",
    "よいと思います",
    "とてもいいと思います",
    "とても良いと思います",
    "すごくいいと思います",
    "これでいいと思います",
    "これで良いと思います",
    "このままでいいと思います",
    "そのままでいいと思います",
    "いいです",
    "いいですね",
    "いいね",
    "とてもいいです",
    "とてもいいですね",
    "大丈夫です",
    "大丈夫だと思います",
    "これで大丈夫です",
    "このままで大丈夫です",
    "そのままで大丈夫です",
    "問題ありません",
    "問題ないです",
    "問題ないと思います",
    "そのまま",
    "そのままで",
    "そのままで結構です",
    "そのままで大丈夫",
    "そのままお願いします",
    "そのままでお願いします",
    "そのまま届けてください",
    "そのまま送ってください",
    "このまま",
    "このままで",
    "このままお願いします",
    "このままでお願いします",
    "このまま届けてください",
    "届けてください",
    "届けて下さい",
    "送ってください",
    "送って下さい",
    "ok",
    "okです",
    "オーケー",
    "オーケーです",
    "おっけー",
    "オッケー",
    "オッケーです",
    "了解です",
    "承認します",
    "yes",
    "yes please",
    "yes it is good",
    "yes it's good",
    "yes that's good",
    "okay",
    "it's ok",
    "it is ok",
    "fine",
    "it's fine",
    "that's fine",
    "it is fine",
    "good",
    "very good",
    "it's good",
    "it is good",
    "looks good",
    "looks good to me",
    "it looks good",
    "this looks good",
    "looks great",
    "lgtm",
    "good to go",
    "as it is",
    "send it",
    "please send it",
    "send it as it is",
    "please send it as it is",
    "go ahead",
    "approved",
];
const SIGNS: [&str; 6] = ["👍", "🙆", "👌", "⭕", "◎", "💮"];
const POLITE: &[&str] = &[
    "お願いします",
    "おねがいします",
    "お願いいたします",
    "お願い致します",
    "よろしくお願いします",
    "よろしくお願いいたします",
    "よろしくお願い致します",
    "よろしくおねがいします",
    "お疲れさまです",
    "お疲れ様です",
    "おつかれさまです",
    "お疲れさまでした",
    "お疲れ様でした",
    "おつかれさまでした",
    "お世話になっております",
    "お世話になっています",
    "いつもお世話になっております",
    "いつもお世話になっています",
    "こんにちは",
    "こんばんは",
    "おはようございます",
    "読みました",
    "拝見しました",
    "拝読しました",
    "確認しました",
    "失礼します",
    "すみません",
    "事務局様",
    "事務局さま",
    "事務局の皆様",
    "事務局御中",
    "hello",
    "hi",
    "dear all",
    "please",
    "best wishes",
    "best regards",
    "kind regards",
    "regards",
    "i have read it",
    "i've read it",
    "i read it",
    "read",
];
/// Said alone, they tell nobody what to do.
const BARE: &[&str] = &[
    "いいえ",
    "いいですか",
    "いいでしょうか",
    "これでいいですか",
    "このままでいいですか",
    "大丈夫ですか",
    "どうしたらいいですか",
    "is it ok",
    "is this ok",
    "is it good",
    "だめ",
    "だめです",
    "ダメです",
    "待って",
    "待ってください",
    "ちょっと待ってください",
    "届けないで",
    "届けないでください",
    "送らないで",
    "送らないでください",
    "返してください",
    "返します",
    "取り消し",
    "取消",
    "わかりました",
    "わかりません",
    "今日は無理です",
    "読めません",
    "no",
    "not yet",
    "wait",
    "please wait",
    "stop",
    "return",
    "return it",
    "undo",
    "not today",
    "i can't",
    "i cannot",
];
const ENDS: [char; 9] = ['。', '、', '!', ',', '.', ';', '\n', '…', '~'];

/// Reads a reply; `names` may stand anywhere in it.
pub fn said(text: &str, names: &[&str]) -> Said {
    if text.trim().is_empty() {
        return Said::Nothing;
    }
    let folded = fold(text);
    let named = |phrase: &str| {
        names.iter().any(|name| {
            is_name(phrase, name)
                || ["さん", "様", "です"].iter().any(|end| is_name(phrase, &format!("{name}{end}")))
        })
    };
    let (mut approves, mut bare_words, mut others) = (false, false, false);
    for phrase in folded.split(ENDS) {
        let asks = phrase.contains('?');
        let words = bare(phrase);
        if words.is_empty() || named(phrase) || listed(POLITE, &words) || is_thanks(phrase, "") {
            continue;
        }
        match () {
            () if listed(APPROVES, &words) && !asks => approves = true,
            () if listed(BARE, &words) || listed(APPROVES, &words) => bare_words = true,
            () => others = true,
        }
    }
    let sign = SIGNS.iter().any(|sign| text.contains(sign));
    match (others, bare_words, approves || sign) {
        (true, ..) => Said::Returns,
        (false, false, true) => Said::Approves,
        _ => Said::Unclear,
    }
}
