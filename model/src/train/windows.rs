//! Training windows: what a jam would hear, cut at random from the pieces.

use std::sync::Arc;

use crate::band::{BandMeasure, BandSpec, VoiceId, VoiceMask};
use crate::loop_lag::{Lag, alikes};
use crate::random::Rng;
use crate::rmvae::conditions::{Before, Conditions, InputLayout, Looped, earlier};
use crate::rmvae::config::{Layout, RmvaeConfig};
use crate::rmvae::frames::{Frames, STEPS, write_bits, write_encoder_frame};
use crate::rmvae::order::decode_order;
use crate::rmvae::recall::{self, FEATURES, Likeness};
use crate::train::library::{Library, LibraryError};

/// How windows are cut and spoilt.
#[derive(Clone, Debug)]
pub struct WindowOptions {
    /// Windows in a batch.
    pub batch: usize,
    /// Measures in a window that are predicted from.
    pub measures: usize,
    /// How likely each input cell is flipped (seed: 1e-4 … 1e-3).
    pub noise: f32,
    /// How likely a spoilt window is transposed by −6…5 semitones.
    pub transpose: f32,
    /// How likely a window of a jam has instead a true history, and decoders that are told nothing of the measure that
    /// they decide: neither the step before nor the voices decided before. So the net learns to say how likely each
    /// note is, whatever the others.
    pub blind: f32,
    /// What is done to the histories.
    pub spoil: Spoil,
}

/// What is done to the histories of the windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoil {
    /// Nothing: all voices are heard, nothing of the measure between is known, and the voices are decided in their
    /// order without imagining the user's. From the start of the piece on: for examinations.
    None,
    /// What a jam would hear: missing and wrong voices, at random places.
    Jam,
}

/// A batch of windows as plain numbers, rows measure by measure and then window by window.
///
/// # Shapes
/// With `B` windows, `T` predicted measures, `R` encoded measures (T + 1):
/// - `frames[voice][step]`: `[R·B, frame width]`; `present[voice]`: `[R·B]`
/// - `plan[voice]`: `[T·B]`, 1 where the voice of the measure between is known
/// - `loop_row`: `[T·B]` index into `R·B`; `looped`: `[T·B]` mask
/// - `inputs[voice][step]`: `[T·B, given width]` ([`InputLayout::given`])
/// - `targets[voice][step]`: mono one-hot `[T·B, classes]`, poly activations and durations `[T·B, 2·P]`
/// - `weight[step]`: `[T·B]`, 1 where the measure has this step
#[derive(Clone, Debug)]
pub struct Windows {
    /// B.
    pub batch: usize,
    /// T.
    pub measures: usize,
    /// See the shapes above, as all below.
    pub frames: Vec<Vec<Vec<f32>>>,
    /// Heard voices.
    pub present: Vec<Vec<f32>>,
    /// Planned voices.
    pub plan: Vec<Vec<f32>>,
    /// Rows of the looped measures.
    pub loop_row: Vec<i32>,
    /// Is there a looped measure?
    pub looped: Vec<f32>,
    /// Decoder inputs.
    pub inputs: Vec<Vec<Vec<f32>>>,
    /// What is to be predicted.
    pub targets: Vec<Vec<Vec<f32>>>,
    /// Which steps count.
    pub weight: Vec<Vec<f32>>,
    /// What the memories are made of; `None` without.
    pub recall: Option<RecallWindows>,
}

/// What the memories of a batch are made of.
///
/// # Shapes
/// With S = T earlier measures, of which those later than the newest are closed:
/// - `features`: `[T·B·S, FEATURES]`, `closed`: `[T·B·S]`, 1 where the measure is not an earlier one
/// - `heard[voice]`: `[B·S]`; `marks[voice]`: `[B·S, 16 · own]` ([`Layout::own`])
#[derive(Clone, Debug)]
pub struct RecallWindows {
    /// See the shapes above, as all below.
    pub features: Vec<f32>,
    /// Which measures are not earlier ones.
    pub closed: Vec<f32>,
    /// Where each voice was heard.
    pub heard: Vec<Vec<f32>>,
    /// What each voice did there.
    pub marks: Vec<Vec<f32>>,
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

