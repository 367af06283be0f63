//! Band Player as a program of its own, for a computer without a DAW: with its own clock and sounds, on the first of JACK,
//! the system's sound and nothing that works. `band-player --help` lists the options.

mod arguments;
mod devices;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use band_player::BandPlayer;
use band_player::folders;
use band_player::params::{BandParams, Handles};
use band_player::program::{Program, SetUp};
use nice_plug::prelude::*;

use arguments::Arguments;
use devices::{Backend, Devices};

fn main() -> ExitCode {
    let arguments = match Arguments::of(std::env::args()) {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("{error:#}");
            return ExitCode::from(2);
        }
    };
    if arguments.devices {
        devices::list();
        return ExitCode::SUCCESS;
    }
    let (mut set_up, file) = remembered(arguments.fresh);
    // What is said on the command line counts for this time.
    let known = BandParams::default();
    let handles = Handles::of(&known);
    for (id, text) in &arguments.set {
        let value = handles.get(id).map(|param| param.understood(text));
        let Some(Some(value)) = value.filter(|_| SetUp::takes(id)) else {
            let why = match value {
                None => "is no setting",
                Some(None) => "cannot be set so",
                Some(_) => "is of the moment: no start begins with it",
            };
            eprintln!("--set {id}={text}: `{id}` {why}. docs/controls.md lists the settings.");
            return ExitCode::from(2);
        };
        set_up.values.insert(id.clone(), value);
    }
    let devices = set_up.devices.clone();
    let program = Program::start(set_up, Box::new(Devices::new(devices.clone(), file.clone())));
    let ended = play(program, &arguments, &devices);
    if let (Some(file), Some(params)) = (&file, program.params())
        && let Err(error) = (SetUp { devices, ..SetUp::default() }).with(params).write(file)
    {
        eprintln!("{} could not be written ({error}): what was set is not remembered.", file.display());
    }
    if ended { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What was remembered, and where it is to be. A file that cannot be read is put aside.
fn remembered(fresh: bool) -> (SetUp, Option<PathBuf>) {
    if fresh {
        return (SetUp::default(), None);
    }
    let Some(file) = folders::data().map(|data| data.join("program.json")) else {
        eprintln!("The system names no folder for a program's data: nothing is remembered. Set HOME.");
        return (SetUp::default(), None);
    };
    match SetUp::read(&file) {
        Ok(set_up) => (set_up, Some(file)),
        Err(error) => {
            let aside = file.with_extension("json.unread");
            let name = file.display();
            if std::fs::rename(&file, &aside).is_ok() {
                eprintln!("{name} cannot be read ({error}): it is kept as {}, and all begins anew.", aside.display());
                (SetUp::default(), Some(file))
            } else {
                eprintln!("{name} cannot be read ({error}): all begins anew, and nothing is remembered.");
                (SetUp::default(), None)
            }
        }
    }
}

/// Plays, on what was asked for, or on the first that works, until the window closes. Did all go well?
fn play(program: &Program, arguments: &Arguments, devices: &BTreeMap<String, String>) -> bool {
    let wished = devices.get(devices::SYSTEM).and_then(|name| Backend::named(name));
    let others = Backend::ALL.into_iter().filter(|other| Some(*other) != wished);
    let tried = arguments.backend.map_or_else(|| wished.into_iter().chain(others).collect(), |said| vec![said]);
    for backend in tried {
        if backend == Backend::None {
            program.set_silent();
            if arguments.backend.or(wished) == Some(Backend::None) {
                eprintln!("Nothing is heard: no device was wished for.");
            } else {
                eprintln!("No audio device was found: nothing is heard. Start JACK or PipeWire, or plug one in.");
            }
        }
        let words = arguments.rest.iter().cloned().chain(devices::words(backend, devices, &arguments.rest));
        let ended = nice_export_standalone_with_args::<BandPlayer, _>(words);
        // An instance was made: there was a device, and this is the end.
        if ended || program.params().is_some() {
            return ended;
        }
        if arguments.backend.or(wished) == Some(backend) {
            eprintln!(
                "{} does not answer, or has no such device: `band-player --devices` lists what there is.",
                backend.name()
            );
        }
    }
    false
}
