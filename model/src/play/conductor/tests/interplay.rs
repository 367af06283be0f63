//! Who plays when: trading, soloing, going on alone.

use super::*;

/// The voices that the band plays in each measure, as digits; the user plays where `user` says so.
fn cast(settings: Settings, user: &[bool]) -> Vec<String> {
    let mut rig = Rig::new(settings);
    let digits = |mask: VoiceMask| mask.iter().map(|voice| voice.index().to_string()).collect::<String>();
    let play = |(at, &plays): (usize, &bool)| {
        let key = 60 + i32::try_from(at).expect("few measures");
        rig.play(&if plays { held(key) } else { Measure::silent(16) });
        digits(rig.conductor.playing().present)
    };
    user.iter().enumerate().map(play).collect()
}

/// `#`: the user plays; `.`: the user is silent.
fn user(text: &str) -> Vec<bool> {
    text.chars().map(|c| c == '#').collect()
}

fn check(interplay: Interplay, turn: u8, lookahead: Lookahead, played: &str, expected: &[&str]) {
    let settings = Settings { interplay, turn, ..settings(lookahead) };
    assert_eq!(cast(settings, &user(played)), expected, "{interplay:?} of {turn}, {lookahead:?}");
}

#[test]
fn in_trade_the_band_comps_and_then_answers_in_all_voices() {
    use Lookahead::{Next, SecondNext};
    // The user plays the lead: the others comp.
    let twos = ["", "", "0123", "0123", "123", "123", "0123", "0123", "123", "123"];
    check(Interplay::Trade, 2, SecondNext, "##..##..##", &twos);
    let twos = ["", "123", "0123", "0123", "123", "123", "0123", "0123"];
    check(Interplay::Trade, 2, Next, "##..##..", &twos);
    // The turns begin with the first note, not with the transport.
    let late = ["", "", "", "", "0123", "0123", "123", "123"];
    check(Interplay::Trade, 2, SecondNext, "..##..##", &late);
    // Of turns of one measure, second-next cannot have heard the first when it should be answered.
    check(Interplay::Trade, 1, SecondNext, "#.#.#.", &["", "", "123", "0123", "123", "0123"]);
    check(Interplay::Trade, 1, Next, "#.#.#.", &["", "0123", "123", "0123", "123", "0123"]);
}

#[test]
fn to_a_user_of_another_voice_the_band_saves_its_melody_for_the_answer() {
    let trade = Settings { interplay: Interplay::Trade, turn: 2, user: voice(2), ..settings(Lookahead::SecondNext) };
    assert_eq!(cast(trade, &user("##..##..")), ["", "", "0123", "0123", "13", "13", "0123", "0123"]);
}

#[test]
fn to_listen_in_the_bands_turn_is_not_to_be_silent() {
    let trade = Settings { interplay: Interplay::Trade, turn: 4, play_on: 0, ..settings(Lookahead::SecondNext) };
    let mut rig = Rig::new(trade);
    let sources: Vec<_> =
        (0..40).map(|at| rig.play(&if at % 8 < 4 { held(60) } else { Measure::silent(16) })).collect();
    assert!(sources[2..].iter().all(|&source| source == Source::Predicted), "{sources:?}");
    // Who misses a turn of their own, is: the band closes, and rests.
    let sources: Vec<_> = (0..8).map(|_| rig.play(&Measure::silent(16))).collect();
    assert!(sources.contains(&Source::Closing), "{sources:?}");
    // And who comes back has the first turn.
    let back: Vec<_> = (0..6)
        .map(|_| {
            rig.play(&held(70));
            rig.conductor.playing().present.count()
        })
        .collect();
    assert_eq!(back, [0, 0, 3, 3, 4, 4]);
}

