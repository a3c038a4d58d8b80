//! The same, with everybody in another place: `a` speaks Gemini's format, `b` Anthropic's and `c` OpenAI's.

#![cfg(test)]
// Each file of stories brings the support that it is told with.
#![allow(clippy::duplicate_mod)]

#[path = "faults_bodies.rs"]
mod faults_bodies;
#[path = "faults_caller.rs"]
mod faults_caller;
#[path = "faults_limits.rs"]
mod faults_limits;
#[path = "faults_output.rs"]
mod faults_output;
#[path = "faults_silence.rs"]
mod faults_silence;
#[path = "faults_status.rs"]
mod faults_status;
#[path = "faults_stream.rs"]
mod faults_stream;
#[path = "faults_trail.rs"]
mod faults_trail;
#[path = "rescue.rs"]
mod rescue;
#[path = "splits.rs"]
mod splits;
