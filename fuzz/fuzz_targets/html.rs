//! See `yorisoi_fuzz::html`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| yorisoi_fuzz::html(octets));
