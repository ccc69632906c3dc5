//! Tests of the redshift part of a move file.

use super::*;
use boatlift_core::Code;
use boatlift_core::secret::SecretPlace;

const BASE: &str = "\
lower: {endpoint: 'shop.a.eu-west-1.redshift.amazonaws.com/dev', login: temporary-identity}
upper: {location: 's3://b/p'}
";

fn parse(text: &str) -> Result<RedshiftConfig> {
    RedshiftConfig::parse(text, Path::new("boatlift.yaml"))
}

fn with_window(window: &str) -> Result<RedshiftConfig> {
    parse(&format!("{BASE}window: {window}\n"))
}

fn with_lower(lower: &str) -> Result<RedshiftConfig> {
    let upper = "upper: {location: 's3://b/p'}\nwindow: {start: '2026-11-20T10:00:00Z'}\n";
    parse(&format!("lower: {lower}\n{upper}"))
}

#[test]
fn the_example_has_every_default() {
    let example = parse(EXAMPLE).expect("the example is a redshift part");
    let mut plain = with_window("{start: '2026-11-20T10:00:00Z'}").expect("valid");
    plain.window = example.window.clone();
    plain.lower.endpoint = example.lower.endpoint.clone();
    plain.lower.login = example.lower.login.clone();
    plain.upper.location = example.upper.location.clone();
    assert_eq!(example, plain);
}

#[test]
fn what_is_written_is_read_back() {
    let mut config = parse(EXAMPLE).expect("valid");
    let password = SecretPlace::File("/etc/redshift".into());
    for login in [
        Login::Password { user: "u".into(), password },
        Login::StoredSecret("arn:aws:secretsmanager:x".into()),
        Login::TemporaryIdentity,
        Login::DataApiUser("u".into()),
    ] {
        config.lower.login = login;
        config.lower.tls = TlsSettings::Ca("/etc/ca.pem".into());
        let yaml = serde_saphyr::to_string(&config).expect("YAML");
        assert_eq!(parse(&yaml), Ok(config.clone()), "{yaml}");
    }
}

#[test]
fn a_time_without_a_zone_is_refused_with_its_line() {
    let error = with_window("\n  start: 2026-11-20T10:00:00").expect_err("refused");
    assert_eq!(error.code, Code::ConfigSyntax);
    assert!(error.subject.as_deref().is_some_and(|s| s.starts_with("boatlift.yaml:4:")), "{error}");
    assert!(error.to_string().contains("has no zone"), "{error}");
}

#[test]
fn a_window_must_end_after_it_starts() {
    for end in ["2026-11-20T10:00:00Z", "2026-11-20T10:59:59+01:00"] {
        let window = format!("{{start: '2026-11-20T10:00:00Z', end: '{end}'}}");
        let error = with_window(&window).expect_err("refused");
        assert_eq!(error.code, Code::ConfigValue);
        assert!(error.to_string().contains("window.end:"), "{error}");
    }
}

#[test]
fn a_misspelt_key_is_refused_with_line_column_and_hint() {
    let error = with_window("{start: '2026-11-20T10:00:00Z', ende: x}").expect_err("refused");
    assert_eq!(error.code, Code::ConfigSyntax);
    assert!(error.to_string().contains("did you mean `end`?"), "{error}");
}

#[test]
fn values_that_mean_nothing_are_refused_by_key() {
    for (lower, said) in [
        ("{endpoint: 'host:5439', login: temporary-identity}", "no endpoint"),
        ("{endpoint: 'db.example.com/dev', login: temporary-identity}", "set cluster or workgroup"),
        ("{endpoint: 'h/d', cluster: a, workgroup: b, login: data-api-identity}", "not both"),
        ("{endpoint: 'h/d', workgroup: b, login: {data-api-user: u}}", "is a workgroup"),
        (
            "{endpoint: 'h/d', cluster: a, login: data-api-identity, aws: {role: {arn: x}}}",
            "no ARN",
        ),
    ] {
        let error = with_lower(lower).expect_err(lower);
        assert!(error.to_string().contains(said), "{error}");
    }
    let error = parse(&BASE.replace("s3://b/p", "/b/p")).map(drop).expect_err("no window");
    assert_eq!(error.code, Code::ConfigSyntax);
}

#[test]
fn a_password_in_clear_is_refused_and_not_repeated() {
    let lower = "{endpoint: 'h/d', login: {password: {user: u, password: hunter2}}}";
    let said = with_lower(lower).expect_err("refused").to_string();
    assert!(said.contains("env:NAME") && !said.contains("hunter2"), "{said}");
}

#[test]
fn the_host_tells_cluster_and_region() {
    let config = with_window("{start: '2026-11-20T10:00:00Z'}").expect("valid");
    assert_eq!(config.lower.name(), Some(("shop", false)));
    assert_eq!(config.lower.account().region.as_deref(), Some("eu-west-1"));
    assert_eq!(config.scope().database, "dev");
}
