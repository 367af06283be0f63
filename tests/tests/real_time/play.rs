//! Plays a plugin through scenes, watched.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use band_player::status::Status;
use clack_extensions::params::{ParamInfoBuffer, PluginParams};
use clack_extensions::state::PluginState;
use clack_host::events::Match;
use clack_host::events::event_types::{MidiEvent, NoteOffEvent, NoteOnEvent, ParamValueEvent, TransportEvent};
use clack_host::events::spaces::CoreEventSpace;
use clack_host::prelude::*;
use clack_host::utils::ClapId;
use model::{Channel, Key, TimeSignature, Velocity};
use tests::event::{ClipNote, Kind, schedule};
use tests::host::clap::transport_event;
use tests::timeline::{QUARTER, STEP, Timeline};
use tests::transport::Script;

use crate::{counting, empty, is_stepped, locks, tell};

/// Two measures (at 240 quarters a minute, a second each) or more for each scene.
pub(crate) const SCENES: [(&str, usize); 9] = [
    ("the first block, and the band enters", 5),
    ("nobody answers: the ring is full", 8),
    ("another band is loaded and takes over", 10),
    ("a drummer plays along", 6),
    ("automation in every block", 4),
    ("panic, bypass and thru", 2),
    ("a clock of its own", 3),
    // Before the last one, which has no measures of its own.
    ("a state is loaded every millisecond", 4),
    ("jumps and stops", 3),
];

/// The scene with the states.
const STATES: usize = 7;
/// The scene that nobody may keep waiting.
const OVERLOAD: usize = 1;
/// The scene in which every prediction is there in time: its blocks wait for the worker, as slow as it may be. Strokes
/// are only heard of measures that were not missed.
const DRUMMED: usize = 3;
/// The scene in which everything is moved in every block.
const AUTOMATED: usize = 4;

const RATE: u32 = 48_000;
const FRAMES: u32 = 64;
/// As long are blocks in the run in which locks are counted: what sounds takes many steps there, and no locks. Measured:
/// with blocks of 64, more of them, and copies that were stepped byte by byte, it took four minutes; now less than two.
const STEPPED_FRAMES: u32 = 8;
/// In the scenes with a pace, so many blocks are played in a millisecond: twenty times as fast as
/// they sound.
const BLOCKS_PER_MILLISECOND: u32 = 27;

/// The channel of drums, from 0. Required: it is the tenth.
const DRUMS: u16 = 9;

/// Milliseconds that have passed.
static MILLISECONDS: AtomicU32 = AtomicU32::new(0);
static DONE: AtomicBool = AtomicBool::new(false);
/// Program changes that were heard: the new band's.
static PROGRAMS: AtomicU32 = AtomicU32::new(0);
/// Strokes of the drummer that were heard in the drummer's scene.
static STROKES: AtomicU32 = AtomicU32::new(0);

struct Handlers;
struct Shared;

impl SharedHandler<'_> for Shared {
    fn request_restart(&self) {}
    fn request_process(&self) {}
    fn request_callback(&self) {}
}

impl HostHandlers for Handlers {
    type Shared<'a> = Shared;
    type MainThread<'a> = ();
    type AudioProcessor<'a> = ();
}

/// All that a block needs, made beforehand: the audio thread may not ask for memory.
struct Block {
    scene: usize,
    transport: TransportEvent,
    input: EventBuffer,
    /// Step through it, in the run in which locks are counted.
    stepped: bool,
}

/// How long blocks are.
fn frames() -> u32 {
    if is_stepped() { STEPPED_FRAMES } else { FRAMES }
}

/// So many blocks of this length are as long as one of the usual ones.
fn parts() -> u32 {
    FRAMES / frames()
}

