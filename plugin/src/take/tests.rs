//! What was heard is what is saved.

use midly::{MetaMessage, MidiMessage, Smf, TrackEventKind};
use model::{BandSpec, Channel, Key, Rng, Velocity, VoiceId};

use super::event::{Event, What, Who};
use super::handle::TakeHandle;
use super::record::{TAKE_MEASURES, TICKS};
use super::recorder::CAPACITY;
use super::{SaveError, Take, Timing};

/// Samples a step, at 120 and 48 kHz.
const STEP: u64 = 6000;
const MEASURE: u64 = 16 * STEP;

const PACE: What = What::Pace { steps: 1.0 / STEP as f64, micros: 500_000 };
const LINE: What = What::Line { steps: 16, meter: (4, 4) };

fn key(number: u8) -> Key {
    Key::new(number).expect("a key")
}

fn bass() -> Who {
    Who::Band(VoiceId::new(3).expect("a voice").into())
}

fn on(who: Who, number: u8) -> What {
    let channel = Channel::new(if who == Who::User { 0 } else { 3 }).expect("a channel");
    What::On { who, channel, key: key(number), velocity: Velocity::DEFAULT }
}

fn off(who: Who, number: u8) -> What {
    let channel = Channel::new(if who == Who::User { 0 } else { 3 }).expect("a channel");
    What::Off { user: who == Who::User, channel, key: key(number) }
}

fn take(events: &[(u64, What)]) -> Take {
    let mut take = Take::default();
    take.introduce(0, &BandSpec::pop());
    for &(at, what) in events {
        take.hear(&Event { at, what });
    }
    take
}

/// A note read back: (track, start, end, key), in ticks.
type Read = (String, u32, u32, u8);

/// Reads a file's notes, and its tempos and meters, by another's parser.
fn read(bytes: &[u8]) -> (Vec<Read>, Vec<(u32, String)>) {
    let smf = Smf::parse(bytes).expect("a MIDI file");
    let (mut notes, mut settings) = (Vec::new(), Vec::new());
    for track in &smf.tracks {
        let (mut now, mut name, mut open) = (0, String::new(), Vec::new());
        for event in track {
            now += event.delta.as_int();
            match event.kind {
                TrackEventKind::Meta(MetaMessage::TrackName(text)) => name = String::from_utf8_lossy(text).into(),
                TrackEventKind::Meta(MetaMessage::Tempo(micros)) => settings.push((now, micros.to_string())),
                TrackEventKind::Meta(MetaMessage::TimeSignature(numerator, power, ..)) => {
                    settings.push((now, format!("{numerator}/{}", 1 << power)));
                }
                TrackEventKind::Midi { message: MidiMessage::NoteOn { key, .. }, .. } => open.push((key, now)),
                TrackEventKind::Midi { message: MidiMessage::NoteOff { key, .. }, .. } => {
                    let place = open.iter().position(|(known, _)| *known == key).expect("an off has its on");
                    let (key, start) = open.remove(place);
                    notes.push((name.clone(), start, now, key.as_int()));
                }
                _ => {}
            }
        }
        assert!(open.is_empty(), "every note ends");
    }
    notes.sort();
    (notes, settings)
}

fn notes(take: &Take, last: Option<usize>, timing: Timing) -> Vec<Read> {
    let mut take = take.clone();
    take.finish();
    read(&take.to_midi(last, timing)).0
}

fn you(start: u32, end: u32, key: u8) -> Read {
    ("You".into(), start, end, key)
}

fn the_bass(start: u32, end: u32, key: u8) -> Read {
    ("Bass".into(), start, end, key)
}

