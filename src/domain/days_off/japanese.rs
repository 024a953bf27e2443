//! The Japanese forms: 「土日はお休みします」, 「毎週水曜はお休み」, 「土日も受け取ります」.

use super::spoken::Line;
use super::{SIGNS, Weekdays, Word};
use crate::domain::absence::{NOUNS, PARTICLES, after_particle, squeezed};

/// Letters may come on these days, in so many words. Spelled as [`squeezed`] spells.
const RECEIVES: [&str; 13] = [
    "受けとります",
    "うけとります",
    "受けとれます",
    "お受けします",
    "お受けできます",
    "お届けください",
    "届けてください",
    "お送りください",
    "送ってください",
    "休みません",
    "お休みしません",
    "お休みではありません",
    "お休みではなくなりました",
];
/// The same, where it may also be said to a client.
const FREE: [&str; 9] = [
    "届けてもらって大丈夫です",
    "届いて大丈夫です",
    "大丈夫です",
    "お返事します",
    "お返事できます",
    "返信します",
    "返信できます",
    "対応します",
    "対応できます",
];
/// Behind 「…のお休み」.
const ENDED: [&str; 13] = [
    "をやめます",
    "はやめます",
    "をやめてください",
    "を終わりにします",
    "は終わりにします",
    "を終わります",
    "は終わりです",
    "をなくします",
    "はなくなりました",
    "をなしにします",
    "はなしにします",
    "はなしで",
    "はなし",
];
/// No day of the week is off.
const NEVER: [&str; 9] = [
    "お休みの曜はありません",
    "お休みの曜なし",
    "お休みの曜はなし",
    "お休みの曜をなしにします",
    "お休みの曜はなしにします",
    "お休みの曜をなくします",
    "毎日受けとります",
    "毎日うけとります",
    "毎週のお休みなし",
];
/// From now on.
const HENCE: [&str; 6] = ["これからは", "これから", "今後は", "今後", "また", "やっぱり"];

/// Holidays, behind or before the days of the week; the longest first.
const HOLIDAYS: [&str; 3] = ["祝祭日", "祝日", "祝"];
const APART: [&str; 8] = ["と、", "と", "、", "・", ",", "/", "&", "および"];

/// Reads a folded line.
pub(super) fn line(folded: &str) -> Option<Line> {
    let text = squeezed(folded);
    let text = text.trim_end_matches(['。', '.', '!', '、', '〜', '~', 'ー', '♪']);
    let text = ["私は", "わたしは", "私、"].iter().find_map(|me| text.strip_prefix(me)).unwrap_or(text);
    let text = HENCE.iter().find_map(|w| text.strip_prefix(w)).unwrap_or(text);
    let text = text.trim_start_matches('、');
    let text = text.trim_matches(['[', ']', '【', '】', '「', '」']);
    ended(text).or_else(|| titled(text)).or_else(|| added(text))
}

fn off(days: Weekdays) -> Word {
    Word { adds: days, ends: Weekdays::NONE }
}

fn on(days: Weekdays) -> Word {
    Word { adds: Weekdays::NONE, ends: days }
}

fn is_one(list: &[&str], text: &str) -> bool {
    list.iter().any(|known| text == *known || text.strip_suffix("ね") == Some(*known))
}

/// 「土日も受け取ります」, 「毎週水曜のお休みをやめます」, 「お休みの曜日なし」.
fn ended(text: &str) -> Option<Line> {
    if is_one(&NEVER, text) {
        return Some(Line { word: on(Weekdays::ALL), holidays: false, announces: true });
    }
    let after_rest =
        |rest: &str| NOUNS[..2].iter().find_map(|noun| rest.strip_prefix(noun)).map(str::to_owned);
    if let Some(rest) = text.strip_prefix("毎週のお休み") {
        let word = on(Weekdays::ALL);
        return is_one(&ENDED, rest).then_some(Line { word, holidays: false, announces: true });
    }
    let (Weeks { days, .. }, rest) = weekly(text).or_else(|| weekdays(text))?;
    if let Some(rest) = rest.strip_prefix('の').and_then(after_rest) {
        return is_one(&ENDED, &rest).then_some(Line { word: on(days), holidays: false, announces: true });
    }
    let rest = ["もまた", "にも", "も", "には", "は", "の分も", "のお便りも"]
        .iter()
        .find_map(|p| rest.strip_prefix(p))?;
    let receives = is_one(&RECEIVES, rest);
    let line = Line { word: on(days), holidays: false, announces: receives };
    (receives || is_one(&FREE, rest)).then_some(line)
}