/// Plays a plugin through all scenes, and writes what was counted.
pub(crate) fn child(which: &str) -> ExitCode {
    let descriptor = match which {
        "empty" => &empty::EMPTY,
        "guilty" => &empty::GUILTY,
        _ => &band_player::clap_entry,
    };
    // SAFETY: these entries are part of this program.
    let entry = unsafe { PluginEntry::load_from_raw(descriptor, c"") }.expect("an entry");
    let factory = entry.get_plugin_factory().expect("a factory");
    let id = factory.plugin_descriptor(0).and_then(|descriptor| descriptor.id()).expect("an id").to_owned();
    let info = HostInfo::new("Watched", "", "", "1").expect("a host");
    let mut plugin = PluginInstance::<Handlers>::new(|()| Shared, |_| (), &entry, &id, &info).expect("an instance");
    let parameters = parameters(&mut plugin);
    let blocks = blocks(&parameters);
    let configuration =
        PluginAudioConfiguration { sample_rate: f64::from(RATE), min_frames_count: 1, max_frames_count: FRAMES };
    let processor = plugin.activate(|_, _| (), configuration).expect("it is activated");
    let handle = plugin.plugin_handle();
    let states: PluginState = handle.get_extension().expect("it has a state");
    let mut saved = Vec::new();
    states.save(&handle, &mut saved).expect("it saves");
    std::thread::spawn(move || audio_thread(processor, blocks));
    let mut loaded = 0;
    while !DONE.load(Ordering::Acquire) {
        std::thread::sleep(Duration::from_millis(1));
        MILLISECONDS.fetch_add(1, Ordering::Release);
        if counting::scene() == STATES {
            locks::beside_steps(|| {
                states.load(&handle, &mut saved.as_slice()).expect("its own state");
                loaded += 1;
            });
        }
    }
    assert!(loaded > 20, "states were loaded: {loaded}");
    tell(SCENES.map(|(name, _)| name));
    if let Some(status) = Status::of(0).filter(|_| which == "band-player") {
        // The scenes must have shown what they are about.
        assert!(status.counters.notes_out.now() > 20, "the band played");
        // (Stepped, the audio thread is so slow that the worker may keep up.)
        assert!(is_stepped() || status.counters.dropped_requests.now() > 0, "the ring was full");
        assert!(PROGRAMS.load(Ordering::Relaxed) > 3, "another band came and chose its instruments");
        assert!(STROKES.load(Ordering::Relaxed) > 20, "the drummer played");
    }
    // The audio thread can no more end by itself.
    std::process::exit(0)
}

fn audio_thread(processor: StoppedPluginAudioProcessor<Handlers>, mut blocks: Vec<Block>) {
    let mut processor = processor.start_processing().expect("it starts");
    let mut output = EventBuffer::with_capacity(1024);
    let mut ports = AudioPorts::with_capacity(2, 1);
    let (mut left, mut right) = (vec![0.0; frames() as usize], vec![0.0; frames() as usize]);
    // Touched once, so that the first access of the flag is no first.
    counting::watched(0, || ());
    let stepping = is_stepped();
    locks::prepare();
    counting::refuse_calls();
    let mut steady = 0;
    let mut played_until = 0;
    // Looked up beforehand; an empty plugin has none.
    let status = Status::of(0);
    for (number, block) in (0_u32..).zip(&mut blocks) {
        if block.scene != OVERLOAD && number.is_multiple_of(BLOCKS_PER_MILLISECOND * parts()) {
            while MILLISECONDS.load(Ordering::Acquire) <= played_until {
                std::hint::spin_loop();
            }
            played_until = MILLISECONDS.load(Ordering::Acquire);
        }
        if block.scene == DRUMMED
            && let Some(status) = &status
        {
            while status.counters.answers.now() != status.counters.requests.now() {
                std::hint::spin_loop();
            }
        }
        output.clear();
        let mut audio = ports.with_output_buffers([AudioPortBuffer {
            latency: 0,
            channels: AudioPortBufferType::f32_output_only([&mut left[..], &mut right[..]].into_iter()),
        }]);
        let input = block.input.as_input();
        let inputs = InputAudioBuffers::empty();
        let mut events = output.as_output();
        let mut work =
            || processor.process(&inputs, &mut audio, &input, &mut events, Some(steady), Some(&block.transport));
        let status = counting::watched(block.scene, || {
            if stepping && block.stepped { locks::stepped(block.scene, work) } else { work() }
        });
        assert!(status.is_ok(), "process() failed");
        steady += u64::from(frames());
        for event in &output {
            match event.as_core_event() {
                Some(CoreEventSpace::Midi(midi)) if midi.data()[0] & 0xf0 == 0xc0 => {
                    PROGRAMS.fetch_add(1, Ordering::Relaxed);
                }
                Some(CoreEventSpace::NoteOn(note))
                    if block.scene == DRUMMED && note.channel() == Match::Specific(DRUMS) =>
                {
                    STROKES.fetch_add(1, Ordering::Relaxed);
                }
                _ => {}
            }
        }
    }
    DONE.store(true, Ordering::Release);
    loop {
        std::hint::spin_loop();
    }
}

