//! The band plays in every key as it does in C.

use std::sync::Arc;

use model::midi_file::Song;
use model::play::accompany::accompany;
use model::rules::loop_rule::LoopRule;
use model::systems::band_file::Band;
use model::{Settings, VoiceId};
use tests::tune;

/// The share of the player's sounding steps whose pitch class the band plays too, when both sound. Of how many
/// semitones the player's pitch classes are meant higher than they are is said: anything but 0 is chance.
fn in_chord(song: &Song, higher: usize) -> f64 {
    let (mut hits, mut steps) = (0, 0);
    let (user, band) = song.tracks.split_first().expect("tracks");
    for (index, measure) in user.measures.iter().enumerate() {
        for step in 0..measure.steps() {
            let at = |chroma: [f32; 12]| chroma.map(|sounding| sounding > 0.0);
            let mut mine = at(measure.chroma_between(step, step + 1));
            mine.rotate_right(higher);
            let mut theirs = [false; 12];
            for track in band {
                let chroma = at(track.measures[index].chroma_between(step, step + 1));
                theirs.iter_mut().zip(chroma).for_each(|(class, sounds)| *class |= sounds);
            }
            if mine.contains(&true) && theirs.contains(&true) {
                steps += 1;
                hits += i32::from(mine.iter().zip(theirs).any(|(&mine, theirs)| mine && theirs));
            }
        }
    }
    assert!(steps > 200, "both play: {steps} steps");
    f64::from(hits) / f64::from(steps)
}

fn check(name: &str, voice: usize) {
    let band = Band::embedded(name).map(Band::read).expect("an embedded band").expect("a good band");
    let spec = band.spec().clone();
    let settings = Settings::new(&spec, VoiceId::new(voice).expect("a voice"));
    let song = tune::song();
    let mut predictor = band.predictor();
    let shares: Vec<f64> = (-5..5)
        .map(|semitones| {
            let mut track = song.tracks[0].clone();
            track.measures.iter_mut().for_each(|measure| *measure = measure.transposed(semitones));
            let fallback = Arc::new(LoopRule::new(spec.clone()));
            let song = accompany(&song, &track, (&spec, settings), predictor.as_mut(), fallback, |_| ()).song;
            println!("{name} {semitones}: {:.2?}", (0..12).map(|higher| in_chord(&song, higher)).collect::<Vec<_>>());
            in_chord(&song, 0)
        })
        .collect();
    let (least, most) =
        shares.iter().fold((1.0_f64, 0.0_f64), |(least, most), &share| (least.min(share), most.max(share)));
    assert!(most - least < 0.12, "{name}: {shares:.2?}");
    assert!(least > 0.3, "{name}: {shares:.2?}");
}

#[test]
fn ten_keys_are_alike_for_the_pop_band() {
    check("pop", 0);
}

#[test]
fn ten_keys_are_alike_for_the_choir() {
    check("chorale", 0);
}
