//! A measure as a picture, and the published blocks that make it smaller or larger: 5×5 convolutions with a stride of
//! 2, batch normalisation, leaky ReLU and dropout.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig, ConvTranspose2d, ConvTranspose2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Dropout, DropoutConfig, PaddingConfig2d};
use burn::tensor::activation::leaky_relu;
use burn::tensor::{Device, Tensor};

use crate::systems::rmvae::config::Layout;
use crate::systems::rmvae::frames::STEPS;
use crate::systems::rmvae::net::SLOPE;

/// A kernel's side. Required by the published net.
const KERNEL: usize = 5;

/// The size of a picture of sixteenths × pitches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Picture {
    /// Numbers in each cell. Mono: 1; poly: activation and duration.
    pub(super) channels: usize,
    /// Sixteenths.
    pub(super) height: usize,
    /// Classes (mono) or pitches (poly).
    pub(super) width: usize,
}

impl Picture {
    /// One measure of a voice.
    pub(super) fn of(layout: &Layout) -> Self {
        Self { channels: layout.frame_width() / layout.own(), height: STEPS, width: layout.own() }
    }

    /// After a stride of 2.
    pub(super) fn narrowed(self) -> Self {
        Self { height: self.height.div_ceil(2), width: self.width.div_ceil(2), ..self }
    }

    /// How many cells it has.
    pub(super) const fn cells(self) -> usize {
        self.height * self.width
    }
}

/// A block that halves a picture.
#[derive(Module, Debug)]
pub(super) struct Narrowing {
    convolution: Conv2d,
    norm: BatchNorm,
    dropout: Dropout,
}

impl Narrowing {
    /// From so many channels to so many.
    pub(super) fn new(channels: [usize; 2], dropout: f64, device: &Device) -> Self {
        let half = KERNEL / 2;
        Self {
            convolution: Conv2dConfig::new(channels, [KERNEL, KERNEL])
                .with_stride([2, 2])
                .with_padding(PaddingConfig2d::Explicit(half, half, half, half))
                .init(device),
            norm: BatchNormConfig::new(channels[1]).init(device),
            dropout: DropoutConfig::new(dropout).init(),
        }
    }

    /// Channels that it reads.
    pub(super) fn channels(&self) -> usize {
        self.convolution.weight.dims()[1]
    }

    /// `[rows, channels, height, width]` to `[rows, channels', ⌈height/2⌉, ⌈width/2⌉]`.
    pub(super) fn forward(&self, picture: Tensor<4>) -> Tensor<4> {
        self.dropout.forward(leaky_relu(self.norm.forward(self.convolution.forward(picture)), SLOPE))
    }
}

/// A block that doubles a picture. The last one is the voice's heads: nothing follows its convolution.
#[derive(Module, Debug)]
pub(super) struct Widening {
    convolution: ConvTranspose2d,
    norm: Option<BatchNorm>,
    dropout: Dropout,
}

impl Widening {
    /// From so many channels to so many, and from one size to one about twice as large.
    pub(super) fn new(
        channels: [usize; 2],
        [from, to]: [Picture; 2],
        dropout: f64,
        last: bool,
        device: &Device,
    ) -> Self {
        // Without more, n cells become 2n − 1.
        let more = |from: usize, to: usize| to - (2 * from - 1);
        Self {
            convolution: ConvTranspose2dConfig::new(channels, [KERNEL, KERNEL])
                .with_stride([2, 2])
                .with_padding([KERNEL / 2, KERNEL / 2])
                .with_padding_out([more(from.height, to.height), more(from.width, to.width)])
                .init(device),
            norm: (!last).then(|| BatchNormConfig::new(channels[1]).init(device)),
            dropout: DropoutConfig::new(dropout).init(),
        }
    }

    /// `[rows, channels, height, width]` to `[rows, channels', height', width']`.
    pub(super) fn forward(&self, picture: Tensor<4>) -> Tensor<4> {
        let picture = self.convolution.forward(picture);
        let Some(norm) = &self.norm else { return picture };
        self.dropout.forward(leaky_relu(norm.forward(picture), SLOPE))
    }
}
