//! What the public validators do, with the editor open: it opens, is resized and closes while blocks of nonsense and
//! automation run, other threads move, read, save and load, and the instance is activated anew. Then it must play as a
//! new one does.

use std::sync::RwLock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use model::Rng;

use super::parent::Parent;
use crate::host::parts::Editor;
use crate::host::remote::{Other, Remote, while_another_processes};
use crate::host::{Format, Instance};
use crate::hostile::{self, Meddler};
use crate::stage::{Stage, music};

/// Activations of an instance.
const CYCLES: usize = 3;

/// What the window's thread does in each.
const ACTS: usize = 12;

/// Before a VST3 editor opens or closes: so long the framework's helper has to be done with what was moved. Chosen: it
/// takes microseconds, on a machine that has the time.
const QUIET: Duration = Duration::from_millis(100);

/// So many parameters may move before the host attends to the editor again: the framework's queue holds 4096.
const BUDGET: i64 = 2000;

/// The most that a block automates.
const AUTOMATED: i64 = 20;

/// What is done.
#[derive(Clone, Copy, Debug)]
pub struct Strain {
    /// To which bundle.
    pub format: Format,
    /// With which random numbers.
    pub seed: u64,
    /// To how many instances, one after the other.
    pub rounds: u64,
    /// Do parameters move and states load in VST3 while the editor opens and closes, and faster than the host attends
    /// to it? The framework's helper thread does not stand that on Linux (`docs/upstream.md`); it is laid to rest.
    pub rough: bool,
}

/// What was done to an instance.
#[derive(Clone, Copy, Debug, Default)]
struct Done {
    opened: u32,
    resized: u32,
    blocks: u32,
}

/// Does it, and prints how much was done to each instance.
///
/// # Errors
/// If an instance reports an error, shows nothing, or does not play as a new one afterwards.
pub fn run(strain: Strain) -> anyhow::Result<()> {
    let Strain { format, seed, rounds, .. } = strain;
    let stage = Stage::new(format, 6, 240.0);
    let script = stage.straight();
    let expected = music(&stage.take(&script, &[512]));
    let state = stage.instance(true).save()?;
    let parent = Parent::new(1000, 640)?;
    for round in 0..rounds {
        let mut instance = stage.instance(true);
        let meddler = Meddler::new(format, instance.parameters().len(), &state, seed ^ round << 32);
        let which = || format!("instance {round} of seed {seed}");
        let Done { opened, resized, blocks } =
            strain.meddle(instance.as_mut(), &parent, &meddler).with_context(which)?;
        let take = stage.take_anew(instance.as_mut(), &state, &script);
        ensure!(take.verdict.is_clean(), "{}, afterwards: {:?}", which(), take.verdict);
        ensure!(music(&take) == expected, "{} plays other music than a new one", which());
        println!("{format}, {}: opened {opened} times, resized {resized} times, in {blocks} blocks", which());
    }
    Ok(())
}

impl Strain {
    fn meddle(self, instance: &mut dyn Instance, parent: &Parent, meddler: &Meddler<'_>) -> anyhow::Result<Done> {
        // SAFETY: the instance outlives this function, and with it the editor.
        #[expect(unsafe_code, reason = "an editor that stays open while its instance is activated anew")]
        let editor = unsafe { instance.editor() }.context("the plugin has no editor")?;
        let calm = Calm::new(!self.rough && self.format == Format::Vst3);
        let mut window = Window { editor, parent, calm: &calm, size: None, done: Done::default() };
        let set = |remote: &dyn Remote| pausing(|| calm.if_they_may_move(1, || meddler.set(remote)));
        let get = |remote: &dyn Remote| pausing(|| meddler.get(remote));
        let save = |remote: &dyn Remote| pausing(|| meddler.save(remote));
        let load = |remote: &dyn Remote| pausing(|| calm.if_they_may_move(1, || meddler.load(remote)));
        let others: [Other<'_>; 5] = [&set, &get, &save, &load, &load];
        let (mut rng, mut noise) = (meddler.rng(), meddler.rng());
        let mut blocks = 0;
        for cycle in 0..CYCLES {
            // The editor stays as it is meanwhile.
            instance.deactivate();
            instance.set("Seed", &rng.below(1000).to_string())?;
            let most = 1 + u32::try_from(rng.below(2048))?;
            instance.activate([8_000, 44_100, 48_000, 192_000, 768_000][rng.below(5)], most)?;
            let block = |instance: &mut dyn Instance| {
                blocks += 1;
                let automated = calm.if_they_may_move(AUTOMATED, || hostile::block(instance, &mut noise, most, true));
                let played = automated.unwrap_or_else(|| hostile::block(instance, &mut noise, most, false));
                std::thread::sleep(Duration::from_micros(200));
                played
            };
            while_another_processes(instance, &others, block, |remote| {
                for _ in 0..ACTS {
                    window.act(&mut rng, meddler, remote)?;
                }
                if cycle + 1 == CYCLES { window.show() } else { Ok(()) }
            })?;
        }
        window.close();
        Ok(Done { blocks, ..window.done })
    }
}

/// Another thread's turn, and a moment for the rest of the machine.
fn pausing<T>(act: impl FnOnce() -> T) {
    act();
    std::thread::sleep(Duration::from_micros(500));
}

/// Who may move parameters, and when.
struct Calm {
    kept: bool,
    /// Held alone while the editor opens or closes.
    door: RwLock<()>,
    budget: AtomicI64,
}

impl Calm {
    const fn new(kept: bool) -> Self {
        Self { kept, door: RwLock::new(()), budget: AtomicI64::new(BUDGET) }
    }

