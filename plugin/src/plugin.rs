//! The host's side: what the plugin is, and how the wrapper's events become the engine's.

mod ids;

use std::cell::RefCell;
use std::num::NonZeroU32;
use std::sync::{Arc, Weak};
use std::time::Duration;

use model::{BandSpec, Key as ModelKey, LoopRule, Velocity};
use nice_plug::midi::{Channel as HostChannel, Key as HostKey, VoiceID};
use nice_plug::prelude::*;

use crate::bands::SharedBands;
#[cfg(feature = "editor")]
use crate::editor::window::BandEditor;
use crate::engine::Engine;
use crate::helper::{self, Rest};
use crate::midi::{ALL_NOTES_OFF, Heard, Input, Message, Port, SUSTAIN};
use crate::params::{BandParams, Handle};
use crate::performer::{Performed, Performer};
use crate::program::Program;
use crate::status::Status;
use crate::sysex::{SysEx, SysExLoans};
use crate::transport::HostTransport;
use crate::typed::Stroke;
use crate::units::{Bpm, SampleOffset, SampleRate};
use crate::worker::{Ensemble, Worker, WorkerThread, worker};
use ids::NoteIds;

/// How long an activation may wait for a band to be loaded. Chosen: a band takes some tens of
/// milliseconds; a slow disk shall not hang the host.
const LOADING: Duration = Duration::from_secs(10);

/// An instance of the plugin.
#[derive(Debug)]
pub struct BandPlayer {
    /// Dropped first: a worker must not outlive the engine that it answers.
    thread: Option<WorkerThread>,
    /// Until the first activation: scanning a plugin should cost no thread.
    idle_worker: Option<Worker>,
    params: Arc<BandParams>,
    performer: Performer,
    status: Arc<Status>,
    /// What of the user's system exclusive messages the host may still read.
    loans: SysExLoans,
    /// The numbers that the host gives to notes.
    ids: NoteIds,
}

thread_local! {
    /// The parameters of the instance that this thread made last, for who cannot ask it for them.
    static LAST_MADE: RefCell<Weak<BandParams>> = const { RefCell::new(Weak::new()) };
}

/// The parameters of the instance that this thread made last, if it lives.
#[must_use]
pub fn params_of_the_last_made() -> Option<Arc<BandParams>> {
    LAST_MADE.with_borrow(Weak::upgrade)
}

impl Default for BandPlayer {
    fn default() -> Self {
        // No host asks how the keeper fares.
        Self::with_status(if helper::makes_keeper() { Arc::new(Status::unregistered()) } else { Status::register() })
    }
}

impl BandPlayer {
    /// An instance that counts here.
    #[must_use]
    pub fn with_status(status: Arc<Status>) -> Self {
        let params = Arc::new(BandParams::default());
        LAST_MADE.set(Arc::downgrade(&params));
        if let Some(program) = Program::current() {
            program.made(&params);
        }
        let (handle, mut idle_worker) =
            worker(Box::new(SharedBands), Box::new(Arc::clone(&params)), Arc::clone(&status));
        let spec = BandSpec::pop();
        // Plays nothing but fallbacks, until the worker has loaded a band.
        let first =
            Ensemble { id: 0, wanted: 0, fallback: Arc::new(LoopRule::new(spec.clone())), spec, heeds_chords: false };
        let mut engine = Engine::new(first, handle, params.controls(), Arc::clone(&status));
        engine.record(&params.take);
        idle_worker.keep(params.take.clone());
        idle_worker.read(params.chart.clone());
        Self {
            thread: None,
            idle_worker: Some(idle_worker),
            params,
            performer: Performer::new(engine),
            status,
            loans: SysExLoans::default(),
            ids: NoteIds::default(),
        }
    }

    /// The counters of this instance.
    #[must_use]
    pub const fn status(&self) -> &Arc<Status> {
        &self.status
    }
}

