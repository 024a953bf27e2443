//! Telephone numbers of Japan and of elsewhere, in digits of any script and in words. What belongs to everybody (free
//! lines, emergency numbers) is no particular: a supporter may name a helpline.

use std::sync::LazyLock;

use regex::Regex;

use super::{Folded, Found, Sign, Telling, patterns};

/// Between two digits of one number.
const GAP: &str = r"(?:[\ .()（）・_\-]|の|\r?\n){0,3}";
const GAP1: &str = r"(?:[\ .()（）・_\-]|の|\r?\n){1,3}";

/// Numbers by form.
static FORMS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let sources = [
        format!(r"(?:^|[^0-9]) [(（]? (0{GAP}[5789]{GAP}0 (?:{GAP}[0-9]){{8}}) (?:[^0-9]|$)"),
        format!(
            r"(?:^|[^0-9]) (0(?:[346]|[1-9][0-9]{{1,3}}) {GAP1} [0-9]{{1,4}} {GAP1} [0-9]{{3,4}}) (?:[^0-9]|$)"
        ),
        r"(?:^|[^0-9]) (0[1-9](?:[\ .\-][0-9]{2}){4}) (?:[^0-9]|$)".to_owned(),
        r"(?:^|[^0-9]) (0[1-9][0-9]{8,9}) (?:[^0-9]|$)".to_owned(),
        r"(?:^|[^0-9]) (0[1-9][0-9]{2,3}\ [0-9]{6}) (?:[^0-9]|$)".to_owned(),
        format!(r"((?:\+|(?:^|[^0-9])0{{1,2}}1?0?)\ ?81 {GAP} (?:0{GAP})? [1-9](?:{GAP}[0-9]){{8,9}})"),
        format!(r"(\+\ ?[1-9](?:{GAP}[0-9]){{7,14}}) (?:[^0-9]|$)"),
        r"(?:^|[^0-9]) (\([2-9][0-9]{2}\)\ ?[0-9]{3}[\ .\-][0-9]{4}) (?:[^0-9]|$)".to_owned(),
        r"(?:^|[^0-9.\-]) ([2-9][0-9]{2}[.\-][0-9]{3}[.\-][0-9]{4}) (?:[^0-9\-]|$)".to_owned(),
    ];
    patterns(sources.iter().map(String::as_str))
});

/// Numbers that a word before them tells.
static TOLD: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    patterns([
        r"(?:電話|でんわ|\btel\b|携帯|ケ-タイ|けいたい|スマホ|phone|mobile|\bcell\b|call\ me|ring\ me|\bfax\b)[^0-9\n]{0,12} ([0-9]{2,4}-[0-9]{4}) (?:[^0-9\-]|$)",
        r"(?:電話番号|携帯番号|携帯|\btel\b|phone\ number|my\ phone|my\ cell|my\ mobile)[^0-9\n]{0,8} ([0-9](?:[\ \-]{0,2}[0-9]){8,11}) (?:[^0-9\-]|$)",
    ])
});

static WORDS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    patterns([
        r"\b(?:plus|zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)(?:[\s,.\-]+(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)){6,}\b",
        r"(?:ゼロ|ぜろ|れい|まる|マル)(?:[\s、・,\-のー]*(?:ゼロ|ぜろ|れい|まる|マル|いち|イチ|に|ニ|さん|サン|よん|ヨン|し|ご|ゴ|ろく|ロク|なな|ナナ|しち|はち|ハチ|きゅう|キュウ|きゅ|キュ|く)){8,}",
    ])
});

pub(super) fn find(digits: Option<&Folded<'_>>, plain: &Folded<'_>, into: &mut Vec<Found>) {
    if let Some(digits) = digits {
        for pattern in FORMS.iter() {
            digits.each(pattern, Telling::Telephone, is_somebodys, into);
        }
        for pattern in TOLD.iter() {
            digits.each(pattern, Telling::Telephone, |it| !is_date(it), into);
        }
    }
    // who counts from one does not say "zero"
    if plain.has(&["zero", "oh", "ゼロ", "ぜろ", "れい", "まる", "マル"]) {
        for pattern in WORDS.iter() {
            let is_number = |it: &str| !it.is_ascii() || it.contains("zero") || it.contains("oh");
            plain.each(pattern, Telling::Telephone, is_number, into);
        }
    }
}

/// A quick look: six digits near each other. Between two of them stand three signs at most, or line ends of two.
pub(super) fn may_be_in(signs: &[Sign]) -> bool {
    const APART: usize = 6;
    let (mut near, mut last) = (0, 0);
    for (at, _) in signs.iter().enumerate().filter(|(_, sign)| sign.is_digit()) {
        near = if at - last <= APART + 1 { near + 1 } else { 1 };
        last = at;
        if near >= 6 {
            return true;
        }
    }
    false
}

/// Whether a number of this form can be a person's own.
fn is_somebodys(it: &str) -> bool {
    const EVERYBODYS: [&str; 8] = ["0120", "0800", "0570", "0990", "0180", "800", "888", "877"];
    let bare: String = it.chars().filter(char::is_ascii_digit).collect();
    let long_enough = !bare.starts_with('0') || matches!(bare.len(), 10..=15);
    let groups = it.chars().any(|c| !c.is_ascii_digit());
    long_enough && (groups || bare.len() >= 10) && !EVERYBODYS.iter().any(|free| bare.starts_with(free))
}

fn is_date(it: &str) -> bool {
    it.starts_with("19") || it.starts_with("20")
}

#[cfg(test)]
mod tests {
    use super::super::{digit, fold};
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_quick_look_misses_no_number(text in "(電話|tel|\\+81|[0-9０〇一 .()（）・_\r\nのa-]){0,40}") {
            let signs = fold(&text);
            let digits = Folded::new(&signs, digit);
            let found = FORMS.iter().chain(TOLD.iter()).any(|pattern| pattern.is_match(&digits.text));
            prop_assert!(!found || may_be_in(&signs));
        }
    }
}
