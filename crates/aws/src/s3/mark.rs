//! The small record at the root of a side: the object `.boatlift/mark`.
//!
//! Who writes a mark takes the root: what earlier runs had begun there is nobody's then, and
//! their unfinished uploads are aborted.

use super::bucket::{Bucket, Condition};
use super::errors::{Answer, Refusal, root_failed};
use super::state::Dress;
use super::{names, uploads};
use boatlift_core::{Code, Result};
use bytes::Bytes;

/// A mark is a few lines; what is larger is none of ours.
const MARK_BYTES: u64 = 64 << 10;

/// Reads the mark, or `None` when there is none.
pub(crate) fn read(bucket: &Bucket) -> Result<Option<Vec<u8>>> {
    let tried = "cannot read the mark below";
    bucket.run(get(bucket)).map_err(root_failed(Code::RootUnreadable, tried, bucket.url()))
}

/// Writes the mark: readers see the old one or the new. Idempotent.
pub(crate) fn write(bucket: &Bucket, mark: Option<&[u8]>) -> Result<()> {
    let written = bucket.run(async {
        uploads::sweep_all(bucket).await?;
        let key = key(bucket);
        match mark {
            Some(mark) => {
                let body = Bytes::copy_from_slice(mark);
                bucket.put(&key, &Dress::default(), None, body, Condition::None).await.map(drop)
            }
            None => bucket.delete(&key, None).await,
        }
    });
    written.map_err(root_failed(Code::RootUnwritable, "cannot write the mark below", bucket.url()))
}

fn key(bucket: &Bucket) -> String {
    names::own(bucket.prefix(), "mark")
}

async fn get(bucket: &Bucket) -> Answer<Option<Vec<u8>>> {
    let _permit = bucket.enter().await;
    let mut body = match bucket.get(&key(bucket), None, None, None).await {
        Err(refusal) if refusal.is_missing() => return Ok(None),
        answer => answer?.body,
    };
    let mut mark = Vec::new();
    while let Some(bytes) = body.next().await {
        let bytes = bytes.map_err(|error| Refusal::ours(error.to_string()))?;
        let room = (MARK_BYTES as usize).saturating_sub(mark.len());
        mark.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
    Ok(Some(mark))
}
