//! The clock alone: its arithmetic.

use model::TimeSignature;
use model::random::Rng;

use super::*;

fn running(settings: OwnSettings, rate: f64) -> OwnClock {
    let mut clock = OwnClock::new(SampleRate::or_usual(rate));
    assert!(clock.set(OwnSettings { chosen: true, run: true, ..settings }));
    clock
}

/// The sample at which a beat of a steady tempo is due: the first that is not before it, but for a thousandth.
fn due(beat: i64, tempo: i64, rate: i64) -> i64 {
    let (exact, scale) = (beat * 60_000 * rate, tempo);
    (exact * 1000 - scale + scale * 1000 - 1).div_euclid(scale * 1000)
}

#[test]
fn after_hours_every_beat_is_on_its_sample() {
    for (tempo, rate) in [(97_000, 44_100), (133_330, 48_000), (400_000, 8000), (20_010, 192_000)] {
        let mut clock = running(OwnSettings { tempo, metronome: true, ..OwnSettings::default() }, f64::from(rate));
        let (mut now, mut beats, mut rng) = (0_i64, 0_i64, Rng::new(7));
        // Two hours.
        while now < 2 * 3600 * i64::from(rate) {
            let frames = 1 + u32::try_from(rng.below(16_384)).expect("small");
            clock.pass(frames, |after, first| {
                assert_eq!(now + i64::from(after), due(beats, tempo.into(), rate.into()), "beat {beats} at {tempo}");
                assert_eq!(first, beats % 4 == 0);
                beats += 1;
            });
            now += i64::from(frames);
        }
        assert!(beats > 2 * 60 * 20 - 1, "{beats} beats");
    }
}

#[test]
fn another_tempo_leaves_what_was_where_it_was_and_no_beat_is_lost_or_doubled() {
    let (mut rng, mut beats) = (Rng::new(3), 0_i64);
    let mut settings = OwnSettings { chosen: true, run: true, metronome: true, ..OwnSettings::default() };
    let mut clock = running(settings, 48_000.0);
    for _ in 0..20_000 {
        let before = clock.transport().beats;
        settings.tempo = 20_000 + u32::try_from(rng.below(380_000)).expect("small");
        assert!(!clock.set(settings));
        assert_eq!(clock.transport().beats, before);
        let frames = 1 + u32::try_from(rng.below(3000)).expect("small");
        clock.pass(frames, |_, first| {
            assert_eq!(first, beats % 4 == 0, "beat {beats}");
            beats += 1;
        });
    }
    // As many as there were: the one that is due now is not struck yet.
    let place = clock.transport().beats.expect("it rolls");
    assert!((beats as f64 - place.ceil()).abs() <= 1.0, "{beats} beats at {place}");
}

#[test]
fn another_meter_begins_at_the_next_bar_line() {
    let mut settings = OwnSettings { chosen: true, run: true, ..OwnSettings::default() };
    let mut clock = running(settings, 48_000.0);
    clock.pass(30_000, |_, _| {});
    settings.meter = TimeSignature::new(3, 4).expect("a waltz");
    assert!(!clock.set(settings));
    let said = |clock: &OwnClock| (clock.transport().time_signature, clock.transport().bar_start);
    assert_eq!(said(&clock), (Some((4, 4)), Some(0.0)));
    // At 120 and 48 kHz a beat has 24 000 samples.
    assert_eq!(clock.step(500, 100_000, None), Advance::Play { to: 66_500, takes: Takes::All });
    clock.pass(66_000, |_, _| {});
    assert_eq!(said(&clock), (Some((3, 4)), Some(4.0)));
    clock.pass(72_000, |_, _| {});
    assert_eq!(said(&clock), (Some((3, 4)), Some(7.0)));
}
