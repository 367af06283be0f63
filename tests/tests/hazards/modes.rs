//! How user and band play together, and what the musician switches while they do.

use model::midi_file::Track;
use tests::checker::Checker;
use tests::host::{Format, Instance};
use tests::stage::{Stage, music};
use tests::take::{Heard, Pace, Playing, Take};
use tests::timeline::QUARTER;

const MEASURE: i64 = 4 * QUARTER;

/// The channels of the pop band.
const LEAD: u8 = 0;
const CHORDS: u8 = 2;

/// The tune, with the measures in which the user plays: `#`.
fn stage(format: Format, plays: &str) -> Stage {
    let mut stage = Stage::new(format, plays.len(), 120.0);
    let spans = stage.song.spans().to_vec();
    let mut notes = stage.song.tracks[0].notes(&spans);
    let plays: Vec<bool> = plays.chars().map(|c| c == '#').collect();
    notes.retain(|note| plays[note.start as usize / 16]);
    notes.iter_mut().for_each(|note| note.end = note.end.min((note.start / 16 + 1) * 16));
    stage.song.tracks.clear();
    stage.song.add_notes(Track::new("Lead"), notes);
    stage
}

fn set(instance: &mut dyn Instance, choices: &[(&str, &str)]) {
    for (name, text) in choices {
        instance.set(name, text).unwrap_or_else(|error| panic!("{name}: {error:#}"));
    }
}

/// Changes at the first block from a place (in measures) on.
type Change<'a> = (f64, &'a [(&'a str, &'a str)]);

