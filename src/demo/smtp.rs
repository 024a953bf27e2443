//! The demo's submission server (RFC 5321, RFC 6409): lines in, replies out, mails to the post office.
//!
//! EHLO, AUTH PLAIN and LOGIN (RFC 4954), MAIL, RCPT, DATA, RSET, NOOP, QUIT. Mail is taken only after a login and
//! only for mailboxes that exist. A mail without Date or Message-ID gets one (RFC 6409 §8), and every delivered copy
//! the trace fields (RFC 5321 §4.4).

use std::io;
use std::sync::Arc;

use data_encoding::BASE64;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

use super::post_office::PostOffice;
use crate::clock;
use crate::net::stream::Io;

/// Longest command line, and longest line of a mail.
const LONGEST_LINE: u64 = 64 * 1024;
/// Largest mail.
const LARGEST: usize = 32 * 1024 * 1024;
/// What servers of this host call themselves.
const HOST: &str = "demo.example";

/// Speaks with one client to its end.
pub(super) async fn talk(stream: impl Io, office: Arc<PostOffice>) -> io::Result<()> {
    let mut dialogue = Dialogue {
        stream: BufReader::new(stream),
        office,
        account: None,
        reverse_path: None,
        forward_paths: Vec::new(),
    };
    dialogue.reply(&format!("220 {HOST} ESMTP, a server of the demo\r\n")).await?;
    while let Some(line) = dialogue.line().await? {
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        if !dialogue.command(&line).await? {
            break;
        }
    }
    Ok(())
}

struct Dialogue<S> {
    stream: BufReader<S>,
    office: Arc<PostOffice>,
    account: Option<String>,
    reverse_path: Option<String>,
    forward_paths: Vec<String>,
}

impl<S: Io> Dialogue<S> {
    /// One line with its end; `None` at the end of the stream or after a line without end.
    async fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        (&mut self.stream).take(LONGEST_LINE).read_until(b'\n', &mut line).await?;
        Ok(line.ends_with(b"\n").then_some(line))
    }

    async fn reply(&mut self, text: &str) -> io::Result<()> {
        self.stream.get_mut().write_all(text.as_bytes()).await
    }

    /// One command; false when the dialogue is over.
    async fn command(&mut self, line: &str) -> io::Result<bool> {
        let (verb, arguments) = line.split_once(' ').unwrap_or((line, ""));
        let arguments = arguments.trim();
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => {
                self.reset();
                let lines = ["PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES", "AUTH PLAIN LOGIN"];
                let size = format!("250 SIZE {LARGEST}\r\n");
                let lines: String = lines.iter().map(|line| format!("250-{line}\r\n")).collect();
                self.reply(&format!("250-{HOST}\r\n{lines}{size}")).await?;
            }
            "HELO" => {
                self.reset();
                self.reply(&format!("250 {HOST}\r\n")).await?;
            }
            "AUTH" => self.authenticate(arguments).await?,
            "MAIL" => self.mail(arguments).await?,
            "RCPT" => self.rcpt(arguments).await?,
            "DATA" => return self.data().await,
            "RSET" => {
                self.reset();
                self.reply("250 2.0.0 forgotten\r\n").await?;
            }
            "NOOP" => self.reply("250 2.0.0 still here\r\n").await?,
            "QUIT" => {
                self.reply("221 2.0.0 goodbye\r\n").await?;
                return Ok(false);
            }
            _ => self.reply("500 5.5.1 this server does not know that command\r\n").await?,
        }
        Ok(true)
    }

    fn reset(&mut self) {
        self.reverse_path = None;
        self.forward_paths.clear();
    }

    async fn authenticate(&mut self, arguments: &str) -> io::Result<()> {
        let (mechanism, initial) = arguments.split_once(' ').unwrap_or((arguments, ""));
        let login = match mechanism.to_ascii_uppercase().as_str() {
            "PLAIN" => {
                let told = if initial.is_empty() { self.ask("").await? } else { decoded(initial) };
                told.as_deref().and_then(plain)
            }
            "LOGIN" => {
                let name = if initial.is_empty() { self.ask("Username:").await? } else { decoded(initial) };
                let password = self.ask("Password:").await?;
                name.zip(password)
            }
            _ => return self.reply("504 5.5.4 PLAIN or LOGIN\r\n").await,
        };
        self.account = login.and_then(|(name, password)| self.office.account(&name, &password));
        if self.account.is_none() {
            return self.reply("535 5.7.8 user name or password is wrong\r\n").await;
        }
        self.office.count(|sessions| sessions.smtp += 1);
        self.reply("235 2.7.0 welcome\r\n").await
    }

    async fn ask(&mut self, what: &str) -> io::Result<Option<String>> {
        self.reply(&format!("334 {}\r\n", BASE64.encode(what.as_bytes()))).await?;
        let line = self.line().await?.unwrap_or_default();
        Ok(decoded(String::from_utf8_lossy(&line).trim_end()))
    }

    async fn mail(&mut self, arguments: &str) -> io::Result<()> {
        if self.account.is_none() {
            return self.reply("530 5.7.0 log in first\r\n").await;
        }
        self.reset();
        match path(arguments, "FROM:") {
            Some(reverse_path) => {
                self.reverse_path = Some(reverse_path);
                self.reply("250 2.1.0 noted\r\n").await
            }
            None => self.reply("501 5.5.4 MAIL FROM:<address>\r\n").await,
        }
    }

    async fn rcpt(&mut self, arguments: &str) -> io::Result<()> {
        if self.reverse_path.is_none() {
            return self.reply("503 5.5.1 MAIL comes first\r\n").await;
        }
        match path(arguments, "TO:") {
            Some(forward_path) if self.office.delivers(&forward_path) => {
                self.forward_paths.push(forward_path);
                self.reply("250 2.1.5 noted\r\n").await
            }
            Some(_) => self.reply("550 5.1.1 nobody in this demo has that address\r\n").await,
            None => self.reply("501 5.5.4 RCPT TO:<address>\r\n").await,
        }
    }

    async fn data(&mut self) -> io::Result<bool> {
        let Some(reverse_path) = self.reverse_path.clone().filter(|_| !self.forward_paths.is_empty()) else {
            self.reply("503 5.5.1 RCPT comes first\r\n").await?;
            return Ok(true);
        };
        self.reply("354 end with a dot on a line of its own\r\n").await?;
        let mut content = Vec::new();
        loop {
            let Some(line) = self.line().await? else { return Ok(false) };
            if line == b".\r\n" || line == b".\n" {
                break;
            }
            // RFC 5321 §4.5.2: one leading dot was added for the transport
            let line = line.strip_prefix(b".").unwrap_or(&line);
            if content.len() <= LARGEST {
                content.extend_from_slice(line);
            }
        }
        if content.len() > LARGEST {
            self.reply("552 5.3.4 too large\r\n").await?;
        } else if content.contains(&0) {
            // no IMAP literal can carry it (RFC 3501 §9, CHAR8)
            self.reply("554 5.6.0 there is a NUL in it\r\n").await?;
        } else {
            self.deliver(&reverse_path, &content);
            self.reply("250 2.0.0 taken\r\n").await?;
        }
        self.reset();
        Ok(true)
    }

    fn deliver(&self, reverse_path: &str, content: &[u8]) {
        let date = clock::now().to_jiff().strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
        let mut added = String::new();
        if !has_field(content, "message-id") {
            let millis = clock::now().millis();
            added.push_str(&format!("Message-ID: <{}.{millis}@{HOST}>\r\n", self.office.mint()));
        }
        if !has_field(content, "date") {
            added.push_str(&format!("Date: {date}\r\n"));
        }
        for address in &self.forward_paths {
            let trace = format!(
                "Return-Path: <{reverse_path}>\r\nReceived: by {HOST} with ESMTPA for <{address}>;\r\n {date}\r\n"
            );
            let raw = [trace.as_bytes(), added.as_bytes(), content].concat();
            self.office.deliver(address, raw);
        }
    }
}

