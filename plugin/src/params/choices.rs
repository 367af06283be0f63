//! The parameters that are one of a few: what each choice is called and what it means. Hosts save
//! the place of a choice, so that new ones are added at the end.

use std::path::PathBuf;

use model::sound::Instrument;
use model::systems::drummer::DrumStyle;
use model::{Figures, HarmonyChoice, Hold, Interplay, Lookahead, PitchFollow, Texture};

use crate::bands::Wanted;
use crate::engine::{DrumChoice, MpeChoice, UserChannel};

/// The choices of [`super::BandParams::band`].
pub(super) static BANDS: [(&str, Wanted); 5] = [
    ("Pop", Wanted::Pop),
    ("Chorale", Wanted::Chorale),
    ("Loop rule", Wanted::LoopRule),
    ("n-gram", Wanted::NGram),
    // Which file it is stands beside the parameter.
    ("Own file", Wanted::File(PathBuf::new())),
];

/// The choices of [`super::BandParams::lookahead`].
pub(super) static LOOKAHEADS: [(&str, Lookahead); 2] =
    [("Second-next measure", Lookahead::SecondNext), ("Next measure", Lookahead::Next)];

/// The choices of [`super::BandParams::user_channel`].
pub(super) static USER_CHANNELS: [(&str, UserChannel); 2] =
    [("Of my voice", UserChannel::OfVoice), ("As I play", UserChannel::AsPlayed)];

/// The choices of [`super::BandParams::mpe`].
pub(super) static MPE: [(&str, MpeChoice); 3] =
    [("Automatic", MpeChoice::Automatic), ("Off", MpeChoice::Off), ("On", MpeChoice::On)];

/// The choices of [`super::BandParams::clock`]: is it the own one?
pub(super) static CLOCKS: [(&str, bool); 2] = [("Host", false), ("Own", true)];

/// The choices of [`super::BandParams::denominator`].
pub(super) static BEATS: [(&str, u8); 4] = [("2", 2), ("4", 4), ("8", 8), ("16", 16)];

/// The choices of [`super::BandParams::mode`].
pub(super) static MODES: [(&str, Interplay); 4] = [
    ("Accompany", Interplay::Accompany),
    ("Trade", Interplay::Trade),
    ("Solo", Interplay::Solo),
    ("Continue", Interplay::Continue),
];

/// The choices of [`super::BandParams::pitches`].
pub(super) static PITCHES: [(&str, PitchFollow); 3] =
    [("Off", PitchFollow::Off), ("Avoid clashes", PitchFollow::AvoidClashes), ("Chords", PitchFollow::Chords)];

/// The choices of [`super::BandParams::harmony`].
pub(super) static HARMONIES: [(&str, HarmonyChoice); 5] = [
    ("Off", HarmonyChoice::OFF),
    ("Foretold", HarmonyChoice { foretell: true, hold: Hold::Never }),
    ("Held", HarmonyChoice { foretell: false, hold: Hold::Repeats }),
    ("Foretold and held", HarmonyChoice { foretell: true, hold: Hold::Repeats }),
    ("Loops held", HarmonyChoice { foretell: true, hold: Hold::Loops }),
];

/// The choices of [`super::BandParams::figures`].
pub(super) static FIGURES: [(&str, Figures); 12] = [
    ("Off", Figures::Off),
    ("Automatic", Figures::Automatic),
    ("Held chords", Figures::In(Texture::Held)),
    ("Quarter chords", Figures::In(Texture::Quarters)),
    ("Bass and chords", Figures::In(Texture::BassAndChords)),
    ("Broken chords", Figures::In(Texture::Broken)),
    ("Open", Figures::In(Texture::Open)),
    ("Flowing eighths", Figures::In(Texture::Flowing)),
    ("Rocking eighths", Figures::In(Texture::Rocking)),
    ("Rolling sixteenths", Figures::In(Texture::Rolling)),
    ("Sixteenth chords", Figures::In(Texture::Sixteenths)),
    ("Driving bass", Figures::In(Texture::Driving)),
];

/// The choices of [`super::BandParams::drums`].
pub(super) static DRUMMING: [(&str, DrumChoice); 17] = [
    ("Off", DrumChoice::Off),
    ("Automatic", DrumChoice::Automatic),
    ("Afrobeat", DrumChoice::In(DrumStyle::Afrobeat)),
    ("Afro-Cuban", DrumChoice::In(DrumStyle::Afrocuban)),
    ("Blues", DrumChoice::In(DrumStyle::Blues)),
    ("Country", DrumChoice::In(DrumStyle::Country)),
    ("Dance", DrumChoice::In(DrumStyle::Dance)),
    ("Funk", DrumChoice::In(DrumStyle::Funk)),
    ("Hip-hop", DrumChoice::In(DrumStyle::Hiphop)),
    ("Jazz", DrumChoice::In(DrumStyle::Jazz)),
    ("Latin", DrumChoice::In(DrumStyle::Latin)),
    ("New Orleans", DrumChoice::In(DrumStyle::Neworleans)),
    ("Pop", DrumChoice::In(DrumStyle::Pop)),
    ("Punk", DrumChoice::In(DrumStyle::Punk)),
    ("Reggae", DrumChoice::In(DrumStyle::Reggae)),
    ("Rock", DrumChoice::In(DrumStyle::Rock)),
    ("Soul", DrumChoice::In(DrumStyle::Soul)),
];

/// The choices of [`super::VoiceParams::instrument`].
pub(super) static INSTRUMENTS: [(&str, Option<Instrument>); 15] = [
    ("As the band says", None),
    offered(Instrument::ElectricPiano),
    offered(Instrument::Vibraphone),
    offered(Instrument::Organ),
    offered(Instrument::Pluck),
    offered(Instrument::ElectricBass),
    offered(Instrument::UprightBass),
    offered(Instrument::Strings),
    offered(Instrument::Choir),
    offered(Instrument::Brass),
    offered(Instrument::Flute),
    offered(Instrument::Lead),
    offered(Instrument::Pad),
    offered(Instrument::Drums),
    offered(Instrument::Click),
];

const fn offered(instrument: Instrument) -> (&'static str, Option<Instrument>) {
    (instrument.name(), Some(instrument))
}

/// The place of what is meant; 0 if it is no choice.
pub(super) fn place<T: PartialEq>(choices: &[(&str, T)], meant: &T) -> i32 {
    let place = choices.iter().position(|(_, choice)| choice == meant);
    place.and_then(|place| i32::try_from(place).ok()).unwrap_or(0)
}

/// What the choice at a place means; beyond the last, the first.
pub(super) fn meaning<T>(choices: &'static [(&'static str, T)], place: i32) -> &'static T {
    let choice = usize::try_from(place).ok().and_then(|place| choices.get(place));
    &choice.unwrap_or(&choices[0]).1
}
