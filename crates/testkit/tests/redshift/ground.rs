//! A warehouse, a server of objects, and runs of the binary between them.

use boatlift_testkit::judges::aws::program;
use boatlift_testkit::judges::finish;
pub(crate) use boatlift_testkit::program::Running;
use boatlift_testkit::program::binary;
use boatlift_testkit::services::radosgw::Radosgw;
use boatlift_testkit::services::redshift::{
    Ending, ListedPrefix, Load, LoadedFile, Query, Redshift, RedshiftOptions, Scan, Views, Workload,
};
use boatlift_testkit::services::s3::S3Endpoint;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use tempfile::TempDir;

/// The object server of all tests, started once.
pub(crate) fn objects() -> &'static S3Endpoint {
    static SERVER: OnceLock<Radosgw> = OnceLock::new();
    SERVER.get_or_init(|| Radosgw::start().unwrap_or_else(|error| panic!("{error}"))).endpoint()
}

/// A warehouse of its own, and a place for a move.
pub(crate) struct Ground {
    pub(crate) warehouse: Redshift,
    pub(crate) top: TempDir,
    began: Timestamp,
}

impl Ground {
    pub(crate) fn new(views: Views) -> Ground {
        let options = RedshiftOptions { views, ..RedshiftOptions::default() };
        let warehouse = Redshift::start(options).unwrap_or_else(|error| panic!("{error}"));
        let top = tempfile::tempdir().expect("a directory");
        let server = objects();
        let lines = format!(
            "[default]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
            server.owner.access_key, server.owner.secret_key
        );
        std::fs::write(top.path().join("credentials"), lines).expect("a file");
        Ground { warehouse, top, began: now() }
    }

    /// A COPY that has just ended.
    pub(crate) fn load(&self, id: i32, text: &str, source: &str, files: &[LoadedFile]) -> Load {
        let query = self.query(id, text);
        Load { query, table: "t".into(), source: source.into(), files: files.to_vec() }
    }

    /// A query that Spectrum listed a prefix for.
    pub(crate) fn scan(&self, id: i32, bucket: &str, prefix: &str) -> Scan {
        Scan {
            query: self.query(id, "select count(*) from lake.events"),
            schema: "lake".into(),
            table: "events".into(),
            location: format!("s3://{bucket}/{prefix}"),
            prefixes: vec![ListedPrefix {
                bucket: bucket.into(),
                prefix: prefix.into(),
                recursive: true,
                files: 1,
            }],
        }
    }

    pub(crate) fn query(&self, id: i32, text: &str) -> Query {
        let (started, ended) = (now(), now());
        let database = self.warehouse.endpoint().database.clone();
        let ending = Ending::Success;
        Query { id, user: 100, database, text: text.into(), started, ended, ending }
    }

    pub(crate) fn fill(&self, workload: &Workload) {
        self.warehouse.fill(workload).unwrap_or_else(|error| panic!("{error}"));
    }

    /// Writes the move file of clones at `target`, with more lines of the redshift part.
    pub(crate) fn move_file(&self, target: &str, more: &str) -> PathBuf {
        self.move_file_at(objects(), target, more)
    }

    /// The same, with the objects at another server of the same owner.
    pub(crate) fn move_file_at(&self, server: &S3Endpoint, target: &str, more: &str) -> PathBuf {
        let sql = self.warehouse.endpoint();
        let credentials = self.top.path().join("credentials");
        let aws = format!(
            "{{region: {}, endpoint-url: \"{}\", credentials-file: \"{}\"}}",
            server.region,
            server.url,
            credentials.display()
        );
        let start = self.began.checked_sub(jiff::SignedDuration::from_mins(10)).expect("a time");
        let text = format!(
            "move: clones\nmover: redshift\nredshift:\n\
             \x20 lower:\n\
             \x20   endpoint: {}:{}/{}\n\
             \x20   login: {{password: {{user: {}, password: env:PASSWORD}}}}\n\
             \x20   tls: off\n\
             \x20   aws: {aws}\n\
             \x20 upper: {{location: \"{target}\", aws: {aws}{more}}}\n\
             \x20 window: {{start: {start}}}\n",
            sql.host, sql.port, sql.database, sql.user,
        );
        let path = self.top.path().join("move.yaml");
        std::fs::write(&path, text).expect("a file");
        path
    }

