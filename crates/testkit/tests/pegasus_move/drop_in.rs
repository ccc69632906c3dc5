//! Table-Migrator's command line.

use crate::clients::Clients;
use crate::scene::{Scene, TABLE, zookeeper};
use boatlift_testkit::fake_pegasus::{FakeCluster, Version};

fn metas(cluster: &FakeCluster) -> String {
    cluster.metas().iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

#[test]
fn a_table_is_migrated_by_the_tools_own_options() {
    let scene = Scene::new(Version::V2_6);
    let clients = Clients::start(&scene);
    let (node, root) = (zookeeper().endpoint().to_string(), scene.root());
    let upper = metas(&scene.upper);
    let migrate =
        ["table-migrator", "-t", TABLE, "-n", &node, "-r", &root, "-c", "new", "-m", &upper];
    let ran = scene.run(&migrate);
    assert_eq!(ran.code, Some(0), "{}", ran.said);
    assert_eq!(scene.leads_to(), "new");
    let written = clients.end(&scene);
    assert_eq!(written.missing(&scene.upper.rows(TABLE)), [""; 0]);
    assert!(!scene.lower_takes_writes());
}

#[test]
fn without_a_root_nobody_is_led_and_nothing_is_refused() {
    let scene = Scene::new(Version::V2_5);
    let (lower, upper) = (metas(&scene.lower), metas(&scene.upper));
    let long = ["table-migrator", "--table", TABLE, "--cluster", "new", "--meta", &upper];
    let nowhere = scene.run(&long);
    assert!(nowhere.said.contains("give its meta servers with --lower"), "{}", nowhere.said);
    let ran = scene.run(&[&long[..], &["--threshold", "100000", "--lower", &lower]].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.said);
    assert!(ran.said.contains("--go"), "{}", ran.said);
    assert!(scene.lower_takes_writes());
    assert_eq!(scene.leads_to(), "old");
    assert!(scene.upper.rows(TABLE).len() >= 200);
}
