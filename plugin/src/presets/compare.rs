//! Two settings to compare, and the way back from a change.

use super::values::Values;

/// Which of two settings is heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    /// The first.
    #[default]
    A,
    /// The second.
    B,
}

/// Two settings, of which one is heard and can be changed; the other waits.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Compare {
    heard: Side,
    /// `None`: the same as the side that is heard was when the comparison began.
    waiting: Option<Values>,
}

impl Compare {
    /// Which is heard.
    #[must_use]
    pub const fn heard(&self) -> Side {
        self.heard
    }

    /// Changes sides: keeps what is set now, and returns what is to be set. `None`: the other side
    /// is the same still.
    pub fn switch(&mut self, now: Values) -> Option<Values> {
        self.heard = match self.heard {
            Side::A => Side::B,
            Side::B => Side::A,
        };
        self.waiting.replace(now)
    }

    /// The other side becomes as this one is now.
    pub fn copy_over(&mut self, now: Values) {
        self.waiting = Some(now);
    }
}

/// How many steps back are remembered. Chosen.
const MOST: usize = 32;

/// The way back from changes.
#[derive(Clone, Debug)]
pub struct Undo<T>(Vec<T>);

impl<T> Default for Undo<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: PartialEq> Undo<T> {
    /// Something is about to change, and is like this before.
    pub fn changed(&mut self, before: T) {
        if self.0.last() != Some(&before) {
            self.0.push(before);
        }
        if self.0.len() > MOST {
            self.0.remove(0);
        }
    }

    /// A step back: what was before, if anything.
    pub fn undo(&mut self) -> Option<T> {
        self.0.pop()
    }

    /// What a step back would lead to.
    #[must_use]
    pub fn last(&self) -> Option<&T> {
        self.0.last()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presets::factory;

    #[test]
    fn each_side_is_found_again_as_it_was_left() {
        let (first, second) = (factory()[1].values(), factory()[2].values());
        let mut compare = Compare::default();
        // B begins as A was.
        assert_eq!((compare.switch(first.clone()), compare.heard()), (None, Side::B));
        // B is changed, then A comes back, then B.
        assert_eq!((compare.switch(second.clone()), compare.heard()), (Some(first.clone()), Side::A));
        assert_eq!((compare.switch(first.clone()), compare.heard()), (Some(second.clone()), Side::B));
        compare.copy_over(second.clone());
        assert_eq!(compare.switch(second.clone()), Some(second), "both are the same now");
    }

    #[test]
    fn undo_leads_back_step_by_step_and_forgets_the_oldest() {
        let mut undo = Undo::default();
        assert!(undo.last().is_none() && undo.undo().is_none());
        undo.changed("pop");
        undo.changed("chorale");
        undo.changed("chorale");
        assert_eq!(undo.last(), Some(&"chorale"));
        assert_eq!((undo.undo(), undo.undo(), undo.undo()), (Some("chorale"), Some("pop"), None));
        for number in 0..100 {
            undo.changed(if number % 2 == 0 { "a" } else { "b" });
        }
        assert_eq!(undo.0.len(), MOST);
    }
}
