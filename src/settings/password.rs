//! Where passwords come from: a file, a command, a systemd credential, or the configuration itself.
//!
//! Whatever the source, the password is its first line. No password and no output of a command ever stands in a
//! message.

use std::fs::Metadata;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use super::Login;
use super::code::Code;
use super::error::Argument;
use super::resolve::Resolver;
use super::written::WrittenLogin;
use crate::secret::Secret;

/// How often a running command is looked at, and how many times: 10 s in all.
const LOOK_EVERY: Duration = Duration::from_millis(20);
const LOOKS: usize = 500;
/// More than any password; a command that prints more is cut off here.
const LONGEST_OUTPUT: u64 = 64 * 1024;

impl Resolver<'_> {
    /// The login of one section. `outside` names the host when it is not this machine: then a login is required.
    pub(super) fn login(
        &mut self,
        section: &str,
        written: WrittenLogin,
        outside: Option<&str>,
    ) -> Option<Login> {
        let key = |name: &str| format!("{section}.{name}");
        let given: Vec<&str> = [
            ("password", written.password.is_some()),
            ("password_file", written.password_file.is_some()),
            ("password_command", written.password_command.is_some()),
            ("password_credential", written.password_credential.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, is_given)| is_given.then_some(name))
        .collect();
        let username = self.text(&key("username"), written.username.clone(), "");
        let username_is_known = written.username.is_some() || self.was_refused(&key("username"));
        match (username_is_known, given.first(), outside) {
            (false, None, Some(host)) => {
                self.wrong(&key("username"), Code::LoginMissing, vec![host.into()]);
            }
            (false, Some(name), _) => self.wrong(&key(name), Code::PasswordWithoutUsername, vec![]),
            (true, None, _) if !self.password_was_refused(section) => {
                self.wrong(&key("username"), Code::PasswordMissing, vec![]);
            }
            _ => {}
        }
        if given.len() > 1 {
            let last = given.last().copied().unwrap_or_default();
            self.wrong(&key(last), Code::SeveralPasswords, vec![given.join(", ").into()]);
            return None;
        }
        let password = self.password(section, written)?;
        Some(Login { username: username?, password })
    }

    fn password_was_refused(&self, section: &str) -> bool {
        let start = format!("{section}.password");
        self.was_refused(section) || self.sources.refused.iter().any(|key| key.starts_with(&start))
    }

    fn password(&mut self, section: &str, written: WrittenLogin) -> Option<Secret> {
        let key = |name: &str| format!("{section}.{name}");
        let (key, text) = if let Some(text) = written.password {
            let key = key("password");
            self.warn(&key, Code::WarnPlainPassword, vec![]);
            let text = self.text(&key, Some(text), "");
            (key, text)
        } else if let Some(file) = self.text(&key("password_file"), written.password_file, "") {
            let key = key("password_file");
            let text = self.file(&key, &self.base.join(file), true);
            (key, text)
        } else if let Some(name) = self.text(&key("password_credential"), written.password_credential, "") {
            let key = key("password_credential");
            let text = self.credential(&key, &name);
            (key, text)
        } else {
            let key = key("password_command");
            let text = self.command(&key, &written.password_command?);
            (key, text)
        };
        let text = text?;
        let line = text.lines().next().unwrap_or_default();
        if line.is_empty() {
            self.wrong(&key, Code::SecretEmpty, vec![]);
            return None;
        }
        if line.chars().any(char::is_control) {
            self.wrong(&key, Code::ControlCharacter, vec![]);
            return None;
        }
        Some(Secret::new(line))
    }

    fn credential(&mut self, key: &str, name: &str) -> Option<String> {
        if name.contains('/') || name.starts_with('.') {
            self.wrong(key, Code::CredentialName, vec![name.into()]);
            return None;
        }
        match self.environment.get("CREDENTIALS_DIRECTORY") {
            Some(directory) => self.file(key, &Path::new(directory).join(name), false),
            None => {
                self.wrong(key, Code::NoCredentialsDirectory, vec![name.into()]);
                None
            }
        }
    }

    fn file(&mut self, key: &str, path: &Path, look_at_mode: bool) -> Option<String> {
        let shown = || Argument::from(path.display().to_string());
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                self.wrong(key, Code::SecretUnreadable, vec![shown(), (&error).into()]);
                return None;
            }
        };
        let is_open = |metadata: Metadata| metadata.mode() & 0o044 != 0;
        if look_at_mode && std::fs::metadata(path).is_ok_and(is_open) {
            self.warn(key, Code::WarnOpenFile, vec![shown()]);
        }
        Some(text)
    }

    fn command(&mut self, key: &str, words: &[String]) -> Option<String> {
        let Some((program, arguments)) = words.split_first().filter(|(program, _)| !program.is_empty())
        else {
            self.wrong(key, Code::Empty, vec![]);
            return None;
        };
        let shown = || Argument::from(program.as_str());
        // like every path: a relative one begins at the configuration file; a bare name is looked up in PATH
        let path = if program.contains('/') { self.base.join(program) } else { program.into() };
        let command = Command::new(path)
            .args(arguments)
            // "" is the base of a file that was named without a directory, and no process can be started there
            .current_dir(if self.base.as_os_str().is_empty() { Path::new(".") } else { self.base })
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn();
        match command.and_then(ended) {
            Err(error) => self.wrong(key, Code::CommandUnstarted, vec![shown(), (&error).into()]),
            Ok(None) => self.wrong(key, Code::CommandSlow, vec![shown()]),
            Ok(Some((status, _))) if !status.success() => {
                self.wrong(key, Code::CommandFailed, vec![shown(), shown_status(status).into()]);
            }
            Ok(Some((_, output))) => return Some(String::from_utf8_lossy(&output).into_owned()),
        }
        None
    }
}

fn shown_status(status: ExitStatus) -> String {
    let signal = || format!("signal {}", status.signal().unwrap_or_default());
    status.code().map_or_else(signal, |code| code.to_string())
}

/// What a command ended with and printed; `None` when it had to be stopped because its time was over.
fn ended(mut child: Child) -> io::Result<Option<(ExitStatus, Vec<u8>)>> {
    let (sender, receiver) = mpsc::channel();
    let stdout = child.stdout.take();
    std::thread::spawn(move || {
        let mut output = Vec::new();
        if let Some(stdout) = stdout {
            // what could be read before an error is judged like any other output
            let _ = stdout.take(LONGEST_OUTPUT).read_to_end(&mut output);
        }
        let _ = sender.send(output); // nobody listens any more when the time was over
    });
    let mut output = None;
    let (_silent, pause) = mpsc::channel::<()>();
    for _ in 0..LOOKS {
        match output {
            None => output = receiver.recv_timeout(LOOK_EVERY).ok(),
            // the pipe is closed, the process not yet gone
            Some(_) => drop(pause.recv_timeout(LOOK_EVERY)),
        }
        if let (Some(output), Some(status)) = (&output, child.try_wait()?) {
            return Ok(Some((status, output.clone())));
        }
    }
    child.kill()?;
    child.wait()?;
    Ok(None)
}
