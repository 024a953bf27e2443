//! What stands under a letter and was not written for it: a program's slogan, a signature under `-- ` or in a
//! decorated box, a company's words under a ruler.
//!
//! A slogan goes because its words stand in a closed list; a signature because of the conventional line above it or
//! of what it holds: addresses, numbers, links. Rows of dashes, lists and sentences are a person's, and so is a name
//! under a letter. A text that consists of nothing but a signature stays.

use super::attribution::{fold, tight};
use super::details::{self, is_bullet, is_prose};
use super::reading;
pub(super) use super::slogan::is_slogan;
use super::{Evidence, Fate, HeaderEvidence, Rule};

/// Most lines of a signature.
const MAX_SIGNATURE: usize = 12;
/// Most lines of a company's words.
const MAX_FOOTER: usize = 40;

/// What companies and lists write under a ruler; folded, no white space.
const FOOTERS: [&str; 12] = [
    "mailinglist",
    "unsubscribe",
    "listinfo",
    "confidential",
    "intendedrecipient",
    "intendedsolely",
    "privileged",
    "機密情報",
    "秘密情報",
    "誤って受信",
    "誤送信",
    "vertraulich",
];

/// Takes from the new lines what stands under them. A slogan may stand under a signature or above it, not more.
pub(super) fn sign_off(lines: &[&str], fates: &mut [Fate], header: &HeaderEvidence) {
    above_quotes(lines, fates);
    for _ in 0..3 {
        let Some(end) =
            (0..lines.len()).rev().find(|n| fates[*n] == Fate::New && !lines[*n].trim().is_empty())
        else {
            return;
        };
        let run = (0..=end).rev().take_while(|n| fates[*n] == Fate::New).count();
        let start = end + 1 - run;
        let words_above =
            lines[..start].iter().zip(&*fates).any(|(l, f)| *f == Fate::New && !l.trim().is_empty());
        let heads = |fate: &Fate| matches!(fate, Fate::Gone(Rule::Attribution | Rule::HeaderBlock, _));
        let below = (end + 1..lines.len()).find(|n| fates[*n] != Fate::New);
        let quote_below = below.is_some_and(|n| heads(&fates[n]));
        let foot = Foot { lines: &lines[start..=end], words_above, quote_below, header };
        let Some((mut at, rule, evidence)) = foot.begins() else { return };
        at -= usize::from(rule == Rule::Slogan && at > 0 && is_delimiter(lines[start + at - 1]));
        fates[start + at..=end].fill(Fate::Gone(rule, evidence));
    }
}

/// A slogan above a quote goes, wherever the words stand.
fn above_quotes(lines: &[&str], fates: &mut [Fate]) {
    let mut left =
        lines.iter().zip(&*fates).filter(|(l, f)| **f == Fate::New && !l.trim().is_empty()).count();
    let mut quoted = false;
    for n in (0..lines.len()).rev() {
        match fates[n] {
            Fate::Gone(rule, _) => {
                quoted = matches!(rule, Rule::Attribution | Rule::HeaderBlock | Rule::Separator);
            }
            Fate::New if lines[n].trim().is_empty() => {}
            Fate::New => {
                if quoted && left > 1 && is_slogan(lines[n]) {
                    let delimiter = usize::from(n > 0 && left > 2 && is_delimiter(lines[n - 1]));
                    fates[n - delimiter..=n].fill(Fate::Gone(Rule::Slogan, Evidence::CLOSED_LIST));
                    left -= 1 + delimiter;
                }
                quoted = false;
            }
        }
    }
}

/// The conventional line above a signature, also without its space.
fn is_delimiter(line: &str) -> bool {
    matches!(line, "-- " | "--" | "—")
}

/// Whether a line is one that a program signs with.
pub(super) fn begins_signature(line: &str) -> bool {
    line == "-- " || is_slogan(line)
}

/// New lines in a row, the last of them not blank.
struct Foot<'a> {
    lines: &'a [&'a str],
    words_above: bool,
    quote_below: bool,
    header: &'a HeaderEvidence,
}

