//! Both clusters, started once for all tests here.

use boatlift_testkit::judges::hive::HiveSide;
use boatlift_testkit::services::lower::{LowerOptions, LowerStack};
use boatlift_testkit::services::upper::{UpperOptions, UpperStack};
use boatlift_testkit::services::versitygw::{Versitygw, VersitygwOptions};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// Both clusters.
pub(crate) struct Clusters {
    pub(crate) lower: LowerStack,
    pub(crate) upper: UpperStack,
    /// What UPPER's Hive reads as `s3a://`; stopped after it.
    _buckets: Versitygw,
}

/// The clusters, for one test at a time; they go with the test's process.
///
/// Hive 1.2 on Derby with its notification log does not bear two writers: a transaction of
/// one may stay open, and every later call waits for its locks.
pub(crate) fn clusters() -> MutexGuard<'static, Clusters> {
    static CLUSTERS: OnceLock<Mutex<Clusters>> = OnceLock::new();
    let started = CLUSTERS.get_or_init(|| {
        let lower = std::thread::spawn(|| {
            LowerStack::start(LowerOptions::new().expect("ports")).expect("LOWER starts")
        });
        let buckets = Versitygw::start(&VersitygwOptions::default()).expect("buckets");
        let options = UpperOptions::new().expect("ports");
        let options = UpperOptions { buckets: Some(buckets.endpoint().clone()), ..options };
        let upper = UpperStack::start(options).expect("UPPER starts");
        Mutex::new(Clusters {
            lower: lower.join().expect("LOWER starts"),
            upper,
            _buckets: buckets,
        })
    });
    // What a failed test left is in databases of its own.
    started.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Clusters {
    /// LOWER as the judge reaches it.
    pub(crate) fn lower_side(&self) -> HiveSide {
        HiveSide { hive_server2: self.lower.hive_server2_url(), hdfs: self.lower.hdfs_url() }
    }

    /// UPPER as the judge reaches it.
    pub(crate) fn upper_side(&self) -> HiveSide {
        HiveSide { hive_server2: self.upper.hive_server2_url(), hdfs: self.upper.hdfs_url() }
    }
}
