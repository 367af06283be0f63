//! Styles of drumming, as the Groove MIDI Dataset names them.

use std::fmt;
use std::str::FromStr;

/// How many styles there are.
pub(super) const STYLES: usize = DrumStyle::ALL.len();

/// What a drummer would call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DrumStyle {
    /// Afrobeat and highlife.
    Afrobeat,
    /// Afro-Cuban: bembe, rhumba, calypso.
    Afrocuban,
    /// Blues shuffles.
    Blues,
    /// Country: train beats.
    Country,
    /// Dance: disco, breakbeats.
    Dance,
    /// Funk.
    Funk,
    /// Hip-hop.
    Hiphop,
    /// Jazz: swing, marches, fusion.
    Jazz,
    /// Latin: samba, bossa nova, reggaeton.
    Latin,
    /// New Orleans: second line.
    Neworleans,
    /// Pop.
    Pop,
    /// Punk.
    Punk,
    /// Reggae.
    Reggae,
    /// Rock.
    Rock,
    /// Soul, Motown, gospel.
    Soul,
}

/// No style has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no style `{0}`: choose automatic, {names}", names = names())]
pub struct NoSuchDrumStyle(String);

impl DrumStyle {
    /// All of them, in the order in which nets know them.
    pub const ALL: [Self; 15] = [
        Self::Afrobeat,
        Self::Afrocuban,
        Self::Blues,
        Self::Country,
        Self::Dance,
        Self::Funk,
        Self::Hiphop,
        Self::Jazz,
        Self::Latin,
        Self::Neworleans,
        Self::Pop,
        Self::Punk,
        Self::Reggae,
        Self::Rock,
        Self::Soul,
    ];

    /// Its place in [`Self::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Its name, in small letters.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Afrobeat => "afrobeat",
            Self::Afrocuban => "afrocuban",
            Self::Blues => "blues",
            Self::Country => "country",
            Self::Dance => "dance",
            Self::Funk => "funk",
            Self::Hiphop => "hiphop",
            Self::Jazz => "jazz",
            Self::Latin => "latin",
            Self::Neworleans => "neworleans",
            Self::Pop => "pop",
            Self::Punk => "punk",
            Self::Reggae => "reggae",
            Self::Rock => "rock",
            Self::Soul => "soul",
        }
    }

    /// The style and the tempo in quarter notes a minute that the name of a file of the Groove MIDI Dataset says:
    /// `drummer1-session1-3_funk-fast_80_beat_4-4.mid` is funk at 80. What it does not say is `None`.
    #[must_use]
    pub fn of_file(name: &str) -> (Option<Self>, Option<f32>) {
        let mut words = name.split('_').skip(1);
        let style = words.next().and_then(|word| match word.split('-').next().unwrap_or(word) {
            "highlife" => Some(Self::Afrobeat),
            "gospel" => Some(Self::Soul),
            other => other.parse().ok(),
        });
        let tempo = words.next().and_then(|word| word.parse().ok()).filter(|bpm| (20.0..=400.0).contains(bpm));
        (style, tempo)
    }
}

impl fmt::Display for DrumStyle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for DrumStyle {
    type Err = NoSuchDrumStyle;

    fn from_str(text: &str) -> Result<Self, NoSuchDrumStyle> {
        let plain: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
        let found = Self::ALL.into_iter().find(|style| style.name().eq_ignore_ascii_case(&plain));
        found.ok_or_else(|| NoSuchDrumStyle(text.to_owned()))
    }
}

fn names() -> String {
    DrumStyle::ALL.map(DrumStyle::name).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_names_its_style_and_tempo() {
        let check = |name: &str, expected| assert_eq!(DrumStyle::of_file(name), expected, "{name}");
        check("drummer1-session1-126_funk-fast_125_beat_4-4.mid", (Some(DrumStyle::Funk), Some(125.0)));
        check("drummer2-session2-142_gospel_120_beat_4-4.mid", (Some(DrumStyle::Soul), Some(120.0)));
        check("drummer1-session1-12_middleeastern_97_beat_4-4.mid", (None, Some(97.0)));
        check("beat.mid", (None, None));
        check("a_rock_9999999_b.mid", (Some(DrumStyle::Rock), None));
    }

    #[test]
    fn styles_are_found_by_their_names_however_they_are_written() {
        for (place, style) in DrumStyle::ALL.into_iter().enumerate() {
            assert_eq!((style.index(), style.to_string().parse()), (place, Ok(style)));
        }
        assert_eq!("Hip-Hop".parse(), Ok(DrumStyle::Hiphop));
        let refused = "polka".parse::<DrumStyle>().expect_err("no style").to_string();
        assert!(refused.starts_with("there is no style `polka`: choose automatic, afrobeat, "), "{refused}");
    }
}
