//! `bandplayer inspect`.

use crate::bandplayer;

#[test]
fn inspect_says_what_a_band_is() {
    let output = bandplayer(&["inspect", "chorale", "--json", "--no-timing"]);
    assert!(output.status.success());
    let facts: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(facts["architecture"]["kind"], "rmvae");
    assert_eq!(facts["band"]["voices"].as_array().map(Vec::len), Some(4));
    assert!(facts["weights"].as_u64() > Some(10_000));
    assert!(facts["training_sets"][0]["licence"].is_string());
    assert!(facts["paces"].is_null(), "nothing was measured");
    let text = bandplayer(&["inspect", "chorale", "--no-timing"]).stdout;
    let text = String::from_utf8(text).expect("text");
    assert!(text.contains("Tenor: keys ") && text.contains("one note at once"), "{text}");
}

/// Of a net of all voices and of a system of one voice.
#[test]
fn inspect_says_which_tempo_a_band_keeps_here() {
    let plain = concat!(env!("CARGO_MANIFEST_DIR"), "/bands/more/plain-rnn.safetensors");
    for band in ["chorale", plain] {
        let output = bandplayer(&["inspect", band, "--json"]);
        let facts: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        // A second-next prediction has the time of sixteen sixteenths, a next one that of one.
        for (pace, (name, quarters)) in [("second-next", 4.0), ("next", 0.25)].into_iter().enumerate() {
            let pace = &facts["paces"][pace];
            let number = |name: &str| pace[name].as_f64().expect("a number");
            assert_eq!(pace["lookahead"], name);
            assert!(number("predictions") >= 49.0 && number("median_ms") <= number("p99_ms"), "{pace}");
            let seconds = quarters * 60.0 / number("fastest_bpm");
            assert!(seconds > 0.0 && (seconds * 1e3 - number("p99_ms")).abs() < 1e-6, "{pace}");
        }
    }
}

#[test]
fn a_band_that_is_not_there_is_one_clear_line_and_exit_code_2() {
    let output = bandplayer(&["inspect", "no-such-band"]);
    assert_eq!(output.status.code(), Some(2));
    let line = String::from_utf8(output.stderr).expect("text");
    assert!(line.contains("no-such-band") && line.trim_end().lines().count() == 1, "{line}");
}
