//! The numbers that the reference scripts and the tests make alike, of a name and an index.

use burn::tensor::{Device, Tensor, TensorData};

/// A number in [0, 1): `unit` of `rmvae.py`.
pub(crate) fn unit(name: &str, index: usize) -> f64 {
    let index = u32::try_from(index).expect("a small index");
    let mut x = crc32fast::hash(name.as_bytes()) ^ index.wrapping_mul(0x9e37_79b9);
    x ^= x >> 16;
    x = x.wrapping_mul(0x85eb_ca6b);
    x ^= x >> 13;
    x = x.wrapping_mul(0xc2b2_ae35);
    x ^= x >> 16;
    f64::from(x) / 4_294_967_296.0
}

/// What `change` makes of the numbers of this name: `[rows, width]`.
#[expect(clippy::cast_possible_truncation, reason = "the net computes in f32")]
pub(crate) fn numbers(name: &str, rows: usize, width: usize, change: impl Fn(f64) -> f64) -> Vec<f32> {
    (0..rows * width).map(|index| change(unit(name, index)) as f32).collect()
}

/// Bits of which a quarter is set: `[rows, width]`.
pub(crate) fn bits(name: &str, rows: usize, width: usize) -> Vec<f32> {
    numbers(name, rows, width, |x| f64::from(u8::from(x < 0.25)))
}

pub(crate) fn tensor(values: Vec<f32>, width: usize, device: &Device) -> Tensor<2> {
    let rows = values.len() / width;
    Tensor::from_data(TensorData::new(values, [rows, width]), device)
}
