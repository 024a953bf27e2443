//! Servers with nothing wrong, over a pipe in memory: what comes after a dialogue that went wrong.

use std::future::Future;
use std::pin::Pin;

use tokio::io::{AsyncWriteExt, BufReader, DuplexStream};

use super::{Healthy, Pipe, Server, line, serve_cut};

/// What lies in a folder.
#[derive(Clone, Copy, Debug)]
pub struct Folder {
    pub uid_validity: u32,
    /// UIDs, ascending, and mails.
    pub mails: &'static [(u32, &'static str)],
}

/// An IMAP server that knows what our sessions ask for, and no more.
pub fn imap(folder: Folder) -> DuplexStream {
    let (client, server) = tokio::io::duplex(1 << 20);
    tokio::spawn(async move {
        let mut stream: Healthy = BufReader::new(Box::new(server) as Box<dyn Pipe>);
        let _ = stream.write_all(b"* OK ready\r\n").await;
        while let Some(said) = line(&mut stream).await {
            let _ = stream.write_all(imap_answer(&folder, &said).as_bytes()).await;
        }
    });
    client
}

fn imap_answer(folder: &Folder, said: &str) -> String {
    let (tag, command) = said.split_once(' ').unwrap_or((said, ""));
    let asked = |set: &str| {
        let set = set.to_owned();
        folder.mails.iter().zip(1..).filter(move |((uid, _), _)| holds(&set, *uid))
    };
    let mut out = String::new();
    if command == "CAPABILITY" {
        out += "* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\n";
    } else if command.starts_with("EXAMINE ") {
        let (count, validity) = (folder.mails.len(), folder.uid_validity);
        let next = folder.mails.last().map_or(1, |(uid, _)| uid + 1);
        out += &format!("* {count} EXISTS\r\n* OK [UIDVALIDITY {validity}] x\r\n* OK [UIDNEXT {next}] x\r\n");
    } else if let Some(set) = command.strip_prefix("UID SEARCH UID ") {
        let found: String = asked(set).map(|((uid, _), _)| format!(" {uid}")).collect();
        out += &format!("* SEARCH{found}\r\n");
    } else if let Some((set, what)) = command.strip_prefix("UID FETCH ").and_then(|rest| rest.split_once(' '))
    {
        for ((uid, mail), number) in asked(set) {
            let size = mail.len();
            out += &match what {
                "(UID RFC822.SIZE INTERNALDATE)" => {
                    format!("* {number} FETCH (UID {uid} RFC822.SIZE {size})\r\n")
                }
                "(UID BODY.PEEK[])" => {
                    format!("* {number} FETCH (UID {uid} BODY[] {{{size}}}\r\n{mail})\r\n")
                }
                "(UID BODY.PEEK[HEADER]<0.65536>)" => {
                    let header = mail.split_inclusive("\r\n\r\n").next().unwrap_or_default();
                    let size = header.len();
                    format!("* {number} FETCH (UID {uid} BODY[HEADER]<0> {{{size}}}\r\n{header})\r\n")
                }
                _ => panic!("{said}"),
            };
        }
    } else if command == "LOGOUT" {
        out += "* BYE\r\n";
    } else {
        assert!(command == "NOOP" || command.starts_with("AUTHENTICATE PLAIN "), "{said}");
    }
    out + &format!("{tag} OK done\r\n")
}

/// Whether a set of UIDs (`5`, `5:7,9`, `5:*`) holds this one.
fn holds(set: &str, uid: u32) -> bool {
    let number = |text: &str| if text == "*" { u32::MAX } else { text.parse().expect("a UID") };
    set.split(',').any(|range| {
        let (from, to) = range.split_once(':').unwrap_or((range, range));
        (number(from)..=number(to)).contains(&uid)
    })
}

/// An SMTP server that takes every mail.
pub fn smtp() -> (DuplexStream, Server) {
    serve_cut("S: 220 ready", None, false, Some(take_mail))
}

/// Takes mail until the client hangs up; returns what the client said.
pub fn take_mail(mut stream: Healthy) -> Pin<Box<dyn Future<Output = Vec<String>> + Send>> {
    Box::pin(async move {
        let mut lines = Vec::new();
        let mut in_mail = false;
        while let Some(said) = line(&mut stream).await {
            let answer = match said.split(' ').next() {
                _ if in_mail && said != "." => "",
                Some(".") => "250 taken\r\n",
                Some("DATA") => "354 go\r\n",
                Some("QUIT") => "221 bye\r\n",
                _ => "250 ok\r\n",
            };
            in_mail = said == "DATA" || (in_mail && said != ".");
            let _ = stream.write_all(answer.as_bytes()).await;
            lines.push(said);
        }
        lines
    })
}
