//! Both clusters, started once for all tests here.

use boatlift_testkit::judges::hive::HiveSide;
use boatlift_testkit::services::lower::{LowerOptions, LowerStack};
use boatlift_testkit::services::upper::{UpperOptions, UpperStack};
use std::sync::OnceLock;

/// Both clusters.
pub(crate) struct Clusters {
    pub(crate) lower: LowerStack,
    pub(crate) upper: UpperStack,
}

/// The clusters of all tests; they go with the test's process.
pub(crate) fn clusters() -> &'static Clusters {
    static CLUSTERS: OnceLock<Clusters> = OnceLock::new();
    CLUSTERS.get_or_init(|| {
        let lower = std::thread::spawn(|| {
            LowerStack::start(LowerOptions::new().expect("ports")).expect("LOWER starts")
        });
        let upper = UpperStack::start(UpperOptions::new().expect("ports")).expect("UPPER starts");
        Clusters { lower: lower.join().expect("LOWER starts"), upper }
    })
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
