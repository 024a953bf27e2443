//! The marks that anybody may set: a first line to the office, and a paragraph that is a memo of one's own.

use super::super::absence::is_polite;
use super::super::words::{bare, bare_folded, has_words, listed};
use crate::mail::fold::fold;

/// Whether a mail speaks to the office in its first line: greetings may stand before it. `subject` counts as a line where
/// it is the writer's own. `names`: those that she goes by.
pub fn addressed_to_office(subject: &str, words: &str, names: &[&str]) -> bool {
    if !may_speak_to_office(subject) && !may_speak_to_office(words) {
        return false;
    }
    let mut lines = [subject].into_iter().chain(words.lines()).filter(|line| has_words(line));
    let first = lines.find(|line| speaks_to_office(line) || !is_polite(line, names) || *line == subject);
    let first = first.is_some_and(speaks_to_office);
    // A subject of hers is no first line: what stands below it may be.
    first || (!subject.trim().is_empty() && addressed_to_office("", words, names))
}

/// Behind 「事務局」; the first ones may have words on the same line.
const ADDRESSED: [&str; 14] = [
    "の皆様へ",
    "の皆さまへ",
    "の皆さんへ",
    "のみなさまへ",
    "のみなさんへ",
    "の方へ",
    "の皆様",
    "の皆さま",
    "さんへ",
    "さまへ",
    "様へ",
    "御中",
    "さま",
    "様",
];
const ADDRESSED_ALONE: [&str; 12] = [
    "の皆さん",
    "のみなさま",
    "のみなさん",
    "の方",
    "さん",
    "宛",
    "宛て",
    "あて",
    "への連絡",
    "へのご連絡",
    "への相談",
    "へのお願い",
];
/// What one does at the office, rather than say to it.
const DONE_THERE: [&str; 12] =
    ["行", "電話", "連絡し", "相談し", "届", "出", "メールし", "メールを", "返", "問い合わ", "寄", "歩"];
const TO_THE_OFFICE: [&str; 11] = [
    "to the office",
    "to the office please",
    "for the office",
    "a word for the office",
    "message for the office",
    "a message for the office",
    "only for the office",
    "to the coordinator",
    "to the coordinators",
    "to the team",
    "for the coordinators",
];
const DEAR_OFFICE: [&str; 8] = [
    "dear office",
    "hello office",
    "hi office",
    "dear team",
    "dear coordinator",
    "dear coordinators",
    "dear all at the office",
    "dear people at the office",
];

/// A quick look: every wording has one of two letters. Kana, kanji, and the wide marks and digits fold to no other letter.
fn may_speak_to_office(text: &str) -> bool {
    let is_another = |c| {
        c != '局'
            && matches!(c, '\u{3000}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ff01}'..='\u{ff20}' | '…' | '♪')
    };
    text.chars().any(|c| matches!(c, 'e' | 'E') || !c.is_ascii() && !is_another(c))
}

fn speaks_to_office(line: &str) -> bool {
    if !may_speak_to_office(line) {
        return false;
    }
    let folded = fold(line);
    let line = folded.trim_matches(|c: char| !c.is_alphanumeric() && !is_end(c)).trim_end();
    japanese(line) || english(line)
}

fn is_end(c: char) -> bool {
    matches!(c, ':' | '、' | ',' | '。' | '.' | '-' | '—' | '–' | '!')
}

fn japanese(line: &str) -> bool {
    // The office of a service may have its name before it.
    let Some((before, rest)) = line.split_once("事務局") else { return false };
    if before.chars().count() > 12 || before.contains(['、', '。', 'は', 'を', 'に', 'が', ' ']) {
        return false;
    }
    let behind = |rest: &str| rest.trim_end_matches(is_end).trim_end().is_empty();
    let parted = |rest: &str| rest.starts_with(|c: char| is_end(c) || c.is_whitespace());
    if let Some(rest) = rest.strip_prefix('へ') {
        let said = rest.trim_start_matches(|c: char| is_end(c) || c.is_whitespace());
        let colon = rest.trim_start().starts_with(':');
        return behind(rest)
            || colon
            || (parted(rest) && !DONE_THERE.iter().any(|word| said.starts_with(word)));
    }
    ADDRESSED_ALONE.iter().any(|title| rest.strip_prefix(title).is_some_and(behind))
        || ADDRESSED
            .iter()
            .any(|title| rest.strip_prefix(title).is_some_and(|rest| behind(rest) || parted(rest)))
}

