//! A plugin with one flaw, behind the trait that real ones stand behind: for each of the properties
//! that are checked there is one, and it must be rejected.

use std::path::Path;
use std::time::Duration;

use model::{Channel, Key, TimeSignature, Velocity};

use super::actions::Action;
use super::case::Case;
use super::play::{Played, play_through};
use crate::checker::{Fault, Grid, Route};
use crate::event::{Event, Kind};
use crate::host::{Instance, Parameter, Part, Transport};
use crate::timeline::{QUARTER, Timeline};
use crate::transport::Script;

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    Disorders,
    GoesBeyond,
    Invents,
    SpeaksAnother,
    Doubles,
    Orphans,
    ComesLate,
    Restless,
    Lingers,
    LeavesPedals,
    AltersNotes,
    KeepsItsChannel,
    DropsControls,
    LosesSysEx,
    PlaysInTheZone,
    Hangs,
    IsTooLoud,
    TakesGarbage,
}

/// Which flaw shows as a fault of this kind. A new kind of fault does not compile without one.
const fn flaw_of(fault: Fault) -> Flaw {
    match fault {
        Fault::OutOfOrder { .. } => Flaw::Disorders,
        Fault::OutsideBlock { .. } => Flaw::GoesBeyond,
        Fault::OutOfRange { .. } => Flaw::Invents,
        Fault::WrongDialect { .. } => Flaw::SpeaksAnother,
        Fault::DoubleOn { .. } => Flaw::Doubles,
        Fault::OrphanOff { .. } => Flaw::Orphans,
        Fault::OffGrid { .. } => Flaw::ComesLate,
        Fault::NoteWhileSilent { .. } => Flaw::Restless,
        Fault::LateOff { .. } => Flaw::Lingers,
        Fault::LatePedal { .. } => Flaw::LeavesPedals,
        Fault::ThruDiffers => Flaw::AltersNotes,
        Fault::WrongChannel { .. } => Flaw::KeepsItsChannel,
        Fault::ControlsDiffer => Flaw::DropsControls,
        Fault::SysExDiffers => Flaw::LosesSysEx,
        Fault::InZone { .. } => Flaw::PlaysInTheZone,
    }
}

/// One of each kind, in the order above.
const FAULTS: [Fault; 15] = [
    Fault::OutOfOrder { offset: 0 },
    Fault::OutsideBlock { offset: 0, frames: 0 },
    Fault::OutOfRange { offset: 0 },
    Fault::WrongDialect { offset: 0 },
    Fault::DoubleOn { channel: BAND, key: Key::MIDDLE_C },
    Fault::OrphanOff { channel: BAND, key: Key::MIDDLE_C },
    Fault::OffGrid { error: 0 },
    Fault::NoteWhileSilent { key: Key::MIDDLE_C },
    Fault::LateOff { channel: BAND, key: Key::MIDDLE_C },
    Fault::LatePedal { channel: BAND },
    Fault::ThruDiffers,
    Fault::WrongChannel { expected: Kind::Other },
    Fault::ControlsDiffer,
    Fault::SysExDiffers,
    Fault::InZone { channel: PLAYER },
];

/// A step, at 120 quarters a minute and 48 kHz; the blocks are as long.
const STEP_FRAMES: u32 = 6000;
const BAND: Channel = Channel::new(3).expect("a channel");
/// That of the voice that the player plays, from a keyboard on the first.
const PLAYER: Channel = Channel::new(2).expect("a channel");

/// A plugin that strikes a key on every step, passes what the player sends, and has a flaw or not.
#[derive(Debug)]
struct Fake {
    flaw: Option<Flaw>,
    thru: bool,
    bypass: bool,
    /// The band's key is down.
    sounds: bool,
    /// The player's keys that are.
    held: Vec<Key>,
    pedal: bool,
    passed: bool,
    hushed: bool,
}

impl Fake {
    fn new(flaw: Option<Flaw>) -> Self {
        Self {
            flaw,
            thru: true,
            bypass: false,
            sounds: false,
            held: Vec::new(),
            pedal: false,
            passed: true,
            hushed: false,
        }
    }

    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// What must end before anything else happens.
    fn end(&mut self, rolls: bool, heard: &mut Vec<Event>) {
        let passes = self.thru || self.bypass;
        let hushed = std::mem::take(&mut self.hushed);
        if hushed || (self.passed && !passes) {
            heard.extend(self.held.drain(..).map(|key| at(0, Kind::Off { channel: PLAYER, key })));
            if std::mem::take(&mut self.pedal) && !self.has(Flaw::LeavesPedals) {
                heard.push(at(0, Kind::control(PLAYER.get(), 64, 0)));
            }
        }
        self.passed = passes;
        let stops = !rolls || self.bypass || hushed;
        if self.sounds && !(stops && self.has(Flaw::Hangs)) && (stops || !self.has(Flaw::Doubles)) {
            let offset = u32::from(stops && self.has(Flaw::Lingers));
            heard.push(at(offset, Kind::Off { channel: BAND, key: Key::MIDDLE_C }));
            self.sounds = false;
        }
    }

