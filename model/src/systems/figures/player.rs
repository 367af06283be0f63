//! A player that keeps a figure, over the harmony that another plans.

use std::sync::Arc;

use super::again::{Again, Place};
use super::bank::FigureBank;
use super::bars::Slot;
use super::choose::{Rhythms, Situation, Suiting, choose, dice, steady};
use super::contour::Contour;
use super::excerpt::{PART_NAMES, PARTS, Rhythm, TUNE};
use super::excess::Excess;
use super::fullness::fullness;
use super::ground::{Ground, Returning};
use super::habits::Habit;
use super::held::as_held;
use super::imagined::Imagined;
use super::lay::{CHORDS, Figure};
use super::person::Person;
use super::register::{Register, middle_of};
use super::revoice::revoiced;
use super::struck::Struck;
use super::weighing::Weighing;
use crate::music::band::{BandMeasure, BandSpec, VoiceId, VoiceMask};
use crate::music::chart::halves;
use crate::music::measure::Measure;
use crate::predict::predictor::{PredictError, PredictRequest, Predictor};
use crate::predict::texture::Texture;
use crate::rules::loop_lag;
use crate::systems::harmony::{TrainedHarmony, rounds};

/// Of so many measures. Chosen: two phrases.
const RECENT: usize = 8;

/// Of so many measures it is counted how often a voice played. Chosen: four phrases.
const OF_LATE: u8 = 16;

/// How much of the energy decides which figures are taken, of many: the sparsest and the busiest are far apart. Measured on
/// POP909's `valid`: with all of it, a band at full energy plays four times as many notes, and a fifth at the least.
const TAKEN: f32 = 0.4;

/// How much it counts how well new figures suit what was played, beside what they are worth over the chords. Chosen on the
/// validation songs.
const SUITS: f32 = 7.0;

/// Another predictor, whose harmony is played as people play: in figures that are kept, where a request asks for them.
pub struct FigurePlayer {
    inner: Box<dyn Predictor>,
    bank: Arc<FigureBank>,
    /// Who knows where the user's music comes from.
    listener: Option<Arc<TrainedHarmony>>,
    parts: [Option<VoiceId>; PARTS],
    tune: Option<VoiceId>,
}

impl FigurePlayer {
    /// Has this band voices of which there are figures? Two at least: a choir's bass is no pop band's.
    #[must_use]
    pub fn plays(spec: &BandSpec) -> bool {
        PART_NAMES.iter().filter(|name| spec.voice(name).is_some()).count() >= 2
    }

    /// The figures of `bank` over the harmony of `inner`, in those of its voices that people's figures are of; the same
    /// player, where it has none of them. The user is imagined as the believer of `listener` has it; without one, by rule.
    #[must_use]
    pub fn over(
        inner: Box<dyn Predictor>,
        bank: Arc<FigureBank>,
        listener: Option<Arc<TrainedHarmony>>,
    ) -> Box<dyn Predictor> {
        if !Self::plays(inner.spec()) {
            return inner;
        }
        let parts = PART_NAMES.map(|name| inner.spec().voice(name));
        let tune = inner.spec().voice(TUNE);
        Box::new(Self { inner, bank, listener, parts, tune })
    }

    /// What is compared of a measure that the band played.
    fn rhythms(&self, measure: &BandMeasure) -> Rhythms {
        self.parts.map(|part| Some(rhythm_of(measure.voice(part.filter(|&part| measure.present.has(part))?))))
    }

    /// How the chords rise and fall in a measure that the band played.
    fn contour(&self, measure: &BandMeasure) -> Option<Contour> {
        let chords = self.parts[CHORDS].filter(|&chords| measure.present.has(chords))?;
        Some(Contour::of(measure.voice(chords)))
    }

    fn situation(&self, request: &PredictRequest, returning: Option<Returning<'_>>) -> Situation {
        let own = self.own(request);
        let PredictRequest { history, user, voices, .. } = request;
        let newest = history.back(0);
        let between = before(request);
        let wanted = self.parts.map(|part| part.is_some_and(|part| voices.has(part)));
        let of_band = |measure: &BandMeasure| {
            let mut rhythms = self.rhythms(measure);
            rhythms.iter_mut().zip(wanted).filter(|(_, wanted)| !wanted).for_each(|(rhythm, _)| *rhythm = None);
            rhythms
        };
        let mut of_user = newest.map(|newest| self.rhythms(newest)).unwrap_or_default();
        of_user
            .iter_mut()
            .zip(self.parts)
            .filter(|(_, part)| *part != Some(*user))
            .for_each(|(rhythm, _)| *rhythm = None);
        let tune = newest.filter(|newest| self.tune == Some(*user) && newest.present.has(*user));
        // The second tune plays beside any texture.
        let people = self.person(request, None);
        Situation {
            slot: Slot::of(request),
            texture: request.style.figures.texture(),
            ahead: usize::from(request.ahead),
            wanted,
            before: between.filter(|_| of_now(request, 1)).map(of_band).unwrap_or_default(),
            busier: std::array::from_fn(|part| self.busier(request, &people, part)),
            returning: returning
                .filter(|back| back.then.present.and(own) == own && !back.then.is_silent(own))
                .filter(|back| of_now(request, back.lag.lag))
                .map(|back| (of_band(back.then), back.lag.likeness)),
            tune: tune.map(|newest| rhythm_of(newest.voice(*user)).onsets),
            user: of_user,
            density: request.style.density * request.style.energy.part(TAKEN).density(),
            temperature: request.style.temperature,
            seed: request.seed,
        }
    }

