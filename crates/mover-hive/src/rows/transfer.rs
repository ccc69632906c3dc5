//! The tables by which a place is carried: one over LOWER's files, one over UPPER's.
//!
//! Both hold the rows of one table or one partition and have no partitions themselves, so
//! that no value of a partition ever stands in a statement. Dropping them drops no files.

use crate::data::Place;
use crate::marks::is_mark;
use crate::parameters::{DISCOVER, EXTERNAL, PURGE, is_statistic, is_translation};
use boatlift_clients::metastore::{Column, Partition, Stored, Table};

/// On a transfer table: the place whose files it may write. As long as it is there, what lies
/// at the place was put there by us.
pub(super) const CLAIM: &str = "boatlift.transfer";
/// Characters of a table's own name that its transfer tables repeat.
const MOST_NAME: usize = 60;
/// Formats whose files name their columns, so that Hive reads them by the table's columns
/// whatever the partition says.
const SELF_DESCRIBING: [&str; 3] = ["orc", "parquet", "avro"];
/// Lines of text files that Hive passes over, and would pass over again in what it wrote.
const PASSED_OVER: [&str; 2] = ["skip.header.line.count", "skip.footer.line.count"];
/// `storedAsSubDirectories` of Hive's `StorageDescriptor`.
const AS_SUBDIRECTORIES: i16 = 12;

/// Names of the tables of a place, in the database of its table on UPPER.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Names {
    /// Over LOWER's files.
    pub(super) from: String,
    /// Over UPPER's files, to be written: a claim.
    pub(super) to: String,
    /// Over UPPER's files, to be looked at.
    pub(super) look: String,
    /// What IMPORT makes.
    pub(super) import: String,
}

impl Names {
    /// The names for a place of `table`, led by `prefix`.
    pub(super) fn of(prefix: &str, table: &str, place: &Place) -> Names {
        let hash = blake3::hash(place.upper.as_bytes()).to_hex();
        let own: String = table.chars().take(MOST_NAME).collect();
        let to = format!("{prefix}{own}_{}", &hash[..16]).to_lowercase();
        let with = |ending: &str| format!("{to}_{ending}");
        Names { from: with("from"), look: with("look"), import: with("import"), to }
    }
}

/// The tables of a place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Transfer {
    pub(super) from: Table,
    pub(super) to: Table,
    pub(super) look: Table,
}

