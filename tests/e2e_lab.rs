//! The lab itself: what the other end-to-end tests rely on is so.
#![allow(clippy::unwrap_used, clippy::expect_used)] // helpers of tests

mod lab;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use lab::{Lab, Login, Options, SERVICE, Setup, WORLD};

const SOON: Duration = Duration::from_secs(20);

fn mail(subject: &str) -> Vec<u8> {
    format!("From: Haru <haru@example.jp>\r\nTo: {SERVICE}\r\nSubject: {subject}\r\n\r\n.dot\r\nbody\r\n")
        .into()
}

/// An IMAP conversation on the port that greets with PREAUTH: the lines of the answer to each command.
struct Imap(BufReader<TcpStream>);

impl Imap {
    fn connect(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        Self(BufReader::new(stream))
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        assert!(self.0.read_line(&mut line).unwrap() > 0, "the IMAP server hung up");
        line
    }

    fn command(&mut self, command: &str) -> String {
        write!(self.0.get_mut(), "t1 {command}\r\n").unwrap();
        let mut answer = String::new();
        while !answer.lines().last().unwrap_or_default().starts_with("t1 ") {
            answer += &self.line();
        }
        answer
    }
}

/// The end of what `openssl s_client` says about the certificate.
fn verified(lab: &Lab, port: u16, starttls: &[&str]) -> bool {
    let mut command = Command::new("openssl");
    command.args(["s_client", "-connect", &format!("localhost:{port}"), "-verify_return_error"]);
    command.args(["-verify_hostname", "localhost", "-brief", "-CAfile"]).arg(lab.ca_file()).args(starttls);
    command.stdin(Stdio::null()).output().unwrap().status.success()
}

#[test]
fn a_mail_through_postfix_is_read_from_dovecot() {
    let lab = Lab::start();
    let check = |recipient: &str, user: &str, count: usize| {
        lab.send("haru@example.jp", recipient, &mail("through Postfix")).unwrap();
        let mails = lab.wait_for_mails(user, count, SOON);
        let text = String::from_utf8(mails[count - 1].clone()).unwrap();
        let delivered_to = text.split("\r\nDelivered-To: ").nth(1).unwrap().lines().next().unwrap();
        assert_eq!(delivered_to.replace('"', ""), recipient, "{text}"); // Postfix quotes "foo..bar"
        assert!(text.contains("Return-Path: <haru@example.jp>\r\n"), "{text}");
        assert!(text.contains("\r\nReceived: from") && text.ends_with("\r\n\r\n.dot\r\nbody\r\n"), "{text}");
    };
    check(SERVICE, SERVICE, 1);
    check("care+token-40@lab.test", SERVICE, 2);
    check("ai@example.org", "ai@example.org", 1);
    check("ai+more@example.org", "ai@example.org", 2);
    check("foo..bar@docomo.ne.jp", "foo..bar@docomo.ne.jp", 1);
    check("stranger@nowhere.example", WORLD, 1);
    assert_eq!(lab.mails("natsu@example.jp").len(), 0);
}

#[test]
fn a_mail_delivered_straight_to_dovecot_is_there_at_once() {
    let lab = Lab::start();
    lab.deliver(&mail("first"), SERVICE);
    lab.deliver(&mail("second"), SERVICE);
    let texts = lab.texts(SERVICE);
    assert_eq!(texts.len(), 2);
    assert!(texts[0].contains("Subject: first") && texts[1].contains("Subject: second"));
}

#[test]
fn the_certificate_is_valid_for_localhost_with_our_authority_only() {
    let lab = Lab::start();
    let ports = lab.ports();
    let check = |port: u16, starttls: &[&str]| assert!(verified(&lab, port, starttls), "{port} {starttls:?}");
    check(ports.imap, &["-starttls", "imap"]);
    check(ports.imaps, &[]);
    check(ports.smtp, &["-starttls", "smtp"]);
    check(ports.smtps, &[]);
    check(ports.submission, &["-starttls", "smtp"]);
    check(ports.submissions, &[]);
    let other = Lab::start();
    assert!(!verified(&other, ports.imaps, &[]), "another lab's authority must not do");
}

#[test]
fn the_imap_server_has_idle_or_not() {
    let check = |idle: bool| {
        let lab = Lab::with(Options { idle, ..Options::default() });
        let mut imap = Imap::connect(lab.ports().imap);
        let greeting = imap.line();
        let capability = imap.command("CAPABILITY");
        let login = imap.command(&format!("LOGIN {SERVICE} \"{}\"", lab::PASSWORD));
        assert!(login.contains("t1 OK"), "{login}");
        let all = format!("{greeting}{capability}{login}{}", imap.command("CAPABILITY"));
        assert_eq!(all.contains("IDLE"), idle, "{all}");
    };
    check(true);
    check(false);
}

