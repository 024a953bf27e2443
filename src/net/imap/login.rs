//! From a fresh connection to a logged-in session: greeting, STARTTLS, AUTHENTICATE or LOGIN, capabilities.
//!
//! Octets that follow the OK to STARTTLS are an attack and end the connection (RFC 3501 §6.2.1). Untagged lines may come at any
//! moment, also before a `+`. AUTHENTICATE carries any password; LOGIN quotes ASCII and sends the rest as a literal.

use async_imap::Client;
use async_imap::imap_proto::{Capability, Response};
use data_encoding::BASE64;
use tokio::io::BufWriter;
use tokio::time::timeout;

use super::guard::Guard;
use super::names::quoted;
use super::{Answer, ImapError, Limits, PLAIN_ALLOWANCE, Refusal, Session};
use crate::clock;
use crate::kill::{self, Point};
use crate::net::connect;
use crate::net::lines::Lines;
use crate::net::stream::{Io, Stream};
use crate::settings::{Login, Server, Tls};

/// Untagged lines that may precede the answer to STARTTLS.
const MOST_LINES: usize = 100;

/// What the server can do that matters here.
#[derive(Debug, Default)]
struct Capabilities {
    auth_plain: bool,
    auth_login: bool,
    sasl_ir: bool,
    login_disabled: bool,
    idle: bool,
    special_use: bool,
    list_extended: bool,
}

/// See [`Session::start`].
pub(super) async fn start(io: impl Io, server: &Server, limits: Limits) -> Result<Session, ImapError> {
    let (stream, ahead, authenticated) =
        timeout(limits.login, opening(Stream::new(io), server)).await.unwrap_or(Err(ImapError::Timeout))?;
    let client = Client::new(BufWriter::new(Guard::new(stream, ahead)));
    let mut session = Session {
        client,
        limits,
        tag: 0,
        has_idle: false,
        lists_uses: false,
        stand_in: stand_in(),
        selected: false,
        exists: 0,
        news: false,
        spent: false,
    };
    if let Some(login) = server.login.as_ref().filter(|_| !authenticated) {
        let can = session.capabilities().await?;
        kill::before(Point::Login);
        session.login(login, &can).await?;
        kill::after(Point::Login);
    }
    // Servers tell more after the login than before it.
    let can = session.capabilities().await?;
    session.has_idle = can.idle;
    session.lists_uses = can.special_use && can.list_extended;
    Ok(session)
}

/// The time in milliseconds, as far as it fits: not the number of the session before.
fn stand_in() -> u32 {
    let millis = clock::now().millis().rem_euclid(i64::from(u32::MAX));
    u32::try_from(millis).map_or(1, |millis| millis.max(1))
}

/// Reads the greeting and starts TLS where configured. Returns the stream, what was read ahead, and whether the
/// server has logged us in by itself (PREAUTH).
async fn opening(stream: Stream, server: &Server) -> Result<(Stream, Vec<u8>, bool), ImapError> {
    let mut lines = Lines::new(stream);
    kill::before(Point::Greeting);
    let greeting = lines.read().await?.to_ascii_uppercase();
    kill::after(Point::Greeting);
    let authenticated = greeting.starts_with(b"* PREAUTH");
    if greeting.starts_with(b"* BYE") {
        return Err(ImapError::Bye(greeting_code(&greeting)));
    }
    if !authenticated && !greeting.starts_with(b"* OK") {
        return Err(ImapError::Protocol("no greeting"));
    }
    if server.tls != Tls::StartTls {
        let (stream, ahead) = lines.into_parts();
        return Ok((stream, ahead, authenticated));
    }
    if authenticated {
        // RFC 3501 §6.2.1: STARTTLS is for the not authenticated state; PREAUTH may be the work of somebody in between.
        return Err(ImapError::NoStartTls);
    }
    starttls(&mut lines).await?;
    let (stream, _) = lines.into_parts();
    Ok((connect::tls(stream, server).await?, Vec::new(), false))
}

async fn starttls(lines: &mut Lines) -> Result<(), ImapError> {
    if lines.has_more() {
        return Err(ImapError::Protocol("octets before STARTTLS"));
    }
    lines.write(b"S1 STARTTLS\r\n").await?;
    for _ in 0..MOST_LINES {
        let line = lines.read().await?.to_ascii_uppercase();
        if line.starts_with(b"S1 OK") {
            let injected = lines.has_more();
            return if injected { Err(ImapError::Protocol("octets after STARTTLS")) } else { Ok(()) };
        }
        if line.starts_with(b"S1 ") {
            return Err(ImapError::NoStartTls);
        }
        if !line.starts_with(b"* ") {
            break;
        }
    }
    Err(ImapError::Protocol("no answer to STARTTLS"))
}

fn greeting_code(greeting: &[u8]) -> Refusal {
    let text = String::from_utf8_lossy(greeting.get(6..).unwrap_or_default()).into_owned();
    Refusal::of(&async_imap::imap_proto::Outcome { code: None, information: Some(text.into()) })
}

impl Session {
    async fn capabilities(&mut self) -> Result<Capabilities, ImapError> {
        let mut can = Capabilities::default();
        let mut told = false;
        self.run("CAPABILITY", "", |response| {
            if let Response::Capabilities(list) = response {
                told = true;
                list.iter().for_each(|capability| can.note(capability));
            }
        })
        .await?;
        if told { Ok(can) } else { Err(ImapError::Protocol("no capabilities")) }
    }

