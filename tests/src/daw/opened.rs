//! A take that the plugin recorded and saved, opened in Ardour: the same tracks, notes, tempos and
//! meters, whether it was saved as played or quantised.

use std::fs;

use anyhow::{Context, ensure};
use band_player::take::{TakeHandle, Timing};
use midly::{MetaMessage, Smf, TrackEventKind};
use model::TimeSignature;
use nice_plug::params::persist::PersistentField;

use super::recording::{Played, Recording};
use super::session::{Session, TICKS, attribute};
use super::studio::Studio;
use crate::display::Display;
use crate::host::Format;
use crate::stage::{MOST_FRAMES, Stage};
use crate::take::{Pace, saved_take};
use crate::timeline::{QUARTER, Timeline};
use crate::transport::Script;

const EMPTY: &str = include_str!("../../daw/empty.lua");

/// The name of the session, and of the file without its ending.
const NAME: &str = "take";

/// How many measures are played.
const MEASURES: usize = 16;

/// Ardour counts time in 282 240 000 to a second, and derives a tempo from how many of them a quarter
/// note lasts: a hundred-thousandth of a quarter a minute is far more than it rounds.
const TEMPO: f64 = 1e-5;

/// A note in ticks of Ardour's files: start, end, channel, key, velocity.
type Note = (u64, Option<u64>, u8, u8, u8);

/// What there is to find.
#[derive(Clone, Debug, PartialEq)]
struct Opened {
    /// Each track's name, its region's, and the notes.
    tracks: Vec<(String, String, Vec<Note>)>,
    /// From which quarter on which tempo holds, in quarter notes a minute.
    tempos: Vec<(u64, f64)>,
    /// From which quarter on which meter holds.
    meters: Vec<(u64, u8, u8)>,
}

/// Records a take, saves it in both ways, and lets Ardour open each. Returns whether it could be tried: not without an
/// X server.
///
/// # Errors
/// If Ardour cannot be driven, or shows another music.
pub(super) fn check(studio: &Studio) -> anyhow::Result<bool> {
    let Some(display) = Display::start(0)? else { return Ok(false) };
    let take = record()?;
    let script = super::script(&studio.out, "empty", EMPTY)?;
    let empty = Session { folder: studio.out.join("empty").join(NAME) };
    studio.run_alone(&script, &[empty.folder.as_ref(), NAME.as_ref()])?;
    for (what, timing) in [("as played", Timing::Played), ("quantised", Timing::Quantised)] {
        let folder = studio.out.join(format!("take {what}"));
        let session = empty.copy_to(&folder.join(NAME))?;
        let file = folder.join(NAME).with_extension("mid");
        take.save_all(&file, timing)?;
        studio.import(&display, &session, &file, &folder.join("ardour.log"))?;
        let expected = expected(&fs::read(&file).with_context(|| format!("could not read {}", file.display()))?)?;
        let found = found(&session)?;
        compare(&expected, &found).with_context(|| format!("a take saved {what} is another in Ardour"))?;
        let notes: usize = found.tracks.iter().map(|track| track.2.len()).sum();
        let off = |note: &&Note| !note.0.is_multiple_of(u64::from(scale(TICKS / 4)));
        let beside = found.tracks.iter().flat_map(|track| &track.2).filter(off).count();
        ensure!((beside > 0) == (timing == Timing::Played), "{beside} notes of a take {what} lie beside their steps");
        println!(
            "Ardour opened a take saved {what}: {} tracks, {notes} notes ({beside} of them beside a sixteenth), {} tempos, {} meters, all as in the file.",
            found.tracks.len(),
            found.tempos.len(),
            found.meters.len()
        );
    }
    Ok(true)
}

/// A take that the bundled plugin recorded in the small host, with swing and over changes of tempo
/// and meter, as the plugin finds it in a reopened project.
fn record() -> anyhow::Result<TakeHandle> {
    let stage = Stage::new(Format::Vst3, MEASURES, 97.0);
    let mut instance = stage.instance(true);
    instance.set("Swing", "60 %")?;
    let meter = |numerator| TimeSignature::new(numerator, 4).context("a meter");
    // A tempo within a measure, and two measures of 3/4 in the middle.
    let tempos = [(0, 618_557), (18 * QUARTER, 468_750), (38 * QUARTER, 405_405)];
    let meters = [(0, meter(4)?), (24 * QUARTER, meter(3)?), (30 * QUARTER, meter(4)?)];
    let script = Script::new(Timeline::new(&tempos, &meters), stage.rate);
    let script = script.roll(0..stage.end()).halt(i64::from(MOST_FRAMES));
    let _heard = stage.take_with(instance.as_mut(), &script, &[512], Pace::Free);
    let take = TakeHandle::default();
    take.set(saved_take(&instance.save()?)?);
    Ok(take)
}

