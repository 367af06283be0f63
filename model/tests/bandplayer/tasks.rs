//! Fill, redo, generate, answer: on the built program, from file to file.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use model::midi_file::{MidiFile, Song, Track};
use model::music::drums::{Drum, DrumMeasure};
use model::music::kit::{NamedKit, SHIPPED};
use model::systems::band_file::{Band, BandInfo, FORMAT_VERSION};
use model::systems::melody::{Melody, Solo, Soloist};
use model::systems::melody_ngram::MelodyNgramConfig;
use model::{BandSpec, Measure, VoiceId};

use crate::{Scratch, bandplayer, chorale, read, succeed, written};

/// No measure of a voice is empty, no two notes sound at once, and all lie in the voice's range.
fn is_complete(song: &Song, name: &str) {
    let spec = BandSpec::chorale();
    let range = spec.voices[spec.voice(name).expect("a voice").index()].range;
    let track = song.track(name).expect("the track is there");
    assert_eq!(track.measures.len(), song.len());
    for (at, measure) in track.measures.iter().enumerate() {
        assert!(!measure.is_silent(), "{name} rests in measure {at}");
        assert!(measure.notes().iter().all(|note| range.contains(note.key)), "{name}, measure {at}");
        assert!(measure.notes().windows(2).all(|pair| pair[0].end() <= pair[1].step.0), "{name}, measure {at}");
    }
}

/// A band of one voice: an n-gram of this tune, in C major.
fn tune_band(path: &str) {
    let spec = BandSpec::chorale();
    let song = chorale(12);
    let melody = Melody::of(16, &song.tracks[0].measures);
    let config = MelodyNgramConfig { order: 4, ..MelodyNgramConfig::default() };
    let soloist = Soloist::new(spec.clone(), VoiceId::FIRST, Box::new(config.learn(&[melody])));
    let info = BandInfo {
        format_version: FORMAT_VERSION,
        architecture: Solo { voice: VoiceId::FIRST, config }.into(),
        band: spec,
        training_sets: Vec::new(),
        metrics: BTreeMap::new(),
    };
    let band = Band::new(info, Arc::new(soloist.expect("the band has the voice")), None);
    band.save(Path::new(path)).expect("the folder is there");
}

#[test]
fn fill_gives_four_complete_voices_and_keeps_the_others() {
    let scratch = Scratch::new("fill");
    let [file, out] = ["song.mid", "out.mid"].map(|name| scratch.at(name));
    let mut song = chorale(8);
    song.tracks.push(Track { measures: song.tracks[0].measures.clone(), ..Track::new("Oboe") });
    let whole = song.clone();
    song.tracks.retain(|track| track.name != "Tenor");
    written(&song, &file);
    succeed(&["fill", &file, "--voice", "tenor,Alto", "--band", "chorale", "--out", &out]);
    let filled = read(&out);
    for name in ["Soprano", "Alto", "Tenor", "Bass"] {
        is_complete(&filled, name);
    }
    for name in ["Soprano", "Bass", "Oboe"] {
        assert_eq!(filled.track(name), whole.track(name), "{name} stays");
    }
    assert_ne!(filled.track("Alto"), whole.track("Alto"), "the Alto is written anew");
}

#[test]
fn redo_writes_the_chosen_measures_and_voices_anew_and_no_others() {
    let scratch = Scratch::new("redo");
    let [file, one, two, part] = ["song.mid", "one.mid", "two.mid", "part.mid"].map(|name| scratch.at(name));
    let song = chorale(8);
    written(&song, &file);
    let redo = |out: &str, more: &[&str]| {
        succeed(&[&["redo", &file, "--band", "chorale", "--out", out], more].concat());
        read(out)
    };
    let once = redo(&one, &[]);
    let twice = redo(&two, &["--passes", "2", "--order", "random"]);
    for name in ["Soprano", "Alto", "Tenor", "Bass"] {
        is_complete(&once, name);
        is_complete(&twice, name);
        assert_ne!(once.track(name), song.track(name), "{name}");
    }
    assert_ne!(once, twice);
    let some = redo(&part, &["--voice", "Bass", "--voice", "Alto", "--measures", "3-4", "--order", "named"]);
    assert_eq!(some.tracks.len(), song.tracks.len());
    for (before, after) in song.tracks.iter().zip(&some.tracks) {
        let changed = ["Bass", "Alto"].contains(&before.name.as_str());
        let outside = |measures: &[Measure]| [&measures[..2], &measures[4..]].concat();
        assert_eq!(outside(&before.measures), outside(&after.measures), "{}", before.name);
        assert_eq!(before.measures[2..4] != after.measures[2..4], changed, "{}", before.name);
    }
}

