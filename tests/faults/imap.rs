//! IMAP: what an ordinary library reports as "no mail", or waits for without end.

use std::time::Duration;

use yorisoi::demo::{Fault, Protocol, Then};
use yorisoi::mail::fetched::Fetched;
use yorisoi::net::imap::{ImapError, Limits, Refusal, Round, Session, Woken};

use super::{Bench, IMPATIENT, SHORT, fault, found};

const MAILS: [&str; 3] = ["A: 1\r\n\r\none\r\n", "A: 2\r\n\r\ntwo\r\n", "A: 3\r\n\r\nthree\r\n"];
/// The whole of the first mail as the answer to a FETCH of bodies.
const ONE: &str = "* 1 FETCH (UID 1 BODY[] {13}\nA: 1\n\none\n)\n";
/// What FETCH asks for.
const SIZES: &str = "UID FETCH 1:3 (UID RFC822.SIZE";
const BODIES: &str = "UID FETCH 1:3 (UID BODY.PEEK[]";

const NOT_IMAP: ImapError = ImapError::Protocol("a response is not IMAP");

fn at(line: &str, says: &str, then: Then) -> Fault {
    fault(Protocol::Imap, line, says, then)
}

fn refused(command: &'static str, code: Refusal) -> ImapError {
    ImapError::Refused { command, code }
}

fn all() -> Vec<(u32, String)> {
    (1..).zip(MAILS).map(|(uid, raw)| (uid, raw.to_owned())).collect()
}

/// Three mails wait, one thing goes wrong: the exact error, and how many mails came before it. Then nothing goes
/// wrong any more, and every mail comes once.
async fn check(limits: Limits, fault: Fault, expected: Result<(), ImapError>, before: usize) {
    let bench = Bench::new(&MAILS).await;
    bench.faults.add(fault.clone());
    let (mut round, mut out) = (None, Vec::new());
    let ended = bench.fetch(limits, &mut round, &mut out).await;
    assert_eq!((ended, out.len()), (expected, before), "{fault:?}");
    assert_eq!(bench.faults.left(), 0, "it has not happened: {fault:?}");
    bench.fetch(Limits::default(), &mut round, &mut out).await.unwrap();
    let mut out: Vec<(u32, String)> = out.iter().map(found).collect();
    out.sort();
    assert_eq!(out, all(), "{fault:?}");
}

/// An answer of the server's own in place of the true one, or none and the end.
async fn says(line: &str, says: &str, then: Then, expected: Result<(), ImapError>, before: usize) {
    check(Limits::default(), at(line, says, then), expected, before).await;
}

#[tokio::test]
async fn a_failure_before_the_folder_is_open_is_no_empty_folder() {
    use Then::{Close, GoOn};
    let full = ImapError::Bye(Refusal::Unavailable);
    says("", "* BYE [LIMIT] too many connections\n", Close, Err(full), 0).await;
    says("", "HTTP/1.1 400 Bad Request\n", Close, Err(ImapError::Protocol("no greeting")), 0).await;
    says("", "", Close, Err(ImapError::Lost), 0).await;
    says("CAPABILITY", "", Close, Err(ImapError::Lost), 0).await;
    says("CAPABILITY", "* CAPABILITY IMAP4rev1\n", Close, Err(ImapError::Lost), 0).await;
    says("CAPABILITY", "{tag} OK\n", GoOn, Err(ImapError::Protocol("no capabilities")), 0).await;
    says("CAPABILITY", "{tag} NO\n", GoOn, Err(refused("CAPABILITY", Refusal::Other)), 0).await;
    let wrong = "{tag} NO [AUTHENTICATIONFAILED] no\n";
    says("AUTHENTICATE", wrong, GoOn, Err(ImapError::Credentials), 0).await;
    says("AUTHENTICATE", "{tag} NO no\n", GoOn, Err(ImapError::Credentials), 0).await;
    let ill = refused("AUTHENTICATE", Refusal::Unavailable);
    says("AUTHENTICATE", "{tag} NO [UNAVAILABLE] database\n", GoOn, Err(ill), 0).await;
    says("AUTHENTICATE", "", Close, Err(ImapError::Lost), 0).await;
    says("AUTHENTICATE", "* BYE bye\n", Close, Err(ImapError::Bye(Refusal::Other)), 0).await;
    says("EXAMINE", "", Close, Err(ImapError::Lost), 0).await;
    says("EXAMINE", "* 3 EXISTS\n* OK [UIDVALIDITY 1] x\n", Close, Err(ImapError::Lost), 0).await;
    let connected = refused("EXAMINE", Refusal::Bad);
    says("EXAMINE", "{tag} BAD User is authenticated but not connected.\n", GoOn, Err(connected), 0).await;
    says("EXAMINE", "{tag} NO [NOPERM] no\n", GoOn, Err(refused("EXAMINE", Refusal::Folder)), 0).await;
    // without a UIDVALIDITY the dialogue goes on, and this server has not opened the folder
    let closed = Err(refused("UID SEARCH", Refusal::Other));
    says("EXAMINE", "* 0 EXISTS\n{tag} OK\n", GoOn, closed, 0).await;
    says("EXAMINE", "* 0 EXISTS\n* OK [UIDVALIDITY 0] x\n{tag} OK\n", GoOn, closed, 0).await;
}

