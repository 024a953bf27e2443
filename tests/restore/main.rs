//! Backups of every age, put back with and without the journal of accepted mails, against the same mailbox and the same
//! submission server: nothing is sent twice, nothing is lost, and what is in doubt is asked about once.
#![allow(clippy::unwrap_used, clippy::panic)] // whatever breaks here fails the test

mod ages;
#[path = "../counted/mod.rs"]
mod counted;
mod gaps;
#[path = "../plain/mod.rs"]
mod plain;
mod swap;
mod world;
