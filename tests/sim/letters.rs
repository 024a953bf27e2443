//! Raw mails as people's programs write them: charsets, encodings, and the many ways to quote.

use yorisoi::clock::{Timestamp, Zone};

use crate::chance::Chance;
use crate::model::Sent;

/// How a program quotes, and where its user writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Nothing of the other mail.
    Bare,
    /// Above `> ` and an attribution, as Gmail writes it.
    GmailAbove,
    /// The same, as an iPhone writes it.
    PhoneAbove,
    /// Above a copied header and an unmarked copy, as Outlook writes it.
    OutlookAbove,
    /// Below the marked quote.
    Below,
    /// Under one line of the other's letter, line by line.
    Between,
}

pub const STYLES: [Style; 6] =
    [Style::Bare, Style::GmailAbove, Style::PhoneAbove, Style::OutlookAbove, Style::Below, Style::Between];

/// A mail to write.
pub struct Draft<'a> {
    pub name: &'a str,
    pub from: &'a str,
    /// Where the program runs: stands in Message-ID and X-Mailer.
    pub host: &'a str,
    pub to: String,
    pub subject: String,
    pub at: i64,
    /// The Date field says this.
    pub dated: i64,
    pub text: String,
    /// The mail that it answers.
    pub answers: Option<&'a Sent>,
    /// In-Reply-To and References are written.
    pub threaded: bool,
    pub photo: bool,
    /// Further header fields, each with its CRLF.
    pub fields: String,
    pub number: usize,
}

/// The words above, below or between the lines of the mail that they answer.
pub fn quoting(
    words: &str,
    other: &Sent,
    style: Style,
    service: &str,
    reader: &str,
    between: Option<&str>,
) -> String {
    let marked: String = other.text.lines().map(|l| format!("> {l}\n")).collect();
    let from = other.reply_to.as_deref().unwrap_or(service);
    let (day, clock) = (date(other.at, "%Y年%-m月%-d日"), date(other.at, "%H:%M"));
    let gmail = format!("{day}(火) {clock} よりそい便り <{from}>:\n\n");
    match style {
        Style::Bare => words.to_owned(),
        Style::GmailAbove => format!("{words}\n\n{gmail}{marked}"),
        Style::PhoneAbove => {
            let day = date(other.at, "%Y/%m/%d");
            format!("{words}\n\niPhoneから送信\n\n{day} {clock}、よりそい便り <{from}>のメール:\n\n{marked}")
        }
        Style::OutlookAbove => {
            let sent = date(other.at, "%Y年%-m月%-d日 %H:%M");
            let header = format!(
                "差出人: よりそい便り <{service}>\n送信日時: {sent}\n宛先: {reader}\n件名: {}\n",
                other.subject
            );
            format!("{words}\n\n-----元のメッセージ-----\n{header}\n{}\n", other.text)
        }
        Style::Below => format!("{gmail}{marked}\n{words}\n"),
        Style::Between => {
            let under = between.map_or_else(String::new, |line| format!("> {line}\n"));
            if under.is_empty() || !marked.contains(&under) {
                return format!("{gmail}{marked}\n{words}\n");
            }
            format!("{gmail}{}", marked.replacen(&under, &format!("{under}{words}\n"), 1))
        }
    }
}

/// A moment in Tokyo.
pub fn date(at: i64, format: &str) -> String {
    let zone = Zone::named("Asia/Tokyo").expect("a zone");
    Timestamp::from_millis(at).to_jiff().to_zoned(zone.jiff().clone()).strftime(format).to_string()
}

/// The octets of a mail.
pub fn write(draft: &Draft<'_>, chance: &mut Chance) -> Vec<u8> {
    let mut head = String::new();
    head.push_str(&draft.fields);
    head.push_str(&format!(
        "Received: from {} by mx; {}\r\n",
        draft.host,
        date(draft.at, "%a, %d %b %Y %T %z")
    ));
    head.push_str(&format!("From: {} <{}>\r\nTo: {}\r\n", encoded(draft.name), draft.from, draft.to));
    if !draft.subject.is_empty() {
        head.push_str(&format!("Subject: {}\r\n", encoded(&draft.subject)));
    }
    head.push_str(&format!("Date: {}\r\n", date(draft.dated, "%a, %d %b %Y %T %z")));
    head.push_str(&format!(
        "Message-ID: <{}.{}@{}>\r\nX-Mailer: {}\r\n",
        draft.number, draft.at, draft.host, draft.host
    ));
    if let Some(other) = draft.answers.filter(|_| draft.threaded) {
        let ids: Vec<String> =
            other.references.iter().chain([&other.message_id]).map(|id| format!("<{id}>")).collect();
        head.push_str(&format!(
            "In-Reply-To: <{}>\r\nReferences: {}\r\n",
            other.message_id,
            ids.join("\r\n ")
        ));
    }
    head.push_str("MIME-Version: 1.0\r\n");
    let part = text_part(&draft.text, chance);
    if !draft.photo {
        return [head.into_bytes(), part].concat();
    }
    head.push_str("Content-Type: multipart/mixed; boundary=\"=_sim\"\r\n\r\n");
    let photo = format!(
        "Content-Type: image/jpeg\r\nContent-Disposition: attachment; filename=\"{}.jpg\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n/9j/4AAQSkZJRgABAQAAAQABAAD/2Q==\r\n",
        draft.host
    );
    let (open, close) = (b"--=_sim\r\n".to_vec(), b"\r\n--=_sim--\r\n".to_vec());
    [head.into_bytes(), open.clone(), part, b"\r\n".to_vec(), open, photo.into_bytes(), close].concat()
}

/// An encoded-word (RFC 2047), or plain ASCII.
fn encoded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let chars: Vec<char> = text.chars().collect();
    let words = chars.chunks(12).map(|chunk| {
        let octets = chunk.iter().collect::<String>();
        format!("=?UTF-8?B?{}?=", data_encoding::BASE64.encode(octets.as_bytes()))
    });
    words.collect::<Vec<_>>().join("\r\n ")
}

/// A text part with its fields, in the charset and encoding of some program.
fn text_part(text: &str, chance: &mut Chance) -> Vec<u8> {
    let crlf = text.replace('\n', "\r\n");
    let part = |charset: &str, transfer: &str, body: &[u8]| {
        let fields = format!(
            "Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: {transfer}\r\n\r\n"
        );
        [fields.as_bytes(), body, b"\r\n"].concat()
    };
    match chance.below(4) {
        0 => part("UTF-8", "8bit", crlf.as_bytes()),
        1 => {
            let (octets, _, lost) = encoding_rs::ISO_2022_JP.encode(&crlf);
            match lost {
                false => part("ISO-2022-JP", "7bit", &octets),
                true => part("utf-8", "8bit", crlf.as_bytes()),
            }
        }
        2 => part("\"utf-8\"", "quoted-printable", quoted_printable(&crlf).as_bytes()),
        _ => {
            let base64 = data_encoding::BASE64_MIME.encode(crlf.as_bytes());
            part("utf-8", "base64", base64.as_bytes())
        }
    }
}

fn quoted_printable(crlf: &str) -> String {
    let mut out = String::new();
    for line in crlf.split("\r\n") {
        let mut width = 0;
        for octet in line.bytes() {
            let safe = octet.is_ascii_alphanumeric();
            let sign = if safe { char::from(octet).to_string() } else { format!("={octet:02X}") };
            if width + sign.len() > 72 {
                out.push_str("=\r\n");
                width = 0;
            }
            width += sign.len();
            out.push_str(&sign);
        }
        out.push_str("\r\n");
    }
    out
}
