//! On which channel the player's events come back.

use model::{Channel, Key};

use crate::event::{Event, Kind};

/// Where the player's events are to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// On the channels on which they went in.
    AsPlayed,
    /// All on this one: that of the voice that the player plays.
    One(Channel),
}

impl Route {
    /// Where what is sent on a channel comes back.
    pub(super) const fn aim(self, from: Channel) -> Channel {
        match self {
            Self::AsPlayed => from,
            Self::One(one) => one,
        }
    }
}

/// One of the player's notes or note ends, or a message that ends all of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    /// The channel on which it went in.
    pub(super) from: Channel,
    /// As it is to come back.
    pub(super) event: Event,
    /// The channels, a bit each, on which it ends all notes that went in there; 0: it is a note.
    pub(super) lifts: u16,
}

impl Sent {
    /// Is this the same note on another channel? (An end may be that of a band's note.)
    pub(super) fn is_astray(&self, heard: Event) -> bool {
        let Kind::On { channel, .. } = heard.kind else { return false };
        self.event.offset == heard.offset && self.event.kind.on_channel(channel) == heard.kind
    }
}

/// In which order a plugin hears what happens at one sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As it was sent.
    AsSent,
    /// Controllers before notes: VST3 hands them over as parameters.
    ControlsFirst,
}

/// Where the player's keys that are down came back.
#[derive(Debug)]
pub(super) struct Routes {
    pub(super) route: Route,
    went: Box<[[Option<Channel>; 128]; 16]>,
}

impl Routes {
    pub(super) fn new() -> Self {
        Self { route: Route::AsPlayed, went: Box::new([[None; 128]; 16]) }
    }

    /// The player's notes of a block, each with where it is to come back (an end where the note began), and what ends
    /// all notes of a channel: that of a master, of all of its MPE zone's, which has these channels, a bit each.
    pub(super) fn sent(&mut self, events: &[Event], zone: u16, order: Order) -> Vec<Sent> {
        let mut sent = Vec::new();
        for event in events {
            if let Kind::Control { channel, number: 120 | 123..=127, .. } = event.kind {
                let zone = if channel.get() % 15 == 0 { zone } else { 0 };
                sent.push(Sent { from: channel, event: *event, lifts: 1 << channel.get() | zone });
            }
            let Some((from, key)) = event.kind.place() else { continue };
            let aim = self.route.aim(from);
            let went = self.went(from, key);
            let to = match event.kind {
                Kind::Off { .. } => went.take().unwrap_or(aim),
                _ => *went.insert(aim),
            };
            sent.push(Sent { from, event: Event { kind: event.kind.on_channel(to), ..*event }, lifts: 0 });
        }
        if order == Order::ControlsFirst {
            sent.sort_by_key(|sent| (sent.event.offset, sent.lifts == 0));
        }
        sent
    }

    fn went(&mut self, from: Channel, key: Key) -> &mut Option<Channel> {
        &mut self.went[usize::from(from.get())][usize::from(key.get())]
    }
}
