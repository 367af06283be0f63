//! What the program is, and whose music it learnt from, on a page of its own.

use egui::Ui;

use super::credits::Learnt;
use super::desk::Desk;

/// Opens the page.
pub(super) fn open(desk: &mut Desk<'_>) {
    desk.state.about = Some(Learnt::all(desk.sheet));
}

/// The page, if it is open.
pub(super) fn about(ui: &Ui, desk: &mut Desk<'_>) {
    let Some(learnt) = desk.state.about.take() else { return };
    let room = ui.ctx().content_rect();
    let modal = egui::Modal::new(egui::Id::unique("about")).show(ui.ctx(), |ui| {
        ui.set_width((room.width() - 80.0).clamp(160.0, 520.0));
        ui.heading(concat!("Band Player ", env!("CARGO_PKG_VERSION")));
        ui.label("Free and open source: MIT or Apache-2.0, as you like. Built with nice-plug, burn and egui.");
        ui.add_space(4.0);
        ui.strong("What it learnt from");
        let height = (room.height() - 200.0).clamp(60.0, 320.0);
        egui::ScrollArea::vertical().max_height(height).show(ui, |ui| {
            for Learnt { name, from } in &learnt {
                ui.add_space(4.0);
                ui.label(name);
                for line in from {
                    ui.add(egui::Label::new(egui::RichText::new(line).weak()).wrap());
                }
            }
        });
        ui.add_space(4.0);
        ui.button("Close").clicked()
    });
    let leaves = modal.backdrop_response.clicked() || ui.input(|input| input.key_pressed(egui::Key::Escape));
    if !modal.inner && !leaves {
        desk.state.about = Some(learnt);
    }
}
