//! What Postfix says that it accepted: read from its own log, so that nobody's word but the server's counts.

use std::collections::HashMap;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// One accepted mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acceptance {
    /// Without brackets.
    pub message_id: String,
    /// The recipient of its envelope.
    pub forward_path: String,
}

#[derive(Debug, Default)]
struct Read {
    offset: u64,
    /// By queue number, which is used again once a mail is out of the queue: acceptance, and who sent it.
    queue: HashMap<String, (Acceptance, Option<String>)>,
    /// By sender.
    gone: HashMap<String, Vec<Acceptance>>,
}

/// See the module's head.
#[derive(Debug)]
pub struct Ledger {
    log: PathBuf,
    read: Mutex<Read>,
}

impl Ledger {
    /// Of the lab in this folder.
    pub fn of(lab: &Path) -> Self {
        Self { log: lab.join("postfix.log"), read: Mutex::default() }
    }

    /// Every mail from `sender` that was accepted and handed on; `None` while one of them is still in the queue.
    pub fn accepted_from(&self, sender: &str) -> Option<Vec<Acceptance>> {
        let mut read = self.read.lock().unwrap();
        read.go_on(&self.log);
        let waits = read.queue.values().any(|(_, from)| from.as_deref() == Some(sender));
        (!waits).then(|| read.gone.get(sender).cloned().unwrap_or_default())
    }
}

impl Read {
    fn go_on(&mut self, log: &Path) {
        let mut file = std::fs::File::open(log).unwrap();
        file.seek(SeekFrom::Start(self.offset)).unwrap();
        let mut octets = Vec::new();
        file.read_to_end(&mut octets).unwrap();
        let whole = octets.iter().rposition(|octet| *octet == b'\n').map_or(0, |at| at + 1);
        self.offset += whole as u64;
        String::from_utf8_lossy(&octets[..whole]).lines().for_each(|line| self.line(line));
    }

    /// `… postfix/qmgr[1]: 4C0FFEE: from=<care@lab.test>, size=…` and its like.
    fn line(&mut self, line: &str) {
        let mut parts = line.split("]: ").nth(1).unwrap_or_default().splitn(2, ": ");
        let (Some(number), Some(said)) = (parts.next(), parts.next()) else { return };
        let between = |start: &str| said.strip_prefix(start).and_then(|rest| rest.split('>').next());
        if let Some(message_id) = between("message-id=<") {
            let acceptance = Acceptance { message_id: message_id.to_owned(), ..Acceptance::default() };
            self.queue.insert(number.to_owned(), (acceptance, None));
            return;
        }
        let Some((acceptance, sender)) = self.queue.get_mut(number) else { return };
        if let Some(from) = between("from=<") {
            // the queue manager says so only of what was accepted
            *sender = Some(from.to_owned());
        } else if let Some(to) = between("to=<") {
            to.clone_into(&mut acceptance.forward_path);
        } else if said == "removed"
            && let Some((acceptance, Some(sender))) = self.queue.remove(number)
        {
            self.gone.entry(sender).or_default().push(acceptance);
        }
    }
}