/// The plugin's parameters: name, id, lowest and highest value.
fn parameters(plugin: &mut PluginInstance<Handlers>) -> Vec<(String, ClapId, f64, f64)> {
    let handle = plugin.plugin_handle();
    let Some(params) = handle.get_extension::<PluginParams>() else { return Vec::new() };
    let mut buffer = ParamInfoBuffer::new();
    (0..params.count(&handle))
        .filter_map(|index| {
            let info = params.get_info(&handle, index, &mut buffer)?;
            Some((String::from_utf8_lossy(info.name).into_owned(), info.id, info.min_value, info.max_value))
        })
        .collect()
}

fn blocks(parameters: &[(String, ClapId, f64, f64)]) -> Vec<Block> {
    let measure = 4 * QUARTER;
    let ends: Vec<i64> = SCENES
        .iter()
        .scan(0, |end, (_, measures)| {
            *end += i64::try_from(*measures).expect("few measures") * measure;
            Some(*end)
        })
        .collect();
    let jumps_from = ends[STATES];
    let script = Script::new(Timeline::steady(250_000, TimeSignature::FOUR_FOUR), RATE)
        .roll(0..jumps_from)
        .roll(3 * QUARTER..measure + QUARTER)
        .halt(9000)
        .cycle(&(measure..2 * measure + QUARTER), 2)
        .halt(3000);
    let clip: Vec<_> = (0..jumps_from / STEP)
        .flat_map(|step| {
            // A chord on every step, each another.
            [60, 64, 67].map(|key| ClipNote {
                ticks: step * STEP..(step + 1) * STEP,
                channel: Channel::new(0).expect("a channel"),
                key: Key::clamped(key + i32::try_from(step % 5).expect("small")),
                velocity: Velocity::DEFAULT,
            })
        })
        .collect();
    let notes = schedule(&clip, &script);
    let mut notes = notes.iter().peekable();
    let ticks_at = |sample: i64| sample * QUARTER / 12_000;
    script
        .blocks(&[frames()])
        .iter()
        .enumerate()
        .map(|(number, block)| {
            let tick = ticks_at(block.start);
            let scene = ends.iter().position(|&end| tick < end).unwrap_or(SCENES.len() - 1);
            let mut input = EventBuffer::with_capacity(64);
            let first = number == 0 || scene_changes(&ends, tick, ticks_at(block.start - i64::from(frames())));
            // What comes every so many blocks comes as often in time, however short they are.
            let usual = number / parts() as usize;
            let begins = first || scene == AUTOMATED || number.is_multiple_of(parts() as usize);
            let count = if scene == AUTOMATED { number } else { usual };
            for (name, id, min, max) in parameters {
                if let Some(value) = automation(name, scene, count, first).filter(|_| begins) {
                    let value = min + value * (max - min);
                    input.push(&ParamValueEvent::new(0, *id, Pckn::match_all(), value));
                }
            }
            let end = block.start + i64::from(block.frames);
            while let Some(&(sample, kind)) = notes.next_if(|&&(sample, _)| sample < end) {
                let at = u32::try_from(sample - block.start).unwrap_or(0);
                let place = |channel: Channel, key: Key| {
                    Pckn::new(0_u16, u16::from(channel.get()), u16::from(key.get()), Match::All)
                };
                match kind {
                    Kind::On { channel, key, .. } => input.push(&NoteOnEvent::new(at, place(channel, key), 0.6)),
                    Kind::Off { channel, key } => input.push(&NoteOffEvent::new(at, place(channel, key), 0.0)),
                    _ => {}
                }
            }
            // The pedal goes down and up.
            let pedal = if usual % 100 < 50 { 127 } else { 0 };
            input.push(&MidiEvent::new(frames() - 1, 0, [0xb0, 64, pedal]));
            // The bar line at which a scene begins, where most is done; and here and there. While
            // nobody answers, only that: else the worker would have time.
            let stepped = first || (number.is_multiple_of(1999 * parts() as usize) && scene != OVERLOAD);
            Block { scene, transport: transport_event(&script.event(block)), input, stepped }
        })
        .filter(|block| block.scene < SCENES.len())
        .collect()
}

