//! The line that mail programs write above a quote: when, who, "wrote", in whatever order and however wrapped.
//!
//! What is seen in a line is collected as evidence, and how much of it is asked for depends on what stands below:
//! `Aさんは書きました:` alone is a person's sentence; a date, a time, an address and a colon in their places are not.

use icu_normalizer::ComposingNormalizerBorrowed;

use super::header_block::{header_above, separator};
use super::stream::unmarked;
use super::words::LANGUAGES;
use super::{Evidence, Known, Rule};

/// Most lines that a wrapped attribution takes.
const MAX_WRAPPED: usize = 4;
/// Most octets of an attribution.
const MAX_LENGTH: usize = 600;

/// What stands directly above line `block`, which is a quote for other reasons: where it begins, and what it is.
pub(super) fn above(lines: &[&str], block: usize, known: Option<&Known>) -> Option<(usize, Rule, Evidence)> {
    let end = skip_blank_up(lines, block, 3);
    if end == 0 {
        return None;
    }
    if let Some(header) = header_above(lines, end, known)
        && header.is_credible(known)
    {
        return Some((header.start, Rule::HeaderBlock, header.evidence));
    }
    if separator(lines[end - 1], known).is_some() {
        return Some((end - 1, Rule::Separator, Evidence::SEPARATOR));
    }
    let (start, evidence) = attribution_above(lines, end, known)?;
    let enough = evidence.has(Evidence::OUR_NAME) || strength(evidence) >= Strength::Strong;
    enough.then_some((start, Rule::Attribution, evidence))
}

/// How much an attribution proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    /// A person may write it: `X wrote:`.
    Weak,
    /// A program's when marked lines stand below.
    Strong,
    /// A program's, whatever stands below.
    Complete,
}

/// How much the evidence of [`attribution_above`] proves.
pub(super) fn strength(evidence: Evidence) -> Strength {
    let has = |all: &[Evidence]| all.iter().all(|one| evidence.has(*one));
    if has(&[Evidence::DATE, Evidence::ADDRESS]) {
        Strength::Complete
    } else if has(&[Evidence::DATE, Evidence::TIME])
        || has(&[Evidence::ADDRESS])
        || has(&[Evidence::DATE, Evidence::OPENING, Evidence::COMMA])
    {
        Strength::Strong
    } else {
        Strength::Weak
    }
}

/// The attribution that ends just above `end`, wrapped on up to four lines: where it begins, and what was seen.
pub(super) fn attribution_above(
    lines: &[&str],
    end: usize,
    known: Option<&Known>,
) -> Option<(usize, Evidence)> {
    let last = unmarked(lines.get(end.checked_sub(1)?)?).trim_end();
    if !last.ends_with([':', '：', '-', '*', '_']) {
        return None;
    }
    let window = &lines[end.saturating_sub(MAX_WRAPPED)..end];
    let promising = |l: &&str| l.contains(|c: char| c.is_ascii_digit() || c == '@') || l.len() > 6;
    if !window.iter().any(promising) {
        return None;
    }
    let mut found = None;
    let mut text = String::new();
    for start in (end.saturating_sub(MAX_WRAPPED)..end).rev() {
        let line = unmarked(lines[start]).trim();
        if line.is_empty() || line.len() + text.len() > MAX_LENGTH || line.contains('。') {
            break;
        }
        let line = fold(line);
        if start + 1 < end && line.ends_with([':', '!', '?']) {
            break;
        }
        text = if text.is_empty() { line.clone() } else { format!("{line} {text}") };
        let complete = is_head(&line) || (begins_like_one(&line) && has_date(&line));
        // Wrapped ones begin with their date or end a name that began above; without an address a date alone is a
        // person's line. Otherwise the lines above the last are a person's.
        let wraps = |seen: &Evidence| {
            let named = seen.has(Evidence::ADDRESS) || seen.has(Evidence::OUR_NAME);
            let opens = !line.starts_with(|c: char| c.is_ascii_digit()) || line.ends_with([',', '、']);
            start + 1 == end || (complete && (named || opens)) || is_article(&line)
        };
        if let Some(seen) = evidence(&text, known).filter(wraps) {
            found = Some((start, seen.and_if(complete, Evidence::OPENING)));
        }
        let goes_on_above = || start > 0 && is_head(&fold(unmarked(lines[start - 1]).trim()));
        if complete && !goes_on_above() {
            break;
        }
    }
    found
}

/// The beginning of an attribution that a narrow gateway broke before its year: `On Sun, Nov 22,`.
fn is_head(line: &str) -> bool {
    let month = || LANGUAGES.iter().flat_map(|l| l.months).any(|m| line.contains(m));
    let broken = line.len() <= 40 && line.ends_with(',') && line.contains(|c: char| c.is_ascii_digit());
    is_article(line) || (broken && begins_like_one(line) && month())
}

