//! The program on a machine that fails: a disk that is full, limited or read-only, a second daemon, an older program, a
//! power cut. The binary is the real one; the servers are in this process, and hold the truth.
#![allow(clippy::unwrap_used, clippy::expect_used)] // whatever breaks here fails the test

mod clock;
#[path = "../counted/mod.rs"]
mod counted;
mod disk;
mod others;
#[path = "../plain/mod.rs"]
mod plain;
mod power;

use std::collections::HashSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use yorisoi::demo::Servers;
use yorisoi::mail::parse::parse;
use yorisoi::secret::Secret;
use yorisoi::store::{Store, StoreError};

const CARE: &str = "care@a.example";
/// None of them meets the limit of what goes out of a thread within an hour.
const CLIENTS: u32 = 5;
const AI: &str = "ai@a.example";
const OFFICE: &str = "office@a.example";
/// Nothing here takes this long.
const LIMIT: Duration = Duration::from_secs(45);

/// An installation with clients and their supporter, and the servers that it mails through.
struct World {
    servers: Servers,
    data: PathBuf,
    place: tempfile::TempDir,
}

impl World {
    /// With data folder and journal below `at`, or beside the configuration.
    async fn new(at: Option<&Path>) -> Self {
        Self::with(at, at).await
    }

    /// With the data folder below `at` and the journal in `journal`, or beside the configuration.
    async fn with(at: Option<&Path>, journal: Option<&Path>) -> Self {
        let addresses = [CARE, AI, OFFICE].map(str::to_owned);
        let servers = Servers::start(&addresses, Secret::new("open")).await.unwrap();
        let place = tempfile::tempdir().unwrap();
        let data = at.unwrap_or(place.path()).join("data");
        let journal = journal.map_or_else(|| place.path().join("journal"), Path::to_owned);
        write(&place.path().join("password"), "open\n");
        let login = format!("tls = \"none\"\nusername = \"{CARE}\"\npassword_file = \"password\"\n");
        let (imap, smtp) = (servers.imap_port, servers.smtp_port);
        let text = format!(
            "[service]\nname = \"Care\"\naddress = \"{CARE}\"\nlocale = \"en\"\ntimezone = \"Europe/London\"\n\
             data_dir = {data:?}\njournal_dir = {journal:?}\noperators = [\"{OFFICE}\"]\nreceipts = \"never\"\n\
             [imap]\nhost = \"127.0.0.1\"\nport = {imap}\n{login}\
             [smtp]\nhost = \"127.0.0.1\"\nport = {smtp}\n{login}"
        );
        write(&place.path().join("yorisoi.toml"), &text);
        let world = Self { servers, data, place };
        world.done(&["supporter", "add", "--name", "Ai", "--address", AI]).await;
        for n in 0..CLIENTS {
            let (name, address) = (format!("Haru{n}"), format!("haru{n}@a.example"));
            world.done(&["client", "add", "--name", &name, "--address", &address, "--supporter", "Ai"]).await;
        }
        world
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_yorisoi"));
        command.arg("--config").arg(self.place.path().join("yorisoi.toml")).args(arguments);
        command.stdin(Stdio::null());
        command
    }

    /// What a command says.
    async fn says(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(arguments);
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }

    async fn done(&self, arguments: &[&str]) {
        let output = self.says(arguments).await;
        assert!(output.status.success(), "{arguments:?}: {}", text(&output));
    }

    /// The daemon.
    fn start(&self) -> Daemon {
        self.start_with(&[])
    }

    /// The daemon, in so many words before its own.
    fn start_with(&self, before: &[&str]) -> Daemon {
        let log = self.place.path().join("log");
        let own = self.command(&["run"]);
        let mut command = match before.split_first() {
            None => own,
            Some((program, arguments)) => {
                let mut command = Command::new(program);
                command.args(arguments).arg(own.get_program()).args(own.get_args()).stdin(Stdio::null());
                command
            }
        };
        let child = command.stderr(File::create(&log).unwrap()).spawn().unwrap();
        Daemon { child, log }
    }

    /// A mail of one of the clients, with so many octets behind its words.
    fn report(&self, words: &str, octets: usize) {
        let n = words.bytes().map(u32::from).sum::<u32>() % CLIENTS;
        let raw = format!(
            "From: <haru{n}@a.example>\r\nTo: <{CARE}>\r\nMessage-ID: <{words}@a.example>\r\nContent-Type: multipart/mixed; \
             boundary=b\r\n\r\n--b\r\n\r\n{words}\r\n--b\r\nContent-Type: image/png\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n{}--b--\r\n",
            format!("{}\r\n", "A".repeat(76)).repeat(octets / 78)
        );
        assert!(self.servers.deliver(CARE, raw.as_bytes()));
    }

    /// How many alerts with these words the supporter has.
    fn alerts(&self, words: &str) -> usize {
        let texts = self.servers.mails(AI).into_iter().map(|raw| parse(&raw).text);
        texts.filter(|text| text.lines().any(|line| line.trim() == words)).count()
    }

    /// Waits until each of these words has reached the supporter.
    async fn reach_her(&self, words: &[String]) {
        until(&format!("{words:?} reach her"), || words.iter().all(|words| self.alerts(words) > 0)).await;
    }

    /// Nothing is broken, nothing waits, and each of these words has reached her once.
    fn is_whole(&self, words: &[String]) {
        let store = Store::open_to_read(&self.data).unwrap();
        store
            .read::<_, StoreError>(|tx| {
                assert_eq!(tx.check()?, Vec::<String>::new());
                let rows = tx.outbox_views()?;
                assert!(rows.iter().all(|row| row.state == "accepted"), "{rows:?}");
                Ok(())
            })
            .unwrap();
        // A later alert shows earlier letters, too: each has a mail of its own.
        let alerts: Vec<_> = self.servers.mails(AI).iter().map(|raw| parse(raw).message_id).collect();
        let different: HashSet<_> = alerts.iter().flatten().map(ToString::to_string).collect();
        assert_eq!((alerts.len(), different.len()), (words.len(), words.len()));
        assert!(words.iter().all(|words| self.alerts(words) > 0));
    }
}

/// A daemon; it dies with its test.
struct Daemon {
    child: Child,
    log: PathBuf,
}

impl Daemon {
    fn id(&self) -> u32 {
        self.child.id()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// Whether it still runs.
    fn lives(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Its end, which it comes to by itself.
    async fn end(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(begun.elapsed() < LIMIT, "it does not end\n{}", self.log());
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// Ends it as an operator does.
    async fn stop(mut self) {
        let told = Command::new("kill").arg(self.id().to_string()).status().unwrap();
        assert!(told.success() && self.end().await.success(), "{}", self.log());
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until something is so.
async fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < LIMIT, "not in time: {what}");
        sleep(Duration::from_millis(20)).await;
    }
}

/// Both outputs of a command.
fn text(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|octets| String::from_utf8_lossy(octets).into_owned()).join("\n")
}

fn write(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}
