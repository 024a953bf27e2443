//! The `yorisoi` command; see `yorisoi --help`.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    yorisoi::cli::main()
}