#[tokio::test]
async fn a_search_that_fails_is_no_empty_search() {
    use Then::{Answer, Close, GoOn};
    let search = |code| Err(refused("UID SEARCH", code));
    says("NOOP", "", Close, Err(ImapError::Lost), 0).await;
    says("NOOP", "{tag} NO not now\n", GoOn, Err(refused("NOOP", Refusal::Other)), 0).await;
    says("NOOP", "{tag} BAD what\n", GoOn, Err(refused("NOOP", Refusal::Bad)), 0).await;
    says("UID SEARCH", "{tag} NO [SERVERBUG] no\n", GoOn, search(Refusal::Other), 0).await;
    says("UID SEARCH", "{tag} NO [UNAVAILABLE] no\n", GoOn, search(Refusal::Unavailable), 0).await;
    says("UID SEARCH", "* SEARCH 1\n{tag} NO no\n", GoOn, search(Refusal::Other), 0).await;
    says("UID SEARCH", "{tag} BAD what\n", GoOn, search(Refusal::Bad), 0).await;
    says("UID SEARCH", "", Close, Err(ImapError::Lost), 0).await;
    says("UID SEARCH", "* SEARCH 1 2\n", Close, Err(ImapError::Lost), 0).await;
    says("UID SEARCH", "* SEARCH\n", Close, Err(ImapError::Lost), 0).await;
    says("UID SEARCH", "* BYE going\n", Close, Err(ImapError::Bye(Refusal::Other)), 0).await;
    says("UID SEARCH", "* ESEARCH (TAG \"{tag}\") UID ALL 1:3\n{tag} OK\n", GoOn, Err(NOT_IMAP), 0).await;
    says("UID SEARCH", "* SEARCH 1 2 (MODSEQ 9)\n{tag} OK\n", GoOn, Err(NOT_IMAP), 0).await;
    says("UID SEARCH", "* SEARCH 99999999999\n{tag} OK\n", GoOn, Err(NOT_IMAP), 0).await;
    let whose = Err(ImapError::Protocol("an answer to a command never sent"));
    says("UID SEARCH", "Z9 OK done\n", GoOn, whose, 0).await;
    // Words in between are no failure.
    says("UID SEARCH", "* OK [ALERT] 日本\n", Answer, Ok(()), 3).await;
    says("UID SEARCH", "* 7 EXISTS\n* 2 FETCH (FLAGS ())\n", Answer, Ok(()), 3).await;
}

