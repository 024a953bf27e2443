//! The demo's IMAP server (RFC 3501, RFC 2177): imap-next reads and writes the protocol, the `desk` answers.
//!
//! imap-next does no input and output of its own; the loop here moves its octets and wakes it when the post office
//! rings. A command that it cannot read is answered with BAD to its tag, so that no mail program waits for ever.

mod answer;
mod desk;
mod items;
mod open;
mod search;
mod set;
mod structure;

use std::io;
use std::sync::Arc;

use imap_next::server::{Error, Options, Server};
use imap_next::{Interrupt, Io, State};
use imap_types::response::Greeting;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use self::desk::Desk;
use super::post_office::PostOffice;
use crate::net::stream::Io as Connection;

/// Speaks with one client to its end.
pub(super) async fn talk(mut stream: impl Connection, office: Arc<PostOffice>) -> io::Result<()> {
    let greeting = Greeting::ok(None, "a server of the demo").map_err(io::Error::other)?;
    let mut server = Server::new(Options::default(), greeting);
    let mut changes = office.changes();
    let mut desk = Desk::new(office);
    let mut buffer = vec![0; 16 * 1024];
    loop {
        match server.next() {
            Ok(event) => desk.take(&mut server, event),
            Err(Interrupt::Io(Io::Output(bytes))) => stream.write_all(&bytes).await?,
            Err(Interrupt::Io(Io::NeedMoreInput)) if desk.is_over() => return Ok(()),
            Err(Interrupt::Io(Io::NeedMoreInput)) => {
                tokio::select! {
                    read = stream.read(&mut buffer) => match read? {
                        0 => return Ok(()),
                        count => server.enqueue_input(&buffer[..count]),
                    },
                    rung = changes.changed(), if desk.is_idle() => {
                        rung.map_err(io::Error::other)?;
                        desk.tell_news(&mut server);
                    }
                }
            }
            Err(Interrupt::Error(error)) => refuse(&mut server, &error),
        }
    }
}

/// Answers what could not be read.
fn refuse(server: &mut Server, error: &Error) {
    let (Error::ExpectedCrlfGotLf { discarded_bytes }
    | Error::MalformedMessage { discarded_bytes }
    | Error::LiteralTooLong { discarded_bytes }
    | Error::CommandTooLong { discarded_bytes }) = error;
    let octets = discarded_bytes.declassify();
    let tag = octets.split(|octet| octet.is_ascii_whitespace()).next().unwrap_or_default();
    answer::bad(server, tag);
}
