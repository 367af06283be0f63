//! The clock of its own: a host's transport in all but name.

use std::collections::VecDeque;

use model::random::Rng;
use model::{Lookahead, TimeSignature};

use super::rig::FakePort;
use super::*;
use crate::midi::SUSTAIN;
use crate::own_clock::{OwnSettings, Switch};
use crate::performer::{Performed, Performer};
use crate::units::Bpm;
use crate::worker::Worker;

/// In Hz: no beat at 97 is a whole number of samples.
const RATE: u32 = 44_100;

/// A performer with a fake band, its host and its user.
struct Stage {
    performer: Performer,
    worker: Worker,
    controls: Controls,
    changed: bool,
    now: i64,
    /// The host's transport rolls since this sample.
    host_since: Option<i64>,
    host: HostTransport,
    out: Vec<(i64, Out)>,
    sound: Vec<f32>,
    turned: Vec<bool>,
}

impl Stage {
    fn new(own: OwnSettings) -> Self {
        let Rig { engine, worker, mut controls, .. } = Rig::with(Manner::Numbered);
        // A prediction has a whole measure's time, and that is longer than any block here.
        (controls.own, controls.lookahead) = (own, Lookahead::SecondNext);
        controls.speaker.on = false;
        let mut performer = Performer::new(engine);
        performer.activate(SampleRate::or_usual(RATE.into()), false, Duration::ZERO, controls);
        let host = HostTransport { tempo: Bpm::new(97.0), time_signature: Some((3, 4)), ..HostTransport::default() };
        Self {
            performer,
            worker,
            controls,
            changed: true,
            now: 0,
            host_since: None,
            host,
            out: Vec::new(),
            sound: Vec::new(),
            turned: Vec::new(),
        }
    }

    fn set(&mut self, change: impl FnOnce(&mut Controls)) {
        change(&mut self.controls);
        self.changed = true;
    }

    /// A block, in which these events come.
    fn block(&mut self, frames: u32, input: &[(i64, Message)]) {
        let end = self.now + i64::from(frames);
        let input: VecDeque<_> = input
            .iter()
            .filter(|(at, _)| (self.now..end).contains(at))
            .map(|&(at, message)| (u32::try_from(at - self.now).expect("in the block"), message))
            .collect();
        let since = self.host_since.map(|since| self.now - since);
        let bpm = self.host.tempo.map_or(0.0, Bpm::get);
        let host = HostTransport {
            playing: since.is_some(),
            samples: since,
            beats: since.map(|samples| samples as f64 * bpm / 60.0 / f64::from(RATE)),
            ..self.host
        };
        let mut port = FakePort { input, out: Vec::new(), room: usize::MAX };
        let mut sides = [vec![7.0; frames as usize], vec![7.0; frames as usize]];
        let [left, right] = &mut sides;
        let changed = std::mem::take(&mut self.changed).then_some(self.controls);
        let performed = self.performer.process(&host, frames, &mut port, Some([left, right]), changed);
        let Performed { turned, .. } = performed;
        if let Some(runs) = turned {
            // As the plugin does with its parameter.
            self.turned.push(runs);
            self.set(|controls| controls.own.run = runs);
        }
        let mut last = 0;
        for (at, out) in port.out {
            assert!(at >= last && at < frames, "{out:?} at {at} after {last} in a block of {frames}");
            last = at;
            self.out.push((self.now + i64::from(at), out));
        }
        assert!(port.input.is_empty(), "all was heard");
        self.sound.extend(sides[0].iter());
        self.now = end;
        self.worker.step();
    }

    /// Plays up to a sample, in blocks of these sizes.
    fn play(&mut self, until: i64, sizes: &[u32], input: &[(i64, Message)]) {
        for &size in sizes.iter().cycle() {
            let left = u32::try_from(until - self.now).expect("few samples");
            if left == 0 {
                break;
            }
            self.block(size.min(left), input);
        }
    }

    /// What the band said: (sample, what).
    fn said(&self) -> Vec<(i64, Message)> {
        let said = |&(at, out): &(i64, Out)| match out {
            Out::Said(message) => Some((at, message)),
            Out::Passed(_) => None,
        };
        self.out.iter().filter_map(said).collect()
    }

