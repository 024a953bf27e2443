//! A draft into the bytes of one mail (RFC 5322, RFC 2045, RFC 2047).
//!
//! The bytes are built new from the draft's values and nothing else: seven-bit, CRLF only, lines of at most 998
//! octets, a closed list of header fields, a header of at most 8 kB, one text/plain part in UTF-8, and pictures behind
//! it, drawn anew and named by their number. The same draft gives the same bytes. Text of strangers may stand in the display name, the subject and the body: control
//! characters are cleaned away before lettre sees them, because it panics on some of them.
//!
//! The envelope is not made here, and never from header fields: lettre silently loses carrier addresses that way.

use data_encoding::HEXLOWER;
use lettre::message::header::{self, HeaderName, HeaderValue, Headers};
use lettre::message::{Mailboxes, MultiPart, SinglePart};
use sha2::{Digest, Sha256};

use super::address::{Address, Mailbox};
use super::message_id::MessageId;
use super::picture::Picture;
use crate::clock::{Timestamp, Zone};

/// Most message identifiers in References.
pub const MAX_REFERENCES: usize = 10;
/// Octets that the identifiers in References may take together.
const MAX_REFERENCES_OCTETS: usize = 2_000;
/// Most characters of a subject.
pub const MAX_SUBJECT: usize = 200;
/// Most characters of a display name.
const MAX_NAME: usize = 64;

/// Everything that a mail is made of.
#[derive(Clone, Debug)]
pub struct Draft<'a> {
    /// The one author.
    pub from: Mailbox,
    /// The one reader. Her display name is not written: it would be one more thing to leak.
    pub to: Address,
    /// Where answers go, when not to `from`.
    pub reply_to: Option<Address>,
    /// Cleaned and cut to [`MAX_SUBJECT`] characters.
    pub subject: &'a str,
    /// Minted by the caller; ASCII.
    pub message_id: &'a MessageId,
    /// The mail that this one answers.
    pub in_reply_to: Option<&'a MessageId>,
    /// The conversation, oldest first. Beyond [`MAX_REFERENCES`] the first and the newest are written.
    pub references: &'a [MessageId],
    /// The Date field.
    pub date: Timestamp,
    /// Gives the Date field its offset.
    pub zone: &'a Zone,
    /// Plain text, any line ends. Never re-wrapped.
    pub body: &'a str,
    /// What comes behind it.
    pub pictures: &'a [Picture],
    /// Who speaks.
    pub marking: Marking,
}

/// Who speaks in a mail: what other machines are told about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marking {
    /// The machine: `Auto-Submitted: auto-generated` (RFC 3834 §5), and Exchange is asked for no automatic answer.
    Machine,
    /// A person, passed on: a human mail, that only asks Exchange not to answer with an absence notice.
    PersonsWords,
}

/// Why a draft cannot become a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// The Message-ID of the draft holds characters beyond ASCII.
    #[error("the Message-ID holds characters that a header cannot")]
    MessageId,
    /// The date lies outside the years that a Date field can hold (RFC 5322 §3.3: 1900 to 9999).
    #[error("the date lies outside of what a Date field can hold")]
    Date,
}

/// Makes the bytes of `draft`, ready to be submitted (before dot-stuffing).
pub fn compose(draft: &Draft) -> Result<Vec<u8>, ComposeError> {
    let mut headers = Headers::new();
    headers.insert_raw(plain("Date", date_field(draft.date, draft.zone)?));
    headers.set(header::From::from(Mailboxes::from(author(&draft.from))));
    headers.insert_raw(plain("To", draft.to.wire()));
    if let Some(address) = &draft.reply_to {
        headers.insert_raw(plain("Reply-To", address.wire()));
    }
    headers.set(header::Subject::from(clean_line(draft.subject, MAX_SUBJECT)));
    let id = identifier(draft.message_id).ok_or(ComposeError::MessageId)?;
    headers.insert_raw(plain("Message-ID", id));
    if let Some(id) = draft.in_reply_to.and_then(identifier) {
        headers.insert_raw(plain("In-Reply-To", id));
    }
    let references = references_field(draft.references);
    if !references.is_empty() {
        headers.insert_raw(plain("References", references));
    }
    match draft.marking {
        Marking::Machine => {
            headers.insert_raw(plain("Auto-Submitted", "auto-generated".to_owned()));
            headers.insert_raw(plain("X-Auto-Response-Suppress", "All".to_owned()));
        }
        Marking::PersonsWords => {
            headers.insert_raw(plain("X-Auto-Response-Suppress", "OOF, AutoReply".to_owned()));
        }
    }
    headers.set(header::MIME_VERSION_1_0);
    let mut bytes = headers.to_string().into_bytes();
    let text = SinglePart::plain(clean_body(draft.body));
    bytes.extend_from_slice(&match draft.pictures {
        [] => text.formatted(),
        pictures => with_pictures(text, pictures, draft.message_id).formatted(),
    });
    Ok(bytes)
}

