//! A net's weights as a list of named arrays, whatever its structure.

use std::sync::Arc;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{DType, Tensor, TensorData};

/// One weight: its path in the net, its shape, its numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedTensor {
    /// Where it stands, for example `encoders.0.forward.input`.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its numbers, the last dimension running fastest; shared with all who play by them.
    pub values: Arc<[f32]>,
}

impl NamedTensor {
    /// The same in a net of which this one is a part of this name.
    #[must_use]
    pub fn within(self, part: &str) -> Self {
        Self { name: format!("{part}.{}", self.name), ..self }
    }

    /// Its numbers, to be changed; what shares them keeps what they were.
    pub fn values_mut(&mut self) -> &mut [f32] {
        Arc::make_mut(&mut self.values)
    }

    /// Does it stand in the part of this name?
    #[must_use]
    pub fn is_within(&self, part: &str) -> bool {
        self.name.strip_prefix(part).is_some_and(|rest| rest.starts_with('.'))
    }
}

/// Why weights do not fit a net.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeightsError {
    /// A weight of the net is missing.
    #[error("the weight `{0}` is missing")]
    Missing(String),
    /// A weight has another shape.
    #[error("the weight `{name}` has the shape {found:?}, and {expected:?} is needed")]
    Shape {
        /// Which.
        name: String,
        /// What the net needs.
        expected: Vec<usize>,
        /// What was given.
        found: Vec<usize>,
    },
}

/// Every weight of a net, in its own order.
#[must_use]
pub fn get_weights<M: Module>(net: &M) -> Vec<NamedTensor> {
    let mut visitor = Collect { path: Vec::new(), weights: Vec::new() };
    net.visit(&mut visitor);
    visitor.weights
}

/// How many numbers a net's weights have. None is made for it that was not used yet.
#[must_use]
pub fn numbers_in<M: Module>(net: &M) -> usize {
    let mut visitor = Count(0);
    net.visit(&mut visitor);
    visitor.0
}

/// Can a band file hold these weights? Each must be a number, and none larger than half precision has.
#[must_use]
pub fn are_storable(weights: &[NamedTensor]) -> bool {
    let largest = f32::from(half::f16::MAX);
    weights.iter().flat_map(|weight| weight.values.iter()).all(|value| value.abs() <= largest)
}

/// The net with these weights; ones that it does not have are ignored.
///
/// # Errors
/// [`WeightsError`] for the first weight that is missing or misshapen.
pub fn set_weights<M: Module>(net: M, weights: &[NamedTensor]) -> Result<M, WeightsError> {
    let mut mapper = Replace { path: Vec::new(), weights, error: None };
    let net = net.map(&mut mapper);
    mapper.error.map_or(Ok(net), Err)
}

/// The tensor's numbers, row by row.
pub(crate) fn numbers(tensor: Tensor<2>) -> Vec<f32> {
    // PANIC: every tensor here holds f32.
    tensor.into_data().try_to_vec::<f32>().expect("f32 data")
}

struct Collect {
    path: Vec<String>,
    weights: Vec<NamedTensor>,
}

impl ModuleVisitor for Collect {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let data = param.val().into_data().convert_dtype(DType::F32);
        self.weights.push(NamedTensor {
            name: self.path.join("."),
            shape: data.shape().to_vec(),
            // PANIC: just converted to f32.
            values: data.try_to_vec::<f32>().expect("f32 data").into(),
        });
    }
    fn enter_module(&mut self, name: &str, container: &str) {
        enter(&mut self.path, name, container);
    }
    fn exit_module(&mut self, _: &str, container: &str) {
        leave(&mut self.path, container);
    }
}

struct Count(usize);

impl ModuleVisitor for Count {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let numbers = param.lazy_shape().iter().fold(1, |product: usize, &size| product.saturating_mul(size));
        self.0 = self.0.saturating_add(numbers);
    }
}

struct Replace<'a> {
    path: Vec<String>,
    weights: &'a [NamedTensor],
    error: Option<WeightsError>,
}

impl ModuleMapper for Replace<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let name = self.path.join(".");
        let expected = param.lazy_shape().to_vec();
        let Some(weight) = self.weights.iter().find(|weight| weight.name == name) else {
            self.error.get_or_insert(WeightsError::Missing(name));
            return param;
        };
        if weight.shape != expected {
            let found = weight.shape.clone();
            self.error.get_or_insert(WeightsError::Shape { name, expected, found });
            return param;
        }
        let device = param.lazy_device();
        let data = TensorData::new(weight.values.to_vec(), weight.shape.clone());
        // A weight on a device with gradients stays one that is trained.
        Param::initialized(param.id, Tensor::from_data(data, &device)).set_require_grad(device.is_autodiff())
    }
    fn enter_module(&mut self, name: &str, container: &str) {
        enter(&mut self.path, name, container);
    }
    fn exit_module(&mut self, _: &str, container: &str) {
        leave(&mut self.path, container);
    }
}

/// Which form a part of a net has does not stand in its weights' names.
fn is_form(container: &str) -> bool {
    container.starts_with("Enum:")
}

fn enter(path: &mut Vec<String>, name: &str, container: &str) {
    if !is_form(container) {
        path.push(name.into());
    }
}

fn leave(path: &mut Vec<String>, container: &str) {
    if !is_form(container) {
        path.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_half_precision_lacks_is_not_stored() {
        let weights = |value| [NamedTensor { name: "w".into(), shape: vec![2], values: [0.5, value].into() }];
        assert!([65504.0, -65504.0, 0.0].iter().all(|&value| are_storable(&weights(value))));
        assert!([70000.0, f32::NAN, f32::NEG_INFINITY].iter().all(|&value| !are_storable(&weights(value))));
    }
}
