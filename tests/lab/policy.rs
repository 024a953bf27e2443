//! Postfix asks here about each recipient (SMTPD_POLICY_README), so that a test can refuse, greylist and count
//! while the server runs.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

#[derive(Debug, Default)]
struct Rules {
    /// The only address of this mailbox: its plus-addresses do not exist.
    alone: Option<&'static str>,
    /// Recipient → answer and how many times it is still given.
    refusals: HashMap<String, (String, usize)>,
    asked: HashMap<String, usize>,
}

/// The server that Postfix asks.
#[derive(Debug)]
pub struct Policy {
    /// On 127.0.0.1.
    pub port: u16,
    rules: Arc<Mutex<Rules>>,
}

impl Policy {
    /// Starts it. It ends with the process; a connection ends with Postfix.
    pub fn start(alone: Option<&'static str>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let rules = Arc::new(Mutex::new(Rules { alone, ..Rules::default() }));
        let shared = Arc::clone(&rules);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let rules = Arc::clone(&shared);
                std::thread::spawn(move || converse(stream, &rules));
            }
        });
        Self { port, rules }
    }

    pub fn refuse(&self, recipient: &str, answer: &str, times: usize) {
        self.rules.lock().unwrap().refusals.insert(recipient.to_owned(), (answer.to_owned(), times));
    }

    pub fn accept(&self, recipient: &str) {
        self.rules.lock().unwrap().refusals.remove(recipient);
    }

    pub fn times_asked(&self, recipient: &str) -> usize {
        self.rules.lock().unwrap().asked.get(recipient).copied().unwrap_or(0)
    }
}

/// Requests of `name=value` lines with an empty line after each; one `action=` for each.
fn converse(stream: TcpStream, rules: &Mutex<Rules>) {
    let mut answers = stream.try_clone().unwrap();
    let mut recipient = String::new();
    for line in BufReader::new(stream).lines() {
        let Ok(line) = line else { return };
        if let Some(value) = line.strip_prefix("recipient=") {
            value.clone_into(&mut recipient);
        } else if line.is_empty() {
            let action = rules.lock().unwrap().action(&recipient);
            if write!(answers, "action={action}\n\n").is_err() {
                return;
            }
        }
    }
}

impl Rules {
    fn action(&mut self, recipient: &str) -> String {
        *self.asked.entry(recipient.to_owned()).or_default() += 1;
        if let Some((answer, times)) = self.refusals.get_mut(recipient)
            && *times > 0
        {
            *times -= 1;
            return answer.clone();
        }
        let is_plus = |service: &str| {
            let (local, domain) = service.split_once('@').unwrap();
            recipient.starts_with(&format!("{local}+")) && recipient.ends_with(&format!("@{domain}"))
        };
        if self.alone.is_some_and(is_plus) { "550 5.1.1 no such mailbox".into() } else { "DUNNO".into() }
    }
}
