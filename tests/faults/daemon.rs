//! The daemon's own steps, fetch and submit, at servers that fail: cursor, rows and mailboxes.

use std::path::Path;

use yorisoi::clock;
use yorisoi::daemon::{self, OnceReport};
use yorisoi::demo::{Faults, Protocol, Servers, Then};
use yorisoi::domain::command::Command;
use yorisoi::engine::{Engine, Role};
use yorisoi::mail::address::Address;
use yorisoi::mail::fetched::FolderRole;
use yorisoi::rng::Rng;
use yorisoi::secret::Secret;
use yorisoi::settings::{self, Settings};
use yorisoi::store::{Store, StoreError};

use super::{CARE, HARU, fault};

const AI: &str = "ai@a.example";

/// Where in a dialogue, what is said there, and what comes then.
type Spoken<'a> = (&'a str, &'a str, Then);

/// An installation at servers that fail, with a client and her supporter.
struct Installed {
    servers: Servers,
    faults: Faults,
    settings: Settings,
    _place: tempfile::TempDir,
}

impl Installed {
    async fn new() -> Self {
        let faults = Faults::default();
        let addresses = [CARE, HARU, AI].map(str::to_owned);
        let servers = Servers::start_with(&addresses, Secret::new("open"), faults.clone()).await.unwrap();
        let place = tempfile::tempdir().unwrap();
        let settings = configured(place.path(), &servers);
        people(&settings);
        let installed = Self { servers, faults, settings, _place: place };
        // what lies in a mailbox before the first look is none of its business
        installed.once().await;
        installed
    }

    fn report(&self, words: &str) {
        let raw =
            format!("From: <{HARU}>\r\nTo: <{CARE}>\r\nMessage-ID: <{words}@a.example>\r\n\r\n{words}\r\n");
        assert!(self.servers.deliver(CARE, raw.as_bytes()));
    }

    fn add(&self, protocol: Protocol, point: &str, says: &str, then: Then) {
        self.faults.add(fault(protocol, point, says, then));
    }

    /// One run of the daemon's loops; a step that hangs fails the test.
    async fn once(&self) -> OnceReport {
        let settings = self.settings.clone();
        let run = tokio::task::spawn_blocking(move || daemon::once(&settings, |_| {}).unwrap());
        tokio::time::timeout(super::HANG, run).await.expect("a run without end").unwrap()
    }

    /// UIDVALIDITY, low-water mark, and how many mails have a row.
    fn kept(&self) -> (u32, u32, usize) {
        let store = Store::open_to_read(&self.settings.service.data_dir).unwrap();
        store
            .read::<_, StoreError>(|tx| {
                assert_eq!(tx.check()?, Vec::<String>::new());
                let (_, validity, low_water) = tx.epoch("INBOX")?.unwrap();
                Ok((validity, low_water, tx.mail_views()?.len()))
            })
            .unwrap()
    }

    /// How many alerts the supporter has got, and whether these words are in one of them.
    fn alerts(&self, words: &str) -> (usize, bool) {
        let texts: Vec<String> =
            self.servers.mails(AI).iter().map(|raw| yorisoi::mail::parse::parse(raw).text).collect();
        (texts.len(), texts.iter().any(|text| text.contains(words)))
    }
}

fn configured(place: &Path, servers: &Servers) -> Settings {
    let (imap, smtp) = (servers.imap_port, servers.smtp_port);
    let login = format!("tls = \"none\"\nusername = \"{CARE}\"\npassword_file = \"password\"\n");
    let text = format!(
        "[service]\nname = \"Care\"\naddress = \"{CARE}\"\nlocale = \"en\"\ntimezone = \"Europe/London\"\n\
         data_dir = \"data\"\n[promise]\nquiet = \"\"\n[imap]\nhost = \"127.0.0.1\"\nport = {imap}\n{login}\
         [smtp]\nhost = \"127.0.0.1\"\nport = {smtp}\n{login}"
    );
    let config = place.join("yorisoi.toml");
    std::fs::write(&config, text).unwrap();
    std::fs::write(place.join("password"), "open\n").unwrap();
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(place.join("password"), std::fs::Permissions::from_mode(0o600)).unwrap();
    settings::load(&config, std::iter::empty()).map_err(|errors| errors.to_string()).unwrap()
}