#[tokio::test]
async fn a_fetch_that_fails_leaves_no_mail_behind() {
    use Then::{Answer, Close, GoOn};
    // What may be one mail's fault is asked for again, one by one, in the same session.
    for line in [SIZES, BODIES] {
        for answer in ["{tag} NO [SERVERBUG] no\n", "{tag} BAD what\n", "{tag} NO 日本\n", "{tag} OK\n"] {
            says(line, answer, GoOn, Ok(()), 3).await;
        }
        let ill = Err(refused("UID FETCH", Refusal::Unavailable));
        says(line, "{tag} NO [UNAVAILABLE] later\n", GoOn, ill, 0).await;
        says(line, "", Close, Err(ImapError::Lost), 0).await;
        says(line, "* BYE going\n", Close, Err(ImapError::Bye(Refusal::Other)), 0).await;
        says(line, "* OK [ALERT] 日本\n* 9 FETCH (UID 9 FLAGS ())\n", Answer, Ok(()), 3).await;
        says(line, "* 1 FETCH (UID 1 BODY[] ~{13}\nA: 1\n\none\n)\n{tag} OK\n", GoOn, Err(NOT_IMAP), 0).await;
        says(line, "* 1 FETCH (UID 1 X-WHAT 5)\n{tag} OK\n", GoOn, Ok(()), 3).await;
    }
    says(SIZES, "* 1 FETCH (UID 1 RFC822.SIZE 13)\n", Close, Err(ImapError::Lost), 0).await;
    says(SIZES, "* 1 FETCH (UID 1 RFC822.SIZE 13)\n{tag} NO no\n", GoOn, Ok(()), 3).await;
    says(BODIES, &format!("{ONE}{{tag}} NO no\n"), GoOn, Ok(()), 3).await;
    says(BODIES, &format!("{ONE}{{tag}} OK\n"), GoOn, Ok(()), 3).await;
    says(BODIES, ONE, Close, Err(ImapError::Lost), 1).await;
    says(BODIES, &format!("{ONE}* BYE going\n"), Close, Err(ImapError::Lost), 1).await;
    says(BODIES, "* 1 FETCH (UID 1 BODY[] {13}\nA: 1", Close, Err(ImapError::Lost), 0).await;
    says(BODIES, "* 1 FETCH (UID 1 BODY[] NIL)\n{tag} OK\n", GoOn, Ok(()), 3).await;
    says(BODIES, "* 1 FETCH (UID 1 BODY[] \"\")\n{tag} OK\n", GoOn, Ok(()), 3).await;
    let beyond = "* 1 FETCH (UID 99999999999 BODY[] {4}\nfive)\n{tag} OK\n";
    says(BODIES, beyond, GoOn, Ok(()), 3).await;
}

#[tokio::test]
async fn a_lie_about_a_size_and_a_line_without_end_cost_the_connection() {
    let half_a_gigabyte = "* 1 FETCH (UID 1 BODY[] {500000000}\nx";
    says(BODIES, half_a_gigabyte, Then::Silence, Err(ImapError::TooMuch), 0).await;
    let endless = format!("* OK {}", "x".repeat(5 * 1024 * 1024));
    says("UID SEARCH", &endless, Then::Silence, Err(ImapError::TooMuch), 0).await;
}

#[tokio::test]
async fn silence_ends_in_time_wherever_it_begins() {
    let check = async |line: &str, says: &str, before: usize| {
        check(IMPATIENT, at(line, says, Then::Silence), Err(ImapError::Timeout), before).await;
    };
    tokio::join!(
        check("", "", 0),
        check("", "* OK half a greet", 0),
        check("CAPABILITY", "", 0),
        check("AUTHENTICATE", "", 0),
        check("AUTHENTICATE", "+ \n", 0),
        check("EXAMINE", "* 3 EXISTS\n", 0),
        check("NOOP", "", 0),
        check("UID SEARCH", "* SEARCH 1\n", 0),
        check(SIZES, "", 0),
        check(BODIES, "* 1 FETCH (UID 1 BODY[] {13}\nA: 1", 0),
        check("IDLE", "", 3),
        check("DONE", "", 3),
    );
    // a goodbye that nobody answers changes nothing
    super::imap::check(IMPATIENT, at("LOGOUT", "", Then::Silence), Ok(()), 3).await;
}

#[tokio::test]
async fn one_octet_at_a_time_is_slow_and_nothing_else() {
    let drop_by_drop = Then::Trickle(Duration::from_millis(1));
    says("UID SEARCH", "", drop_by_drop, Ok(()), 3).await;
    says("", "", drop_by_drop, Ok(()), 3).await;
}

/// A session with the folder open and nothing new in it.
async fn waiting(bench: &Bench, limits: Limits) -> Session {
    let mut session = bench.session(limits).await.unwrap();
    session.select("INBOX").await.unwrap();
    session.search_above(0).await.unwrap();
    session
}

