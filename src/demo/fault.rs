//! Servers that fail on command: what stands between a connection and the server that serves it.
//!
//! A [`Fault`] says on which server, at which point and how; the server behind it stays as it is, so that everything
//! else of the dialogue is true. Each fault happens once, on the first connection that comes to its point; the first
//! that fits in the list goes first. Lines are told apart by their beginning, an IMAP line without its tag.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream};
use tokio::net::TcpStream;

/// Which of the two servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// RFC 3501.
    Imap,
    /// RFC 5321.
    Smtp,
}

/// Where in a dialogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Point {
    /// Before the server's first word.
    Greeting,
    /// When the client says a line that begins with these words. Inside a mail only the lone dot (`.`) is a line.
    Line(String),
    /// After so many octets of the server's on one connection.
    Octet(usize),
}

/// What happens after [`Fault::says`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// The server hears the line and answers it, as if nothing were. (At a greeting: it greets.)
    Answer,
    /// The server does not hear the line, and the dialogue goes on with the next one. (At a greeting: it is left out.)
    GoOn,
    /// The connection is closed.
    Close,
    /// The server hears the line and does as it is told; the connection is closed instead of its answer.
    CloseUnanswered,
    /// Nothing more is said, and nothing more is heard, until the client closes.
    Silence,
    /// The server hears the line; from its answer on each octet waits for so long.
    Trickle(Duration),
}

/// One thing that goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// On which server.
    pub protocol: Protocol,
    /// Where.
    pub point: Point,
    /// What is said to the client there; `{tag}` is the tag of its line.
    pub says: Vec<u8>,
    /// What comes then.
    pub then: Then,
}

/// The faults that are still to happen. Clones are the same list.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Vec<Fault>>>);

impl Faults {
    /// One more, from now on.
    pub fn add(&self, fault: Fault) {
        self.with(|list| list.push(fault));
    }

    /// How many have not happened yet.
    pub fn left(&self) -> usize {
        self.with(|list| list.len())
    }

    fn with<T>(&self, work: impl FnOnce(&mut Vec<Fault>) -> T) -> T {
        // a poisoned lock guards a list that is whole between any two statements
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn take(&self, protocol: Protocol, is_here: impl Fn(&Point) -> bool) -> Option<Fault> {
        self.with(|list| {
            let at = list.iter().position(|fault| fault.protocol == protocol && is_here(&fault.point))?;
            Some(list.remove(at))
        })
    }
}

/// Passes a dialogue on between `client` and `server` until either ends, or a fault ends it.
pub(super) async fn pass(
    protocol: Protocol,
    faults: Faults,
    client: TcpStream,
    server: DuplexStream,
) -> io::Result<()> {
    let mut passage = Passage {
        protocol,
        faults,
        client: BufReader::new(client),
        server,
        said: 0,
        in_mail: false,
        pause: None,
    };
    let mut goes_on = match passage.faults.take(protocol, |point| *point == Point::Greeting) {
        Some(fault) => passage.fail_greeting(fault).await?,
        None => true,
    };
    let (mut line, mut answer) = (Vec::new(), vec![0; 16 * 1024]);
    while goes_on {
        goes_on = tokio::select! {
            biased;
            read = passage.server.read(&mut answer) => match read? {
                0 => false,
                count => passage.say(&answer[..count]).await?,
            },
            // cancelled in the middle, it has put what it read into `line`
            read = passage.client.read_until(b'\n', &mut line) => match read? {
                0 => false,
                _ => passage.hear(&std::mem::take(&mut line)).await?,
            },
        };
    }
    passage.client.get_mut().shutdown().await
}

/// See [`pass`]. Its functions return whether the dialogue goes on.
struct Passage {
    protocol: Protocol,
    faults: Faults,
    client: BufReader<TcpStream>,
    server: DuplexStream,
    /// Octets of the server's so far.
    said: usize,
    /// Between DATA and the lone dot.
    in_mail: bool,
    pause: Option<Duration>,
}

impl Passage {
    async fn fail_greeting(&mut self, fault: Fault) -> io::Result<bool> {
        if fault.then == Then::GoOn {
            let mut greeting = Vec::new();
            while !greeting.ends_with(b"\n") {
                greeting.push(self.server.read_u8().await?);
            }
        }
        self.act(&fault, "", b"").await
    }

    /// One line of the client's.
    async fn hear(&mut self, line: &[u8]) -> io::Result<bool> {
        let text = String::from_utf8_lossy(line).trim_end().to_owned();
        let tagged = text.split_once(' ').filter(|_| self.protocol == Protocol::Imap);
        let (tag, command) = tagged.unwrap_or(("", &text));
        let is_here = |point: &Point| match point {
            Point::Line(words) if self.in_mail => words == "." && text == ".",
            Point::Line(words) => command.starts_with(words.as_str()),
            _ => false,
        };
        let fault = self.faults.take(self.protocol, is_here);
        if self.protocol == Protocol::Smtp {
            self.in_mail = text == "DATA" || (self.in_mail && text != ".");
        }
        match fault {
            Some(fault) => self.act(&fault, tag, line).await,
            None => self.server.write_all(line).await.map(|()| true),
        }
    }

    /// Octets of the server's; one of them may be the last.
    async fn say(&mut self, octets: &[u8]) -> io::Result<bool> {
        let (from, to) = (self.said, self.said + octets.len());
        let is_here = |point: &Point| matches!(point, Point::Octet(at) if (from..to).contains(at));
        let Some(fault) = self.faults.take(self.protocol, is_here) else {
            self.said = to;
            return self.write(octets).await.map(|()| true);
        };
        let Point::Octet(at) = fault.point else { return Ok(true) };
        let (before, after) = octets.split_at(at - from);
        self.said = to;
        self.write(before).await?;
        let goes_on = self.act(&fault, "", b"").await?;
        if goes_on && fault.then != Then::GoOn {
            self.write(after).await?;
        }
        Ok(goes_on)
    }

    async fn act(&mut self, fault: &Fault, tag: &str, line: &[u8]) -> io::Result<bool> {
        self.write(&with_tag(&fault.says, tag)).await?;
        match fault.then {
            Then::Answer => self.server.write_all(line).await?,
            Then::GoOn => {}
            Then::Close => return Ok(false),
            Then::CloseUnanswered => {
                self.server.write_all(line).await?;
                let _ = self.server.read_u8().await?;
                return Ok(false);
            }
            Then::Silence => {
                tokio::io::copy(&mut self.client, &mut tokio::io::sink()).await?;
                return Ok(false);
            }
            Then::Trickle(pause) => {
                self.pause = Some(pause);
                self.server.write_all(line).await?;
            }
        }
        Ok(true)
    }

    async fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        let Some(pause) = self.pause else { return self.client.get_mut().write_all(octets).await };
        for octet in octets {
            tokio::time::sleep(pause).await;
            self.client.get_mut().write_u8(*octet).await?;
        }
        Ok(())
    }
}

fn with_tag(says: &[u8], tag: &str) -> Vec<u8> {
    const MARK: &[u8] = b"{tag}";
    let mut out = Vec::new();
    let mut rest = says;
    while let Some(at) = rest.windows(MARK.len()).position(|window| window == MARK) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(tag.as_bytes());
        rest = &rest[at + MARK.len()..];
    }
    out.extend_from_slice(rest);
    out
}
