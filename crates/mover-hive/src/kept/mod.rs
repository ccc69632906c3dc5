//! What a survey read of LOWER, kept on disk for those who need it again: the lane, which
//! takes each object once, and the reports of the move, also when LOWER is away by then.
//!
//! An object of a metastore is one answer of it, whole at one moment. The lane may write what
//! the survey read: the receipt has the fingerprint of what was sent, and what changes on
//! LOWER afterwards is found by the next pass, as it is when it changes a moment after it was
//! read anew. A second attempt finds nothing here and reads LOWER. So does everybody else
//! whom a file that is missing, full or damaged cannot serve: it is never needed.

mod filling;
mod shelf;

pub(crate) use shelf::Shelf;

use crate::waves::Wave;
use boatlift_clients::thrift::Struct;
use boatlift_core::key::{Key, KeyBuf};
use filling::Filling;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The directory below a state directory in which surveys keep what they read.
const DIRECTORY: &str = "objects";

/// Whose survey it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Survey {
    /// Of the catalogue.
    Catalogue,
    /// Of the locations.
    Locations,
}

impl Survey {
    fn file_name(self) -> &'static str {
        match self {
            Survey::Catalogue => "catalogue.kept",
            Survey::Locations => "locations.kept",
        }
    }
}

/// What a survey reads, while it reads it.
pub(crate) struct Keeping {
    kept: Arc<Kept>,
    filling: Filling,
}

impl Keeping {
    /// Keeps an object, if there is room. Its key follows that of the last one.
    pub(crate) fn push(&mut self, key: Key<'_>, object: &Struct) {
        self.filling.push(key, object);
    }

    /// Ends the survey: what it kept takes the place of what an earlier one left.
    pub(crate) fn end(self) {
        self.kept.end(self.filling);
    }
}

/// Objects of LOWER by their keys.
pub(crate) type Objects = BTreeMap<KeyBuf, Struct>;

/// What surveys of a move keep. Without a directory they keep nothing.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    directory: OnceLock<PathBuf>,
    /// What the newest survey of the catalogue in this process left.
    fresh: Mutex<Option<Arc<Fresh>>>,
}

/// A shelf of this process, and which of its objects are taken.
#[derive(Debug)]
struct Fresh {
    shelf: Shelf,
    taken: Mutex<BTreeSet<shelf::Place>>,
}

impl Kept {
    /// Keeps objects of a wave below a state directory from now on.
    pub(crate) fn keep_in(&self, state: &Path, wave: Wave) {
        let mut directory = state.join(DIRECTORY);
        if !wave.is_first() {
            directory.push(format!("wave-{}", wave.number() + 1));
        }
        // A mover serves one move.
        let _same_as_before = self.directory.set(directory);
    }

    /// Begins to keep what a survey of LOWER reads.
    pub(crate) fn begin(self: &Arc<Self>, survey: Survey) -> Option<Keeping> {
        let directory = self.directory.get()?;
        let begun = Filling::begin(directory, survey);
        let begun = begun.inspect_err(|error| tracing::debug!(%error, "nothing is kept of LOWER"));
        Some(Keeping { kept: Arc::clone(self), filling: begun.ok()? })
    }

    fn end(&self, filling: Filling) {
        let survey = filling.survey();
        let shelf = filling.finish();
        let shelf =
            shelf.inspect_err(|error| tracing::debug!(%error, "nothing is kept of LOWER")).ok();
        if survey == Survey::Catalogue {
            let fresh = shelf.map(|shelf| Arc::new(Fresh { shelf, taken: Mutex::default() }));
            *self.fresh.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
        }
    }

