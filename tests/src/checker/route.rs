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

/// One of the player's notes or note ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    /// The channel on which it went in.
    pub(super) from: Channel,
    /// As it is to come back.
    pub(super) event: Event,
}

impl Sent {
    /// Is this the same note on another channel? (An end may be that of a band's note.)
    pub(super) fn is_astray(&self, heard: Event) -> bool {
        let Kind::On { channel, .. } = heard.kind else { return false };
        self.event.offset == heard.offset && self.event.kind.on_channel(channel) == heard.kind
    }
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

    /// The player's notes of a block, each with where it is to come back: an end where the note began.
    pub(super) fn sent(&mut self, events: &[Event]) -> Vec<Sent> {
        let mut sent = Vec::new();
        for event in events {
            let Some((from, key)) = event.kind.place() else { continue };
            let aim = self.route.aim(from);
            let went = self.went(from, key);
            let to = match event.kind {
                Kind::Off { .. } => went.take().unwrap_or(aim),
                _ => *went.insert(aim),
            };
            sent.push(Sent { from, event: Event { kind: event.kind.on_channel(to), ..*event } });
        }
        sent
    }

    fn went(&mut self, from: Channel, key: Key) -> &mut Option<Channel> {
        &mut self.went[usize::from(from.get())][usize::from(key.get())]
    }
}
