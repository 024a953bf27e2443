//! Finds known addresses in a text, however they are disguised, and takes them out.
//!
//! The text is read as a row of signs (NFKC, lower case, invisible characters dropped), each of which knows the span
//! of the original that it came from. So a full-width `ＨＡＲＵ＠ｅｘａｍｐｌｅ．ｊｐ` is found, and everything that is not
//! part of an address stays byte for byte. In doubt something is found: a needless mask costs less than an address
//! that comes through.

use icu_normalizer::ComposingNormalizerBorrowed;

use super::address::Address;

/// What people write for `@`, after folding. `at` needs white space around it.
pub(super) const AT: [&str; 10] =
    ["@", "[at]", "(at)", "{at}", "<at>", "[a]", "(a)", "%40", "アットマーク", "アット"];
/// What people write for a dot, after folding.
const DOT: [&str; 6] = [".", "[.]", "(.)", "[dot]", "(dot)", "ドット"];
/// How often a text is looked through again after something was taken out.
const MAX_LOOKS: usize = 16;
/// Most white space within an address that is still read across.
pub(super) const MAX_WHITE: usize = 8;

/// Replaces every one of `addresses` in `text`; tells how many spans were replaced. The span is the address itself:
/// angle brackets, `mailto:` and the words around it stay.
pub fn mask(text: &str, addresses: &[&Address], replacement: &str) -> (String, usize) {
    let patterns = patterns(addresses);
    let mut masked = text.to_owned();
    let mut count = 0;
    // What is taken out may bring together what stood apart, so a second look is needed where anything was found.
    for _ in 0..MAX_LOOKS {
        let spans = spans(&masked, &patterns);
        if spans.is_empty() {
            break;
        }
        count += spans.len();
        let mut out = String::with_capacity(masked.len());
        let mut end = 0;
        for (from, to) in spans {
            out.push_str(&masked[end..from]);
            out.push_str(replacement);
            end = to;
        }
        out.push_str(&masked[end..]);
        masked = out;
    }
    (masked, count)
}

/// Whether any of `addresses` stands in `text`, in any form that [`mask`] would replace.
pub fn contains(text: &str, addresses: &[&Address]) -> bool {
    !spans(text, &patterns(addresses)).is_empty()
}

/// One folded character and the span of the original text that it came from.
pub(super) struct Sign {
    pub(super) c: char,
    pub(super) from: usize,
    pub(super) to: usize,
}

pub(super) fn fold(text: &str) -> Vec<Sign> {
    let nfkc = ComposingNormalizerBorrowed::new_nfkc();
    let mut signs = Vec::with_capacity(text.len());
    for (from, c) in text.char_indices() {
        let to = from + c.len_utf8();
        if c.is_ascii() {
            signs.push(Sign { c: c.to_ascii_lowercase(), from, to });
        } else if is_plain(c) {
            signs.push(Sign { c, from, to });
        } else if !is_invisible(c) {
            let mut bytes = [0; 4];
            for c in nfkc.normalize_iter(c.encode_utf8(&mut bytes).chars()).flat_map(char::to_lowercase) {
                signs.push(Sign { c, from, to });
            }
        }
    }
    signs
}

/// Kana, kanji and their marks, which are nearly all of a Japanese text: folding leaves them as they are.
fn is_plain(c: char) -> bool {
    matches!(c, '\u{3001}'..='\u{301F}' | '\u{3041}'..='\u{3094}' | '\u{30A1}'..='\u{30FE}' | '\u{4E00}'..='\u{9FFF}')
}

/// Characters that show nothing and would split an address for a program, not for a reader.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{E0000}'..='\u{E007F}')
}

/// The forms of one address: local parts as written, domains in A-labels and in Unicode.
struct Pattern {
    locals: Vec<Vec<char>>,
    domains: Vec<Vec<char>>,
    /// The letters and digits that stand in every form of it, a bit each.
    ascii: u128,
}

/// The bit of an ASCII letter or digit.
fn bit(c: char) -> u128 {
    if c.is_ascii_alphanumeric() { 1 << u32::from(c) } else { 0 }
}

/// The ASCII letters and digits of a text once folded, a bit each. Most letters lack one that the address has, so
/// most need no closer look.
fn folded_ascii(text: &str) -> u128 {
    let nfkc = ComposingNormalizerBorrowed::new_nfkc();
    let mut found = 0;
    for c in text.chars() {
        if c.is_ascii() {
            found |= bit(c.to_ascii_lowercase());
        } else if !is_plain(c) && !is_invisible(c) {
            let mut bytes = [0; 4];
            let folded = nfkc.normalize_iter(c.encode_utf8(&mut bytes).chars()).flat_map(char::to_lowercase);
            found |= folded.fold(0, |bits, c| bits | bit(c));
        }
    }
    found
}

