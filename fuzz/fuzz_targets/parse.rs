//! See `yorisoi_fuzz::parse_mail`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| yorisoi_fuzz::parse_mail(octets));
