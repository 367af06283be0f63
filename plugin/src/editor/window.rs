//! The host's window.

use std::error::Error;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use model::Key;
use nice_plug::context::gui::GuiContext;
use nice_plug::editor::dpi::{LogicalSize, NativeSize};
use nice_plug::editor::{Editor, HostMethods, ParentWindowHandle, ResizeHint, SpawnedEditor};
use nice_plug_egui::baseview::{HandlerError, WindowSize};
use nice_plug_egui::resizable_window::ResizableWindow;
use nice_plug_egui::{
    EguiEditorHandle, EguiEditorState, EguiNiceSettings, Frame, GraphicsConfig, NiceEguiApp, RepaintNotifier,
    create_egui_editor,
};

use super::binding::Binding;
use super::desk::ViewState;
use super::kept::Kept;
use super::native;
use super::sheet::Action;
use super::theme::Theme;
use super::typist::Typist;
use super::view::{LEAST, show};
use crate::params::BandParams;
use crate::program::Program;
use crate::status::Status;

/// How often the window is drawn, at most: 60 pictures a second. Chosen.
const FRAME: Duration = Duration::from_micros(16_600);

/// How long the window looks by itself whether something has changed, after the user did something: a band is loaded
/// while the host may not process anything. Chosen.
const LINGERS: f64 = 3.0;

/// The editor of an instance: opens as often as the host likes.
pub struct BandEditor {
    params: Arc<BandParams>,
    status: Arc<Status>,
    notifier: RepaintNotifier,
    /// Of the window that is open, or was.
    #[expect(clippy::disallowed_types, reason = "the host's main thread only")]
    window: std::sync::Mutex<Option<Arc<EguiEditorState>>>,
}

impl std::fmt::Debug for BandEditor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BandEditor").field("remembered", &self.params.window).finish_non_exhaustive()
    }
}

impl BandEditor {
    /// An editor of the instance with these parameters and this status.
    #[must_use]
    pub fn new(params: Arc<BandParams>, status: Arc<Status>) -> Self {
        let notifier = RepaintNotifier::new();
        // One store: the audio thread may do that.
        let news = notifier.clone();
        status.display.on_news(move || news.request_repaint());
        #[expect(clippy::disallowed_types, reason = "see the field")]
        let window = std::sync::Mutex::new(None);
        Self { params, status, notifier, window }
    }

    fn open(&self) -> Option<Arc<EguiEditorState>> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner).clone().filter(|state| state.is_open())
    }
}

impl Editor for BandEditor {
    type Handle = EguiEditorHandle;

    fn spawn(
        &self,
        parent: Option<ParentWindowHandle>,
        wait_for_parent: bool,
        fallback_scale_factor: Option<f64>,
        host: GuiContext,
        methods: Option<HostMethods>,
    ) -> Result<SpawnedEditor<Self::Handle>, Box<dyn Error>> {
        let (width, height) = self.params.window.size.load();
        let look = self.params.window.look.load();
        let state = EguiEditorState::from_size(
            nice_plug::editor::dpi::Size::Logical(LogicalSize { width, height }.cast()),
            look.scale,
        );
        *self.window.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&state));
        let mut binding = Binding::new(Arc::clone(&self.params));
        binding.greet();
        let typist = Typist::new(Program::current().is_some());
        let window = Window {
            params: Arc::clone(&self.params),
            status: Arc::clone(&self.status),
            binding,
            host: None,
            view: ViewState { look, dialogs: native::dialogs(), typist, ..ViewState::default() },
            asked: f64::NEG_INFINITY,
            stuck: Vec::new(),
        };
        // There is no gradient that would need dithering, and plain colours draw faster without.
        let graphics = GraphicsConfig { dithering: false, ..GraphicsConfig::default() };
        let settings = EguiNiceSettings::new()
            .with_graphics_config(graphics)
            .with_tile("Band Player")
            .with_resize_hint(self.resize_hint())
            .with_repaint_poll_interval(FRAME);
        let editor = create_egui_editor(state, self.notifier.clone(), settings, window).ok_or("no editor")?;
        self.notifier.request_repaint();
        editor.spawn(parent, wait_for_parent, fallback_scale_factor, host, methods)
    }

    fn size(&self) -> NativeSize<u32> {
        if let Some(state) = self.open() {
            return NativeSize::from_logical_or_physical(state.logical_size().cast(), state.physical_size());
        }
        let (width, height) = self.params.window.size.load();
        let scale = f64::from(self.params.window.look.load().scale);
        NativeSize::from_size(LogicalSize { width, height }.into(), scale)
    }

    fn resize_hint(&self) -> ResizeHint {
        ResizeHint::resizable().with_min_logical_size(LogicalSize { width: LEAST.0 * 0.6, height: LEAST.1 * 0.6 })
    }
}

