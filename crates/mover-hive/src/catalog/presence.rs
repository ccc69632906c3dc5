//! Whether a location exists on LOWER's storage: asked before UPPER's metastore, which
//! makes what is missing.

use boatlift_core::error::{Code, Result};
use boatlift_core::key::Key;
use boatlift_core::store::{Detail, Opener, Store};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What is known of a location.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// It is a directory.
    There,
    /// There is no such directory.
    Missing,
    /// No store of ours answers to it.
    Unknown,
}

/// Looks at locations, over one store per file system.
pub(crate) struct Presence {
    opener: Arc<dyn Opener>,
    roots: Mutex<BTreeMap<String, Option<Arc<dyn Store>>>>,
}

impl Presence {
    pub(crate) fn new(opener: Arc<dyn Opener>) -> Self {
        Presence { opener, roots: Mutex::default() }
    }

    /// Looks at one location.
    ///
    /// # Errors
    /// When the file system cannot tell.
    pub(crate) fn of(&self, location: &str) -> Result<Found> {
        let Some((root, path)) = split(location) else { return Ok(Found::Unknown) };
        let Some(store) = self.root(root)? else { return Ok(Found::Unknown) };
        if path.is_empty() {
            return Ok(Found::There);
        }
        let key = format!("{path}/");
        let Ok(key) = Key::checked(key.as_bytes()) else { return Ok(Found::Unknown) };
        Ok(match store.look(key, Detail::Basic)? {
            Some(_) => Found::There,
            None => Found::Missing,
        })
    }

    /// The file system, where a store of ours answers to it. No metastore makes a directory in a
    /// bucket that we are not let into: such a table comes over unlooked at.
    fn root(&self, root: &str) -> Result<Option<Arc<dyn Store>>> {
        let mut roots = self.roots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = roots.get(root) {
            return Ok(known.clone());
        }
        let opened = match self.opener.open(root) {
            Ok(store) => Some(store),
            Err(error) if error.code == Code::RootUnsupported => None,
            Err(error) if is_bucket(root) => {
                tracing::warn!(root, %error, "it is not looked whether locations exist there");
                None
            }
            Err(error) => return Err(error),
        };
        roots.insert(root.to_owned(), opened.clone());
        Ok(opened)
    }
}

fn is_bucket(root: &str) -> bool {
    ["s3a://", "s3n://", "s3://"].iter().any(|scheme| root.starts_with(scheme))
}

/// A location's file system, with its closing `/`, and the path below it.
fn split(location: &str) -> Option<(&str, &str)> {
    if let Some(path) = location.strip_prefix("file:/") {
        return Some(("file:///", path.trim_matches('/')));
    }
    let after = location.find("://")? + 3;
    let slash = location[after..].find('/')? + after;
    Some((&location[..=slash], location[slash..].trim_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn a_location_is_cut_behind_its_file_system() {
        assert_eq!(split("hdfs://n:8020/a/b/"), Some(("hdfs://n:8020/", "a/b")));
        assert_eq!(split("hdfs://n/"), Some(("hdfs://n/", "")));
        assert_eq!(split("file:/a"), Some(("file:///", "a")));
        assert_eq!(split("file:///a/b"), Some(("file:///", "a/b")));
        assert_eq!(split("/a"), None);
        assert_eq!(split("hdfs://n"), None);
    }
}