/// What Ardour should make of a file.
fn expected(file: &[u8]) -> anyhow::Result<Opened> {
    let tracks = Recording::tracks(file)?.into_iter().enumerate();
    let tracks = tracks.filter(|(_, (_, track))| !track.notes.is_empty());
    // Ardour numbers the files of a kind, and the tracks that it makes.
    let named = |(number, (_, (name, track))): (usize, (usize, (String, Recording)))| {
        let region = format!("{NAME}.{name}-1");
        (format!("{region}-t{}", number + 1), region, notes(&track))
    };
    let tracks = tracks.enumerate().map(named).collect();
    let smf = Smf::parse(file).context("the take is no MIDI file")?;
    let quarter = Recording::parse(file)?.quarter;
    let (mut tempos, mut meters) = (Vec::new(), Vec::new());
    for track in &smf.tracks {
        let mut now = 0;
        for event in track {
            now += u64::from(event.delta.as_int());
            // Ardour 7.3 moves what it imports of a tempo map to the nearest quarter.
            let at = (now + quarter / 2) / quarter;
            match event.kind {
                TrackEventKind::Meta(MetaMessage::Tempo(micros)) => {
                    tempos.push((at, 60e6 / f64::from(micros.as_int())))
                }
                TrackEventKind::Meta(MetaMessage::TimeSignature(numerator, power, ..)) => {
                    meters.push((at, numerator, 1 << power));
                }
                _ => {}
            }
        }
    }
    Ok(Opened { tracks, tempos, meters })
}

/// What is in the session that Ardour saved.
fn found(session: &Session) -> anyhow::Result<Opened> {
    let text = session.text()?;
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let tags = |tag: &'static str| lines.iter().copied().filter(move |line| line.starts_with(tag));
    let mut tracks = Vec::new();
    for route in tags("<Route ").filter(|line| attribute(line, "default-type") == Some("midi")) {
        let name = attribute(route, "name").context("a track without a name")?;
        let playlist = attribute(route, "midi-playlist").context("a track without a playlist")?;
        let is_its = |line: &&str| line.starts_with("<Playlist ") && attribute(line, "id") == Some(playlist);
        let place = lines.iter().position(is_its).with_context(|| format!("{name} has no playlist"))?;
        let regions: Vec<&str> =
            lines[place + 1..].iter().copied().take_while(|line| line.starts_with("<Region ")).collect();
        ensure!(regions.len() == 1, "{name} has {} regions", regions.len());
        let region = regions[0];
        let of = |what| attribute(region, what).with_context(|| format!("a region of {name} has no {what}"));
        let (source, length) = (of("source-0")?, of("length")?);
        let (length, position) = length.split_once('@').with_context(|| format!("{name}: the length {length}"))?;
        ensure!((of("start")?, position) == ("b0", "b0"), "{name} does not begin at the beginning: {region}");
        let is_source = |line: &&str| attribute(line, "id") == Some(source);
        let file = tags("<Source ").find(is_source).and_then(|line| attribute(line, "name"));
        let recording = Recording::read(&session.music().join(file.with_context(|| format!("{name} has no file"))?))?;
        ensure!((recording.doubled, recording.orphans) == (0, 0), "{name}: notes that overlap, or offs without notes");
        let length: u64 =
            length.trim_start_matches('b').parse().with_context(|| format!("{name}: the length {length}"))?;
        ensure!(recording.end * u64::from(TICKS) <= length * recording.quarter, "{name}: the region cuts notes off");
        tracks.push((name.to_owned(), of("name")?.to_owned(), notes(&recording)));
    }
    let quarter = |line: &str| {
        let place = attribute(line, "quarters").and_then(|at| at.strip_suffix(":0")?.parse().ok());
        place.with_context(|| format!("Ardour put this beside a quarter: {line}"))
    };
    let number = |line: &str, what| {
        let number: Option<f64> = attribute(line, what).and_then(|number| number.parse().ok());
        number.with_context(|| format!("no {what} in {line}"))
    };
    let mut tempos: Vec<(u64, f64)> = Vec::new();
    for line in tags("<Tempo ") {
        let tempo = number(line, "npm")?;
        // At a change of meter it repeats the tempo.
        if tempos.last().is_none_or(|last| (last.1 - tempo).abs() > TEMPO) {
            tempos.push((quarter(line)?, tempo));
        }
    }
    let mut meters = Vec::new();
    for line in tags("<Meter ") {
        let part = |what| Ok::<u8, anyhow::Error>(attribute(line, what).context("a meter")?.parse()?);
        meters.push((quarter(line)?, part("divisions-per-bar")?, part("note-value")?));
    }
    Ok(Opened { tracks, tempos, meters })
}

