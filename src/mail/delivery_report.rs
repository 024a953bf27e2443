//! Reports on delivery → [`DeliveryReport`]: RFC 3464 inside multipart/report (RFC 6522), and the dialects of
//! servers that write free text (qmail, Exim, older Postfix and Exchange setups, au's mail system).
//!
//! A dialect is read only when the mail comes from a machine *and* speaks like one. A person who writes about a
//! returned mail, quotes it or forwards it is a person. What is not in the report is left empty, never made up.

use super::address::Address;
use super::automatic::daemon_sender;
use super::message::{Action, DeliveryReport, Message};
use super::message_id::MessageId;
use super::parse::{header, ids_in, message_id_of};

/// Lines of a free text that are looked at.
const LINES: usize = 400;

/// Reads the report that `m` is, if it is one. `parts` are its message/* and text/rfc822* parts: media type and text.
pub(super) fn read(m: &Message, parts: &[(String, String)]) -> Option<DeliveryReport> {
    let content_type = m.fields("content-type").next().unwrap_or_default().to_ascii_lowercase();
    let declared = content_type.starts_with("multipart/report");
    let other = content_type.contains("disposition-notification") || content_type.contains("feedback-report");
    if other || !(declared || from_machine(m)) {
        return None;
    }
    let part = |wanted: &str| parts.iter().find(|(kind, _)| kind == wanted).map(|(_, text)| text.as_str());
    let status = part("message/delivery-status").or_else(|| part("message/global-delivery-status"));
    let mut report = match status.and_then(read_status) {
        Some(report) => report,
        None if declared && from_machine(m) || dialect(m) => read_text(m),
        None => return None,
    };
    report.original_message_id = original_message_id(m, parts);
    Some(report)
}

/// The null reverse-path, a daemon's address, or a field that only a server writes.
fn from_machine(m: &Message) -> bool {
    let return_path = m.fields("return-path").next().map(|v| v.to_ascii_lowercase().replace(' ', ""));
    let daemon = |path: &str| path == "<>" || path.trim_start_matches('<').starts_with("mailer-daemon");
    return_path.as_deref().is_some_and(daemon)
        || daemon_sender(m)
        || m.fields("x-failed-recipients").next().is_some()
        || au_no_reply(m)
}

/// au (KDDI) reports from no-reply at a dion.ne.jp host, with a return path that is not null.
fn au_no_reply(m: &Message) -> bool {
    m.subject == "メールエラー通知"
        && m.from.iter().any(|a| {
            let domain = a.address.domain();
            a.address.local() == "no-reply" && (domain == "dion.ne.jp" || domain.ends_with(".dion.ne.jp"))
        })
}

/// The subject or the first lines are those of a server.
fn dialect(m: &Message) -> bool {
    const SUBJECTS: [&str; 24] = [
        "undelivered mail returned to sender",
        "mail delivery failed",
        "mail delivery failure",
        "delivery status notification",
        "delivery notification",
        "delivery failure",
        "delivery has failed",
        "mail system error - returned mail",
        "undeliverable",
        "undelivered",
        "failure notice",
        "returned mail",
        "delayed mail",
        "warning: message",
        "warning: could not send",
        "mail could not be delivered",
        "message delivery delayed",
        "non-delivery",
        "配信不能",
        "配信不可",
        "配信エラー",
        "メールエラー通知",
        "メール配信エラー",
        "配信遅延",
    ];
    const OPENINGS: [&str; 8] = [
        "hi. this is the qmail-send program",
        "this is the mail system at host",
        "this message was created automatically by mail delivery software",
        "a message that you sent could not be delivered",
        "this message was undeliverable due to the following reason",
        "your message did not reach some or all of the intended recipients",
        "each of the following recipients was rejected by a remote mail server",
        "delivery has failed to these recipients",
    ];
    let subject = m.subject.to_lowercase();
    let opens = || m.text.lines().take(30).map(|l| l.trim().to_lowercase());
    m.fields("x-failed-recipients").next().is_some()
        || SUBJECTS.iter().any(|s| subject.starts_with(s))
        || opens().any(|line| OPENINGS.iter().any(|o| line.starts_with(o)))
}