#[test]
fn music_goes_on_after_every_kind_of_beginning() {
    let scratch = Scratch::new("generate");
    let [file, out, band] = ["song.mid", "out.mid", "tune.safetensors"].map(|name| scratch.at(name));
    written(&chorale(4), &file);
    tune_band(&band);
    let beginnings: [&[&str]; 8] = [
        &["--primer", &file],
        &["--notes", "C5*8 D5*8"],
        &["--pitch", "C5"],
        &["--silence"],
        &["--noise", "gaussian"],
        &["--noise", "uniform"],
        &["--noise", "binary"],
        &["--noise", "softmax"],
    ];
    for beginning in beginnings {
        for band in ["chorale", &band] {
            let whole = [&["generate", "--band", band, "--out", &out, "--measures", "7"], beginning].concat();
            succeed(&whole);
            let song = read(&out);
            // All tracks of a primer stay.
            let voices = if band == "chorale" || beginning[0] == "--primer" { 4 } else { 1 };
            assert_eq!((song.len(), song.tracks.len()), (7, voices), "{whole:?}");
        }
    }
    // What was there stays.
    for band in ["chorale", &band] {
        succeed(&["generate", "--band", band, "--out", &out, "--primer", &file, "--measures", "8"]);
        let (song, expected) = (read(&out), chorale(4));
        // The last note may go on.
        assert_eq!(song.tracks[0].measures[..3], expected.tracks[0].measures[..3], "{band}");
        assert_eq!(song.tracks[0].measures[3].notes().len(), 2, "{band}");
    }
}

