//! The IMAP dialogues: each is a quirk that servers have been seen with, and how it ends. `#` is the tag.

use yorisoi::net::imap::{ImapError, Refusal, Woken};
use yorisoi::settings::Tls;

use super::super::protocol::healthy::Folder;
use super::imap::{Dialogue, play_all};
use ImapError::{Bye, Credentials, Lost, Protocol, Timeout, TooMuch};
use Woken::{Elapsed, News, NoIdle};

const FOLDER: Folder =
    Folder { uid_validity: 7, mails: &[(5, "A: 5\r\n\r\nfive\r\n"), (6, "A: 6\r\n\r\nsix\r\n")] };

const HELLO: &str = "S: * OK ready\nC: # CAPABILITY\nS: * CAPABILITY IMAP4rev1 IDLE\nS: # OK done\n";
const OPEN: &str =
    "C: # EXAMINE \"INBOX\"\nS: * 2 EXISTS\nS: * OK [UIDVALIDITY 7] x\nS: # OK [READ-ONLY] x\n";
const NOOP: &str = "C: # NOOP\nS: # OK\n";
const LIST: &str = "C: # UID SEARCH UID 1:*\nS: * SEARCH 5 6\nS: # OK\n";
const SIZES: &str = "C: # UID FETCH 5:6 (UID RFC822.SIZE INTERNALDATE)\n\
    S: * 1 FETCH (UID 5 RFC822.SIZE 14)\nS: * 2 FETCH (UID 6 RFC822.SIZE 13)\nS: # OK\n";
const ASK: &str = "C: # UID FETCH 5:6 (UID BODY.PEEK[])\n";
const FIVE: &str = "S| * 1 FETCH (UID 5 BODY[] {14}\\r\\nA: 5\\r\\n\\r\\nfive\\r\\n)\\r\\n\n";
const SIX: &str = "S| * 2 FETCH (UID 6 BODY[] {13}\\r\\nA: 6\\r\\n\\r\\nsix\\r\\n)\\r\\n\n";
const OK: &str = "S: # OK\n";
const IDLE: &str = "C: # IDLE\nS: + idling\nC: DONE\nS: # OK\n";
const END: &str = "C: # LOGOUT\nS: * BYE\nS: # OK\n";
/// One mail asked for alone, and delivered.
const FIVE_ALONE: &str = "C: # UID FETCH 5 (UID RFC822.SIZE INTERNALDATE)\n\
    S: * 1 FETCH (UID 5 RFC822.SIZE 14)\nS: # OK\nC: # UID FETCH 5 (UID BODY.PEEK[])\n\
    S| * 1 FETCH (UID 5 BODY[] {14}\\r\\nA: 5\\r\\n\\r\\nfive\\r\\n)\\r\\n\nS: # OK\n";
const SIX_ALONE: &str = "C: # UID FETCH 6 (UID RFC822.SIZE INTERNALDATE)\n\
    S: * 2 FETCH (UID 6 RFC822.SIZE 13)\nS: # OK\nC: # UID FETCH 6 (UID BODY.PEEK[])\n\
    S| * 2 FETCH (UID 6 BODY[] {13}\\r\\nA: 6\\r\\n\\r\\nsix\\r\\n)\\r\\n\nS: # OK\n";
/// A mail that is left out is looked for.
const FIVE_LISTED: &str = "C: # NOOP\nS: # OK\nC: # UID SEARCH UID 5\nS: * SEARCH 5\nS: # OK\n";
const FIVE_GONE: &str = "C: # NOOP\nS: # OK\nC: # UID SEARCH UID 5\nS: * SEARCH\nS: # OK\n";

/// Puts pieces together and gives each command its tag.
fn trace(pieces: &[&str]) -> String {
    let mut tag = 0;
    let mut out = String::new();
    for line in pieces.concat().lines().map(str::trim_start) {
        tag += u32::from(line.starts_with("C: # "));
        out += &format!("{}\n", line.replacen(": #", &format!(": Y{tag}"), 1));
    }
    out
}

