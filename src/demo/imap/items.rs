//! What FETCH brings of one message (RFC 3501 §6.4.5): UID, flags, date, size, and sections of the octets.
//!
//! BINARY is not offered.

use std::num::NonZeroU32;
use std::ops::Range;

use imap_codec::ResponseCodec;
use imap_codec::decode::Decoder;
use imap_types::IntoStatic;
use imap_types::core::{AString, Literal, NString};
use imap_types::datetime::DateTime;
use imap_types::fetch::{Macro, MacroOrMessageDataItemNames, MessageDataItem, MessageDataItemName, Section};
use imap_types::flag::FlagFetch;
use imap_types::response::{Data, Response};

use super::structure::Read;
use crate::clock::Timestamp;
use crate::demo::post_office::Delivered;

/// The names that are asked for, or `None` when one of them is not offered.
pub(super) fn names(
    asked: MacroOrMessageDataItemNames<'static>,
    by_uid: bool,
) -> Option<Vec<MessageDataItemName<'static>>> {
    use MessageDataItemName::{Body, Envelope, Flags, InternalDate, Rfc822Size, Uid};
    let mut names = match asked {
        MacroOrMessageDataItemNames::Macro(Macro::Fast) => vec![Flags, InternalDate, Rfc822Size],
        MacroOrMessageDataItemNames::Macro(Macro::All) => vec![Flags, InternalDate, Rfc822Size, Envelope],
        MacroOrMessageDataItemNames::Macro(_) => vec![Flags, InternalDate, Rfc822Size, Envelope, Body],
        MacroOrMessageDataItemNames::MessageDataItemNames(names) => names,
    };
    if by_uid && !names.contains(&Uid) {
        names.insert(0, Uid);
    }
    let is_offered = |name: &MessageDataItemName<'_>| {
        !matches!(name, MessageDataItemName::Binary { .. } | MessageDataItemName::BinarySize { .. })
    };
    names.iter().all(is_offered).then_some(names)
}

/// Whether asking for this marks the message as seen.
pub(super) fn marks_seen(name: &MessageDataItemName<'_>) -> bool {
    matches!(
        name,
        MessageDataItemName::BodyExt { peek: false, .. }
            | MessageDataItemName::Rfc822
            | MessageDataItemName::Rfc822Text
    )
}

/// One item of a message.
pub(super) fn item(
    name: &MessageDataItemName<'static>,
    mail: &Delivered,
) -> Option<MessageDataItem<'static>> {
    let raw: &[u8] = &mail.raw;
    let (header, text) = halves(raw);
    Some(match name {
        MessageDataItemName::Uid => MessageDataItem::Uid(NonZeroU32::new(mail.uid)?),
        MessageDataItemName::Flags => {
            MessageDataItem::Flags(mail.flags.iter().cloned().map(FlagFetch::Flag).collect())
        }
        MessageDataItemName::InternalDate => MessageDataItem::InternalDate(date(mail.arrived)?),
        MessageDataItemName::Rfc822Size => MessageDataItem::Rfc822Size(u32::try_from(raw.len()).ok()?),
        MessageDataItemName::Rfc822 => MessageDataItem::Rfc822(octets(raw.to_vec())),
        MessageDataItemName::Rfc822Header => MessageDataItem::Rfc822Header(octets(header.to_vec())),
        MessageDataItemName::Rfc822Text => MessageDataItem::Rfc822Text(octets(text.to_vec())),
        MessageDataItemName::BodyExt { section, partial, .. } => {
            let whole = cut(section.as_ref(), raw);
            let data = whole.map_or(NString(None), |whole| octets(part_of(whole, *partial)));
            let origin = partial.map(|(origin, _)| origin);
            MessageDataItem::BodyExt { section: section.clone(), origin, data }
        }
        MessageDataItemName::Envelope => MessageDataItem::Envelope(Read::new(raw)?.envelope()),
        MessageDataItemName::Body => MessageDataItem::Body(Read::new(raw)?.structure(false)?),
        MessageDataItemName::BodyStructure => {
            MessageDataItem::BodyStructure(Read::new(raw)?.structure(true)?)
        }
        _ => return None,
    })
}

