//! System exclusive messages pass through as they are, in bypass too.

use tests::event::{Event, Kind};
use tests::host::Format;
use tests::stage::Stage;

#[test]
fn system_exclusive_messages_of_any_length_pass_and_always_in_bypass() {
    for format in Format::ALL {
        let mut stage = Stage::new(format, 2, 120.0);
        stage.setup.thru = true;
        let mut instance = stage.instance(true);
        // The shortest, the longest, and some between them.
        let sent: Vec<_> =
            (0..14_u8).map(|number| Event { offset: 7 * u32::from(number), kind: Kind::SysEx(number) }).collect();
        let play = |instance: &mut dyn tests::host::Instance| {
            let mut heard = Vec::new();
            instance.process(512, None, &sent, &mut heard).expect("it plays");
            heard.retain(|event| matches!(event.kind, Kind::SysEx(_) | Kind::Other));
            heard
        };
        for round in 0..100 {
            assert_eq!(play(instance.as_mut()), sent, "{format}, round {round}");
        }
        instance.set("Thru", "off").expect("it can be set");
        for _ in 0..100 {
            assert_eq!(play(instance.as_mut()), [], "{format}, without thru");
        }
        instance.set("Bypass", "on").expect("it can be set");
        assert_eq!(play(instance.as_mut()), sent, "{format}, in bypass");
        assert_eq!(instance.status().expect("a status").figures.lost_sysex, 0, "{format}");
    }
}
