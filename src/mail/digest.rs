//! The content digest: the same words by any route have the same digest.
//!
//! SHA-256 over Message-ID, Date, From and Subject as they stand (unfolded, white space collapsed) and a SHA-256
//! of the body (CRLF line ends, trailing blank lines cut). Trace fields are not in it, so another folder, UID,
//! forwarder or migration changes nothing; a Message-ID alone never makes two mails the same. A mail with neither
//! Message-ID nor Date is told apart by its oldest Received field, which no later server changes (RFC 5321 §4.4).

use sha2::{Digest, Sha256};

use super::parse::header::{self, Header};
use super::parse::normalise;

/// First octets of what is hashed; another number for another definition.
const VERSION: &[u8] = b"yorisoi-content-1";

/// The digest of a raw message. Pure and total; linear in its length.
pub fn content_digest(raw: &[u8]) -> [u8; 32] {
    let octets = normalise::normalise(raw);
    let header = header::split(&octets);
    let mut hash = Sha256::new();
    hash.update(VERSION);
    let message_id = joined(&header, "message-id");
    let date = joined(&header, "date");
    feed(&mut hash, message_id.trim_ascii_start());
    feed(&mut hash, &date);
    feed(&mut hash, &joined(&header, "from"));
    feed(&mut hash, &joined(&header, "subject"));
    feed(&mut hash, &body_digest(octets.get(header.body_at..).unwrap_or_default()));
    if message_id.is_empty() && date.is_empty() {
        feed(&mut hash, &collapsed(header.all("received").last().unwrap_or_default()));
    }
    hash.finalize().into()
}

/// The first 128 bits of a text's SHA-256, for sets that would be large with the texts themselves.
pub fn short_digest(text: &str) -> u128 {
    let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    digest.iter().take(16).fold(0, |number, octet| number << 8 | u128::from(*octet))
}

/// Length first, so that no octet can move from one field to the next unnoticed.
fn feed(hash: &mut Sha256, octets: &[u8]) {
    hash.update(u64::try_from(octets.len()).unwrap_or(u64::MAX).to_be_bytes());
    hash.update(octets);
}

/// The values of all fields of that name, each on a line.
fn joined(header: &Header, name: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for value in header.all(name) {
        if !out.is_empty() {
            out.push(b'\n');
        }
        out.extend(collapsed(value));
    }
    out
}

/// Runs of white space as one space: relays fold lines anew.
fn collapsed(value: &[u8]) -> Vec<u8> {
    let words = value.split(u8::is_ascii_whitespace).filter(|w| !w.is_empty());
    words.collect::<Vec<_>>().join(&b' ')
}

/// The body's line ends are LF here and CRLF in the digest.
fn body_digest(body: &[u8]) -> [u8; 32] {
    let blank = |b: &u8| matches!(b, b'\n' | b' ' | b'\t');
    let end = body.iter().rposition(|b| !blank(b)).map_or(0, |at| at + 1);
    let mut hash = Sha256::new();
    for line in body.get(..end).unwrap_or_default().split(|&b| b == b'\n') {
        hash.update(line);
        hash.update(b"\r\n");
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &str = "Received: by a\nMessage-ID: <1@example.jp>\nDate: x\nFrom: Haru <a@example.jp>\n\
        Subject: one\n two\n\nbody\n";

    #[test]
    fn the_way_of_a_mail_does_not_change_its_digest() {
        let check = |other: &str, same: bool| {
            let equal = content_digest(MAIL.as_bytes()) == content_digest(other.as_bytes());
            assert_eq!(equal, same, "{other:?}");
        };
        check(MAIL, true);
        check(&MAIL.replace('\n', "\r\n"), true);
        check(&format!("Delivered-To: x@example.jp\nReceived: by b\n{MAIL}\n\n"), true);
        check(&MAIL.replace("one\n two", "one two"), true);
        check(&MAIL.replace("<1@example.jp>", " <1@example.jp>"), true);
        check(&MAIL.replace("body", "Body"), false);
        check(&MAIL.replace("one", "one "), true);
        check(&MAIL.replace("two", "three"), false);
        check(&MAIL.replace("<1@", "<2@"), false);
        check(&MAIL.replace("Date: x", "Date: y"), false);
        check(&MAIL.replace("Haru <a@", "Haru <b@"), false);
        check(&MAIL.replace("\n\nbody", "\n\n\nbody"), false);
    }

    #[test]
    fn without_message_id_and_date_the_oldest_received_tells() {
        let mail = |received: &str, more: &str| {
            content_digest(
                format!("Received: new\nReceived: {received}\nFrom: a@example.jp\n{more}\nx\n").as_bytes(),
            )
        };
        // a migration, or a server that delivers twice, puts fields on top
        let moved = b"Received: elsewhere\nReceived: one\nX-Moved: yes\nFrom: a@example.jp\n\nx\n";
        assert_eq!(mail("one", ""), content_digest(moved));
        assert_ne!(mail("one", ""), mail("two", ""));
        assert_eq!(mail("one", ""), mail("one", ""));
        assert_eq!(mail("one", "Date: d\n"), mail("two", "Date: d\n"));
        assert_eq!(mail("one", "Message-ID: <m@example.jp>\n"), mail("two", "Message-ID: <m@example.jp>\n"));
    }

    #[test]
    fn fields_do_not_flow_into_each_other() {
        let one = content_digest(b"From: ab\nSubject: c\n\n");
        let two = content_digest(b"From: a\nSubject: bc\n\n");
        assert_ne!(one, two);
    }
}
