//! Subjects that responders make, at their very beginning; `Re:` before them makes them a person's.

use super::super::fold::fold;

/// What stands in brackets at the beginning.
const BRACKETED: [&str; 12] = [
    "自動返信",
    "自動応答",
    "自動送信",
    "自動配信",
    "自動返信メール",
    "自動応答メール",
    "不在自動応答",
    "送信者確認",
    "auto-reply",
    "auto reply",
    "autoreply",
    "automatic reply",
];

/// What stands in brackets before the subject of the answered mail, `Re:` and all.
const BRACKETED_BEFORE_RE: [&str; 6] =
    ["不在", "不在通知", "不在のお知らせ", "休暇中", "外出中", "out of office"];

/// What stands before a colon.
const LABELS: [&str; 33] = [
    "自動返信メール",
    "自動応答メール",
    "自動配信メール",
    "自動応答",
    "自動返信",
    "自動送信",
    "不在時応答",
    "不在時の自動応答",
    "不在自動応答",
    "不在応答",
    "automatic reply",
    "auto reply",
    "auto-reply",
    "autoreply",
    "auto response",
    "auto-response",
    "autoresponse",
    "auto-responder",
    "automated response",
    "automatic response",
    "out of office autoreply",
    "out of office auto-reply",
    "automatische antwort",
    "abwesenheitsnotiz",
    "réponse automatique",
    "respuesta automática",
    "risposta automatica",
    "resposta automática",
    "automatisch antwoord",
    "автоматический ответ",
    "автоответ",
    "自动回复",
    "자동 회신",
];

/// The same, of words that people put before a colon, too: only in an answer.
const LABELS_OF_ANSWERS: [&str; 8] = [
    "不在通知",
    "out of office",
    "out of the office",
    "vacation reply",
    "absence du bureau",
    "fuera de la oficina",
    "fuori sede",
    "afwezig",
];

/// Whether the subject is a responder's template; `answers` when the mail says in its header that it answers one.
pub(super) fn is_template(subject: &str, answers: bool) -> bool {
    let folded = fold(subject);
    let labelled = folded.split_once(':').is_some_and(|(label, rest)| {
        let answers = answers || rest.trim_start().starts_with("re:");
        let label = label.trim();
        !asks(rest) && (LABELS.contains(&label) || answers && LABELS_OF_ANSWERS.contains(&label))
    });
    bracketed(&folded)
        || labelled
        || labelled_behind(&folded)
        // Lotus Notes and Domino
        || folded.starts_with("auto:") && folded.contains(" is out of the office")
        // Request Tracker, behind its ticket number
        || folded.starts_with('[') && folded.contains("] autoreply:")
        // BoxTrapper
        || folded.contains("requires verification verify#")
        || folded.starts_with("cron <") && folded.contains("@") && folded.contains("> ")
}

fn bracketed(folded: &str) -> bool {
    let brackets = [('【', '】'), ('[', ']'), ('(', ')'), ('<', '>'), ('《', '》')];
    brackets.iter().any(|(open, close)| {
        let inner = folded.strip_prefix(*open).and_then(|rest| rest.split_once(*close));
        inner.is_some_and(|(inner, rest)| {
            let inner = inner.trim();
            BRACKETED.contains(&inner) && !asks(rest) && !tells(rest)
                || BRACKETED_BEFORE_RE.contains(&inner) && rest.trim_start().starts_with("re:")
        })
    })
}

/// "冬季休業のお知らせ（自動返信）"
fn labelled_behind(folded: &str) -> bool {
    let label = folded.strip_suffix([')', '】', ']']).and_then(|rest| rest.rsplit_once(['(', '【', '[']));
    label.is_some_and(|(before, label)| {
        BRACKETED.contains(&label.trim())
            && !before.trim().is_empty()
            && !before.starts_with("re:")
            && !hands_on(folded)
            && !asks(before)
            && !before.trim_end().ends_with("です")
    })
}

/// A label and nothing else, or one that people write, too: for a machine with a text that says the same.
pub(super) fn is_label(folded: &str) -> bool {
    const ALONE: [&str; 8] = [
        "自動返信",
        "自動返信メール",
        "自動応答",
        "自動応答メール",
        "auto reply",
        "auto-reply",
        "auto response",
        "automatic reply",
    ];
    let label = folded.split_once(':').map(|(label, rest)| (label.trim(), rest));
    ALONE.contains(&folded.trim())
        || label.is_some_and(|(label, rest)| LABELS_OF_ANSWERS.contains(&label) && !asks(rest))
        || folded.starts_with("out of office re:")
}

