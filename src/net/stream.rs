//! One byte stream for all servers: TCP, TLS, or a pipe in a test, with a limit on silence.
//!
//! Invariant: a read that waits longer than the idle limit without one octet fails with `TimedOut`, and so does a
//! write that is not taken for as long. Whole commands are bounded by their callers.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// Silence that a healthy server does not keep in the middle of an answer.
pub const IDLE_LIMIT: Duration = Duration::from_secs(60);

/// Anything that carries a session.
pub trait Io: AsyncRead + AsyncWrite + Send + Sync + Unpin + 'static {}

impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin + 'static> Io for T {}

/// A byte stream with a limit on silence. `Debug` prints nothing of what passes.
pub struct Stream {
    io: Box<dyn Io>,
    idle: Option<Duration>,
    reading: Option<Pin<Box<Sleep>>>,
    writing: Option<Pin<Box<Sleep>>>,
}

impl Stream {
    /// Wraps `io`, with [`IDLE_LIMIT`].
    pub fn new(io: impl Io) -> Self {
        Self { io: Box::new(io), idle: Some(IDLE_LIMIT), reading: None, writing: None }
    }

    /// Sets how long a read or write may wait; `None` leaves it to the caller's own deadline.
    pub fn set_idle_limit(&mut self, limit: Option<Duration>) {
        self.idle = limit;
        self.reading = None;
        self.writing = None;
    }
}

/// Ready with an error when `timer`, started at the first call, has run out.
fn poll_limit(
    timer: &mut Option<Pin<Box<Sleep>>>,
    limit: Option<Duration>,
    cx: &mut Context<'_>,
) -> Poll<io::Error> {
    let Some(limit) = limit else { return Poll::Pending };
    let sleep = timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
    sleep.as_mut().poll(cx).map(|()| io::ErrorKind::TimedOut.into())
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if let Poll::Ready(done) = Pin::new(&mut this.io).poll_read(cx, buf) {
            this.reading = None;
            return Poll::Ready(done);
        }
        poll_limit(&mut this.reading, this.idle, cx).map(Err)
    }
}

impl Stream {
    /// Runs one poll of a writing operation under the limit.
    fn limited<T>(
        &mut self,
        cx: &mut Context<'_>,
        poll: impl FnOnce(Pin<&mut dyn Io>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if let Poll::Ready(done) = poll(Pin::new(&mut *self.io), cx) {
            self.writing = None;
            return Poll::Ready(done);
        }
        poll_limit(&mut self.writing, self.idle, cx).map(Err)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.limited(cx, |io, cx| io.poll_write(cx, buf))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.limited(cx, |io, cx| io.poll_flush(cx))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.limited(cx, |io, cx| io.poll_shutdown(cx))
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stream(…)")
    }
}
