//! What passes between the outbox and a submission server (RFC 5321, RFC 6409), as values.

use super::address::Address;

/// The SMTP envelope of one submission (RFC 5321 §2.3.1). One forward-path: one recipient per transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Where delivery reports go; `None` is the null reverse-path `<>`.
    pub reverse_path: Option<Address>,
    /// The one recipient.
    pub forward_path: Address,
}

/// Where in a submission something happened. The order is the order on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// TCP, TLS, banner, EHLO.
    Connect,
    /// AUTH (RFC 4954).
    Auth,
    /// MAIL FROM.
    Mail,
    /// RCPT TO.
    Rcpt,
    /// DATA up to the 354, and the content up to the final dot, the dot not yet written.
    Data,
    /// From the moment before the final dot is written.
    Dot,
}

impl Stage {
    /// The word kept in the database and shown to the operator.
    pub fn word(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Auth => "auth",
            Self::Mail => "mail",
            Self::Rcpt => "rcpt",
            Self::Data => "data",
            Self::Dot => "dot",
        }
    }
}

/// How one submission ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubmitOutcome {
    /// 250 after the final dot: the server has taken responsibility. Nothing is known about delivery.
    Accepted {
        /// The server's reply text, at most 200 characters, control characters replaced.
        reply: String,
    },
    /// 4yz, or the connection failed before the final dot was written: try again later.
    Transient {
        /// Where it happened.
        stage: Stage,
        /// The SMTP reply code; 0 when there was no reply.
        code: u16,
    },
    /// 5yz.
    Permanent {
        /// Where it happened: at RCPT, DATA and the dot it is about this mail, earlier it is about our account.
        stage: Stage,
        /// The SMTP reply code.
        code: u16,
    },
    /// The final dot was (or may have been) written and no intelligible reply came.
    Unknown,
}

/// One submission, handed out by `due` and settled by `settle`. The bytes are those that were minted at commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The outbox row.
    pub outbox_id: i64,
    /// Which attempt this is, from 1; a settlement for another attempt is void.
    pub attempt: i64,
    /// Who it goes to.
    pub envelope: Envelope,
    /// The whole message with CRLF line ends, before dot-stuffing.
    pub bytes: Vec<u8>,
}
