//! Which crate of the workspace depends on which, as their manifests say.

/// The packages of the workspace by their folders.
pub(crate) const CRATES: [(&str, &str); 5] = [
    ("model", "model"),
    ("plugin", "band-player"),
    ("tests", "tests"),
    ("tests/empty", "empty-plugin"),
    ("xtask", "xtask"),
];

/// The folders of the workspace's crates that a manifest names among its dependencies, those of tests too.
pub(crate) fn depends_on(manifest: &str) -> Vec<&'static str> {
    let (mut found, mut inside) = (Vec::new(), false);
    for line in manifest.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            inside = section.trim_end_matches(']').ends_with("dependencies");
        } else if inside && !line.starts_with('#') {
            let name = line.split(['=', '.', ' ']).next().unwrap_or("").trim_matches('"');
            found.extend(CRATES.iter().filter(|(_, package)| *package == name).map(|(folder, _)| *folder));
        }
    }
    found
}

#[test]
fn dependencies_are_read_from_every_section() {
    let manifest = "[package]\nname = \"tests\"\n[features]\nmodel = []\n[dependencies]\nband-player.workspace = true\n\
                    # model = 1\n[target.'cfg(unix)'.dev-dependencies]\nmodel = { path = \"../model\" }\n[lints]\nxtask = 1\n";
    assert_eq!(depends_on(manifest), ["plugin", "model"]);
}
