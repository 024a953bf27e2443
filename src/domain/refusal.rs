//! A refusal → whom it is about: this mail, our account, or nobody can tell from one reply.
//!
//! Stage, reply code (RFC 5321 §4.2) and enhanced status code (RFC 3463, RFC 5248) decide, never a server's words. A
//! wrong verdict loses nothing: what is about the account keeps every mail, what is about the mail goes back to its
//! writer, and what is unclear is kept until other mails have shown which of the two it is ([`super::settled`]).

use crate::mail::submission::{EnhancedStatus, Stage};

/// Whom a refusal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// The recipient: nobody has the address.
    NoSuchRecipient,
    /// This mail or its recipient.
    Mail,
    /// Our account, our standing with the server, or the server: no mail goes out.
    Account,
    /// The two sides do not agree on where they are.
    Desync,
    /// This mail or us; other mails will show it.
    Unclear,
}

/// Whom the reply `code` at `stage` is about; 0 is no reply at all.
pub fn about(stage: Stage, code: u16, status: Option<EnhancedStatus>) -> About {
    match stage {
        // Nothing has been said of any mail yet.
        Stage::Connect | Stage::Auth => About::Account,
        _ if matches!(code, 500 | 503) || is(status, 5, 1) => About::Desync,
        // To log in first, to protect the connection first, not logged in (RFC 3207, RFC 4954).
        _ if matches!(code, 530 | 534 | 535 | 538) => About::Account,
        _ if code == 454 && !is(status, 7, 1) => About::Account,
        Stage::Mail => at_mail(code, status),
        Stage::Rcpt | Stage::Data | Stage::Dot => match status {
            Some(EnhancedStatus { subject: subject @ 1..=7, detail }) => {
                by_status(stage, code, subject, detail)
            }
            _ => by_code(stage, code),
        },
    }
}

fn is(status: Option<EnhancedStatus>, subject: u16, detail: u16) -> bool {
    status == Some(EnhancedStatus { subject, detail })
}

/// The sender has been named, and no recipient: only size and content can be the mail's own fault.
fn at_mail(code: u16, status: Option<EnhancedStatus>) -> About {
    match (code, status.map(|s| (s.subject, s.detail))) {
        (0, _) => About::Unclear,
        (_, Some((2, 3) | (3, 4) | (6, _))) | (552, None) => About::Mail,
        _ => About::Account,
    }
}

/// By what RFC 3463 and the registry of RFC 5248 say of `x.subject.detail`.
fn by_status(stage: Stage, code: u16, subject: u16, detail: u16) -> About {
    match (subject, detail) {
        // The sender's address, its mailbox or its domain; a sender without a mail server (RFC 7505).
        (1, 7 | 8) | (7, 27) => About::Account,
        (1, 1 | 2 | 3 | 6 | 10) | (2, 1) if code >= 500 => About::NoSuchRecipient,
        (1 | 2 | 6, _) | (3, 4) => About::Mail,
        // Too much mail: congestion, which is how Gmail says "daily sending quota"; too many recipients where there
        // is always one; a flood.
        (4, 5) | (5, 3 | 6) | (7, 28) => About::Account,
        // Host, route and time of the recipient's side.
        (4, _) => About::Mail,
        (5, _) if stage == Stage::Data => About::Desync,
        (5, _) => About::Mail,
        // "Mailbox name not allowed" by policy: the name of the sender, who is not the owner, or relaying.
        (7, 1) if code == 553 => About::Account,
        // Mailing lists, priority, and an address that has changed hands (RFC 7293).
        (7, 2 | 15..=19) => About::Mail,
        // How we logged in (RFC 4954, RFC 5248).
        (7, 8..=14) => About::Account,
        // The system; policy about the recipient or about us; SPF, DKIM, DMARC and reverse DNS (RFC 7372).
        _ => About::Unclear,
    }
}

