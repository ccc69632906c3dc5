//! A warehouse with views, and what is read from it.

use boatlift_aws::redshift::DatabaseLogin;
use boatlift_mover_redshift::views::{
    Include, LeftOut, LoadedFile, Presence, Reader, Record, Scope, Views, Window,
};
use boatlift_mover_redshift::wire::{
    Authorities, Encryption, Login, PostgresWarehouse, Server, Warehouse,
};
use boatlift_testkit::services::redshift::{Redshift, RedshiftOptions, SqlEndpoint};

/// A server with empty views.
pub(super) fn start(views: boatlift_testkit::services::redshift::Views) -> Redshift {
    let options = RedshiftOptions { views, ..Default::default() };
    Redshift::start(options).expect("PostgreSQL starts")
}

pub(super) fn warehouse(endpoint: &SqlEndpoint) -> PostgresWarehouse {
    let encryption = match &endpoint.authority {
        Some(path) => Encryption::Verified(Authorities::File(path.clone())),
        None => Encryption::None,
    };
    let server = Server {
        host: endpoint.host.clone(),
        port: endpoint.port,
        database: endpoint.database.clone(),
        encryption,
    };
    let login = Login::Known(DatabaseLogin::new(&endpoint.user, &endpoint.password));
    PostgresWarehouse::new(server, login).expect("a client")
}

pub(super) fn scope() -> Scope {
    Scope { database: "dev".into(), include: Include::default() }
}

/// From ten to eleven o'clock.
pub(super) fn window() -> Window {
    between("2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z")
}

pub(super) fn between(from: &str, until: &str) -> Window {
    Window::new(from.parse().expect("a time"), until.parse().expect("a time")).expect("a window")
}

/// All records of a window, in pages of so many rows, and what was left out.
pub(super) fn read_in_pages(
    warehouse: &mut dyn Warehouse,
    views: Views,
    scope: &Scope,
    window: &Window,
    rows: u16,
) -> (Vec<Record>, LeftOut) {
    let presence = Presence::find(warehouse, views).expect("views");
    let mut records = Vec::new();
    let left_out = Reader::new(warehouse, &presence, scope)
        .with_pages_of(rows)
        .read(window, &mut |record| {
            records.push(record);
            Ok(())
        })
        .expect("read");
    (records, left_out)
}

pub(super) fn read(redshift: &Redshift, scope: &Scope, window: &Window) -> (Vec<Record>, LeftOut) {
    let mut warehouse = warehouse(redshift.endpoint());
    read_in_pages(&mut warehouse, Views::Stl, scope, window, 100)
}

/// The keys of the loaded files, in order.
pub(super) fn keys(records: &[Record]) -> Vec<String> {
    let mut keys: Vec<_> = loaded(records).map(|file| file.place.key.clone()).collect();
    keys.sort();
    keys
}

pub(super) fn loaded(records: &[Record]) -> impl Iterator<Item = &LoadedFile> {
    records.iter().filter_map(|record| match record {
        Record::Loaded(file) => Some(file),
        _ => None,
    })
}

/// A COPY that loaded one file whose key is the query's number. Values are literals of SQL.
pub(super) struct Copied {
    pub(super) query: i64,
    pub(super) user: i64,
    pub(super) database: &'static str,
    pub(super) text: &'static str,
    pub(super) start: &'static str,
    pub(super) aborted: i64,
    pub(super) status: i64,
    pub(super) scaled: i64,
    pub(super) job: &'static str,
}

impl Default for Copied {
    fn default() -> Self {
        Copied {
            query: 1,
            user: 100,
            database: "dev",
            text: "copy t from ''s3://b/'' iam_role default",
            start: "2026-11-20 10:30:00",
            aborted: 0,
            status: 1,
            scaled: 0,
            job: "null",
        }
    }
}

impl Copied {
    pub(super) fn insert(&self, redshift: &Redshift) {
        let Copied { query, user, database, text, start, aborted, status, scaled, job } = self;
        redshift
            .sql(&format!(
                "insert into stl_query (userid, query, database, querytxt, starttime, endtime, \
                 aborted, concurrency_scaling_status) values ({user}, {query}, '{database}', \
                 '{text}', '{start}', timestamp '{start}' + interval '1 minute', {aborted}, \
                 {scaled}); \
                 insert into stl_load_commits (userid, query, slice, filename, curtime, status, \
                 copy_job_id) values ({user}, {query}, 0, 's3://b/{query}', '{start}', {status}, \
                 {job})"
            ))
            .expect("rows");
    }
}