    fn band_notes(&self) -> Vec<i64> {
        let on = |(at, message): (i64, Message)| matches!(message, Message::On(..)).then_some(at);
        self.said().into_iter().filter_map(on).collect()
    }

    /// How many notes sound more often than they ended; of the user's, ends count too that have no note.
    fn hanging(&self) -> usize {
        let mut down = std::collections::BTreeMap::new();
        for (_, out) in &self.out {
            let (Out::Said(message) | Out::Passed(message)) = out;
            match *message {
                Message::On(channel, key, _) => drop(down.insert((channel, key), true)),
                Message::Off(channel, key) => drop(down.insert((channel, key), false)),
                _ => {}
            }
        }
        down.values().filter(|&&sounds| sounds).count()
    }
}

fn own(tempo: u32, meter: (u8, u8)) -> OwnSettings {
    let meter = TimeSignature::new(meter.0, meter.1).expect("a meter");
    OwnSettings { chosen: true, run: true, tempo, meter, ..OwnSettings::default() }
}

fn on(number: u8) -> Message {
    Message::On(channel(0), key(number), Velocity::DEFAULT)
}

fn off(number: u8) -> Message {
    Message::Off(channel(0), key(number))
}

/// A tune of the user's, from a sample on, up to another.
fn tune(from: i64, until: i64) -> Vec<(i64, Message)> {
    let starts = (0..).map(|number: i64| (number, from + number * 13_007)).take_while(|&(_, at)| at < until);
    starts
        .flat_map(|(number, at)| {
            let pitch = 60 + u8::try_from(number * 7 % 12).expect("small");
            [(at, on(pitch)), (at + 9_000, off(pitch))]
        })
        .collect()
}

fn shifted(said: &[(i64, Message)], by: i64) -> Vec<(i64, Message)> {
    said.iter().map(|&(at, message)| (at + by, message)).collect()
}

#[test]
fn the_band_plays_by_the_own_clock_sample_for_sample_as_by_a_host() {
    let (end, input) = (1_000_000, tune(500, 900_000));
    let mut host = Stage::new(OwnSettings::default());
    host.host_since = Some(0);
    host.play(end, &[512], &input);
    assert!(host.band_notes().len() > 40, "{}", host.band_notes().len());
    for sizes in [&[512][..], &[64, 1, 1000, 4096], &[16_384]] {
        let mut own = Stage::new(own(97_000, (3, 4)));
        // Whatever the host does beside it.
        own.host_since = Some(-777_777);
        own.play(end, sizes, &input);
        assert_eq!(own.out, host.out, "blocks of {sizes:?}");
    }
}

#[test]
fn the_first_note_is_the_first_beat_of_the_first_measure() {
    let (end, first) = (600_000, 12_345);
    let mut at_once = Stage::new(own(97_000, (3, 4)));
    at_once.play(end, &[512], &tune(0, end));
    let expected = shifted(&at_once.said(), first);
    assert!(at_once.band_notes().len() > 20);
    for size in [7, 512, 16_384] {
        let mut waits = Stage::new(OwnSettings { with_first_note: true, count_in: 2, ..own(97_000, (3, 4)) });
        // What is no note, or none that is listened to, starts nothing.
        waits.set(|controls| controls.own.listen = Some(channel(0)));
        let mut input = vec![
            (3000, Message::Control(channel(0), SUSTAIN, 127)),
            (4000, Message::Control(channel(0), SUSTAIN, 0)),
            (5000, Message::On(channel(3), key(60), Velocity::DEFAULT)),
            (6000, Message::Off(channel(3), key(60))),
            (first, Message::Control(channel(0), 11, 100)),
        ];
        input.extend(tune(first, end + first));
        waits.play(end + first, &[size], &input);
        assert_eq!(waits.said(), expected, "blocks of {size}");
    }
}

