//! What Ardour recorded of the plugin's audio, beside the notes that it recorded at the same time.
//!
//! All voices play the metronome's click, so that each note's beginning is seen in the wave.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};

use super::recording::{Played, Recording};
use super::tempo;

/// How far beside its note a click may begin, in samples: a block. Required by the aim.
const BLOCK: f64 = 1024.0;

/// Notes nearer to each other than this are one onset, in samples. Chosen: two thirds of a step at the fastest tempo, longer
/// than a click is loud.
const APART: usize = 3000;

/// How long before a note nothing of the band begins, if it stands alone, in samples. Chosen: two steps at the fastest
/// tempo. Measured: one step (83 ms) after a chord's click of 0.38 there is 0.06 left of it, and the soft click that
/// comes then has 0.13: not [`LOUDER`].
const ALONE: f64 = 8000.0;

/// What is louder than this is heard. Chosen: −60 dB; a click is 30 dB louder, its echo softer.
const HEARD: f32 = 1e-3;

/// How much louder than what sounded just before a beginning is. Chosen: a click's first wave is a hundred times as loud.
const LOUDER: f32 = 6.0;

/// What a take's audio shows.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sounded {
    /// Where something begins, in samples since the recording's beginning.
    pub(super) onsets: Vec<usize>,
}

/// The left sides of what was recorded of the track "Sound", the oldest first.
///
/// # Errors
/// If the folder cannot be read.
pub(super) fn files(session: &Path, name: &str) -> anyhow::Result<Vec<PathBuf>> {
    let folder = session.join("interchange").join(name).join("audiofiles");
    let entries = std::fs::read_dir(&folder).with_context(|| format!("could not read {}", folder.display()))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let is_left = path.file_name().is_some_and(|name| name.to_string_lossy().contains("%L"));
        if is_left {
            found.push((path.metadata()?.modified()?, path));
        }
    }
    found.sort();
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

impl Sounded {
    /// Looks for beginnings.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let bytes = std::fs::read(path).with_context(|| format!("could not read {}", path.display()))?;
        let samples = samples(&bytes).with_context(|| path.display().to_string())?;
        Ok(Self { onsets: onsets(&samples) })
    }

    /// Every note of the band that stands alone has its click within a block; returns how many those are, and by how many samples the
    /// clicks are late, at least and at most.
    ///
    /// # Errors
    /// The first note that has none.
    pub(super) fn check(&self, notes: &Recording, until: usize) -> anyhow::Result<(usize, f64, f64)> {
        let place = |tick: u64| {
            let quarter =
                u32::try_from(tick).map(f64::from).unwrap_or(f64::MAX) / f64::from(u32::try_from(notes.quarter)?);
            anyhow::Ok(tempo::sample(quarter))
        };
        let limit = notes.quarter * until as u64;
        let mut places = Vec::new();
        let clicks = |note: &&Played| ![super::MINE, super::DRUMS].contains(&note.channel);
        for note in notes.notes.iter().filter(clicks).filter(|note| note.start < limit) {
            places.push(place(note.start)?);
        }
        places.sort_by(f64::total_cmp);
        let (mut alone, mut least, mut most) = (0, f64::MAX, f64::MIN);
        for (index, &at) in places.iter().enumerate() {
            if index > 0 && at - places[index - 1] < ALONE {
                continue;
            }
            let late = self.onsets.iter().map(|&onset| onset as f64 - at).min_by(|a, b| a.abs().total_cmp(&b.abs()));
            let late = late.context("nothing was heard")?;
            ensure!(late.abs() <= BLOCK, "the note at sample {at:.0} is heard {late:.0} samples late");
            (alone, least, most) = (alone + 1, least.min(late), most.max(late));
        }
        ensure!(alone > 10, "{alone} notes stand alone");
        Ok((alone, least, most))
    }
}

/// Where something begins that is much louder than what was before.
fn onsets(samples: &[f32]) -> Vec<usize> {
    /// How long before, in samples. Chosen: a fiftieth of a second, longer than a wave of the lowest note.
    const BEFORE: usize = 960;
    /// In how many samples a beginning rises. Chosen: two milliseconds, four times as long as a click does.
    const RISES: usize = 96;
    let peak = |of: &[f32]| of.iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
    let mut onsets: Vec<usize> = Vec::new();
    let mut at = 0;
    while at < samples.len() {
        let now = samples[at].abs();
        let before = at.saturating_sub(BEFORE + RISES)..at.saturating_sub(RISES);
        if now > HEARD && now > LOUDER * peak(&samples[before]) {
            onsets.push(at);
            at += APART;
        } else {
            at += 1;
        }
    }
    onsets
}

/// The samples of a WAV file of one channel of 32-bit floating-point numbers, as Ardour records.
///
/// # Source
/// Microsoft and IBM, *Multimedia Programming Interface and Data Specifications 1.0* (1991): chunks of a name, a length and
/// as many bytes, filled up to an even number.
fn samples(bytes: &[u8]) -> anyhow::Result<Vec<f32>> {
    ensure!(bytes.get(..4) == Some(b"RIFF") && bytes.get(8..12) == Some(b"WAVE"), "is no WAV file");
    let mut rest = &bytes[12..];
    let mut bits = None;
    while let Some((head, body)) = rest.split_first_chunk::<8>() {
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        // A recording that was not closed has a length of 0, or one beyond its end.
        let end = if &head[..4] == b"data" && length == 0 { body.len() } else { length.min(body.len()) };
        match &head[..4] {
            b"fmt " => bits = body.get(14..16).map(|bits| u16::from_le_bytes([bits[0], bits[1]])),
            b"data" => {
                ensure!(bits == Some(32), "has samples of {bits:?} bits");
                let sample = |four: &[u8]| f32::from_le_bytes([four[0], four[1], four[2], four[3]]);
                return Ok(body[..end].chunks_exact(4).map(sample).collect());
            }
            _ => {}
        }
        rest = body.get(end + end % 2..).unwrap_or_default();
    }
    bail!("has no samples")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_is_found_where_it_begins() {
        let mut wave = vec![0.0_f32; 48_000];
        for at in [5000, 11_000, 30_000] {
            for (age, sample) in wave[at..at + 2000].iter_mut().enumerate() {
                let age = u16::try_from(age).map(f32::from).expect("a short click");
                *sample = 0.1 * (age * 0.2 + 0.1).sin() * (-age / 400.0).exp();
            }
        }
        assert_eq!(onsets(&wave), [5000, 11_000, 30_000]);
        let mut file =
            b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x03\0\x01\0\0\0\0\0\0\0\0\0\x04\0\x20\0odd \x01\0\0\0\0\0data".to_vec();
        file.extend(u32::try_from(wave.len() * 4).expect("short").to_le_bytes());
        file.extend(wave.iter().flat_map(|sample| sample.to_le_bytes()));
        assert_eq!(samples(&file).expect("a WAV file"), wave);
        assert!(samples(b"RIFF").is_err());
    }
}
