//! What the transport does: tempo, meter, moves, and how the host tells of it.

use model::TimeSignature;

use super::chances::Chances;
use crate::host::Manners;
use crate::timeline::{QUARTER, STEP, Timeline};
use crate::transport::Script;

/// The most samples that a script lasts. Chosen: some milliseconds of a machine's time.
const MOST_SAMPLES: i64 = 1_500_000;

const RATES: [u32; 14] =
    [44_100, 44_100, 48_000, 48_000, 48_000, 96_000, 8_000, 11_025, 22_050, 88_200, 176_400, 192_000, 384_000, 768_000];

const METERS: [(u8, u8); 12] =
    [(4, 4), (4, 4), (4, 4), (3, 4), (5, 4), (7, 8), (12, 8), (6, 8), (2, 4), (9, 8), (7, 4), (15, 8)];

/// Meters that cannot be divided into sixteenths.
const UNSUPPORTED: [(u8, u8); 3] = [(5, 32), (7, 64), (1, 64)];

/// A script, and whether all its meters are ones that the band plays in.
pub(super) fn script(chances: &mut Chances) -> (Script, bool) {
    let rate = chances.one(&RATES);
    // At high rates quick, so that several measures fit.
    let micros = |chances: &mut Chances| {
        let slowest = if rate > 200_000 { 260_000 } else { 1_200_000 };
        u32::try_from(chances.between(140_000, slowest)).unwrap_or(500_000)
    };
    let manners = manners(chances);
    let mut tempos = vec![(0, micros(chances))];
    // A host that tells no beats tells the place in samples alone, which is a place in the music only while the tempo
    // stays the same.
    match if manners.beats { chances.count(0, 9) } else { 0 } {
        // Steps, anywhere.
        5..=7 => {
            let mut tick = 0;
            for _ in 0..chances.count(1, 6) {
                tick += chances.between(1, 6 * QUARTER);
                tempos.push((tick, micros(chances)));
            }
        }
        // A ramp.
        8..=9 => {
            let (step, start) = (chances.one(&[30, 60, STEP, 77]), chances.between(1, 8 * QUARTER));
            let change = chances.between(-1500, 3000);
            let first = i64::from(tempos[0].1);
            tempos.extend((0..chances.between(10, 60)).map(|index| {
                let micros = (first + index * change).clamp(140_000, 2_000_000);
                (start + index * step, u32::try_from(micros).unwrap_or(500_000))
            }));
        }
        _ => {}
    }
    let (meters, supported) = meters(chances);
    let steady = tempos.len() == 1 && meters.len() == 1;
    let timeline = Timeline::new(&tempos, &meters);
    let mut script = Script::new(timeline, rate);
    script.manners = manners;
    script.over_seams = chances.percent(40);
    if steady && chances.percent(20) {
        // A host that cuts what it processes, and says one position for all pieces.
        script.over_seams = false;
        script.cycle = Some(chances.one(&[64, 512, 1000, 1024, 2048, 4096]));
    }
    (moves(chances, script).halt(20_000), supported)
}

fn meters(chances: &mut Chances) -> (Vec<(i64, TimeSignature)>, bool) {
    let mut supported = true;
    let mut meters = Vec::new();
    let mut tick = 0;
    for _ in 0..if chances.percent(60) { 1 } else { chances.count(2, 6) } {
        let odd = chances.percent(4);
        let (numerator, denominator) = if odd { chances.one(&UNSUPPORTED) } else { chances.one(&METERS) };
        supported &= !odd;
        let meter = TimeSignature::new(numerator, denominator).unwrap_or(TimeSignature::FOUR_FOUR);
        meters.push((tick, meter));
        let bar = 4 * QUARTER * i64::from(numerator) / i64::from(denominator);
        tick += bar * chances.between(1, 5);
    }
    (meters, supported)
}

fn moves(chances: &mut Chances, mut script: Script) -> Script {
    let mut left = MOST_SAMPLES;
    for _ in 0..=chances.count(0, 6) {
        let first = script.timeline.bar(0).length();
        // Mostly whole measures, sometimes any step, sometimes any tick.
        let grain = chances.one(&[first, first, first, STEP, 1]);
        let most = (8 * first / grain).max(1);
        let mut start = chances.between(0, most) * grain;
        if chances.percent(8) {
            start = -chances.between(1, 2 * first);
        }
        let mut end = start + chances.between(1, most) * grain;
        while end - start > 60 && script.timeline.samples(start, end, script.rate) > left {
            end = start + (end - start) / 2;
        }
        let once = script.timeline.samples(start, end, script.rate).max(1);
        if once > left {
            break;
        }
        left -= once;
        let kind = chances.count(0, 9);
        script = match kind {
            // A shorter loop than a sixty-fourth is none.
            0..=2 if end - start >= 60 => {
                let times = (1 + left / once).min(chances.between(1, 6));
                left -= once * (times - 1);
                script.cycle(&(start..end), usize::try_from(times).unwrap_or(1))
            }
            3..=4 => script.roll(start..end).halt(chances.between(1, 30_000)),
            _ => script.roll(start..end),
        };
    }
    script
}

/// Mostly a host that tells everything.
fn manners(chances: &mut Chances) -> Manners {
    let good = Manners::GOOD;
    match chances.count(0, 19) {
        0..=1 => Manners::ARDOUR,
        2 => Manners { next_bar: true, ..good },
        3 => Manners { coarse: true, samples: false, ..good },
        4 => Manners { bar: false, ..good },
        5 => Manners { samples: false, ..good },
        6 => Manners { beats: false, bar: false, announces: false, ..good },
        7 => Manners { meter: false, ..good },
        8 => Manners { announces: false, ..good },
        9 => match chances.count(0, 2) {
            0 => Manners { tempo: false, ..good },
            1 => Manners { transport: false, ..good },
            _ => Manners { tempo: false, meter: false, beats: false, samples: false, bar: false, ..good },
        },
        _ => good,
    }
}
