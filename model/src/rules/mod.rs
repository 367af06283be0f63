//! Where the music repeats, and what follows what, counted: the rules that a net has to beat.

pub mod loop_lag;
pub mod loop_rule;
pub mod ngram;
pub mod unigram;
