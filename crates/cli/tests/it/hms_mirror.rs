//! The drop-in for hms-mirror, as far as it goes without a server: what is refused, and what
//! a configuration of hms-mirror's amounts to.

use crate::scene::Scene;
use insta::assert_snapshot;

const CONFIG: &str = "\
parallelism: 4
tblRegEx: fact_.*
databases: [sales]
clusters:
  LOWER:
    legacyHive: true
    hcfsNamespace: hdfs://lower:8020
    hiveServer2:
      uri: jdbc:hive2://lower:10000/default;password=hunter2
      jarFile: hive-jdbc.jar
      connectionProperties: {user: etl, password: hunter2}
  UPPER:
    legacyHive: false
    hcfsNamespace: hdfs://upper:8020
    metastore: thrift://upper:9083
    hiveServer2: {uri: 'jdbc:hive2://upper:10000'}
    partitionDiscovery: {auto: true, initMSCK: false}
";

fn scene() -> Scene {
    let scene = Scene::new();
    scene.write("cfg.yaml", CONFIG);
    scene
}

#[test]
fn an_unknown_option_of_hms_mirror() {
    assert_snapshot!(scene().run("hms-mirror -m -dbs sales -cfg cfg.yaml"));
}

#[test]
fn no_stage() {
    assert_snapshot!(scene().run("hms-mirror -db sales -cfg cfg.yaml"));
}

#[test]
fn both_stages_at_once() {
    assert_snapshot!(scene().run("hms-mirror -m -s -db sales -cfg cfg.yaml"));
}

#[test]
fn an_unknown_strategy() {
    assert_snapshot!(scene().run("hms-mirror -s TELEPORT -db sales -cfg cfg.yaml"));
}

#[test]
fn a_missing_configuration_of_hms_mirror() {
    assert_snapshot!(Scene::new().run("hms-mirror -m -db sales -cfg none.yaml"));
}

#[test]
fn the_usual_configuration_is_looked_for_in_the_home_directory() {
    let said = Scene::new().run("hms-mirror -m -db sales");
    assert_eq!(said.code(), Some(2));
    assert!(said.stderr().contains("/.hms-mirror/cfg/default.yaml"), "{said}");
}

#[test]
fn more_databases_than_hms_mirror_takes() {
    let names: Vec<String> = (0..101).map(|number| format!("d{number}")).collect();
    let said = scene().run(&format!("hms-mirror -m -cfg cfg.yaml -db {}", names.join(",")));
    assert_eq!(said.code(), Some(2), "{said}");
    assert!(said.stderr().contains("101 databases, more than 100"), "{said}");
}

#[test]
fn a_misspelt_key_of_hms_mirror() {
    let scene = Scene::new();
    scene.write("cfg.yaml", &CONFIG.replace("hcfsNamespace", "hfcsNamespace"));
    let said = scene.run("hms-mirror -m -cfg cfg.yaml");
    assert!(!said.to_string().contains("hunter2"), "{said}");
    assert_snapshot!(said);
}

#[test]
fn a_table_filter_that_is_no_expression() {
    assert_snapshot!(scene().run("hms-mirror -m -cfg cfg.yaml -tf fact_["));
}

#[test]
fn the_move_file_that_a_configuration_amounts_to() {
    let scene = scene();
    let said = scene.run("hms-mirror -s SQL -db sales,hr -cfg cfg.yaml -dr --print-move-file");
    assert!(!said.to_string().contains("hunter2"), "{said}");
    for line in [
        "      - thrift://lower:9083",
        "      uri: jdbc:hive2://lower:10000/default",
        "      user: etl",
        "    legacy-hive: true",
        "    - hr",
        "    table-regex: fact_.*",
        "  stage: storage",
        "    strategy: sql",
        "    auto: true",
        "  connections: 4",
    ] {
        assert!(said.stdout().lines().any(|printed| printed == line), "{line}\n{said}");
    }
    assert_snapshot!(said.stderr());
    scene.write("printed.yaml", &said.stdout());
    assert_eq!(scene.run("config check printed.yaml").code(), Some(0));
    assert!(!scene.path("state").exists());
}