#[test]
fn notes_stand_where_they_were_played() {
    let user = Who::User;
    let take = take(&[
        (0, What::Cut { rolls: true }),
        (0, PACE),
        (0, LINE),
        (STEP + 1500, on(user, 60)),
        // The last step and a bit.
        (15 * STEP + 3100, on(user, 64)),
        (MEASURE - 10, off(user, 60)),
        // The user's note on the very line is heard before it.
        (MEASURE, on(user, 67)),
        (MEASURE, LINE),
        (MEASURE, on(bass(), 40)),
        (MEASURE + 2 * STEP, off(user, 64)),
        (MEASURE + 3 * STEP, off(user, 67)),
        (MEASURE + 8 * STEP, off(bass(), 40)),
        (2 * MEASURE, LINE),
    ]);
    assert_eq!(take.len(), 2);
    let line = 16 * TICKS;
    let played = [
        the_bass(line, line + 8 * TICKS, 40),
        you(TICKS + 60, line, 60),
        you(15 * TICKS + 124, line + 2 * TICKS, 64),
        you(line, line + 3 * TICKS, 67),
    ];
    assert_eq!(notes(&take, None, Timing::Played), played);
    let quantised = [
        the_bass(line, line + 8 * TICKS, 40),
        you(TICKS, line, 60),
        you(line, line + 2 * TICKS, 64),
        you(line, line + 3 * TICKS, 67),
    ];
    assert_eq!(notes(&take, None, Timing::Quantised), quantised);
    // The last measure alone begins at 0: the note on the line is in it.
    let expected = [the_bass(0, 8 * TICKS, 40), you(0, 3 * TICKS, 67)];
    assert_eq!(notes(&take, Some(1), Timing::Played), expected);
}

#[test]
fn swung_and_humanised_notes_are_quantised_to_the_steps_that_they_were_meant_for() {
    // As late as full swing and full humanising make it.
    let late = |step: u64| step * STEP + STEP / 3 + STEP * 199 / 1000;
    let take = take(&[
        (0, PACE),
        (0, LINE),
        (late(3), on(bass(), 40)),
        (late(5), off(bass(), 40)),
        (6 * STEP, on(bass(), 41)),
        (7 * STEP, off(bass(), 41)),
        (MEASURE, LINE),
    ]);
    let expected = [the_bass(3 * TICKS, 5 * TICKS, 40), the_bass(6 * TICKS, 7 * TICKS, 41)];
    assert_eq!(notes(&take, None, Timing::Quantised), expected);
}

#[test]
fn tempo_and_meter_are_those_that_were_heard() {
    let take = take(&[
        (0, PACE),
        (0, LINE),
        (8 * STEP, What::Pace { steps: 2.0 / STEP as f64, micros: 250_000 }),
        // Eight steps more take half as long.
        (12 * STEP, What::Line { steps: 12, meter: (6, 8) }),
        (13 * STEP, on(Who::User, 60)),
        (14 * STEP, off(Who::User, 60)),
        (18 * STEP, What::Line { steps: 12, meter: (5, 4) }),
        (24 * STEP, What::Line { steps: 8, meter: (5, 4) }),
        (28 * STEP, What::Line { steps: 12, meter: (5, 4) }),
    ]);
    let (notes, settings) = read(&take.to_midi(None, Timing::Played));
    assert_eq!(notes, [you(18 * TICKS, 20 * TICKS, 60)]);
    let setting = |step: u32, text: &str| (step * TICKS, text.to_owned());
    let mut settings = settings;
    settings.sort();
    let expected = [
        setting(0, "4/4"),
        setting(0, "500000"),
        setting(8, "250000"),
        setting(16, "6/8"),
        // 5/4 is heard in two parts.
        setting(28, "3/4"),
        setting(40, "2/4"),
        setting(48, "3/4"),
    ];
    assert_eq!(settings, expected);
}

#[test]
fn a_jump_cuts_the_measure_off_and_a_stop_ends_all() {
    let user = Who::User;
    let take = take(&[
        (0, PACE),
        (0, LINE),
        (2 * STEP, on(user, 60)),
        (5 * STEP + 100, What::Cut { rolls: true }),
        // Until the next line, a little more than half a measure is waited.
        (6 * STEP, off(user, 60)),
        (7 * STEP, on(user, 62)),
        (8 * STEP, off(user, 62)),
        (14 * STEP, LINE),
        (16 * STEP, on(user, 64)),
        (17 * STEP, What::Cut { rolls: false }),
        // Nobody records what is heard while the transport stands.
        (18 * STEP, on(user, 65)),
        (19 * STEP, off(user, 65)),
        (40 * STEP, What::Cut { rolls: true }),
        (40 * STEP, LINE),
        (41 * STEP, on(user, 66)),
    ]);
    // Six steps, nine, three, and the measure under way.
    let notes = notes(&take, None, Timing::Quantised);
    let step = |step: u32| step * TICKS;
    assert_eq!(
        notes[..3],
        [
            you(step(2), step(5), 60),
            you(step(6) + step(2), step(6) + step(3), 62),
            you(step(15) + step(2), step(15) + step(3), 64),
        ]
    );
    assert_eq!((notes.len(), notes[3].1, notes[3].3), (4, step(18) + step(1), 66));
    assert_eq!(take.len(), 3);
}