#[test]
fn while_it_counts_in_the_band_is_silent_and_measure_one_comes_after() {
    // At 100 a beat is a whole number of samples here.
    let beat = i64::from(RATE) * 60 / 100;
    let (end, before) = (24 * beat, 8 * beat);
    let mut at_once = Stage::new(own(100_000, (4, 4)));
    at_once.play(end, &[512], &tune(0, end));
    let mut counted = Stage::new(OwnSettings { count_in: 2, ..own(100_000, (4, 4)) });
    let early = [(1000, on(50)), (5000, off(50))];
    let input: Vec<_> = early.into_iter().chain(tune(before, before + end)).collect();
    counted.play(before + end, &[512, 100], &input);
    assert_eq!(counted.said(), shifted(&at_once.said(), before));
    assert_eq!(counted.out[0], (1000, Out::Passed(on(50))), "the user is heard at once");
    // Its beats are heard, though neither metronome nor sounds are switched on; then nothing is.
    let (count, after) = counted.sound.split_at(usize::try_from(before).expect("a place") + 8000);
    let silent = |sample: i64| count[usize::try_from(sample).expect("a place")] == 0.0;
    for number in 0..8 {
        assert!(silent(number * beat + 20_000), "between the beats");
        assert!((0..200).any(|after| !silent(number * beat + after)), "beat {number}");
    }
    assert!(after.iter().all(|&sample| sample == 0.0));
}

#[test]
fn the_metronome_is_heard_while_the_sounds_are_off_and_at_the_same_samples_in_any_blocks() {
    let settings = OwnSettings { metronome: true, ..own(133_330, (6, 8)) };
    let sound = |sizes: &[u32]| {
        let mut stage = Stage::new(settings);
        stage.play(300_000, sizes, &[]);
        stage.sound
    };
    let whole = sound(&[512]);
    assert!(whole.iter().any(|sample| sample.abs() > 0.2) && whole.iter().all(|sample| sample.abs() < 0.5));
    for sizes in [&[1][..], &[16_384], &[77, 1, 5000]] {
        assert!(sound(sizes) == whole, "blocks of {sizes:?}");
    }
}

#[test]
fn a_key_or_a_controller_starts_and_stops_it_and_is_heard_by_nobody() {
    let switches = [
        (Switch::Note(key(36)), on(36), off(36)),
        (Switch::Control(20), Message::Control(channel(0), 20, 127), Message::Control(channel(0), 20, 0)),
    ];
    for (switch, down, up) in switches {
        let mut stage = Stage::new(OwnSettings { run: false, switch: Some(switch), ..own(97_000, (3, 4)) });
        let start = 5001;
        let mut input = vec![(start, down), (start + 300, up), (400_000, down), (400_100, up)];
        input.extend(tune(start, 500_000));
        input.sort_by_key(|&(at, _)| at);
        stage.play(600_000, &[700], &input);
        let mut plain = Stage::new(own(97_000, (3, 4)));
        plain.play(400_000 - start, &[512], &tune(0, 500_000 - start));
        let expected: Vec<_> = shifted(&plain.said(), start);
        let heard: Vec<_> = stage.said().into_iter().filter(|(at, _)| *at < 400_000).collect();
        assert_eq!(heard, expected);
        assert_eq!(stage.turned, [true, false]);
        assert!(stage.band_notes().iter().all(|&at| at < 400_000) && stage.hanging() == 0);
        assert!(!stage.out.iter().any(|(_, out)| *out == Out::Passed(down) || *out == Out::Passed(up)));
    }
    // A key that was down before it became the switch goes up for all.
    let mut stage = Stage::new(OwnSettings { run: false, ..own(97_000, (3, 4)) });
    stage.block(64, &[(10, on(36))]);
    stage.set(|controls| controls.own.switch = Some(Switch::Note(key(36))));
    stage.block(64, &[(70, off(36))]);
    assert_eq!(stage.hanging(), 0);
    assert_eq!(stage.out.last(), Some(&(70, Out::Passed(off(36)))));
}

