//! Mail addresses, as typed and as people disguise them.

use std::sync::LazyLock;

use regex::Regex;

use super::{Folded, Found, Telling, patterns};

/// Whoever has an address there shares its domain with many others.
pub(super) const PROVIDERS: &str = "gmail|googlemail|yahoo|ymail|icloud|me|mac|outlook|hotmail|live|msn|docomo|ezweb|au|uqmobile|softbank|\
    vodafone|ymobile|rakuten|nifty|biglobe|ocn|so-net|plala|excite|goo|infoseek|aol|proton|protonmail|gmx|\
    ジーメール|じーめーる|ヤフー|やふー|ドコモ|どこも|ソフトバンク|アイクラウド|ホットメール|アウトルック|エーユー";
const TLD: &str =
    "(?:com|net|org|jp|io|me|info|edu|uk|us|de|fr|au|ca|biz|dev|app|test|example|コム|ネット|ジェーピー)";
const AT: &str = r"(?: @ | [(\[{<（【]\ ?(?:at|a|アット|あっと|アットマーク|あっとまーく|@)\ ?[)\]}>）】] | %40 | _at_ | -at- 
    | アットマーク | あっとまーく | アット | あっと )";
const DOT: &str = r"(?: \. | 。 | [(\[{（]\ ?(?:\.|dot|ドット|どっと)\ ?[)\]}）] | ドット | どっと )";

static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let sources = [
        // in full: whatever the domain is, when nothing but the sign stands between
        format!(r"[a-z0-9_+.%\-]+ {AT} (?:[\p{{L}}\p{{N}}\-]+ {DOT})+ \p{{L}}{{2,}}"),
        // spread out
        format!(
            r"[a-z0-9_+.%\-]+ (?:\s?{DOT}\s?[a-z0-9_\-]+)* \s{{0,3}} {AT} \s{{0,3}} (?:[a-z0-9\-]+ \s{{0,2}}{DOT}\s{{0,2}})+ {TLD}\b"
        ),
        // said aloud
        r"\b[a-z0-9_.\-]+ (?:\ dot\ [a-z0-9_\-]+)* \ at\ (?:[a-z0-9\-]+\ dot\ )+[a-z]{2,}\b".to_owned(),
        format!(r"\b[a-z0-9_.\-]*[0-9_.][a-z0-9_.\-]* \ at\ (?:{PROVIDERS})\.[a-z.]{{2,}}\b"),
        format!(r"[a-z0-9_.\-]+ \s? (?:@|アットマーク|あっとまーく|アット|あっと) \s? (?:{PROVIDERS})"),
        // another sign instead
        format!(r"[a-z0-9_.\-]+ \s?[★☆●◎■◆♪*\#→&]\s? (?:{PROVIDERS}) {DOT} [a-z]{{2,}}"),
        // the two halves in words
        format!(
            r"(?:^|[^a-z]) ( (?:{PROVIDERS}) (?:\ ?メール)? (?:のアドレスは|アドレスは|の|は|:|で、|で|が|、|\ is\ )\s? [a-z][a-z0-9_\-]*[0-9_.][a-z0-9_.\-]*[a-z0-9_] )"
        ),
        r"[a-z][a-z0-9_\-]*[0-9_.][a-z0-9_.\-]*[a-z0-9_] \s?[、,（(]?\s?(?:の|は|が|あとは|あとは、)?\s? (?:gmail|ジーメール|yahoo|ヤフー|icloud|docomo|ドコモ)".to_owned(),
        r"\b(?:e-?mail|mail|メール|メアド|メールアドレス|アドレス)(?:\ me|\ address)?(?:\ is|:|\ at|は|が)\s? [a-z][a-z0-9_\-]*[0-9_.][a-z0-9_.\-]*[a-z0-9_]".to_owned(),
        // what a domain may be cut off from
        r"\b[a-z0-9_.+\-]{3,}@[a-z0-9\-]{2,}(?:です|まで|へ|に|$)".to_owned(),
    ];
    patterns(sources.iter().map(String::as_str))
});

pub(super) fn find(text: &Folded<'_>, into: &mut Vec<Found>) {
    if text.latin < 3 {
        return;
    }
    for pattern in PATTERNS.iter() {
        text.each(pattern, Telling::Address, |_| true, into);
    }
}
