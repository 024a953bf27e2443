//! Nothing of one side may be in any octet that the other side receives: not as it stands, not in any part or header
//! field when decoded with its declared charset, not in full-width letters, not with white space in between.

use data_encoding::{BASE64_MIME_PERMISSIVE, HEXLOWER_PERMISSIVE};
use icu_normalizer::ComposingNormalizerBorrowed;
use mail_parser::{Message, MessageParser, MimeHeaders as _, PartType};

use super::reading::fields;

/// Header fields that tell of a mail program or of the way to us.
const TELLING: [&str; 8] = [
    "x-mailer",
    "user-agent",
    "x-originating-ip",
    "organization",
    "sender",
    "x-sender",
    "disposition-notification-to",
    "x-priority",
];

/// Words to look for, folded once.
pub struct Secrets(Vec<String>);

impl Secrets {
    /// Of these words.
    pub fn new(words: impl IntoIterator<Item = String>) -> Self {
        Self(words.into_iter().map(|word| folded(&word)).collect())
    }
}

/// Where the secret was found; `None` when the mail is clean.
pub fn find(raw: &[u8], secrets: &Secrets) -> Option<String> {
    if let Some((name, _)) = fields(raw).iter().find(|(n, _)| TELLING.contains(&n.to_lowercase().as_str())) {
        return Some(format!("the field {name}"));
    }
    let face = folded(&faces(raw).join("\0"));
    secrets.0.iter().find(|secret| face.contains(secret.as_str())).map(|secret| format!("{secret:?}"))
}

/// Every way to read the octets of a mail.
fn faces(raw: &[u8]) -> Vec<String> {
    let mut faces = vec![lossy(raw)];
    for (_, value) in fields(raw) {
        faces.push(encoded_words(&value));
    }
    if let Some(message) = MessageParser::default().parse(raw) {
        parts(&message, &mut faces);
    }
    faces
}

fn parts(message: &Message<'_>, faces: &mut Vec<String>) {
    for part in &message.parts {
        faces.push(part.headers.iter().map(|h| format!("{:?}\n", h.value)).collect());
        faces.extend(part.attachment_name().map(str::to_owned));
        match &part.body {
            PartType::Text(text) | PartType::Html(text) => faces.push(text.to_string()),
            PartType::Binary(octets) | PartType::InlineBinary(octets) => faces.push(lossy(octets)),
            PartType::Message(inner) => {
                faces.push(lossy(inner.raw_message()));
                parts(inner, faces);
            }
            PartType::Multipart(_) => {}
        }
    }
}

fn lossy(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

/// RFC 2047, any charset; what is no encoded-word stays.
fn encoded_words(value: &str) -> String {
    let mut out = String::new();
    let mut rest = value;
    while let Some(at) = rest.find("=?") {
        out.push_str(&rest[..at]);
        let mut pieces = rest[at + 2..].splitn(4, '?');
        let (charset, kind) = (pieces.next().unwrap_or_default(), pieces.next().unwrap_or_default());
        let (text, after) = (pieces.next().unwrap_or_default(), pieces.next().unwrap_or_default());
        let octets = match kind.to_ascii_uppercase().as_str() {
            "B" => BASE64_MIME_PERMISSIVE.decode(text.as_bytes()).unwrap_or_default(),
            "Q" => hexadecimal(&text.replace('_', " ")),
            _ => text.as_bytes().to_vec(),
        };
        let encoding = encoding_rs::Encoding::for_label(charset.as_bytes()).unwrap_or(encoding_rs::UTF_8);
        out.push_str(&encoding.decode(&octets).0);
        rest = after.strip_prefix('=').unwrap_or(after).trim_start_matches(' ');
    }
    out + rest
}

fn hexadecimal(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut pieces = text.split('=');
    out.extend_from_slice(pieces.next().unwrap_or_default().as_bytes());
    for piece in pieces {
        let (code, rest) = piece.split_at_checked(2).unwrap_or((piece, ""));
        out.extend(HEXLOWER_PERMISSIVE.decode(code.as_bytes()).unwrap_or_default());
        out.extend_from_slice(rest.as_bytes());
    }
    out
}

/// Small letters, half width, no white space: disguises do not count.
fn folded(text: &str) -> String {
    let text = ComposingNormalizerBorrowed::new_nfkc().normalize(text);
    text.to_lowercase().chars().filter(|c| !c.is_whitespace() && *c != '\u{200b}').collect()
}

/// The check itself must see what it looks for.
#[test]
fn a_planted_leak_is_found_wherever_it_hides() {
    let secrets = Secrets::new(["haru@example.jp".to_owned(), "本名 はる".to_owned()]);
    let encode = |text: &str| data_encoding::BASE64.encode(text.as_bytes());
    let check = |head: &str, body: &str, leaks: bool| {
        let raw = format!("From: a@b.example\r\nTo: c@d.example\r\n{head}\r\n\r\n{body}\r\n");
        let found = find(raw.as_bytes(), &secrets);
        assert_eq!(found.is_some(), leaks, "{found:?} in {raw}");
    };
    let plain = "Content-Type: text/plain; charset=utf-8";
    let base64 = format!("{plain}\r\nContent-Transfer-Encoding: base64");
    let printable = format!("{plain}\r\nContent-Transfer-Encoding: quoted-printable");
    check(plain, "こんにちは、はるさん。haru は元気です。", false);
    check(plain, "write to Haru@Example.JP please", true);
    check(plain, "ｈａｒｕ＠ｅｘａｍｐｌｅ．ｊｐ", true);
    check(plain, "haru@\r\nexample.jp", true);
    check(&base64, &encode("hello haru@example.jp"), true);
    check(&printable, "haru=40exam=\r\nple.jp", true);
    check("References: <1@x> <haru@example.jp>", "", true);
    check("Subject: =?ISO-2022-JP?B?GyRCS1xMPhsoQg==?= =?utf-8?Q?_=E3=81=AF=E3=82=8B?=", "", true);
    check(&format!("Subject: =?utf-8?B?{}?=", encode("本名　はる")), "", true);
    check("X-Mailer: something", "", true);
    check("user-agent: something", "", true);
    let multipart = "Content-Type: multipart/mixed; boundary=x";
    let file = "--x\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    check(multipart, &format!("{file}{}\r\n--x--", encode("ATTENDEE:mailto:haru@example.jp")), true);
    check(multipart, &format!("{file}{}\r\n--x--", encode("ATTENDEE:mailto:someone@example.jp")), false);
    let named = "--x\r\nContent-Type: image/jpeg; name=\"haru@example.jp.jpg\"\r\n\r\n\r\n--x--";
    check(multipart, named, true);
    let inner = format!("--x\r\nContent-Type: message/rfc822\r\n\r\nFrom: x@y.example\r\n{base64}\r\n\r\n");
    check(multipart, &format!("{inner}{}\r\n--x--", encode("haru@example.jp")), true);
    let mut jis = b"From: a@b.example\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n\r\n".to_vec();
    jis.extend(encoding_rs::ISO_2022_JP.encode("本名 はる です").0.iter());
    assert!(find(&jis, &secrets).is_some());
}
