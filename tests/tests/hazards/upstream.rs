//! What the framework does that the plugin cannot help: `docs/upstream.md` describes each. When one
//! of these fails, the framework has changed, and something in the plugin may become simpler.

use tests::host::Format;
use tests::setup::Source;
use tests::stage::Stage;
use tests::take::Pace;

/// VST3: `activate` sees the process mode of the `setupProcessing` before. So a render that was set up once looks live,
/// and nobody waits for its predictions; the live take after it looks offline.
#[test]
fn a_process_mode_is_believed_one_setup_later() {
    let mut stage = Stage::new(Format::Vst3, 6, 300.0);
    stage.setup.band = Source::Embedded("n-gram".into());
    let script = stage.straight();
    let mut missed = [0, 0];
    for (missed, set_ups) in missed.iter_mut().zip([1, 2]) {
        let mut instance = stage.instance(false);
        instance.deactivate();
        instance.render_offline(true).expect("known");
        instance.set_up_times(set_ups);
        instance.activate(stage.rate, 4096).expect("active");
        let _take = stage.take_with(instance.as_mut(), &script, &[4096], Pace::Free);
        *missed = instance.status().expect("a status").figures.missed;
    }
    assert!(missed[0] > 0 && missed[1] == 0, "{missed:?}");
}

/// A state that the plugin refuses in `filter_state` is emptied, and the host is told that it was loaded.
#[test]
fn a_state_that_the_plugin_refuses_counts_as_loaded() {
    for format in Format::ALL {
        let stage = Stage::new(format, 4, 120.0);
        let mut instance = stage.instance(true);
        let before = instance.save().expect("saved");
        let json = r#"{"version":"0.1.0","params":{"seed":{"i32":5},"band":{"f32":1.0}},"fields":{}}"#;
        let mut bytes = if format == Format::Clap { (json.len() as u64).to_le_bytes().to_vec() } else { Vec::new() };
        bytes.extend(json.as_bytes());
        assert!(instance.load(&bytes).is_ok(), "{format}: the framework says so");
        assert_eq!(instance.save().expect("saved"), before, "{format}: nothing of it is taken");
    }
}
