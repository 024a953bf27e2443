//! Kill points: forty steps of a mail's way at which a test can end the process, as a power cut would.
//!
//! Without the cargo feature `killpoints` every call is empty and nothing of this is in the program. With it,
//!
//! * `YORI_KILL=P14:before` or `P14:after:3` aborts before the fourteenth step, or after its third time; of several
//!   with commas between, the first start of the process takes the first, the next start after an abort the next;
//! * `YORI_KILL_REACHED=FILE` gets one line for each side of a step that is passed, and one for each abort.

/// The steps, in the order in which a mail passes them: P01 to P40. What ends "begin" or "commit" is that part of a
/// transaction; the first transaction keeps mails, the second one gives them their effects. `DkimDns`, the look-up of
/// keys, stands before `AttemptsCommit` by now and keeps its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the call says what its step is")]
pub enum Point {
    Connect,
    Greeting,
    Login,
    Select,
    SearchSent,
    SearchRead,
    SizeFetch,
    BodyFirstByte,
    ImapBodyMid,
    BodyEndBeforeTagged,
    AfterTagged,
    Tx1Begin,
    Tx1BeforeCommit,
    Tx1AfterCommit,
    AttemptsCommit,
    Parse,
    DkimDns,
    PlanDone,
    Tx2Begin,
    Tx2AfterEffects,
    Tx2BeforeCommit,
    Tx2AfterCommit,
    ClaimCommit,
    SmtpConnect,
    Tls,
    Auth,
    Mail,
    Rcpt,
    Data354,
    SmtpBodyMid,
    StageDotCommit,
    DotWritten,
    ReplyFirstByte,
    Read250,
    JournalWrite,
    JournalFsync,
    SentCommit,
    WalCheckpoint,
    MigrationStep,
    BackupVacuum,
}

/// The step is about to happen.
#[inline]
pub fn before(point: Point) {
    pass(point, "before");
}

/// The step has happened.
#[inline]
pub fn after(point: Point) {
    pass(point, "after");
}

#[cfg(not(feature = "killpoints"))]
#[inline]
fn pass(_: Point, _: &str) {}

#[cfg(feature = "killpoints")]
use armed::pass;

#[cfg(feature = "killpoints")]
mod armed {
    use std::fs::{File, OpenOptions};
    use std::io::Write as _;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::Point;

    /// Begins the line of an abort.
    const KILLED: &str = "killed at ";

    /// What the variables said when the first point was passed.
    struct Orders {
        /// `P14:before`, and how many times it is still passed unharmed.
        kill: Option<(String, AtomicU32)>,
        reached: Option<File>,
    }

    pub(super) fn pass(point: Point, side: &str) {
        static ORDERS: OnceLock<Orders> = OnceLock::new();
        let orders = ORDERS.get_or_init(Orders::read);
        if orders.kill.is_none() && orders.reached.is_none() {
            return;
        }
        let name = format!("P{:02}:{side}", point as u8 + 1);
        orders.note(&format!("{name}\n"));
        if let Some((_, left)) = orders.kill.as_ref().filter(|(kill, _)| *kill == name)
            && left.fetch_sub(1, Ordering::Relaxed) == 1
        {
            orders.note(&format!("{KILLED}{name}\n"));
            std::process::abort();
        }
    }

    impl Orders {
        fn read() -> Self {
            let path = std::env::var_os("YORI_KILL_REACHED");
            let before = path.as_ref().and_then(|path| std::fs::read_to_string(path).ok());
            let deaths = before.map_or(0, |text| text.lines().filter(|l| l.starts_with(KILLED)).count());
            let kills = std::env::var("YORI_KILL").unwrap_or_default();
            let kill = kills.split(',').nth(deaths).filter(|kill| !kill.is_empty()).map(|kill| {
                let (name, times) = match kill.rsplit_once(':') {
                    Some((name, times)) if name.contains(':') => (name, times.parse().unwrap_or(1)),
                    _ => (kill, 1),
                };
                (name.to_owned(), AtomicU32::new(times))
            });
            let reached = path.and_then(|path| OpenOptions::new().append(true).create(true).open(path).ok());
            Self { kill, reached }
        }

        /// One write of one line: several processes and threads may append.
        fn note(&self, line: &str) {
            if let Some(mut file) = self.reached.as_ref() {
                let _ = file.write_all(line.as_bytes());
            }
        }
    }
}
