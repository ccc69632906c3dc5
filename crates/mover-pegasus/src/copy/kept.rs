//! What a copy keeps in the move's state: which table on UPPER it made or took, how far each class
//! is, and as of which decrees it was copied last.
//!
//! All of it is about one table on UPPER: with another one nothing is copied yet. A cluster that is
//! built anew gives the same numbers again, so a number alone does not tell.

use super::classes::Classes;
use crate::inventory::write_whole;
use boatlift_core::error::{Code, Error, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The folder of it.
const FOLDER: &str = "copy";

/// Where a table's copy is kept.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    /// Nothing is kept without a state directory.
    folder: Option<PathBuf>,
    table: String,
}

/// The table on UPPER that is ours. Of one that is kept by its number alone nothing is believed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ours {
    /// Its number on UPPER.
    pub(super) app_id: i32,
    /// When it was made there, in seconds since 1970.
    #[serde(default)]
    pub(super) made: i64,
    /// The name of the cluster.
    #[serde(default)]
    pub(super) cluster: String,
}

/// How far a class is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Progress {
    /// The table on UPPER.
    #[serde(flatten)]
    pub(super) of: Ours,
    /// As of what it was copied whole last.
    pub(super) copied: Option<Vec<u8>>,
    /// How long that took, with all that it was broken off and gone on with.
    pub(super) took_ms: u64,
    /// A copy that was not completed.
    pub(super) under_way: Option<UnderWay>,
}

/// A copy that was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct UnderWay {
    /// As of what LOWER had when it was.
    pub(super) since: Vec<u8>,
    /// The key before which UPPER has everything that LOWER had.
    pub(super) reached: Vec<u8>,
    /// How long it took so far.
    #[serde(default)]
    pub(super) took_ms: u64,
}

impl Kept {
    pub(super) fn of(state: Option<&Path>, table: &str) -> Kept {
        Kept { folder: state.map(|state| state.join(FOLDER)), table: table.to_owned() }
    }

    /// The table on UPPER that is ours, if one is known.
    pub(super) fn ours(&self) -> Result<Option<Ours>> {
        self.read("table")
    }

    /// Keeps which one it is.
    pub(super) fn keep_ours(&self, ours: &Ours) -> Result<()> {
        self.write("table", ours)
    }

    /// How far a class is in a table.
    pub(super) fn progress(&self, class: u32, ours: &Ours) -> Result<Progress> {
        let kept: Option<Progress> = self.read(&format!("{class:05}"))?;
        let fresh = Progress { of: ours.clone(), ..Progress::default() };
        Ok(kept.filter(|kept| kept.of == *ours).unwrap_or(fresh))
    }

    /// Keeps how far a class is.
    pub(super) fn keep_progress(&self, class: u32, progress: &Progress) -> Result<()> {
        self.write(&format!("{class:05}"), progress)
    }

    /// How long the classes took when they were copied last, all together.
    pub(super) fn took_ms(&self, classes: Classes, ours: &Ours) -> Result<u64> {
        let all = (0..classes.count()).map(|class| self.progress(class, ours));
        all.map(|progress| Ok(progress?.took_ms)).sum()
    }

    /// Names of tables hold nothing that a path could not.
    fn path(&self, what: &str) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(format!("{}-{what}.json", self.table)))
    }

    fn read<T: DeserializeOwned>(&self, what: &str) -> Result<Option<T>> {
        let Some(path) = self.path(what) else { return Ok(None) };
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unkept(&path, error)),
        };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| {
            Error::new(Code::StateDamaged, "cannot read how far a copy is in")
                .on(path.display())
                .because(error)
        })
    }

    fn write<T: Serialize>(&self, what: &str, value: &T) -> Result<()> {
        let (Some(folder), Some(path)) = (&self.folder, self.path(what)) else { return Ok(()) };
        let bytes = serde_json::to_vec(value);
        let bytes = bytes.map_err(|error| Error::new(Code::Bug, "cannot tell").because(error))?;
        let written = std::fs::create_dir_all(folder).and_then(|()| write_whole(&path, &bytes));
        written.map_err(|error| unkept(&path, error))
    }
}

fn unkept(path: &Path, error: std::io::Error) -> Error {
    Error::new(Code::StateIo, "cannot keep how far a copy is in").on(path.display()).because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_of_one_table_on_upper() {
        let state = tempfile::tempdir().expect("a directory");
        let kept = Kept::of(Some(state.path()), "orders");
        assert_eq!(kept.ours(), Ok(None));
        let ours = Ours { app_id: 3, made: 1_700_000_000, cluster: "new".to_owned() };
        let progress = Progress { of: ours.clone(), took_ms: 5, ..Progress::default() };
        kept.keep_progress(1, &progress).expect("kept");
        assert_eq!(kept.progress(1, &ours), Ok(progress));
        assert_eq!(kept.took_ms(Classes::new(2, 2), &ours), Ok(5));
        let another = Ours { app_id: 4, ..ours.clone() };
        let rebuilt = Ours { made: 1_700_000_001, ..ours.clone() };
        let elsewhere = Ours { cluster: "newer".to_owned(), ..ours };
        for other in [another, rebuilt, elsewhere] {
            assert_eq!(kept.progress(1, &other).expect("another table").took_ms, 0, "{other:?}");
        }
        let bare = r#"{"app_id":3,"copied":null,"took_ms":5,"under_way":null}"#;
        std::fs::write(state.path().join("copy/orders-00000.json"), bare).expect("written");
        assert_eq!(
            kept.took_ms(Classes::new(1, 1), &Ours { app_id: 3, made: 1, ..Ours::default() }),
            Ok(0)
        );
        std::fs::write(state.path().join("copy/orders-table.json"), "{").expect("damaged");
        assert_eq!(kept.ours().expect_err("told").code, Code::StateDamaged);
    }
}
