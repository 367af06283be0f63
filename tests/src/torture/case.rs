//! One script of the torture: all that happens in it, from one number.

use std::ops::Range;

use model::Channel;
use model::music::drums::Drum;
use model::music::kit::SHIPPED;

use super::actions::{self, Action, HARMLESS};
use super::chances::Chances;
use super::moves;
use super::stream::{self, Stream};
use crate::checker::{Grid, Route};
use crate::host::Format;
use crate::timeline::STEP;
use crate::transport::{Block, Script};

/// The same, but that notes come later than their step.
const LOOSENING: [&str; 2] = ["Swing", "Humanise"];

/// What may be automated of the drummer.
const DRUMMERS: [&str; 7] =
    ["Drums", "Drums mute", "Drums solo", "Drums level", "Groove", "Drums intensity", DRUMS_ARE_MINE];

/// What says whether the player drums, and comes back on the channel of drums.
const DRUMS_ARE_MINE: &str = "I play the drums";

/// What changes on which channel the player comes back.
const REROUTES: [&str; 3] = ["My voice", "Band channel", "Listen to channel"];

/// What says whether the player's notes have a channel each, which they keep.
const MPE: &str = "MPE";

/// What says whether the player comes back on the voice's channel.
const YOURS: &str = "Your channel";

/// Where the band's voices go, and the player with them; `None`: each voice has the channel of its place.
const CHANNELS: [(&str, Option<u8>); 4] =
    [("One per voice", None), ("One per voice", None), ("Channel 1", Some(0)), ("Channel 16", Some(15))];

/// The longest block, in samples.
pub(super) const MOST_FRAMES: u32 = 16_384;

/// Tells the chances of the own clock from all others. Chosen: any number.
const OWN_CLOCK: u64 = 0x0c10_c4ed;

/// Tells the chances of what the band is told from all others. Chosen: any number.
const HARMONY: u64 = 0xc0_4d5;

/// Tells the chances of figures from all others. Chosen: any number.
const FIGURES: u64 = 0xf1_94_e5;

/// Tells the chances of drum kits from all others. Chosen: any number.
const KITS: u64 = 0x6b17_5e75;

/// A kit with two keys for nine drums: hands on one key and feet on the other. Both are keys that the drummer of General
/// MIDI strikes too.
const TWO_KEYS: &str = r#"{
  "name": "two keys",
  "kick": { "plays": 36, "hears": [36, 60] },
  "snare": { "plays": 42, "hears": [40] },
  "closed hat": { "plays": 42, "hears": [42] },
  "open hat": { "plays": 42, "hears": [] },
  "low tom": { "plays": 42, "hears": [] },
  "mid tom": { "plays": 36, "hears": [] },
  "high tom": { "plays": 36, "hears": [] },
  "crash": { "plays": 36, "hears": [] },
  "ride": { "plays": 42, "hears": [] }
}"#;

/// How many ticks after its step a note may begin at full swing and full humanising: a third of
/// a step and a fifth, as their parameters say.
const LOOSE: i64 = STEP / 3 + STEP / 5 + 1;

