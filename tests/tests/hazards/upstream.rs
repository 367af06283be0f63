//! What the framework does that the plugin cannot help: `docs/upstream.md` describes each. When one
//! of these fails, the framework has changed, and something in the plugin may become simpler.

use tests::host::Format;
use tests::stage::Stage;

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
