//! One folded line as days to be away: closed forms, in Japanese and in English. What they do not hold is no such line.

use super::spoken::{Named, Spoken, Stretch, Week};

/// A line that says when somebody is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) stretch: Stretch,
    /// It announces that she will be away, and does not only state it: nobody says so to a client by the way.
    pub(super) announces: bool,
}

/// Reads it.
pub(super) fn line(folded: &str) -> Option<Line> {
    if folded.contains('?') || folded.chars().count() > 80 {
        return None;
    }
    japanese(&squeezed(folded)).or_else(|| super::english::line(folded))
}

/// What people write in several ways, in one.
const SPELLINGS: [(&str, &str); 18] = [
    ("おやすみ", "お休み"),
    ("御休み", "お休み"),
    ("やすみます", "休みます"),
    ("頂", "いただ"),
    ("戴", "いただ"),
    ("致し", "いたし"),
    ("取らせ", "とらせ"),
    ("取り", "とり"),
    ("下さい", "ください"),
    ("予定です", "予定"),
    ("迄", "まで"),
    ("一週間", "7日間"),
    ("1週間", "7日間"),
    ("2週間", "14日間"),
    ("二週間", "14日間"),
    ("曜日", "曜"),
    ("さ来週", "再来週"),
    ("よろしくお願いします", ""),
];
/// Behind a day, when days follow until which it lasts.
const FROM: [&str; 12] = ["から", "より", "-", "~", "〜", "–", "—", "−", "‐", "―", "ー", "→"];
/// Between the days and the word.
pub(in crate::domain) const PARTICLES: [&str; 14] =
    ["の間は、", "の間は", "の間、", "の間", "は、", "には", "は", "に", "を", "、", ":", "も", "の", ""];
/// She will be away.
const ANNOUNCED: [&str; 33] = [
    "お休みします",
    "お休みいたします",
    "お休みをします",
    "お休みさせてもらいます",
    "お休みをさせていただきます",
    "お休みさせていただきます",
    "お休みさせてください",
    "お休みをいただきます",
    "お休みいただきます",
    "お休みをもらいます",
    "お休みもらいます",
    "お休みをとります",
    "お休みとります",
    "お休みをとらせていただきます",
    "お休みをお願いします",
    "お休みお願いします",
    "お休みでお願いします",
    "休みます",
    "休みをいただきます",
    "休みをとります",
    "休みとります",
    "休みをもらいます",
    "休ませていただきます",
    "休ませてもらいます",
    "休ませてください",
    "休暇をとります",
    "休暇をいただきます",
    "休暇をとらせていただきます",
    "不在にします",
    "不在にいたします",
    "不在となります",
    "不在になります",
    "留守にします",
];
/// Somebody is away, or would like to be; that may be said to a client too.
const STATED: [&str; 18] = [
    "お休みです",
    "休みです",
    "お休みになります",
    "お休みとなります",
    "休みになります",
    "お休みの予定",
    "お休みする予定",
    "休む予定",
    "休暇です",
    "不在です",
    "留守です",
    "お休みしたいです",
    "お休みしたいと思います",
    "お休みをいただきたいです",
    "お休みをいただきたいと思います",
    "お休みをいただけますか",
    "お休みしてもいいですか",
    "不在の予定",
];
/// The bare word.
pub(in crate::domain) const NOUNS: [&str; 6] =
    ["お休み", "休み", "休暇", "不在", "お休みの連絡", "お休みのお知らせ"];

/// Without blanks, but where one parts two numbers.
pub(in crate::domain) fn squeezed(folded: &str) -> String {
    let mut out = String::new();
    let parts = folded.split_whitespace();
    for part in parts {
        let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        if digit(out.chars().last()) && digit(part.chars().next()) {
            out.push(' ');
        }
        out.push_str(part);
    }
    SPELLINGS.iter().fold(out, |text, (written, meant)| text.replace(written, meant))
}

