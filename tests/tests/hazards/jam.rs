//! The main job: a tune, the band, three files.

use clap::Parser;
use ebur128::{EbuR128, Mode};
use model::Settings;
use model::systems::band_file::Band;
use tests::host::{Format, Host};
use tests::jam::{Jam, Options, Plan};

#[test]
fn the_default_jam_misses_nothing_and_can_be_read_back() {
    let out = tests::bundle::target().expect("a target folder").join("test-jam");
    let options = Options::try_parse_from(["jam", "--out", out.to_str().expect("text")]).expect("good options");
    let plan = options.plan().expect("a good plan");
    let [jam, vst3] = Format::ALL
        .map(|format| plan.play(&Host::load_bundled(format).expect("the bundle"), |_| ()).expect("it plays"));
    assert_eq!((vst3.report.missed, &vst3.take.notes), (0, &jam.take.notes), "both formats play the same");
    assert!(jam.take.verdict.is_clean(), "{:?}", jam.take.verdict);
    assert_eq!((jam.report.measures, jam.report.missed), (48, 0));
    assert!(jam.report.prediction_ms.median > 0.0, "predictions were timed");
    assert_eq!(jam.report.notes.len(), 4, "three voices and a drummer");
    assert!(jam.report.notes.values().all(|&count| count > 20), "{:?}", jam.report.notes);
    let files = plan.save(&jam).expect("three files");
    let read = model::midi_file::Song::read(&files.midi).expect("band.mid can be read");
    assert_eq!(
        read.tracks.iter().map(|track| track.name.as_str()).collect::<Vec<_>>(),
        ["Lead", "Counter", "Chords", "Bass", "Drums"]
    );
    let spec = model::BandSpec::pop();
    let sounds = spec.voices.iter().map(|voice| (voice.channel, voice.program)).collect::<Vec<_>>();
    let drums = &read.tracks[4];
    assert_eq!(drums.channel, model::music::drums::Drum::channel(), "where General MIDI has its drums");
    let written = read.tracks.iter().take(4).map(|track| (track.channel, track.program)).collect::<Vec<_>>();
    assert_eq!(written, sounds, "each voice has its own sound");
    assert_eq!(read.tracks[0].measures, plan.track.measures, "the player's track is as it was");
    let json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&files.figures).expect("jam.json")).expect("JSON");
    for field in
        ["measures", "missed", "hanging_notes", "max_onset_error_samples", "prediction_ms", "process_us", "notes"]
    {
        assert!(json.get(field).is_some(), "jam.json has {field}");
    }
    let chords = json["chords"].as_array().expect("the chords of the measures");
    let numbers: Vec<u64> = chords.iter().filter_map(|measure| measure["measure"].as_u64()).collect();
    assert_eq!(numbers, (3..=48).collect::<Vec<u64>>(), "each measure that can be foretold");
    for half in chords.iter().flat_map(|measure| measure["halves"].as_array().expect("halves")) {
        let chord = half["chord"].as_str().expect("a name");
        assert!(chord.parse::<model::music::chord::Chord>().is_ok(), "{half}");
        assert_eq!(half["likeliest"].as_array().map(Vec::len), Some(3), "{half}");
        assert!(!half["why"].as_array().expect("reasons").is_empty(), "{half}");
    }
    assert!(std::fs::metadata(&files.picture).expect("jam.png").len() > 10_000);
    is_as_loud_as_music(&std::fs::read(&files.sound).expect("band.wav"));
}

/// A WAV file of 16 bits in stereo, held against what broadcasters ask for.
fn is_as_loud_as_music(wav: &[u8]) {
    assert_eq!((&wav[..4], &wav[8..16], &wav[36..40]), (&b"RIFF"[..], &b"WAVEfmt "[..], &b"data"[..]));
    let rate = u32::from_le_bytes([wav[24], wav[25], wav[26], wav[27]]);
    let samples: Vec<i16> = wav[44..].chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
    let mut meter = EbuR128::new(2, rate, Mode::I | Mode::TRUE_PEAK).expect("a meter");
    meter.add_frames_i16(&samples).expect("samples");
    let loudness = meter.loudness_global().expect("a loudness");
    assert!((-20.0..=-14.0).contains(&loudness), "{loudness} LUFS");
    let peak = [0, 1].map(|side| meter.true_peak(side).expect("a peak")).into_iter().fold(0.0, f64::max);
    assert!(20.0 * peak.log10() <= -1.0, "a true peak of {:.2} dB", 20.0 * peak.log10());
    assert!(samples.iter().rev().take(200).all(|sample| sample.abs() <= 1), "it ends in silence");
}