#[test]
fn a_long_wait_is_short_on_paper() {
    let mut events = vec![(0, PACE), (0, What::Cut { rolls: true })];
    events.push((1_000 * MEASURE + 3 * STEP, on(Who::User, 60)));
    events.push((1_000 * MEASURE + 4 * STEP, off(Who::User, 60)));
    events.push((1_000 * MEASURE + 40 * STEP, on(Who::User, 62)));
    events.push((1_000 * MEASURE + 41 * STEP, off(Who::User, 62)));
    events.push((1_003 * MEASURE, LINE));
    let take = take(&events);
    assert_eq!(notes(&take, None, Timing::Played).iter().map(|note| note.3).collect::<Vec<_>>(), [60, 62]);
    assert!(take.len() <= 3, "{}", take.len());
}

/// A random take of so many measures.
fn random(rng: &mut Rng, measures: u64) -> Take {
    let mut events = vec![(0, PACE)];
    for measure in 0..measures {
        events.push((measure * MEASURE, LINE));
        let mut times: Vec<_> = (0..rng.below(20)).map(|_| rng.below(96_000) as u64).collect();
        times.sort_unstable();
        for time in times {
            let number = 40 + u8::try_from(rng.below(5)).expect("small");
            let who = if rng.below(2) == 0 { Who::User } else { bass() };
            let what = match rng.below(9) {
                0 => What::Pace { steps: 1.0 / STEP as f64, micros: 400_000 + u32::from(number) },
                1..5 => on(who, number),
                _ => off(who, number),
            };
            events.push((measure * MEASURE + time, what));
        }
    }
    events.push((measures * MEASURE, LINE));
    take(&events)
}

#[test]
fn a_saved_take_comes_back_as_it_was() {
    for seed in 0..50 {
        println!("seed {seed}");
        let mut take = random(&mut Rng::new(seed), 30);
        take.finish();
        let text = take.to_text();
        let back = Take::from_text(&text).expect("it can be read");
        for timing in [Timing::Played, Timing::Quantised] {
            assert_eq!(back.to_midi(None, timing), take.to_midi(None, timing));
        }
        assert_eq!(back.to_text(), text);
    }
}

#[test]
fn a_long_take_keeps_the_last_measures_that_fit() {
    let mut rng = Rng::new(7);
    let mut take = random(&mut rng, 3000);
    take.finish();
    assert_eq!(take.len(), TAKE_MEASURES - 1, "bounded, with the one under way");
    let text = take.to_text();
    assert!(text.len() <= 256 << 10, "{}", text.len());
    let back = Take::from_text(&text).expect("it can be read");
    assert!(back.bars.len() > 500, "{} measures of about five notes fit", back.bars.len());
    let last = back.len();
    assert_eq!(back.to_midi(None, Timing::Played), take.to_midi(Some(last - 1), Timing::Played));
}

#[test]
fn garbage_is_no_take() {
    let mut rng = Rng::new(3);
    let mut take = random(&mut rng, 20);
    take.finish();
    let text = take.to_text();
    for garbage in ["", "x", "AQ", "AAAA", "/////////w", &text[..text.len() - 4], &format!("{text}AAAA")] {
        assert!(Take::from_text(garbage).is_none(), "{garbage:.40}");
    }
    // Any change of a byte is refused, or gives a take that can be used.
    for _ in 0..2000 {
        let mut bytes = text.clone().into_bytes();
        let place = rng.below(bytes.len());
        bytes[place] = b"ABCXYZabcxyz0189+/="[rng.below(19)];
        if let Some(take) = Take::from_text(&String::from_utf8(bytes).expect("letters")) {
            let _written = take.to_midi(None, Timing::Quantised);
            assert!(take.to_text().len() <= 256 << 10);
        }
    }
}