/// Newsreaders and Al-Mail name the article first: `In article <…>`, `In message "…"`; Mew the author and the date
/// before the subject on the next line: `X <…> の 2026年11月22日(日) 12:00 の`.
fn is_article(line: &str) -> bool {
    line.starts_with("in article")
        || line.starts_with("in message")
        || (line.ends_with('の') && has_address(&tight(line)) && has_date(line))
}

/// `佐藤 花子 さんは書きました:` on one line: so write programs that do not give the date. People who tell what somebody
/// wrote give no whole name with a space in it.
pub(super) fn is_author_alone(line: &str) -> bool {
    fold(unmarked(line).trim()).strip_suffix("さんは書きました:").is_some_and(|name| {
        let name = name.trim();
        name.chars().count() <= 20
            && name.contains(' ')
            && name.chars().all(|c| c.is_alphanumeric() || c == ' ')
    })
}

/// What is seen in the folded, unwrapped `text`; nothing when it cannot be an attribution.
fn evidence(text: &str, known: Option<&Known>) -> Option<Evidence> {
    let said = tight(text);
    let dashed = said.starts_with("--") && said.ends_with("--");
    let said = said.trim_matches(['-', '*', '_']);
    let (said, colon) = said.strip_suffix(':').map_or((said, false), |s| (s, true));
    if !(colon || dashed) {
        return None;
    }
    let ends_with_wrote =
        || LANGUAGES.iter().flat_map(|l| l.wrote).any(|w| said.trim_end_matches(',').ends_with(w));
    let wrote_inside = || LANGUAGES.iter().flat_map(|l| l.wrote_before).any(|w| text.contains(w));
    let wrote = ends_with_wrote() || (colon && (wrote_inside() || text.starts_with("quoting ")));
    let (dated, timed, addressed) = (has_date(text), has_time(text), has_address(said));
    let opens = begins_like_one(text);
    let bracketed = said.ends_with(['>', ')', ']']) && said.contains('@');
    let closes = (bracketed && (timed || opens)) || (timed && opens && ends_with_author(text));
    let ours = known.is_some_and(|known| names(said, known));
    if !(wrote || (colon && dated && addressed && closes) || (colon && ours && dated)) {
        return None;
    }
    if !addressed && is_told(text) {
        return None;
    }
    // A sentence that stands before it on the same line is a person's.
    let name = text.split(['<', '@', '0', '1', '2']).next().unwrap_or_default();
    if !opens && (name.contains(['!', '?']) || name.contains(". ")) {
        return None;
    }
    let seen = Evidence::NONE
        .and_if(dated, Evidence::DATE)
        .and_if(timed, Evidence::TIME)
        .and_if(addressed, Evidence::ADDRESS)
        .and_if(wrote, Evidence::WROTE)
        .and_if(has_comma(text), Evidence::COMMA)
        .and_if(ours, Evidence::OUR_NAME);
    Some(seen)
}

/// `22 Nov 2026, X`, `12:00 PM, X`, `12:00、X`: a comma ends the date. A Japanese one, which people write too, only
/// behind a time.
fn has_comma(text: &str) -> bool {
    let ends_date = |comma: char| {
        text.rsplit_once(comma).is_some_and(|(date, name)| {
            date.trim_end().ends_with(|c: char| c.is_ascii_digit() || matches!(c, ')' | 'm'))
                && !name.trim_start().starts_with(|c: char| c.is_ascii_digit())
        })
    };
    ends_date(',') || (ends_date('、') && has_time(text))
}

/// `… she wrote:`, `… my mother wrote:`: programs name the author.
fn is_told(text: &str) -> bool {
    let mut words = text.trim_end_matches([':', ' ']).rsplit([' ', ',']).filter(|w| !w.is_empty()).skip(1);
    let pronoun = |w: &str| matches!(w, "i" | "you" | "he" | "she" | "we" | "they" | "somebody" | "someone");
    words.next().is_some_and(pronoun)
        || words.next().is_some_and(|w| matches!(w, "my" | "our" | "his" | "her" | "their" | "the"))
        || ["私は書きました", "僕は書きました", "彼は書きました", "彼女は書きました"]
            .iter()
            .any(|w| tight(text).contains(w))
}

/// `… by haru@example.org:`, an address without brackets.
fn ends_with_author(text: &str) -> bool {
    [" by ", " von ", " par ", " door ", " från "].iter().filter_map(|by| text.rsplit_once(by)).any(
        |(_, author)| {
            author.contains('@') && !author.contains(' ') && author.trim_end_matches(':').is_ascii()
        },
    )
}

