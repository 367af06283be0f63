//! A plugin of the same framework that does nothing but hand notes through.
//!
//! What a block costs here is the framework's own share of Band Player's; and the small host is
//! tested with it, since what it does is known. Its editor is an empty window of the same toolkit,
//! drawn at every frame while the transport rolls.

use std::sync::Arc;

use nice_plug::editor::dpi::LogicalSize;
use nice_plug::prelude::*;
use nice_plug_egui::{
    EguiEditor, EguiEditorState, EguiNiceSettings, Frame, NiceEguiApp, RepaintNotifier, create_egui_editor,
};

/// The plugin.
#[derive(Default)]
struct Empty {
    params: Arc<NoParams>,
    notifier: Option<RepaintNotifier>,
}

impl std::fmt::Debug for Empty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Empty").finish_non_exhaustive()
    }
}

/// A window with nothing in it.
#[derive(Debug)]
struct Nothing;

impl NiceEguiApp for Nothing {
    fn ui(&mut self, _ui: &mut egui::Ui, _frame: &mut Frame) {}
}

/// It has no parameter.
#[derive(Debug, Default, Params)]
struct NoParams {}

impl Plugin for Empty {
    const NAME: &'static str = "Empty";
    const VENDOR: &'static str = "The Band Player developers";
    const URL: &'static str = "";
    const EMAIL: &'static str = "";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const AUDIO_IO_LAYOUTS: &'static [AudioIOLayout] =
        &[AudioIOLayout { main_output_channels: NonZeroU32::new(2), ..AudioIOLayout::const_default() }];
    const MIDI_INPUT: MidiConfig = MidiConfig::MidiCCs;
    const MIDI_OUTPUT: MidiConfig = MidiConfig::MidiCCs;

    type Editor = EguiEditor<Nothing>;
    type SysExMessage = ();
    type BackgroundTask = ();

    fn params(&self) -> Arc<dyn Params> {
        self.params.clone()
    }

    fn editor(&mut self, _executor: AsyncExecutor<Self>) -> Option<Self::Editor> {
        let size = LogicalSize { width: 1000, height: 600 };
        let state = EguiEditorState::from_size(nice_plug::editor::dpi::Size::Logical(size.cast()), 1.0);
        let notifier = self.notifier.get_or_insert_with(RepaintNotifier::new).clone();
        // As often as Band Player's.
        let frame = std::time::Duration::from_micros(16_600);
        let settings = EguiNiceSettings::new()
            .with_resize_hint(nice_plug::editor::ResizeHint::resizable())
            .with_repaint_poll_interval(frame);
        create_egui_editor(state, notifier, settings, Nothing)
    }

    fn process(
        &mut self,
        buffer: &mut Buffer,
        _aux: &mut AuxiliaryBuffers,
        context: &mut impl ProcessContext<Self>,
    ) -> ProcessStatus {
        for channel in buffer.as_slice() {
            channel.fill(0.0);
        }
        while let Some(event) = context.next_event() {
            // A full queue is the host's to solve.
            let _ = context.try_send_event(event);
        }
        if let Some(notifier) = self.notifier.as_ref().filter(|_| context.transport().playing) {
            notifier.request_repaint();
        }
        ProcessStatus::KeepAlive
    }
}

impl ClapPlugin for Empty {
    const CLAP_ID: &'static str = "org.band-player.empty";
    const CLAP_DESCRIPTION: Option<&'static str> = None;
    const CLAP_MANUAL_URL: Option<&'static str> = None;
    const CLAP_SUPPORT_URL: Option<&'static str> = None;
    const CLAP_FEATURES: &'static [ClapFeature] = &[ClapFeature::NoteEffect];
}

nice_export_clap!(Empty);