fn japanese(text: &str) -> Option<Line> {
    let text = text.trim_end_matches(['。', '.', '!', '、', '〜', '~', 'ー', '♪']);
    let text = ["私は", "わたしは", "私、"].iter().find_map(|me| text.strip_prefix(me)).unwrap_or(text);
    let text = text.trim_matches(['[', ']', '【', '】', '「', '」']);
    let titled = NOUNS.iter().filter_map(|noun| text.strip_prefix(noun)).find_map(|rest| {
        // 「お休みは12/24です」 may be what somebody asked
        let announces = !rest.starts_with('は');
        let rest = rest.trim_start_matches([':', '】', '」', ']', '、', '/', '(', 'は']);
        let (stretch, rest) = stretch(rest)?;
        let ends = ["", ")", "です", "まで", "でお願いします", "お願いします", "をお願いします"];
        ends.contains(&rest).then_some(Line { stretch, announces })
    });
    titled
        .or_else(|| {
            let (stretch, rest) = stretch(text)?;
            let particle = |rest| PARTICLES.iter().find_map(|p| after_particle(rest, p));
            let (announces, said) = particle(rest)?;
            let counted =
                !matches!(stretch, Stretch::One(Spoken { named: Named::OfMonth(_), .. }) if rest == said);
            // Days without any word for being away: only where they are a stretch, and never to a client.
            counted.then_some(Line { stretch, announces })
        })
        .or_else(|| {
            let (stretch, rest) = stretch(text)?;
            let ranged =
                !matches!(stretch, Stretch::One(_) | Stretch::Both(..) | Stretch::Open(_) | Stretch::Weekend);
            (ranged && ["", "です"].contains(&rest)).then_some(Line { stretch, announces: false })
        })
}

/// Whether what follows a particle is one of the words, and whether it announces.
pub(in crate::domain) fn after_particle<'a>(rest: &'a str, particle: &str) -> Option<(bool, &'a str)> {
    let word = rest.strip_prefix(particle)?;
    let whole =
        |list: &[&str]| list.iter().any(|known| word == *known || word.strip_suffix("ね") == Some(*known));
    // 「12/24 お休み」 is a note; 「明日は休み」 may be said to anybody.
    let noted = particle.is_empty() && NOUNS[..4].contains(&word);
    if whole(&ANNOUNCED) || noted {
        Some((true, word))
    } else if whole(&STATED) || NOUNS[..4].contains(&word) {
        Some((false, word))
    } else {
        None
    }
}

fn stretch(text: &str) -> Option<(Stretch, &str)> {
    if let Some(rest) = ["今週末", "今度の週末"].iter().find_map(|w| text.strip_prefix(w)) {
        return Some((Stretch::Weekend, rest));
    }
    for (word, ahead) in [("再来週", 2), ("来週", 1), ("今週", 0)] {
        let Some(rest) = text.strip_prefix(word) else { continue };
        let whole = ["いっぱい", "一杯", "の7日間", "7日間", "ずっと", "はずっと", "まるまる"];
        let whole = whole.iter().find_map(|w| rest.strip_prefix(w));
        // 「来週お休みします」; of this week a part is over.
        let alone = ["は", "お休み", "休み"].iter().any(|w| rest.starts_with(w)) && ahead > 0;
        if let Some(rest) = whole.or(alone.then_some(rest)) {
            return Some((Stretch::Week(ahead), rest));
        }
    }
    let (first, rest) = day(text, false)?;
    let both = rest.strip_prefix(['と', '、']).and_then(|more| day(more, true));
    if let Some((second, rest)) = both {
        return Some((Stretch::Both(first, second), rest));
    }
    let Some(more) = FROM.iter().find_map(|from| rest.strip_prefix(from)) else {
        return Some((
            Stretch::One(first),
            rest.strip_prefix("のみ").or(rest.strip_prefix("だけ")).unwrap_or(rest),
        ));
    };
    let more = more.trim_start_matches('、');
    if let Some((days, rest)) = number(more).and_then(|(n, rest)| Some((n, rest.strip_prefix("日間")?))) {
        return (1..=93).contains(&days).then_some((Stretch::Lasting(first, days.into()), rest));
    }
    match day(more, true) {
        Some((last, rest)) => {
            let rest = rest.strip_prefix("まで").unwrap_or(rest);
            Some((Stretch::Until(first, last), rest.strip_prefix("の7日間").unwrap_or(rest)))
        }
        // 「明日からお休みします」: until when?
        None if rest.starts_with("から") => Some((Stretch::Open(first), more)),
        None => None,
    }
}

