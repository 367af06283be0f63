//! The licences of all that is compiled into what we give to others.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail, ensure};
use spdx::{Expression, LicenseReq, ParseMode};

use crate::{cargo, place};

/// Licences that ask for nothing but their text and the authors' names.
const PERMISSIVE: [&str; 17] = [
    "0BSD",
    "Apache-2.0",
    "BlueOak-1.0.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "NCSA",
    "OFL-1.1",
    "Ubuntu-font-1.0",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "Zlib",
];

/// Crates whose licence asks that whoever gets the program be told where their source is, and for no more.
/// Each was looked at: `colored` comes with burn's tensors, as it was published.
const WITH_SOURCE: [(&str, &str); 1] = [("colored", "MPL-2.0")];

/// A crate that was compiled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Crate {
    name: String,
    version: String,
    /// As its manifest states it, in SPDX's words.
    licence: String,
    authors: Vec<String>,
    /// Where its unpacked source lies.
    source: PathBuf,
}

/// Everything that THIRD-PARTY.txt says: what cargo compiles into the plugin, and into the program if that is to be
/// there, and under which licences.
///
/// # Errors
/// If a crate states no licence, one that nobody knows, or one that asks for more than we do.
pub(super) fn of_all(program: bool) -> anyhow::Result<String> {
    let mut crates = compiled(&["--lib"])?;
    if program {
        crates.extend(compiled(&["--bin", "band-player", "--features", "standalone"])?);
    }
    let crates: Vec<_> = crates.into_iter().collect();
    // The plugin alone has more than a hundred; fewer means that cargo was not understood.
    ensure!(crates.len() > 50, "only {} crates were found that the plugin is made of", crates.len());
    text(&crates)
}

/// The copyright notices of Rust's own library, which lie beside the compiler.
///
/// # Errors
/// If they do not.
pub(super) fn of_rust() -> anyhow::Result<PathBuf> {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output().context("could not start rustc")?;
    let sysroot = String::from_utf8(output.stdout).context("rustc's folder has a strange name")?;
    let notices = Path::new(sysroot.trim()).join("share/doc/rust/COPYRIGHT-library.html");
    ensure!(notices.exists(), "there is no {}: install Rust with rustup, which brings it along", notices.display());
    Ok(notices)
}

/// What cargo compiles, or has compiled, for this part of the plugin: our own crates excepted.
fn compiled(part: &[&str]) -> anyhow::Result<BTreeSet<Crate>> {
    let mut command = cargo::cargo(&["build", "--release", "--package", "band-player"])?;
    command.args(part).arg("--message-format=json-render-diagnostics").stderr(Stdio::inherit());
    let output = command.output().with_context(|| format!("could not start `{}`", cargo::shown(&command)))?;
    ensure!(output.status.success(), "`{}` failed", cargo::shown(&command));
    let manifests = manifests(&String::from_utf8_lossy(&output.stdout))?;
    let own = place::root()?;
    manifests.iter().filter(|manifest| !manifest.starts_with(&own)).map(|manifest| Crate::read(manifest)).collect()
}

/// The manifests that cargo names in its messages, one JSON object a line.
fn manifests(messages: &str) -> anyhow::Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    for line in messages.lines() {
        let message: serde_json::Value = serde_json::from_str(line).context("cargo's messages are not JSON")?;
        if message["reason"] == "compiler-artifact" {
            let manifest = message["manifest_path"].as_str().context("cargo does not say where a crate lies")?;
            found.insert(manifest.into());
        }
    }
    Ok(found)
}

impl Crate {
    fn read(manifest: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(manifest).with_context(|| format!("could not read {}", manifest.display()))?;
        let table: toml::Table = text.parse().with_context(|| format!("{} is not TOML", manifest.display()))?;
        let package = table.get("package").with_context(|| format!("{} is no crate", manifest.display()))?;
        let field = |name: &str| package.get(name).and_then(toml::Value::as_str).map(str::to_owned);
        let name = field("name").with_context(|| format!("{} has no name", manifest.display()))?;
        let authors = package.get("authors").and_then(toml::Value::as_array).into_iter().flatten();
        Ok(Self {
            version: field("version").unwrap_or_default(),
            licence: field("license").with_context(|| format!("the crate {name} states no licence"))?,
            authors: authors.filter_map(|author| author.as_str().map(str::to_owned)).collect(),
            source: manifest.parent().context("a manifest lies in a folder")?.to_owned(),
            name,
        })
    }
}

