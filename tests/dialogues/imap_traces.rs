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
    Dialogue { told, folder: FOLDER, login: false, tls: Tls::None, connections, rows: fetched }
}

fn refused(command: &'static str, code: Refusal) -> Result<Woken, ImapError> {
    Err(ImapError::Refused { command, code })
}

const NOT_IMAP: Result<Woken, ImapError> = Err(Protocol("a response is not IMAP"));

/// The number of cases is written where the table of proofs reads it, and is never less than it was.
fn counted(name: &str, cases: usize, least: usize) {
    super::super::protocol::counted::counted("protocol_cuts", name, cases);
    assert!(cases >= least, "{cases} cases");
}

#[tokio::test(start_paused = true)]
async fn a_healthy_imap_dialogue_may_break_off_after_any_octet() {
    let mut logged_in = quirk(
        "a login by AUTHENTICATE",
        &[
            "S: * OK ready\nC: # CAPABILITY\nS: * CAPABILITY IMAP4rev1 AUTH=PLAIN\nS: # OK\n\
             C: # AUTHENTICATE PLAIN\nS: +\nC: AGhhcnUAcHc=\nS: # OK\n\
             C: # CAPABILITY\nS: * CAPABILITY IMAP4rev1 IDLE\nS: # OK\n",
            OPEN,
            NOOP,
            LIST,
            SIZES,
            ASK,
            FIVE,
            SIX,
            OK,
            IDLE,
            END,
        ],
        Ok(Elapsed),
    );
    logged_in.login = true;
    let dialogues = [quirk("all is well", &[&known()], Ok(Elapsed)), logged_in];
    counted("a_healthy_imap_dialogue_may_break_off_after_any_octet", play_all(&dialogues, &known()).await, 1);
}
