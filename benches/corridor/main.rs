//! How fast the corridor is, piece by piece and whole, beside what other programs do on the same machine.
//!
//! ```text
//! cargo bench --bench corridor                      every line, as a table
//! cargo bench --bench corridor -- --json            the same as JSON
//! cargo bench --bench corridor -- --markdown        the same as docs/performance.md shows it
//! cargo bench --bench corridor -- --mails 1000 --repetitions 3 --only drain
//! ```
//!
//! A program of its own and not divan or criterion: those time a function in this process, and here whole runs
//! between servers are timed, in turns with the programs that they are compared with.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // whatever breaks here ends the run
#[path = "../../tests/lab/mod.rs"]
mod lab;
mod measure;

fn main() -> std::process::ExitCode {
    measure::main()
}