    /// Takes objects that the newest survey of the catalogue read in this process. None is
    /// given twice.
    pub(crate) fn take<'k>(&self, keys: impl Iterator<Item = &'k KeyBuf>) -> Objects {
        let Some(fresh) = self.fresh() else { return Objects::new() };
        let found = fresh.shelf.find(keys);
        let mut taken = fresh.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let first = found.into_iter().filter(|(_, (place, _))| taken.insert(*place));
        first.map(|(key, (_, object))| (key, object)).collect()
    }

    /// An object that the newest survey of the catalogue read in this process, to be looked at
    /// beside what was taken.
    pub(crate) fn peek(&self, key: &KeyBuf) -> Option<Struct> {
        let found = self.fresh()?.shelf.find([key].into_iter()).remove(key);
        found.map(|(_, object)| object)
    }

    /// What the newest survey left on disk, perhaps in another process.
    pub(crate) fn shelf(&self, survey: Survey) -> Option<Shelf> {
        let path = self.directory.get()?.join(survey.file_name());
        let opened = Shelf::open(&path);
        opened.inspect_err(|error| tracing::debug!(%error, "nothing is kept of LOWER")).ok()
    }

    fn fresh(&self) -> Option<Arc<Fresh>> {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(number: i32) -> Struct {
        Struct::new().with(1, format!("object {number}").as_str()).with(2, number)
    }

    fn key(number: i32) -> KeyBuf {
        KeyBuf(format!("d/{number:05}").into_bytes())
    }

    fn filled(count: i32) -> (tempfile::TempDir, Arc<Kept>) {
        let home = tempfile::tempdir().expect("a directory");
        let kept = Arc::new(Kept::default());
        kept.keep_in(home.path(), Wave::ONLY);
        let mut keeping = kept.begin(Survey::Catalogue).expect("begun");
        for number in 0..count {
            keeping.push(key(number).as_key(), &object(number));
        }
        keeping.end();
        (home, kept)
    }

    #[test]
    fn every_object_is_taken_once_and_looked_at_as_often_as_wanted() {
        let (_home, kept) = filled(20_000);
        for number in [0, 1, 9_999, 19_999] {
            let taken = kept.take([key(number), key(20_000)].iter());
            assert_eq!(taken, Objects::from([(key(number), object(number))]));
            assert_eq!(kept.take([key(number)].iter()), Objects::new());
            assert_eq!(kept.peek(&key(number)), Some(object(number)));
        }
    }

    #[test]
    fn another_process_reads_what_is_kept_and_takes_nothing_of_it() {
        let (home, _gone) = filled(5_000);
        let kept = Kept::default();
        kept.keep_in(home.path(), Wave::ONLY);
        assert_eq!(kept.take([key(1)].iter()), Objects::new());
        let shelf = kept.shelf(Survey::Catalogue).expect("a shelf");
        let all: Vec<KeyBuf> = (0..5_000).map(key).collect();
        assert_eq!(shelf.find(all.iter()).len(), 5_000);
        assert!(kept.shelf(Survey::Locations).is_none());
    }

    #[test]
    fn a_damaged_file_serves_nobody() {
        let (home, kept) = filled(5_000);
        let path = home.path().join(DIRECTORY).join(Survey::Catalogue.file_name());
        let whole = std::fs::read(&path).expect("a file");
        for at in (0..whole.len()).step_by(97) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x55;
            std::fs::write(&path, &bytes).expect("written");
            let Some(shelf) = kept.shelf(Survey::Catalogue) else { continue };
            let all: Vec<KeyBuf> = (0..5_000).map(key).collect();
            for (found, (_, read)) in shelf.find(all.iter()) {
                let number = std::str::from_utf8(&found.0[2..]).expect("text");
                assert_eq!(read, object(number.parse().expect("a number")), "byte {at}");
            }
        }
        std::fs::write(&path, &whole[..whole.len() / 2]).expect("written");
        assert!(kept.shelf(Survey::Catalogue).is_none());
    }

    #[test]
    fn a_survey_that_does_not_end_leaves_what_was_there() {
        let (home, kept) = filled(10);
        let mut keeping = kept.begin(Survey::Catalogue).expect("begun");
        keeping.push(key(99).as_key(), &object(99));
        drop(keeping);
        let files = std::fs::read_dir(home.path().join(DIRECTORY)).expect("a directory");
        assert_eq!(files.count(), 1);
        assert_eq!(kept.peek(&key(3)), Some(object(3)));
    }
}
