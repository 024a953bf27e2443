//! SMTP dialogues: every silence, every early end, every refusal, and the gate before the dot. `S:` is the server,
//! `C:` is us.
#![allow(clippy::expect_used, reason = "a test may stop at the first surprise")]

mod protocol;

use std::convert::Infallible;
use std::time::Duration;

use protocol::{Server, drain, serve};
use yorisoi::mail::address::Address;
use yorisoi::mail::submission::{EnhancedStatus, Envelope, Stage, SubmitOutcome};
use yorisoi::net::smtp::{Deadlines, SubmitError, Submitter};
use yorisoi::secret::Secret;
use yorisoi::settings::{self, Login, Tls};

use SubmitOutcome::{Permanent, Transient, Unknown};

const MAIL: &[u8] = b"Subject: hi\r\n\r\nfirst\r\n.dotted\r\nlast\r\n";

/// Greeting and EHLO.
const OPENING: &str = "S: 220 mail.example.jp\nC: EHLO yorisoi.example.jp\nS: 250-mail\nS: 250 8BITMIME\n";
/// Up to the content.
const TO_DATA: &str = "C: MAIL FROM:<office@yorisoi.example.jp>\nS: 250 ok\nC: RCPT TO:<haru@example.jp>\n\
    S: 250 ok\nC: DATA\nS: 354 go\n";

fn server(tls: Tls, login: bool) -> settings::Server {
    let login = login.then(|| Login { username: "haru".to_owned(), password: Secret::new("pw") });
    settings::Server { host: "mail.example.jp".to_owned(), port: 587, tls, login, ca_file: None }
}

fn envelope(recipient: &str) -> Envelope {
    let address = |text| Address::parse(text).expect("an address");
    Envelope { reverse_path: Some(address("office@yorisoi.example.jp")), forward_path: address(recipient) }
}

async fn start(trace: &str, server: &settings::Server) -> (Result<Submitter, SubmitError>, Server) {
    let (client, served) = serve(trace);
    (Submitter::start(client, server, "yorisoi.example.jp", Deadlines::default()).await, served)
}

async fn opened(trace: &str) -> (Submitter, Server) {
    let (submitter, served) = start(&format!("{OPENING}{trace}"), &server(Tls::None, false)).await;
    (submitter.expect("opened"), served)
}

async fn yes() -> Result<(), Infallible> {
    Ok(())
}

/// Submits one mail against a trace. Returns the outcome, whether the connection may be used again, and what the
/// server saw.
async fn submit_to(recipient: &str, trace: &str) -> (SubmitOutcome, bool, Vec<String>) {
    let (submitter, served) = opened(trace).await;
    let (outcome, kept) = submitter.submit(&envelope(recipient), MAIL, yes()).await;
    let reusable = kept.is_some();
    drop(kept);
    (outcome, reusable, served.lines().await)
}

fn transient(stage: Stage, code: u16) -> SubmitOutcome {
    Transient { stage, code, status: None }
}

fn permanent(stage: Stage, code: u16) -> SubmitOutcome {
    Permanent { stage, code, status: None }
}

/// The same end with the enhanced status code of the last reply in the trace that has one.
fn with_status(mut outcome: SubmitOutcome, trace: &str) -> SubmitOutcome {
    let replies = trace.lines().filter_map(|line| line.strip_prefix("S: ")?.get(4..));
    if let Transient { status, .. } | Permanent { status, .. } = &mut outcome {
        *status = replies.filter_map(EnhancedStatus::at_start_of).next_back();
    }
    outcome
}

fn accepted(reply: &str) -> SubmitOutcome {
    SubmitOutcome::Accepted { reply: reply.to_owned() }
}

#[tokio::test(start_paused = true)]
async fn a_mail_goes_out_byte_for_byte() {
    let (outcome, reusable, lines) =
        submit_to("haru@example.jp", &format!("{TO_DATA}C.\nS: 250 queued")).await;
    assert_eq!((outcome, reusable), (accepted("queued"), true));
    let content = ["Subject: hi", "", "first", "..dotted", "last", "."];
    assert_eq!(lines[lines.len() - content.len()..], content);
}