/// Everything goes well.
fn known() -> String {
    trace(&[HELLO, OPEN, NOOP, LIST, SIZES, ASK, FIVE, SIX, OK, IDLE, END])
}

/// A dialogue of one connection, after which both mails are there.
fn quirk(told: &'static str, pieces: &[&str], ended: Result<Woken, ImapError>) -> Dialogue {
    let fetched = ["5", "6"].iter().filter(|_| ended.is_ok()).map(|row| (*row).to_owned()).collect();
    let connections = vec![(trace(pieces), ended)];
    Dialogue {
        told,
        folder: FOLDER,
        login: false,
        tls: Tls::None,
        in_haste: false,
        connections,
        rows: fetched,
    }
}

fn refused(command: &'static str, code: Refusal) -> Result<Woken, ImapError> {
    Err(ImapError::Refused { command, code })
}

const NOT_IMAP: Result<Woken, ImapError> = Err(Protocol("a response is not IMAP"));

/// The number of cases is written where the table of proofs reads it, and is never less than it was.
fn counted(name: &str, cases: usize, least: usize) {
    super::super::counted::counted(name, cases);
    assert!(cases >= least, "{cases} cases");
}

/// Plays dialogues; of these so many cases, and not fewer.
async fn play(name: &str, dialogues: &[Dialogue], least: usize) {
    counted(name, play_all(dialogues, &known()).await, least);
}

#[tokio::test(start_paused = true)]
async fn a_healthy_imap_dialogue_may_break_off_after_any_octet() {
    let dialogues = [quirk("all is well", &[&known()], Ok(Elapsed))];
    play("a_healthy_imap_dialogue_may_break_off_after_any_octet", &dialogues, 1_000).await;
}

/// The beginning of a dialogue with a login, up to the answer.
const PLAIN: &str = "S: * OK ready\nC: # CAPABILITY\nS: * CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\nS: # OK\n\
    C: # AUTHENTICATE PLAIN AGhhcnUAcHc=\n";
/// Servers tell more after a login than before it.
const CAN_IDLE: &str = "C: # CAPABILITY\nS: * CAPABILITY IMAP4rev1 IDLE\nS: # OK\n";

fn ask(capability: &str) -> String {
    format!("S: * OK ready\nC: # CAPABILITY\nS: * CAPABILITY IMAP4rev1{capability}\nS: # OK\n")
}

fn login(told: &'static str, pieces: &[&str], ended: Result<Woken, ImapError>) -> Dialogue {
    Dialogue { login: true, ..quirk(told, pieces, ended) }
}

#[tokio::test(start_paused = true)]
async fn every_way_of_logging_in_may_break_off_after_any_octet() {
    let well = [OPEN, NOOP, LIST, SIZES, ASK, FIVE, SIX, OK, IDLE, END].concat();
    let by_plus = [
        &ask(" AUTH=PLAIN"),
        "C: # AUTHENTICATE PLAIN\nS: * OK [ALERT] tonight\nS: +\nC: AGhhcnUAcHc=\nS: * CAPABILITY IMAP4rev1\n\
         S: # OK\n",
        CAN_IDLE,
        &well,
    ]
    .concat();
    let steps =
        "C: # AUTHENTICATE LOGIN\nS: + VXNlcm5hbWU6\nC: aGFydQ==\nS: + UGFzc3dvcmQ6\nC: cHc=\nS: # OK\n";
    let no_idle = CAN_IDLE.replace(" IDLE", "");
    let dialogues = [
        login("AUTHENTICATE, an untagged line before the plus", &[&by_plus], Ok(Elapsed)),
        login("AUTHENTICATE LOGIN", &[&ask(" AUTH=LOGIN"), steps, CAN_IDLE, &well], Ok(Elapsed)),
        login("LOGIN", &[&ask(""), "C: # LOGIN \"haru\" \"pw\"\nS: # OK\n", CAN_IDLE, &well], Ok(Elapsed)),
        login("PREAUTH", &["S: * PREAUTH hello\n", CAN_IDLE, &well], Ok(Elapsed)),
        login(
            "no IDLE",
            &[PLAIN, OK, &no_idle, OPEN, NOOP, LIST, SIZES, ASK, FIVE, SIX, OK, END],
            Ok(NoIdle),
        ),
    ];
    play("every_way_of_logging_in_may_break_off_after_any_octet", &dialogues, 5_000).await;
}

