//! The demo: the real program plays it in both languages, and its servers hold up against our own sessions and
//! against raw dialogues.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)] // whatever breaks here fails the test
#![allow(clippy::disallowed_methods)] // a promise about seconds is measured with a clock

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use yorisoi::demo::Servers;
use yorisoi::mail::address::Address;
use yorisoi::mail::fetched::Fetched;
use yorisoi::mail::submission::{Envelope, SubmitOutcome};
use yorisoi::net::imap::{Round, Session, Woken};
use yorisoi::net::smtp::Submitter;
use yorisoi::secret::Secret;
use yorisoi::settings::{Imap, JunkFolder, Login, Server, Tls};

/// A folder for temporary files that goes when the test does.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn demo(&self, args: &[&str]) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_yorisoi"));
        // no configuration, and no folder in which one could be found
        command.arg("demo").args(args).current_dir(self.0.path()).env("TMPDIR", self.0.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }
}

/// Kills the program if the test fails before it has ended.
struct Guarded(Child);

impl Drop for Guarded {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn plays(locale: &str, passed_on: &[&str]) {
    let place = Place::new();
    let started = Instant::now();
    let mut child = Guarded(place.demo(&["--locale", locale]));
    let (mut out, mut first) = (String::new(), None);
    for line in BufReader::new(child.0.stdout.take().unwrap()).lines() {
        out.push_str(&(line.unwrap() + "\n"));
        if first.is_none() && out.contains(passed_on[0]) {
            first = Some(started.elapsed());
        }
    }
    let status = child.0.wait().unwrap();
    let mut log = String::new();
    child.0.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert_eq!((status.code(), log.as_str()), (Some(0), ""), "{out}");
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    assert!(first.is_some_and(|first| first < Duration::from_secs(5)), "{first:?}\n{out}");
    for words in passed_on {
        assert!(out.contains(words), "{words} is not in:\n{out}");
    }
    let counted = out.lines().find_map(|line| line.strip_prefix("sessions: IMAP ")).expect("the count");
    let (imap, smtp) = counted.split_once(", SMTP ").expect("two counts");
    let (imap, smtp): (usize, usize) = (imap.parse().unwrap(), smtp.parse().unwrap());
    // the daemon fetches through one; four mails of people and those of the daemon are submitted
    assert!(imap >= 1 && smtp >= 5, "{counted}");
    let named: PathBuf = out.lines().next().unwrap().split_once(": ").unwrap().1.into();
    assert!(named.starts_with(place.0.path()) && named.join("data/yorisoi.db").exists(), "{named:?}");
    assert_sound(&named.join("data"));
    let left: Vec<_> =
        std::fs::read_dir(place.0.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(left, [named], "the demo writes into the folder that it names, and nowhere else");
}

fn assert_sound(data: &Path) {
    let store = yorisoi::store::Store::open_to_read(data).unwrap();
    let broken = store.read(|tx| tx.check()).unwrap();
    assert!(broken.is_empty(), "{broken:?}");
}

#[test]
fn the_demo_passes_two_answers_on_in_japanese() {
    plays(
        "ja",
        &[
            "あいさんの言葉",
            "あいより",
            "みどりより",
            "雨の中を10分、よく歩かれましたね。",
            "answer by みどり",
        ],
    );
}

#[test]
fn the_demo_passes_two_answers_on_in_english() {
    plays("en", &["What Rose receives from Mary", "Ten minutes in the rain: well done.", "answer by Ann"]);
}

/// Servers with two mailboxes, and the settings of one of them at a port.
async fn servers() -> Servers {
    let addresses = ["care@a.example".to_owned(), "haru@a.example".to_owned()];
    Servers::start(&addresses, Secret::new("open")).await.unwrap()
}

fn server(port: u16, name: &str, password: &str) -> Server {
    let login = Some(Login { username: name.to_owned(), password: Secret::new(password) });
    Server { host: "127.0.0.1".to_owned(), port, tls: Tls::None, login, ca_file: None }
}

async fn submit(servers: &Servers, to: &str, raw: &[u8]) -> SubmitOutcome {
    let server = server(servers.smtp_port, "haru@a.example", "open");
    let submitter = Submitter::connect(&server, "a.example").await.unwrap();
    let envelope = Envelope {
        reverse_path: Some(Address::parse("haru@a.example").unwrap()),
        forward_path: Address::parse(to).unwrap(),
    };
    let (outcome, left) = submitter.submit(&envelope, raw, async { Ok::<(), ()>(()) }).await;
    if let Some(submitter) = left {
        submitter.quit().await;
    }
    outcome
}

#[tokio::test]
async fn our_own_sessions_submit_wake_search_and_fetch_at_the_demo_s_servers() {
    let servers = servers().await;
    let imap = Imap {
        server: server(servers.imap_port, "care@a.example", "open"),
        folder: "INBOX".to_owned(),
        junk: JunkFolder::Unwatched,
    };
    let mut session = Session::connect(&imap).await.unwrap();
    let selected = session.select("INBOX").await.unwrap();
    assert_eq!((selected.exists, selected.uid_next), (0, Some(1)));
    assert!(session.search_above(0).await.unwrap().is_empty());
    // the mail comes while the session waits
    let raw = b"From: <haru@a.example>\r\n\r\n.one dot\r\n\xe3\x81\x82\r\n";
    let (woken, outcome) = tokio::join!(session.wait(Duration::from_secs(10)), async {
        servers.watched("care@a.example").await;
        submit(&servers, "care+token@a.example", raw).await
    });
    assert_eq!(woken.unwrap(), Woken::News);
    assert!(matches!(outcome, SubmitOutcome::Accepted { .. }), "{outcome:?}");
    let uids = session.search_above(0).await.unwrap();
    assert_eq!(uids, [1]);
    let mut round = Round::new(uids, 1024 * 1024);
    let mut fetched = Vec::new();
    while !round.is_done() {
        fetched.extend(round.step(&mut session).await.unwrap());
    }
    let [Fetched::Mail { uid: 1, internal_date: Some(_), raw: found }] = fetched.as_slice() else {
        panic!("{fetched:?}")
    };
    let found = String::from_utf8(found.clone()).unwrap();
    assert!(found.ends_with("\r\n\r\n.one dot\r\nあ\r\n"), "{found}");
    assert!(found.contains("\r\nMessage-ID: <") && found.contains("\r\nDate: "), "{found}");
    session.logout().await;
    let sessions = servers.sessions();
    assert_eq!((sessions.imap, sessions.smtp), (1, 1));
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_are_refused() {
    let servers = servers().await;
    let imap = Imap {
        server: server(servers.imap_port, "care@a.example", "wrong"),
        folder: "INBOX".to_owned(),
        junk: JunkFolder::Unwatched,
    };
    assert!(Session::connect(&imap).await.is_err());
    let wrong = server(servers.smtp_port, "care@a.example", "wrong");
    assert!(Submitter::connect(&wrong, "a.example").await.is_err());
    let outcome = submit(&servers, "nobody@a.example", b"From: <haru@a.example>\r\n\r\nx\r\n").await;
    assert!(matches!(outcome, SubmitOutcome::Permanent { code: 550, .. }), "{outcome:?}");
}

/// One side of a raw dialogue.
struct Line(BufReader<TcpStream>);

impl Line {
    fn open(port: &str) -> Self {
        let stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        Self(BufReader::new(stream))
    }

    /// Says a line, and reads until a line that begins with `end`.
    fn ask(&mut self, said: &str, end: &str) -> String {
        self.0.get_mut().write_all(said.as_bytes()).unwrap();
        let mut heard = String::new();
        loop {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "hung up after {said:?}: {heard}");
            heard.push_str(&line);
            if line.starts_with(end) {
                return heard;
            }
        }
    }
}

fn after<'a>(text: &'a str, mark: &str) -> &'a str {
    let rest = text.split_once(mark).unwrap_or_else(|| panic!("no {mark:?} in:\n{text}")).1;
    rest.split_whitespace().next().unwrap()
}

