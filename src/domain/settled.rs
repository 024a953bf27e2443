//! What follows from the end of one submission (the state machine of an outbox row).
//!
//! An end at RCPT or later is about this mail; an earlier refusal is about our account, and pauses all sending
//! without costing any mail its life.

use std::time::Duration;

use super::outgoing::{Kind, Repeat, State};
use crate::clock::Timestamp;
use crate::mail::submission::{Stage, SubmitOutcome};

/// What the decision needs to know of the row.
#[derive(Clone, Copy, Debug)]
pub struct RowFacts {
    /// What it is.
    pub kind: Kind,
    /// Attempts so far, this one included.
    pub attempts: i64,
    /// Of the earlier ones, those in which this very mail was put off.
    pub refusals: i64,
    /// Unknown ends before this one.
    pub unknowns: i64,
    /// When its time runs out.
    pub expires_at: Timestamp,
}

/// The row's next state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Where it stands now.
    pub state: State,
    /// When it is tried again, in the states that are.
    pub next_at: Option<Timestamp>,
    /// How long all sending pauses: the account, not the mail, was refused.
    pub pause: Option<Duration>,
}

/// What an operator can do when sending stopped at this stage, with this reply code (0 for none).
pub fn remedy(stage: Stage, code: u16) -> &'static str {
    match (stage, code) {
        (Stage::Connect, 0) => {
            "the server cannot be reached, or not with this protection: look at host, port and tls of [smtp]; \
             the log says more"
        }
        (Stage::Auth, 500..) => {
            "the server does not accept the user name and password: set smtp.username and the password of [smtp] \
             right, and start yorisoi again"
        }
        (Stage::Auth, 0) => {
            "logging in found no end: ask the provider how programs log in; the log says more"
        }
        (Stage::Mail, 500..) => {
            "the server does not let this account send as service.address: ask the provider, or use the address \
             that belongs to the account"
        }
        _ => "the server puts us off; it is tried again by itself, and if it stays, ask the provider",
    }
}

const MINUTE: u64 = 60;
/// Minutes before the next attempt, by the number of attempts made (Postfix's and mox's schedules).
const BACKOFF: [u64; 9] = [1, 5, 15, 30, 60, 120, 240, 480, 480];
/// No mail and no pause waits longer than this.
pub const LONGEST_WAIT: Duration = Duration::from_secs(9 * 60 * MINUTE);
const PAUSE: Duration = Duration::from_secs(5 * MINUTE);

/// How long all sending pauses when the server cannot be reached, by attempts of the mail that found out.
fn pause_after(attempts: i64) -> Duration {
    const SECONDS: [u64; 5] = [5, 15, 30, 60, 120];
    let index = usize::try_from(attempts.saturating_sub(1)).unwrap_or(0);
    SECONDS.get(index).map_or(PAUSE, |seconds| Duration::from_secs(*seconds))
}

/// How long to wait after a mail was put off `attempts` times; `jitter` in −100…100 moves it by up to ten per cent.
pub fn backoff(attempts: i64, jitter: i64) -> Duration {
    let index = usize::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(BACKOFF.len() - 1);
    let millis = BACKOFF.get(index).copied().unwrap_or(480) * MINUTE * 1000;
    let moved = i64::try_from(millis).unwrap_or(0) * (1000 + jitter.clamp(-100, 100)) / 1000;
    Duration::from_millis(u64::try_from(moved).unwrap_or(0))
}

/// Decides. `jitter` is chance, passed in.
pub fn decide(row: &RowFacts, outcome: &SubmitOutcome, now: Timestamp, jitter: i64) -> Settled {
    let end = |state| Settled { state, next_at: None, pause: None };
    match outcome {
        SubmitOutcome::Accepted { .. } => end(State::Accepted),
        SubmitOutcome::Permanent { stage, .. } if *stage >= Stage::Rcpt => end(State::Failed),
        SubmitOutcome::Permanent { .. } => {
            Settled { state: State::Queued, next_at: Some(now.after(PAUSE)), pause: Some(PAUSE) }
        }
        // The server could not be reached: that says nothing about this mail, and costs it nothing.
        SubmitOutcome::Transient { stage: Stage::Connect | Stage::Auth, .. } => {
            let pause = pause_after(row.attempts - row.refusals);
            Settled { state: State::Queued, next_at: Some(now.after(pause)), pause: Some(pause) }
        }
        SubmitOutcome::Transient { .. } => {
            let next = now.after(backoff(row.refusals + 1, jitter));
            if next >= row.expires_at && now >= row.expires_at {
                end(State::Expired)
            } else {
                // The last attempt is made when its time runs out, not before.
                Settled { state: State::Queued, next_at: Some(next.min(row.expires_at)), pause: None }
            }
        }
        SubmitOutcome::Unknown => after_unknown(row, now),
    }
}

