//! What lies in the archive.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::{install_text, licences};
use crate::bundle::{self, Bundles};
use crate::{install, place, standalone};

/// The text that tells what to do with the rest.
pub(super) const INSTALL: &str = "INSTALL.txt";
/// The licences of all that was compiled in.
pub(super) const THIRD_PARTY: &str = "THIRD-PARTY.txt";
/// What Rust's makers say of their library's licences.
const RUST: &str = "RUST-STANDARD-LIBRARY.html";
/// Our own licences, as they lie in the repository.
const OWN: [&str; 2] = ["LICENSE-MIT", "LICENSE-APACHE"];
/// Bands that a host's list shows.
pub(super) const BANDS: &str = "bands";
/// The bands inside the plugin, as files. The plugin does not look into this folder, so that they are not listed twice.
const BUILT_IN: &str = "bands/built-in";
/// The pages of the repository, which lead to each other: they lie here as they lie there.
const DOCUMENTATION: &str = "documentation";
const PAGES: [&str; 9] = [
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs",
    "model/bands/drummer.md",
    "model/bands/more/README.md",
    "model/kits",
];

/// Builds all, and copies it into a folder that holds nothing else afterwards.
///
/// # Errors
/// If something does not compile, cannot be copied, or may not be given to others.
pub(super) fn lay_out(folder: &Path, program: bool) -> anyhow::Result<()> {
    install::remove(folder)?;
    let root = place::root()?;
    let made = bundle::make()?;
    let inside = Bundles::within(folder)?;
    install::copy(&made.clap, &inside.clap)?;
    install::copy(&made.vst3, &inside.vst3)?;
    if program {
        let program = standalone::build()?;
        install::copy(&program, &folder.join(program.file_name().context("a program has a name")?))?;
    }
    let more = bundle::bands()?;
    copy_into(&more, &folder.join(BANDS))?;
    install::copy(&root.join("model/bands/more/README.md"), &folder.join(BANDS).join("README.md"))?;
    let built_in = ["pop", "chorale"]
        .iter()
        .flat_map(|band| ["safetensors", "toml"].map(|ending| root.join(format!("model/bands/{band}.{ending}"))));
    copy_into(&built_in.collect::<Vec<_>>(), &folder.join(BUILT_IN))?;
    for page in PAGES {
        install::copy(&root.join(page), &folder.join(DOCUMENTATION).join(page))?;
    }
    for licence in OWN {
        install::copy(&root.join(licence), &folder.join(licence))?;
    }
    write(&folder.join(THIRD_PARTY), &licences::of_all(program)?)?;
    install::copy(&licences::of_rust()?, &folder.join(RUST))?;
    write(&folder.join(INSTALL), &install_text::text(program))
}

/// What no archive may lack, whatever its list of checksums says.
///
/// # Errors
/// If this system has no VST3 folder.
pub(super) fn needed(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let bundles = Bundles::within(folder)?;
    let mut needed = vec![bundles.clap_library()?, bundles.vst3_library()?];
    needed.extend([INSTALL, THIRD_PARTY, RUST].iter().chain(&OWN).map(|name| folder.join(name)));
    needed.push(folder.join(BUILT_IN).join("pop.safetensors"));
    needed.push(folder.join(DOCUMENTATION).join("docs/guide.md"));
    Ok(needed)
}

fn copy_into(files: &[PathBuf], folder: &Path) -> anyhow::Result<()> {
    for file in files {
        install::copy(file, &folder.join(file.file_name().context("a file has a name")?))?;
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(path, text).with_context(|| format!("could not write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// The pages that the archive brings, by their place in the repository.
    fn pages() -> BTreeMap<PathBuf, String> {
        let root = place::root().expect("the workspace");
        let mut pages = BTreeMap::new();
        for page in PAGES.map(|page| root.join(page)) {
            let files: Vec<PathBuf> = if page.is_dir() {
                let entries = fs::read_dir(&page).expect("a folder");
                entries.map(|entry| entry.expect("an entry").path()).collect()
            } else {
                vec![page]
            };
            for file in files.into_iter().filter(|file| file.extension().is_some_and(|ending| ending == "md")) {
                let text = fs::read_to_string(&file).expect("a page");
                pages.insert(file, text);
            }
        }
        pages
    }

    /// The lines that are no code.
    fn prose(text: &str) -> impl Iterator<Item = &str> {
        let mut code = false;
        text.lines().filter(move |line| {
            let fence = line.starts_with("```");
            code ^= fence;
            !code && !fence
        })
    }

    /// What a page's links and pictures lead to.
    fn targets(text: &str) -> Vec<&str> {
        let found = |begin: &'static str, end: char| {
            prose(text).flat_map(move |line| line.split(begin).skip(1)).filter_map(move |rest| rest.split(end).next())
        };
        found("](", ')').chain(found("src=\"", '"')).collect()
    }

    /// How GitHub calls the place of a heading.
    fn anchors(text: &str) -> Vec<String> {
        let headings = prose(text).filter_map(|line| line.strip_prefix('#'));
        headings
            .map(|heading| {
                let words = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
                words.chars().filter(|letter| letter.is_alphanumeric() || "-_".contains(*letter)).collect()
            })
            .collect()
    }

    #[test]
    fn every_link_of_the_pages_leads_to_something_that_the_archive_brings() {
        let root = place::root().expect("the workspace");
        let pages = pages();
        let mut followed = 0;
        for (page, text) in &pages {
            for target in targets(text).into_iter().filter(|target| !target.contains("://")) {
                let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
                let file = if path.is_empty() { page.clone() } else { page.with_file_name("").join(path) };
                let file = file.canonicalize().unwrap_or_else(|_| panic!("{}: {target} is not there", page.display()));
                let brought = PAGES.iter().any(|page| file.starts_with(root.join(page)));
                assert!(brought, "{}: {target} is not in the archive", page.display());
                let there = anchor.is_empty() || anchors(&pages[&file]).iter().any(|other| other == anchor);
                assert!(there, "{}: {target} has no such heading", page.display());
                followed += 1;
            }
        }
        assert!(followed > 40, "only {followed} links were found");
    }

    #[test]
    fn links_headings_and_code_are_told_apart() {
        let text =
            "# What `an` Editor costs: all\n[a](b.md#c) ![d](e.png)\n```\n[x](y)\n# no\n```\n<img src=\"f.png\">";
        assert_eq!(targets(text), ["b.md#c", "e.png", "f.png"]);
        assert_eq!(anchors(text), ["what-an-editor-costs-all"]);
    }
}