fn people(settings: &Settings) {
    let now = clock::now();
    let mut engine = Engine::open(settings, Role::Command, Rng::from_system().unwrap(), now).unwrap();
    let address = |text: &str| vec![Address::parse(text).unwrap()];
    let supporter = Command::AddSupporter { name: "Ai".to_owned(), addresses: address(AI), locale: None };
    engine.order(&supporter, now).unwrap();
    let client = Command::AddClient {
        name: "Haru".to_owned(),
        addresses: address(HARU),
        goal: "Walk".to_owned(),
        locale: None,
        supporter: Some("Ai".to_owned()),
        second: None,
        pool: false,
    };
    engine.order(&client, now).unwrap();
}

#[tokio::test]
async fn a_round_that_fails_moves_no_mark_and_the_next_one_brings_all() {
    use Then::{Close, GoOn};
    let home = Installed::new().await;
    let begun = home.kept();
    assert_eq!((begun.1, begun.2), (0, 0));
    home.report("apple");
    home.report("banana");
    let failures = [
        ("", "", Close),
        ("", "* BYE [LIMIT] too many connections\n", Close),
        ("AUTHENTICATE", "{tag} NO no\n", GoOn),
        ("EXAMINE", "* 0 EXISTS\n", Close),
        ("NOOP", "{tag} NO not now\n", GoOn),
        ("UID SEARCH", "{tag} NO [SERVERBUG] no\n", GoOn),
        ("UID SEARCH", "{tag} BAD what\n", GoOn),
        ("UID SEARCH", "* SEARCH\n", Close),
        ("UID SEARCH", "* BYE going\n", Close),
    ];
    for (point, says, then) in failures {
        home.add(Protocol::Imap, point, says, then);
        let report = home.once().await;
        assert!(report.fetch_failed, "{point} {says}");
        assert_eq!((home.kept(), home.faults.left()), (begun, 0), "{point} {says}");
    }
    assert!(home.once().await.is_clean());
    assert_eq!(home.kept(), (begun.0, 2, 2));
    assert_eq!((home.alerts("apple"), home.alerts("banana")), ((2, true), (2, true)));
}

#[tokio::test]
async fn a_batch_that_breaks_is_finished_in_the_next_session() {
    for (says, then) in
        [("* BYE going\n", Then::Close), ("{tag} NO [SERVERBUG] no\n", Then::GoOn), ("", Then::Close)]
    {
        let home = Installed::new().await;
        home.report("apple");
        home.report("banana");
        home.add(Protocol::Imap, "UID FETCH 1:2 (UID BODY", says, then);
        assert!(home.once().await.is_clean(), "{says}");
        assert_eq!((home.kept().1, home.kept().2, home.faults.left()), (2, 2, 0), "{says}");
        assert_eq!((home.alerts("apple"), home.alerts("banana")), ((2, true), (2, true)), "{says}");
    }
}

#[tokio::test]
async fn a_mail_that_a_search_left_out_is_found_by_the_next_sweep() {
    let home = Installed::new().await;
    home.report("apple");
    home.report("banana");
    home.add(Protocol::Imap, "UID SEARCH", "* SEARCH 2\n{tag} OK\n", Then::GoOn);
    assert!(home.once().await.is_clean());
    assert_eq!((home.kept().1, home.kept().2, home.alerts("apple")), (2, 1, (1, false)));
    assert!(home.once().await.is_clean());
    assert_eq!((home.kept().1, home.kept().2, home.alerts("apple")), (2, 2, (2, true)));
    let store = Store::open_to_read(&home.settings.service.data_dir).unwrap();
    let folders = store.read::<_, StoreError>(|tx| tx.folder_views()).unwrap();
    assert_eq!((folders[0].folder.as_str(), folders[0].healed), ("INBOX", 1));
}

