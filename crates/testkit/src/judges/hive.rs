//! Programs in Python that fill, write, watch and judge Hive by SQL and WebHDFS. They speak
//! through pyhive and share no code with us; `cargo xtask provision` brings it into the cache.

use super::{finish, python};
use crate::services::error::ServiceError;
use serde::Deserialize;
use std::process::Command;

/// What UPPER's tables read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// LOWER's files.
    Linked,
    /// Their own.
    Exchanged,
}

/// Where a side answers: HiveServer2 as a `jdbc:hive2` URL, and HDFS as an `hdfs` URL.
#[derive(Debug, Clone)]
pub struct HiveSide {
    /// HiveServer2.
    pub hive_server2: String,
    /// The file system.
    pub hdfs: String,
}

/// A difference that the judge found.
#[derive(Debug, Clone, Deserialize)]
pub struct Difference {
    /// `database.table`.
    pub table: String,
    /// In what: `existence`, `definition`, `partitions`, `rows`; `error` when a side cannot
    /// be asked.
    pub what: String,
    /// Both sides, as the judge told it.
    #[serde(flatten)]
    pub sides: serde_json::Map<String, serde_json::Value>,
}

/// One of the programs, not started: `fill`, `write`, `watch`, `judge`.
///
/// # Errors
/// When there is no cache.
pub fn program(name: &str) -> Result<Command, ServiceError> {
    python("tools/python", &format!("hive/{name}.py"))
}

/// Compares the rows of every partition, SHOW PARTITIONS and SHOW CREATE TABLE of all tables
/// and views of some databases.
///
/// # Errors
/// When a server does not answer.
pub fn judge_hive(
    lower: &HiveSide,
    upper: &HiveSide,
    reading: Reading,
    databases: &[&str],
) -> Result<Vec<Difference>, String> {
    let word = match reading {
        Reading::Linked => "linked",
        Reading::Exchanged => "exchanged",
    };
    let mut judge = program("judge").map_err(|error| error.to_string())?;
    judge.args([&lower.hive_server2, &lower.hdfs, &upper.hive_server2, &upper.hdfs]);
    let found = finish(judge.arg(word).args(databases))?;
    let difference = |line: &str| {
        serde_json::from_str(line).map_err(|error| format!("cannot read {line}: {error}"))
    };
    found.lines().map(difference).collect()
}
