//! The marks in a mailbox that say who works on it: what is asked of the server, word for word, and what each answer
//! means. `S:` is the server, `C:` is us.
#![allow(clippy::expect_used, reason = "a test may stop at the first surprise")]

mod protocol;

use protocol::session::{opened, refused};
use yorisoi::clock::Timestamp;
use yorisoi::mail::address::Address;
use yorisoi::net::imap::{ImapError, Mark, Refusal};

const EMPTY: &str = "
    C: Y3 SELECT \"yorisoi\"
    S: * 0 EXISTS
    S: Y3 OK [READ-WRITE] open
";

fn mark(uid: u32, instance: &str, at: &str) -> Mark {
    Mark { uid, instance: instance.to_owned(), left_at: Timestamp::parse(at) }
}

#[tokio::test(start_paused = true)]
async fn marks_are_read_with_their_writers_and_dates_and_other_mails_pass_by() {
    let trace = format!(
        "{EMPTY}
        C: Y4 UID SEARCH ALL
        S: * SEARCH 9 4 5
        S: Y4 OK
        C: Y5 UID FETCH 4:5,9 (UID INTERNALDATE BODY.PEEK[HEADER])
        S| * 3 FETCH (UID 9 INTERNALDATE \"03-Dec-2026 12:00:00 +0900\" BODY[HEADER] {{29}}\\r\\nx-yorisoi-instance: \\x20 abc\\r\\n\\r\\n)\\r\\n
        S| * 1 FETCH (UID 4 INTERNALDATE \"02-Dec-2026 12:00:00 +0000\" BODY[HEADER] {{32}}\\r\\nTo: a\\r\\nX-Yorisoi-Instance: d\\r\\n\\r\\n)\\r\\n
        S| * 2 FETCH (UID 5 INTERNALDATE \"02-Dec-2026 12:00:00 +0000\" BODY[HEADER] {{9}}\\r\\nTo: a\\r\\n\\r\\n)\\r\\n
        S: Y5 OK"
    );
    let (mut session, served) = opened(&trace).await;
    let marks = session.marks().await.expect("marks").expect("a folder");
    assert_eq!(marks, [mark(4, "d", "2026-12-02T12:00:00Z"), mark(9, "abc", "2026-12-03T03:00:00Z")]);
    drop(session);
    served.lines().await;
}

#[tokio::test(start_paused = true)]
async fn a_folder_is_made_where_there_is_none_and_a_server_without_folders_has_no_guard() {
    let check = async |trace: &str, expected: Result<Option<Vec<Mark>>, ImapError>| {
        let (mut session, served) = opened(trace).await;
        assert_eq!(session.marks().await, expected, "{trace}");
        let spent = !matches!(expected, Ok(_) | Err(ImapError::Refused { .. }));
        assert_eq!(session.is_spent(), spent, "{trace}");
        drop(session);
        served.lines().await;
    };
    let nothing = "S: Y3 NO [NONEXISTENT] none\nC: Y4 CREATE \"yorisoi\"\n";
    let begin = format!("C: Y3 SELECT \"yorisoi\"\n{nothing}");
    check(
        &format!("{begin}S: Y4 OK made\nC: Y5 SELECT \"yorisoi\"\nS: Y5 OK\nC: Y6 UID SEARCH ALL\nS: * SEARCH\nS: Y6 OK"),
        Ok(Some(Vec::new())),
    )
    .await;
    let below = "C: Y5 SELECT \"INBOX.yorisoi\"\n";
    check(
        &format!(
            "{begin}S: Y4 NO [CANNOT] only below INBOX\n{below}S: Y5 OK\nC: Y6 UID SEARCH ALL\nS: Y6 OK"
        ),
        Ok(Some(Vec::new())),
    )
    .await;
    check(
        &format!("{begin}S: Y4 NO no\n{below}S: Y5 NO no\nC: Y6 CREATE \"INBOX.yorisoi\"\nS: Y6 BAD no"),
        Ok(None),
    )
    .await;
    // a failure is never "no marks"
    check(
        "C: Y3 SELECT \"yorisoi\"\nS: Y3 NO [UNAVAILABLE] later",
        Err(refused("SELECT", Refusal::Unavailable)),
    )
    .await;
    check(&format!("{begin}close"), Err(ImapError::Lost)).await;
    check(&format!("{EMPTY}C: Y4 UID SEARCH ALL\nS: Y4 NO no"), Err(refused("UID SEARCH", Refusal::Other)))
        .await;
    check(&format!("{EMPTY}C: Y4 UID SEARCH ALL\nS: * SEARCH 1\nclose"), Err(ImapError::Lost)).await;
    check(
        &format!("{EMPTY}C: Y4 UID SEARCH ALL\nS: * SEARCH 1\nS: Y4 OK\nC: Y5 UID FETCH 1 (UID INTERNALDATE BODY.PEEK[HEADER])\nS: Y5 NO no"),
        Err(refused("UID FETCH", Refusal::Other)),
    )
    .await;
    check(&format!("{EMPTY}C: Y4 UID SEARCH ALL\n"), Err(ImapError::Timeout)).await;
}

#[tokio::test(start_paused = true)]
async fn a_mark_is_left_only_when_the_server_says_that_it_took_it() {
    let address = Address::parse("care@example.jp").expect("an address");
    let text = "From: <care@example.jp>\r\nSubject: yorisoi works on this mailbox\r\nX-Yorisoi-Instance: abc\r\n\r\n\
        While this mail is fresh, no other installation of yorisoi begins to work on this mailbox.\r\n\
        It is renewed every day. Please leave it here.\r\n";
    let mail: String = text.lines().map(|line| format!("C: {line}\n")).collect();
    let check = async |answer: &str, expected: Result<bool, ImapError>| {
        let length = text.len();
        let trace = format!("{EMPTY}C: Y4 APPEND \"yorisoi\" (\\Seen) {{{length}}}\n{answer}");
        let (mut session, served) = opened(&trace).await;
        assert_eq!(session.leave_mark("abc", &address).await, expected, "{answer}");
        drop(session);
        served.lines().await;
    };
    // the mail's own line ends, and one that ends the command
    let taken = |end: &str| format!("S: + go on\n{mail}C: \n{end}").replace("C: \n", "C: \u{200b}\n");
    let taken = |end: &str| taken(end).replace('\u{200b}', "");
    check(&taken("S: * 1 EXISTS\nS: Y4 OK [APPENDUID 7 1] done"), Ok(true)).await;
    check(&taken("S: Y4 NO [OVERQUOTA] full"), Err(refused("APPEND", Refusal::Unavailable))).await;
    check("S: Y4 NO [TRYCREATE] none", Ok(false)).await;
    check("S: Y4 BAD what", Ok(false)).await;
    check("S: + go on\nclose", Err(ImapError::Lost)).await;
    check("", Err(ImapError::Timeout)).await;
}

#[tokio::test(start_paused = true)]
async fn marks_are_removed_by_number_and_a_server_that_keeps_them_is_no_failure() {
    let check = async |trace: &str, expected: Result<(), ImapError>| {
        let trace = format!("{EMPTY}C: Y4 UID SEARCH ALL\nS: Y4 OK\n{trace}");
        let (mut session, served) = opened(&trace).await;
        session.marks().await.expect("marks");
        assert_eq!(session.remove_marks(&[1, 2, 7]).await, expected, "{trace}");
        drop(session);
        served.lines().await;
    };
    let store = "C: Y5 UID STORE 1:2,7 +FLAGS.SILENT (\\Deleted)\n";
    check(&format!("{store}S: Y5 OK\nC: Y6 EXPUNGE\nS: * 1 EXPUNGE\nS: * 1 EXPUNGE\nS: Y6 OK"), Ok(())).await;
    check(&format!("{store}S: Y5 NO no"), Ok(())).await;
    check(&format!("{store}S: Y5 OK\nC: Y6 EXPUNGE\nS: Y6 NO [NOPERM] no"), Ok(())).await;
    check(&format!("{store}S: Y5 OK\nC: Y6 EXPUNGE\nclose"), Err(ImapError::Lost)).await;
}
