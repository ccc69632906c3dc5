//! Whole workloads on provisioned and serverless warehouses.

use super::scene::{between, keys, loaded, read_in_pages, scope, start, warehouse, window};
use boatlift_mover_redshift::copy_text::{Statement, statements};
use boatlift_mover_redshift::place::Place;
use boatlift_mover_redshift::views::{
    Depth, Include, Origin, Record, SchemaKind, Scope, Spelling, Views, external_schemas,
    external_tables,
};
use boatlift_testkit::services::redshift::{
    Ending, ExternalSchema, ExternalTable, ListedPrefix, Load, LoadedFile, Query, Scan, Unload,
    Views as Kind, Workload,
};

const SECRET: &str = "Zx9SecretQ7";

fn query(id: i32, text: &str) -> Query {
    Query {
        id,
        user: 100,
        database: "dev".into(),
        text: text.into(),
        started: "2026-11-20T10:10:00Z".parse().expect("a time"),
        ended: "2026-11-20T10:11:00Z".parse().expect("a time"),
        ending: Ending::Success,
    }
}

fn file(uri: &str) -> LoadedFile {
    let modified = "2026-11-19T00:00:00Z".parse().ok();
    LoadedFile { uri: uri.into(), bytes: 10, lines: 2, etag: Some("e1".into()), modified }
}

fn workload() -> Workload {
    let text = format!(
        "copy t\nfrom 's3://lower/m.manifest' {} manifest credentials \
         'aws_access_key_id=A;aws_secret_access_key={SECRET}'",
        " ".repeat(400)
    );
    let files = (0..25).map(|n| file(&format!("s3://lower/a/it's {n}%2F+é"))).collect();
    let load = Load { query: query(7, &text), table: "t".into(), source: String::new(), files };
    let prefix = |prefix: &str| ListedPrefix {
        bucket: "lower".into(),
        prefix: prefix.into(),
        recursive: prefix.len() > 12,
        files: 3,
    };
    let scan = Scan {
        query: query(8, "select count(*) from spectrum.sales"),
        schema: "spectrum".into(),
        table: "sales".into(),
        location: "s3://lower/sales/".into(),
        prefixes: vec![prefix("sales/day=1/"), prefix("sales/day=10/")],
    };
    let unload = Unload {
        query: query(9, "unload ('select 1') to 's3://lower/out/' iam_role default"),
        paths: vec!["s3://lower/out/000".into()],
    };
    let table = |name: &str| ExternalTable {
        name: name.into(),
        location: format!("s3://lower/{name}/"),
        partitions: Vec::new(),
    };
    let schema = ExternalSchema {
        catalog: "dev".into(),
        name: "spectrum".into(),
        glue_database: "shop".into(),
        options: r#"{"IAM_ROLE":"arn:aws:iam::1:role/r","REGION":"eu-west-1"}"#.into(),
        tables: vec![table("sale"), table("sales")],
    };
    Workload { loads: vec![load], scans: vec![scan], unloads: vec![unload], schemas: vec![schema] }
}

fn with_unloads() -> Scope {
    Scope { include: Include { unloads: true, ..Include::default() }, ..scope() }
}

#[test]
fn each_family_tells_what_was_loaded_scanned_and_written() {
    for (kind, origin) in [(Kind::Older, Origin::Stl), (Kind::Serverless, Origin::Sys)] {
        let redshift = start(kind);
        redshift.fill(&workload()).expect("filled");
        let mut warehouse = warehouse(redshift.endpoint());
        // Pages of three rows: every view is read in several.
        let (records, _) =
            read_in_pages(&mut warehouse, Views::Auto, &with_unloads(), &window(), 3);
        assert_eq!(keys(&records).len(), 25, "{kind:?}");
        for file in loaded(&records) {
            assert_eq!(file.query.origin, origin);
            assert_eq!(file.spelling, Spelling::Whole);
            assert_eq!(file.etag.is_some(), origin == Origin::Sys, "only SYS knows ETags");
            assert_eq!(file.last_modified.is_some(), origin == Origin::Sys);
        }
        assert!(keys(&records).contains(&"a/it's 7%2F+é".to_owned()));
        let texts = texts(&records);
        assert_eq!(texts.len(), 2, "{kind:?}: a COPY and an UNLOAD");
        assert!(texts.iter().all(|text| !text.contains(SECRET)), "{texts:?}");
        assert!(texts[0].contains(&" ".repeat(400)), "blanks at the border of chunks");
        assert_eq!(scans(&records).len(), if origin == Origin::Stl { 2 } else { 1 });
        let unloaded = records.iter().any(|record| {
            matches!(record, Record::Unloaded(file) if file.place == Place::new("lower", "out/000"))
        });
        assert!(unloaded, "{kind:?}");
    }
}

fn texts(records: &[Record]) -> Vec<String> {
    let text = |record: &Record| match record {
        Record::Statement(statement) => Some(statement.text.to_string()),
        _ => None,
    };
    records.iter().filter_map(text).collect()
}

