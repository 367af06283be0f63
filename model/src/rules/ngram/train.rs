//! Counting.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::harmony::{self, Heard, Label, UNKNOWN};
use super::table::{Decision, Table};
use super::walk::{self, Decide, Walker};
use super::{MOST_NGRAM_BYTES, NGram, bytes};
use crate::midi_file::band_song::BandSong;
use crate::music::band::{BandMeasure, BandSpec, VoiceMask};
use crate::music::measure::Measure;
use crate::music::tonality::Tonality;
use crate::music::voicing::Players;
use crate::predict::predictor::History;

/// How far ahead the band must play: what the user did in the measure before the target is not known. Required by the
/// second-next lookahead.
const AHEAD: usize = 2;

/// How often which symbol followed which context: context · 256 + symbol. Most are rare and left
/// out in the end.
#[derive(Default)]
struct Counter(HashMap<u64, u32, BuildHasherDefault<AlreadyMixed>>);

/// Contexts are hashes already.
#[derive(Default)]
struct AlreadyMixed(u64);

impl Hasher for AlreadyMixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u64(u64::from(byte)));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl Decide for Counter {
    fn decide(&mut self, decision: &Decision, truth: Option<u8>) -> u8 {
        let symbol = truth.unwrap_or(0);
        for &context in decision.levels() {
            *self.0.entry(u64::from(context) << 8 | u64::from(symbol)).or_default() += 1;
        }
        symbol
    }
}

impl NGram {
    /// Counts these songs, in any keys. Every measure is counted twice, with the measure before
    /// it and without, because a player may lack it; and every voice is taken as the user's.
    #[must_use]
    pub fn train(spec: &BandSpec, songs: impl IntoIterator<Item = impl Borrow<BandSong>>) -> Self {
        let players = Players::of(spec);
        let mut counter = Counter::default();
        for song in songs {
            count_song(&mut counter, &players, song.borrow());
        }
        Self::new(spec.clone(), counter.table())
    }
}

fn count_song(counter: &mut Counter, players: &Players, song: &BandSong) {
    let shift = Tonality::of(&song.chroma(song.present)).to_c();
    let mut history = Box::<History>::default();
    for (index, target) in song.measures.iter().enumerate() {
        // Up to the measure that is two before the target.
        if let Some(measure) = index.checked_sub(AHEAD).and_then(|newest| song.measures.get(newest)) {
            history.push(measure);
        }
        if target.is_silent(VoiceMask::from_iter(players.all().iter())) {
            continue;
        }
        let counted = Counted { players, measure: target, labels: walk::true_labels(players, target, shift), shift };
        let newest = history.back(0).copied();
        let before = index.checked_sub(1).and_then(|before| song.measures.get(before));
        for (before, last) in [(before, before), (None, newest.as_ref())] {
            count_labels(counter, counted, &history, before);
            count_voices(counter, counted, before, last);
        }
    }
}

/// A measure that is counted.
#[derive(Clone, Copy)]
struct Counted<'a> {
    players: &'a Players,
    measure: &'a BandMeasure,
    /// The harmony of its halves.
    labels: [Label; 2],
    /// The semitones that bring it to C.
    shift: i32,
}

fn count_labels(counter: &mut Counter, counted: Counted<'_>, history: &History, before: Option<&BandMeasure>) {
    let Counted { players, measure, labels, shift } = counted;
    for user in measure.present.and(players.all()).iter() {
        let heard =
            harmony::reference(history, AHEAD, user).map_or(Heard::NOTHING, |measure| Heard::of(measure, shift));
        let mut last = walk::last_label(players, before, shift);
        for (half, &label) in labels.iter().enumerate() {
            if label != UNKNOWN {
                last = walk::decide_label(counter, user, &heard, last, half, Some(label));
            }
        }
    }
}

fn count_voices(counter: &mut Counter, counted: Counted<'_>, before: Option<&BandMeasure>, last: Option<&BandMeasure>) {
    let Counted { players, measure, labels, shift } = counted;
    let (steps, middle) = (measure.steps(), harmony::boundary(measure.steps()));
    for voice in measure.present.and(players.all()).iter() {
        let mut walker = Walker::new(voice, players.player(voice), before, last, shift);
        let truth = Some(measure.voice(voice));
        let mut unused = Measure::silent(steps);
        walker.walk(0..middle, labels[0], counter, truth, &mut unused);
        walker.walk(middle..steps, labels[1], counter, truth, &mut unused);
    }
}

impl Counter {
    /// The table, without the contexts that are so rare that it would not fit.
    fn table(&self) -> Table {
        let mut cells: Vec<(u64, u32)> = self.0.iter().map(|(&cell, &count)| (cell, count)).collect();
        cells.sort_unstable();
        let contexts: Vec<_> = cells.chunk_by(|a, b| a.0 >> 8 == b.0 >> 8).collect();
        let size = |least: u32| {
            let kept = contexts.iter().filter(|cells| total(cells) >= least);
            kept.fold(bytes::HEAD, |size, cells| size + bytes::size(cells.len()))
        };
        let mut least = 1;
        while size(least) > MOST_NGRAM_BYTES {
            least += 1;
        }
        let mut table = Table { starts: vec![0], ..Table::default() };
        for cells in contexts.iter().filter(|cells| total(cells) >= least) {
            table.push(cells);
        }
        table
    }
}

fn total(cells: &[(u64, u32)]) -> u32 {
    cells.iter().map(|&(_, count)| count).sum()
}

impl Table {
    /// Adds a context; counts beyond a byte are scaled down together.
    fn push(&mut self, cells: &[(u64, u32)]) {
        let most = cells.iter().map(|&(_, count)| u64::from(count)).max().unwrap_or(1).max(255);
        for &(cell, count) in cells {
            let scaled = (u64::from(count) * 255 / most).max(1);
            self.symbols.push(u8::try_from(cell & 0xff).unwrap_or(u8::MAX));
            self.counts.push(u8::try_from(scaled).unwrap_or(u8::MAX));
        }
        self.contexts.push(u32::try_from(cells[0].0 >> 8).unwrap_or(u32::MAX));
        self.starts.push(u32::try_from(self.symbols.len()).unwrap_or(u32::MAX));
    }
}
