//! The header section → fields, and where the body begins (RFC 5322 §2.2, §3.6.8), from octets with LF line ends.
//!
//! Nothing that a person typed may vanish here: a line that is no field continues the field above it as long as a
//! well-known field still follows, and otherwise the body begins at that line.

/// Most fields that are kept: each costs many times the octets of a short one.
pub const FIELDS: usize = 10_000;

/// One header field as it stands in the mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The field name, lower case.
    pub name: String,
    /// The octets after the colon, unfolded (line breaks removed, the white space after them kept), trimmed.
    pub value: Vec<u8>,
}

/// A header section cut into fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// In order, topmost first.
    pub fields: Vec<Field>,
    /// Where the body begins, in octets from the start of what was given.
    pub body_at: usize,
    /// Lines were found that are no fields.
    pub broken: bool,
}

impl Header {
    /// The raw values of all fields called `name` (lower case), topmost first.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.fields.iter().filter(move |f| f.name == name).map(|f| f.value.as_slice())
    }

    /// The raw value of the topmost field called `name` (lower case).
    pub fn first<'a>(&'a self, name: &'a str) -> Option<&'a [u8]> {
        self.all(name).next()
    }
}

/// Fields that tell that a header is still going on, for repairing a fold that lost its white space.
const WELL_KNOWN: [&str; 16] = [
    "from",
    "to",
    "cc",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "received",
    "return-path",
    "reply-to",
    "in-reply-to",
    "references",
    "x-mailer",
    "sender",
    "content-transfer-encoding",
];

/// Cuts the header section. The empty line that ends it belongs to neither header nor body.
pub fn split(bytes: &[u8]) -> Header {
    let end = section_end(bytes);
    let section = bytes.get(..end).unwrap_or_default();
    let last_known = last_well_known(section);
    let mut header = Header { body_at: (end + 1).min(bytes.len()), ..Header::default() };
    let (mut at, mut full) = (0, false);
    for line in section.split_inclusive(|&b| b == b'\n') {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let folded = matches!(text.first(), Some(b' ' | b'\t'));
        let field = field(text);
        full |= !folded && field.is_some() && header.fields.len() >= FIELDS;
        if full && (folded || field.is_some()) {
            header.broken = true;
            at += line.len();
            continue;
        }
        match (field, header.fields.last_mut()) {
            (_, Some(last)) if folded => last.value.extend_from_slice(text),
            (Some(field), _) if !folded => header.fields.push(field),
            (_, Some(last)) if last_known.is_some_and(|known| at < known) => {
                header.broken = true;
                last.value.push(b' ');
                last.value.extend_from_slice(text);
            }
            (_, None) if last_known.is_some() => header.broken = true,
            _ => {
                header.broken = true;
                header.body_at = at;
                break;
            }
        }
        at += line.len();
    }
    for field in &mut header.fields {
        field.value = field.value.trim_ascii().to_vec();
    }
    header
}

/// The offset of the empty line (or of the end): where the header section stops.
fn section_end(bytes: &[u8]) -> usize {
    if bytes.first() == Some(&b'\n') {
        return 0;
    }
    bytes.windows(2).position(|w| w == b"\n\n").map_or(bytes.len(), |at| at + 1)
}

/// The offset of the last line that begins with a well-known field name.
fn last_well_known(section: &[u8]) -> Option<usize> {
    let mut at = 0;
    let mut found = None;
    for line in section.split_inclusive(|&b| b == b'\n') {
        if name_of(line).is_some_and(|(name, _)| WELL_KNOWN.contains(&name.as_str())) {
            found = Some(at);
        }
        at += line.len();
    }
    found
}

fn field(line: &[u8]) -> Option<Field> {
    let (name, value) = name_of(line)?;
    Some(Field { name, value: value.to_vec() })
}

/// Name and rest of a line that looks like a field: printable ASCII without space before the colon (RFC 5322
/// §2.2); white space directly before the colon is the obsolete form of §4.5.
fn name_of(line: &[u8]) -> Option<(String, &[u8])> {
    let colon = line.iter().take(80).position(|&b| b == b':')?;
    let name = line.get(..colon)?.trim_ascii_end();
    let good = !name.is_empty() && name.iter().all(|b| b.is_ascii_graphic());
    good.then(|| {
        (String::from_utf8_lossy(name).to_ascii_lowercase(), line.get(colon + 1..).unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_fields_are_kept_than_a_mail_needs() {
        let header = split(format!("{}A: b\n c\n\nbody", "X: y\n".repeat(FIELDS - 1)).as_bytes());
        let last = |header: &Header| header.fields.last().map(|f| f.value.clone());
        assert_eq!(
            (header.fields.len(), header.broken, last(&header)),
            (FIELDS, false, Some(b"b c".to_vec()))
        );
        let long = format!("{}A: b\n c\n\nbody", "X: y\n".repeat(FIELDS));
        let header = split(long.as_bytes());
        assert_eq!((header.fields.len(), header.broken, last(&header)), (FIELDS, true, Some(b"y".to_vec())));
        assert_eq!(&long[header.body_at..], "body");
    }

    #[test]
    fn fields_are_cut_and_nothing_typed_is_lost() {
        let check = |input: &str, fields: &[(&str, &str)], body: &str| {
            let header = split(input.as_bytes());
            let got: Vec<(String, String)> = header
                .fields
                .iter()
                .map(|f| (f.name.clone(), String::from_utf8_lossy(&f.value).into_owned()))
                .collect();
            let expected: Vec<(String, String)> =
                fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
            assert_eq!(got, expected, "{input:?}");
            assert_eq!(&input[header.body_at..], body, "{input:?}");
        };
        check("A: b\nC:d\n\nbody\n", &[("a", "b"), ("c", "d")], "body\n");
        check("Subject: x\n\ty\n z\n\nbody", &[("subject", "x\ty z")], "body");
        check("From : a@example.jp\n\n", &[("from", "a@example.jp")], "");
        check("\nbody", &[], "body");
        check("", &[], "");
        check("A: b", &[("a", "b")], "");
        check("no field here\nat all\n", &[], "no field here\nat all\n");
        check(
            "Subject: x\nfold without space\nTo: y\n\nb",
            &[("subject", "x fold without space"), ("to", "y")],
            "b",
        );
        check(
            "Subject: x\nTo: y\nbody at once\n\nmore",
            &[("subject", "x"), ("to", "y")],
            "body at once\n\nmore",
        );
    }
}
