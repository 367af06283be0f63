use super::*;
use crate::engine::Controls;
use crate::params::BandParams;
use model::BandSpec;

fn key(number: u8) -> Key {
    Key::new(number).expect("a key")
}

/// What a bass's notes become: (step, key, velocity).
fn check(change: fn(&mut Controls), loudness: f32, notes: &[Note], expected: &[(f64, u8, Option<u8>)]) {
    let mut controls = BandParams::default().controls();
    change(&mut controls);
    let mut scheduler = Scheduler::new(controls.sound(&BandSpec::pop()));
    let mut measure = BandMeasure::missing(16);
    let bass = VoiceId::new(3).expect("a voice");
    measure.set(bass, &model::Measure::from_notes(16, notes.iter().copied()));
    scheduler.load(
        (&measure, &DrumMeasure::silent(16)),
        (0, loudness, PitchFollow::AvoidClashes),
        &Sounding::default(),
    );
    let events = scheduler.events[..scheduler.len].iter();
    let loud = |event: &Event| if let What::Begins(velocity) = event.what { Some(velocity.get()) } else { None };
    let events: Vec<_> = events.map(|event| (event.at, event.key.get(), loud(event))).collect();
    assert_eq!(events, expected);
}

#[test]
fn offs_come_before_ons() {
    let notes = [Note::new(0, 4, key(40)), Note::new(4, 4, key(40))];
    let expected = [(0.0, 40, Some(80)), (4.0, 40, None), (4.0, 40, Some(80)), (8.0, 40, None)];
    check(|_| (), 1.0, &notes, &expected);
}

#[test]
fn full_swing_is_a_triplet() {
    let notes = [Note::new(0, 1, key(40)), Note::new(1, 1, key(41))];
    let late = 1.0 + 1.0 / 3.0;
    let expected = [(0.0, 40, Some(80)), (late, 40, None), (late, 41, Some(80)), (2.0, 41, None)];
    check(|controls| controls.swing = 1.0, 1.0, &notes, &expected);
}

#[test]
fn velocities_are_scaled_and_stay_in_range() {
    check(|_| (), 0.5, &[Note::new(0, 1, key(40))], &[(0.0, 40, Some(40)), (1.0, 40, None)]);
    check(|_| (), 9.0, &[Note::new(0, 1, key(40))], &[(0.0, 40, Some(127)), (1.0, 40, None)]);
}

#[test]
fn a_note_that_goes_on_has_no_end_here() {
    let note = Note { continues: true, ..Note::new(12, 4, key(40)) };
    check(|_| (), 1.0, &[note], &[(12.0, 40, Some(80))]);
}

#[test]
fn octaves_fold_into_the_range() {
    let range = KeyRange { low: key(30), high: key(50) };
    let check = |shift: i32, number: u8, expected: u8| {
        let sound = VoiceSound { channel: Channel::new(0).expect("a channel"), shift, range };
        assert_eq!(sound.place(key(number)).1, key(expected));
    };
    check(0, 40, 40);
    check(12, 40, 40);
    check(-12, 48, 36);
    check(36, 120, 48);
    check(-36, 3, 39);
}

/// Writes down what is said.
struct Written(Vec<Message>);

impl Port for Written {
    type Event = ();

    fn next(&mut self) -> Option<crate::midi::Heard<()>> {
        None
    }

    fn pass(&mut self, (): (), _to: Option<Channel>) -> bool {
        true
    }

    fn say(&mut self, _at: SampleOffset, message: Message) -> bool {
        self.0.push(message);
        true
    }
}

#[test]
fn two_keys_that_meet_in_the_range_are_one_stroke_as_long_as_the_longer() {
    let mut controls = BandParams::default().controls();
    let range = KeyRange { low: key(36), high: key(47) };
    controls.voices[3].range = range;
    let mut scheduler = Scheduler::new(controls.sound(&BandSpec::pop()));
    let bass = VoiceId::new(3).expect("a voice");
    let mut measure = BandMeasure::missing(16);
    let notes = [Note::new(0, 8, key(36)), Note::new(0, 4, key(48)), Note::new(12, 2, key(48))];
    measure.set(bass, &model::Measure::from_notes(16, notes));
    let (mut sounding, mut port) = (Sounding::default(), Written(Vec::new()));
    scheduler.load((&measure, &DrumMeasure::silent(16)), (0, 1.0, PitchFollow::Off), &sounding);
    let mut said = Vec::new();
    while let Some(Steps(at)) = scheduler.due() {
        scheduler.play(SampleOffset(0), (PitchFollow::Off, PlayerHands::default), &mut sounding, &mut port);
        said.extend(port.0.drain(..).map(|message| match message {
            Message::On(_, key, _) => (at, key.get(), true),
            Message::Off(_, key) => (at, key.get(), false),
            other => panic!("{other:?}"),
        }));
    }
    assert_eq!(said, [(0.0, 36, true), (8.0, 36, false), (12.0, 36, true), (14.0, 36, false)]);
    assert!(sounding.is_silent());
}
