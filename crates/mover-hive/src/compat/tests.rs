//! Tests of hms-mirror's configuration and command line.

use super::*;
use crate::config::{Auth, PathStrategy, Secret};
use boatlift_core::{Code, Error};
use std::path::PathBuf;

const FULL: &str = "\
dryrun: false
transferDbPrefix: trans_
exportBaseDirPrefix: /tmp/export_
overwriteTable: false
tblRegEx: 'fact_.*'
databases: [sales, Web]
parallelism: 6
metadata:
  concurrency: 4
  strategy: EXPORT_IMPORT
storage:
  concurrency: 12
  strategy: DISTCP
  migrateACID: true
  hybrid:
    sqlPartitionLimit: 50
    sqlSizeLimit: 1000
  distcp:
    pathStrategy: DB
clusters:
  LOWER:
    environment: LOWER
    legacyHive: true
    hcfsNamespace: hdfs://lower:8020
    hiveServer2:
      uri: jdbc:hive2://edge.lower:10000
      jarFile: /opt/hive-jdbc.jar
      connectionProperties:
        user: etl
        password: hunter2
        maxWaitMillis: '5000'
    partitionDiscovery:
      auto: true
  UPPER:
    legacyHive: false
    metastore: thrift://u1:9083, thrift://u2:9083
    hcfsNamespace: hdfs://upper:8020
    hiveServer2:
      uri: jdbc:hive2://u1:10000/default;principal=hive/_HOST@UPPER
      connectionProperties: {}
    partitionDiscovery:
      auto: false
      initMSCK: false
";

const SHORT: &str = "\
databases: [a]
clusters:
  LOWER: {hcfsNamespace: 'hdfs://l', hiveServer2: {uri: 'jdbc:hive2://l'}}
  UPPER: {hcfsNamespace: 'hdfs://u', hiveServer2: {uri: 'jdbc:hive2://u'}}
";

fn read(text: &str) -> Result<Converted> {
    hms_mirror(text, Path::new("default.yaml"))
}

fn remarked(converted: &Converted, key: &str) -> bool {
    converted.remarks.iter().any(|remark| remark.key == key)
}

#[test]
fn every_key_is_understood() {
    let read = read(FULL).expect("a configuration");
    let config = &read.config;
    assert_eq!(config.scope.databases, ["sales", "Web"]);
    assert_eq!(config.scope.table_regex.as_deref(), Some("fact_.*"));
    assert_eq!((config.connections, config.overwrite), (12, Overwrite::Never));
    assert_eq!(config.storage.strategy, Strategy::Distcp);
    assert!(remarked(&read, "storage.migrateACID"));
    assert_eq!(config.storage.hybrid.sql_partition_limit, 50);
    assert_eq!(config.storage.hybrid.sql_size_limit, 1000);
    assert_eq!(config.storage.distcp.path_strategy, PathStrategy::Database);
    assert_eq!(config.storage.staging.database_prefix, "trans_");
    assert_eq!(config.storage.staging.export_prefix, "/tmp/export_");
    assert!(config.lower.legacy_hive && !config.upper.legacy_hive);
    assert_eq!(config.lower.metastore.uris, ["thrift://edge.lower:9083"]);
    assert_eq!(config.upper.metastore.uris, ["thrift://u1:9083", "thrift://u2:9083"]);
    assert!(
        matches!(&config.upper.metastore.auth, Auth::Kerberos(s) if s.service == "hive/_HOST@UPPER")
    );
    assert_eq!(read.run, Run::Execute);
    assert!(!config.partition_discovery.auto && !config.partition_discovery.init_msck);
}

#[test]
fn what_is_not_used_or_guessed_is_remarked() {
    let read = read(FULL).expect("a configuration");
    for key in [
        "metadata.strategy",
        "storage.hybrid.sqlSizeLimit",
        "clusters.LOWER.metastore",
        "clusters.LOWER.environment",
        "clusters.LOWER.partitionDiscovery",
        "clusters.LOWER.hiveServer2.jarFile",
        "clusters.LOWER.hiveServer2.connectionProperties.maxWaitMillis",
        "clusters.LOWER.hiveServer2.connectionProperties.password",
        "clusters.UPPER.hiveServer2.uri",
    ] {
        assert!(remarked(&read, key), "{key}: {:?}", read.remarks);
    }
    assert!(!remarked(&read, "clusters.UPPER.metastore"));
    assert!(!remarked(&read, "clusters.UPPER.partitionDiscovery"));
}

