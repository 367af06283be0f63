//! The parameters: their ids, texts and ranges. Ids and the order of choices never change.

mod choices;
mod file;
mod handles;
mod make;
mod text;
mod window;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use model::music::band::MAX_VOICES;
use model::{BandSpec, Channel, Energy, Key, KeyRange, Mode, Settings, Style, TimeSignature, Tonality, VoiceId};
use nice_plug::params::persist::PersistentField;
use nice_plug::prelude::*;

use crate::bands::Wanted;
use crate::chart::ChartHandle;
use crate::engine::{Channels, Controls, DrumChoice, DrumControls, MpeChoice, UserChannel, VoiceControls};
use crate::kit::KitHandle;
use crate::own_clock::{OwnSettings, Switch};
use crate::speaker::{Seat, SpeakerSettings};
use crate::take::TakeHandle;
use crate::worker::Wish;
use choices::{
    BANDS, BEATS, CLOCKS, DRUMMING, FIGURES, HARMONIES, INSTRUMENTS, LOOKAHEADS, MODES, MPE, PITCHES, USER_CHANNELS,
    meaning,
};
pub use file::BandFile;
pub use handles::{Handle, Handles};
use make::{FOR_EVER, Make};
pub use window::{Look, Remembered};

/// The levels of sounds. Chosen: 7 dB more than usual at most, none at least.
const LEVELS: FloatRange = FloatRange::Linear { min: 0.0, max: 1.5 };

/// All parameters of an instance, shared by the host's wrapper, the audio thread and the worker.
#[derive(Params)]
pub struct BandParams {
    /// A path, for the choice "Own file".
    #[persist = "band-file"]
    pub file: BandFile,
    /// The editor's size and look.
    #[persist = "window"]
    pub window: Remembered,
    /// What was heard and played.
    #[persist = "take"]
    pub take: TakeHandle,
    /// The chords that the user has written down.
    #[persist = "chart"]
    pub chart: ChartHandle,
    /// The keys of the drums.
    #[persist = "kit"]
    pub kit: KitHandle,

