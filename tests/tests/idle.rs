//! A project full of instances that nobody plays must cost next to nothing.

#![cfg(unix)]

use std::mem::MaybeUninit;
use std::time::Duration;

use tests::host::{Format, Host};

/// The processor time that this process has taken, all threads together.
#[expect(unsafe_code, reason = "the standard library does not say it")]
fn processor_time() -> Duration {
    let mut usage = MaybeUninit::<libc::rusage>::uninit();
    // SAFETY: the call fills the whole structure in when it succeeds.
    let usage = unsafe {
        assert_eq!(libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr()), 0, "the system knows");
        usage.assume_init()
    };
    let part = |time: libc::timeval| {
        let micros = u64::try_from(time.tv_usec).unwrap_or(0);
        Duration::from_secs(u64::try_from(time.tv_sec).unwrap_or(0)) + Duration::from_micros(micros)
    };
    part(usage.ru_utime) + part(usage.ru_stime)
}

/// Nobody plays 64 instances of this format.
fn check(format: Format) {
    let host = Host::load_bundled(format).expect("the bundle");
    let mut instances: Vec<_> = (0..64).map(|_| host.instance().expect("an instance")).collect();
    let mut heard = Vec::new();
    for instance in &mut instances {
        instance.activate(48_000, 512).expect("active");
        instance.process(512, None, &[], &mut heard).expect("a block");
    }
    // Their nets are warmed up meanwhile.
    std::thread::sleep(Duration::from_secs(3));
    let watched = Duration::from_secs(2);
    // What a wake costs depends on what else the machine does: one quiet stretch of three is enough.
    let stretch = |_| {
        let before = processor_time();
        std::thread::sleep(watched);
        processor_time() - before
    };
    let stretches = (0..3).map(stretch).inspect(|taken| println!("{format}: {taken:?} of {watched:?}"));
    assert!({ stretches }.any(|taken| taken < watched / 100), "{format}: none of three is quiet");
}

/// One after the other: each counts the whole process.
#[test]
fn sixty_four_idle_instances_take_less_than_a_hundredth_of_a_core() {
    Format::ALL.into_iter().for_each(check);
}
