//! SMTP: every silence, every early end, every refusal; and never one mail in the transaction of another.

use std::time::Duration;

use yorisoi::demo::{Fault, Protocol, Then};
use yorisoi::mail::submission::{EnhancedStatus, Stage, SubmitOutcome};
use yorisoi::net::connect;
use yorisoi::net::smtp::{Deadlines, SubmitError, Submitter};
use yorisoi::settings::{Server, Tls};

use super::{Bench, CARE, HARU, HASTY, SHORT, envelope, fault};

use SubmitOutcome::{Permanent, Transient, Unknown};

const MAIL: &[u8] =
    b"Subject: hi\r\nDate: x\r\nMessage-ID: <1@a.example>\r\n\r\nfirst\r\n.dotted\r\n.\r\nlast\r\n";

type Ended = Result<SubmitOutcome, SubmitError>;

fn at(line: &str, says: &str, then: Then) -> Fault {
    fault(Protocol::Smtp, line, says, then)
}

fn accepted(reply: &str) -> Ended {
    Ok(SubmitOutcome::Accepted { reply: reply.to_owned() })
}

fn refused(stage: Stage, code: u16) -> Ended {
    Err(SubmitError::Refused { stage, code, status: None })
}

fn transient(stage: Stage, code: u16) -> Ended {
    Ok(Transient { stage, code, status: None })
}

fn permanent(stage: Stage, code: u16) -> Ended {
    Ok(Permanent { stage, code, status: None })
}

/// The same end with the enhanced status code that the reply begins with.
fn with_status(mut ended: Ended, reply: &[u8]) -> Ended {
    let text = String::from_utf8_lossy(reply);
    let found = text.get(4..).and_then(EnhancedStatus::at_start_of);
    match &mut ended {
        Ok(Transient { status, .. } | Permanent { status, .. })
        | Err(SubmitError::Refused { status, .. }) => {
            *status = found;
        }
        _ => {}
    }
    ended
}

/// One thing goes wrong with one mail: the exact end, and how many copies were delivered. Then nothing goes wrong any
/// more, and the next mail arrives once, as it is, and alone.
async fn check(deadlines: Deadlines, fault: Fault, expected: Ended, delivered: usize) {
    let bench = Bench::new(&[]).await;
    bench.faults.add(fault.clone());
    let expected = with_status(expected, &fault.says);
    assert_eq!(bench.submit(deadlines, CARE, MAIL).await, expected, "{fault:?}");
    assert_eq!((bench.faults.left(), bench.delivered(CARE)), (0, delivered), "{fault:?}");
    let second = String::from_utf8_lossy(MAIL).replace("first", "second");
    assert_eq!(
        bench.submit(Deadlines::default(), HARU, second.as_bytes()).await,
        accepted("2.0.0 taken"),
        "{fault:?}"
    );
    assert_eq!((bench.delivered(CARE), bench.delivered(HARU)), (delivered, 1), "{fault:?}");
    let raw = bench.servers.mails(HARU);
    assert!(raw[0].ends_with(second.as_bytes()), "{}", String::from_utf8_lossy(&raw[0]));
}

async fn says(line: &str, says: &str, then: Then, expected: Ended, delivered: usize) {
    check(Deadlines::default(), at(line, says, then), expected, delivered).await;
}

#[tokio::test]
async fn a_server_that_takes_no_mail_says_so() {
    use Then::{Close, GoOn};
    let (connect, auth) = (Stage::Connect, Stage::Auth);
    let lost = |stage| Err(SubmitError::Lost { stage });
    let strange = |stage| Err(SubmitError::Protocol { stage });
    says("", "", Close, lost(connect), 0).await;
    says("", "554 no\n", Close, refused(connect, 554), 0).await;
    says("", "421 busy\n", Close, refused(connect, 421), 0).await;
    says("", "* OK IMAP\n", GoOn, strange(connect), 0).await;
    says("", "220 x\n220 y\n", GoOn, strange(connect), 0).await;
    says("EHLO", "", Close, lost(connect), 0).await;
    says("EHLO", "250-demo.example\n250-AUTH PL", Close, lost(connect), 0).await;
    says("EHLO", "550 no\n", GoOn, refused(connect, 550), 0).await;
    says("EHLO", "250 demo.example\n", GoOn, Err(SubmitError::NoAuth), 0).await;
    says("AUTH", "535 5.7.8 no\n", GoOn, refused(auth, 535), 0).await;
    says("AUTH", "454 4.7.0 later\n", GoOn, refused(auth, 454), 0).await;
    says("AUTH", "334 more\n", GoOn, strange(auth), 0).await;
    says("AUTH", "", Close, lost(auth), 0).await;
}

