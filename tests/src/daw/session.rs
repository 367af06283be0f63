//! Ardour's session file: what its Lua cannot do without a window is written into the XML.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use data_encoding::BASE64;
use midly::{Format, Smf};
use model::midi_file::Song;

use crate::jack::RATE;

/// Ardour's ticks in a quarter note.
pub(super) const TICKS: u32 = 1920;

/// Ardour's finer clock, in a second: what it saves places in that are no beats.
const CLOCKS: f64 = 282_240_000.0;

/// Ardour's ticks in a measure of 4/4.
const MEASURE: usize = 4 * TICKS as usize;

/// Numbers of our own objects, far above those that Ardour gives in so short a life.
const OURS: u32 = 900_000;

/// A session on disk.
#[derive(Clone, Debug)]
pub(super) struct Session {
    /// Its folder, which has the session's name.
    pub(super) folder: PathBuf,
}

/// A file that Ardour recorded.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Recorded {
    pub(super) file: PathBuf,
    /// The sample since the session's beginning at which it begins.
    pub(super) sample: f64,
}

impl Session {
    /// Its name: its folder's, so that its music lies where the session file says.
    pub(super) fn name(&self) -> String {
        self.folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    fn file(&self) -> PathBuf {
        self.folder.join(self.name()).with_extension("ardour")
    }

    /// Where its MIDI files lie.
    pub(super) fn music(&self) -> PathBuf {
        self.folder.join("interchange").join(self.name()).join("midifiles")
    }

    /// Lays the song's first track from the beginning on the track "Me", and a loop over these
    /// quarters (from, to; counted from 0).
    ///
    /// # Errors
    /// If a file cannot be written, or the session is not as Ardour 7 writes it.
    pub(super) fn lay(&self, song: &Song, loop_range: (usize, usize)) -> anyhow::Result<()> {
        fs::create_dir_all(self.music()).with_context(|| format!("could not make {}", self.music().display()))?;
        let tune = self.music().join("Tune.mid");
        fs::write(&tune, single_track(song)?).with_context(|| format!("could not write {}", tune.display()))?;
        let text = self.text()?;
        let text = with_tune(&text, song.len()).and_then(|text| with_loop(&text, loop_range));
        let text = text.with_context(|| format!("{} is not as Ardour 7 writes it", self.file().display()))?;
        fs::write(self.file(), text).with_context(|| format!("could not write {}", self.file().display()))
    }

    /// Gives the plugin this chart, as its window would have saved it with the project.
    ///
    /// # Errors
    /// If the session cannot be read or written, or has no state of the plugin.
    pub(super) fn chart(&self, chart: &str) -> anyhow::Result<()> {
        let text = self.text()?;
        let text =
            with_chart(&text, chart).with_context(|| format!("{} has no state of ours", self.file().display()))?;
        fs::write(self.file(), text).with_context(|| format!("could not write {}", self.file().display()))
    }

    /// What was recorded for the track "Band", the oldest first.
    ///
    /// # Errors
    /// If the session cannot be read.
    pub(super) fn recorded(&self) -> anyhow::Result<Vec<Recorded>> {
        let found = recorded(&self.text()?);
        Ok(found.into_iter().map(|(name, sample)| Recorded { file: self.music().join(name), sample }).collect())
    }

    /// Puts the session as it is now into another folder of the same name.
    ///
    /// # Errors
    /// If that cannot be written.
    pub(super) fn copy_to(&self, folder: &Path) -> anyhow::Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(folder).with_context(|| format!("could not replace {}", folder.display()))?;
        }
        copy(&self.folder, folder)?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// The session file's text.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(super) fn text(&self) -> anyhow::Result<String> {
        fs::read_to_string(self.file()).with_context(|| format!("could not read {}", self.file().display()))
    }
}

/// The song's notes as a file of one track: Ardour's sources are single tracks.
fn single_track(song: &Song) -> anyhow::Result<Vec<u8>> {
    let bytes = song.to_bytes();
    let mut smf = Smf::parse(&bytes).context("the tune is no MIDI file")?;
    smf.header.format = Format::SingleTrack;
    let notes = smf.tracks.pop().context("the tune has no track")?;
    smf.tracks = vec![notes];
    let mut out = Vec::new();
    smf.write_std(&mut out).context("the tune could not be written")?;
    Ok(out)
}

