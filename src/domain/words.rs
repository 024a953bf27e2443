//! Closed lists of whole texts, compared after folding: a bare word of thanks, a yes, a no.
//!
//! A text is on a list only when nothing is left of it beside the listed words; in doubt it is not.

use crate::mail::fold::fold;

const THANKS: &[&str] = &[
    "ありがとう",
    "ありがとうございます",
    "ありがとうございました",
    "どうもありがとう",
    "どうもありがとうございます",
    "どうもありがとうございました",
    "いつもありがとう",
    "いつもありがとうございます",
    "お返事ありがとう",
    "お返事ありがとうございます",
    "お返事ありがとうございました",
    "お便りありがとうございます",
    "ありがとね",
    "ありがとー",
    "thanks",
    "thank you",
    "thank you very much",
    "thank you so much",
    "thanks a lot",
    "thanks so much",
    "many thanks",
];

const YES: &[&str] = &[
    "はい",
    "はい私です",
    "私です",
    "はい私が書きました",
    "はいそうです",
    "はい本人です",
    "そうです",
    "本人です",
    "yes",
    "yes it was me",
    "yes it's me",
    "yes that was me",
    "it was me",
    "ok",
    "はいお願いします",
    "yes please",
];

const NO: &[&str] = &[
    "いいえ",
    "いいえ違います",
    "いいえちがいます",
    "違います",
    "ちがいます",
    "私ではありません",
    "いいえ私ではありません",
    "私ではないです",
    "いいえ私ではないです",
    "書いていません",
    "いいえ書いていません",
    "身に覚えがありません",
    "いいえ身に覚えがありません",
    "no",
    "no it was not me",
    "no it wasn't me",
    "not me",
    "it was not me",
    "it wasn't me",
];

const AS_IT_IS: &[&str] = &[
    "そのまま送る",
    "そのまま送ります",
    "そのまま送って",
    "そのまま送ってください",
    "そのまま送って下さい",
    "そのままおくる",
    "そのまま届けてください",
    "そのまま届けて",
    "そのまま見せてください",
    "そのまま見せて",
    "見せてください",
    "そのままでお願いします",
    "そのままお願いします",
    "そのままで",
    "そのまま",
    "このまま送る",
    "このまま送ってください",
    "はいそのまま送る",
    "はいそのまま送ってください",
    "はいそのままでお願いします",
    "送る",
    "送ってください",
    "はい送ってください",
    "はい",
    "はいお願いします",
    "お願いします",
    "send as it is",
    "send it as it is",
    "yes send as it is",
    "yes send it as it is",
    "please send as it is",
    "please send it as it is",
    "send as is",
    "send it as is",
    "as it is",
    "send it",
    "send",
    "yes",
    "yes please",
    "ok",
];

const NOT_AS_IT_IS: &[&str] = &[
    "いいえ",
    "いいえ送らないでください",
    "送らない",
    "送らないで",
    "送らないでください",
    "届けないでください",
    "見せないでください",
    "伏せたままで",
    "伏せたままでお願いします",
    "やめます",
    "no",
    "no thanks",
    "no thank you",
    "don't send it",
    "do not send it",
];

/// What is left of a text for comparing: folded, without punctuation, white space, emoji and long vowel marks
/// at the end of words.
pub(super) fn bare(text: &str) -> String {
    bare_folded(&fold(text))
}

/// The same of a text that is folded already.
pub(super) fn bare_folded(folded: &str) -> String {
    let mut out = String::with_capacity(folded.len());
    for c in folded.chars() {
        if c.is_alphanumeric() || c == '\'' || c == 'ー' {
            out.push(c);
        } else if c == '’' {
            out.push('\'');
        } else if c.is_whitespace() && out.chars().last().is_some_and(|p| p.is_ascii_alphanumeric()) {
            out.push(' ');
        }
    }
    out.trim_end().to_owned()
}

/// Whether anything is left of a text for comparing.
pub(super) fn has_words(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric) || !bare(text).is_empty()
}

pub(super) fn listed(list: &[&str], bare: &str) -> bool {
    let tight = |text| str::bytes(text).filter(|c| *c != b' ');
    list.iter().any(|word| tight(word).eq(tight(bare)))
}