/// The line died after the dot: whether the same bytes are sent again depends on what they are worth.
pub fn after_unknown(row: &RowFacts, now: Timestamp) -> Settled {
    let again = |minutes: u64| Settled {
        state: State::Unknown,
        next_at: Some(now.after(Duration::from_secs(minutes * MINUTE))),
        pause: None,
    };
    match (row.kind.repeat(), row.unknowns) {
        (Repeat::UpToThree, 0) => again(2),
        (Repeat::UpToThree, 1) | (Repeat::Once, 0) => again(15),
        _ => Settled { state: State::Unresolved, next_at: None, pause: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000_000);

    fn row(kind: Kind, attempts: i64, unknowns: i64) -> RowFacts {
        RowFacts {
            kind,
            attempts,
            refusals: attempts - 1,
            unknowns,
            expires_at: NOW.after(Duration::from_secs(48 * 3600)),
        }
    }

    #[test]
    fn each_end_has_its_consequence() {
        let check = |kind, attempts, unknowns, outcome: SubmitOutcome, state, wait_s: Option<u64>, pause| {
            let got = decide(&row(kind, attempts, unknowns), &outcome, NOW, 0);
            let wait = got.next_at.map(|at| at.since(NOW).as_secs());
            assert_eq!((got.state, wait, got.pause.is_some()), (state, wait_s, pause), "{outcome:?}");
        };
        let accepted = SubmitOutcome::Accepted { reply: String::new() };
        let transient = |stage| SubmitOutcome::Transient { stage, code: 451 };
        let permanent = |stage| SubmitOutcome::Permanent { stage, code: 550 };
        check(Kind::Alert, 1, 0, accepted, State::Accepted, None, false);
        check(Kind::Alert, 1, 0, transient(Stage::Connect), State::Queued, Some(5), true);
        check(Kind::Alert, 9, 0, transient(Stage::Auth), State::Queued, Some(5), true);
        check(Kind::Alert, 1, 0, transient(Stage::Mail), State::Queued, Some(60), false);
        check(Kind::Alert, 2, 0, transient(Stage::Rcpt), State::Queued, Some(300), false);
        check(Kind::Alert, 99, 0, transient(Stage::Dot), State::Queued, Some(8 * 3600), false);
        check(Kind::Alert, 1, 0, permanent(Stage::Rcpt), State::Failed, None, false);
        check(Kind::Alert, 1, 0, permanent(Stage::Dot), State::Failed, None, false);
        check(Kind::Alert, 1, 0, permanent(Stage::Auth), State::Queued, Some(300), true);
        check(Kind::Alert, 1, 0, permanent(Stage::Mail), State::Queued, Some(300), true);
        check(Kind::Alert, 1, 0, SubmitOutcome::Unknown, State::Unknown, Some(120), false);
        check(Kind::Alert, 2, 1, SubmitOutcome::Unknown, State::Unknown, Some(900), false);
        check(Kind::Alert, 3, 2, SubmitOutcome::Unknown, State::Unresolved, None, false);
        check(Kind::PassOn, 1, 0, SubmitOutcome::Unknown, State::Unknown, Some(900), false);
        check(Kind::PassOn, 2, 1, SubmitOutcome::Unknown, State::Unresolved, None, false);
        check(Kind::Receipt, 1, 0, SubmitOutcome::Unknown, State::Unresolved, None, false);
    }

    #[test]
    fn a_mail_whose_time_is_up_gets_one_last_attempt() {
        let late = RowFacts { expires_at: NOW.after(Duration::from_secs(30)), ..row(Kind::Alert, 5, 0) };
        let got = decide(&late, &SubmitOutcome::Transient { stage: Stage::Rcpt, code: 451 }, NOW, 0);
        assert_eq!(got.next_at, Some(late.expires_at));
        let over = RowFacts { expires_at: NOW, ..late };
        let got = decide(&over, &SubmitOutcome::Transient { stage: Stage::Rcpt, code: 451 }, NOW, 0);
        assert_eq!(got.state, State::Expired);
    }

    #[test]
    fn jitter_moves_the_wait_by_a_tenth_at_most() {
        assert_eq!(backoff(1, 0).as_secs(), 60);
        assert_eq!(backoff(1, 100).as_secs(), 66);
        assert_eq!(backoff(1, -5000).as_secs(), 54);
    }
}