/// May we give this to others? The licences that it names.
///
/// # Errors
/// Names the crate and its licence if not.
fn allowed(name: &str, licence: &str) -> anyhow::Result<Expression> {
    let expression = Expression::parse_mode(licence, ParseMode::LAX).map_err(|error| {
        anyhow::anyhow!("the crate {name} has a licence that nobody knows: {licence} ({})", error.reason)
    })?;
    if !expression.evaluate(permissive) && !WITH_SOURCE.contains(&(name, licence)) {
        bail!(
            "the crate {name} is under {licence}, which asks for more than we do: do without it, or, if it may be \
             given to others with a word of where its source is, add it to WITH_SOURCE in xtask/src/package/licences.rs"
        );
    }
    Ok(expression)
}

/// A licence with an exception gives more than without it.
fn permissive(licence: &LicenseReq) -> bool {
    licence.license.id().is_some_and(|id| PERMISSIVE.contains(&id.name))
}

fn text(crates: &[Crate]) -> anyhow::Result<String> {
    let mut out = String::from(
        "Band Player is made of these crates, each under one of the licences that it names, as you like. Their texts\n\
         follow. What Rust's own library is made of stands in RUST-STANDARD-LIBRARY.html, the music that the bands\n\
         learnt from in documentation/README.md.\n\n",
    );
    // A text that many share stands once.
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for one in crates {
        let Crate { name, version, licence, authors, .. } = one;
        let expression = allowed(name, licence)?;
        let _ = writeln!(out, "{name} {version}: {licence}");
        if !authors.is_empty() {
            let _ = writeln!(out, "    {}", authors.join(", "));
        }
        let _ = writeln!(out, "    source: https://crates.io/crates/{name}/{version}");
        if WITH_SOURCE.contains(&(name, licence)) {
            let _ =
                writeln!(out, "    compiled in as it is published there; under {licence} you may have it from there");
        }
        for text in one.texts(&expression)? {
            texts.entry(text).or_default().push(format!("{name} {version}"));
        }
    }
    for (text, crates) in texts {
        let _ = write!(out, "\n{}\n{}:\n\n{}\n", "-".repeat(100), crates.join(", "), text.trim_end());
    }
    Ok(out)
}

impl Crate {
    /// The texts that lie in its source; where none does, as not every author packs them along, the published texts
    /// of the permissive licences that it names.
    fn texts(&self, expression: &Expression) -> anyhow::Result<Vec<String>> {
        let mut texts = Vec::new();
        collect(&self.source, 3, &mut texts)?;
        if texts.is_empty() {
            let named = expression.requirements().filter_map(|named| named.req.license.id());
            texts.extend(
                named.filter(|id| PERMISSIVE.contains(&id.name)).map(|id| format!("{}\n\n{}", id.full_name, id.text())),
            );
        }
        ensure!(!texts.is_empty(), "the crate {} has no text of its licence {}", self.name, self.licence);
        Ok(texts)
    }
}

/// The texts of a folder whose names say that they are licences, and those of the folders below, so deep.
fn collect(folder: &Path, depth: usize, texts: &mut Vec<String>) -> anyhow::Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("could not read {}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            if depth > 0 {
                collect(&path, depth - 1, texts)?;
            }
        } else if is_licence(&path.file_name().unwrap_or_default().to_string_lossy()) {
            let bytes = fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
            // Line ends and a mark at the beginning are no difference.
            let text = String::from_utf8_lossy(&bytes).replace('\r', "").trim_matches(['\u{feff}', '\n']).to_owned();
            texts.push(text);
        }
    }
    texts.sort();
    texts.dedup();
    Ok(())
}

