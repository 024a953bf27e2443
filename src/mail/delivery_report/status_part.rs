//! message/delivery-status → what it says of each recipient (RFC 3464 §2.3, RFC 6533).
//!
//! Read for what it says, not for how: empty lines between recipients may be missing, fields folded, in any case.

use super::super::address::Address;
use super::super::message::Action;
use super::reasons;

/// What the part says of one recipient.
#[derive(Debug, Default)]
pub(super) struct Block {
    fields: Vec<(String, String)>,
}

/// Fields of which a recipient has one at most, so that another begins the next recipient.
const ONCE: [&str; 4] = ["original-recipient", "final-recipient", "action", "status"];

/// Fields that name the recipient, the sender's word first.
const RECIPIENTS: [&str; 3] = ["original-recipient", "final-recipient", "x-actual-recipient"];

/// The recipients of a status part, in order.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = vec![Block::default()];
    for line in text.lines().take(super::LINES) {
        let Some(block) = blocks.last_mut() else { break };
        if line.trim().is_empty() {
            if !block.fields.is_empty() {
                blocks.push(Block::default());
            }
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = block.fields.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            let name = name.trim().to_ascii_lowercase();
            let field = (name.clone(), value.trim().to_owned());
            if ONCE.contains(&name.as_str()) && block.field(&name).is_some() {
                blocks.push(Block { fields: vec![field] });
            } else {
                block.fields.push(field);
            }
        }
    }
    blocks.retain(|b| !b.recipients().is_empty() || b.field("action").is_some());
    blocks
}

impl Block {
    fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The addresses that it names, what the sender wrote first.
    pub(super) fn recipients(&self) -> Vec<Address> {
        let mut found: Vec<Address> =
            RECIPIENTS.iter().filter_map(|f| self.field(f)).filter_map(typed_address).collect();
        // some servers leave the xtext of RFC 3461 §4 in what the sender wrote
        if let [written, reached, ..] = found.as_slice()
            && Address::parse(&unxtext(&written.wire())).as_ref() == Ok(reached)
        {
            found.remove(0);
        }
        found
    }

    /// Whether it has a recipient, be it one that cannot be read.
    pub(super) fn names_somebody(&self) -> bool {
        let address = |value: &str| value.rsplit(';').next().is_some_and(|v| !v.trim().is_empty());
        RECIPIENTS.iter().filter_map(|f| self.field(f)).any(address)
    }

    /// What was done.
    pub(super) fn action(&self) -> Action {
        let word = self.field("action").unwrap_or_default().to_ascii_lowercase();
        let status = self.field("status").unwrap_or_default();
        match (word.split([' ', '(', ';']).next().unwrap_or_default(), status.chars().next()) {
            ("failed" | "failure" | "expired", _) => Action::Failed,
            ("delayed", _) => Action::Delayed,
            ("delivered", _) => Action::Delivered,
            ("relayed", _) => Action::Relayed,
            ("expanded", _) => Action::Expanded,
            (_, Some('2')) => Action::Delivered,
            (_, Some('4')) => Action::Delayed,
            _ => Action::Failed,
        }
    }

    /// What the receiving server said.
    pub(super) fn diagnostic(&self) -> Option<&str> {
        self.field("diagnostic-code")
    }

    /// Its status; a diagnostic that is more precise counts before a status without detail.
    pub(super) fn status(&self) -> String {
        let fields = ["status", "diagnostic-code"];
        reasons::status(fields.iter().filter_map(|f| self.field(f)), self.action() == Action::Delayed)
    }
}

/// "rfc822; haru@example.jp", with or without the type, angle brackets and a comment behind it; in other scripts as
/// they are or as `\x{…}` (RFC 6533 §3).
pub(super) fn typed_address(value: &str) -> Option<Address> {
    let address = value.split_once(';').map_or(value, |(_, address)| address).trim();
    let bare = address.trim_start_matches('<');
    let bare = if bare.starts_with('"') { bare } else { bare.split(char::is_whitespace).next()? };
    let bare = unescape(bare.split('>').next()?)?;
    Address::parse(&bare).ok().or_else(|| Address::received(&bare).ok().filter(|_| !bare.is_ascii()))
}

/// The text with each `\x{592A}` as its character; `None` when one means nothing.
fn unescape(text: &str) -> Option<String> {
    let mut pieces = text.split("\\x{");
    let mut out = pieces.next()?.to_owned();
    for piece in pieces {
        let (hex, rest) = piece.split_once('}')?;
        out.push(u32::from_str_radix(hex, 16).ok().and_then(char::from_u32)?);
        out.push_str(rest);
    }
    Some(out)
}

/// The text with each `+2B` as its character (RFC 3461 §4).
fn unxtext(text: &str) -> String {
    let mut pieces = text.split('+');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let octet = piece.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match octet.zip(piece.get(2..)) {
            Some((octet, rest)) if octet.is_ascii_graphic() => {
                out.push(char::from(octet));
                out.push_str(rest);
            }
            _ => {
                out.push('+');
                out.push_str(piece);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_with_and_without_its_type() {
        let check = |value: &str, expected: Option<&str>| {
            assert_eq!(typed_address(value).map(|a| a.wire()).as_deref(), expected, "{value}");
        };
        check("rfc822; haru@example.jp", Some("haru@example.jp"));
        check("RFC822;<haru@example.jp>", Some("haru@example.jp"));
        check("haru@example.jp (bad)", Some("haru@example.jp"));
        check("rfc822; a..b@docomo.ne.jp", Some("a..b@docomo.ne.jp"));
        check("utf-8; 太郎@example.jp", Some("太郎@example.jp"));
        check(r"utf-8;\x{592A}\x{90CE}@example.jp", Some("太郎@example.jp"));
        check(r"utf-8;\x{592A@example.jp", None);
        check(r"utf-8;\x{D800}@example.jp", None);
        check("LOCAL;haru", None);
        check("x400; /S=haru/C=jp/", None);
    }

    #[test]
    fn an_action_that_is_not_said_follows_from_the_status() {
        let check = |text: &str, expected: Action| {
            let blocks = blocks(&format!("Final-Recipient: rfc822; haru@example.jp\n{text}\n"));
            assert_eq!(blocks.first().map(Block::action), Some(expected), "{text}");
        };
        check("Status: 2.0.0", Action::Delivered);
        check("Status: 4.4.1", Action::Delayed);
        check("Status: 5.1.1", Action::Failed);
        check("Action: expired\nStatus: 4.4.7", Action::Failed);
        check("Action: Relayed (to mx)", Action::Relayed);
    }
}
