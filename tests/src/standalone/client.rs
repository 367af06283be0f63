//! Two JACK clients: one plays, one records.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use crossbeam::queue::ArrayQueue;
use jack::{
    AsyncClient, Client, ClientOptions, Control, MidiIn, MidiOut, NotificationHandler, PortFlags, ProcessScope,
    RawMidi, TransportState,
};

use super::recording::{Message, Recording};
use crate::event::Kind;

/// Messages that a take may hold.
const ROOM: usize = 1 << 16;

type Handler = Box<dyn FnMut(&Client, &ProcessScope) -> Control + Send>;
type Active = AsyncClient<Xruns, jack::contrib::ClosureProcessHandler<(), Handler>>;

/// Counts the cycles in which JACK did not wait for a client: what that had to play or to hear is lost.
struct Xruns(Arc<AtomicI64>);

impl NotificationHandler for Xruns {
    fn xrun(&mut self, _: &Client) -> Control {
        self.0.fetch_add(1, Ordering::Relaxed);
        Control::Continue
    }
}

/// Plays MIDI along JACK's transport.
pub(super) struct Player {
    active: Active,
}

/// Records MIDI along JACK's transport.
pub(super) struct Recorder {
    active: Active,
    heard: Arc<ArrayQueue<Message>>,
    lost: Arc<AtomicI64>,
    cycles: Arc<AtomicI64>,
}

impl Player {
    /// Will play these messages (sample of the transport, what), which are in order.
    pub(super) fn open(events: &[(i64, Kind)]) -> anyhow::Result<Self> {
        let messages: Vec<(i64, [u8; 3])> =
            events.iter().filter_map(|&(sample, kind)| Some((sample, bytes(kind)?))).collect();
        let client = open("player")?;
        let mut port = client.register_port("out", MidiOut::default()).context("no MIDI port")?;
        let handler = move |client: &Client, scope: &ProcessScope| {
            let Some(start) = rolling(client) else {
                // The port is cleared by taking its writer.
                let _cleared = port.writer(scope);
                return Control::Continue;
            };
            let end = start + i64::from(scope.n_frames());
            let from = messages.partition_point(|(sample, _)| *sample < start);
            let mut writer = port.writer(scope);
            for (sample, bytes) in messages[from..].iter().take_while(|(sample, _)| *sample < end) {
                let time = u32::try_from(sample - start).unwrap_or(0);
                // A cycle's buffer has room for hundreds; what is missing is found in the recording.
                let _ = writer.write(&RawMidi { time, bytes });
            }
            Control::Continue
        };
        Ok(Self { active: activate(client, Box::new(handler), Arc::default())? })
    }

