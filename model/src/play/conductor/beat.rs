//! A user who drums: their hits are the band's rhythm. From them it is foreseen what will be struck in the measure that
//! is planned, and the band's notes lean to that.
//!
//! ```text
//! hits      x . . x . . x . x . . . x . . .    of the measures that are known
//! bass      ─────── ─────── ───────────────    as the net plays it
//! leans     ───── ─────── ───── ─ ─────────    onto strokes beside, struck again with kicks
//! ```
//!
//! A net has never heard a drum: it is only told to play more or less ([`Beat::density`]). All else is done to what it
//! plays.

use crate::music::band::{BandMeasure, Polyphony, Role, VoiceId};
use crate::music::drums::Drum;
use crate::music::kit::Kit;
use crate::music::measure::{MAX_NOTES, MAX_STEPS, Measure};
use crate::music::note::{Key, Note, Step, Velocity};
use crate::music::voicing::Players;
use crate::predict::predictor::HISTORY;
use crate::random::{Rng, mix};

/// How many measures are averaged for what the drummer keeps doing. Chosen: half a phrase.
const RECENT: usize = 4;

/// How much the one measure that comes round again counts against those. Chosen.
const AGAIN: f32 = 0.5;

/// How many steps of a measure are struck, at which the band plays as densely as it is set. Measured: the mean of
/// the 16 609 measures of 4/4 in Groove's training set, 11.96.
const USUAL: f32 = 12.0;

/// How far the density goes with what is struck: an exponent. Chosen: half the steps, half the notes.
const WITH_HITS: f32 = 1.0;

/// The least and the largest density that hits ask for. Chosen: a third is a band that lets a solo be.
const DENSITIES: (f32, f32) = (0.4, 2.0);

/// How sure a step must be struck to draw a note that begins beside it, more than the note's own step is. Chosen.
const DRAWS: f32 = 0.3;

/// How many steps a note goes at most, and how much surer a stroke must be for each step beyond the first. Chosen: an
/// eighth.
const FAR: u8 = 2;
const FARTHER: f32 = 0.15;

/// How sure a step must be struck for a note that is held to be struck again there. Chosen.
const AGAIN_AT: f32 = 0.5;

/// Below which a step is not struck by those whom the bass leans to. Chosen: once in four measures, softly.
const UNCALLED: f32 = 0.2;

/// The least and the largest factor of a velocity, on steps that nobody strikes and on those that all do. Chosen: a
/// decibel or two, beside which loudness is followed as of any user.
const ACCENTS: (f32, f32) = (0.88, 1.12);

/// How much a stroke of each instrument says of where the music leans, in [`Drum::ALL`]'s order, and of other percussion.
/// Chosen: hats and rides keep the time, whatever the rhythm is.
const SAYS: [f32; Drum::ALL.len()] = [1.0, 1.0, 0.45, 0.6, 0.8, 0.8, 0.8, 1.0, 0.45];
const OTHERS_SAY: f32 = 0.5;

/// What is struck in a measure, as the band hears it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Beat {
    steps: u8,
    /// How likely and how hard each step is struck, 0 to 1; by the kick, and by any.
    kick: [f32; MAX_STEPS as usize],
    any: [f32; MAX_STEPS as usize],
    /// How many of its steps are struck.
    struck: f32,
}

impl Beat {
    const NONE: Self =
        Self { steps: MAX_STEPS, kick: [0.0; MAX_STEPS as usize], any: [0.0; MAX_STEPS as usize], struck: 0.0 };

    /// A measure of hits.
    fn of(hits: &Measure, kit: &Kit) -> Self {
        let mut beat = Self { steps: hits.steps(), ..Self::NONE };
        let mut struck = 0_u16;
        for hit in hits.onsets() {
            let step = usize::from(hit.step.0);
            struck |= 1 << step;
            let drum = kit.hears(hit.key);
            let hard = (f32::from(hit.velocity.get()) / 90.0).min(1.0);
            let says = drum.map_or(OTHERS_SAY, |drum| SAYS[drum.index()]) * hard.sqrt();
            beat.any[step] = beat.any[step].max(says);
            if drum == Some(Drum::Kick) {
                beat.kick[step] = beat.kick[step].max(hard.sqrt());
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "at most sixteen")]
        let count = struck.count_ones() as f32;
        beat.struck = count;
        beat
    }

