//! From a fresh connection to one that takes mail: greeting, EHLO, STARTTLS, EHLO, AUTH (RFC 5321, 3207, 4954).
//!
//! STARTTLS is required where it is configured, and octets that follow the 220 to it end the connection
//! (RFC 3207 §4.2). EHLO keywords are read in any case of letters (RFC 5321 §2.4), `AUTH=` in its old form too.

use std::future::Future;
use std::io;
use std::time::Duration;

use data_encoding::BASE64;
use tokio::time::timeout;

use super::reply::Reply;
use super::{Deadlines, SubmitError};
use crate::kill::{self, Point};
use crate::mail::submission::Stage;
use crate::net::connect;
use crate::net::lines::Lines;
use crate::net::stream::Stream;
use crate::settings::{Login, Server, Tls};

/// Lines that a reply may have.
const MOST_LINES: usize = 200;

/// What the server offers, of what matters here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Offers {
    pub(super) starttls: bool,
    pub(super) auth_plain: bool,
    pub(super) auth_login: bool,
    pub(super) eight_bit: bool,
}

impl Offers {
    /// Reads the lines of a reply to EHLO; the first is the greeting.
    fn read(reply: &Reply) -> Self {
        let mut offers = Self::default();
        for line in reply.lines.iter().skip(1) {
            let line = line.to_ascii_uppercase().replacen('=', " ", 1);
            let mut words = line.split_ascii_whitespace();
            match words.next() {
                Some("STARTTLS") => offers.starttls = true,
                Some("8BITMIME") => offers.eight_bit = true,
                Some("AUTH") => words.for_each(|mechanism| match mechanism {
                    "PLAIN" => offers.auth_plain = true,
                    "LOGIN" => offers.auth_login = true,
                    _ => {}
                }),
                _ => {}
            }
        }
        offers
    }
}

/// Takes a connection to the point where MAIL may come. Nothing is read ahead then.
pub(super) async fn open(
    stream: Stream,
    server: &Server,
    hello: &str,
    deadlines: &Deadlines,
) -> Result<(Stream, Offers), SubmitError> {
    let mut talk = Talk { lines: Lines::new(stream), stage: Stage::Connect };
    let greeting = within(deadlines.greeting, Stage::Connect, talk.reply()).await?;
    talk.expect(&greeting, 220)?;
    let mut offers = talk.ehlo(hello, deadlines).await?;
    if server.tls == Tls::StartTls {
        if !offers.starttls {
            return Err(SubmitError::NoStartTls);
        }
        let reply = talk.command("STARTTLS", deadlines.ehlo).await?;
        talk.expect(&reply, 220)?;
        let stream = connect::tls(talk.into_stream()?, server).await?;
        talk = Talk { lines: Lines::new(stream), stage: Stage::Connect };
        // RFC 3207 §4.2: what was said before TLS is forgotten.
        offers = talk.ehlo(hello, deadlines).await?;
    }
    if let Some(login) = &server.login {
        talk.stage = Stage::Auth;
        kill::before(Point::Auth);
        talk.login(login, offers, deadlines).await?;
        kill::after(Point::Auth);
    }
    Ok((talk.into_stream()?, offers))
}

struct Talk {
    lines: Lines,
    stage: Stage,
}

impl Talk {
    async fn ehlo(&mut self, hello: &str, deadlines: &Deadlines) -> Result<Offers, SubmitError> {
        let reply = self.command(&format!("EHLO {}", hello_name(hello)), deadlines.ehlo).await?;
        self.expect(&reply, 250)?;
        Ok(Offers::read(&reply))
    }

    async fn login(
        &mut self,
        login: &Login,
        offers: Offers,
        deadlines: &Deadlines,
    ) -> Result<(), SubmitError> {
        let (name, password) = (login.username.as_str(), login.password.expose());
        let encode = |text: &str| BASE64.encode(text.as_bytes());
        let steps = if offers.auth_plain {
            vec![format!("AUTH PLAIN {}", encode(&format!("\0{name}\0{password}")))]
        } else if offers.auth_login {
            vec!["AUTH LOGIN".to_owned(), encode(name), encode(password)]
        } else {
            return Err(SubmitError::NoAuth);
        };
        let last = steps.len() - 1;
        for (n, step) in steps.iter().enumerate() {
            let reply = self.command(step, deadlines.auth).await?;
            self.expect(&reply, if n == last { 235 } else { 334 })?;
        }
        Ok(())
    }