#[tokio::test]
async fn a_refusal_before_the_dot_names_its_stage_and_delivers_nothing() {
    use Then::{Close, GoOn};
    let check = async |line: &str, stage: Stage| {
        says(line, "421 closing\n", Close, transient(stage, 421), 0).await;
        says(line, "450 greylisted\n", GoOn, transient(stage, 450), 0).await;
        says(line, "451 later\n", GoOn, transient(stage, 451), 0).await;
        says(line, "452 4.5.3 enough for today\n", GoOn, transient(stage, 452), 0).await;
        says(line, "550 no\n", GoOn, permanent(stage, 550), 0).await;
        says(line, "554 5.7.1 blocked\n", GoOn, permanent(stage, 554), 0).await;
        says(line, "553 no\n", GoOn, permanent(stage, 553), 0).await;
        // the two sides do not agree on where they are: neither account nor mail is to blame
        says(line, "503 5.5.1 nested\n", GoOn, transient(stage, 503), 0).await;
        says(line, "500 what\n", GoOn, transient(stage, 500), 0).await;
        says(line, "", Close, transient(stage, 0), 0).await;
        says(line, "25", Close, transient(stage, 0), 0).await;
        says(line, "250-o\n", Close, transient(stage, 0), 0).await;
    };
    check("MAIL", Stage::Mail).await;
    check("RCPT", Stage::Rcpt).await;
    check("DATA", Stage::Data).await;
    says("DATA", "354 go on\n", Close, transient(Stage::Data, 0), 0).await;
    says("DATA", "250 queued\n", GoOn, transient(Stage::Data, 250), 0).await;
    // an answer too many: it cannot become the answer to the next command
    says("MAIL", "250 ok\n", Then::Answer, transient(Stage::Rcpt, 250), 0).await;
}

#[tokio::test]
async fn after_the_dot_only_a_reply_settles_the_matter() {
    use Then::{Close, CloseUnanswered, GoOn};
    says(".", "", Close, Ok(Unknown), 0).await;
    says(".", "", CloseUnanswered, Ok(Unknown), 1).await;
    says(".", "25", Close, Ok(Unknown), 0).await;
    says(".", "250-one\n", CloseUnanswered, Ok(Unknown), 1).await;
    says(".", "250-one\n251 two\n", GoOn, Ok(Unknown), 0).await;
    says(".", "999 what\n", GoOn, Ok(Unknown), 0).await;
    says(".", "354 go\n", GoOn, Ok(Unknown), 0).await;
    says(".", "260 taken\n", CloseUnanswered, Ok(Unknown), 1).await;
    says(".", "queued\n", GoOn, Ok(Unknown), 0).await;
    says(".", "450 later\n", Close, transient(Stage::Dot, 450), 0).await;
    says(".", "421 closing\n", Close, transient(Stage::Dot, 421), 0).await;
    says(".", "503 what\n", Close, transient(Stage::Dot, 503), 0).await;
    says(".", "550 5.7.1 content\n", Close, permanent(Stage::Dot, 550), 0).await;
    says(".", "552 5.3.4 too large\n", Close, permanent(Stage::Dot, 552), 0).await;
    // what the field calls a 250
    says(".", "250\n", CloseUnanswered, accepted(""), 1).await;
    says(".", "250 日本\n", CloseUnanswered, accepted("日本"), 1).await;
    // QUIT is a courtesy
    says("QUIT", "", Close, accepted("2.0.0 taken"), 1).await;
    says("QUIT", "500 what\n", Close, accepted("2.0.0 taken"), 1).await;
}

#[tokio::test]
async fn a_250_in_shift_jis_and_one_with_a_bare_lf_are_a_250() {
    for (octets, reply) in
        [(b"250 \x93\xfa\x96\x7b\r\n".as_slice(), "\u{fffd}\u{fffd}\u{fffd}{"), (b"250 ok\n", "ok")]
    {
        let fault = Fault { says: octets.to_vec(), ..at(".", "", Then::CloseUnanswered) };
        check(Deadlines::default(), fault, accepted(reply), 1).await;
    }
}

#[tokio::test]
async fn silence_ends_in_time_at_each_stage() {
    let check = async |line: &str, says: &str, expected: Ended| {
        let delivered = usize::from(line == "QUIT");
        check(HASTY, at(line, says, Then::Silence), expected, delivered).await;
    };
    let timeout = |stage| Err(SubmitError::Timeout { stage });
    tokio::join!(
        check("", "", timeout(Stage::Connect)),
        check("", "220 half a greet", timeout(Stage::Connect)),
        check("EHLO", "250-demo.example\n", timeout(Stage::Connect)),
        check("AUTH", "", timeout(Stage::Auth)),
        check("MAIL", "", transient(Stage::Mail, 0)),
        check("RCPT", "2", transient(Stage::Rcpt, 0)),
        check("DATA", "", transient(Stage::Data, 0)),
        check(".", "", Ok(Unknown)),
        check(".", "250 2.0.0 tak", Ok(Unknown)),
        check("RCPT", "550-no\n", transient(Stage::Rcpt, 0)),
        check("QUIT", "", accepted("2.0.0 taken")),
    );
}