    /// Which band plays.
    #[id = "band"]
    pub band: IntParam,
    /// The voice that the user plays, from the band's highest.
    #[id = "user"]
    pub user: IntParam,
    /// How far ahead to predict.
    #[id = "ahead"]
    pub lookahead: IntParam,
    /// How daring the band is, 0 to 2: 0 plays what is likeliest.
    #[id = "temp"]
    pub temperature: FloatParam,
    /// How many notes the band plays, as a factor of what it learnt, 0.25 to 4.
    #[id = "dens"]
    pub density: FloatParam,
    /// Density, loudness and register together, the drummer's too, 0 to 1; a half as the band plays by itself.
    #[id = "energy"]
    pub energy: FloatParam,
    /// How far the band plays as loud as the user, 0 to 1.
    #[id = "follow"]
    pub follow: FloatParam,
    /// How far the pitches of the band follow what the user holds.
    #[id = "pitch"]
    pub pitches: IntParam,
    /// Which chords the band is told where the chart says none.
    #[id = "harmony"]
    pub harmony: IntParam,
    /// In which of people's figures what the band plans is played. Projects of before have a switch of the id `figures` in
    /// its place, which [`crate::state::migrate`] reads.
    #[id = "texture"]
    pub figures: IntParam,
    /// How many measures the band listens before it comes in.
    #[id = "listen"]
    pub listen_first: IntParam,
    /// How many measures the band plays on while the user is silent.
    #[id = "playon"]
    pub play_on: IntParam,
    /// The key. 0: as it is heard; then C major, C minor, C# major …
    #[id = "key"]
    pub key: IntParam,
    /// The user's events pass through.
    #[id = "thru"]
    pub thru: BoolParam,
    /// The channel that is listened to. 0: all.
    #[id = "inchan"]
    pub listen_channel: IntParam,
    /// The channel whose keys only name chords. 0: none.
    #[id = "chordch"]
    pub chord_channel: IntParam,
    /// The band builds on what it played itself.
    #[id = "hear"]
    pub hear_own: BoolParam,
    /// What was heard is kept when the transport stops.
    #[id = "keep"]
    pub keep_history: BoolParam,
    /// Everything random comes from this.
    #[id = "seed"]
    pub seed: IntParam,
    /// The band's channel. 0: each voice on its own.
    #[id = "outchn"]
    pub band_channel: IntParam,
    /// On which channel the user's own notes leave.
    #[id = "mychan"]
    pub user_channel: IntParam,
    /// Whether the user's notes have a channel each.
    #[id = "mpe"]
    pub mpe: IntParam,
    /// How late every second sixteenth comes, 0 (even) to 1 (as in triplets).
    #[id = "swing"]
    pub swing: FloatParam,
    /// How loosely the band plays, 0 to 1.
    #[id = "human"]
    pub humanise: FloatParam,
    /// Instruments are chosen for the voices when the transport starts.
    #[id = "progs"]
    pub programs: BoolParam,
    /// Everything passes through, the band is silent.
    #[id = "bypass"]
    pub bypass: BoolParam,
    /// Everything ends when it is switched on.
    #[id = "panic"]
    pub panic: BoolParam,
    /// How user and band play together.
    #[id = "mode"]
    pub mode: IntParam,
    /// How many measures a turn has, when they trade.
    #[id = "turn"]
    pub turn: IntParam,
    /// The band repeats its last measures.
    #[id = "freeze"]
    pub freeze: BoolParam,
    /// How many measures are repeated then.
    #[id = "frzlen"]
    pub freeze_length: IntParam,
    /// The band plays with another seed from when this is switched on.
    #[id = "regen"]
    pub regenerate: BoolParam,
    /// The plugin's own instruments are heard.
    #[id = "sound"]
    pub sound: BoolParam,
    /// How loud they are, 0 to 1.5.
    #[id = "loud"]
    pub loudness: FloatParam,
    /// The user is heard with them too.
    #[id = "hearme"]
    pub hear_me: BoolParam,
    /// Whose clock counts.
    #[id = "clock"]
    pub clock: IntParam,
    /// The own clock runs.
    #[id = "run"]
    pub run: BoolParam,
    /// Its tempo, in quarter notes a minute.
    #[id = "bpm"]
    pub tempo: FloatParam,
    /// The upper number of its meter.
    #[id = "num"]
    pub numerator: IntParam,
    /// The lower one.
    #[id = "den"]
    pub denominator: IntParam,
    /// How many measures are counted in.
    #[id = "count"]
    pub count_in: IntParam,
    /// Its beats are heard.
    #[id = "metro"]
    pub metronome: BoolParam,
    /// It starts with the first note.
    #[id = "first"]
    pub with_first_note: BoolParam,
    /// What starts and stops it from a keyboard. 0: nothing; then 128 keys, then 128 controllers.
    #[id = "runby"]
    pub run_by: IntParam,

    /// Whether somebody drums, and in which style.
    #[id = "drums"]
    pub drums: IntParam,
    /// The drummer plays along unheard.
    #[id = "drmute"]
    pub drum_mute: BoolParam,
    /// As a voice's.
    #[id = "drsolo"]
    pub drum_solo: BoolParam,
    /// How loud the drums of the sound inside are, 0 to 1.5.
    #[id = "drvol"]
    pub drum_volume: FloatParam,
    /// How much of the drummer's timing is played, 0 to 1.
    #[id = "drgroove"]
    pub groove: FloatParam,
    /// How much more or less than the band's energy the drummer gives, 0 to 1; a half as much.
    #[id = "drenergy"]
    pub drum_intensity: FloatParam,
    /// The user drums.
    #[id = "mydrums"]
    pub user_drums: BoolParam,

    /// Turned over whenever the chart changes, which is no parameter: a host marks its project as changed then. Nobody reads
    /// it.
    #[id = "charted"]
    pub charted: BoolParam,