/// Whether bare words are a word of thanks, without any name.
pub(super) fn is_bare_thanks(bare: &str) -> bool {
    listed(THANKS, bare)
}

/// Whether the whole text is a word of thanks, with or without the name of the one who is thanked.
pub fn is_thanks(text: &str, name: &str) -> bool {
    let words = bare(text);
    let name = bare(name);
    if listed(THANKS, &words) {
        return true;
    }
    let named = ["さん", "さま", "様", ""].iter().map(|title| format!("{name}{title}"));
    let mut named = named.filter(|n| !name.is_empty() && !n.is_empty());
    named.any(|n| {
        let before = words.strip_prefix(&n).map(str::trim);
        let after = words.strip_suffix(&n).map(str::trim);
        before.or(after).is_some_and(|rest| listed(THANKS, rest))
    })
}

/// A supporter's reply to our own yes-or-no question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum YesOrNo {
    /// A whole text, or a whole first line, from the list.
    Yes,
    /// The same.
    No,
    /// Anything else.
    Unclear,
}

/// Reads the reply to a yes-or-no question: its first line that is not empty decides.
pub fn yes_or_no(text: &str) -> YesOrNo {
    let first = text.lines().map(bare).find(|line| !line.is_empty()).unwrap_or_default();
    if listed(YES, &first) {
        YesOrNo::Yes
    } else if listed(NO, &first) {
        YesOrNo::No
    } else {
        YesOrNo::Unclear
    }
}

/// A reply to the question whether words that tell who their writer is may go as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// As they are.
    AsItIs,
    /// Not at all.
    Not,
    /// Somebody else wrote them.
    NotMine,
    /// None of these for certain, and nothing else for certain.
    Unclear,
    /// Other words.
    Words,
}

/// Wider lines that speak about the question are words; a Japanese character is two wide.
const SHORT: usize = 56;
/// What a line may begin with that answers the question, in other words than those that are listed.
const YES_AND_NO: [&str; 6] = ["はい", "いいえ", "yes ", "no ", "ok ", "okay "];
/// What stands in a line that speaks about the question.
const ABOUT_THE_QUESTION: [&str; 13] = [
    "そのまま",
    "このまま",
    "送って",
    "送ら",
    "送り",
    "送信",
    "届けて",
    "届けな",
    "お願い",
    "見せ",
    "as it is",
    "send ",
    "go ahead",
];

/// Reads such a reply: its first line that is not empty decides; the lines behind it are given as well.
pub fn leave(text: &str) -> (Leave, &str) {
    let text = text.trim_start();
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let first = bare(first);
    let leave = if listed(AS_IT_IS, &first) {
        Leave::AsItIs
    } else if listed(NOT_AS_IT_IS, &first) {
        Leave::Not
    } else if listed(NO, &first) {
        Leave::NotMine
    } else if first.is_empty() || speaks_of_the_question(&first) {
        Leave::Unclear
    } else {
        Leave::Words
    };
    (leave, rest.trim())
}

/// Whether a line may be meant for us: such a line must not go to a client as her supporter's answer.
fn speaks_of_the_question(bare: &str) -> bool {
    let spaced = format!("{bare} ");
    let width: usize = bare.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
    width <= SHORT
        && (YES_AND_NO.iter().any(|word| spaced.starts_with(word))
            || ABOUT_THE_QUESTION.iter().any(|words| spaced.contains(words)))
}

/// Whether nothing stands below an answer to a question but a name or a polite word.
pub fn is_courtesy(text: &str, name: &str) -> bool {
    const POLITE: [&str; 7] = [
        "よろしくお願いします",
        "よろしくお願いいたします",
        "お願いします",
        "お願いいたします",
        "thanks",
        "thank you",
        "please",
    ];
    let polite = |line: &str| !has_words(line) || is_name(line, name) || listed(&POLITE, &bare(line));
    text.lines().all(polite)
}

