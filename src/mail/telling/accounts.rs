//! Names of accounts elsewhere: LINE, Instagram, KakaoTalk and their kin. That somebody uses one tells nothing; what she
//! is called there does.

use std::sync::LazyLock;

use regex::Regex;

use super::{Folded, Found, Telling, patterns};

const PLACE: &str = r"(?:line|ライン|らいん|インスタ(?:グラム)?|insta(?:gram)?|twitter|ツイッター|tiktok|ティックトック|カカオ(?:トーク)?|
    kakao(?:\ ?talk)?|facebook|フェイスブック|fb|skype|スカイプ|discord|ディスコード|telegram|テレグラム|threads|スレッズ|signal|
    whatsapp|wechat|微信|snapchat|snap|bluesky|ブルースカイ|mixi|ミクシィ|ミクシー|viber|messenger|youtube|ユーチューブ|note|
    アメブロ|ameba|linkedin|zoom|mastodon|pinterest|tumblr|reddit)";
/// What an account's name is called; `account` alone may be hacked.
const CALLED: &str =
    r"(?:id|アイディー|アイディ|アカウント名|ユーザー名|ユーザーネーム|ユーザー|user\ ?name|handle|ハンドル)";
const ACCOUNT: &str = r"(?:アカウント|アカ|垢|account|acc)";
/// A word that is hardly an ordinary one.
const NAME: &str = r"[a-z0-9_]*[a-z][a-z0-9\-]*[0-9_.][a-z0-9_.\-]*[a-z0-9_]";
const IS: &str = r"\s?(?:は|が|も|を|:|：|=|＝|→|「|『|\ is\b|\ was\b|、|…)+\s*[「『]?";

static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let sources = [
        format!(r"(?:^|[^a-z0-9]) ((?:{PLACE}|x)\s?の?\s?{CALLED} (?:{IS}|\s)@?[a-z0-9][a-z0-9._\-]{{2,}})"),
        format!(r"(?:^|[^a-z0-9]) ((?:{PLACE}|x)\s?の?\s?{ACCOUNT} (?:{IS}|\s)@?{NAME})"),
        format!(r"(?:^|[^a-z0-9]) ((?:{PLACE}) (?:{IS}|\s?で、?|\s)\s?@?{NAME}) "),
        format!(r"(?:^|[^a-z0-9]) ((?:{PLACE}|x) .{{0,12}}? @[a-z][a-z0-9_.]{{2,}})"),
        format!(r"(?:^|[^a-z0-9.]) (@[a-z0-9_.]{{3,}}) \ ?(?:on|に|で|へ|、|\()\ ?.{{0,4}}?(?:{PLACE}|x\b)"),
        r"(?:^|[^a-z0-9.]) (@[a-z][a-z0-9.]*[0-9_][a-z0-9_.]*)".to_owned(),
        format!(
            r"(?:^|[^a-z0-9._]) ({NAME}) [」』]?\s?(?:で|って|と|を|という)\s?(?:名前で|入れて|id検索|検索|探し|追加|友だち|友達|フォロー)"
        ),
        format!(
            r"(?:{PLACE}) [^\n]{{0,20}}? \b([a-z][a-z0-9]{{3,}}) [」』]?\s?(?:で|って|と|を)\s?(?:検索|探し|追加|友だち|友達|フォロー)"
        ),
        format!(
            r"\b((?:add|find|follow|message|text|dm|reach|contact|friend|get)\ (?:me|us)\ (?:up\ )?(?:on|at|via|in|through)\ (?:{PLACE}|x) (?:\ (?:as|under|at|is|with)|:|,|-|\ -)\s?@?[a-z0-9][a-z0-9_.\-]{{2,}})"
        ),
        format!(r"\b((?:add|find|follow|message|text|dm)\ @?{NAME}\ (?:on|at|in)\ (?:{PLACE}|x)\b)"),
        format!(
            r"\b(on\ (?:{PLACE}|x)\ (?:i(?:'m|’m|\ am)|under)\ (?:called\ )?@?[a-z0-9][a-z0-9_.\-]{{2,}})"
        ),
        format!(r"\bi(?:'m|’m|\ am)\ (@?{NAME}|@[a-z0-9_.]+)\ (?:on|at)\ (?:{PLACE}|x)\b"),
        r"(?:discord|ディスコード)[^\n]{0,15}?([a-z0-9_.]{2,32}\#[0-9]{4})".to_owned(),
        format!(r"(?:^|[^a-z]) (id\s?(?:は|:|=)\s*@?{NAME})"),
    ];
    patterns(sources.iter().map(String::as_str))
});

pub(super) fn find(text: &Folded<'_>, into: &mut Vec<Found>) {
    if text.latin < 3 {
        return;
    }
    for pattern in PATTERNS.iter() {
        text.each(pattern, Telling::Account, |_| true, into);
    }
}
