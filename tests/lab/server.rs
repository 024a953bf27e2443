//! A server process of the lab: started with its output in a log, awaited on its ports, stopped with all its
//! children. Only processes that were started here are ever signalled.

use std::fs::File;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::SOON;
use super::wait::within;

/// A running server. Dropping it stops it.
#[derive(Debug)]
pub struct Server {
    name: &'static str,
    child: Child,
    log: PathBuf,
    ports: Vec<u16>,
}

impl Server {
    /// Starts the command, which must stay in the foreground and lead a process group of its own.
    pub fn start(name: &'static str, dir: &Path, mut command: Command) -> Self {
        let log = dir.join(format!("{name}.start.log"));
        let out = File::options().create(true).append(true).open(&log).unwrap();
        let error = out.try_clone().unwrap();
        let child = command.stdin(Stdio::null()).stdout(out).stderr(error).spawn().unwrap();
        Self { name, child, log, ports: Vec::new() }
    }

    /// Waits until all `ports` accept connections.
    pub fn opens(&mut self, ports: &[u16]) {
        self.ports = ports.to_vec();
        for port in ports {
            let open = within(SOON, || {
                let ended = self.child.try_wait().unwrap();
                assert!(ended.is_none(), "{} ended at once ({ended:?}): {}", self.name, self.said());
                TcpStream::connect(("127.0.0.1", *port)).ok()
            });
            assert!(open.is_some(), "{} did not open port {port}: {}", self.name, self.said());
        }
    }

    /// Stops it: politely, then with all its children.
    pub fn stop(self) {}

    fn said(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        format!("{log}\n(see the other logs beside {})", self.log.display())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let pid = self.child.id();
        signal("TERM", &pid.to_string());
        let mut ended = || self.child.try_wait().ok().flatten();
        // Dovecot's master waits a second for its log process: not worth waiting for
        let _ = within(Duration::from_millis(300), &mut ended);
        signal("KILL", &format!("-{pid}"));
        let _ = self.child.wait();
        // the children of the master are gone a moment after it
        let closed = || self.ports.iter().all(|port| TcpStream::connect(("127.0.0.1", *port)).is_err());
        let _ = within(Duration::from_secs(5), || closed().then_some(()));
    }
}

/// Sends a signal to a process, or to a process group when the number is negative. That it is gone already is fine.
pub fn signal(name: &str, target: &str) {
    let command = format!("kill -s {name} -- {target} 2>/dev/null");
    let _ = Command::new("sh").args(["-c", &command]).status();
}
