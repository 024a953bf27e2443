//! FETCH dialogues, every one in which an ordinary library loses a mail, stops at it for ever, or pays for a lie.
#![allow(clippy::expect_used, reason = "a test may stop at the first surprise")]

mod protocol;

use std::time::Duration;

use protocol::serve;
use protocol::session::{SEARCHED, opened, refused, server};
use yorisoi::mail::fetched::Fetched;
use yorisoi::net::imap::{ImapError, Limits, Refusal, Round, Session, Woken};
use yorisoi::settings::Tls;

const LIMIT: u64 = 10_000;

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
async fn mails_come_whole_in_any_order() {
    let trace = SEARCHED.to_owned()
        + &sizes("Y5", "5:7", &[(5, 5), (6, 5), (99, 5), (7, 5)])
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
async fn a_minute_of_silence_inside_a_mail_is_enough() {
    let trace = sizes("Y3", "5", &[(5, 4)])
        + "C: Y4 UID FETCH 5 (UID BODY.PEEK[])\nS| * 1 FETCH (UID 5 BODY[] {4}\\r\\nfi\n";
    let (mut session, _served) = opened(&trace).await;
    let begun = tokio::time::Instant::now();
    assert_eq!(Round::new(vec![5], LIMIT).step(&mut session).await, Err(ImapError::Timeout));
    assert_eq!(begun.elapsed().as_secs(), 60);
    // A mail that trickles in has fifteen minutes.
    let trickle = "S| .\nsleep 59\n".repeat(20);
    let trace = sizes("Y3", "5", &[(5, 400)])
        + "C: Y4 UID FETCH 5 (UID BODY.PEEK[])\nS| * 1 FETCH (UID 5 BODY[] {400}\\r\\n\n"
        + &trickle;
    let (mut session, _served) = opened(&trace).await;
    let begun = tokio::time::Instant::now();
    assert_eq!(Round::new(vec![5], LIMIT).step(&mut session).await, Err(ImapError::Timeout));
    assert_eq!(begun.elapsed().as_secs(), 900);
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