/// A day at the start of a text; `last`: it ends a stretch, and less of it needs to be said.
fn day(text: &str, last: bool) -> Option<(Spoken, &str)> {
    const AHEAD: [(&str, i32); 9] = [
        ("今日", 0),
        ("きょう", 0),
        ("本日", 0),
        ("明後日", 2),
        ("あさって", 2),
        ("明日", 1),
        ("あした", 1),
        ("あす", 1),
        ("昨日", -1),
    ];
    let ahead = AHEAD.iter().find_map(|(word, days)| Some((Named::Ahead(*days), text.strip_prefix(word)?)));
    let (named, rest) = ahead.or_else(|| weekday_of_a_week(text, last)).or_else(|| dated(text, last))?;
    let (weekday, rest) = in_brackets(rest);
    Some((Spoken { named, weekday }, rest))
}

fn weekday_of_a_week(text: &str, last: bool) -> Option<(Named, &str)> {
    const WEEKS: [(&str, Week); 7] = [
        ("再来週", Week::Ahead(2)),
        ("来週", Week::Ahead(1)),
        ("次週", Week::Ahead(1)),
        ("今週", Week::Ahead(0)),
        ("今度", Week::Unsaid),
        ("次", Week::Unsaid),
        ("この", Week::Unsaid),
    ];
    let said = WEEKS.iter().find_map(|(word, week)| Some((*week, text.strip_prefix(word)?)));
    let (week, rest) =
        said.map_or((Week::Unsaid, text), |(week, rest)| (week, rest.strip_prefix('の').unwrap_or(rest)));
    let (weekday, rest) = weekday(rest)?;
    match rest.strip_prefix('曜') {
        Some(rest) => Some((Named::Weekday(week, weekday), rest)),
        // 「来週の月〜水」
        None if said.is_some() && FROM.iter().any(|from| rest.starts_with(from)) => {
            Some((Named::Weekday(week, weekday), rest))
        }
        None if last
            && (rest.is_empty() || ["まで", "お休み", "休み"].iter().any(|w| rest.starts_with(w))) =>
        {
            Some((Named::Weekday(week, weekday), rest))
        }
        None => None,
    }
}

fn weekday(text: &str) -> Option<(i32, &str)> {
    let first = text.chars().next()?;
    let index = "月火水木金土日".chars().position(|day| day == first)?;
    Some((i32::try_from(index).ok()?, &text[first.len_utf8()..]))
}

/// `12/1`, `12月1日`, `2026/12/1`, `2026-12-01`, `1日`; behind another day `5` alone.
fn dated(text: &str, last: bool) -> Option<(Named, &str)> {
    let (first, rest) = number(text)?;
    if let Some((year, more)) =
        Some(first).filter(|year| (2000..2200).contains(year)).zip(rest.chars().next())
    {
        let parts = ['/', '-', '.', '年'].contains(&more).then(|| &rest[more.len_utf8()..])?;
        let (month, rest) = number(parts)?;
        let rest = rest.strip_prefix(if more == '年' { '月' } else { more })?;
        let (day, rest) = number(rest)?;
        let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
        let rest = rest.strip_prefix('日').unwrap_or(rest);
        return Some((Named::Date { year: Some(year), month, day }, rest));
    }
    let small = i8::try_from(first).ok()?;
    if let Some(rest) = rest.strip_prefix('/').or_else(|| rest.strip_prefix('月')) {
        let (day, rest) = number(rest)?;
        let day = i8::try_from(day).ok()?;
        return Some((
            Named::Date { year: None, month: small, day },
            rest.strip_prefix('日').unwrap_or(rest),
        ));
    }
    let of_month = rest.strip_prefix('日').filter(|rest| !rest.starts_with('間'));
    match of_month {
        Some(rest) => Some((Named::OfMonth(small), rest)),
        None => last.then_some((Named::OfMonth(small), rest)),
    }
}

pub(super) fn number(text: &str) -> Option<(i16, &str)> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, rest) = text.split_at_checked(digits)?;
    Some((number.parse().ok()?, rest))
}

/// `(火)`, `(火曜)`.
fn in_brackets(text: &str) -> (Option<i32>, &str) {
    let inside = text.strip_prefix('(').and_then(|rest| {
        let (weekday, rest) = weekday(rest)?;
        let rest = rest.strip_prefix('曜').unwrap_or(rest);
        Some((Some(weekday), rest.strip_prefix(')')?))
    });
    inside.unwrap_or((None, text))
}
