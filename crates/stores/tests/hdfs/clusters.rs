//! The clusters of the tests: HDFS 2.7 and HDFS 3.4, each started once.
//!
//! Another one is taken instead where `BOATLIFT_TEST_HDFS_OLD` or `BOATLIFT_TEST_HDFS_NEW`
//! names it by `hdfs://SUPERUSER@HOST:PORT`.

use boatlift_testkit::services::lower::{self, LowerOptions, LowerStack};
use boatlift_testkit::services::upper::{self, Part, UpperOptions, UpperStack};
use std::sync::LazyLock;

/// A cluster and who may do everything there.
#[derive(Debug)]
pub(crate) struct Cluster {
    /// `hdfs://host:port`.
    pub(crate) url: String,
    pub(crate) superuser: String,
}

static OLD_STACK: LazyLock<LowerStack> = LazyLock::new(|| {
    let options = LowerOptions::new().unwrap_or_else(|error| panic!("{error}"));
    LowerStack::start(options).unwrap_or_else(|error| panic!("{error}"))
});

static NEW_STACK: LazyLock<UpperStack> = LazyLock::new(|| {
    let options = UpperOptions::new().unwrap_or_else(|error| panic!("{error}"));
    let options = UpperOptions { hive_server2: Part::Absent, ..options };
    UpperStack::start(options).unwrap_or_else(|error| panic!("{error}"))
});

static OLD: LazyLock<Cluster> = LazyLock::new(|| {
    named("BOATLIFT_TEST_HDFS_OLD").unwrap_or_else(|| Cluster {
        url: OLD_STACK.hdfs_url(),
        superuser: lower::SUPERUSER.to_owned(),
    })
});

static NEW: LazyLock<Cluster> = LazyLock::new(|| {
    named("BOATLIFT_TEST_HDFS_NEW").unwrap_or_else(|| Cluster {
        url: NEW_STACK.hdfs_url(),
        superuser: upper::SUPERUSER.to_owned(),
    })
});

/// Hadoop 2.7.
pub(crate) fn old() -> &'static Cluster {
    &OLD
}

/// Hadoop 3.4.
pub(crate) fn new() -> &'static Cluster {
    &NEW
}

fn named(variable: &str) -> Option<Cluster> {
    let url = std::env::var(variable).ok()?;
    let (superuser, address) = url.strip_prefix("hdfs://")?.split_once('@')?;
    Some(Cluster { url: format!("hdfs://{address}"), superuser: superuser.to_owned() })
}