impl Transfer {
    /// The tables for a place of `linked`, a table of UPPER that points at LOWER, or of one
    /// partition of it.
    pub(super) fn new(
        linked: &Table,
        partition: Option<&Partition>,
        place: &Place,
        names: &Names,
    ) -> Transfer {
        let mut from = linked.clone();
        from.forget_server_fields();
        if let Some(storage) = partition.and_then(Stored::storage) {
            *from.storage_mut() = storage.clone();
        }
        if partition.is_some() && describes_itself(&from) {
            from.set_columns(&linked.columns());
        }
        from.set_partition_keys(&[] as &[Column<'_>]);
        from.set_table_type(Some("EXTERNAL_TABLE"));
        let unwanted = |key: &str| is_statistic(key) || is_mark(key) || is_translation(key);
        let unwanted: Vec<String> = from
            .parameters()
            .map(|(key, _)| key)
            .filter(|key| unwanted(key) || *key == DISCOVER)
            .map(str::to_owned)
            .collect();
        for key in unwanted {
            from.remove_parameter(&key);
        }
        from.set_parameter(EXTERNAL, "TRUE");
        from.set_parameter(PURGE, "false");
        from.set_name(&names.from);
        from.set_location(Some(&place.lower));
        let mut look = from.clone();
        look.set_name(&names.look);
        look.set_location(Some(&place.upper));
        let mut to = look.clone();
        to.set_name(&names.to);
        to.set_parameter(CLAIM, &place.upper);
        Transfer { from, to, look }
    }

    /// Whether UPPER's table would read the same rows from what INSERT writes.
    ///
    /// # Errors
    /// Says why not.
    pub(super) fn can_be_inserted(&self) -> Result<(), String> {
        writable(&self.to)
    }
}

fn writable(table: &Table) -> Result<(), String> {
    let passed_over = |key: &&str| {
        let value = table.parameter(key).map(str::trim);
        value.is_some_and(|lines| !matches!(lines, "" | "0"))
    };
    if let Some(key) = PASSED_OVER.iter().find(|key| passed_over(key)) {
        return Err(format!("it has {key}, and what Hive writes has no such lines"));
    }
    if table.storage().and_then(|storage| storage.bool(AS_SUBDIRECTORIES)) == Some(true) {
        return Err("its skewed values are stored as subdirectories".into());
    }
    Ok(())
}

fn describes_itself(table: &Table) -> bool {
    let format = table.input_format().unwrap_or_default().to_lowercase();
    SELF_DESCRIBING.iter().any(|name| format.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use boatlift_core::key::KeyBuf;

    fn place() -> Place {
        Place {
            prefix: KeyBuf(b"sales/orders/ds=1/".to_vec()),
            lower: "hdfs://lower:8020/wh/orders/ds=1".into(),
            upper: "hdfs://upper:8020/external/orders/ds=1".into(),
        }
    }

    fn transfer(table: &Table, partition: Option<&Partition>) -> Transfer {
        let names = Names::of("transfer_", table.name(), &place());
        Transfer::new(table, partition, &place(), &names)
    }

    fn plain() -> Table {
        let mut table = samples::table();
        table.set_parameter("boatlift.move", "m");
        table.set_parameter(PURGE, "true");
        table
    }

    #[test]
    fn neither_table_has_partitions_or_may_drop_files() {
        let Transfer { from, to, look } = transfer(&plain(), None);
        for table in [&from, &to, &look] {
            assert!(!table.is_partitioned());
            assert_eq!(table.table_type(), Some("EXTERNAL_TABLE"));
            assert_eq!(table.parameter(PURGE), Some("false"));
            assert_eq!(table.parameter("boatlift.move"), None);
            assert_eq!(table.parameter("numRows"), None);
            assert_eq!(table.parameter("team.key"), Some("kept"));
        }
        assert_eq!(from.location(), Some("hdfs://lower:8020/wh/orders/ds=1"));
        assert_eq!(to.location(), Some("hdfs://upper:8020/external/orders/ds=1"));
        assert_eq!(look.location(), to.location());
        assert_eq!(to.parameter(CLAIM), to.location());
        assert_eq!((from.parameter(CLAIM), look.parameter(CLAIM)), (None, None));
    }

    #[test]
    fn files_without_names_of_columns_are_read_by_those_of_the_partition() {
        let partition = samples::partition();
        let columns = |table: &Table| -> Vec<String> {
            table.columns().iter().map(|column| column.name.to_owned()).collect()
        };
        let own = transfer(&plain(), Some(&partition));
        assert_eq!(columns(&own.from), ["id"]);
        assert_eq!(own.to.serde_library(), Some("org.example.Old"));
        let mut orc = partition.clone();
        orc.set_input_format(Some("org.apache.hadoop.hive.ql.io.orc.OrcInputFormat"));
        let evolved = transfer(&plain(), Some(&orc));
        assert_eq!(columns(&evolved.to), ["id", "note", "select"]);
    }

    #[test]
    fn what_hive_would_not_read_back_is_refused() {
        let mut table = plain();
        table.set_parameter("skip.header.line.count", "0");
        transfer(&table, None).can_be_inserted().expect("no line is passed over");
        table.set_parameter("skip.header.line.count", "1");
        let why = transfer(&table, None).can_be_inserted().expect_err("refused");
        assert!(why.contains("skip.header.line.count"), "{why}");
        let mut table = plain();
        table.storage_mut().set(AS_SUBDIRECTORIES, true);
        transfer(&table, None).can_be_inserted().expect_err("refused");
    }

    #[test]
    fn a_place_has_names_of_its_own_whatever_its_table_is_called() {
        let long = "t".repeat(200);
        let names = Names::of("transfer_", &long, &place());
        assert!(names.from.len() < 128, "{}", names.from);
        let mut other = place();
        other.upper.push('x');
        assert_ne!(names, Names::of("transfer_", &long, &other));
    }
}
