//! The folders of jars that an UPPER stack runs from.

use crate::services::cache;
use crate::services::error::ServiceError;
use std::path::PathBuf;

/// What `cargo xtask provision` fetched from the central Maven repository.
#[derive(Debug, Clone)]
pub(super) struct JarSets {
    /// Hadoop 3.4: HDFS, YARN and DistCp.
    pub(super) hadoop: PathBuf,
    /// Hive 4.0 with Tez and its own Hadoop client.
    pub(super) hive: PathBuf,
    /// Hive 1.2, whose command line works with HiveServer2 4.0: that of 4.0 was not published.
    pub(super) beeline: PathBuf,
    /// The SQL of the metastore's tables.
    pub(super) hive_schema: PathBuf,
    /// What Hive needs besides to read buckets.
    pub(super) s3a: PathBuf,
}

impl JarSets {
    /// Finds them.
    pub(super) fn find() -> Result<Self, ServiceError> {
        let jars = cache()?.join("jars");
        let set = |name: &str| {
            let folder = jars.join(name);
            let missing = format!("{} is missing: run cargo xtask provision", folder.display());
            let is_there = folder.join("pom.xml").is_file();
            is_there.then_some(folder).ok_or_else(|| ServiceError::setup(missing))
        };
        Ok(JarSets {
            hadoop: set("hadoop-3.4.3")?,
            hive: set("hive-4.0.1")?,
            beeline: set("lower-1.2.1")?,
            hive_schema: set("hive-4.0.1-schema")?,
            s3a: set("s3a-3.3.6")?,
        })
    }
}
