//! Tests that count their cases write the number down, for the tables of docs/reliability.md.

#![allow(clippy::expect_used)] // test code outside of #[test] functions

use std::path::{Path, PathBuf};

/// Where the numbers lie: a file for each test, of its name.
pub fn place() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("cases")
}

/// Says and writes down that the test `name` ran `cases`.
#[allow(dead_code, reason = "the test of the tables only reads")]
pub fn counted(name: &str, cases: usize) {
    println!("{name}: {cases} cases");
    std::fs::create_dir_all(place()).expect("a folder in target");
    std::fs::write(place().join(name), cases.to_string()).expect("a file in target");
}
