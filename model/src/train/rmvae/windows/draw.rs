//! Which measures a window shows, and what of them is heard.

use super::{Spoil, WindowCutter};
use crate::music::band::{BandMeasure, VoiceId, VoiceMask};
use crate::random::Rng;
use crate::systems::rmvae::order::decode_order;
use crate::train::library::LibraryError;

/// One window, as music.
pub(super) struct Window {
    /// What is true: the targets.
    pub(super) truth: Vec<BandMeasure>,
    /// What was heard: the truth, spoilt.
    pub(super) heard: Vec<BandMeasure>,
    /// The voices of the measure between that are known.
    pub(super) planned: VoiceMask,
    /// In which order the voices are decided.
    pub(super) order: Vec<VoiceId>,
    /// The user's voice, if its measure is imagined first.
    pub(super) guide: Option<(VoiceId, Guide)>,
    /// Whose repetitions the loop rule follows.
    pub(super) followed: VoiceMask,
    /// The decoders are told nothing of the measure that they decide.
    pub(super) blind: bool,
}

/// How the user's measure is imagined while the band decides.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Guide {
    Truth,
    Looped,
    Unknown,
}

impl WindowCutter {
    /// Draws a window.
    pub(super) fn draw(&self, rng: &mut Rng) -> Result<Window, LibraryError> {
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
}