/// Plays straight on, offline, with changes on the way.
fn play(stage: &Stage, choices: &[(&str, &str)], changes: &[Change<'_>]) -> Take {
    let mut instance = stage.instance(true);
    set(instance.as_mut(), choices);
    play_in(stage, instance.as_mut(), changes, Pace::Free)
}

fn play_in(stage: &Stage, instance: &mut dyn Instance, changes: &[Change<'_>], pace: Pace) -> Take {
    let (script, clip) = (stage.straight(), stage.clip());
    let playing = Playing { script: &script, clip: &clip, sizes: &[480], pace, thru: stage.setup.thru };
    let mut changes = changes.iter().peekable();
    let before = |at: i64, instance: &mut dyn Instance, checker: &mut Checker| {
        // A measure lasts two seconds.
        while let Some((_, choices)) = changes.next_if(|(measure, _)| measure * 96_000.0 <= at as f64) {
            set(instance, choices);
            if choices.contains(&("Panic", "on")) {
                checker.hush();
            }
        }
        Ok(())
    };
    let take = playing.play_with(instance, before, |_| ()).expect("the plugin plays");
    assert!(take.verdict.is_clean(), "{:?}", take.verdict);
    take
}

/// The notes that begin in a measure: (tick in it, channel, key, velocity).
fn measure(take: &Take, number: i64) -> Vec<(i64, u8, u8, u8)> {
    let begins = |note: &&Heard| note.tick.div_euclid(MEASURE) == number;
    let of = |note: &Heard| (note.tick.rem_euclid(MEASURE), note.channel.get(), note.key.get(), note.velocity.get());
    let mut notes: Vec<_> = take.notes.iter().filter(begins).map(of).collect();
    notes.sort_unstable();
    notes
}

/// In which measures notes begin on a channel (`None`: on any).
fn plays(take: &Take, channel: Option<u8>, measures: i64) -> String {
    let sounds = |number| measure(take, number).iter().any(|note| channel.is_none_or(|channel| note.1 == channel));
    (0..measures).map(|number| if sounds(number) { '#' } else { '.' }).collect()
}

#[test]
fn in_trade_the_band_answers_in_the_users_voice_after_each_turn() {
    for format in Format::ALL {
        let stage = stage(format, "####....####....");
        let take = play(&stage, &[("Mode", "Trade"), ("Turn", "4")], &[]);
        let lead = plays(&take, Some(LEAD), 16);
        for (number, plays) in lead.chars().enumerate() {
            assert!(number % 8 >= 4 || plays == '.', "it leaves the user's turn to the user: {lead}");
        }
        assert!(lead[4..8].contains('#') && lead[12..].contains('#'), "it answers: {lead}");
        assert!(plays(&take, None, 16)[8..12].contains('#'), "and comps in between");
    }
}

#[test]
fn in_solo_the_band_plays_the_lead_over_the_users_chords() {
    for format in Format::ALL {
        let mut stage = stage(format, "##########");
        stage.setup.voice = 0;
        let take = play(&stage, &[("Mode", "Solo")], &[]);
        assert!(plays(&take, Some(LEAD), 10)[2..].contains('#'), "a melody, whatever voice was chosen");
        assert_eq!(plays(&take, Some(CHORDS), 10), "..........", "the chords are the user's");
    }
}

#[test]
fn in_continue_the_band_goes_on_alone_and_stops_when_the_user_is_back() {
    for (lookahead, alone) in [("Second-next measure", 6..10), ("Next measure", 5..9)] {
        for format in Format::ALL {
            let stage = stage(format, "####....####");
            let take = play(&stage, &[("Mode", "Continue"), ("Lookahead", lookahead)], &[]);
            let ticks = alone.start * MEASURE..alone.end * MEASURE;
            assert!(take.notes.iter().all(|note| ticks.contains(&note.tick)), "{}", plays(&take, None, 12));
            assert!(take.notes.iter().all(|note| note.end_tick <= ticks.end), "all ends on the bar line");
            assert!(plays(&take, Some(LEAD), 12).contains('#'), "the user's voice too");
            let first = take.notes.first().expect("notes").tick;
            assert_eq!(first.div_euclid(MEASURE), ticks.start / MEASURE, "after one silent measure");
        }
    }
}

#[test]
fn a_mode_may_change_at_any_moment() {
    for format in Format::ALL {
        let mut stage = stage(format, "###.....####....##..");
        stage.setup.thru = true;
        let modes: Vec<[(&str, &str); 1]> =
            ["Trade", "Continue", "Solo", "Accompany"].iter().map(|&mode| [("Mode", mode)]).collect();
        // Every 0.37 measures another, so that every mode follows on every step of a measure.
        let changes: Vec<Change<'_>> =
            (1..54).map(|n| (f64::from(n) * 0.37, &modes[usize::try_from(n).expect("small") % 4][..])).collect();
        // As another mode seats the user elsewhere, what is played would leave on another voice's channel.
        let take = play(&stage, &[("Turn", "1"), ("Your channel", "as I play")], &changes);
        assert!(take.notes.len() > 100, "the checker had something to check: {}", take.notes.len());
    }
}

#[test]
fn what_the_band_plays_depends_on_nothing_that_it_cannot_have_heard() {
    for (number, mode) in ["Trade", "Solo", "Continue"].into_iter().enumerate() {
        for (lookahead, ahead) in [("Second-next measure", 2), ("Next measure", 1)] {
            // One format for each: they share what decides.
            let format = Format::ALL[number % 2];
            // The plan is looked at, not what yields to the user as it sounds.
            let choices = [("Mode", mode), ("Lookahead", lookahead), ("Turn", "2"), ("Follow", "Off")];
            // From the sixth measure on the user does something quite different.
            let (before, after) = ("#####..##..###", "#####.#...#..#");
            let (a, b) = (play(&stage(format, before), &choices, &[]), play(&stage(format, after), &choices, &[]));
            let until = |take: &Take| {
                let end = (6 + ahead) * MEASURE;
                music(take).into_iter().filter(|note| note.1 < end).collect::<Vec<_>>()
            };
            assert!(!until(&a).is_empty(), "{mode}, {lookahead}: it plays before");
            assert_eq!(until(&a), until(&b), "{mode}, {lookahead}");
            assert_ne!(music(&a), music(&b), "{mode}, {lookahead}: the change is heard in the end");
        }
    }
}

#[test]
fn in_each_mode_a_live_take_equals_its_offline_render() {
    for (format, mode) in [(Format::Clap, "Trade"), (Format::Vst3, "Solo"), (Format::Clap, "Continue")] {
        let mut stage = stage(format, "###..##.");
        stage.song.tempos[0].micros_per_quarter = 200_000;
        let choices = [("Mode", mode), ("Turn", "2")];
        let mut instance = stage.instance(false);
        set(instance.as_mut(), &choices);
        let live = play_in(&stage, instance.as_mut(), &[], Pace::Live);
        assert_eq!(instance.status().expect("a status").figures.missed, 0);
        assert_eq!(live.notes, play(&stage, &choices, &[]).notes, "{mode}");
        assert!(!live.notes.is_empty());
    }
}

#[test]
fn what_is_frozen_comes_again_until_it_is_released() {
    for format in Format::ALL {
        let stage = stage(format, "################");
        let changes: &[Change<'_>] = &[(5.5, &[("Freeze", "on")]), (11.3, &[("Freeze", "off")])];
        let of_seed = |seed: u32| {
            let seed = seed.to_string();
            let choices =
                [("Seed", seed.as_str()), ("Freeze length", "2"), ("Velocity follow", "100 %"), ("Follow", "Off")];
            play(&stage, &choices, changes)
        };
        // A band may play the same measure twice: of a loop that tells, the two differ.
        let take = (0..8).map(of_seed).find(|take| measure(take, 4) != measure(take, 5));
        let take = take.expect("with one of these seeds the loop's measures differ");
        for number in 7..12 {
            // What had been tied into the loop's first measure is struck there once more.
            let first = if number % 2 == 0 { 6 } else { 5 };
            assert_eq!(measure(&take, number), measure(&take, first), "measure {number}");
        }
        assert!(!measure(&take, 5).is_empty() && !measure(&take, 6).is_empty(), "both measures of the loop sound");
        let (once, again) = (measure(&take, 4), measure(&take, 6));
        assert!(!once.is_empty(), "and what they came from");
        assert!(once.iter().all(|note| again.contains(note)), "{once:?} {again:?}");
        assert_ne!(measure(&take, 12), measure(&take, 6), "released");
    }
}

#[test]
fn another_seed_is_heard_from_the_next_planned_measure_on_and_not_in_the_next_take() {
    for format in Format::ALL {
        let stage = stage(format, "##########");
        let press: &[Change<'_>] = &[(4.2, &[("Regenerate", "on")]), (4.5, &[("Regenerate", "off")])];
        let (plain, pressed) = (play(&stage, &[], &[]), play(&stage, &[], press));
        let same = |number: i64| measure(&plain, number) == measure(&pressed, number);
        // Pressed in the fifth measure; the sixth was planned already.
        assert!((0..6).all(same));
        assert!((3..6).all(|number| !measure(&plain, number).is_empty()), "the band played before it was pressed");
        assert!((6..10).any(|number| !same(number)), "another seed, other notes");
        let mut instance = stage.instance(true);
        assert_eq!(play_in(&stage, instance.as_mut(), press, Pace::Free).notes, pressed.notes, "it can be repeated");
        assert_eq!(music(&play_in(&stage, instance.as_mut(), &[], Pace::Free)), music(&plain), "the next take");
    }
}

#[test]
fn panic_ends_everything_now_and_the_band_is_back_at_the_bar_line() {
    for format in Format::ALL {
        let stage = stage(format, "########");
        let plain = play(&stage, &[], &[]).notes;
        // In the middle of a long note, at the start of a block; a measure has 96 000 samples.
        let pressed = |long: &Heard| (long.on + 5_000) / 480 * 480;
        let line = |now| (now / 96_000 + 1) * 96_000;
        // After it something begins before the bar line, which is to be missing.
        let begins = |now| plain.iter().any(|note| (now..line(now)).contains(&note.on));
        let long = plain.iter().find(|note| note.off - note.on > 10_000 && begins(pressed(note)));
        let long = long.expect("a long note before the last of its measure");
        let (now, line) = (pressed(long), line(pressed(long)));
        let take = play(&stage, &[], &[(now as f64 / 96_000.0, &[("Panic", "on")])]);
        assert!(take.notes.iter().any(|note| note.on == long.on && note.off == now), "it is cut off");
        assert!(take.notes.iter().all(|note| note.on < now || note.on >= line), "nothing until the bar line");
        assert!(take.notes.iter().any(|note| note.on == line), "and the band is back");
    }
}
