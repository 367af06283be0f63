//! Public data sets become training folders. The sources here are small ones in the releases' forms, written by hand.

use std::fs;
use std::path::PathBuf;

use model::TimeSignature;
use model::import::{ImportError, Skip, groove, jsb, kern, pop909};
use model::midi_file::{LongNote, Song, Track};
use model::{Channel, Key, Velocity};

/// A folder of this test's own, empty.
fn folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("import-{name}-{}", std::process::id()));
    drop(fs::remove_dir_all(&path));
    fs::create_dir_all(&path).expect("a folder");
    path
}

/// (start, end, key) in sixteenths.
type Notes = [(u32, u32, u8)];

fn track(song: &Song, name: &str) -> Vec<(u32, u32, u8)> {
    let track = song.track(name).unwrap_or_else(|| panic!("a track {name}"));
    track.notes(song.spans()).iter().map(|note| (note.start, note.end, note.key.get())).collect()
}

/// A performance at 120 quarters a minute: MIDI with these tracks.
fn midi(tracks: &[(&str, &Notes)]) -> Vec<u8> {
    let mut song = Song::steady(TimeSignature::FOUR_FOUR, 120.0, 16).expect("a meter");
    for &(name, notes) in tracks {
        let long = |&(start, end, key): &(u32, u32, u8)| LongNote {
            start,
            end,
            key: Key::new(key).expect("a key"),
            velocity: Velocity::DEFAULT,
        };
        song.add_notes(
            Track { channel: Channel::new(9).expect("a channel"), ..Track::new(name) },
            notes.iter().map(long).collect(),
        );
    }
    song.to_bytes()
}

/// Beats of half a second, the first at `first`; every fourth from the beat `downbeat` on is annotated as a downbeat.
fn beats(first: f64, downbeat: usize) -> String {
    let line = |at: usize| {
        let second = first + 0.5 * f64::from(u32::try_from(at).expect("small"));
        let flag = |is: bool| if is { "1.0" } else { "0.0" };
        format!("{second} {} {}\n", flag(at % 2 == downbeat % 2), flag(at % 4 == downbeat))
    };
    (0..60).map(line).collect()
}

/// A chord every two seconds from this second on.
fn chords(first: f64) -> String {
    let line = |at: u32| {
        let begin = first + 2.0 * f64::from(at);
        format!("{begin}\t{}\t{}\n", begin + 2.0, if at == 0 { "N" } else { "C:maj" })
    };
    (0..14).map(line).collect()
}

#[test]
fn pop909_begins_its_measures_where_the_chords_change() {
    // Beats begin at 0.5 s, which is sixteenth 4 of the performance; chords change at the beats 1, 5, 9 …
    let bytes = midi(&[("MELODY", &[(8, 12, 72), (11, 20, 74)]), ("BRIDGE", &[]), ("PIANO", &[(8, 24, 60)])]);
    let (song, _) = pop909::song(bytes.clone(), Some(&beats(0.5, 1)), Some(&chords(1.0))).expect("a song");
    assert_eq!(song.meters()[0].meter, TimeSignature::FOUR_FOUR);
    assert_eq!(track(&song, "Lead"), [(0, 3, 72), (3, 12, 74)], "one note at once, from the first downbeat on");
    assert!((song.tempos[0].bpm() - 120.0).abs() < 0.01);
    // Chords on other beats than the annotated downbeats: nobody knows.
    let skip = pop909::song(bytes, Some(&beats(0.5, 3)), Some(&chords(1.0))).expect_err("doubt");
    assert!(matches!(skip, Skip::Downbeats(annotated, best) if annotated == 0.0 && best > 0.9), "{skip}");
}

#[test]
fn pop909_reads_what_any_command_reads_and_says_what_was_bent() {
    let whole = midi(&[("MELODY", &[(0, 4, 72)]), ("PIANO", &[(0, 16, 60)])]);
    let read = |bytes: Vec<u8>| pop909::song(bytes, Some(&beats(0.0, 0)), Some(&chords(0.0)));
    let (song, warnings) = read(whole.clone()).expect("a song");
    assert!(warnings.is_empty());
    // The last track is longer than the file.
    let mut bent = whole.clone();
    let last = whole.windows(4).rposition(|bytes| bytes == b"MTrk").expect("a track");
    bent[last + 6] = 1;
    let (again, warnings) = read(bent).expect("the same song");
    assert_eq!((again, warnings.len()), (song, 1));
}

