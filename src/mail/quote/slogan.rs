//! The lines that programs write under a mail to speak of themselves: a closed list, so that a sentence of a person
//! with the same words stays.

use super::attribution::{fold, tight};

/// Longest slogan, in octets.
const MAX_SLOGAN: usize = 200;

/// What stands before and behind the names of programs and things in a slogan; folded, no white space. Where the
/// third is set the name of a product must be among them: `sent by mail` is a person's.
const SLOGANS: &[(&str, &str, bool)] = &[
    ("sentfrommy", "", false),
    ("sentfrom", "", true),
    ("sentvia", "", true),
    ("sentwith", "", true),
    ("sentusing", "", true),
    ("getoutlookfor", "", true),
    ("", "から送信", false),
    ("", "から送信されました", true),
    ("", "より送信", true),
    ("outlookfor", "を入手", true),
    ("outlookfor", "を入手する", true),
    ("获取outlookfor", "", true),
    ("下载", "版outlook", true),
    ("下载适用于", "的outlook", true),
    ("android", "からk-9mailで送信しました", false),
    ("diesenachrichtwurdevonmeinem", "gesendet", false),
    ("diesenachrichtwurdevonmeiner", "gesendet", true),
    ("diesenachrichtwurdemit", "gesendet", true),
    ("outlookfür", "herunterladen", true),
    ("outlookfür", "beziehen", true),
    ("téléchargeroutlookpour", "", true),
    ("obtenoutlookpara", "", true),
    ("descargaroutlookpara", "", true),
    ("obteroutlookpara", "", true),
    ("ottienioutlookper", "", true),
    ("outlookvoor", "downloaden", true),
    ("outlookvoor", "ophalen", true),
    ("hämtaoutlookför", "", true),
    ("hentoutlooktil", "", true),
    ("hentoutlookfor", "", true),
    ("pobierzoutlookdla", "", true),
    ("pobierzprogramoutlookdla", "", true),
    ("скачатьoutlookдля", "", true),
    ("", "용outlook다운로드", true),
    ("", "용outlook받기", true),
    ("holensiesichoutlookfür", "", true),
    ("téléchargezoutlookpour", "", true),
    ("obteneroutlookpara", "", true),
    ("obtenhaooutlookpara", "", true),
    ("scaricaoutlookper", "", true),
    ("downloadoutlookvoor", "", true),
    ("verzondenvanuit", "", true),
    ("vonmeinem", "gesendet", false),
    ("vonmeiner", "gesendet", true),
    ("gesendetvonmeinem", "", false),
    ("gesendetvon", "", true),
    ("gesendetmit", "", true),
    ("gesendetmitder", "", true),
    ("envoyédemon", "", false),
    ("envoyédepuismon", "", false),
    ("envoyédepuis", "", true),
    ("envoyéàpartirde", "", true),
    ("enviadodesdemi", "", false),
    ("enviadodesde", "", true),
    ("enviadodemeu", "", false),
    ("enviadodomeu", "", false),
    ("enviadodo", "", true),
    ("inviatodalmio", "", false),
    ("inviatoda", "", true),
    ("inviatodal", "", true),
    ("verzondenvanafmijn", "", false),
    ("verstuurdvanafmijn", "", false),
    ("skickatfrånmin", "", false),
    ("sendtframin", "", false),
    ("lähetetty", "sta", true),
    ("wysłanezmojego", "", false),
    ("odeslánozmého", "", false),
    ("отправленос", "", true),
    ("отправленоиз", "", true),
    ("나의", "에서보냄", true),
    ("发自我的", "", false),
    ("發自我的", "", false),
];