impl Foot<'_> {
    /// Where what stands under the letter begins, and why.
    fn begins(&self) -> Option<(usize, Rule, Evidence)> {
        let last = self.lines.len().checked_sub(1)?;
        if is_slogan(self.lines[last]) {
            return Some((last, Rule::Slogan, Evidence::CLOSED_LIST));
        }
        let found = self.under_delimiter().or_else(|| self.in_box()).or_else(|| self.footer())?;
        let above = self.words_above || self.lines[..found.0].iter().any(|l| !l.trim().is_empty());
        above.then_some(found)
    }

    /// The lines under the last `-- `, or under a `--` that lost its space when they look like a signature.
    fn under_delimiter(&self) -> Option<(usize, Rule, Evidence)> {
        let first = self.lines.len().saturating_sub(MAX_SIGNATURE + 1);
        let at = (first..self.lines.len()).rev().find(|n| is_delimiter(self.lines[*n]))?;
        let below: Vec<&str> =
            self.lines[at + 1..].iter().map(|l| l.trim()).filter(|l| !l.is_empty()).collect();
        let found = |evidence: Evidence| Some((at, Rule::Signature, evidence.and(Evidence::DELIMITER)));
        let seen = details::seen(&below, self.header);
        if self.lines[at] == "-- " {
            let prose = below.first().is_some_and(|l| is_bullet(l) || is_prose(l));
            // Whose author is known signs with a name; a list of meals is a person's.
            let stranger = below.len() > 1
                && !seen.has(Evidence::AUTHOR)
                && !seen.has(Evidence::NAMES)
                && !details::names_author(&below, self.header)
                && !details::opens_with_name(&below)
                && !self.header.author.is_empty();
            return if (prose || stranger) && !seen.has_details() {
                None
            } else {
                found(seen.and(Evidence::SHORT))
            };
        }
        if below.is_empty() || below.iter().any(|l| is_bullet(l) || is_prose(l)) {
            return None;
        }
        // Nobody signs with what opens a quote: the dashes are the person's, and the quote was not credible.
        if (at + 1..self.lines.len()).any(|n| reading::opens(self.lines, n, self.header)) {
            return None;
        }
        let apart = at == 0 || self.lines[at - 1].trim().is_empty();
        let named = seen.has(Evidence::NAMES) && apart;
        let own = [Evidence::MAIL_ADDRESS, Evidence::POSTCODE, Evidence::AUTHOR].iter().any(|e| seen.has(*e));
        if own || named { found(seen) } else { None }
    }

    /// The lines in or under a decorated ruler, when they hold what signatures hold.
    fn in_box(&self) -> Option<(usize, Rule, Evidence)> {
        let last = self.lines.len() - 1;
        let closed = is_ruler(self.lines[last]);
        let end = if closed { last } else { last + 1 };
        let first = end.saturating_sub(MAX_SIGNATURE + 1);
        let at = (first..end).rev().find(|n| is_ruler(self.lines[*n]))?;
        let inside: Vec<&str> =
            self.lines[at + 1..end].iter().map(|l| details::unframed(l)).filter(|l| !l.is_empty()).collect();
        if inside.is_empty() || inside.iter().any(|l| is_bullet(l) || is_prose(l)) {
            return None;
        }
        let seen = details::seen(&inside, self.header);
        let kinds = seen.details();
        // Somebody else's address under a plain row of dashes is something that the person tells.
        let plain = self.lines[at].chars().all(|c| matches!(c, '-' | '=' | '_' | '*' | ' '));
        let strange =
            seen.has(Evidence::MAIL_ADDRESS) && !seen.has(Evidence::AUTHOR) && !self.header.author.is_empty();
        if strange && (plain || !closed) {
            return None;
        }
        // Numbers and links alone are things that people pass on.
        let own = seen.has(Evidence::MAIL_ADDRESS) || seen.has(Evidence::POSTCODE);
        let enough = (kinds >= 2 && own) || (kinds >= 1 && seen.has(Evidence::AUTHOR));
        let signed = closed && self.quote_below && seen.has(Evidence::PHONE);
        let enough = enough || (signed && inside.iter().any(|l| details::ends_with_name(l)));
        let evidence = seen.and(Evidence::RULER).and_if(closed, Evidence::CLOSING_RULER);
        enough.then_some((at, Rule::Signature, evidence))
    }

    /// A company's or a list's words under a ruler.
    fn footer(&self) -> Option<(usize, Rule, Evidence)> {
        let first = self.lines.len().saturating_sub(MAX_FOOTER);
        let at = (first..self.lines.len().saturating_sub(1)).rev().find(|n| is_ruler(self.lines[*n]))?;
        let below = &self.lines[at + 1..];
        let first = below.iter().position(|l| l.trim().is_empty()).unwrap_or(below.len());
        let known = |lines: &[&str]| {
            let said = tight(&fold(&lines.concat()));
            FOOTERS.iter().filter(|words| said.contains(**words)).count()
        };
        (known(&below[..first]) >= 1 && known(below) >= 2).then_some((
            at,
            Rule::Footer,
            Evidence::RULER.and(Evidence::CLOSED_LIST),
        ))
    }
}

