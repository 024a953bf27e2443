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

/// What is left of a text for comparing: folded, without punctuation, white space, emoji and long vowel marks
/// at the end of words.
fn bare(text: &str) -> String {
    let folded = fold(text);
    let mut out = String::new();
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

fn listed(list: &[&str], bare: &str) -> bool {
    list.iter().any(|word| bare == *word || bare.replace(' ', "") == word.replace(' ', ""))
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