    /// Whose habits the band has: who asks for a texture asks for what all do who play it.
    fn person(&self, request: &PredictRequest, texture: Option<Texture>) -> Person {
        let tune = Struck::of(self.tune(request).map(|measure| rhythm_of(measure).onsets));
        let tune = tune.filter(|_| request.style.figures.texture().is_none());
        self.bank.person(tune.as_ref(), texture, Slot::of(request))
    }

    /// How much oftener than people's a voice has played of late, a share of measures; 0 where it is not wanted.
    fn busier(&self, request: &PredictRequest, people: &Person, part: usize) -> f32 {
        let Some(voice) = self.parts[part].filter(|&voice| request.voices.has(voice)) else { return 0.0 };
        let own = self.own(request);
        let planned = request.planned.iter().filter(|_| request.ahead == 2);
        let of_late = planned.chain(request.history.iter().rev()).take(usize::from(OF_LATE));
        // Where the whole band rests, nobody rests instead of playing.
        let played = of_late.filter(|measure| measure.present.has(voice) && !measure.is_silent(own));
        let more = |measure: &BandMeasure| {
            let plays = measure.voice(voice).onsets().next().is_some();
            (if plays { 1.0 } else { 0.0 }) - people.presence[part]
        };
        played.map(more).sum::<f32>() / f32::from(OF_LATE)
    }

    /// The user's tune as far as it was heard, the newest measure first; nothing where the user plays none.
    fn tune<'a>(&self, request: &'a PredictRequest) -> impl Iterator<Item = &'a Measure> + use<'a> {
        let (user, plays) = (request.user, self.tune == Some(request.user));
        let heard = request.history.iter().rev().filter(move |measure| plays && measure.present.has(user));
        heard.map(move |measure| measure.voice(user))
    }

    /// The voices that it lays figures in.
    fn own(&self, request: &PredictRequest) -> VoiceMask {
        self.parts.into_iter().flatten().filter(|&part| request.voices.has(part)).collect()
    }

    /// By what measures are weighed, old ones and new.
    fn weighing<'a>(&self, request: &PredictRequest, ground: &'a Ground) -> Weighing<'a> {
        let newest = before(request);
        Weighing {
            ground,
            parts: self.parts.map(|part| part.filter(|&part| request.voices.has(part))),
            beneath: self.parts[CHORDS] == Some(request.user),
            home: request.tonality.to_c(),
            now: newest.map(|newest| self.rhythms(newest)).unwrap_or_default(),
            contour: newest.and_then(|newest| self.contour(newest)),
            excess: self.excess(request),
            energy: request.style.energy,
            steady: steady(request.style.temperature),
            // Who asks for little asks for room.
            fullness: fullness(ground.expected(), self.tune(request)) * (1.0 + request.style.energy.get()).min(1.0),
            known: request.chords.is_known(),
        }
    }

    /// What the voices did more than people of late.
    fn excess(&self, request: &PredictRequest) -> Excess {
        let own = self.own(request);
        let planned = request.planned.iter().filter(|_| request.ahead == 2);
        let of_late = planned.chain(request.history.iter().rev()).take(usize::from(OF_LATE));
        let habits = |measure: &BandMeasure| {
            self.parts.map(|part| {
                let part = part.filter(|&part| own.has(part) && measure.present.has(part))?;
                Some(Habit::of_band(measure.voice(part)))
            })
        };
        let notes = request.style.notes();
        let person = self.person(request, request.style.figures.texture());
        let people = person.habits.map(|habit| habit.denser(notes));
        Excess::of(of_late.filter(|measure| !measure.is_silent(own)).map(habits), people, f32::from(OF_LATE))
    }

    /// The figures that come next, over what is planned: of those that suit what was played the ones that are worth most.
    fn figures(
        &self,
        request: &PredictRequest,
        plan: &BandMeasure,
        weighing: &Weighing<'_>,
        returning: Option<Returning<'_>>,
    ) -> Option<BandMeasure> {
        let registers = self.registers(request);
        let worth = |one: Suiting<'_>| {
            let laid = self.laid(request, (plan, weighing.ground), &registers, one);
            (SUITS * one.score + weighing.worth(&laid, &self.rhythms(&laid)).worth, laid)
        };
        let suiting = choose(&self.bank, &self.situation(request, returning));
        let best = suiting.into_iter().map(worth).reduce(|best, one| if one.0 > best.0 { one } else { best });
        let (_, laid) = best?;
        Some(revoiced(laid, weighing, |voice| self.spec().voices[voice.index()].range))
    }

    /// Where each voice lies, but for the excerpt that it plays.
    fn registers(&self, request: &PredictRequest) -> [Register; PARTS] {
        let tune = middle_of(self.tune(request).take(usize::from(OF_LATE)));
        std::array::from_fn(|part| {
            let recent = self.parts[part].and_then(|voice| {
                let played = request.history.iter().rev().take(RECENT).filter(|measure| measure.present.has(voice));
                middle_of(played.map(|measure| measure.voice(voice)))
            });
            let songs = self.bank.middle(part, Slot::of(request));
            Register { songs, excerpt: songs, tune, before: recent }
        })
    }

    /// These figures, over what is planned.
    fn laid(
        &self,
        request: &PredictRequest,
        (plan, ground): (&BandMeasure, &Ground),
        registers: &[Register; PARTS],
        Suiting { excerpt, place, .. }: Suiting<'_>,
    ) -> BandMeasure {
        let home = request.tonality.to_c();
        let before = before(request);
        let mut out = *plan;
        // The bass first: the chords lie over it.
        let mut below = None;
        for (part, voice) in self.parts.into_iter().enumerate().rev() {
            let Some(voice) = voice.filter(|&voice| request.voices.has(voice)) else { continue };
            let rise = request.style.energy.rise(self.inner.spec().voices[voice.index()].role);
            let register = Register { excerpt: excerpt.middles[part], ..registers[part] };
            let middle = register.middle(part, home, rise);
            let before = before.filter(|before| before.present.has(voice)).map(|before| before.voice(voice));
            let range = self.inner.spec().voices[voice.index()].range;
            let figure = Figure { excerpt, place, part, before, below: below.as_ref(), middle, range };
            let laid = figure.laid(ground, request.steps, home);
            if part + 1 == PARTS {
                below = Some(laid.transposed(home));
            }
            out.set(voice, &laid);
        }
        out
    }
}