#[tokio::test(start_paused = true)]
async fn a_dot_is_doubled_wherever_the_content_is_cut_for_writing() {
    // content goes out in pieces of 64 KiB; each of these puts a line end, or the dot behind it, at the first cut
    for dot_at in (64 * 1024 - 3)..(64 * 1024 + 4) {
        let line = "x".repeat(dot_at - 2);
        let mail = format!("{line}\r\n.\r\n..\r\nlast\r\n");
        let (submitter, served) = opened(&format!("{TO_DATA}C.\nS: 250 queued")).await;
        let (outcome, kept) = submitter.submit(&envelope("haru@example.jp"), mail.as_bytes(), yes()).await;
        assert_eq!(outcome, accepted("queued"), "{dot_at}");
        drop(kept);
        let lines = served.lines().await;
        assert_eq!(lines[lines.len() - 5..], [line.as_str(), "..", "...", "last", "."], "{dot_at}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_null_reverse_path_and_eight_bit_content_are_declared() {
    let (submitter, served) = opened("C: MAIL FROM:<> BODY=8BITMIME\nS: 452 later\nC: RSET\nS: 250 ok").await;
    let envelope = Envelope { reverse_path: None, ..envelope("haru@example.jp") };
    let (outcome, kept) = submitter.submit(&envelope, "Subject: x\r\n\r\nあ\r\n".as_bytes(), yes()).await;
    assert_eq!((outcome, kept.is_some()), (transient(Stage::Mail, 452), true));
    drop(kept);
    served.lines().await;
}

#[tokio::test(start_paused = true)]
async fn the_reply_to_the_dot_is_read_as_the_field_writes_it() {
    let check = async |answer: &str, expected: SubmitOutcome, reusable: bool| {
        let got = submit_to("haru@example.jp", &format!("{TO_DATA}C.\n{answer}")).await;
        assert_eq!((got.0, got.1), (expected, reusable), "{answer}");
    };
    check("S: 250 2.0.0 Ok: queued as 1", accepted("2.0.0 Ok: queued as 1"), true).await;
    check("S: 250", accepted(""), true).await;
    check("S| 250 ok\\n", accepted("ok"), true).await;
    check("S: 250-one\nS: 250 two", accepted("one two"), true).await;
    check("S| 250 \\x93\\xfa\\x96\\x7b\\r\\n", accepted("\u{fffd}\u{fffd}\u{fffd}{"), true).await;
    check("S: 250 <haru@example.jp> queued", accepted("… queued"), true).await;
    check("S: 450 later\nC: RSET\nS: 250 ok", transient(Stage::Dot, 450), true).await;
    check("S: 552 too big\nC: RSET\nS: 250 ok", permanent(Stage::Dot, 552), true).await;
    check("S: 554 no\nC: RSET\nclose", permanent(Stage::Dot, 554), false).await;
    check("S: 421 closing", transient(Stage::Dot, 421), false).await;
    check("S: 503 what", transient(Stage::Dot, 503), false).await;
    check("S: 354 go", Unknown, false).await;
    check("S: 999 what", Unknown, false).await;
    check("S: queued", Unknown, false).await;
    check("S: 250-one\nS: 251 two", Unknown, false).await;
    check("S| 250 o\nclose", Unknown, false).await;
    check("close", Unknown, false).await;
    check("", Unknown, false).await;
    check("sleep 599\nS: 250 ok", accepted("ok"), true).await;
    check("sleep 601\nS: 250 ok", Unknown, false).await;
}

#[tokio::test(start_paused = true)]
async fn refusals_before_the_dot_are_told_with_their_stage() {
    let check = async |trace: &str, expected: SubmitOutcome, reusable: bool| {
        let got = submit_to("haru@example.jp", trace).await;
        assert_eq!((got.0, got.1), (with_status(expected, trace), reusable), "{trace}");
        assert!(!got.2.contains(&"Subject: hi".to_owned()) || trace.contains("354"), "{trace}");
    };
    let mail = "C: MAIL FROM:<office@yorisoi.example.jp>\n";
    let rcpt = format!("{mail}S: 250 ok\nC: RCPT TO:<haru@example.jp>\n");
    let data = format!("{rcpt}S: 250 ok\nC: DATA\n");
    let reset = "C: RSET\nS: 250 ok";
    check(&format!("{mail}S: 550 rate\n{reset}"), permanent(Stage::Mail, 550), true).await;
    check(&format!("{mail}S: 451 later\n{reset}"), transient(Stage::Mail, 451), true).await;
    check(&format!("{mail}S: 451 later\nC: RSET\nS: 502 no"), transient(Stage::Mail, 451), false).await;
    check(&format!("{mail}S: 421 closing"), transient(Stage::Mail, 421), false).await;
    check(&format!("{mail}S: 503 nested"), transient(Stage::Mail, 503), false).await;
    check(&format!("{mail}S: 354 go"), transient(Stage::Mail, 354), false).await;
    check(&format!("{mail}S: 250-ok\nclose"), transient(Stage::Mail, 0), false).await;
    check(&format!("{rcpt}S: 550 5.1.1 no such user\n{reset}"), permanent(Stage::Rcpt, 550), true).await;
    check(&format!("{rcpt}S: 450 greylisted\n{reset}"), transient(Stage::Rcpt, 450), true).await;
    check(&format!("{rcpt}S: 553 no\n{reset}"), permanent(Stage::Rcpt, 553), true).await;
    check(&format!("{rcpt}S: 500 what"), transient(Stage::Rcpt, 500), false).await;
    check(&format!("{rcpt}S: 421 closing"), transient(Stage::Rcpt, 421), false).await;
    check(&format!("{rcpt}S: 354 go"), transient(Stage::Rcpt, 354), false).await;
    check(&format!("{rcpt}close"), transient(Stage::Rcpt, 0), false).await;
    check(&format!("{data}S: 554 no valid recipients\n{reset}"), permanent(Stage::Data, 554), true).await;
    check(&format!("{data}S: 451 later\n{reset}"), transient(Stage::Data, 451), true).await;
    check(&format!("{data}S: 250 ok"), transient(Stage::Data, 250), false).await;
    check(&format!("{data}close"), transient(Stage::Data, 0), false).await;
    // 354 and gone: the dot never went out.
    check(&format!("{data}S: 354 go\nclose"), transient(Stage::Data, 0), false).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_speaks_out_of_turn_gets_no_dot() {
    let check = async |after_354: &str, code: u16| {
        let trace = TO_DATA.replace("S: 354 go\n", &format!("S| 354 go\\r\\n{after_354}\n"));
        let (outcome, reusable, lines) = submit_to("haru@example.jp", &trace).await;
        assert_eq!((outcome, reusable), (transient(Stage::Data, code), false), "{after_354}");
        assert!(!lines.contains(&".".to_owned()), "{lines:?}");
    };
    check("250 queued\\r\\n", 250).await;
    check("421 closing\\r\\n", 421).await;
    check("garbage", 0).await;
    // The answer to one command cannot become the answer to the next.
    let mail = "C: MAIL FROM:<office@yorisoi.example.jp>\nS| 250 ok\\r\\n250 ok\\r\\n";
    let (outcome, reusable, lines) = submit_to("haru@example.jp", mail).await;
    assert_eq!((outcome, reusable), (transient(Stage::Rcpt, 250), false));
    assert!(!lines.iter().any(|line| line.starts_with("RCPT")), "{lines:?}");
}

#[tokio::test(start_paused = true)]
async fn silence_ends_at_each_stage_s_own_time() {
    let check = async |trace: &str, seconds: u64, expected: SubmitOutcome| {
        let (submitter, _served) = opened(trace).await;
        let begun = tokio::time::Instant::now();
        let (outcome, kept) = submitter.submit(&envelope("haru@example.jp"), MAIL, yes()).await;
        assert_eq!((outcome, kept.is_none()), (expected, true), "{trace}");
        assert_eq!(begun.elapsed().as_secs(), seconds, "{trace}");
    };
    let mail = "C: MAIL FROM:<office@yorisoi.example.jp>\n";
    let rcpt = format!("{mail}S: 250 ok\nC: RCPT TO:<haru@example.jp>\n");
    check("", 120, transient(Stage::Mail, 0)).await;
    check(&rcpt, 120, transient(Stage::Rcpt, 0)).await;
    check(&format!("{rcpt}S: 250 ok\nC: DATA\n"), 120, transient(Stage::Data, 0)).await;
    check(&format!("{TO_DATA}C.\n"), 600, Unknown).await;
    let refused = format!("{rcpt}S: 550 no\n");
    check(&refused, 120, permanent(Stage::Rcpt, 550)).await; // RSET unanswered
}

#[tokio::test(start_paused = true)]
async fn content_that_nobody_reads_ends_without_a_dot() {
    let (client, mut theirs) = tokio::io::duplex(4096);
    let reading = tokio::spawn(async move {
        use tokio::io::AsyncWriteExt;
        for reply in ["220 x\r\n", "250 x\r\n", "250 x\r\n", "250 x\r\n", "354 x\r\n"] {
            theirs.write_all(reply.as_bytes()).await.expect("a reply");
            if !reply.starts_with("354") {
                drain(&mut theirs).await;
            }
        }
        theirs
    });
    let server = server(Tls::None, false);
    let submitter = Submitter::start(client, &server, "yorisoi.example.jp", Deadlines::default()).await;
    let large = b"0123456789abcdef\r\n".repeat(1_000);
    let begun = tokio::time::Instant::now();
    let (outcome, kept) =
        submitter.expect("opened").submit(&envelope("haru@example.jp"), &large, yes()).await;
    assert_eq!((outcome, kept.is_none()), (transient(Stage::Data, 0), true));
    assert!((180..=360).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    drop(reading.await);
}

#[tokio::test(start_paused = true)]
async fn the_dot_is_not_on_the_wire_before_its_record_is_durable() {
    let (client, mut theirs) = tokio::io::duplex(1 << 20);
    let (tell, told) = tokio::sync::oneshot::channel::<Vec<u8>>();
    let (allow, allowed) = tokio::sync::oneshot::channel::<()>();
    let dialogue = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        for reply in ["220 x\r\n", "250 x\r\n", "250 x\r\n", "250 x\r\n"] {
            theirs.write_all(reply.as_bytes()).await.expect("a reply");
            drain(&mut theirs).await;
        }
        theirs.write_all(b"354 x\r\n").await.expect("a reply");
        let mut content = Vec::new();
        while !content.ends_with(b"last") {
            content.push(theirs.read_u8().await.expect("content"));
        }
        // Nothing more comes, however long we wait.
        let more = tokio::time::timeout(Duration::from_secs(100), theirs.read_u8()).await;
        assert!(more.is_err(), "an octet before before_dot: {more:?}");
        tell.send(content).expect("the test waits");
        let mut dot = [0; 5];
        theirs.read_exact(&mut dot).await.expect("the dot");
        theirs.write_all(b"250 queued\r\n").await.expect("a reply");
        dot
    });
    let server = server(Tls::None, false);
    let submitter =
        Submitter::start(client, &server, "yorisoi.example.jp", Deadlines::default()).await.expect("opened");
    let before_dot = async move {
        let content = told.await.expect("the content");
        assert_eq!(content, b"Subject: hi\r\n\r\nfirst\r\n..dotted\r\nlast");
        allow.send(()).expect("the test waits");
        Ok::<(), Infallible>(())
    };
    let (outcome, kept) = submitter.submit(&envelope("haru@example.jp"), MAIL, before_dot).await;
    assert_eq!((outcome, kept.is_some()), (accepted("queued"), true));
    allowed.await.expect("before_dot ran");
    assert_eq!(&dialogue.await.expect("the dialogue"), b"\r\n.\r\n");
}

#[tokio::test(start_paused = true)]
async fn when_the_record_fails_there_is_no_dot() {
    let check = async |before_dot: std::pin::Pin<Box<dyn Future<Output = Result<(), &'static str>>>>| {
        let (submitter, served) = opened(TO_DATA).await;
        let (outcome, kept) = submitter.submit(&envelope("haru@example.jp"), MAIL, before_dot).await;
        assert_eq!((outcome, kept.is_none()), (transient(Stage::Data, 0), true));
        drop(kept);
        let lines = served.lines().await;
        assert!(!lines.contains(&".".to_owned()), "{lines:?}");
    };
    check(Box::pin(async { Err("the disk is full") })).await;
    check(Box::pin(std::future::pending())).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_hangs_up_while_the_record_is_written_gets_no_dot() {
    let (submitter, _served) = opened(&format!("{TO_DATA}sleep 5\nS: 421 too slow\nclose")).await;
    let slow = async {
        tokio::time::sleep(Duration::from_secs(10)).await;
        Ok::<(), Infallible>(())
    };
    let (outcome, kept) = submitter.submit(&envelope("haru@example.jp"), MAIL, slow).await;
    assert_eq!((outcome, kept.is_none()), (transient(Stage::Data, 421), true));
}

#[tokio::test(start_paused = true)]
async fn before_dot_does_not_run_when_the_server_refuses_earlier() {
    let (submitter, _served) =
        opened("C: MAIL FROM:<office@yorisoi.example.jp>\nS: 550 no\nC: RSET\nS: 250 ok").await;
    let never = async { unreachable!("before_dot ran") };
    let (outcome, _) = submitter.submit::<()>(&envelope("haru@example.jp"), MAIL, never).await;
    assert_eq!(outcome, permanent(Stage::Mail, 550));
}

#[tokio::test(start_paused = true)]
async fn one_connection_carries_one_transaction_after_another() {
    let second = TO_DATA.replace("haru", "aki");
    let trace = format!("{TO_DATA}C.\nS: 250 one\n{second}C.\nS: 250 two\nC: QUIT\nS: 221 bye");
    let (submitter, served) = opened(&trace).await;
    let (outcome, kept) = submitter.submit(&envelope("haru@example.jp"), MAIL, yes()).await;
    assert_eq!(outcome, accepted("one"));
    let (outcome, kept) = kept.expect("clean").submit(&envelope("aki@example.jp"), MAIL, yes()).await;
    assert_eq!(outcome, accepted("two"));
    kept.expect("clean").quit().await;
    served.lines().await;
}

#[tokio::test(start_paused = true)]
async fn a_goodbye_said_while_idle_is_noticed_at_the_next_mail() {
    let (submitter, _served) =
        opened(&format!("{TO_DATA}C.\nS: 250 one\nsleep 300\nS: 421 idle\nclose")).await;
    let (_, kept) = submitter.submit(&envelope("haru@example.jp"), MAIL, yes()).await;
    tokio::time::sleep(Duration::from_secs(400)).await;
    let (outcome, kept) = kept.expect("clean").submit(&envelope("aki@example.jp"), MAIL, yes()).await;
    assert_eq!((outcome, kept.is_none()), (transient(Stage::Mail, 421), true));
}

#[tokio::test(start_paused = true)]
async fn odd_dots_go_bare_first_and_quoted_once() {
    let mail = "C: MAIL FROM:<office@yorisoi.example.jp>\nS: 250 ok\n";
    let bare = format!("{mail}C: RCPT TO:<foo..bar@docomo.ne.jp>\n");
    let again = format!("C: RSET\nS: 250 ok\n{mail}C: RCPT TO:<\"foo..bar\"@docomo.ne.jp>\n");
    let reset = "C: RSET\nS: 250 ok";
    let check = async |trace: &str, expected: SubmitOutcome, reusable: bool| {
        let got = submit_to("foo..bar@docomo.ne.jp", trace).await;
        assert_eq!((got.0, got.1), (expected, reusable), "{trace}");
    };
    let rest = "S: 250 ok\nC: DATA\nS: 354 go\nC.\nS: 250 ok";
    check(&format!("{bare}{rest}"), accepted("ok"), true).await;
    check(&format!("{bare}S: 501 syntax\n{again}{rest}"), accepted("ok"), true).await;
    check(&format!("{bare}S: 553 syntax\n{again}{rest}"), accepted("ok"), true).await;
    check(&format!("{bare}S: 553 syntax\n{again}S: 550 no\n{reset}"), permanent(Stage::Rcpt, 550), true)
        .await;
    check(&format!("{bare}S: 501 no\n{again}S: 501 no\n{reset}"), permanent(Stage::Rcpt, 501), true).await;
    check(&format!("{bare}S: 550 unknown\n{reset}"), permanent(Stage::Rcpt, 550), true).await;
    // Lost before the quoted form was tried: the address is not refused yet.
    check(&format!("{bare}S: 501 no\nC: RSET\nclose"), transient(Stage::Rcpt, 0), false).await;
    check(&format!("{bare}S: 501 no\nC: RSET\nS: 502 no"), transient(Stage::Rcpt, 0), false).await;
}

#[tokio::test(start_paused = true)]
async fn no_connection_that_takes_mail_has_a_reason() {
    let check = async |trace: &str, tls: Tls, login: bool, expected: Option<SubmitError>| {
        let (submitter, served) = start(trace, &server(tls, login)).await;
        assert_eq!(submitter.err(), expected, "{trace}");
        served.lines().await;
    };
    let refused = |stage, code| Some(SubmitError::Refused { stage, code, status: None });
    let (connect, auth) = (Stage::Connect, Stage::Auth);
    let ehlo = "S: 220 x\nC: EHLO yorisoi.example.jp\n";
    let plain = "C: AUTH PLAIN AGhhcnUAcHc=\n";
    check("", Tls::None, false, Some(SubmitError::Timeout { stage: connect })).await;
    check("close", Tls::None, false, Some(SubmitError::Lost { stage: connect })).await;
    check("S: 554 no", Tls::None, false, refused(connect, 554)).await;
    check("S: 421 busy", Tls::None, false, refused(connect, 421)).await;
    check("S: * OK IMAP", Tls::None, false, Some(SubmitError::Protocol { stage: connect })).await;
    check("S| 220 x\\r\\n220 y\\r\\n", Tls::None, false, Some(SubmitError::Protocol { stage: connect }))
        .await;
    check(ehlo, Tls::None, false, Some(SubmitError::Timeout { stage: connect })).await;
    check(&format!("{ehlo}S: 550 no"), Tls::None, false, refused(connect, 550)).await;
    check(&format!("{ehlo}S: 250 x"), Tls::None, true, Some(SubmitError::NoAuth)).await;
    check(&format!("{ehlo}S: 250 x"), Tls::StartTls, true, Some(SubmitError::NoStartTls)).await;
    let offered = format!("{ehlo}S: 250-x\nS: 250 AUTH PLAIN LOGIN\n{plain}");
    check(&format!("{offered}S: 235 ok"), Tls::None, true, None).await;
    check(&format!("{offered}S: 535 no"), Tls::None, true, refused(auth, 535)).await;
    check(&format!("{offered}S: 454 later"), Tls::None, true, refused(auth, 454)).await;
    check(&format!("{offered}S: 334 more"), Tls::None, true, Some(SubmitError::Protocol { stage: auth }))
        .await;
    check(&offered, Tls::None, true, Some(SubmitError::Timeout { stage: auth })).await;
    check(&format!("{offered}close"), Tls::None, true, Some(SubmitError::Lost { stage: auth })).await;
    let lower = format!("{ehlo}S: 250-x\nS: 250-8bitmime\nS: 250 auth=plain login\n{plain}");
    check(&format!("{lower}S: 235 ok"), Tls::None, true, None).await;
    let login = format!(
        "{ehlo}S: 250-x\nS: 250 AUTH LOGIN\nC: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: aGFydQ==\n\
         S: 334 UGFzc3dvcmQ6\nC: cHc=\n"
    );
    check(&format!("{login}S: 235 ok"), Tls::None, true, None).await;
    check(&format!("{login}S: 535 no"), Tls::None, true, refused(auth, 535)).await;
    let starttls = format!("{ehlo}S: 250-x\nS: 250 STARTTLS\nC: STARTTLS\n");
    check(&format!("{starttls}S: 454 no TLS"), Tls::StartTls, true, refused(connect, 454)).await;
    let injected = format!("{starttls}S| 220 go\\r\\n250 AUTH PLAIN\\r\\n");
    check(&injected, Tls::StartTls, true, Some(SubmitError::Protocol { stage: connect })).await;
}

#[test]
fn a_failed_connection_is_an_outcome_of_the_submission_that_waited() {
    let check = |error: SubmitError, expected: SubmitOutcome| assert_eq!(error.outcome(), expected);
    check(SubmitError::Refused { stage: Stage::Auth, code: 535, status: None }, permanent(Stage::Auth, 535));
    check(
        SubmitError::Refused { stage: Stage::Connect, code: 421, status: None },
        transient(Stage::Connect, 421),
    );
    check(SubmitError::Timeout { stage: Stage::Auth }, transient(Stage::Auth, 0));
    check(SubmitError::NoStartTls, transient(Stage::Connect, 0));
}

#[tokio::test(start_paused = true)]
async fn goodbyes_take_two_seconds_at_most() {
    let (submitter, _served) = opened("C: QUIT").await;
    let begun = tokio::time::Instant::now();
    submitter.quit().await;
    assert_eq!(begun.elapsed(), Duration::from_secs(2));
}
