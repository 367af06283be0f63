//! How parameter values read, and what is understood when they are typed in.

use model::Figures;

const TONICS: [&str; 12] = ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"];

/// The shipped bands' names for their voices, from the highest.
const VOICES: [&[&str]; 4] = [&["Lead", "Soprano"], &["Counter", "Alto"], &["Chords", "Tenor"], &["Bass"]];

pub(super) fn choice<T>(value: i32, choices: &[(&str, T)]) -> String {
    let index = usize::try_from(value).unwrap_or(0);
    choices.get(index).map(|(name, _)| *name).unwrap_or_default().to_owned()
}

/// A choice by its name or the beginning of it, or by its number.
pub(super) fn parse_choice<T>(text: &str, choices: &[(&str, T)]) -> Option<i32> {
    let text = text.trim().to_ascii_lowercase();
    let starts = |(choice, _): &(&str, T)| !text.is_empty() && choice.to_ascii_lowercase().starts_with(&text);
    let found = choices.iter().position(starts).and_then(|index| i32::try_from(index).ok());
    found.or_else(|| text.parse().ok().filter(|&value| usize::try_from(value).is_ok_and(|index| index < choices.len())))
}

/// The same of figures, by the names too that the command line has: "on" is as they fit.
pub(super) fn parse_figures(text: &str, choices: &[(&str, Figures)]) -> Option<i32> {
    let named = || text.parse().ok().and_then(|meant| choices.iter().position(|(_, choice)| *choice == meant));
    parse_choice(text, choices).or_else(|| named().and_then(|place| i32::try_from(place).ok()))
}

pub(super) fn voice(value: i32) -> String {
    let names = usize::try_from(value - 1).ok().and_then(|index| VOICES.get(index));
    names.map_or_else(|| value.to_string(), |names| format!("{value} ({})", names.join(", ")))
}

pub(super) fn parse_voice(text: &str) -> Option<i32> {
    let text = text.trim();
    let named = VOICES.iter().position(|names| names.iter().any(|name| name.eq_ignore_ascii_case(text)));
    if let Some(index) = named {
        return i32::try_from(index + 1).ok();
    }
    let number = text.strip_prefix("Voice ").unwrap_or(text);
    let digits = number.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok().filter(|value| (1..=8).contains(value))
}

pub(super) fn measures(value: i32, for_ever: i32) -> String {
    match value {
        value if value == for_ever => "For ever".to_owned(),
        1 => "1 measure".to_owned(),
        value => format!("{value} measures"),
    }
}

pub(super) fn parse_measures(text: &str, for_ever: i32) -> Option<i32> {
    if text.trim().eq_ignore_ascii_case("for ever") {
        return Some(for_ever);
    }
    text.split_whitespace().next()?.parse().ok()
}

/// A tempo as musicians write it: no more digits than it has.
pub(super) fn tempo(value: f32) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

pub(super) fn parse_tempo(text: &str) -> Option<f32> {
    let text = text.trim().to_ascii_lowercase();
    text.trim_end_matches("bpm").trim().parse().ok().filter(|tempo| (20.0..=400.0).contains(tempo))
}

/// What starts and stops the clock: "Nothing", "Note 36", "Controller 64".
pub(super) fn switch(value: i32) -> String {
    match value {
        ..=0 => "Nothing".to_owned(),
        1..=128 => format!("Note {}", value - 1),
        _ => format!("Controller {}", value - 129),
    }
}

pub(super) fn parse_switch(text: &str) -> Option<i32> {
    let text = text.trim().to_ascii_lowercase();
    if text == "nothing" {
        return Some(0);
    }
    let (name, number) = text.rsplit_once(' ')?;
    let number = number.parse::<i32>().ok().filter(|number| (0..128).contains(number))?;
    match name.trim() {
        "note" => Some(number + 1),
        "controller" | "cc" => Some(number + 129),
        _ => None,
    }
}

pub(super) fn key(value: i32) -> String {
    let Ok(index) = usize::try_from(value - 1) else { return "Automatic".to_owned() };
    let mode = if index.is_multiple_of(2) { "major" } else { "minor" };
    format!("{} {mode}", TONICS.get(index / 2).copied().unwrap_or_default())
}

pub(super) fn parse_key(text: &str) -> Option<i32> {
    (0..=24).find(|&value| key(value).eq_ignore_ascii_case(text.trim()))
}

pub(super) fn channel(value: i32, none: &str) -> String {
    if value == 0 { none.to_owned() } else { format!("Channel {value}") }
}

pub(super) fn parse_channel(text: &str, none: &str) -> Option<i32> {
    let text = text.trim();
    if text.eq_ignore_ascii_case(none) {
        return Some(0);
    }
    text.strip_prefix("Channel ").unwrap_or(text).parse().ok().filter(|value| (0..=16).contains(value))
}