#[test]
fn a_backing_track_in_one_texture_keeps_its_rhythm_over_the_chart() {
    let scratch = Scratch::new("backing");
    let [chart, out] = ["blues.txt", "backing.mid"].map(|name| scratch.at(name));
    std::fs::write(&chart, "| F | Bb7 | F | F7 | Bb7 | Bb7 | F | D7 | Gm7 | C7 | F | C7 |").expect("there is room");
    let play = |figures: &[&str]| {
        let whole = [&["generate", "--notes", "F4*16", "--chart", &chart, "--measures", "13", "--out", &out], figures];
        succeed(&whole.concat());
        read(&out)
    };
    let onsets = |song: &Song, name: &str| -> Vec<Vec<u8>> {
        let track = song.track(name).expect("the track is there");
        let steps = |measure: &Measure| {
            let mut steps: Vec<u8> = measure.onsets().map(|note| note.step.0).collect();
            steps.dedup();
            steps
        };
        track.measures[1..].iter().map(steps).collect()
    };
    let song = play(&["--figures=bass-and-chords"]);
    let (chords, bass) = (onsets(&song, "Chords"), onsets(&song, "Bass"));
    assert_eq!(chords.len(), 12);
    let before = |at: usize| bass[at].first() < chords[at].first();
    let many = (0..12).filter(|&at| before(at)).count();
    assert!(many >= 8, "the bass comes before the chords in {many} of 12 measures: {bass:?} {chords:?}");
    let quarters = onsets(&play(&["--figures=quarters"]), "Chords");
    let many = quarters.iter().filter(|steps| steps.iter().filter(|&step| step % 4 == 0).count() >= 3).count();
    assert!(many >= 8, "chords on three quarters and more in {many} of 12 measures: {quarters:?}");
    assert_ne!(onsets(&play(&[]), "Chords"), quarters, "without figures the band plays as it plans");
    let refused = bandplayer(&["generate", "--voice", "Drums", "--figures", "--out", &out]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--figures=on: a drummer has none"), "{refused:?}");
    let line = scratch.at("tune.safetensors");
    tune_band(&line);
    let refused = bandplayer(&["generate", "--notes", "C5*8", "--band", &line, "--figures=held", "--out", &out]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("goes on with one line"), "{refused:?}");
}

#[test]
fn a_line_ends_at_the_sixteenth_asked_for_and_a_wide_search_is_likelier() {
    let scratch = Scratch::new("search");
    let [out, band] = ["out.mid", "tune.safetensors"].map(|name| scratch.at(name));
    tune_band(&band);
    let nats = |more: &[&str]| -> f64 {
        let arguments = [
            &[
                "generate",
                "--band",
                &band,
                "--out",
                &out,
                "--notes",
                "C5*8 D5*8",
                "--num-steps",
                "90",
                "--temperature",
                "1.5",
            ],
            more,
        ]
        .concat();
        let said = bandplayer(&arguments).stdout;
        let said = String::from_utf8(said).expect("text");
        assert!(said.starts_with("74 new sixteenths, "), "{said}");
        said["74 new sixteenths, ".len()..].split(' ').next().and_then(|number| number.parse().ok()).expect("a number")
    };
    let one = nats(&[]);
    let wide = nats(&["--beam-size", "6", "--branch-factor", "4", "--steps-per-iteration", "4"]);
    assert!(wide < one, "{wide} is not less than {one}");
    let song = read(&out);
    let last = song.tracks[0].notes(song.spans()).last().map(|note| note.end).expect("notes");
    assert!((74..=90).contains(&last), "the line ends at {last}");
}

#[test]
fn every_call_is_answered_after_it() {
    let scratch = Scratch::new("answer");
    let [file, out] = ["song.mid", "out.mid"].map(|name| scratch.at(name));
    let song = chorale(5);
    written(&song, &file);
    succeed(&["answer", &file, "--voice", "Soprano", "--band", "chorale", "--measures", "2", "--out", &out]);
    let answered = read(&out);
    let names: Vec<&str> = answered.tracks.iter().map(|track| track.name.as_str()).collect();
    assert_eq!(names, ["Soprano", "Soprano (band)", "Alto", "Tenor", "Bass"]);
    assert_eq!(answered.len(), 12, "three calls of two measures, and their answers");
    let calls = &song.tracks[0].measures;
    let silent = Measure::silent(16);
    for at in 0..12 {
        let call = at % 4 < 2;
        let expected = if call { calls.get(at / 4 * 2 + at % 4).unwrap_or(&silent) } else { &silent };
        assert_eq!(&answered.tracks[0].measures[at], expected, "measure {at}");
        for track in &answered.tracks[1..] {
            assert_eq!(track.measures[at].is_silent(), call, "{} in measure {at}", track.name);
        }
    }
}

#[test]
fn the_same_seed_writes_the_same_file_and_another_seed_another() {
    let scratch = Scratch::new("seeds");
    let [file, out] = ["song.mid", "out.mid"].map(|name| scratch.at(name));
    written(&chorale(4), &file);
    let commands: [&[&str]; 4] = [
        &["fill", &file, "--voice", "Alto"],
        &["redo", &file],
        &["generate", "--noise", "softmax"],
        &["answer", &file, "--voice", "Soprano"],
    ];
    for command in commands {
        let made = |seed: &str| {
            succeed(&[command, &["--band", "chorale", "--seed", seed, "--out", &out]].concat());
            std::fs::read(&out).expect("the file is there")
        };
        let first = made("1");
        assert!(first == made("1"), "{command:?}");
        assert!(["2", "3", "4", "5"].iter().any(|seed| first != made(seed)), "{command:?}");
    }
    let outputs = ["--num-outputs", "3", "--band", "chorale", "--out", &out];
    succeed(&[&["generate", "--noise", "softmax", "--seed", "1"], &outputs[..]].concat());
    assert_eq!(scratch.files(), ["out-2.mid", "out-3.mid", "out.mid", "song.mid"]);
    assert_ne!(read(&scratch.at("out-2.mid")), read(&scratch.at("out-3.mid")));
}

#[test]
fn a_band_that_hears_no_other_voice_fills_none() {
    let scratch = Scratch::new("deaf");
    let [file, out, band] = ["song.mid", "out.mid", "tune.safetensors"].map(|name| scratch.at(name));
    written(&chorale(4), &file);
    tune_band(&band);
    for task in [&["fill", &file, "--voice", "Soprano"][..], &["redo", &file]] {
        let output = bandplayer(&[task, &["--band", &band, "--out", &out]].concat());
        let line = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(2), "{line}");
        assert!(line.contains("does not hear") && line.trim_end().lines().count() == 1, "{line}");
        assert!(!Path::new(&out).exists());
    }
}

