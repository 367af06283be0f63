//! Moments made up for pictures: the same on every machine, whatever the bands play.

use band_player::counters::Figures;
use band_player::editor::session::{Outcome, SessionKept};
use band_player::editor::{ParamId, Sheet, ViewState};
use band_player::params::Look;
use band_player::presets::Side;
use band_player::snapshot::{Page, Playhead, Seen, Shown, ShownDrums, Snapshot, Touched};
use model::music::band::MAX_VOICES;
use model::music::chart::BarPlace;
use model::music::chord::Chord;
use model::systems::harmony::telling::{ChordSource, ToldChord};
use model::systems::harmony::why::Reason;
use model::{BandMeasure, BandSpec, Key, Measure, Note, Source, Tonality, Velocity, VoiceId};

use super::{Picture, Viewer, new_sheet};

/// A moment and how it is looked at.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The picture's name.
    pub name: &'static str,
    /// What is seen.
    pub snapshot: Snapshot,
    /// The parameters.
    pub sheet: Sheet,
    /// Dark or light.
    pub dark: bool,
    /// In points.
    pub size: (f32, f32),
    /// Pixels a point.
    pub scale: f32,
    /// The computer's keyboard plays.
    pub types: bool,
}

impl Scene {
    fn new(name: &'static str, snapshot: Snapshot) -> Self {
        let mut sheet = new_sheet();
        // The take has all that was heard.
        sheet.kept.measures = snapshot.page.now.map_or(0, |now| now.index as usize);
        Self { name, snapshot, sheet, dark: true, size: (800.0, 500.0), scale: 1.0, types: false }
    }

    /// A picture of it.
    #[must_use]
    pub fn picture(&self) -> Picture {
        let mut viewer = Viewer::new(self.size.0, self.size.1, self.scale);
        viewer.state = ViewState { look: Look { dark: self.dark, scale: self.scale }, ..ViewState::default() };
        viewer.state.typist.plays = self.types;
        viewer.picture(&self.snapshot, &self.sheet)
    }
}

/// All that are approved as pictures.
#[must_use]
pub fn all() -> Vec<Scene> {
    let playing = playing();
    let light = Scene { dark: false, ..Scene::new("light", playing.clone()) };
    let tiny = Scene { size: (480.0, 300.0), ..Scene::new("tiny", playing.clone()) };
    let huge = Scene { size: (1600.0, 900.0), ..Scene::new("huge", playing.clone()) };
    let large = Scene { size: (800.0, 500.0), scale: 2.0, ..Scene::new("double", planned()) };
    vec![
        Scene::new("empty", Snapshot::empty()),
        Scene::new("listening", listening()),
        Scene::new("playing", playing),
        Scene::new("planned", planned()),
        saved(),
        frozen(),
        fault(),
        Scene::new("many", many()),
        charted(),
        foretold(),
        typed(),
        quiet(),
        card(),
        light,
        tiny,
        huge,
        large,
    ]
}

/// A twelve-bar blues that loops, as it is written in the lane.
const BLUES: &str = "loop 12\n| F7 | Bb7 | F7 | % |\n| Bb7 Bdim7 | Bb7 | F7 | D7#9 |\n| Gm7 | C7 | F7 D7 | Gm7 C7 |";

/// The band plays by it.
fn charted() -> Scene {
    let mut scene = Scene { size: (1000.0, 640.0), ..Scene::new("chart", playing()) };
    scene.sheet.chart = BLUES.parse().expect("a chart");
    scene
}

/// The chart says a few chords; the others are foretold, some surer than others, and one is held.
fn foretold() -> Scene {
    let mut snapshot = playing();
    let chord = |name: &str| name.parse::<Chord>().expect("a chord");
    let page = &mut snapshot.page;
    for shown in [&mut page.now, &mut page.planned].into_iter().chain(&mut page.past).flatten() {
        let (first, second) =
            [("C", "Cmaj7"), ("Am7", "Am7"), ("F", "D7#9"), ("G7", "Bbm7b5")][(shown.index % 4) as usize];
        let told = |steps, name, chance| {
            let source = if shown.index % 8 == 5 { ChordSource::Held } else { ChordSource::Foretold };
            let likeliest = [Some((chord(name), chance)), Some((chord("F"), chance / 3)), Some((chord("Em"), 4))];
            let why = [Some(Reason::AsBefore(4)), Some(Reason::Fits(4))];
            Some(ToldChord { steps, chord: chord(name), source, chance: Some(chance), likeliest, why })
        };
        let sure = u8::try_from(20 + 7 * (shown.index % 12)).expect("at most a hundred");
        shown.told = [told((0, 8), first, sure), told((8, 16), second, sure / 2)];
    }
    let mut scene = Scene { size: (1000.0, 640.0), ..Scene::new("foretold", snapshot) };
    scene.sheet.chart = "loop 8\n| Fmaj7 | ? C13 | ? | ? | ? | ? | ? | ? |".parse().expect("a chart");
    set(&mut scene, "harmony", 1.0, "Loops held");
    scene
}

