//! IMAP dialogues, every one that an ordinary library reports as "no mail" or never ends: each must come out as one
//! exact result. `S:` is the server, `C:` is us.
#![allow(clippy::expect_used, reason = "a test may stop at the first surprise")]

mod protocol;

use std::time::Duration;

use protocol::{Server, serve};
use yorisoi::mail::fetched::Fetched;
use yorisoi::net::imap::{ImapError, Limits, Refusal, Round, Selected, Session, Woken};
use yorisoi::secret::Secret;
use yorisoi::settings::{self, Login, Tls};

const LIMIT: u64 = 10_000;

fn server(tls: Tls, login: Option<(&str, &str)>) -> settings::Server {
    let login =
        login.map(|(name, password)| Login { username: name.to_owned(), password: Secret::new(password) });
    settings::Server { host: "mail.example.jp".to_owned(), port: 143, tls, login, ca_file: None }
}

/// Starts a session against a trace, with user name `haru` and password `pw`.
async fn login(trace: &str) -> (Result<Session, ImapError>, Server) {
    let (client, served) = serve(trace);
    let server = server(Tls::None, Some(("haru", "pw")));
    (Session::start(client, &server, Limits::default()).await, served)
}

/// A session that needs no login and has INBOX open; the trace goes on at tag Y3.
async fn opened(trace: &str) -> (Session, Server) {
    let opening = "
        S: * OK ready
        C: Y1 CAPABILITY
        S: * CAPABILITY IMAP4rev1 IDLE
        S: Y1 OK done
        C: Y2 EXAMINE \"INBOX\"
        S: * 3 EXISTS
        S: * OK [UIDVALIDITY 7] valid
        S: Y2 OK [READ-ONLY] done
    ";
    let (client, served) = serve(&format!("{opening}{trace}"));
    let server = server(Tls::None, None);
    let mut session = Session::start(client, &server, Limits::default()).await.expect("login");
    session.select("INBOX").await.expect("select");
    (session, served)
}

/// A search that finds nothing: the news of EXAMINE are old then. The trace goes on at tag Y5.
const SEARCHED: &str = "C: Y3 NOOP\nS: Y3 OK\nC: Y4 UID SEARCH UID 1:*\nS: Y4 OK\n";

fn refused(command: &'static str, code: Refusal) -> ImapError {
    ImapError::Refused { command, code }
}

fn mail(uid: u32, raw: &str) -> Fetched {
    Fetched::Mail { uid, internal_date: None, raw: raw.as_bytes().to_vec() }
}

/// The answer of a server that delivers sizes for `uids` to the command with `tag`.
fn sizes(tag: &str, set: &str, uids: &[(u32, u32)]) -> String {
    let mut out = format!("C: {tag} UID FETCH {set} (UID RFC822.SIZE INTERNALDATE)\n");
    for (uid, size) in uids {
        out.push_str(&format!("S: * {uid} FETCH (UID {uid} RFC822.SIZE {size})\n"));
    }
    out + &format!("S: {tag} OK done\n")
}

