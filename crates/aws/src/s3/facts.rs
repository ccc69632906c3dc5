//! What the root says of itself.

use super::bucket::{Bucket, Condition};
use super::errors::{Answer, root_failed};
use super::state::Dress;
use super::{list, names};
use boatlift_core::store::RootFacts;
use boatlift_core::{Code, Result};
use bytes::Bytes;

/// Looks at the root.
pub(crate) fn facts(bucket: &Bucket) -> Result<RootFacts> {
    check(bucket)?;
    let cannot = root_failed(Code::RootUnreadable, "cannot list", bucket.url());
    Ok(RootFacts {
        resolved: bucket.url().to_string(),
        device: format!("{}/{}", bucket.service(), bucket.name()),
        system: "s3".into(),
        is_empty: bucket.run(is_empty(bucket)).map_err(cannot)?,
        sets_owners: false,
        free_bytes: None,
        position: None,
        ancestry: ancestry(bucket),
    })
}

/// Refuses a bucket that is not there or does not let us in.
pub(crate) fn check(bucket: &Bucket) -> Result<()> {
    let cannot = root_failed(Code::RootUnreadable, "cannot open", bucket.url());
    bucket.run(bucket.check()).map_err(cannot)
}

/// Writes an empty object and removes it.
pub(crate) fn prove_writable(bucket: &Bucket) -> Result<()> {
    let name = names::probe(bucket.prefix());
    let proved = bucket.run(async {
        bucket.put(&name, &Dress::default(), None, Bytes::new(), Condition::None).await?;
        bucket.delete(&name, None).await
    });
    proved.map_err(root_failed(Code::RootUnwritable, "cannot write below", bucket.url()))
}

async fn is_empty(bucket: &Bucket) -> Answer<bool> {
    let mut after = None;
    loop {
        let page = list::page(bucket, bucket.prefix(), after.as_deref(), None, None).await?;
        let relative = |key: &str| key.as_bytes()[bucket.prefix().len()..].to_vec();
        let is_ours = |key: &[u8]| key.is_empty() || names::is_own(key);
        if !page.objects.iter().all(|object| is_ours(&relative(&object.key))) {
            return Ok(false);
        }
        after = page.objects.last().map(|object| object.key.clone());
        if !page.is_cut || after.is_none() {
            return Ok(true);
        }
    }
}

/// The root and every folder above it, up to the bucket.
fn ancestry(bucket: &Bucket) -> Vec<String> {
    let top = format!("{}/{}/", bucket.service(), bucket.name());
    let mut prefix = bucket.prefix();
    let mut found = vec![format!("{top}{prefix}")];
    while !prefix.is_empty() {
        let folder = &prefix[..prefix.len() - 1];
        prefix = &prefix[..folder.rfind('/').map_or(0, |slash| slash + 1)];
        found.push(format!("{top}{prefix}"));
    }
    found
}