/// The address of `FROM:<address> KEY=…`.
fn path(arguments: &str, keyword: &str) -> Option<String> {
    let head = arguments.get(..keyword.len())?;
    let rest = arguments.get(keyword.len()..)?.trim_start();
    let address = rest.strip_prefix('<')?.split_once('>')?.0;
    head.eq_ignore_ascii_case(keyword).then(|| address.to_owned())
}

fn decoded(text: &str) -> Option<String> {
    String::from_utf8(BASE64.decode(text.as_bytes()).ok()?).ok()
}

/// Name and password of a PLAIN message (RFC 4616).
pub(super) fn plain(message: &str) -> Option<(String, String)> {
    let mut parts = message.split('\0').skip(1);
    Some((parts.next()?.to_owned(), parts.next()?.to_owned()))
}

/// Whether the header has this field (lower case).
fn has_field(content: &[u8], name: &str) -> bool {
    let lines = content.split(|octet| *octet == b'\n').take_while(|line| !matches!(*line, b"" | b"\r"));
    let mut names = lines.filter_map(|line| line.split(|octet| *octet == b':').next());
    names.any(|field| field.eq_ignore_ascii_case(name.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_with_parameters_and_without() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(path(text, "FROM:").as_deref(), expected, "{text}");
        };
        check("FROM:<a@b.example>", Some("a@b.example"));
        check("from: <a@b.example> BODY=8BITMIME", Some("a@b.example"));
        check("FROM:<>", Some(""));
        check("TO:<a@b.example>", None);
        check("FROM:a@b.example", None);
    }

    #[test]
    fn fields_are_looked_for_in_the_header_alone() {
        assert!(has_field(b"From: a\r\nDATE: x\r\n\r\n", "date"));
        assert!(!has_field(b"From: a\r\n\r\nDate: x\r\n", "date"));
    }
}
