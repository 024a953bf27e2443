//! See `yorisoi_fuzz::authentication`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| yorisoi_fuzz::authentication(octets));
