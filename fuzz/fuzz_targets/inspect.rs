//! See `yorisoi_fuzz::inspect`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| yorisoi_fuzz::inspect(octets));
