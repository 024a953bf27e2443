//! The daemon itself: the outbox drained, the whole corridor, its memory, and how soon an alert is out.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::sync::oneshot;
use yorisoi::daemon::{self, OnceReport};
use yorisoi::demo::Servers;
use yorisoi::mail::address::Address;
use yorisoi::mail::submission::{Envelope, SubmitOutcome};
use yorisoi::net::smtp::Submitter;
use yorisoi::secret::Secret;
use yorisoi::settings::{Login, Server, Settings, Tls};

use super::mails;
use super::pieces::runtime;
use super::world::{Sink, World};
use crate::lab::{Lab, PASSWORD, SERVICE, timed, within};

/// A full outbox to its last accepted mail, by the daemon's own loop with everything durable.
pub fn drained(world: &World, settings: &Settings, connections: usize) -> Duration {
    let sink = Sink::start(world.dir());
    let mut settings = settings.clone();
    settings.smtp.server.port = sink.port;
    settings.smtp.connections = connections;
    // nothing comes in meanwhile: a folder without mail
    settings.imap.server.login =
        Some(Login { username: "mio@example.net".to_owned(), password: Secret::new(PASSWORD) });
    let (report, took) = timed(|| daemon::once(&settings, |_| ()).unwrap());
    let expected = OnceReport { accepted: world.mails.len(), ..OnceReport::default() };
    assert_eq!(report, expected);
    assert_eq!(sink.taken(), world.mails.len(), "mails at the sink: each row accepted, and as many dots");
    took
}

/// `yorisoi once` as a process of its own, from the Dovecot folder to the sink: how long, and its largest resident
/// set in octets.
pub fn corridor(world: &World, name: &str, imap: u16) -> (Duration, u64) {
    let sink = Sink::start(world.dir());
    let config = world.config(name, imap, sink.port, "");
    let mut command = Command::new(env!("CARGO_BIN_EXE_yorisoi"));
    command.arg("--config").arg(config).arg("once").env("RUST_LOG", "warn");
    let out = world.dir().join("once.out");
    let log = fs::File::create(world.dir().join("once.log")).unwrap();
    command.stdin(Stdio::null()).stdout(fs::File::create(&out).unwrap()).stderr(log);
    let ((status, peak), took) = timed(|| {
        let mut child = command.spawn().unwrap();
        let status_file = format!("/proc/{}/status", child.id());
        let mut peak = 0;
        let ended = within(Duration::from_secs(600), || {
            peak = high_water(&status_file).unwrap_or(peak);
            child.try_wait().unwrap()
        });
        (ended, peak)
    });
    let said = fs::read_to_string(out).unwrap();
    assert!(status.is_some_and(|status| status.success()), "yorisoi once: {status:?}\n{said}");
    assert_eq!(sink.taken(), world.mails.len(), "alerts at the sink\n{said}");
    (took, peak)
}

