//! Mail programs, as they write: a new mail, and replies in the habits of the field.

use jiff::tz::TimeZone;
use yorisoi::clock::Timestamp;
use yorisoi::mail::parse::each_attachment;

use super::Sent;
use crate::drawn;

fn date(now: Timestamp) -> String {
    let zone = TimeZone::get("Asia/Tokyo").expect("a zone");
    now.to_jiff().to_zoned(zone).strftime("%a, %d %b %Y %H:%M:%S %z").to_string()
}

fn typed(body: &[(char, String)]) -> String {
    let lines = body.iter().filter(|(mark, _)| *mark == '|').map(|(_, line)| line);
    let written = lines.map(|line| match line.as_str() {
        // More than a story's limit, which is 64 KiB.
        "LARGE" => "x\r\n".repeat(30_000),
        // More than an alert shows of earlier letters.
        "LONG" => "long line\r\n".repeat(1_000),
        _ => format!("{line}\r\n"),
    });
    written.collect()
}

/// What is enclosed, as its media type, its name and its octets: a picture that knows who took it, one that stands on its
/// side, one that nobody here can open, or a file.
fn enclosed(what: &str) -> (&'static str, &'static str, Vec<u8>) {
    if let Some(copy) = what.strip_prefix("copy ") {
        return ("image/jpeg", "photo.jpeg", data_encoding::BASE64.decode(copy.as_bytes()).expect("a copy"));
    }
    let upright = |turned| drawn::planted_jpeg(&jpeg(), &drawn::exif(turned, "Real Name"), "Real Name");
    match what {
        "photo" => ("image/jpeg", "IMG_0001.JPG", upright(1)),
        "photo-on-its-side" => ("image/jpeg", "IMG_0002.JPG", upright(6)),
        "heic" => ("image/heic", "IMG_0003.HEIC", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec()),
        "calendar" => ("text/calendar", "plan.ics", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n".to_vec()),
        _ => panic!("a story encloses {what}"),
    }
}

/// The first picture of a mail of ours, in base64.
fn first_picture(sent: &Sent) -> String {
    let mut all = Vec::new();
    each_attachment(&sent.raw, &sent.message, |octets| all.push(data_encoding::BASE64.encode(octets)));
    all.swap_remove(0)
}

fn jpeg() -> Vec<u8> {
    drawn::file(&drawn::halves(64, 48), image::ImageFormat::Jpeg)
}

/// The text, and what is enclosed behind it.
fn with_enclosures(text: &str, body: &[(char, String)]) -> String {
    let parts = body.iter().filter(|(mark, _)| *mark == '*').map(|(_, what)| {
        let (media_type, name, octets) = enclosed(what);
        let content = data_encoding::BASE64_MIME.encode(&octets);
        format!(
            "--part\r\nContent-Type: {media_type}\r\nContent-Transfer-Encoding: base64\r\n\
             Content-Disposition: attachment; filename=\"{name}\"\r\n\r\n{content}\r\n"
        )
    });
    let parts: String = parts.collect();
    format!("--part\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n{parts}--part--\r\n")
}

/// A mail that answers nothing. Header lines of the story come first; `Content-Type` among them replaces ours.
pub fn anew(from: &str, header: &[String], body: &[(char, String)], now: Timestamp, n: u32) -> Vec<u8> {
    let encloses = body.iter().any(|(mark, _)| *mark == '*');
    let content_type = if encloses { "multipart/mixed; boundary=part" } else { "text/plain; charset=utf-8" };
    let has = |name: &str| header.iter().any(|h| h.to_lowercase().starts_with(name));
    let mut out = String::new();
    for line in header {
        out.push_str(&format!("{line}\r\n"));
    }
    for (name, value) in [
        ("From", format!("Real Name <{from}>")),
        ("To", "care@example.jp".to_owned()),
        ("Date", date(now)),
        ("Message-ID", format!("<story-{n}@{}>", from.rsplit('@').next().unwrap_or("example.org"))),
        ("MIME-Version", "1.0".to_owned()),
        ("Content-Type", content_type.to_owned()),
        ("X-Mailer", "StoryMail 1.0".to_owned()),
    ] {
        if !has(&format!("{}:", name.to_lowercase())) {
            out.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    let text = if encloses { with_enclosures(&typed(body), body) } else { typed(body) };
    format!("{out}\r\n{text}").into_bytes()
}

/// A reply to one of our mails. Styles: `gmail` (words, attribution, `>` quote), `bottom` (quote, then words),
/// `inline` (`|` lines stand under the quoted line named by the `~` line before them), `token` (as `gmail` without
/// In-Reply-To and References), `id` (as `gmail`, to the service's own address), `bare` (no quote at all), `slip` (as
/// `bare`, without In-Reply-To and References, as some telephones do), `robot` (as `bare`, by a machine that says so in
/// its subject alone), `refuted` (as `gmail`, forged, says the receiving server),
/// `all` (as `gmail`, to two others as well).
pub fn reply(
    from: &str,
    sent: &Sent,
    (style, header): (&str, &[String]),
    body: &[(char, String)],
    now: Timestamp,
    n: u32,
) -> Vec<u8> {
    let answered = &sent.message;
    let id = answered.message_id.as_ref().map_or_else(String::new, ToString::to_string);
    let reply_to =
        answered.reply_to.first().map_or_else(|| "care@example.jp".to_owned(), ToString::to_string);
    let to = if style == "id" { "care@example.jp".to_owned() } else { reply_to };
    let label = if style == "robot" { "自動応答" } else { "Re" };
    let mut header = [
        header,
        &[
            format!("To: {to}"),
            format!("Subject: {label}: {}", answered.subject),
            "Content-Transfer-Encoding: 8bit".to_owned(),
        ],
    ]
    .concat();
    if !matches!(style, "token" | "slip") {
        header.push(format!("In-Reply-To: <{id}>"));
        header.push(format!("References: <{id}>"));
    }
    let attribution = "2026年12月3日(木) 22:00 よりそい便り <care@example.jp>:";
    let quote: Vec<String> = answered.text.lines().map(|line| format!("> {line}")).collect();
    let words = typed(body);
    let text = match style {
        "bare" | "slip" | "robot" => words,
        "photo" => with_photo(&words),
        "bottom" => format!("{attribution}\r\n\r\n{}\r\n\r\n{words}", quote.join("\r\n")),
        "inline" => format!("{attribution}\r\n\r\n{}", inline(&quote, body)),
        _ => format!("{words}\r\n{attribution}\r\n\r\n{}\r\n", quote.join("\r\n")),
    };
    if style == "refuted" {
        let domain = from.rsplit('@').next().unwrap_or_default();
        header.insert(0, format!("Authentication-Results: mx.example.jp; dmarc=fail header.from={domain}"));
    }
    if style == "all" {
        header.push("Cc: mio@example.net, \"Natsu\" <natsu@example.com>, MIO@example.net".to_owned());
    }
    if style == "photo" {
        header.push("Content-Type: multipart/mixed; boundary=part".to_owned());
    }
    let lines = text.split("\r\n").map(|line| ('|', line.to_owned()));
    let enclosures = body.iter().filter(|(mark, _)| *mark == '*').map(|(mark, what)| match what.as_str() {
        "copy" => (*mark, format!("copy {}", first_picture(sent))),
        what => (*mark, what.to_owned()),
    });
    let lines: Vec<(char, String)> = lines.chain(enclosures).collect();
    anew(from, &header, &lines, now, n)
}

fn with_photo(words: &str) -> String {
    format!(
        "--part\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n--part\r\n\
         Content-Type: image/jpeg; name=\"sora.jpg\"\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=\"sora.jpg\"\r\n\r\n/9j/4AAQSkZJRg==\r\n--part--\r\n"
    )
}

/// What a server reports (RFC 3464) about a mail of ours: action, status, and the recipient if it names another.
pub fn bounce(sent: &Sent, report: (&str, &str, Option<&str>), now: Timestamp, n: u32) -> Vec<u8> {
    let original = String::from_utf8_lossy(&sent.raw);
    let header = original.split("\r\n\r\n").next().unwrap_or_default();
    let (action, status, recipient) = report;
    let to = recipient.unwrap_or(&sent.to);
    let text = format!(
        "--part\r\nContent-Type: text/plain\r\n\r\nI am sorry about <{to}>.\r\n--part\r\n\
         Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\n\
         Final-Recipient: rfc822; {to}\r\nAction: {action}\r\nStatus: {status}\r\n\r\n--part\r\n\
         Content-Type: text/rfc822-headers\r\n\r\n{header}\r\n\r\n--part--"
    );
    let fields = [
        "From: Mail Delivery System <MAILER-DAEMON@mx.example.net>",
        "Return-Path: <>",
        "Auto-Submitted: auto-replied",
        "Subject: Undelivered Mail Returned to Sender",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=part",
    ]
    .map(str::to_owned);
    let lines: Vec<(char, String)> = text.split("\r\n").map(|line| ('|', line.to_owned())).collect();
    anew("MAILER-DAEMON@mx.example.net", &fields, &lines, now, n)
}

fn inline(quote: &[String], body: &[(char, String)]) -> String {
    let mut out = String::new();
    for line in quote {
        out.push_str(&format!("{line}\r\n"));
        let under = body.iter().position(|(mark, text)| *mark == '~' && *line == format!("> {text}"));
        for (_, words) in under.iter().flat_map(|at| &body[at + 1..]).take_while(|(mark, _)| *mark == '|') {
            out.push_str(&format!("{words}\r\n"));
        }
    }
    out
}
