//! An instance that goes while its parameters are still being moved takes nobody with it.

use tests::event::{Event, Kind};
use tests::host::remote::{Other, Remote, beside};
use tests::host::{Format, Host};

/// The framework tells an editor of each moved parameter by a task; tasks that outlived their
/// instance used to abort the host (`docs/upstream.md`).
#[test]
fn an_instance_may_go_right_after_a_block_full_of_automation() {
    for format in Format::ALL {
        let host = Host::load_bundled(format).expect("the bundle");
        for time in 0..100_u32 {
            let mut instance = host.instance().expect("an instance");
            instance.activate(48_000, 1024).expect("active");
            let place = instance.parameters().iter().position(|parameter| parameter.name == "Temperature");
            let index = u16::try_from(place.expect("it has one")).expect("few");
            let share = |offset: u32| u16::try_from(offset * 60 + time).expect("16 bits");
            let events: Vec<_> = (0..1024)
                .map(|offset| Event { offset, kind: Kind::Parameter { index, share: share(offset) } })
                .collect();
            let mut heard = Vec::new();
            // The host's audio thread is another one than that which makes and ends instances.
            instance.disturb(Some(&[]));
            instance.process(1024, None, &events, &mut heard).expect("it plays");
        }
    }
}

/// The same where other threads load states and set parameters until the very end, again and again.
#[test]
fn an_instance_may_go_right_after_other_threads_have_loaded_its_state() {
    for format in Format::ALL {
        let host = Host::load_bundled(format).expect("the bundle");
        for _ in 0..30 {
            let mut instance = host.instance().expect("an instance");
            instance.activate(48_000, 1024).expect("active");
            let state = instance.save().expect("saved");
            let load = |remote: &dyn Remote| assert!(remote.load(&state), "its own state");
            let set = |remote: &dyn Remote| assert_eq!(remote.set(3, 999), format == Format::Vst3);
            let others: [Other<'_>; 2] = [&load, &set];
            beside(instance.as_mut(), &others, |instance| {
                for _ in 0..20 {
                    instance.process(64, None, &[], &mut Vec::new()).expect("it plays");
                }
            });
        }
    }
}