#[test]
fn a_project_gives_an_instance_its_take_back_but_never_takes_one_away() {
    use nice_plug::params::persist::PersistentField;
    let mut saved = random(&mut Rng::new(1), 8);
    saved.finish();
    let text = saved.to_text();
    let handle = TakeHandle::default();
    handle.introduce(0, &BandSpec::chorale());
    handle.set(text.clone());
    assert_eq!(handle.measures(), saved.bars.len(), "whole, as a project has it");
    let recorder = handle.recorder();
    recorder.line(crate::units::SampleOffset(0), 16);
    recorder.say(crate::units::SampleOffset(9), on(bass(), 50));
    let both = handle.copy();
    let (names, _) = read(&both.to_midi(None, Timing::Played));
    assert!(names.iter().any(|note| note.0 == "Bass" && note.3 == 50), "the chorale's bass is not the pop band's");
    assert_eq!(both.tracks.iter().filter(|track| track.name == "Bass").count(), 2);
    // Another preset of the host's comes: what was played stays.
    handle.set(String::new());
    handle.set("garbage".into());
    handle.set(text);
    assert_eq!(handle.copy().to_text(), both.to_text());
}

#[test]
fn a_take_is_written_whole_or_not_at_all() {
    let handle = TakeHandle::default();
    let folder = std::env::temp_dir().join(format!("band-player-takes-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = crate::folders::free(&folder, "take", "mid");
    assert!(matches!(handle.save_all(&file, Timing::Played), Err(SaveError::Nothing)));
    assert!(!file.exists());
    let recorder = handle.recorder();
    recorder.line(crate::units::SampleOffset(0), 16);
    recorder.say(crate::units::SampleOffset(9), on(bass(), 50));
    handle.save_last(4, &file, Timing::Played).expect("it is written");
    assert!(Smf::parse(&std::fs::read(&file).expect("a file")).is_ok());
    assert_ne!(crate::folders::free(&folder, "take", "mid"), file, "it is not free any more");
    let nowhere = folder.join("missing").join("take.mid");
    let error = handle.save_all(&nowhere, Timing::Played).expect_err("no such folder").to_string();
    assert!(error.contains("take.mid") && error.contains("choose another folder") && !error.contains('\n'), "{error}");
    let names: Vec<_> =
        std::fs::read_dir(&folder).expect("it is there").flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(names.len(), 1, "nothing half-written: {names:?}");
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[test]
fn a_full_ring_drops_and_counts() {
    let handle = TakeHandle::default();
    let recorder = handle.recorder();
    let sent = 5 * CAPACITY;
    for _ in 0..sent {
        recorder.line(crate::units::SampleOffset(0), 16);
    }
    let lost = u32::try_from(sent - CAPACITY).expect("few");
    assert_eq!(handle.lost(), lost);
    assert_eq!(handle.measures(), TAKE_MEASURES - 1);
    recorder.line(crate::units::SampleOffset(0), 16);
    assert_eq!(handle.lost(), lost, "and goes on");
}

#[test]
fn the_drummer_has_a_track_that_is_saved_and_read_back() {
    use crate::midi::Bandmate;
    let drummer = Who::Band(Bandmate::Drummer);
    let stroke = |number| match on(drummer, number) {
        What::On { who, key, velocity, .. } => {
            What::On { who, channel: Channel::new(9).expect("the tenth"), key, velocity }
        }
        other => other,
    };
    let end = |number| What::Off { user: false, channel: Channel::new(9).expect("the tenth"), key: key(number) };
    let events = [
        (0, PACE),
        (0, LINE),
        (0, stroke(36)),
        (0, on(bass(), 40)),
        (STEP / 2, end(36)),
        (4 * STEP, stroke(38)),
        (4 * STEP + STEP / 2, end(38)),
        (8 * STEP, off(bass(), 40)),
        (MEASURE, LINE),
    ];
    let take = take(&events);
    let again = Take::from_text(&take.to_text()).expect("a take");
    for take in [&take, &again] {
        let (notes, _) = read(&take.to_midi(None, Timing::Played));
        let drums: Vec<_> =
            notes.iter().filter(|(track, ..)| track == "Drums").map(|&(_, on, _, key)| (on, key)).collect();
        assert_eq!(drums, [(0, 36), (4 * TICKS, 38)]);
        assert_eq!(notes.iter().filter(|(track, ..)| track == "Bass").count(), 1);
    }
}
