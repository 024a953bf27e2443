//! Where somebody lives. "To the corner of the third block" tells little; a block with a number does.

use std::sync::LazyLock;

use regex::Regex;

use super::{Folded, Found, Sign, Telling, digit, patterns};

const PREFECTURE: &str = r"(?:北海道|東京都|京都府|大阪府|\p{Han}{2,3}県|[〒])";
const STREET: &str = r"(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|court|ct|terrace|way|place|square|close|crescent|gardens|row|grove)";

static IN_DIGITS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let sources = [
        r"(\p{Han}*[0-9十]+丁目\ ?[0-9十]+ (?:[\-の番号][0-9十\-番号]*)?)(?:[^0-9つ人個本軒分階]|$)".to_owned(),
        r"([^\s、。]{0,12}[市区町村郡] [\p{Han}\p{Katakana}ヶケのノ]{0,8} [0-9]{1,4}-[0-9]{1,4}-[0-9]{1,5})".to_owned(),
        format!(r"({PREFECTURE}[^\n、。]{{0,25}}? [0-9]{{1,4}}-[0-9]{{1,5}})"),
        r"((?:〒|郵便番号[はが:]?)\s?[0-9]{3}\ ?-?\ ?[0-9]{4})".to_owned(),
        r"((?:マンション|アパ-ト|ハイツ|コ-ポ|メゾン|パレス|レジデンス|団地|荘)[^\s、。0-9]{0,8}[0-9]{1,3}(?:-[0-9]{2,4})?(?:号室|号棟|棟)[0-9]*)".to_owned(),
        r"((?:マンション|ハイツ|コ-ポ|メゾン|パレス|レジデンス)[^\s、。0-9]{0,8}\ ?[0-9]{3,4})(?:号|です|に|の|$|[\s、。])".to_owned(),
        r"((?:住所|自宅)[は:][^\n、。]{0,25}?[0-9]{1,4}(?:-|番|の)[0-9]{1,4})(?:[^0-9日人年分時回]|$)".to_owned(),
        r"((?:実家|うち|我が家|家)は[^\n、。]{0,25}?[0-9]{1,4}(?:-|番|の)[0-9]{1,4}(?:-|号|の)[0-9]*)".to_owned(),
        r"([0-9]{1,4}-[0-9]{1,4}(?:-[0-9]{1,4})?[,\ ]+[a-z]+[^\n]{0,30}?(?:-ku|-shi|-cho|-machi|-gun|tokyo|osaka|kyoto|yokohama|nagoya|sapporo|fukuoka|kobe|japan)\b)".to_owned(),
    ];
    patterns(sources.iter().map(String::as_str))
});

static PLAIN: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let numbered = format!(r"[0-9]{{1,5}}[a-z]?\ (?:[nsew]\.?\ )?(?:[a-z0-9'’]+\ ){{1,3}}{STREET}\b\.?");
    let behind = r"(?:[a-z]{2}\ )?[0-9]{5}(?:-[0-9]{4})?\b|[a-z]{1,2}[0-9][a-z0-9]?\ ?[0-9][a-z]{2}\b";
    let sources = [
        format!(r"({numbered} [^\n]{{0,40}}?[,\s]+(?:{behind}))"),
        format!(r"(?:live|living|staying|am|is|are|me|house|flat|home|address|send\ it|come)\ (?:at|to|is|:|in)\ ({numbered})"),
        format!(r"(?:address:?|住所は|住所:)\ ?({numbered})"),
        r"(\bp\.?\ ?o\.?\ box\ [0-9]+)".to_owned(),
        r"(\b(?:apt|apartment|flat|suite|unit)\.?\ \#?[0-9]+[a-z]?,?\ [0-9]+\ [a-z]+)".to_owned(),
        r"([0-9]{1,4}番地(?:の?[0-9]+)?)(?:[^味元方]|$)".to_owned(),
        r"([0-9]{1,3}番[0-9]{1,3}号)".to_owned(),
        r"(\b(?:postcode|post\ code|zip(?:\ code)?)(?:\ is|:)?\ (?:[0-9]{5}(?:-[0-9]{4})?|[a-z]{1,2}[0-9][a-z0-9]?\ ?[0-9][a-z]{2}))\b".to_owned(),
    ];
    patterns(sources.iter().map(String::as_str))
});

/// What stands in every place with digits, where these are not joined.
const TOLD: [&str; 12] = [
    "丁目",
    "〒",
    "郵便番号",
    "マンション",
    "アパ",
    "ハイツ",
    "ポ",
    "メゾン",
    "パレス",
    "レジデンス",
    "団地",
    "荘",
];

pub(super) fn find(digits: Option<&Folded<'_>>, plain: &Folded<'_>, into: &mut Vec<Found>) {
    if let Some(digits) = digits {
        for pattern in IN_DIGITS.iter() {
            digits.each(pattern, Telling::Place, |_| true, into);
        }
    }
    if plain.digits > 0 {
        for pattern in PLAIN.iter() {
            plain.each(pattern, Telling::Place, |_| true, into);
        }
    }
}

/// A quick look: two digits that are joined, or digits and a word that tells a place.
pub(super) fn may_be_in(signs: &[Sign], plain: &Folded<'_>) -> bool {
    let joined = |three: &[Sign]| {
        three[0].is_digit() && three[2].is_digit() && matches!(digit(three[1].c), '-' | '番' | 'の')
    };
    signs.windows(3).any(joined)
        || (signs.iter().filter(|sign| sign.is_digit()).nth(1).is_some() && plain.has(&TOLD))
}

#[cfg(test)]
mod tests {
    use super::super::fold;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_quick_look_misses_no_place(
            text in "(丁目|〒|郵便番号|マンション|アパート|コ-ポ|アパ−ト|荘|号室|住所|自宅|家は|県|市|東京都|神田|tokyo|番|の|号|[0-9１二十: ,\n-]){0,20}"
        ) {
            let signs = fold(&text);
            let digits = Folded::new(&signs, digit);
            // a single digit tells no place
            let found = digits.digits > 1 && IN_DIGITS.iter().any(|pattern| pattern.is_match(&digits.text));
            prop_assert!(!found || may_be_in(&signs, &Folded::new(&signs, |c| c)));
        }
    }
}
