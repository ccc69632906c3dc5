//! Tests of locations: forms of writing, rules, refusals, and the way back.

use super::*;
use crate::config::HiveConfig;
use boatlift_clients::thrift::Map;
use proptest::prelude::*;

pub(crate) fn config(lower: &str, upper: &str, rules: &[(&str, &str)]) -> HiveConfig {
    let mut config = HiveConfig::parse(crate::config::EXAMPLE, std::path::Path::new("a.yaml"))
        .expect("the example is valid");
    config.lower.namespace = lower.into();
    config.upper.namespace = upper.into();
    for (from, to) in rules {
        let rule = crate::config::LocationRule { from: (*from).into(), to: (*to).into() };
        config.locations.rules.push(rule);
    }
    config
}

fn locations(rules: &[(&str, &str)]) -> Locations {
    Locations::new(&config("hdfs://lower:8020", "hdfs://UPPER", rules)).expect("rules")
}

fn refused(rules: &[(&str, &str)]) -> String {
    Locations::new(&config("hdfs://lower:8020", "hdfs://upper", rules)).expect_err("refused")
}

#[test]
fn one_place_has_one_canonical_text() {
    for (text, canonical) in [
        ("hdfs://NS1:8020/a//b/", "hdfs://ns1/a/b"),
        ("HDFS://ns1/a/b", "hdfs://ns1/a/b"),
        ("hdfs://ns1:9000/a", "hdfs://ns1:9000/a"),
        ("hdfs://ns1", "hdfs://ns1/"),
        ("hdfs:///a", "hdfs:///a"),
        ("s3://Bucket/a", "s3a://Bucket/a"),
        ("s3n://Bucket/a/", "s3a://Bucket/a"),
        ("file:///x/", "file:/x"),
        ("file:/x", "file:/x"),
        ("file://localhost/x", "file:/x"),
        ("hdfs://ns1/a%20b/c%2Fd", "hdfs://ns1/a%20b/c%2Fd"),
        ("hdfs://ns1/ds=2020-01-01 10:00/é", "hdfs://ns1/ds=2020-01-01 10:00/é"),
        ("/a:b/c", "hdfs://home/a:b/c"),
        ("//a/b", "hdfs://home/a/b"),
    ] {
        let home = Place::parse("hdfs://home", None).expect("a place");
        let place = Place::parse(text, Some(&home)).expect(text);
        assert_eq!(place.canonical(), canonical, "{text}");
    }
}

#[test]
fn what_is_no_place_is_refused_with_the_reason() {
    let long = format!("/{}", "a".repeat(20_000));
    for (text, why) in [
        ("", NoPlace::Empty),
        ("a/b", NoPlace::Relative),
        ("file:a", NoPlace::Relative),
        ("lower:8020", NoPlace::Relative),
        ("/a/../b", NoPlace::Escapes),
        ("hdfs://ns/..", NoPlace::Escapes),
        ("/a/./b", NoPlace::Escapes),
        ("/a\0", NoPlace::Nul),
        (long.as_str(), NoPlace::Long),
    ] {
        let home = Place::parse("hdfs://home", None).expect("a place");
        assert_eq!(Place::parse(text, Some(&home)), Err(why), "{text:.20}");
    }
    let dots = locations(&[]).to_upper("/a/..b/...").expect("dots within names are names");
    assert_eq!(dots, "hdfs://upper/a/..b/...");
}

#[test]
fn the_longest_prefix_of_whole_components_decides() {
    let locations = locations(&[("/a/b", "/x"), ("/a", "/y"), ("s3://old/raw", "s3a://new/raw")]);
    for (lower, upper) in [
        ("/a/b", "hdfs://upper/x"),
        ("hdfs://lower/a/b/c", "hdfs://upper/x/c"),
        ("hdfs://LOWER:8020/a/bc", "hdfs://upper/y/bc"),
        ("/a", "hdfs://upper/y"),
        ("/ab", "hdfs://upper/ab"),
        ("/", "hdfs://upper/"),
        ("s3n://old/raw/t/", "s3a://new/raw/t"),
    ] {
        assert_eq!(locations.to_upper(lower).as_deref(), Ok(upper), "{lower}");
        let back = locations.to_lower(upper).expect(upper);
        assert_eq!(locations.to_upper(&back).as_deref(), Ok(upper), "{lower} by {back}");
    }
    assert_eq!(locations.to_lower("/y/b/c").map_err(|r| r.why), Err(Refusal::NoSource));
    let third = locations.to_upper("s3://old/rawer").expect_err("another bucket's directory");
    assert_eq!(third.why, Refusal::NoRule);
    assert!(third.to_string().contains("s3://old/rawer"), "{third}");
}

