//! Choosing a band file: a list of folders and files inside the window, since a dialogue of the
//! system's would need a toolkit of its own in the host's process.

use std::path::{Path, PathBuf};

use egui::Ui;

use super::sheet::Action;
use super::view::Desk;

/// What a band file's name ends in.
const ENDING: &str = "safetensors";

/// The list, while it is open.
#[derive(Clone, Debug)]
pub struct Browser {
    folder: PathBuf,
    /// What was typed or chosen.
    path: String,
    folders: Vec<String>,
    files: Vec<String>,
    /// Why the folder cannot be read.
    error: Option<String>,
}

impl Browser {
    /// The list of this folder.
    #[must_use]
    pub fn of(folder: &Path, path: String) -> Self {
        let (mut folders, mut files, mut error) = (Vec::new(), Vec::new(), None);
        match std::fs::read_dir(folder) {
            Ok(entries) => {
                for entry in entries.flatten() {
                    let name = entry.file_name().to_string_lossy().into_owned();
                    let hidden = name.starts_with('.');
                    if entry.path().is_dir() && !hidden {
                        folders.push(name);
                    } else if entry.path().extension().is_some_and(|ending| ending == ENDING) {
                        files.push(name);
                    }
                }
            }
            Err(reason) => error = Some(format!("{} cannot be read: {reason}.", folder.display())),
        }
        folders.sort_unstable();
        files.sort_unstable();
        Self { folder: folder.to_owned(), path, folders, files, error }
    }
}

/// Opens the list where the last file was, else in the user's home.
pub(super) fn open(desk: &mut Desk<'_>) {
    let last = Path::new(&desk.sheet.band_file);
    let folder = last.parent().filter(|folder| folder.is_dir()).map(Path::to_owned);
    let home = || std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE")).map(PathBuf::from);
    let folder = folder.or_else(home).unwrap_or_else(|| PathBuf::from("/"));
    desk.state.files = Some(Browser::of(&folder, desk.sheet.band_file.clone()));
}

/// The list, if it is open.
pub(super) fn browser(ui: &Ui, desk: &mut Desk<'_>) {
    let Some(mut list) = desk.state.files.take() else { return };
    let modal = egui::Modal::new(egui::Id::unique("band file")).show(ui.ctx(), |ui| {
        ui.set_width(420.0);
        ui.heading("Choose a band file");
        ui.add_space(4.0);
        let mut to = None;
        let mut chosen = None;
        ui.horizontal(|ui| {
            if ui.button("Up").clicked() {
                to = list.folder.parent().map(Path::to_owned);
            }
            ui.label(list.folder.display().to_string());
        });
        egui::ScrollArea::vertical().max_height(220.0).auto_shrink([false, false]).show(ui, |ui| {
            for name in &list.folders {
                if ui.selectable_label(false, format!("{name}/")).clicked() {
                    to = Some(list.folder.join(name));
                }
            }
            for name in &list.files {
                let path = list.folder.join(name);
                let text = path.to_string_lossy().into_owned();
                let response = ui.selectable_label(list.path == text, name);
                if response.double_clicked() {
                    chosen = Some(path);
                } else if response.clicked() {
                    list.path = text;
                }
            }
            if list.files.is_empty() {
                ui.weak(format!("There is no band file (*.{ENDING}) in this folder."));
            }
        });
        if let Some(error) = &list.error {
            ui.colored_label(ui.visuals().error_fg_color, error);
        }
        ui.add(egui::TextEdit::singleline(&mut list.path).desired_width(f32::INFINITY).hint_text("or type its path"));
        ui.add_space(4.0);
        let mut close = false;
        ui.horizontal(|ui| {
            let path = PathBuf::from(list.path.trim());
            if ui.add_enabled(path.is_file(), egui::Button::new("Load")).clicked() {
                chosen = Some(path);
            }
            close = ui.button("Cancel").clicked();
        });
        (to, chosen, close)
    });
    let (to, chosen, close) = modal.inner;
    if let Some(path) = chosen {
        desk.actions.push(Action::BandFile(path));
    } else if let Some(folder) = to {
        desk.state.files = Some(Browser::of(&folder, list.path));
    } else if !close && !modal.backdrop_response.clicked() && !ui.input(|input| input.key_pressed(egui::Key::Escape)) {
        desk.state.files = Some(list);
    }
}
