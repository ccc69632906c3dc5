//! Folders that are slow to make and the same for every stack: made once in the cache,
//! beside their place, and renamed into it when complete.

use crate::services::error::ServiceError;
use std::fs;
use std::path::{Path, PathBuf};

/// The folder `name` under `parent`, made by `make` in an empty folder when it is missing
/// or was made from another `source`, a text that stands in its file `made-from`.
pub(super) fn folder(
    parent: &Path,
    name: &str,
    source: &str,
    make: impl FnOnce(&Path) -> Result<(), ServiceError>,
) -> Result<PathBuf, ServiceError> {
    let place = parent.join(name);
    if fs::read_to_string(place.join("made-from")).is_ok_and(|there| there == source) {
        return Ok(place);
    }
    fs::create_dir_all(parent).map_err(ServiceError::file("make the folder", parent))?;
    let work =
        tempfile::tempdir_in(parent).map_err(ServiceError::file("make a folder in", parent))?;
    let files = work.path().join("files");
    fs::create_dir(&files).map_err(ServiceError::file("make the folder", &files))?;
    make(&files)?;
    let stamp = files.join("made-from");
    fs::write(&stamp, source).map_err(ServiceError::file("write", &stamp))?;
    let _none_before = fs::rename(&place, work.path().join("old"));
    match fs::rename(&files, &place) {
        Ok(()) => Ok(place),
        Err(_) if place.is_dir() => Ok(place),
        Err(error) => Err(ServiceError::file("put in place", &place)(error)),
    }
}

/// Copies a folder of files and folders.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), ServiceError> {
    fs::create_dir(to).map_err(ServiceError::file("make the folder", to))?;
    for entry in fs::read_dir(from).map_err(ServiceError::file("list", from))? {
        let entry = entry.map_err(ServiceError::file("list", from))?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &target)?;
        } else {
            fs::copy(&path, &target).map_err(ServiceError::file("copy", &path))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_made_once_per_source() {
        let parent = tempfile::tempdir().expect("a folder");
        let make = |source: &str| {
            let made = std::cell::Cell::new(false);
            let place = folder(parent.path(), "place", source, |files| {
                made.set(true);
                fs::write(files.join("file"), source).map_err(ServiceError::file("write", files))
            });
            (fs::read_to_string(place.expect("made").join("file")).expect("read"), made.get())
        };
        assert_eq!(make("one"), ("one".into(), true));
        assert_eq!(make("one"), ("one".into(), false));
        assert_eq!(make("two"), ("two".into(), true));
        assert_eq!(fs::read_dir(parent.path()).expect("list").count(), 1);
    }

    #[test]
    fn a_failed_attempt_leaves_nothing() {
        let parent = tempfile::tempdir().expect("a folder");
        let refused = folder(parent.path(), "place", "x", |_| Err(ServiceError::setup("no")));
        assert!(refused.is_err());
        assert_eq!(fs::read_dir(parent.path()).expect("list").count(), 0);
    }
}