/// Five characters or more of decoration and nothing else.
fn is_ruler(line: &str) -> bool {
    let signs = || line.chars().filter(|c| !c.is_whitespace());
    let plain =
        |c: char| !c.is_alphanumeric() && !matches!(c, '>' | '＞' | '。' | '、' | '(' | ')' | '!' | '?');
    let decorated = |c: char| plain(c) || matches!(c, 'ー' | '〇');
    line.len() <= 600 && signs().all(decorated) && signs().take(5).count() == 5
}

#[cfg(test)]
mod tests {
    use crate::mail::quote::{HeaderEvidence, without_signature};

    #[test]
    fn only_what_programs_write_is_taken() {
        let check = |text: &str, expected: &str| {
            let (got, cut) = without_signature(text, &HeaderEvidence::default());
            assert_eq!(got, expected, "{text:?}");
            assert_eq!(cut, text != expected, "{text:?}");
        };
        check("はい\n\niPhoneから送信\n", "はい");
        check("はい\n\n iPhone から送信", "はい");
        check("yes\n\nSent from my iPhone.\n\n", "yes");
        check("yes\nGet Outlook for iOS<https://aka.ms/o0ukef>", "yes");
        check("yes\nOutlook for iOS を入手\n", "yes");
        check("はい\n-- \n佐藤はる\n090-0000-0000\n", "はい");
        check("はい\n-- \n佐藤はる\n\niPhoneから送信\n", "はい");
        check("はい\n\niPhoneから送信\n-- \n佐藤はる", "はい");
        check("yes\n\nSent from my Verizon, Samsung Galaxy smartphone", "yes");
        check("yes\n\nSent from Yahoo Mail for iPhone", "yes");
        check("ja\n\nGesendet von Outlook für Android", "ja");
        check("はい\n\nGalaxy S9(au版)から送信", "はい");
        check("yes\n_______\nwalkers mailing list\nhttps://example.org/listinfo/walkers", "yes");
        check("iPhoneから送信", "");
        check("-- \n佐藤はる", "-- \n佐藤はる");
        check("はい\n--\n佐藤はる", "はい\n--\n佐藤はる");
        check("はい\n----\n佐藤はる", "はい\n----\n佐藤はる");
        for opener in [
            "2026年11月22日(日) 12:00 よりそい便り\n<care@example.jp>:",
            "-----Original Message-----\nFrom: よりそい便り <care@example.jp>\nSent: Sunday\nTo: a\nSubject: b\n\n歩いた",
        ] {
            let text = format!("はい\n--\n\n{opener}");
            check(&text, &text);
        }
        check("はい\niPhoneから送信しています", "はい\niPhoneから送信しています");
        check("iPhoneから送信\nと出るのはなぜ", "iPhoneから送信\nと出るのはなぜ");
        check("はい", "はい");
        check("", "");
        let long = format!("はい\n-- \n{}", "行\n".repeat(13));
        check(&long, &long);
        let twelve = format!("はい\n-- \n{}", "行\n".repeat(12));
        check(&twelve, "はい");
    }
}
