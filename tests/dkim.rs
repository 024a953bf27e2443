//! Our own check of DKIM signatures: which ones prove an author, what is asked of DNS and for how long, and what a
//! signature changes for the people who write. DNS is a server on loopback; no test leaves the machine.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)] // whatever breaks here fails the test

#[path = "dkim/answers.rs"]
mod answers;
#[path = "dkim/dns.rs"]
mod dns;
#[path = "dkim/lookup.rs"]
mod lookup;
#[path = "plain/mod.rs"]
mod plain;
#[path = "dkim/sign.rs"]
mod sign;
#[path = "dkim/signatures.rs"]
mod signatures;