impl FigurePlayer {
    /// What the band played before, if it is to be played again in place of something `new`.
    fn again<'a>(
        &self,
        request: &'a PredictRequest,
        weighing: &Weighing<'_>,
        new: &BandMeasure,
        returning: Option<Returning<'a>>,
    ) -> Option<&'a BandMeasure> {
        let planned = request.planned.as_ref().filter(|_| request.ahead == 2);
        let played: Vec<&BandMeasure> = request.history.iter().chain(planned).collect();
        let again = Again { weighing, returning };
        let worth = |measure: &BandMeasure| weighing.worth(measure, &self.rhythms(measure));
        let new = worth(new);
        let score = |(at, &then): (usize, &&'a BandMeasure)| {
            let before = at.checked_sub(1).map(|before| self.rhythms(played[before]));
            let place = Place { ago: played.len() - at, before };
            // Who asks for something else does not want that again.
            if !of_now(request, place.ago) {
                return None;
            }
            Some((again.better((then, worth(then)), place, new)?, then))
        };
        let those = played.iter().enumerate().filter(|(_, then)| self.may_return(request, then)).filter_map(score);
        those.max_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, then)| then)
    }
}

impl FigurePlayer {
    /// What is to be played where chords are held, in place of this; `None`: nothing else, since nothing is held, or more notes
    /// are wanted than one round before, or fewer, or another texture.
    fn as_held(&self, request: &PredictRequest, new: &BandMeasure) -> Option<BandMeasure> {
        halves(request.steps).find(|(from, _)| request.chords.is_held(*from))?;
        let (then, lag) = rounds::round_before(request)?;
        let then = request.history.get(then)?;
        let comes_back = of_now(request, lag) && self.may_return(request, then);
        comes_back.then(|| as_held(&request.chords, (self.spec(), self.own(request)), then, new))
    }

    /// May a measure that the band played be played again as it was?
    fn may_return(&self, request: &PredictRequest, then: &BandMeasure) -> bool {
        let own = self.own(request);
        then.steps() == request.steps
            && then.present.and(own) == own
            && !then.is_silent(own)
            && self.is_of(request, then)
            && Slot::of(request).counts(self.strikes(then))
    }
}

/// How like the rhythms of people's measures the chords and the bass of one must be to be of their texture. Chosen: a note held
/// into another chord that starts anew, or one that does not, changes little.
const OF_TEXTURE: f32 = 0.8;

impl FigurePlayer {
    /// The steps at which chords or bass strike.
    fn strikes(&self, then: &BandMeasure) -> u16 {
        // The second tune may lie as it likes.
        self.rhythms(then).into_iter().skip(1).flatten().fold(0, |strikes, rhythm| strikes | rhythm.onsets)
    }

