//! Octets and a label → a mail that has them in one place, and what of the parsed mail stands there.

use data_encoding::{BASE64, BASE64_MIME};
use yorisoi::mail::message::Message;

/// Where the words stand and how they travel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Place {
    BodyAsItIs,
    BodyBase64,
    BodyQuotedPrintable,
    SubjectBase64,
    /// Two encoded-words, cut after an odd number of octets.
    SubjectCut,
    SubjectQ,
    SubjectRaw,
    NameBase64,
    NameQuotedBase64,
    NameRaw,
    NameInComment,
    FileNameBase64,
    FileNamePercent,
    /// RFC 2231, in pieces of seven octets.
    FileNamePieces,
    FileNameRaw,
}

impl Place {
    /// It takes one line only.
    pub fn is_line(self) -> bool {
        !matches!(self, Self::BodyAsItIs | Self::BodyBase64 | Self::BodyQuotedPrintable)
    }

    /// A label travels with the words.
    pub fn is_labelled(self) -> bool {
        !matches!(self, Self::SubjectRaw | Self::NameRaw | Self::NameInComment | Self::FileNameRaw)
    }
}

/// The mail. An empty label is no label.
pub fn mail(octets: &[u8], label: &str, place: Place) -> Vec<u8> {
    let word = |octets: &[u8]| format!("=?{label}?B?{}?=", BASE64.encode(octets)).into_bytes();
    let (mut from, mut subject) = (b"<haru@example.jp>".to_vec(), b"x".to_vec());
    let mut content = b"Content-Type: text/plain\n\nx\n".to_vec();
    let body = |transfer: &str, octets: &[u8]| {
        let label = if label.is_empty() { String::new() } else { format!("; charset={label}") };
        let head = format!("Content-Type: text/plain{label}\nContent-Transfer-Encoding: {transfer}\n\n");
        [head.as_bytes(), octets].concat()
    };
    match place {
        Place::BodyAsItIs => content = body("8bit", octets),
        Place::BodyBase64 => content = body("base64", BASE64_MIME.encode(octets).as_bytes()),
        Place::BodyQuotedPrintable => content = body("quoted-printable", &quoted_printable(octets)),
        Place::SubjectBase64 => subject = word(octets),
        Place::SubjectCut => {
            let (a, b) = octets.split_at((octets.len() / 2) | 1);
            subject = [word(a), b"\n ".to_vec(), word(b)].concat();
        }
        Place::SubjectQ => subject = format!("=?{label}?Q?{}?=", hex(octets, '=')).into_bytes(),
        Place::SubjectRaw => subject = octets.to_vec(),
        Place::NameBase64 => from.splice(0..0, [word(octets), b" ".to_vec()].concat()).for_each(drop),
        Place::NameQuotedBase64 => {
            from.splice(0..0, [b"\"".to_vec(), word(octets), b"\" ".to_vec()].concat()).for_each(drop);
        }
        Place::NameRaw => from.splice(0..0, [octets, b" "].concat()).for_each(drop),
        Place::NameInComment => from = [b"haru@example.jp (", octets, b")"].concat(),
        Place::FileNameBase64 => {
            content = attached(&[b"filename=\"".to_vec(), word(octets), b"\"".to_vec()].concat());
        }
        Place::FileNamePercent => {
            content = attached(format!("filename*={label}''{}", hex(octets, '%')).as_bytes());
        }
        Place::FileNamePieces => content = attached(pieces(octets, label).as_bytes()),
        Place::FileNameRaw => content = attached(&[b"filename=\"", octets, b"\""].concat()),
    }
    let head: [&[u8]; 5] = [b"From: ", &from, b"\nTo: care@example.jp\nSubject: ", &subject, b"\n"];
    [head.concat(), b"MIME-Version: 1.0\n".to_vec(), content].concat()
}

fn attached(parameters: &[u8]) -> Vec<u8> {
    let head = b"Content-Type: application/pdf\nContent-Disposition: attachment; ";
    [&head[..], parameters, b"\n\nx\n"].concat()
}

fn hex(octets: &[u8], mark: char) -> String {
    octets.iter().map(|b| format!("{mark}{b:02X}")).collect()
}

fn pieces(octets: &[u8], label: &str) -> String {
    let piece = |(n, octets): (usize, &[u8])| {
        let label = if n == 0 { format!("{label}''") } else { String::new() };
        format!("filename*{n}*={label}{}", hex(octets, '%'))
    };
    octets.chunks(7).enumerate().map(piece).collect::<Vec<_>>().join(";\n ")
}

/// Every third line is broken softly, wherever that falls.
fn quoted_printable(octets: &[u8]) -> Vec<u8> {
    let mut out = String::new();
    for (n, &b) in octets.iter().enumerate() {
        match b {
            b'\n' => out.push('\n'),
            b'=' | 0..=31 | 127.. => out.push_str(&format!("={b:02x}")),
            _ => out.push(char::from(b)),
        }
        if n % 23 == 22 {
            out.push_str("=\n");
        }
    }
    out.into_bytes()
}

/// What the reader found there.
pub fn found(m: &Message, place: Place) -> String {
    match place {
        Place::BodyAsItIs | Place::BodyBase64 | Place::BodyQuotedPrintable => m.text.clone(),
        Place::SubjectBase64 | Place::SubjectCut | Place::SubjectQ | Place::SubjectRaw => m.subject.clone(),
        Place::NameBase64 | Place::NameQuotedBase64 | Place::NameRaw | Place::NameInComment => {
            m.from.first().and_then(|author| author.name.clone()).unwrap_or_default()
        }
        _ => m.attachments.first().map(|a| a.name.clone()).unwrap_or_default(),
    }
}
