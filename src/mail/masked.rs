//! Addresses with only so much left of them that a person can tell them apart: `haru@example.jp` → `h…@example.jp`.
//!
//! Unlike [`super::particulars::mask`] it knows nobody: whatever looks like an address is one, also in full width,
//! with white space around the `@`, or with `(at)` for it. The first character and the domain stay, because the
//! operator sees by the domain which carrier makes trouble. In doubt something is masked. A Message-ID looks like an
//! address and is masked too; spelled out words (`haru at example dot jp`) stay.

use super::particulars::{AT, MAX_WHITE, Sign, dot, fold, literal, white};

/// The longest quoted local part that is looked for, in characters (RFC 5321 §4.5.3.1.1, and its quotes and escapes).
const MAX_QUOTED: usize = 130;

/// `text` with every address masked; all else stays byte for byte.
pub fn masked(text: &str) -> String {
    let signs = fold(text);
    let mut out = String::with_capacity(text.len());
    let (mut copied, mut floor, mut at) = (0, 0, 0);
    while at < signs.len() {
        let Some(behind) = AT.iter().find_map(|form| literal(&signs, at, form)) else {
            at += 1;
            continue;
        };
        if let Some((first, end)) = local_part(&signs, floor, at, behind) {
            let (first, end) = (&signs[first], signs[end - 1].to);
            out.push_str(&text[copied..first.to]);
            out.push('…');
            copied = end;
        }
        floor = behind;
        at = behind;
    }
    out.push_str(&text[copied..]);
    out
}

/// The first sign that stays of the local part before the `@` at `at..behind`, and where it ends.
fn local_part(signs: &[Sign], floor: usize, at: usize, behind: usize) -> Option<(usize, usize)> {
    let before = signs.get(floor..at)?;
    let end = at - before.iter().rev().take(MAX_WHITE).take_while(|s| s.c.is_whitespace()).count();
    let next = white(signs, behind);
    // `a @ b` and `f(a)x` are addresses only with a domain that has a dot.
    let plain = behind == at + 1 && end == at && next == behind;
    if !(if plain { begins_domain(signs, next) } else { is_dotted(signs, next) }) {
        return None;
    }
    let before = signs.get(floor..end)?;
    let last = before.last()?.c;
    let begin = if last == '"' {
        end - opening_quote(before)?
    } else if is_local(last) {
        end - before.iter().rev().take_while(|s| is_local(s.c)).count()
    } else if plain && last.is_alphanumeric() {
        // RFC 6531: a local part need not be ASCII. Where the words before it end cannot be known.
        end - before.iter().rev().take_while(|s| s.c.is_alphanumeric() || is_local(s.c)).count()
    } else {
        return None;
    };
    let first = (begin..end).find(|&i| signs[i].c.is_alphanumeric()).unwrap_or(begin);
    Some((first, end))
}

/// How many signs from the end of `before`, which is a quote, the quote that opens it stands.
fn opening_quote(before: &[Sign]) -> Option<usize> {
    let escaped = |i: usize| i > 0 && before[i - 1].c == '\\';
    let lowest = before.len().saturating_sub(MAX_QUOTED);
    let found = (lowest..before.len() - 1).rev().find(|&i| before[i].c == '"' && !escaped(i))?;
    Some(before.len() - found)
}

fn is_local(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c)
}

fn begins_domain(signs: &[Sign], at: usize) -> bool {
    signs.get(at).is_some_and(|s| s.c.is_alphanumeric() || s.c == '[')
}

/// Whether a domain of ASCII labels with a dot in it begins at `at`.
fn is_dotted(signs: &[Sign], at: usize) -> bool {
    let label = signs.get(at..).unwrap_or_default();
    let end = at + label.iter().take_while(|s| s.c.is_ascii_alphanumeric() || s.c == '-').count();
    end > at && dot(signs, end).is_some_and(|end| begins_domain(signs, end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn of_an_address_the_first_character_and_the_domain_stay() {
        let check = |text: &str, expected: &str| assert_eq!(masked(text), expected, "{text}");
        check("haru@example.jp", "h…@example.jp");
        check("a@example.jp", "a…@example.jp");
        check("はる <Haru.Aki@Example.JP>, ai@example.org", "はる <H…@Example.JP>, a…@example.org");
        check("連絡はharu@example.jpまで。", "連絡はh…@example.jpまで。");
        check("foo..bar.@docomo.ne.jp", "f…@docomo.ne.jp");
        check("care+k3j2h1@example.jp", "c…@example.jp");
        check("bounce+haru=example.jp@lists.example.org", "b…@lists.example.org");
        check("\"haru aki\"@example.jp", "\"h…@example.jp");
        check(r#"x "a\"b c"@example.jp y"#, r#"x "a…@example.jp y"#);
        check("'haru@example.jp'", "'h…@example.jp'");
        check("mailto:haru%40example.jp?subject=x", "mailto:h…%40example.jp?subject=x");
        check("ｈａｒｕ＠ｅｘａｍｐｌｅ．ｊｐです", "ｈ…＠ｅｘａｍｐｌｅ．ｊｐです");
        check("haru\u{200b}.aki@example.jp", "h…@example.jp");
        check("haru @ example.jp", "h… @ example.jp");
        check("haru\n@example.jp", "h…\n@example.jp");
        check("haru(at)example(dot)jp", "h…(at)example(dot)jp");
        check("haruアットマークexample.jp", "h…アットマークexample.jp");
        check("はる@例え.jp", "は…@例え.jp");
        check("root@localhost haru@[192.0.2.1]", "r…@localhost h…@[192.0.2.1]");
        check("a@b@example.jp", "a…@b…@example.jp");
        check("haru%40example.jp@example.org", "h…%40e…@example.org");
    }

    #[test]
    fn everything_else_stays_byte_for_byte() {
        for text in [
            "",
            "はるさん、ありがとう。",
            "3時 @ 駅",
            "look at example.jp",
            "アットホームな場所",
            "f(a)x = 50%40",
            "@はる ＠ ｘ\r\n\tﾊﾙ ﬁ ①\u{200b}",
            "haru@ と @example.jp",
        ] {
            assert_eq!(masked(text), text);
        }
    }

    proptest! {
        #[test]
        fn no_local_part_is_left_between_any_words(before in "[ぁ-んa-z <(\"：\n]{0,12}", behind in "[ぁ-ん >)。,\n]{0,12}") {
            let shown = masked(&format!("{before} haru.aki@example.jp{behind}"));
            prop_assert!(!shown.contains("haru.aki") && shown.contains("@example.jp"), "{}", shown);
        }

        #[test]
        fn any_text_is_read_to_its_end(text in any::<String>(), soup in "[haruek@.jp \"\\\\()＠．\u{200b}はる%40]{0,200}") {
            for text in [text, soup] {
                let once = masked(&text);
                prop_assert!(once == text || once.contains('…'));
            }
        }
    }
}
