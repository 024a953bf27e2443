//! See `yorisoi_fuzz::quote`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| yorisoi_fuzz::quote(octets));
