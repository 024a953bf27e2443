//! How often each side of each step was passed, and how often the program died there.

use std::collections::BTreeMap;
use std::fmt;

use super::points::{Kill, STEPS, Side};

/// See the module's head.
#[derive(Debug, Default)]
pub struct Table {
    /// By `P14:before`: passed, died.
    points: BTreeMap<String, (usize, usize)>,
    /// Houses, and deaths in them.
    pub houses: usize,
    pub deaths: usize,
}

impl Table {
    /// Adds what one house passed.
    pub fn note(&mut self, passed: &[String], deaths: usize) {
        for line in passed {
            let (died, point) =
                line.strip_prefix("killed at ").map_or((0, line.as_str()), |point| (1, point));
            let counts = self.points.entry(point.to_owned()).or_default();
            *counts = (counts.0 + 1 - died, counts.1 + died);
        }
        self.houses += 1;
        self.deaths += deaths;
    }

    fn counts(&self, step: usize, side: Side) -> (usize, usize) {
        self.points.get(&Kill::new(step, side).point()).copied().unwrap_or_default()
    }

    /// Sides of steps at which the program never died.
    pub fn never(&self) -> Vec<String> {
        let all =
            (1..=STEPS.len()).flat_map(|step| [Side::Before, Side::After].map(|side| Kill::new(step, side)));
        all.filter(|kill| self.counts(kill.step, kill.side).1 == 0).map(Kill::point).collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} houses, {} deaths          before: passed   died     after: passed   died",
            self.houses, self.deaths
        )?;
        for (n, name) in STEPS.iter().enumerate() {
            let (before, after) = (self.counts(n + 1, Side::Before), self.counts(n + 1, Side::After));
            writeln!(
                f,
                "P{:02} {name:<26}{:>17} {:>6} {:>17} {:>6}",
                n + 1,
                before.0,
                before.1,
                after.0,
                after.1
            )?;
        }
        Ok(())
    }
}
