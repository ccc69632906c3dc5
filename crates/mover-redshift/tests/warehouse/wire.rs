//! The way in: logins, TLS, lost connections, views that are not there.

use super::scene::{start, warehouse};
use boatlift_core::{Code, Retry};
use boatlift_mover_redshift::views::{Presence, View, Views};
use boatlift_mover_redshift::wire::{Row, Sql, Warehouse};
use boatlift_testkit::services::certificates::Encryption;
use boatlift_testkit::services::redshift::{Redshift, RedshiftOptions, SqlEndpoint, Views as Kind};

fn ask(warehouse: &mut dyn Warehouse, sql: Sql) -> boatlift_core::Result<Vec<Row>> {
    let mut rows = Vec::new();
    warehouse.query(&sql, &mut |row| {
        rows.push(row);
        Ok(())
    })?;
    Ok(rows)
}

#[test]
fn a_temporary_user_comes_in_by_verified_tls() {
    let options = RedshiftOptions { encryption: Encryption::Required, ..Default::default() };
    let redshift = Redshift::start(options).expect("it starts");
    let endpoint = redshift.let_in("IAM:o'reader\"", "p'a\"ss").expect("a user");
    let sql = || Sql::new("select ssl from pg_stat_ssl where pid = pg_backend_pid()");
    let rows = ask(&mut warehouse(&endpoint), sql()).expect("she comes in");
    assert_eq!(rows[0].text(0), Some("t"));
    let stranger = SqlEndpoint { authority: None, ..endpoint.clone() };
    let error = ask(&mut warehouse(&stranger), sql()).expect_err("without TLS");
    assert_eq!(error.code, Code::ServerRefused, "{error}");
    let wrong = SqlEndpoint { host: "localhost.localdomain".into(), ..endpoint.clone() };
    let error = ask(&mut warehouse(&wrong), sql()).expect_err("another name");
    assert_ne!(error.code, Code::ServerFailed, "{error}");
}

#[test]
fn a_certificate_of_strangers_is_refused() {
    let options = RedshiftOptions { encryption: Encryption::Required, ..Default::default() };
    let redshift = Redshift::start(options).expect("it starts");
    let other = Redshift::start(options).expect("it starts");
    let endpoint = SqlEndpoint {
        authority: other.endpoint().authority.clone(),
        ..redshift.endpoint().clone()
    };
    let error = ask(&mut warehouse(&endpoint), Sql::new("select 1")).expect_err("refused");
    assert_eq!((error.code, error.retry), (Code::ServerRefused, Retry::Never), "{error}");
    assert!(error.to_string().contains("certificate"), "{error}");
}

#[test]
fn a_wrong_password_and_an_unknown_database_are_refusals() {
    let redshift = start(Kind::Older);
    let wrong = SqlEndpoint { password: "hunter2".into(), ..redshift.endpoint().clone() };
    let error = ask(&mut warehouse(&wrong), Sql::new("select 1")).expect_err("refused");
    assert_eq!(error.code, Code::ServerRefused, "{error}");
    assert!(!error.to_string().contains("hunter2"), "{error}");
    let unknown = SqlEndpoint { database: "nowhere".into(), ..redshift.endpoint().clone() };
    let error = ask(&mut warehouse(&unknown), Sql::new("select 1")).expect_err("refused");
    assert_eq!(error.code, Code::ServerRefused, "{error}");
    assert!(error.to_string().contains("nowhere"), "{error}");
}

#[test]
fn a_lost_connection_is_told_and_made_again() {
    let redshift = start(Kind::Older);
    let mut warehouse = warehouse(redshift.endpoint());
    ask(&mut warehouse, Sql::new("select 1")).expect("an answer");
    let end = "select pg_terminate_backend(pid) from pg_stat_activity \
               where application_name = 'boatlift'";
    redshift.sql(end).expect("ended");
    let error = ask(&mut warehouse, Sql::new("select 1"));
    if let Err(error) = error {
        assert_eq!((error.code, error.retry), (Code::ServerUnreachable, Retry::Later), "{error}");
    }
    assert_eq!(ask(&mut warehouse, Sql::new("select 2")).expect("again")[0].text(0), Some("2"));
}

