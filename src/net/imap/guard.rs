//! What stands between a server's octets and the parser of async-imap.
//!
//! - Octets are counted against an allowance per command; and because that parser grows its buffer to whatever a
//!   literal *announces*, the announcement itself (`{500000000}`) is compared with the allowance before it is passed
//!   on. A lie costs nothing.
//! - Outside literals an octet over 127 becomes `?`. Nothing that we read there is anything but ASCII, Shift_JIS in
//!   response text is harmless then, and imap-proto 0.17 panics on a multi-byte character right after `]`.
//! - Parentheses nested deeper than any answer we ask for end the connection: that parser recurses.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::kill::{self, Point};
use crate::net::stream::Stream;

/// No answer to our commands nests deeper than four.
const DEEPEST: u32 = 64;

/// A stream whose incoming side is counted and cleaned.
#[derive(Debug)]
pub(super) struct Guard {
    stream: Stream,
    ahead: Vec<u8>,
    allowance: u64,
    announced: Option<u64>,
    scan: Scan,
}

impl Guard {
    /// `ahead` is what was read from `stream` before.
    pub(super) fn new(stream: Stream, ahead: Vec<u8>) -> Self {
        Self { stream, ahead, allowance: 0, announced: None, scan: Scan::default() }
    }

    /// Allows `octets` more, instead of what was left.
    pub(super) fn allow(&mut self, octets: u64) {
        self.allowance = octets;
        self.announced = None;
    }

    /// The size of the literal that was refused since the last [`Guard::allow`].
    pub(super) fn announced(&self) -> Option<u64> {
        self.announced
    }

    pub(super) fn stream(&mut self) -> &mut Stream {
        &mut self.stream
    }

    fn check(&mut self, octets: &mut [u8]) -> io::Result<()> {
        let left = self.allowance;
        self.announced = self.scan.run(octets, left)?;
        let taken = octets.len() as u64;
        if self.announced.is_some() || taken > left {
            self.allowance = 0;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.allowance = left - taken;
        Ok(())
    }
}

impl AsyncRead for Guard {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let start = buf.filled().len();
        if this.ahead.is_empty() {
            ready!(Pin::new(&mut this.stream).poll_read(cx, buf))?;
        } else {
            let taken = this.ahead.len().min(buf.remaining());
            buf.put_slice(&this.ahead[..taken]);
            this.ahead.drain(..taken);
        }
        Poll::Ready(this.check(&mut buf.filled_mut()[start..]))
    }
}

impl AsyncWrite for Guard {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Where in the grammar the stream stands: inside a literal, or in a line, perhaps at its `{…}`.
#[derive(Debug, Default)]
struct Scan {
    literal: u64,
    depth: u32,
    brace: Brace,
    /// The first octets of the line, which tell whether it can hold a literal.
    head: Vec<u8>,
}

/// As much of a line as tells a status response from data.
const HEAD: usize = 6;

/// How much of `{digits}` CRLF has passed.
#[derive(Clone, Copy, Debug, Default)]
enum Brace {
    #[default]
    None,
    Open(u64),
    Closed(u64),
}

impl Scan {
    /// Walks over `octets`, cleans lines, and returns the size of a literal that is larger than `limit`.
    fn run(&mut self, octets: &mut [u8], limit: u64) -> io::Result<Option<u64>> {
        let mut at = 0;
        while at < octets.len() {
            if self.literal > 0 {
                kill::after(Point::BodyFirstByte);
                kill::before(Point::ImapBodyMid);
                let skipped = self.literal.min((octets.len() - at) as u64);
                self.literal -= skipped;
                at += usize::try_from(skipped).unwrap_or(octets.len());
                kill::after(Point::ImapBodyMid);
                continue;
            }
            let octet = &mut octets[at];
            at += 1;
            if *octet > 127 {
                *octet = b'?';
            }
            if let Some(size) = self.line(*octet)? {
                if size > limit {
                    return Ok(Some(size));
                }
                kill::before(Point::BodyFirstByte);
                self.literal = size;
            }
        }
        Ok(None)
    }

