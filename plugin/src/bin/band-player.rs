//! Band Player as a program of its own, for a computer without a DAW: MIDI in and out, and the transport, come from
//! JACK, else from ALSA. `band-player --help` lists the options.

use std::process::ExitCode;

use band_player::BandPlayer;
use nice_plug::prelude::*;

fn main() -> ExitCode {
    if nice_export_standalone::<BandPlayer>() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