/// A question is a person's, and so is a plain wish.
pub(super) fn asks(words: &str) -> bool {
    const ENDS: [&str; 9] =
        ["?", "てください", "ますか", "ですか", "ませんか", "ましたか", "でしょうか", "だろうか", "のか"];
    let words = words.trim_end_matches(|c: char| c == '。' || c == '.' || c == '!' || c.is_whitespace());
    ENDS.iter().any(|e| words.ends_with(e))
}

/// What stands behind the brackets goes on with the sentence: "が来ました", "というメールについて".
fn tells(rest: &str) -> bool {
    const PHRASES: [&str; 7] = ["という", "って", "について", "とは", "から", "をや", "、"];
    let rest = rest.trim_start();
    let mut first = rest.chars();
    let particle = first.next().is_some_and(|c| "がはをにのともで".contains(c));
    // behind a particle a word begins, as a rule not in hiragana
    let word = first.next().is_some_and(|c| !c.is_whitespace() && !('ぁ'..='ん').contains(&c));
    PHRASES.iter().any(|p| rest.starts_with(p)) || particle && word
}

/// Subjects of absence notices; they speak for a machine only beside a text that is nothing else.
pub(super) fn names_an_absence(folded: &str) -> bool {
    const NOTICES: [&str; 10] = [
        "不在のお知らせ",
        "不在連絡",
        "休暇のお知らせ",
        "休業のお知らせ",
        "休診のお知らせ",
        "出張のため不在",
        "out of office",
        "out of the office",
        "on leave",
        "on vacation",
    ];
    NOTICES.iter().any(|n| folded.starts_with(n))
        || folded.trim_end_matches('.').ends_with("is out of the office")
}

/// A mail that somebody hands on, with another's words in it.
pub(super) fn hands_on(folded: &str) -> bool {
    ["fw:", "fwd:", "転送:", "tr:", "wg:"].iter().any(|f| folded.starts_with(f))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_counts_only_as_a_template() {
        let check =
            |subject: &str, template: bool| assert_eq!(is_template(subject, false), template, "{subject}");
        for subject in [
            "自動応答: 今日の報告",
            "自動応答：Re: 今日の報告",
            "【自動返信】お問い合わせありがとうございます",
            "［自動返信］受付",
            "(自動送信) 受付",
            "Automatic reply: hello",
            "Out of Office: Re: hello",
            "AUTO REPLY: x",
            "【 自動応答 】",
            "Réponse automatique : x",
            "【不在】Re: お便り",
            "AUTO: Haru is out of the office (returning 24/11/2026)",
            "[example.org #12] AutoReply: letter",
            "Cron <root@host> backup",
            "[Auto-Reply] report",
            "冬季休業のお知らせ（自動返信）",
            "【自動返信】はるさんの報告",
            "【自動返信】受付について",
        ] {
            check(subject, true);
        }
        for subject in [
            "Re: 自動応答: 今日の報告",
            "【自動返信】というメールについて",
            "【自動返信】の件",
            "[自動返信] が来ました",
            "[Auto-Reply] again?",
            "自動返信：どうやって止めますか",
            "Automatic reply: what is that?",
            "【自動返信】をやめたい",
            "【自動返信】、怖いです",
            "自動返信: やめてください",
            "Re: 冬季休業のお知らせ（自動返信）",
            "怖いです（自動返信）",
            "自動応答が来ました",
            "不在でした",
            "今日は休暇でした",
            "休暇: 楽しかった",
            "外出できました",
            "自動返信って冷たい: 感想",
            "I was out of office today",
            "",
            "【報告】自動返信のこと",
            "お休み",
            "Auto: the car broke",
            "【不在】来週のこと",
            "【休暇中】海です",
            "不在通知: 荷物のこと",
            "【不在通知】再配達",
            "Out of office: a diary",
            "Re: [example.org #12] AutoReply: letter",
            "Cron and me",
        ] {
            check(subject, false);
        }
    }
}