    /// Each voice.
    #[nested(array, group = "Voice")]
    pub voices: [VoiceParams; MAX_VOICES],

    changed: Arc<AtomicBool>,
}

/// The parameters of one voice.
#[derive(Params)]
pub struct VoiceParams {
    /// It plays along.
    #[id = "on"]
    pub on: BoolParam,
    /// It plays along unheard.
    #[id = "mute"]
    pub mute: BoolParam,
    /// While any voice has this, only those that have it are heard.
    #[id = "solo"]
    pub solo: BoolParam,
    /// By how many octaves it is moved, −3 to 3.
    #[id = "oct"]
    pub octave: IntParam,
    /// Its lowest key.
    #[id = "low"]
    pub low: IntParam,
    /// Its highest key.
    #[id = "high"]
    pub high: IntParam,
    /// Its channel. 0: as the band says.
    #[id = "chan"]
    pub channel: IntParam,
    /// Its instrument inside. 0: as the band says.
    #[id = "inst"]
    pub instrument: IntParam,
    /// How loud that is, 0 to 1.5.
    #[id = "vol"]
    pub volume: FloatParam,
    /// Where it stands, −1 (left) to 1 (right).
    #[id = "pan"]
    pub pan: FloatParam,
}

impl std::fmt::Debug for BandParams {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BandParams").field("controls", &self.controls()).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for VoiceParams {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VoiceParams").field("on", &self.on).field("octave", &self.octave).finish_non_exhaustive()
    }
}

