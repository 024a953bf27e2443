//! What a reader says about a newcomer's answer.
//!
//! Her words are taken apart into phrases. The answer is good when at least one phrase says so and all others are courtesies or
//! names. She declines in the same way. A bare no, a question in return, or courtesies alone say nothing that could be done.
//! Everything else is for its writer, unless it stands beside a no to reading, or reads as a word for the office.

use crate::domain::absence::asks_to_cover;
use crate::domain::meaning::doubt;
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
    /// She cannot read it.
    Declines,
    /// Neither, for certain.
    Unclear,
}

/// Who may be named in a reply.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// What the reader goes by, and the service.
    pub own: &'a [&'a str],
    /// The answer's writer.
    pub writer: &'a str,
    /// For whom it is.
    pub client: &'a str,
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
    "申し訳ありません",
    "申し訳ありませんが",
    "ごめんなさい",
    "事務局様",
    "事務局さま",
    "事務局の皆様",
    "事務局御中",
    "hello",
    "hi",
    "dear all",
    "please",
    "sorry",
    "i'm sorry",
    "i am sorry",
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
    "no",
    "not yet",
    "wait",
    "please wait",
    "stop",
    "return",
    "return it",
    "undo",
];
/// She cannot read it.
const DECLINES: &[&str] = &[
    "読めません",
    "読めないです",
    "読めそうにありません",
    "読めそうにないです",
    "読む時間がありません",
    "時間がありません",
    "時間が取れません",
    "時間がとれません",
    "できません",
    "できそうにありません",
    "無理です",
    "むりです",
    "無理そうです",
    "難しいです",
    "むずかしいです",
    "難しそうです",
    "ほかの方にお願いします",
    "他の方にお願いします",
    "ほかの方にお願いできますか",
    "他の方にお願いできますか",
    "どなたかほかの方にお願いします",
    "i can't",
    "i cannot",
    "i can't read it",
    "i cannot read it",
    "i can't read",
    "i can't do it",
    "i can't do this",
    "not",
    "i have no time",
    "no time",
    "i won't manage",
    "somebody else please",
    "someone else please",
    "please ask somebody else",
    "please ask someone else",
    "can somebody else read it",
    "can someone else read it",
];
/// When she cannot.
const WHEN: [&str; 11] = [
    "今日は",
    "今夜は",
    "今回は",
    "いまは",
    "今は",
    "ちょっと",
    " today",
    " tonight",
    " this time",
    " right now",
    " now",
];
/// Why she cannot, in a word before it or behind it.
const WHY: &[&str] = &[
    "熱が出て",
    "熱があって",
    "熱が出てしまって",
    "熱が出てしまい",
    "熱があるので",
    "体調が悪くて",
    "体調が悪いので",
    "体調不良で",
    "仕事で",
    "用事があって",
    "出先なので",
    "外出中なので",
    "i'm ill",
    "i am ill",
    "i'm busy",
    "i am busy",
    "i'm at work",
    "i am at work",
    "i'm away",
];
const ENDS: [char; 9] = ['。', '、', '!', ',', '.', ';', '\n', '…', '~'];

/// What stands in a reply.
#[derive(Default)]
struct Heard {
    approves: bool,
    declines: bool,
    /// Why she would decline.
    why: bool,
    bare: bool,
    others: bool,
}

/// Reads a reply.
pub fn said(text: &str, names: &Names<'_>) -> Said {
    if text.trim().is_empty() {
        return Said::Nothing;
    }
    let all: Vec<&str> = names.own.iter().copied().chain([names.writer, names.client]).collect();
    if asks_to_cover(text, &all) {
        return Said::Declines;
    }
    let folded = fold(text);
    let mut heard = Heard::default();
    for phrase in folded.split(ENDS) {
        heard.take(phrase, names.own);
    }
    heard.approves |= SIGNS.iter().any(|sign| text.contains(sign));
    match heard {
        Heard { others: true, declines: true, .. } => Said::Unclear,
        Heard { others: true, .. } if for_others(text, names) => Said::Unclear,
        Heard { others: true, .. } => Said::Returns,
        Heard { bare: false, approves: true, declines: false, why: false, .. } => Said::Approves,
        Heard { bare: false, approves: false, declines: true, .. } => Said::Declines,
        _ => Said::Unclear,
    }
}

impl Heard {
    fn take(&mut self, phrase: &str, names: &[&str]) {
        let asks = phrase.contains('?');
        let words = bare(phrase);
        if words.is_empty() || is_any(phrase, names) || listed(POLITE, &words) || is_thanks(phrase, "") {
            return;
        }
        match () {
            () if listed(APPROVES, &words) && !asks => self.approves = true,
            () if listed(BARE, &words) || listed(APPROVES, &words) => self.bare = true,
            () if declines(&words) => self.declines = true,
            () if listed(WHY, &words) => self.why = true,
            () => self.others = true,
        }
    }
}

/// Whether a phrase is one of these names.
fn is_any(phrase: &str, names: &[&str]) -> bool {
    let ends = ["", "さん", "様", "です"];
    names.iter().any(|name| ends.iter().any(|end| is_name(phrase, &format!("{name}{end}"))))
}

/// Whether a phrase says that she cannot.
fn declines(words: &str) -> bool {
    let mut rest = words.trim();
    for when in WHEN {
        rest = rest.strip_prefix(when).or_else(|| rest.strip_suffix(when)).unwrap_or(rest).trim();
    }
    listed(DECLINES, rest) && (rest.len() < words.len() || rest != "not")
}

/// Whether words read as said to somebody else than the writer of the answer. What a line with her name stands above is for her.
fn for_others(text: &str, names: &Names<'_>) -> bool {
    let first = text.lines().find(|line| !bare(line).is_empty()).unwrap_or_default();
    // Beside her own name, which she does not say of others: of the client and the writer she may say what she likes.
    let own = names.own.last().copied().unwrap_or_default();
    !is_for(first, names.writer) && doubt(text, own, &[]).is_some()
}

/// Whether a line says for whom all that follows is, and nothing else.
fn is_for(line: &str, name: &str) -> bool {
    ["さんへ", "様へ", "さまへ", "へ"].iter().any(|end| is_name(line, &format!("{name}{end}")))
        || ["to", "for", "dear"].iter().any(|begin| is_name(line, &format!("{begin} {name}")))
}
