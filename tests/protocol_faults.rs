//! The servers of the demo fail on command, and our sessions meet it over real sockets: every failure comes out as
//! itself, none as "no mail", none as a success, none as a wait without end; and after it, on a connection where
//! nothing fails, every mail comes exactly once.
//!
//! `protocol_{imap,fetch,smtp,tls}.rs` play whole dialogues word for word, with the clock standing still; here a true
//! server talks, and one thing goes wrong.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)] // whatever breaks here fails the test

mod counted;
mod faults;
