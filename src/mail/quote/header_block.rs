//! A program's copy of header fields above a quote, and the separators that programs write there.

use super::attribution::{fold, has_date, has_time, has_year, names, skip_blank_up, tight};
use super::stream::unmarked;
use super::words::{ANSWERS, FORWARDS, LANGUAGES};
use super::{Evidence, Known};

/// Most lines of a header block, blank ones included.
const MAX_HEADER: usize = 16;
/// Most lines that a value runs over.
const MAX_OVERRUN: usize = 4;
/// Longest line that is looked at, in octets.
const MAX_LINE: usize = 1200;
/// Longest ruler, in octets.
const MAX_RULER: usize = 600;
const KEYS: Evidence = Evidence::FROM.and(Evidence::SENT).and(Evidence::TO).and(Evidence::SUBJECT);

/// A header block above a quote.
#[derive(Debug)]
pub(super) struct HeaderBlock {
    /// Its first line, the separator counted in.
    pub(super) start: usize,
    pub(super) evidence: Evidence,
    /// The separator says that the mail below is forwarded.
    pub(super) forwarded: bool,
    /// The folded value of From, white space taken out.
    from: String,
    /// The folded value of Subject.
    subject: String,
}

impl HeaderBlock {
    /// Credible where a quote stands below for other reasons.
    pub(super) fn is_credible(&self, known: Option<&Known>) -> bool {
        let ours = known.is_some_and(|k| names(&self.from, k));
        self.evidence.has(Evidence::FROM) && (self.kinds() >= 3 || (ours && self.kinds() >= 2))
    }

    /// So complete that only a program writes it, whatever stands below.
    pub(super) fn is_complete(&self) -> bool {
        if self.evidence.has(Evidence::SEPARATOR) {
            return self.kinds() >= 2;
        }
        let sent = self.evidence.has(Evidence::FROM.and(Evidence::SENT).and(Evidence::DATE));
        let (timed, addressed) = (self.evidence.has(Evidence::TIME), self.evidence.has(Evidence::ADDRESS));
        sent && if self.kinds() == 4 { timed || addressed } else { self.kinds() == 3 && timed && addressed }
    }

    /// Whether it heads a mail about something else than a mail with `subject`, as [`bare_subject`] gives it. Gateways
    /// put words before a subject, and programs cut it short.
    pub(super) fn is_about_other_than(&self, subject: &str) -> bool {
        let (own, _) = bare_subject(&self.subject);
        !own.is_empty() && !subject.is_empty() && !own.contains(subject) && !subject.contains(&own)
    }

    fn kinds(&self) -> u32 {
        self.evidence.count(KEYS)
    }
}

/// The header block that ends just above `end`: lines with a key, each kind once, values that run over. Blank lines
/// stand between all of its lines (text made of HTML) or between none.
pub(super) fn header_above(lines: &[&str], end: usize, known: Option<&Known>) -> Option<HeaderBlock> {
    let mut block = HeaderBlock {
        start: end,
        evidence: Evidence::NONE,
        forwarded: false,
        from: String::new(),
        subject: String::new(),
    };
    let (mut keys, mut blanks) = (0, 0);
    for at in (end.saturating_sub(MAX_HEADER)..end).rev() {
        let line = unmarked(lines[at]).trim();
        if line.is_empty() {
            blanks += 1;
            if blanks > keys || (keys > 1 && blanks < keys) {
                break;
            }
        } else if let Some((kind, value)) = key(line) {
            if kind != Evidence::NONE && block.evidence.has(kind) {
                break;
            }
            if kind == Evidence::FROM {
                block.from = tight(&value);
            } else if kind == Evidence::SUBJECT {
                block.subject = value.clone();
            }
            let sent = kind == Evidence::SENT;
            block.evidence = block
                .evidence
                .and(kind)
                .and_if(sent && has_year(&value) && has_date(&value), Evidence::DATE)
                .and_if(sent && has_time(&value), Evidence::TIME)
                .and_if(value.contains('@'), Evidence::ADDRESS);
            keys += 1;
            block.start = at;
        } else if !runs_over(lines, at) {
            break;
        }
    }
    if block.start == end {
        return None;
    }
    with_separator(lines, &mut block, known);
    Some(block)
}

