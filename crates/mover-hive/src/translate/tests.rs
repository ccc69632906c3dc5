//! Tests of translation: what an object of LOWER becomes, and the way there and back.

use super::*;
use crate::samples;
use boatlift_clients::metastore::{Function, PrincipalKind};

fn translator() -> Translator {
    Translator::new(&samples::config(), "nightly").expect("a translator")
}

fn linked() -> Table {
    translator().table(&samples::table(), Class::LegacyManaged).expect("translated")
}

fn parameters(table: &Table) -> BTreeMap<&str, &str> {
    table.parameters().collect()
}

#[test]
fn a_legacy_managed_table_becomes_external_and_is_marked() {
    let upper = linked();
    assert_eq!((upper.database(), upper.name()), ("old_sales", "orders"));
    assert_eq!(upper.table_type(), Some("EXTERNAL_TABLE"));
    assert_eq!(upper.location(), Some("hdfs://lower:8020/wh/sales.db/orders"));
    let source = upper.parameter(marks::SOURCE).expect("a mark").to_owned();
    let expected = [
        ("comment", "all orders"),
        ("avro.schema.url", "hdfs://lower:8020/schemas/orders.avsc"),
        ("team.key", "kept"),
        ("EXTERNAL", "TRUE"),
        ("bucketing_version", "1"),
        ("boatlift.move", "nightly"),
        ("boatlift.purges", "true"),
        ("boatlift.source", &source),
        ("hmsMirror_Converted", "true"),
        ("hmsMirror_LegacyManaged", "true"),
    ];
    assert_eq!(parameters(&upper), BTreeMap::from(expected));
}

#[test]
fn what_is_lowers_own_stays_behind_and_the_unknown_comes_along() {
    let upper = linked();
    for id in [4, 5, 13, 17, 25] {
        assert_eq!(upper.as_raw().get(id), None, "field {id}");
    }
    assert_eq!(upper.as_raw().string(4_000), Some("from the future"));
    assert_eq!((upper.owner(), upper.owner_kind()), (None, None));
    let lower = samples::table();
    assert_eq!(upper.columns(), lower.columns());
    assert_eq!(upper.serde_parameters(), lower.serde_parameters());
    assert_eq!(upper.skewed_locations(), ["hdfs://lower:8020/wh/sales.db/orders/id=7"]);
}

#[test]
fn owners_come_along_where_asked_for() {
    let mut config = samples::config();
    config.carry.owners = true;
    let translator = Translator::new(&config, "m").expect("a translator");
    let mut lower = samples::table();
    lower.set_owner_kind(Some(PrincipalKind::Role));
    let upper = translator.table(&lower, Class::LegacyManaged).expect("translated");
    assert_eq!((upper.owner(), upper.owner_kind()), (Some("etl"), Some(PrincipalKind::Role)));
}

#[test]
fn no_linked_table_purges_and_who_did_is_remembered() {
    let purging = |class, kind: &str| {
        let mut lower = samples::table();
        lower.set_table_type(Some(kind));
        lower.set_parameter(PURGE, "TRUE");
        translator().table(&lower, class).expect("translated")
    };
    let external = purging(Class::External, "EXTERNAL_TABLE");
    assert_eq!(
        (external.parameter(PURGE), external.parameter(marks::PURGES)),
        (None, Some("true"))
    );
    assert_eq!(external.parameter(marks::LEGACY_MANAGED), None);
    let mut lower = samples::table();
    lower.set_parameter("hmsMirror_LegacyManaged", "true");
    let managed = translator().table(&lower, Class::Managed).expect("translated");
    assert_eq!(managed.parameter(marks::PURGES), None);
    assert_eq!(managed.parameter(marks::LEGACY_MANAGED), None, "a mark of another move");
}

