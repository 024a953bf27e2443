//! One client's burst, and another client's alert behind it: the real engine, and a server whose slowness is played on
//! a clock of our own. What waits is real; who has to wait is counted in the server's time.

use std::time::Duration;

use yorisoi::clock::{self, Timestamp};
use yorisoi::engine::{Engine, Settlement};
use yorisoi::mail::fetched::{FetchStep, Fetched};
use yorisoi::mail::submission::{Submission, SubmitOutcome};

use super::mails;
use super::world::{World, open};
use crate::lab::{SERVICE, timed};

/// Connections to the server.
const CONNECTIONS: usize = 4;
/// When the other client writes, after the burst.
const LATER: Duration = Duration::from_secs(60);

/// What was measured.
pub struct Burst {
    /// Ends settled and next mails claimed in a second of ours, with the whole burst in line.
    pub claims: f64,
    /// How long the other client's alert waited, by the mails that the server takes in a second.
    pub waits: Vec<(&'static str, Duration)>,
}

/// An installation whose outbox holds `count` alerts of one client.
pub fn fill(world: &World, name: &str, count: usize) {
    let mut engine = open(&world.settings(name, 1, ""));
    let now = jiff::Timestamp::now();
    // every so many reports have one writer
    let burst: Vec<_> = (0..count).map(|n| mails::report(n * mails::CLIENTS, SERVICE, now).0).collect();
    keep(&mut engine, 1, burst, clock::now());
}

fn keep(engine: &mut Engine, first: u32, raws: Vec<Vec<u8>>, now: Timestamp) {
    let mut uid = first;
    for some in raws.chunks(100) {
        let fetched: Vec<Fetched> = (uid..)
            .zip(some)
            .map(|(uid, raw)| Fetched::Mail { uid, internal_date: Some(now), raw: raw.clone() })
            .collect();
        uid += u32::try_from(some.len()).unwrap();
        let listed = Some(fetched.iter().map(Fetched::uid).collect());
        let step = |listed, fetched| FetchStep {
            folder: "INBOX".to_owned(),
            uid_validity: 1,
            uid_next: None,
            listed,
            fetched,
        };
        engine.keep(&step(listed, Vec::new()), now).unwrap();
        engine.keep(&step(None, fetched), now).unwrap();
        while engine.apply(now).unwrap().mails > 0 {}
    }
}

/// Plays servers of several speeds to copies of an installation with a burst of `count`.
pub fn measure(world: &World, filled: &std::path::Path, count: usize) -> Burst {
    let wait = |(name, taken): (&'static str, Duration)| {
        world.copy(filled, "burst");
        (name, waited(&mut open(&world.settings("burst", 1, "")), count, taken))
    };
    let speeds = [
        ("100 mails/s", Duration::from_millis(40)),
        ("10 mails/s", Duration::from_millis(400)),
        ("1 mail/s", Duration::from_secs(4)),
        ("6 mails/min", Duration::from_secs(40)),
    ];
    let waits = speeds.map(wait).into();
    world.copy(filled, "burst");
    let mut engine = open(&world.settings("burst", 1, ""));
    let mut open: Vec<Submission> = engine.due(clock::now(), CONNECTIONS).unwrap();
    let (ends, took) = timed(|| {
        let mut ends = 0;
        while ends < 1000 {
            let Some(submission) = open.pop() else { break };
            open.extend(engine.settle_and_due(&[ended(&submission)], clock::now(), 1).unwrap().1);
            ends += 1;
        }
        ends
    });
    Burst { claims: f64::from(ends) / took.as_secs_f64(), waits }
}

fn ended(submission: &Submission) -> Settlement {
    let outcome = SubmitOutcome::Accepted { reply: String::new() };
    Settlement::Ended { outbox_id: submission.outbox_id, attempt: submission.attempt, outcome }
}

/// The other client's alert at a server that takes `each` for every mail, on the server's clock.
fn waited(engine: &mut Engine, count: usize, each: Duration) -> Duration {
    let start = clock::now();
    let written = start.after(LATER);
    let (mut now, mut posted) = (start, false);
    let mut sending: Vec<(Timestamp, Submission)> = Vec::new();
    for _ in 0..count + 2 {
        if !posted && now >= written {
            posted = true;
            let raw = mails::report(1, SERVICE, jiff::Timestamp::now()).0;
            keep(engine, u32::try_from(count + 1).unwrap(), vec![raw], now);
        }
        let free = CONNECTIONS - sending.len();
        let due = engine.due(now, free).unwrap();
        sending.extend(due.into_iter().map(|submission| (now.after(each), submission)));
        let first = sending.iter().enumerate().min_by_key(|(_, (at, _))| *at).map(|(n, _)| n);
        let Some(first) = first else {
            // a fast server is done before the other client writes
            now = written;
            continue;
        };
        let (at, submission) = sending.remove(first);
        now = now.max(at);
        engine.settle(&[ended(&submission)], now).unwrap();
        // あい1 answers はる1, and nobody of the burst
        if submission.envelope.forward_path.wire() == mails::supporter(1).1 {
            return now.since(written);
        }
    }
    panic!("the other client's alert comes behind the whole burst")
}
