//! Playing one case, with the checker watching.

use anyhow::Context;

use super::actions::Action;
use super::case::{Case, MOST_FRAMES};
use crate::checker::{Checker, Route, Seen, Thru, Verdict};
use crate::event::{Event, Kind};
use crate::host::{Host, Instance, Part};
use crate::transport::Block;

/// What came of a case.
#[derive(Clone, Debug)]
pub struct Played {
    /// What the checker says.
    pub verdict: Verdict,
    /// How many blocks there were.
    pub blocks: usize,
    /// How many events went in and came out.
    pub events: usize,
    /// How many notes began that came out, beyond those that went in in the same call: at least so many are the band's.
    pub notes: usize,
}

/// The switches that change what the checker expects.
#[derive(Clone, Copy, Debug)]
struct Switches {
    thru: bool,
    bypass: bool,
    panic: bool,
}

/// Where these parameters stand in an instance's list.
fn places(instance: &dyn Instance, names: &[&str]) -> anyhow::Result<Vec<u16>> {
    let parameters = instance.parameters();
    let place = |name: &&str| {
        let index = parameters.iter().position(|parameter| parameter.name == *name);
        index.and_then(|index| u16::try_from(index).ok()).with_context(|| format!("no parameter \"{name}\""))
    };
    names.iter().map(place).collect()
}

/// Takes the events before sample `to` of a call, as a part that begins at `from` has them.
fn part_of(events: &mut &[Event], from: u32, to: u32) -> Vec<Event> {
    let count = events.iter().take_while(|event| event.offset < to || to == u32::MAX).count();
    let (here, later) = events.split_at(count);
    *events = later;
    here.iter().map(|event| Event { offset: event.offset.saturating_sub(from), ..*event }).collect()
}

/// Plays a case through a new instance.
///
/// # Errors
/// If the plugin reports one.
pub fn play(host: &Host, case: &Case) -> anyhow::Result<Played> {
    play_together(host, std::slice::from_ref(case)).map(|mut played| played.remove(0))
}

/// Plays cases side by side, each through an instance of its own, a call of each in turn.
///
/// # Errors
/// If the plugin reports one.
pub fn play_together(host: &Host, cases: &[Case]) -> anyhow::Result<Vec<Played>> {
    let mut players =
        cases.iter().map(|case| Player::new(case, host.instance()?)).collect::<anyhow::Result<Vec<_>>>()?;
    let most = cases.iter().map(|case| case.calls.len()).max().unwrap_or(0);
    for number in 0..most {
        for player in &mut players {
            player.call(number)?;
        }
    }
    Ok(players.into_iter().map(Player::finish).collect())
}

/// Plays a case through this instance.
#[cfg(test)]
pub(super) fn play_through(case: &Case, instance: Box<dyn Instance>) -> anyhow::Result<Played> {
    let mut player = Player::new(case, instance)?;
    (0..case.calls.len()).try_for_each(|number| player.call(number))?;
    Ok(player.finish())
}

struct Player<'a> {
    case: &'a Case,
    instance: Box<dyn Instance>,
    /// Another's plugin may refuse a sample rate: then nothing is played.
    active: bool,
    checker: Checker,
    /// The next event of the stream.
    next: usize,
    /// The parameters that the stream's numbers stand for.
    automated: Vec<u16>,
    sent: Vec<Event>,
    heard: Vec<Event>,
    blocks: usize,
    events: usize,
    notes: usize,
    now: Switches,
    saved: Option<(Vec<u8>, Switches)>,
}

impl<'a> Player<'a> {
    fn new(case: &'a Case, mut instance: Box<dyn Instance>) -> anyhow::Result<Self> {
        let told = instance.render_offline(case.offline);
        instance.set_up_times(case.set_ups);
        if !case.foreign {
            told?;
            for (name, text) in &case.choices {
                instance.set(name, text)?;
            }
        }
        let activated = instance.activate(case.script.rate, MOST_FRAMES);
        let active = activated.is_ok();
        if !case.foreign {
            activated?;
        }
        let thru = match case {
            Case { foreign: true, .. } | Case { route: None, .. } => Thru::Unknown,
            Case { thru: true, .. } => Thru::On,
            _ => Thru::Off,
        };
        let mut checker = Checker::new(thru, case.grid);
        checker.set_route(case.route.unwrap_or(Route::AsPlayed));
        checker.set_zone(case.zone);
        checker.set_drums_beside(case.drums_beside);
        checker.set_order(instance.order());
        checker.set_own_clock(case.own_clock);
        Ok(Self {
            case,
            active,
            checker,
            next: 0,
            automated: places(instance.as_ref(), &case.automated)?,
            instance,
            sent: Vec::new(),
            heard: Vec::new(),
            blocks: 0,
            events: 0,
            notes: 0,
            now: Switches { thru: case.thru, bypass: false, panic: false },
            saved: None,
        })
    }