#[test]
fn discovery_is_as_configured() {
    for (auto, partitioned, expected) in
        [(true, true, Some("true")), (true, false, None), (false, true, None)]
    {
        let mut config = samples::config();
        config.partition_discovery.auto = auto;
        let translator = Translator::new(&config, "m").expect("a translator");
        let mut lower = samples::table();
        lower.set_parameter(DISCOVER, "true");
        if !partitioned {
            lower.set_partition_keys(&[]);
        }
        let upper = translator.table(&lower, Class::LegacyManaged).expect("translated");
        assert_eq!(upper.parameter(DISCOVER), expected, "{auto} {partitioned}");
    }
}

#[test]
fn bucketing_is_said_only_where_it_matters() {
    let upper = |change: fn(&mut Table)| {
        let mut lower = samples::table();
        change(&mut lower);
        let upper = translator().table(&lower, Class::LegacyManaged).expect("translated");
        upper.parameter(BUCKETING).map(str::to_owned)
    };
    assert_eq!(upper(|_| ()).as_deref(), Some("1"));
    assert_eq!(upper(|t| t.set_parameter(BUCKETING, "2")).as_deref(), Some("2"));
    assert_eq!(upper(|t| drop(t.storage_mut().take(8))), None);
}

#[test]
fn partitions_keep_their_own_place_schema_and_serde() {
    let upper = translator().partition(&samples::partition()).expect("translated");
    assert_eq!((upper.database(), upper.table()), ("old_sales", "orders"));
    assert_eq!(upper.location(), Some("hdfs://lower:8020/elsewhere/2020-01-01"));
    assert_eq!(upper.columns(), samples::partition().columns());
    assert_eq!(upper.serde_library(), Some("org.example.Old"));
    assert_eq!(upper.parameters().collect::<Vec<_>>(), [("kept", "yes")]);
    assert_eq!((upper.as_raw().get(4), upper.as_raw().get(10)), (None, None));
}

#[test]
fn without_a_location_nothing_is_made_up() {
    let mut partition = samples::partition();
    partition.set_location(None);
    let error = translator().partition(&partition).expect_err("refused");
    assert!(error.to_string().contains("has no location"), "{error}");
    let mut table = samples::table();
    table.set_location(Some("relative"));
    let error = translator().table(&table, Class::External).expect_err("refused");
    assert!(matches!(error, Untranslatable::Location(_)), "{error}");
}

#[test]
fn a_database_never_lies_on_lower() {
    let mut lower = Database::new("Sales");
    lower.set_location(Some("hdfs://lower:8020/wh/sales.db"));
    lower.set_managed_location(Some("hdfs://lower:8020/wh/sales.db"));
    lower.set_description(Some("sold"));
    lower.set_parameter("kept", "yes");
    let upper = translator().database(&lower);
    assert_eq!((upper.name(), upper.description()), ("old_sales", Some("sold")));
    assert_eq!((upper.location(), upper.managed_location()), (None, None));
    assert_eq!(upper.parameter("kept"), Some("yes"));

    let mut config = samples::config();
    config.databases.locations.insert("SALES".into(), "hdfs://upper:8020/sold.db".into());
    let configured = Translator::new(&config, "m").expect("a translator").database(&lower);
    assert_eq!(configured.location(), Some("hdfs://upper:8020/sold.db"));
    config.databases.locations.insert("x".into(), "hdfs://lower/x.db".into());
    let refused = config.check().expect_err("refused");
    assert!(refused.starts_with("databases.locations.x:"), "{refused}");
}

#[test]
fn views_are_renamed_and_have_no_place() {
    let mut lower = Table::new("sales", "v");
    lower.set_table_type(Some("VIRTUAL_VIEW"));
    lower.set_view_original_text(Some("select * from t"));
    lower.set_view_expanded_text(Some("select `t`.`a` from `sales`.`t`"));
    let upper = translator().table(&lower, Class::View).expect("translated");
    assert_eq!(upper.table_type(), Some("VIRTUAL_VIEW"));
    assert_eq!(upper.view_original_text(), Some("select * from t"));
    assert_eq!(upper.view_expanded_text(), Some("select `t`.`a` from `old_sales`.`t`"));
    assert_eq!((upper.location(), upper.parameter(EXTERNAL)), (None, None));
    assert_eq!(upper.parameter(marks::CONVERTED), None);
}