/// The machine-readable part: the block of a recipient that failed, else the first one (RFC 3464 §2.3).
fn read_status(text: &str) -> Option<DeliveryReport> {
    let lf = text.replace("\r\n", "\n");
    let mut first: Option<DeliveryReport> = None;
    for block in lf.split("\n\n").take(100) {
        let fields = header::split(block.trim_start_matches('\n').as_bytes());
        let field = |name: &str| fields.first(name).map(|v| String::from_utf8_lossy(v).into_owned());
        let recipient = field("final-recipient").or_else(|| field("original-recipient"));
        let action = field("action");
        if recipient.is_none() && action.is_none() {
            continue;
        }
        let status = enhanced_status(&field("status").unwrap_or_default())
            .or_else(|| enhanced_status(&field("diagnostic-code").unwrap_or_default()))
            .unwrap_or_default();
        let report = DeliveryReport {
            recipient: recipient.as_deref().and_then(typed_address),
            action: read_action(action.as_deref().unwrap_or_default(), &status),
            status,
            original_message_id: None,
        };
        if report.action == Action::Failed {
            return Some(report);
        }
        first = first.or(Some(report));
    }
    first
}

/// "rfc822; haru@example.jp", with or without the type and angle brackets.
fn typed_address(value: &str) -> Option<Address> {
    let address = value.rsplit_once(';').map_or(value, |(_, address)| address).trim();
    Address::parse(address.trim_start_matches('<').trim_end_matches('>')).ok()
}

fn read_action(word: &str, status: &str) -> Action {
    let word = word.trim().to_ascii_lowercase();
    match (word.split([' ', '(', ';']).next().unwrap_or_default(), status.chars().next()) {
        ("failed" | "failure", _) => Action::Failed,
        ("delayed", _) => Action::Delayed,
        ("delivered", _) => Action::Delivered,
        ("relayed", _) => Action::Relayed,
        ("expanded", _) => Action::Expanded,
        (_, Some('2')) => Action::Delivered,
        (_, Some('4')) => Action::Delayed,
        _ => Action::Failed,
    }
}

/// The first enhanced status code of a text (RFC 3463 §2): three numbers, the first 2, 4 or 5; no IP address.
fn enhanced_status(text: &str) -> Option<String> {
    let words = text.split(|c: char| !(c.is_ascii_digit() || c == '.'));
    let code = |word: &&str| {
        let numbers: Vec<&str> = word.split('.').collect();
        let sized = numbers.iter().all(|n| (1..=3).contains(&n.len()));
        sized && matches!(numbers.as_slice(), ["2" | "4" | "5", _, _])
    };
    words.map(|w| w.trim_end_matches('.')).find(|w| code(w)).map(str::to_owned)
}

/// A report in free text: the part before the returned copy.
fn read_text(m: &Message) -> DeliveryReport {
    let own: Vec<&str> = m.text.lines().take(LINES).take_while(|l| !copy_begins(l)).collect();
    let subject = m.subject.to_lowercase();
    let late = ["delay", "warning", "遅延"].iter().any(|w| subject.contains(w));
    let failed = m.fields("x-failed-recipients").next().and_then(|v| v.split(',').next());
    DeliveryReport {
        recipient: failed.and_then(typed_address).or_else(|| own.iter().find_map(|l| recipient_in(l))),
        action: if late { Action::Delayed } else { Action::Failed },
        status: own.iter().find_map(|l| enhanced_status(l)).unwrap_or_default(),
        original_message_id: None,
    }
}

/// The line after which the returned mail stands.
fn copy_begins(line: &str) -> bool {
    const MARKS: [&str; 6] = [
        "--- below this line is a copy",
        "------ this is a copy",
        "--- original message",
        "----- original message",
        "original message headers",
        "元のメッセージ",
    ];
    let line = line.trim().to_lowercase();
    MARKS.iter().any(|m| line.starts_with(m))
}

/// `<haru@example.jp>: …` (Postfix, qmail), `Recipient: <…>` (au), `RCPT TO:<…>`, or the address alone on its line
/// (Exim, Exchange).
fn recipient_in(line: &str) -> Option<Address> {
    let line = line.trim();
    let lower = line.to_ascii_lowercase();
    let named = ["recipient:", "rcpt to:", "final-recipient:"].iter().any(|n| lower.contains(n));
    if line.starts_with('<') || named {
        let inner = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
        return inner.and_then(|(inner, _)| Address::parse(inner).ok()).or_else(|| typed_address(line));
    }
    Address::parse(line.split(['(', '<']).next().unwrap_or_default()).ok()
}

