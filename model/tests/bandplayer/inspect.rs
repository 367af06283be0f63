//! `bandplayer inspect`.

use crate::bandplayer;

#[test]
fn inspect_says_what_a_band_is() {
    let output = bandplayer(&["inspect", "chorale", "--json"]);
    assert!(output.status.success());
    let facts: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(facts["architecture"]["kind"], "rmvae");
    assert_eq!(facts["band"]["voices"].as_array().map(Vec::len), Some(4));
    assert!(facts["weights"].as_u64() > Some(10_000));
    assert!(facts["training_sets"][0]["licence"].is_string());
    let text = bandplayer(&["inspect", "chorale"]).stdout;
    let text = String::from_utf8(text).expect("text");
    assert!(text.contains("Tenor: keys ") && text.contains("one note at once"), "{text}");
}

#[test]
fn a_band_that_is_not_there_is_one_clear_line_and_exit_code_2() {
    let output = bandplayer(&["inspect", "no-such-band"]);
    assert_eq!(output.status.code(), Some(2));
    let line = String::from_utf8(output.stderr).expect("text");
    assert!(line.contains("no-such-band") && line.trim_end().lines().count() == 1, "{line}");
}