#[tokio::test(start_paused = true)]
async fn a_search_that_fails_is_never_an_empty_one() {
    let check = async |answer: &str, expected: Result<Vec<u32>, ImapError>| {
        let trace = format!("C: Y3 NOOP\nS: Y3 OK\nC: Y4 UID SEARCH UID 5:*\n{answer}");
        let (mut session, served) = opened(&trace).await;
        assert_eq!(session.search_above(4).await, expected, "{answer}");
        let spent = !matches!(expected, Ok(_) | Err(ImapError::Refused { .. }));
        assert_eq!(session.is_spent(), spent, "{answer}");
        drop(session);
        served.lines().await;
    };
    check("S: * SEARCH 9 7 5 7\nS: Y4 OK done", Ok(vec![5, 7, 9])).await;
    check("S: * SEARCH\nS: Y4 OK done", Ok(vec![])).await;
    check("S: Y4 OK done", Ok(vec![])).await;
    // RFC 3501 §9: `n:*` above the last UID means the last UID.
    check("S: * SEARCH 4\nS: Y4 OK done", Ok(vec![])).await;
    check("S: Y4 NO [SERVERBUG] no", Err(refused("UID SEARCH", Refusal::Other))).await;
    check("S: * SEARCH 5\nS: Y4 NO no", Err(refused("UID SEARCH", Refusal::Other))).await;
    check("S: Y4 BAD what", Err(refused("UID SEARCH", Refusal::Bad))).await;
    check("S: Y4 NO [UNAVAILABLE] no", Err(refused("UID SEARCH", Refusal::Unavailable))).await;
    check("S: * SEARCH 5\nclose", Err(ImapError::Lost)).await;
    check("close", Err(ImapError::Lost)).await;
    check("S: * BYE [UNAVAILABLE] going\nclose", Err(ImapError::Bye(Refusal::Unavailable))).await;
    check("S: * SEARCH 99999999999\nS: Y4 OK", Err(ImapError::Protocol("a response is not IMAP"))).await;
    check(
        "S: * ESEARCH (TAG \"Y4\") UID ALL 5:7\nS: Y4 OK",
        Err(ImapError::Protocol("a response is not IMAP")),
    )
    .await;
    check("S: Y9 OK whose", Err(ImapError::Protocol("an answer to a command never sent"))).await;
    check("", Err(ImapError::Timeout)).await;
}

#[tokio::test(start_paused = true)]
async fn a_dead_connection_is_noticed_by_noop() {
    let (mut session, _) = opened("C: Y3 NOOP\nclose").await;
    assert_eq!(session.search_above(0).await, Err(ImapError::Lost));
    let (mut session, _) = opened("C: Y3 NOOP\nS: Y3 NO not now").await;
    assert_eq!(session.search_above(0).await, Err(refused("NOOP", Refusal::Other)));
}

#[tokio::test(start_paused = true)]
async fn a_folder_opens_only_with_a_uidvalidity() {
    let check = async |folder: &str, wire: &str, answer: &str, expected: Result<Selected, ImapError>| {
        let trace = format!("C: Y3 EXAMINE {wire}\n{answer}");
        let (mut session, served) = opened(&trace).await;
        assert_eq!(session.select(folder).await, expected, "{answer}");
        drop(session);
        served.lines().await;
    };
    let ok = Selected { uid_validity: 7, uid_next: Some(10), exists: 3 };
    let full = "S: * 3 EXISTS\nS: * OK [UIDVALIDITY 7] x\nS: * OK [UIDNEXT 10] x\nS: Y3 OK [READ-ONLY] x";
    check("INBOX", "\"INBOX\"", full, Ok(ok)).await;
    check("迷惑メール", "\"&j,dg0TDhMPww6w-\"", full, Ok(ok)).await;
    let no_next = "S: * 3 EXISTS\nS: * OK [UIDVALIDITY 7] x\nS: Y3 OK x";
    check("INBOX", "\"INBOX\"", no_next, Ok(Selected { uid_next: None, ..ok })).await;
    // Text right behind the code, in UTF-8: async-imap's parser panics on it.
    let text = "S: * 3 EXISTS\nS: * OK [UIDVALIDITY 7]有効\nS: Y3 OK x";
    check("INBOX", "\"INBOX\"", text, Ok(Selected { uid_next: None, ..ok })).await;
    let sjis = "S| * OK [ALERT] \\x93\\xfa\\x96\\x7b\\r\\n\n".to_owned() + full;
    check("INBOX", "\"INBOX\"", &sjis, Ok(ok)).await;
    let no_validity = Err(ImapError::Protocol("no UIDVALIDITY"));
    check("INBOX", "\"INBOX\"", "S: * 3 EXISTS\nS: Y3 OK x", no_validity).await;
    check("INBOX", "\"INBOX\"", "S: * 3 EXISTS\nS: * OK [UIDVALIDITY 0] x\nS: Y3 OK x", no_validity).await;
    check("INBOX", "\"INBOX\"", "S: * 3 EXISTS\nclose", Err(ImapError::Lost)).await;
    let missing = Err(refused("EXAMINE", Refusal::Folder));
    check("Nix", "\"Nix\"", "S: Y3 NO [NONEXISTENT] no such folder", missing).await;
}