    /// Is a measure that the band played of the texture that is asked for now? Another may have been then.
    fn is_of(&self, request: &PredictRequest, then: &BandMeasure) -> bool {
        let Some(texture) = request.style.figures.texture() else { return true };
        let played = self.rhythms(then);
        // The second tune is nobody's texture.
        let wanted = |part: usize| part > 0 && self.parts[part].is_some_and(|part| request.voices.has(part));
        let fitting = self.bank.fitting(Some(texture), Slot::of(request));
        let cut = u16::MAX >> (16 - request.steps.clamp(1, 16));
        let measures = || fitting.iter().flat_map(|(_, excerpt)| fitting.measures(excerpt));
        (0..PARTS).filter(|&part| wanted(part)).all(|part| {
            let mut people = measures().map(|(_, measure)| measure.rhythms[part]);
            played[part]
                .is_none_or(|played| people.any(|people| dice(played.onsets, people.onsets & cut) >= OF_TEXTURE))
        })
    }
}

/// Was the measure that lies so many before the wanted one asked for since the seed was set, for as many notes, and as much
/// energy?
fn of_now(request: &PredictRequest, ago: usize) -> bool {
    request.since_seed.is_none_or(|since| ago <= since) && request.asked.were_alike(request.target.0, ago)
}

/// What is compared of what a voice played.
fn rhythm_of(measure: &Measure) -> Rhythm {
    Rhythm::of(measure.onsets().map(|note| (note.step.0, note.velocity.get())))
}

/// What the band plays in the measure before the wanted one, as far as it is known.
fn before(request: &PredictRequest) -> Option<&BandMeasure> {
    if request.ahead == 2 { request.planned.as_ref() } else { request.history.back(0) }
}

/// What the user's music comes back to.
fn returning(request: &PredictRequest) -> Option<Returning<'_>> {
    let newest = request.history.len().checked_sub(1)?;
    let ahead = usize::from(request.ahead);
    let alike = loop_lag::alikes(request.history.iter(), VoiceMask::only(request.user));
    let lag = loop_lag::lag(newest, ahead, |a, b| alike[a][b])?;
    let then = request.history.get(newest + ahead - lag.lag)?;
    (then.steps() == request.steps).then_some(Returning { then, lag })
}

impl std::fmt::Debug for FigurePlayer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FigurePlayer").field("spec", self.spec()).finish_non_exhaustive()
    }
}

impl Predictor for FigurePlayer {
    fn spec(&self) -> &BandSpec {
        self.inner.spec()
    }

    fn obeys_given(&self) -> bool {
        self.inner.obeys_given()
    }

    fn obeys_chords(&self) -> bool {
        self.inner.obeys_chords()
    }

