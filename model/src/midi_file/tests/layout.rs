//! Where bars begin and end: meters, upbeats, and the end of the music.

use super::*;

#[test]
fn long_measures_are_divided_and_a_change_of_meter_begins_a_measure() {
    let meter = |numerator, power| [0, 0xff, 0x58, 4, numerator, power, 24, 8];
    // 5/4, and after 24 steps (576 ticks), within the second measure, 3/4; then a note at step 36.
    let mut events = meter(5, 2).to_vec();
    events.extend([0x84, 0x40]);
    events.extend(&meter(3, 2)[1..]);
    events.extend(b"\x82\x20\x90\x3c\x50\x18\x80\x3c\0");
    let song = Song::parse(&one_track(&events)).expect("a good file");
    let spans: Vec<_> = song.spans().iter().map(|span| (span.start, span.steps, span.part)).collect();
    assert_eq!(spans, [(0, 12, 0), (12, 8, 1), (20, 4, 0), (24, 12, 0), (36, 12, 0)]);
    assert_eq!(song.meters().iter().map(|change| change.measure).collect::<Vec<_>>(), [0, 3]);
    // Each part knows its bar, and where it begins there.
    let places: Vec<_> = (0..5).map(|at| song.place(at)).map(|place| (place.bar, place.from, place.of)).collect();
    assert_eq!(places, [(0, 0, 20), (0, 12, 20), (1, 0, 20), (2, 0, 12), (3, 0, 12)]);
}

#[test]
fn time_signatures_are_read_as_far_as_they_say_anything() {
    let meter = |numerator, power| {
        one_track(&[&[0, 0xff, 0x58, 4, numerator, power, 24, 8][..], b"\0\x90\x3c\x50\x18\x80\x3c\0"].concat())
    };
    for (numerator, power) in [(0, 2), (4, 9), (4, 8)] {
        lenient(
            &meter(numerator, power),
            &[(0, 1, 60)],
            &["1 time signature that cannot be: the meter before stays (first in track 1, tick 0)"],
        );
    }
    // Two bytes are enough for 3/4.
    let short = one_track(b"\0\xff\x58\x02\x03\x02\0\x90\x3c\x50\x18\x80\x3c\0");
    lenient(&short, &[(0, 1, 60)], &["1 time signature of fewer than four bytes: read (first in track 1, tick 0)"]);
    assert_eq!(Song::parse(&short).expect("a good file").spans()[0].steps, 12);
    // Said again in mid-bar, it begins a bar: an upbeat of a quarter.
    let four = [0xff, 0x58, 4, 4, 2, 24, 8];
    let pickup = one_track(&[&[0][..], &four, &[96], &four, b"\0\x90\x3c\x50\x18\x80\x3c\0"].concat());
    let song = Song::parse(&pickup).expect("a good file");
    assert_eq!(song.spans().iter().map(|span| (span.start, span.steps)).collect::<Vec<_>>(), [(0, 4), (4, 16)]);
    assert_eq!(Song::parse(&song.to_bytes()).expect("our own file").spans(), song.spans());
}

#[test]
fn one_bar_of_an_odd_meter_passes_notes_through_and_the_rest_is_on_its_steps() {
    // A bar of 4/4, one of 5/32 (60 ticks), and 4/4 again with a note on its second sixteenth.
    let four = [0xff, 0x58, 4, 4, 2, 24, 8];
    let odd = [0xff, 0x58, 4, 5, 5, 24, 8];
    let bytes =
        one_track(&[&[0][..], &four, &[0x83, 0x00], &odd, &[60], &four, b"\x18\x90\x3c\x50\x18\x80\x3c\0"].concat());
    let file = MidiFile::parse(bytes).expect("a good file");
    let song = file.song();
    assert_eq!(song.spans().iter().map(|span| span.steps).collect::<Vec<_>>(), [16, 3, 16]);
    assert_eq!([0, 1, 2].map(|measure| song.is_played(measure)), [true, false, true]);
    assert_eq!(song.tracks[0].notes(song.spans())[0].start, 20);
    assert_eq!(song.tick(20), 384 + 60 + 24);
    let again = Song::parse(&song.to_bytes()).expect("our own file");
    assert_eq!(
        (again.spans(), again.tracks[0].notes(again.spans())),
        (song.spans(), song.tracks[0].notes(song.spans()))
    );
    assert!(file.warnings()[0].to_string().contains("no whole sixteenths"), "{:?}", file.warnings());
}

