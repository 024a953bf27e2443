//! Time, as a value that is passed in.
//!
//! `now` is the one place that reads the wall clock, `steady` the one that reads a clock which nobody sets; everything
//! else receives a [`Timestamp`].
//! Instants are whole milliseconds since 1970-01-01T00:00:00Z (leap seconds ignored, as POSIX does).

use std::fmt;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;

/// An instant: milliseconds since the Unix epoch, UTC. Displays as RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The instant `duration` later; saturates at the end of the range.
    pub fn after(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(millis))
    }

    /// The instant `duration` earlier; saturates at the start of the range.
    pub fn before(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(millis))
    }

    /// How long from `earlier` to `self`; zero when `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// As a jiff instant; the ends of jiff's range (years -9999 and 9999) bound it.
    pub fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(if self.0 < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        })
    }
}

impl Timestamp {
    /// From RFC 3339, as [`Timestamp`] displays.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(|at: jiff::Timestamp| Self(at.as_millisecond()))
    }

    /// For people: the clock on the wall of `zone`, to the minute.
    pub fn minute_in(self, zone: &Zone) -> String {
        self.to_jiff().to_zoned(zone.0.clone()).strftime("%Y-%m-%d %H:%M").to_string()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_jiff())
    }
}

/// The wall clock of this machine. The only reader of it in the whole project.
#[allow(clippy::disallowed_methods)] // the one home of the ambient clock
pub fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Timestamp(since.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX)))
}

/// Time since the first call, by a clock that nobody sets; it stands still while the machine sleeps.
#[allow(clippy::disallowed_methods)] // the one home of the ambient clock
pub fn steady() -> Duration {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    FIRST.get_or_init(Instant::now).elapsed()
}

/// A time zone of the IANA database, by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone(TimeZone);

impl Zone {
    /// Coordinated Universal Time.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// The zone called `name` ("Asia/Tokyo"). `None` when the database has no such zone.
    pub fn named(name: &str) -> Option<Self> {
        TimeZone::get(name).ok().map(Self)
    }

    /// The IANA name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// For calendar arithmetic.
    pub fn jiff(&self) -> &TimeZone {
        &self.0
    }
}
