//! Whether the wall clock went as time did.
//!
//! Deadlines are wall time, so a clock that jumps moves all of them at once. After a jump nothing expires for
//! [`REST`]: until then every mail that waits gets its attempt, and somebody can set the clock right.

use std::time::Duration;

use crate::clock::Timestamp;

/// Less than this is a clock that is being kept right.
const JUMP: Duration = Duration::from_secs(3600);
/// Nothing expires for so long after a jump.
pub const REST: Duration = Duration::from_secs(3600);

/// What the wall clock and a clock that nobody sets said at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beat {
    /// The wall clock.
    pub now: Timestamp,
    /// Time since some moment before.
    pub steady: Duration,
}

/// The wall clock jumped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jump {
    /// It was set back by so much.
    Back(Duration),
    /// It was set ahead by so much, or the machine slept.
    Ahead(Duration),
}

/// Between two beats.
pub fn between(last: Beat, this: Beat) -> Option<Jump> {
    from_to(last.now.after(this.steady.saturating_sub(last.steady)), this.now)
}

/// From the instant that it should be to the one that the clock tells.
pub fn from_to(expected: Timestamp, told: Timestamp) -> Option<Jump> {
    let (back, ahead) = (expected.since(told), told.since(expected));
    match () {
        () if back > JUMP => Some(Jump::Back(back)),
        () if ahead > JUMP => Some(Jump::Ahead(ahead)),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_is_what_the_steady_clock_did_not_see() {
        const HOUR: i64 = 3_600_000;
        let day = Duration::from_secs(86_400);
        let check = |wall: i64, steady: u64, expected: Option<Jump>| {
            let beat = |now, seconds| Beat {
                now: Timestamp::from_millis(1_800_000_000_000 + now),
                steady: Duration::from_secs(seconds),
            };
            assert_eq!(between(beat(0, 500), beat(wall, 500 + steady)), expected, "{wall} {steady}");
        };
        check(1_000, 1, None);
        // a step of NTP; a clock that was put right by hand; the change to summer time moves no instant
        check(-2_000, 1, None);
        check(-HOUR + 1_000, 1, None);
        check(HOUR + 1_000, 1, None);
        check(-HOUR, 1, Some(Jump::Back(Duration::from_secs(3601))));
        check(-24 * HOUR, 0, Some(Jump::Back(day)));
        check(24 * HOUR, 0, Some(Jump::Ahead(day)));
        check(365 * 24 * HOUR + 1_000, 1, Some(Jump::Ahead(365 * day)));
        // nobody looked for a day, and nothing jumped
        check(24 * HOUR, 86_400, None);
        // and meanwhile the clock was set back by it
        check(0, 86_400, Some(Jump::Back(day)));
    }
}
