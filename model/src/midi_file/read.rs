//! From a file to measures.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};

use super::clock::{Clock, Division};
use super::error::{Place, Problem};
use super::events::{Event, Events, TEMPO, TIME_SIGNATURE, TRACK_NAME};
use super::layout::{self, Cut, LongNote, Span};
use super::pickup::Pickup;
use super::players::{Player, Players, RawNote, Spoken};
use super::song::{Song, Track, text};
use super::warning::{Oddity, Warnings};
use super::{MOST_CELLS, MOST_SONG_MEASURES};
use crate::music::meter::TimeSignature;

/// The last step that a song may reach.
const MOST_STEPS: u64 = MOST_SONG_MEASURES as u64 * 16;

/// How long silence after the last note is the music's own, in quarter notes; what stands later was left there by
/// mistake. Chosen: sixteen measures of 4/4.
const MOST_SILENCE: u64 = 64;

/// How long a note lasts at most that nothing ends, after the last stroke or release of all, in quarter notes. Chosen.
const MOST_UNENDED: u64 = 4;

/// The number of the meta event that names an instrument. Required by the file format.
const INSTRUMENT_NAME: u8 = 0x04;

/// A track's bytes.
pub(super) struct Lane<'a> {
    pub(super) bytes: &'a [u8],
    /// Where they stand in the file.
    pub(super) at: usize,
    /// Counted from 1.
    pub(super) number: usize,
}

impl<'a> Lane<'a> {
    pub(super) fn events(&self) -> Events<'a> {
        Events::new(self.bytes, self.at, self.number)
    }
}

/// What the music is made of, and in which track of the file each of its tracks stands.
pub(super) struct Reading {
    pub(super) song: Song,
    pub(super) origins: Vec<usize>,
    /// Of each of its tracks what is played, in ticks of the song.
    pub(super) notes: Vec<Vec<RawNote>>,
    /// (tick, microseconds per quarter), in order.
    pub(super) tempos: Vec<(u64, u32)>,
}

/// Reads the tracks of a file.
pub(super) fn read(
    lanes: &[Lane<'_>],
    division: Division,
    pickup: Option<Pickup>,
    warnings: &mut Warnings,
) -> Result<Reading, Problem> {
    let mut sheet = Sheet::default();
    for lane in lanes {
        sheet.look_through(lane, warnings)?;
    }
    sheet.tempos.sort_by_key(|&(tick, _)| tick);
    let clock = Clock::new(division, &sheet.tempos);
    let mut players = Players::default();
    let mut order = BinaryHeap::new();
    let mut iterators: Vec<_> = lanes.iter().map(Lane::events).collect();
    let mut pending: Vec<_> = iterators.iter_mut().map(|events| events.next().and_then(Result::ok)).collect();
    for (index, event) in pending.iter().enumerate() {
        order.extend(event.map(|event| Reverse((event.tick, index))));
    }
    // All tracks at once, since a pedal may stand in another track than its notes.
    while let Some(Reverse((tick, index))) = order.pop() {
        if let Some(event) = pending[index].take()
            && let Event::Midi { channel, message } = event.event
        {
            players.hear(Spoken { track: lanes[index].number, channel, tick, message }, warnings)?;
        }
        pending[index] = iterators[index].next().and_then(Result::ok);
        order.extend(pending[index].map(|event| Reverse((event.tick, index))));
    }
    players.finish(&sheet.ends, clock.ticks_of_quarters(MOST_UNENDED), warnings);
    sheet.cut(players, &clock, pickup, warnings)
}

/// What stands in the tracks beside notes.
#[derive(Default)]
struct Sheet<'a> {
    /// (tick, microseconds per quarter)
    tempos: Vec<(u64, u32)>,
    /// (tick, track, meter)
    meters: Vec<(u64, usize, TimeSignature)>,
    /// By track.
    names: HashMap<usize, &'a [u8]>,
    instruments: HashMap<usize, &'a [u8]>,
    /// By track, the tick at which it ends.
    ends: BTreeMap<usize, u64>,
}

