//! Pages of somebody's own. A link to a newspaper or a hospital tells nothing of who sends it.

use std::sync::LazyLock;

use regex::Regex;

use super::addresses::PROVIDERS;
use super::{Folded, Found, Known, Telling, patterns};

/// Pages of people, below a path.
const HOSTS: &str = r"line\.me|lin\.ee|instagram\.com|instagr\.am|x\.com|twitter\.com|t\.me|telegram\.me|facebook\.com|fb\.com|fb\.me|m\.me|
    tiktok\.com|threads\.net|threads\.com|linktr\.ee|lit\.link|profcard\.info|note\.com|note\.mu|ameblo\.jp|ameba\.jp|mixi\.jp|
    wa\.me|discord\.gg|discord\.com|linkedin\.com|zoom\.us|meet\.google\.com|calendly\.com|photos\.app\.goo\.gl|photos\.google\.com|
    drive\.google\.com|docs\.google\.com|forms\.gle|1drv\.ms|dropbox\.com|icloud\.com|bit\.ly|tinyurl\.com|open\.kakao\.com|
    pinterest\.com|pinterest\.jp|bsky\.app|mstdn\.jp|github\.com|paypal\.me|minne\.com|jp\.mercari\.com|peing\.net|marshmallow-qa\.com";
/// Pages of people, each with a name of its own before it.
const HOUSES: &str = r"hatenablog\.com|hatenablog\.jp|hateblo\.jp|fc2\.com|fc2web\.com|tumblr\.com|wordpress\.com|blogspot\.com|
    blogspot\.jp|jimdofree\.com|jimdo\.com|wixsite\.com|livedoor\.blog|livedoor\.jp|seesaa\.net|exblog\.jp|ocnk\.net|stores\.jp|
    base\.shop|thebase\.in|substack\.com|github\.io|crayonsite\.net|amebaownd\.com|carrd\.co|studio\.site|my\.canva\.site";
const PATH: &str = r"[^\s「」『』、。（）()<>]";

static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    // a dot may be spaced out or spoken
    let spoken =
        |hosts: &str| hosts.replace(r"\.", r"\s?(?:\.|。|[(\[]\.[)\]]|[(\[]dot[)\]]|\ dot\ |ドット)\s?");
    let sources = [
        format!(
            r"(?:^|[^a-z0-9@.\-]) ((?:h[tx][tx]ps?:?//)?(?:[a-z0-9\-]+\.)* (?:{}) \s?(?:/|スラッシュ|\ slash\ )\s?{PATH}+)",
            spoken(HOSTS)
        ),
        format!(
            r"(?:^|[^a-z0-9@.\-]) ((?:h[tx][tx]ps?:?//)?(?:[a-z0-9\-]+\.)*[a-z0-9\-]+\s?(?:\.|ドット)\s?(?:{})\b{PATH}*)",
            spoken(HOUSES)
        ),
        format!(
            r"((?:h[tx][tx]ps?:?//|www\.)[a-z0-9.\-]+(?::[0-9]+)?/(?:{PATH}*/)?(?:~|@|users?/|u/|profiles?/|members?/|mypage/|channel/){PATH}+)"
        ),
        format!(r"(h[tx][tx]ps?:?//[^\s/@]+@{PATH}+)"),
        format!(
            r"(?:my|our|うちの|私の|わたしの|自分の|僕の|俺の)\s?(?:new\ |own\ )?(?:ブログ|ホームページ|HP|サイト|お店|店|blog|website|web\ ?site|site|page|homepage|shop|profile)[^\n]{{0,20}}?((?:h[tx][tx]ps?:?//|www\.){PATH}+|[a-z0-9\-]+(?:\.[a-z0-9\-]+)*\.(?:com|net|jp|org|me|info|blog|shop|page)\b{PATH}*)"
        ),
    ];
    patterns(sources.iter().map(String::as_str))
});
static DOMAIN: LazyLock<Vec<Regex>> =
    LazyLock::new(|| patterns([r"(?:h[tx][tx]ps?:?//)?(?:[a-z0-9\-]+\.)+[a-z]{2,}(?:/[^\s「」、。）)]*)?"]));

pub(super) fn find(text: &Folded<'_>, known: &Known<'_>, into: &mut Vec<Found>) {
    if text.latin < 3 || !text.has(&[".", "。", "ドット", " dot ", "//"]) {
        return;
    }
    for pattern in PATTERNS.iter() {
        text.each(pattern, Telling::Link, |_| true, into);
    }
    let own: Vec<&str> =
        known.addresses.iter().map(super::Address::domain).filter(|d| !is_shared(d)).collect();
    for pattern in DOMAIN.iter() {
        text.each(
            pattern,
            Telling::Link,
            |it| {
                own.iter().any(|domain| {
                    host_of(it).is_some_and(|h| h == *domain || h.ends_with(&format!(".{domain}")))
                })
            },
            into,
        );
    }
}

fn host_of(link: &str) -> Option<&str> {
    link.rsplit_once("//").map_or(link, |(_, rest)| rest).split('/').next()
}

/// Whether many people have addresses there.
fn is_shared(domain: &str) -> bool {
    let labels = || domain.split('.');
    labels().any(|label| PROVIDERS.split('|').any(|provider| provider == label))
}
