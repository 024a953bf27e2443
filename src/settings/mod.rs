//! The configuration, resolved: every value checked, every secret read, every default filled in.

mod auth;
mod code;
mod error;
mod gaps;
mod hide;
mod load;
mod nearest;
mod password;
mod promise;
mod reply_address;
mod resolve;
mod sentences;
mod server;
mod show;
mod source;
mod syntax;
mod terms;
#[cfg(test)]
mod tests;
mod written;

pub use code::Code;
pub use error::{Argument, ConfigError, ConfigErrors, Place, Spot};
pub use load::load;
pub use terms::Term;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::clock::Zone;
use crate::domain::hours::{Clock, Span};
pub use crate::domain::ledger::Rates;
pub use crate::domain::letter::Receipts;
use crate::domain::locale::Locale;
use crate::domain::pool::Terms;
use crate::domain::walk::Points;
use crate::mail::address::Address;
use crate::secret::Secret;

/// Everything that the operator decided.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `[service]`
    pub service: Service,
    /// `[imap]`
    pub imap: Imap,
    /// `[smtp]`
    pub smtp: Smtp,
    /// `[auth]`
    pub auth: Auth,
    /// `[privacy]`
    pub privacy: Privacy,
    /// `[promise]`
    pub promise: Promise,
    /// `[rates]`
    pub rates: Rates,
    /// Things to tell the operator once at start (a plain password in the file, …).
    pub warnings: Vec<String>,
}

/// `[service]`
#[derive(Clone, Debug)]
pub struct Service {
    /// The name that people see, such as よりそい便り.
    pub name: String,
    /// The one address that everybody writes to.
    pub address: Address,
    /// For people without their own.
    pub locale: Locale,
    /// For people without their own.
    pub timezone: Zone,
    /// Minutes after midnight at which a day of reports begins.
    pub day_starts_at: u16,
    /// Where the database, the keys and the lock live.
    pub data_dir: PathBuf,
    /// Where the journal of accepted mails lives.
    pub journal_dir: PathBuf,
    /// Where the daemon puts a backup a day; `None` when it makes none.
    pub backup_dir: Option<PathBuf>,
    /// Addresses of the office.
    pub operators: Vec<Address>,
    /// How an answer finds its thread.
    pub addressing: Addressing,
    /// When a client is told that her report arrived.
    pub receipts: Receipts,
    /// Larger mails are not read.
    pub max_message_bytes: u64,
    /// A program that is told when fetching or sending has stopped, and its arguments; empty for none.
    pub alarm_command: Vec<String>,
}

/// How an answer finds its thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Addressing {
    /// By a signed token in a plus-address; by Message-ID where the token was lost.
    Plus,
    /// The same with a token at a domain of which every address reaches the mailbox.
    CatchAll(String),
    /// By Message-ID alone: a mailbox without sub-addresses.
    MessageId,
}

/// `[imap]`
#[derive(Clone, Debug)]
pub struct Imap {
    /// Where and how to connect.
    pub server: Server,
    /// The folder that mail arrives in.
    pub folder: String,
    /// The folder that the server puts junk into.
    pub junk: JunkFolder,
}

/// The folder that is watched for letters which the server takes for junk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JunkFolder {
    /// The one that the server marks as such (RFC 6154), else one with a well-known name.
    Auto,
    /// This one.
    Named(String),
    /// None.
    Unwatched,
}

/// `[smtp]`
#[derive(Clone, Debug)]
pub struct Smtp {
    /// Where and how to connect.
    pub server: Server,
    /// Mails that may be under way at one time, each on a connection of its own.
    pub connections: usize,
    /// Attempts in any hour; 0 is no limit.
    pub per_hour: u32,
}

/// A server and how to speak to it.
#[derive(Clone, Debug)]
pub struct Server {
    /// Host name or IP address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// Credentials; `None` means that no authentication is tried (loopback only).
    pub login: Option<Login>,
    /// A PEM file with further trust anchors, beside those of the system.
    pub ca_file: Option<PathBuf>,
}

/// How a connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// From the first octet (RFC 8314).
    Implicit,
    /// After STARTTLS, which is then required.
    StartTls,
    /// Not at all: loopback only.
    None,
}

/// A user name and its password.
#[derive(Clone, Debug)]
pub struct Login {
    /// As the provider knows it.
    pub username: String,
    /// Never printed.
    pub password: Secret,
}

/// `[auth]`: what counts as proof of who wrote.
#[derive(Clone, Debug)]
pub struct Auth {
    /// Whose verdict is read.
    pub mode: AuthMode,
    /// The authserv-ids (RFC 8601 §2.5) of the receiving server, lower case.
    pub trusted_authserv_ids: Vec<String>,
    /// The name servers that are asked for keys; empty: those of the system.
    pub dns_servers: Vec<SocketAddr>,
    /// What happens to an answer whose writer is not proven.
    pub unproven_answers: UnprovenAnswers,
}

/// `[privacy]`
#[derive(Clone, Debug)]
pub struct Privacy {
    /// Whether words are looked through for what tells who their writer is, before they go to the other side.
    pub scan: bool,
    /// Whether pictures pass, drawn anew.
    pub pictures: bool,
}

/// `[promise]`: by when answers are promised, when mail arrives, and what happens while a report waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promise {
    /// The deadline, on the day after the report.
    pub due: Clock,
    /// When answers arrive; `None` for any time outside of quiet hours.
    pub arrive: Option<Span>,
    /// When nobody is woken; `None` for never.
    pub quiet: Option<Span>,
    /// The steps of a report that waits.
    pub points: Points,
    /// For how long an answer can be taken back before it goes.
    pub grace: Duration,
    /// How the pool is asked.
    pub pool: Terms,
    /// So many answers of a newcomer are read first.
    pub read_first: u32,
}

/// Whose verdict about a mail's author is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthMode {
    /// Nobody's: From is all there is.
    None,
    /// The receiving server's, from its Authentication-Results field (RFC 8601).
    Ar,
    /// Our own, from DKIM signatures (RFC 6376) and keys in DNS.
    Dkim,
    /// Either of the two.
    Both,
}

impl AuthMode {
    /// Whether a mail can be proven at all.
    pub fn proves(self) -> bool {
        self != Self::None
    }

    /// Whether Authentication-Results are read.
    pub fn reads_results(self) -> bool {
        matches!(self, Self::Ar | Self::Both)
    }

    /// Whether signatures are checked, and keys looked up.
    pub fn checks_signatures(self) -> bool {
        matches!(self, Self::Dkim | Self::Both)
    }
}

/// What happens to an answer whose writer is not proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnprovenAnswers {
    /// It is held, and the registered address is asked, once per address in 30 days.
    Confirm,
    /// From and token are trusted.
    Pass,
}