    /// Writes the window `b` of `batch`: what was heard, by measure and voice, and what is like what.
    fn write(
        &mut self,
        layouts: &[Layout],
        (b, batch): (usize, usize),
        (measures, offset): (usize, usize),
        window: &Window,
        heard: &[Vec<Option<Frames>>],
        alike: impl Fn(usize, usize) -> Likeness,
    ) {
        for (voice, layout) in layouts.iter().enumerate() {
            let own = layout.own();
            for (source, frames) in heard.iter().take(measures).enumerate() {
                let Some(frames) = &frames[voice] else { continue };
                let row = b * measures + source;
                self.heard[voice][row] = 1.0;
                let marks = &mut self.marks[voice][row * STEPS * own..(row + 1) * STEPS * own];
                marks.chunks_exact_mut(own).enumerate().for_each(|(step, marks)| frames.mark(layout, step, 1.0, marks));
            }
        }
        for t in 0..measures.min(window.truth.len().saturating_sub(offset)) {
            for source in 0..=t {
                let row = (t * batch + b) * measures + source;
                let resized = window.truth[source].steps() != window.truth[t + offset].steps();
                let features = recall::features(t, offset, source, resized, &alike);
                self.features[row * FEATURES..(row + 1) * FEATURES].copy_from_slice(&features);
                self.closed[row] = 0.0;
            }
        }
    }
}

/// Cuts windows out of pieces.
#[derive(Clone, Debug)]
pub struct WindowCutter {
    spec: BandSpec,
    config: RmvaeConfig,
    layouts: Vec<Layout>,
    options: WindowOptions,
    pieces: Arc<Library>,
}

/// One window before it is written into the batch.
struct Window {
    /// What is true: the targets.
    truth: Vec<BandMeasure>,
    /// What was heard: the truth, spoilt.
    heard: Vec<BandMeasure>,
    /// The voices of the measure between that are known.
    planned: VoiceMask,
    /// In which order the voices are decided.
    order: Vec<VoiceId>,
    /// The user's voice, if its measure is imagined first.
    guide: Option<(VoiceId, Guide)>,
    /// Whose repetitions the loop rule follows.
    followed: VoiceMask,
    /// The decoders are told nothing of the measure that they decide.
    blind: bool,
}

/// How the user's measure is imagined while the band decides.
#[derive(Clone, Copy, PartialEq)]
enum Guide {
    Truth,
    Looped,
    Unknown,
}

impl WindowCutter {
    /// Prepares to cut these pieces.
    #[must_use]
    pub fn new(spec: BandSpec, config: RmvaeConfig, options: WindowOptions, pieces: Arc<Library>) -> Self {
        let layouts = Layout::of(&spec, config.rests);
        Self { spec, config, layouts, options, pieces }
    }

    /// How many batches show about every measure once.
    #[must_use]
    pub fn batches_per_epoch(&self) -> usize {
        self.pieces.measures().div_ceil(self.options.batch * self.options.measures).max(1)
    }

    /// A batch, decided by this generator alone.
    ///
    /// # Errors
    /// [`LibraryError`] where the pieces cannot be read any more.
    pub fn cut(&self, rng: &mut Rng) -> Result<Windows, LibraryError> {
        let windows: Vec<Window> = (0..self.options.batch).map(|_| self.window(rng)).collect::<Result<_, _>>()?;
        Ok(self.assemble(&windows, rng))
    }

    fn window(&self, rng: &mut Rng) -> Result<Window, LibraryError> {
        // Longer pieces are drawn more often, so that each measure counts the same.
        #[expect(clippy::cast_precision_loss, reason = "piece lengths are small")]
        let lengths: Vec<f32> = self.pieces.lengths().map(|length| length as f32).collect();
        let piece = rng.weighted(&lengths).unwrap_or(0);
        let span = self.options.measures + self.config.offset;
        let latest = self.pieces.lengths().nth(piece).unwrap_or(0).saturating_sub(span);
        let start = if self.options.spoil == Spoil::None || rng.unit() < 0.4 { 0 } else { rng.below(latest + 1) };
        let truth = self.pieces.window(piece, start, span)?;
        let all = self.spec.all();
        let blind = self.options.spoil == Spoil::Jam && rng.unit() < self.options.blind;
        if blind || self.options.spoil == Spoil::None {
            let order = decode_order(&self.spec, None);
            let heard = truth.clone();
            return Ok(Window { truth, heard, planned: VoiceMask::NONE, order, guide: None, followed: all, blind });
        }
        let truth = if rng.unit() < self.options.transpose {
            let shift = i32::try_from(rng.below(12)).unwrap_or(6) - 6;
            truth.iter().map(|measure| measure.transposed(shift)).collect()
        } else {
            truth
        };
        let user = if rng.unit() < 0.5 { 0 } else { rng.below(self.layouts.len()) };
        // PANIC: a band has at most MAX_VOICES voices.
        let user = VoiceId::new(user).expect("a voice of the band");
        let (heard, present, alike) = self.spoil(&truth, user, rng);
        // What is known of the measure between: nothing (true history), the band's plan (second-next), or all (next).
        let planned = match rng.unit() {
            known if alike && known < 0.4 => VoiceMask::NONE,
            known if known < 0.8 => present.without(user),
            _ => present,
        };
        let followed = if alike && rng.unit() < 0.5 || !present.has(user) { present } else { VoiceMask::only(user) };
        let mut order = decode_order(&self.spec, None);
        let mut guide = None;
        if rng.unit() < 0.7 {
            order = decode_order(&self.spec, Some(user));
            let kind = rng.unit();
            guide = Some((
                user,
                if kind < 0.65 {
                    Guide::Truth
                } else if kind < 0.85 {
                    Guide::Looped
                } else {
                    Guide::Unknown
                },
            ));
        } else if rng.unit() < 0.5 {
            for last in (1..order.len()).rev() {
                order.swap(last, rng.below(last + 1));
            }
        }
        Ok(Window { truth, heard, planned, order, guide, followed, blind: false })
    }

