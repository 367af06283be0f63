use std::collections::VecDeque;

use model::Velocity;
use model::music::kit::{Kit, NamedKit, SHIPPED};

use super::*;
use crate::midi::{CENTRE, Heard};
use crate::units::SampleOffset;

/// What goes through the port, in order.
#[derive(Clone, Copy, Debug)]
enum Does {
    User(u32, Input),
    Band(u32, u8, Message),
    /// The drummer, for which drum of General MIDI's keys, and how it leaves.
    Drummer(u32, u8, Message),
}

/// A host that gives the user's events; `deaf`: it takes nothing of the engine.
#[derive(Default)]
struct FakePort {
    input: VecDeque<(u32, Input)>,
    deaf: bool,
}

impl Port for FakePort {
    type Event = ();

    fn next(&mut self) -> Option<Heard<()>> {
        self.input.pop_front().map(|(at, what)| Heard { at: SampleOffset(at), what, event: () })
    }

    fn pass(&mut self, (): (), _: Option<Channel>) -> bool {
        !self.deaf
    }

    fn say(&mut self, _: SampleOffset, _: Message) -> bool {
        !self.deaf
    }
}

fn channel(number: u8) -> Channel {
    Channel::new(number).expect("a channel")
}

fn key(number: u8) -> Key {
    Key::new(number).expect("a key")
}

fn on(on: u8, number: u8) -> Message {
    Message::On(channel(on), key(number), Velocity::DEFAULT)
}

fn off(on: u8, number: u8) -> Message {
    Message::Off(channel(on), key(number))
}

fn strikes(on: u8, number: u8) -> Input {
    Input::On(channel(on), key(number), Velocity::DEFAULT)
}

/// A speaker for the pop band, whose first voice is the user's, with these settings.
fn speaker(settings: SpeakerSettings) -> Speaker {
    let mut speaker = Speaker::default();
    speaker.set(settings);
    speaker.activate(48_000.0);
    speaker
}

fn heard() -> SpeakerSettings {
    SpeakerSettings { on: true, ..SpeakerSettings::default() }
}

/// A block of so many samples in which this happens: as the engine does it, which asks for the user's next event before
/// the band plays up to there.
fn block(speaker: &mut Speaker, frames: usize, does: &[Does], deaf: bool) -> [Vec<f32>; 2] {
    let mut sides = [vec![1.0; frames], vec![1.0; frames]];
    let [left, right] = &mut sides;
    let input = does.iter().filter_map(|does| if let Does::User(at, what) = *does { Some((at, what)) } else { None });
    let mut port = FakePort { input: input.collect(), deaf };
    let mut aloud = speaker.overhear(&mut port, left, right);
    aloud.seats(SampleOffset(0), &BandSpec::pop(), VoiceId::FIRST);
    let mut next = aloud.next();
    for does in does {
        match *does {
            Does::User(..) => {
                assert!(next.is_some());
                next = aloud.next();
            }
            Does::Band(at, voice, message) => {
                if let Message::On(_, key, _) = message {
                    aloud.speaks(VoiceId::new(usize::from(voice)).map_or(Bandmate::Drummer, Bandmate::Voice), key);
                }
                let _said = aloud.say(SampleOffset(at), message);
            }
            Does::Drummer(at, planned, message) => {
                aloud.speaks(Bandmate::Drummer, key(planned));
                let _said = aloud.say(SampleOffset(at), message);
            }
        }
    }
    aloud.finish();
    sides
}

fn peak(of: &[f32]) -> f32 {
    of.iter().fold(0.0, |most, sample| most.max(sample.abs()))
}

#[test]
fn a_note_is_heard_from_its_sample_on() {
    let mut speaker = speaker(heard());
    let [left, _] = block(&mut speaker, 2000, &[Does::Band(777, 3, on(3, 40))], false);
    assert!(left[..777].iter().all(|&sample| sample == 0.0));
    assert!(left[777..790].iter().any(|&sample| sample != 0.0) && peak(&left) > 0.01, "{}", peak(&left));
}

#[test]
fn what_the_host_did_not_take_is_not_heard() {
    let mut speaker = speaker(heard());
    let [left, _] = block(&mut speaker, 2000, &[Does::Band(0, 3, on(3, 40))], true);
    assert_eq!(peak(&left), 0.0);
}

#[test]
fn the_user_is_heard_at_the_own_sample_though_asked_for_early() {
    let mut speaker = speaker(heard());
    let does = [
        Does::User(10, Input::Pedal(channel(5), false)),
        Does::Band(500, 3, on(3, 40)),
        Does::User(900, strikes(5, 70)),
    ];
    let both = block(&mut speaker, 2000, &does, false);
    speaker.reset();
    let band = block(&mut speaker, 2000, &does[1..2], false);
    assert_eq!(both[0][..900], band[0][..900]);
    assert_ne!(both[0][900..], band[0][900..]);
    speaker.set(SpeakerSettings { hear_me: false, ..heard() });
    speaker.reset();
    assert_eq!(block(&mut speaker, 2000, &does, false), band, "unless not wished");
    speaker.set(SpeakerSettings { listen: Some(channel(4)), ..heard() });
    speaker.reset();
    assert_eq!(block(&mut speaker, 2000, &does, false), band, "nor on a channel that nobody listens to");
}

