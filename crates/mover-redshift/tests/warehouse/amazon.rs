//! The ways in that Amazon's services open: the Data API, temporary logins, kept secrets.
//!
//! Statements run on the same PostgreSQL. The services are a server of ours that fails on
//! purpose; what is asked and answered is judged by Amazon's own models, and only it proves
//! the Data API, `GetClusterCredentialsWithIAM` and the serverless `GetCredentials`. What of
//! these is Amazon's and not the model's (limits, rights) is not proved here.

use super::scene::{Copied, keys, scope, start, window};
use boatlift_aws::session::{AwsOptions, Role};
use boatlift_core::secret::SecretPlace;
use boatlift_core::{Code, Error, Retry};
use boatlift_mover_redshift::config::{Login, Source, TlsSettings};
use boatlift_mover_redshift::connect;
use boatlift_mover_redshift::views::{Presence, Reader, Views};
use boatlift_mover_redshift::wire::{Row, Sql};
use boatlift_testkit::services::aws_faults::{AwsFaults, AwsFaultsOptions, Fault, Rule};
use boatlift_testkit::services::process::Recipe;
use boatlift_testkit::services::redshift::{Redshift, Views as Kind};
use serde_json::json;
use std::path::Path;

/// A warehouse, and the services in front of it.
struct Amazon {
    redshift: Redshift,
    faults: AwsFaults,
    directory: tempfile::TempDir,
}

impl Amazon {
    fn start(rows_in_page: usize) -> Amazon {
        let redshift = start(Kind::Provisioned);
        let warehouse = Some(redshift.endpoint().clone());
        let options = AwsFaultsOptions { warehouse, rows_in_page, ..Default::default() };
        let faults = AwsFaults::start(&options).expect("it starts");
        let directory = tempfile::tempdir().expect("a directory");
        let owner = &faults.endpoint().owner;
        let text = format!(
            "[default]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
            owner.access_key, owner.secret_key
        );
        std::fs::write(directory.path().join("credentials"), text).expect("credentials");
        Amazon { redshift, faults, directory }
    }

    fn source(&self, login: Login) -> Source {
        let at = self.redshift.endpoint();
        let endpoint = format!("{}:{}/{}", at.host, at.port, at.database);
        let aws = AwsOptions {
            region: Some(self.faults.endpoint().region.clone()),
            endpoint_url: Some(self.faults.endpoint().url.clone()),
            credentials_file: Some(self.directory.path().join("credentials")),
            ..AwsOptions::default()
        };
        Source {
            endpoint: endpoint.parse().expect("an endpoint"),
            cluster: Some("shop".into()),
            workgroup: None,
            login,
            tls: TlsSettings::Off,
            aws,
            s3: boatlift_aws::s3::S3Options::default(),
        }
    }

    fn ask(&self, source: &Source, sql: &Sql) -> Result<Vec<Row>, Error> {
        let mut rows = Vec::new();
        connect::warehouse(source)?.query(sql, &mut |row| {
            rows.push(row);
            Ok(())
        })?;
        Ok(rows)
    }

    fn break_calls(&self, operation: &'static str, times: Option<u64>, fault: Fault) {
        let service = "redshift-data";
        let rule = Rule { service, operation, after: 0, times, fault };
        self.faults.add(&[rule]).expect("a rule");
    }

    /// Nothing was asked or answered that Amazon's models do not allow.
    fn is_as_amazon_has_it(&self) {
        assert_eq!(self.faults.record().expect("a record").invalid, [""; 0]);
    }
}

fn data_api() -> Login {
    Login::DataApiUser("awsuser".into())
}

#[test]
fn all_pages_and_cells_of_a_result_are_read() {
    let amazon = Amazon::start(10);
    let sql = Sql::new(
        "select n, case when n % 2 = 0 then 'it''s ' || n end, n > 5, '' \
         from generate_series(1, 25) n order by n",
    );
    let rows = amazon.ask(&amazon.source(data_api()), &sql).expect("rows");
    assert_eq!(rows.len(), 25);
    assert_eq!((rows[0].number(0), rows[0].text(1)), (Ok(Some(1)), None));
    assert_eq!(
        (rows[23].text(1), rows[23].text(2), rows[23].text(3)),
        (Some("it's 24"), Some("t"), Some(""))
    );
    let record = amazon.faults.record().expect("a record");
    assert_eq!(record.calls["redshift-data:GetStatementResult"], 3);
    let polls = record.calls["redshift-data:DescribeStatement"];
    assert_eq!(polls, 4, "once for each state, with pauses that grow");
    amazon.is_as_amazon_has_it();
}

