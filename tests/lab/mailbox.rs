//! Looking into mailboxes: as files, and over IMAP without a login (PREAUTH, RFC 3501 §7.1.4).

use std::fs;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::wait::within;
use super::{Lab, SERVICE, account};

impl Lab {
    /// Every mail in the user's INBOX, oldest first, with CRLF line ends as IMAP shows it.
    pub fn mails(&self, user: &str) -> Vec<Vec<u8>> {
        let files = self.files(user, "");
        // a mail that another session moves from new to cur meanwhile is found by the next look
        files.iter().filter_map(|path| fs::read(path).ok()).map(|raw| with_crlf(&raw)).collect()
    }

    /// The same as text, for looking at.
    pub fn texts(&self, user: &str) -> Vec<String> {
        self.mails(user).iter().map(|raw| String::from_utf8_lossy(raw).into_owned()).collect()
    }

    /// Waits until the user has at least `count` mails; panics after the limit with what there is.
    pub fn wait_for_mails(&self, user: &str, count: usize, limit: Duration) -> Vec<Vec<u8>> {
        let enough = || Some(self.mails(user)).filter(|mails| mails.len() >= count);
        within(limit, enough).unwrap_or_else(|| {
            let texts = self.texts(user);
            let (found, texts) = (texts.len(), texts.join("\n---\n"));
            panic!("{user} has {found} of {count} mails after {limit:?}:\n{texts}")
        })
    }
}

pub(super) fn files_in(dir: &Path) -> Vec<PathBuf> {
    fs::read_dir(dir).map(|entries| entries.flatten().map(|entry| entry.path()).collect()).unwrap_or_default()
}

/// Maildir names begin with `seconds.Mmicroseconds`.
pub(super) fn arrival(path: &Path) -> (u64, u64, String) {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok();
    let seconds = digits(&name).unwrap_or(0);
    let micros = name.split(".M").nth(1).and_then(digits).unwrap_or(0);
    (seconds, micros, name)
}

fn with_crlf(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len() + raw.len() / 40);
    for (n, byte) in raw.iter().enumerate() {
        if *byte == b'\n' && (n == 0 || raw[n - 1] != b'\r') {
            out.push(b'\r');
        }
        out.push(*byte);
    }
    out
}

/// An IMAP server that knows who connects: the service. It works as long as Dovecot runs.
#[derive(Debug)]
pub struct Preauth {
    /// On 127.0.0.1.
    pub port: u16,
}

impl Preauth {
    /// Starts it. It ends with the process.
    pub fn start(dir: &Path) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (conf, home) = (dir.join("dovecot.conf"), dir.join("mail").join(SERVICE));
        std::thread::spawn(move || {
            let (uid, gid) = account("nobody");
            for stream in listener.incoming().flatten() {
                let (input, output) = (stream.try_clone().unwrap(), stream);
                let mut command = Command::new("/usr/bin/doveadm");
                command.arg("-c").arg(&conf).args(["exec", "imap"]).env("USER", SERVICE).env("HOME", &home);
                command.uid(uid).gid(gid).current_dir("/").stderr(Stdio::null());
                command.stdin(OwnedFd::from(input)).stdout(OwnedFd::from(output));
                let Ok(mut child) = command.spawn() else { continue };
                std::thread::spawn(move || child.wait());
            }
        });
        Self { port }
    }
}
