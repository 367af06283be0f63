//! `bandplayer eval`.

use crate::{Scratch, bandplayer, chorale, written};

#[test]
fn a_biaxial_lstm_is_examined_beside_the_rules_and_the_same_every_time() {
    let scratch = Scratch::new("eval");
    std::fs::create_dir_all(scratch.at("test")).expect("a folder");
    written(&chorale(12), &scratch.at("test/one.mid"));
    let band = concat!(env!("CARGO_MANIFEST_DIR"), "/bands/more/biaxial-small.safetensors");
    let examined = || {
        let output = bandplayer(&["eval", band, "--data", &scratch.at("")]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    };
    let text = examined();
    let f1 = |name: &str| -> f64 {
        let row = text.lines().find(|line| line.starts_with(&format!("| {name} |")));
        let cell = row.and_then(|row| row.split('|').nth(2)).expect("a row");
        cell.trim().parse().expect("a number")
    };
    assert!(f1("copies the measure 4 back") > f1("copies the newest measure"), "it repeats after four: {text}");
    assert!((0.0..=1.0).contains(&f1("biaxial LSTM, the likeliest at each step")), "{text}");
    let last = text.lines().last().expect("the nats");
    let nats: Vec<f64> = last.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    // Less than by throwing a coin for each of 78 pitches.
    let coins = 78.0 * std::f64::consts::LN_2;
    assert!(matches!(nats[..], [step, note] if step > 0.0 && step < coins && note > 0.0), "{last}");
    assert_eq!(examined(), text);
}
