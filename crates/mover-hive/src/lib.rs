//! What moving means for Hive: databases, tables and partitions, then the files under them.

mod canonical;
pub mod check;
pub mod classify;
pub mod compat;
pub mod config;
pub mod ddl;
pub mod differences;
pub mod distcp;
pub mod fingerprint;
pub mod grants;
pub mod locations;
pub mod marks;
pub mod parameters;
pub mod report;
#[cfg(test)]
mod samples;
pub mod scope;
pub mod translate;

mod ahead;
mod catalog;
mod connect;
mod cutover;
mod data;
mod exchange;
mod hive_server;
mod holding;
mod kept;
mod keys;
mod logins;
mod mover;
mod plan;
mod rows;
mod waves;

pub use config::HiveConfig;
pub use logins::Logins;
pub use mover::{HiveMover, delete_policy};
