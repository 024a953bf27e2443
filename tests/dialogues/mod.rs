//! Dialogues with servers, and what must hold wherever one of them breaks off.
//!
//! A dialogue is written once, as a trace; all its cuts are played by one function for each protocol
//! ([`imap::play_all`], [`smtp::play_all`]), so a new trace gets them for free.

mod imap;
mod imap_traces;
mod smtp;
mod smtp_stages;
mod smtp_traces;

use std::time::Duration;

use super::protocol::{Cut, Then, said, spoken, steps};

/// How one case of a dialogue is played.
#[derive(Clone, Copy, Debug)]
struct Way {
    cut: Option<Cut>,
    /// Each octet comes by itself.
    by_octets: bool,
    /// The client is given up a second after the cut, as when the daemon stops.
    given_up: bool,
}

impl Way {
    const WHOLE: Self = Self { cut: None, by_octets: false, given_up: false };
    const BY_OCTETS: Self = Self { cut: None, by_octets: true, given_up: false };

    fn cut(after: usize, then: Then) -> Self {
        Self { cut: Some(Cut { after, then }), ..Self::WHOLE }
    }

    /// How long the client may still take after the cut, where a silent server gets `patience`.
    fn limit(&self, patience: Duration) -> Duration {
        match self.cut {
            Some(Cut { then: Then::Silence, .. }) => patience,
            // a goodbye may take two seconds
            _ => Duration::from_secs(2),
        }
    }

    /// What the server said of `trace`.
    fn heard(&self, trace: &str) -> Vec<u8> {
        let mut heard = said(trace);
        heard.truncate(self.cut.map_or(usize::MAX, |cut| cut.after));
        heard
    }
}

/// Every way to play `trace`: whole, octet by octet, and cut after each octet that it does not share with the
/// beginning of `known`, whose cuts are played elsewhere.
fn ways(trace: &str, known: &str) -> Vec<Way> {
    let shared = said(trace).iter().zip(said(known)).take_while(|(ours, theirs)| **ours == *theirs).count();
    let (from, total) = (if trace == known { 0 } else { shared }, said(trace).len());
    let mut ways = vec![Way::WHOLE, Way::BY_OCTETS];
    for after in from..=total {
        ways.push(Way::cut(after, Then::Close));
        ways.push(Way::cut(after, Then::Silence));
        ways.push(Way { given_up: true, ..Way::cut(after, Then::Silence) });
    }
    let unanswered = turns(trace).into_iter().filter(|after| (from..total).contains(after));
    ways.extend(unanswered.map(|after| Way::cut(after, Then::CloseUnanswered)));
    ways
}

/// After how many octets of the server's the client says something.
fn turns(trace: &str) -> Vec<usize> {
    let (mut turns, mut octets) = (Vec::new(), 0);
    for step in steps(trace) {
        match spoken(step) {
            Some(said) => octets += said.len(),
            None if step.starts_with("C") => turns.push(octets),
            None => {}
        }
    }
    turns.dedup();
    turns
}
