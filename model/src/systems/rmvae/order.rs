//! In which order the voices of a measure are decided.

use crate::music::band::{BandSpec, Role, VoiceId};

/// The user's voice first (imagined), then from the ground up: bass, harmony, melody, inner voices.
#[must_use]
pub fn decode_order(spec: &BandSpec, user: Option<VoiceId>) -> Vec<VoiceId> {
    let rank = |voice: &VoiceId| match spec.voices[voice.index()].role {
        _ if user == Some(*voice) => 0,
        Role::Bass => 1,
        Role::Harmony => 2,
        Role::Melody => 3,
        Role::Counter => 4,
    };
    let mut order: Vec<VoiceId> = spec.all().iter().collect();
    order.sort_by_key(rank);
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_comes_first_and_then_the_bass() {
        let spec = BandSpec::chorale();
        let names = |user: &str| -> Vec<String> {
            let order = decode_order(&spec, spec.voice(user));
            order.iter().map(|voice| spec.voices[voice.index()].name.clone()).collect()
        };
        assert_eq!(names("Soprano"), ["Soprano", "Bass", "Alto", "Tenor"]);
        assert_eq!(names("Tenor"), ["Tenor", "Bass", "Soprano", "Alto"]);
    }
}
