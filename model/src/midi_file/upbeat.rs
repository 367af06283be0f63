//! Where the first bar line seems to be missing.

use super::DRUMS;
use super::file::MidiFile;
use super::pickup::Pickup;

/// The fewest notes that tell where bars begin. Chosen: some eight bars of a tune.
const FEWEST: usize = 24;

impl MidiFile {
    /// The upbeat with which the file seems to begin, where nothing in it says so and the bars as they are written are
    /// plainly misplaced: notes begin and last where bar lines should be, and do not where they are.
    #[must_use]
    pub fn likely_pickup(&self) -> Option<Pickup> {
        let song = self.song();
        let [only] = song.meters() else { return None };
        let bar = usize::from(u8::try_from(only.meter.steps()?).ok()?);
        let beat = 16 / usize::from(only.meter.denominator().min(16));
        // How long the notes last that begin on each step of the bar, how many sound on over it, and the first and the last step of all.
        let mut held = vec![0_u64; bar];
        let mut held_over = vec![0_usize; bar];
        let (mut first, mut last, mut strokes) = (u32::MAX, 0, 0);
        for track in song.tracks.iter().filter(|track| track.channel.get() != DRUMS) {
            for note in track.notes(song.spans()) {
                held[note.start as usize % bar] += u64::from(note.end - note.start).min(bar as u64);
                for line in (note.start + 1..note.end).take(bar) {
                    held_over[line as usize % bar] += 1;
                }
                (first, last, strokes) = (first.min(note.start), last.max(note.end), strokes + 1);
            }
        }
        if strokes < FEWEST || first >= u32::try_from(beat).ok()? {
            return None;
        }
        let best = (beat..bar).step_by(beat).max_by_key(|&at| (held[at], std::cmp::Reverse(at)))?;
        let plainly = held[best] * 2 > held[0] * 3;
        // Of even notes the end tells: a last bar that is full only if the first is an upbeat.
        let over = last as usize % bar;
        let whole = over > 0 && over.is_multiple_of(beat) && over * 2 <= bar && held[over] * 4 >= held[0] * 3;
        let whole = whole && held_over[over] == 0;
        let at = if plainly { Some(best) } else { whole.then_some(over) }?;
        #[expect(clippy::cast_precision_loss, reason = "steps of a bar")]
        Pickup::new(at as f64 / 4.0).ok()
    }
}
