//! What the editor is shown of the music: the engine keeps the page and publishes it.

use std::sync::Arc;

use model::music::band::MAX_VOICES;
use model::music::chart::BarPlace;
use model::music::kit::Kit;
use model::systems::harmony::telling::ToldHalves;
use model::{BandMeasure, BandSpec, Channel, Conductor, Key, Measure, Note, Source, Step};

use super::Controls;
use crate::scheduler::{Lifted, Moved, Sound};
use crate::snapshot::{PAST, Page, Playhead, Shown, ShownDrums, WriteEnd};
use crate::status::Status;
use crate::transport::HostTransport;

/// Keeps the music around now, and hands it to the editor.
///
/// # Realtime safety
/// After [`Pages::new`] nothing allocates, frees, locks or waits. A page is copied (30 KB)
/// when its music has changed.
pub(super) struct Pages {
    page: Box<Page>,
    writer: WriteEnd<Page>,
    status: Arc<Status>,
    changed: bool,
    /// What the band was told of the chords of the measure with this index, which was predicted last.
    told: (u32, ToldHalves),
    /// Up to which step the user's part was asked for.
    heard_to: u8,
    /// The keys of the user's drums.
    kit: Kit,
}

impl std::fmt::Debug for Pages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pages").field("changed", &self.changed).finish_non_exhaustive()
    }
}

impl Pages {
    /// Pages for the instance with this status.
    #[must_use]
    pub(super) fn new(spec: &BandSpec, status: Arc<Status>) -> Self {
        let page = Box::new(Page::empty(spec));
        let writer = status.display.writer();
        Self { page, writer, status, changed: true, told: (0, [None; 2]), heard_to: 0, kit: Kit::GENERAL_MIDI }
    }

    /// What the editor is to see next.
    #[cfg(test)]
    pub(super) const fn page(&self) -> &Page {
        &self.page
    }

    /// Another band takes over.
    pub(super) fn set_band(&mut self, spec: &BandSpec) {
        self.page.set_band(spec);
        self.changed = true;
    }

    /// Something has changed that the page shows.
    pub(super) fn touch(&mut self) {
        self.changed = true;
    }

    /// The measure with this index was predicted, and the band was told this of its chords.
    pub(super) fn tell(&mut self, index: u32, told: ToldHalves) {
        self.told = (index, told);
        self.changed = true;
    }

    /// What the band was told of the chords of the measure with this index, if it plays what was predicted.
    fn told_of(&self, index: u32, source: Source) -> ToldHalves {
        if self.told.0 == index && source == Source::Predicted { self.told.1 } else { [None; 2] }
    }

    /// The music begins anew: what was is not shown any more.
    pub(super) fn clear(&mut self) {
        self.page.past = [None; PAST];
        self.page.now = None;
        self.page.forget_plans();
        self.changed = true;
    }

    /// The measure under way is over, after so many steps; this is what the user played in it.
    pub(super) fn close(&mut self, user: &Measure, steps: u8) {
        self.changed = true;
        self.page.forget_plans();
        let Some(mut shown) = self.page.now.take().filter(|_| steps > 0) else { return };
        if steps != shown.music.steps() {
            let mut cut = BandMeasure::missing(steps);
            for voice in shown.music.present.iter() {
                cut.set(voice, &shown.music.voice(voice).resized(steps));
            }
            shown.music = cut;
            shown.drums = shown.drums.begun(steps);
        }
        if shown.user_drums {
            shown.drums = ShownDrums::of_hits(&user.resized(steps), &self.kit);
        } else {
            shown.music.set(shown.user, user);
        }
        self.page.past.rotate_right(1);
        self.page.past[0] = Some(shown);
    }

    /// The measure under way is not known any more, nor what was planned.
    pub(super) fn drop_now(&mut self) {
        self.page.now = None;
        self.page.forget_plans();
        self.changed = true;
    }

    /// A measure begins, so loud.
    pub(super) fn begin(&mut self, conductor: &Conductor, sound: &Sound, loudness: f32) {
        let Some(begun) = conductor.now() else { return };
        let mut music = as_heard(conductor.playing(), sound, loudness);
        let (user, user_drums) = (conductor.settings().user, conductor.settings().user_drums);
        if !user_drums {
            music.set(user, &Measure::silent(music.steps()));
        }
        self.page.now = Some(Shown {
            index: begun.index.0,
            music,
            user,
            user_drums,
            audible: sound.audible,
            source: begun.source,
            moved: [0; MAX_VOICES],
            drums: ShownDrums::of(conductor.drums(), loudness),
            drums_heard: sound.drums.audible || user_drums,
            place: None,
            told: self.told_of(begun.index.0, begun.source),
        });
        self.page.forget_plans();
        self.heard_to = 0;
        self.changed = true;
    }

    /// Where the measure that has just begun lies in the song, and the one after it.
    pub(super) fn place(&mut self, (here, next): (Option<BarPlace>, Option<BarPlace>)) {
        if let Some(now) = &mut self.page.now {
            now.place = here;
        }
        self.page.next = next;
        self.changed = true;
    }