/// Is a file with this name a licence's text? Not a program's part that deals with licences.
fn is_licence(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let (stem, ending) = name.rsplit_once('.').unwrap_or((&name, ""));
    let says = ["license", "licence", "copying", "copyright", "notice"].iter().any(|word| stem.contains(word));
    (says || ["ofl", "ufl"].contains(&stem)) && !["rs", "toml", "json", "yml", "py", "sh", "tt"].contains(&ending)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::Temporary;

    fn refused(name: &str, licence: &str) -> String {
        allowed(name, licence).err().unwrap_or_else(|| panic!("{name}: {licence}")).to_string()
    }

    #[test]
    fn permissive_licences_are_given_on() {
        for licence in [
            "MIT",
            "MIT/Apache-2.0",
            "Apache-2.0 OR GPL-2.0-only",
            "Apache-2.0 WITH LLVM-exception OR MIT",
            "(MIT OR Apache-2.0) AND OFL-1.1 AND Ubuntu-font-1.0",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
        ] {
            allowed("some", licence).unwrap_or_else(|error| panic!("{licence}: {error}"));
        }
    }

    #[test]
    fn others_are_not() {
        for licence in ["GPL-3.0-or-later", "MIT AND LGPL-2.1-only", "MPL-2.0", "CC-BY-NC-4.0"] {
            assert!(refused("some", licence).contains(&format!("the crate some is under {licence}")), "{licence}");
        }
    }

    #[test]
    fn what_nobody_knows_is_no_licence() {
        for licence in ["Beerware-ish", "", "MIT AND", "LICENSE.md"] {
            assert!(refused("some", licence).contains("nobody knows"), "{licence}");
        }
    }

    #[test]
    fn a_crate_that_was_looked_at_goes_with_a_word_of_its_source() {
        allowed("colored", "MPL-2.0").expect("it was looked at");
        refused("coloured", "MPL-2.0");
        refused("colored", "GPL-3.0-only");
    }

    #[test]
    fn cargo_says_what_was_compiled() {
        let messages = r#"{"reason":"compiler-artifact","manifest_path":"/a/Cargo.toml","fresh":true}
{"reason":"build-script-executed","package_id":"b"}
{"reason":"compiler-artifact","manifest_path":"/a/Cargo.toml"}
{"reason":"build-finished","success":true}"#;
        assert_eq!(manifests(messages).expect("JSON"), BTreeSet::from([PathBuf::from("/a/Cargo.toml")]));
        assert!(manifests("warning: something").is_err());
    }

    #[test]
    fn names_of_licences_are_known() {
        for name in ["LICENSE", "LICENSE-MIT", "LICENCE.txt", "COPYING", "license-apache.md", "OFL.txt", "NOTICE"] {
            assert!(is_licence(name), "{name}");
        }
        for name in ["license.rs", "README.md", "Cargo.toml", "lib.rs"] {
            assert!(!is_licence(name), "{name}");
        }
    }

    #[test]
    fn a_crate_without_a_text_gets_the_published_ones() {
        let folder = Temporary::new("crate").expect("a folder");
        let manifest = folder.path().join("Cargo.toml");
        let toml = "[package]\nname = 'bare'\nversion = '1.2.3'\nauthors = ['Ada']\nlicense = 'ISC OR GPL-3.0-only'\n";
        fs::write(&manifest, toml).expect("a file");
        let bare = text(&[Crate::read(&manifest).expect("a crate")]).expect("permissive");
        assert!(bare.contains("bare 1.2.3: ISC OR GPL-3.0-only\n    Ada\n"), "{bare}");
        assert!(bare.contains("Permission to use, copy, modify"), "{bare}");
        assert!(!bare.contains("GNU GENERAL PUBLIC LICENSE"), "{bare}");
        fs::create_dir(folder.path().join("fonts")).expect("a folder");
        fs::write(folder.path().join("fonts/OFL.txt"), "\u{feff}a font's own\r\n").expect("a file");
        let own = text(&[Crate::read(&manifest).expect("a crate")]).expect("permissive");
        assert!(own.ends_with("bare 1.2.3:\n\na font's own\n"), "{own}");
    }

    #[test]
    fn a_crate_without_a_licence_is_refused() {
        let folder = Temporary::new("crate").expect("a folder");
        let manifest = folder.path().join("Cargo.toml");
        fs::write(&manifest, "[package]\nname = 'bare'\nversion = '1.2.3'\n").expect("a file");
        let error = Crate::read(&manifest).expect_err("no licence").to_string();
        assert_eq!(error, "the crate bare states no licence");
    }
}
