//! The SMTP dialogues: each is a quirk that servers have been seen with, and how a mail ends there.

use yorisoi::mail::submission::{EnhancedStatus, Stage, SubmitOutcome};
use yorisoi::net::smtp::SubmitError;
use yorisoi::settings::Tls;

use super::smtp::{Dialogue, Ended, HARU, play_all};
use SubmitOutcome::{Permanent, Transient, Unknown};

const HELLO: &str = "S: 220 mail.example.jp\nC: EHLO yorisoi.example.jp\nS: 250-mail\nS: 250 8BITMIME\n";
const MAIL: &str = "C: MAIL FROM:<office@yorisoi.example.jp>\n";
const RCPT: &str = "C: RCPT TO:<haru@example.jp>\n";
const DATA: &str = "C: DATA\n";
const OK: &str = "S: 250 ok\n";
const GO: &str = "S: 354 go\n";
const DOT: &str = "C.\n";
const RSET: &str = "C: RSET\nS: 250 ok\n";

/// Up to the answer to the dot.
pub fn to_dot() -> String {
    [HELLO, MAIL, OK, RCPT, OK, DATA, GO, DOT].concat()
}

/// Everything goes well.
pub fn known() -> String {
    to_dot() + "S: 250 queued\n"
}

pub fn accepted(reply: &str) -> Ended {
    Ok(SubmitOutcome::Accepted { reply: reply.to_owned() })
}

pub fn transient(stage: Stage, code: u16) -> Ended {
    Ok(Transient { stage, code, status: None })
}

pub fn permanent(stage: Stage, code: u16) -> Ended {
    Ok(Permanent { stage, code, status: None })
}

/// A refusal of the content with an enhanced status of class 5.
fn refused_because(code: u16, subject: u16, detail: u16) -> Ended {
    Ok(Permanent { stage: Stage::Dot, code, status: Some(EnhancedStatus { subject, detail }) })
}

pub fn refused(stage: Stage, code: u16) -> Ended {
    Err(SubmitError::Refused { stage, code, status: None })
}

/// A dialogue of one mail for Haru.
pub fn quirk(told: &str, pieces: &[&str], ended: Ended, reused: bool) -> Dialogue {
    let trace = pieces.concat();
    let told = told.to_owned();
    Dialogue {
        told,
        login: false,
        tls: Tls::None,
        to: HARU,
        trace,
        ended,
        reused,
        quits: false,
        in_haste: false,
    }
}

/// Plays dialogues; that makes so many cases, and not fewer.
pub async fn play(name: &str, dialogues: &[Dialogue], least: usize) {
    let cases = play_all(dialogues, &known()).await;
    super::super::counted::counted(name, cases);
    assert!(cases >= least, "{cases} cases");
}

#[tokio::test(start_paused = true)]
async fn a_healthy_smtp_dialogue_may_break_off_after_any_octet() {
    let dialogues = [quirk("all is well", &[&known()], accepted("queued"), true)];
    play("a_healthy_smtp_dialogue_may_break_off_after_any_octet", &dialogues, 250).await;
}

#[tokio::test(start_paused = true)]
async fn no_quirk_of_a_final_reply_is_taken_for_more_than_it_is() {
    let dot = |told, answer: &str, ended, reused| quirk(told, &[&to_dot(), answer], ended, reused);
    let mut goodbye =
        dot("a goodbye that nobody answers", "S: 250 queued\nC: QUIT\n", accepted("queued"), true);
    goodbye.quits = true;
    let mut refused_goodbye =
        dot("a goodbye that is refused", "S: 250 queued\nC: QUIT\nS: 500 what\n", accepted("queued"), true);
    refused_goodbye.quits = true;
    let mut hang_up =
        dot("a goodbye that ends at once", "S: 250 queued\nC: QUIT\nclose\n", accepted("queued"), true);
    hang_up.quits = true;
    let dialogues = [
        dot("no text", "S| 250\\r\\n\n", accepted(""), true),
        dot("a bare line feed", "S| 250 ok\\n\n", accepted("ok"), true),
        dot("Shift_JIS", "S| 250 \\x93\\xfa\\x96\\x7b\\r\\n\n", accepted("\u{fffd}\u{fffd}\u{fffd}{"), true),
        dot("two lines", "S: 250-one\nS: 250 two\n", accepted("one two"), true),
        dot("an address in it", "S: 250 <haru@example.jp> queued\n", accepted("… queued"), true),
        dot("260", "S: 260 ok\n", Ok(Unknown), false),
        dot("after ten minutes less a second", "sleep 599\nS: 250 ok\n", accepted("ok"), true),
        dot("silence", "", Ok(Unknown), false),
        dot("after ten minutes and a second", "sleep 601\nS: 250 ok\n", Ok(Unknown), false),
        dot("the end", "close\n", Ok(Unknown), false),
        dot("half a line", "S| 250 o\nclose\n", Ok(Unknown), false),
        dot("half a reply", "S: 250-one\nclose\n", Ok(Unknown), false),
        dot("354 again", "S: 354 go\n", Ok(Unknown), false),
        dot("a code that is none", "S: 999 what\n", Ok(Unknown), false),
        dot("no code", "S: queued\n", Ok(Unknown), false),
        dot("two codes", "S: 250-one\nS: 251 two\n", Ok(Unknown), false),
        dot("greylisted", &["S: 451 later\n", RSET].concat(), transient(Stage::Dot, 451), true),
        dot("content refused", &["S: 554 5.7.1 no\n", RSET].concat(), refused_because(554, 7, 1), true),
        dot("too large", &["S: 552 5.3.4 no\n", RSET].concat(), refused_because(552, 3, 4), true),
        dot("closing", "S: 421 closing\nclose\n", transient(Stage::Dot, 421), false),
        dot("out of step", "S: 503 what\n", transient(Stage::Dot, 503), false),
        dot("it dies while idle", "S: 250 ok\nsleep 1\nclose\n", accepted("ok"), true),
        dot("it says goodbye while idle", "S: 250 ok\nS: 421 idle\nclose\n", accepted("ok"), true),
        goodbye,
        refused_goodbye,
        hang_up,
    ];
    play("no_quirk_of_a_final_reply_is_taken_for_more_than_it_is", &dialogues, 800).await;
}

