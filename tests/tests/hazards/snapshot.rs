//! What the editor is shown is what was heard: every note of every measure, as it left the
//! plugin, whatever changes the notes on their way.

use std::collections::BTreeMap;

use band_player::snapshot::{Shown, Snapshot};
use band_player::status::Status;
use model::VoiceId;
use model::systems::harmony::telling::ChordSource;
use tests::editor::shots::Patience;
use tests::event::clip;
use tests::host::Host;
use tests::setup::Setup;
use tests::take::{Pace, Playing, Take};
use tests::timeline::{STEP, Timeline};
use tests::transport::Script;
use tests::tune;

const RATE: u32 = 48_000;
const BLOCK: u32 = 512;

/// The whole tune through a linked plugin with these parameters set: what was shown after each
/// block, and the take.
fn run(set: &[(&str, &str)], look: impl FnMut(&Snapshot)) -> Take {
    run_at(true, set, look)
}

fn run_at(offline: bool, set: &[(&str, &str)], mut look: impl FnMut(&Snapshot)) -> Take {
    let song = tune::song();
    let host = Host::linked().expect("the plugin is linked");
    let (mut instance, number) = host.linked_instance().expect("an instance");
    let status = Status::of(number).expect("its status");
    instance.render_offline(offline).expect("it renders");
    Setup { thru: true, ..Setup::default() }.apply(instance.as_mut()).expect("chosen");
    for (name, text) in set {
        instance.set(name, text).expect("it can be set");
    }
    assert!(!status.snapshot().seen.processes, "nothing was processed yet");
    instance.activate(RATE, BLOCK).expect("active");
    let end = song.spans().last().map_or(0, |span| i64::from(span.end())) * STEP;
    let script = Script::new(Timeline::of(&song), RATE).roll(0..end).halt(i64::from(BLOCK) * 2);
    let clip = clip(&song.tracks[0], song.spans(), model::Channel::new(0).expect("a channel"));
    let playing = Playing { script: &script, clip: &clip, sizes: &[BLOCK], pace: Pace::Free, thru: true };
    let mut patience = Patience::new(&status);
    let progress = |_| {
        // Offline the plugin itself waits, at the bar line: a plan is never seen before it plays.
        if !offline {
            patience.wait();
        }
        look(&status.snapshot());
    };
    playing.play(instance.as_mut(), progress).expect("it plays")
}

/// (step of the song, key, velocity) of each onset on this channel.
fn heard(take: &Take, channel: u8) -> Vec<(i64, u8, u8)> {
    let notes = take.notes.iter().filter(|note| note.channel.get() == channel);
    let mut notes: Vec<_> = notes.map(|note| (note.tick / STEP, note.key.get(), note.velocity.get())).collect();
    notes.sort_unstable_by(|one, other| other.cmp(one));
    // Two that a range folds onto one key are one note to look at: the louder.
    notes.dedup_by_key(|note| (note.0, note.1));
    notes.reverse();
    notes
}

fn shown(measures: &BTreeMap<u32, Shown>, voice: usize) -> Vec<(i64, u8, u8)> {
    let voice = VoiceId::new(voice).expect("a voice");
    let mut notes: Vec<_> = measures
        .values()
        .flat_map(|shown| {
            let start = i64::from(shown.index) * 16;
            let onsets = shown.music.voice(voice).onsets();
            onsets.map(move |note| (start + i64::from(note.step.0), note.key.get(), note.velocity.get()))
        })
        .collect();
    notes.sort_unstable();
    notes
}

#[test]
fn every_note_that_was_heard_is_shown() {
    for set in [&[][..], &[("Voice 4 octave", "1 oct"), ("Voice 3 highest key", "C4"), ("Voice 2", "Off")][..]] {
        let mut measures = BTreeMap::new();
        let take = run(set, |snapshot| {
            for shown in snapshot.page.past.iter().flatten() {
                measures.insert(shown.index, *shown);
            }
        });
        assert!(measures.len() > 16, "the tune has measures");
        for voice in 0..4 {
            let (heard, shown) = (heard(&take, u8::try_from(voice).expect("small")), shown(&measures, voice));
            assert!(voice == 1 || !heard.is_empty(), "voice {voice} plays");
            assert_eq!(shown, heard, "voice {voice} with {set:?}");
        }
    }
}

#[test]
fn what_is_planned_is_what_comes() {
    let mut plans: BTreeMap<u32, Shown> = BTreeMap::new();
    let (mut compared, mut notes) = (0, 0);
    run_at(false, &[("Velocity follow", "0 %"), ("Follow", "Off")], |snapshot| {
        if let Some(planned) = snapshot.page.planned {
            plans.insert(planned.index, planned);
        }
        if let Some(now) = snapshot.page.now
            && let Some(plan) = plans.remove(&now.index)
        {
            for voice in plan.music.present.iter() {
                let onsets = |shown: &Shown| -> Vec<_> {
                    let notes = shown.music.voice(voice).onsets();
                    notes.map(|note| (note.step, note.key, note.velocity)).collect()
                };
                let (planned, came) = (onsets(&plan), onsets(&now));
                // What goes on from the measure before is not struck again.
                assert!(came.iter().all(|note| planned.contains(note)), "{came:?} of {planned:?}");
                assert!(planned.len() - came.len() <= 4);
                notes += came.len();
            }
            compared += 1;
        }
    });
    assert!(compared > 8 && notes > 50, "{compared} plans were seen, of which {notes} notes came");
}

#[test]
fn the_chords_that_the_band_was_told_are_shown_where_it_plays_by_them() {
    let told = |harmony: &str| {
        let mut measures = BTreeMap::new();
        let _take = run(&[("Harmony", harmony)], |snapshot| {
            measures.extend(snapshot.page.past.iter().flatten().map(|shown| (shown.index, *shown)));
        });
        measures
    };
    let (mut foretold, mut held) = (0, 0);
    for shown in told("Foretold and held").values() {
        let halves: Vec<_> = shown.told.iter().flatten().collect();
        assert_eq!(halves.len(), if shown.source == model::Source::Predicted { 2 } else { 0 }, "{}", shown.index);
        for half in halves {
            assert!(half.chance.is_some() && half.likeliest[0].is_some() && half.why[0].is_some());
            match half.source {
                ChordSource::Foretold => foretold += 1,
                ChordSource::Held => held += 1,
            }
        }
    }
    assert!(foretold > 10 && held > 0, "{foretold} foretold, {held} held");
    assert!(told("Off").values().all(|shown| shown.told == [None; 2]));
}

#[test]
fn muted_voices_are_planned_but_not_heard() {
    let mut last = None;
    let take = run(&[("Voice 4 mute", "On")], |snapshot| last = Some(snapshot.clone()));
    let unmuted = run(&[], |_| ());
    assert!((1..4).all(|voice| !heard(&unmuted, voice).is_empty()), "all three are heard as long as none is muted");
    assert!(heard(&take, 3).is_empty(), "the bass is muted");
    assert_eq!(heard(&take, 2), heard(&unmuted, 2), "the others play as before");
    let last = last.expect("a snapshot");
    let bass = VoiceId::new(3).expect("a voice");
    assert!(!last.page.audible.has(bass));
    assert!(last.page.past.iter().flatten().any(|shown| !shown.music.voice(bass).is_silent()), "it plays on unheard");
    let solo = run(&[("Voice 2 solo", "On")], |_| ());
    assert!(heard(&solo, 2).is_empty() && heard(&solo, 3).is_empty(), "only the counter is heard");
    assert_eq!(heard(&solo, 1), heard(&unmuted, 1));
}
