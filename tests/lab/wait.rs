//! Waiting for what other processes do: the one place of the tests that looks at the clock and sleeps.

use std::time::{Duration, Instant};

/// Asks every 10 ms until there is an answer; panics when there is none within the limit.
pub fn until<T>(what: &str, limit: Duration, ask: impl FnMut() -> Option<T>) -> T {
    within(limit, ask).unwrap_or_else(|| panic!("not within {limit:?}: {what}"))
}

/// Asks every 10 ms until there is an answer or the limit is over.
#[allow(clippy::disallowed_methods)] // other processes cannot be awaited otherwise
pub fn within<T>(limit: Duration, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return Some(answer);
        }
        if start.elapsed() > limit {
            return None;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Runs something and says how long it took.
#[allow(clippy::disallowed_methods)] // a measurement for an assertion about our own promise
pub fn timed<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = run();
    (result, start.elapsed())
}