#[test]
fn pop909_divides_the_piano_into_chords_and_bass() {
    // 53 is F3: not below it. A low note under which a lower one sounds is no bass.
    let piano: &Notes = &[(0, 8, 36), (0, 8, 60), (4, 8, 48), (8, 20, 53), (16, 32, 40), (16, 20, 43), (24, 32, 38)];
    let bytes = midi(&[("MELODY", &[(0, 4, 72)]), ("PIANO", piano)]);
    let (song, _) = pop909::song(bytes, Some(&beats(0.0, 0)), Some(&chords(0.0))).expect("a song");
    assert_eq!(track(&song, "Bass"), [(0, 8, 36), (16, 24, 40), (24, 32, 38)]);
    assert_eq!(track(&song, "Chords"), [(0, 8, 60), (4, 8, 48), (8, 20, 53), (16, 20, 43)]);
}

#[test]
fn pop909_follows_beats_that_slow_down() {
    // The second beat lasts twice as long: a note in its middle is two sixteenths after it begins.
    let mut lines: Vec<String> = beats(0.0, 0).lines().map(str::to_owned).collect();
    for (at, line) in lines.iter_mut().enumerate().skip(2) {
        let rest = line.split_once(' ').expect("columns").1.to_owned();
        *line = format!("{} {rest}", 0.5 + 0.5 * f64::from(u32::try_from(at).expect("small")));
    }
    let bytes = midi(&[("MELODY", &[(0, 4, 60), (8, 12, 62), (12, 14, 64)]), ("PIANO", &[])]);
    let (song, _) = pop909::song(bytes, Some(&lines.join("\n")), Some("")).expect("a song");
    // 1.0 s is the middle of the beat from 0.5 to 1.5 s.
    assert_eq!(track(&song, "Lead"), [(0, 4, 60), (6, 8, 62), (8, 10, 64)]);
}

#[test]
fn pop909_is_read_from_its_folders_and_says_what_it_skipped() {
    let (source, out) = (folder("pop-in"), folder("pop-out"));
    let bytes = midi(&[("MELODY", &[(0, 4, 72)]), ("BRIDGE", &[]), ("PIANO", &[(0, 16, 40), (16, 32, 60)])]);
    for name in ["003", "004", "011", "012"] {
        let song = source.join(name);
        fs::create_dir_all(&song).expect("a folder");
        fs::write(song.join(format!("{name}.mid")), &bytes).expect("written");
        fs::write(song.join("chord_midi.txt"), chords(0.0)).expect("written");
        let beats = if name == "012" { "no beats".into() } else { beats(0.0, 0) };
        fs::write(song.join("beat_midi.txt"), beats).expect("written");
    }
    let report = pop909::import(&source, &out, || {}).expect("an import");
    assert_eq!(
        report.written.into_iter().collect::<Vec<_>>(),
        [("test".into(), 1), ("train".into(), 1), ("valid".into(), 1)]
    );
    assert_eq!(report.skipped, [("012".into(), Skip::Line(1))]);
    assert!(Song::read(out.join("train/004.mid")).is_ok());
    let nothing = pop909::import(&out, &out.join("again"), || {}).expect_err("no songs there");
    assert!(nothing.to_string().contains("POP909"), "{nothing}");
}

