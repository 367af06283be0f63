//! The take itself: measures and notes, the last ones.

use std::collections::VecDeque;

use model::music::band::MAX_VOICES;
use model::{BandSpec, MAX_STEPS};

use super::event::{Event, What, Who};
use super::pieces::{Bar, Note, Tempo, Track};
use crate::midi::Bandmate;

/// Ticks of a step (a sixteenth): 960 a quarter note, half a millisecond at 120. Chosen.
pub const TICKS: u32 = 240;

/// The most measures that are kept. Required: the last 1000.
pub const TAKE_MEASURES: usize = 1024;

/// The most notes that are kept: where measures have more than 256 notes each, the oldest ones leave earlier. Bounds a
/// take to 3 MB. Chosen.
pub const TAKE_NOTES: usize = 1 << 18;

/// The most tempo changes within measures that are kept. Chosen.
const MOST_TEMPOS: usize = 1 << 14;

/// The most voices, of all bands that played. Chosen.
pub(super) const MOST_TRACKS: usize = 64;

/// The measure under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    /// A sample, and which step that is.
    at: u64,
    step: f64,
    /// Its length is known: it is no wait for a bar line.
    whole: bool,
}

/// A note that still sounds.
#[derive(Clone, Copy, Debug)]
pub(super) struct OpenNote {
    user: bool,
    channel: u8,
    key: u8,
    /// Its number, since the take began.
    note: u64,
    /// When it began, in ticks since the take began.
    start: u64,
}

/// The last measures of what was heard and played.
///
/// Times are in ticks of the music ([`TICKS`]): what was played at the same place in the measure
/// stands at the same tick, whatever the tempo. What is heard while the transport stands belongs
/// to no measure and is not recorded.
#[derive(Clone, Debug)]
pub struct Take {
    pub(super) bars: VecDeque<Bar>,
    pub(super) notes: VecDeque<Note>,
    pub(super) tempos: VecDeque<Tempo>,
    pub(super) tracks: Vec<Track>,
    /// How many measures, and notes, have left.
    pub(super) gone: (u64, u64),
    pub(super) open: Option<Open>,
    pub(super) sounding: Vec<OpenNote>,
    /// When the measure under way began, in ticks since the take began.
    pub(super) line: u64,
    pub(super) pace: (f64, u32),
    /// The sample of the newest event.
    pub(super) heard_until: u64,
    /// The bands, by number, and the tracks of their voices.
    pub(super) bands: VecDeque<(u32, [u8; MAX_VOICES])>,
    pub(super) band: [u8; MAX_VOICES],
}

impl Default for Take {
    fn default() -> Self {
        let user = Track { name: "You".into(), program: None };
        Self {
            bars: VecDeque::new(),
            notes: VecDeque::new(),
            tempos: VecDeque::new(),
            tracks: vec![user],
            gone: (0, 0),
            open: None,
            sounding: Vec::new(),
            line: 0,
            pace: (0.0, 500_000),
            heard_until: 0,
            bands: VecDeque::new(),
            band: [0; MAX_VOICES],
        }
    }
}

