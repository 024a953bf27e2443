//! What follows from the end of one submission (the state machine of an outbox row).
//!
//! A refusal of this mail ends it or puts it off; a refusal of our account ([`super::refusal`]) pauses all sending and
//! costs no mail its life. What can be either is put off, and told apart by what becomes of other mails: refused again
//! although one was accepted in between, it is the mail; recipients in three domains in a row, it is us.

use std::time::Duration;

use super::outgoing::{Kind, Repeat, State};
use super::refusal::{About, about};
use crate::clock::Timestamp;
use crate::mail::submission::{EnhancedStatus, Stage, SubmitOutcome};

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

/// Recipients' domains that were refused, for no clear reason, since a mail was last accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Doubts {
    /// The domain of this row's recipient is among them.
    pub own: bool,
    /// How many others there are.
    pub others: i64,
    /// Since when nothing has been accepted because of our account or the server.
    pub stopped_at: Option<Timestamp>,
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
    /// Whom the refusal was about.
    pub about: Option<About>,
}

/// Whether this reply stops sending until a person does something: the login is missing or refused.
pub fn needs_a_person(code: u16) -> bool {
    matches!(code, 530 | 534 | 535 | 538)
}

/// What an operator can do when sending stopped at this stage, with this reply code (0 for none).
pub fn remedy(stage: Stage, code: u16, status: Option<EnhancedStatus>) -> &'static str {
    match (stage, code) {
        _ if stage > Stage::Auth && about(stage, code, status) != About::Account => {
            "the server refuses mails to several people in a row, as if it were us: ask the provider whether this \
             account, or the address of this machine, is blocked"
        }
        _ if matches!(
            status,
            Some(
                EnhancedStatus { subject: 4 | 5, detail: 3 | 5 } | EnhancedStatus { subject: 7, detail: 28 }
            )
        ) =>
        {
            "the provider takes no more mail from this account for now: it goes on by itself; per_hour in [smtp] keeps \
             below what the provider allows"
        }
        (_, 530 | 534 | 538) => {
            "the server wants a login, or protection before it: look at username, the password and tls of [smtp]"
        }
        (Stage::Connect, 0) => {
            "the server cannot be reached, or not with this protection: look at host, port and tls of [smtp]; \
             the log says more"
        }
        (Stage::Auth, 500..) | (_, 535) => {
            "the server does not accept the user name and password: set smtp.username and the password of [smtp] \
             right, and start yorisoi again"
        }
        (Stage::Auth, 0) => {
            "logging in found no end: ask the provider how programs log in; the log says more"
        }
        (_, 500..) => {
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

/// How long all sending pauses when the server cannot be reached: by attempts of the mail that found out, and as long
/// again as it has been so, however many mails find out anew.
fn pause_after(attempts: i64, stopped_for: Duration) -> Duration {
    const SECONDS: [u64; 5] = [5, 15, 30, 60, 120];
    let index = usize::try_from(attempts.saturating_sub(1)).unwrap_or(0);
    let pause = SECONDS.get(index).map_or(PAUSE, |seconds| Duration::from_secs(*seconds));
    pause.max(stopped_for.min(PAUSE))
}

/// How long to wait after a mail was put off `attempts` times; `jitter` in −100…100 moves it by up to ten per cent.
pub fn backoff(attempts: i64, jitter: i64) -> Duration {
    let index = usize::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(BACKOFF.len() - 1);
    let millis = BACKOFF.get(index).copied().unwrap_or(480) * MINUTE * 1000;
    let moved = i64::try_from(millis).unwrap_or(0) * (1000 + jitter.clamp(-100, 100)) / 1000;
    Duration::from_millis(u64::try_from(moved).unwrap_or(0))
}

/// Domains in a row whose unclear refusals mean us.
const MANY: i64 = 3;
/// Unclear refusals that a mail is given when no other mail shows whom they are about.
const PATIENCE: i64 = 3;

/// Decides. `jitter` is chance, passed in.
pub fn decide(
    row: &RowFacts,
    outcome: &SubmitOutcome,
    doubts: Doubts,
    now: Timestamp,
    jitter: i64,
) -> Settled {
    let (stage, code, status, permanent) = match *outcome {
        SubmitOutcome::Accepted { .. } => return end(State::Accepted, None),
        SubmitOutcome::Unknown => return after_unknown(row, now),
        SubmitOutcome::Transient { stage, code, status } => (stage, code, status, false),
        SubmitOutcome::Permanent { stage, code, status } => (stage, code, status, true),
    };
    let about = about(stage, code, status);
    match about {
        About::Account => {
            let stopped_for = doubts.stopped_at.map_or(Duration::ZERO, |at| now.since(at));
            let pause = if permanent { PAUSE } else { pause_after(row.attempts - row.refusals, stopped_for) };
            Settled {
                state: State::Queued,
                next_at: Some(now.after(pause)),
                pause: Some(pause),
                about: Some(about),
            }
        }
        About::Mail | About::NoSuchRecipient if permanent => end(State::Failed, Some(about)),
        About::Mail | About::NoSuchRecipient => put_off(row, now, jitter, about),
        About::Unclear | About::Desync if doubts.others + 1 >= MANY => {
            Settled { pause: Some(PAUSE), ..put_off(row, now, jitter, about) }
        }
        About::Unclear if permanent && row.refusals > 0 && (!doubts.own || row.refusals + 1 >= PATIENCE) => {
            end(State::Failed, Some(about))
        }
        About::Unclear | About::Desync => put_off(row, now, jitter, about),
    }
}

fn end(state: State, about: Option<About>) -> Settled {
    Settled { state, next_at: None, pause: None, about }
}

/// This very mail is tried again later, or its time is over. What may have arrived once has not expired.
fn put_off(row: &RowFacts, now: Timestamp, jitter: i64, about: About) -> Settled {
    if now >= row.expires_at {
        return end(expired(row.unknowns), Some(about));
    }
    // The last attempt is made when its time runs out, not before.
    let next = now.after(backoff(row.refusals + 1, jitter)).min(row.expires_at);
    Settled { state: State::Queued, next_at: Some(next), pause: None, about: Some(about) }
}

/// How a row ends whose time ran out: one that had an unknown end may have arrived.
pub fn expired(unknowns: i64) -> State {
    if unknowns > 0 { State::Unresolved } else { State::Expired }
}

/// The line died after the dot: whether the same bytes are sent again depends on what they are worth.
pub fn after_unknown(row: &RowFacts, now: Timestamp) -> Settled {
    let again = |minutes: u64| Settled {
        state: State::Unknown,
        next_at: Some(now.after(Duration::from_secs(minutes * MINUTE))),
        pause: None,
        about: None,
    };
    match (row.kind.repeat(), row.unknowns) {
        (Repeat::UpToThree, 0) => again(2),
        (Repeat::UpToThree, 1) | (Repeat::Once, 0) => again(15),
        _ => end(State::Unresolved, None),
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

    fn transient(stage: Stage, code: u16) -> SubmitOutcome {
        SubmitOutcome::Transient { stage, code, status: None }
    }

    fn permanent(stage: Stage, code: u16) -> SubmitOutcome {
        SubmitOutcome::Permanent { stage, code, status: None }
    }

    #[test]
    fn each_end_has_its_consequence() {
        let check = |kind, attempts, unknowns, outcome: SubmitOutcome, state, wait_s: Option<u64>, pause| {
            let got = decide(&row(kind, attempts, unknowns), &outcome, Doubts::default(), NOW, 0);
            let wait = got.next_at.map(|at| at.since(NOW).as_secs());
            assert_eq!((got.state, wait, got.pause.is_some()), (state, wait_s, pause), "{outcome:?}");
        };
        let accepted = SubmitOutcome::Accepted { reply: String::new() };
        check(Kind::Alert, 1, 0, accepted, State::Accepted, None, false);
        check(Kind::Alert, 1, 0, transient(Stage::Connect, 0), State::Queued, Some(5), true);
        check(Kind::Alert, 9, 0, transient(Stage::Auth, 454), State::Queued, Some(5), true);
        check(Kind::Alert, 1, 0, transient(Stage::Mail, 451), State::Queued, Some(5), true);
        check(Kind::Alert, 1, 0, transient(Stage::Mail, 503), State::Queued, Some(60), false);
        check(Kind::Alert, 1, 0, transient(Stage::Rcpt, 454), State::Queued, Some(5), true);
        check(Kind::Alert, 2, 0, transient(Stage::Rcpt, 451), State::Queued, Some(300), false);
        check(Kind::Alert, 99, 0, transient(Stage::Dot, 451), State::Queued, Some(8 * 3600), false);
        check(Kind::Alert, 1, 0, permanent(Stage::Rcpt, 550), State::Failed, None, false);
        check(Kind::Alert, 1, 0, permanent(Stage::Dot, 554), State::Failed, None, false);
        check(Kind::Alert, 1, 0, permanent(Stage::Mail, 552), State::Failed, None, false);
        check(Kind::Alert, 1, 0, permanent(Stage::Auth, 535), State::Queued, Some(300), true);
        check(Kind::Alert, 1, 0, permanent(Stage::Mail, 550), State::Queued, Some(300), true);
        check(Kind::Alert, 1, 0, permanent(Stage::Rcpt, 530), State::Queued, Some(300), true);
        check(Kind::Alert, 1, 0, SubmitOutcome::Unknown, State::Unknown, Some(120), false);
        check(Kind::Alert, 2, 1, SubmitOutcome::Unknown, State::Unknown, Some(900), false);
        check(Kind::Alert, 3, 2, SubmitOutcome::Unknown, State::Unresolved, None, false);
        for kind in [Kind::PassOn, Kind::FollowUp, Kind::Returned, Kind::Confirmation] {
            check(kind, 1, 0, SubmitOutcome::Unknown, State::Unknown, Some(900), false);
            check(kind, 2, 1, SubmitOutcome::Unknown, State::Unresolved, None, false);
        }
        check(Kind::Receipt, 1, 0, SubmitOutcome::Unknown, State::Unresolved, None, false);
        check(Kind::Notice, 1, 0, SubmitOutcome::Unknown, State::Unresolved, None, false);
    }

    #[test]
    fn an_unclear_refusal_is_told_apart_by_other_mails() {
        let blocked = |stage| SubmitOutcome::Permanent {
            stage,
            code: 550,
            status: Some(EnhancedStatus { subject: 7, detail: 1 }),
        };
        // the row's refusals before; its domain among those in doubt; others; the end; whether sending pauses
        let check = |refusals: i64, own: bool, others: i64, state: State, pause: bool| {
            let row = row(Kind::PassOn, refusals + 1, 0);
            for stage in [Stage::Rcpt, Stage::Dot] {
                let got = decide(&row, &blocked(stage), Doubts { own, others, stopped_at: None }, NOW, 0);
                assert_eq!((got.state, got.pause.is_some()), (state, pause), "{refusals} {own} {others}");
            }
        };
        // the first time, nobody knows
        check(0, false, 0, State::Queued, false);
        check(0, true, 1, State::Queued, false);
        // refused before, and a mail was accepted since: it is this mail
        check(1, false, 0, State::Failed, false);
        check(1, false, 1, State::Failed, false);
        // refused before, and nothing was accepted since: twice more, then nobody else can show it
        check(1, true, 0, State::Queued, false);
        check(2, true, 1, State::Failed, false);
        // three domains in a row: us, however often
        check(0, false, 2, State::Queued, true);
        check(1, true, 2, State::Queued, true);
        check(9, true, 7, State::Queued, true);
    }

    #[test]
    fn the_pause_is_as_long_as_it_has_been_out_whichever_mail_finds_out() {
        let lost = SubmitOutcome::Transient { stage: Stage::Connect, code: 0, status: None };
        for (stopped_for, seconds) in
            [(None, 5), (Some(0), 5), (Some(4), 5), (Some(40), 40), (Some(86_400), 300)]
        {
            let stopped_at = stopped_for.map(|s| NOW.before(Duration::from_secs(s)));
            let doubts = Doubts { stopped_at, ..Doubts::default() };
            let got = decide(&row(Kind::Alert, 1, 0), &lost, doubts, NOW, 0);
            assert_eq!(got.pause, Some(Duration::from_secs(seconds)), "{stopped_for:?}");
        }
    }

    #[test]
    fn a_transient_refusal_never_ends_a_mail_and_many_in_a_row_pause() {
        let lost = transient(Stage::Rcpt, 0);
        let settle = |refusals: i64, others| {
            let row = row(Kind::Alert, refusals + 1, 0);
            let got = decide(&row, &lost, Doubts { own: true, others, stopped_at: None }, NOW, 0);
            (got.state, got.pause.is_some())
        };
        assert_eq!(settle(0, 1), (State::Queued, false));
        assert_eq!(settle(8, 1), (State::Queued, false));
        assert_eq!(settle(0, 2), (State::Queued, true));
    }

    #[test]
    fn a_mail_whose_time_is_up_gets_one_last_attempt() {
        let busy = transient(Stage::Rcpt, 451);
        let settle = |row: &RowFacts| decide(row, &busy, Doubts::default(), NOW, 0);
        let late = RowFacts { expires_at: NOW.after(Duration::from_secs(30)), ..row(Kind::Alert, 5, 0) };
        assert_eq!(settle(&late).next_at, Some(late.expires_at));
        let over = RowFacts { expires_at: NOW, ..late };
        assert_eq!(settle(&over).state, State::Expired);
        // one that may have arrived is not called late
        assert_eq!(settle(&RowFacts { unknowns: 1, ..over }).state, State::Unresolved);
    }

    #[test]
    fn jitter_moves_the_wait_by_a_tenth_at_most() {
        assert_eq!(backoff(1, 0).as_secs(), 60);
        assert_eq!(backoff(1, 100).as_secs(), 66);
        assert_eq!(backoff(1, -5000).as_secs(), 54);
    }
}
