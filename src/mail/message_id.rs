//! Message identifiers (RFC 5322 §3.6.4), kept without their angle brackets.

use std::fmt;

/// A non-empty message identifier without `<` and `>`: printable ASCII or UTF-8, no space, no control character.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(String);

impl MessageId {
    /// Longest identifier that is taken (octets). RFC 5322 sets no limit below the line's 998.
    pub const MAX: usize = 900;

    /// Takes `text` with or without angle brackets. `None` when nothing usable is left: an empty identifier
    /// must never match anything.
    pub fn parse(text: &str) -> Option<Self> {
        let id = text.trim().trim_start_matches('<').trim_end_matches('>').trim();
        let bad = |c: char| c.is_control() || c.is_whitespace() || c == '<' || c == '>';
        (!id.is_empty() && id.len() <= Self::MAX && !id.contains(bad)).then(|| Self(id.to_owned()))
    }

    /// Without brackets.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Displays without brackets.
impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