/// The subject folded, without white space and what answers and forwards put before it; and whether it was an answer's.
pub(super) fn bare_subject(subject: &str) -> (String, bool) {
    let folded = fold(subject);
    let (mut rest, mut answers) = (folded.trim(), false);
    while let Some((prefix, behind)) = rest.split_once(':') {
        // `Re[2]:` counts its answers.
        let prefix = prefix.split(['[', '(']).next().unwrap_or_default().trim();
        let answer = ANSWERS.contains(&prefix);
        if !answer && !FORWARDS.contains(&prefix) {
            break;
        }
        answers |= answer;
        rest = behind.trim();
    }
    (tight(rest), answers)
}

/// Whether line `at` has a key.
pub(super) fn has_key(lines: &[&str], at: usize) -> bool {
    lines.get(at).is_some_and(|line| key(line).is_some())
}

/// Whether a header block may end with line `at`: it has a key, and the line below has none.
pub(super) fn ends_block(lines: &[&str], at: usize) -> bool {
    key(lines[at]).is_some() && lines.get(at + 1).is_none_or(|l| key(l).is_none())
}

/// Whether line `at` is the rest of a value: addresses under a line that has a key.
fn runs_over(lines: &[&str], at: usize) -> bool {
    let rest = |l: &str| l.contains(['@', ';', '；']);
    let above = lines[at.saturating_sub(MAX_OVERRUN)..at].iter().rev();
    rest(lines[at]) && above.skip_while(|l| rest(l) && key(l).is_none()).take(1).any(|l| key(l).is_some())
}

/// The kind and the folded value of a header line as programs copy it: `From: …`, `差出人：…`, `*Sent:* …`.
fn key(line: &str) -> Option<(Evidence, String)> {
    let line = unmarked(line);
    let head = line.get(..line.char_indices().nth(40).map_or(line.len(), |(at, _)| at))?;
    if line.len() > MAX_LINE || !head.contains([':', '：']) {
        return None;
    }
    let folded = fold(line).replace('*', "");
    let (key, value) = folded.split_once(':')?;
    let key = tight(key);
    let is = |words: &[&str]| words.contains(&key.as_str());
    // A word may mean one thing here and another there ("a": to): the first language that knows it decides.
    let kind = LANGUAGES.iter().find_map(|l| match () {
        () if is(l.from) => Some(Evidence::FROM),
        () if is(l.date) => Some(Evidence::SENT),
        () if is(l.to) => Some(Evidence::TO),
        () if is(l.subject) => Some(Evidence::SUBJECT),
        () if is(l.other) => Some(Evidence::NONE),
        () => None,
    })?;
    Some((kind, value.trim().to_owned()))
}

/// Counts the separator above the block in: also BlackBerry's, whose words stand there without dashes.
fn with_separator(lines: &[&str], block: &mut HeaderBlock, known: Option<&Known>) {
    let Some(at) = skip_blank_up(lines, block.start, 1).checked_sub(1) else { return };
    let line = unmarked(lines[at]).trim();
    let bare = || line.len() <= MAX_RULER && is_original(&tight(&fold(line)));
    let separator = separator(line, known);
    if separator.is_some() || is_ruler(line) || bare() {
        block.start = at;
        // Words between dashes speak for themselves; a ruler and bare words only go with a block that does.
        let dashed = separator.is_some() && !line.ends_with([':', '：']);
        block.evidence = block.evidence.and_if(dashed, Evidence::SEPARATOR);
        block.forwarded = separator == Some(Separator::Forwarded);
    }
}

/// Outlook's row of underscores, or a row of dashes longer than people draw.
fn is_ruler(line: &str) -> bool {
    let of = |sign: fn(char) -> bool, least: usize| {
        line.chars().all(sign) && line.len() <= MAX_RULER && line.chars().count() >= least
    };
    of(|c| c == '_', 10) || of(is_dash, 20)
}

