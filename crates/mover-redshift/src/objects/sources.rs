//! The buckets that a workload's files lie in: one client in LOWER's session for all of them.

use boatlift_aws::s3::{Bucket, S3Options, S3Url};
use boatlift_core::Result;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// LOWER's buckets.
#[derive(Debug)]
pub(crate) struct Sources {
    options: S3Options,
    opened: Mutex<BTreeMap<String, Arc<Bucket>>>,
}

impl Sources {
    pub(crate) fn new(options: S3Options) -> Sources {
        Sources { options, opened: Mutex::default() }
    }

    /// A bucket by its name. The first one sets up the client, which blocks; nothing is sent
    /// yet.
    ///
    /// # Errors
    /// When the options cannot be used.
    pub(crate) fn bucket(&self, name: &str) -> Result<Arc<Bucket>> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = opened.get(name) {
            return Ok(Arc::clone(bucket));
        }
        let url = S3Url { bucket: name.to_owned(), prefix: String::new() };
        let bucket = match opened.values().next() {
            Some(another) => another.beside(url),
            None => Bucket::new(url, &self.options)?,
        };
        let bucket = Arc::new(bucket);
        opened.insert(name.to_owned(), Arc::clone(&bucket));
        Ok(bucket)
    }
}