#[test]
fn groove_keeps_files_as_they_were_played() {
    let (source, out) = (folder("groove-in"), folder("groove-out"));
    let bytes = midi(&[("drums", &[(0, 1, 36), (4, 5, 38)])]);
    fs::create_dir_all(source.join("drummer1/session1")).expect("a folder");
    for name in ["a", "b", "c", "d"] {
        fs::write(source.join(format!("drummer1/session1/{name}.mid")), &bytes).expect("written");
    }
    let row = |name: &str, kind: &str, meter: &str, split: &str| {
        format!("drummer1,drummer1/session1,x,rock,120,{kind},{meter},drummer1/session1/{name}.mid,,8.0,{split}\n")
    };
    let head = "drummer,session,id,style,bpm,beat_type,time_signature,midi_filename,audio_filename,duration,split\n";
    let rows = [
        row("a", "beat", "4-4", "train"),
        row("b", "fill", "4-4", "train"),
        row("c", "beat", "6-8", "test"),
        row("d", "beat", "4-4", "validation"),
        row("e", "beat", "4-4", "test"),
        // A comma within a cell, a cell that goes over two lines, and a line of too few cells.
        row("b", "\"fill, or so\"", "4-4", "train"),
        row("b", "\"fill\nat the end\"", "4-4", "train"),
        "drummer1,drummer1/session1\n".into(),
    ];
    fs::write(source.join("info.csv"), head.to_owned() + &rows.concat()).expect("written");
    let report = groove::import(&source, &out, || {}).expect("an import");
    let reasons: Vec<&Skip> = report.skipped.iter().map(|(_, reason)| reason).collect();
    let kind = |kind: &str| Skip::Kind(kind.into());
    let expected = [
        kind("fill"),
        Skip::Meter("6/8".into()),
        Skip::Lacks("MIDI file"),
        kind("fill, or so"),
        kind("fill\nat the end"),
        Skip::Line(10),
    ];
    assert_eq!(reasons, expected.iter().collect::<Vec<_>>());
    let read = |path: &str| fs::read(out.join(path)).expect("a file");
    assert_eq!(read("train/drummer1-session1-a.mid"), bytes, "micro-timing and velocities are kept");
    assert_eq!(read("valid/drummer1-session1-d.mid"), bytes);
}

/// A choir whose soprano sings these keys a quarter each, over a bass that begins a note in every second measure.
fn choir(soprano: &[i32], measure: usize, pickup: usize) -> jsb::Chorale {
    let steps = soprano.len() * 4;
    (0..steps)
        .map(|at| {
            let bar = (at + measure - pickup) / measure;
            let low = 40 + i32::try_from(bar % 2).expect("small");
            [soprano[at / 4], 64 + i32::try_from(bar % 3).expect("small"), -1, low]
        })
        .collect()
}

#[test]
fn a_chorale_joins_equal_sixteenths_and_begins_with_its_pickup() {
    let chorale = choir(&[67, 72, 72, 74, 71], 16, 4);
    let meter = jsb::Meter { meter: TimeSignature::FOUR_FOUR, pickup: 4 };
    let song = jsb::song(&chorale, meter).expect("a song");
    assert_eq!(track(&song, "Soprano"), [(12, 16, 67), (16, 24, 72), (24, 28, 74), (28, 32, 71)]);
    assert!(track(&song, "Tenor").is_empty());
}

#[test]
fn meters_are_guessed_from_where_notes_begin() {
    for (measure, pickup, beats) in [(16, 0, 4), (16, 4, 4), (12, 0, 3), (12, 4, 3)] {
        // Long chords from bar line to bar line under a tune in quarters; it ends with a whole measure.
        let quarters = pickup / 4 + 8 * measure / 4;
        let tune: Vec<i32> = (0..quarters).map(|at| 70 + i32::try_from(at % 5).expect("small")).collect();
        let found = jsb::guess(&choir(&tune, measure, pickup));
        let meter = TimeSignature::new(beats, 4).expect("a meter");
        assert_eq!(found, jsb::Meter { meter, pickup: u32::try_from(pickup).expect("small") });
    }
}