/// A literal; the SMTP side lets no NUL through, which is all that a literal cannot hold.
fn octets(octets: Vec<u8>) -> NString<'static> {
    Literal::try_from(octets).map_or(NString(None), NString::from)
}

/// Header with its empty line, and text.
fn halves(raw: &[u8]) -> (&[u8], &[u8]) {
    let end = raw.windows(4).position(|window| window == b"\r\n\r\n").map_or(raw.len(), |at| at + 4);
    raw.split_at(end)
}

/// The octets of a section.
fn cut(section: Option<&Section<'static>>, raw: &[u8]) -> Option<Vec<u8>> {
    let (header, text) = halves(raw);
    let of = |range: Range<usize>| raw.get(range).map(<[u8]>::to_vec);
    match section {
        None => Some(raw.to_vec()),
        Some(Section::Header(None)) => Some(header.to_vec()),
        Some(Section::Text(None)) => Some(text.to_vec()),
        Some(Section::HeaderFields(None, names)) => Some(fields(header, names.as_ref(), true)),
        Some(Section::HeaderFieldsNot(None, names)) => Some(fields(header, names.as_ref(), false)),
        Some(Section::Part(part)) => of(Read::new(raw)?.part(part)?.1),
        Some(Section::Mime(part)) => of(Read::new(raw)?.part(part)?.0),
        Some(_) => None,
    }
}

/// The fields with these names, or all others, with an empty line.
fn fields(header: &[u8], names: &[AString<'static>], wanted: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let mut keeps = false;
    for line in header.split_inclusive(|octet| *octet == b'\n').filter(|line| *line != b"\r\n") {
        if !line.starts_with(b" ") && !line.starts_with(b"\t") {
            let name = line.split(|octet| *octet == b':').next().unwrap_or_default();
            keeps = names.iter().any(|known| known.as_ref().eq_ignore_ascii_case(name)) == wanted;
        }
        if keeps {
            out.extend_from_slice(line);
        }
    }
    out.extend_from_slice(b"\r\n");
    out
}

fn part_of(mut whole: Vec<u8>, partial: Option<(u32, NonZeroU32)>) -> Vec<u8> {
    if let Some((origin, length)) = partial {
        let origin = usize::try_from(origin).unwrap_or(usize::MAX).min(whole.len());
        whole.drain(..origin);
        whole.truncate(usize::try_from(length.get()).unwrap_or(usize::MAX));
    }
    whole
}

/// INTERNALDATE. The codec's own type is made of another crate's; its text is all that is needed here.
fn date(at: Timestamp) -> Option<DateTime> {
    let text = at.to_jiff().strftime("%d-%b-%Y %H:%M:%S +0000").to_string();
    let line = format!("* 1 FETCH (INTERNALDATE \"{text}\")\r\n");
    let (_, response) = ResponseCodec::default().decode(line.as_bytes()).ok()?;
    let Response::Data(Data::Fetch { items, .. }) = response.into_static() else { return None };
    items.as_ref().iter().find_map(|item| match item {
        MessageDataItem::InternalDate(date) => Some(date.clone()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_fields_come_with_their_folded_lines_and_an_empty_one() {
        let header = b"From: a\r\nSubject: b\r\n c\r\nDate: d\r\n\r\n";
        let names = [AString::try_from("subject").unwrap()];
        assert_eq!(fields(header, &names, true), b"Subject: b\r\n c\r\n\r\n");
        assert_eq!(fields(header, &names, false), b"From: a\r\nDate: d\r\n\r\n");
    }

    #[test]
    fn a_date_is_told_in_utc() {
        let date = date(Timestamp::from_millis(1_764_763_200_000)).unwrap();
        assert!(format!("{date:?}").contains("2025-12-03T12:00:00"), "{date:?}");
    }
}
