//! What the archive tells a player to do.

/// The text INSTALL.txt, for this system.
pub(super) fn text(program: bool) -> String {
    let system = match std::env::consts::OS {
        "windows" => WINDOWS,
        "macos" => MACOS,
        _ => LINUX,
    };
    fill(system, program)
}

/// What differs from system to system.
struct System {
    name: &'static str,
    tested: &'static str,
    clap: &'static str,
    vst3: &'static str,
    bands: &'static str,
    commands: &'static str,
    program: &'static str,
}

const LINUX: System = System {
    name: "Linux",
    tested: "",
    clap: "~/.clap",
    vst3: "~/.vst3",
    bands: "~/.local/share/band-player/bands",
    commands: "
  Or, in a terminal, in this folder:

    mkdir -p ~/.clap ~/.vst3 ~/.local/share/band-player/bands
    cp \"Band Player.clap\" ~/.clap/
    cp -r \"Band Player.vst3\" ~/.vst3/
    cp bands/*.safetensors ~/.local/share/band-player/bands/
",
    program: "band-player                         the program without a DAW; it needs JACK or ALSA",
};

const MACOS: System = System {
    name: "macOS",
    tested: "\nNobody has tried Band Player on macOS yet. Please tell us how it goes.\n",
    clap: "~/Library/Audio/Plug-Ins/CLAP",
    vst3: "~/Library/Audio/Plug-Ins/VST3",
    bands: "~/Library/Application Support/band-player/bands",
    commands: "
  macOS does not open what it got from the internet without a certificate. To allow it:

    xattr -dr com.apple.quarantine \"Band Player.clap\" \"Band Player.vst3\"
",
    program: "band-player                         the program without a DAW",
};

const WINDOWS: System = System {
    name: "Windows",
    tested: "\nNobody has tried Band Player on Windows yet. Please tell us how it goes.\n",
    clap: "%LOCALAPPDATA%\\Programs\\Common\\CLAP",
    vst3: "%LOCALAPPDATA%\\Programs\\Common\\VST3",
    bands: "%APPDATA%\\band-player\\bands",
    commands: "",
    program: "band-player.exe                     the program without a DAW",
};

fn fill(system: System, program: bool) -> String {
    let System { name, tested, clap, vst3, bands, commands, program: line } = system;
    let version = env!("CARGO_PKG_VERSION");
    let line = if program { format!("  {line}\n") } else { String::new() };
    format!(
        r#"Band Player {version} for {name}

A MIDI plugin with which you jam: you play one voice, the band plays the others.
{tested}
WHAT IS HERE

  Band Player.clap, Band Player.vst3  the plugin, in two forms; your DAW needs one of them
{line}  bands                               more bands; "built-in" holds those that the plugin has anyway
  documentation                       read docs/guide.md first, then docs/routing.md
  LICENSE-MIT, LICENSE-APACHE         Band Player's licence: choose one of the two
  THIRD-PARTY.txt, RUST-STANDARD-LIBRARY.html
                                      the licences of all that it is made of
  SHA256SUMS                          a checksum for each file (`sha256sum -c SHA256SUMS`)

INSTALL

  1. Copy "Band Player.clap" to   {clap}
     and "Band Player.vst3" to    {vst3}
  2. If you like more bands, copy the files of "bands" to
                                  {bands}
  3. Let your DAW scan its plugins again.
{commands}
  To remove it, delete these again.

PLAY

  1. Put Band Player on the MIDI track that you play. Choose a band, and your voice in it.
  2. Give each other voice a track with an instrument, fed by Band Player on that voice's MIDI
     channel, 1 to 4. Band Player makes no sound itself.
  3. Press play, and play. The band listens first, and comes in with the third measure.

If something goes wrong, tell us, with the lowest line of Band Player's window.
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_system_is_told_its_folders() {
        for (system, folder) in
            [(LINUX, "~/.clap\n"), (MACOS, "Plug-Ins/CLAP\n"), (WINDOWS, "%LOCALAPPDATA%\\Programs\\Common\\CLAP\n")]
        {
            let text = fill(system, true);
            assert!(text.contains(folder), "{text}");
            assert!(text.lines().all(|line| line.len() <= 100 && line.trim_end() == line), "{text}");
        }
    }

    #[test]
    fn what_is_not_there_is_not_promised() {
        assert!(fill(LINUX, true).contains("\n  band-player  "));
        assert!(!fill(LINUX, false).contains("\n  band-player  "));
    }
}
