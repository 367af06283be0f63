//! Pictures of the editor in a real run: the demo tune, played through the plugin.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use band_player::editor::ViewState;
use band_player::params::Look;
use band_player::snapshot::Snapshot;
use band_player::status::Status;

use super::{Viewer, new_sheet};
use crate::event::clip;
use crate::host::Host;
use crate::jam::Plan;
use crate::setup::Setup;
use crate::take::{Pace, Playing};

const RATE: u32 = 48_000;
const BLOCK: u32 = 512;

/// A moment of the run that is kept.
struct Moment {
    name: &'static str,
    /// Is it this one?
    is: fn(&Snapshot) -> bool,
    dark: bool,
    size: (f32, f32),
    scale: f32,
    /// How much of its height is kept, from the top, 0 to 1.
    kept: f32,
}

const MOMENTS: [Moment; 7] = [
    Moment {
        name: "empty",
        is: |seen| !seen.seen.has_played,
        dark: true,
        size: (1000.0, 640.0),
        scale: 1.0,
        kept: 1.0,
    },
    Moment {
        name: "listening",
        is: |now| now.page.listening_left > 0 && step(now) >= 9.0 && now.page.now.is_some(),
        dark: true,
        size: (1000.0, 640.0),
        scale: 1.0,
        kept: 1.0,
    },
    // What the first page shows: the voices and the roll, in which the band comes in.
    Moment {
        name: "first",
        is: |now| measure(now) >= 8 && step(now) >= 9.0,
        dark: true,
        size: (800.0, 500.0),
        scale: 2.0,
        kept: 0.6,
    },
    Moment {
        name: "playing",
        is: |now| measure(now) >= 12 && step(now) >= 9.0,
        dark: true,
        size: (1000.0, 640.0),
        scale: 1.0,
        kept: 1.0,
    },
    Moment {
        name: "planned",
        is: |now| measure(now) >= 16 && now.page.planned.is_some() && step(now) < 4.0,
        dark: true,
        size: (800.0, 500.0),
        scale: 2.0,
        kept: 1.0,
    },
    Moment {
        name: "light",
        is: |now| measure(now) >= 20 && step(now) >= 6.0,
        dark: false,
        size: (1000.0, 640.0),
        scale: 1.0,
        kept: 1.0,
    },
    Moment {
        name: "stopped",
        is: |now| now.seen.has_played && !now.seen.playing,
        dark: true,
        size: (1000.0, 640.0),
        scale: 1.0,
        kept: 1.0,
    },
];

/// Lets a run go as fast as it can and still give the worker the time that it has when somebody
/// listens: at each bar line it waits for the prediction that is asked for there.
#[derive(Debug)]
pub struct Patience<'a> {
    status: &'a Status,
    index: Option<u32>,
}

impl<'a> Patience<'a> {
    /// For the instance with this status.
    #[must_use]
    pub const fn new(status: &'a Status) -> Self {
        Self { status, index: None }
    }

    /// After each block.
    pub fn wait(&mut self) {
        let now = self.status.snapshot();
        let index = now.seen.playhead.map(|at| at.index);
        if index == self.index || now.page.listening_left > 0 {
            return;
        }
        self.index = index;
        let (before, start) = (self.status.report().figures.predictions, Instant::now());
        while self.status.report().figures.predictions == before && start.elapsed() < Duration::from_millis(800) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

fn measure(now: &Snapshot) -> u32 {
    now.page.now.map_or(0, |now| now.index)
}

fn step(now: &Snapshot) -> f32 {
    now.seen.playhead.map_or(-1.0, |at| at.step)
}

/// Plays the tune at its own pace through a linked plugin and keeps pictures in this folder.
///
/// # Errors
/// If the plugin reports one, a picture cannot be written, or a moment never comes.
pub fn run(plan: &Plan, folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    std::fs::create_dir_all(folder).with_context(|| format!("could not make {}", folder.display()))?;
    let host = Host::linked()?;
    let (mut instance, number) = host.linked_instance()?;
    let status = Status::of(number).context("the instance has no status")?;
    Setup { band: plan.band.clone(), voice: plan.voice.index(), thru: true, ..Setup::default() }
        .apply(instance.as_mut())?;
    instance.activate(RATE, BLOCK)?;
    let script = plan.script();
    let clip = clip(&plan.track, plan.song.spans(), plan.spec.voices[plan.voice.index()].channel);
    let playing = Playing { script: &script, clip: &clip, sizes: &[BLOCK], pace: Pace::Free, thru: true };
    let mut waiting: Vec<&Moment> = MOMENTS.iter().collect();
    let mut kept: Vec<(&Moment, Snapshot)> = Vec::new();
    let look = |waiting: &mut Vec<&'static Moment>, kept: &mut Vec<(&'static Moment, Snapshot)>| {
        let now = status.snapshot();
        if let Some(index) = waiting.iter().position(|moment| (moment.is)(&now)) {
            kept.push((waiting.remove(index), now));
        }
    };
    look(&mut waiting, &mut kept);
    let mut patience = Patience::new(&status);
    playing.play(instance.as_mut(), |_| {
        patience.wait();
        look(&mut waiting, &mut kept);
    })?;
    let missing: Vec<_> = waiting.iter().map(|moment| moment.name).collect();
    anyhow::ensure!(missing.is_empty(), "these moments never came: {}", missing.join(", "));
    kept.iter().map(|(moment, snapshot)| keep(moment, snapshot, folder)).collect()
}

fn keep(moment: &Moment, snapshot: &Snapshot, folder: &Path) -> anyhow::Result<PathBuf> {
    let mut viewer = Viewer::new(moment.size.0, moment.size.1, moment.scale);
    viewer.state = ViewState { look: Look { dark: moment.dark, scale: moment.scale }, ..ViewState::default() };
    let path = folder.join(format!("{}.png", moment.name));
    let mut sheet = new_sheet();
    // As the take has it: no measure was lost.
    sheet.kept.measures = snapshot.page.now.map_or(0, |now| now.index as usize);
    viewer.picture(snapshot, &sheet).top(moment.kept).save(&path)?;
    Ok(path)
}