#[test]
fn a_password_is_held_and_shown_nowhere() {
    for text in [FULL.to_owned(), FULL.replace("password: hunter2", "password: 4711")] {
        let read = read(&text).expect("a configuration");
        let server = read.config.lower.hive_server2.as_ref().expect("a server");
        assert_eq!(server.user.as_deref(), Some("etl"));
        let Some(Secret::Held(held)) = &server.password else { panic!("no secret") };
        assert!(text.contains(held.reveal()));
        let yaml = serde_saphyr::to_string(&read.config).expect("YAML");
        let shown = format!("{read:?} {yaml}");
        assert!(!shown.contains(held.reveal()), "{shown}");
    }
    let error =
        read(&FULL.replace("password: hunter2", "password: [hunter2]")).expect_err("a list");
    assert!(!error.to_string().contains("hunter2"), "{error}");
}

#[test]
fn defaults_are_those_of_hms_mirror() {
    let read = read(SHORT).expect("a configuration");
    let config = &read.config;
    assert_eq!(config.storage.strategy, Strategy::Hybrid);
    assert_eq!(config.storage.staging.database_prefix, "transfer_");
    assert_eq!(config.storage.staging.export_prefix, "/apps/hive/warehouse/export_");
    assert_eq!(config.storage.hybrid.sql_partition_limit, 100);
    assert_eq!(config.overwrite, Overwrite::Ours);
    assert!(config.partition_discovery.auto && config.partition_discovery.init_msck);
    assert!(remarked(&read, "clusters.LOWER.legacyHive"));
}

#[test]
fn misspelt_keys_are_refused_with_place_and_hint() {
    for (right, wrong, place, hint) in [
        (
            "connectionProperties:\n        user",
            "connectionPropertites:\n        user",
            "default.yaml:28:7",
            "`connectionProperties`",
        ),
        ("tblRegEx", "tblRegex", "default.yaml:5:1", "`tblRegEx`"),
        ("initMSCK", "initMsk", "default.yaml:43:7", "`initMSCK`"),
    ] {
        let error = read(&FULL.replacen(right, wrong, 1)).expect_err(wrong);
        assert_eq!(error.code, Code::ConfigSyntax, "{error}");
        assert_eq!(error.subject.as_deref(), Some(place), "{error}");
        assert!(error.to_string().contains(hint), "{error}");
    }
}

#[test]
fn missing_and_wrong_values_are_named_in_their_words() {
    for (from, to, key) in [
        ("hcfsNamespace: hdfs://lower:8020", "hcfsNamespace: ''", "clusters.LOWER.hcfsNamespace"),
        (
            "hcfsNamespace: hdfs://lower:8020",
            "hcfsNamespace: lower",
            "clusters.LOWER.hcfsNamespace",
        ),
        ("'fact_.*'", "'fact_('", "tblRegEx"),
        ("jdbc:hive2://edge.lower:10000", "edge.lower", "clusters.LOWER.hiveServer2.uri"),
        ("thrift://u1:9083,", "u1,", "clusters.UPPER.metastore"),
        ("concurrency: 12", "concurrency: 500", "concurrency"),
        ("/tmp/export_", "tmp", "exportBaseDirPrefix"),
    ] {
        let mut outcome = read(&FULL.replacen(from, to, 1));
        if let Ok(converted) = &mut outcome {
            converted.config.stage = Stage::Storage;
            let why = converted.config.check().expect_err(to);
            outcome = Err(Error::new(Code::ConfigValue, "").because(in_their_words(why)));
        }
        let error = outcome.expect_err(to);
        assert_eq!(error.code, Code::ConfigValue, "{error}");
        assert!(error.to_string().contains(key), "{error}");
    }
}

#[test]
fn discovery_by_zookeeper_is_refused() {
    let zookeeper = "jdbc:hive2://zk:2181/;serviceDiscoveryMode=zooKeeper";
    let error = read(&FULL.replacen("jdbc:hive2://edge.lower:10000", zookeeper, 1));
    assert!(error.expect_err("refused").to_string().contains("discovery by ZooKeeper"));
}