/// Where something stands, −1 (left) to 1, of a parameter from 0 to 1: a range around 0 would have two zeros, of which
/// a state keeps one.
pub(super) fn of_centre(value: f32) -> f32 {
    value * 2.0 - 1.0
}

/// The same as a share: "0 %", "+50 %", "-100 %".
pub(super) fn signed_percent(value: f32) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "a hundred at most")]
    let percent = (of_centre(value) * 100.0).round() as i32;
    if percent > 0 { format!("+{percent} %") } else { format!("{percent} %") }
}

pub(super) fn parse_signed_percent(text: &str) -> Option<f32> {
    // A minus sign may be typed as people write it.
    let text = text.trim().trim_end_matches('%').trim().replace('\u{2212}', "-");
    let percent = text.parse::<f32>().ok().filter(|percent| (-100.0..=100.0).contains(percent))?;
    Some(0.5 + percent / 200.0)
}

/// The same for people: "C", "L 50", "R 100".
pub(super) fn pan(value: f32) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "a hundred at most")]
    let percent = (of_centre(value) * 100.0).round() as i32;
    match percent {
        0 => "C".to_owned(),
        percent if percent < 0 => format!("L {}", -percent),
        percent => format!("R {percent}"),
    }
}

pub(super) fn parse_pan(text: &str) -> Option<f32> {
    let text = text.trim().to_ascii_lowercase();
    if text == "c" || text == "centre" || text == "center" {
        return Some(0.5);
    }
    let side = |letter: char| text.strip_prefix(letter).map(str::trim);
    let (number, sign) = match (side('l'), side('r')) {
        (Some(number), _) => (number, -1.0),
        (_, Some(number)) => (number, 1.0),
        _ => (text.as_str(), 1.0),
    };
    number
        .trim_end_matches('%')
        .trim()
        .parse::<f32>()
        .ok()
        .map(|percent| 0.5 + sign * percent / 200.0)
        .filter(|pan| (0.0..=1.0).contains(pan))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::choices::{BANDS, LOOKAHEADS};

    #[test]
    fn every_text_is_understood() {
        for value in 0..5 {
            assert_eq!(parse_choice(&choice(value, &BANDS), &BANDS), Some(value));
        }
        for value in 1..=8 {
            assert_eq!(parse_voice(&voice(value)), Some(value));
        }
        for value in 0..=24 {
            assert_eq!(parse_key(&key(value)), Some(value));
        }
        for value in 0..=256 {
            assert_eq!(parse_switch(&switch(value)), Some(value));
        }
        for value in [20.0, 97.0, 120.25, 133.33, 400.0] {
            assert_eq!(parse_tempo(&format!("{} BPM", tempo(value))), Some(value));
        }
        assert_eq!((tempo(97.0).as_str(), parse_tempo("19"), parse_switch("note 128")), ("97", None, None));
        for value in 0..=16 {
            assert_eq!(parse_channel(&channel(value, "All"), "All"), Some(value));
        }
        for percent in [-100_i16, -37, -1, 0, 1, 50, 100] {
            let value = 0.5 + f32::from(percent) / 200.0;
            assert_eq!(parse_pan(&pan(value)), Some(value));
            assert_eq!(parse_signed_percent(&signed_percent(value)), Some(value));
        }
        assert_eq!((parse_pan("left"), parse_pan("R 101")), (None, None));
        assert_eq!([0.0, 0.5, 0.75].map(signed_percent), ["-100 %", "0 %", "+50 %"]);
        assert_eq!(["\u{2212}100 %", "50", "+50%"].map(parse_signed_percent), [Some(0.0), Some(0.75), Some(0.75)]);
        assert_eq!(["full", "101 %", ""].map(parse_signed_percent), [None; 3]);
        for value in [0, 1, 2, 65] {
            assert_eq!(parse_measures(&measures(value, 65), 65), Some(value));
        }
    }

    #[test]
    fn names_are_understood_too() {
        assert_eq!(parse_choice("chorale", &BANDS), Some(1));
        assert_eq!(parse_choice("second-next", &LOOKAHEADS), Some(0));
        assert_eq!(parse_choice("next", &LOOKAHEADS), Some(1));
        assert_eq!(parse_choice("jazz", &BANDS), None);
        assert_eq!(parse_voice("bass"), Some(4));
        assert_eq!(parse_voice("Voice 2"), Some(2));
        assert_eq!(parse_voice("tuba"), None);
        assert_eq!(key(1), "C major");
        assert_eq!(key(20), "A minor");
    }
}
