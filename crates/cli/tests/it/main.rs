//! Snapshots of the command line: stdout, stderr and exit status together.
//!
//! Each test has a scene of its own: a temporary directory with LOWER, UPPER and a state
//! home. Paths, times, process ids and hashes of the scene are redacted.

mod bad_input;
mod files;
mod help;
mod hms_mirror;
mod mirror;
mod running;
mod scene;