    /// So much of this one, and the rest of another.
    fn mixed(&self, share: f32, other: &Self) -> Self {
        let mix = |a: f32, b: f32| share * a + (1.0 - share) * b;
        let both = |a: &[f32; MAX_STEPS as usize], b: &[f32; MAX_STEPS as usize]| {
            std::array::from_fn(|step| mix(a[step], b[step]))
        };
        Self {
            steps: self.steps,
            kick: both(&self.kick, &other.kick),
            any: both(&self.any, &other.any),
            struck: mix(self.struck, other.struck),
        }
    }

    /// How densely to play with it, as a factor of what is set, where the band leans so far.
    pub(super) fn density(&self, lean: f32) -> f32 {
        let whole = f32::from(self.steps) / f32::from(MAX_STEPS);
        let busy = (self.struck / (USUAL * whole)).max(0.01).powf(WITH_HITS);
        1.0 + lean * (busy.clamp(DENSITIES.0, DENSITIES.1) - 1.0)
    }

    /// What the band plays, leaning to it so far: notes that begin beside a stroke move onto it, held notes of the bass
    /// are struck again with kicks and chords with accents, and what falls together is louder.
    pub(super) fn lean(&self, music: &mut BandMeasure, players: &Players, (lean, seed): (f32, u64)) {
        if music.steps() != self.steps || lean <= 0.0 {
            return;
        }
        for voice in music.present.iter() {
            let player = players.player(voice);
            let calls: [f32; MAX_STEPS as usize] = match player.role {
                Role::Bass => std::array::from_fn(|step| (0.2 * self.any[step]).max(self.kick[step])),
                Role::Harmony | Role::Counter | Role::Melody => self.any,
            };
            let mut rng = Rng::new(mix(seed, voice.index() as u64));
            let one = player.polyphony == Polyphony::Mono;
            let moved = moved(music.voice(voice), &calls, (lean, one));
            let again = match player.role {
                Role::Bass => struck_again(&held_on(&moved, &calls, lean), &calls, lean, &mut rng),
                Role::Harmony => struck_again(&moved, &calls, lean, &mut rng),
                Role::Counter | Role::Melody => moved,
            };
            *music.voice_mut(voice) = accented(&again, &self.any, lean);
        }
    }
}

/// Notes that begin beside a step which is struck more surely than their own begin there. `one`: the voice plays one note
/// at once.
fn moved(part: &Measure, calls: &[f32; MAX_STEPS as usize], (lean, one): (f32, bool)) -> Measure {
    let steps = part.steps();
    let called = |step: u8| calls[usize::from(step)];
    // Where notes begin, a bit each, as they are moved one after another: two never come to one step.
    let mut begins = part.onsets().fold(0_u32, |steps, note| steps | 1 << note.step.0);
    let mut to = [0_u8; MAX_STEPS as usize];
    for step in 0..steps {
        to[usize::from(step)] = step;
        if begins >> step & 1 == 0 || !part.onsets().any(|note| note.step.0 == step) {
            continue;
        }
        // How much more than the step's own is called for beside it, less where it is farther away.
        let gain = |to: u8| called(to) - called(step) - FARTHER * f32::from(to.abs_diff(step) - 1);
        let is_free = |to: u8| (to.min(step)..=to.max(step)).all(|at| at == step || begins >> at & 1 == 0);
        let near = (step.saturating_sub(FAR)..=(step + FAR).min(steps - 1)).filter(|&to| to != step && is_free(to));
        let best = near.max_by(|&a, &b| gain(a).total_cmp(&gain(b)).then(b.cmp(&a)));
        if let Some(best) = best.filter(|&best| lean * gain(best) > DRAWS) {
            to[usize::from(step)] = best;
            begins = begins & !(1 << step) | 1 << best;
        }
    }
    let mut notes = [Note::new(0, 1, Key::MIN); MAX_NOTES];
    let count = part.notes().len();
    for (out, note) in notes.iter_mut().zip(part.notes()) {
        *out = *note;
        if note.continued {
            continue;
        }
        let step = to[usize::from(note.step.0)];
        let end = note.end().max(step + 1);
        (out.step, out.length) = (Step(step), end - step);
    }
    let notes = &mut notes[..count];
    if one {
        // A note that came forward ends the one before.
        notes.sort_by_key(|note| (note.step.0, note.key.get()));
        for at in 1..count {
            let next = notes[at].step.0;
            let before = &mut notes[at - 1];
            if before.end() > next && before.step.0 < next {
                before.length = next - before.step.0;
                before.continues = false;
            }
        }
    }
    Measure::from_notes(steps, notes.iter().copied())
}

