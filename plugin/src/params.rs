//! The parameters: their ids, texts and ranges. Ids and the order of choices never change.

mod file;
mod make;
mod text;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use model::music::band::MAX_VOICES;
use model::{Channel, Interplay, Key, KeyRange, Lookahead, Mode, Settings, Style, Tonality};
use nice_plug::params::persist::PersistentField;
use nice_plug::prelude::*;

use crate::bands::Wanted;
use crate::editor::window::Remembered;
use crate::engine::{Channels, Controls, VoiceControls};
use crate::take::TakeHandle;
use crate::worker::Wish;
pub use file::BandFile;
use make::Make;

/// The choices of [`BandParams::band`]; new ones are added at the end.
const BANDS: &[&str] = &["Pop", "Chorale", "Loop rule", "n-gram", "Own file"];
const LOOKAHEADS: &[&str] = &["Second-next measure", "Next measure"];
/// The choices of [`BandParams::mode`]; new ones are added at the end.
const MODES: &[&str] = &["Accompany", "Trade", "Solo", "Continue"];
/// The value of [`BandParams::play_on`] that means: for ever.
const FOR_EVER: i32 = 65;

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

    /// Which band plays.
    #[id = "band"]
    pub band: IntParam,
    /// The voice that the user plays, from the band's highest.
    #[id = "user"]
    pub user: IntParam,
    /// How far ahead to predict.
    #[id = "ahead"]
    pub lookahead: IntParam,
    /// 0 to 2.
    #[id = "temp"]
    pub temperature: FloatParam,
    /// A factor, 0.25 to 4.
    #[id = "dens"]
    pub density: FloatParam,
    /// 0 to 1.
    #[id = "follow"]
    pub follow: FloatParam,
    /// Measures.
    #[id = "listen"]
    pub listen_first: IntParam,
    /// Measures.
    #[id = "playon"]
    pub play_on: IntParam,
    /// 0: tracked; then C major, C minor, C# major …
    #[id = "key"]
    pub key: IntParam,
    /// The user's events pass through.
    #[id = "thru"]
    pub thru: BoolParam,
    /// 0: all channels.
    #[id = "inchan"]
    pub listen_channel: IntParam,
    /// The band hears what it played.
    #[id = "hear"]
    pub hear_own: BoolParam,
    /// History and count outlive a stop.
    #[id = "keep"]
    pub keep_history: BoolParam,
    /// Everything random comes from this.
    #[id = "seed"]
    pub seed: IntParam,
    /// 0: each voice on its own channel.
    #[id = "outchn"]
    pub band_channel: IntParam,
    /// 0 to 1.
    #[id = "swing"]
    pub swing: FloatParam,
    /// 0 to 1.
    #[id = "human"]
    pub humanise: FloatParam,
    /// Choose the voices' instruments at the start.
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
    /// So many.
    #[id = "frzlen"]
    pub freeze_length: IntParam,
    /// Another seed when it is switched on.
    #[id = "regen"]
    pub regenerate: BoolParam,

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
    /// −3 to 3 octaves.
    #[id = "oct"]
    pub octave: IntParam,
    /// Its lowest key.
    #[id = "low"]
    pub low: IntParam,
    /// Its highest key.
    #[id = "high"]
    pub high: IntParam,
    /// 0: as the band says.
    #[id = "chan"]
    pub channel: IntParam,
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
        let density = FloatRange::Skewed { min: 0.25, max: 4.0, factor: 0.5 };
        Self {
            file: BandFile::new(&changed),
            take: TakeHandle::default(),
            window: Remembered::default(),
            band: make.choice("Band", 0, BANDS),
            user: make
                .int("My voice", 1, 1, 8)
                .with_value_to_string(Arc::new(text::voice))
                .with_string_to_value(Arc::new(text::parse_voice)),
            lookahead: make.choice("Lookahead", 0, LOOKAHEADS),
            temperature: make
                .float("Temperature", 1.0, FloatRange::Linear { min: 0.0, max: 2.0 })
                .with_step_size(0.01)
                .with_value_to_string(formatters::v2s_f32_rounded(2)),
            density: make.percent("Density", 1.0, density),
            follow: make.percent("Velocity follow", 0.5, percent),
            listen_first: make.int("Listen first", 1, 1, 16).with_unit(" measures"),
            play_on: make
                .int("Play on alone", 16, 0, FOR_EVER)
                .with_value_to_string(Arc::new(|value| text::measures(value, FOR_EVER)))
                .with_string_to_value(Arc::new(|text| text::parse_measures(text, FOR_EVER))),
            key: make
                .int("Key", 0, 0, 24)
                .with_value_to_string(Arc::new(text::key))
                .with_string_to_value(Arc::new(text::parse_key)),
            thru: make.switch("Thru", true),
            listen_channel: make.channel("Listen to channel", "All"),
            hear_own: make.switch("Hear own output", true),
            keep_history: make.switch("Keep history over stops", false),
            seed: make.int("Seed", 0, 0, 999_999),
            band_channel: make.channel("Band channel", "One per voice"),
            swing: make.percent("Swing", 0.0, percent),
            humanise: make.percent("Humanise", 0.0, percent),
            programs: make.switch("Program changes", false),
            bypass: make.switch("Bypass", false).make_bypass(),
            panic: make.switch("Panic", false),
            mode: make.choice("Mode", 0, MODES),
            turn: make.measures("Turn", 4),
            freeze: make.switch("Freeze", false),
            freeze_length: make.measures("Freeze length", 4),
            regenerate: make.switch("Regenerate", false),
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
            user: byte(self.user.value() - 1),
            lookahead: if self.lookahead.value() == 1 { Lookahead::Next } else { Lookahead::SecondNext },
            listen_first: byte(self.listen_first.value()),
            play_on: if self.play_on.value() == FOR_EVER { Settings::FOR_EVER } else { byte(self.play_on.value()) },
            hear_own: self.hear_own.value(),
            keep_history: self.keep_history.value(),
            key: tonality(self.key.value()),
            style: Style { temperature: self.temperature.value(), density: self.density.value() },
            seed: u64::try_from(self.seed.value()).unwrap_or(0),
            channels: channel(self.band_channel.value()).map_or(Channels::Own, Channels::One),
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
            swing: f64::from(self.swing.value()),
            humanise: f64::from(self.humanise.value()),
            follow: self.follow.value(),
            programs: self.programs.value(),
            panic: self.panic.value(),
            interplay: match self.mode.value() {
                1 => Interplay::Trade,
                2 => Interplay::Solo,
                3 => Interplay::Continue,
                _ => Interplay::Accompany,
            },
            turn: byte(self.turn.value()),
            freeze: self.freeze.value(),
            freeze_length: byte(self.freeze_length.value()),
            regenerate: self.regenerate.value(),
            wish: self.wish(),
        }
    }

    /// The wished band as a number, never 0: the choice, and for the user's own file how often
    /// its path was set.
    fn wish(&self) -> u64 {
        let choice = u64::from(byte(self.band.value())) + 1;
        if self.is_own_file() { choice | u64::from(self.file.revision.load(Ordering::Acquire)) << 8 } else { choice }
    }

    fn is_own_file(&self) -> bool {
        self.band.value() == 4
    }
}

impl Wish for Arc<BandParams> {
    fn number(&self) -> u64 {
        self.wish()
    }

    fn wanted(&self) -> Wanted {
        match self.band.value() {
            1 => Wanted::Chorale,
            2 => Wanted::LoopRule,
            3 => Wanted::NGram,
            _ if self.is_own_file() => Wanted::File(self.file.map(|path| path.into())),
            _ => Wanted::Pop,
        }
    }
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