    fn play(&mut self, rolls: bool, heard: &mut Vec<Event>) {
        if self.has(Flaw::Disorders) {
            heard.insert(0, at(3000, Kind::Other));
        }
        if self.has(Flaw::Orphans) {
            heard.push(at(0, Kind::Off { channel: BAND, key: Key::clamped(90) }));
        }
        let plays = (rolls || self.has(Flaw::Restless)) && !self.bypass;
        if plays && (!self.sounds || self.has(Flaw::Doubles)) {
            let offset = if self.has(Flaw::ComesLate) { 7 } else { 0 };
            let channel = if self.has(Flaw::PlaysInTheZone) { PLAYER } else { BAND };
            heard.push(at(offset, Kind::On { channel, key: Key::MIDDLE_C, velocity: Velocity::DEFAULT }));
            self.sounds = true;
        }
        if self.has(Flaw::Invents) {
            heard.push(at(9, Kind::Invalid));
        }
        if self.has(Flaw::SpeaksAnother) {
            heard.push(at(9, Kind::Foreign));
        }
    }

    fn pass(&mut self, sent: &Event, heard: &mut Vec<Event>) {
        let mut kind = sent.kind;
        match &mut kind {
            Kind::On { key, .. } => {
                self.held.push(*key);
                if self.has(Flaw::AltersNotes) {
                    *key = Key::clamped(i32::from(key.get()) + 1);
                }
            }
            Kind::Off { key, .. } => self.held.retain(|held| held != key),
            Kind::Control { .. } if self.has(Flaw::DropsControls) => return,
            Kind::SysEx(number) if self.has(Flaw::LosesSysEx) => *number += 1,
            Kind::Control { number: 64, value, .. } => self.pedal = *value >= 64,
            _ => {}
        }
        let kind = if self.has(Flaw::KeepsItsChannel) { kind } else { kind.on_channel(PLAYER) };
        heard.push(Event { kind, ..*sent });
    }
}

impl Instance for Fake {
    fn render_offline(&mut self, _offline: bool) -> anyhow::Result<()> {
        Ok(())
    }
    fn set_up_times(&mut self, _times: u32) {}
    fn parameters(&self) -> &[Parameter] {
        &[]
    }
    fn set(&mut self, name: &str, text: &str) -> anyhow::Result<()> {
        match name {
            "Thru" => self.thru = text == "on",
            "Bypass" => self.bypass = text == "on",
            _ => anyhow::bail!("it has no {name}"),
        }
        Ok(())
    }
    fn get(&mut self, name: &str) -> anyhow::Result<String> {
        anyhow::bail!("it does not say its {name}")
    }
    fn save(&mut self) -> anyhow::Result<Vec<u8>> {
        Ok(vec![u8::from(self.thru), u8::from(self.bypass)])
    }
    fn load(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        match *bytes {
            [thru, bypass] => (self.thru, self.bypass) = (thru == 1, bypass == 1),
            _ if self.has(Flaw::TakesGarbage) => {}
            _ => anyhow::bail!("no state of this plugin's"),
        }
        Ok(())
    }
    fn load_band(&mut self, _path: &Path) -> anyhow::Result<()> {
        Ok(())
    }
    fn load_chart(&mut self, _chart: &str) -> anyhow::Result<()> {
        Ok(())
    }
    fn load_kit(&mut self, _kit: &str) -> anyhow::Result<()> {
        Ok(())
    }
    fn activate(&mut self, _rate: u32, _most_frames: u32) -> anyhow::Result<()> {
        Ok(())
    }
    fn deactivate(&mut self) {}
    fn reset(&mut self) {
        self.hushed = true;
    }
    fn status(&self) -> anyhow::Result<band_player::status::StatusReport> {
        anyhow::bail!("it counts nothing")
    }
    fn limit_output(&mut self, _most: usize) {}
    fn refused(&self) -> usize {
        0
    }
    fn disturb(&mut self, _parameters: Option<&[u16]>) {}
    fn glance_at_editor(&mut self) -> anyhow::Result<bool> {
        Ok(false)
    }
    fn process_parts(
        &mut self,
        parts: &[Part<'_>],
        events: &[Event],
        heard: &mut Vec<Event>,
    ) -> anyhow::Result<Duration> {
        let rolls = parts.first().and_then(|part| part.transport).is_some_and(Transport::rolls);
        heard.clear();
        self.end(rolls, heard);
        self.play(rolls, heard);
        if self.passed {
            events.iter().for_each(|sent| self.pass(sent, heard));
        }
        if self.has(Flaw::GoesBeyond) {
            heard.push(at(STEP_FRAMES, Kind::Other));
        }
        Ok(Duration::ZERO)
    }
    fn parts(&mut self) -> crate::host::parts::Parts<'_> {
        unreachable!("a fake has no window")
    }
    fn is_silent(&self, _frames: u32) -> bool {
        !self.has(Flaw::IsTooLoud)
    }
    fn audio(&self, frames: u32) -> Vec<Vec<f32>> {
        vec![vec![if self.has(Flaw::IsTooLoud) { 1.5 } else { 0.0 }; frames as usize]; 2]
    }
}

