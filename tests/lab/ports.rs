//! Ports that no other lab has: blocks below the range of outgoing connections, each behind a lock file that is
//! held as long as the lab lives.

use std::fs::File;
use std::net::TcpListener;

const FIRST: u16 = 20_000;
const BLOCKS: u16 = 1_000;
const BLOCK: u16 = 10;

/// The ports of one lab, all on 127.0.0.1.
#[derive(Debug)]
pub struct Ports {
    /// IMAP, with STARTTLS offered.
    pub imap: u16,
    /// IMAP over TLS.
    pub imaps: u16,
    /// LMTP into any mailbox.
    pub lmtp: u16,
    /// Dovecot's authentication, for Postfix.
    pub auth: u16,
    /// SMTP without AUTH, as between servers; STARTTLS offered.
    pub smtp: u16,
    /// The same over TLS.
    pub smtps: u16,
    /// Submission: STARTTLS and AUTH (RFC 6409).
    pub submission: u16,
    /// Submission over TLS, with AUTH (RFC 8314).
    pub submissions: u16,
    _lock: File,
}

impl Ports {
    /// Takes a free block.
    pub fn reserve() -> Self {
        let dir = std::env::temp_dir().join("yorisoi-lab-ports");
        std::fs::create_dir_all(&dir).unwrap();
        // neighbours begin at different blocks, so that they seldom meet
        let start = u16::try_from(std::process::id() % u32::from(BLOCKS)).unwrap();
        for n in 0..BLOCKS {
            let block = (start + n) % BLOCKS;
            let lock = File::create(dir.join(block.to_string())).unwrap();
            let first = FIRST + block * BLOCK;
            let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
            if lock.try_lock().is_ok() && (first..first + BLOCK).all(is_free) {
                return Self::of(first, lock);
            }
        }
        panic!("every port from {FIRST} on is taken");
    }

    fn of(first: u16, lock: File) -> Self {
        Self {
            imap: first,
            imaps: first + 1,
            lmtp: first + 2,
            auth: first + 3,
            smtp: first + 4,
            smtps: first + 5,
            submission: first + 6,
            submissions: first + 7,
            _lock: lock,
        }
    }
}
