//! Plays a server from a trace, over a pipe in memory.
//!
//! A trace is lines: `S: …` is sent with CRLF; `S| …` is sent as it stands, with `\r`, `\n` and `\xNN` undone;
//! `C: …` is a line that the client must send next; `C.` reads the client's lines up to a lone dot; `sleep N` lets N
//! seconds pass; `tls NAME` does a handshake with the certificate `tls/NAME.pem`; `close` hangs up. At its end the
//! trace waits until the client hangs up, and returns every line that the client sent.
//!
//! Any trace can be cut after any octet that the server says in it ([`Cut`]).
#![allow(dead_code, reason = "each test program uses its part")]

pub mod healthy;
pub mod session;

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{
    AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, DuplexStream,
};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// A server that was started.
pub struct Server {
    playing: JoinHandle<Played>,
    cut: Arc<Notify>,
}

/// What a server saw of a dialogue.
#[derive(Debug, Default)]
pub struct Played {
    /// Every line that the client sent.
    pub lines: Vec<String>,
    /// When the cut came, if it did.
    pub cut_at: Option<Instant>,
}

impl Server {
    /// What the client sent. Fails the test when the client departed from the trace.
    pub async fn lines(self) -> Vec<String> {
        self.played().await.expect("the client departed from the trace, see above").lines
    }

    /// The same, and when the cut came; an error when the client departed from the trace.
    pub async fn played(self) -> Result<Played, String> {
        self.playing.await.map_err(|error| error.to_string())
    }

    /// Rung when the cut comes.
    pub fn cut(&self) -> Arc<Notify> {
        self.cut.clone()
    }
}

/// What becomes of a server in the middle of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// It hangs up at once.
    Close,
    /// It hears the client's next words, does what they ask, and hangs up instead of answering.
    CloseUnanswered,
    /// It stays on the line, hears everything and says no more.
    Silence,
}

/// The end of a trace before its end: after so many octets of the server's.
#[derive(Clone, Copy, Debug)]
pub struct Cut {
    pub after: usize,
    pub then: Then,
}

/// How a server goes on where its trace ends.
pub type Successor = fn(Healthy) -> Pin<Box<dyn Future<Output = Vec<String>> + Send>>;
/// The stream of a server that goes on.
pub type Healthy = BufReader<Box<dyn Pipe>>;

/// Starts a server that plays `trace`; the other end of the pipe is the client's.
pub fn serve(trace: &str) -> (DuplexStream, Server) {
    serve_cut(trace, None, false, None)
}

/// The same, cut; each octet by itself; with a server that goes on at the end.
pub fn serve_cut(
    trace: &str,
    cut: Option<Cut>,
    by_octets: bool,
    successor: Option<Successor>,
) -> (DuplexStream, Server) {
    let (client, server) = tokio::io::duplex(1 << 20);
    let trace = trace.to_owned();
    let stream: Healthy = BufReader::new(Box::new(server));
    let noted = Arc::new(Notify::new());
    let player = Player { stream, played: Played::default(), said: 0, cut, by_octets, noted: noted.clone() };
    (client, Server { playing: tokio::spawn(player.play(trace, successor)), cut: noted })
}

/// What the server says in a trace, as octets.
pub fn said(trace: &str) -> Vec<u8> {
    steps(trace).filter_map(spoken).flatten().collect()
}

/// The steps of a trace.
pub fn steps(trace: &str) -> impl Iterator<Item = &str> {
    trace.lines().map(str::trim_start).filter(|step| !step.is_empty())
}

/// What the server says in a step; `None` when the step is of another kind.
pub fn spoken(step: &str) -> Option<Vec<u8>> {
    let line = step.strip_prefix("S: ").map(|text| format!("{text}\r\n").into_bytes());
    line.or_else(|| step.strip_prefix("S| ").map(unescape))
}

/// What a server plays over.
pub trait Pipe: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Pipe for T {}

struct Player {
    stream: Healthy,
    played: Played,
    said: usize,
    cut: Option<Cut>,
    by_octets: bool,
    noted: Arc<Notify>,
}

impl Player {
    async fn play(mut self, trace: String, successor: Option<Successor>) -> Played {
        let mut steps = steps(&trace).peekable();
        while let Some(step) = steps.next() {
            if let Some(mut octets) = spoken(step) {
                // what the server says in one go comes in one piece
                while let Some(more) = steps.peek().and_then(|step| spoken(step)) {
                    octets.extend(more);
                    steps.next();
                }
                if self.say(&octets).await {
                    return self.cut_short().await;
                }
            } else if step == "close" || (step.starts_with("tls ") && !self.protect(&step[4..]).await) {
                return self.played;
            } else if !step.starts_with("tls ") {
                self.hear(step).await;
            }
        }
        match successor {
            Some(go_on) => self.played.lines.extend(go_on(self.stream).await),
            None => self.drain().await,
        }
        self.played
    }

