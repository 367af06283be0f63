//! Where takes, presets and bands lie by default.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

/// What a band file's name ends in.
pub const BAND_ENDING: &str = "safetensors";

/// The most bands that are listed of a folder. Chosen.
const MOST_BANDS: usize = 100;

/// The user's Music folder; without one their home; without that the folder for temporary files.
#[must_use]
pub fn music() -> PathBuf {
    let Some(system) = system().filter(|system| system.home_dir().is_dir()) else { return std::env::temp_dir() };
    let home = system.home_dir().to_owned();
    // Where Linux desktops say how the folder is called in the user's language.
    let named = || music_of(&std::fs::read_to_string(system.config_dir().join("user-dirs.dirs")).ok()?, &home);
    [named(), Some(home.join("Music"))].into_iter().flatten().find(|folder| folder.is_dir()).unwrap_or(home)
}

/// The line XDG_MUSIC_DIR="$HOME/…" of such a file.
fn music_of(text: &str, home: &Path) -> Option<PathBuf> {
    let value = text.lines().find_map(|line| line.trim().strip_prefix("XDG_MUSIC_DIR="))?.trim().trim_matches('"');
    Some(value.strip_prefix("$HOME/").map_or_else(|| PathBuf::from(value), |rest| home.join(rest)))
}

/// Where this system keeps what belongs to a user, as its programs with windows do. `None` where it knows of no home.
fn system() -> Option<impl BaseStrategy> {
    etcetera::base_strategy::choose_native_strategy().ok()
}

/// Our folder where the system keeps the data of a user's programs. `None` where it does not say.
#[must_use]
pub fn data() -> Option<PathBuf> {
    system().map(|system| data_of(&system))
}

/// A file that is there once somebody has read the card for those who are new.
#[must_use]
pub fn greeted() -> Option<PathBuf> {
    data().map(|data| data.join("greeted"))
}

/// `cargo xtask install` brings bands there: it has the same rule.
fn data_of(system: &impl BaseStrategy) -> PathBuf {
    system.data_dir().join("band-player")
}

/// The band files in the folders `bands`, beside the plugin and among the user's data, by name.
#[must_use]
pub fn bands() -> Vec<PathBuf> {
    let beside = library().and_then(|library| Some(bundle_of(&library).parent()?.join("bands")));
    let own = data().map(|data| data.join("bands"));
    let mut found: Vec<_> = [beside, own].into_iter().flatten().flat_map(|folder| bands_in(&folder)).collect();
    found.dedup();
    found
}

fn bands_in(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path());
    let is_band = |path: &PathBuf| path.extension().is_some_and(|ending| ending == BAND_ENDING) && path.is_file();
    let mut bands: Vec<_> = files.filter(is_band).take(MOST_BANDS).collect();
    bands.sort_unstable();
    bands
}

/// The bundle of which this library is a part: the outermost folder or file that is called so.
fn bundle_of(library: &Path) -> &Path {
    let is_bundle = |path: &&Path| path.extension().is_some_and(|ending| ending == "vst3" || ending == "clap");
    library.ancestors().filter(is_bundle).last().unwrap_or(library)
}

/// The file from which the system loaded this code.
#[cfg(unix)]
#[expect(unsafe_code, reason = "the system's loader is asked in C")]
fn library() -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    // SAFETY: zeroes are a value of this C struct, which dladdr fills.
    let mut found: libc::Dl_info = unsafe { std::mem::zeroed() };
    let here = library as fn() -> Option<PathBuf> as *const libc::c_void;
    // SAFETY: any address may be asked about, and there is room for the answer.
    if unsafe { libc::dladdr(here, &raw mut found) } == 0 || found.dli_fname.is_null() {
        return None;
    }
    // SAFETY: the loader's own text, which lives as long as the library is loaded.
    let name = unsafe { std::ffi::CStr::from_ptr(found.dli_fname) };
    std::fs::canonicalize(std::ffi::OsStr::from_bytes(name.to_bytes())).ok()
}

/// Elsewhere only the user's own folder is looked into.
#[cfg(not(unix))]
fn library() -> Option<PathBuf> {
    None
}

/// The first name of this kind that is free in a folder: "NAME 1.mid", "NAME 2.mid" …
#[must_use]
pub fn free(folder: &Path, name: &str, ending: &str) -> PathBuf {
    let path = |number: u32| folder.join(format!("{name} {number}.{ending}"));
    (1..=9999).map(path).find(|path| !path.exists()).unwrap_or_else(|| path(10_000))
}

