//! The metrics of a jam.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::grid::{Grid, average, chroma, classes, cosine, movement};
use super::twister::Twister;
use crate::midi_file::{LongNote, Song};

/// How often the band's measures are shuffled, to see what it would reach by playing anything anywhere. Required by the
/// metrics' definition.
const SHUFFLES: usize = 8;

/// More pitch classes than these at once are a crowd. Required by the metrics' definition.
const CROWD: u32 = 4;

/// One piece, or the mean of many.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct JamMetrics {
    /// Share of the user's sounding sixteenths whose pitch class is among the band's sounding ones (both sound).
    pub note_in_chord: f64,
    /// Share of the user's sounding sixteenths with a band's pitch class a semitone away (both sound).
    pub clash: f64,
    /// Cosine of the band's and the people's pitch-class content, per half measure, mean.
    pub chroma: f64,
    /// Share of half measures in which both have a Bass sounding, whose longest pitch class is the same; `None` if the
    /// user plays Bass, or one of both has none.
    pub bass_root: Option<f64>,
    /// `note_in_chord` minus the same after the band's measures were shuffled; 0: it plays anything anywhere.
    pub in_time: f64,
    /// Share of the band's sounding sixteenths with more than four pitch classes.
    pub crowd: f64,
    /// Mean movement of pitch-class content from half measure to half measure, band / people.
    pub change: f64,
    /// Share of the band's onsets on a user's onset of the same pitch class.
    pub unison: f64,
    /// Share of the user's sounding sixteenths in which the band sounds too.
    pub cover: f64,
    /// Share of measures in which people play and the band does not.
    pub silence: f64,
    /// Band's onsets / people's onsets.
    pub density: f64,
    /// Distinct band measures / measures, over the same figure for the people.
    pub variety: f64,
    /// Mean likeness of neighbouring measures' onset patterns (1 − Hamming / length), band minus people.
    pub groove: f64,
}

/// The mean of many pieces.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct JamMean {
    /// How many.
    pub pieces: usize,
    /// Means; density is a median.
    #[serde(flatten)]
    pub metrics: JamMetrics,
}

/// Why two songs cannot be compared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetricsError {
    /// The people's song lacks the user's track.
    #[error("no track named {user} plays a note; those that do: {}", tracks.join(", "))]
    NoUser {
        /// The track looked for.
        user: String,
        /// Those that there are.
        tracks: Vec<String>,
    },
    /// Fewer than two measures are left to compare.
    #[error("too short: nothing is left to compare after the first measures")]
    TooShort,
}

/// Compares a band's song with the people's, which holds the user's track and the human accompaniment (all other
/// tracks). A band's track named like the user's is ignored. Counting starts with measure `first`, where the measure of
/// the user's first note is number 1. The meter is the last one of the people's song.
///
/// # Errors
/// [`MetricsError`].
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub fn jam_metrics(people: &Song, band: &Song, user: &str, first: usize) -> Result<JamMetrics, MetricsError> {
    let (truth, tracks) = (voices(people), voices(band));
    let of = |voices: &[(String, Vec<LongNote>)], mine: bool| -> Vec<LongNote> {
        voices.iter().filter(|(name, _)| (name == user) == mine).flat_map(|(_, notes)| notes).copied().collect()
    };
    let (mine, humans, plays) = (of(&truth, true), of(&truth, false), of(&tracks, false));
    if mine.is_empty() {
        let tracks = truth.iter().map(|(name, _)| name.clone()).collect();
        return Err(MetricsError::NoUser { user: user.into(), tracks });
    }
    let meter = people.meters().last().and_then(|change| change.meter.steps()).map_or(16, usize::from);
    let half = (meter / 2).max(1);
    let end = mine.iter().chain(&humans).map(|note| note.end as usize).max().unwrap_or(0);
    let steps = end.next_multiple_of(meter);
    let begin = mine.iter().map(|note| note.start as usize).min().unwrap_or(0) / meter;
    let from = (begin + first).saturating_sub(1);
    let measures = (steps / meter).saturating_sub(from);
    if measures < 2 {
        return Err(MetricsError::TooShort);
    }
    let grid = |notes: &[LongNote]| Grid::of(notes, steps).from(from * meter);
    let (us, bs, hs) = (grid(&mine), grid(&plays), grid(&humans));
    let fit = Fit::of(&us.sounding, &bs.sounding);

    let (mut twister, mut order): (_, Vec<usize>) = (Twister::new(1), (0..measures).collect());
    let shuffled = (0..SHUFFLES).map(|_| {
        twister.shuffle(&mut order);
        let mixed: Vec<u16> = order.iter().flat_map(|&m| &bs.sounding[m * meter..(m + 1) * meter]).copied().collect();
        Fit::of(&us.sounding, &mixed).note_in_chord
    });
    let anywhere = shuffled.sum::<f64>() / SHUFFLES as f64;

    let content = |notes: &[LongNote]| chroma(notes, steps, half).split_off((2 * from).min(steps / half));
    let (played, human) = (content(&plays), content(&humans));
    let likeness = average(played.iter().zip(&human).filter_map(|(a, b)| cosine(a, b)));
    let bass = |voices: &[(String, Vec<LongNote>)]| {
        voices.iter().find(|(name, _)| name == "Bass").map(|(_, notes)| content(notes))
    };
    let bass_root = bass(&truth).zip(bass(&tracks)).filter(|_| user != "Bass").and_then(|(truth, found)| {
        let root = |chroma: &[f64; 12]| {
            let most = chroma.iter().copied().fold(0.0, f64::max);
            chroma.iter().position(|&long| long == most && most > 0.0)
        };
        let both = truth.iter().zip(&found).filter_map(|(a, b)| root(a).zip(root(b)));
        average(both.map(|(a, b)| if a == b { 1.0 } else { 0.0 }))
    });

    let shapes = |grid: &Grid| grid.onsets.chunks_exact(meter).map(<[u128]>::to_vec).collect::<Vec<_>>();
    let (band_shapes, human_shapes) = (shapes(&bs), shapes(&hs));
    let distinct = |shapes: &[Vec<u128>]| shapes.iter().collect::<HashSet<_>>().len() as f64;
    let sounds = |grid: &Grid, m: usize| grid.sounding[m * meter..(m + 1) * meter].iter().any(|&set| set != 0);
    let needed: Vec<usize> = (0..measures).filter(|&m| sounds(&hs, m)).collect();
    let silent = needed.iter().filter(|&&m| !sounds(&bs, m)).count();
    let onsets = |grid: &Grid| grid.onsets.iter().map(|keys| keys.count_ones()).sum::<u32>();
    let sounding = bs.sounding.iter().filter(|&&set| set != 0).count();
    let crowded = bs.sounding.iter().filter(|set| set.count_ones() > CROWD).count();
    let doubled = us.onsets.iter().zip(&bs.onsets).map(|(&user, &band)| doubled(user, band)).sum::<u32>();
    let moves = movement(&human);
    Ok(JamMetrics {
        note_in_chord: fit.note_in_chord,
        clash: fit.clash,
        chroma: likeness.unwrap_or(0.0),
        bass_root,
        in_time: fit.note_in_chord - anywhere,
        crowd: crowded as f64 / sounding.max(1) as f64,
        change: movement(&played) / if moves == 0.0 { 1.0 } else { moves },
        unison: f64::from(doubled) / f64::from(onsets(&bs).max(1)),
        cover: fit.cover,
        silence: if needed.is_empty() { 0.0 } else { silent as f64 / needed.len() as f64 },
        density: f64::from(onsets(&bs)) / f64::from(onsets(&hs).max(1)),
        variety: distinct(&band_shapes) / distinct(&human_shapes).max(1.0),
        groove: groove(&band_shapes) - groove(&human_shapes),
    })
}