    /// Adds the clone of a Data Catalog to a move file, with more keys of that part.
    pub(crate) fn add_catalogue(&self, file: &Path, more: &str, server: &S3Endpoint) {
        let credentials = self.top.path().join("glue");
        let lines = format!(
            "[default]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
            server.owner.access_key, server.owner.secret_key
        );
        std::fs::write(&credentials, lines).expect("a file");
        let aws = format!(
            "{{region: {}, endpoint-url: \"{}\", credentials-file: \"{}\"}}",
            server.region,
            server.url,
            credentials.display()
        );
        let mut text = std::fs::read_to_string(file).expect("a move file");
        text += &format!("  catalogue: {{{more}lower: {aws}, upper: {aws}}}\n");
        std::fs::write(file, text).expect("a file");
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(words).arg("--state-dir").arg(self.top.path().join("state"));
        command.stdin(Stdio::null()).env("NO_COLOR", "1").env("HOME", self.top.path());
        command.env("PASSWORD", &self.warehouse.endpoint().password);
        for name in ["AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "BOATLIFT_FAULT"]
        {
            command.env_remove(name);
        }
        command
    }

    /// Runs `verb` on a move file, and asserts its exit code.
    #[track_caller]
    pub(crate) fn runs(&self, verb: &str, file: &Path, code: i32) -> String {
        let path = file.to_str().expect("a plain path");
        let output = self.command(&[verb, path]).output().expect("boatlift starts");
        let said = said(&output);
        assert_eq!(output.status.code(), Some(code), "{said}");
        said
    }

    /// Starts `verb` on a move file in the background.
    pub(crate) fn starts(&self, verb: &str, file: &Path) -> Running {
        Running::start(&mut self.command(&[verb, file.to_str().expect("a plain path")]))
    }

    /// Makes a move follow, with this rest between its passes.
    pub(crate) fn follow(&self, file: &Path, rest: &str) {
        let text = std::fs::read_to_string(file).expect("a move file");
        std::fs::write(file, format!("{text}follow: {rest}\n")).expect("a file");
    }

    /// The move file as it was before [`Ground::follow`].
    pub(crate) fn without_follow(&self, file: &Path) -> PathBuf {
        let text = std::fs::read_to_string(file).expect("a move file");
        let kept = text.lines().filter(|line| !line.starts_with("follow:"));
        let kept = kept.map(|line| format!("{line}\n")).collect::<String>();
        std::fs::write(file, kept).expect("a file");
        file.to_owned()
    }

    /// The text of a file in the state directory.
    pub(crate) fn state_file(&self, name: &str) -> String {
        let path = self.top.path().join("state").join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The lines of a report, each by the names of its columns.
    pub(crate) fn report(&self, name: &str) -> Vec<csv::StringRecord> {
        let path = self.top.path().join("state/reports").join(name);
        let mut read = csv::Reader::from_path(path).expect("a report");
        read.records().map(|line| line.expect("a line")).collect()
    }
}

/// What a program printed.
pub(crate) fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}\n{}", text(&output.stdout), text(&output.stderr))
}

/// A file as a view names it.
pub(crate) fn file(uri: &str, etag: Option<&str>) -> LoadedFile {
    let modified = etag.map(|_| now());
    LoadedFile { uri: uri.into(), bytes: 1, lines: 1, etag: etag.map(str::to_owned), modified }
}

/// Puts an object; the key is encoded.
pub(crate) fn put(bucket: &str, key: &str, content: &str) {
    let server = objects();
    let put = server.call(&server.owner, "PUT", &format!("{bucket}/{key}"), Some(content));
    put.unwrap_or_else(|error| panic!("{error}"));
}

/// What is at the target, if anything is.
pub(crate) fn get(bucket: &str, key: &str) -> Option<String> {
    let server = objects();
    server.call(&server.owner, "GET", &format!("{bucket}/{key}"), None).ok()
}

/// The keys of a bucket, each with how many versions it has.
pub(crate) fn versions(bucket: &str) -> BTreeMap<String, usize> {
    let server = objects();
    let told = server.call(&server.owner, "GET", &format!("{bucket}?versions="), None);
    let told = told.unwrap_or_else(|error| panic!("{error}"));
    assert!(told.contains("<IsTruncated>false"), "more than a page: {told}");
    let mut keys = BTreeMap::new();
    for version in told.split("<Version>").skip(1) {
        let after = version.split("<Key>").nth(1).expect("a key");
        let key = after.split("</Key>").next().expect("its end");
        *keys.entry(key.to_owned()).or_default() += 1;
    }
    keys
}

/// A bucket of this test's own.
pub(crate) fn bucket(name: &str) -> String {
    let bucket = format!("{name}-{}", std::process::id());
    objects().make_bucket(&bucket).unwrap_or_else(|error| panic!("{error}"));
    bucket
}

fn now() -> Timestamp {
    Timestamp::now()
}

/// One call of boto3's to the Data Catalog.
pub(crate) fn ask_glue(server: &S3Endpoint, operation: &str, arguments: &Value) -> Value {
    let mut asked = program("glue").expect("the judge's packages");
    asked.args([&server.url, &server.owner.access_key, &server.owner.secret_key]);
    let told = finish(asked.args(["call", operation, &arguments.to_string()]));
    let told = told.unwrap_or_else(|error| panic!("{error}"));
    serde_json::from_str(&told).unwrap_or_default()
}
