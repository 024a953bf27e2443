//! Header → whose address stands in From: a daemon's, nobody's, or a person's at an address that daemons use, too.

use super::super::fold::fold;
use super::super::message::Message;

/// From an address that no person writes from (RFC 5321 §4.5.1, RFC 2142).
pub(in super::super) fn daemon_sender(m: &Message) -> bool {
    const DAEMONS: [&str; 7] = [
        "mailer-daemon",
        "mailerdaemon",
        "mailer_daemon",
        "mail-daemon",
        "maildaemon",
        "mdaemon",
        "postmaster",
    ];
    // Some write no address at all: "MAILER-DAEMON (Mail Delivery System)".
    let bare = || {
        m.fields("from").any(|v| v.to_ascii_lowercase().trim_start_matches('<').starts_with("mailer-daemon"))
    };
    m.from.is_empty() && bare()
        || m.from.iter().any(|author| {
            let local = author.address.local().to_ascii_lowercase();
            let exchange = local.strip_prefix("microsoftexchange").is_some_and(|id| id.len() >= 32);
            exchange || DAEMONS.contains(&local.as_str())
        })
}

/// A postmaster is a person too (RFC 2142 §5), who presses reply.
pub(in super::super) fn postmaster_answers(m: &Message) -> bool {
    let postmaster = m.from.iter().all(|a| a.address.local().eq_ignore_ascii_case("postmaster"));
    postmaster && !m.in_reply_to.is_empty() && fold(&m.subject).starts_with("re:")
}

/// Whoever keeps a small server writes from postmaster@, and somebody answers from the stranger addresses, too: a
/// postmaster's mail without a word of reports, and an answer that a mail program made.
pub(super) fn a_person_at_a_daemons_address(m: &Message) -> bool {
    const OF_REPORTS: [&str; 16] = [
        "deliver",
        "fail",
        "returned",
        "bounce",
        "rejected",
        "blocked",
        "quarantine",
        "warning",
        "error",
        "user unknown",
        "エラー",
        "配信",
        "配送",
        "送信でき",
        "不達",
        "戻",
    ];
    let subject = fold(&m.subject);
    let postmaster =
        !m.from.is_empty() && m.from.iter().all(|a| a.address.local().eq_ignore_ascii_case("postmaster"));
    let answers = !m.in_reply_to.is_empty()
        && ["user-agent", "x-mailer"].iter().any(|f| m.fields(f).any(|v| !v.is_empty()));
    let declared = m.fields("content-type").any(|v| v.to_ascii_lowercase().starts_with("multipart/report"));
    let reports = subject.is_empty() || OF_REPORTS.iter().any(|w| subject.contains(w));
    !declared && (answers || postmaster_answers(m) || postmaster && !reports)
}

/// No responder runs on a phone, and none takes over the name of its mail program.
pub(super) fn from_a_phone(m: &Message) -> bool {
    let phone = |v: &str| ["iPhone Mail", "iPad Mail"].iter().any(|p| v.starts_with(p));
    !m.in_reply_to.is_empty() && m.fields("x-mailer").any(phone)
}

/// A person's mail that a filter passed on, some with the null reverse-path (RFC 5228 §4.2, RFC 5322 §3.6.6).
pub(super) fn redirected(m: &Message) -> bool {
    const FIELDS: [&str; 4] = ["x-sieve-redirected-from", "resent-from", "x-forwarded-for", "x-forwarded-to"];
    FIELDS.iter().any(|f| m.fields(f).any(|v| !v.is_empty()))
}

/// An address that says that nobody reads it. A form that sends what a person typed gives hers to reply to.
pub(super) fn no_reply_sender(m: &Message) -> bool {
    const NOBODY: [&str; 4] = ["noreply", "donotreply", "noreplies", "noresponse"];
    let nobody = |local: &str| {
        let local: String =
            local.to_ascii_lowercase().chars().filter(|c| !matches!(c, '-' | '_' | '.')).collect();
        NOBODY.contains(&local.as_str())
    };
    let authors = || m.from.iter().map(|a| a.address.local());
    authors().next().is_some() && authors().chain(m.reply_to.iter().map(|a| a.local())).all(nobody)
}
