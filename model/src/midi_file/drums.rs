//! Drums in MIDI files: read as they were struck, beside the grid too, and written so.

use midly::MidiMessage;
use midly::num::u7;

use super::file::MidiFile;
use super::performance::{Performance, PlayedNote};
use super::song::{Song, Track};
use crate::music::drums::{Drum, DrumHit, DrumMeasure};
use crate::music::kit::Kit;
use crate::music::note::{Channel, Velocity};

/// The program of a drum track. Required by General MIDI: the standard kit.
const STANDARD_KIT: u8 = 0;

impl MidiFile {
    /// What its drummers play in every measure of the song: its tracks on the tenth channel, and those named Drums. `None`
    /// where nobody strikes a drum.
    #[must_use]
    pub fn drums(&self) -> Option<Vec<DrumMeasure>> {
        self.drums_on(&Kit::GENERAL_MIDI)
    }

    /// The same of drummers on this kit's keys.
    #[must_use]
    pub fn drums_on(&self, kit: &Kit) -> Option<Vec<DrumMeasure>> {
        let song = self.song();
        let mut measures: Vec<DrumMeasure> = song.spans().iter().map(|span| DrumMeasure::silent(span.steps)).collect();
        let mut found = false;
        for note in self.drum_tracks().into_iter().flat_map(|track| self.notes(track)) {
            let Some(drum) = kit.hears(note.key) else { continue };
            let step = song.step(note.on);
            let at = song.spans().partition_point(|span| span.end() <= step);
            let (Some(span), Some(measure)) = (song.spans().get(at), measures.get_mut(at)) else { continue };
            let offset = between(song.tick(step), note.on) / between(0, u64::from(song.resolution()) / 4);
            let step = u8::try_from(step - span.start).unwrap_or(u8::MAX);
            measure.strike(DrumHit { step, drum, velocity: note.velocity, offset });
            found = true;
        }
        found.then_some(measures)
    }
}

/// How many ticks the second lies behind the first.
#[expect(clippy::cast_precision_loss, reason = "less than a step")]
fn between(first: u64, second: u64) -> f32 {
    if first <= second { (second - first) as f32 } else { -((first - second) as f32) }
}

/// A drum track of these measures, from the song's first on, on this kit's keys, as it is played: every stroke lies beside
/// its step by `groove` (0 to 1) of its offset. A stroke before the music's beginning is played there; of drums that share
/// a key and are struck at once, the hardest is heard.
#[must_use]
pub fn drum_track(song: &Song, measures: &[DrumMeasure], groove: f32, kit: &Kit) -> Track {
    let resolution = song.resolution();
    let step_ticks = i64::from(resolution) / 4;
    let mut played = Performance { resolution, ..Performance::default() };
    for (span, measure) in song.spans().iter().zip(measures) {
        for hit in measure.hits() {
            let step = i64::try_from(song.tick(span.start + u32::from(hit.step))).unwrap_or(i64::MAX);
            let on = u64::try_from(step + beside(hit.offset, groove, step_ticks)).unwrap_or(0);
            let off = on + u64::from(resolution) / 8;
            played.notes.push(PlayedNote { on, off, key: kit.plays(hit.drum), velocity: hit.velocity });
        }
    }
    played.notes.sort_by_key(|note| (note.key, note.on, std::cmp::Reverse(note.velocity)));
    // The latest stroke of a step and the earliest of the next may fall together: the harder stays. A key that is struck
    // again is released before.
    played.notes.dedup_by_key(|note| (note.key, note.on));
    for at in 1..played.notes.len() {
        let next = played.notes[at];
        let note = &mut played.notes[at - 1];
        if note.key == next.key {
            note.off = note.off.min(next.on);
        }
    }
    for note in &played.notes {
        let key = u7::new(note.key.get());
        let on = MidiMessage::NoteOn { key, vel: u7::new(note.velocity.get()) };
        let off = MidiMessage::NoteOff { key, vel: u7::new(Velocity::DEFAULT.get()) };
        played.messages.extend([(note.on, on), (note.off, off)]);
    }
    played.put_in_order();
    let channel: Channel = Drum::channel();
    Track { channel, program: STANDARD_KIT, performance: Some(played), ..Track::new("Drums") }
}

