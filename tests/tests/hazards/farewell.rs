//! An instance that goes while its parameters are still being moved takes nobody with it.

use tests::event::{Event, Kind};
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