/// The transport stands, and the whole of it is seen; the band that is chosen does not heed it.
fn typed() -> Scene {
    let mut snapshot = Snapshot::empty();
    (snapshot.seen.processes, snapshot.seen.has_played) = (true, true);
    snapshot.page.heeds_chords = false;
    let mut scene = Scene { dark: false, size: (1000.0, 640.0), ..Scene::new("stands", snapshot) };
    scene.sheet.chart = BLUES.parse().expect("a chart");
    scene
}

/// The sounds inside are off.
fn quiet() -> Scene {
    let mut scene = Scene::new("quiet", playing());
    for entry in scene.sheet.entries.iter_mut().filter(|entry| entry.id == ParamId::band("sound")) {
        (entry.value, entry.text) = (0.0, "Off".into());
    }
    scene
}

/// Another value of a parameter of the band.
fn set(scene: &mut Scene, id: &'static str, value: f32, text: &str) {
    for entry in scene.sheet.entries.iter_mut().filter(|entry| entry.id == ParamId::band(id)) {
        (entry.value, entry.text) = (value, text.to_owned());
    }
}

/// The plugin's own clock counts.
fn own() -> Scene {
    let mut scene = Scene::new("own", playing());
    set(&mut scene, "clock", 1.0, "Own");
    set(&mut scene, "run", 1.0, "On");
    set(&mut scene, "metro", 1.0, "On");
    scene
}

/// The program, which waits for the first note.
fn program() -> Scene {
    let mut scene = Scene { size: (1000.0, 640.0), types: true, ..Scene::new("program", Snapshot::empty()) };
    set(&mut scene, "clock", 1.0, "Own");
    set(&mut scene, "run", 1.0, "On");
    scene.snapshot.seen = Seen { processes: true, bpm: Some(120.0), meter: Some((4, 4)), ..Seen::default() };
    scene.snapshot.seen.meter_fits = true;
    scene.sheet.kept.greets = true;
    scene.sheet.kept.devices = Some(Vec::new());
    scene
}

/// Somebody opens the window for the first time.
fn card() -> Scene {
    let mut scene = Scene::new("card", Snapshot::empty());
    scene.sheet.kept.greets = true;
    scene
}

/// The one of this name.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn scene(name: &str) -> Scene {
    let mut all = all();
    all.extend([own(), program()]);
    all.into_iter().find(|scene| scene.name == name).unwrap_or_else(|| panic!("there is no scene {name}"))
}

fn voice(index: usize) -> VoiceId {
    VoiceId::new(index).expect("a voice")
}

fn note(step: u8, length: u8, key: i32, velocity: u8) -> Note {
    Note { velocity: Velocity::clamped(f32::from(velocity)), ..Note::new(step, length, Key::clamped(key)) }
}

/// One measure of a tune over I–vi–IV–V in C.
fn tune(index: u32, with_band: bool) -> Shown {
    let (root, minor) = [(0, false), (9, true), (5, false), (7, false)][(index % 4) as usize];
    let third = if minor { 3 } else { 4 };
    let mut music = BandMeasure::missing(16);
    let melody = [
        [(0, 4, 72, 90), (4, 2, 74, 70), (6, 2, 76, 84), (8, 8, 79, 104)],
        [(0, 4, 76, 96), (4, 4, 74, 60), (8, 6, 72, 88), (14, 2, 71, 54)],
        [(0, 6, 69, 92), (6, 2, 72, 66), (8, 4, 77, 100), (12, 4, 76, 80)],
        [(0, 4, 74, 96), (4, 4, 71, 72), (8, 4, 67, 64), (12, 4, 71, 82)],
    ][(index % 4) as usize];
    let lead = melody.map(|(step, length, key, velocity)| note(step, length, key, velocity));
    music.set(voice(0), &Measure::from_notes(16, lead));
    if with_band {
        let counter = [note(0, 8, 64 + root % 5, 58), note(8, 4, 67 + root % 4, 70), note(12, 4, 65, 48)];
        music.set(voice(1), &Measure::from_notes(16, counter));
        let chord = [0, 8]
            .iter()
            .flat_map(|&step| [0, third, 7].map(|tone| note(step, 7, 48 + (root + tone) % 12 + 4, 62 + step)));
        let chord = chord.map(|note| Note { key: Key::clamped(i32::from(note.key.get()) - 4), ..note });
        music.set(voice(2), &Measure::from_notes(16, chord));
        let low = 36 + root % 12;
        let bass = [note(0, 6, low, 100), note(6, 2, low, 74), note(8, 4, low + 7, 90), note(12, 4, low, 84)];
        music.set(voice(3), &Measure::from_notes(16, bass));
    }
    Shown {
        place: Some(BarPlace::whole(i64::from(index), 16)),
        told: [None; 2],
        index,
        music,
        user: voice(0),
        user_drums: false,
        audible: BandSpec::pop().all().without(voice(0)),
        source: if with_band { Source::Predicted } else { Source::Silent },
        moved: [0; MAX_VOICES],
        drums: ShownDrums::none(16),
        drums_heard: false,
    }
}

