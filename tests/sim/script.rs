//! What may happen in a run: everything that the seed brings, or only what a story names.
//!
//! Each happening (a mail that somebody writes, an upheaval, a fault) has a name of its own and draws its chance from
//! seed and name. So leaving one out changes the others as little as can be, and a story can be made shorter.

use std::collections::{BTreeMap, BTreeSet};

use crate::chance::Chance;

/// Which faults there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// All.
    Whole,
    /// None: people, mails and time.
    Calm,
    /// Crashes alone, everything else as in [`Mode::Calm`].
    Crashes,
}

/// See the module's head.
pub struct Script {
    pub seed: u64,
    pub mode: Mode,
    only: Option<BTreeSet<String>>,
    counts: BTreeMap<String, u64>,
    /// What happened, in order.
    pub happened: Vec<(i64, String)>,
}

impl Script {
    pub fn new(seed: u64, mode: Mode, only: Option<BTreeSet<String>>) -> Self {
        Self { seed, mode, only, counts: BTreeMap::new(), happened: Vec::new() }
    }

    /// The chance of something with a name.
    pub fn chance(&self, name: &str) -> Chance {
        Chance::of(self.seed, name)
    }

    /// The name with a number that it has only once.
    pub fn name(&mut self, topic: &str) -> String {
        let count = self.counts.entry(topic.to_owned()).or_default();
        *count += 1;
        format!("{topic}#{count}")
    }

    /// The next chance of a topic.
    pub fn draw(&mut self, topic: &str) -> Chance {
        let name = self.name(topic);
        self.chance(&name)
    }

    /// Whether a happening may happen; then it has.
    pub fn may(&mut self, at: i64, name: &str) -> bool {
        let may = self.only.as_ref().is_none_or(|only| only.contains(name));
        if may {
            self.happened.push((at, name.to_owned()));
        }
        may
    }

    /// Whether a fault strikes now; its chance says how.
    pub fn strike(&mut self, at: i64, topic: &str, percent: usize) -> Option<Chance> {
        let on = match self.mode {
            Mode::Whole => true,
            Mode::Calm => false,
            Mode::Crashes => topic == "crash",
        };
        let name = self.name(topic);
        let mut chance = self.chance(&name);
        (on && chance.percent(percent) && self.may(at, &name)).then_some(chance)
    }
}

/// Whether something fails now.
pub struct Faults<'a> {
    pub script: &'a mut Script,
    pub now: i64,
    pub on: bool,
}

impl Faults<'_> {
    /// The chance of a fault that strikes in `percent` of a hundred cases while faults are on.
    pub fn strike(&mut self, topic: &str, percent: usize) -> Option<Chance> {
        if self.on { self.script.strike(self.now, topic, percent) } else { None }
    }

    pub fn strikes(&mut self, topic: &str, percent: usize) -> bool {
        self.strike(topic, percent).is_some()
    }
}