/// What the command line plays is what the plugin plays.
fn is_as_accompany_plays(plan: &Plan, jam: &Jam) {
    let (spec, band) = (plan.spec.clone(), Band::embedded("pop").expect("it ships"));
    let band = Band::read(band).expect("a good band");
    let settings = Settings { seed: plan.seed.into(), pitches: plan.pitches, ..Settings::new(&spec, plan.voice) };
    let mut predictor = Band::telling(Band::in_figures(band.predictor()), settings.harmony);
    let alone = model::play::accompany::accompany(
        &plan.song,
        &plan.track,
        (&spec, settings),
        &mut *predictor,
        band.fallback(),
        |_| {},
    );
    for (heard, written) in jam.song.tracks.iter().zip(&alone.song.tracks).skip(1) {
        assert_eq!(heard.notes(plan.song.spans()), written.notes(plan.song.spans()), "{}", heard.name);
    }
}

/// What the tune has in a beat.
const TRIPLET: [u8; 3] = [60, 64, 67];

/// A file of a tune in triplets of eighths (32 ticks of 96 a quarter), named in another alphabet's bytes, with a bar of 5/32 in the middle, and
/// then of these notes in each beat; the plan to play it.
fn triplets(folder: &std::path::Path, then: &[u8], options: &[&str]) -> Plan {
    let mut track = b"\0\xff\x03\x04\x83\x81\x83\x8d\0\xff\x58\x04\x04\x02\x18\x08".to_vec();
    let beat = |track: &mut Vec<u8>, keys: &[u8]| {
        let ticks = 96 / u8::try_from(keys.len()).expect("few");
        keys.iter().for_each(|&key| track.extend([0, 0x90, key, 80, ticks, 0x80, key, 64]));
    };
    (0..20).for_each(|_| beat(&mut track, &TRIPLET));
    let odd = b"\0\xff\x58\x04\x05\x05\x18\x08\0\x90\x48\x50\x3c\x80\x48\x40\0\xff\x58\x04\x04\x02\x18\x08";
    track.extend(odd);
    (0..20).for_each(|_| beat(&mut track, then));
    track.extend(b"\0\xff\x2f\0");
    let mut bytes = b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk".to_vec();
    bytes.extend(u32::try_from(track.len()).expect("short").to_be_bytes());
    bytes.extend(track);
    std::fs::create_dir_all(folder).expect("a folder");
    let file = folder.join("triplets.mid");
    std::fs::write(&file, bytes).expect("a file");
    let words = ["jam", "--input", file.to_str().expect("text"), "--out", folder.to_str().expect("text")];
    Options::try_parse_from([&words, options].concat()).expect("good options").plan().expect("a good plan")
}

#[test]
fn the_players_part_is_played_and_written_as_it_is_and_an_odd_bar_passes_it_through() {
    let folder = tests::bundle::target().expect("a target folder").join("test-jam-triplets");
    let plan = triplets(&folder, &TRIPLET, &[]);
    assert!(plan.remarks.iter().any(|line| line.contains("no whole sixteenths")), "{:?}", plan.remarks);
    assert!(
        plan.remarks.iter().any(|line| line == "Lead is \u{fffd}\u{fffd}\u{fffd}\u{fffd} (track 1)"),
        "{:?}",
        plan.remarks
    );
    let jam = plan.play(&Host::load_bundled(Format::Clap).expect("the bundle"), |_| ()).expect("it plays");
    assert!(jam.take.verdict.is_clean(), "{:?}", jam.take.verdict);
    let played = plan.performance.as_ref().expect("a file's part");
    assert_eq!(played.notes.len(), 121);
    let files = plan.save(&jam).expect("three files");
    let name = b"\xff\x03\x04\x83\x81\x83\x8d";
    let bytes = std::fs::read(&files.midi).expect("band.mid");
    assert!(bytes.windows(name.len()).any(|window| window == name), "the name's bytes are as they were");
    let read = model::midi_file::MidiFile::open(&files.midi).expect("band.mid can be read");
    assert_eq!(&read.performance(&[0]).notes, &played.notes, "to the tick");
    assert_eq!(read.song().spans(), plan.song.spans());
    // The bar of 5/32 is the sixth of eleven: the band is silent there, and plays before and after.
    let sounds = |measure: usize| read.song().tracks.iter().skip(1).any(|track| !track.measures[measure].is_silent());
    assert!(sounds(4) && !sounds(5) && sounds(9), "{:?}", (0..11).map(sounds).collect::<Vec<_>>());
    is_as_accompany_plays(&plan, &jam);
}

#[test]
fn the_bands_notes_yield_to_the_players_as_far_as_the_jam_is_told() {
    let folder = tests::bundle::target().expect("a target folder").join("test-jam-pitches");
    let host = Host::load_bundled(Format::Clap).expect("the bundle");
    let moved = ["off", "avoid-clashes", "chords"].map(|pitches| {
        // The tune goes on a semitone higher, as nobody can foretell.
        let plan = triplets(&folder, &[61], &["--follow-pitches", pitches]);
        let jam = plan.play(&host, |_| ()).expect("it plays");
        assert!(jam.take.verdict.is_clean(), "{pitches}: {:?}", jam.take.verdict);
        is_as_accompany_plays(&plan, &jam);
        jam.song
    });
    assert_ne!(moved[0].tracks, moved[1].tracks, "some of what was planned would clash");
}
