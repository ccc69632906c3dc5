//! Move files of Hive moves, as a person would write them.

use crate::clusters::Clusters;
use std::fs;
use std::path::{Path, PathBuf};

/// How far a move goes, and whether it goes on.
#[derive(Clone, Copy)]
pub(crate) enum Extent {
    Metadata,
    Storage,
    /// Storage, and again every three seconds.
    Following,
}

impl Extent {
    fn file_name(self) -> &'static str {
        match self {
            Extent::Metadata => "metadata.yaml",
            Extent::Storage => "storage.yaml",
            Extent::Following => "following.yaml",
        }
    }

    fn stage(self) -> &'static str {
        match self {
            Extent::Metadata => "metadata",
            Extent::Storage | Extent::Following => "storage",
        }
    }

    fn follow(self) -> &'static str {
        match self {
            Extent::Following => "follow: 3s\n",
            Extent::Metadata | Extent::Storage => "",
        }
    }
}

/// What a test adds to a move file, in whole lines, or has otherwise.
#[derive(Default)]
pub(crate) struct More {
    /// LOWER's metastore; that of the old cluster where there is none.
    pub(crate) lower_metastore: Option<String>,
    /// UPPER's namespace; that of its HDFS where there is none.
    pub(crate) namespace: Option<String>,
    /// Lines below `hive:`.
    pub(crate) hive: String,
    /// Lines at the top.
    pub(crate) top: String,
}

/// Writes the file of the move of these databases into a directory. What LOWER drops is
/// dropped, however much it is.
pub(crate) fn write(
    directory: &Path,
    clusters: &Clusters,
    databases: &[&str],
    extent: Extent,
    more: &More,
) -> PathBuf {
    let (lower, upper) = (&clusters.lower, &clusters.upper);
    let More { lower_metastore, namespace, hive, top } = more;
    let text = format!(
        "move: {name}\nmover: hive\n\
         hive:\n\
         \x20 lower:\n\
         \x20   metastore: {{uris: [\"{}\"]}}\n\
         \x20   namespace: {}\n\
         \x20   legacy-hive: true\n\
         \x20 upper:\n\
         \x20   metastore: {{uris: [\"{}\"]}}\n\
         \x20   hive-server2: {{uri: \"{}\"}}\n\
         \x20   namespace: {}\n\
         \x20 stage: {stage}\n\
         \x20 on-drop: drop\n\
         \x20 scope: {{databases: [{databases}]}}\n\
         {hive}\
         policy: {{max-delete: 100%}}\n\
         {follow}{top}",
        lower_metastore.clone().unwrap_or_else(|| lower.metastore_uri()),
        lower.hdfs_url(),
        upper.metastore_uri(),
        upper.hive_server2_url(),
        namespace.clone().unwrap_or_else(|| upper.hdfs_url()),
        name = databases[0],
        stage = extent.stage(),
        databases = databases.join(", "),
        follow = extent.follow(),
    );
    let file = directory.join(extent.file_name());
    fs::write(&file, text).expect("a move file");
    file
}