#[test]
fn changing_clocks_while_it_plays_ends_what_sounds_and_begins_at_a_bar_line() {
    let bar = i64::from(RATE) * 60 * 3 * 1000 / 97_000;
    for to_own in [true, false] {
        let input = tune(0, 3_000_000);
        let mut stage = Stage::new(OwnSettings { chosen: !to_own, ..own(97_000, (3, 4)) });
        stage.host_since = Some(0);
        let change = 5 * bar + bar / 6;
        stage.play(change, &[512], &input);
        let sounding = |stage: &Stage| {
            stage
                .said()
                .iter()
                .map(|(_, m)| i32::from(matches!(m, Message::On(..))) - i32::from(matches!(m, Message::Off(..))))
                .sum::<i32>()
        };
        assert!(sounding(&stage) > 0, "the band sounds");
        stage.set(|controls| controls.own.chosen = to_own);
        stage.block(1, &input);
        assert_eq!(sounding(&stage), 0, "to the own clock: {to_own}");
        stage.play(change + 5 * bar, &[512], &input);
        let first = stage.band_notes().into_iter().find(|&at| at > change).expect("the band plays on");
        // The own clock begins a measure at once; the host's goes on where it is.
        let place = if to_own { first - change } else { first } as f64 / (f64::from(RATE) * 180.0 / 97.0);
        assert!((place - place.round()).abs() < 1e-4, "measure {place}");
        stage.host_since = None;
        stage.set(|controls| controls.own.run = false);
        stage.block(512, &[]);
        assert_eq!(sounding(&stage), 0);
    }
}

/// Something that happens between two blocks.
fn anything(stage: &mut Stage, rng: &mut Rng) {
    let meters = [(4, 4), (3, 4), (7, 8), (5, 16), (2, 2), (15, 8), (2, 4)];
    let now = stage.now;
    match rng.below(14) {
        0 => stage.host_since = None,
        1 => stage.host_since = Some(now - i64::try_from(rng.below(200_000)).expect("small")),
        2 => stage.set(|controls| controls.bypass = !controls.bypass),
        3 => stage.set(|controls| controls.thru = !controls.thru),
        4 => stage.set(|controls| controls.speaker.on = !controls.speaker.on),
        number => {
            let mut next = stage.controls.own;
            match number {
                5 | 6 => next.chosen = !next.chosen,
                7 | 8 => next.run = !next.run,
                9 => next.tempo = 40_000 + u32::try_from(rng.below(150_000)).expect("small"),
                10 => {
                    let (numerator, denominator) = meters[rng.below(meters.len())];
                    next.meter = TimeSignature::new(numerator, denominator).expect("a meter");
                }
                11 => next.count_in = u8::try_from(rng.below(3)).expect("small"),
                12 => next.with_first_note = !next.with_first_note,
                _ => next.switch = [None, Some(Switch::Note(key(60))), Some(Switch::Control(SUSTAIN))][rng.below(3)],
            }
            next.metronome = rng.below(2) == 0;
            stage.set(|controls| controls.own = next);
        }
    }
}

#[test]
fn whatever_is_switched_every_note_ends_and_any_blocks_give_the_same() {
    for seed in 0..8 {
        let play = |sizes: &[u32]| {
            let mut rng = Rng::new(seed);
            let mut stage = Stage::new(OwnSettings { run: rng.below(2) == 0, ..own(180_000, (4, 4)) });
            let mut input = tune(0, 330_000);
            input.extend((0..12).map(|number| {
                let at = i64::from(number) * 25_511;
                (at, Message::Control(channel(0), SUSTAIN, if number % 2 == 0 { 127 } else { 0 }))
            }));
            input.sort_by_key(|&(at, _)| at);
            for part in 1..=20 {
                anything(&mut stage, &mut rng);
                stage.play(part * 18_000, sizes, &input);
            }
            stage.host_since = None;
            stage.set(|controls| (controls.own.run, controls.bypass, controls.thru) = (false, false, true));
            stage.play(20 * 18_000 + 20_000, sizes, &input);
            stage
        };
        let [first, second] = [&[512][..], &[1000, 3, 8192, 64]].map(play);
        assert_eq!(first.out, second.out, "seed {seed}");
        assert!(first.sound == second.sound, "seed {seed}");
        assert_eq!((first.hanging(), &first.turned), (0, &second.turned), "seed {seed}");
    }
}
