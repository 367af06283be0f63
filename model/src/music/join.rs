//! Notes over bar lines: what one measure hands on, the next must take up, and nothing else.

use crate::music::band::BandMeasure;
use crate::music::measure::Measure;

/// Makes two neighbouring measures agree in every voice: a note that nobody handed on becomes a
/// new one, and a note that nobody takes up ends at the bar line.
pub(crate) fn join(before: Option<&mut BandMeasure>, after: &mut BandMeasure) {
    let nothing = BandMeasure::missing(1);
    let source = before.as_deref().unwrap_or(&nothing);
    for voice in after.present.iter() {
        let handed_on = source.voice(voice);
        after.voice_mut(voice).for_each_mut(|note| {
            note.continued &= handed_on.notes().iter().any(|other| other.key == note.key && other.continues);
        });
    }
    if let Some(before) = before {
        for voice in before.present.iter() {
            let taken_up: &Measure = after.voice(voice);
            before.voice_mut(voice).for_each_mut(|note| {
                note.continues &= taken_up.notes().iter().any(|other| other.key == note.key && other.continued);
            });
        }
    }
}
