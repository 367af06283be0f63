//! What a training computes on, by name.

use burn::tensor::Device;

/// A device that cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// Nobody knows it.
    #[error(
        "there is no device `{0}`: choose cpu, cuda, wgpu or vulkan, with a number as in `cuda:1` for another than the first"
    )]
    Unknown(String),
    /// The program was built without it.
    #[error("this program was built without {0}: build it with `--features {0}`")]
    NotBuilt(&'static str),
    /// The machine has none, or its driver refuses.
    #[error("there is no device `{name}` here ({reason}): install its driver, or train on the processor (cpu)")]
    Missing {
        /// How it was called.
        name: String,
        /// What the driver says.
        reason: String,
    },
}

/// The device of this name, without gradients: `cpu`; with the cargo features of the same names `cuda`, `wgpu`
/// (whichever API the machine has) and `vulkan`, the first or the one of a number (`cuda:1`).
///
/// # Errors
/// [`DeviceError`].
pub fn device(name: &str) -> Result<Device, DeviceError> {
    let unknown = || DeviceError::Unknown(name.into());
    let (kind, number) = match name.split_once(':') {
        Some((kind, number)) => (kind, Some(number.parse::<usize>().map_err(|_| unknown())?)),
        None => (name, None),
    };
    match kind {
        "cpu" if number.is_none() => Ok(Device::flex()),
        "cuda" => cuda(name, number.unwrap_or(0)),
        "wgpu" => wgpu(name, number),
        "vulkan" => vulkan(name, number),
        _ => Err(unknown()),
    }
}

#[cfg(feature = "cuda")]
fn cuda(name: &str, number: usize) -> Result<Device, DeviceError> {
    let found = Device::enumerate(burn::tensor::DeviceType::Cuda).into_vec();
    let reason = format!("{} of its kind were found", found.len());
    found.into_iter().nth(number).ok_or_else(|| DeviceError::Missing { name: name.into(), reason })
}

#[cfg(not(feature = "cuda"))]
fn cuda(_: &str, _: usize) -> Result<Device, DeviceError> {
    Err(DeviceError::NotBuilt("cuda"))
}

#[cfg(feature = "wgpu")]
fn wgpu(name: &str, number: Option<usize>) -> Result<Device, DeviceError> {
    let kind = kind(number);
    opened(name, Device::wgpu_options().device_kind(kind.clone()), || Device::wgpu(kind))
}

#[cfg(not(feature = "wgpu"))]
fn wgpu(_: &str, _: Option<usize>) -> Result<Device, DeviceError> {
    Err(DeviceError::NotBuilt("wgpu"))
}

#[cfg(feature = "vulkan")]
fn vulkan(name: &str, number: Option<usize>) -> Result<Device, DeviceError> {
    let (kind, api) = (kind(number), burn::tensor::wgpu::WgpuBackend::Vulkan);
    opened(name, Device::wgpu_options().device_kind(kind.clone()).graphics_api(api), || Device::vulkan(kind))
}

#[cfg(not(feature = "vulkan"))]
fn vulkan(_: &str, _: Option<usize>) -> Result<Device, DeviceError> {
    Err(DeviceError::NotBuilt("vulkan"))
}

#[cfg(any(feature = "wgpu", feature = "vulkan"))]
fn kind(number: Option<usize>) -> burn::tensor::DeviceKind {
    use burn::tensor::DeviceKind;
    number.map_or(DeviceKind::DefaultDevice, DeviceKind::DiscreteGpu)
}

/// Opens a device now, so that one that is missing is said to be before anything is read; or takes the one that was
/// opened before.
#[cfg(any(feature = "wgpu", feature = "vulkan"))]
fn opened(
    name: &str,
    options: burn::tensor::wgpu::WgpuOptions,
    before: impl FnOnce() -> Device,
) -> Result<Device, DeviceError> {
    use burn::tensor::wgpu::WgpuInitError;
    match options.init() {
        Err(WgpuInitError::Registration { .. }) => Ok(before()),
        other => other.map_err(|error| DeviceError::Missing { name: name.into(), reason: error.to_string() }),
    }
}

/// Can burn's default device be had? What an optimiser remembers is read there and then moved to where its net is, so
/// that a program that was built for GPUs needs one even to go on on the processor, or the word `BURN_DEVICE=flex`.
pub(super) fn default_is_there() -> bool {
    #[cfg(feature = "cuda")]
    let kind = Some(burn::tensor::DeviceType::Cuda);
    #[cfg(all(feature = "vulkan", not(feature = "cuda")))]
    let kind = Some(burn::tensor::DeviceType::Vulkan);
    #[cfg(all(feature = "wgpu", not(any(feature = "cuda", feature = "vulkan"))))]
    let kind = Some(burn::tensor::DeviceType::Wgpu);
    #[cfg(not(any(feature = "cuda", feature = "vulkan", feature = "wgpu")))]
    let kind: Option<burn::tensor::DeviceType> = None;
    let found = |kind| !Device::enumerate(kind).into_vec().is_empty();
    std::env::var_os("BURN_DEVICE").is_some() || kind.is_none_or(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_found_by_name_or_refused_with_the_remedy() {
        assert!(device("cpu").is_ok());
        for wrong in ["gpu", "cpu:1", "cuda:x", ""] {
            assert_eq!(device(wrong).err(), Some(DeviceError::Unknown(wrong.into())));
        }
        if cfg!(not(feature = "cuda")) {
            assert!(device("cuda:1").expect_err("not built").to_string().contains("--features cuda"));
        }
    }
}
