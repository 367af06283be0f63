//! A plugin set up and ready to play scripts: what most tests begin with.

use model::Channel;
use model::midi_file::Song;

use crate::event::{ClipNote, clip};
use crate::host::{Dialects, Format, Host, Instance};
use crate::setup::Setup;
use crate::take::{Heard, Pace, Playing, Take};
use crate::timeline::{STEP, Timeline};
use crate::transport::Script;
use crate::tune;

/// The longest block of a stage, in samples.
pub const MOST_FRAMES: u32 = 16_384;

/// The bundled plugin, the project's own tune, and a sample rate.
#[derive(Debug)]
pub struct Stage {
    host: Host,
    /// What is played.
    pub song: Song,
    /// What is chosen.
    pub setup: Setup,
    /// The sample rate, in Hz.
    pub rate: u32,
}

impl Stage {
    /// The first measures of the tune at this tempo (quarter notes a minute), at 48 kHz, with the
    /// bundle of this format.
    ///
    /// # Panics
    /// If there is no bundle: says how to make it.
    #[must_use]
    pub fn new(format: Format, measures: usize, tempo: f64) -> Self {
        let host = Host::load_bundled(format).unwrap_or_else(|error| panic!("{error:#}"));
        let whole = tune::song();
        let mut song = Song::steady(model::TimeSignature::FOUR_FOUR, tempo, measures).expect("4/4 is supported");
        let notes = whole.tracks[0].notes(whole.spans());
        song.add_notes(model::midi_file::Track::new("Lead"), notes);
        Self { host, song, setup: Setup::default(), rate: 48_000 }
    }

    /// The same in a host that takes only such notes.
    #[must_use]
    pub fn taking(self, dialects: Dialects) -> Self {
        Self { host: self.host.taking(dialects), ..self }
    }

    /// The same music with a second hand, which plays chords.
    #[must_use]
    pub fn with_chords(mut self) -> Self {
        let mut notes = self.song.tracks[0].notes(self.song.spans());
        notes.extend(tune::chords(u32::try_from(self.song.len()).expect("few measures")));
        self.song.tracks.clear();
        self.song.add_notes(model::midi_file::Track::new("Lead"), notes);
        self
    }

    /// A script over this music, without moves.
    #[must_use]
    pub fn script(&self) -> Script {
        Script::new(Timeline::of(&self.song), self.rate)
    }

    /// The script that plays the music from beginning to end and stops.
    #[must_use]
    pub fn straight(&self) -> Script {
        self.script().roll(0..self.end()).halt(i64::from(MOST_FRAMES))
    }

    /// The tick at which the music ends.
    #[must_use]
    pub fn end(&self) -> i64 {
        self.song.spans().last().map_or(0, |span| i64::from(span.end()) * STEP)
    }

    /// The player's notes, on the channel of the voice that is played, or of drums.
    #[must_use]
    pub fn clip(&self) -> Vec<ClipNote> {
        let voice = Channel::new(u8::try_from(self.setup.voice).expect("few voices")).expect("a channel");
        let channel = if self.setup.user_drums { model::music::drums::Drum::channel() } else { voice };
        clip(&self.song.tracks[0], self.song.spans(), channel)
    }

    /// An instance with everything chosen, active.
    ///
    /// # Panics
    /// If the plugin refuses.
    #[must_use]
    pub fn instance(&self, offline: bool) -> Box<dyn Instance> {
        let mut instance = self.host.instance().expect("an instance");
        instance.render_offline(offline).expect("the plugin knows of offline rendering");
        self.setup.apply(instance.as_mut()).unwrap_or_else(|error| panic!("{error:#}"));
        instance.activate(self.rate, MOST_FRAMES).expect("it can be activated");
        instance
    }

    /// Plays a script offline through a new instance.
    ///
    /// # Panics
    /// If the plugin reports an error.
    #[must_use]
    pub fn take(&self, script: &Script, sizes: &[u32]) -> Take {
        self.take_with(self.instance(true).as_mut(), script, sizes, Pace::Free)
    }

    /// Plays a script through this instance.
    ///
    /// # Panics
    /// If the plugin reports an error.
    #[must_use]
    pub fn take_with(&self, instance: &mut dyn Instance, script: &Script, sizes: &[u32], pace: Pace) -> Take {
        let clip = self.clip();
        let playing = Playing { script, clip: &clip, sizes, pace, thru: self.setup.thru };
        playing.play(instance, |_| ()).expect("the plugin plays")
    }

    /// Plays a script offline, from this state on, through an instance that has been through much.
    ///
    /// # Panics
    /// If the plugin refuses the state, or reports an error.
    #[must_use]
    pub fn take_anew(&self, instance: &mut dyn Instance, state: &[u8], script: &Script) -> Take {
        instance.deactivate();
        instance.load(state).expect("a state");
        instance.activate(self.rate, MOST_FRAMES).expect("it can be activated");
        // The offs of what sounded come first.
        instance.process(512, None, &[], &mut Vec::new()).expect("it plays");
        self.take_with(instance, script, &[512], Pace::Free)
    }
}

/// What is the same at every sample rate: (move, tick, channel, key, velocity) of each note.
#[must_use]
pub fn music(take: &Take) -> Vec<(usize, i64, u8, u8, u8)> {
    let of = |note: &Heard| (note.move_index, note.tick, note.channel.get(), note.key.get(), note.velocity.get());
    let mut music: Vec<_> = take.notes.iter().map(of).collect();
    music.sort_unstable();
    music
}