/// VmHWM: the most memory that was ever resident. The system keeps it until the process ends.
fn high_water(status_file: &str) -> Option<u64> {
    let text = fs::read_to_string(status_file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}

/// From a report's final dot at a server that announces at once to the alert's final dot.
pub fn latency_at_once(world: &World, empty: &Path, samples: usize) -> Vec<Duration> {
    runtime().block_on(async {
        let servers = post_office().await;
        world.copy(empty, "latency");
        let settings = world.settings("latency", servers.smtp_port, &login());
        let settings = Settings {
            imap: yorisoi::settings::Imap {
                server: Server { port: servers.imap_port, ..settings.imap.server },
                ..settings.imap
            },
            ..settings
        };
        let running = Running::start(settings);
        servers.watched(SERVICE).await;
        let mut took = Vec::new();
        for n in 0..samples {
            let (_, from) = mails::client(n % mails::CLIENTS);
            let started = send(servers.smtp_port, &from, &world.mails[n].0).await;
            arrived(&servers, n).await;
            took.push(since(started));
            // the daemon goes back to IDLE
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        running.stop().await;
        took
    })
}

/// From a delivery into Dovecot to the alert's final dot.
pub fn latency_of_dovecot(world: &World, empty: &Path, lab: &Lab, samples: usize) -> Vec<Duration> {
    runtime().block_on(async {
        let servers = post_office().await;
        world.copy(empty, "latency");
        let mut settings = world.settings("latency", servers.smtp_port, &login());
        // a folder of its own, which the first look finds empty
        settings.imap.server.login =
            Some(Login { username: "office@lab.test".to_owned(), password: Secret::new(PASSWORD) });
        let running = Running::start(settings);
        let mut took = Vec::new();
        for n in 0..samples {
            // whoever delivers does not know what the daemon is doing; IDLE has begun long before
            tokio::time::sleep(Duration::from_millis(700)).await;
            let started = instant();
            lab.deliver(&world.mails[n].0, "office@lab.test");
            arrived(&servers, n).await;
            took.push(since(started));
        }
        running.stop().await;
        took
    })
}

fn login() -> String {
    format!("username = \"{SERVICE}\"\npassword = \"{PASSWORD}\"\n")
}

/// The demo's servers, with a mailbox for everybody.
async fn post_office() -> Servers {
    let clients = (0..mails::CLIENTS).map(|n| mails::client(n).1);
    let supporters = (0..mails::SUPPORTERS).map(|n| mails::supporter(n).1);
    let addresses: Vec<String> = clients.chain(supporters).chain([SERVICE.to_owned()]).collect();
    Servers::start(&addresses, Secret::new(PASSWORD)).await.unwrap()
}

/// Waits for the alert about the `n`-th report: its client's supporter has had one for each round before.
async fn arrived(servers: &Servers, n: usize) {
    let (_, supporter) = mails::supporter(n % mails::CLIENTS % mails::SUPPORTERS);
    let alert =
        tokio::time::timeout(Duration::from_secs(20), servers.mail(&supporter, n / mails::SUPPORTERS));
    assert!(!alert.await.expect("an alert within twenty seconds").is_empty());
}

/// Submits as a mail program does; the moment just before the final dot.
async fn send(smtp: u16, from: &str, raw: &[u8]) -> tokio::time::Instant {
    let login = Some(Login { username: from.to_owned(), password: Secret::new(PASSWORD) });
    let server = Server { host: "127.0.0.1".to_owned(), port: smtp, tls: Tls::None, login, ca_file: None };
    let address = |text: &str| Address::parse(text).unwrap();
    let envelope = Envelope { reverse_path: Some(address(from)), forward_path: address(SERVICE) };
    let submitter = Submitter::connect(&server, "example.jp").await.unwrap();
    let mut started = instant();
    let before_dot = async {
        started = instant();
        Ok::<(), ()>(())
    };
    let (outcome, submitter) = submitter.submit(&envelope, raw, before_dot).await;
    assert!(matches!(outcome, SubmitOutcome::Accepted { .. }), "{outcome:?}");
    drop(submitter);
    started
}

#[allow(clippy::disallowed_methods)] // a measurement
fn instant() -> tokio::time::Instant {
    tokio::time::Instant::now()
}

fn since(started: tokio::time::Instant) -> Duration {
    instant().duration_since(started)
}

/// The daemon on a thread of its own.
struct Running {
    stop: oneshot::Sender<()>,
    thread: std::thread::JoinHandle<()>,
}

impl Running {
    fn start(settings: Settings) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let stop = async {
                let _ = stopped.await;
            };
            daemon::run_until(&settings, stop).unwrap();
        });
        Self { stop, thread }
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        tokio::task::spawn_blocking(move || self.thread.join().unwrap()).await.unwrap();
    }
}

/// A program that this machine does not have.
pub fn missing(programs: &[&str]) -> Vec<String> {
    let absent = programs.iter().filter(|path| !Path::new(path).exists());
    absent.map(|path| (*path).to_owned()).collect()
}