    /// Connects itself to the band, and the band to the recorder, as soon as the band's ports are there. The band's
    /// name among JACK's clients.
    pub(super) fn connect(&self, recorder: &Recorder, patience: Duration) -> anyhow::Result<String> {
        let client = self.active.as_client();
        let until = Instant::now() + patience;
        while Instant::now() < until {
            let find = |flags| client.ports(Some("^band_player:"), Some("midi"), flags);
            if let ([inlet, ..], [outlet, ..]) = (&*find(PortFlags::IS_INPUT), &*find(PortFlags::IS_OUTPUT)) {
                let own = format!("{}:out", client.name());
                let other = format!("{}:in", recorder.active.as_client().name());
                // Ports are there before their client takes part; until then JACK refuses.
                let connect = |from: &str, to: &str| match client.connect_ports_by_name(from, to) {
                    Ok(()) | Err(jack::Error::PortAlreadyConnected(..)) => true,
                    Err(_) => false,
                };
                if connect(&own, inlet) && connect(outlet, &other) {
                    return Ok(inlet.split(':').next().unwrap_or_default().to_owned());
                }
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        bail!("band-player did not take part in JACK: see its log in target/standalone")
    }

    /// Lets the transport roll from the beginning.
    pub(super) fn roll(&self) -> anyhow::Result<()> {
        let transport = self.active.as_client().transport();
        transport.locate(0).context("JACK's transport cannot be set")?;
        std::thread::sleep(Duration::from_millis(100));
        transport.start().context("JACK's transport does not start")
    }

    /// Where the transport is.
    pub(super) fn position(&self) -> anyhow::Result<i64> {
        Ok(i64::from(self.active.as_client().transport().query().context("JACK's transport is gone")?.pos.frame()))
    }

    /// Stops the transport; the first sample that is not played any more.
    pub(super) fn stop(&self) -> anyhow::Result<i64> {
        let transport = self.active.as_client().transport();
        transport.stop().context("JACK's transport does not stop")?;
        std::thread::sleep(Duration::from_millis(200));
        self.position()
    }
}

impl Recorder {
    /// Listens from now on.
    pub(super) fn open() -> anyhow::Result<Self> {
        let client = open("recorder")?;
        let port = client.register_port("in", MidiIn::default()).context("no MIDI port")?;
        let heard = Arc::new(ArrayQueue::new(ROOM));
        let lost = Arc::new(AtomicI64::new(0));
        let cycles: Arc<AtomicI64> = Arc::default();
        let (into, missing, skipped) = (Arc::clone(&heard), Arc::clone(&lost), Arc::clone(&cycles));
        let mut last = 0;
        let handler = move |client: &Client, scope: &ProcessScope| {
            // Where the transport stands still, what comes belongs to where it stopped.
            let rolls = rolling(client);
            let start = rolls.unwrap_or(last);
            if start != last {
                skipped.fetch_add(1, Ordering::Relaxed);
            }
            for midi in port.iter(scope) {
                let at = start + if rolls.is_some() { i64::from(midi.time) } else { 0 };
                let &[status, key, velocity] = midi.bytes else { continue };
                if into.push(Message { at, status, key, velocity }).is_err() {
                    missing.fetch_add(1, Ordering::Relaxed);
                }
            }
            if rolls.is_some() {
                last = start + i64::from(scope.n_frames());
            }
            Control::Continue
        };
        Ok(Self { active: activate(client, Box::new(handler), Arc::clone(&cycles))?, heard, lost, cycles })
    }

    /// All that was heard.
    pub(super) fn finish(self) -> Recording {
        drop(self.active);
        let messages = std::iter::from_fn(|| self.heard.pop());
        let mut recording = Recording::of(messages, self.lost.load(Ordering::Relaxed));
        recording.cycles = self.cycles.load(Ordering::Relaxed);
        recording
    }
}

/// The transport's sample at the cycle's start, while it rolls.
fn rolling(client: &Client) -> Option<i64> {
    let now = client.transport().query().ok()?;
    (now.state == TransportState::Rolling).then(|| i64::from(now.pos.frame()))
}

fn open(name: &str) -> anyhow::Result<Client> {
    // On a busy machine the server takes a while until it answers.
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        match Client::new(name, ClientOptions::NO_START_SERVER) {
            Ok((client, _)) => return Ok(client),
            Err(_) if Instant::now() < until => std::thread::sleep(Duration::from_millis(100)),
            Err(error) => return Err(error).context("JACK does not answer"),
        }
    }
}

fn activate(client: Client, handler: Handler, xruns: Arc<AtomicI64>) -> anyhow::Result<Active> {
    let handler = jack::contrib::ClosureProcessHandler::new(handler);
    client.activate_async(Xruns(xruns), handler).context("JACK does not let a client take part")
}

fn bytes(kind: Kind) -> Option<[u8; 3]> {
    match kind {
        Kind::On { channel, key, velocity } => Some([0x90 | channel.get(), key.get(), velocity.get()]),
        Kind::Off { channel, key } => Some([0x80 | channel.get(), key.get(), 0]),
        _ => None,
    }
}
