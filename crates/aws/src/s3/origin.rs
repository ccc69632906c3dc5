//! Where the content of a key comes from.

use super::bucket::Bucket;
use super::names;
use boatlift_core::{Key, Outcome, Result};
use std::fmt;
use std::sync::Arc;

/// One object of LOWER, or one version of it.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Its bucket.
    pub bucket: Arc<Bucket>,
    /// Its whole key.
    pub key: String,
    /// The version; the current one where none is named.
    pub version: Option<String>,
    /// The entity tag that is wanted, without quotes: another content is never carried in its
    /// place. Whatever is there, where none is named.
    pub etag: Option<String>,
}

/// Finds origins: under the same key in one bucket, or wherever a mover says.
pub trait Origins: fmt::Debug + Send + Sync {
    /// Where the content of `key` comes from; else what becomes of the key.
    ///
    /// # Errors
    /// When no object can be named so, or it cannot be found out.
    fn origin(&self, key: Key<'_>) -> Result<std::result::Result<Origin, Outcome>>;

    /// Whether the server that keeps `upper` may copy by itself.
    fn are_inside(&self, upper: &Bucket) -> bool;
}

/// Every key comes from below the same prefix.
#[derive(Debug)]
pub(crate) struct SameKey(pub(crate) Arc<Bucket>);

impl Origins for SameKey {
    fn origin(&self, key: Key<'_>) -> Result<std::result::Result<Origin, Outcome>> {
        let name = names::object(self.0.prefix(), key)?;
        Ok(Ok(Origin { bucket: Arc::clone(&self.0), key: name, version: None, etag: None }))
    }

    fn are_inside(&self, upper: &Bucket) -> bool {
        self.0.service() == upper.service()
    }
}
