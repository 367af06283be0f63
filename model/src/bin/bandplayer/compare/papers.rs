//! Figures that others published, and what differs from ours.

/// A published figure.
pub(super) struct Published {
    /// Whose.
    pub(super) system: &'static str,
    /// What was measured.
    pub(super) figure: &'static str,
    /// As published.
    pub(super) value: &'static str,
    /// Why it is not our column.
    pub(super) differs: &'static str,
}

const CHORALES: [Published; 5] = [
    Published {
        system: "RMVAE (Vignal 2020)",
        figure: "accuracy",
        value: "0.8 next, 0.7 fill",
        differs: "next measure, not second-next; argmax of independent frames, of which *continue* alone gives 0.77",
    },
    Published {
        system: "Coconet, chronological (Huang et al. 2017)",
        figure: "nats per note",
        value: "0.436",
        differs: "each note given all sixteenths before it, not two measures ahead; 229 / 76 / 77 chorales, untransposed",
    },
    Published {
        system: "Coconet, orderless (Huang et al. 2017)",
        figure: "nats per note",
        value: "≤ 0.238",
        differs: "each note given what is around it, the future too",
    },
    Published {
        system: "Music Transformer (Huang et al. 2018)",
        figure: "nats per note",
        value: "0.417; 0.335 with relative attention",
        differs: "each note given all before it",
    },
    Published {
        system: "TonicNet (Peracha 2019)",
        figure: "nats per token; accuracy",
        value: "0.220 (checkpoints: 0.317, 0.909)",
        differs: "each token given all before it, chords among them",
    },
];

const SONGS: [Published; 4] = [
    Published {
        system: "online likelihood model (ReaLchords 2024)",
        figure: "note in chord",
        value: "0.37",
        differs: "other songs; hears the melody up to now, not up to two measures ago",
    },
    Published {
        system: "after reinforcement learning (ReaLchords, GAPT)",
        figure: "note in chord",
        value: "0.48 – 0.54",
        differs: "as above",
    },
    Published {
        system: "a model that sees the future (ReaLchords)",
        figure: "note in chord",
        value: "0.64",
        differs: "hears the whole melody first",
    },
    Published {
        system: "people (ReaLchords, GAPT)",
        figure: "note in chord",
        value: "0.71 – 0.73",
        differs: "their songs",
    },
];

/// What was published on such music.
pub(super) fn of(band: &str) -> &'static [Published] {
    if band == "chorale" { &CHORALES } else { &SONGS }
}
