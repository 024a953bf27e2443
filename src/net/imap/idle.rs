//! Waiting for mail: IDLE (RFC 2177) in slices.
//!
//! - A NO to IDLE, or an OK before DONE, is no wait without end and no reason to log in anew: the session goes on
//!   without IDLE, and the caller polls.
//! - EXISTS counts whenever it comes: before the `+`, during an earlier FETCH, after DONE.
//! - Keepalives do not move the deadline; DONE has a deadline of its own; the end of the stream is an error.
//!
//! After every wake the caller searches; what IDLE said is a hint and no more.

use std::time::Duration;

use tokio::time::{Instant, timeout, timeout_at};

use super::{Answer, ImapError, PLAIN_ALLOWANCE, Refusal, Session};

/// Longest time in one IDLE: NAT tables and half-open connections (RFC 2177 allows 29 minutes).
pub const LONGEST_SLICE: Duration = Duration::from_secs(300);

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// The server announced a change of the folder.
    News,
    /// The slice is over.
    Elapsed,
    /// The server has no IDLE, or does not do what it offers: the caller polls. Returned at once.
    NoIdle,
}

/// A tagged OK to IDLE without DONE. The session lives, as after a NO.
const ENDED_BY_ITSELF: ImapError = ImapError::Refused { command: "IDLE", code: Refusal::Other };

impl Session {
    /// Waits until the open folder changes, for `slice` at most (and never more than five minutes).
    pub async fn wait(&mut self, slice: Duration) -> Result<Woken, ImapError> {
        if self.spent {
            return Err(ImapError::Lost);
        }
        if self.news {
            return Ok(Woken::News);
        }
        if !self.has_idle {
            return Ok(Woken::NoIdle);
        }
        let deadline = Instant::now() + slice.min(LONGEST_SLICE);
        let ended = self.idle(deadline).await;
        let ended = self.settle(ended);
        self.client.get_mut().get_mut().stream().set_idle_limit(Some(crate::net::stream::IDLE_LIMIT));
        if matches!(ended, Err(ImapError::Refused { .. })) {
            // An error would have the caller log in anew each time, for the same answer.
            self.has_idle = false;
            return Ok(if self.news { Woken::News } else { Woken::NoIdle });
        }
        ended
    }

    async fn idle(&mut self, deadline: Instant) -> Result<Woken, ImapError> {
        let limit = self.limits.login;
        let tag = timeout(limit, self.begin_idle()).await.unwrap_or(Err(ImapError::Timeout))?;
        self.client.get_mut().get_mut().stream().set_idle_limit(None);
        while !self.news {
            match timeout_at(deadline, self.read("IDLE", &tag, &mut |_| {})).await {
                Err(_) => break,
                Ok(answer) => match answer? {
                    Answer::Untagged => {}
                    // RFC 2177: the answer comes after DONE, and we have not said it.
                    Answer::Refused(code) => return Err(ImapError::Refused { command: "IDLE", code }),
                    Answer::Done => return Err(ENDED_BY_ITSELF),
                    Answer::Continue => return Err(ImapError::Protocol("a second + to IDLE")),
                },
            }
        }
        timeout(self.limits.done, self.end_idle(&tag)).await.unwrap_or(Err(ImapError::Timeout))?;
        Ok(if self.news { Woken::News } else { Woken::Elapsed })
    }

    /// Sends IDLE and reads to its `+`.
    async fn begin_idle(&mut self) -> Result<String, ImapError> {
        let tag = self.send("IDLE", "", PLAIN_ALLOWANCE).await?;
        loop {
            match self.read("IDLE", &tag, &mut |_| {}).await? {
                Answer::Continue => return Ok(tag),
                Answer::Untagged => {}
                Answer::Refused(code) => return Err(ImapError::Refused { command: "IDLE", code }),
                Answer::Done => return Err(ENDED_BY_ITSELF),
            }
        }
    }

    /// Sends DONE and reads to the tagged answer.
    async fn end_idle(&mut self, tag: &str) -> Result<(), ImapError> {
        self.write("DONE\r\n", PLAIN_ALLOWANCE).await?;
        loop {
            match self.read("IDLE", tag, &mut |_| {}).await? {
                Answer::Done => return Ok(()),
                Answer::Untagged => {}
                Answer::Refused(code) => return Err(ImapError::Refused { command: "IDLE", code }),
                Answer::Continue => return Err(ImapError::Protocol("a second + to IDLE")),
            }
        }
    }
}
