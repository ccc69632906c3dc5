//! The objects that a workload touched, and their clones.
//!
//! LOWER is the harvest: its rows are found out about bundle by bundle, and then listed as
//! items under the keys of their clones. UPPER is the folder that the clones lie in. So the
//! engine compares them like any two sides, and what was cloned before is not cloned again.

mod judge;
mod lane;
mod manifest;
mod questions;
mod refused;
mod resolve;
mod rewriting;
mod sources;
mod store;

pub(crate) use lane::{Agreed, ObjectsLane};
pub(crate) use sources::Sources;
pub(crate) use store::HarvestStore;