fn patterns(addresses: &[&Address]) -> Vec<Pattern> {
    let chars = |s: &str| s.to_lowercase().chars().collect::<Vec<char>>();
    addresses
        .iter()
        .map(|address| {
            let escaped = address.local().replace('\\', "\\\\").replace('"', "\\\"");
            let (unicode, _) = idna::domain_to_unicode(address.domain());
            let mut domains = vec![chars(address.domain())];
            if unicode != address.domain() {
                domains.push(fold(&unicode).iter().map(|s| s.c).collect());
            }
            let local = chars(address.local());
            let letters = |form: &Vec<char>| form.iter().fold(0, |bits, c| bits | bit(*c));
            // a form in Unicode lacks letters of the form in A-labels
            let ascii = domains.iter().map(letters).fold(u128::MAX, |all, form| all & form) | letters(&local);
            Pattern { locals: vec![chars(&format!("\"{escaped}\"")), local], domains, ascii }
        })
        .collect()
}

/// The byte spans of all addresses in `text`, ascending, apart from each other.
fn spans(text: &str, patterns: &[Pattern]) -> Vec<(usize, usize)> {
    let ascii = folded_ascii(text);
    if patterns.iter().all(|pattern| pattern.ascii & !ascii != 0) {
        return Vec::new();
    }
    let signs = fold(text);
    let mut spans: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    while at < signs.len() {
        let end = patterns.iter().filter_map(|p| address_at(&signs, at, p)).max();
        match end {
            Some(end) => {
                let (from, to) = (signs[at].from, signs[end - 1].to);
                match spans.last_mut() {
                    // Two within one original character (a ligature).
                    Some(last) if last.1 > from => last.1 = to,
                    _ => spans.push((from, to)),
                }
                at = end;
            }
            None => at += 1,
        }
    }
    spans
}

/// Where the address that begins at `at` ends. A letter or digit directly before or behind makes it another's.
fn address_at(signs: &[Sign], at: usize, pattern: &Pattern) -> Option<usize> {
    if at > 0 && signs[at - 1].c.is_ascii_alphanumeric() {
        return None;
    }
    let ends = |end: &usize| signs.get(*end).is_none_or(|s| !s.c.is_ascii_alphanumeric());
    let sign = |local: &Vec<char>| at_sign(signs, dotted(signs, at, local)?);
    let behind = pattern.locals.iter().find_map(sign)?;
    pattern.domains.iter().filter_map(|d| dotted(signs, behind, d)).find(ends)
}

/// `word` at `at`, its dots in any form; the end.
fn dotted(signs: &[Sign], start: usize, word: &[char]) -> Option<usize> {
    let mut at = start;
    for &c in word {
        at = match signs.get(at) {
            _ if c == '.' => {
                let end = dot(signs, if at == start { at } else { white(signs, at) });
                white(signs, end.or_else(|| spaced(signs, at, "dot"))?)
            }
            Some(sign) if sign.c == c => at + 1,
            _ => return None,
        };
    }
    Some(at)
}

/// Any form of `@` at `at`, with the white space around it; the end.
fn at_sign(signs: &[Sign], at: usize) -> Option<usize> {
    let start = white(signs, at);
    let end = AT.iter().find_map(|form| literal(signs, start, form));
    Some(white(signs, end.or_else(|| spaced(signs, at, "at"))?))
}

/// Any form of a dot at `at`; the end.
pub(super) fn dot(signs: &[Sign], at: usize) -> Option<usize> {
    DOT.iter().find_map(|form| literal(signs, at, form))
}

/// `word` at `at` with white space before and behind it; the end of the word.
fn spaced(signs: &[Sign], at: usize, word: &str) -> Option<usize> {
    let start = white(signs, at);
    let end = literal(signs, start, word)?;
    (start > at && white(signs, end) > end).then_some(end)
}

pub(super) fn literal(signs: &[Sign], at: usize, word: &str) -> Option<usize> {
    let mut at = at;
    for c in word.chars() {
        if signs.get(at)?.c != c {
            return None;
        }
        at += 1;
    }
    Some(at)
}

