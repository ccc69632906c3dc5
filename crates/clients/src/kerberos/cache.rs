//! Ticket caches: a private place for one, and how a new ticket takes the place of the old
//! one without a moment between.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::error::KerberosError;

/// A cache that we write.
#[derive(Debug)]
pub(super) struct OwnCache {
    name: String,
    /// A directory that was made for it.
    directory: Option<PathBuf>,
}

impl OwnCache {
    /// A cache in a directory that only this user can enter.
    pub(super) fn private() -> Result<Self, KerberosError> {
        let directory = std::env::temp_dir().join(format!("boatlift-krb5-{}", random()?));
        let made = fs::DirBuilder::new().mode(0o700).create(&directory);
        made.map_err(|error| KerberosError::Cache { path: directory.clone(), error })?;
        let name = format!("FILE:{}", directory.join("tickets").display());
        Ok(Self { name, directory: Some(directory) })
    }

    /// A cache of the caller's.
    pub(super) fn named(name: String) -> Self {
        Self { name, directory: None }
    }

    /// The cache's name, as `KRB5CCNAME` has it.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Where a new ticket is put first: beside a file, for other kinds of caches in place.
    pub(super) fn draft(&self) -> String {
        match self.file() {
            Some(path) => format!("FILE:{}.new", path.display()),
            None => self.name.clone(),
        }
    }

    /// Removes what a login that was killed left behind.
    pub(super) fn clear_draft(&self) {
        if let Some(path) = self.file() {
            let _ = fs::remove_file(draft_of(path));
        }
    }

    /// Puts the draft in place of the cache, for readers in one moment.
    pub(super) fn publish(&self) -> Result<(), KerberosError> {
        let Some(path) = self.file() else { return Ok(()) };
        let draft = draft_of(path);
        fs::set_permissions(&draft, fs::Permissions::from_mode(0o600))
            .and_then(|()| fs::rename(&draft, path))
            .map_err(|error| KerberosError::Cache { path: path.to_owned(), error })
    }

    fn file(&self) -> Option<&Path> {
        let path = self.name.strip_prefix("FILE:").unwrap_or(&self.name);
        path.starts_with('/').then(|| Path::new(path))
    }
}

impl Drop for OwnCache {
    fn drop(&mut self) {
        let Some(directory) = &self.directory else { return };
        if let Err(error) = fs::remove_dir_all(directory) {
            tracing::warn!(directory = %directory.display(), %error, "a ticket cache stays behind");
        }
    }
}

/// Renews the ticket of a cache that is not ours, with the system's `kinit`: the library has
/// no call for it.
pub(super) fn renew(cache: Option<&str>) -> Result<(), KerberosError> {
    let mut kinit = Command::new("kinit");
    kinit.arg("-R").stdin(Stdio::null()).env("LC_ALL", "C");
    if let Some(cache) = cache {
        kinit.args(["-c", cache]);
    }
    let failed = |reason: String| KerberosError::Renewal { cache: shown(cache), reason };
    let output = kinit.output().map_err(|error| failed(format!("running kinit -R: {error}")))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned())),
    }
}

/// How a cache is named to people.
pub(super) fn shown(cache: Option<&str>) -> String {
    cache.unwrap_or("the default ticket cache").to_owned()
}

fn draft_of(path: &Path) -> PathBuf {
    let mut draft = path.as_os_str().to_owned();
    draft.push(".new");
    draft.into()
}

fn random() -> Result<String, KerberosError> {
    let mut bytes = [0_u8; 16];
    rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty()).map_err(
        |error| KerberosError::Cache { path: "/dev/urandom".into(), error: error.into() },
    )?;
    Ok(u128::from_ne_bytes(bytes).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_cache_is_nobody_elses_and_goes_with_its_owner() {
        let cache = OwnCache::private().expect("a cache");
        let file = cache.file().expect("a file").to_owned();
        let directory = file.parent().expect("a directory").to_owned();
        let mode = fs::metadata(&directory).expect("is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        fs::write(draft_of(&file), "ticket").expect("writes");
        cache.publish().expect("publishes");
        assert_eq!(fs::read(&file).expect("reads"), b"ticket");
        assert_eq!(fs::metadata(&file).expect("is there").permissions().mode() & 0o777, 0o600);
        drop(cache);
        assert!(!directory.exists());
    }

    #[test]
    fn a_cache_that_is_no_file_is_written_in_place() {
        let cache = OwnCache::named("KEYRING:process:x".into());
        assert_eq!(cache.draft(), cache.name());
        cache.publish().expect("nothing to do");
    }
}
