//! Mail submission (RFC 6409): one connection, one recipient per transaction.
//!
//! What goes wrong, first:
//!
//! - Before the dot everything is [`SubmitOutcome::Transient`] or, where the server says 5yz,
//!   [`SubmitOutcome::Permanent`]; the stage tells whether it is about the account or about this mail.
//! - Once an octet of the dot may be on the wire, only a reply can settle the matter; without one it is
//!   [`SubmitOutcome::Unknown`].
//! - 421, 500 and 503 mean that the two sides do not agree on where they are: transient, on a new connection.
//! - A reply that was not asked for, or a hang-up, is noticed before the next write, so before the dot too.
//!
//! [`Submitter::submit`] takes the submitter and gives it back only after a clean end. Whoever drops the future drops
//! the connection: half a transaction can never meet the next recipient.

mod opening;
mod reply;
mod transaction;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::ClientId;
use tokio::time::timeout;

use self::opening::Offers;
use self::wire::{Gate, Wire};
use super::connect::{self, ConnectError};
use super::stream::{Io, Stream};
use crate::kill::{self, Point};
use crate::mail::submission::{EnhancedStatus, Stage, SubmitOutcome};
use crate::settings::Server;

/// How long each stage may take (RFC 5321 §4.5.3.2, some shorter). The default is for servers, others for tests.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// The greeting.
    pub greeting: Duration,
    /// EHLO and STARTTLS.
    pub ehlo: Duration,
    /// Each step of AUTH.
    pub auth: Duration,
    /// MAIL, and RSET.
    pub mail: Duration,
    /// RCPT.
    pub rcpt: Duration,
    /// DATA up to the 354.
    pub data: Duration,
    /// Content without progress; and `before_dot`.
    pub content: Duration,
    /// The reply to the dot.
    pub dot: Duration,
    /// QUIT.
    pub quit: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        let s = Duration::from_secs;
        Self {
            greeting: s(30),
            ehlo: s(60),
            auth: s(60),
            mail: s(120),
            rcpt: s(120),
            data: s(120),
            content: s(180),
            dot: s(600),
            quit: s(2),
        }
    }
}

/// Why there is no connection that takes mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// No connection, or no TLS.
    #[error("{0}")]
    Connect(#[from] ConnectError),
    /// STARTTLS is configured and not offered. Never continued in plain text.
    #[error("the server does not offer STARTTLS")]
    NoStartTls,
    /// Neither AUTH PLAIN nor AUTH LOGIN is offered.
    #[error("the server offers no way of logging in that this program knows")]
    NoAuth,
    /// 4yz or 5yz. At [`Stage::Auth`], 5yz: user name and password.
    #[error("refused at {} with {code}", stage.word())]
    Refused {
        /// Where.
        stage: Stage,
        /// The reply code.
        code: u16,
        /// The enhanced status code, where the server gives one.
        status: Option<EnhancedStatus>,
    },
    /// Something that is no reply, a reply out of place, or octets before TLS that nobody asked for.
    #[error("the server's reply at {} cannot be understood", stage.word())]
    Protocol {
        /// Where.
        stage: Stage,
    },
    /// The connection is gone.
    #[error("the connection was lost at {}", stage.word())]
    Lost {
        /// Where.
        stage: Stage,
    },
    /// Silence.
    #[error("the server does not answer at {}", stage.word())]
    Timeout {
        /// Where.
        stage: Stage,
    },
}

impl SubmitError {
    /// What this means for a submission that was waiting for the connection.
    pub fn outcome(self) -> SubmitOutcome {
        let (stage, code, status) = match self {
            Self::Refused { stage, code, status } => (stage, code, status),
            Self::NoAuth => (Stage::Auth, 0, None),
            Self::Protocol { stage } | Self::Lost { stage } | Self::Timeout { stage } => (stage, 0, None),
            Self::Connect(_) | Self::NoStartTls => (Stage::Connect, 0, None),
        };
        transaction::refusal(stage, code, status).0
    }
}

/// A connection that takes mail.
pub struct Submitter {
    connection: AsyncSmtpConnection,
    gate: Arc<Gate>,
    offers: Offers,
    deadlines: Deadlines,
}

impl Submitter {
    /// Connects, protects the connection as configured, says `hello` (the domain of our own address) and logs in.
    pub async fn connect(server: &Server, hello: &str) -> Result<Self, SubmitError> {
        kill::before(Point::SmtpConnect);
        let stream = connect::open(server).await?;
        kill::after(Point::SmtpConnect);
        Self::start(stream, server, hello, Deadlines::default()).await
    }

    /// The same over a connection that exists. With implicit TLS `io` is already protected.
    pub async fn start(
        io: impl Io,
        server: &Server,
        hello: &str,
        deadlines: Deadlines,
    ) -> Result<Self, SubmitError> {
        let mut stream = Stream::new(io);
        // Each stage has its own limit, the longest ten minutes.
        stream.set_idle_limit(None);
        let (mut stream, offers) = opening::open(stream, server, hello, &deadlines).await?;
        stream.set_idle_limit(None);
        let gate = Arc::new(Gate::default());
        let wire = Box::new(Wire::new(stream, gate.clone()));
        // lettre talks to the wire alone here; no octet leaves.
        let connection = AsyncSmtpConnection::connect_with_transport(wire, &ClientId::default())
            .await
            .map_err(|_| SubmitError::Protocol { stage: Stage::Connect })?;
        Ok(Self { connection, gate, offers, deadlines })
    }

    /// Says goodbye, for two seconds at most; the answer changes nothing.
    pub async fn quit(mut self) {
        let _ = timeout(self.deadlines.quit, self.connection.command("QUIT\r\n")).await;
    }
}

impl std::fmt::Debug for Submitter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Submitter").field("offers", &self.offers).finish_non_exhaustive()
    }
}
