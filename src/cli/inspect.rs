//! `yorisoi inspect`: files → how yorisoi reads the mails in them, one object each, for programs or for people.
//!
//! It needs no configuration and changes nothing. Every octet sequence is a mail of some kind; only a file that
//! cannot be read at all is a failure, and then the others are shown all the same. What a mail does not say is
//! `null` (or an empty array or text), never made up, and every key is always there.

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Serialize;

use super::FAILED;
use super::explain::{self, Look, Removed};
use crate::mail::automatic::{Automatic, Class, Evidence, automatic};
use crate::mail::message::{Action, Defect, Message};
use crate::mail::message_id::MessageId;
use crate::mail::parse::parse;
use crate::mail::quote::{HeaderEvidence, authored};

/// Larger files are no mails: no server takes one of half this size.
const LARGEST: u64 = 256 * 1024 * 1024;

/// Fields of which a header has at least one when it is a mail's (RFC 5322 §3.6, RFC 2045 §3, RFC 5321 §4.4).
const USABLE: [&str; 14] = [
    "from",
    "sender",
    "reply-to",
    "to",
    "cc",
    "bcc",
    "subject",
    "date",
    "message-id",
    "in-reply-to",
    "received",
    "return-path",
    "mime-version",
    "content-type",
];

/// What is shown of a mail. The order of the fields is the order of the keys.
#[derive(Serialize)]
struct Seen {
    file: String,
    kind: Kind,
    from: Option<Author>,
    subject: String,
    message_id: Option<String>,
    in_reply_to: Vec<String>,
    references: Vec<String>,
    date: Option<String>,
    text: String,
    reply: String,
    attachments: Vec<Enclosed>,
    bounce: Option<Returned>,
    defects: Vec<&'static str>,
    /// Which lines of `text` are not in `reply`, and why; only when it is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    cut: Option<Vec<Removed>>,
}

/// What kind of mail it is. Where two would fit, the first below wins.
#[derive(Serialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Kind {
    /// No header, or none that a mail could have.
    Invalid,
    /// A report on delivery, in any dialect.
    Bounce,
    /// Lists, newsletters and other bulk mail; complaints (RFC 5965), which lists get.
    List,
    /// Whatever else a machine wrote: absences, receipts, challenges, acknowledgements.
    AutoReply,
    /// A person's.
    Message,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Bounce => "bounce",
            Self::List => "list",
            Self::AutoReply => "auto_reply",
            Self::Message => "message",
        }
    }
}

#[derive(Serialize)]
struct Author {
    name: Option<String>,
    address: String,
}

#[derive(Serialize)]
struct Enclosed {
    name: Option<String>,
    #[serde(rename = "type")]
    media_type: String,
    bytes: usize,
}

/// There for every bounce; a report whose words cannot be read has nothing in it.
#[derive(Serialize, Default)]
struct Returned {
    recipient: Option<String>,
    status: Option<String>,
    action: Option<&'static str>,
    permanent: bool,
}

/// Shows every file; status 1 when one could not be read. With `explain`, also why lines are no part of the reply.
pub(super) fn inspect(json: bool, explain: bool, files: &[PathBuf]) -> anyhow::Result<ExitCode> {
    let look = Look::of_stdout();
    let mut code = ExitCode::SUCCESS;
    for (n, file) in files.iter().enumerate() {
        let raw = match read(file) {
            Ok(raw) => raw,
            Err(error) => {
                eprintln!("yorisoi: {} cannot be read: {error}", file.display());
                code = ExitCode::from(FAILED);
                continue;
            }
        };
        let seen = seen(file.display().to_string(), &parse(&raw), explain);
        let shown = if json {
            serde_json::to_string(&seen)? + "\n"
        } else {
            for_people(&seen, look, if n == 0 { "" } else { "\n" })
        };
        match io::stdout().write_all(shown.as_bytes()) {
            // a reader that went away wants no more
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => break,
            other => other?,
        }
    }
    Ok(code)
}

fn read(file: &Path) -> io::Result<Vec<u8>> {
    let mut raw = Vec::new();
    if file == Path::new("-") {
        io::stdin().lock().take(LARGEST + 1).read_to_end(&mut raw)?;
    } else {
        File::open(file)?.take(LARGEST + 1).read_to_end(&mut raw)?;
    }
    if raw.len() as u64 > LARGEST {
        return Err(io::Error::other("it is larger than 256 MiB, and no mail is"));
    }
    Ok(raw)
}

fn seen(file: String, m: &Message, explain: bool) -> Seen {
    let ids = |ids: &[MessageId]| ids.iter().map(ToString::to_string).collect();
    let kind = kind(m, automatic(m));
    let written = authored(&m.text, None, &HeaderEvidence::of(m));
    let author = m.from.first().map(|b| Author { name: b.name.clone(), address: b.address.to_string() });
    let attachments = m.attachments.iter().map(|a| Enclosed {
        name: Some(a.name.clone()).filter(|name| !name.is_empty()),
        media_type: a.media_type.clone(),
        bytes: a.bytes,
    });
    Seen {
        file,
        kind,
        from: author,
        subject: m.subject.clone(),
        message_id: m.message_id.as_ref().map(ToString::to_string),
        in_reply_to: ids(&m.in_reply_to),
        references: ids(&m.references),
        date: m.originated_at.map(|at| at.to_string()),
        cut: explain.then(|| written.cut.iter().map(Removed::from).collect()),
        reply: written.text,
        text: m.text.clone(),
        attachments: attachments.collect(),
        bounce: (kind == Kind::Bounce).then(|| returned(m)),
        defects: m.defects.iter().map(|d| d.word()).collect(),
    }
}

