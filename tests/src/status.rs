//! Asking the plugin's library how its instances fare.

use std::path::Path;

use anyhow::{Context, bail};
use band_player::status::{StatusReport, TIMES};
use libloading::{Library, Symbol};

/// The library's function [`band_player::status::band_player_status`].
type Ask = unsafe extern "C" fn(u32, *mut StatusReport) -> bool;

/// Asks the library that was loaded from this file how its instance with this number fares
/// (from 0, in the order in which the process made them).
///
/// # Errors
/// If the library is not Band Player, or there is no such instance.
pub fn ask(library: &Path, instance: u32) -> anyhow::Result<StatusReport> {
    let mut report = StatusReport::default();
    // SAFETY: the host has loaded this library before, so that this runs no code of its own but
    // finds it again; the function has this type in every version of the plugin that has it.
    #[expect(unsafe_code, reason = "calling a C function")]
    let found = unsafe {
        let library = Library::new(library).with_context(|| format!("could not load {}", library.display()))?;
        let ask: Symbol<'_, Ask> = library.get(b"band_player_status\0").context("this plugin is not Band Player")?;
        ask(instance, &raw mut report)
    };
    if !found {
        bail!("the plugin knows of no instance {instance}");
    }
    Ok(report)
}

/// How long the last predictions took, in milliseconds.
#[must_use]
pub fn prediction_ms(report: &StatusReport) -> Vec<f64> {
    let count = TIMES.min(report.figures.predictions as usize);
    report.micros[..count].iter().map(|&micros| f64::from(micros) / 1e3).collect()
}
