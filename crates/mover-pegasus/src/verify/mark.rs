//! How far a partition is compared: a file for each, in the move's state. A verification that was
//! broken off goes on from there; another one begins anew.

use super::differences::Difference;
use super::merge::Kind;
use boatlift_core::error::{Code, Error, Result};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The folder of the files.
const FOLDER: &str = "compared";

/// How far a partition is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Mark {
    /// Which verification it is of.
    seed: u64,
    /// The first key in one piece that is not compared yet.
    pub(super) next: Option<Vec<u8>>,
    /// Rows that are compared.
    pub(super) rows: u64,
    /// Bytes of them on LOWER.
    pub(super) bytes: u64,
    /// Keys that are to be read again.
    found: Vec<Vec<u8>>,
    /// Whether all is compared, and nothing differs.
    pub(super) is_proved: bool,
}

/// Where the mark of a partition is kept.
pub(super) struct Place {
    /// Nothing is kept without a state directory.
    path: Option<PathBuf>,
    seed: u64,
}

impl Mark {
    /// What was found before the verification was broken off; how it differs is read again.
    pub(super) fn found(&self) -> Vec<Difference> {
        let keys = self.found.iter().cloned();
        keys.map(|key| Difference { key, kind: Kind::Value }).collect()
    }

    /// Notes what was found by now.
    pub(super) fn note(&mut self, found: &[Difference]) {
        self.found = found.iter().map(|difference| difference.key.clone()).collect();
    }
}

impl Place {
    /// The place for a partition in the verification of that seed; without one nothing is kept.
    pub(super) fn of(
        state: Option<&Path>,
        table: &str,
        partition: u32,
        seed: Option<u64>,
    ) -> Place {
        let name = format!("{table}-{partition:05}.json");
        let path = state.filter(|_| seed.is_some()).map(|state| state.join(FOLDER).join(name));
        Place { path, seed: seed.unwrap_or_default() }
    }

    /// The mark that was left, or one at the begin. What cannot be read was not left whole.
    pub(super) fn read(&self) -> Mark {
        let new = Mark { seed: self.seed, ..Mark::default() };
        let Some(path) = &self.path else { return new };
        let left = std::fs::read(path).ok();
        let left = left.and_then(|bytes| serde_json::from_slice::<Mark>(&bytes).ok());
        left.filter(|mark| mark.seed == self.seed).unwrap_or(new)
    }

    /// Leaves a mark in place of an older one.
    pub(super) fn write(&self, mark: &Mark) -> Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        let unwritable =
            |why: String| Error::new(Code::StateIo, "cannot write").on(path.display()).because(why);
        let bytes = serde_json::to_vec(mark).map_err(|error| unwritable(error.to_string()))?;
        let written = || -> std::io::Result<()> {
            std::fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
            let new = path.with_extension("json.new");
            std::fs::write(&new, bytes)?;
            std::fs::rename(&new, path)
        };
        written().map_err(|error| unwritable(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_for_the_verification_that_left_it() {
        let state = tempfile::tempdir().expect("a directory");
        let of = |seed| Place::of(Some(state.path()), "orders", 3, seed);
        let mut mark = of(Some(7)).read();
        assert_eq!(mark, Mark { seed: 7, ..Mark::default() });
        mark.next = Some(b"\x00\x01a".to_vec());
        mark.note(&[Difference { key: b"k".to_vec(), kind: Kind::Missing }]);
        of(Some(7)).write(&mark).expect("written");
        assert_eq!(of(Some(7)).read(), mark);
        assert_eq!(of(Some(8)).read().next, None, "another verification");
        of(None).write(&mark).expect("nothing to write");
        assert_eq!(of(None).read(), Mark::default());
        std::fs::write(state.path().join("compared/orders-00003.json"), "{").expect("torn");
        assert_eq!(of(Some(7)).read().next, None);
    }
}