#[test]
fn an_end_ends_the_note_of_whoever_struck_it() {
    // Two voices on one channel: the second strikes the key of the first anew.
    let first = SpeakerSettings {
        voices: std::array::from_fn(|_| Seat { instrument: Some(Instrument::Organ), ..Seat::default() }),
        ..heard()
    };
    let mut speaker = speaker(first);
    let does = [Does::Band(0, 1, on(0, 60)), Does::Band(500, 1, off(0, 60)), Does::Band(500, 2, on(0, 60))];
    let _begins = block(&mut speaker, 48_000, &does, false);
    let [left, _] = block(&mut speaker, 48_000, &[], false);
    assert!(peak(&left) > 0.01, "the second goes on");
    let _ends = block(&mut speaker, 10 * 48_000, &[Does::Band(0, 0, off(0, 60))], false);
    assert!(speaker.is_silent(), "nothing hangs");
}

#[test]
fn a_voice_is_heard_with_its_instrument_level_and_place() {
    let take = |seat: Seat| {
        let mut voices = [Seat::default(); MAX_VOICES];
        voices[2] = seat;
        let mut speaker = speaker(SpeakerSettings { voices, ..heard() });
        block(&mut speaker, 24_000, &[Does::Band(0, 2, on(2, 60))], false)
    };
    let usual = take(Seat::default());
    assert_ne!(take(Seat { instrument: Some(Instrument::Flute), ..Seat::default() }), usual);
    assert_eq!(peak(&take(Seat { level: 0.0, ..Seat::default() })[0]), 0.0);
    let [left, right] = take(Seat { pan: -1.0, ..Seat::default() });
    assert!(peak(&left) > 5.0 * peak(&right), "{} {}", peak(&left), peak(&right));
    // As the band says: its program's.
    let said = BandSpec::pop().voices[2].clone();
    assert_eq!(take(Seat { instrument: Some(Instrument::of_voice(&said)), ..Seat::default() }), usual);
}

#[test]
fn switched_off_it_fades_without_a_click_and_is_silent_then() {
    let mut speaker = speaker(heard());
    let [before, _] = block(&mut speaker, 9600, &[Does::Band(0, 3, on(3, 40))], false);
    speaker.set(SpeakerSettings { on: false, ..heard() });
    assert!(speaker.is_on(), "it fades");
    let [after, _] = block(&mut speaker, 9600, &[Does::Band(100, 3, on(3, 45))], false);
    let step = |of: &[f32]| of.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
    assert!((after[0] - before[9599]).abs() <= step(&before) && step(&after) <= step(&before) + 1e-4);
    assert!(after[7200..].iter().all(|&sample| sample == 0.0) && !speaker.is_on());
    // On again, nothing of before is left.
    speaker.set(heard());
    assert_eq!(peak(&block(&mut speaker, 9600, &[], false)[0]), 0.0);
}

#[test]
fn bypass_lets_everything_end_and_nothing_begin() {
    let mut speaker = speaker(heard());
    let _begins = block(&mut speaker, 9600, &[Does::Band(0, 1, on(1, 60)), Does::User(0, strikes(0, 72))], false);
    speaker.set(SpeakerSettings { bypass: true, ..heard() });
    let does = [Does::Band(0, 1, off(1, 60)), Does::User(100, strikes(0, 60)), Does::Band(200, 2, on(2, 60))];
    let _ends = block(&mut speaker, 10 * 48_000, &does, false);
    assert!(speaker.is_silent());
}

#[test]
fn a_pedal_and_keys_of_one_who_is_heard_no_more_are_let_go() {
    let all_ways: [(&str, SpeakerSettings, &[Does]); 3] = [
        ("not wished", SpeakerSettings { hear_me: false, ..heard() }, &[]),
        ("another channel", SpeakerSettings { listen: Some(channel(9)), ..heard() }, &[]),
        ("panic", heard(), &[Does::Band(0, 0, Message::Control(channel(2), ALL_NOTES_OFF, 0))]),
    ];
    for (what, settings, does) in all_ways {
        let mut speaker = speaker(heard());
        let holds = [
            Does::User(0, Input::Pedal(channel(2), true)),
            Does::User(1, strikes(2, 60)),
            Does::User(500, Input::Off(channel(2), key(60))),
            Does::User(600, strikes(2, 65)),
        ];
        let _holds = block(&mut speaker, 9600, &holds, false);
        speaker.set(settings);
        let _ends = block(&mut speaker, 10 * 48_000, does, false);
        assert!(speaker.is_silent(), "{what}");
    }
}