impl Plugin for BandPlayer {
    const NAME: &'static str = "Band Player";
    const VENDOR: &'static str = "Band Player";
    const URL: &'static str = "";
    const EMAIL: &'static str = "";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    /// The stereo output, of the instruments inside, comes first, as the default: several hosts refuse a plugin
    /// without a main output.
    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] = &[
        AudioIOLayout {
            main_output_channels: NonZeroU32::new(2),
            names: PortNames { layout: Some("Stereo"), ..PortNames::const_default() },
            ..AudioIOLayout::const_default()
        },
        AudioIOLayout {
            names: PortNames { layout: Some("No audio"), ..PortNames::const_default() },
            ..AudioIOLayout::const_default()
        },
    ];

    /// With controllers, for the sustain pedal, and so that thru passes all of them. In VST3 this
    /// costs 2080 hidden parameters.
    const MIDI_INPUT: MidiConfig = MidiConfig::MidiCCs;
    /// With controllers, for program changes.
    const MIDI_OUTPUT: MidiConfig = MidiConfig::MidiCCs;
    /// The wrapper allocates beyond this. Chosen.
    const INPUT_EVENT_CAPACITY: usize = 4096;

    #[cfg(feature = "editor")]
    type Editor = BandEditor;
    #[cfg(not(feature = "editor"))]
    type Editor = ();
    type SysExMessage = SysEx;
    type BackgroundTask = Rest;

    fn task_executor(&mut self) -> TaskExecutor<Self> {
        Box::new(helper::rest)
    }

    fn params(&self) -> Arc<dyn Params> {
        Arc::clone(&self.params) as Arc<dyn Params>
    }

    #[cfg(feature = "editor")]
    fn editor(&mut self, executor: AsyncExecutor<Self>) -> Option<BandEditor> {
        if helper::makes_keeper() {
            executor.execute_background(Rest);
            return None;
        }
        Some(BandEditor::new(Arc::clone(&self.params), Arc::clone(&self.status)))
    }

    fn filter_state(state: &mut PluginState) {
        // A refused state is emptied, and so changes nothing. The wrapper cannot be told of it: the
        // reason is only logged.
        if let Err(error) = crate::state::migrate(state) {
            nice_plug::nice_error!("The saved state is refused: {error}");
        }
    }

    fn activate(
        &mut self,
        _layout: &AudioIOLayout,
        buffer: &BufferConfig,
        _context: &mut impl ActivateContext<Self>,
    ) -> bool {
        if let Some(worker) = self.idle_worker.take() {
            // Without a thread there is no prediction; the fallback still plays.
            self.thread = WorkerThread::spawn(worker, self.performer.engine().worker()).ok();
        }
        let offline = buffer.process_mode == ProcessMode::Offline;
        let rate = SampleRate::or_usual(f64::from(buffer.sample_rate));
        self.performer.activate(rate, offline, LOADING, self.params.controls());
        true
    }

    fn reset(&mut self) {
        self.performer.reset();
    }

    fn process(
        &mut self,
        buffer: &mut Buffer,
        _aux: &mut AuxiliaryBuffers,
        context: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        let frames = u32::try_from(buffer.samples()).unwrap_or(u32::MAX);
        let host = transport_of(context.transport());
        let changed = self.params.take_changed();
        self.loans.take_back();
        let typed_on = self.params.typed_on();
        let (status, loans, ids) = (&*self.status, &mut self.loans, &mut self.ids);
        let mut port = HostPort { context, status, frames, loans, ids, came: None, typed_on };
        let sides = match buffer.as_slice() {
            [left, right] => Some([&mut **left, &mut **right]),
            channels => {
                channels.iter_mut().for_each(|channel| channel.fill(0.0));
                None
            }
        };
        let Performed { alive, turned, touched } = self.performer.process(&host, frames, &mut port, sides, changed);
        port.let_go();
        if let Some(runs) = turned {
            Handle::Switch(&self.params.run).put(if runs { 1.0 } else { 0.0 });
            self.status.display.wake();
        }
        if let Some(touched) = touched {
            self.status.display.live.touch(&touched);
        }
        // The band plays on without input: no host may put the plugin to sleep then.
        if alive { ProcessStatus::KeepAlive } else { ProcessStatus::Normal }
    }
}