/// All of it.
#[derive(Debug)]
pub struct Case {
    /// What the transport does, and how the host tells of it.
    pub script: Script,
    /// The stretches between which the transport is said anew.
    pub blocks: Vec<Block>,
    /// Which of them each call of `process()` has.
    pub calls: Vec<Range<usize>>,
    /// What the player sends: (sample since the beginning, what).
    pub(super) stream: Stream,
    /// What is done before which block.
    pub actions: Vec<(usize, Action)>,
    /// What is chosen at the beginning: a parameter and its text.
    pub choices: Vec<(&'static str, String)>,
    /// The parameters that are automated, and by which number the stream calls each.
    pub automated: Vec<&'static str>,
    /// Where the band's notes may begin.
    pub grid: Grid,
    /// Does the player's stream come back?
    pub thru: bool,
    /// On which channel it does; `None`: on one that changes, so that nobody knows whose notes are heard.
    pub route: Option<Route>,
    /// The channels of the player's MPE zone, a bit each; 0: it is an ordinary keyboard.
    pub zone: u16,
    /// May a drummer's strokes lie beside their steps?
    pub drums_beside: bool,
    /// Is it rendered offline?
    pub offline: bool,
    /// How often VST3's setup is called.
    pub set_ups: u32,
    /// May the plugin count by its own clock? Then the host's transport says nothing of the band.
    pub own_clock: bool,
    /// Is it somebody else's plugin? Then only what every plugin must do is checked.
    pub foreign: bool,
}

/// In how many of a hundred scripts the instruments inside play. Chosen: enough that a run of hundreds has every hazard
/// with them; with all, four fifths of its time were theirs.
const SOUNDS: usize = 25;

impl Case {
    /// The script with this number of a seed. `foreign`: for another's plugin.
    #[must_use]
    pub fn new(seed: u64, number: u64, foreign: bool) -> Self {
        let chances = &mut Chances::new(seed, number);
        let (script, supported) = moves::script(chances);
        let length = stream::length_of(&script);
        let blocks = script.blocks(&sizes(chances, length));
        // Where notes are doubled, nobody can tell whose another's plugin hands on.
        let hostile = !foreign && chances.percent(50);
        let members = if !foreign && chances.percent(12) { chances.byte(3, 8) } else { 0 };
        let mut stream = match hostile {
            _ if members > 0 => stream::mpe(chances, &script, members),
            false => stream::polite(chances, &script),
            true if chances.percent(70) => stream::hostile(chances, &script, length),
            true => stream::moody(chances, &script, length),
        };
        let mut automated = Vec::new();
        let mut loose = false;
        if !foreign && chances.percent(30) {
            for index in 0..u16::try_from(chances.count(1, 4)).unwrap_or(1) {
                let looser = chances.percent(15);
                loose |= looser;
                automated.push(if looser { chances.one(&LOOSENING) } else { chances.one(&HARMLESS) });
                stream.extend(stream::automation(chances, index, length));
            }
            stream.sort_by_key(|&(at, _)| at);
        }
        let nets = chances.percent(2);
        let mut case = Self {
            grid: grid(&script, supported, loose),
            blocks,
            stream,
            calls: Vec::new(),
            actions: Vec::new(),
            choices: Vec::new(),
            automated,
            thru: chances.percent(50),
            route: Some(Route::AsPlayed),
            zone: 0,
            drums_beside: false,
            offline: chances.percent(70),
            set_ups: chances.one(&[1, 2, 2, 3]),
            own_clock: false,
            foreign,
            script,
        };
        case.choose(chances, nets);
        case.actions = actions::plan(chances, case.blocks.len(), nets, foreign);
        let is_known = !case.automated.contains(&MPE) && !case.choices.contains(&(MPE, "off".to_owned()));
        if !foreign {
            // By chances of its own, as the own clock.
            case.change_kits(&mut Chances::new(seed ^ KITS, number));
        }
        if members > 0 && is_known {
            // Its notes keep their channels, whatever is chosen, as long as it is known.
            (case.route, case.zone) = (Some(Route::AsPlayed), (2_u16 << members) - 1);
            case.actions.retain(|(_, action)| !matches!(action, Action::Panic(_)));
        }
        if is_ambiguous(&case.script, &case.blocks) {
            case.grid = Grid::Free;
        }
        if !foreign {
            // By chances of its own: the other scripts of a seed are those of before.
            case.count_by_itself(&mut Chances::new(seed ^ OWN_CLOCK, number), length);
        }
        let frames: Vec<_> = case.blocks.iter().map(|block| block.frames).collect();
        case.calls = actions::calls(chances, &frames, &case.actions, MOST_FRAMES);
        if !foreign && chances.percent(40) {
            case.drum(chances, length);
        }
        if !foreign {
            // By chances of its own, as the own clock.
            let choices = ["off", "foretold", "held", "foretold and held", "loops held"];
            let harmony = Chances::new(seed ^ HARMONY, number).one(&choices);
            case.choices.push(("Harmony", harmony.to_owned()));
            let figures = Chances::new(seed ^ FIGURES, number).one(&["off", "on", "bass-and-chords", "rolling"]);
            case.choices.push(("Figures", figures.to_owned()));
        }
        case
    }

    /// The same, as hosts of this format tell their transport: one of VST3 cannot leave out the position in samples.
    #[must_use]
    pub fn told_by(mut self, format: Format) -> Self {
        self.script.manners.samples |= format == Format::Vst3;
        self
    }