/// A key that is struck again where nothing calls for it is held on instead.
fn held_on(part: &Measure, calls: &[f32; MAX_STEPS as usize], lean: f32) -> Measure {
    let mut out = Measure::silent(part.steps());
    for note in part.notes() {
        let uncalled = !note.continued && lean * (UNCALLED - calls[usize::from(note.step.0)]) > 0.0;
        let mut before = out.notes().iter().copied();
        let same = before.find(|held| held.key == note.key && held.end() == note.step.0).filter(|_| uncalled);
        // The longer of two at one place stays.
        out.push(same.map_or(*note, |held| Note {
            length: note.end() - held.step.0,
            continues: note.continues,
            ..held
        }));
    }
    out
}

/// What is held over steps that call for it is struck again there, as often as they are sure to be struck.
fn struck_again(part: &Measure, calls: &[f32; MAX_STEPS as usize], lean: f32, rng: &mut Rng) -> Measure {
    let mut out = *part;
    let mut last: Option<u8> = None;
    for step in 0..part.steps() {
        if part.onsets().any(|note| note.step.0 == step) {
            last = Some(step);
            continue;
        }
        let call = calls[usize::from(step)];
        // Drawn for every step, so that one of them changes no other.
        let draw = rng.unit();
        let close = last.is_some_and(|last| step < last + 2);
        if step == 0 || close || call < AGAIN_AT || draw >= lean * call {
            continue;
        }
        let mut sounding = [Note::new(0, 1, Key::MIN); MAX_NOTES];
        let held = out.notes().iter().filter(|note| note.step.0 < step && note.end() > step);
        let count = sounding.iter_mut().zip(held).map(|(to, note)| *to = *note).count();
        if count == 0 {
            continue;
        }
        last = Some(step);
        for note in &sounding[..count] {
            let (end, continues) = (note.end(), note.continues);
            // It ends the one that sounds.
            out.push(Note { step: Step(step), length: end - step, continued: false, continues, ..*note });
        }
    }
    out
}

/// What begins where the drums are struck is louder, and softer elsewhere.
fn accented(part: &Measure, calls: &[f32; MAX_STEPS as usize], lean: f32) -> Measure {
    let mut out = *part;
    let (least, most) = ACCENTS;
    out.for_each_mut(|note| {
        if !note.continued {
            let factor = least + (most - least) * calls[usize::from(note.step.0.min(MAX_STEPS - 1))];
            let factor = 1.0 + lean * (factor - 1.0);
            note.velocity = Velocity::clamped(f32::from(note.velocity.get()) * factor);
        }
    });
    out
}

/// The measures of hits that were heard, the newest last.
///
/// # Realtime safety
/// Of fixed size: nothing allocates.
#[derive(Clone, Debug)]
pub(super) struct Beats {
    heard: [Beat; HISTORY],
    len: usize,
}

impl Default for Beats {
    fn default() -> Self {
        Self { heard: [Beat::NONE; HISTORY], len: 0 }
    }
}

