//! Content-Type and Content-Disposition (RFC 2045 §5, RFC 2183, RFC 2231) → media type, parameters, file name.
//!
//! Before the fields are cut, raw eight-bit and ISO-2022 octets are turned into text, so that a Shift_JIS file name
//! with a `\` inside a character neither breaks the quoting nor is lost.

use super::clean;
use super::encoded_word::{self, Words};
use super::header::Header;
use super::parameters::{self, Parameters};
use super::transfer::Transfer;

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
    /// The file name was decoded by guess.
    pub name_guessed: bool,
    /// The file name could not be decoded entirely.
    pub name_damaged: bool,
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
        let (type_, type_raw) = field(header, "content-type");
        let (disposition, disposition_raw) = field(header, "content-disposition");
        let lower = |name: &str| type_.word(name).unwrap_or_default().to_ascii_lowercase();
        let (kind, subtype) = match type_.value.split_once('/') {
            None if type_.value == "text" => ("text", "plain"),
            Some(("plain", _)) => ("text", "plain"),
            Some((kind, subtype)) if !kind.is_empty() && !subtype.is_empty() => (kind, subtype),
            _ => default,
        };
        let name = disposition.text("filename").map(|name| (name, disposition_raw));
        let name = name.or_else(|| type_.text("name").map(|name| (name, type_raw)));
        let (name, raw) = name.unwrap_or_default();
        let foreign = !name.text.is_ascii();
        let purpose =
            ["report-type", "smime-type", "protocol"].into_iter().map(lower).find(|p| !p.is_empty());
        Self {
            kind: kind.to_owned(),
            subtype: subtype.to_owned(),
            charset: type_.word("charset"),
            boundary: type_.word("boundary").filter(|b| !b.is_empty()).map(String::into_bytes),
            flowed: lower("format") == "flowed",
            del_sp: lower("delsp") == "yes",
            purpose: purpose.unwrap_or_default(),
            attached: disposition.value == "attachment",
            name: clean::file_name(&name.text),
            name_guessed: foreign && (name.guessed || raw.guessed),
            name_damaged: name.damaged || foreign && raw.damaged,
            transfer: Transfer::from_field(header.first("content-transfer-encoding")),
        }
    }
}

/// The field cut up, and what its raw octets were (without the text).
fn field(header: &Header, name: &str) -> (Parameters, Words) {
    let value = header.first(name).unwrap_or_default();
    let raw = encoded_word::raw_text(value.get(..value.len().min(8192)).unwrap_or_default());
    (parameters::read(&raw.text), Words { text: String::new(), ..raw })
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
