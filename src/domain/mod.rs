//! What yorisoi *means*: people, decisions, words. No SQL, no bytes, no async.

pub mod locale;
