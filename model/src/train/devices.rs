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
        "cuda" => cuda(number.unwrap_or(0)),
        "wgpu" => wgpu(number),
        "vulkan" => vulkan(number),
        _ => Err(unknown()),
    }
}

#[cfg(feature = "cuda")]
#[expect(clippy::unnecessary_wraps, reason = "without the feature it fails")]
fn cuda(number: usize) -> Result<Device, DeviceError> {
    Ok(Device::cuda(number))
}

#[cfg(not(feature = "cuda"))]
fn cuda(_: usize) -> Result<Device, DeviceError> {
    Err(DeviceError::NotBuilt("cuda"))
}

#[cfg(any(feature = "wgpu", feature = "vulkan"))]
fn kind(number: Option<usize>) -> burn::tensor::DeviceKind {
    use burn::tensor::DeviceKind;
    number.map_or(DeviceKind::DefaultDevice, DeviceKind::DiscreteGpu)
}

#[cfg(feature = "wgpu")]
#[expect(clippy::unnecessary_wraps, reason = "without the feature it fails")]
fn wgpu(number: Option<usize>) -> Result<Device, DeviceError> {
    Ok(Device::wgpu(kind(number)))
}

#[cfg(not(feature = "wgpu"))]
fn wgpu(_: Option<usize>) -> Result<Device, DeviceError> {
    Err(DeviceError::NotBuilt("wgpu"))
}

#[cfg(feature = "vulkan")]
#[expect(clippy::unnecessary_wraps, reason = "without the feature it fails")]
fn vulkan(number: Option<usize>) -> Result<Device, DeviceError> {
    Ok(Device::vulkan(kind(number)))
}

#[cfg(not(feature = "vulkan"))]
fn vulkan(_: Option<usize>) -> Result<Device, DeviceError> {
    Err(DeviceError::NotBuilt("vulkan"))
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
