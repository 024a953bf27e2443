//! Every quirk of servers as a dialogue, played whole, octet by octet, and cut after each octet that the server says.
#![allow(clippy::expect_used, clippy::panic, reason = "a test may stop at the first surprise")]

mod counted;
mod dialogues;
mod protocol;
