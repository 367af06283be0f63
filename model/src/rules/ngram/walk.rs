//! The decisions that make up a measure, in order, each with its contexts.

use super::harmony::{self, Heard, LABELS, Label, UNKNOWN};
use super::table::Decision;
use crate::music::band::{BandMeasure, KeyRange, Polyphony, VoiceId};
use crate::music::measure::{MAX_STEPS, Measure};
use crate::music::note::{Key, Note};
use crate::music::voicing::Player;

/// What a voice does at a step, as a symbol. Required: a file's contexts are hashes of these.
pub(super) const GO_ON: u8 = 0;
pub(super) const NOTE: u8 = 1;
pub(super) const REST: u8 = 2;
const KINDS: usize = 3;
/// The kind of a step that is not known. Required: a file's contexts are hashes of it.
const UNHEARD: u8 = 3;

/// The most notes of a chord; richer ones lose their highest. Chosen: a seventh chord with its doublings.
const MOST_TONES: usize = 6;

/// What sounds as a measure begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Open {
    Nothing = 0,
    Note = 1,
    Unknown = 2,
}

/// Who decides: a counter, a judge or a player.
pub(super) trait Decide {
    /// The symbol of this decision. `truth` is what it was, where the measure is known.
    fn decide(&mut self, decision: &Decision, truth: Option<u8>) -> u8;

    /// The same for a key of an onset, one of so many; where another symbol comes after the keys, it ends the chord.
    fn decide_key(&mut self, decision: &Decision, truth: Option<u8>, _keys: usize) -> u8 {
        self.decide(decision, truth)
    }

    /// The same for a label.
    fn decide_label(&mut self, decision: &Decision, truth: Option<u8>) -> u8 {
        self.decide(decision, truth)
    }

    /// The same for a kind, which a musician's settings may bend.
    fn decide_kind(&mut self, decision: &Decision, truth: Option<u8>) -> u8 {
        self.decide(decision, truth)
    }
}

/// The label of half a measure.
pub(super) fn decide_label(
    decide: &mut impl Decide,
    user: VoiceId,
    heard: &Heard,
    before: Label,
    half: usize,
    truth: Option<Label>,
) -> Label {
    let (here, whole, before) = (u64::from(heard.halves[half]), u64::from(heard.whole), u64::from(before));
    let half = half as u64;
    let decision = Decision::new(1 + 16 * name(user), LABELS)
        .given(before << 1 | half)
        .given(whole)
        .given(whole << 8 | here)
        .given(whole << 8 | before)
        .given(whole << 24 | here << 16 | before << 8 | half);
    decide.decide_label(&decision, truth)
}

/// One voice on its way through a measure.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walker {
    voice: VoiceId,
    player: Player,
    /// Transposition to C.
    shift: i32,
    /// What the voice did in the measure before.
    earlier: [u8; MAX_STEPS as usize],
    /// The lowest and highest note of the last onset, and the lowest of the one before: key + 1.
    last: u8,
    top: u8,
    second: u8,
    open: Open,
    /// Steps since the last onset or rest, at most 15.
    since: u8,
    /// The onsets so far, a bit a step, with a leading one.
    onsets: u32,
    /// The notes that sound, while playing.
    playing: [Option<Note>; MOST_TONES],
}

impl Walker {
    /// A voice before a measure. `before` is the measure that comes directly before it, if that
    /// is known; `last` the newest that is known.
    pub(super) fn new(
        voice: VoiceId,
        player: &Player,
        before: Option<&BandMeasure>,
        last: Option<&BandMeasure>,
        shift: i32,
    ) -> Self {
        let mut walker = Self {
            voice,
            player: *player,
            shift,
            earlier: [UNHEARD; MAX_STEPS as usize],
            last: 0,
            top: 0,
            second: 0,
            open: Open::Unknown,
            since: 15,
            onsets: 1,
            playing: [None; MOST_TONES],
        };
        if let Some(measure) = last.filter(|measure| measure.present.has(voice)) {
            walker.remember(measure.voice(voice));
        }
        if let Some(measure) = before.filter(|measure| measure.present.has(voice)) {
            let measure = measure.voice(voice);
            for step in 0..measure.steps() {
                walker.earlier[usize::from(step)] = kind(measure, step);
            }
            let sounding = measure.notes().iter().any(|note| note.end() == measure.steps());
            walker.open = if sounding { Open::Note } else { Open::Nothing };
        }
        walker
    }