impl ClapPlugin for BandPlayer {
    const CLAP_ID: &'static str = "band-player.band-player";
    const CLAP_DESCRIPTION: Option<&'static str> = Some("A band that listens, and plays along from the bar line on");
    const CLAP_MANUAL_URL: Option<&'static str> = None;
    const CLAP_SUPPORT_URL: Option<&'static str> = None;
    /// An instrument too, since it is heard: hosts that have places for note effects alone give those no sound.
    const CLAP_FEATURES: &'static [ClapFeature] =
        &[ClapFeature::Instrument, ClapFeature::Stereo, ClapFeature::NoteEffect, ClapFeature::Utility];
}

impl Vst3Plugin for BandPlayer {
    /// Chosen once: projects find the plugin by it.
    const VST3_CLASS_ID: [u8; 16] = *b"BandPlayerMidiFx";
    /// An instrument, and not for its sound alone: Cubase, Live, FL Studio and others give notes
    /// only to instruments, and would offer an effect on audio tracks alone. Its notes are routed
    /// from there to other tracks.
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory] = &[Vst3SubCategory::Instrument, Vst3SubCategory::Tools];
}

/// What the wrapper knows of the transport. What it only computes from the rest is left out.
fn transport_of(transport: &Transport) -> HostTransport {
    // CLAP counts seconds, and they may lie between samples.
    let exact = transport.pos_seconds.map(|seconds| seconds * f64::from(transport.sample_rate));
    HostTransport {
        playing: transport.playing,
        tempo: transport.tempo.and_then(Bpm::new),
        time_signature: transport.time_sig_numerator.zip(transport.time_sig_denominator),
        samples: transport.pos_samples.or_else(|| {
            #[expect(clippy::cast_possible_truncation, reason = "`as` saturates")]
            exact.map(|samples| samples.round() as i64)
        }),
        fraction: match (transport.pos_samples, exact) {
            (None, Some(samples)) if samples.is_finite() => samples - samples.round(),
            _ => 0.0,
        },
        beats: transport.pos_beats,
        bar_start: transport.bar_start_pos_beats,
        loop_range: transport.loop_range_beats,
    }
}

/// The host's events of one block.
struct HostPort<'a, C> {
    context: &'a mut C,
    status: &'a Status,
    frames: u32,
    loans: &'a mut SysExLoans,
    ids: &'a mut NoteIds,
    /// The last event, if it was a system exclusive message.
    came: Option<SysEx>,
    /// The channel of what is played in the window.
    typed_on: u8,
}

impl<C: ProcessContext<BandPlayer>> HostPort<'_, C> {
    /// What came last was passed on, or is not needed any more.
    fn let_go(&mut self) {
        if let Some(message) = self.came.take() {
            message.dropped();
        }
    }

    fn pass_sysex(&mut self, event: NoteEvent<SysEx>, message: SysEx) -> bool {
        if !message.lend() {
            // The host had room for it; we had none.
            self.status.counters.lost_sysex.count();
            return true;
        }
        let passed = self.context.try_send_event(event).is_ok();
        if passed {
            self.loans.add(message);
        } else {
            message.taken_back();
        }
        passed
    }
}

