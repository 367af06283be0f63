//! What is wrong, in words, and what to do about it.

use model::{Lookahead, Source, VoiceId};

use super::session::Outcome;
use super::sheet::{ParamId, Sheet};
use crate::snapshot::Snapshot;

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// All is well; this is what happens.
    Info,
    /// Not what the player may expect.
    Warning,
    /// Something does not work.
    Fault,
}

/// A sentence on what happens, and one on what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How much it matters.
    pub level: Level,
    /// What happens.
    pub what: String,
    /// What to do; empty: nothing.
    pub remedy: String,
}

/// Everything to be said, the worst first. Never empty.
#[must_use]
pub fn notices(snapshot: &Snapshot, sheet: &Sheet) -> Vec<Notice> {
    let mut found = Vec::new();
    let mut say = |level, what: String, remedy: &str| found.push(Notice { level, what, remedy: remedy.to_owned() });
    let Snapshot { page, seen, counts, .. } = snapshot;
    if sheet.kept.silent {
        say(Level::Fault, "No audio device was found: nothing is heard".into(), "Choose one: Devices, on the right.");
    }
    let own_file = sheet.step(ParamId::band("band")) == 4;
    if own_file && sheet.band_file.is_empty() {
        say(Level::Fault, "No band file is chosen".into(), "Choose one in the band menu.");
    } else if counts.refused_bands > 0 && own_file {
        say(Level::Fault, "The band file could not be loaded".into(), "The band before plays on. Choose another file.");
    } else if counts.refused_bands > 0 {
        say(Level::Fault, "A band could not be loaded".into(), "The band before plays on. Install the plugin again.");
    }
    if counts.panics > 0 {
        let times = times(counts.panics);
        say(Level::Fault, format!("A prediction broke off {times}"), "A rule played instead. Please report it.");
    }
    if counts.unsent > 0 {
        let what = format!("The host had no room for {} messages", counts.unsent);
        say(Level::Fault, what, "Use a larger block size, or fewer voices.");
    }
    if seen.playing && !seen.meter_fits {
        let (numerator, denominator) = seen.meter.unwrap_or((0, 0));
        let what = format!("Measures of {numerator}/{denominator} cannot be followed");
        say(Level::Fault, what, "Choose a meter of whole sixteenths.");
    }
    if seen.playing && seen.bpm.is_none() {
        say(Level::Fault, "This host sends no tempo".into(), "Use a host with a transport.");
    }
    if seen.playing && page.stuck {
        let what = "The host's transport rolls, but its position stands still".into();
        say(Level::Warning, what, "The band waits for it to move on. Press stop and play again.");
    }
    if page.bypass {
        say(Level::Warning, "Bypassed: the band is silent".into(), "Switch Bypass off.");
    }
    if counts.missed > 0 {
        let what = format!("{} came too late for {}", predictions(counts.missed), measures(counts.missed));
        let remedy = match page.lookahead {
            Lookahead::Next => "A rule played instead. Choose the lookahead Second-next.",
            Lookahead::SecondNext => "A rule played instead. Close other programs.",
        };
        say(Level::Warning, what, remedy);
    }
    if counts.unforetold > 0 {
        let what = format!("The chords of {} could not be foretold", measures(counts.unforetold));
        say(Level::Warning, what, "The band found its own. Please report it.");
    }
    if counts.failed > counts.panics {
        let failed = counts.failed - counts.panics;
        say(Level::Warning, format!("{} failed", predictions(failed)), "A rule played instead.");
    }
    if counts.dropped_notes > 0 {
        let what = format!("{} of your notes found no room in their measure", counts.dropped_notes);
        say(Level::Warning, what, "The band hears up to 64 notes a measure.");
    }
    if counts.lost_sysex > 0 {
        let what = format!("{} system exclusive messages were too long to be passed on", counts.lost_sysex);
        say(Level::Warning, what, "Up to 8 KiB each pass, and 256 at once. Send longer ones on a track of their own.");
    }
    if counts.ceded > 0 {
        let what = format!("{} of the band gave way to yours, on one channel and key", notes(counts.ceded));
        say(Level::Warning, what, "Give the voices channels of their own, or choose Your channel: Of my voice.");
    }
    let own = sheet.step(ParamId::band("clock")) == 1;
    if seen.processes && !seen.playing && !seen.has_played && !own {
        say(
            Level::Warning,
            "This host sends no transport yet".into(),
            "Press play in your DAW: the band follows its bar lines. Or press Clock, for one of its own.",
        );
    }
    if let Some(why) = &sheet.kit.fault {
        let what = format!("The drum kit cannot be read ({why}): General MIDI's keys count");
        say(Level::Warning, what, "Choose another under more … in the drums' row.");
    }
    if !sheet.chart.chart.is_empty() && !page.heeds_chords {
        let what = format!("The band {} heeds no chords: the chart is not played", page.band.as_str());
        say(Level::Warning, what, "Choose Pop, Chorale or another band of an RMVAE.");
    }
    let band_plays = page.voices.iter().enumerate().any(|(index, line)| {
        line.is_some()
            && page.users_voice().map(VoiceId::index) != Some(index)
            && sheet.is_on(ParamId::voice("on", index))
    });
    if !band_plays {
        say(Level::Warning, "Every voice of the band is off".into(), "Switch one on in the list on the left.");
    }
    say_how_it_goes(snapshot, own.then(|| sheet.is_on(ParamId::band("run"))), &mut found);
    found.sort_by_key(|notice| std::cmp::Reverse(notice.level));
    // An answer to what was asked for comes before all else.
    if let Some(outcome) = &sheet.kept.outcome {
        let (level, what) = match outcome {
            Outcome::Done(what) => (Level::Info, what),
            Outcome::Failed(why) => (Level::Fault, why),
        };
        let what = what.trim_end_matches('.').to_owned();
        found.insert(0, Notice { level, what, remedy: String::new() });
    }
    found
}