#[test]
fn an_upper_namespace_may_be_a_directory_of_a_bucket() {
    let config = config("hdfs://lower", "s3a://bucket/hive", &[]);
    let locations = Locations::new(&config).expect("rules");
    assert_eq!(locations.to_upper("/a/b").as_deref(), Ok("s3a://bucket/hive/a/b"));
    assert_eq!(locations.to_lower("s3://bucket/hive/a/b").as_deref(), Ok("hdfs://lower/a/b"));
    assert!(locations.to_lower("s3://bucket/hives").is_err());
}

#[test]
fn a_file_system_may_have_other_names() {
    let mut config = config("hdfs://lower", "hdfs://upper", &[("hdfs://10.0.0.1:8020/a", "/x")]);
    config.lower.namespace_aliases = vec!["hdfs://10.0.0.1".into(), "hdfs://old:9000/".into()];
    let locations = Locations::new(&config).expect("rules");
    for location in ["hdfs://10.0.0.1:8020/a/t", "hdfs://old:9000/a/t", "hdfs://LOWER/a/t", "/a/t"]
    {
        assert_eq!(locations.to_upper(location).as_deref(), Ok("hdfs://upper/x/t"));
        assert_eq!(locations.qualify(Side::Lower, location).as_deref(), Ok("hdfs://lower/a/t"));
        assert_eq!(locations.side_of(Side::Lower, location), Some(Side::Lower));
    }
    let other_port = locations.to_upper("hdfs://old/a/t").map_err(|refused| refused.why);
    assert_eq!(other_port, Err(Refusal::NoRule));
    config.locations.rules[0].to = "hdfs://old:9000/x".into();
    let refused = Locations::new(&config).expect_err("refused");
    assert!(refused.contains("place of LOWER"), "{refused}");
    config.upper.namespace_aliases = vec!["relative".into()];
    let refused = Locations::new(&config).expect_err("refused");
    assert!(refused.starts_with("upper.namespace-aliases:"), "{refused}");
}

#[test]
fn the_warehouse_goes_to_that_of_external_tables() {
    let mut config = config("hdfs://lower", "hdfs://upper", &[("/wh/a.db/keep", "/kept")]);
    config.locations.warehouse =
        Some(crate::config::Warehouse { lower: "/wh".into(), upper_external: "/external".into() });
    let locations = Locations::new(&config).expect("rules");
    for (lower, upper) in [
        ("/wh/a.db/t/ds=1", "hdfs://upper/external/a.db/t/ds=1"),
        ("/wh/a.db/keep/ds=1", "hdfs://upper/kept/ds=1"),
        ("/data/t", "hdfs://upper/data/t"),
    ] {
        assert_eq!(locations.to_upper(lower).as_deref(), Ok(upper));
    }
}

#[test]
fn rules_that_bring_two_places_together_are_refused() {
    for rules in [
        &[("/a", "/x"), ("/b", "/x")][..],
        &[("/a", "/x"), ("/b", "/x/y")],
        &[("/a", "/x/y"), ("/b", "/x")],
        &[("/a", "/x"), ("/a/", "/y")],
        &[("/a", "/x"), ("s3://b/a", "/x/y/z")],
    ] {
        refused(rules);
    }
    // The same mapping twice, a swap, and an outer rule whose rival goes elsewhere.
    locations(&[("/a", "/x"), ("/a/b", "/x/b")]);
    locations(&[("/a", "/b"), ("/b", "/a")]);
    locations(&[("/a", "/x"), ("/a/y", "/z"), ("/b", "/x/y")]);
}

#[test]
fn what_the_general_rule_would_bring_into_a_rules_place_is_refused() {
    let locations = locations(&[("/a", "/b")]);
    let refused = locations.to_upper("hdfs://lower/b/c").expect_err("refused");
    let rival = Refusal::Collides {
        there: "hdfs://upper/b/c".into(),
        rival: "hdfs://lower:8020/a/c".into(),
    };
    assert_eq!(refused.why, rival);
}

#[test]
fn no_place_of_upper_lies_on_lower() {
    assert!(refused(&[("/a", "hdfs://lower/b")]).contains("place of LOWER"));
    let shared = Locations::new(&config("hdfs://one", "hdfs://ONE:8020", &[])).expect("rules");
    assert_eq!(shared.to_upper("/a").map_err(|r| r.why), Err(Refusal::OnLower));
}

#[test]
fn a_rule_may_leave_a_third_file_system_alone() {
    let locations = locations(&[("s3a://lake", "s3a://lake")]);
    assert_eq!(locations.to_upper("s3://lake/t").as_deref(), Ok("s3a://lake/t"));
    assert_eq!(locations.side_of(Side::Lower, "s3://lake/t"), Some(Side::Upper));
    assert_eq!(locations.side_of(Side::Lower, "s3://sea/t"), None);
    assert_eq!(locations.side_of(Side::Upper, "hdfs://lower/t"), Some(Side::Lower));
    assert_eq!(locations.side_of(Side::Lower, "/t"), Some(Side::Lower));
    assert_eq!(locations.side_of(Side::Upper, "/t"), Some(Side::Upper));
}

