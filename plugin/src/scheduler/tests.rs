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
    scheduler.load((&measure, &DrumMeasure::silent(16)), (0, loudness, PitchFollow::Off), &Sounding::default());
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

/// What is heard of these measures of the chords and the bass, a measure after the other, to a player who holds `keys` from
/// the sixth step of the first on: voice, time in steps, key, on or off.
fn to_a_player_who_holds(keys: &[u8], measures: &[[Vec<Note>; 2]]) -> Vec<(usize, f64, u8, bool)> {
    let mut scheduler = Scheduler::new(BandParams::default().controls().sound(&BandSpec::pop()));
    let (mut sounding, mut port, mut said) = (Sounding::default(), Written(Vec::new()), Vec::new());
    let holds: Tones = keys.iter().map(|&number| key(number)).collect();
    for (from, parts) in (0u8..).step_by(16).zip(measures) {
        let mut measure = BandMeasure::missing(16);
        for (voice, notes) in (2..).zip(parts) {
            let voice = VoiceId::new(voice).expect("a voice");
            measure.set(voice, &model::Measure::from_notes(16, notes.iter().copied()));
        }
        let follow = PitchFollow::AvoidClashes;
        scheduler.load((&measure, &DrumMeasure::silent(16)), (0, 1.0, follow), &sounding);
        while let Some(Steps(at)) = scheduler.due() {
            let at = at + f64::from(from);
            let hands = || match at >= 6.0 {
                true => PlayerHands { holds: model::Held { down: holds, ..Default::default() }, names: None },
                false => PlayerHands::default(),
            };
            let yielded = scheduler.play(SampleOffset(0), (follow, hands), &mut sounding, &mut port);
            let off = port.0.iter().any(|message| matches!(message, Message::Off(..)));
            assert!(!matches!(yielded, Some(Yielded::Lifted(_))) || off, "what is lifted ends");
            said.extend(port.0.drain(..).map(|message| match message {
                Message::On(channel, key, _) => (usize::from(channel.get()), at, key.get(), true),
                Message::Off(channel, key) => (usize::from(channel.get()), at, key.get(), false),
                other => panic!("{other:?}"),
            }));
        }
    }
    said
}

#[test]
fn a_tone_that_rubs_against_the_tune_is_lifted_at_that_very_step_and_the_bass_stays() {
    let chord = |length| [48, 52, 55].map(|number| Note::new(0, length, key(number))).to_vec();
    let offs = |keys: &[u8]| {
        let said = to_a_player_who_holds(keys, &[[chord(12), vec![Note::new(0, 12, key(36))]]]);
        assert_eq!(said.len(), 8, "every note on has its note off: {said:?}");
        said.into_iter().filter(|said| !said.3).map(|(_, at, key, _)| (at, key)).collect::<Vec<_>>()
    };
    let all = [(12.0, 48), (12.0, 52), (12.0, 55), (12.0, 36)];
    let early = |key: u8| {
        let mut offs = vec![(6.0, key)];
        offs.extend(all.into_iter().filter(|off| off.1 != key));
        offs
    };
    assert_eq!(offs(&[65]), early(52), "an F over C and E");
    assert_eq!(offs(&[61]), early(48), "over a C sharp the bass holds its C");
    assert_eq!(offs(&[64, 65]), all, "who holds the E too does not mind");
    assert_eq!(offs(&[67]), all);
}

#[test]
fn what_was_lifted_is_not_struck_again_where_it_goes_on_over_the_bar_line() {
    let first = vec![Note { continues: true, ..Note::new(0, 16, key(52)) }];
    let on = Note { continued: true, ..Note::new(0, 8, key(52)) };
    let measures = [[first, Vec::new()], [vec![on, Note::new(12, 2, key(55))], Vec::new()]];
    let chords = 2;
    let said = to_a_player_who_holds(&[65], &measures);
    let expected = [(0.0, 52, true), (6.0, 52, false), (28.0, 55, true), (30.0, 55, false)];
    assert_eq!(said, expected.map(|(at, key, on)| (chords, at, key, on)));
}
