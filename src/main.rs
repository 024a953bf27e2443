//! The `yorisoi` command.
#![forbid(unsafe_code)]

fn main() {}