    /// A note of the measure under way sounds elsewhere than was planned.
    pub(super) fn yields(&mut self, moved: &Moved, sound: &Sound) {
        let Some(now) = &mut self.page.now else { return };
        let place = |key| sound.voices[moved.voice.index()].place(key).1;
        let (planned, plays) = (place(moved.planned), place(moved.plays));
        if !now.music.present.has(moved.voice) {
            return;
        }
        let part = *now.music.voice(moved.voice);
        if moved.again {
            now.music.set(moved.voice, &struck_again(&part, moved.step, (planned, plays)));
            now.moved[moved.voice.index()] |= 1 << moved.step.min(15);
            self.changed = true;
            return;
        }
        let its = |note: &Note| note.step.0 == moved.step && note.key == planned;
        // As loud as it was struck; where it met another, as that one. Of several planned keys on one the loudest is shown.
        let there = part.notes().iter().find(|note| note.step.0 == moved.step && note.key == plays);
        let velocity = moved.velocity.or(there.map(|there| there.velocity));
        let moved_to = |note: &Note| Note { key: plays, velocity: velocity.unwrap_or(note.velocity), ..*note };
        let sounds = part.notes().iter().map(|note| if its(note) { moved_to(note) } else { *note });
        let mut sounding = Measure::from_notes(part.steps(), sounds);
        if !part.notes().iter().any(its)
            && let Some(beside) = part.notes().iter().find(|note| note.step.0 == moved.step)
        {
            // Two planned keys were folded onto one, and the other has moved away already.
            sounding.push(moved_to(beside));
        }
        now.music.set(moved.voice, &sounding);
        now.moved[moved.voice.index()] |= 1 << moved.step.min(15);
        self.changed = true;
    }

    /// A note of the measure under way ends earlier than was planned.
    pub(super) fn lifts(&mut self, lifted: &Lifted) {
        let Some(now) = &mut self.page.now else { return };
        if now.music.present.has(lifted.voice) {
            let part = *now.music.voice(lifted.voice);
            now.music.set(lifted.voice, &ended(&part, lifted.step, lifted.sounded));
            self.changed = true;
        }
    }

    /// A block is over: what is to be seen of it is published. `so_far`: what the user played of
    /// the measure under way, up to a step.
    pub(super) fn end_block(
        &mut self,
        host: &HostTransport,
        playhead: Option<Playhead>,
        shown: &Sources<'_>,
        so_far: impl FnOnce(u8) -> Measure,
    ) {
        self.kit = shown.controls.kit;
        let moved = self.status.display.live.store(host, playhead);
        if let Some((playhead, now)) = playhead.zip(self.page.now.as_mut()) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
            let to = (playhead.step as u8).saturating_add(1).min(now.music.steps());
            if self.changed || to != self.heard_to {
                self.heard_to = to;
                let heard = so_far(to);
                if now.user_drums {
                    let hits = ShownDrums::of_hits(&heard.resized(now.music.steps()), &self.kit);
                    self.changed |= hits != now.drums;
                    now.drums = hits;
                } else if heard.notes() != now.music.voice(now.user).notes() {
                    now.music.set(now.user, &heard.resized(now.music.steps()));
                    self.changed = true;
                }
            }
        }
        self.changed |= shown.stuck != self.page.stuck;
        if std::mem::take(&mut self.changed) {
            self.refresh(shown);
            self.writer.write(&self.page);
            self.status.display.wake();
        } else if moved {
            self.status.display.wake();
        }
    }

    fn refresh(&mut self, shown: &Sources<'_>) {
        let Sources { conductor, controls, spec, sound, loudness, stuck, zone, leaves, heeds_chords } = *shown;
        let settings = conductor.settings();
        let next = self.page.now.map_or(0, |now| now.index.wrapping_add(1));
        let told = self.told_of(next, Source::Predicted);
        let page = &mut *self.page;
        page.user = settings.user;
        page.user_drums = settings.user_drums;
        page.audible = sound.audible;
        if let Some(now) = &mut page.now {
            now.audible = sound.audible;
            now.drums_heard = sound.drums.audible || now.user_drums;
        }
        for (voice, place) in page.voices.iter_mut().flatten().zip(&sound.voices) {
            voice.channel = place.channel;
        }
        let users = settings.users_voice().and_then(|user| page.voices[user.index()].as_mut());
        if let (Some(channel), Some(line)) = (leaves, users) {
            line.channel = channel;
        }
        page.planned = page.now.as_ref().zip(conductor.planned()).map(|(now, planned)| {
            let mut music = *planned;
            let playing = settings.band().and(spec.all());
            for voice in planned.present.iter().filter(|&voice| !playing.has(voice)) {
                music.clear(voice);
            }
            let index = now.index.wrapping_add(1);
            Shown {
                index,
                music: as_heard(&music, sound, loudness),
                user: settings.user,
                user_drums: settings.user_drums,
                audible: sound.audible,
                source: Source::Predicted,
                moved: [0; MAX_VOICES],
                drums: conductor
                    .planned_drums()
                    .map_or(ShownDrums::none(music.steps()), |drums| ShownDrums::of(drums, loudness)),
                drums_heard: sound.drums.audible,
                place: page.next,
                told,
            }
        });
        page.after = None;
        if let Some(length) = settings.freeze {
            page.plan_frozen(usize::from(length));
        }
        page.tonality = conductor.tonality();
        page.key_is_set = settings.key.is_some();
        page.confidence = if page.key_is_set { 1.0 } else { conductor.key_confidence() };
        page.listening_left = conductor.listening_left();
        page.lookahead = settings.lookahead;
        page.bypass = controls.bypass;
        page.stuck = stuck;
        page.zone = zone;
        page.heeds_chords = heeds_chords;
    }
}

