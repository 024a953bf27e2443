//! The journal of accepted mails: an append-only file outside the database, so that a restored older database
//! sends nothing twice.
//!
//! One record is one line, `length crc32 millis message-id pseudonym`; it is synced before the database learns
//! of the acceptance. A record torn by a power cut has a wrong length or checksum and is ignored.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::{Result, StoreError};
use crate::clock::Timestamp;
use crate::kill::{self, Point};

/// The open journal and what it knows.
pub struct Journal {
    file: File,
    path: PathBuf,
    known: HashSet<String>,
    /// The last record may be torn: the next one begins on a line of its own.
    torn: bool,
}

impl Journal {
    /// Opens or creates `dir/accepted.journal` and reads it.
    ///
    /// # Errors
    /// The folder or file cannot be used.
    pub fn open(dir: &Path) -> Result<Self> {
        use std::os::unix::fs::OpenOptionsExt as _;
        let path = dir.join("accepted.journal");
        let failed = |e: std::io::Error| StoreError::File { path: path.clone(), kind: e.kind() };
        std::fs::create_dir_all(dir).map_err(failed)?;
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        let torn = bytes.last().is_some_and(|last| *last != b'\n');
        let text = String::from_utf8_lossy(&bytes);
        let known = text.lines().filter_map(read_record).map(str::to_owned).collect();
        Ok(Self { file, path, known, torn })
    }

    /// Whether a mail was accepted.
    pub fn knows(&self, message_id: &str) -> bool {
        self.known.contains(message_id)
    }

    /// Appends records and syncs once.
    ///
    /// # Errors
    /// The file cannot be written; then nothing may be taken for recorded.
    pub fn record(&mut self, accepted: &[(String, String)], now: Timestamp) -> Result<()> {
        let mut lines = String::from(if self.torn { "\n" } else { "" });
        for (message_id, pseudonym) in accepted {
            let body = format!("{} {message_id} {pseudonym}", now.millis());
            lines.push_str(&format!("{} {:08x} {body}\n", body.len(), crc32(body.as_bytes())));
        }
        self.torn = true;
        let failed = |e: std::io::Error| StoreError::File { path: self.path.clone(), kind: e.kind() };
        kill::before(Point::JournalWrite);
        self.file.write_all(lines.as_bytes()).map_err(failed)?;
        kill::after(Point::JournalWrite);
        kill::before(Point::JournalFsync);
        self.file.sync_data().map_err(failed)?;
        kill::after(Point::JournalFsync);
        self.torn = false;
        self.known.extend(accepted.iter().map(|(id, _)| id.clone()));
        Ok(())
    }
}

/// The Message-ID of a whole record.
fn read_record(line: &str) -> Option<&str> {
    let (length, rest) = line.split_once(' ')?;
    let (crc, body) = rest.split_once(' ')?;
    let whole =
        length.parse() == Ok(body.len()) && u32::from_str_radix(crc, 16) == Ok(crc32(body.as_bytes()));
    whole.then(|| body.split(' ').nth(1))?
}

/// CRC-32 (ISO-HDLC), bit by bit: a record is some eighty octets.
fn crc32(octets: &[u8]) -> u32 {
    !octets.iter().fold(u32::MAX, |crc, octet| {
        (0..8).fold(
            crc ^ u32::from(*octet),
            |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc32_gives_the_check_value_of_its_catalogue() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn a_torn_record_is_forgotten_and_harms_no_other() {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("accepted.journal");
        let record = |id: &str| {
            let mut journal = Journal::open(dir.path()).expect("journal");
            let entry = (id.to_owned(), "someone".to_owned());
            journal.record(&[entry], Timestamp::from_millis(1)).expect("record");
        };
        record("one@example.jp");
        record("two@example.jp");
        let whole = std::fs::read(&path).expect("file");
        for cut in 0..whole.len() {
            std::fs::write(&path, &whole[..cut]).expect("write");
            record("three@example.jp");
            let journal = Journal::open(dir.path()).expect("journal");
            assert!(journal.knows("three@example.jp"), "cut at {cut}");
            let first = whole.iter().position(|b| *b == b'\n').expect("a line");
            assert_eq!(journal.knows("one@example.jp"), cut >= first, "cut at {cut}");
            assert!(!journal.knows("two@example.jp") || cut >= whole.len() - 1, "cut at {cut}");
        }
    }
}
