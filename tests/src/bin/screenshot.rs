//! `cargo xtask screenshot`: pictures of the editor in a real run of the demo tune, and of the
//! moments made up for the tests.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use tests::editor::{scenes, shots};
use tests::jam;

/// Where the pictures go.
#[derive(Parser)]
struct Options {
    /// The folder for the pictures.
    #[arg(long, default_value = "target/screenshots")]
    out: PathBuf,
    /// Draw the moments made up for the tests instead, as `cargo xtask test` compares them.
    #[arg(long)]
    scenes: bool,
}

fn run(options: &Options) -> anyhow::Result<()> {
    if options.scenes {
        std::fs::create_dir_all(&options.out)?;
        for scene in scenes::all() {
            let path = options.out.join(format!("{}.png", scene.name));
            scene.picture().save(&path)?;
            println!("{}", path.display());
        }
        return Ok(());
    }
    let plan = <jam::Options as Parser>::parse_from(["jam"]).plan()?;
    for path in shots::run(&plan, &options.out)? {
        println!("{}", path.display());
    }
    Ok(())
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
