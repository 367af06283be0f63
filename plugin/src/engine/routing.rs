//! On which channel what the user does leaves.

use model::Channel;

use crate::midi::Input;

/// Where the user goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aim {
    /// Where everything came from.
    AsPlayed,
    /// Everything here.
    One(Channel),
}

/// Where what the user does goes, and where each key went that is down: there it has to end, whatever is chosen
/// meanwhile.
///
/// # Realtime safety
/// Of fixed size: nothing allocates.
#[derive(Debug)]
pub(super) struct Routing {
    pub(super) aim: Aim,
    /// By the channel and key that the user struck.
    went: [[Option<Channel>; 128]; 16],
}

impl Routing {
    /// A way for the user, who holds nothing yet.
    pub(super) const fn new(aim: Aim) -> Self {
        Self { aim, went: [[None; 128]; 16] }
    }

    /// On which channel this is to be passed on; `None`: as it came. `listens`: is this channel listened to?
    /// (Others only pass through.)
    pub(super) fn of(&mut self, what: &Input, listens: impl Fn(Channel) -> bool) -> Option<Channel> {
        let aim = |channel: Channel| match self.aim {
            Aim::One(one) if listens(channel) => one,
            _ => channel,
        };
        match *what {
            Input::On(channel, key, _) => {
                let to = aim(channel);
                self.went[usize::from(channel.get())][usize::from(key.get())] = Some(to);
                Some(to)
            }
            Input::Off(channel, key) => {
                let to = aim(channel);
                Some(self.went[usize::from(channel.get())][usize::from(key.get())].take().unwrap_or(to))
            }
            Input::OfNote(channel, key) => {
                Some(self.went[usize::from(channel.get())][usize::from(key.get())].unwrap_or_else(|| aim(channel)))
            }
            Input::Pedal(channel, _)
            | Input::Control(channel, ..)
            | Input::Bend(channel, _)
            | Input::Pressure(channel, _)
            | Input::Program(channel)
            | Input::AllOff(Some(channel)) => Some(aim(channel)),
            Input::AllOff(None) => match self.aim {
                Aim::One(one) => Some(one),
                Aim::AsPlayed => None,
            },
            Input::Other => None,
        }
    }

    /// Where this key went that is struck again; `None`: it is not down.
    pub(super) fn went(&self, what: &Input) -> Option<Channel> {
        let Input::On(channel, key, _) = *what else { return None };
        self.went[usize::from(channel.get())][usize::from(key.get())]
    }
}
