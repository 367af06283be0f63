//! What the public validators look for, ten times in a row, on both formats: clap-validator,
//! pluginval and Steinberg's validator are in no registry, so their checks are made here.
//!
//! The same with the editor open, which needs a window, is in `tests/tests/window.rs`.

use std::process::Command;
use std::time::{Duration, Instant};

use model::{Channel, Key, Rng, Velocity};
use tests::event::{Event, Kind};
use tests::host::remote::{Other, Remote, beside};
use tests::host::{Format, Host, Instance};
use tests::hostile::{self, Meddler, automation, nonsense};
use tests::seed::seed;
use tests::setup::Source;
use tests::stage::{MOST_FRAMES, Stage, music};
use tests::take::Pace;

/// In a row.
const TIMES: u64 = 10;

fn host(format: Format) -> Host {
    Host::load_bundled(format).unwrap_or_else(|error| panic!("{error:#}"))
}

fn fresh(format: Format) -> Box<dyn Instance> {
    host(format).instance().unwrap_or_else(|error| panic!("{error:#}"))
}

/// One block, as [`hostile::process`] checks it.
fn process(instance: &mut dyn Instance, frames: u32, events: &[Event], heard: &mut Vec<Event>) {
    hostile::process(instance, frames, events, heard).unwrap_or_else(|error| panic!("{error:#}"));
}

#[test]
#[ignore = "what scanning_takes_less_than_20_ms starts anew"]
fn scan() {
    let format = if std::env::var("SCAN").is_ok_and(|format| format == "vst3") { Format::Vst3 } else { Format::Clap };
    let start = Instant::now();
    let host = host(format);
    let names = host.plugins();
    println!("scanned in {} us", start.elapsed().as_micros());
    assert_eq!(names, ["Band Player"]);
}

/// A scanner loads the library and reads the factory, in a process that has never seen it.
#[test]
fn scanning_takes_less_than_20_ms() {
    let limit = Duration::from_millis(20);
    let program = std::env::current_exe().expect("this program has a path");
    for format in Format::ALL {
        for time in 0..TIMES {
            // Another process may just have the machine: of three tries one is undisturbed.
            let quickest = (0..3)
                .map(|_| {
                    let mut command = Command::new(&program);
                    command.args(["scan", "--exact", "--ignored", "--nocapture"]).env("SCAN", format.ending());
                    let output = command.output().expect("it starts");
                    let text = String::from_utf8_lossy(&output.stdout);
                    assert!(output.status.success(), "{format}: {text}");
                    let micros = text.split("scanned in ").nth(1).and_then(|rest| rest.split(' ').next());
                    Duration::from_micros(micros.and_then(|micros| micros.parse().ok()).expect("a time"))
                })
                .find(|&took| took < limit);
            assert!(quickest.is_some(), "{format}, scan {time}: longer than {limit:?}");
            println!("{format}: scanned in {quickest:?}");
        }
    }
}

/// With all that a host asks at once: parameters, buses, controllers.
#[test]
fn an_instance_is_made_in_less_than_50_ms() {
    let limit = Duration::from_millis(50);
    for format in Format::ALL {
        let host = host(format);
        for time in 0..TIMES {
            let quickest = (0..3)
                .map(|_| {
                    let start = Instant::now();
                    let instance = host.instance().expect("an instance");
                    let took = start.elapsed();
                    assert!(instance.parameters().len() > 40);
                    took
                })
                .find(|&took| took < limit);
            assert!(quickest.is_some(), "{format}, instance {time}: longer than {limit:?}");
            println!("{format}: made in {quickest:?}");
        }
    }
}

#[test]
fn blocks_of_any_size_with_inconsistent_notes_and_no_transport() {
    let seed = seed();
    for format in Format::ALL {
        for time in 0..TIMES {
            let mut rng = Rng::new(seed ^ time);
            let mut instance = fresh(format);
            // Handed through every other time: what comes out is checked too.
            let thru = time % 2 == 0;
            instance.set("Thru", if thru { "on" } else { "off" }).expect("it can be set");
            instance.activate(44_100, 2048).expect("active");
            let mut heard = Vec::new();
            let (mut sent, mut came) = (0, 0);
            for _ in 0..300 {
                let frames = 1 + u32::try_from(rng.below(2048)).expect("small");
                let events = nonsense(&mut rng, frames);
                sent += events.len();
                process(instance.as_mut(), frames, &events, &mut heard);
                came += heard.len();
            }
            let enough = sent > 3000 && (came > 1000 || !thru);
            assert!(enough, "{format}, time {time} of seed {seed}: {sent} events in 300 blocks, {came} came back");
        }
    }
}

