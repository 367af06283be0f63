//! The timbres of the instruments. Chosen by ear and by what was measured of them: how loud each is beside the others
//! (within 2 dB, by the loudness that people hear), and how far each partial is out of tune (not at all).

use super::instrument::Instrument;
use super::timbre::{Dying, Timbre};

impl Timbre {
    /// How an instrument sounds. The kit has no pitches: its strokes are in `kit`.
    pub(super) const fn of(instrument: Instrument) -> &'static Self {
        match instrument {
            Instrument::ElectricPiano => &ELECTRIC_PIANO,
            Instrument::Vibraphone => &VIBRAPHONE,
            Instrument::Organ => &ORGAN,
            Instrument::Pluck => &PLUCK,
            Instrument::ElectricBass => &ELECTRIC_BASS,
            Instrument::UprightBass => &UPRIGHT_BASS,
            Instrument::Strings => &STRINGS,
            Instrument::Choir => &CHOIR,
            Instrument::Brass => &BRASS,
            Instrument::Flute => &FLUTE,
            Instrument::Lead => &LEAD,
            Instrument::Pad => &PAD,
            Instrument::Drums | Instrument::Click => &CLICK,
        }
    }
}

/// Tines beside tone bars: round when soft, with more bark and ping when loud; it trembles from side to side.
static ELECTRIC_PIANO: Timbre = Timbre {
    weights: &[1.0, 0.32, 0.12, 0.16, 0.05, 0.06, 0.03, 0.03, 0.01, 0.01],
    tilt: (0.7, -0.15),
    corner: (3000.0, 6000.0),
    bells: &[(6.27, 0.10, 0.14), (17.4, 0.035, 0.05)],
    dies: Some(Dying { seconds: 1.9, higher: 0.45, multiples: 0.45 }),
    release: 0.09,
    tremble: (4.3, 0.0, 0.10),
    rustle: (0.05, 0.012, (200.0, 2500.0)),
    room: 0.22,
    ..Timbre::PLAIN
};

static VIBRAPHONE: Timbre = Timbre {
    weights: &[1.0, 0.02, 0.0, 0.22],
    tilt: (0.3, 0.0),
    bells: &[(9.9, 0.07, 0.08)],
    dies: Some(Dying { seconds: 1.5, higher: 0.4, multiples: 0.8 }),
    attack: 0.0015,
    release: 0.18,
    tremble: (5.2, 0.0, 0.14),
    rustle: (0.06, 0.006, (400.0, 5000.0)),
    room: 0.3,
    ..Timbre::PLAIN
};

/// Drawbars: 8′, 4′, 2⅔′, 2′, 1⅓′, 1′.
static ORGAN: Timbre = Timbre {
    weights: &[1.0, 0.6, 0.4, 0.3, 0.0, 0.14, 0.0, 0.16],
    tilt: (0.25, 0.1),
    corner: (5000.0, 7000.0),
    attack: 0.012,
    release: 0.05,
    wide: Some(3.0),
    tremble: (6.1, 1.5, 0.05),
    rustle: (0.05, 0.008, (800.0, 4000.0)),
    room: 0.28,
    ..Timbre::PLAIN
};

/// A nylon string, a fifth of its length from the bridge.
static PLUCK: Timbre = Timbre {
    level: 1.0,
    multiples: 24,
    tilt: (1.5, 0.9),
    corner: (2600.0, 5200.0),
    plucked_at: 0.21,
    resonances: &[(110.0, 60.0, 0.7), (220.0, 90.0, 0.6), (420.0, 200.0, 0.5), (1200.0, 900.0, 0.5)],
    dies: Some(Dying { seconds: 0.85, higher: 0.5, multiples: 0.75 }),
    release: 0.07,
    rustle: (0.12, 0.008, (300.0, 4500.0)),
    room: 0.24,
    ..Timbre::PLAIN
};

static ELECTRIC_BASS: Timbre = Timbre {
    level: 2.5,
    multiples: 24,
    tilt: (1.05, 0.6),
    corner: (450.0, 1300.0),
    plucked_at: 0.23,
    dies: Some(Dying { seconds: 0.9, higher: 0.35, multiples: 0.5 }),
    attack: 0.003,
    release: 0.06,
    rustle: (0.05, 0.010, (150.0, 1500.0)),
    room: 0.04,
    ..Timbre::PLAIN
};

