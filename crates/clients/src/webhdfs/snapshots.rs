//! Snapshots of a directory, and what differs between two.

use super::answers::{DifferenceAnswer, DifferenceValue, PathAnswer};
use super::request::Verb;
use super::{WebHdfs, WebHdfsError};

/// What became of an item between two snapshots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DifferenceKind {
    /// It was made.
    Created,
    /// Content or attributes were changed; of a directory: its names, or its attributes.
    Modified,
    /// It was removed.
    Deleted,
    /// It has another name.
    Renamed,
}

/// One item that differs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Difference {
    /// What became of it.
    pub kind: DifferenceKind,
    /// Its path below the directory; empty for the directory itself.
    pub path: String,
    /// Its new path, when it was renamed.
    pub target: Option<String>,
}

impl WebHdfs {
    /// Lets snapshots be made of a directory. Takes a superuser, and Hadoop 3.
    ///
    /// # Errors
    /// When the cluster refuses or cannot be asked.
    pub fn allow_snapshots(&self, directory: &str) -> Result<(), WebHdfsError> {
        self.tell(Verb::Put, directory, "ALLOWSNAPSHOT", &[]).map(drop)
    }

    /// Makes the snapshot `name` of a directory. Answers its path.
    ///
    /// # Errors
    /// `SnapshotException` when there is one of that name, or snapshots are not allowed.
    pub fn create_snapshot(&self, directory: &str, name: &str) -> Result<String, WebHdfsError> {
        let parameters = [("snapshotname", name)];
        let answer: PathAnswer = self.ask(Verb::Put, directory, "CREATESNAPSHOT", &parameters)?;
        Ok(answer.path)
    }

    /// Removes the snapshot `name` of a directory.
    ///
    /// # Errors
    /// `SnapshotException` when there is none.
    pub fn delete_snapshot(&self, directory: &str, name: &str) -> Result<(), WebHdfsError> {
        let parameters = [("snapshotname", name)];
        self.tell(Verb::Delete, directory, "DELETESNAPSHOT", &parameters).map(drop)
    }

    /// What differs between two snapshots of a directory, or between one and now (empty).
    /// Takes Hadoop 3.
    ///
    /// # Errors
    /// `SnapshotException` when one of them is not there.
    pub fn snapshot_difference(
        &self,
        directory: &str,
        from: &str,
        to: &str,
    ) -> Result<Vec<Difference>, WebHdfsError> {
        const OPERATION: &str = "GETSNAPSHOTDIFF";
        let parameters = [("oldsnapshotname", from), ("snapshotname", to)];
        let answer: DifferenceAnswer = self.ask(Verb::Get, directory, OPERATION, &parameters)?;
        answer.report.list.into_iter().map(Difference::read).collect::<Result<_, _>>().map_err(
            |kind| WebHdfsError::Malformed {
                operation: OPERATION,
                why: format!("`{kind}` is no kind of difference"),
            },
        )
    }
}

impl Difference {
    fn read(value: DifferenceValue) -> Result<Difference, String> {
        let kind = match &*value.kind {
            "CREATE" => DifferenceKind::Created,
            "MODIFY" => DifferenceKind::Modified,
            "DELETE" => DifferenceKind::Deleted,
            "RENAME" => DifferenceKind::Renamed,
            _ => return Err(value.kind),
        };
        let target = value.target_path.filter(|path| !path.is_empty());
        Ok(Difference { kind, path: value.source_path, target })
    }
}