#[test]
fn without_a_login_the_imap_server_greets_with_preauth() {
    let lab = Lab::start();
    lab.deliver(&mail("first"), SERVICE);
    let config =
        std::fs::read_to_string(lab.config(&Setup { login: Login::None, ..Setup::default() })).unwrap();
    let port = config.split("port = ").nth(1).unwrap().lines().next().unwrap().parse().unwrap();
    let mut imap = Imap::connect(port);
    assert!(imap.line().starts_with("* PREAUTH "));
    let selected = imap.command("SELECT INBOX");
    assert!(selected.contains("* 1 EXISTS"), "{selected}");
}

#[test]
fn uidvalidity_changes_on_demand() {
    let lab = Lab::start();
    lab.deliver(&mail("first"), SERVICE);
    let validity = || {
        let mut imap = Imap::connect(lab.ports().imap);
        imap.line();
        imap.command(&format!("LOGIN {SERVICE} \"{}\"", lab::PASSWORD));
        let answer = imap.command("SELECT INBOX");
        assert!(answer.contains("* 1 EXISTS"), "{answer}");
        answer.split("UIDVALIDITY ").nth(1).unwrap().split(']').next().unwrap().to_owned()
    };
    let before = validity();
    assert_eq!(before, validity());
    lab.change_uidvalidity(SERVICE);
    assert_ne!(before, validity());
}

#[test]
fn postfix_refuses_and_greylists_as_it_is_told() {
    let lab = Lab::with(Options { plus: false, message_size_limit: 20_000, ..Options::default() });
    let send = |recipient: &str, raw: &[u8]| match lab.send("haru@example.jp", recipient, raw) {
        Ok(()) => "250".to_owned(),
        Err(refused) => refused.0.chars().take(9).collect(),
    };
    let check = |recipient: &str, expected: &str| {
        assert_eq!(send(recipient, &mail("x")), expected, "{recipient}");
    };
    lab.refuse("ai@example.org", "550 5.1.1 no such user", usize::MAX);
    lab.refuse("mio@example.net", "450 4.7.1 greylisted", 2);
    check("ai@example.org", "550 5.1.1");
    check("mio@example.net", "450 4.7.1");
    check("mio@example.net", "450 4.7.1");
    check("mio@example.net", "250");
    assert_eq!(lab.times_asked("mio@example.net"), 3);
    lab.accept("ai@example.org");
    check("ai@example.org", "250");
    check("care+token@lab.test", "550 5.1.1");
    check(SERVICE, "250");
    let large = [mail("large"), vec![b'x'; 30_000]].concat();
    assert!(send(SERVICE, &large).starts_with("552 5.3.4"));
}

#[test]
fn postfix_stamps_what_it_is_told_above_everything_the_writer_sent() {
    let lab = Lab::start();
    lab.stamp(SERVICE, "Authentication-Results: mx.lab.test; dmarc=pass header.from=example.jp", 1);
    lab.send("haru@example.jp", SERVICE, &mail("proven")).unwrap();
    lab.wait_for_mails(SERVICE, 1, SOON);
    lab.send("haru@example.jp", SERVICE, &mail("not proven")).unwrap();
    lab.wait_for_mails(SERVICE, 2, SOON);
    let texts = lab.texts(SERVICE);
    let stamp = texts[0].find("Authentication-Results: mx.lab.test; dmarc=pass").expect("the stamp");
    assert!(stamp < texts[0].find("Subject: proven").unwrap(), "{}", texts[0]);
    assert!(!texts[1].contains("Authentication-Results"), "{}", texts[1]);
}

#[test]
fn servers_go_away_and_return_with_what_they_had() {
    let mut lab = Lab::start();
    lab.deliver(&mail("before"), SERVICE);
    lab.stop_imap();
    assert!(TcpStream::connect(("127.0.0.1", lab.ports().imap)).is_err());
    lab.send("haru@example.jp", SERVICE, &mail("meanwhile")).unwrap();
    lab.stop_smtp();
    assert!(TcpStream::connect(("127.0.0.1", lab.ports().smtp)).is_err());
    lab.start_imap();
    lab.start_smtp();
    assert_eq!(lab.wait_for_mails(SERVICE, 2, SOON).len(), 2);
}

#[test]
fn the_directory_of_a_finished_lab_is_gone_and_its_processes_with_it() {
    let lab = Lab::start();
    let (dir, port) = (lab.dir().to_owned(), lab.ports().smtp);
    drop(lab);
    assert!(!dir.exists());
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[test]
fn every_configuration_that_the_lab_writes_can_be_loaded() {
    let lab = Lab::start();
    for tls in ["implicit", "starttls", "none"] {
        for login in [Login::Right, Login::Wrong, Login::None] {
            let path = lab.config(&Setup { tls, login, ..Setup::default() });
            let loaded = yorisoi::settings::load(&path, std::iter::empty());
            let settings = loaded.unwrap_or_else(|errors| panic!("{tls} {login:?}: {errors}"));
            assert_eq!(settings.warnings, Vec::<String>::new());
            assert_eq!(settings.imap.server.login.is_some(), login != Login::None);
        }
    }
}
