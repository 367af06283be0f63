//! The room in which the band plays: eight echoes that feed each other.
//!
//! # Source
//! Jot and Chaigne, *Digital delay networks for designing artificial reverberators* (1991), with a Hadamard matrix.

use super::pulse::{per_sample, towards};

/// How many echoes there are. Required: a power of two, by the matrix.
const LINES: usize = 8;

/// How long each takes, in seconds. Chosen: the walls of a small hall, and no two have a common beat.
const SECONDS: [f32; LINES] = [0.0297, 0.0331, 0.0379, 0.0413, 0.0479, 0.0533, 0.0591, 0.0677];

/// How long it takes until an echo is 60 dB weaker, in seconds. Chosen: a studio with wood, no church.
const FADES: f32 = 1.15;

/// The walls swallow what is higher, in Hz. Chosen.
const WALLS: f32 = 4200.0;

/// Below this nothing is heard of it. Chosen: at the output, a hundredth of what 16 bits can say.
const SILENT: f32 = 5e-6;

/// How loud it is, of what comes in. Chosen: so that the instruments' shares are near what people set on a desk.
const WET: f32 = 0.55;

#[derive(Clone, Debug)]
struct Line {
    past: Vec<f32>,
    at: usize,
    /// Has it gone round since it was cleared? Before that, what lies ahead of `at` is of an older time, and counts as silence:
    /// to write zeros over it would take longer than a block, at high rates.
    round: bool,
    keeps: f32,
    soft: f32,
}

/// The room.
#[derive(Clone, Debug)]
pub(super) struct Room {
    lines: [Line; LINES],
    walls: f32,
    longest: usize,
    /// For how many samples nothing was heard.
    quiet: usize,
}

impl Room {
    /// For a sample rate, in Hz.
    pub(super) fn new(rate: f32) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "less than a second")]
        let lines = SECONDS.map(|seconds| Line {
            past: vec![0.0; ((seconds * rate) as usize).max(1)],
            at: 0,
            round: false,
            // 60 dB are 6.9 times 1/e.
            keeps: per_sample(FADES / 6.9, 1.0 / seconds),
            soft: 0.0,
        });
        let longest = lines.iter().map(|line| line.past.len()).max().unwrap_or(1);
        Self { lines, walls: towards(WALLS, rate), longest, quiet: longest }
    }

    /// Is it silent, so that nothing needs to be worked out while nothing comes in?
    pub(super) const fn is_silent(&self) -> bool {
        self.quiet >= self.longest
    }

    /// Nothing sounds in it any more.
    pub(super) fn clear(&mut self) {
        for line in &mut self.lines {
            (line.at, line.round, line.soft) = (0, false, 0.0);
        }
        self.quiet = self.longest;
    }

    /// It is so quiet that it may as well be silent: it is.
    pub(super) fn settle(&mut self) {
        if self.is_silent() && self.lines[0].soft != 0.0 {
            self.clear();
        }
    }

    /// Adds what it makes of what comes in.
    pub(super) fn sound(&mut self, [in_left, in_right]: [&[f32]; 2], [left, right]: [&mut [f32]; 2]) {
        for at in 0..in_left.len() {
            let mut heard = [0.0; LINES];
            let mut loudest = in_left[at].abs().max(in_right[at].abs());
            for (heard, line) in heard.iter_mut().zip(&mut self.lines) {
                let echo = if line.round { line.past[line.at] } else { 0.0 };
                line.soft += (echo - line.soft) * self.walls;
                *heard = line.soft * line.keeps;
                loudest = loudest.max(line.soft.abs());
            }
            left[at] += WET * ((heard[0] - heard[2]) + (heard[4] - heard[6]));
            right[at] += WET * ((heard[1] - heard[3]) + (heard[5] - heard[7]));
            hadamard(&mut heard);
            for (index, (heard, line)) in heard.iter().zip(&mut self.lines).enumerate() {
                line.past[line.at] = heard + if index % 2 == 0 { in_left[at] } else { in_right[at] };
                line.at += 1;
                if line.at == line.past.len() {
                    (line.at, line.round) = (0, true);
                }
            }
            self.quiet = if loudest > SILENT { 0 } else { self.quiet + 1 };
        }
    }
}

/// Mixes all with all, and makes nothing louder.
fn hadamard(of: &mut [f32; LINES]) {
    for half in [1, 2, 4] {
        for pair in (0..LINES).filter(|at| at & half == 0) {
            let (a, b) = (of[pair], of[pair + half]);
            (of[pair], of[pair + half]) = (a + b, a - b);
        }
    }
    for value in of {
        *value *= 0.353_553_4;
    }
}