#[tokio::test(start_paused = true)]
async fn no_login_that_is_refused_is_an_empty_folder() {
    let no = |answer: &str| [PLAIN, answer].concat();
    let challenge = "S: + eyJzdGF0dXMiOiI0MDAifQ==\nC: *\n";
    let full = Err(Bye(Refusal::Unavailable));
    let ill = refused("AUTHENTICATE", Refusal::Unavailable);
    let dialogues = [
        login("wrong password", &[&no("S: # NO [AUTHENTICATIONFAILED] no")], Err(Credentials)),
        login("wrong password, no code", &[&no("S: # NO LOGIN failed.")], Err(Credentials)),
        login("expired password", &[&no("S: # NO [EXPIRED] change it")], Err(Credentials)),
        login("a server that is ill", &[&no("S: # NO [UNAVAILABLE] database")], ill),
        login("too many logins", &[&no("S: # NO [LIMIT] later")], ill),
        login("in use", &[&no("S: # NO [INUSE] later")], ill),
        login("AUTHENTICATE is BAD", &[&no("S: # BAD what")], refused("AUTHENTICATE", Refusal::Bad)),
        login("a failure as a challenge, then NO", &[&no(challenge), "S: # NO SASL"], Err(Credentials)),
        login(
            "a failure as a challenge, then BAD",
            &[&no(challenge), "S: # BAD cancelled"],
            refused("AUTHENTICATE", Refusal::Bad),
        ),
        login("BYE instead of an answer", &[&no("S: * BYE [UNAVAILABLE] bye")], full),
        login("too many connections", &["S: * BYE [LIMIT] too many connections"], full),
        login("a web server", &["S: HTTP/1.1 400 Bad Request"], Err(Protocol("no greeting"))),
        login("LOGINDISABLED", &[&ask(" LOGINDISABLED")], Err(ImapError::NoLoginMethod)),
        login(
            "CAPABILITY without capabilities",
            &["S: * OK ready\nC: # CAPABILITY\nS: # OK"],
            Err(Protocol("no capabilities")),
        ),
        login(
            "CAPABILITY refused",
            &["S: * OK ready\nC: # CAPABILITY\nS: # NO not now"],
            refused("CAPABILITY", Refusal::Other),
        ),
        login("nothing after the login", &[&no("S: # OK\nC: # CAPABILITY")], Err(Timeout)),
        login("no capabilities after the login", &[&no("S: # OK\nC: # CAPABILITY\nclose")], Err(Lost)),
    ];
    play("no_login_that_is_refused_is_an_empty_folder", &dialogues, 1_000).await;
}

#[tokio::test(start_paused = true)]
async fn no_quirk_of_opening_a_folder_is_an_empty_folder() {
    let opens = |answer: &str| [HELLO, "C: # EXAMINE \"INBOX\"\n", answer].concat();
    let open = |told, answer: &str, ended| quirk(told, &[&opens(answer)], ended);
    let rest = [NOOP, LIST, SIZES, ASK, FIVE, SIX, OK, IDLE, END].concat();
    let opened = OPEN.split_once('\n').map_or("", |(_, answer)| answer);
    let with_next = opened.replace("S: # OK", "S: * OK [UIDNEXT 7] x\nS: # OK");
    let dialogues = [
        open(
            "Exchange: authenticated but not connected",
            "S: # BAD User is authenticated but not connected.",
            refused("EXAMINE", Refusal::Bad),
        ),
        open("no such folder", "S: # NO [NONEXISTENT] no", refused("EXAMINE", Refusal::Folder)),
        open("no right to the folder", "S: # NO [NOPERM] no", refused("EXAMINE", Refusal::Folder)),
        open("no UIDVALIDITY", &["S: * 2 EXISTS\nS: # OK\n", rest.as_str()].concat(), Ok(Elapsed)),
        open(
            "UIDVALIDITY 0",
            &[&opened.replace("UIDVALIDITY 7", "UIDVALIDITY 0"), rest.as_str()].concat(),
            Ok(Elapsed),
        ),
        open("no EXISTS", "S: * OK [UIDVALIDITY 7] x\nS: # OK", Err(Protocol("no EXISTS"))),
        open("half of a folder, then the end", "S: * 2 EXISTS\nS: * OK [UIDVALIDITY 7] x\nclose", Err(Lost)),
        open("UIDNEXT is told", &[&with_next, rest.as_str()].concat(), Ok(Elapsed)),
        open("Shift_JIS beside it", &[SHIFT_JIS, opened, &rest].concat(), Ok(Elapsed)),
        open("UTF-8 behind it", &[&opened.replace("] x", "]有効"), rest.as_str()].concat(), Ok(Elapsed)),
        open(
            "bare line feeds",
            &r"S| * 2 EXISTS\n* OK [UIDVALIDITY 7] x\n# OK\n".replace('#', "Y2"),
            NOT_IMAP,
        ),
    ];
    play("no_quirk_of_opening_a_folder_is_an_empty_folder", &dialogues, 2_000).await;
}