/// So much of an offset in ticks.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "below a step")]
fn beside(offset: f32, groove: f32, step_ticks: i64) -> i64 {
    (f64::from(offset) * f64::from(groove.clamp(0.0, 1.0)) * step_ticks as f64).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::meter::TimeSignature;

    fn measures(steps: u8, count: usize) -> Vec<DrumMeasure> {
        let mut measure = DrumMeasure::silent(steps);
        let offsets = [-0.25, 0.5 - 1.0 / 120.0, 0.1, 0.0, -0.5, 0.2, 0.05, -0.1, 0.3];
        for ((drum, offset), step) in Drum::ALL.into_iter().zip(offsets).zip((0..steps).cycle()) {
            let velocity = Velocity::clamped(f32::from(20 + 10 * step));
            measure.strike(DrumHit { step, drum, velocity, offset });
            measure.strike(DrumHit { step: step + 1, drum, velocity, offset: 0.0 });
        }
        vec![measure; count]
    }

    fn file(meter: (u8, u8), groove: f32) -> (Vec<DrumMeasure>, Vec<DrumMeasure>) {
        let meter = TimeSignature::new(meter.0, meter.1).expect("a meter");
        let mut song = Song::steady(meter, 97.0, 4).expect("whole sixteenths");
        let played = measures(song.spans()[0].steps, 4);
        let track = drum_track(&song, &played, groove, &Kit::GENERAL_MIDI);
        song.tracks.push(track);
        let read = MidiFile::parse(song.to_bytes()).expect("a file").drums().expect("drums");
        (played, read)
    }

    #[test]
    fn strokes_are_read_as_they_were_written_beside_the_grid_too() {
        for meter in [(4, 4), (3, 4), (7, 8)] {
            let (played, read) = file(meter, 1.0);
            for (measure, (played, read)) in played.iter().zip(&read).enumerate() {
                for (a, b) in played.hits().zip(read.hits()) {
                    let early = measure == 0 && a.step == 0 && a.offset < 0.0;
                    let offset = if early { 0.0 } else { a.offset };
                    assert!((offset - b.offset).abs() < 1e-3, "{a:?} was read as {b:?} in {meter:?}");
                    assert_eq!((a.step, a.drum, a.velocity), (b.step, b.drum, b.velocity));
                }
                assert_eq!(played.hits().count(), read.hits().count());
            }
        }
    }

    #[test]
    fn without_groove_every_stroke_lies_on_its_sixteenth() {
        let (_, read) = file((4, 4), 0.0);
        assert!(read.iter().flat_map(DrumMeasure::hits).all(|hit| hit.offset == 0.0));
    }

    #[test]
    fn drums_are_written_anew_beside_the_grid_in_their_measures_alone() {
        let mut song = Song::steady(TimeSignature::FOUR_FOUR, 120.0, 4).expect("4/4");
        let old = measures(16, 4);
        song.tracks.push(drum_track(&song, &old, 0.0, &Kit::GENERAL_MIDI));
        let file = MidiFile::parse(song.to_bytes()).expect("a file");
        let mut new = DrumMeasure::silent(16);
        new.strike(DrumHit { step: 7, drum: Drum::Ride, velocity: Velocity::clamped(66.0), offset: 0.25 });
        let mut drums = vec![DrumMeasure::silent(16); 4];
        drums[1] = new;
        let added = drum_track(file.song(), &drums, 1.0, &Kit::GENERAL_MIDI);
        let played = added.performance.as_ref().expect("beside the grid").notes.clone();
        let voice = |tracks: Vec<usize>| crate::midi_file::NewVoice {
            tracks,
            added: added.clone(),
            anew: std::iter::once(16..32).collect(),
            line: Vec::new(),
            played: played.clone(),
        };
        let edited = file.with_voices(&[voice(file.drum_tracks())]);
        let read = MidiFile::parse(edited.bytes).expect("a file").drums().expect("drums");
        assert_eq!(
            (read[0], read[2], read[3]),
            (file.drums().expect("drums")[0], old_on_grid(&file, 2), old_on_grid(&file, 3))
        );
        let hits: Vec<DrumHit> = read[1].hits().collect();
        assert_eq!((hits.len(), hits[0].step, hits[0].drum), (1, 7, Drum::Ride));
        assert!((hits[0].offset - 0.25).abs() < 1e-2, "{hits:?}");
        // In a file without a drummer they get a track on the channel of drums.
        let none = Song::steady(TimeSignature::FOUR_FOUR, 120.0, 4).expect("4/4");
        let none = MidiFile::parse(none.to_bytes()).expect("a file");
        let added = MidiFile::parse(none.with_voices(&[voice(Vec::new())]).bytes).expect("a file");
        assert!(added.song().tracks.iter().any(|track| track.channel == Drum::channel()));
        assert_eq!(added.drums().expect("drums")[1].hits().count(), 1);
    }

    fn old_on_grid(file: &MidiFile, at: usize) -> DrumMeasure {
        file.drums().expect("drums")[at]
    }

    #[test]
    fn a_file_without_a_drummer_has_no_drums() {
        let song = Song::steady(TimeSignature::FOUR_FOUR, 120.0, 2).expect("4/4");
        assert!(MidiFile::parse(song.to_bytes()).expect("a file").drums().is_none());
    }
}