fn english(line: &str) -> bool {
    let alone = bare_folded(line);
    if listed(&TO_THE_OFFICE, &alone) || listed(&DEAR_OFFICE, &alone) {
        return true;
    }
    let opens = |list: &[&str], ends: &[char]| {
        list.iter()
            .any(|words| line.strip_prefix(words).is_some_and(|rest| rest.trim_start().starts_with(ends)))
    };
    opens(&TO_THE_OFFICE, &[':', '—', '–', '-']) || opens(&DEAR_OFFICE, &[',', ':', '—', '–', '-'])
}

/// A mail with or without a memo of its writer's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parted {
    /// No memo.
    Plain,
    /// An answer, which may be empty, and the memo below it.
    Memo {
        /// The words above it.
        answer: String,
        /// Its words, without the mark.
        memo: String,
    },
    /// There is one, and nobody can tell where it ends.
    Unsure,
}

/// Marks that stand alone, or before a colon.
const MEMO: [&str; 11] = [
    "自分用のメモ",
    "自分用メモ",
    "自分のメモ",
    "私のメモ",
    "メモ",
    "めも",
    "note to self",
    "note to myself",
    "my note",
    "note",
    "memo",
];

/// What stands behind the mark in a line that has one. `block`: it begins a paragraph, where a space is enough.
fn marked(line: &str, block: bool) -> Option<String> {
    let folded = fold(line);
    if listed(&MEMO, &bare(&folded)) {
        return Some(String::new());
    }
    let start = folded.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '>');
    let rest = MEMO.iter().find_map(|mark| start.strip_prefix(mark))?;
    let rest = rest.trim_start_matches(['】', ']', ')', '」', '*']);
    let spaced =
        block && start.starts_with(['メ', 'め', '自', '私']) && rest.starts_with(char::is_whitespace);
    if !rest.trim_start().starts_with(':') && !spaced {
        return None;
    }
    // Her words as she wrote them, and not as they were folded.
    let behind = line.split_once([':', '：']).or_else(|| line.trim().split_once(char::is_whitespace));
    Some(behind.map_or_else(String::new, |(_, behind)| behind.trim().to_owned()))
}