#[tokio::test(start_paused = true)]
async fn a_login_ends_in_a_session_or_in_a_reason() {
    let check = async |trace: &str, expected: Option<ImapError>| {
        let (session, served) = login(trace).await;
        assert_eq!(session.err(), expected, "{trace}");
        served.lines().await;
    };
    let plain = "S: * OK ready\nC: Y1 CAPABILITY\nS: * CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\nS: Y1 OK\n\
        C: Y2 AUTHENTICATE PLAIN AGhhcnUAcHc=\n";
    let idle = "C: Y3 CAPABILITY\nS: * CAPABILITY IMAP4rev1 IDLE\nS: Y3 OK";
    check(&format!("{plain}S: Y2 OK\n{idle}"), None).await;
    check(&format!("{plain}S: Y2 NO [AUTHENTICATIONFAILED] no"), Some(ImapError::Credentials)).await;
    check(&format!("{plain}S: Y2 NO invalid"), Some(ImapError::Credentials)).await;
    let ill = refused("AUTHENTICATE", Refusal::Unavailable);
    check(&format!("{plain}S: Y2 NO [UNAVAILABLE] database"), Some(ill)).await;
    check(&format!("{plain}close"), Some(ImapError::Lost)).await;
    check(&format!("{plain}S: * BYE bye"), Some(ImapError::Bye(Refusal::Other))).await;
    check(plain, Some(ImapError::Timeout)).await;
    check(&format!("{plain}S: Y2 OK\nC: Y3 CAPABILITY\nclose"), Some(ImapError::Lost)).await;
    check(
        &format!("{plain}S: Y2 OK\nC: Y3 CAPABILITY\nS: Y3 OK"),
        Some(ImapError::Protocol("no capabilities")),
    )
    .await;
    // An untagged line before `+` is no reason to wait for ever.
    check(
        &format!(
            "S: * OK ready\nC: Y1 CAPABILITY\nS: * CAPABILITY IMAP4rev1 AUTH=PLAIN\nS: Y1 OK\n\
             C: Y2 AUTHENTICATE PLAIN\nS: * OK [ALERT] maintenance tonight\nS: +\nC: AGhhcnUAcHc=\n\
             S: * CAPABILITY IMAP4rev1\nS: Y2 OK\n{idle}"
        ),
        None,
    )
    .await;
    check("", Some(ImapError::Timeout)).await;
    check("close", Some(ImapError::Lost)).await;
    check("S: * BYE [LIMIT] too many connections", Some(ImapError::Bye(Refusal::Unavailable))).await;
    check("S: HTTP/1.1 400 Bad Request", Some(ImapError::Protocol("no greeting"))).await;
    let disabled = "S: * OK ready\nC: Y1 CAPABILITY\nS: * CAPABILITY IMAP4rev1 LOGINDISABLED\nS: Y1 OK";
    check(disabled, Some(ImapError::NoLoginMethod)).await;
    let login = "S: * OK ready\nC: Y1 CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: Y1 OK\n\
        C: Y2 LOGIN \"haru\" \"pw\"\nS: Y2 OK\n";
    check(&format!("{login}{idle}"), None).await;
}

