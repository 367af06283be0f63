//! The transport, as CLAP says it.

use clack_host::events::event_types::{TransportEvent, TransportFlags};
use clack_host::events::{EventFlags, EventHeader};
use clack_host::utils::{BeatTime, SecondsTime};

use crate::exact::Exact;
use crate::host::Transport;
use crate::timeline::QUARTER;

/// What a CLAP host says of its transport at the start of a block.
#[must_use]
pub fn transport_event(transport: &Transport) -> TransportEvent {
    transport_event_at(transport, 0)
}

/// What it says in the middle of one.
pub(super) fn transport_event_at(transport: &Transport, at: u32) -> TransportEvent {
    let transport = transport.as_said();
    let manners = &transport.manners;
    let beats = |place: Exact| BeatTime::from_bits(place.fixed_point());
    let tick = |tick: i64| beats(Exact::from(tick).per(QUARTER));
    let mut event = TransportEvent {
        header: EventHeader::new_core(at, EventFlags::IS_LIVE),
        flags: TransportFlags::empty(),
        song_pos_beats: BeatTime::from_bits(0),
        song_pos_seconds: SecondsTime::from_bits(0),
        tempo: 0.0,
        tempo_inc: 0.0,
        loop_start_beats: BeatTime::from_bits(0),
        loop_end_beats: BeatTime::from_bits(0),
        loop_start_seconds: SecondsTime::from_bits(0),
        loop_end_seconds: SecondsTime::from_bits(0),
        bar_start: BeatTime::from_bits(0),
        bar_number: 0,
        time_signature_numerator: 0,
        time_signature_denominator: 0,
    };
    event.flags.set(TransportFlags::IS_PLAYING, transport.playing);
    event.flags.set(TransportFlags::IS_RECORDING, transport.recording);
    if manners.tempo {
        event.flags |= TransportFlags::HAS_TEMPO;
        event.tempo = transport.bpm();
    }
    if manners.meter {
        event.flags |= TransportFlags::HAS_TIME_SIGNATURE;
        event.time_signature_numerator = u16::from(transport.bar.meter.numerator());
        event.time_signature_denominator = u16::from(transport.bar.meter.denominator());
    }
    if manners.samples {
        event.flags |= TransportFlags::HAS_SECONDS_TIMELINE;
        event.song_pos_seconds = SecondsTime::from_bits(transport.seconds.fixed_point());
    }
    if manners.beats {
        event.flags |= TransportFlags::HAS_BEATS_TIMELINE;
        event.song_pos_beats = beats(transport.told_beats());
        if manners.bar {
            event.bar_start = tick(transport.told_bar_start());
            event.bar_number = i32::try_from(transport.bar.number).unwrap_or(i32::MAX);
        }
        if let Some(looped) = transport.told_loop() {
            event.flags |= TransportFlags::IS_LOOP_ACTIVE;
            (event.loop_start_beats, event.loop_end_beats) = (tick(looped.start), tick(looped.end));
        }
    }
    event
}