/// The session with the file `Tune.mid` on the track "Me"; `None` where its place is not found.
fn with_tune(session: &str, measures: usize) -> Option<String> {
    let (source, region) = (OURS + 1, OURS + 2);
    let source_tag =
        format!(r#"<Source name="Tune.mid" take-id="" type="midi" flags="" id="{source}" natural-position="b0"/>"#);
    let region_tag = format!(
        r#"<Region name="Tune" id="{region}" type="midi" opaque="1" start="b0" length="b{}@b0" sync-position="b0" ancestral-start="b0" ancestral-length="b0@b0" stretch="1" shift="1" layering-index="0" first-edit="nothing" source-0="{source}" master-source-0="{source}" channels="1"/>"#,
        measures * MEASURE
    );
    let session = fill(session, "<Sources/>", "Sources", &source_tag)?;
    let playlist = session
        .lines()
        .map(str::trim)
        .find(|line| line.starts_with("<Playlist ") && attribute(line, "name") == Some("Me"))?;
    let open = playlist.strip_suffix("/>")?;
    Some(session.replacen(playlist, &format!("{open}>{region_tag}</Playlist>"), 1))
}

/// The session with a loop over these quarters.
fn with_loop(session: &str, (from, to): (usize, usize)) -> Option<String> {
    let quarter = TICKS as usize;
    let (start, end) = (from * quarter, to * quarter);
    let id = OURS + 3;
    let location = format!(
        r#"<Location id="{id}" name="Loop" start="b{start}" end="b{end}" flags="IsAutoLoop" locked="0" timestamp="0"/>"#
    );
    fill(session, "<Locations/>", "Locations", &location)
}

/// The session whose plugin has this chart; `None` where it has no state of the plugin, or one in another form.
fn with_chart(session: &str, chart: &str) -> Option<String> {
    let (before, rest) = session.split_once("<chunk>")?;
    let (chunk, after) = rest.split_once("</chunk>")?;
    let preset = preset_with_chart(&BASE64.decode(chunk.trim().as_bytes()).ok()?, chart)?;
    Some(format!("{before}<chunk>{}</chunk>{after}", BASE64.encode(&preset)))
}

/// A VST3 preset whose component has this chart. As Steinberg lays it out: "VST3", a version, 32 letters of the class, where
/// the list is; the component's state, here alone; the list of what is where.
fn preset_with_chart(preset: &[u8], chart: &str) -> Option<Vec<u8>> {
    const HEADER: usize = 40;
    let number = |at: usize| {
        let bytes = preset.get(at..at + 8)?.first_chunk()?;
        usize::try_from(u64::from_le_bytes(*bytes)).ok()
    };
    let list = preset.get(number(HEADER)?..)?.strip_prefix(b"List")?;
    let component = list.get(4..)?.chunks_exact(20).find(|entry| entry.starts_with(b"Comp"))?;
    let (from, size) = component[4..].split_first_chunk::<8>()?;
    let [from, size] = [*from, *size.first_chunk()?].map(|bytes| usize::try_from(u64::from_le_bytes(bytes)).ok());
    let json = preset.get(from?..)?.get(..size?)?;
    // The CLAP's state is the same, behind its length.
    let state = band_player::state::with_chart(&[&[0; 8], json].concat(), chart)?;
    let state = state.get(8..)?;
    let (start, length) = (HEADER as u64 + 8, state.len() as u64);
    let mut out = preset.get(..HEADER)?.to_vec();
    out.extend((start + length).to_le_bytes());
    out.extend(state);
    out.extend(b"List");
    out.extend(1_u32.to_le_bytes());
    out.extend(b"Comp");
    out.extend([start, length].map(u64::to_le_bytes).as_flattened());
    Some(out)
}

/// Puts an element into one that is empty so far.
fn fill(text: &str, empty: &str, name: &str, element: &str) -> Option<String> {
    text.contains(empty).then(|| text.replacen(empty, &format!("<{name}>{element}</{name}>"), 1))
}

/// The names of the files recorded for the track "Band", the oldest first, and the sample at which each
/// begins.
fn recorded(session: &str) -> Vec<(String, f64)> {
    let sources = session.lines().map(str::trim).filter(|line| line.starts_with("<Source "));
    let mut found: Vec<(u64, String, f64)> = sources
        .filter(|line| attribute(line, "captured-for") == Some("Band"))
        .filter_map(|line| {
            let place: f64 = attribute(line, "natural-position")?.strip_prefix('a')?.parse().ok()?;
            let id = attribute(line, "id")?.parse().ok()?;
            Some((id, attribute(line, "name")?.to_owned(), place / CLOCKS * f64::from(RATE)))
        })
        .collect();
    found.sort_by_key(|found| found.0);
    found.into_iter().map(|(_, name, sample)| (name, sample)).collect()
}

/// An attribute of an element that stands on a line of its own.
pub(super) fn attribute<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to).with_context(|| format!("could not make {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("could not read {}", from.display()))? {
        let entry = entry.with_context(|| format!("could not read {}", from.display()))?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target).with_context(|| format!("could not write {}", target.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tune;

    const EMPTY: &str = r#"<Session>
  <Sources/>
  <Locations/>
  <Playlists>
    <Playlist id="1" name="Band" type="midi"/>
    <Playlist id="2" name="Me" type="midi"/>
  </Playlists>
</Session>"#;

    #[test]
    fn the_tune_lies_on_my_track_and_the_loop_over_its_measures() {
        let text = with_tune(EMPTY, 2).and_then(|text| with_loop(&text, (4, 8))).expect("Ardour's session");
        assert!(text.contains(r#"name="Me" type="midi"><Region name="Tune""#), "{text}");
        assert!(text.contains(r#"length="b15360@b0""#), "{text}");
        assert!(text.contains(r#"start="b7680" end="b15360" flags="IsAutoLoop""#), "{text}");
    }

    #[test]
    fn a_session_of_another_kind_is_left_alone() {
        assert_eq!(with_tune("<Session/>", 2), None);
        assert_eq!(with_loop("<Session/>", (0, 1)), None);
    }

    #[test]
    fn recordings_are_found_in_their_order() {
        let session = r#"
            <Source name="b.mid" id="12" natural-position="a5880" captured-for="Band" origin=""/>
            <Source name="Tune.mid" id="1"/>
            <Source name="a.mid" id="7" natural-position="a0" captured-for="Band" origin=""/>"#;
        assert_eq!(recorded(session), [("a.mid".to_owned(), 0.0), ("b.mid".to_owned(), 1.0)]);
    }

    #[test]
    fn the_tune_becomes_one_track_with_all_its_notes() {
        let song = tune::song();
        let single = Song::parse(&single_track(&song).expect("a file")).expect("a song");
        assert_eq!(single.tracks.len(), 1);
        assert_eq!(single.tracks[0].notes(single.spans()), song.tracks[0].notes(song.spans()));
    }

    #[test]
    fn the_plugins_state_gets_a_chart_and_keeps_all_else() {
        let json = br#"{"version":"0.1.0","params":{"seed":{"i32":7}},"fields":{"chart":"\"\""}}"#;
        let mut preset = b"VST3\x01\0\0\x0042616E64506C617965724D6964694678".to_vec();
        let (from, size) = (48_u64, json.len() as u64);
        preset.extend((from + size).to_le_bytes());
        preset.extend(json);
        preset.extend(b"List\x02\0\0\0Comp");
        preset.extend([from, size].map(u64::to_le_bytes).as_flattened());
        preset.extend(b"Cont");
        preset.extend([from + size, 0].map(u64::to_le_bytes).as_flattened());
        let session = format!("<vst3>\n<chunk>{}</chunk>\n</vst3>", BASE64.encode(&preset));
        let given = with_chart(&session, "loop\n| F7 |").expect("a state");
        let chunk = given.split_once("<chunk>").and_then(|(_, rest)| rest.split_once("</chunk>")).expect("a chunk").0;
        let bytes = BASE64.decode(chunk.as_bytes()).expect("a preset");
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.contains("| F7 |") && text.contains(r#""seed":{"i32":7}"#), "{text}");
        // It is a preset again: another chart takes the first one's place.
        let again = preset_with_chart(&bytes, "| C |").expect("a preset");
        assert!(!String::from_utf8_lossy(&again).contains("F7"), "{again:?}");
        assert_eq!(with_chart("<vst3/>", "| C |"), None);
        assert_eq!(with_chart("<chunk>AAAA</chunk>", "| C |"), None);
    }
}