/// The page when measure `now` is under way; the band came in at measure 2.
fn page(now: u32, with_plan: bool) -> Page {
    let mut page = Page::empty(&BandSpec::pop());
    let shown = |index: u32| tune(index, index >= 2);
    page.now = Some(shown(now));
    for (ago, place) in page.past.iter_mut().enumerate() {
        *place = now.checked_sub(u32::try_from(ago).unwrap_or(0) + 1).map(shown);
    }
    if let Some(Some(fifth)) = page.past.get_mut(5) {
        fifth.source = Source::LoopAgo(4);
    }
    page.planned = with_plan.then(|| shown(now + 1));
    page.next = Some(BarPlace::whole(i64::from(now) + 1, 16));
    page.audible = BandSpec::pop().all().without(voice(0));
    page.tonality = Tonality::default();
    page.confidence = 0.86;
    page.listening_left = 0;
    page
}

fn rolling(index: u32, step: f32) -> Seen {
    Seen {
        processes: true,
        playing: true,
        has_played: true,
        bpm: Some(120.0),
        meter: Some((4, 4)),
        meter_fits: true,
        measure: i32::try_from(index).ok().map(|index| index + 1),
        playhead: Some(Playhead { index, step }),
        touched: Touched::default(),
    }
}

fn listening() -> Snapshot {
    let mut page = page(0, false);
    page.confidence = 0.31;
    page.listening_left = 1;
    if let Some(now) = &mut page.now {
        let lead: Vec<_> = now.music.voice(voice(0)).notes().iter().take(3).copied().collect();
        now.music.set(voice(0), &Measure::from_notes(16, lead));
    }
    Snapshot { page, seen: rolling(0, 7.5), counts: Figures { notes_in: 3, ..Figures::default() }, prediction: None }
}

fn playing() -> Snapshot {
    let counts = Figures { measures: 13, notes_in: 58, notes_out: 171, ..Figures::default() };
    Snapshot { page: page(14, true), seen: rolling(14, 9.6), counts, prediction: Some(0.0068) }
}

/// The prediction has just come; a voice is muted.
fn planned() -> Snapshot {
    let mut snapshot = playing();
    snapshot.page = page(22, true);
    snapshot.page.audible = snapshot.page.audible.without(voice(1));
    let Page { now, planned, past, .. } = &mut snapshot.page;
    for shown in [now, planned, &mut past[0]].into_iter().flatten() {
        shown.audible = shown.audible.without(voice(1));
    }
    snapshot.seen = rolling(22, 1.2);
    snapshot
}

/// The take was just saved; a preset was loaded and changed.
fn saved() -> Scene {
    let mut scene = Scene { size: (1000.0, 640.0), ..Scene::new("saved", playing()) };
    scene.sheet.kept = SessionKept {
        measures: 14,
        saved: Some("/home/me/Music/Band Player take 1.mid".into()),
        outcome: Some(Outcome::Done("The whole take is in /home/me/Music/Band Player take 1.mid.".into())),
        preset: Some("Late-night swing".into()),
        preset_changed: true,
        side: Side::B,
        undo: Some("Pop".into()),
        ..SessionKept::default()
    };
    scene
}

/// The band repeats two measures: the two that come are known.
fn frozen() -> Scene {
    let mut snapshot = playing();
    let page = &mut snapshot.page;
    let again = |index: u32, of: u32| Some(Shown { index, source: Source::Frozen, ..tune(of, true) });
    for ago in 0..3 {
        page.past[ago as usize] = again(13 - ago, 12 + (13 - ago) % 2);
    }
    page.now = again(14, 12);
    (page.planned, page.after) = (again(15, 13), again(16, 12));
    for shown in [&mut page.planned, &mut page.after].into_iter().flatten() {
        shown.music.clear(voice(0));
    }
    let mut scene = Scene::new("frozen", snapshot);
    for entry in &mut scene.sheet.entries {
        match entry.id.id {
            "freeze" => (entry.value, entry.text) = (1.0, "On".into()),
            "frzlen" => (entry.value, entry.text) = (1.0 / 7.0, "2 measures".into()),
            _ => {}
        }
    }
    scene.sheet.kept.measures = 14;
    scene
}

fn fault() -> Scene {
    let mut snapshot = playing();
    snapshot.counts.missed = 2;
    snapshot.counts.refused_bands = 1;
    snapshot.prediction = Some(2.31);
    snapshot.page.planned = None;
    if let Some(now) = &mut snapshot.page.now {
        now.source = Source::NGram;
    }
    let mut scene = Scene::new("fault", snapshot);
    scene.sheet.band_file = "/home/me/bands/big band.safetensors".into();
    for entry in &mut scene.sheet.entries {
        if entry.id.id == "band" {
            (entry.value, entry.text) = (1.0, "Own file".into());
        }
    }
    scene
}

/// 64 notes at once, in each of four voices.
fn many() -> Snapshot {
    let mut snapshot = playing();
    let full = |low: i32| Measure::from_notes(16, (0..64).map(|index| note(0, 16, low + i32::from(index), 40 + index)));
    if let Some(now) = &mut snapshot.page.now {
        for (index, low) in [(0, 60), (1, 40), (2, 20), (3, 0)] {
            now.music.set(voice(index), &full(low));
        }
    }
    snapshot
}