fn at(offset: u32, kind: Kind) -> Event {
    Event { offset, kind }
}

/// Four quarters, then a stop; a reset, thru off and on again by a state, a bypass, and garbage.
fn case() -> Case {
    let timeline = Timeline::steady(500_000, TimeSignature::FOUR_FOUR);
    let script = Script::new(timeline, 48_000).roll(0..4 * QUARTER).halt(24_000);
    let blocks = script.blocks(&[STEP_FRAMES]);
    let note = |key| (Kind::on(Some(0), Some(key), 0.5), Kind::off(Some(0), Some(key)));
    let (low, high) = (note(50), note(52));
    let stream = vec![
        (500, low.0),
        (2500, low.1),
        (3000, Kind::control(0, 1, 77)),
        (3500, Kind::SysEx(4)),
        // Down over the reset, and over the end of thru, with a key.
        (18_500, Kind::control(0, 64, 127)),
        (36_100, Kind::control(0, 64, 127)),
        (45_000, high.0),
        (50_000, high.1),
    ];
    Case {
        grid: Grid::EXACT,
        calls: (0..blocks.len()).map(|block| block..block + 1).collect(),
        blocks,
        stream,
        actions: vec![
            (2, Action::Save),
            (4, Action::Reset),
            (6, Action::LoadGarbage),
            (8, Action::Thru(false)),
            (10, Action::Load),
            (12, Action::Bypass(true)),
            (14, Action::Bypass(false)),
        ],
        choices: Vec::new(),
        automated: Vec::new(),
        thru: true,
        route: Some(Route::One(PLAYER)),
        zone: 1 << PLAYER.get(),
        drums_beside: false,
        offline: false,
        set_ups: 1,
        own_clock: false,
        foreign: false,
        script,
    }
}

fn play(flaw: Option<Flaw>) -> anyhow::Result<Played> {
    play_through(&case(), Box::new(Fake::new(flaw)))
}

#[test]
fn a_plugin_without_a_flaw_is_clean() {
    let played = play(None).expect("it plays");
    assert!(played.verdict.is_clean(), "{:?}", played.verdict);
    assert!(played.events > 40, "{} events", played.events);
}

#[test]
fn for_each_kind_of_fault_there_is_a_flawed_plugin_that_is_rejected_for_it() {
    for (index, fault) in FAULTS.into_iter().enumerate() {
        let flaw = flaw_of(fault);
        assert!(FAULTS[..index].iter().all(|&other| flaw_of(other) != flaw), "{fault:?} stands here twice");
        let verdict = play(Some(flaw)).unwrap_or_else(|error| panic!("{flaw:?}: {error:#}")).verdict;
        let kind = std::mem::discriminant(&fault);
        let found = verdict.found.iter().any(|found| std::mem::discriminant(&found.fault) == kind);
        assert!(found && !verdict.is_clean(), "{flaw:?}: {verdict:?}");
    }
}

#[test]
fn what_is_no_fault_of_a_block_is_rejected_too() {
    let hanging = play(Some(Flaw::Hangs)).expect("it plays").verdict;
    assert!(hanging.hanging > 0 && !hanging.is_clean(), "{hanging:?}");
    for (flaw, expected) in [(Flaw::IsTooLoud, "beyond what can be played"), (Flaw::TakesGarbage, "garbage")] {
        let error = play(Some(flaw)).map(|played| played.verdict).expect_err("it is rejected");
        assert!(format!("{error:#}").contains(expected), "{error:#}");
    }
}