/// From the returned mail, from fields that name it, from the text, and last from the report's own threading.
fn original_message_id(m: &Message, parts: &[(String, String)]) -> Option<MessageId> {
    const RETURNED: [&str; 5] =
        ["message/rfc822", "message/global", "message/global-headers", "text/rfc822-headers", "text/rfc822"];
    const NAMES: [&str; 3] =
        ["x-original-message-id", "original-message-id", "x-postfix-original-message-id"];
    let returned = parts.iter().filter(|(kind, _)| RETURNED.contains(&kind.as_str()));
    let named = || NAMES.iter().flat_map(|n| m.fields(n)).flat_map(ids_in).next();
    let in_status =
        || parts.iter().filter(|(kind, _)| kind.ends_with("delivery-status")).find_map(|(_, t)| id_line(t));
    returned
        .filter_map(|(_, text)| message_id_of(text))
        .next()
        .or_else(named)
        .or_else(in_status)
        .or_else(|| id_line(&m.text))
        .or_else(|| m.in_reply_to.first().cloned())
        .or_else(|| m.references.last().cloned())
}

/// A line "Message-ID: <…>", indented or quoted or not; the identifier may stand on the next line.
fn id_line(text: &str) -> Option<MessageId> {
    let mut lines = text.lines().take(4000).peekable();
    while let Some(line) = lines.next() {
        let bare = line.trim_start_matches(['>', ' ', '\t']);
        let Some((name, value)) = bare.split_once(':') else { continue };
        if !name.trim().to_ascii_lowercase().ends_with("message-id") {
            continue;
        }
        let next = lines.peek().copied().unwrap_or_default();
        let value = if value.trim().is_empty() { next } else { value };
        if let Some(id) = ids_in(value).into_iter().next() {
            return Some(id);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;

    #[test]
    fn status_codes_are_no_ip_addresses() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(enhanced_status(text).as_deref(), expected, "{text}");
        };
        check("5.1.1", Some("5.1.1"));
        check("smtp; 550 5.1.1 <a@example.jp>... User unknown", Some("5.1.1"));
        check("host 5.2.3.4 said 450 4.2.2.", Some("4.2.2"));
        check("#5.1.0 Address rejected", Some("5.1.0"));
        check("version 1.2.3", None);
        check("550 no such user", None);
    }

    #[test]
    fn a_recipient_stands_where_servers_put_it() {
        let check = |line: &str, expected: Option<&str>| {
            assert_eq!(recipient_in(line).map(|a| a.wire()).as_deref(), expected, "{line}");
        };
        check("<haru@example.jp>: host mx said: 550", Some("haru@example.jp"));
        check("    haru@example.jp", Some("haru@example.jp"));
        check("  haru@example.jp (generated from x@example.jp)", Some("haru@example.jp"));
        check("    Recipient: <a..b@docomo.ne.jp>", Some("a..b@docomo.ne.jp"));
        check(">>> RCPT TO:<haru@example.jp>", Some("haru@example.jp"));
        check("Please write to haru@example.jp", None);
    }

    #[test]
    fn a_person_who_writes_about_a_returned_mail_is_a_person() {
        let check = |mail: &str, report: bool| {
            assert_eq!(parse(mail.as_bytes()).delivery_report.is_some(), report, "{mail}");
        };
        let person = "From: haru@example.jp\nReturn-Path: <haru@example.jp>\n";
        let text = "Hi. This is the qmail-send program at example.org.\n<mori@example.org>:\nno such user\n";
        check(&format!("{person}Subject: failure notice\n\n{text}"), false);
        check(&format!("{person}Subject: Re: failure notice\n\n> {text}"), false);
        check(&format!("From: MAILER-DAEMON@example.org\nSubject: failure notice\n\n{text}"), true);
        check("Return-Path: <>\nFrom: haru@example.jp\nSubject: away\n\nI am away.\n", false);
    }
}
