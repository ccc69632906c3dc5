//! Folders as directories: for movers that ask whether a directory is there, as file systems
//! with directories tell it.
//!
//! A folder is there when something lies in it, or when an object stands for it: an empty one
//! whose key is the folder's, closing `/` included. Hadoop's `s3a` reads and writes it so.

use super::bucket::{Bucket, Condition};
use super::errors::{Answer, root_failed};
use super::list;
use super::state::Dress;
use boatlift_core::{Code, Error, Result};
use bytes::Bytes;

/// Refuses a folder that is not there. The bucket itself, as a root, always is.
///
/// # Errors
/// [`Code::RootMissing`].
pub(crate) fn check(bucket: &Bucket) -> Result<()> {
    let cannot = root_failed(Code::RootUnreadable, "cannot open", bucket.url());
    match bucket.run(is_there(bucket)).map_err(cannot)? {
        true => Ok(()),
        false => {
            let missing = Error::new(Code::RootMissing, "cannot open").on(bucket.url());
            Err(missing.because("nothing lies in this folder, and no object stands for it"))
        }
    }
}

/// Puts an object that stands for the folder, unless the folder is there. Idempotent.
///
/// # Errors
/// [`Code::RootMissing`] when the bucket is not there, [`Code::RootUnwritable`].
pub(crate) fn make(bucket: &Bucket) -> Result<()> {
    let made = bucket.run(async {
        if is_there(bucket).await? {
            return Ok(());
        }
        let plain = Dress::default();
        let put = bucket.put(bucket.prefix(), &plain, None, Bytes::new(), Condition::None);
        put.await.map(drop)
    });
    made.map_err(root_failed(Code::RootUnwritable, "cannot make", bucket.url()))
}

async fn is_there(bucket: &Bucket) -> Answer<bool> {
    let page = list::page(bucket, bucket.prefix(), None, None, Some(1)).await?;
    Ok(bucket.prefix().is_empty() || !page.objects.is_empty())
}