/// Notes in the ticks of Ardour's files.
fn notes(recording: &Recording) -> Vec<Note> {
    let ticks = |ticks: u64| ticks * u64::from(scale(TICKS)) / recording.quarter;
    let of = |note: &Played| (ticks(note.start), note.end.map(ticks), note.channel, note.key, note.velocity);
    let mut notes: Vec<Note> = recording.notes.iter().map(of).collect();
    notes.sort_unstable();
    notes
}

/// Ardour's MIDI files have ten times its own ticks: 19 200 a quarter, twenty of ours each.
const fn scale(ticks: u32) -> u32 {
    10 * ticks
}

/// The first difference.
fn compare(expected: &Opened, found: &Opened) -> anyhow::Result<()> {
    let names = |opened: &Opened| -> Vec<(String, String)> {
        opened.tracks.iter().map(|track| (track.0.clone(), track.1.clone())).collect()
    };
    ensure!(names(expected) == names(found), "the tracks are {:?} instead of {:?}", names(found), names(expected));
    for (ours, theirs) in expected.tracks.iter().zip(&found.tracks) {
        let same = ours.2.iter().zip(&theirs.2).take_while(|(ours, theirs)| ours == theirs).count();
        ensure!(
            ours.2 == theirs.2,
            "{}: {} notes instead of {}; the first {same} are the same, then {:?} instead of {:?}",
            ours.0,
            theirs.2.len(),
            ours.2.len(),
            theirs.2.get(same),
            ours.2.get(same)
        );
    }
    let alike = |(ours, theirs): (&(u64, f64), &(u64, f64))| ours.0 == theirs.0 && (ours.1 - theirs.1).abs() < TEMPO;
    let tempos = expected.tempos.len() == found.tempos.len() && expected.tempos.iter().zip(&found.tempos).all(alike);
    ensure!(tempos, "the tempos are {:?} instead of {:?}", found.tempos, expected.tempos);
    ensure!(expected.meters == found.meters, "the meters are {:?} instead of {:?}", found.meters, expected.meters);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened() -> Opened {
        let note = |start, key| (start, Some(start + 100), 0, key, 90);
        Opened {
            tracks: vec![
                ("take.You-1-t1".into(), "take.You-1".into(), vec![note(0, 60), note(4800, 62)]),
                ("take.Bass-1-t2".into(), "take.Bass-1".into(), vec![note(0, 40)]),
            ],
            tempos: vec![(0, 97.0), (18, 128.0)],
            meters: vec![(0, 4, 4), (24, 3, 4)],
        }
    }

    #[test]
    fn every_difference_is_found() {
        compare(&opened(), &opened()).expect("the same");
        let refused = |change: fn(&mut Opened), reason: &str| {
            let mut other = opened();
            change(&mut other);
            let error = compare(&opened(), &other).expect_err("a difference is found");
            assert!(error.to_string().contains(reason), "{error}");
        };
        refused(|other| drop(other.tracks.pop()), "the tracks are");
        refused(|other| other.tracks[1].0.push('x'), "the tracks are");
        refused(|other| other.tracks[0].2.truncate(1), "1 notes instead of 2");
        refused(|other| other.tracks[0].2[1].0 += 1, "the first 1 are the same");
        refused(|other| other.tracks[1].2[0].1 = None, "the first 0 are the same");
        refused(|other| other.tempos[1].0 = 19, "the tempos are");
        refused(|other| other.tempos[1].1 += 0.001, "the tempos are");
        refused(|other| other.meters.truncate(1), "the meters are");
    }

    #[test]
    fn a_file_s_tempos_are_expected_at_the_nearest_quarter() {
        let events = [
            [0, 0xff, 0x51, 3, 7, 0xa1, 0x20].as_slice(),
            &[0, 0xff, 0x58, 4, 3, 2, 24, 8],
            // 0x84 0x07: 519 ticks of 480 a quarter.
            &[0x84, 7, 0xff, 0x51, 3, 6, 0x1a, 0x80, 0, 0x91, 62, 80, 7, 0x81, 62, 0, 0, 0xff, 0x2f, 0],
        ]
        .concat();
        let length = u32::try_from(events.len()).expect("a short file").to_be_bytes();
        let file = [b"MThd\0\0\0\x06\0\0\0\x01\x01\xe0MTrk", length.as_slice(), &events].concat();
        let opened = expected(&file).expect("a file");
        assert_eq!((opened.tempos, opened.meters), (vec![(0, 120.0), (1, 150.0)], vec![(0, 3, 4)]));
        // 519 and 526 ticks of 480, in 19 200ths.
        assert_eq!(opened.tracks[0].2, [(20_760, Some(21_040), 1, 62, 80)]);
    }
}
