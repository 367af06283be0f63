//! What a killed training needs to go on exactly where it was.

use std::path::{Path, PathBuf};

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::optim::ModuleOptimizer;
use burn::tensor::Tensor;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::systems::nn::{NamedTensor, get_weights, set_weights};

/// Where training stands, beside weights and optimiser. `E` is what an epoch reached.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Progress<E> {
    /// Finished epochs, with what they reached.
    pub(crate) epochs: Vec<E>,
    /// Batches done.
    pub(crate) batches: u64,
    /// Which run this is: the options, so that no other run goes on from here by mistake.
    pub(crate) run: String,
    /// The parameters' identities, by which the optimiser knows them.
    ids: Vec<u64>,
}

/// What was saved, or the beginning.
pub(crate) struct Saved<M, E> {
    pub(crate) net: M,
    pub(crate) optimizer: ModuleOptimizer,
    pub(crate) progress: Progress<E>,
    /// The mean weights; `None` at the beginning.
    pub(crate) average: Option<Vec<NamedTensor>>,
}

/// Why a checkpoint cannot be written or used.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The file system refuses.
    #[error("checkpoint {path}: {error}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The contents are not a checkpoint's.
    #[error("checkpoint {path} is damaged ({reason}): remove its folder to start anew")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// How.
        reason: String,
    },
    /// It belongs to other options.
    #[error("checkpoint {path} was made with other options or pieces: remove its folder, or give the same options")]
    OtherRun {
        /// Which file.
        path: PathBuf,
    },
}

/// A folder beside the band file: `<name>.checkpoint/`.
#[derive(Clone, Debug)]
pub(crate) struct Checkpoint {
    folder: PathBuf,
}

impl Checkpoint {
    pub(crate) fn beside(out: &Path) -> Self {
        Self { folder: out.with_extension("checkpoint") }
    }

    /// Writes everything into a new folder, then puts it in the old one's place.
    pub(crate) fn save<M: Module, E: Serialize>(
        &self,
        net: &M,
        average: &[NamedTensor],
        optimizer: &ModuleOptimizer,
        progress: &mut Progress<E>,
    ) -> Result<(), CheckpointError> {
        let part = self.folder.with_extension("checkpoint-part");
        let at = |path: &Path| {
            let path = path.to_owned();
            move |error| CheckpointError::Io { path, error }
        };
        if part.exists() {
            std::fs::remove_dir_all(&part).map_err(at(&part))?;
        }
        std::fs::create_dir_all(&part).map_err(at(&part))?;
        progress.ids = ids(net);
        let text = serde_json::to_string_pretty(progress).map_err(|error| damaged(&part, &error))?;
        std::fs::write(part.join("progress.json"), text).map_err(at(&part))?;
        std::fs::write(part.join("weights.bin"), weights_to_bytes(&get_weights(net))).map_err(at(&part))?;
        if !average.is_empty() {
            std::fs::write(part.join("average.bin"), weights_to_bytes(average)).map_err(at(&part))?;
        }
        let state = optimizer.into_bytes().map_err(|error| damaged(&part, &error))?;
        std::fs::write(part.join("optimizer.bin"), &state[..]).map_err(at(&part))?;
        if self.folder.exists() {
            std::fs::remove_dir_all(&self.folder).map_err(at(&self.folder))?;
        }
        std::fs::rename(&part, &self.folder).map_err(at(&self.folder))
    }

    /// The net, optimiser, progress and mean weights of the last save, if there is one and it is of this run.
    pub(crate) fn load<M: Module, E: DeserializeOwned>(
        &self,
        net: M,
        optimizer: ModuleOptimizer,
        run: &str,
    ) -> Result<Saved<M, E>, CheckpointError> {
        let path = self.folder.join("progress.json");
        if !path.exists() {
            let progress = Progress { epochs: Vec::new(), batches: 0, run: run.into(), ids: Vec::new() };
            return Ok(Saved { net, optimizer, progress, average: None });
        }
        let read = |name: &str| {
            let path = self.folder.join(name);
            std::fs::read(&path).map_err(|error| CheckpointError::Io { path, error })
        };
        let progress: Progress<E> =
            serde_json::from_slice(&read("progress.json")?).map_err(|error| damaged(&path, &error))?;
        if progress.run != run {
            return Err(CheckpointError::OtherRun { path });
        }
        let of = |name: &str| {
            weights_from_bytes(get_weights(&net), &read(name)?)
                .ok_or_else(|| damaged(&path, &"the weights have another size"))
        };
        // Not every training keeps a mean.
        let mean = self.folder.join("average.bin").exists();
        let (weights, average) = (of("weights.bin")?, if mean { Some(of("average.bin")?) } else { None });
        let net = set_weights(net, &weights).map_err(|error| damaged(&path, &error))?;
        let mut rename = Identify { ids: progress.ids.iter() };
        let net = net.map(&mut rename);
        let bytes = burn::tensor::Bytes::from_bytes_vec(read("optimizer.bin")?);
        let optimizer = optimizer.from_bytes(bytes).map_err(|error| damaged(&path, &error))?;
        Ok(Saved { net, optimizer, progress, average })
    }

    /// Removes it: training is done.
    pub(crate) fn remove(&self) {
        // A checkpoint that stays behind does no harm.
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

fn damaged(path: &Path, reason: &impl ToString) -> CheckpointError {
    CheckpointError::Damaged { path: path.to_owned(), reason: reason.to_string() }
}

fn weights_to_bytes(weights: &[NamedTensor]) -> Vec<u8> {
    weights.iter().flat_map(|weight| weight.values.iter().flat_map(|value| value.to_le_bytes())).collect()
}

fn weights_from_bytes(mut shapes: Vec<NamedTensor>, bytes: &[u8]) -> Option<Vec<NamedTensor>> {
    let mut numbers = bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    for value in shapes.iter_mut().flat_map(|weight| &mut weight.values) {
        *value = numbers.next()?;
    }
    numbers.next().is_none().then_some(shapes)
}

fn ids<M: Module>(net: &M) -> Vec<u64> {
    struct Collect(Vec<u64>);
    impl ModuleVisitor for Collect {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.0.push(param.id.val());
        }
    }
    let mut collect = Collect(Vec::new());
    net.visit(&mut collect);
    collect.0
}

struct Identify<'a> {
    ids: std::slice::Iter<'a, u64>,
}

impl ModuleMapper for Identify<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let id = self.ids.next().map_or(param.id, |&id| ParamId::from(id));
        Param::initialized(id, param.into_value())
    }
}
