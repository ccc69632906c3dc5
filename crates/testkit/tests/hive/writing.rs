//! The main job: both stages while LOWER is written in every way that users do, and readers
//! on UPPER who must not notice. At the end an independent judge finds both sides equal.

use crate::clusters::{Clusters, clusters};
use crate::move_file::Extent;
use crate::program::Program;
use crate::runs::HiveMove;
use boatlift_testkit::judges::finish;
use boatlift_testkit::judges::hive::{Reading, judge_hive, program};

/// The databases that the programs fill and write.
const DATABASES: &[&str] = &["shop", "shop_more"];

/// For how long LOWER is written at least; in a quick run every kind of change is made once.
fn writing_seconds() -> &'static str {
    match std::env::var_os("BOATLIFT_QUICK") {
        Some(_) => "0",
        None => "60",
    }
}

#[test]
fn both_sides_are_equal_after_both_stages_while_lower_was_written() {
    let clusters = &*clusters();
    let lift = HiveMove::new(clusters, DATABASES);
    fill(clusters);
    lift.run(Extent::Metadata).expect(&[0]);
    assert_judged(&lift, clusters, Reading::Linked);

    let url = clusters.upper.hive_server2_url();
    let watching = Program::watch(&url, &lift.path("journal"), DATABASES);
    let writing = write(&lift, clusters);
    // What is written while it looks may be missing at its end.
    lift.run(Extent::Metadata).expect(&[0, 1]);
    let mut following = lift.follow();
    writing.end();
    following.wait_until_drained();
    following.interrupt();
    let faults = watching.end();

    lift.run(Extent::Storage).expect(&[0]);
    assert_judged(&lift, clusters, Reading::Exchanged);
    assert_eq!(lift.open_items(), [""; 0]);
    assert_eq!(faults, "", "what readers on UPPER noticed");
}

fn fill(clusters: &Clusters) {
    let lower = &clusters.lower;
    let mut fill = program("fill").expect("a cache");
    fill.args([lower.hive_server2_url(), lower.webhdfs_url(), lower.hdfs_url()]);
    finish(&mut fill).expect("LOWER is filled");
}

/// Asserts that the judge finds nothing, and names what we kept silent about.
#[track_caller]
fn assert_judged(lift: &HiveMove<'_>, clusters: &Clusters, reading: Reading) {
    let (lower, upper) = (clusters.lower_side(), clusters.upper_side());
    let differences = judge_hive(&lower, &upper, reading, DATABASES).expect("a verdict");
    let reported = lift.open_items();
    for difference in &differences {
        let key = difference.table.replace('.', "/");
        let named = reported.iter().any(|item| item.starts_with(&key));
        assert!(named, "not reported by us: {difference:#?}");
    }
    assert!(differences.is_empty(), "reported and left over: {differences:#?}");
}

/// Writes LOWER, for a while.
fn write(lift: &HiveMove<'_>, clusters: &Clusters) -> Program {
    let lower = &clusters.lower;
    let mut write = program("write").expect("a cache");
    write.args([lower.hive_server2_url(), lower.webhdfs_url(), lower.hdfs_url()]);
    Program::start(write.arg(lift.path("journal")).arg(writing_seconds()))
}
