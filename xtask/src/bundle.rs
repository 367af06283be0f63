//! `cargo xtask bundle`: the plugin in the forms that hosts look for.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, bail};

use crate::{Outcome, cargo, place};

const PACKAGE: &str = "band-player";
const IDENTIFIER: &str = "org.band-player.band-player";
/// Part of every library with a window, and of no other.
const DRAWS: &[u8] = b"egui";

/// The bundles, as hosts see them: a file or a folder each.
pub(crate) struct Bundles {
    /// `Band Player.clap`.
    pub(crate) clap: PathBuf,
    /// `Band Player.vst3`.
    pub(crate) vst3: PathBuf,
}

impl Bundles {
    /// As they are called in this folder, whether they are there or not.
    ///
    /// # Errors
    /// If it is not known how the plugin is called.
    pub(crate) fn within(folder: &Path) -> anyhow::Result<Self> {
        let name = name()?;
        Ok(Self { clap: folder.join(format!("{name}.clap")), vst3: folder.join(format!("{name}.vst3")) })
    }

    /// The file of the CLAP that a host loads.
    ///
    /// # Errors
    /// If it is not known how the plugin is called.
    pub(crate) fn clap_library(&self) -> anyhow::Result<PathBuf> {
        Ok(clap_library(&self.clap, &name()?))
    }

    /// The file of the VST3 that a host loads.
    ///
    /// # Errors
    /// If VST3 has no folder for this system.
    pub(crate) fn vst3_library(&self) -> anyhow::Result<PathBuf> {
        Ok(self.vst3.join("Contents").join(vst3_folder()?).join(vst3_library(&name()?)))
    }
}

/// Builds, bundles, and says where the bundles lie.
pub(crate) fn run() -> Outcome {
    let bundles = make()?;
    println!("{}\n{}", bundles.clap.display(), bundles.vst3.display());
    Ok(ExitCode::SUCCESS)
}

/// Builds the plugin and puts the bundles into `target/bundled`, and beside them the bands that ship as files.
///
/// The plugin is built without the training stack: in a build of the whole workspace cargo would unify features,
/// and the nets would bring their own threads into the host.
///
/// # Errors
/// If it does not compile or a file cannot be written.
pub(crate) fn make() -> anyhow::Result<Bundles> {
    build_with_window(|| cargo::cargo(&["build", "--release", "--package", PACKAGE, "--lib"]))?;
    put_together(&bundled()?)
}

/// As [`make`], and builds a program of the small host, which it gives. One run of cargo for both: no core waits
/// while the plugin is linked.
///
/// # Errors
/// As [`make`].
pub(crate) fn make_with(program: &str) -> anyhow::Result<PathBuf> {
    build_with_window(|| plugin_and(program))?;
    put_together(&bundled()?)?;
    cargo::built(program)
}

/// As [`make_with`], without the plugin's window, a third of what is compiled: for whoever waits for a first jam. The
/// bundles lie in a folder of their own, which is given too: none of them is for a DAW.
///
/// # Errors
/// As [`make`].
pub(crate) fn make_windowless_with(program: &str) -> anyhow::Result<(PathBuf, PathBuf)> {
    let mut command = plugin_and(program)?;
    command.arg("--no-default-features");
    cargo::check(command)?;
    let folder = place::target()?.join("windowless");
    put_together(&folder)?;
    Ok((cargo::built(program)?, folder))
}

/// Whether the bundles were made here before.
///
/// # Errors
/// If it is not known where or how they are called.
pub(crate) fn made_before() -> anyhow::Result<bool> {
    Ok(Bundles::within(&bundled()?)?.clap.exists())
}

fn plugin_and(program: &str) -> anyhow::Result<Command> {
    let mut command = cargo::cargo(&["build", "--release", "--lib", "--bin", program])?;
    command.args(["--package", PACKAGE, "--package", "tests"]);
    Ok(command)
}

/// Builds the plugin by this command. Cargo gives libraries of one name one file, whatever their features, and takes
/// the windowless one for the other's: that is thrown away, and built anew.
fn build_with_window(command: impl Fn() -> anyhow::Result<Command>) -> anyhow::Result<()> {
    cargo::check(command()?)?;
    if has_window(&built_library()?)? {
        return Ok(());
    }
    cargo::check(cargo::cargo(&["clean", "--release", "--package", PACKAGE])?)?;
    cargo::check(command()?)
}

/// Whether a library draws: places in its source stand in whatever may panic.
fn has_window(library: &Path) -> anyhow::Result<bool> {
    let bytes = fs::read(library).with_context(|| format!("could not read {}", library.display()))?;
    Ok(bytes.windows(DRAWS.len()).any(|part| part == DRAWS))
}

/// Where cargo puts the plugin.
fn built_library() -> anyhow::Result<PathBuf> {
    Ok(place::target()?.join("release").join(library_name()))
}

/// Where `cargo xtask bundle` puts its bundles.
fn bundled() -> anyhow::Result<PathBuf> {
    Ok(place::target()?.join("bundled"))
}

