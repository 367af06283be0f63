//! A jam may last all night: memory stays flat.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use band_player::bands::{SharedBands, Wanted};
use band_player::engine::{Controls, Engine};
use band_player::midi::{Heard, Input, Message, Port};
use band_player::params::BandParams;
use band_player::status::Status;
use band_player::take::TakeHandle;
use band_player::transport::HostTransport;
use band_player::units::{Bpm, SampleOffset, SampleRate};
use band_player::worker::{Ensemble, Wish, worker};
use model::{BandSpec, Channel, Key, LoopRule, Velocity};

/// What lives on the heap now, in bytes.
static LIVE: AtomicI64 = AtomicI64::new(0);

struct Weighing;

fn bytes(layout: Layout) -> i64 {
    i64::try_from(layout.size()).unwrap_or(i64::MAX)
}

// SAFETY: everything is handed on to the system's allocator as it came.
#[expect(unsafe_code, reason = "an allocator")]
unsafe impl GlobalAlloc for Weighing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(bytes(layout), Relaxed);
        // SAFETY: the caller keeps what `alloc` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(bytes(layout), Relaxed);
        // SAFETY: the pointer came from `alloc` above, with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Weighing = Weighing;

struct Always(Wanted);

impl Wish for Always {
    fn number(&self) -> u64 {
        1
    }
    fn wanted(&self) -> Wanted {
        self.0.clone()
    }
}

/// The user strikes a key at the start of every block; what the band says is counted.
struct Room {
    input: Option<Key>,
    said: u64,
}

impl Port for Room {
    type Event = ();

    fn next(&mut self) -> Option<Heard<()>> {
        let channel = Channel::new(0)?;
        let key = self.input.take()?;
        Some(Heard { at: SampleOffset(0), what: Input::On(channel, key, Velocity::DEFAULT), event: () })
    }

    fn pass(&mut self, (): (), _to: Option<model::Channel>) -> bool {
        true
    }

    fn say(&mut self, _: SampleOffset, _: Message) -> bool {
        self.said += 1;
        true
    }
}

/// Plays so many measures with a band, four blocks a measure; returns what lives on the heap after half of them, and
/// at the end.
fn play(band: Wanted, measures: u32) -> (i64, i64) {
    let status = Arc::new(Status::unregistered());
    let (handle, mut worker) = worker(Box::new(SharedBands), Box::new(Always(band)), Arc::clone(&status));
    let controls = Controls { wish: 1, ..BandParams::default().controls() };
    let spec = BandSpec::pop();
    let first =
        Ensemble { id: 0, wanted: 0, fallback: Arc::new(LoopRule::new(spec.clone())), spec, heeds_chords: false };
    let mut engine = Engine::new(first, handle, controls, Arc::clone(&status));
    // Recorded all the while, as in an instance.
    let take = TakeHandle::default();
    engine.record(&take);
    worker.keep(take.clone());
    worker.step();
    engine.activate(SampleRate::or_usual(8_000.0), false, Duration::ZERO);
    // A measure of 8000 samples.
    let (mut host, frames) = (
        HostTransport {
            playing: true,
            tempo: Bpm::new(240.0),
            time_signature: Some((4, 4)),
            beats: Some(0.0),
            samples: Some(0),
            ..HostTransport::default()
        },
        2000,
    );
    let mut room = Room { input: None, said: 0 };
    let mut early = 0;
    for block in 0..4 * measures {
        if block == 2 * measures {
            early = LIVE.load(Relaxed);
        }
        room.input = Key::new(60 + [0, 4, 7, 9, 5][block as usize % 5]);
        engine.process(&host, frames, &mut room, None);
        worker.step();
        host.beats = Some(f64::from(block + 1));
        host.samples = Some(i64::from(block + 1) * i64::from(frames));
    }
    assert!(room.said > u64::from(measures), "the band plays: {} messages", room.said);
    assert_eq!(status.report().figures.missed, 0);
    assert_eq!((take.lost(), take.measures()), (0, usize::min(measures as usize - 1, 1023)));
    (early, LIVE.load(Relaxed))
}

/// Wishes one band after the other: that of a file, none, and a rule, over and over.
struct Changing {
    now: Arc<AtomicU64>,
    file: std::path::PathBuf,
}

impl Wish for Changing {
    fn number(&self) -> u64 {
        self.now.load(Relaxed)
    }
    fn wanted(&self) -> Wanted {
        match self.now.load(Relaxed) % 3 {
            0 => Wanted::LoopRule,
            1 => Wanted::File(self.file.clone()),
            _ => Wanted::File(self.file.with_extension("gone")),
        }
    }
}

/// Changes the band so many times, with an audio thread that takes it over at once, later, or never.
fn change_bands(times: u64, file: &std::path::Path) -> (i64, i64) {
    let (now, status) = (Arc::new(AtomicU64::new(0)), Arc::new(Status::unregistered()));
    let wish = Changing { now: Arc::clone(&now), file: file.to_owned() };
    let (mut handle, mut worker) = worker(Box::new(SharedBands), Box::new(wish), Arc::clone(&status));
    let (mut early, mut plays) = (0, None);
    for wish in 1..=times {
        if wish == times / 10 {
            early = LIVE.load(Relaxed);
        }
        now.store(wish, Relaxed);
        worker.step();
        if wish % 4 > 0
            && let Some(next) = handle.ensemble()
            && let Some(old) = plays.replace(next)
        {
            handle.retire(old);
        }
    }
    assert_eq!(u64::from(status.report().figures.refused_bands), (times + 1) / 3, "those that had gone");
    (early, LIVE.load(Relaxed))
}

#[test]
fn memory_stays_flat_over_a_hundred_thousand_measures() {
    for (band, measures) in [(Wanted::LoopRule, 100_000), (Wanted::Pop, 2_400)] {
        let (early, late) = play(band.clone(), measures);
        // A net keeps what it has encoded, up to a bound. The take is full by then.
        let allowed = if band == Wanted::Pop { 1 << 20 } else { 4096 };
        assert!(late - early < allowed, "{band:?}: {early} bytes after half, {late} at the end");
    }
    let file = std::env::temp_dir().join(format!("band-player-memory-{}.safetensors", std::process::id()));
    std::fs::write(&file, model::systems::band_file::Band::embedded("chorale").expect("it ships")).expect("a file");
    let (early, late) = change_bands(60, &file);
    std::fs::remove_file(&file).expect("removed");
    assert!(late - early < 1 << 20, "bands that change: {early} bytes after half, {late} at the end");
}