fn apply(arguments: &HmsMirrorArguments) -> Result<Converted> {
    let mut converted = read(SHORT)?;
    arguments.apply(&mut converted)?;
    Ok(converted)
}

fn metadata() -> HmsMirrorArguments {
    HmsMirrorArguments { metadata: Some(None), ..HmsMirrorArguments::default() }
}

#[test]
fn what_is_typed_counts_more_than_the_file() {
    let arguments = HmsMirrorArguments {
        storage: Some(Some("sql".into())),
        databases: vec!["b".into(), "c".into()],
        table_filter: Some("x.*".into()),
        dry_run: true,
        retry: true,
        ..HmsMirrorArguments::default()
    };
    let converted = apply(&arguments).expect("applied");
    assert_eq!(converted.config.stage, Stage::Storage);
    assert_eq!(converted.config.storage.strategy, Strategy::Sql);
    assert_eq!(converted.config.scope.databases, ["b", "c"]);
    assert_eq!(converted.config.scope.table_regex.as_deref(), Some("x.*"));
    assert_eq!(converted.run, Run::Plan);
    assert!(remarked(&converted, "-r"));
    let converted = apply(&metadata()).expect("applied");
    assert_eq!((converted.config.stage, converted.run), (Stage::Metadata, Run::Execute));
    assert_eq!(converted.config.scope.databases, ["a"]);
}

#[test]
fn what_cannot_be_carried_out_as_typed_is_refused() {
    let many = |count: usize| (0..count).map(|n| format!("d{n}")).collect::<Vec<_>>();
    apply(&HmsMirrorArguments { databases: many(100), ..metadata() }).expect("a hundred");
    for (arguments, option) in [
        (HmsMirrorArguments::default(), "-m, -s"),
        (HmsMirrorArguments { storage: Some(None), ..metadata() }, "-m, -s"),
        (HmsMirrorArguments { metadata: Some(Some("FAST".into())), ..metadata() }, "-m"),
        (HmsMirrorArguments { databases: many(101), ..metadata() }, "-db"),
    ] {
        let error = apply(&arguments).expect_err(option);
        assert_eq!((error.code, error.subject.as_deref()), (Code::Usage, Some(option)));
    }
    let wrong = HmsMirrorArguments { table_filter: Some("(".into()), ..metadata() };
    assert_eq!(apply(&wrong).expect_err("refused").code, Code::ConfigValue);
}

#[test]
fn paths_are_those_of_hms_mirror() {
    let home = Path::new("/home/etl");
    let default = HmsMirrorArguments::default();
    assert_eq!(default.config_path(home), PathBuf::from("/home/etl/.hms-mirror/cfg/default.yaml"));
    let reports = PathBuf::from("/home/etl/.hms-mirror/reports");
    assert_eq!(default.report_place(home), ReportPlace::Directory(reports));
    for (output, place) in [
        ("r.md", ReportPlace::File("r.md".into())),
        ("reports", ReportPlace::Directory("reports".into())),
        ("md", ReportPlace::Directory("md".into())),
    ] {
        let arguments =
            HmsMirrorArguments { output: Some(output.into()), ..HmsMirrorArguments::default() };
        assert_eq!(arguments.report_place(home), place, "{output}");
    }
    let file = HmsMirrorArguments { report_file: Some("x".into()), ..default };
    assert_eq!(file.report_place(home), ReportPlace::File("x".into()));
}

#[test]
fn a_password_in_the_jdbc_uri_is_held_and_nowhere_else() {
    let uri = "uri: jdbc:hive2://h:1/d;user=u;Password=hunter2;ssl=true?a=b";
    let text = "databases: [d]\nclusters:\n  LOWER: {legacyHive: true, hcfsNamespace: 'hdfs://l', \
                hiveServer2: {URI}}\n  UPPER: {hcfsNamespace: 'hdfs://u', hiveServer2: {URI}}\n";
    let text = text.replace("URI", &uri.replace("jdbc", "'jdbc").replace("a=b", "a=b'"));
    let converted = hms_mirror(&text, Path::new("c.yaml")).expect("converted");
    let server = converted.config.lower.hive_server2.expect("a server");
    assert_eq!(server.uri, "jdbc:hive2://h:1/d;user=u;ssl=true?a=b");
    let Some(Secret::Held(held)) = server.password else { panic!("no password") };
    assert_eq!(held.reveal(), "hunter2");
}
