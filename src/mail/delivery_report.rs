//! Reports on delivery → [`DeliveryReport`]: RFC 3464 inside multipart/report (RFC 6522) in every wounded form, and
//! the dialects of servers that write free text.
//!
//! A dialect is read only when the mail comes from a machine *and* speaks like one. A person who writes about a
//! returned mail, quotes it or forwards it is a person. Of several addresses the recipient is the one that the
//! returned copy was written to, else the one that its sender gave (Original-Recipient), else the first that failed;
//! the copy alone names a recipient only when the report names nobody, legibly or not, and the copy had exactly one.
//! Who sent the returned mail is never its recipient. What is not in the report is left empty, never made up; `reasons` says how a status follows from words.

mod copy;
mod dialect;
mod reasons;
mod status_part;
mod words;

use super::address::Address;
use super::automatic::{daemon_sender, postmaster_answers};
use super::message::{Action, DeliveryReport, Message};
use super::message_id::MessageId;
use super::parse::{ids_in, message_id_of};
use copy::Copy;
use dialect::{dialect, opens_as_report, subject_of_report};
use status_part::Block;
use words::Words;

/// Lines of a free text or a status part that are looked at.
const LINES: usize = 400;

/// Addresses of one kind that are compared with others.
const ADDRESSES: usize = 50;

/// Types of the part that returns the mail or its header.
const RETURNED: [&str; 6] = [
    "message/rfc822",
    "message/global",
    "message/global-headers",
    "message/rfc822-headers",
    "text/rfc822-headers",
    "text/rfc822",
];

/// Reads the report that `m` is, if it is one. `parts` are its message/* and text/rfc822* parts: media type and text.
pub(super) fn read(m: &Message, parts: &[(String, String)]) -> Option<DeliveryReport> {
    let content_type = m.fields("content-type").next().unwrap_or_default().to_ascii_lowercase();
    let declared = content_type.starts_with("multipart/report");
    let other = content_type.contains("disposition-notification") || content_type.contains("feedback-report");
    let machine = from_machine(m);
    if other || !(declared || machine || speaks_as_a_system(m)) {
        return None;
    }
    let copy = Copy::read(m, parts);
    let status = parts.iter().filter(|(kind, _)| kind.ends_with("delivery-status"));
    let status = status.map(|(_, text)| text.as_str()).chain(status_in_words(m));
    let blocks: Vec<Block> = status.flat_map(status_part::blocks).take(LINES).collect();
    let mut found = match told(&blocks, &copy) {
        Some(block) if declared || machine => from_block(m, block, &copy),
        _ if machine && (declared || dialect(m)) || speaks_as_a_system(m) => from_words(m, &copy),
        // A daemon writes about nothing else, in whatever words; but what names nobody and no reason is not read.
        _ if daemon_sender(m) && !postmaster_answers(m) => {
            let told = |r: &DeliveryReport| !r.status.is_empty() || r.action == Action::Delayed;
            let nobody = Copy { recipients: Vec::new(), ..copy };
            Some(from_words(m, &nobody)).filter(|r| r.recipient.is_some() && told(r))?
        }
        _ => return None,
    };
    found.original_message_id = original_message_id(m, parts);
    Some(found)
}

/// Of the recipients in a status part the one to tell of: one that failed before others, ours before others.
fn told<'a>(blocks: &'a [Block], copy: &Copy) -> Option<&'a Block> {
    let ours = |block: &Block| block.recipients().iter().any(|a| copy.recipients.contains(a));
    // of equals the first, which `max_by_key` would not give
    blocks.iter().min_by_key(|b| (b.action() != Action::Failed, !ours(b)))
}

fn from_block(m: &Message, block: &Block, copy: &Copy) -> DeliveryReport {
    let action = block.action();
    let words = Words::read(m, &copy.senders);
    let told = copy.chosen(&block.recipients()).or_else(|| copy.chosen(words.recipients()));
    let recipient = told.or_else(|| copy.only(&words).filter(|_| !block.names_somebody()));
    let mut status = block.status();
    if status.is_empty() {
        status = words.status(recipient.as_ref(), action);
    }
    let gone = reasons::no_such_recipient(&status, block.diagnostic().into_iter());
    report(recipient, action, status, gone)
}

fn report(recipient: Option<Address>, action: Action, status: String, gone: bool) -> DeliveryReport {
    let no_such_recipient = gone && action == Action::Failed;
    DeliveryReport { recipient, action, status, no_such_recipient, original_message_id: None }
}

fn from_words(m: &Message, copy: &Copy) -> DeliveryReport {
    let words = Words::read(m, &copy.senders);
    let recipient = copy.chosen(words.recipients()).or_else(|| copy.only(&words));
    let action = words.action(&m.subject);
    let mut status = words.status(recipient.as_ref(), action);
    if status.is_empty() && action == Action::Failed {
        status = reasons::status(std::iter::once(m.subject.as_str()), false);
    }
    let gone = reasons::no_such_recipient(&status, words.about(recipient.as_ref()).into_iter());
    report(recipient, action, status, gone)
}

/// Null reverse-path, a daemon's address, a field that only a server writes, or the word of RFC 3834.
fn from_machine(m: &Message) -> bool {
    let return_path = m.fields("return-path").next().map(|v| v.to_ascii_lowercase().replace(' ', ""));
    let daemon = |path: &str| path == "<>" || path.trim_start_matches('<').starts_with("mailer-daemon");
    return_path.as_deref().is_some_and(daemon)
        || daemon_sender(m)
        || m.fields("x-failed-recipients").next().is_some()
        || m.fields("auto-submitted").any(|v| v.to_ascii_lowercase().starts_with("auto-"))
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

/// The display name is a mail system's and subject and text are a report's: all three, for each alone may be a
/// person's.
fn speaks_as_a_system(m: &Message) -> bool {
    const NAMES: [&str; 8] = [
        "mail delivery",
        "mail administrator",
        "system administrator",
        "internet mail delivery",
        "mailer daemon",
        "mailer-daemon",
        "mail gateway",
        "microsoft outlook",
    ];
    let named = |name: &str| NAMES.iter().any(|n| name.to_lowercase().starts_with(n));
    m.from.iter().filter_map(|a| a.name.as_deref()).any(named) && subject_of_report(m) && opens_as_report(m)
}

/// A status part that stands in the words, as in a report that was made plain.
fn status_in_words(m: &Message) -> Option<&str> {
    let mut at = 0;
    for line in m.text.split_inclusive('\n').take(LINES).take_while(|l| !words::copy_begins(l)) {
        let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
        if matches!(name.as_str(), "final-recipient" | "original-recipient") {
            return m.text.get(at..);
        }
        at += line.len();
    }
    None
}

/// From the returned mail, from fields that name it, from the text, and last from the report's own threading.
fn original_message_id(m: &Message, parts: &[(String, String)]) -> Option<MessageId> {
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
