//! Tests of reading the External Object Replicator's file.

use super::*;
use boatlift_core::Code;

const FILE: &str = "\
source_cluster_endpoint: shop.abc.us-west-2.redshift.amazonaws.com:5439/dev
region: us-west-2
redshift_user: awsuser
start_time: 2026-11-20T10:00:00+00:00
end_time: 2026-11-20T11:00:00+00:00
target_s3_location: s3://clones/shop
log_level: debug
";

fn parse(text: &str) -> Result<Converted> {
    external_replicator(text, Path::new("external_replicator.yaml"))
}

fn remarks(text: &str) -> Vec<String> {
    parse(text).expect("valid").remarks.iter().map(Remark::to_string).collect()
}

#[test]
fn all_seven_keys_are_read() {
    let Converted { config, log, remarks } = parse(FILE).expect("valid");
    assert_eq!(config.lower.name(), Some(("shop", false)));
    assert_eq!(config.lower.endpoint.database, "dev");
    assert_eq!(config.lower.account().region.as_deref(), Some("us-west-2"));
    assert_eq!(config.lower.login, Login::DataApiUser("awsuser".into()));
    assert_eq!(config.window.start, Instant::parse("2026-11-20T10:00:00Z").expect("a time"));
    assert_eq!(config.window.end, Instant::parse("2026-11-20T11:00:00Z").ok());
    assert_eq!(config.upper.location, "s3://clones/shop");
    assert_eq!(config.upper.layout, Layout::Reference);
    let expected = LogSettings { level: LogLevel::Debug, older: 2 };
    assert_eq!((log, remarks), (expected, Vec::new()));
}

#[test]
fn the_backslash_of_the_documentation_is_a_slash() {
    let other = FILE.replace(":5439/dev", ":5439\\dev");
    assert_eq!(parse(&other).expect("valid"), parse(FILE).expect("valid"));
}

#[test]
fn a_time_without_a_zone_is_utc_and_it_says_so() {
    let naive = FILE.replace("10:00:00+00:00", "10:00:00");
    assert_eq!(parse(&naive).expect("valid").config, parse(FILE).expect("valid").config);
    let told = remarks(&naive);
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("start_time:") && told[0].contains("UTC"), "{told:?}");
}

#[test]
fn hosts_that_tell_less_or_more_are_remarked_on() {
    let own = FILE.replace("shop.abc.us-west-2.redshift.amazonaws.com", "shop.example.com");
    assert_eq!(parse(&own).expect("valid").config.lower.cluster.as_deref(), Some("shop"));
    assert!(remarks(&own)[0].contains("`shop`"));
    let serverless = FILE.replace(".redshift.", ".redshift-serverless.");
    assert_eq!(parse(&serverless).expect("valid").config.lower.login, Login::DataApiIdentity);
    let region = FILE.replace("region: us-west-2", "region: eu-west-1");
    assert!(remarks(&region)[0].starts_with("region:"));
}

#[test]
fn the_log_is_as_the_file_wants_it() {
    for (more, level, older) in [
        ("logfile_level: error\nbackup_count: 5\n", LogLevel::Error, 5),
        ("logfile_level: none\n", LogLevel::Debug, 2),
    ] {
        let Converted { log, remarks, .. } = parse(&format!("{FILE}{more}")).expect("valid");
        assert_eq!((log, remarks), (LogSettings { level, older }, Vec::new()), "{more}");
    }
    let error = parse(&format!("{FILE}logfile_level: loud\n")).expect_err("refused");
    assert!(error.to_string().contains("none of debug"), "{error}");
}

#[test]
fn each_target_has_databases_of_its_own_that_stay_the_same() {
    let suffix = |text: &str| {
        let catalogue = parse(text).expect("valid").config.catalogue.expect("a catalogue");
        assert!(catalogue.databases.is_empty(), "what was queried is cloned");
        catalogue.suffix
    };
    let other = FILE.replace("clones/shop", "clones/another");
    assert_eq!(suffix(FILE), suffix(&FILE.replace("clones/shop", "clones/shop/")));
    assert_ne!(suffix(FILE), suffix(&other));
}

#[test]
fn a_bad_value_is_one_error_with_its_line() {
    for (from, to, line, said) in [
        (":5439/dev", ":5439", 1, "no database"),
        (":5439/dev", ":port/dev", 1, "port"),
        ("region: us-west-2", "region: ''", 2, "empty"),
        ("2026-11-20T10:00:00+00:00", "last tuesday", 4, "no time"),
        ("2026-11-20T11:00:00+00:00", "2026-02-30T11:00:00+00:00", 5, "no time"),
        ("log_level: debug", "log_level: loud", 7, "none of debug"),
        ("log_level: debug", "log_levle: debug", 7, "did you mean `log_level`?"),
    ] {
        let error = parse(&FILE.replace(from, to)).expect_err(to);
        assert_eq!(error.code, Code::ConfigSyntax, "{to}");
        let place = format!("external_replicator.yaml:{line}:");
        assert!(error.subject.as_deref().is_some_and(|s| s.starts_with(&place)), "{error}");
        assert!(error.to_string().contains(said), "{error}");
    }
}

#[test]
fn values_that_do_not_fit_are_named_in_the_words_of_the_file() {
    for (from, to, key) in [
        ("2026-11-20T11:00:00+00:00", "2026-11-20T10:00:00+00:00", "end_time:"),
        ("s3://clones/shop", "clones/shop", "target_s3_location:"),
    ] {
        let error = parse(&FILE.replace(from, to)).expect_err(to);
        assert_eq!(error.code, Code::ConfigValue, "{to}");
        assert!(error.to_string().contains(key), "{error}");
    }
}

#[test]
fn a_missing_key_is_named() {
    let error = parse(&FILE.replace("redshift_user: awsuser\n", "")).expect_err("refused");
    assert!(error.to_string().contains("redshift_user"), "{error}");
}