/// The text, then the pictures. The boundary is made of both: the same mail has the same one, and whoever would have it
/// stand in a text had to know the digest of that text beforehand.
fn with_pictures(text: SinglePart, pictures: &[Picture], id: &MessageId) -> MultiPart {
    let mut digest = Sha256::new();
    digest.update(id.as_str());
    digest.update(text.raw_body());
    let boundary = HEXLOWER.encode(&digest.finalize());
    let mixed = MultiPart::mixed().boundary(boundary).singlepart(text);
    let jpeg = header::ContentType::parse("image/jpeg").unwrap_or(header::ContentType::TEXT_PLAIN);
    pictures.iter().zip(1..).fold(mixed, |mixed, (picture, number): (_, usize)| {
        let name = header::ContentDisposition::attachment(&format!("photo-{number}.jpg"));
        let part = SinglePart::builder().header(jpeg.clone()).header(name);
        mixed.singlepart(part.body(picture.octets().to_vec()))
    })
}

/// The same mail for another address of its reader: an old one in `To` would be written to by "reply to all".
pub fn readdressed(bytes: &[u8], to: &Address) -> Vec<u8> {
    const TO: &[u8] = b"\r\nTo: ";
    let at = |wanted: &[u8], from: usize| {
        bytes[from..].windows(wanted.len()).position(|w| w == wanted).map(|p| from + p)
    };
    let field = at(TO, 0).filter(|field| at(b"\r\n\r\n", 0).is_none_or(|end| *field < end));
    let Some(value) = field.map(|field| field + TO.len()) else { return bytes.to_vec() };
    let rest = at(b"\r\n", value).unwrap_or(bytes.len());
    [&bytes[..value], to.wire().as_bytes(), &bytes[rest..]].concat()
}

/// A field whose value is printable ASCII by construction and folded already.
fn plain(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(name), value.clone(), value)
}

/// The author as lettre wants him. lettre's own rule refuses dots in odd places; what [`Address`] let through is
/// safe in a header all the same.
fn author(from: &Mailbox) -> lettre::message::Mailbox {
    let wire = from.address.wire();
    let (local, domain) = wire.rsplit_once('@').unwrap_or((&wire, ""));
    let address =
        lettre::Address::new(local, domain).unwrap_or_else(|_| lettre::Address::new_dangerous(local, domain));
    let name = from.name.as_deref().map(|n| clean_line(n, MAX_NAME)).filter(|n| !n.is_empty());
    lettre::message::Mailbox::new(name, address)
}

/// RFC 5322 §3.3, with the zone's offset at that instant.
fn date_field(date: Timestamp, zone: &Zone) -> Result<String, ComposeError> {
    let local = date.to_jiff().to_zoned(zone.jiff().clone());
    if !(1900..=9999).contains(&local.year()) {
        return Err(ComposeError::Date);
    }
    Ok(local.strftime("%a, %d %b %Y %H:%M:%S %z").to_string())
}

/// `<id>`, or nothing when the identifier is not ASCII: other people's may be (RFC 6532), a header of ours is not.
fn identifier(id: &MessageId) -> Option<String> {
    id.as_str().bytes().all(|b| b.is_ascii_graphic()).then(|| format!("<{id}>"))
}