/// 「お休み:毎週土日」.
fn titled(text: &str) -> Option<Line> {
    NOUNS.iter().filter_map(|noun| text.strip_prefix(noun)).find_map(|rest| {
        let announces = !rest.starts_with('は');
        let rest = rest.trim_start_matches([':', '】', '」', ']', '、', '/', '(', 'は']);
        let (Weeks { days, holidays }, rest) = weekly(rest)?;
        let ends = ["", ")", "です", "でお願いします", "お願いします", "をお願いします"];
        ends.contains(&rest).then_some(Line { word: off(days), holidays, announces })
    })
}

/// 「土日はお休みします」, 「毎週水曜はお休み」.
fn added(text: &str) -> Option<Line> {
    let (Weeks { days, holidays }, rest) = weekly(text)?;
    let (announces, _) = PARTICLES.iter().find_map(|particle| after_particle(rest, particle))?;
    Some(Line { word: off(days), holidays, announces })
}

/// Days of the week as they were named.
struct Weeks {
    days: Weekdays,
    /// Holidays stand beside them.
    holidays: bool,
}

/// Days of every week: said so, or both days of the weekend by their short name, or with holidays, which nobody calls so who
/// means one week.
fn weekly(text: &str) -> Option<(Weeks, &str)> {
    if let Some(rest) = text.strip_prefix("毎週末") {
        let behind = holidays(rest);
        return Some((Weeks { days: Weekdays::WEEKEND, holidays: behind.is_some() }, behind.unwrap_or(rest)));
    }
    if let Some(rest) = text.strip_prefix("毎週") {
        return weekdays(rest.strip_prefix('の').unwrap_or(rest));
    }
    let (weeks, rest) = weekdays(text)?;
    match rest.strip_prefix("は毎週").or_else(|| rest.strip_prefix("、毎週")) {
        Some(rest) => Some((weeks, rest)),
        None => {
            let short = weeks.days == Weekdays::WEEKEND && (weeks.holidays || text.starts_with("土日"));
            let sundays = weeks.holidays && ["日祝", "日曜祝"].iter().any(|word| text.starts_with(word));
            (short || sundays).then_some((weeks, rest))
        }
    }
}

/// What stands behind holidays, where these come next.
fn holidays(text: &str) -> Option<&str> {
    let text = APART.iter().find_map(|p| text.strip_prefix(p)).unwrap_or(text);
    HOLIDAYS.iter().find_map(|word| text.strip_prefix(word))
}

/// Weekdays one after the other: `土日`, `月・水・金`, `土曜と日曜`, `土日と祝日`.
fn weekdays(text: &str) -> Option<(Weeks, &str)> {
    let before = HOLIDAYS.iter().find_map(|word| text.strip_prefix(word));
    let before = before.and_then(|rest| APART.iter().find_map(|p| rest.strip_prefix(p)));
    let (mut days, mut rest) = (Weekdays::NONE, before.unwrap_or(text));
    loop {
        let apart = APART.iter().find_map(|p| rest.strip_prefix(p));
        let next = apart.filter(|_| !days.is_empty()).unwrap_or(rest);
        let Some(at) = SIGNS.iter().position(|sign| next.starts_with(sign)) else { break };
        days = days.and(Weekdays::one(at));
        rest = next.strip_prefix(SIGNS[at])?;
        if let Some(behind) = rest.strip_prefix('曜') {
            // 「土曜日曜」, whose middle is spelled as that of 「土曜日」
            let sunday = behind.strip_prefix('曜');
            days = days.and(sunday.map_or(Weekdays::NONE, |_| Weekdays::one(6)));
            rest = sunday.unwrap_or(behind);
        }
    }
    let behind = holidays(rest).filter(|_| !days.is_empty());
    let holidays = before.is_some() || behind.is_some();
    (!days.is_empty()).then_some((Weeks { days, holidays }, behind.unwrap_or(rest)))
}
