//! `cargo xtask gpu`: trainings on a GPU, beside the same on the processor.

use std::ffi::OsString;
use std::process::{ExitCode, Stdio};

use crate::{Outcome, cargo};

/// What shows whether there is a device.
const PROBE: &str = "gpu::there_is_a_device";

/// Builds the training for GPUs and trains a few batches there. Where there is no device, software or not, this is
/// skipped, unless it is required.
pub(crate) fn run(arguments: &[OsString]) -> Outcome {
    let required = match arguments {
        [] => false,
        [only] if only == "--require" => true,
        _ => {
            eprintln!("`cargo xtask gpu` takes one option: --require.");
            return Ok(ExitCode::from(2));
        }
    };
    let test = |rest: &[&str]| {
        let command = ["test", "--release", "--package", "model", "--features", "wgpu", "--test", "training"];
        cargo::cargo(&[&command, rest].concat())
    };
    cargo::check(test(&["--no-run"])?)?;
    let mut probe = test(&["--", "--exact", PROBE])?;
    if !probe.stdout(Stdio::null()).stderr(Stdio::null()).status()?.success() {
        let line = "nothing was trained on a GPU: `wgpu` finds none; on Debian, `apt-get install \
                    --no-install-recommends mesa-vulkan-drivers` brings one in software";
        anyhow::ensure!(!required, "{line}");
        println!("Skipped: {line}.");
        return Ok(ExitCode::SUCCESS);
    }
    cargo::check(test(&["--", "--nocapture", "gpu::"])?)?;
    Ok(ExitCode::SUCCESS)
}
