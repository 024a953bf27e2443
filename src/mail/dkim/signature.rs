//! Whether a signature proves the author. The arithmetic is mail-auth's, which is handed the key and looks up nothing.
//!
//! What was signed and what we read must be the same: the four fields that say who wrote what and when stand once,
//! and our own reader finds in the signed ones alone what it found in the mail.

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use mail_auth::AuthenticatedMessage;
use mail_auth::common::crypto::{Algorithm, HashAlgorithm};
use mail_auth::common::headers::Header;
use mail_auth::common::parse::TxtRecordParser as _;
use mail_auth::common::verify::DomainKey;
use mail_auth::dkim::Signature;

use super::{KeyName, KeyRecord, MOST, Tags};
use crate::clock::Timestamp;
use crate::mail::message::{Defect, Message};
use crate::mail::parse::parse;

/// What a signature has to cover wherever it is there.
const SIGNED: [&str; 4] = ["from", "subject", "date", "message-id"];
/// A shorter one can be broken by anybody with a rented machine (RFC 8301 §3.2).
const LEAST_RSA_BITS: usize = 1024;
/// A mail is no older than this when it arrives, or it may be an old one that somebody sends again.
const FRESH: Duration = Duration::from_secs(3 * 86_400);

/// Whether a signature of the author's own domain holds. `message`: what was read of `raw`; `arrived`: when the server
/// took it in.
pub fn proves_author(raw: &[u8], message: &Message, keys: &[KeyRecord], arrived: Timestamp) -> bool {
    let [author] = message.from.as_slice() else { return false };
    let Some(mut mail) = AuthenticatedMessage::parse(raw) else { return false };
    let fresh = |sent: Timestamp| sent.since(arrived).max(arrived.since(sent)) <= FRESH;
    if !message.originated_at.is_some_and(fresh) || !is_read_alike(&mail, message) {
        return false;
    }
    let signatures = std::mem::take(&mut mail.dkim_headers);
    signatures.into_iter().take(MOST).any(|field| {
        let Some(tags) = Tags::read(field.value) else { return false };
        field.header.d.eq_ignore_ascii_case(author.address.domain())
            && tags.get("l").is_none()
            && is_in_time(&field.header, arrived)
            && covers(&field.header, &mail)
            && holds(&mut mail, field, keys)
    })
}

/// Whether the signed fields say what we read in the mail. Another reader of a header may find a field where we find
/// none: whatever could be read in two ways proves nothing.
fn is_read_alike(mail: &AuthenticatedMessage<'_>, message: &Message) -> bool {
    if message.defects.contains(&Defect::Structure) || !ends_lines_properly(mail.raw_message()) {
        return false;
    }
    let mut signed = Vec::new();
    for name in SIGNED {
        let mut found =
            mail.headers.iter().filter(|(n, _)| n.trim_ascii().eq_ignore_ascii_case(name.as_bytes()));
        match (found.next(), found.next()) {
            (_, Some(_)) => return false,
            (Some((as_written, _)), _) if as_written.len() != name.len() => return false,
            (Some((_, value)), None) => signed.extend([name.as_bytes(), b":", value].concat()),
            (None, None) => {}
        }
    }
    signed.extend(b"\r\n");
    let alone = parse(&signed);
    alone.from == message.from
        && alone.subject == message.subject
        && alone.originated_at == message.originated_at
        && alone.message_id == message.message_id
}

/// Whether CR and LF stand side by side wherever they stand (RFC 5322 §2.2). A hash may pass over a lone one that we take
/// for the end of a line, or of the header.
fn ends_lines_properly(raw: &[u8]) -> bool {
    raw.iter().enumerate().all(|(at, octet)| match octet {
        b'\r' => raw.get(at + 1) == Some(&b'\n'),
        b'\n' => at > 0 && raw.get(at - 1) == Some(&b'\r'),
        _ => true,
    })
}

/// The signature has not run out when the mail arrived (RFC 6376 §3.5 `x=`).
fn is_in_time(signature: &Signature, arrived: Timestamp) -> bool {
    let seconds = u64::try_from(arrived.millis() / 1000).unwrap_or(0);
    signature.x == 0 || (signature.x > signature.t && signature.x >= seconds)
}

/// Each of the four fields that is there is signed.
fn covers(signature: &Signature, mail: &AuthenticatedMessage<'_>) -> bool {
    SIGNED.iter().all(|name| {
        let is = |bytes: &[u8]| bytes.eq_ignore_ascii_case(name.as_bytes());
        !mail.headers.iter().any(|(n, _)| is(n)) || signature.h.iter().any(|n| is(n.as_bytes()))
    })
}

/// Whether a body and a header have the hashes that one of the keys signed.
fn holds<'x>(mail: &mut AuthenticatedMessage<'x>, field: Header<'x, Signature>, keys: &[KeyRecord]) -> bool {
    let signature = field.header.clone();
    if signature.a == Algorithm::RsaSha1 {
        return false;
    }
    let algorithm = HashAlgorithm::from(signature.a);
    let body = mail.body_hashes.iter().find(|(c, a, l, _)| (*c, *a, *l) == (signature.cb, algorithm, 0));
    if body.is_none_or(|(.., hash)| *hash != signature.bh) {
        return false;
    }
    // of several signatures mail-auth takes the first
    mail.dkim_headers = vec![field];
    let Some(octets) = at_once(mail.get_canonicalized_header()).and_then(Result::ok) else { return false };
    let (domain, selector) = (signature.d.to_ascii_lowercase(), signature.s.to_ascii_lowercase());
    let name = KeyName { domain, selector }.to_string();
    keys.iter().filter(|key| key.name == name).any(|key| {
        usable(&key.record, &signature)
            .is_some_and(|key| key.p.verify_bytes(&octets, &signature.b, signature.a).is_ok())
    })
}

/// The key of a record, if it may be used for this signature (RFC 6376 §3.6.1). A domain that only tests signs nothing.
fn usable(record: &[u8], signature: &Signature) -> Option<DomainKey> {
    let tags = Tags::read(record)?;
    let mail = tags.get("s").is_none() || tags.lists("s", "*") || tags.lists("s", "email");
    if tags.lists("t", "y") || !mail || !is_own_identity(signature, tags.lists("t", "s")) {
        return None;
    }
    let key = DomainKey::parse(record).ok()?;
    let strong = signature.a == Algorithm::Ed25519Sha256 || key.p.public_key_bits() >= LEAST_RSA_BITS;
    strong.then_some(key)
}

/// Whether `i=` is of the signing domain, or of one below it where the key allows that (RFC 6376 §3.5, §3.6.1 `t=s`).
fn is_own_identity(signature: &Signature, strict: bool) -> bool {
    let identity = signature.i.to_ascii_lowercase();
    let Some((_, domain)) = identity.rsplit_once('@') else { return identity.is_empty() };
    let above = domain.strip_suffix(&signature.d.to_ascii_lowercase());
    above.is_some_and(|above| above.is_empty() || (!strict && above.ends_with('.')))
}

/// The value of something that waits for nothing.
fn at_once<T>(ready: impl Future<Output = T>) -> Option<T> {
    match pin!(ready).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
