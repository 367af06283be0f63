//! What was heard live is what the host renders offline: at every block size and sample rate, in
//! both formats.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use model::{HarmonyChoice, Hold, PitchFollow, Rng, TimeSignature};
use tests::host::Format;
use tests::setup::Source;
use tests::stage::{MOST_FRAMES, Stage, music};
use tests::take::{Heard, Pace};
use tests::timeline::{QUARTER, Timeline};
use tests::transport::Script;

/// In Hz: the usual ones, and one that divides nothing evenly.
const RATES: [u32; 5] = [48_000, 44_100, 96_000, 192_000, 37_800];

/// Takes at once. A live one mostly waits for its worker, which looks every now and then.
const PLAYERS: usize = 12;

/// Two tempos, of which one changes in mid-measure, and two meters; a jump, a loop that was
/// announced, a stop, and a new start. The shortest measure is longer than the longest block, so
/// that each prediction can come in time.
fn script(rate: u32) -> Script {
    let measure = 4 * QUARTER;
    let waltz = TimeSignature::new(3, 4).expect("a waltz");
    let timeline = Timeline::new(
        &[(0, 171_429), (2 * measure + QUARTER, 193_548)],
        &[(0, TimeSignature::FOUR_FOUR), (3 * measure, waltz)],
    );
    Script::new(timeline, rate)
        .roll(0..3 * measure + 2 * 3 * QUARTER)
        .cycle(&(measure..2 * measure), 2)
        .halt(5000)
        .roll(0..3 * measure)
        .halt(i64::from(MOST_FRAMES))
}

/// How blocks come: each alike, or of random sizes.
fn regimes(seed: u64) -> [Vec<u32>; 5] {
    let mut rng = Rng::new(seed);
    let random = (0..997).map(|_| 1 + u32::try_from(rng.below(MOST_FRAMES as usize)).expect("small")).collect();
    [vec![1], vec![64], vec![512], vec![MOST_FRAMES], random]
}

/// One take: a regime by its number, and whether the host says that it is live.
#[derive(Clone, Copy, Debug)]
struct Case {
    format: Format,
    band: &'static str,
    next: bool,
    /// The player plays chords, and the band keeps to them.
    chords: bool,
    rate: u32,
    regime: usize,
    live: bool,
}

/// What is the same at every sample rate: see [`music`].
type Music = Vec<(usize, i64, u8, u8, u8)>;

fn play(case: Case, sizes: &[u32]) -> (Vec<Heard>, Music) {
    let mut stage = Stage::new(case.format, 12, 120.0);
    if case.chords {
        stage = stage.with_chords();
        stage.setup.pitches = PitchFollow::Chords;
    }
    stage.rate = case.rate;
    stage.setup.band = Source::Embedded(case.band.into());
    stage.setup.next = case.next;
    // Chords are foretold and held where a net plays by them.
    if case.band == "pop" {
        stage.setup.harmony = HarmonyChoice { foretell: true, hold: Hold::Repeats };
    }
    // Somebody drums beside the nets, and where there is little time.
    if case.next || case.band == "pop" {
        stage.setup.drums = "automatic".into();
    }
    let mut instance = stage.instance(!case.live);
    let pace = if case.live { Pace::Answered } else { Pace::Free };
    let take = stage.take_with(instance.as_mut(), &script(case.rate), sizes, pace);
    assert!(take.verdict.is_clean(), "{case:?}: {:?}", take.verdict);
    let status = instance.status().expect("a status");
    assert_eq!(
        (status.figures.missed, status.figures.dropped_requests, status.figures.late, status.figures.failed),
        (0, 0, 0, 0),
        "{case:?}"
    );
    assert!(status.figures.predictions > 5, "{case:?}: {} predictions", status.figures.predictions);
    let music = music(&take);
    (take.notes, music)
}

/// Plays all cases; at the same sample rate the samples must be the same, and the music at all of
/// them. Cases of another band or lookahead are compared among themselves.
fn check(cases: Vec<Case>) {
    let seed = std::env::var("SEED")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| u64::from(now.subsec_nanos())));
    println!("SEED={seed}");
    let regimes = regimes(seed);
    let (todo, done) = (Mutex::new(cases), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..PLAYERS {
            scope.spawn(|| {
                loop {
                    let Some(case) = todo.lock().expect("nobody panics with it").pop() else { break };
                    let heard = play(case, &regimes[case.regime]);
                    done.lock().expect("nobody panics with it").push((case, heard));
                }
            });
        }
    });
    let (mut samples, mut steps) = (BTreeMap::new(), BTreeMap::new());
    for (case, (notes, music)) in done.into_inner().expect("all have ended") {
        assert!(music.len() > 20, "{case:?}: {} notes", music.len());
        let first = samples.entry((case.band, case.next, case.rate)).or_insert_with(|| (case, notes.clone()));
        assert_eq!(notes, first.1, "{case:?} and {:?}, seed {seed}", first.0);
        let first = steps.entry((case.band, case.next)).or_insert_with(|| (case, music.clone()));
        assert_eq!(music, first.1, "{case:?} and {:?}, seed {seed}", first.0);
    }
}

fn cases(band: &'static str, next: bool, rates: &[u32], regimes: &[usize]) -> Vec<Case> {
    let mut cases = Vec::new();
    for &regime in regimes {
        for &rate in rates {
            for format in Format::ALL {
                cases.extend([true, false].map(|live| Case { format, band, next, chords: false, rate, regime, live }));
            }
        }
    }
    // Blocks of one sample take longest: they are played first, and cases are taken from the end.
    cases.sort_by_key(|case| (std::cmp::Reverse(case.regime), case.rate));
    cases
}

#[test]
fn live_and_offline_are_the_same_at_every_block_size_and_sample_rate() {
    check(cases("n-gram", false, &RATES, &[0, 1, 2, 3, 4]));
}

#[test]
fn the_net_plays_the_same_live_and_offline() {
    check(cases("pop", false, &RATES[..1], &[1, 2, 3, 4]));
}

#[test]
fn what_keeps_to_the_players_chords_is_the_same_too() {
    let cases = cases("n-gram", false, &RATES[..2], &[1, 3, 4]);
    check(cases.into_iter().map(|case| Case { chords: true, ..case }).collect());
}

#[test]
fn with_the_next_measure_too() {
    // An answer has a sixteenth's time: the block must be shorter.
    check(cases("n-gram", true, &RATES[..2], &[1, 2]));
}

#[test]
fn a_live_take_at_the_tempos_pace_equals_its_offline_render() {
    thread::scope(|scope| {
        for format in Format::ALL {
            scope.spawn(move || {
                let stage = Stage::new(format, 8, 300.0);
                let script = stage.straight();
                let mut instance = stage.instance(false);
                let live = stage.take_with(instance.as_mut(), &script, &[256], Pace::Live);
                let status = instance.status().expect("a status");
                assert_eq!(status.figures.missed, 0, "0.8 s is enough for each of these predictions");
                let offline = stage.take(&script, &[1024]);
                assert!(live.verdict.is_clean() && offline.verdict.is_clean(), "{:?}", live.verdict);
                assert!(!live.notes.is_empty());
                assert_eq!(live.notes, offline.notes);
            });
        }
    });
}