fn scans(records: &[Record]) -> Vec<(String, Depth)> {
    let scan = |record: &Record| match record {
        Record::Scan(scan) => Some((scan.place.to_string(), scan.depth)),
        _ => None,
    };
    records.iter().filter_map(scan).collect()
}

#[test]
fn scans_are_prefixes_with_their_depth() {
    let redshift = start(Kind::Older);
    redshift.fill(&workload()).expect("filled");
    let mut warehouse = warehouse(redshift.endpoint());
    let (records, _) = read_in_pages(&mut warehouse, Views::Stl, &scope(), &window(), 1);
    let expected = [
        ("s3://lower/sales/day=1/".to_owned(), Depth::Flat),
        ("s3://lower/sales/day=10/".to_owned(), Depth::Recursive),
    ];
    let mut found = scans(&records);
    found.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(found, expected);
}

#[test]
fn a_cluster_with_both_families_is_read_by_both() {
    let redshift = start(Kind::Provisioned);
    redshift.fill(&workload()).expect("filled");
    let mut warehouse = warehouse(redshift.endpoint());
    for (views, files) in [(Views::Auto, 50), (Views::Stl, 25), (Views::Sys, 25)] {
        let (records, _) = read_in_pages(&mut warehouse, views, &scope(), &window(), 100);
        assert_eq!(keys(&records).len(), files, "{views:?}");
    }
    let (records, left_out) = read_in_pages(
        &mut warehouse,
        Views::Auto,
        &scope(),
        &between("2026-11-20T10:10:00.000001Z", "2026-11-20T11:00:00Z"),
        100,
    );
    assert_eq!((records.len(), left_out), (0, Default::default()));
}

#[test]
fn external_tables_are_found_by_their_whole_name() {
    let redshift = start(Kind::Provisioned);
    redshift.fill(&workload()).expect("filled");
    let mut warehouse = warehouse(redshift.endpoint());
    let mut tables = Vec::new();
    let schemas = external_schemas(&mut warehouse).expect("schemas");
    external_tables(&mut warehouse, &schemas, &mut |table| {
        tables.push(table);
        Ok(())
    })
    .expect("tables");
    let names: Vec<_> = tables.iter().map(|table| table.table.as_str()).collect();
    assert_eq!(names, ["sale", "sales"]);
    assert_eq!((schemas[0].kind, &*schemas[0].catalogue), (SchemaKind::Glue, "shop"));
    assert_eq!(schemas[0].region.as_deref(), Some("eu-west-1"));
    for views in [Views::Stl, Views::Sys] {
        let (records, _) = read_in_pages(&mut warehouse, views, &scope(), &window(), 100);
        let uses = records.iter().filter_map(|record| match record {
            Record::Table(table) => Some(table.name.clone()),
            _ => None,
        });
        for name in uses {
            let named: Vec<_> = tables.iter().map(|table| table.is_named(&name, "dev")).collect();
            assert_eq!(named, [false, true], "{name}");
        }
    }
}

#[test]
fn a_long_text_is_read_from_its_chunks_and_not_from_the_cut_column() {
    let redshift = start(Kind::Older);
    let columns: Vec<String> = (0..600).map(|n| format!("column_{n}")).collect();
    let text = format!("copy t ({}) from 's3://lower/k' noload", columns.join(", "));
    assert!(text.len() > 4000);
    let load = Load {
        query: query(7, &text),
        table: "t".into(),
        source: String::new(),
        files: vec![file("s3://lower/k")],
    };
    redshift.fill(&Workload { loads: vec![load], ..Workload::default() }).expect("filled");
    let mut warehouse = warehouse(redshift.endpoint());
    let (records, left_out) = read_in_pages(&mut warehouse, Views::Stl, &scope(), &window(), 7);
    let [Record::Statement(statement)] = records.as_slice() else { panic!("{records:?}") };
    assert_eq!(statement.text.as_str(), text);
    assert!(matches!(statements(&statement.text).as_slice(), [Statement::Copy(_)]));
    assert_eq!(left_out.no_load, 1, "NOLOAD stands behind the cut");
}

#[test]
fn more_queries_than_a_batch_are_read() {
    let redshift = start(Kind::Older);
    let load = |id: i32| Load {
        query: query(id, "copy t from 's3://lower/k' csv"),
        table: "t".into(),
        source: String::new(),
        files: vec![file(&format!("s3://lower/k{id}"))],
    };
    let loads = (1..=450).map(load).collect();
    redshift.fill(&Workload { loads, ..Workload::default() }).expect("filled");
    let mut warehouse = warehouse(redshift.endpoint());
    let (records, _) = read_in_pages(&mut warehouse, Views::Stl, &scope(), &window(), 150);
    let mut found = keys(&records);
    found.dedup();
    assert_eq!((found.len(), texts(&records).len()), (450, 450));
}
