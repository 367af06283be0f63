//! Gradients kept in bounds.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

/// Shortens the gradient of all weights together to this length, if it is longer; burn's own clipping looks at each
/// weight alone.
///
/// # Source
/// Pascanu et al. 2013, "On the difficulty of training recurrent neural networks".
pub(crate) fn clip<M: Module>(net: &M, gradients: GradientsParams, longest: f32) -> GradientsParams {
    let mut measure = Length { gradients: &gradients, squares: 0.0 };
    net.visit(&mut measure);
    let length = measure.squares.sqrt();
    if length <= f64::from(longest) {
        return gradients;
    }
    #[expect(clippy::cast_possible_truncation, reason = "a factor below 1")]
    let mut scale = Scale { from: gradients, to: GradientsParams::new(), factor: (f64::from(longest) / length) as f32 };
    net.visit(&mut scale);
    scale.to
}

struct Length<'a> {
    gradients: &'a GradientsParams,
    squares: f64,
}

impl ModuleVisitor for Length<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.get::<D>(param.id) {
            self.squares += f64::from(gradient.powi_scalar(2).sum().into_scalar::<f32>());
        }
    }
}

struct Scale {
    from: GradientsParams,
    to: GradientsParams,
    factor: f32,
}

impl ModuleVisitor for Scale {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.from.remove::<D>(param.id) {
            self.to.register(param.id, gradient.mul_scalar(self.factor));
        }
    }
}