/// The mean over pieces, of each figure over the pieces that have it; `None` without a piece.
#[must_use]
pub fn mean(pieces: &[JamMetrics]) -> Option<JamMean> {
    let of = |figure: fn(&JamMetrics) -> f64| average(pieces.iter().map(figure));
    let mut densities: Vec<f64> = pieces.iter().map(|piece| piece.density).collect();
    densities.sort_by(f64::total_cmp);
    let middle = densities.len() / 2;
    let median = match densities.len() {
        0 => return None,
        odd if odd % 2 == 1 => densities[middle],
        _ => f64::midpoint(densities[middle - 1], densities[middle]),
    };
    let metrics = JamMetrics {
        note_in_chord: of(|x| x.note_in_chord)?,
        clash: of(|x| x.clash)?,
        chroma: of(|x| x.chroma)?,
        bass_root: average(pieces.iter().filter_map(|x| x.bass_root)),
        in_time: of(|x| x.in_time)?,
        crowd: of(|x| x.crowd)?,
        change: of(|x| x.change)?,
        unison: of(|x| x.unison)?,
        cover: of(|x| x.cover)?,
        silence: of(|x| x.silence)?,
        density: median,
        variety: of(|x| x.variety)?,
        groove: of(|x| x.groove)?,
    };
    Some(JamMean { pieces: pieces.len(), metrics })
}

/// The notes of each named track that plays one; tracks of one name are one.
fn voices(song: &Song) -> Vec<(String, Vec<LongNote>)> {
    let mut out: Vec<(String, Vec<LongNote>)> = Vec::new();
    for track in &song.tracks {
        let notes = track.notes(song.spans());
        if notes.is_empty() {
            continue;
        }
        match out.iter_mut().find(|(name, _)| *name == track.name) {
            Some((_, all)) => all.extend(notes),
            None => out.push((track.name.clone(), notes)),
        }
    }
    out
}

/// How the band's pitch classes fit the user's.
struct Fit {
    note_in_chord: f64,
    clash: f64,
    cover: f64,
}

impl Fit {
    fn of(user: &[u16], band: &[u16]) -> Self {
        let (mut hit, mut clash, mut both, mut heard) = (0, 0, 0, 0);
        for (&user, &band) in user.iter().zip(band) {
            heard += user.count_ones();
            if band != 0 {
                both += user.count_ones();
                hit += (user & band).count_ones();
                let near = (band << 1 | band >> 11 | band >> 1 | band << 11) & 0xfff;
                clash += (user & near).count_ones();
            }
        }
        let share = |part: u32, all: u32| if both == 0 { 0.0 } else { f64::from(part) / f64::from(all) };
        Self { note_in_chord: share(hit, both), clash: share(clash, both), cover: share(both, heard) }
    }
}

/// How many of the band's onsets double a pitch class that the user begins.
fn doubled(user: u128, mut band: u128) -> u32 {
    let wanted = classes(user);
    let mut count = 0;
    while band != 0 {
        count += u32::from(wanted >> (band.trailing_zeros() % 12) & 1);
        band &= band - 1;
    }
    count
}

#[expect(clippy::cast_precision_loss, reason = "a measure has few steps")]
fn groove(shapes: &[Vec<u128>]) -> f64 {
    let alike = shapes.windows(2).map(|pair| {
        let same = pair[0].iter().zip(&pair[1]).filter(|(a, b)| (**a != 0) == (**b != 0)).count();
        same as f64 / pair[0].len() as f64
    });
    average(alike).unwrap_or(0.0)
}
