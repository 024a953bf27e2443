//! TLS as it goes right and wrong: STARTTLS over a pipe in memory, a long silence inside TLS, certificates that must
//! not be taken.
#![allow(clippy::expect_used, reason = "a test may stop at the first surprise")]

mod protocol;

use std::convert::Infallible;
use std::path::PathBuf;
use std::time::Duration;

use protocol::{serve, tls_file};
use yorisoi::mail::address::Address;
use yorisoi::mail::submission::{Envelope, SubmitOutcome};
use yorisoi::net::connect::{ConnectError, TlsFault};
use yorisoi::net::imap::{ImapError, Limits, Session, Woken};
use yorisoi::net::smtp::{Deadlines, SubmitError, Submitter};
use yorisoi::secret::Secret;
use yorisoi::settings::{Login, Server, Tls};

fn server(host: &str, ca_file: PathBuf) -> Server {
    let login = Some(Login { username: "haru".to_owned(), password: Secret::new("pw") });
    Server { host: host.to_owned(), port: 143, tls: Tls::StartTls, login, ca_file: Some(ca_file) }
}

const IMAP: &str = "S: * OK ready\nC: S1 STARTTLS\nS: * OK soon\nS: S1 OK go\n";
const IMAP_LOGIN: &str = "C: Y1 CAPABILITY\nS: * CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\nS: Y1 OK\n\
    C: Y2 AUTHENTICATE PLAIN AGhhcnUAcHc=\nS: Y2 OK\nC: Y3 CAPABILITY\nS: * CAPABILITY IMAP4rev1 IDLE\nS: Y3 OK\n";
const SMTP: &str =
    "S: 220 x\nC: EHLO yorisoi.example.jp\nS: 250-x\nS: 250 STARTTLS\nC: STARTTLS\nS: 220 go\n";

#[tokio::test(start_paused = true)]
async fn a_long_silence_inside_tls_is_not_an_error() {
    let idle = "C: Y4 IDLE\nS: + idling\nsleep 250\nS: * 1 EXISTS\nC: DONE\nS: Y4 OK";
    let (client, served) = serve(&format!("{IMAP}tls cert\n{IMAP_LOGIN}{idle}"));
    let server = server("mail.example.jp", tls_file("ca.pem"));
    let mut session = Session::start(client, &server, Limits::default()).await.expect("login");
    assert_eq!(session.wait(Duration::from_secs(300)).await, Ok(Woken::News));
    drop(session);
    served.lines().await;
}

#[tokio::test(start_paused = true)]
async fn what_was_offered_before_tls_is_forgotten_and_a_slow_dot_is_waited_for() {
    let inside = "C: EHLO yorisoi.example.jp\nS: 250-x\nS: 250 AUTH PLAIN\nC: AUTH PLAIN AGhhcnUAcHc=\nS: 235 ok\n\
        C: MAIL FROM:<>\nS: 250 ok\nC: RCPT TO:<haru@example.jp>\nS: 250 ok\nC: DATA\nS: 354 go\nC.\n\
        sleep 500\nS: 250 queued";
    let (client, served) = serve(&format!("{SMTP}tls cert\n{inside}"));
    let server = server("mail.example.jp", tls_file("ca.pem"));
    let submitter = Submitter::start(client, &server, "yorisoi.example.jp", Deadlines::default()).await;
    let forward_path = Address::parse("haru@example.jp").expect("an address");
    let envelope = Envelope { reverse_path: None, forward_path };
    let before_dot = async { Ok::<(), Infallible>(()) };
    let (outcome, kept) =
        submitter.expect("opened").submit(&envelope, b"A: b\r\n\r\nc\r\n", before_dot).await;
    assert_eq!(outcome, SubmitOutcome::Accepted { reply: "queued".to_owned() });
    drop(kept);
    served.lines().await;
}

#[tokio::test]
async fn a_certificate_that_proves_nothing_is_not_taken() {
    let check = async |host: &str, certificate: &str, ca_file: PathBuf, expected: ConnectError| {
        let server = server(host, ca_file);
        let (client, served) = serve(&format!("{IMAP}tls {certificate}\n{IMAP_LOGIN}"));
        let session = Session::start(client, &server, Limits::default()).await;
        assert_eq!(session.err(), Some(ImapError::Connect(expected)), "{host} {certificate}");
        let lines = served.lines().await;
        assert_eq!(lines, ["S1 STARTTLS"], "nothing after the handshake");
        let (client, served) = serve(&format!("{SMTP}tls {certificate}\nC: EHLO"));
        let submitter = Submitter::start(client, &server, "yorisoi.example.jp", Deadlines::default()).await;
        assert_eq!(submitter.err(), Some(SubmitError::Connect(expected)), "{host} {certificate}");
        served.lines().await;
    };
    let ca = tls_file("ca.pem");
    let tls = ConnectError::Tls;
    check("mail.example.jp", "expired", ca.clone(), tls(TlsFault::Expired)).await;
    check("imap.example.jp", "cert", ca.clone(), tls(TlsFault::WrongName)).await;
    check("no such name", "cert", ca.clone(), tls(TlsFault::HostName)).await;
    check("mail.example.jp", "cert", tls_file("nowhere.pem"), ConnectError::CaFileUnreadable).await;
    check("mail.example.jp", "cert", tls_file("README.md"), ConnectError::CaFileEmpty).await;
    check("mail.example.jp", "cert", tls_file("expired.pem"), tls(TlsFault::UnknownIssuer)).await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_speak_tls_ends_the_connection() {
    let server = server("mail.example.jp", tls_file("ca.pem"));
    let check = async |step: &str, expected: TlsFault| {
        let (client, _served) = serve(&format!("{SMTP}{step}"));
        let submitter = Submitter::start(client, &server, "yorisoi.example.jp", Deadlines::default()).await;
        assert_eq!(submitter.err(), Some(SubmitError::Connect(ConnectError::Tls(expected))), "{step}");
    };
    check("sleep 1\nS: 500 what", TlsFault::Handshake).await;
    check("sleep 1\nclose", TlsFault::Handshake).await;
    check("sleep 40", TlsFault::Timeout).await;
}

#[tokio::test]
async fn a_port_that_nobody_listens_on_is_unreachable() {
    let port = {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        socket.local_addr().expect("an address").port()
    };
    let server = Server { port, ..server("127.0.0.1", tls_file("ca.pem")) };
    let error = Submitter::connect(&server, "yorisoi.example.jp").await.err();
    assert_eq!(error, Some(SubmitError::Connect(ConnectError::Unreachable)));
}

#[test]
fn sessions_can_be_used_from_any_thread() {
    fn check(_: impl Send) {}
    let server = server("mail.example.jp", tls_file("ca.pem"));
    check(async {
        let mut session = Session::start(tokio::io::empty(), &server, Limits::default()).await?;
        let mut round = yorisoi::net::imap::Round::new(session.search_above(0).await?, 1);
        round.step(&mut session).await?;
        session.select("INBOX").await?;
        session.wait(Duration::from_secs(1)).await?;
        session.logout().await;
        Ok::<(), ImapError>(())
    });
    check(async {
        let submitter = Submitter::connect(&server, "x").await?;
        let forward_path = Address::parse("haru@example.jp").expect("an address");
        let envelope = Envelope { reverse_path: None, forward_path };
        let (_, kept) = submitter.submit(&envelope, b"", async { Ok::<(), Infallible>(()) }).await;
        if let Some(kept) = kept {
            kept.quit().await;
        }
        Ok::<(), SubmitError>(())
    });
}
