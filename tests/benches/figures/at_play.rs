//! What the worker does for a measure of a new instance: chords foretold, the band's prediction, its figures, a drummer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use band_player::bands::{SharedBands, Wanted};
use band_player::engine::{Controls, DrumChoice, Engine};
use band_player::midi::{Heard, Input, Message, Port};
use band_player::params::BandParams;
use band_player::status::Status;
use band_player::transport::HostTransport;
use band_player::units::{Bpm, SampleOffset, SampleRate};
use band_player::worker::{Ensemble, Wish, Worker, worker};
use criterion::Criterion;
use model::{BandSpec, Channel, LoopRule, Measure};
use tests::tune;

use crate::table::Table;

/// Samples of a sixteenth: 240 quarter notes a minute at 8 kHz.
const SIXTEENTH: u32 = 500;

pub(crate) fn measure(criterion: &mut Criterion, table: &mut Table) {
    for (who, drums, aim) in
        [("a new instance", DrumChoice::Off, "p99 10 ms"), ("one with drums", DrumChoice::Automatic, "p99 12 ms")]
    {
        let mut room = Room::new(drums);
        let name = format!("a measure of {who}");
        table.time(criterion, ("at play", &name), aim, || room.play_a_measure());
    }
}

struct Pop;

impl Wish for Pop {
    fn number(&self) -> u64 {
        1
    }
    fn wanted(&self) -> Wanted {
        Wanted::Pop
    }
}

/// The user's events of a sixteenth, the last first; what the band says is not kept.
#[derive(Default)]
struct Events(Vec<Input>);

impl Port for Events {
    type Event = ();

    fn next(&mut self) -> Option<Heard<()>> {
        Some(Heard { at: SampleOffset(0), what: self.0.pop()?, event: () })
    }

    fn pass(&mut self, (): (), _to: Option<Channel>) -> bool {
        true
    }

    fn say(&mut self, _: SampleOffset, _: Message) -> bool {
        true
    }
}

/// An instance whose worker is stepped by hand, and the tune, over and over.
struct Room {
    engine: Engine,
    worker: Worker,
    status: Arc<Status>,
    tune: Vec<Measure>,
    measure: u32,
}

impl Room {
    fn new(drums: DrumChoice) -> Self {
        let status = Arc::new(Status::unregistered());
        let (handle, mut worker) = worker(Box::new(SharedBands), Box::new(Pop), Arc::clone(&status));
        let mut controls = Controls { wish: 1, ..BandParams::default().controls() };
        controls.drums.choice = drums;
        let spec = BandSpec::pop();
        let fallback = Arc::new(LoopRule::new(spec.clone()));
        let first = Ensemble { id: 0, wanted: 0, fallback, spec, heeds_chords: false };
        let mut engine = Engine::new(first, handle, controls, Arc::clone(&status));
        worker.step();
        engine.activate(SampleRate::or_usual(8_000.0), false, Duration::ZERO);
        let mut room = Self { engine, worker, status, tune: tune::song().tracks[0].measures.clone(), measure: 0 };
        // A full history.
        for _ in 0..64 {
            room.play_a_measure();
        }
        let figures = room.status.report().figures;
        assert!(figures.predictions > 55 && figures.failed == 0, "{figures:?}");
        room
    }

    /// Plays a measure; how long its prediction took the worker.
    fn play_a_measure(&mut self) -> Duration {
        let place = self.measure as usize % self.tune.len();
        let (line, before) = (self.tune[place], self.tune[place.checked_sub(1).unwrap_or(self.tune.len() - 1)]);
        let channel = Channel::new(0).expect("a channel");
        let mut took = Duration::ZERO;
        for step in 0..16u8 {
            let mut events = Events::default();
            for note in line.onsets().filter(|note| note.step.0 == step) {
                events.0.push(Input::On(channel, note.key, note.velocity));
            }
            // Popped first: the notes that end here, in this measure or with the one before.
            let (over, end) = if step == 0 { (before, 16) } else { (line, step) };
            for note in over.notes().iter().filter(|note| note.step.0 + note.length == end && !note.continues) {
                events.0.push(Input::Off(channel, note.key));
            }
            let at = 16 * self.measure + u32::from(step);
            let host = HostTransport {
                playing: true,
                tempo: Bpm::new(240.0),
                time_signature: Some((4, 4)),
                beats: Some(f64::from(at) / 4.0),
                samples: Some(i64::from(at) * i64::from(SIXTEENTH)),
                ..HostTransport::default()
            };
            self.engine.process(&host, SIXTEENTH, &mut events, None);
            let start = Instant::now();
            self.worker.step();
            took = took.max(start.elapsed());
        }
        self.measure += 1;
        took
    }
}
