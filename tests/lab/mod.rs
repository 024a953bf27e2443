//! A private mail world on loopback for the end-to-end tests: Dovecot and Postfix with configurations of our own,
//! in a short temporary directory, on free ports, with a certificate authority of their own. Several labs can
//! stand side by side; no file of the system is touched.
//!
//! The service is `care@lab.test`; each of [`Options::people`] has a mailbox of her own; every other address of
//! every domain is delivered to [`WORLD`]. Plus-addresses reach their mailbox. Postfix asks the test itself about
//! each recipient (`policy`), so that refusals and greylisting can be switched on and off while it runs.
//!
//! A lab that could not be started fails its test with a sentence that names what was missing. When a test fails
//! the directory, with every log and mail, is kept and named.
#![allow(dead_code, unused_imports)] // no test uses all of it
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // whatever breaks here fails the test

mod configuration;
mod dovecot;
mod folder;
mod mailbox;
mod policy;
mod ports;
mod postfix;
mod program;
mod proxy;
mod server;
mod smtp;
mod tls;
mod wait;

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

pub use configuration::{AT_ONCE, Login, Setup};
pub use folder::spoil;
pub use program::{Daemon, Ended};
pub use proxy::Proxy;
pub use smtp::Refused;
pub use wait::{timed, until, within};

/// The service's address, and the user that reads its mailbox.
pub const SERVICE: &str = "care@lab.test";
/// The user that has every mail to an address without a mailbox of its own.
pub const WORLD: &str = "world@lab.test";
/// Within this time a server stands, on a busy machine too.
const SOON: Duration = Duration::from_secs(30);
/// Every user's password.
pub const PASSWORD: &str = "lab password";

/// What can be different from one lab to the next.
#[derive(Clone, Debug)]
pub struct Options {
    /// Addresses with a mailbox of their own, beside the service's.
    pub people: Vec<String>,
    /// Whether the IMAP server has IDLE.
    pub idle: bool,
    /// Whether mail to `care+…@` reaches the service (else it is refused: a mailbox with one address).
    pub plus: bool,
    /// The largest mail that Postfix takes, in octets.
    pub message_size_limit: u64,
    /// Further lines of Dovecot's configuration.
    pub dovecot: String,
    /// Further lines of Postfix's main.cf.
    pub postfix: String,
}

impl Default for Options {
    fn default() -> Self {
        let people = ["haru@example.jp", "natsu@example.jp", "foo..bar@docomo.ne.jp"];
        let people = people.into_iter().chain(["ai@example.org", "mio@example.net", "office@lab.test"]);
        Self {
            people: people.map(str::to_owned).collect(),
            idle: true,
            plus: true,
            message_size_limit: 64 * 1024 * 1024,
            dovecot: String::new(),
            postfix: String::new(),
        }
    }
}

/// A running mail world. Dropping it stops the servers and removes the directory, unless the test is failing.
#[derive(Debug)]
pub struct Lab {
    dir: PathBuf,
    ports: ports::Ports,
    options: Options,
    policy: policy::Policy,
    preauth: mailbox::Preauth,
    dovecot: Option<server::Server>,
    postfix: Option<server::Server>,
    runs: AtomicUsize,
}

impl Lab {
    /// Starts the usual world.
    pub fn start() -> Self {
        Self::with(Options::default())
    }

