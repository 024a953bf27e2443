//! Killed before and after every step, between a real Dovecot and a real Postfix: nothing lost, nothing doubled.
//!
//! * `cargo test --features killpoints --test kill_matrix` kills at each side of each step, on one kind of mail or other.
//! * With `YORISOI_LONG=1` on every kind, and again at each step of the recovery that follows.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // whatever breaks here fails the test

mod counted;
mod kills;
mod lab;
#[allow(dead_code)] // what the end-to-end tests read
#[path = "e2e/reading.rs"]
mod reading;
#[allow(dead_code)] // and write
#[path = "e2e/writing.rs"]
mod writing;

use std::io::Write as _;

use kills::kinds::Kind;
use kills::points::Side::{After, Before};
use kills::points::{Kill, STEPS, Side};
use kills::{Case, play, storm};

fn is_long() -> bool {
    std::env::var_os("YORISOI_LONG").is_some()
}

/// Straight to the terminal, or the log of the run: a test that passes is otherwise silent.
fn tell(text: &str) {
    let _ = std::io::stdout().write_all(format!("\n{text}\n").as_bytes());
}

/// At which time of passing the death comes that tells most.
fn time(step: usize, side: Side, kind: Kind, turn: usize) -> u32 {
    match step {
        // a round keeps thrice: nothing, what was listed, what was fetched
        12..=14 => [3, 3, 1, 2][turn % 4],
        // keys are looked up for nothing at the start and at the first look, then for what was kept
        17 => 3,
        // the first TLS is IMAP's, the second SMTP's
        25 => [2, 1][turn % 2],
        // the first claim finds nothing
        23 => [2, 1][turn % 2],
        // a long letter is written in pieces, and so is what comes with a photo
        9 if kind == Kind::Large => 2,
        30 if kind == Kind::Large && side == Before => 2,
        // a yes comes alone, and so does the question before it
        16..=37 if kind == Kind::Held => 1,
        // after three alerts comes the receipt, and after two a notice: neither is sent a second time
        27..=37 if kind == Kind::Report => 4,
        27..=37 if kind == Kind::Large => [3, 1][turn % 2],
        // the first mail or the second one
        16 | 18 | 20 | 27..=37 => [1, 2][turn % 2],
        _ => 1,
    }
}

fn single(step: usize, side: Side, kind: Kind, turn: usize) -> Case {
    let time = time(step, side, kind, turn);
    Case { kind, kills: vec![Kill { step, side, time }], all_must_happen: true }
}

#[test]
fn killed_before_and_after_each_of_its_forty_steps_it_loses_and_doubles_nothing() {
    let mut cases = Vec::new();
    for step in 1..=STEPS.len() {
        for (turn, side) in [Before, After].into_iter().enumerate() {
            for (n, kind) in Kind::ALL.into_iter().enumerate() {
                if is_long() || n == (step * 2 + turn) % Kind::ALL.len() {
                    cases.push(single(step, side, kind, step + n));
                }
            }
        }
    }
    let (table, failed) = play(&cases);
    tell(&table.to_string());
    counted::counted(
        "killed_before_and_after_each_of_its_forty_steps_it_loses_and_doubles_nothing",
        cases.len(),
    );
    assert!(failed.is_empty(), "{} of {} failed:\n{}", failed.len(), cases.len(), failed.join("\n"));
    let never = table.never();
    assert!(never.is_empty(), "never reached: {never:?}");
    assert_eq!(table.houses, cases.len() + Kind::ALL.len());
}

/// Step, side, and at which time of passing.
type Death = (usize, Side, u32);

/// First deaths that leave a state of its own each, for all that a recovery passes.
const STATES: [Death; 14] = [
    (11, After, 1),  // nothing is kept
    (13, After, 3),  // the same, in the middle of the transaction
    (14, Before, 3), // kept
    (15, After, 1),  // an attempt is open
    (20, After, 1),  // in the middle of the effects
    (22, Before, 1), // applied, everything queued
    (23, After, 2),  // claimed
    (30, After, 1),  // all written but the dot
    (31, After, 1),  // the dot may be out, and is not
    (32, After, 1),  // it is out
    (35, Before, 1), // accepted, and only this process knew
    (36, After, 1),  // accepted, and the journal knows
    (37, After, 1),  // settled
    (40, After, 1),  // copied, not migrated
];

/// Some that are certainly on the way, the second one counted from the next start.
const PAIRS: [(usize, [Death; 2]); 20] = [
    (0, [(11, After, 1), (11, After, 1)]),
    (1, [(13, After, 3), (13, After, 3)]),
    (2, [(14, Before, 3), (15, After, 1)]),
    (3, [(14, After, 3), (19, Before, 1)]),
    (4, [(14, Before, 3), (22, Before, 1)]),
    (0, [(15, After, 1), (15, After, 1)]),
    (1, [(15, After, 1), (20, After, 1)]),
    (2, [(20, After, 1), (21, After, 1)]),
    (3, [(22, Before, 1), (23, After, 1)]),
    (4, [(22, Before, 1), (31, After, 1)]),
    (0, [(22, Before, 1), (32, After, 1)]),
    (1, [(23, After, 2), (30, After, 1)]),
    (0, [(31, After, 1), (32, After, 1)]),
    (0, [(31, After, 1), (37, Before, 1)]),
    (1, [(32, After, 1), (35, Before, 1)]),
    (3, [(32, After, 1), (38, After, 1)]),
    (4, [(35, After, 1), (23, Before, 1)]),
    (0, [(37, Before, 1), (1, After, 1)]),
    (1, [(40, Before, 1), (40, After, 1)]),
    (3, [(40, After, 1), (39, Before, 1)]),
];

#[test]
fn killed_again_while_it_recovers_it_loses_and_doubles_nothing() {
    let kill = |(step, side, time)| Kill { step, side, time };
    let certain = |(kind, pair): (usize, [_; 2])| Case {
        kind: Kind::ALL[kind],
        kills: pair.map(kill).to_vec(),
        all_must_happen: true,
    };
    let mut cases: Vec<Case> = PAIRS.map(certain).to_vec();
    if is_long() {
        for (n, first) in STATES.into_iter().enumerate() {
            for step in 1..=STEPS.len() {
                for second in [Before, After].map(|side| kill((step, side, 1))) {
                    let kind = [Kind::Report, Kind::Answer, Kind::Bounce, Kind::Large][(n + step) % 4];
                    cases.push(Case { kind, kills: vec![kill(first), second], all_must_happen: false });
                }
            }
        }
    }
    let (table, failed) = play(&cases);
    tell(&table.to_string());
    counted::counted("killed_again_while_it_recovers_it_loses_and_doubles_nothing", cases.len());
    assert!(failed.is_empty(), "{} of {} failed:\n{}", failed.len(), cases.len(), failed.join("\n"));
    assert!(table.deaths >= cases.len() + PAIRS.len());
}

#[test]
fn stopped_by_sigterm_at_any_moment_it_loses_doubles_and_misdirects_nothing() {
    storm::blow(if is_long() { 1000 } else { 50 }, 5);
}