    fn predict(&mut self, request: &PredictRequest) -> Result<BandMeasure, PredictError> {
        let plan = self.inner.predict(request)?;
        // Where a piece is written anew, its own figures are known, and the net has heard them.
        if !request.style.figures.are_played() || request.known().is_some() {
            return Ok(plan);
        }
        let returning = returning(request);
        let ground =
            Ground::new(request, &plan, self.parts[PARTS - 1], Imagined::of(request, self.listener.as_deref()));
        let weighing = self.weighing(request, &ground);
        let Some(new) = self.figures(request, &plan, &weighing, returning) else { return Ok(plan) };
        let mut out = plan;
        let chosen = self.again(request, &weighing, &new, returning).unwrap_or(&new);
        let chosen = self.as_held(request, chosen).unwrap_or(*chosen);
        self.own(request).iter().for_each(|voice| out.set(voice, chosen.voice(voice)));
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::chart::{BarPlace, MeasureChords};
    use crate::music::chord::Chord;
    use crate::music::measure::Measure;
    use crate::music::meter::TimeSignature;
    use crate::music::note::{Key, Note};
    use crate::music::tonality::{Mode, Tonality};
    use crate::predict::energy::Energy;
    use crate::predict::predictor::MeasureIndex;
    use crate::predict::texture::{Figures, Texture};
    use crate::rules::loop_rule::LoopRule;
    use crate::systems::band_file::Band;
    use crate::systems::harmony::features::accompanying;
    use crate::systems::harmony::hold::{self, Hold};

    fn player() -> Box<dyn Predictor> {
        let bank = FigureBank::embedded().expect("a bank");
        FigurePlayer::over(Box::new(LoopRule::new(BandSpec::pop())), bank, Band::harmony())
    }

    /// What the band plays to a tune of these pitch classes, a measure each, over and over.
    fn jam(
        classes: &[i32],
        measures: usize,
        seed: u64,
        mut change: impl FnMut(&mut PredictRequest),
    ) -> Vec<BandMeasure> {
        let spec = BandSpec::pop();
        let (mut player, mut request) = (player(), PredictRequest::empty());
        let user = spec.voice("Lead").expect("a lead");
        (request.user, request.voices, request.ahead) = (user, spec.all().without(user), 1);
        request.style.figures = Figures::Automatic;
        let mut out: Vec<BandMeasure> = Vec::new();
        for at in 0..measures {
            let class = classes[at % classes.len()];
            let notes = [0, 4, 8, 12].map(|step| Note::new(step, 4, Key::clamped(60 + class)));
            let mut heard = out.last().copied().unwrap_or(BandMeasure::missing(16));
            heard.set(user, &Measure::from_notes(16, notes));
            request.history.push(&heard);
            request.seed = crate::random::mix(seed, at as u64);
            request.target = MeasureIndex(u32::try_from(at).expect("few"));
            change(&mut request);
            request.asked.ask(request.target.0, request.style.density, request.style.energy);
            out.push(player.predict(&request).expect("a measure"));
        }
        out
    }

    fn onsets(measure: &BandMeasure, voice: &str) -> Vec<u8> {
        let voice = BandSpec::pop().voice(voice).expect("a voice");
        let mut steps: Vec<u8> = measure.voice(voice).onsets().map(|note| note.step.0).collect();
        steps.dedup();
        steps
    }

    #[test]
    fn a_rhythm_is_kept_from_measure_to_measure_and_the_band_is_never_silent() {
        let mut kept = Vec::new();
        for seed in 0..60 {
            let played = jam(&[0, 5, 7, 9, 2, 4, 5, 7], 24, seed, |_| ());
            let own = played[0].present;
            assert!(played.iter().all(|measure| !measure.is_silent(own)), "seed {seed}");
            let same = |a: &BandMeasure, b: &BandMeasure| {
                let (a, b) = (onsets(a, "Bass"), onsets(b, "Bass"));
                let both = a.iter().filter(|step| b.contains(step)).count();
                2 * both >= a.len().max(b.len())
            };
            kept.push(played.windows(2).filter(|pair| same(&pair[0], &pair[1])).count());
        }
        // Where it falls on a song whose bass changes, it changes; that is seldom.
        let steady = kept.iter().filter(|&&kept| kept >= 17).count();
        assert!(steady >= 45, "how often of 23 the bass keeps at least half of its rhythm, seeds 0 to 59: {kept:?}");
    }

    #[test]
    fn what_the_user_repeats_the_band_repeats_note_for_note() {
        for seed in 0..3 {
            let again = |classes: &[i32]| {
                let played = jam(classes, 32, seed, |_| ());
                let came = |at: usize| {
                    let own = played[at].present;
                    let same =
                        |then: &BandMeasure| own.iter().all(|voice| then.voice(voice) == played[at].voice(voice));
                    played[..at].iter().any(same)
                };
                (16..32).filter(|&at| came(at)).count()
            };
            let (round, never) = (again(&[0, 9, 5, 7]), again(&[0, 9, 5, 7, 2, 4, 11, 6, 1, 8, 3, 10].repeat(3)[..]));
            assert!(round >= 8, "of the last 16 measures {round} came before, seed {seed}");
            assert!(
                round >= never,
                "{round}, and {never} where the tune takes twelve measures to come round, seed {seed}"
            );
        }
    }

    /// A loop of eight measures, in which chords are held, four times; and the steps at which they are.
    fn held_loop(seed: u64, mut change: impl FnMut(usize, &mut PredictRequest)) -> (Vec<BandMeasure>, Vec<Vec<u8>>) {
        let mut held = Vec::new();
        let played = jam(&[0, 9, 5, 7, 2, 4, 11, 6], 32, seed, |request| {
            request.chords = MeasureChords::NONE;
            request.chords = hold::held(Hold::Repeats, request, &BandSpec::pop()).unwrap_or(request.chords);
            held.push((0..16).filter(|&step| request.chords.is_held(step)).collect());
            change(held.len(), request);
        });
        (played, held)
    }

    #[test]
    fn where_chords_are_held_a_loop_has_the_same_chords_in_every_round() {
        let mut kept = 0;
        for seed in 0..6 {
            let (played, held) = held_loop(seed, |_, _| ());
            for (at, held) in held.iter().enumerate().skip(8) {
                for (half, (from, _)) in halves(16).enumerate().filter(|(_, (from, _))| held.contains(from)) {
                    let (then, now) = (chords(&played[at - 8])[half], chords(&played[at])[half]);
                    assert_eq!(now, then, "measure {at}, from step {from}, seed {seed}");
                    kept += 1;
                }
            }
        }
        assert!(kept >= 6 * 24, "of 6 × 32 halves of rounds 3 and 4, {kept} were held");
    }

    #[test]
    fn what_a_chart_says_of_half_a_measure_is_played_though_the_other_half_is_held() {
        let mut changed = 0;
        for seed in 0..6 {
            // From the third round on, of the second half of the loop's third measure.
            let (played, _) = held_loop(seed, |at, request| {
                if at > 16 && at % 8 == 3 {
                    request.chords.set_until((8, 16), "Db".parse().ok());
                }
            });
            changed += [18, 26].iter().filter(|&&at| chords(&played[at])[1] != chords(&played[10])[1]).count();
        }
        assert!(changed >= 10, "of 12 halves {changed} have another chord");
    }

    /// The chords that the band's voices sound.
    fn chords(measure: &BandMeasure) -> Vec<Option<Chord>> {
        halves(16).map(|half| accompanying(measure, &BandSpec::pop(), half).map(Chord::without_bass)).collect()
    }

    #[test]
    fn who_asks_for_more_or_for_less_in_a_loop_gets_it_in_the_next_round() {
        // Notes of the third round, in which this is asked for first, held and not.
        let notes = |held: bool, density: f32, energy: f32| -> usize {
            let later = |at: usize, request: &mut PredictRequest| {
                if !held {
                    request.chords = MeasureChords::NONE;
                }
                if at > 16 {
                    request.style.density = density;
                    request.style.energy = Energy::clamped(energy);
                }
            };
            let third = |seed| held_loop(seed, later).0[16..24].to_vec();
            (0..6).flat_map(third).map(|measure| own_onsets(&measure)).sum()
        };
        for held in [false, true] {
            let as_before = notes(held, 1.0, 0.0);
            let less = [notes(held, 0.5, 0.0), notes(held, 1.0, -1.0)];
            let more = [notes(held, 2.0, 0.0), notes(held, 1.0, 1.0)];
            let right =
                less.iter().all(|less| less * 5 < as_before * 4) && more.iter().all(|more| more * 4 > as_before * 5);
            assert!(right, "{less:?}, {as_before}, {more:?} notes, held: {held}");
        }
    }

    #[test]
    fn a_daring_band_plays_other_measures_in_a_loop_and_one_as_it_is_by_itself_seldom() {
        let came = |temperature: f32| -> usize {
            let again = |seed| {
                let played =
                    jam(&[0, 9, 5, 7, 2, 4, 11, 6], 48, seed, |request| request.style.temperature = temperature);
                (8..48).filter(|&at| played[..at].contains(&played[at])).count()
            };
            (0..6).map(again).sum()
        };
        let (steady, daring) = (came(1.0), came(2.0));
        assert!(steady >= 180 && daring <= 120, "of 240 measures {steady} came before, at temperature 2 {daring}");
    }

    /// How many notes the band's voices begin.
    fn own_onsets(measure: &BandMeasure) -> usize {
        PART_NAMES
            .iter()
            .map(|part| measure.voice(BandSpec::pop().voice(part).expect("a voice")).onsets().count())
            .sum()
    }

    #[test]
    fn the_second_tune_plays_about_as_often_as_peoples_whatever_the_seed() {
        let quarters = Struck::of(std::iter::once(0x1111));
        let bank = FigureBank::embedded().expect("a bank");
        let people = bank.person(quarters.as_ref(), None, Slot::whole(16)).presence[0];
        let beside = |seed| {
            let played = jam(&[0, 9, 5, 7, 2, 4, 11, 6, 1, 8, 3, 10], 64, seed, |_| ());
            let often = played.iter().filter(|measure| !onsets(measure, "Counter").is_empty()).count();
            (f32::from(u8::try_from(often).expect("few")) / 64.0 - people).abs()
        };
        let beside = (0..6).map(beside).sum::<f32>() / 6.0;
        // Measured: 0.17; where nothing counts but what follows, 0.38, since it always plays or never.
        assert!(beside < 0.25, "{beside} beside people's {people}, seeds 0 to 5");
    }

    #[test]
    fn voices_lie_as_high_in_any_key() {
        let middle = |key: u8, voice: &str| {
            let voice = BandSpec::pop().voice(voice).expect("a voice");
            let classes = [0, 9, 5, 7].map(|class| (class + i32::from(key)) % 12);
            let in_key = |request: &mut PredictRequest| {
                request.tonality = Tonality { tonic: key, mode: Mode::Major };
            };
            let played: Vec<BandMeasure> = (0..18).flat_map(|seed| jam(&classes, 16, seed, in_key)).collect();
            middle_of(played.iter().map(|measure| measure.voice(voice))).expect("notes")
        };
        for voice in ["Counter", "Chords", "Bass"] {
            let mut middles: Vec<f32> = (0..12).map(|key| middle(key, voice)).collect();
            middles.sort_by(f32::total_cmp);
            // Where they lay around people's middles in C, it was ten.
            assert!(middles[11] - middles[0] < 6.0, "{voice}: {middles:?}");
        }
    }

    #[test]
    fn notes_are_not_all_as_loud_and_lie_in_their_ranges() {
        let spec = BandSpec::pop();
        let played = jam(&[0, 9, 5, 7], 12, 3, |_| ());
        let chords = spec.voice("Chords").expect("chords");
        let mut loud: Vec<u8> =
            played.iter().flat_map(|measure| measure.voice(chords).onsets()).map(|note| note.velocity.get()).collect();
        loud.sort_unstable();
        loud.dedup();
        assert!(loud.len() > 4, "{loud:?}");
        for measure in &played {
            for voice in measure.present.iter() {
                let range = spec.voices[voice.index()].range;
                assert!(measure.voice(voice).notes().iter().all(|note| range.contains(note.key)));
            }
        }
    }

    #[test]
    fn the_same_request_gives_the_same_measure_and_another_seed_another() {
        assert_eq!(jam(&[0, 5], 6, 1, |_| ()), jam(&[0, 5], 6, 1, |_| ()));
        assert!((2..8).any(|seed| jam(&[0, 5], 6, seed, |_| ()) != jam(&[0, 5], 6, 1, |_| ())));
    }

    #[test]
    fn after_another_seed_nothing_comes_back_that_was_played_before() {
        let mut since = 0;
        for seed in 0..6 {
            let mut at = 0;
            let other = |request: &mut PredictRequest| {
                if at >= 16 {
                    request.seed ^= 1;
                    request.since_seed = Some(at - 16);
                }
                at += 1;
            };
            let (played, plain) = (jam(&[0, 9, 5, 7], 32, seed, other), jam(&[0, 9, 5, 7], 32, seed, |_| ()));
            assert_eq!(played[..16], plain[..16]);
            let came =
                |played: &[BandMeasure]| played[16..20].iter().filter(|then| played[..16].contains(then)).count();
            assert_eq!(came(&played), 0, "seed {seed}");
            since += came(&plain);
        }
        assert!(since >= 12, "of 24 measures {since} came back where no other seed was set");
    }

    #[test]
    fn every_length_of_measure_is_played_and_only_what_is_asked_for() {
        let bass = BandSpec::pop().voice("Bass").expect("a bass");
        for steps in 1..=16 {
            let played = jam(&[0, 7], 4, 5, |request| (request.steps, request.voices) = (steps, VoiceMask::only(bass)));
            for measure in &played {
                assert_eq!((measure.steps(), measure.present), (steps, VoiceMask::only(bass)));
            }
        }
    }

    #[test]
    fn energy_means_more_notes_and_higher_ones_but_the_bass_stays() {
        let spec = BandSpec::pop();
        let played = |energy: f32| {
            let played = jam(&[0, 9, 5, 7], 16, 3, |request| request.style.energy = Energy::clamped(energy));
            let keys = |name: &str| -> Vec<f32> {
                let voice = spec.voice(name).expect("a voice");
                played
                    .iter()
                    .flat_map(|measure| measure.voice(voice).onsets())
                    .map(|note| f32::from(note.key.get()))
                    .collect()
            };
            let mean = |keys: &[f32]| keys.iter().sum::<f32>() / f32::from(u16::try_from(keys.len()).expect("few"));
            let (chords, bass) = (keys("Chords"), keys("Bass"));
            (chords.len() + bass.len(), mean(&chords), mean(&bass))
        };
        let [low, high] = [-1.0, 1.0].map(played);
        assert!(low.0 < high.0 && low.1 + 2.0 < high.1, "{low:?}, {high:?}");
        assert!((low.2 - high.2).abs() < high.1 - low.1, "the bass: {low:?}, {high:?}");
    }

    #[test]
    fn a_texture_is_heard_from_the_first_measure_on_and_its_own_comes_back() {
        let strokes = |measures: &[BandMeasure], voice: &str| {
            let many: usize = measures.iter().map(|measure| onsets(measure, voice).len()).sum();
            many / measures.len()
        };
        // Eight measures in one texture, eight in another, over music that comes round every four.
        let figures = [Texture::Rolling, Texture::Held, Texture::BassAndChords, Texture::Driving].map(Figures::In);
        for steps in [16, 12] {
            // Of people's measures of the third texture some have a chord above the bass: all seeds together tell.
            let mut after = (0, 0);
            for seed in 0..12 {
                let mut at = 0;
                let played = jam(&[0, 9, 5, 7], 32, seed, |request| {
                    (request.steps, request.style.figures) = (steps, figures[at / 8]);
                    at += 1;
                });
                let of = |texture: usize| &played[8 * texture..8 * texture + 8];
                let [rolling, held] = [0, 1].map(|texture| strokes(of(texture), "Chords"));
                assert!(rolling >= 8 * usize::from(steps) / 16 && held <= 4, "{steps}, {seed}: {rolling}, then {held}");
                let chords = |measure: &BandMeasure| onsets(measure, "Chords").first().is_none_or(|&step| step > 0);
                after.0 += of(2).iter().filter(|measure| chords(measure)).count();
                after.1 += of(2).len();
                let bass = strokes(of(3), "Bass");
                assert!(steps < 16 || bass >= 4, "{seed}: a driving bass strikes {bass} times a measure");
            }
            assert!(8 * after.0 >= 5 * after.1, "{steps}: the bass comes before the chords in {after:?} measures");
        }
        let bank = FigureBank::embedded().expect("a bank");
        for texture in Texture::ALL {
            let fitting = bank.fitting(Some(texture), Slot::whole(16));
            assert_eq!((fitting.texture, fitting.steps), (Some(texture), 16), "{texture:?} is there for four quarters");
        }
    }

    /// Where the chords and the bass strike in measures of a bar of this meter, one after another, which so many steps have.
    fn in_meter(meter: (u8, u8), figures: Figures, seed: u64) -> Vec<(u8, u8, Vec<u8>, Vec<u8>)> {
        let meter = TimeSignature::new(meter.0, meter.1).expect("a time signature");
        let parts: Vec<u8> = meter.parts().expect("whole sixteenths").collect();
        let mut at = 0;
        let played = jam(&[0, 9, 5, 7], 24, seed, |request| {
            let part = at % parts.len();
            let from = parts[..part].iter().map(|&steps| u16::from(steps)).sum();
            request.place = Some(BarPlace::new(0, from, meter));
            (request.steps, request.style.figures) = (parts[part], figures);
            at += 1;
        });
        let part = |at: usize| u8::try_from(at % parts.len()).expect("few parts");
        let of = |(at, measure): (usize, &BandMeasure)| {
            (part(at), measure.steps(), onsets(measure, "Chords"), onsets(measure, "Bass"))
        };
        played.iter().enumerate().map(of).collect()
    }

    #[test]
    fn in_six_eight_nobody_plays_a_waltz() {
        let (mut waltzes, mut dotted, mut all) = (0, 0, 0);
        for texture in [Texture::Quarters, Texture::BassAndChords] {
            for seed in 0..3 {
                for (_, _, chords, bass) in in_meter((6, 8), Figures::In(texture), seed) {
                    let strikes = |step: u8| chords.contains(&step) || bass.contains(&step);
                    all += 1;
                    dotted += usize::from(strikes(6));
                    waltzes += usize::from(strikes(4) && strikes(8) && !strikes(6));
                }
            }
        }
        // Measured: 0 and 132 of 144; where figures of waltzes are played, 92 and 48.
        assert!(20 * waltzes <= all && 10 * dotted >= 8 * all, "{waltzes} waltzes, {dotted} dotted beats of {all}");
    }

    #[test]
    fn textures_are_heard_in_compound_meters_too() {
        let (mut flowing, mut lilting) = (Vec::new(), Vec::new());
        for meter in [(6, 8), (12, 8), (9, 8)] {
            for seed in 0..3 {
                for texture in [Texture::Flowing, Texture::Rocking, Texture::Rolling] {
                    let eighths =
                        in_meter(meter, Figures::In(texture), seed).into_iter().map(|(_, steps, chords, bass)| {
                            let strikes = |step: &u8| chords.contains(step) || bass.contains(step);
                            (0..steps).step_by(2).filter(strikes).count() == usize::from(steps / 2)
                        });
                    flowing.extend(eighths);
                }
                for texture in [Texture::Held, Texture::Quarters, Texture::BassAndChords] {
                    let lilts = in_meter(meter, Figures::In(texture), seed).into_iter().map(|(.., chords, bass)| {
                        chords.iter().chain(&bass).all(|step| step % 6 == 0 || step % 6 == 4)
                    });
                    lilting.extend(lilts);
                }
            }
        }
        let often = |those: &[bool]| 10 * those.iter().filter(|&&such| such).count() >= 8 * those.len();
        assert!(often(&flowing) && often(&lilting));
    }

    #[test]
    fn in_twelve_eight_the_bar_begins_where_peoples_does() {
        let bank = FigureBank::embedded().expect("a bank");
        let meter = TimeSignature::new(12, 8).expect("a time signature");
        for (turn, from) in [(0, 0), (1, 12)] {
            let place = Some(BarPlace::new(0, from, meter));
            let slot = Slot::of(&PredictRequest { place, steps: 12, ..PredictRequest::empty() });
            let fitting = bank.fitting(None, slot);
            let all: Vec<usize> =
                fitting.iter().flat_map(|(_, excerpt)| fitting.measures(excerpt)).map(|(place, _)| place % 2).collect();
            assert!(!all.is_empty() && all.into_iter().all(|half| half == turn), "{from}");
        }
    }

    #[test]
    fn who_is_not_asked_for_figures_plays_what_was_planned() {
        let planned = jam(&[0, 9, 5, 7], 8, 3, |request| request.style.figures = Figures::Off);
        let spec = BandSpec::pop();
        let (mut rule, mut request) = (LoopRule::new(spec.clone()), PredictRequest::empty());
        (request.voices, request.ahead) = (spec.all().without(request.user), 1);
        let mut out: Vec<BandMeasure> = Vec::new();
        for class in [0, 9, 5, 7, 0, 9, 5, 7] {
            let notes = [0, 4, 8, 12].map(|step| Note::new(step, 4, Key::clamped(60 + class)));
            let mut heard = out.last().copied().unwrap_or(BandMeasure::missing(16));
            heard.set(request.user, &Measure::from_notes(16, notes));
            request.history.push(&heard);
            out.push(rule.predict(&request).expect("a measure"));
        }
        assert_eq!(planned, out);
    }

    #[test]
    fn a_choir_is_left_alone() {
        assert!(FigurePlayer::plays(&BandSpec::pop()) && !FigurePlayer::plays(&BandSpec::chorale()));
    }
}
