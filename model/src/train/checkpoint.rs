//! What a killed training needs to go on exactly where it was.

use std::path::{Path, PathBuf};

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::optim::ModuleOptimizer;
use burn::tensor::Tensor;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::files::{NewFolder, remove, settle};
use crate::systems::nn::{NamedTensor, get_weights, set_weights};
use crate::train::devices::default_is_there;

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
    /// This program looks for a GPU that is not there.
    #[error(
        "checkpoint {path} cannot be read without a GPU by a program that was built for one: set the variable \
         BURN_DEVICE=flex, or build it without"
    )]
    NoDevice {
        /// Which folder.
        path: PathBuf,
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

    /// Is there one? What a kill left half-way is settled first.
    pub(crate) fn exists(&self) -> Result<bool, CheckpointError> {
        settle(&self.folder).map_err(|error| self.io(error))?;
        Ok(self.folder.exists())
    }

    /// Writes everything; whoever is killed meanwhile finds this one or the one before, whole.
    pub(crate) fn save<M: Module, E: Serialize>(
        &self,
        net: &M,
        average: &[NamedTensor],
        optimizer: &ModuleOptimizer,
        progress: &mut Progress<E>,
    ) -> Result<(), CheckpointError> {
        progress.ids = ids(net);
        let text = serde_json::to_string_pretty(progress).map_err(|error| damaged(&self.folder, &error))?;
        let state = optimizer.into_bytes().map_err(|error| damaged(&self.folder, &error))?;
        let write = || {
            let new = NewFolder::beside(&self.folder)?;
            new.write("progress.json", text.as_bytes())?;
            new.write("weights.bin", &weights_to_bytes(&get_weights(net)))?;
            if !average.is_empty() {
                new.write("average.bin", &weights_to_bytes(average))?;
            }
            new.write("optimizer.bin", &state[..])?;
            new.finish()
        };
        write().map_err(|error| self.io(error))
    }

    /// The net, optimiser, progress and mean weights of the last save, if there is one and it is of this run.
    pub(crate) fn load<M: Module, E: DeserializeOwned>(
        &self,
        net: M,
        optimizer: ModuleOptimizer,
        run: &str,
    ) -> Result<Saved<M, E>, CheckpointError> {
        let path = self.folder.join("progress.json");
        if !self.exists()? {
            let progress = Progress { epochs: Vec::new(), batches: 0, run: run.into(), ids: Vec::new() };
            return Ok(Saved { net, optimizer, progress, average: None });
        }
        let read = |name: &str| {
            let path = self.folder.join(name);
            std::fs::read(&path).map_err(|error| match error.kind() {
                std::io::ErrorKind::NotFound => damaged(&path, &"it is missing"),
                _ => CheckpointError::Io { path, error },
            })
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
        if !default_is_there() {
            return Err(CheckpointError::NoDevice { path: self.folder.clone() });
        }
        let bytes = burn::tensor::Bytes::from_bytes_vec(read("optimizer.bin")?);
        let optimizer = optimizer.from_bytes(bytes).map_err(|error| damaged(&path, &error))?;
        Ok(Saved { net, optimizer, progress, average })
    }

    /// Removes it: training is done.
    pub(crate) fn remove(&self) {
        // A checkpoint that stays behind does no harm: who goes on from it is done at once.
        drop(remove(&self.folder));
    }

    fn io(&self, error: std::io::Error) -> CheckpointError {
        CheckpointError::Io { path: self.folder.clone(), error }
    }
}

/// Would a training with this band file go on from a checkpoint?
///
/// # Errors
/// [`CheckpointError::Io`].
pub fn is_begun(out: &Path) -> Result<bool, CheckpointError> {
    Checkpoint::beside(out).exists()
}

fn damaged(path: &Path, reason: &impl ToString) -> CheckpointError {
    CheckpointError::Damaged { path: path.to_owned(), reason: reason.to_string() }
}

fn weights_to_bytes(weights: &[NamedTensor]) -> Vec<u8> {
    weights.iter().flat_map(|weight| weight.values.iter().flat_map(|value| value.to_le_bytes())).collect()
}

fn weights_from_bytes(mut shapes: Vec<NamedTensor>, bytes: &[u8]) -> Option<Vec<NamedTensor>> {
    let mut numbers = bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    for value in shapes.iter_mut().flat_map(NamedTensor::values_mut) {
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

#[cfg(test)]
mod tests {
    use burn::optim::AdamConfig;
    use burn::tensor::Device;

    use super::*;
    use crate::files::steps::{full_after, is_child, killed_after};

    #[derive(Module, Debug)]
    struct Number {
        value: Param<Tensor<1>>,
    }

    fn net(value: f32) -> Number {
        Number { value: Param::from_data([value], &Device::flex()) }
    }

    /// Saves what a training has reached after so many batches.
    fn save(checkpoint: &Checkpoint, batches: u16) -> Result<(), CheckpointError> {
        let mut progress =
            Progress::<f64> { epochs: vec![0.5], batches: batches.into(), run: "a number".into(), ids: Vec::new() };
        let net = net(batches.into());
        checkpoint.save(&net, &get_weights(&net), &AdamConfig::new().init(), &mut progress)
    }

    /// After how many batches a training would go on.
    fn reached(checkpoint: &Checkpoint) -> u64 {
        let saved = checkpoint.load::<_, f64>(net(-1.0), AdamConfig::new().init(), "a number");
        let Saved { net, progress, average, .. } = saved.expect("a whole checkpoint");
        let value = get_weights(&net)[0].values[0];
        assert_eq!(average.expect("a mean")[0].values[0], value);
        assert_eq!(progress.batches.to_string(), value.to_string());
        progress.batches
    }

    /// A folder of one test, removed at its end.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> (Self, Checkpoint) {
            let folder = std::env::temp_dir().join(format!("checkpoint-{}-{name}", std::process::id()));
            std::fs::create_dir_all(&folder).expect("a writable folder");
            let checkpoint = Checkpoint::beside(&folder.join("band.safetensors"));
            (Self(folder), checkpoint)
        }

        fn count(&self) -> usize {
            std::fs::read_dir(&self.0).expect("a folder").count()
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            drop(std::fs::remove_dir_all(&self.0));
        }
    }

    #[test]
    fn whenever_a_training_is_killed_it_goes_on_from_the_last_checkpoint_or_the_one_before() {
        const TEST: &str = "whenever_a_training_is_killed_it_goes_on_from_the_last_checkpoint_or_the_one_before";
        if is_child() {
            return save(&Checkpoint::beside(Path::new("band.safetensors")), 2).expect("saved");
        }
        let (scratch, checkpoint) = Scratch::new("killed");
        let (mut before, mut last) = (0, 0);
        for step in 0..1000 {
            save(&checkpoint, 1).expect("saved");
            let killed = killed_after(step, module_path!(), TEST, &scratch.0);
            match reached(&checkpoint) {
                1 => before += 1,
                2 => last += 1,
                other => panic!("killed on step {step}: {other} batches"),
            }
            save(&checkpoint, 1).expect("saved after all");
            assert_eq!(scratch.count(), 1, "killed on step {step}, something stays beside it");
            if !killed {
                break;
            }
        }
        assert!(before > 15 && last > 3, "{before} times the one before, {last} times the last");
        checkpoint.remove();
        assert_eq!(scratch.count(), 0);
    }

    #[test]
    fn a_full_disk_costs_no_checkpoint() {
        let (scratch, checkpoint) = Scratch::new("full");
        for steps in 0.. {
            save(&checkpoint, 1).expect("saved");
            let outcome = full_after(steps, || save(&checkpoint, 2));
            assert!([1, 2].contains(&reached(&checkpoint)));
            match outcome {
                Ok(()) => break,
                Err(error) => assert!(error.to_string().contains("band.checkpoint"), "{error}"),
            }
        }
        assert_eq!(scratch.count(), 1);
    }
}
