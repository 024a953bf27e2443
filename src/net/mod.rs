//! Turns sockets into values and values into sockets; decides nothing.
//!
//! What goes wrong, first:
//!
//! - **The socket dies, or stays silent.** Every read, write and command has a time limit. The session or the
//!   submitter is then spent: a spent [`imap::Session`] answers [`imap::ImapError::Lost`] to everything, a spent
//!   [`smtp::Submitter`] is not given back. The caller connects again, after its own pause.
//! - **The server says no.** A tagged NO or BAD, a 4yz or 5yz, is a value with a closed code, never "no mail" and
//!   never text to branch on (RFC 3501 §7.1, RFC 5321 §4.2).
//! - **The server lies or babbles.** Octets are counted per command, announced literals are compared with what is
//!   left before a buffer grows, nesting is bounded, and a reply that nobody asked for ends the connection.
//! - **One mail cannot be delivered.** [`imap::Round`] asks for it alone, three times, then calls it
//!   [`Unfetchable`](crate::mail::fetched::Fetched::Unfetchable) and goes on.
//! - **The line dies after the final dot.** [`SubmitOutcome::Unknown`](crate::mail::submission::SubmitOutcome), and
//!   only then: the dot is written after `before_dot` has resolved, and not when the server has spoken or hung up.
//!
//! No password, address or content reaches a log line or the text of an error from here: errors are closed enums,
//! and the crates' own errors (async-imap's carry the whole buffer) are mapped and dropped.
//! Dropping any future of this module is safe: what it owned is then dropped or spent, never reused.

pub mod connect;
pub mod dns;
pub mod imap;
pub(crate) mod lines;
pub mod smtp;
pub mod stream;
