//! `bandplayer eval` of a drummer: what true takes cost it, beside one who counts; how it plays in their place, beside
//! people; whether its styles are told apart.

use std::sync::Arc;

use anyhow::{Context, Result};
use model::systems::drummer::{DrumStyle, TrainedDrummer};
use model::train::drummer::{
    DrumFigures, DrumScore, DrumTake, drum_counts, drum_score, fill_shares, played_alike, read_takes, styles_told_apart,
};

use super::table::EvalArgs;
use crate::bad_input::BadInput;
use crate::playing::say;
use crate::reading;

/// Prints the table as Markdown.
pub(super) fn run(args: &EvalArgs, net: &Arc<TrainedDrummer>) -> Result<()> {
    let read = |split: &str| -> Result<Vec<DrumTake>> {
        let (takes, remarks) = read_takes(&[args.data.join(split)]).map_err(BadInput::error)?;
        reading::tell_folder(&remarks);
        Ok(takes)
    };
    let (learnt, takes) = (read("train")?, read(&args.split)?);
    say(format_args!(
        "drums of {} `{}`, {} takes; each step from the true past; style, tempo and fills are known\n",
        args.data.display(),
        args.split,
        takes.len()
    ));
    say("| | what is struck, nats per step | how loud, nats per stroke | where, nats per stroke | strokes |");
    say("|---|---|---|---|---|");
    print("rule: counted, as one and two measures ago", &drum_counts(&learnt, &takes));
    print(&format!("**{}**", args.band), &drum_score(net, &takes, false));
    print(&format!("**{}**, told the take's feel", args.band), &drum_score(net, &takes, true));
    beside_people(net, &takes, &learnt)?;
    apart(net)
}

/// The seeds over which what is played is averaged. Chosen: three takes for each of people's.
const SEEDS: std::ops::RangeInclusive<u64> = 1..=3;

/// The fewest takes of which a style has figures of its own. Chosen: of fewer, one person's habit is the style.
const FEWEST: usize = 5;

/// Takes by which each style is known, and as many whose style is guessed. Chosen: seconds.
const GUESSED: usize = 20;

/// A figure is near people's within this share of it. Required: what was asked of the drummer.
const NEAR: f64 = 0.15;

/// How the drummer plays in the takes' place, beside the people, and beside those that it learnt from: more than they are it
/// can't be asked to be like others.
fn beside_people(net: &Arc<TrainedDrummer>, takes: &[DrumTake], learnt: &[DrumTake]) -> Result<()> {
    let mut played = Vec::new();
    for seed in SEEDS {
        played.extend(
            played_alike(net, takes, seed).context("the drummer's output is not finite: the band file is damaged")?,
        );
    }
    let of = |style: Option<DrumStyle>| {
        let fits = move |take: &DrumTake| style.is_none() || take.style == style;
        let teachers = learnt.iter().filter(move |take| fits(take));
        let asked = takes.iter().filter(move |take| fits(take));
        let answers = played.iter().filter(move |(at, _)| fits(&takes[*at]));
        let people = DrumFigures::of(asked.clone().map(|take| &take.measures[..]));
        let others = [
            DrumFigures::of(answers.map(|(_, measures)| &measures[..])),
            DrumFigures::of(teachers.map(|take| &take.measures[..])),
        ];
        (asked.count(), people.numbers(), others.map(|others| others.numbers()))
    };
    say(
        "\nplayed alone in the takes' place, seeds 1 to 3, windows of four measures; people, drummer, people of `train`\n",
    );
    say("| style | takes | kick on one | snare on two and four | hats a measure | velocities ± | timing ±, steps |");
    say("|---|---|---|---|---|---|---|");
    let (mut near, mut all) = ([0; 2], 0);
    for style in std::iter::once(None).chain(DrumStyle::ALL.map(Some)) {
        let (many, people, [drummer, teachers]) = of(style);
        if many < FEWEST {
            continue;
        }
        let cells: Vec<String> =
            (0..people.len()).map(|at| format!("{:.3}, {:.3}, {:.3}", people[at], drummer[at], teachers[at])).collect();
        let name = style.map_or_else(|| "all".to_owned(), |style| style.to_string());
        say(format_args!("| {name} | {many} | {} |", cells.join(" | ")));
        if style.is_some() {
            all += people.len();
            for (near, others) in near.iter_mut().zip([drummer, teachers]) {
                *near +=
                    people.iter().zip(others).filter(|(people, other)| (*other / *people - 1.0).abs() <= NEAR).count();
            }
        }
    }
    say(format_args!(
        "\nwithin {:.0} % of these people's, of the {all} figures of single styles: the drummer's {}, people's of `train` {}",
        100.0 * NEAR,
        near[0],
        near[1]
    ));
    let shares = |[end, elsewhere]: [f64; 2]| {
        format!("{:.1} % of fourth and eighth measures, {:.1} % of others", 100.0 * end, 100.0 * elsewhere)
    };
    say(format_args!("\nfills: people {}", shares(fill_shares(takes.iter().map(|take| &take.measures[..])))));
    say(format_args!("fills: drummer {}", shares(fill_shares(played.iter().map(|(_, measures)| &measures[..])))));
    Ok(())
}

/// Whether its styles are told apart.
fn apart(net: &Arc<TrainedDrummer>) -> Result<()> {
    let learnt = |style: &DrumStyle| net.feels.iter().any(|of| of.style == Some(*style));
    let styles: Vec<DrumStyle> = DrumStyle::ALL.into_iter().filter(learnt).collect();
    let mut found = Vec::new();
    for seed in SEEDS {
        found.push(
            styles_told_apart(net, &styles, GUESSED, seed)
                .context("the drummer's output is not finite: the band file is damaged")?,
        );
    }
    let many = |many: usize| Ok::<_, std::num::TryFromIntError>(f64::from(u32::try_from(many)?.max(1)));
    let (runs, all) = (many(found.len())?, many(styles.len())?);
    let right = |at: usize| found.iter().map(|run| run.right[at].1).sum::<f64>() / runs;
    let mean = (0..styles.len()).map(right).sum::<f64>() / all;
    let each = styles.iter().enumerate().map(|(at, style)| format!("{style} {:.2}", right(at)));
    let within = found.iter().map(|run| run.within).sum::<f64>() / runs;
    say(format_args!(
        "\nstyles: of {GUESSED} takes each of sixteen measures at 110, seeds 1 to 3, {mean:.3} are guessed right by the five most alike of as many others: {}; two takes of a style are {within:.1} apart",
        each.collect::<Vec<_>>().join(", ")
    ));
    Ok(())
}

fn print(name: &str, score: &DrumScore) {
    let (hits, loudness, offset) = (score.hits_per_step(), score.loudness_per_stroke(), score.offset_per_stroke());
    say(format_args!("| {name} | {hits:.4} | {loudness:.4} | {offset:.4} | {} |", score.strokes));
}
