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

/// Writes the file of the move of these databases into a directory, with `more` lines below
/// `hive:`. What LOWER drops is dropped, however much it is.
pub(crate) fn write(
    directory: &Path,
    clusters: &Clusters,
    databases: &[&str],
    extent: Extent,
    more: &str,
) -> PathBuf {
    let (lower, upper) = (&clusters.lower, &clusters.upper);
    let text = format!(
        "move: {name}\nmover: hive\n\
         hive:\n\
         \x20 lower:\n\
         \x20   metastore: {{uris: [\"{}\"]}}\n\
         \x20   namespace: {}\n\
         \x20   legacy-hive: true\n\
         \x20 upper:\n\
         \x20   metastore: {{uris: [\"{}\"]}}\n\
         \x20   namespace: {}\n\
         \x20 stage: {stage}\n\
         \x20 on-drop: drop\n\
         \x20 scope: {{databases: [{databases}]}}\n\
         {more}\
         policy: {{max-delete: 100%}}\n\
         {follow}",
        lower.metastore_uri(),
        lower.hdfs_url(),
        upper.metastore_uri(),
        upper.hdfs_url(),
        name = databases[0],
        stage = extent.stage(),
        databases = databases.join(", "),
        follow = extent.follow(),
    );
    let file = directory.join(extent.file_name());
    fs::write(&file, text).expect("a move file");
    file
}