impl Default for BandParams {
    fn default() -> Self {
        let changed = Arc::new(AtomicBool::new(true));
        let make = Make(&changed);
        let percent = FloatRange::Linear { min: 0.0, max: 1.0 };
        let usual = Settings::new(&BandSpec::pop(), VoiceId::FIRST);
        let density = FloatRange::Skewed { min: 0.25, max: 4.0, factor: 0.5 };
        Self {
            file: BandFile::new(&changed),
            take: TakeHandle::default(),
            chart: ChartHandle::default(),
            kit: KitHandle::new(&changed),
            window: Remembered::default(),
            band: make.choice("Band", &Wanted::default(), &BANDS),
            user: make
                .int("My voice", 1, 1, 8)
                .with_value_to_string(Arc::new(text::voice))
                .with_string_to_value(Arc::new(text::parse_voice)),
            lookahead: make.choice("Lookahead", &usual.lookahead, &LOOKAHEADS),
            temperature: make
                .float("Temperature", usual.style.temperature, FloatRange::Linear { min: 0.0, max: 2.0 })
                .with_step_size(0.01)
                .with_value_to_string(formatters::v2s_f32_rounded(2)),
            density: make.percent("Density", usual.style.density, density),
            energy: make.signed_percent("Energy"),
            follow: make.percent("Velocity follow", usual.follow, percent),
            pitches: make.choice("Follow", &usual.pitches, &PITCHES),
            harmony: make.choice("Harmony", &usual.harmony, &HARMONIES),
            figures: make
                .choice("Figures", &usual.style.figures, &FIGURES)
                .with_string_to_value(Arc::new(|text| text::parse_figures(text, &FIGURES))),
            listen_first: make.int("Listen first", i32::from(usual.listen_first), 1, 16).with_unit(" measures"),
            play_on: make
                .int("Play on alone", i32::from(usual.play_on), 0, FOR_EVER)
                .with_value_to_string(Arc::new(|value| text::measures(value, FOR_EVER)))
                .with_string_to_value(Arc::new(|text| text::parse_measures(text, FOR_EVER))),
            key: make
                .int("Key", 0, 0, 24)
                .with_value_to_string(Arc::new(text::key))
                .with_string_to_value(Arc::new(text::parse_key)),
            thru: make.switch("Thru", true),
            listen_channel: make.channel("Listen to channel", "All"),
            chord_channel: make.channel("Chords on channel", "None"),
            hear_own: make.switch("Hear own output", usual.hear_own),
            keep_history: make.switch("Keep history over stops", usual.keep_history),
            seed: make.int("Seed", i32::try_from(usual.seed).unwrap_or(0), 0, 999_999),
            band_channel: make.channel("Band channel", "One per voice"),
            user_channel: make.choice("Your channel", &UserChannel::OfVoice, &USER_CHANNELS),
            mpe: make.choice("MPE", &MpeChoice::Automatic, &MPE),
            swing: make.percent("Swing", 0.0, percent),
            humanise: make.percent("Humanise", 0.0, percent),
            programs: make.switch("Program changes", false),
            bypass: make.switch("Bypass", false).make_bypass(),
            panic: make.switch("Panic", false),
            mode: make.choice("Mode", &usual.interplay, &MODES),
            turn: make.measures("Turn", usual.turn),
            freeze: make.switch("Freeze", false),
            freeze_length: make.measures("Freeze length", Settings::FREEZE_LENGTH),
            regenerate: make.switch("Regenerate", false),
            sound: make.switch("Sound", true),
            loudness: make.percent("Sound level", 1.0, LEVELS),
            hear_me: make.switch("Hear me", true),
            clock: make.choice("Clock", &false, &CLOCKS),
            run: make.switch("Run", false),
            tempo: make
                .float("Tempo", 120.0, FloatRange::Linear { min: 20.0, max: 400.0 })
                .with_step_size(0.01)
                .with_unit(" BPM")
                .with_value_to_string(Arc::new(text::tempo))
                .with_string_to_value(Arc::new(text::parse_tempo)),
            numerator: make.int("Beats a measure", 4, 1, 16),
            denominator: make.choice("Beat", &4, &BEATS),
            count_in: make
                .int("Count-in", 1, 0, 4)
                .with_value_to_string(Arc::new(|value| text::measures(value, FOR_EVER)))
                .with_string_to_value(Arc::new(|text| text::parse_measures(text, FOR_EVER))),
            metronome: make.switch("Metronome", false),
            with_first_note: make.switch("Start with my first note", true),
            run_by: make
                .int("Run by", 0, 0, 256)
                .with_value_to_string(Arc::new(text::switch))
                .with_string_to_value(Arc::new(text::parse_switch)),
            drums: make.choice("Drums", &DrumChoice::default(), &DRUMMING),
            drum_mute: make.switch("Drums mute", false),
            drum_solo: make.switch("Drums solo", false),
            drum_volume: make.percent("Drums level", 1.0, LEVELS),
            groove: make.percent("Groove", 1.0, percent),
            drum_intensity: make.signed_percent("Drums intensity"),
            user_drums: make.switch("I play the drums", false),
            charted: BoolParam::new("Chart changed", false).non_automatable().hide(),
            voices: std::array::from_fn(|index| VoiceParams::new(&make, index + 1)),
            changed,
        }
    }
}

impl VoiceParams {
    fn new(make: &Make<'_>, number: usize) -> Self {
        let key = |name: &str, default| {
            make.int(&format!("Voice {number} {name}"), default, 0, 127)
                .with_value_to_string(formatters::v2s_i32_key_formatter())
                .with_string_to_value(formatters::s2v_i32_key_formatter())
        };
        Self {
            on: make.switch(&format!("Voice {number}"), true),
            mute: make.switch(&format!("Voice {number} mute"), false),
            solo: make.switch(&format!("Voice {number} solo"), false),
            octave: make.int(&format!("Voice {number} octave"), 0, -3, 3).with_unit(" oct"),
            low: key("lowest key", 0),
            high: key("highest key", 127),
            channel: make.channel(&format!("Voice {number} channel"), "As the band says"),
            instrument: make.choice(&format!("Voice {number} instrument"), &None, &INSTRUMENTS),
            volume: make.percent(&format!("Voice {number} level"), 1.0, LEVELS),
            pan: make
                .float(&format!("Voice {number} pan"), 0.5, FloatRange::Linear { min: 0.0, max: 1.0 })
                .with_step_size(0.005)
                .with_value_to_string(Arc::new(text::pan))
                .with_string_to_value(Arc::new(text::parse_pan)),
        }
    }
}