impl<'a> Sheet<'a> {
    fn look_through(&mut self, lane: &Lane<'a>, warnings: &mut Warnings) -> Result<(), Problem> {
        let track = lane.number;
        let place = Place::Track(track);
        let mut events = lane.events();
        for event in events.by_ref() {
            let event = event.map_err(|none| none.problem(track))?;
            let Event::Meta(kind, bytes) = event.event else { continue };
            let mut warn = |oddity| warnings.add(oddity, place, None, Some(event.tick));
            match (kind, bytes) {
                (TRACK_NAME, name) => _ = self.names.entry(track).or_insert(name),
                (INSTRUMENT_NAME, name) => _ = self.instruments.entry(track).or_insert(name),
                (TEMPO, [a, b, c, ..]) => {
                    let micros = u32::from_be_bytes([0, *a, *b, *c]);
                    // A quarter that lasts no time is no tempo.
                    if micros > 0 { self.tempos.push((event.tick, micros)) } else { warn(Oddity::BadMeta) }
                }
                (TIME_SIGNATURE, [numerator, power, rest @ ..]) => {
                    if rest.len() < 2 {
                        warn(Oddity::ShortMeter);
                    }
                    let denominator = 1_u8.checked_shl((*power).into());
                    match denominator.and_then(|denominator| TimeSignature::new(*numerator, denominator)) {
                        Some(meter) => {
                            if meter.steps().is_none() {
                                warn(Oddity::UnplayedMeter);
                            }
                            self.meters.push((event.tick, track, meter));
                        }
                        None => warn(Oddity::NoMeter),
                    }
                }
                (TEMPO | TIME_SIGNATURE, _) => warn(Oddity::BadMeta),
                _ => {}
            }
        }
        if !events.ended() {
            warnings.add(Oddity::NoEnd, place, None, Some(events.tick()));
        }
        if let Some((byte, count)) = events.behind_the_end() {
            warnings.add_many(Oddity::BehindTheEnd, count, place, Some(byte), None);
        }
        self.ends.insert(track, events.tick());
        warnings.join(events.warnings);
        Ok(())
    }

