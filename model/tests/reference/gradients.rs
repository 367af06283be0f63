//! Gradients as the reference scripts print them: of each weight the gradient's length, and its product with a direction
//! that both sides make of the weight's name.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Gradients, Tensor};
use serde_json::Value;

use crate::numbers::numbers;

/// Every weight of the net has the gradient of the script. How far both numbers may be off is said for a gradient of a
/// given length: the product may cancel out, so that its own size says nothing of its error.
pub(crate) fn are_pytorchs<M: Module>(net: &M, gradients: &Gradients, expected: &Value, near: fn(f64) -> f64) {
    let mut check = Check { gradients, expected, near, path: Vec::new(), seen: 0 };
    net.visit(&mut check);
    assert_eq!(Some(check.seen), expected.as_object().map(serde_json::Map::len), "all weights, and no others");
}

struct Check<'a> {
    gradients: &'a Gradients,
    expected: &'a Value,
    near: fn(f64) -> f64,
    path: Vec<String>,
    seen: usize,
}

impl ModuleVisitor for Check<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let name = self.path.join(".");
        // What a normalisation has seen so far is no weight.
        if name.contains("running_") {
            return;
        }
        let gradient = param.val().grad(self.gradients).expect("every weight has a gradient");
        let gradient: Vec<f32> = gradient.into_data().try_to_vec().expect("f32 data");
        let direction = numbers(&format!("direction.{name}"), gradient.len(), 1, |x| x - 0.5);
        let length = gradient.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
        let product: f64 = gradient.iter().zip(direction).map(|(&x, y)| f64::from(x) * f64::from(y)).sum();
        let expected = [0, 1].map(|index| self.expected[&name][index].as_f64().expect("a weight of the script"));
        for (found, expected_here) in [length, product].into_iter().zip(expected) {
            let near = (found - expected_here).abs() < (self.near)(expected[0]);
            assert!(near, "{name}: {found}, PyTorch has {expected_here}");
        }
        self.seen += 1;
    }
    fn enter_module(&mut self, name: &str, container: &str) {
        if !container.starts_with("Enum:") {
            self.path.push(name.into());
        }
    }
    fn exit_module(&mut self, _: &str, container: &str) {
        if !container.starts_with("Enum:") {
            self.path.pop();
        }
    }
}