/// What runs in the open window.
struct Window {
    params: Arc<BandParams>,
    status: Arc<Status>,
    binding: Binding,
    host: Option<GuiContext>,
    view: ViewState,
    /// When the user did something last, on egui's clock.
    asked: f64,
    /// Keys that still have to go up.
    stuck: Vec<Key>,
}

/// A key of the computer's keyboard is played; what finds no room to go up is stuck.
fn strike(status: &Status, stuck: &mut Vec<Key>, key: Key, down: bool) {
    if !status.typed.strike(key, down) && !down {
        stuck.push(key);
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        for key in self.view.typist.let_go() {
            let _no_room = self.status.typed.strike(key, false);
        }
    }
}

impl NiceEguiApp for Window {
    fn build(&mut self, context: egui::Context, host: GuiContext, _frame: &mut Frame) -> Result<(), HandlerError> {
        self.host = Some(host);
        context.options_mut(|options| options.zoom_with_keyboard = false);
        // The window is cleared instead, from its first picture on.
        context.all_styles_mut(|style| style.visuals.panel_fill = egui::Color32::TRANSPARENT);
        context.add_plugin(Kept::default());
        Ok(())
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut Frame) {
        let mut actions = Vec::new();
        let (snapshot, sheet) = (self.status.snapshot(), self.binding.sheet());
        ResizableWindow::new("window").min_size(egui::vec2(480.0, 300.0)).show(ui, |ui| {
            show(ui, &snapshot, &sheet, &mut self.view, &mut actions);
        });
        self.status.display.live.set_pixels_a_step(self.view.pixels_a_step);
        let now = ui.input(|input| input.time);
        let look = self.view.look;
        // As the shaders do, without a conversion to linear light.
        let ground = Theme::new(look.dark).panel;
        let [red, green, blue, _] = ground.to_array().map(|value| f32::from(value) / 255.0);
        frame.set_clear_color(egui::Rgba::from_rgb(red, green, blue));
        if look != self.params.window.look.swap(look) {
            ui.ctx().set_zoom_factor(look.scale);
        }
        ui.ctx().with_plugin(|kept: &mut Kept| kept.prepare(ui.ctx(), frame, ground));
        let Some(host) = &self.host else { return };
        if !actions.is_empty() {
            self.asked = now;
            ui.ctx().request_repaint();
        }
        for action in actions {
            match action {
                Action::Strike(key, down) => strike(&self.status, &mut self.stuck, key, down),
                action => self.binding.perform(action, host),
            }
        }
        // What found no room to go up.
        for key in std::mem::take(&mut self.stuck) {
            strike(&self.status, &mut self.stuck, key, false);
        }
        if !self.stuck.is_empty() {
            ui.ctx().request_repaint_after(FRAME);
        }
        if let Some(again) = self.binding.tick(host) {
            ui.ctx().request_repaint_after(again);
        } else if now - self.asked < LINGERS {
            ui.ctx().request_repaint_after(Duration::from_millis(250));
        }
    }

    fn resized(&mut self, size: WindowSize) {
        #[expect(clippy::cast_possible_truncation, reason = "points of a screen")]
        let size = (size.logical.width as f32, size.logical.height as f32);
        self.params.window.size.store(size);
    }
}
