//! What comes over between two realms.

use crate::TICKET;
use crate::scene::Scene;
use std::time::Instant;

const ROWS: &str = "SELECT ds, count(*), sum(v) FROM {}.t GROUP BY ds ORDER BY ds";

/// Makes a database with a table of two partitions.
fn filled(database: &'static str) -> Scene {
    let scene = Scene::new(database);
    scene.fill(&[
        &format!("CREATE DATABASE {database}"),
        &format!("CREATE TABLE {database}.t (v INT) PARTITIONED BY (ds STRING)"),
        &format!("INSERT INTO TABLE {database}.t PARTITION (ds='1') VALUES (1), (2)"),
        &format!("INSERT INTO TABLE {database}.t PARTITION (ds='x:y') VALUES (40)"),
    ]);
    scene
}

#[test]
fn tables_are_read_across_realms_and_then_brought_over() {
    let scene = filled("kc");
    let rows = ROWS.replace("{}", "kc");
    let said = scene.says("check", "storage", 0);
    let trusted = "✓ LOWER's realm trusts UPPER's: hdfs@UPPER.TEST got a ticket for \
                   hdfs/localhost@LOWER.TEST";
    assert!(said.contains("✓ UPPER has Kerberos if LOWER has: both have"), "{said}");
    assert!(said.contains(trusted), "{said}");
    assert!(said.contains("✓ UPPER reads hdfs://localhost"), "{said}");

    scene.says("run", "metadata", 0);
    scene.assert_same_rows(&rows);
    let place = "DESCRIBE FORMATTED kc.t PARTITION (ds='1')";
    let place = || scene.clusters.upper.hql("alice", &[place]).expect("UPPER tells");
    let (lower, upper) = (scene.clusters.lower.hdfs_url(), scene.clusters.upper.hdfs_url());
    assert!(place().contains(&lower), "the table is linked");

    scene.says("run", "storage", 0);
    let told = place();
    assert!(told.contains(&upper) && !told.contains(&lower), "{told}");
    scene.assert_same_rows(&rows);
}

/// A job that carries so little so slowly goes on for longer than a ticket and three lives of a
/// token.
const LONG_FILE: usize = 7_000_000;
const SLOWLY: &str = r#"-m, "1", -bandwidth, "0.1""#;

#[test]
fn a_job_of_distcp_outlives_tickets_and_tokens() {
    let mut scene = filled("kd");
    let local = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(local.path(), "7\n".repeat(LONG_FILE / 2)).expect("content");
    let local = local.path().to_str().expect("a path");
    let (lower, upper) = (&scene.clusters.lower, &scene.clusters.upper);
    lower.hdfs(&[&["-put", local, "/apps/hive/warehouse/kd.db/t/ds=1/long"]]).expect("put");
    scene.strategy = "distcp";
    scene.arguments = SLOWLY;
    let begun = Instant::now();
    scene.says("run", "storage", 0);
    assert!(begun.elapsed() > TICKET, "the job was too quick to prove anything");
    scene.assert_same_rows(&ROWS.replace("{}", "kd"));

    let log = std::fs::read_to_string(upper.logs().join("resource-manager.log")).expect("a log");
    let renewed: Vec<&str> =
        log.lines().filter(|line| line.contains("Renewed delegation-token")).collect();
    for side in [lower.hdfs_url(), upper.hdfs_url()] {
        let port = side.rsplit(':').next().expect("a port");
        let service = format!("Service: 127.0.0.1:{port},");
        let count = renewed.iter().filter(|line| line.contains(&service)).count();
        // Once when the job is taken, and then for as long as it goes on.
        assert!(count >= 3, "tokens of {side} were renewed {count} times");
    }
}