#[test]
fn what_keeps_the_database_from_answering_says_nothing_of_a_view() {
    let amazon = Amazon::start(10);
    let find = || {
        let mut warehouse = connect::warehouse(&amazon.source(data_api()))?;
        Presence::find(&mut *warehouse, Views::Auto)
    };
    for fault in [Fault::StatementAborted, Fault::StatementFailed("ERROR: internal error")] {
        amazon.break_calls("ExecuteStatement", Some(1), fault.clone());
        let error = find().expect_err("no answer");
        assert_eq!(error.code, Code::ServerFailed, "{fault:?}: {error}");
    }
    let denied = Fault::StatementFailed("ERROR: permission denied for relation stl_query");
    amazon.break_calls("ExecuteStatement", Some(1), denied);
    let presence = find().expect("views");
    assert_eq!(presence.denied(false).count(), 1);
    assert!(presence.sys() && !presence.stl());
    assert_eq!(find().expect("views").denied(true).count(), 0, "absent is not denied");
    amazon.is_as_amazon_has_it();
}

#[test]
fn a_statement_that_fails_or_is_aborted_is_an_error_in_the_databases_words() {
    let amazon = Amazon::start(10);
    let source = amazon.source(data_api());
    let error = amazon.ask(&source, &Sql::new("select * from nowhere")).expect_err("failed");
    assert_eq!((error.code, error.retry), (Code::ServerFailed, Retry::Never));
    assert!(error.to_string().contains("relation \"nowhere\" does not exist"), "{error}");
    amazon.break_calls("ExecuteStatement", Some(1), Fault::StatementAborted);
    let error = amazon.ask(&source, &Sql::new("select 1")).expect_err("aborted");
    assert_eq!(error.code, Code::ServerFailed);
    assert!(error.to_string().contains("aborted"), "{error}");
    let rows = amazon.ask(&source, &Sql::new("set timezone to 'UTC'")).expect("no result");
    assert_eq!(rows, []);
    amazon.is_as_amazon_has_it();
}

#[test]
fn refusals_and_passing_troubles_are_told_apart() {
    let amazon = Amazon::start(10);
    let source = amazon.source(data_api());
    for (fault, code, retry) in [
        (Fault::Error(400, "AccessDeniedException"), Code::ServerRefused, Retry::Never),
        (Fault::Error(400, "ExpiredTokenException"), Code::ServerRefused, Retry::Never),
        (Fault::Error(400, "ActiveStatementsExceededException"), Code::ServerFailed, Retry::Later),
        (Fault::Error(400, "ValidationException"), Code::ServerFailed, Retry::Never),
    ] {
        amazon.break_calls("ExecuteStatement", Some(1), fault.clone());
        let error = amazon.ask(&source, &Sql::new("select 1")).expect_err("refused");
        assert_eq!((error.code, error.retry), (code, retry), "{fault:?}: {error}");
    }
    amazon.break_calls("GetStatementResult", Some(1), Fault::Error(500, "InternalServerException"));
    let rows = amazon.ask(&source, &Sql::new("select 1")).expect("the client asks again");
    assert_eq!(rows.len(), 1);
    let strange = json!({"Id": "00000000-0000-0000-0000-000000000000", "Status": "LOST"});
    amazon.break_calls("DescribeStatement", Some(1), Fault::Answer(strange));
    let error = amazon.ask(&source, &Sql::new("select 1")).expect_err("an unknown state");
    assert!(error.to_string().contains("LOST"), "{error}");
}

#[test]
fn a_result_that_is_too_old_or_too_long_is_told_in_plain_words() {
    let amazon = Amazon::start(10);
    let source = amazon.source(data_api());
    // The first page came, and the second is asked for a day later.
    let (service, operation) = ("redshift-data", "GetStatementResult");
    let fault = Fault::Error(400, "ResourceNotFoundException");
    let rule = Rule { service, operation, after: 1, times: Some(1), fault };
    amazon.faults.add(&[rule]).expect("a rule");
    let sql = Sql::new("select n from generate_series(1, 25) n order by n");
    let error = amazon.ask(&source, &sql).expect_err("gone");
    assert_eq!((error.code, error.retry), (Code::ServerFailed, Retry::Later));
    assert!(error.to_string().contains("24 hours"), "{error}");
    assert_eq!(amazon.ask(&source, &sql).expect("asked again").len(), 25);

    let limit = "Query result exceeded the limit of 100 MB";
    amazon.break_calls("ExecuteStatement", Some(1), Fault::StatementFailed(limit));
    let error = amazon.ask(&source, &sql).expect_err("too long");
    assert_eq!((error.code, error.retry), (Code::ServerFailed, Retry::Never));
    assert!(error.to_string().contains(limit), "{error}");
    amazon.is_as_amazon_has_it();
}

#[test]
fn the_views_are_read_through_the_data_api() {
    let amazon = Amazon::start(3);
    for query in 1..=8 {
        Copied { query, ..Copied::default() }.insert(&amazon.redshift);
    }
    let mut warehouse = connect::warehouse(&amazon.source(data_api())).expect("a warehouse");
    let presence = Presence::find(warehouse.as_mut(), Views::Stl).expect("views");
    let scope = scope();
    let mut records = Vec::new();
    Reader::new(warehouse.as_mut(), &presence, &scope)
        .with_pages_of(5)
        .read(&window(), &mut |record| {
            records.push(record);
            Ok(())
        })
        .expect("read");
    assert_eq!(keys(&records), ["1", "2", "3", "4", "5", "6", "7", "8"]);
    amazon.is_as_amazon_has_it();
}

