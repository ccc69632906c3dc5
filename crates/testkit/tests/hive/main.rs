//! The real `boatlift` binary between real clusters: LOWER with Hive 1.2, UPPER with Hive 4.0.
//!
//! Nothing here calls into the engine or a mover. End states are put before a judge that asks
//! both HiveServer2s. Both clusters are started once, and tests use databases of their own.

mod buckets;
mod carried;
mod clusters;
mod handover;
mod judging;
mod move_file;
mod program;
mod runs;
mod snapshots;
mod writing;
