//! What an IMAP session brings (RFC 3501, RFC 9051), as values.

use crate::clock::Timestamp;

/// What became of one UID that the server listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// The whole message, as the server has it.
    Mail {
        /// The unique identifier in its folder.
        uid: u32,
        /// INTERNALDATE; `None` when the server gave none that can be read.
        internal_date: Option<Timestamp>,
        /// The raw octets.
        raw: Vec<u8>,
    },
    /// RFC822.SIZE (or the octets that came) exceed the limit; only the header was read.
    TooLarge {
        /// The unique identifier in its folder.
        uid: u32,
        /// INTERNALDATE, as above.
        internal_date: Option<Timestamp>,
        /// Octets that the server announced.
        size: u64,
        /// The header section, at most 64 KiB of it.
        header: Vec<u8>,
    },
    /// The server listed it, and cannot deliver it even when asked for it alone.
    Unfetchable {
        /// The unique identifier in its folder.
        uid: u32,
    },
    /// It was listed and then was gone: expunged in between.
    Expunged {
        /// The unique identifier in its folder.
        uid: u32,
    },
}

impl Fetched {
    /// The unique identifier in its folder.
    pub fn uid(&self) -> u32 {
        match self {
            Self::Mail { uid, .. }
            | Self::TooLarge { uid, .. }
            | Self::Unfetchable { uid }
            | Self::Expunged { uid } => *uid,
        }
    }
}

/// What a watched folder is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FolderRole {
    /// Where mail arrives.
    Main,
    /// Where the server puts what it takes for junk (RFC 6154 §2).
    Junk,
}

impl FolderRole {
    /// The word in the database and in logs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Junk => "junk",
        }
    }
}

/// What one step of a fetch round tells the engine (`keep`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchStep {
    /// The folder's name, decoded.
    pub folder: String,
    /// UIDVALIDITY of the selected folder.
    pub uid_validity: u32,
    /// UIDNEXT as SELECT told it, if it did. It counts in a step that lists and brings nothing: later it is old.
    pub uid_next: Option<u32>,
    /// UIDs that a SEARCH listed, above the low-water mark or (a sweep) all; `None` when this step lists nothing.
    pub listed: Option<Vec<u32>>,
    /// What was fetched.
    pub fetched: Vec<Fetched>,
}

/// What the engine answers to a [`FetchStep`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchPlan {
    /// Every UID up to this one has a row; search above it.
    pub low_water: u32,
    /// UIDs to fetch now: those listed that have no row yet, ascending. None when the step lists nothing.
    pub wanted: Vec<u32>,
}
