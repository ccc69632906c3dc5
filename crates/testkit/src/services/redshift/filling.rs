//! The rows that each view holds of a workload.
//!
//! A view's text of a fixed length is cut, as Redshift cuts it: a file's name at 256 bytes, a
//! query's text at 4,000.

use super::Views;
use super::rows::{Cell, Script, cut, kept, pieces};
use super::workload::{Ending, ListedPrefix, Load, LoadedFile, Query, Scan, Workload};

impl Workload {
    /// The script that fills these views.
    pub(super) fn script(&self, views: Views) -> String {
        let mut script = Script::default();
        if views.have_stl() {
            self.stl_queries(&mut script);
            self.stl_objects(&mut script);
        }
        if views.have_sys() {
            self.sys_queries(&mut script);
            self.sys_objects(&mut script);
        }
        self.catalog(&mut script);
        script.into_text()
    }

    fn queries(&self) -> impl Iterator<Item = (&Query, &'static str)> {
        let loads = self.loads.iter().map(|load| (&load.query, "COPY"));
        let scans = self.scans.iter().map(|scan| (&scan.query, "SELECT"));
        let unloads = self.unloads.iter().map(|unload| (&unload.query, "UNLOAD"));
        loads.chain(scans).chain(unloads)
    }

    fn loaded(&self) -> impl Iterator<Item = (&Load, &LoadedFile)> {
        self.loads.iter().flat_map(|load| load.files.iter().map(move |file| (load, file)))
    }

    fn listed(&self) -> impl Iterator<Item = (&Scan, &ListedPrefix)> {
        self.scans.iter().flat_map(|scan| scan.prefixes.iter().map(move |prefix| (scan, prefix)))
    }

    fn unloaded(&self) -> impl Iterator<Item = (&Query, &String)> {
        self.unloads.iter().flat_map(|it| it.paths.iter().map(move |path| (&it.query, path)))
    }

    fn stl_queries(&self, script: &mut Script) {
        let columns =
            ["userid", "query", "database", "querytxt", "starttime", "endtime", "aborted"];
        script.rows(
            "stl_query",
            columns,
            self.queries().map(|(query, _)| {
                let aborted = i32::from(query.ending == Ending::Aborted);
                let text = kept(&query.text);
                [
                    query.user.into(),
                    query.id.into(),
                    cut(&query.database, 32).into(),
                    cut(&text, 4_000).into(),
                    query.started.into(),
                    query.ended.into(),
                    aborted.into(),
                ]
            }),
        );
        let texts = self.queries().flat_map(|(query, _)| numbered_pieces(query));
        script.rows("stl_querytext", ["userid", "query", "sequence", "text"], texts);
    }

    fn stl_objects(&self, script: &mut Script) {
        let columns =
            ["userid", "query", "slice", "filename", "lines_scanned", "curtime", "status"];
        script.rows(
            "stl_load_commits",
            columns,
            self.loaded().map(|(load, file)| {
                let query = &load.query;
                [
                    query.user.into(),
                    query.id.into(),
                    0.into(),
                    cut(&file.uri, 256).into(),
                    file.lines.into(),
                    query.ended.into(),
                    1.into(),
                ]
            }),
        );
        let columns = ["query", "eventtime", "bucket", "prefix", "recursive", "retrieved_files"];
        script.rows(
            "svl_s3list",
            columns,
            self.listed().map(|(scan, listed)| {
                [
                    scan.query.id.into(),
                    scan.query.started.into(),
                    (&listed.bucket).into(),
                    (&listed.prefix).into(),
                    letter(listed.recursive).into(),
                    listed.files.into(),
                ]
            }),
        );
        let columns = ["userid", "query", "starttime", "endtime", "external_table_name"];
        script.rows(
            "svl_s3query_summary",
            columns,
            self.scans.iter().map(|scan| {
                let query = &scan.query;
                let name = format!("S3 Scan {}_{}_{}", query.database, scan.schema, scan.table);
                [
                    query.user.into(),
                    query.id.into(),
                    query.started.into(),
                    query.ended.into(),
                    cut(&name, 136).into(),
                ]
            }),
        );
        let columns = ["userid", "query", "path", "start_time", "end_time"];
        script.rows("stl_unload_log", columns, self.unloaded().map(unload_row));
    }

    fn sys_queries(&self, script: &mut Script) {
        let columns = [
            "user_id",
            "query_id",
            "database_name",
            "query_type",
            "status",
            "start_time",
            "end_time",
            "query_text",
        ];
        script.rows(
            "sys_query_history",
            columns,
            self.queries().map(|(query, kind)| {
                let status = match query.ending {
                    Ending::Success => "success",
                    Ending::Aborted => "failed",
                };
                let text = kept(&query.text);
                [
                    query.user.into(),
                    query.id.into(),
                    cut(&query.database, 128).into(),
                    kind.into(),
                    status.into(),
                    query.started.into(),
                    query.ended.into(),
                    cut(&text, 4_000).into(),
                ]
            }),
        );
        let texts = self.queries().flat_map(|(query, _)| numbered_pieces(query));
        script.rows("sys_query_text", ["user_id", "query_id", "sequence", "text"], texts);
    }

