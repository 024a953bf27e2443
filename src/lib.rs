//! yorisoi: people who can only write email take part.
//!
//! A client mails a daily report, a supporter gets an alert and answers with the reply button,
//! the answer reaches the client. ARCHITECTURE.md tells how the rooms below fit together.
#![forbid(unsafe_code)]

pub mod cli;
pub mod clock;
pub mod daemon;
pub mod demo;
pub mod domain;
pub mod engine;
pub mod kill;
pub mod mail;
pub mod net;
pub mod render;
pub mod rng;
pub mod secret;
pub mod settings;
pub mod store;
