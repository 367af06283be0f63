//! A voice that is written changes nothing else in its file.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use midly::{MidiMessage, Smf, TrackEventKind};
use model::midi_file::MidiFile;
use model::midi_file::band_song::Casting;
use model::play::tasks::Manner;
use model::play::tasks::rewrite::Round;
use model::play::tasks::score::{new_voices, played};
use model::{
    BandMeasure, BandSong, BandSpec, Key, Measure, Note, PredictError, PredictRequest, Predictor, VoiceId, VoiceMask,
};

use crate::any_file::{Chunks, any_file};
use crate::{Scratch, succeed};

/// Two notes a measure, of which the later goes on over the bar line where it can.
struct Singer(BandSpec);

impl Predictor for Singer {
    fn spec(&self) -> &BandSpec {
        &self.0
    }
    fn obeys_given(&self) -> bool {
        true
    }
    fn predict(&mut self, request: &PredictRequest) -> Result<BandMeasure, PredictError> {
        let mut out = BandMeasure::missing(request.steps);
        let half = request.steps / 2;
        for voice in request.voices.iter() {
            let key = |step: u64| Key::clamped(55 + i32::try_from((request.seed >> step) % 3).expect("small"));
            let first = Note { continued: true, ..Note::new(0, half.max(1), key(0)) };
            let second = Note { continues: true, ..Note::new(half, request.steps - half, key(8)) };
            let notes = if half == 0 { vec![first] } else { vec![first, second] };
            out.set(voice, &Measure::from_notes(request.steps, notes));
        }
        Ok(out)
    }
}

fn id(name: &str) -> VoiceId {
    BandSpec::chorale().voice(name).expect("a voice")
}

/// The file with a voice written anew in some of its measures; `None` if no band plays in them.
fn rewritten(file: &MidiFile, voice: VoiceId, measures: Range<usize>) -> Option<Vec<u8>> {
    let mut singer = Singer(BandSpec::chorale());
    let casting = Casting::of(file.song(), singer.spec());
    let mut piece = BandSong::cast(file.song(), singer.spec(), &casting);
    let voices = VoiceMask::only(voice);
    let stretches = played(file.song(), measures);
    for stretch in &stretches {
        let round = Round { voices, measures: stretch.clone(), number: 0 };
        round.write(&mut piece, &mut singer, &Manner::default(), || {}).expect("it sings");
    }
    let new = new_voices(file.song(), (singer.spec(), &casting), &piece, voices, &stretches);
    (!stretches.is_empty()).then(|| file.with_voices(&new).bytes)
}

/// Tick and event of each event of a track.
fn events<'a>(smf: &'a Smf<'_>, track: usize) -> Vec<(u64, TrackEventKind<'a>)> {
    let mut tick = 0;
    let timed = smf.tracks[track].iter().map(|event| {
        tick += u64::from(event.delta.as_int());
        (tick, event.kind)
    });
    timed.collect()
}

fn channels(smf: &Smf<'_>, tracks: Range<usize>) -> BTreeSet<u8> {
    let all = smf.tracks[tracks].iter().flatten();
    all.filter_map(|event| match event.kind {
        TrackEventKind::Midi { channel, .. } => Some(channel.as_int()),
        _ => None,
    })
    .collect()
}

