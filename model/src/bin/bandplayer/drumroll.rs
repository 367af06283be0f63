//! `bandplayer drumroll`: the drums of a file as a picture.

use std::path::PathBuf;

use anyhow::Result;
use model::music::drums::{Drum, DrumMeasure};

use crate::bad_input::BadInput;
use crate::drums::KitChoice;
use crate::files;
use crate::picture::{Anchor, Colour, Picture, Shape};
use crate::playing::{self, say};
use crate::reading::{self, Upbeat};

/// Draws the drums of MIDI files (channel 10, or a track named Drums), one below the other: a row for each drum that is
/// struck, strokes where they lie beside the grid, the harder the darker.
#[derive(Debug, clap::Args)]
pub(crate) struct DrumrollArgs {
    /// MIDI files; each is headed by its name.
    #[arg(value_name = "FILE.mid", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    upbeat: Upbeat,
    /// Only these measures of each, counted from 1, as in 5-7 [default: all].
    #[arg(long, value_name = "FROM-TO")]
    measures: Option<String>,
    /// The keys of the drum kit: general-midi, roland-td, alesis-nitro, yamaha-dtxplorer, or a file of your own.
    #[arg(long, value_name = "KIT|FILE.json", default_value = KitChoice::USUAL, value_parser = KitChoice::read)]
    kit: KitChoice,
    /// Where to draw: an SVG or a PNG file.
    #[arg(long, value_name = "FILE.svg|FILE.png")]
    out: PathBuf,
}

/// How wide a sixteenth is, how high a row, and what the names take, in pixels. Chosen: three measures fit a page.
const STEP: f32 = 13.0;
const ROW: f32 = 15.0;
const NAMES: f32 = 104.0;

/// What the title takes, in pixels. Chosen: a line.
const TOP: f32 = 30.0;

/// The longest roll that is drawn, in measures. Chosen: wider pictures are shown by no viewer.
const MOST: usize = 64;

const INK: Colour = [0, 70, 120];
const GREY: Colour = [225; 3];
const DARK: Colour = [150; 3];

/// Draws.
pub(crate) fn run(args: &DrumrollArgs) -> Result<()> {
    let svg = args.out.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("svg"));
    let png = args.out.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("png"));
    if !svg && !png {
        return Err(BadInput::error(format!(
            "--out {}: an SVG or a PNG file is drawn: end its name so",
            args.out.display()
        )));
    }
    let mut rolls = Vec::with_capacity(args.files.len());
    for file in &args.files {
        let read = reading::read(file, args.upbeat)?;
        playing::not_over_itself(file, &args.out)?;
        let Some(drums) = read.drums_on(&args.kit.kit) else {
            let file = file.display();
            return Err(BadInput::error(format!(
                "{file}: nobody drums there (channel 10, or a track named Drums): choose another"
            )));
        };
        let measures = args.measures.as_deref().map_or(Ok(0..drums.len()), |text| playing::range(text, drums.len()))?;
        if measures.len() > MOST {
            let (file, count) = (file.display(), measures.len());
            return Err(BadInput::error(format!(
                "{file}: {count} measures are too many for a picture: say which by --measures, {MOST} at most"
            )));
        }
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        rolls.push(roll(&name, drums.get(measures).unwrap_or_default()));
    }
    files::may_write(&args.out)?;
    let picture = below_each_other(rolls);
    if svg {
        files::save(&args.out, picture.to_svg())?;
    } else {
        files::save(&args.out, picture.to_png()?)?;
    }
    say(format_args!("drawn to {}", args.out.display()));
    Ok(())
}

/// Pictures in a column.
fn below_each_other(pictures: Vec<Picture>) -> Picture {
    let mut out = Picture { width: 0.0, height: 0.0, shapes: Vec::new() };
    for picture in pictures {
        let top = out.height;
        out.shapes.extend(picture.shapes.into_iter().map(|shape| match shape {
            Shape::Rect(x, y, width, height, colour) => Shape::Rect(x, y + top, width, height, colour),
            Shape::Path(points, colour) => Shape::Path(points.into_iter().map(|(x, y)| (x, y + top)).collect(), colour),
            Shape::Text(x, y, anchor, text) => Shape::Text(x, y + top, anchor, text),
        }));
        out.width = out.width.max(picture.width);
        out.height += picture.height;
    }
    out
}

