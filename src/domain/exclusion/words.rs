//! Closed lists of whole texts: a supporter who may know a client, a client who wants another supporter. In doubt a text is on
//! neither, and is an answer or a report.

use super::super::words::{bare, has_words, is_courtesy, listed};

/// Whether a supporter only says that she may know the client.
pub fn may_know(text: &str, name: &str) -> bool {
    const MAY_KNOW: [&str; 20] = [
        "知り合いかも",
        "知り合いかもしれません",
        "知り合いかもしれないです",
        "知り合いのようです",
        "知人かも",
        "知人かもしれません",
        "知っている人かも",
        "知っている人かもしれません",
        "知っている方かも",
        "知っている方かもしれません",
        "i may know her",
        "i may know him",
        "i may know them",
        "i may know this person",
        "i might know her",
        "i might know him",
        "i might know them",
        "i might know this person",
        "i think i know her",
        "i think i know this person",
    ];
    is_only(&MAY_KNOW, text, name)
}

/// Whether a client only says that somebody else should answer her.
pub fn wants_another(text: &str, name: &str) -> bool {
    const ANOTHER: [&str; 26] = [
        "担当を変えてください",
        "担当を変えて下さい",
        "担当を変えてほしい",
        "担当を変えてほしいです",
        "担当を変えて欲しいです",
        "担当を替えてください",
        "担当を替えてほしいです",
        "担当を代えてください",
        "担当を変更してください",
        "担当の方を変えてください",
        "担当者を変えてください",
        "担当さんを変えてください",
        "別の担当にしてください",
        "別の人にしてください",
        "ほかの担当にしてください",
        "他の担当にしてください",
        "please change my supporter",
        "change my supporter",
        "change my supporter please",
        "could you change my supporter",
        "i want another supporter",
        "i'd like another supporter",
        "i would like another supporter",
        "another supporter please",
        "not this person",
        "not this person please",
    ];
    is_only(&ANOTHER, text, name)
}

/// Whether the first line is listed, and nothing stands below it but a name or a polite word.
fn is_only(list: &[&str], text: &str, name: &str) -> bool {
    const POLITE: [&str; 4] =
        ["よろしくお願いします", "よろしくお願いいたします", "お願いします", "お願いいたします"];
    let mut lines = text.lines().filter(|line| has_words(line));
    let says = lines.next().is_some_and(|line| {
        let line = bare(line);
        let before = POLITE.iter().find_map(|polite| line.strip_suffix(polite)).unwrap_or(&line);
        listed(list, before)
    });
    says && lines.all(|line| is_courtesy(line, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_know_her_and_who_wants_another_say_nothing_else() {
        let check = |text: &str, expected: bool| assert_eq!(may_know(text, "あい"), expected, "{text}");
        check("知り合いかも", true);
        check("知り合いかもしれません。\n\nあい", true);
        check("知り合いかもしれません。よろしくお願いします。", true);
        check("I may know her.\nThanks", true);
        check("知り合いかもしれませんが、よく歩きましたね", false);
        check("知り合いかもしれません\nよく歩きましたね", false);
        check("知り合いができてよかったですね", false);
        check("I may know her song", false);
        check("", false);
        let check = |text: &str, expected: bool| assert_eq!(wants_another(text, "はる"), expected, "{text}");
        check("担当を変えてください", true);
        check("担当を変えてください。お願いします。\nはる", true);
        check("Please change my supporter!", true);
        check("Not this person.", true);
        check("仕事の担当を変えてください", false);
        check("担当を変えてくださいと言われて、疲れました", false);
        check("担当を変えてください\n今日は歩きました", false);
        check("担当", false);
        check("", false);
    }
}