#[test]
fn the_music_ends_with_its_notes_not_with_what_was_left_behind() {
    let note = b"\0\x90\x3c\x50\x18\x80\x3c\0";
    // The end mark of the playing track, a tempo, an end mark of another track: each an hour later.
    let hour = [0x81, 0xd4, 0xb0, 0x00];
    let ending = [&note[..], &hour, b"\xff\x2f\0"].concat();
    let tempo = [&hour[..], b"\xff\x51\x03\x07\xa1\x20", END].concat();
    let other = [&hour[..], b"\xff\x2f\0"].concat();
    let playing = [&note[..], END].concat();
    for tracks in [vec![&ending[..]], vec![&playing, &tempo], vec![&other, &playing]] {
        let file = MidiFile::parse(file(1, DIVISION, &tracks)).expect("a good file");
        assert_eq!(file.song().len(), 1);
        let said = file.warnings().first().map(ToString::to_string).unwrap_or_default();
        assert!(said.contains("long after the last note"), "{said}");
    }
}

/// A file of one track in 4/4 that plays these notes: (start, end, key) in steps.
fn played(notes: &[(u32, u32, u8)]) -> Vec<u8> {
    let last = notes.iter().map(|note| note.1).max().unwrap_or(0);
    let bars = usize::try_from(last.div_ceil(16)).expect("few bars");
    let mut song = Song::steady(TimeSignature::FOUR_FOUR, 120.0, bars).expect("4/4");
    let long =
        |&(start, end, number): &(u32, u32, u8)| LongNote { start, end, key: key(number), velocity: Velocity::DEFAULT };
    song.add_notes(Track::new("Lead"), notes.iter().map(long).collect());
    song.to_bytes()
}

#[test]
fn an_upbeat_that_is_told_of_begins_the_bars_and_one_that_is_not_is_guessed() {
    // A quarter before whole notes; and quarters throughout, of which only the end tells.
    let long: Vec<_> =
        std::iter::once((0, 4, 67)).chain((0..30).map(|bar| (4 + 16 * bar, 20 + 16 * bar, 60))).collect();
    let even: Vec<_> = (0..49).map(|beat| (4 * beat, 4 * beat + 4, 60)).collect();
    for (notes, bars) in [(long, 32), (even, 14)] {
        let bytes = played(&notes);
        let plain = MidiFile::parse(bytes.clone()).expect("a good file");
        let guess = plain.likely_pickup().expect("an upbeat");
        assert_eq!(guess.quarters(), 1.0);
        let told = MidiFile::parse_after(bytes, Some(guess)).expect("a good file");
        let spans = told.song().spans();
        assert_eq!((spans[0].end(), spans[1].end(), spans.len()), (4, 20, bars));
        assert_eq!(told.likely_pickup(), None, "it is told of");
        assert_eq!(Song::parse(&told.song().to_bytes()).expect("our own file").spans(), spans, "and written");
    }
    // Bars that begin where they are written.
    let whole: Vec<_> = (0..30).map(|bar| (16 * bar, 16 * bar + 16, 60)).collect();
    let ending: Vec<_> = (0..30).map(|beat| (8 * beat, 8 * beat + 8, 60)).chain([(240, 244, 60)]).collect();
    for notes in [whole, ending] {
        assert_eq!(MidiFile::parse(played(&notes)).expect("a good file").likely_pickup(), None);
    }
    for (text, quarters) in
        [("1", Some(1.0)), ("0.5", Some(0.5)), ("1/2", Some(0.5)), ("0", None), ("17", None), ("x", None)]
    {
        assert_eq!(text.parse::<Pickup>().ok().map(Pickup::quarters), quarters, "{text}");
    }
}
