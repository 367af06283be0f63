//! A picture of who played what: one row of measures under the other, as in a score.

use model::midi_file::{LongNote, MidiFile, Song, Span, Track};
use model::music::drums::{DRUMS, Drum, DrumMeasure};

use crate::canvas::{Canvas, Colour, LETTER, text_width};

/// What the pictures are drawn on.
pub const PAPER: Colour = [255, 255, 255];
const BLACK_KEYS: Colour = [243, 243, 243];
const STEP_LINE: Colour = [228, 228, 228];
const OCTAVE_LINE: Colour = [196, 196, 196];
const BAR_LINE: Colour = [96, 96, 96];
const INK: Colour = [32, 32, 32];

/// Colours that stay apart for colour-blind eyes (Okabe and Ito 2008); the first is the marked track's.
const COLOURS: [Colour; 8] = [
    [213, 94, 0],
    [0, 114, 178],
    [0, 158, 115],
    [204, 121, 167],
    [230, 159, 0],
    [86, 180, 233],
    [128, 112, 0],
    [0, 0, 0],
];

const MARGIN: i32 = 24;
/// Room for "C-1" beside a row.
const KEY_LABELS: i32 = 4 * LETTER;
/// Room for the measure numbers above a row.
const NUMBERS: i32 = LETTER + 8;
const KEY_HEIGHT: i32 = 7;
/// How high a drum's lane is: its name and a line.
const LANE: i32 = LETTER + 1;
/// How high all of them are.
const KIT_HEIGHT: i32 = LANE * 9;
const _: () = assert!(DRUMS == 9, "a lane for each drum");
/// One row: which measures it shows.
struct Row {
    measures: std::ops::Range<usize>,
    top: i32,
}

/// How the picture is divided.
struct Layout {
    step_width: i32,
    lowest: i32,
    highest: i32,
    /// How much of a row the drums take, under the keys; 0 where there are none.
    lanes: i32,
    rows: Vec<Row>,
}

/// A track that stands out: it comes first, on top, in a colour that no other track has, in any picture.
#[derive(Clone, Copy, Debug)]
pub struct Mark<'a> {
    /// Its name; letter case does not matter.
    pub track: &'a str,
    /// What the legend says of it.
    pub remark: &'a str,
}

/// Draws all tracks of a song, whose first measure has this number. A quiet song gives an empty roll.
#[must_use]
pub fn draw(song: &Song, title: &str, first_measure: usize, mark: Mark<'_>) -> Canvas {
    let is_marked = |name: &str| name.eq_ignore_ascii_case(mark.track);
    // Drums stand on lanes by name, under the keys.
    let drums = MidiFile::parse(song.to_bytes()).ok().and_then(|file| file.drums());
    let on_keys = |track: &&Track| drums.is_none() || track.channel != Drum::channel();
    let mut tracks: Vec<_> = song.tracks.iter().filter(on_keys).collect();
    tracks.sort_by_key(|track| !is_marked(&track.name));
    // Where the marked track is missing, its colour is too.
    let first = usize::from(tracks.first().is_none_or(|track| !is_marked(&track.name)));
    let voices: Vec<(&str, Vec<LongNote>)> =
        tracks.iter().map(|track| (track.name.as_str(), track.notes(song.spans()))).collect();
    let legend_top = MARGIN + 2 * LETTER;
    let lanes = if drums.is_some() { KIT_HEIGHT + LETTER } else { 0 };
    let notes = voices.iter().flat_map(|(_, notes)| notes);
    let layout = Layout::new(song.spans(), notes, (legend_top + 3 * LETTER, lanes));
    let mut canvas = layout.canvas(song.spans());
    canvas.write(MARGIN, MARGIN, title, INK);
    let mut x = MARGIN;
    for (index, (name, _)) in (first..).zip(&voices) {
        canvas.fill(x, legend_top, LETTER, LETTER, colour(index));
        let label = if is_marked(name) { format!("{name} ({})", mark.remark) } else { (*name).to_owned() };
        canvas.write(x + LETTER + 8, legend_top, &label, INK);
        x += LETTER + 8 + text_width(&label) + 2 * LETTER;
    }
    for row in &layout.rows {
        layout.draw_grid(&mut canvas, row, song.spans(), first_measure);
    }
    if let Some(drums) = &drums {
        layout.draw_drums(&mut canvas, drums, song.spans());
    }
    // The marked track last, so that nothing hides it.
    for (index, (_, notes)) in (first..first + voices.len()).zip(&voices).rev() {
        for note in notes {
            layout.draw_note(&mut canvas, note, song.spans(), colour(index));
        }
    }
    canvas
}

