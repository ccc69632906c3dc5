//! The part of a metastore that touches the file system: it makes the directories of what is
//! created, and removes those of managed tables.
//!
//! Only `file:` locations are real; those of other systems are taken to be there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The path of a `file:` location on this machine. Percent signs are themselves, as in every
/// path of Hadoop.
#[must_use]
pub fn local_path(location: &str) -> Option<PathBuf> {
    let path = location.strip_prefix("file:")?;
    let trimmed = path.trim_start_matches('/');
    (path != trimmed).then(|| PathBuf::from(format!("/{trimmed}")))
}

/// What a reader finds at a location: every file below it with its content, without those
/// whose name begins with `.` or `_`. Empty where nothing is.
#[must_use]
pub fn rows_at(location: &str) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    if let Some(top) = local_path(location) {
        read_below(&top, &top, &mut found);
    }
    found
}

fn read_below(top: &Path, directory: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if name.as_encoded_bytes().starts_with(b".") || name.as_encoded_bytes().starts_with(b"_") {
            continue;
        }
        if path.is_dir() {
            read_below(top, &path, found);
        } else if let (Ok(below), Ok(bytes)) = (path.strip_prefix(top), fs::read(&path)) {
            found.insert(below.to_owned(), bytes);
        }
    }
}

/// A location as a metastore writes it: `file:///x` is `file:/x`, and no slash closes it.
pub(super) fn normal(location: &str) -> String {
    match local_path(location) {
        Some(path) => format!("file:{}", path.display()).trim_end_matches('/').to_owned(),
        None => location.trim_end_matches('/').to_owned(),
    }
}

/// Makes a location's directory; false when that is denied.
pub(super) fn make(location: &str, denied: &[PathBuf]) -> bool {
    let Some(path) = local_path(location) else { return true };
    if path.is_dir() {
        return true;
    }
    !denied.iter().any(|top| path.starts_with(top)) && fs::create_dir_all(&path).is_ok()
}

/// Removes a location's directory with all that is in it.
pub(super) fn remove(location: &str) {
    if let Some(path) = local_path(location) {
        drop(fs::remove_dir_all(path));
    }
}