    async fn command(&mut self, command: &str, limit: Duration) -> Result<Reply, SubmitError> {
        if self.lines.has_more() {
            return Err(SubmitError::Protocol { stage: self.stage });
        }
        let stage = self.stage;
        within(limit, stage, async {
            let written = self.lines.write(format!("{command}\r\n").as_bytes()).await;
            written.map_err(|error| lost(&error, stage))?;
            self.reply().await
        })
        .await
    }

    async fn reply(&mut self) -> Result<Reply, SubmitError> {
        let mut octets = Vec::new();
        for _ in 0..MOST_LINES {
            let line = self.lines.read().await.map_err(|error| lost(&error, self.stage))?;
            octets.extend_from_slice(&line);
            octets.push(b'\n');
            if line.get(3) != Some(&b'-') {
                return Reply::parse(&octets).ok_or(SubmitError::Protocol { stage: self.stage });
            }
        }
        Err(SubmitError::Protocol { stage: self.stage })
    }

    fn expect(&self, reply: &Reply, code: u16) -> Result<(), SubmitError> {
        let stage = self.stage;
        match reply.code {
            got if got == code => Ok(()),
            got @ 400.. => Err(SubmitError::Refused { stage, code: got, status: reply.status() }),
            _ => Err(SubmitError::Protocol { stage }),
        }
    }

    /// The stream, provided that nothing was read ahead.
    fn into_stream(self) -> Result<Stream, SubmitError> {
        let stage = self.stage;
        let (stream, ahead) = self.lines.into_parts();
        if ahead.is_empty() { Ok(stream) } else { Err(SubmitError::Protocol { stage }) }
    }
}

async fn within<T>(
    limit: Duration,
    stage: Stage,
    work: impl Future<Output = Result<T, SubmitError>>,
) -> Result<T, SubmitError> {
    timeout(limit, work).await.unwrap_or(Err(SubmitError::Timeout { stage }))
}

fn lost(error: &io::Error, stage: Stage) -> SubmitError {
    match error.kind() {
        io::ErrorKind::TimedOut => SubmitError::Timeout { stage },
        io::ErrorKind::FileTooLarge => SubmitError::Protocol { stage },
        _ => SubmitError::Lost { stage },
    }
}

/// A domain as it stands, anything else as the address literal of loopback (RFC 5321 §4.1.4).
fn hello_name(hello: &str) -> &str {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    if !hello.is_empty() && hello.chars().all(allowed) { hello } else { "[127.0.0.1]" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_are_read_in_any_case_of_letters() {
        let check = |text: &[u8], expected: Offers| {
            assert_eq!(Reply::parse(text).map(|reply| Offers::read(&reply)), Some(expected));
        };
        let all = Offers { starttls: true, auth_plain: true, auth_login: true, eight_bit: true };
        check(b"250-x\r\n250-STARTTLS\r\n250-AUTH PLAIN LOGIN\r\n250-SIZE 1000\r\n250 8BITMIME\r\n", all);
        check(b"250-x\n250-starttls\n250-auth=plain login\n250-size\n250 8bitmime\n", all);
        check(b"250 STARTTLS is my name\r\n", Offers::default());
        check(b"250-x\r\n250-AUTH CRAM-MD5\r\n250 XSIZE\r\n", Offers::default());
    }

    #[test]
    fn the_name_we_say_is_a_domain_or_loopback() {
        assert_eq!(hello_name("yorisoi.example.jp"), "yorisoi.example.jp");
        assert_eq!(hello_name(""), "[127.0.0.1]");
        assert_eq!(hello_name("a\r\nMAIL"), "[127.0.0.1]");
    }
}
