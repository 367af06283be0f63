//! The same music without a host: `bandplayer accompany` plays the notes that the plugin plays,
//! when, as long and as loud; through silence and changes of meter, in every mode, with every band.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use midly::num::{u4, u7, u15, u28};
use midly::{Format as FileFormat, Header, MetaMessage, MidiMessage, Smf, Timing, TrackEvent, TrackEventKind};
use model::midi_file::{LongNote, Song};
use model::music::chart::Chart;
use model::play::accompany::accompany;
use model::predict::told::Told;
use model::systems::band_file::Band;
use model::{
    BandSpec, Energy, Fallback, Figures, HarmonyChoice, Hold, Interplay, Lookahead, LoopRule, PitchFollow,
    PredictRequest, Predictor, Settings, Texture, VoiceId,
};
use tests::event::clip;
use tests::host::{Format, Host};
use tests::setup::{Setup, Source};
use tests::take::{Pace, Playing};
use tests::timeline::{STEP, Timeline};
use tests::transport::Script;

/// A note of a voice: its first step, the step at which it has ended, its key and its velocity.
type Played = (i64, i64, u8, u8);

/// The tune in 4/4, with the measures in which somebody plays: `#`.
fn tune(plays: &str) -> Song {
    let whole = tests::tune::song();
    let notes = whole.tracks[0].notes(whole.spans());
    let plays: Vec<bool> = plays.chars().map(|c| c == '#').collect();
    let heard = |note: &LongNote| plays.get(note.start as usize / 16) == Some(&true);
    let notes: Vec<_> = notes.iter().filter(|note| heard(note)).copied().collect();
    song(&[(0, 4, 4)], 16 * u32::try_from(plays.len()).expect("few measures"), &notes)
}

