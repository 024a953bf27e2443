//! The `yorisoi` program itself: one command with a time limit, and the daemon with its signals. What it prints
//! goes to files in the lab's directory, so that it is there to be read after a failure.

use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Lab;
use super::server::signal;
use super::wait::{timed, within};

/// Longer than any single command may take.
const COMMAND_LIMIT: Duration = Duration::from_secs(60);
/// The promise: SIGTERM ends a run within this time.
const SIGTERM_LIMIT: Duration = Duration::from_secs(10);

/// How a daemon ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit status.
    pub status: ExitStatus,
    /// How long it took after the signal.
    pub took: Duration,
}

/// `yorisoi run`, running. Dropping it kills it.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
    log: PathBuf,
}

impl Lab {
    /// Runs `yorisoi --config CONFIG ARGS…` to its end; panics when that takes longer than a minute.
    pub fn yorisoi(&self, config: &Path, args: &[&str]) -> Output {
        self.yorisoi_with(config, args, &[])
    }

    /// The same with further environment variables.
    pub fn yorisoi_with(&self, config: &Path, args: &[&str], env: &[(&str, &str)]) -> Output {
        let (out, err) = (self.log_file("out"), self.log_file("err"));
        let mut child = command(config, args, env, &out, &err).spawn().unwrap();
        let status = within(COMMAND_LIMIT, || child.try_wait().unwrap()).unwrap_or_else(|| {
            let _ = child.kill();
            let _ = child.wait();
            panic!("yorisoi {args:?} did not end within {COMMAND_LIMIT:?}; see {}", err.display())
        });
        Output { status, stdout: fs::read(out).unwrap(), stderr: fs::read(err).unwrap() }
    }

    /// The same for a command that must succeed: what it printed.
    pub fn must(&self, config: &Path, args: &[&str]) -> String {
        let output = self.yorisoi(config, args);
        let (said, error) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "yorisoi {args:?}: {}\n{said}{error}", output.status);
        said
    }

    /// Starts `yorisoi run`.
    pub fn run_daemon(&self, config: &Path) -> Daemon {
        self.run_daemon_with(config, &[])
    }

    /// Starts `yorisoi run` with further environment variables.
    pub fn run_daemon_with(&self, config: &Path, env: &[(&str, &str)]) -> Daemon {
        let log = self.log_file("daemon");
        let child = command(config, &["run"], env, &log, &log).spawn().unwrap();
        Daemon { child, log }
    }

    fn log_file(&self, kind: &str) -> PathBuf {
        let number = self.runs.fetch_add(1, Ordering::Relaxed) + 1;
        self.dir.join(format!("{number:03}.{kind}.log"))
    }
}

fn command(config: &Path, args: &[&str], env: &[(&str, &str)], out: &Path, err: &Path) -> Command {
    let open = |path: &Path| File::options().create(true).append(true).open(path).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_yorisoi"));
    command.arg("--config").arg(config).args(args);
    command.stdin(Stdio::null()).stdout(open(out)).stderr(open(err));
    let ours = |name: &str| name.starts_with("YORISOI") || name.starts_with("YORI_");
    for (name, _) in std::env::vars().filter(|(name, _)| ours(name)) {
        command.env_remove(name); // the tester's own variables are not part of the test
    }
    // Whatever is logged at any level is looked through after each test.
    command.env("RUST_LOG", "trace").envs(env.iter().copied());
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl Daemon {
    /// Asks it to end, and waits; panics when it takes longer than promised.
    pub fn sigterm(mut self) -> Ended {
        signal("TERM", &self.child.id().to_string());
        let (status, took) = timed(|| within(SIGTERM_LIMIT, || self.child.try_wait().unwrap()));
        let log = || self.log();
        let status =
            status.unwrap_or_else(|| panic!("not ended {SIGTERM_LIMIT:?} after SIGTERM:\n{}", log()));
        Ended { status, took }
    }

    /// Ends it at once, as a power cut would.
    pub fn sigkill(mut self) {
        self.child.kill().unwrap();
        let status = self.child.wait().unwrap();
        assert_eq!(status.signal(), Some(9), "it had ended before the kill: {status}\n{}", self.log());
    }

    /// Waits for it to end by itself; panics after the limit.
    pub fn wait(mut self, limit: Duration) -> ExitStatus {
        let status = within(limit, || self.child.try_wait().unwrap());
        status.unwrap_or_else(|| panic!("still running after {limit:?}:\n{}", self.log()))
    }

    /// Whether it runs.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it printed so far.
    pub fn log(&self) -> String {
        text(&fs::read(&self.log).unwrap_or_default())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