    /// What happens in it, and around the block that starts at this sample, for whoever looks for
    /// a fault.
    #[must_use]
    pub fn describe(&self, sample: i64) -> String {
        use std::fmt::Write;
        let Script { timeline, rate, moves, manners, over_seams, cycle } = &self.script;
        let Self { choices, automated, grid, offline, set_ups, actions, .. } = self;
        let mut text = format!(
            "{rate} Hz, over seams: {over_seams}, cycle: {cycle:?}, offline: {offline}, set up {set_ups} times, {grid:?}\n{manners:?}\n\
             {choices:?}\nautomated: {automated:?}\nactions before blocks: {actions:?}\n{timeline:?}\n"
        );
        for (index, action) in moves.iter().enumerate() {
            // A text takes all that is written to it.
            let _written = writeln!(text, "from sample {}: {action:?}", self.script.start(index));
        }
        let near = self.blocks.partition_point(|block| block.start < sample);
        let call = self.calls.iter().find(|call| call.contains(&near));
        let _written = writeln!(text, "the call of blocks {call:?}");
        for (number, block) in self.blocks.iter().enumerate().skip(near.saturating_sub(2)).take(4) {
            let transport = self.script.event(block);
            let (place, bar) = (transport.place.value(), transport.bar);
            let _written = writeln!(text, "block {number}: {block:?}, at tick {place}, {bar:?}");
        }
        text
    }

    /// In some scripts the own clock counts, mostly, and whoever plays it moves it at any time. The last block is bypassed,
    /// for what sounds by that clock to end.
    fn count_by_itself(&mut self, chances: &mut Chances, length: i64) {
        if !chances.percent(15) {
            return;
        }
        (self.own_clock, self.grid) = (true, Grid::Free);
        let text = |on: bool| if on { "on" } else { "off" }.to_owned();
        self.choices.extend([
            ("Clock", if chances.percent(90) { "own" } else { "host" }.to_owned()),
            ("Run", text(chances.percent(80))),
            ("Tempo", chances.between(60, 400).to_string()),
            ("Beats a measure", chances.between(1, 9).to_string()),
            ("Beat", chances.one(&["2", "4", "8"]).to_owned()),
            ("Count-in", chances.between(0, 1).to_string()),
            ("Metronome", text(chances.percent(50))),
            ("Start with my first note", text(chances.percent(50))),
        ]);
        for _ in 0..chances.count(0, 3) {
            let index = u16::try_from(self.automated.len()).unwrap_or(0);
            self.automated.push(chances.one(&actions::CLOCK));
            self.stream.extend(stream::automation(chances, index, length));
        }
        self.stream.sort_by_key(|&(at, _)| at);
        if let Some(last) = self.blocks.len().checked_sub(1) {
            self.actions.retain(|&(block, _)| block < last);
            self.actions.push((last, Action::Bypass(true)));
        }
    }

    /// In some scripts the drums get other keys, once or twice, while the music goes.
    fn change_kits(&mut self, chances: &mut Chances) {
        if self.blocks.len() < 5 || !chances.percent(25) {
            return;
        }
        for _ in 0..chances.count(1, 2) {
            let place = chances.count(1, self.blocks.len() - 2);
            let kit = chances.one(&[TWO_KEYS, TWO_KEYS, SHIPPED[0].1, SHIPPED[3].1]);
            if !self.actions.iter().any(|&(other, _)| other == place) {
                self.actions.push((place, Action::Kit(kit)));
            }
        }
        self.actions.sort_by_key(|&(place, _)| place);
    }

    /// Somebody drums, or the player does, and may be told otherwise as the music goes.
    fn drum(&mut self, chances: &mut Chances, length: i64) {
        let groove = chances.one(&[0, 0, 37, 100]);
        self.drums_beside = groove > 0;
        self.choices.push(("Drums", chances.one(&["automatic", "rock", "jazz", "reggae"]).to_owned()));
        self.choices.push(("Groove", format!("{groove} %")));
        if chances.percent(30) {
            self.choices.push((DRUMS_ARE_MINE, "on".to_owned()));
            if let Some(Route::One(to)) = &mut self.route {
                *to = Drum::channel();
            }
        }
        if chances.percent(30) {
            let index = u16::try_from(self.automated.len()).unwrap_or(u16::MAX);
            let moved = chances.one(&DRUMMERS);
            self.drums_beside |= moved == "Groove";
            if moved == DRUMS_ARE_MINE && matches!(self.route, Some(Route::One(_))) {
                self.route = None;
            }
            self.automated.push(moved);
            self.stream.extend(stream::automation(chances, index, length));
            self.stream.sort_by_key(|&(at, _)| at);
        }
    }

