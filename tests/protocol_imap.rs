//! IMAP dialogues, every one that an ordinary library reports as "no mail" or never ends: each must come out as one
//! exact result. `S:` is the server, `C:` is us.
#![allow(clippy::expect_used, reason = "a test may stop at the first surprise")]

mod protocol;

use std::time::Duration;

use protocol::session::{SEARCHED, opened, refused, server};
use protocol::{Server, serve};
use yorisoi::net::imap::{ImapError, Limits, Refusal, Selected, Session, Woken};
use yorisoi::settings::Tls;

/// Starts a session against a trace, with user name `haru` and password `pw`.
async fn login(trace: &str) -> (Result<Session, ImapError>, Server) {
    let (client, served) = serve(trace);
    let server = server(Tls::None, Some(("haru", "pw")));
    (Session::start(client, &server, Limits::default()).await, served)
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
async fn a_folder_without_a_uidvalidity_has_another_one_in_each_session() {
    let mut seen = Vec::new();
    for answer in ["S: * 3 EXISTS\n", "S: * 3 EXISTS\nS: * OK [UIDVALIDITY 0] x\n"] {
        let examine = |tag: &str| format!("C: {tag} EXAMINE \"INBOX\"\n{answer}S: {tag} OK x\n");
        let (mut session, served) = opened(&(examine("Y3") + &examine("Y4"))).await;
        let first = session.select("INBOX").await.expect("a folder").uid_validity;
        let second = session.select("INBOX").await.expect("a folder").uid_validity;
        assert_eq!(first, second, "UIDs stay what they are within a session");
        drop(session);
        served.lines().await;
        seen.push(first);
        // the time in milliseconds tells sessions apart
        let now = yorisoi::clock::now();
        while yorisoi::clock::now() == now {}
    }
    assert!(seen[0] > 0 && seen[1] > 0 && seen[0] != seen[1], "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn the_junk_folder_is_the_one_that_the_server_marks_or_one_with_a_usual_name() {
    let check = async |list: &[&str], expected: Option<&str>| {
        let lines: String = list.iter().map(|line| format!("S: * LIST {line}\n")).collect();
        let (mut session, served) = opened(&format!("C: Y3 LIST \"\" \"*\"\n{lines}S: Y3 OK done\n")).await;
        assert_eq!(session.junk_folder().await, Ok(expected.map(str::to_owned)), "{list:?}");
        drop(session);
        served.lines().await;
    };
    let inbox = r#"(\HasNoChildren) "/" INBOX"#;
    check(&[inbox], None).await;
    check(&[], None).await;
    check(
        &[inbox, r#"(\HasNoChildren \Junk) "/" "Unerwünscht""#.replace('ü', "&APw-").as_str()],
        Some("Unerwünscht"),
    )
    .await;
    check(&[r#"() "/" Junk"#, r#"(\Junk) "/" Other"#], Some("Other")).await;
    check(&[r#"() "." INBOX.Junk"#, inbox], Some("INBOX.Junk")).await;
    check(&[r#"() "/" "[Gmail]/Spam""#], Some("[Gmail]/Spam")).await;
    check(&[r#"() "/" "&j,dg0TDhMPww6w-""#], Some("迷惑メール")).await;
    check(&[r#"() "/" "Junk E-mail""#, r#"() "/" "Bulk Mail""#], Some("Junk E-mail")).await;
    check(&[r#"() "/" "Archive/2025/Spam""#, r#"() "/" SPAM"#, r#"() NIL Spammers"#], Some("SPAM")).await;
    check(&[r#"() NIL junk"#], Some("junk")).await;
    check(&["() \"/\" {4}\nS| Junk\\r\\n"], Some("Junk")).await;
    // what cannot be opened is none, whatever it is called
    check(&[r#"(\Noselect \Junk) "/" Junk"#, r#"(\NonExistent) "/" Spam"#], None).await;
}

#[tokio::test(start_paused = true)]
async fn a_list_that_fails_is_no_missing_junk_folder() {
    let check = async |answer: &str, expected: ImapError| {
        let (mut session, _served) = opened(&format!("C: Y3 LIST \"\" \"*\"\n{answer}")).await;
        assert_eq!(session.junk_folder().await, Err(expected), "{answer}");
    };
    check("S: Y3 NO no", refused("LIST", Refusal::Other)).await;
    check("S: Y3 BAD no", refused("LIST", Refusal::Bad)).await;
    check("S: * LIST () \"/\" INBOX\nclose", ImapError::Lost).await;
    check("S: * LIST () \"/\" INBOX", ImapError::Timeout).await;
    check("S: * BYE bye\nclose", ImapError::Bye(Refusal::Other)).await;
    // asked for special uses where the server knows them
    let (client, served) = serve(
        "S: * OK ready\nC: Y1 CAPABILITY\nS: * CAPABILITY IMAP4rev1 LIST-EXTENDED SPECIAL-USE\nS: Y1 OK\n\
         C: Y2 LIST \"\" \"*\" RETURN (SPECIAL-USE)\nS: * LIST (\\Junk) \".\" Trash\nS: Y2 OK\n",
    );
    let mut session =
        Session::start(client, &server(Tls::None, None), Limits::default()).await.expect("login");
    assert_eq!(session.junk_folder().await, Ok(Some("Trash".to_owned())));
    drop(session);
    served.lines().await;
}

#[tokio::test]
async fn a_list_of_a_hundred_thousand_uids_is_read_in_a_moment() {
    let uids: Vec<u32> = (1..=100_000).map(|n| 1_000_000 + 7 * n).collect();
    let list = |some: &[u32]| {
        format!("S: * SEARCH {}\n", some.iter().map(u32::to_string).collect::<Vec<_>>().join(" "))
    };
    let numbers: Vec<String> = (1..10).map(|n| (n * 10_000).to_string()).collect();
    let fetch = format!("C: Y4 FETCH {} (UID)\n", numbers.join(","));
    let begin = "C: Y3 NOOP\nS: * 100000 EXISTS\nS: Y3 OK\n".to_owned() + &fetch;
    // the ranges leave nothing out, whatever was expunged since
    let mut cut = begin.clone();
    for number in &numbers {
        let at: usize = number.parse().expect("a number");
        cut += &format!("S: * {number} FETCH (UID {})\n", uids[at - 1]);
    }
    cut += "S: * 5 EXPUNGE\nS: Y4 OK\n";
    let mut from = 1;
    for (n, some) in uids.chunks(10_000).enumerate() {
        let last = some[some.len() - 1];
        let to = if n == 9 { "*".to_owned() } else { last.to_string() };
        cut += &format!("C: Y{0} UID SEARCH UID {from}:{to}\n{1}S: Y{0} OK\n", n + 5, list(some));
        from = last + 1;
    }
    // a server that does not like the question is asked for the whole
    let whole = format!("{begin}S: Y4 BAD what\nC: Y5 UID SEARCH UID 1:*\n{}S: Y5 OK\n", list(&uids));
    for (trace, seconds) in [(cut, 3), (whole, 20)] {
        let (mut session, served) = opened(&trace).await;
        let begun = yorisoi::clock::now();
        assert_eq!(session.search_above(0).await, Ok(uids.clone()));
        let took = yorisoi::clock::now().since(begun);
        println!("{} octets in {took:?}", trace.len());
        assert!(took.as_secs() < seconds, "{took:?}");
        drop(session);
        served.lines().await;
    }
    // silence is no short list
    let (mut session, _served) = opened(&format!("{begin}close")).await;
    assert_eq!(session.search_above(0).await, Err(ImapError::Lost));
}

#[tokio::test(start_paused = true)]
async fn a_folder_opens_only_when_the_server_says_so() {
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
    check("C: Y3 IDLE\nS: Y3 NO not here", 0, Ok(Woken::NoIdle)).await;
    check("C: Y3 IDLE\nS: Y3 BAD what", 0, Ok(Woken::NoIdle)).await;
    check("C: Y3 IDLE\nS: * 4 EXISTS\nS: Y3 NO not here", 0, Ok(Woken::News)).await;
    check("C: Y3 IDLE\nclose", 0, Err(ImapError::Lost)).await;
    check("C: Y3 IDLE\nS: + idling\nsleep 5\nclose", 5, Err(ImapError::Lost)).await;
    check("C: Y3 IDLE\nS: + idling\nS: * BYE idle too long", 0, Err(ImapError::Bye(Refusal::Other))).await;
    check("C: Y3 IDLE", 60, Err(ImapError::Timeout)).await;
    check("C: Y3 IDLE\nS: + idling\nC: DONE", 90, Err(ImapError::Timeout)).await;
    check("C: Y3 IDLE\nS: + idling\nS: Y3 OK", 0, Ok(Woken::NoIdle)).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_offers_idle_and_refuses_it_is_polled_in_the_same_session() {
    for answer in ["NO not here", "BAD what", "OK at once"] {
        let looked = "C: Y6 NOOP\nS: Y6 OK\nC: Y7 UID SEARCH UID 1:*\nS: * SEARCH 5\nS: Y7 OK";
        let (mut session, served) = opened(&format!("{SEARCHED}C: Y5 IDLE\nS: Y5 {answer}\n{looked}")).await;
        assert_eq!(session.search_above(0).await, Ok(vec![]));
        assert_eq!(session.wait(Duration::from_secs(60)).await, Ok(Woken::NoIdle), "{answer}");
        // not asked for again: the server would say the same
        assert_eq!(session.wait(Duration::from_secs(60)).await, Ok(Woken::NoIdle), "{answer}");
        assert_eq!(session.search_above(0).await, Ok(vec![5]), "{answer}");
        drop(session);
        served.lines().await;
    }
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

#[test]
fn the_parser_s_own_trace_of_every_octet_is_compiled_out() {
    assert!(log::STATIC_MAX_LEVEL < log::LevelFilter::Trace);
}