#[tokio::test(start_paused = true)]
async fn a_password_that_cannot_be_quoted_goes_as_a_literal() {
    let (client, served) = serve(
        "S: * OK ready
         C: Y1 CAPABILITY
         S: * CAPABILITY IMAP4rev1
         S: Y1 OK
         C: Y2 LOGIN \"haru\" {6}
         S: + go on
         C: ぱす
         S: Y2 OK
         C: Y3 CAPABILITY
         S: * CAPABILITY IMAP4rev1
         S: Y3 OK",
    );
    let server = server(Tls::None, Some(("haru", "ぱす")));
    drop(Session::start(client, &server, Limits::default()).await.expect("login"));
    served.lines().await;
}

#[tokio::test(start_paused = true)]
async fn starttls_is_required_and_nothing_may_follow_its_ok() {
    let check = async |trace: &str, expected: ImapError| {
        let (client, served) = serve(trace);
        let server = server(Tls::StartTls, Some(("haru", "pw")));
        assert_eq!(Session::start(client, &server, Limits::default()).await.err(), Some(expected), "{trace}");
        let lines = served.lines().await;
        assert!(!lines.iter().any(|line| line.contains("AUTH") || line.contains("LOGIN")), "{lines:?}");
    };
    check("S: * OK ready\nC: S1 STARTTLS\nS: S1 BAD what", ImapError::NoStartTls).await;
    check("S: * PREAUTH welcome", ImapError::NoStartTls).await;
    let injected = "S: * OK ready\nC: S1 STARTTLS\nS| S1 OK go\\r\\n* OK injected\\r\\n";
    check(injected, ImapError::Protocol("octets after STARTTLS")).await;
    let early = "S| * OK ready\\r\\n* OK more\\r\\n";
    check(early, ImapError::Protocol("octets before STARTTLS")).await;
}