/// These notes in so many steps and these meters: (first step, numerator, denominator).
fn song(meters: &[(u32, u8, u8)], steps: u32, notes: &[LongNote]) -> Song {
    let mut events: Vec<(u32, u8, TrackEventKind<'static>)> = Vec::new();
    for &(step, numerator, denominator) in meters {
        let power = u8::try_from(denominator.trailing_zeros()).expect("a power of two");
        events.push((step, 1, TrackEventKind::Meta(MetaMessage::TimeSignature(numerator, power, 24, 8))));
    }
    let channel = u4::new(0);
    for note in notes.iter().filter(|note| note.start < steps) {
        let key = u7::new(note.key.get());
        let on = MidiMessage::NoteOn { key, vel: u7::new(note.velocity.get()) };
        events.push((note.start, 2, TrackEventKind::Midi { channel, message: on }));
        let off = MidiMessage::NoteOff { key, vel: u7::new(0) };
        events.push((note.end.min(steps), 0, TrackEventKind::Midi { channel, message: off }));
    }
    events.sort_by_key(|&(step, order, _)| (step, order));
    events.insert(0, (0, 0, TrackEventKind::Meta(MetaMessage::TrackName(b"tune"))));
    events.push((steps, 3, TrackEventKind::Meta(MetaMessage::EndOfTrack)));
    let mut last = 0;
    let track = events
        .into_iter()
        .map(|(step, _, kind)| {
            let delta = u28::new((step - std::mem::replace(&mut last, step)) * 24);
            TrackEvent { delta, kind }
        })
        .collect();
    let header = Header::new(FileFormat::SingleTrack, Timing::Metrical(u15::new(96)));
    let mut bytes = Vec::new();
    Smf { header, tracks: vec![track] }.write_std(&mut bytes).expect("a file");
    Song::parse(&bytes).expect("a song")
}

/// The tune through 4/4, 3/4, 6/8, 5/4 in two parts, and back, with two rests over changes of meter.
fn meters() -> Song {
    let whole = tests::tune::song();
    let mut notes = whole.tracks[0].notes(whole.spans());
    notes.retain(|note| !(80..120).contains(&note.start) && !(190..230).contains(&note.start));
    song(&[(0, 4, 4), (96, 3, 4), (156, 6, 8), (204, 5, 4), (264, 4, 4)], 344, &notes)
}

/// The tune through the meters whose bars figures are counted in otherwise, one after another and out of 3/4, which is as
/// long as 6/8: 3/4, 6/8, 9/8 and 12/8 in two parts, 2/4, 3/8 and 6/8 again.
fn compound() -> Song {
    let whole = tests::tune::song();
    let notes = whole.tracks[0].notes(whole.spans());
    let meters = [(0, 3, 4), (48, 6, 8), (108, 9, 8), (162, 12, 8), (234, 2, 4), (274, 3, 8), (304, 6, 8)];
    song(&meters, 352, &notes)
}

/// A band as the plugin chooses it and as the command line does.
struct Kind {
    name: String,
    source: Source,
    spec: BandSpec,
    predictor: Box<dyn Predictor>,
    fallback: Arc<dyn Fallback>,
    /// As it stands in a state; empty: none.
    chart: String,
    /// Which chords it is told.
    harmony: HarmonyChoice,
}

impl Kind {
    fn of(name: &str, source: Source, band: &Band) -> Self {
        let inside = matches!(source, Source::Embedded(_));
        let predictor = if inside { Band::in_figures(band.predictor()) } else { band.predictor() };
        let (spec, fallback) = (band.spec().clone(), band.fallback());
        Self {
            name: name.to_owned(),
            source,
            spec,
            predictor,
            fallback,
            chart: String::new(),
            harmony: HarmonyChoice::OFF,
        }
    }

    /// The same, told these chords, as the command line tells them.
    fn told(self, harmony: HarmonyChoice) -> Self {
        Self { predictor: Band::telling(self.predictor, harmony), harmony, ..self }
    }

    /// The same over a chart, as the command line tells it.
    fn over(self, chart: &str) -> Self {
        let known: Chart = chart.parse().expect("a chart");
        let tell = move |request: &PredictRequest, _: &BandSpec| {
            Some(known.measure(usize::try_from(request.target.0).expect("few measures"), request.steps))
        };
        Self { predictor: Box::new(Told::new(self.predictor, tell)), chart: chart.to_owned(), ..self }
    }

    /// One that ships inside the plugin, or a rule.
    fn named(name: &str) -> Self {
        let embedded = |name: &str| Band::embedded(name).map(Band::read).expect("it ships").expect("a good band");
        let source = Source::Embedded(name.to_owned());
        match name {
            "loop rule" => {
                let rule = LoopRule::new(BandSpec::pop());
                let (spec, fallback) = (BandSpec::pop(), Arc::new(rule.clone()));
                let chart = String::new();
                Self {
                    name: name.to_owned(),
                    source,
                    spec,
                    predictor: Band::in_figures(Box::new(rule)),
                    fallback,
                    chart,
                    harmony: HarmonyChoice::OFF,
                }
            }
            "n-gram" => {
                let band = embedded("pop");
                let predictor = Band::in_figures(Box::new(band.ngram().expect("it ships with one").player()));
                Self { predictor, ..Self::of(name, source, &band) }
            }
            _ => Self::of(name, source, &embedded(name)),
        }
    }

    /// One that ships as a file.
    fn file(path: &Path) -> Self {
        let band = Band::load(path).expect("a good band");
        Self::of(&path.display().to_string(), Source::File(path.to_owned()), &band)
    }
}

/// What is set in the plugin, where it is not as in a new one.
fn choices(settings: &Settings, usual: &Settings) -> Vec<(&'static str, String)> {
    let mode = match settings.interplay {
        Interplay::Accompany => "Accompany",
        Interplay::Trade => "Trade",
        Interplay::Solo => "Solo",
        Interplay::Continue => "Continue",
    };
    let lookahead = if settings.lookahead == Lookahead::Next { "next" } else { "second-next" };
    let all = [
        ("Mode", settings.interplay != usual.interplay, mode.to_owned()),
        ("Lookahead", settings.lookahead != usual.lookahead, lookahead.to_owned()),
        ("Turn", settings.turn != usual.turn, settings.turn.to_string()),
        ("Listen first", settings.listen_first != usual.listen_first, settings.listen_first.to_string()),
        ("Play on alone", settings.play_on != usual.play_on, settings.play_on.to_string()),
        ("Velocity follow", settings.follow != usual.follow, format!("{} %", settings.follow * 100.0)),
        ("Energy", settings.style.energy != usual.style.energy, format!("{} %", settings.style.energy.get() * 100.0)),
        ("Figures", settings.style.figures != usual.style.figures, settings.style.figures.to_string()),
        ("Seed", settings.seed != usual.seed, settings.seed.to_string()),
        ("I play the drums", settings.user_drums != usual.user_drums, "on".to_owned()),
    ];
    all.into_iter().filter(|(_, differs, _)| *differs).map(|(name, _, text)| (name, text)).collect()
}

/// What every voice of the band plays in the plugin, the user's too.
fn in_the_plugin(song: &Song, kind: &Kind, user: VoiceId, settings: &Settings) -> Vec<Vec<Played>> {
    let mut instance = Host::load_bundled(Format::Clap).expect("the bundle").instance().expect("an instance");
    instance.render_offline(true).expect("it knows of offline rendering");
    let Settings { pitches, harmony, .. } = *settings;
    let chart = kind.chart.clone();
    let setup = Setup { band: kind.source.clone(), voice: user.index(), pitches, harmony, chart, ..Setup::default() };
    setup.apply(instance.as_mut()).expect("it can be set up");
    for (name, text) in choices(settings, &Settings::new(&kind.spec, user)) {
        instance.set(name, &text).unwrap_or_else(|error| panic!("{name}: {error:#}"));
    }
    instance.activate(48_000, 512).expect("it can be activated");
    let end = song.spans().last().map_or(0, |span| i64::from(span.end()) * STEP);
    let script = Script::new(Timeline::of(song), 48_000).roll(0..end).halt(512);
    let clip = clip(&song.tracks[0], song.spans(), kind.spec.voices[user.index()].channel);
    let playing = Playing { script: &script, clip: &clip, sizes: &[512], pace: Pace::Free, thru: false };
    let take = playing.play(instance.as_mut(), |_| ()).expect("it plays");
    assert!(take.verdict.is_clean(), "{}: {:?}", kind.name, take.verdict);
    let of = |voice: &model::Voice| {
        let its = take.notes.iter().filter(|note| note.channel == voice.channel);
        let step = |tick: i64| tick.div_euclid(STEP);
        let mut notes: Vec<Played> =
            its.map(|note| (step(note.tick), step(note.end_tick), note.key.get(), note.velocity.get())).collect();
        notes.sort_unstable();
        notes
    };
    kind.spec.voices.iter().map(of).collect()
}

/// The same as `bandplayer accompany` writes it.
fn without_a_host(song: &Song, kind: &mut Kind, settings: Settings) -> Vec<Vec<Played>> {
    let fallback = Arc::clone(&kind.fallback);
    let written = accompany(song, &song.tracks[0], (&kind.spec, settings), kind.predictor.as_mut(), fallback, |_| ());
    // In Solo the user sits in another voice.
    let seat = settings.seated(&model::music::voicing::Players::of(&kind.spec)).users_voice();
    let of = |(index, voice): (usize, &model::Voice)| {
        let lent = format!("{} (band)", voice.name);
        let name = if Some(index) == seat.map(VoiceId::index) { &lent } else { &voice.name };
        let track = written.song.tracks.iter().find(|track| &track.name == name);
        let notes = track.map(|track| track.notes(song.spans())).unwrap_or_default();
        let mut notes: Vec<Played> = notes
            .iter()
            .map(|note| (i64::from(note.start), i64::from(note.end), note.key.get(), note.velocity.get()))
            .collect();
        notes.sort_unstable();
        notes
    };
    kind.spec.voices.iter().enumerate().map(of).collect()
}

/// Both play the same, and the band does play.
fn check(what: &str, song: &Song, kind: &mut Kind, user: VoiceId, settings: Settings) -> Vec<Vec<Played>> {
    let settings = Settings { harmony: kind.harmony, ..settings };
    let heard = in_the_plugin(song, kind, user, &settings);
    let written = without_a_host(song, kind, settings);
    for ((voice, heard), written) in kind.spec.voices.iter().zip(&heard).zip(&written) {
        let first = heard.iter().zip(written).position(|(heard, written)| heard != written);
        let from = first.unwrap_or_else(|| heard.len().min(written.len()));
        let part = |notes: &[Played]| notes.iter().skip(from).take(4).copied().collect::<Vec<_>>();
        assert!(
            heard == written,
            "{what}, {}, {settings:?}: {} plays {:?} in the plugin, {:?} without a host",
            kind.name,
            voice.name,
            part(heard),
            part(written)
        );
    }
    assert!(heard.iter().map(Vec::len).sum::<usize>() > 10, "{what}, {}: the band plays", kind.name);
    heard
}

fn settings(kind: &Kind, interplay: Interplay, lookahead: Lookahead) -> Settings {
    Settings { interplay, lookahead, ..Settings::new(&kind.spec, VoiceId::FIRST) }
}

const MODES: [Interplay; 4] = [Interplay::Accompany, Interplay::Trade, Interplay::Solo, Interplay::Continue];
const LOOKAHEADS: [Lookahead; 2] = [Lookahead::SecondNext, Lookahead::Next];

#[test]
fn with_nothing_set_anywhere() {
    let mut pop = Kind::named("pop").told(HarmonyChoice::USUAL);
    let untouched = Settings::new(&pop.spec, VoiceId::FIRST);
    check("the tune", &tune(&"#".repeat(48)), &mut pop, VoiceId::FIRST, untouched);
}

#[test]
fn what_yields_to_the_player_yields_in_both() {
    let mut pop = Kind::named("pop");
    let usual = Settings::new(&pop.spec, VoiceId::FIRST);
    let song = tune(&"#".repeat(48));
    let [planned, yielding] = [PitchFollow::Off, PitchFollow::AvoidClashes]
        .map(|pitches| check("the tune", &song, &mut pop, VoiceId::FIRST, Settings { pitches, ..usual }));
    let moved = planned.iter().flatten().filter(|note| !yielding.iter().flatten().any(|other| other == *note)).count();
    assert!((3..planned.iter().flatten().count() / 4).contains(&moved), "{moved} notes moved");
    let when =
        |notes: &[Vec<Played>]| notes.iter().flatten().map(|note| note.0).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(when(&planned), when(&yielding), "they move in pitch, not in time");
}

#[test]
fn energy_is_the_same_in_both_and_makes_the_band_busier_louder_and_higher() {
    let song = tune(&"#".repeat(24));
    let play = |kind: &mut Kind, energy: f32| {
        let mut settings = Settings::new(&kind.spec, VoiceId::FIRST);
        settings.style.energy = Energy::clamped(energy);
        let heard = check("the tune", &song, kind, VoiceId::FIRST, settings);
        // The bass, the last, stays where it is.
        let above: Vec<&Played> = heard[..heard.len() - 1].iter().flatten().collect();
        let mean = |of: fn(&Played) -> u8| {
            above.iter().map(|note| usize::from(of(note))).sum::<usize>() * 100 / above.len().max(1)
        };
        [heard.iter().flatten().count(), mean(|note| note.3), mean(|note| note.2)]
    };
    let (mut pop, mut ngram) = (Kind::named("pop"), Kind::named("n-gram"));
    play(&mut pop, 0.6);
    let [low, usual, high] = [-1.0, 0.0, 1.0].map(|energy| play(&mut ngram, energy));
    let grows = low.iter().zip(usual).zip(high).all(|((low, usual), high)| *low < usual && usual < high);
    assert!(grows, "notes, and velocities and keys in hundredths: {low:?}, {usual:?}, {high:?}");
}

/// A drummer's hits: a beat of two measures and a fill, over and over, in 4/4 and then in 3/4.
fn hits() -> Song {
    let hit = |start: u32, key: u8, velocity: u8| LongNote {
        start,
        end: start + 1,
        key: model::Key::new(key).expect("a key"),
        velocity: model::Velocity::new(velocity).expect("a velocity"),
    };
    let mut notes = Vec::new();
    for measure in 0..12_u32 {
        let (at, steps) = if measure < 8 { (16 * measure, 16) } else { (128 + 12 * (measure - 8), 12) };
        let kicks: &[u32] = if measure % 2 == 0 { &[0, 6, 10] } else { &[0, 3, 7] };
        notes.extend(kicks.iter().map(|step| hit(at + step, 36, 110)));
        notes.extend([4, 12].into_iter().filter(|&step| step < steps).map(|step| hit(at + step, 38, 96)));
        notes.extend((0..steps).step_by(2).map(|step| hit(at + step, 42, 60)));
        // A cowbell, which is none of the drums that the band knows.
        notes.push(hit(at + 5, 56, 80));
    }
    song(&[(0, 4, 4), (128, 3, 4)], 176, &notes)
}

#[test]
fn to_a_player_who_drums_both_play_every_voice_and_lean_to_the_hits() {
    // Who never rests never hears a band that goes on alone: not in Continue.
    let cases = [("pop", Interplay::Accompany, Lookahead::SecondNext), ("n-gram", Interplay::Trade, Lookahead::Next)];
    for (name, interplay, lookahead) in cases {
        let mut kind = Kind::named(name);
        let settings = Settings { user_drums: true, ..settings(&kind, interplay, lookahead) };
        let heard = check("hits", &hits(), &mut kind, VoiceId::FIRST, settings);
        let everybody = heard.iter().all(|voice| !voice.is_empty());
        assert!(everybody, "{name}, {interplay:?}: everybody plays");
    }
}

#[test]
fn what_keeps_to_the_players_chords_does_in_both() {
    for name in ["pop", "chorale"] {
        let mut kind = Kind::named(name);
        let whole = tests::tune::song();
        let mut notes = whole.tracks[0].notes(whole.spans());
        notes.extend(tests::tune::chords(10));
        notes.retain(|note| note.end <= 10 * 16);
        let song = song(&[(0, 4, 4)], 10 * 16, &notes);
        let usual = Settings::new(&kind.spec, VoiceId::FIRST);
        let bass = 3;
        let count = |heard: &[Vec<Played>]| heard.iter().map(Vec::len).collect::<Vec<_>>();
        // A bass in figures may rest as long as people's at the beginning of a song: another seed lets it play.
        let takes = (0..8).map(|seed| {
            [PitchFollow::Off, PitchFollow::Chords]
                .map(|pitches| check("chords", &song, &mut kind, VoiceId::FIRST, Settings { pitches, seed, ..usual }))
        });
        let heard = takes.into_iter().find(|[planned, _]| planned[bass].len() >= 8);
        let [planned, followed] = heard.unwrap_or_else(|| panic!("{name}: with none of these seeds the bass plays"));
        assert!(count(&followed)[bass] > count(&planned)[bass], "{name}: a bass is struck again");
        assert_ne!(planned[1..bass], followed[1..bass], "{name}: the others move");
    }
}

#[test]
fn a_chart_is_played_alike_in_both() {
    // Eight measures of 4/4, and then of 3/4: the host's bars are counted on.
    let whole = tests::tune::song();
    let song = song(&[(0, 4, 4), (128, 3, 4)], 128 + 8 * 12, &whole.tracks[0].notes(whole.spans()));
    for lookahead in LOOKAHEADS {
        let mut pop = Kind::named("pop").over("| Ab | Db Bbm7 | Eb7 | Ab | Fm |");
        let settings = Settings { pitches: PitchFollow::Off, ..settings(&pop, Interplay::Accompany, lookahead) };
        let heard = check("a chart", &song, &mut pop, VoiceId::FIRST, settings);
        // The bass begins each chord on its root; a rule plays the first bar of the other meter.
        let bass =
            |step: i64| heard[3].iter().rev().find(|note| note.0 <= step && step < note.1).map(|note| note.2 % 12);
        let chords = [(48, 8), (80, 8), (96, 1), (112, 3), (140, 5), (152, 8), (164, 1), (176, 3), (188, 8), (200, 5)];
        let right = chords.iter().filter(|&&(step, root)| bass(step) == Some(root)).count();
        assert!(right >= 9, "{lookahead:?}: {right} of 10 basses: {:?}", heard[3]);
    }
}

#[test]
fn what_is_foretold_and_held_is_told_alike_in_both() {
    // Four measures, five times.
    let whole = tests::tune::song();
    let phrase: Vec<_> = whole.tracks[0].notes(whole.spans()).into_iter().filter(|note| note.end <= 4 * 16).collect();
    let again = |round: u32| {
        let by = round * 4 * 16;
        phrase.iter().map(move |note| LongNote { start: note.start + by, end: note.end + by, ..*note })
    };
    let song = song(&[(0, 4, 4)], 20 * 16, &(0..5).flat_map(again).collect::<Vec<_>>());
    let mut heard = Vec::new();
    for (foretell, hold) in
        [(false, Hold::Never), (true, Hold::Never), (false, Hold::Repeats), (true, Hold::Repeats), (true, Hold::Loops)]
    {
        let harmony = HarmonyChoice { foretell, hold };
        // The chart says one chord of each round, and leaves the rest.
        let mut pop = Kind::named("pop").told(harmony).over("| Ab | ? | ? | ? |");
        let lookahead = if foretell { Lookahead::SecondNext } else { Lookahead::Next };
        let settings = Settings { harmony, ..settings(&pop, Interplay::Accompany, lookahead) };
        heard.push(check("a loop", &song, &mut pop, VoiceId::FIRST, settings));
    }
    assert!(heard[0] != heard[2] && heard[1] != heard[3] && heard[1] != heard[4], "what is held is heard");
    // In its own turns the band follows nobody.
    let harmony = HarmonyChoice { foretell: true, hold: Hold::Repeats };
    let mut pop = Kind::named("pop").told(harmony);
    let settings = Settings { harmony, turn: 2, ..settings(&pop, Interplay::Trade, Lookahead::SecondNext) };
    check("in turns", &song, &mut pop, VoiceId::FIRST, settings);
}

#[test]
fn figures_are_the_same_in_both_and_keep_the_rhythm_of_a_measure() {
    let song = tune(&"#".repeat(32));
    for (name, interplay, lookahead, figures) in [
        ("pop", Interplay::Accompany, Lookahead::SecondNext, Figures::Automatic),
        ("pop", Interplay::Trade, Lookahead::Next, Figures::Automatic),
        ("pop", Interplay::Accompany, Lookahead::SecondNext, Figures::In(Texture::Broken)),
        ("loop rule", Interplay::Accompany, Lookahead::Next, Figures::In(Texture::Rolling)),
        ("n-gram", Interplay::Solo, Lookahead::SecondNext, Figures::Automatic),
    ] {
        let mut kind = Kind::named(name);
        let mut settings = settings(&kind, interplay, lookahead);
        settings.style.figures = figures;
        check("in figures", &song, &mut kind, VoiceId::FIRST, settings);
    }
    // Over chords that are foretold and held, too.
    let harmony = HarmonyChoice { foretell: true, hold: Hold::Repeats };
    let play = |figures: Figures, seed: u64| {
        let mut pop = Kind::named("pop").told(harmony);
        let mut settings = Settings { harmony, ..settings(&pop, Interplay::Accompany, Lookahead::SecondNext) };
        (settings.style.figures, settings.seed) = (figures, seed);
        check("in figures", &song, &mut pop, VoiceId::FIRST, settings)
    };
    let rhythm = |heard: &[Vec<Played>], measure: i64| {
        let steps = heard[2].iter().map(|note| note.0 - 16 * measure).filter(|step| (0..16).contains(step));
        steps.collect::<std::collections::BTreeSet<_>>()
    };
    let kept = |heard: &[Vec<Played>]| {
        let like = |measure| {
            (0..16)
                .filter(|step| rhythm(heard, measure).contains(step) == rhythm(heard, measure + 1).contains(step))
                .count()
        };
        (3..31).map(like).sum::<usize>()
    };
    // One seed says little: of eight the figures of one keep less than what was planned.
    let of_seeds = |figures: Figures| (0..6).map(|seed| kept(&play(figures, seed))).sum::<usize>();
    let (planned, figures) = (of_seeds(Figures::Off), of_seeds(Figures::Automatic));
    assert!(figures > planned, "steps at which the chords do as a measure ago: {planned}, in figures {figures}");
}

#[test]
fn through_a_long_silence_and_back_in_every_mode() {
    // The silence outlasts the sixteen measures that the band plays on alone, and its close.
    let song = tune(&format!("{}{}{}", "#".repeat(6), ".".repeat(24), "#".repeat(6)));
    let mut pop = Kind::named("pop");
    for interplay in MODES {
        for lookahead in LOOKAHEADS {
            let settings = settings(&pop, interplay, lookahead);
            let heard = check("a silence", &song, &mut pop, VoiceId::FIRST, settings);
            let plays = |measure: i64| heard.iter().flatten().any(|note| note.0.div_euclid(16) == measure);
            let rests = (6..30).filter(|&measure| !plays(measure)).count();
            match interplay {
                Interplay::Accompany | Interplay::Solo => {
                    assert!(plays(20) && rests >= 3, "it plays on, and then rests: {rests} measures");
                }
                // The band's own turns are no silence, and where it goes on alone it does so for ever.
                Interplay::Trade | Interplay::Continue => assert!(plays(28), "{interplay:?}"),
            }
        }
    }
}

#[test]
fn through_changes_of_meter_in_every_mode() {
    let song = meters();
    for name in ["pop", "chorale"] {
        let mut kind = Kind::named(name);
        for interplay in MODES {
            for lookahead in LOOKAHEADS {
                let settings = Settings { turn: 2, ..settings(&kind, interplay, lookahead) };
                check("changes of meter", &song, &mut kind, VoiceId::FIRST, settings);
            }
        }
    }
}

#[test]
fn where_a_meter_begins_before_the_measure_is_over() {
    let whole = tests::tune::song();
    let notes = whole.tracks[0].notes(whole.spans());
    // A waltz begins after 6 sixteenths of the sixth measure, of which nothing is kept; or after 10,
    // which count as a measure.
    for cut in [6, 10] {
        let song = song(&[(0, 4, 4), (80 + cut, 3, 4)], 80 + cut + 72, &notes);
        assert!(song.spans().iter().any(|span| u32::from(span.steps) == cut), "it is cut off");
        let mut pop = Kind::named("pop");
        for lookahead in LOOKAHEADS {
            let settings = settings(&pop, Interplay::Accompany, lookahead);
            check(&format!("cut off after {cut}"), &song, &mut pop, VoiceId::FIRST, settings);
        }
    }
}

#[test]
fn with_every_kind_of_band() {
    let mut kinds: Vec<Kind> = ["pop", "chorale", "loop rule", "n-gram"].map(Kind::named).into();
    let more = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../model/bands/more");
    let files = std::fs::read_dir(more).expect("the bands that ship as files").flatten().map(|file| file.path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "safetensors")).collect();
    files.sort_unstable();
    assert!(files.len() >= 8, "{files:?}");
    kinds.extend(files.iter().map(|path| Kind::file(&path.canonicalize().expect("it is there"))));
    let song = meters();
    for kind in &mut kinds {
        let settings = settings(kind, Interplay::Accompany, Lookahead::SecondNext);
        check("changes of meter", &song, kind, VoiceId::FIRST, settings);
    }
}