#[test]
fn values_set_in_process_come_back_with_the_state() {
    let seed = seed();
    for format in Format::ALL {
        for time in 0..TIMES {
            let mut rng = Rng::new(seed ^ time);
            let mut instance = fresh(format);
            instance.activate(48_000, 512).expect("active");
            let parameters = instance.parameters().len();
            for _ in 0..20 {
                let events = automation(&mut rng, parameters, 512);
                process(instance.as_mut(), 512, &events, &mut Vec::new());
            }
            let state = instance.save().expect("saved");
            let mut other = fresh(format);
            assert_ne!(other.save().expect("saved"), state, "{format}, time {time} of seed {seed}: nothing was set");
            other.load(&state).expect("its own state");
            let values = |instance: &mut dyn Instance| -> Vec<String> {
                let names: Vec<_> = instance.parameters().iter().map(|parameter| parameter.name.clone()).collect();
                names.iter().map(|name| instance.get(name).expect("a value")).collect()
            };
            assert_eq!(values(instance.as_mut()), values(other.as_mut()), "{format}, time {time} of seed {seed}");
            assert_eq!(other.save().expect("saved"), state);
        }
    }
}

/// One thread processes hostile blocks with automation, while others move parameters (where the format lets them),
/// read them, save, and load states that are good, wrong, or garbage. Then the instance must play on as a new one does.
#[test]
fn parameters_and_states_come_from_several_threads_while_it_processes() {
    let seed = seed();
    for format in Format::ALL {
        let stage = Stage::new(format, 6, 240.0);
        let script = stage.straight();
        let expected = stage.take(&script, &[512]);
        assert!(expected.notes.len() > 10, "{format}: the band plays {} notes", expected.notes.len());
        let start = stage.instance(true).save().expect("saved");
        for time in 0..TIMES {
            let mut instance = stage.instance(true);
            let meddler = Meddler::new(format, instance.parameters().len(), &start, seed ^ time << 32);
            let set = |remote: &dyn Remote| meddler.set(remote);
            let get = |remote: &dyn Remote| meddler.get(remote);
            let save = |remote: &dyn Remote| meddler.save(remote);
            let load = |remote: &dyn Remote| meddler.load(remote);
            let others: [Other<'_>; 5] = [&set, &get, &save, &load, &load];
            let blocks = beside(instance.as_mut(), &others, |instance| {
                let mut rng = meddler.rng();
                let (begin, mut blocks) = (Instant::now(), 0_u32);
                while begin.elapsed() < Duration::from_millis(200) || blocks < 500 {
                    hostile::block(instance, &mut rng, 2048, true).unwrap_or_else(|error| panic!("{error:#}"));
                    blocks += 1;
                }
                blocks
            });
            assert!(blocks >= 500);
            let take = stage.take_anew(instance.as_mut(), &start, &script);
            assert!(take.verdict.is_clean(), "{format}, time {time} of seed {seed}: {:?}", take.verdict);
            assert_eq!(music(&take), music(&expected), "{format}, time {time} of seed {seed}");
        }
    }
}

#[test]
fn activation_cycles_leave_nothing_behind() {
    let seed = seed();
    for format in Format::ALL {
        let mut instance = fresh(format);
        // So that something sounds that could be left behind.
        instance.set("Thru", "on").expect("it can be set");
        let mut sounded = 0;
        for time in 0..TIMES {
            let mut rng = Rng::new(seed ^ time);
            let rate = [8_000, 22_050, 44_100, 48_000, 96_000, 192_000, 768_000][rng.below(7)];
            let most = 1 + u32::try_from(rng.below(MOST_FRAMES as usize)).expect("small");
            instance.activate(rate, most).expect("active");
            let mut heard = Vec::new();
            // What sounded before was ended by the host: it is a new life, and nothing is said without a reason.
            process(instance.as_mut(), most, &[], &mut heard);
            let ons = heard.iter().filter(|event| matches!(event.kind, Kind::On { .. })).count();
            assert_eq!(ons, 0, "{format}: {heard:?}");
            for _ in 0..20 {
                let frames = 1 + u32::try_from(rng.below(most as usize)).expect("small");
                let events = nonsense(&mut rng, frames);
                process(instance.as_mut(), frames, &events, &mut heard);
                sounded += heard.iter().filter(|event| matches!(event.kind, Kind::On { .. })).count();
            }
            instance.deactivate();
        }
        assert!(sounded > 100, "{format}: there was something to leave behind, {sounded} notes");
    }
}

/// A VST3 host may say rate and mode once before it activates, or twice, and an offline render may follow a live take
/// in the same instance. None may hang, and the music of a render is that of a new instance.
#[test]
fn set_up_once_or_twice_before_offline_and_live() {
    for format in Format::ALL {
        let mut stage = Stage::new(format, 6, 300.0);
        stage.setup.band = Source::Embedded("n-gram".into());
        let script = stage.straight();
        let expected = music(&stage.take(&script, &[512]));
        assert!(expected.len() > 10, "{format}: the band plays {} notes", expected.len());
        for time in 0..TIMES {
            let mut instance = stage.instance(false);
            for (offline, set_ups) in [(true, 1), (false, 1), (true, 2), (false, 2)] {
                instance.deactivate();
                instance.render_offline(offline).expect("the plugin knows of offline rendering");
                instance.set_up_times(set_ups);
                instance.activate(stage.rate, MOST_FRAMES).expect("active");
                let start = Instant::now();
                let take = stage.take_with(instance.as_mut(), &script, &[4096], Pace::Free);
                assert!(start.elapsed() < Duration::from_secs(15), "{format}, time {time}: {:?}", start.elapsed());
                assert!(take.verdict.is_clean(), "{format}, {offline} {set_ups}: {:?}", take.verdict);
                if offline {
                    assert_eq!(music(&take), expected, "{format}, time {time}");
                }
            }
        }
    }
}

/// The framework gives the plugin a block's automation at the block's start, whatever sample it is for: so it must not
/// matter which, and notes stay at theirs.
#[test]
fn automation_at_any_sample_is_that_of_its_block() {
    for format in Format::ALL {
        let play = |at: u32| {
            let mut instance = fresh(format);
            instance.set("Thru", "on").expect("it can be set");
            instance.activate(48_000, 512).expect("active");
            let place = instance.parameters().iter().position(|parameter| parameter.name == "Thru").expect("thru");
            let index = u16::try_from(place).expect("few");
            let (channel, key) = (Channel::new(0).expect("a channel"), Key::MIDDLE_C);
            let mut all = Vec::new();
            for block in 0..40_u32 {
                let note = match block % 2 {
                    0 => Kind::On { channel, key, velocity: Velocity::DEFAULT },
                    _ => Kind::Off { channel, key },
                };
                let mut events = vec![Event { offset: 300, kind: note }];
                if block % 4 == 2 {
                    let share = if block % 8 == 2 { 0 } else { u16::MAX };
                    events.push(Event { offset: at, kind: Kind::Parameter { index, share } });
                }
                events.sort_by_key(|event| event.offset);
                let mut heard = Vec::new();
                process(instance.as_mut(), 512, &events, &mut heard);
                all.extend(heard.into_iter().map(|event| (block, event)));
            }
            all
        };
        let expected = play(0);
        assert!(expected.len() > 10 && expected.iter().all(|(_, event)| event.offset == 300), "{expected:?}");
        for at in [1, 299, 300, 301, 511] {
            assert_eq!(play(at), expected, "{format}: at sample {at}");
        }
    }
}

/// Offline the plugin waits for its band where the transport starts. Another thread may load states with other bands
/// just then: what was wished first never comes, and must not be waited for.
#[test]
fn an_offline_start_does_not_wait_for_a_band_that_nobody_wishes_any_more() {
    for format in Format::ALL {
        let stage = Stage::new(format, 2, 240.0);
        let mut instance = stage.instance(true);
        let states = ["Loop rule", "Pop", "n-gram", "Chorale"].map(|band| {
            let mut other = fresh(format);
            other.set("Band", band).expect("it can be set");
            other.save().expect("saved")
        });
        let load = |remote: &dyn Remote| {
            for state in &states {
                assert!(remote.load(state), "its own state");
                std::thread::sleep(Duration::from_micros(300));
            }
        };
        let script = stage.straight();
        let blocks = script.blocks(&[512]);
        let rolling = script.event(&blocks[0]);
        beside(instance.as_mut(), &[&load], |instance| {
            let begin = Instant::now();
            let (mut starts, mut longest) = (0, Duration::ZERO);
            while begin.elapsed() < Duration::from_millis(1500) {
                instance.process(512, None, &[], &mut Vec::new()).expect("it plays");
                let took = instance.process(512, Some(&rolling), &[], &mut Vec::new()).expect("it plays");
                longest = longest.max(took);
                starts += 1;
            }
            assert!(starts > 5 && longest < Duration::from_secs(3), "{format}: {starts} starts, {longest:?}");
        });
    }
}
