//! What a mail is made of, as IMAP tells it (RFC 3501 §7.4.2): ENVELOPE, BODYSTRUCTURE, and the octets of a part.
//!
//! mail-parser finds the parts; sizes and lines are counted on the octets as they lie there. A mail inside a mail has
//! its envelope and structure, and no numbers of its own.

use std::ops::Range;

use imap_types::body::{
    BasicFields, Body, BodyStructure, Disposition, SinglePartExtensionData, SpecificFields,
};
use imap_types::core::{IString, NString, Vec1};
use imap_types::envelope::{Address, Envelope};
use imap_types::fetch::Part;
use mail_parser::{
    Address as Addresses, ContentType, Message, MessageParser, MessagePart, MimeHeaders, PartType,
};

use crate::demo::letter;

type Parameters = Vec<(IString<'static>, IString<'static>)>;

/// A mail and its parts. A mail without any header has none.
pub(super) struct Read<'a>(Message<'a>);

impl<'a> Read<'a> {
    pub(super) fn new(raw: &'a [u8]) -> Option<Self> {
        MessageParser::default().parse(raw).map(Self)
    }

    pub(super) fn envelope(&self) -> Envelope<'static> {
        envelope(&self.0)
    }

    /// BODYSTRUCTURE, or BODY without its `extended` data.
    pub(super) fn structure(&self, extended: bool) -> Option<BodyStructure<'static>> {
        structure(&self.0, self.0.parts.first()?, extended)
    }

    /// Where header and content of a part lie. Of a mail without parts the first part is the mail.
    pub(super) fn part(&self, numbers: &Part) -> Option<(Range<usize>, Range<usize>)> {
        let mut part = self.0.parts.first()?;
        for (depth, number) in numbers.0.as_ref().iter().enumerate() {
            let at = usize::try_from(number.get()).ok()? - 1;
            part = match &part.body {
                PartType::Multipart(ids) => self.0.parts.get(usize::try_from(*ids.get(at)?).ok()?)?,
                _ if depth == 0 && at == 0 => part,
                _ => return None,
            };
        }
        let [header, body, end] =
            [part.offset_header, part.offset_body, part.offset_end].map(|at| at as usize);
        Some((header..body, body..end))
    }
}

fn structure(mail: &Message<'_>, part: &MessagePart<'_>, extended: bool) -> Option<BodyStructure<'static>> {
    let (kind, subtype) = media(part);
    if let PartType::Multipart(ids) = &part.body {
        let parts = ids.iter().filter_map(|id| mail.parts.get(usize::try_from(*id).ok()?));
        let bodies: Vec<_> = parts.filter_map(|part| structure(mail, part, extended)).collect();
        let bodies = Vec1::try_from(bodies).ok()?;
        return Some(BodyStructure::Multi { bodies, subtype: text(&subtype)?, extension_data: None });
    }
    let (from, to) = (part.offset_body as usize, part.offset_end as usize);
    let octets = mail.raw_message.get(from..to).unwrap_or_default();
    let lines = octets.iter().filter(|octet| **octet == b'\n').count();
    let number_of_lines = u32::try_from(lines).ok()?;
    let specific = match &part.body {
        PartType::Message(inner) => SpecificFields::Message {
            envelope: Box::new(envelope(inner)),
            body_structure: Box::new(structure(inner, inner.parts.first()?, extended)?),
            number_of_lines,
        },
        _ if kind == "text" => SpecificFields::Text { subtype: text(&subtype)?, number_of_lines },
        _ => SpecificFields::Basic { r#type: text(&kind)?, subtype: text(&subtype)? },
    };
    let basic = BasicFields {
        parameter_list: part.content_type().map(parameters).unwrap_or_default(),
        id: nstring(part.content_id().map(|id| format!("<{id}>"))),
        description: nstring(part.content_description().map(word)),
        content_transfer_encoding: text(part.content_transfer_encoding().unwrap_or("7bit"))?,
        size: u32::try_from(octets.len()).ok()?,
    };
    let disposition = part.content_disposition().and_then(|d| Some((text(&d.c_type)?, parameters(d))));
    let tail = Some(Disposition { disposition, tail: None });
    let extension_data = extended.then_some(SinglePartExtensionData { md5: NString(None), tail });
    Some(BodyStructure::Single { body: Body { basic, specific }, extension_data })
}

/// Type and subtype; a part that does not say is plain text (RFC 2045 §5.2).
fn media(part: &MessagePart<'_>) -> (String, String) {
    let plain = || ("text".to_owned(), "plain".to_owned());
    let told = |told: &ContentType<'_>| {
        let subtype = told.c_subtype.as_deref().unwrap_or("octet-stream");
        (told.c_type.to_ascii_lowercase(), subtype.to_ascii_lowercase())
    };
    part.content_type().map_or_else(plain, told)
}