    /// Says as much as the cut leaves; whether it came.
    async fn say(&mut self, octets: &[u8]) -> bool {
        let left = self.cut.map_or(usize::MAX, |cut| cut.after - self.said);
        let unanswered = matches!(self.cut, Some(Cut { then: Then::CloseUnanswered, .. }));
        // a cut between two answers comes before what the client says in between, unless that is to be heard
        let is_cut = left < octets.len() || (left == octets.len() && !unanswered);
        let octets_now = &octets[..left.min(octets.len())];
        for piece in octets_now.chunks(if self.by_octets { 1 } else { octets.len() }) {
            let _ = self.stream.write_all(piece).await;
            let _ = self.stream.flush().await;
            if self.by_octets {
                tokio::task::yield_now().await;
            }
        }
        self.said += octets.len();
        is_cut
    }

    async fn cut_short(mut self) -> Played {
        self.played.cut_at = Some(Instant::now());
        self.noted.notify_one();
        if self.cut.is_some_and(|cut| cut.then == Then::Silence) {
            self.drain().await;
        }
        self.played
    }

    async fn drain(&mut self) {
        while let Some(line) = line(&mut self.stream).await {
            self.played.lines.push(line);
        }
    }

    async fn hear(&mut self, step: &str) {
        if let Some(expected) = step.strip_prefix("C: ") {
            let line = line(&mut self.stream).await;
            assert_eq!(line.as_deref(), Some(expected), "after {:#?}", self.played.lines);
            self.played.lines.extend(line);
        } else if step == "C." {
            loop {
                let line = line(&mut self.stream).await.expect("a lone dot");
                let dot = line == ".";
                self.played.lines.push(line);
                if dot {
                    break;
                }
            }
        } else if let Some(seconds) = step.strip_prefix("sleep ") {
            tokio::time::sleep(Duration::from_secs(seconds.parse().expect("seconds"))).await;
        } else {
            panic!("no such step in a trace: {step}");
        }
    }

    /// A handshake; whether it ended well.
    async fn protect(&mut self, name: &str) -> bool {
        let gone: Box<dyn Pipe> = Box::new(tokio::io::empty());
        let stream = std::mem::replace(&mut self.stream, BufReader::new(gone)).into_inner();
        let accepting = tokio_rustls::TlsAcceptor::from(tls_config(name)).accept(stream);
        let Ok(protected) = accepting.await else { return false };
        self.stream = BufReader::new(Box::new(protected));
        true
    }
}

/// A file of `tests/protocol/tls`.
pub fn tls_file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/protocol/tls").join(name)
}

fn tls_config(name: &str) -> Arc<rustls::ServerConfig> {
    let chain = CertificateDer::from_pem_file(tls_file(&format!("{name}.pem"))).expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(tls_file("key.pem")).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS versions")
        .with_no_client_auth()
        .with_single_cert(vec![chain], key);
    Arc::new(config.expect("a certificate that fits its key"))
}

/// The next line without CRLF; `None` at the end of the stream.
pub async fn line(stream: &mut Healthy) -> Option<String> {
    let mut line = Vec::new();
    stream.read_until(b'\n', &mut line).await.ok().filter(|read| *read > 0)?;
    let text = String::from_utf8_lossy(&line).into_owned();
    Some(text.strip_suffix("\r\n").map_or(format!("{text:?} (no CRLF)"), str::to_owned))
}

fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let (octet, used) = match (first, tail) {
            (b'\\', [b'r', ..]) => (b'\r', 1),
            (b'\\', [b'n', ..]) => (b'\n', 1),
            (b'\\', [b'x', high, low, ..]) => {
                let digits = [*high, *low];
                let digits = std::str::from_utf8(&digits).expect("hex digits");
                (u8::from_str_radix(digits, 16).expect("hex digits"), 3)
            }
            _ => (first, 0),
        };
        out.push(octet);
        rest = &tail[used..];
    }
    out
}

/// Reads what is left, for tests that hold the server's end themselves.
pub async fn drain(stream: &mut DuplexStream) -> String {
    let mut octets = vec![0; 1 << 16];
    let read = stream.read(&mut octets).await.unwrap_or(0);
    String::from_utf8_lossy(&octets[..read]).into_owned()
}