/// Shows a file in the system's file manager, which selects it where it can. Nobody waits for it.
///
/// # Errors
/// If there is no such program.
pub fn show(file: &Path) -> std::io::Result<()> {
    let folder = file.parent().unwrap_or(file);
    let mut command = if cfg!(target_os = "macos") {
        let mut command = std::process::Command::new("open");
        command.arg("-R").arg(file);
        command
    } else if cfg!(windows) {
        let mut command = std::process::Command::new("explorer");
        command.arg("/select,").arg(file);
        command
    } else {
        let mut command = std::process::Command::new("xdg-open");
        command.arg(folder);
        command
    };
    let quiet = std::process::Stdio::null;
    let mut child = command.stdin(quiet()).stdout(quiet()).stderr(quiet()).spawn()?;
    // The system keeps a program that has ended until somebody asks how: this thread does.
    std::thread::Builder::new().name("file manager".into()).spawn(move || child.wait()).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_music_folder_is_called_as_the_desktop_says() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(music_of(text, Path::new("/home/ada")), expected.map(PathBuf::from), "{text}");
        };
        check("# a comment\nXDG_MUSIC_DIR=\"$HOME/Musik\"\n", Some("/home/ada/Musik"));
        check("XDG_MUSIC_DIR=\"/data/music\"", Some("/data/music"));
        check("XDG_DESKTOP_DIR=\"$HOME/Desktop\"", None);
        assert!(music().is_dir());
    }

    #[test]
    fn data_lie_where_each_system_keeps_them() {
        use etcetera::base_strategy::{Apple, Windows};
        let home = std::env::home_dir().expect("a home");
        assert_eq!(data_of(&Apple::new().expect("a home")), home.join("Library/Application Support/band-player"));
        let roaming = std::env::var_os("APPDATA").map_or_else(|| home.join("AppData/Roaming"), PathBuf::from);
        assert_eq!(data_of(&Windows::new().expect("a home")), roaming.join("band-player"));
    }

    /// Says [`data`] and [`music`] to the test below: what the environment says is known when a program starts.
    #[test]
    #[ignore = "a part of `a_linux_user_may_move_data_and_settings`"]
    fn say() {
        println!("DATA={}\nMUSIC={}", data().expect("a home").display(), music().display());
    }

    #[cfg(all(unix, not(target_os = "macos")))]
    #[test]
    fn a_linux_user_may_move_data_and_settings() {
        let home = std::env::temp_dir().join(format!("band-player-home-{}", std::process::id()));
        for folder in ["Music", "Musik", "settings"] {
            std::fs::create_dir_all(home.join(folder)).expect("a folder");
        }
        std::fs::write(home.join("settings/user-dirs.dirs"), "XDG_MUSIC_DIR=\"$HOME/Musik\"").expect("a file");
        let check = |data: &str, config: &str, expected: (&str, &str)| {
            let mut command = std::process::Command::new(std::env::current_exe().expect("a test is a program"));
            command.args(["--exact", "folders::tests::say", "--ignored", "--nocapture"]);
            command.env("HOME", &home).env("XDG_DATA_HOME", data).env("XDG_CONFIG_HOME", config);
            let said = String::from_utf8(command.output().expect("it runs").stdout).expect("text");
            let line = |name: &str| said.lines().find_map(|line| line.strip_prefix(name)).map(PathBuf::from);
            let expected = (home.join(expected.0), home.join(expected.1));
            assert_eq!((line("DATA="), line("MUSIC=")), (Some(expected.0), Some(expected.1)), "{data:?} {config:?}");
        };
        let settings = home.join("settings");
        check("/mine", settings.to_str().expect("text"), ("/mine/band-player", "Musik"));
        // What is no absolute path does not count.
        check("", "", (".local/share/band-player", "Music"));
        check("mine", "settings", (".local/share/band-player", "Music"));
        std::fs::remove_dir_all(&home).expect("removed");
    }

    #[test]
    fn the_bands_folder_lies_beside_the_bundle() {
        let check = |library: &str, expected: &str| assert_eq!(bundle_of(Path::new(library)), Path::new(expected));
        check("/p/Band Player.vst3/Contents/x86_64-linux/Band Player.so", "/p/Band Player.vst3");
        check("/p/Band Player.clap", "/p/Band Player.clap");
        check("/p/Band Player.clap/Contents/MacOS/Band Player", "/p/Band Player.clap");
        check("/usr/bin/band-player", "/usr/bin/band-player");
        #[cfg(unix)]
        assert_eq!(library(), std::env::current_exe().and_then(std::fs::canonicalize).ok(), "a test is a program");
    }

    #[test]
    fn band_files_are_listed_by_name_and_nothing_else_is() {
        let folder = std::env::temp_dir().join(format!("band-player-bands-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("a folder.safetensors")).expect("a folder");
        for name in ["b.safetensors", "a.safetensors", "notes.txt"] {
            std::fs::write(folder.join(name), "").expect("a file");
        }
        assert_eq!(bands_in(&folder), [folder.join("a.safetensors"), folder.join("b.safetensors")]);
        std::fs::remove_dir_all(&folder).expect("removed");
        assert_eq!(bands_in(&folder), Vec::<PathBuf>::new());
    }
}