impl BandParams {
    /// All values, if any may have changed since this was asked last.
    ///
    /// # Realtime safety
    /// Atomics only.
    pub fn take_changed(&self) -> Option<Controls> {
        // Reading is cheaper than swapping, and in most blocks nothing has changed.
        (self.changed.load(Ordering::Relaxed) && self.changed.swap(false, Ordering::Acquire)).then(|| self.controls())
    }

    /// All values.
    ///
    /// # Realtime safety
    /// Atomics only.
    #[must_use]
    pub fn controls(&self) -> Controls {
        Controls {
            bypass: self.bypass.value(),
            thru: self.thru.value(),
            listen: channel(self.listen_channel.value()),
            chord_channel: channel(self.chord_channel.value()),
            user: byte(self.user.value() - 1),
            lookahead: *meaning(&LOOKAHEADS, self.lookahead.value()),
            listen_first: byte(self.listen_first.value()),
            play_on: if self.play_on.value() == FOR_EVER { Settings::FOR_EVER } else { byte(self.play_on.value()) },
            hear_own: self.hear_own.value(),
            keep_history: self.keep_history.value(),
            key: tonality(self.key.value()),
            style: Style {
                temperature: self.temperature.value(),
                density: self.density.value(),
                energy: Energy::clamped(text::of_centre(self.energy.value())),
                figures: *meaning(&FIGURES, self.figures.value()),
            },
            seed: u64::try_from(self.seed.value()).unwrap_or(0),
            channels: channel(self.band_channel.value()).map_or(Channels::Own, Channels::One),
            user_channel: *meaning(&USER_CHANNELS, self.user_channel.value()),
            mpe: *meaning(&MPE, self.mpe.value()),
            voices: std::array::from_fn(|index| {
                let voice = &self.voices[index];
                let (low, high) = (Key::clamped(voice.low.value()), Key::clamped(voice.high.value()));
                VoiceControls {
                    on: voice.on.value(),
                    mute: voice.mute.value(),
                    solo: voice.solo.value(),
                    octave: i8::try_from(voice.octave.value()).unwrap_or(0),
                    range: KeyRange { low: low.min(high), high: high.max(low) },
                    channel: channel(voice.channel.value()),
                }
            }),
            drums: DrumControls {
                choice: *meaning(&DRUMMING, self.drums.value()),
                mute: self.drum_mute.value(),
                solo: self.drum_solo.value(),
                groove: f64::from(self.groove.value()),
                intensity: text::of_centre(self.drum_intensity.value()),
                user: self.user_drums.value(),
            },
            kit: self.kit.kit(),
            swing: f64::from(self.swing.value()),
            humanise: f64::from(self.humanise.value()),
            follow: self.follow.value(),
            pitches: *meaning(&PITCHES, self.pitches.value()),
            harmony: *meaning(&HARMONIES, self.harmony.value()),
            programs: self.programs.value(),
            panic: self.panic.value(),
            interplay: *meaning(&MODES, self.mode.value()),
            turn: byte(self.turn.value()),
            freeze: self.freeze.value(),
            freeze_length: byte(self.freeze_length.value()),
            regenerate: self.regenerate.value(),
            speaker: self.speaker(),
            own: self.own_clock(),
            wish: self.wish(),
        }
    }

