//! What is remembered of the window: its size and its look.

use crossbeam::atomic::AtomicCell;
use nice_plug::params::persist::PersistentField;

/// The size of a new instance's window, in points. Chosen.
const FIRST: (f32, f32) = (1000.0, 640.0);

/// How everything looks; remembered with the project.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// Light letters on a dark ground.
    pub dark: bool,
    /// How large, 1 to 3.
    pub scale: f32,
}

impl Default for Look {
    fn default() -> Self {
        Self { dark: true, scale: 1.0 }
    }
}

/// How large the window is and how it looks, saved with the project.
#[derive(Debug)]
pub struct Remembered {
    /// In points.
    pub(crate) size: AtomicCell<(f32, f32)>,
    pub(crate) look: AtomicCell<Look>,
}

impl Default for Remembered {
    fn default() -> Self {
        Self { size: AtomicCell::new(FIRST), look: AtomicCell::new(Look::default()) }
    }
}

impl Remembered {
    /// As it is saved: "1000x640 100% dark".
    fn text(&self) -> String {
        let ((width, height), look) = (self.size.load(), self.look.load());
        let shade = if look.dark { "dark" } else { "light" };
        format!("{width:.0}x{height:.0} {:.0}% {shade}", look.scale * 100.0)
    }

    /// What a saved text says; of one that says nonsense nothing is taken.
    fn take(&self, text: &str) -> Option<()> {
        let mut words = text.split_whitespace();
        let (width, height) = words.next()?.split_once('x')?;
        let size = (width.parse::<f32>().ok()?, height.parse::<f32>().ok()?);
        let scale = words.next()?.strip_suffix('%')?.parse::<f32>().ok()? / 100.0;
        let dark = words.next()? != "light";
        let fits = (320.0..=8000.0).contains(&size.0) && (200.0..=8000.0).contains(&size.1);
        if fits && (0.5..=4.0).contains(&scale) {
            self.size.store(size);
            self.look.store(Look { dark, scale });
        }
        Some(())
    }
}

impl PersistentField<'_, String> for Remembered {
    fn set(&self, text: String) {
        let _understood = self.take(&text);
    }

    fn map<F, R>(&self, read: F) -> R
    where
        F: Fn(&String) -> R,
    {
        read(&self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_and_look_are_remembered() {
        let first = Remembered::default();
        first.size.store((1280.0, 720.0));
        first.look.store(Look { dark: false, scale: 1.5 });
        let second = Remembered::default();
        second.set(first.map(Clone::clone));
        assert_eq!((second.size.load(), second.look.load()), (first.size.load(), first.look.load()));
    }

    #[test]
    fn nonsense_is_not_taken() {
        for text in ["", "x", "1x1 100% dark", "1000x640 9000% dark", "NaNx640 100% dark", "1000x640"] {
            let remembered = Remembered::default();
            remembered.set(text.to_owned());
            assert_eq!((remembered.size.load(), remembered.look.load()), (FIRST, Look::default()), "{text:?}");
        }
    }
}