const SHIFT_JIS: &str = "S| * OK [ALERT] \\x93\\xfa\\x96\\x7b\\r\\n\n";

#[tokio::test(start_paused = true)]
async fn no_quirk_of_listing_is_an_empty_list() {
    let well = [SIZES, ASK, FIVE, SIX, OK, IDLE, END].concat();
    let list = |told, answer: &str, ended| {
        quirk(told, &[HELLO, OPEN, NOOP, "C: # UID SEARCH UID 1:*\n", answer], ended)
    };
    let noop = |told, answer: &str, ended| quirk(told, &[HELLO, OPEN, "C: # NOOP\n", answer], ended);
    let search = |code| refused("UID SEARCH", code);
    let in_two = ["S: * SEARCH 6\nS: * 0 RECENT\nS: * SEARCH 5\nS: # OK\n", &well].concat();
    let dialogues = [
        noop("NOOP at the end", "close", Err(Lost)),
        noop("NOOP refused", "S: # NO not now", refused("NOOP", Refusal::Other)),
        noop("NOOP is BAD", "S: # BAD what", refused("NOOP", Refusal::Bad)),
        list("SEARCH refused", "S: # NO [SERVERBUG] no", search(Refusal::Other)),
        list("SEARCH refused for now", "S: # NO [UNAVAILABLE] no", search(Refusal::Unavailable)),
        list("SEARCH throttled", "S: # NO [THROTTLED] no", search(Refusal::Unavailable)),
        list("SEARCH over a quota", "S: # NO [OVERQUOTA] no", search(Refusal::Unavailable)),
        list("SEARCH is BAD", "S: # BAD what", search(Refusal::Bad)),
        list("a list, then NO", "S: * SEARCH 5\nS: # NO no", search(Refusal::Other)),
        list("a list, then the end", "S: * SEARCH 5 6\nclose", Err(Lost)),
        list("an empty list, then BYE", "S: * SEARCH\nS: * BYE going\nclose", Err(Bye(Refusal::Other))),
        list("ESEARCH", "S: * ESEARCH (TAG \"Y4\") UID ALL 5:6\nS: # OK", NOT_IMAP),
        list("SEARCH with MODSEQ", "S: * SEARCH 5 6 (MODSEQ 9)\nS: # OK", NOT_IMAP),
        list("a UID beyond 32 bits", "S: * SEARCH 99999999999\nS: # OK", NOT_IMAP),
        list(
            "another command's answer",
            "S: Z9 OK whose",
            Err(Protocol("an answer to a command never sent")),
        ),
        list("a list in two lines, and out of order", &in_two, Ok(Elapsed)),
        list("Shift_JIS beside it", &[SHIFT_JIS, "S: * SEARCH 5 6\nS: # OK\n", &well].concat(), Ok(Elapsed)),
        list("a line that nobody knows", "S: * XYZZY 5\nS: # OK", NOT_IMAP),
    ];
    play("no_quirk_of_listing_is_an_empty_list", &dialogues, 2_000).await;
}

