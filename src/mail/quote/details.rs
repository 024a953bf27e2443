//! What lines of a signature hold: addresses, numbers, links, names; and what they do not: sentences and lists.

use super::attribution::{fold, tight};
use super::{Evidence, HeaderEvidence};

const DETAILS: Evidence =
    Evidence::MAIL_ADDRESS.and(Evidence::PHONE).and(Evidence::LINK).and(Evidence::POSTCODE);
/// Longest line that is looked at, in octets.
const MAX_LINE: usize = 600;
/// Most lines of a signature that begins with a name.
const MAX_NAMES: usize = 4;

impl Evidence {
    /// How many kinds of details were seen.
    pub(super) fn details(self) -> u32 {
        self.count(DETAILS)
    }

    /// Whether any was.
    pub(super) fn has_details(self) -> bool {
        self.details() > 0
    }
}

/// What the lines hold.
pub(super) fn seen(lines: &[&str], header: &HeaderEvidence) -> Evidence {
    let short = || lines.iter().filter(|l| l.len() <= MAX_LINE);
    let folded: Vec<String> = short().map(|l| fold(l)).collect();
    let any = |is: fn(&str) -> bool| folded.iter().any(|l| is(l));
    let name = tight(&fold(&header.name));
    let author = folded
        .iter()
        .any(|l| (!header.author.is_empty() && l.contains(&header.author)) || is_name_in(&name, &tight(l)));
    let named = |l: &&str| is_name(l) || has_phone(&fold(l)) || l.contains("://");
    let names =
        lines.first().is_some_and(|l| is_name(l)) && lines.len() <= MAX_NAMES && lines.iter().all(named);
    Evidence::NONE
        .and_if(any(has_mail_address), Evidence::MAIL_ADDRESS)
        .and_if(any(has_phone), Evidence::PHONE)
        .and_if(any(|l| ["http://", "https://", "www."].iter().any(|w| l.contains(w))), Evidence::LINK)
        .and_if(any(|l| l.contains('〒')), Evidence::POSTCODE)
        .and_if(author, Evidence::AUTHOR)
        .and_if(names, Evidence::NAMES)
}

/// Whether the whole display name stands in a line: alone, or, when it is no short word, beside a company's.
fn is_name_in(name: &str, line: &str) -> bool {
    !name.is_empty() && (line == name || (name.chars().count() >= 3 && line.contains(name)))
}

/// Whether a line begins or ends with a part of the author's display name, as people sign.
pub(super) fn names_author(lines: &[&str], header: &HeaderEvidence) -> bool {
    let name = fold(&header.name);
    let parts = || name.split([' ', ',', '"']).filter(|part| part.chars().count() >= 2);
    lines
        .iter()
        .filter(|l| l.len() <= MAX_LINE)
        .map(|l| fold(l))
        .any(|line| parts().any(|part| line.starts_with(part) || line.ends_with(part)))
}

/// A line of a box without the box's sides.
pub(super) fn unframed(line: &str) -> &str {
    line.trim_matches(|c: char| c.is_whitespace() || matches!(c, '|' | '│' | '┃' | '║' | '*' | '#'))
}

/// A sentence, or too long for a line of a signature.
pub(super) fn is_prose(line: &str) -> bool {
    let words = line.split_whitespace().count();
    let link = line.contains("://");
    line.contains(['。', '！', '？'])
        || (words >= 4 && line.ends_with(['.', '!', '?', ':', ',']))
        || (line.chars().count() > 80 && !link)
}

/// An item of a list.
pub(super) fn is_bullet(line: &str) -> bool {
    let mut signs = line.chars();
    match (signs.next(), signs.next()) {
        (Some('・' | '•' | '○' | '●' | '□' | '✓' | '>' | '＞'), _) => true,
        (Some('-' | '*' | '+'), Some(' ')) => true,
        (Some('(' | '（'), Some(c)) => c.is_ascii_digit() && !line.contains('-'),
        (Some(c), Some(')' | '.' | '）' | '．')) => c.is_numeric(),
        _ => false,
    }
}

/// One to four words in Latin letters, each with a capital.
fn is_name(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    (1..=4).contains(&words.len())
        && words.iter().all(|w| {
            w.starts_with(char::is_uppercase)
                && w.chars().all(|c| c.is_alphabetic() || matches!(c, '.' | '-' | '\'' | ','))
        })
        && !line.ends_with('.')
}

/// Whether a first and a last name stand at the top, in Latin letters.
pub(super) fn opens_with_name(lines: &[&str]) -> bool {
    lines.first().is_some_and(|l| is_name(l) && l.contains(' '))
}

/// `田中 太郎`, also behind the name of a company: two words of at most three Han characters each.
pub(super) fn ends_with_name(line: &str) -> bool {
    let han = |word: &str| {
        (1..=3).contains(&word.chars().count())
            && word.chars().all(|c| matches!(c, '々' | '\u{4E00}'..='\u{9FFF}'))
    };
    let mut words = line.split_whitespace().rev();
    words.next().is_some_and(han) && words.next().is_some_and(han)
}

fn has_mail_address(line: &str) -> bool {
    line.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '@' | '.' | '_' | '-' | '+' | '%')))
        .filter_map(|word| word.split_once('@'))
        .any(|(local, domain)| !local.is_empty() && domain.contains('.') && !domain.starts_with('.'))
}

/// Nine to fifteen digits that begin with 0 or +, as telephone numbers are written.
fn has_phone(line: &str) -> bool {
    line.split(|c: char| !(c.is_ascii_digit() || matches!(c, '-' | '(' | ')' | ' ' | '+' | '.'))).any(|run| {
        let run = run.trim_start_matches([' ', '.', '-', '(', ')']);
        let digits = run.bytes().filter(u8::is_ascii_digit).count();
        run.starts_with(['0', '+']) && (9..=15).contains(&digits)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_signature_hold_details() {
        let header = HeaderEvidence {
            author: "haru@example.jp".to_owned(),
            name: "佐藤 はる".to_owned(),
            ..HeaderEvidence::default()
        };
        let check =
            |line: &str, expected: &[&str]| assert_eq!(seen(&[line], &header).words(), expected, "{line}");
        check("Mail: ai@example.org", &["mail_address"]);
        check("E-mail：Haru@Example.jp", &["mail_address", "author"]);
        check("佐藤はる", &["author"]);
        check("TEL 03-0000-0000", &["phone"]);
        check("+81 (90) 0000 0000", &["phone"]);
        check("2026-11-22 12:00", &[]);
        check("12345678901", &[]);
        check("https://example.org/", &["link"]);
        check("〒100-0000 東京都", &["postcode"]);
        check("Haru Sato", &["names"]);
        check("went home", &[]);
        check("a@b", &[]);
    }

    #[test]
    fn sentences_and_lists_are_no_signature() {
        let check =
            |line: &str, expected: bool| assert_eq!(is_prose(line) || is_bullet(line), expected, "{line}");
        check("昼からは晴れました。", true);
        check("Then I sat down for an hour.", true);
        check("・散歩", true);
        check("- walk", true);
        check("1) walk", true);
        check("(1) walk", true);
        check("> walk", true);
        check("佐藤はる", false);
        check("Green Workshop Ltd.", false);
        check("(03) 0000-0000", false);
        check(
            "http://example.org/a/very/long/path/that/goes/on/and/on/and/on/and/on/and/on/until/it/ends",
            false,
        );
    }
}
