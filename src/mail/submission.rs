//! What passes between the outbox and a submission server (RFC 5321, RFC 6409, RFC 3463), as values.

use std::fmt;

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

/// Subject and detail of an enhanced status code (RFC 3463 §2). The class is that of the reply code, which counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnhancedStatus {
    /// What it is about: 1 an address, 2 a mailbox, 3 a system, 4 the network, 5 the protocol, 6 content, 7 policy.
    pub subject: u16,
    /// Which of those.
    pub detail: u16,
}

impl EnhancedStatus {
    /// Reads the code at the beginning of a reply's text (RFC 2034 §4), of the class 4 or 5.
    pub fn at_start_of(text: &str) -> Option<Self> {
        let code = text.split([' ', '\t']).next().filter(|code| code.len() <= "5.999.999".len())?;
        let mut numbers = code.split('.');
        let class = numbers.next()?;
        let mut number = || -> Option<u16> {
            let digits = numbers.next().filter(|word| word.bytes().all(|b| b.is_ascii_digit()))?;
            digits.parse().ok()
        };
        let (subject, detail) = (number()?, number()?);
        (matches!(class, "4" | "5") && numbers.next().is_none()).then_some(Self { subject, detail })
    }
}

impl fmt::Display for EnhancedStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.subject, self.detail)
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
        /// The enhanced status code, where the server gives one.
        status: Option<EnhancedStatus>,
    },
    /// 5yz.
    Permanent {
        /// Where it happened.
        stage: Stage,
        /// The SMTP reply code.
        code: u16,
        /// The enhanced status code, where the server gives one.
        status: Option<EnhancedStatus>,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_enhanced_status_is_three_numbers_at_the_beginning_of_the_text() {
        let check = |text: &str, expected: Option<(u16, u16)>| {
            let got = EnhancedStatus::at_start_of(text).map(|s| (s.subject, s.detail));
            assert_eq!(got, expected, "{text}");
        };
        check("5.7.1 not allowed", Some((7, 1)));
        check("4.2.2", Some((2, 2)));
        check("5.1.10\tnull MX", Some((1, 10)));
        check("2.1.5 ok", None);
        check("5.7 policy", None);
        check("5.7.1.2 is an address", None);
        check("5.7.x", None);
        check("5..1", None);
        check("+5.7.1", None);
        check("5.99999.1", None);
        check("user unknown 5.1.1", None);
        check("", None);
    }
}