const SIZES_OF: &str = "C: # UID FETCH 5:6 (UID RFC822.SIZE INTERNALDATE)\n";
/// The next look: nothing above the mark but the last mail, which a server lists for `7:*` too.
const LIST_ABOVE_SIX: &str = "C: # UID SEARCH UID 7:*\nS: * SEARCH 6\nS: # OK\n";

#[tokio::test(start_paused = true)]
async fn no_quirk_of_sizes_loses_a_mail_or_stops_at_one() {
    let sizes = |told, answer: &str, rest: &[&str], ended| {
        quirk(told, &[HELLO, OPEN, NOOP, LIST, SIZES_OF, answer, &rest.concat()], ended)
    };
    let alone = [FIVE_ALONE, SIX_ALONE, IDLE, END];
    let (later, well) = (refused("UID FETCH", Refusal::Unavailable), Ok(Elapsed));
    let both = [ASK, FIVE, SIX, OK, IDLE, END];
    let wrong = "S: * 1 FETCH (UID 5 RFC822.SIZE 3)\nS: * 2 FETCH (UID 6 RFC822.SIZE 59)\nS: # OK\n";
    let one = "S: * 1 FETCH (UID 5 RFC822.SIZE 14)\n";
    let dated = "S: * 1 FETCH (UID 5 INTERNALDATE \" 1-Jan-1970 00:00:00 +0000\" RFC822.SIZE 14)\n\
        S: * 2 FETCH (UID 6 RFC822.SIZE 13 INTERNALDATE \"99-Nix-2099 99:00:00\")\nS: # OK\n";
    let dialogues = [
        sizes("sizes refused", "S: # NO [SERVERBUG] no\n", &alone, well),
        sizes("sizes are BAD", "S: # BAD what\n", &alone, well),
        sizes("one size, then NO", &[one, "S: # NO no\n"].concat(), &alone, well),
        sizes("one size, then the end", &[one, "close"].concat(), &[], Err(Lost)),
        sizes("one size, then BYE", &[one, "S: * BYE x\nclose"].concat(), &[], Err(Bye(Refusal::Other))),
        sizes("sizes refused for now", "S: # NO [UNAVAILABLE] later\n", &[], later),
        sizes("sizes over a quota", "S: # NO [OVERQUOTA] later\n", &[], later),
        sizes("sizes throttled", "S: # NO [THROTTLED] later\n", &[], later),
        sizes("sizes that are wrong", wrong, &both, well),
        sizes("dates that are old and that are none", dated, &both, well),
        sizes("a line without end", &format!("S| * OK {}", "x".repeat(300)), &[], Err(Timeout)),
    ];
    play("no_quirk_of_sizes_loses_a_mail_or_stops_at_one", &dialogues, 3_000).await;
}