#[test]
fn in_solo_the_user_has_the_chords_and_the_band_the_melody() {
    let solo = Settings { interplay: Interplay::Solo, ..settings(Lookahead::SecondNext) };
    assert_eq!(cast(solo, &user("####")), ["", "", "013", "013"]);
    let (pop, choir) = (Players::of(&BandSpec::pop()), Players::of(&BandSpec::chorale()));
    assert_eq!(solo.seated(&pop).user, voice(2));
    assert_eq!(solo.seated(&choir).user, voice(3), "a choir has no chords: the lowest voice, not the melody");
    assert_eq!(Settings { user: voice(1), ..solo }.seated(&choir).user, voice(1));
    let seated = solo.seated(&choir);
    assert_eq!(seated.seated(&choir), seated, "seated once and for all");
    // What was asked for says so.
    let mut rig = Rig::new(solo);
    rig.play(&held(60));
    rig.conductor.begin_measure(16, 16);
    assert!(rig.conductor.take_request(&mut rig.request));
    assert_eq!((rig.request.user, rig.request.voices.has(voice(0))), (voice(2), true));
    assert_eq!(*rig.request.history.back(0).expect("heard").voice(voice(2)), held(60));
}

#[test]
fn in_continue_the_band_goes_on_when_the_user_stops_until_they_are_back() {
    use Lookahead::{Next, SecondNext};
    let all = "0123";
    check(Interplay::Continue, 4, SecondNext, "####....##..", &["", "", "", "", "", "", all, all, all, all, "", ""]);
    check(Interplay::Continue, 4, Next, "####....##..", &["", "", "", "", "", all, all, all, all, "", "", all]);
    // However long that takes; and before anything is heard, nothing is gone on with.
    let settings = Settings { interplay: Interplay::Continue, play_on: 0, ..settings(SecondNext) };
    let long = cast(settings, &user(&format!("..##{}", ".".repeat(60))));
    assert!(long[..6].iter().all(String::is_empty) && long[6..].iter().all(|voices| voices == all));
}

#[test]
fn what_the_band_plays_in_the_users_voice_is_what_it_goes_on_from() {
    for lookahead in [Lookahead::SecondNext, Lookahead::Next] {
        for hear_own in [true, false] {
            let settings = Settings { interplay: Interplay::Continue, hear_own, ..settings(lookahead) };
            let mut rig = Rig::new(settings);
            for _ in 0..4 {
                rig.play(&held(60));
            }
            for _ in 0..6 {
                rig.play(&Measure::silent(16));
            }
            rig.conductor.begin_measure(16, 16);
            let played = *rig.conductor.history().back(0).expect("a measure").voice(voice(0));
            assert!(!played.is_silent(), "the history has the band's notes in the user's voice");
            rig.conductor.last_step(&Measure::silent(16));
            assert!(rig.conductor.take_request(&mut rig.request));
            let newest = rig.request.history.back(0).expect("a measure");
            assert_eq!(newest.present.has(voice(0)), hear_own, "a band that does not hear itself does not know them");
            assert!(rig.request.history.back(8).expect("the user's").present.has(voice(0)));
            // What the user plays themself counts, not what the band played there.
            rig.conductor.close_measure(&held(50));
            rig.conductor.begin_measure(16, 16);
            assert_eq!(*rig.conductor.history().back(0).expect("a measure").voice(voice(0)), held(50));
        }
    }
}

#[test]
fn a_change_is_heard_from_the_next_planned_measure_on_and_the_users_voice_is_given_back_at_once() {
    let mut rig = Rig::new(settings(Lookahead::SecondNext));
    let play = |rig: &mut Rig, interplay| {
        rig.conductor.set_settings(Settings { interplay, turn: 1, ..*rig.conductor.settings() });
        rig.play(&held(60));
        rig.conductor.playing().present.count()
    };
    for _ in 0..4 {
        play(&mut rig, Interplay::Accompany);
    }
    // The measure under way is the first of the user's turn, and the one after it is still as planned.
    let trade: Vec<_> = (0..6).map(|_| play(&mut rig, Interplay::Trade)).collect();
    assert_eq!(trade, [3, 4, 3, 4, 3, 4]);
    rig.conductor.set_settings(Settings { interplay: Interplay::Accompany, ..*rig.conductor.settings() });
    for _ in 0..4 {
        rig.play(&held(60));
        assert!(!rig.conductor.playing().present.has(voice(0)));
    }
    assert_eq!(rig.conductor.tally().fallbacks(), 0, "no change costs a measure");
}