impl<C: ProcessContext<BandPlayer>> Port for HostPort<'_, C> {
    type Event = NoteEvent<SysEx>;

    fn next(&mut self) -> Option<Heard<NoteEvent<SysEx>>> {
        self.let_go();
        if let Some(stroke) = self.status.typed.take() {
            let event = typed(stroke, self.typed_on);
            return Some(Heard { at: SampleOffset(0), what: input_of(&event, self.ids), event });
        }
        let event = self.context.next_event()?;
        if let NoteEvent::MidiSysEx { message, .. } = event {
            self.came = Some(message);
        }
        if let NoteEvent::NoteOn { voice_id, channel, key, .. } = event
            && let Some(place) = place(channel, key)
        {
            self.ids.strike(place, voice_id.id());
        }
        // An event beyond the block belongs to its last sample.
        let at = SampleOffset(event.timing().min(self.frames.saturating_sub(1)));
        Some(Heard { at, what: input_of(&event, self.ids), event })
    }

    fn pass(&mut self, mut event: NoteEvent<SysEx>, to: Option<model::Channel>) -> bool {
        if let NoteEvent::MidiSysEx { message, .. } = event {
            return self.pass_sysex(event, message);
        }
        if let Some(to) = to {
            readdress(&mut event, to);
        }
        self.context.try_send_event(event).is_ok()
    }

    fn say(&mut self, at: SampleOffset, message: Message) -> bool {
        let timing = at.0;
        let event = match message {
            Message::On(channel, key, velocity) => NoteEvent::NoteOn {
                timing,
                voice_id: VoiceID::Wildcard,
                channel: HostChannel::Number(channel.get()),
                key: HostKey::Number(key.get()),
                velocity: f32::from(velocity.get()) / 127.0,
            },
            Message::Off(channel, key) => NoteEvent::NoteOff {
                timing,
                voice_id: VoiceID::Wildcard,
                channel: HostChannel::Number(channel.get()),
                key: HostKey::Number(key.get()),
                velocity: 0.0,
            },
            Message::Control(channel, cc, value) => {
                NoteEvent::MidiCC { timing, channel: channel.get(), cc, value: f32::from(value) / 127.0 }
            }
            Message::Program(channel, program) => {
                NoteEvent::MidiProgramChange { timing, channel: channel.get(), program }
            }
            Message::Bend(channel, bend) => {
                NoteEvent::MidiPitchBend { timing, channel: channel.get(), value: f32::from(bend) / BENDS }
            }
            Message::Pressure(channel, pressure) => {
                NoteEvent::MidiChannelPressure { timing, channel: channel.get(), pressure: f32::from(pressure) / 127.0 }
            }
        };
        let sent = self.context.try_send_event(event).is_ok();
        if !sent {
            self.status.counters.unsent.count();
        } else if matches!(message, Message::On(..)) {
            self.status.counters.notes_out.count();
        }
        sent
    }
}

/// What was played in the window, as the host's event at the block's first sample.
fn typed(stroke: Stroke, channel: u8) -> NoteEvent<SysEx> {
    let (timing, voice_id) = (0, VoiceID::Wildcard);
    let (channel, key) = (HostChannel::Number(channel), HostKey::Number(stroke.key.get()));
    match stroke.velocity {
        Some(velocity) => {
            let velocity = f32::from(velocity.get()) / 127.0;
            NoteEvent::NoteOn { timing, voice_id, channel, key, velocity }
        }
        None => NoteEvent::NoteOff { timing, voice_id, channel, key, velocity: 0.0 },
    }
}