/// Whether the folded text names us: our address, also with a tag in it, or our display name.
pub(super) fn names(said: &str, known: &Known) -> bool {
    let (address, name) = (tight(&fold(known.own_address)), tight(&fold(known.own_name)));
    let tagged = address.split_once('@').is_some_and(|(local, domain)| {
        said.contains(&format!("{local}+")) && said.contains(&format!("@{domain}"))
    });
    tagged || (!address.is_empty() && said.contains(&address)) || (!name.is_empty() && said.contains(&name))
}

/// Programs begin with the date, behind a word of their language.
fn begins_like_one(text: &str) -> bool {
    let text = text.trim_start_matches(['(', '[', '-', '*', '>', ' ']);
    let word = LANGUAGES.iter().flat_map(|l| l.opening).any(|opening| text.starts_with(opening));
    word || text.starts_with(|c: char| c.is_ascii_digit()) || begins_with_weekday(text)
}

/// `niedz., 22 lis 2026 …`, `Воскресенье, 22 ноября …`: one word, a comma, a number.
fn begins_with_weekday(text: &str) -> bool {
    text.split_once([',', ' ']).is_some_and(|(word, rest)| {
        (2..=12).contains(&word.chars().count())
            && word.chars().all(|c| c.is_alphabetic() || c == '.')
            && rest.trim_start().starts_with(|c: char| c.is_ascii_digit())
    })
}

/// An `@` between characters of an address.
fn has_address(said: &str) -> bool {
    said.match_indices('@').any(|(at, _)| {
        let sign = |c: Option<char>| {
            c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '"' | '_' | '-' | '+'))
        };
        sign(said[..at].chars().next_back()) && sign(said[at + 1..].chars().next())
    })
}

/// A year with something else of a date or a time beside it; month, day and time of a Japanese date; or `11/22/26`.
pub(super) fn has_date(text: &str) -> bool {
    let month = || LANGUAGES.iter().flat_map(|l| l.months).any(|m| text.contains(m));
    let japanese = || text.contains('月') && text.contains('日') && has_time(text);
    if has_year(text) {
        has_time(text) || has_numeric_date(text) || month()
    } else {
        has_numeric_date(text) || japanese()
    }
}

/// A number of four digits that begins with 19 or 20.
pub(super) fn has_year(text: &str) -> bool {
    numbers(text).any(|n| n.len() == 4 && (n.starts_with("20") || n.starts_with("19")))
}

fn numbers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_digit()).filter(|n| !n.is_empty())
}

/// Three numbers with the same sign between them: `2026/11/22`, `22.11.2026`, `22. 11. 2026`, `11/22/26`.
fn has_numeric_date(text: &str) -> bool {
    ['/', '-', '.'].iter().any(|sign| {
        let parts: Vec<&str> = text.split(*sign).collect();
        parts.windows(3).any(|w| {
            let before = w[0].trim_end().rsplit(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
            let after = w[2].trim_start().split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
            let number = |s: &str| (1..=4).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit());
            number(before)
                && number(w[1].trim())
                && w[1].trim().len() <= 2
                && number(after)
                && before.len() + after.len() >= 3
        })
    })
}

/// `12:00`, `12時`, `12h00`, `kl. 12.00`, `오후 12:00`.
pub(super) fn has_time(text: &str) -> bool {
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let between = |sign: char| {
        text.match_indices(sign).any(|(at, _)| {
            digit(text[..at].chars().next_back()) && digit(text[at + sign.len_utf8()..].chars().next())
        })
    };
    between(':')
        || between('時')
        || text.contains('時')
        || between('h')
        || (text.contains("kl") && between('.'))
}

/// NFKC, lower case.
pub(super) fn fold(text: &str) -> String {
    ComposingNormalizerBorrowed::new_nfkc().normalize(text).to_lowercase()
}

/// Without white space.
pub(super) fn tight(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// The end of the text above `from`, at most `most` blank lines skipped.
pub(super) fn skip_blank_up(lines: &[&str], from: usize, most: usize) -> usize {
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
            let at = |k| above(&lines, lines.len(), k).map(|(start, ..)| start);
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
        check("--- care@example.jp wrote:", true, true);
        check("-----Original Message-----", true, true);
        check("---- 元のメッセージ ----", true, true);
        check("－－－－－Original Message－－－－－", true, true);
        check("On Nov 22, 2026, at 12:00, my mother wrote:", false, false);
        check("On Nov 22, 2026, at 12:00, she wrote:", false, false);
        check("On Nov 22, 2026, at 12:00, Heshe wrote:", true, true);
        check("On 22 Nov 2026, Ai wrote:", true, true);
        check("2026年11月22日、母は書きました:", false, false);
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
            assert_eq!(above(&lines, lines.len(), Some(&KNOWN)).map(|(s, ..)| s), expected, "{text}");
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
}
