//! The buckets of a Hive move. Its locations name them as Hadoop does, `s3a://bucket/path`, and
//! take a directory for there or not, as on HDFS.

use crate::movefile::S3Sides;
use boatlift_aws::s3::{Bucket, S3Options, S3Store, S3Url};
use boatlift_core::store::Store;
use boatlift_core::{Result, Side};
use std::sync::{Arc, Mutex, PoisonError};

/// The schemes of Hadoop's three clients of S3; the data is the same.
const SCHEMES: [&str; 3] = ["s3a://", "s3n://", "s3://"];

/// Opens folders of buckets, with one client for each side.
#[derive(Debug)]
pub(crate) struct HiveBuckets {
    lower: Reached,
    upper: Reached,
}

/// How one side's buckets are reached.
#[derive(Debug)]
struct Reached {
    options: S3Options,
    /// The first bucket that was asked for, over whose client the others are reached.
    first: Mutex<Option<Bucket>>,
}

impl HiveBuckets {
    /// Nothing is asked of a server, or of the options, before the first folder is.
    pub(crate) fn new(sides: S3Sides) -> Self {
        let reached = |options| Reached { options, first: Mutex::default() };
        HiveBuckets { lower: reached(sides.lower), upper: reached(sides.upper) }
    }

    /// The bucket and folder that a location names, if it names any.
    ///
    /// # Errors
    /// When it names no bucket behind such a scheme.
    pub(crate) fn url(location: &str) -> Result<Option<S3Url>> {
        let path = SCHEMES.iter().find_map(|scheme| location.strip_prefix(scheme));
        path.map(|path| S3Url::parse(&format!("s3://{path}"))).transpose()
    }

    /// Opens a folder of a side.
    ///
    /// # Errors
    /// [`boatlift_core::Code::RootMissing`] when it is not there; when the bucket cannot be
    /// reached.
    pub(crate) fn open(&self, side: Side, url: S3Url) -> Result<Arc<dyn Store>> {
        Ok(S3Store::open_folder(self.of(side).bucket(url)?)?)
    }

    /// Makes a folder of a side. Those above it need not be there.
    ///
    /// # Errors
    /// When the bucket is not there, or may not be written.
    pub(crate) fn make(&self, side: Side, url: S3Url) -> Result<()> {
        S3Store::make_folder(&self.of(side).bucket(url)?)
    }

    fn of(&self, side: Side) -> &Reached {
        match side {
            Side::Lower => &self.lower,
            Side::Upper => &self.upper,
        }
    }
}

impl Reached {
    fn bucket(&self, url: S3Url) -> Result<Bucket> {
        let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        match &*first {
            Some(another) => Ok(another.beside(url)),
            None => {
                let bucket = Bucket::new(url.clone(), &self.options)?;
                Ok(first.insert(bucket).beside(url))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_hadoop_names_the_same_folder() {
        for scheme in SCHEMES {
            let url = HiveBuckets::url(&format!("{scheme}b/w/d.db/t/ds=a%3Ab")).expect("a URL");
            let url = url.expect("a bucket");
            assert_eq!((&*url.bucket, &*url.prefix), ("b", "w/d.db/t/ds=a%3Ab/"));
        }
        assert_eq!(HiveBuckets::url("hdfs://n:8020/a"), Ok(None));
        assert!(HiveBuckets::url("s3a:///a").is_err());
    }
}
