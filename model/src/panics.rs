//! What a thread that panicked said.

use std::any::Any;

/// The message of a panic, from what [`std::thread::JoinHandle::join`] or [`std::panic::catch_unwind`] gives.
#[must_use]
pub fn reason(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("it left no message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_told_in_its_own_words() {
        let number = 7;
        let of = |work: fn(i32)| std::thread::spawn(move || work(number)).join().expect_err("it panics");
        assert_eq!(reason(&*of(|_| panic!("plain"))), "plain");
        assert_eq!(reason(&*of(|n| panic!("number {n}"))), "number 7");
        assert_eq!(reason(&*of(|n| std::panic::panic_any(n))), "it left no message");
    }
}
