//! Real services for tests: Hadoop, Hive, a Kerberos centre and servers of Amazon's
//! protocols as plain processes on free loopback ports, with their data in temporary folders.
//!
//! Nothing here is installed: what a service runs from was put into the [`cache`] by
//! `cargo xtask provision`. All but one are programs that others made and use; [`aws_faults`]
//! is ours, for what those cannot be made to do, and is judged by Amazon's own models.
//! Whatever a test does, when its process ends its services end too.

pub mod aws_faults;
pub mod certificates;
pub mod condition;
pub mod endpoints;
pub mod error;
pub mod http;
pub mod java;
pub mod kerberos;
pub mod lower;
pub mod moto;
pub mod namespace;
pub mod network;
pub mod ports;
pub mod process;
pub mod radosgw;
mod recipe;
pub mod redshift;
pub mod s3;
pub mod scratch;
pub mod site;
pub mod upper;
pub mod versitygw;
mod warden;
pub mod zookeeper;

use error::ServiceError;
use std::path::PathBuf;

/// Where `cargo xtask provision` keeps what services run from.
///
/// # Errors
/// When the environment names neither a cache nor a home directory.
pub fn cache() -> Result<PathBuf, ServiceError> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let named = set("XDG_CACHE_HOME").map(PathBuf::from);
    let at_home = || set("HOME").map(|home| PathBuf::from(home).join(".cache"));
    named
        .or_else(at_home)
        .map(|cache| cache.join("boatlift"))
        .ok_or_else(|| ServiceError::setup("neither XDG_CACHE_HOME nor HOME is set"))
}
