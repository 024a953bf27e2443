//! Plays a server from a trace, over a pipe in memory.
//!
//! A trace is lines: `S: …` is sent with CRLF; `S| …` is sent as it stands, with `\r`, `\n` and `\xNN` undone;
//! `C: …` is a line that the client must send next; `C.` reads the client's lines up to a lone dot; `sleep N` lets N
//! seconds pass; `tls NAME` does a handshake with the certificate `tls/NAME.pem`; `close` hangs up. At its end the
//! trace waits until the client hangs up, and returns every line that the client sent.
#![allow(dead_code, reason = "each test program uses its part")]

pub mod session;

use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{
    AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, DuplexStream,
};
use tokio::task::JoinHandle;

/// A server that was started.
pub struct Server(JoinHandle<Vec<String>>);

impl Server {
    /// What the client sent. Fails the test when the client departed from the trace.
    pub async fn lines(self) -> Vec<String> {
        self.0.await.expect("the client departed from the trace, see above")
    }
}

/// Starts a server that plays `trace`; the other end of the pipe is the client's.
pub fn serve(trace: &str) -> (DuplexStream, Server) {
    let (client, server) = tokio::io::duplex(1 << 20);
    let trace = trace.to_owned();
    (client, Server(tokio::spawn(async move { play(server, &trace).await })))
}

/// What a server plays over.
trait Pipe: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Pipe for T {}

async fn play(stream: DuplexStream, trace: &str) -> Vec<String> {
    let mut stream: BufReader<Box<dyn Pipe>> = BufReader::new(Box::new(stream));
    let mut seen = Vec::new();
    for step in trace.lines().map(str::trim_start).filter(|step| !step.is_empty()) {
        if let Some(text) = step.strip_prefix("S: ") {
            let _ = stream.write_all(format!("{text}\r\n").as_bytes()).await;
        } else if let Some(text) = step.strip_prefix("S| ") {
            let _ = stream.write_all(&unescape(text)).await;
        } else if let Some(expected) = step.strip_prefix("C: ") {
            let line = line(&mut stream).await;
            assert_eq!(line.as_deref(), Some(expected), "after {seen:#?}");
            seen.extend(line);
        } else if step == "C." {
            loop {
                let line = line(&mut stream).await.expect("a lone dot");
                let dot = line == ".";
                seen.push(line);
                if dot {
                    break;
                }
            }
        } else if let Some(seconds) = step.strip_prefix("sleep ") {
            tokio::time::sleep(std::time::Duration::from_secs(seconds.parse().expect("seconds"))).await;
        } else if let Some(name) = step.strip_prefix("tls ") {
            let accepting = tokio_rustls::TlsAcceptor::from(tls_config(name)).accept(stream.into_inner());
            match accepting.await {
                Ok(protected) => stream = BufReader::new(Box::new(protected)),
                Err(_) => return seen,
            }
        } else if step == "close" {
            return seen;
        } else {
            panic!("no such step in a trace: {step}");
        }
    }
    while let Some(line) = line(&mut stream).await {
        seen.push(line);
    }
    seen
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
async fn line(stream: &mut BufReader<Box<dyn Pipe>>) -> Option<String> {
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
