//! `bandplayer compare`: all bands and the simple rules, measured side by side. Nothing is trained.

mod bench;
mod drums;
mod papers;
mod row;
mod table;

use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::{Context, Result};
use model::BandSpec;
use model::systems::band_file::Band;

use crate::bad_input::BadInput;
use crate::playing::say;
use crate::printing::warn;
use crate::{bands, files};
use bench::Bench;
use table::Table;

/// Measures bands and simple rules side by side on the test pieces of these sets. Trains nothing.
///
/// Rules that count (unigram, n-grams) count the set's folder `train`, if there is one.
#[derive(Debug, clap::Args)]
pub(crate) struct CompareArgs {
    /// A folder with the folders `train` and `test`. Give it several times for several sets.
    #[arg(long, required = true)]
    data: Vec<PathBuf>,
    /// The pieces to measure on.
    #[arg(long, default_value = "test")]
    split: String,
    /// The voice that the user plays in the jam [default: the band's first; if a system of one voice plays that, the
    /// last].
    #[arg(long)]
    user: Option<String>,
    /// Measure on the first so many pieces of each set only.
    #[arg(long, value_name = "PIECES", value_parser = clap::value_parser!(u32).range(1..))]
    most: Option<u32>,
    /// A folder for compare.md, compare.csv, chords.csv, drums.csv and a picture of each set.
    #[arg(long, value_name = "DIR")]
    out_dir: Option<PathBuf>,
    /// Band files, folders of band files, pop or chorale [default: pop and chorale].
    #[arg(value_name = "BAND")]
    bands: Vec<PathBuf>,
}

/// A band, and what its file is called and how large it is.
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) bytes: usize,
    pub(crate) band: Band,
}

/// Measures, prints, writes.
pub(crate) fn run(args: &CompareArgs) -> Result<()> {
    let bands = all(&args.bands)?;
    if let Some(folder) = &args.out_dir {
        files::folder(folder)?;
    }
    let most = args.most.and_then(|most| usize::try_from(most).ok());
    let mut tables = Vec::new();
    for data in &args.data {
        // Bands of the same voices share what was read.
        let mut read: Vec<(&BandSpec, Option<Rc<Bench>>)> = Vec::new();
        let mut fitting: Vec<(&Named, Rc<Bench>)> = Vec::new();
        for named in &bands {
            let spec = named.band.spec();
            let bench = match read.iter().find(|(other, _)| *other == spec) {
                Some((_, bench)) => bench.clone(),
                None => {
                    let bench = Bench::new(data, &args.split, most, spec)?.map(Rc::new);
                    read.push((spec, bench.clone()));
                    bench
                }
            };
            fitting.extend(bench.map(|bench| (named, bench)));
        }
        for named in bands.iter().filter(|named| !fitting.iter().any(|(other, _)| other.name == named.name)) {
            warn(format_args!("{}: no piece of {} has its voices", named.name, data.display()));
        }
        let Some((_, first)) = fitting.first() else {
            return Err(BadInput::error(format!("no band has the voices of {}", data.display())));
        };
        let (set, band, size) = (set_name(data, &args.split), first.spec.name.clone(), first.size());
        let rows = bench::measure(&fitting, args.user.as_deref())?;
        let loops = bench::loops(&fitting, args.user.as_deref())?;
        let chords = first.chords(&bands, args.user.as_deref())?;
        let drums = drums::measure(first)?;
        tables.push(Table { set, band, size, rows, chords, loops, drums });
    }
    let text: String = tables.iter().map(Table::markdown).collect();
    say(text.trim_end());
    if let Some(folder) = &args.out_dir {
        files::save(&folder.join("compare.md"), text)?;
        files::save(&folder.join("compare.csv"), Table::csv(&tables)?)?;
        files::save(&folder.join("chords.csv"), Table::chords_csv(&tables)?)?;
        files::save(&folder.join("drums.csv"), Table::drums_csv(&tables)?)?;
        for table in &tables {
            let stem = table.set.replace(['/', ' '], "-");
            let picture = table.picture();
            files::save(&folder.join(format!("compare-{stem}.svg")), picture.to_svg())?;
            files::save(&folder.join(format!("compare-{stem}.png")), picture.to_png()?)?;
        }
        say(format_args!("written to {}", folder.display()));
    }
    Ok(())
}

/// The last part of the path alone, so that the table is the same wherever the set lies.
fn set_name(data: &Path, split: &str) -> String {
    format!("{} {split}", data.file_name().unwrap_or(data.as_os_str()).to_string_lossy())
}

/// The bands of these files and folders, in the order of their names.
fn all(given: &[PathBuf]) -> Result<Vec<Named>> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for path in given {
        if path.is_dir() {
            let entries = std::fs::read_dir(path).with_context(|| format!("cannot list {}", path.display()))?;
            let inside = entries.map(|entry| entry.map(|entry| entry.path())).collect::<std::io::Result<Vec<_>>>();
            let mut inside = inside.with_context(|| format!("cannot list {}", path.display()))?;
            inside.retain(|path| path.extension().is_some_and(|extension| extension == "safetensors"));
            inside.sort();
            paths.extend(inside);
        } else {
            paths.push(path.clone());
        }
    }
    if given.is_empty() {
        paths = vec!["pop".into(), "chorale".into()];
    }
    if paths.is_empty() {
        return Err(BadInput::error("there is no band file in these folders"));
    }
    paths
        .iter()
        .map(|path| {
            let text = path.to_string_lossy();
            let band = bands::trained(&text)?;
            let bytes = match Band::embedded(&text) {
                Some(bytes) => bytes.len(),
                None => usize::try_from(std::fs::metadata(path)?.len()).unwrap_or(usize::MAX),
            };
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            Ok(Named { name, bytes, band })
        })
        .collect()
}