/// What of an event matters to the engine.
fn input_of(event: &NoteEvent<SysEx>, ids: &NoteIds) -> Input {
    match *event {
        NoteEvent::NoteOn { channel, key, velocity, .. } => match place(channel, key) {
            Some((channel, key)) => Input::On(channel, key, Velocity::clamped(velocity * 127.0)),
            None => Input::Other,
        },
        NoteEvent::NoteOff { voice_id, channel, key, .. } | NoteEvent::Choke { voice_id, channel, key, .. } => {
            match (place(channel, key), voice_id.id()) {
                (Some((channel, key)), _) => Input::Off(channel, key),
                // The host says of it just its number.
                (None, Some(id)) => ids.place_of(id).map_or(Input::Other, |(channel, key)| Input::Off(channel, key)),
                // An off for every key or channel.
                (None, None) => match (channel.number(), key.number().and_then(ModelKey::new)) {
                    (None, Some(key)) => Input::KeyOff(key),
                    (channel, _) => Input::AllOff(channel.and_then(model::Channel::new)),
                },
            }
        }
        NoteEvent::PolyPressure { voice_id, channel, key, .. }
        | NoteEvent::PolyVolume { voice_id, channel, key, .. }
        | NoteEvent::PolyPan { voice_id, channel, key, .. }
        | NoteEvent::PolyTuning { voice_id, channel, key, .. }
        | NoteEvent::PolyVibrato { voice_id, channel, key, .. }
        | NoteEvent::PolyExpression { voice_id, channel, key, .. }
        | NoteEvent::PolyBrightness { voice_id, channel, key, .. } => {
            let named = || ids.place_of(voice_id.id()?);
            place(channel, key).or_else(named).map_or(Input::Other, |(channel, key)| Input::OfNote(channel, key))
        }
        NoteEvent::MidiCC { channel, cc, value, .. } => match model::Channel::new(channel) {
            Some(channel) if cc == SUSTAIN => Input::Pedal(channel, value * 127.0 >= 63.5),
            // All sound off (120) and all notes off with its modes.
            Some(channel) if cc == 120 || cc >= ALL_NOTES_OFF => Input::AllOff(Some(channel)),
            Some(channel) => Input::Control(channel, cc, seven_bits(value)),
            None => Input::Other,
        },
        NoteEvent::MidiPitchBend { channel, value, .. } => {
            model::Channel::new(channel).map_or(Input::Other, |channel| Input::Bend(channel, scaled(value, BENDS)))
        }
        NoteEvent::MidiChannelPressure { channel, pressure, .. } => {
            model::Channel::new(channel).map_or(Input::Other, |channel| Input::Pressure(channel, seven_bits(pressure)))
        }
        NoteEvent::MidiProgramChange { channel, .. } => {
            model::Channel::new(channel).map_or(Input::Other, Input::Program)
        }
        _ => Input::Other,
    }
}

/// The largest pitch bend. Required by MIDI.
const BENDS: f32 = 16_383.0;

/// A value of 0 to 1 as MIDI counts it.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
fn scaled(value: f32, most: f32) -> u16 {
    (value * most).round().clamp(0.0, most) as u16
}

/// The same in seven bits.
fn seven_bits(value: f32) -> u8 {
    u8::try_from(scaled(value, 127.0)).unwrap_or(127)
}

/// The same event on another channel. A message for every channel is for this one then.
fn readdress(event: &mut NoteEvent<SysEx>, to: model::Channel) {
    match event {
        NoteEvent::NoteOn { channel, .. }
        | NoteEvent::NoteOff { channel, .. }
        | NoteEvent::Choke { channel, .. }
        | NoteEvent::PolyPressure { channel, .. }
        | NoteEvent::PolyVolume { channel, .. }
        | NoteEvent::PolyPan { channel, .. }
        | NoteEvent::PolyTuning { channel, .. }
        | NoteEvent::PolyVibrato { channel, .. }
        | NoteEvent::PolyExpression { channel, .. }
        | NoteEvent::PolyBrightness { channel, .. } => *channel = HostChannel::Number(to.get()),
        NoteEvent::MidiCC { channel, .. }
        | NoteEvent::MidiPitchBend { channel, .. }
        | NoteEvent::MidiChannelPressure { channel, .. }
        | NoteEvent::MidiProgramChange { channel, .. } => *channel = to.get(),
        _ => {}
    }
}

fn place(channel: HostChannel, key: HostKey) -> Option<(model::Channel, ModelKey)> {
    Some((model::Channel::new(channel.number()?)?, ModelKey::new(key.number()?)?))
}