#[tokio::test(start_paused = true)]
async fn mails_come_whole_in_any_order() {
    let trace = SEARCHED.to_owned()
        + &sizes("Y5", "5:7", &[(5, 5), (6, 5), (7, 5)])
        + "C: Y6 UID FETCH 5:7 (UID BODY.PEEK[])
           S: * 3 FETCH (FLAGS (\\Seen))
           S: * 9 EXISTS
           S: * 2 FETCH (UID 99 BODY[] {5}
           S: three)
           S| * 3 FETCH (UID 7 BODY[] {5}\\r\\nse\\xe3\\x81n)\\r\\n
           S| * 1 FETCH (BODY[] {5}\\r\\nfive! UID 5)\\r\\n
           S: * 2 FETCH (UID 6 BODY[] \"sixth\")
           S: Y6 OK done";
    let (mut session, served) = opened(&trace).await;
    assert_eq!(session.search_above(0).await, Ok(vec![]));
    let mut round = Round::new(vec![7, 5, 6], LIMIT);
    let raw = b"se\xe3\x81n".to_vec();
    let seventh = Fetched::Mail { uid: 7, internal_date: None, raw };
    assert_eq!(round.step(&mut session).await, Ok(vec![mail(5, "five!"), mail(6, "sixth"), seventh]));
    assert!(round.is_done());
    assert_eq!(session.wait(Duration::from_secs(60)).await, Ok(Woken::News), "EXISTS came in the FETCH");
    drop(session);
    served.lines().await;
}

/// Plays one connection per trace, until the round is done. Returns what came out and every error.
async fn run(uids: &[u32], traces: &[&str]) -> (Vec<Fetched>, Vec<ImapError>) {
    let mut round = Round::new(uids.to_vec(), LIMIT);
    let (mut out, mut errors) = (Vec::new(), Vec::new());
    for trace in traces {
        let (mut session, served) = opened(trace).await;
        while !round.is_done() {
            match round.step(&mut session).await {
                Ok(fetched) => out.extend(fetched),
                Err(error) => {
                    errors.push(error);
                    break;
                }
            }
        }
        drop(session);
        served.lines().await;
    }
    assert!(round.is_done(), "left: {round:?}");
    (out, errors)
}

/// One UID asked for alone, delivered.
fn alone(first_tag: u32, uid: u32, body: &str) -> String {
    let size = u32::try_from(body.len()).expect("a short body");
    let next = first_tag + 1;
    sizes(&format!("Y{first_tag}"), &uid.to_string(), &[(uid, size)])
        + &format!(
            "C: Y{next} UID FETCH {uid} (UID BODY.PEEK[])\n\
             S: * 1 FETCH (UID {uid} BODY[] {{{size}}}\nS: {body})\nS: Y{next} OK done\n"
        )
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_breaks_is_fetched_again_one_by_one() {
    let batch = sizes("Y3", "5:6", &[(5, 4), (6, 3)]) + "C: Y4 UID FETCH 5:6 (UID BODY.PEEK[])\n";
    let five = "S: * 1 FETCH (UID 5 BODY[] {4}\nS: five)\n";
    let both = vec![mail(5, "five"), mail(6, "six")];

    // The session lives: it goes on in the same one.
    for answer in ["S: Y4 NO [SERVERBUG] no\n", "S: Y4 BAD what\n"] {
        let trace = format!("{batch}{answer}{}{}", alone(5, 5, "five"), alone(7, 6, "six"));
        assert_eq!(run(&[5, 6], &[&trace]).await, (both.clone(), vec![]), "{answer}");
    }
    let trace = format!("{batch}{five}S: Y4 NO no\n{}", alone(5, 6, "six"));
    assert_eq!(run(&[5, 6], &[&trace]).await, (both.clone(), vec![]));

    // The session is gone: it goes on in the next one.
    let broken = [
        ("close\n", ImapError::Lost),
        ("S| * 1 FETCH (UID 5 BODY[] {4}\\r\\nfi\nclose\n", ImapError::Lost),
        ("S: * BYE going\nclose\n", ImapError::Bye(Refusal::Other)),
        ("S: * 1 FETCH (UID 5 BODY[] ~{4}\nS: five)\n", ImapError::Protocol("a response is not IMAP")),
        ("", ImapError::Timeout),
    ];
    for (answer, error) in broken {
        let first = format!("{batch}{answer}");
        let second = alone(3, 5, "five") + &alone(5, 6, "six");
        assert_eq!(run(&[5, 6], &[&first, &second]).await, (both.clone(), vec![error]), "{answer}");
    }

    // What came whole before the end is not fetched again.
    let first = format!("{batch}{five}close\n");
    let second = alone(3, 6, "six");
    assert_eq!(run(&[5, 6], &[&first, &second]).await, (both, vec![ImapError::Lost]));
}

#[tokio::test(start_paused = true)]
async fn a_mail_that_the_server_cannot_deliver_holds_up_no_other() {
    let broken = format!(
        "{}C: Y4 UID FETCH 5 (UID BODY.PEEK[])\nS| * 1 FETCH (UID 5 BODY[] {{4}}\\r\\nfi\nclose\n",
        sizes("Y3", "5", &[(5, 4)])
    );
    let batch = broken
        .replace("FETCH 5 ", "FETCH 5:6 ")
        .replace("S: Y3", "S: * 2 FETCH (UID 6 RFC822.SIZE 3)\nS: Y3");
    let last = alone(3, 6, "six");
    let (out, errors) = run(&[5, 6], &[&batch, &broken, &broken, &broken, &last]).await;
    assert_eq!(out, vec![Fetched::Unfetchable { uid: 5 }, mail(6, "six")]);
    assert_eq!(errors, vec![ImapError::Lost; 4]);

    // The same by NO: three times on one connection.
    let mut trace =
        sizes("Y3", "5", &[(5, 4)]) + "C: Y4 UID FETCH 5 (UID BODY.PEEK[])\nS: Y4 NO [CORRUPTION] no\n";
    for n in [5, 7, 9] {
        trace += &sizes(&format!("Y{n}"), "5", &[(5, 4)]);
        trace += &format!("C: Y{0} UID FETCH 5 (UID BODY.PEEK[])\nS: Y{0} NO [CORRUPTION] no\n", n + 1);
    }
    assert_eq!(run(&[5], &[&trace]).await, (vec![Fetched::Unfetchable { uid: 5 }], vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_unwell_blames_no_mail() {
    let unwell = "C: Y3 UID FETCH 5 (UID RFC822.SIZE INTERNALDATE)\nS: Y3 NO [UNAVAILABLE] later\n";
    let well = alone(3, 5, "five");
    let error = refused("UID FETCH", Refusal::Unavailable);
    let (out, errors) = run(&[5], &[unwell, unwell, unwell, unwell, &well]).await;
    assert_eq!((out, errors), (vec![mail(5, "five")], vec![error; 4]));
}

#[tokio::test(start_paused = true)]
async fn a_uid_that_is_left_out_is_expunged_only_when_a_search_says_so() {
    let confirm = |tag: u32, found: &str| {
        let next = tag + 1;
        format!(
            "C: Y{tag} NOOP\nS: Y{tag} OK\nC: Y{next} UID SEARCH UID 5\nS: * SEARCH{found}\nS: Y{next} OK\n"
        )
    };
    let gone = vec![Fetched::Expunged { uid: 5 }];
    // Left out of the sizes.
    let trace = sizes("Y3", "5:6", &[(6, 3)])
        + &confirm(4, "")
        + "C: Y6 UID FETCH 6 (UID BODY.PEEK[])\nS: * 1 FETCH (UID 6 BODY[] {3}\nS: six)\nS: Y6 OK\n";
    let both = vec![Fetched::Expunged { uid: 5 }, mail(6, "six")];
    assert_eq!(run(&[5, 6], &[&trace]).await, (both, vec![]));
    // NIL, nothing, and an empty body where there should be one.
    for answer in ["S: * 1 FETCH (UID 5 BODY[] NIL)\n", "", "S: * 1 FETCH (UID 5 BODY[] \"\")\n"] {
        let body = format!("C: Y4 UID FETCH 5 (UID BODY.PEEK[])\n{answer}S: Y4 OK [EXPUNGEISSUED] x\n");
        let trace = sizes("Y3", "5", &[(5, 4)]) + &body + &confirm(5, "");
        assert_eq!(run(&[5], &[&trace]).await, (gone.clone(), vec![]), "{answer}");
    }
    // Still listed: asked for again, alone.
    let body = "C: Y4 UID FETCH 5 (UID BODY.PEEK[])\nS: * 1 FETCH (UID 5 BODY[] NIL)\nS: Y4 OK\n";
    let trace = sizes("Y3", "5", &[(5, 4)]) + body + &confirm(5, " 5") + &alone(7, 5, "five");
    assert_eq!(run(&[5], &[&trace]).await, (vec![mail(5, "five")], vec![]));
    // A search that fails says nothing.
    let trace = sizes("Y3", "5", &[(5, 4)]) + body + "C: Y5 NOOP\nS: Y5 OK\nC: Y6 UID SEARCH UID 5\nclose\n";
    let second = alone(3, 5, "five");
    assert_eq!(run(&[5], &[&trace, &second]).await, (vec![mail(5, "five")], vec![ImapError::Lost]));
    // A mail of no octets is a mail.
    let body = "C: Y4 UID FETCH 5 (UID BODY.PEEK[])\nS: * 1 FETCH (UID 5 BODY[] \"\")\nS: Y4 OK\n";
    let trace = sizes("Y3", "5", &[(5, 0)]) + body;
    assert_eq!(run(&[5], &[&trace]).await, (vec![mail(5, "")], vec![]));
}

#[tokio::test(start_paused = true)]
async fn of_a_mail_that_is_too_large_only_the_header_is_read() {
    let date = "INTERNALDATE \"17-Jul-1996 02:44:25 -0700\"";
    let sized = |tag: &str| {
        format!(
            "C: {tag} UID FETCH 5 (UID RFC822.SIZE INTERNALDATE)\n\
             S: * 1 FETCH (UID 5 RFC822.SIZE 10001 {date})\nS: {tag} OK\n"
        )
    };
    let header = "C: Y5 UID FETCH 5 (UID BODY.PEEK[HEADER]<0.65536>)\n\
        S: * 1 FETCH (UID 5 BODY[HEADER]<0> {8}\nS| A: b\\r\\n\\r\\n)\\r\\n\nS: Y5 OK\n";
    let trace = sized("Y3") + &sized("Y4") + header;
    let internal_date = Some(yorisoi::clock::Timestamp::from_millis(837_596_665_000));
    let header = b"A: b\r\n\r\n".to_vec();
    let expected = Fetched::TooLarge { uid: 5, internal_date, size: 10_001, header };
    assert_eq!(run(&[5], &[&trace]).await, (vec![expected], vec![]));
}

#[tokio::test(start_paused = true)]
async fn an_announced_half_gigabyte_costs_nothing() {
    let lie = |tags: [u32; 2]| {
        sizes(&format!("Y{}", tags[0]), "5", &[(5, 100)])
            + &format!("C: Y{} UID FETCH 5 (UID BODY.PEEK[])\n", tags[1])
            + "S| * 1 FETCH (UID 5 BODY[] {500000000}\\r\\nx\n"
    };
    let header = sizes("Y3", "5", &[(5, 100)])
        + "C: Y4 UID FETCH 5 (UID BODY.PEEK[HEADER]<0.65536>)\n\
           S: * 1 FETCH (UID 5 BODY[HEADER]<0> {4}\nS| \\r\\n\\r\\n)\\r\\n\nS: Y4 OK\n";
    let (out, errors) = run(&[5], &[&lie([3, 4]), &lie([3, 4]), &header]).await;
    let header = b"\r\n\r\n".to_vec();
    assert_eq!(out, vec![Fetched::TooLarge { uid: 5, internal_date: None, size: 500_000_000, header }]);
    assert_eq!(errors, vec![ImapError::TooMuch; 2]);
}

#[tokio::test(start_paused = true)]
async fn a_uid_beyond_32_bits_is_nobody_s() {
    let answer = "C: Y4 UID FETCH 5 (UID BODY.PEEK[])
        S: * 1 FETCH (UID 99999999999 BODY[] {4}
        S: five)
        S: Y4 OK
        C: Y5 NOOP
        S: Y5 OK
        C: Y6 UID SEARCH UID 5
        S: * SEARCH 5
        S: Y6 OK
    ";
    let trace = sizes("Y3", "5", &[(5, 4)]) + answer + &alone(7, 5, "five");
    assert_eq!(run(&[5], &[&trace]).await, (vec![mail(5, "five")], vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_round_without_an_open_folder_blames_no_mail() {
    let (client, _served) = serve("S: * OK ready\nC: Y1 CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: Y1 OK");
    let mut session =
        Session::start(client, &server(Tls::None, None), Limits::default()).await.expect("login");
    let mut round = Round::new(vec![5], LIMIT);
    for _ in 0..9 {
        assert_eq!(round.step(&mut session).await, Err(refused("UID FETCH", Refusal::Folder)));
    }
    assert!(!round.is_done());
}

#[tokio::test(start_paused = true)]
async fn waiting_ends_in_news_in_time_or_in_an_error() {
    let check = async |trace: &str, seconds: u64, expected: Result<Woken, ImapError>| {
        let (mut session, served) = opened(&format!("{SEARCHED}{}", trace.replace("Y3", "Y5"))).await;
        assert_eq!(session.search_above(0).await, Ok(vec![]));
        let begun = tokio::time::Instant::now();
        assert_eq!(session.wait(Duration::from_secs(60)).await, expected, "{trace}");
        assert_eq!(begun.elapsed().as_secs(), seconds, "{trace}");
        drop(session);
        served.lines().await;
    };
    let done = "C: DONE\nS: Y3 OK";
    check(&format!("C: Y3 IDLE\nS: + idling\nsleep 10\nS: * 4 EXISTS\n{done}"), 10, Ok(Woken::News)).await;
    check(&format!("C: Y3 IDLE\nS: * 4 EXISTS\nS: + idling\n{done}"), 0, Ok(Woken::News)).await;
    check(&format!("C: Y3 IDLE\nS: + idling\n{done}"), 60, Ok(Woken::Elapsed)).await;
    check("C: Y3 IDLE\nS: + idling\nC: DONE\nS: * 4 EXISTS\nS: Y3 OK", 60, Ok(Woken::News)).await;
    let keepalive = "S: * OK still here\nsleep 20\n".repeat(3);
    check(&format!("C: Y3 IDLE\nS: + idling\n{keepalive}{done}"), 60, Ok(Woken::Elapsed)).await;
    check("C: Y3 IDLE\nS: Y3 NO not here", 0, Err(refused("IDLE", Refusal::Other))).await;
    check("C: Y3 IDLE\nS: Y3 BAD what", 0, Err(refused("IDLE", Refusal::Bad))).await;
    check("C: Y3 IDLE\nclose", 0, Err(ImapError::Lost)).await;
    check("C: Y3 IDLE\nS: + idling\nsleep 5\nclose", 5, Err(ImapError::Lost)).await;
    check("C: Y3 IDLE\nS: + idling\nS: * BYE idle too long", 0, Err(ImapError::Bye(Refusal::Other))).await;
    check("C: Y3 IDLE", 60, Err(ImapError::Timeout)).await;
    check("C: Y3 IDLE\nS: + idling\nC: DONE", 90, Err(ImapError::Timeout)).await;
    check("C: Y3 IDLE\nS: + idling\nS: Y3 OK", 0, Err(ImapError::Protocol("IDLE ended by itself"))).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_without_idle_is_polled() {
    let (client, _served) = serve("S: * OK ready\nC: Y1 CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: Y1 OK");
    let server = server(Tls::None, None);
    let mut session = Session::start(client, &server, Limits::default()).await.expect("login");
    assert_eq!(session.wait(Duration::from_secs(60)).await, Ok(Woken::NoIdle));
}

#[tokio::test(start_paused = true)]
async fn goodbyes_take_two_seconds_at_most() {
    for answer in ["S: * BYE\nS: Y3 OK", "close", "", "S: Y3 BAD"] {
        let (session, served) = opened(&format!("C: Y3 LOGOUT\n{answer}")).await;
        let begun = tokio::time::Instant::now();
        session.logout().await;
        assert!(begun.elapsed() <= Duration::from_secs(2), "{answer}");
        served.lines().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_given_up_in_the_middle_is_spent() {
    let (mut session, _served) = opened("C: Y3 NOOP").await;
    let cut = tokio::time::timeout(Duration::from_secs(1), session.search_above(0)).await;
    assert!(cut.is_err());
    assert_eq!(session.search_above(0).await, Err(ImapError::Lost));
    assert_eq!(session.wait(Duration::from_secs(1)).await, Err(ImapError::Lost));
}

#[tokio::test(start_paused = true)]
async fn no_error_repeats_what_the_server_said() {
    let (mut session, _served) = opened("C: Y3 NOOP\nS: * SECRET haru@example.jp likes \"rain\"").await;
    let error = session.search_above(0).await.expect_err("not IMAP");
    assert_eq!(error.to_string(), "the server's answer cannot be understood: a response is not IMAP");
    assert!(!format!("{error:?} {session:?}").contains("haru"), "{session:?}");
}
