//! Partitions, on every version.

use boatlift_clients::metastore::{
    Data, Exception, Existing, Stored, partition_name, partition_values,
};

use crate::scratch::Scratch;

#[test]
fn partitions_come_and_go_in_batches() {
    for mut scratch in Scratch::all() {
        let table = scratch.partitioned("p1");
        let values = [
            ["a b/c=é%", "00"],
            ["x:y?*'\"#{}[]^\\", "01"],
            ["tab\tend", "__HIVE_DEFAULT_PARTITION__"],
        ];
        let parts = values.map(|values| scratch.partition(&table, values));
        let name = scratch.name.clone();
        let metastore = &mut scratch.metastore;
        metastore.add_partitions(&name, "p1", &parts, Existing::Refuse).expect("adds");
        let twice = metastore.add_partitions(&name, "p1", &parts, Existing::Refuse);
        let twice = twice.expect_err("they exist");
        assert_eq!(twice.exception(), Some(Exception::AlreadyExists));
        metastore.add_partitions(&name, "p1", &parts, Existing::Keep).expect("keeps");

        let names = metastore.partition_names(&name, "p1").expect("names");
        let mut expected: Vec<_> = parts.iter().map(|part| part.name(&["ds", "h"])).collect();
        expected.sort_unstable();
        assert_eq!(names, expected);
        let found = metastore.partitions(&name, "p1", &names).expect("reads");
        assert_eq!(found.len(), parts.len());
        for part in &found {
            let name = part.name(&["ds", "h"]);
            assert_eq!(partition_values(&name).expect("a name"), part.values());
            assert!(part.location().expect("a location").ends_with(&name));
            assert_eq!(part.parameter("made"), Some("by test"));
        }
        let absent = partition_name([("ds", "no"), ("h", "no")]);
        let absent = metastore.partitions(&name, "p1", &[absent]);
        assert_eq!(absent.expect("reads"), []);
    }
}

#[test]
fn partitions_are_altered_renamed_and_dropped() {
    for mut scratch in Scratch::all() {
        let table = scratch.partitioned("p2");
        let parts = [["a", "1"], ["b", "2"]].map(|values| scratch.partition(&table, values));
        let elsewhere = format!("{}/elsewhere", scratch.location);
        let name = scratch.name.clone();
        let metastore = &mut scratch.metastore;
        metastore.add_partitions(&name, "p2", &parts, Existing::Refuse).expect("adds");
        let mut found =
            metastore.partitions(&name, "p2", &["ds=a/h=1", "ds=b/h=2"]).expect("reads");
        for part in &mut found {
            let place = format!("{elsewhere}/{}", part.name(&["ds", "h"]));
            part.set_location(Some(&place));
            part.set_parameter("moved", "yes");
        }
        metastore.alter_partitions(&name, "p2", &found).expect("alters");
        let moved = metastore.partitions(&name, "p2", &["ds=b/h=2"]);
        let mut moved = moved.expect("reads").remove(0);
        assert_eq!(moved.parameter("moved"), Some("yes"));
        assert_eq!(moved.location(), Some(&*format!("{elsewhere}/ds=b/h=2")));

        moved.set_values(&["b", "3"]);
        metastore.rename_partition(&name, "p2", &["b", "2"], &moved).expect("renames");
        let names = metastore.partition_names(&name, "p2").expect("names");
        assert_eq!(names, ["ds=a/h=1", "ds=b/h=3"]);
        metastore
            .drop_partitions(&name, "p2", &["ds=b/h=3", "ds=no/h=no"], Data::Keep)
            .expect("drops");
        let names = metastore.partition_names(&name, "p2").expect("names");
        assert_eq!(names, ["ds=a/h=1"]);
    }
}

#[test]
fn a_table_that_is_gone_is_not_one_without_partitions() {
    for mut scratch in Scratch::all() {
        let name = scratch.name.clone();
        scratch.partitioned("empty");
        let none = scratch.metastore.partition_names(&name, "empty");
        assert_eq!(none.expect("names"), [] as [&str; 0]);
        for (database, table) in [(name.as_str(), "gone"), ("ms_nothing", "gone")] {
            let gone = scratch.metastore.partition_names(database, table);
            let gone = gone.expect_err("there is none");
            assert_eq!(gone.exception(), Some(Exception::NoSuchObject), "{gone}");
        }
    }
}
