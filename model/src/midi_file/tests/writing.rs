//! What is written reads back the same, byte for byte where the standard leaves no choice.

use std::fs;

use proptest::prelude::*;

use super::*;

#[test]
fn saving_replaces_the_file_and_leaves_nothing_beside_it() {
    let folder = std::env::temp_dir().join(format!("midi-save-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a temporary folder");
    let path = folder.join("song.mid");
    fs::write(&path, b"old").expect("a file");
    let song = tune();
    song.save(&path).expect("a writable folder");
    assert_eq!(Song::read(&path).expect("a good file"), song);
    assert_eq!(fs::read_dir(&folder).expect("the folder").count(), 1);
    // A folder stands where the file should be: it stays, and so does nothing else.
    let blocked = folder.join("blocked.mid");
    fs::create_dir_all(blocked.join("inside")).expect("a folder");
    assert!(song.save(&blocked).is_err());
    assert_eq!(fs::read_dir(&folder).expect("the folder").count(), 2);
    fs::remove_dir_all(&folder).expect("the folder is ours");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn what_was_written_reads_back_the_same(song in songs()) {
        prop_assert_eq!(song.dropped, 0);
        prop_assert_eq!(Song::parse(&song.to_bytes()).expect("our own file"), song);
    }

    #[test]
    fn no_bytes_break_the_reader(body in prop::collection::vec(any::<u8>(), 0..200)) {
        // Any outcome will do, as long as there is one.
        let _ = Song::parse(&one_track(&body));
    }
}

/// Songs of a few tracks in any supported meter, changing once, within a measure's capacity.
fn songs() -> impl Strategy<Value = Song> {
    let meter = (1_u8..=15, 0_u32..=4).prop_filter_map("a supported meter", |(n, power)| {
        TimeSignature::new(n, 1 << power).filter(|m| m.steps().is_some())
    });
    let note = (0_u32..120, 1_u32..40, 40_u8..48, 1_u8..=127);
    let track = ("[a-zA-Z ]{0,8}[a-z]", 0_u8..16, 0_u8..128, prop::collection::vec(note, 0..40));
    (meter.clone(), meter, 1_u32..6, 20.0..400.0_f64, prop::collection::vec(track, 0..4)).prop_map(
        |(first, second, change, bpm, tracks)| {
            let at = change * u32::from(first.steps().unwrap_or(16));
            let ticks = |steps: u32| u64::from(steps) * 120;
            let meters = [(0, first), (ticks(at), second)];
            let cut = crate::midi_file::layout::cut(&meters, ticks(160), 480).expect("few measures");
            let mut song = Song::steady(TimeSignature::FOUR_FOUR, bpm, 0).expect("a supported meter");
            (song.spans, song.meters, song.grid) = (cut.spans, cut.meters, cut.grid);
            for (name, channel, program, notes) in tracks {
                let long = |(start, length, number, velocity)| LongNote {
                    start,
                    end: start + length,
                    key: key(number),
                    velocity: Velocity::new(velocity).unwrap_or(Velocity::DEFAULT),
                };
                let channel = Channel::new(channel).expect("a channel");
                let name = name.trim().to_owned();
                let track = Track { channel, program, ..Track::new(&name) };
                song.add_notes(track, notes.into_iter().map(long).collect());
            }
            song
        },
    )
}

/// As the standard has them, by hand: 480 ticks a quarter, so that 4/4 lasts 1920 (0x8f00 in groups of seven bits).
#[test]
fn a_song_is_written_in_these_bytes() {
    let mut song = Song::steady(TimeSignature::FOUR_FOUR, 120.0, 1).expect("4/4");
    let channel = Channel::new(3).expect("a channel");
    // The second stroke of the key begins where the first one ends.
    let notes = [crate::Note::new(0, 4, key(60)), crate::Note::new(4, 2, key(60))];
    let measures = vec![crate::Measure::from_notes(16, notes)];
    song.tracks.push(Track { channel, program: 33, measures, ..Track::new("Bass") });
    let conducting = b"\0\xff\x51\x03\x07\xa1\x20\0\xff\x58\x04\x04\x02\x18\x08\x8f\0\xff\x2f\0";
    let bass = b"\0\xff\x03\x04Bass\0\xc3\x21\0\x93\x3c\x50\x83\x60\x83\x3c\x40\0\x93\x3c\x50\x81\x70\x83\x3c\x40\x89\x30\xff\x2f\0";
    assert_eq!(song.to_bytes(), file(1, [1, 0xe0], &[conducting, bass]));
}

#[test]
fn a_writer_bears_any_numbers() {
    let far = TickNote {
        on: u32::MAX - 1,
        off: u32::MAX,
        channel: Channel::new(15).expect("a channel"),
        key: Key::MAX,
        velocity: Velocity::MAX,
    };
    let mut file = MidiWriter::new(u16::MAX, u32::MAX);
    file.tempo(u32::MAX, 0);
    file.tempo(0, u32::MAX);
    file.meter(u32::MAX, TimeSignature::new(255, 64).expect("a meter"));
    file.track("", Some((far.channel, 255)), [far, far]);
    let bytes = file.into_bytes();
    let read = midly::Smf::parse(&bytes).expect("a MIDI file");
    // Sixteen empty texts lead over the silence to the end of all ticks.
    assert_eq!(read.tracks.iter().map(Vec::len).collect::<Vec<_>>(), [4 + 16, 7 + 16]);
    let ends = read.tracks.iter().map(|track| track.iter().map(|event| u64::from(event.delta.as_int())).sum::<u64>());
    assert!(ends.eq([u64::from(u32::MAX); 2]), "nothing is moved");
}

#[test]
fn a_performance_is_written_as_it_was_played_and_the_steps_are_for_the_nets() {
    // Triplets of eighths at 96 ticks, with a bend, a pedal in another track, and a key struck again before its release.
    let tune = [
        b"\0\xff\x03\x04Lead\0\x90\x3c\x50\x20\x80\x3c\x07\0\x90\x3e\x50\x10\xe0\0\x50\x10\x80\x3e\x40\0\x90\x40\x50\x20\x40\x60\x20\x80\x40\x40".as_slice(),
        END,
    ]
    .concat();
    let pedal = [b"\x08\xb0\x40\x7f\x70\xb0\x40\0".as_slice(), END].concat();
    let file = MidiFile::parse(file(1, DIVISION, &[&tune, &pedal])).expect("a good file");
    let part = file.part("Lead", None).expect("a lead");
    let performance = file.performance(&part.places);
    assert_eq!(performance.resolution, 96);
    let keys: Vec<_> = performance.notes.iter().map(|note| (note.on, note.off, note.key.get())).collect();
    assert_eq!(keys, [(0, 120, 60), (32, 120, 62), (64, 96, 64), (96, 128, 64)], "the pedal holds");
    let mut song = file.song().without_tracks();
    song.tracks.push(Track { performance: Some(performance.clone()), ..part.track });
    let again = MidiFile::parse(song.to_bytes()).expect("our own file");
    let mut expected = performance;
    // The track says its program.
    expected.messages.insert(0, (0, midly::MidiMessage::ProgramChange { program: 0.into() }));
    assert_eq!(again.performance(&[0]), expected);
    assert!(again.warnings().is_empty(), "{:?}", again.warnings());
}