#[test]
fn a_drummer_makes_a_drum_track_on_channel_ten_in_any_meter() {
    let scratch = Scratch::new("drums");
    let [out, again] = ["out.mid", "again.mid"].map(|name| scratch.at(name));
    let drum = |out: &str, more: &[&str]| {
        succeed(&[&["generate", "--voice", "Drums", "--measures", "6", "--out", out], more].concat());
        MidiFile::open(out).expect("a MIDI file")
    };
    for (meter, steps) in [("4/4", 16), ("3/4", 12), ("5/4", 12), ("7/8", 14)] {
        let file = drum(&out, &["--style", "rock", "--meter", meter, "--groove", "0"]);
        let track = &file.song().tracks[0];
        assert_eq!((track.name.as_str(), track.channel.get(), file.song().len()), ("Drums", 9, 6));
        let measures = file.drums().expect("drums");
        assert_eq!(measures[0].steps(), steps, "{meter}");
        let hits: Vec<_> = measures.iter().flat_map(DrumMeasure::hits).collect();
        assert!(hits.len() > 20 && hits.iter().all(|hit| hit.offset == 0.0), "{meter}: on the grid");
        let struck = |drum| hits.iter().any(|hit| hit.drum == drum);
        // It learnt from 4/4, and from 4/4 with beats left out: 5/4 may go without a backbeat.
        assert!(struck(Drum::Kick) && (struck(Drum::Snare) || meter == "5/4"), "{meter}");
    }
    let beside = drum(&out, &["--style", "funk"]).drums().expect("drums");
    assert!(beside.iter().flat_map(DrumMeasure::hits).any(|hit| hit.offset != 0.0), "people are not on the grid");
    assert_eq!(drum(&again, &["--style", "funk"]).drums(), Some(beside.clone()), "the same seed");
    assert_ne!(drum(&again, &["--style", "funk", "--seed", "2"]).drums(), Some(beside));
}

#[test]
fn a_drummer_plays_where_the_band_does() {
    let scratch = Scratch::new("drums-beside");
    let (file, folder) = (scratch.at("song.mid"), scratch.at("out"));
    let mut song = chorale(6);
    song.tracks.truncate(1);
    written(&song, &file);
    let arguments = ["accompany", &file, "--voice", "Soprano", "--band", "chorale", "--out-dir", &folder];
    let tracks = |more: &[&str]| {
        succeed(&[&arguments[..], more].concat());
        MidiFile::open(format!("{folder}/song.mid")).expect("a MIDI file")
    };
    let without = tracks(&[]);
    let with = tracks(&["--drums", "rock", "--groove", "0"]);
    assert_eq!(with.song().tracks.len(), without.song().tracks.len() + 1);
    for (a, b) in with.song().tracks.iter().zip(&without.song().tracks) {
        assert_eq!(a.measures, b.measures, "the others play as before");
    }
    let (drums, band) = (with.drums().expect("drums"), &without.song().tracks[3].measures);
    for (at, (drums, band)) in drums.iter().zip(band).enumerate() {
        assert_eq!(drums.is_silent(), band.is_silent(), "measure {at}");
    }
}

/// The strokes of a file's drummer, key by key as they stand there.
fn struck(file: &MidiFile) -> Vec<(u64, u8)> {
    let mut keys = file.performance(&file.drum_tracks()).notes;
    keys.sort_by_key(|note| (note.on, note.key));
    keys.into_iter().map(|note| (note.on, note.key.get())).collect()
}