#[tokio::test]
async fn a_submission_given_up_in_the_middle_leaves_nothing_to_the_next() {
    for line in ["MAIL", "RCPT", "DATA", "."] {
        let bench = Bench::new(&[]).await;
        bench.faults.add(at(line, "", Then::Silence));
        let cut = tokio::time::timeout(SHORT, bench.submit(Deadlines::default(), CARE, MAIL)).await;
        assert!(cut.is_err(), "{line}: {cut:?}");
        assert_eq!(bench.submit(Deadlines::default(), HARU, MAIL).await, accepted("2.0.0 taken"), "{line}");
        assert_eq!((bench.delivered(CARE), bench.delivered(HARU)), (0, 1), "{line}");
    }
}

#[tokio::test]
async fn a_carrier_s_dots_go_bare_first_and_quoted_where_the_server_wants_it() {
    let (to, quoted) = ("a..b@carrier.example", "\"a..b\"@carrier.example");
    for (refusal, bare) in [("", 1), ("501 5.1.3 syntax\n", 0), ("553 5.1.3 syntax\n", 0)] {
        let bench = Bench::new(&[]).await;
        if !refusal.is_empty() {
            bench.faults.add(at("RCPT", refusal, Then::GoOn));
        }
        assert_eq!(bench.submit(Deadlines::default(), to, MAIL).await, accepted("2.0.0 taken"), "{refusal}");
        assert_eq!((bench.delivered(to), bench.delivered(quoted)), (bare, 1 - bare), "{refusal}");
    }
}

#[tokio::test]
async fn where_tls_is_configured_nothing_goes_without_it() {
    use Then::GoOn;
    let check = async |faults: &[Fault], expected: SubmitError| {
        let bench = Bench::new(&[]).await;
        faults.iter().for_each(|fault| bench.faults.add(fault.clone()));
        let server = Server { tls: Tls::StartTls, ..bench.server(Protocol::Smtp) };
        let stream = connect::open(&server).await.unwrap();
        let submitter = Submitter::start(stream, &server, "a.example", Deadlines::default()).await;
        assert_eq!(submitter.err(), Some(expected), "{faults:?}");
        assert_eq!(bench.servers.sessions().smtp, 0, "a login in plain text");
    };
    let offer = at("EHLO", "250-demo.example\n250-AUTH PLAIN\n250 STARTTLS\n", GoOn);
    check(&[], SubmitError::NoStartTls).await;
    let later = SubmitError::Refused { stage: Stage::Connect, code: 454, status: None };
    check(&[offer.clone(), at("STARTTLS", "454 no TLS\n", GoOn)], later).await;
    let injected = at("STARTTLS", "220 go\n250 AUTH PLAIN\n", GoOn);
    check(&[offer, injected], SubmitError::Protocol { stage: Stage::Connect }).await;
}

#[tokio::test]
async fn a_connection_that_died_while_idle_gets_no_second_mail() {
    for says in ["421 idle too long\n", ""] {
        let bench = Bench::new(&[]).await;
        let server = bench.server(Protocol::Smtp);
        let stream = connect::open(&server).await.unwrap();
        let submitter = Submitter::start(stream, &server, "a.example", Deadlines::default()).await.unwrap();
        let (outcome, kept) = submitter.submit(&envelope(CARE), MAIL, async { Ok::<(), ()>(()) }).await;
        assert_eq!(Ok(outcome), accepted("2.0.0 taken"));
        bench.faults.add(at("MAIL", says, Then::Close));
        let (outcome, kept) = kept.unwrap().submit(&envelope(HARU), MAIL, async { Ok::<(), ()>(()) }).await;
        let code = if says.is_empty() { 0 } else { 421 };
        assert_eq!((outcome, kept.is_none()), (Transient { stage: Stage::Mail, code, status: None }, true));
        assert_eq!((bench.delivered(CARE), bench.delivered(HARU)), (1, 0));
    }
}

#[tokio::test]
async fn one_octet_at_a_time_is_slow_and_nothing_else() {
    says("", "", Then::Trickle(Duration::from_millis(1)), accepted("2.0.0 taken"), 1).await;
}