#[test]
fn levers_of_the_user_are_heard() {
    let take = |lever: Input| {
        let mut speaker = speaker(heard());
        let does = [Does::User(0, lever), Does::User(0, strikes(2, 60))];
        block(&mut speaker, 24_000, &does, false)
    };
    let usual = take(Input::Bend(channel(2), CENTRE));
    let others = [
        Input::Bend(channel(2), 16_383),
        Input::Control(channel(2), 7, 30),
        Input::Control(channel(2), 10, 0),
        Input::Control(channel(2), 11, 30),
        Input::Control(channel(2), 1, 127),
        Input::Pressure(channel(2), 127),
    ];
    for lever in others {
        assert_ne!(take(lever), usual, "{lever:?}");
    }
    // Another channel has levers of its own.
    assert_eq!(take(Input::Bend(channel(3), 16_383)), usual);
}

#[test]
fn a_zone_of_mpe_is_led_by_its_first_channel() {
    let take = |zone: u8, lever: Input| {
        let mut speaker = speaker(heard());
        let mut does: Vec<_> = [(101, 0), (100, 6), (6, zone)]
            .map(|(cc, value)| Does::User(0, Input::Control(channel(0), cc, value)))
            .into();
        does.extend([Does::User(0, lever), Does::User(0, strikes(2, 60))]);
        block(&mut speaker, 24_000, &does, false)
    };
    let bend = Input::Bend(channel(0), 16_383);
    assert_eq!(take(0, bend), take(0, Input::Bend(channel(0), CENTRE)), "nobody leads");
    assert_ne!(take(5, bend), take(5, Input::Bend(channel(0), CENTRE)), "the first leads");
    // A semitone is a semitone: of 2 by a channel alone, of 48 by one of a zone.
    assert_eq!(take(0, Input::Bend(channel(2), CENTRE + 4096)), take(5, Input::Bend(channel(0), CENTRE + 4096)));
    assert_ne!(take(0, Input::Bend(channel(2), CENTRE + 4096)), take(5, Input::Bend(channel(2), CENTRE + 4096)));
}

#[test]
fn a_drum_is_struck_on_the_kit_and_as_loud_as_it_is_set() {
    let kick = [Does::Band(0, 8, on(9, 36))];
    let loud = |drums: f32| peak(&block(&mut speaker(SpeakerSettings { drums, ..heard() }), 4000, &kick, false)[0]);
    let (usual, soft) = (loud(1.0), loud(0.25));
    assert!(usual > 0.05 && soft > 0.0 && soft < 0.5 * usual, "{usual} {soft}");
    assert_eq!(loud(0.0), 0.0);
    // A snare rattles where a piano's key would ring: it is no note of a voice.
    let piano = block(&mut speaker(heard()), 4000, &[Does::Band(0, 2, on(9, 38))], false);
    assert_ne!(block(&mut speaker(heard()), 4000, &[Does::Band(0, 8, on(9, 38))], false), piano);
}

#[test]
fn whatever_key_a_drum_has_outside_inside_it_is_the_same_drum() {
    let usual = |planned: u8| block(&mut speaker(heard()), 4000, &[Does::Drummer(0, planned, on(9, planned))], false);
    // The very same key for a kick and for a snare, as small kits have it.
    for planned in [36, 38] {
        let leaves = [Does::Drummer(0, planned, on(9, 60))];
        assert_eq!(block(&mut speaker(heard()), 4000, &leaves, false), usual(planned));
    }
    assert_ne!(usual(36), usual(38));
    // What the user strikes is what their kit says.
    let yamaha: NamedKit = SHIPPED[3].1.parse().expect("it ships");
    let struck = |kit: Kit, number: u8| {
        let settings = SpeakerSettings { user_drums: true, hear_me: true, kit, ..heard() };
        block(&mut speaker(settings), 4000, &[Does::User(0, strikes(9, number))], false)
    };
    assert_eq!(struck(yamaha.kit, 33), struck(Kit::GENERAL_MIDI, 36));
    assert_ne!(struck(yamaha.kit, 33), struck(Kit::GENERAL_MIDI, 33));
}

#[test]
fn another_kit_leaves_nothing_sounding_of_what_the_user_holds() {
    let settings = SpeakerSettings { user_drums: true, hear_me: true, ..heard() };
    let mut speaker = speaker(settings);
    // A whistle is held; then its key is another drum's.
    let _held = block(&mut speaker, 4000, &[Does::User(0, strikes(9, 72))], false);
    let text = SHIPPED[0].1.replacen("[35, 36]", "[35, 36, 72]", 1);
    let NamedKit { kit, .. } = text.parse().expect("a kit");
    speaker.set(SpeakerSettings { kit, ..settings });
    for _ in 0..100 {
        let _rings_out = block(&mut speaker, 4000, &[], false);
    }
    assert!(speaker.is_silent());
}
