//! The lines that mail programs write above a quote: attribution lines and header blocks, in Japanese and English.
//!
//! Every question here is put about lines directly above something that is a quote for other reasons, or asks for
//! so many marks at once that nobody writes them by chance. `Aさんは書きました:` alone is a person's sentence.

use icu_normalizer::ComposingNormalizerBorrowed;

use super::stream::unmarked;
use super::{Cut, Known};

/// Most lines that a wrapped attribution takes.
const MAX_WRAPPED: usize = 3;
/// Most lines of a header block, blank ones included.
const MAX_HEADER: usize = 16;
/// Most characters of an attribution.
const MAX_LENGTH: usize = 400;
/// How attributions end, white space taken out.
const WROTE: [&str; 7] =
    ["wrote:", "writes:", "書きました:", "のメール:", "のメッセージ:", "からのメール:", "のメールより:"];
/// What stands between dashes above a quoted mail, white space taken out.
const SEPARATORS: [&str; 9] = [
    "originalmessage",
    "originalmail",
    "元のメッセージ",
    "元のメール",
    "元メッセージ",
    "元メール",
    "受信メール",
    "forwardedmessage",
    "転送されたメッセージ",
];
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// What stands directly above line `block`: where it begins, and what it is.
pub(super) fn above(lines: &[&str], block: usize, known: Option<&Known>) -> Option<(usize, Cut)> {
    let end = skip_blank_up(lines, block, 3);
    if end == 0 {
        return None;
    }
    if let Some(header) = header_above(lines, end)
        && header.is_credible(known)
    {
        return Some((with_separator(lines, header.start, known), Cut::HeaderBlock));
    }
    if is_separator(lines[end - 1], known) {
        return Some((end - 1, Cut::HeaderBlock));
    }
    let start = attribution_above(lines, end, known)?;
    Some((start, Cut::Attribution))
}

/// Where the first header block begins that is complete enough to be a program's, whatever stands below it.
pub(super) fn header_block(lines: &[&str]) -> Option<usize> {
    (1..=lines.len()).find_map(|end| {
        // Only the last line of a block is worth a look: header_above() reads upwards from there.
        let last = key(lines[end - 1]).is_some() && lines.get(end).is_none_or(|l| key(l).is_none());
        let header = last.then(|| header_above(lines, end)).flatten()?;
        let start = with_separator(lines, header.start, None);
        let enough = if start < header.start { 3 } else { 4 };
        (header.kinds >= enough && header.has_from && header.has_date).then_some(start)
    })
}

/// The attribution that ends just above `end`, wrapped on up to three lines.
fn attribution_above(lines: &[&str], end: usize, known: Option<&Known>) -> Option<usize> {
    let first = end.saturating_sub(MAX_WRAPPED);
    let joined = |start: usize| {
        let whole = lines[start..end].iter().map(|l| unmarked(l).trim_end()).collect::<Vec<_>>().join(" ");
        fold(&whole)
    };
    let mut found = None;
    for start in (first..end).rev() {
        if unmarked(lines[start]).is_empty() {
            break;
        }
        let text = joined(start);
        if text.chars().count() > MAX_LENGTH || text.contains('。') {
            break;
        }
        let complete = begins_like_one(&text) && has_date(&text);
        // Wrapped ones begin with their date. Without, the lines above the last are a person's.
        if is_attribution(&text, known) && (start + 1 == end || complete) {
            found = Some(start);
        }
        if complete {
            break;
        }
    }
    found
}

/// Whether the folded, unwrapped `text` is an attribution.
fn is_attribution(text: &str, known: Option<&Known>) -> bool {
    let tight: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if !tight.ends_with(':') {
        return false;
    }
    let wrote = WROTE.iter().any(|w| tight.ends_with(w));
    let dated = has_date(text);
    let addressed = tight.ends_with(">:") || tight.contains('<') && tight.contains('@');
    match known {
        Some(known) if names(&tight, known) => wrote || dated,
        _ => dated && begins_like_one(text) && (wrote || addressed),
    }
}

/// Whether the folded text names us: our address, also with a tag in it, or our display name.
fn names(tight: &str, known: &Known) -> bool {
    let fold_tight = |s: &str| fold(s).chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let (address, name) = (fold_tight(known.own_address), fold_tight(known.own_name));
    let tagged = address.split_once('@').is_some_and(|(local, domain)| {
        tight.contains(&format!("{local}+")) && tight.contains(&format!("@{domain}"))
    });
    tagged || (!address.is_empty() && tight.contains(&address)) || (!name.is_empty() && tight.contains(&name))
}

/// Programs begin with the date, in English with "On".
fn begins_like_one(text: &str) -> bool {
    let text = text.trim_start_matches(['(', '[', '-', '*', ' ']);
    text.starts_with("on ") || text.starts_with(|c: char| c.is_ascii_digit())
}

