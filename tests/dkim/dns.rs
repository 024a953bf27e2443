//! A name server on loopback: answers TXT questions over UDP as it was told (RFC 1035 §4), or not at all.

use std::collections::HashMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};

/// What it does about a name.
#[derive(Clone)]
pub enum Says {
    /// TXT records, each of some strings.
    Txt(Vec<Vec<String>>),
    /// A response code: 2 is SERVFAIL, 3 NXDOMAIN.
    Code(u8),
    /// The name is there, without TXT records.
    NoData,
    Nothing,
}

/// See the module's head. Stops with the test.
#[derive(Clone)]
pub struct NameServer {
    pub address: SocketAddr,
    zone: Arc<Mutex<HashMap<String, Says>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

/// A record in strings of at most 255 octets.
pub fn txt(record: &str) -> Says {
    let strings = record.as_bytes().chunks(200).map(|part| String::from_utf8(part.to_vec()).unwrap());
    Says::Txt(vec![strings.collect()])
}

impl NameServer {
    pub fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let server =
            Self { address: socket.local_addr().unwrap(), zone: Arc::default(), asked: Arc::default() };
        let serving = server.clone();
        std::thread::spawn(move || serving.serve(&socket));
        server
    }

    pub fn says(&self, name: &str, says: Says) {
        self.zone.lock().unwrap().insert(name.to_owned(), says);
    }

    /// The names that were asked for, in order.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn serve(&self, socket: &UdpSocket) {
        let mut buffer = [0; 2048];
        while let Ok((length, from)) = socket.recv_from(&mut buffer) {
            let Some(question) = buffer.get(12..length).and_then(Question::read) else { continue };
            self.asked.lock().unwrap().push(question.name.clone());
            let says = self.zone.lock().unwrap().get(&question.name).cloned().unwrap_or(Says::Code(3));
            if let Some(answer) = answer(&buffer[..2], &question, &says) {
                let _ = socket.send_to(&answer, from);
            }
        }
    }
}

struct Question {
    /// Without the last dot, lower case.
    name: String,
    /// As it stands in the packet: name, type, class.
    octets: Vec<u8>,
}

impl Question {
    fn read(packet: &[u8]) -> Option<Self> {
        let (mut at, mut labels) = (0, Vec::new());
        while let Some(length) = packet.get(at).map(|n| usize::from(*n)).filter(|n| *n > 0) {
            labels.push(String::from_utf8_lossy(packet.get(at + 1..at + 1 + length)?).to_ascii_lowercase());
            at += 1 + length;
        }
        Some(Self { name: labels.join("."), octets: packet.get(..at + 5)?.to_vec() })
    }
}

fn answer(id: &[u8], question: &Question, says: &Says) -> Option<Vec<u8>> {
    let (code, records) = match says {
        Says::Txt(records) => (0, records.as_slice()),
        Says::NoData => (0, &[][..]),
        Says::Code(code) => (*code, &[][..]),
        Says::Nothing => return None,
    };
    let count = u8::try_from(records.len()).unwrap();
    // a response to a recursive question, by a server that recurses
    let mut packet = [id, &[0x81, 0x80 | code, 0, 1, 0, count, 0, 0, 0, 0], &question.octets].concat();
    for strings in records {
        let data: Vec<u8> =
            strings.iter().flat_map(|s| [&[u8::try_from(s.len()).unwrap()], s.as_bytes()].concat()).collect();
        // the name of the question, TXT, IN, ten minutes
        packet.extend([0xc0, 12, 0, 16, 0, 1, 0, 0, 2, 88]);
        packet.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        packet.extend(data);
    }
    Some(packet)
}