/// What happens while all is well.
fn say_how_it_goes(snapshot: &Snapshot, own: Option<bool>, found: &mut Vec<Notice>) {
    let Snapshot { page, seen, .. } = snapshot;
    let user = match page.users_voice() {
        Some(voice) => page.voices[voice.index()].map_or("your part".to_owned(), |line| line.name.as_str().into()),
        None => "drums".to_owned(),
    };
    let zone = page.zone;
    let mut say = |what: String, remedy: &str| {
        let mut remedy = remedy.to_owned();
        if zone != 0 {
            let space = if remedy.is_empty() { "" } else { " " };
            remedy += &format!("{space}MPE: you are on {}, the band beside.", channels(zone));
        }
        found.push(Notice { level: Level::Info, what, remedy });
    };
    match (seen.processes, seen.playing, page.now.map(|now| now.source)) {
        (false, ..) => say("The host is not processing".into(), "Put the plugin on a track and switch it on."),
        (true, false, _) => match own {
            None => say("The transport stands".into(), "Press play in your DAW."),
            Some(false) => say("The clock stands".into(), "Press Run, or the space bar."),
            Some(true) => say("The clock waits for you".into(), "Play: your first note is the first beat."),
        },
        (true, true, _) if seen.measure.is_some_and(|measure| measure < 1) => {
            say("The clock counts in".into(), "The band is silent until measure 1.");
        }
        (true, true, _) if page.listening_left > 0 => {
            say(format!("Listening: {}", more(page.listening_left)), &format!("Play the {user}."));
        }
        (true, true, Some(Source::Predicted)) => say("The band plays what it predicted".into(), ""),
        (true, true, Some(Source::LoopAgo(lag))) => {
            say(format!("A rule plays: the band repeats what it played {} ago", measures(u32::from(lag))), "");
        }
        (true, true, Some(Source::NGram)) => {
            say("A rule plays: no prediction could be had for this measure".into(), "")
        }
        (true, true, Some(Source::Closing)) => say("You are silent: the band comes to a close".into(), ""),
        (true, true, Some(Source::Resting)) => say("The band rests".into(), "Play, and it comes back."),
        (true, true, Some(Source::Frozen)) => say("Frozen: the band repeats its last measures".into(), ""),
        (true, true, Some(Source::Silent)) => say("The band comes in soon".into(), ""),
        (true, true, None) => say("Waiting for the next bar line".into(), ""),
    }
}

/// "channels 1 to 13", of channels that are a bit each.
fn channels(mask: u16) -> String {
    let runs =
        (0..16_u16).filter(|&channel| mask & 1 << channel != 0 && (channel == 0 || mask & 1 << (channel - 1) == 0));
    let runs = runs.map(|first| {
        let last = (first..16).take_while(|&channel| mask & 1 << channel != 0).last().unwrap_or(first);
        if first == last { (first + 1).to_string() } else { format!("{} to {}", first + 1, last + 1) }
    });
    format!("channels {}", runs.collect::<Vec<_>>().join(" and "))
}

fn times(count: u32) -> String {
    if count == 1 { "once".into() } else { format!("{count} times") }
}

/// "1 more measure", "3 more measures".
#[must_use]
pub fn more(count: u8) -> String {
    if count == 1 { "1 more measure".into() } else { format!("{count} more measures") }
}

/// "1 measure", "3 measures".
fn measures(count: u32) -> String {
    if count == 1 { "1 measure".into() } else { format!("{count} measures") }
}

