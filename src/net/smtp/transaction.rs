//! One mail, one recipient: MAIL, RCPT, DATA, content, and the dot (RFC 5321 §3.3).
//!
//! The order that matters: content written and flushed → `before_dot` has resolved → the server is still silent →
//! the dot. Addresses come from [`Address::wire`] and cannot carry a second command.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::response::Response;
use tokio::time::timeout;

use super::Submitter;
use super::reply::clean_text;
use super::wire::Gate;
use crate::kill::{self, Point};
use crate::mail::address::Address;
use crate::mail::submission::{EnhancedStatus, Envelope, Stage, SubmitOutcome};

/// Octets handed to lettre at a time.
const CHUNK: usize = 64 * 1024;

/// How a transaction ended, and whether both sides still agree on where they are.
type Ended = (SubmitOutcome, bool);

impl Submitter {
    /// Submits `bytes` (the whole message, CRLF line ends, not dot-stuffed) to the one recipient of `envelope`.
    ///
    /// `before_dot` runs when all content is written and before the final dot is: the dot is written only after it
    /// resolved to `Ok`. The submitter comes back when it can be used again: after 250 to the dot, or after a refusal
    /// that a RSET has cleared.
    pub async fn submit<E>(
        mut self,
        envelope: &Envelope,
        bytes: &[u8],
        before_dot: impl Future<Output = Result<(), E>>,
    ) -> (SubmitOutcome, Option<Self>) {
        self.gate.reset();
        let (outcome, clean) = match self.envelope(envelope, bytes).await {
            Ok(()) => self.content(bytes, before_dot).await,
            Err(ended) => ended,
        };
        let accepted = matches!(outcome, SubmitOutcome::Accepted { .. });
        let keep = clean && (accepted || self.reset().await);
        (outcome, keep.then_some(self))
    }

    /// MAIL, RCPT and DATA.
    async fn envelope(&mut self, envelope: &Envelope, bytes: &[u8]) -> Result<(), Ended> {
        let recipient = envelope.forward_path.wire();
        self.mail(envelope, bytes).await?;
        if let Err(refused) = self.rcpt(&recipient).await {
            // `foo..bar@docomo.ne.jp` is bare for the carrier and must be quoted for a strict server in between.
            let Some(quoted) = quoted_form(&envelope.forward_path) else { return Err(refused) };
            let syntax = matches!(
                refused.0,
                SubmitOutcome::Permanent {
                    code: 501 | 553,
                    status: None | Some(EnhancedStatus { subject: 0 | 1 | 5, .. }),
                    ..
                }
            );
            if !syntax {
                return Err(refused);
            }
            if !self.reset().await {
                // Nothing is known of the address as long as its quoted form has not been tried.
                return Err(desync(Stage::Rcpt, 0));
            }
            self.mail(envelope, bytes).await?;
            self.rcpt(&quoted).await?;
        }
        kill::before(Point::Data354);
        let code = self.command(Stage::Data, "DATA\r\n", self.deadlines.data).await?;
        kill::after(Point::Data354);
        // 2yz to DATA answers some other command.
        if code == 354 { Ok(()) } else { Err(desync(Stage::Data, code)) }
    }

    async fn mail(&mut self, envelope: &Envelope, bytes: &[u8]) -> Result<(), Ended> {
        let sender = envelope.reverse_path.as_ref().map(Address::wire).unwrap_or_default();
        // No SIZE parameter: a mail that is too large must be refused at the dot, as a mail; a 552 to MAIL would look
        // like a refusal of our account.
        let eight_bit = self.offers.eight_bit && !bytes.is_ascii();
        let body = if eight_bit { " BODY=8BITMIME" } else { "" };
        let line = format!("MAIL FROM:<{sender}>{body}\r\n");
        kill::before(Point::Mail);
        let code = self.command(Stage::Mail, &line, self.deadlines.mail).await?;
        kill::after(Point::Mail);
        if code < 300 { Ok(()) } else { Err(desync(Stage::Mail, code)) }
    }

    async fn rcpt(&mut self, recipient: &str) -> Result<(), Ended> {
        let line = format!("RCPT TO:<{recipient}>\r\n");
        kill::before(Point::Rcpt);
        let code = self.command(Stage::Rcpt, &line, self.deadlines.rcpt).await?;
        kill::after(Point::Rcpt);
        if code < 300 { Ok(()) } else { Err(desync(Stage::Rcpt, code)) }
    }

    /// RSET; whether the server agrees.
    async fn reset(&mut self) -> bool {
        let reply = self.command(Stage::Mail, "RSET\r\n", self.deadlines.mail).await;
        matches!(reply, Ok(200..300))
    }

    /// One command. `Ok` is the code of a positive reply, which may still be the wrong one.
    async fn command(&mut self, stage: Stage, line: &str, limit: Duration) -> Result<u16, Ended> {
        match timeout(limit, self.connection.command(line)).await {
            Ok(Ok(response)) => Ok(response.code().into()),
            Ok(Err(error)) => {
                let code = code_of(&error).unwrap_or(self.gate.spoke());
                Err(refusal(stage, code, self.gate.status()))
            }
            Err(_) => Err(refusal(stage, 0, None)),
        }
    }

