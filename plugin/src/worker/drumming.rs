//! The drummer at the worker: one measure for each request, from what it played before.

use model::music::chart::BarPlace;
use model::music::drums::DrumMeasure;
use model::systems::band_file::Band;
use model::systems::drummer::{BandAround, DrumAsk, DrumStyle, Drummer};
use model::{BandMeasure, BandSpec, PredictRequest, Role, VoiceId};

/// How somebody is to drum in the measure that is requested.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DrumsWanted {
    /// The style; `None` lets the drummer choose.
    pub style: Option<DrumStyle>,
    /// As much as the band's and the drummer's own together, −2 (few and soft strokes) to 2 (many and hard ones).
    pub energy: f32,
    /// Where the measure lies in its bar, if the host has said it.
    pub place: Option<BarPlace>,
    /// Quarter notes a minute.
    pub tempo: f32,
    /// What is random of the whole take comes from this.
    pub take: u64,
    /// Counts the starts of the transport: with each, the drummer begins anew.
    pub run: u32,
}

/// The drummer of an instance. The same requests in the same order always give the same measures.
#[derive(Default)]
pub(super) struct Drumming {
    at_play: Option<AtPlay>,
}

/// Somebody who has begun.
struct AtPlay {
    drummer: Drummer,
    run: u32,
    /// The measure that was played last, and the drummer before it: it may be asked for again, otherwise.
    last: Option<(u32, Drummer)>,
}

impl Drumming {
    /// The measure that is requested, to what the band plays in it as far as that is known. `None` where the drummer
    /// cannot play.
    pub(super) fn play(
        &mut self,
        wanted: &DrumsWanted,
        request: &PredictRequest,
        (spec, band): (&BandSpec, Option<&BandMeasure>),
    ) -> Option<DrumMeasure> {
        if self.at_play.as_ref().is_none_or(|at_play| at_play.run != wanted.run) {
            self.at_play = Some(AtPlay { drummer: Drummer::new(Band::drummer()?), run: wanted.run, last: None });
        }
        let AtPlay { drummer, last, .. } = self.at_play.as_mut()?;
        let target = request.target.0;
        match last.take() {
            Some((before, as_it_was)) if before == target => *drummer = as_it_was,
            Some((before, _)) if before.wrapping_add(1) == target => {}
            // Music was left out: a phrase begins.
            Some(_) => drummer.rest(),
            None => {}
        }
        *last = Some((target, drummer.clone()));
        let user = request.history.back(0).filter(|newest| newest.present.has(request.user));
        let with_role = |role: Role| {
            let band = band?;
            let place = (0..spec.voices.len()).filter(|&place| spec.voices[place].role == role);
            let voice = place.filter_map(VoiceId::new).find(|&voice| band.present.has(voice))?;
            Some(band.voice(voice))
        };
        let around = BandAround {
            user: user.map(|newest| newest.voice(request.user)),
            bass: with_role(Role::Bass),
            chords: with_role(Role::Harmony),
        };
        drummer.play(&DrumAsk {
            steps: request.steps,
            place: wanted.place,
            tempo: wanted.tempo,
            style: wanted.style,
            energy: wanted.energy,
            temperature: request.style.temperature,
            around,
            seed: request.seed,
            take: wanted.take,
        })
    }
}
