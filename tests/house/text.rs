//! Rules about the text of a file, whatever it holds.

use super::complaint::Complaint;

/// Lines of code: neither blank nor nothing but a comment.
const LONGEST_FILE: usize = 400;
const LONGEST_TEST_FILE: usize = 600;

/// What the text rules say.
pub fn complaints(path: &str, text: &str) -> Vec<Complaint> {
    let mut all = Vec::new();
    if path.ends_with(".rs") {
        let is_code = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with("//");
        let lines = text.lines().filter(is_code).count();
        let limit = if path.starts_with("src/") { LONGEST_FILE } else { LONGEST_TEST_FILE };
        if lines > limit {
            all.push(Complaint::new(
                path,
                1,
                format!("{lines} lines of code; a room's file has {limit} at most"),
            ));
        }
        if path.starts_with("src/") && !path.ends_with("/tests.rs") && !text.starts_with("//!") {
            all.push(Complaint::new(path, 1, "begin with `//!`: what it turns into what, and what it keeps"));
        }
    }
    // a fixture is somebody else's text
    if !path.starts_with("fixtures/") || path.ends_with("README.md") {
        for (n, line) in text.lines().enumerate() {
            all.extend(line_complaint(line).map(|said| Complaint::new(path, n + 1, said)));
        }
    }
    all
}

fn line_complaint(line: &str) -> Option<String> {
    // spelt so that this file does not break its own rule
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")];
    if let Some(mark) = marks.into_iter().find(|mark| line.contains(mark)) {
        return Some(format!("{mark}: do it, or open an issue"));
    }
    machine_path(line).map(|found| format!("{found}… is a path of somebody's machine"))
}

/// A path that only exists where somebody works.
fn machine_path(line: &str) -> Option<&'static str> {
    let roots = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/fa", "rm/"), concat!("/ho", "me/")];
    roots.into_iter().find(|root| {
        line.match_indices(root).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            !before.is_some_and(|c| c.is_alphanumeric() || "._-/~}".contains(c))
        })
    })
}