#[test]
fn another_kit_has_other_keys_for_the_same_drums() {
    let scratch = Scratch::new("kit");
    let [out, pads] = ["out.mid", "pads.json"].map(|name| scratch.at(name));
    let drum = |kit: &str| {
        let said = bandplayer(&["generate", "--voice", "Drums", "--measures", "4", "--kit", kit, "--out", &out]);
        assert!(said.status.success(), "{said:?}");
        (MidiFile::open(&out).expect("a MIDI file"), String::from_utf8(said.stdout).expect("text"))
    };
    let (usual, _) = drum("general-midi");
    for (stem, text) in SHIPPED {
        let NamedKit { kit, .. } = text.parse().expect("it ships");
        let (file, _) = drum(stem);
        assert_eq!(file.drums_on(&kit), usual.drums(), "{stem}");
    }
    let (yamaha, _) = drum(SHIPPED[3].0);
    assert_ne!(struck(&yamaha), struck(&usual));
    // Snares on the key of kicks: that is said, and no key is struck twice at once.
    std::fs::write(&pads, SHIPPED[0].1.replacen("\"plays\": 38", "\"plays\": 36", 1)).expect("the folder is there");
    let (shared, said) = drum(&pads);
    assert!(said.contains("the kick and the snare are both struck on key 36"), "{said}");
    assert!(struck(&shared).windows(2).all(|pair| pair[0] != pair[1]));
    assert!(struck(&shared).iter().all(|&(_, key)| key != 38));
}

#[test]
fn drums_are_filled_in_and_written_anew_and_every_other_event_stays() {
    let scratch = Scratch::new("fill-drums");
    let [file, out, again] = ["song.mid", "out.mid", "again.mid"].map(|name| scratch.at(name));
    written(&chorale(8), &file);
    let band = ["--band", "chorale", "--style", "rock"];
    succeed(&[&["fill", &file, "--voice", "Drums", "--out", &out][..], &band].concat());
    let drums = MidiFile::open(&out).expect("a MIDI file").drums().expect("drums");
    assert!(drums.iter().all(|measure| measure.hits().count() > 2), "to every measure");
    // The tracks that were there are there, byte for byte: the drums are the last.
    let tracks = |path: &str| std::fs::read(path).expect("a file")[14..].to_vec();
    assert!(tracks(&out).starts_with(&tracks(&file)));
    let measures = ["--measures", "3-4", "--seed", "9"];
    succeed(&[&["redo", &out, "--voice", "drums", "--out", &again][..], &band, &measures].concat());
    let redone = MidiFile::open(&again).expect("a MIDI file");
    assert!(tracks(&again).starts_with(&tracks(&file)));
    let after = redone.drums().expect("drums");
    assert_eq!((&after[..2], &after[4..]), (&drums[..2], &drums[4..]), "the other measures");
    assert_ne!(after[2..4], drums[2..4]);
}

#[test]
fn a_drummer_keeps_time_through_calls_and_answers_or_answers_alone() {
    let scratch = Scratch::new("answer-drums");
    let [file, out] = ["song.mid", "out.mid"].map(|name| scratch.at(name));
    written(&chorale(4), &file);
    let drummed = |more: &[&str]| {
        let answer = ["answer", &file, "--voice", "Soprano", "--measures", "2", "--band", "chorale", "--out", &out];
        succeed(&[&answer[..], more].concat());
        let file = MidiFile::open(&out).expect("a MIDI file");
        let drums = file.drums().expect("drums").iter().map(|measure| !measure.is_silent()).collect::<Vec<_>>();
        (drums, file.song().tracks.len())
    };
    let (throughout, tracks) = drummed(&["--drums", "rock"]);
    assert_eq!((throughout, tracks), (vec![true; 8], 6), "the calls, four voices that answer, drums");
    let (answers, tracks) = drummed(&["--answers", "drums", "--kit", "roland-td"]);
    assert_eq!((answers, tracks), ([[false, false, true, true]; 2].concat(), 2));
}

#[test]
fn drums_are_drawn_with_a_row_for_each_that_is_struck() {
    let scratch = Scratch::new("drumroll");
    let [file, picture] = ["rock.mid", "drums.svg"].map(|name| scratch.at(name));
    succeed(&["generate", "--voice", "Drums", "--style", "rock", "--measures", "6", "--out", &file]);
    succeed(&["drumroll", &file, &file, "--measures", "2-4", "--out", &picture]);
    let drawn = std::fs::read_to_string(&picture).expect("a picture");
    assert_eq!(drawn.matches(">rock<").count(), 2, "each under its name");
    let drums = MidiFile::open(&file).expect("a MIDI file").drums().expect("drums");
    for drum in Drum::ALL {
        let struck = drums[1..4].iter().flat_map(DrumMeasure::hits).any(|hit| hit.drum == drum);
        assert_eq!(drawn.contains(&format!(">{}<", drum.name())), struck, "{}", drum.name());
    }
}