/// The first place from `at` on that is not white space, [`MAX_WHITE`] signs ahead at most.
pub(super) fn white(signs: &[Sign], at: usize) -> usize {
    let ahead = signs.get(at..).unwrap_or_default();
    at + ahead.iter().take(MAX_WHITE).take_while(|s| s.c.is_whitespace()).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn address(text: &str) -> Address {
        Address::parse(text).unwrap()
    }

    #[test]
    fn what_is_plain_would_fold_to_itself() {
        let nfkc = ComposingNormalizerBorrowed::new_nfkc();
        let plain: Vec<char> = ('\0'..=char::MAX).filter(|c| is_plain(*c)).collect();
        assert!(plain.contains(&'が') && plain.contains(&'歩') && !plain.contains(&'Ａ'));
        for c in plain {
            let folded: String = nfkc.normalize(&c.to_string()).to_lowercase();
            assert!(folded == c.to_string() && !is_invisible(c), "{c}");
        }
    }

    #[test]
    fn every_disguise_of_a_known_address_is_masked() {
        let haru = address("haru.aki@example.jp");
        let docomo = address("foo..bar@docomo.ne.jp");
        let idn = address("kim@例え.jp");
        let check = |text: &str, expected: &str| {
            let (masked, count) = mask(text, &[&haru, &docomo, &idn], "[伏せました]");
            assert_eq!(masked, expected, "{text}");
            assert_eq!(count > 0, text != expected);
            assert_eq!(contains(text, &[&haru, &docomo, &idn]), text != expected, "{text}");
        };
        check("haru.aki@example.jp", "[伏せました]");
        check("連絡は HARU.Aki@Example.JP まで。", "連絡は [伏せました] まで。");
        check("連絡はｈａｒｕ．ａｋｉ＠ｅｘａｍｐｌｅ．ｊｐまで", "連絡は[伏せました]まで");
        check("haru.aki ＠ example.jp です", "[伏せました] です");
        check("haru.aki　＠　example．jpです", "[伏せました]です");
        check("write to haru.aki [at] example.jp!", "write to [伏せました]!");
        check("write to haru.aki(at)example(dot)jp.", "write to [伏せました].");
        check("write to haru dot aki at example dot jp please", "write to [伏せました] please");
        check("haru.akiアットマークexample.jp", "[伏せました]");
        check("<mailto:haru.aki@example.jp>", "<mailto:[伏せました]>");
        check("mailto:haru.aki%40example.jp?subject=x", "mailto:[伏せました]?subject=x");
        check("はる <haru.aki@example.jp>", "はる <[伏せました]>");
        check("\"haru.aki\"@example.jp", "[伏せました]");
        check("haru.aki@\nexample.jp", "[伏せました]");
        check("haru\u{200b}.aki@exam\u{ad}ple.jp", "[伏せました]");
        check("a haru.aki@example.jp, haru.aki@example.jp.", "a [伏せました], [伏せました].");
        check("foo..bar@docomo.ne.jp と \"foo..bar\"@docomo.ne.jp", "[伏せました] と [伏せました]");
        check("kim@例え.jp / kim@xn--r8jz45g.jp", "[伏せました] / [伏せました]");
        check("e-mail:haru.aki@example.jp.ほか", "e-mail:[伏せました].ほか");
    }

    #[test]
    fn everything_else_stays_byte_for_byte() {
        let haru = address("haru@example.jp");
        for text in [
            "",
            "はるさん、ありがとう。",
            "haru@example.org",
            "taharu@example.jp",
            "haru@example.jpx",
            "haru @ home",
            "look at example.jp",
            "＠ ｘ\r\n\tﾊﾙ ﬁ ①\u{200b}",
        ] {
            assert_eq!(mask(text, &[&haru], "X"), (text.to_owned(), 0), "{text}");
        }
        assert_eq!(mask("haru@example.jp", &[], "X").1, 0);
        let text = "＜ｈａｒｕ＠example.jp＞　ﾊﾙ①\r\n";
        assert_eq!(mask(text, &[&haru], "…").0, "＜…＞　ﾊﾙ①\r\n");
    }

    #[test]
    fn what_a_mask_brings_together_is_masked_too() {
        let addresses = [address("a@example.jp"), address("b@example.jp")];
        let both: Vec<&Address> = addresses.iter().collect();
        let (masked, _) = mask("a@exa(b@example.jp)mple.jp a@(b@example.jp)", &both, "");
        assert!(!contains(&masked, &both), "{masked}");
    }

    fn disguised() -> impl Strategy<Value = String> {
        let local =
            prop_oneof![Just("haru.aki"), Just("ＨＡＲＵ．aki"), Just("\"haru.aki\""), Just("haru dot aki")];
        let at = prop_oneof![Just("@"), Just(" ＠ "), Just(" at "), Just("[at]"), Just("(at)"), Just("%40")];
        let domain = prop_oneof![
            Just("example.jp"),
            Just("EXAMPLE.JP"),
            Just("ｅｘａｍｐｌｅ．ｊｐ"),
            Just("example [dot] jp")
        ];
        (local, at, domain).prop_map(|(l, a, d)| format!("{l}{a}{d}"))
    }

    proptest! {
        #[test]
        fn nothing_is_left_and_the_rest_is_kept(before in "[ぁ-ん <(\"：\n]{0,12}", it in disguised(), behind in "[ぁ-ん >)。,\n]{0,12}") {
            let haru = address("haru.aki@example.jp");
            let (masked, count) = mask(&format!("{before}{it}{behind}"), &[&haru], "◯");
            prop_assert_eq!(count, 1);
            prop_assert!(!contains(&masked, &[&haru]));
            prop_assert_eq!(masked, format!("{before}◯{behind}"));
        }

        #[test]
        fn any_text_is_read_to_its_end(text in any::<String>(), soup in "[haruek@example.jp \"()＠．\u{200b}at]{0,200}") {
            let haru = address("haru@example.jp");
            for text in [text, soup] {
                let (masked, count) = mask(&text, &[&haru], "■");
                prop_assert!(!contains(&masked, &[&haru]));
                prop_assert_eq!(count == 0, masked == text);
            }
        }
    }
}
