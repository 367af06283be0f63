//! How the plugin's library is linked.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Once loaded it stays in memory, as the C library keeps itself. Rust's standard library has glibc call it
    // when a thread ends that once ran its code; a host that unloads the plugin, just when such a thread of its own
    // ends, would jump into nothing.
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
