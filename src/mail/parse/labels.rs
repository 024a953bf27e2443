//! The charset labels that mails bear → what they stand for.
//!
//! A label is compared without case, quotes, punctuation and a leading "x-", so that `Shift_JIS`, `x-sjis` and
//! `'SHIFT-JIS';` need one line. What is not in the table is asked of encoding_rs, which knows the web's labels.

use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GB18030, SHIFT_JIS, UTF_8};

use super::wide::Order;

/// What a label stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Label {
    /// Absent, "none", "us-ascii" and other words that say nothing about octets above 127.
    Nothing,
    /// ISO-2022 in any of its kinds.
    Iso2022,
    /// RFC 2152.
    Utf7,
    /// RFC 1843.
    Hz,
    /// UTF-16 and UTF-32, where `None` leaves the order of octets to the text.
    Utf16(Option<Order>),
    /// See `Utf16`.
    Utf32(Option<Order>),
    /// A code page of DOS: the characters of 128 and above.
    Dos(&'static str),
    /// An encoding of the web.
    Known(&'static Encoding),
    /// A word that nobody knows.
    Unknown,
}

use Label::{Dos, Hz, Iso2022, Known, Nothing, Utf7, Utf16, Utf32};

const TABLE: [(&str, Label); 22] = [
    ("none usascii ascii ansix341968 iso646us iso646 cp367 unknown unknown8bit 8bit 7bit", Nothing),
    ("default binary text auto null undefined userdefined charset xunknown", Nothing),
    ("jis jis7 jis8 jisencoding csjisencoding cp50220 cp50221 cp50222 csiso2022jp csiso2022jp2", Iso2022),
    ("windows50220 windows50221 windows50222 cp932jis csiso2022kr", Iso2022),
    (
        "cp932 ms932 mskanji windows31j windows932 cswindows31j sjis shiftjis csshiftjis sjiswin",
        Known(SHIFT_JIS),
    ),
    ("cp943 cp943c ibm943 ibm943c ibm932 shiftjisx0213 shiftjis2004 sjisdocomo sjiskddi", Known(SHIFT_JIS)),
    ("sjissoftbank sjismobile macjapanese macjapan pck", Known(SHIFT_JIS)),
    (
        "cp51932 windows51932 eucjp eucjpms eucjpwin eucjis2004 eucjisx0213 ujis euc cseucpkdfmtjapanese",
        Known(EUC_JP),
    ),
    ("gb2312 gbk gb18030 cp936 ms936 windows936 euccn gb231280 csgb2312 eucgb2312cn", Known(GB18030)),
    ("big5 big5hkscs cp950 ms950 windows950 csbig5 big5eten", Known(BIG5)),
    (
        "euckr cp949 ms949 uhc windows949 ksc56011987 ksc56011992 ksc5601 csksc56011987 cseuckr johab949",
        Known(EUC_KR),
    ),
    ("utf8 cp65001 utf8mb4 utf8mac unicode11utf8 unicode20utf8 utf8n utf8bom", Known(UTF_8)),
    ("utf7 unicode11utf7 csunicode11utf7 unicode20utf7 utf7imap", Utf7),
    ("hz hzgb2312 hzgb", Hz),
    ("utf16 unicode ucs2 iso10646ucs2 csunicode iso10646", Utf16(None)),
    ("utf16be ucs2be unicodebig unicodefffe", Utf16(Some(Order::Big))),
    ("utf16le ucs2le unicodelittle", Utf16(Some(Order::Little))),
    ("utf32 ucs4 iso10646ucs4 csucs4", Utf32(None)),
    ("utf32be ucs4be", Utf32(Some(Order::Big))),
    ("utf32le ucs4le", Utf32(Some(Order::Little))),
    ("cp437 ibm437 437 cspc8codepage437", Dos(CP437)),
    ("cp850 ibm850 850 cspc850multilingual", Dos(CP850)),
];

/// 128 characters for 0x80–0xFF.
const CP437: &str = "\
    ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
    └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

const CP850: &str = "\
    ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐\
    └┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";

/// From the word in the mail.
pub fn read(word: &str) -> Label {
    let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_ascii_lowercase();
    let bare = word.strip_prefix("x-").or_else(|| word.strip_prefix("x_")).unwrap_or(&word);
    let name: String = bare.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
    if name.is_empty() {
        return Nothing;
    }
    if name.starts_with("iso2022") {
        return Iso2022;
    }
    let known = TABLE.iter().find(|(names, _)| names.split(' ').any(|n| n == name)).map(|(_, label)| *label);
    if let Some(label) = known {
        return label;
    }
    let dashed = bare.replace('_', "-");
    [word.as_str(), bare, &dashed, &name]
        .into_iter()
        .find_map(|label| Encoding::for_label_no_replacement(label.as_bytes()))
        .map_or(Label::Unknown, Known)
}