    /// A player cannot know whether the note before will be held, and starts afresh.
    pub(super) fn without_ties(mut self) -> Self {
        if self.open == Open::Note {
            self.open = Open::Unknown;
        }
        self
    }

    /// Takes the last onsets of a measure as the melody's last notes.
    fn remember(&mut self, measure: &Measure) {
        for step in 0..measure.steps() {
            let mut tones = [0; MOST_TONES];
            let count = self.tones(measure, step, &mut tones);
            if count > 0 {
                self.struck(&tones[..count]);
            }
        }
    }

    fn struck(&mut self, tones: &[u8]) {
        self.second = self.last;
        self.last = tones[0] + 1;
        self.top = tones[tones.len() - 1] + 1;
    }

    /// The keys that start at a step, as symbols from the lowest up: of a monophonic voice the highest.
    fn tones(&self, measure: &Measure, step: u8, out: &mut [u8; MOST_TONES]) -> usize {
        let mut count = 0;
        let starting = measure.onsets().filter(|note| note.step.0 == step);
        for note in starting {
            let symbol = self.symbol(note.key);
            if self.player.polyphony == Polyphony::Mono {
                out[0] = symbol;
                count = 1;
            } else if !out[..count].contains(&symbol) && count < MOST_TONES {
                out[count] = symbol;
                count += 1;
            }
        }
        out[..count].sort_unstable();
        count
    }

    /// A key as a symbol: brought to C, folded into the voice's range, counted from its lowest key.
    fn symbol(&self, key: Key) -> u8 {
        let KeyRange { low, .. } = self.player.range;
        let home = Key::clamped(i32::from(key.get()) + self.shift);
        self.player.range.folded(home).get() - low.get()
    }

    fn key(&self, symbol: u8) -> Key {
        let low = i32::from(self.player.range.low.get());
        self.player.range.folded(Key::clamped(low + i32::from(symbol) - self.shift))
    }

    /// Walks over some steps. With a `truth`, its decisions are followed; else `out` is filled.
    pub(super) fn walk(
        &mut self,
        steps: std::ops::Range<u8>,
        label: Label,
        decide: &mut impl Decide,
        truth: Option<&Measure>,
        out: &mut Measure,
    ) {
        for step in steps {
            let true_kind = truth.map(|measure| kind(measure, step));
            let kind = decide.decide_kind(&self.kind_decision(step, truth.is_none()), true_kind);
            match kind {
                NOTE => {
                    let mut tones = [0; MOST_TONES];
                    let count = match truth {
                        Some(measure) => {
                            let count = self.tones(measure, step, &mut tones);
                            self.decide_tones(label, step, decide, Some(&tones[..count]), &mut [0; MOST_TONES]);
                            count
                        }
                        None => {
                            self.release(out);
                            let count = self.decide_tones(label, step, decide, None, &mut tones);
                            for (slot, &tone) in tones[..count].iter().enumerate() {
                                self.playing[slot] = Some(Note::new(step, 1, self.key(tone)));
                            }
                            count
                        }
                    };
                    if count > 0 {
                        self.struck(&tones[..count]);
                    }
                    self.open = Open::Note;
                    self.since = 0;
                }
                REST => {
                    if self.open != Open::Nothing {
                        self.since = 0;
                    }
                    self.release(out);
                    self.open = Open::Nothing;
                }
                _ => {
                    self.playing.iter_mut().flatten().for_each(|note| note.length += 1);
                    self.open = Open::Note;
                }
            }
            self.since = (self.since + 1).min(15);
            self.onsets = self.onsets << 1 | u32::from(kind == NOTE);
        }
    }

