//! A band file of the user's own, loaded while the plugin plays; and what becomes of the music when
//! that file disappears, or is not what it was.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use model::systems::band_file::Band;
use tests::checker::Checker;
use tests::host::{Format, Instance};
use tests::setup::Source;
use tests::stage::{Stage, music};
use tests::take::{Pace, Playing, Take};

/// A file of one test alone, with the choir in it; removed when it is dropped.
struct BandFile(PathBuf);

impl BandFile {
    fn new(name: &str, format: Format) -> Self {
        let path = std::env::temp_dir().join(format!("{name}-{format}-{}.safetensors", std::process::id()));
        let file = Self(path);
        file.write(Self::whole());
        file
    }

    fn whole() -> &'static [u8] {
        Band::embedded("chorale").expect("it ships")
    }

    fn write(&self, bytes: &[u8]) {
        std::fs::write(&self.0, bytes).expect("a file");
    }
}

impl Drop for BandFile {
    fn drop(&mut self) {
        let _removed = std::fs::remove_file(&self.0);
    }
}

/// Waits until the worker has refused so many bands in all.
fn refused(instance: &dyn Instance, count: u32) {
    let start = Instant::now();
    while instance.status().expect("a status").figures.refused_bands < count {
        assert!(start.elapsed() < Duration::from_secs(20), "band {count} is not refused");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_band_file_is_loaded_while_the_plugin_runs() {
    for format in Format::ALL {
        let file = BandFile::new("loaded", format);
        let mut stage = Stage::new(format, 8, 120.0);
        let script = stage.straight();
        let mut instance = stage.instance(true);
        let pop = stage.take_with(instance.as_mut(), &script, &[512], Pace::Free);
        // What cannot be loaded leaves the band as it was.
        instance.load_band(&file.0.with_extension("missing")).expect("a state all the same");
        let still = stage.take_with(instance.as_mut(), &script, &[512], Pace::Free);
        assert_eq!(music(&still), music(&pop));
        refused(instance.as_ref(), 1);
        instance.load_band(&file.0).expect("a state");
        let own = stage.take_with(instance.as_mut(), &script, &[512], Pace::Free);
        stage.setup.band = Source::Embedded("chorale".into());
        let shipped = stage.take(&script, &[512]);
        assert!(own.verdict.is_clean(), "{:?}", own.verdict);
        assert_eq!(music(&own), music(&shipped));
        assert_ne!(music(&own), music(&pop));
    }
}

/// Plays the whole tune with the band in this file; at the start of every second measure, `change` does something to
/// the file, and the path is given to the plugin again.
fn play(stage: &Stage, file: &BandFile, live: bool, changes: &[&dyn Fn(&BandFile)]) -> (Take, Box<dyn Instance>) {
    let mut instance = stage.instance(!live);
    let script = stage.straight();
    let clip = stage.clip();
    let pace = if live { Pace::Answered } else { Pace::Free };
    let playing = Playing { script: &script, clip: &clip, sizes: &[512], pace, thru: false };
    let end = script.start(script.moves.len() - 1);
    let every = end / i64::try_from(changes.len() + 2).expect("few");
    let mut done = 0;
    let change = |now: i64, instance: &mut dyn Instance, _: &mut Checker| {
        if done < changes.len() && now > every * i64::try_from(done + 2).expect("few") {
            changes[done](file);
            done += 1;
            instance.load_band(&file.0)?;
            refused(instance, u32::try_from(done).expect("few"));
        }
        Ok(())
    };
    let take = playing.play_with(instance.as_mut(), change, |_| ()).expect("the plugin plays");
    assert_eq!(done, changes.len(), "all happened");
    (take, instance)
}

#[test]
fn the_music_goes_on_when_the_file_disappears_or_is_replaced_by_garbage() {
    for format in Format::ALL {
        let file = BandFile::new("gone", format);
        let mut stage = Stage::new(format, 16, 160.0);
        stage.setup.band = Source::File(file.0.clone());
        let (undisturbed, _) = play(&stage, &file, false, &[]);
        assert!(undisturbed.notes.len() > 50, "the choir sings: {} notes", undisturbed.notes.len());
        let changes: [&dyn Fn(&BandFile); 5] = [
            &|file| std::fs::remove_file(&file.0).expect("removed"),
            &|file| file.write(b"garbage"),
            &|file| file.write(&BandFile::whole()[..BandFile::whole().len() / 2]),
            &|file| file.write(&[&BandFile::whole()[..4000], &[0xff; 64], &BandFile::whole()[4064..]].concat()),
            &|file| file.write(b""),
        ];
        for live in [false, true] {
            file.write(BandFile::whole());
            let (take, mut instance) = play(&stage, &file, live, &changes);
            assert!(take.verdict.is_clean(), "{format}: {:?}", take.verdict);
            assert_eq!(take.notes, undisturbed.notes, "{format}, live: {live}: the loaded band goes on");
            let status = instance.status().expect("a status");
            assert_eq!(
                (status.figures.refused_bands, status.figures.missed, status.figures.panics),
                (5, 0, 0),
                "each is counted"
            );
            // The file is whole again, and the path is given once more. (Offline: a live host may begin before the
            // worker has looked.)
            if !live {
                file.write(BandFile::whole());
                instance.load_band(&file.0).expect("a state");
                let again = stage.take_with(instance.as_mut(), &stage.straight(), &[512], Pace::Free);
                assert_eq!(music(&again), music(&undisturbed), "{format}");
                assert_eq!(instance.status().expect("a status").figures.refused_bands, 5);
            }
        }
    }
}
