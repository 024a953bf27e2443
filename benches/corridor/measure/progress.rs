//! What the bench is doing, on standard error: a line that moves at a terminal, plain lines elsewhere.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

pub struct Progress {
    bar: Option<ProgressBar>,
    turn: std::cell::Cell<(usize, usize)>,
}

impl Progress {
    pub fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(ProgressBar::new_spinner);
        if let Some(bar) = &bar {
            bar.set_style(ProgressStyle::with_template("{spinner} {elapsed} {msg}").unwrap());
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Self { bar, turn: std::cell::Cell::new((0, 0)) }
    }

    /// From now on this is turn `turn` of `turns`.
    pub fn turn(&self, turn: usize, turns: usize) {
        self.turn.set((turn, turns));
    }

    pub fn say(&self, what: &str) {
        let text = match self.turn.get() {
            (0, _) => what.to_owned(),
            (turn, turns) => format!("turn {turn} of {turns}: {what}"),
        };
        match &self.bar {
            Some(bar) => bar.set_message(text),
            None => eprintln!("{text}"),
        }
    }

    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