#[test]
fn a_demo_that_stays_answers_mail_programs_and_ends_on_ctrl_c() {
    let place = Place::new();
    let mut child = Guarded(place.demo(&["--locale", "en", "--stay"]));
    let mut out = String::new();
    for line in BufReader::new(child.0.stdout.take().unwrap()).lines() {
        out.push_str(&(line.unwrap() + "\n"));
        if out.ends_with(" status\n") {
            break;
        }
    }
    let word = after(&out, "password: ");
    let mut smtp = Line::open(after(&out, "SMTP 127.0.0.1:"));
    smtp.ask("", "220 ");
    smtp.ask("EHLO phone.example\r\n", "250 ");
    smtp.ask("MAIL FROM:<rose@phone.example>\r\n", "530 ");
    let plain = data_encoding::BASE64.encode(format!("\0rose@phone.example\0{word}").as_bytes());
    smtp.ask(&format!("AUTH PLAIN {plain}\r\n"), "235 ");
    smtp.ask("MAIL FROM:<rose@phone.example>\r\nRCPT TO:<mary@home.example>\r\nDATA\r\n", "354 ");
    smtp.ask("Subject: hello\r\n\r\n..dot\r\n.\r\n", "250 ");
    smtp.ask("QUIT\r\n", "221 ");
    let mut imap = Line::open(after(&out, "IMAP 127.0.0.1:"));
    imap.ask("", "* OK");
    imap.ask(&format!("a LOGIN mary@home.example {word}\r\n"), "a OK");
    assert!(imap.ask("b LIST \"\" *\r\n", "b OK").contains("INBOX"));
    assert!(imap.ask("c SELECT INBOX\r\n", "c OK").contains("* 2 EXISTS"));
    assert!(imap.ask("d STATUS INBOX (MESSAGES UNSEEN)\r\n", "d OK").contains("MESSAGES 2 UNSEEN 2"));
    assert!(imap.ask("e FETCH 2 (FLAGS BODY[TEXT])\r\n", "e OK").contains("\r\n.dot\r\n"));
    assert!(imap.ask("f SEARCH SEEN\r\n", "f OK").contains("* SEARCH 2\r\n"));
    imap.ask("g XLIST \"\" *\r\n", "g BAD");
    let told = imap.ask("h FETCH 2 (ENVELOPE BODYSTRUCTURE BODY[1])\r\n", "h OK");
    assert!(
        told.contains("\"hello\"") && told.contains("\"TEXT\" \"plain\"") && told.contains("\r\n.dot\r\n"),
        "{told}"
    );
    assert!(imap.ask("i STORE 2 +FLAGS (\\Deleted)\r\n", "i OK").contains("\\Deleted"));
    assert!(imap.ask("j EXPUNGE\r\n", "j OK").contains("* 2 EXPUNGE"));
    imap.ask("k LOGOUT\r\n", "k OK");
    let pid = child.0.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let asked = Instant::now();
    let status = loop {
        match child.0.try_wait().unwrap() {
            Some(status) => break status,
            None => assert!(asked.elapsed() < Duration::from_secs(10), "not ended 10 s after SIGINT"),
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(status.code(), Some(0));
}
