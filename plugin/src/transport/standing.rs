//! A host that cuts what it processes, at every event say, and tells of each piece only where the whole begins: its
//! position stands, while its samples go by. The clock counts those then, and goes on.
//!
//! ```text
//! the host's cycles   | 512               | 512               |
//! its pieces          | 100 | 300 | 112   | 512               |
//! the position said   | 0   | 0   | 0     | 512               |
//! the position meant  | 0   | 100 | 400   | 512               |
//! ```
//!
//! A host that loops over a single block, without announcing the loop, says the same. So only a short stand is believed
//! at once; a longer one after the position has twice gone on by all that was processed while it stood, which no loop
//! does. A transport that stands for longer than any cycle stands still, whatever it says: its position is believed.

use super::HostTransport;

/// The longest cycle that is believed of a host that has proved nothing, in samples. Chosen: hosts that cut their
/// blocks have been seen with up to 2048; a loop that nobody announces is longer than 85 ms.
const CYCLE: u64 = 4096;

/// The same for a host that has. Chosen: the longest blocks that hosts process.
const PROVED_CYCLE: u64 = 16_384;

/// How often it has to be seen. Chosen: once may be a jump that happens to lead there.
const PROOFS: u8 = 2;

/// By how many samples a host may round where its cycle begins. Chosen, as for jumps.
const ROUNDED: f64 = 2.0;

/// A position, as it was said.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Said {
    samples: Option<f64>,
    beats: Option<f64>,
}

impl Said {
    fn of(host: &HostTransport) -> Option<Self> {
        let (samples, beats) = (host.exact_samples(), host.beats.filter(|beats| beats.is_finite()));
        (samples.is_some() || beats.is_some()).then_some(Self { samples, beats })
    }

    /// Is this so many samples later?
    fn is_after(&self, before: &Self, samples: f64, beats_per_sample: f64) -> bool {
        let near = |now: Option<f64>, before: Option<f64>, a_sample: f64| {
            now.zip(before).map(|(now, before)| (now - before - samples * a_sample).abs() <= ROUNDED * a_sample)
        };
        // Musical positions may be rounded, those in samples are not.
        near(self.samples, before.samples, 1.0)
            .or_else(|| near(self.beats, before.beats, beats_per_sample))
            .unwrap_or(false)
    }
}

/// How a host's position goes on from block to block.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Standing {
    said: Option<Said>,
    /// Samples between the block that said it first and the block under way.
    since: u64,
    /// How often the position went on by all that was processed while it stood.
    proofs: u8,
}

impl Standing {
    /// What was learnt of the host, for a transport that starts anew.
    pub(super) const fn known(self) -> Self {
        Self { said: None, since: 0, proofs: self.proofs }
    }

    /// The same for a plugin that is reset. A host that has proved that it cuts what it processes may do so in the middle of it,
    /// and mean the same cycle still, if it says the same again.
    pub(super) fn reset(self, last_frames: u32) -> Self {
        if self.proofs < PROOFS {
            return self.known();
        }
        Self { since: self.since.saturating_add(u64::from(last_frames)), ..self }
    }

    /// The transport starts, or is heard again after a reset. Returns how many samples the block begins after the position that
    /// the host says.
    pub(super) fn resume(&mut self, host: &HostTransport) -> u64 {
        let said = Said::of(host);
        if said.is_none() || said != self.said || self.since > self.believed() {
            self.begin(host);
        }
        self.since
    }

    /// The transport was found anew: here.
    pub(super) fn begin(&mut self, host: &HostTransport) {
        self.said = Said::of(host);
        self.since = 0;
    }

    /// A block follows one of so many samples. Returns how many samples this block begins after the position that the
    /// host says; `None`: it begins there.
    pub(super) fn hear(&mut self, host: &HostTransport, last_frames: u32, beats_per_sample: f64) -> Option<u64> {
        let said = Said::of(host);
        let processed = self.since.saturating_add(u64::from(last_frames));
        if said.is_some() && said == self.said {
            self.since = processed;
            return (0 < processed && processed <= self.believed()).then_some(processed);
        }
        if let (Some(now), Some(before), true) = (said, self.said, self.since > 0) {
            let went_on = now.is_after(&before, as_f64(processed), beats_per_sample);
            self.proofs = if went_on { (self.proofs + 1).min(PROOFS) } else { 0 };
        }
        self.said = said;
        self.since = 0;
        None
    }

    /// For how many samples the position has stood.
    pub(super) const fn since(&self) -> u64 {
        self.since
    }

    /// Has the position stood for longer than any cycle lasts?
    pub(super) const fn is_stuck(&self) -> bool {
        self.since > self.believed()
    }

    const fn believed(&self) -> u64 {
        if self.proofs >= PROOFS { PROVED_CYCLE } else { CYCLE }
    }
}

#[expect(clippy::cast_precision_loss, reason = "few samples")]
pub(super) const fn as_f64(samples: u64) -> f64 {
    samples as f64
}
