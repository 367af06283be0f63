//! What a player chooses in the plugin before playing.

use std::path::PathBuf;

use model::music::kit::SHIPPED;
use model::systems::band_file::Band;
use model::{BandSpec, Figures, HarmonyChoice, Hold, Lookahead, PitchFollow, Settings, VoiceId};

use crate::host::Instance;

/// Where a band comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// It is embedded in the plugin under this name.
    Embedded(String),
    /// This file.
    File(PathBuf),
}

/// The choices; the rest stays as the plugin has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// The band.
    pub band: Source,
    /// The place in the band of the voice that is played, from 0.
    pub voice: usize,
    /// Is just the next measure predicted, not the second-next?
    pub next: bool,
    /// The seed, up to 999 999.
    pub seed: u32,
    /// Do the player's notes pass through?
    pub thru: bool,
    /// Are the plugin's own instruments heard?
    pub sound: bool,
    /// How far the band's pitches follow what the player holds.
    pub pitches: PitchFollow,
    /// Which chords the band is told where no chart says any.
    pub harmony: HarmonyChoice,
    /// In which of people's figures what is planned is played.
    pub figures: Figures,
    /// How much the band gives, in percent, −100 to 100.
    pub energy: i8,
    /// Whether somebody drums, and in which style: as the parameter's text.
    pub drums: String,
    /// Does the player drum?
    pub user_drums: bool,
    /// How much of the drummer's timing is played, in percent.
    pub groove: u8,
    /// The keys of the drums: the place of a kit that ships, where it is another than the usual one.
    pub kit: usize,
    /// The chart by which the band plays, as it stands in a state; empty: none.
    pub chart: String,
}

impl Default for Setup {
    fn default() -> Self {
        let usual = Settings::new(&BandSpec::pop(), VoiceId::FIRST);
        Self {
            band: Source::Embedded(Band::USUAL.into()),
            voice: usual.user.index(),
            next: usual.lookahead == Lookahead::Next,
            seed: u32::try_from(usual.seed).unwrap_or(0),
            // What the player plays is known anyway.
            thru: false,
            sound: true,
            pitches: usual.pitches,
            harmony: usual.harmony,
            figures: usual.style.figures,
            // As the band plays by itself.
            energy: 0,
            drums: "Off".into(),
            user_drums: false,
            groove: 100,
            kit: 0,
            chart: String::new(),
        }
    }
}

impl Setup {
    /// Chooses all this in an instance.
    ///
    /// # Errors
    /// If the plugin lacks a parameter or refuses a value.
    pub fn apply(&self, instance: &mut dyn Instance) -> anyhow::Result<()> {
        match &self.band {
            Source::Embedded(name) => instance.set("Band", name)?,
            Source::File(path) => instance.load_band(path)?,
        }
        if !self.chart.is_empty() {
            instance.load_chart(&self.chart)?;
        }
        if let Some((_, kit)) = SHIPPED.get(self.kit).filter(|_| self.kit > 0) {
            instance.load_kit(kit)?;
        }
        instance.set("My voice", &(self.voice + 1).to_string())?;
        instance.set("Lookahead", if self.next { "next" } else { "second-next" })?;
        let follow = match self.pitches {
            PitchFollow::Off => "off",
            PitchFollow::AvoidClashes => "avoid clashes",
            PitchFollow::Chords => "chords",
        };
        instance.set("Follow", follow)?;
        let harmony = match self.harmony {
            HarmonyChoice { foretell: false, hold: Hold::Never } => "off",
            HarmonyChoice { foretell: true, hold: Hold::Never } => "foretold",
            HarmonyChoice { foretell: false, hold: Hold::Repeats } => "held",
            HarmonyChoice { foretell: true, hold: Hold::Repeats } => "foretold and held",
            HarmonyChoice { foretell: true, hold: Hold::Loops } => "loops held",
            HarmonyChoice { foretell: false, hold: Hold::Loops } => {
                anyhow::bail!(
                    "the plugin holds loops only where chords are foretold: leave out --harmony=off, or --hold=loops"
                )
            }
        };
        instance.set("Harmony", harmony)?;
        instance.set("Figures", &self.figures.to_string())?;
        instance.set("Seed", &self.seed.to_string())?;
        instance.set("Energy", &format!("{} %", self.energy))?;
        instance.set("Drums", &self.drums)?;
        instance.set("I play the drums", if self.user_drums { "on" } else { "off" })?;
        instance.set("Groove", &format!("{} %", self.groove))?;
        instance.set("Sound", if self.sound { "on" } else { "off" })?;
        instance.set("Thru", if self.thru { "on" } else { "off" })
    }
}
