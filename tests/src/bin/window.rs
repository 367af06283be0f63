//! Opens the bundled plugin's editor in an X11 window, again and again, while the plugin plays.
//! Needs a display; `tests/tests/window.rs` starts one.

use std::process::ExitCode;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use clap::Parser;
use model::Channel;
use tests::event::{Event, clip, schedule};
use tests::host::parts::Blocks;
use tests::host::{Format, Host, Instance};
use tests::report::Spread;
use tests::setup::Setup;
use tests::timeline::{STEP, Timeline};
use tests::transport::Script;
use tests::tune;
use x11rb::COPY_DEPTH_FROM_PARENT;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{ConfigureWindowAux, ConnectionExt, CreateWindowAux, ImageFormat, WindowClass};
use x11rb::rust_connection::RustConnection;

const RATE: u32 = 48_000;
const BLOCK: u32 = 512;

/// What to do.
#[derive(Parser)]
struct Options {
    /// Use the VST3 bundle instead of the CLAP one.
    #[arg(long)]
    vst3: bool,
    /// How often to open and close.
    #[arg(long, default_value_t = 100)]
    times: u32,
    /// How long the editor stays open each time, in milliseconds.
    #[arg(long, default_value_t = 60)]
    open_ms: u64,
    /// How long the plugin plays before, and how long the editor stays open the last time, in
    /// milliseconds: so long `process()` is timed.
    #[arg(long, default_value_t = 4000)]
    last_ms: u64,
}

/// A host's window.
struct Parent {
    connection: RustConnection,
    window: u32,
}

impl Parent {
    fn new() -> anyhow::Result<Self> {
        let (connection, screen) = x11rb::connect(None).context("there is no display")?;
        let window = connection.generate_id()?;
        let screen = &connection.setup().roots[screen];
        let look = CreateWindowAux::new().background_pixel(screen.black_pixel);
        let (parent, visual) = (screen.root, screen.root_visual);
        let class = WindowClass::INPUT_OUTPUT;
        connection.create_window(COPY_DEPTH_FROM_PARENT, window, parent, 0, 0, 1000, 640, 0, class, visual, &look)?;
        connection.map_window(window)?;
        connection.flush()?;
        Ok(Self { connection, window })
    }

    fn resize(&self, (width, height): (u32, u32)) -> anyhow::Result<()> {
        self.connection.configure_window(self.window, &ConfigureWindowAux::new().width(width).height(height))?;
        self.connection.flush()?;
        Ok(())
    }

    /// How many different colours the window's middle shows.
    fn colours(&self, (width, height): (u32, u32)) -> anyhow::Result<usize> {
        let (width, height) = (u16::try_from(width)?, u16::try_from(height)?);
        let image = self.connection.get_image(ImageFormat::Z_PIXMAP, self.window, 0, 0, width, height, !0)?.reply()?;
        let mut pixels: Vec<_> = image.data.chunks_exact(4).collect();
        pixels.sort_unstable();
        pixels.dedup();
        Ok(pixels.len())
    }
}

/// What the window does, for the audio thread to sort its figures by.
const CLOSED: u8 = 0;
const OPEN: u8 = 1;
const OPENS_AND_CLOSES: u8 = 2;
const END: u8 = 3;

