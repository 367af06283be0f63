//! What the player sends: polite or hostile.

use model::{Channel, Key, Velocity};

use super::chances::Chances;
use crate::event::{ClipNote, Kind, schedule};
use crate::timeline::{QUARTER, STEP};
use crate::transport::Script;

/// Events with their samples since the beginning, in order.
pub(super) type Stream = Vec<(i64, Kind)>;

/// A player on the first channel, who follows the transport.
pub(super) fn polite(chances: &mut Chances, script: &Script) -> Stream {
    let mut clip: Vec<ClipNote> = Vec::new();
    let end = (0..script.moves.len()).map(|index| script.last_tick(index)).max().unwrap_or(0);
    let mut tick = -4 * QUARTER;
    while tick < end {
        let length = chances.one(&[STEP, STEP, 2 * STEP, 4 * STEP, 7 * STEP, 100]);
        if !chances.percent(20) {
            let chord: &[i32] = if chances.percent(20) { &[0, 4, 7] } else { &[0] };
            let root = i32::from(chances.byte(48, 72));
            clip.extend(chord.iter().map(|interval| ClipNote {
                ticks: tick..tick + length,
                channel: FIRST,
                key: Key::clamped(root + interval),
                velocity: Velocity::clamped(f32::from(chances.byte(1, 127))),
            }));
        }
        tick += length;
    }
    schedule(&clip, script)
}

const FIRST: Channel = Channel::new(0).expect("the first channel");

/// Somebody who leans on everything: keys struck twice, offs without ons, all channels, every
/// controller, events in one heap.
pub(super) fn hostile(chances: &mut Chances, script: &Script, length: i64) -> Stream {
    let mut stream = Vec::new();
    let heap = chances.percent(6);
    for _ in 0..if heap { chances.count(1000, 10_000) } else { chances.count(20, 800) } {
        let at = if heap { length / 2 } else { chances.between(0, length - 1) };
        let kind = anything(chances);
        // A heap of them would be more than the plugin has places for.
        stream.push((at, if heap && matches!(kind, Kind::SysEx(_)) { Kind::Other } else { kind }));
    }
    if chances.percent(10) {
        // All channels and keys, down and later up.
        let (down, up) = (chances.between(0, length - 1), chances.between(0, length - 1));
        for (channel, key) in (0..16).flat_map(|channel| (0..128).map(move |key| (channel, key))) {
            stream.push((down.min(up), Kind::on(Some(channel), Some(key), 0.5)));
            stream.push((down.max(up), Kind::off(Some(channel), Some(key))));
        }
    }
    // On the last sample before each move, and on its first.
    for index in 1..script.moves.len() {
        let start = script.start(index);
        stream.extend([(start - 1, anything(chances)), (start, anything(chances))]);
    }
    stream.retain(|&(at, _)| (0..length).contains(&at));
    stream.sort_by_key(|&(at, _)| at);
    stream
}

/// A player who changes manners in mid-script: what the one held, the other never ends.
pub(super) fn moody(chances: &mut Chances, script: &Script, length: i64) -> Stream {
    let (mut first, mut second) = (polite(chances, script), hostile(chances, script, length));
    if chances.percent(50) {
        std::mem::swap(&mut first, &mut second);
    }
    let change = chances.between(0, length);
    first.retain(|&(at, _)| at < change);
    first.extend(second.into_iter().filter(|&(at, _)| at >= change));
    first
}

fn anything(chances: &mut Chances) -> Kind {
    // Few keys, so that they meet; on the band's channels too.
    let (channel, key) = (Some(i32::from(chances.byte(0, 15)) % chances.one(&[4, 16])), chances.one(&KEYS));
    match chances.count(0, 10) {
        10 => Kind::SysEx(chances.byte(0, 127)),
        0..=3 => Kind::on(channel, Some(key), f64::from(chances.byte(1, 127)) / 127.0),
        4..=7 => Kind::off(channel, Some(key)),
        // The pedal more often than any other.
        _ => {
            let number = if chances.percent(30) { SUSTAIN } else { chances.byte(0, Kind::BEND) };
            // Were a third channel bent, it might be an MPE keyboard.
            let bends = matches!(number, TIMBRE | Kind::PRESSURE | Kind::BEND);
            let channel = if bends { chances.one(&[0, 1, 2, 9, 15]) } else { chances.byte(0, 15) };
            Kind::control(channel, number, chances.byte(0, 127))
        }
    }
}

/// An MPE keyboard with so many members, which says so: each note has the next member, and is bent, pressed and
/// coloured before it begins and while it sounds.
pub(super) fn mpe(chances: &mut Chances, script: &Script, members: u8) -> Stream {
    let mut next = 0;
    let mut places: std::collections::BTreeMap<u8, u8> = std::collections::BTreeMap::new();
    let length = length_of(script);
    let mut stream: Stream = [(0, 101, 0), (1, 100, 6), (2, 6, members)]
        .map(|(at, number, value)| (at, Kind::control(0, number, value)))
        .to_vec();
    for (at, kind) in polite(chances, script).into_iter().filter(|&(at, _)| at > 2 && at < length) {
        match kind {
            Kind::On { key, .. } => {
                let member = 1 + next % members;
                next += 1;
                let channel = Channel::new(member).unwrap_or(FIRST);
                places.insert(key.get(), member);
                stream.push((at, shape(chances, member)));
                stream.push((at, kind.on_channel(channel)));
                stream.push((at + 1, shape(chances, member)));
            }
            Kind::Off { key, .. } => {
                if let Some(channel) = places.remove(&key.get()).and_then(Channel::new) {
                    stream.push((at, kind.on_channel(channel)));
                }
            }
            _ => {}
        }
        if chances.percent(10) {
            // The master's pedal, and what bends all.
            let number = chances.one(&[SUSTAIN, Kind::BEND, 1]);
            stream.push((at, Kind::control(0, number, chances.byte(0, 127))));
        }
    }
    stream.retain(|&(at, _)| at < length);
    stream.sort_by_key(|&(at, _)| at);
    stream
}

fn shape(chances: &mut Chances, member: u8) -> Kind {
    Kind::control(member, chances.one(&[Kind::BEND, Kind::PRESSURE, TIMBRE]), chances.byte(0, 127))
}

/// The controller that is a note's timbre.
const TIMBRE: u8 = 74;

/// The controller that is the sustain pedal.
const SUSTAIN: u8 = 64;

const KEYS: [i32; 10] = [0, 127, 36, 40, 43, 48, 60, 64, 67, 72];

/// A parameter's automation: a point on every sample of some stretch.
pub(super) fn automation(chances: &mut Chances, index: u16, length: i64) -> Stream {
    let start = chances.between(0, length - 1);
    let points = chances.between(10, 2000).min(length - start);
    let mut share = u16::from(chances.byte(0, 255)) << 8;
    (start..start + points)
        .map(|at| {
            share = share.wrapping_add(9973);
            (at, Kind::Parameter { index, share })
        })
        .collect()
}

/// How long a script is, in samples.
pub(super) fn length_of(script: &Script) -> i64 {
    let last = script.moves.len().saturating_sub(1);
    script.start(last) + script.length(last)
}