/// Parts a supporter's answer from her memo. `names`: those that she goes by; they and courtesies may stand below it.
pub fn part(words: &str, names: &[&str]) -> Parted {
    let lines: Vec<&str> = words.lines().collect();
    let is_blank = |line: &&str| line.trim().is_empty();
    let begins = |at: usize| lines[..at].last().is_none_or(is_blank);
    let marks: Vec<(usize, String)> =
        (0..lines.len()).filter_map(|at| marked(lines[at], begins(at)).map(|behind| (at, behind))).collect();
    let [(at, behind)] = marks.as_slice() else {
        return if marks.is_empty() { Parted::Plain } else { Parted::Unsure };
    };
    if !begins(*at) {
        return Parted::Unsure;
    }
    let below = &lines[at + 1..];
    // A mark alone may have a blank line below it.
    let skipped = if behind.is_empty() { below.iter().take_while(|line| is_blank(line)).count() } else { 0 };
    let length = below[skipped..].iter().take_while(|line| !is_blank(line)).count();
    let (block, rest) = below[skipped..].split_at(length);
    if !rest.iter().all(|line| is_polite(line, names)) {
        return Parted::Unsure;
    }
    let block: Vec<&str> = [behind.as_str()].into_iter().chain(block.iter().copied()).collect();
    let memo = block.join("\n").trim().to_owned();
    if memo.is_empty() {
        return Parted::Unsure;
    }
    Parted::Memo { answer: lines[..*at].join("\n").trim_end().to_owned(), memo }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quick_look_overlooks_no_letter_of_the_wordings() {
        let overlooked = ('\0'..=char::MAX).map(String::from).filter(|text| !may_speak_to_office(text));
        let mut folded = overlooked.map(|text| fold(&text));
        assert_eq!(folded.find(|text| text.contains(['局', 'e'])), None);
        let wordings = TO_THE_OFFICE.iter().chain(&DEAR_OFFICE).chain(&["事務局"]);
        assert!(wordings.into_iter().all(|wording| may_speak_to_office(wording)));
    }

    #[test]
    fn a_first_line_to_the_office_is_one_and_a_walk_there_is_none() {
        let check = |subject: &str, words: &str, expected: bool| {
            assert_eq!(addressed_to_office(subject, words, &["はる"]), expected, "{subject} / {words}");
        };
        check("", "事務局へ\n担当の人を変えてください。", true);
        check("", "事務局へ：担当の人を変えてください。", true);
        check("", "【事務局へ】\n返事がつらいです", true);
        check("", "「事務局へ」\n相談です", true);
        check("", "事務局さまへ。\n相談です", true);
        check("", "事務局様\nお世話になっております。", true);
        check("", "よりそい事務局 御中\n相談です", false);
        check("", "よりそい事務局御中\n相談です", true);
        check("", "こんにちは。\nはるです。\n\n事務局へ\n相談です", true);
        check("", "事務局へ、担当の人のことで相談があります", true);
        check("", "事務局へ 担当の人のことで相談があります", true);
        check("事務局へ", "返事がつらいです", true);
        check("日報", "事務局へ\n返事がつらいです", true);
        check("", "To the office\nI would like somebody else.", true);
        check("", "To the office: somebody else, please.", true);
        check("", "*To the office*\nsomebody else, please.", true);
        check("", "Dear office, somebody else, please.", true);
        check("Dear office,", "somebody else, please.", true);
        check("", "事務局へ電話しました。", false);
        check("", "事務局へ、歩いて行きました。", false);
        check("", "事務局の人に電話できました。", false);
        check("", "事務局", false);
        check("", "今日は散歩しました。\n事務局へ", false);
        check("", "To the office by bus, then home.", false);
        check("", "Office: two hours. Home: asleep.", false);
        check("日報", "歩きました", false);
        check("", "", false);
    }

    #[test]
    fn a_memo_is_a_paragraph_of_its_own_and_in_doubt_nobodys() {
        let check =
            |words: &str, expected: Parted| assert_eq!(part(words, &["あい", "Ai"]), expected, "{words}");
        let memo =
            |answer: &str, memo: &str| Parted::Memo { answer: answer.to_owned(), memo: memo.to_owned() };
        check("よく歩けましたね。", Parted::Plain);
        check("メモをとる習慣、いいですね！", Parted::Plain);
        check("Notes are a lovely habit.", Parted::Plain);
        check("メモ：猫の名前はミケ", memo("", "猫の名前はミケ"));
        check("メモ\n猫の名前はミケ\n来週は面接", memo("", "猫の名前はミケ\n来週は面接"));
        check("【メモ】\n猫の名前はミケ", memo("", "猫の名前はミケ"));
        check("メモ 猫の名前はミケ\n\nあい", memo("", "猫の名前はミケ"));
        check(
            "よく歩けましたね。\nまた明日。\n\nメモ：ＬＩＮＥはきらい",
            memo("よく歩けましたね。\nまた明日。", "ＬＩＮＥはきらい"),
        );
        check("Well done.\n\nNote: the cat is called Mike", memo("Well done.", "the cat is called Mike"));
        check(
            "Well done.\n\nNote to self:\nask about the cat\n\nAi",
            memo("Well done.", "ask about the cat"),
        );
        // nobody can tell where it ends
        check("メモ：猫の名前はミケ\n\nはるさん、よく歩けましたね。", Parted::Unsure);
        check("よく歩けましたね。\nメモ：猫の名前はミケ", Parted::Unsure);
        check("メモ：猫\n\nメモ：面接", Parted::Unsure);
        check("メモ", Parted::Unsure);
    }
}