    /// Writes down what sounded until now.
    pub(super) fn release(&mut self, out: &mut Measure) {
        for note in &mut self.playing {
            if let Some(note) = note.take() {
                out.push(note);
            }
        }
    }

    /// What the voice does at this step.
    fn kind_decision(&self, step: u8, playing: bool) -> Decision {
        let earlier = u64::from(self.earlier[usize::from(step)]);
        let (open, since, onsets) = (self.open as u64, u64::from(self.since), u64::from(self.onsets));
        let place = u64::from(step) << 4 | open << 2;
        let mut decision = Decision::new(2 + 16 * name(self.voice), KINDS)
            .given(place)
            .given(place | earlier)
            .given(since << 8 | place | earlier)
            .given(onsets << 4 | open << 2)
            .given(onsets << 4 | open << 2 | earlier);
        let nothing_to_hold = match self.open {
            Open::Note => false,
            Open::Nothing => true,
            Open::Unknown => playing,
        };
        if nothing_to_hold {
            decision.first = usize::from(NOTE);
        }
        decision
    }

    /// The keys of an onset, from the lowest up; returns how many.
    fn decide_tones(
        &self,
        label: Label,
        step: u8,
        decide: &mut impl Decide,
        truth: Option<&[u8]>,
        out: &mut [u8; MOST_TONES],
    ) -> usize {
        let keys = self.player.range.len();
        let (label, last, second) = (u64::from(label), u64::from(self.last), u64::from(self.second));
        let strong = u64::from(step.is_multiple_of(4));
        let lowest = Decision::new(3 + 16 * name(self.voice), keys)
            .given(label)
            .given(last)
            .given(label << 8 | last)
            .given(label << 16 | last << 8 | strong)
            .given(label << 16 | last << 8 | second);
        out[0] = decide.decide_key(&lowest, truth.map(|tones| tones[0]), keys);
        if self.player.polyphony == Polyphony::Mono {
            return 1;
        }
        let end = u8::try_from(keys).unwrap_or(u8::MAX);
        for count in 1..MOST_TONES {
            let (below, two_below) =
                (u64::from(out[count - 1]) + 1, if count > 1 { u64::from(out[count - 2]) + 1 } else { 0 });
            let mut next = Decision::new(4 + 16 * name(self.voice), keys + 1)
                .given(count as u64)
                .given(below)
                .given(label << 8 | below)
                .given(label << 16 | below << 8 | two_below)
                .given(label << 24 | below << 16 | two_below << 8 | u64::from(self.top));
            next.first = usize::from(out[count - 1]) + 1;
            let tone = decide.decide_key(&next, truth.map(|tones| tones.get(count).copied().unwrap_or(end)), keys);
            if tone >= end {
                return count;
            }
            out[count] = tone;
        }
        MOST_TONES
    }
}

/// What a voice does at a step: a note starts, one goes on, or nothing sounds.
fn kind(measure: &Measure, step: u8) -> u8 {
    let mut kind = REST;
    for note in measure.notes() {
        if note.step.0 == step && !note.continued {
            return NOTE;
        }
        if note.sounds_at(step) {
            kind = GO_ON;
        }
    }
    kind
}

fn name(voice: VoiceId) -> u32 {
    u32::try_from(voice.index()).unwrap_or(0)
}

/// The labels of a measure's halves, where it is known.
pub(super) fn true_labels(players: &crate::music::voicing::Players, measure: &BandMeasure, shift: i32) -> [Label; 2] {
    let (steps, middle) = (measure.steps(), harmony::boundary(measure.steps()));
    let second = if middle < steps { harmony::label_of(players, measure, middle, steps, shift) } else { UNKNOWN };
    [harmony::label_of(players, measure, 0, middle, shift), second]
}

/// The label that a measure ends with.
pub(super) fn last_label(players: &crate::music::voicing::Players, measure: Option<&BandMeasure>, shift: i32) -> Label {
    let Some(measure) = measure else { return UNKNOWN };
    let [first, second] = true_labels(players, measure, shift);
    if second == UNKNOWN { first } else { second }
}
