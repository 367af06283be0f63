//! `bandplayer eval figures`: how people's phrases are shared among the textures, and whether those that the band plays are
//! told apart.

use std::sync::Arc;

use anyhow::{Context, Result};
use model::midi_file::band_song::Casting;
use model::midi_file::{MidiFile, Song};
use model::systems::band_file::Band;
use model::systems::figures::PeoplesTextures;
use model::systems::rmvae::{Helpers, RmvaePredictor, TrainedRmvae};
use model::train::FolderRemarks;
use model::train::pieces::midi_files;
use model::train::texture_exam::textures_told_apart;
use model::{Predictor, Settings, Texture};

use super::table::EvalArgs;
use crate::bad_input::BadInput;
use crate::bands;
use crate::playing::say;
use crate::reading;

/// The voice of the band `pop` that the songs' tunes are.
const TUNE: &str = "Lead";

/// Prints the table as Markdown.
pub(super) fn run(args: &EvalArgs) -> Result<()> {
    args.heeding(&[], "a set of figures")?;
    let band = bands::trained(Band::USUAL)?;
    let spec = band.spec().clone();
    let read = |split: &str| -> Result<Vec<Song>> {
        let (mut songs, mut remarks) = (Vec::new(), FolderRemarks::default());
        for path in midi_files(&[args.data.join(split)]).map_err(BadInput::error)? {
            match MidiFile::open(&path) {
                Ok(file) => {
                    remarks.read(&path, &file, &Casting::of(file.song(), &spec));
                    songs.push(file.into_song());
                }
                Err(error) => remarks.leave_out(error),
            }
        }
        reading::tell_folder(&remarks);
        Ok(songs)
    };
    let (learnt, songs) = (read("train")?, read(&args.split)?);
    let people = PeoplesTextures::of(&learnt);
    let all: usize = people.phrases.iter().sum();
    if all == 0 {
        let data = args.data.display();
        return Err(BadInput::error(format!("{data}: no song of `train` has the tracks Lead, Chords and Bass")));
    }
    let trained = band.system_as::<TrainedRmvae>().context("the band inside this program is an RMVAE")?;
    let user = spec.voice(TUNE).context("the band inside this program has a tune")?;
    let harmony = Settings::new(&spec, user).harmony;
    let player = || {
        let net: Box<dyn Predictor> = Box::new(RmvaePredictor::new(Arc::clone(&trained), Helpers::default()));
        (Band::telling(Band::in_figures(net), harmony), band.fallback())
    };
    let scores = textures_told_apart(&songs, (&spec, user), player, &people);
    say(format_args!(
        "figures of the band `{}`, sixteen measures to the tune of each song of {} `{}`; {all} phrases of people's in `train`\n",
        Band::USUAL,
        args.data.display(),
        args.split,
    ));
    say("| texture | people's phrases | told from the others | nearest to people's |");
    say("|---|---|---|---|");
    for score in &scores {
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
        let share = people.phrases[score.texture.index()] as f64 / all as f64;
        let (right, near) = (score.right, score.as_peoples);
        say(format_args!("| {} | {share:.3} | {right:.3} | {near:.3} |", score.texture.name()));
    }
    #[expect(clippy::cast_precision_loss, reason = "ten")]
    let mean = |of: fn(&_) -> f64| scores.iter().map(of).sum::<f64>() / Texture::ALL.len() as f64;
    let (right, near) = (mean(|score| score.right), mean(|score| score.as_peoples));
    say(format_args!("| all | 1.000 | {right:.3} | {near:.3} |"));
    Ok(())
}
