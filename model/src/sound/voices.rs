//! The voices, and who has to go when there are too many.

use super::voice::{State, Voice};

/// How many notes sound at once. Chosen: three times the keys that four players hold down.
pub(super) const FULL: usize = 32;

/// How many more may be on their way out. Chosen: half as many.
const LEAVING: usize = 16;

/// All voices of the synthesiser.
#[derive(Clone, Debug)]
pub(super) struct Voices {
    all: Vec<Voice>,
    number: u32,
}

impl Voices {
    pub(super) fn new() -> Self {
        Self { all: vec![Voice::default(); FULL + LEAVING], number: 0 }
    }

    /// Those that sound.
    pub(super) fn sounding(&mut self) -> impl Iterator<Item = &mut Voice> {
        self.all.iter_mut().filter(|voice| voice.state != State::Free)
    }

    /// Does none sound?
    pub(super) fn is_silent(&self) -> bool {
        self.all.iter().all(|voice| voice.state == State::Free)
    }

    /// A voice for a new note, and the number of that note. Where too many sound, another goes. `None`: so many are on
    /// their way out that there is no place.
    pub(super) fn place(&mut self) -> Option<(&mut Voice, u32)> {
        let stays = |voice: &&mut Voice| !matches!(voice.state, State::Free | State::Leaving);
        if self.all.iter_mut().filter(stays).count() >= FULL
            && let Some(least) = self.all.iter_mut().filter(stays).min_by_key(|voice| voice.worth())
        {
            least.leave();
        }
        self.number = self.number.wrapping_add(1);
        let number = self.number;
        self.all.iter_mut().find(|voice| voice.state == State::Free).map(|voice| (voice, number))
    }

    /// All are free, at once.
    pub(super) fn clear(&mut self) {
        for voice in &mut self.all {
            voice.state = State::Free;
        }
        self.number = 0;
    }
}