    /// What a jam would have heard: a draw from the sub-sampled terms of Wu and Goodman (2018) –
    /// all voices, a single one, a random subset – and histories in which the others went wrong,
    /// as a band's own output may. Returns the measures, the voices present, and whether it is the truth.
    fn spoil(&self, truth: &[BandMeasure], user: VoiceId, rng: &mut Rng) -> (Vec<BandMeasure>, VoiceMask, bool) {
        let all = self.spec.all();
        let mut heard = truth.to_vec();
        let kind = rng.unit();
        if kind < 0.3 {
            return (heard, all, true);
        }
        let present = if kind < 0.45 {
            VoiceMask::only(user)
        } else if kind < 0.6 {
            let some: VoiceMask = all.iter().filter(|_| rng.unit() < 0.5).collect();
            if some.is_empty() { VoiceMask::only(user) } else { some }
        } else {
            self.play_wrong(&mut heard, truth, user, rng);
            all
        };
        for measure in &mut heard {
            for voice in all.iter().filter(|&voice| !present.has(voice)) {
                measure.clear(voice);
            }
        }
        (heard, present, false)
    }

    /// Replaces the other voices, in a stretch of the window, by something transposed, by other
    /// measures of the piece, or by nothing.
    fn play_wrong(&self, heard: &mut [BandMeasure], truth: &[BandMeasure], user: VoiceId, rng: &mut Rng) {
        let others = self.spec.all().without(user);
        let from = rng.below(truth.len());
        let to = from + 1 + rng.below(truth.len() - from);
        let (from, to) = if rng.unit() < 0.5 { (0, truth.len()) } else { (from, to) };
        let kind = rng.unit();
        let shift = i32::try_from(1 + rng.below(11)).unwrap_or(5) - 6;
        let lag = 1 + rng.below(8);
        for index in from..to {
            let source = if kind < 0.4 {
                truth[index].transposed(shift)
            } else if kind < 0.75 {
                truth[if index >= lag { index - lag } else { (index + lag).min(truth.len() - 1) }]
            } else if kind < 0.85 {
                truth[rng.below(truth.len())]
            } else {
                BandMeasure::missing(truth[index].steps())
            };
            for voice in others.iter() {
                if source.present.has(voice) {
                    heard[index].set(voice, source.voice(voice));
                } else {
                    heard[index].clear(voice);
                }
            }
        }
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "rows of a batch")]
    fn assemble(&self, windows: &[Window], rng: &mut Rng) -> Windows {
        let (batch, measures, offset) = (windows.len(), self.options.measures, self.config.offset);
        let (rows, predicted) = ((measures + 1) * batch, measures * batch);
        let voices = self.layouts.len();
        let per_step = |width: usize, rows: usize| vec![vec![0.0f32; rows * width]; STEPS];
        let input_layouts: Vec<InputLayout> =
            self.layouts.iter().map(|layout| InputLayout::new(&self.config, layout, voices)).collect();
        let mut out = Windows {
            batch,
            measures,
            frames: self.layouts.iter().map(|layout| per_step(layout.frame_width(), rows)).collect(),
            present: vec![vec![0.0; rows]; voices],
            plan: vec![vec![0.0; predicted]; voices],
            loop_row: vec![0; predicted],
            looped: vec![0.0; predicted],
            inputs: input_layouts.iter().map(|input| per_step(input.given(), predicted)).collect(),
            targets: self.layouts.iter().map(|layout| per_step(layout.output_width(), predicted)).collect(),
            weight: vec![vec![0.0; predicted]; STEPS],
            recall: self.config.history_expert.then(|| RecallWindows::new(&self.layouts, batch, measures)),
        };
        for (b, window) in windows.iter().enumerate() {
            let frames_of = |measures: &[BandMeasure]| -> Vec<Vec<Option<Frames>>> {
                let frame = |measure: &BandMeasure, voice: usize| {
                    let id = VoiceId::new(voice)?;
                    measure.present.has(id).then(|| Frames::of(&self.layouts[voice], measure.voice(id)))
                };
                measures.iter().map(|m| (0..voices).map(|voice| frame(m, voice)).collect()).collect()
            };
            let (truth, heard) = (frames_of(&window.truth), frames_of(&window.heard));
            for (t, measure) in window.heard.iter().take(measures + 1).enumerate() {
                let row = t * batch + b;
                for (voice, layout) in self.layouts.iter().enumerate() {
                    let (Some(frames), Some(id)) = (&heard[t][voice], VoiceId::new(voice)) else { continue };
                    out.present[voice][row] = 1.0;
                    let width = layout.frame_width();
                    for step in 0..STEPS {
                        let frame = &mut out.frames[voice][step][row * width..(row + 1) * width];
                        write_encoder_frame(layout, frames, measure.voice(id), step, frame);
                    }
                }
            }
            let alike = alikes(&window.truth, window.followed);
            let alike = |a: usize, b: usize| alike[a][b];
            let loops: Vec<_> =
                (0..window.truth.len().saturating_sub(offset)).map(|m| earlier(m, offset, alike)).collect();
            if let Some(recall) = &mut out.recall {
                let like = |a: usize, b: usize| Likeness::of(&truth[a], &truth[b], window.followed, alike(a, b));
                recall.write(&self.layouts, (b, batch), (measures, offset), window, &heard, like);
            }
            for t in 0..measures.min(window.truth.len().saturating_sub(offset)) {
                let row = t * batch + b;
                let target = &window.truth[t + offset];
                let at = |lag: Lag| t + offset - lag.lag;
                let lagged = loops[t][0].map(at);
                if let Some(from) = lagged {
                    out.loop_row[row] = (from * batch + b) as i32;
                    out.looped[row] = 1.0;
                }
                for step in 0..usize::from(target.steps()) {
                    out.weight[step][row] = 1.0;
                }
                let between = if offset == 2 { Some(t + 1) } else { None };
                let mut decided: Vec<Option<Frames>> = vec![None; voices];
                for &id in &window.order {
                    let voice = id.index();
                    let layout = &self.layouts[voice];
                    if let Some(between) = between
                        && window.planned.has(id)
                        && heard[between][voice].is_some()
                    {
                        out.plan[voice][row] = 1.0;
                    }
                    // The measure just before the target, where this voice's is known.
                    let last = match between {
                        Some(between) if window.planned.has(id) => heard[between][voice],
                        Some(_) => None,
                        None => heard[t][voice],
                    };
                    let conditions = Conditions {
                        recalled: &[],
                        steps: usize::from(target.steps()),
                        looped: loops[t].map(|lag| {
                            let lag = lag?;
                            Some(Looped { frames: heard[at(lag)][voice], likeness: lag.likeness, newest: lag.newest })
                        }),
                        decided: &decided,
                    };
                    let Some(frames) = truth[t + offset][voice] else { continue };
                    let width = input_layouts[voice].given();
                    let targets = layout.output_width();
                    for step in 0..usize::from(target.steps()) {
                        let before = if step == 0 {
                            last.as_ref().map(Before::end_of)
                        } else {
                            (!window.blind).then(|| Before::at(&frames, step - 1))
                        };
                        let input = &mut out.inputs[voice][step][row * width..(row + 1) * width];
                        input_layouts[voice].write(&self.layouts, voice, &conditions, before, step, input);
                        let goal = &mut out.targets[voice][step][row * targets..(row + 1) * targets];
                        if layout.is_mono() {
                            goal[usize::from(frames.class[step])] = 1.0;
                        } else {
                            write_bits(frames.onset[step], &mut goal[..layout.pitches]);
                            for note in target.voice(id).notes().iter().filter(|note| usize::from(note.step.0) == step)
                            {
                                let pitch = crate::rmvae::frames::pitch(layout, note.key);
                                goal[layout.pitches + pitch] = f32::from(note.length);
                            }
                        }
                    }
                    decided[voice] = match window.guide {
                        _ if window.blind => None,
                        Some((user, Guide::Looped)) if user == id => lagged.and_then(|from| truth[from][voice]),
                        Some((user, Guide::Unknown)) if user == id => None,
                        _ => Some(frames),
                    };
                }
            }
        }
        self.flip_cells(&mut out, rng);
        out
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