fn parameters(told: &ContentType<'_>) -> Parameters {
    let attributes = told.attributes.iter().flatten();
    attributes.filter_map(|a| Some((text(&a.name)?, text(&word(&a.value))?))).collect()
}

fn envelope(mail: &Message<'_>) -> Envelope<'static> {
    let raw = |name: &'static str| {
        let value = mail.header_raw(name).map(|raw| raw.split_whitespace().collect::<Vec<_>>().join(" "));
        nstring(value.filter(|value| !value.is_empty()))
    };
    let from = addresses(mail.from());
    // RFC 3501 §7.4.2: these two default to the author
    let or_from = |told: Option<&Addresses<'_>>| {
        let told = addresses(told);
        if told.is_empty() { from.clone() } else { told }
    };
    Envelope {
        date: raw("Date"),
        subject: nstring(mail.subject().map(word)),
        sender: or_from(mail.sender()),
        reply_to: or_from(mail.reply_to()),
        to: addresses(mail.to()),
        cc: addresses(mail.cc()),
        bcc: addresses(mail.bcc()),
        in_reply_to: raw("In-Reply-To"),
        message_id: raw("Message-ID"),
        from,
    }
}

fn addresses(told: Option<&Addresses<'_>>) -> Vec<Address<'static>> {
    let one = |name: Option<&str>, address: &str| {
        let (mailbox, host) = address.rsplit_once('@').unwrap_or((address, ""));
        Address {
            name: nstring(name.map(word)),
            adl: NString(None),
            mailbox: nstring(Some(mailbox.to_owned())),
            host: nstring(Some(host.to_owned())),
        }
    };
    let all = told.iter().flat_map(|told| told.iter());
    all.filter_map(|a| Some(one(a.name.as_deref(), a.address.as_deref()?))).collect()
}

/// Encoded-words on one line.
fn word(text: &str) -> String {
    letter::word(text).replace("\r\n ", " ")
}

fn text(text: &str) -> Option<IString<'static>> {
    IString::try_from(text.to_owned()).ok()
}

fn nstring(value: Option<String>) -> NString<'static> {
    NString(value.and_then(|value| text(&value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIXED: &[u8] = b"From: =?UTF-8?B?44Gv44KL?= <haru@a.example>\r\nTo: care@a.example\r\n\
        Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
        hello\r\n--b\r\nContent-Type: image/png; name=a.png\r\nContent-Disposition: attachment\r\n\
        Content-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--b--\r\n";

    #[test]
    fn parts_are_cut_where_their_numbers_say() {
        let check = |raw: &[u8], numbers: &[u32], header: &str, body: &str| {
            let numbers: Vec<_> = numbers.iter().map(|n| std::num::NonZeroU32::new(*n).unwrap()).collect();
            let cut = Read::new(raw).unwrap().part(&Part(Vec1::try_from(numbers).unwrap()));
            let told = cut.map(|(a, b)| [a, b].map(|r| String::from_utf8_lossy(&raw[r]).trim().to_owned()));
            assert_eq!(told.unwrap_or_default(), [header, body]);
        };
        check(MIXED, &[1], "Content-Type: text/plain; charset=utf-8", "hello");
        check(MIXED, &[3], "", "");
        check(MIXED, &[1, 1], "", "");
        check(b"From: a@a.example\r\n\r\nhello\r\n", &[1], "From: a@a.example", "hello");
        check(b"From: a@a.example\r\n\r\nhello\r\n", &[2], "", "");
    }

    #[test]
    fn a_structure_and_an_envelope_name_what_is_there() {
        let read = Read::new(MIXED).unwrap();
        let Some(BodyStructure::Multi { bodies, .. }) = read.structure(true) else { panic!("one part") };
        let [BodyStructure::Single { body: words, .. }, BodyStructure::Single { body: image, .. }] =
            bodies.as_ref()
        else {
            panic!("{bodies:?}")
        };
        assert_eq!((words.basic.size, image.basic.size), (5, 4));
        assert_eq!(image.basic.content_transfer_encoding, text("base64").unwrap());
        let envelope = read.envelope();
        assert_eq!(envelope.from[0].name, nstring(Some("=?UTF-8?B?44Gv44KL?=".to_owned())));
        assert_eq!(envelope.reply_to, envelope.from);
        assert_eq!((envelope.to.len(), envelope.date), (1, NString(None)));
    }
}