impl Beats {
    /// A measure is over, or known but for its last step.
    pub(super) fn hear(&mut self, hits: &Measure, kit: &Kit) {
        if self.len == HISTORY {
            self.heard.copy_within(1.., 0);
            self.len -= 1;
        }
        self.heard[self.len] = Beat::of(hits, kit);
        self.len += 1;
    }

    /// The newest measure is heard to its end.
    pub(super) fn hear_on(&mut self, hits: &Measure, kit: &Kit) {
        self.forget_newest();
        self.hear(hits, kit);
    }

    /// The newest measure was not played to its end.
    pub(super) fn forget_newest(&mut self) {
        self.len = self.len.saturating_sub(1);
    }

    /// Nothing was heard.
    pub(super) fn clear(&mut self) {
        self.len = 0;
    }

    fn back(&self, ago: usize) -> Option<&Beat> {
        self.len.checked_sub(ago + 1).map(|place| &self.heard[place])
    }

    /// What is likely struck in the measure of so many steps that lies so far ahead of the newest: what was struck so many
    /// measures before it, where the hits come round again, and what is struck in the newest measures. `None` where none
    /// of those has this length.
    pub(super) fn foresee(&self, ahead: u8, lag: Option<u8>, steps: u8) -> Option<Beat> {
        let fits = |beat: &&Beat| beat.steps == steps;
        let mut recent: Option<Beat> = None;
        for (count, beat) in (0..RECENT).filter_map(|ago| self.back(ago)).filter(fits).enumerate() {
            #[expect(clippy::cast_precision_loss, reason = "a few measures")]
            let share = 1.0 / (count + 1) as f32;
            recent = Some(recent.map_or(*beat, |recent| beat.mixed(share, &recent)));
        }
        let again = lag.and_then(|lag| self.back(usize::from(lag.checked_sub(ahead)?))).filter(fits);
        let newest = || self.back(0).filter(fits);
        match (again.or_else(newest), recent) {
            (Some(again), Some(recent)) => Some(again.mixed(AGAIN, &recent)),
            (again, recent) => again.copied().or(recent),
        }
    }
}

