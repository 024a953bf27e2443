//! `yorisoi inspect --explain`: a mail's text with the lines that are no part of the reply set back, and beside each
//! block of them the rule that took it and its evidence.

use std::io::{self, IsTerminal as _};

use serde::Serialize;

use crate::mail::quote::Cut;

/// One block of lines that is no part of the reply. The order of the fields is the order of the keys.
#[derive(Serialize)]
pub(super) struct Removed {
    /// Its first and its last line in the text, counted from one.
    lines: (usize, usize),
    rule: &'static str,
    evidence: Vec<&'static str>,
}

impl From<&Cut> for Removed {
    fn from(cut: &Cut) -> Self {
        Self { lines: cut.lines, rule: cut.rule.word(), evidence: cut.evidence.words() }
    }
}

/// How lines are set back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Dimmed, on a terminal.
    Dimmed,
    /// Behind `- `.
    Plain,
}

impl Look {
    /// What standard output can show; `NO_COLOR` with any value asks for plain text.
    pub(super) fn of_stdout() -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        if io::stdout().is_terminal() && !plain { Self::Dimmed } else { Self::Plain }
    }
}

/// The whole text, indented, under a blank line.
pub(super) fn text(text: &str, cut: &[Removed], look: Look) -> String {
    let mut out = String::new();
    let mut cut = cut.iter().peekable();
    for (n, line) in (1..).zip(text.trim_end_matches('\n').lines()) {
        while cut.next_if(|block| block.lines.1 < n).is_some() {}
        let block = cut.peek().filter(|block| block.lines.0 <= n);
        let beside = block
            .filter(|block| block.lines.0 == n)
            .map(|block| format!("  <- {}: {}", block.rule, block.evidence.join(", ")));
        let beside = beside.unwrap_or_default();
        let shown = match (block, look) {
            (None, _) => format!("    {line}"),
            (Some(_), Look::Plain) => format!("  - {line}{beside}"),
            (Some(_), Look::Dimmed) => format!("    \u{1b}[2m{line}{beside}\u{1b}[22m"),
        };
        out.push_str(shown.trim_end());
        out.push('\n');
    }
    if out.is_empty() { out } else { format!("\n{out}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cut_lines_are_set_back_and_each_block_says_why() {
        let cut = [
            Removed { lines: (2, 2), rule: "attribution", evidence: vec!["date", "time"] },
            Removed { lines: (3, 4), rule: "marked", evidence: vec!["marks"] },
        ];
        let check =
            |look: Look, expected: &str| assert_eq!(text("a\nb wrote:\n> c\n> d\ne\n", &cut, look), expected);
        check(
            Look::Plain,
            "\n    a\n  - b wrote:  <- attribution: date, time\n  - > c  <- marked: marks\n  - > d\n    e\n",
        );
        check(
            Look::Dimmed,
            "\n    a\n    \u{1b}[2mb wrote:  <- attribution: date, time\u{1b}[22m\n    \
             \u{1b}[2m> c  <- marked: marks\u{1b}[22m\n    \u{1b}[2m> d\u{1b}[22m\n    e\n",
        );
    }
}