#[tokio::test(start_paused = true)]
async fn no_quirk_of_fetching_loses_a_mail_or_stops_at_one() {
    let bodies = |told, answer: &[&str], rest: &[&str], ended| {
        quirk(told, &[HELLO, OPEN, NOOP, LIST, SIZES, ASK, &answer.concat(), &rest.concat()], ended)
    };
    let alone = [FIVE_ALONE, SIX_ALONE, IDLE, END];
    let (later, well) = (refused("UID FETCH", Refusal::Unavailable), Ok(Elapsed));
    let (end, again) = ([IDLE, END], [FIVE_LISTED, FIVE_ALONE, IDLE, END]);
    let uid_behind = "S| * 1 FETCH (BODY[] {14}\\r\\nA: 5\\r\\n\\r\\nfive\\r\\n UID 5)\\r\\n\n";
    let beyond = "S: * 1 FETCH (UID 99999999999 BODY[] {4}\nS: five)\n";
    let strangers = [
        "S: * 1 FETCH (FLAGS (\\Seen))\nS: * 9 EXISTS\n",
        SIX,
        "S: * 7 FETCH (UID 99 BODY[] {3}\nS: abc)\nS: * 2 FETCH (UID 6 X-WHAT 5)\n",
        FIVE,
        OK,
    ];
    let look_again = [OPEN, NOOP, LIST_ABOVE_SIX, END];
    let endless = "S| * 1 FETCH (UID 5 BODY[] {3999999999}\\r\\n";
    let deep = format!("S: * 1 FETCH (UID 5 X {}", "(".repeat(99));
    let mut dialogues = vec![
        bodies("mails refused", &["S: # NO [SERVERBUG] no\n"], &alone, well),
        bodies("mails are BAD", &["S: # BAD what\n"], &alone, well),
        bodies("mails are in use", &["S: # NO [INUSE] later\n"], &[], later),
        bodies("mails over a quota", &["S: # NO [OVERQUOTA] later\n"], &[], later),
        bodies("one mail, then NO", &[FIVE, "S: # NO no\n"], &alone[1..], well),
        bodies("the end at once", &["close"], &[], Err(Lost)),
        bodies("BYE at once", &["S: * BYE going\nclose"], &[], Err(Bye(Refusal::Other))),
        bodies("one mail, then BYE", &[FIVE, "S: * BYE going\nclose"], &[], Err(Lost)),
        bodies("a literal8", &["S: * 1 FETCH (UID 5 BODY[] ~{4}\nS: five)\nS: # OK"], &[], NOT_IMAP),
        bodies("out of order, with flags, strangers and news", &strangers, &look_again, Ok(News)),
        bodies("Shift_JIS in between", &[SHIFT_JIS, FIVE, SIX, OK], &end, well),
        bodies("a mail twice", &[FIVE, FIVE, SIX, OK], &end, well),
        bodies("the UID behind the mail", &[uid_behind, SIX, OK], &end, well),
        bodies("a UID beyond 32 bits", &[beyond, SIX, OK], &again, well),
        bodies("NIL, and still listed", &["S: * 1 FETCH (UID 5 BODY[] NIL)\n", SIX, OK], &again, well),
        bodies("empty, and still listed", &["S: * 1 FETCH (UID 5 BODY[] \"\")\n", SIX, OK], &again, well),
        bodies("left out, and still listed", &[SIX, OK], &again, well),
        bodies("half a gigabyte", &["S| * 1 FETCH (UID 5 BODY[] {500000000}\\r\\nx"], &[], Err(TooMuch)),
        bodies("a literal of four gigabytes", &[endless], &[], Err(TooMuch)),
        bodies("deep nesting", &[&deep], &[], NOT_IMAP),
    ];
    let bye = dialogues.iter_mut().find(|dialogue| dialogue.told == "one mail, then BYE");
    bye.expect("above").rows = vec!["5".to_owned()];
    dialogues.extend([expunged(), refused_for_ever(), hangs_up_for_ever(), too_large(), another_epoch()]);
    play("no_quirk_of_fetching_loses_a_mail_or_stops_at_one", &dialogues, 8_000).await;
}

/// Five is expunged between SEARCH and FETCH.
fn expunged() -> Dialogue {
    let nil = ["S: * 1 FETCH (UID 5 BODY[] NIL)\n", SIX, "S: # OK [EXPUNGEISSUED] x\n"].concat();
    let pieces = [HELLO, OPEN, NOOP, LIST, SIZES, ASK, &nil, FIVE_GONE, IDLE, END];
    let folder = Folder { mails: &FOLDER.mails[1..], ..FOLDER };
    let rows = vec!["5 expunged".to_owned(), "6".to_owned()];
    Dialogue { folder, rows, ..quirk("expunged in between", &pieces, Ok(Elapsed)) }
}

const FIVE_SIZE: &str = "C: # UID FETCH 5 (UID RFC822.SIZE INTERNALDATE)\n\
    S: * 1 FETCH (UID 5 RFC822.SIZE 14)\nS: # OK\nC: # UID FETCH 5 (UID BODY.PEEK[])\n";

fn unfetchable(connections: Vec<(String, Result<Woken, ImapError>)>) -> Dialogue {
    let rows = vec!["5 unfetchable".to_owned(), "6".to_owned()];
    Dialogue { connections, rows, ..quirk("a mail that is never handed out", &[], Err(Lost)) }
}

