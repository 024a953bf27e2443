//! A slow and faithless way to a server: answers come late, or never, or the line dies after the final dot. It
//! understands as much of SMTP as it takes to see that dot and whom the mail is for, so it stands before servers
//! without TLS.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::wait::within;

#[derive(Debug, Default)]
struct Faults {
    delay_ms: AtomicU64,
    /// Of whose mails the next answer to the final dot is lost with its connection.
    lost: Mutex<Vec<String>>,
    /// No answer to a final dot passes, and the connection stays open.
    mute: AtomicBool,
}

/// Stands before one port. It ends with the process.
#[derive(Debug)]
pub struct Proxy {
    /// On 127.0.0.1.
    pub port: u16,
    faults: Arc<Faults>,
}

impl Proxy {
    /// Before `target`.
    pub fn before(target: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let faults = Arc::new(Faults::default());
        let shared = Arc::clone(&faults);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if let Ok(server) = TcpStream::connect(("127.0.0.1", target)) {
                    connect(&client, &server, &shared);
                }
            }
        });
        Self { port, faults }
    }

    /// Each answer comes this much later.
    pub fn delay(&self, delay: Duration) {
        self.faults.delay_ms.store(u64::try_from(delay.as_millis()).unwrap(), Ordering::Relaxed);
    }

    /// The next mail to this address is accepted, and nobody hears of it: the line dies.
    pub fn lose_acceptance(&self, address: &str) {
        self.faults.lost.lock().unwrap().push(address.to_owned());
    }

    /// Mails are accepted, and nobody hears of it: the line stays silent.
    pub fn mute(&self, mute: bool) {
        self.faults.mute.store(mute, Ordering::Relaxed);
    }
}

fn connect(client: &TcpStream, server: &TcpStream, faults: &Arc<Faults>) {
    let dotted = Arc::new(AtomicBool::new(false));
    let recipient = Arc::new(Mutex::new(String::new()));
    for stream in [client, server] {
        stream.set_nodelay(true).unwrap();
    }
    let (from, to, seen) = (client.try_clone().unwrap(), server.try_clone().unwrap(), Arc::clone(&dotted));
    let named = Arc::clone(&recipient);
    std::thread::spawn(move || {
        let mut tail = Vec::new();
        copy(from, to, |octets| {
            if let Some(rcpt) =
                String::from_utf8_lossy(octets).lines().find_map(|l| l.strip_prefix("RCPT TO:"))
            {
                rcpt.clone_into(&mut named.lock().unwrap());
            }
            tail.extend_from_slice(octets);
            tail.drain(..tail.len().saturating_sub(5));
            seen.store(tail.ends_with(b"\r\n.\r\n"), Ordering::Relaxed);
            true
        });
    });
    let (from, to, faults) = (server.try_clone().unwrap(), client.try_clone().unwrap(), Arc::clone(faults));
    std::thread::spawn(move || {
        copy(from, to, |_| {
            let delay = Duration::from_millis(faults.delay_ms.load(Ordering::Relaxed));
            let _ = within(delay, || None::<()>);
            if !dotted.load(Ordering::Relaxed) {
                return true;
            }
            if faults.mute.load(Ordering::Relaxed) {
                let _ =
                    within(Duration::from_secs(60), || (!faults.mute.load(Ordering::Relaxed)).then_some(()));
                return false;
            }
            let mut lost = faults.lost.lock().unwrap();
            let named = lost.iter().position(|address| recipient.lock().unwrap().contains(address));
            named.map(|at| lost.remove(at)).is_none()
        });
    });
}

/// Copies until one end is gone or `pass` refuses; then neither end lives on.
fn copy(mut from: TcpStream, mut to: TcpStream, mut pass: impl FnMut(&[u8]) -> bool) {
    let mut octets = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut octets) {
        if !pass(&octets[..count]) || to.write_all(&octets[..count]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
