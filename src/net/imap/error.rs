//! What can go wrong with an IMAP session, sorted by what the caller can do. No server text is kept: a response code
//! (RFC 5530) becomes a word of ours, everything else is dropped.

use std::io;

use async_imap::imap_proto::{Outcome, ResponseCode};

use crate::net::connect::ConnectError;

/// Why an operation failed. After any error but [`ImapError::Refused`] the session is spent: connect again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImapError {
    /// No connection, or no TLS. Try later; tell the operator when it is the certificate or `ca_file`.
    #[error("{0}")]
    Connect(#[from] ConnectError),
    /// The server does not accept user name and password. Do not hammer: locked accounts come from it.
    #[error("the server does not accept the user name and password")]
    Credentials,
    /// The server offers no way of logging in that we know (AUTH=PLAIN, AUTH=LOGIN, LOGIN).
    #[error("the server offers no way of logging in that this program knows")]
    NoLoginMethod,
    /// STARTTLS is configured and the server does not do it. Never continued in plain text.
    #[error("the server does not offer STARTTLS")]
    NoStartTls,
    /// Tagged NO or BAD. The session lives.
    #[error("{command} was refused ({code:?})")]
    Refused {
        /// Our command.
        command: &'static str,
        /// The server's reason, as far as it has a code.
        code: Refusal,
    },
    /// The server said BYE.
    #[error("the server closed the session ({0:?})")]
    Bye(Refusal),
    /// The server said something that cannot be understood.
    #[error("the server's answer cannot be understood: {0}")]
    Protocol(&'static str),
    /// More octets came, or were announced, than the operation allows.
    #[error("the server sends more than was asked for")]
    TooMuch,
    /// The connection is gone.
    #[error("the connection was lost")]
    Lost,
    /// Silence, or no end in sight.
    #[error("the server does not answer in time")]
    Timeout,
}

impl ImapError {
    /// What the operator can do about it.
    pub fn remedy(self) -> &'static str {
        const PASSING: &str = "it is tried again by itself; if it stays, ask the provider";
        match self {
            Self::Connect(error) => error.remedy(),
            Self::Credentials | Self::Refused { code: Refusal::Authentication, .. } => {
                "set imap.username and the password of [imap] right, and start yorisoi again"
            }
            Self::NoLoginMethod => "ask the provider how programs log in to IMAP with a password",
            Self::NoStartTls => "write tls = \"implicit\" and port = 993 in [imap]",
            Self::Refused { code: Refusal::Folder, .. } => {
                "set imap.folder to a folder that the account can read"
            }
            Self::Refused { .. }
            | Self::Bye(_)
            | Self::Protocol(_)
            | Self::TooMuch
            | Self::Lost
            | Self::Timeout => PASSING,
        }
    }
}

/// The reason of a NO, BAD or BYE: its response code (RFC 3501 §7.1, RFC 5530), if it is one that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// BAD: our command was not understood.
    Bad,
    /// AUTHENTICATIONFAILED, AUTHORIZATIONFAILED, EXPIRED, PRIVACYREQUIRED.
    Authentication,
    /// UNAVAILABLE, INUSE, LIMIT, OVERQUOTA, THROTTLED, CONTACTADMIN: the server's state, no mail's fault.
    Unavailable,
    /// NONEXISTENT, NOPERM, CANNOT, TRYCREATE: the folder.
    Folder,
    /// SERVERBUG, CORRUPTION, EXPUNGEISSUED, another code or none.
    Other,
}

impl Refusal {
    /// Reads the code of a NO or BYE.
    pub(super) fn of(outcome: &Outcome<'_>) -> Self {
        if matches!(outcome.code, Some(ResponseCode::TryCreate)) {
            return Self::Folder;
        }
        let text = outcome.information.as_deref().unwrap_or_default();
        let code = text.strip_prefix('[').and_then(|rest| rest.split([']', ' ']).next());
        match code.unwrap_or_default().to_ascii_uppercase().as_str() {
            "AUTHENTICATIONFAILED" | "AUTHORIZATIONFAILED" | "EXPIRED" | "PRIVACYREQUIRED" => {
                Self::Authentication
            }
            "UNAVAILABLE" | "INUSE" | "LIMIT" | "OVERQUOTA" | "THROTTLED" | "CONTACTADMIN" => {
                Self::Unavailable
            }
            "NONEXISTENT" | "NOPERM" | "CANNOT" => Self::Folder,
            _ => Self::Other,
        }
    }
}

/// async-imap reports a parse error with the whole buffer in its text: only the kind is looked at.
impl From<io::Error> for ImapError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::TimedOut => Self::Timeout,
            io::ErrorKind::FileTooLarge => Self::TooMuch,
            io::ErrorKind::Other | io::ErrorKind::InvalidData => Self::Protocol("a response is not IMAP"),
            _ => Self::Lost,
        }
    }
}