#[test]
fn a_server_that_is_not_there_is_unreachable() {
    let redshift = start(Kind::Older);
    let endpoint = redshift.endpoint().clone();
    drop(redshift);
    let error = ask(&mut warehouse(&endpoint), Sql::new("select 1")).expect_err("nobody");
    assert_eq!((error.code, error.retry), (Code::ServerUnreachable, Retry::Later), "{error}");
}

#[test]
fn an_error_of_sql_leaves_the_connection_usable_and_rows_stop_when_told() {
    let redshift = start(Kind::Older);
    let mut warehouse = warehouse(redshift.endpoint());
    let error = ask(&mut warehouse, Sql::new("select * from nothing")).expect_err("no such view");
    assert_eq!((error.code, error.retry), (Code::ServerFailed, Retry::Never));
    assert!(error.to_string().contains("42P01"), "{error}");
    let mut seen = 0;
    let many = Sql::new("select n, null, 'a' || n from generate_series(1, 100000) n");
    let stopped = warehouse.query(&many, &mut |_| {
        seen += 1;
        match seen {
            10 => Err(boatlift_core::Error::new(Code::Interrupted, "enough")),
            _ => Ok(()),
        }
    });
    assert_eq!((stopped.expect_err("stopped").code, seen), (Code::Interrupted, 10));
    let rows = ask(&mut warehouse, many).expect("all rows");
    assert_eq!((rows.len(), rows[99_999].text(1)), (100_000, None));
}

#[test]
fn views_are_read_where_they_are() {
    for (kind, stl, sys) in [
        (Kind::Older, true, false),
        (Kind::Serverless, false, true),
        (Kind::Provisioned, true, true),
    ] {
        let redshift = start(kind);
        let mut warehouse = warehouse(redshift.endpoint());
        let presence = Presence::find(&mut warehouse, Views::Auto).expect("views");
        assert_eq!((presence.stl(), presence.sys()), (stl, sys), "{kind:?}");
        assert_eq!(presence.has(View::SysLoadEtag), sys);
        assert!(presence.why_not(View::SvcsS3List).expect("absent").contains("svcs_s3list"));
    }
}

#[test]
fn a_view_that_may_not_be_read_is_denied_and_not_absent() {
    let redshift = start(Kind::Older);
    let reader = redshift.let_in("reader", "Pass4word").expect("a user");
    redshift
        .sql(
            "revoke pg_read_all_data from reader; \
             grant select on stl_query, stl_querytext, stl_load_commits to reader",
        )
        .expect("rights");
    let mut warehouse = warehouse(&reader);
    let presence = Presence::find(&mut warehouse, Views::Auto).expect("views");
    assert!(presence.stl() && !presence.has(View::SvlS3List));
    let denied: Vec<View> = presence.denied(false).map(|(view, _)| view).collect();
    assert!(denied.contains(&View::SvlS3List), "{denied:?}");
    assert!(!denied.contains(&View::SysQueryHistory), "that one is not there");
    assert!(!denied.contains(&View::StlUnloadLog), "nobody wants it");
    let why = presence.why_not(View::SvlS3List).expect("a reason");
    assert!(why.contains("permission denied"), "{why}");
}

#[test]
fn a_warehouse_without_the_wanted_views_is_refused_with_its_words() {
    let redshift = start(Kind::Serverless);
    let mut warehouse = warehouse(redshift.endpoint());
    let error = Presence::find(&mut warehouse, Views::Stl).expect_err("no STL views");
    assert_eq!(error.code, Code::ServerRefused);
    assert!(error.to_string().contains("stl_query"), "{error}");
}