#[test]
fn through_compound_meters_in_figures_as_they_fit_and_of_a_texture() {
    let song = compound();
    let mut kind = Kind::named("pop");
    for figures in [Figures::Automatic, Figures::In(Texture::BassAndChords), Figures::In(Texture::Flowing)] {
        for lookahead in LOOKAHEADS {
            let mut settings = settings(&kind, Interplay::Accompany, lookahead);
            settings.style.figures = figures;
            let heard = check("compound meters", &song, &mut kind, VoiceId::FIRST, settings);
            let chords = &heard[kind.spec.voice("Chords").expect("chords").index()];
            // Measures of 6/8: from the third, when the band has heard that the meter is another, on.
            let in_six = chords.iter().map(|note| note.0).filter(|step| (72..108).contains(step));
            let places: Vec<i64> = in_six.map(|step| step % 12).collect();
            let on = |place: i64| places.iter().filter(|&&at| at == place).count();
            let all = || [0, 2, 4, 6, 8, 10].into_iter();
            match figures {
                Figures::In(Texture::BassAndChords) => {
                    // Eighths as a waltz has them would strike on the fifth as often as on the third; people's rhythms that
                    // are played here have one in a hundred there.
                    let [lilt, straight] = [on(4) + on(6) + on(10), on(2) + on(8)];
                    assert!(lilt > 4 * straight, "{lookahead:?}: {places:?}");
                }
                Figures::In(_) => assert!(all().all(|eighth| on(eighth) > 0), "{places:?}"),
                _ => assert!(!places.is_empty()),
            }
        }
    }
}

#[test]
fn with_everything_set_otherwise_and_for_any_voice() {
    let mut choir = Kind::named("chorale");
    let alto = choir.spec.voice("Alto").expect("an alto");
    let song = tune("####....####....####");
    let usual = Settings::new(&choir.spec, alto);
    let set = Settings { listen_first: 3, play_on: 1, follow: 1.0, seed: 77, ..usual };
    check("other settings", &song, &mut choir, alto, set);
}