/// Plays a tune over and over at its own pace until the end. Returns how long the blocks took,
/// in microseconds, by what the window did, and how many events came.
fn play(blocks: &mut dyn Blocks, window: &AtomicU8) -> anyhow::Result<([Vec<f64>; 3], usize)> {
    let song = tune::song();
    let end = song.spans().last().map_or(0, |span| i64::from(span.end())) * STEP;
    let mut script = Script::new(Timeline::of(&song), RATE);
    for _ in 0..20 {
        script = script.roll(0..end);
    }
    let channel = Channel::new(0).context("a channel")?;
    let clip = clip(&song.tracks[0], song.spans(), channel);
    let events = schedule(&clip, &script);
    let mut events = events.iter().peekable();
    let (mut took, mut notes, mut heard) = ([const { Vec::new() }; 3], 0, Vec::new());
    let start = Instant::now();
    for block in script.blocks(&[BLOCK]) {
        let does = window.load(Ordering::Relaxed);
        if does == END {
            break;
        }
        let to = block.start + i64::from(block.frames);
        let mut sent = Vec::new();
        while let Some(&(sample, kind)) = events.next_if(|&&(sample, _)| sample < to) {
            sent.push(Event { offset: u32::try_from(sample - block.start).unwrap_or(0), kind });
        }
        let transport = script.event(&block);
        took[usize::from(does)].push(blocks.process(block.frames, &transport, &sent, &mut heard)?.as_secs_f64() * 1e6);
        notes += heard.len();
        let due = Duration::from_secs_f64(to as f64 / f64::from(RATE));
        if let Some(left) = due.checked_sub(start.elapsed()) {
            std::thread::sleep(left);
        }
    }
    Ok((took, notes))
}

fn run(options: &Options) -> anyhow::Result<()> {
    let parent = Parent::new()?;
    let host = Host::load_bundled(if options.vst3 { Format::Vst3 } else { Format::Clap })?;
    let mut instance = host.instance()?;
    open_once(instance.as_mut(), &parent).context("before activation")?;
    Setup { thru: true, ..Setup::default() }.apply(instance.as_mut())?;
    instance.activate(RATE, BLOCK)?;
    let does = AtomicU8::new(CLOSED);
    let (blocks, mut editor) = instance.parts();
    let mut blocks = blocks.context("the plugin is not active")?;
    let (took, notes) = std::thread::scope(|scope| {
        let audio = scope.spawn(|| play(blocks.as_mut(), &does));
        let mut window = || -> anyhow::Result<()> {
            std::thread::sleep(Duration::from_millis(options.last_ms));
            does.store(OPENS_AND_CLOSES, Ordering::Relaxed);
            for turn in 0..options.times {
                let size = editor.open(parent.window)?;
                parent.resize(size)?;
                std::thread::sleep(Duration::from_millis(options.open_ms));
                if turn % 10 == 5 {
                    editor.resize(size.0 + 40, size.1 + 20)?;
                    std::thread::sleep(Duration::from_millis(options.open_ms));
                    editor.resize(size.0, size.1)?;
                }
                if turn + 1 == options.times {
                    does.store(OPEN, Ordering::Relaxed);
                    std::thread::sleep(Duration::from_millis(options.last_ms));
                    let colours = parent.colours(size)?;
                    does.store(OPENS_AND_CLOSES, Ordering::Relaxed);
                    println!("the window of {} × {} shows {colours} colours", size.0, size.1);
                    ensure!(colours > 50, "the editor draws nothing");
                }
                editor.close();
            }
            Ok(())
        };
        let outcome = window();
        does.store(END, Ordering::Relaxed);
        let played = audio.join().map_err(|_| anyhow::anyhow!("the audio thread panicked"))?;
        outcome?;
        played
    })?;
    drop((blocks, editor));
    ensure!(notes > 0, "the band played nothing");
    println!("opened and closed {} times, {notes} events came", options.times);
    for (what, took) in ["closed", "open", "opening and closing"].iter().zip(&took) {
        let spread = Spread::of(took);
        println!("{what}: {} blocks, process() took {:.2} µs in the median", took.len(), spread.median);
    }
    instance.deactivate();
    open_once(instance.as_mut(), &parent).context("after deactivation")
}

/// Opens and closes the editor of an instance that processes nothing.
fn open_once(instance: &mut dyn Instance, parent: &Parent) -> anyhow::Result<()> {
    let (_, mut editor) = instance.parts();
    editor.open(parent.window)?;
    std::thread::sleep(Duration::from_millis(300));
    editor.close();
    Ok(())
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