/// Five is refused in every FETCH; six comes all the same.
fn refused_for_ever() -> Dialogue {
    let no = "S: # NO [CORRUPTION] no\n";
    let five = [FIVE_SIZE, no].concat();
    let pieces = [HELLO, OPEN, NOOP, LIST, SIZES, ASK, no, &five, &five, &five, SIX_ALONE, IDLE, END];
    unfetchable(vec![(trace(&pieces), Ok(Elapsed))])
}

/// Five ends every connection in the middle of itself; six comes all the same.
fn hangs_up_for_ever() -> Dialogue {
    let broken = "S| * 1 FETCH (UID 5 BODY[] {14}\\r\\nA: \nclose\n";
    let again = trace(&[HELLO, OPEN, FIVE_SIZE, broken]);
    let first = trace(&[HELLO, OPEN, NOOP, LIST, SIZES, ASK, broken]);
    let last = trace(&[HELLO, OPEN, SIX_ALONE, NOOP, LIST, IDLE, END]);
    let mut connections: Vec<_> = [first, again.clone(), again.clone(), again].map(|t| (t, Err(Lost))).into();
    connections.push((last, Ok(Elapsed)));
    unfetchable(connections)
}

const WITH_A_LARGE_ONE: [(u32, &str); 2] = [
    FOLDER.mails[0],
    (6, "A: 6\r\n\r\nsixty and more octets, which is more than anybody wants to read of one mail\r\n"),
];

/// Of a mail over the limit the header comes.
fn too_large() -> Dialogue {
    let size = WITH_A_LARGE_ONE[1].1.len();
    let sizes = SIZES.replace("SIZE 13", &format!("SIZE {size}"));
    let six = format!(
        "C: # UID FETCH 6 (UID RFC822.SIZE INTERNALDATE)\nS: * 2 FETCH (UID 6 RFC822.SIZE {size})\nS: # OK\n\
         C: # UID FETCH 6 (UID BODY.PEEK[HEADER]<0.65536>)\nS: * 2 FETCH (UID 6 BODY[HEADER]<0> {{8}}\n\
         S| A: 6\\r\\n\\r\\n)\\r\\n\nS: # OK\n"
    );
    let five = ["C: # UID FETCH 5 (UID BODY.PEEK[])\n", FIVE, OK].concat();
    let pieces = [HELLO, OPEN, NOOP, LIST, &sizes, &five, &six, IDLE, END];
    let rows = vec!["5".to_owned(), "6 too large".to_owned()];
    let folder = Folder { mails: &WITH_A_LARGE_ONE, ..FOLDER };
    Dialogue { folder, rows, ..quirk("a mail over the limit", &pieces, Ok(Elapsed)) }
}

/// Under another UIDVALIDITY all is listed anew.
fn another_epoch() -> Dialogue {
    let reopened = OPEN.replace("UIDVALIDITY 7", "UIDVALIDITY 8");
    let second = trace(&[HELLO, &reopened, NOOP, LIST, SIZES, ASK, FIVE, SIX, OK, IDLE, END]);
    let mut dialogue = quirk("another UIDVALIDITY", &[&known()], Ok(Elapsed));
    dialogue.connections.push((second, Ok(Elapsed)));
    Dialogue { folder: Folder { uid_validity: 8, ..FOLDER }, ..dialogue }
}