    /// Starts a world with peculiarities.
    pub fn with(options: Options) -> Self {
        requirements();
        let dir = tempfile::Builder::new().prefix("yl").tempdir().unwrap().keep();
        let length = dir.as_os_str().len();
        assert!(length <= 60, "{} is too long a path for unix sockets: set TMPDIR", dir.display());
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).unwrap();
        let policy = policy::Policy::start(if options.plus { None } else { Some(SERVICE) });
        let preauth = mailbox::Preauth::start(&dir);
        let ports = ports::Ports::reserve();
        let runs = AtomicUsize::new(0);
        let mut lab = Self { dir, ports, options, policy, preauth, dovecot: None, postfix: None, runs };
        tls::certificates(&lab.dir.join("tls"));
        lab.write_dovecot();
        lab.write_postfix();
        lab.start_imap();
        lab.start_smtp();
        lab
    }

    /// Where everything of this lab lies.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The authority that signed the servers' certificate (for `localhost` and `127.0.0.1`).
    pub fn ca_file(&self) -> PathBuf {
        self.dir.join("tls/ca.pem")
    }

    /// The ports of the servers.
    pub fn ports(&self) -> &ports::Ports {
        &self.ports
    }

    /// From now on Postfix answers `RCPT TO:<recipient>` with `answer` (such as `550 5.1.1 no such user`),
    /// `times` times at most.
    pub fn refuse(&self, recipient: &str, answer: &str, times: usize) {
        self.policy.refuse(recipient, answer, times);
    }

    /// Postfix puts a header field, such as an Authentication-Results, on top of the next `times` mails for the
    /// recipient.
    pub fn stamp(&self, recipient: &str, field: &str, times: usize) {
        self.policy.refuse(recipient, &format!("PREPEND {field}"), times);
    }

    /// Takes back what [`Self::refuse`] and [`Self::stamp`] said.
    pub fn accept(&self, recipient: &str) {
        self.policy.accept(recipient);
    }

    /// How often Postfix was asked to take mail for the recipient.
    pub fn times_asked(&self, recipient: &str) -> usize {
        self.policy.times_asked(recipient)
    }

    /// Delivers straight to Dovecot (LMTP), as a provider's own delivery does.
    pub fn deliver(&self, raw: &[u8], recipient: &str) {
        let mut session = smtp::Session::lmtp(self.ports.lmtp);
        session.submit("postmaster@lab.test", recipient, raw).unwrap();
    }

    /// Sends through Postfix, as any server in the world does. The mail arrives a moment later.
    pub fn send(&self, from: &str, recipient: &str, raw: &[u8]) -> Result<(), Refused> {
        smtp::Session::smtp(self.ports.smtp).submit(from, recipient, raw)
    }

    /// Stops the IMAP and LMTP server. Connections break.
    pub fn stop_imap(&mut self) {
        self.dovecot.take().expect("Dovecot is running").stop();
    }

    /// Starts the IMAP and LMTP server on the same ports, with the same mail.
    pub fn start_imap(&mut self) {
        assert!(self.dovecot.is_none(), "Dovecot is running already");
        let mut server = server::Server::start("Dovecot", &self.dir, self.dovecot_command());
        server.opens(&[self.ports.imap, self.ports.imaps, self.ports.lmtp]);
        self.dovecot = Some(server);
    }

    /// Stops the SMTP server. Its queue stays.
    pub fn stop_smtp(&mut self) {
        self.postfix.take().expect("Postfix is running").stop();
    }

    /// Starts the SMTP server on the same ports, with the same queue.
    pub fn start_smtp(&mut self) {
        assert!(self.postfix.is_none(), "Postfix is running already");
        let ports = [self.ports.smtp, self.ports.submission, self.ports.submissions];
        let before = self.times_started();
        let mut server = server::Server::start("Postfix", &self.dir, self.postfix_command());
        // Lines for the log wait in a queue of the kernel, often for ten, and Postfix's own writer of the log is one of
        // those who wait for room in it: whoever connects before it reads can make Postfix wait for itself for ever.
        until("Postfix's log begins", SOON, || (self.times_started() > before).then_some(()));
        server.opens(&ports);
        self.postfix = Some(server);
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        drop(self.postfix.take());
        drop(self.dovecot.take());
        if std::thread::panicking() {
            eprintln!("the lab's directory is kept: {}", self.dir.display());
            self.tell_last_lines();
        } else {
            let _ = fs::remove_dir_all(&self.dir); // what cannot be removed is not worth a failure
        }
    }
}

impl Lab {
    /// What the servers logged last, for a machine whose directories nobody can look into.
    fn tell_last_lines(&self) {
        for name in ["postfix.log", "Postfix.start.log", "dovecot.log"] {
            let log = fs::read(self.dir.join(name)).unwrap_or_default();
            let log = String::from_utf8_lossy(&log);
            let lines: Vec<&str> = log.lines().collect();
            for line in &lines[lines.len().saturating_sub(25)..] {
                eprintln!("{name}: {line}");
            }
        }
    }
}

/// Fails with one sentence when this machine cannot carry the lab.
fn requirements() {
    let missing: Vec<&str> = [
        ("/usr/sbin/dovecot", "Dovecot (dovecot-imapd)"),
        ("/usr/lib/dovecot/lmtp", "Dovecot's LMTP server (dovecot-lmtpd)"),
        ("/usr/lib/postfix/sbin/master", "Postfix (postfix)"),
        ("/usr/bin/openssl", "the openssl command (openssl)"),
    ]
    .into_iter()
    .filter_map(|(path, name)| (!Path::new(path).exists()).then_some(name))
    .collect();
    let missing = missing.join(", ");
    assert!(missing.is_empty(), "the lab could not have: {missing}; tests/run installs it (as root)");
    let uid = std::os::unix::fs::MetadataExt::uid(&fs::metadata("/proc/self").unwrap());
    assert!(uid == 0, "the lab could not have Postfix: it needs root, and this is user id {uid}");
}

/// The user and group id of a system user.
fn account(user: &str) -> (u32, u32) {
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let line = users.lines().find(|line| line.split(':').next() == Some(user));
    let fields: Vec<&str> = line.unwrap_or_else(|| panic!("no user {user}")).split(':').collect();
    (fields[2].parse().unwrap(), fields[3].parse().unwrap())
}

/// The id of a system group.
fn group(name: &str) -> u32 {
    let groups = fs::read_to_string("/etc/group").unwrap();
    let line = groups.lines().find(|line| line.split(':').next() == Some(name));
    line.unwrap_or_else(|| panic!("no group {name}")).split(':').nth(2).unwrap().parse().unwrap()
}

/// Creates a directory with exactly this owner and mode.
fn directory(path: &Path, owner: (u32, u32), mode: u32) {
    fs::create_dir_all(path).unwrap();
    chown(path, Some(owner.0), Some(owner.1)).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}