#[test]
fn both_forms_of_a_place_have_one_form_of_lower() {
    let locations = locations(&[("/a", "/x")]);
    for (side, location) in [
        (Side::Lower, "/a/t"),
        (Side::Lower, "hdfs://lower:8020/a/t/"),
        (Side::Upper, "hdfs://lower/a//t"),
        (Side::Upper, "hdfs://upper:8020/x/t"),
        (Side::Upper, "/x/t"),
    ] {
        assert_eq!(locations.lower_form(side, location), "hdfs://lower/a/t", "{location}");
    }
    assert_eq!(locations.lower_form(Side::Upper, "no place"), "no place");
}

#[test]
fn properties_that_hold_a_location_are_restated_and_others_are_not() {
    let locations = locations(&[("/a", "/x")]);
    let mut properties = Map::strings([
        ("path", "/a/t"),
        ("AVRO.schema.url", "hdfs://lower/a/s.avsc"),
        ("other", "/a/t"),
    ]);
    locations.restate(&mut properties, |text| locations.to_upper(text)).expect("restated");
    let expected = [
        ("path", "hdfs://upper/x/t"),
        ("AVRO.schema.url", "hdfs://upper/x/s.avsc"),
        ("other", "/a/t"),
    ];
    assert_eq!(properties, Map::strings(expected));
    for value in ["none", "http://registry/s.avsc", "HTTPS://r/s", "/a/1,/a/2", "", "{\"a\":1}"] {
        assert!(!locations.holds_location("avro.schema.url", value), "{value}");
    }
}

#[test]
fn objects_have_two_forms() {
    let locations = locations(&[("/a", "/x")]);
    for location in ["hdfs://lower/a/t", "hdfs://upper/x/t"] {
        let linked = locations.in_form(Form::Linked, location);
        assert_eq!(linked.as_deref(), Ok("hdfs://lower:8020/a/t"));
        let stored = locations.in_form(Form::Stored, location);
        assert_eq!(stored.as_deref(), Ok("hdfs://upper/x/t"));
    }
    let third = locations.in_form(Form::Stored, "s3n://lake/t");
    assert_eq!(third.as_deref(), Ok("s3n://lake/t"));
}

/// Few names, so that prefixes meet.
fn path() -> impl Strategy<Value = String> {
    prop::collection::vec("[ab]|ab|%41", 0..4).prop_map(|names| format!("/{}", names.join("/")))
}

proptest! {
    #[test]
    fn what_goes_up_comes_back(
        rules in prop::collection::vec((path(), path()), 0..4),
        places in prop::collection::vec(path(), 1..8),
    ) {
        let rules: Vec<_> = rules.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let Ok(locations) = Locations::new(&config("hdfs://l", "hdfs://u", &rules)) else {
            return Ok(());
        };
        for path in &places {
            if let Ok(upper) = locations.to_upper(path) {
                let back = locations.to_lower(&upper).expect("what came up goes down");
                prop_assert_eq!(&back, &locations.qualify(Side::Lower, path).expect("a place"));
                prop_assert_eq!(locations.lower_form(Side::Upper, &upper), back);
            }
            if let Ok(lower) = locations.to_lower(path) {
                let again = locations.to_upper(&lower).expect("what came down goes up");
                prop_assert_eq!(again, locations.qualify(Side::Upper, path).expect("a place"));
            }
        }
    }

    #[test]
    fn no_two_places_become_one(
        rules in prop::collection::vec((path(), path()), 0..4),
        a in path(),
        b in path(),
    ) {
        let rules: Vec<_> = rules.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let Ok(locations) = Locations::new(&config("hdfs://l", "hdfs://u", &rules)) else {
            return Ok(());
        };
        if let (Ok(to_a), Ok(to_b)) = (locations.to_upper(&a), locations.to_upper(&b)) {
            prop_assert_eq!(a == b, to_a == to_b);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
        let locations = locations(&[("/a", "/x")]);
        let _ = locations.to_upper(&text);
        let _ = locations.to_lower(&text);
        let _ = locations.lower_form(Side::Upper, &text);
    }

    #[test]
    fn normalising_twice_changes_nothing(path in "(/|a|b|:|%|=| ){1,12}") {
        let home = Place::parse("hdfs://h", None).expect("a place");
        if let Ok(place) = Place::parse(&format!("/{path}"), Some(&home)) {
            let again = Place::parse(&place.to_string(), None).expect("what we write we read");
            prop_assert_eq!(place, again);
        }
    }
}