    /// The clock of its own.
    fn own_clock(&self) -> OwnSettings {
        let meter = TimeSignature::new(byte(self.numerator.value()), *meaning(&BEATS, self.denominator.value()));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "20 to 400, in thousandths")]
        let tempo = (f64::from(self.tempo.value()) * 1000.0).round() as u32;
        let switch = byte(self.run_by.value() - 1);
        OwnSettings {
            chosen: *meaning(&CLOCKS, self.clock.value()),
            run: self.run.value(),
            tempo: tempo.max(1),
            meter: meter.unwrap_or(TimeSignature::FOUR_FOUR),
            count_in: byte(self.count_in.value()),
            metronome: self.metronome.value(),
            with_first_note: self.with_first_note.value(),
            switch: (self.run_by.value() > 0)
                .then(|| Key::new(switch).map_or(Switch::Control(switch & 127), Switch::Note)),
            listen: channel(self.listen_channel.value()),
        }
    }

    /// On which channel the computer's keyboard plays, counted from 0: on the one that is listened to, and never where
    /// keys only name chords.
    #[must_use]
    pub fn typed_on(&self) -> u8 {
        let listened = byte((self.listen_channel.value() - 1).max(0));
        let is_for_chords = i32::from(listened) + 1 == self.chord_channel.value();
        if is_for_chords && self.listen_channel.value() == 0 { listened + 1 } else { listened }
    }

    /// What is heard.
    fn speaker(&self) -> SpeakerSettings {
        SpeakerSettings {
            on: self.sound.value(),
            level: gain(self.loudness.value()),
            hear_me: self.hear_me.value(),
            listen: channel(self.listen_channel.value()),
            chord_channel: channel(self.chord_channel.value()),
            bypass: self.bypass.value(),
            drums: gain(self.drum_volume.value()),
            user_drums: self.user_drums.value(),
            kit: self.kit.kit(),
            voices: std::array::from_fn(|index| {
                let voice = &self.voices[index];
                Seat {
                    instrument: *meaning(&INSTRUMENTS, voice.instrument.value()),
                    level: gain(voice.volume.value()),
                    pan: text::of_centre(voice.pan.value()),
                }
            }),
        }
    }

    /// The wished band as a number, never 0: the choice, and for the user's own file how often
    /// its path was set.
    fn wish(&self) -> u64 {
        let choice = u64::from(byte(self.band.value())) + 1;
        if self.is_own_file() { choice | u64::from(self.file.revision.load(Ordering::Acquire)) << 8 } else { choice }
    }

    fn is_own_file(&self) -> bool {
        matches!(meaning(&BANDS, self.band.value()), Wanted::File(_))
    }
}

impl Wish for Arc<BandParams> {
    fn number(&self) -> u64 {
        self.wish()
    }

    fn wanted(&self) -> Wanted {
        match meaning(&BANDS, self.band.value()) {
            Wanted::File(_) => Wanted::File(self.file.map(|path| path.into())),
            band => band.clone(),
        }
    }
}

/// How loud a level of the knob is: as on a desk, its square.
fn gain(level: f32) -> f32 {
    level * level
}

fn byte(value: i32) -> u8 {
    u8::try_from(value.max(0)).unwrap_or(u8::MAX)
}

fn channel(number: i32) -> Option<Channel> {
    u8::try_from(number - 1).ok().and_then(Channel::new)
}

fn tonality(value: i32) -> Option<Tonality> {
    let index = u8::try_from(value - 1).ok()?;
    let mode = if index % 2 == 0 { Mode::Major } else { Mode::Minor };
    Some(Tonality { tonic: index / 2, mode })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bands::{BandLibrary, SharedBands};

    #[test]
    fn a_new_plugin_is_set_as_the_command_line_is_without_options() {
        let (controls, spec) = (BandParams::default().controls(), BandSpec::pop());
        assert_eq!(controls.settings(&spec), Settings::new(&spec, VoiceId::FIRST));
        assert_eq!(controls.freeze_length, Settings::FREEZE_LENGTH);
        // What the command line has no option for leaves the band's notes as they are.
        let sound = controls.sound(&spec);
        assert_eq!((sound.swing, sound.humanise, sound.audible), (0.0, 0.0, controls.settings(&spec).band()));
        for (voice, sounds) in spec.voices.iter().zip(&sound.voices) {
            assert_eq!((sounds.channel, sounds.shift, sounds.range), (voice.channel, 0, KeyRange::FULL));
        }
        let usual = SharedBands.load(&Arc::new(BandParams::default()).wanted()).expect("it ships");
        assert_eq!(usual.spec.name, model::systems::band_file::Band::USUAL);
    }
}