fn login(told: &str, pieces: &[&str], ended: Ended, reused: bool) -> Dialogue {
    Dialogue { login: true, ..quirk(told, pieces, ended, reused) }
}

fn protected(told: &str, pieces: &[&str], ended: Ended) -> Dialogue {
    Dialogue { tls: Tls::StartTls, ..login(told, pieces, ended, false) }
}

#[tokio::test(start_paused = true)]
async fn no_quirk_of_an_opening_lets_a_mail_or_a_password_out_unprotected() {
    let rest = [MAIL, OK, RCPT, OK, DATA, GO, DOT, "S: 250 queued\n"].concat();
    let ehlo = |offers: &str| format!("S: 220 x\nC: EHLO yorisoi.example.jp\nS: 250-x\n{offers}");
    let starttls = ehlo("S: 250 STARTTLS\nC: STARTTLS\n");
    let plain = "C: AUTH PLAIN AGhhcnUAcHc=\n";
    let by_login =
        "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: aGFydQ==\nS: 334 UGFzc3dvcmQ6\nC: cHc=\nS: 235 ok\n";
    let inside = "tls cert\nC: EHLO yorisoi.example.jp\nS: 250-x\nS: 250 AUTH PLAIN\n";
    let lower = ehlo("S: 250-8bitmime\nS: 250 auth=plain login\n");
    let greeted = &known()["S: 220 mail.example.jp\n".len()..];
    let sjis = "S| 220 \\x93\\xfa\\x96\\x7b\\r\\n\n";
    let strange = SubmitError::Protocol { stage: Stage::Connect };
    let mut injected =
        protected("octets before TLS", &[&starttls, "S| 220 go\\r\\n250 x\\r\\n\n"], Err(strange));
    injected.in_haste = true;
    let no = refused(Stage::Auth, 535);
    let dialogues = [
        login("lower case, AUTH as of old", &[&lower, plain, "S: 235 ok\n", &rest], accepted("queued"), true),
        login("AUTH LOGIN", &[&ehlo("S: 250 AUTH LOGIN\n"), by_login, &rest], accepted("queued"), true),
        login("no way of logging in", &[&ehlo("S: 250 SIZE 1000\n")], Err(SubmitError::NoAuth), false),
        quirk("a limit on sizes", &[&ehlo("S: 250 SIZE 10\n"), &rest], accepted("queued"), true),
        quirk("Shift_JIS in a greeting", &[sjis, greeted], accepted("queued"), true),
        quirk("a greeting of two lines", &["S: 220-one\nS: 220 two\n", greeted], accepted("queued"), true),
        protected("STARTTLS", &[&starttls, "S: 220 go\n", inside, plain, "S: 535 no\n"], no),
        protected("no STARTTLS", &[&ehlo("S: 250 AUTH PLAIN\n")], Err(SubmitError::NoStartTls)),
        injected,
    ];
    play("no_quirk_of_an_opening_lets_a_mail_or_a_password_out_unprotected", &dialogues, 1_000).await;
}

#[tokio::test(start_paused = true)]
async fn no_quirk_of_an_envelope_is_a_submission() {
    let to_rcpt = [HELLO, MAIL, OK, RCPT].concat();
    let elsewhere = [&to_rcpt, "S: 251 elsewhere\n", DATA, GO, DOT, "S: 250 queued\n"];
    let both = [&to_rcpt, OK, DATA, "S| 354 go\\r\\n451 later\\r\\n\n"];
    let quoted = "C: RCPT TO:<\"foo..bar\"@docomo.ne.jp>\nS: 250 ok\n";
    let mut in_one = quirk("354 and 451 in one", &both, transient(Stage::Data, 451), false);
    in_one.in_haste = true;
    let dialogues = [
        quirk("RCPT is 251", &elsewhere, accepted("queued"), true),
        in_one,
        odd_dots("S: 250 ok\n", ""),
        odd_dots("S: 501 5.1.3 syntax\n", quoted),
        odd_dots("S: 553 5.1.3 syntax\n", quoted),
    ];
    play("no_quirk_of_an_envelope_is_a_submission", &dialogues, 500).await;
}

/// A carrier's address: as it is first, and quoted where the server wants it so.
fn odd_dots(answer: &str, quoted: &str) -> Dialogue {
    let bare = "C: RCPT TO:<foo..bar@docomo.ne.jp>\n";
    let again = if quoted.is_empty() { String::new() } else { [RSET, MAIL, OK, quoted].concat() };
    let pieces = [HELLO, MAIL, OK, bare, answer, &again, DATA, GO, DOT, "S: 250 queued\n"];
    Dialogue { to: "foo..bar@docomo.ne.jp", ..quirk("two dots", &pieces, accepted("queued"), true) }
}
