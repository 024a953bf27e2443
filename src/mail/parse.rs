//! Raw octets of a mail → [`Message`]: plain values, decoded, with the doubts named.
//!
//! Total: every input gives a message, none panics, time is linear in the length. Header fields and identity are
//! read from the raw octets by this room itself. Sources: RFC 5322, RFC 2045–2047, RFC 2183, RFC 2231, RFC 3676.

mod body;
mod carrier_emoji;
mod charset;
mod clean;
mod date;
mod encoded_word;
mod flowed;
pub(super) mod header;
mod html;
mod ids;
mod iso2022;
mod jisx0213;
mod labels;
mod lost_escapes;
mod mailbox;
mod media;
pub(super) mod normalise;
mod parameters;
mod plausible;
mod structure;
mod transfer;
mod utf7;
mod wide;

use super::address::{Address, Mailbox};
use super::delivery_report;
use super::message::{Defect, Message};
use super::message_id::MessageId;
use header::Header;

/// Longest subject kept, in characters.
const SUBJECT: usize = 200;

/// Most addresses kept of all recipient fields together.
const RECIPIENTS: usize = 500;

/// Most octets of all header fields, names and values, that `Message::header` keeps.
const HEADER: usize = 256 * 1024;

/// Fields that name recipients, in the order of `Message::recipients`.
const RECIPIENT_FIELDS: [&str; 8] = [
    "delivered-to",
    "x-original-to",
    "envelope-to",
    "x-delivered-to",
    "x-forwarded-to",
    "to",
    "cc",
    "resent-to",
];

/// Parses a message as it came from the store.
pub fn parse(raw: &[u8]) -> Message {
    let octets = normalise::normalise(raw);
    let header = header::split(&octets);
    let content = octets.get(header.body_at..).unwrap_or_default();
    let structure = structure::cut(&header, content);
    let mut message = read_header(&header);
    if hides_an_author(raw, &header) {
        message.defects.push(Defect::AuthorAmbiguous);
    }
    let body = body::assemble(&structure, &message.subject);
    message.text = body.text;
    message.attachments = body.attachments;
    message.defects.extend(body.defects);
    message.delivery_report = delivery_report::read(&message, &report_parts(&structure));
    message.defects.sort_unstable();
    message.defects.dedup();
    message
}

/// Shows the decoded octets of each attachment of a mail that was parsed, in order, one at a time.
pub fn each_attachment(raw: &[u8], message: &Message, mut see: impl FnMut(&[u8])) {
    if message.attachments.is_empty() {
        return;
    }
    let octets = normalise::normalise(raw);
    let header = header::split(&octets);
    let structure = structure::cut(&header, octets.get(header.body_at..).unwrap_or_default());
    for attachment in &message.attachments {
        let part = structure.parts.get(attachment.part);
        see(&part.map_or_else(Vec::new, |part| transfer::decode(part.raw, part.media.transfer).0));
    }
}

/// The Message-ID field of a header section that stands inside another text (a returned mail).
pub(super) fn message_id_of(text: &str) -> Option<MessageId> {
    let header = header::split(&normalise::normalise(text.as_bytes()));
    header.first("message-id").and_then(ids::single)
}

/// Identifiers in a text, as in References.
pub(super) fn ids_in(text: &str) -> Vec<MessageId> {
    ids::parse(text.as_bytes())
}

