//! `bandplayer eval` and `compare`.

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

#[test]
fn songs_that_cannot_be_jammed_with_are_named_once() {
    let scratch = Scratch::new("left-out");
    std::fs::create_dir_all(scratch.at("test")).expect("a folder");
    for name in ["one", "two", "three"] {
        written(&chorale(9), &scratch.at(&format!("test/{name}.mid")));
    }
    written(&chorale(2), &scratch.at("test/short.mid"));
    let mut other = chorale(12);
    other.tracks[0].name = "Violin".into();
    written(&other, &scratch.at("test/violin.mid"));
    // Each band and rule is measured on them.
    let output = bandplayer(&["compare", "--data", &scratch.at(""), "chorale", "chorale"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let left_out: Vec<&str> = said.lines().filter(|line| line.contains("left out")).collect();
    let named = |file: &str| format!("left out of the jam: {}: ", scratch.at(&format!("test/{file}.mid")));
    assert_eq!(left_out.len(), 2, "{said}");
    assert!(left_out[0].starts_with(&(named("short") + "too short")), "{said}");
    assert!(left_out[1].starts_with(&(named("violin") + "no track named Soprano")), "{said}");
    let table = String::from_utf8(output.stdout).expect("text");
    assert!(table.contains("the people themselves") && table.contains("**chorale**"), "{table}");
}

/// A tune whose chords come round every four measures, with the chords of a choir below it.
#[test]
fn the_net_that_foretells_chords_is_examined_beside_the_rules() {
    let scratch = Scratch::new("eval-chords");
    std::fs::create_dir_all(scratch.at("valid")).expect("a folder");
    written(&chorale(16), &scratch.at("valid/one.mid"));
    let examined = |user: &[&str]| {
        let output = bandplayer(&[&["eval", "harmony", "--data", &scratch.at(""), "--split", "valid"], user].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    };
    let text = examined(&[]);
    let cell = |name: &str, column: usize| -> f64 {
        let row = text.lines().find(|line| line.starts_with(&format!("| {name} |"))).expect("a row");
        row.split('|').nth(column).expect("a cell").trim().parse().expect("a number")
    };
    // Fourteen measures of two halves, but for what has no name; the chord of now is never that of the measure after next.
    assert!((20.0..=28.0).contains(&cell("rule: same chord as now", 2)), "{text}");
    assert!(cell("rule: chord at the lag", 3) > cell("rule: same chord as now", 3) + 0.3, "{text}");
    let net = "**harmony**, in a jam: planned";
    assert!((0.0..=1.0).contains(&cell(net, 3)) && (0.0..=1.0).contains(&cell(net, 6)), "{text}");
    assert!(text.contains("the user plays Soprano") && examined(&["--user", "Bass"]).contains("the user plays Bass"));
}
