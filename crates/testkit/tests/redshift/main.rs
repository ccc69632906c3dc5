//! The real `boatlift` binary: a warehouse's views in PostgreSQL, objects at Ceph's gateway,
//! and a workload as people have it. What is at the target is read by curl's own requests.

mod beside;
mod drop_in;
mod follow;
mod ground;
mod kills;
mod lift;
mod manifests;
mod sharp;
mod standings;
