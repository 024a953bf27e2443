//! Mails signed while the test runs, with the keys of `fixtures/dkim/`.
#![allow(clippy::unwrap_used)] // a key that cannot be read fails the test

use data_encoding::BASE64;
use mail_auth::common::crypto::{Ed25519Key, RsaKey, Sha256, SigningKey};
use mail_auth::common::headers::HeaderWriter;
use mail_auth::dkim::{Canonicalization, DkimSigner};
use yorisoi::clock::{self, Timestamp};
use yorisoi::mail::dkim::KeyRecord;

/// Where the record of the RSA key stands, and that of the other.
pub const RSA: &str = "rsa._domainkey.example.org";
pub const ED25519: &str = "ed._domainkey.example.org";

/// How a mail is signed.
#[derive(Clone, Copy)]
pub struct Signing {
    pub domain: &'static str,
    pub fields: &'static [&'static str],
    pub header: Canonicalization,
    pub body: Canonicalization,
    /// With `l=`, of the body as it is then.
    pub length: bool,
    /// Seconds until `x=`; 0 for none.
    pub expires: u64,
    pub identity: &'static str,
    pub ed25519: bool,
}

/// As a good provider signs.
pub const USUAL: Signing = Signing {
    domain: "example.org",
    fields: &["From", "To", "Subject", "Date", "Message-ID", "Content-Type"],
    header: Canonicalization::Relaxed,
    body: Canonicalization::Relaxed,
    length: false,
    expires: 0,
    identity: "",
    ed25519: false,
};

/// A mail of あい's, sent at an instant.
pub fn mail_at(sent: Timestamp, more: &str, words: &str) -> String {
    let date = jiff::fmt::rfc2822::to_string(&sent.to_jiff().to_zoned(jiff::tz::TimeZone::UTC)).unwrap();
    format!(
        "From: Ai <ai@example.org>\r\nTo: care@example.jp\r\nSubject: Re: [12/3]\r\nDate: {date}\r\n\
         Message-ID: <{}@example.org>\r\n{more}Content-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n",
        sent.millis()
    )
}

/// The same, sent now.
pub fn mail(more: &str, words: &str) -> String {
    mail_at(clock::now(), more, words)
}

/// The mail below its signature.
pub fn signed(mail: &str, how: &Signing) -> String {
    let field = field(mail.as_bytes(), how).unwrap();
    format!("{field}{mail}")
}

/// The signature alone; `None` when there is nothing to sign.
pub fn field(mail: &[u8], how: &Signing) -> Option<String> {
    if how.ed25519 {
        let key = Ed25519Key::from_pkcs8_maybe_unchecked_der(&der("ed25519.pem")).unwrap();
        made(key, "ed", mail, how)
    } else {
        made(rsa(), "rsa", mail, how)
    }
}

fn made<K: SigningKey>(key: K, selector: &str, mail: &[u8], how: &Signing) -> Option<String> {
    let mut signer = DkimSigner::from_key(key)
        .domain(how.domain)
        .selector(selector)
        .headers(how.fields.iter().copied())
        .header_canonicalization(how.header)
        .body_canonicalization(how.body)
        .body_length(how.length);
    if how.expires > 0 {
        signer = signer.expiration(how.expires);
    }
    if !how.identity.is_empty() {
        signer = signer.agent_user_identifier(how.identity);
    }
    Some(signer.sign(mail).ok()?.to_header())
}

fn rsa() -> RsaKey<Sha256> {
    RsaKey::from_key_der(rustls::pki_types::PrivateKeyDer::Pkcs8(der("rsa-2048.pem").into())).unwrap()
}

/// What stands between the lines of a PEM file.
fn der(name: &str) -> Vec<u8> {
    let path = format!("{}/fixtures/dkim/{name}", env!("CARGO_MANIFEST_DIR"));
    let pem = std::fs::read_to_string(path).unwrap();
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    BASE64.decode(base64.as_bytes()).unwrap()
}

/// What DNS says of the RSA key; `tags` stand before the key itself.
pub fn rsa_record(tags: &str) -> String {
    format!("v=DKIM1; k=rsa; {tags}p={}", BASE64.encode(&rsa().public_key()))
}

/// The same of the other key.
pub fn ed25519_record() -> String {
    let key = Ed25519Key::from_pkcs8_maybe_unchecked_der(&der("ed25519.pem")).unwrap();
    format!("v=DKIM1; k=ed25519; p={}", BASE64.encode(&key.public_key()))
}

/// A record as it is handed to the check.
pub fn key(name: &str, record: &str) -> KeyRecord {
    KeyRecord { name: name.to_owned(), record: record.as_bytes().to_vec() }
}
