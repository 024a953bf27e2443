//! See `yorisoi_fuzz::delivery_report`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| yorisoi_fuzz::delivery_report(octets));
