//! Whose music the bands learnt from: whoever shared theirs wants to be named where it is used.

use std::path::Path;

use model::systems::band_file::{BandFileError, BandInfo};

use super::sheet::Sheet;

/// What was trained, and on what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learnt {
    /// Its name.
    pub(super) name: String,
    /// A line for each set, or why there is none.
    pub(super) from: Vec<String>,
}

impl Learnt {
    fn new(name: &str, info: Result<&BandInfo, &BandFileError>) -> Self {
        let from = match info {
            Ok(info) if info.training_sets.is_empty() => vec!["Its file does not say on what it was trained.".into()],
            Ok(info) => {
                info.training_sets.iter().map(|set| format!("{}: {}; {}", set.name, set.credit, set.licence)).collect()
            }
            Err(error) => vec![error.to_string()],
        };
        Self { name: name.to_owned(), from }
    }

    /// All that is inside, and the band from the user's own file, if that plays.
    pub(super) fn all(sheet: &Sheet) -> Vec<Self> {
        let mut learnt: Vec<Self> = match BandInfo::inside() {
            Ok(inside) => inside.iter().map(|(name, info)| Self::new(name, Ok(info))).collect(),
            Err(error) => vec![Self::new("The bands inside", Err(&error))],
        };
        if sheet.has_own_band() && !sheet.band_file.is_empty() {
            let file = Path::new(&sheet.band_file);
            let name = file.file_stem().unwrap_or(file.as_os_str()).to_string_lossy();
            learnt.push(Self::new(&name, BandInfo::load(file).as_ref()));
        }
        learnt
    }
}
