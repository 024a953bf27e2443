//! What stands under a letter and was not written for it: a phone's slogan, a signature after the conventional `-- `.

use icu_normalizer::ComposingNormalizerBorrowed;

/// Most lines of a signature.
const MAX_SIGNATURE: usize = 12;

/// Slogans, folded: NFKC, lower case, no white space, no full stop at the end.
const SLOGANS: [&str; 38] = [
    "iphoneから送信",
    "ipadから送信",
    "androidから送信",
    "galaxyから送信",
    "xperiaから送信",
    "マイgalaxyから送信",
    "androidスマートフォンから送信",
    "iphone版outlookから送信",
    "iosforoutlookから送信",
    "iphone用yahooメールから送信",
    "android用yahooメールから送信",
    "yahoo!メールアプリから送信",
    "windows版のメールから送信",
    "windows10版のメールから送信",
    "outlookforiosを入手",
    "outlookforandroidを入手",
    "ios用outlookから送信",
    "android用outlookから送信",
    "sparkから送信",
    "sentfrommyiphone",
    "sentfrommyipad",
    "sentfrommyandroid",
    "sentfrommyandroidphone",
    "sentfrommyandroiddevice",
    "sentfrommygalaxy",
    "sentfrommysamsunggalaxysmartphone",
    "sentfrommypixel",
    "sentfromoutlookforios",
    "sentfromoutlookforandroid",
    "getoutlookforios",
    "getoutlookforandroid",
    "sentfrommailforwindows",
    "sentfrommailforwindows10",
    "sentwithspark",
    "sentfromyahoomailforiphone",
    "sentfromyahoomailonandroid",
    "sentfromgmailmobile",
    "gmailモバイルから送信",
];

/// The text without what programs put under it: slogans of phones from a closed list, and a tail of at most
/// `MAX_SIGNATURE` lines under a line that is exactly `-- `. Tells whether anything was taken. A text that
/// consists of nothing but a signature stays.
pub fn without_signature(text: &str) -> (String, bool) {
    let mut kept = text;
    // A slogan may stand under a signature or above it, not more.
    for _ in 0..3 {
        kept = match without_slogan(kept).or_else(|| without_tail(kept)) {
            Some(shorter) => shorter,
            None => break,
        };
    }
    if kept.len() == text.len() {
        return (text.to_owned(), false);
    }
    (kept.trim_end().to_owned(), true)
}

/// Whether a line is one that a program signs with.
pub(super) fn begins_signature(line: &str) -> bool {
    line == "-- " || is_slogan(line)
}

fn without_slogan(text: &str) -> Option<&str> {
    let text = text.trim_end();
    let start = text.rfind('\n').map_or(0, |at| at + 1);
    is_slogan(&text[start..]).then(|| &text[..start])
}

/// The text above the last `-- `.
fn without_tail(text: &str) -> Option<&str> {
    let start = text.rfind("\n-- \n")? + 1;
    let above = &text[..start];
    let lines = text.trim_end()[start.min(text.trim_end().len())..].lines().count();
    (lines <= MAX_SIGNATURE + 1 && !above.trim().is_empty()).then_some(above)
}

fn is_slogan(line: &str) -> bool {
    // Outlook writes a link behind its own.
    let line =
        line.split_once("<http").filter(|(_, link)| link.trim_end().ends_with('>')).map_or(line, |l| l.0);
    let folded = ComposingNormalizerBorrowed::new_nfkc().normalize(line).to_lowercase();
    let tight: String = folded.chars().filter(|c| !c.is_whitespace()).collect();
    SLOGANS.contains(&tight.trim_end_matches(['.', '。']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_programs_write_is_taken() {
        let check = |text: &str, expected: &str| {
            let (got, cut) = without_signature(text);
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
        check("iPhoneから送信", "");
        check("-- \n佐藤はる", "-- \n佐藤はる");
        check("はい\n--\n佐藤はる", "はい\n--\n佐藤はる");
        check("はい\n----\n佐藤はる", "はい\n----\n佐藤はる");
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
