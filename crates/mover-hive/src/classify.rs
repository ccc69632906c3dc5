//! What kind of table a table of LOWER is, and whether it comes along.

use crate::config::Cluster;
use crate::parameters::{
    EXTERNAL, STORAGE_HANDLER, TRANSACTIONAL, TRANSACTIONAL_PROPERTIES, is_true,
};
use boatlift_clients::metastore::{Stored, Table};
use std::fmt;

/// Tables of a session that Hive makes for `INSERT ... VALUES` and shows to others.
const TEMPORARY_LEAD: &str = "values__tmp__table__";

/// File formats of Spark; another provider keeps its rows elsewhere.
const SPARK_FILES: &[&str] = &["hive", "parquet", "orc", "avro", "csv", "json", "text"];

/// Whether a table comes along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Carry(Class),
    /// It does not, and the report says why.
    Skip(SkipReason),
}

/// Kinds of tables that come along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Managed by Hive 1 or 2, so that its files belong to nobody else and anybody may read
    /// them: external on UPPER, and the owner of its files once they are there.
    LegacyManaged,
    /// Managed by Hive 3 or later without transactions: external on UPPER, without that.
    Managed,
    /// External.
    External,
    /// A view.
    View,
}

/// Why a table does not come along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkipReason {
    /// Transactional in full: its files mean nothing without LOWER's transactions.
    Transactional,
    /// Transactional for inserts only.
    InsertOnly,
    /// A materialized view.
    MaterializedView,
    /// An index of Hive 1 or 2.
    Index,
    /// A table of a session.
    Temporary,
    /// Rows in another system, by a storage handler or a provider of Spark's.
    NonNative,
    /// Iceberg.
    Iceberg,
    /// Hudi.
    Hudi,
    /// Delta Lake.
    Delta,
    /// No location.
    NoLocation,
    /// A type that no known Hive has.
    UnknownType,
}

impl SkipReason {
    /// Every reason.
    pub const ALL: [SkipReason; 11] = [
        SkipReason::Transactional,
        SkipReason::InsertOnly,
        SkipReason::MaterializedView,
        SkipReason::Index,
        SkipReason::Temporary,
        SkipReason::NonNative,
        SkipReason::Iceberg,
        SkipReason::Hudi,
        SkipReason::Delta,
        SkipReason::NoLocation,
        SkipReason::UnknownType,
    ];

    /// A word that does not change from version to version.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            SkipReason::Transactional => "transactional",
            SkipReason::InsertOnly => "insert-only",
            SkipReason::MaterializedView => "materialized-view",
            SkipReason::Index => "index",
            SkipReason::Temporary => "temporary",
            SkipReason::NonNative => "non-native",
            SkipReason::Iceberg => "iceberg",
            SkipReason::Hudi => "hudi",
            SkipReason::Delta => "delta",
            SkipReason::NoLocation => "no-location",
            SkipReason::UnknownType => "unknown-type",
        }
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SkipReason::Transactional => {
                "a transactional (ACID) table: its files cannot be read without LOWER's \
                 transactions; EXPORT and IMPORT can carry it"
            }
            SkipReason::InsertOnly => {
                "a transactional (insert-only) table: its files cannot be read without LOWER's \
                 transactions; EXPORT and IMPORT can carry it"
            }
            SkipReason::MaterializedView => {
                "a materialized view: create it on UPPER, where it is computed anew"
            }
            SkipReason::Index => "an index, which Hive 3 and later do not have",
            SkipReason::Temporary => "a table of a session, gone when the session ends",
            SkipReason::NonNative => "its rows are kept by another system, not in files",
            SkipReason::Iceberg => "an Iceberg table: its metadata files name every path",
            SkipReason::Hudi => "a Hudi table: its timeline belongs to its writers",
            SkipReason::Delta => "a Delta Lake table: its log belongs to its writers",
            SkipReason::NoLocation => "a table without a location",
            SkipReason::UnknownType => "a type of table that Boatlift does not know",
        })
    }
}

/// Says whether and as what a table of LOWER comes along.
#[must_use]
pub fn classify(table: &Table, lower: &Cluster) -> Standing {
    if table.is_temporary() || is_values_table(table.name()) {
        return Standing::Skip(SkipReason::Temporary);
    }
    match table.table_type() {
        Some("VIRTUAL_VIEW") => return Standing::Carry(Class::View),
        Some("MATERIALIZED_VIEW") => return Standing::Skip(SkipReason::MaterializedView),
        Some("INDEX_TABLE") => return Standing::Skip(SkipReason::Index),
        Some("MANAGED_TABLE" | "EXTERNAL_TABLE") | None => {}
        Some(_) => return Standing::Skip(SkipReason::UnknownType),
    }
    let reason = foreign_format(table).or_else(|| transactional(table));
    if let Some(reason) = reason {
        return Standing::Skip(reason);
    }
    if table.location().is_none_or(str::is_empty) {
        return Standing::Skip(SkipReason::NoLocation);
    }
    Standing::Carry(match (is_external(table), lower.legacy_hive) {
        (true, _) => Class::External,
        (false, true) => Class::LegacyManaged,
        (false, false) => Class::Managed,
    })
}

/// Whether Hive takes a table as external: by its type, or as old servers have it by a
/// parameter beside the type `MANAGED_TABLE`.
pub(crate) fn is_external(table: &Table) -> bool {
    table.table_type() == Some("EXTERNAL_TABLE") || is_true(property(table, EXTERNAL))
}

fn is_values_table(name: &str) -> bool {
    let number = name.to_ascii_lowercase();
    let number = number.strip_prefix(TEMPORARY_LEAD);
    number.is_some_and(|number| number.bytes().all(|digit| digit.is_ascii_digit()))
}

/// Hive looks for some keys in more than one case.
fn property<'a>(table: &'a Table, key: &str) -> Option<&'a str> {
    let mut parameters = table.parameters();
    parameters.find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value)
}

fn transactional(table: &Table) -> Option<SkipReason> {
    if !is_true(property(table, TRANSACTIONAL)) {
        return None;
    }
    let kind = property(table, TRANSACTIONAL_PROPERTIES);
    Some(match kind {
        Some(kind) if kind.eq_ignore_ascii_case("insert_only") => SkipReason::InsertOnly,
        _ => SkipReason::Transactional,
    })
}

fn foreign_format(table: &Table) -> Option<SkipReason> {
    let handler = property(table, STORAGE_HANDLER).map(str::to_lowercase);
    let provider = property(table, "spark.sql.sources.provider").map(str::to_lowercase);
    let kind = property(table, "table_type").map(str::to_lowercase);
    let format = table.input_format().unwrap_or_default().to_lowercase();
    let named = [handler.as_deref(), provider.as_deref(), kind.as_deref(), Some(&format)];
    let told = |word: &str| named.iter().flatten().any(|text| text.contains(word));
    if told("iceberg") {
        Some(SkipReason::Iceberg)
    } else if told("hudi") || told("hoodie") {
        Some(SkipReason::Hudi)
    } else if provider.as_deref() == Some("delta") || told("io.delta") {
        Some(SkipReason::Delta)
    } else if handler.is_some_and(|handler| !handler.is_empty())
        || provider.is_some_and(|provider| !SPARK_FILES.contains(&provider.as_str()))
    {
        Some(SkipReason::NonNative)
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