    /// Does what moves up to so many parameters, unless they must stay as they are now.
    fn if_they_may_move<T>(&self, most: i64, act: impl FnOnce() -> T) -> Option<T> {
        if !self.kept {
            return Some(act());
        }
        let _open = self.door.try_read().ok()?;
        (self.budget.fetch_sub(most, Ordering::Relaxed) >= most).then(act)
    }

    /// Opens or closes the editor, while nothing moves if that is kept.
    fn at_the_door<T>(&self, act: impl FnOnce() -> T) -> T {
        let _alone = self.kept.then(|| {
            let alone = self.door.write();
            std::thread::sleep(QUIET);
            alone
        });
        act()
    }
}

/// The host's window with the editor in it.
struct Window<'a> {
    editor: Box<dyn Editor>,
    parent: &'a Parent,
    calm: &'a Calm,
    /// While it is open.
    size: Option<(u32, u32)>,
    done: Done,
}

impl Window<'_> {
    /// One thing that a window's thread does, and a glance at what the plugin wants of it.
    fn act(&mut self, rng: &mut Rng, meddler: &Meddler<'_>, remote: &dyn Remote) -> anyhow::Result<()> {
        match (rng.below(6), self.size) {
            (0 | 1, None) => self.open()?,
            (0, Some(_)) => self.close(),
            (1 | 2, Some(_)) => self.resize(rng)?,
            (3, _) => drop(self.calm.if_they_may_move(1, || meddler.load(remote))),
            (4, _) => meddler.save(remote),
            _ => drop(self.calm.if_they_may_move(1, || meddler.set(remote))),
        }
        for _ in 0..rng.below(20) {
            self.attend();
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }

    fn attend(&mut self) {
        self.editor.attend();
        self.calm.budget.store(BUDGET, Ordering::Relaxed);
    }

    fn open(&mut self) -> anyhow::Result<()> {
        let size = self.calm.at_the_door(|| self.editor.open(self.parent.window))?;
        self.size = Some(size);
        self.done.opened += 1;
        self.parent.resize(size)
    }

    fn resize(&mut self, rng: &mut Rng) -> anyhow::Result<()> {
        let size = (600 + u32::try_from(rng.below(600))?, 400 + u32::try_from(rng.below(400))?);
        self.editor.resize(size.0, size.1)?;
        self.size = Some(size);
        self.done.resized += 1;
        self.parent.resize(size)
    }

    /// Opens the editor if it is closed, and waits until it shows something.
    fn show(&mut self) -> anyhow::Result<()> {
        if self.size.is_none() {
            self.open()?;
        }
        let (size, start) = (self.size.context("it is open")?, Instant::now());
        while self.parent.picture(size)?.colours() < 50 {
            ensure!(start.elapsed() < Duration::from_secs(30), "the editor draws nothing");
            self.attend();
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    fn close(&mut self) {
        self.calm.at_the_door(|| self.editor.close());
        self.size = None;
    }
}