/// Copies what was built into bundles in this folder.
fn put_together(folder: &Path) -> anyhow::Result<Bundles> {
    let library = built_library()?;
    let name = name()?;
    let bundles = Bundles::within(folder)?;
    copy(&library, &bundles.clap_library()?)?;
    copy(&library, &bundles.vst3_library()?)?;
    for band in bands()? {
        copy(&band, &folder.join("bands").join(band.file_name().context("a band file has a name")?))?;
    }
    if cfg!(target_os = "macos") {
        for bundle in [&bundles.clap, &bundles.vst3] {
            describe(bundle, &name)?;
            sign(bundle);
        }
    }
    Ok(bundles)
}

/// The band files that ship beside the plugin.
///
/// # Errors
/// If their folder cannot be read.
pub(crate) fn bands() -> anyhow::Result<Vec<PathBuf>> {
    bands_in(&place::root()?.join("model/bands/more"))
}

/// The band files in a folder.
///
/// # Errors
/// If it cannot be read.
pub(crate) fn bands_in(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("could not read {}", folder.display()))?;
    let files: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    Ok(files.into_iter().filter(|file| file.extension().is_some_and(|ending| ending == "safetensors")).collect())
}

/// Puts a program beside the bundles.
///
/// # Errors
/// If it cannot be copied.
pub(crate) fn beside(program: &Path) -> anyhow::Result<PathBuf> {
    let to = bundled()?.join(program.file_name().context("a program has a name")?);
    copy(program, &to)?;
    Ok(to)
}

/// The name that bundler.toml gives the package.
fn name() -> anyhow::Result<String> {
    let path = place::root()?.join("bundler.toml");
    let text = fs::read_to_string(&path).with_context(|| format!("could not read {}", path.display()))?;
    let table: toml::Table = text.parse().with_context(|| format!("{} is not TOML", path.display()))?;
    let name = table.get(PACKAGE).and_then(|package| package.get("name")).and_then(toml::Value::as_str);
    Ok(name.unwrap_or(PACKAGE).to_owned())
}

fn library_name() -> String {
    let name = PACKAGE.replace('-', "_");
    format!("{}{name}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX)
}

/// A CLAP plugin is the library itself, but on macOS, where it is a folder around it.
fn clap_library(bundle: &Path, name: &str) -> PathBuf {
    if cfg!(target_os = "macos") { bundle.join("Contents/MacOS").join(name) } else { bundle.to_owned() }
}

/// VST3's name for this machine (VST 3 Developer Portal, "Plug-in Format Structure").
fn vst3_folder() -> anyhow::Result<&'static str> {
    use std::env::consts::{ARCH, OS};
    Ok(match (OS, ARCH) {
        ("macos", _) => "MacOS",
        ("windows", "x86_64") => "x86_64-win",
        ("windows", "aarch64") => "arm64-win",
        ("linux", "x86_64") => "x86_64-linux",
        ("linux", "aarch64") => "aarch64-linux",
        ("linux", "riscv64") => "riscv64-linux",
        _ => bail!("there is no VST3 folder for {ARCH} on {OS} here yet"),
    })
}

fn vst3_library(name: &str) -> String {
    match std::env::consts::OS {
        "macos" => name.to_owned(),
        "windows" => format!("{name}.vst3"),
        _ => format!("{name}.so"),
    }
}

/// Copies a library unless the copy is as new. Whoever has the old one open keeps it: it is
/// removed first, not written over.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let changed = |path: &Path| fs::metadata(path).and_then(|metadata| Ok((metadata.len(), metadata.modified()?)));
    let (source, copy) = (changed(from).with_context(|| format!("{} was not built", from.display()))?, changed(to));
    if copy.is_ok_and(|(length, time)| length == source.0 && time >= source.1) {
        return Ok(());
    }
    let folder = to.parent().context("a bundle lies in a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("could not make {}", folder.display()))?;
    let _ = fs::remove_file(to);
    fs::copy(from, to).with_context(|| format!("could not write {}", to.display()))?;
    Ok(())
}

/// What macOS wants to know of a bundle.
fn describe(bundle: &Path, name: &str) -> anyhow::Result<()> {
    let contents = bundle.join("Contents");
    let version = env!("CARGO_PKG_VERSION");
    let plist = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
  <key>CFBundleExecutable</key><string>{name}</string>
  <key>CFBundleIdentifier</key><string>{IDENTIFIER}</string>
  <key>CFBundleName</key><string>{name}</string>
  <key>CFBundleDisplayName</key><string>{name}</string>
  <key>CFBundlePackageType</key><string>BNDL</string>
  <key>CFBundleSignature</key><string>????</string>
  <key>CFBundleShortVersionString</key><string>{version}</string>
  <key>CFBundleVersion</key><string>{version}</string>
</dict></plist>
"#
    );
    fs::write(contents.join("PkgInfo"), "BNDL????").context("could not write PkgInfo")?;
    fs::write(contents.join("Info.plist"), plist).context("could not write Info.plist")
}

/// Apple's own chips refuse libraries without a signature: an ad-hoc one will do.
fn sign(bundle: &Path) {
    let signed = std::process::Command::new("codesign").args(["-f", "-s", "-"]).arg(bundle).status();
    if !signed.is_ok_and(|status| status.success()) {
        eprintln!("{} could not be signed; hosts may refuse it", bundle.display());
    }
}
