//! The returned mail, or its header, inside a report → who had sent it and to whom.

use super::super::address::Address;
use super::super::message::Message;
use super::words::{Words, copy_begins};
use super::{ADDRESSES, LINES, RETURNED};

/// The addresses of the returned mail.
pub(super) struct Copy {
    /// Whom it was written to: To and Cc, as far as they can be read.
    pub(super) recipients: Vec<Address>,
    /// Who sent it, which is where the report went, too: never whom it did not reach.
    pub(super) senders: Vec<Address>,
}

impl Copy {
    /// `parts` are the message/* and text/rfc822* parts of the report `m`.
    pub(super) fn read(m: &Message, parts: &[(String, String)]) -> Self {
        let returned = parts.iter().find(|(kind, _)| RETURNED.contains(&kind.as_str()));
        let header: Vec<&str> = match returned {
            Some((_, text)) => text.lines().take_while(|l| !l.is_empty()).collect(),
            None => m.text.lines().take(LINES).skip_while(|l| !copy_begins(l)).collect(),
        };
        let mut senders = addresses(&header, &["from", "sender", "return-path"]);
        senders.extend(m.to_and_cc.iter().take(ADDRESSES).cloned());
        Self { recipients: addresses(&header, &["to", "cc"]), senders }
    }

    /// Of the addresses that a report names, the one that the returned mail was for, else the first.
    pub(super) fn chosen(&self, named: &[Address]) -> Option<Address> {
        let mut others = named.iter().filter(|a| !self.senders.contains(a));
        let first = others.clone().next();
        others.find(|a| self.recipients.contains(a)).or(first).cloned()
    }

    /// The one recipient that the copy had, when the words of the report name nobody else.
    pub(super) fn only(&self, words: &Words) -> Option<Address> {
        match self.recipients.as_slice() {
            [one] if !self.senders.contains(one) && !words.speak_of_another(one) => Some(one.clone()),
            _ => None,
        }
    }
}

/// The addresses in the fields `names`.
fn addresses(header: &[&str], names: &[&str]) -> Vec<Address> {
    let mut found = Vec::new();
    let mut wanted = false;
    for line in header {
        let folded = line.starts_with([' ', '\t']);
        let (name, value) = line.split_once(':').unwrap_or_default();
        if !folded {
            wanted = names.iter().any(|n| name.trim().eq_ignore_ascii_case(n));
        }
        let value = if folded { line } else { value };
        if wanted {
            found.extend(value.split(',').filter_map(|one| {
                let inner =
                    one.rsplit_once('<').map_or(one, |(_, rest)| rest.split('>').next().unwrap_or_default());
                Address::received(inner.trim()).ok()
            }));
        }
    }
    found.dedup();
    found.truncate(ADDRESSES);
    found
}