/// "1 note", "3 notes".
fn notes(count: u32) -> String {
    if count == 1 { "1 note".into() } else { format!("{count} notes") }
}

fn predictions(count: u32) -> String {
    if count == 1 { "1 prediction".into() } else { format!("{count} predictions") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counters::Figures;
    use crate::editor::binding::Binding;
    use crate::params::BandParams;

    /// The worst that is said after this change to an instance that plays without a fault.
    fn worst(change: fn(&mut Snapshot, &mut Sheet)) -> Notice {
        let mut snapshot = Snapshot::empty();
        snapshot.page.listening_left = 0;
        snapshot.seen.processes = true;
        snapshot.seen.playing = true;
        snapshot.seen.has_played = true;
        snapshot.seen.bpm = Some(120.0);
        snapshot.seen.meter_fits = true;
        let mut sheet = Binding::new(std::sync::Arc::new(BandParams::default())).sheet();
        change(&mut snapshot, &mut sheet);
        notices(&snapshot, &sheet).into_iter().next().expect("something is always said")
    }

    #[test]
    fn every_fault_says_what_to_do() {
        let check = |level, part: &str, change: fn(&mut Snapshot, &mut Sheet)| {
            let notice = worst(change);
            assert_eq!(notice.level, level, "{notice:?}");
            assert!(notice.what.contains(part) && !notice.remedy.is_empty(), "{notice:?}");
        };
        check(Level::Fault, "could not be loaded", |snapshot, _| snapshot.counts.refused_bands = 1);
        check(Level::Fault, "No band file", |_, sheet| {
            let band = sheet.entries.iter_mut().find(|entry| entry.id.id == "band");
            band.expect("it is there").value = 1.0;
        });
        check(Level::Fault, "broke off once", |snapshot, _| snapshot.counts.panics = 1);
        check(Level::Fault, "no room for 3", |snapshot, _| snapshot.counts.unsent = 3);
        check(Level::Fault, "7/32", |snapshot, _| {
            (snapshot.seen.meter, snapshot.seen.meter_fits) = (Some((7, 32)), false);
        });
        check(Level::Fault, "no tempo", |snapshot, _| snapshot.seen.bpm = None);
        check(Level::Warning, "no transport", |snapshot, _| {
            (snapshot.seen.playing, snapshot.seen.has_played) = (false, false);
        });
        check(Level::Warning, "too late for 2 measures", |snapshot, _| snapshot.counts.missed = 2);
        check(Level::Warning, "Bypassed", |snapshot, _| snapshot.page.bypass = true);
        check(Level::Warning, "1 system exclusive", |snapshot, _| snapshot.counts.lost_sysex = 1);
        check(Level::Warning, "stands still", |snapshot, _| snapshot.page.stuck = true);
        check(Level::Warning, "found no room", |snapshot, _| snapshot.counts.dropped_notes = 1);
        check(Level::Warning, "2 notes of the band gave way", |snapshot, _| snapshot.counts.ceded = 2);
        check(Level::Warning, "1 prediction failed", |snapshot, _| {
            snapshot.counts = Figures { failed: 1, ..Figures::default() };
        });
        check(Level::Warning, "heeds no chords", |snapshot, sheet| {
            snapshot.page.heeds_chords = false;
            sheet.chart = "| C |".parse().expect("a chart");
        });
        check(Level::Warning, "chords of 2 measures", |snapshot, _| snapshot.counts.unforetold = 2);
        check(Level::Warning, "is off", |_, sheet| {
            sheet.entries.iter_mut().filter(|entry| entry.id.id == "on").for_each(|entry| entry.value = 0.0);
        });
    }

    #[test]
    fn the_worst_comes_first_and_all_is_well_without_any() {
        assert_eq!(worst(|_, _| ()).level, Level::Info);
        let both = worst(|snapshot, _| {
            snapshot.counts.missed = 1;
            snapshot.counts.unsent = 1;
        });
        assert_eq!(both.level, Level::Fault);
        let saved = worst(|snapshot, sheet| {
            snapshot.counts.missed = 1;
            sheet.kept.outcome = Some(Outcome::Done("The whole take is in /music/take 1.mid.".into()));
        });
        assert_eq!(saved.what, "The whole take is in /music/take 1.mid");
        let mpe = worst(|snapshot, _| snapshot.page.zone = 0x1fff);
        assert_eq!(mpe.remedy, "MPE: you are on channels 1 to 13, the band beside.");
        assert_eq!(channels(0xe007), "channels 1 to 3 and 14 to 16");
        let listens = worst(|snapshot, _| snapshot.page.listening_left = 2);
        assert_eq!(listens.what, "Listening: 2 more measures");
    }
}
