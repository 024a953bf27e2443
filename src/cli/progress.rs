//! Progress of long work on standard error: one line that moves at a terminal, a plain line every five seconds
//! elsewhere. Work that is done sooner shows nothing elsewhere.

use std::cell::Cell;
use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};

use crate::daemon::Progress;

/// Elsewhere than at a terminal one of so many is printed.
const SELDOM: usize = 10;

/// See the module's head.
pub(super) struct Line {
    bar: Option<ProgressBar>,
    told: Cell<usize>,
}

impl Line {
    pub(super) fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(ProgressBar::new_spinner);
        if let (Some(bar), Ok(style)) = (&bar, ProgressStyle::with_template("{spinner} {elapsed} {msg}")) {
            bar.set_style(style);
        }
        Self { bar, told: Cell::new(0) }
    }

    pub(super) fn show(&self, progress: Progress) {
        self.tell(&sentence(progress));
    }

    /// The same for work of another kind.
    pub(super) fn tell(&self, sentence: &str) {
        self.told.set(self.told.get() + 1);
        match &self.bar {
            Some(bar) => {
                bar.set_message(sentence.to_owned());
                bar.tick();
            }
            None if self.told.get().is_multiple_of(SELDOM) => eprintln!("yorisoi: {sentence}"),
            None => {}
        }
    }

    pub(super) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn sentence(progress: Progress) -> String {
    let Progress { taken_in, of, sent } = progress;
    format!("taken in: {} of {}; sent: {}", grouped(taken_in), grouped(of), grouped(sent))
}

/// Thousands with commas.
fn grouped(number: usize) -> String {
    if number < 1000 {
        number.to_string()
    } else {
        format!("{},{:03}", grouped(number / 1000), number % 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_a_sentence_with_readable_numbers() {
        let check = |taken_in, of, sent, expected: &str| {
            assert_eq!(sentence(Progress { taken_in, of, sent }), expected);
        };
        check(0, 0, 0, "taken in: 0 of 0; sent: 0");
        check(3_000, 10_000, 999, "taken in: 3,000 of 10,000; sent: 999");
        check(1_000_020, 1_234_567, 1_000, "taken in: 1,000,020 of 1,234,567; sent: 1,000");
    }
}
