//! The people whose takes were learnt, in a band file: their feels, and their patterns.

use super::feel::{FEEL, Feel, FeelOf};
use super::pattern::{LEANT_ON, PLACES, Pattern};
use super::style::DrumStyle;
use crate::systems::nn::{NamedTensor, WeightsError};

/// The name of their feels among the weights.
const FEELS: &str = "feels";

/// The numbers of one of them: the feel, its style's place or −1, its tempo as ln.
const FEEL_ROW: usize = FEEL + 2;

/// The name of their patterns. Files of before have none.
const PATTERNS: &str = "patterns";

/// The numbers of one of them; where it is not known, all are −1.
const PATTERN_ROW: usize = LEANT_ON.len() * PLACES;

/// These people as weights.
pub(super) fn as_weights(people: &[FeelOf]) -> Vec<NamedTensor> {
    let feels: Vec<f32> = people.iter().flat_map(feel_row).collect();
    let mut out = vec![NamedTensor { name: FEELS.into(), shape: vec![people.len(), FEEL_ROW], values: feels.into() }];
    if people.iter().any(|of| of.pattern.is_some()) {
        let row = |of: &FeelOf| of.pattern.map_or([[-1.0; LEANT_ON.len()]; PLACES], |pattern| pattern.0);
        let patterns: Vec<f32> = people.iter().flat_map(row).flatten().collect();
        out.push(NamedTensor {
            name: PATTERNS.into(),
            shape: vec![people.len(), PATTERN_ROW],
            values: patterns.into(),
        });
    }
    out
}

#[expect(clippy::cast_precision_loss, reason = "few styles")]
fn feel_row(of: &FeelOf) -> impl Iterator<Item = f32> + use<> {
    let style = of.style.map_or(-1.0, |style| style.index() as f32);
    of.feel.0.into_iter().chain([style, of.tempo.ln()])
}

/// The people of a file's weights.
///
/// # Errors
/// [`WeightsError`] where they are missing, are no numbers, or patterns are not as many or no shares.
pub(super) fn people_of(weights: &[NamedTensor]) -> Result<Vec<FeelOf>, WeightsError> {
    let named = |name: &str| weights.iter().find(|weight| weight.name == name);
    let mut people = named(FEELS).and_then(feels_of).ok_or_else(|| WeightsError::Missing(FEELS.into()))?;
    if let Some(weight) = named(PATTERNS) {
        let expected = vec![people.len(), PATTERN_ROW];
        if weight.shape != expected {
            return Err(WeightsError::Shape { name: PATTERNS.into(), expected, found: weight.shape.clone() });
        }
        if weight.values.iter().any(|share| !(-1.0..=1.0).contains(share)) {
            return Err(WeightsError::Missing(PATTERNS.into()));
        }
        for (of, row) in people.iter_mut().zip(weight.values.chunks_exact(PATTERN_ROW)) {
            of.pattern = pattern_of(row);
        }
    }
    Ok(people)
}

/// A person's pattern; `None` where it is not known.
fn pattern_of(row: &[f32]) -> Option<Pattern> {
    let mut shares = [[0.0; LEANT_ON.len()]; PLACES];
    shares.iter_mut().zip(row.chunks_exact(LEANT_ON.len())).for_each(|(place, row)| place.copy_from_slice(row));
    row.iter().all(|share| *share >= 0.0).then_some(Pattern(shares))
}

/// The feels of a file's weight; `None` where they are none.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below 0 it is none, and `as` saturates")]
fn feels_of(weight: &NamedTensor) -> Option<Vec<FeelOf>> {
    let shaped = weight.shape.len() == 2 && weight.shape[1] == FEEL_ROW && weight.shape[0] > 0;
    if !shaped || weight.values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let one = |row: &[f32]| {
        let mut feel = Feel([0.0; FEEL]);
        feel.0.copy_from_slice(&row[..FEEL]);
        let style = (row[FEEL] >= 0.0).then_some(row[FEEL].round() as usize);
        let style = style.and_then(|style| DrumStyle::ALL.get(style).copied());
        FeelOf { feel, pattern: None, style, tempo: row[FEEL + 1].exp().clamp(20.0, 400.0) }
    };
    Some(weight.values.chunks_exact(FEEL_ROW).map(one).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people() -> Vec<FeelOf> {
        let feel = Feel(std::array::from_fn(|at| if at % 2 == 0 { 0.5 } else { -0.25 }));
        let pattern = Pattern(std::array::from_fn(|place| if place == 4 { [0.0, 1.0] } else { [0.25, 0.0] }));
        let of = |style, pattern| FeelOf { feel, pattern, style, tempo: 100.0 };
        vec![of(Some(DrumStyle::Soul), Some(pattern)), of(None, None)]
    }

    #[test]
    fn people_are_read_as_they_were_written() {
        let read = people_of(&as_weights(&people())).expect("people");
        for (read, of) in read.iter().zip(&people()) {
            assert_eq!((read.feel, read.pattern, read.style), (of.feel, of.pattern, of.style));
            assert!((read.tempo - 100.0).abs() < 0.01);
        }
    }

    #[test]
    fn a_file_of_before_has_no_patterns_and_is_read() {
        let read = people_of(&as_weights(&people())[..1]).expect("people");
        assert!(read.len() == 2 && read.iter().all(|of| of.pattern.is_none()));
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        let refused = |change: &dyn Fn(&mut Vec<NamedTensor>)| {
            let mut weights = as_weights(&people());
            change(&mut weights);
            people_of(&weights).expect_err("nonsense").to_string()
        };
        assert_eq!(refused(&|weights| weights[0].values_mut()[0] = f32::NAN), "the weight `feels` is missing");
        assert_eq!(refused(&|weights| weights[0].shape = vec![FEEL_ROW, 2]), "the weight `feels` is missing");
        assert_eq!(refused(&|weights| weights.truncate(0)), "the weight `feels` is missing");
        assert_eq!(refused(&|weights| weights[1].values_mut()[3] = f32::NAN), "the weight `patterns` is missing");
        let shape = refused(&|weights| weights[1].shape = vec![3, PATTERN_ROW]);
        assert_eq!(shape, "the weight `patterns` has the shape [3, 32], and [2, 32] is needed");
        let mut weights = as_weights(&people());
        weights[0].values_mut()[FEEL] = 77.0;
        assert_eq!(people_of(&weights).expect("people")[0].style, None, "there is no such style");
    }
}