fn scene_changes(ends: &[i64], tick: i64, before: i64) -> bool {
    ends.iter().any(|end| before < *end && *end <= tick)
}

/// Where a parameter goes in this block, as a share of its range.
fn automation(name: &str, scene: usize, number: usize, first: bool) -> Option<f64> {
    let wave = [0.0, 0.3, 1.0, 0.6][number % 4];
    match (scene, name) {
        (0, "Program changes") if first => Some(1.0),
        // The last of its choices: the player's chords.
        (0 | 2 | 5, "Follow") if first => Some(1.0),
        // The fourth of five: chords are foretold and held.
        (0 | 2 | 5, "Harmony") if first => Some(0.75),
        (0 | 2, "Figures") if first => Some(1.0),
        // The instruments inside take more time than all else: while they play, the worker keeps up.
        (OVERLOAD, "Sound") if first => Some(0.0),
        (2, "Sound") if first => Some(1.0),
        // The second of five.
        (2, "Band") if first => Some(0.25),
        (DRUMMED, "Drums") if first => Some(1.0),
        (AUTOMATED, "Band" | "Lookahead" | "My voice" | "Panic" | "Bypass") => None,
        (AUTOMATED, _) => Some(wave),
        // Everything at its place again.
        (5, "Sound" | "Hear me" | "Thru" | "Voice 1" | "Voice 2" | "Voice 3" | "Voice 4") if first => Some(1.0),
        (5, "Panic" | "Bypass" | "Thru") if number.is_multiple_of(60) => {
            Some(if number.is_multiple_of(120) { 1.0 } else { 0.0 })
        }
        (5, "Clock" | "Run by") if first => Some(0.0),
        (6, "Panic" | "Bypass") if first => Some(0.0),
        (6, "Clock" | "Metronome") if first => Some(1.0),
        // It runs, stops, waits for a note; and keys start and stop it.
        (6, "Run") if number.is_multiple_of(200) => Some(if number.is_multiple_of(400) { 0.0 } else { 1.0 }),
        (6, "Start with my first note") if number.is_multiple_of(300) => Some(wave),
        (6, "Tempo" | "Beats a measure") if number.is_multiple_of(50) => Some(wave),
        (6, "Run by") if number.is_multiple_of(500) => {
            Some(f64::from(u8::from(number.is_multiple_of(1000))) * 61.0 / 256.0)
        }
        (STATES, "Clock") if first => Some(0.0),
        (STATES, "Panic" | "Bypass") if first => Some(0.0),
        _ => None,
    }
}