/// The first identifier and as many of the newest as count and octets allow, one a line, each once.
fn references_field(ids: &[MessageId]) -> String {
    let mut ids = ids.iter().filter_map(identifier);
    let Some(root) = ids.next() else { return String::new() };
    let rest: Vec<String> = ids.filter(|id| *id != root).collect();
    let mut room = MAX_REFERENCES_OCTETS.saturating_sub(root.len());
    let mut kept: Vec<&str> = Vec::new();
    for id in rest.iter().rev() {
        if kept.contains(&id.as_str()) {
            continue;
        }
        if kept.len() + 1 == MAX_REFERENCES || id.len() > room {
            break;
        }
        room -= id.len();
        kept.push(id);
    }
    kept.push(&root);
    kept.reverse();
    kept.join("\r\n ")
}

/// One line for a header: no control characters, no characters that turn the direction of writing, runs of white
/// space as one space, nothing that already looks like an encoded-word, at most `max` characters.
fn clean_line(text: &str, max: usize) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {}
            ' ' | '\u{2028}' | '\u{2029}' => space(&mut out),
            c if c.is_control() => space(&mut out),
            '?' if out.ends_with('=') => out.push_str(" ?"),
            c => out.push(c),
        }
    }
    out.chars().take(max).collect::<String>().trim().to_owned()
}

fn space(out: &mut String) {
    if !out.is_empty() && !out.ends_with(' ') {
        out.push(' ');
    }
}