#[tokio::test]
async fn whatever_happens_at_the_junk_folder_the_main_folder_is_fetched() {
    use Then::{Close, GoOn};
    let marked = "* LIST (\\Junk) \"/\" Spam\n{tag} OK\n";
    let spam = "* 2 EXISTS\n* OK [UIDVALIDITY 1] x\n{tag} OK\n";
    let none = "the server has no folder for junk";
    let cases: [(&[Spoken], &str); 9] = [
        (&[], none),
        (&[("LIST", "{tag} OK\n", GoOn)], none),
        (&[("LIST", "{tag} NO [NOPERM] no\n", GoOn)], "LIST was refused (Folder)"),
        (&[("LIST", "* BYE going\n", Close)], "the server closed the session (Other)"),
        (&[("LIST", "", Close)], "the connection was lost"),
        (&[("LIST", marked, GoOn)], "EXAMINE was refused (Other)"),
        (&[("LIST", marked, GoOn), ("EXAMINE \"Spam", "", Close)], "the connection was lost"),
        (
            &[
                ("LIST", marked, GoOn),
                ("EXAMINE \"Spam", spam, GoOn),
                ("NOOP", "{tag} OK\n", GoOn),
                ("NOOP", "", Close),
            ],
            "the connection was lost",
        ),
        (
            &[
                ("LIST", marked, GoOn),
                ("EXAMINE \"Spam", spam, GoOn),
                ("UID SEARCH", "* SEARCH\n{tag} OK\n", GoOn),
                ("UID SEARCH", "{tag} NO [UNAVAILABLE] later\n", GoOn),
            ],
            "UID SEARCH was refused (Unavailable)",
        ),
    ];
    for (faults, failure) in cases {
        let home = Installed::new().await;
        for (point, says, then) in faults {
            home.add(Protocol::Imap, point, says, *then);
        }
        home.report("apple");
        assert!(home.once().await.is_clean(), "{failure}");
        assert_eq!(home.faults.left(), 0, "{failure}");
        let store = Store::open_to_read(&home.settings.service.data_dir).unwrap();
        let folders = store.read::<_, StoreError>(|tx| tx.folder_views()).unwrap();
        let junk = folders.iter().find(|seen| seen.role == FolderRole::Junk).unwrap();
        assert_eq!(junk.failure.lines().next(), Some(failure));
        // the next look is as if nothing had been (one case has hidden the list of the main folder too)
        assert!(home.once().await.is_clean(), "{failure}");
        assert_eq!((home.kept().1, home.kept().2, home.alerts("apple")), (1, 1, (1, true)), "{failure}");
    }
}

#[tokio::test]
async fn another_uidvalidity_alerts_nobody_twice() {
    let home = Installed::new().await;
    home.report("apple");
    assert!(home.once().await.is_clean());
    let (validity, ..) = home.kept();
    // the folder is empty under another UIDVALIDITY; and then it is as it was
    home.add(Protocol::Imap, "EXAMINE", "* 0 EXISTS\n* OK [UIDVALIDITY 9] x\n{tag} OK\n", Then::GoOn);
    home.add(Protocol::Imap, "UID SEARCH", "{tag} OK\n", Then::GoOn);
    assert!(home.once().await.is_clean());
    assert_eq!((home.kept().0, home.kept().1, home.faults.left()), (9, 0, 0));
    home.report("banana");
    assert!(home.once().await.is_clean());
    assert_eq!((home.kept().0, home.kept().1), (validity, 2));
    assert_eq!((home.alerts("apple"), home.alerts("banana")), ((2, true), (2, true)));
}

#[tokio::test]
async fn a_silent_connection_leaves_the_other_one_to_the_mails_behind_it() {
    let mut home = Installed::new().await;
    home.settings.smtp.connections = 2;
    for words in ["apple", "banana", "cherry"] {
        home.report(words);
    }
    // the first mail shows that the recipient's server is well; the second one meets silence
    home.add(Protocol::Smtp, "MAIL", "", Then::Answer);
    home.add(Protocol::Smtp, "MAIL", "", Then::Silence);
    let settings = home.settings.clone();
    let run = tokio::task::spawn_blocking(move || daemon::once(&settings, |_| {}));
    let two = async {
        while home.alerts("").0 < 2 {
            tokio::time::sleep(super::SHORT).await;
        }
    };
    let sent = tokio::time::timeout(super::HANG, two).await;
    assert_eq!(home.faults.left(), 0);
    // whoever waits in the silence is let go
    drop(home);
    drop(run.await);
    assert!(sent.is_ok(), "the third mail waited for the second");
}

/// The daemon beside the test, for as long as the work takes.
async fn running(settings: &Settings, work: impl Future<Output = ()>) {
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let settings = settings.clone();
    let daemon = tokio::task::spawn_blocking(move || {
        daemon::run_until(&settings, async { drop(stopped.await) }).unwrap();
    });
    work.await;
    drop(stop);
    daemon.await.unwrap();
}