    async fn login(&mut self, login: &Login, can: &Capabilities) -> Result<(), ImapError> {
        let (command, steps) = dialogue(login, can)?;
        let limit = self.limits.login;
        let ended = timeout(limit, self.converse(command, &steps)).await.unwrap_or(Err(ImapError::Timeout));
        let ended = match self.settle(ended) {
            // No code at all is how most servers say it; a server that is only ill has a code (RFC 5530).
            Err(ImapError::Refused { code: Refusal::Other | Refusal::Authentication, .. }) => {
                Err(ImapError::Credentials)
            }
            other => other,
        };
        self.spent = ended.is_err();
        ended
    }

    /// Sends `steps`, the first as a command, each further one when the server asks for it by `+`.
    pub(super) async fn converse(
        &mut self,
        command: &'static str,
        steps: &[String],
    ) -> Result<(), ImapError> {
        let mut steps = steps.iter();
        let first = steps.next().map(String::as_str).unwrap_or_default();
        let tag = self.send(command, first, PLAIN_ALLOWANCE).await?;
        loop {
            match self.read(command, &tag, &mut |_| {}).await? {
                Answer::Done => return Ok(()),
                Answer::Refused(code) => return Err(ImapError::Refused { command, code }),
                Answer::Untagged => {}
                // RFC 3501 §6.2.2: `*` cancels an exchange that goes on where ours has ended.
                Answer::Continue => {
                    let next = steps.next().map_or("*", String::as_str);
                    self.write(&format!("{next}\r\n"), PLAIN_ALLOWANCE).await?;
                }
            }
        }
    }
}

impl Capabilities {
    fn note(&mut self, capability: &Capability<'_>) {
        match capability {
            Capability::Auth(name) if name.eq_ignore_ascii_case("PLAIN") => self.auth_plain = true,
            Capability::Auth(name) if name.eq_ignore_ascii_case("LOGIN") => self.auth_login = true,
            Capability::Atom(name) if name.eq_ignore_ascii_case("SASL-IR") => self.sasl_ir = true,
            Capability::Atom(name) if name.eq_ignore_ascii_case("LOGINDISABLED") => {
                self.login_disabled = true
            }
            Capability::Atom(name) if name.eq_ignore_ascii_case("IDLE") => self.idle = true,
            Capability::Atom(name) if name.eq_ignore_ascii_case("SPECIAL-USE") => self.special_use = true,
            Capability::Atom(name) if name.eq_ignore_ascii_case("LIST-EXTENDED") => self.list_extended = true,
            _ => {}
        }
    }
}

/// The command to log in with, and what is sent at its start and at each `+`.
fn dialogue(login: &Login, can: &Capabilities) -> Result<(&'static str, Vec<String>), ImapError> {
    let (name, password) = (login.username.as_str(), login.password.expose());
    if can.auth_plain {
        let response = BASE64.encode(format!("\0{name}\0{password}").as_bytes());
        let steps = if can.sasl_ir {
            vec![format!("PLAIN {response}")] // RFC 4959
        } else {
            vec!["PLAIN".to_owned(), response]
        };
        Ok(("AUTHENTICATE", steps))
    } else if can.auth_login {
        let encode = |text: &str| BASE64.encode(text.as_bytes());
        Ok(("AUTHENTICATE", vec!["LOGIN".to_owned(), encode(name), encode(password)]))
    } else if can.login_disabled {
        Err(ImapError::NoLoginMethod)
    } else {
        Ok(("LOGIN", astrings(&[name, password])))
    }
}

/// The arguments of LOGIN, cut where a literal has to wait for its `+`.
fn astrings(words: &[&str]) -> Vec<String> {
    let mut steps = vec![String::new()];
    for (n, word) in words.iter().enumerate() {
        let mut last = steps.pop().unwrap_or_default();
        if n > 0 {
            last.push(' ');
        }
        if let Some(quoted) = quoted(word) {
            last.push_str(&quoted);
            steps.push(last);
        } else {
            last.push_str(&format!("{{{}}}", word.len()));
            steps.push(last);
            steps.push((*word).to_owned());
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn login(username: &str, password: &str) -> Login {
        Login { username: username.to_owned(), password: Secret::new(password) }
    }

    #[test]
    fn any_password_finds_its_way() {
        let check = |can: Capabilities, password: &str, expected: Result<(&str, &[&str]), ImapError>| {
            let got = dialogue(&login("haru", password), &can);
            let expected = expected.map(|(c, steps)| (c, steps.iter().map(|s| (*s).to_owned()).collect()));
            assert_eq!(got, expected);
        };
        let plain = |sasl_ir| Capabilities { auth_plain: true, sasl_ir, ..Capabilities::default() };
        check(plain(true), "p\"あ", Ok(("AUTHENTICATE", &["PLAIN AGhhcnUAcCLjgYI="])));
        check(plain(false), "pw", Ok(("AUTHENTICATE", &["PLAIN", "AGhhcnUAcHc="])));
        let by_login = Capabilities { auth_login: true, ..Capabilities::default() };
        check(by_login, "pw", Ok(("AUTHENTICATE", &["LOGIN", "aGFydQ==", "cHc="])));
        check(Capabilities::default(), "p\"w\\", Ok(("LOGIN", &["\"haru\" \"p\\\"w\\\\\""])));
        check(Capabilities::default(), "ぱ", Ok(("LOGIN", &["\"haru\" {3}", "ぱ"])));
        let disabled = Capabilities { login_disabled: true, ..Capabilities::default() };
        check(disabled, "pw", Err(ImapError::NoLoginMethod));
    }

    #[test]
    fn a_literal_user_name_is_followed_by_the_password() {
        assert_eq!(astrings(&["は", "p w"]), ["{3}", "は \"p w\""]);
        assert_eq!(astrings(&["は", "る"]), ["{3}", "は {3}", "る"]);
    }
}
