//! What a warehouse did and has, before its views hold it.

use jiff::Timestamp;

/// How a query ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It did its work.
    Success,
    /// It was ended by an error or by somebody; what it had done was undone.
    Aborted,
}

/// A query, whatever it did.
#[derive(Debug, Clone)]
pub struct Query {
    /// Its number; larger for later ones.
    pub id: i32,
    /// Whose it was; 1 is the system itself.
    pub user: i32,
    /// In which database.
    pub database: String,
    /// Its whole text.
    pub text: String,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// How it ended.
    pub ending: Ending,
}

/// A file that a COPY read.
#[derive(Debug, Clone)]
pub struct LoadedFile {
    /// `s3://BUCKET/KEY`.
    pub uri: String,
    /// How many bytes.
    pub bytes: i32,
    /// How many lines.
    pub lines: i32,
    /// The object's ETag when it was read, without quotes; newer warehouses know it.
    pub etag: Option<String>,
    /// When the object was written; known where the ETag is.
    pub modified: Option<Timestamp>,
}

/// A COPY.
#[derive(Debug, Clone)]
pub struct Load {
    /// The query.
    pub query: Query,
    /// Into which table.
    pub table: String,
    /// What stands behind FROM: a prefix or a manifest.
    pub source: String,
    /// What it read.
    pub files: Vec<LoadedFile>,
}

/// A prefix that Spectrum listed.
#[derive(Debug, Clone)]
pub struct ListedPrefix {
    /// The bucket.
    pub bucket: String,
    /// The prefix.
    pub prefix: String,
    /// Whether what lies deeper was listed too.
    pub recursive: bool,
    /// How many files were found.
    pub files: i32,
}

/// A query of an external table.
#[derive(Debug, Clone)]
pub struct Scan {
    /// The query.
    pub query: Query,
    /// The external schema.
    pub schema: String,
    /// The table in it.
    pub table: String,
    /// Where the table lies.
    pub location: String,
    /// What was listed for it.
    pub prefixes: Vec<ListedPrefix>,
}

/// An UNLOAD.
#[derive(Debug, Clone)]
pub struct Unload {
    /// The query.
    pub query: Query,
    /// The `s3://` paths that it wrote.
    pub paths: Vec<String>,
}

/// A partition of an external table: its values as a JSON list, and where it lies.
#[derive(Debug, Clone)]
pub struct ExternalPartition {
    /// Its values, such as `["2026-11-20"]`.
    pub values: String,
    /// Where it lies.
    pub location: String,
}

/// An external table.
#[derive(Debug, Clone)]
pub struct ExternalTable {
    /// Its name.
    pub name: String,
    /// Where it lies.
    pub location: String,
    /// Its partitions.
    pub partitions: Vec<ExternalPartition>,
}

/// A schema that names a database of Glue.
#[derive(Debug, Clone)]
pub struct ExternalSchema {
    /// The database of the warehouse that it is in.
    pub catalog: String,
    /// Its name.
    pub name: String,
    /// The database in Glue.
    pub glue_database: String,
    /// Its options as JSON: the role, and where the catalog is.
    pub options: String,
    /// Its tables.
    pub tables: Vec<ExternalTable>,
}

/// All that a warehouse did and has.
#[derive(Debug, Clone, Default)]
pub struct Workload {
    /// Its COPY commands.
    pub loads: Vec<Load>,
    /// Its queries of external tables.
    pub scans: Vec<Scan>,
    /// Its UNLOAD commands.
    pub unloads: Vec<Unload>,
    /// Its external schemas.
    pub schemas: Vec<ExternalSchema>,
}
