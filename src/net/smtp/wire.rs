//! The stream that lettre's connection speaks over.
//!
//! - It is handed a session that is already greeted, protected and logged in: lettre's banner and EHLO are answered
//!   here and never reach the server.
//! - One reply at a time, in canonical form ([`Reply`]). A reply that nobody asked for, or the end of the stream, is
//!   seen before anything more is written, and ends the connection: no answer can slip from one command to the next.
//! - **The gate.** lettre writes the content and, as a write of its own, CRLF `.` CRLF. Once the content is exhausted
//!   the gate is armed, and that last write waits until [`Gate::release`].

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::reply::{Reply, reply_end};
use crate::kill::{self, Point};
use crate::mail::submission::EnhancedStatus;
use crate::net::stream::Stream;

/// Longest reply taken.
const LONGEST_REPLY: usize = 64 * 1024;

/// Where a transaction stands between content and dot. Shared by the stream and the transaction, which poll each
/// other on one task: no waker is needed.
#[derive(Debug, Default)]
pub(super) struct Gate {
    phase: AtomicU8,
    spoke: AtomicU16,
    status: Mutex<Option<EnhancedStatus>>,
    written: AtomicU64,
}

const OPEN: u8 = 0;
const ARMED: u8 = 1;
const HELD: u8 = 2;
const RELEASED: u8 = 3;
const DOT_BEGUN: u8 = 4;

impl Gate {
    /// Begins a transaction.
    pub(super) fn reset(&self) {
        self.phase.store(OPEN, Ordering::Relaxed);
        self.spoke.store(0, Ordering::Relaxed);
        self.heard(None);
    }

    /// The content has been handed over: the next write is the dot.
    pub(super) fn arm(&self) {
        self.phase.store(ARMED, Ordering::Relaxed);
    }

    /// Whether the dot is waiting, and everything before it is written.
    pub(super) fn holds(&self) -> bool {
        self.phase.load(Ordering::Relaxed) == HELD
    }

    /// Lets the dot through.
    pub(super) fn release(&self) {
        self.phase.store(RELEASED, Ordering::Relaxed);
    }

    /// Whether an octet of the dot may have reached the server.
    pub(super) fn dot_begun(&self) -> bool {
        self.phase.load(Ordering::Relaxed) == DOT_BEGUN
    }

    /// The code of what the server said out of turn; 0 for nothing intelligible.
    pub(super) fn spoke(&self) -> u16 {
        self.spoke.load(Ordering::Relaxed)
    }

    /// Remembers the enhanced status code of the latest reply: lettre hands on the text alone.
    fn heard(&self, reply: Option<&Reply>) {
        *self.status.lock().unwrap_or_else(PoisonError::into_inner) = reply.and_then(Reply::status);
    }

    /// The enhanced status code of the latest reply.
    pub(super) fn status(&self) -> Option<EnhancedStatus> {
        *self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Octets written so far: to tell a slow line from a dead one.
    pub(super) fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }
}

/// See the head of the file.
#[derive(Debug)]
pub(super) struct Wire {
    stream: Stream,
    gate: Arc<Gate>,
    /// Octets from the server that are no complete reply yet.
    incoming: Vec<u8>,
    /// What lettre may read.
    ready: Vec<u8>,
    /// lettre's EHLO has not been swallowed yet.
    swallow: bool,
}

impl Wire {
    pub(super) fn new(stream: Stream, gate: Arc<Gate>) -> Self {
        Self { stream, gate, incoming: Vec::new(), ready: b"220 ready\r\n".to_vec(), swallow: true }
    }

    /// Reads once. The number of octets, 0 at the end of the stream.
    fn poll_incoming(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut space = [0; 2048];
        let mut buf = ReadBuf::new(&mut space);
        let awaits_the_end = self.gate.dot_begun();
        if awaits_the_end {
            kill::before(Point::ReplyFirstByte);
        }
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buf))?;
        if awaits_the_end {
            kill::after(Point::ReplyFirstByte);
        }
        self.incoming.extend_from_slice(buf.filled());
        Poll::Ready(Ok(buf.filled().len()))
    }

    /// The server must be silent while it is our turn.
    fn check_turn(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if self.incoming.is_empty() && self.ready.is_empty() && self.poll_incoming(cx)?.is_pending() {
            return Ok(());
        }
        let reply = reply_end(&self.incoming).and_then(|end| Reply::parse(&self.incoming[..end]));
        self.gate.heard(reply.as_ref());
        self.gate.spoke.store(reply.map_or(0, |reply| reply.code), Ordering::Relaxed);
        Err(io::ErrorKind::BrokenPipe.into())
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        while this.ready.is_empty() {
            if let Some(end) = reply_end(&this.incoming) {
                let reply = Reply::parse(&this.incoming[..end]).ok_or(io::ErrorKind::InvalidData)?;
                this.incoming.drain(..end);
                this.gate.heard(Some(&reply));
                this.ready = reply.canonical();
            } else if this.incoming.len() > LONGEST_REPLY {
                return Poll::Ready(Err(io::ErrorKind::FileTooLarge.into()));
            } else if ready!(this.poll_incoming(cx))? == 0 {
                return Poll::Ready(Ok(()));
            }
        }
        let taken = this.ready.len().min(buf.remaining());
        buf.put_slice(&this.ready[..taken]);
        this.ready.drain(..taken);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if this.swallow {
            this.swallow = false;
            this.ready = b"250 ready\r\n".to_vec();
            return Poll::Ready(Ok(buf.len()));
        }
        match this.gate.phase.load(Ordering::Relaxed) {
            ARMED | HELD => {
                // Polled again by the transaction that releases the gate, on this same task.
                this.gate.phase.store(HELD, Ordering::Relaxed);
                return Poll::Pending;
            }
            RELEASED => {
                this.check_turn(cx)?;
                this.gate.phase.store(DOT_BEGUN, Ordering::Relaxed);
            }
            // The rest of the dot, after a partial write: no turn to check.
            DOT_BEGUN => {}
            _ => this.check_turn(cx)?,
        }
        let taken = ready!(Pin::new(&mut this.stream).poll_write(cx, buf))?;
        this.gate.written.fetch_add(taken as u64, Ordering::Relaxed);
        Poll::Ready(Ok(taken))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        if self.gate.dot_begun() {
            kill::after(Point::DotWritten);
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl AsyncTokioStream for Wire {
    fn peer_addr(&self) -> io::Result<std::net::SocketAddr> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
