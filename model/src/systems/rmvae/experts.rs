//! Gaussians over z, and their product.

use burn::tensor::{Device, Tensor};

/// A Gaussian with a diagonal covariance.
///
/// # Shapes
/// - mean, log variance: `[rows, latent]`
#[derive(Clone, Debug)]
pub struct Gaussian {
    /// μ.
    pub mean: Tensor<2>,
    /// ln σ².
    pub log_var: Tensor<2>,
}

impl Gaussian {
    /// The standard normal distribution.
    #[must_use]
    pub fn standard(rows: usize, latent: usize, device: &Device) -> Self {
        Self { mean: Tensor::zeros([rows, latent], device), log_var: Tensor::zeros([rows, latent], device) }
    }

    /// A sample by the reparameterisation trick: μ + σ·ε, given ε: `[rows, latent]`.
    #[must_use]
    pub fn sample(&self, noise: Tensor<2>) -> Tensor<2> {
        self.mean.clone() + self.log_var.clone().mul_scalar(0.5).exp() * noise
    }

    /// KL(q ‖ N(0, 1)) of each row, in nats: `[rows, 1]`.
    ///
    /// # Source
    /// Kingma and Welling 2014, appendix B.
    #[must_use]
    pub fn kl(&self) -> Tensor<2> {
        let terms = self.log_var.clone().exp() + self.mean.clone().square() - self.log_var.clone() - 1.0;
        terms.sum_dim(1).mul_scalar(0.5)
    }
}

/// The product of the experts that are present.
///
/// T = Σ 1/σ²; μ = Σ μ_v/σ_v² / T; σ² = 1/T (Cao and Fleet 2014; Wu and Goodman 2018). With
/// `prior` the standard normal is one more expert. Where no expert is present at all, the result is
/// the standard normal.
///
/// # Shapes
/// - each mask: `[rows, 1]`, 1 = present, 0 = missing
#[must_use]
pub fn product(experts: &[(Gaussian, Tensor<2>)], prior: bool) -> Gaussian {
    let shape = experts[0].0.mean.dims();
    let device = experts[0].0.mean.device();
    let mut precision = if prior { Tensor::ones(shape, &device) } else { Tensor::zeros(shape, &device) };
    let mut weighted = Tensor::<2>::zeros(shape, &device);
    let mut present = Tensor::<2>::zeros([shape[0], 1], &device);
    for (expert, mask) in experts {
        let each = expert.log_var.clone().neg().exp() * mask.clone();
        weighted = weighted + expert.mean.clone() * each.clone();
        precision = precision + each;
        present = present + mask.clone();
    }
    if !prior {
        precision = precision + present.equal_elem(0.0).float();
    }
    Gaussian { mean: weighted / precision.clone(), log_var: precision.log().neg() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gaussian(mean: f32, var: f32, device: &Device) -> Gaussian {
        Gaussian { mean: Tensor::from_data([[mean]], device), log_var: Tensor::from_data([[var.ln()]], device) }
    }

    fn check(experts: &[(f32, f32, f32)], prior: bool, (mean, var): (f32, f32)) {
        let device = Device::flex();
        let experts: Vec<_> = experts
            .iter()
            .map(|&(mean, var, mask)| (gaussian(mean, var, &device), Tensor::from_data([[mask]], &device)))
            .collect();
        let product = product(&experts, prior);
        let found = (product.mean.into_scalar::<f32>(), product.log_var.exp().into_scalar::<f32>());
        assert!((found.0 - mean).abs() < 1e-5 && (found.1 - var).abs() < 1e-5, "{found:?}, not {:?}", (mean, var));
    }

    /// Precisions 1/0.5 = 2 and 1/0.25 = 4; with the prior 1 more.
    #[test]
    fn the_product_weighs_experts_by_their_precision() {
        check(&[(1.0, 0.5, 1.0), (-2.0, 0.25, 1.0)], false, (-1.0, 1.0 / 6.0));
        check(&[(1.0, 0.5, 1.0), (-2.0, 0.25, 1.0)], true, (-6.0 / 7.0, 1.0 / 7.0));
    }

    #[test]
    fn a_missing_voice_says_nothing() {
        check(&[(1.0, 0.5, 1.0), (-2.0, 0.25, 0.0)], false, (1.0, 0.5));
        check(&[(1.0, 0.5, 0.0)], false, (0.0, 1.0));
        check(&[(1.0, 0.5, 0.0)], true, (0.0, 1.0));
    }

    /// ½ (σ² + μ² − ln σ² − 1) = ½ (0.5 + 1 + 0.6931472 − 1).
    #[test]
    fn kl_to_the_standard_normal() {
        let kl = gaussian(1.0, 0.5, &Device::flex()).kl().into_scalar::<f32>();
        assert!((kl - 0.596_573_6).abs() < 1e-5, "{kl}");
        assert!(Gaussian::standard(1, 1, &Device::flex()).kl().into_scalar::<f32>().abs() < 1e-6);
    }
}