#[tokio::test(start_paused = true)]
async fn no_quirk_of_waiting_hangs_or_hides_a_mail() {
    let idles = |told, pieces: &[&str], ended| {
        quirk(told, &[HELLO, OPEN, NOOP, LIST, SIZES, ASK, FIVE, SIX, OK, &pieces.concat()], ended)
    };
    let look_again = [OPEN, NOOP, LIST_ABOVE_SIX, END].concat();
    let polled = Ok(NoIdle);
    let told = "S: * 3 EXISTS\n";
    let mut dialogues = vec![
        idles(
            "news",
            &["C: # IDLE\nS: + idling\nsleep 10\n", told, "C: DONE\nS: # OK\n", &look_again],
            Ok(News),
        ),
        idles(
            "news before the plus",
            &["C: # IDLE\n", told, "S: + idling\nC: DONE\nS: # OK\n", &look_again],
            Ok(News),
        ),
        idles(
            "news after DONE",
            &["C: # IDLE\nS: + idling\nC: DONE\n", told, "S: # OK\n", &look_again],
            Ok(News),
        ),
        idles(
            "keepalives",
            &[
                "C: # IDLE\nS: + idling\n",
                &"S: * OK still here\nsleep 20\n".repeat(3),
                "C: DONE\nS: # OK\n",
                END,
            ],
            Ok(Elapsed),
        ),
        idles("IDLE refused", &["C: # IDLE\nS: # NO not here\n", END], polled),
        idles("IDLE is BAD", &["C: # IDLE\nS: # BAD what\n", END], polled),
        idles("IDLE is OK at once", &["C: # IDLE\nS: # OK\n", END], polled),
        idles("IDLE ends by itself", &["C: # IDLE\nS: + idling\nS: # OK\n", END], polled),
        idles("the end in IDLE", &["C: # IDLE\nS: + idling\nsleep 5\nclose"], Err(Lost)),
        idles("BYE in IDLE", &["C: # IDLE\nS: + idling\nS: * BYE idle too long"], Err(Bye(Refusal::Other))),
        idles("DONE unanswered", &["C: # IDLE\nS: + idling\nC: DONE\n"], Err(Timeout)),
        idles("no plus", &["C: # IDLE\n"], Err(Timeout)),
        idles("a goodbye that nobody answers", &[IDLE, "C: # LOGOUT\n"], Ok(Elapsed)),
        idles("a goodbye that is refused", &[IDLE, "C: # LOGOUT\nS: # BAD what\n"], Ok(Elapsed)),
    ];
    // what was fetched before the wait stays
    dialogues.iter_mut().for_each(|dialogue| dialogue.rows = vec!["5".to_owned(), "6".to_owned()]);
    play("no_quirk_of_waiting_hangs_or_hides_a_mail", &dialogues, 1_500).await;
}

#[tokio::test(start_paused = true)]
async fn no_cut_of_starttls_goes_on_in_plain_text() {
    // the trust store is read for each handshake: a short dialogue is enough
    let inside = [CAN_IDLE, "C: # EXAMINE \"INBOX\"\nS: # NO [NOPERM] no"].concat();
    let login = "C: # CAPABILITY\nS: * CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\nS: # OK\n\
        C: # AUTHENTICATE PLAIN AGhhcnUAcHc=\nS: # OK\n";
    let starttls = "S: * OK ready\nC: S1 STARTTLS\n";
    let tls =
        |told, pieces: &[&str], ended| Dialogue { tls: Tls::StartTls, ..self::login(told, pieces, ended) };
    let mut dialogues = [
        tls(
            "STARTTLS",
            &[starttls, "S: * OK soon\nS: S1 OK go\ntls cert\n", login, &inside],
            refused("EXAMINE", Refusal::Folder),
        ),
        tls("STARTTLS is BAD", &[starttls, "S: S1 BAD what"], Err(ImapError::NoStartTls)),
        tls("STARTTLS refused", &[starttls, "S: S1 NO not now"], Err(ImapError::NoStartTls)),
        tls("PREAUTH", &["S: * PREAUTH welcome"], Err(ImapError::NoStartTls)),
        tls(
            "octets after the OK",
            &[starttls, "S| S1 OK go\\r\\n* OK injected\\r\\n"],
            Err(Protocol("octets after STARTTLS")),
        ),
        tls(
            "octets before STARTTLS",
            &["S| * OK ready\\r\\n* OK more\\r\\n"],
            Err(Protocol("octets before STARTTLS")),
        ),
    ];
    dialogues.iter_mut().for_each(|dialogue| dialogue.in_haste = dialogue.told.starts_with("octets"));
    play("no_cut_of_starttls_goes_on_in_plain_text", &dialogues, 500).await;
}
