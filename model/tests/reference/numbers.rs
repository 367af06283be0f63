//! The numbers that the reference scripts and the tests make alike, of a name and an index.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use model::systems::nn::{NamedTensor, get_weights, set_weights};

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

/// The net with numbers of the script in the place of its weights: of each, by its index.
#[expect(clippy::cast_possible_truncation, reason = "the net computes in f32")]
pub(crate) fn filled<M: Module>(net: M, number: impl Fn(&NamedTensor, usize) -> f64) -> M {
    let fill = |weight: NamedTensor| {
        let values = (0..weight.values.len()).map(|index| number(&weight, index) as f32).collect();
        NamedTensor { values, ..weight }
    };
    let weights: Vec<NamedTensor> = get_weights(&net).into_iter().map(fill).collect();
    set_weights(net, &weights).expect("a net's own shapes")
}

pub(crate) fn row(tensor: Tensor<2>) -> Vec<f32> {
    tensor.into_data().try_to_vec().expect("f32 data")
}
