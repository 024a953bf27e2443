//! End to end: the real program between a real Dovecot and a real Postfix, which the tests start themselves. Every
//! mail is written as people's mail programs write it, and every mail that anybody received is looked through for
//! what must not have reached her.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // whatever breaks here fails the test
#[path = "../lab/mod.rs"]
mod lab;

mod exactly;
mod leak;
mod reading;
mod restore;
mod world;
mod writing;

mod a_minute;
mod carrier;
mod corridor;
mod corrupt;
mod crowd;
mod folder;
mod guard;
mod junk;
mod kills;
mod large;
mod machines;
mod mistakes;
mod passwords;
mod running;
mod tokens;
