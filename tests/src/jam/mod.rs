//! A jam: a tune played into the bundled plugin, and what came of it as music, picture, figures.

mod charted;
mod options;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use model::Voice;
use model::files::replace;
use model::midi_file::{LongNote, MidiFile, Song, Track, drum_track};
use model::music::chart::LaidChart;
use model::music::drums::{Drum, DrumHit, DrumMeasure};
use model::music::kit::Kit;
use model::play::foretold::foretold;
use model::rendering::write_wav;
use model::systems::band_file::Band;

pub use options::{Ahead, Options, Plan};

use crate::event::{clip, clip_of};
use crate::host::{Format, Host};
use crate::piano_roll::{self, Mark};
use crate::report::{MeasureReport, Report, Spread};
use crate::setup::Setup;
use crate::status;
use crate::take::{Heard, Pace, Playing, Take};
use crate::timeline::{STEP, Timeline, step_at, tick_of};
use crate::transport::Script;

/// The sample rate of a jam, in Hz.
const RATE: u32 = 48_000;

/// The block size of a jam, in samples.
const BLOCK: u32 = 512;

/// A finished jam.
#[derive(Clone, Debug)]
pub struct Jam {
    /// The user's track and what each voice of the band played.
    pub song: Song,
    /// The figures.
    pub report: Report,
    /// Every block's checks.
    pub take: Take,
}

/// The files of a jam.
#[derive(Clone, Debug)]
pub struct Files {
    /// The music.
    pub midi: PathBuf,
    /// The music, as it sounds with the instruments of the project.
    pub sound: PathBuf,
    /// The picture.
    pub picture: PathBuf,
    /// The figures.
    pub figures: PathBuf,
}

impl Plan {
    /// What the transport does: it plays the song from measure 1 to its end, and stops.
    #[must_use]
    pub fn script(&self) -> Script {
        let end = self.song.spans().last().map_or(0, |span| tick_of(&self.song, span.end()));
        Script::new(Timeline::of(&self.song), RATE).roll(0..end).halt(i64::from(BLOCK))
    }

    /// What is to be chosen in the plugin.
    #[must_use]
    pub fn setup(&self) -> Setup {
        let next = self.lookahead == Ahead::Next;
        // What the user plays is written down anyway.
        Setup {
            band: self.band.clone(),
            voice: self.voice.index(),
            next,
            seed: self.seed,
            thru: false,
            energy: self.energy,
            figures: self.figures,
            drums: self.drums.0.clone(),
            groove: self.drums.1,
            harmony: self.harmony,
            pitches: self.pitches,
            chart: self
                .chart
                .clone()
                .map_or(String::new(), |chart| LaidChart { chart, ..LaidChart::default() }.to_string()),
            ..Setup::default()
        }
    }

    /// Plays the song through an instance of the plugin.
    ///
    /// # Errors
    /// If the plugin reports one.
    pub fn play(&self, host: &Host, mut progress: impl FnMut(i64)) -> anyhow::Result<Jam> {
        let mut instance = host.instance()?;
        instance.render_offline(!self.realtime)?;
        self.setup().apply(instance.as_mut())?;
        instance.activate(RATE, BLOCK)?;
        let script = self.script();
        let user = &self.spec.voices[self.voice.index()];
        let clip = match &self.performance {
            Some(performance) => clip_of(performance, user.channel),
            None => clip(&self.track, self.song.spans(), user.channel),
        };
        let pace = if self.realtime { Pace::Live } else { Pace::Free };
        let playing = Playing { script: &script, clip: &clip, sizes: &[BLOCK], pace, thru: false };
        let take = playing.play(instance.as_mut(), &mut progress)?;
        let status = instance.status()?;
        let mut song = self.write_down(&take.notes);
        let part = (&self.spec, self.voice, &self.track);
        let chart = self.chart.as_ref();
        let chords =
            Band::harmony().map_or(Vec::new(), |net| foretold(&net, &song, part, self.lookahead.into(), chart));
        let mut counts: BTreeMap<String, usize> =
            song.tracks.iter().skip(1).map(|track| (track.name.clone(), track.notes(song.spans()).len())).collect();
        if let Some((track, strokes)) = self.drums_heard(&take.notes, &script) {
            counts.insert(track.name.clone(), strokes);
            song.tracks.push(track);
        }
        let report = Report {
            measures: self.song.len(),
            missed: u64::from(status.figures.missed),
            hanging_notes: take.verdict.hanging,
            max_onset_error_samples: take.verdict.max_onset_error,
            prediction_ms: Spread::of(&status::prediction_ms(&status)),
            process_us: Spread::of(&take.process_us),
            notes: counts,
            chords: chords.iter().map(MeasureReport::of).collect(),
        };
        Ok(Jam { song, report, take })
    }