/// A year with something else of a date or a time beside it, or month, day and time of a Japanese date.
fn has_date(text: &str) -> bool {
    let digits = |s: &str| s.chars().next().is_some_and(|c| c.is_ascii_digit());
    let year = text.match_indices("20").any(|(at, _)| {
        let rest = &text.as_bytes()[at..];
        let four = rest.len() >= 4 && rest[..4].iter().all(u8::is_ascii_digit);
        let alone = !text[..at].ends_with(|c: char| c.is_ascii_digit());
        four && alone && !rest.get(4).is_some_and(u8::is_ascii_digit)
    });
    let time = text
        .match_indices(':')
        .any(|(at, _)| text[..at].ends_with(|c: char| c.is_ascii_digit()) && digits(&text[at + 1..]))
        || text.contains('時');
    let month = MONTHS.iter().any(|m| text.contains(m)) || text.contains('月');
    let numeric = text.matches(['/', '-', '.']).count() >= 2;
    (year && (time || month || numeric)) || (text.contains('月') && text.contains('日') && time)
}

/// A header block above a quote.
struct Header {
    start: usize,
    kinds: usize,
    has_from: bool,
    has_date: bool,
    /// The folded value of From, white space taken out.
    from: String,
}

impl Header {
    fn is_credible(&self, known: Option<&Known>) -> bool {
        let ours = known.is_some_and(|k| names(&self.from, k));
        self.has_from && (self.kinds >= 3 || (ours && self.kinds >= 2))
    }
}

/// The header block that ends just above `end`: lines with a key, each kind once, values that run over. Blank lines
/// stand between all of its lines (text made of HTML) or between none.
fn header_above(lines: &[&str], end: usize) -> Option<Header> {
    let (mut seen, mut from) = ([false; 5], String::new());
    let (mut keys, mut blanks) = (0, 0);
    let mut start = end;
    for at in (end.saturating_sub(MAX_HEADER)..end).rev() {
        let line = unmarked(lines[at]).trim();
        if line.is_empty() {
            blanks += 1;
            if blanks > keys || (keys > 1 && blanks < keys) {
                break;
            }
        } else if let Some((kind, value)) = key(line) {
            let twice = std::mem::replace(&mut seen[kind as usize], true);
            if twice && !matches!(kind, Kind::Other) {
                break;
            }
            if matches!(kind, Kind::From) {
                from = value.chars().filter(|c| !c.is_whitespace()).collect();
            }
            keys += 1;
            start = at;
        } else if !runs_over(lines, at) {
            break;
        }
    }
    (start < end).then(|| Header {
        start,
        kinds: seen[..4].iter().filter(|s| **s).count(),
        has_from: seen[Kind::From as usize],
        has_date: seen[Kind::Date as usize],
        from,
    })
}

/// Whether line `at` is the rest of a value: addresses under a line that has a key.
fn runs_over(lines: &[&str], at: usize) -> bool {
    let line = unmarked(lines[at]);
    at > 0 && key(lines[at - 1]).is_some() && line.contains('@')
}

#[derive(Clone, Copy)]
enum Kind {
    From = 0,
    Date = 1,
    To = 2,
    Subject = 3,
    Other = 4,
}

/// The kind and the folded value of a header line as programs copy it: `From: …`, `差出人：…`, `*Sent:* …`.
fn key(line: &str) -> Option<(Kind, String)> {
    let folded = fold(unmarked(line)).replace('*', "");
    let (key, value) = folded.split_once(':')?;
    let kind = match key.split_whitespace().collect::<String>().as_str() {
        "from" | "差出人" | "送信者" | "送信元" => Kind::From,
        "sent" | "date" | "送信日時" | "日時" | "日付" | "送信日" | "受信日時" | "受信日" => {
            Kind::Date
        }
        "to" | "宛先" | "送信先" => Kind::To,
        "subject" | "件名" | "題名" => Kind::Subject,
        "cc" | "bcc" | "reply-to" | "返信先" | "importance" | "重要度" | "message-id" => Kind::Other,
        _ => return None,
    };
    Some((kind, value.trim().to_owned()))
}

/// Where `start` lies when the separator above it is counted in.
fn with_separator(lines: &[&str], start: usize, known: Option<&Known>) -> usize {
    let end = skip_blank_up(lines, start, 1);
    let rule = |l: &str| {
        let l = unmarked(l).trim();
        l.len() >= 10 && l.chars().all(|c| c == '_')
    };
    match end.checked_sub(1) {
        Some(at) if is_separator(lines[at], known) || rule(lines[at]) => at,
        _ => start,
    }
}

/// `-----Original Message-----` and its kin: known words between at least two dashes on each side. Notes writes our
/// address there: `-----よりそい便り <care@example.jp> wrote: -----`.
fn is_separator(line: &str, known: Option<&Known>) -> bool {
    let tight: String = fold(unmarked(line)).chars().filter(|c| !c.is_whitespace()).collect();
    let dash = |c: char| matches!(c, '-' | '=' | '_' | '\u{2500}' | '\u{2015}');
    let words = tight.trim_matches(dash);
    let signed = known.map(|k| fold(k.own_address)).is_some_and(|a| !a.is_empty() && words.contains(&a));
    tight.starts_with("--") && tight.ends_with("--") && (signed || SEPARATORS.contains(&words))
}