impl Take {
    /// How many measures it holds that are over.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bars.len() - usize::from(self.open.is_some())
    }

    /// Holds it no measure at all, not even one under way?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bars.is_empty()
    }

    /// A band may play from now on: its voices get tracks.
    pub fn introduce(&mut self, id: u32, spec: &BandSpec) {
        let mut tracks = [0; MAX_VOICES];
        for (track, voice) in tracks.iter_mut().zip(&spec.voices) {
            let wanted = Track { name: voice.name.clone(), program: Some(voice.program) };
            let known = self.tracks.iter().skip(1).position(|track| *track == wanted).map(|place| place + 1);
            let place = known.unwrap_or_else(|| {
                if self.tracks.len() < MOST_TRACKS {
                    self.tracks.push(wanted);
                }
                self.tracks.len() - 1
            });
            *track = u8::try_from(place).unwrap_or(0);
        }
        self.bands.retain(|(known, _)| *known != id);
        self.bands.push_back((id, tracks));
        if self.bands.len() > 4 {
            self.bands.pop_front();
        }
        if self.bands.len() == 1 {
            self.band = tracks;
        }
    }

    /// Something happened. Events come in their order.
    pub fn hear(&mut self, event: &Event) {
        let at = event.at;
        self.heard_until = at;
        match event.what {
            What::Pace { steps, micros } => self.set_pace(at, steps, micros),
            What::Line { steps, meter } => {
                self.close(at, true);
                self.begin(at, Bar { steps: steps.clamp(1, MAX_STEPS), meter, micros: self.pace.1, first: 0 }, true);
            }
            What::Cut { rolls } => {
                self.close(at, false);
                if rolls {
                    self.wait(at);
                }
            }
            What::Band(id) => {
                if let Some((_, tracks)) = self.bands.iter().find(|(known, _)| *known == id) {
                    self.band = *tracks;
                }
            }
            What::On { who, channel, key, velocity } => {
                let track = match who {
                    Who::User => 0,
                    Who::Band(Bandmate::Voice(voice)) => self.band[voice.index()],
                    Who::Band(Bandmate::Drummer) => self.drums(),
                };
                let user = who == Who::User;
                self.end(at, |note| (note.user, note.channel, note.key) == (user, channel.get(), key.get()));
                self.strike(
                    at,
                    user,
                    Note {
                        start: 0,
                        length: 0,
                        key: key.get(),
                        velocity: velocity.get(),
                        channel: channel.get(),
                        track,
                    },
                );
            }
            What::Off { user, channel, key } => {
                self.end(at, |note| (note.user, note.channel, note.key) == (user, channel.get(), key.get()));
            }
        }
        while self.bars.len() > TAKE_MEASURES || (self.notes.len() > TAKE_NOTES && self.bars.len() > 1) {
            self.forget_oldest();
        }
    }

    /// The drummer's track, from the first stroke on: that of nobody's program. Where there is no room for another, the
    /// last.
    fn drums(&mut self) -> u8 {
        let drums = || Track { name: "Drums".into(), program: None };
        let known = self.tracks.iter().skip(1).position(|track| *track == drums()).map(|place| place + 1);
        let place = known.unwrap_or_else(|| {
            if self.tracks.len() < MOST_TRACKS {
                self.tracks.push(drums());
            }
            self.tracks.len() - 1
        });
        u8::try_from(place).unwrap_or(0)
    }

    /// Where the measure under way is, in steps.
    fn step(&self, at: u64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a measure has few samples")]
        self.open.map_or(0.0, |open| open.step + at.saturating_sub(open.at) as f64 * self.pace.0)
    }

    /// The same in ticks.
    fn tick(&self, at: u64) -> u32 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
        let tick = (self.step(at) * f64::from(TICKS)).round() as u32;
        let whole = self.open.is_some_and(|open| open.whole);
        let most = self.bars.back().map_or(0, |bar| u32::from(bar.steps) * TICKS);
        if whole { tick.min(most) } else { tick }
    }

    fn set_pace(&mut self, at: u64, steps: f64, micros: u32) {
        if let Some(open) = self.open {
            let (step, tick) = (self.step(at), self.tick(at));
            self.open = Some(Open { at, step, ..open });
            if tick > 0
                && micros != self.pace.1
                && let Ok(tick) = u16::try_from(tick)
            {
                let measure = self.gone.0 + self.bars.len() as u64 - 1;
                self.tempos.push_back(Tempo { measure, tick, micros });
                if self.tempos.len() > MOST_TEMPOS {
                    self.tempos.pop_front();
                }
            } else if let Some(bar) = self.bars.back_mut() {
                bar.micros = micros;
            }
        }
        self.pace = (steps, micros);
    }

    fn begin(&mut self, at: u64, bar: Bar, whole: bool) {
        // Notes of the very bar line may have been heard before it.
        let first = self.next_note() - self.early_notes();
        self.bars.push_back(Bar { first, ..bar });
        self.open = Some(Open { at, step: 0.0, whole });
    }

    /// How many of the newest notes begin at the end of the measure before; they stand at the
    /// beginning of the next from now on.
    fn early_notes(&mut self) -> u64 {
        let Some(before) = self.bars.back() else { return 0 };
        let end = u16::try_from(u32::from(before.steps) * TICKS).unwrap_or(u16::MAX);
        let its_own = self.notes.len() - self.place_of(before.first);
        let late = self.notes.iter_mut().rev().take(its_own).take_while(|note| note.start >= end);
        late.map(|note| note.start -= end).count() as u64
    }

    /// The number of the note that comes next.
    fn next_note(&self) -> u64 {
        self.gone.1 + self.notes.len() as u64
    }

    /// Where the note of this number stands in `notes`; their end for one that has left, or comes.
    pub(super) fn place_of(&self, number: u64) -> usize {
        let place = number.checked_sub(self.gone.1).and_then(|place| usize::try_from(place).ok());
        place.map_or(0, |place| place.min(self.notes.len()))
    }

    /// Was no note heard in the measure under way yet?
    fn is_silent(&self) -> bool {
        self.bars.back().is_some_and(|bar| bar.first == self.next_note())
    }

    /// Until the next bar line: a measure of as many steps as there will be.
    fn wait(&mut self, at: u64) {
        let meter = self.bars.back().map_or((4, 4), |bar| bar.meter);
        self.begin(at, Bar { steps: MAX_STEPS, meter, micros: self.pace.1, first: 0 }, false);
    }

    /// The measure under way is over, if there is one.
    fn close(&mut self, at: u64, on_its_line: bool) {
        let Some(open) = self.open else { return };
        self.roll_on(at);
        let (step, silent) = (self.step(at), self.is_silent());
        let whole = open.whole && on_its_line;
        if !on_its_line {
            self.end(at, |_| true);
        }
        self.open = None;
        let Some(bar) = self.bars.back_mut() else { return };
        if !whole {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 1…16")]
            let begun = (step - 1e-3).ceil().clamp(1.0, f64::from(MAX_STEPS)) as u8;
            bar.steps = begun.min(bar.steps);
            // What was only waited for, or was cut off before anything was played, is no measure.
            if silent && (!open.whole || step < 0.5) {
                self.bars.pop_back();
                let measures = self.gone.0 + self.bars.len() as u64;
                while self.tempos.back().is_some_and(|tempo| tempo.measure >= measures) {
                    self.tempos.pop_back();
                }
                return;
            }
        }
        self.line += u64::from(bar.steps) * u64::from(TICKS);
    }

    /// A wait may be longer than a measure.
    fn roll_on(&mut self, at: u64) {
        let most = f64::from(MAX_STEPS);
        while let Some(open) = self.open.filter(|open| !open.whole)
            && self.step(at) > most + 0.5
        {
            let step = open.step - most;
            if self.is_silent() && self.sounding.is_empty() {
                // Whole measures of silence are skipped at once.
                let skipped = ((self.step(at) / most).floor() - 1.0).max(0.0) * most;
                self.open = Some(Open { step: step - skipped, ..open });
            } else {
                self.line += u64::from(MAX_STEPS) * u64::from(TICKS);
                let meter = self.bars.back().map_or((4, 4), |bar| bar.meter);
                let first = self.next_note() - self.early_notes();
                self.bars.push_back(Bar { steps: MAX_STEPS, meter, micros: self.pace.1, first });
                self.open = Some(Open { step, ..open });
            }
        }
    }

    fn strike(&mut self, at: u64, user: bool, note: Note) {
        if self.open.is_none() {
            return;
        }
        self.roll_on(at);
        let tick = self.tick(at);
        let start = u16::try_from(tick).unwrap_or(u16::MAX);
        let number = self.next_note();
        self.notes.push_back(Note { start, ..note });
        let start = self.line + u64::from(start);
        self.sounding.push(OpenNote { user, channel: note.channel, key: note.key, note: number, start });
    }

    /// The notes that are chosen end.
    fn end(&mut self, at: u64, chosen: impl Fn(&OpenNote) -> bool) {
        if self.sounding.iter().any(&chosen) {
            self.roll_on(at);
        }
        let now = self.line + u64::from(self.tick(at));
        let Self { sounding, notes, gone, .. } = self;
        sounding.retain(|note| {
            let ends = chosen(note);
            if let (true, Some(place)) = (ends, note.note.checked_sub(gone.1))
                && let Some(known) = usize::try_from(place).ok().and_then(|place| notes.get_mut(place))
            {
                known.length = u32::try_from(now.saturating_sub(note.start)).unwrap_or(u32::MAX).max(1);
            }
            !ends
        });
    }

    fn forget_oldest(&mut self) {
        self.bars.pop_front();
        self.gone.0 += 1;
        let first = self.bars.front().map_or(self.next_note(), |bar| bar.first);
        while self.gone.1 < first && self.notes.pop_front().is_some() {
            self.gone.1 += 1;
        }
        while self.tempos.front().is_some_and(|tempo| tempo.measure < self.gone.0) {
            self.tempos.pop_front();
        }
    }

    /// Whatever still sounds ends with what was heard last.
    pub(super) fn finish(&mut self) {
        self.end(self.heard_until, |_| true);
    }
}
