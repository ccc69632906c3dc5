//! The folder that a service keeps its configuration, data and logs in.

use super::error::ServiceError;
use super::warden::Warden;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder that goes away with its owner, or one that the caller named and keeps.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
    removed_at_end: Option<Warden>,
}

impl Scratch {
    /// A new folder, removed when this value is dropped or our process ends.
    /// `BOATLIFT_KEEP_SERVICES=1` keeps it, to look at its logs.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn temporary(name: &str) -> Result<Self, ServiceError> {
        let parent = std::env::temp_dir();
        let made = tempfile::Builder::new().prefix(&format!("boatlift-{name}-")).tempdir();
        let path = made.map_err(ServiceError::file("make a folder in", &parent))?.keep();
        let kept = std::env::var_os("BOATLIFT_KEEP_SERVICES").is_some_and(|value| value == "1");
        let removed_at_end = (!kept).then(|| Warden::of_folder(&path)).transpose()?;
        Ok(Scratch { path, removed_at_end })
    }

    /// A folder that stays, made where it is missing.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn kept(path: &Path) -> Result<Self, ServiceError> {
        fs::create_dir_all(path).map_err(ServiceError::file("make the folder", path))?;
        let path = path.canonicalize().map_err(ServiceError::file("resolve", path))?;
        Ok(Scratch { path, removed_at_end: None })
    }

    /// A temporary folder, or the one that was named.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn at(named: Option<&Path>, name: &str) -> Result<Self, ServiceError> {
        named.map_or_else(|| Self::temporary(name), Self::kept)
    }

    /// Its absolute path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A folder inside, made where it is missing.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn folder(&self, name: &str) -> Result<PathBuf, ServiceError> {
        let path = self.path.join(name);
        fs::create_dir_all(&path).map_err(ServiceError::file("make the folder", &path))?;
        Ok(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if self.removed_at_end.take().is_some() {
            let _left_for_the_system = fs::remove_dir_all(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_folder_goes_and_a_named_one_stays() {
        let scratch = Scratch::temporary("scratch-test").expect("a folder");
        let path = scratch.path().to_path_buf();
        fs::write(scratch.folder("inner").expect("a folder").join("file"), "x").expect("write");
        let named = Scratch::at(Some(&path.join("named")), "x").expect("a folder");
        let kept = named.path().to_path_buf();
        drop(named);
        assert!(kept.is_dir());
        drop(scratch);
        assert!(!path.exists());
    }
}