#[test]
fn chorales_keep_their_split_and_number() {
    let (source, out) = (folder("jsb-in"), folder("jsb-out"));
    let file = source.join("Jsb16thSeparated.json");
    fs::write(
        &file,
        r#"{"test": [[[60, 55, 52, 48], [60, 55, 52, 48]], [[-1, -1, -1, -1]]], "train": [[[62, 57, 53, 50.0]]]}"#,
    )
    .expect("written");
    let report = jsb::import(&file, None, &out, || {}).expect("an import");
    assert_eq!(report.skipped, [("test/1".into(), Skip::Silent)]);
    let song = Song::read(out.join("test/000.mid")).expect("a song");
    assert_eq!(track(&song, "Alto"), [(0, 2, 55)]);
    let meters = source.join("meters.json");
    fs::write(&meters, r#"{"train/0": [3, 4, 4, 1.0]}"#).expect("written");
    let report = jsb::import(&file, Some(&meters), &out.join("listed"), || {}).expect("an import");
    assert_eq!(report.skipped.len(), 2);
    let song = Song::read(out.join("listed/train/000.mid")).expect("a song");
    assert_eq!((song.meters()[0].meter.numerator(), track(&song, "Bass")), (3, vec![(8, 9, 50)]));
}

#[test]
fn an_import_is_there_whole_or_not_at_all_and_never_mixes_with_what_was_there() {
    let (source, out) = (folder("whole-in"), folder("whole-out").join("chorales"));
    let file = source.join("Jsb16thSeparated.json");
    let chorale = "[[[60, 55, 52, 48], [60, 55, 52, 48]]]";
    // The second split leads out of the folder: the import ends when the first is written.
    fs::write(&file, format!(r#"{{"test": {chorale}, "up/../..": {chorale}}}"#)).expect("written");
    let error = jsb::import(&file, None, &out, || {}).expect_err("a split that is no folder");
    assert!(matches!(error, ImportError::Out { .. }), "{error}");
    assert_eq!(fs::read_dir(out.parent().expect("a folder")).expect("it").count(), 0, "nothing is left of it");

    fs::write(&file, format!(r#"{{"test": {chorale}, "train": {chorale}}}"#)).expect("written");
    jsb::import(&file, None, &out, || {}).expect("an import");
    assert!(out.join("test/000.mid").exists() && out.join("train/000.mid").exists());
    let error = jsb::import(&file, None, &out, || {}).expect_err("it is there").to_string();
    assert!(error.contains("chorales is not empty"), "{error}");
    assert_eq!(fs::read_dir(out.parent().expect("a folder")).expect("it").count(), 1);
}

/// A song of these lines in 3/4.
fn kern(lines: &str, plain: bool) -> Result<Song, Skip> {
    let text = format!("!!!OTL: A song\n**kern\n*clefG2\n*M3/4\n*k[f#]\n{}\n==\n*-\n", lines.replace(' ', "\n"));
    kern::song(&text, kern::Rules { plain })
}

fn sung(lines: &str) -> Vec<(u32, u32, u8)> {
    track(&kern(lines, true).expect("a song"), "Lead")
}

#[test]
fn kern_has_pickups_rests_ties_and_dots() {
    // A pickup of a quarter: two beats of rest before it.
    assert_eq!(
        sung("{4d =1 2g 4r =2 4.b- 8aa# 4GG"),
        [(8, 12, 62), (12, 20, 67), (24, 30, 70), (30, 32, 82), (32, 36, 43)]
    );
    assert_eq!(sung("2.c =1 [4c 2d =2 2.e"), [(0, 12, 60), (12, 16, 60), (16, 24, 62), (24, 36, 64)]);
    assert_eq!(
        sung("4d 2[c =1 4c_ 4c] 4c =2 2.e")[1..3],
        [(4, 20, 60), (20, 24, 60)],
        "a tie joins, a repeat does not"
    );
    assert_eq!(sung("2.c =1 8qd 2.e"), [(0, 12, 60), (12, 24, 64)], "a grace note takes no time");
}

#[test]
fn a_measure_that_a_repeat_divides_is_counted_as_one() {
    assert_eq!(sung("2.c =1 2d =:|! 4e =2 2.f").last(), Some(&(24, 36, 65)));
}

#[test]
fn kern_songs_are_left_out_for_a_reason() {
    let check = |lines: &str, expected: Skip| assert_eq!(kern(lines, true).expect_err(lines), expected);
    check("2.c =1 6d 6e 6f", Skip::OffGrid("6d".into()));
    check("2.c =1 8..d 2d", Skip::OffGrid("8..d".into()));
    check("2.c =1 2.d 4e =2 2.f", Skip::Measure("1".into()));
    check("2.c =1 *M4/4 1d", Skip::MeterChanges);
    check("4r =1 2.r", Skip::Silent);
    let many = kern::song("**kern\t**kern\n4c\t4e\n", kern::Rules { plain: true });
    assert_eq!(many.expect_err("two spines"), Skip::ManyVoices);
}

/// A double-dotted quarter has seven sixteenths.
#[test]
fn the_seeds_filter_can_be_switched_off() {
    let odd = "2.c =1 4..c 16d 4e =2 2.f";
    assert_eq!(kern(odd, true).expect_err("an odd duration"), Skip::Duration(1.75));
    assert_eq!(track(&kern(odd, false).expect("a song"), "Lead")[1], (12, 19, 60));
    assert_eq!(kern("2..c =1 2.d", false).expect_err("no pickup"), Skip::Measure("0".into()));
}
