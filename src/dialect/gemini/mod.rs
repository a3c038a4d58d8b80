//! Gemini generateContent, as a provider speaks it.
//!
//! Source: the Gemini API reference, "Generating content".

pub mod answer;
pub mod error;
pub mod request;
pub mod stream;
