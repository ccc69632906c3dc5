//! The strategies by which Hive itself carries rows, with the real `boatlift` binary between
//! real clusters: SQL, EXPORT and IMPORT, and both by size.
//!
//! An independent judge compares the rows of every partition by SQL on both sides.

#[path = "../hive/clusters.rs"]
mod clusters;
mod lift;
mod rows;
