//! The stories that are told again wherever the providers speak other languages.

#[path = "../faults_bodies.rs"]
mod faults_bodies;
#[path = "../faults_caller.rs"]
mod faults_caller;
#[path = "../faults_limits.rs"]
mod faults_limits;
#[path = "../faults_output.rs"]
mod faults_output;
#[path = "../faults_silence.rs"]
mod faults_silence;
#[path = "../faults_status.rs"]
mod faults_status;
#[path = "../faults_stream.rs"]
mod faults_stream;
#[path = "../faults_trail.rs"]
mod faults_trail;
#[path = "../rescue.rs"]
mod rescue;
#[path = "../splits.rs"]
mod splits;