/// One file's.
fn roll(title: &str, shown: &[DrumMeasure]) -> Picture {
    let struck = |drum: &Drum| shown.iter().flat_map(DrumMeasure::hits).any(|hit| hit.drum == *drum);
    let rows: Vec<Drum> = Drum::FROM_TOP.into_iter().filter(struck).collect();
    #[expect(clippy::cast_precision_loss, reason = "nine rows")]
    let height = ROW * rows.len() as f32;
    let mut shapes = vec![Shape::Text(8.0, 18.0, Anchor::Start, title.to_owned())];
    let mut left = NAMES;
    // Lines first, strokes upon them.
    let mut strokes = Vec::new();
    for measure in shown {
        for step in (0..measure.steps()).step_by(4) {
            let (wide, colour) = if step == 0 { (1.5, DARK) } else { (1.0, GREY) };
            shapes.push(Shape::Rect(left + STEP * f32::from(step) - wide / 2.0, TOP, wide, height, colour));
        }
        for hit in measure.hits() {
            let Some(row) = rows.iter().position(|drum| *drum == hit.drum) else { continue };
            #[expect(clippy::cast_precision_loss, reason = "nine rows")]
            let y = TOP + ROW * row as f32;
            let x = left + STEP * (f32::from(hit.step) + hit.offset);
            let loud = f32::from(hit.velocity.get()) / 127.0;
            strokes.push(Shape::Rect(x, y + 3.0, 6.0, ROW - 6.0, paled(INK, 0.2 + 0.8 * loud)));
        }
        left += STEP * f32::from(measure.steps());
    }
    for (place, drum) in rows.iter().enumerate() {
        #[expect(clippy::cast_precision_loss, reason = "nine rows")]
        let y = TOP + ROW * place as f32;
        shapes.push(Shape::Rect(NAMES, y, left - NAMES, 0.5, GREY));
        shapes.push(Shape::Text(NAMES - 8.0, y + ROW - 4.0, Anchor::End, drum.name().to_owned()));
    }
    shapes.push(Shape::Rect(NAMES, TOP + height, left - NAMES, 0.5, GREY));
    shapes.push(Shape::Rect(left - 0.75, TOP, 1.5, height, DARK));
    shapes.extend(strokes);
    Picture { width: left + 10.0, height: TOP + height + 10.0, shapes }
}

/// So much of a colour on white.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255")]
fn paled(colour: Colour, strength: f32) -> Colour {
    colour.map(|part| (255.0 - (255.0 - f32::from(part)) * strength).round() as u8)
}

#[cfg(test)]
mod tests {
    use model::Velocity;
    use model::music::drums::DrumHit;

    use super::*;

    #[test]
    fn what_is_struck_has_a_row_by_name_and_lies_beside_the_grid_as_it_is_played() {
        let mut measure = DrumMeasure::silent(16);
        for (step, drum, velocity, offset) in
            [(0, Drum::Kick, 120.0, 0.0), (4, Drum::Snare, 30.0, 0.25), (8, Drum::Kick, 60.0, -0.25)]
        {
            measure.strike(DrumHit { step, drum, velocity: Velocity::clamped(velocity), offset });
        }
        let picture = roll("rock", &[measure]);
        let names: Vec<&str> = picture
            .shapes
            .iter()
            .filter_map(|shape| if let Shape::Text(.., text) = shape { Some(text.as_str()) } else { None })
            .collect();
        assert_eq!(names, ["rock", "snare", "kick"]);
        let strokes: Vec<(f32, Colour)> = picture
            .shapes
            .iter()
            .filter_map(|shape| match shape {
                Shape::Rect(x, _, w, _, colour) if (*w - 6.0).abs() < 1e-6 => Some(((x - NAMES) / STEP, *colour)),
                _ => None,
            })
            .collect();
        assert_eq!(strokes.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [0.0, 4.25, 7.75]);
        assert!(strokes[0].1[0] < strokes[2].1[0] && strokes[2].1[0] < strokes[1].1[0], "the harder the darker");
    }
}