/// Products, of which with [`DEVICES`] and [`FILLERS`] alone the middle of a slogan consists.
const PRODUCTS: &[&str] = &[
    "iphone",
    "ipad",
    "ipod",
    "ios",
    "mac",
    "apple",
    "android",
    "アンドロイド",
    "galaxy",
    "samsung",
    "xperia",
    "aquos",
    "arrows",
    "pixel",
    "google",
    "huawei",
    "xiaomi",
    "redmi",
    "oppo",
    "oneplus",
    "motorola",
    "moto",
    "lg",
    "htc",
    "nokia",
    "sony",
    "nexus",
    "blackberry",
    "ブラックベリー",
    "windows",
    "outlook",
    "hotmail",
    "yahoo!",
    "yahoo",
    "proton",
    "gmail",
    "gmx",
    "web.de",
    "aol",
    "spark",
    "superhuman",
    "fastmail",
    "thunderbird",
    "zoho",
    "docomo",
    "ドコモ",
    "ソフトバンク",
    "softbank",
    "verizon",
    "at&t",
    "t-mobile",
    "sprint",
    "mail.ru",
    "mailspring",
    "bluemail",
    "airmail",
    "k-9",
    "楽メール",
    "华为",
    "小米",
    "荣耀",
    "苹果",
    "三星",
    "vivo",
];
/// Things without a maker.
const DEVICES: &[&str] = &[
    "securemail",
    "secureemail",
    "email",
    "e-mail",
    "mail",
    "メール",
    "アプリ",
    "app",
    "mobiltelefon",
    "mobil",
    "mobile",
    "smartphone",
    "スマートフォン",
    "スマホ",
    "携帯電話",
    "携帯",
    "ケータイ",
    "ガラホ",
    "handy",
    "phone",
    "tablet",
    "タブレット",
    "device",
    "端末",
    "デバイス",
    "gerät",
    "手机",
    "平板",
    "パソコン",
    "pc",
];
/// Small words of slogans.
const FILLERS: &[&str] = &[
    "の",
    "max",
    "mini",
    "se",
    "air",
    "フォン",
    "the",
    "new",
    "on",
    "-",
    "wireless",
    "lte",
    "an",
    "au",
    "マイ",
    "my",
    "for",
    "pro",
    "plus",
    "ultra",
    "版",
    "für",
    "pour",
    "para",
    "per",
    "voor",
    "для",
    ",",
    "®",
    "(",
    ")",
    "via",
    "with",
    "mit",
    "nownetworkfrom",
];
/// Slogans that begin so.
const BEGINNINGS: [&str; 3] = ["yahoo!メール-無料で", "yahoo!メールアプリ-", "yahoomail:search"];
/// Slogans without a thing in them.
const WHOLE: &[&str] = &["sparkで送信", "thunderbirdforandroidから送信しました"];
/// What programs ask for behind their slogan.
const EXCUSES: &[&str] = &[
    "pleaseexcusemybrevity",
    "pleaseexcusethebrevity",
    "pleaseexcusetypos",
    "pleaseexcuseanytypos",
    "excusetypos",
    "bitteentschuldigensiediekürze",
    "bitteentschuldigensiemeinekürze",
];

/// Whether a line is what programs write under a mail.
pub(super) fn is_slogan(line: &str) -> bool {
    if line.len() > MAX_SLOGAN {
        return false;
    }
    // A link stands behind the name of the program.
    let (name, rest) = line.split_once("<http").unwrap_or((line, ""));
    let said = tight(&fold(&format!("{name}{}", rest.split_once('>').map_or(rest, |(_, behind)| behind))));
    let ends = ['.', '。', '!', ','];
    let said = said.trim_end_matches(ends);
    let said = EXCUSES.iter().find_map(|excuse| said.strip_suffix(excuse)).unwrap_or(said);
    let said = said.trim_end_matches(ends).trim_matches(['*', '_', '[', ']']);
    WHOLE.contains(&said)
        || BEGINNINGS.iter().any(|begin| said.starts_with(begin))
        || SLOGANS.iter().any(|(before, behind, product)| {
            let middle = said.strip_prefix(before).and_then(|s| s.strip_suffix(behind));
            middle.and_then(is_thing).is_some_and(|is_product| is_product || !product)
        })
}

/// Whether the folded text names programs and telephones and nothing else, `xperia10iv`, `windows版のメール`, and then
/// whether there is a product among them.
fn is_thing(said: &str) -> Option<bool> {
    let (mut rest, mut product, mut device) = (said, false, false);
    let less = |rest, words: &[&str]| words.iter().find_map(|word| str::strip_prefix(rest, *word));
    while let Some(c) = rest.chars().next() {
        if let Some(behind) = less(rest, PRODUCTS) {
            (rest, product) = (behind, true);
        } else if let Some(behind) = less(rest, DEVICES) {
            (rest, device) = (behind, true);
        } else if let Some(behind) = less(rest, FILLERS) {
            rest = behind;
        } else if c.is_ascii_digit() || c == '用' || (product && "gsivxat+".contains(c)) {
            rest = &rest[c.len_utf8()..];
        } else {
            return None;
        }
    }
    (product || device).then_some(product)
}
