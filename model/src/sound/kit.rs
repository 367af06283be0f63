//! The drum kit: which key is which stroke.
//!
//! # Source
//! General MIDI System Level 1: the percussion key map, keys 35 to 81; 33 and 34 are the metronome's in the second level.

use super::stroke::{Skin, Stroke};

/// The cymbals that sound on one stand: a stroke of the hi-hat ends the one before. Chosen: any number but 0, which is no stand.
const HI_HAT: u8 = 1;

/// The triangle: a muted stroke ends an open one. Chosen: any number but 0 and the hi-hat's.
const TRIANGLE: u8 = 2;

/// The stroke of a key. Keys that General MIDI does not name strike what stands next to them.
pub(super) fn stroke_of(key: u8) -> Stroke {
    match key {
        0..=33 => block(1000.0, 0.02),
        34 => Stroke { level: -8.0, ..block(1600.0, 0.05) },
        35 => kick(48.0),
        36 => kick(54.0),
        37 => Stroke { noise: (0.5, 0.006, (1500.0, 6000.0)), pan: -0.1, ..block(520.0, 0.018) },
        38 => snare(186.0, 0.12),
        39 => CLAP,
        40 => snare(228.0, 0.09),
        41 | 43 | 45 | 47 | 48 | 50 => tom(key),
        42 => hat(0.030, -0.5),
        44 => hat(0.022, -3.0),
        46 => hat(0.26, -2.0),
        49 => Stroke { pan: 0.35, ..cymbal(340.0, 0.85) },
        52 => Stroke { pan: 0.3, ..cymbal(290.0, 0.5) },
        55 => Stroke { pan: -0.2, ..cymbal(520.0, 0.3) },
        57 => Stroke { pan: -0.35, ..cymbal(390.0, 0.75) },
        51 => ride(1.0),
        59 => ride(1.12),
        53 => Stroke { level: -8.0, pan: 0.3, metal: (0.07, 0.7, (840.0, 6800.0)), ..Stroke::NONE },
        54 => Stroke { level: -7.0, pan: 0.2, metal: (0.12, 0.07, (4200.0, 11_000.0)), ..shaker(0.07) },
        56 => skins(-10.0, [(562.0, 0.12), (845.0, 0.09)], 0.1),
        58 => Stroke { level: 2.0, noise: (0.5, 0.22, (1800.0, 4200.0)), ..shaker(0.2) },
        60 => hand(430.0, 0.09),
        61 => hand(320.0, 0.11),
        62 => hand(250.0, 0.05),
        63 => hand(215.0, 0.16),
        64 => hand(165.0, 0.19),
        65 => hand(390.0, 0.2),
        66 => hand(290.0, 0.22),
        67 => skins(-12.0, [(1180.0, 0.12), (1960.0, 0.07)], -0.3),
        68 => skins(-12.0, [(880.0, 0.14), (1460.0, 0.08)], -0.3),
        69 => shaker(0.05),
        70 | 82.. => shaker(0.03),
        71 => skins(-14.0, [(2350.0, 0.07), (2410.0, 0.07)], 0.3),
        72 => skins(-14.0, [(2350.0, 0.3), (2410.0, 0.3)], 0.3),
        73 => Stroke { level: 3.0, noise: (0.5, 0.05, (2200.0, 5200.0)), ..shaker(0.05) },
        74 => Stroke { level: 3.0, noise: (0.5, 0.18, (2200.0, 5200.0)), ..shaker(0.18) },
        75 => block(2500.0, 0.03),
        76 => block(1150.0, 0.03),
        77 => block(800.0, 0.035),
        78 => hand(560.0, 0.06),
        79 => hand(480.0, 0.16),
        80 => Stroke { group: TRIANGLE, ..skins(-17.0, [(4600.0, 0.05), (6950.0, 0.04)], 0.4) },
        81 => Stroke { group: TRIANGLE, ..skins(-17.0, [(4600.0, 0.7), (6950.0, 0.5)], 0.4) },
    }
}

