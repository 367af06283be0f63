#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _came_through = tests::fuzz::transport(bytes);
});