/// The body with LF line ends, without control characters but TAB and LF, without blank lines at its end.
fn clean_body(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(char::is_control) {
        let (line, control) = rest.split_at(at);
        kept.push_str(line);
        rest = control.strip_prefix("\r\n").or_else(|| control.get(1..)).unwrap_or_default();
        match control.chars().next() {
            Some('\n' | '\r') => kept.push('\n'),
            Some('\t') => kept.push('\t'),
            // those above U+007F are of two octets
            other => rest = control.get(other.map_or(1, char::len_utf8)..).unwrap_or_default(),
        }
    }
    kept.push_str(rest);
    kept.truncate(kept.trim_end_matches('\n').len());
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail_parser::MessageParser;
    use proptest::prelude::*;

    static UTC: Zone = Zone::UTC;

    fn draft<'a>(id: &'a MessageId, zone: &'a Zone) -> Draft<'a> {
        Draft {
            from: Mailbox {
                name: Some("よりそい便り".to_owned()),
                address: Address::parse("care@example.jp").unwrap(),
            },
            to: Address::parse("haru@example.jp").unwrap(),
            reply_to: None,
            subject: "お便り",
            message_id: id,
            in_reply_to: None,
            references: &[],
            date: Timestamp::from_millis(1_795_316_400_000),
            zone,
            body: "こんにちは。\n",
            pictures: &[],
            marking: Marking::PersonsWords,
        }
    }

    fn check_wire(bytes: &[u8]) {
        assert!(bytes.is_ascii());
        assert!(bytes.ends_with(b"\r\n"));
        let text = std::str::from_utf8(bytes).unwrap();
        let bare = text.replace("\r\n", "");
        assert!(!bare.contains(['\r', '\n', '\0']), "{text}");
        assert!(text.split("\r\n").all(|l| l.len() <= 998));
        let header = text.split("\r\n\r\n").next().unwrap();
        assert!(header.len() <= 8192, "{}", header.len());
        assert!(header.split("\r\n").all(|l| !l.trim().is_empty()), "{header}");
    }

    #[test]
    fn a_display_name_with_line_breaks_does_no_harm() {
        let id = MessageId::parse("a@example.jp").unwrap();
        for name in
            ["n\r\nBcc: e@example.org", "a\0b", "\r", "\u{7f}\u{1b}$B", "a\"b\\c", "=?utf-8?B?QQ==?=", ""]
        {
            let mut d = draft(&id, &UTC);
            d.from.name = Some(name.to_owned());
            let bytes = compose(&d).unwrap();
            check_wire(&bytes);
            let message = MessageParser::new().parse(&bytes).unwrap();
            let names: Vec<&str> = message.headers().iter().map(|h| h.name.as_str()).collect();
            assert!(!names.contains(&"Bcc"), "{name:?}");
            assert_eq!(message.from().unwrap().first().unwrap().address().unwrap(), "care@example.jp");
        }
    }

    #[test]
    fn carrier_addresses_stand_in_every_field() {
        let id = MessageId::parse("a@example.jp").unwrap();
        for address in
            ["foo..bar@docomo.ne.jp", "foo.@ezweb.ne.jp", ".foo@docomo.ne.jp", "\"a b\"@example.jp"]
        {
            let mut d = draft(&id, &UTC);
            d.to = Address::parse(address).unwrap();
            d.reply_to = Some(d.to.clone());
            d.from.address = d.to.clone();
            let bytes = compose(&d).unwrap();
            check_wire(&bytes);
            let text = String::from_utf8(bytes).unwrap();
            assert!(text.contains(&format!("\r\nTo: {address}\r\n")), "{text}");
            assert!(text.contains(&format!("\r\nReply-To: {address}\r\n")), "{text}");
            assert!(text.contains(&format!("<{address}>\r\n")), "{text}");
        }
    }

    #[test]
    fn what_no_header_can_hold_is_an_error() {
        let id = MessageId::parse("はる@example.jp").unwrap();
        assert_eq!(compose(&draft(&id, &UTC)), Err(ComposeError::MessageId));
        let id = MessageId::parse("a@example.jp").unwrap();
        let mut d = draft(&id, &UTC);
        d.date = Timestamp::from_millis(i64::MIN);
        assert_eq!(compose(&d), Err(ComposeError::Date));
    }

    #[test]
    fn references_keep_the_root_and_the_newest() {
        let ids: Vec<MessageId> =
            (0..14).map(|n| MessageId::parse(&format!("m{n}@example.jp")).unwrap()).collect();
        let field = references_field(&ids);
        assert_eq!(field.split("\r\n ").count(), MAX_REFERENCES);
        assert!(field.starts_with("<m0@example.jp>\r\n <m5@"), "{field}");
        assert!(field.ends_with("<m13@example.jp>"), "{field}");
        let long: Vec<MessageId> =
            (0..10).map(|n| MessageId::parse(&format!("{n}{}", "x".repeat(890))).unwrap()).collect();
        assert_eq!(references_field(&long).split("\r\n ").count(), 2);
    }

    /// Text as strangers write it, with what hurts mixed in.
    fn words() -> impl Strategy<Value = String> {
        prop_oneof![any::<String>(), "[ -~ぁ-ん一-龥　０-９\t\r\n.=?>🌸]{0,300}", "[a-z =?\r\n]{0,1200}",]
    }

    proptest! {
        #[test]
        fn what_is_composed_reads_back(subject in words(), body in words(), name in words(), n in 0usize..14) {
            let id = MessageId::parse("y1.abc@example.jp").unwrap();
            let ids: Vec<MessageId> =
                (0..n).map(|n| MessageId::parse(&format!("m{n}@example.jp")).unwrap()).collect();
            let zone = Zone::named("Asia/Tokyo").unwrap();
            let mut d = draft(&id, &zone);
            d.from.name = Some(name.clone());
            d.subject = &subject;
            d.body = &body;
            d.references = &ids;
            d.in_reply_to = ids.last();
            let bytes = compose(&d).unwrap();
            prop_assert_eq!(&bytes, &compose(&d).unwrap());
            check_wire(&bytes);
            let message = MessageParser::new().parse(&bytes).unwrap();
            prop_assert_eq!(message.subject().unwrap_or(""), clean_line(&subject, MAX_SUBJECT));
            prop_assert_eq!(message.from().unwrap().first().unwrap().name().unwrap_or(""), clean_line(&name, MAX_NAME));
            prop_assert_eq!(message.message_id().unwrap(), id.as_str());
            let text = message.body_text(0).unwrap().replace("\r\n", "\n");
            prop_assert_eq!(text.trim_end_matches('\n'), clean_body(&body));
            let got = message.references().as_text_list().map_or(0, <[_]>::len);
            let one = usize::from(message.references().as_text().is_some() && got == 0);
            prop_assert_eq!(got.max(one), n.min(MAX_REFERENCES));
        }
    }
}