    /// From ticks to measures.
    fn cut(
        mut self,
        players: Players,
        clock: &Clock,
        pickup: Option<Pickup>,
        warnings: &mut Warnings,
    ) -> Result<Reading, Problem> {
        let players = players.in_order();
        let ticks = |tick: u64| clock.ticks(tick);
        let last =
            players.iter().flat_map(|player| &player.notes).map(|note| (note.off.max(note.on), note.track)).max();
        let end = self.end(&players, last, clock, warnings);
        let resolution = clock.resolution();
        let step = u64::from(resolution) / 4;
        let too_long = |track, tick| Problem::TooLong { track, tick };
        let last_stroke = players.iter().flat_map(|player| &player.notes).map(|note| ticks(note.on)).max();
        // A bar line between two ticks of the file is written at the next one: what ends there begins no bar.
        let rounding = clock.rounding().min((step - 1) / 2);
        let until = ticks(end.0).saturating_sub(rounding).max(last_stroke.map_or(0, |on| on + 1));
        if until.div_ceil(step) > MOST_STEPS {
            return Err(too_long(end.1, end.0));
        }
        self.meters.sort_by_key(|&(tick, track, _)| (tick, track));
        let mut meters: Vec<_> = self.meters.iter().map(|&(tick, _, meter)| (ticks(tick), meter)).collect();
        if let Some(pickup) = pickup {
            pickup.begin_bars(&mut meters, resolution);
        }
        let cut = |until| layout::cut(&meters, until, resolution).ok_or_else(|| too_long(end.1, end.0));
        let mut found = cut(until)?;
        // A stroke at the very end may belong to a measure that begins there.
        let over = found.spans.last().map_or(0, Span::end);
        if last_stroke.is_some_and(|on| found.grid.step(on) >= over) {
            found = cut(found.grid.tick(over) + 1)?;
        }
        let Cut { spans, meters, grid } = found;
        let (tracks, measures) = (players.len(), spans.len());
        if tracks * measures > MOST_CELLS {
            return Err(Problem::TooLarge { tracks, measures });
        }
        let mut tempos = clock.tempo_map(&self.tempos);
        let music = grid.tick(spans.last().map_or(0, Span::end));
        #[expect(clippy::cast_precision_loss, reason = "bounded by the song's measures")]
        let beats = music as f64 / f64::from(resolution);
        tempos.retain(|tempo| tempo.beat == 0.0 || tempo.beat < beats);
        let (room, asides) = (Vec::with_capacity(tracks), Vec::new());
        let mut song = Song { tempos, tracks: room, dropped: 0, asides, meters, spans, grid };
        let mut origins = Vec::with_capacity(tracks);
        let mut raw = Vec::with_capacity(tracks);
        for mut player in players {
            let long = |note: &RawNote| {
                let start = song.grid.step(ticks(note.on));
                let end = song.grid.step(ticks(note.off)).max(start + 1);
                LongNote { start, end, key: note.key, velocity: note.velocity }
            };
            let notes = player.notes.iter().map(long).collect();
            let before = song.dropped;
            song.add_notes(self.named(&player), notes);
            warnings.add_many(Oddity::NoRoom, song.dropped - before, Place::Track(player.track), None, None);
            origins.push(player.track);
            for note in &mut player.notes {
                (note.on, note.off, note.lift) = (ticks(note.on), ticks(note.off), ticks(note.lift));
            }
            raw.push(player.notes);
        }
        Ok(Reading { song, origins, notes: raw, tempos: self.tempos })
    }

    /// Where the music ends: with the tracks that play in it, unless that is far behind the last note. (tick, track)
    fn end(
        &self,
        players: &[Player],
        last: Option<(u64, usize)>,
        clock: &Clock,
        warnings: &mut Warnings,
    ) -> (u64, usize) {
        let ends = |playing: bool| {
            let plays = |track| players.iter().any(|player| player.track == track && !player.notes.is_empty());
            let ends = self.ends.iter().filter(move |&(&track, _)| !playing || plays(track));
            ends.map(|(&track, &end)| (end, track)).max_by_key(|&(end, track)| (end, Reverse(track))).unwrap_or((0, 1))
        };
        let Some(last) = last else { return ends(false) };
        let end = ends(true);
        let most = clock.ticks(last.0) + clock.ticks_of_quarters(MOST_SILENCE).1;
        for (&track, &tick) in &self.ends {
            if clock.ticks(tick) > most {
                warnings.add(Oddity::LateEvents, Place::Track(track), None, Some(tick));
            }
        }
        if clock.ticks(end.0) > most { last } else { end.max(last) }
    }

    /// A player's track: named by its track, else by its instrument.
    fn named(&self, player: &Player) -> Track {
        let channel = player.channel.get() + 1;
        let bytes = [&self.names, &self.instruments].into_iter().find_map(|names| {
            let bytes = *names.get(&player.track)?;
            text(bytes).map(|name| (name, bytes))
        });
        let number = player.track;
        let (name, bytes) = match (bytes, player.alone) {
            // Bytes that are no UTF-8, or that have spaces around them, are written back as they are.
            (Some((name, bytes)), true) => (name.clone(), (name.as_bytes() != bytes).then(|| bytes.into())),
            (Some((name, _)), false) => (format!("{name}, channel {channel}"), None),
            (None, true) => (format!("Track {number}"), None),
            (None, false) => (format!("Track {number}, channel {channel}"), None),
        };
        let program = player.program.unwrap_or(0);
        Track { bytes, channel: player.channel, program, ..Track::new(&name) }
    }
}
