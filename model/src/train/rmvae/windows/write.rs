//! Windows as the numbers that the net is given.

use super::draw::{Guide, Window};
use super::{RecallWindows, WindowCutter, Windows};
use crate::music::band::{BandMeasure, VoiceId};
use crate::music::measure::Measure;
use crate::random::Rng;
use crate::rules::loop_lag::{Lag, alikes};
use crate::systems::rmvae::conditions::{Before, Conditions, InputLayout, LOOPS, Looped, earlier};
use crate::systems::rmvae::config::Layout;
use crate::systems::rmvae::frames::{Frames, STEPS, pitch, write_bits, write_encoder_frame};
use crate::systems::rmvae::recall::{self, FEATURES, Likeness};

/// Measures as frames, by measure and voice; `None` where the voice is missing.
type Scores = Vec<Vec<Option<Frames>>>;

/// A window in its place in the batch.
struct Placed<'a> {
    window: &'a Window,
    truth: Scores,
    heard: Scores,
    /// Its number, of so many.
    number: usize,
    batch: usize,
}

impl Placed<'_> {
    /// The row of a measure.
    fn row(&self, measure: usize) -> usize {
        measure * self.batch + self.number
    }
}

impl WindowCutter {
    /// Writes a batch.
    pub(super) fn write(&self, windows: &[Window], rng: &mut Rng) -> Windows {
        let mut out = self.blank(windows.len());
        for (number, window) in windows.iter().enumerate() {
            let (truth, heard) = (self.scores(&window.truth), self.scores(&window.heard));
            let placed = Placed { window, truth, heard, number, batch: windows.len() };
            self.write_heard(&placed, &mut out);
            self.write_predicted(&placed, &mut out);
        }
        self.flip_cells(&mut out, rng);
        out
    }

    fn input_layouts(&self) -> Vec<InputLayout> {
        self.layouts.iter().map(|layout| InputLayout::new(&self.config, layout, self.layouts.len())).collect()
    }

    /// A batch of so many windows of nothing.
    fn blank(&self, batch: usize) -> Windows {
        let measures = self.options.measures;
        let (rows, predicted) = ((measures + 1) * batch, measures * batch);
        let voices = self.layouts.len();
        let per_step = |width: usize, rows: usize| vec![vec![0.0f32; rows * width]; STEPS];
        Windows {
            batch,
            measures,
            frames: self.layouts.iter().map(|layout| per_step(layout.frame_width(), rows)).collect(),
            present: vec![vec![0.0; rows]; voices],
            plan: vec![vec![0.0; predicted]; voices],
            loop_row: vec![0; predicted],
            looped: vec![0.0; predicted],
            inputs: self.input_layouts().iter().map(|input| per_step(input.given(), predicted)).collect(),
            targets: self.layouts.iter().map(|layout| per_step(layout.output_width(), predicted)).collect(),
            weight: vec![vec![0.0; predicted]; STEPS],
            recall: self.config.history_expert.then(|| RecallWindows::new(&self.layouts, batch, measures)),
        }
    }

    fn scores(&self, measures: &[BandMeasure]) -> Scores {
        let frames = |measure: &BandMeasure, voice: usize| {
            let id = VoiceId::new(voice)?;
            measure.present.has(id).then(|| Frames::of(&self.layouts[voice], measure.voice(id)))
        };
        measures.iter().map(|measure| (0..self.layouts.len()).map(|voice| frames(measure, voice)).collect()).collect()
    }

    /// What the encoders read.
    fn write_heard(&self, placed: &Placed<'_>, out: &mut Windows) {
        for (index, measure) in placed.window.heard.iter().take(self.options.measures + 1).enumerate() {
            let row = placed.row(index);
            for (voice, layout) in self.layouts.iter().enumerate() {
                let (Some(frames), Some(id)) = (&placed.heard[index][voice], VoiceId::new(voice)) else { continue };
                out.present[voice][row] = 1.0;
                let width = layout.frame_width();
                for step in 0..STEPS {
                    let frame = &mut out.frames[voice][step][row * width..(row + 1) * width];
                    write_encoder_frame(layout, frames, measure.voice(id), step, frame);
                }
            }
        }
    }

    /// What the decoders are given of each measure that is predicted, and what they should say.
    #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "rows of a batch")]
    fn write_predicted(&self, placed: &Placed<'_>, out: &mut Windows) {
        let (window, offset) = (placed.window, self.config.offset);
        let alike = alikes(&window.truth, window.followed);
        let alike = |a: usize, b: usize| alike[a][b];
        if let Some(recall) = &mut out.recall {
            let like =
                |a: usize, b: usize| Likeness::of(&placed.truth[a], &placed.truth[b], window.followed, alike(a, b));
            recall.write(&self.layouts, (self.options.measures, offset), placed, like);
        }
        let input_layouts = self.input_layouts();
        for newest in 0..self.options.measures.min(window.truth.len().saturating_sub(offset)) {
            let (row, target) = (placed.row(newest), newest + offset);
            let loops = earlier(newest, offset, alike);
            let looped = loops[0].map(|lag| target - lag.lag);
            if let Some(from) = looped {
                out.loop_row[row] = placed.row(from) as i32;
                out.looped[row] = 1.0;
            }
            for step in 0..usize::from(window.truth[target].steps()) {
                out.weight[step][row] = 1.0;
            }
            let mut decided: Vec<Option<Frames>> = vec![None; self.layouts.len()];
            for &id in &window.order {
                let told = Told { newest, target, loops: &loops, decided: &decided };
                self.write_voice(placed, id, &told, &input_layouts[id.index()], out);
                if let Some(frames) = placed.truth[target][id.index()] {
                    decided[id.index()] = match window.guide {
                        _ if window.blind => None,
                        Some((user, Guide::Looped)) if user == id => {
                            looped.and_then(|from| placed.truth[from][id.index()])
                        }
                        Some((user, Guide::Unknown)) if user == id => None,
                        _ => Some(frames),
                    };
                }
            }
        }
    }