/// The filled file without its last track, which is the new voice alone, is the file.
fn check_filled(before: &[u8], after: &[u8], which: &str) {
    let (old, mut new) = (Chunks::of(before), Chunks::of(after));
    let added = new.rest.pop().expect("a new track");
    assert!(old.rest == new.rest, "{which}: another track changed");
    assert_eq!(old.header[4..], new.header[4..], "{which}: the division");
    assert_eq!(added.0, *b"MTrk", "{which}");
    let smf = Smf::parse(after).unwrap_or_else(|error| panic!("{which}: {error}"));
    let last = smf.tracks.len() - 1;
    assert_eq!(usize::from(new.header[3]), last + 1, "{which}: the number of tracks");
    let (others, own) = (channels(&smf, 0..last), channels(&smf, last..last + 1));
    assert_eq!(own.len(), 1, "{which}: {own:?}");
    assert!(others.len() == 16 || own.is_disjoint(&others), "{which}: {own:?} of {others:?}");
    assert!(hanging(&events(&smf, last)).is_empty(), "{which}: a note of the new voice hangs");
    let programs = events(&smf, last);
    let program = |(_, event): &(u64, TrackEventKind<'_>)| matches!(event, TrackEventKind::Midi { message: MidiMessage::ProgramChange { program }, .. } if program.as_int() == 52);
    assert!(programs.iter().any(program), "{which}: the Tenor's program");
}

/// Keys that are struck last and not released.
fn hanging(events: &[(u64, TrackEventKind<'_>)]) -> BTreeSet<(u8, u8)> {
    let mut down = BTreeSet::new();
    for (_, event) in events {
        let TrackEventKind::Midi { channel, message } = event else { continue };
        match message {
            MidiMessage::NoteOn { key, vel } if *vel > 0 => _ = down.insert((channel.as_int(), key.as_int())),
            MidiMessage::NoteOn { key, .. } | MidiMessage::NoteOff { key, .. } => {
                down.remove(&(channel.as_int(), key.as_int()));
            }
            _ => {}
        }
    }
    down
}

#[test]
fn a_voice_that_is_filled_in_and_taken_out_again_leaves_the_file_as_it_was() {
    for seed in 0..200 {
        let before = any_file(seed);
        Smf::parse(&before).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let file = MidiFile::parse(before.clone()).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let Some(after) = rewritten(&file, id("Tenor"), 0..file.song().len()) else { continue };
        check_filled(&before, &after, &format!("seed {seed}"));
        let notes = MidiFile::parse(after).expect("our own file");
        let tenor = notes.song().track("Tenor").unwrap_or_else(|| panic!("seed {seed}: no Tenor"));
        assert!(!tenor.is_silent(), "seed {seed}");
    }
}

/// A header may be longer than the standard's: what stands there is no business of ours.
#[test]
fn a_header_keeps_what_is_behind_its_six_bytes() {
    let plain = any_file(7);
    let mut before = plain.clone();
    before[7] = 9;
    drop(before.splice(14..14, *b"own"));
    let file = MidiFile::parse(before.clone()).expect("a longer header");
    let after = rewritten(&file, id("Tenor"), 0..file.song().len()).expect("measures to play in");
    check_filled(&before, &after, "a longer header");
    assert_eq!((&after[4..8], &after[14..17]), (&[0, 0, 0, 9][..], b"own".as_slice()));
}

#[test]
fn the_command_fills_in_a_voice_and_changes_nothing_else() {
    let scratch = Scratch::new("round-trip");
    let [file, out] = ["song.mid", "out.mid"].map(|name| scratch.at(name));
    for seed in 1000..1006 {
        let before = any_file(seed);
        std::fs::write(&file, &before).expect("the folder is there");
        succeed(&["fill", &file, "--voice", "Tenor", "--band", "chorale", "--out", &out]);
        let after = std::fs::read(&out).expect("the file is there");
        check_filled(&before, &after, &format!("seed {seed}"));
    }
}

#[test]
fn measures_that_are_written_anew_leave_all_others_and_all_other_tracks_to_the_tick() {
    let mut tried = 0;
    for seed in 2000..2200 {
        let before = any_file(seed);
        let file = MidiFile::parse(before.clone()).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let song = file.song();
        let measures = song.len() / 3..(song.len() / 3 + 2).min(song.len());
        let Some(after) = rewritten(&file, id("Soprano"), measures.clone()) else { continue };
        tried += 1;
        let place = song.tracks.iter().position(|track| track.name == "Soprano").expect("a Soprano");
        let own = file.origin(place).expect("a track") - 1;
        let (old, new) = (Smf::parse(&before).expect("a file"), Smf::parse(&after).expect("a file"));
        assert_eq!(old.tracks.len(), new.tracks.len(), "seed {seed}");
        for track in (0..old.tracks.len()).filter(|&track| track != own) {
            assert!(old.tracks[track] == new.tracks[track], "seed {seed}: track {track}");
        }
        // Outside of the measures the same strokes; everything that is no note, everywhere.
        let anew = played(song, measures);
        let steps = |measures: &Range<usize>| song.spans()[measures.start].start..song.spans()[measures.end - 1].end();
        let steps: Vec<Range<u32>> = anew.iter().map(steps).collect();
        let factor = match old.header.timing {
            midly::Timing::Metrical(ticks) => u64::from(song.resolution()) / u64::from(ticks.as_int()),
            // Film time: the tempo says where the measures are.
            midly::Timing::Timecode(..) => 0,
        };
        let (old, new) = (events(&old, own), events(&new, own));
        let strokes = |events: &[(u64, TrackEventKind<'_>)]| {
            let mut out: BTreeMap<(u64, u8), u8> = BTreeMap::new();
            for (tick, event) in events {
                let TrackEventKind::Midi { message: MidiMessage::NoteOn { key, vel }, .. } = event else { continue };
                let step = song.step(tick * factor);
                // What sounds on behind the measures is struck again where they end, at the nearest tick of the file.
                let near = |step: u32| song.tick(step).abs_diff(tick * factor) <= factor;
                let seam = steps.iter().any(|steps| near(steps.start) || near(steps.end));
                if *vel > 0 && !seam && !steps.iter().any(|steps| steps.contains(&step)) {
                    out.insert((*tick, key.as_int()), vel.as_int());
                }
            }
            out
        };
        if factor > 0 {
            assert_eq!(strokes(&old), strokes(&new), "seed {seed}");
        }
        let rest = |events: &[(u64, TrackEventKind<'_>)]| {
            let others = events.iter().filter(|(_, event)| {
                let TrackEventKind::Midi { message, .. } = event else { return true };
                match message {
                    MidiMessage::Controller { controller, .. } => ![64, 66, 67].contains(&controller.as_int()),
                    MidiMessage::ProgramChange { .. } => true,
                    _ => false,
                }
            });
            others.map(|(tick, event)| format!("{tick} {event:?}")).collect::<Vec<_>>()
        };
        assert_eq!(rest(&old), rest(&new), "seed {seed}");
        assert!(hanging(&new).is_subset(&hanging(&old)), "seed {seed}: a note hangs");
    }
    assert!(tried > 150, "{tried} files were tried");
}
