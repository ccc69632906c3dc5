//! Tests of the hive part of a move file.

use super::*;
use boatlift_core::Code;
use boatlift_core::secret::SecretPlace;

const CLUSTERS: &str = "\
lower: {metastore: {uris: ['thrift://l:9083']}, namespace: 'hdfs://l:8020'}
upper: {metastore: {uris: ['thrift://u:9083']}, namespace: 'hdfs://u:8020'}
";

fn parse(text: &str) -> Result<HiveConfig> {
    HiveConfig::parse(text, Path::new("boatlift.yaml"))
}

fn with(rest: &str) -> Result<HiveConfig> {
    parse(&format!("{CLUSTERS}{rest}"))
}

#[test]
fn the_example_has_every_default() {
    let example = parse(EXAMPLE).expect("the example is a hive part");
    let mut plain = with("").expect("valid");
    plain.lower = example.lower.clone();
    plain.upper = example.upper.clone();
    assert_eq!(example, plain);
}

#[test]
fn the_example_names_every_key_of_the_schema() {
    let schema = serde_json::to_value(HiveConfig::schema()).expect("JSON");
    let nested = schema["$defs"].as_object().expect("definitions").values();
    for object in std::iter::once(&schema).chain(nested) {
        let Some(keys) = object["properties"].as_object() else { continue };
        for key in keys.keys() {
            assert!(EXAMPLE.contains(&format!("{key}:")), "{key} is missing");
        }
    }
}

#[test]
fn what_is_written_is_read_back() {
    let mut config = parse(EXAMPLE).expect("valid");
    config.lower.metastore.auth = Auth::Kerberos(Service { service: "hive/_HOST@A".into() });
    let password = Secret::At(SecretPlace::Environment("P".into()));
    config.upper.metastore.auth = Auth::Plain(Plain { user: "hive".into(), password });
    config.upper.metastore.tls = Some(Tls { ca: None });
    config.databases.rename.insert("a".into(), "b".into());
    let yaml = serde_saphyr::to_string(&config).expect("YAML");
    assert_eq!(parse(&yaml), Ok(config), "{yaml}");
}

#[test]
fn a_misspelt_key_is_refused_with_line_column_and_hint() {
    let error = with("scope:\n  tabel-regex: a\n").expect_err("refused");
    assert_eq!(error.code, Code::ConfigSyntax);
    assert_eq!(error.subject.as_deref(), Some("boatlift.yaml:4:3"));
    assert!(error.because.expect("a reason").contains("did you mean `table-regex`?"));
}

#[test]
fn a_missing_key_is_named() {
    let error = parse("lower: {namespace: 'hdfs://l'}\nupper: {}\n").expect_err("refused");
    assert_eq!(error.code, Code::ConfigSyntax);
    assert!(error.because.expect("a reason").contains("metastore"));
}

#[test]
fn values_that_mean_nothing_are_refused_by_key() {
    for (rest, key) in [
        ("connections: 0", "connections:"),
        ("connections: 1000", "connections:"),
        ("batch: 0", "batch:"),
        ("scope: {table-regex: '('}", "scope.table-regex:"),
        ("scope: {newest-partitions: 0}", "scope.newest-partitions:"),
        ("scope: {databases: ['a b']}", "scope.databases:"),
        ("databases: {prefix: 'a-'}", "databases.prefix:"),
        ("locations: {rules: [{from: a, to: /b}]}", "locations.rules[0].from:"),
        ("stage: storage\nstorage: {strategy: sql}", "storage.strategy:"),
    ] {
        let error = with(rest).expect_err(rest);
        assert_eq!(error.code, Code::ConfigValue, "{rest}");
        assert!(error.to_string().contains(key), "{error}");
    }
}

#[test]
fn uris_of_metastores_are_checked() {
    for bad in ["l:9083", "thrift://l", "thrift://:1", "thrift://l:0", "thrift://l:99999"] {
        let error = parse(&CLUSTERS.replace("thrift://l:9083", bad)).expect_err(bad);
        assert!(error.to_string().contains("lower.metastore.uris"), "{error}");
    }
}

#[test]
fn a_password_in_clear_is_refused_and_not_repeated() {
    let text = CLUSTERS.replace(
        "['thrift://l:9083']",
        "['thrift://l:9083'], auth: {plain: {user: a, password: hunter2}}",
    );
    let error = parse(&text).expect_err("refused");
    let said = error.to_string();
    assert!(said.contains("env:NAME") && !said.contains("hunter2"), "{said}");
}
