//! What somebody of the pool says when she is asked whether she takes a letter.
//!
//! Her words are taken apart into phrases. She is willing when at least one phrase is a yes, and all others are courtesies
//! or names; not, when one is a no and none is a yes. A question, a condition, a text without either is unclear.

use super::phrases::{COURTESIES, NO, YES};
use crate::domain::words::{bare, is_name};
use crate::mail::fold::fold;

/// What she says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Willing {
    /// She takes it.
    Yes,
    /// She does not.
    No,
    /// Nothing but courtesies.
    Polite,
    /// Neither, for certain.
    Unclear,
}

/// Signs after which another phrase begins.
const ENDS: [char; 10] = ['。', '、', '!', ',', '.', ';', '\n', '…', '~', ':'];

/// Reads a reply; `names` may stand anywhere in it.
pub fn willing(text: &str, names: &[&str]) -> Willing {
    let folded = fold(text);
    if folded.contains('?') {
        return Willing::Unclear;
    }
    let (mut yes, mut no, mut polite) = (false, false, false);
    for phrase in folded.split(ENDS) {
        let phrase = bare(phrase);
        let is = |list: &[&str]| listed(list, &phrase);
        polite |= is(COURTESIES);
        if phrase.is_empty() || is(COURTESIES) || names.iter().any(|name| is_name(&phrase, name)) {
            continue;
        }
        match (is(YES), is(NO)) {
            (true, _) => yes = true,
            (_, true) => no = true,
            _ => return Willing::Unclear,
        }
    }
    match (yes, no) {
        (true, false) => Willing::Yes,
        (false, true) => Willing::No,
        (false, false) if polite => Willing::Polite,
        _ => Willing::Unclear,
    }
}

fn listed(list: &[&str], phrase: &str) -> bool {
    list.contains(&phrase) || list.iter().any(|word| !word.is_ascii() && *word == phrase.replace(' ', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_yes_in_japanese() {
        let check = |text: &str| assert_eq!(willing(text, &["けい"]), Willing::Yes, "{text}");
        check("はい");
        check("はい。");
        check("はい！");
        check("ハイ、やります".replace('ハ', "は").replace('イ', "い").as_str());
        check("はい、お願いします。");
        check("はい、できます。");
        check("はい、やります。よろしくお願いいたします。");
        check("やります");
        check("やりますよ〜");
        check("読みます！");
        check("いいですよ");
        check("私でよければ、やります。");
        check("私でよければ。");
        check("喜んで！");
        check("引き受けます。");
        check("1通お引き受けします".replace("1通", "").as_str());
        check("１通なら書けます");
        check("大丈夫です");
        check("お疲れさまです。\nはい、読みます。\n\nけい");
        check("ＯＫです");
        check("了解しました。");
        check("はい\nけい");
        check("はい😊");
    }

    #[test]
    fn a_no_in_japanese() {
        let check = |text: &str| assert_eq!(willing(text, &["けい"]), Willing::No, "{text}");
        check("いいえ");
        check("今日は無理です");
        check("今日は、むりです。".replace('、', "").as_str());
        check("すみません、今日は無理です。");
        check("申し訳ありませんが、今日は難しいです。よろしくお願いします。");
        check("ごめんなさい。できません。");
        check("今回は見送らせてください。");
        check("また今度お願いします");
        check("手がいっぱいです。すみません。");
        check("今日は時間が取れません");
        check("ほかの方にお願いします。\n\nけい");
        check("書けません");
    }

    #[test]
    fn in_japanese_the_rest_is_asked_about() {
        let check = |text: &str| assert_eq!(willing(text, &["けい"]), Willing::Unclear, "{text}");
        check("");
        check("\n");
        check("けい");
        check("どんなお便りですか？");
        check("はい、どんなお便りでしょうか？");
        check("いつまでですか");
        check("夜でもよければ、やります");
        check("はい、でも夜になります");
        check("明日ならできます");
        check("できるかもしれません");
        check("たぶん大丈夫です");
        check("はい、無理です");
        check("今日は無理です。明日ならやります");
        check("考えてみます");
        check("あとで返事します");
        check("今日は10分歩きました");
        check("よく歩きましたね。あしたも楽しみにしています。");
        check("やりません");
        check("大丈夫ではないです");
        check("熱が出てしまって");
        check("△");
    }

    #[test]
    fn the_same_in_english() {
        let check = |text: &str, expected| assert_eq!(willing(text, &["Kay"]), expected, "{text}");
        check("yes", Willing::Yes);
        check("Yes!", Willing::Yes);
        check("YES", Willing::Yes);
        check("Yes, please.", Willing::Yes);
        check("Yes, I can.", Willing::Yes);
        check("I can", Willing::Yes);
        check("I’ll take it.", Willing::Yes);
        check("Sure, happy to!", Willing::Yes);
        check("Sure.\n\nKay", Willing::Yes);
        check("Hi,\nI can take one.\nBest wishes,\nKay", Willing::Yes);
        check("OK", Willing::Yes);
        check("Of course. Send it to me.", Willing::Yes);
        check("No problem!", Willing::Yes);
        check("no", Willing::No);
        check("Not today", Willing::No);
        check("Sorry, not today.", Willing::No);
        check("No, thank you.", Willing::No);
        check("I'm afraid I can't.", Willing::No);
        check("Sorry, I can't this time.\nKay", Willing::No);
        check("I'm busy today, sorry", Willing::No);
        check("Maybe next time", Willing::No);
        check("", Willing::Unclear);
        check("Thanks", Willing::Polite);
        check("ありがとうございます", Willing::Polite);
        check("お願いします", Willing::Polite);
        check("ありがとうございます。またの機会に、よろしくお願いします。", Willing::No);
        check("Yes?", Willing::Unclear);
        check("How long is it?", Willing::Unclear);
        check("Yes, but only tonight", Willing::Unclear);
        check("If nobody else can, yes", Willing::Unclear);
        check("Maybe", Willing::Unclear);
        check("I can't say yet", Willing::Unclear);
        check("I could tomorrow", Willing::Unclear);
        check("Yes no", Willing::Unclear);
        check("Well walked, Mary.", Willing::Unclear);
        check("writing", Willing::Unclear);
    }
}
