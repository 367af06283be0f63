//! Bands at play: from bar line to bar line, with a whole song, and on finished pieces.

pub mod accompany;
pub mod conductor;
pub mod drumming;
pub mod foretold;
pub mod function;
pub mod hear_chart;
pub mod tasks;
pub mod tones;
pub mod yielding;
