//! Bytes to events and back. Knows no vendor.

pub mod decoder;
pub mod encode;
pub mod seam;
