//! What the tests share: servers with a list of faults, and the sessions that meet them.

mod cuts;
mod daemon;
mod imap;
mod smtp;

use std::time::Duration;

use yorisoi::demo::{Fault, Faults, Point, Protocol, Servers, Then};
use yorisoi::mail::address::Address;
use yorisoi::mail::fetched::Fetched;
use yorisoi::mail::submission::{Envelope, SubmitOutcome};
use yorisoi::net::connect;
use yorisoi::net::imap::{ImapError, Limits, Round, Session};
use yorisoi::net::smtp::{Deadlines, SubmitError, Submitter};
use yorisoi::secret::Secret;
use yorisoi::settings::{Login, Server, Tls};

/// How long a silent server is waited for.
const SHORT: Duration = Duration::from_secs(1);
/// Nothing here takes this long.
const HANG: Duration = Duration::from_secs(20);
/// Largest mail that is fetched whole.
const LARGEST: u64 = 10_000;
/// Whose mail is fetched.
const CARE: &str = "care@a.example";
/// Who submits.
const HARU: &str = "haru@a.example";

/// As impatient as that.
const IMPATIENT: Limits = Limits { login: SHORT, command: SHORT, fetch: SHORT, done: SHORT, logout: SHORT };
/// As impatient as that, for SMTP.
const HASTY: Deadlines = Deadlines {
    greeting: SHORT,
    ehlo: SHORT,
    auth: SHORT,
    mail: SHORT,
    rcpt: SHORT,
    data: SHORT,
    content: SHORT,
    dot: SHORT,
    quit: SHORT,
};

/// Servers that fail on command.
struct Bench {
    servers: Servers,
    faults: Faults,
}

impl Bench {
    /// With these mails in the mailbox that is fetched from.
    async fn new(mails: &[&str]) -> Self {
        let faults = Faults::default();
        let odd = ["a..b@carrier.example", "\"a..b\"@carrier.example"];
        let addresses: Vec<String> =
            [CARE, HARU].iter().chain(&odd).map(|&address| address.to_owned()).collect();
        let servers = Servers::start_with(&addresses, Secret::new("open"), faults.clone()).await.unwrap();
        for raw in mails {
            assert!(servers.deliver(CARE, raw.as_bytes()));
        }
        Self { servers, faults }
    }

    fn server(&self, protocol: Protocol) -> Server {
        let (port, name) = match protocol {
            Protocol::Imap => (self.servers.imap_port, CARE),
            Protocol::Smtp => (self.servers.smtp_port, HARU),
        };
        let login = Some(Login { username: name.to_owned(), password: Secret::new("open") });
        Server { host: "127.0.0.1".to_owned(), port, tls: Tls::None, login, ca_file: None }
    }

    /// A session that is logged in.
    async fn session(&self, limits: Limits) -> Result<Session, ImapError> {
        let server = self.server(Protocol::Imap);
        Session::start(connect::open(&server).await?, &server, limits).await
    }

    /// What one session gets until `round` is done or it fails; without a round it looks what there is.
    async fn fetch(
        &self,
        limits: Limits,
        round: &mut Option<Round>,
        out: &mut Vec<Fetched>,
    ) -> Result<(), ImapError> {
        let work = async {
            let mut session = self.session(limits).await?;
            session.select("INBOX").await?;
            if round.is_none() {
                *round = Some(Round::new(session.search_above(0).await?, LARGEST));
            }
            let round = round.as_mut().unwrap();
            while !round.is_done() {
                out.extend(round.step(&mut session).await?);
            }
            session.wait(Duration::ZERO).await?;
            session.logout().await;
            Ok(())
        };
        tokio::time::timeout(HANG, work).await.expect("a session without end")
    }

    /// One submission, on a connection of its own.
    async fn submit(&self, deadlines: Deadlines, to: &str, raw: &[u8]) -> Result<SubmitOutcome, SubmitError> {
        let work = async {
            let server = self.server(Protocol::Smtp);
            let stream = connect::open(&server).await?;
            let submitter = Submitter::start(stream, &server, "a.example", deadlines).await?;
            let (outcome, left) = submitter.submit(&envelope(to), raw, async { Ok::<(), ()>(()) }).await;
            if let Some(submitter) = left {
                submitter.quit().await;
            }
            Ok(outcome)
        };
        tokio::time::timeout(HANG, work).await.expect("a submission without end")
    }

    /// How many mails lie in the mailbox.
    fn delivered(&self, address: &str) -> usize {
        self.servers.mails(address).len()
    }
}

fn envelope(to: &str) -> Envelope {
    let address = |text| Address::parse(text).unwrap();
    Envelope { reverse_path: Some(address(HARU)), forward_path: address(to) }
}

/// A fault at a point: `""` is the greeting, a number is octets, anything else a line. In what is said a line end is
/// CRLF, and `{tag}` the tag.
fn fault(protocol: Protocol, point: &str, says: &str, then: Then) -> Fault {
    let point = match point.parse() {
        Ok(octets) => Point::Octet(octets),
        Err(_) if point.is_empty() => Point::Greeting,
        Err(_) => Point::Line(point.to_owned()),
    };
    Fault { protocol, point, says: says.replace('\n', "\r\n").into_bytes(), then }
}

/// A mail as [`Round`] hands it out, without its date.
fn found(fetched: &Fetched) -> (u32, String) {
    match fetched {
        Fetched::Mail { uid, raw, .. } => (*uid, String::from_utf8(raw.clone()).unwrap()),
        other => (other.uid(), format!("{other:?}")),
    }
}
