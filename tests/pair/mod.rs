//! An installation with one client, はる, and her supporter あい.
#![allow(clippy::unwrap_used)] // a test without its house has failed

use std::path::Path;

use yorisoi::clock::Timestamp;
use yorisoi::domain::command::Command;
use yorisoi::engine::{Engine, Role};
use yorisoi::mail::address::Address;
use yorisoi::rng::Rng;
use yorisoi::settings::Settings;

/// With its files in `dir`.
pub fn installed(dir: &Path, now: Timestamp) -> (Engine, Settings) {
    let settings = crate::plain::settings(dir);
    let mut engine = Engine::open(&settings, Role::Daemon, Rng::from_seed(1), now).unwrap();
    let addresses = |text: &str| vec![Address::parse(text).unwrap()];
    let (name, locale) = ("あい".to_owned(), None);
    let ai = Command::AddSupporter { name, addresses: addresses("ai@a.example"), locale };
    engine.order(&ai, now).unwrap();
    let (goal, supporter) = (String::new(), Some("あい".to_owned()));
    let (name, addresses) = ("はる".to_owned(), addresses("haru@a.example"));
    engine
        .order(
            &Command::AddClient { name, addresses, goal, locale, supporter, second: None, pool: false },
            now,
        )
        .unwrap();
    (engine, settings)
}