    fn choose(&mut self, chances: &mut Chances, nets: bool) {
        let text = |on: bool| if on { "on".to_owned() } else { "off".to_owned() };
        let (band, voice) = (band(chances, nets).to_owned(), chances.between(1, 4));
        self.choices = vec![
            ("Band", band),
            ("My voice", voice.to_string()),
            ("Lookahead", chances.one(&["next", "second-next"]).to_owned()),
            ("Seed", chances.between(0, 999_999).to_string()),
            ("Thru", text(self.thru)),
            ("Keep history over stops", text(chances.percent(30))),
            ("Program changes", text(chances.percent(30))),
        ];
        let (channels, one) = chances.one(&CHANNELS);
        let of_voice = chances.percent(60);
        self.choices.push(("Band channel", channels.to_owned()));
        self.choices.push((YOURS, if of_voice { "of my voice" } else { "as I play" }.to_owned()));
        if of_voice {
            let channel = one.or_else(|| u8::try_from(voice - 1).ok()).and_then(Channel::new);
            self.route = channel.map(Route::One);
        }
        // The instruments inside take five times as long as all else.
        self.choices.push(("Sound", text(chances.percent(SOUNDS))));
        let mpe = chances.one(&["automatic", "automatic", "automatic", "off", "on"]);
        self.choices.push((MPE, mpe.to_owned()));
        let reroutes = |name: &&str| [YOURS, MPE].contains(name) || (of_voice && REROUTES.contains(name));
        // Of an ordinary keyboard that is taken for one of MPE, some channels are the band's.
        if self.automated.iter().any(reroutes) || mpe == "on" {
            self.route = None;
        }
    }
}

/// Does the transport jump to where the block before was said to begin? A host that cuts its blocks says the same, and
/// nobody can tell them apart.
fn is_ambiguous(script: &Script, blocks: &[Block]) -> bool {
    blocks.windows(2).any(|pair| {
        let [before, now] = [&pair[0], &pair[1]].map(|block| script.event(block));
        let same = before.as_said().place.fixed_point() == now.as_said().place.fixed_point();
        same && pair[0].move_index != pair[1].move_index && before.rolls() && now.rolls()
    })
}

/// Mostly a band that answers at once.
pub(super) fn band(chances: &mut Chances, nets: bool) -> &'static str {
    chances.one(if nets { &["Pop", "Chorale"] } else { &["Loop rule", "n-gram"] })
}

/// Block sizes that change from call to call, but do not make too many calls.
fn sizes(chances: &mut Chances, length: i64) -> Vec<u32> {
    let small = length < 60_000;
    let sizes: Vec<i64> = match chances.count(0, 9) {
        0 if small => vec![1],
        1 => vec![chances.one(&[64, 128, 512, 1024])],
        2 => vec![496, 16],
        3 => vec![16_384],
        4..=6 => (0..chances.count(2, 9)).map(|_| chances.between(1, 16_384)).collect(),
        _ => (0..chances.count(2, 9)).map(|_| chances.one(&[1, 2, 17, 64, 480, 512, 777, 1024, 4096])).collect(),
    };
    // At most about 4000 calls.
    let average = sizes.iter().sum::<i64>() / i64::try_from(sizes.len()).unwrap_or(1);
    let more = (length / 4000 - average).max(0);
    sizes.iter().map(|&size| u32::try_from((size + more).clamp(1, 16_384)).unwrap_or(1)).collect()
}

/// How exact notes can be under these circumstances.
fn grid(script: &Script, supported: bool, loose: bool) -> Grid {
    let manners = script.manners;
    if !supported {
        // Where the host does not name the bars, they are lost; in an unsupported meter there
        // are no steps.
        return Grid::Free;
    }
    // A position on the grid of 1/1920 of a quarter note lies up to half of that beside the truth.
    let quantum = |micros: u32| {
        let samples = u64::from(script.rate) * u64::from(micros) / 1_000_000 / 1920;
        samples + 2
    };
    let tolerance = if manners.coarse {
        quantum(script.timeline.slowest())
    } else if manners.beats {
        0
    } else {
        // A place in whole samples, or a loop's, is up to a sample beside the exact one.
        1
    };
    Grid::Steps { tolerance, late: if loose { LOOSE } else { 0 } }
}
