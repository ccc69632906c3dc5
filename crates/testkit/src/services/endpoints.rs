//! What a test needs to know of a running stack; also what the `stacks` program prints.

use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Where the services of one stack answer and keep their files.
#[derive(Debug, Clone, Serialize)]
pub struct Endpoints {
    /// HiveServer2 as `jdbc:hive2://HOST:PORT/`.
    pub hive_server2: String,
    /// The metastore as `thrift://HOST:PORT`.
    pub metastore: String,
    /// The file system as `hdfs://HOST:PORT`.
    pub hdfs: String,
    /// Its HTTP side as `http://HOST:PORT`, without `/webhdfs/v1`.
    pub webhdfs: String,
    /// The folder with `core-site.xml`, `hdfs-site.xml` and `hive-site.xml`.
    pub configuration: PathBuf,
    /// The folder with a log for each service.
    pub logs: PathBuf,
    /// The process id of each service that runs, by its name.
    pub processes: BTreeMap<String, u32>,
}