fn is_original(words: &str) -> bool {
    LANGUAGES.iter().any(|l| l.original.contains(&words))
}

/// What a separator says of the mail below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Separator {
    /// It is answered.
    Original,
    /// It is forwarded.
    Forwarded,
}

/// `-----Original Message-----` and its kin: known words between at least two dashes on each side, or the words that
/// announce a forwarded mail before a colon. Notes writes our address there: `-----X <care@example.jp> wrote: -----`.
pub(super) fn separator(line: &str, known: Option<&Known>) -> Option<Separator> {
    let line = unmarked(line).trim();
    if !(10..=MAX_LINE).contains(&line.len()) || !line.ends_with(|c| is_dash(c) || matches!(c, ':' | '：')) {
        return None;
    }
    let tight = tight(&fold(line)).replace('\u{2019}', "'");
    let words = tight.trim_matches(is_dash);
    let dashes = |side: &str| side.chars().take(2).filter(|c| is_dash(*c)).count() == 2;
    let dashed = dashes(&tight) && dashes(&tight.chars().rev().collect::<String>());
    let forwarded = words.trim_end_matches(':');
    if LANGUAGES.iter().any(|l| l.forwarded.contains(&forwarded)) && (dashed || tight.ends_with(':')) {
        return Some(Separator::Forwarded);
    }
    let signed = || known.map(|k| fold(k.own_address)).is_some_and(|a| !a.is_empty() && words.contains(&a));
    (dashed && (is_original(words) || signed())).then_some(Separator::Original)
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '=' | '_' | '－' | '\u{2010}'..='\u{2015}' | '\u{2500}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_that_stands_for_itself_must_be_complete() {
        let check = |text: &str, expected: Option<usize>| {
            let lines: Vec<&str> = text.split('\n').collect();
            let block = (0..lines.len())
                .filter(|at| ends_block(&lines, *at))
                .filter_map(|at| header_above(&lines, at + 1, None))
                .find(HeaderBlock::is_complete);
            assert_eq!(block.map(|b| b.start), expected, "{text}");
        };
        check("a\nFrom: x\nSent: 22/11/2026 12:00\nTo: z\nSubject: s\n\nold", Some(1));
        check("a\n-----Original Message-----\nFrom: x\nDate: y\nSubject: s\n\nold", Some(1));
        check("a\nDe : x\nEnvoyé : dimanche 22 novembre 2026 12:00\nÀ : z\nObjet : s\n\nold", Some(1));
        check(
            "a\nFrom: x\nSent: 22 Nov 2026 12:00\nTo: a@example.jp;\n b@example.jp;\n c\nSubject: s\n",
            Some(1),
        );
        check("a\nFrom: the town\nTo: me\nDate: 20 November 2026\n\nold", None);
        check("a\nFrom: x\nSent: always\nTo: z\nSubject: s\n\nold", None);
        check("a\n差出人: 母\n件名: ごめんね\n\nかえっておいで", None);
        check("From: the heart\nTo: you\nSubject: us\n\nlove", None);
    }

    #[test]
    fn separators_have_known_words_and_dashes_on_both_sides() {
        let check =
            |line: &str, expected: Option<Separator>| assert_eq!(separator(line, None), expected, "{line}");
        check("-----Original Message-----", Some(Separator::Original));
        check("---- 元のメッセージ ----", Some(Separator::Original));
        check("－－－－－Original Message－－－－－", Some(Separator::Original));
        check("‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐", Some(Separator::Original));
        check("-----Message d’origine-----", Some(Separator::Original));
        check("---------- Forwarded message ---------", Some(Separator::Forwarded));
        check("Begin forwarded message:", Some(Separator::Forwarded));
        check("> 転送されたメッセージ：", Some(Separator::Forwarded));
        check("Original message:", None);
        check("----- きょうのこと -----", None);
        check("--------------", None);
    }
}
