//! How a band accompanies: as its net plans, in people's figures, or in those of one texture.

use std::fmt;
use std::str::FromStr;

/// In which figures what is planned is played, by a band that has any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Figures {
    /// None: as it is planned.
    Off,
    /// People's, as they fit.
    #[default]
    Automatic,
    /// People's of one texture.
    In(Texture),
}

impl Figures {
    /// Are there any?
    #[must_use]
    pub const fn are_played(self) -> bool {
        !matches!(self, Self::Off)
    }

    /// The texture that is asked for.
    #[must_use]
    pub const fn texture(self) -> Option<Texture> {
        match self {
            Self::In(texture) => Some(texture),
            Self::Off | Self::Automatic => None,
        }
    }
}

/// A way to accompany, as chords and bass share a measure. The word is AccoMontage's (Zhao and Xia 2021).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Texture {
    /// Chords ring: one or two a measure.
    Held,
    /// Full chords on the quarters.
    Quarters,
    /// The bass first, then the chord: boom-chick, and a waltz in three.
    BassAndChords,
    /// Single tones in eighths, after the bass.
    Broken,
    /// A few tones, and air.
    Open,
    /// A chord on one, and eighths that go on, over a bass that lies.
    Flowing,
    /// Chord and tone in turn in eighths, over a bass on one and three.
    Rocking,
    /// Single tones in sixteenths, after the bass.
    Rolling,
    /// Chords on the quarters, sixteenths between.
    Sixteenths,
    /// A bass that moves in eighths, and chords over it.
    Driving,
}

/// No texture has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there are no figures `{0}`: choose on (as they fit), off, {names}", names = names())]
pub struct NoSuchFigures(String);

impl Texture {
    /// All of them, from calm to busy in the main, as the bank of figures numbers them.
    pub const ALL: [Self; 10] = [
        Self::Held,
        Self::Quarters,
        Self::BassAndChords,
        Self::Broken,
        Self::Open,
        Self::Flowing,
        Self::Rocking,
        Self::Rolling,
        Self::Sixteenths,
        Self::Driving,
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
            Self::Held => "held",
            Self::Quarters => "quarters",
            Self::BassAndChords => "bass-and-chords",
            Self::Broken => "broken",
            Self::Open => "open",
            Self::Flowing => "flowing",
            Self::Rocking => "rocking",
            Self::Rolling => "rolling",
            Self::Sixteenths => "sixteenths",
            Self::Driving => "driving",
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Off => "off",
            Self::Automatic => "on",
            Self::In(texture) => texture.name(),
        })
    }
}

impl FromStr for Figures {
    type Err = NoSuchFigures;

    fn from_str(text: &str) -> Result<Self, NoSuchFigures> {
        let plain =
            |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        let wanted = plain(text);
        match wanted.as_str() {
            "off" | "false" | "no" | "0" => return Ok(Self::Off),
            "on" | "true" | "yes" | "1" | "automatic" => return Ok(Self::Automatic),
            _ => {}
        }
        let found = Texture::ALL.into_iter().find(|texture| plain(texture.name()) == wanted);
        found.map(Self::In).ok_or_else(|| NoSuchFigures(text.to_owned()))
    }
}

fn names() -> String {
    Texture::ALL.map(Texture::name).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_found_by_their_names_however_they_are_written() {
        for (place, texture) in Texture::ALL.into_iter().enumerate() {
            assert_eq!((texture.index(), texture.name().parse()), (place, Ok(Figures::In(texture))));
        }
        for figures in [Figures::Off, Figures::Automatic] {
            assert_eq!(figures.to_string().parse(), Ok(figures));
        }
        assert_eq!("Bass and chords".parse(), Ok(Figures::In(Texture::BassAndChords)));
        let refused = "polka".parse::<Figures>().expect_err("none").to_string();
        assert!(refused.starts_with("there are no figures `polka`: choose on (as they fit), off, held, "), "{refused}");
    }
}