    fn sys_objects(&self, script: &mut Script) {
        self.sys_loads(script);
        let columns = [
            "user_id",
            "query_id",
            "source_type",
            "start_time",
            "end_time",
            "file_location",
            "table_name",
            "scanned_files",
            "is_recursive",
        ];
        script.rows(
            "sys_external_query_detail",
            columns,
            self.listed().map(|(scan, listed)| {
                let query = &scan.query;
                let name = format!("{}.{}.{}", query.database, scan.schema, scan.table);
                [
                    query.user.into(),
                    query.id.into(),
                    "S3".into(),
                    query.started.into(),
                    query.ended.into(),
                    (&scan.location).into(),
                    cut(&name, 136).into(),
                    listed.files.into(),
                    letter(listed.recursive).into(),
                ]
            }),
        );
        let columns = ["user_id", "query_id", "file_name", "start_time", "end_time"];
        script.rows("sys_unload_detail", columns, self.unloaded().map(unload_row));
    }

    fn sys_loads(&self, script: &mut Script) {
        let columns = [
            "user_id",
            "query_id",
            "database_name",
            "status",
            "table_name",
            "start_time",
            "end_time",
            "data_source",
            "source_file_count",
        ];
        script.rows(
            "sys_load_history",
            columns,
            self.loads.iter().map(|load| {
                let query = &load.query;
                let status = match query.ending {
                    Ending::Success => "completed",
                    Ending::Aborted => "aborted",
                };
                [
                    query.user.into(),
                    query.id.into(),
                    (&query.database).into(),
                    status.into(),
                    (&load.table).into(),
                    query.started.into(),
                    query.ended.into(),
                    (&load.source).into(),
                    i64::try_from(load.files.len()).unwrap_or(i64::MAX).into(),
                ]
            }),
        );
        let columns = [
            "user_id",
            "query_id",
            "file_name",
            "bytes_scanned",
            "lines_scanned",
            "record_time",
            "start_time",
            "end_time",
            "file_etag",
            "file_last_modified",
        ];
        script.rows(
            "sys_load_detail",
            columns,
            self.loaded().map(|(load, file)| {
                let query = &load.query;
                [
                    query.user.into(),
                    query.id.into(),
                    cut(&file.uri, 256).into(),
                    file.bytes.into(),
                    file.lines.into(),
                    query.ended.into(),
                    query.started.into(),
                    query.ended.into(),
                    file.etag.as_ref().into(),
                    file.modified.into(),
                ]
            }),
        );
    }

    fn catalog(&self, script: &mut Script) {
        let columns = ["esoid", "eskind", "schemaname", "esowner", "databasename", "esoptions"];
        script.rows(
            "svv_external_schemas",
            columns,
            (1i64..).zip(&self.schemas).map(|(number, schema)| {
                [
                    number.into(),
                    1.into(),
                    (&schema.name).into(),
                    100.into(),
                    (&schema.glue_database).into(),
                    (&schema.options).into(),
                ]
            }),
        );
        let tables = || self.schemas.iter().flat_map(|it| it.tables.iter().map(move |t| (it, t)));
        let columns = ["table_catalog", "table_schema", "table_name", "table_type"];
        script.rows(
            "svv_tables",
            columns,
            tables().map(|(schema, table)| {
                let kind = "EXTERNAL TABLE".into();
                [(&schema.catalog).into(), (&schema.name).into(), (&table.name).into(), kind]
            }),
        );
        let columns = ["redshift_database_name", "schemaname", "tablename", "location"];
        script.rows(
            "svv_external_tables",
            columns,
            tables().map(|(schema, table)| {
                let location = (&table.location).into();
                [(&schema.catalog).into(), (&schema.name).into(), (&table.name).into(), location]
            }),
        );
        let partitions = tables().flat_map(|(schema, table)| {
            table.partitions.iter().map(move |partition| {
                let (values, location) = (&partition.values, &partition.location);
                [(&schema.name).into(), (&table.name).into(), values.into(), location.into()]
            })
        });
        let columns = ["schemaname", "tablename", "\"values\"", "location"];
        script.rows("svv_external_partitions", columns, partitions);
    }
}

fn numbered_pieces(query: &Query) -> Vec<[Cell; 4]> {
    let pieces = (0i64..).zip(pieces(&query.text));
    pieces
        .map(|(number, piece)| [query.user.into(), query.id.into(), number.into(), (&piece).into()])
        .collect()
}

fn unload_row((query, path): (&Query, &String)) -> [Cell; 5] {
    [
        query.user.into(),
        query.id.into(),
        cut(path, 1_280).into(),
        query.started.into(),
        query.ended.into(),
    ]
}

/// Redshift's truth values in columns of one character.
fn letter(truth: bool) -> &'static str {
    if truth { "t" } else { "f" }
}
