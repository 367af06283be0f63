//! What a band plays to a tune, as text.

use std::fmt::Write;
use std::sync::Arc;

use model::midi_file::{Song, Track};
use model::play::accompany::accompany;
use model::systems::band_file::Band;
use model::{
    Interplay, Key, Lookahead, LoopRule, Measure, Note, PitchFollow, Settings, Style, TimeSignature, Velocity, VoiceId,
};

/// The verse of the project's own tune: in each measure keys and how many sixteenths each lasts; key 0 is a rest.
const VERSE: [&[(u8, u8)]; 8] = [
    &[(0, 2), (67, 2), (72, 3), (71, 1), (72, 2), (74, 2), (76, 4)],
    &[(74, 3), (71, 3), (67, 6), (0, 4)],
    &[(0, 2), (69, 2), (72, 3), (71, 1), (72, 2), (74, 2), (76, 4)],
    &[(77, 3), (76, 3), (72, 6), (0, 4)],
    &[(76, 2), (79, 4), (76, 2), (74, 2), (72, 4), (74, 2)],
    &[(71, 6), (74, 6), (0, 4)],
    &[(69, 2), (72, 2), (77, 3), (76, 3), (74, 2), (72, 4)],
    &[(74, 10), (0, 6)],
];

fn measure(line: &[(u8, u8)]) -> Measure {
    let mut step = 0;
    let mut measure = Measure::silent(16);
    for &(key, length) in line {
        if let (true, Some(key)) = (key > 0, Key::new(key)) {
            let velocity = Velocity::clamped(if step % 4 == 0 { 92.0 } else { 80.0 });
            measure.push(Note { velocity, ..Note::new(step, length, key) });
        }
        step += length;
    }
    measure
}

/// A song of one track: the verse, so many measures of it, again and again.
fn song(measures: usize) -> Song {
    let mut song = Song::steady(TimeSignature::FOUR_FOUR, 112.0, measures).expect("4/4 is supported");
    let mut track = Track::new("Tune");
    track.measures = (0..measures).map(|at| measure(VERSE[at % VERSE.len()])).collect();
    song.tracks.push(track);
    song
}

/// The measures of the verse, for what is counted instead of trained.
pub(crate) fn verse() -> Vec<Measure> {
    VERSE.iter().map(|line| measure(line)).collect()
}

/// How a band is asked to play.
struct Call {
    user: VoiceId,
    measures: usize,
    lookahead: Lookahead,
    interplay: Interplay,
    style: Style,
    seed: u64,
}

impl Default for Call {
    fn default() -> Self {
        Self {
            user: VoiceId::FIRST,
            measures: 9,
            lookahead: Lookahead::SecondNext,
            interplay: Interplay::default(),
            style: Style::default(),
            seed: 5,
        }
    }
}

/// What the band plays: a line for each measure of each voice, `step+length:key`, with `~` where a note goes on over
/// the bar line, and `v` and the velocity.
fn play(band: &Band, call: &Call, out: &mut String) {
    let song = song(call.measures);
    let spec = band.spec();
    let settings = Settings {
        lookahead: call.lookahead,
        interplay: call.interplay,
        style: call.style,
        seed: call.seed,
        // As the notes were kept: when the band did not follow the tune's loudness yet, nor yielded to what was held,
        // and played on for less.
        follow: 0.0,
        pitches: PitchFollow::Off,
        play_on: 8,
        ..Settings::new(spec, call.user)
    };
    let fallback = Arc::new(LoopRule::new(spec.clone()));
    let mut predictor = band.predictor();
    let played = accompany(&song, &song.tracks[0], (spec, settings), &mut *predictor, fallback, |_| {});
    let user = &spec.voices[call.user.index()].name;
    let Style { temperature, density, .. } = call.style;
    let (look, how, seed) = (call.lookahead, call.interplay, call.seed);
    writeln!(out, "# {user} plays; {look:?}, {how:?}, temperature {temperature}, density {density}, seed {seed}")
        .expect("text");
    writeln!(out, "# predicted {}, failed {}", played.tally.predicted, played.failed).expect("text");
    for track in &played.song.tracks[1..] {
        for (at, measure) in track.measures.iter().enumerate() {
            write!(out, "{} {}:", track.name, at + 1).expect("text");
            for note in measure.notes() {
                let (before, after) = (if note.continued { "~" } else { "" }, if note.continues { "~" } else { "" });
                let (step, length, key, velocity) = (note.step.0, note.length, note.key.get(), note.velocity.get());
                write!(out, " {before}{step}+{length}:{key}{after}v{velocity}").expect("text");
            }
            out.push('\n');
        }
    }
}

/// What a kept band plays: twice, each time otherwise.
pub(crate) fn form(band: &Band) -> String {
    let mut out = String::new();
    play(band, &Call::default(), &mut out);
    let style = Style { temperature: 0.0, density: 1.5, ..Style::default() };
    let last = VoiceId::new(band.spec().voices.len() - 1).expect("a voice");
    play(band, &Call { user: last, lookahead: Lookahead::Next, style, seed: 6, ..Call::default() }, &mut out);
    out
}

/// The bands inside the program.
pub(crate) const SHIPPED: [&str; 2] = ["pop", "chorale"];

/// What one of them plays to four verses.
pub(crate) fn shipped(name: &str) -> String {
    let band = Band::read(Band::embedded(name).expect("it ships")).expect("an intact band");
    let inner = VoiceId::new(1).expect("a voice");
    let mut out = String::new();
    let call = || Call { measures: 4 * VERSE.len(), ..Call::default() };
    play(&band, &call(), &mut out);
    play(&band, &Call { lookahead: Lookahead::Next, interplay: Interplay::Trade, seed: 7, ..call() }, &mut out);
    let style = Style { temperature: 0.5, density: 0.7, ..Style::default() };
    play(&band, &Call { user: inner, style, seed: 8, ..call() }, &mut out);
    out
}
