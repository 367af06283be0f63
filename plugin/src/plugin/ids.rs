//! Notes by the numbers that a host gives them (CLAP's note ids).

use model::{Channel, Key};

/// Which number the last note on each key of each channel has. A host may say of a note just its number: that one ends,
/// and no other.
///
/// # Realtime safety
/// Of fixed size: nothing allocates.
#[derive(Debug)]
pub(super) struct NoteIds(Box<[[Option<i32>; 128]; 16]>);

impl Default for NoteIds {
    fn default() -> Self {
        Self(Box::new([[None; 128]; 16]))
    }
}

impl NoteIds {
    /// A note begins there; it has this number, if it has one.
    pub(super) fn strike(&mut self, (channel, key): (Channel, Key), id: Option<i32>) {
        if id.is_some() {
            // A number that is given again is the new note's alone.
            self.0.iter_mut().flatten().filter(|known| **known == id).for_each(|known| *known = None);
        }
        self.0[usize::from(channel.get())][usize::from(key.get())] = id;
    }

    /// Where the note of this number began.
    pub(super) fn place_of(&self, id: i32) -> Option<(Channel, Key)> {
        let place = self.0.iter().flatten().position(|&known| known == Some(id))?;
        let number = |value: usize| u8::try_from(value).ok();
        Some((Channel::new(number(place / 128)?)?, Key::new(number(place % 128)?)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_found_by_its_number_as_long_as_no_other_has_it() {
        let place = |channel, key| (Channel::new(channel).expect("a channel"), Key::new(key).expect("a key"));
        let mut ids = NoteIds::default();
        ids.strike(place(3, 60), Some(7));
        ids.strike(place(15, 127), Some(8));
        ids.strike(place(0, 0), None);
        assert_eq!(
            (ids.place_of(7), ids.place_of(8), ids.place_of(9)),
            (Some(place(3, 60)), Some(place(15, 127)), None)
        );
        ids.strike(place(3, 61), Some(7));
        assert_eq!(ids.place_of(7), Some(place(3, 61)), "given again");
        ids.strike(place(3, 61), None);
        assert_eq!(ids.place_of(7), None, "struck again without one");
    }
}