/// NFKC, lower case.
fn fold(text: &str) -> String {
    ComposingNormalizerBorrowed::new_nfkc().normalize(text).to_lowercase()
}

/// The end of the text above `from`, at most `most` blank lines skipped.
fn skip_blank_up(lines: &[&str], from: usize, most: usize) -> usize {
    let blank = lines[..from].iter().rev().take(most).take_while(|l| unmarked(l).is_empty()).count();
    from - blank
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: Known =
        Known { text: "", letter: "", own_address: "care@example.jp", own_name: "よりそい便り" };

    #[test]
    fn programs_write_many_attributions() {
        let check = |text: &str, known: bool, unknown: bool| {
            let lines: Vec<&str> = text.split('\n').collect();
            let at = |k| above(&lines, lines.len(), k).map(|(start, _)| start);
            assert_eq!(at(Some(&KNOWN)), known.then_some(0), "{text}");
            assert_eq!(at(None), unknown.then_some(0), "{text}");
        };
        check("2026年11月22日(日) 12:00 よりそい便り <care@example.jp>:", true, true);
        check("2026年11月22日(日) 12:00 よりそい便り\n<care@example.jp>:", true, true);
        check("2026-11-22 12:00 GMT+09:00 よりそい便り <care@example.jp>:\n", true, true);
        check("On Sun, Nov 22, 2026 at 12:00 PM よりそい便り <care@example.jp> wrote:", true, true);
        check("On Sun, Nov 22, 2026 at 12:00 PM よりそい便り <\ncare@example.jp> wrote:", true, true);
        check("On Sun, Nov 22, 2026 at 12:00 PM よりそい便り\n<care@example.jp>\nwrote:\n\n", true, true);
        check("> 2026/11/22 12:00、よりそい便り <care@example.jp>のメール:\n>", true, true);
        check("2026/11/22 12:00、よりそい便り<care@example.jp>のメール：", true, true);
        check("On 2026/11/22 12:00, よりそい便り wrote:", true, true);
        check("(2026/11/22 12:00), よりそい便り wrote:", true, true);
        check("On Sun, 22 Nov 2026 12:00:00 +0900\nよりそい便り <care@example.jp> wrote:", true, true);
        check("2026年11月22日 12:00 +0900、よりそい便り <care@example.jp> のメール:", true, true);
        check("On 22 Nov 2026, 12:00 +0900, 事務局 <care@example.jp>, wrote:", true, true);
        check("よりそい便り さんは書きました:", true, false);
        check("--- care@example.jp wrote:", true, false);
        check("-----Original Message-----", true, true);
        check("---- 元のメッセージ ----", true, true);
        check("－－－－－Original Message－－－－－", true, true);
        check("Aさんは書きました:", false, false);
        check("はるさんは2026年に書きました:", false, false);
        check("きょうのメール:", false, false);
        check("よりそい便りについて:", false, false);
        check("----- きょうのこと -----", false, false);
        check("--------", false, false);
        check("", false, false);
    }

    #[test]
    fn header_blocks_are_read_upwards() {
        let check = |text: &str, expected: Option<usize>| {
            let lines: Vec<&str> = text.split('\n').collect();
            assert_eq!(above(&lines, lines.len(), Some(&KNOWN)).map(|(s, _)| s), expected, "{text}");
        };
        check("はい\n-----Original Message-----\nFrom: x\nSent: y\nTo: z\nSubject: s\n", Some(1));
        check(
            "はい\n\n________________________________\n差出人: よりそい便り <care@example.jp>\n送信日時: 2026年11月22日 12:00\n宛先: haru@example.jp\n件名: お便り\n",
            Some(2),
        );
        check("はい\nFrom: よりそい便り\nSubject: s", Some(1));
        check("*From:* x\n*Sent:* y\n*To:* a <a@b.jp>;\nb <b@b.jp>\n*Subject:* s\n", Some(0));
        check("From: x\n\nSent: y\n\nTo: z\n\nSubject: s\n", Some(0));
        check("差出人: 母\n件名: ごめんね", None);
        check("To: よりそい便り\nSubject: s", None);
    }

    #[test]
    fn a_block_without_known_words_must_be_complete() {
        let check = |text: &str, expected: Option<usize>| {
            assert_eq!(header_block(&text.split('\n').collect::<Vec<_>>()), expected, "{text}");
        };
        check("a\nFrom: x\nSent: y\nTo: z\nSubject: s\n\nold", Some(1));
        check("a\n-----Original Message-----\nFrom: x\nDate: y\nSubject: s\n\nold", Some(1));
        check("a\n差出人: 母\n件名: ごめんね\n\nかえっておいで", None);
        check("From: the heart\nTo: you\nSubject: us\n\nlove", None);
    }
}