    /// Content and dot.
    async fn content<E>(&mut self, bytes: &[u8], before_dot: impl Future<Output = Result<(), E>>) -> Ended {
        let (gate, deadlines) = (self.gate.clone(), self.deadlines);
        // lettre ends the content with a CRLF of its own.
        let chunks = Chunks { rest: bytes.strip_suffix(b"\r\n").unwrap_or(bytes), gate: gate.clone() };
        let mut sending = pin!(self.connection.message_iter(chunks));
        // Until the dot is held back. lettre's future ends before that only when the connection broke.
        let mut written = gate.written();
        loop {
            let held = std::future::poll_fn(|cx| match sending.as_mut().poll(cx) {
                Poll::Ready(_) => Poll::Ready(false),
                Poll::Pending if gate.holds() => Poll::Ready(true),
                Poll::Pending => Poll::Pending,
            });
            match timeout(deadlines.content, held).await {
                Ok(true) => break,
                Err(_) if gate.written() > written => written = gate.written(),
                Ok(false) | Err(_) => return unsent(&gate),
            }
        }
        match timeout(deadlines.content, before_dot).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return unsent(&gate),
        }
        kill::before(Point::DotWritten);
        gate.release();
        match timeout(deadlines.dot, sending).await {
            Ok(Ok(response)) => {
                kill::before(Point::Read250);
                let ended = accepted(&response);
                kill::after(Point::Read250);
                ended
            }
            Ok(Err(error)) => match code_of(&error) {
                Some(code) => refusal(Stage::Dot, code, gate.status()),
                None if gate.dot_begun() => (SubmitOutcome::Unknown, false),
                None => unsent(&gate),
            },
            Err(_) if gate.dot_begun() => (SubmitOutcome::Unknown, false),
            Err(_) => unsent(&gate),
        }
    }
}

/// The content in pieces; arms the gate when it is exhausted, which is just before lettre writes the dot.
struct Chunks<'a> {
    rest: &'a [u8],
    gate: Arc<Gate>,
}

impl<'a> Iterator for Chunks<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            kill::after(Point::SmtpBodyMid);
            self.gate.arm();
            return None;
        }
        kill::before(Point::SmtpBodyMid);
        let (chunk, rest) = self.rest.split_at(self.rest.len().min(CHUNK));
        self.rest = rest;
        Some(chunk)
    }
}

/// What a negative code, or none (0), means at `stage`; and whether the connection may be used after a RSET.
pub(super) fn refusal(stage: Stage, code: u16, status: Option<EnhancedStatus>) -> Ended {
    match code {
        // "Closing", "what?" and "not now": the two sides stand at different places (RFC 5321 §4.2.2).
        421 | 500 | 503 => (SubmitOutcome::Transient { stage, code, status }, false),
        400..500 => (SubmitOutcome::Transient { stage, code, status }, true),
        500..600 => (SubmitOutcome::Permanent { stage, code, status }, true),
        _ => desync(stage, code),
    }
}

/// Something that is no refusal, or nothing at all.
fn desync(stage: Stage, code: u16) -> Ended {
    (SubmitOutcome::Transient { stage, code, status: None }, false)
}

/// The dot was not written.
fn unsent(gate: &Gate) -> Ended {
    (SubmitOutcome::Transient { stage: Stage::Data, code: gate.spoke(), status: gate.status() }, false)
}

fn accepted(response: &Response) -> Ended {
    match u16::from(response.code()) {
        200..300 => (SubmitOutcome::Accepted { reply: clean_text(response.message()) }, true),
        // A positive code that is no answer to a dot.
        _ => (SubmitOutcome::Unknown, false),
    }
}

/// The reply code in an error of lettre, whose text is never looked at: it repeats the server's.
fn code_of(error: &Error) -> Option<u16> {
    error.status().map(u16::from)
}

/// The quoted form of a local part whose dots stand where RFC 5321 §4.1.2 does not allow them.
fn quoted_form(address: &Address) -> Option<String> {
    let local = address.local();
    let odd = local.starts_with('.') || local.ends_with('.') || local.contains("..");
    let bare = !address.wire().starts_with('"');
    (odd && bare).then(|| format!("\"{local}\"@{}", address.domain()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_odd_dots_are_quoted() {
        let check = |text: &str, expected: Option<&str>| {
            let address = Address::parse(text).unwrap();
            assert_eq!(quoted_form(&address).as_deref(), expected, "{text}");
        };
        check("foo..bar@docomo.ne.jp", Some("\"foo..bar\"@docomo.ne.jp"));
        check("foo.@ezweb.ne.jp", Some("\"foo.\"@ezweb.ne.jp"));
        check(".foo@ezweb.ne.jp", Some("\".foo\"@ezweb.ne.jp"));
        check("foo.bar@example.jp", None);
        check("\"a b..\"@example.jp", None);
    }

    #[test]
    fn codes_are_sorted_by_what_to_do_next() {
        use SubmitOutcome::{Permanent, Transient};
        let status = Some(EnhancedStatus { subject: 7, detail: 1 });
        let check =
            |code: u16, expected: Ended| assert_eq!(refusal(Stage::Rcpt, code, status), expected, "{code}");
        let stage = Stage::Rcpt;
        check(450, (Transient { stage, code: 450, status }, true));
        check(550, (Permanent { stage, code: 550, status }, true));
        check(421, (Transient { stage, code: 421, status }, false));
        check(500, (Transient { stage, code: 500, status }, false));
        check(503, (Transient { stage, code: 503, status }, false));
        check(0, (Transient { stage, code: 0, status: None }, false));
    }
}