#[test]
fn functions_keep_archives_on_lower_until_adopted() {
    let mut lower = Function::new("sales", "f", "org.example.F", "etl");
    let resource = |uri: &str| boatlift_clients::thrift::Struct::new().with(1, 1).with(2, uri);
    let resources = ["/jars/f.jar", "ivy://org.example:f:1.0"].map(resource);
    lower.as_raw_mut().set(8, boatlift_clients::thrift::Value::structs(resources));
    let upper = translator().function(&lower);
    assert_eq!(upper.database(), "old_sales");
    assert_eq!(upper.resources(), ["hdfs://lower:8020/jars/f.jar", "ivy://org.example:f:1.0"]);
    let adopted = translator().adopt_function(&upper);
    assert_eq!(adopted.resources()[0], "hdfs://upper:8020/jars/f.jar");
    assert_eq!(adopted.resources()[1], "ivy://org.example:f:1.0");
    assert_eq!(translator().release_function(&adopted), upper);
}

#[test]
fn adoption_leads_there_and_back() {
    let translator = translator();
    let linked = linked();
    let moving = translator.adopt_table(&linked, OwnsFiles::NotYet).expect("adopted");
    assert_eq!(moving.location(), Some("hdfs://upper:8020/external/sales.db/orders"));
    assert_eq!(moving.skewed_locations(), ["hdfs://upper:8020/external/sales.db/orders/id=7"]);
    assert_eq!(moving.parameter(PURGE), None);
    let adopted = translator.adopt_table(&moving, OwnsFiles::Yes).expect("adopted");
    assert_eq!(adopted.parameter(PURGE), Some("true"));
    assert_eq!(translator.adopt_table(&adopted, OwnsFiles::Yes), Ok(adopted.clone()));
    assert_eq!(translator.release_table(&adopted), Ok(linked.clone()));
    assert_eq!(translator.release_table(&linked), Ok(linked));

    let partition = translator.partition(&samples::partition()).expect("translated");
    let adopted = translator.adopt_partition(&partition).expect("adopted");
    assert_eq!(adopted.location(), Some("hdfs://upper:8020/elsewhere/2020-01-01"));
    assert_eq!(translator.release_partition(&adopted), Ok(partition));
}

#[test]
fn files_that_stay_where_both_sides_read_them_are_never_purged() {
    let mut config = samples::config();
    let rule = crate::config::LocationRule { from: "s3a://lake".into(), to: "s3a://lake".into() };
    config.locations.rules.push(rule);
    let translator = Translator::new(&config, "m").expect("a translator");
    for place in ["s3a://lake/t", "s3a://sea/t"] {
        let mut lower = samples::table();
        lower.set_location(Some(place));
        lower.storage_mut().take(11);
        let linked = translator.table(&lower, Class::LegacyManaged).expect("translated");
        let adopted = translator.adopt_table(&linked, OwnsFiles::Yes).expect("adopted");
        assert_eq!((adopted.location(), adopted.parameter(PURGE)), (Some(place), None));
    }
}

#[test]
fn files_beside_a_table_are_named() {
    let mut lower = samples::table();
    lower.set_serde_parameter("path", Some("/wh/sales.db/orders"));
    let linked = translator().table(&lower, Class::LegacyManaged).expect("translated");
    let files = translator().side_files(&linked).expect("files");
    let expected = SideFile {
        key: "avro.schema.url".into(),
        lower: "hdfs://lower:8020/schemas/orders.avsc".into(),
        upper: "hdfs://upper:8020/schemas/orders.avsc".into(),
    };
    assert_eq!(files, [expected]);
}
