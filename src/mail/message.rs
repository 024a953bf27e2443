//! A mail after parsing: plain values, decoded, with the doubts named.

use super::address::{Address, Mailbox};
use super::message_id::MessageId;
use crate::clock::Timestamp;

/// A parsed message (RFC 5322, RFC 2045 ff.). Parsing never fails: what is wrong with a mail is in `defects`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Message {
    /// Every mailbox of every From field, in order. Exactly one is the rule; more or none proves nothing.
    pub from: Vec<Mailbox>,
    /// Reply-To, Sender: read for display only, never for identity.
    pub reply_to: Vec<Address>,
    /// Addresses of Delivered-To, X-Original-To, Envelope-To, X-Delivered-To, X-Forwarded-To, To, Cc, Resent-To, in
    /// that order, at most five hundred; the same address may come several times.
    pub recipients: Vec<Address>,
    /// Addresses of To and Cc only.
    pub to_and_cc: Vec<Address>,
    /// The Subject, decoded, one line, at most 200 characters, no control characters.
    pub subject: String,
    /// Message-ID.
    pub message_id: Option<MessageId>,
    /// In-Reply-To, in order.
    pub in_reply_to: Vec<MessageId>,
    /// References, in order (oldest first), at most the first and the last twenty.
    pub references: Vec<MessageId>,
    /// The Date field: the writer's claim.
    pub originated_at: Option<Timestamp>,
    /// The whole body as plain text: every inline text part, or the HTML made readable; lines end in LF, no CR,
    /// no control characters but TAB and LF.
    pub text: String,
    /// Everything that is not the body text.
    pub attachments: Vec<Attachment>,
    /// All header fields in order: lower-case name, unfolded raw value as text (invalid UTF-8 replaced).
    pub header: Vec<(String, String)>,
    /// Present when the mail is a delivery report.
    pub delivery_report: Option<DeliveryReport>,
    /// What was wrong or had to be guessed.
    pub defects: Vec<Defect>,
}

impl Message {
    /// The values of all fields called `name` (lower case), topmost first.
    pub fn fields<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.header.iter().filter(move |(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// One part that is not the body text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// The file name, decoded, without path and control characters; empty when there is none.
    pub name: String,
    /// "type/subtype", lower case.
    pub media_type: String,
    /// Decoded size in octets.
    pub bytes: usize,
    /// Its place among the parts of the mail.
    pub part: usize,
}

/// A delivery report (RFC 3464) or a server's own dialect of one: what it says of one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryReport {
    /// The address that the returned mail was sent to, as far as the report names it.
    pub recipient: Option<Address>,
    /// What the reporting server did.
    pub action: Action,
    /// The enhanced status code (RFC 3463), such as "5.1.1": as written, else by known words or the reply code of the
    /// report; empty when it gives none.
    pub status: String,
    /// It failed for good because nobody has that address, by code or by words.
    pub no_such_recipient: bool,
    /// Message-ID of the mail that it is about, from the returned header.
    pub original_message_id: Option<MessageId>,
}

/// RFC 3464 §2.3.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It will not arrive.
    Failed,
    /// It has not arrived yet.
    Delayed,
    /// It arrived.
    Delivered,
    /// It left for a system that makes no reports.
    Relayed,
    /// It was expanded to several recipients.
    Expanded,
}

/// What was wrong with a mail, or guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Defect {
    /// No header field could be read.
    NoHeader,
    /// A charset label was absent, unknown or wrong, and the text was decoded by guess.
    CharsetGuessed,
    /// Some octets could not be decoded; the text holds U+FFFD or a geta mark for them.
    Undecodable,
    /// More than one From field, or more than one mailbox in it.
    SeveralAuthors,
    /// No From field with a usable address.
    NoAuthor,
    /// The From field is no address list; its author is the only address that stands in it.
    AuthorRepaired,
    /// Another reader of this header may take another author from it.
    AuthorAmbiguous,
    /// A Date field that cannot be read.
    DateUnreadable,
    /// MIME structure broken: boundary missing, encoding damaged.
    Structure,
    /// Text beyond the limit was cut for display; the raw mail is whole.
    TextCut,
    /// Encrypted or opaquely signed: the words cannot be read.
    Encrypted,
}

impl Action {
    /// As RFC 3464 §2.3.3 spells it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Delayed => "delayed",
            Self::Delivered => "delivered",
            Self::Relayed => "relayed",
            Self::Expanded => "expanded",
        }
    }
}

impl Defect {
    /// The word shown to the operator and to programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::NoHeader => "no_header",
            Self::CharsetGuessed => "charset_guessed",
            Self::Undecodable => "undecodable",
            Self::SeveralAuthors => "several_authors",
            Self::NoAuthor => "no_author",
            Self::AuthorRepaired => "author_repaired",
            Self::AuthorAmbiguous => "author_ambiguous",
            Self::DateUnreadable => "date_unreadable",
            Self::Structure => "structure",
            Self::TextCut => "text_cut",
            Self::Encrypted => "encrypted",
        }
    }
}