    /// The name of the user's track: its own, unless a voice of the band has that; then it has
    /// its own voice's.
    #[must_use]
    pub fn user_name(&self) -> &str {
        let taken = self.spec.voice(&self.track.name).is_some();
        if taken { &self.spec.voices[self.voice.index()].name } else { &self.track.name }
    }

    /// The user's track, and then the band's notes, voice by voice.
    fn write_down(&self, notes: &[Heard]) -> Song {
        let mut song = self.song.without_tracks();
        song.asides.clone_from(&self.asides);
        let named = |name: &str, voice: &Voice| {
            let mut track = Track::new(name);
            (track.channel, track.program) = (voice.channel, voice.program);
            track
        };
        let mut user = named(self.user_name(), &self.spec.voices[self.voice.index()]);
        user.measures.clone_from(&self.track.measures);
        user.performance.clone_from(&self.performance);
        user.bytes.clone_from(&self.track.bytes);
        song.tracks.push(user);
        let others = self.spec.voices.iter().enumerate().filter(|&(index, _)| index != self.voice.index());
        for (_, voice) in others {
            let step = |tick: i64| step_at(&self.song, tick);
            let heard = notes.iter().filter(|note| note.channel == voice.channel);
            let notes = heard.map(|note| LongNote {
                start: step(note.tick),
                end: step(note.end_tick).max(step(note.tick) + 1),
                key: note.key,
                velocity: note.velocity,
            });
            song.add_notes(named(&voice.name, voice), notes.collect());
        }
        song
    }

    /// What the drummer was heard to play, each stroke where it sounded, and how many there were.
    fn drums_heard(&self, notes: &[Heard], script: &Script) -> Option<(Track, usize)> {
        // A band of one's own may have a voice there.
        if self.spec.voices.iter().any(|voice| voice.channel == Drum::channel()) {
            return None;
        }
        let spans = self.song.spans();
        let mut measures: Vec<_> = spans.iter().map(|span| DrumMeasure::silent(span.steps)).collect();
        let mut strokes = 0;
        for note in notes.iter().filter(|note| note.channel == Drum::channel()) {
            let tick = script.timeline.tick_at(0, note.on, script.rate);
            let step = step_at(&self.song, tick + STEP / 2);
            let at = spans.partition_point(|span| span.end() <= step);
            let (Some(drum), Some(span), Some(measure)) = (Drum::of(note.key), spans.get(at), measures.get_mut(at))
            else {
                continue;
            };
            #[expect(clippy::cast_precision_loss, reason = "less than a step")]
            let offset = (tick - tick_of(&self.song, step)) as f32 / STEP as f32;
            let step = u8::try_from(step.saturating_sub(span.start)).unwrap_or(u8::MAX);
            measure.strike(DrumHit { step, drum, velocity: note.velocity, offset });
            strokes += 1;
        }
        (strokes > 0).then(|| (drum_track(&self.song, &measures, 1.0, &Kit::GENERAL_MIDI), strokes))
    }