    /// One voice of a measure that is predicted.
    fn write_voice(&self, placed: &Placed<'_>, id: VoiceId, told: &Told<'_>, given: &InputLayout, out: &mut Windows) {
        let (window, voice) = (placed.window, id.index());
        let (row, layout) = (placed.row(told.newest), &self.layouts[voice]);
        // The measure just before the target, where this voice's is known.
        let last = if self.config.offset == 2 {
            placed.heard[told.newest + 1][voice].filter(|_| window.planned.has(id))
        } else {
            placed.heard[told.newest][voice]
        };
        if self.config.offset == 2 && last.is_some() {
            out.plan[voice][row] = 1.0;
        }
        let Some(frames) = placed.truth[told.target][voice] else { return };
        let measure = &window.truth[told.target];
        let steps = usize::from(measure.steps());
        let looped = |lag: Lag| Looped {
            frames: placed.heard[told.target - lag.lag][voice],
            likeness: lag.likeness,
            newest: lag.newest,
        };
        let looped = told.loops.map(|lag| lag.map(looped));
        let conditions =
            Conditions { layouts: &self.layouts, voice, steps, looped, recalled: &[], decided: told.decided };
        let (width, goals) = (given.given(), layout.output_width());
        for step in 0..steps {
            let before = if step == 0 {
                last.as_ref().map(Before::end_of)
            } else {
                (!window.blind).then(|| Before::at(&frames, step - 1))
            };
            let input = &mut out.inputs[voice][step][row * width..(row + 1) * width];
            given.write(&conditions, before, step, input);
            let goal = &mut out.targets[voice][step][row * goals..(row + 1) * goals];
            write_goal(layout, &frames, measure.voice(id), step, goal);
        }
    }

    /// Input noise: flips cells of what the encoders read.
    fn flip_cells(&self, out: &mut Windows, rng: &mut Rng) {
        if self.options.noise <= 0.0 {
            return;
        }
        for (layout, steps) in self.layouts.iter().zip(&mut out.frames) {
            let (width, cells) =
                (layout.frame_width(), if layout.is_mono() { layout.classes() } else { layout.pitches });
            for buffer in steps {
                let mut at = 0;
                loop {
                    // The distance to the next flipped cell is geometric.
                    #[expect(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "clamped by the buffer"
                    )]
                    let skip = ((1.0 - rng.unit()).ln() / (1.0 - self.options.noise).ln()) as usize;
                    at += skip;
                    let (row, cell) = (at / cells, at % cells);
                    let Some(value) = buffer.get_mut(row * width + cell) else { break };
                    *value = if *value > 0.5 { 0.0 } else { 1.0 };
                    at += 1;
                }
            }
        }
    }
}

/// What is known when a voice of a measure is decided.
struct Told<'a> {
    /// The newest measure that was heard.
    newest: usize,
    /// The one that is predicted.
    target: usize,
    /// Where the music repeats.
    loops: &'a [Option<Lag>; LOOPS],
    /// The voices that were decided before.
    decided: &'a [Option<Frames>],
}

/// What a voice's heads should say of a step.
fn write_goal(layout: &Layout, frames: &Frames, measure: &Measure, step: usize, goal: &mut [f32]) {
    if layout.is_mono() {
        goal[usize::from(frames.class[step])] = 1.0;
        return;
    }
    write_bits(frames.onset[step], &mut goal[..layout.pitches]);
    for note in measure.notes().iter().filter(|note| usize::from(note.step.0) == step) {
        goal[layout.pitches + pitch(layout, note.key)] = f32::from(note.length);
    }
}

impl RecallWindows {
    fn new(layouts: &[Layout], batch: usize, measures: usize) -> Self {
        let pairs = measures * batch * measures;
        Self {
            features: vec![0.0; pairs * FEATURES],
            closed: vec![1.0; pairs],
            heard: vec![vec![0.0; batch * measures]; layouts.len()],
            marks: layouts.iter().map(|layout| vec![0.0; batch * measures * STEPS * layout.own()]).collect(),
        }
    }

    /// Writes what was heard of a window, by measure and voice, and what is like what.
    fn write(
        &mut self,
        layouts: &[Layout],
        (measures, offset): (usize, usize),
        placed: &Placed<'_>,
        alike: impl Fn(usize, usize) -> Likeness,
    ) {
        let truth = &placed.window.truth;
        for (voice, layout) in layouts.iter().enumerate() {
            let own = layout.own();
            for (source, frames) in placed.heard.iter().take(measures).enumerate() {
                let Some(frames) = &frames[voice] else { continue };
                let row = placed.number * measures + source;
                self.heard[voice][row] = 1.0;
                let marks = &mut self.marks[voice][row * STEPS * own..(row + 1) * STEPS * own];
                marks.chunks_exact_mut(own).enumerate().for_each(|(step, marks)| frames.mark(layout, step, 1.0, marks));
            }
        }
        for t in 0..measures.min(truth.len().saturating_sub(offset)) {
            for source in 0..=t {
                let row = placed.row(t) * measures + source;
                let resized = truth[source].steps() != truth[t + offset].steps();
                let features = recall::features(t, offset, source, resized, &alike);
                self.features[row * FEATURES..(row + 1) * FEATURES].copy_from_slice(&features);
                self.closed[row] = 0.0;
            }
        }
    }
}
