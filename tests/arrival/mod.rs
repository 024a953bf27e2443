//! One mail arrives alone, as a look at the folder brings it.

use yorisoi::clock::Timestamp;
use yorisoi::mail::fetched::{FetchStep, Fetched};

/// The step that keeps a mail of these octets, which came at `now`.
pub fn arrival(uid: u32, raw: String, now: Timestamp) -> FetchStep {
    FetchStep {
        folder: "INBOX".to_owned(),
        uid_validity: 1,
        uid_next: Some(uid + 1),
        listed: Some(vec![uid]),
        fetched: vec![Fetched::Mail { uid, internal_date: Some(now), raw: raw.into_bytes() }],
    }
}