impl Page {
    fn forget_plans(&mut self) {
        self.planned = None;
        self.after = None;
        self.next = None;
    }

    /// While the band repeats so many measures, the next two are those that are over. They are not
    /// known before it does: a jump lets it begin anew.
    fn plan_frozen(&mut self, length: usize) {
        let Some(now) = self.now.filter(|now| now.source == Source::Frozen && length > 0) else { return };
        let ago = |ago: usize| if ago == 0 { Some(now) } else { self.past.get(ago - 1).copied().flatten() };
        let Some(before) = ago(length) else { return };
        let band = now.users_voice().map_or(now.music.present, |user| now.music.present.without(user));
        if !band.iter().all(|voice| now.music.voice(voice) == before.music.voice(voice)) {
            return;
        }
        let again = |place: usize| {
            let mut shown = ago((length - place % length) % length)?;
            shown.index = now.index.wrapping_add(u32::try_from(place).unwrap_or(0));
            (shown.user, shown.audible, shown.source) = (now.user, now.audible, Source::Frozen);
            (shown.user_drums, shown.drums_heard) = (now.user_drums, now.drums_heard);
            match now.users_voice() {
                Some(user) => shown.music.clear(user),
                None => shown.drums = ShownDrums::none(shown.music.steps()),
            }
            (shown.moved, shown.told) = ([0; MAX_VOICES], [None; 2]);
            shown.place = self.next.filter(|_| place == 1);
            Some(shown)
        };
        (self.planned, self.after) = (again(1), again(2));
    }
}

/// The same part with the note that sounds on the first key struck again on the second, at this step.
fn struck_again(part: &Measure, step: u8, (from, to): (Key, Key)) -> Measure {
    let mut out = Measure::silent(part.steps());
    for note in part.notes() {
        let begins = note.step.0 == step && !note.continued;
        if note.key != from || !note.sounds_at(step) || begins {
            out.push(*note);
            continue;
        }
        if note.step.0 == step {
            out.push(Note { key: to, continued: false, ..*note });
            continue;
        }
        let gone = step - note.step.0;
        out.push(Note { length: gone, continues: false, ..*note });
        out.push(Note { step: Step(step), length: note.length - gone, key: to, continued: false, ..*note });
    }
    out
}

/// The same part, in which what sounds on this key ends at this step.
fn ended(part: &Measure, step: u8, key: Key) -> Measure {
    let goes_on = |note: &Note| note.key != key || !note.sounds_at(step) || (note.step.0 == step && !note.continued);
    let ends = |note: &Note| match step - note.step.0 {
        0 => None,
        length => Some(Note { length, continues: false, ..*note }),
    };
    let notes = part.notes().iter().filter_map(|note| if goes_on(note) { Some(*note) } else { ends(note) });
    Measure::from_notes(part.steps(), notes)
}

/// What a page is made from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sources<'a> {
    /// Decides.
    pub(super) conductor: &'a Conductor,
    /// What the musician set.
    pub(super) controls: &'a Controls,
    /// The band that plays.
    pub(super) spec: &'a BandSpec,
    /// How it sounds.
    pub(super) sound: &'a Sound,
    /// How loud its next measure will be, as far as is known.
    pub(super) loudness: f32,
    /// The host's position stands, though its transport rolls.
    pub(super) stuck: bool,
    /// The channels of the user's MPE keyboard, as they are passed on, a bit each.
    pub(super) zone: u16,
    /// Where the user's last note left, if that is not the channel of the user's voice.
    pub(super) leaves: Option<Channel>,
    /// The band plays the chords that it is told.
    pub(super) heeds_chords: bool,
}

/// The band's part with the keys and velocities with which it leaves the plugin.
fn as_heard(music: &BandMeasure, sound: &Sound, loudness: f32) -> BandMeasure {
    let mut heard = BandMeasure::missing(music.steps());
    for voice in music.present.iter() {
        let mut measure = Measure::silent(music.steps());
        for note in music.voice(voice).notes() {
            let key = sound.voices[voice.index()].place(note.key).1;
            let velocity = model::Velocity::clamped(f32::from(note.velocity.get()) * loudness);
            measure.push(model::Note { key, velocity, ..*note });
        }
        heard.set(voice, &measure);
    }
    heard
}
