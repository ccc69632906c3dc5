//! Parameters of tables and partitions that mean something to a server, and are hence not
//! simply carried along.

/// `TRUE` on external tables, beside the table's type.
pub const EXTERNAL: &str = "EXTERNAL";
/// Whether dropping an external table drops its files.
pub const PURGE: &str = "external.table.purge";
/// Whether UPPER's own task looks for partitions.
pub const DISCOVER: &str = "discover.partitions";
/// How rows find their bucket: `1` before Hive 3 and where it is missing, else `2`.
pub const BUCKETING: &str = "bucketing_version";
/// Whether a table is transactional.
pub const TRANSACTIONAL: &str = "transactional";
/// `insert_only`, or what else a transactional table can.
pub const TRANSACTIONAL_PROPERTIES: &str = "transactional_properties";
/// The class of tables whose rows are not in files.
pub const STORAGE_HANDLER: &str = "storage_handler";

/// What a server or an engine notes about the files that it saw: false as soon as they are
/// copied, and new after each look.
const STATISTICS: &[&str] = &[
    "COLUMN_STATS_ACCURATE",
    "numFiles",
    "numFilesErasureCoded",
    "numPartitions",
    "numRows",
    "rawDataSize",
    "totalSize",
    "STATS_GENERATED",
    "STATS_GENERATED_VIA_STATS_TASK",
    "impala.lastComputeStatsTime",
    "transient_lastDdlTime",
    "last_modified_by",
    "last_modified_time",
];

/// Spark's statistics are many keys.
const STATISTICS_LEADS: &[&str] = &["spark.sql.statistics."];

/// What Hive 4's and CDP's metastore add when they translate a request.
const TRANSLATION: &[&str] = &["TRANSLATED_TO_EXTERNAL", "OBJCAPABILITIES"];

/// Whether a parameter is about files as they were, or about when something was done.
#[must_use]
pub fn is_statistic(key: &str) -> bool {
    STATISTICS.contains(&key) || STATISTICS_LEADS.iter().any(|lead| key.starts_with(lead))
}

/// Whether a server adds a parameter by itself, so that the other side's lacking it means
/// nothing.
#[must_use]
pub fn is_translation(key: &str) -> bool {
    TRANSLATION.contains(&key)
}

/// Whether a parameter's value is yes, as Hive reads it.
#[must_use]
pub fn is_true(value: Option<&str>) -> bool {
    value.is_some_and(|value| value.trim().eq_ignore_ascii_case("true"))
}
