//! As much of SMTP and LMTP as it takes to hand over one mail (RFC 5321, RFC 2033).

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

/// What the server said when it refused.
#[derive(Debug)]
pub struct Refused(pub String);

/// A connection to a server.
pub struct Session {
    stream: BufReader<TcpStream>,
}

impl Session {
    /// To an SMTP server.
    pub fn smtp(port: u16) -> Self {
        Self::new(port, "EHLO")
    }

    /// To an LMTP server.
    pub fn lmtp(port: u16) -> Self {
        Self::new(port, "LHLO")
    }

    fn new(port: u16, hello: &str) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut session = Self { stream: BufReader::new(stream) };
        session.answer().unwrap();
        session.command(&format!("{hello} localhost")).unwrap();
        session
    }

    /// One mail for one recipient. Line ends become CRLF, dots are doubled (RFC 5321 §4.5.2); nothing else changes.
    pub fn submit(&mut self, from: &str, recipient: &str, raw: &[u8]) -> Result<(), Refused> {
        self.command(&format!("MAIL FROM:<{from}>"))?;
        self.command(&format!("RCPT TO:<{recipient}>"))?;
        self.command("DATA")?;
        let mut data = Vec::with_capacity(raw.len() + raw.len() / 40);
        let body = raw.strip_suffix(b"\n").unwrap_or(raw);
        for line in body.split(|byte| *byte == b'\n') {
            if line.starts_with(b".") {
                data.push(b'.');
            }
            data.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
            data.extend_from_slice(b"\r\n");
        }
        data.extend_from_slice(b".\r\n");
        // a server that refuses early may close while we write: what it said counts
        let _ = self.stream.get_mut().write_all(&data);
        self.answer().map(drop)
    }

    /// One command and its whole answer.
    pub fn command(&mut self, line: &str) -> Result<String, Refused> {
        self.stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).unwrap();
        self.answer()
    }

    fn answer(&mut self) -> Result<String, Refused> {
        let mut whole = String::new();
        loop {
            let mut line = String::new();
            match self.stream.read_line(&mut line) {
                Ok(octets) if octets > 0 => {}
                Ok(_) => return Err(Refused(format!("{whole}(connection closed)"))),
                Err(error) => return Err(Refused(format!("{whole}(connection lost: {error})"))),
            }
            whole.push_str(&line);
            if line.as_bytes().get(3) != Some(&b'-') {
                let is_good = line.starts_with('2') || line.starts_with('3');
                return if is_good { Ok(whole) } else { Err(Refused(whole)) };
            }
        }
    }
}