fn read_header(header: &Header) -> Message {
    let mut m = Message::default();
    if header.fields.is_empty() {
        m.defects.push(Defect::NoHeader);
    }
    if header.broken {
        m.defects.push(Defect::Structure);
    }
    read_authors(header, &mut m);
    m.reply_to = ["reply-to", "sender"].into_iter().flat_map(|f| addresses(header, f)).collect();
    m.recipients = RECIPIENT_FIELDS.into_iter().flat_map(|f| addresses(header, f)).take(RECIPIENTS).collect();
    m.to_and_cc = ["to", "cc"].into_iter().flat_map(|f| addresses(header, f)).take(RECIPIENTS).collect();
    let subject = encoded_word::unstructured(header.first("subject").unwrap_or_default());
    m.defects.extend(doubts(subject.guessed, subject.damaged));
    m.subject = clean::line(&subject.text, SUBJECT);
    m.message_id = header.first("message-id").and_then(ids::single);
    m.in_reply_to = header.first("in-reply-to").map(ids::parse).unwrap_or_default();
    m.references = header.first("references").map(ids::parse).unwrap_or_default();
    if let Some(value) = header.first("date") {
        m.originated_at = date::parse(value);
        if m.originated_at.is_none() {
            m.defects.push(Defect::DateUnreadable);
        }
    }
    let mut left = HEADER;
    for field in &header.fields {
        let octets = field.name.len() + field.value.len();
        if left < octets {
            // what is shorter is kept: a long field hides none below it
            m.defects.push(Defect::TextCut);
            continue;
        }
        left -= octets;
        m.header.push((field.name.clone(), String::from_utf8_lossy(&field.value).into_owned()));
    }
    m
}

fn read_authors(header: &Header, m: &mut Message) {
    let mut fields = 0;
    for value in header.all("from") {
        let found = mailbox::parse(value);
        m.defects.extend(doubts(found.guessed, found.damaged));
        m.defects.extend(found.repaired.then_some(Defect::AuthorRepaired));
        let another = |author: &Mailbox| mailbox::names_another(value, &author.address);
        let ambiguous = found.list.len() == 1 && found.list.iter().all(another);
        m.defects.extend(ambiguous.then_some(Defect::AuthorAmbiguous));
        m.from.extend(found.list);
        fields += 1;
    }
    // what was not kept may have been a From
    m.defects.extend((header.fields.len() >= header::FIELDS).then_some(Defect::AuthorAmbiguous));
    match (fields, m.from.len()) {
        (_, 0) => m.defects.push(Defect::NoAuthor),
        (1, 1) => {}
        _ => m.defects.push(Defect::SeveralAuthors),
    }
}

/// Whether a server for which fewer octets end a line (RFC 5322 §2.3) finds another From than we do.
fn hides_an_author(raw: &[u8], ours: &Header) -> bool {
    let authors = |header: &Header| header.all("from").map(<[u8]>::to_vec).collect::<Vec<_>>();
    normalise::stricter(raw).iter().any(|octets| {
        let theirs = authors(&header::split(octets));
        !theirs.is_empty() && theirs != authors(ours)
    })
}

fn addresses(header: &Header, field: &str) -> Vec<Address> {
    header.all(field).take(20).flat_map(|v| mailbox::parse(v).list).map(|m| m.address).collect()
}

fn doubts(guessed: bool, damaged: bool) -> impl Iterator<Item = Defect> {
    let guessed = guessed.then_some(Defect::CharsetGuessed);
    guessed.into_iter().chain(damaged.then_some(Defect::Undecodable))
}