/// Without a usable enhanced status: as servers use the code.
fn by_code(stage: Stage, code: u16) -> About {
    match code {
        // RFC 5321 §4.2.2: unknown, full, too large, no such name, no parameters.
        501 | 550..=553 | 555 | 556 => About::Mail,
        // At RCPT it is as often an address of ours on a list; after DATA it is about the content.
        554 if stage > Stage::Rcpt => About::Mail,
        _ => About::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use super::About::{Account, Desync, Mail, NoSuchRecipient, Unclear};
    use super::Stage::{Auth, Connect, Data, Dot, Rcpt};
    use super::*;

    /// Each line: where, and the beginning of a reply as servers write it.
    fn check(stage: Stage, reply: &str, expected: About) {
        let (code, text) = reply.split_once(' ').unwrap_or((reply, ""));
        let status = EnhancedStatus::at_start_of(text);
        assert_eq!(about(stage, code.parse().unwrap(), status), expected, "{stage:?} {reply}");
    }

    #[test]
    fn before_a_recipient_is_named_a_refusal_is_about_our_account() {
        check(Connect, "421 4.3.2 too many connections", Account);
        check(Connect, "554 5.7.1 blocked", Account);
        check(Connect, "0", Account);
        check(Auth, "535 5.7.8 bad credentials", Account);
        check(Auth, "535", Account);
        check(Auth, "454 4.7.0 temporary authentication failure", Account);
        check(Auth, "503 5.5.1 not available", Account);
        // the sender, and no recipient yet
        check(Stage::Mail, "530 5.7.0 must issue a STARTTLS command first", Account);
        check(Stage::Mail, "530 5.7.0 authentication required", Account);
        check(Stage::Mail, "550 5.7.1 blocked", Account);
        check(Stage::Mail, "550 5.1.1 unknown", Account);
        check(Stage::Mail, "553 5.7.1 not owned by user", Account);
        check(Stage::Mail, "550", Account);
        check(Stage::Mail, "450 4.7.1 slow down", Account);
        check(Stage::Mail, "451", Account);
        check(Stage::Mail, "452 4.3.1 insufficient storage", Account);
        check(Stage::Mail, "421", Account);
        check(Stage::Mail, "552", Mail);
        check(Stage::Mail, "552 5.3.4 message size exceeds", Mail);
        check(Stage::Mail, "554 5.6.0 content", Mail);
        check(Stage::Mail, "503 5.5.1 nested MAIL", Desync);
        check(Stage::Mail, "500", Desync);
        check(Stage::Mail, "0", Unclear);
    }

    #[test]
    fn a_refusal_of_the_recipient_is_about_this_mail() {
        check(Rcpt, "550 5.1.1 user unknown", NoSuchRecipient);
        check(Rcpt, "550 5.1.2 no such domain", NoSuchRecipient);
        check(Rcpt, "501 5.1.3 syntax", NoSuchRecipient);
        check(Rcpt, "551 5.1.6 moved", NoSuchRecipient);
        check(Rcpt, "556 5.1.10 null MX", NoSuchRecipient);
        check(Rcpt, "550 5.2.1 disabled", NoSuchRecipient);
        check(Rcpt, "450 4.1.1 unverified", Mail);
        check(Rcpt, "450 4.2.1 at a rate", Mail);
        check(Rcpt, "450 4.1.2 no such domain for now", Mail);
        check(Rcpt, "452 4.2.2 mailbox full", Mail);
        check(Rcpt, "552 5.2.2 mailbox full", Mail);
        check(Rcpt, "550 5.7.2 list", Mail);
        check(Rcpt, "550 5.7.17 mailbox owner has changed", Mail);
        check(Rcpt, "550 5.4.4 unable to route", Mail);
        check(Rcpt, "451 4.4.1 no answer from host", Mail);
        check(Rcpt, "501 5.5.4 syntax of the address", Mail);
        check(Rcpt, "550", Mail);
        check(Rcpt, "550 Unknown user", Mail);
        check(Rcpt, "550 5.0.0 no detail", Mail);
        check(Rcpt, "552", Mail);
        check(Rcpt, "553", Mail);
        check(Rcpt, "501", Mail);
    }

    #[test]
    fn a_refusal_of_the_recipient_may_be_about_us_or_about_either() {
        check(Rcpt, "530 5.7.0 authentication required", Account);
        check(Rcpt, "535", Account);
        check(Rcpt, "553 5.7.1 sender not owned by user", Account);
        check(Rcpt, "550 5.1.7 bad sender", Account);
        check(Rcpt, "550 5.1.8 bad outbound sender", Account);
        check(Rcpt, "550 5.7.13 account disabled", Account);
        check(Rcpt, "550 5.7.8 credentials", Account);
        check(Rcpt, "550 5.7.27 sender without a mail server", Account);
        check(Rcpt, "452 4.5.3 too many recipients", Account);
        check(Rcpt, "550 5.5.3 too many recipients", Account);
        check(Rcpt, "454 4.7.0 too many", Account);
        check(Rcpt, "454", Account);
        check(Rcpt, "550 5.4.5 daily sending quota exceeded", Account);
        check(Rcpt, "450 4.4.5 congestion", Account);
        check(Rcpt, "450 4.7.28 flood", Account);
        // either
        check(Rcpt, "550 5.7.1 blocked", Unclear);
        check(Rcpt, "554 5.7.1 blocked using a list", Unclear);
        check(Rcpt, "450 4.7.1 greylisted", Unclear);
        check(Rcpt, "454 4.7.1 relay access denied", Unclear);
        check(Rcpt, "550 5.7.0 policy", Unclear);
        check(Rcpt, "550 5.7.26 unauthenticated", Unclear);
        check(Rcpt, "554", Unclear);
        check(Rcpt, "502", Unclear);
        check(Rcpt, "421 4.7.0 closing", Unclear);
        check(Rcpt, "450", Unclear);
        check(Rcpt, "451 4.3.0 lookup failure", Unclear);
        check(Rcpt, "452 4.3.1 insufficient storage", Unclear);
        check(Rcpt, "0", Unclear);
        check(Rcpt, "503 5.5.1 need MAIL", Desync);
    }

    #[test]
    fn a_refusal_of_the_content_is_about_this_mail_unless_it_says_otherwise() {
        check(Data, "554 5.5.1 no valid recipients", Desync);
        check(Data, "554", Mail);
        check(Data, "451", Unclear);
        check(Data, "502 5.5.2 unknown command", Desync);
        check(Data, "0", Unclear);
        check(Dot, "550", Mail);
        check(Dot, "554", Mail);
        check(Dot, "552 5.3.4 too large", Mail);
        check(Dot, "554 5.6.0 content", Mail);
        check(Dot, "550 5.1.1 user unknown", NoSuchRecipient);
        check(Dot, "554 5.7.1 blocked", Unclear);
        check(Dot, "550 5.7.1 looks like spam", Unclear);
        check(Dot, "550 5.4.5 daily sending quota exceeded", Account);
        check(Dot, "535 5.7.8", Account);
        check(Dot, "451 4.7.1 try again later", Unclear);
        check(Dot, "452", Unclear);
    }
}