fn kind(m: &Message, verdict: Option<Automatic>) -> Kind {
    let usable = |(name, value): &(String, String)| USABLE.contains(&name.as_str()) && !value.is_empty();
    if m.defects.contains(&Defect::NoHeader) || !m.header.iter().any(usable) {
        return Kind::Invalid;
    }
    match verdict {
        None => Kind::Message,
        Some(Automatic { evidence: Evidence::Feedback, .. } | Automatic { class: Class::List, .. }) => {
            Kind::List
        }
        Some(Automatic { class: Class::DeliveryReport, .. }) => Kind::Bounce,
        Some(Automatic { class: Class::Reply | Class::ReadReceipt, .. }) => Kind::AutoReply,
    }
}

fn returned(m: &Message) -> Returned {
    let Some(report) = &m.delivery_report else { return Returned::default() };
    Returned {
        recipient: report.recipient.as_ref().map(ToString::to_string),
        status: Some(report.status.clone()).filter(|status| !status.is_empty()),
        action: Some(report.action.word()),
        permanent: report.action == Action::Failed && report.status.starts_with("5."),
    }
}

/// A head of labelled lines, then what was newly written, or the whole text explained, indented; `gap` stands above it.
fn for_people(seen: &Seen, look: Look, gap: &str) -> String {
    let mut out = format!("{gap}== {}\n", seen.file);
    let mut line = |label: &str, value: &str| {
        if !value.is_empty() {
            out.push_str(&format!("{label:<11} {value}\n"));
        }
    };
    line("kind", seen.kind.word());
    if let Some(Author { name, address }) = &seen.from {
        line("from", &name.as_ref().map_or_else(|| address.clone(), |name| format!("{name} <{address}>")));
    }
    line("subject", &seen.subject);
    line("date", seen.date.as_deref().unwrap_or_default());
    line("message id", seen.message_id.as_deref().unwrap_or_default());
    line("in reply to", &seen.in_reply_to.join(" "));
    line("references", &seen.references.join(" "));
    for Enclosed { name, media_type, bytes } in &seen.attachments {
        let name = name.as_deref().unwrap_or("(no name)");
        line("attachment", &format!("{name} ({media_type}, {bytes} bytes)"));
    }
    if let Some(bounce) = &seen.bounce {
        line("bounce", &sentence(bounce));
    }
    line("defects", &seen.defects.join(", "));
    if let Some(cut) = &seen.cut {
        return out + &explain::text(&seen.text, cut, look);
    }
    if !seen.reply.is_empty() {
        out.push('\n');
    }
    for text in seen.reply.lines() {
        out.push_str(format!("    {text}").trim_end());
        out.push('\n');
    }
    let below = seen.text.lines().count().saturating_sub(seen.reply.lines().count());
    if below > 0 {
        out.push_str(&format!("    [lines of a quote or a signature, left out: {below}]\n"));
    }
    out
}

fn sentence(bounce: &Returned) -> String {
    let recipient = bounce.recipient.as_deref().unwrap_or("(nobody named)");
    let action = bounce.action.unwrap_or("(not said)");
    let status = bounce.status.as_deref().unwrap_or("without a status");
    let lasting = if bounce.permanent { ", permanent" } else { "" };
    format!("{recipient}: {action}, {status}{lasting}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_failure_with_a_status_of_five_is_permanent() {
        let check = |action: &str, status: &str, expected: bool| {
            let mail = format!(
                "Return-Path: <>\nFrom: MAILER-DAEMON@example.org\nSubject: x\n\
                 Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nx\n--b\n\
                 Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\n\n\
                 Final-Recipient: rfc822; haru@example.jp\nAction: {action}\nStatus: {status}\n\n--b--\n"
            );
            let seen = seen("x".to_owned(), &parse(mail.as_bytes()), false);
            let bounce = seen.bounce.unwrap();
            assert_eq!((bounce.permanent, bounce.action), (expected, Some(action)), "{action} {status}");
        };
        check("failed", "5.1.1", true);
        check("failed", "4.4.7", false);
        check("failed", "", false);
        check("delayed", "5.1.1", false);
        check("delivered", "2.0.0", false);
    }

    #[test]
    fn a_header_that_no_mail_could_have_is_none() {
        let check = |mail: &str, expected: &str| {
            assert_eq!(seen("x".to_owned(), &parse(mail.as_bytes()), false).kind.word(), expected, "{mail}");
        };
        check("", "invalid");
        check("\n\nwords\n", "invalid");
        check("just words\n", "invalid");
        check("Note: milk\nAlso: bread\n", "invalid");
        check("Subject:\n\nx\n", "invalid");
        check("Subject: x\n\nx\n", "message");
        check("From: haru@example.jp\n\n", "message");
    }

    #[test]
    fn a_person_sees_a_head_and_the_new_words() {
        let mail = "From: =?utf-8?B?44Gv44KL?= <haru@example.jp>\nSubject: x\n\
                    Content-Type: text/plain; charset=utf-8\n\nはい\n\nOn 22 Nov 2026, care wrote:\n> どう?\n";
        let shown = for_people(&seen("x.eml".to_owned(), &parse(mail.as_bytes()), false), Look::Plain, "");
        let expected = "== x.eml\nkind        message\nfrom        はる <haru@example.jp>\n\
                        subject     x\n\n    はい\n    [lines of a quote or a signature, left out: 3]\n";
        assert_eq!(shown, expected);
    }
}
