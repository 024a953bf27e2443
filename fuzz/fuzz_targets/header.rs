//! See `yorisoi_fuzz::header`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| yorisoi_fuzz::header(octets));