static UPRIGHT_BASS: Timbre = Timbre {
    level: 3.5,
    multiples: 20,
    tilt: (1.2, 0.9),
    corner: (350.0, 800.0),
    plucked_at: 0.34,
    resonances: &[(100.0, 60.0, 0.8), (230.0, 120.0, 0.7), (500.0, 300.0, 0.4)],
    dies: Some(Dying { seconds: 0.42, higher: 0.4, multiples: 0.4 }),
    attack: 0.005,
    release: 0.07,
    rustle: (0.10, 0.025, (80.0, 900.0)),
    room: 0.1,
    ..Timbre::PLAIN
};

static STRINGS: Timbre = Timbre {
    multiples: 32,
    tilt: (1.25, 0.9),
    corner: (2200.0, 4800.0),
    resonances: &[(290.0, 120.0, 0.6), (480.0, 200.0, 0.6), (950.0, 400.0, 0.5), (2500.0, 900.0, 0.5)],
    attack: 0.07,
    release: 0.13,
    wide: Some(3.5),
    tremble: (5.3, 1.5, 0.05),
    rustle: (0.012, 0.0, (900.0, 4500.0)),
    room: 0.4,
    ..Timbre::PLAIN
};

/// Singers on "ah".
static CHOIR: Timbre = Timbre {
    multiples: 32,
    tilt: (1.2, 0.85),
    corner: (2800.0, 4500.0),
    resonances: &[(640.0, 150.0, 1.2), (1080.0, 180.0, 0.7), (2650.0, 300.0, 0.30), (3300.0, 350.0, 0.16)],
    attack: 0.085,
    release: 0.16,
    wide: Some(3.5),
    tremble: (4.9, 1.3, 0.06),
    rustle: (0.014, 0.0, (600.0, 4000.0)),
    room: 0.5,
    ..Timbre::PLAIN
};

static BRASS: Timbre = Timbre {
    multiples: 24,
    tilt: (1.3, 0.5),
    corner: (1100.0, 3800.0),
    resonances: &[(500.0, 400.0, 0.6), (1250.0, 600.0, 0.8)],
    attack: 0.035,
    release: 0.07,
    wide: Some(3.5),
    tremble: (5.0, 1.5, 0.03),
    rustle: (0.01, 0.05, (500.0, 3000.0)),
    room: 0.26,
    ..Timbre::PLAIN
};

/// A flute, with a little breath.
static FLUTE: Timbre = Timbre {
    weights: &[1.0, 0.42, 0.16, 0.06, 0.03, 0.01],
    tilt: (0.5, 0.0),
    attack: 0.045,
    release: 0.08,
    tremble: (5.1, 2.0, 0.08),
    rustle: (0.016, 0.0, (700.0, 3500.0)),
    room: 0.36,
    ..Timbre::PLAIN
};

/// Hollow, like a clarinet's cousin: odd multiples, and a little of the others.
static LEAD: Timbre = Timbre {
    weights: &[1.0, 0.22, 0.5, 0.12, 0.3, 0.08, 0.2, 0.05, 0.14, 0.03, 0.1, 0.02, 0.08],
    tilt: (0.7, 0.15),
    corner: (2400.0, 5000.0),
    attack: 0.012,
    release: 0.07,
    wide: Some(3.5),
    tremble: (5.0, 1.5, 0.02),
    room: 0.24,
    ..Timbre::PLAIN
};

static PAD: Timbre = Timbre {
    multiples: 20,
    tilt: (1.35, 1.05),
    corner: (900.0, 2200.0),
    attack: 0.22,
    release: 0.3,
    wide: Some(3.5),
    tremble: (0.7, 1.0, 0.08),
    room: 0.5,
    ..Timbre::PLAIN
};

/// A block of wood.
static CLICK: Timbre = Timbre {
    level: 6.0,
    weights: &[1.0, 0.25, 0.12],
    dies: Some(Dying { seconds: 0.03, higher: 0.2, multiples: 0.7 }),
    attack: 0.0005,
    release: 0.02,
    rustle: (0.1, 0.003, (1000.0, 8000.0)),
    room: 0.02,
    ..Timbre::PLAIN
};