fn kick(hz: f32) -> Stroke {
    Stroke {
        level: 1.0,
        skins: [
            Skin { hz, from: 3.4, falls: 0.028, loud: 0.95, seconds: 0.16 },
            Skin { hz: 1.9 * hz, from: 9.0, falls: 0.006, loud: 0.3, seconds: 0.02 },
        ],
        noise: (0.22, 0.004, (800.0, 5000.0)),
        ..Stroke::NONE
    }
}

fn snare(hz: f32, seconds: f32) -> Stroke {
    Stroke {
        level: -4.0,
        skins: [
            Skin { hz, from: 1.5, falls: 0.012, loud: 0.42, seconds: 0.07 },
            Skin { hz: 1.78 * hz, from: 1.2, falls: 0.012, loud: 0.22, seconds: 0.05 },
        ],
        noise: (1.0, seconds, (900.0, 8500.0)),
        ..Stroke::NONE
    }
}

fn tom(key: u8) -> Stroke {
    // From the floor tom to the highest, each three semitones above the one below, and from right to left.
    let place = match key {
        41 => 0.0,
        43 => 1.0,
        45 => 2.0,
        47 => 3.0,
        48 => 4.0,
        _ => 5.0,
    };
    let hz = 78.0 * 2.0_f32.powf(place / 4.0);
    Stroke {
        level: -2.0,
        pan: 0.5 - 0.2 * place,
        skins: [
            Skin { hz, from: 1.7, falls: 0.035, loud: 0.75, seconds: 0.22 },
            Skin { hz: 1.6 * hz, from: 1.4, falls: 0.03, loud: 0.2, seconds: 0.09 },
        ],
        noise: (0.16, 0.012, (400.0, 4000.0)),
        ..Stroke::NONE
    }
}

fn hat(seconds: f32, level: f32) -> Stroke {
    Stroke {
        level: level - 5.0,
        pan: -0.3,
        noise: (0.85, seconds, (6500.0, 14_000.0)),
        metal: (0.05, seconds, (3300.0, 11_500.0)),
        group: HI_HAT,
        ..Stroke::NONE
    }
}

fn cymbal(lowest: f32, seconds: f32) -> Stroke {
    Stroke {
        level: -7.0,
        noise: (0.55, 0.6 * seconds, (2800.0, 12_000.0)),
        metal: (0.055, seconds, (lowest, 9800.0)),
        ..Stroke::NONE
    }
}

fn ride(higher: f32) -> Stroke {
    Stroke {
        level: -10.0,
        pan: 0.4,
        skins: [Skin { hz: 3150.0 * higher, from: 1.0, falls: 0.01, loud: 0.16, seconds: 0.18 }, Skin::default()],
        noise: (0.3, 0.12, (5000.0, 13_000.0)),
        metal: (0.045, 0.8, (620.0 * higher, 9500.0)),
        ..Stroke::NONE
    }
}

/// A skin that is struck by a hand.
fn hand(hz: f32, seconds: f32) -> Stroke {
    Stroke {
        level: -5.0,
        pan: -0.2,
        skins: [
            Skin { hz, from: 1.25, falls: 0.015, loud: 0.6, seconds },
            Skin { hz: 1.59 * hz, from: 1.1, falls: 0.01, loud: 0.16, seconds: 0.4 * seconds },
        ],
        noise: (0.25, 0.008, (900.0, 5000.0)),
        ..Stroke::NONE
    }
}

/// Wood.
fn block(hz: f32, seconds: f32) -> Stroke {
    Stroke { noise: (0.2, 0.003, (1500.0, 8000.0)), ..skins(-6.0, [(hz, seconds), (2.71 * hz, 0.5 * seconds)], 0.1) }
}

/// Grains in a shell.
fn shaker(seconds: f32) -> Stroke {
    Stroke { level: -5.0, pan: 0.25, noise: (0.9, seconds, (4500.0, 12_000.0)), ..Stroke::NONE }
}

const CLAP: Stroke = Stroke { level: 3.0, noise: (1.0, 0.09, (900.0, 2600.0)), ..Stroke::NONE };

fn skins(level: f32, skins: [(f32, f32); 2], pan: f32) -> Stroke {
    let skin = |(hz, seconds)| Skin { hz, from: 1.0, falls: 0.01, loud: 0.5, seconds };
    Stroke { level, pan, skins: skins.map(skin), ..Stroke::NONE }
}