#[tokio::test]
async fn waiting_ends_in_news_or_in_an_error() {
    use Then::{Answer, Close, GoOn};
    let check = async |line: &str, says: &str, then: Then, expected: Result<Woken, ImapError>| {
        let bench = Bench::new(&MAILS).await;
        bench.faults.add(at(line, says, then));
        let mut session = waiting(&bench, Limits::default()).await;
        let woken = tokio::time::timeout(super::HANG, session.wait(SHORT)).await.expect("a wait without end");
        assert_eq!((woken, bench.faults.left()), (expected, 0), "{line} {says}");
        drop(session);
        let (mut round, mut out) = (None, Vec::new());
        bench.fetch(Limits::default(), &mut round, &mut out).await.unwrap();
        assert_eq!(out.iter().map(found).collect::<Vec<_>>(), all(), "{line} {says}");
    };
    // a session without IDLE: the caller polls
    check("IDLE", "{tag} NO not here\n", GoOn, Ok(Woken::NoIdle)).await;
    check("IDLE", "{tag} BAD what\n", GoOn, Ok(Woken::NoIdle)).await;
    check("IDLE", "", Close, Err(ImapError::Lost)).await;
    check("IDLE", "+ idling\n", Close, Err(ImapError::Lost)).await;
    check("IDLE", "+ idling\n* BYE idle too long\n", Close, Err(ImapError::Bye(Refusal::Other))).await;
    check("IDLE", "+ idling\n{tag} OK\n", GoOn, Ok(Woken::NoIdle)).await;
    check("IDLE", "* 4 EXISTS\n", Answer, Ok(Woken::News)).await;
    check("IDLE", "* OK still here\n", Answer, Ok(Woken::Elapsed)).await;
    check("DONE", "* 4 EXISTS\n", Answer, Ok(Woken::News)).await;
    check("DONE", "", Close, Err(ImapError::Lost)).await;
}

#[tokio::test]
async fn an_untagged_line_before_the_plus_does_not_stop_a_login() {
    let bench = Bench::new(&MAILS).await;
    // without SASL-IR the server asks by `+`
    bench.faults.add(at("CAPABILITY", "* CAPABILITY IMAP4rev1 AUTH=PLAIN\n{tag} OK\n", Then::GoOn));
    bench.faults.add(at("AUTHENTICATE", "* OK [ALERT] maintenance tonight\n", Then::Answer));
    let (mut round, mut out) = (None, Vec::new());
    bench.fetch(Limits::default(), &mut round, &mut out).await.unwrap();
    assert_eq!((out.len(), bench.faults.left()), (3, 0));
}

#[tokio::test]
async fn a_mail_that_the_server_never_hands_out_holds_up_no_other() {
    for (says, then) in
        [("{tag} NO [CORRUPTION] no\n", Then::GoOn), ("* 2 FETCH (UID 2 BODY[] {13}\nA", Then::Close)]
    {
        let bench = Bench::new(&MAILS).await;
        bench.faults.add(at(BODIES, says, then));
        for _ in 0..3 {
            bench.faults.add(at("UID FETCH 2 (UID BODY.PEEK[]", says, then));
        }
        let (mut round, mut out) = (None, Vec::new());
        while bench.fetch(Limits::default(), &mut round, &mut out).await.is_err() {}
        out.sort_by_key(Fetched::uid);
        assert_eq!(out[1], Fetched::Unfetchable { uid: 2 }, "{says}");
        assert_eq!([found(&out[0]), found(&out[2])], [all()[0].clone(), all()[2].clone()]);
        assert_eq!((out.len(), bench.faults.left()), (3, 0));
        // asked for again another day, it comes
        let (mut round, mut out) = (Some(Round::new(vec![2], super::LARGEST)), Vec::new());
        bench.fetch(Limits::default(), &mut round, &mut out).await.unwrap();
        assert_eq!(out.iter().map(found).collect::<Vec<_>>(), [all()[1].clone()]);
    }
}

#[tokio::test]
async fn of_a_mail_that_is_too_large_the_header_comes() {
    let large = format!("A: 4\r\n\r\n{}", "x".repeat(20_000));
    let bench = Bench::new(&[MAILS[0], &large, MAILS[2]]).await;
    // an honest size, and a server that says it is small
    for lies in [false, true] {
        if lies {
            let small = "* 1 FETCH (UID 1 RFC822.SIZE 13)\n* 2 FETCH (UID 2 RFC822.SIZE 13)\n\
                 * 3 FETCH (UID 3 RFC822.SIZE 15)\n{tag} OK\n";
            bench.faults.add(at(SIZES, small, Then::GoOn));
            let again = "* 2 FETCH (UID 2 RFC822.SIZE 13)\n{tag} OK\n";
            bench.faults.add(at("UID FETCH 2 (UID RFC822", again, Then::GoOn));
        }
        let (mut round, mut out) = (None, Vec::new());
        bench.fetch(Limits::default(), &mut round, &mut out).await.unwrap();
        out.sort_by_key(Fetched::uid);
        let Fetched::TooLarge { uid: 2, size: 20_008, header, .. } = &out[1] else { panic!("{:?}", out[1]) };
        assert_eq!((header.as_slice(), out.len()), (b"A: 4\r\n\r\n".as_slice(), 3));
    }
}