/// Whether a supporter only says that she is writing her answer just now.
pub fn is_writing(text: &str, name: &str) -> bool {
    const WRITING: [&str; 15] = [
        "いま書いています",
        "今書いています",
        "いま書いてます",
        "今書いてます",
        "いま書いているところです",
        "今書いているところです",
        "いま書いてるところです",
        "今書いてるところです",
        "書いています",
        "書いてます",
        "書いているところです",
        "writing",
        "i am writing",
        "i'm writing",
        "i am writing now",
    ];
    let mut lines = text.lines().filter(|line| has_words(line));
    let says = lines.next().is_some_and(|line| listed(&WRITING, &bare(line)));
    says && lines.all(|line| is_courtesy(line, name))
}

/// Whether a text is a name and nothing else, as under a letter.
pub fn is_name(text: &str, name: &str) -> bool {
    bare(text) == bare(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_says_that_she_is_writing_says_nothing_else() {
        let check = |text: &str, expected: bool| assert_eq!(is_writing(text, "あい"), expected, "{text}");
        check("いま書いています", true);
        check("今、書いています。", true);
        check("いま書いています。\n\nあい", true);
        check("いま書いています。よろしくお願いします", false); // one line, and it says more
        check("いま書いています\nよろしくお願いします", true);
        check("Writing", true);
        check("I’m writing.\nThanks", true);
        check("いま書いています。はるさん、昨日は歩きましたか。", false);
        check("いま書いています\nはるさん、こんばんは。", false);
        check("日記を書いています", false);
        check("writing helps me too", false);
        check("", false);
    }

    #[test]
    fn thanks_are_a_whole_text_and_nothing_more() {
        let check = |text: &str, expected: bool| assert_eq!(is_thanks(text, "あい"), expected, "{text}");
        check("ありがとう", true);
        check("ありがとうございます！\n", true);
        check("ｱﾘｶﾞﾄｳ", false); // half-width katakana is another word; in doubt it is a report
        check("あいさん、ありがとうございました。", true);
        check("ありがとう、あいさん", true);
        check("Thank you!", true);
        check("THANKS 😊", true);
        check("ありがとう。今日も歩きました", false);
        check("疲れた", false);
        check("休み", false);
        check("△", false);
        check("助けて", false);
        check("", false);
        check("はい", false);
    }

    #[test]
    fn a_yes_is_a_whole_line() {
        let check = |text: &str, expected| assert_eq!(yes_or_no(text), expected, "{text}");
        check("はい", YesOrNo::Yes);
        check("\n はい。\n\nあい", YesOrNo::Yes);
        check("はい、私です。", YesOrNo::Yes);
        check("Ｙｅｓ！", YesOrNo::Yes);
        check("いいえ", YesOrNo::No);
        check("いいえ、ちがいます。", YesOrNo::No);
        check("No, it wasn’t me.", YesOrNo::No);
        check("はいと言いたいところですが", YesOrNo::Unclear);
        check("今日はおつかれさまでした", YesOrNo::Unclear);
        check("", YesOrNo::Unclear);
    }

    #[test]
    fn leave_is_a_whole_line_and_other_words_are_an_answer() {
        let check = |text: &str, expected| assert_eq!(leave(text).0, expected, "{text}");
        check("そのまま送る", Leave::AsItIs);
        check("\n「そのまま送る」\n\nあい", Leave::AsItIs);
        check("はい。", Leave::AsItIs);
        check("Send as it is.", Leave::AsItIs);
        check("ＯＫ", Leave::AsItIs);
        check("いいえ", Leave::Not);
        check("送らないでください。", Leave::Not);
        check("私ではありません", Leave::NotMine);
        check("Not me!", Leave::NotMine);
        check("そのままでいいのでしょうか？", Leave::Unclear);
        check("", Leave::Unclear);
        check("そのままのあなたで、じゅうぶんだと思います。ゆっくりいきましょうね。", Leave::Words);
        check("雨の中を、よく歩きましたね。", Leave::Words);
        check("Well walked, Haru.", Leave::Words);
        check("Nothing is lost, Haru.", Leave::Words);
        for unclear in [
            "はい、お願いいたします。",
            "はい、大丈夫です",
            "送らないで下さい",
            "はい、よく歩きましたね。",
            "Yes, go ahead",
            "Yes, that's fine.",
            "Please send it to her",
            "No, better not",
            "ok, do it",
        ] {
            check(unclear, Leave::Unclear);
        }
        assert_eq!(leave("はい\n\n今日は歩きました").1, "今日は歩きました");
    }
}
