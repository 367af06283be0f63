//! Where pictures are kept, only what has changed is drawn. Nobody may see that.

use band_player::editor::damage::{damage, within};
use egui::epaint::ClippedShape;
use egui::{Event, Modifiers, PointerButton, Pos2, Rect, pos2, vec2};
use tests::editor::scenes::{Scene, scene};
use tests::editor::{Picture, Viewer};

/// A window that draws only what has changed, beside one that draws everything.
struct Window {
    viewer: Viewer,
    scale: f32,
    scene: Scene,
    shapes: Vec<ClippedShape>,
    kept: Picture,
    pictures: usize,
    changes: usize,
}

impl Window {
    fn new(name: &str, scale: f32) -> Self {
        let (mut viewer, scene) = (Viewer::new(1000.0, 640.0, scale), scene(name));
        let _settled = viewer.picture(&scene.snapshot, &scene.sheet);
        let shapes = viewer.frame(&scene.snapshot, &scene.sheet, Vec::new()).shapes;
        let kept = viewer.draw(shapes.clone());
        Self { viewer, scale, scene, shapes, kept, pictures: 0, changes: 0 }
    }

    /// The next picture, in which this happens. Returns the share of the window that was drawn.
    fn next(&mut self, events: Vec<Event>) -> f32 {
        let output = self.viewer.frame(&self.scene.snapshot, &self.scene.sheet, events);
        let all = Rect::from_min_size(Pos2::ZERO, vec2(1000.0, 640.0));
        let places = damage(&self.shapes, &output, all);
        let after = output.shapes;
        let before = self.kept.clone();
        for &place in &places {
            self.viewer.draw_upon(&mut self.kept, within(&after, place, self.scale).collect());
        }
        assert!(self.kept == self.viewer.draw(after.clone()), "picture {}: not all was drawn", self.pictures);
        self.pictures += 1;
        self.changes += usize::from(before != self.kept);
        self.shapes = after;
        places.iter().map(|place| place.area()).sum::<f32>() / (1000.0 * 640.0)
    }

    /// The same with nothing done, a few times.
    fn rest(&mut self) {
        for _ in 0..3 {
            self.next(Vec::new());
        }
    }

    /// The playhead goes on by a part of a step.
    fn play(&mut self, steps: f32) -> f32 {
        self.scene.snapshot.seen.playhead.as_mut().expect("a playhead").step += steps;
        self.next(Vec::new())
    }
}

#[test]
fn the_playhead_moves_by_a_pixel_and_hardly_anything_is_drawn() {
    let mut window = Window::new("playing", 1.0);
    let shares: Vec<_> = (0..8).map(|_| window.play(0.25)).collect();
    assert_eq!(window.changes, 8, "each picture is another");
    let mean = shares.iter().sum::<f32>() / 8.0;
    assert!(mean < 0.05, "so much of the window is drawn: {shares:?}");
    assert_eq!(window.next(Vec::new()), 0.0, "nothing happened");
}

#[test]
fn what_is_kept_looks_as_if_all_were_drawn_while_the_band_plays_and_a_hand_goes_around() {
    for scale in [1.0, 1.5] {
        let mut window = Window::new("playing", scale);
        for turn in 0..12_u8 {
            let turn = f32::from(turn);
            let at = pos2((turn * 377.0) % 1000.0, (turn * 211.0) % 640.0);
            let press = |pressed| Event::PointerButton {
                pos: at,
                button: PointerButton::Primary,
                pressed,
                modifiers: Modifiers::NONE,
            };
            window.next(vec![Event::PointerMoved(at)]);
            window.play(0.3);
            window.next(vec![press(true)]);
            window.next(vec![press(false)]);
        }
        assert!(window.changes > 8, "so few pictures of {} were others: {}", window.pictures, window.changes);
    }
}

#[test]
fn what_is_kept_looks_as_if_all_were_drawn_when_the_moment_or_the_theme_changes() {
    let mut window = Window::new("playing", 1.0);
    for name in ["planned", "many", "fault", "listening", "frozen", "saved", "empty", "playing"] {
        window.scene = scene(name);
        window.rest();
        window.viewer.state.look.dark ^= true;
        window.rest();
    }
    assert!(window.changes >= 16, "so few pictures were others: {}", window.changes);
}