    /// One call of `process()`, and what is done before it.
    fn call(&mut self, number: usize) -> anyhow::Result<()> {
        let case = self.case;
        let Some(call) = case.calls.get(number).filter(|_| self.active) else { return Ok(()) };
        for &(before, action) in case.actions.iter().filter(|(before, _)| *before == call.start) {
            self.act(action).with_context(|| format!("{action:?} before block {before}"))?;
        }
        let blocks = &case.blocks[call.clone()];
        let transports: Vec<_> = blocks.iter().map(|block| case.script.event(block)).collect();
        let part = |(block, transport): (&Block, _)| Part { frames: block.frames, transport: Some(transport) };
        let parts: Vec<_> = blocks.iter().zip(&transports).map(part).collect();
        let (start, frames) = (blocks[0].start, parts.iter().map(|part| part.frames).sum::<u32>());
        self.send(start, start + i64::from(frames));
        self.instance.process_parts(&parts, &self.sent, &mut self.heard)?;
        let refused = self.instance.refused();
        let (mut sent, mut heard) = (self.sent.as_slice(), self.heard.as_slice());
        let mut from = 0;
        for (index, (block, transport)) in blocks.iter().zip(&transports).enumerate() {
            let to = if index + 1 == blocks.len() { u32::MAX } else { from + block.frames };
            let sent = part_of(&mut sent, from, to);
            let heard = part_of(&mut heard, from, to);
            let (start, frames, transport) = (block.start, block.frames, Some(transport));
            self.checker.block(Seen { start, frames, transport, sent: &sent, heard: &heard, refused });
            from += block.frames;
        }
        if !case.foreign {
            let within = self.instance.is_within(frames);
            anyhow::ensure!(within, "the audio output is beyond what can be played in block {}", call.start);
        }
        self.instance.disturb(None);
        self.blocks += blocks.len();
        self.events += self.sent.len();
        let ons = |events: &[Event]| events.iter().filter(|event| matches!(event.kind, Kind::On { .. })).count();
        self.notes += ons(&self.heard).saturating_sub(ons(&self.sent));
        Ok(())
    }

    fn finish(self) -> Played {
        let verdict = self.checker.finish();
        Played { blocks: self.blocks, events: self.events + verdict.events, notes: self.notes, verdict }
    }

    /// Gathers what the player sends in a block.
    fn send(&mut self, start: i64, end: i64) {
        self.sent.clear();
        while let Some(&(sample, kind)) = self.case.stream.get(self.next).filter(|&&(sample, _)| sample < end) {
            self.next += 1;
            let kind = match kind {
                Kind::Parameter { index, share } => {
                    Kind::Parameter { index: self.automated[usize::from(index)], share }
                }
                kind => kind,
            };
            self.sent.push(Event { offset: u32::try_from(sample - start).unwrap_or(0), kind });
        }
    }

    fn act(&mut self, action: Action) -> anyhow::Result<()> {
        let instance = self.instance.as_mut();
        let text = |on| if on { "on" } else { "off" };
        match action {
            Action::Thru(on) => {
                instance.set("Thru", text(on))?;
                self.switch(Switches { thru: on, ..self.now });
            }
            Action::Bypass(on) => {
                instance.set("Bypass", text(on))?;
                self.switch(Switches { bypass: on, ..self.now });
            }
            Action::Panic(on) => {
                instance.set("Panic", text(on))?;
                self.switch(Switches { panic: on, ..self.now });
            }
            Action::Reset => {
                instance.reset();
                self.checker.hush();
            }
            Action::Reactivate => {
                instance.deactivate();
                instance.activate(self.case.script.rate, MOST_FRAMES)?;
                self.checker.hush();
            }
            Action::Save => match instance.save() {
                Ok(state) => self.saved = Some((state, self.now)),
                // Another's plugin may have nothing to save.
                Err(_) if self.case.foreign => {}
                Err(error) => return Err(error),
            },
            Action::Load => {
                if let Some((state, then)) = self.saved.take() {
                    instance.load(&state)?;
                    self.switch(then);
                    self.saved = Some((state, then));
                }
            }
            Action::LoadGarbage => {
                let refused = instance.load(b"\x07\0\0\0\0\0\0\0garbage").is_err();
                anyhow::ensure!(refused || self.case.foreign, "garbage is taken for a state");
            }
            Action::Band(name) => instance.set("Band", name)?,
            Action::Kit(kit) => instance.load_kit(kit)?,
            Action::Room(most) => instance.limit_output(most),
            Action::Disturb(names) => {
                let names = if self.case.foreign { &[] } else { names };
                let places = places(instance, names)?;
                instance.disturb(Some(&places));
            }
            Action::Editor => {
                let _there = instance.glance_at_editor()?;
            }
            Action::Midi(midi) => instance.speak_midi(midi),
        }
        Ok(())
    }

    fn switch(&mut self, to: Switches) {
        if self.case.foreign || self.case.route.is_none() {
            return;
        }
        if to.panic && !self.now.panic {
            self.checker.hush();
        }
        self.checker.set(to.thru, to.bypass);
        self.now = to;
    }
}
