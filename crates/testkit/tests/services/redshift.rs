//! The warehouse holds what it was filled with, as Redshift's views would, behind a password
//! and TLS.

use boatlift_testkit::services::certificates::Encryption;
use boatlift_testkit::services::redshift::{
    Ending, ExternalSchema, ExternalTable, ListedPrefix, Load, LoadedFile, Query, Scan,
    SqlEndpoint, Unload, Workload, psql,
};
use boatlift_testkit::services::redshift::{Redshift, RedshiftOptions, Views};

fn query(id: i32, text: &str) -> Query {
    Query {
        id,
        user: 100,
        database: "dev".into(),
        text: text.into(),
        started: "2026-11-20T10:00:00Z".parse().expect("a time"),
        ended: "2026-11-20T10:01:00Z".parse().expect("a time"),
        ending: Ending::Success,
    }
}

/// A load of two files, one with a name that is cut; a scan of one table beside another with
/// a similar name; an UNLOAD.
fn workload() -> Workload {
    let file = |uri: String| {
        let modified = "2026-11-19T00:00:00Z".parse().ok();
        LoadedFile { uri, bytes: 10, lines: 2, etag: Some("e1".into()), modified }
    };
    let long = format!("s3://lower/a/{}", "n".repeat(300));
    let text = format!("copy t\nfrom 's3://lower/m.manifest' {} manifest", " ".repeat(400));
    let table = |name: &str| {
        let location = format!("s3://lower/{name}/");
        ExternalTable { name: name.into(), location, partitions: Vec::new() }
    };
    let load = Load {
        query: query(7, &text),
        table: "t".into(),
        source: "s3://lower/m.manifest".into(),
        files: vec![file("s3://lower/a/part-1 \t\\n".into()), file(long)],
    };
    let prefix = ListedPrefix {
        bucket: "lower".into(),
        prefix: "sales/day=1/".into(),
        recursive: false,
        files: 3,
    };
    let scan = Scan {
        query: query(8, "select count(*) from spectrum.sales"),
        schema: "spectrum".into(),
        table: "sales".into(),
        location: "s3://lower/sales/".into(),
        prefixes: vec![prefix],
    };
    let unload = Unload {
        query: query(9, "unload ('select 1') to 's3://lower/out/'"),
        paths: vec!["s3://lower/out/000".into()],
    };
    let schema = ExternalSchema {
        catalog: "dev".into(),
        name: "spectrum".into(),
        glue_database: "shop".into(),
        options: r#"{"IAM_ROLE":"arn:aws:iam::1:role/r"}"#.into(),
        tables: vec![table("sales"), table("sale")],
    };
    Workload { loads: vec![load], scans: vec![scan], unloads: vec![unload], schemas: vec![schema] }
}

#[test]
fn views_hold_a_workload_cut_and_in_pieces() {
    let redshift = Redshift::start(RedshiftOptions::default()).expect("it starts");
    redshift.fill(&workload()).expect("it is filled");
    let rows = |sql: &str| redshift.sql(sql).expect(sql);
    let files = "SELECT length(trim(filename)), trim(filename) FROM stl_load_commits ORDER BY 1";
    let files = rows(files);
    assert!(files.starts_with("23|s3://lower/a/part-1 \t\\n\n256|"), "{files}");
    let details =
        rows("SELECT count(*), min(trim(file_etag)), max(file_last_modified) FROM sys_load_detail");
    assert_eq!(details, "2|e1|2026-11-19 00:00:00\n");
    let pieces =
        rows("SELECT sequence, length(text::text) FROM stl_querytext WHERE query = 7 ORDER BY 1");
    assert_eq!(pieces, "0|36\n1|0\n2|46\n", "blanks at the end of a piece do not count");
    let listed = rows("SELECT bucket, prefix, recursive, retrieved_files FROM svl_s3list");
    assert_eq!(listed, "lower|sales/day=1/|f|3\n");
    assert_eq!(rows("SELECT trim(path) FROM stl_unload_log"), "s3://lower/out/000\n");
    assert_eq!(rows("SELECT count(*) FROM sys_query_history WHERE status = 'success'"), "3\n");
    // The predecessor's own way to find tables takes one too many, and runs here as there.
    let tables = rows(
        "SELECT DISTINCT table_name FROM svl_s3query_summary, svv_tables \
         WHERE external_table_name LIKE '%' + table_schema + '%' \
         AND external_table_name LIKE '%' + table_name + '%' \
         AND starttime >= cast('2026-11-20' AS datetime) ORDER BY 1",
    );
    assert_eq!(tables, "sale\nsales\n");
}

#[test]
fn only_those_with_the_password_come_in_and_only_by_tls() {
    let encryption = Encryption::Required;
    let redshift = Redshift::start(RedshiftOptions { encryption, ..Default::default() });
    let redshift = redshift.expect("it starts");
    let folder = tempfile::tempdir().expect("a folder");
    let ask = |endpoint: &SqlEndpoint| {
        let sql = "SELECT current_user, ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        psql(endpoint, folder.path()).arguments(["--command", sql]).run()
    };
    let reader = redshift.let_in("IAM:o'reader\"", "p'a\"ss").expect("a user");
    assert_eq!(ask(&reader).expect("she comes in"), "IAM:o'reader\"|t\n");
    psql(&reader, folder.path())
        .arguments(["--command", "DELETE FROM stl_query"])
        .run()
        .expect_err("she reads only");
    let wrong = SqlEndpoint { password: "wrong".into(), ..reader.clone() };
    let refused = ask(&wrong).expect_err("the wrong password").to_string();
    assert!(refused.contains("password authentication failed"), "{refused}");
    let plain = psql(&reader, folder.path()).variable("PGSSLMODE", "disable");
    plain.arguments(["--command", "SELECT 1"]).run().expect_err("without TLS");
    let stored =
        redshift.sql("SELECT DISTINCT left(rolpassword, 3) FROM pg_authid WHERE rolcanlogin");
    assert_eq!(stored.expect("the roles"), "md5\n");
    assert!(!format!("{reader:?}").contains("ss"), "the password is not printed");
}

#[test]
fn a_serverless_warehouse_has_no_views_of_nodes_and_an_older_cluster_no_others() {
    for (views, absent) in [(Views::Serverless, "stl_query"), (Views::Older, "sys_query_history")] {
        let options = RedshiftOptions { views, ..Default::default() };
        let redshift = Redshift::start(options).expect("it starts");
        redshift.fill(&workload()).expect("it is filled");
        let refused = redshift.sql(&format!("SELECT * FROM {absent}")).expect_err("absent");
        assert!(refused.to_string().contains("does not exist"), "{refused}");
    }
}
