//! What LOWER's metastore names and does not tell when it is asked for it: it is unknown, and
//! nothing on UPPER is taken to be dropped for that.

use crate::fixtures::{DB, fill, partition, partitioned, table};
use crate::harness::{Site, Stage};

/// A site that follows drops, and whose LOWER leaves something out of its answers.
fn leaving_out(what: &str) -> Site {
    let mut site = Site::new();
    site.more = "  on-drop: drop\n".to_owned();
    site.beside = "policy: {max-delete: 100%}\n".to_owned();
    fill(&site);
    site.run(Stage::Metadata).expect(0);
    site.lower.add_partitions(&[partition(&partitioned("events", "ds"), &["4"], None)]);
    let mut to = site.lower.table(DB, "orders").expect("a table");
    to.set_parameter("comment", "altered");
    let raw = to.into_raw();
    site.lower.with(|world| world.alter_table(DB, "orders", raw)).expect("it is altered");
    site.lower.with(|world| world.unanswered = vec![what.to_owned()]);
    site
}

#[test]
fn a_partition_that_is_left_out_of_the_answers_is_not_gone() {
    let site = leaving_out("sales.events/ds=2");
    site.run(Stage::Metadata).expect(1).says("ds=2").says("does not tell it");
    let there = site.upper.with(|world| world.partitions(DB, "events"));
    assert_eq!(there.into_keys().collect::<Vec<_>>(), ["ds=1", "ds=2", "ds=3", "ds=4"]);
    site.lower.with(|world| world.unanswered.clear());
    site.run(Stage::Metadata).expect(0);
}

#[test]
fn a_table_that_is_left_out_of_the_answers_is_not_gone() {
    let site = leaving_out("sales.orders");
    site.run(Stage::Metadata).expect(1).says("orders").says("does not tell it");
    assert!(site.upper.table(DB, "orders").is_some());
    assert!(site.upper.with(|world| world.partitions(DB, "events")).contains_key("ds=4"));
    site.lower.with(|world| world.unanswered.clear());
    site.lower.create_table(&table("later"));
    site.run(Stage::Metadata).expect(0);
}
