//! Content-Type and Content-Disposition (RFC 2045 §5, RFC 2183, RFC 2231) → media type, parameters, file name.
//!
//! mail-parser reads the two fields. Before it sees them, raw eight-bit and ISO-2022 octets are turned into
//! UTF-8, so that a Shift_JIS file name with a `\` inside a character neither breaks the quoting nor is lost.

use mail_parser::{ContentType, HeaderName, HeaderValue, MessageParser};

use super::header::Header;
use super::transfer::Transfer;
use super::{clean, encoded_word};

/// What a part says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// Top-level type, lower case; "text" when there is no usable field.
    pub kind: String,
    /// Subtype, lower case; "plain" when there is no usable field.
    pub subtype: String,
    /// The charset parameter.
    pub charset: Option<String>,
    /// The boundary parameter, for a multipart.
    pub boundary: Option<Vec<u8>>,
    /// format=flowed (RFC 3676).
    pub flowed: bool,
    /// DelSp=yes (RFC 3676).
    pub del_sp: bool,
    /// report-type, protocol or smime-type: what a report, signature or encryption is of; lower case.
    pub purpose: String,
    /// Content-Disposition: attachment.
    pub attached: bool,
    /// The file name, cleaned for display; empty when there is none.
    pub name: String,
    /// Content-Transfer-Encoding.
    pub transfer: Transfer,
}

impl Media {
    /// "type/subtype".
    pub fn full(&self) -> String {
        format!("{}/{}", self.kind, self.subtype)
    }

    /// From the header of a part. `default` is the media type where the field is missing (RFC 2046 §5.1.5).
    pub fn of(header: &Header, default: (&str, &str)) -> Self {
        let type_text = field_text(header, "content-type");
        let disposition_text = field_text(header, "content-disposition");
        let type_ = read(&type_text);
        let disposition = read(&disposition_text);
        let attribute = |name: &str| type_.as_ref().and_then(|t| t.attribute(name)).map(str::to_owned);
        let lower = |name: &str| attribute(name).unwrap_or_default().to_ascii_lowercase();
        let (kind, subtype) = match type_.as_ref().map(|t| (t.ctype(), t.subtype().unwrap_or_default())) {
            None | Some(("", _)) => (default.0.to_owned(), default.1.to_owned()),
            Some(("text", "")) => ("text".to_owned(), "plain".to_owned()),
            Some((kind, subtype)) => (kind.to_ascii_lowercase(), subtype.to_ascii_lowercase()),
        };
        let name = disposition.as_ref().and_then(|d| d.attribute("filename")).map(str::to_owned);
        let purpose =
            ["report-type", "smime-type", "protocol"].into_iter().map(lower).find(|p| !p.is_empty());
        Self {
            kind,
            subtype,
            charset: attribute("charset"),
            boundary: attribute("boundary").filter(|b| !b.is_empty()).map(String::into_bytes),
            flowed: lower("format") == "flowed",
            del_sp: lower("delsp") == "yes",
            purpose: purpose.unwrap_or_default(),
            attached: disposition.as_ref().is_some_and(ContentType::is_attachment),
            name: clean::file_name(
                &encoded_word::decode(&name.or_else(|| attribute("name")).unwrap_or_default()).text,
            ),
            transfer: Transfer::from_field(header.first("content-transfer-encoding")),
        }
    }
}

/// A complete header section holding only the field, in UTF-8, for mail-parser.
fn field_text(header: &Header, name: &str) -> String {
    let value = header.first(name).unwrap_or_default();
    let text = encoded_word::raw_text(value.get(..value.len().min(8192)).unwrap_or_default()).text;
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("Content-Type: {text}\n\n")
}

fn read(field: &str) -> Option<ContentType<'_>> {
    let parser = MessageParser::new().header_content_type(HeaderName::ContentType);
    let headers = parser.parse_headers(field)?;
    headers.parts.into_iter().next()?.headers.into_iter().find_map(|h| match h.value {
        HeaderValue::ContentType(c) => Some(c),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::header;
    use super::*;

    fn media(fields: &[u8]) -> Media {
        Media::of(&header::split(fields), ("text", "plain"))
    }

    #[test]
    fn types_are_read_and_have_a_default() {
        let check = |field: &str, full: &str, charset: Option<&str>| {
            let got = media(field.as_bytes());
            assert_eq!((got.full().as_str(), got.charset.as_deref()), (full, charset), "{field}");
        };
        check("", "text/plain", None);
        check("Content-Type: \n", "text/plain", None);
        check("Content-Type: text\n", "text/plain", None);
        check("Content-Type: Text/HTML; Charset=\"UTF-8\"\n", "text/html", Some("UTF-8"));
        check("Content-Type: text/plain; charset=iso-2022-jp ; x\n", "text/plain", Some("iso-2022-jp"));
        check("Content-Type: image/jpeg\n", "image/jpeg", None);
    }

    #[test]
    fn file_names_come_in_every_encoding() {
        let check = |value: &[u8], expected: &str| {
            let mut field =
                b"Content-Type: image/jpeg; name=x.jpg\nContent-Disposition: attachment;\n ".to_vec();
            field.extend_from_slice(value);
            assert_eq!(media(&field).name, expected, "{}", String::from_utf8_lossy(value));
        };
        check(b"", "x.jpg");
        check(b"filename=a.jpg", "a.jpg");
        check(b"filename=\"=?ISO-2022-JP?B?GyRCPEw/PxsoQg==?=.jpg\"", "写真.jpg");
        check(b"filename*=utf-8''%E5%86%99%E7%9C%9F.jpg", "写真.jpg");
        check(b"filename*0*=utf-8''%E5%86%99; filename*1*=%E7%9C%9F; filename*2=.jpg", "写真.jpg");
        check(b"filename=\"\x95\x5c.jpg\"", "表.jpg");
        check("filename=\"写真.jpg\"".as_bytes(), "写真.jpg");
        check(b"filename=\"../../etc/passwd\"", "passwd");
    }
}
