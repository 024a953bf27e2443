//! DKIM (RFC 6376): which keys a mail's signatures name, and whether one of them proves its author.
//!
//! Pure: keys come as values, as DNS gave them when the mail was fetched. What counts is narrower than the RFC, since
//! a pass lets words through (docs/adr/own-dkim-check.md). A signature that does not hold says nothing: forwarders
//! and lists break signatures as often as forgers do.

#[cfg(feature = "dkim")]
mod signature;

#[cfg(feature = "dkim")]
pub use signature::proves_author;

use std::fmt;

use super::parse::header;
use super::parse::normalise::normalise;

/// Most signatures of one mail that are looked at, from the top; each costs a question to DNS.
const MOST: usize = 4;

/// Where a domain publishes a key (RFC 6376 §3.6.2.1); ASCII, lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyName {
    /// The signing domain.
    pub domain: String,
    /// Which of its keys.
    pub selector: String,
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}._domainkey.{}", self.selector, self.domain)
    }
}

/// A TXT record of a key's name: `v=DKIM1; p=…`, or whatever stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// The name, as [`KeyName`] shows it.
    pub name: String,
    /// The record, its strings joined.
    pub record: Vec<u8>,
}

/// The keys that the topmost signatures name, each once. A header section suffices.
pub fn key_names(raw: &[u8]) -> Vec<KeyName> {
    let header = header::split(&normalise(raw));
    let mut names = Vec::new();
    for value in header.all("dkim-signature").take(MOST) {
        let Some(tags) = Tags::read(value) else { continue };
        let Some((domain, selector)) = tags.get("d").zip(tags.get("s")) else { continue };
        let name = KeyName { domain: domain.to_ascii_lowercase(), selector: selector.to_ascii_lowercase() };
        if is_domain(&name.to_string()) && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// No signature proves anything.
#[cfg(not(feature = "dkim"))]
pub fn proves_author(
    _: &[u8],
    _: &super::message::Message,
    _: &[KeyRecord],
    _: crate::clock::Timestamp,
) -> bool {
    false
}

/// Whether DNS can be asked for it, without surprises in any log.
fn is_domain(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    };
    name.len() <= 253 && name.split('.').all(label)
}

/// A tag-list (RFC 6376 §3.2).
struct Tags(Vec<(String, String)>);

impl Tags {
    /// `None`: a tag stands twice, or something is no tag.
    fn read(list: &[u8]) -> Option<Self> {
        let mut tags: Vec<(String, String)> = Vec::new();
        for tag in std::str::from_utf8(list).ok()?.split(';').filter(|tag| !tag.trim().is_empty()) {
            let (name, value) = tag.split_once('=')?;
            let name = name.trim().to_owned();
            if tags.iter().any(|(known, _)| *known == name) {
                return None;
            }
            tags.push((name, value.trim().to_owned()));
        }
        Some(Self(tags))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether a list with colons, such as `t=y:s`, holds the word.
    #[cfg(feature = "dkim")]
    fn lists(&self, name: &str, word: &str) -> bool {
        self.get(name).is_some_and(|list| list.split(':').any(|item| item.trim() == word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_named_by_the_topmost_signatures_each_once() {
        let check = |header: &str, expected: &[&str]| {
            let names: Vec<String> = key_names(header.as_bytes()).iter().map(ToString::to_string).collect();
            assert_eq!(names, expected, "{header}");
        };
        check("DKIM-Signature: v=1; d=example.jp; s=a; b=x\r\n\r\n", &["a._domainkey.example.jp"]);
        check(
            "dkim-signature: v=1;\r\n d = Example.JP ;\r\n\ts=A.b\r\nFrom: a@b.jp\r\n\r\n",
            &["a.b._domainkey.example.jp"],
        );
        check(
            "X: 1\r\nDKIM-Signature: d=e.jp; s=a\r\nDKIM-Signature: s=a; d=e.jp\r\n",
            &["a._domainkey.e.jp"],
        );
        let many: String = (0..9).map(|n| format!("DKIM-Signature: d=e.jp; s=s{n}\r\n")).collect();
        let first = ["s0._domainkey.e.jp", "s1._domainkey.e.jp", "s2._domainkey.e.jp", "s3._domainkey.e.jp"];
        check(&many, &first);
        check("From: a@b.jp\r\n\r\nDKIM-Signature: d=e.jp; s=a\r\n", &[]);
        check("DKIM-Signature: d=e.jp; s=a; d=f.jp\r\n", &[]);
        check("DKIM-Signature: d=e.jp; s=a b\r\n", &[]);
        check("DKIM-Signature: d=例え.jp; s=a\r\n", &[]);
        check("DKIM-Signature: d=e.jp.; s=a\r\n", &[]);
        check("DKIM-Signature: d=e.jp\r\n", &[]);
        check(&format!("DKIM-Signature: d=e.jp; s={}\r\n", "a".repeat(64)), &[]);
    }
}
