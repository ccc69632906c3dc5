//! The real `boatlift` binary, driven as a child process on real directories.
//!
//! Nothing here calls into the engine to do work; it may only read what a run left behind.
//! Every end state is put before the judges. Most of it needs root: owners, device nodes,
//! mounts. Without root such a test fails; it is never passed over.

mod bad_input;
mod crash;
mod damage;
mod deletion;
mod escape;
mod first_copy;
mod harness;
mod interruption;
mod moving;
mod power_cut;
mod proof;
mod random_trees;
mod receipts;
mod s3;
mod state;
mod stream;