/// Waits until what the alarm said is this.
async fn heard(file: &Path, expected: &[&str]) {
    let said = || std::fs::read_to_string(file).unwrap_or_default();
    let as_expected = |said: &str| {
        said.lines().count() == expected.len() && said.lines().zip(expected).all(|(l, e)| l.contains(e))
    };
    for _ in 0..150 {
        if as_expected(&said()) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the alarm said {:?}, not {expected:?}", said());
}

#[tokio::test]
async fn a_refused_password_is_said_to_the_alarm_once_and_taken_back_once() {
    let mut home = Installed::new().await;
    let said = home.settings.service.data_dir.join("said");
    let script = "cat >> \"$1\"";
    home.settings.service.alarm_command =
        ["sh", "-c", script, "alarm", said.to_str().unwrap()].map(str::to_owned).to_vec();
    home.report("apple");
    for _ in 0..2 {
        home.add(Protocol::Smtp, "AUTH", "535 5.7.8 no\n", Then::GoOn);
    }
    let stopped = "no mail has been sent since";
    running(&home.settings, async {
        heard(&said, &[stopped]).await;
        tokio::time::sleep(super::SHORT * 3).await;
        heard(&said, &[stopped]).await;
    })
    .await;
    assert_eq!((home.faults.left(), home.alerts("apple")), (0, (0, false)));
    // the password is right, and the daemon is started again
    running(&home.settings, heard(&said, &[stopped, "sending mail works again"])).await;
    assert_eq!(home.alerts("apple"), (1, true));
    let text = std::fs::read_to_string(&said).unwrap();
    assert!(!text.contains('@') && !text.contains("apple"), "{text}");
}

#[tokio::test]
async fn a_submission_that_fails_is_never_taken_for_accepted() {
    use Then::{Close, CloseUnanswered, GoOn};
    let cases = [
        // what stands in the outbox, and how many copies there are
        ("MAIL", "421 closing\n", Close, "queued", 0),
        ("RCPT", "450 greylisted\n", GoOn, "queued", 0),
        ("RCPT", "550 5.1.1 nobody\n", GoOn, "failed", 0),
        ("DATA", "", Close, "queued", 0),
        (".", "", CloseUnanswered, "unknown", 1),
    ];
    for (point, says, then, state, delivered) in cases {
        let home = Installed::new().await;
        home.report("apple");
        for _ in 0..2 {
            // receipt and alert go out side by side
            home.add(Protocol::Smtp, point, says, then);
        }
        let report = home.once().await;
        assert_eq!((report.accepted, home.faults.left()), (0, 0), "{point} {says}");
        assert_eq!(home.alerts("apple"), (delivered, delivered > 0), "{point} {says}");
        let store = Store::open_to_read(&home.settings.service.data_dir).unwrap();
        let rows = store.read::<_, StoreError>(|tx| tx.outbox_views()).unwrap();
        let alert = rows.iter().find(|row| row.kind.contains("alert")).unwrap();
        assert_eq!(
            (alert.state.as_str(), alert.unknowns),
            (state, i64::from(state == "unknown")),
            "{point} {says}"
        );
    }
}

/// How often this fault happened while a daemon ran for so long.
async fn met(fault: (&str, &str, Then), seconds: u32) -> usize {
    const ENOUGH: usize = 500;
    let home = Installed::new().await;
    for _ in 0..ENOUGH {
        home.add(Protocol::Imap, fault.0, fault.1, fault.2);
    }
    running(&home.settings, tokio::time::sleep(super::SHORT * seconds)).await;
    ENOUGH - home.faults.left()
}

#[tokio::test]
async fn a_server_that_drops_whoever_waits_is_logged_in_to_less_and_less_often() {
    // at the start, after one second and after two more; the next time would be five later
    let logins = met(("IDLE", "", Then::Close), 6).await;
    assert!((2..=3).contains(&logins), "{logins}");
}

#[tokio::test]
async fn a_server_that_has_news_in_each_answer_and_never_a_mail_is_not_asked_without_a_pause() {
    let searches = met(("UID SEARCH", "* 1 EXISTS\n", Then::Answer), 4).await;
    assert!((2..=8).contains(&searches), "{searches}");
}