/// The parts of a report beside its words: media type and text, at most 64 KiB each.
fn report_parts(structure: &structure::Structure<'_>) -> Vec<(String, String)> {
    let wanted = |p: &&structure::Part<'_>| {
        p.media.kind == "message"
            || p.media.full() == "text/rfc822-headers"
            || p.media.full() == "text/rfc822"
    };
    let read = |p: &structure::Part<'_>| {
        let raw = p.raw.get(..p.raw.len().min(64 * 1024)).unwrap_or_default();
        let (octets, _) = transfer::decode(raw, p.media.transfer);
        (p.media.full(), String::from_utf8_lossy(&octets).into_owned())
    };
    structure.parts.iter().filter(wanted).take(20).map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipients_come_in_the_order_of_what_servers_wrote() {
        let m = parse(
            b"To: a@example.jp\nCc: b@example.jp\nDelivered-To: c@example.jp\nX-Forwarded-To: d@example.jp\n\
              X-Original-To: e@example.jp\nResent-To: f@example.jp\nEnvelope-To: g@example.jp\n\
              X-Delivered-To: h@example.jp\nFrom: haru@example.jp\n\n",
        );
        let locals: String = m.recipients.iter().map(|a| a.local()).collect();
        assert_eq!(locals, "ceghdabf");
        assert_eq!(m.to_and_cc.iter().map(|a| a.local()).collect::<String>(), "ab");
    }

    #[test]
    fn a_subject_is_one_line_of_two_hundred_characters() {
        let check = |subject: &str, expected: &str| {
            let m = parse(format!("From: haru@example.jp\nSubject: {subject}\n\n").as_bytes());
            assert_eq!(m.subject, expected, "{subject}");
        };
        check("  a \n\tb ", "a b");
        check("=?utf-8?B?YQpiDWMAZA==?=", "a b c d");
        check(&"x".repeat(10_000), &"x".repeat(200));
        check("", "");
    }

    #[test]
    fn the_header_keeps_raw_values_in_order() {
        let m = parse(b"X-A: 1\nFROM: haru@example.jp\nx-a:\n =?utf-8?Q?2?=\n\n");
        assert_eq!(m.fields("x-a").collect::<Vec<_>>(), ["1", "=?utf-8?Q?2?="]);
        assert_eq!(m.header.first().map(|(n, _)| n.as_str()), Some("x-a"));
    }

    #[test]
    fn a_long_field_hides_none_below_it() {
        let check = |octets: usize, kept: usize, cut: bool| {
            let m = parse(
                format!(
                    "From: a@example.jp\nX-Long: {}\nAuto-Submitted: auto-replied\n\n",
                    "x".repeat(octets)
                )
                .as_bytes(),
            );
            assert_eq!(m.fields("x-long").count(), kept, "{octets}");
            assert_eq!(m.fields("auto-submitted").collect::<Vec<_>>(), ["auto-replied"], "{octets}");
            assert_eq!(m.defects.contains(&Defect::TextCut), cut, "{octets}");
        };
        check(1_000, 1, false);
        check(HEADER, 0, true);
        let m = parse(format!("X: {}\n", "y".repeat(99)).repeat(9_000).as_bytes());
        assert_eq!((m.header.len(), m.defects.contains(&Defect::TextCut)), (HEADER / 100, true));
    }

    #[test]
    fn an_author_behind_a_line_end_that_is_none_is_doubted() {
        let check = |mail: &str, expected: bool| {
            let m = parse(mail.as_bytes());
            assert_eq!(m.defects.contains(&Defect::AuthorAmbiguous), expected, "{mail:?}");
            assert_eq!(m.from.len(), 1, "{mail:?}");
        };
        check("From: haru@example.jp\r\nSubject: a\rb\r\n\r\n", false);
        check("From: haru@example.jp\r\n\r\na\rb\nc\r\n", false);
        check("From: haru@example.jp\r\rFrom: b@example.jp\r\r", false);
        check("A: b\rFrom: haru@example.jp\r\rc\r\nFrom: evil@example.jp\r\n\r\n", true);
        check("A: b\nFrom: haru@example.jp\n\nc\r\nFrom: evil@example.jp\r\n\r\n", true);
        check(&format!("From: haru@example.jp\n{}\n", "X: y\n".repeat(header::FIELDS)), true);
    }

    #[test]
    fn doubts_are_said_once_and_in_order() {
        let check = |mail: &[u8], expected: &[Defect]| assert_eq!(parse(mail).defects, expected, "{mail:?}");
        check(b"From: haru@example.jp\n\nhello\n", &[]);
        check(b"", &[Defect::NoHeader, Defect::NoAuthor]);
        check(b"From: haru@example.jp\nDate: soon\n\n", &[Defect::DateUnreadable]);
        check(
            b"From: a@example.jp, b@example.jp\nSubject: x\n\n\x81\xff\x81\xff",
            &[Defect::CharsetGuessed, Defect::Undecodable, Defect::SeveralAuthors],
        );
    }
}
