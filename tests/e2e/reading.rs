//! A received mail, read by mail-parser and not by our own parser, so that both cannot be wrong together.

use mail_parser::{HeaderValue, MessageParser};

/// A mail as its reader's mail program shows it.
#[derive(Clone, Debug)]
pub struct Received {
    /// As it lies in the mailbox.
    pub raw: Vec<u8>,
    /// The author's display name.
    pub from_name: String,
    /// The author's address.
    pub from: String,
    /// Where the reply button goes.
    pub reply_to: String,
    /// The recipient field.
    pub to: String,
    /// Decoded.
    pub subject: String,
    /// Without brackets.
    pub message_id: String,
    /// Without brackets.
    pub in_reply_to: Vec<String>,
    /// Without brackets, oldest first.
    pub references: Vec<String>,
    /// The text, lines ending in LF.
    pub text: String,
}

impl Received {
    /// Reads it.
    pub fn read(raw: &[u8]) -> Self {
        let message = MessageParser::default().parse(raw).expect("a mail that can be parsed");
        let author = message.from().and_then(|from| from.first()).expect("an author");
        let from = author.address().unwrap_or_default().to_owned();
        let address = |name: &str| field(raw, name).map(|value| bare(&value));
        Self {
            from_name: author.name().unwrap_or_default().to_owned(),
            reply_to: address("Reply-To").unwrap_or_else(|| from.clone()),
            to: address("To").unwrap_or_default(),
            from,
            subject: message.subject().unwrap_or_default().to_owned(),
            message_id: message.message_id().unwrap_or_default().to_owned(),
            in_reply_to: list(message.in_reply_to()),
            references: list(message.references()),
            text: message.body_text(0).unwrap_or_default().replace("\r\n", "\n"),
            raw: raw.to_vec(),
        }
    }

    /// The mail as our side made it: from the first field that we write, without the trace fields above it.
    pub fn as_submitted(&self) -> &[u8] {
        let at = self.raw.windows(8).position(|octets| octets == b"\r\nDate: ").map_or(0, |at| at + 2);
        &self.raw[at..]
    }

    /// A header field as it stands, unfolded.
    pub fn field(&self, name: &str) -> Option<String> {
        field(&self.raw, name)
    }

    /// Whether the text holds these words.
    pub fn says(&self, words: &str) -> bool {
        self.text.contains(words)
    }

    /// Fails when the text does not hold these words.
    pub fn must_say(&self, words: &str) {
        assert!(self.says(words), "{words:?} is missing in:\n{}\n{}", self.subject, self.text);
    }
}

/// The first field of this name, unfolded.
pub fn field(raw: &[u8], name: &str) -> Option<String> {
    fields(raw).into_iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// Every header field, unfolded.
pub fn fields(raw: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(raw).replace("\r\n", "\n");
    let head = text.split("\n\n").next().unwrap_or_default();
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in head.lines() {
        match (line.starts_with([' ', '\t']), line.split_once(':')) {
            (true, _) => {
                if let Some((_, value)) = fields.last_mut() {
                    value.push(' ');
                    value.push_str(line.trim());
                }
            }
            (false, Some((name, value))) => fields.push((name.to_owned(), value.trim().to_owned())),
            (false, None) => {}
        }
    }
    fields
}

/// The address of `Name <address>`, or the text itself.
fn bare(value: &str) -> String {
    let inner = value.rsplit_once('<').map_or(value, |(_, rest)| rest.trim_end_matches('>'));
    inner.trim().to_owned()
}

fn list(value: &HeaderValue<'_>) -> Vec<String> {
    match value {
        HeaderValue::Text(one) => vec![one.to_string()],
        HeaderValue::TextList(all) => all.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    }
}