    /// Writes the music, the picture and the figures into the plan's folder.
    ///
    /// # Errors
    /// If one cannot be written.
    pub fn save(&self, jam: &Jam) -> anyhow::Result<Files> {
        let out = &self.out;
        fs::create_dir_all(out).with_context(|| format!("could not make the folder {}", out.display()))?;
        let [midi, sound, picture, figures] =
            ["band.mid", "band.wav", "jam.png", "jam.json"].map(|name| out.join(name));
        let files = Files { midi, sound, picture, figures };
        jam.song.save(&files.midi)?;
        write_wav(&MidiFile::open(&files.midi)?, &files.sound)?;
        let title = format!("{} with the {} band", self.title, self.spec.name);
        piano_roll::draw(&jam.song, &title, 1, Mark { track: self.user_name(), remark: "you" }).save(&files.picture)?;
        let json = serde_json::to_string_pretty(&jam.report)?;
        replace(&files.figures, (json + "\n").as_bytes())
            .with_context(|| format!("could not write {}", files.figures.display()))?;
        Ok(files)
    }
}

/// Plays, shows a progress bar, saves, and tells what happened.
///
/// # Errors
/// If the plugin fails, a file cannot be written, or the plugin did what no plugin may: left
/// notes hanging, say.
pub fn run(plan: &Plan) -> anyhow::Result<()> {
    let host = Host::load_bundled(Format::Clap)?;
    let script = plan.script();
    let user = &plan.spec.voices[plan.voice.index()].name;
    println!("Listen to {} when this is done.", plan.out.join("band.wav").display());
    println!("{}: you play {user}, the {} band joins in.", plan.title, plan.spec.name);
    for remark in &plan.remarks {
        println!("{}: {remark}", plan.title);
    }
    let bar = ProgressBar::new(u64::try_from(plan.song.len())?);
    bar.set_style(ProgressStyle::with_template("{wide_bar} measure {pos} of {len}, {elapsed}")?);
    let ends: Vec<i64> = plan
        .song
        .spans()
        .iter()
        .map(|span| script.timeline.samples(0, tick_of(&plan.song, span.end()), script.rate))
        .collect();
    let at = |measures: usize| bar.set_position(u64::try_from(measures).unwrap_or(0));
    let jam = plan.play(&host, |samples| at(ends.partition_point(|&end| end <= samples)))?;
    bar.finish_and_clear();
    let files = plan.save(&jam)?;
    tell(&jam, &files);
    let verdict = &jam.take.verdict;
    anyhow::ensure!(
        verdict.is_clean(),
        "the plugin broke a promise to its host: {} faults, first {:?}; {} notes hang",
        verdict.faults,
        verdict.found.first(),
        verdict.hanging
    );
    Ok(())
}

/// What happened, in a few lines.
fn tell(jam: &Jam, files: &Files) {
    let report = &jam.report;
    let band = jam.song.tracks.iter().filter_map(|track| report.notes.get_key_value(&track.name));
    let voices: Vec<_> = band.map(|(voice, count)| format!("{voice} {count}")).collect();
    println!("{} measures. Notes that the band played: {}.", report.measures, voices.join(", "));
    let missed = match report.missed {
        0 => "No measure was missed".to_owned(),
        1 => "1 measure was missed (a rule played instead)".to_owned(),
        missed => format!("{missed} measures were missed (a rule played instead)"),
    };
    println!(
        "{missed}, {} notes hang, and no note began more than {} samples beside its step.",
        report.hanging_notes, report.max_onset_error_samples
    );
    let (prediction, process) = (report.prediction_ms, report.process_us);
    let blocks = if jam.take.process_us.is_empty() {
        String::new()
    } else {
        format!(", a block of {BLOCK} samples {:.1} µs", process.median)
    };
    println!("A prediction took {:.1} ms (at most {:.1} ms){blocks}.", prediction.median, prediction.max);
    println!("Listen: {}", files.sound.display());
    println!("Music:  {}", files.midi.display());
    println!("Look:   {}", files.picture.display());
    println!("Count:  {}", files.figures.display());
}
