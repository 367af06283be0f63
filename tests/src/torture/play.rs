//! Playing one case, with the checker watching.

use anyhow::Context;

use super::case::{Action, Case};
use crate::checker::{Checker, Seen, Thru, Verdict};
use crate::event::{Event, Kind};
use crate::host::{Host, Instance};

/// The longest block, in samples.
const MOST_FRAMES: u32 = 16_384;

/// What came of a case.
#[derive(Clone, Debug)]
pub struct Played {
    /// What the checker says.
    pub verdict: Verdict,
    /// How many blocks there were.
    pub blocks: usize,
    /// How many events went in and came out.
    pub events: usize,
}

/// The switches that change what the checker expects.
#[derive(Clone, Copy, Debug)]
struct Switches {
    thru: bool,
    bypass: bool,
    panic: bool,
}

/// Plays a case through a new instance.
///
/// # Errors
/// If the plugin reports one.
pub fn play(host: &Host, case: &Case) -> anyhow::Result<Played> {
    let mut instance = host.instance()?;
    let told = instance.render_offline(case.offline);
    instance.set_up_times(case.set_ups);
    if !case.foreign {
        told?;
        for (name, text) in &case.choices {
            instance.set(name, text)?;
        }
    }
    instance.activate(case.script.rate, MOST_FRAMES)?;
    let mut player = Player::new(case, instance.as_mut())?;
    for (number, block) in case.blocks.iter().enumerate() {
        for &(_, action) in case.actions.iter().filter(|&&(before, _)| before == number) {
            player.act(instance.as_mut(), action).with_context(|| format!("{action:?} before block {number}"))?;
        }
        let end = block.start + i64::from(block.frames);
        player.send(block.start, end);
        let transport = case.script.event(block);
        instance.process(block.frames, Some(&transport), &player.sent, &mut player.heard)?;
        let Player { checker, sent, heard, .. } = &mut player;
        checker.block(Seen { start: block.start, frames: block.frames, transport: Some(&transport), sent, heard });
        if !case.foreign {
            anyhow::ensure!(instance.is_silent(block.frames), "the audio output is not silent in block {number}");
        }
        player.events += player.sent.len();
    }
    let verdict = player.checker.finish();
    Ok(Played { blocks: case.blocks.len(), events: player.events + verdict.events, verdict })
}

struct Player<'a> {
    case: &'a Case,
    checker: Checker,
    /// The next event of the stream.
    next: usize,
    /// The parameters that the stream's numbers stand for.
    automated: Vec<u16>,
    sent: Vec<Event>,
    heard: Vec<Event>,
    events: usize,
    now: Switches,
    saved: Option<(Vec<u8>, Switches)>,
}

impl<'a> Player<'a> {
    fn new(case: &'a Case, instance: &mut dyn Instance) -> anyhow::Result<Self> {
        let thru = match case {
            Case { foreign: true, .. } => Thru::Unknown,
            Case { thru: true, .. } => Thru::On,
            _ => Thru::Off,
        };
        let parameters = instance.parameters();
        let place = |name: &&str| {
            let index = parameters.iter().position(|parameter| parameter.name == *name);
            index.and_then(|index| u16::try_from(index).ok()).with_context(|| format!("no parameter \"{name}\""))
        };
        Ok(Self {
            case,
            checker: Checker::new(thru, case.grid),
            next: 0,
            automated: case.automated.iter().map(place).collect::<anyhow::Result<_>>()?,
            sent: Vec::new(),
            heard: Vec::new(),
            events: 0,
            now: Switches { thru: case.thru, bypass: false, panic: false },
            saved: None,
        })
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

    fn act(&mut self, instance: &mut dyn Instance, action: Action) -> anyhow::Result<()> {
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
            Action::Save => self.saved = Some((instance.save()?, self.now)),
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
        }
        Ok(())
    }

    fn switch(&mut self, to: Switches) {
        if self.case.foreign {
            return;
        }
        if to.panic && !self.now.panic {
            self.checker.hush();
        }
        self.checker.set_thru(to.thru);
        self.checker.set_bypass(to.bypass);
        self.now = to;
    }
}