    /// One octet of a line; the size of the literal that begins after it.
    fn line(&mut self, octet: u8) -> io::Result<Option<u64>> {
        self.brace = match (octet, self.brace) {
            (b'{', _) => Brace::Open(0),
            (b'0'..=b'9', Brace::Open(size)) => {
                Brace::Open(size.saturating_mul(10).saturating_add(u64::from(octet - b'0')))
            }
            (b'}', Brace::Open(size)) => Brace::Closed(size),
            (b'\r' | b'\n', Brace::Closed(size)) => Brace::Closed(size),
            _ => Brace::None,
        };
        if octet == b'\n' {
            return self.end_of_line();
        }
        match octet {
            b'(' => self.depth += 1,
            b')' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        if self.head.len() < HEAD {
            self.head.push(octet.to_ascii_uppercase());
        }
        if self.depth > DEEPEST { Err(io::ErrorKind::InvalidData.into()) } else { Ok(None) }
    }

    fn end_of_line(&mut self) -> io::Result<Option<u64>> {
        if let Brace::Closed(size) = std::mem::take(&mut self.brace) {
            match self.head.as_slice() {
                // `* 1 FETCH (… {5}`, `* LIST () "/" {5}`: the line goes on after the literal.
                [b'*', b' ', b'0'..=b'9', ..] | b"* LIST" => return Ok(Some(size)),
                // Text that happens to end in braces.
                [b'*', b' ', b'O', b'K', ..]
                | [b'*', b' ', b'N', b'O', ..]
                | [b'*', b' ', b'B', b'A' | b'Y', ..] => {}
                // Data that we never asked for, and whose literal would have to be followed.
                [b'*', b' ', ..] => return Err(io::ErrorKind::InvalidData.into()),
                // Tagged answers and continuations are text.
                _ => {}
            }
        }
        self.depth = 0;
        self.head.clear();
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn announced_literals_are_seen_wherever_the_reads_are_cut() {
        let wire = b"* 1 FETCH (BODY[] {5}\r\n{9}\r\n UID 7)\r\n* 2 FETCH (BODY[] {500000000}\r\nx";
        for cut in 0..wire.len() {
            let mut scan = Scan::default();
            let (mut first, mut second) = (wire[..cut].to_vec(), wire[cut..].to_vec());
            let seen = scan.run(&mut first, 1_000).unwrap().or_else(|| scan.run(&mut second, 1_000).unwrap());
            assert_eq!(seen, Some(500_000_000), "cut at {cut}");
        }
    }

    #[test]
    fn literals_pass_as_they_are_and_lines_become_ascii() {
        let mut wire = b"* OK [ALERT]\x93\xfa\r\n* 1 FETCH (BODY[] {2}\r\n\x93\xfa)\r\n".to_vec();
        assert_eq!(Scan::default().run(&mut wire, 1_000).unwrap(), None);
        assert_eq!(wire, b"* OK [ALERT]??\r\n* 1 FETCH (BODY[] {2}\r\n\x93\xfa)\r\n");
    }

    #[test]
    fn a_number_of_a_literal_may_overflow_without_harm() {
        let mut wire = b"* 1 FETCH (BODY[] {99999999999999999999999999}\r\n".to_vec();
        assert_eq!(Scan::default().run(&mut wire, 1_000).unwrap(), Some(u64::MAX));
    }

    #[test]
    fn braces_in_text_hide_no_announcement() {
        let check = |line: &str| {
            let mut wire = format!("{line} {{31}}\r\n* 1 FETCH (BODY[] {{500000000}}\r\n").into_bytes();
            Scan::default().run(&mut wire, 1_000).map_err(|error| error.kind())
        };
        for text in ["* OK smile", "* no", "* BAD x", "* BYE x", "+ go", "Y3 OK x", "* OK (("] {
            assert_eq!(check(text), Ok(Some(500_000_000)), "{text}");
        }
        for data in ["* STATUS", "* METADATA", "* LSUB () \"/\""] {
            assert_eq!(check(data), Err(io::ErrorKind::InvalidData), "{data}");
        }
    }

    #[test]
    fn the_name_of_a_folder_may_be_a_literal() {
        let mut wire = b"* LIST () \"/\" {5}\r\n{9}\r\n\r\n* LIST () \"/\" {5000}\r\n".to_vec();
        assert_eq!(Scan::default().run(&mut wire, 1_000).unwrap(), Some(5_000));
    }

    #[test]
    fn deep_nesting_is_an_error() {
        let mut wire = b"* 1 FETCH (BODYSTRUCTURE ".to_vec();
        wire.extend([b'('; 100]);
        assert_eq!(Scan::default().run(&mut wire, 1_000).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