fn colour(voice: usize) -> Colour {
    COLOURS[voice % COLOURS.len()]
}

impl Layout {
    fn new<'a>(spans: &[Span], notes: impl Iterator<Item = &'a LongNote>, (top, lanes): (i32, i32)) -> Self {
        let (lowest, highest) = notes.fold((i32::MAX, i32::MIN), |(low, high), note| {
            let key = i32::from(note.key.get());
            (low.min(key), high.max(key))
        });
        // A key's room above and below, and something to see in a silent song.
        let (lowest, highest) = if lowest > highest { (55, 77) } else { (lowest - 2, highest + 2) };
        let (per_row, step_width) = if spans.len() > 48 { (16, 7) } else { (8, 14) };
        let height = (highest - lowest + 1) * KEY_HEIGHT + NUMBERS + LETTER + lanes;
        let starts = (0..spans.len()).step_by(per_row);
        let rows = starts
            .zip(0..)
            .map(|(first, row)| Row {
                measures: first..(first + per_row).min(spans.len()),
                top: top + row * height + NUMBERS,
            })
            .collect();
        Self { step_width, lowest, highest, lanes, rows }
    }

    fn canvas(&self, spans: &[Span]) -> Canvas {
        let widest = self.rows.iter().map(|row| self.row_end(row, spans)).max().unwrap_or(0);
        let bottom = self.rows.last().map_or(8 * LETTER, |row| row.top + self.row_height() + self.lanes);
        Canvas::new(widest.max(60 * LETTER) + MARGIN, bottom + MARGIN, PAPER)
    }

    fn row_height(&self) -> i32 {
        (self.highest - self.lowest + 1) * KEY_HEIGHT
    }

    fn row_start() -> i32 {
        MARGIN + KEY_LABELS
    }

    /// Where a step of the song lies in a row.
    fn x(&self, row: &Row, step: u32, spans: &[Span]) -> i32 {
        let first = spans.get(row.measures.start).map_or(0, |span| span.start);
        Self::row_start() + i32::try_from(step.saturating_sub(first)).unwrap_or(i32::MAX / 16) * self.step_width
    }

    fn row_end(&self, row: &Row, spans: &[Span]) -> i32 {
        let end = row.measures.clone().next_back().and_then(|last| spans.get(last)).map_or(0, Span::end);
        self.x(row, end, spans)
    }

    /// The upper edge of a key's stripe.
    fn y(&self, row: &Row, key: i32) -> i32 {
        row.top + (self.highest - key) * KEY_HEIGHT
    }

    fn draw_grid(&self, canvas: &mut Canvas, row: &Row, spans: &[Span], first_measure: usize) {
        let (left, right) = (Self::row_start(), self.row_end(row, spans));
        for key in self.lowest..=self.highest {
            let y = self.y(row, key);
            if [1, 3, 6, 8, 10].contains(&key.rem_euclid(12)) {
                canvas.fill(left, y, right - left, KEY_HEIGHT, BLACK_KEYS);
            }
            if key.rem_euclid(12) == 0 {
                canvas.fill(left, y + KEY_HEIGHT - 1, right - left, 1, OCTAVE_LINE);
                canvas.write(MARGIN, y + (KEY_HEIGHT - LETTER) / 2, &format!("C{}", key.div_euclid(12) - 1), INK);
            }
        }
        for (index, span) in row.measures.clone().filter_map(|index| Some((index, spans.get(index)?))) {
            for step in (span.start + 4..span.end()).step_by(4) {
                canvas.fill(self.x(row, step, spans), row.top, 1, self.row_height(), STEP_LINE);
            }
            let x = self.x(row, span.start, spans);
            canvas.fill(x - 1, row.top, 2, self.row_height(), BAR_LINE);
            canvas.write(x, row.top - NUMBERS + 4, &(first_measure + index).to_string(), INK);
        }
        canvas.fill(right - 1, row.top, 2, self.row_height(), BAR_LINE);
    }

    /// Draws the strokes of each measure, the harder the darker.
    fn draw_drums(&self, canvas: &mut Canvas, drums: &[DrumMeasure], spans: &[Span]) {
        for row in &self.rows {
            let (left, right) = (Self::row_start(), self.row_end(row, spans));
            let top = row.top + self.row_height() + LETTER;
            for (lane, drum) in (0..).zip(Drum::FROM_TOP) {
                let name = drum.short();
                let y = top + lane * LANE;
                canvas.write(left - text_width(name) - 4, y, name, INK);
                canvas.fill(left, y + LANE - 1, right - left, 1, STEP_LINE);
                for index in row.measures.clone() {
                    let (Some(measure), Some(span)) = (drums.get(index), spans.get(index)) else { continue };
                    for hit in (0..measure.steps()).filter_map(|step| measure.hit(step, drum)) {
                        let x = self.x(row, span.start + u32::from(hit.step), spans);
                        let faint = 200 - 200 * u16::from(hit.velocity.get()) / 127;
                        let shade = u8::try_from(faint).unwrap_or(0);
                        canvas.fill(x + 1, y, self.step_width.min(LANE) - 2, LANE - 2, [shade; 3]);
                    }
                }
            }
            for span in spans.get(row.measures.clone()).unwrap_or_default() {
                canvas.fill(self.x(row, span.start, spans) - 1, top, 2, KIT_HEIGHT, BAR_LINE);
            }
            canvas.fill(right - 1, top, 2, KIT_HEIGHT, BAR_LINE);
        }
    }

    /// Draws a note into every row that it sounds in.
    fn draw_note(&self, canvas: &mut Canvas, note: &LongNote, spans: &[Span], colour: Colour) {
        let edge = colour.map(|part| part / 2);
        for row in &self.rows {
            let measures = spans.get(row.measures.clone()).unwrap_or_default();
            let (Some(first), Some(last)) = (measures.first(), measures.last()) else { continue };
            let (from, to) = (note.start.max(first.start), note.end.min(last.end()));
            if from < to {
                let (x, y) = (self.x(row, from, spans), self.y(row, i32::from(note.key.get())));
                let width = self.x(row, to, spans) - x;
                canvas.fill(x, y, width - 1, KEY_HEIGHT, edge);
                canvas.fill(x + 1, y + 1, width - 3, KEY_HEIGHT - 2, colour);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::midi_file::drum_track;
    use model::music::drums::DrumHit;
    use model::{Key, Measure, Note, TimeSignature};

    const YOU: Mark<'static> = Mark { track: "lead", remark: "you" };

    #[test]
    fn every_voice_shows_in_its_own_colour_and_the_player_on_top() {
        let mut song = Song::steady(TimeSignature::FOUR_FOUR, 120.0, 20).expect("4/4");
        for (name, keys) in [("Bass", [40, 60]), ("Lead", [72, 60])] {
            let mut track = Track::new(name);
            let mut measures = vec![Measure::silent(16); 20];
            measures[17] = Measure::from_notes(16, keys.map(|key| Note::new(0, 8, Key::clamped(key))));
            track.measures = measures;
            song.tracks.push(track);
        }
        let canvas = draw(&song, "A tune", 1, YOU);
        let layout = Layout::new(song.spans(), [].iter(), (0, 0));
        assert_eq!(layout.rows.len(), 3, "20 measures, 8 in a row");
        let (width, height) = canvas.size();
        let count = |colour| {
            let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
            places.filter(|&(x, y)| canvas.at(x, y) == Some(colour)).count()
        };
        let legend = usize::try_from(LETTER * LETTER).expect("a small number");
        let note = usize::try_from((8 * 14 - 3) * (KEY_HEIGHT - 2)).expect("a small number");
        assert_eq!(count(COLOURS[0]), legend + 2 * note, "both of the player's notes are in full view");
        assert_eq!(count(COLOURS[1]), legend + note, "one of the bass's is hidden by the player's");
    }

    #[test]
    fn drums_stand_on_lanes_by_name_and_on_no_key() {
        let mut song = Song::steady(TimeSignature::FOUR_FOUR, 120.0, 4).expect("4/4");
        let mut played = DrumMeasure::silent(16);
        let velocity = model::Velocity::new(127).expect("the hardest");
        played.strike(DrumHit { step: 4, drum: Drum::Snare, velocity, offset: 0.2 });
        let track = drum_track(&song, &[played], 1.0, &model::music::kit::Kit::GENERAL_MIDI);
        song.tracks.push(track);
        let canvas = draw(&song, "", 1, YOU);
        let layout = Layout::new(song.spans(), [].iter(), (MARGIN + 5 * LETTER, KIT_HEIGHT + LETTER));
        let row = &layout.rows[0];
        let lane = |lane: i32| row.top + layout.row_height() + LETTER + lane * LANE;
        let x = layout.x(row, 4, song.spans()) + 2;
        assert_eq!(canvas.at(x, lane(7) + 2), Some([0, 0, 0]), "the snare's");
        assert_ne!(canvas.at(x, lane(8) + 2), Some([0, 0, 0]), "not the kick's");
    }

    #[test]
    fn a_note_over_the_end_of_a_row_goes_on_in_the_next() {
        let mut song = Song::steady(TimeSignature::FOUR_FOUR, 120.0, 16).expect("4/4");
        let long = LongNote { start: 120, end: 136, key: Key::MIDDLE_C, velocity: model::Velocity::DEFAULT };
        song.add_notes(Track::new("Lead"), vec![long]);
        let canvas = draw(&song, "", 1, YOU);
        let layout = Layout::new(song.spans(), [long].iter(), (MARGIN + 5 * LETTER, 0));
        let y = |row: usize| layout.y(&layout.rows[row], 60) + 2;
        assert_eq!(canvas.at(layout.x(&layout.rows[0], 124, song.spans()), y(0)), Some(COLOURS[0]));
        assert_eq!(canvas.at(layout.x(&layout.rows[1], 132, song.spans()), y(1)), Some(COLOURS[0]));
        assert_ne!(canvas.at(layout.x(&layout.rows[1], 138, song.spans()), y(1)), Some(COLOURS[0]));
    }

    #[test]
    fn a_track_has_its_colour_whether_the_marked_one_is_there_or_not() {
        let mut song = Song::steady(TimeSignature::FOUR_FOUR, 120.0, 1).expect("4/4");
        let bass =
            Track { measures: vec![Measure::from_notes(16, [Note::new(0, 8, Key::MIDDLE_C)])], ..Track::new("Bass") };
        song.tracks.push(bass);
        let alone = draw(&song, "", 1, YOU);
        song.tracks.push(Track { measures: vec![Measure::silent(16)], ..Track::new("Lead") });
        let both = draw(&song, "", 1, YOU);
        let has = |canvas: &Canvas, colour| {
            let (width, height) = canvas.size();
            (0..height).any(|y| (0..width).any(|x| canvas.at(x, y) == Some(colour)))
        };
        assert_eq!((has(&alone, COLOURS[0]), has(&alone, COLOURS[1])), (false, true));
        assert_eq!((has(&both, COLOURS[0]), has(&both, COLOURS[1])), (true, true));
    }

    #[test]
    fn a_part_of_a_song_has_the_numbers_of_its_measures() {
        let song = |measures| Song::steady(TimeSignature::FOUR_FOUR, 120.0, measures).expect("4/4");
        let number = |song: &Song, first: usize, row: usize| {
            let canvas = draw(song, "", first, YOU);
            let layout = Layout::new(song.spans(), [].iter(), (MARGIN + 5 * LETTER, 0));
            let top = layout.rows[row].top - NUMBERS + 4;
            let places = (top..top + LETTER).flat_map(|y| (0..2 * LETTER).map(move |x| (Layout::row_start() + x, y)));
            places.map(|(x, y)| canvas.at(x, y)).collect::<Vec<_>>()
        };
        // The second row of a whole song begins with its ninth measure.
        assert_eq!(number(&song(8), 9, 0), number(&song(16), 1, 1));
        assert_ne!(number(&song(8), 1, 0), number(&song(16), 1, 1));
    }

    #[test]
    fn a_silent_song_is_a_picture_too() {
        let song = Song::steady(TimeSignature::FOUR_FOUR, 120.0, 0).expect("4/4");
        assert!(draw(&song, "Nothing", 1, YOU).size().1 > LETTER);
    }
}
