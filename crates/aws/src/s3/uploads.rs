//! Records of uploads by parts, so that what a crash leaves is found again.
//!
//! Before an upload begins, its key is noted below `.boatlift/uploads/`; when it has ended the
//! note goes. Servers list uploads without saying whose they are: of a key that is noted, all
//! are aborted, and of no other any.

use super::bucket::{Bucket, Condition};
use super::errors::Answer;
use super::list;
use super::multipart::{abort, unfinished};
use super::names;
use super::state::Dress;
use bytes::Bytes;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use std::collections::BTreeSet;
use tokio::sync::OnceCell;

/// Records that are swept at a time.
const AT_ONCE: usize = 8;

/// The records below a root, by their keys, as they were when it was first written.
#[derive(Debug, Default)]
pub(crate) struct Left(OnceCell<BTreeSet<String>>);

fn record(bucket: &Bucket, key: &str) -> String {
    let hash = blake3::hash(key.as_bytes()).to_hex();
    names::own(bucket.prefix(), &format!("uploads/{}", &hash[..32]))
}

/// Notes that an upload under `key` is about to begin. Idempotent.
pub(crate) async fn note(bucket: &Bucket, key: &str) -> Answer<()> {
    let body = Bytes::copy_from_slice(key.as_bytes());
    bucket.put(&record(bucket, key), &Dress::default(), None, body, Condition::None).await.map(drop)
}

/// Removes the note on `key`. Idempotent.
pub(crate) async fn forget(bucket: &Bucket, key: &str) -> Answer<()> {
    bucket.delete(&record(bucket, key), None).await
}

/// Aborts what an earlier run began under `key` and did not end: a note that is written again
/// would no longer tell of it. It takes one listing for each root that is written.
pub(crate) async fn before_write(bucket: &Bucket, key: &str) -> Answer<()> {
    match bucket.left.0.get_or_try_init(|| records(bucket)).await?.contains(&record(bucket, key)) {
        true => abort_all(bucket, key).await,
        false => Ok(()),
    }
}

async fn records(bucket: &Bucket) -> Answer<BTreeSet<String>> {
    let folder = names::own(bucket.prefix(), "uploads/");
    let (mut records, mut after) = (BTreeSet::new(), None);
    loop {
        let page = list::page(bucket, &folder, after.as_deref(), None, None).await?;
        after = page.objects.last().map(|object| object.key.clone());
        records.extend(page.objects.into_iter().map(|object| object.key));
        if !page.is_cut || after.is_none() {
            return Ok(records);
        }
    }
}

/// Aborts what an earlier run began under `key`, if a note tells of any. Idempotent.
pub(crate) async fn sweep(bucket: &Bucket, key: &str) -> Answer<()> {
    match bucket.head(&record(bucket, key), None).await? {
        None => Ok(()),
        Some(_) => abort_all(bucket, key).await,
    }
}

/// Aborts all that earlier runs began below this root. Idempotent.
pub(crate) async fn sweep_all(bucket: &Bucket) -> Answer<()> {
    let folder = names::own(bucket.prefix(), "uploads/");
    let mut after = None;
    loop {
        let page = list::page(bucket, &folder, after.as_deref(), None, None).await?;
        let keys = stream::iter(page.objects.iter().map(|object| noted(bucket, &object.key)));
        keys.buffer_unordered(AT_ONCE)
            .try_for_each_concurrent(AT_ONCE, |key| async move {
                match key {
                    Some(key) => abort_all(bucket, &key).await,
                    None => Ok(()),
                }
            })
            .await?;
        after = page.objects.last().map(|object| object.key.clone());
        if !page.is_cut || after.is_none() {
            return Ok(());
        }
    }
}

async fn abort_all(bucket: &Bucket, key: &str) -> Answer<()> {
    for id in unfinished(bucket, key).await? {
        abort(bucket, key, &id).await?;
    }
    forget(bucket, key).await
}

/// The key that a record tells of; `None` when it went meanwhile or is none of ours.
async fn noted(bucket: &Bucket, record: &str) -> Answer<Option<String>> {
    let body = match bucket.get(record, None, None, Some((0, 4095))).await {
        Err(refusal) if refusal.is_missing() => return Ok(None),
        answer => answer?.body,
    };
    match body.collect().await {
        Ok(bytes) => Ok(String::from_utf8(bytes.into_bytes().to_vec()).ok()),
        Err(error) => Err(super::errors::Refusal::ours(error.to_string())),
    }
}