/// The voice whose past the band's nets ask about, where the user plays none of them: the melody, else the first.
pub(super) fn stand_in(players: &Players) -> VoiceId {
    players.with_role(players.all(), Role::Melody).iter().next().unwrap_or(VoiceId::FIRST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::band::BandSpec;

    fn hit(step: u8, drum: Drum, velocity: f32) -> Note {
        Note { velocity: Velocity::clamped(velocity), ..Note::new(step, 1, drum.key()) }
    }

    /// Kicks on these steps.
    fn kicks(steps: &[u8]) -> Measure {
        Measure::from_notes(16, steps.iter().map(|&step| hit(step, Drum::Kick, 100.0)))
    }

    fn beat(kicked: &[u8]) -> Beat {
        Beat::of(&kicks(kicked), &Kit::GENERAL_MIDI)
    }

    fn played(beat: &Beat, voice: usize, notes: &[(u8, u8)], lean: f32) -> Vec<(u8, u8)> {
        let voice = VoiceId::new(voice).expect("a voice");
        let mut music = BandMeasure::missing(16);
        let key = Key::clamped(40);
        music.set(voice, &Measure::from_notes(16, notes.iter().map(|&(step, length)| Note::new(step, length, key))));
        beat.lean(&mut music, &Players::of(&BandSpec::pop()), (lean, 7));
        music.voice(voice).notes().iter().map(|note| (note.step.0, note.length)).collect()
    }

    #[test]
    fn notes_beside_a_stroke_move_onto_it_and_the_bass_is_struck_again_with_kicks() {
        let beat = beat(&[0, 3, 6, 10]);
        // The lead moves, and is not struck again.
        assert_eq!(played(&beat, 0, &[(0, 4), (4, 8)], 1.0), [(0, 3), (3, 9)]);
        assert_eq!(played(&beat, 3, &[(0, 16)], 1.0), [(0, 3), (3, 3), (6, 4), (10, 6)]);
        // Whoever does not lean plays as it was.
        assert_eq!(played(&beat, 3, &[(1, 15)], 0.0), [(1, 15)]);
    }

    #[test]
    fn a_bass_holds_on_what_it_would_strike_again_beside_every_kick() {
        let beat = beat(&[0, 8]);
        assert_eq!(played(&beat, 3, &[(0, 4), (4, 4), (8, 4), (12, 4)], 1.0), [(0, 8), (8, 8)]);
        // The lead's are its own.
        assert_eq!(played(&beat, 0, &[(0, 4), (4, 4)], 1.0), [(0, 4), (4, 4)]);
    }

    #[test]
    fn two_notes_never_come_to_one_step_and_nothing_leaves_its_measure() {
        let late = beat(&[5, 15]);
        assert_eq!(played(&late, 0, &[(4, 1), (6, 2), (14, 2)], 1.0), [(5, 1), (6, 2), (15, 1)]);
        let early = beat(&[1]);
        assert_eq!(played(&early, 0, &[(0, 2), (2, 2)], 1.0).len(), 2);
    }

    #[test]
    fn what_is_struck_with_the_drums_is_louder() {
        let beat = beat(&[0]);
        let mut music = BandMeasure::missing(16);
        let notes = [Note::new(0, 4, Key::clamped(60)), Note::new(8, 4, Key::clamped(62))];
        music.set(VoiceId::FIRST, &Measure::from_notes(16, notes));
        beat.lean(&mut music, &Players::of(&BandSpec::pop()), (1.0, 7));
        let loud: Vec<u8> = music.voice(VoiceId::FIRST).notes().iter().map(|note| note.velocity.get()).collect();
        assert!(loud[0] > Velocity::DEFAULT.get() && loud[1] < Velocity::DEFAULT.get(), "{loud:?}");
    }

    #[test]
    fn whoever_strikes_more_hears_a_denser_band_whatever_the_meter() {
        let sixteenths =
            |steps: u8| Measure::from_notes(steps, (0..steps).map(|step| hit(step, Drum::ClosedHat, 80.0)));
        let density = |hits: &Measure| Beat::of(hits, &Kit::GENERAL_MIDI).density(1.0);
        assert!(density(&kicks(&[0])) < 0.6 && density(&sixteenths(16)) > 1.3);
        assert!((density(&sixteenths(16)) - density(&sixteenths(12))).abs() < 1e-6);
        assert_eq!(beat(&[0]).density(0.0), 1.0);
    }

    #[test]
    fn what_is_foreseen_is_what_comes_round_again_and_what_is_kept() {
        let mut beats = Beats::default();
        assert_eq!(beats.foresee(2, None, 16), None);
        for at in 0..50_u8 {
            beats.hear(&kicks(&[if at % 2 == 0 { 2 } else { 9 }]), &Kit::GENERAL_MIDI);
        }
        // The newest struck 9; the measure after next will too.
        let beat = beats.foresee(2, Some(2), 16).expect("measures of this length");
        assert!(beat.kick[9] > 0.7 && beat.kick[2] < 0.3, "{:?}", beat.kick);
        let beat = beats.foresee(2, Some(3), 16).expect("measures of this length");
        assert!(beat.kick[2] > 0.7, "{:?}", beat.kick);
        assert_eq!(beats.foresee(2, None, 12), None, "no measure of three quarters was heard");
    }

    #[test]
    fn a_kick_is_heard_by_the_key_that_the_users_kit_has_for_it() {
        let kit: crate::music::kit::NamedKit = crate::music::kit::SHIPPED[3].1.parse().expect("it ships");
        let struck = |key: u8| Measure::from_notes(16, [Note::new(4, 1, Key::new(key).expect("a key"))]);
        let kicked = |key: u8, kit: &Kit| Beat::of(&struck(key), kit).kick[4] > 0.0;
        assert!(kicked(33, &kit.kit) && !kicked(36, &kit.kit));
        assert!(kicked(36, &Kit::GENERAL_MIDI) && !kicked(33, &Kit::GENERAL_MIDI));
    }
}
