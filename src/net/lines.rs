//! Line by line, for the part of a dialogue before the crates take over: greetings, STARTTLS, EHLO, AUTH.
//!
//! What was read and not yet asked for stays visible ([`Lines::has_more`]): nothing that came before TLS may be
//! taken for something that came inside it (RFC 3207 §4.2, RFC 3501 §6.2.1).

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::stream::Stream;

/// Longest line taken; RFC 5321 §4.5.3.1.5 has 512, servers have more.
const LONGEST: usize = 16 * 1024;

/// A stream read in lines.
#[derive(Debug)]
pub(crate) struct Lines {
    stream: Stream,
    buffer: Vec<u8>,
}

impl Lines {
    pub(crate) fn new(stream: Stream) -> Self {
        Self { stream, buffer: Vec::new() }
    }

    /// The next line without its line end, CRLF or bare LF.
    pub(crate) async fn read(&mut self) -> io::Result<Vec<u8>> {
        loop {
            if let Some(end) = self.buffer.iter().position(|&b| b == b'\n') {
                let mut line: Vec<u8> = self.buffer.drain(..=end).collect();
                line.pop();
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(line);
            }
            if self.buffer.len() > LONGEST {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// Writes `text` as it is, in one piece.
    pub(crate) async fn write(&mut self, text: &[u8]) -> io::Result<()> {
        self.stream.write_all(text).await?;
        self.stream.flush().await
    }

    /// Whether octets have come that no [`Lines::read`] has returned.
    pub(crate) fn has_more(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// The stream, and what was read ahead of it.
    pub(crate) fn into_parts(self) -> (Stream, Vec<u8>) {
        (self.stream, self.buffer)
    }
}
