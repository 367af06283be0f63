//! What came over JACK, as notes.

/// A message of three bytes, at a sample of the transport.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message {
    pub(super) at: i64,
    pub(super) status: u8,
    pub(super) key: u8,
    pub(super) velocity: u8,
}

/// A note; times are samples of the transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Played {
    pub(super) on: i64,
    /// `None` if it never ends.
    pub(super) off: Option<i64>,
    pub(super) channel: u8,
    pub(super) key: u8,
    pub(super) velocity: u8,
}

/// A take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Recording {
    /// The notes, in the order of their onsets.
    pub(super) notes: Vec<Played>,
    /// Notes struck again before they ended.
    pub(super) doubled: usize,
    /// Note offs of no note.
    pub(super) orphans: usize,
    /// Messages that found no room.
    pub(super) lost: i64,
    /// Cycles that JACK took from a client, because the machine was too busy.
    pub(super) cycles: i64,
}

impl Recording {
    /// The notes of these messages, which are in order.
    pub(super) fn of(messages: impl Iterator<Item = Message>, lost: i64) -> Self {
        let mut recording = Self { lost, ..Self::default() };
        for Message { at, status, key, velocity } in messages {
            let (kind, channel) = (status & 0xf0, status & 0x0f);
            let open = |note: &&mut Played| note.channel == channel && note.key == key && note.off.is_none();
            let sounding = recording.notes.iter_mut().rev().find(open);
            match (kind, velocity, sounding) {
                (0x80, _, Some(note)) | (0x90, 0, Some(note)) => note.off = Some(at),
                (0x80, _, None) | (0x90, 0, None) => recording.orphans += 1,
                (0x90, _, sounding) => {
                    recording.doubled += usize::from(sounding.is_some());
                    recording.notes.push(Played { on: at, off: None, channel, key, velocity });
                }
                _ => {}
            }
        }
        recording
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_told_from_what_is_wrong_with_them() {
        let message = |at, status, key, velocity| Message { at, status, key, velocity };
        let messages = [
            message(0, 0x90, 60, 80),
            message(9, 0x91, 62, 80),
            message(20, 0x90, 60, 0),
            message(30, 0x91, 62, 70),
            message(40, 0x81, 62, 0),
            message(50, 0x80, 64, 0),
            message(60, 0xb0, 123, 0),
        ];
        let recording = Recording::of(messages.into_iter(), 0);
        let ends: Vec<_> = recording.notes.iter().map(|note| (note.on, note.key, note.off)).collect();
        assert_eq!(ends, [(0, 60, Some(20)), (9, 62, None), (30, 62, Some(40))]);
        assert_eq!((recording.doubled, recording.orphans), (1, 1));
    }
}