#[test]
fn temporary_logins_of_all_three_kinds_open_a_connection() {
    let amazon = Amazon::start(10);
    let sql = Sql::new("select current_user");
    let serverless =
        |login| Source { cluster: None, workgroup: Some("shop".into()), ..amazon.source(login) };
    for (source, user) in [
        (amazon.source(Login::TemporaryUser("o'mover".into())), "IAM:o'mover"),
        (amazon.source(Login::TemporaryIdentity), "IAM"),
        (serverless(Login::TemporaryIdentity), "IAM"),
    ] {
        let rows = amazon.ask(&source, &sql).expect(user);
        let found = rows[0].text(0).expect("a user");
        assert!(found.starts_with(user), "{found}");
    }
    let record = amazon.faults.record().expect("a record");
    for call in [
        "redshift:GetClusterCredentials",
        "redshift:GetClusterCredentialsWithIAM",
        "redshift-serverless:GetCredentials",
    ] {
        assert_eq!(record.calls.get(call), Some(&1), "{call}: {:?}", record.calls);
    }
    amazon.is_as_amazon_has_it();
}

#[test]
fn serverless_workgroups_are_asked_by_name() {
    let amazon = Amazon::start(10);
    let source = Source {
        cluster: None,
        workgroup: Some("shop".into()),
        ..amazon.source(Login::DataApiIdentity)
    };
    let rows = amazon.ask(&source, &Sql::new("select 1")).expect("rows");
    assert_eq!(rows.len(), 1);
    amazon.is_as_amazon_has_it();
}

#[test]
fn passwords_come_from_where_the_move_file_says() {
    let amazon = Amazon::start(10);
    let at = amazon.redshift.endpoint();
    let file = amazon.directory.path().join("password");
    std::fs::write(&file, format!("{}\n", at.password)).expect("a password");
    let login = |path: &Path| Login::Password {
        user: at.user.clone(),
        password: SecretPlace::File(path.to_owned()),
    };
    let sql = Sql::new("select 1");
    amazon.ask(&amazon.source(login(&file)), &sql).expect("it opens");
    let error = amazon.ask(&amazon.source(login(Path::new("/nowhere"))), &sql).expect_err("none");
    assert_eq!(error.code, Code::ConfigValue, "{error}");
}

/// Puts a login into Secrets Manager, which is moto's, by `curl`.
fn store_secret(amazon: &Amazon, name: &str, secret: &str) {
    let at = amazon.faults.endpoint();
    let body = json!({
        "Name": name,
        "SecretString": secret,
        "ClientRequestToken": "00000000-0000-0000-0000-000000000000",
    });
    Recipe::new("curl", "curl", amazon.directory.path())
        .arguments(["--silent", "--show-error", "--fail-with-body", "--max-time", "60"])
        .arguments(["--aws-sigv4", &format!("aws:amz:{}:secretsmanager", at.region)])
        .arguments(["--user", &format!("{}:{}", at.owner.access_key, at.owner.secret_key)])
        .arguments(["--header", "Content-Type: application/x-amz-json-1.1"])
        .arguments(["--header", "X-Amz-Target: secretsmanager.CreateSecret"])
        .arguments(["--data", &body.to_string(), &amazon.faults.moto().endpoint().url])
        .run()
        .expect("a secret");
}

#[test]
fn a_login_that_secrets_manager_keeps_opens_a_connection() {
    let amazon = Amazon::start(10);
    let at = amazon.redshift.endpoint();
    let login = json!({"username": at.user, "password": at.password, "port": 5439});
    store_secret(&amazon, "shop", &login.to_string());
    store_secret(&amazon, "other", "hunter2");
    // Asked of moto itself: the server in front of it knows no Secrets Manager.
    let ask = |name: &str| {
        let mut source = amazon.source(Login::StoredSecret(name.into()));
        source.aws.endpoint_url = Some(amazon.faults.moto().endpoint().url.clone());
        amazon.ask(&source, &Sql::new("select current_user"))
    };
    assert_eq!(ask("shop").expect("it opens")[0].text(0), Some(at.user.as_str()));
    let error = ask("other").expect_err("no login");
    assert_eq!(error.code, Code::ConfigValue, "{error}");
    assert!(!error.to_string().contains("hunter2"), "{error}");
    let error = ask("nothing").expect_err("no secret");
    assert!(error.to_string().contains("ResourceNotFoundException"), "{error}");
}

#[test]
fn a_role_that_nobody_grants_is_a_refusal() {
    let amazon = Amazon::start(10);
    let mut source = amazon.source(data_api());
    source.aws.role =
        Some(Role { arn: "arn:aws:iam::123456789012:role/r".into(), ..Role::default() });
    let rule = Rule {
        service: "sts",
        operation: "AssumeRole",
        after: 0,
        times: None,
        fault: Fault::Error(403, "AccessDenied"),
    };
    amazon.faults.add(&[rule]).expect("a rule");
    let error = amazon.ask(&source, &Sql::new("select 1")).expect_err("refused");
    assert_ne!(error.code, Code::ServerFailed, "{error}");
    assert!(error.to_string().contains("AccessDenied"), "{error}");
}
